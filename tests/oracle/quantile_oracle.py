"""Quantiles against percentile_cont, bit for bit, and against pandas, to rounding; ntile against SQL's ntile."""

from random import Random

import pandas

from checks import same_bits
from samples import SHAPES, column, moment, sizes, store

BITS = "quantile_cuts = percentile_cont, bit for bit"
EDGES = "quantile_cuts = edges of pandas, to 1e-12"
LEVELS = "quantile_bin = right-closed bins of percentile_cont"
PANDAS = "quantile_bin = right-closed bins of pandas"
NTILE = "quantile_bin(…, 'ntile') = ntile"
BIN = "bin(x, quantile_cuts) = quantile_bin"
RFM = "rfm_score = R, F and M of quantile_bin"

QUERY = """
WITH truth AS (
    SELECT percentile_cont(%(fractions)s::float8[]) WITHIN GROUP (ORDER BY x) AS cuts FROM number WHERE x <> 'NaN'
), tile AS (
    SELECT id, ntile(%(bins)s) OVER (ORDER BY x, id) AS ntile FROM number WHERE x <> 'NaN'
), made AS (
    SELECT scoring.quantile_cuts(x, %(bins)s) AS cuts FROM number
)
SELECT id,
       CASE WHEN x <> 'NaN' THEN 1 + (SELECT count(*) FROM unnest(truth.cuts) AS cut WHERE cut < x) END,
       tile.ntile,
       scoring.quantile_bin(x, %(bins)s) OVER (),
       scoring.quantile_bin(x, %(bins)s, 'ntile') OVER (ORDER BY id),
       scoring.bin(x, made.cuts),
       made.cuts,
       truth.cuts
FROM number LEFT JOIN tile USING (id), truth, made
ORDER BY id"""


def run(connection, checks, seed):
    random = Random(seed)
    for shape in SHAPES:
        for n in sizes(random, large=3):
            missing = random.choice((0, 0, 0.1, 0.5))
            compare(
                connection, checks, column(random, shape, n, missing), random.randint(2, 20), f"{shape.__name__}, n {n}"
            )
    compare(connection, checks, [None] * 5, 5, "nothing but NULL")
    for bins in range(2, 10):
        compare_rfm(connection, checks, random, bins)


def compare(connection, checks, x, bins, where):
    where = f"{where}, bins {bins}"
    fractions = [k / bins for k in range(1, bins)]
    store(connection, "number", ["x float8"], [(value,) for value in x])
    rows = connection.execute(QUERY, {"bins": bins, "fractions": fractions}).fetchall()
    _, levels, ntile, got_levels, got_ntile, got_bin, got_cuts, cuts = map(list, zip(*rows))
    checks.compare(BITS, got_cuts[0] or [], cuts[0] or [], where, same_bits)
    checks.compare(LEVELS, got_levels, levels, where)
    checks.compare(NTILE, got_ntile, ntile, where)
    checks.compare(BIN, got_bin, got_levels, where)
    compare_pandas(checks, x, fractions, got_cuts[0], got_levels, where)


def compare_pandas(checks, x, fractions, got_cuts, got_levels, where):
    """pandas computes the same quantiles with other roundings. Where its edge and the cut are not the same float8 and a
    value lies on them to rounding, the value may be on either side: such rows are counted."""
    known = pandas.Series(x, dtype="float64").dropna()
    edges = known.quantile(fractions).tolist() if len(known) else []
    largest = known.abs().max() if len(known) else 0

    def close(left, right):
        return abs(left - right) <= 1e-12 * max(abs(left), abs(right)) + 1e-15 * largest

    checks.compare(EDGES, got_cuts or [], edges, where, close)
    rounded = [edge for edge, cut in zip(edges, got_cuts or []) if edge != cut]
    on_edge = 0

    def same_level(got, value):
        nonlocal on_edge
        if value is None or value != value:
            return got is None
        expected = 1 + sum(edge < value for edge in edges)
        either = [edge for edge in rounded if close(edge, value)] if got != expected else []
        lowest = expected - sum(edge < value for edge in either)
        on_edge += bool(either)
        return got == expected or (either and lowest <= got <= lowest + len(either))

    checks.compare(PANDAS, got_levels, x, where, same_level)
    checks.note(PANDAS, on_edge, "on an edge to rounding")


def compare_rfm(connection, checks, random, bins):
    """rfm_score puts together three levels of the customers of whom nothing is missing."""
    n = random.randint(50, 500)

    def gap(value):
        return None if random.random() < 0.05 else value

    store(
        connection,
        "customer",
        ["last_at timestamptz", "frequency float8", "monetary float8"],
        [
            (
                gap(moment(random)),
                gap(float(random.choice((1, 1, 1, 2, 2, 3, 5, 8)))),
                gap(random.choice((round(random.lognormvariate(4, 1), 2),) * 9 + (float("nan"), float("inf")))),
            )
            for _ in range(n)
        ],
    )
    for method in ("quantile", "ntile"):
        rows = connection.execute(
            """
            WITH complete AS (
                SELECT id, frequency, monetary,
                       (extract(epoch FROM last_at - '2000-01-01 00:00:00+00') * 1000000)::float8 AS instant
                FROM customer WHERE last_at IS NOT NULL AND frequency <> 'NaN' AND monetary <> 'NaN'
            ), level AS (
                SELECT id, scoring.quantile_bin(instant, %(bins)s, %(method)s) OVER (ORDER BY id) AS r,
                       scoring.quantile_bin(frequency, %(bins)s, %(method)s) OVER (ORDER BY id) AS f,
                       scoring.quantile_bin(monetary, %(bins)s, %(method)s) OVER (ORDER BY id) AS m
                FROM complete
            )
            SELECT scoring.rfm_score(last_at, customer.frequency, customer.monetary, %(bins)s, %(method)s)
                       OVER (ORDER BY id),
                   r * 100 + f * 10 + m
            FROM customer LEFT JOIN level USING (id) ORDER BY id""",
            {"bins": bins, "method": method},
        ).fetchall()
        got, expected = map(list, zip(*rows))
        checks.compare(RFM, got, expected, f"{method}, n {n}, bins {bins}")

"""ABC classes against sums by hand: SQL's numeric, and frames that end before the row's equals."""

from decimal import Decimal
from random import Random

import psycopg

from checks import same_bits
from samples import money, money_or_refund, sizes, small_integer, store

HITS = "rows exactly on a limit"

# What the rows strictly better than a row hold is what is before its peers; limits are the running sums of shares.
QUERY = """
WITH held AS (
    SELECT id, value,
           coalesce({held} OVER (ORDER BY value DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS better,
           {held} OVER () AS total
    FROM amount WHERE value IS NOT NULL
), limits AS (
    SELECT class, sum(share) OVER (ORDER BY class) AS share
    FROM unnest(%(shares)s::numeric[]) WITH ORDINALITY AS given(share, class)
), truth AS (
    SELECT id,
           CASE WHEN {lowest} THEN %(classes)s
                ELSE coalesce((SELECT min(class) FROM limits WHERE limits.share * total > better), %(classes)s)
           END AS class,
           EXISTS (SELECT FROM limits WHERE limits.share < 1 AND limits.share * total = better) AS hit
    FROM held
), made AS (
    SELECT scoring.abc_cuts(value::float8, %(shares)s::float8[], %(strategy)s) AS cuts FROM amount
)
SELECT value::float8, (%(labels)s::text[])[truth.class], coalesce(hit, false), made.cuts,
       scoring.abc_class(value::float8, %(shares)s::float8[], %(strategy)s, %(labels)s) OVER (),
       scoring.abc_bin(value::float8, made.cuts, %(labels)s)
FROM amount LEFT JOIN truth USING (id), made
ORDER BY id"""

STRATEGIES = {
    "count_percent": QUERY.format(held="count(*)", lowest="false"),
    "key_figure_percent": QUERY.format(held="sum(greatest(value, 0))", lowest="value < 0"),
}


def run(connection, checks, seed):
    random = Random(seed)
    for strategy in STRATEGIES:
        for shape in (money, small_integer, money_or_refund):
            for n in sizes(random, large=3):
                compare(connection, checks, strategy, amounts(random, shape, n), percents(random), shape.__name__)
        for _ in range(25):
            compare(connection, checks, strategy, *on_the_limit(random, strategy), "made to hit limits")
        checks.need(f"abc_class, {strategy} = sums by hand", HITS)
    refuse_empty_totals(connection, checks)


def amounts(random, shape, n):
    """n amounts in cents as numeric, a few missing; one at least is positive, so that there is a total."""
    values = [None if random.random() < 0.05 else to_cents(shape(random)) for _ in range(n)]
    return values[:-1] + [Decimal("12.34")]


def to_cents(value):
    return Decimal(str(value)).quantize(Decimal("0.01"))


def percents(random):
    """Two to five shares of whole percents that sum to 1; some are 0."""
    marks = sorted(random.randint(0, 100) for _ in range(random.randint(1, 4)))
    return [Decimal(high - low) / 100 for low, high in zip([0, *marks], [*marks, 100])]


def on_the_limit(random, strategy):
    """Amounts and shares of which some rows lie exactly on a limit: shares made from what the rows hold."""
    n = random.choice((10, 20, 50, 100, 200, 400))
    values = [Decimal(random.randint(1, 999)) / 100 for _ in range(n)]
    total = Decimal(n)
    if strategy == "key_figure_percent":
        # Rounds the total up to 100, 1000 or 10,000, so that every share of it is a short decimal.
        total = next(power for power in (Decimal(100), Decimal(1000), Decimal(10_000)) if power > sum(values))
        values[-1] += total - sum(values)
    ordered = sorted(values, reverse=True)
    ends = sorted(random.sample(range(1, n), 2))
    held = [sum(ordered[:end]) if strategy == "key_figure_percent" else Decimal(end) for end in ends]
    marks = [0, *(part / total for part in held), 1]
    return values, [high - low for low, high in zip(marks, marks[1:])]


def compare(connection, checks, strategy, values, shares, where):
    where = f"{where}, n {len(values)}, shares {[str(share) for share in shares]}"
    labels = list("ABCDE"[: len(shares)])
    given = {"shares": shares, "classes": len(shares), "labels": labels, "strategy": strategy}
    store(connection, "amount", ["value numeric"], [(value,) for value in values])
    rows = connection.execute(STRATEGIES[strategy], given).fetchall()
    amount, classes, hit, cuts, got_classes, got_bin = map(list, zip(*rows))
    name = f"abc_class, {strategy} = sums by hand"
    checks.compare(name, got_classes, classes, where)
    checks.note(name, sum(hit), HITS)
    checks.compare(
        f"abc_cuts, {strategy} = the least of each class", cuts[0], least(amount, classes, labels), where, same_bits
    )
    checks.compare(f"abc_bin(value, abc_cuts), {strategy} = abc_class", got_bin, got_classes, where)


def least(amount, classes, labels):
    """The smallest value of each class but the lowest, lowest first; an empty class has that of the next better."""
    cuts, better = [], float("inf")
    for label in labels[:-1]:
        better = min((value for value, name in zip(amount, classes) if name == label), default=better)
        cuts.append(better)
    return cuts[::-1]


def refuse_empty_totals(connection, checks):
    """A total ≤ 0 under key_figure_percent is an error, where at least one value counts."""
    window = "SELECT scoring.abc_class(x, '{0.8,0.15,0.05}', 'key_figure_percent') OVER () FROM"
    aggregate = "SELECT scoring.abc_cuts(x, '{0.8,0.15,0.05}', 'key_figure_percent') FROM"
    for query in (window, aggregate):
        for values, expected in (("0, -1", "22023"), ("0, NULL", "22023"), ("NULL, NaN", None), ("NULL, 1", None)):
            got = None
            try:
                with connection.transaction():
                    connection.execute(f"{query} unnest('{{{values}}}'::float8[]) AS x")
            except psycopg.Error as error:
                got = error.sqlstate
            checks.compare("a total ≤ 0 is refused with 22023", [got], [expected], f"{query} {values}")

"""The order of the rows never changes a result, and parallel plans agree with serial ones bit for bit.

Decayed sums are sums of floats: they agree to 1e-12 of Σ|weight|·2^(…).
"""

from random import Random

from checks import near, same_bits
from samples import column, moment, money, normal, small_integer, store

ORDER = "windows: another order of the rows, same bits"
AGGREGATES = "aggregates: another order of the rows, same bits"
PARALLEL = "aggregates: parallel plan, same bits"
DECAYED = "decayed_sum: another order or a parallel plan, to 1e-12"
SHARES = {
    "count_percent": "{0.2,0.6,0.2}",
    "key_figure_percent": "{0.8,0.15,0.05}",
    "count_absolute": "{20,100}",
    "key_figure_absolute": "{500,50}",
}
WINDOWS = """
SELECT id, scoring.quantile_bin(x, 7) OVER (), scoring.quantile_bin(tie, 4) OVER (PARTITION BY customer % 3),
       scoring.rfm_score(at, tie, money) OVER (), scoring.pressure_delta(x, money, 5) OVER (), {abc}
FROM fact ORDER BY id""".format(
    abc=", ".join(f"scoring.abc_class(money, '{shares}', '{name}') OVER ()" for name, shares in SHARES.items())
)
EXACT = """
SELECT {group} AS customer, scoring.quantile_cuts(x), scoring.quantile_cuts(tie, 9), {abc},
       scoring.rfm_facts(at, money::numeric)::text
FROM fact GROUP BY 1 ORDER BY 1""".replace(
    "{abc}", ", ".join(f"scoring.abc_cuts(money, '{shares}', '{name}')" for name, shares in SHARES.items())
)
SUMS = """
SELECT {group} AS customer, scoring.decayed_sum(x, at, half_life, '2026-11-21 12:00:00+00'),
       scoring.decayed_sum(abs(x), at, half_life, '2026-11-21 12:00:00+00')
FROM fact GROUP BY 1 ORDER BY 1"""
COLUMNS = ["customer int", "x float8", "money float8", "tie float8", "at timestamptz", "half_life interval"]
FORCE = (
    "max_parallel_workers_per_gather = 4",
    "parallel_setup_cost = 0",
    "parallel_tuple_cost = 0",
    "min_parallel_table_scan_size = 0",
    "parallel_leader_participation = off",
)


def run(connection, checks, seed):
    random = Random(seed)
    for n in (1, 7, 300, 4000):
        rows = facts(random, n)
        # One partition for all rows, groups of customers, and a group for each row or two.
        groups = ("0", "customer", "customer * 10000 + extract(day FROM at)::int")
        serial(connection)
        store(connection, "fact", COLUMNS, rows)
        windows = connection.execute(WINDOWS).fetchall()
        exact = {group: query(connection, EXACT, group) for group in groups}
        sums = {group: query(connection, SUMS, group) for group in groups}
        for attempt in range(2):
            where = f"n {n}, order {attempt + 1}"
            scatter(connection, random)
            checks.compare(ORDER, connection.execute(WINDOWS).fetchall(), windows, where, same_bits)
            for group in groups:
                checks.compare(AGGREGATES, query(connection, EXACT, group), exact[group], where, same_bits)
                compare_sums(checks, query(connection, SUMS, group), sums[group], where)
            parallel(connection)
            for group in groups:
                workers = is_parallel(connection, EXACT, group) and is_parallel(connection, SUMS, group)
                checks.note(PARALLEL, workers, "parallel plans")
                checks.compare(PARALLEL, query(connection, EXACT, group), exact[group], where, same_bits)
                compare_sums(checks, query(connection, SUMS, group), sums[group], where)
            serial(connection)
    checks.need(PARALLEL, "parallel plans")


def facts(random, n):
    """Customers with a normal, an amount, a number with ties, an instant and a half-life; some are missing."""
    columns = (column(random, shape, n, 0.03) for shape in (normal, money, small_integer))
    return [
        (
            random.randint(1, 12),
            *row,
            moment(random),
            f"{random.randint(1, 60)} days",
        )
        for row in zip(*columns)
    ]


def scatter(connection, random):
    """Rewrites the table in another order of its rows."""
    connection.execute("SELECT setseed(%s)", (random.uniform(-1, 1),))
    connection.execute("CREATE TABLE scattered AS SELECT * FROM fact ORDER BY random()")
    connection.execute("DROP TABLE fact")
    connection.execute("ALTER TABLE scattered RENAME TO fact")
    connection.execute("ALTER TABLE fact SET (parallel_workers = 4)")
    connection.execute("ANALYZE fact")


def parallel(connection):
    for setting in FORCE:
        connection.execute(f"SET LOCAL {setting}")


def serial(connection):
    connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")


def query(connection, text, group):
    return connection.execute(text.replace("{group}", group)).fetchall()


def is_parallel(connection, text, group):
    plan = connection.execute(f"EXPLAIN (COSTS OFF) {text.replace('{group}', group)}").fetchall()
    return any("Gather" in line for (line,) in plan) and any("Partial" in line for (line,) in plan)


def compare_sums(checks, got, expected, where):
    def same(left, right):
        return left[0] == right[0] and near(left[1], right[1], 1e-12 * (right[2] or 0))

    checks.compare(DECAYED, got, expected, where, same)

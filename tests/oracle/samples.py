"""Random data sets of the shapes that customers have."""

import math

NAN = math.nan
INFINITY = math.inf
GREATEST = 1.7976931348623157e308  # the greatest finite float8
SMALLEST = 5e-324  # the smallest positive one
SIZES = (1, 2, 3, 4, 5, 7, 10, 11, 21, 50, 101)


def cents(random, n, low=1, high=100_000):
    """n amounts of money, as the float8 nearest to a whole number of cents."""
    return [random.randint(low, high) / 100 for _ in range(n)]


def with_gaps(random, xs, gaps=(None, NAN)):
    """The same values in the same order, with a missing one before about every fifth."""
    return [y for x in xs for y in ([random.choice(gaps), x] if random.random() < 0.2 else [x])]


def normal(random):
    return random.gauss(0, 1)


def money(random):
    """Lognormal, rounded to cents."""
    return round(random.lognormvariate(4, 1.2), 2)


def small_integer(random):
    """Numbers of orders: heavy ties."""
    return float(min(int(random.expovariate(0.6)), 9))


def constant(_random):
    return 19.9


def money_or_refund(random):
    return round(random.lognormvariate(4, 1.2) - 30, 2)


SHAPES = (normal, money, small_integer, constant, money_or_refund)


def moment(random, first_year=2026, last_year=2026):
    """A minute of these years, as PostgreSQL reads it."""
    year, month, day = random.randint(first_year, last_year), random.randint(1, 12), random.randint(1, 28)
    return f"{year}-{month:02}-{day:02} {random.randint(0, 23):02}:{random.randint(0, 59):02}:00+00"


def sizes(random, large):
    """The sizes at which rules break, and `large` ones up to 5000."""
    return SIZES + tuple(random.randint(100, 5000) for _ in range(large))


def column(random, shape, n, missing):
    """n values; a share of `missing` of them NULL, and a few of these NaN."""
    return [
        (math.nan if random.random() < 0.2 else None) if random.random() < missing else shape(random) for _ in range(n)
    ]


def store(connection, table, columns, rows):
    """Makes a table of numbered rows, in place of an older one of that name, and fills it."""
    names = [column.split()[0] for column in columns]
    connection.execute(f"DROP TABLE IF EXISTS {table}")
    connection.execute(f"CREATE TABLE {table} (id int, {', '.join(columns)})")
    with connection.cursor().copy(f"COPY {table} (id, {', '.join(names)}) FROM STDIN") as copy:
        for number, row in enumerate(rows):
            copy.write_row((number, *row))
    connection.execute(f"ANALYZE {table}")

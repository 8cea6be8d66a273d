"""Random data sets of the shapes that customers have."""

import math

SIZES = (1, 2, 3, 4, 5, 7, 10, 11, 21, 50, 101)


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

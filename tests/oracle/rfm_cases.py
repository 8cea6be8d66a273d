"""The golden vectors of RFM scores."""

from random import Random

from conventions import ntile_levels, quantile_levels, rfm_scores
from samples import INFINITY, NAN, cents, moment


def case(name, last_at, frequency, monetary, bins=5):
    columns = last_at, frequency, monetary, bins
    return {
        "name": name,
        "last_at": last_at,
        "frequency": frequency,
        "monetary": monetary,
        "bins": bins,
        "code": rfm_scores(*columns, quantile_levels),
        "ntile_code": rfm_scores(*columns, ntile_levels),
    }


def days(numbers):
    """Noon of these days of November 2026."""
    return [f"2026-11-{number:02} 12:00:00+00" for number in numbers]


def rfm_cases():
    random = Random(20261121)
    orders = [1.0, 2.0, 3.0, 4.0, 5.0]
    spent = [10.5, 99.9, 20.0, 250.0, 75.25]
    yield case("no rows", [], [], [])
    yield case("a single customer", days([1]), [3.0], [99.95])
    yield case("five customers; the most recent has the highest R", days([1, 5, 10, 15, 20]), orders, spent)
    yield case("the earliest and the latest change places", days([20, 15, 10, 5, 1]), orders, spent)
    yield case("all equal: 111, but ntile splits them", days([7] * 6), [2.0] * 6, [10.0] * 6)
    yield case(
        "a missing last_at takes the row out of all three",
        [None] + days([5, 10, 15, 20, 25]),
        [9.0] + orders,
        [999.0] + spent,
    )
    yield case(
        "a missing frequency takes the row out of all three",
        days([28, 5, 10, 15, 20, 25]),
        [None] + orders,
        [999.0] + spent,
    )
    yield case(
        "a NaN takes the row out of all three",
        days([28, 1, 5, 10, 15, 20, 25]),
        [NAN, 9.0] + orders,
        [9.0, NAN] + spent,
    )
    yield case("every row has something missing", [None] + days([5, 6]), [1.0, None, 3.0], [1.0, 2.0, NAN])
    yield case(
        "infinite instants and amounts are values",
        ["infinity", "-infinity"] + days([1, 2, 3]),
        orders,
        [INFINITY, -INFINITY, 1.0, 2.0, 3.0],
    )
    yield case(
        "a cut beside an infinite instant is the lower neighbour", ["-infinity", "infinity"], [1.0, 2.0], [1.0, 2.0], 4
    )
    yield case(
        "the same instant in different zones is a tie",
        [
            "2026-11-21 12:00:00+00",
            "2026-11-21 13:00:00+01",
            "2026-11-21 17:30:00+05:30",
            "2026-11-20 12:00:00+00",
        ],
        [1.0, 1.0, 1.0, 1.0],
        [4.0, 3.0, 2.0, 1.0],
        2,
    )
    yield case("a microsecond decides", [f"2026-11-21 12:00:00.00000{i}+00" for i in range(5)], orders, spent)
    yield case(
        "the ends of the calendar",
        [
            "4713-01-01 00:00:00+00 BC",
            "0001-06-15 00:00:00+00 BC",
            "1999-12-31 23:59:59.999999+00",
            "2000-01-01 00:00:00+00",
            "294276-12-31 23:59:59.999999+00",
        ],
        orders,
        spent,
    )
    yield case("two bins", days([1, 2, 3, 4]), [1.0, 1.0, 2.0, 2.0], [5.0, 6.0, 7.0, 8.0], 2)
    yield case("nine bins", days(range(1, 19)), [float(i // 3) for i in range(18)], [float(-i) for i in range(18)], 9)
    n = 60
    yield case(
        "sixty customers",
        [moment(random, 2020) for _ in range(n)],
        [float(random.choice([1, 1, 1, 2, 3, 5])) for _ in range(n)],
        cents(random, n),
    )
    yield case(
        "eighty customers, some with something missing, four bins",
        [random.choice([at] * 9 + [None]) for at in [moment(random, 2020) for _ in range(80)]],
        [random.choice([1.0, 1.0, 2.0, 3.0, 4.0, 8.0, None, NAN]) for _ in range(80)],
        [random.choice([round(random.lognormvariate(4, 1), 2)] * 9 + [NAN]) for _ in range(80)],
        4,
    )

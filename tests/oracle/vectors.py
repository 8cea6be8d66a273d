"""Writes the golden vectors, tests/vectors/*.json: `python3 tests/oracle/vectors.py`.

The rules are in conventions.py; here are the cases, one function for each file, and each case has a name that says
what it shows. Only Python's standard library is needed. Two runs write the same bytes.
"""

import json
import math
from pathlib import Path
from random import Random

from conventions import (
    INFINITY,
    ScoringError,
    abc_classes,
    abc_cuts,
    decayed_sum,
    is_value,
    ntile_levels,
    pressure_state,
    quantile_cuts,
    quantile_levels,
    rfm_scores,
)

NAN = math.nan
GREATEST = 1.7976931348623157e308  # the greatest finite float8
SMALLEST = 5e-324  # the smallest positive one
WIDTH = 118  # of the lines written
VECTORS = Path(__file__).resolve().parent.parent / "vectors"


def cents(random, n, low=1, high=100_000):
    """n amounts of money, as the float8 nearest to a whole number of cents."""
    return [random.randint(low, high) / 100 for _ in range(n)]


def with_gaps(random, xs, gaps=(None, NAN)):
    """The same values in the same order, with a missing one before about every fifth."""
    return [y for x in xs for y in ([random.choice(gaps), x] if random.random() < 0.2 else [x])]


# Quantiles ------------------------------------------------------------------------------------------------


def quantile_cases():
    random = Random(20261121)
    case = lambda name, x, bins=5: {
        "name": name,
        "x": x,
        "bins": bins,
        "cuts": quantile_cuts(x, bins),
        "levels": quantile_levels(x, bins),
        "ntile": ntile_levels(x, bins),
    }
    yield case("no rows: no cuts", [])
    yield case("nothing but NULL: no cuts, no levels", [None, None, None])
    yield case("nothing but NaN: no cuts, no levels", [NAN, NAN])
    yield case("a single customer is in the lowest level", [42.0])
    yield case("a single customer among missing ones", [None, 42.0, NAN])
    yield case("two customers of five bins", [10.0, 20.0])
    yield case("three customers of five bins", [30.0, 10.0, 20.0])
    yield case("four customers of five bins", [1.0, 2.0, 3.0, 4.0])
    yield case("as many customers as bins", [5.0, 4.0, 3.0, 2.0, 1.0])
    yield case("one customer more than bins: every cut is a value, and right-closed", [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    yield case("seven customers of five bins", [7.0, 3.0, 1.0, 9.0, 5.0, 2.0, 8.0])
    yield case("all equal: one level, but ntile splits them", [3.5] * 7)
    yield case("all zero", [0.0] * 5)
    yield case("two bins of an odd number: the median is in the lower half", [1.0, 2.0, 3.0, 4.0, 5.0], 2)
    yield case("two bins of an even number", [4.0, 1.0, 3.0, 2.0], 2)
    yield case("three bins", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], 3)
    yield case("four bins, cuts between values", [10.0, 20.0, 30.0, 40.0, 50.0, 60.0], 4)
    yield case("ties across every cut stay together", [1.0] * 4 + [2.0] * 4 + [3.0] * 4)
    yield case("a tie that swallows the middle bins", [1.0, 2.0] + [5.0] * 10 + [8.0, 9.0])
    yield case("most customers have nothing: the zeros are all in level 1", [0.0] * 17 + [1.0, 2.0, 3.0])
    yield case("ties split by row order, whatever the order of the values", [2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0], 3)
    yield case("NULL and NaN have no level and do not count", [None, 5.0, NAN, 1.0, 4.0, None, 2.0, NAN, 3.0])
    yield case("negative values", [-5.0, -1.0, -3.0, -2.0, -4.0, 0.0, 1.0])
    yield case("-0.0 counts as 0", [-0.0, 0.0, -0.0, 1.0, -1.0], 4)
    yield case("only -0.0: the cuts are 0", [-0.0, -0.0, -0.0], 3)
    yield case("Infinity is a value", [1.0, 2.0, 3.0, 4.0, INFINITY])
    yield case("-Infinity is a value", [-INFINITY, 2.0, 3.0, 4.0, 5.0])
    yield case("infinities of more than a bin's worth", [INFINITY] * 5 + [-INFINITY] * 4 + [1.0, 2.0])
    yield case("between -Infinity and Infinity the cut is the lower neighbour", [-INFINITY, INFINITY], 4)
    yield case("beside Infinity the cut is the lower neighbour", [1.0, INFINITY], 3)
    yield case("nothing but Infinity", [INFINITY] * 4)
    yield case("nothing but -Infinity", [-INFINITY] * 3)
    yield case("infinities among missing ones", [None, INFINITY, NAN, -INFINITY, 7.0, INFINITY], 3)
    yield case("a difference that overflows: the lower neighbour", [-GREATEST, GREATEST, GREATEST])
    yield case("a difference that overflows in the middle only", [-1e308, -0.9e308, 0.9e308, 1e308], 2)
    yield case("subnormals", [SMALLEST, 2 * SMALLEST, 3 * SMALLEST, 0.0, -SMALLEST, 1e-310])
    yield case("neighbours one rounding apart", [1.0, 1.0000000000000002, 1.0000000000000004, 0.9999999999999999], 3)
    yield case("magnitudes from 1e-300 to 1e300", [1e300, 1e-300, 1.0, -1e300, -1e-300, 1e150, 1e-150], 4)
    yield case("29/100 of 100 is not 29: percentile_cont's rounding decides", [float(i) for i in range(101)], 100)
    yield case("n = 11, ten bins: every cut on a value but for rounding", [i / 10 for i in range(11)], 10)
    yield case("n = 8, seven bins", [float(i * i) for i in range(8)], 7)
    yield case("fewer customers than bins, a hundred bins", [3.0, 1.0, 2.0], 100)
    yield case("money with cents", cents(random, 50))
    yield case("money with cents, ten bins, some missing", with_gaps(random, cents(random, 80)), 10)
    yield case("numbers of orders: heavy ties", [float(random.choice([1, 1, 1, 1, 2, 2, 3, 5])) for _ in range(120)])
    yield case("normal, seven bins", [random.gauss(0, 1) for _ in range(100)], 7)
    yield case("lognormal, some infinite", [random.choice([random.lognormvariate(3, 2)] * 9 + [INFINITY]) for _ in range(60)], 4)
    yield case("two hundred with every kind of value", with_gaps(
        random, [random.choice([0.0, -0.0, random.gauss(0, 1e3), INFINITY, -INFINITY, 7.25]) for _ in range(200)]
    ))


# ABC ------------------------------------------------------------------------------------------------------


def abc_case(name, value, shares, strategy, classes="ABC"):
    case = {"name": name, "value": value, "shares": shares, "strategy": strategy, "classes": list(classes)}
    try:
        case["cuts"] = abc_cuts(value, shares, strategy, case["classes"])
        case["class"] = abc_classes(value, shares, strategy, case["classes"])
    except ScoringError as refusal:
        case["error"] = refusal.sqlstate
    return case


def float_classes(value, shares, classes="ABC"):
    """key_figure_percent as binary sums would have it: wrong where a share hits a limit in decimal."""
    total = sum(value)
    limits = [sum(shares[: i + 1]) for i in range(len(shares))]
    held = {x: sum(sorted(y for y in value if y > x)) / total for x in value}
    return [next((c for c, limit in zip(classes, limits) if limit > held[x]), classes[-1]) for x in value]


def boundary_cents(random, shares):
    """Cents that total 100.00 and whose greatest sum to exactly the first share, so that the next is worse."""
    while True:
        cut = round(shares[0] * 10_000)
        better = [random.randint(500, 3000) for _ in range(random.randint(3, 6))]
        better.append(cut - sum(better))
        worse = [random.randint(10, 499) for _ in range(random.randint(4, 9))]
        worse.append(10_000 - cut - sum(worse))
        if min(better) >= 500 and 0 < worse[-1] < 500:
            value = [c / 100 for c in better + worse]
            random.shuffle(value)
            if float_classes(value, shares) != abc_classes(value, shares, "key_figure_percent", "ABC"):
                return value


def abc_cases():
    yield from count_percent_cases(Random(20261121))
    yield from key_figure_percent_cases(Random(20261121))
    yield from count_absolute_cases(Random(20261121))
    yield from key_figure_absolute_cases(Random(20261121))


def count_percent_cases(random):
    thirds, strategy = [0.2, 0.6, 0.2], "count_percent"
    for n in range(1, 11):
        yield abc_case(f"20/60/20 of {n}", [float(10 * (n - i)) for i in range(n)], thirds, strategy)
    yield abc_case("no rows", [], thirds, strategy)
    yield abc_case("nothing but NULL and NaN: no cuts", [None, NAN, None], thirds, strategy)
    yield abc_case("NULL and NaN do not count", [None, 5.0, 4.0, NAN, 3.0, 2.0, 1.0, None], thirds, strategy)
    yield abc_case("all equal: nobody is better, all are A", [7.0] * 6, thirds, strategy)
    yield abc_case("a tie across the first limit stays in A", [9.0, 8.0, 8.0, 8.0, 3.0, 2.0, 1.0, 0.0, 0.0, 0.0], thirds, strategy)
    yield abc_case("a tie across both limits stays in A, and B is empty", [5.0] * 9 + [1.0], thirds, strategy)
    yield abc_case("one better than a tie across both limits", [6.0] + [5.0] * 8 + [1.0], [0.1, 0.8, 0.1], strategy)
    yield abc_case("0.1 + 0.2 is 0.3: the fourth of ten is C", [float(10 - i) for i in range(10)], [0.1, 0.2, 0.7], strategy)
    yield abc_case("0.7 + 0.1 is 0.8: the ninth of ten is C", [float(10 - i) for i in range(10)], [0.7, 0.1, 0.2], strategy)
    yield abc_case("0.07 of 100 is 7: the eighth is B", [float(100 - i) for i in range(100)], [0.07, 0.22, 0.71], strategy)
    yield abc_case("a share of 0 leaves A empty: its cut is Infinity", [4.0, 3.0, 2.0, 1.0], [0.0, 0.5, 0.5], strategy)
    yield abc_case("a share of 0 leaves B empty: B has the cut of A", [4.0, 3.0, 2.0, 1.0], [0.5, 0.0, 0.5], strategy)
    yield abc_case("a share of 0 for C", [4.0, 3.0, 2.0, 1.0], [0.5, 0.5, 0.0], strategy)
    yield abc_case("everything in A", [4.0, 3.0, 2.0, 1.0], [1.0, 0.0, 0.0], strategy)
    yield abc_case("everything in C", [4.0, 3.0, 2.0, 1.0], [0.0, 0.0, 1.0], strategy)
    yield abc_case("two classes", [1.0, 5.0, 3.0, 2.0, 4.0], [0.5, 0.5], strategy, "AB")
    yield abc_case("five classes", [float(i) for i in range(20)], [0.1, 0.2, 0.3, 0.3, 0.1], strategy, "ABCDE")
    yield abc_case("five classes of three rows", [1.0, 2.0, 3.0], [0.1, 0.2, 0.3, 0.3, 0.1], strategy, "ABCDE")
    yield abc_case("labels are the user's own words", [3.0, 2.0, 1.0], thirds, strategy, ["très élevé", "moyen", "faible"])
    yield abc_case("heads count, whatever the sign", [-1.0, -2.0, -3.0, -4.0, -5.0], thirds, strategy)
    yield abc_case("±Infinity are values", [INFINITY, INFINITY, 3.0, 2.0, 1.0, -INFINITY], thirds, strategy)
    yield abc_case("nothing but Infinity", [INFINITY, INFINITY], thirds, strategy)
    yield abc_case("-0.0 ties with 0", [0.0, -0.0, 0.0, -0.0, -1.0], thirds, strategy)
    yield abc_case("shares of a third by hand", [3.0, 2.0, 1.0], [0.333, 0.333, 0.334], strategy)
    yield abc_case("heavy ties, some missing", with_gaps(random, [float(random.randint(0, 6)) for _ in range(90)]), thirds, strategy)
    yield abc_case("money with cents", cents(random, 60), [0.05, 0.15, 0.8], strategy)


def key_figure_percent_cases(random):
    pareto, strategy = [0.8, 0.15, 0.05], "key_figure_percent"
    yield abc_case("no rows", [], pareto, strategy)
    yield abc_case("nothing but NULL and NaN: no cuts, no error", [NAN, None], pareto, strategy)
    yield abc_case("a single customer holds all and is A", [12.5], pareto, strategy)
    yield abc_case("the crossing customer stays in the better class", [70.0, 20.0, 10.0], pareto, strategy)
    yield abc_case("exactly 80 % above: B", [80.0, 15.0, 5.0], pareto, strategy)
    yield abc_case("one cent less than 80 % above: A", [79.99, 15.0, 5.01], pareto, strategy)
    yield abc_case("0.7 + 0.1 is 0.8: the third is B", [0.7, 0.1, 0.09, 0.06, 0.05], pareto, strategy)
    yield abc_case("0.1 + 0.2 is 0.3 in limits and in values", [0.2, 0.1, 0.09, 0.08, 0.53], [0.53, 0.3, 0.17], strategy)
    for i in range(1, 4):
        yield abc_case(f"hits 80 % in decimal, not in binary ({i})", boundary_cents(random, pareto), pareto, strategy)
    yield abc_case("a tie across a limit stays in the better class", [50.0, 20.0, 20.0, 5.0, 5.0], pareto, strategy)
    yield abc_case("a tie across both limits", [1.0] + [0.5] * 40, [0.02, 0.5, 0.48], strategy)
    yield abc_case("all equal: all are A", [3.3] * 5, pareto, strategy)
    yield abc_case("zeros hold nothing and are the last", [100.0, 0.0, 50.0, -0.0], pareto, strategy)
    yield abc_case("negative values do not enter the total and are C", [80.0, 15.0, 5.0, -40.0, -0.01], pareto, strategy)
    yield abc_case("negative values greater than the positive ones", [10.0, -1000.0], pareto, strategy)
    yield abc_case("NULL and NaN do not count", [None, 80.0, NAN, 15.0, 5.0, None], pareto, strategy)
    yield abc_case("all negative: error", [-1.0, -2.0], pareto, strategy)
    yield abc_case("all zero: error", [0.0, 0.0, -0.0], pareto, strategy)
    yield abc_case("zero, negative and missing: error", [0.0, -5.0, None, NAN], pareto, strategy)
    yield abc_case("nothing but -Infinity: error", [-INFINITY], pareto, strategy)
    yield abc_case("-Infinity is negative", [-INFINITY, 80.0, 15.0, 5.0], pareto, strategy)
    yield abc_case("Infinity holds all: A, and the rest C", [5.0, INFINITY, 3.0, 0.0, -1.0, None], pareto, strategy)
    yield abc_case("several Infinities are all A", [INFINITY, 1e308, INFINITY, -INFINITY], pareto, strategy)
    yield abc_case("nothing but Infinity", [INFINITY, INFINITY], pareto, strategy)
    yield abc_case("a total over float8 is not infinite", [GREATEST, GREATEST, 1e308, 1.0], [0.4, 0.4, 0.2], strategy)
    yield abc_case("1e300 and 1e-300", [1e300, 1e-300, 1.0], pareto, strategy)
    yield abc_case("1e-300 beside 1e300 is less than all, so it is A; 0 is not", [1e300, 1e-300, 0.0], [1.0, 0.0, 0.0], strategy)
    yield abc_case("a share of 0 leaves A empty: its cut is Infinity", [50.0, 30.0, 20.0], [0.0, 0.5, 0.5], strategy)
    yield abc_case("a share of 0 leaves B empty: B has the cut of A", [50.0, 30.0, 20.0], [0.5, 0.0, 0.5], strategy)
    yield abc_case("a giant leaves B empty", [1000.0, 1.0, 1.0], [0.5, 0.3, 0.2], strategy)
    yield abc_case("everything in C", [50.0, 30.0, 20.0], [0.0, 0.0, 1.0], strategy)
    yield abc_case("two classes", [50.0, 30.0, 20.0, 1.0], [0.8, 0.2], strategy, "AB")
    yield abc_case("five classes", [float(i) for i in range(21)], [0.4, 0.2, 0.2, 0.1, 0.1], strategy, "ABCDE")
    yield abc_case("thousands that sum as cents", cents(random, 40, 100_000, 999_999), pareto, strategy)
    yield abc_case("money with cents, ties, negatives and missing", with_gaps(
        random, [random.choice([9.99, 19.9, 0.0, random.randint(-5000, 50_000) / 100]) for _ in range(120)]
    ), pareto, strategy)


def count_absolute_cases(random):
    strategy = "count_absolute"
    ten = [float(10 - i) for i in range(10)]
    yield abc_case("the best 2 are A, the next 3 B", ten, [2.0, 3.0], strategy)
    yield abc_case("no rows", [], [2.0, 3.0], strategy)
    yield abc_case("nothing but missing: no cuts", [None, NAN], [2.0, 3.0], strategy)
    yield abc_case("more heads than rows: all are A", [3.0, 1.0, 2.0], [100.0, 50.0], strategy)
    yield abc_case("more heads than rows in B", [3.0, 1.0, 2.0], [1.0, 50.0], strategy)
    yield abc_case("a tie across the limit stays in A", [5.0, 4.0, 4.0, 4.0, 3.0], [2.0, 1.0], strategy)
    yield abc_case("a tie across both limits leaves B empty", [4.0, 4.0, 4.0, 4.0, 3.0], [1.0, 2.0], strategy)
    yield abc_case("no heads for A", ten, [0.0, 4.0], strategy)
    yield abc_case("no heads for B", ten, [4.0, 0.0], strategy)
    yield abc_case("no heads at all: everybody is C", ten, [0.0, 0.0], strategy)
    yield abc_case("two classes: the best 3", ten, [3.0], strategy, "AB")
    yield abc_case("five classes", ten, [1.0, 2.0, 3.0, 2.0], strategy, "ABCDE")
    yield abc_case("NULL and NaN do not count", [None, 3.0, NAN, 2.0, 1.0], [1.0, 1.0], strategy)
    yield abc_case("±Infinity and negatives are values", [-INFINITY, -3.0, INFINITY, 2.0, -0.0], [1.0, 2.0], strategy)
    yield abc_case("heavy ties", [float(random.randint(0, 9)) for _ in range(80)], [10.0, 20.0], strategy)


def key_figure_absolute_cases(random):
    strategy = "key_figure_absolute"
    yield abc_case("value >= limit", [1000.0, 999.99, 100.0, 99.99, 0.0], [1000.0, 100.0], strategy)
    yield abc_case("nothing but missing: the cuts are the limits", [None, NAN], [1000.0, 100.0], strategy)
    yield abc_case("nobody reaches a limit", [1.0, 2.0], [1000.0, 100.0], strategy)
    yield abc_case("limits below 0", [0.0, -10.0, -10.01, -100.0], [0.0, -10.0], strategy)
    yield abc_case("-0.0 reaches 0", [-0.0, 0.0, -SMALLEST], [1.0, 0.0], strategy)
    yield abc_case("Infinity is A, -Infinity C, missing nothing", [INFINITY, -INFINITY, None, NAN], [10.0, 1.0], strategy)
    yield abc_case("two classes", [1.0, 2.0, 3.0], [2.0], strategy, "AB")
    yield abc_case("five classes", [float(i) for i in range(12)], [9.0, 7.0, 4.0, 2.0], strategy, "ABCDE")
    yield abc_case("money with cents", cents(random, 50), [750.0, 250.5], strategy)


# RFM ------------------------------------------------------------------------------------------------------


def rfm_cases():
    random = Random(20261121)

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
        """Noon of that day of November 2026."""
        return [f"2026-11-{number:02} 12:00:00+00" for number in numbers]

    def random_days(n):
        return [
            f"20{random.randint(20, 26)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
            f" {random.randint(0, 23):02}:{random.randint(0, 59):02}:00+00"
            for _ in range(n)
        ]

    orders = [1.0, 2.0, 3.0, 4.0, 5.0]
    spent = [10.5, 99.9, 20.0, 250.0, 75.25]
    yield case("no rows", [], [], [])
    yield case("a single customer", days([1]), [3.0], [99.95])
    yield case("five customers; the most recent has the highest R", days([1, 5, 10, 15, 20]), orders, spent)
    yield case("the earliest and the latest change places", days([20, 15, 10, 5, 1]), orders, spent)
    yield case("all equal: 111, but ntile splits them", days([7] * 6), [2.0] * 6, [10.0] * 6)
    yield case("a missing last_at takes the row out of all three", [None] + days([5, 10, 15, 20, 25]), [9.0] + orders, [999.0] + spent)
    yield case("a missing frequency takes the row out of all three", days([28, 5, 10, 15, 20, 25]), [None] + orders, [999.0] + spent)
    yield case("a NaN takes the row out of all three", days([28, 1, 5, 10, 15, 20, 25]), [NAN, 9.0] + orders, [9.0, NAN] + spent)
    yield case("every row has something missing", [None] + days([5, 6]), [1.0, None, 3.0], [1.0, 2.0, NAN])
    yield case("infinite instants and amounts are values", ["infinity", "-infinity"] + days([1, 2, 3]), orders, [INFINITY, -INFINITY, 1.0, 2.0, 3.0])
    yield case("a cut beside an infinite instant is the lower neighbour", ["-infinity", "infinity"], [1.0, 2.0], [1.0, 2.0], 4)
    yield case("the same instant in different zones is a tie", [
        "2026-11-21 12:00:00+00", "2026-11-21 13:00:00+01", "2026-11-21 17:30:00+05:30", "2026-11-20 12:00:00+00",
    ], [1.0, 1.0, 1.0, 1.0], [4.0, 3.0, 2.0, 1.0], 2)
    yield case("a microsecond decides", [f"2026-11-21 12:00:00.00000{i}+00" for i in range(5)], orders, spent)
    yield case("the ends of the calendar", [
        "4713-01-01 00:00:00+00 BC", "0001-06-15 00:00:00+00 BC", "1999-12-31 23:59:59.999999+00",
        "2000-01-01 00:00:00+00", "294276-12-31 23:59:59.999999+00",
    ], orders, spent)
    yield case("two bins", days([1, 2, 3, 4]), [1.0, 1.0, 2.0, 2.0], [5.0, 6.0, 7.0, 8.0], 2)
    yield case("nine bins", days(range(1, 19)), [float(i // 3) for i in range(18)], [float(-i) for i in range(18)], 9)
    n = 60
    yield case("sixty customers", random_days(n), [float(random.choice([1, 1, 1, 2, 3, 5])) for _ in range(n)], cents(random, n))
    yield case(
        "eighty customers, some with something missing, four bins",
        [random.choice([at] * 9 + [None]) for at in random_days(80)],
        [random.choice([1.0, 1.0, 2.0, 3.0, 4.0, 8.0, None, NAN]) for _ in range(80)],
        [random.choice([round(random.lognormvariate(4, 1), 2)] * 9 + [NAN]) for _ in range(80)],
        4,
    )


# Decay ----------------------------------------------------------------------------------------------------


def decay_cases():
    random = Random(20261121)
    now = "2026-11-21 12:00:00+00"

    def case(name, *events, as_of=now):
        events = [{"weight": weight, "at": at, "half_life": half_life} for weight, at, half_life in events]
        total, magnitude = decayed_sum(events, as_of)
        return {"name": name, "as_of": as_of, "events": events, "sum": total, "magnitude": magnitude}

    week_ago, fortnight_ago, month_ago = ("2026-11-14 12:00:00+00", "2026-11-07 12:00:00+00", "2026-10-22 12:00:00+00")
    yield case("no event: 0")
    yield case("an event at as_of counts in full", (10.0, now, "14 days"))
    yield case("one half-life: exactly a half", (10.0, fortnight_ago, "14 days"))
    yield case("half a half-life: the root of a half", (1.0, week_ago, "14 days"))
    yield case("thirty days at fourteen", (3.0, month_ago, "14 days"))
    yield case("an event after as_of does not count", (5.0, "2026-11-21 12:00:00.000001+00", "1 day"), (1.0, week_ago, "7 days"))
    yield case("only events after as_of: 0", (5.0, "2030-01-01 00:00:00+00", "1 day"))
    yield case("each row has its own half-life", (8.0, week_ago, "7 days"), (8.0, week_ago, "14 days"), (8.0, week_ago, "84 hours"))
    yield case("a missing weight, at or half-life leaves the row out", (None, now, "1 day"), (NAN, now, "1 day"),
               (4.0, None, "1 day"), (4.0, now, None), (2.0, now, "1 day"))
    yield case("nothing but missing: 0", (None, now, "1 day"), (1.0, None, "1 day"), (1.0, now, None), (NAN, now, "1 day"))
    yield case("an infinite at is left out", (4.0, "infinity", "1 day"), (4.0, "-infinity", "1 day"), (2.0, now, "1 day"))
    yield case("a weight of 0", (0.0, week_ago, "7 days"), (-0.0, now, "7 days"))
    yield case("negative weights", (-3.0, week_ago, "7 days"), (-1.5, now, "7 days"))
    yield case("an unsubscription outweighs two mails", (1.0, fortnight_ago, "14 days"), (1.0, week_ago, "14 days"), (-5.0, now, "30 days"))
    yield case("weights that cancel exactly", (2.5, week_ago, "14 days"), (-2.5, week_ago, "14 days"))
    yield case("weights that cancel with their decay", (2.0, fortnight_ago, "14 days"), (-1.0, now, "14 days"))
    yield case("weights that nearly cancel: only the tolerance is owed", (1e16, month_ago, "14 days"), (1.0, now, "1 day"), (-1e16, month_ago, "14 days"))
    yield case("the zone of a timestamp does not matter", (1.0, "2026-11-21 17:30:00+05:30", "1 day"), (1.0, "2026-11-20 07:00:00-05", "1 day"))
    yield case("hours, minutes, seconds and microseconds", (1.0, "2026-11-21 11:00:00+00", "2 hours"), (1.0, "2026-11-21 11:00:00+00", "45 minutes"),
               (1.0, "2026-11-21 11:59:50.5+00", "3 seconds"), (1.0, "2026-11-21 11:59:59.999995+00", "2 microseconds"),
               (1.0, "2026-11-20 12:00:00+00", "1 day 12 hours"))
    yield case("a half-life of a microsecond, a microsecond ago", (1.0, "2026-11-21 11:59:59.999999+00", "1 microsecond"))
    yield case("a half-life of a microsecond, a day ago: nothing is left", (1e300, "2026-11-20 12:00:00+00", "1 microsecond"), (3.0, now, "1 microsecond"))
    yield case("a half-life of 100000 days", (7.0, week_ago, "100000 days"), (7.0, "1752-09-14 00:00:00+00", "100000 days"))
    yield case("an age that overflows 64 bits of microseconds", (1e300, "4713-01-01 00:00:00+00 BC", "100000 days"),
               (1.0, "294276-12-31 23:59:59.999999+00", "1 day"), as_of="294276-12-31 23:59:59.999999+00")
    yield case("an event of the future that overflows 64 bits of microseconds", (5.0, "294276-12-31 23:59:59.999999+00", "1 day"),
               (1.0, "4713-01-01 00:00:00+00 BC", "1 day"), as_of="4713-01-01 00:00:00+00 BC")
    yield case("Caesar, as of today: nothing is left of him", (1e308, "0044-03-15 12:00:00+00 BC", "1 day"))
    yield case("1e308 decayed to a common number", (1e308, "2026-11-11 12:00:00+00", "14 minutes"))
    yield case("weights of 1e308 and 1e-300", (1e308, now, "1 day"), (1e-300, now, "1 day"))
    yield case("weights of 8e307 that cancel", (8e307, now, "1 day"), (-8e307, now, "1 day"))
    yield case("1e-300 ten half-lives ago", (1e-300, "2026-11-11 12:00:00+00", "1 day"))
    yield case("1e-300 decayed to a subnormal", (1e-300, "2026-11-21 11:59:20+00", "1 second"))
    yield case("1e-300 decayed to nothing", (1e-300, "2026-11-21 11:00:00+00", "1 second"))
    yield case("an infinite weight is a value", (INFINITY, week_ago, "14 days"), (1.0, now, "1 day"))
    yield case("-Infinity too", (-INFINITY, week_ago, "14 days"), (1.0, now, "1 day"))
    for n, signs in ((40, (1,)), (60, (1, -1))):
        yield case(f"{n} events of a year" + (", of either sign" if len(signs) > 1 else ""), *(
            (
                random.choice(signs) * random.randint(1, 2000) / 100,
                f"2026-{random.randint(1, 11):02}-{random.randint(1, 21):02} {random.randint(0, 11):02}:{random.randint(0, 59):02}:00+00",
                f"{random.randint(1, 90)} days",
            )
            for _ in range(n)
        ))


# Pressure -------------------------------------------------------------------------------------------------


def pressure_cases():
    for tolerance in (0, 1, 2):
        for delta in range(-4, 5):
            state = pressure_state(delta, tolerance)
            yield {"name": f"{delta} with tolerance {tolerance}", "delta": delta, "tolerance": tolerance, "state": state}


# Writing --------------------------------------------------------------------------------------------------


def to_json(value):
    """Compact JSON; what JSON has no number for is the strings "NaN", "Infinity" and "-Infinity"."""
    return json.dumps(named(value), ensure_ascii=False, allow_nan=False)


def named(value):
    if isinstance(value, dict):
        return {key: named(item) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def write(file, cases):
    """One case after the other, its parts on as few lines as fit."""
    lines = []
    for case in cases:
        parts = [f"{to_json(key)}: {to_json(value)}" for key, value in case.items()]
        line = "  {" + parts[0]
        for part in parts[1:]:
            fits = len(line.rsplit("\n", 1)[-1]) + len(part) < WIDTH
            line += (", " if fits else ",\n   ") + part
        lines.append(line + "}")
    (VECTORS / file).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{file}: {len(lines)} cases")


if __name__ == "__main__":
    VECTORS.mkdir(exist_ok=True)
    write("quantile.json", quantile_cases())
    write("abc.json", abc_cases())
    write("rfm.json", rfm_cases())
    write("decay.json", decay_cases())
    write("pressure.json", pressure_cases())

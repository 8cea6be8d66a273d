"""The golden vectors of ABC classes and their cuts."""

from random import Random

from conventions import ScoringError, abc_classes, abc_cuts
from samples import GREATEST, INFINITY, NAN, SMALLEST, cents, with_gaps


def abc_case(name, value, shares, strategy, classes="ABC"):
    case = {
        "name": f"{strategy}: {name}",
        "value": value,
        "shares": shares,
        "strategy": strategy,
        "classes": list(classes),
    }
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
    yield abc_case(
        "a tie across the first limit stays in A", [9.0, 8.0, 8.0, 8.0, 3.0, 2.0, 1.0, 0.0, 0.0, 0.0], thirds, strategy
    )
    yield abc_case("a tie across both limits stays in A, and B is empty", [5.0] * 9 + [1.0], thirds, strategy)
    yield abc_case("one better than a tie across both limits", [6.0] + [5.0] * 8 + [1.0], [0.1, 0.8, 0.1], strategy)
    yield abc_case(
        "0.1 + 0.2 is 0.3: the fourth of ten is C", [float(10 - i) for i in range(10)], [0.1, 0.2, 0.7], strategy
    )
    yield abc_case(
        "0.7 + 0.1 is 0.8: the ninth of ten is C", [float(10 - i) for i in range(10)], [0.7, 0.1, 0.2], strategy
    )
    yield abc_case(
        "0.07 of 100 is 7: the eighth is B", [float(100 - i) for i in range(100)], [0.07, 0.22, 0.71], strategy
    )
    yield abc_case("a share of 0 leaves A empty: its cut is Infinity", [4.0, 3.0, 2.0, 1.0], [0.0, 0.5, 0.5], strategy)
    yield abc_case("a share of 0 leaves B empty: B has the cut of A", [4.0, 3.0, 2.0, 1.0], [0.5, 0.0, 0.5], strategy)
    yield abc_case("a share of 0 for C", [4.0, 3.0, 2.0, 1.0], [0.5, 0.5, 0.0], strategy)
    yield abc_case("everything in A", [4.0, 3.0, 2.0, 1.0], [1.0, 0.0, 0.0], strategy)
    yield abc_case("everything in C", [4.0, 3.0, 2.0, 1.0], [0.0, 0.0, 1.0], strategy)
    yield abc_case("two classes", [1.0, 5.0, 3.0, 2.0, 4.0], [0.5, 0.5], strategy, "AB")
    yield abc_case("five classes", [float(i) for i in range(20)], [0.1, 0.2, 0.3, 0.3, 0.1], strategy, "ABCDE")
    yield abc_case("five classes of three rows", [1.0, 2.0, 3.0], [0.1, 0.2, 0.3, 0.3, 0.1], strategy, "ABCDE")
    yield abc_case(
        "labels are the user's own words", [3.0, 2.0, 1.0], thirds, strategy, ["très élevé", "moyen", "faible"]
    )
    yield abc_case("heads count, whatever the sign", [-1.0, -2.0, -3.0, -4.0, -5.0], thirds, strategy)
    yield abc_case("±Infinity are values", [INFINITY, INFINITY, 3.0, 2.0, 1.0, -INFINITY], thirds, strategy)
    yield abc_case("nothing but Infinity", [INFINITY, INFINITY], thirds, strategy)
    yield abc_case("-0.0 ties with 0", [0.0, -0.0, 0.0, -0.0, -1.0], thirds, strategy)
    yield abc_case("shares of a third by hand", [3.0, 2.0, 1.0], [0.333, 0.333, 0.334], strategy)
    yield abc_case(
        "heavy ties, some missing",
        with_gaps(random, [float(random.randint(0, 6)) for _ in range(90)]),
        thirds,
        strategy,
    )
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
    yield abc_case(
        "0.1 + 0.2 is 0.3 in limits and in values", [0.2, 0.1, 0.09, 0.08, 0.53], [0.53, 0.3, 0.17], strategy
    )
    for i in range(1, 4):
        yield abc_case(f"hits 80 % in decimal, not in binary ({i})", boundary_cents(random, pareto), pareto, strategy)
    yield abc_case("a tie across a limit stays in the better class", [50.0, 20.0, 20.0, 5.0, 5.0], pareto, strategy)
    yield abc_case("a tie across both limits", [1.0] + [0.5] * 40, [0.02, 0.5, 0.48], strategy)
    yield abc_case("all equal: all are A", [3.3] * 5, pareto, strategy)
    yield abc_case("zeros hold nothing and are the last", [100.0, 0.0, 50.0, -0.0], pareto, strategy)
    yield abc_case(
        "negative values do not enter the total and are C", [80.0, 15.0, 5.0, -40.0, -0.01], pareto, strategy
    )
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
    yield abc_case(
        "1e-300 beside 1e300 is less than all, so it is A; 0 is not", [1e300, 1e-300, 0.0], [1.0, 0.0, 0.0], strategy
    )
    yield abc_case("a share of 0 leaves A empty: its cut is Infinity", [50.0, 30.0, 20.0], [0.0, 0.5, 0.5], strategy)
    yield abc_case("a share of 0 leaves B empty: B has the cut of A", [50.0, 30.0, 20.0], [0.5, 0.0, 0.5], strategy)
    yield abc_case("a giant leaves B empty", [1000.0, 1.0, 1.0], [0.5, 0.3, 0.2], strategy)
    yield abc_case("everything in C", [50.0, 30.0, 20.0], [0.0, 0.0, 1.0], strategy)
    yield abc_case("two classes", [50.0, 30.0, 20.0, 1.0], [0.8, 0.2], strategy, "AB")
    yield abc_case("five classes", [float(i) for i in range(21)], [0.4, 0.2, 0.2, 0.1, 0.1], strategy, "ABCDE")
    yield abc_case("thousands that sum as cents", cents(random, 40, 100_000, 999_999), pareto, strategy)
    yield abc_case(
        "money with cents, ties, negatives and missing",
        with_gaps(random, [random.choice([9.99, 19.9, 0.0, random.randint(-5000, 50_000) / 100]) for _ in range(120)]),
        pareto,
        strategy,
    )


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
    yield abc_case(
        "Infinity is A, -Infinity C, missing nothing", [INFINITY, -INFINITY, None, NAN], [10.0, 1.0], strategy
    )
    yield abc_case("two classes", [1.0, 2.0, 3.0], [2.0], strategy, "AB")
    yield abc_case("five classes", [float(i) for i in range(12)], [9.0, 7.0, 4.0, 2.0], strategy, "ABCDE")
    yield abc_case("money with cents", cents(random, 50), [750.0, 250.5], strategy)

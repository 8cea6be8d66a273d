"""The golden vectors of weight of evidence, scorecard points and logistic regression."""

from random import Random

from conventions import ScoringError
from credit_conventions import information_value, logistic_fit, scorecard_points, woe_table
from samples import GREATEST, INFINITY, NAN


def woe_case(name, rows):
    table = woe_table(rows)
    rows = [{"bin": bin, "outcome": outcome} for bin, outcome in rows]
    return {"name": name, "rows": rows, "table": table, "value": information_value(table)}


def counted(**bins):
    """Rows of so many good and so many bad in each bin."""
    return [(bin, is_bad) for bin, pair in bins.items() for is_bad, count in enumerate(pair) for _ in range(count)]


def woe_cases():
    def rows(**bins):
        return [(bin, bool(is_bad)) for bin, is_bad in counted(**bins)]

    random = Random(20261121)
    yield woe_case("no rows", [])
    yield woe_case("nothing but rows without an outcome", [("a", None), (None, None)])
    yield woe_case("one bin tells nothing", rows(a=(3, 2)))
    yield woe_case("two bins of the same shares tell nothing", rows(a=(4, 2), b=(2, 1)))
    yield woe_case("two bins", rows(a=(4, 1), b=(1, 4)))
    yield woe_case("all good: no weight", rows(a=(3, 0), b=(2, 0)))
    yield woe_case("all bad: no weight", rows(a=(0, 3)))
    yield woe_case("a bin with no bad counts 0.9 of them", rows(a=(5, 0), b=(3, 4)))
    yield woe_case("a bin with no good counts 0.9 of them", rows(a=(0, 5), b=(3, 4)))
    yield woe_case("bins that tell all", rows(a=(0, 5), b=(3, 0)))
    yield woe_case("NULL is a bin of its own, the last", [*rows(z=(4, 1), a=(2, 2)), (None, True), (None, False)])
    yield woe_case("a NULL outcome is left out, and a bin with no other", [*rows(a=(2, 1), b=(1, 2)), ("c", None)])
    yield woe_case("an empty text is a bin", [*rows(a=(2, 1)), ("", True), ("", False)])
    names = ["b", "B", "a", "é", "10", "9", "日", "😀", " a"]
    yield woe_case("bins in the order of their bytes", [(name, i % 3 == 0) for i, name in enumerate(names * 4)])
    bins = [*"abcdefghijkl", None]
    yield woe_case(
        "two hundred rows, some without an outcome",
        [(random.choice(bins), random.choice((True, False, False, None))) for _ in range(200)],
    )


def points_case(name, log_odds, points0=600.0, odds0=1 / 19, pdo=50.0):
    case = {"name": name, "log_odds": log_odds, "points0": points0, "odds0": odds0, "pdo": pdo}
    try:
        case["points"] = scorecard_points(log_odds, points0, odds0, pdo)
    except ScoringError as refusal:
        case["error"] = refusal.sqlstate
    return case


def points_cases():
    random = Random(20261121)
    yield points_case("5 % have 600 points", -2.9444389791664403)
    yield points_case("10 % have 546.0998744", -2.197224577336219)
    yield points_case("even odds", 0.0)
    yield points_case("half the odds have 50 points more", -2.9444389791664403 - 0.6931471805599453)
    yield points_case("for certain", INFINITY)
    yield points_case("never", -INFINITY)
    yield points_case("no log odds", None)
    yield points_case("NaN", NAN)
    yield points_case("optbinning's odds of 1", 1.5, 500.0, 1.0, 20.0)
    yield points_case("odds of a thousand to one", 1.5, 0.0, 1000.0, 1.0)
    yield points_case("points below 0", 30.0)
    for name, log_odds, points0, odds0, pdo in (
        ("odds0 of 0", 0.0, 600.0, 0.0, 50.0),
        ("odds0 below 0", 0.0, 600.0, -1.0, 50.0),
        ("infinite odds0", 0.0, 600.0, INFINITY, 50.0),
        ("odds0 that is NaN", 0.0, 600.0, NAN, 50.0),
        ("pdo of 0", 0.0, 600.0, 1.0, 0.0),
        ("pdo below 0", 0.0, 600.0, 1.0, -50.0),
        ("infinite pdo", 0.0, 600.0, 1.0, INFINITY),
        ("pdo that is NaN", 0.0, 600.0, 1.0, NAN),
        ("infinite points0", 0.0, INFINITY, 1.0, 50.0),
        ("points0 that is NaN", 0.0, NAN, 1.0, 50.0),
        ("a bad scale and no log odds", NAN, 600.0, 1.0, 0.0),
        ("points out of range", 1e307, 600.0, 1.0, 50.0),
        ("points out of range below", -1e307, 600.0, 1.0, 50.0),
        ("a pdo at the edge", 0.5, 600.0, 1.0, 1e308),
        ("a pdo beyond the edge", 2.0, 600.0, 1.0, 1e308),
        ("the smallest odds", 0.0, 600.0, 5e-324, 50.0),
        ("the greatest odds", 0.0, 600.0, GREATEST, 50.0),
    ):
        yield points_case(name, log_odds, points0, odds0, pdo)
    for i in range(20):
        scale = random.uniform(-1000, 1000), random.lognormvariate(0, 3), random.lognormvariate(3, 2)
        yield points_case(f"random ({i})", random.gauss(0, 5), *scale)


def fit_case(name, names, rows, ridge=0.0, error=None):
    """Rows are of variables, outcome and weight; without one, the weight is 1."""
    rows = [row if len(row) == 3 else (*row, 1.0) for row in rows]
    written = [{**dict(zip(names, values)), "outcome": outcome, "weight": weight} for values, outcome, weight in rows]
    kinds = {name: "text" if any(isinstance(row[0][at], str) for row in rows) else "float8" for at, name in enumerate(names)}
    case = {"name": name, "variables": kinds, "rows": written, "ridge": ridge}
    return {**case, **({"error": error} if error else logistic_fit(rows, ridge))}


def fit_cases():
    random = Random(20261121)
    two = [((float(x),), y) for x, y in zip((1, 2, 3, 4, 5, 6, 7, 8), (False, False, True, False, True, True, False, True))]
    yield fit_case("no variable: the intercept is the log odds", [], [((), True), ((), False), ((), False)])
    yield fit_case("a number", ["x"], two)
    yield fit_case("a number, with a ridge", ["x"], two, 1.0)
    yield fit_case("a number, with a great ridge", ["x"], two, 1e6)
    yield fit_case("in units of a millionth", ["x"], [((values[0] * 1e6,), y) for values, y in two])
    yield fit_case("far from 0", ["x"], [((values[0] + 1e6,), y) for values, y in two])
    yield fit_case("tiny units", ["x"], [((values[0] * 1e-200,), y) for values, y in two])
    yield fit_case("huge units", ["x"], [((values[0] * 1e200,), y) for values, y in two])
    yield fit_case("weights are rows", ["x"], [(values, y, float(1 + i % 3)) for i, (values, y) in enumerate(two)])
    yield fit_case("weights need not be whole", ["x"], [(values, y, 0.25 + i / 8) for i, (values, y) in enumerate(two)])
    yield fit_case(
        "what is missing is left out",
        ["x"],
        [*two, ((None,), True), ((NAN,), False), ((9.0,), None), ((9.0,), True, 0.0), ((9.0,), True, None), ((9.0,), False, NAN)],
    )
    countries = [((country,), i % 3 == 0) for i, country in enumerate(["FR", "BE", "DE", "FR", "FR", "BE", "DE", "BE", "be", "be"] * 2)]
    yield fit_case("categories: the first in the order of bytes is the base", ["country"], countries)
    yield fit_case("a missing category leaves the row out", ["country"], [*countries, ((None,), True)])
    mixed = [
        ((round(random.gauss(50, 20), 1), random.choice(("mail", "fair", "web")), float(random.randint(0, 1))), random.random() < 0.4)
        for _ in range(40)
    ]
    yield fit_case("numbers and categories", ["spent", "source", "member"], mixed)
    yield fit_case("numbers and categories, with a ridge", ["spent", "source", "member"], mixed, 0.5)
    same = [((1.0,), True), ((1.0,), False)]
    yield fit_case("one that never varies", ["x"], same, error="22023")
    yield fit_case("one that never varies, with a ridge: 0", ["x"], same, 1.0)
    yield fit_case("a single category", ["x"], [(("a",), True), (("a",), False)], error="22023")
    yield fit_case("all true", ["x"], [((1.0,), True), ((2.0,), True)], error="22023")
    yield fit_case("all false", ["x"], [((1.0,), False), ((2.0,), False)], error="22023")
    yield fit_case("no rows", ["x"], [], error="22023")
    yield fit_case("nothing but missing", ["x"], [((None,), True), ((1.0,), None)], error="22023")
    apart = [((float(i),), i > 4) for i in range(8)]
    yield fit_case("a number that tells all", ["x"], apart, error="22023")
    yield fit_case("a number that tells all, with a ridge", ["x"], apart, 0.1)
    yield fit_case("a number that tells all but at one value", ["x"], [*apart, ((4.0,), True)], error="22023")
    yield fit_case("a category that tells all of its rows", ["country"], [*countries, (("LU",), True)], error="22023")
    yield fit_case(
        "a category that tells all of its rows, with a ridge", ["country"], [*countries, (("LU",), True)], 1.0
    )
    yield fit_case("the same twice", ["x", "y"], [((v[0], v[0]), y) for v, y in two], error="22023")
    yield fit_case("the same twice, with a ridge: each has half", ["x", "y"], [((v[0], v[0]), y) for v, y in two], 1.0)
    yield fit_case("a sum of others", ["x", "y", "z"], [((v[0], float(i % 3), v[0] + 2 * (i % 3)), y) for i, (v, y) in enumerate(two)], error="22023")
    sides = [((float(i), float(j)), 2 * i + j > 7.5) for i in range(5) for j in range(5)]
    yield fit_case("two that tell all together", ["x", "y"], sides, error="22023")
    yield fit_case("an infinite number", ["x"], [*two, ((INFINITY,), True)], error="22023")
    yield fit_case("a weight below 0", ["x"], [*two, ((3.0,), True, -1.0)], error="22023")
    yield fit_case("an infinite weight", ["x"], [*two, ((3.0,), True, INFINITY)], error="22023")
    yield fit_case("a ridge below 0", ["x"], two, -1.0, error="22023")
    yield fit_case("an infinite ridge", ["x"], two, INFINITY, error="22023")
    yield fit_case("a ridge that is NaN", ["x"], two, NAN, error="22023")

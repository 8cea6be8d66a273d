"""The golden vectors of quantiles."""

from random import Random

from conventions import ntile_levels, quantile_cuts, quantile_levels
from samples import GREATEST, INFINITY, NAN, SMALLEST, cents, with_gaps


def case(name, x, bins=5):
    return {
        "name": name,
        "x": x,
        "bins": bins,
        "cuts": quantile_cuts(x, bins),
        "levels": quantile_levels(x, bins),
        "ntile": ntile_levels(x, bins),
    }


def quantile_cases():
    random = Random(20261121)
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
    yield case(
        "lognormal, some infinite",
        [random.choice([random.lognormvariate(3, 2)] * 9 + [INFINITY]) for _ in range(60)],
        4,
    )
    yield case(
        "two hundred with every kind of value",
        with_gaps(
            random, [random.choice([0.0, -0.0, random.gauss(0, 1e3), INFINITY, -INFINITY, 7.25]) for _ in range(200)]
        ),
    )

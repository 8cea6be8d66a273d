"""Random vectors of the wildest values, made as the golden ones are: infinities, both zeros, ties, magnitudes from
1e-308 to 1e308, decimals that binary cannot say, missing values, and shares of 0."""

from random import Random

import golden
from abc_cases import abc_case
from checks import same_bits
from decay_cases import case as decay_case
from quantile_cases import case as quantile_case
from rfm_cases import case as rfm_case
from samples import GREATEST, INFINITY, NAN, SMALLEST, moment

EXTREMES = (INFINITY, -INFINITY, NAN, None, 0.0, -0.0, GREATEST, -GREATEST, SMALLEST, -SMALLEST, 1e308, 1e-308)


def run(connection, checks, seed):
    random = Random(seed)
    for family, make, compare in FAMILIES:
        for _ in range(150):
            case = make(random)
            for what, got, expected in compare(connection, case):
                checks.compare(f"wild vectors, {family}", [got], [expected], f"{case}, {what}", same_bits)


def wild(random, share=0.3):
    """A value: with this share an extreme one, else a tie, an amount in cents or a float of any magnitude."""
    if random.random() < share:
        return random.choice(EXTREMES)
    return random.choice(
        (
            float(random.randint(-2, 6)),
            random.randint(-99, 999) / 100,
            random.gauss(0, 1) * 10 ** random.randint(-200, 200),
        )
    )


def column(random, n, share):
    return [wild(random, share) for _ in range(n)]


def wild_quantile(random):
    n, share = random.choice((1, 2, 3, 5, 8, 20, 60)), random.choice((0, 0.1, 0.5, 1))
    return quantile_case("wild", column(random, n, share), random.choice((2, 3, 5, 7, 10, 100)))


def wild_abc(random):
    n, share = random.choice((1, 2, 3, 5, 8, 10, 10, 20, 60)), random.choice((0, 0, 0.1, 0.5, 1))
    classes = random.randint(2, 6)
    strategy = random.choice(("count_percent", "key_figure_percent", "count_absolute", "key_figure_absolute"))
    if strategy == "count_absolute":
        shares = [float(random.randint(0, n)) for _ in range(classes - 1)]
    elif strategy == "key_figure_absolute":
        shares = sorted({random.randint(-300, 900) / 100 for _ in range(classes - 1)}, reverse=True)
        classes = len(shares) + 1
    else:
        # Tenths of ten rows lie on the limits, and say whether 0.1 + 0.2 is 0.3.
        whole = random.choice((10, 100, 1000))
        marks = sorted(random.randint(0, whole) for _ in range(classes - 1))
        shares = [(high - low) / whole for low, high in zip([0, *marks], [*marks, whole])]
    return abc_case("wild", column(random, n, share), shares, strategy, "ABCDEF"[:classes])


def wild_rfm(random):
    n = random.choice((1, 2, 5, 20, 60))
    instants = ("infinity", "-infinity", None, "4713-01-01 00:00:00+00 BC", "2026-11-21 12:00:00+00")
    # Instants of less than 285 years around 2000, whose microseconds are all float8, and the same for each extreme.
    last_at = [random.choice((*instants, moment(random), moment(random, 1800, 2200))) for _ in range(n)]
    return rfm_case("wild", last_at, column(random, n, 0.2), column(random, n, 0.2), random.randint(2, 9))


def wild_decay(random):
    extremes = ("infinity", "-infinity", None, "4713-01-01 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00")
    weights = (None, NAN, 0.0, -0.0, 1e300, -1e300, 1e-300, 5e-324, 0.1, -2.5, 1e16)
    units = ("microseconds", "seconds", "minutes", "hours", "days")
    return decay_case(
        "wild",
        *(
            (
                random.choice((*weights, random.gauss(0, 1))),
                random.choice((*extremes, *(moment(random, 2025) for _ in range(9)))),
                random.choice((None, *(f"{random.randint(1, 10 ** random.randint(1, 5))} {unit}" for unit in units))),
            )
            for _ in range(random.choice((1, 1, 2, 3, 10)))
        ),
        as_of=random.choice((moment(random), "2026-11-21 12:00:00+00", "294276-12-31 23:59:59.999999+00")),
    )


FAMILIES = (
    ("quantile", wild_quantile, golden.compare_quantile),
    ("abc", wild_abc, golden.compare_abc),
    ("rfm", wild_rfm, golden.compare_rfm),
    ("decay", wild_decay, golden.compare_decay),
)

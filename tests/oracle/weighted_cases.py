"""The golden vectors of weighted means: of the shares of 100 quantile cuts, and of ranges, in exact fractions."""

import math
import random
from fractions import Fraction

from conventions import INFINITY, is_value, quantile_cuts


def percentile(x, population):
    """The share of the 100 quantile cuts, which make 101 equal parts, that are strictly below."""
    cuts = quantile_cuts(population, 101)
    return None if not is_value(x) or cuts is None else Fraction(sum(cut < x for cut in cuts), 100)


def in_range(x, population):
    """(x − min) / (max − min) of what is finite, clamped; where all are equal, 1 is what is above."""
    finite = [Fraction(y) for y in population if is_value(y) and math.isfinite(y)]
    if not is_value(x) or not finite:
        return None
    least, greatest = min(finite), max(finite)
    if not math.isfinite(x) or not least < Fraction(x) < greatest:
        return Fraction(0) if x <= least else Fraction(1)
    return (Fraction(x) - least) / (greatest - least)


def mean(shares, weights, missing):
    if all(share is None for share in shares):
        return None
    parts = [(Fraction(weight), missing if share is None else share) for share, weight in zip(shares, weights)]
    parts = [(weight, share) for weight, share in parts if share is not None]
    return float(sum(weight * share for weight, share in parts) / sum(weight for weight, _ in parts))


def weighted_cases():
    chance = random.Random(7)
    money = [round(chance.lognormvariate(4, 1), 2) for _ in range(30)]
    visits = [float(chance.randrange(6)) for _ in range(30)]
    holes = [None if at % 3 == 0 else math.nan if at % 7 == 0 else float(at) for at in range(30)]
    populations = [
        ("money and visits", [money, visits], [2.0, 1.0]),
        ("weights that are no whole numbers", [money, visits], [0.1, 0.2]),
        ("some missing", [money, holes], [3.0, 1.0]),
        ("ties", [[1.0] * 20 + [2.0] * 9 + [50.0]], [1.0]),
        ("all equal", [[7.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]], [1.0, 1.0]),
        ("one customer", [[3.0]], [1.0]),
        ("nobody", [[None, None], [math.nan, None]], [1.0, 2.0]),
        ("infinite", [[-INFINITY, 0.0, 1.0, 4.0, INFINITY]], [5.0]),
    ]
    for name, columns, weights in populations:
        for scale, share in (("percentile", percentile), ("range", in_range)):
            for missing in (None, 0):
                shares = [[share(x, column) for x in column] for column in columns]
                yield {
                    "name": f"{name}, {scale}, missing {'is left out' if missing is None else 'is 0'}",
                    "scale": scale,
                    "missing": missing,
                    "weights": weights,
                    "x": columns,
                    "mean": [mean(customer, weights, missing) for customer in zip(*shares)],
                }

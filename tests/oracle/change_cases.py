"""The golden vectors of changes: exact differences and ratios of decimals."""

import math
import random
from decimal import Decimal
from fractions import Fraction


def change_cases():
    named = [
        ("half as much again", "3", "2"),
        ("from nothing", "4", "0"),
        ("to nothing", "0", "4"),
        ("nothing stays nothing", "0", "0"),
        ("cents that floats miss", "1000.10", "999.80"),
        ("one cent less", "19.99", "20.00"),
        ("across zero", "-2.5", "1.25"),
        ("fifteen digits", "999999999999.999", "-0.001"),
    ]
    chance = random.Random(5)
    for at in range(40):
        places = chance.randrange(0, 5)
        amounts = [Decimal(chance.randrange(-(10**9), 10**9)).scaleb(-places) for _ in range(2)]
        named.append((f"random {at + 1}", *map(str, amounts)))
    for name, now, before in named:
        now, before = Fraction(Decimal(now)), Fraction(Decimal(before))
        yield {
            "name": name,
            "now": float(now),
            "before": float(before),
            "difference": float(now - before),
            "ratio": float(now / before) if before else None,
        }
    infinity = math.inf
    for name, now, before, difference, ratio in [
        ("one is missing", None, 1.0, None, None),
        ("the other is missing", 1.0, math.nan, None, None),
        ("to infinity", infinity, 1.0, infinity, infinity),
        ("from infinity", 1.0, infinity, -infinity, 0.0),
        ("both are infinite", infinity, infinity, None, None),
    ]:
        yield {"name": name, "now": now, "before": before, "difference": difference, "ratio": ratio}

"""Decayed sums against NumPy, to 1e-12 of Σ|weight|·2^(…)."""

from math import fsum
from random import Random

import numpy

from checks import near
from samples import store

SUM = "decayed_sum = NumPy, to 1e-12 of the sum of magnitudes"
HOUR = 3600 * 10**6
UNITS = {"days": 24 * HOUR, "hours": HOUR, "minutes": HOUR // 60, "seconds": 10**6, "microseconds": 1}
NOW = 845_000_000 * 10**6  # microseconds since 2000-01-01: an afternoon of October 2026

UNDERFLOW = 1e-290  # NumPy's powers of two end at 1e-323, so its products are true down to about here


def run(connection, checks, seed):
    random = Random(seed)
    for _ in range(12):
        compare(connection, checks, random, random.choice((1, 2, 10, 100, 1000, 5000)))


def event(random):
    """Customer, weight, age in microseconds, and half-life: events of two years and of the next month."""
    unit = random.choice(("days", "days", "days", "hours", "minutes", "seconds", "microseconds"))
    amount = random.randint(1, 365)
    age = random.choice((0, *(random.randint(-30 * 24 * HOUR, 700 * 24 * HOUR) for _ in range(9))))
    if UNITS[unit] < HOUR and random.random() < 0.9:
        age = random.randint(0, 20 * UNITS[unit] * amount)
    weight = random.choice((1.0, random.gauss(0, 3), random.lognormvariate(0, 5), -round(random.random(), 2)))
    return random.randint(1, 9), weight, age, unit, amount


def compare(connection, checks, random, n):
    events = [event(random) for _ in range(n)]

    def gap(value):
        return None if random.random() < 0.02 else value

    rows = [
        (customer, gap(random.choice((weight,) * 30 + (float("nan"),))), gap(age), gap(f"{amount} {unit}"))
        for customer, weight, age, unit, amount in events
    ]
    store(connection, "event", ["customer int", "weight float8", "age bigint", "half_life interval"], rows)
    made = connection.execute(
        """
        WITH dated AS (
            SELECT *, '2000-01-01 00:00:00+00'::timestamptz + %(now)s::bigint * interval '1 microsecond' AS now
            FROM event
        )
        SELECT customer, scoring.decayed_sum(weight, now - age * interval '1 microsecond', half_life, now)
        FROM dated GROUP BY GROUPING SETS ((customer), ()) ORDER BY customer""",
        {"now": NOW},
    ).fetchall()
    for customer, got in made:
        counted = [
            (row[1], age, amount * UNITS[unit])
            for row, (_, _, age, unit, amount) in zip(rows, events)
            if customer in (None, row[0]) and None not in row and row[1] == row[1] and age >= 0
        ]
        weights, ages, half_lives = numpy.array(counted, dtype="float64").reshape(-1, 3).T
        parts = weights * numpy.exp2(-ages / half_lives)
        expected, allowed = fsum(parts), 1e-12 * fsum(abs(parts)) + UNDERFLOW
        close = near(got, expected, allowed)
        checks.compare(SUM, [got], [got if close else expected], f"n {n}, customer {customer}")

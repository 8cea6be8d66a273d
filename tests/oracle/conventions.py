"""The conventions of pg_scoring, executed as literally as Python can say them.

This is the reference that the golden vectors come from. It is written from the specification alone, shares
nothing with the Rust code, and prefers the obvious to the fast: exact fractions where the specification says
"exactly", float64 step by step where it says "bit for bit", 60 decimal digits where it gives a tolerance.

Missing values: SQL's NULL is None, and NaN is float("nan"). Both are "not a value" everywhere below.
"""

import math
import re
from decimal import Context, Decimal
from fractions import Fraction

INFINITY = math.inf
MICROSECONDS = {"microsecond": 1, "second": 10**6, "minute": 60 * 10**6, "hour": 3600 * 10**6, "day": 86400 * 10**6}


class ScoringError(Exception):
    """What the extension refuses, with the SQLSTATE it must carry."""

    def __init__(self, sqlstate):
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def is_value(x):
    """NULL and NaN in: no level out, and they do not count in the population. ±Infinity is a value."""
    return x is not None and not math.isnan(x)


def values_of(xs):
    """The population, sorted. Adding 0.0 makes -0.0 the 0.0 it is equal to, and changes nothing else."""
    return sorted(x + 0.0 for x in xs if is_value(x))


# Quantiles ------------------------------------------------------------------------------------------------


def quantile_cuts(xs, bins):
    """The bins−1 interior quantiles, type 7 (linear interpolation, the default of percentile_cont).

    The arithmetic is that of PostgreSQL's percentile_cont(k / bins), rounding for rounding. Where interpolation
    would not be finite, the cut is the lower neighbour. No value: no cuts (NULL).
    """
    ordered = values_of(xs)
    if not ordered:
        return None
    return [quantile(ordered, k / bins) for k in range(1, bins)]


def quantile(ordered, fraction):
    """One type-7 quantile of sorted values: between the two neighbours of position fraction·(n−1)."""
    position = fraction * (len(ordered) - 1)
    low, high = ordered[math.floor(position)], ordered[math.ceil(position)]
    if low == high:
        return low
    cut = low + (position - math.floor(position)) * (high - low)
    return cut if math.isfinite(cut) else low


def bin_of(x, cuts):
    """1 + number of cuts strictly below x: right-closed bins, so equal values always share a level."""
    return 1 + sum(cut < x for cut in cuts)


def quantile_levels(xs, bins):
    """The level of each row by method 'quantile'; ties stay together."""
    cuts = quantile_cuts(xs, bins)
    return [bin_of(x, cuts) if is_value(x) else None for x in xs]


def ntile_levels(xs, bins):
    """The level of each row by method 'ntile': ties split by row order, as SQL's ntile.

    Of n rows each tile gets n // bins, and each of the first n % bins tiles one more.
    """
    in_order = sorted((i for i, x in enumerate(xs) if is_value(x)), key=lambda i: (xs[i], i))
    small, larger_tiles = divmod(len(in_order), bins)
    levels = [None] * len(xs)
    rest = iter(in_order)
    for tile in range(1, bins + 1):
        for _ in range(small + (tile <= larger_tiles)):
            levels[next(rest)] = tile
    return levels


# ABC ------------------------------------------------------------------------------------------------------


def exact(x):
    """A finite float8 as the decimal that people read and write: 0.1 is 0.1 ("0.1 + 0.2 is 0.3")."""
    return Fraction(Decimal(repr(x)))


def running_sums(shares):
    """Limits are the running sums of shares, compared exactly as decimals."""
    limits, total = [], Fraction(0)
    for share in shares:
        total += exact(share)
        limits.append(total)
    return limits


def best_class(limits, held_by_better):
    """A row is in the best class whose limit is greater than what all rows strictly better than it hold.

    Where no limit is greater: the lowest class. Classes are numbered from 0, the best.
    """
    for index, limit in enumerate(limits):
        if limit > held_by_better:
            return index
    return None


def abc_indices(xs, shares, strategy):
    """The class of each row, 0 the best, None for a row that is not a value."""
    population = [x for x in xs if is_value(x)]
    classify = {
        "count_percent": count_percent,
        "count_absolute": count_absolute,
        "key_figure_percent": key_figure_percent,
        "key_figure_absolute": key_figure_absolute,
    }[strategy](population, shares)
    known = {x: classify(x) for x in set(population)}
    return [known[x] if is_value(x) else None for x in xs]


def count_percent(population, shares):
    """Share of heads: limit × number of counted rows, against the number of rows strictly better."""
    limits = [limit * len(population) for limit in running_sums(shares)]
    return lambda x: or_lowest(best_class(limits, sum(y > x for y in population)), len(shares) - 1)


def count_absolute(population, heads):
    """n−1 numbers of heads, of each class but the lowest, best first, summed like shares, same tie rule."""
    limits = running_sums(heads)
    return lambda x: or_lowest(best_class(limits, sum(y > x for y in population)), len(heads))


def key_figure_percent(population, shares):
    """Share of the total: the share of the key figure held by all rows strictly better.

    Negative values do not enter the total and are in the lowest class; a total ≤ 0 is an error. An infinite value
    makes the total infinite: the infinite rows hold all of it, and every other row has a share of 1 above it.
    """
    lowest = len(shares) - 1
    limits = running_sums(shares)
    if not population:
        return lambda x: lowest
    if INFINITY in population:
        return lambda x: or_lowest(best_class(limits, 0 if x == INFINITY else 1), lowest)
    positive = [x for x in population if x > 0]
    total = sum((exact(x) for x in positive), Fraction(0))
    if total <= 0:
        raise ScoringError("22023")

    def classify(x):
        if x < 0:
            return lowest
        held = sum((exact(y) for y in positive if y > x), Fraction(0))
        return or_lowest(best_class(limits, held / total), lowest)

    return classify


def key_figure_absolute(_population, limits):
    """n−1 values, best first, descending: value ≥ limit."""
    return lambda x: next((index for index, limit in enumerate(limits) if x >= limit), len(limits))


def or_lowest(index, lowest):
    return lowest if index is None else index


def abc_classes(xs, shares, strategy, classes):
    """abc_class: the label of each row."""
    return [None if index is None else classes[index] for index in abc_indices(xs, shares, strategy)]


def abc_cuts(xs, shares, strategy, classes):
    """The smallest value of each class but the lowest, lowest class first.

    An empty class has the cut of the next better one, an empty best class +Infinity. key_figure_absolute returns its
    limits, ascending; the other strategies have no cuts (NULL) where no value counts. (An SQL aggregate over no row at
    all sees no limits either and is NULL; no vector asks that of key_figure_absolute.)
    """
    if strategy == "key_figure_absolute":
        return [limit + 0.0 for limit in reversed(shares)]
    indices = abc_indices(xs, shares, strategy)
    if not values_of(xs):
        return None
    cuts, better = [], INFINITY
    for index in range(len(classes) - 1):
        better = min((x + 0.0 for x, i in zip(xs, indices) if i == index), default=better)
        cuts.append(better)
    return cuts[::-1]


# RFM ------------------------------------------------------------------------------------------------------


def rfm_scores(last_at, frequency, monetary, bins, levels):
    """R·100 + F·10 + M; the most recent customers get the highest R.

    An rfm with any of its three missing has no code and is in none of the three populations. `levels` is
    quantile_levels or ntile_levels. An instant is its float8 number of microseconds since 2000-01-01 UTC.
    """
    recency = [None if at is None else float(instant(at)) for at in last_at]
    rows = [i for i in range(len(last_at)) if all(is_value(xs[i]) for xs in (recency, frequency, monetary))]
    r, f, m = (levels([xs[i] for i in rows], bins) for xs in (recency, frequency, monetary))
    scores = [None] * len(last_at)
    for place, row in enumerate(rows):
        scores[row] = r[place] * 100 + f[place] * 10 + m[place]
    return scores


# Decay ----------------------------------------------------------------------------------------------------


def decayed_sum(events, as_of):
    """Σ weight · 2^(−(as_of − at)/half_life) over events at or before as_of, and the same sum of |weight|.

    A row with NULL or NaN in weight, at or half_life is left out, and so is an infinite `at`. An event at exactly
    as_of counts in full. Nothing counted: 0. The sums are exact; each power of two has 60 digits.
    """
    now = instant(as_of)
    total, magnitude, infinite = Fraction(0), Fraction(0), 0
    for event in events:
        if not is_value(event["weight"]) or event["at"] is None or event["half_life"] is None:
            continue
        at = instant(event["at"])
        if isinstance(at, float) or at > now:
            continue
        if math.isinf(event["weight"]):
            infinite += event["weight"]
            continue
        share = power_of_half(Fraction(now - at, microseconds(event["half_life"])))
        total += Fraction(event["weight"]) * share
        magnitude += abs(Fraction(event["weight"])) * share
    return (infinite, INFINITY) if infinite else (float(total), float(magnitude))


def power_of_half(exponent):
    """2^−exponent to 60 digits, exactly where the exponent is whole; beyond 10,000 no float8 can tell it from 0."""
    if exponent > 10_000:
        return Fraction(0)
    whole = math.floor(exponent)
    part = exponent - whole
    if part == 0:
        return Fraction(1, 2**whole)
    context = Context(prec=70)
    part = context.divide(Decimal(part.numerator), Decimal(part.denominator))
    factor = context.exp(context.multiply(context.ln(Decimal(2)), -part))
    return Fraction(factor) / 2**whole


def microseconds(interval):
    """An interval of days, hours, minutes, seconds and microseconds in microseconds; a day has 24 hours."""
    words = interval.split()
    pairs = zip(words[::2], words[1::2])
    return sum(int(number) * MICROSECONDS[unit.removesuffix("s")] for number, unit in pairs)


TIMESTAMP = re.compile(
    r"(?P<year>\d{4,6})-(?P<month>\d\d)-(?P<day>\d\d)[ T](?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(?:\.(?P<fraction>\d{1,6}))?(?P<sign>[+-])(?P<zone_hours>\d\d)(?::?(?P<zone_minutes>\d\d))?(?P<bc> BC)?"
)


def instant(text):
    """A timestamp with time zone as whole microseconds since 2000-01-01 UTC; ±infinity as ±Infinity.

    Python's datetime ends at the years 1 and 9999 and PostgreSQL's does not, so the calendar is counted here.
    """
    if text in ("infinity", "-infinity"):
        return float(text)
    found = TIMESTAMP.fullmatch(text)
    names = ("year", "month", "day", "hour", "minute", "second", "zone_hours", "zone_minutes")
    year, month, day, hour, minute, second, zone_hours, zone_minutes = (int(found[name] or 0) for name in names)
    days = days_since_2000(1 - year if found["bc"] else year, month, day)
    zone = (zone_hours * 60 + zone_minutes) * (-1 if found["sign"] == "-" else 1)
    minutes = (days * 24 + hour) * 60 + minute - zone
    fraction = int((found["fraction"] or "").ljust(6, "0"))
    return (minutes * 60 + second) * 10**6 + fraction


def days_since_2000(year, month, day):
    """Days of the proleptic Gregorian calendar; the year 0 is 1 BC. Years are counted from March, so that the leap
    day is the last day of its year."""
    year -= month <= 2
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return days - 730425


# Pressure -------------------------------------------------------------------------------------------------


def pressure_state(delta, tolerance):
    """Over the tolerance overpressure, under its negative underpressure, balanced between."""
    if delta > tolerance:
        return "overpressure"
    return "underpressure" if delta < -tolerance else "balanced"

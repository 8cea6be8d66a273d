"""The golden vectors of decayed sums."""

from random import Random

from conventions import decayed_sum
from samples import INFINITY, NAN, moment

NOW = "2026-11-21 12:00:00+00"
WEEK_AGO, FORTNIGHT_AGO, MONTH_AGO = "2026-11-14 12:00:00+00", "2026-11-07 12:00:00+00", "2026-10-22 12:00:00+00"


def case(name, *events, as_of=NOW):
    events = [{"weight": weight, "at": at, "half_life": half_life} for weight, at, half_life in events]
    total, magnitude = decayed_sum(events, as_of)
    return {"name": name, "as_of": as_of, "events": events, "sum": total, "magnitude": magnitude}


def decay_cases():
    random = Random(20261121)
    yield case("no event: 0")
    yield case("an event at as_of counts in full", (10.0, NOW, "14 days"))
    yield case("one half-life: exactly a half", (10.0, FORTNIGHT_AGO, "14 days"))
    yield case("half a half-life: the root of a half", (1.0, WEEK_AGO, "14 days"))
    yield case("thirty days at fourteen", (3.0, MONTH_AGO, "14 days"))
    yield case(
        "an event after as_of does not count",
        (5.0, "2026-11-21 12:00:00.000001+00", "1 day"),
        (1.0, WEEK_AGO, "7 days"),
    )
    yield case("only events after as_of: 0", (5.0, "2030-01-01 00:00:00+00", "1 day"))
    yield case(
        "each row has its own half-life",
        (8.0, WEEK_AGO, "7 days"),
        (8.0, WEEK_AGO, "14 days"),
        (8.0, WEEK_AGO, "84 hours"),
    )
    yield case(
        "a missing weight, at or half-life leaves the row out",
        (None, NOW, "1 day"),
        (NAN, NOW, "1 day"),
        (4.0, None, "1 day"),
        (4.0, NOW, None),
        (2.0, NOW, "1 day"),
    )
    yield case(
        "nothing but missing: 0", (None, NOW, "1 day"), (1.0, None, "1 day"), (1.0, NOW, None), (NAN, NOW, "1 day")
    )
    yield case(
        "an infinite at is left out", (4.0, "infinity", "1 day"), (4.0, "-infinity", "1 day"), (2.0, NOW, "1 day")
    )
    yield case("a weight of 0", (0.0, WEEK_AGO, "7 days"), (-0.0, NOW, "7 days"))
    yield case("negative weights", (-3.0, WEEK_AGO, "7 days"), (-1.5, NOW, "7 days"))
    yield case(
        "an unsubscription outweighs two mails",
        (1.0, FORTNIGHT_AGO, "14 days"),
        (1.0, WEEK_AGO, "14 days"),
        (-5.0, NOW, "30 days"),
    )
    yield case("weights that cancel exactly", (2.5, WEEK_AGO, "14 days"), (-2.5, WEEK_AGO, "14 days"))
    yield case("weights that cancel with their decay", (2.0, FORTNIGHT_AGO, "14 days"), (-1.0, NOW, "14 days"))
    yield case(
        "weights that nearly cancel: only the tolerance is owed",
        (1e16, MONTH_AGO, "14 days"),
        (1.0, NOW, "1 day"),
        (-1e16, MONTH_AGO, "14 days"),
    )
    yield case(
        "the zone of a timestamp does not matter",
        (1.0, "2026-11-21 17:30:00+05:30", "1 day"),
        (1.0, "2026-11-20 07:00:00-05", "1 day"),
    )
    yield case(
        "hours, minutes, seconds and microseconds",
        (1.0, "2026-11-21 11:00:00+00", "2 hours"),
        (1.0, "2026-11-21 11:00:00+00", "45 minutes"),
        (1.0, "2026-11-21 11:59:50.5+00", "3 seconds"),
        (1.0, "2026-11-21 11:59:59.999995+00", "2 microseconds"),
        (1.0, "2026-11-20 12:00:00+00", "1 day 12 hours"),
    )
    yield case(
        "a half-life of a microsecond, a microsecond ago", (1.0, "2026-11-21 11:59:59.999999+00", "1 microsecond")
    )
    yield case(
        "a half-life of a microsecond, a day ago: nothing is left",
        (1e300, "2026-11-20 12:00:00+00", "1 microsecond"),
        (3.0, NOW, "1 microsecond"),
    )
    yield case(
        "a half-life of 100000 days", (7.0, WEEK_AGO, "100000 days"), (7.0, "1752-09-14 00:00:00+00", "100000 days")
    )
    yield case(
        "an age that overflows 64 bits of microseconds",
        (1e300, "4713-01-01 00:00:00+00 BC", "100000 days"),
        (1.0, "294276-12-31 23:59:59.999999+00", "1 day"),
        as_of="294276-12-31 23:59:59.999999+00",
    )
    yield case(
        "an event of the future that overflows 64 bits of microseconds",
        (5.0, "294276-12-31 23:59:59.999999+00", "1 day"),
        (1.0, "4713-01-01 00:00:00+00 BC", "1 day"),
        as_of="4713-01-01 00:00:00+00 BC",
    )
    yield case("Caesar, as of today: nothing is left of him", (1e308, "0044-03-15 12:00:00+00 BC", "1 day"))
    yield case("1e308 decayed to a common number", (1e308, "2026-11-11 12:00:00+00", "14 minutes"))
    yield case("2^-1100 is no float8, and 1e300 of it is", (1e300, "2026-11-20 17:40:00+00", "1 minute"))
    yield case("weights of 1e308 and 1e-300", (1e308, NOW, "1 day"), (1e-300, NOW, "1 day"))
    yield case("weights of 8e307 that cancel", (8e307, NOW, "1 day"), (-8e307, NOW, "1 day"))
    yield case("1e-300 ten half-lives ago", (1e-300, "2026-11-11 12:00:00+00", "1 day"))
    yield case("1e-300 decayed to a subnormal", (1e-300, "2026-11-21 11:59:20+00", "1 second"))
    yield case("1e-300 decayed to nothing", (1e-300, "2026-11-21 11:00:00+00", "1 second"))
    yield case("an infinite weight is a value", (INFINITY, WEEK_AGO, "14 days"), (1.0, NOW, "1 day"))
    yield case("-Infinity too", (-INFINITY, WEEK_AGO, "14 days"), (1.0, NOW, "1 day"))
    for n, signs in ((40, (1,)), (60, (1, -1))):
        yield case(
            f"{n} events of a year, a few of them after as_of" + (", of either sign" if len(signs) > 1 else ""),
            *(
                (
                    random.choice(signs) * random.randint(1, 2000) / 100,
                    moment(random),
                    f"{random.randint(1, 90)} days",
                )
                for _ in range(n)
            ),
        )

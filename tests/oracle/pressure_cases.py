"""The golden vectors of pressure states."""

from conventions import pressure_state


def pressure_cases():
    for tolerance in (0, 1, 2):
        for delta in range(-4, 5):
            state = pressure_state(delta, tolerance)
            yield {
                "name": f"{delta} with tolerance {tolerance}",
                "delta": delta,
                "tolerance": tolerance,
                "state": state,
            }

"""Writes the golden vectors, tests/vectors/*.json: `python3 tests/oracle/vectors.py`.

The rules are in conventions.py, the cases in *_cases.py, and each case has a name that says what it shows. Only
Python's standard library is needed. Two runs write the same bytes.
"""

import json
import math
from pathlib import Path

from abc_cases import abc_cases
from change_cases import change_cases
from credit_cases import fit_cases, points_cases, woe_cases
from decay_cases import decay_cases
from pressure_cases import pressure_cases
from quantile_cases import quantile_cases
from rfm_cases import rfm_cases
from weighted_cases import weighted_cases

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
WIDTH = 118  # of the lines written


def to_json(value):
    """Compact JSON; what JSON has no number for is the strings "NaN", "Infinity" and "-Infinity"."""
    return json.dumps(named(value), ensure_ascii=False, allow_nan=False)


def named(value):
    if isinstance(value, dict):
        return {key: named(item) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def write(file, cases):
    """One case after the other, its parts on as few lines as fit."""
    lines = []
    for case in cases:
        parts = [f"{to_json(key)}: {to_json(value)}" for key, value in case.items()]
        line = "  {" + parts[0]
        for part in parts[1:]:
            fits = len(line.rsplit("\n", 1)[-1]) + len(part) < WIDTH
            line += (", " if fits else ",\n   ") + part
        lines.append(line + "}")
    (VECTORS / file).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{file}: {len(lines)} cases")


if __name__ == "__main__":
    VECTORS.mkdir(exist_ok=True)
    write("quantile.json", quantile_cases())
    write("abc.json", abc_cases())
    write("rfm.json", rfm_cases())
    write("decay.json", decay_cases())
    write("pressure.json", pressure_cases())
    write("scorecard.json", points_cases())
    write("woe.json", woe_cases())
    write("logistic.json", fit_cases())
    write("change.json", change_cases())
    write("weighted.json", weighted_cases())

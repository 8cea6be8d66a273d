-- Logistic regression

CREATE FUNCTION scoring.fit_logistic(
    query text,
    outcome text,
    ridge float8 DEFAULT 0,
    weights text DEFAULT NULL
) RETURNS json
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'scoring_fit_logistic';
COMMENT ON FUNCTION scoring.fit_logistic(text, text, float8, text) IS
'Fits a logistic regression to the rows of a query: the probability of the
outcome is 1 / (1 + exp(-(intercept + sum of coefficients))). Gives the JSON
object of a score of the family "logistic": intercept, coefficients by column,
and beside them standard_errors of the same shape, rows, left_out, iterations
and log_likelihood.
outcome names the column of the event: boolean, or a whole number 0 or 1.
weights names a column that says how many rows each row stands for. Every other
column is a variable: numbers, and booleans as 0 and 1, have one coefficient;
texts and enums are categories, with one for each; the first of them in the
order of its bytes is the base and has 0. A row with NULL or NaN in any column,
or a weight of 0, is left out and counted: use coalesce() to make a category of
NULL.
ridge penalises large coefficients, by ridge / 2 * the sum of their squares, the
intercept not counted; it is scikit-learn''s 1 / C. Coefficients are those of
the columns as they are given: with a ridge, their units matter. The standard
errors are from the inverse of the information matrix, the ridge added to it.
The query runs with the caller''s rights and must only read: another command is
error 22023, what a function in it writes 25006. Also 22023, with DETAIL and
HINT: a name that is no column, one outcome only, a variable that is infinite;
and without a ridge, one that never varies, that follows from the others, or
that tells the outcome for certain (separation). Another type: 42804. More than
1000 coefficients: 54000. NULL but for weights: 22004.
The order of the rows changes nothing. Memory: about 32 bytes a value.
Example: scoring.fit_logistic(''SELECT won, visits, country FROM leads'',
''won'').';

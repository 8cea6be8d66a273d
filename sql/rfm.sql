-- RFM: recency, frequency, monetary

CREATE FUNCTION scoring.rfm_score(
    last_at timestamptz,
    frequency float8,
    monetary float8,
    bins int DEFAULT 5,
    method text DEFAULT 'quantile'
) RETURNS int
    LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_rfm_score';
COMMENT ON FUNCTION scoring.rfm_score(timestamptz, float8, float8, int, text) IS
'RFM score of each customer of the partition: recency level * 100 + frequency
level * 10 + monetary level; a window function.
Each level is quantile_bin of its figure, 1 to bins; the most recent customers,
the most frequent and the highest amounts get the highest digits. With five bins
555 is the best and 111 the worst.
A row with any of the three NULL or NaN: NULL, and it counts in none of the
three populations. Infinite dates are before or after all others.
bins outside 2 to 9 or an unknown method ("quantile", "ntile"): error 22023;
NULL: 22004; neither may vary within a partition.
last_at must be typed (a column, or a literal with its type): an untyped literal
would mean the scalar rfm_score.
Memory: 38 bytes a row (ntile 54) beside the partition itself.
Source: Hughes, Strategic Database Marketing (1994), with quantile cuts in place
of split ties.
Example: scoring.rfm_score(last_order, orders, revenue) OVER ().';

CREATE FUNCTION scoring.rfm_score(r int, f int, m int) RETURNS int
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_rfm_code';
COMMENT ON FUNCTION scoring.rfm_score(int, int, int) IS
'RFM score of three levels that are already known: r * 100 + f * 10 + m.
Any NULL: NULL. A level outside 1 to 9: error 22023.
Example: scoring.rfm_score(5, 4, 3) is 543.';

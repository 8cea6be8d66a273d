-- Marketing pressure against value

CREATE FUNCTION scoring.pressure_delta(pressure int, value int) RETURNS int
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_pressure_delta_levels';
COMMENT ON FUNCTION scoring.pressure_delta(int, int) IS
'Gap between two levels: pressure - value. Above 0: over-pressure, the customer
is solicited more than his value calls for; below 0: under-pressure.
Any NULL: NULL. The levels should be on the same scale. Beyond the range of int:
error 22003.
Example: scoring.pressure_delta(5, 2) is 3.';

CREATE FUNCTION scoring.pressure_delta(pressure float8, value float8, bins int) RETURNS int
    LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_pressure_delta';
COMMENT ON FUNCTION scoring.pressure_delta(float8, float8, int) IS
'Gap between the pressure level and the value level of each row of the partition,
both cut in that many quantiles, from 1 - bins to bins - 1; a window function.
The same as pressure_delta(quantile_bin(pressure, bins) OVER w,
quantile_bin(value, bins) OVER w): each figure has its own population. A row
with either NULL or NaN: NULL.
bins outside 2 to 100, or varying within the partition: error 22023; NULL:
22004.
Memory: 30 bytes a row beside the partition itself.
Example: scoring.pressure_delta(exposure, revenue, 5) OVER ().';

CREATE FUNCTION scoring.pressure_state(delta int, tolerance int DEFAULT 0) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_pressure_state';
COMMENT ON FUNCTION scoring.pressure_state(int, int) IS
'Name of the gap between pressure and value: "overpressure" above tolerance,
"underpressure" below -tolerance, else "balanced".
Any NULL: NULL. A negative tolerance: error 22023.
Example: scoring.pressure_state(-2) is underpressure.';

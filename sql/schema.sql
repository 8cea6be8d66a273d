-- Every name below is schema-qualified; this guards the operators and types that cannot be.
SET LOCAL search_path TO pg_catalog, pg_temp;

-- Plain CREATE, not IF NOT EXISTS: a schema of that name that somebody prepared makes CREATE EXTENSION fail.
CREATE SCHEMA scoring;
COMMENT ON SCHEMA scoring IS
'Customer scoring: functions and aggregates for any query.
Levels are integers, 1 the lowest. NULL and NaN have no level and do not count
in the population; infinities are values. Equal figures share a level unless
"ntile" is asked for. The order of the rows never changes a result.';

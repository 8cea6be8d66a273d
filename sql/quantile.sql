-- Quantile cuts and levels

CREATE FUNCTION scoring.bin(x float8, cuts float8[]) RETURNS int
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_bin';
COMMENT ON FUNCTION scoring.bin(float8, float8[]) IS
'Level of x under given cuts: 1 + the number of cuts strictly below x, from 1 to
the number of cuts + 1.
Right-closed: x equal to a cut is in the level below it, so it is not
width_bucket, which is left-closed. No cuts: 1.
NULL or NaN x, or NULL cuts: NULL. Cuts that descend or hold NULL or NaN: error
2201G; equal neighbours are fine.
Example: scoring.bin(20, ''{10,20,30}'') is 2.';

CREATE FUNCTION scoring.quantile_bin(x float8, bins int DEFAULT 5, method text DEFAULT 'quantile') RETURNS int
    LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_quantile_bin';
COMMENT ON FUNCTION scoring.quantile_bin(float8, int, text) IS
'Level of each row by the quantiles of its partition, 1 (lowest) to bins; a
window function.
Method "quantile": bin(x, quantile_cuts(x, bins)), equal figures share a level,
the lowest of those that they would fill. Method "ntile": equal heads in each
level, as SQL''s ntile, ties split by the order of the rows.
NULL or NaN x: NULL, not counted. Fewer rows than bins leave levels empty. The
frame does not matter, the whole partition counts.
bins outside 2 to 100 or an unknown method: error 22023; NULL: 22004; neither
may vary within a partition.
Memory: 20 bytes a row (ntile 36) beside the partition itself.
Example: scoring.quantile_bin(total) OVER (PARTITION BY country).';

CREATE FUNCTION scoring.group_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_group_combine';
COMMENT ON FUNCTION scoring.group_combine(internal, internal) IS
'Support of quantile_cuts and abc_cuts: adds one state to another.';

CREATE FUNCTION scoring.group_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_group_serialize';
COMMENT ON FUNCTION scoring.group_serialize(internal) IS
'Support of quantile_cuts and abc_cuts: sends a state to another process.';

CREATE FUNCTION scoring.group_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_group_deserialize';
COMMENT ON FUNCTION scoring.group_deserialize(bytea, internal) IS
'Support of quantile_cuts and abc_cuts: receives a state from another process.';

CREATE FUNCTION scoring.quantile_cuts_transition(internal, float8) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_quantile_cuts_transition';
COMMENT ON FUNCTION scoring.quantile_cuts_transition(internal, float8) IS
'Support of quantile_cuts: adds a row.';

CREATE FUNCTION scoring.quantile_cuts_transition(internal, float8, int) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_quantile_cuts_transition';
COMMENT ON FUNCTION scoring.quantile_cuts_transition(internal, float8, int) IS
'Support of quantile_cuts: adds a row.';

CREATE FUNCTION scoring.quantile_cuts_final(internal) RETURNS float8[]
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_quantile_cuts_final';
COMMENT ON FUNCTION scoring.quantile_cuts_final(internal) IS
'Support of quantile_cuts: gives the cuts. It reorders the figures of the state,
whose order means nothing.';

CREATE AGGREGATE scoring.quantile_cuts(x float8) (
    SFUNC = scoring.quantile_cuts_transition,
    STYPE = internal,
    FINALFUNC = scoring.quantile_cuts_final,
    COMBINEFUNC = scoring.group_combine,
    SERIALFUNC = scoring.group_serialize,
    DESERIALFUNC = scoring.group_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.quantile_cuts(float8) IS
'The 4 cuts between five levels of equal shares: quantile_cuts(x, 5).';

CREATE AGGREGATE scoring.quantile_cuts(x float8, bins int) (
    SFUNC = scoring.quantile_cuts_transition,
    STYPE = internal,
    FINALFUNC = scoring.quantile_cuts_final,
    COMBINEFUNC = scoring.group_combine,
    SERIALFUNC = scoring.group_serialize,
    DESERIALFUNC = scoring.group_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.quantile_cuts(float8, int) IS
'The bins - 1 cuts between levels of equal shares, ascending, in the unit of x:
interior quantiles of type 7 (linear interpolation; Hyndman and Fan 1996), the
default of R and NumPy, in the arithmetic of percentile_cont, bit for bit.
NULL and NaN are left out; no value at all: NULL. Where interpolation would not
be finite, the cut is the lower neighbour.
bins outside 2 to 100 or varying within the group: error 22023; NULL: 22004.
Memory: 8 bytes a value, up to twice that while it grows.
Example: scoring.quantile_cuts(total, 5), then scoring.bin(total, cuts).';

-- Decayed sums

CREATE FUNCTION scoring.decayed_sum_transition(internal, float8, timestamptz, interval, timestamptz) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_decayed_sum_transition';
COMMENT ON FUNCTION scoring.decayed_sum_transition(internal, float8, timestamptz, interval, timestamptz) IS
'Support of decayed_sum: adds a row.';

CREATE FUNCTION scoring.decayed_sum_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_decayed_sum_combine';
COMMENT ON FUNCTION scoring.decayed_sum_combine(internal, internal) IS
'Support of decayed_sum: adds one state to another.';

CREATE FUNCTION scoring.decayed_sum_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_decayed_sum_serialize';
COMMENT ON FUNCTION scoring.decayed_sum_serialize(internal) IS
'Support of decayed_sum: sends a state to another process.';

CREATE FUNCTION scoring.decayed_sum_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_decayed_sum_deserialize';
COMMENT ON FUNCTION scoring.decayed_sum_deserialize(bytea, internal) IS
'Support of decayed_sum: receives a state from another process.';

CREATE FUNCTION scoring.decayed_sum_final(internal) RETURNS float8
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_decayed_sum_final';
COMMENT ON FUNCTION scoring.decayed_sum_final(internal) IS
'Support of decayed_sum: gives the sum.';

CREATE AGGREGATE scoring.decayed_sum(weight float8, at timestamptz, half_life interval, as_of timestamptz) (
    SFUNC = scoring.decayed_sum_transition,
    STYPE = internal,
    SSPACE = 64,
    FINALFUNC = scoring.decayed_sum_final,
    COMBINEFUNC = scoring.decayed_sum_combine,
    SERIALFUNC = scoring.decayed_sum_serialize,
    DESERIALFUNC = scoring.decayed_sum_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.decayed_sum(float8, timestamptz, interval, timestamptz) IS
'Sum of weight * 2^(-(as_of - at) / half_life) over the events at or before
as_of, in the unit of weight: an event counts half after its half_life.
Marketing pressure and appetence are such sums.
Each row uses its own half_life and as_of. A row with NULL or NaN in weight or
at, NULL in half_life, or an infinite at, is left out; so are events after
as_of. No event: 0. Weights may be negative; an infinite one makes the sum
infinite, both infinities make it NaN. A sum beyond float8 stops at its largest
value.
A day of a half_life is 24 hours. half_life of 0 or below, or with months or
years: error 22023; as_of NULL: 22004; as_of infinite: 22008.
The order of the rows changes the result by at most 1e-12 of the sum of |weight|
* 2^(...); nothing overflows or underflows at any finite timestamp.
Memory: 80 bytes a group, beside PostgreSQL''s own entry of it.
Source: exponential decay; the use as marketing pressure is a convention of this
project.
Example: scoring.decayed_sum(1, sent_at, ''14 days'', now()).';

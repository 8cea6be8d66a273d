-- The levels of a model, for legends and filters

CREATE FUNCTION scoring.levels(
    name text,
    OUT score text, OUT group_value jsonb, OUT level int, OUT label text, OUT lower text, OUT upper text,
    OUT bounds text, OUT customers bigint, OUT share float8, OUT cuts_version int
) RETURNS SETOF record
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'scoring_levels';
COMMENT ON FUNCTION scoring.levels(text) IS
'One row for each score, group and level, the empty ones too, for legends and
filters. group_value: the group''s values as texts, NULL where the score has no
groups. lower and upper: where the level begins and ends, NULL where it is open;
dates in the model''s zone, what decays as of now. bounds: (] or [) or another,
as intervals are written. share: of the customers with a level in the group.
The parts of an rfm are scores of their own, as rfm_recency.
Example: SELECT score, level, label, customers FROM scoring.levels(''shop'');';

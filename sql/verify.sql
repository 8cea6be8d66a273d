-- What is not true, and making it true

CREATE FUNCTION scoring.verify(
    name text, OUT customer text, OUT column_name text, OUT live text, OUT expected text
) RETURNS SETOF record
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'scoring_verify';
COMMENT ON FUNCTION scoring.verify(text) IS
'Lists what is not true in the score table, by another route than it was made:
measures that PostgreSQL''s own aggregates derive otherwise as of the row''s
scored_at (decayed: by more than 1e-9 of them), scores that the stored measures
do not give under the newest cuts, customers without a row and rows without a
customer, and a due_at that is not the earliest moment of a change. Empty where
all is true. A composite key is shown as a JSON array of texts.
Example: SELECT count(*) FROM scoring.verify(''shop'');';

CREATE FUNCTION scoring.repair(name text) RETURNS bigint
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'scoring_repair';
COMMENT ON FUNCTION scoring.repair(text) IS
'Derives anew the customers that verify finds, and scores them under the newest
cuts; tells how many. Puts back triggers that are missing or disabled, and marks
that were dropped.
Example: SELECT scoring.repair(''shop'');';

-- The trigger of all models

CREATE FUNCTION scoring.keep() RETURNS trigger
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'scoring_keep';
COMMENT ON FUNCTION scoring.keep() IS
'The trigger that models put on the tables they read: makes the customers whom a
statement touches true in the same transaction, or marks them. It runs as the
model''s owner and waits for nobody. 39P01 where it is called in any other way,
or stands on a table that is none of its model''s.';

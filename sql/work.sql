-- Upkeep by hand, or by a scheduler

-- It commits, so it can have neither settings of its own nor the rights of its owner.
CREATE PROCEDURE scoring.work(model text DEFAULT NULL, batch int DEFAULT 1000)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'scoring_work';
COMMENT ON PROCEDURE scoring.work(text, int) IS
'Does what a worker does, and returns when nothing is left: builds models that
were made with build => ''later'', works off marks and due rows, refreshes what is
due. Commits after every batch of so many customers.
model: one model, or NULL for those of the roles that you are a member of, where
the error of one is a WARNING and kept in scoring.model, and the others go on.
Not within a transaction block or a function (2D000).
Example: CALL scoring.work();';

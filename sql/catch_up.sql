-- What is left to do for a model

CREATE FUNCTION scoring.catch_up(name text, at_most int DEFAULT 1000, OUT done bigint, OUT remaining bigint)
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'scoring_catch_up';
COMMENT ON FUNCTION scoring.catch_up(text, int) IS
'Makes customers true who are marked or due, at most so many, but those whom
somebody else has locked; and goes on with what a refresh has left.
done: how many; remaining: how many of those who were marked or due when it
began still are, locked ones too; NULL where a broken model lacks what is to
be counted.
While a refresh is not swept up, all count as marked. Only in READ COMMITTED
(0A000 elsewhere); at_most below 1 is 22023. A model that fails is not an error
here but a WARNING: its writers then only mark, and repair heals it.
Example: SELECT * FROM scoring.catch_up(''shop'');';

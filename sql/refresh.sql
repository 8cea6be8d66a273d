-- New cuts

CREATE FUNCTION scoring.refresh(
    name text,
    OUT score text, OUT group_value jsonb, OUT customers bigint, OUT moved bigint, OUT up bigint, OUT down bigint,
    OUT psi float8, OUT cuts_version int
) RETURNS SETOF record
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'scoring_refresh';
COMMENT ON FUNCTION scoring.refresh(text) IS
'Publishes new cuts, made of the measures that all customers have, and says what
moves under them. The customers follow in later transactions: catch_up, work or
the worker moves them, and until all who were writing have been looked at, all
count as pending. Of a batch model it derives and scores everybody, in this one
transaction. Returns a row for each score that is cut, and group: how many
customers have a level, how many have another one than today''s figures have
under the previous cuts (moved; up and down of those with a level in both), and
the population stability index of today''s figures on the previous levels
against the shares when those were published (an empty level counts as half a
customer; NULL at the first refresh).
Example: SELECT score, moved, round(psi::numeric, 3) FROM scoring.refresh(''shop'');';

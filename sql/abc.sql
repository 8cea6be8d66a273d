-- ABC classes

CREATE FUNCTION scoring.abc_class(value float8) RETURNS text
    LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_abc_class';
COMMENT ON FUNCTION scoring.abc_class(float8) IS
'ABC class of each row of the partition by head-count: A the best 20 % of the
heads, B the next 60 %, C the last 20 %; a window function.
The same as abc_class(value, ''{0.2,0.6,0.2}'').';

CREATE FUNCTION scoring.abc_class(
    value float8,
    shares float8[],
    strategy text DEFAULT 'count_percent',
    classes text[] DEFAULT '{A,B,C}'
) RETURNS text
    LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_abc_class';
COMMENT ON FUNCTION scoring.abc_class(float8, float8[], text, text[]) IS
'Class of each row of the partition, best class first; a window function.
Strategies, in the terms of SAP''s ABC analysis:
"count_percent": shares of the heads, one for each class, that sum to 1;
"key_figure_percent": shares of the total, the same, as in ''{0.8,0.15,0.05}'';
"count_absolute": numbers of heads, one for each class but the lowest;
"key_figure_absolute": the smallest value of each class but the lowest,
descending.
A row is in the best class whose limit (running sum of the shares) is greater
than the share held by all rows strictly better than it: equal values share a
class, and the row that crosses a limit stays in the better class. Shares and
values are compared as decimals: 0.1 + 0.2 is 0.3.
For the key figure, negative values do not enter the total and are in the lowest
class; an infinite value holds the whole total.
NULL or NaN value: NULL, not counted. Shares that do not sum to 1 (to 1e-9), a
total of 0 or below under key_figure_percent, an unknown strategy, or another
number of classes than of shares: error 22023; NULL parameters: 22004; none may
vary within a partition.
Memory: 24 bytes a row (key_figure_percent 48) beside the partition itself.
Example: scoring.abc_class(revenue, ''{0.8,0.15,0.05}'', ''key_figure_percent'')
OVER ().';

CREATE FUNCTION scoring.abc_bin(value float8, cuts float8[], classes text[] DEFAULT '{A,B,C}') RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_abc_bin';
COMMENT ON FUNCTION scoring.abc_bin(float8, float8[], text[]) IS
'ABC class of a value under given cuts, which are the smallest value of each
class but the lowest, lowest class first (as abc_cuts gives them); classes best
first.
A value equal to a cut has reached the class. NULL or NaN value, or any NULL:
NULL.
Cuts that descend or hold NULL or NaN: error 2201G; another number of classes
than of cuts + 1: 22023.
Example: scoring.abc_bin(500, ''{100,1000}'') is B.';

CREATE FUNCTION scoring.abc_cuts_transition(internal, float8, float8[], text) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_abc_cuts_transition';
COMMENT ON FUNCTION scoring.abc_cuts_transition(internal, float8, float8[], text) IS
'Support of abc_cuts: adds a row.';

CREATE FUNCTION scoring.abc_cuts_final(internal) RETURNS float8[]
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_abc_cuts_final';
COMMENT ON FUNCTION scoring.abc_cuts_final(internal) IS
'Support of abc_cuts: gives the cuts. It reorders the figures of the state, whose
order means nothing.';

CREATE AGGREGATE scoring.abc_cuts(value float8, shares float8[], strategy text) (
    SFUNC = scoring.abc_cuts_transition,
    STYPE = internal,
    FINALFUNC = scoring.abc_cuts_final,
    COMBINEFUNC = scoring.group_combine,
    SERIALFUNC = scoring.group_serialize,
    DESERIALFUNC = scoring.group_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.abc_cuts(float8, float8[], text) IS
'The smallest value of each class but the lowest, lowest class first, in the unit
of value; for abc_bin. Shares and strategy as in abc_class.
A class that stays empty has the cut of the next better one, an empty best class
Infinity; "key_figure_absolute" gives its limits, ascending.
NULL and NaN are left out; no row, or no value but for "key_figure_absolute":
NULL.
Errors as in abc_class; shares or strategy that vary within the group: 22023.
Memory: 8 bytes a value, up to twice that while it grows; key_figure_percent 16
more at the end.
Example: scoring.abc_cuts(revenue, ''{0.8,0.15,0.05}'', ''key_figure_percent'').';

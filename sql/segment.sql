-- Segments of RFM scores

CREATE FUNCTION scoring.rfm_segment(rfm_score int) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_rfm_segment';
COMMENT ON FUNCTION scoring.rfm_segment(int) IS
'Usual segment of a five-bin RFM score; the first rule that matches wins, and
every score falls in one:
Champions (r 4-5, f 4-5, m 4-5)
Loyal (r 3-5, f 3-5, m 3-5)
New (r 5, f 1)
Promising (r 3-4, f 1)
Potential loyalists (r 4-5)
Need attention (r 3)
Can''t lose them (r 1-2, f 4-5, m 4-5)
At risk (r 1-2, f 3-5)
About to sleep (r 2)
Hibernating (r 1, f 2)
Lost (r 1)
NULL: NULL. Not three digits of 1 to 5: error 22023.
Example: scoring.rfm_segment(555) is Champions.';

CREATE FUNCTION scoring.rfm_segment(rfm_score int, rules jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_rfm_segment_by_rules';
COMMENT ON FUNCTION scoring.rfm_segment(int, jsonb) IS
'Segment of an RFM score by your own rules: an array of objects with a label and
inclusive ranges of r, f and m, as in
[{"label": "Champions", "r": [4,5], "f": [4,5], "m": [4,5]},
 {"label": "Others"}].
The first rule that matches wins; a dimension that a rule leaves out matches
every level; no rule matches: NULL.
NULL score or rules: NULL. Anything else in the rules, or a score that is not
three digits of 1 to 9: error 22023, with a JSON Pointer to the fault.
The rules are read once a query where they are a constant.';

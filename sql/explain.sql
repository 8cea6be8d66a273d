-- Why a customer has his scores

CREATE FUNCTION scoring.explain(name text, customer text) RETURNS json
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'scoring_explain';
COMMENT ON FUNCTION scoring.explain(text, text) IS
'Says why a customer has his scores: his measures, the bounds that his levels
are between, what is missing to the next, the reason of each NULL; in "text" in
sentences, in the model''s language. A composite key is a JSON array of texts.
NULL where there is no such customer in the score table.
Example: SELECT scoring.explain(''shop'', ''42'') ->> ''text'';';

CREATE FUNCTION scoring.explain(name text, customer anyelement) RETURNS json
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'scoring_explain';
COMMENT ON FUNCTION scoring.explain(text, anyelement) IS
'The same as explain(text, text), for a key of any type.';

-- Another document for a model, in place

CREATE FUNCTION scoring.replace_model(name text, definition json) RETURNS void
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'scoring_replace_model';
COMMENT ON FUNCTION scoring.replace_model(text, json) IS
'Gives a model another document, in place: the score table and the view keep
their grants, comments, indexes and dependent views; new columns come at the
end; everybody is scored anew, under new cuts. Other names for the two rename
them. The same document changes nothing. The zone stays where none is named.
A column that would go, or change its type, while others depend on it is 2BP01,
and DETAIL names them. Another key is 22023: drop the model and make it anew.
An unknown model is 42704. Only in READ COMMITTED (0A000 elsewhere).
Example: SELECT scoring.replace_model(''shop'', scoring.template(''shop''));';

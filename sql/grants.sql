-- Everybody may call the functions that only compute; nobody needs the support functions of aggregates.

GRANT USAGE ON SCHEMA scoring TO PUBLIC;

-- Routines, for procedures are no functions here.
REVOKE ALL ON ALL ROUTINES IN SCHEMA scoring FROM PUBLIC;

GRANT EXECUTE ON FUNCTION
    scoring.abc_bin(float8, float8[], text[]),
    scoring.abc_class(float8),
    scoring.abc_class(float8, float8[], text, text[]),
    scoring.abc_cuts(float8, float8[], text),
    scoring.bin(float8, float8[]),
    scoring.decayed_sum(float8, timestamptz, interval, timestamptz),
    scoring.fit_logistic(text, text, float8, text),
    scoring.information_value(text, boolean),
    scoring.model_schema(),
    scoring.pressure_delta(float8, float8, int),
    scoring.pressure_delta(int, int),
    scoring.pressure_state(int, int),
    scoring.quantile_bin(float8, int, text),
    scoring.quantile_cuts(float8),
    scoring.quantile_cuts(float8, int),
    scoring.rfm_facts(timestamptz, numeric),
    scoring.rfm_score(int, int, int),
    scoring.rfm_score(timestamptz, float8, float8, int, text),
    scoring.rfm_segment(int),
    scoring.rfm_segment(int, jsonb),
    scoring.scorecard_points(float8, float8, float8, float8),
    scoring.template(text),
    scoring.woe_table(text, boolean)
TO PUBLIC;

-- The views show a role its own models. Who may make models, the DBA says.
GRANT SELECT ON scoring.status, scoring.cuts TO PUBLIC;

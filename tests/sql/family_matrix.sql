-- matrix: a word for each pair of levels of two scores, over data that can be checked by hand.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;

CREATE SCHEMA crm;
CREATE TABLE crm.leads (id int PRIMARY KEY, staff int, cost numeric);
CREATE TABLE crm.visits (lead int, at timestamptz);
-- Of every staff and every number of visits, one; one whose staff is not known.
INSERT INTO crm.leads SELECT 10 * staff + visits, CASE staff WHEN 1 THEN 5 WHEN 2 THEN 50 WHEN 3 THEN 500 END, 0 FROM generate_series(1, 4) AS staff, generate_series(0, 2) AS visits;
INSERT INTO crm.visits SELECT id, now() - interval '1 day' FROM crm.leads, generate_series(1, id % 10 * 2);
SELECT scoring.create_model('leads', $model$
{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.leads", "key": "id" },
    "sources": { "visits": { "table": "crm.visits", "customer": "lead", "at": "at" } },
    "measures": { "staff": { "take": "attribute", "of": "staff" }, "visits": { "take": "count", "from": "visits" } },
    "scores": {
        "fit": { "kind": "levels", "of": "staff", "at_least": [20, 200], "labels": ["C", "B", "A"] },
        "engagement": { "kind": "points", "rules": [{ "of": "visits", "each": 10, "cap": 50 }], "at_least": [10, 40], "labels": ["cold", "warm", "hot"], "description": "Engagement: of 30 days" },
        "lead": { "kind": "matrix", "rows": "fit", "columns": "engagement", "labels": [["C3", "C2", "C1"], ["B3", "B2", "B1"], ["A3", "A2", "A1"]], "unscored": "?" },
        "action": { "kind": "matrix", "rows": "fit", "columns": "engagement", "labels": [["wait", "wait", "mail"], ["wait", "mail", "call"], ["mail", "call", "call"]] },
        "call_level": { "kind": "levels", "of": "visits", "at_least": [4], "only": { "of": "action", "in": ["call", "mail"] } },
        "not_waiting": { "kind": "points", "rules": [{ "of": "action", "not_in": ["wait"], "points": 1 }, { "of": "lead", "equals": "A1", "points": 10 }, { "of": "action", "missing": true, "points": -5 }] },
        "gap": { "kind": "delta", "of": "engagement", "minus": "fit" }
    }
}
$model$);
CREATE TEMPORARY VIEW grid AS SELECT id, staff, visits, fit, engagement, engagement_level AS warmth, lead, action, call_level, not_waiting, gap, gap_label FROM crm.scored_leads ORDER BY id;
CREATE TEMPORARY VIEW wrong AS SELECT * FROM scoring.verify('leads');
SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'crm.scored_leads'::regclass AND attname IN ('lead', 'action') ORDER BY attnum;
SELECT * FROM grid;
SELECT * FROM wrong;
SELECT score, level, label, lower, upper, bounds, customers, round(share::numeric, 4) AS share FROM scoring.levels('leads') WHERE score IN ('lead', 'action');
SELECT notices FROM scoring.status WHERE model = 'leads';

-- It follows its scores at once.
INSERT INTO crm.visits VALUES (10, now());
UPDATE crm.leads SET staff = 20 WHERE id = 12;
UPDATE crm.leads SET staff = 200 WHERE id = 40;
UPDATE crm.leads SET staff = NULL WHERE id = 32;
DELETE FROM crm.visits WHERE lead = 22;
INSERT INTO crm.leads VALUES (50, 1000, 0);
DELETE FROM crm.leads WHERE id = 11;
SELECT * FROM grid;
SELECT * FROM wrong;
SELECT score, customers, moved FROM scoring.refresh('leads');
CALL scoring.work('leads');
SELECT * FROM wrong;

-- Why.
SELECT regexp_replace(line, ', as of .*\.$', '.') AS told
FROM unnest(ARRAY['12', '32', '50']) AS customer, regexp_split_to_table(scoring.explain('leads', customer) ->> 'text', E'\n') AS line WHERE line ~ '^(Lead|Action|Call|Not|Gap)';
SELECT customer, jsonb_pretty(scoring.explain('leads', customer)::jsonb #> '{scores,lead}') FROM unnest(ARRAY['12', '32']) AS customer;

-- Other words; the pressure of the field manual, in French, of quantile levels that a refresh moves.
DROP VIEW grid;
SELECT scoring.replace_model('leads', $model$
{
    "language": "fr", "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.leads", "key": "id" },
    "sources": { "visits": { "table": "crm.visits", "customer": "lead", "at": "at" } },
    "measures": { "staff": { "take": "attribute", "of": "staff" }, "visits": { "take": "count", "from": "visits" } },
    "scores": {
        "valeur": { "kind": "quantile", "of": "staff", "bins": 2, "labels": ["faible", "forte"] }, "pression": { "kind": "quantile", "of": "visits", "bins": 2, "labels": ["basse", "haute"] },
        "lead": { "kind": "matrix", "rows": "pression", "columns": "valeur", "labels": [["en sommeil", "à solliciter"], ["sursollicité", "équilibre"]] }
    }
}
$model$);
CALL scoring.work('leads');
SELECT id, staff, visits, pression, valeur, lead FROM crm.scored_leads ORDER BY id;
SELECT * FROM wrong;
UPDATE crm.leads SET staff = 10000 WHERE id < 30;
SELECT * FROM wrong;
SELECT score, customers, moved, up, down FROM scoring.refresh('leads');
CALL scoring.work('leads');
SELECT id, staff, visits, pression, valeur, lead FROM crm.scored_leads ORDER BY id;
SELECT * FROM wrong;
SELECT line FROM unnest(ARRAY['12', '32']) AS customer, regexp_split_to_table(scoring.explain('leads', customer) ->> 'text', E'\n') AS line WHERE line ~ '^Lead';
SELECT score, level, label, customers FROM scoring.levels('leads') WHERE score = 'lead';
SELECT DISTINCT score, level, label, customers FROM scoring.preview((SELECT definition FROM scoring.model WHERE name = 'leads')) WHERE score = 'lead' ORDER BY 2;

-- In the other modes: a word of a change and of a mean.
SELECT scoring.create_model(mode, json_build_object('mode', mode, 'timezone', 'UTC', 'refresh_every', 'never', 'into', 'crm.' || mode, 'view', 'crm.view_' || mode,
    'customers', '{ "table": "crm.leads", "key": "id" }'::json, 'sources', '{ "visits": { "table": "crm.visits", "customer": "lead", "at": "at" } }'::json,
    'measures', '{ "staff": { "take": "attribute", "of": "staff" }, "visits": { "take": "count", "from": "visits", "window": "7 days" } }'::json,
    'scores', '{ "rise": { "kind": "change", "of": "visits", "against": "7 days", "at_least": [1, 3] }, "size": { "kind": "weighted", "of": { "staff": 1, "rise": 1 }, "scale": "range", "at_least": [0.5] },
                 "word": { "kind": "matrix", "rows": "size", "columns": "rise", "labels": [["a", "b", "c"], ["d", "e", "f"]], "unscored": "?" } }'::json))
FROM unnest(ARRAY['batch', 'deferred']) AS mode;
SELECT b.id, b.staff, b.visits, b.rise, b.size, b.word FROM crm.batch AS b ORDER BY id;
SELECT count(*) AS same FROM crm.batch AS b JOIN crm.deferred AS d USING (id, rise, size, word);
INSERT INTO crm.visits SELECT 20, now() - interval '10 days' FROM generate_series(1, 5);
UPDATE crm.leads SET staff = 100000 WHERE id = 50;
UPDATE crm.leads SET staff = 5000 WHERE id = 32;
SELECT customer, column_name, live, expected FROM scoring.verify('batch') WHERE column_name !~ 'due_at' ORDER BY 1, 2;
SELECT score, customers, moved FROM scoring.refresh('batch');
SELECT * FROM scoring.verify('batch');
SELECT remaining FROM scoring.catch_up('deferred');
SELECT * FROM scoring.verify('deferred');
SELECT count(*) FROM scoring.refresh('deferred');
CALL scoring.work('deferred');
SELECT * FROM scoring.verify('deferred');
SELECT b.id, b.staff, b.visits, b.rise, b.size, b.word FROM crm.batch AS b ORDER BY id;
SELECT count(*) AS same FROM crm.batch AS b JOIN crm.deferred AS d USING (id, rise, size, word);

SELECT scoring.drop_model('leads'), scoring.drop_model('batch'), scoring.drop_model('deferred');
DROP SCHEMA crm CASCADE;

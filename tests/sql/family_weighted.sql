-- weighted: the weighted mean of measures and scores on one scale, over data that can be checked by hand.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;

-- Customer n, from 0 to 10, has n visits, the last one n days ago, and 100 - 10 n euros; 11 has nothing.
CREATE SCHEMA crm;
CREATE TABLE crm.customers (id int PRIMARY KEY, euros numeric, note text, born date);
CREATE TABLE crm.visits (customer_id int, at timestamptz);
INSERT INTO crm.customers SELECT n, CASE WHEN n < 11 THEN 100 - 10 * n END, 'x', CASE WHEN n < 11 THEN (now() AT TIME ZONE 'UTC')::date - 10 * n END FROM generate_series(0, 11) AS n;
INSERT INTO crm.visits SELECT n, now() - n * interval '24 hours' - i * interval '1 hour' FROM generate_series(1, 10) AS n, generate_series(1, n) AS i;
SELECT scoring.create_model('crm', $model$
{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.customers", "key": "id" },
    "sources": { "visits": { "table": "crm.visits", "customer": "customer_id", "at": "at" } },
    "measures": {
        "visits": { "take": "count", "from": "visits", "empty": 0 }, "last_visit": { "take": "last", "from": "visits" },
        "warmth": { "take": "count", "from": "visits", "half_life": "30 days" }, "euros": { "take": "attribute", "of": "euros" },
        "born": { "take": "attribute", "of": "born" }, "days": { "compute": "age", "of": "born", "unit": "days" }
    },
    "scores": {
        "activity": { "kind": "quantile", "of": "visits", "bins": 5 },
        "wealth": { "kind": "quantile", "of": "euros", "bins": 5 },
        "abc": { "kind": "abc", "of": "euros", "shares": [0.1, 0.2, 0.3, 0.2, 0.2], "classes": ["A", "B", "C", "D", "E"] },
        "by_level": { "kind": "weighted", "of": { "activity": 3, "wealth": 1, "abc": 1 }, "scale": "level", "at_least": [2, 4], "labels": ["low", "middle", "high"], "unscored": "unknown" },
        "by_level_0": { "kind": "weighted", "of": { "activity": 3, "wealth": 1, "abc": 1 }, "scale": "level", "missing": 0 },
        "by_rank": { "kind": "weighted", "of": { "visits": 1, "warmth": 1, "last_visit": 2 }, "scale": "percentile", "above": [0.5] },
        "by_range": { "kind": "weighted", "of": { "visits": 3, "euros": 1 }, "scale": "range" },
        "only_euros": { "kind": "weighted", "of": { "euros": 1 }, "scale": "range", "missing": 0, "at_least": [0.5], "unscored": "no euros", "only": { "of": "visits", "at_most": 20 } },
        "youth": { "kind": "weighted", "of": { "days": 1 }, "scale": "range" },
        "of_scores": { "kind": "weighted", "of": { "by_rank": 1, "activity": 1, "abc": 1 }, "scale": "range" }
    }
}
$model$);
CREATE TEMPORARY VIEW means AS SELECT id, visits, euros, activity, wealth, abc_level, by_level, by_level_level AS level, by_level_label AS label, by_level_0 FROM crm.scored_customers ORDER BY id;
CREATE TEMPORARY VIEW shares AS SELECT id, visits, euros, by_rank, by_rank_level AS level, by_range, only_euros, only_euros_label AS label, youth, of_scores FROM crm.scored_customers ORDER BY id;
CREATE TEMPORARY VIEW wrong AS SELECT * FROM scoring.verify('crm');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'crm.scored_customers'::regclass AND attname ~ '^by_(level|range)' ORDER BY attnum;
SELECT * FROM means;
SELECT * FROM shares;
SELECT * FROM wrong;
SELECT score, level, label, lower, upper, bounds, customers FROM scoring.levels('crm') WHERE score !~ '^(activity|wealth|abc)$';
SELECT score, array_length(cuts, 1) AS cuts, cuts[1] AS first, cuts[51] AS middle, array_length(customers, 1) AS levels FROM scoring.cuts WHERE model = 'crm' AND score ~ '_(visits|euros|by_rank)$' ORDER BY score;
SELECT notices, no_cuts FROM scoring.status WHERE model = 'crm';
-- An age moves in its range every day.
SELECT count(*) FILTER (WHERE due_at = ((now() AT TIME ZONE 'UTC')::date + 1)::timestamp AT TIME ZONE 'UTC') AS moves_tomorrow, count(*) FILTER (WHERE due_at IS NULL) AS stays FROM crm.customers_scores;

-- Outside what is published, all is clamped; within, nobody moves but who is written.
INSERT INTO crm.visits SELECT 0, now() - interval '1 minute' FROM generate_series(1, 20);
UPDATE crm.customers SET euros = -50 WHERE id = 10;
UPDATE crm.customers SET euros = NULL WHERE id = 1;
DELETE FROM crm.visits WHERE customer_id = 5;
SELECT * FROM means;
SELECT * FROM shares;
SELECT * FROM wrong;

-- A refresh moves everybody whose mean is another under the new cuts, also where no level moves.
SELECT score, customers, moved, up, down, psi IS NOT NULL AS has_psi FROM scoring.refresh('crm') ORDER BY score;
SELECT count(*) AS still_old FROM crm.customers_scores WHERE by_range = 0.75 * visits / 10 + 0.25 * (euros / 100)::float8;
CALL scoring.work('crm');
SELECT * FROM shares;
SELECT * FROM wrong;
SELECT remaining FROM scoring.catch_up('crm');

-- Why.
SELECT regexp_replace(line, '\(\d+ \w+ \d+\)', '(<date>)') AS told
FROM unnest(ARRAY['1', '7', '11']) AS customer, regexp_split_to_table(scoring.explain('crm', customer) ->> 'text', E'\n') AS line WHERE line ~ '^(By|Only|Of)';
SELECT customer, jsonb_pretty((scoring.explain('crm', customer)::jsonb #> '{scores}') - '{activity,wealth,abc,by_rank,of_scores,youth,only_euros,by_level_0}'::text[]) FROM unnest(ARRAY['1', '11']) AS customer;
-- The parts make the whole.
SELECT count(*) AS differ
FROM crm.customers AS c, json_each(scoring.explain('crm', c.id) -> 'scores') AS s,
     LATERAL (SELECT sum((p ->> 'weight')::float8 * (p ->> 'counts_as')::float8) AS sum FROM json_array_elements(s.value -> 'components') AS p) AS parts
WHERE s.value -> 'components' IS NOT NULL AND abs(parts.sum / (s.value ->> 'weights')::float8 - (s.value ->> 'mean')::float8) > 1e-12;

-- All have one value: there is no range; then nobody has any.
UPDATE crm.customers SET euros = 7;
SELECT count(*) FROM scoring.refresh('crm');
CALL scoring.work('crm');
UPDATE crm.customers SET euros = 8 WHERE id = 2;
UPDATE crm.customers SET euros = 6 WHERE id = 3;
SELECT id, only_euros, only_euros_level, only_euros_label FROM crm.scored_customers WHERE id IN (1, 2, 3) ORDER BY id;
SELECT * FROM wrong;
UPDATE crm.customers SET euros = NULL;
SELECT count(*) FROM scoring.refresh('crm');
CALL scoring.work('crm');
UPDATE crm.customers SET euros = 5 WHERE id = 2;
SELECT id, only_euros, only_euros_label, by_range FROM crm.scored_customers WHERE id IN (1, 2) ORDER BY id;
SELECT * FROM wrong;
SELECT score, reason FROM scoring.cuts WHERE model = 'crm' AND reason IS NOT NULL AND version = 4 ORDER BY score;
SELECT line FROM unnest(ARRAY['1', '2']) AS customer, regexp_split_to_table(scoring.explain('crm', customer) ->> 'text', E'\n') AS line WHERE line ~ '^Only';

-- Another scale makes other cuts of the same names; in French.
UPDATE crm.customers SET euros = 10 * id;
DROP VIEW means, shares;
SELECT scoring.replace_model('crm', $model$
{
    "language": "fr", "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.customers", "key": "id" },
    "sources": { "visits": { "table": "crm.visits", "customer": "customer_id", "at": "at" } },
    "measures": {
        "visits": { "take": "count", "from": "visits", "description": "Visites" }, "euros": { "take": "attribute", "of": "euros" }, "warmth": { "take": "count", "from": "visits", "half_life": "30 days" }
    },
    "scores": {
        "activity": { "kind": "quantile", "of": "visits", "bins": 5 }, "wealth": { "kind": "levels", "of": "euros", "at_least": [10, 20, 30, 100] },
        "by_level": { "kind": "weighted", "of": { "activity": 2, "wealth": 1.5 }, "scale": "level" },
        "by_rank": { "kind": "weighted", "of": { "visits": 1 }, "scale": "range", "missing": 0 },
        "by_range": { "kind": "weighted", "of": { "visits": 3, "euros": 1, "warmth": 1 }, "scale": "percentile", "at_least": [0.5] }
    }
}
$model$);
CALL scoring.work('crm');
SELECT id, visits, euros, by_level, by_rank, by_range, by_range_level, by_range_label FROM crm.scored_customers ORDER BY id;
SELECT * FROM wrong;
SELECT line FROM regexp_split_to_table(scoring.explain('crm', '7') ->> 'text', E'\n') AS line WHERE line ~ '^By';
SELECT col_description('crm.scored_customers'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'crm.scored_customers'::regclass AND attname ~ '^by_range' ORDER BY attnum;

-- Nothing is published yet.
SELECT scoring.create_model('later', $model$
{
    "timezone": "UTC", "refresh_every": "never", "into": "crm.later", "view": "crm.later_view", "customers": { "table": "crm.customers", "key": "id" },
    "sources": {}, "measures": { "euros": { "take": "attribute", "of": "euros" } },
    "scores": { "share": { "kind": "weighted", "of": { "euros": 1 }, "scale": "percentile" } }
}
$model$, 'later');
CALL scoring.work('later');
SELECT id, share FROM crm.later ORDER BY id;
SELECT * FROM scoring.verify('later');

-- What only the database knows to be wrong.
CREATE FUNCTION pg_temp.refused(measures text, scores text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.fault(format('SELECT scoring.preview(%L)', '{ "customers": { "table": "crm.customers", "key": "id" }, "sources": {}, "measures": ' || measures || ', "scores": ' || scores || ' }'))
$$;
SELECT pg_temp.refused('{ "note": { "take": "attribute", "of": "note" } }', '{ "s": { "kind": "weighted", "of": { "note": 1 }, "scale": "percentile" } }');
SELECT pg_temp.refused('{ "note": { "take": "attribute", "of": "note" } }', '{ "s": { "kind": "weighted", "of": { "note": 1 }, "scale": "range" } }');
SELECT pg_temp.refused('{ "note": { "take": "attribute", "of": "note" } }', '{ "s": { "kind": "points", "rules": [{ "of": "note", "each": 1 }] } }');
SELECT pg_temp.refused('{ "euros": { "take": "attribute", "of": "euros" } }', '{ "s": { "kind": "weighted", "of": { "euros": 1 }, "scale": "range" }, "s_euros": { "kind": "quantile", "of": "euros" } }');

SELECT scoring.drop_model('crm'), scoring.drop_model('later');
DROP SCHEMA crm CASCADE;

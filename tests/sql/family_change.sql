-- change: a measure against the same measure some time ago, over data that can be checked by hand.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;

CREATE SCHEMA crm;
CREATE TABLE crm.customers (id int PRIMARY KEY, name text);
CREATE TABLE crm.tickets (customer_id int, at timestamptz, cost numeric, weight float8);
CREATE TABLE crm.notes (customer_id int);
INSERT INTO crm.customers VALUES (1, 'more'), (2, 'less'), (3, 'from nothing'), (4, 'never'), (5, 'as before'), (6, 'long ago');
-- ago(days): so long before now, at midday.
CREATE FUNCTION pg_temp.ago(days int) RETURNS timestamptz LANGUAGE sql AS $$ SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - days * interval '24 hours' + interval '12 hours' $$;
INSERT INTO crm.tickets VALUES
    (1, pg_temp.ago(5), 1000.10, 0.3), (1, pg_temp.ago(6), 0, NULL), (1, pg_temp.ago(7), NULL, 'NaN'), (1, pg_temp.ago(8), 0, 0), (1, pg_temp.ago(40), 999.80, 0.1),
    (2, pg_temp.ago(41), 20, 1), (2, pg_temp.ago(42), 30.5, 1e300),
    (3, pg_temp.ago(10), 7, 'Infinity'), (3, pg_temp.ago(11), 7, 7),
    (5, pg_temp.ago(3), 12.345678901, 'Infinity'), (5, pg_temp.ago(33), 12.345678901, 'Infinity'),
    (6, pg_temp.ago(200), 5, 5), (99, pg_temp.ago(3), 1, 1);
SELECT scoring.create_model('crm', $model$
{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.customers", "key": "id" },
    "sources": { "tickets": { "table": "crm.tickets", "customer": "customer_id", "at": "at" }, "notes": { "table": "crm.notes", "customer": "customer_id" } },
    "measures": {
        "tickets": { "take": "count", "from": "tickets", "window": "30 days", "description": "Complaints in 30 days" },
        "costs": { "take": "sum", "from": "tickets", "of": "cost", "window": "30 days" },
        "mean_cost": { "take": "average", "from": "tickets", "of": "cost", "window": "30 days" },
        "highest": { "take": "maximum", "from": "tickets", "of": "cost", "window": "30 days" },
        "weight": { "take": "maximum", "from": "tickets", "of": "weight", "window": "30 days" },
        "ever": { "take": "count", "from": "tickets" },
        "late": { "take": "count", "from": "tickets", "window": "30 days", "lag": "2 days" }
    },
    "scores": {
        "rise": { "kind": "change", "of": "tickets", "against": "30 days", "at_least": [0, 3], "labels": ["fall", "steady", "sharp rise"] },
        "times": { "kind": "change", "of": "tickets", "against": "30 days", "as": "ratio", "above": [1], "unscored": "nothing to compare" },
        "costs_gap": { "kind": "change", "of": "costs", "against": "30 days", "at_least": [0.3] },
        "mean_gap": { "kind": "change", "of": "mean_cost", "against": "30 days" },
        "highest_gap": { "kind": "change", "of": "highest", "against": "30 days", "only": { "of": "tickets", "at_least": 1 } },
        "weight_gap": { "kind": "change", "of": "weight", "against": "30 days" },
        "weight_times": { "kind": "change", "of": "weight", "against": "30 days", "as": "ratio" },
        "new": { "kind": "change", "of": "ever", "against": "1 month" },
        "late_gap": { "kind": "change", "of": "late", "against": "2 months" },
        "alarm": { "kind": "levels", "of": "tickets", "at_least": [2] },
        "both": { "kind": "delta", "of": "alarm", "minus": "times" }
    }
}
$model$);
CREATE TEMPORARY VIEW changes AS SELECT id, tickets, rise, rise_level, rise_label, times, times_level, times_label, costs_gap, costs_gap_level FROM crm.scored_customers ORDER BY id;
CREATE TEMPORARY VIEW other_changes AS SELECT id, mean_gap, highest_gap, weight_gap, weight_times, new, late_gap, "both" FROM crm.scored_customers ORDER BY id;
CREATE TEMPORARY VIEW wrong AS SELECT * FROM scoring.verify('crm');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'crm.scored_customers'::regclass AND attname ~ '^(rise|times|mean_gap)' ORDER BY attnum;
SELECT * FROM changes;
SELECT * FROM other_changes;
SELECT * FROM wrong;
SELECT score, level, label, lower, upper, bounds, customers, share FROM scoring.levels('crm');

-- What an event does: it adds to the change now, and takes from it when it is 30 days old; then nothing is left of it.
INSERT INTO crm.tickets VALUES (4, pg_temp.ago(10), 1, 1), (4, pg_temp.ago(35), 1, 1), (4, pg_temp.ago(70), 1, 1);
SELECT id, tickets, rise, times, due_at <= pg_temp.ago(10) + interval '720 hours' AS leaves_in_time FROM crm.customers_scores WHERE id = 4;
UPDATE crm.tickets SET at = at - interval '30 days' WHERE customer_id = 4;
SELECT id, tickets, rise, times, due_at <= pg_temp.ago(40) + interval '1440 hours' AS leaves_in_time FROM crm.customers_scores WHERE id = 4;
UPDATE crm.tickets SET customer_id = 2 WHERE customer_id = 4;
DELETE FROM crm.tickets WHERE customer_id = 1 AND cost = 999.80;
SELECT * FROM changes;
SELECT * FROM wrong;
SELECT score, customers, moved FROM scoring.refresh('crm');
CALL scoring.work('crm');
SELECT * FROM wrong;

-- Why.
SELECT regexp_replace(line, ', as of .*\.$', '.') AS told
FROM unnest(ARRAY['1', '2', '3', '4']) AS customer, regexp_split_to_table(scoring.explain('crm', customer) ->> 'text', E'\n') AS line WHERE line !~ '^This may';
SELECT customer, jsonb_pretty(scoring.explain('crm', customer)::jsonb #> '{scores,times}') FROM unnest(ARRAY['1', '3', '4']) AS customer;

-- In French, and a year ago; replacing a model changes its changes.
DROP VIEW changes, other_changes;
SELECT scoring.replace_model('crm', $model$
{
    "language": "fr", "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.customers", "key": "id" },
    "sources": { "tickets": { "table": "crm.tickets", "customer": "customer_id", "at": "at" } },
    "measures": { "tickets": { "take": "count", "from": "tickets", "window": "1 year", "description": "Réclamations : en un an" } },
    "scores": {
        "rise": { "kind": "change", "of": "tickets", "against": "1 year", "at_least": [3], "labels": ["stable", "forte hausse"] },
        "times": { "kind": "change", "of": "tickets", "against": "6 months", "as": "ratio", "unscored": "sans objet" }
    }
}
$model$);
CALL scoring.work('crm');
SELECT * FROM wrong;
SELECT id, tickets, rise, rise_level, rise_label, times FROM crm.scored_customers ORDER BY id;
SELECT regexp_replace(line, ', au .*\.$', '.') AS told FROM unnest(ARRAY['1', '4']) AS customer, regexp_split_to_table(scoring.explain('crm', customer) ->> 'text', E'\n') AS line WHERE line !~ '^Ces';
SELECT obj_description('crm.scored_customers'::regclass), col_description('crm.scored_customers'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'crm.scored_customers'::regclass AND attname ~ '^(rise|times)' ORDER BY attnum;
SELECT DISTINCT score, level, label, customers FROM scoring.preview($model$
{
    "timezone": "UTC", "mode": "batch", "customers": { "table": "crm.customers", "key": "id" },
    "sources": { "tickets": { "table": "crm.tickets", "customer": "customer_id", "at": "at" } },
    "measures": { "tickets": { "take": "count", "from": "tickets", "window": "30 days" } },
    "scores": { "rise": { "kind": "change", "of": "tickets", "against": "30 days", "above": [0] } }
}
$model$) ORDER BY 1, 2;

-- What only the database knows to be wrong.
SELECT pg_temp.fault($$ SELECT scoring.preview('{
    "customers": { "table": "crm.customers", "key": "id" }, "sources": { "tickets": { "table": "crm.tickets", "customer": "customer_id", "at": "at" } },
    "measures": { "latest": { "take": "maximum", "from": "tickets", "of": "at" } }, "scores": { "later": { "kind": "change", "of": "latest", "against": "30 days" } } }') $$);

SELECT scoring.drop_model('crm');
DROP SCHEMA crm CASCADE;

-- The edges of models: customers without events, with one, with strange values; groups of one, of equals, of nobody; models that change and go.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql

CREATE SCHEMA edge;
CREATE TABLE edge.customers (id int PRIMARY KEY, name text, team text, born date);
CREATE TABLE edge.events (event_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int, at timestamptz, amount numeric, figure float8, note text);
INSERT INTO edge.customers (id, name) VALUES
    (1, 'no event'), (2, 'one event'), (3, 'only in the future'), (4, 'NULL'), (5, 'NaN'), (6, 'Infinity'), (7, '-Infinity'), (8, 'both infinities'), (9, 'a negative total'),
    (10, 'a tie'), (11, 'a tie'), (12, 'large'), (13, 'the last without a value'), (14, 'events at never and always'), (15, 'zero'), (16, 'a date that is NULL');
INSERT INTO edge.events (customer_id, at, amount, figure, note) VALUES
    (2, '2025-01-01 00:00:00+00', 20, 20, 'b'), (3, '2999-01-01 00:00:00+00', 30, 30, 'c'), (4, '2025-01-02 00:00:00+00', NULL, NULL, NULL), (4, '2025-01-03 00:00:00+00', NULL, NULL, NULL),
    (5, '2025-01-04 00:00:00+00', 'NaN', 'NaN', 'x'), (5, '2025-01-05 00:00:00+00', 5, 5, 'x'), (6, '2025-01-06 00:00:00+00', 'Infinity', 'Infinity', 'x'), (6, '2025-01-06 00:00:00+00', 6, 6, 'y'),
    (7, '2025-01-07 00:00:00+00', '-Infinity', '-Infinity', 'x'), (8, '2025-01-08 00:00:00+00', 'Infinity', 'Infinity', 'x'), (8, '2025-01-09 00:00:00+00', '-Infinity', '-Infinity', 'x'),
    (9, '2025-01-10 00:00:00+00', 10, 10, 'x'), (9, '2025-01-11 00:00:00+00', -100, -100, 'x'), (10, '2025-01-12 00:00:00+00', 50, 50, 'x'), (11, '2025-01-12 00:00:00+00', 50, 50, 'x'),
    (12, '2025-01-13 00:00:00+00', 1000, 1e3, 'x'), (12, '2025-01-13 00:00:00+00', 1000.5, 0.1, 'z'), (13, '2025-01-14 00:00:00+00', 13, 13, 'x'), (13, '2025-01-15 00:00:00+00', NULL, 'NaN', NULL),
    (14, 'infinity', 14, 14, 'x'), (14, '-infinity', 14, 14, 'x'), (15, '2025-01-16 00:00:00+00', 0, '-0', ''), (16, NULL, 16, 16, 'x'), (NULL, '2025-01-17 00:00:00+00', 17, 17, 'x'), (99, '2025-01-18 00:00:00+00', 99, 99, 'x');

-- told(model, customer): the text of explain, line by line, without moments and numbers of days, which go on.
CREATE FUNCTION pg_temp.told(model text, customer text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT regexp_replace(regexp_replace(line, '^((Customer|Client) .*, (as of|au) ).*\.$', '\1<moment>.'), '\m\d+ (days?|months?|years?|jours?|mois|ans?)\M', '<n> \1', 'g')
    FROM (SELECT scoring.explain(model, customer) -> 'text' AS told) AS e,
         LATERAL regexp_split_to_table(CASE json_typeof(told) WHEN 'array' THEN (SELECT string_agg(l, E'\n') FROM json_array_elements_text(told) AS l) ELSE told #>> '{}' END, E'\n') AS line
$$;
-- What a view of the extension tells of a model, name by name; without moments, sizes and numbers of objects.
CREATE FUNCTION pg_temp.in_status(name text) RETURNS TABLE (key text, value text) LANGUAGE sql AS $$
    SELECT key, value FROM scoring.status AS s, LATERAL jsonb_each_text(to_jsonb(s)) AS e WHERE to_jsonb(s) ? 'model' AND s::text ~ ('[(,]"?' || name || '"?[,)]')
    AND coalesce(value, '') !~ '^\d{4}-\d\d-\d\dT' AND key !~ 'oid|bytes|size|seconds|_ms$|_at$|definition|document' ORDER BY key COLLATE "C"
$$;
CREATE FUNCTION pg_temp.in_cuts(name text) RETURNS TABLE (cut text) LANGUAGE sql AS $$
    SELECT string_agg(key || '=' || coalesce(value, 'NULL'), ' ' ORDER BY key COLLATE "C") FROM scoring.cuts AS c, LATERAL jsonb_each_text(to_jsonb(c)) AS e
    WHERE c::text ~ ('[(,]"?' || name || '"?[,)]') AND key !~ 'oid|_at$' GROUP BY c::text ORDER BY 1
$$;

-- Strange values. Infinite ones have no part in the scores that add them up.
SELECT scoring.create_model('edges', $model$
{
    "timezone": "UTC", "mode": "batch", "refresh_every": "never", "customers": { "table": "edge.customers", "key": "id" },
    "sources": { "events": { "table": "edge.events", "customer": "customer_id", "at": "at" } },
    "measures": {
        "events": { "take": "count", "from": "events" }, "total": { "take": "sum", "from": "events", "of": "amount" }, "floats": { "take": "sum", "from": "events", "of": "figure" },
        "average": { "take": "average", "from": "events", "of": "amount" }, "smallest": { "take": "minimum", "from": "events", "of": "figure" }, "largest": { "take": "maximum", "from": "events", "of": "amount", "empty": -1 },
        "different": { "take": "distinct", "from": "events", "of": "note" }, "first": { "take": "first", "from": "events" }, "last_amount": { "take": "last", "from": "events", "of": "amount" },
        "last_note": { "take": "last", "from": "events", "of": "note", "empty": "none" }, "per_event": { "compute": "ratio", "of": ["total", "events"] }, "name": { "take": "attribute", "of": "name" }
    },
    "scores": {
        "value": { "kind": "quantile", "of": "total", "bins": 3, "labels": ["low", "middle", "high"], "unscored": "none" },
        "apart": { "kind": "quantile", "of": "total", "bins": 3, "negatives": "apart", "labels": ["negative", "low", "high"] }, "only_above": { "kind": "quantile", "of": "total", "bins": 2, "negatives": "exclude", "labels": ["low", "high"], "unscored": "below 0" },
        "finite": { "kind": "abc", "of": "total", "strategy": "key_figure_percent", "shares": [0.8, 0.15, 0.05], "only": { "of": "total", "between": [-1000000, 1000000] }, "unscored": "?" },
        "steps": { "kind": "levels", "of": "smallest", "at_least": [-5, 0, 5], "labels": ["debt", "below 0", "few", "many"] }, "rfm": { "kind": "rfm", "recency": "first", "frequency": "events", "monetary": "total", "bins": 2 },
        "gap": { "kind": "delta", "of": "value", "minus": "apart", "unscored": "no gap" }
    }
}
$model$);
SELECT id, name, events, total, floats, average, smallest, largest, different, first, last_amount, last_note, per_event FROM edge.scored_customers ORDER BY id;
SELECT id, name, value, value_label, apart, apart_label, only_above, only_above_label, finite, finite_level, steps, steps_label, rfm, rfm_segment, gap, gap_label FROM edge.scored_customers ORDER BY id;
SELECT * FROM scoring.levels('edges');
SELECT * FROM pg_temp.in_cuts('edges');
SELECT * FROM pg_temp.in_status('edges');
SELECT id, line FROM generate_series(1, 9) AS id, pg_temp.told('edges', id::text) WITH ORDINALITY AS t (line, number) ORDER BY id, number;
SELECT id, scoring.explain('edges', id)::text = scoring.explain('edges', id::text)::text AS the_same FROM unnest('{1,12}'::int[]) AS id;
SELECT * FROM scoring.verify('edges');

-- Groups: everybody tied, one customer, fewer than bins, a total of 0 and below, zeros, nobody with a value; NULL is a group.
CREATE TABLE edge.members (id int PRIMARY KEY, team text, figure numeric, seen_on date);
INSERT INTO edge.members
SELECT row_number() OVER (), team, figure, date '2025-01-01' + (row_number() OVER ())::int
FROM (SELECT 'tied', 7 FROM generate_series(1, 10) UNION ALL VALUES ('single', 3), ('few', 1), ('few', 2), ('few', 4), ('poor', -5), ('poor', 0), ('poor', 5), ('owing', -1), ('owing', -2), ('zero', 0), ('zero', 0), ('blank', NULL), ('blank', NULL), (NULL, 8), (NULL, 9)
      UNION ALL SELECT 'many', i * i FROM generate_series(1, 20) AS i UNION ALL SELECT 'most', CASE WHEN i < 9 THEN 0 ELSE i END FROM generate_series(1, 10) AS i) AS m (team, figure);
SELECT scoring.create_model('teams', $model$
{
    "language": "fr", "timezone": "UTC", "mode": "batch", "refresh_every": "never", "customers": { "table": "edge.members", "key": "id" }, "into": "edge.member_scores", "view": "edge.scored_members",
    "sources": { "days": { "table": "edge.members", "customer": "id", "at": "seen_on" } },
    "measures": { "figure": { "take": "attribute", "of": "figure" }, "team": { "take": "attribute", "of": "team" }, "seen": { "take": "last", "from": "days" }, "days": { "take": "count", "from": "days" } },
    "scores": {
        "level": { "kind": "quantile", "of": "figure", "within": "team", "labels": ["1", "2", "3", "4", "5"] }, "heads": { "kind": "abc", "of": "figure", "within": "team" },
        "share": { "kind": "abc", "of": "figure", "strategy": "key_figure_percent", "shares": [0.8, 0.15, 0.05], "within": "team", "unscored": "-" }, "code": { "kind": "rfm", "recency": "seen", "frequency": "days", "monetary": "figure", "bins": 3, "within": "team" }
    }
}
$model$);
SELECT team, figure, count(*) AS members, min(level) AS level, min(heads) AS heads, min(share) AS share, min(share_level) AS share_level, min(code_monetary) AS money, count(DISTINCT (level, heads, share, code_monetary)) AS ways
FROM edge.scored_members GROUP BY team, figure ORDER BY team COLLATE "C", figure;
SELECT score, group_value, level, label, lower, upper, bounds, customers, round(share::numeric, 4) AS share FROM scoring.levels('teams') WHERE score IN ('level', 'share') AND group_value::text !~ 'many' ORDER BY score, group_value::text COLLATE "C", level;
SELECT * FROM pg_temp.in_status('teams');
SELECT id, line FROM edge.members AS m, pg_temp.told('teams', id::text) WITH ORDINALITY AS t (line, number) WHERE id IN (SELECT min(id) FROM edge.members GROUP BY team) AND team IN ('poor', 'owing', 'single', 'blank') ORDER BY id, number;
SELECT * FROM scoring.verify('teams');
-- A group that could not be cut can be, and one that could cannot: refresh does not fail, says what moves, and the reason is gone or new.
UPDATE edge.members SET figure = figure + 10 WHERE team = 'poor';
UPDATE edge.members SET figure = -figure WHERE team = 'single';
SELECT score, group_value, customers, moved, up, down, psi IS NULL AS no_psi FROM scoring.refresh('teams') ORDER BY score, group_value::text COLLATE "C" NULLS FIRST;
SELECT team, figure, share, share_level FROM edge.scored_members WHERE team IN ('poor', 'single') ORDER BY team, figure;
SELECT * FROM pg_temp.in_status('teams');
SELECT scoring.drop_model('teams');

-- Nobody at all, then the first customer, then one less than bins.
CREATE TABLE edge.nobody (id int PRIMARY KEY, figure int, is_customer boolean DEFAULT true);
SELECT scoring.create_model('nobody', $model$
{ "timezone": "UTC", "mode": "batch", "customers": { "table": "edge.nobody", "key": "id", "where": "is_customer" }, "sources": {}, "measures": { "figure": { "take": "attribute", "of": "figure" } },
  "scores": { "level": { "kind": "quantile", "of": "figure" }, "class": { "kind": "abc", "of": "figure" }, "share": { "kind": "abc", "of": "figure", "strategy": "key_figure_percent", "shares": [0.8, 0.15, 0.05] } } }
$model$);
SELECT count(*) AS rows FROM edge.scored_nobody;
SELECT * FROM scoring.levels('nobody');
SELECT * FROM scoring.verify('nobody');
SELECT score, customers, moved, psi FROM scoring.refresh('nobody');
INSERT INTO edge.nobody VALUES (1, 5, true), (2, 6, false), (3, 7, NULL);
SELECT score, customers, moved FROM scoring.refresh('nobody');
SELECT id, figure, level, class, class_level, share, share_level FROM edge.scored_nobody ORDER BY id;
INSERT INTO edge.nobody SELECT i, i FROM generate_series(4, 6) AS i;
SELECT score, customers, moved FROM scoring.refresh('nobody');
SELECT id, figure, level, class, class_level, share, share_level FROM edge.scored_nobody ORDER BY id;
SELECT * FROM scoring.levels('nobody');
DELETE FROM edge.nobody;
SELECT score, customers, moved FROM scoring.refresh('nobody');
SELECT count(*) AS rows FROM edge.scored_nobody;
SELECT * FROM pg_temp.in_status('nobody');
SELECT scoring.drop_model('nobody');

-- Customers and a source in views: what a unique index would refuse is found by each refresh, which then changes nothing.
CREATE TABLE edge.clients (id int, name text);
CREATE TABLE edge.sales (client int, amount numeric, parts int);
INSERT INTO edge.clients SELECT i, 'client ' || i FROM generate_series(1, 4) AS i;
INSERT INTO edge.sales SELECT i, 10 * i, i FROM generate_series(1, 4) AS i;
CREATE VIEW edge.all_clients AS TABLE edge.clients;
CREATE VIEW edge.all_sales AS TABLE edge.sales;
SELECT scoring.create_model('views', $model$
{ "timezone": "UTC", "mode": "batch", "customers": { "table": "edge.all_clients", "key": "id" }, "into": "edge.client_scores", "view": "edge.scored_clients",
  "sources": { "sales": { "table": "edge.all_sales", "customer": "client" } }, "measures": { "price": { "take": "sum", "from": "sales", "of": "amount / parts" } }, "scores": { "level": { "kind": "quantile", "of": "price", "bins": 2 } } }
$model$);
INSERT INTO edge.clients VALUES (2, 'again');
SELECT pg_temp.fault('SELECT scoring.refresh(''views'')');
UPDATE edge.clients SET id = NULL WHERE name = 'again';
SELECT pg_temp.fault('SELECT scoring.refresh(''views'')');
UPDATE edge.clients SET id = 5 WHERE name = 'again';
UPDATE edge.sales SET parts = 0 WHERE client = 3;
SELECT pg_temp.fault('SELECT scoring.refresh(''views'')');
SELECT pg_temp.fault('SELECT scoring.verify(''views'')');
SELECT id, price, level FROM edge.scored_clients ORDER BY id;
UPDATE edge.sales SET parts = 1 WHERE client = 3;
SELECT score, customers, moved, up, down, cuts_version FROM scoring.refresh('views');
SELECT id, price, level FROM edge.scored_clients ORDER BY id;
-- What the model needs goes, or becomes another thing.
DROP VIEW edge.all_sales;
SELECT pg_temp.fault('SELECT scoring.refresh(''views'')');
CREATE VIEW edge.all_sales AS SELECT client, amount::text, parts FROM edge.sales;
SELECT pg_temp.fault('SELECT scoring.refresh(''views'')');
DROP VIEW edge.all_sales;
CREATE TABLE edge.all_sales AS TABLE edge.sales;
SELECT count(*) AS scores FROM scoring.refresh('views');
ALTER TABLE edge.client_scores DROP COLUMN price CASCADE;
SELECT pg_temp.fault('SELECT scoring.' || call) FROM unnest('{refresh(''views''),verify(''views''),repair(''views''),levels(''views''),"explain(''views'', 1)"}'::text[]) AS call;
DROP TABLE edge.client_scores;
SELECT state FROM scoring.status WHERE model = 'views';
SELECT pg_temp.fault('SELECT scoring.' || call) FROM unnest('{refresh(''views''),verify(''views''),repair(''views''),levels(''views''),"explain(''views'', 1)"}'::text[]) AS call;
SELECT scoring.drop_model('views');

-- preview: what another model would show, with its notices; it writes nothing.
SELECT scoring.create_model('plain', $model$
{ "timezone": "UTC", "mode": "batch", "customers": { "table": "edge.customers", "key": "id" }, "into": "edge.plain_scores", "view": "edge.plain", "sources": { "events": { "table": "edge.events", "customer": "customer_id", "at": "at" } },
  "measures": { "events": { "take": "count", "from": "events", "description": "How many events" }, "total": { "take": "sum", "from": "events", "of": "amount", "where": "amount between -1000 and 10000" }, "largest": { "take": "maximum", "from": "events", "of": "amount" } },
  "scores": { "often": { "kind": "levels", "of": "events", "at_least": [1, 2], "labels": ["never", "once", "often"], "description": "How often" }, "value": { "kind": "quantile", "of": "total", "bins": 3 } } }
$model$);
\set variant '{ "timezone": "UTC", "mode": "batch", "customers": { "table": "edge.customers", "key": "id" }, "into": "edge.plain_scores", "view": "edge.plain", "sources": { "events": { "table": "edge.events", "customer": "customer_id", "at": "at" } }, "measures": { "events": { "take": "count", "from": "events" }, "total": { "take": "sum", "from": "events", "of": "amount", "where": "amount between -1000 and 10000" } }, "scores": { "often": { "kind": "quantile", "of": "events" }, "rich": { "kind": "abc", "of": "total", "strategy": "key_figure_percent", "shares": [0.99, 0.0, 0.01] } } }'
CREATE TEMP TABLE before AS SELECT md5(string_agg(s::text || xmin, ',' ORDER BY id)) AS rows FROM edge.plain_scores AS s;
SELECT score, group_value, level, label, lower, upper, bounds, customers, round(share::numeric, 4) AS share, notice FROM scoring.preview(:'variant');
SELECT (SELECT md5(string_agg(s::text || xmin, ',' ORDER BY id)) FROM edge.plain_scores AS s) = rows AS unchanged FROM before;

-- replace_model: grants, comments, indexes and dependent views stay; new columns come at the end.
CREATE ROLE regress_analyst;
GRANT SELECT ON edge.plain, edge.plain_scores TO regress_analyst;
COMMENT ON VIEW edge.plain IS 'for the dashboard';
COMMENT ON TABLE edge.plain_scores IS 'ours';
CREATE INDEX plain_by_value ON edge.plain_scores (value);
CREATE VIEW edge.dashboard AS SELECT id, value, total FROM edge.plain;
SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'edge.plain'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NOT NULL ORDER BY attnum;
CREATE FUNCTION pg_temp.what_stays() RETURNS TABLE (columns text, analyst_reads boolean, view_comment text, table_comment text, indexed boolean, dashboard bigint) LANGUAGE plpgsql AS $$ BEGIN
    RETURN QUERY SELECT (SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'edge.plain'::regclass AND attnum > 0 AND NOT attisdropped),
        has_table_privilege('regress_analyst', 'edge.plain', 'SELECT') AND has_table_privilege('regress_analyst', 'edge.plain_scores', 'SELECT'), obj_description('edge.plain'::regclass), obj_description('edge.plain_scores'::regclass),
        to_regclass('edge.plain_by_value') IS NOT NULL, (SELECT count(*) FROM edge.dashboard);
END $$;
SELECT * FROM pg_temp.what_stays();
CREATE TEMP TABLE document AS SELECT '{ "timezone": "UTC", "mode": "batch", "customers": { "table": "edge.customers", "key": "id" }, "into": "edge.plain_scores", "view": "edge.plain", "sources": { "events": { "table": "edge.events", "customer": "customer_id", "at": "at" } },
  "measures": { "events": { "take": "count", "from": "events", "description": "How many events" }, "total": { "take": "sum", "from": "events", "of": "amount", "where": "amount between -1000 and 10000" }, "first": { "take": "first", "from": "events" } },
  "scores": { "often": { "kind": "levels", "of": "events", "at_least": [1, 2], "labels": ["never", "once", "often"], "description": "How often" }, "new": { "kind": "abc", "of": "total" }, "value": { "kind": "quantile", "of": "total", "bins": 3 } } }'::json AS definition;
SELECT scoring.replace_model('plain', definition) FROM document;
SELECT * FROM pg_temp.what_stays();
SELECT id, events, total, first, often_label, new, new_level, value FROM edge.plain WHERE id IN (1, 2, 9, 12) ORDER BY id;
SELECT * FROM scoring.verify('plain');
-- The same document again changes nothing.
CREATE TEMP TABLE state AS SELECT md5(string_agg(s::text || xmin, ',' ORDER BY id)) AS rows, pg_relation_filenode('edge.plain_scores') AS file, (SELECT md5(string_agg(c::text, ',' ORDER BY c::text)) FROM scoring.cuts AS c) AS cuts FROM edge.plain_scores AS s;
SELECT scoring.replace_model('plain', definition) FROM document;
SELECT (SELECT md5(string_agg(s::text || xmin, ',' ORDER BY id)) FROM edge.plain_scores AS s) = rows AND pg_relation_filenode('edge.plain_scores') = file
       AND (SELECT md5(string_agg(c::text, ',' ORDER BY c::text)) FROM scoring.cuts AS c) = cuts AS unchanged FROM state;
-- A column that a view needs can neither go nor change its type; nothing is changed by trying.
SELECT pg_temp.fault(format('SELECT scoring.replace_model(''plain'', %L)', definition::jsonb #- '{scores,value}')) FROM document;
SELECT pg_temp.fault(format('SELECT scoring.replace_model(''plain'', %L)', jsonb_set(definition::jsonb, '{measures,total}', '{"take": "count", "from": "events"}'))) FROM document;
SELECT (SELECT md5(string_agg(s::text || xmin, ',' ORDER BY id)) FROM edge.plain_scores AS s) = rows AS unchanged FROM state;
SELECT * FROM pg_temp.what_stays();
-- One that nothing needs can.
SELECT scoring.replace_model('plain', (definition::jsonb #- '{scores,new}' #- '{measures,first}')::json) FROM document;
SELECT * FROM pg_temp.what_stays();

-- Names: of models, of tables, of customers.
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.fault(format('SELECT scoring.create_model(''plain'', %L)', :'variant'));
SELECT pg_temp.fault(format('SELECT scoring.create_model(''other'', %L)', :'variant'));
SELECT pg_temp.fault(format('SELECT scoring.create_model(''other'', %L)', :'variant'::jsonb || '{"into": "edge.other_scores"}'));
SELECT pg_temp.fault(format('SELECT scoring.create_model(%L, %L)', name, :'variant'::jsonb || '{"into": "edge.other_scores", "view": "edge.other"}')) FROM (VALUES (NULL), (''), ('  '), (repeat('x', 64)), (repeat('é', 32))) AS n (name);
SELECT format('%s: %s', format(call, name), pg_temp.fault(format('SELECT scoring.' || call, name)))
FROM unnest('{plan,PLAIN,"",NULL}'::text[]) AS name,
     unnest(ARRAY['replace_model(%L, (SELECT definition FROM document))', 'drop_model(%L)', 'refresh(%L)', 'catch_up(%L)', 'verify(%L)', 'repair(%L)', 'levels(%L)', 'explain(%L, ''1''::text)', 'explain(%L, 1)']) AS call;
SELECT pg_temp.fault(call)
FROM unnest(ARRAY['SELECT scoring.explain(''plain'', ''99''::text)', 'SELECT scoring.explain(''plain'', 99)', 'SELECT scoring.explain(''plain'', ''one''::text)', 'SELECT scoring.explain(''plain'', NULL::text)', 'SELECT scoring.explain(''plain'', NULL::int)',
                  'SELECT scoring.explain(''plain'', ''["1", "2"]''::text)', 'SELECT scoring.explain(''plain'', ''''::text)', 'SELECT scoring.explain(''plain'', 1.5)', 'SELECT scoring.explain(''plain'', date ''2026-01-01'')',
                  'SELECT scoring.explain(''plain'', 99999999999)', 'SELECT scoring.catch_up(''plain'', 0)', 'SELECT scoring.catch_up(''plain'', -1)', 'SELECT scoring.catch_up(''plain'', NULL)', 'SELECT scoring.catch_up(''plain'', 2147483648)']) AS call;
SELECT pg_temp.fault('SELECT scoring.drop_model(''plain'')');
\pset format aligned
\pset tuples_only off

-- drop_model: what others made of it is in the way; then nothing is left, and the name is free.
DROP VIEW edge.dashboard;
SELECT scoring.drop_model('plain');
SELECT scoring.drop_model('edges');
SELECT to_regclass('edge.plain') AS view, to_regclass('edge.plain_scores') AS score_table, to_regclass('edge.customers_scores') AS other, count(*) AS models FROM scoring.status;
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid IN ('edge.customers'::regclass, 'edge.events'::regclass) AND NOT tgisinternal;
SELECT count(*) AS cuts FROM scoring.cuts;
SELECT scoring.create_model('plain', :'variant');
SELECT scoring.drop_model('plain');
DROP ROLE regress_analyst;

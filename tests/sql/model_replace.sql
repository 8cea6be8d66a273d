-- replace_model: the score table and the view change in place, and what others made of them stays.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;

CREATE SCHEMA crm;
CREATE SCHEMA bi;
CREATE ROLE regress_owner;
CREATE ROLE regress_analyst;
CREATE ROLE regress_reader;
GRANT USAGE, CREATE ON SCHEMA crm TO regress_owner;
GRANT USAGE, CREATE ON SCHEMA bi TO regress_owner, regress_analyst;
GRANT USAGE ON SCHEMA crm TO regress_analyst, regress_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA scoring TO regress_owner;
SET ROLE regress_owner;
CREATE TABLE crm.customers (id int PRIMARY KEY, country text COLLATE "C" NOT NULL, points int);
CREATE TABLE crm.orders (customer_id int, at timestamptz, amount numeric);
INSERT INTO crm.customers SELECT i, (ARRAY['FR', 'BE', 'LU'])[1 + i % 3], i * 7 % 11 FROM generate_series(1, 12) AS i;
INSERT INTO crm.orders SELECT 1 + i % 10, timestamptz '2025-01-01 22:30+00' + i * interval '5 hours', 10 + i * i % 17 FROM generate_series(1, 60) AS i;

-- document(measures, scores, top): the document, with more measures and scores in the middle, and other keys instead of the time zone.
CREATE FUNCTION pg_temp.document(measures text DEFAULT '', scores text DEFAULT '', top text DEFAULT '') RETURNS json LANGUAGE sql AS $$
    SELECT format($model$ { "mode": "batch", %s "customers": { "table": "crm.customers", "key": "id" },
  "sources": { "orders": { "table": "crm.orders", "customer": "customer_id", "at": "at" } },
  "measures": { "orders": { "take": "count", "from": "orders" }, %s "total": { "take": "sum", "from": "orders", "of": "amount" } },
  "scores": { %s "value": { "kind": "quantile", "of": "total", "bins": 3, "labels": ["low", "middle", "high"] } } } $model$,
        coalesce(nullif(top, ''), '"timezone": "Europe/Paris",'), measures, scores)::json
$$;
\set more_measures '"country": { "take": "attribute", "of": "country" }, "points": { "take": "attribute", "of": "points" }, "last": { "take": "last", "from": "orders" }, "basket": { "take": "average", "from": "orders", "of": "amount" },'
\set more_scores '"class": { "kind": "abc", "of": "total", "within": "country" },'

-- columns(): the columns of the table and of the view, with their types. state(): all that must not change by itself.
CREATE FUNCTION pg_temp.columns(relation text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || coalesce(' collate ' || nullif(attcollation, (SELECT typcollation FROM pg_type WHERE oid = atttypid))::regcollation, ''), ', ' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = relation::regclass AND attnum > 0 AND NOT attisdropped
$$;
CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
    RETURN md5(concat_ws('/', (SELECT string_agg(s::text || xmin || ctid, ',' ORDER BY id) FROM crm.customers_scores AS s), (SELECT string_agg(m::text, ',') FROM scoring.status AS m), (SELECT string_agg(c::text, ',' ORDER BY c::text) FROM scoring.cuts AS c),
                     (SELECT string_agg(concat_ws(',', c.oid, relname, relacl, relowner, reloptions, relfilenode, attname, atttypid, attnum, attacl, col_description(c.oid, attnum), obj_description(c.oid, 'pg_class'), CASE relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END), ';' ORDER BY c.oid, attnum)
                      FROM pg_class AS c JOIN pg_attribute AS a ON attrelid = c.oid WHERE relnamespace IN ('crm'::regnamespace, 'bi'::regnamespace))));
END $$;
-- told(relation): its rights, options and comments.
CREATE FUNCTION pg_temp.told(relation text) RETURNS TABLE (what text, told text) LANGUAGE sql AS $$
    SELECT 'owner', pg_get_userbyid(relowner)::text FROM pg_class WHERE oid = relation::regclass
    UNION ALL SELECT 'rights', array_to_string(ARRAY(SELECT a::text FROM unnest(relacl) AS a ORDER BY 1), ' ') FROM pg_class WHERE oid = relation::regclass
    UNION ALL SELECT 'options', array_to_string(reloptions, ' ') FROM pg_class WHERE oid = relation::regclass
    UNION ALL SELECT 'comment', obj_description(relation::regclass, 'pg_class')
    UNION ALL (SELECT attname, concat_ws('; ', col_description(attrelid, attnum), attacl::text) FROM pg_attribute WHERE attrelid = relation::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum)
$$;

SELECT scoring.create_model('shop', pg_temp.document());
SELECT pg_temp.columns('crm.customers_scores') AS score_table, pg_temp.columns('crm.scored_customers') AS scored_view;

-- What others make of it: rights, comments, options, an index, a column, views of the view, of the table and of one another.
GRANT SELECT ON crm.scored_customers TO regress_analyst WITH GRANT OPTION;
GRANT SELECT (id, value, orders), UPDATE (id) ON crm.scored_customers TO regress_reader;
GRANT SELECT (value_label) ON crm.scored_customers TO PUBLIC;
GRANT SELECT ON crm.customers_scores TO regress_reader;
COMMENT ON VIEW crm.scored_customers IS 'for the dashboard';
COMMENT ON COLUMN crm.scored_customers.total IS 'in euros';
COMMENT ON COLUMN crm.scored_customers.orders IS NULL;
COMMENT ON COLUMN crm.customers_scores.total IS 'euros';
ALTER VIEW crm.scored_customers SET (security_barrier = true);
CREATE INDEX by_value ON crm.customers_scores (value);
ALTER TABLE crm.customers_scores ADD COLUMN note text DEFAULT 'none';
CREATE VIEW bi.by_table AS SELECT id, total FROM crm.customers_scores;
SET ROLE regress_analyst;
CREATE VIEW bi.board WITH (security_barrier = true, check_option = local) AS SELECT id, value_label, total FROM crm.scored_customers AS s WHERE value > 1;
CREATE VIEW bi."Top ""board""" AS SELECT b.id, value_label COLLATE "C" AS label, round(total, 1)::numeric(12,1) AS total FROM bi.board AS b WHERE total > 60;
CREATE VIEW bi.both AS SELECT s.id, b.total AS board, s.orders FROM crm.scored_customers AS s LEFT JOIN bi.board AS b USING (id);
CREATE MATERIALIZED VIEW bi.kept AS SELECT count(*) AS customers FROM bi.board;
GRANT SELECT ON bi.board, bi.both, bi."Top ""board""" TO regress_reader, regress_owner;
COMMENT ON COLUMN bi.board.total IS 'of the board';
SET ROLE regress_owner;

-- The same document changes nothing.
SELECT pg_temp.state() AS before \gset
SELECT scoring.replace_model('shop', pg_temp.document());
SELECT pg_temp.state() = :'before' AS unchanged;

-- A measure and a score in the middle come at the end.
SELECT scoring.replace_model('shop', pg_temp.document(:'more_measures', :'more_scores'));
SELECT pg_temp.columns('crm.customers_scores') AS score_table;
SELECT pg_temp.columns('crm.scored_customers') AS scored_view;
SELECT * FROM pg_temp.told('crm.scored_customers');
SELECT * FROM pg_temp.told('crm.customers_scores');
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'crm.customers_scores'::regclass ORDER BY 1::text;
SELECT id, orders, total, value, value_label, country, points, last, basket, class, class_level FROM crm.scored_customers ORDER BY id;
SELECT cuts_version, customers, state FROM scoring.status WHERE model = 'shop';
SELECT count(*) AS different FROM bi.board AS b FULL JOIN (SELECT id, total FROM crm.scored_customers WHERE value > 1) AS s USING (id) WHERE b.total IS DISTINCT FROM s.total;
SELECT * FROM scoring.verify('shop');

-- Columns that nothing needs go, and a type changes; the views of the view stay, those of others too.
CREATE TABLE pg_temp.views AS SELECT oid, relname, relowner, relacl, reloptions, pg_get_viewdef(oid) AS body, obj_description(oid) AS comment FROM pg_class WHERE relnamespace = 'bi'::regnamespace AND relkind IN ('v', 'm');
COMMENT ON COLUMN crm.customers_scores.points IS 'ours';
GRANT SELECT (points), SELECT (note) ON crm.customers_scores TO regress_reader;
GRANT SELECT (points), SELECT (basket) ON crm.scored_customers TO regress_reader;
SELECT scoring.replace_model('shop', pg_temp.document('"points": { "take": "attribute", "of": "points::text || '' points''" }, "country": { "take": "attribute", "of": "country" },'));
SELECT pg_temp.columns('crm.customers_scores') AS score_table;
SELECT pg_temp.columns('crm.scored_customers') AS scored_view;
SELECT * FROM pg_temp.told('crm.scored_customers');
SELECT * FROM pg_temp.told('crm.customers_scores');
SELECT relname, c.oid = v.oid AND c.relowner = v.relowner AND c.relacl IS NOT DISTINCT FROM v.relacl AND c.reloptions IS NOT DISTINCT FROM v.reloptions AND pg_get_viewdef(c.oid) = body AS the_same FROM pg_temp.views AS v FULL JOIN (SELECT * FROM pg_class WHERE relnamespace = 'bi'::regnamespace AND relkind IN ('v', 'm')) AS c USING (relname) ORDER BY relname COLLATE "C";
SELECT id, total, points, country, value FROM crm.scored_customers ORDER BY id LIMIT 3;
SELECT * FROM bi."Top ""board""" ORDER BY id;
SELECT * FROM bi.both ORDER BY id LIMIT 3;
SELECT has_table_privilege('regress_reader', 'crm.scored_customers', 'SELECT') AS all, has_column_privilege('regress_reader', 'crm.scored_customers', 'points', 'SELECT') AS points, has_column_privilege('regress_reader', 'crm.scored_customers', 'country', 'SELECT') AS country;
SELECT has_table_privilege('regress_analyst', 'crm.scored_customers', 'SELECT WITH GRANT OPTION') AS may_grant;
SET ROLE regress_analyst;
REFRESH MATERIALIZED VIEW bi.kept;
SET ROLE regress_owner;
SELECT count(*) AS different FROM bi.both AS b JOIN crm.scored_customers AS s USING (id) WHERE b.orders <> s.orders;
SELECT * FROM scoring.verify('shop');

-- What others depend on stays: nothing is changed by trying.
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.state() AS before \gset
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', replace(pg_temp.document()::text, '"value":', '"worth":')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', replace(replace(pg_temp.document()::text, '"take": "sum"', '"take": "maximum"'), '"of": "amount"', '"of": "amount::float8"')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document('"points": { "take": "attribute", "of": "nothing" },')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document('"points": { "take": "attribute", "of": "10 / (id - 3)" },')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document('"note": { "take": "attribute", "of": "country" },')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', replace(pg_temp.document()::text, '"key": "id"', '"key": "points"')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', replace(replace(pg_temp.document()::text, '"key": "id"', '"key": ["id", "country"]'), '"customer_id"', '["customer_id", "''FR''"]')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document(top => '"into": "crm.orders",')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document(top => '"view": "bi.board",')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document(top => '"view": "crm.customers_scores", "into": "crm.scored_customers",')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document(top => '"view": "nowhere.scored",')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document(top => '"timezone": "Europe/Nowhere",')));
SELECT pg_temp.fault('SELECT scoring.replace_model(''shop'', NULL)');
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shopp', pg_temp.document()));
SET ROLE regress_analyst;
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document()));
RESET ROLE;
GRANT EXECUTE ON FUNCTION scoring.replace_model TO regress_analyst;
SET ROLE regress_analyst;
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document()));
SET ROLE regress_owner;
SELECT pg_temp.state() = :'before' AS unchanged;
-- What cannot be kept while the view is made anew: materialized views of it, functions, rules, policies, what has its rows' type.
CREATE MATERIALIZED VIEW bi.stored AS SELECT country FROM crm.scored_customers;
CREATE FUNCTION bi.best() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM crm.scored_customers WHERE value = 3; END;
CREATE FUNCTION bi.of_row(customer crm.scored_customers) RETURNS int LANGUAGE sql AS 'SELECT customer.value';
CREATE VIEW bi.whole AS SELECT s AS whole FROM crm.scored_customers AS s;
CREATE RULE nothing AS ON DELETE TO crm.scored_customers DO INSTEAD NOTHING;
CREATE RULE copies AS ON INSERT TO crm.orders DO ALSO SELECT country FROM crm.scored_customers WHERE id = new.customer_id;
ALTER TABLE crm.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY good ON crm.orders USING (EXISTS (SELECT FROM crm.scored_customers WHERE id = customer_id AND country = 'FR'));
CREATE INDEX by_country ON crm.customers_scores (upper(country));
CREATE STATISTICS crm.together ON country, value FROM crm.customers_scores;
SELECT pg_temp.state() AS before \gset
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document()));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document('"country": { "take": "attribute", "of": "country" }, ')));
SELECT pg_temp.state() = :'before' AS unchanged;
DROP POLICY good ON crm.orders;
ALTER TABLE crm.orders DISABLE ROW LEVEL SECURITY;
DROP RULE nothing ON crm.scored_customers;
DROP RULE copies ON crm.orders;
DROP STATISTICS crm.together;
DROP INDEX crm.by_country;
DROP MATERIALIZED VIEW bi.stored;
DROP FUNCTION bi.best;
DROP VIEW bi.whole;
DROP FUNCTION bi.of_row;
-- A view that counts columns, and would read others.
CREATE VIEW bi.shifted AS SELECT two, eight FROM crm.scored_customers AS s (one, two, three, four, five, six, seven, eight);
SELECT pg_temp.columns('crm.scored_customers');
SELECT pg_temp.state() AS before \gset
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document('"points": { "take": "attribute", "of": "points::text" },')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document('"points": { "take": "attribute", "of": "points::text" }, "smallest": { "take": "minimum", "from": "orders", "of": "amount" },')));
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document('"points": { "take": "attribute", "of": "points::text" }, "nick": { "take": "attribute", "of": "id::text" },')));
SELECT pg_temp.state() = :'before' AS unchanged;
DROP VIEW bi.shifted;
-- One that joins by the names that both had goes on so.
CREATE TABLE bi.names (id int, nick text);
INSERT INTO bi.names VALUES (1, 'one');
CREATE VIEW bi.natural AS SELECT id, nick FROM crm.scored_customers NATURAL JOIN bi.names;
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document('"nick": { "take": "attribute", "of": "id::text" },')));
SELECT * FROM bi.natural;
DROP VIEW bi.natural;
-- A view whose owner may not make any.
RESET ROLE;
CREATE SCHEMA board CREATE VIEW board AS SELECT id, value FROM crm.scored_customers;
ALTER VIEW board.board OWNER TO regress_reader;
SET ROLE regress_owner;
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document()));
RESET ROLE;
DROP SCHEMA board CASCADE;
SET ROLE regress_owner;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document()));
ROLLBACK;
\pset format aligned
\pset tuples_only off

-- The table changes and the view does not: what reads the view stays. Comments of ours change with the document, and those of users do not.
SELECT scoring.replace_model('shop', pg_temp.document('"heat": { "take": "sum", "from": "orders", "of": "amount", "half_life": "3 days" },'));
CREATE VIEW bi.hot AS SELECT id, heat FROM crm.scored_customers;
CREATE MATERIALIZED VIEW bi.hottest AS SELECT max(heat) AS heat FROM crm.scored_customers;
SELECT pg_temp.columns('crm.customers_scores') AS score_table, pg_temp.columns('crm.scored_customers') AS scored_view;
SELECT scoring.replace_model('shop', replace(pg_temp.document('"heat": { "take": "attribute", "of": "points::float8", "description": "How hot" },')::text, '"kind": "quantile",', '"kind": "quantile", "description": "How good",')::json);
SELECT pg_temp.columns('crm.customers_scores') AS score_table, pg_temp.columns('crm.scored_customers') AS scored_view;
SELECT * FROM pg_temp.told('crm.scored_customers');
SELECT count(*) FILTER (WHERE h.heat <> c.points) AS wrong FROM bi.hot AS h JOIN crm.customers AS c USING (id);
DROP MATERIALIZED VIEW bi.hottest;
DROP VIEW bi.hot;

-- The zone stays where the document names none, and becomes the one that it names.
SET TimeZone = 'Asia/Tokyo';
SELECT scoring.replace_model('shop', pg_temp.document('"last": { "take": "last", "from": "orders" },', top => '"description": "no zone",'));
SELECT timezone, cuts_version FROM scoring.status WHERE model = 'shop';
CREATE TEMP TABLE of_paris AS SELECT id, last FROM crm.scored_customers;
SELECT scoring.replace_model('shop', pg_temp.document('"last": { "take": "last", "from": "orders" },', top => '"timezone": "Asia/Tokyo",'));
SELECT timezone, cuts_version FROM scoring.status WHERE model = 'shop';
SELECT count(*) FILTER (WHERE p.last <> s.last) AS on_another_day, count(*) FILTER (WHERE s.last <> (SELECT max(at AT TIME ZONE 'Asia/Tokyo')::date FROM crm.orders WHERE customer_id = id)) AS wrong FROM of_paris AS p JOIN crm.scored_customers AS s USING (id);
RESET TimeZone;

-- The table and the view move, with all that is theirs.
SELECT scoring.replace_model('shop', pg_temp.document(top => '"into": "crm.points_of_customers", "view": "bi.scored",'));
SELECT score_table, scored_view, state FROM scoring.status WHERE model = 'shop';
SELECT pg_temp.columns('crm.points_of_customers') AS score_table, pg_temp.columns('bi.scored') AS scored_view;
SELECT to_regclass('crm.scored_customers') AS view, to_regclass('crm.customers_scores') AS score_table;
SELECT what, told FROM pg_temp.told('bi.scored') WHERE what IN ('rights', 'options', 'comment', 'total');
SELECT count(*) AS board FROM bi.board;
CREATE TABLE bi.points_of_customers ();
CREATE TABLE crm.points ();
SELECT scoring.replace_model('shop', pg_temp.document(top => '"into": "bi.points", "view": "crm.scored_customers",'));
SELECT score_table, scored_view, state FROM scoring.status WHERE model = 'shop';
SELECT scoring.replace_model('shop', pg_temp.document(top => '"into": "crm.scored_customers", "view": "crm.\"Viewed\"",'));
SELECT score_table, scored_view, state FROM scoring.status WHERE model = 'shop';
SELECT count(*) AS board FROM bi.board;
SELECT * FROM scoring.verify('shop');

-- A column that somebody dropped or changed is made again by the same document, and so is a view that was dropped; an owner that the view was given stays.
DROP VIEW crm."Viewed" CASCADE;
ALTER TABLE crm.scored_customers DROP COLUMN value_label, ALTER orders TYPE text;
SELECT scoring.replace_model('shop', pg_temp.document(top => '"into": "crm.scored_customers", "view": "crm.\"Viewed\"",'));
SELECT pg_temp.columns('crm."Viewed"') AS scored_view, pg_temp.columns('crm.scored_customers') AS score_table;
SELECT * FROM scoring.verify('shop');
RESET ROLE;
ALTER VIEW crm."Viewed" OWNER TO regress_analyst;
SELECT pg_temp.fault(format('SELECT scoring.replace_model(%L, %L)', 'shop', pg_temp.document(:'more_measures', top => '"into": "crm.scored_customers", "view": "crm.\"Viewed\"",')));
GRANT regress_analyst TO regress_owner;
GRANT CREATE ON SCHEMA crm TO regress_analyst;
SELECT scoring.replace_model('shop', pg_temp.document(:'more_measures', top => '"into": "crm.scored_customers", "view": "crm.\"Viewed\"",'));
SELECT scoring.replace_model('shop', pg_temp.document(top => '"into": "crm.scored_customers", "view": "crm.\"Viewed\"",'));
SELECT what, told FROM pg_temp.told('crm."Viewed"') WHERE what IN ('owner', 'rights');

-- What the former document read may be gone, and a source's column of another type.
ALTER TABLE crm.orders RENAME TO bought;
ALTER TABLE crm.bought ALTER amount TYPE float8;
SELECT scoring.replace_model('shop', replace(pg_temp.document('"largest": { "take": "maximum", "from": "orders", "of": "amount" },', top => '"into": "crm.scored_customers", "view": "crm.\"Viewed\"",')::text, 'crm.orders', 'crm.bought')::json);
SELECT pg_temp.columns('crm."Viewed"') AS scored_view;
SELECT * FROM scoring.verify('shop');

-- Rows that change by the clock have an index; a model that was built later is built now.
SELECT scoring.create_model('later', '{ "into": "crm.later_scores", "view": "crm.later", "mode": "batch", "timezone": "UTC", "customers": { "table": "crm.customers", "key": "id" }, "sources": {}, "measures": { "points": { "take": "attribute", "of": "points" } }, "scores": { "level": { "kind": "quantile", "of": "points" } } }', 'later');
\set clocked '{ "into": "crm.later_scores", "view": "crm.later", "mode": "batch", "timezone": "UTC", "customers": { "table": "crm.customers", "key": "id" }, "sources": { "bought": { "table": "crm.bought", "customer": "customer_id", "at": "at" } }, "measures": { "points": { "take": "attribute", "of": "points" }, "recent": { "take": "count", "from": "bought", "window": "1 year" } }, "scores": { "level": { "kind": "quantile", "of": "points" } } }'
SELECT scoring.replace_model('later', :'clocked');
SELECT cuts_version, customers, state FROM scoring.status WHERE model = 'later';
SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'crm.later_scores'::regclass ORDER BY 1::text;
SELECT scoring.replace_model('later', (:'clocked'::jsonb #- '{measures,recent}' #- '{sources,bought}')::json);
SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'crm.later_scores'::regclass ORDER BY 1::text;
SELECT * FROM scoring.verify('later');

SELECT scoring.drop_model('later');
SELECT pg_temp.fault('SELECT scoring.drop_model(''shop'')');
DROP VIEW bi.by_table;
SELECT scoring.drop_model('shop');
SET client_min_messages = error;
DROP SCHEMA crm, bi CASCADE;
DROP OWNED BY regress_owner, regress_analyst, regress_reader;
DROP ROLE regress_owner, regress_analyst, regress_reader;

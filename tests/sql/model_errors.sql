-- Documents that only the database can refuse: each with its SQLSTATE, message, detail (the JSON Pointer of the culprit) and hint.
--
-- What the document alone tells is in tests/documents/bad.json. A case is a patch of one good document: JSON Pointers and what they become.

\pset format unaligned
\pset tuples_only on
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;

CREATE SCHEMA bad;
CREATE TABLE bad.customers (id int PRIMARY KEY, company int NOT NULL, number int NOT NULL, email text UNIQUE, code int UNIQUE, plain int NOT NULL, key_id uuid NOT NULL UNIQUE, country text, data json, born date,
                            place point, active boolean, score int, UNIQUE (company, number));
CREATE UNIQUE INDEX ON bad.customers (plain) WHERE active;
CREATE UNIQUE INDEX ON bad.customers ((score + 1));
CREATE TABLE bad.orders (id int PRIMARY KEY, customer_id int, ordered_at timestamptz, day date, moment time, note text, amount numeric, paid boolean, data json, place point, sku text, took interval, rate float8);
CREATE TABLE bad.lines (id int PRIMARY KEY, order_id int, sku text, price numeric, amount text);
CREATE TABLE bad.products (sku text, shop int, name text, UNIQUE (shop, sku));
CREATE UNIQUE INDEX ON bad.products (sku) WHERE shop = 1;
INSERT INTO bad.customers SELECT i, i, 1, NULL, NULL, i % 3, md5(i::text)::uuid, 'FR', '{}', '2000-01-01', '(0,0)', false, 10 * i FROM generate_series(1, 9) AS i;
INSERT INTO bad.orders SELECT i, i, '2026-01-01 00:00:00+00', '2026-01-01', '12:00', 'note', i, true, '{}', '(0,0)', 'sku', '1 day', 1 FROM generate_series(1, 9) AS i;
INSERT INTO bad.lines SELECT i, i, 'sku', i, 'x' FROM generate_series(1, 9) AS i;

-- Other kinds of relations, functions of every volatility, names that are taken.
CREATE VIEW bad.orders_view AS TABLE bad.orders;
CREATE VIEW bad.customers_view AS TABLE bad.customers;
CREATE MATERIALIZED VIEW bad.orders_kept AS TABLE bad.orders;
CREATE UNLOGGED TABLE bad.orders_unlogged (LIKE bad.orders);
CREATE TEMP TABLE orders_temp (LIKE bad.orders);
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE bad.orders_abroad (id int, customer_id int, ordered_at timestamptz, amount numeric) SERVER nowhere;
CREATE TABLE bad.orders_by_year (LIKE bad.orders) PARTITION BY RANGE (ordered_at);
CREATE TABLE bad.orders_2026 PARTITION OF bad.orders_by_year FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
CREATE SEQUENCE bad.numbers;
CREATE TYPE bad.pair AS (customer_id int, ordered_at timestamptz);
CREATE FUNCTION bad.is_volatile(numeric) RETURNS boolean LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN true; END';
CREATE FUNCTION bad.is_stable(numeric) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN true; END';
CREATE FUNCTION bad.is_inlined(numeric) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT $1 > 0';
CREATE FUNCTION bad.always_fails(numeric) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'it fails' USING ERRCODE = 'ZZ001'; END $$;
CREATE TABLE bad.taken (id int);
CREATE VIEW bad.taken_view AS SELECT 1 AS one;
CREATE INDEX taken_index ON bad.taken (id);

CREATE TABLE good AS SELECT '{
    "timezone": "UTC", "mode": "batch", "customers": { "table": "bad.customers", "key": "id" }, "into": "bad.scores", "view": "bad.scored",
    "sources": { "orders": { "table": "bad.orders", "customer": "customer_id", "at": "ordered_at" },
                 "lines": { "table": "bad.lines", "joins": { "o": { "table": "bad.orders", "on": "order_id", "key": "id" } }, "customer": "o.customer_id", "at": "o.ordered_at" } },
    "measures": { "orders": { "take": "count", "from": "orders" }, "spent": { "take": "sum", "from": "orders", "of": "amount" }, "last": { "take": "last", "from": "lines" }, "country": { "take": "attribute", "of": "country" } },
    "scores": { "value": { "kind": "quantile", "of": "spent" } }
}'::jsonb AS document;

-- patched(patch): the good document with a value at each JSON Pointer.
CREATE FUNCTION public.patched(patch jsonb) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    document jsonb := (SELECT g.document FROM public.good AS g);
    pointer text;
    value jsonb;
BEGIN
    FOR pointer, value IN SELECT * FROM jsonb_each(patch) LOOP
        document := jsonb_set(document, string_to_array(substr(pointer, 2), '/'), value);
    END LOOP;
    RETURN document::json;
END $$;

-- The cases; where several codes would do, the column is a pattern.
CREATE TABLE wrong (number int GENERATED ALWAYS AS IDENTITY, what text, wanted text, patch jsonb);
INSERT INTO wrong (what, wanted, patch) VALUES
-- Tables.
('a customers table that is not there', '42P01', '{"/customers/table": "bad.custmers"}'),
('a source table that is not there', '42P01', '{"/sources/orders/table": "bad.ordres"}'),
('a joined table that is not there', '42P01', '{"/sources/lines/joins/o/table": "bad.orderz"}'),
('a schema that is not there', '3F000', '{"/sources/orders/table": "baad.orders"}'),
('a table without its schema, which the search_path has not', '42P01', '{"/sources/orders/table": "orders"}'),
('a name with an empty part', '42602', '{"/sources/orders/table": "bad..orders"}'),
('a name of four parts', '42602', '{"/sources/orders/table": "a.b.bad.orders"}'),
('a name with a quote that is not closed', '42602', '{"/sources/orders/table": "bad.\"orders"}'),
('a query for a table', '42602', '{"/sources/orders/table": "(select * from bad.orders)"}'),
-- Columns.
('a key that is not there', '42703', '{"/customers/key": "idd"}'),
('a part of a key that is not there', '42703', '{"/customers/key": ["company", "nummer"], "/sources": {}, "/measures": {"country": {"take": "attribute", "of": "country"}, "score": {"take": "attribute", "of": "score"}}, "/scores": {"value": {"kind": "quantile", "of": "score"}}}'),
('a column of customers.where that is not there', '42703', '{"/customers/where": "actve"}'),
('a column of customer that is not there', '42703', '{"/sources/orders/customer": "custmer_id"}'),
('a column of at that is not there', '42703', '{"/sources/orders/at": "order_at"}'),
('a column of where that is not there', '42703', '{"/sources/orders/where": "payed"}'),
('a column of a measure that is not there', '42703', '{"/measures/spent/of": "amuont"}'),
('a column of the where of a measure that is not there', '42703', '{"/measures/orders/where": "stage = 1"}'),
('a column of weights that is not there', '42703', '{"/measures/spent/weights": {"of": "currency", "values": {"EUR": 1}}}'),
('a column of an attribute that is not there', '42703', '{"/measures/country/of": "contry"}'),
('an attribute of a source', '42703', '{"/measures/country/of": "amount"}'),
('a column of on that is not there', '42703', '{"/sources/lines/joins/o/on": "orderid"}'),
('a column of a joined key that is not there', '42703', '{"/sources/lines/joins/o/key": "idd"}'),
('a column of a joined table that is not there', '42703', '{"/sources/lines/customer": "o.custmer_id"}'),
('an alias that is not there', '42P01|42703', '{"/sources/lines/customer": "x.customer_id"}'),
('an alias of a later join', '42P01|42703', '{"/sources/lines/joins": {"p": {"table": "bad.products", "on": ["1", "z.sku"], "key": ["shop", "sku"]}, "z": {"table": "bad.orders", "on": "order_id", "key": "id"}}, "/sources/lines/customer": "z.customer_id", "/sources/lines/at": "z.ordered_at"}'),
('a column that only one of two sources has', '42703', '{"/measures/spent": {"take": "sum", "from": ["orders", "lines"], "of": "price"}}'),
('a column of a value in from that is not there', '42703', '{"/measures/spent": {"take": "sum", "from": {"orders": "amount", "lines": "prize"}}}'),
('a function that is not there', '42883', '{"/sources/orders/where": "is_paid(amount)"}'),
('an operator that is not there', '42883', '{"/sources/orders/where": "note + 1 = 2"}'),
('a type that is not there', '42704', '{"/measures/spent/of": "amount::monney"}'),
('a collation that is not there', '42704', '{"/sources/orders/where": "note < ''b'' collate \"xx_XX\""}'),
-- Kinds of relations.
('customers in a view, live', '42809', '{"/mode": "live", "/customers/table": "bad.customers_view"}'),
('customers in a view, deferred', '42809', '{"/mode": "deferred", "/customers/table": "bad.customers_view"}'),
('a source that is a view, live', '42809', '{"/mode": "live", "/sources/orders/table": "bad.orders_view"}'),
('a source that is a view, deferred', '42809', '{"/mode": "deferred", "/sources/orders/table": "bad.orders_view"}'),
('a source that is a view, batch', 'no error', '{"/sources/orders/table": "bad.orders_view"}'),
('a materialized view, live', '42809', '{"/mode": "live", "/sources/orders/table": "bad.orders_kept"}'),
('a materialized view, batch', 'no error', '{"/sources/orders/table": "bad.orders_kept"}'),
('a foreign table, live', '42809', '{"/mode": "live", "/sources/orders/table": "bad.orders_abroad"}'),
('a foreign table of a wrapper that does nothing, batch', '55000', '{"/sources/orders/table": "bad.orders_abroad"}'),
('an unlogged table, live', '0A000', '{"/mode": "live", "/sources/orders/table": "bad.orders_unlogged"}'),
('an unlogged table, deferred', '0A000', '{"/mode": "deferred", "/sources/orders/table": "bad.orders_unlogged"}'),
('an unlogged table, batch', 'no error', '{"/sources/orders/table": "bad.orders_unlogged"}'),
('a temporary table, live', '0A000', '{"/mode": "live", "/sources/orders/table": "pg_temp.orders_temp"}'),
('a catalog, live', '42809', '{"/mode": "live", "/sources/orders": {"table": "pg_catalog.pg_class", "customer": "relnatts::int"}, "/measures/spent/of": "relpages", "/sources/orders/where": "true"}'),
('a leaf partition, live', '42809', '{"/mode": "live", "/sources/orders/table": "bad.orders_2026"}'),
('a leaf partition, batch', 'no error', '{"/sources/orders/table": "bad.orders_2026"}'),
('a partitioned table, batch', 'no error', '{"/sources/orders/table": "bad.orders_by_year"}'),
('a sequence', '42809', '{"/sources/orders/table": "bad.numbers"}'),
('an index', '42809', '{"/sources/orders/table": "bad.taken_index"}'),
('a type', '42809', '{"/sources/orders/table": "bad.pair"}'),
('a joined view, batch', '42809', '{"/sources/lines/joins/o/table": "bad.orders_view"}'),
-- The key of the customers.
('a key that is not unique', '22023', '{"/mode": "live", "/customers/key": "plain"}'),
('a key of which only some rows are unique', '22023', '{"/mode": "live", "/customers/key": "plain", "/customers/where": "active"}'),
('a key that may be NULL', '22023', '{"/mode": "live", "/customers/key": "code"}'),
('a key of which an expression is unique', '22023', '{"/mode": "live", "/customers/key": "score"}'),
('a part of a unique key', '22023', '{"/mode": "live", "/customers/key": "number"}'),
('a key that cannot be ordered', '22023|42804', '{"/mode": "live", "/customers/key": "data"}'),
('a key that two customers have, batch', '23505', '{"/customers/key": "plain"}'),
('a key that is NULL, batch', '23502', '{"/customers/key": "code"}'),
('a customer of another type', '42804', '{"/sources/orders/customer": "note"}'),
('a customer that is a date', '42804', '{"/sources/orders/customer": "day"}'),
('a customer that is a number where the key is a uuid', '42804', '{"/customers/key": "key_id", "/sources/lines/customer": "o.customer_id"}'),
('two parts of which one is of another type', '42804', '{"/customers/key": ["company", "number"], "/sources/orders/customer": ["customer_id", "note"], "/sources/lines/customer": ["o.customer_id", "1"]}'),
-- Joins.
('a joined key that is not unique', '22023', '{"/sources/lines/joins/o/key": "customer_id"}'),
('a joined key of which only some rows are unique', '22023', '{"/sources/lines/joins/p": {"table": "bad.products", "on": "sku", "key": "sku"}}'),
('a joined key that is a part of a unique one', '22023', '{"/sources/lines/joins/p": {"table": "bad.products", "on": "id", "key": "shop"}}'),
('a joined key that is an expression without an index', '22023', '{"/sources/lines/joins/o/key": "id + 1"}'),
('a join of types that cannot be compared', '42883|42804', '{"/sources/lines/joins/o/on": "sku"}'),
('an on that is not immutable', '42P17', '{"/sources/lines/joins/o/on": "(random() * 10)::int"}'),
('a joined key with an aggregate', '42803', '{"/sources/lines/joins/o/key": "max(id)"}'),
-- What an expression may not hold.
('a where that is a number', '42804', '{"/sources/orders/where": "amount"}'),
('a where of customers that is a text', '42804', '{"/customers/where": "country"}'),
('a where of a measure that is a date', '42804', '{"/measures/orders/where": "day"}'),
('an aggregate', '42803', '{"/sources/orders/where": "sum(amount) > 1"}'),
('an aggregate in the value', '42803', '{"/measures/spent/of": "count(*)"}'),
('a window function', '42P20', '{"/sources/orders/where": "row_number() over () = 1"}'),
('a sub-select', '0A000', '{"/sources/orders/where": "(select true)"}'),
('an exists', '0A000', '{"/customers/where": "exists (select from bad.orders where customer_id = id)"}'),
('an in of a sub-select', '0A000', '{"/sources/orders/where": "id in (select id from bad.lines)"}'),
('an array of a sub-select', '0A000', '{"/sources/orders/where": "id = any (array(select id from bad.lines))"}'),
('a function that returns a set', '0A000', '{"/measures/spent/of": "generate_series(1, 3)"}'),
('a volatile function', '42P17', '{"/sources/orders/where": "random() < 0.5"}'),
('a volatile function of the user''s', '42P17', '{"/sources/orders/where": "bad.is_volatile(amount)"}'),
('a stable function', '42P17', '{"/sources/orders/where": "ordered_at < now()"}'),
('a stable function of the user''s', '42P17', '{"/sources/orders/where": "bad.is_stable(amount)"}'),
('a volatile function of which an immutable expression becomes, as in the predicate of an index', 'no error', '{"/sources/orders/where": "bad.is_inlined(amount)"}'),
('the current day', '42P17', '{"/sources/orders/where": "day < current_date"}'),
('the current user', '42P17', '{"/customers/where": "email = current_user"}'),
('a cast that the session''s time zone decides', '42P17', '{"/sources/orders/where": "ordered_at::date > ''2026-01-01''"}'),
('a cast that the session''s DateStyle decides', '42P17', '{"/measures/country/of": "born::text"}'),
('a comparison that the session''s time zone decides', '42P17', '{"/sources/orders/where": "day < ordered_at"}'),
('a volatile value in from', '42P17', '{"/measures/spent": {"take": "sum", "from": {"orders": "amount * random()", "lines": "1"}}}'),
('a volatile attribute', '42P17', '{"/measures/country/of": "clock_timestamp()"}'),
('a parameter', '42P02', '{"/sources/orders/where": "id = $1"}'),
('two expressions', '42601', '{"/sources/orders/where": "paid, true"}'),
('two statements', '42601', '{"/sources/orders/where": "true; drop table bad.orders"}'),
('a statement after the value', '42601', '{"/measures/spent/of": "amount; drop table bad.orders; --"}'),
('a parenthesis that is not closed', '42601', '{"/sources/orders/where": "(paid"}'),
('a parenthesis that is not opened', '42601', '{"/sources/orders/where": "paid)"}'),
('parentheses the wrong way round', '42601', '{"/sources/orders/where": "paid) or (true"}'),
('an expression that ends one call and begins another', '42601', '{"/measures/spent/of": "amount), count(id"}'),
('a comment that is not closed', '42601', '{"/sources/orders/where": "paid /* it is"}'),
('a comment that is closed too soon', '42601', '{"/sources/orders/where": "paid */ or true"}'),
('nothing but a comment', '42601', '{"/sources/orders/where": "-- paid"}'),
('a comment that would hide what follows', '42601', '{"/sources/orders/where": "paid) --"}'),
('a text that is not closed', '42601', '{"/sources/orders/where": "note = ''a"}'),
('a name that is not closed', '42601', '{"/sources/orders/where": "\"paid"}'),
('a from', '42601', '{"/sources/orders/where": "paid from bad.orders"}'),
('a union', '42601', '{"/sources/orders/where": "paid union select true"}'),
('an order', '42601', '{"/measures/spent/of": "amount order by 1"}'),
('an alias', '42601', '{"/measures/spent/of": "amount as x"}'),
('a star', '42601', '{"/measures/spent/of": "*"}'),
('a default', '42601', '{"/measures/spent/of": "default"}'),
('a number beyond numeric', '22003', '{"/sources/orders/where": "amount > 1e400000"}'),
('a date that is not on the calendar', '22008', '{"/sources/orders/where": "day > ''2026-13-01''"}'),
('a date that is none', '22007', '{"/sources/orders/where": "day > ''soon''"}'),
('a number that is none', '22P02', '{"/sources/orders/where": "amount > ''x''"}'),
('an expression that fails for every row', 'ZZ001', '{"/sources/orders/where": "bad.always_fails(amount)"}'),
('a division by 0', '22012', '{"/measures/spent/of": "amount / (id - id)"}'),
-- Types that do not fit.
('an at that is a text', '42804', '{"/sources/orders/at": "note"}'),
('an at that is a time', '42804', '{"/sources/orders/at": "moment"}'),
('an at that is a number', '42804', '{"/sources/orders/at": "id"}'),
('a sum of texts', '42804', '{"/measures/spent/of": "note"}'),
('a sum of dates', '42804', '{"/measures/spent/of": "day"}'),
('a sum of truths', '42804', '{"/measures/spent/of": "paid"}'),
('an average of dates', '42804', '{"/measures/spent": {"take": "average", "from": "orders", "of": "day"}}'),
('a decayed sum of dates', '42804', '{"/measures/spent": {"take": "sum", "from": "orders", "of": "day", "half_life": "3 days"}}'),
('a sum of numbers and texts', '42804', '{"/measures/spent": {"take": "sum", "from": {"orders": "amount", "lines": "amount"}}}'),
('a minimum of a number and a text', '42804', '{"/measures/least": {"take": "minimum", "from": {"orders": "amount", "lines": "sku"}}}'),
('a minimum of JSON', '42804', '{"/measures/least": {"take": "minimum", "from": "orders", "of": "data"}}'),
('a maximum of points', '42804', '{"/measures/most": {"take": "maximum", "from": "orders", "of": "place"}}'),
('different JSON', '42804', '{"/measures/different": {"take": "distinct", "from": "orders", "of": "data"}}'),
('weights of a number, which are matched by its text', 'no error', '{"/measures/spent/weights": {"of": "id", "values": {"1": 2}}}'),
('weights of a truth, which are matched by its text', 'no error', '{"/measures/spent/weights": {"of": "paid", "values": {"true": 2}}}'),
('a weighted text', '42804', '{"/measures/spent": {"take": "sum", "from": "orders", "of": "note", "weights": {"of": "sku", "values": {"a": 1}}}}'),
('an empty that is not of the type', '22P02', '{"/measures/most": {"take": "maximum", "from": "orders", "of": "id", "empty": "none"}}'),
('an empty with a fraction where the type has none', '22P02|42804|22023', '{"/measures/most": {"take": "maximum", "from": "orders", "of": "id", "empty": 1.5}}'),
('an empty that is no date', '22007', '{"/measures/last/empty": "never"}'),
('an empty that is not on the calendar', '22008', '{"/measures/last/empty": "2026-02-30"}'),
('an empty that is no truth', '22P02|42804', '{"/measures/was_paid": {"take": "last", "from": "orders", "of": "paid", "empty": "perhaps"}}'),
('a quantile of a text', '42804', '{"/scores/value/of": "country"}'),
('a quantile of a truth', '42804', '{"/measures/active": {"take": "attribute", "of": "active"}, "/scores/value/of": "active"}'),
('levels of a text', '42804', '{"/scores/value": {"kind": "levels", "of": "country", "at_least": [1]}}'),
('an abc of a date', '42804', '{"/measures/born": {"take": "attribute", "of": "born"}, "/scores/value": {"kind": "abc", "of": "born"}}'),
('negatives of a date', '42804|22023', '{"/measures/born": {"take": "attribute", "of": "born"}, "/scores/value": {"kind": "quantile", "of": "born", "negatives": "exclude"}}'),
('a recency that is a text', '42804', '{"/scores/rfm": {"kind": "rfm", "recency": "country", "frequency": "orders", "monetary": "spent"}}'),
('money that is a text', '42804', '{"/scores/rfm": {"kind": "rfm", "recency": "last", "frequency": "orders", "monetary": "country"}}'),
('an age of a text', '42804', '{"/measures/age": {"compute": "age", "of": "country", "unit": "days"}}'),
('a ratio of a text', '42804', '{"/measures/ratio": {"compute": "ratio", "of": ["country", "spent"]}}'),
('a difference of texts', '42804', '{"/measures/gap": {"compute": "difference", "of": ["country", "country"]}}'),
('the greatest of a text and a number', '42804', '{"/measures/top": {"compute": "greatest", "of": ["country", "spent"]}}'),
('the greatest of a date and a number', '42804', '{"/measures/born": {"take": "attribute", "of": "born"}, "/measures/top": {"compute": "greatest", "of": ["spent", "born"]}}'),
('within JSON', '42804', '{"/measures/data": {"take": "attribute", "of": "data"}, "/scores/value/within": "data"}'),
('a text compared with a number', '42804|22023', '{"/scores/value/only": {"of": "country", "above": 5}}'),
('a text that is one of some numbers', '42804|22023', '{"/scores/value/only": {"of": "country", "in": ["FR", 5]}}'),
('a truth compared with a number', '42804|22023', '{"/measures/active": {"take": "attribute", "of": "active"}, "/scores/value/only": {"of": "active", "equals": 1}}'),
('a number compared with a truth', '42804|22023', '{"/measures/score": {"take": "attribute", "of": "score"}, "/scores/value/only": {"of": "score", "equals": true}}'),
('a number compared with a text', '22P02|42804|22023', '{"/measures/score": {"take": "attribute", "of": "score"}, "/scores/value/only": {"of": "score", "equals": "ten"}}'),
('a date compared with what is none', '22007', '{"/scores/value/only": {"of": "last", "above": "yesteryear"}}'),
('a date that is between what is not on the calendar', '22008', '{"/scores/value/only": {"of": "last", "between": ["2026-01-01", "2026-13-01"]}}'),
('JSON compared with a text', '42804|42883', '{"/measures/data": {"take": "attribute", "of": "data"}, "/scores/value/only": {"of": "data", "equals": "{}"}}'),
-- Zones, names and places.
('a time zone that is not known', '22023', '{"/timezone": "Europe/Pariss"}'),
('a time zone of a source that is not known', '22023', '{"/sources/orders/timezone": "Mars/Olympus"}'),
('a score table whose name is taken by a table', '42P07', '{"/into": "bad.taken"}'),
('a score table whose name is taken by an index', '42P07', '{"/into": "bad.taken_index"}'),
('a score table whose name the customers have', '42P07', '{"/into": "bad.customers"}'),
('a score table whose name is taken by a type', '42710|42P07', '{"/into": "bad.pair"}'),
('a view whose name is taken by a view', '42P07', '{"/view": "bad.taken_view"}'),
('a view whose name is taken by a table', '42P07', '{"/view": "bad.orders"}'),
('a score table in a schema that is not there', '3F000', '{"/into": "baad.scores"}'),
('a view in a schema that is not there', '3F000', '{"/view": "baad.scored"}'),
('a score table in the catalog', '42501', '{"/into": "pg_catalog.scores"}'),
('a score table in the schema of the extension', '42501', '{"/into": "scoring.scores"}'),
('a temporary score table', '42501', '{"/into": "pg_temp.scores"}'),
('a score table without a name', '42602', '{"/into": "bad."}'),
('a score table whose name is too long', '42622', jsonb_build_object('/into', 'bad.' || repeat('x', 64))),
('a view whose name is too long', '42622', jsonb_build_object('/view', 'bad.' || repeat('é', 32)));

-- The good document is good.
SELECT pg_temp.fault($$SELECT scoring.create_model('good', public.patched('{"/into": "bad.good_scores", "/view": "bad.good_scored"}'))$$);

-- tried(call, patch): the error of one case; a model that came of it goes again.
CREATE FUNCTION pg_temp.tried(call text, patch jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text := pg_temp.fault(format('SELECT %s', format(call, public.patched(patch))));
BEGIN
    IF told = 'no error' AND call ~ 'create_model' THEN
        PERFORM scoring.drop_model('bad');
    END IF;
    RETURN told;
END $$;
CREATE TEMP TABLE told AS SELECT *, pg_temp.tried('scoring.create_model(''bad'', %L)', patch) AS told FROM wrong ORDER BY number;
SELECT format(E'%s. %s%s\n  %s', number, what, CASE WHEN told !~ ('^(' || wanted || ')( |$)') THEN format(' (WANTED %s)', wanted) END, regexp_replace(told, 'pg_temp_\d+', 'pg_temp')) FROM told ORDER BY number;
SELECT format('%s cases, %s not as wanted, %s internal errors', count(*), count(*) FILTER (WHERE told !~ ('^(' || wanted || ')( |$)')), count(*) FILTER (WHERE told ~ '^XX')) FROM told;
-- Each refusal says where: its detail has the JSON Pointer of one of the places that the case patched, or of one inside it. What fails in an
-- expression while rows are read says of which source.
SELECT format('%s. %s: %s', number, what, told) FROM told
WHERE told <> 'no error' AND told !~ '^(ZZ001|22012)' AND NOT EXISTS (SELECT FROM jsonb_object_keys(patch) AS pointer WHERE told ~ ('DETAIL: .*' || regexp_replace(pointer, '/[^/]*$', '')))
ORDER BY number;

-- preview refuses with the same words, but that it makes no table: a name may be taken.
SELECT format('%s. %s: %s', number, what, previewed)
FROM (SELECT *, pg_temp.fault(format('SELECT count(*) FROM scoring.preview(%L)', public.patched(patch))) AS previewed FROM told) AS p
WHERE previewed <> told AND NOT patch ?| '{/into,/view}' ORDER BY number;

-- replace_model refuses with the same words, and nothing of the model changes.
CREATE TEMP TABLE before AS SELECT (SELECT array_agg(s::text ORDER BY id) FROM bad.good_scores AS s) AS rows, (SELECT array_agg(attname) FROM pg_attribute WHERE attrelid = 'bad.good_scores'::regclass) AS columns;
SELECT format('%s. %s: %s', number, what, replaced)
FROM (SELECT *, pg_temp.fault(format('SELECT scoring.replace_model(''good'', %L)', public.patched(patch || '{"/into": "bad.good_scores", "/view": "bad.good_scored"}'))) AS replaced
      FROM told WHERE told <> 'no error' AND NOT patch ?| '{/into,/view,/mode}' AND NOT patch ? '/customers/key') AS r
WHERE replaced <> told ORDER BY number;
SELECT (SELECT array_agg(s::text ORDER BY id) FROM bad.good_scores AS s) IS NOT DISTINCT FROM rows AND (SELECT array_agg(attname) FROM pg_attribute WHERE attrelid = 'bad.good_scores'::regclass) = columns AS unchanged FROM before;

-- Nothing is left of what was refused.
SELECT count(*) AS models FROM scoring.status;
SELECT to_regclass('bad.scores') IS NULL AND to_regclass('bad.scored') IS NULL AND count(*) = 9 AS nothing_left FROM bad.orders;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid::regclass::text ~ '^bad\.' AND NOT tgisinternal;

-- Names of models, and documents that are none.
SELECT pg_temp.fault($$SELECT scoring.create_model(NULL, public.patched('{}'))$$);
SELECT pg_temp.fault($$SELECT scoring.create_model('', public.patched('{}'))$$);
SELECT pg_temp.fault($$SELECT scoring.create_model(repeat('x', 64), public.patched('{}'))$$);
SELECT pg_temp.fault($$SELECT scoring.create_model('bad', NULL)$$);
SELECT pg_temp.fault($$SELECT scoring.create_model('bad', '{"customers": ')$$);
SELECT pg_temp.fault($$SELECT scoring.create_model('bad', '[]')$$);
SELECT pg_temp.fault($$SELECT scoring.create_model('bad', public.patched('{}'), 'soon')$$);
SELECT pg_temp.fault($$SELECT scoring.create_model('bad', public.patched('{}'), NULL)$$);
SELECT pg_temp.fault($$SELECT scoring.preview(NULL)$$);

-- Transactions that cannot: REPEATABLE READ and SERIALIZABLE, and READ ONLY ones.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_temp.fault($$SELECT scoring.create_model('bad', public.patched('{}'))$$);
SELECT pg_temp.fault($$SELECT scoring.replace_model('good', public.patched('{}'))$$);
SELECT pg_temp.fault($$SELECT scoring.refresh('good')$$);
SELECT pg_temp.fault($$SELECT scoring.repair('good')$$);
SELECT pg_temp.fault($$SELECT scoring.catch_up('good')$$);
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT pg_temp.fault($$SELECT scoring.create_model('bad', public.patched('{}'))$$);
ROLLBACK;
BEGIN READ ONLY;
SELECT pg_temp.fault($$SELECT scoring.create_model('bad', public.patched('{}'))$$);
SELECT pg_temp.fault($$SELECT scoring.drop_model('good')$$);
ROLLBACK;

-- Who may: a role without EXECUTE, then with it but without the tables, with SELECT on them only, without the schema, and not the owner of the model.
CREATE ROLE regress_clerk;
GRANT SELECT ON good TO regress_clerk;
SET ROLE regress_clerk;
SELECT pg_temp.fault($$SELECT scoring.create_model('clerk', public.patched('{}'))$$);
RESET ROLE;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA scoring TO regress_clerk;
SET ROLE regress_clerk;
SELECT pg_temp.fault($$SELECT scoring.create_model('clerk', public.patched('{}'))$$);
RESET ROLE;
GRANT USAGE ON SCHEMA bad TO regress_clerk;
SET ROLE regress_clerk;
SELECT pg_temp.fault($$SELECT scoring.create_model('clerk', public.patched('{}'))$$);
SELECT pg_temp.fault($$SELECT scoring.preview(public.patched('{}'))$$);
RESET ROLE;
GRANT SELECT ON bad.customers, bad.orders, bad.lines TO regress_clerk;
SET ROLE regress_clerk;
SELECT pg_temp.fault($$SELECT scoring.create_model('clerk', public.patched('{}'))$$);
RESET ROLE;
GRANT CREATE ON SCHEMA bad TO regress_clerk;
REVOKE SELECT ON bad.orders FROM regress_clerk;
GRANT SELECT (id, customer_id, ordered_at) ON bad.orders TO regress_clerk;
SET ROLE regress_clerk;
SELECT pg_temp.fault($$SELECT scoring.create_model('clerk', public.patched('{}'))$$);
SELECT pg_temp.fault($$SELECT scoring.create_model('clerk', public.patched('{"/mode": "live"}'))$$);
SELECT pg_temp.fault($$SELECT scoring.create_model('clerk', public.patched('{"/mode": "deferred"}'))$$);
SELECT pg_temp.fault(format('SELECT scoring.%s', call))
FROM unnest(ARRAY['replace_model(''good'', public.patched(''{}''))', 'drop_model(''good'')', 'refresh(''good'')', 'repair(''good'')', 'catch_up(''good'')', 'verify(''good'')', 'explain(''good'', ''1''::text)', 'levels(''good'')']) AS call;
SELECT count(*) AS models_that_the_clerk_sees FROM scoring.status;
RESET ROLE;
SELECT scoring.drop_model('good');
DROP OWNED BY regress_clerk;
DROP ROLE regress_clerk;

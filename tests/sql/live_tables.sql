-- What live models may read: partitioned tables, keys of all kinds, tables with triggers of their own, one table for many models.

\pset null ''
-- The functions of a test have a schema whose number is another each time.
\set SHOW_CONTEXT never
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/truth.sql
SET client_min_messages = warning;
CREATE SCHEMA live;

-- Partitions of two levels, whose leaves have other columns in another order, and dropped ones; customers are partitioned too.
CREATE TABLE live.members (id int PRIMARY KEY, land text) PARTITION BY RANGE (id);
CREATE TABLE live.members_low PARTITION OF live.members FOR VALUES FROM (0) TO (100);
CREATE TABLE live.members_high (gone int, land text, id int NOT NULL);
ALTER TABLE live.members_high DROP COLUMN gone;
ALTER TABLE live.members ATTACH PARTITION live.members_high FOR VALUES FROM (100) TO (1000);
CREATE TABLE live.visits (id int, member int, at date, minutes int) PARTITION BY RANGE (at);
CREATE TABLE live.visits_old PARTITION OF live.visits FOR VALUES FROM ('2000-01-01') TO ('2025-01-01');
CREATE TABLE live.visits_new (minutes int, gone text, at date, also_gone int, member int, id int) PARTITION BY LIST (member);
ALTER TABLE live.visits_new DROP COLUMN gone, DROP COLUMN also_gone;
CREATE TABLE live.visits_new_1 (gone int, id int, minutes int, member int, at date);
ALTER TABLE live.visits_new_1 DROP COLUMN gone;
ALTER TABLE live.visits_new ATTACH PARTITION live.visits_new_1 FOR VALUES IN (1, 101);
CREATE TABLE live.visits_new_others PARTITION OF live.visits_new DEFAULT;
ALTER TABLE live.visits ATTACH PARTITION live.visits_new FOR VALUES FROM ('2025-01-01') TO ('2100-01-01');
CREATE INDEX ON live.visits (member);
INSERT INTO live.members SELECT g, 'FR' FROM generate_series(1, 20) AS g UNION ALL SELECT 100 + g, 'BE' FROM generate_series(1, 5) AS g;
INSERT INTO live.visits SELECT g, 1 + g % 20, date '2023-01-01' + g * 13, g % 50 FROM generate_series(1, 100) AS g;
ANALYZE live.members, live.visits;
SELECT scoring.create_model('live', '{
    "timezone": "UTC", "customers": { "table": "live.members", "key": "id" },
    "sources": { "visits": { "table": "live.visits", "customer": "member", "at": "at" },
                 "by_land": { "table": "live.visits", "joins": { "m": { "table": "live.members", "on": "member", "key": "id" } }, "customer": "m.id", "at": "at", "where": "m.land = ''FR''" } },
    "measures": { "visits": { "take": "count", "from": "visits" }, "minutes": { "take": "sum", "from": "visits", "of": "minutes" }, "last": { "take": "last", "from": "visits", "of": "minutes" },
                  "french": { "take": "count", "from": "by_land" }, "land": { "take": "attribute", "of": "members.land" } },
    "scores": { "level": { "kind": "quantile", "of": "minutes", "within": "land" } } }');
SELECT * FROM pg_temp.truth();
INSERT INTO live.visits VALUES (201, 1, '2025-02-01', 33), (202, 1, '2024-02-01', 34), (203, 2, '2025-02-01', 35), (204, 101, '2025-02-01', 36);
SELECT * FROM pg_temp.truth();
INSERT INTO live.visits_new_1 VALUES (205, 37, 1, '2025-02-02');
SELECT * FROM pg_temp.truth();
INSERT INTO live.visits_new (id, member, at, minutes) VALUES (206, 3, '2025-02-02', 38), (207, 101, '2025-02-02', 39);
SELECT * FROM pg_temp.truth();
COPY live.visits (id, member, at, minutes) FROM STDIN;
208	4	2024-03-01	40
209	101	2025-03-01	41
\.
SELECT * FROM pg_temp.truth();
UPDATE live.visits SET minutes = minutes + 1 WHERE id IN (201, 202, 203);
SELECT * FROM pg_temp.truth();
UPDATE live.visits_new_1 SET minutes = minutes + 1;
SELECT * FROM pg_temp.truth();
-- Rows move: to another leaf of the same level, to another level, to another customer.
UPDATE live.visits SET member = 101 WHERE id = 203;
SELECT * FROM pg_temp.truth();
UPDATE live.visits SET at = at + 700 WHERE id = 208;
SELECT * FROM pg_temp.truth();
UPDATE live.visits_new SET member = CASE member WHEN 101 THEN 5 ELSE 101 END WHERE id IN (204, 206);
SELECT * FROM pg_temp.truth();
DELETE FROM live.visits_new_others WHERE id = 204;
DELETE FROM live.visits WHERE id IN (202, 207);
SELECT * FROM pg_temp.truth();
INSERT INTO live.members_high (id, land) VALUES (110, 'FR');
UPDATE live.members SET land = 'BE' WHERE id = 1;
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
UPDATE live.members SET id = 120 WHERE id = 2;
DELETE FROM live.members_high WHERE id = 102;
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
TRUNCATE live.visits_old;
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
-- A new partition has no trigger of its own: what comes through the root is followed, what comes to the leaf itself verify finds.
CREATE TABLE live.visits_ancient PARTITION OF live.visits FOR VALUES FROM ('1900-01-01') TO ('2000-01-01');
INSERT INTO live.visits VALUES (301, 3, '1999-01-01', 10);
SELECT * FROM pg_temp.truth();
INSERT INTO live.visits_ancient VALUES (302, 3, '1999-01-01', 10);
SELECT * FROM pg_temp.truth();
SELECT scoring.repair('live');
SELECT * FROM pg_temp.truth();
SELECT scoring.drop_model('live');
SELECT count(*) AS triggers FROM pg_trigger WHERE tgname LIKE 'pg_scoring%';
DROP SCHEMA live CASCADE;

-- Keys: of several columns in another order than the primary key; texts of an own collation, uuids, numerics, dates.
CREATE EXTENSION citext SCHEMA public;
CREATE SCHEMA live;
CREATE COLLATION live.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE FUNCTION pg_temp.try_key(types text[], keys text[], others text[]) RETURNS TABLE (wrong bigint, marked text, scored bigint, rows bigint) LANGUAGE plpgsql AS $$
DECLARE
    columns text := (SELECT string_agg('k' || i || ' ' || type || ' NOT NULL', ', ') FROM unnest(types) WITH ORDINALITY AS t (type, i));
    names text := (SELECT string_agg('k' || i, ', ') FROM generate_subscripts(types, 1) AS i);
    statement text;
BEGIN
    EXECUTE format('CREATE TABLE live.people (%s, land text, PRIMARY KEY (%s))', columns, (SELECT string_agg('k' || i, ', ' ORDER BY i DESC) FROM generate_subscripts(types, 1) AS i));
    EXECUTE format('CREATE TABLE live.buys (%s, amount numeric)', replace(columns, 'NOT NULL', ''));
    EXECUTE format('INSERT INTO live.people VALUES (%s, 1), (%s, 2)', keys[1], keys[2]);
    EXECUTE format('INSERT INTO live.buys VALUES (%s, 1), (%s, 2)', keys[1], others[1]);
    PERFORM scoring.create_model('keys', format('{ "timezone": "UTC", "customers": { "table": "live.people", "key": %1$s },
        "sources": { "buys": { "table": "live.buys", "customer": %1$s } },
        "measures": { "n": { "take": "count", "from": "buys" }, "sum": { "take": "sum", "from": "buys", "of": "amount" }, "most": { "take": "maximum", "from": "buys", "of": "amount" } },
        "scores": { "l": { "kind": "quantile", "of": "sum" } } }', (SELECT json_agg('k' || i) FROM generate_subscripts(types, 1) AS i))::json);
    FOREACH statement IN ARRAY ARRAY[
        format('INSERT INTO live.buys VALUES (%s, 3), (%s, 4), (%s, 5)', keys[1], others[1], keys[2]),
        format('UPDATE live.buys SET (%s) = ROW (%s) WHERE amount = 4', names, others[2]),
        format('UPDATE live.people SET land = ''x'' WHERE (%s) = (%s)', names, others[2]),
        'UPDATE live.buys SET k1 = NULL WHERE amount = 1',
        'DELETE FROM live.buys WHERE amount = 3 OR k1 IS NULL',
        format('INSERT INTO live.people VALUES (%s, 3)', keys[3]),
        format('INSERT INTO live.buys VALUES (%s, 6)', others[3]),
        format('DELETE FROM live.people WHERE (%s) = (%s)', names, others[1])]
    LOOP
        EXECUTE statement;
        SELECT t.wrong, t.marked, cardinality(string_to_array(t.scored, ' ')) INTO wrong, marked, scored FROM pg_temp.truth('keys') AS t;
        SELECT count(*) INTO rows FROM live.people_scores;
        RETURN NEXT;
    END LOOP;
END $$;
CREATE PROCEDURE pg_temp.done() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scoring.drop_model('keys');
    DROP TABLE live.people, live.buys;
END $$;
SELECT * FROM pg_temp.try_key('{int,text}', $${"1, 'a'","2, 'b'","3, 'c'"}$$, $${"1, 'a'","2, 'b'","3, 'c'"}$$);
SELECT * FROM scoring.catch_up('keys');
SELECT * FROM pg_temp.truth('keys');
CALL pg_temp.done();
SELECT * FROM pg_temp.try_key('{uuid}', $${'00000000-0000-0000-0000-00000000000a','00000000-0000-0000-0000-000000000002','00000000-0000-0000-0000-000000000003'}$$,
                              $${'0000000000000000000000000000000A','00000000000000000000000000000002','00000000000000000000000000000003'}$$);
CALL pg_temp.done();
SELECT * FROM pg_temp.try_key('{numeric,date}', $${"1, '2025-01-02'","2.50, '-infinity'","1e30, '2025-01-01'"}$$, $${"1.000, '2025-01-02'","2.5, '-infinity'","1000000000000000000000000000000.0, '2025-01-01'"}$$);
CALL pg_temp.done();
-- A collation that takes different texts for equal is refused; citext is not.
SELECT * FROM pg_temp.try_key('{text COLLATE live.any_case}', $${'Ada','ben','Zoé'}$$, $${'ADA','Ben','zoé'}$$);
SELECT * FROM pg_temp.try_key('{citext}', $${'Ada','ben','Zoé'}$$, $${'ADA','Ben','zoé'}$$);
CALL pg_temp.done();
SELECT * FROM pg_temp.try_key('{float8}', $${'0','1e-300','NaN'}$$, $${'-0','0.1e-299','NaN'}$$);
CALL pg_temp.done();
SELECT * FROM pg_temp.try_key('{timestamptz,smallint,"char"}', $${"'2025-01-01 00:00+00', 1, 'a'","'infinity', 2, 'b'","'-infinity', -3, 'c'"}$$, $${"'2025-01-01 01:00+01', 1, 'a'","'infinity', 2, 'b'","'-infinity', -3, 'c'"}$$);
CALL pg_temp.done();
DROP SCHEMA live CASCADE;
DROP EXTENSION citext;

-- Triggers of the CRM's own, before and after each row, that write events of the same customer; and several models on the same tables.
CREATE SCHEMA live;
CREATE TABLE live.customers (id int PRIMARY KEY, orders int NOT NULL DEFAULT 0);
CREATE TABLE live.orders (id int PRIMARY KEY, customer int REFERENCES live.customers ON DELETE SET NULL, amount numeric, part_of int);
CREATE TABLE live.log (customer int, kind text);
CREATE INDEX ON live.orders (customer);
CREATE INDEX ON live.log (customer);
INSERT INTO live.customers SELECT generate_series(1, 12);
INSERT INTO live.orders SELECT g, 1 + g % 12, g FROM generate_series(1, 40) AS g;
CREATE FUNCTION live.before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO live.log VALUES (OLD.customer, 'deleted');
        RETURN OLD;
    END IF;
    NEW.amount := NEW.amount + 0.5;
    IF TG_OP = 'INSERT' AND NEW.part_of IS NULL AND NEW.id < 1000 THEN
        INSERT INTO live.orders VALUES (NEW.id + 1000, NEW.customer, NEW.amount / 2, NEW.id);
        DELETE FROM live.orders WHERE customer = NEW.customer AND id < 41 AND id = (SELECT min(id) FROM live.orders WHERE customer = NEW.customer);
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION live.after() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE live.customers SET orders = orders + 1 WHERE id = NEW.customer;
        UPDATE live.orders SET amount = 1 WHERE id = NEW.id AND amount > 100;
        INSERT INTO live.log VALUES (NEW.customer, 'ordered'), (NEW.customer - 1, 'friend ordered');
    ELSE
        DELETE FROM live.log WHERE ctid = (SELECT ctid FROM live.log WHERE customer = OLD.customer ORDER BY kind LIMIT 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER before BEFORE INSERT OR UPDATE OR DELETE ON live.orders FOR EACH ROW EXECUTE FUNCTION live.before();
CREATE TRIGGER after AFTER INSERT OR UPDATE OR DELETE ON live.orders FOR EACH ROW EXECUTE FUNCTION live.after();
SELECT scoring.create_model(name, format('{
    "timezone": "UTC", "mode": "%2$s", "customers": { "table": "live.customers", "key": "id", "where": "id <> 99" }, "into": "live.%1$s", "view": "live.%1$s_view",
    "sources": { "orders": { "table": "live.orders", "customer": "customer" }, "log": { "table": "live.log", "customer": "customer" },
                 "parts": { "table": "live.orders", "joins": { "o": { "table": "live.orders", "on": "part_of", "key": "id" } }, "customer": "o.customer" } },
    "measures": { "orders": { "take": "count", "from": "orders" }, "sum": { "take": "sum", "from": "orders", "of": "amount" }, "both": { "take": "count", "from": ["orders", "log"] },
                  "kinds": { "take": "distinct", "from": "log", "of": "kind" }, "parts": { "take": "sum", "from": "parts", "of": "amount + o.amount" }, "noted": { "take": "attribute", "of": "orders" } },
    "scores": { "level": { "kind": "quantile", "of": "%3$s" } } }', name, mode, score)::json)
FROM (VALUES ('one', 'live', 'sum'), ('two', 'live', 'both'), ('three', 'deferred', 'noted')) AS m (name, mode, score);
CREATE TEMP VIEW truth AS SELECT name, t.* FROM unnest('{one,two,three}'::text[]) AS name, pg_temp.truth(name) AS t;
SELECT * FROM truth;
INSERT INTO live.orders VALUES (101, 1, 10), (102, 1, 200), (103, 2, 7);
SELECT * FROM truth;
SELECT name, c.* FROM unnest('{one,two,three}'::text[]) AS name, scoring.catch_up(name) AS c;
SELECT name, c.* FROM unnest('{one,two,three}'::text[]) AS name, scoring.catch_up(name) AS c;
SELECT * FROM truth;
UPDATE live.orders SET amount = amount * 2, customer = 3 WHERE id IN (101, 102);
SELECT * FROM truth;
SELECT name, c.* FROM unnest('{one,two,three}'::text[]) AS name, scoring.catch_up(name) AS c;
SELECT name, c.* FROM unnest('{one,two,three}'::text[]) AS name, scoring.catch_up(name) AS c;
DELETE FROM live.orders WHERE id = 1101;
SELECT * FROM truth;
DELETE FROM live.customers WHERE id = 3;
SELECT * FROM truth;
INSERT INTO live.customers VALUES (13);
INSERT INTO live.orders VALUES (110, 13, 10), (101, 13, 10) ON CONFLICT DO NOTHING;
SELECT * FROM truth;
SELECT * FROM scoring.catch_up('one');
SELECT * FROM scoring.catch_up('one');
SELECT * FROM scoring.catch_up('two');
SELECT * FROM scoring.catch_up('two');
SELECT * FROM scoring.catch_up('three');
SELECT * FROM scoring.catch_up('three');
SELECT * FROM truth;
-- A row without its joined row comes: nobody knows yet whose it is, and no foreign key says that the other is there.
INSERT INTO live.orders VALUES (120, 5, 10, 4711);
SELECT * FROM truth;
SELECT * FROM scoring.catch_up('one');
SELECT * FROM scoring.catch_up('one');
SELECT * FROM pg_temp.truth('one');
ALTER TABLE live.orders DISABLE TRIGGER before, DISABLE TRIGGER after;
INSERT INTO live.orders VALUES (4711, 6, 10);
SELECT * FROM pg_temp.truth('one');
SELECT parts FROM live.one WHERE id = 6;
-- The triggers of models are not to be called by hand, or made in another way; on another table one does nothing, nor does that of a model that is gone.
SELECT scoring.keep();
CREATE TABLE live.own (id int);
SELECT id FROM scoring.model WHERE name = 'one' \gset
CREATE TRIGGER own AFTER INSERT ON live.own REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep(:id);
INSERT INTO live.own VALUES (1);
DROP TRIGGER own ON live.own;
CREATE TRIGGER own AFTER INSERT ON live.own FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep(:id);
INSERT INTO live.own VALUES (1);
DROP TRIGGER own ON live.own;
CREATE TRIGGER own BEFORE INSERT ON live.own FOR EACH ROW EXECUTE FUNCTION scoring.keep(:id);
INSERT INTO live.own VALUES (1);
DROP TRIGGER own ON live.own;
CREATE TRIGGER own AFTER INSERT ON live.own REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('four');
INSERT INTO live.own VALUES (1);
DROP TRIGGER own ON live.own;
SELECT scoring.drop_model(name) FROM unnest('{one,two,three}'::text[]) AS name;
CREATE TRIGGER own AFTER INSERT ON live.own REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep(:id);
INSERT INTO live.own VALUES (1);
DROP SCHEMA live CASCADE;

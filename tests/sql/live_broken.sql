-- A live model that meets a fault: the order is accepted and its customer marked, catch_up says so and lets writers only mark, and what is mended heals.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;

CREATE ROLE regress_broken;
CREATE SCHEMA crm AUTHORIZATION regress_broken;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA scoring TO regress_broken;
SET ROLE regress_broken;
CREATE TABLE crm.customers (id int PRIMARY KEY, country text, divisor int NOT NULL DEFAULT 1);
CREATE TABLE crm.orders (id int PRIMARY KEY, customer_id int, ordered_at timestamptz, amount numeric, parts int NOT NULL DEFAULT 1);
CREATE TABLE crm.lines (order_id int REFERENCES crm.orders, pieces bigint);
CREATE TABLE crm.visits (customer_id int, divisor int);
CREATE INDEX ON crm.orders (customer_id);
CREATE INDEX ON crm.lines (order_id);
INSERT INTO crm.customers SELECT g, 'FR' FROM generate_series(1, 6) AS g;
INSERT INTO crm.orders SELECT g, 1 + g % 6, timestamptz '2025-01-01 12:00+00' + g * interval '1 day', g, 1 FROM generate_series(1, 12) AS g;
INSERT INTO crm.lines SELECT g, 1 FROM generate_series(1, 12) AS g;
CREATE FUNCTION crm.even(parts int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 10 / (parts - 4) < 20; END $$;
CREATE FUNCTION crm.document(on_error text) RETURNS json LANGUAGE sql AS $body$
    SELECT format($${
        "timezone": "UTC", "refresh_every": "never", "on_error": "%s",
        "customers": { "table": "crm.customers", "key": "id", "where": "10 / divisor > 0" },
        "sources": {
            "orders": { "table": "crm.orders", "customer": "customer_id", "at": "ordered_at", "where": "crm.even(parts)" },
            "lines": { "table": "crm.lines", "joins": { "o": { "table": "crm.orders", "on": "order_id", "key": "id" } }, "customer": "o.customer_id" },
            "visits": { "table": "crm.visits", "customer": "customer_id / divisor" } },
        "measures": { "orders": { "take": "count", "from": "orders" }, "per_part": { "take": "sum", "from": "orders", "of": "amount / parts" }, "pieces": { "take": "sum", "from": "lines", "of": "pieces * 10" }, "visits": { "take": "count", "from": "visits" },
                      "country": { "take": "attribute", "of": "country" } },
        "scores": { "value": { "kind": "quantile", "of": "per_part", "bins": 3 } }
    }$$, on_error)::json
$body$;
SELECT scoring.create_model('crm', crm.document('continue'));
RESET ROLE;

-- Whom marks name and what status says of it.
CREATE FUNCTION public.marked() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT coalesce(string_agg(DISTINCT coalesce(key_1::text, 'everybody'), ' '), 'nobody') FROM crm.customers_scores_marks);
END $$;
CREATE VIEW public.how AS SELECT state, last_error, failed_at IS NOT NULL AS has_failed_at, problems FROM scoring.status WHERE model = 'crm';
-- A statement, then what came of it.
CREATE PROCEDURE public.tried(statement text, OUT outcome text, OUT marked text) LANGUAGE plpgsql AS $$
BEGIN
    outcome = regexp_replace(pg_temp.fault(statement), 'Failing row contains.*', 'Failing row …');
    marked = public.marked();
END $$;
-- catch_up until nothing is left, or nothing goes on.
CREATE PROCEDURE public.healed(OUT done bigint, OUT remaining bigint, OUT wrong text, OUT state text, OUT last_error text) LANGUAGE plpgsql AS $$
DECLARE
    one record;
BEGIN
    done = 0;
    FOR step IN 1..4 LOOP
        SELECT * INTO one FROM scoring.catch_up('crm');
        COMMIT;
        done = done + one.done;
    END LOOP;
    remaining = one.remaining;
    SELECT s.state, s.last_error INTO state, last_error FROM scoring.status AS s WHERE s.model = 'crm';
    BEGIN
        SELECT count(*) INTO wrong FROM scoring.verify('crm');
    EXCEPTION WHEN OTHERS THEN
        wrong = SQLSTATE;
    END;
END $$;

-- An expression fails on a row, in `of`: the order is accepted, its customer is marked; so are those of the next.
CALL public.tried('INSERT INTO crm.orders VALUES (101, 1, now(), 10, 0)', NULL, NULL);
TABLE public.how;
SELECT * FROM scoring.catch_up('crm');
TABLE public.how;
CALL public.tried('INSERT INTO crm.orders VALUES (102, 2, now(), 10, 1), (103, 3, now(), 10, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm', 1);
SELECT failures FROM scoring.model WHERE name = 'crm';
SELECT pg_temp.fault('SELECT scoring.verify(''crm'')'), pg_temp.fault('SELECT scoring.repair(''crm'')');
CALL public.tried('UPDATE crm.orders SET parts = 1 WHERE id = 101', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
TABLE public.how;
CALL public.tried('INSERT INTO crm.orders VALUES (104, 1, now(), 10, 1)', NULL, NULL);

-- In `where`, on an update and on a delete too; in the customers' `where`; in `customer`, where nobody knows whom to mark.
CALL public.tried('UPDATE crm.orders SET parts = 4 WHERE id = 104', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CALL public.tried('DELETE FROM crm.orders WHERE id = 104', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CALL public.tried('UPDATE crm.customers SET divisor = 0 WHERE id = 5', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CALL public.tried('UPDATE crm.customers SET divisor = 1 WHERE id = 5', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CALL public.tried('INSERT INTO crm.visits VALUES (5, 0)', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CALL public.tried('DELETE FROM crm.visits WHERE divisor = 0', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);

-- A column is dropped, renamed, or gets another type.
ALTER TABLE crm.orders RENAME amount TO price;
CALL public.tried('INSERT INTO crm.orders VALUES (105, 1, now(), 10, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
TABLE public.how;
ALTER TABLE crm.orders RENAME price TO amount;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
ALTER TABLE crm.orders RENAME customer_id TO buyer_id;
CALL public.tried('INSERT INTO crm.orders VALUES (106, 1, now(), 10, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
ALTER TABLE crm.orders RENAME buyer_id TO customer_id;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
ALTER TABLE crm.customers DROP country;
CALL public.tried('INSERT INTO crm.orders VALUES (107, 2, now(), 10, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
ALTER TABLE crm.customers ADD country text;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CALL public.tried('UPDATE crm.customers SET country = ''BE''', NULL, NULL);
SELECT scoring.repair('crm');
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
ALTER TABLE crm.orders ALTER ordered_at TYPE text;
CALL public.tried('INSERT INTO crm.orders VALUES (108, 3, ''2025-05-01 12:00'', 10, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
ALTER TABLE crm.orders ALTER ordered_at TYPE timestamptz USING ordered_at::timestamptz;
SELECT scoring.repair('crm');
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
-- A column of the source goes by whose name a joined table has one: what was meant is not there any more.
ALTER TABLE crm.orders ADD pieces bigint DEFAULT 7;
CALL public.tried('INSERT INTO crm.lines VALUES (1, 2)', NULL, NULL);
ALTER TABLE crm.lines RENAME pieces TO quantity;
CALL public.tried('INSERT INTO crm.lines VALUES (2, 3)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
ALTER TABLE crm.lines RENAME quantity TO pieces;
ALTER TABLE crm.orders DROP pieces;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);

-- A number that is too large, for a bigint and for a numeric.
CALL public.tried('INSERT INTO crm.lines VALUES (1, 9223372036854775807 / 10)', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CALL public.tried('INSERT INTO crm.lines VALUES (1, 9223372036854775807)', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
DELETE FROM crm.lines WHERE pieces > 100;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CALL public.tried('INSERT INTO crm.orders VALUES (109, 4, now(), 9e131071, 1)', NULL, NULL);
CALL public.tried('INSERT INTO crm.orders VALUES (110, 4, now(), 9e131071, 1)', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
DELETE FROM crm.orders WHERE id IN (109, 110);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);

-- The score table, altered by hand: a column dropped, of another type, one more that must be filled, a condition, a unique index, a trigger, no key.
ALTER TABLE crm.customers_scores RENAME per_part TO per_piece;
CALL public.tried('INSERT INTO crm.orders VALUES (111, 1, now(), 10, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
ALTER TABLE crm.customers_scores RENAME per_piece TO per_part;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
ALTER TABLE crm.customers_scores DROP "value" CASCADE;
CALL public.tried('INSERT INTO crm.orders VALUES (112, 1, now(), 10, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
SELECT pg_temp.fault('SELECT scoring.repair(''crm'')');
ALTER TABLE crm.customers_scores ADD "value" int;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
SELECT scoring.repair('crm');
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
DROP VIEW IF EXISTS crm.scored_customers;
ALTER TABLE crm.customers_scores ALTER orders TYPE int;
CALL public.tried('INSERT INTO crm.orders VALUES (113, 1, now(), 10, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
ALTER TABLE crm.customers_scores ALTER orders TYPE bigint;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
ALTER TABLE crm.customers_scores ADD CONSTRAINT few CHECK (orders < 20 OR id <> 3);
CALL public.tried('INSERT INTO crm.orders SELECT g, 3, now(), 1, 1 FROM generate_series(200, 230) AS g', NULL, NULL);
SET client_min_messages = error;
SELECT * FROM scoring.catch_up('crm');
SET client_min_messages = warning;
SELECT state, split_part(last_error, E'\n', 1) AS last_error FROM public.how;
ALTER TABLE crm.customers_scores DROP CONSTRAINT few;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
ALTER TABLE crm.customers_scores ADD note text NOT NULL DEFAULT 'none';
CALL public.tried('INSERT INTO crm.orders VALUES (114, 3, now(), 1, 1)', NULL, NULL);
CALL public.tried('INSERT INTO crm.customers VALUES (7)', NULL, NULL);
SET client_min_messages = error;
SELECT * FROM scoring.catch_up('crm');
SET client_min_messages = warning;
SELECT state, split_part(last_error, E'\n', 1) AS last_error FROM public.how;
ALTER TABLE crm.customers_scores ALTER note DROP NOT NULL;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
SELECT id, note FROM crm.customers_scores WHERE note IS DISTINCT FROM 'none';
-- A column that is computed of ours is computed.
ALTER TABLE crm.customers_scores ADD twice bigint GENERATED ALWAYS AS (orders * 2) STORED;
CALL public.tried('INSERT INTO crm.orders VALUES (130, 3, now(), 1, 1)', NULL, NULL);
CALL public.tried('INSERT INTO crm.customers VALUES (8)', NULL, NULL);
SELECT id, orders, twice FROM crm.customers_scores WHERE twice IS DISTINCT FROM orders * 2 OR id = 8;
ALTER TABLE crm.customers_scores DROP twice;
CREATE UNIQUE INDEX twins ON crm.customers_scores (orders) WHERE orders > 30;
CALL public.tried('INSERT INTO crm.orders SELECT g, 2, now(), 1, 1 FROM generate_series(300, 400) AS g', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CALL public.tried('INSERT INTO crm.orders SELECT 1000 + g, 1, now(), 1, 1 FROM generate_series(1, (SELECT orders FROM crm.customers_scores WHERE id = 2) - (SELECT orders FROM crm.customers_scores WHERE id = 1)) AS g', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
DROP INDEX crm.twins;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CREATE FUNCTION crm.never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
-- It does not fire: status says so.
CREATE TRIGGER never BEFORE INSERT OR UPDATE OR DELETE ON crm.customers_scores FOR EACH ROW EXECUTE FUNCTION crm.never();
CALL public.tried('INSERT INTO crm.orders VALUES (115, 3, now(), 1, 1)', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
DROP TRIGGER never ON crm.customers_scores;
ALTER TABLE crm.customers_scores DROP CONSTRAINT customers_scores_pkey;
CALL public.tried('INSERT INTO crm.orders VALUES (116, 3, now(), 1, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
ALTER TABLE crm.customers_scores ADD PRIMARY KEY (id);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);

-- An index whose expression fails.
CREATE FUNCTION crm.inverse(orders bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 100 / (orders - 8)';
CREATE INDEX inverse ON crm.customers_scores (crm.inverse(orders));
SELECT id, orders FROM crm.customers_scores WHERE id = 5;
CALL public.tried('INSERT INTO crm.orders SELECT g, 5, now(), 1, 1 FROM generate_series(500, 499 + 8 - (SELECT orders FROM crm.customers_scores WHERE id = 5)) AS g', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
DROP INDEX crm.inverse;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);

-- A table is dropped, and is there again.
ALTER TABLE crm.lines RENAME TO lines_kept;
CALL public.tried('INSERT INTO crm.orders VALUES (117, 3, now(), 1, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
DROP TABLE crm.lines_kept;
CREATE TABLE crm.lines (order_id int REFERENCES crm.orders, pieces bigint);
ALTER TABLE crm.lines OWNER TO regress_broken;
SELECT scoring.repair('crm');
CALL public.healed(NULL, NULL, NULL, NULL, NULL);

-- A right is taken from the owner: to a function, to a table, to a schema.
REVOKE EXECUTE ON FUNCTION crm.even FROM PUBLIC, regress_broken;
CALL public.tried('INSERT INTO crm.orders VALUES (118, 3, now(), 1, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
GRANT EXECUTE ON FUNCTION crm.even TO regress_broken;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
ALTER TABLE crm.orders OWNER TO postgres;
CALL public.tried('INSERT INTO crm.orders VALUES (119, 3, now(), 1, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
TABLE public.how;
ALTER TABLE crm.orders OWNER TO regress_broken;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
ALTER SCHEMA crm OWNER TO postgres;
REVOKE ALL ON SCHEMA crm FROM regress_broken;
CALL public.tried('INSERT INTO crm.orders VALUES (120, 3, now(), 1, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
SELECT state, last_error FROM public.how;
ALTER SCHEMA crm OWNER TO regress_broken;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);

-- What says nothing about the model passes through, and the statement fails with it as it would alone.
CREATE OR REPLACE FUNCTION crm.even(parts int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF parts > 90000 THEN RAISE 'raised by the expression' USING ERRCODE = CASE parts WHEN 90001 THEN '40P01' WHEN 90002 THEN '55P03' WHEN 90003 THEN '57014' WHEN 90004 THEN '40001' WHEN 90005 THEN '57P01' ELSE 'P0001' END; END IF;
    RETURN true;
END $$;
SELECT parts, pg_temp.fault(format('INSERT INTO crm.orders VALUES (%s, 3, now(), 1, %s)', parts, parts)) FROM unnest('{90001,90002,90004,90005,90006}'::int[]) AS parts;
INSERT INTO crm.orders VALUES (90003, 3, now(), 1, 90003);
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) AS orders, public.marked() FROM crm.orders WHERE id > 90000;
DELETE FROM crm.orders WHERE id > 90000;
CALL public.healed(NULL, NULL, NULL, NULL, NULL);

-- A model that would rather refuse the order.
SELECT scoring.replace_model('crm', crm.document('abort'));
CALL public.healed(NULL, NULL, NULL, NULL, NULL);
CALL public.tried('INSERT INTO crm.orders VALUES (121, 1, now(), 10, 0)', NULL, NULL);
CALL public.tried('INSERT INTO crm.orders VALUES (122, 1, now(), 10, 90006)', NULL, NULL);
CALL public.tried('UPDATE crm.customers SET divisor = 0 WHERE id = 5', NULL, NULL);
ALTER TABLE crm.orders RENAME amount TO price;
CALL public.tried('INSERT INTO crm.orders VALUES (123, 1, now(), 10, 1)', NULL, NULL);
ALTER TABLE crm.orders RENAME price TO amount;
ALTER TABLE crm.customers_scores ADD CONSTRAINT few CHECK (orders < 1000 OR id <> 1);
CALL public.tried('INSERT INTO crm.orders SELECT g, 1, now(), 1, 1 FROM generate_series(3000, 5000) AS g WHERE g < 3000 + 950', NULL, NULL);
ALTER TABLE crm.customers_scores DROP CONSTRAINT few;
CALL public.tried('INSERT INTO crm.orders VALUES (124, 1, now(), 10, 1)', NULL, NULL);
CALL public.healed(NULL, NULL, NULL, NULL, NULL);

-- The score table is dropped: orders go on, and the model is made anew.
SELECT scoring.replace_model('crm', crm.document('continue'));
DROP TABLE crm.customers_scores CASCADE;
CALL public.tried('INSERT INTO crm.orders VALUES (125, 1, now(), 10, 1)', NULL, NULL);
SELECT * FROM scoring.catch_up('crm');
SELECT state, last_error FROM public.how;
SELECT scoring.drop_model('crm');
SET ROLE regress_broken;
SELECT scoring.create_model('crm', crm.document('continue'));
RESET ROLE;
SELECT count(*) AS wrong FROM scoring.verify('crm');
SELECT scoring.drop_model('crm');
DROP SCHEMA crm CASCADE;
DROP OWNED BY regress_broken;
DROP ROLE regress_broken;

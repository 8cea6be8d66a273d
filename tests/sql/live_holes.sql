-- What the triggers of a live model cannot see, or somebody has taken from it: status tells, verify finds what came of it, repair mends it.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;

CREATE SCHEMA crm;
CREATE TABLE crm.customers (id int PRIMARY KEY, country text);
CREATE TABLE crm.orders (id int, customer_id int, day date, amount numeric) PARTITION BY RANGE (day);
CREATE TABLE crm.orders_old PARTITION OF crm.orders FOR VALUES FROM ('2020-01-01') TO ('2025-01-01') PARTITION BY RANGE (day);
CREATE TABLE crm.orders_2024 PARTITION OF crm.orders_old FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE crm.orders_2025 PARTITION OF crm.orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE crm.refunds (order_line int, amount numeric);
CREATE TABLE crm.lines (id int PRIMARY KEY, customer_id int);
CREATE TABLE crm.nightly (customer_id int, points int);
INSERT INTO crm.customers SELECT g, 'FR' FROM generate_series(1, 10) AS g;
INSERT INTO crm.orders SELECT g, 1 + g % 10, date '2024-06-01' + g * 10, g FROM generate_series(1, 50) AS g;
INSERT INTO crm.lines SELECT g, 1 + g % 10 FROM generate_series(1, 20) AS g;
INSERT INTO crm.refunds SELECT 1 + g % 20, g FROM generate_series(1, 20) AS g;
SELECT scoring.create_model('crm', '{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.customers", "key": "id" },
    "sources": { "orders": { "table": "crm.orders", "customer": "customer_id", "at": "day" },
                 "refunds": { "table": "crm.refunds", "joins": { "l": { "table": "crm.lines", "on": "order_line", "key": "id" } }, "customer": "l.customer_id" } },
    "measures": { "orders": { "take": "count", "from": "orders" }, "spent": { "take": "sum", "from": "orders", "of": "amount" }, "refunded": { "take": "sum", "from": "refunds", "of": "amount" },
                  "country": { "take": "attribute", "of": "country" } },
    "scores": { "value": { "kind": "quantile", "of": "spent", "bins": 3 } } }');
SELECT scoring.create_model('nightly', '{
    "mode": "batch", "customers": { "table": "crm.customers", "key": "id" }, "into": "crm.nightly_scores", "view": "crm.nightly_view",
    "sources": { "points": { "table": "crm.nightly", "customer": "customer_id" } },
    "measures": { "points": { "take": "sum", "from": "points", "of": "points" } }, "scores": { "level": { "kind": "quantile", "of": "points", "bins": 3 } } }');

CREATE FUNCTION pg_temp.state() RETURNS TABLE (state text, marks bigint, are_all_pending boolean, problem text) LANGUAGE sql AS $$
    SELECT s.state, s.marks, s.are_all_pending, p FROM scoring.status AS s LEFT JOIN unnest(s.problems) AS p ON true WHERE s.model = 'crm'
$$;
CREATE FUNCTION pg_temp.wrong() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(format('%s %s: %s, not %s', customer, column_name, live, expected), E'\n' ORDER BY customer::int, column_name), 'nothing') FROM scoring.verify('crm') WHERE column_name IS DISTINCT FROM 'value'
$$;
-- Repairs, and works off what that has only marked, in transactions of their own.
CREATE PROCEDURE public.mend(OUT repaired bigint, OUT remaining bigint, OUT wrong bigint, OUT state text, OUT problems text[]) LANGUAGE plpgsql AS $$
BEGIN
    repaired = scoring.repair('crm');
    FOR step IN 1..3 LOOP
        COMMIT;
        SELECT c.remaining INTO remaining FROM scoring.catch_up('crm') AS c;
    END LOOP;
    COMMIT;
    SELECT count(*) INTO wrong FROM scoring.verify('crm');
    SELECT s.state, s.problems INTO state, problems FROM scoring.status AS s WHERE s.model = 'crm';
END $$;

-- All is well.
SELECT * FROM pg_temp.state();
SELECT marks, oldest_mark, are_all_pending, due, last_error, failed_at, problems FROM scoring.status WHERE model = 'nightly';
SELECT pg_temp.wrong();

-- Triggers disabled, dropped, or renamed: on a table, on a partition, on what is joined, on the customers.
ALTER TABLE crm.orders DISABLE TRIGGER pg_scoring_1_insert;
ALTER TABLE crm.orders_2024 ENABLE REPLICA TRIGGER pg_scoring_1_update;
ALTER TRIGGER pg_scoring_1_update ON crm.refunds RENAME TO mine;
DROP TRIGGER pg_scoring_1_update ON crm.lines;
DROP TRIGGER pg_scoring_1_delete ON crm.lines;
ALTER TABLE crm.customers DISABLE TRIGGER ALL;
SELECT problem FROM pg_temp.state();
INSERT INTO crm.orders VALUES (101, 1, '2025-03-01', 1000);
UPDATE crm.orders_2024 SET amount = amount + 1 WHERE customer_id = 2;
UPDATE crm.lines SET customer_id = 3 WHERE id = 3;
DELETE FROM crm.customers WHERE id = 10;
INSERT INTO crm.customers VALUES (11, 'BE');
UPDATE crm.refunds SET amount = amount + 1 WHERE order_line = 5;
SELECT marks FROM pg_temp.state() LIMIT 1;
SELECT pg_temp.wrong();
CALL public.mend(NULL, NULL, NULL, NULL, NULL);
INSERT INTO crm.orders VALUES (102, 1, '2025-03-01', 1000);
UPDATE crm.orders_2024 SET amount = amount + 1 WHERE customer_id = 2;
UPDATE crm.refunds SET amount = amount + 1 WHERE order_line = 5;
UPDATE crm.lines SET customer_id = 4 WHERE id = 3;
DELETE FROM crm.customers WHERE id = 11;
SELECT pg_temp.wrong();
SELECT tgrelid::regclass, string_agg(tgname, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgfoid = 'scoring.keep'::regproc GROUP BY tgrelid ORDER BY tgrelid::regclass::text;

-- A trigger with a condition.
CREATE OR REPLACE TRIGGER pg_scoring_1_insert AFTER INSERT ON crm.refunds REFERENCING NEW TABLE AS pg_scoring_new FOR EACH STATEMENT WHEN (current_user = 'nobody') EXECUTE FUNCTION scoring.keep('1');
SELECT problem FROM pg_temp.state();
INSERT INTO crm.refunds VALUES (6, 50);
SELECT pg_temp.wrong();
CALL public.mend(NULL, NULL, NULL, NULL, NULL);

-- Nothing fires for who replicates, or says so.
SET session_replication_role = replica;
INSERT INTO crm.orders VALUES (103, 4, '2025-03-01', 1000);
RESET session_replication_role;
SELECT * FROM pg_temp.state();
SELECT pg_temp.wrong();
CALL public.mend(NULL, NULL, NULL, NULL, NULL);

-- A partition that comes with rows, and has no triggers; then it goes again, with its rows and its triggers, and writes to it hurt nobody.
CREATE TABLE crm.orders_2026 (LIKE crm.orders);
INSERT INTO crm.orders_2026 VALUES (104, 5, '2026-02-01', 1000);
ALTER TABLE crm.orders ATTACH PARTITION crm.orders_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT problem FROM pg_temp.state();
SELECT pg_temp.wrong();
INSERT INTO crm.orders_2026 VALUES (105, 5, '2026-02-01', 10);
INSERT INTO crm.orders VALUES (106, 6, '2026-02-01', 10);
SELECT pg_temp.wrong();
CALL public.mend(NULL, NULL, NULL, NULL, NULL);
INSERT INTO crm.orders_2026 VALUES (107, 7, '2026-02-01', 10);
SELECT pg_temp.wrong();
ALTER TABLE crm.orders DETACH PARTITION crm.orders_2026;
INSERT INTO crm.orders_2026 VALUES (108, 8, '2026-02-01', 10);
SELECT pg_temp.wrong();
CALL public.mend(NULL, NULL, NULL, NULL, NULL);
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'crm.orders_2026'::regclass;

-- A type that changes with an expression.
ALTER TABLE crm.orders ALTER amount TYPE numeric USING amount * 2;
SELECT * FROM pg_temp.state();
SELECT split_part(pg_temp.wrong(), E'\n', 1);
CALL public.mend(NULL, NULL, NULL, NULL, NULL);

-- A table that is renamed: who writes to it marks everybody. Named as before, it is as before; another one in its place gets the triggers.
ALTER TABLE crm.refunds RENAME TO paid_back;
SELECT * FROM pg_temp.state();
INSERT INTO crm.paid_back VALUES (1, 100);
SELECT * FROM pg_temp.state();
SELECT pg_temp.fault('SELECT scoring.verify(''crm'')');
ALTER TABLE crm.paid_back RENAME TO refunds;
SELECT * FROM pg_temp.state();
CALL public.mend(NULL, NULL, NULL, NULL, NULL);
ALTER TABLE crm.refunds RENAME TO paid_back;
CREATE TABLE crm.refunds (LIKE crm.paid_back);
INSERT INTO crm.refunds VALUES (2, 100);
SELECT problem FROM pg_temp.state();
SELECT split_part(pg_temp.wrong(), E'\n', 1);
CALL public.mend(NULL, NULL, NULL, NULL, NULL);
INSERT INTO crm.refunds VALUES (2, 100);
SELECT pg_temp.wrong();
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'crm.paid_back'::regclass;

-- A table that is dropped and made anew.
DROP TABLE crm.lines;
INSERT INTO crm.refunds VALUES (3, 100);
SELECT * FROM pg_temp.state();
CREATE TABLE crm.lines (id int PRIMARY KEY, customer_id int);
INSERT INTO crm.lines SELECT g, 1 + g % 5 FROM generate_series(1, 20) AS g;
SELECT problem FROM pg_temp.state();
CALL public.mend(NULL, NULL, NULL, NULL, NULL);

-- Inheritance.
CREATE TABLE crm.more_refunds () INHERITS (crm.refunds);
INSERT INTO crm.more_refunds VALUES (4, 100);
SELECT problem FROM pg_temp.state();
SELECT pg_temp.wrong();
DROP TABLE crm.more_refunds;
CREATE TABLE crm.all_refunds (LIKE crm.refunds);
ALTER TABLE crm.refunds INHERIT crm.all_refunds;
UPDATE crm.all_refunds SET amount = amount + 1 WHERE order_line = 2;
SELECT problem FROM pg_temp.state();
SELECT pg_temp.wrong();
SELECT pg_temp.fault($$SELECT scoring.replace_model('crm', (SELECT replace(definition::text, '"bins": 3', '"bins": 4')::json FROM scoring.model WHERE name = 'crm'))$$);
ALTER TABLE crm.refunds NO INHERIT crm.all_refunds;
DROP TABLE crm.all_refunds;
CALL public.mend(NULL, NULL, NULL, NULL, NULL);
CREATE TABLE crm.parents (id int PRIMARY KEY);
CREATE TABLE crm.children () INHERITS (crm.parents);
BEGIN;
SELECT mode, pg_temp.fault(format($$SELECT scoring.create_model('family', '{ "mode": "%s", "customers": { "table": "crm.parents", "key": "id" }, "sources": {}, "measures": { "one": { "take": "attribute", "of": "id" } }, "scores": {} }')$$, mode))
FROM unnest('{live,deferred,batch}'::text[]) AS mode;
ROLLBACK;
SELECT pg_temp.fault($$SELECT scoring.create_model('family', '{ "customers": { "table": "crm.customers", "key": "id" }, "into": "crm.family", "view": "crm.familys", "sources": { "children": { "table": "crm.children", "customer": "id" } },
    "measures": { "one": { "take": "count", "from": "children" } }, "scores": {} }')$$);

-- What a crash would empty.
ALTER TABLE crm.refunds SET UNLOGGED;
ALTER TABLE crm.customers_scores SET UNLOGGED;
ALTER TABLE crm.customers_scores_marks SET UNLOGGED;
SELECT * FROM pg_temp.state();
SELECT pg_temp.fault('SELECT scoring.repair(''crm'')');
ALTER TABLE crm.refunds SET LOGGED;
ALTER TABLE crm.customers_scores SET LOGGED;
ALTER TABLE crm.customers_scores_marks SET LOGGED;
CALL public.mend(NULL, NULL, NULL, NULL, NULL);

-- A subscription that writes to a partition.
BEGIN;
CREATE SUBSCRIPTION regress_holes CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE);
SET LOCAL allow_system_table_mods = on;
INSERT INTO pg_subscription_rel SELECT oid, 'crm.orders_2025'::regclass, 'r', NULL FROM pg_subscription WHERE subname = 'regress_holes';
SELECT problem FROM pg_temp.state();
ROLLBACK;

-- What others have put on the score table and the marks.
CREATE UNIQUE INDEX one_each ON crm.customers_scores (id, spent);
ALTER TABLE crm.customers_scores ADD CONSTRAINT no_twins EXCLUDE (id WITH =);
ALTER TABLE crm.customers_scores ADD CONSTRAINT known FOREIGN KEY (id) REFERENCES crm.customers ON DELETE CASCADE;
CREATE FUNCTION crm.nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER told AFTER UPDATE ON crm.customers_scores FOR EACH ROW EXECUTE FUNCTION crm.nothing();
CREATE RULE silent AS ON DELETE TO crm.customers_scores DO INSTEAD NOTHING;
CREATE INDEX faster ON crm.customers_scores_marks (key_1);
SELECT * FROM pg_temp.state();
INSERT INTO crm.orders VALUES (109, 9, '2025-03-01', 1000);
SELECT marks FROM pg_temp.state() LIMIT 1;
DROP INDEX crm.one_each, crm.faster;
ALTER TABLE crm.customers_scores DROP CONSTRAINT no_twins, DROP CONSTRAINT known;
DROP TRIGGER told ON crm.customers_scores;
DROP RULE silent ON crm.customers_scores;
CALL public.mend(NULL, NULL, NULL, NULL, NULL);

-- The marks are gone: nothing is noted, until repair makes them and marks everybody.
DROP TABLE crm.customers_scores_marks;
SELECT * FROM pg_temp.state();
INSERT INTO crm.orders VALUES (110, 9, '2025-03-01', 1000);
SELECT scoring.repair('crm');
SELECT * FROM pg_temp.state();
CALL public.mend(NULL, NULL, NULL, NULL, NULL);

-- Another score table of that name, as after a restore, is only marked until catch_up takes it over.
ALTER TABLE crm.customers_scores RENAME TO former;
CREATE TABLE crm.customers_scores (LIKE crm.former INCLUDING ALL);
INSERT INTO crm.customers_scores SELECT * FROM crm.former;
SELECT * FROM pg_temp.state();
INSERT INTO crm.orders VALUES (111, 9, '2025-03-01', 1000);
SELECT marks FROM pg_temp.state() LIMIT 1;
SELECT remaining FROM scoring.catch_up('crm');
SELECT state FROM pg_temp.state();
CALL public.mend(NULL, NULL, NULL, NULL, NULL);

-- A refresh that nothing does.
UPDATE scoring.model SET refreshed_at = now() - interval '1 day 59 minutes' WHERE name = 'nightly';
SELECT problems FROM scoring.status WHERE model = 'nightly';
UPDATE scoring.model SET refreshed_at = now() - interval '1 day 61 minutes' WHERE name = 'nightly';
SELECT problems FROM scoring.status WHERE model = 'nightly';
UPDATE scoring.model SET refreshed_at = now() - interval '1 year' WHERE name = 'crm';
SELECT refresh_due_at, problems FROM scoring.status WHERE model = 'crm';

-- Between new cuts and the end of the sweep, and where a mark stands for all, everybody is pending; then the oldest mark is told.
SELECT count(*) FROM scoring.refresh('crm');
SELECT * FROM pg_temp.state();
SELECT remaining FROM scoring.catch_up('crm'), LATERAL (SELECT scoring.catch_up('crm')) AS again;
TRUNCATE crm.refunds;
SELECT * FROM pg_temp.state();
SELECT oldest_mark BETWEEN now() - interval '1 minute' AND clock_timestamp() AS is_now FROM scoring.status WHERE model = 'crm';
CALL public.mend(NULL, NULL, NULL, NULL, NULL);

-- Whatever is dropped, altered or not allowed, status can be read.
CREATE ROLE regress_holes;
CREATE ROLE regress_holes_member IN ROLE regress_holes;
CREATE FUNCTION pg_temp.seen_by(role_name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE seen text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role_name);
    SELECT string_agg(concat_ws(', ', model, state, 'marks ' || marks, 'due ' || due), E'\n' ORDER BY model) INTO seen FROM scoring.status;
    RESET ROLE;
    RETURN seen;
END $$;
UPDATE scoring.model SET owner = 'regress_holes';
SELECT pg_temp.seen_by('regress_holes_member');
ALTER TABLE crm.customers_scores OWNER TO regress_holes;
ALTER TABLE crm.customers_scores_marks OWNER TO regress_holes;
GRANT USAGE ON SCHEMA crm TO regress_holes;
SELECT pg_temp.seen_by('regress_holes_member');
REVOKE SELECT ON crm.customers_scores_marks FROM regress_holes;
SELECT pg_temp.seen_by('regress_holes_member');
GRANT SELECT ON crm.customers_scores_marks TO regress_holes;
ALTER TABLE crm.customers_scores_marks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT pg_temp.seen_by('regress_holes_member');
SELECT pg_temp.seen_by('postgres');
ALTER TABLE crm.customers_scores_marks RENAME key_1 TO key_one;
SELECT pg_temp.seen_by('postgres');
ALTER TABLE crm.customers_scores_marks ALTER marked_at TYPE text;
SELECT pg_temp.seen_by('postgres');
ALTER TABLE crm.customers_scores DROP due_at;
SELECT pg_temp.seen_by('postgres');
ALTER TABLE crm.customers_scores_marks RENAME TO kept_marks;
-- A view in the place of the marks is not read, nor what it calls.
CREATE FUNCTION crm.steal() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'called by %', current_user; END $$;
CREATE VIEW crm.customers_scores_marks AS SELECT crm.steal() AS key_1, now() AS marked_at;
SELECT pg_temp.seen_by('postgres');
DROP VIEW crm.customers_scores_marks;
SELECT pg_temp.seen_by('postgres');
DROP VIEW crm.scored_customers;
DROP TABLE crm.customers_scores;
SELECT pg_temp.seen_by('postgres');
DROP SCHEMA crm CASCADE;
SELECT model, state, marks, due, problems FROM scoring.status ORDER BY model;
SELECT scoring.drop_model('crm'), scoring.drop_model('nightly');
SELECT count(*) FROM scoring.status;
DROP ROLE regress_holes_member;
DROP ROLE regress_holes;

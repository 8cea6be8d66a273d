-- Rules of live scoring that one session can show: what a writer's transaction does at once, what it only marks, and what it is never refused for.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;

CREATE SCHEMA crm;
CREATE TABLE crm.customers (id int PRIMARY KEY, country text);
CREATE TABLE crm.orders (customer_id int, at timestamptz, amount numeric) PARTITION BY RANGE (at);
CREATE TABLE crm.orders_old PARTITION OF crm.orders FOR VALUES FROM (MINVALUE) TO ('2025-01-01') PARTITION BY RANGE (at);
CREATE TABLE crm.orders_2024 PARTITION OF crm.orders_old FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE crm.orders_new PARTITION OF crm.orders FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);
CREATE TABLE crm.tickets (customer_id int, points int);
CREATE INDEX ON crm.orders (customer_id);
INSERT INTO crm.customers SELECT g, 'FR' FROM generate_series(1, 2000) AS g;
INSERT INTO crm.orders SELECT g, timestamptz '2025-02-01' + g * interval '1 minute', g FROM generate_series(1, 2000) AS g;
SELECT scoring.create_model('crm', '{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.customers", "key": "id" },
    "sources": { "orders": { "table": "crm.orders", "customer": "customer_id", "at": "at" }, "tickets": { "table": "crm.tickets", "customer": "customer_id" } },
    "measures": { "orders": { "take": "count", "from": "orders" }, "spent": { "take": "sum", "from": "orders", "of": "amount" }, "tickets": { "take": "sum", "from": "tickets", "of": "points" } },
    "scores": { "value": { "kind": "quantile", "of": "spent", "bins": 3 } } }');
CREATE FUNCTION pg_temp.figures(customer int) RETURNS TABLE (orders bigint, spent numeric, marks bigint) LANGUAGE sql AS $$
    SELECT s.orders, s.spent, (SELECT count(*) FROM crm.customers_scores_marks) FROM crm.customers_scores AS s WHERE s.id = customer
$$;

-- As of now, not of the start of the transaction: an order of this very moment counts (rule 4).
BEGIN;
SELECT FROM pg_sleep(0.01);
INSERT INTO crm.orders VALUES (1, clock_timestamp(), 10);
SELECT * FROM pg_temp.figures(1);
SELECT scored_at > now() AS is_later FROM crm.customers_scores WHERE id = 1;
COMMIT;

-- The moment of a score never goes back, whatever the server's clock does (rule 4).
UPDATE crm.customers_scores SET scored_at = now() + interval '1 hour' WHERE id = 2;
INSERT INTO crm.orders VALUES (2, now(), 10);
SELECT scored_at > now() + interval '59 minutes' AS is_no_earlier FROM crm.customers_scores WHERE id = 2;

-- catch_up adds rows only where its transaction has written nothing before (rule 6).
DELETE FROM crm.customers_scores WHERE id = 3;
INSERT INTO crm.orders VALUES (3, now(), 10);
BEGIN;
CREATE TEMPORARY TABLE mine ON COMMIT DROP AS SELECT;
SELECT * FROM scoring.catch_up('crm');
SELECT * FROM pg_temp.figures(3);
COMMIT;
SELECT * FROM scoring.catch_up('crm');
SELECT * FROM pg_temp.figures(3);

-- A statement that touches many customers marks them (rule 9).
INSERT INTO crm.orders SELECT g, now(), 1 FROM generate_series(1, 1000) AS g;
SELECT count(*) AS marks FROM crm.customers_scores_marks;
INSERT INTO crm.orders SELECT g, now(), 1 FROM generate_series(1, 1001) AS g;
SELECT count(*) AS marks FROM crm.customers_scores_marks;
SELECT * FROM scoring.catch_up('crm', 2000);
TRUNCATE crm.tickets;
SELECT key_1, count(*) FROM crm.customers_scores_marks GROUP BY key_1;
CALL scoring.work('crm');

-- Every level of the partitions has triggers (rule 10).
INSERT INTO crm.orders_2024 VALUES (4, '2024-06-01', 100);
SELECT * FROM pg_temp.figures(4);
INSERT INTO crm.orders_old VALUES (4, '2024-06-01', 100);
SELECT * FROM pg_temp.figures(4);
UPDATE crm.orders_new SET amount = amount + 1000 WHERE customer_id = 4;
SELECT * FROM pg_temp.figures(4);

-- A clerk needs no right but to write orders, and row-level security hides none of them from the scores (rule 11).
CREATE ROLE regress_live_clerk;
GRANT USAGE ON SCHEMA crm TO regress_live_clerk;
GRANT INSERT ON crm.orders TO regress_live_clerk;
SET ROLE regress_live_clerk;
INSERT INTO crm.orders VALUES (5, now(), 10);
RESET ROLE;
SELECT * FROM pg_temp.figures(5);
ALTER TABLE crm.orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON crm.orders USING (amount < 50) WITH CHECK (true);
GRANT SELECT, DELETE ON crm.orders TO regress_live_clerk;
SET ROLE regress_live_clerk;
DELETE FROM crm.orders WHERE customer_id = 5 AND amount = 10;
RESET ROLE;
SELECT * FROM pg_temp.figures(5);
SELECT count(*) FROM scoring.verify('crm');
DROP POLICY own ON crm.orders;
ALTER TABLE crm.orders DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
DROP OWNED BY regress_live_clerk;
DROP ROLE regress_live_clerk;

-- An order is never refused because of its score (rule 8), unless the model says so.
ALTER TABLE crm.tickets RENAME points TO marks;
INSERT INTO crm.orders VALUES (6, now(), 10);
SELECT * FROM pg_temp.figures(6);
ALTER TABLE crm.tickets RENAME marks TO points;
CALL scoring.work('crm');
SELECT scoring.repair('crm');
CALL scoring.work('crm');
SELECT * FROM pg_temp.figures(6);
SELECT count(*) FROM scoring.verify('crm');

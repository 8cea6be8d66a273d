-- work() makes a large part of the customers true in bulk: all are derived under one snapshot and written batch by batch.

\pset null NULL
CREATE SCHEMA crm;
CREATE TABLE crm.customers (id int PRIMARY KEY, country text);
CREATE TABLE crm.orders (customer_id int, ordered_at timestamptz, amount numeric);
INSERT INTO crm.customers SELECT g, CASE g % 3 WHEN 0 THEN 'FR' ELSE 'BE' END FROM generate_series(1, 24000) AS g;
INSERT INTO crm.orders SELECT g % 24000 + 1, timestamptz '2025-06-01 12:00+00' + g * interval '1 minute', g % 97 FROM generate_series(1, 60000) AS g;
CREATE INDEX ON crm.orders (customer_id);
ANALYZE crm.customers, crm.orders;
SELECT scoring.create_model('shop', $${
    "refresh_every": "never", "customers": { "table": "crm.customers", "key": "id", "where": "country <> 'GONE'" },
    "sources": { "orders": { "table": "crm.orders", "customer": "customer_id", "at": "ordered_at" } },
    "measures": {
        "spent": { "take": "sum", "from": "orders", "of": "amount" },
        "recent": { "take": "count", "from": "orders", "window": "30 days" },
        "country": { "take": "attribute", "of": "country" }
    },
    "scores": { "value": { "kind": "quantile", "of": "spent", "bins": 3, "within": "country" } }
}$$);

-- How many moments the rows are as of tells in how many batches they were derived.
CREATE VIEW public.looked AS
SELECT count(*) AS customers, count(DISTINCT scored_at) AS moments, sum(spent) AS spent,
       (SELECT count(*) FROM crm.customers_scores_marks) AS marks
FROM crm.customers_scores;

-- What may fail only marks.
BEGIN ISOLATION LEVEL REPEATABLE READ;
UPDATE crm.orders SET amount = amount + 1;
COMMIT;
SELECT marks FROM looked;
CALL scoring.work('shop');
SELECT customers, moments < 4 AS are_few, spent, marks FROM looked;
SELECT * FROM scoring.verify('shop');

-- A mark of all; rows of customers who are none any more, customers without a row, and rows that are as of later.
SET session_replication_role = replica;
UPDATE crm.customers SET country = 'GONE' WHERE id IN (11, 12);
DELETE FROM crm.customers_scores WHERE id IN (13, 14);
UPDATE crm.orders SET amount = amount + 10 WHERE customer_id IN (11, 13, 15, 17, 19);
UPDATE crm.customers_scores SET scored_at = '2100-01-01 00:00+00' WHERE id IN (15, 16);
RESET session_replication_role;
INSERT INTO crm.customers_scores_marks VALUES (NULL, now());
CALL scoring.work('shop');
SELECT customers, moments < 6 AS are_few, spent, marks FROM looked;
SELECT id, spent, country, scored_at > '2099-01-01' AS is_later FROM crm.customers_scores WHERE id BETWEEN 11 AND 19 ORDER BY id;
UPDATE crm.customers_scores SET scored_at = now() WHERE scored_at > now();
SELECT * FROM scoring.verify('shop');

-- Rows that are due are made true in bulk as those of marked customers are.
SET session_replication_role = replica;
UPDATE crm.orders SET ordered_at = now() - interval '30 days' + interval '1 hour' WHERE customer_id % 2 = 0;
RESET session_replication_role;
INSERT INTO crm.customers_scores_marks VALUES (NULL, now());
CALL scoring.work('shop');
UPDATE crm.orders SET amount = 3 WHERE customer_id = 20;
SELECT count(*) AS waiting FROM crm.customers_scores WHERE due_at < now() + interval '2 hours';
UPDATE crm.customers_scores SET due_at = now(), spent = 0 WHERE id <= 23000;
CALL scoring.work('shop');
SELECT customers, moments < 6 AS are_few, marks FROM looked;
SELECT * FROM scoring.verify('shop');

-- A check that refuses a row is met as always: the model is broken, and its writers only mark.
ALTER TABLE crm.customers_scores ADD CHECK (spent < 500) NOT VALID;
INSERT INTO crm.orders VALUES (21, now(), 1000);
INSERT INTO crm.customers_scores_marks SELECT id, now() FROM crm.customers;
\set VERBOSITY terse
CALL scoring.work('shop');
SELECT is_broken, split_part(last_error, E'\n', 1) AS last_error FROM scoring.model;

-- Every form in which a client can change what a live model reads: after each statement, all whom nobody has marked are true.

\pset null ''
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/truth.sql

CREATE SCHEMA live;
CREATE TABLE live.customers (id int PRIMARY KEY, name text, country text, here boolean NOT NULL DEFAULT true, referred_by int, noted text);
CREATE TABLE live.orders (id int PRIMARY KEY, customer int REFERENCES live.customers ON UPDATE CASCADE ON DELETE CASCADE, at timestamptz, amount numeric, status text, noted text);
CREATE TABLE live.lines (order_id int NOT NULL REFERENCES live.orders ON UPDATE CASCADE ON DELETE CASCADE, pieces int);
CREATE TABLE live.mails (customer int, sent_on date, kind text);
CREATE INDEX ON live.orders (customer);
CREATE INDEX ON live.lines (order_id);
CREATE INDEX ON live.mails (customer);
INSERT INTO live.customers SELECT g, 'name ' || g, ('{FR,BE,NULL}'::text[])[1 + g % 3], g % 10 > 0, nullif(g / 2, 0) FROM generate_series(1, 40) AS g;
INSERT INTO live.orders SELECT g, 1 + g * 7 % 38, timestamptz '2024-01-01 12:00+00' + g * interval '3 days', g * 31 % 97 + 0.25, ('{paid,open}'::text[])[1 + g % 2] FROM generate_series(1, 120) AS g;
INSERT INTO live.lines SELECT 1 + g % 120, g % 5 FROM generate_series(1, 200) AS g;
INSERT INTO live.mails SELECT 1 + g * 11 % 45, date '2024-06-01' + g % 400, ('{news,offer}'::text[])[1 + g % 2] FROM generate_series(1, 150) AS g;
ANALYZE live.customers, live.orders, live.lines, live.mails;

-- What a model is in all modes, but for its names; sums and counts fold, the others are read again.
CREATE FUNCTION pg_temp.model(name text, mode text) RETURNS json LANGUAGE sql AS $$
SELECT format('{
    "mode": "%2$s", "timezone": "Europe/Paris", "refresh_every": "never",
    "customers": { "table": "live.customers", "key": "id", "where": "here" },
    "into": "live.%1$s_scores", "view": "live.%1$s_view",
    "sources": {
        "orders": { "table": "live.orders", "customer": "customer", "at": "at" },
        "lines": { "table": "live.lines", "joins": { "o": { "table": "live.orders", "on": "order_id", "key": "id" } }, "customer": "o.customer", "at": "o.at" },
        "mails": { "table": "live.mails", "customer": "customer", "at": "sent_on" },
        "referred": { "table": "live.customers", "customer": "referred_by" }
    },
    "measures": {
        "orders": { "take": "count", "from": "orders" },
        "turnover": { "take": "sum", "from": "orders", "of": "amount" },
        "basket": { "take": "average", "from": "orders", "of": "amount" },
        "paid": { "take": "sum", "from": "orders", "of": "amount", "where": "status = ''paid''" },
        "last_order": { "take": "last", "from": "orders" },
        "biggest": { "take": "maximum", "from": "orders", "of": "amount" },
        "warmth": { "take": "sum", "from": { "orders": "3", "mails": "1" }, "half_life": "60 days" },
        "pieces": { "take": "sum", "from": "lines", "of": "pieces" },
        "kinds": { "take": "distinct", "from": "mails", "of": "kind" },
        "referred": { "take": "count", "from": "referred" },
        "country": { "take": "attribute", "of": "country" },
        "name": { "take": "attribute", "of": "name" }
    },
    "scores": {
        "value": { "kind": "quantile", "of": "turnover" },
        "class": { "kind": "abc", "of": "pieces", "within": "country" },
        "buys": { "kind": "levels", "of": "orders", "at_least": [1, 3, 5] },
        "rfm": { "kind": "rfm", "recency": "last_order", "frequency": "orders", "monetary": "warmth" }
    }
}', name, mode)::json
$$;
SET client_min_messages = warning;
SELECT scoring.create_model('live', pg_temp.model('live', 'live'));
SELECT * FROM pg_temp.truth();

-- INSERT, of one row and of several; COPY; INSERT … SELECT; orders of nobody, and of somebody whom nobody knows.
INSERT INTO live.orders VALUES (1001, 7, '2025-03-01', 500, 'paid');
SELECT * FROM pg_temp.truth();
SELECT orders, turnover, buys FROM live.live_scores WHERE id = 7;
INSERT INTO live.orders VALUES (1002, 7, '2025-03-02', 10, 'open'), (1003, 8, '2025-03-02', NULL, 'paid'), (1004, 9, NULL, 10, 'paid'), (1005, NULL, '2025-03-02', 10, 'paid'), (1006, 8, '2025-03-02', 'NaN', NULL);
SELECT * FROM pg_temp.truth();
INSERT INTO live.mails VALUES (12345, '2025-03-02', 'news'), (10, '2025-03-02', 'news');
SELECT * FROM pg_temp.truth();
COPY live.orders (id, customer, at, amount, status) FROM STDIN;
1007	11	2025-04-01 10:00:00+02	12.5	paid
1008	12	2025-04-01 10:00:00+02	-3	\N
1009	11	2025-04-02 10:00:00+02	1e3	open
\.
SELECT * FROM pg_temp.truth();
INSERT INTO live.mails SELECT id, '2025-05-05', 'offer' FROM live.customers WHERE id IN (13, 14, 20);
SELECT * FROM pg_temp.truth();
-- 20 is not here, so he has no row; whoever has no row is marked, and the mark is found to be nobody's.
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();

-- UPDATE: of what is measured, of nothing that is, of nothing at all; from one customer to another; to nobody and back.
UPDATE live.orders SET amount = amount + 1 WHERE id = 1001;
SELECT * FROM pg_temp.truth();
UPDATE live.orders SET noted = 'seen' WHERE id < 50;
SELECT * FROM pg_temp.truth();
UPDATE live.orders SET amount = amount, at = at;
SELECT * FROM pg_temp.truth();
UPDATE live.customers SET noted = 'seen';
SELECT * FROM pg_temp.truth();
UPDATE live.mails SET customer = 15 WHERE customer = 14;
SELECT * FROM pg_temp.truth();
UPDATE live.mails SET customer = CASE WHEN customer = 15 THEN NULL ELSE 16 END WHERE customer IN (15, 17);
SELECT * FROM pg_temp.truth();
UPDATE live.mails SET customer = 15 WHERE customer IS NULL;
SELECT * FROM pg_temp.truth();
-- An order is joined to its lines too, so that who got one is also marked: somebody may be adding a line to it just now.
UPDATE live.orders SET customer = 16 WHERE id = 1007;
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
UPDATE live.orders SET at = NULL WHERE id = 1009;
UPDATE live.orders SET at = '2999-01-01' WHERE id = 1001;
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();

-- DELETE, of a maximum, of the last, of all of somebody, of none.
DELETE FROM live.orders WHERE id = 1001;
SELECT * FROM pg_temp.truth();
DELETE FROM live.orders WHERE customer = 21;
SELECT * FROM pg_temp.truth();
DELETE FROM live.orders WHERE id = -1;
SELECT * FROM pg_temp.truth();

-- Lines, which know an order alone.
INSERT INTO live.lines VALUES (1002, 100), (1003, 50), (1002, NULL);
SELECT * FROM pg_temp.truth();
UPDATE live.lines SET order_id = 1006 WHERE order_id = 1002;
SELECT * FROM pg_temp.truth();
DELETE FROM live.lines WHERE order_id = 1003;
SELECT * FROM pg_temp.truth();

-- ON CONFLICT: an old order and a new one in one statement, of one customer; DO NOTHING.
INSERT INTO live.orders VALUES (1002, 7, '2025-03-02', 20, 'paid'), (1020, 7, '2025-03-03', 30, 'paid'), (1021, 8, '2025-03-03', 30, 'paid')
ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, status = excluded.status;
SELECT * FROM pg_temp.truth();
INSERT INTO live.orders VALUES (1002, 7, '2025-03-02', 77, 'paid'), (1022, 9, '2025-03-03', 30, 'paid') ON CONFLICT (id) DO NOTHING;
SELECT * FROM pg_temp.truth();

-- MERGE: inserts, updates and deletes at once, of the same customers.
MERGE INTO live.orders AS o
USING (VALUES (1020, 7, 5), (1021, 8, NULL), (1022, 9, 35), (1023, 7, 40), (1024, 10, 40), (1025, 8, 1)) AS n (id, customer, amount) ON o.id = n.id
WHEN MATCHED AND n.amount IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET amount = n.amount
WHEN NOT MATCHED THEN INSERT (id, customer, at, amount, status) VALUES (n.id, n.customer, '2025-03-04', n.amount, 'paid');
SELECT * FROM pg_temp.truth();
MERGE INTO live.customers AS c USING (VALUES (30), (38), (41)) AS n (id) ON c.id = n.id
WHEN MATCHED AND n.id = 38 THEN DELETE WHEN MATCHED THEN UPDATE SET country = 'IT', here = true WHEN NOT MATCHED THEN INSERT (id, country) VALUES (n.id, 'IT');
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();

-- Common table expressions that write: one that inserts the customer and the order, one that moves rows, one that does all to one order.
WITH c AS (INSERT INTO live.customers (id, country, referred_by) VALUES (42, 'FR', 1) RETURNING id),
     o AS (INSERT INTO live.orders SELECT 1042, id, '2025-03-05', 99, 'paid' FROM c RETURNING id, customer),
     m AS (INSERT INTO live.mails SELECT customer, '2025-03-06', 'news' FROM o)
INSERT INTO live.orders SELECT 1043, customer, '2025-03-07', 1, 'open' FROM o;
SELECT * FROM pg_temp.truth();
SELECT orders, turnover, kinds FROM live.live_scores WHERE id = 42;
SELECT * FROM scoring.catch_up('live');
WITH gone AS (DELETE FROM live.mails WHERE customer = 10 RETURNING sent_on, kind) INSERT INTO live.mails SELECT 11, sent_on, kind FROM gone;
SELECT * FROM pg_temp.truth();
WITH up AS (UPDATE live.orders SET amount = amount + 1 WHERE id = 1024 RETURNING customer), new AS (INSERT INTO live.orders SELECT 1044, customer, '2025-03-07', 1, 'open' FROM up)
DELETE FROM live.orders WHERE id = (SELECT min(id) FROM live.orders WHERE customer = 10);
SELECT * FROM pg_temp.truth();

-- In one transaction: a customer and his orders, an order deleted and added again, one that is folded after it was derived.
BEGIN;
INSERT INTO live.customers (id, country) VALUES (43, 'FR');
INSERT INTO live.orders VALUES (1050, 43, '2025-03-05', 10, 'paid');
INSERT INTO live.orders VALUES (1051, 43, '2025-03-06', 20, 'paid');
SELECT orders, turnover FROM live.live_scores WHERE id = 43;
UPDATE live.orders SET amount = 30 WHERE id = 1051;
INSERT INTO live.orders VALUES (1052, 43, '2025-03-07', 40, 'paid');
DELETE FROM live.orders WHERE id = 1050;
INSERT INTO live.orders VALUES (1050, 43, '2025-03-05', 50, 'paid');
SELECT orders, turnover FROM live.live_scores WHERE id = 43;
COMMIT;
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();

-- Savepoints rolled back leave no trace, and what follows them is right.
BEGIN;
INSERT INTO live.orders VALUES (1060, 1, '2025-03-05', 10, 'paid');
SAVEPOINT s;
INSERT INTO live.orders VALUES (1061, 1, '2025-03-05', 1000, 'paid');
DELETE FROM live.orders WHERE customer = 2;
UPDATE live.orders SET customer = 3 WHERE customer = 1;
ROLLBACK TO s;
INSERT INTO live.orders VALUES (1062, 1, '2025-03-05', 20, 'paid'), (1063, 2, '2025-03-05', 20, 'paid');
SAVEPOINT s;
UPDATE live.orders SET amount = 0 WHERE customer = 4;
RELEASE s;
COMMIT;
SELECT * FROM pg_temp.truth();
BEGIN;
DELETE FROM live.orders;
TRUNCATE live.mails;
UPDATE live.customers SET here = NOT here, id = id + 1000;
ROLLBACK;
SELECT * FROM pg_temp.truth();
DO $$ BEGIN
    DELETE FROM live.orders WHERE customer < 9;
    PERFORM 1 / 0;
EXCEPTION WHEN division_by_zero THEN
    INSERT INTO live.orders VALUES (1064, 5, '2025-03-05', 10, 'paid');
END $$;
SELECT * FROM pg_temp.truth();

-- Cursors.
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM live.orders WHERE customer = 6 ORDER BY id FOR UPDATE;
FETCH 1 FROM c \g /dev/null
UPDATE live.orders SET amount = 1234 WHERE CURRENT OF c;
FETCH 1 FROM c \g /dev/null
DELETE FROM live.orders WHERE CURRENT OF c;
INSERT INTO live.orders VALUES (1065, 6, '2025-03-05', 10, 'paid');
COMMIT;
SELECT * FROM pg_temp.truth();

-- Customers: an attribute, who counts, a new key with its orders, an end with its orders; and their orders are not in the way.
UPDATE live.customers SET country = 'DE' WHERE id IN (1, 2);
SELECT * FROM pg_temp.truth();
UPDATE live.customers SET here = NOT here WHERE id IN (3, 20);
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
UPDATE live.customers SET id = 104 WHERE id = 4;
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
UPDATE live.customers SET referred_by = 11 WHERE referred_by = 12;
SELECT * FROM pg_temp.truth();
DELETE FROM live.customers WHERE id IN (104, 42, 20);
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
-- Two customers exchange their keys, and with them their orders.
BEGIN;
UPDATE live.customers SET id = -id WHERE id IN (5, 6);
UPDATE live.customers SET id = 11 + id WHERE id IN (-5, -6);
COMMIT;
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
SELECT scoring.drop_model('live');
DROP SCHEMA live CASCADE;

-- A shop under load: its tables and what is in them before the first client comes.

SET client_min_messages = warning;
CREATE SCHEMA shop;
CREATE TABLE shop.customers (id int PRIMARY KEY, country text, active boolean NOT NULL DEFAULT true, born date);
CREATE TABLE shop.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id int REFERENCES shop.customers ON UPDATE CASCADE ON DELETE CASCADE,
    ordered_at timestamptz, amount numeric, status text, ref int UNIQUE);
CREATE INDEX ON shop.orders (customer_id, id);
CREATE TABLE shop.refunds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint REFERENCES shop.orders ON DELETE CASCADE, refunded_on date, amount numeric);
CREATE INDEX ON shop.refunds (order_id);
-- No foreign keys: a mail, a visit or a ticket may come before its customer, and stay after.
CREATE TABLE shop.mails (customer_id int, sent_at timestamp, channel text, weight float8);
CREATE INDEX ON shop.mails (customer_id);
CREATE TABLE shop.visits (customer_id int, visited_at timestamptz NOT NULL, page int) PARTITION BY RANGE (visited_at);
CREATE TABLE shop.visits_old PARTITION OF shop.visits FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE shop.visits_new PARTITION OF shop.visits FOR VALUES FROM ('2026-01-01') TO (MAXVALUE) PARTITION BY LIST (page);
-- Its columns stand in another order than those of its parents.
CREATE TABLE shop.visits_some (page int, visited_at timestamptz NOT NULL, customer_id int);
ALTER TABLE shop.visits_new ATTACH PARTITION shop.visits_some FOR VALUES IN (0, 1, 2, 3, 4);
CREATE TABLE shop.visits_rest PARTITION OF shop.visits_new DEFAULT;
CREATE INDEX ON shop.visits (customer_id);
CREATE TABLE shop.tickets (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int, opened_at timestamptz, kind text);
CREATE INDEX ON shop.tickets (customer_id);
CREATE TABLE shop.wishes (customer_id int);
CREATE INDEX ON shop.wishes (customer_id);

INSERT INTO shop.customers
SELECT i, (array['FR', 'BE', 'LU', NULL])[1 + i % 4], i % 20 <> 0, date '1950-01-01' + i * 41 % 25000
FROM generate_series(1, 2000) AS i;
INSERT INTO shop.orders (customer_id, ordered_at, amount, status, ref)
SELECT 1 + i * 7919 % 2000, now() - i * interval '20 minutes', i % 977 - 50.25, (array['paid', 'open', 'cancelled'])[1 + i % 3], CASE WHEN i <= 1000 THEN i END
FROM generate_series(1, 10000) AS i;
INSERT INTO shop.refunds (order_id, refunded_on, amount) SELECT id, ordered_at::date + 3, 20 FROM shop.orders WHERE id % 9 = 0;
INSERT INTO shop.mails SELECT 1 + i * 31 % 2200, (now() - i * interval '2 hours')::timestamp, (array['email', 'call', 'post'])[1 + i % 3], i % 7
FROM generate_series(1, 2000) AS i;
INSERT INTO shop.visits SELECT 1 + i * 37 % 2200, now() - i * interval '5 hours', i % 9 FROM generate_series(1, 2000) AS i;
INSERT INTO shop.tickets (customer_id, opened_at, kind) SELECT 1 + i * 41 % 2200, now() - i * interval '20 seconds', (array['complaint', 'question'])[1 + i % 2]
FROM generate_series(1, 500) AS i;
INSERT INTO shop.wishes SELECT 1 + i * 43 % 2200 FROM generate_series(1, 300) AS i;
ANALYZE;

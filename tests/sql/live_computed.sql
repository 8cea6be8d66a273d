-- What a live model adds without a sub-transaction, since it only computes: what is wrong with a value marks its customer, and the order is accepted. What
-- runs functions of users', as types of theirs do, has its sub-transaction.

\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;
CREATE SCHEMA plain;
CREATE TABLE plain.customers (id int PRIMARY KEY);
-- A type whose comparison is anybody's.
CREATE TYPE plain.odd AS (x int);
CREATE FUNCTION plain.compared(one plain.odd, other plain.odd) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF (one).x = 13 OR (other).x = 13 THEN RAISE 'thirteen is never compared'; END IF;
    RETURN btint4cmp((one).x, (other).x);
END $$;
CREATE FUNCTION plain.same(one plain.odd, other plain.odd) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT plain.compared(one, other) = 0';
CREATE FUNCTION plain.less(one plain.odd, other plain.odd) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT plain.compared(one, other) < 0';
CREATE OPERATOR plain.= (LEFTARG = plain.odd, RIGHTARG = plain.odd, FUNCTION = plain.same);
CREATE OPERATOR plain.< (LEFTARG = plain.odd, RIGHTARG = plain.odd, FUNCTION = plain.less);
CREATE OPERATOR CLASS plain.odd_ops DEFAULT FOR TYPE plain.odd USING btree AS
    OPERATOR 1 plain.<, OPERATOR 3 plain.=, FUNCTION 1 plain.compared(plain.odd, plain.odd);
CREATE TYPE plain.state AS ENUM ('open', 'paid');
CREATE TABLE plain.orders (customer_id int, at timestamptz DEFAULT now(), amount numeric, divisor int DEFAULT 1, state plain.state DEFAULT 'paid');
CREATE TABLE plain.visits (customer_id int, seen plain.odd[] DEFAULT '{}');
CREATE INDEX ON plain.orders (customer_id);
CREATE INDEX ON plain.visits (customer_id);
INSERT INTO plain.customers SELECT generate_series(1, 4);
SELECT scoring.create_model('plain', '{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "plain.customers", "key": "id" },
    "sources": {
        "orders": { "table": "plain.orders", "customer": "customer_id", "at": "at", "where": "state = ''paid''" },
        "visits": { "table": "plain.visits", "customer": "customer_id", "where": "seen <> array[row(1)::plain.odd]" } },
    "measures": { "revenue": { "take": "sum", "from": "orders", "of": "amount / divisor" }, "last_order": { "take": "last", "from": "orders" },
                  "visits": { "take": "count", "from": "visits" } },
    "scores": { "value": { "kind": "levels", "of": "revenue", "at_least": [10, 100] } } }');
CREATE VIEW plain.so AS
    SELECT s.id, scale(s.revenue) AS decimals, length(s.revenue::text) AS digits, s.visits, s.value, (SELECT count(*) FROM plain.customers_scores_marks WHERE key_1 = s.id) AS marks
    FROM plain.customers_scores AS s ORDER BY s.id;

INSERT INTO plain.orders VALUES (1, now(), 10, 1, 'paid'), (1, now(), 95.5, 1, 'paid'), (2, now(), 5, 1, 'open');
INSERT INTO plain.visits VALUES (1, array[row(2)::plain.odd]), (1, array[row(1)::plain.odd]);
TABLE plain.so;

-- An item that fails, a sum that is too long, in one statement with what is right; the customers are marked, what else the statement says is so.
SELECT pg_temp.fault('INSERT INTO plain.orders VALUES (1, now(), 1, 0), (2, now(), 7, 1)');
SELECT pg_temp.fault('INSERT INTO plain.orders VALUES (3, now(), 9e131071)');
SELECT pg_temp.fault('INSERT INTO plain.orders VALUES (3, now(), 9e131071), (4, now(), 1)');
TABLE plain.so;
SELECT count(*) FROM plain.orders;

-- An item whose type runs what anybody wrote.
SELECT pg_temp.fault('INSERT INTO plain.visits VALUES (2, array[row(13)::plain.odd])');
TABLE plain.so;
SELECT count(*) FROM plain.visits;

-- Everything goes on in the same transaction, and after a savepoint.
BEGIN;
INSERT INTO plain.orders VALUES (4, now(), 50, 0);
SAVEPOINT s;
INSERT INTO plain.orders VALUES (4, now(), 50, 0);
ROLLBACK TO s;
INSERT INTO plain.orders VALUES (4, now(), 60);
SELECT revenue, value FROM plain.customers_scores WHERE id = 4;
COMMIT;

-- What is mended is made true.
DELETE FROM plain.orders WHERE divisor = 0 OR amount > 1e100;
DELETE FROM plain.visits WHERE customer_id = 2;
SELECT scoring.repair('plain');
SELECT sum(done) > 0 AS done FROM scoring.catch_up('plain', 1000);
TABLE plain.so;
SELECT * FROM scoring.verify('plain');
DROP VIEW plain.so;
SELECT scoring.drop_model('plain');
DROP SCHEMA plain CASCADE;

-- When a model is not followed at once: modes, isolation levels, large statements, what the clock does, what is locked or altered.

\pset null ''
-- The functions of a test have a schema whose number is another each time.
\set SHOW_CONTEXT never
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/truth.sql
\i :tests/helpers/fault.sql
SET client_min_messages = warning;
CREATE SCHEMA live;
CREATE TABLE live.customers (id int PRIMARY KEY, born date, here boolean NOT NULL DEFAULT true);
CREATE TABLE live.orders (id int PRIMARY KEY, customer int, at timestamptz, amount numeric);
CREATE INDEX ON live.orders (customer);
INSERT INTO live.customers SELECT g, date '1980-01-01' + g FROM generate_series(1, 30) AS g;
INSERT INTO live.orders SELECT g, 1 + g * 7 % 30, timestamptz '2024-01-01 12:00+00' + g * interval '3 days', g * 31 % 97 FROM generate_series(1, 90) AS g;
ANALYZE live.customers, live.orders;
CREATE FUNCTION pg_temp.model(name text, mode text) RETURNS json LANGUAGE sql AS $$
SELECT format('{
    "mode": "%2$s", "timezone": "UTC", "refresh_every": "never", "customers": { "table": "live.customers", "key": "id", "where": "here" },
    "into": "live.%1$s_scores", "view": "live.%1$s_view", "sources": { "orders": { "table": "live.orders", "customer": "customer", "at": "at" } },
    "measures": { "orders": { "take": "count", "from": "orders" }, "sum": { "take": "sum", "from": "orders", "of": "amount" }, "most": { "take": "maximum", "from": "orders", "of": "amount" } },
    "scores": { "level": { "kind": "quantile", "of": "sum" } } }', name, mode)::json
$$;
SELECT scoring.create_model(mode, pg_temp.model(mode, mode)) FROM unnest('{live,deferred,batch}'::text[]) AS mode;
SELECT tgrelid::regclass AS on, count(*) AS triggers FROM pg_trigger WHERE tgfoid = 'scoring.keep'::regproc GROUP BY tgrelid ORDER BY tgrelid::regclass::text;
SELECT * FROM pg_temp.truth('live');
SELECT * FROM pg_temp.truth('deferred');

-- Deferred: writers mark, and catch_up follows. Batch: nobody notices, verify does, refresh follows.
INSERT INTO live.orders VALUES (101, 1, '2025-01-01', 10), (102, 2, '2025-01-01', 10);
SELECT * FROM pg_temp.truth('live');
SELECT * FROM pg_temp.truth('deferred');
SELECT count(DISTINCT customer) AS wrong FROM scoring.verify('batch');
UPDATE live.orders SET customer = 4 WHERE id = 102;
DELETE FROM live.customers WHERE id = 3;
INSERT INTO live.customers VALUES (31, NULL);
SELECT * FROM pg_temp.truth('live');
SELECT * FROM pg_temp.truth('deferred');
SELECT count(*) FILTER (WHERE id = 3) AS gone, count(*) FILTER (WHERE id = 31) AS new FROM live.deferred_scores;
SELECT done, remaining >= 3 AS more FROM scoring.catch_up('deferred', 2);
SELECT done >= 3 AS others, remaining FROM scoring.catch_up('deferred');
SELECT * FROM pg_temp.truth('deferred');
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth('live');
SELECT * FROM scoring.catch_up('batch');
SELECT count(*) AS scores FROM scoring.refresh('batch');
SELECT count(*) AS wrong FROM scoring.verify('batch');
SELECT to_regclass('live.batch_scores_marks') AS marks_of_batch;

-- A model changes its mode.
SELECT scoring.replace_model('batch', pg_temp.model('batch', 'live'));
SELECT * FROM pg_temp.truth('batch');
INSERT INTO live.orders VALUES (103, 5, '2025-01-01', 10);
SELECT * FROM pg_temp.truth('batch');
SELECT scoring.replace_model('batch', pg_temp.model('batch', 'batch'));
INSERT INTO live.orders VALUES (104, 5, '2025-01-01', 10);
SELECT count(DISTINCT customer) AS wrong FROM scoring.verify('batch');
SELECT to_regclass('live.batch_scores_marks') AS marks_of_batch;
SELECT scoring.drop_model('batch');

-- In REPEATABLE READ and SERIALIZABLE a live model marks only, whatever the statement; the functions that work marks off refuse these.
SELECT * FROM pg_temp.truth('live');
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO live.orders VALUES (110, 6, '2025-01-01', 10);
UPDATE live.orders SET amount = 11 WHERE customer = 7;
DELETE FROM live.orders WHERE customer = 8;
UPDATE live.customers SET here = false WHERE id = 9;
INSERT INTO live.customers VALUES (32, NULL);
SELECT * FROM pg_temp.truth('live');
SELECT pg_temp.fault('SELECT scoring.catch_up(''live'')');
SELECT pg_temp.fault('SELECT scoring.refresh(''live'')');
COMMIT;
SELECT * FROM pg_temp.truth('live');
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO live.orders VALUES (111, 10, '2025-01-01', 10);
SELECT * FROM pg_temp.truth('live');
COMMIT;
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth('live');
BEGIN ISOLATION LEVEL READ UNCOMMITTED;
INSERT INTO live.orders VALUES (112, 10, '2025-01-01', 10);
COMMIT;
SELECT * FROM pg_temp.truth('live');

-- A statement that touches 1,000 customers makes them true; one more, and all are marked, and none is locked.
INSERT INTO live.customers SELECT g FROM generate_series(1001, 3000) AS g;
SELECT * FROM pg_temp.truth('live');
SELECT * FROM scoring.catch_up('live', 5000);
SELECT * FROM scoring.catch_up('deferred', 5000);
INSERT INTO live.orders SELECT 10000 + g, g, '2025-01-01', g % 10 FROM generate_series(1001, 2000) AS g;
SELECT * FROM pg_temp.truth('live');
BEGIN;
INSERT INTO live.orders SELECT 20000 + g, g, '2025-01-01', g % 10 FROM generate_series(1001, 2001) AS g;
SELECT count(*) AS locked FROM live.live_scores WHERE id NOT IN (SELECT id FROM live.live_scores FOR UPDATE SKIP LOCKED);
COMMIT;
SELECT * FROM pg_temp.truth('live');
SELECT * FROM scoring.catch_up('live');
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth('live');
UPDATE live.orders SET amount = amount + 1 WHERE id > 20000;
SELECT * FROM pg_temp.truth('live');
DELETE FROM live.customers WHERE id > 1000;
SELECT * FROM pg_temp.truth('live');
SELECT count(*) AS rows FROM live.live_scores;
SELECT * FROM scoring.catch_up('live', 10000);
SELECT * FROM scoring.catch_up('deferred', 10000);
SELECT * FROM pg_temp.truth('live');
SELECT count(*) AS rows FROM live.live_scores;
DELETE FROM live.orders WHERE id > 10000;
SELECT * FROM pg_temp.truth('live');

-- TRUNCATE marks everybody: the first catch_up marks them one by one, the others follow.
TRUNCATE live.orders;
SELECT * FROM pg_temp.truth('live');
INSERT INTO live.orders VALUES (1, 1, '2025-01-01', 10);
SELECT * FROM pg_temp.truth('live');
SELECT * FROM scoring.catch_up('live');
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth('live');
SELECT sum(orders) AS orders, sum(sum) AS sum FROM live.live_scores;
TRUNCATE live.customers, live.orders CASCADE;
SELECT * FROM scoring.catch_up('live');
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth('live');
SELECT count(*) AS rows FROM live.live_scores;
-- A batch that is just full ends, too.
CALL scoring.work('deferred');
INSERT INTO live.customers VALUES (1), (2);
SELECT * FROM scoring.catch_up('deferred', 2);
SELECT * FROM pg_temp.truth('deferred');
DELETE FROM live.customers;
SELECT scoring.drop_model(model) FROM scoring.status;

-- The clock. Some events are of the future: they fall due one after the other, and catch_up takes whoever is due.
INSERT INTO live.customers SELECT g, date '1980-01-01' + g FROM generate_series(1, 10) AS g;
INSERT INTO live.orders VALUES (1, 1, clock_timestamp() - interval '1 day', 10), (2, 2, 'infinity', 10), (3, 2, '-infinity', 10), (4, 3, '2999-01-01', 10);
SELECT scoring.create_model('live', '{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "live.customers", "key": "id", "where": "here" },
    "sources": { "orders": { "table": "live.orders", "customer": "customer", "at": "at" } },
    "measures": { "orders": { "take": "count", "from": "orders" }, "sum": { "take": "sum", "from": "orders", "of": "amount" }, "last": { "take": "last", "from": "orders" },
                  "recent": { "take": "count", "from": "orders", "window": "1 hour" }, "settled": { "take": "sum", "from": "orders", "of": "amount", "lag": "1 hour" },
                  "heat": { "take": "sum", "from": "orders", "of": "amount", "half_life": "1 hour" } },
    "scores": { "level": { "kind": "levels", "of": "recent", "at_least": [1, 2] }, "hot": { "kind": "levels", "of": "heat", "at_least": [1, 8] } } }');
SELECT * FROM pg_temp.truth();
-- Of what has fallen due meanwhile nobody is told, so that the table says what is as of scored_at; catch_up makes it as of now.
CREATE TEMP VIEW moments AS SELECT id, orders, sum, recent, settled, level, hot, due_at IS NULL AS never, due_at > clock_timestamp() AS later FROM live.customers_scores WHERE id <= 4 ORDER BY id;
SELECT * FROM moments;
INSERT INTO live.orders VALUES (5, 3, clock_timestamp() + interval '300 milliseconds', 20), (6, 4, clock_timestamp() - interval '1 hour' + interval '300 milliseconds', 30), (7, 1, clock_timestamp(), 8);
SELECT * FROM pg_temp.truth();
SELECT * FROM moments;
SELECT pg_sleep(0.4) \g /dev/null
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
SELECT * FROM moments;
-- A future event that is moved, deleted, or is somebody else's before its time comes.
INSERT INTO live.orders VALUES (8, 1, '2999-01-01', 1), (9, 2, '2999-01-01', 2);
UPDATE live.orders SET at = '2025-01-01' WHERE id = 8;
UPDATE live.orders SET customer = 4 WHERE id = 9;
DELETE FROM live.orders WHERE id = 4;
SELECT * FROM pg_temp.truth();
SELECT * FROM moments;
-- Another event comes when one has just fallen due, before anybody has looked.
INSERT INTO live.orders VALUES (10, 5, clock_timestamp() + interval '200 milliseconds', 20);
SELECT pg_sleep(0.3) \g /dev/null
INSERT INTO live.orders VALUES (11, 5, clock_timestamp(), 1);
SELECT orders, sum, recent FROM live.customers_scores WHERE id = 5;
UPDATE live.customers SET born = NULL WHERE id = 5;
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');

-- Refresh publishes the cuts and moves nobody: until the sweep is done all count as pending; catch_up sweeps, then moves who stands elsewhere.
DROP VIEW moments;
SELECT scoring.drop_model('live');
SELECT scoring.create_model('live', pg_temp.model('live', 'live'));
SELECT * FROM pg_temp.truth();
INSERT INTO live.orders SELECT 100 + g, g, '2025-01-01', g * g FROM generate_series(3, 10) AS g;
SELECT * FROM pg_temp.truth();
SELECT id, sum, level FROM live.live_scores ORDER BY id;
SELECT score, customers, moved, cuts_version FROM scoring.refresh('live');
SELECT * FROM pg_temp.truth();
SELECT count(*) FILTER (WHERE (scoring.explain('live', id) ->> 'pending')::boolean) AS pending, count(*) FROM live.live_scores;
SELECT * FROM scoring.catch_up('live', 3);
SELECT * FROM scoring.catch_up('live');
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
SELECT id, sum, level FROM live.live_scores ORDER BY id;
-- Who refreshes twice before anybody sweeps moves them once.
INSERT INTO live.orders VALUES (120, 1, '2025-01-01', 1000);
SELECT count(*) AS scores FROM scoring.refresh('live');
SELECT count(*) AS scores FROM scoring.refresh('live');
BEGIN;
SELECT count(*) AS scores FROM scoring.refresh('live');
SELECT * FROM scoring.catch_up('live');
COMMIT;
SELECT done > 0 AS some, remaining FROM scoring.catch_up('live');
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
-- A refresh that is rolled back was none.
BEGIN;
SELECT count(*) AS scores FROM scoring.refresh('live');
ROLLBACK;
INSERT INTO live.orders VALUES (121, 2, '2025-01-01', 500);
SELECT * FROM pg_temp.truth();

-- Another unique index of the score table could make writers wait for each other: they only mark.
CREATE UNIQUE INDEX mine ON live.live_scores (id, sum);
INSERT INTO live.orders VALUES (122, 2, '2025-01-01', 500);
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
DROP INDEX live.mine;
INSERT INTO live.orders VALUES (123, 2, '2025-01-01', 500);
SELECT * FROM pg_temp.truth();

-- A model that breaks: orders go on and are marked, catch_up says why, repair heals what can be healed.
ALTER TABLE live.orders RENAME COLUMN amount TO price;
INSERT INTO live.orders VALUES (124, 2, '2025-01-01', 500);
SELECT count(*) AS marks FROM live.live_scores_marks;
RESET client_min_messages;
SELECT * FROM scoring.catch_up('live');
SET client_min_messages = warning;
ALTER TABLE live.orders RENAME COLUMN price TO amount;
INSERT INTO live.orders VALUES (125, 3, '2025-01-01', 500);
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
INSERT INTO live.orders VALUES (126, 3, '2025-01-01', 500);
SELECT * FROM pg_temp.truth();
-- An amount that cannot be summed.
INSERT INTO live.orders SELECT 200 + g, 4, '2025-01-01', 9e131071 FROM generate_series(1, 2) AS g;
SELECT * FROM pg_temp.truth();
SELECT * FROM scoring.catch_up('live');
DELETE FROM live.orders WHERE id > 200;
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
-- What others add to the score table holds for what writers put there: a column is computed, and a row that is refused is marked.
ALTER TABLE live.live_scores ADD CHECK (sum < 10000), ADD twice numeric GENERATED ALWAYS AS (2 * sum) STORED;
INSERT INTO live.orders VALUES (210, 4, '2025-01-01', 50000), (211, 5, '2025-01-01', 1);
SELECT * FROM pg_temp.truth();
INSERT INTO live.orders VALUES (212, 6, '2025-01-01', 1);
SELECT * FROM pg_temp.truth();
SELECT bool_and(twice = 2 * sum) AS computed FROM live.live_scores;
SET client_min_messages = error;
SELECT * FROM scoring.catch_up('live');
SET client_min_messages = warning;
SELECT split_part(last_error, E'\n', 1) AS last_error FROM scoring.model WHERE name = 'live';
ALTER TABLE live.live_scores DROP CONSTRAINT live_scores_sum_check;
SELECT scoring.repair('live');
SELECT * FROM scoring.catch_up('live');
SELECT * FROM pg_temp.truth();
SELECT bool_and(twice = 2 * sum) AS computed FROM live.live_scores;
ALTER TABLE live.live_scores DROP COLUMN twice;
-- on_error: abort refuses the order instead.
SELECT scoring.replace_model('live', (pg_temp.model('live', 'live')::jsonb || '{"on_error": "abort"}')::json);
INSERT INTO live.orders SELECT 300 + g, 4, '2025-01-01', 9e131071 FROM generate_series(1, 2) AS g;
SELECT count(*) AS orders FROM live.orders WHERE id > 300;
SELECT * FROM pg_temp.truth();
SELECT scoring.drop_model('live');
DROP SCHEMA live CASCADE;

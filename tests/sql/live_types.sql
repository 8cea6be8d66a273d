-- Values of all types in a live model, some of them long, and functions of the users' own: each change is followed; so it is after columns
-- came and went, of the source and of the score table.

\pset null ''
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/truth.sql
SET client_min_messages = warning;
CREATE SCHEMA live;
CREATE TYPE live.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN live.points AS numeric CHECK (VALUE > -1000000);
CREATE FUNCTION live.vat(numeric) RETURNS numeric IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 1.2';
CREATE FUNCTION live.owner_of(text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN substr($1, 2)::int; END';
CREATE TABLE live.customers (id int PRIMARY KEY, tags text[], profile jsonb, essay text, mood live.mood, address inet);
CREATE TABLE live.events (id int PRIMARY KEY, ref text, at timestamptz, note text, mood live.mood, points live.points, tags text[], document jsonb, raw bytea, span int4range,
                          single real, small smallint, yes boolean, day date, lasted interval, letter "char", short name, padded char(5), price money);
CREATE INDEX ON live.events (live.owner_of(ref));
CREATE FUNCTION live.event(i int, customer int) RETURNS TABLE (LIKE live.events) LANGUAGE sql AS $$
SELECT i, 'c' || customer, timestamptz '2025-01-01 00:00+00' + i * interval '1 hour', (SELECT string_agg(md5(g::text || i), '') FROM generate_series(1, 400) AS g), (enum_range(NULL::live.mood))[1 + i % 3],
       (i * 1.5)::live.points, ARRAY['t' || i, NULL], jsonb_build_object('i', i), ('\x' || repeat(to_hex(i % 16) || 'f', 3000))::bytea, int4range(i, i + 5), i / 3.0::real, (i % 100)::smallint, i % 2 = 0,
       date '2025-01-01' + i, i * interval '1 day', 'x'::"char", ('n' || i)::name, 'ab'::char(5), NULL::money
$$;
INSERT INTO live.customers SELECT g, ARRAY['a', 'b'], '{"x": 1}', repeat('essay ' || g, 3000), 'ok', '10.0.0.1' FROM generate_series(1, 10) AS g;
INSERT INTO live.events SELECT e.* FROM generate_series(1, 40) AS g, live.event(g, 1 + g % 10) AS e;
SELECT scoring.create_model('live', '{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "live.customers", "key": "id" },
    "sources": { "events": { "table": "live.events", "customer": "live.owner_of(ref)", "at": "at", "where": "live.vat(points) > 1" } },
    "measures": {
        "events": { "take": "count", "from": "events" }, "vat": { "take": "sum", "from": "events", "of": "live.vat(points)" }, "note": { "take": "last", "from": "events", "of": "note" },
        "first_note": { "take": "first", "from": "events", "of": "note" }, "notes": { "take": "distinct", "from": "events", "of": "note" }, "mood": { "take": "last", "from": "events", "of": "mood" },
        "best_mood": { "take": "maximum", "from": "events", "of": "mood" }, "tags": { "take": "last", "from": "events", "of": "tags" }, "many_tags": { "take": "distinct", "from": "events", "of": "tags" },
        "document": { "take": "last", "from": "events", "of": "document" }, "raw": { "take": "maximum", "from": "events", "of": "raw" }, "span": { "take": "minimum", "from": "events", "of": "span" },
        "single": { "take": "sum", "from": "events", "of": "single" }, "mean": { "take": "average", "from": "events", "of": "single" }, "small": { "take": "sum", "from": "events", "of": "small" },
        "yes": { "take": "last", "from": "events", "of": "yes" }, "day": { "take": "maximum", "from": "events", "of": "day" }, "lasted": { "take": "maximum", "from": "events", "of": "lasted" },
        "letter": { "take": "first", "from": "events", "of": "letter" }, "short": { "take": "maximum", "from": "events", "of": "short" }, "padded": { "take": "last", "from": "events", "of": "padded" },
        "own_tags": { "take": "attribute", "of": "tags" }, "essay": { "take": "attribute", "of": "essay" }, "profile": { "take": "attribute", "of": "profile" },
        "own_mood": { "take": "attribute", "of": "customers.mood" }, "address": { "take": "attribute", "of": "address" }
    },
    "scores": { "level": { "kind": "quantile", "of": "vat", "within": ["own_mood", "address"] } } }');
SELECT * FROM pg_temp.truth();
INSERT INTO live.events SELECT e.* FROM generate_series(41, 50) AS g, live.event(g, 1 + g % 3) AS e;
SELECT * FROM pg_temp.truth();
UPDATE live.events SET note = note || 'more' WHERE id IN (41, 12);
SELECT * FROM pg_temp.truth();
UPDATE live.events SET id = id + 1000, note = note, raw = raw WHERE id = 50;
SELECT * FROM pg_temp.truth();
DELETE FROM live.events WHERE id IN (49, 48, 1050);
SELECT * FROM pg_temp.truth();
UPDATE live.customers SET essay = essay || 'x', tags = tags || 'z'::text WHERE id < 4;
SELECT * FROM pg_temp.truth();
UPDATE live.customers SET mood = 'sad', address = '::1' WHERE id = 5;
SELECT * FROM pg_temp.truth();
SELECT length(essay) AS essay, length(note) AS note, tags, span, lasted FROM live.customers_scores WHERE id = 1;

-- Columns come and go, of the score table and of the source; a type gets a value; the score table is written anew.
ALTER TABLE live.customers_scores ADD passing int DEFAULT 5, ADD mine text;
ALTER TABLE live.customers_scores DROP COLUMN passing;
UPDATE live.customers_scores SET mine = 'kept';
INSERT INTO live.events SELECT e.* FROM generate_series(61, 70) AS g, live.event(g, 1 + g % 3) AS e;
SELECT * FROM pg_temp.truth();
ALTER TABLE live.events DROP COLUMN price, ADD COLUMN extra int DEFAULT 7;
INSERT INTO live.events (id, ref, at, note, mood, points) VALUES (71, 'c2', '2025-02-01', 'short', 'sad', 5), (72, 'c2', '2025-02-02', NULL, 'sad', 5);
SELECT * FROM pg_temp.truth();
ALTER TYPE live.mood ADD VALUE 'ecstatic';
UPDATE live.events SET mood = 'ecstatic' WHERE id = 72;
SELECT * FROM pg_temp.truth();
CLUSTER live.customers_scores USING customers_scores_pkey;
VACUUM FULL live.customers_scores;
INSERT INTO live.events (id, ref, at, note, mood, points) VALUES (73, 'c2', '2025-02-03', 'short', 'sad', 5);
SELECT * FROM pg_temp.truth();
SELECT id, note, best_mood, mine FROM live.customers_scores WHERE id = 2;
SELECT scoring.drop_model('live');
DROP SCHEMA live CASCADE;

-- The spaces that fill char(n) up are no part of it.
CREATE SCHEMA live;
CREATE TABLE live.customers (id int PRIMARY KEY, code char(5), category text);
INSERT INTO live.customers VALUES (1, 'FR', 'FR'), (2, 'BE', 'BE'), (3, '', ''), (4, NULL, NULL);
SELECT scoring.create_model('live', '{
    "timezone": "UTC", "customers": { "table": "live.customers", "key": "id" }, "sources": {},
    "measures": { "code": { "take": "attribute", "of": "code" }, "category": { "take": "attribute", "of": "category" } },
    "scores": {
        "padded": { "kind": "points", "rules": [{ "of": "code", "in": ["FR"], "points": 1 }, { "of": "code", "missing": true, "points": 10 }] },
        "plain": { "kind": "points", "rules": [{ "of": "category", "in": ["FR"], "points": 1 }, { "of": "category", "missing": true, "points": 10 }] } } }');
SELECT id, padded, plain FROM live.scored_customers ORDER BY id;
SELECT scoring.explain('live', 1) -> 'measures' -> 'code' ->> 'value' AS code;
SELECT * FROM scoring.verify('live');
SELECT scoring.drop_model('live');
DROP SCHEMA live CASCADE;

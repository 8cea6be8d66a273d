-- CALL scoring.work(), and the settings of the worker: what one session can show. The server's worker is switched off.

\pset null NULL
LOAD 'pg_scoring';
CREATE SCHEMA crm;
CREATE TABLE crm.customers (id int PRIMARY KEY);
CREATE TABLE crm.orders (customer_id int, ordered_at timestamptz, amount numeric);
INSERT INTO crm.customers SELECT generate_series(1, 6);
INSERT INTO crm.orders SELECT g, timestamptz '2025-06-01 12:00+00', g * 10 FROM generate_series(1, 6) AS g;
CREATE FUNCTION public.document(name text, refresh_every text, sum_of text DEFAULT 'amount') RETURNS json LANGUAGE sql AS $body$
    SELECT format($${
        "refresh_every": "%2$s", "customers": { "table": "crm.customers", "key": "id" }, "into": "crm.%1$s_scores", "view": "crm.%1$s",
        "sources": { "orders": { "table": "crm.orders", "customer": "customer_id", "at": "ordered_at" } },
        "measures": { "spent": { "take": "sum", "from": "orders", "of": "%3$s" } },
        "scores": { "value": { "kind": "quantile", "of": "spent", "bins": 3 } }
    }$$, name, refresh_every, sum_of)::json
$body$;
CREATE VIEW public.upkeep AS
SELECT name, cuts_version, customers, last_error, failures, failed_at IS NOT NULL AS has_failed_at,
       extract(epoch FROM retry_at - failed_at)::int AS rests, is_broken
FROM scoring.model ORDER BY name;

-- The settings are for the DBA, in the server's files; nobody makes up another one.
SELECT name, unit, context, vartype, boot_val, min_val, max_val, short_desc, extra_desc FROM pg_settings WHERE name LIKE 'pg\_scoring.%' ORDER BY name;
SET pg_scoring.worker = on;
SET pg_scoring.workers = on;
ALTER DATABASE regress_work SET pg_scoring.batch_size = 10;
SELECT count(*) AS workers FROM pg_stat_activity WHERE backend_type LIKE 'pg\_scoring%';

-- A model that is made later is built by work, and refreshed when that is due: here at once, but only once in a call.
SELECT scoring.create_model('later', document('later', 'never'), 'later');
SELECT scoring.create_model('often', document('often', '1 second'), 'later');
SELECT * FROM upkeep;
CALL scoring.work('later');
SELECT * FROM upkeep;
SELECT id, spent, value FROM crm.later ORDER BY id;
CALL scoring.work();
SELECT * FROM upkeep;
UPDATE scoring.model SET refreshed_at = refreshed_at - interval '1 hour';
CALL scoring.work(NULL, 1);
CALL scoring.work(batch => 1000000, model => 'later');
SELECT * FROM upkeep;

-- A young population is refreshed when it has doubled, before its cuts are old.
SELECT scoring.create_model('young', document('young', '1 year'));
INSERT INTO crm.customers SELECT generate_series(7, 11);
INSERT INTO crm.young_scores (id, spent, scored_at) SELECT id, 0, now() FROM crm.customers WHERE id > 6 ON CONFLICT DO NOTHING;
CALL scoring.work('young');
SELECT cuts_version, customers FROM upkeep WHERE name = 'young';
INSERT INTO crm.customers VALUES (12);
INSERT INTO crm.young_scores (id, spent, scored_at) VALUES (12, 0, now()) ON CONFLICT DO NOTHING;
CALL scoring.work('young');
SELECT cuts_version, customers FROM upkeep WHERE name = 'young';

-- What work refuses.
CALL scoring.work('nobody');
CALL scoring.work('');
CALL scoring.work('young', 0);
CALL scoring.work('young', NULL);
BEGIN;
CALL scoring.work();
ROLLBACK;
CREATE FUNCTION public.call_work() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL scoring.work(); END $$;
SELECT call_work();
CREATE PROCEDURE public.call_with_settings() LANGUAGE plpgsql SET work_mem = '1MB' AS $$ BEGIN CALL scoring.work(); END $$;
CALL call_with_settings();
DO $$ BEGIN CALL scoring.work(); EXCEPTION WHEN division_by_zero THEN NULL; END $$;
\set VERBOSITY sqlstate
BEGIN;
CALL scoring.work();
ROLLBACK;
\set VERBOSITY default
SET default_transaction_isolation TO 'repeatable read';
CALL scoring.work();
RESET default_transaction_isolation;
SET default_transaction_read_only TO on;
CALL scoring.work();
RESET default_transaction_read_only;

-- Where PL/pgSQL may commit, so may work.
DO $$ BEGIN CALL scoring.work(); COMMIT; CALL scoring.work('young'); END $$;
CREATE PROCEDURE public.call_twice() LANGUAGE plpgsql AS $$ BEGIN CALL scoring.work(); CALL scoring.work(); END $$;
CALL call_twice();

-- The error of a model is kept, with when to try again. A named model raises it; where all are meant, the others go on.
SELECT scoring.create_model('bad', document('bad', '1 second', 'amount / (amount - 10)'), 'later');
SELECT scoring.create_model('next', document('next', 'never'), 'later');
CALL scoring.work('bad');
SELECT * FROM upkeep WHERE name = 'bad';
CALL scoring.work();
SELECT * FROM upkeep WHERE name IN ('bad', 'next');
UPDATE scoring.model SET failures = 8 WHERE name = 'bad';
CALL scoring.work();
CALL scoring.work();
SELECT failures, rests FROM upkeep WHERE name = 'bad';
UPDATE crm.orders SET amount = 11 WHERE amount = 10;
CALL scoring.work();
SELECT * FROM upkeep WHERE name = 'bad';
DROP TABLE crm.next_scores CASCADE;
UPDATE scoring.model SET refreshed_at = '2000-01-01', definition = document('next', '1 day') WHERE name = 'next';
CALL scoring.work();
SELECT last_error, failures FROM upkeep WHERE name = 'next';
SELECT scoring.drop_model('next');

-- A role works on its own models, and on those of the roles that it is a member of, if the DBA lets it.
CREATE ROLE regress_work_owner;
CREATE ROLE regress_work_member IN ROLE regress_work_owner;
GRANT USAGE, CREATE ON SCHEMA crm TO regress_work_owner;
GRANT SELECT ON ALL TABLES IN SCHEMA crm TO regress_work_owner;
GRANT EXECUTE ON FUNCTION scoring.create_model(text, json, text) TO regress_work_owner;
CREATE TABLE crm.people (id int PRIMARY KEY);
INSERT INTO crm.people VALUES (1), (2);
ALTER TABLE crm.people OWNER TO regress_work_owner;
SET ROLE regress_work_owner;
SELECT scoring.create_model('theirs', '{
    "customers": { "table": "crm.people", "key": "id" }, "into": "crm.theirs_scores", "view": "crm.theirs", "sources": {},
    "measures": { "id_again": { "take": "attribute", "of": "id" } }, "scores": { "half": { "kind": "quantile", "of": "id_again", "bins": 2 } }
}', 'later');
CALL scoring.work();
RESET ROLE;
GRANT EXECUTE ON PROCEDURE scoring.work(text, int) TO regress_work_owner;
SET ROLE regress_work_member;
CALL scoring.work('later');
UPDATE scoring.model SET cuts_version = 0;
CALL scoring.work();
SELECT model, state FROM scoring.status;
SELECT id, half FROM crm.theirs ORDER BY id;
RESET ROLE;
SELECT name, cuts_version FROM scoring.model WHERE name IN ('later', 'theirs') ORDER BY name;
SELECT scoring.drop_model('theirs');
DROP OWNED BY regress_work_owner;
DROP ROLE regress_work_owner, regress_work_member;

-- Nothing of it is left in the session: no transaction, no setting, no lock.
SELECT count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
SHOW search_path;

-- Whose rights count while scores are kept live: the model's owner's. What a writer, a stranger or the model's author may not do with that.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;

CREATE ROLE regress_owner;
CREATE ROLE regress_clerk;
CREATE ROLE regress_thief;
CREATE SCHEMA crm AUTHORIZATION regress_owner;
GRANT USAGE ON SCHEMA crm TO regress_clerk, regress_thief;
GRANT CREATE ON SCHEMA public TO regress_thief;
SELECT string_agg('GRANT EXECUTE ON ROUTINE ' || oid::regprocedure || ' TO regress_owner, regress_thief', '; ') AS grants FROM pg_proc
WHERE pronamespace = 'scoring'::regnamespace AND proname IN ('create_model', 'replace_model', 'drop_model', 'refresh', 'catch_up', 'work', 'verify', 'repair', 'levels', 'explain', 'preview') \gset
:grants;
SET ROLE regress_owner;
CREATE TABLE crm.customers (id int PRIMARY KEY, country text);
CREATE TABLE crm.orders (id int PRIMARY KEY, customer_id int, amount numeric);
INSERT INTO crm.customers SELECT g, 'FR' FROM generate_series(1, 6) AS g;
INSERT INTO crm.orders SELECT g, 1 + g % 6, g FROM generate_series(1, 12) AS g;
CREATE INDEX ON crm.orders (customer_id);
SELECT scoring.create_model('crm', '{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.customers", "key": "id" },
    "sources": { "orders": { "table": "crm.orders", "customer": "customer_id" } },
    "measures": { "orders": { "take": "count", "from": "orders" }, "spent": { "take": "sum", "from": "orders", "of": "amount" }, "most": { "take": "maximum", "from": "orders", "of": "amount" },
                  "country": { "take": "attribute", "of": "country" } },
    "scores": { "value": { "kind": "quantile", "of": "spent", "bins": 3 } } }');
GRANT INSERT ON crm.orders TO regress_clerk;
RESET ROLE;
CREATE FUNCTION public.wrong() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM scoring.verify('crm') $$;

-- A clerk with no right but to insert orders moves scores that he cannot read.
SET ROLE regress_clerk;
INSERT INTO crm.orders VALUES (101, 1, 1000);
SELECT call, pg_temp.fault(call) FROM unnest('{TABLE crm.orders,TABLE crm.customers_scores,TABLE crm.customers_scores_marks,TABLE crm.scored_customers,DELETE FROM crm.customers_scores,DELETE FROM crm.customers_scores_marks,
    INSERT INTO crm.customers_scores_marks VALUES (1),TRUNCATE crm.customers_scores_marks,SELECT scoring.catch_up(''crm''),CALL scoring.work()}'::text[]) AS call;
SELECT count(*) AS seen FROM scoring.status;
RESET ROLE;
SELECT id, orders, spent, value FROM crm.customers_scores WHERE id = 1;
SELECT public.wrong();

-- Row-level security, forced on all tables, with policies that hide all: no score changes its meaning, and nobody is asked for a policy.
SET ROLE regress_owner;
CREATE FUNCTION crm.asked() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'the policy was asked by %', current_user; END $$;
ALTER TABLE crm.orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.customers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.customers_scores ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.customers_scores_marks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY asked ON crm.customers USING (crm.asked());
CREATE POLICY asked ON crm.customers_scores USING (crm.asked());
CREATE POLICY asked ON crm.customers_scores_marks USING (crm.asked());
CREATE POLICY few ON crm.orders USING (amount < 5) WITH CHECK (true);
RESET ROLE;
SET ROLE regress_clerk;
INSERT INTO crm.orders VALUES (102, 2, 2000);
RESET ROLE;
UPDATE crm.orders SET amount = amount + 1 WHERE id = 101;
DELETE FROM crm.orders WHERE id = 5;
INSERT INTO crm.customers VALUES (7, 'BE');
SET ROLE regress_owner;
UPDATE crm.orders SET amount = amount * 2;
SELECT remaining FROM scoring.catch_up('crm');
SELECT public.wrong();
SELECT count(*) FROM scoring.refresh('crm');
SELECT remaining FROM scoring.catch_up('crm');
SELECT scoring.repair('crm');
SELECT model, state, marks, due, problems FROM scoring.status;
RESET ROLE;
SELECT id, orders, spent, most, value FROM crm.customers_scores ORDER BY id;
SELECT public.wrong();
ALTER TABLE crm.orders DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.customers DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.customers_scores DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.customers_scores_marks DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

-- A writer with a search path of his own, temporary tables named like ours, and operators and functions that are nearer than PostgreSQL's.
SET ROLE regress_thief;
CREATE FUNCTION public.trap(a int, b int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped %', current_user; END $$;
CREATE FUNCTION public.trap(a numeric, b numeric) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped %', current_user; END $$;
CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = int, FUNCTION = public.trap);
CREATE OPERATOR public.+ (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = public.trap);
CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped %', current_user; END $$;
CREATE FUNCTION public.count(int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped %', current_user; END $$;
CREATE TEMPORARY TABLE customers (id int PRIMARY KEY, country text);
CREATE TEMPORARY TABLE customers_scores (id int PRIMARY KEY);
CREATE TEMPORARY TABLE customers_scores_marks (key_1 int, marked_at timestamptz);
CREATE TEMPORARY TABLE model (id int, name text);
CREATE TEMPORARY TABLE pg_scoring_new (id int, customer_id int, amount numeric);
CREATE TEMPORARY TABLE pg_trigger (tgname text);
CREATE TEMPORARY TABLE pg_class (relname text);
INSERT INTO pg_scoring_new VALUES (1, 6, 1000000);
RESET ROLE;
GRANT INSERT, UPDATE, DELETE, SELECT ON crm.orders TO regress_thief;
GRANT INSERT, DELETE, SELECT ON crm.customers TO regress_thief;
SET ROLE regress_thief;
SET search_path = pg_temp, public, pg_catalog;
INSERT INTO crm.orders VALUES (103, 3, 3000);
UPDATE crm.orders SET customer_id = 4 WHERE id OPERATOR(pg_catalog.=) 103;
DELETE FROM crm.orders WHERE id OPERATOR(pg_catalog.=) 3;
INSERT INTO crm.customers VALUES (8, 'LU');
DELETE FROM crm.customers WHERE id OPERATOR(pg_catalog.=) 6;
TABLE customers_scores_marks;
SELECT model, state FROM scoring.status;
RESET search_path;
RESET ROLE;
DROP TABLE pg_temp.customers, pg_temp.customers_scores, pg_temp.customers_scores_marks, pg_temp.model, pg_temp.pg_scoring_new, pg_temp.pg_trigger, pg_temp.pg_class;
SELECT key_1 FROM crm.customers_scores_marks ORDER BY key_1;
SET search_path = public, pg_catalog;
SELECT scoring.catch_up('crm');
SELECT count(*) OPERATOR(pg_catalog.=) 0 AS is_true FROM scoring.verify('crm');
SELECT state, problems FROM scoring.status;
RESET search_path;
DROP OPERATOR public.= (int, int);
DROP OPERATOR public.+ (numeric, numeric);
DROP FUNCTION public.trap(int, int), public.trap(numeric, numeric), public.now(), public.count(int);

-- What an author's function can do when a superuser writes: only what its owner may, and it leaves nothing in the session.
SET ROLE regress_owner;
CREATE TABLE crm.tried (what text);
-- An immutable function may do little; one that it calls could do all this.
CREATE FUNCTION crm.evil(amount numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN crm.worse(amount); END $$;
CREATE FUNCTION crm.worse(amount numeric) RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    CASE amount
        WHEN 1 THEN RETURN CASE current_user WHEN 'regress_owner' THEN 1 ELSE 1000 END;
        WHEN 2 THEN EXECUTE 'SET ROLE NONE';
        WHEN 3 THEN EXECUTE 'RESET ROLE';
        WHEN 4 THEN EXECUTE 'SET SESSION AUTHORIZATION DEFAULT';
        WHEN 5 THEN EXECUTE 'CREATE TEMPORARY TABLE mine (a int)';
        WHEN 6 THEN EXECUTE 'CREATE TABLE IF NOT EXISTS crm.mine (a int)';
        WHEN 7 THEN EXECUTE 'INSERT INTO crm.tried VALUES (current_user)';
        WHEN 8 THEN EXECUTE 'DECLARE later CURSOR WITH HOLD FOR SELECT 1';
        WHEN 9 THEN EXECUTE 'PREPARE later AS SELECT 1';
        WHEN 10 THEN EXECUTE 'LISTEN later';
        WHEN 11 THEN EXECUTE 'ALTER ROLE regress_owner SUPERUSER';
        WHEN 12 THEN EXECUTE 'UPDATE scoring.model SET owner = 10';
        WHEN 13 THEN PERFORM set_config('search_path', 'crm', false), set_config('TimeZone', 'Asia/Tokyo', false), set_config('row_security', 'on', false);
        WHEN 14 THEN EXECUTE 'COMMIT';
        ELSE NULL;
    END CASE;
    RETURN amount;
END $$;
RESET ROLE;
DELETE FROM crm.orders WHERE amount < 20;
SET ROLE regress_owner;
SELECT scoring.replace_model('crm', (SELECT replace(definition::text, '"of": "amount" }, "most"', '"of": "crm.evil(amount)" }, "most"')::json FROM (VALUES ('{
    "timezone": "UTC", "refresh_every": "never", "on_error": "abort", "customers": { "table": "crm.customers", "key": "id" },
    "sources": { "orders": { "table": "crm.orders", "customer": "customer_id" } },
    "measures": { "orders": { "take": "count", "from": "orders" }, "spent": { "take": "sum", "from": "orders", "of": "amount" }, "most": { "take": "maximum", "from": "orders", "of": "amount" },
                  "country": { "take": "attribute", "of": "country" } },
    "scores": { "value": { "kind": "quantile", "of": "spent", "bins": 3 } } }')) AS d (definition)));
RESET ROLE;
SELECT remaining FROM scoring.catch_up('crm'), LATERAL (SELECT scoring.catch_up('crm')) AS again;
SELECT current_setting('search_path') AS before, current_setting('TimeZone') AS zone \gset
SELECT amount, pg_temp.fault(format('INSERT INTO crm.orders VALUES (%s, 1, %s)', 200 + amount, amount)) FROM generate_series(1, 14) AS amount;
SELECT current_user, session_user, current_setting('search_path') = :'before' AS same_path, current_setting('TimeZone') = :'zone' AS same_zone, current_setting('row_security') AS row_security;
SELECT spent - (SELECT sum(amount) FROM crm.orders WHERE customer_id = 1) AS not_as_owner FROM crm.customers_scores WHERE id = 1;
SELECT to_regclass('crm.mine') AS permanent, (SELECT string_agg(DISTINCT what, ' ') FROM crm.tried) AS tried_as, (SELECT count(*) FROM pg_cursors WHERE name = 'later') AS cursors, (SELECT count(*) FROM pg_prepared_statements WHERE name = 'later') AS prepared,
       (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass('crm.mine')) AS owner, (SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_owner') AS is_superuser, (SELECT owner FROM scoring.status) AS model_owner;
SELECT public.wrong();

-- The trigger's function, called in any other way.
SELECT pg_temp.fault('SELECT scoring.keep()');
SET ROLE regress_thief;
SELECT pg_temp.fault('SELECT scoring.keep()');
CREATE TABLE public.mine (id int, customer_id int, amount numeric);
SELECT pg_temp.fault($$CREATE TRIGGER t AFTER INSERT ON public.mine REFERENCING NEW TABLE AS pg_scoring_new FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('1')$$);
RESET ROLE;
-- Even where a DBA has granted it.
GRANT EXECUTE ON FUNCTION scoring.keep() TO regress_thief;
SET ROLE regress_thief;
CREATE FUNCTION public.called(definition text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text;
BEGIN
    EXECUTE 'CREATE TRIGGER t ' || definition;
    outcome = pg_temp.fault(statement);
    DROP TRIGGER t ON public.mine;
    RETURN outcome;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' at once: ' || SQLERRM;
END $$;
SELECT definition, public.called(definition, statement) FROM (VALUES
    ($$BEFORE INSERT ON public.mine FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('1')$$, 'INSERT INTO public.mine VALUES (1, 1, 1000)'),
    ($$AFTER INSERT ON public.mine FOR EACH ROW EXECUTE FUNCTION scoring.keep('1')$$, 'INSERT INTO public.mine VALUES (1, 1, 1000)'),
    ($$AFTER INSERT ON public.mine FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('1')$$, 'INSERT INTO public.mine VALUES (1, 1, 1000)'),
    ($$AFTER UPDATE ON public.mine REFERENCING NEW TABLE AS pg_scoring_new FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('1')$$, 'UPDATE public.mine SET amount = 1'),
    ($$AFTER INSERT ON public.mine REFERENCING NEW TABLE AS pg_scoring_new FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('1')$$, 'INSERT INTO public.mine VALUES (1, 1, 1000)'),
    ($$AFTER INSERT ON public.mine REFERENCING NEW TABLE AS pg_scoring_new FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep()$$, 'INSERT INTO public.mine VALUES (1, 1, 1000)'),
    ($$AFTER INSERT ON public.mine REFERENCING NEW TABLE AS pg_scoring_new FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('1', '1')$$, 'INSERT INTO public.mine VALUES (1, 1, 1000)'),
    ($$AFTER INSERT ON public.mine REFERENCING NEW TABLE AS pg_scoring_new FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('one')$$, 'INSERT INTO public.mine VALUES (1, 1, 1000)'),
    ($$AFTER INSERT ON public.mine REFERENCING NEW TABLE AS pg_scoring_new FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('99999999999')$$, 'INSERT INTO public.mine VALUES (1, 1, 1000)'),
    ($$AFTER INSERT ON public.mine REFERENCING NEW TABLE AS pg_scoring_new FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('77')$$, 'INSERT INTO public.mine VALUES (1, 1, 1000)'),
    ($$AFTER TRUNCATE ON public.mine FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('1')$$, 'TRUNCATE public.mine'),
    ($$AFTER DELETE ON public.mine REFERENCING OLD TABLE AS pg_scoring_old FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('1')$$, 'DELETE FROM public.mine')) AS t (definition, statement);
RESET ROLE;
REVOKE EXECUTE ON FUNCTION scoring.keep() FROM regress_thief;
SELECT count(*) AS marks FROM crm.customers_scores_marks;
SELECT public.wrong();

-- A partition of another's that is put under the model's table; a child.
SET ROLE regress_thief;
SELECT pg_temp.fault('ALTER TABLE public.mine INHERIT crm.orders');
DROP TABLE public.mine;

-- What is the extension's, nobody else writes.
SELECT statement, pg_temp.fault(statement) FROM (
    SELECT format(form, name) AS statement FROM unnest('{model,published_cuts,model_table,kept_table,problem,pending}'::text[]) WITH ORDINALITY AS t (name, at),
           unnest('{TABLE scoring.%s,DELETE FROM scoring.%s}'::text[]) WITH ORDINALITY AS f (form, number) WHERE number = 1 OR at <= 2 ORDER BY at, number) AS s;
SELECT pg_temp.fault('SELECT nextval(''scoring.model_id_seq'')'), pg_temp.fault('CREATE TABLE scoring.mine ()');
SELECT call, pg_temp.fault(call) FROM unnest('{SELECT scoring.catch_up(''crm''),SELECT scoring.repair(''crm''),SELECT scoring.verify(''crm''),SELECT scoring.refresh(''crm''),CALL scoring.work(''crm''),SELECT scoring.drop_model(''crm''),"SELECT scoring.replace_model(''crm'', json ''[]'')"}'::text[]) AS call;
RESET ROLE;

-- What everybody may call, and nothing else: neither functions, nor procedures, nor trigger functions; and what everybody may read.
SELECT string_agg(p.oid::regprocedure::text, E'\n' ORDER BY p.oid::regprocedure::text COLLATE "C") AS everybody FROM pg_proc AS p
WHERE p.pronamespace = 'scoring'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE');
SELECT string_agg(c.relname || ': ' || privilege, ', ' ORDER BY c.relname, privilege) AS everybody FROM pg_class AS c, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS privilege
WHERE c.relnamespace = 'scoring'::regnamespace AND c.relkind IN ('r', 'v') AND has_table_privilege('public', c.oid, privilege);
SELECT string_agg(p.oid::regprocedure::text, ', ') AS with_the_rights_of_another FROM pg_proc AS p WHERE p.pronamespace = 'scoring'::regnamespace AND p.prosecdef;

-- Names with all that names can have.
CREATE SCHEMA "Été ""2025""";
GRANT ALL ON SCHEMA "Été ""2025""" TO regress_owner;
SET ROLE regress_owner;
CREATE TABLE "Été ""2025"""."Kund'innen; --" ("Nr. ""1""" text COLLATE "C", "select" int, "Straße %s $1 \" text, PRIMARY KEY ("Nr. ""1""", "select"));
CREATE TABLE "Été ""2025"""."Bestell.ungen" (id int, "der Kunde" text COLLATE "C", "$tag" int, "Betrag €" numeric) PARTITION BY LIST (id);
CREATE TABLE "Été ""2025"""."{""a"": 1}" PARTITION OF "Été ""2025"""."Bestell.ungen" DEFAULT;
INSERT INTO "Été ""2025"""."Kund'innen; --" VALUES ('O''Hara', 1, 'a'), ('"x"', 1, 'b'), ('\', 2, NULL), ('{a,b}', 3, ''), (E'tab\t', 4, '%s');
INSERT INTO "Été ""2025"""."Bestell.ungen" SELECT g, (ARRAY['O''Hara', '"x"', '\'])[1 + g % 3], CASE g % 3 WHEN 2 THEN 2 ELSE 1 END, g FROM generate_series(1, 9) AS g;
SELECT scoring.create_model('Modèle "n° 1" '' ; --', $${
    "timezone": "UTC", "refresh_every": "never",
    "customers": { "table": "\"Été \"\"2025\"\"\".\"Kund'innen; --\"", "key": ["Nr. \"1\"", "select"], "where": "\"Straße %s $1 \\\" is distinct from 'weg'" },
    "into": "\"Été \"\"2025\"\"\".\"Punkte \"\"$\"\" %I\"", "view": "\"Été \"\"2025\"\"\".\"Sicht\"",
    "sources": { "Bestell-\"ungen\" $1": { "table": "\"Été \"\"2025\"\"\".\"Bestell.ungen\"", "customer": ["\"der Kunde\"", "\"$tag\""] } },
    "measures": { "Summe \"€\"": { "take": "sum", "from": "Bestell-\"ungen\" $1", "of": "\"Betrag €\"" }, "Straße": { "take": "attribute", "of": "\"Straße %s $1 \\\"" } },
    "scores": { "Wert %": { "kind": "quantile", "of": "Summe \"€\"", "bins": 2 } } }$$);
INSERT INTO "Été ""2025"""."Bestell.ungen" VALUES (10, 'O''Hara', 1, 100);
INSERT INTO "Été ""2025"""."{""a"": 1}" VALUES (11, '\', 2, 200);
UPDATE "Été ""2025"""."Bestell.ungen" SET "der Kunde" = '{a,b}', "$tag" = 3 WHERE id = 3;
DELETE FROM "Été ""2025"""."{""a"": 1}" WHERE id = 4;
INSERT INTO "Été ""2025"""."Kund'innen; --" VALUES ('neu', 5, 'c');
UPDATE "Été ""2025"""."Kund'innen; --" SET "Nr. ""1""" = 'O''Hara jr.' WHERE "Nr. ""1""" = 'O''Hara';
UPDATE "Été ""2025"""."Kund'innen; --" SET "Straße %s $1 \" = 'weg' WHERE "Nr. ""1""" = '"x"';
SELECT to_jsonb(s) - 'scored_at' AS seen FROM "Été ""2025"""."Sicht" AS s ORDER BY 1;
SELECT state, marks, due, problems FROM scoring.status WHERE model = 'Modèle "n° 1" '' ; --';
SELECT remaining FROM scoring.catch_up('Modèle "n° 1" '' ; --');
SELECT count(*) AS wrong FROM scoring.verify('Modèle "n° 1" '' ; --');
ALTER TABLE "Été ""2025"""."{""a"": 1}" DISABLE TRIGGER ALL;
DROP TABLE "Été ""2025"""."Punkte ""$"" %I_marks";
SELECT state, marks, due, problems FROM scoring.status WHERE model = 'Modèle "n° 1" '' ; --';
SELECT scoring.repair('Modèle "n° 1" '' ; --');
SELECT state, marks, are_all_pending, problems FROM scoring.status WHERE model = 'Modèle "n° 1" '' ; --';
SELECT remaining FROM scoring.catch_up('Modèle "n° 1" '' ; --');
SELECT remaining FROM scoring.catch_up('Modèle "n° 1" '' ; --');
SELECT count(*) AS wrong FROM scoring.verify('Modèle "n° 1" '' ; --');
SELECT scoring.explain('Modèle "n° 1" '' ; --', '["O''Hara jr.", "1"]') ->> 'pending' AS pending;
SELECT scoring.drop_model('Modèle "n° 1" '' ; --');
SELECT count(*) AS triggers FROM pg_trigger WHERE tgfoid = 'scoring.keep'::regproc AND tgrelid NOT IN ('crm.orders'::regclass, 'crm.customers'::regclass);
RESET ROLE;

-- The owner loses what he had: the clerk's orders go through, and the model is known to be broken.
SELECT scoring.replace_model('crm', (SELECT replace(definition::text, '"on_error": "abort"', '"on_error": "continue"')::json FROM scoring.model WHERE name = 'crm'));
ALTER TABLE crm.orders OWNER TO regress_thief;
GRANT INSERT ON crm.orders TO regress_clerk;
SET ROLE regress_clerk;
INSERT INTO crm.orders VALUES (301, 2, 50);
RESET ROLE;
SELECT coalesce(key_1::text, 'everybody') AS marked FROM crm.customers_scores_marks;
-- The new owner gives the column a type of his own, which runs what he likes wherever it is read; nobody reads it in the owner's name.
SET ROLE regress_thief;
CREATE TABLE public.stolen (by_role text);
GRANT INSERT ON public.stolen TO PUBLIC;
CREATE TYPE public.key AS (id int);
CREATE FUNCTION public.steal(public.key) RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.stolen VALUES (current_user); RETURN 3; END $$;
CREATE CAST (public.key AS int) WITH FUNCTION public.steal(public.key) AS IMPLICIT;
ALTER TABLE crm.orders ALTER customer_id TYPE public.key USING ROW(customer_id)::public.key;
RESET ROLE;
SET ROLE regress_clerk;
INSERT INTO crm.orders VALUES (304, ROW(3)::public.key, 50);
RESET ROLE;
TABLE public.stolen;
ALTER TABLE crm.orders ALTER customer_id TYPE int USING (customer_id).id;
DROP CAST (public.key AS int);
DROP FUNCTION public.steal(public.key);
DROP TYPE public.key;
DROP TABLE public.stolen;
SELECT done FROM scoring.catch_up('crm');
SELECT state, last_error FROM scoring.status;
SET ROLE regress_clerk;
INSERT INTO crm.orders VALUES (302, 3, 50);
RESET ROLE;
-- Nor does the new owner of the orders get at the scores with them.
SET ROLE regress_thief;
CREATE FUNCTION public.spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'spied as %', current_user; END $$;
CREATE TRIGGER spy AFTER INSERT ON crm.orders FOR EACH STATEMENT EXECUTE FUNCTION public.spy();
SELECT pg_temp.fault('INSERT INTO crm.orders VALUES (303, 3, 50)');
DROP TRIGGER spy ON crm.orders;
RESET ROLE;
ALTER TABLE crm.orders OWNER TO regress_owner;
SELECT remaining FROM scoring.catch_up('crm');
SELECT remaining FROM scoring.catch_up('crm');
SELECT state, last_error FROM scoring.status;
SELECT public.wrong();

SELECT scoring.drop_model('crm');
DROP SCHEMA crm, "Été ""2025""" CASCADE;
DROP FUNCTION public.called(text, text), public.spy();
DROP OWNED BY regress_owner, regress_clerk, regress_thief;
DROP ROLE regress_owner;
DROP ROLE regress_clerk;
DROP ROLE regress_thief;

-- Who may do what: the role that makes a model owns it, and its work is done in that role's name, whoever asks.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
SET client_min_messages = warning;

CREATE ROLE regress_owner;
CREATE ROLE regress_colleague IN ROLE regress_owner;
CREATE ROLE regress_reader;
CREATE ROLE regress_stranger;
CREATE SCHEMA club AUTHORIZATION regress_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA scoring TO regress_owner, regress_stranger;
SET ROLE regress_owner;
CREATE TABLE club.members (id int PRIMARY KEY, points int);
INSERT INTO club.members SELECT i, i * i FROM generate_series(1, 10) AS i;
-- Fails where it does not run in the owner's name.
CREATE FUNCTION club.checked(points int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF current_user <> 'regress_owner' THEN RAISE 'not as the owner'; END IF; RETURN points; END $$;
SELECT scoring.create_model('club', '{
    "timezone": "UTC", "mode": "batch", "customers": { "table": "club.members", "key": "id", "where": "club.checked(points) > 0" }, "sources": {},
    "measures": { "points": { "take": "attribute", "of": "points" } }, "scores": { "level": { "kind": "quantile", "of": "points", "bins": 2 } } }');
RESET ROLE;

-- The score table and the view are the owner's, and so is what reads the members.
SELECT relname, pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = 'club'::regnamespace AND relkind IN ('r', 'v') ORDER BY relname;
SELECT owner FROM scoring.status WHERE model = 'club';

-- A superuser and a member of the owner's role work on it, in the owner's name: as themselves they cannot even call its function.
SELECT pg_temp.fault('SELECT club.checked(1)');
SELECT count(*) AS groups FROM scoring.refresh('club');
SELECT count(*) AS different FROM scoring.verify('club');
SELECT scoring.repair('club') AS repaired;
SELECT count(*) AS levels FROM scoring.levels('club');
SELECT scoring.explain('club', 1) IS NOT NULL AS explained;
SET ROLE regress_colleague;
SELECT count(*) AS groups FROM scoring.refresh('club');
SELECT count(*) AS different FROM scoring.verify('club');
SELECT count(*) AS seen FROM scoring.status;
SELECT count(*) AS seen FROM scoring.cuts;
RESET ROLE;

-- What the owner's functions do to the session of a superuser: no other role, no settings left, nothing for later.
SET ROLE regress_owner;
CREATE FUNCTION club.trap(points int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN EXECUTE 'SET ROLE NONE'; RETURN points; END $$;
CREATE FUNCTION club.later(points int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT 1'; RETURN points; END $$;
CREATE FUNCTION club.path(points int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM set_config('search_path', 'club', false), set_config('TimeZone', 'Asia/Tokyo', false); RETURN points; END $$;
RESET ROLE;
CREATE FUNCTION pg_temp.tried(wanted text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.fault(format('SELECT scoring.create_model(''trap'', %L)', format('{ "timezone": "UTC", "mode": "batch", "customers": { "table": "club.members", "key": "id", "where": "club.%s(points) > 0" },
        "into": "club.traps", "view": "club.trap_view", "sources": {}, "measures": { "points": { "take": "attribute", "of": "points" } }, "scores": { "level": { "kind": "quantile", "of": "points", "bins": 2 } } }', wanted)))
$$;
SELECT pg_temp.tried('trap');
SELECT pg_temp.tried('later');
SELECT current_setting('search_path') AS before, current_setting('TimeZone') AS zone \gset
SELECT pg_temp.tried('path');
SELECT current_setting('search_path') = :'before' AS same_path, current_setting('TimeZone') = :'zone' AS same_zone;
SELECT scoring.drop_model('trap');

-- Others see nothing of it, and may read what they are granted.
GRANT USAGE ON SCHEMA club TO regress_reader, regress_stranger;
GRANT SELECT ON club.scored_members TO regress_reader;
SET ROLE regress_reader;
SELECT count(*) AS members FROM club.scored_members;
SELECT count(*) AS seen FROM scoring.status;
SELECT count(*) AS seen FROM scoring.cuts;
SELECT pg_temp.fault('TABLE club.members_scores');
SELECT pg_temp.fault('SELECT scoring.refresh(''club'')');
SELECT pg_temp.fault('TABLE scoring.model');
SELECT pg_temp.fault('TABLE scoring.published_cuts');
RESET ROLE;
SET ROLE regress_stranger;
SELECT count(*) AS seen FROM scoring.status;
SELECT call, pg_temp.fault('SELECT scoring.' || call) FROM unnest('{refresh(''club''),drop_model(''club''),verify(''club''),repair(''club''),levels(''club''),"explain(''club'', 1)"}'::text[]) AS call;
SELECT pg_temp.fault('SELECT scoring.create_model(''club'', ''{"customers": {"table": "club.members", "key": "id"}, "sources": {}, "measures": {}, "scores": {}}'')');
SELECT pg_temp.fault('SELECT scoring.refresh(''clubs'')');
RESET ROLE;

-- A policy hides rows from a role, but not from scores: a refresh fails where it would not see all. Without a right it says which table.
ALTER TABLE club.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE club.members FORCE ROW LEVEL SECURITY;
SELECT count(*) AS groups FROM scoring.refresh('club');
SELECT count(*) AS members FROM club.scored_members;
ALTER TABLE club.members OWNER TO regress_stranger;
SELECT pg_temp.fault('SELECT scoring.refresh(''club'')');
GRANT SELECT ON club.members TO regress_owner;
SELECT pg_temp.fault('SELECT scoring.refresh(''club'')');
SELECT pg_temp.fault('SELECT scoring.verify(''club'')');
ALTER TABLE club.members DISABLE ROW LEVEL SECURITY;
SELECT count(*) AS groups FROM scoring.refresh('club');

-- What everybody may call, and nothing else.
SELECT string_agg(DISTINCT p.proname, ' ' ORDER BY p.proname) AS everybody FROM pg_proc AS p
WHERE p.pronamespace = 'scoring'::regnamespace AND has_function_privilege('regress_reader', p.oid, 'EXECUTE');
SELECT string_agg(c.relname || ': ' || privilege, ', ' ORDER BY c.relname, privilege) AS everybody FROM pg_class AS c, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS privilege
WHERE c.relnamespace = 'scoring'::regnamespace AND c.relkind IN ('r', 'v') AND has_table_privilege('regress_reader', c.oid, privilege);

-- Nothing is left.
SELECT scoring.drop_model('club');
DROP OWNED BY regress_owner, regress_reader, regress_stranger;
DROP ROLE regress_colleague;
DROP ROLE regress_owner;
DROP ROLE regress_reader;
DROP ROLE regress_stranger;

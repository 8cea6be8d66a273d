-- The manual and the rights: \df+ scoring.* says it all, everybody may call it, nobody can prepare a trap for it.

\pset null NULL

-- Every object of the extension has a comment, and so has every column of its types.
SELECT pg_describe_object(classid, objid, objsubid) AS without_comment
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
      AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_scoring')
      AND NOT (classid = 'pg_type'::regclass AND objid IN (SELECT oid FROM pg_type WHERE typelem <> 0))
      AND NOT EXISTS (SELECT FROM pg_description AS d WHERE d.classoid = classid AND d.objoid = objid AND d.objsubid = 0)
ORDER BY 1;
SELECT classid::regclass AS kind, count(*) FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_scoring')
GROUP BY classid ORDER BY classid::regclass::text;
SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'scoring'::regnamespace AND relkind NOT IN ('i', 'S') AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;

-- Who may call what: exactly these; and each comment has an example, or says which call it is the same as.
SELECT p.oid::regprocedure AS function, count(*) OVER () AS public,
       obj_description(p.oid, 'pg_proc') LIKE '%xample: %' OR obj_description(p.oid, 'pg_proc') LIKE '%he same as %' OR pronargs < 2
       OR p.proname = 'rfm_segment' AS has_example
FROM pg_proc AS p WHERE pronamespace = 'scoring'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
ORDER BY p.oid::regprocedure::text COLLATE "C";

-- What each public function is: kind, volatility, strictness, parallel safety, result.
SELECT p.oid::regprocedure AS function, prorettype::regtype AS result,
       CASE prokind WHEN 'w' THEN 'window' WHEN 'a' THEN 'aggregate' ELSE 'scalar' END AS kind,
       CASE provolatile WHEN 'i' THEN 'immutable' ELSE provolatile::text END AS volatility,
       CASE WHEN proisstrict THEN 'strict' ELSE 'called on NULL' END AS nulls,
       CASE proparallel WHEN 's' THEN 'safe' ELSE proparallel::text END AS parallel
FROM pg_proc AS p WHERE pronamespace = 'scoring'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT count(*) AS support_functions, bool_and(provolatile = 'i') AS immutable, bool_and(proparallel = 's') AS safe, bool_or(prosecdef) AS definer,
       bool_or(proconfig IS NOT NULL) AS settings, bool_and(prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')) AS in_c
FROM pg_proc AS p WHERE pronamespace = 'scoring'::regnamespace AND NOT has_function_privilege('public', p.oid, 'EXECUTE')
      AND 'internal'::regtype IN (SELECT unnest(array_append(proargtypes::oid[], prorettype)));

-- What the DBA grants: the functions and the procedure over models. None of them is a security definer; each checks whose model it is.
SELECT p.oid::regprocedure AS function, provolatile AS volatility, proisstrict AS strict, proparallel AS parallel, prosecdef AS definer,
       obj_description(p.oid, 'pg_proc') LIKE '%xample: %' OR obj_description(p.oid, 'pg_proc') LIKE '%he same as %' AS has_example
FROM pg_proc AS p WHERE pronamespace = 'scoring'::regnamespace AND NOT has_function_privilege('public', p.oid, 'EXECUTE')
      AND 'internal'::regtype NOT IN (SELECT unnest(array_append(proargtypes::oid[], prorettype))) AND prorettype <> 'trigger'::regtype
ORDER BY p.oid::regprocedure::text COLLATE "C";
-- The trigger is for nobody: models put it on tables in the name of the owner of the extension.
SELECT p.oid::regprocedure AS trigger, has_function_privilege('public', p.oid, 'EXECUTE') AS public, prosecdef AS definer
FROM pg_proc AS p WHERE pronamespace = 'scoring'::regnamespace AND prorettype = 'trigger'::regtype;
SELECT relname, has_table_privilege('public', oid, 'SELECT') AS public_reads, has_table_privilege('public', oid, 'INSERT, UPDATE, DELETE') AS public_writes,
       reloptions AS options
FROM pg_class WHERE relnamespace = 'scoring'::regnamespace AND relkind IN ('r', 'v') ORDER BY relname;

-- The names of their arguments and their defaults.
SELECT p.oid::regproc AS function, pg_get_function_arguments(p.oid) AS arguments
FROM pg_proc AS p WHERE pronamespace = 'scoring'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
ORDER BY p.oid::regprocedure::text COLLATE "C";

-- The aggregates can be parallel, all of them.
SELECT aggfnoid::regprocedure AS aggregate, aggcombinefn <> 0 AND aggserialfn <> 0 AND aggdeserialfn <> 0 AS can_be_partial, agginitval
FROM pg_aggregate WHERE aggfnoid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'scoring'::regnamespace)
ORDER BY aggfnoid::regprocedure::text COLLATE "C";

-- The extension itself: one schema, not relocatable, not trusted, for a superuser.
SELECT extrelocatable AS relocatable, extversion AS version, extnamespace::regnamespace AS schema FROM pg_extension WHERE extname = 'pg_scoring';
SELECT relocatable, trusted, superuser, schema, requires FROM pg_available_extension_versions WHERE name = 'pg_scoring' AND version = '0.1.0';
SELECT has_schema_privilege('public', 'scoring', 'USAGE') AS usage, has_schema_privilege('public', 'scoring', 'CREATE') AS may_create,
       has_type_privilege('public', 'scoring.rfm_facts', 'USAGE') AND has_type_privilege('public', 'scoring.woe_row', 'USAGE') AS usage_of_types;
ALTER EXTENSION pg_scoring SET SCHEMA public;

-- A normal role can use all of it, and none of the rest.
CREATE ROLE regress_scoring_clerk LOGIN;
GRANT CREATE ON SCHEMA public TO regress_scoring_clerk;
SET ROLE regress_scoring_clerk;
SELECT scoring.bin(5, '{1}') AS bin, scoring.abc_bin(5, '{1,2}') AS abc_bin, scoring.rfm_score(1, 2, 3) AS code, scoring.rfm_segment(123) AS segment,
       scoring.rfm_segment(123, '[]') AS own, scoring.pressure_delta(2, 1) AS delta, scoring.pressure_state(1) AS state;
SELECT scoring.quantile_bin(i) OVER () AS level, scoring.abc_class(i) OVER () AS class, scoring.abc_class(i, '{0.5,0.5}', classes => '{x,y}') OVER () AS own,
       scoring.rfm_score(now(), i, i) OVER () AS score, scoring.pressure_delta(i, -i, 2) OVER () AS delta
FROM generate_series(1, 2) AS i ORDER BY i;
SELECT scoring.quantile_cuts(i) AS cuts, scoring.quantile_cuts(i, 2) AS median, scoring.abc_cuts(i, '{1}', 'count_absolute') AS abc_cuts,
       (scoring.rfm_facts(now(), i)).total, scoring.decayed_sum(i, now(), '1 day', now()) AS sum
FROM generate_series(1, 3) AS i;
SELECT scoring.woe_table('a', i = 1) AS woe_table, scoring.information_value(i::text, i = 1) AS iv, scoring.scorecard_points(0, 600, 1) AS points,
       scoring.fit_logistic('VALUES (true), (false)', 'column1') -> 'coefficients' AS fit
FROM generate_series(1, 2) AS i;
CREATE FUNCTION scoring.mine() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE public.mine(float8) (SFUNC = scoring.quantile_cuts_transition, STYPE = internal, FINALFUNC = scoring.quantile_cuts_final);
CREATE EXTENSION pg_scoring;
DROP EXTENSION pg_scoring;
RESET ROLE;

-- DROP EXTENSION leaves nothing, and refuses while a table uses a type or an index a function.
CREATE TABLE uses AS SELECT scoring.rfm_facts(now(), 1) AS facts;
DROP EXTENSION pg_scoring;
DROP TABLE uses;
DROP EXTENSION pg_scoring;
SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = 'scoring') AS schemas, (SELECT count(*) FROM pg_proc WHERE probin LIKE '%pg_scoring%') AS functions,
       (SELECT count(*) FROM pg_type WHERE typname IN ('rfm_facts', '_rfm_facts', 'woe_row', '_woe_row')) AS types;

-- A schema, or a function in it, that somebody has prepared makes CREATE EXTENSION fail, and stays his.
GRANT CREATE ON DATABASE :DBNAME TO regress_scoring_clerk;
SET ROLE regress_scoring_clerk;
CREATE SCHEMA scoring;
RESET ROLE;
CREATE EXTENSION pg_scoring;
SET ROLE regress_scoring_clerk;
CREATE FUNCTION scoring.bin(x float8, cuts float8[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE scoring.rfm_facts AS (mine int);
RESET ROLE;
CREATE EXTENSION pg_scoring;
CREATE EXTENSION pg_scoring SCHEMA scoring;
SELECT nspowner::regrole AS owner FROM pg_namespace WHERE nspname = 'scoring';
DROP SCHEMA scoring CASCADE;

-- Objects on the caller's search_path do not get into it.
SET ROLE regress_scoring_clerk;
CREATE TYPE public.float8 AS (trap int);
CREATE DOMAIN public.int4 AS text;
RESET ROLE;
SET search_path = public, pg_catalog;
CREATE EXTENSION pg_scoring;
RESET search_path;
SELECT bool_and(t.typnamespace IN ('pg_catalog'::regnamespace, 'scoring'::regnamespace)) AS all_types_are_ours
FROM pg_proc AS p, unnest(p.proargtypes || p.prorettype) AS argument JOIN pg_type AS t ON t.oid = argument WHERE p.pronamespace = 'scoring'::regnamespace;

-- And back again, twice.
DROP EXTENSION pg_scoring;
CREATE EXTENSION pg_scoring VERSION '0.1.0';
SELECT scoring.quantile_bin(1) OVER () AS level;
DROP DOMAIN public.int4;
DROP TYPE public.float8;
REVOKE ALL ON SCHEMA public FROM regress_scoring_clerk;
REVOKE ALL ON DATABASE :DBNAME FROM regress_scoring_clerk;
DROP ROLE regress_scoring_clerk;

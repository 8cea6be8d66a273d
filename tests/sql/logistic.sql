-- Logistic regression: what is fitted, to which rows, with whose rights.

\pset null NULL

-- By hand: 3 of 4 mails and 1 of 4 calls are answered, so the log odds are ln 3 and -ln 3.
CREATE TABLE contact (id serial, channel text, answered boolean);
INSERT INTO contact (channel, answered) SELECT 'mail', i > 1 FROM generate_series(1, 4) AS i UNION ALL SELECT 'call', i > 3 FROM generate_series(1, 4) AS i;
CREATE FUNCTION pg_temp.rounded(fit json) RETURNS json LANGUAGE sql AS
$$ SELECT regexp_replace(fit::text, '(-?\d+\.\d{8})\d+', '\1', 'g')::json $$;
SELECT jsonb_pretty(pg_temp.rounded(scoring.fit_logistic('SELECT channel, answered FROM contact', 'answered'))::jsonb) AS fit;
SELECT ln(3::float8) AS ln_3, sqrt(1 / 0.75::float8) AS error_of_the_intercept;

-- The keys in their order.
SELECT json_object_keys(scoring.fit_logistic('SELECT channel, answered FROM contact', 'answered')) AS key;

-- No variable: the log odds of all; VALUES and TABLE are queries too; a ridge does not touch the intercept.
SELECT pg_temp.rounded(scoring.fit_logistic('SELECT answered FROM contact WHERE id <> 1', 'answered')) -> 'intercept' AS intercept, ln(4 / 3::float8) AS by_hand;
SELECT abs((fit ->> 'intercept')::float8) < 1e-299 AS even, abs((fit #>> '{coefficients,column1}')::float8) < 1e-299 AS none_left
FROM scoring.fit_logistic('VALUES (1, true), (2, false), (3, true), (4, false)', 'column2', 1e300) AS fit;
CREATE TABLE answer AS SELECT id AS x, answered FROM contact;
SELECT scoring.fit_logistic('TABLE answer', 'answered')::text = scoring.fit_logistic('WITH a AS (TABLE answer) SELECT * FROM a ORDER BY random()', 'answered')::text AS same,
       scoring.fit_logistic('TABLE answer', 'answered', weights => NULL)::text = scoring.fit_logistic('TABLE answer;', 'answered', 0)::text AS defaults;

-- Every type: numbers and booleans have one coefficient, texts and enums one a category; domains are what they are over.
CREATE TYPE grade AS ENUM ('low', 'high');
CREATE DOMAIN money_of_ours AS numeric(10,2);
CREATE DOMAIN short_text AS varchar(3);
CREATE TABLE typed AS
SELECT (i % 7)::smallint AS small, i * 31 % 17 AS whole, (i * 7 % 23)::bigint AS big, (i * 11 % 29 / 4.0)::numeric AS exact, sqrt(i)::real AS short,
       (i * 13 % 31)::float8 AS double, (i * 5 % 37)::money_of_ours AS domain, i % 3 = 0 AS truth, ('t' || i % 2)::text AS text, ('v' || i * 3 % 5)::varchar AS varchar,
       ('c' || i / 7 % 4)::char(3) AS char, ('n' || i / 4 % 3)::name AS name, (ARRAY['low', 'high']::grade[])[1 + i / 3 % 2] AS enum,
       ('s' || i / 5 % 3)::short_text AS domain_of_text, (i * 17 % 41 > 20 AND i % 6 <> 1)::int::smallint AS outcome
FROM generate_series(1, 400) AS i;
SELECT key, json_typeof(value) AS kind, CASE json_typeof(value) WHEN 'object' THEN (SELECT json_agg(json_object_keys) FROM json_object_keys(value)) END AS categories
FROM json_each(scoring.fit_logistic('TABLE typed', 'outcome') -> 'coefficients');
-- The outcome as a boolean, an integer or a bigint; a weight of any number.
SELECT count(DISTINCT scoring.fit_logistic(query, 'y', 0, 'w')::text) AS different
FROM unnest(ARRAY['SELECT double, outcome = 1 AS y, 2 AS w FROM typed', 'SELECT double, outcome::int AS y, 2.0::numeric AS w FROM typed',
                  'SELECT double, outcome::bigint AS y, 2::float8 AS w FROM typed', 'SELECT double, outcome AS y, 2::smallint AS w FROM typed']) AS query;

-- A weight stands for so many rows; one of 0 for none; what is missing is left out and counted.
SELECT scoring.fit_logistic('SELECT double, outcome, 3 AS w FROM typed', 'outcome', weights => 'w') ->> 'log_likelihood'
       = scoring.fit_logistic('SELECT double, outcome FROM typed, generate_series(1, 3)', 'outcome') ->> 'log_likelihood' AS same,
       scoring.fit_logistic('SELECT double, outcome, 3 AS w FROM typed', 'outcome', weights => 'w') ->> 'rows' AS rows;
SELECT fit ->> 'rows' AS rows, fit ->> 'left_out' AS left_out, (fit -> 'coefficients')::text = (whole -> 'coefficients')::text AS same
FROM scoring.fit_logistic('SELECT double, text, outcome, 1.0 AS w FROM typed UNION ALL
                           VALUES (NULL, ''t0'', 1, 1.0), (''NaN''::float8, ''t0'', 1, 1), (5, NULL, 1, 1), (5, ''t0'', NULL, 1), (5, ''t0'', 0, NULL), (5, ''t9'', 0, 0), (5, ''t9'', 0, ''NaN''::float8)',
                          'outcome', weights => 'w') AS fit,
     scoring.fit_logistic('SELECT double, text, outcome FROM typed', 'outcome') AS whole;

-- The probabilities sum to the events, for all and in every category.
WITH fit AS (SELECT scoring.fit_logistic('SELECT double, varchar, outcome FROM typed', 'outcome') AS fit),
     scored AS (SELECT varchar, outcome, 1 / (1 + exp(-((fit ->> 'intercept')::float8 + double * (fit #>> '{coefficients,double}')::float8
                                                        + (fit #>> ARRAY['coefficients', 'varchar', varchar])::float8))) AS p FROM typed, fit)
SELECT varchar, count(*) AS rows, sum(outcome) AS events, round(sum(p)::numeric, 9) AS expected FROM scored GROUP BY ROLLUP (varchar) ORDER BY varchar;

-- Names and categories as they are written, also where JSON escapes them.
SELECT scoring.fit_logistic($$SELECT answered AS "it's", CASE channel WHEN 'mail' THEN E'a "b"\n\\' ELSE '' END AS "Ça va?" FROM contact$$, 'it''s') #>> '{coefficients,Ça va?}' AS categories;

-- Units and shifts do not matter, not even of 1e-200 and 1e200.
SELECT unit, round(((fit #>> '{coefficients,x}')::float8 * unit)::numeric, 9) AS coefficient, round(((fit #>> '{standard_errors,coefficients,x}')::float8 * unit)::numeric, 9) AS error
FROM unnest('{1,1e-200,1e200,-1e6}'::float8[]) AS unit, scoring.fit_logistic(format('SELECT double * %L::float8 AS x, outcome FROM typed', unit), 'outcome') AS fit;

-- A ridge: for variables that say the same, that never vary, or that tell all.
SELECT ridge, pg_temp.rounded(scoring.fit_logistic('SELECT double AS x, double AS y, 7 AS z, ''one'' AS k, outcome FROM typed', 'outcome', ridge) -> 'coefficients') AS coefficients
FROM unnest('{1,100,1e12}'::float8[]) AS ridge;
SELECT pg_temp.rounded(scoring.fit_logistic('SELECT id AS x, id > 4 AS late FROM contact', 'late', 0.5) -> 'coefficients') AS kept_finite;

-- Errors, with what to do.
\pset format unaligned
\pset tuples_only on
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql
CREATE FUNCTION pg_temp.fit(query text, outcome text DEFAULT 'y', ridge float8 DEFAULT 0, weights text DEFAULT NULL) RETURNS text LANGUAGE sql AS
$$ SELECT pg_temp.fault(format('SELECT scoring.fit_logistic(%L, %L, %L, %L)', query, outcome, ridge, weights)) $$;
-- NULL.
SELECT pg_temp.fit(NULL);
SELECT pg_temp.fit('SELECT 1', NULL);
SELECT pg_temp.fit('SELECT 1', 'y', NULL);
-- Columns.
SELECT pg_temp.fit('SELECT 1 AS x, true AS won', 'own');
SELECT pg_temp.fit('SELECT 1 AS x, true AS y', 'y', 0, 'w');
SELECT pg_temp.fit('SELECT 1 AS x, true AS y', 'y', 0, 'y');
SELECT pg_temp.fit('SELECT 1 AS x, 2 AS x, true AS y');
SELECT pg_temp.fit('SELECT 1 AS x, ''yes'' AS y');
SELECT pg_temp.fit('SELECT 1 AS x, 1.0 AS y');
SELECT pg_temp.fit('SELECT date ''2026-01-01'' AS day, true AS y');
SELECT pg_temp.fit('SELECT ''{}''::json AS doc, true AS y');
SELECT pg_temp.fit('SELECT ARRAY[1] AS list, true AS y');
SELECT pg_temp.fit('SELECT true AS y, ''a'' AS w', 'y', 0, 'w');
-- Values.
SELECT pg_temp.fit('VALUES (1, 2), (1, 0)', 'column2');
SELECT pg_temp.fit('VALUES (1, -1::bigint), (1, 0)', 'column2');
SELECT pg_temp.fit('VALUES (1.0, true), (''Infinity'', false)', 'column2');
SELECT pg_temp.fit('VALUES (1, true, -2), (2, false, 1)', 'column2', 0, 'column3');
SELECT pg_temp.fit('VALUES (1, true, ''Infinity''::float8), (2, false, 1)', 'column2', 0, 'column3');
SELECT pg_temp.fit('SELECT x, x > 2 AS y, 1e308::float8 AS w FROM generate_series(1, 4) AS x', 'y', 1, 'w');
SELECT pg_temp.fit('SELECT x * 1e-310::float8 AS x, x % 2 = 0 AS y FROM generate_series(1, 9) AS x');
SELECT pg_temp.fit('SELECT 1 AS x, true AS y', 'y', -1);
SELECT pg_temp.fit('SELECT 1 AS x, true AS y', 'y', 'Infinity');
SELECT pg_temp.fit('SELECT 1 AS x, true AS y', 'y', 'NaN');
-- Outcomes.
SELECT pg_temp.fit('SELECT 1 AS x, true AS y WHERE false');
SELECT pg_temp.fit('SELECT NULL::int AS x, true AS y');
SELECT pg_temp.fit('SELECT x, true AS y FROM generate_series(1, 3) AS x');
SELECT pg_temp.fit('SELECT x, 0 AS y FROM generate_series(1, 3) AS x');
-- Variables that never vary, that follow from others, that tell all.
SELECT pg_temp.fit('SELECT 5 AS five, x % 2 = 0 AS y FROM generate_series(1, 9) AS x');
SELECT pg_temp.fit('SELECT ''FR'' AS country, x % 2 = 0 AS y FROM generate_series(1, 9) AS x');
SELECT pg_temp.fit('SELECT x AS days, x * 24.0 AS hours, x % 2 = 0 AS y FROM generate_series(1, 9) AS x');
SELECT pg_temp.fit('SELECT x % 4 AS a, x % 3 AS b, 2 + x % 3 - x % 4 AS c, x % 5 AS d, x % 7 = 0 AS y FROM generate_series(1, 99) AS x');
SELECT pg_temp.fit('SELECT x, (ARRAY[''a'', ''b'', ''c''])[1 + x % 3] AS k, x % 3 = 1 AS is_b, x % 7 < 3 AS y FROM generate_series(1, 99) AS x');
SELECT pg_temp.fit('SELECT a, b, a % 2 = 0 AS y FROM (VALUES (1, 3), (2, 5)) AS v (a, b)');
SELECT pg_temp.fit('SELECT x, x > 5 AS y FROM generate_series(1, 9) AS x');
SELECT pg_temp.fit('SELECT -x AS x, x > 5 OR x = 3 AND b AS y FROM generate_series(3, 9) AS x, (VALUES (false), (true)) AS v (b) WHERE x NOT IN (4, 5)');
SELECT pg_temp.fit('SELECT x % 3 = 0 AS z, x % 6 = 0 AS y FROM generate_series(1, 99) AS x');
SELECT pg_temp.fit('SELECT CASE WHEN x % 5 = 0 THEN ''LU'' WHEN x % 2 = 0 THEN ''FR'' ELSE ''BE'' END AS country, x % 5 <> 0 AND x % 3 = 0 AS y FROM generate_series(1, 99) AS x');
SELECT pg_temp.fit('SELECT a, b, a + 2 * b > 15.5 AS y FROM generate_series(1, 9) AS a, generate_series(1, 9) AS b');
-- Too many.
SELECT pg_temp.fit('SELECT ''c'' || x AS k, x % 2 = 0 AS y FROM generate_series(1, 1001) AS x');
SELECT pg_temp.fit('SELECT ''c'' || x % 600 AS k, ''d'' || x % 500 AS l, x % 7 = 0 AS y FROM generate_series(1, 5000) AS x');
-- Queries that are none, or not one, or that write.
SELECT pg_temp.fit('');
SELECT pg_temp.fit('SELEC 1');
SELECT pg_temp.fit('SELECT 1 AS x, true AS y; SELECT 2');
SELECT pg_temp.fit('DELETE FROM contact');
SELECT pg_temp.fit('DELETE FROM contact RETURNING id, answered AS y');
SELECT pg_temp.fit('WITH gone AS (DELETE FROM contact RETURNING *) SELECT id, answered AS y FROM gone');
SELECT pg_temp.fit('SELECT id, answered AS y FROM contact FOR UPDATE');
SELECT pg_temp.fit('SELECT id, answered AS y INTO kept FROM contact');
SELECT pg_temp.fit('CREATE TABLE kept AS SELECT 1');
SELECT pg_temp.fit('DROP TABLE contact');
SELECT pg_temp.fit('EXPLAIN SELECT 1');
SELECT pg_temp.fit('SHOW work_mem');
SELECT pg_temp.fit('COMMIT');
SELECT pg_temp.fit('COPY contact TO STDOUT');
SELECT pg_temp.fit('SELECT $1 AS x, true AS y');
-- A function that writes is stopped too, and what it did is undone.
CREATE FUNCTION writes(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO contact (channel) VALUES ('fax'); RETURN i; END $$;
SELECT pg_temp.fit('SELECT writes(id) AS x, answered AS y FROM contact');
SELECT pg_temp.fit('SELECT nextval(''contact_id_seq'') AS x, answered AS y FROM contact');
CREATE FUNCTION opens() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET LOCAL transaction_read_only = off; INSERT INTO contact (channel) VALUES ('fax'); RETURN 1; END $$;
SELECT pg_temp.fit('SELECT opens() AS x, answered AS y FROM contact');
SELECT count(*) AS contacts, count(*) FILTER (WHERE channel = 'fax') AS faxes, current_setting('transaction_read_only') AS read_only FROM contact;
-- Errors of the query pass as they are.
SELECT pg_temp.fit('SELECT 1 / (id - 3) AS x, answered AS y FROM contact');
SELECT pg_temp.fit('SELECT x, y FROM nowhere');
\pset format aligned
\pset tuples_only off

-- After a fit, and after one that failed, the session writes on.
BEGIN;
SELECT scoring.fit_logistic('SELECT id, answered FROM contact', 'answered') IS NOT NULL AS fitted;
INSERT INTO contact (channel, answered) VALUES ('mail', true);
SAVEPOINT before;
SELECT scoring.fit_logistic('SELECT 1 / 0 AS x, true AS y', 'y');
ROLLBACK TO before;
INSERT INTO contact (channel, answered) VALUES ('call', false);
SELECT scoring.fit_logistic('SELECT channel, answered FROM contact', 'answered') -> 'rows' AS sees_its_own;
ROLLBACK;
BEGIN READ ONLY;
SELECT scoring.fit_logistic('SELECT id, answered FROM contact', 'answered') -> 'rows' AS in_a_read_only_transaction;
COMMIT;

-- In PL/pgSQL, in a loop, with blocks that catch errors.
DO $$
DECLARE
    fits int := 0;
BEGIN
    FOR turn IN 1..100 LOOP
        BEGIN
            PERFORM scoring.fit_logistic(format('SELECT id, %s AS y FROM contact', CASE turn % 2 WHEN 0 THEN 'answered' ELSE 'true' END), 'y');
            fits := fits + 1;
        EXCEPTION WHEN invalid_parameter_value THEN
            NULL;
        END;
    END LOOP;
    RAISE NOTICE '% fits', fits;
END $$;

-- A cancel ends it in time, in the query and in the fit.
SET statement_timeout = '300 ms';
SELECT scoring.fit_logistic('SELECT random() AS x, random() < 0.5 AS y FROM generate_series(1, 100000000)', 'y');
RESET statement_timeout;

-- With the caller's rights: what he may not read, he may not fit to.
CREATE ROLE regress_scoring_analyst;
GRANT SELECT ON answer TO regress_scoring_analyst;
SET ROLE regress_scoring_analyst;
SELECT scoring.fit_logistic('SELECT x, answered FROM answer', 'answered') -> 'rows' AS rows;
SELECT scoring.fit_logistic('SELECT id, answered FROM contact', 'answered');
RESET ROLE;
ALTER TABLE answer ENABLE ROW LEVEL SECURITY;
CREATE POLICY not_two ON answer USING (x <> 2);
SET ROLE regress_scoring_analyst;
SELECT scoring.fit_logistic('SELECT x, answered FROM answer', 'answered') -> 'rows' AS rows_that_he_sees;
RESET ROLE;
REVOKE ALL ON answer FROM regress_scoring_analyst;
DROP ROLE regress_scoring_analyst;

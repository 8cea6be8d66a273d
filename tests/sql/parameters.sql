-- Parameters of window functions and aggregates: constant within a partition or group, wherever they come from.

\pset null NULL
\pset format unaligned
\pset tuples_only on
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql

-- Each company has its own classes, shares and strategy: columns that are constant within each partition.
CREATE TABLE company (name text, shares float8[], strategy text, classes text[], bins int, method text);
INSERT INTO company VALUES
    ('halves', '{0.5,0.5}', 'count_percent', '{top,rest}', 2, 'quantile'),
    ('heads', '{1,2}', 'count_absolute', '{gold,silver,bronze}', 3, 'ntile'),
    ('share', '{0.4,0.3,0.2,0.1}', 'key_figure_percent', '{1,2,3,4}', 4, 'quantile');
CREATE TABLE customer AS
SELECT company.*, i, i * 10.0::float8 AS value, timestamptz '2026-01-01' + i * interval '1 day' AS at FROM company, generate_series(1, 6) AS i;
SELECT name, string_agg(class, ' ' ORDER BY i) AS classes, string_agg(level::text, ' ' ORDER BY i) AS levels,
       string_agg(score::text, ' ' ORDER BY i) AS scores, string_agg(delta::text, ' ' ORDER BY i) AS deltas
FROM (SELECT name, i, scoring.abc_class(value, shares, strategy, classes) OVER w AS class,
             scoring.quantile_bin(value, bins, method) OVER w AS level, scoring.rfm_score(at, value, -value, bins, method) OVER w AS score,
             scoring.pressure_delta(value, -value, bins) OVER w AS delta
      FROM customer WINDOW w AS (PARTITION BY name)) AS r
GROUP BY name ORDER BY name;
SELECT name, scoring.quantile_cuts(value, bins) AS cuts, scoring.abc_cuts(value, shares, strategy) AS abc_cuts
FROM customer GROUP BY name ORDER BY name;

-- From subqueries, functions of the row's company, and prepared statements.
SELECT string_agg(class, ' ' ORDER BY value) AS classes
FROM (SELECT value, scoring.abc_class(value, (SELECT shares FROM company WHERE name = 'halves'), (SELECT strategy FROM company WHERE name = 'halves'),
                                      (SELECT classes FROM company WHERE name = 'halves')) OVER () AS class
      FROM customer WHERE name = 'heads') AS r;
SELECT string_agg(level::text, ' ' ORDER BY value) AS levels
FROM (SELECT value, scoring.quantile_bin(value, (SELECT bins FROM company WHERE company.name = customer.name), lower('QUANTILE')) OVER () AS level
      FROM customer WHERE name = 'halves') AS r;
PREPARE classify (float8[], text, text[]) AS
SELECT string_agg(class, ' ' ORDER BY value) AS classes
FROM (SELECT value, scoring.abc_class(value, $1, $2, $3) OVER () AS class FROM customer WHERE name = 'heads') AS r;
SET plan_cache_mode = force_generic_plan;
EXECUTE classify ('{0.5,0.5}', 'count_percent', '{x,y}');
EXECUTE classify ('{1,1}', 'count_absolute', '{x,y,z}');
EXECUTE classify ('{0.5,0.4}', 'count_percent', '{x,y}');
EXECUTE classify (NULL, 'count_percent', '{x,y}');
EXECUTE classify ('{}', 'count_absolute', '{all}');
SET plan_cache_mode = force_custom_plan;
EXECUTE classify ('{0.5,0.5}', 'count_percent', '{x,y}');
RESET plan_cache_mode;

-- From plpgsql variables, changing from turn to turn.
DO $$
DECLARE
    heads float8[] := '{}';
    labels text[] := '{}';
    found text;
BEGIN
    FOR n IN 1..4 LOOP
        heads := heads || 1.0::float8;
        labels := labels || chr(64 + n);
        SELECT string_agg(class || level, ' ' ORDER BY value) INTO found
        FROM (SELECT value, scoring.abc_class(value, heads, 'count_absolute', labels || 'rest'::text) OVER () AS class,
                     scoring.quantile_bin(value, n + 1) OVER () AS level
              FROM customer WHERE name = 'heads') AS r;
        RAISE NOTICE '%', found;
    END LOOP;
END $$;

-- Stored compressed, out of line, with short headers and as slices.
CREATE TABLE stored (how text, shares float8[], classes text[]);
ALTER TABLE stored ALTER shares SET STORAGE EXTERNAL, ALTER classes SET STORAGE EXTERNAL;
INSERT INTO stored SELECT 'external', array_agg(1 / 512.0::float8), array_agg('class ' || l ORDER BY l) FROM generate_series(1, 512) AS l;
ALTER TABLE stored ALTER shares SET STORAGE MAIN, ALTER classes SET STORAGE MAIN;
INSERT INTO stored SELECT 'compressed', array_agg(1 / 512.0::float8), array_agg('class ' || l ORDER BY l) FROM generate_series(1, 512) AS l;
INSERT INTO stored VALUES ('short', '{0.5,0.5}', '{class 1,class 2}');
INSERT INTO stored SELECT 'slice', (ARRAY[9, 0.5, 0.5, 9]::float8[])[2:3], ('{x,class 1,class 2,x}'::text[])[2:3];
SELECT how, array_length(classes, 1) AS classes, pg_column_size(classes) < 4000 AS small, array_lower(shares, 1) AS first FROM stored ORDER BY how;
SELECT how, count(*) AS rows, count(DISTINCT class) AS classes, bool_and(class = 'class ' || ceil((1025 - i) * array_length(classes, 1) / 1024.0)) AS right,
       bool_and(other = class || '!') AS other, bool_and(before = array_to_string(classes, ',')) AS before
FROM (SELECT how, i, classes, scoring.abc_class(i, shares, 'count_percent', classes) OVER w AS class,
             scoring.abc_class(i, shares, 'count_percent', (SELECT array_agg(c || '!') FROM unnest(classes) AS c)) OVER w AS other,
             first_value(array_to_string(classes, ',')) OVER w AS before
      FROM stored, generate_series(1, 1024) AS i WINDOW w AS (PARTITION BY how)) AS r
GROUP BY how ORDER BY how;
SELECT how, scoring.abc_bin(1, ARRAY[0.5, 2], (classes || ARRAY['a', 'b', 'c'])[1:3]) AS bin, scoring.bin(1, shares) AS above,
       scoring.abc_cuts(i, shares, 'count_percent') IS NOT NULL AS cuts
FROM stored, generate_series(1, 10) AS i GROUP BY how, shares, classes ORDER BY how;

-- The same array stored in two ways does not vary.
SELECT count(DISTINCT class) AS classes
FROM (SELECT scoring.abc_class(i, shares, 'count_percent', classes) OVER () AS class
      FROM stored, generate_series(1, 600) AS i WHERE how IN ('compressed', 'external')) AS r;

-- Several windows and functions with results by reference in one query, partitions one row after the other.
SELECT count(*) AS rows, bool_and(a = b AND c = d AND e = i::text) AS right
FROM (SELECT i, scoring.abc_class(i, '{0.5,0.5}', 'count_percent', ARRAY['a' || k, 'b' || k]) OVER (PARTITION BY k) AS a,
             CASE WHEN ntile(2) OVER (PARTITION BY k ORDER BY i DESC) = 1 THEN 'a' ELSE 'b' END || k AS b,
             scoring.abc_class(-i, '{1}', 'count_percent', ARRAY['only ' || i]) OVER (PARTITION BY i) AS c, 'only ' || i AS d,
             max(i::text) OVER (PARTITION BY i) AS e
      FROM generate_series(1, 2000) AS i, LATERAL (SELECT i / 20 AS k) AS part WHERE i < 2000 AND i >= 20) AS r;

-- Read again for each row of a join.
SELECT n, string_agg(class, '' ORDER BY i) AS classes
FROM generate_series(1, 4) AS n,
     LATERAL (SELECT i, scoring.abc_class(i, array_fill(1, ARRAY[n]), 'count_absolute', (string_to_array('V,W,X,Y,Z', ','))[1:n + 1]) OVER () AS class
              FROM generate_series(1, 6) AS i) AS scored
GROUP BY n ORDER BY n;

-- Parameters that vary.
SELECT pg_temp.fault('SELECT scoring.abc_class(value, shares, ''count_percent'', ''{a,b}'') OVER () FROM customer');
SELECT pg_temp.fault('SELECT scoring.abc_class(value, ''{1}'', CASE i WHEN 3 THEN ''key_figure_percent'' ELSE ''count_percent'' END, ''{a}'') OVER () FROM customer');
SELECT pg_temp.fault('SELECT scoring.abc_class(value, ''{1}'', ''count_percent'', ARRAY[name]) OVER () FROM customer');
SELECT pg_temp.fault('SELECT scoring.quantile_bin(value, bins) OVER () FROM customer');
SELECT pg_temp.fault('SELECT scoring.quantile_bin(value, 5, method) OVER () FROM customer');
SELECT pg_temp.fault('SELECT scoring.rfm_score(at, value, value, bins) OVER () FROM customer');
SELECT pg_temp.fault('SELECT scoring.rfm_score(at, value, value, 5, method) OVER () FROM customer');
SELECT pg_temp.fault('SELECT scoring.pressure_delta(value, value, bins) OVER () FROM customer');
SELECT pg_temp.fault('SELECT scoring.quantile_cuts(value, bins) FROM customer');
SELECT pg_temp.fault('SELECT scoring.abc_cuts(value, shares, ''count_absolute'') FROM customer WHERE name = ''share'' OR i > 0 AND name = ''heads''');
SELECT pg_temp.fault('SELECT scoring.abc_cuts(value, ''{1}'', CASE i WHEN 3 THEN ''key_figure_percent'' ELSE ''count_percent'' END) FROM customer');

-- NULL, in the first row, in a later one, and in an empty window, where nobody asks.
SELECT pg_temp.fault('SELECT scoring.abc_class(1, NULL) OVER ()');
SELECT pg_temp.fault('SELECT scoring.abc_class(1, ''{1}'', NULL) OVER ()');
SELECT pg_temp.fault('SELECT scoring.abc_class(1, ''{1}'', ''count_percent'', NULL) OVER ()');
SELECT pg_temp.fault('SELECT scoring.quantile_bin(1, NULL) OVER ()');
SELECT pg_temp.fault('SELECT scoring.quantile_bin(1, 5, NULL) OVER ()');
SELECT pg_temp.fault('SELECT scoring.quantile_bin(i, NULLIF(5, i)) OVER () FROM generate_series(0, 9) AS i');
SELECT pg_temp.fault('SELECT scoring.rfm_score(now(), 1, 1, NULL) OVER ()');
SELECT pg_temp.fault('SELECT scoring.rfm_score(now(), 1, 1, 5, NULL) OVER ()');
SELECT pg_temp.fault('SELECT scoring.pressure_delta(1.0, 1, NULL) OVER ()');
SELECT pg_temp.fault('SELECT scoring.quantile_cuts(1, NULL)');
SELECT pg_temp.fault('SELECT scoring.abc_cuts(1, NULL, ''count_percent'')');
SELECT pg_temp.fault('SELECT scoring.abc_cuts(1, ''{1}'', NULL)');
SELECT pg_temp.fault('SELECT scoring.quantile_bin(1, NULL) OVER () WHERE false');

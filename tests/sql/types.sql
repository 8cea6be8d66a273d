-- Types: figures, dates, levels, bins, shares and cuts of every type with an implicit cast; untyped literals.

-- Figures and dates of every such type.
CREATE TABLE figure AS
SELECT i AS row, i::smallint AS small, i AS whole, i::bigint AS big, i::numeric(12,2) AS money, i::real AS short, i::float8 AS double,
       date '2026-01-01' + i AS day, timestamp '2026-01-01' + i * interval '1 day' AS local,
       timestamptz '2026-01-01' + i * interval '1 day' AS instant, 2::smallint AS two
FROM generate_series(1, 10) AS i;
SELECT count(DISTINCT (a, b, c, d, e, f)) AS levels, bool_and(a = b AND b = c AND c = d AND d = e AND e = f) AS the_same
FROM (SELECT scoring.quantile_bin(small) OVER () AS a, scoring.quantile_bin(whole) OVER () AS b, scoring.quantile_bin(big) OVER () AS c,
             scoring.quantile_bin(money) OVER () AS d, scoring.quantile_bin(short) OVER () AS e, scoring.quantile_bin(double) OVER () AS f
      FROM figure) AS r;
SELECT count(DISTINCT a) AS classes, bool_and(a = b AND b = c AND c = d AND d = e AND e = f) AS the_same
FROM (SELECT scoring.abc_class(small) OVER () AS a, scoring.abc_class(whole) OVER () AS b, scoring.abc_class(big) OVER () AS c,
             scoring.abc_class(money) OVER () AS d, scoring.abc_class(short) OVER () AS e, scoring.abc_class(double) OVER () AS f
      FROM figure) AS r;
SELECT count(DISTINCT a) AS scores, bool_and(a = b AND b = c AND c = d) AS the_same
FROM (SELECT scoring.rfm_score(day, small, money) OVER () AS a, scoring.rfm_score(local, whole, short) OVER () AS b,
             scoring.rfm_score(instant, big, double) OVER () AS c, scoring.rfm_score(instant, money, small) OVER () AS d
      FROM figure) AS r;
SELECT DISTINCT scoring.pressure_delta(small, money, 2) OVER () AS a, scoring.pressure_delta(big, short, two) OVER () AS b FROM figure;
SELECT a = b AND b = c AND c = d AND d = e AND e = f AS cuts
FROM (SELECT scoring.quantile_cuts(small, two) AS a, scoring.quantile_cuts(whole, 2) AS b, scoring.quantile_cuts(big, two) AS c,
             scoring.quantile_cuts(money, 2) AS d, scoring.quantile_cuts(short, two) AS e, scoring.quantile_cuts(double, 2) AS f
      FROM figure) AS r;
SELECT a = b AND b = c AND c = d AND d = e AND e = f AS abc_cuts
FROM (SELECT scoring.abc_cuts(small, '{1,1}', 'count_absolute') AS a, scoring.abc_cuts(whole, '{1,1}', 'count_absolute') AS b,
             scoring.abc_cuts(big, '{1,1}', 'count_absolute') AS c, scoring.abc_cuts(money, '{1,1}', 'count_absolute') AS d,
             scoring.abc_cuts(short, '{1,1}', 'count_absolute') AS e, scoring.abc_cuts(double, '{1,1}', 'count_absolute') AS f
      FROM figure) AS r;
SELECT a = b AND b = c AND c = d AND d = e AND e = f AS sums
FROM (SELECT scoring.decayed_sum(small, day, '1 day', '2026-02-01') AS a, scoring.decayed_sum(whole, local, '1 day', date '2026-02-01') AS b,
             scoring.decayed_sum(big, instant, '1 day', timestamp '2026-02-01') AS c, scoring.decayed_sum(money, day, time '24:00', '2026-02-01') AS d,
             scoring.decayed_sum(short, day, '1 day', '2026-02-01') AS e, scoring.decayed_sum(double, day, '1 day', '2026-02-01') AS f
      FROM figure) AS r;
SELECT a = b AND b = c AND c = d AS facts
FROM (SELECT scoring.rfm_facts(day, small) AS a, scoring.rfm_facts(local, whole) AS b, scoring.rfm_facts(instant, big) AS c,
             scoring.rfm_facts(day, money::numeric) AS d FROM figure) AS r;
SELECT scoring.bin(small, '{5}') + scoring.bin(money, '{5}') + scoring.bin(big, '{5}') + scoring.bin(short, '{5}') AS bins,
       scoring.abc_bin(small, '{5,50}') || scoring.abc_bin(money, '{5,50}') || scoring.abc_bin(big, '{5,50}') AS classes
FROM figure WHERE row IN (5, 6) ORDER BY row;

-- A float amount has no implicit cast to numeric, so rfm_facts wants a cast, as PostgreSQL says.
SELECT scoring.rfm_facts(day, double) FROM figure;

-- Levels and bins of int or smallint.
SELECT scoring.rfm_score(5::smallint, 4, 3::smallint) AS score, scoring.pressure_delta(5::smallint, 2::smallint) AS delta,
       scoring.pressure_state(1::smallint, 1::smallint) AS state, scoring.rfm_segment(555::smallint) AS segment,
       scoring.rfm_segment(555::smallint, '[{"label": "own"}]') AS own;
SELECT DISTINCT scoring.quantile_bin(double, two) OVER () AS level, scoring.rfm_score(instant, 1, 1, two) OVER () AS score FROM figure ORDER BY 1;

-- Untyped literals.
SELECT scoring.bin('5', '{1,10}') AS bin, scoring.abc_bin('5', '{1,10}', '{x,y,z}') AS abc_bin, scoring.rfm_segment('555') AS segment,
       scoring.rfm_segment('555', '[{"label": "own"}]') AS own, scoring.pressure_state('3', '1') AS state, scoring.pressure_delta('3', '1') AS delta;
SELECT scoring.quantile_cuts('5', '2') AS cuts, scoring.abc_cuts('5', '{1,1}', 'count_absolute') AS abc_cuts,
       scoring.rfm_facts('2026-01-01', '1.50') AS facts, scoring.decayed_sum('8', '2026-01-01', '1 day', '2026-01-02') AS sum;
SELECT scoring.quantile_bin('5', '2', 'ntile') OVER () AS level, scoring.abc_class('5') OVER () AS class,
       scoring.abc_class('5', '{0.5,0.5}', 'key_figure_percent', '{x,y}') OVER () AS own, scoring.pressure_delta('5', '6', '2') OVER () AS delta;

-- But rfm_score wants a typed last_at: an untyped one may mean a level.
SELECT scoring.rfm_score(timestamptz '2026-01-01', '1', '2') OVER () AS instant, scoring.rfm_score(date '2026-01-01', 1, 2.5) OVER () AS day,
       scoring.rfm_score('2026-01-01'::timestamp, 1, 2) OVER () AS local;
SELECT scoring.rfm_score('2026-01-01', 1, 2) OVER ();
SELECT scoring.rfm_score('2026-01-01', '1', '2') OVER ();
SELECT scoring.rfm_score('5', '4', '3');
SELECT scoring.rfm_score('5', 4, 3) AS score;

-- Shares, cuts and heads as arrays of float8, real, numeric, int, smallint and bigint.
SELECT DISTINCT scoring.abc_class(row, '{0.5,0.5}'::numeric[], 'count_percent', '{x,y}') OVER () AS "numeric",
       scoring.abc_class(row, '{0.5,0.5}'::real[], 'count_percent', '{x,y}') OVER () AS "real",
       scoring.abc_class(row, ARRAY[0.5, 0.5], 'count_percent', '{x,y}') OVER () AS "literals",
       scoring.abc_class(row, '{5}'::int[], 'count_absolute', '{x,y}') OVER () AS "int",
       scoring.abc_class(row, '{5}'::smallint[], 'count_absolute', '{x,y}'::varchar[]) OVER () AS "smallint",
       scoring.abc_class(row, '{6}'::bigint[], 'key_figure_absolute', '{x,y}') OVER () AS "bigint"
FROM figure ORDER BY 1;
SELECT scoring.abc_cuts(row, '{0.5,0.5}'::numeric[], 'count_percent') AS "numeric", scoring.abc_cuts(row, ARRAY[1, 2], 'count_absolute') AS "int",
       scoring.abc_cuts(row, '{0.5,0.5}'::real[], 'count_percent') AS "real"
FROM figure;
SELECT scoring.bin(5, '{1,10}'::numeric[]) AS "numeric", scoring.bin(5, '{1,10}'::real[]) AS "real", scoring.bin(5, ARRAY[1, 10]) AS "int",
       scoring.bin(5, ARRAY[1, 9.5]) AS "mixed", scoring.abc_bin(5, '{1,10}'::int[]) AS abc, scoring.bin(5, '{}'::int[]) AS "empty";

-- The results are of the types that the manual says.
SELECT pg_typeof(scoring.quantile_bin(1) OVER ()) AS quantile_bin, pg_typeof(scoring.abc_class(1) OVER ()) AS abc_class,
       pg_typeof(scoring.rfm_score(now(), 1, 1) OVER ()) AS rfm_score, pg_typeof(scoring.pressure_delta(1, 1, 2) OVER ()) AS pressure_delta,
       pg_typeof(scoring.quantile_cuts(1)) AS quantile_cuts, pg_typeof(scoring.rfm_facts(now(), 1)) AS rfm_facts,
       pg_typeof(scoring.decayed_sum(1, now(), '1 day', now())) AS decayed_sum;

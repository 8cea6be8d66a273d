-- Quantiles: cuts, levels under given cuts, and the level of each row of a partition.

\pset null NULL

-- bin: 1 + the number of cuts strictly below x; a figure on a cut is below it.
SELECT x, scoring.bin(x, '{10,20,30}') AS level, width_bucket(x, '{10,20,30}'::float8[]) + 1 AS left_closed
FROM (VALUES (-1e9), (9.99), (10), (10.01), (20), (30), (30.01), (1e9), (NULL)) AS figure (x);
SELECT x, scoring.bin(x, '{-Infinity,0,Infinity}') AS level
FROM unnest('{-Infinity,-1,-0.0,0,1,Infinity,NaN,NULL}'::float8[]) AS x;

-- Equal cuts leave levels empty; no cuts are one level; cuts may have any lower bound.
SELECT scoring.bin(5, '{5,5,5}') AS on_all, scoring.bin(6, '{5,5,5}') AS above_all, scoring.bin(7, '{}') AS no_cuts,
       scoring.bin('NaN', '{}') AS nan, scoring.bin(25, '[-1:1]={10,20,30}') AS other_bounds, scoring.bin(1, NULL) AS no_array;

-- Ten thousand cuts.
SELECT scoring.bin(5000.5, array_agg(i ORDER BY i)) AS middle FROM generate_series(1, 10000) AS i;

-- quantile_cuts by hand: of 1 to 11, the cuts of five levels are 3, 5, 7 and 9; of 1 to 10 they lie between rows.
SELECT scoring.quantile_cuts(i, 5) AS eleven, scoring.quantile_cuts(i) = scoring.quantile_cuts(i, 5) AS five_by_default,
       scoring.quantile_cuts(i, 2) AS median, array_length(scoring.quantile_cuts(i, 100), 1) AS a_hundred_bins
FROM generate_series(1, 11) AS i;
SELECT scoring.quantile_cuts(i, 4) AS ten FROM generate_series(1, 10) AS i;

-- NULL and NaN do not count; nothing at all has no cuts; the order does not matter.
SELECT scoring.quantile_cuts(x, 4) AS some_missing FROM unnest('{NULL,3,NaN,1,5,NULL,2,4,NaN}'::float8[]) AS x;
SELECT scoring.quantile_cuts(x, 4) AS all_missing FROM unnest('{NULL,NaN}'::float8[]) AS x;
SELECT scoring.quantile_cuts(x, 4) AS no_rows FROM unnest('{}'::float8[]) AS x;
SELECT scoring.quantile_cuts(x, 4) FILTER (WHERE x > 100) AS filtered_away FROM unnest('{1}'::float8[]) AS x;
SELECT k, scoring.quantile_cuts(x, 2) AS groups FROM (VALUES (1, 1), (1, 3), (2, 10), (3, NULL)) AS row (k, x)
GROUP BY k ORDER BY k;

-- One row, equal rows, fewer rows than bins.
SELECT scoring.quantile_cuts(7, 4) AS one_row;
SELECT scoring.quantile_cuts(7, 4) AS equal_rows FROM generate_series(1, 100);
SELECT scoring.quantile_cuts(i, 10) AS two_rows FROM generate_series(0, 1) AS i;

-- Where interpolation would not be finite, the cut is the lower neighbour.
SELECT scoring.quantile_cuts(x, 2) AS between_infinities FROM unnest('{-Infinity,Infinity}'::float8[]) AS x;
SELECT scoring.quantile_cuts(x, 2) AS below_infinity FROM unnest('{1,Infinity}'::float8[]) AS x;
SELECT scoring.quantile_cuts(x, 2) AS above_minus_infinity FROM unnest('{-Infinity,1}'::float8[]) AS x;
SELECT scoring.quantile_cuts(x, 2) AS overflowing FROM unnest('{-1.7e308,1.7e308}'::float8[]) AS x;
SELECT scoring.quantile_cuts(x, 3) AS infinite FROM unnest('{Infinity,Infinity}'::float8[]) AS x;
SELECT scoring.quantile_cuts(x, 2) AS zero FROM unnest('{-0.0,-0.0}'::float8[]) AS x;

-- quantile_bin: ties share a level, ntile splits them in the order of the rows.
SELECT row, x, scoring.quantile_bin(x) OVER w AS quantile, scoring.quantile_bin(x, 5, 'ntile') OVER w AS ntile
FROM (VALUES (1, 10), (2, 20), (3, 20), (4, 20), (5, 20), (6, 30), (7, 30), (8, 40), (9, NULL), (10, 50)) AS r (row, x)
WINDOW w AS (ORDER BY row) ORDER BY row;

-- ntile is SQL's ntile over the figures in their order, then in that of the rows.
SELECT bool_and(scoring_level = sql_level) AS the_same, count(DISTINCT bins) AS bins, count(*) AS rows
FROM (SELECT bins, scoring.quantile_bin(x, bins, 'ntile') OVER (PARTITION BY bins ORDER BY row) AS scoring_level,
             ntile(bins) OVER (PARTITION BY bins ORDER BY x, row) AS sql_level
      FROM generate_series(2, 100) AS bins, generate_series(1, 57) AS row, LATERAL (SELECT (row * 7919) % 23) AS f (x))
     AS leveled;

-- By name, in any order.
SELECT DISTINCT scoring.quantile_bin(method => 'ntile', bins => 2, x => i) OVER () AS level
FROM generate_series(1, 4) AS i ORDER BY 1;

-- The frame and the order of the window do not matter to quantile.
SELECT bool_and(a = b AND b = c AND c = d) AS the_same
FROM (SELECT scoring.quantile_bin(x) OVER () AS a,
             scoring.quantile_bin(x) OVER (ORDER BY x DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) AS b,
             scoring.quantile_bin(x) OVER (ORDER BY random()) AS c,
             scoring.bin(x, (SELECT scoring.quantile_cuts((i * 37) % 101) FROM generate_series(1, 500) AS i)) AS d
      FROM (SELECT (i * 37) % 101 AS x FROM generate_series(1, 500) AS i) AS figure) AS leveled;

-- Partitions have their own levels; a partition of one row is level 1, one of nothing but missing has none.
SELECT country, x, scoring.quantile_bin(x, 2) OVER (PARTITION BY country) AS level
FROM (VALUES ('DE', 1), ('DE', 2), ('DE', 3), ('FR', 100), ('FR', 200), ('LU', 5), ('MC', NULL)) AS r (country, x)
ORDER BY country, x;
SELECT scoring.quantile_bin(1) OVER () AS no_rows WHERE false;

-- Infinities are values, missing figures have no level.
SELECT x, scoring.quantile_bin(x, 3) OVER () AS quantile, scoring.quantile_bin(x, 3, 'ntile') OVER () AS ntile
FROM unnest('{-Infinity,-5,0,5,Infinity,NaN,NULL}'::float8[]) AS x;

-- Window functions see what the query has left: WHERE and GROUP BY before, LIMIT after.
SELECT k, scoring.quantile_bin(sum(i), 2) OVER () AS level_of_sum
FROM (SELECT i % 4 AS k, i FROM generate_series(1, 40) AS i) AS r WHERE k > 0 GROUP BY k ORDER BY k;
SELECT i, scoring.quantile_bin(i) OVER () AS level FROM generate_series(1, 1000) AS i ORDER BY i DESC LIMIT 2;

-- Usable where PostgreSQL wants an IMMUTABLE function: generated columns, checks, indexes (here built in parallel).
CREATE TABLE customer (
    total float8 CHECK (scoring.bin(total, '{0}') = 2),
    level int GENERATED ALWAYS AS (scoring.bin(total, '{100,1000}')) STORED
);
INSERT INTO customer SELECT i FROM generate_series(1, 20000) AS i;
SELECT level, count(*) FROM customer GROUP BY level ORDER BY level;
SET min_parallel_table_scan_size = 0;
SET max_parallel_maintenance_workers = 2;
CREATE INDEX ON customer (scoring.bin(total, '{10,19990}'));
ANALYZE customer;
SELECT count(*) FROM customer WHERE scoring.bin(total, '{10,19990}') = 3;
EXPLAIN (COSTS OFF) SELECT count(*) FROM customer WHERE scoring.bin(total, '{10,19990}') = 3;
INSERT INTO customer VALUES (-1);

-- And where a query is kept: views, materialised views, COPY.
CREATE MATERIALIZED VIEW leveled AS SELECT total, scoring.quantile_bin(total, 4) OVER () AS level FROM customer;
DELETE FROM customer WHERE total > 10;
REFRESH MATERIALIZED VIEW leveled;
COPY (SELECT level, count(*) FROM leveled GROUP BY level ORDER BY level) TO STDOUT;

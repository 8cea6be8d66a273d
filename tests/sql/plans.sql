-- Plans: serial and parallel, hash and sort, in memory and on disk, all give the same.

\pset null NULL

-- Customers with few orders and some with many; figures with ties, missing ones and infinities.
CREATE TABLE orders AS
SELECT i, i * 7919 % 20011 % 1500 AS customer, i % 7 AS region, timestamptz '2026-01-01' + (i::bigint * 104729 % 1000003) * interval '31 seconds' AS at,
       CASE WHEN i % 101 = 0 THEN NULL ELSE ((i * 15485863::bigint % 200003) - 20000)::numeric / 100 END AS amount,
       CASE WHEN i % 97 = 0 THEN NULL WHEN i % 89 = 0 THEN 'NaN' WHEN i % 9973 = 0 THEN 'Infinity' WHEN i % 9967 = 0 THEN '-Infinity'
            ELSE (i * 15485863::bigint % 3001) / 7.0::float8 END AS figure
FROM generate_series(1, 60000) AS i;
ANALYZE orders;

-- What is compared, whatever the plan: float8 to the bit, decayed sums to 1e-12 of their magnitude.
CREATE VIEW whole AS
SELECT scoring.quantile_cuts(figure, 7) AS cuts, scoring.quantile_cuts(figure) AS five_cuts,
       scoring.abc_cuts(figure, '{0.2,0.6,0.2}', 'count_percent') AS heads,
       scoring.abc_cuts(amount, '{0.8,0.15,0.05}', 'key_figure_percent') AS share,
       scoring.rfm_facts(at, amount) AS facts, scoring.decayed_sum(amount, at, '30 days', '2026-12-01') AS decayed
FROM orders;
CREATE VIEW grouped AS
SELECT customer, scoring.quantile_cuts(figure, 7) AS cuts, scoring.abc_cuts(figure, '{0.2,0.6,0.2}', 'count_percent') AS heads,
       scoring.rfm_facts(at, amount) AS facts, scoring.decayed_sum(amount, at, '30 days', '2026-12-01') AS decayed
FROM orders GROUP BY customer;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial_whole AS SELECT * FROM whole;
CREATE TEMP TABLE serial_grouped AS SELECT * FROM grouped;
SELECT (facts).orders, (facts).total, array_length(cuts, 1) AS cuts, share FROM serial_whole;
CREATE TEMP TABLE magnitude AS SELECT customer, scoring.decayed_sum(abs(amount), at, '30 days', '2026-12-01') AS magnitude FROM orders GROUP BY customer;
CREATE FUNCTION pg_temp.compare(OUT whole boolean, OUT customers bigint, OUT differ bigint) LANGUAGE sql AS $$
    SELECT (SELECT (a.cuts, a.five_cuts, a.heads, a.share, a.facts)::text = (b.cuts, b.five_cuts, b.heads, b.share, b.facts)::text
                   AND abs(a.decayed - b.decayed) <= 1e-12 * (SELECT sum(magnitude) FROM magnitude)
            FROM whole AS a, serial_whole AS b),
           count(*),
           count(*) FILTER (WHERE ((a.cuts, a.heads, a.facts)::text = (b.cuts, b.heads, b.facts)::text
                                       AND abs(a.decayed - b.decayed) <= 1e-12 * magnitude) IS NOT TRUE)
    FROM grouped AS a FULL JOIN serial_grouped AS b USING (customer) LEFT JOIN magnitude USING (customer)
$$;

-- Parallel, each of the aggregates by itself: the plan has a partial aggregate.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT scoring.quantile_cuts(figure) FROM orders;
EXPLAIN (COSTS OFF) SELECT scoring.quantile_cuts(figure, 7) FROM orders;
EXPLAIN (COSTS OFF) SELECT scoring.abc_cuts(figure, '{0.2,0.6,0.2}', 'count_percent') FROM orders;
EXPLAIN (COSTS OFF) SELECT scoring.rfm_facts(at, amount) FROM orders;
EXPLAIN (COSTS OFF) SELECT scoring.decayed_sum(amount, at, '30 days', '2026-12-01') FROM orders;
EXPLAIN (COSTS OFF) SELECT customer, scoring.rfm_facts(at, amount) FROM orders GROUP BY customer;
SELECT * FROM pg_temp.compare();
SET enable_hashagg = off;
SELECT * FROM pg_temp.compare();
SET parallel_leader_participation = off;
SELECT * FROM pg_temp.compare();
RESET parallel_leader_participation;
RESET enable_hashagg;

-- Parameters that vary between the workers' parts are refused there, too.
CREATE FUNCTION pg_temp.state(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
SELECT pg_temp.state('SELECT scoring.quantile_cuts(figure, CASE WHEN i < 30000 THEN 4 ELSE 5 END) FROM orders') AS bins,
       pg_temp.state('SELECT scoring.abc_cuts(figure, CASE WHEN i < 30000 THEN ''{1}'' ELSE ''{0.5,0.5}'' END::float8[], ''count_percent'') FROM orders') AS shares,
       pg_temp.state('SELECT scoring.decayed_sum(1, at, ''1 day'', CASE WHEN i < 59999 THEN at ELSE ''infinity'' END) FROM orders') AS as_of;

-- Hash aggregation that spills to disk, and sorts that do.
SET max_parallel_workers_per_gather = 0;
SET work_mem = '64kB';
SET enable_hashagg = off;
SELECT * FROM pg_temp.compare();
RESET enable_hashagg;
SET enable_sort = off;
SELECT * FROM pg_temp.compare();
CREATE FUNCTION pg_temp.spills(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, FORMAT json, TIMING off) ' || query INTO plan;
    RETURN plan::text ~ '"HashAgg Batches": ([2-9]|[1-9]\d)';
END $$;
SELECT pg_temp.spills('SELECT customer, scoring.quantile_cuts(figure, 7) FROM orders GROUP BY customer') AS hash_spills;
RESET enable_sort;
RESET work_mem;

-- Shuffled rows, and rows in order.
CREATE TEMP TABLE shuffled AS SELECT * FROM orders ORDER BY md5(i::text);
SELECT a.cuts = b.cuts AND a.heads = b.heads AND a.facts::text = b.facts::text AS the_same
FROM (SELECT scoring.quantile_cuts(figure, 7) AS cuts, scoring.abc_cuts(figure, '{0.2,0.6,0.2}', 'count_percent') AS heads,
             scoring.rfm_facts(at, amount) AS facts FROM shuffled) AS a, serial_whole AS b;

-- Partition-wise aggregation, in full and in part.
CREATE TABLE parted (LIKE orders) PARTITION BY RANGE (customer);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (MINVALUE) TO (500);
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (500) TO (MAXVALUE);
INSERT INTO parted SELECT * FROM orders;
ANALYZE parted;
SET enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF) SELECT customer, scoring.quantile_cuts(figure, 7) FROM parted GROUP BY customer;
EXPLAIN (COSTS OFF) SELECT region, scoring.rfm_facts(at, amount) FROM parted GROUP BY region;
SELECT count(*) AS customers, count(*) FILTER (WHERE (a.cuts, a.heads, a.facts)::text <> (b.cuts, b.heads, b.facts)::text) AS differ
FROM (SELECT customer, scoring.quantile_cuts(figure, 7) AS cuts, scoring.abc_cuts(figure, '{0.2,0.6,0.2}', 'count_percent') AS heads,
             scoring.rfm_facts(at, amount) AS facts FROM parted GROUP BY customer) AS a JOIN serial_grouped AS b USING (customer);
SELECT count(*) AS regions, count(*) FILTER (WHERE (a.cuts, a.facts)::text <> (b.cuts, b.facts)::text) AS differ
FROM (SELECT region, scoring.quantile_cuts(figure, 7) AS cuts, scoring.rfm_facts(at, amount) AS facts FROM parted GROUP BY region) AS a
     JOIN (SELECT region, scoring.quantile_cuts(figure, 7) AS cuts, scoring.rfm_facts(at, amount) AS facts FROM orders GROUP BY region) AS b USING (region);
RESET enable_partitionwise_aggregate;

-- The aggregates with DISTINCT, ORDER BY, FILTER, GROUPING SETS and HAVING.
SELECT scoring.quantile_cuts(DISTINCT i % 4, 2) AS "distinct", scoring.quantile_cuts(i ORDER BY i DESC) AS ordered,
       scoring.quantile_cuts(i, 2) FILTER (WHERE i > 50) AS filtered, (scoring.rfm_facts(DISTINCT at, 1)).orders AS distinct_facts,
       scoring.decayed_sum(DISTINCT i % 2, '2026-01-01', '1 day', '2026-01-01') AS distinct_sum
FROM (SELECT i, timestamptz '2026-01-01' + i / 10 * interval '1 day' AS at FROM generate_series(1, 100) AS i) AS r;
SELECT region, scoring.quantile_cuts(i, 2) AS median, (scoring.rfm_facts(at, amount)).orders, scoring.abc_cuts(i, '{1}', 'count_absolute') AS best
FROM orders WHERE i <= 70 GROUP BY ROLLUP (region) HAVING scoring.quantile_cuts(i, 2) > '{33}' ORDER BY region;

-- The aggregates as running window functions: each frame is that of the plain aggregate over its rows.
CREATE TEMP TABLE some_orders AS SELECT * FROM orders WHERE i <= 300;
CREATE TEMP TABLE running AS
SELECT i, figure, at, amount,
       scoring.quantile_cuts(figure, 3) OVER all_before AS cuts, scoring.abc_cuts(figure, '{0.5,0.5}', 'count_percent') OVER all_before AS heads,
       scoring.rfm_facts(at, amount) OVER all_before AS facts, scoring.decayed_sum(i, at, '1 day', '2027-01-01') OVER all_before AS decayed,
       scoring.quantile_cuts(figure, 3) OVER sliding AS sliding_cuts, scoring.rfm_facts(at, amount) OVER sliding AS sliding_facts
FROM some_orders
WINDOW all_before AS (ORDER BY i), sliding AS (ORDER BY i ROWS BETWEEN 5 PRECEDING AND 5 FOLLOWING EXCLUDE CURRENT ROW);
SELECT count(*) AS rows,
       bool_and((r.cuts, r.heads, r.facts, r.decayed)::text =
                (SELECT (scoring.quantile_cuts(o.figure, 3), scoring.abc_cuts(o.figure, '{0.5,0.5}', 'count_percent'), scoring.rfm_facts(o.at, o.amount),
                         scoring.decayed_sum(o.i, o.at, '1 day', '2027-01-01' ORDER BY o.i))::text FROM some_orders AS o WHERE o.i <= r.i)) AS running,
       bool_and((r.sliding_cuts, r.sliding_facts)::text =
                (SELECT (scoring.quantile_cuts(o.figure, 3), scoring.rfm_facts(o.at, o.amount))::text
                 FROM some_orders AS o WHERE o.i <> r.i AND o.i BETWEEN greatest(1, r.i - 5) AND least(300, r.i + 5))) AS sliding
FROM running AS r;

-- Window functions over partitions that are on disk, beside others that read them in another way.
CREATE TEMP TABLE in_memory AS
SELECT i, scoring.abc_class(figure) OVER w AS class, scoring.quantile_bin(figure, 10) OVER w AS level, scoring.quantile_bin(figure, 10, 'ntile') OVER (w ORDER BY i) AS ntile,
       scoring.rfm_score(at, i, amount) OVER w AS score, scoring.pressure_delta(figure, amount, 10) OVER w AS delta, lag(figure) OVER (w ORDER BY i) AS before
FROM orders WINDOW w AS (PARTITION BY region);
SET work_mem = '64kB';
SELECT count(*) AS rows, count(*) FILTER (WHERE (m.class, m.level, m.ntile, m.score, m.delta, m.before) IS DISTINCT FROM (d.class, d.level, d.ntile, d.score, d.delta, d.before)) AS differ
FROM in_memory AS m JOIN (
    SELECT i, scoring.abc_class(figure) OVER w AS class, scoring.quantile_bin(figure, 10) OVER w AS level, scoring.quantile_bin(figure, 10, 'ntile') OVER (w ORDER BY i) AS ntile,
           scoring.rfm_score(at, i, amount) OVER w AS score, scoring.pressure_delta(figure, amount, 10) OVER w AS delta, lag(figure) OVER (w ORDER BY i) AS before
    FROM orders WINDOW w AS (PARTITION BY region)) AS d USING (i);
RESET work_mem;

-- Over the result of a parallel scan.
SET max_parallel_workers_per_gather = 2;
SELECT count(*) AS rows, count(*) FILTER (WHERE (m.class, m.level) IS DISTINCT FROM (p.class, p.level)) AS differ
FROM in_memory AS m JOIN (
    SELECT i, scoring.abc_class(figure) OVER w AS class, scoring.quantile_bin(figure, 10) OVER w AS level FROM orders WINDOW w AS (PARTITION BY region)) AS p USING (i);
-- The scalars run in the workers.
EXPLAIN (COSTS OFF) SELECT count(*) FROM orders WHERE scoring.bin(figure, '{100,200}') = 2 AND scoring.rfm_segment(555 - customer % 2) = 'Champions';
RESET max_parallel_workers_per_gather;

-- Cursors, forwards, backwards, held.
BEGIN;
DECLARE customers SCROLL CURSOR FOR
    SELECT i, scoring.abc_class(i) OVER () AS class, scoring.quantile_bin(i) OVER () AS level FROM generate_series(1, 10) AS i;
FETCH 3 FROM customers;
FETCH LAST FROM customers;
FETCH BACKWARD 2 FROM customers;
FETCH ABSOLUTE 5 FROM customers;
DECLARE held CURSOR WITH HOLD FOR SELECT k, i, scoring.abc_class(i, '{1}', 'count_percent', ARRAY['k' || k]) OVER (PARTITION BY k) AS class
    FROM generate_series(1, 2) AS k, generate_series(1, 2) AS i;
FETCH 1 FROM held;
COMMIT;
FETCH ALL FROM held;
CLOSE held;

-- Queries that stop early leave nothing behind.
SELECT count(*) AS turns
FROM generate_series(1, 200) AS turn,
     LATERAL (SELECT scoring.abc_class(i + turn) OVER () AS class FROM generate_series(1, 1000) AS i LIMIT 1) AS first WHERE class IS NOT NULL;

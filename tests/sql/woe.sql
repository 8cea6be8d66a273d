-- Weight of evidence and information value of the bins of a variable.

\pset null NULL

-- By hand: a holds 1 of 5 bad and 4 of 5 good, so ln(0.2 / 0.8); b the reverse.
CREATE TABLE loan (id serial, housing text, defaulted boolean);
INSERT INTO loan (housing, defaulted) SELECT 'own', i > 4 FROM generate_series(1, 5) AS i UNION ALL SELECT 'rent', i > 1 FROM generate_series(1, 5) AS i;
SELECT (unnest(scoring.woe_table(housing, defaulted))).* FROM loan;
SELECT ln(0.2::float8 / 0.8) AS own, scoring.information_value(housing, defaulted) AS iv, 1.2 * ln(4::float8) AS by_hand FROM loan;

-- NULL is a bin, the last; a row without an outcome is left out, and so is a bin of only such.
SELECT bin, good, bad, round(woe::numeric, 12) AS woe, round(iv::numeric, 12) AS iv
FROM (SELECT unnest(scoring.woe_table(housing, defaulted)) AS r
      FROM (TABLE loan UNION ALL VALUES (0, NULL, true), (0, NULL, false), (0, NULL, NULL), (0, 'free', NULL)) AS l) AS t,
     LATERAL (SELECT (r).*) AS bin;

-- No good or no bad in a bin counts 0.9 of them, in the totals too.
SELECT bin, good, bad, woe, woe = ln((b / sum(b) OVER ()) / (g / sum(g) OVER ())) AS by_hand
FROM (SELECT bin, good, bad, woe, CASE good WHEN 0 THEN 0.9 ELSE good END::float8 AS g, CASE bad WHEN 0 THEN 0.9 ELSE bad END::float8 AS b
      FROM unnest((SELECT scoring.woe_table(bin, bad) FROM (VALUES ('a', true), ('a', false), ('a', false), ('b', false), ('c', true)) AS row (bin, bad)))) AS t;

-- Nothing to tell apart: NULL; nothing at all: NULL.
SELECT scoring.woe_table(housing, false) AS all_good, scoring.information_value(housing, false) AS iv FROM loan;
SELECT scoring.woe_table(housing, true) AS all_bad, scoring.information_value(housing, true) AS iv FROM loan;
SELECT scoring.woe_table(housing, defaulted) AS no_row, scoring.information_value(housing, defaulted) AS iv FROM loan WHERE false;
SELECT scoring.woe_table(housing, NULL) AS no_outcome, scoring.information_value(housing, NULL) AS iv FROM loan;
SELECT scoring.woe_table(housing, defaulted) FILTER (WHERE false) AS filtered FROM loan;
SELECT scoring.woe_table(NULL, defaulted) AS one_bin, scoring.information_value(NULL, defaulted) AS iv FROM loan;

-- Bins in the order of their bytes; told apart by them.
SELECT array_agg(bin) AS bins FROM unnest((SELECT scoring.woe_table(bin, i % 2 = 0)
    FROM unnest('{b,B,a,"",10,9,é,日,😀," a","a "}'::text[]) AS bin, generate_series(1, 2) AS i));

-- Levels as bins; compressed, long and short texts.
SELECT bin, good, bad, round(woe::numeric, 6) AS woe
FROM unnest((SELECT scoring.woe_table(level::text, i % 7 = 0 OR i > 900)
             FROM (SELECT i, scoring.quantile_bin(i, 4) OVER () AS level FROM generate_series(1, 1000) AS i) AS leveled));
CREATE TABLE stored (bin text, bad boolean);
ALTER TABLE stored ALTER bin SET STORAGE EXTERNAL;
INSERT INTO stored SELECT repeat('long', 2000 + i % 2), i % 3 = 0 FROM generate_series(1, 20) AS i;
ALTER TABLE stored ALTER bin SET STORAGE MAIN;
INSERT INTO stored SELECT repeat('long', 2000 + i % 2), i % 3 = 0 FROM generate_series(1, 20) AS i;
INSERT INTO stored SELECT 'short', i % 2 = 0 FROM generate_series(1, 20) AS i;
SELECT left(bin, 5) AS bin, length(bin), good, bad FROM unnest((SELECT scoring.woe_table(bin, bad) FROM stored));

-- Against counts and logarithms in SQL: a thousand customers, groups, sets of groups.
CREATE TABLE customer AS
SELECT i, i % 5 AS team, CASE WHEN i % 11 <> 0 THEN 'bin ' || i * 7919 % 13 END AS bin, CASE WHEN i % 17 <> 0 THEN i * 31 % 7 < 2 END AS bad
FROM generate_series(1, 20000) AS i;
CREATE TABLE wanted AS
SELECT team, bin, good, bad, ln((bad / sum(bad) OVER w) / (good / sum(good) OVER w)) AS woe
FROM (SELECT team, bin, count(*) FILTER (WHERE NOT bad)::float8 AS good, count(*) FILTER (WHERE bad)::float8 AS bad
      FROM customer WHERE bad IS NOT NULL GROUP BY GROUPING SETS ((team, bin), (bin))) AS c
WINDOW w AS (PARTITION BY team);
CREATE TABLE found AS SELECT team, scoring.woe_table(bin, bad) AS bins, scoring.information_value(bin, bad) AS iv FROM customer GROUP BY ROLLUP (team);
SELECT count(*) AS bins, count(*) FILTER (WHERE b.good = wanted.good AND b.bad = wanted.bad) AS counts,
       count(*) FILTER (WHERE abs(b.woe - wanted.woe) < 1e-13) AS woes
FROM found, unnest(bins) AS b JOIN wanted ON wanted.bin IS NOT DISTINCT FROM b.bin WHERE wanted.team IS NOT DISTINCT FROM found.team;
SELECT count(*) AS groups, count(*) FILTER (WHERE abs(iv - (SELECT sum(b.iv) FROM unnest(bins) AS b)) < 1e-15) AS sums FROM found;

-- The order of the rows does not change a bit, nor do parallel workers.
CREATE FUNCTION pg_temp.bits(bins scoring.woe_row[]) RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(concat(bin, good, bad, float8send(woe), float8send(iv)), ' ' ORDER BY place) FROM unnest(bins) WITH ORDINALITY AS b (bin, good, bad, woe, iv, place) $$;
SELECT count(DISTINCT pg_temp.bits(bins)) AS different
FROM (SELECT scoring.woe_table(bin, bad ORDER BY i) AS bins FROM customer UNION ALL SELECT scoring.woe_table(bin, bad ORDER BY bin DESC, bad) FROM customer
      UNION ALL SELECT scoring.woe_table(bin, bad ORDER BY md5(i::text)) FROM customer UNION ALL SELECT bins FROM found WHERE team IS NULL) AS every;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT scoring.woe_table(bin, bad), scoring.information_value(bin, bad) FROM customer;
CREATE TEMP TABLE in_parallel AS SELECT NULL::int AS team, scoring.woe_table(bin, bad) AS bins, scoring.information_value(bin, bad) AS iv FROM customer;
SET enable_hashagg = off;
INSERT INTO in_parallel SELECT team, scoring.woe_table(bin, bad), scoring.information_value(bin, bad) FROM customer GROUP BY team;
RESET ALL;
\pset null NULL
SELECT count(*) AS groups, count(*) FILTER (WHERE pg_temp.bits(p.bins) = pg_temp.bits(found.bins) AND p.iv = found.iv) AS same
FROM in_parallel AS p JOIN found ON p.team IS NOT DISTINCT FROM found.team;

-- As a window aggregate, and DISTINCT.
SELECT i, scoring.information_value(bin, bad) OVER (ORDER BY i) IS NOT DISTINCT FROM
          (SELECT scoring.information_value(c.bin, c.bad) FROM customer AS c WHERE c.i <= customer.i) AS same
FROM customer WHERE i <= 6 ORDER BY i;
SELECT (unnest(scoring.woe_table(DISTINCT housing, defaulted))).* FROM loan;

-- Rows of it in a table, as JSON.
CREATE TABLE kept AS SELECT unnest(scoring.woe_table(housing, defaulted)) AS evidence FROM loan;
SELECT (evidence).bin, (evidence).bad FROM kept ORDER BY 1;
SELECT to_json(scoring.woe_table(housing, defaulted)) -> 0 -> 'good' AS good FROM loan;

-- Limits.
SELECT cardinality(scoring.woe_table(i::text, i % 2 = 0)) AS bins FROM generate_series(1, 65535) AS i;
SELECT scoring.woe_table(i::text, i % 2 = 0) FROM generate_series(1, 65536) AS i;

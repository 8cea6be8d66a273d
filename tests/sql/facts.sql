-- rfm_facts: first and last order, number, total and average of one customer, total and average to the last digit.

\pset null NULL

-- A customer's orders.
CREATE TABLE orders (customer int, ordered_at timestamptz, amount numeric(12,2));
INSERT INTO orders VALUES (1, '2026-03-01', 10.00), (1, '2026-01-01', 20.50), (1, '2026-02-01', NULL), (2, '2026-05-05', -3.00);
SELECT customer, (scoring.rfm_facts(ordered_at, amount)).* FROM orders GROUP BY customer ORDER BY customer;

-- No order at all, and one that is filtered away: a row all the same.
SELECT (scoring.rfm_facts(ordered_at, amount)).* FROM orders WHERE false;
SELECT (scoring.rfm_facts(ordered_at, amount) FILTER (WHERE customer = 3)).* FROM orders;

-- Which rows are orders, and which amounts count.
SELECT what, (scoring.rfm_facts(at, amount)).orders, (scoring.rfm_facts(at, amount)).total, (scoring.rfm_facts(at, amount)).average
FROM (VALUES ('NULL and NaN amounts', timestamptz '2026-01-01', 1.50), ('NULL and NaN amounts', '2026-01-02', NULL),
             ('NULL and NaN amounts', '2026-01-03', 'NaN'), ('only NaN', '2026-01-01', 'NaN'), ('only NULL', '2026-01-01', NULL),
             ('dates that are none', '2026-01-01', 1), ('dates that are none', NULL, 10),
             ('dates that are none', 'infinity', 100), ('dates that are none', '-infinity', 1000),
             ('Infinity', '2026-01-01', 'Infinity'), ('Infinity', '2026-01-01', 5),
             ('-Infinity', '2026-01-01', '-Infinity'), ('-Infinity', '2026-01-01', '-Infinity'),
             ('both infinities', '2026-01-01', 'Infinity'), ('both infinities', '2026-01-01', '-Infinity'),
             ('zeros of two scales', '2026-01-01', 0.000), ('zeros of two scales', '2026-01-01', 0)) AS row (what, at, amount)
GROUP BY what ORDER BY what;

-- The ends of the calendar.
SELECT (scoring.rfm_facts(at, 1)).first_at, (scoring.rfm_facts(at, 1)).last_at
FROM (VALUES (timestamptz '4713-01-02 00:00:00 BC'), ('294276-12-30 23:59:59.999999')) AS row (at);

-- The facts are the plain aggregates, shown alike digit by digit: kinds of amounts, alone and mixed.
CREATE TABLE amounts AS
SELECT i, i % 17 AS customer, kind, timestamptz '2026-01-01' + i * interval '1 minute' AS at, amount
FROM (SELECT i, 'money' AS kind, (i * 7919 % 200003 - 100000)::numeric / 100 AS amount FROM generate_series(1, 2000) AS i
      UNION ALL SELECT i, 'whole', i - 500 FROM generate_series(1, 1000) AS i
      UNION ALL SELECT i, 'every magnitude', round((i * 7919 % 20011 - 10000)::numeric * 10::numeric ^ (i % 41 - 20), i % 31)
                FROM generate_series(1, 2000) AS i
      UNION ALL SELECT i, 'thirty digits', (repeat((i % 9 + 1)::text, 1 + i % 30) || '.' || repeat((i % 7)::text, i % 30))::numeric
                       * (1 - i % 2 * 2)
                FROM generate_series(1, 1000) AS i
      UNION ALL SELECT i, 'sixteen decimals', (i * 7919 % 20011) * 1e-16 FROM generate_series(1, 500) AS i
      UNION ALL SELECT i, 'seventeen decimals', (i * 7919 % 20011) * 1e-17 FROM generate_series(1, 500) AS i
      UNION ALL SELECT i, 'zeros that show decimals', ('0.' || repeat('0', i % 40))::numeric FROM generate_series(1, 200) AS i
      UNION ALL SELECT i, 'twenty digits before the point', 99999999999999999999.9999999999999999 - i FROM generate_series(1, 200) AS i
      UNION ALL SELECT i, 'beyond 128 bits', 17014118346046923173168.7303715884105727 FROM generate_series(1, 200) AS i
      UNION ALL SELECT i, 'beyond 128 bits and back', (1 - i % 2 * 2) * 17014118346046923173168.7303715884105727
                FROM generate_series(1, 200) AS i
      UNION ALL SELECT i, 'of thousands of digits', (repeat('9', 3000 + i) || '.' || repeat('1', 1000 + i))::numeric
                FROM generate_series(1, 40) AS i
      UNION ALL SELECT i, 'tiny', ('1e-' || i * 17)::numeric FROM generate_series(1, 100) AS i
      UNION ALL SELECT i, 'infinite', (ARRAY['Infinity', 1.5, '-Infinity', 2.25]::numeric[])[1 + i % 4] FROM generate_series(1, 60) AS i
      UNION ALL SELECT i, 'missing', (ARRAY[NULL, 'NaN']::numeric[])[1 + i % 2] FROM generate_series(1, 60) AS i) AS every;
CREATE TABLE wanted AS
SELECT customer, kind, min(at) AS first_at, max(at) AS last_at, count(*) AS orders,
       coalesce(sum(amount) FILTER (WHERE amount <> 'NaN'), 0) AS total, avg(amount) FILTER (WHERE amount <> 'NaN') AS average
FROM amounts GROUP BY CUBE (customer, kind);
SELECT coalesce(wanted.kind, 'all') AS kind, count(*) AS groups,
       count(*) FILTER (WHERE (got).first_at = wanted.first_at AND (got).last_at = wanted.last_at AND (got).orders = wanted.orders)
       AS facts,
       count(*) FILTER (WHERE (got).total::text = wanted.total::text AND scale((got).total) IS NOT DISTINCT FROM scale(wanted.total))
       AS totals,
       count(*) FILTER (WHERE (got).average::text IS NOT DISTINCT FROM wanted.average::text) AS averages
FROM wanted JOIN (SELECT customer, kind, scoring.rfm_facts(at, amount) AS got FROM amounts GROUP BY CUBE (customer, kind)) AS scored
     ON scored.customer IS NOT DISTINCT FROM wanted.customer AND scored.kind IS NOT DISTINCT FROM wanted.kind
GROUP BY wanted.kind ORDER BY wanted.kind NULLS FIRST;

-- The bits are the same too, not just the digits.
SELECT count(*) AS groups, count(*) FILTER (WHERE numeric_send((got).total) = numeric_send(wanted.total)) AS totals
FROM wanted JOIN (SELECT customer, kind, scoring.rfm_facts(at, amount) AS got FROM amounts GROUP BY CUBE (customer, kind)) AS scored
     ON scored.customer IS NOT DISTINCT FROM wanted.customer AND scored.kind IS NOT DISTINCT FROM wanted.kind;

-- All finite kinds mixed in each customer.
SELECT count(*) AS customers, count(*) FILTER (WHERE (got).total::text = total::text) AS totals,
       count(*) FILTER (WHERE (got).average::text = average::text) AS averages
FROM (SELECT customer, scoring.rfm_facts(at, amount) AS got,
             sum(amount) FILTER (WHERE amount <> 'NaN') AS total, avg(amount) FILTER (WHERE amount <> 'NaN') AS average
      FROM amounts WHERE kind <> 'infinite' GROUP BY customer) AS scored;

-- The order of the rows does not matter: ascending, descending, shuffled.
SELECT count(DISTINCT facts::text) AS different
FROM (SELECT scoring.rfm_facts(at, amount ORDER BY amount) AS facts FROM amounts WHERE kind <> 'infinite'
      UNION ALL SELECT scoring.rfm_facts(at, amount ORDER BY amount DESC) FROM amounts WHERE kind <> 'infinite'
      UNION ALL SELECT scoring.rfm_facts(at, amount ORDER BY md5(i::text)) FROM amounts WHERE kind <> 'infinite') AS every;

-- Nor does it matter who adds them: parallel workers, each group in parts, hashed and sorted.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT kind, scoring.rfm_facts(at, amount) FROM amounts GROUP BY kind;
CREATE TEMP TABLE in_parallel AS SELECT kind, scoring.rfm_facts(at, amount) AS got FROM amounts GROUP BY kind;
SET enable_hashagg = off;
CREATE TEMP TABLE sorted_in_parallel AS SELECT kind, scoring.rfm_facts(at, amount) AS got FROM amounts GROUP BY kind;
CREATE TEMP TABLE all_in_parallel AS SELECT scoring.rfm_facts(at, amount) AS got FROM amounts WHERE kind <> 'infinite';
SET max_parallel_workers_per_gather = 0;
SELECT count(*) AS kinds, count(*) FILTER (WHERE (got).total::text = total::text AND (got).average::text IS NOT DISTINCT FROM average::text
                                             AND (got).orders = orders AND (got).first_at = first_at AND (got).last_at = last_at) AS same
FROM (TABLE in_parallel UNION ALL TABLE sorted_in_parallel) AS p JOIN wanted USING (kind) WHERE customer IS NULL;
SELECT (got)::text = (SELECT scoring.rfm_facts(at, amount) FROM amounts WHERE kind <> 'infinite')::text AS same FROM all_in_parallel;
RESET ALL;

-- Amounts stored compressed, out of line and with short headers.
CREATE TABLE stored (how text, amount numeric);
ALTER TABLE stored ALTER amount SET STORAGE EXTERNAL;
INSERT INTO stored SELECT 'external', repeat('12', 5000 + i)::numeric FROM generate_series(1, 20) AS i;
ALTER TABLE stored ALTER amount SET STORAGE MAIN;
INSERT INTO stored SELECT 'compressed', (repeat('12', 5000 + i) || '.5')::numeric FROM generate_series(1, 20) AS i;
INSERT INTO stored SELECT 'short', i + 0.25 FROM generate_series(1, 20) AS i;
SELECT how, min(pg_column_size(amount)) < 100 AS small,
       (scoring.rfm_facts('2026-01-01', amount)).total::text = sum(amount)::text AS total,
       (scoring.rfm_facts('2026-01-01', amount)).average::text = avg(amount)::text AS average
FROM stored GROUP BY ROLLUP (how) ORDER BY how;

-- Where sum is at the end of numeric, so is the total; what only passes there on the way does not fail.
SELECT (scoring.rfm_facts('2026-01-01', amount)).total = sum(amount) AS huge
FROM (VALUES ('9e131071'::numeric), ('-9e131071'), ('9e131071')) AS row (amount);
SELECT (scoring.rfm_facts('2026-01-01', amount)).total = sum(amount) AS huge_on_the_way
FROM (VALUES ('9e131071'::numeric), ('9e131071'), ('-9e131071')) AS row (amount);

-- Facts of facts: kept in a table, read by name, compared.
CREATE TABLE kept AS SELECT customer, scoring.rfm_facts(ordered_at, amount) AS facts FROM orders GROUP BY customer;
SELECT customer, (facts).orders, facts = ROW((facts).first_at, (facts).last_at, (facts).orders, (facts).total, (facts).average)::scoring.rfm_facts AS same
FROM kept ORDER BY customer;
SELECT to_jsonb(scoring.rfm_facts(ordered_at, amount)) AS as_json FROM orders WHERE customer = 2;

-- In plpgsql, again and again, in blocks that catch errors.
DO $$
DECLARE
    facts scoring.rfm_facts;
    total numeric := 0;
    wanted numeric;
BEGIN
    FOR turn IN 1..200 LOOP
        BEGIN
            SELECT (scoring.rfm_facts(at, amount)).* INTO facts FROM amounts WHERE customer = turn % 17 AND kind = 'money';
            total := total + facts.total;
            IF turn % 2 = 0 THEN
                PERFORM (scoring.rfm_facts(at, amount / (i - 500))).total FROM amounts WHERE kind = 'whole';
            END IF;
        EXCEPTION WHEN division_by_zero THEN
            total := total + 1;
        END;
    END LOOP;
    SELECT sum(amount) + 100 INTO wanted FROM amounts, generate_series(1, 200) AS turn WHERE customer = turn % 17 AND kind = 'money';
    RAISE NOTICE '%', total = wanted;
END $$;

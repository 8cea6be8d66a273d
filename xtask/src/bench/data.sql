-- The data of the bench: :customers customers, ten orders for each, some far more than others; and the stopwatch.
-- :kind is UNLOGGED, or empty for tables that a crash does not empty.

SELECT setseed(0.5) \g /dev/null

CREATE :kind TABLE orders AS
SELECT
    CASE WHEN n <= :customers THEN n ELSE 1 + floor(:customers * random() ^ 2)::integer END AS customer_id,
    timestamptz '2024-01-01' + random() * interval '730 days' AS at,
    round((5 + 95 * random() ^ 3)::numeric, 2) AS amount,
    1 + floor(3 * random()) AS weight,
    round(n % 4000 / 100.0, 2) AS cost
FROM generate_series(1, 10 * :customers) AS n;

CREATE :kind TABLE customers AS
SELECT customer_id AS id, max(at) AS last_at, count(*) AS orders, sum(amount)::float8 AS revenue
FROM orders
GROUP BY customer_id
ORDER BY hashint4(customer_id);

VACUUM ANALYZE orders;
VACUUM ANALYZE customers;
CHECKPOINT;

-- Runs a query and tells how long it took: seconds on the clock, seconds of CPU of this backend (NULL where the kernel
-- does not tell), and the rows it counted. EXPLAIN ANALYZE would take longer than the query.
CREATE FUNCTION measure(query text, OUT clock float8, OUT cpu float8, OUT rows bigint)
LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz;
    cpu_before float8;
BEGIN
    cpu_before := split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::float8;
    started := clock_timestamp();
    EXECUTE query INTO rows;
    clock := extract(epoch FROM clock_timestamp() - started);
    cpu := (split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::float8 - cpu_before) / 1e9;
END
$$;

-- The most memory this backend has had so far, in bytes.
CREATE FUNCTION peak_memory() RETURNS float8
LANGUAGE sql
RETURN substring(pg_read_file('/proc/self/status', 0, 10000, true) FROM 'VmHWM:\s+(\d+) kB')::float8 * 1024;

-- The plan of a query in one line: its nodes from the top down.
CREATE FUNCTION plan_of(query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    line text;
    nodes text[] := '{}';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line ~ '->|^[A-Z]' THEN
            nodes := nodes || regexp_replace(line, '^\s*(->)?\s*', '');
        END IF;
    END LOOP;
    RETURN array_to_string(nodes, ' < ');
END
$$;

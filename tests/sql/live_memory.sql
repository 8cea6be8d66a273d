-- What triggers take of a session's memory: after many thousand calls it is what it was after the first.

CREATE FUNCTION public.own_memory() RETURNS bigint LANGUAGE sql AS
$$SELECT 1024 * (regexp_match(pg_read_file('/proc/self/status'), 'RssAnon:\s+(\d+)'))[1]::bigint$$;
SET client_min_messages = warning;
CREATE SCHEMA m;
CREATE TABLE m.customers (id int PRIMARY KEY, country text, born date);
CREATE TABLE m.orders (id int PRIMARY KEY, customer_id int, ordered_at timestamptz, amount numeric);
CREATE TABLE m.visits (customer_id int, visited_at timestamptz);
CREATE INDEX ON m.orders (customer_id);
CREATE INDEX ON m.visits (customer_id);
INSERT INTO m.customers SELECT i, 'country ' || i % 3, date '1970-01-01' + i FROM generate_series(1, 200) AS i;
INSERT INTO m.orders SELECT -i, 1 + i % 200, now() - i * interval '1 hour', i FROM generate_series(1, 400) AS i;
SELECT scoring.create_model('m', '{"timezone": "UTC", "customers": {"table": "m.customers", "key": "id"}, "into": "m.scores", "view": "m.scored",
    "sources": {"orders": {"table": "m.orders", "customer": "customer_id", "at": "ordered_at"}, "visits": {"table": "m.visits", "customer": "customer_id", "at": "visited_at"}},
    "measures": {"last_order": {"take": "last", "from": "orders"}, "orders": {"take": "count", "from": "orders"}, "average": {"take": "average", "from": "orders", "of": "amount"},
                 "sum": {"take": "sum", "from": "orders", "of": "amount"}, "heat": {"take": "sum", "from": "orders", "of": "amount", "half_life": "3 days"},
                 "recent": {"take": "count", "from": "visits", "window": "7 days"}, "country": {"take": "attribute", "of": "country"}},
    "scores": {"rfm": {"kind": "rfm", "recency": "last_order", "frequency": "orders", "monetary": "average"},
               "abc": {"kind": "abc", "of": "sum", "shares": [0.2, 0.6, 0.2], "within": "country"}, "warmth": {"kind": "quantile", "of": "heat", "bins": 4}}}');

-- Two orders and their changes, a visit, a country that nobody ever had, and something that is undone; in transactions of 250 writes.
CREATE PROCEDURE public.write(writes int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..writes / 5 LOOP
        INSERT INTO m.orders VALUES (i, 1 + i % 200, now(), i % 50);
        UPDATE m.orders SET amount = amount + 1 WHERE id = i;
        INSERT INTO m.visits VALUES (1 + i % 200, now());
        UPDATE m.customers SET country = i || ' at ' || clock_timestamp() || repeat('x', 1000) WHERE id = 1 + i % 200;
        BEGIN
            INSERT INTO m.visits VALUES (1 + i % 200, now());
            RAISE SQLSTATE 'UNDO0';
        EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
        END;
        IF i % 50 = 0 THEN
            -- So that what is read of a customer stays as long as it is.
            DELETE FROM m.orders WHERE id > 0;
            DELETE FROM m.visits;
            COMMIT;
        END IF;
    END LOOP;
END $$;
CALL public.write(2500);
SELECT public.own_memory() AS process, sum(total_bytes) AS contexts FROM pg_backend_memory_contexts \gset
CALL public.write(20000);
SELECT public.own_memory() - :process < 1048576 AS process, sum(total_bytes) - :contexts < 1048576 AS contexts FROM pg_backend_memory_contexts;
SELECT * FROM scoring.verify('m');

-- What triggers take of a session's memory: after many thousand calls it is what it was after the first.

CREATE FUNCTION public.own_memory() RETURNS bigint LANGUAGE sql AS
$$SELECT 1024 * (regexp_match(pg_read_file('/proc/self/status'), 'RssAnon:\s+(\d+)'))[1]::bigint$$;
SET client_min_messages = warning;
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/small_model.sql

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

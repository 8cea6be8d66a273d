-- The rivals of a live model, and what measures both, beside the data of the bench.

-- Ten customers with ten thousand orders more.
INSERT INTO orders
SELECT customer_id, timestamptz '2025-01-01' + number * interval '1 minute', 50, 1, 10
FROM generate_series(1, 10) AS customer_id, generate_series(1, 10000) AS number;

ALTER TABLE customers ADD PRIMARY KEY (id);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON solicitations (customer_id);

-- What one would keep by hand: count, sum and latest of each customer's orders.
CREATE TABLE totals (
    customer_id integer PRIMARY KEY,
    orders bigint NOT NULL,
    revenue numeric NOT NULL,
    last_at timestamptz NOT NULL
) WITH (fillfactor = 80);
INSERT INTO totals SELECT customer_id, count(*), sum(amount), max(at) FROM orders GROUP BY customer_id;

-- The usual trigger: an upsert for each row.
CREATE FUNCTION upsert_total() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO totals AS t VALUES (NEW.customer_id, 1, NEW.amount, NEW.at)
    ON CONFLICT (customer_id) DO UPDATE
    SET orders = t.orders + 1, revenue = t.revenue + excluded.revenue,
        last_at = greatest(t.last_at, excluded.last_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER by_row AFTER INSERT ON orders
FOR EACH ROW EXECUTE FUNCTION upsert_total();

-- The same for each statement: one UPDATE, which waits for whoever has a row.
CREATE FUNCTION update_totals() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE totals AS t
    SET orders = t.orders + n.orders, revenue = t.revenue + n.revenue, last_at = greatest(t.last_at, n.last_at)
    FROM (SELECT customer_id, count(*) AS orders, sum(amount) AS revenue, max(at) AS last_at
          FROM new_orders GROUP BY customer_id) AS n
    WHERE t.customer_id = n.customer_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER by_update AFTER INSERT ON orders REFERENCING NEW TABLE AS new_orders
FOR EACH STATEMENT EXECUTE FUNCTION update_totals();

-- What capturing the rows of a statement takes by itself.
CREATE FUNCTION do_nothing() RETURNS trigger
LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER empty AFTER INSERT ON orders REFERENCING NEW TABLE AS new_orders
FOR EACH STATEMENT EXECUTE FUNCTION do_nothing();

-- Leaves the table of orders with one of all these alone: a trigger whose name begins so, "foreign key", or "none".
CREATE PROCEDURE leave_alone(wanted text)
LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    ALTER TABLE orders DROP CONSTRAINT IF EXISTS of_customer;
    FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'orders'::regclass AND NOT tgisinternal LOOP
        EXECUTE format('ALTER TABLE orders %s TRIGGER %I',
                       CASE WHEN starts_with(name, wanted) THEN 'ENABLE' ELSE 'DISABLE' END, name);
    END LOOP;
    IF wanted = 'foreign key' THEN
        ALTER TABLE orders ADD CONSTRAINT of_customer FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
    END IF;
END
$$;

-- Gives the model another mode.
CREATE PROCEDURE make_live_model(mode text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scoring.drop_model(name) FROM scoring.model WHERE name = 'bench';
    PERFORM scoring.create_model('bench', model_document(mode));
END
$$;

-- The seconds of CPU that this backend has taken so far; NULL where the kernel does not tell.
CREATE FUNCTION cpu() RETURNS float8
LANGUAGE sql
RETURN split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::float8 / 1e9;

-- Where clients note when they begin to be measured, and when they end.
CREATE UNLOGGED TABLE laps (client integer, clock float8, cpu float8);
CREATE FUNCTION lap(client integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO laps VALUES (client, extract(epoch FROM clock_timestamp()), cpu());
END
$$;

-- All transactions a second, and the seconds of CPU of their backends, when each client has done so many between its laps.
CREATE FUNCTION read_laps(each integer, OUT tps float8, OUT cpu float8)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT sum(each / lasted), sum(used) / (count(*) * each) INTO tps, cpu
    FROM (SELECT max(l.clock) - min(l.clock) AS lasted, max(l.cpu) - min(l.cpu) AS used
          FROM laps AS l GROUP BY client HAVING count(*) = 2) AS clients;
    DELETE FROM laps;
END
$$;

-- Adds a file of orders; one that measure() can call.
CREATE FUNCTION copy_orders(file text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    copied bigint;
BEGIN
    EXECUTE format('COPY orders FROM %L', file);
    GET DIAGNOSTICS copied = ROW_COUNT;
    RETURN copied;
END
$$;

-- Works marks off for so many seconds, as a scheduler would that calls work() without a pause.
CREATE PROCEDURE keep_up(seconds float8)
LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz := clock_timestamp() + seconds * interval '1 s';
BEGIN
    WHILE clock_timestamp() < until LOOP
        PERFORM scoring.catch_up('bench', 1000);
        COMMIT;
        PERFORM pg_sleep(0.1);
    END LOOP;
END
$$;

-- Looks for marks older than a second ten times a second, and notes each once.
CREATE UNLOGGED TABLE late (place tid, marked_at timestamptz, UNIQUE (place, marked_at));
CREATE PROCEDURE look_for_late_marks(seconds float8)
LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz := clock_timestamp() + seconds * interval '1 s';
BEGIN
    WHILE clock_timestamp() < until LOOP
        INSERT INTO late SELECT ctid, marked_at FROM customers_scores_marks
        WHERE marked_at < clock_timestamp() - interval '1 s'
        ON CONFLICT DO NOTHING;
        COMMIT;
        PERFORM pg_sleep(0.1);
    END LOOP;
END
$$;

-- Works marks off batch by batch, and notes how long each call took with its commit.
CREATE UNLOGGED TABLE batches (customers bigint, clock float8);
CREATE PROCEDURE work_off(many integer)
LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
    made bigint;
BEGIN
    FOR number IN 1 .. many LOOP
        began := clock_timestamp();
        SELECT done INTO made FROM scoring.catch_up('bench', 1000);
        COMMIT;
        INSERT INTO batches VALUES (made, extract(epoch FROM clock_timestamp() - began));
        COMMIT;
        EXIT WHEN made = 0;
    END LOOP;
END
$$;

-- Marks the first so many customers, and nobody else.
CREATE PROCEDURE mark(many integer)
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM customers_scores_marks;
    DELETE FROM late;
    DELETE FROM batches;
    INSERT INTO customers_scores_marks SELECT id, clock_timestamp() FROM customers WHERE id <= many;
END
$$;

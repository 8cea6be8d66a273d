-- The rivals of a live model, and what measures both, beside the data of the bench.

-- Ten customers with ten thousand orders more.
INSERT INTO orders
SELECT customer_id, timestamptz '2025-01-01' + number * interval '1 minute', 50, 1, 10
FROM generate_series(1, 10) AS customer_id, generate_series(1, 10000) AS number;

ALTER TABLE customers ADD PRIMARY KEY (id),
    ADD region text GENERATED ALWAYS AS (('{FR,BE,DE,LU}'::text[])[1 + id % 4]) STORED;
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

-- Leaves the table of orders with one of all these alone: a trigger whose name begins so, the triggers of a model,
-- "foreign key", or "none".
CREATE PROCEDURE leave_alone(wanted text)
LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    ALTER TABLE orders DROP CONSTRAINT IF EXISTS of_customer;
    IF starts_with(wanted, 'model ') THEN
        wanted := (SELECT format('pg_scoring_%s_', m.id) FROM scoring.model AS m WHERE 'model ' || m.name = wanted);
    END IF;
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

-- A model with one score of each family, beside the first.
CREATE PROCEDURE make_families_model()
LANGUAGE sql AS $$
SELECT scoring.create_model('families', (model_document('live')::jsonb || jsonb_build_object(
    'into', 'public.customers_families', 'view', 'public.customers_of_families',
    'measures', model_document('live')::jsonb -> 'measures' || jsonb '{
        "region": { "take": "attribute", "of": "region" },
        "recent": { "take": "count", "from": "solicitations", "window": "30 days" } }',
    'scores', model_document('live')::jsonb -> 'scores' || jsonb '{
        "reach": { "kind": "levels", "of": "orders", "at_least": [3, 10] },
        "worth": { "kind": "quantile", "of": "margin", "bins": 3 },
        "points": {
            "kind": "points", "at_least": [10, 30], "groups": { "engagement": {}, "fit": {} }, "rules": [
                { "of": "orders", "each": 1, "cap": 25, "group": "engagement" },
                { "of": { "take": "count", "from": "solicitations", "window": "90 days" }, "each": 2, "cap": 10, "group": "engagement" },
                { "of": "region", "in": ["FR", "BE"], "points": 10, "group": "fit" } ] },
        "trend": { "kind": "change", "of": "recent", "against": "30 days", "at_least": [0, 2] },
        "mean": { "kind": "weighted", "of": { "margin": 2, "orders": 1 }, "scale": "percentile" },
        "grid": { "kind": "matrix", "rows": "reach", "columns": "worth", "labels": [["c", "b", "b"], ["c", "b", "a"], ["b", "a", "a"]] },
        "risk": {
            "kind": "scorecard", "points0": 600, "odds0": 0.05, "pdo": 50, "base": 500, "characteristics": [
                { "of": "orders", "reason": "orders", "bins": [
                    { "below": 2, "points": -10 }, { "at_least": 2, "below": 10, "points": 20 }, { "at_least": 10, "points": 35 }] },
                { "of": "region", "reason": "region", "missing": { "points": 0 }, "otherwise": { "points": 5 }, "bins": [
                    { "in": ["FR"], "points": 30 }] }] },
        "likely": {
            "kind": "logistic", "intercept": -2.1, "missing": { "region": 0 },
            "coefficients": { "orders": 0.01, "region": { "FR": 0.4, "BE": 0, "DE": 0.1, "LU": -1 } } },
        "won": {
            "kind": "naive_bayes", "won": { "of": "orders", "at_least": 20 }, "lost": { "of": "orders", "below": 5 }, "of": "region" },
        "known": {
            "kind": "completeness",
            "parts": [{ "of": "region", "weight": 2 }, { "of": "last_order", "fresh": "365 days" }, { "of": "orders", "at_least": 1 }] } }'))::json);
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

-- Watches the row that each batch writes first, from outside: for how many milliseconds it stays locked.
CREATE EXTENSION pageinspect;
CREATE UNLOGGED TABLE locked (milliseconds float8);
CREATE PROCEDURE watch_batches(many integer)
LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz := clock_timestamp() + interval '5 minutes';
    places point[];
    place point;
    changer xid;
    locked_at timestamptz;
BEGIN
    SELECT array_agg(s.ctid::text::point ORDER BY m.number) INTO places
    FROM (SELECT key_1, row_number() OVER (ORDER BY ctid) - 1 AS number FROM customers_scores_marks) AS m
    JOIN customers_scores AS s ON s.id = m.key_1
    WHERE m.number % 1000 = 0 AND m.number < 1000 * many;
    COMMIT;
    FOREACH place IN ARRAY places LOOP
        locked_at := NULL;
        WHILE clock_timestamp() < until LOOP
            SELECT t_xmax INTO changer FROM heap_page_items(get_raw_page('customers_scores', place[0]::integer))
            WHERE lp = place[1];
            IF EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND granted AND transactionid = changer) THEN
                locked_at := coalesce(locked_at, clock_timestamp());
            ELSIF changer IS DISTINCT FROM '0'::xid THEN
                INSERT INTO locked SELECT 1000 * extract(epoch FROM clock_timestamp() - coalesce(locked_at, clock_timestamp()));
                COMMIT;
                EXIT;
            END IF;
            PERFORM pg_sleep(0.0002);
        END LOOP;
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

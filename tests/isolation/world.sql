-- The shop of the isolation tests, and what they ask about it. A spec cannot hold a closing brace, which ends its block: documents are here.
SET check_function_bodies = off;
CREATE SCHEMA world;

-- Tells whether this database has the extension; a control run has none.
CREATE FUNCTION world.has_extension() RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_scoring');

-- The documents. The measures of folded are kept by adding what is new; derived has some for which the events of the customer must be
-- read again at every touch; joined has refunds, whose customer is that of their order.
CREATE FUNCTION world.document(kind text) RETURNS json LANGUAGE sql STABLE AS $$
SELECT CASE kind
WHEN 'folded' THEN $json$
{
  "mode": "live", "timezone": "Europe/Paris", "refresh_every": "never",
  "customers": { "table": "crm.customers", "key": "id", "where": "active" },
  "sources": {
    "orders": { "table": "crm.orders", "customer": "customer_id", "at": "at" },
    "mails": { "table": "crm.mails", "customer": "customer_id", "at": "sent_at" }
  },
  "measures": {
    "orders": { "take": "count", "from": "orders" },
    "turnover": { "take": "sum", "from": "orders", "of": "amount" },
    "basket": { "take": "average", "from": "orders", "of": "amount" },
    "last_order": { "take": "last", "from": "orders" },
    "smallest": { "take": "minimum", "from": "orders", "of": "amount" },
    "warmth": { "take": "sum", "from": "orders", "of": "amount", "half_life": "14 days" },
    "mails": { "take": "count", "from": "mails" },
    "country": { "take": "attribute", "of": "country" }
  },
  "scores": {
    "value": { "kind": "quantile", "of": "turnover", "bins": 4 },
    "size": { "kind": "levels", "of": "orders", "at_least": [1, 4, 9, 11] },
    "rfm": { "kind": "rfm", "recency": "last_order", "frequency": "orders", "monetary": "basket", "bins": 3 },
    "abc": { "kind": "abc", "of": "turnover", "shares": [0.2, 0.3, 0.5], "within": "country" }
  }
}
$json$
WHEN 'derived' THEN jsonb_set(world.document('folded')::jsonb, '{measures}', world.document('folded')::jsonb -> 'measures' || $json$
{
  "recent": { "take": "count", "from": "orders", "window": "30 days" },
  "prices": { "take": "distinct", "from": "orders", "of": "amount" }
}
$json$)::text
WHEN 'joined' THEN $json$
{
  "mode": "live", "timezone": "Europe/Paris", "refresh_every": "never",
  "customers": { "table": "crm.customers", "key": "id", "where": "active" },
  "sources": {
    "orders": { "table": "crm.orders", "customer": "customer_id", "at": "at" },
    "refunds": { "table": "crm.refunds", "joins": { "o": { "table": "crm.orders", "on": "order_id", "key": "id" } },
                 "customer": "o.customer_id", "at": "created_at" }
  },
  "measures": {
    "orders": { "take": "count", "from": "orders" },
    "turnover": { "take": "sum", "from": "orders", "of": "amount" },
    "smallest": { "take": "minimum", "from": "orders", "of": "amount" },
    "last_order": { "take": "last", "from": "orders" },
    "refunded": { "take": "sum", "from": "refunds", "of": "amount" }
  },
  "scores": { "value": { "kind": "quantile", "of": "turnover", "bins": 4 } }
}
$json$
END::json
$$;

-- Makes the tables. The orders of customer 1 are 110 to 114 for one session, 120 to 124 for another, and 190, the newest.
-- Customer 3 has none, customer 4 has an order and is not there yet.
CREATE FUNCTION world.make_tables() RETURNS void LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
    IF world.has_extension() THEN
        PERFORM scoring.drop_model(name) FROM scoring.model;
    END IF;
    DROP SCHEMA IF EXISTS crm CASCADE;
    CREATE SCHEMA crm;
    CREATE TABLE crm.customers (id int PRIMARY KEY, country text, active boolean NOT NULL DEFAULT true);
    CREATE TABLE crm.orders (id int PRIMARY KEY, customer_id int, at timestamptz, amount numeric(12,2));
    CREATE INDEX ON crm.orders (customer_id, at);
    CREATE TABLE crm.mails (customer_id int, sent_at timestamptz);
    CREATE INDEX ON crm.mails (customer_id);
    CREATE TABLE crm.refunds (id int PRIMARY KEY, order_id int, created_at timestamptz, amount numeric(12,2));
    CREATE INDEX ON crm.refunds (order_id);
    INSERT INTO crm.customers SELECT n, CASE WHEN n % 3 = 0 THEN 'BE' ELSE 'FR' END
    FROM generate_series(1, 12) AS n WHERE n <> 4;
    INSERT INTO crm.orders
    SELECT customer * 100 + side * 10 + n, customer, date_trunc('day', now()) - make_interval(days => 9 * (n + side) + customer),
           customer * 8 + n * side
    FROM generate_series(1, 12) AS customer, generate_series(1, 2) AS side, generate_series(0, 4) AS n
    WHERE customer NOT IN (3, 4);
    INSERT INTO crm.orders VALUES
        (190, 1, now() - interval '1 hour', 5), (290, 2, now() - interval '1 hour', 90), (490, 4, now() - interval '1 day', 20);
    INSERT INTO crm.mails SELECT customer, now() - interval '3 days' FROM generate_series(1, 12) AS customer;
    INSERT INTO crm.refunds SELECT id, id, at + interval '1 hour', 1 FROM crm.orders WHERE id % 10 = 3;
END
$$;

-- Makes the model, where there is the extension, and changes figures so that the next refresh publishes other cuts.
-- The state: plain, marked (customers wait for catch_up), wrong (score rows of customers 1 and 7 are not true).
CREATE PROCEDURE world.make(kind text, state text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM world.make_tables();
    COMMIT;
    IF NOT world.has_extension() THEN
        RETURN;
    END IF;
    SET LOCAL client_min_messages = error;
    PERFORM scoring.create_model('shop', world.document(kind));
    COMMIT;
    INSERT INTO crm.orders SELECT id + 500000, customer_id, at, 40 * (id / 100 % 5) FROM crm.orders WHERE id BETWEEN 500 AND 1300;
    COMMIT;
    CALL world.drain();
    IF state = 'marked' THEN
        COMMIT;
        -- What can lead to a serialization failure only marks.
        SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
        INSERT INTO crm.orders SELECT 9000 + n, n, now(), 3 FROM generate_series(1, 8) AS n;
        COMMIT;
    ELSIF state = 'wrong' THEN
        UPDATE crm.customers_scores SET turnover = turnover + 1000, orders = orders + 5 WHERE id IN (1, 7);
        COMMIT;
    END IF;
END
$$;

-- Works all marks off, or fails: what no round makes fewer would be marked for ever.
CREATE PROCEDURE world.drain() LANGUAGE plpgsql AS $$
DECLARE
    remains bigint;
BEGIN
    FOR round IN 1..20 LOOP
        SELECT remaining INTO remains FROM scoring.catch_up('shop');
        COMMIT;
        EXIT WHEN remains = 0;
    END LOOP;
    IF remains > 0 THEN
        RAISE EXCEPTION '% customers remain marked', remains;
    END IF;
END
$$;

-- The marks that are left, as texts.
CREATE FUNCTION world.marks() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('crm.customers_scores_marks') IS NOT NULL THEN
        RETURN QUERY EXECUTE 'SELECT coalesce(key_1::text, ''everybody'') FROM crm.customers_scores_marks ORDER BY key_1';
    END IF;
END
$$;

-- The score rows without a mark that are not what SQL written by hand gives: measures of the orders, which verify checks too, another way.
CREATE FUNCTION world.by_hand() RETURNS TABLE (customer int, live text, expected text) LANGUAGE sql AS $$
WITH wanted AS (
    SELECT c.id, count(o.id) AS orders, coalesce(sum(o.amount), 0) AS turnover, min(o.amount) AS smallest, max(o.at) AS last_order
    FROM crm.customers AS c LEFT JOIN crm.orders AS o ON o.customer_id = c.id
    WHERE c.active GROUP BY c.id
), found AS (
    SELECT s.id, s.orders, s.turnover, s.smallest, s.last_order FROM crm.customers_scores AS s
)
SELECT id, found::text, wanted::text FROM wanted FULL JOIN found USING (id)
WHERE found IS DISTINCT FROM wanted
  AND NOT EXISTS (SELECT FROM world.marks() AS mark WHERE mark IN (id::text, 'everybody'))
ORDER BY id
$$;

-- What a spec shows of customers: the figures that do not depend on the day.
CREATE FUNCTION world.figures(VARIADIC customers int[]) RETURNS TABLE (id int, orders bigint, turnover numeric) LANGUAGE sql AS $$
SELECT s.id, s.orders, s.turnover FROM crm.customers_scores AS s WHERE s.id = ANY (customers) ORDER BY s.id
$$;

-- From now on every new order brings a twin, by a row trigger of the user's.
CREATE FUNCTION world.echo_orders() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TRIGGER a_twin AFTER INSERT ON crm.orders FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION world.insert_twin();
END
$$;
CREATE FUNCTION world.insert_twin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE crm.orders SET amount = amount + 1 WHERE id = 110;
    INSERT INTO crm.orders VALUES (NEW.id + 10000, NEW.customer_id, NEW.at, NEW.amount);
    RETURN NULL;
END
$$;

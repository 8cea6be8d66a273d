-- A small shop, whose sums fail where an amount is negative and take long where it is huge; and documents over it.

SET client_min_messages = warning;
CREATE SCHEMA crm;
CREATE TABLE crm.customers (id int PRIMARY KEY);
CREATE TABLE crm.orders (customer_id int, ordered_at timestamptz, amount numeric);
INSERT INTO crm.customers SELECT generate_series(1, 50);
INSERT INTO crm.orders SELECT 1 + g % 50, now() - g * interval '1 hour', g FROM generate_series(1, 300) AS g;
CREATE FUNCTION crm.checked(amount numeric) RETURNS numeric IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF amount > 1e6 THEN PERFORM pg_sleep(60); END IF;
    RETURN amount / CASE WHEN amount >= 0 THEN 1 ELSE 0 END;
END $$;
CREATE FUNCTION crm.document(name text, refresh_every text) RETURNS json LANGUAGE sql AS $body$
    SELECT format($${
        "refresh_every": "%2$s", "customers": { "table": "crm.customers", "key": "id" }, "into": "crm.%1$s_scores", "view": "crm.%1$s",
        "sources": { "orders": { "table": "crm.orders", "customer": "customer_id", "at": "ordered_at" } },
        "measures": { "spent": { "take": "sum", "from": "orders", "of": "crm.checked(amount)" } },
        "scores": { "value": { "kind": "quantile", "of": "spent" } }
    }$$, name, refresh_every)::json
$body$;

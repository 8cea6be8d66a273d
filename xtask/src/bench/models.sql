-- The model of the bench, and the same scores in plain SQL, over :customers customers.

CREATE :kind TABLE solicitations AS
SELECT 1 + floor(:customers * random() ^ 1.5)::integer AS customer_id,
       timestamptz '2024-01-01' + random() * interval '730 days' AS at
FROM generate_series(1, 10 * :customers);
VACUUM ANALYZE solicitations;

-- The document of the model.
CREATE FUNCTION model_document(mode text) RETURNS json
LANGUAGE sql
RETURN replace($json$
{
  "mode": "MODE", "refresh_every": "never", "timezone": "UTC",
  "customers": { "table": "public.customers", "key": "id" },
  "sources": {
    "orders": { "table": "public.orders", "customer": "customer_id", "at": "at" },
    "solicitations": { "table": "public.solicitations", "customer": "customer_id", "at": "at" }
  },
  "measures": {
    "first_order": { "take": "first", "from": "orders" },
    "last_order": { "take": "last", "from": "orders" },
    "orders": { "take": "count", "from": "orders" },
    "basket": { "take": "average", "from": "orders", "of": "amount" },
    "margin": { "take": "sum", "from": "orders", "of": "amount - cost" },
    "exposure": { "take": "count", "from": "solicitations", "half_life": "14 days" }
  },
  "scores": {
    "rfm": {
      "kind": "rfm", "recency": "last_order", "frequency": "orders", "monetary": "margin",
      "only": { "of": "orders", "at_least": 1 }
    },
    "abc": { "kind": "abc", "of": "margin", "shares": [0.2, 0.6, 0.2] },
    "value": { "kind": "quantile", "of": "margin" },
    "pressure": { "kind": "quantile", "of": "exposure" },
    "pressure_delta": { "kind": "delta", "of": "pressure", "minus": "value" }
  }
}
$json$, 'MODE', mode)::json;

CREATE FUNCTION make_model() RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scoring.drop_model(name) FROM scoring.model WHERE name = 'bench';
    PERFORM scoring.create_model('bench', model_document('batch'));
    RETURN (SELECT count(*) FROM customers);
END
$$;

CREATE FUNCTION refresh_model() RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM scoring.refresh('bench');
    RETURN (SELECT count(*) FROM customers);
END
$$;

CREATE MATERIALIZED VIEW plain_view AS
WITH ordered AS (
    SELECT customer_id, min(at) AS first_order, max(at) AS last_order, count(*) AS orders,
           round(avg(amount), 4) AS basket, sum(amount - cost) AS margin
    FROM orders
    GROUP BY customer_id
), solicited AS (
    SELECT customer_id, sum(power(2, date_part('epoch', at - timestamptz '2026-01-01') / 1209600)) AS exposure
    FROM solicitations
    GROUP BY customer_id
), measured AS (
    SELECT c.id, o.first_order, o.last_order, coalesce(o.orders, 0) AS orders, o.basket,
           coalesce(o.margin, 0) AS margin, coalesce(s.exposure, 0) AS exposure
    FROM customers AS c
    LEFT JOIN ordered AS o ON o.customer_id = c.id
    LEFT JOIN solicited AS s ON s.customer_id = c.id
), ranked AS (
    SELECT *,
           CASE WHEN orders >= 1 THEN
               100 * ntile(5) OVER (PARTITION BY orders >= 1 ORDER BY last_order)
               + 10 * ntile(5) OVER (PARTITION BY orders >= 1 ORDER BY orders)
               + ntile(5) OVER (PARTITION BY orders >= 1 ORDER BY margin)
           END AS rfm,
           row_number() OVER (ORDER BY margin DESC) AS place, count(*) OVER () AS heads,
           ntile(5) OVER (ORDER BY margin) AS value,
           ntile(5) OVER (ORDER BY exposure) AS pressure
    FROM measured
)
SELECT id, first_order, last_order, orders, basket, margin, exposure, rfm,
       CASE WHEN place <= 0.2 * heads THEN 'A' WHEN place <= 0.8 * heads THEN 'B' ELSE 'C' END AS abc,
       value, pressure, pressure - value AS pressure_delta
FROM ranked
WITH NO DATA;

CREATE FUNCTION make_plain() RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS plain_scores;
    EXECUTE 'CREATE TABLE plain_scores AS ' || rtrim(pg_get_viewdef('plain_view'), ';');
    ALTER TABLE plain_scores ADD PRIMARY KEY (id);
    RETURN (SELECT count(*) FROM customers);
END
$$;

CREATE FUNCTION refresh_plain() RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    REFRESH MATERIALIZED VIEW plain_view;
    RETURN (SELECT count(*) FROM customers);
END
$$;

CREATE FUNCTION verify_model() RETURNS bigint
LANGUAGE sql
RETURN (SELECT count(*) FROM scoring.verify('bench'));

CREATE FUNCTION explain_model() RETURNS bigint
LANGUAGE sql
RETURN (SELECT count(scoring.explain('bench', id)) FROM generate_series(1, 100) AS id);

-- What is wrong in the score table, found with plain SQL and none of the extension's.

WITH truth AS (
    SELECT c.id, o.orders, o.spent, o.last_order, o.biggest, r.refunded, v.visits, v.pages, w.wishes, c.country
    FROM shop.customers AS c
    LEFT JOIN shop.scores AS s USING (id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS orders, coalesce(sum(amount) FILTER (WHERE amount <> 'NaN'), 0) AS spent, max(ordered_at) AS last_order,
               max(amount) FILTER (WHERE amount <> 'NaN') AS biggest
        FROM shop.orders WHERE customer_id = c.id AND status <> 'cancelled' AND ordered_at <= s.scored_at AND isfinite(ordered_at)) AS o
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(f.amount) FILTER (WHERE f.amount <> 'NaN'), 0) AS refunded
        FROM shop.refunds AS f JOIN shop.orders AS p ON p.id = f.order_id
        WHERE p.customer_id = c.id AND p.status <> 'open' AND isfinite(refunded_on)
          AND refunded_on::timestamp AT TIME ZONE 'Europe/Paris' <= s.scored_at) AS r
    CROSS JOIN LATERAL (
        SELECT count(*) AS visits, count(DISTINCT page) AS pages
        FROM shop.visits WHERE customer_id = c.id AND isfinite(visited_at) AND visited_at <= s.scored_at) AS v
    CROSS JOIN LATERAL (SELECT count(*) AS wishes FROM shop.wishes WHERE customer_id = c.id) AS w
    WHERE c.active
)
SELECT coalesce(t.id, s.id) AS customer,
       to_jsonb(t)::text AS truth,
       (jsonb_build_object('orders', s.orders, 'spent', s.spent, 'last_order', s.last_order, 'biggest', s.biggest, 'refunded', s.refunded,
                          'visits', s.visits, 'pages', s.pages, 'wishes', s.wishes, 'country', s.country))::text AS stored
FROM truth AS t FULL JOIN shop.scores AS s ON s.id = t.id
WHERE (t.id, t.orders, t.spent, t.last_order, t.biggest, t.refunded, t.visits, t.pages, t.wishes, t.country)
      IS DISTINCT FROM (s.id, s.orders, s.spent, s.last_order, s.biggest, s.refunded, s.visits, s.pages, s.wishes, s.country)
ORDER BY 1;

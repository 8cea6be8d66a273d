\echo '── Customers ───────────────────────────────────────────────────────────────────'
\echo
\echo 'A typical customer of each segment, the middle one by revenue, with every score:'
\echo 'ABC classes by heads and by revenue; gap is the level of exposure less the level'
\echo 'of revenue.'
\echo

SELECT lpad(customer_id::text, 5) AS id, last_order AS "last order", to_char(orders, '9,999') AS orders,
    to_char(revenue, '999,999') AS "revenue $", rfm, segment, abc_heads || '/' || abc_revenue AS abc,
    pressure_delta AS gap, pressure
FROM (
    SELECT *, row_number() OVER (PARTITION BY segment ORDER BY revenue, customer_id) AS place,
        count(*) OVER (PARTITION BY segment) AS customers
    FROM crm.scores
) AS ranked
WHERE place = (customers + 1) / 2
ORDER BY rfm DESC, customer_id;

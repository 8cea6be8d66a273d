\echo '── Customers ───────────────────────────────────────────────────────────────────'
\echo
\echo 'The best customer of each segment with every score: classes by heads and by'
\echo 'revenue; delta is the level of exposure less the level of revenue.'
\echo

SELECT lpad(customer_id::text, 5) AS id, last_order AS "last order", orders, round(revenue) AS "$", rfm, segment,
    abc_heads || '/' || abc_revenue AS abc, pressure_delta AS delta, pressure
FROM (SELECT DISTINCT ON (segment) * FROM crm.scores ORDER BY segment, revenue DESC) AS best
ORDER BY rfm DESC;

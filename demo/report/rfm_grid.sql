\echo '── RFM grid ────────────────────────────────────────────────────────────────────'
\echo
\echo 'Recency (days since the last order) by frequency (orders). Customers with the'
\echo 'same figure share a level, so that a level can be empty: "none".'
\echo

WITH leveled AS (
    SELECT *, rfm / 100 AS r, rfm / 10 % 10 AS f FROM crm.scores WHERE rfm IS NOT NULL
),
-- Each level with the figures that fall in it, such as "R5: 1-151 days".
rows AS (
    SELECT r, format('R%s: %s-%s days', r, min(days_ago), max(days_ago)) AS recency FROM leveled GROUP BY r
),
columns AS (
    SELECT f, format('F%s: %s', f, coalesce(nullif(concat_ws('-', min(orders), nullif(max(orders), min(orders))), ''), 'none')) AS frequency
    FROM generate_series(1, 5) AS f LEFT JOIN leveled USING (f)
    GROUP BY f
)
SELECT recency AS " ", frequency,
    CASE WHEN count(customer_id) > 0
        THEN to_char(count(customer_id), '9990') || to_char(sum(revenue) / 1000, '990.0')
    END AS cell,
    f
FROM rows CROSS JOIN columns LEFT JOIN leveled USING (r, f)
GROUP BY r, recency, f, frequency
ORDER BY r DESC, f
\C 'In each cell: customers, thousands of $'
\crosstabview " " frequency cell f
\C

\echo 'Levels compare customers with each other: where half of them never came back, a'
\echo 'last order of over a year ago can be in the middle, and its customer "Loyal".'
\echo 'For levels that are absolute see "Use my own limits" in README.md.'
\echo

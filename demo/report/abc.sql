\echo '── ABC classes ─────────────────────────────────────────────────────────────────'
\echo
\echo 'By heads: A the best 20 % of the customers, B the next 60 %, C the last 20 %.'
\echo 'By revenue: A those who bring 80 % of it, B the next 15 %, C the last 5 %.'
\echo

WITH classed AS (
    SELECT 'by heads' AS rule, abc_heads AS class, revenue FROM crm.scores
    UNION ALL
    SELECT 'by revenue', abc_revenue, revenue FROM crm.scores
)
SELECT rule AS " ", class,
    to_char(count(*), '9,999,999') AS customers,
    to_char(100 * count(*) / sum(count(*)) OVER rule, '990.0" %"') AS share,
    to_char(sum(revenue), '9,999,999') AS "revenue $",
    to_char(100 * sum(revenue) / sum(sum(revenue)) OVER rule, '990.0" %"') AS share,
    to_char(min(revenue), '999,999,990.00') AS "least revenue $"
FROM classed
GROUP BY rule, class
WINDOW rule AS (PARTITION BY rule)
ORDER BY rule, class;

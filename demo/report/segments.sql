\echo '── Segments ────────────────────────────────────────────────────────────────────'
\echo
\echo 'The usual segments of an RFM score. The bar is the share of the revenue.'
\echo 'Segments without customers are not shown.'
\echo

SELECT segment,
    to_char(count(*), '9,999,999') AS customers,
    to_char(100 * count(*) / sum(count(*)) OVER (), '990.0" %"') AS share,
    to_char(sum(revenue), '9,999,999') AS "revenue $",
    to_char(100 * sum(revenue) / sum(sum(revenue)) OVER (), '990.0" %"') AS share,
    repeat('█', round(20 * sum(revenue) / sum(sum(revenue)) OVER ())::integer) AS " "
FROM crm.scores
GROUP BY segment
ORDER BY sum(revenue) DESC;

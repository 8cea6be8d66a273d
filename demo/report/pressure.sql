\echo '── Marketing pressure (from GENERATED e-mails: the orders come without any) ────'
\echo
\echo 'A newsletter went out every Tuesday for half a year, to anybody. Exposure counts'
\echo 'each one, half after two weeks. Over-pressure: the level of exposure, 1 to 5, is'
\echo '2 or more above the level of revenue; under-pressure: 2 or more below. These'
\echo 'levels are relative, too: they compare customers with each other.'
\echo

SELECT pressure AS " ",
    to_char(count(*), '9,999,999') AS customers,
    to_char(100 * count(*) / sum(count(*)) OVER (), '990.0" %"') AS share,
    to_char(sum(revenue), '9,999,999') AS "revenue $",
    to_char(100 * sum(revenue) / sum(sum(revenue)) OVER (), '990.0" %"') AS share,
    round(avg(exposure)::numeric, 2) AS "mean exposure"
FROM crm.scores
GROUP BY pressure
ORDER BY max(pressure_delta) DESC;

\echo '── A model ─────────────────────────────────────────────────────────────────────'
\echo
\echo 'demo/model.sql makes a model of one JSON document: a score table that can be'
\echo 'refreshed, explained and verified, and a view for people. From the real orders;'
\echo 'GENERATED are e-mails, calls, visits, tickets, refunds, costs and countries.'
\echo 'val and prs are levels of value and pressure; felt is what e-mails and calls'
\echo 'still weigh today.'
\echo

SELECT lpad(id::text, 5) AS id, orders, to_char(net_margin, '99,990.00') AS "margin $", rfm,
    rfm_segment AS segment, abc, value AS val, round(exposure::numeric, 1) AS felt, pressure AS prs,
    pressure_delta_label AS state
FROM (
    SELECT *, row_number() OVER (PARTITION BY abc ORDER BY abs(pressure_delta) DESC, net_margin DESC, id) AS place
    FROM crm.scored_customers
) AS ranked
WHERE place <= 3
ORDER BY abc, place;

\echo 'Why? scoring.explain says it of the first of them:'
\echo
SELECT id AS customer FROM crm.scored_customers WHERE abc = 'A'
ORDER BY abs(pressure_delta) DESC, net_margin DESC, id LIMIT 1 \gset
\pset format unaligned
\pset tuples_only on
-- Lines are broken between words.
SELECT regexp_replace(line, '(.{1,76})( |$)', E'  \\1\n', 'g')
FROM string_to_table(scoring.explain('crm', :customer) ->> 'text', E'\n') AS line;
\pset format aligned
\pset tuples_only off

\echo 'What if pressure had three levels? scoring.preview shows it, and keeps nothing:'
\echo
SET client_min_messages = warning;
SELECT level, label, round(lower::numeric, 2) AS lower, round(upper::numeric, 2) AS upper, bounds, customers,
    to_char(100 * share, '990.0" %"') AS share
FROM scoring.preview(jsonb_set(
    (SELECT definition::jsonb FROM scoring.model WHERE name = 'crm') #- '{scores,pressure_delta}',
    '{scores,pressure}', '{"kind": "quantile", "of": "exposure", "bins": 3}')::json)
WHERE score = 'pressure';

\pset tuples_only on
SELECT format('%s orders of %s customers, worth $%s,', to_char(count(*), 'FM999,999'),
    to_char(count(DISTINCT customer_id), 'FM999,999'), to_char(sum(amount), 'FM999,999,999'))
FROM crm.orders
UNION ALL
SELECT format('from %s to %s (all days moved alike); scored as of %s', to_char(min(ordered_at), 'FMDD FMMonth YYYY'),
    to_char(max(ordered_at), 'FMDD FMMonth YYYY'), to_char(max(today), 'FMDD FMMonth YYYY'))
FROM crm.orders, crm.today;
\pset tuples_only off

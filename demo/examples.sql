-- Who was worth much, and is slipping away?
SELECT customer_id, last_order, orders, revenue FROM crm.scores
WHERE segment = 'Can''t lose them' ORDER BY revenue DESC;

-- A lost customer orders again: the scores follow.
SELECT customer_id AS lost FROM crm.scores
WHERE segment = 'Lost' ORDER BY revenue DESC, customer_id LIMIT 1 \gset
INSERT INTO crm.orders (customer_id, ordered_at, cds, amount)
VALUES (:lost, current_date - 1, 3, 49.90);
SELECT rfm, segment, abc_heads FROM crm.scores WHERE customer_id = :lost;

-- Your own classes: who brings the first half of the revenue?
SELECT class, count(*), sum(revenue) FROM (
    SELECT revenue, scoring.abc_class(revenue, '{0.5,0.5}',
        'key_figure_percent', '{gold,silver}') OVER () AS class
    FROM crm.scores
) AS classed GROUP BY class;

-- The manual of a function; \df+ scoring.* has all of them, best after \x.
SELECT obj_description('scoring.decayed_sum'::regproc, 'pg_proc')
\g (format=unaligned tuples_only=on)

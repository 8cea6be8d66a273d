-- Generates what a CRM has besides orders, because these come without. E-mails: every Tuesday for half a year a newsletter goes to some
-- customers, and each has a luck of his own. It looks at nobody's value, as newsletters do.

SELECT setseed(0.1998) \g /dev/null

CREATE TEMPORARY TABLE luck AS
SELECT id, random() AS share FROM crm.customers ORDER BY id;

INSERT INTO crm.mails (customer_id, sent_at)
SELECT id, tuesday::date
FROM crm.today,
    generate_series(date_trunc('week', today - 182) + interval '1 day', today - 1, '7 days') AS tuesday,
    luck
WHERE random() < share
ORDER BY tuesday, id;

-- One of twelve customers gets a call now and then.
INSERT INTO crm.calls (customer_id, called_at)
SELECT id, today - floor(90 * random())::integer + time '10:00'
FROM crm.today, crm.customers, generate_series(1, 3)
WHERE id % 12 = 0 AND random() < 0.6
ORDER BY id;

-- Who ordered lately looks around more.
INSERT INTO crm.visits (customer_id, visited_at)
SELECT customer_id, today - floor(60 * random() ^ 2)::integer + time '20:00'
FROM crm.today, crm.orders
WHERE ordered_at > today - 120 AND random() < 0.7
ORDER BY orders.id;

INSERT INTO crm.tickets (customer_id, opened_at, kind)
SELECT customer_id, ordered_at + 3 + time '09:00', CASE WHEN random() < 0.4 THEN 'complaint' ELSE 'question' END
FROM crm.orders
WHERE random() < 0.05
ORDER BY id;

-- One order of forty is paid back, some of them in part.
INSERT INTO crm.refunds (order_id, created_on, amount)
SELECT id, ordered_at + 5, CASE WHEN random() < 0.5 THEN amount ELSE round(amount / 2, 2) END
FROM crm.orders
WHERE random() < 0.025
ORDER BY id;

UPDATE crm.orders SET cost = round(amount * (0.5 + 0.3 * random())::numeric, 2);
UPDATE crm.customers SET country = (array['FR', 'FR', 'FR', 'BE', 'LU', 'NL'])[1 + floor(6 * random())::integer];

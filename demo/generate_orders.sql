-- Generates orders that resemble CDNOW's: the same customers each time, because the seed is the same.
-- Everybody starts in the first quarter of 1997; half never come back, a few come back very often.

SELECT setseed(0.1997) \g /dev/null

INSERT INTO crm.customers (id, since)
SELECT id, date '1997-01-01' + floor(90 * random())::integer FROM generate_series(1, 2357) AS id;

CREATE TEMPORARY TABLE habits AS
SELECT id, since, least(floor(0.5 / (random() + 0.01)), 40)::integer AS repeats, 12 + 20 * random() AS price
FROM crm.customers
ORDER BY id;

INSERT INTO crm.orders (customer_id, ordered_at, cds, amount)
SELECT id, ordered_at, cds, round((cds * price * (0.8 + 0.4 * random()))::numeric, 2)
FROM (
    SELECT id, price, 1 + floor(2.5 * random() ^ 2)::integer AS cds,
        CASE
            WHEN repeat = 0 THEN since
            ELSE since + floor((date '1998-07-01' - since) * random() ^ 1.3)::integer
        END AS ordered_at
    FROM habits, generate_series(0, repeats) AS repeat
    ORDER BY id, repeat
) AS purchase;

-- As the real ones, they are moved so that the last order was yesterday.
UPDATE crm.customers SET since = since + (current_date - 1 - (SELECT max(ordered_at) FROM crm.orders));
UPDATE crm.orders SET ordered_at = ordered_at + (current_date - 1 - (SELECT max(ordered_at) FROM crm.orders));

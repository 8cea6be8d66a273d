-- A shop with 400 customers: its tables and what is in them. No random numbers; what is meant to be recent hangs on now().

CREATE SCHEMA shop;
CREATE TABLE shop.customers (
    customer_id int PRIMARY KEY, email text, country text, language text, anonymised boolean NOT NULL DEFAULT false, born date);
CREATE UNIQUE INDEX ON shop.customers (lower(email));
CREATE TABLE shop.stores (store_id smallint PRIMARY KEY, kind text NOT NULL);
CREATE TABLE shop.orders (
    order_id bigint PRIMARY KEY, customer_id int, store_id smallint, ordered_at timestamptz, created_on date, status text,
    currency text, amount numeric(12,2), cost numeric);
CREATE TABLE shop.order_lines (order_id bigint, product_id int, quantity int, price numeric);
-- Its columns have the same names as those of the orders, and mean something else.
CREATE TABLE shop.refunds (order_id bigint, created_on date, amount numeric(12,2));
CREATE TABLE shop.email_events (address text, kind text, happened_at timestamp);
CREATE TABLE shop.sms (customer_id int, sent_at timestamp);
CREATE TABLE shop.points (customer_id int, granted_on date, points double precision);
CREATE TABLE shop.wishes (customer_id int);

-- Customers: some without e-mail, country, language or birthday; every 41st is anonymised.
INSERT INTO shop.customers
SELECT g, CASE WHEN g % 50 <> 0 THEN 'Customer' || g || '@' || CASE g % 3 WHEN 0 THEN 'Example.com' WHEN 1 THEN 'example.org' ELSE 'EXAMPLE.net' END END,
       CASE WHEN g BETWEEN 381 AND 383 THEN 'XX' WHEN g % 19 <> 0 THEN ('{FR,FR,BE,FR,CH,LU,BE,FR}'::text[])[1 + g * 7919 % 1009 % 8] END,
       CASE g % 7 WHEN 0 THEN NULL WHEN 1 THEN 'nl' WHEN 2 THEN 'de' ELSE 'fr' END, g % 41 = 0 OR g = 378,
       CASE WHEN g % 37 = 0 THEN '1988-02-29' WHEN g % 13 <> 0 THEN date '1940-01-31' + g * 7919 % 24000 END
FROM generate_series(1, 400) AS g;
INSERT INTO shop.stores VALUES (1, 'web'), (2, 'street'), (3, 'test');

-- 3,000 orders of customers 1 to 360 from 2024 to the middle of 2026, some with many and some with few; then 400 recent ones.
INSERT INTO shop.orders
SELECT g, 1 + (g * 7919 % 1009) * (g * 31 % 97) / 97 % 360, CASE WHEN g % 11 <> 0 THEN 1 + g * 13 % 17 % 3 END, at, at::date + g % 5,
       CASE WHEN g % 29 = 0 THEN 'cancelled' WHEN g % 31 = 0 THEN NULL WHEN g % 3 = 0 THEN 'paid' ELSE 'shipped' END,
       (CASE g % 23 WHEN 0 THEN NULL WHEN 1 THEN 'JPY' WHEN 2 THEN 'GBP' WHEN 3 THEN 'USD' ELSE 'EUR' END),
       CASE WHEN g % 101 <> 0 THEN amount - CASE WHEN g % 47 = 0 THEN 90 ELSE 0 END END, CASE WHEN g % 103 <> 0 THEN round(amount * (40 + g % 70) / 100, 3) END
FROM generate_series(1, 3400) AS g,
     LATERAL (SELECT CASE WHEN g <= 3000 THEN timestamptz '2024-01-01 00:00 Europe/Paris' + g * 104729 % 900 * interval '1 day' + g * 37 % 1440 * interval '1 minute'
                          ELSE now() - g * 7919 % 1009 * interval '9 hours' - interval '1 minute' END AS at) AS a,
     LATERAL (SELECT CASE WHEN g % 4 = 0 THEN 19.90 ELSE round((5 + g * 7919 % 1009 * (g % 13))::numeric / 7, 2) END AS amount) AS b;
INSERT INTO shop.order_lines
SELECT g % 3450, CASE WHEN g % 97 <> 0 THEN 1 + g * 7919 % 1009 % 60 END, g % 6 - 1, CASE WHEN g % 89 <> 0 THEN round((1 + g * 31 % 499)::numeric / 9, 3) END
FROM generate_series(1, 7000) AS g;
INSERT INTO shop.refunds
SELECT order_id, created_on + (order_id % 40)::int, CASE WHEN order_id % 5 = 0 THEN amount ELSE 12.5 END FROM shop.orders WHERE order_id % 17 = 0 AND amount IS NOT NULL
UNION ALL SELECT 1000000 + g, '2026-01-01', 10 FROM generate_series(1, 5) AS g;

-- E-mail events know an address, written in capitals or not; some match nobody. Recent text messages; points in floats.
INSERT INTO shop.email_events
SELECT CASE WHEN g % 53 = 0 THEN 'nobody' || g || '@example.com' WHEN g % 59 = 0 THEN NULL WHEN g % 2 = 0 THEN upper(email) ELSE email END,
       CASE g % 9 WHEN 0 THEN 'clicked' WHEN 1 THEN 'opened' WHEN 2 THEN 'opened' WHEN 3 THEN 'bounced' ELSE 'sent' END,
       CASE WHEN g % 2 = 0 THEN timestamp '2025-01-01' + g * 104729 % 500 * interval '1 day' + g % 1440 * interval '1 minute'
            ELSE (now() AT TIME ZONE 'Europe/Paris') - g * 7919 % 1009 * interval '3 hours' - interval '2 hours' END
FROM generate_series(1, 4000) AS g LEFT JOIN shop.customers ON customer_id = 1 + (g * 7919 % 1009) * (g * 31 % 89) / 89 % 390;
INSERT INTO shop.sms
SELECT CASE WHEN g % 61 <> 0 THEN 1 + g * 7919 % 1009 % 395 END, date_trunc('second', now() AT TIME ZONE 'America/New_York') - g * 31 % 499 * interval '5 hours' - interval '2 hours'
FROM generate_series(1, 900) AS g;
INSERT INTO shop.points
SELECT 1 + g * 7919 % 1009 % 390, date '2025-01-01' + g % 300, CASE WHEN g % 71 = 0 THEN 'NaN' WHEN g % 73 <> 0 THEN g * 7919 % 1009 / 8.0 END
FROM generate_series(1, 800) AS g WHERE 1 + g * 7919 % 1009 % 390 NOT BETWEEN 387 AND 389;
INSERT INTO shop.wishes SELECT CASE WHEN g % 43 <> 0 THEN 1 + g * 31 % 499 END FROM generate_series(1, 600) AS g;

-- Customers with something special about them; 361 to 370 have no order.
INSERT INTO shop.orders (order_id, customer_id, store_id, ordered_at, created_on, status, currency, amount, cost) VALUES
    (4001, 371, 1, '2025-07-01 12:00+02', '2025-07-01', 'paid', 'EUR', 40, 30),               -- one order
    (4002, 372, 1, '2999-01-01', '2025-07-01', 'paid', 'EUR', 40, 30),                        -- only an order of the future
    (4003, 373, 1, '2025-07-01', '2025-07-01', 'paid', 'EUR', NULL, 30),                      -- no amount
    (4004, 374, 1, 'infinity', '2025-07-01', 'paid', 'EUR', 40, 30),                          -- never
    (4005, 375, 1, '-infinity', '2025-07-01', 'paid', 'EUR', 40, 30),                         -- always, and once
    (4006, 375, 1, '2025-08-01', '2025-07-01', 'paid', 'EUR', 45, 30),
    (4007, 376, 1, NULL, '2025-07-01', 'paid', 'EUR', 40, 30),                                -- nobody knows when
    (4008, 377, 1, '2025-07-01', '2025-07-01', 'paid', 'EUR', 40, 30),                        -- refunds exceed
    (4009, 378, 1, '2025-07-01', '2025-07-01', 'paid', 'EUR', 4000, 30),                      -- anonymised
    (4010, 379, 1, '2025-07-01', '2025-07-01', 'paid', 'EUR', 70, 30),                        -- three at the same time
    (4011, 379, 1, '2025-07-01', '2025-07-01', 'shipped', 'USD', 50, 30),
    (4012, 379, 1, '2025-07-01', '2025-07-01', 'delivered', 'GBP', 60, 30),
    (4013, 380, 1, '2025-07-01', '2025-07-01', 'paid', 'EUR', 'NaN', 30),                     -- an amount that is no number
    (4014, 380, 1, '2025-07-02', '2025-07-01', 'paid', 'EUR', 80, 30),
    (4015, 381, 1, '2025-07-01', '2025-07-01', 'paid', 'EUR', -50, -80),                      -- a country without turnover
    (4016, 382, 1, '2025-07-02', '2025-07-01', 'paid', 'EUR', -50, -80),
    (4017, 383, 1, '2025-07-03', '2025-07-01', 'paid', 'EUR', -60, -80),
    (4018, 384, 1, '2026-03-29 01:30+00', '2025-07-01', 'paid', 'EUR', 40, 30),               -- the clocks change
    (4019, 384, 1, '2025-12-31 23:30+00', '2025-07-01', 'paid', 'EUR', 40, 30),               -- a new year in Paris only
    (4020, 385, 1, now() + interval '10 days', '2025-07-01', 'paid', 'EUR', 40, 30),          -- another one of the future
    (4021, 386, 1, '2024-02-29 12:00+01', '2025-07-01', 'paid', 'EUR', 40, 30),               -- a leap day
    (4022, 390, 1, '2025-07-01', '2025-07-01', 'cancelled', 'EUR', 40, 30),                   -- cancelled
    (4023, NULL, 1, '2025-07-01', '2025-07-01', 'paid', 'EUR', 40, 30),                       -- of nobody
    (4024, 9999, 1, '2025-07-01', '2025-07-01', 'paid', 'EUR', 40, 30),                       -- of somebody unknown
    (4025, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO shop.refunds VALUES (4008, '2025-07-05', 90), (4008, '2025-07-06', 15), (4001, '2999-01-01', 40), (4024, '2025-07-05', 7), (NULL, '2025-07-05', 7),
                                (4014, 'infinity', 9), (4014, NULL, 9);
INSERT INTO shop.points VALUES (387, '2025-07-01', 'Infinity'), (387, '2025-07-02', '-Infinity'), (388, '2025-07-01', 'Infinity'), (388, '2025-07-02', 5),
                               (389, '2025-07-01', 'NaN');
ANALYZE;

-- A small CRM beside the shop, which the templates fit, and expressions that go wrong at run time.

CREATE SCHEMA crm;
CREATE TABLE crm.customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE crm.orders (id int PRIMARY KEY, customer_id int, ordered_at timestamptz, status text, amount numeric(12,2), margin numeric(12,2));
CREATE TABLE crm.solicitations (customer_id int, channel text, sent_at timestamptz);
INSERT INTO crm.customers SELECT g, 'Customer ' || g FROM generate_series(1, 100) AS g;
INSERT INTO crm.orders SELECT g, 1 + g % 90, now() - g * interval '9 hours', CASE WHEN g % 20 = 0 THEN 'cancelled' ELSE 'paid' END, g % 90, g % 50 - 5
FROM generate_series(1, 500) AS g;
INSERT INTO crm.solicitations SELECT 1 + g % 95, ('{email,sms,call,pigeon}'::text[])[1 + g % 4], now() - g * interval '7 hours' FROM generate_series(1, 400) AS g;
ANALYZE;

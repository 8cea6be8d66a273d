-- Templates: each makes a model of a small company as it is, in both languages, and verify finds nothing.

\pset null NULL
SET client_min_messages = warning;

-- A CRM with 40 customers, of whom 4 never bought. Days are counted back from noon in Paris, hours from now.
CREATE SCHEMA crm;
CREATE TABLE crm.customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE crm.orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES crm.customers, ordered_at timestamptz NOT NULL, status text NOT NULL,
                         amount numeric(12,2) NOT NULL, margin numeric(12,2) NOT NULL);
CREATE TABLE crm.solicitations (customer_id int NOT NULL REFERENCES crm.customers, channel text NOT NULL, sent_at timestamptz NOT NULL);
CREATE FUNCTION pg_temp.noon(days int) RETURNS timestamptz LANGUAGE sql AS
$$ SELECT ((now() AT TIME ZONE 'Europe/Paris')::date - days + time '12:00') AT TIME ZONE 'Europe/Paris' $$;
INSERT INTO crm.customers SELECT g, 'Customer ' || g FROM generate_series(1, 40) AS g;
INSERT INTO crm.orders
SELECT g, 1 + (g * 31 % 97) * (g * 13 % 53) % 36, pg_temp.noon(5 + g * 37 % 61 * 13),
       CASE WHEN g % 20 = 0 THEN 'cancelled' ELSE 'paid' END, 10 + g * 7 % 90, CASE WHEN g % 9 = 0 THEN -5 ELSE 2 + g * 7 % 90 / 3 END
FROM generate_series(1, 200) AS g;
-- The last channel has no weight in the templates: such a solicitation is none of the exposure.
INSERT INTO crm.solicitations
SELECT 1 + g * 7 % 39, ('{email,email,sms,call,mailing,pigeon}'::text[])[1 + g % 6], now() - g * 11 % 60 * interval '24 hours' - interval '6 hours'
FROM generate_series(1, 240) AS g;

-- A shop with 40 customers. E-mail events know an address; one of them matches nobody.
CREATE SCHEMA shop;
CREATE TABLE shop.customers (customer_id int PRIMARY KEY, email text);
CREATE UNIQUE INDEX ON shop.customers (lower(email));
CREATE TABLE shop.orders (order_id int PRIMARY KEY, customer_id int NOT NULL REFERENCES shop.customers, ordered_at timestamptz NOT NULL, status text NOT NULL);
CREATE TABLE shop.order_lines (order_id int NOT NULL REFERENCES shop.orders, product_id int NOT NULL, quantity int NOT NULL, price numeric(12,2) NOT NULL, cost numeric(12,2) NOT NULL);
CREATE TABLE shop.refunds (order_id int NOT NULL REFERENCES shop.orders, refunded_at timestamptz NOT NULL, amount numeric(12,2) NOT NULL);
CREATE TABLE shop.email_events (address text NOT NULL, kind text NOT NULL, happened_at timestamptz NOT NULL);
INSERT INTO shop.customers SELECT id, CASE WHEN id % 10 <> 9 THEN 'Customer' || id || '@Example.com' END FROM crm.customers;
INSERT INTO shop.orders SELECT id, customer_id, ordered_at, status FROM crm.orders;
INSERT INTO shop.order_lines SELECT id, g, g, amount / g, (amount - margin) / g FROM crm.orders, generate_series(1, 2) AS g;
INSERT INTO shop.refunds SELECT id, ordered_at + interval '12 hours', amount FROM crm.orders WHERE id % 7 = 0;
INSERT INTO shop.email_events
SELECT CASE WHEN g % 2 = 0 THEN 'CUSTOMER' ELSE 'customer' END || 1 + g * 7 % 39 || '@example.com', ('{sent,sent,opened,clicked,bounced}'::text[])[1 + g % 5],
       now() - g * 11 % 60 * interval '24 hours' - interval '6 hours'
FROM generate_series(1, 240) AS g
UNION ALL VALUES ('nobody@example.com', 'sent', now() - interval '6 hours');

-- RFM and ABC: who is in which segment; the customer with most orders.
SELECT scoring.create_model('t_rfm_abc', scoring.template('rfm_abc'));
SELECT rfm_segment, count(*) AS customers, sum(orders) AS orders, sum(turnover) AS turnover, string_agg(DISTINCT abc_margin, '' ORDER BY abc_margin) AS abc_margin,
       string_agg(DISTINCT abc_turnover, '' ORDER BY abc_turnover) AS abc_turnover
FROM crm.rfm_abc GROUP BY rfm_segment ORDER BY min(rfm) DESC NULLS LAST, rfm_segment;
\x on
SELECT id, first_order_days, last_order_days, orders, orders_12_months, turnover, turnover_12_months, basket, margin, round(margin_rate::numeric, 6) AS margin_rate,
       rfm, rfm_recency, rfm_frequency, rfm_monetary, rfm_segment, abc_margin, abc_margin_level, abc_turnover, abc_turnover_level
FROM crm.rfm_abc ORDER BY orders DESC, id LIMIT 1;
\x off
SELECT * FROM scoring.verify('t_rfm_abc');
SELECT scoring.drop_model('t_rfm_abc');
SELECT scoring.create_model('t_rfm_abc_fr', scoring.template('rfm_abc_fr'));
SELECT rfm_segment, count(*) AS customers FROM crm.rfm_abc GROUP BY rfm_segment ORDER BY min(rfm) DESC NULLS LAST, rfm_segment;
SELECT * FROM scoring.verify('t_rfm_abc_fr');

-- Marketing pressure, beside it: what a level is worth in solicitations; the customer under most pressure for his value.
SELECT scoring.create_model('t_marketing_pressure', scoring.template('marketing_pressure'));
SELECT pressure, pressure_label, count(*) AS customers, round(min(exposure)::numeric, 2) AS least, round(max(exposure)::numeric, 2) AS most
FROM crm.marketing_pressure GROUP BY pressure, pressure_label ORDER BY pressure;
SELECT value, value_label, pressure_delta_label, count(*) AS customers FROM crm.marketing_pressure GROUP BY value, value_label, pressure_delta_label ORDER BY value, pressure_delta_label;
\x on
SELECT id, solicitations_30_days, round(exposure::numeric, 2) AS exposure, margin, pressure, pressure_label, value, value_label, pressure_delta, pressure_delta_label
FROM crm.marketing_pressure ORDER BY pressure_delta DESC, exposure DESC, id LIMIT 1;
\x off
SELECT * FROM scoring.verify('t_marketing_pressure');
SELECT scoring.drop_model('t_marketing_pressure');
SELECT scoring.create_model('t_marketing_pressure_fr', scoring.template('marketing_pressure_fr'));
SELECT pressure_label, pressure_delta_label, count(*) AS customers FROM crm.marketing_pressure GROUP BY pressure, pressure_label, pressure_delta_label ORDER BY pressure, pressure_delta_label;
SELECT * FROM scoring.verify('t_marketing_pressure_fr');

-- The shop: all of it together; the customer who is most engaged.
SELECT scoring.create_model('t_shop', scoring.template('shop'));
SELECT rfm_segment, count(*) AS customers, sum(turnover) AS turnover, sum(refunded) AS refunded, sum(products) AS products, sum(emails_30_days) AS emails_30_days
FROM shop.scored_customers GROUP BY rfm_segment ORDER BY min(rfm) DESC NULLS LAST, rfm_segment;
SELECT engagement_label, pressure_delta_label, count(*) AS customers FROM shop.scored_customers
GROUP BY engagement, engagement_label, pressure_delta_label ORDER BY engagement, pressure_delta_label;
\x on
SELECT customer_id, first_order_days, last_order_days, orders, orders_12_months, products, sold, refunded, turnover, round(refund_rate::numeric, 6) AS refund_rate, earned, margin,
       emails_30_days, round(exposure::numeric, 2) AS exposure, round(interest::numeric, 2) AS interest, rfm, rfm_segment, abc, engagement_label, pressure_label, value_label,
       pressure_delta, pressure_delta_label
FROM shop.scored_customers ORDER BY interest DESC, customer_id LIMIT 1;
\x off
SELECT * FROM scoring.verify('t_shop');
SELECT scoring.drop_model('t_shop');
SELECT scoring.create_model('t_shop_fr', scoring.template('shop_fr'));
SELECT rfm_segment, engagement_label, pressure_delta_label, count(*) AS customers FROM shop.scored_customers
GROUP BY rfm_segment, engagement, engagement_label, pressure_delta_label ORDER BY min(rfm) DESC NULLS LAST, rfm_segment, engagement, pressure_delta_label;
SELECT * FROM scoring.verify('t_shop_fr');

-- A lender: 40 customers with two loans at most, each paid back in 24 instalments; some late, some not at all. No day is near the end of a
-- month or of a year from today.
CREATE SCHEMA bank;
CREATE TABLE bank.customers (id int PRIMARY KEY, born_on date, housing text, income numeric(10,2));
CREATE TABLE bank.loans (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES bank.customers, granted_on date NOT NULL);
CREATE TABLE bank.instalments (loan_id int NOT NULL REFERENCES bank.loans, due_on date NOT NULL, paid_on date, amount numeric(10,2) NOT NULL);
CREATE FUNCTION pg_temp.day(days int) RETURNS date LANGUAGE sql AS $$ SELECT (now() AT TIME ZONE 'Europe/Paris')::date - days $$;
INSERT INTO bank.customers
SELECT g, CASE WHEN g <> 9 THEN pg_temp.day(365 * (19 + g * 7 % 41) + 100) END, CASE WHEN g % 11 <> 0 THEN ('{owner,tenant,family,boat}'::text[])[1 + g * 5 % 13 % 4] END,
       CASE WHEN g % 7 <> 0 THEN 1000 + g * 37 % 50 * 60 END
FROM generate_series(1, 40) AS g;
INSERT INTO bank.loans SELECT g, 1 + g * 7 % 36, pg_temp.day(g * 53 % 40 * 30 + 25 + g % 5) FROM generate_series(1, 50) AS g;
INSERT INTO bank.instalments
SELECT id, granted_on + 30 * n + 10, CASE WHEN id * 3 % 10 < 2 AND n > 4 THEN NULL ELSE granted_on + 30 * n + 10 + CASE WHEN id % 3 = 0 THEN n * 5 % 11 ELSE 0 END END, 100 + id * 13 % 40 * 10
FROM bank.loans, generate_series(1, 24) AS n WHERE granted_on + 30 * n + 10 < pg_temp.day(-60);
SELECT scoring.create_model('t_credit', scoring.template('credit'));
SELECT credit_level, credit_label, count(*) AS customers, min(credit) AS least, max(credit) AS most, round(avg(credit_probability)::numeric, 4) AS probability
FROM bank.credit GROUP BY credit_level, credit_label ORDER BY credit_level;
SELECT credit_reasons[1] AS first_reason, count(*) AS customers FROM bank.credit GROUP BY first_reason ORDER BY customers DESC, first_reason;
SELECT arrears_label, outstanding_label, count(*) AS customers, round(avg(arrears)::numeric, 4) AS arrears FROM bank.credit GROUP BY arrears_level, arrears_label, outstanding, outstanding_label
ORDER BY arrears_level, outstanding;
\x on
SELECT id, age, housing, income, loans_24_months, due_month, round(burden::numeric, 4) AS burden, late_12_months, unpaid, credit, credit_reasons, credit_label
FROM bank.credit ORDER BY credit, id LIMIT 1;
\x off
SELECT * FROM scoring.verify('t_credit');
SELECT scoring.drop_model('t_credit');
SELECT scoring.create_model('t_credit_fr', scoring.template('credit_fr'));
SELECT credit_label, arrears_label, count(*) AS customers FROM bank.credit GROUP BY credit_level, credit_label, arrears_level, arrears_label ORDER BY credit_level, arrears_level;
SELECT credit_reasons FROM bank.credit ORDER BY credit, id LIMIT 1;
SELECT * FROM scoring.verify('t_credit_fr');

-- A seller: 60 leads, of whom every third is closed, their visits and what they did with e-mails. What lies back some days lies at noon.
CREATE SCHEMA sales;
CREATE TABLE sales.leads (id int PRIMARY KEY, country text, employees int, job text, source text, stage text NOT NULL, email text, phone text);
CREATE TABLE sales.visits (lead_id int NOT NULL REFERENCES sales.leads, page text NOT NULL, visited_at timestamptz NOT NULL);
CREATE TABLE sales.email_events (lead_id int NOT NULL REFERENCES sales.leads, kind text NOT NULL, happened_at timestamptz NOT NULL);
CREATE INDEX ON sales.visits (lead_id);
CREATE INDEX ON sales.email_events (lead_id);
INSERT INTO sales.leads
SELECT g, ('{FR,BE,DE,US,NULL}'::text[])[1 + g * 7 % 5], nullif(g * 37 % 900, 0), ('{director,buyer,student,engineer}'::text[])[1 + g * 3 % 4],
       ('{fair,web,list}'::text[])[1 + g % 3], ('{won,lost,open,open,open}'::text[])[1 + g * g / 3 % 5], CASE WHEN g % 8 <> 0 THEN 'lead' || g || '@example' || CASE WHEN g % 5 <> 0 THEN '.com' ELSE '' END END,
       CASE WHEN g % 4 <> 0 THEN '+33 ' || g END
FROM generate_series(1, 60) AS g;
-- None lies back 30 days, where the window of a rule begins at the hour of the test.
INSERT INTO sales.visits
SELECT 1 + g * 7 % 53, ('{home,pricing,pricing,blog,jobs}'::text[])[1 + g * g % 5], pg_temp.noon(CASE WHEN days < 30 THEN days ELSE days + 1 END)
FROM (SELECT g, 1 + g * 13 % 87 AS days FROM generate_series(1, 260) AS g) AS visits;
INSERT INTO sales.email_events SELECT 1 + g * 11 % 51, ('{sent,opened,clicked,clicked,unsubscribed}'::text[])[1 + g * 3 % 5], pg_temp.noon(1 + g * 17 % 83) FROM generate_series(1, 150) AS g;
SELECT scoring.create_model('t_lead_scoring', scoring.template('lead_scoring'));
SELECT grade, fit_label, engagement_label, count(*) AS leads, min(engagement) AS least, max(engagement) AS most FROM sales.scored_leads GROUP BY 1, 2, 3 ORDER BY grade;
SELECT quality_label, chance_label, count(*) AS leads, round(avg(chance)::numeric, 4) AS chance FROM sales.scored_leads GROUP BY quality_level, quality_label, chance_level, chance_label ORDER BY quality_level, chance_level;
SELECT id, country, employees, job, fit, engagement, engagement_site, engagement_emails, grade, round(quality::numeric, 1) AS quality FROM sales.scored_leads ORDER BY fit + engagement DESC, id LIMIT 3;
SELECT regexp_split_to_table(line, '(?<=[.]) (?=[A-Z])') AS why
FROM regexp_split_to_table(scoring.explain('t_lead_scoring', (SELECT id FROM sales.scored_leads ORDER BY fit + engagement DESC, id LIMIT 1)) ->> 'text', E'\n') WITH ORDINALITY AS lines (line, number) WHERE number BETWEEN 2 AND 5;
SELECT * FROM scoring.verify('t_lead_scoring');
SELECT scoring.drop_model('t_lead_scoring');
SELECT scoring.create_model('t_lead_scoring_fr', scoring.template('lead_scoring_fr'));
SELECT engagement_label, quality_label, chance_label, count(*) AS leads FROM sales.scored_leads GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT regexp_split_to_table(line, '(?<=[.]) (?=[A-ZÉÀ])') AS why
FROM regexp_split_to_table(scoring.explain('t_lead_scoring_fr', (SELECT id FROM sales.scored_leads ORDER BY fit + engagement DESC, id LIMIT 1)) ->> 'text', E'\n') WITH ORDINALITY AS lines (line, number) WHERE number BETWEEN 2 AND 6;
SELECT * FROM scoring.verify('t_lead_scoring_fr');

-- What customers look at; nothing about seven days ago, of which one may have 23 or 25 hours.
CREATE TABLE crm.product_views (customer_id int NOT NULL REFERENCES crm.customers, category text, bought_before boolean NOT NULL, viewed_at timestamptz NOT NULL);
CREATE INDEX ON crm.product_views (customer_id);
INSERT INTO crm.product_views
SELECT 1 + g * 7 % 31, ('{bikes,boats,cars,bikes}'::text[])[1 + g * g % 7 % 4], g % 6 = 0,
       now() - CASE WHEN hours < 165 THEN hours ELSE hours + 4 END * interval '1 hour' - interval '30 minutes'
FROM (SELECT g, g * 29 % 240 AS hours FROM generate_series(1, 150) AS g) AS views;
SELECT scoring.create_model('t_appetence', scoring.template('appetence'));
SELECT interest, strength_label, count(*) AS customers, max(looks) AS looks FROM crm.appetence GROUP BY interest, strength, strength_label ORDER BY interest, strength;
SELECT occasion, appetence_label, pressure_label, count(*) AS customers, min(appetence) AS least, max(appetence) AS most FROM crm.appetence GROUP BY occasion, appetence_level, appetence_label, pressure, pressure_label ORDER BY appetence_level, pressure;
SELECT * FROM scoring.verify('t_appetence');
-- A look moves the interest, in the transaction of it.
BEGIN;
INSERT INTO crm.product_views SELECT 40, 'planes', false, now() FROM generate_series(1, 4);
SELECT id, interest, strength_label, looks, appetence FROM crm.appetence WHERE id = 40;
ROLLBACK;
SELECT id, interest, strength_label, looks, appetence FROM crm.appetence WHERE id = 40;
SELECT * FROM scoring.verify('t_appetence');
SELECT scoring.drop_model('t_appetence');
SELECT scoring.create_model('t_appetence_fr', scoring.template('appetence_fr'));
SELECT occasion, strength_label, count(*) AS customers FROM crm.appetence GROUP BY 1, 2 ORDER BY 1, 2;
SELECT * FROM scoring.verify('t_appetence_fr');

-- What the descriptions say is on the columns, in the language of the template.
SELECT attname AS column_name, col_description(attrelid, attnum) AS comment FROM pg_attribute
WHERE attrelid = 'shop.scored_customers'::regclass AND attname IN ('last_order', 'turnover', 'pressure_delta') ORDER BY attnum;

-- Another name is no template.
SELECT scoring.template('no_such_template');

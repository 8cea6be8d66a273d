-- A small CRM: who buys, what they bought, what we sent them.

CREATE SCHEMA crm;

CREATE TABLE crm.customers (
    id integer PRIMARY KEY,
    since date NOT NULL
);
COMMENT ON TABLE crm.customers IS 'The customers of an online shop for music.';

CREATE TABLE crm.orders (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES crm.customers,
    ordered_at date NOT NULL,
    cds integer NOT NULL,
    amount numeric(10, 2) NOT NULL
);
CREATE INDEX ON crm.orders (customer_id, ordered_at);
COMMENT ON TABLE crm.orders IS 'Their orders: day, number of CDs, dollars.';

CREATE TABLE crm.emails (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES crm.customers,
    sent_at date NOT NULL
);
CREATE INDEX ON crm.emails (customer_id, sent_at);
COMMENT ON TABLE crm.emails IS 'The e-mails that were sent to them; always generated.';

-- The demo lives on the day after the last order, so that its scores are the same whenever it runs.
CREATE VIEW crm.today AS
SELECT max(ordered_at) + 1 AS today FROM crm.orders;

-- A small CRM: who buys, what they bought, what we sent them.

CREATE SCHEMA crm;

CREATE TABLE crm.customers (
    id integer PRIMARY KEY,
    since date NOT NULL,
    country text,
    active boolean NOT NULL DEFAULT true,
    deleted_at timestamptz
);
COMMENT ON TABLE crm.customers IS 'The customers of an online shop for music; their countries are generated.';

CREATE TABLE crm.orders (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES crm.customers,
    ordered_at date NOT NULL,
    cds integer NOT NULL,
    amount numeric(10, 2) NOT NULL,
    cost numeric(10, 2),
    status text NOT NULL DEFAULT 'paid'
);
CREATE INDEX ON crm.orders (customer_id, ordered_at);
COMMENT ON TABLE crm.orders IS 'Their orders: day, number of CDs, dollars; what they cost us is generated.';

CREATE TABLE crm.refunds (
    order_id integer NOT NULL REFERENCES crm.orders,
    created_on date NOT NULL,
    amount numeric(10, 2) NOT NULL
);
CREATE INDEX ON crm.refunds (order_id);
COMMENT ON TABLE crm.refunds IS 'What was paid back; always generated.';

CREATE TABLE crm.mails (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES crm.customers,
    sent_at date NOT NULL
);
CREATE INDEX ON crm.mails (customer_id, sent_at);
COMMENT ON TABLE crm.mails IS 'The e-mails that were sent to them; always generated.';

CREATE TABLE crm.calls (
    customer_id integer NOT NULL REFERENCES crm.customers,
    called_at timestamptz NOT NULL
);
CREATE INDEX ON crm.calls (customer_id, called_at);
COMMENT ON TABLE crm.calls IS 'The calls that they got from us; always generated.';

CREATE TABLE crm.visits (
    customer_id integer NOT NULL REFERENCES crm.customers,
    visited_at timestamptz NOT NULL
);
CREATE INDEX ON crm.visits (customer_id, visited_at);
COMMENT ON TABLE crm.visits IS 'Their visits to our site; always generated.';

CREATE TABLE crm.tickets (
    customer_id integer NOT NULL REFERENCES crm.customers,
    opened_at timestamptz NOT NULL,
    kind text NOT NULL
);
CREATE INDEX ON crm.tickets (customer_id, opened_at);
COMMENT ON TABLE crm.tickets IS 'Their questions and complaints; always generated.';

-- All days are moved when they are loaded, so that the last order was yesterday.
CREATE VIEW crm.today AS
SELECT max(ordered_at) + 1 AS today FROM crm.orders;

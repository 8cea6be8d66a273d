-- The facts that an RFM score is made of

CREATE TYPE scoring.rfm_facts AS (
    first_at timestamptz,
    last_at timestamptz,
    orders bigint,
    total numeric,
    average numeric
);
COMMENT ON TYPE scoring.rfm_facts IS
'What rfm_facts knows of one customer''s orders.';
COMMENT ON COLUMN scoring.rfm_facts.first_at IS 'The first order; NULL where there is none.';
COMMENT ON COLUMN scoring.rfm_facts.last_at IS 'The last order; NULL where there is none.';
COMMENT ON COLUMN scoring.rfm_facts.orders IS 'How many orders, with or without an amount.';
COMMENT ON COLUMN scoring.rfm_facts.total IS 'The sum of their amounts, exact; 0 where there is none.';
COMMENT ON COLUMN scoring.rfm_facts.average IS 'The mean of those that have an amount, as avg gives it; NULL where there is none.';

CREATE FUNCTION scoring.rfm_facts_transition(internal, timestamptz, numeric) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_rfm_facts_transition';
COMMENT ON FUNCTION scoring.rfm_facts_transition(internal, timestamptz, numeric) IS
'Support of rfm_facts: adds a row.';

CREATE FUNCTION scoring.rfm_facts_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_rfm_facts_combine';
COMMENT ON FUNCTION scoring.rfm_facts_combine(internal, internal) IS
'Support of rfm_facts: adds one state to another.';

CREATE FUNCTION scoring.rfm_facts_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_rfm_facts_serialize';
COMMENT ON FUNCTION scoring.rfm_facts_serialize(internal) IS
'Support of rfm_facts: sends a state to another process.';

CREATE FUNCTION scoring.rfm_facts_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_rfm_facts_deserialize';
COMMENT ON FUNCTION scoring.rfm_facts_deserialize(bytea, internal) IS
'Support of rfm_facts: receives a state from another process.';

CREATE FUNCTION scoring.rfm_facts_final(internal) RETURNS scoring.rfm_facts
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_rfm_facts_final';
COMMENT ON FUNCTION scoring.rfm_facts_final(internal) IS
'Support of rfm_facts: gives the facts.';

CREATE AGGREGATE scoring.rfm_facts(at timestamptz, amount numeric) (
    SFUNC = scoring.rfm_facts_transition,
    STYPE = internal,
    SSPACE = 64,
    FINALFUNC = scoring.rfm_facts_final,
    COMBINEFUNC = scoring.rfm_facts_combine,
    SERIALFUNC = scoring.rfm_facts_serialize,
    DESERIALFUNC = scoring.rfm_facts_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE scoring.rfm_facts(timestamptz, numeric) IS
'First and last order, number of orders, total and average amount of one
customer, in one pass: (first_at, last_at, orders, total, average).
A row whose at is NULL or infinite is no order. A NULL or NaN amount is an order
that total and average leave out. Infinite amounts are values.
No order: (NULL, NULL, 0, 0, NULL). total and average are bit for bit those of
sum(numeric) and avg(numeric).
Memory: 80 bytes a customer, beside PostgreSQL''s own entry of the group; more
for amounts beyond 128 bits.
Example: SELECT customer_id, (scoring.rfm_facts(ordered_at, amount)).* FROM
orders GROUP BY customer_id.';

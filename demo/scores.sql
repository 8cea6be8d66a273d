-- Every score of every customer, with no set-up: one view over the CRM's own tables.

CREATE VIEW crm.scores AS
WITH facts AS (
    SELECT customer_id, (scoring.rfm_facts(ordered_at, amount)).*
    FROM crm.orders
    GROUP BY customer_id
),
pressure AS (
    -- How much of our e-mails a customer still feels: each counts half after two weeks.
    SELECT customer_id, scoring.decayed_sum(1, sent_at, '14 days', today) AS exposure
    FROM crm.mails, crm.today
    GROUP BY customer_id
),
scored AS (
    SELECT
        customers.id AS customer_id,
        facts.first_at::date AS first_order,
        facts.last_at::date AS last_order,
        today - facts.last_at::date AS days_ago,
        facts.orders,
        facts.total AS revenue,
        coalesce(pressure.exposure, 0) AS exposure,
        scoring.rfm_score(facts.last_at, facts.orders, facts.total) OVER () AS rfm,
        scoring.abc_class(facts.total) OVER () AS abc_heads,
        scoring.abc_class(facts.total, '{0.8,0.15,0.05}', 'key_figure_percent') OVER () AS abc_revenue,
        scoring.pressure_delta(coalesce(pressure.exposure, 0), facts.total, 5) OVER () AS pressure_delta
    FROM crm.today, crm.customers
    LEFT JOIN facts ON facts.customer_id = customers.id
    LEFT JOIN pressure ON pressure.customer_id = customers.id
)
SELECT *, scoring.rfm_segment(rfm) AS segment, scoring.pressure_state(pressure_delta, 1) AS pressure
FROM scored;
COMMENT ON VIEW crm.scores IS 'Every customer with every score, as of crm.today; a customer without orders has none.';

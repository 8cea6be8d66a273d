\echo '── It is live ──────────────────────────────────────────────────────────────────'
\echo
\echo 'An order and the scores of who ordered are one transaction. A customer who was'
\echo 'lost:'
\echo
SELECT id AS customer FROM crm.scored_customers WHERE rfm_segment = 'Lost' AND abc = 'C' ORDER BY net_margin DESC, id LIMIT 1 \gset
\set show 'SELECT lpad(id::text, 5) AS id, last_order_days AS "days ago", orders, to_char(net_margin, ''99,990.00'') AS "margin $", rfm, rfm_segment AS segment, abc, value_label FROM crm.scored_customers WHERE id = ':customer';'
:show
\echo 'He orders again, and sees his scores before he commits:'
\echo
BEGIN;
INSERT INTO crm.orders (customer_id, ordered_at, cds, amount, cost) VALUES (:customer, current_date, 12, 179.90, 90);
:show
\echo 'He changes his mind, and nothing is left of it:'
\echo
ROLLBACK;
:show
\echo 'Another order of his, which stays:'
\echo
INSERT INTO crm.orders (customer_id, ordered_at, cds, amount, cost) VALUES (:customer, current_date, 3, 49.90, 30);
:show
\echo 'scoring.status says how the model is; scoring.verify, what is not true of it:'
\echo
SELECT model, state, customers, cuts_version AS cuts, notices[1] AS "first notice" FROM scoring.status;
SELECT count(*) AS "not true" FROM scoring.verify('crm');

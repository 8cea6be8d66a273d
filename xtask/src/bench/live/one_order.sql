\set n :n + 1
\if :n = :warm or :n = :last
SELECT lap(:client_id);
\endif
\set customer random(:least, :most)
\set amount random(5, 95)
INSERT INTO orders (customer_id, at, amount, weight, cost) VALUES (:customer, now(), :amount, 1, 10);

\set one random(1, 200)
\set two random(1, 200)
\set hot random_zipfian(1, 200, 1.2)
\set amount random(5, 95)
BEGIN;
INSERT INTO orders (customer_id, at, amount, weight, cost) VALUES (:one, now(), :amount, 1, 10);
INSERT INTO orders (customer_id, at, amount, weight, cost)
VALUES (:hot, clock_timestamp(), :amount, 1, 10), (:two, now(), :amount, 1, 10);
END;

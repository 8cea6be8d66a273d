-- RFM scores: from facts, over a window, and from three levels.

\pset null NULL

-- Five customers; each level by hand: the most recent, most frequent and highest get the highest digit.
CREATE TABLE customer (name text, last_order timestamptz, orders bigint, revenue numeric);
INSERT INTO customer VALUES
    ('Ann', '2026-11-20', 12, 900.00),
    ('Bob', '2026-11-18', 1, 25.50),
    ('Cid', '2026-06-01', 7, 310.00),
    ('Dan', '2025-12-31', 3, 80.00),
    ('Eve', '2024-01-15', 2, 1200.00);
SELECT name, scoring.rfm_score(last_order, orders, revenue) OVER () AS score,
       scoring.rfm_segment(scoring.rfm_score(last_order, orders, revenue) OVER ()) AS segment
FROM customer ORDER BY name;

-- The score is the three levels side by side.
SELECT bool_and(scoring.rfm_score(r, f, m) = score) AS the_same, bool_and(score = 100 * r + 10 * f + m) AS digits
FROM (SELECT scoring.quantile_bin(extract(epoch FROM last_order)) OVER () AS r,
             scoring.quantile_bin(orders) OVER () AS f, scoring.quantile_bin(revenue) OVER () AS m,
             scoring.rfm_score(last_order, orders, revenue) OVER () AS score
      FROM customer) AS scored;

-- Bins from 2 to 9, both methods, arguments by name.
SELECT name, scoring.rfm_score(last_order, orders, revenue, 2) OVER () AS two,
       scoring.rfm_score(last_order, orders, revenue, 9) OVER () AS nine,
       scoring.rfm_score(last_order, orders, revenue, bins => 3, method => 'ntile') OVER (ORDER BY name) AS ntile
FROM customer ORDER BY name;

-- Whoever lacks any of the three has no score, and counts in none of the three populations.
SELECT i, scoring.rfm_score(last_at, f, m, 2) OVER () AS score
FROM (VALUES (1, timestamptz '2026-01-01', 1.0::float8, 10.0::float8), (2, '2026-01-02', 2, 20), (3, '2026-01-03', 3, 30),
             (4, '2026-01-04', 4, 40), (5, NULL, 1000, 1000), (6, '2030-01-01', NULL, 1000), (7, '2030-01-01', 1000, 'NaN'))
     AS r (i, last_at, f, m) ORDER BY i;

-- Infinite dates are before or after all others.
SELECT last_at, scoring.rfm_score(last_at, 1, 1, 4) OVER () AS score
FROM (VALUES (timestamptz '-infinity'), ('2026-01-01'), ('2026-01-02'), ('infinity')) AS r (last_at) ORDER BY last_at;

-- Ties stay together: all equal is 111; ntile splits them by the order of the rows.
SELECT i, scoring.rfm_score(timestamptz '2026-01-01', 3, 9.5) OVER w AS quantile,
       scoring.rfm_score(timestamptz '2026-01-01', 3, 9.5, 5, 'ntile') OVER w AS ntile
FROM generate_series(1, 5) AS i WINDOW w AS (ORDER BY i);

-- Partitions, one-row partitions, no rows.
SELECT i % 3 AS country, i, scoring.rfm_score(timestamptz '2026-01-01' + i * interval '1 day', i, -i, 2)
       OVER (PARTITION BY i % 3) AS score
FROM (VALUES (1), (2), (3), (4), (7)) AS r (i) ORDER BY country, i;
SELECT scoring.rfm_score(now(), 1, 1) OVER () AS no_rows WHERE false;

-- From levels that are known.
SELECT scoring.rfm_score(5, 4, 3) AS score, scoring.rfm_score(9, 9, 9) AS best, scoring.rfm_score(1, 1, 1) AS worst,
       scoring.rfm_score(5, NULL, 3) AS incomplete;

-- The whole way: orders, facts, score, segment.
CREATE TABLE orders (customer int, ordered_at timestamptz, amount numeric(10,2));
INSERT INTO orders
SELECT i % 40, timestamptz '2026-11-01' - (i % 40) * interval '3 days' - i * interval '1 hour', 10 + (i * 7) % 90
FROM generate_series(1, 400) AS i WHERE i % 40 < 20 OR i % 3 = 0;
SELECT scoring.rfm_segment(score) AS segment, count(*) AS customers, sum(revenue) AS revenue
FROM (SELECT scoring.rfm_score((facts).last_at, (facts).orders, (facts).total) OVER () AS score, (facts).total AS revenue
      FROM (SELECT scoring.rfm_facts(ordered_at, amount) AS facts FROM orders GROUP BY customer) AS customer) AS scored
GROUP BY segment ORDER BY revenue DESC;

-- The scores against SQL written by hand: percentile_cont, sums over windows, levels side by side, powers.

\pset null NULL

-- Figures of several shapes, with missing ones. 400 rows of each.
CREATE TABLE figure AS
SELECT shape, i AS row, CASE WHEN i % 37 = 0 THEN NULL WHEN i % 41 = 0 THEN 'NaN' ELSE x END AS x
FROM generate_series(1, 400) AS i,
     LATERAL (SELECT ((i * 7919 + 13) % 1009 + 0.5) / 1009::float8 AS u) AS uniform,
     LATERAL (VALUES ('uniform', u), ('money', round((u * 1000)::numeric, 2)::float8), ('counts', floor(1 / u)), ('lognormal', exp(8 * u - 4)),
                     ('mostly zero', CASE WHEN u < 0.7 THEN 0 ELSE u END), ('all equal', 42), ('signed', (u - 0.5) * 1e6), ('few values', (i % 4)::float8),
                     ('every magnitude', (CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END) * power(10::float8, 600 * u - 300))) AS shapes (shape, x);
CREATE VIEW present AS SELECT * FROM figure WHERE x <> 'NaN';

-- Cuts are percentile_cont's bit for bit, and levels are counts of cuts strictly below: bins 2 to 100, row by row.
CREATE TEMP TABLE cut AS
SELECT shape, bins, percentile_cont(probabilities) WITHIN GROUP (ORDER BY x) AS cuts
FROM present, generate_series(2, 100) AS bins, LATERAL (SELECT array_agg(k::float8 / bins ORDER BY k) AS probabilities FROM generate_series(1, bins - 1) AS k) AS p
GROUP BY shape, bins, probabilities;
SELECT shape, count(*) AS bins, count(*) FILTER (WHERE array_send(scoring_cuts) <> array_send(cuts)) AS cuts_differ
FROM cut JOIN (SELECT shape, bins, scoring.quantile_cuts(x, bins) AS scoring_cuts FROM figure, generate_series(2, 100) AS bins GROUP BY shape, bins) AS s USING (shape, bins)
GROUP BY shape ORDER BY shape;
SELECT shape, count(*) AS rows, count(level) AS levels,
       count(*) FILTER (WHERE level IS DISTINCT FROM CASE WHEN x <> 'NaN' THEN 1 + (SELECT count(*) FROM unnest(cuts) AS c WHERE c < x) END) AS levels_differ
FROM (SELECT shape, bins, x, scoring.quantile_bin(x, bins) OVER (PARTITION BY shape, bins) AS level
      FROM figure, unnest('{2,3,4,5,7,9,10,20,33,100}'::int[]) AS bins) AS leveled JOIN cut USING (shape, bins)
GROUP BY shape ORDER BY shape;

-- ntile is SQL's over the present rows.
SELECT count(*) AS rows, count(*) FILTER (WHERE a <> b) AS differ
FROM (SELECT scoring.quantile_bin(x, 7, 'ntile') OVER (PARTITION BY shape ORDER BY row) AS a, ntile(7) OVER (PARTITION BY shape ORDER BY x, row) AS b FROM present) AS r;

-- ABC by head-count: the share of heads strictly better, against the running sums of the shares, in numeric.
CREATE TEMP TABLE way AS SELECT * FROM (VALUES ('{0.2,0.6,0.2}'::numeric[]), ('{0.1,0.2,0.7}'), ('{0.8,0.15,0.05}'), ('{0.07,0.11,0.82}'), ('{0.5,0,0.5}')) AS w (shares);
CREATE FUNCTION pg_temp.class_of(better numeric, shares numeric[]) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN better < shares[1] THEN 'A' WHEN better < shares[1] + shares[2] THEN 'B' ELSE 'C' END $$;
SELECT shares, count(*) AS rows, count(*) FILTER (WHERE class <> pg_temp.class_of((rank - 1)::numeric / heads, shares)) AS differ
FROM (SELECT shares, scoring.abc_class(x, shares) OVER (PARTITION BY shape, shares) AS class,
             rank() OVER (PARTITION BY shape, shares ORDER BY x DESC) AS rank, count(*) OVER (PARTITION BY shape, shares) AS heads
      FROM present, way) AS r
GROUP BY shares ORDER BY shares DESC;

-- ABC by cumulative share: what all strictly better rows hold of the total of the positive ones, in numeric of the shortest decimals.
SELECT shares, count(*) AS rows, count(*) FILTER (WHERE class <> CASE WHEN x < 0 THEN 'C' ELSE pg_temp.class_of(better / total, shares) END) AS differ
FROM (SELECT shares, x, scoring.abc_class(x, shares, 'key_figure_percent') OVER (PARTITION BY shape, shares) AS class,
             coalesce(sum(amount) OVER (PARTITION BY shape, shares ORDER BY x DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS better,
             sum(amount) OVER (PARTITION BY shape, shares) AS total
      FROM (SELECT shape, x, greatest(x::text::numeric, 0) AS amount FROM present WHERE shape <> 'every magnitude') AS p, way) AS r
GROUP BY shares ORDER BY shares DESC;

-- ABC by numbers of heads and by values.
SELECT count(*) AS rows, count(*) FILTER (WHERE by_heads <> pg_temp.class_of(rank - 1, '{30,100}')) AS heads_differ,
       count(*) FILTER (WHERE by_value <> CASE WHEN x >= 0.8 THEN 'A' WHEN x >= 0.1 THEN 'B' ELSE 'C' END) AS values_differ
FROM (SELECT x, scoring.abc_class(x, '{30,100}', 'count_absolute') OVER (PARTITION BY shape) AS by_heads,
             scoring.abc_class(x, '{0.8,0.1}', 'key_figure_absolute') OVER (PARTITION BY shape) AS by_value, rank() OVER (PARTITION BY shape ORDER BY x DESC) AS rank
      FROM present) AS r;

-- abc_cuts: the smallest value of each class, or that of the next better one, from the classes by hand.
SELECT count(*) AS groups, count(*) FILTER (WHERE got <> ARRAY[coalesce(b, a, 'Infinity'), coalesce(a, 'Infinity')]) AS differ
FROM (SELECT shape, shares, min(x) FILTER (WHERE class = 'A') AS a, min(x) FILTER (WHERE class = 'B') AS b, scoring.abc_cuts(x, shares, 'count_percent') AS got
      FROM (SELECT shape, shares, x, pg_temp.class_of((rank() OVER w - 1)::numeric / count(*) OVER (PARTITION BY shape, shares), shares) AS class
            FROM present, way WINDOW w AS (PARTITION BY shape, shares ORDER BY x DESC)) AS r
      GROUP BY shape, shares) AS g;

-- rfm_score: three levels by hand among the customers that have all three.
CREATE TABLE customer AS
SELECT i, i % 3 AS country, CASE WHEN i % 29 <> 0 THEN timestamptz '2026-11-21' - (i * 7919 % 731) * interval '1 day' END AS last_order,
       CASE WHEN i % 31 <> 0 THEN 1 + 40 / (1 + i * 31 % 40) END AS orders, CASE WHEN i % 23 <> 0 THEN ((i * 104729) % 100003)::numeric / 100 END AS revenue
FROM generate_series(1, 1000) AS i;
SELECT bins, count(*) AS customers, count(score) AS scored, count(*) FILTER (WHERE score IS DISTINCT FROM by_hand) AS differ
FROM (SELECT i, bins, scoring.rfm_score(last_order, orders, revenue, bins) OVER (PARTITION BY country, bins) AS score FROM customer, generate_series(2, 9) AS bins) AS s
LEFT JOIN (SELECT i, bins, 100 * (1 + (SELECT count(*) FROM unnest(r) AS c WHERE c < extract(epoch FROM last_order)))
                  + 10 * (1 + (SELECT count(*) FROM unnest(f) AS c WHERE c < orders)) + 1 + (SELECT count(*) FROM unnest(m) AS c WHERE c < revenue::float8) AS by_hand
           FROM customer JOIN (
               SELECT country, bins, percentile_cont(p) WITHIN GROUP (ORDER BY extract(epoch FROM last_order)::float8) AS r,
                      percentile_cont(p) WITHIN GROUP (ORDER BY orders::float8) AS f, percentile_cont(p) WITHIN GROUP (ORDER BY revenue::float8) AS m
               FROM customer, generate_series(2, 9) AS bins, LATERAL (SELECT array_agg(k::float8 / bins ORDER BY k) AS p FROM generate_series(1, bins - 1) AS k) AS part
               WHERE last_order IS NOT NULL AND orders IS NOT NULL AND revenue IS NOT NULL GROUP BY country, bins, p) AS cuts USING (country)
           WHERE last_order IS NOT NULL AND orders IS NOT NULL AND revenue IS NOT NULL) AS h USING (i, bins)
GROUP BY bins ORDER BY bins;

-- decayed_sum: the sum of weight * 2^(-age / half-life) with power().
SELECT half_life, count(*) AS customers, count(*) FILTER (WHERE abs(got - wanted) > 1e-12 * magnitude) AS differ
FROM (SELECT half_life, country, scoring.decayed_sum(revenue, last_order, half_life, as_of) AS got, sum(revenue * factor) AS wanted, sum(abs(revenue) * factor) AS magnitude
      FROM (SELECT *, CASE WHEN halvings < 1000 THEN power(2::float8, -halvings) ELSE 0 END AS factor
            FROM customer, (VALUES (timestamptz '2026-10-01')) AS a (as_of),
                 unnest('{1 day,7 days 12:00,30 days,3650 days,1 hour}'::interval[]) AS half_life,
                 LATERAL (SELECT (extract(epoch FROM as_of - last_order) / extract(epoch FROM half_life))::float8 AS halvings) AS h) AS f
      WHERE last_order <= as_of GROUP BY half_life, country) AS r
GROUP BY half_life ORDER BY half_life;

-- rfm_facts: the plain aggregates.
SELECT count(*) AS countries, bool_and(facts = ROW(first, last, orders, total, average)::scoring.rfm_facts) AS the_same
FROM (SELECT country, scoring.rfm_facts(last_order, revenue) AS facts, min(last_order) AS first, max(last_order) AS last, count(last_order) AS orders,
             sum(revenue) FILTER (WHERE last_order IS NOT NULL) AS total, avg(revenue) FILTER (WHERE last_order IS NOT NULL) AS average
      FROM customer GROUP BY country) AS r;

-- pressure_delta: the two levels, each with its own population.
SELECT bins, count(*) AS customers, count(delta) AS gaps, count(*) FILTER (WHERE delta IS DISTINCT FROM by_hand) AS differ
FROM (SELECT bins, scoring.pressure_delta(orders, revenue, bins) OVER w AS delta,
             scoring.pressure_delta(scoring.quantile_bin(orders, bins) OVER w, scoring.quantile_bin(revenue, bins) OVER w) AS by_hand
      FROM customer, unnest('{2,5,10,100}'::int[]) AS bins WINDOW w AS (PARTITION BY country, bins)) AS r
GROUP BY bins ORDER BY bins;

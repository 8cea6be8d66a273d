-- Pressure: the gap between two levels, its name, and the gap from raw figures.

\pset null NULL

-- Pressure level minus value level.
SELECT p AS pressure, v AS value, scoring.pressure_delta(p, v) AS delta
FROM (VALUES (5, 2), (2, 5), (3, 3), (NULL, 3), (3, NULL), (-7, 4), (2147483647, 1)) AS levels (p, v);

-- The name of the gap, by tolerance.
SELECT delta,
       scoring.pressure_state(delta) AS exact,
       scoring.pressure_state(delta, 1) AS one,
       scoring.pressure_state(delta, tolerance => 2147483647) AS all
FROM (VALUES (-2147483648), (-2147483647), (-2), (-1), (0), (1), (2), (2147483647), (NULL)) AS gaps (delta);
SELECT scoring.pressure_state(1, NULL) AS no_tolerance_no_name;

-- From raw figures: both are cut in that many quantiles. By hand: exposures 1 to 5 are levels 1 to 5, and so are
-- the values read backwards.
SELECT exposure, revenue, scoring.pressure_delta(exposure, revenue, 5) OVER () AS delta
FROM (VALUES (1, 500), (2, 400), (3, 300), (4, 200), (5, 100)) AS customer (exposure, revenue)
ORDER BY exposure;

-- A row without one of the two has no gap; the other figure still counts in its own population.
SELECT exposure, revenue,
       scoring.pressure_delta(exposure, revenue, 2) OVER w AS delta,
       scoring.quantile_bin(exposure, 2) OVER w - scoring.quantile_bin(revenue, 2) OVER w AS by_parts
FROM (VALUES (1, 10), (2, 20), (3, NULL), (NULL, 40), ('NaN'::float8, 50), (6, 'NaN'::float8), ('Infinity', '-Infinity'))
     AS customer (exposure, revenue)
WINDOW w AS ()
ORDER BY exposure, revenue;

-- Partitions have their own quantiles; one row is in level 1 of both; none is no row.
SELECT country, exposure, revenue, scoring.pressure_delta(exposure, revenue, 2) OVER (PARTITION BY country) AS delta
FROM (VALUES ('FR', 1, 9), ('FR', 2, 1), ('DE', 100, 900), ('DE', 200, 100), ('LU', 7, 7))
     AS customer (country, exposure, revenue)
ORDER BY country, exposure;
SELECT scoring.pressure_delta(1.0, 2.0, 5) OVER () FROM generate_series(1, 0);

-- All pressures equal: all in level 1, so the value alone decides.
SELECT DISTINCT scoring.pressure_delta(7.0, i, 2) OVER () AS delta FROM generate_series(1, 10) AS i ORDER BY 1;

-- From 1 - bins to bins - 1.
SELECT min(delta), max(delta)
FROM (SELECT scoring.pressure_delta(i, -i, 100) OVER () AS delta FROM generate_series(1, 1000) AS i) AS gap;

-- Gap and name together, as a marketer reads them.
SELECT scoring.pressure_state(delta, 1) AS state, count(*)
FROM (SELECT scoring.pressure_delta(i % 10, i / 10, 5) OVER () AS delta FROM generate_series(0, 99) AS i) AS gap
GROUP BY state ORDER BY state;

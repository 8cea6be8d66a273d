-- ABC classes: by heads, by shares of the total, by numbers of heads, by values.

\pset null NULL

-- By head-count, 20/60/20: ten customers, two A, six B, two C.
SELECT class, count(*), min(i), max(i) FROM (SELECT i, scoring.abc_class(i) OVER () AS class FROM generate_series(1, 10) AS i) AS r
GROUP BY class ORDER BY class;

-- The short form is the long one with its defaults.
SELECT bool_and(scoring_short = long AND long = named) AS the_same
FROM (SELECT scoring.abc_class(i % 37) OVER () AS scoring_short,
             scoring.abc_class(i % 37, '{0.2,0.6,0.2}') OVER () AS long,
             scoring.abc_class(classes => '{A,B,C}', strategy => 'count_percent', shares => ARRAY[0.2, 0.6, 0.2], value => i % 37)
             OVER () AS named
      FROM generate_series(1, 100) AS i) AS r;

-- The same six customers by each strategy. By hand: the total is 1000; 500 and 300 reach 80 %, and 300 crosses it.
SELECT value,
       scoring.abc_class(value, '{0.5,0.25,0.25}') OVER () AS heads,
       scoring.abc_class(value, '{0.8,0.15,0.05}', 'key_figure_percent') OVER () AS share,
       scoring.abc_class(value, '{1,2}', 'count_absolute') OVER () AS numbers,
       scoring.abc_class(value, '{300,100}', 'key_figure_absolute') OVER () AS values
FROM (VALUES (500), (300), (100), (60), (30), (10)) AS customer (value) ORDER BY value DESC;

-- Whoever crosses a limit stays in the better class; whoever comes when it is exactly reached does not.
SELECT value, scoring.abc_class(value, '{0.8,0.2}', 'key_figure_percent', '{A,B}') OVER () AS exact
FROM (VALUES (50), (30), (20)) AS customer (value) ORDER BY value DESC;
SELECT value, scoring.abc_class(value, '{0.8,0.2}', 'key_figure_percent', '{A,B}') OVER () AS a_cent_less
FROM (VALUES (50), (29.99), (20.01)) AS customer (value) ORDER BY value DESC;

-- Compared as decimals: 0.1 + 0.2 is 0.3, so the fourth of ten is not in the third class.
SELECT class, count(*), array_agg(i ORDER BY i) AS places
FROM (SELECT i, scoring.abc_class(-i, '{0.1,0.2,0.7}') OVER () AS class FROM generate_series(1, 10) AS i) AS r
GROUP BY class ORDER BY class;
SELECT value, scoring.abc_class(value, '{0.1,0.2,0.7}', 'key_figure_percent') OVER () AS class
FROM unnest('{0.3,0.2,0.2,0.1,0.1,0.1}'::float8[]) AS value;

-- Ties stay together in the better class, even where that leaves a class empty.
SELECT value, scoring.abc_class(value) OVER () AS class
FROM (VALUES (9), (5), (5), (5), (5), (5), (5), (5), (5), (1)) AS customer (value) ORDER BY value DESC;
SELECT DISTINCT scoring.abc_class(7) OVER () AS all_equal, scoring.abc_class(7, '{0.8,0.15,0.05}', 'key_figure_percent') OVER () AS by_share
FROM generate_series(1, 50);

-- Negative values, zeros, infinities, NULL and NaN by head-count and by share of the total.
SELECT value, scoring.abc_class(value, '{0.3,0.4,0.3}') OVER () AS heads,
       scoring.abc_class(value, '{0.5,0.4,0.1}', 'key_figure_percent') OVER () AS share
FROM unnest('{60,30,10,0,-0.0,-50,-Infinity,NULL,NaN}'::float8[]) AS value;
SELECT value, scoring.abc_class(value, '{0.5,0.4,0.1}', 'key_figure_percent') OVER () AS infinite_holds_all
FROM unnest('{Infinity,1e308,1,0,-1}'::float8[]) AS value;
SELECT value, scoring.abc_class(value, '{0.5,0.4,0.1}', 'key_figure_percent') OVER () AS total_beyond_float8
FROM unnest('{1.7e308,1.6e308,1.5e308,1}'::float8[]) AS value;

-- One row, no rows, nothing but missing; the total of nothing is no error.
SELECT scoring.abc_class(5) OVER () AS heads, scoring.abc_class(5, '{0.8,0.2}', 'key_figure_percent', '{A,B}') OVER () AS share,
       scoring.abc_class(5, '{0}', 'count_absolute', '{A,B}') OVER () AS no_heads;
SELECT scoring.abc_class(5) OVER () AS no_rows WHERE false;
SELECT scoring.abc_class(value, '{0.8,0.2}', 'key_figure_percent', '{A,B}') OVER () AS missing
FROM unnest('{NULL,NaN}'::float8[]) AS value;
SELECT scoring.abc_cuts(value, '{0.8,0.2}', 'key_figure_percent') AS no_cuts FROM unnest('{NULL,NaN}'::float8[]) AS value;

-- Partitions: each has its own total, its own labels stay.
SELECT country, value, scoring.abc_class(value, '{0.8,0.2}', 'key_figure_percent', '{top,rest}') OVER (PARTITION BY country) AS class
FROM (VALUES ('DE', 90), ('DE', 10), ('FR', 9), ('FR', 1), ('LU', 1), ('MC', NULL)) AS customer (country, value)
ORDER BY country, value DESC;

-- From one class to three hundred; labels may repeat, be empty or long.
SELECT DISTINCT scoring.abc_class(i, '{1}', 'count_percent', '{all}') OVER () AS one_of_shares,
       scoring.abc_class(i, '{}', 'count_absolute', '{all}') OVER () AS one_of_heads,
       scoring.abc_class(i, '{}', 'key_figure_absolute', '{all}') OVER () AS one_of_values
FROM generate_series(1, 5) AS i;
SELECT count(DISTINCT class) AS classes, bool_and(class = 'class ' || (3001 - i + 9) / 10) AS ten_each
FROM (SELECT i, scoring.abc_class(i, array_fill(10, ARRAY[299]), 'count_absolute', labels) OVER () AS class
      FROM generate_series(1, 3000) AS i,
           (SELECT array_agg('class ' || l ORDER BY l) AS labels FROM generate_series(1, 300) AS l) AS label) AS r;
SELECT count(DISTINCT class) AS classes, bool_and(class = 'class ' || (3001 - i + 9) / 10) AS ten_each
FROM (SELECT i, scoring.abc_class(i, array_fill(1 / 300.0, ARRAY[300]), 'count_percent', labels) OVER () AS class
      FROM generate_series(1, 3000) AS i,
           (SELECT array_agg('class ' || l ORDER BY l) AS labels FROM generate_series(1, 300) AS l) AS label) AS r;
SELECT i, length(scoring.abc_class(i, '{0.4,0.3,0.3}', 'count_percent', ARRAY['', repeat('é', 100000), '']) OVER ()) AS length
FROM generate_series(1, 3) AS i ORDER BY i;
SELECT array_fill(1, ARRAY[65534]) AS heads, array_agg(l ORDER BY l) AS labels FROM generate_series(1, 65535) AS l \gset
SELECT count(DISTINCT class) AS classes_of_65535, max(class::int) AS worst
FROM (SELECT scoring.abc_class(i, :'heads', 'count_absolute', :'labels') OVER () AS class FROM generate_series(1, 3000) AS i) AS r;

-- Shares that sum to 1 to 1e-9 are fine: thirds.
SELECT i, scoring.abc_class(i, '{0.3333333333,0.3333333333,0.3333333333}') OVER () AS class FROM generate_series(1, 3) AS i ORDER BY i;

-- abc_cuts: the smallest value of each class but the lowest, lowest class first.
SELECT scoring.abc_cuts(i, '{0.2,0.6,0.2}', 'count_percent') AS heads,
       scoring.abc_cuts(i, '{0.8,0.15,0.05}', 'key_figure_percent') AS share,
       scoring.abc_cuts(i, '{3,4}', 'count_absolute') AS numbers,
       scoring.abc_cuts(i, '{9,5}', 'key_figure_absolute') AS values,
       scoring.abc_cuts(i, '{1}', 'count_percent') AS one_class
FROM generate_series(1, 10) AS i;

-- An empty class has the cut of the next better one, an empty best class Infinity.
SELECT scoring.abc_cuts(i, '{0,0.5,0.5}', 'count_percent') AS best_is_empty, scoring.abc_cuts(i, '{0.5,0,0.5}', 'count_percent') AS middle_is_empty,
       scoring.abc_cuts(i, '{0,0,1}', 'count_percent') AS all_are_c, scoring.abc_cuts(i, '{0,0}', 'count_absolute') AS no_heads
FROM generate_series(1, 10) AS i;

-- abc_bin under abc_cuts is abc_class, for each strategy; the figures have ties, negatives and missing ones.
CREATE TABLE figure AS
SELECT i, CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN 'NaN' ELSE round((i * 7919 % 1009 - 100) / 7.0) / 10 END AS value
FROM generate_series(1, 2000) AS i;
SELECT strategy, shares, count(*) AS rows, count(class) AS classified, bool_and(class IS NOT DISTINCT FROM scoring.abc_bin(value, cuts)) AS the_same
FROM (SELECT strategy, shares::text, value, scoring.abc_class(value, shares, strategy) OVER (PARTITION BY strategy, shares) AS class,
             scoring.abc_cuts(value, shares, strategy) OVER (PARTITION BY strategy, shares) AS cuts
      FROM figure, (VALUES ('count_percent', '{0.2,0.6,0.2}'::float8[]), ('count_percent', '{0.01,0,0.99}'),
                           ('key_figure_percent', '{0.8,0.15,0.05}'), ('key_figure_percent', '{0,1,0}'),
                           ('count_absolute', '{10,500}'), ('count_absolute', '{0,1e300}'),
                           ('key_figure_absolute', '{10,5}'), ('key_figure_absolute', '{Infinity,-Infinity}')) AS way (strategy, shares)) AS r
GROUP BY strategy, shares ORDER BY strategy, shares;

-- abc_bin: a value on a cut has reached the class; missing values have none.
SELECT value, scoring.abc_bin(value, '{100,1000}') AS class, scoring.abc_bin(value, '{100}', '{yes,no}') AS own
FROM unnest('{99.99,100,999,1000,1e9,Infinity,-Infinity,NaN,NULL}'::float8[]) AS value;
SELECT scoring.abc_bin(1, '{}', '{all}') AS no_cuts, scoring.abc_bin(1, NULL) AS no_array, scoring.abc_bin(1, '{1,2}', NULL) AS no_classes,
       scoring.abc_bin(5, '{5,5}') AS equal_cuts, scoring.abc_bin(4, '[7:8]={3,5}', '[-1:1]={x,y,z}') AS other_bounds,
       scoring.abc_bin('Infinity', '{1,Infinity}') AS at_infinity;

-- The window's order and frame do not matter, nor do the rows'.
SELECT bool_and(a IS NOT DISTINCT FROM b AND b IS NOT DISTINCT FROM c) AS the_same
FROM (SELECT scoring.abc_class(value) OVER () AS a, scoring.abc_class(value) OVER (ORDER BY value DESC ROWS 1 PRECEDING) AS b,
             scoring.abc_class(value) OVER (ORDER BY md5(i::text)) AS c FROM figure) AS r;

-- Decayed sums: an event counts half after its half-life.

\pset null NULL

-- By hand: 8 now, 4 of 8 after one half-life, 2 of 8 after two.
SELECT at, scoring.decayed_sum(8, at, '14 days', '2026-11-29') AS alone
FROM (VALUES (timestamptz '2026-11-29'), ('2026-11-15'), ('2026-11-01')) AS event (at) GROUP BY at ORDER BY at DESC;
SELECT scoring.decayed_sum(8, at, '14 days', '2026-11-29') AS together
FROM (VALUES (timestamptz '2026-11-29'), ('2026-11-15'), ('2026-11-01')) AS event (at);

-- An event at as_of counts, one after it does not; nothing sums to 0.
SELECT scoring.decayed_sum(weight, at, '1 day', '2026-11-21 12:00:00') AS sum
FROM (VALUES (1, timestamptz '2026-11-21 12:00:00'), (10, '2026-11-21 12:00:00.000001'), (100, '2030-01-01')) AS event (weight, at);
SELECT scoring.decayed_sum(1, now(), '1 day', now()) AS no_rows WHERE false;
SELECT scoring.decayed_sum(1, now(), '1 day', now()) FILTER (WHERE false) AS filtered_away;

-- Rows with something missing are left out, as are those of infinite dates.
SELECT scoring.decayed_sum(weight, at, half_life, '2026-11-21') AS sum
FROM (VALUES (1.0::float8, timestamptz '2026-11-21', interval '1 day'), (NULL, '2026-11-21', '1 day'), ('NaN', '2026-11-21', '1 day'),
             (10, NULL, '1 day'), (100, '2026-11-21', NULL), (1000, '-infinity', '1 day'), (10000, 'infinity', '1 day'))
     AS event (weight, at, half_life);

-- Each row has its own half-life and as_of.
SELECT scoring.decayed_sum(16, at, half_life, as_of) AS sum
FROM (VALUES (timestamptz '2026-11-20', interval '1 day', timestamptz '2026-11-21'), ('2026-11-20', '12 hours', '2026-11-21'),
             ('2026-11-20', '86400 s', '2026-11-23'), ('2026-11-20', '3 days', '2026-11-19')) AS event (at, half_life, as_of);
SELECT customer, scoring.decayed_sum(1, at, CASE channel WHEN 'call' THEN interval '30 days' ELSE interval '7 days' END, '2026-11-21') AS pressure
FROM (VALUES (1, 'call', timestamptz '2026-10-22'), (1, 'mail', '2026-11-14'), (2, 'mail', '2026-11-07')) AS event (customer, channel, at)
GROUP BY customer ORDER BY customer;

-- A day of a half-life is 24 hours, whatever the clocks do; units may be mixed, and some negative.
SET timezone = 'Europe/Berlin';
SELECT scoring.decayed_sum(1, '2026-03-29 00:00', '1 day', '2026-03-29 23:00') < 0.53 AS spring_day_is_23_hours,
       scoring.decayed_sum(1, '2026-03-28 12:00', '1 day', '2026-03-29 13:00') AS a_day_and_no_hour;
RESET timezone;
SELECT scoring.decayed_sum(1, '2026-11-20', half_life, '2026-11-21') AS sum
FROM (VALUES (interval '1 day'), ('24:00'), ('2 days -24:00'), ('-1 days 48:00'), ('86400000000 microseconds')) AS h (half_life) GROUP BY half_life;

-- Negative weights; sums that cancel.
SELECT scoring.decayed_sum(weight, at, '7 days', '2026-11-21') AS sum
FROM (VALUES (1, timestamptz '2026-11-14'), (-0.5, '2026-11-21')) AS event (weight, at);
SELECT scoring.decayed_sum(weight, '2026-11-21', '7 days', '2026-11-21' ORDER BY place) AS sum
FROM unnest('{1e308,1e308,1e308,-1e308,-1e308,1,-1e308}'::float8[]) WITH ORDINALITY AS event (weight, place);

-- Infinite weights are values, of the future they are not.
SELECT scoring.decayed_sum(weight, '2026-01-01', '1 second', '2026-11-21') AS sum FROM unnest('{1,Infinity}'::float8[]) AS weight;
SELECT scoring.decayed_sum(weight, '2026-01-01', '1 second', '2026-11-21') AS sum FROM unnest('{-Infinity,1e308}'::float8[]) AS weight;
SELECT scoring.decayed_sum(weight, '2026-01-01', '1 second', '2026-11-21') AS sum FROM unnest('{Infinity,-Infinity}'::float8[]) AS weight;
SELECT scoring.decayed_sum('Infinity', '2027-01-01', '1 second', '2026-11-21') AS sum;

-- Nothing overflows or underflows, from one end of the calendar to the other.
SELECT scoring.decayed_sum(1, '4713-01-02 00:00 BC', '1 microsecond', '294276-12-30') AS tiny_half_life,
       scoring.decayed_sum(1, '4713-01-02 00:00 BC', '2147483647 days', '294276-12-30') BETWEEN 0.9 AND 1 AS huge_half_life,
       scoring.decayed_sum(1, '294276-12-30', '1 microsecond', '4713-01-02 00:00 BC') AS all_future;
SELECT scoring.decayed_sum(1e308, at, '1 day', '2026-11-21') AS sum
FROM (VALUES (timestamptz '2026-11-21' - interval '1023 days'), ('2000-01-01')) AS event (at) HAVING true;
SELECT scoring.decayed_sum(1.7e308, '2026-11-21', '1 day', '2026-11-21') AS at_the_edge FROM generate_series(1, 3);
SELECT scoring.decayed_sum(1, timestamptz '2026-11-21' - i * interval '1 day', '1 day', '2026-11-21') AS two FROM generate_series(0, 5000) AS i;

-- Against the sum of powers: the mails of a hundred customers, and the order of them does not matter to 1e-12 of the weights.
CREATE TABLE mail AS
SELECT abs(i) % 100 AS customer, timestamptz '2026-11-21' - i * interval '7 hours 13 minutes' AS at, (i * 7919 % 201 - 100) / 8.0 AS weight
FROM generate_series(-100, 20000) AS i;
SELECT count(*) AS customers, bool_and(abs(up - wanted) <= 1e-12 * magnitude) AS as_powers, bool_and(abs(up - down) <= 1e-12 * magnitude) AS in_any_order
FROM (SELECT customer, scoring.decayed_sum(weight, at, '30 days', '2026-11-21' ORDER BY at) AS up,
             scoring.decayed_sum(weight, at, '30 days', '2026-11-21' ORDER BY weight DESC) AS down,
             sum(weight * term) AS wanted, sum(abs(weight) * term) AS magnitude
      FROM (SELECT *, power(2::float8, -extract(epoch FROM '2026-11-21' - at) / 2592000::float8) * (at <= '2026-11-21')::int AS term FROM mail) AS m
      GROUP BY customer) AS r;

-- A running sum, as a window aggregate.
SELECT i, scoring.decayed_sum(1, timestamptz '2026-11-01' + i * interval '1 day', '1 day', '2026-11-04')
       OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS last_two
FROM generate_series(1, 4) AS i;

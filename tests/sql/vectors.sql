-- Golden vectors: every case of tests/vectors through SQL. Each query counts what it compared and names what differs.

\pset null NULL
\getenv vectors VECTORS
\set file :vectors '/quantile.json'
\set quantile `cat ":file"`
\set file :vectors '/abc.json'
\set abc `cat ":file"`
\set file :vectors '/rfm.json'
\set rfm `cat ":file"`
\set file :vectors '/decay.json'
\set decay `cat ":file"`
\set file :vectors '/pressure.json'
\set pressure `cat ":file"`
\set file :vectors '/scorecard.json'
\set scorecard `cat ":file"`
\set file :vectors '/woe.json'
\set woe `cat ":file"`
\set file :vectors '/logistic.json'
\set logistic `cat ":file"`

-- json, not jsonb: it keeps numbers as they are written. null gives NULL.
CREATE FUNCTION pg_temp.floats(list json) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
$$ SELECT array_agg(x::float8 ORDER BY place) FROM json_array_elements_text(list) WITH ORDINALITY AS element (x, place) $$;
CREATE FUNCTION pg_temp.texts(list json) RETURNS text[] LANGUAGE sql IMMUTABLE AS
$$ SELECT array_agg(x ORDER BY place) FROM json_array_elements_text(list) WITH ORDINALITY AS element (x, place) $$;
-- Numbers to the last bit: 0 and -0 differ, NaN and NULL are themselves.
CREATE FUNCTION pg_temp.bits(numbers float8[]) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT string_agg(coalesce(encode(float8send(x), 'hex'), 'NULL'), ' ' ORDER BY place)
   FROM unnest(numbers) WITH ORDINALITY AS element (x, place) $$;
-- Equal, or within 1e-12 of the magnitude.
CREATE FUNCTION pg_temp.near(got float8, wanted float8, magnitude float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT got IS NOT NULL AND (got = wanted OR magnitude < 'Infinity' AND abs(got - wanted) <= 1e-12 * magnitude) $$;
-- What abc_class and abc_cuts give, or their SQLSTATE.
CREATE FUNCTION pg_temp.classes(value float8[], shares float8[], strategy text, classes text[]) RETURNS text[]
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT array_agg(class ORDER BY place) FROM (
        SELECT scoring.abc_class(x, shares, strategy, classes) OVER () AS class, place
        FROM unnest(value) WITH ORDINALITY AS customer (x, place)) AS classified);
EXCEPTION WHEN OTHERS THEN RETURN ARRAY[SQLSTATE];
END $$;
CREATE FUNCTION pg_temp.cuts(value float8[], shares float8[], strategy text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT pg_temp.bits(scoring.abc_cuts(x, shares, strategy)) FROM unnest(value) AS x);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;

CREATE TEMP TABLE quantile AS
SELECT c.name, c.bins, pg_temp.floats(c.x) AS x, pg_temp.floats(nullif(c.cuts::text, 'null')::json) AS cuts,
       pg_temp.texts(c.levels)::int[] AS levels, pg_temp.texts(c.ntile)::int[] AS ntile
FROM json_to_recordset(:'quantile') AS c (name text, x json, bins int, cuts json, levels json, ntile json);
CREATE TEMP TABLE abc AS
SELECT c.name, pg_temp.floats(c.value) AS value, pg_temp.floats(c.shares) AS shares, c.strategy,
       pg_temp.texts(c.classes) AS classes, pg_temp.floats(nullif(c.cuts::text, 'null')::json) AS cuts,
       pg_temp.texts(c.class) AS class, c.error
FROM json_to_recordset(:'abc')
     AS c (name text, value json, shares json, strategy text, classes json, cuts json, class json, error text);
CREATE TEMP TABLE rfm AS
SELECT c.name, c.bins, pg_temp.texts(c.last_at)::timestamptz[] AS last_at, pg_temp.floats(c.frequency) AS frequency,
       pg_temp.floats(c.monetary) AS monetary, pg_temp.texts(c.code)::int[] AS code,
       pg_temp.texts(c.ntile_code)::int[] AS ntile_code
FROM json_to_recordset(:'rfm')
     AS c (name text, last_at json, frequency json, monetary json, bins int, code json, ntile_code json);

-- quantile_cuts, bit for bit.
SELECT count(*) AS cases, array_agg(name) FILTER (WHERE got IS DISTINCT FROM pg_temp.bits(cuts)) AS differ
FROM (SELECT *, pg_temp.bits((SELECT scoring.quantile_cuts(f, bins) FROM unnest(x) AS f)) AS got FROM quantile) AS tried;

-- The form without bins, where they are five.
SELECT count(*) AS cases, array_agg(name) FILTER (WHERE got IS DISTINCT FROM pg_temp.bits(cuts)) AS differ
FROM (SELECT *, pg_temp.bits((SELECT scoring.quantile_cuts(f) FROM unnest(x) AS f)) AS got FROM quantile
      WHERE bins = 5) AS tried;

-- quantile_bin by both methods.
SELECT count(*) AS cases,
       array_agg(name) FILTER (WHERE got_levels IS DISTINCT FROM levels) AS levels_differ,
       array_agg(name) FILTER (WHERE got_ntile IS DISTINCT FROM ntile) AS ntile_differ
FROM (SELECT *,
             (SELECT array_agg(l ORDER BY place) FROM (
                 SELECT place, scoring.quantile_bin(f, bins) OVER () AS l
                 FROM unnest(x) WITH ORDINALITY AS row (f, place)) AS leveled) AS got_levels,
             (SELECT array_agg(l ORDER BY place) FROM (
                 SELECT place, scoring.quantile_bin(f, bins, 'ntile') OVER (ORDER BY place) AS l
                 FROM unnest(x) WITH ORDINALITY AS row (f, place)) AS leveled) AS got_ntile
      FROM quantile) AS tried;

-- bin under the cuts of the vector gives the same levels as quantile_bin.
SELECT count(*) AS rows, array_agg(name) FILTER (WHERE scoring.bin(f, cuts) IS DISTINCT FROM level) AS differ
FROM quantile, unnest(x, levels) AS row (f, level);

-- abc_class; or the SQLSTATE.
SELECT count(*) AS cases,
       array_agg(name) FILTER (WHERE pg_temp.classes(value, shares, strategy, classes)
                                     IS DISTINCT FROM coalesce(class, ARRAY[error])) AS differ
FROM abc WHERE value IS NOT NULL;
SELECT name, class, pg_temp.classes(value, shares, strategy, classes) AS got FROM abc WHERE value IS NULL;

-- abc_cuts, bit for bit; or the SQLSTATE.
SELECT count(*) AS cases,
       array_agg(name) FILTER (WHERE pg_temp.cuts(value, shares, strategy)
                                     IS DISTINCT FROM coalesce(pg_temp.bits(cuts), error)) AS differ
FROM abc;

-- abc_bin under the cuts of the vector gives the same classes as abc_class.
SELECT count(*) AS rows, array_agg(name) FILTER (WHERE scoring.abc_bin(f, cuts, classes) IS DISTINCT FROM c) AS differ
FROM abc, unnest(value, class) AS row (f, c);

-- rfm_score by both methods.
SELECT count(*) AS cases,
       array_agg(name) FILTER (WHERE got_code IS DISTINCT FROM code) AS code_differs,
       array_agg(name) FILTER (WHERE got_ntile_code IS DISTINCT FROM ntile_code) AS ntile_code_differs
FROM (SELECT *,
             (SELECT array_agg(c ORDER BY place) FROM (
                 SELECT place, scoring.rfm_score(l, f, m, bins) OVER () AS c
                 FROM unnest(last_at, frequency, monetary) WITH ORDINALITY AS row (l, f, m, place)) AS scored)
             AS got_code,
             (SELECT array_agg(c ORDER BY place) FROM (
                 SELECT place, scoring.rfm_score(l, f, m, bins, 'ntile') OVER (ORDER BY place) AS c
                 FROM unnest(last_at, frequency, monetary) WITH ORDINALITY AS row (l, f, m, place)) AS scored)
             AS got_ntile_code
      FROM rfm) AS tried;

-- decayed_sum, within 1e-12 of the magnitude; the order of the events does not matter.
SELECT count(*) AS cases,
       array_agg(name) FILTER (WHERE NOT pg_temp.near(first, sum, magnitude)
                                  OR NOT pg_temp.near(last, sum, magnitude)) AS differ
FROM (SELECT name, sum, magnitude,
             (SELECT scoring.decayed_sum(weight::float8, at, half_life, as_of)
              FROM json_to_recordset(events) AS event (weight text, at timestamptz, half_life interval)) AS first,
             (SELECT scoring.decayed_sum(weight::float8, at, half_life, as_of ORDER BY abs(weight::float8) DESC, at)
              FROM json_to_recordset(events) AS event (weight text, at timestamptz, half_life interval)) AS last
      FROM (SELECT name, as_of, events, sum::float8, magnitude::float8
            FROM json_to_recordset(:'decay')
                 AS c (name text, as_of timestamptz, events json, sum text, magnitude text)) AS c) AS tried;

-- pressure_state.
SELECT count(*) AS cases,
       array_agg(name) FILTER (WHERE scoring.pressure_state(delta, tolerance) IS DISTINCT FROM state) AS differ
FROM json_to_recordset(:'pressure') AS c (name text, delta int, tolerance int, state text);

-- scorecard_points, within 1e-14 of the size of what it subtracts; or the SQLSTATE.
CREATE FUNCTION pg_temp.points(log_odds float8, points0 float8, odds0 float8, pdo float8) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN scoring.scorecard_points(log_odds, points0, odds0, pdo);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
SELECT count(*) AS cases,
       array_agg(name) FILTER (WHERE CASE WHEN points IS NULL THEN got IS DISTINCT FROM error
                                          WHEN points::float8 IN ('Infinity', '-Infinity') THEN got IS DISTINCT FROM points
                                          ELSE abs(got::float8 - points::float8) > 1e-14 * size END) AS differ
FROM (SELECT name, points, error, pg_temp.points(log_odds::float8, points0::float8, odds0::float8, pdo::float8) AS got,
             CASE WHEN points IS NOT NULL
                  THEN abs(points0::float8) + pdo::float8 * (abs(nullif(log_odds::float8, 'NaN')) + abs(ln(odds0::float8))) END AS size
      FROM json_to_recordset(:'scorecard')
           AS c (name text, log_odds text, points0 text, odds0 text, pdo text, points text, error text)) AS tried;

-- woe_table: bins and counts, weights and parts within 1e-14; information_value is their sum.
SELECT count(*) AS cases,
       array_agg(name) FILTER (WHERE bins IS DISTINCT FROM (SELECT array_agg(ROW(r ->> 0, r ->> 1, r ->> 2)::text ORDER BY place)
                                                            FROM json_array_elements(wanted) WITH ORDINALITY AS e (r, place))
                                     OR EXISTS (SELECT FROM json_array_elements(wanted) WITH ORDINALITY AS e (r, place)
                                                WHERE coalesce(abs(got[place].woe - (r ->> 3)::float8) > 1e-14, got[place].woe IS DISTINCT FROM (r ->> 3)::float8)
                                                   OR coalesce(abs(got[place].iv - (r ->> 4)::float8) > 1e-14, got[place].iv IS DISTINCT FROM (r ->> 4)::float8))
                                     OR coalesce(abs(value - wanted_value) > 1e-13, value IS DISTINCT FROM wanted_value)) AS differ
FROM (SELECT name, nullif("table"::text, 'null')::json AS wanted, c.value AS wanted_value, f.*,
             (SELECT array_agg(ROW(bin, good, bad)::text ORDER BY place) FROM unnest(got) WITH ORDINALITY AS b (bin, good, bad, woe, iv, place)) AS bins
      FROM json_to_recordset(:'woe') AS c (name text, rows json, "table" json, value float8),
           LATERAL (SELECT scoring.woe_table(bin, outcome) AS got, scoring.information_value(bin, outcome) AS value
                    FROM json_to_recordset(rows) AS row (bin text, outcome boolean)) AS f) AS tried;

-- fit_logistic, within 1e-9; or the SQLSTATE.
CREATE FUNCTION pg_temp.fit(variables json, rows json, ridge float8) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    RETURN scoring.fit_logistic(format('SELECT %s (r ->> ''outcome'')::boolean AS outcome, (r ->> ''weight'')::float8 AS weight FROM json_array_elements(%L) AS r',
                                       (SELECT string_agg(format('(r ->> %L)::%s AS %I,', key, value, key), ' ') FROM json_each_text(variables)), rows),
                                'outcome', ridge, 'weight');
EXCEPTION WHEN OTHERS THEN RETURN to_json(SQLSTATE);
END $$;
-- Intercept and coefficients, those of first categories left out.
CREATE FUNCTION pg_temp.listed(found json) RETURNS float8[] LANGUAGE sql AS $$
SELECT (found ->> 'intercept')::float8 || coalesce(array_agg(coefficient::float8 ORDER BY v.place, c.place) FILTER (WHERE coefficient IS NOT NULL), '{}')
FROM ROWS FROM (json_each(found -> 'coefficients')) WITH ORDINALITY AS v (name, of, place),
     LATERAL (SELECT of #>> '{}' AS coefficient, 1 AS place WHERE json_typeof(of) = 'number'
              UNION ALL SELECT value, place FROM json_each_text(CASE json_typeof(of) WHEN 'object' THEN of END) WITH ORDINALITY AS e (key, value, place) WHERE place > 1) AS c
$$;
CREATE FUNCTION pg_temp.near(got float8[], wanted json) RETURNS boolean LANGUAGE sql AS
$$ SELECT coalesce(cardinality(got) = json_array_length(wanted)
                   AND (SELECT bool_and(abs(g - w::float8) <= 1e-9 * abs(w::float8) + 1e-12) FROM ROWS FROM (unnest(got), json_array_elements_text(wanted)) AS r (g, w)), false) $$;
SELECT count(*) AS cases, count(error) AS errors,
       array_agg(name) FILTER (WHERE CASE WHEN error IS NOT NULL THEN got #>> '{}' IS DISTINCT FROM error
                                          ELSE NOT (pg_temp.near(pg_temp.listed(got), coefficients)
                                                    AND pg_temp.near(pg_temp.listed(got -> 'standard_errors'), standard_errors)
                                                    AND pg_temp.near(ARRAY[(got ->> 'log_likelihood')::float8], json_build_array(log_likelihood))
                                                    AND (got ->> 'rows')::int = used
                                                    AND (got ->> 'left_out')::int = json_array_length(rows) - used) END) AS differ
FROM (SELECT *, pg_temp.fit(variables, rows, ridge::float8) AS got
      FROM json_to_recordset(:'logistic')
           AS c (name text, variables json, rows json, ridge text, coefficients json, standard_errors json, log_likelihood float8, used int, error text)) AS tried;

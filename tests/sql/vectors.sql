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

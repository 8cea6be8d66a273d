-- Session settings and the caller's own objects change nothing.

CREATE TABLE customer AS
SELECT i, date '2026-01-01' + (i * 7919 % 400) AS day, timestamptz '2026-01-01 00:00:00+00' + (i * 7919 % 9973) * interval '1 hour' AS at,
       (i * 104729 % 1009)::numeric / 7 AS revenue, (i * 31 % 17)::float8 / 3 AS figure
FROM generate_series(1, 500) AS i;

-- Every function, in one value; float8 to the bit.
CREATE FUNCTION public.all_scores() RETURNS text LANGUAGE sql AS $body$
    SELECT md5(string_agg(concat_ws(' ', i, class, share, level, ntile, score, day_score, segment, own, delta, state, bin, abc_bin), ',' ORDER BY i))
           || (SELECT md5(concat_ws(' ', array_send(scoring.quantile_cuts(figure, 7)), array_send(scoring.quantile_cuts(revenue)),
                                    array_send(scoring.abc_cuts(revenue, '{0.8,0.15,0.05}', 'key_figure_percent')),
                                    float8send(scoring.decayed_sum(revenue, at, '1 day 12:30:00', '2027-01-01 00:00:00+00' ORDER BY i)),
                                    timestamptz_send((scoring.rfm_facts(at, revenue)).first_at), timestamptz_send((scoring.rfm_facts(at, revenue)).last_at),
                                    numeric_send((scoring.rfm_facts(at, revenue)).total), numeric_send((scoring.rfm_facts(at, revenue)).average)))
               FROM public.customer)
    FROM (SELECT i, scoring.abc_class(figure) OVER () AS class, scoring.abc_class(revenue, '{0.8,0.15,0.05}', 'key_figure_percent') OVER () AS share,
                 scoring.quantile_bin(revenue, 9) OVER () AS level, scoring.quantile_bin(figure, 9, 'ntile') OVER (ORDER BY i) AS ntile,
                 scoring.rfm_score(at, figure, revenue) OVER () AS score, scoring.rfm_score(day, figure, revenue) OVER () AS day_score,
                 scoring.rfm_segment(scoring.rfm_score(at, figure, revenue) OVER ()) AS segment,
                 scoring.rfm_segment(555, '[{"label": "Été", "r": [1,5]}]') AS own, scoring.pressure_delta(figure, revenue, 5) OVER () AS delta,
                 scoring.pressure_state(i % 3 - 1) AS state, scoring.bin(figure, '{0.1,2.5,4.75}') AS bin, scoring.abc_bin(revenue, '{10.5,99.9}') AS abc_bin
          FROM public.customer) AS scored
$body$;
SELECT public.all_scores() AS before \gset

CREATE FUNCTION public.same_with(name text, value text, wanted text) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
    same boolean;
BEGIN
    PERFORM set_config(name, value, true);
    same := public.all_scores() = wanted;
    PERFORM set_config(s.name, s.reset_val, true) FROM pg_catalog.pg_settings AS s WHERE lower(s.name) = lower(same_with.name);
    RETURN CASE WHEN same THEN 'same' ELSE 'DIFFERENT' END;
END $body$;
SELECT setting, value, public.same_with(setting, value, :'before')
FROM (VALUES ('TimeZone', 'Pacific/Kiritimati'), ('TimeZone', 'America/St_Johns'), ('TimeZone', 'Europe/Berlin'),
             ('DateStyle', 'German, DMY'), ('DateStyle', 'SQL, MDY'), ('DateStyle', 'Postgres, YMD'),
             ('IntervalStyle', 'iso_8601'), ('IntervalStyle', 'sql_standard'),
             ('extra_float_digits', '-15'), ('extra_float_digits', '0'), ('extra_float_digits', '3'),
             ('lc_messages', 'C'), ('lc_monetary', 'C'), ('lc_numeric', 'C'), ('lc_time', 'C'),
             ('array_nulls', 'off'), ('standard_conforming_strings', 'off'), ('escape_string_warning', 'off'),
             ('xmloption', 'document'), ('row_security', 'off'), ('jit', 'on'), ('jit_above_cost', '0'), ('work_mem', '64'),
             ('plan_cache_mode', 'force_generic_plan'), ('enable_hashagg', 'off'), ('enable_sort', 'off'), ('client_min_messages', 'error'),
             ('transform_null_equals', 'on'), ('default_transaction_isolation', 'serializable')) AS s (setting, value);

-- All at once, in a read-only, serializable transaction.
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SET LOCAL TimeZone = 'Asia/Kathmandu';
SET LOCAL DateStyle = 'German';
SET LOCAL extra_float_digits = -15;
SELECT public.all_scores() = :'before' AS same;
COMMIT;

-- No function needs a transaction id.
BEGIN;
SELECT public.all_scores() = :'before' AS same, pg_current_xact_id_if_assigned() IS NULL AS no_id;
COMMIT;

-- Shadows of what the functions are made of, before pg_catalog on the search_path, and in pg_temp.
CREATE SCHEMA shadow;
CREATE FUNCTION shadow.trap() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'caught in the trap'; END $$;
CREATE FUNCTION shadow.numeric_add(numeric, numeric) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'caught in the trap'; END $$;
CREATE FUNCTION shadow.jsonb_out(jsonb) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'jsonb_out';
CREATE FUNCTION shadow.less(float8, float8) RETURNS boolean LANGUAGE sql AS 'SELECT shadow.trap()';
CREATE OPERATOR shadow.< (LEFTARG = float8, RIGHTARG = float8, FUNCTION = shadow.less);
CREATE OPERATOR shadow.= (LEFTARG = float8, RIGHTARG = float8, FUNCTION = shadow.less);
CREATE FUNCTION shadow.bin(x float8, cuts float8[]) RETURNS int LANGUAGE sql AS 'SELECT -1';
CREATE FUNCTION shadow.quantile_bin(x float8) RETURNS int LANGUAGE sql AS 'SELECT -1';
CREATE TYPE shadow.rfm_facts AS (first_at text);
CREATE TYPE shadow.float8 AS (trap int);
CREATE DOMAIN shadow.text AS pg_catalog.text CHECK (VALUE IS NULL);
CREATE TYPE pg_temp.rfm_facts AS (first_at text);
CREATE FUNCTION pg_temp.pressure_state(int, int) RETURNS pg_catalog.text LANGUAGE sql AS $$ SELECT 'trap'::pg_catalog.text $$;
SET search_path = shadow, pg_catalog;
SELECT scoring.abc_class(i) OVER () AS class, scoring.quantile_bin(i) OVER () AS level, scoring.rfm_score(now(), i, i) OVER () AS score,
       scoring.pressure_delta(i, i, 2) OVER () AS delta, scoring.pressure_state(i) AS state, scoring.bin(i, '{1}') AS bin,
       scoring.rfm_segment(555, '[{"label": "own"}]') AS segment
FROM generate_series(1, 2) AS i ORDER BY i;
SELECT scoring.quantile_cuts(i, 2) AS cuts, scoring.abc_cuts(i, '{1}', 'count_absolute') AS abc_cuts, pg_typeof(scoring.rfm_facts(now(), 1e30)) AS type,
       (scoring.rfm_facts(now(), 1e30)).total, scoring.decayed_sum(i, now(), '1 day', now()) AS sum
FROM generate_series(1, 3) AS i;
SET search_path = pg_temp, shadow, pg_catalog;
SELECT scoring.bin(5, '{1}') AS bin, scoring.pressure_state(1) AS state, (scoring.rfm_facts('2026-01-01', 1.5)).average;
SET search_path = '';
SELECT public.all_scores() = :'before' AS same;
RESET search_path;

-- No settings of the extension's own, and none that it leaves behind.
SELECT count(*) AS settings FROM pg_settings WHERE name LIKE '%scoring%';
DISCARD ALL;
SELECT scoring.rfm_segment(555, '[{"label": "after"}]') AS segment, scoring.abc_class(1) OVER () AS class;

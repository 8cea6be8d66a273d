-- Errors: every bad input, with its SQLSTATE, message, detail and hint.

\pset format unaligned
\pset tuples_only on
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/fault.sql

-- bin: cuts that descend, or hold NULL or NaN, or have two dimensions.
SELECT pg_temp.fault($$SELECT scoring.bin(1, '{3,1}')$$);
SELECT pg_temp.fault($$SELECT scoring.bin(1, '{1,2,1.5}')$$);
SELECT pg_temp.fault($$SELECT scoring.bin(1, '{1,NULL}')$$);
SELECT pg_temp.fault($$SELECT scoring.bin(1, '{NaN}')$$);
SELECT pg_temp.fault($$SELECT scoring.bin('NaN', '{1,NaN}')$$);
SELECT pg_temp.fault($$SELECT scoring.bin(1, '{{1,2},{3,4}}')$$);

-- quantile_bin and quantile_cuts: bins and method.
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(1, 1) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(1, 101) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(1, -2147483648) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(1, 5, 'tile') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(1, 5, 'NTILE') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(1, 5, '') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(1, NULL) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(1, 5, NULL) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_cuts(1, 1)$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_cuts(1, 101)$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_cuts(NULL, 0)$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_cuts(1, NULL)$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_cuts(i, i) FROM generate_series(2, 3) AS i$$);

-- rfm_score: bins, method, levels.
SELECT pg_temp.fault($$SELECT scoring.rfm_score(now(), 1, 1, 1) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_score(now(), 1, 1, 10) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_score(now(), 1, 1, 5, 'quintile') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_score(0, 1, 1)$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_score(1, 10, 1)$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_score(1, 1, -1)$$);

-- rfm_segment: codes and rules.
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(0)$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(556)$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(1111, '[]')$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(505, '[]')$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(555, '{"label": "Champions"}')$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(555, '[{"label": "A", "r": [1,5]}, {"label": "B", "r": [5,4]}]')$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(555, '[{"label": "A", "m": [1,10]}]')$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(555, '[{"r": [1,5]}]')$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(555, '[{"label": "A", "recency": [1,5]}]')$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(555, '[{"label": "A", "r": nan}]')$$);

-- abc_class, abc_cuts and abc_bin: shares, strategy, classes, total, cuts.
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{0.2,0.7}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{0.5,0.5000000011}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{1.2,-0.2}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{0.5,NaN}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{0.5,NULL,0.5}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{{0.2,0.6,0.2}}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{80,15,5}', 'key_figure_percent') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{0.5,0.5}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{10,20,30}', 'count_absolute') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{0.5,0.5}', 'count_percent', '{}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{0.5,0.5}', 'count_percent', '{A,NULL}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{1,2.5}', 'count_absolute') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{-1,2}', 'count_absolute') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{1,2}', 'key_figure_absolute') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{1,Infinity}', 'count_absolute') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{0.5,0.5}', 'count_percent', '{{A,B}}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_bin(1, '{5}', '{{A},{B}}')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{1,2}', 'percent') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(-1, '{0.8,0.15,0.05}', 'key_figure_percent') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(0, '{0.8,0.15,0.05}', 'key_figure_percent') OVER (PARTITION BY i) FROM generate_series(1, 3) AS i$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, array_fill(1, ARRAY[65535]), 'count_absolute', array_fill('x'::text, ARRAY[65536])) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_cuts(1, '{0.2,0.7}', 'count_percent')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_cuts(1, '{0.5,0.5}', 'COUNT_PERCENT')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_cuts(NULL, '{1,2}', 'key_figure_absolute')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_cuts(-1, '{0.5,0.5}', 'key_figure_percent')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_cuts(1, NULL, 'count_percent')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_cuts(1, '{1}', NULL)$$);
SELECT pg_temp.fault($$SELECT scoring.abc_cuts(1, '{1,NULL}', 'count_absolute')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_cuts(i, ARRAY[i], 'count_absolute') FROM generate_series(2, 3) AS i$$);
SELECT pg_temp.fault($$SELECT scoring.abc_bin(1, '{3,1}')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_bin(1, '{NULL,1}')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_bin(1, '{1,NaN}')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_bin(1, '{{1,2}}')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_bin(1, '{1,2,3}')$$);
SELECT pg_temp.fault($$SELECT scoring.abc_bin(1, '{1,2}', '{A,B,NULL}')$$);

-- decayed_sum: half_life and as_of.
SELECT pg_temp.fault($$SELECT scoring.decayed_sum(1, now(), '0', now())$$);
SELECT pg_temp.fault($$SELECT scoring.decayed_sum(1, now(), '-1 day', now())$$);
SELECT pg_temp.fault($$SELECT scoring.decayed_sum(1, now(), '1 day -24:00', now())$$);
SELECT pg_temp.fault($$SELECT scoring.decayed_sum(1, now(), '1 month', now())$$);
SELECT pg_temp.fault($$SELECT scoring.decayed_sum(1, now(), '1 year -365 days', now())$$);
SELECT pg_temp.fault($$SELECT scoring.decayed_sum(1, now(), '1 day', NULL)$$);
SELECT pg_temp.fault($$SELECT scoring.decayed_sum(NULL, NULL, NULL, NULL)$$);
SELECT pg_temp.fault($$SELECT scoring.decayed_sum(1, now(), '1 day', 'infinity')$$);
SELECT pg_temp.fault($$SELECT scoring.decayed_sum(1, now(), '1 day', '-infinity')$$);

-- pressure_delta and pressure_state.
SELECT pg_temp.fault($$SELECT scoring.pressure_delta(1.0, 1, 1) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.pressure_delta(1.0, 1, 101) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.pressure_delta(1.0, 1, NULL) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.pressure_delta(-2147483648, 1)$$);
SELECT pg_temp.fault($$SELECT scoring.pressure_delta(2147483647, -1)$$);
SELECT pg_temp.fault($$SELECT scoring.pressure_state(1, -1)$$);

-- scorecard_points: the scale, and points that do not fit.
SELECT pg_temp.fault($$SELECT scoring.scorecard_points(0, 'Infinity')$$);
SELECT pg_temp.fault($$SELECT scoring.scorecard_points(0, 'NaN')$$);
SELECT pg_temp.fault($$SELECT scoring.scorecard_points(0, 600, 0)$$);
SELECT pg_temp.fault($$SELECT scoring.scorecard_points(0, 600, -19)$$);
SELECT pg_temp.fault($$SELECT scoring.scorecard_points(0, 600, 'Infinity')$$);
SELECT pg_temp.fault($$SELECT scoring.scorecard_points('NaN', 600, 'NaN')$$);
SELECT pg_temp.fault($$SELECT scoring.scorecard_points(0, 600, 1, 0)$$);
SELECT pg_temp.fault($$SELECT scoring.scorecard_points(0, 600, 1, -50)$$);
SELECT pg_temp.fault($$SELECT scoring.scorecard_points(0, 600, 1, 'NaN')$$);
SELECT pg_temp.fault($$SELECT scoring.scorecard_points(0, 600, 1, 1.7e308)$$);
SELECT pg_temp.fault($$SELECT scoring.scorecard_points(1e308)$$);

-- woe_table and information_value: the number of bins, and arguments that are none.
SELECT pg_temp.fault($$SELECT scoring.information_value(i::text, true) FROM generate_series(1, 65536) AS i$$);
SELECT pg_temp.fault($$SELECT scoring.woe_table(1, true)$$);
SELECT pg_temp.fault($$SELECT scoring.woe_table('a', 1)$$);
SELECT pg_temp.fault($$SELECT scoring.woe_transition(NULL, 'a', true)$$);

-- Parameters that vary within a partition.
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(i, i) OVER () FROM generate_series(2, 3) AS i$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_score(now(), 1, 1, i) OVER () FROM generate_series(2, 3) AS i$$);
SELECT pg_temp.fault($$SELECT scoring.pressure_delta(1, 1, i) OVER () FROM generate_series(2, 3) AS i$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, ARRAY[i], 'count_absolute', '{A,B}') OVER () FROM generate_series(2, 3) AS i$$);

-- A window function without OVER, an aggregate with what it has not, a wrong number of arguments: PostgreSQL's own errors.
SELECT pg_temp.fault($$SELECT scoring.abc_class(1)$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(1)$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_score(now(), 1, 1)$$);
SELECT pg_temp.fault($$SELECT scoring.pressure_delta(1, 1, 5)$$);
SELECT pg_temp.fault($$SELECT scoring.bin(1, '{1}') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(DISTINCT 1) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_class(1) FILTER (WHERE true) OVER ()$$);
SELECT pg_temp.fault($$SELECT 1 WHERE scoring.abc_class(1) OVER () = 'A'$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(scoring.quantile_bin(1) OVER ()) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_cuts(DISTINCT 1, 2) OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.decayed_sum(1, now(), '1 day')$$);

-- An error inside an argument passes through unchanged: code, message, detail, hint, context and names.
CREATE FUNCTION pg_temp.refuse(i int) RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
    IF i = 5 THEN
        RAISE 'i is five' USING ERRCODE = 'CRM05', DETAIL = 'Five is not allowed.', HINT = 'Take four.', TABLE = 'orders', CONSTRAINT = 'no_five';
    END IF;
    RETURN i;
END $$;
CREATE FUNCTION pg_temp.whole_fault(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
    context text;
    relation text;
    rule text;
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        context = PG_EXCEPTION_CONTEXT, relation = TABLE_NAME, rule = CONSTRAINT_NAME;
    RETURN concat_ws(' | ', SQLSTATE, message, detail, hint, relation, rule, substring(context FROM 'function [^.]+\.(\w+)'));
END $$;
SELECT pg_temp.whole_fault($$SELECT ntile(2) OVER (ORDER BY pg_temp.refuse(i)) FROM generate_series(1, 9) AS i$$);
SELECT pg_temp.whole_fault($$SELECT scoring.abc_class(pg_temp.refuse(i)) OVER () FROM generate_series(1, 9) AS i$$);
SELECT pg_temp.whole_fault($$SELECT scoring.quantile_bin(i, pg_temp.refuse(i)::int + 4) OVER (PARTITION BY i) FROM generate_series(1, 9) AS i$$);
SELECT pg_temp.whole_fault($$SELECT scoring.rfm_score(now(), i, pg_temp.refuse(i)) OVER () FROM generate_series(1, 9) AS i$$);
SELECT pg_temp.whole_fault($$SELECT scoring.pressure_delta(pg_temp.refuse(i), i, 2) OVER () FROM generate_series(1, 9) AS i$$);
SELECT pg_temp.whole_fault($$SELECT scoring.quantile_cuts(pg_temp.refuse(i)) FROM generate_series(1, 9) AS i$$);

-- Many classes of many rows: done, or cancelled, in time.
CREATE FUNCTION pg_temp.ends_in_time(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz := clock_timestamp();
BEGIN
    EXECUTE statement;
    RETURN clock_timestamp() - began < interval '5 seconds';
EXCEPTION WHEN query_canceled THEN
    RETURN clock_timestamp() - began < interval '5 seconds';
END $$;
SET statement_timeout = '2 s';
SELECT pg_temp.ends_in_time($$SELECT scoring.abc_class(random(), array_fill(1, ARRAY[20000]), 'count_absolute',
    array_fill('x'::text, ARRAY[20001])) OVER () FROM generate_series(1, 200000)$$) AS ends_in_time;
RESET statement_timeout;

-- Errors come out of deep places: the session goes on, and a savepoint keeps what was before.
\set VERBOSITY terse
BEGIN;
CREATE TEMP TABLE before_error AS SELECT 1 AS one;
SAVEPOINT here;
SELECT scoring.abc_class(1 / (i - 500)) OVER () FROM generate_series(1, 1000) AS i;
ROLLBACK TO here;
SELECT scoring.quantile_cuts(1 / (i - 500)) FROM generate_series(1, 1000) AS i;
ROLLBACK TO here;
SELECT (scoring.rfm_facts(now(), 1 / (i - 500))).orders FROM generate_series(1, 1000) AS i;
ROLLBACK TO here;
SELECT one, scoring.abc_class(one) OVER () AS class FROM before_error;
COMMIT;

-- A thousand errors in a loop.
DO $$
DECLARE
    states text[] := '{}';
BEGIN
    FOR i IN 1..1000 LOOP
        BEGIN
            CASE i % 4
                WHEN 0 THEN PERFORM scoring.abc_class(g, '{0.5,0.6}') OVER () FROM generate_series(1, 100) AS g;
                WHEN 1 THEN PERFORM scoring.abc_class(1 / (g - 50)) OVER () FROM generate_series(1, 100) AS g;
                WHEN 2 THEN PERFORM scoring.quantile_cuts(g, g) FROM generate_series(2, 50) AS g;
                ELSE PERFORM scoring.rfm_segment(555, to_jsonb(i));
            END CASE;
        EXCEPTION WHEN OTHERS THEN
            states := states || SQLSTATE;
        END;
    END LOOP;
    RAISE NOTICE '%', (SELECT string_agg(state || ' ' || n, ', ' ORDER BY state) FROM (SELECT state, count(*) AS n FROM unnest(states) AS state GROUP BY state) AS s);
END $$;

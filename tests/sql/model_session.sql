-- Session settings change nothing in a model: not in what is stored, shown, explained or previewed, whoever makes it and refreshes it.

\pset null NULL
CREATE SCHEMA shop;
CREATE TABLE shop.customers (id int PRIMARY KEY, name text, born_on date, rate float8);
CREATE TABLE shop.orders (order_id int PRIMARY KEY, customer_id int, day date, local timestamp, instant timestamptz, amount numeric(10,2), weight float8, kind text);
CREATE TABLE shop.visits (visit_id int PRIMARY KEY, customer_id int, seen_at timestamp, length interval);

-- Orders around midnight of several zones, and around the changes of summer time in St. John's (00:01 until 2011), New York and Berlin:
-- local times that are never, and some that are twice. The literals say their zone, so that they are the same in every session.
INSERT INTO shop.customers SELECT i, 'Customer ' || i, date '1960-01-31' + i * 97, i / 7.0 FROM generate_series(1, 60) AS i;
INSERT INTO shop.orders
SELECT i, 1 + i % 57, (moment AT TIME ZONE 'UTC')::date, moment AT TIME ZONE 'UTC', moment, (i * 7919 % 10000) / 100.0 - 10, 1 + i % 7 / 3.0, (ARRAY['a', 'b', 'c', NULL])[1 + i % 4]
FROM generate_series(1, 400) AS i,
     LATERAL (SELECT (ARRAY[timestamptz '2024-03-31 00:59:59.999999+00', '2024-03-31 01:00:00+00', '2024-10-27 00:30:00+00', '2024-10-27 01:30:00+00', '2025-03-09 05:31:00+00',
                            '2025-03-09 07:00:00+00', '2025-11-02 04:30:00+00', '2025-11-02 05:30:00+00', '2025-06-30 18:30:00+00', '2025-06-30 18:29:59.999999+00',
                            '2025-12-31 23:59:59.999999+00', '2026-01-01 00:00:00+00', '2024-02-29 02:30:00+00', '2026-01-31 02:30:00+00', '2011-03-13 03:31:00+00', '2011-11-06 02:31:00+00'])[1 + i % 16]
                     + (i / 16 % 5 - 2) * interval '30 minutes' + i / 80 * interval '24 hours' AS moment) AS m;
INSERT INTO shop.visits
SELECT i, 1 + i * 3 % 60, (ARRAY[timestamp '2024-03-31 02:30', '2024-10-27 02:30', '2025-03-09 02:30', '2025-11-02 01:30', '2025-07-01 00:00', '2025-06-30 23:59:59.999999', '2011-03-13 00:01', '2011-11-05 23:30'])[1 + i % 8],
       make_interval(mins => i) FROM generate_series(1, 200) AS i;

-- The document of a model in one zone, with its own table and view. What is written in it looks different under other settings: dates, numbers, intervals.
CREATE FUNCTION public.document(name text, zone text) RETURNS json LANGUAGE sql AS $body$
    SELECT format($${
        "language": "en", "timezone": "%2$s", "mode": "batch", "refresh_every": "never", "customers": { "table": "shop.customers", "key": "id", "where": "born_on > '1960-03-04'" },
        "into": "shop.%1$s_scores", "view": "shop.%1$s",
        "sources": {
            "days":     { "table": "shop.orders", "customer": "customer_id", "at": "day" },
            "locals":   { "table": "shop.orders", "customer": "customer_id", "at": "local", "where": "local <> '2025-12-31 23:59:59.999999'::timestamp and day < '2026-02-03'" },
            "instants": { "table": "shop.orders", "customer": "customer_id", "at": "instant" },
            "abroad":   { "table": "shop.visits", "customer": "customer_id", "at": "seen_at", "timezone": "America/New_York", "where": "length < '2 hours 30 minutes'" }
        },
        "measures": {
            "first_day": { "take": "first", "from": "days" }, "last_day": { "take": "last", "from": "days" }, "last_local": { "take": "last", "from": "locals" },
            "last_instant": { "take": "last", "from": "instants" }, "last_abroad": { "take": "last", "from": "abroad" }, "latest": { "take": "last", "from": ["days", "locals", "abroad"] },
            "last_moment": { "take": "last", "from": "locals", "of": "local" }, "last_amount": { "take": "last", "from": ["days", "instants"], "of": "amount" },
            "orders": { "take": "count", "from": "locals" }, "spent": { "take": "sum", "from": "days", "of": "amount" }, "weight": { "take": "sum", "from": "instants", "of": "weight / 3" },
            "basket": { "take": "average", "from": "instants", "of": "amount" }, "kinds": { "take": "distinct", "from": "locals", "of": "kind" },
            "heat": { "take": "sum", "from": { "locals": "1.1", "abroad": "0.3" }, "half_life": "400 days 12:30:00" },
            "month": { "take": "count", "from": "locals", "window": "100 years 1 month 12:00" }, "longest": { "take": "maximum", "from": "abroad", "of": "length" },
            "paid": { "take": "sum", "from": "days", "of": "amount", "weights": { "of": "kind", "values": { "a": 0.1, "b": 1e-3 }, "otherwise": 2 } },
            "rate": { "take": "attribute", "of": "rate" }, "born": { "take": "attribute", "of": "born_on" }, "decade": { "take": "attribute", "of": "date_part('decade', born_on)::int" },
            "age": { "compute": "age", "of": "born", "unit": "months" }, "known": { "compute": "age", "of": "last_local", "unit": "days" }, "share": { "compute": "ratio", "of": ["weight", "orders"] }
        },
        "scores": {
            "value": { "kind": "quantile", "of": "spent", "within": "decade" }, "hot": { "kind": "quantile", "of": "heat", "bins": 7 }, "rates": { "kind": "levels", "of": "rate", "above": [0.1, 2.5, 4.285714285714286] },
            "recent": { "kind": "quantile", "of": "last_local", "bins": 9, "only": { "of": "last_local", "at_least": "2024-04-01", "below": "2026-01-31 12:00:00" } },
            "abc": { "kind": "abc", "of": "weight", "strategy": "key_figure_percent", "shares": [0.8, 0.15, 0.05] },
            "rfm": { "kind": "rfm", "recency": "last_instant", "frequency": "orders", "monetary": "basket" }, "gap": { "kind": "delta", "of": "value", "minus": "value" }
        }
    }$$, name, zone)::json
$body$;

-- What a model stores and shows, as texts under the settings of this session: all but the moments of scoring and what is of the day. The
-- decayed figure is compared in the table, to 6 digits.
CREATE FUNCTION public.shown(name text) RETURNS TABLE (customer int, line jsonb) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT id, to_jsonb(v) - ''{scored_at,heat,age,known,first_day_days,last_day_days,last_local_days,last_instant_days,last_abroad_days,latest_days}''::text[] FROM shop.%1$I AS v
                                 UNION ALL SELECT -id, to_jsonb(s) - ''{scored_at,due_at,age,known,heat_log2,heat_log2_neg}''::text[] || jsonb_build_object(''heat'', round(heat_log2::numeric, 6)) FROM shop.%2$I AS s',
                                name, name || '_scores');
END $$;

SET client_min_messages = warning;
SELECT scoring.create_model('india', public.document('india', 'Asia/Kolkata'));
SELECT scoring.create_model('newfoundland', public.document('newfoundland', 'America/St_Johns'));
CREATE TABLE before AS SELECT model, customer, line FROM unnest('{india,newfoundland}'::text[]) AS model, public.shown(model);

-- The two zones do differ: by their days, and by what is before midnight.
SELECT count(*) > 5 AS zones_differ FROM (SELECT id, last_instant, latest FROM shop.india EXCEPT SELECT id, last_instant, latest FROM shop.newfoundland) AS d;

-- Moments by hand, in the zones of the model and of the source.
SELECT model, count(*) AS customers, count(*) FILTER (WHERE (first_day, last_day, last_local, last_instant, last_abroad) IS DISTINCT FROM (by_day.first, by_day.last, by_local.last, by_instant.last, by_visit.last)) AS different
FROM (SELECT 'india' AS model, 'Asia/Kolkata' AS zone, * FROM shop.india_scores UNION ALL SELECT 'newfoundland', 'America/St_Johns', * FROM shop.newfoundland_scores) AS s,
     LATERAL (SELECT min(day::timestamp AT TIME ZONE zone) AS first, max(day::timestamp AT TIME ZONE zone) AS last FROM shop.orders WHERE customer_id = id) AS by_day,
     LATERAL (SELECT max(local AT TIME ZONE zone) AS last FROM shop.orders WHERE customer_id = id AND local <> '2025-12-31 23:59:59.999999' AND day < '2026-02-03') AS by_local,
     LATERAL (SELECT max(instant) AS last FROM shop.orders WHERE customer_id = id) AS by_instant,
     LATERAL (SELECT max(seen_at AT TIME ZONE 'America/New_York') AS last FROM shop.visits WHERE customer_id = id AND length < '2 hours 30 minutes') AS by_visit
GROUP BY model ORDER BY model;
SELECT model, count(*) AS customers, count(*) FILTER (WHERE (days, instants) IS DISTINCT FROM ((stored_day AT TIME ZONE zone)::date, (stored_instant AT TIME ZONE zone)::date)) AS different
FROM (SELECT 'india' AS model, 'Asia/Kolkata' AS zone, v.last_day AS days, s.last_day AS stored_day, v.last_instant AS instants, s.last_instant AS stored_instant FROM shop.india AS v JOIN shop.india_scores AS s USING (id)
      UNION ALL SELECT 'newfoundland', 'America/St_Johns', v.last_day, s.last_day, v.last_instant, s.last_instant FROM shop.newfoundland AS v JOIN shop.newfoundland_scores AS s USING (id)) AS r
GROUP BY model ORDER BY model;

-- Under one setting, both models are made anew under other names, and the first ones are refreshed, shown, explained, previewed and verified.
-- Then the settings are put back, and all that must be as it was before, or as it is now without the setting; now() is the same in both.
CREATE FUNCTION public.told() RETURNS TABLE (line text) LANGUAGE sql AS $$
    SELECT scoring.explain(model, id)::text FROM unnest('{india,newfoundland}'::text[]) AS model, generate_series(5, 60, 5) AS id
$$;
-- The limits of what decays are as of the moment of the preview.
CREATE FUNCTION public.previewed() RETURNS TABLE (zone text, score text, group_value jsonb, level int, label text, lower text, upper text, bounds text, customers bigint, share float8, notice text) LANGUAGE sql AS $$
    SELECT zone, score, group_value, level, label, CASE WHEN score <> 'hot' THEN lower END, CASE WHEN score <> 'hot' THEN upper END, bounds, customers, share, notice
    FROM unnest('{Asia/Kolkata,America/St_Johns}'::text[]) AS zone, scoring.preview(public.document('preview', zone))
$$;
CREATE FUNCTION public.try_setting(setting text, value text) RETURNS TABLE (refreshed bigint, anew bigint, shown bigint, explained bigint, previewed bigint, to_verify bigint) LANGUAGE plpgsql AS $$
DECLARE
    old text := current_setting(setting);
BEGIN
    PERFORM set_config(setting, value, true);
    PERFORM scoring.create_model('india_anew', public.document('india_anew', 'Asia/Kolkata'));
    PERFORM scoring.create_model('newfoundland_anew', public.document('newfoundland_anew', 'America/St_Johns'));
    PERFORM scoring.refresh('india');
    PERFORM scoring.refresh('newfoundland');
    SELECT count(*) INTO to_verify FROM unnest('{india,newfoundland,india_anew,newfoundland_anew}'::text[]) AS model, scoring.verify(model);
    CREATE TEMP TABLE view_then AS SELECT * FROM shop.india UNION ALL SELECT * FROM shop.newfoundland;
    CREATE TEMP TABLE told_then AS SELECT * FROM public.told();
    CREATE TEMP TABLE previewed_then AS SELECT * FROM public.previewed();
    PERFORM set_config(setting, old, true);
    WITH is_now AS (SELECT model, s.* FROM unnest('{india,newfoundland}'::text[]) AS model, public.shown(model) AS s)
    SELECT count(*) INTO refreshed FROM ((TABLE is_now EXCEPT ALL TABLE public.before) UNION ALL (TABLE public.before EXCEPT ALL TABLE is_now)) AS d;
    WITH is_now AS (SELECT model, s.* FROM unnest('{india,newfoundland}'::text[]) AS model, public.shown(model || '_anew') AS s)
    SELECT count(*) INTO anew FROM ((TABLE is_now EXCEPT ALL TABLE public.before) UNION ALL (TABLE public.before EXCEPT ALL TABLE is_now)) AS d;
    WITH is_now AS (SELECT * FROM shop.india UNION ALL SELECT * FROM shop.newfoundland)
    SELECT count(*) INTO shown FROM ((TABLE is_now EXCEPT ALL TABLE pg_temp.view_then) UNION ALL (TABLE pg_temp.view_then EXCEPT ALL TABLE is_now)) AS d;
    WITH is_now AS (SELECT * FROM public.told())
    SELECT count(*) INTO explained FROM ((TABLE is_now EXCEPT ALL TABLE pg_temp.told_then) UNION ALL (TABLE pg_temp.told_then EXCEPT ALL TABLE is_now)) AS d;
    WITH is_now AS (SELECT * FROM public.previewed())
    SELECT count(*) INTO previewed FROM ((TABLE is_now EXCEPT ALL TABLE pg_temp.previewed_then) UNION ALL (TABLE pg_temp.previewed_then EXCEPT ALL TABLE is_now)) AS d;
    DROP TABLE pg_temp.view_then, pg_temp.told_then, pg_temp.previewed_then;
    PERFORM scoring.drop_model('india_anew');
    PERFORM scoring.drop_model('newfoundland_anew');
    RETURN NEXT;
END $$;
SELECT count(*) > 0 AS told FROM public.told();
SELECT setting, value, tried.*
FROM (VALUES ('TimeZone', 'Pacific/Kiritimati'), ('TimeZone', 'America/St_Johns'), ('TimeZone', '<+05>-05'), ('DateStyle', 'German, DMY'), ('DateStyle', 'SQL, MDY'), ('DateStyle', 'Postgres, YMD'),
             ('IntervalStyle', 'iso_8601'), ('IntervalStyle', 'sql_standard'), ('extra_float_digits', '-15'), ('extra_float_digits', '0'), ('search_path', ''), ('search_path', 'shop, pg_temp, public'),
             ('lc_messages', 'C'), ('lc_monetary', 'C'), ('lc_numeric', 'C'), ('lc_time', 'C'), ('array_nulls', 'off'), ('standard_conforming_strings', 'off'), ('backslash_quote', 'off'),
             ('transform_null_equals', 'on'), ('xmloption', 'document'), ('bytea_output', 'escape'), ('row_security', 'off'), ('check_function_bodies', 'off'), ('quote_all_identifiers', 'on'),
             ('plan_cache_mode', 'force_generic_plan'), ('enable_hashagg', 'off'), ('enable_sort', 'off'), ('work_mem', '64'), ('jit_above_cost', '0'), ('default_transaction_isolation', 'serializable'),
             ('default_table_access_method', 'heap'), ('default_transaction_deferrable', 'on'), ('timezone_abbreviations', 'India')) AS s (setting, value),
     LATERAL public.try_setting(setting, value) AS tried;

-- All at once, in a session of its own; and the shadow of a function before pg_catalog.
\c
SET client_min_messages = warning;
CREATE SCHEMA shadow;
CREATE FUNCTION shadow.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz '1999-01-01 00:00:00+00' $$;
CREATE FUNCTION shadow.date_part(text, date) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT -1::float8 $$;
CREATE TABLE shadow.customers (id int PRIMARY KEY);
SET TimeZone = 'Asia/Kathmandu';
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'postgres_verbose';
SET extra_float_digits = -10;
SET search_path = shadow, pg_catalog;
SELECT pg_catalog.count(*) > 0 AS refreshed FROM scoring.refresh('india');
SELECT scoring.create_model('india_anew', public.document('india_anew', 'Asia/Kolkata'));
SELECT pg_catalog.count(*) AS to_verify FROM scoring.verify('india');
\c
SELECT count(*) AS different FROM (SELECT 'india' AS model, * FROM public.shown('india') EXCEPT TABLE before) AS d;
SELECT count(*) AS different FROM (SELECT 'india' AS model, * FROM public.shown('india_anew') EXCEPT TABLE before) AS d;
SELECT scoring.drop_model('india_anew');

-- A model that says no zone keeps that of the session that made it; the document stays as it was written, and replace_model does not change the zone.
SET client_min_messages = warning;
SET TimeZone = 'Asia/Kolkata';
SELECT scoring.create_model('of_session', (public.document('of_session', 'UTC')::jsonb - 'timezone')::json);
SET TimeZone = 'America/St_Johns';
SELECT count(*) AS different FROM (SELECT id, last_local, last_day, latest, value, hot, recent, rfm FROM shop.of_session EXCEPT SELECT id, last_local, last_day, latest, value, hot, recent, rfm FROM shop.india) AS d;
SELECT count(*) > 0 AS refreshed FROM scoring.refresh('of_session');
SELECT scoring.replace_model('of_session', (public.document('of_session', 'UTC')::jsonb - 'timezone' || '{"description": "the zone stays"}')::json);
SELECT count(*) AS different FROM (SELECT id, last_local, last_day, latest, value, hot, recent, rfm FROM shop.of_session EXCEPT SELECT id, last_local, last_day, latest, value, hot, recent, rfm FROM shop.india) AS d;
SELECT scoring.replace_model('of_session', public.document('of_session', 'America/St_Johns'));
SELECT count(*) AS different FROM (SELECT id, last_local, last_day, latest, value, hot, recent, rfm FROM shop.of_session EXCEPT SELECT id, last_local, last_day, latest, value, hot, recent, rfm FROM shop.newfoundland) AS d;
SELECT * FROM scoring.verify('of_session');

-- No setting of the session is changed by any of it.
SELECT current_setting('TimeZone') AS zone, current_setting('search_path') AS path, current_setting('DateStyle') AS style;

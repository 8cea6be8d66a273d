-- Models put together by arithmetic, of all takes and kinds: verify finds nothing after each is created, refreshed or repaired.

CREATE SCHEMA r;
CREATE TABLE r.customers (id int PRIMARY KEY, country text, born date, here boolean NOT NULL);
CREATE TABLE r.orders (id int PRIMARY KEY, customer int, at timestamptz, status text, amount numeric, q int);
CREATE TABLE r.lines (order_id int, day date, status text, amount float8, q smallint);
INSERT INTO r.customers SELECT g, ('{FR,BE,NULL,"D \"x\""}'::text[])[1 + g % 4], date '1950-01-31' + g * 313 % 20000, g % 29 > 0 FROM generate_series(1, 120) AS g;
-- Some rows are no events, some are of the future, many have no value or a strange one.
INSERT INTO r.orders
SELECT g, nullif(1 + (g * 7919 % 1009) * (g * 31 % 97) / 97 % 130, 7),
       CASE g % 53 WHEN 0 THEN NULL WHEN 1 THEN timestamptz 'infinity' WHEN 2 THEN now() + interval '3 days' WHEN 3 THEN '290000-01-01' ELSE now() - g * 7919 % 1009 * interval '17 hours' END,
       ('{paid,shipped,NULL,open}'::text[])[1 + g % 4],
       CASE g % 31 WHEN 0 THEN NULL WHEN 1 THEN 'NaN'::numeric WHEN 2 THEN -50.123456789 WHEN 3 THEN 1e30 ELSE round((g * 7919 % 1009)::numeric / 7, g % 4) END, nullif(g * 31 % 100 - 30, 5)
FROM generate_series(1, 1500) AS g;
INSERT INTO r.lines
SELECT g % 1600, current_date - g * 31 % 700, ('{paid,open}'::text[])[1 + g % 2], CASE g % 41 WHEN 0 THEN NULL WHEN 1 THEN 'Infinity'::float8 WHEN 2 THEN '-Infinity' ELSE g * 7919 % 1009 / 8.0 END, g % 9 - 4
FROM generate_series(1, 2000) AS g;
ANALYZE r.customers, r.orders, r.lines;

-- Picks one of some texts.
CREATE FUNCTION pg_temp.pick(n int, choices text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
'SELECT choices[1 + n * 7919 % 10007 * 31 % 1009 % cardinality(choices)]';
-- Makes a measure whose values are numbers.
CREATE FUNCTION pg_temp.measure(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT format('{"take": %s, "from": "%s"%s%s}',
              pg_temp.pick(n, '{"\"count\"","\"sum\", \"of\": \"amount\"","\"average\", \"of\": \"amount\"","\"average\", \"of\": \"q\"","\"minimum\", \"of\": \"amount\"",
                                "\"distinct\", \"of\": \"status\"","\"last\", \"of\": \"q\", \"empty\": 0","\"first\", \"of\": \"amount\"","\"sum\", \"of\": \"q\", \"empty\": null",
                                "\"count\", \"half_life\": \"3 days\"","\"sum\", \"of\": \"q\", \"half_life\": \"90 days\"",
                                "\"maximum\", \"of\": \"q\", \"weights\": {\"of\": \"status\", \"values\": {\"paid\": 0.92, \"open\": -1}, \"otherwise\": null}"}'),
              pg_temp.pick(n + 1, '{orders,days,lines}'),
              pg_temp.pick(n + 2, '{"","",", \"window\": \"3 months\"",", \"window\": \"1 year\", \"lag\": \"36 hours\"",", \"lag\": \"1 month 10 days\""}'),
              pg_temp.pick(n + 3, '{"","",", \"where\": \"q > 0\"",", \"where\": \"status = ''paid''\""}'))
$$;
-- Makes a score of two of six measures.
CREATE FUNCTION pg_temp.score(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT format('{"kind": %s%s%s}',
              format(pg_temp.pick(n, '{"\"quantile\", \"of\": \"%1$s\"","\"quantile\", \"of\": \"%1$s\", \"bins\": 3, \"order\": \"descending\"","\"quantile\", \"of\": \"%1$s\", \"bins\": 4, \"negatives\": \"apart\"",
                                       "\"quantile\", \"of\": \"%1$s\", \"bins\": 10, \"negatives\": \"exclude\"","\"abc\", \"of\": \"%1$s\", \"shares\": [0.2, 0.6, 0.2]",
                                       "\"abc\", \"of\": \"%1$s\", \"shares\": [0.8, 0.15, 0.05], \"strategy\": \"key_figure_percent\"",
                                       "\"rfm\", \"recency\": \"latest\", \"frequency\": \"%1$s\", \"monetary\": \"%2$s\"","\"rfm\", \"recency\": \"old\", \"frequency\": \"%1$s\", \"monetary\": \"old\", \"bins\": 4"}'),
                     'm' || 1 + n % 6, 'm' || 1 + n / 6 % 6),
              pg_temp.pick(n + 1, '{"",", \"within\": \"country\"",", \"within\": [\"country\", \"years\"]"}'),
              format(pg_temp.pick(n + 2, '{"","",", \"only\": {\"of\": \"%1$s\", \"above\": 0}, \"unscored\": \"?\"",", \"only\": {\"any\": [{\"of\": \"country\", \"not_in\": [\"BE\"]}, {\"of\": \"days\", \"below\": 90}]}",
                                           ", \"only\": {\"all\": [{\"of\": \"%1$s\", \"missing\": false}, {\"of\": \"old\", \"in\": [2, 3]}]}"}'), 'm' || 1 + n / 7 % 6))
$$;
CREATE FUNCTION pg_temp.model(n int) RETURNS json LANGUAGE sql IMMUTABLE AS $$
SELECT format('{"mode": "batch", "timezone": "%s", "customers": {"table": "r.customers", "key": "id", "where": "here"}, "refresh_every": "never",
                "sources": {"orders": {"table": "r.orders", "customer": "customer", "at": "at"},
                            "days": {"table": "r.lines", "joins": {"o": {"table": "r.orders", "on": "order_id", "key": "id"}}, "customer": "o.customer", "at": "day"},
                            "lines": {"table": "r.lines", "joins": {"o": {"table": "r.orders", "on": "order_id", "key": "id"}}, "customer": "o.customer", "at": "o.at", "where": "o.status is not null"}},
                "measures": {"latest": {"take": "last", "from": "orders"}, "days": {"compute": "age", "of": "latest", "unit": "days"},
                             "born": {"take": "attribute", "of": "born"}, "years": {"take": "attribute", "of": "extract(year from born)::int / 20"},
                             "age": {"compute": "age", "of": "born", "unit": "years"}, "country": {"take": "attribute", "of": "country"}, %s},
                "scores": {"old": {"kind": "levels", "of": "age", "at_least": [30, 50, 70]}, %s}}',
              pg_temp.pick(n, '{Europe/Paris,America/New_York,Asia/Kolkata}'),
              (SELECT string_agg(format('"m%s": %s', i, pg_temp.measure(n * 101 + i * 17)), ', ') FROM generate_series(1, 6) AS i),
              (SELECT string_agg(format('"s%s": %s', i, pg_temp.score(n * 103 + i * 13)), ', ') FROM generate_series(1, 5) AS i))::json
$$;
-- Makes a model, changes what it reads, makes that true again, and counts what verify finds each time.
CREATE FUNCTION pg_temp.try(n int, OUT created bigint, OUT refreshed bigint, OUT changed bigint, OUT repaired bigint, OUT levels bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scoring.create_model('r', pg_temp.model(n));
    SELECT count(*) INTO created FROM scoring.verify('r');
    PERFORM scoring.refresh('r');
    SELECT count(*) INTO refreshed FROM scoring.verify('r');
    UPDATE r.orders SET customer = customer + 1, amount = -amount WHERE id % 11 = n % 11;
    UPDATE r.customers SET country = 'IT', here = NOT here WHERE id % 13 = n % 13;
    SELECT count(*) INTO changed FROM scoring.verify('r');
    PERFORM scoring.repair('r');
    SELECT count(*) INTO repaired FROM scoring.verify('r');
    SELECT count(*) INTO levels FROM scoring.levels('r');
    PERFORM scoring.drop_model('r');
END $$;

SET client_min_messages = warning;
SELECT count(*) AS models, count(DISTINCT pg_temp.model(n)::text) AS different, sum(created) AS created, sum(refreshed) AS refreshed,
       count(*) FILTER (WHERE changed > 0) AS changed, sum(repaired) AS repaired, count(*) FILTER (WHERE levels > 9) AS with_levels
FROM generate_series(1, 30) AS n, pg_temp.try(n);
DROP SCHEMA r CASCADE;

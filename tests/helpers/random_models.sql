-- Random models of any families, over random customers and events: SELECT random_models.begin(seed) begins a series that is always the same.
CREATE SCHEMA random_models;
CREATE TABLE random_models.state (seed text, rolls bigint);
INSERT INTO random_models.state VALUES ('', 0);
CREATE TABLE random_models.customers (id int PRIMARY KEY, country text, kind varchar(8), age int, wealth numeric, born date, email text, vip boolean);
CREATE TABLE random_models.events (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int NOT NULL, at timestamptz NOT NULL, amount numeric, warmth float8, theme text);
CREATE INDEX ON random_models.events (customer_id);

CREATE FUNCTION random_models.begin(seed text) RETURNS void LANGUAGE sql AS 'UPDATE random_models.state SET seed = $1, rolls = 0';
-- Gives a whole number from 0 to below `sides`.
CREATE FUNCTION random_models.roll(sides int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
    UPDATE random_models.state SET rolls = rolls + 1 RETURNING md5(seed || rolls) INTO found;
    RETURN ('x' || lpad(left(found, 7), 8, '0'))::bit(32)::int % sides;
END
$$;
CREATE FUNCTION random_models.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql AS 'SELECT choices[1 + random_models.roll(cardinality(choices))]';
-- Gives the key with the value, or nothing.
CREATE FUNCTION random_models.maybe(key text) RETURNS text LANGUAGE sql AS $$ SELECT CASE random_models.roll(2) WHEN 0 THEN ', ' || key ELSE '' END $$;

-- Makes a measure that is taken of events and is a number.
CREATE FUNCTION random_models.number_taken() RETURNS text LANGUAGE sql AS $$
SELECT format('{"take": %s, "from": "events"%s%s%s}',
    random_models.one_of('"count"', '"sum", "of": "amount"', '"average", "of": "amount"', '"maximum", "of": "amount"', '"minimum", "of": "warmth"', '"distinct", "of": "theme"', '"last", "of": "amount"', '"sum", "of": "amount - 20"'),
    random_models.maybe(random_models.one_of('"window": "20 days"', '"window": "2 months", "lag": "3 days"', '"lag": "36 hours"')),
    random_models.maybe($q$"where": "theme <> 'cars'"$q$),
    random_models.maybe('"empty": null'))
$$;
-- Makes one of the customer's own row, or of events, of any kind.
CREATE FUNCTION random_models.any_taken() RETURNS text LANGUAGE sql AS $$
SELECT random_models.one_of(random_models.number_taken(), '{"take": "attribute", "of": "age"}', '{"take": "attribute", "of": "wealth / 3"}', '{"take": "sum", "from": "events", "of": "warmth", "half_life": "5 days"}')
$$;
-- Names a measure that is a number, or gives one of the score's own.
CREATE FUNCTION random_models.number() RETURNS text LANGUAGE sql AS $$
SELECT random_models.one_of('"orders"', '"amount"', '"basket"', '"age"', '"lately"', '"days"', '"theme_strength"', random_models.number_taken(), random_models.any_taken())
$$;
CREATE FUNCTION random_models.condition(depth int) RETURNS text LANGUAGE sql AS $$
SELECT CASE WHEN depth > 0 AND random_models.roll(4) = 0
    THEN format('{"%s": [%s, %s]}', random_models.one_of('all', 'any'), random_models.condition(depth - 1), random_models.condition(depth - 1))
    ELSE random_models.one_of(
        format('{"of": %s, "%s": %s}', random_models.number(), random_models.one_of('at_least', 'above', 'at_most', 'below'), random_models.roll(60) - 5),
        format('{"of": %s, "between": [%s, 40]}', random_models.number(), random_models.roll(40)),
        format('{"of": %s, "missing": %s}', random_models.one_of('"country"', '"basket"', '"email"', '"last"'), random_models.one_of('true', 'false')),
        format('{"of": "country", "%s": ["FR", "%s"]}', random_models.one_of('in', 'not_in'), random_models.one_of('BE', 'XX')),
        format('{"of": {"take": "attribute", "of": "vip"}, "equals": %s}', random_models.one_of('true', 'false')),
        format('{"of": "kind", "equals": "%s"}', random_models.one_of('won', 'lost', 'open')),
        format('{"of": "theme", "equals": "%s"}', random_models.one_of('cars', 'bikes')),
        format('{"of": "last", "at_least": "%s-01-01"}', random_models.one_of('2020', '2026')))
    END
$$;
-- Gives ascending limits, as many as asked for.
CREATE FUNCTION random_models.limits(count int, start numeric, step numeric) RETURNS text LANGUAGE sql AS $$
SELECT format('"%s": [%s]', random_models.one_of('at_least', 'above'), string_agg((start + step * n)::text, ', ' ORDER BY n)) FROM generate_series(1, count) AS n
$$;
CREATE FUNCTION random_models.rule() RETURNS text LANGUAGE sql AS $$
SELECT CASE random_models.roll(3)
    WHEN 0 THEN format('{"of": %s, "each": %s%s%s}', random_models.one_of('"orders"', '"amount"', '"age"', '"days"', '"lately"', random_models.number_taken()), random_models.roll(2000) / 100.0 - 8, random_models.maybe('"cap": 25.5'), random_models.maybe('"group": "g1"'))
    ELSE regexp_replace(random_models.condition(1), '}$', format(', "points": %s%s%s}', random_models.roll(600) / 10.0 - 20, random_models.maybe('"group": "g2"'), random_models.maybe('"description": "A rule"'))) END
$$;
-- Makes a score of a kind; `levelled` are the scores so far that have three levels.
CREATE FUNCTION random_models.score(kind text, levelled text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    body text;
    levels text := random_models.limits(2, 0, 10) || random_models.maybe('"labels": ["a", "b", "c"]');
    shares text := random_models.limits(2, 0, 0.3);
BEGIN
    body := CASE kind
    WHEN 'quantile' THEN format('"of": "%s", "bins": 3%s%s', random_models.one_of('orders', 'amount', 'basket', 'warm', 'days', 'last'), random_models.maybe('"within": "country"'), random_models.maybe('"order": "descending"'))
    WHEN 'levels' THEN format('"of": "%s", %s', random_models.one_of('orders', 'amount', 'warm', 'age', 'theme_strength'), levels)
    WHEN 'rfm' THEN '"recency": "last", "frequency": "orders", "monetary": "basket"'
    WHEN 'abc' THEN '"of": "amount"' || random_models.maybe('"within": "kind"')
    WHEN 'delta' THEN format('"of": "%s", "minus": "%s"', levelled[1 + random_models.roll(cardinality(levelled))], levelled[1 + random_models.roll(cardinality(levelled))])
    WHEN 'matrix' THEN format('"rows": "%s", "columns": "%s", "labels": [["c", "b", "b"], ["c", "b", "a"], ["b", "a", "a"]]', levelled[1 + random_models.roll(cardinality(levelled))], levelled[1 + random_models.roll(cardinality(levelled))])
    WHEN 'points' THEN format('"rules": [%s, %s, %s, %s], "groups": {"g1": {"maximum": 30}, "g2": {"minimum": -10, "maximum": 40.25}}, %s', random_models.rule(), random_models.rule(), random_models.rule(), random_models.rule(), levels) || random_models.maybe('"minimum": 0')
    WHEN 'naive_bayes' THEN '"won": {"of": "kind", "equals": "won"}, "lost": {"of": "kind", "equals": "lost"}, "of": ["country", "last_theme"], ' || shares || random_models.maybe('"within": "vip"') || random_models.maybe('"smoothing": 0.1')
    WHEN 'completeness' THEN format($q$"parts": [{"of": "email", "weight": 2, "matches": "@"}, {"of": "born", "fresh": "%s days"}, {"of": "country"}, %s], %s$q$, 5000 + random_models.roll(15000), random_models.condition(1), random_models.limits(2, 0, 30))
    WHEN 'change' THEN format('"of": "%s", "against": "%s", "as": "%s", %s', random_models.one_of('orders', 'amount', 'lately', 'basket'), random_models.one_of('5 days', '1 month'), random_models.one_of('difference', 'ratio'), random_models.limits(2, -1, 1))
    WHEN 'weighted' THEN CASE random_models.roll(2)
        WHEN 0 THEN format('"of": {"orders": 2, "%s": 1.5}, "scale": "%s", %s', random_models.one_of('amount', 'basket', 'age', 'days'), random_models.one_of('percentile', 'range'), shares)
        ELSE format('"of": {%s"first_score": 2}, "scale": "level", %s', coalesce('"' || nullif(levelled[cardinality(levelled)], 'first_score') || '": 1, ', ''), random_models.limits(2, 0, 1)) || random_models.maybe('"missing": 0') END
    WHEN 'scorecard' THEN format('"characteristics": [{"of": "age", "missing": {"points": -3, "reason": "age unknown"}, "bins": [{"below": 25, "points": %s}, {"at_least": 25, "below": 60, "points": 10.5}, {"at_least": 60, "points": 4}]}, {"of": "country", "missing": {"points": 0}, "otherwise": {"points": 1}, "bins": [{"in": ["FR"], "points": 7}]}, {"of": %s, "reason": "own", "missing": {"points": 2}, "bins": [{"below": 2, "points": -5.25}, {"at_least": 2, "points": 6}]}], %s', random_models.roll(20) - 10, random_models.number_taken(), random_models.limits(2, 0, 8)) || random_models.maybe('"points0": 600, "odds0": 0.05, "pdo": 20')
    WHEN 'logistic' THEN format('"intercept": %s, "coefficients": {"orders": 0.1, "age": -0.02, "country": {"FR": 0.5, "BE": 0}}, "missing": {"age": 0.3, "country": 0}, %s', random_models.roll(40) / 10.0 - 2, shares)
    END;
    RETURN format('{"kind": "%s", %s%s}', kind, body,
        CASE WHEN random_models.roll(4) = 0 THEN ', "only": ' || random_models.condition(1) ELSE '' END);
END
$$;
-- Makes a model with five scores, of which the first has three levels.
CREATE FUNCTION random_models.model() RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    scores text := '"first_score": ' || random_models.score(random_models.one_of('quantile', 'levels'), '{}');
    levelled text[] := '{first_score}';
    kind text;
BEGIN
    FOR number IN 2..5 LOOP
        kind := random_models.one_of('quantile', 'levels', 'rfm', 'abc', 'delta', 'points', 'points', 'naive_bayes', 'completeness', 'change', 'weighted', 'matrix', 'scorecard', 'logistic');
        scores := scores || format(', "s%s": %s', number, random_models.score(kind, levelled));
        IF kind NOT IN ('rfm', 'delta', 'matrix') THEN
            levelled := levelled || ('s' || number);
        END IF;
    END LOOP;
    RETURN format($json$ {
        "timezone": "%s", "mode": "%s", "language": "%s", "into": "random_models.scores", "view": "random_models.scored",
        "customers": {"table": "random_models.customers", "key": "id"},
        "sources": {"events": {"table": "random_models.events", "customer": "customer_id", "at": "at"}},
        "measures": {
            "country": {"take": "attribute", "of": "country"}, "kind": {"take": "attribute", "of": "kind"}, "vip": {"take": "attribute", "of": "vip"},
            "age": {"take": "attribute", "of": "age"}, "born": {"take": "attribute", "of": "born"}, "email": {"take": "attribute", "of": "email"},
            "orders": {"take": "count", "from": "events"}, "amount": {"take": "sum", "from": "events", "of": "amount"},
            "basket": {"take": "average", "from": "events", "of": "amount"}, "lately": {"take": "count", "from": "events", "window": "10 days"},
            "warm": {"take": "sum", "from": "events", "of": "warmth", "half_life": "10 days"}, "last": {"take": "last", "from": "events"},
            "days": {"compute": "age", "of": "last", "unit": "days"}, "last_theme": {"take": "last", "from": "events", "of": "theme"},
            "theme": {"take": "count", "from": "events", "by": "theme", "top": 1}
        },
        "scores": {%s} } $json$,
        random_models.one_of('UTC', 'Europe/Paris', 'Asia/Kathmandu'), random_models.one_of('live', 'live', 'live', 'deferred'), random_models.one_of('en', 'fr'), scores);
END
$$;
-- Changes random rows by a random statement.
CREATE FUNCTION random_models.change_rows() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    who int := 1 + random_models.roll(30);
    days numeric := random_models.roll(4000) / 50.0 - 2;
BEGIN
    CASE random_models.roll(8)
    WHEN 0, 1, 2 THEN
        INSERT INTO random_models.events (customer_id, at, amount, warmth, theme)
        SELECT who + n, now() - days * interval '1 day', nullif(random_models.roll(900), 7) / 10.0 - 10, random_models.roll(50) - 10, random_models.one_of('cars', 'bikes', 'boats', NULL)
        FROM generate_series(0, random_models.roll(3)) AS n;
    WHEN 3 THEN
        UPDATE random_models.events SET amount = amount + 1, customer_id = who, theme = random_models.one_of('cars', 'planes') WHERE id % 17 = random_models.roll(17);
    WHEN 4 THEN
        DELETE FROM random_models.events WHERE customer_id = who AND id % 3 = 0;
    WHEN 5 THEN
        UPDATE random_models.customers SET country = random_models.one_of('FR', 'BE', 'DE', NULL), kind = random_models.one_of('won', 'lost', 'open'), age = nullif(random_models.roll(90), 3),
            email = random_models.one_of('a@b', 'bad', '', NULL), vip = nullif(random_models.roll(3), 2)::boolean, born = current_date - 300 * random_models.roll(60) WHERE id = who;
    WHEN 6 THEN
        DELETE FROM random_models.customers WHERE id = who;
    ELSE
        INSERT INTO random_models.customers VALUES (who, random_models.one_of('FR', 'BE', NULL), random_models.one_of('won', 'lost', 'open'), random_models.roll(90), random_models.roll(9000) / 7.0, current_date - 400 * random_models.roll(50), random_models.one_of('x@y', NULL), true)
        ON CONFLICT (id) DO UPDATE SET age = excluded.age, email = excluded.email;
    END CASE;
END
$$;

-- Counts the customers whose explanation of a score does not add up to the score.
SET check_function_bodies = off;
CREATE FUNCTION random_models.do_not_add_up(OUT explained bigint, OUT wrong bigint) LANGUAGE sql AS $$
WITH told AS (
    SELECT s.*, e.key AS score, e.value::jsonb AS e, to_jsonb(s) AS row
    FROM random_models.scores AS s, LATERAL json_each(scoring.explain('random', s.id::text) -> 'scores') AS e
), sums AS (
    SELECT CASE
        WHEN e ? 'rules' AND e ? 'groups' THEN
            (e ->> 'raw')::numeric = (SELECT coalesce(sum((r ->> 'points')::numeric) FILTER (WHERE NOT r ? 'group'), 0) FROM jsonb_array_elements(e -> 'rules') AS r)
                + (SELECT sum((g.value ->> 'points')::numeric) FROM jsonb_each(e -> 'groups') AS g)
            AND NOT EXISTS (SELECT FROM jsonb_each(e -> 'groups') AS g WHERE (g.value ->> 'raw')::numeric
                <> (SELECT coalesce(sum((r ->> 'points')::numeric), 0) FROM jsonb_array_elements(e -> 'rules') AS r WHERE r ->> 'group' = g.key))
            AND (row ->> score)::numeric IN ((e ->> 'raw')::numeric, greatest((e ->> 'raw')::numeric, 0))
        WHEN e ? 'characteristics' AND e ->> 'score' IS NOT NULL THEN
            (e ->> 'raw')::numeric = (e ->> 'base')::numeric + (SELECT sum((c ->> 'points')::numeric) FROM jsonb_array_elements(e -> 'characteristics') AS c)
            AND (row ->> score)::numeric = round((e ->> 'raw')::numeric)
        WHEN e ? 'contributions' AND row ->> score IS NOT NULL THEN
            abs((e ->> 'log_odds')::float8 - (e ->> 'intercept')::float8 - (SELECT sum((c ->> 'contribution')::float8) FROM jsonb_array_elements(e -> 'contributions') AS c)) < 1e-9
            AND abs(1 / (1 + exp(-(e ->> 'log_odds')::float8)) - (row ->> score)::float8) < 1e-9
        WHEN e ? 'factors' AND row ->> score IS NOT NULL THEN
            abs(1 / (1 + exp(-(e ->> 'log_odds')::float8 - (SELECT coalesce(sum((f ->> 'log_odds')::float8), 0) FROM jsonb_array_elements(e -> 'factors') AS f))) - (row ->> score)::float8) < 1e-9
        WHEN e ? 'components' AND row ->> score IS NOT NULL THEN
            abs((SELECT sum((c ->> 'weight')::float8 * (c ->> 'counts_as')::float8) FROM jsonb_array_elements(e -> 'components') AS c) / (e ->> 'weights')::float8 - (row ->> score)::float8) < 1e-9
        WHEN e ? 'parts' AND e ? 'completeness' AND row ->> score IS NOT NULL THEN
            abs((SELECT coalesce(sum((p ->> 'worth')::float8) FILTER (WHERE (p ->> 'holds')::boolean), 0) FROM jsonb_array_elements(e -> 'parts') AS p) - (row ->> score)::float8) < 1e-9
        END AS adds_up
    FROM told
)
SELECT count(adds_up), count(*) FILTER (WHERE NOT adds_up) FROM sums
$$;

-- Makes so many random models one after the other, each among random changes; says what is wrong with any.
CREATE PROCEDURE random_models.try(seed text, models int, statements int) LANGUAGE plpgsql AS $$
DECLARE
    document json;
    found record;
    sums record;
    explained bigint := 0;
BEGIN
    FOR model IN 1..models LOOP
        PERFORM random_models.begin(seed || ' ' || model || ': ');
        TRUNCATE random_models.customers, random_models.events;
        INSERT INTO random_models.customers
        SELECT n, random_models.one_of('FR', 'BE', 'DE', NULL), random_models.one_of('won', 'lost', 'open'), nullif(random_models.roll(90), 3), random_models.roll(9000) / 7.0,
               current_date - 300 * random_models.roll(60), random_models.one_of('a@b', 'bad', '', NULL), nullif(random_models.roll(3), 2)::boolean
        FROM generate_series(1, 25) AS n;
        FOR n IN 1..20 LOOP
            PERFORM random_models.change_rows();
        END LOOP;
        document := random_models.model();
        BEGIN
            PERFORM scoring.preview(document);
            PERFORM scoring.create_model('random', document);
        EXCEPTION WHEN OTHERS THEN
            RAISE INFO 'model % of %: % %: %', model, seed, SQLSTATE, SQLERRM, document -> 'scores';
            CONTINUE;
        END;
        COMMIT;
        FOR statement IN 1..statements LOOP
            PERFORM random_models.change_rows();
            IF random_models.roll(5) = 0 THEN
                ROLLBACK;
                -- What was rolled back would be rolled again for ever.
                PERFORM random_models.begin(seed || ' ' || model || ', ' || statement || ': ');
            END IF;
            COMMIT;
            IF statement % 10 = 0 THEN
                IF statement % 20 = 0 THEN
                    PERFORM scoring.refresh('random');
                    COMMIT;
                END IF;
                FOR found IN SELECT * FROM scoring.verify('random') LIMIT 3 LOOP
                    RAISE INFO 'model % of %, before statement % is caught up: %: %', model, seed, statement, found, document -> 'scores';
                END LOOP;
                FOR round IN 1..20 LOOP
                    SELECT * INTO found FROM scoring.catch_up('random');
                    COMMIT;
                    EXIT WHEN found.remaining = 0;
                END LOOP;
                FOR found IN SELECT * FROM scoring.verify('random') LIMIT 3 LOOP
                    RAISE INFO 'model % of %, statement %: %: %', model, seed, statement, found, document -> 'scores';
                END LOOP;
                SELECT * INTO sums FROM random_models.do_not_add_up();
                explained := explained + sums.explained;
                IF sums.wrong > 0 THEN
                    RAISE INFO 'model % of %, statement %: % explanations do not add up: %', model, seed, statement, sums.wrong, document -> 'scores';
                END IF;
            END IF;
        END LOOP;
        PERFORM scoring.drop_model('random');
        COMMIT;
    END LOOP;
    RAISE INFO 'explanations that were added up: %', CASE WHEN explained > models THEN 'many' ELSE explained::text END;
END
$$;

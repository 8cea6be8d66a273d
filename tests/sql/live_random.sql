-- Live models put together by arithmetic, over a shop whose tables are changed by statements put together by arithmetic: verify finds
-- nothing at every tenth, and nothing once all marks are worked off.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\set ECHO none
\i :tests/helpers/shop.sql
\set ECHO all
CREATE INDEX ON shop.orders (customer_id);
CREATE INDEX ON shop.order_lines (order_id);
CREATE INDEX ON shop.refunds (order_id);
CREATE INDEX ON shop.email_events (lower(address));

-- Picks one of some texts.
CREATE FUNCTION pg_temp.pick(n int, choices text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
'SELECT choices[1 + n * 7919 % 10007 * 31 % 1009 % cardinality(choices)]';
-- Makes a measure whose values are numbers.
CREATE FUNCTION pg_temp.measure(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT format('{"take": %s%s%s}',
              pg_temp.pick(n, '{"\"count\", \"from\": \"orders\"","\"sum\", \"from\": \"orders\", \"of\": \"amount\"","\"average\", \"from\": \"orders\", \"of\": \"amount - cost\"",
                                "\"maximum\", \"from\": \"orders\", \"of\": \"amount\"","\"last\", \"from\": \"orders\", \"of\": \"amount\"","\"distinct\", \"from\": \"orders\", \"of\": \"status\"",
                                "\"sum\", \"from\": \"lines\", \"of\": \"quantity * price\"","\"distinct\", \"from\": \"lines\", \"of\": \"product_id\"","\"minimum\", \"from\": \"lines\", \"of\": \"price * 2\"",
                                "\"sum\", \"from\": \"refunds\", \"of\": \"amount\", \"empty\": null","\"count\", \"from\": [\"orders\", \"refunds\", \"sms\"]","\"count\", \"from\": \"mails\", \"where\": \"kind = ''opened''\"",
                                "\"sum\", \"from\": {\"mails\": \"1\", \"sms\": \"-2.5\", \"orders\": \"amount\"}","\"average\", \"from\": \"points\", \"of\": \"points\"","\"first\", \"from\": [\"points\", \"sms\"], \"of\": \"customer_id\"",
                                "\"sum\", \"from\": \"orders\", \"of\": \"amount\", \"weights\": {\"of\": \"currency\", \"values\": {\"EUR\": 1, \"USD\": 0.92}, \"otherwise\": null}"}'),
              pg_temp.pick(n + 2, '{"","","",", \"window\": \"3 months\"",", \"window\": \"1 year\", \"lag\": \"36 hours\"",", \"lag\": \"1 month 10 days\""}'), '')
$$;
-- Makes a measure that decays.
CREATE FUNCTION pg_temp.warmth(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT format('{"take": %s, "half_life": "%s"}',
              pg_temp.pick(n, '{"\"count\", \"from\": \"orders\"","\"sum\", \"from\": \"orders\", \"of\": \"amount - 30\"","\"sum\", \"from\": {\"mails\": \"1\", \"sms\": \"3\"}","\"count\", \"from\": [\"lines\", \"refunds\"]"}'),
              pg_temp.pick(n + 1, '{1 hour,3 days,90 days}'))
$$;
-- Makes a score of two of six measures.
CREATE FUNCTION pg_temp.score(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT format('{"kind": %s%s%s}',
              format(pg_temp.pick(n, '{"\"quantile\", \"of\": \"%1$s\"","\"quantile\", \"of\": \"%1$s\", \"bins\": 3, \"order\": \"descending\"","\"quantile\", \"of\": \"%1$s\", \"bins\": 4, \"negatives\": \"apart\"",
                                       "\"abc\", \"of\": \"%1$s\", \"shares\": [0.2, 0.6, 0.2]","\"abc\", \"of\": \"%1$s\", \"shares\": [0.8, 0.15, 0.05], \"strategy\": \"key_figure_percent\"",
                                       "\"rfm\", \"recency\": \"latest\", \"frequency\": \"%1$s\", \"monetary\": \"%2$s\"","\"rfm\", \"recency\": \"old\", \"frequency\": \"%1$s\", \"monetary\": \"old\", \"bins\": 4"}'),
                     'm' || 1 + n % 6, 'm' || 1 + n / 6 % 6),
              pg_temp.pick(n + 1, '{"",", \"within\": \"country\""}'),
              format(pg_temp.pick(n + 2, '{"","",", \"only\": {\"of\": \"%1$s\", \"above\": 0}, \"unscored\": \"?\"",", \"only\": {\"any\": [{\"of\": \"country\", \"not_in\": [\"BE\"]}, {\"of\": \"days\", \"below\": 90}]}"}'), 'm' || 1 + n / 7 % 6))
$$;
CREATE FUNCTION pg_temp.model(n int) RETURNS json LANGUAGE sql IMMUTABLE AS $$
SELECT format('{"timezone": "%s", "customers": {"table": "shop.customers", "key": "customer_id", "where": "not anonymised"}, "refresh_every": "never", "into": "shop.scores_%4$s", "view": "shop.scored_%4$s",
                "sources": {"orders": {"table": "shop.orders", "customer": "customer_id", "at": "ordered_at", "where": "status <> ''cancelled''"},
                            "lines": {"table": "shop.order_lines", "joins": {"o": {"table": "shop.orders", "on": "order_id", "key": "order_id"}, "s": {"table": "shop.stores", "on": "o.store_id", "key": "store_id"}},
                                      "customer": "o.customer_id", "at": "o.ordered_at", "where": "quantity > 0 and s.kind <> ''test''"},
                            "refunds": {"table": "shop.refunds", "joins": {"o": {"table": "shop.orders", "on": "order_id", "key": "order_id"}}, "customer": "o.customer_id", "at": "created_on"},
                            "mails": {"table": "shop.email_events", "joins": {"c": {"table": "shop.customers", "on": "lower(address)", "key": "lower(email)"}}, "customer": "c.customer_id", "at": "happened_at"},
                            "sms": {"table": "shop.sms", "customer": "customer_id", "at": "sent_at", "timezone": "America/New_York"},
                            "points": {"table": "shop.points", "customer": "customer_id", "at": "granted_on"},
                            "wishes": {"table": "shop.wishes", "customer": "customer_id"}},
                "measures": {"latest": {"take": "last", "from": "orders"}, "days": {"compute": "age", "of": "latest", "unit": "days"}, "wishes": {"take": "count", "from": "wishes"},
                             "born": {"take": "attribute", "of": "born"}, "age": {"compute": "age", "of": "born", "unit": "years"}, "country": {"take": "attribute", "of": "country"}, "m6": %5$s, %2$s},
                "scores": {"old": {"kind": "levels", "of": "age", "at_least": [30, 50, 70]}, %3$s}}',
              pg_temp.pick(n, '{Europe/Paris,America/New_York,Asia/Kolkata}'),
              (SELECT string_agg(format('"m%s": %s', i, pg_temp.measure(n * 101 + i * 17)), ', ') FROM generate_series(1, 5) AS i),
              (SELECT string_agg(format('"s%s": %s', i, pg_temp.score(n * 103 + i * 13)), ', ') FROM generate_series(1, 4) AS i), n, pg_temp.warmth(n * 107))::json
$$;

-- Makes a statement: i is another number for each, so are those that it hangs on.
CREATE FUNCTION pg_temp.statement(n int) RETURNS text LANGUAGE sql AS $$
SELECT format(texts[1 + n * 37 % cardinality(texts)], n, 1 + n * 7919 % 400, n * 31 % 97, n * 13 % 211, 10000 + n * 10, 100 + n * 17 % 300)
FROM (SELECT ARRAY[
    $t$INSERT INTO shop.orders VALUES (%5$s, %2$s, 1 + %1$s %% 3, now() - %3$s * interval '1 day', '2025-01-01', 'paid', 'EUR', %4$s, %3$s)$t$,
    $t$INSERT INTO shop.orders SELECT %5$s + g, %2$s + g %% 2, 1, now() - (%3$s + g) * interval '3 days', '2025-01-01', 'shipped', (ARRAY['EUR', 'USD', NULL])[g], %4$s - 50 * g, NULL FROM generate_series(1, 3) AS g$t$,
    $t$INSERT INTO shop.orders SELECT order_id + 100000 + %5$s, %2$s, store_id, ordered_at, created_on, status, currency, amount + 1, cost FROM shop.orders WHERE customer_id = %6$s$t$,
    $t$INSERT INTO shop.orders VALUES (%5$s, %2$s, 2, now() + interval '30 milliseconds', NULL, 'paid', 'EUR', %4$s, 1), (%5$s + 1, %2$s, 1, now() + interval '40 days', NULL, 'paid', 'EUR', %4$s, 1)$t$,
    $t$UPDATE shop.orders SET amount = amount + %3$s WHERE order_id %% 97 = %3$s$t$,
    $t$UPDATE shop.orders SET amount = -amount, status = 'cancelled' WHERE customer_id = %2$s$t$,
    $t$UPDATE shop.orders SET customer_id = customer_id + 1 WHERE order_id %% 211 = %4$s$t$,
    $t$UPDATE shop.orders SET customer_id = nullif(%2$s, 7), store_id = 3 - store_id WHERE customer_id = %6$s$t$,
    $t$UPDATE shop.orders SET ordered_at = ordered_at + %3$s * interval '5 days' WHERE order_id %% 307 = %4$s$t$,
    $t$UPDATE shop.orders SET order_id = order_id + 1000000 WHERE customer_id = %2$s$t$,
    $t$UPDATE shop.orders SET created_on = created_on + 1, cost = cost WHERE order_id %% 5 = 0$t$,
    $t$DELETE FROM shop.orders WHERE order_id %% 211 = %4$s$t$,
    $t$DELETE FROM shop.orders AS o USING shop.refunds AS r WHERE o.order_id = r.order_id AND o.order_id %% 97 = %3$s$t$,
    $t$INSERT INTO shop.order_lines SELECT order_id, %3$s, 2, %4$s FROM shop.orders WHERE customer_id IN (%2$s, %6$s)$t$,
    $t$INSERT INTO shop.order_lines VALUES (-%5$s, 1, 1, 1)$t$,
    $t$UPDATE shop.order_lines SET quantity = 3 - quantity WHERE product_id = %3$s$t$,
    $t$UPDATE shop.order_lines SET order_id = order_id + 1 WHERE product_id = 1 + %3$s %% 60 AND order_id < 3300$t$,
    $t$DELETE FROM shop.order_lines WHERE order_id %% 97 = %3$s$t$,
    $t$INSERT INTO shop.refunds SELECT order_id, current_date - %3$s, amount / 2 FROM shop.orders WHERE customer_id = %2$s$t$,
    $t$UPDATE shop.refunds SET amount = amount + 1, created_on = created_on + 9 WHERE order_id %% 7 = %1$s %% 7$t$,
    $t$DELETE FROM shop.refunds WHERE order_id %% 97 = %3$s$t$,
    $t$UPDATE shop.stores SET kind = CASE kind WHEN 'test' THEN 'street' ELSE 'test' END WHERE store_id = 2 + %1$s %% 2$t$,
    $t$INSERT INTO shop.email_events SELECT upper(email), 'opened', now() AT TIME ZONE 'Europe/Paris' - %3$s * interval '7 hours' FROM shop.customers WHERE customer_id BETWEEN %6$s AND %6$s + 5$t$,
    $t$INSERT INTO shop.email_events VALUES ('somebody%1$s@example.com', 'opened', '2025-08-08')$t$,
    $t$UPDATE shop.email_events SET kind = 'opened' WHERE lower(address) LIKE 'customer%6$s@%%'$t$,
    $t$UPDATE shop.email_events SET address = 'customer%2$s@example.org' WHERE lower(address) LIKE 'customer%6$s@%%'$t$,
    $t$DELETE FROM shop.email_events WHERE lower(address) LIKE 'customer%6$s@%%' AND kind <> 'sent'$t$,
    $t$UPDATE shop.customers SET email = 'somebody%1$s@example.com' WHERE customer_id = %2$s$t$,
    $t$UPDATE shop.customers SET country = (ARRAY['FR', 'IT', NULL])[1 + %1$s %% 3], born = born - 400 WHERE customer_id %% 97 = %3$s$t$,
    $t$UPDATE shop.customers SET anonymised = NOT anonymised WHERE customer_id %% 97 = %3$s$t$,
    $t$UPDATE shop.customers SET customer_id = customer_id + 1000 WHERE customer_id = %2$s$t$,
    $t$UPDATE shop.customers SET language = 'xx'$t$,
    $t$INSERT INTO shop.customers VALUES (%5$s, 'new%1$s@example.com', 'FR', 'fr', false, '1990-01-01'), (%5$s + 1, NULL, NULL, 'fr', %1$s %% 2 = 0, NULL)$t$,
    $t$WITH c AS (INSERT INTO shop.customers VALUES (%5$s + 2, 'both%1$s@example.com', 'BE', 'nl', false, NULL) RETURNING customer_id), o AS (INSERT INTO shop.orders SELECT %5$s + 2, customer_id, 1, now() - interval '1 day', NULL, 'paid', 'EUR', 77, 7 FROM c RETURNING order_id, customer_id), l AS (INSERT INTO shop.order_lines SELECT order_id, 5, 5, 5 FROM o) INSERT INTO shop.points SELECT customer_id, '2025-05-05', 5 FROM o$t$,
    $t$DELETE FROM shop.customers WHERE customer_id = %2$s$t$,
    $t$INSERT INTO shop.orders VALUES (%4$s, 1 + %2$s, 1, '2025-05-05', NULL, 'paid', 'EUR', 99, 9), (%5$s + 3, %2$s, 1, '2025-05-05', NULL, 'paid', 'EUR', 99, 9) ON CONFLICT (order_id) DO UPDATE SET amount = excluded.amount, customer_id = excluded.customer_id$t$,
    $t$MERGE INTO shop.orders AS o USING (SELECT g FROM generate_series(%4$s, %4$s + 9) AS g) AS n ON o.order_id = n.g * 10 WHEN MATCHED AND n.g %% 3 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET amount = n.g, customer_id = %2$s WHEN NOT MATCHED THEN INSERT (order_id, customer_id, ordered_at, amount, status) VALUES (n.g * 10, %2$s, '2025-04-04', n.g, 'paid')$t$,
    $t$INSERT INTO shop.sms VALUES (%2$s, '2025-03-03 03:03'), (%6$s, now() AT TIME ZONE 'America/New_York' - interval '2 hours')$t$,
    $t$UPDATE shop.sms SET customer_id = %6$s WHERE customer_id = %2$s$t$,
    $t$UPDATE shop.points SET points = points / 2 WHERE customer_id %% 97 = %3$s$t$,
    $t$INSERT INTO shop.points VALUES (%2$s, '2025-03-03', 3.5), (%2$s, '2025-03-04', 'NaN'), (%6$s, NULL, 3)$t$,
    $t$DELETE FROM shop.wishes WHERE customer_id %% 97 = %3$s$t$,
    $t$INSERT INTO shop.wishes SELECT %2$s FROM generate_series(1, 3)$t$
] AS texts) AS t
$$;

CREATE TEMP TABLE found (statements int NOT NULL DEFAULT 0, rolled_back int NOT NULL DEFAULT 0, verified int NOT NULL DEFAULT 0, wrong int NOT NULL DEFAULT 0, some_true int NOT NULL DEFAULT 0, wrong_after int NOT NULL DEFAULT 0, left_marked int NOT NULL DEFAULT 0);
INSERT INTO found DEFAULT VALUES;
-- Works off all marks of a model.
CREATE PROCEDURE pg_temp.catch_up(name text) LANGUAGE plpgsql AS $$
DECLARE
    left_over bigint := 1;
BEGIN
    FOR i IN 1 .. 9 LOOP
        COMMIT;
        SELECT remaining INTO left_over FROM scoring.catch_up(name, 2000);
        COMMIT;
        EXIT WHEN left_over = 0;
    END LOOP;
    UPDATE found SET left_marked = left_marked + left_over;
END $$;
-- Makes some models at once, changes what they read, and counts what verify finds.
CREATE PROCEDURE pg_temp.try(first int, last int, statements int) LANGUAGE plpgsql AS $$
DECLARE
    n int;
    m int;
    pending bigint;
    customers bigint;
BEGIN
    FOR m IN first .. last LOOP
        PERFORM scoring.create_model('m' || m, pg_temp.model(m));
        COMMIT;
    END LOOP;
    FOR n IN first * statements + 1 .. (first + 1) * statements LOOP
        BEGIN
            EXECUTE pg_temp.statement(n);
            IF n % 7 = 0 THEN
                RAISE EXCEPTION 'undone';
            END IF;
        EXCEPTION WHEN raise_exception OR unique_violation OR foreign_key_violation THEN
            UPDATE found SET rolled_back = rolled_back + 1;
        END;
        UPDATE found SET statements = found.statements + 1;
        -- Two of three end their transaction.
        IF n % 3 > 0 THEN
            COMMIT;
        END IF;
        IF n % 10 = 5 THEN
            FOR m IN first .. last LOOP
                CALL pg_temp.catch_up('m' || m);
            END LOOP;
        END IF;
        IF n % 10 = 0 THEN
            COMMIT;
            FOR m IN first .. last LOOP
                UPDATE found SET verified = verified + 1, wrong = wrong + (SELECT count(*) FROM scoring.verify('m' || m));
                EXECUTE format('SELECT count(DISTINCT coalesce(s.customer_id, -1)) FILTER (WHERE k.key_1 IS NOT NULL) + 100000 * count(*) FILTER (WHERE k.key_1 IS NULL AND k.marked_at IS NOT NULL), count(DISTINCT s.customer_id)
                                FROM shop.scores_%1$s AS s FULL JOIN shop.scores_%1$s_marks AS k ON s.customer_id = k.key_1', m) INTO pending, customers;
                UPDATE found SET some_true = some_true + (pending < customers / 2)::int;
                CALL pg_temp.catch_up('m' || m);
                UPDATE found SET wrong_after = wrong_after + (SELECT count(*) FROM scoring.verify('m' || m));
            END LOOP;
        END IF;
        IF n % 30 = 0 THEN
            PERFORM scoring.refresh('m' || first);
        END IF;
    END LOOP;
    FOR m IN first .. last LOOP
        COMMIT;
        PERFORM scoring.drop_model('m' || m);
    END LOOP;
END $$;

SET client_min_messages = warning;
SELECT count(DISTINCT pg_temp.model(n)::text) AS models, (SELECT count(DISTINCT pg_temp.statement(n)) FROM generate_series(1, 1000) AS n) > 900 AS many_statements FROM generate_series(1, 20) AS n;
CALL pg_temp.try(1, 4, 60);
CALL pg_temp.try(5, 8, 60);
SELECT statements, rolled_back, verified, wrong, some_true, wrong_after, left_marked FROM found;
-- Where foreign keys say that no joined row is missing, fewer are marked.
DELETE FROM shop.order_lines WHERE order_id NOT IN (SELECT order_id FROM shop.orders);
DELETE FROM shop.refunds WHERE order_id NOT IN (SELECT order_id FROM shop.orders);
DELETE FROM shop.email_events;
UPDATE shop.orders SET store_id = 1 WHERE store_id NOT IN (1, 2, 3);
ALTER TABLE shop.order_lines ADD FOREIGN KEY (order_id) REFERENCES shop.orders ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE shop.refunds ADD FOREIGN KEY (order_id) REFERENCES shop.orders ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE shop.orders ADD FOREIGN KEY (store_id) REFERENCES shop.stores;
CALL pg_temp.try(9, 12, 60);
CALL pg_temp.try(13, 16, 60);
CALL pg_temp.try(17, 20, 60);
SELECT statements, rolled_back, verified, wrong, some_true, wrong_after, left_marked FROM found;

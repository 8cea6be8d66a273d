-- The family scorecard: points, weights of evidence, reasons, what is missing or in no bin; by hand, live, refreshed and explained.

\pset null NULL
SET client_min_messages = warning;

CREATE SCHEMA bank;
CREATE TABLE bank.clients (id int PRIMARY KEY, age int, home text, income float8, premium boolean, since date);
CREATE TABLE bank.late (client int, at timestamptz);
CREATE INDEX ON bank.late (client);
INSERT INTO bank.clients VALUES (1, 24, 'tenant', 1500, false, '2025-01-01'), (2, 25, 'owner', 3000, true, '2020-01-01'), (3, 39, 'owner', 0, NULL, '2020-01-01'),
                                (4, 40, 'tenant', -999, true, NULL), (5, NULL, 'family', 2000, false, '2010-01-01'), (6, 60, NULL, 'NaN', false, '2010-01-01'),
                                (7, 33, 'castle', 'Infinity', true, '2010-01-01'), (8, 17, 'owner', 100, false, '2010-01-01'), (9, 70, 'owner', 1200, false, '2010-01-01');
INSERT INTO bank.late SELECT client, '2025-06-01' FROM unnest('{1,1,1,2}'::int[]) AS client;

-- Points: intervals with a gap (70 is in none), lists, true and false, values that stand for something else, an own measure that decays.
SELECT scoring.create_model('bank', '{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "bank.clients", "key": "id" },
    "sources": { "late": { "table": "bank.late", "customer": "client", "at": "at" } },
    "measures": { "age": { "take": "attribute", "of": "age" }, "home": { "take": "attribute", "of": "home" }, "income": { "take": "attribute", "of": "income" },
                  "premium": { "take": "attribute", "of": "premium" } },
    "scores": {
        "credit": {
            "kind": "scorecard", "points0": 600, "odds0": 0.05263157894736842, "pdo": 50, "base": 500, "at_least": [560, 600], "labels": ["bad", "fair", "good"], "unscored": "unknown",
            "reasons": { "most": 3 },
            "characteristics": [
                { "of": "age", "bins": [{ "at_least": 18, "below": 25, "points": -10.5, "reason": "young" }, { "at_least": 25, "below": 40, "points": 20 }, { "at_least": 40, "at_most": 65, "points": 35 }],
                  "missing": { "points": 0, "reason": "age unknown" } },
                { "of": "home", "reason": "housing", "bins": [{ "in": ["owner", "family"], "points": 30 }, { "in": ["tenant"], "points": 5.25 }], "otherwise": { "points": -5 } },
                { "of": "income", "reason": "means", "baseline": 40, "bins": [{ "in": [-999], "points": -20, "reason": "refused to say" }, { "below": 1000, "points": 10 }, { "at_least": 1000, "points": 45 }], "missing": { "points": 1 } },
                { "of": { "take": "count", "from": "late" }, "reason": "late", "bins": [{ "below": 1, "points": 25 }, { "at_least": 1, "points": -15 }] },
                { "of": "premium", "bins": [{ "in": [true], "points": 5 }, { "in": [false], "points": 0 }], "missing": { "points": 0 }, "baseline": 0 }
            ]
        },
        "strengths": {
            "kind": "scorecard", "reasons": { "method": "points_above", "most": 1 },
            "characteristics": [
                { "of": "credit", "bins": [{ "below": 560, "points": 1 }, { "at_least": 560, "points": 2, "reason": "credit" }], "missing": { "points": 0 } },
                { "of": "income", "bins": [{ "at_most": 1500, "points": 1 }, { "above": 1500, "points": 2, "reason": "income" }], "missing": { "points": 0 }, "otherwise": "refuse" }
            ]
        },
        "recent": {
            "kind": "scorecard", "characteristics": [{ "of": { "take": "count", "from": "late", "half_life": "30 days" }, "bins": [{ "below": 0.5, "points": 1 }, { "at_least": 0.5, "points": 0 }] }]
        }
    } }');
SELECT id, credit, round(credit_probability::numeric, 6) AS probability, credit_reasons, credit_level AS level, credit_label AS label, strengths, strengths_probability, strengths_reasons
FROM bank.scored_clients ORDER BY id;

-- By hand: the points of each characteristic, their sum, the odds that it stands for, what was lost most.
CREATE TEMP VIEW given AS
SELECT c.id, b.*
FROM bank.clients AS c, LATERAL (SELECT count(*) AS late FROM bank.late WHERE client = c.id) AS l,
     LATERAL (VALUES (1, CASE WHEN age IS NULL THEN 0 WHEN age BETWEEN 18 AND 24 THEN -10.5 WHEN age BETWEEN 25 AND 39 THEN 20 WHEN age BETWEEN 40 AND 65 THEN 35 END, 35,
                      CASE WHEN age IS NULL THEN 'age unknown' WHEN age < 25 THEN 'young' ELSE 'age' END),
                     (2, CASE WHEN home IN ('owner', 'family') THEN 30 WHEN home = 'tenant' THEN 5.25 WHEN home IS NOT NULL THEN -5 END, 30, 'housing'),
                     (3, CASE WHEN income = -999 THEN -20 WHEN income = 'NaN' OR income IS NULL THEN 1 WHEN income < 1000 THEN 10 ELSE 45 END, 40, CASE WHEN income = -999 THEN 'refused to say' ELSE 'means' END),
                     (4, CASE WHEN late >= 1 THEN -15 ELSE 25 END, 25, 'late'),
                     (5, CASE WHEN premium THEN 5 ELSE 0 END, 0, 'premium')) AS b (at, points, baseline, reason);
CREATE TEMP VIEW by_hand AS
SELECT id, round(500 + sum(points))::int AS credit, 1 / (1 + exp(ln(19) + (500 + sum(points) - 600) * ln(2) / 50))::float8 AS probability,
       (array_agg(reason ORDER BY baseline - points DESC, at) FILTER (WHERE baseline > points))[:3] AS reasons
FROM given GROUP BY id HAVING count(*) = count(points);
CREATE FUNCTION pg_temp.differ() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM bank.scored_clients AS s FULL JOIN by_hand AS h USING (id)
    WHERE s.credit IS DISTINCT FROM h.credit OR s.credit_reasons IS DISTINCT FROM coalesce(h.reasons, CASE WHEN h.credit IS NOT NULL THEN '{}'::text[] END)
          OR (abs(s.credit_probability - h.probability) < 1e-12) IS DISTINCT FROM CASE WHEN h.credit IS NOT NULL THEN true END
$$;
SELECT pg_temp.differ() AS differ;
SELECT * FROM scoring.verify('bank');

-- Live: a payment comes late, a client moves, one comes, one leaves.
INSERT INTO bank.late VALUES (9, now() - interval '1 hour'), (4, now() - interval '1 hour');
SELECT pg_temp.differ() AS differ;
SELECT id, recent, recent_reasons, due_at BETWEEN now() + interval '29 days 22 hours 59 minutes' AND now() + interval '29 days 23 hours 1 minute' AS due_when_half
FROM bank.clients_scores WHERE id IN (1, 4) ORDER BY id;
UPDATE bank.clients SET age = 65, home = 'tenant' WHERE id = 9;
UPDATE bank.clients SET age = 66, income = 999.99 WHERE id = 5;
UPDATE bank.clients SET home = 'owner' WHERE id IN (6, 7);
DELETE FROM bank.late WHERE client = 2;
INSERT INTO bank.clients VALUES (10, 18, 'family', 1000, true, NULL), (11, 65, 'tenant', NULL, NULL, NULL);
DELETE FROM bank.clients WHERE id = 8;
SELECT pg_temp.differ() AS differ;
SELECT id, credit, credit_reasons, credit_label, strengths, strengths_reasons FROM bank.scored_clients ORDER BY id;
SELECT * FROM scoring.verify('bank');
SELECT * FROM scoring.refresh('bank');
CALL scoring.work('bank');
SELECT * FROM scoring.verify('bank');

-- A value for which there is nothing, and one that is missing: why there is no score.
SELECT j #>> '{scores,credit,reason}' AS reason, j #>> '{scores,credit,measure}' AS measure, j #>> '{scores,credit,because}' AS because
FROM unnest('{5,6}'::int[]) AS id, LATERAL (SELECT scoring.explain('bank', id) AS j) AS e;
UPDATE bank.clients SET home = NULL WHERE id = 6;
SELECT j #>> '{scores,credit,reason}' AS reason, j #>> '{scores,credit,measure}' AS measure, j #>> '{scores,credit,because}' AS because
FROM scoring.explain('bank', 6) AS j;

-- What came from where: the sums agree for all.
SELECT jsonb_pretty(scoring.explain('bank', 1)::jsonb #> '{scores,credit}') AS credit;
SELECT split_part(scoring.explain('bank', id) ->> 'text', E'\n', 2) AS text FROM unnest('{1,4,10}'::int[]) AS id;
SELECT count(*) AS explained, count(*) FILTER (WHERE (c ->> 'raw')::numeric <> (c ->> 'base')::numeric + given OR (c ->> 'points')::int <> round((c ->> 'raw')::numeric)) AS differ
FROM bank.scored_clients, LATERAL (SELECT scoring.explain('bank', id) #> '{scores,credit}' AS c) AS e,
     LATERAL (SELECT sum((one ->> 'points')::numeric) AS given FROM json_array_elements(c -> 'characteristics') AS one) AS g
WHERE credit IS NOT NULL;

-- Levels, and what a change would give.
SELECT score, level, label, lower, upper, bounds, customers FROM scoring.levels('bank') ORDER BY score, level;
SELECT score, level, label, customers FROM scoring.preview((SELECT definition FROM scoring.model WHERE name = 'bank')) ORDER BY score, level;

-- Weights of evidence: points are those of the log odds that they sum to.
SELECT scoring.create_model('woe', '{
    "language": "fr", "timezone": "UTC", "refresh_every": "never", "customers": { "table": "bank.clients", "key": "id" }, "into": "bank.woe_scores", "view": "bank.woe", "mode": "batch",
    "sources": {},
    "measures": { "born": { "take": "attribute", "of": "date ''2025-06-30'' - age * 366" }, "age": { "take": "attribute", "of": "age" }, "home": { "take": "attribute", "of": "home" } },
    "scores": {
        "credit": {
            "kind": "scorecard", "intercept": -2.5, "only": { "of": "age", "at_least": 18 },
            "characteristics": [
                { "of": "age", "coefficient": 0.9, "description": "Âge", "bins": [{ "below": 30, "woe": 0.75 }, { "at_least": 30, "woe": -0.5 }], "missing": { "woe": 0 } },
                { "of": "home", "bins": [{ "in": ["owner"], "woe": -0.3 }], "otherwise": { "woe": 0.2, "reason": "logement" }, "missing": { "woe": 0.2, "reason": "logement" } }
            ]
        }
    } }');
SELECT id, w.credit, credit_probability, credit_reasons, abs(credit - points) <= 0.5 AS are_points, round((credit_probability - 1 / (1 + exp(-log_odds)))::numeric, 7) AS differ
FROM bank.woe AS w JOIN bank.clients AS c USING (id),
     LATERAL (SELECT -2.5 + 0.9 * CASE WHEN c.age < 30 THEN 0.75 ELSE -0.5 END + CASE WHEN c.home = 'owner' THEN -0.3 ELSE 0.2 END AS log_odds) AS l,
     LATERAL (SELECT scoring.scorecard_points(log_odds) AS points) AS p
ORDER BY id;
SELECT split_part(scoring.explain('woe', 2) ->> 'text', E'\n', 2) AS text;
SELECT scoring.explain('woe', 2) #> '{scores,credit,characteristics}' AS characteristics;
SELECT * FROM scoring.verify('woe');

-- What only the types tell.
SELECT scoring.replace_model('woe', replace(definition::text, '"in": ["owner"]', '"below": 5')::json) FROM scoring.model WHERE name = 'woe';
SELECT scoring.replace_model('woe', replace(definition::text, '{ "of": "age", "coefficient"', '{ "of": "born", "coefficient"')::json) FROM scoring.model WHERE name = 'woe';
SELECT scoring.drop_model('bank');
SELECT scoring.drop_model('woe');

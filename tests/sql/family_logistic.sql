-- The family logistic: what fit_logistic finds is put in as it is, and gives the fitted probabilities; live, refreshed and explained.

\pset null NULL
SET client_min_messages = warning;

CREATE SCHEMA crm;
CREATE TABLE crm.leads (id int PRIMARY KEY, country text, budget float8, is_member boolean, source text, seen_on date);
CREATE TABLE crm.visits (lead int, at timestamptz);
CREATE INDEX ON crm.visits (lead);
INSERT INTO crm.leads
SELECT i, CASE WHEN i % 11 <> 0 THEN (ARRAY['FR', 'BE', 'DE'])[1 + i * 7 % 5 % 3] END, CASE WHEN i % 13 <> 0 THEN i * 37 % 101 / 10.0 END, i % 3 = 0, (ARRAY['web', 'fair'])[1 + i % 2], '2025-01-01'
FROM generate_series(1, 200) AS i;
INSERT INTO crm.visits SELECT i, timestamptz '2025-06-01' + n * interval '1 hour' FROM generate_series(1, 200) AS i, generate_series(1, i * 13 % 7) AS n;
CREATE TABLE crm.past AS
SELECT l.*, count(v.lead) AS visits, l.id * 7919 % 101 < 10 + 9 * count(v.lead) + CASE WHEN country = 'FR' THEN 15 ELSE 0 END + coalesce(budget, 0) AS won
FROM crm.leads AS l LEFT JOIN crm.visits AS v ON v.lead = l.id GROUP BY l.id;

-- The fit, and the model that it makes.
CREATE TEMP TABLE fit AS SELECT scoring.fit_logistic('SELECT won, country, budget, is_member, visits FROM crm.past', 'won') AS fit;
SELECT json_object_keys(fit) AS key FROM fit;
CREATE TEMP TABLE document AS
SELECT jsonb_set('{
    "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.leads", "key": "id" },
    "sources": { "visits": { "table": "crm.visits", "customer": "lead", "at": "at" } },
    "measures": { "country": { "take": "attribute", "of": "country" }, "budget": { "take": "attribute", "of": "budget" }, "is_member": { "take": "attribute", "of": "is_member" },
                  "visits": { "take": "count", "from": "visits" } }, "scores": {} }', '{scores,conversion}', fit::jsonb || '{ "kind": "logistic" }') AS document
FROM fit;
SELECT scoring.create_model('leads', document::json) FROM document;
CREATE FUNCTION pg_temp.differ(fit json) RETURNS TABLE (scored bigint, missing bigint, differ bigint) LANGUAGE sql AS $$
    SELECT count(conversion), count(*) FILTER (WHERE conversion IS NULL),
           count(*) FILTER (WHERE (abs(conversion - 1 / (1 + exp(-z))) < 1e-12) IS DISTINCT FROM CASE WHEN z IS NOT NULL THEN true END)
    FROM crm.scored_leads AS s JOIN crm.leads AS l USING (id),
         LATERAL (SELECT (fit ->> 'intercept')::float8 + coalesce((fit #>> ARRAY['coefficients', 'country', l.country])::float8, CASE WHEN l.country IS NOT NULL THEN 0 END)
                         + (fit #>> '{coefficients,budget}')::float8 * nullif(nullif(l.budget, 'NaN'), 'Infinity') + (fit #>> '{coefficients,is_member}')::float8 * l.is_member::int
                         + (fit #>> '{coefficients,visits}')::float8 * (SELECT count(*) FROM crm.visits WHERE lead = l.id) AS z) AS e
$$;
SELECT d.* FROM fit, LATERAL pg_temp.differ(fit) AS d;
-- Those who were fitted to are won as often as they are expected to be.
SELECT count(*) AS rows, abs(sum(conversion) - sum(won::int)) < 1e-6 AS is_fitted FROM crm.scored_leads JOIN crm.past USING (id) WHERE conversion IS NOT NULL;
SELECT * FROM scoring.verify('leads');

-- Live: visits, a country that the fit has never seen, a value that comes and one that goes.
INSERT INTO crm.visits SELECT 1, now() - interval '1 hour' FROM generate_series(1, 5);
UPDATE crm.leads SET country = 'JP' WHERE id = 2;
UPDATE crm.leads SET budget = NULL WHERE id = 3;
UPDATE crm.leads SET budget = 4 WHERE id = 13;
DELETE FROM crm.visits WHERE lead = 5;
DELETE FROM crm.leads WHERE id = 6;
INSERT INTO crm.leads VALUES (201, 'FR', -5, true, 'web', NULL), (202, 'BE', 'Infinity', true, 'web', NULL), (203, 'BE', 'NaN', true, 'web', NULL);
SELECT d.* FROM fit, LATERAL pg_temp.differ(fit) AS d;
SELECT id, conversion FROM crm.scored_leads WHERE id >= 202 ORDER BY id;
SELECT * FROM scoring.verify('leads');

-- Levels, what a missing value adds, what other values add, an age, classes and levels of other scores; far ends are 0 and 1.
CREATE TEMP TABLE written AS SELECT '{
    "language": "fr", "timezone": "UTC", "refresh_every": "never", "customers": { "table": "crm.leads", "key": "id" },
    "sources": { "visits": { "table": "crm.visits", "customer": "lead", "at": "at" } },
    "measures": { "country": { "take": "attribute", "of": "country" }, "budget": { "take": "attribute", "of": "budget" }, "seen_on": { "take": "attribute", "of": "seen_on" },
                  "days": { "compute": "age", "of": "seen_on", "unit": "days" }, "visits": { "take": "count", "from": "visits", "description": "Visites" } },
    "scores": {
        "value": { "kind": "abc", "of": "budget", "strategy": "key_figure_absolute", "limits": [8, 4] },
        "activity": { "kind": "levels", "of": "visits", "at_least": [1, 3] },
        "conversion": {
            "kind": "logistic", "intercept": -2.1, "coefficients": { "visits": 0.3, "country": { "FR": 0.4, "BE": -0.1 }, "value": { "A": 1, "B": 0.5 }, "activity": 0.25 },
            "missing": { "country": 0.1, "value": -1 }, "otherwise": { "country": -3 }, "at_least": [0.2, 0.5], "labels": ["froid", "tiède", "chaud"], "unscored": "inconnu"
        },
        "certain": { "kind": "logistic", "intercept": 0, "coefficients": { "budget": 1e300 }, "missing": { "budget": -800 }, "above": [0.5] },
        "worn": { "kind": "logistic", "intercept": 0, "coefficients": { "days": -0.001 }, "missing": { "days": 1e-9 } }
    } }'::json AS document;
SELECT scoring.replace_model('leads', document) FROM written;
SELECT count(*) AS leads, count(*) FILTER (WHERE abs(conversion - 1 / (1 + exp(2.1 - z))) < 1e-12) AS same, count(DISTINCT conversion_label) AS labels
FROM crm.scored_leads, LATERAL (SELECT 0.3 * visits + CASE country WHEN 'FR' THEN 0.4 WHEN 'BE' THEN -0.1 ELSE CASE WHEN country IS NULL THEN 0.1 ELSE -3 END END
                                       + CASE value WHEN 'A' THEN 1 WHEN 'B' THEN 0.5 WHEN 'C' THEN 0 ELSE -1 END + 0.25 * activity AS z) AS e;
SELECT id, budget, certain, certain_level FROM crm.scored_leads WHERE id IN (13, 26, 101, 201, 202, 203) ORDER BY id;
SELECT id, worn < 0.5 AS is_less FROM crm.scored_leads WHERE id IN (1, 201) ORDER BY id;
SELECT s.id, s.due_at = (((now() AT TIME ZONE 'UTC')::date + 1)::timestamp AT TIME ZONE 'UTC') AS is_due_tomorrow FROM crm.leads_scores AS s WHERE id IN (1, 201) ORDER BY id;
SELECT * FROM scoring.verify('leads');
SELECT score, level, label, lower, upper, bounds FROM scoring.levels('leads') WHERE score IN ('conversion', 'certain') ORDER BY score, level;

-- Why: in sentences, and the sums.
SELECT split_part(scoring.explain('leads', 1) ->> 'text', E'\n', 4) AS text;
SELECT jsonb_pretty(scoring.explain('leads', 2)::jsonb #> '{scores,conversion}') AS conversion;
SELECT count(*) AS explained, count(*) FILTER (WHERE abs((c ->> 'log_odds')::float8 - (c ->> 'intercept')::float8 - added) > 1e-9 OR abs(ln((c ->> 'odds')::float8) - (c ->> 'log_odds')::float8) > 1e-9) AS differ
FROM crm.scored_leads, LATERAL (SELECT scoring.explain('leads', id) #> '{scores,conversion}' AS c) AS e,
     LATERAL (SELECT sum((one ->> 'contribution')::float8) AS added FROM json_array_elements(c -> 'contributions') AS one) AS a;
SELECT j #>> '{scores,certain,reason}' AS reason, j #>> '{scores,certain,because}' AS because FROM scoring.explain('leads', 202) AS j;

-- Refresh moves nobody but by the cuts of others; nothing of this has any.
SELECT * FROM scoring.refresh('leads');
CALL scoring.work('leads');
SELECT * FROM scoring.verify('leads');

-- What only the types tell.
SELECT scoring.replace_model('leads', (jsonb_set(document::jsonb, '{scores,conversion,coefficients,country}', '0.5') #- '{scores,conversion,otherwise}')::json) FROM written;
SELECT scoring.replace_model('leads', jsonb_set(document::jsonb, '{scores,certain,coefficients}', '{ "budget": { "1": 2 } }')::json) FROM written;
SELECT scoring.replace_model('leads', jsonb_set(document::jsonb, '{scores,certain,coefficients,seen_on}', '1')::json) FROM written;
SELECT scoring.drop_model('leads');

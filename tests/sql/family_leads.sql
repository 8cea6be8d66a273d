-- Points, chances and completeness of leads, and the themes that they look at: kept live, swept after a refresh, verified and
-- explained.

\pset null NULL
SET timezone = 'Europe/Paris';
CREATE SCHEMA sales;
CREATE TABLE sales.leads (id int PRIMARY KEY, country text, source varchar(8), team text, email text, phone text, checked_on date, stage text NOT NULL DEFAULT 'open', age smallint, vip boolean, joined timestamp);
CREATE TABLE sales.visits (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lead_id int NOT NULL REFERENCES sales.leads ON DELETE CASCADE, page text, theme text, seconds numeric, warmth real, visited_at timestamptz NOT NULL);
CREATE INDEX ON sales.visits (lead_id);
INSERT INTO sales.leads
SELECT n, (ARRAY['FR', 'BE', 'DE', NULL])[1 + n % 4], (ARRAY['web', 'fair', 'call'])[1 + n % 3], (ARRAY['north', 'south'])[1 + n % 2],
       CASE WHEN n % 7 = 0 THEN NULL WHEN n % 3 = 0 THEN 'bad' ELSE 'a' || n || '@x.fr' END, CASE WHEN n % 5 = 0 THEN '' ELSE '01' END,
       current_date - 20 * n, (ARRAY['won', 'lost', 'open', 'open', 'won', 'open'])[1 + n % 6], 20 + n, n % 4 = 0, '2020-01-01'::timestamp + n * interval '1 day'
FROM generate_series(1, 24) AS n;
INSERT INTO sales.visits (lead_id, page, theme, seconds, warmth, visited_at)
SELECT 1 + n * 7 % 24, (ARRAY['pricing', 'home', 'blog'])[1 + n % 3], (ARRAY['bikes', 'cars', 'boats', NULL, '"odd, {x}"'])[1 + n * n % 5], n * 1.25, n / 4.0,
       now() - n * interval '5 hours' - interval '1 minute'
FROM generate_series(1, 240) AS n;
-- A measure of a score's own may have any type but those that only the database knows.
SET client_min_messages = warning;
SELECT scoring.create_model('leads', $json$
{
  "timezone": "Europe/Paris",
  "customers": { "table": "sales.leads", "key": "id" },
  "sources": { "visits": { "table": "sales.visits", "customer": "lead_id", "at": "visited_at" } },
  "measures": {
    "country": { "take": "attribute", "of": "country" }, "source": { "take": "attribute", "of": "source" },
    "team": { "take": "attribute", "of": "team" }, "stage": { "take": "attribute", "of": "stage" },
    "email": { "take": "attribute", "of": "email" }, "phone": { "take": "attribute", "of": "phone" },
    "checked": { "take": "attribute", "of": "checked_on" },
    "visits": { "take": "count", "from": "visits" },
    "interest": { "take": "count", "from": "visits", "by": "theme", "top": 1, "half_life": "10 days" },
    "ever": { "take": "count", "from": "visits", "by": "theme", "top": 1 },
    "lately": { "take": "count", "from": "visits", "by": "id % 2", "top": 1, "window": "20 days", "where": "page <> 'blog'" }
  },
  "scores": {
    "lead": {
      "kind": "points", "rules": [
        { "of": "visits", "each": 2.5, "cap": 20, "group": "engagement" },
        { "of": { "take": "count", "from": "visits", "where": "page = 'pricing'", "window": "9 days" }, "each": -0.1 },
        { "of": { "take": "average", "from": "visits", "of": "seconds" }, "above": 100, "points": 7, "group": "engagement" },
        { "of": { "take": "average", "from": "visits", "of": "warmth", "empty": 0 }, "between": [20, 40], "points": 0.25 },
        { "of": { "take": "sum", "from": "visits", "of": "seconds", "half_life": "3 days" }, "above": 100, "points": 3 },
        { "of": { "take": "sum", "from": "visits", "of": "seconds - 100", "half_life": "30 days" }, "below": 0, "points": 1 },
        { "of": { "take": "last", "from": "visits", "of": "page" }, "equals": "home", "points": 1.25 },
        { "of": { "take": "first", "from": "visits" }, "at_least": "2020-01-01", "points": 2 },
        { "of": { "take": "distinct", "from": "visits", "of": "page" }, "at_least": 3, "points": 2 },
        { "of": { "take": "maximum", "from": "visits", "of": "warmth" }, "at_least": 55, "points": -2 },
        { "of": { "take": "minimum", "from": "visits", "of": "seconds" }, "at_most": 10, "points": 4 },
        { "of": { "take": "attribute", "of": "age" }, "each": 0.5, "cap": 15, "group": "fit" },
        { "of": { "take": "attribute", "of": "vip" }, "equals": true, "points": 5, "group": "fit" },
        { "of": { "take": "attribute", "of": "joined" }, "below": "2020-01-08", "points": 6, "group": "fit" },
        { "any": [{ "of": "country", "in": ["FR", "BE"] }, { "of": "source", "equals": "fair" }], "points": 10, "group": "fit", "description": "Home market" },
        { "of": "email", "missing": true, "points": -20 }
      ],
      "groups": { "fit": { "maximum": 28 }, "engagement": { "minimum": 0, "maximum": 25 } },
      "minimum": 5, "maximum": 60, "at_least": [25, 45], "labels": ["cold", "warm", "hot"]
    },
    "chance": {
      "kind": "naive_bayes", "won": { "of": "stage", "equals": "won" }, "lost": { "of": "stage", "equals": "lost" },
      "of": ["country", "source"], "within": "team", "at_least": [0.4, 0.7], "labels": ["low", "fair", "good"],
      "only": { "of": "stage", "equals": "open" }, "unscored": "closed"
    },
    "quality": {
      "kind": "completeness", "parts": [
        { "of": "email", "weight": 3, "matches": "^[^@]+@[^@]+$" }, { "of": "phone" }, { "of": "country", "in": ["FR", "BE", "DE"] },
        { "of": "checked", "fresh": "365 days" }, { "of": { "take": "attribute", "of": "age" }, "between": [18, 40] }
      ], "at_least": [50, 90]
    },
    "appetence": { "kind": "levels", "of": "interest_strength", "at_least": [0.5, 1] },
    "gap": { "kind": "delta", "of": "lead", "minus": "quality" },
    "good_leads": { "kind": "quantile", "of": "visits", "bins": 2, "only": { "all": [{ "of": "quality", "at_least": 50 }, { "of": "lead", "above": 30 }] } }
  }
}
$json$);
RESET client_min_messages;
SELECT id, lead, lead_fit, lead_engagement, lead_level, lead_label, round(chance::numeric, 6) AS chance, chance_level, chance_label, round(quality::numeric, 3) AS quality, quality_label, gap, good_leads FROM sales.scored_leads ORDER BY id;
SELECT id, interest, appetence, ever, ever_strength, lately, lately_strength, jsonb_array_length(own_measures) AS own FROM sales.leads_scores ORDER BY id LIMIT 8;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'sales.leads_scores'::regclass AND attnum > 0 AND (attname LIKE 'lead%' OR attname LIKE '%interest%' OR attname LIKE 'own%') ORDER BY attnum;
SELECT score, group_value, cuts FROM scoring.cuts WHERE score LIKE 'chance%' ORDER BY score, group_value::text;
SELECT score, level, label, lower, upper, bounds, customers FROM scoring.levels('leads') WHERE score IN ('lead', 'chance', 'quality');
SELECT * FROM scoring.verify('leads');

-- The themes by hand.
WITH themes AS (
    SELECT lead_id, theme, count(*) AS strength, sum(power(2, extract(epoch FROM visited_at - now()) / 864000)) AS warmth
    FROM sales.visits WHERE theme IS NOT NULL GROUP BY 1, 2
), best AS (
    SELECT id, (SELECT theme FROM themes WHERE lead_id = id ORDER BY strength DESC, theme LIMIT 1) AS ever,
           (SELECT theme FROM themes WHERE lead_id = id ORDER BY warmth DESC, theme LIMIT 1) AS interest,
           coalesce((SELECT max(strength) FROM themes WHERE lead_id = id), 0) AS strength
    FROM sales.leads
)
SELECT count(*) AS differ FROM best JOIN sales.leads_scores AS s USING (id)
WHERE (best.ever, best.interest, best.strength) IS DISTINCT FROM (s.ever, s.interest, s.ever_strength);

-- Whatever changes, the scores follow in the same transaction.
BEGIN;
INSERT INTO sales.visits (lead_id, page, theme, seconds, warmth, visited_at) VALUES (3, 'pricing', 'bikes', 1000, 60.5, now()), (3, 'home', 'bikes', NULL, NULL, now()), (5, 'blog', 'cars', 2, 'NaN', now());
SELECT id, lead, lead_engagement, interest, lately_strength FROM sales.scored_leads WHERE id IN (3, 5) ORDER BY id;
ROLLBACK;
SELECT id, lead, lead_engagement, interest, lately_strength FROM sales.scored_leads WHERE id IN (3, 5) ORDER BY id;
INSERT INTO sales.visits (lead_id, page, theme, seconds, warmth, visited_at) VALUES (3, 'pricing', 'bikes', 1000, 60.5, now()), (3, 'home', 'bikes', NULL, NULL, now()), (5, 'blog', 'cars', 2, 'NaN', now());
UPDATE sales.visits SET seconds = seconds + 1, theme = 'boats' WHERE lead_id = 6;
DELETE FROM sales.visits WHERE lead_id = 7;
UPDATE sales.leads SET country = 'XX', email = NULL, vip = NULL WHERE id = 8;
UPDATE sales.leads SET stage = 'won', phone = '9' WHERE id IN (2, 15);
INSERT INTO sales.leads (id, country, source, team, email) VALUES (30, 'FR', 'web', 'west', 'new@x.fr'), (31, 'FR', 'web', 'north', 'x@y');
SELECT * FROM scoring.verify('leads');
SELECT done > 0 AS done, remaining FROM scoring.catch_up('leads');
SELECT * FROM scoring.verify('leads');
SELECT id, lead, round(chance::numeric, 6) AS chance, chance_label, round(quality::numeric, 3) AS quality, interest, ever_strength FROM sales.scored_leads WHERE id IN (2, 3, 5, 6, 7, 8, 15, 30, 31) ORDER BY id;

-- New frequencies move others at a refresh alone.
SELECT score, customers, moved, up, down, psi FROM scoring.refresh('leads') ORDER BY 1;
SELECT remaining FROM scoring.catch_up('leads');
SELECT * FROM scoring.verify('leads');
SELECT id, round(chance::numeric, 6) AS chance, chance_label FROM sales.scored_leads WHERE stage = 'open' ORDER BY id;

-- Why.
SELECT regexp_split_to_table(line, '(?<=[.]) (?=[A-Z])') AS why FROM regexp_split_to_table(regexp_replace(scoring.explain('leads', 5) ->> 'text', '\d+ [A-Z][a-z]+ \d{4}', 'some day', 'g'), E'\n') WITH ORDINALITY AS lines (line, number) WHERE number IN (2, 3, 4);
SELECT id, e -> 'reason' AS reason, e -> 'because' AS because FROM generate_series(30, 30) AS id, LATERAL (SELECT scoring.explain('leads', id) #> '{scores,chance}' AS e) AS e;
-- Raw, capped and final points agree.
WITH told AS (
    SELECT s.id, s.lead, scoring.explain('leads', s.id)::jsonb #> '{scores,lead}' AS e FROM sales.leads_scores AS s
), rules AS (
    SELECT id, coalesce(r ->> 'group', '') AS name, sum((r ->> 'points')::numeric) AS points FROM told, jsonb_array_elements(e -> 'rules') AS r GROUP BY 1, 2
)
SELECT count(*) AS customers,
       count(*) FILTER (WHERE EXISTS (SELECT FROM jsonb_each(e -> 'groups') AS g LEFT JOIN rules ON rules.id = told.id AND rules.name = g.key WHERE (g.value ->> 'raw')::numeric <> rules.points)) AS groups_differ,
       count(*) FILTER (WHERE (e ->> 'raw')::numeric <> (SELECT sum((g.value ->> 'points')::numeric) FROM jsonb_each(e -> 'groups') AS g) + (SELECT points FROM rules WHERE rules.id = told.id AND name = '')) AS raw_differs,
       count(*) FILTER (WHERE lead <> least(greatest((e ->> 'raw')::numeric, 5), 60)) AS final_differs
FROM told;

-- Somebody changes a measure that only a score has.
UPDATE sales.leads_scores SET own_measures = jsonb_set(own_measures, '{0}', '77') WHERE id = 3;
SELECT customer, column_name, expected FROM scoring.verify('leads');
UPDATE sales.leads_scores SET own_measures = NULL WHERE id = 4;
SELECT customer, column_name, live FROM scoring.verify('leads') WHERE customer = '4';
SELECT scoring.repair('leads');
SELECT * FROM scoring.verify('leads');

-- What a document may not ask, and only the database knows.
CREATE TYPE sales.stage AS ENUM ('a', 'b');
ALTER TABLE sales.leads ADD step sales.stage;
\set VERBOSITY verbose
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.try(score json) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM scoring.preview(json_build_object('customers', '{"table": "sales.leads", "key": "id"}'::json,
        'sources', '{"visits": {"table": "sales.visits", "customer": "lead_id", "at": "visited_at"}}'::json,
        'measures', '{"country": {"take": "attribute", "of": "country"}, "age": {"take": "attribute", "of": "age"}}'::json,
        'scores', json_build_object('s', score)));
    RETURN QUERY SELECT '00000', NULL::text, NULL::text, NULL::text;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END
$$;
\x
SELECT e.* FROM json_array_elements($json$[
  {"kind": "points", "rules": [{"of": "country", "each": 1}]},
  {"kind": "points", "rules": [{"of": {"take": "attribute", "of": "step"}, "missing": true, "points": 1}]},
  {"kind": "points", "rules": [{"of": {"take": "attribute", "of": "nothing"}, "missing": true, "points": 1}]},
  {"kind": "points", "rules": [{"of": "country", "at_least": 3, "points": 1}]},
  {"kind": "completeness", "parts": [{"of": "country", "matches": "(["}]},
  {"kind": "completeness", "parts": [{"of": "country", "fresh": "1 day"}]},
  {"kind": "completeness", "parts": [{"of": "age", "equals": "old"}]}
]$json$) AS score, LATERAL pg_temp.try(score) AS e;
\x
SELECT scoring.drop_model('leads');

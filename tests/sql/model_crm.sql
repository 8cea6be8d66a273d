-- A model of a B2B CRM: every measure and every score against SQL written by hand, before and after the facts change.
--
-- Companies share the CRM, so an account is known by company and number. Its activities are in three tables, each with another type of
-- date, and reach it through the contact; mails even through the thread. Invoices are in several currencies. Activities and invoices go
-- on until 2033, so that windows hold events whenever the test runs; what is in the future must not count.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/by_hand.sql

CREATE SCHEMA b2b;
CREATE TABLE b2b.accounts (company_id int NOT NULL, account_no text NOT NULL, industry text, country text, employees int, since date, active boolean NOT NULL,
                           PRIMARY KEY (company_id, account_no));
CREATE TABLE b2b.contacts (company_id int NOT NULL, contact_no int NOT NULL, account_no text, role text NOT NULL, PRIMARY KEY (company_id, contact_no));
CREATE TABLE b2b.threads (company_id int NOT NULL, thread_no int NOT NULL, contact_no int, PRIMARY KEY (company_id, thread_no));
CREATE TABLE b2b.calls (call_id int PRIMARY KEY, company_id int, contact_no int, called_at timestamptz, outcome text, rating int);
CREATE TABLE b2b.meetings (meeting_id int PRIMARY KEY, company_id int, contact_no int, held_at timestamp, on_site boolean);
CREATE TABLE b2b.mails (mail_id int PRIMARY KEY, company_id int, thread_no int, sent_on date, direction text);
CREATE TABLE b2b.opportunities (opportunity_id int PRIMARY KEY, company_id int, account_no text, stage text, amount numeric(12,2), currency text,
                                opened_at timestamptz, closed_on date);
CREATE TABLE b2b.invoices (invoice_id int PRIMARY KEY, company_id int, account_no text, amount numeric(12,2), currency text, issued_on date);

-- 300 accounts of three companies; every twentieth has no event at all, every seventeenth is inactive. Some have no industry or country.
INSERT INTO b2b.accounts
SELECT 1 + i % 3, 'A' || lpad((i / 3)::text, 3, '0'), CASE WHEN i % 13 <> 0 THEN (ARRAY['bank', 'retail', 'steel'])[1 + i * 7 % 3] END,
       CASE WHEN i % 11 <> 0 THEN (ARRAY['DE', 'FR'])[1 + i / 3 % 2] END, CASE WHEN i % 19 <> 0 THEN 1 + i * i % 400 END,
       CASE i WHEN 7 THEN '2020-02-29' WHEN 8 THEN '2024-01-31' WHEN 9 THEN '2999-06-15' WHEN 10 THEN NULL ELSE date '2015-01-01' + i * 11 END, i % 17 <> 0
FROM generate_series(0, 299) AS i;
-- Contacts: those of account number i / 3 in its company. Some belong to none, or to one that is not there.
INSERT INTO b2b.contacts
SELECT 1 + i % 3, i / 3, CASE WHEN i % 47 = 0 THEN NULL WHEN i % 53 = 0 THEN 'unknown' ELSE 'A' || lpad((i * 7 / 3 % 100)::text, 3, '0') END,
       (ARRAY['buyer', 'user', 'assistant'])[1 + i / 5 % 3]
FROM generate_series(0, 449) AS i;
DELETE FROM b2b.contacts WHERE account_no ~ '^A0[02468]5$';
INSERT INTO b2b.threads SELECT 1 + i % 3, i / 3, CASE WHEN i % 41 <> 0 THEN i * 11 % 150 END FROM generate_series(0, 299) AS i;
-- Calls, meetings and mails of 12 years, in no order; some without a company, a contact or a date, some of contacts that are not there.
INSERT INTO b2b.calls
SELECT i, CASE WHEN i % 101 <> 0 THEN 1 + i % 3 END, CASE WHEN i % 97 <> 0 THEN i * i % 173 END,
       CASE i WHEN 5 THEN 'infinity' WHEN 6 THEN '-infinity' ELSE timestamptz '2022-01-01 00:30:00+00' + (i * 7919 % 4400) * interval '23 hours 53 minutes' END,
       (ARRAY['reached', 'reached', 'no answer', 'message'])[1 + i % 4], CASE WHEN i % 9 <> 0 THEN i % 5 - 1 END
FROM generate_series(1, 1200) AS i;
INSERT INTO b2b.meetings
SELECT i, 1 + i % 3, i * 13 % 151, CASE WHEN i % 89 <> 0 THEN timestamp '2022-01-01 17:00' + (i * 6007 % 4380) * interval '1 day' + i % 9 * interval '1 hour' END, i % 4 = 0
FROM generate_series(1, 700) AS i;
INSERT INTO b2b.mails
SELECT i, 1 + i % 3, i * 17 % 110, date '2022-01-01' + i * 4999 % 4380, (ARRAY['in', 'out', 'out'])[1 + i / 2 % 3] FROM generate_series(1, 900) AS i;
-- Two calls and a mail at the same moment, midnight in Berlin.
INSERT INTO b2b.calls VALUES (2001, 1, 3, '2025-06-30 22:00:00+00', 'reached', 1), (2002, 1, 3, '2025-06-30 22:00:00+00', 'reached', 1);
INSERT INTO b2b.mails VALUES (2001, 1, 5, '2025-07-01', 'in');
INSERT INTO b2b.opportunities
SELECT i, 1 + i % 3, CASE WHEN i % 61 = 0 THEN NULL WHEN i % 67 = 0 THEN 'A999' ELSE 'A' || lpad((i * i % 97)::text, 3, '0') END,
       (ARRAY['lead', 'offer', 'won', 'lost'])[1 + i % 4], CASE WHEN i % 23 <> 0 THEN (i * 7919 % 100000) / 4.0 END, (ARRAY['EUR', 'USD'])[1 + i % 2],
       timestamptz '2023-03-01 09:00:00+00' + (i * 4001 % 1000) * interval '25 hours', CASE WHEN i % 4 >= 2 THEN date '2023-03-20' + i * 4001 % 1000 END
FROM generate_series(1, 600) AS i;
-- At equal times the greatest value is the last; and an opportunity in the future, of each account of company 1.
INSERT INTO b2b.opportunities VALUES (3001, 1, 'A001', 'offer', 10, 'EUR', '2026-01-05 12:00:00+00', NULL), (3002, 1, 'A001', 'won', 20, 'EUR', '2026-01-05 12:00:00+00', '2026-01-09'),
                                     (3003, 1, 'A001', 'lead', 30, 'EUR', '2026-01-05 12:00:00+00', NULL), (3004, 1, 'A002', 'won', 40, 'EUR', '2999-01-01 00:00:00+00', '2999-01-01');
INSERT INTO b2b.invoices
SELECT i, CASE WHEN i % 103 <> 0 THEN 1 + i % 3 END, 'A' || lpad((i * i / 3 % 101)::text, 3, '0'),
       CASE WHEN i % 31 = 0 THEN NULL WHEN i % 10 = 0 THEN -(i * 7919 % 90000) / 100.0 ELSE 1000000.0 / (10 + i * 7919 % 4001) END,
       (ARRAY['EUR', 'USD', 'GBP', 'EUR', 'JPY', NULL])[1 + i * 5 % 6], CASE WHEN i % 107 <> 0 THEN date '2022-01-01' + i * 3001 % 4380 END
FROM generate_series(1, 1500) AS i;
-- The last day of a month, a leap day, the future, and two accounts that owe nothing but credits.
INSERT INTO b2b.invoices VALUES (4001, 1, 'A001', 100, 'EUR', '2024-02-29'), (4002, 2, 'A001', 100, 'EUR', '2026-08-31'), (4003, 2, 'A001', 100, 'GBP', '2025-11-30'),
                                (4004, 3, 'A001', 99999, 'EUR', '2999-01-01'), (4005, 1, 'A003', -50000, 'EUR', '2024-05-05'), (4006, 2, 'A003', -60000, 'USD', '2024-05-05');
-- Every twentieth account has no event.
DELETE FROM b2b.contacts WHERE substr(account_no, 2)::text ~ '^\d+$' AND substr(account_no, 2)::int % 20 = 19;
DELETE FROM b2b.opportunities WHERE account_no ~ '[13579]9$';
DELETE FROM b2b.invoices WHERE account_no ~ '[13579]9$';
ANALYZE;

-- The model. Ages, windows and days are Berlin's; the meetings are in New York.
-- What it says of its levels depends on the day.
SET client_min_messages = warning;
SELECT scoring.create_model('b2b', $model$
{
    "description": "Accounts of three companies",
    "language": "en",
    "timezone": "Europe/Berlin",
    "mode": "batch",
    "refresh_every": "never",
    "customers": {"table": "b2b.accounts", "key": ["company_id", "account_no"], "where": "active"},
    "into": "b2b.account_scores",
    "view": "b2b.scored_accounts",
    "sources": {
        "calls": {"table": "b2b.calls", "joins": {"c": {"table": "b2b.contacts", "on": ["company_id", "contact_no"], "key": ["company_id", "contact_no"]}}, "customer": ["company_id", "c.account_no"], "at": "called_at", "where": "outcome <> 'no answer'"},
        "meetings": {"table": "b2b.meetings", "joins": {"c": {"table": "b2b.contacts", "on": ["company_id", "contact_no"], "key": ["company_id", "contact_no"]}}, "customer": ["c.company_id", "c.account_no"], "at": "held_at", "where": "c.role <> 'assistant'", "timezone": "America/New_York"},
        "mails": {"table": "b2b.mails", "joins": {"t": {"table": "b2b.threads", "on": ["company_id", "thread_no"], "key": ["company_id", "thread_no"]}, "c": {"table": "b2b.contacts", "on": ["t.company_id", "t.contact_no"], "key": ["company_id", "contact_no"]}}, "customer": ["c.company_id", "c.account_no"], "at": "sent_on"},
        "opened": {"table": "b2b.opportunities", "customer": ["company_id", "account_no"], "at": "opened_at"},
        "won": {"table": "b2b.opportunities", "customer": ["company_id", "account_no"], "at": "closed_on", "where": "stage = 'won'"},
        "invoices": {"table": "b2b.invoices", "customer": ["company_id", "account_no"], "at": "issued_on"},
        "people": {"table": "b2b.contacts", "customer": ["company_id", "account_no"]}
    },
    "measures": {
        "first_contact": {"take": "first", "from": ["calls", "meetings", "mails"]},
        "last_contact": {"take": "last", "from": ["calls", "meetings", "mails"]},
        "touches": {"take": "count", "from": ["calls", "meetings", "mails"]},
        "effort": {"take": "sum", "from": {"calls": "1", "meetings": "case when on_site then 5 else 2 end", "mails": "0.25"}},
        "warmth": {"take": "sum", "from": {"calls": "2", "meetings": "3", "mails": "1"}, "half_life": "30 days"},
        "mood": {"take": "sum", "from": "calls", "of": "rating", "half_life": "720 hours"},
        "interest": {"take": "count", "from": "mails", "where": "direction = 'in'", "half_life": "30 days"},
        "partners": {"take": "distinct", "from": ["calls", "meetings"], "of": "contact_no"},
        "people": {"take": "count", "from": "people"},
        "revenue": {"take": "sum", "from": "invoices", "of": "amount", "weights": {"of": "currency", "values": {"EUR": 1, "USD": 0.92, "GBP": 1.17}, "otherwise": null}},
        "quarter": {"take": "sum", "from": "invoices", "of": "amount", "weights": {"of": "currency", "values": {"EUR": 1, "USD": 0.92, "GBP": 1.17}, "otherwise": null}, "window": "3 months"},
        "quarter_before": {"take": "sum", "from": "invoices", "of": "amount", "weights": {"of": "currency", "values": {"EUR": 1, "USD": 0.92, "GBP": 1.17}}, "window": "3 months", "lag": "1 year"},
        "any_currency": {"take": "sum", "from": "invoices", "of": "amount", "weights": {"of": "currency", "values": {"EUR": 1}, "otherwise": 0.5}},
        "invoices_year": {"take": "count", "from": "invoices", "window": "12 months"},
        "credit": {"take": "sum", "from": "invoices", "of": "-amount", "where": "amount < 0", "empty": null},
        "invoice": {"take": "average", "from": "invoices", "of": "amount"},
        "smallest": {"take": "minimum", "from": "invoices", "of": "amount"},
        "largest": {"take": "maximum", "from": "invoices", "of": "amount", "empty": 0, "window": "2 years"},
        "opened": {"take": "count", "from": "opened"},
        "won": {"take": "count", "from": "won"},
        "last_won": {"take": "last", "from": "won"},
        "last_stage": {"take": "last", "from": "opened", "of": "stage", "empty": "none"},
        "first_offer": {"take": "first", "from": "opened", "of": "amount", "where": "amount is not null"},
        "win_rate": {"compute": "ratio", "of": ["won", "opened"], "smallest": 2},
        "inbound": {"compute": "ratio", "of": ["interest", "warmth"]},
        "growth": {"compute": "difference", "of": ["quarter", "quarter_before"]},
        "activity": {"compute": "total", "of": ["touches", "opened", "won"]},
        "better_quarter": {"compute": "greatest", "of": ["quarter", "quarter_before"]},
        "worse_quarter": {"compute": "least", "of": ["quarter", "quarter_before"]},
        "tenure": {"compute": "age", "of": "first_contact", "unit": "months"},
        "silence": {"compute": "age", "of": "last_contact", "unit": "days"},
        "since": {"take": "attribute", "of": "since"},
        "age": {"compute": "age", "of": "since", "unit": "years"},
        "industry": {"take": "attribute", "of": "industry"},
        "country": {"take": "attribute", "of": "country"},
        "company": {"take": "attribute", "of": "company_id"},
        "employees": {"take": "attribute", "of": "employees"}
    },
    "scores": {
        "size": {"kind": "levels", "of": "employees", "at_least": [10, 50, 250], "labels": ["micro", "small", "medium", "large"], "unscored": "unknown"},
        "rate": {"kind": "levels", "of": "win_rate", "above": [0, 0.25, 0.5], "labels": ["none", "low", "good", "best"]},
        "freshness": {"kind": "levels", "of": "silence", "at_least": [91, 183, 366, 731], "order": "descending", "labels": ["lost", "old", "ageing", "recent", "fresh"], "unscored": "never"},
        "rfm": {"kind": "rfm", "recency": "freshness", "frequency": "touches", "monetary": "revenue", "within": "country", "only": {"of": "activity", "at_least": 1}, "segments": [{"label": "key accounts", "r": [4, 5], "f": [4, 5], "m": [4, 5]}, {"label": "asleep", "r": [1, 2], "m": [3, 5]}, {"label": "others"}]},
        "usual": {"kind": "rfm", "recency": "last_contact", "frequency": "touches", "monetary": "invoice", "unscored": "no facts"},
        "value": {"kind": "quantile", "of": "revenue", "bins": 4, "negatives": "exclude", "within": ["industry", "country"], "labels": ["minor", "fair", "important", "strategic"], "unscored": "none"},
        "worth": {"kind": "quantile", "of": "revenue", "negatives": "apart", "labels": ["negative", "minor", "fair", "important", "strategic"]},
        "pressure": {"kind": "quantile", "of": "warmth", "labels": ["very low", "low", "neutral", "high", "very high"]},
        "gap": {"kind": "delta", "of": "pressure", "minus": "worth", "tolerance": 1},
        "abc": {"kind": "abc", "of": "revenue", "strategy": "key_figure_percent", "shares": [0.7, 0.2, 0.1], "within": "company"},
        "heads": {"kind": "abc", "of": "employees", "only": {"all": [{"of": "country", "in": ["DE", "FR"]}, {"any": [{"of": "opened", "above": 3}, {"of": "last_stage", "equals": "won"}]}]}, "unscored": "-"},
        "best": {"kind": "abc", "of": "revenue", "strategy": "count_absolute", "limits": [10, 50]},
        "class": {"kind": "abc", "of": "revenue", "strategy": "key_figure_absolute", "limits": [9000, 2500, 0], "classes": ["key", "major", "minor", "tail"]},
        "winners": {"kind": "quantile", "of": "won", "bins": 3, "order": "descending", "labels": ["many", "some", "few"], "only": {"of": "last_won", "at_least": "2024-03-01", "below": "2030-01-01"}},
        "seniority": {"kind": "quantile", "of": "tenure", "bins": 4, "labels": ["new", "known", "old", "oldest"], "only": {"of": "value", "missing": false}}
    }
}
$model$);

-- By hand: every event with its account and its moment, whatever the moment.
CREATE TEMP VIEW event AS
    SELECT 'call' AS kind, c.company_id, c.account_no, e.called_at AS at, e.contact_no, 1.0 AS effort, 2 AS warmth, e.rating, false AS is_inbound
    FROM b2b.calls AS e JOIN b2b.contacts AS c USING (company_id, contact_no) WHERE e.outcome <> 'no answer' AND isfinite(e.called_at)
    UNION ALL SELECT 'meeting', c.company_id, c.account_no, e.held_at AT TIME ZONE 'America/New_York', e.contact_no, CASE WHEN e.on_site THEN 5 ELSE 2 END, 3, NULL, false
    FROM b2b.meetings AS e JOIN b2b.contacts AS c USING (company_id, contact_no) WHERE c.role <> 'assistant'
    UNION ALL SELECT 'mail', c.company_id, c.account_no, e.sent_on::timestamp AT TIME ZONE 'Europe/Berlin', NULL, 0.25, 1, NULL, e.direction = 'in'
    FROM b2b.mails AS e JOIN b2b.threads AS t USING (company_id, thread_no) JOIN b2b.contacts AS c ON c.company_id = t.company_id AND c.contact_no = t.contact_no;
CREATE TEMP VIEW invoice AS
    SELECT company_id, account_no, amount, amount * CASE currency WHEN 'EUR' THEN 1 WHEN 'USD' THEN 0.92 WHEN 'GBP' THEN 1.17 END AS euros,
           amount * CASE WHEN currency = 'EUR' THEN 1 ELSE 0.5 END AS any_currency, issued_on::timestamp AT TIME ZONE 'Europe/Berlin' AS at FROM b2b.invoices;

-- Sums of moments and intervals in the zone of the model.
CREATE FUNCTION pg_temp.later(at timestamptz, period interval) RETURNS timestamptz LANGUAGE plpgsql SET TimeZone = 'Europe/Berlin' AS $$ BEGIN RETURN at + period; END $$;

-- The customers with the moment that their row in the score table is true of, and the days of that moment and of now in Berlin.
CREATE TEMP VIEW customer AS
    SELECT a.*, s.scored_at, (s.scored_at AT TIME ZONE 'Europe/Berlin')::date AS scored_on, (now() AT TIME ZONE 'Europe/Berlin')::date AS today
    FROM b2b.accounts AS a LEFT JOIN b2b.account_scores AS s USING (company_id, account_no) WHERE a.active;

CREATE TEMP VIEW measured AS
SELECT c.*, touched.*, invoiced.*, won_or_not.*,
       (SELECT count(*) FROM b2b.contacts AS p WHERE (p.company_id, p.account_no) = (c.company_id, c.account_no)) AS people,
       coalesce((SELECT stage FROM b2b.opportunities AS o WHERE (o.company_id, o.account_no) = (c.company_id, c.account_no) AND opened_at <= c.scored_at
                 ORDER BY opened_at DESC, stage DESC LIMIT 1), 'none') AS last_stage,
       (SELECT amount FROM b2b.opportunities AS o WHERE (o.company_id, o.account_no) = (c.company_id, c.account_no) AND opened_at <= c.scored_at AND amount IS NOT NULL
        ORDER BY opened_at, amount DESC LIMIT 1) AS first_offer
FROM customer AS c,
     LATERAL (SELECT min(at) AS first_contact, max(at) AS last_contact, count(*) AS touches, coalesce(sum(effort), 0) AS effort, count(DISTINCT contact_no) AS partners,
                     coalesce(ln(sum(warmth * power(2, pg_temp.power_of(at, '30 days')))) / ln(2::float8), '-Infinity') AS warmth_log2,
                     coalesce(ln(sum(power(2, pg_temp.power_of(at, '30 days'))) FILTER (WHERE is_inbound)) / ln(2::float8), '-Infinity') AS interest_log2,
                     coalesce(sum(warmth * power(2, -extract(epoch FROM now() - at)::float8 / 2592000)), 0) AS warmth,
                     coalesce(sum(power(2, -extract(epoch FROM now() - at)::float8 / 2592000)) FILTER (WHERE is_inbound), 0) AS interest,
                     coalesce(sum(rating * power(2, -extract(epoch FROM now() - at)::float8 / 2592000)), 0) AS mood
              FROM event AS e WHERE (e.company_id, e.account_no) = (c.company_id, c.account_no) AND at <= c.scored_at) AS touched,
     LATERAL (SELECT coalesce(sum(euros), 0) AS revenue, coalesce(sum(any_currency), 0) AS any_currency,
                     coalesce(sum(euros) FILTER (WHERE c.scored_at < pg_temp.later(at, '3 months')), 0) AS quarter,
                     coalesce(sum(euros) FILTER (WHERE pg_temp.later(at, '1 year') <= c.scored_at AND c.scored_at < pg_temp.later(pg_temp.later(at, '1 year'), '3 months')), 0) AS quarter_before,
                     count(*) FILTER (WHERE c.scored_at < pg_temp.later(at, '12 months')) AS invoices_year,
                     sum(-amount) FILTER (WHERE amount < 0) AS credit, round(sum(amount) / count(amount), 4) AS invoice, min(amount) AS smallest,
                     coalesce(max(amount) FILTER (WHERE c.scored_at < pg_temp.later(at, '2 years')), 0) AS largest
              FROM invoice AS i WHERE (i.company_id, i.account_no) = (c.company_id, c.account_no) AND at <= c.scored_at) AS invoiced,
     LATERAL (SELECT count(*) FILTER (WHERE opened_at <= c.scored_at) AS opened,
                     count(*) FILTER (WHERE stage = 'won' AND closed_on::timestamp AT TIME ZONE 'Europe/Berlin' <= c.scored_at) AS won,
                     max(closed_on::timestamp AT TIME ZONE 'Europe/Berlin') FILTER (WHERE stage = 'won' AND closed_on::timestamp AT TIME ZONE 'Europe/Berlin' <= c.scored_at) AS last_won
              FROM b2b.opportunities AS o WHERE (o.company_id, o.account_no) = (c.company_id, c.account_no)) AS won_or_not;

-- The measures that only others are needed for, and who has a part in which cuts.
CREATE TEMP VIEW computed AS
SELECT *, CASE WHEN opened >= 2 THEN won::float8 / opened END AS win_rate, CASE WHEN warmth <> 0 THEN interest / warmth END AS inbound,
       quarter - quarter_before AS growth, touches + opened + won AS activity, greatest(quarter, quarter_before) AS better_quarter, least(quarter, quarter_before) AS worse_quarter,
       pg_temp.months((first_contact AT TIME ZONE 'Europe/Berlin')::date, scored_on) AS tenure_then, pg_temp.months((first_contact AT TIME ZONE 'Europe/Berlin')::date, today) AS tenure,
       scored_on - (last_contact AT TIME ZONE 'Europe/Berlin')::date AS silence_then, today - (last_contact AT TIME ZONE 'Europe/Berlin')::date AS silence,
       pg_temp.years(since, today) AS age, touches + opened + won >= 1 AND last_contact IS NOT NULL AS in_rfm, last_contact IS NOT NULL AND invoice IS NOT NULL AS in_usual,
       country IN ('DE', 'FR') AND (opened > 3 OR last_stage = 'won') AND employees IS NOT NULL AS in_heads,
       last_won >= timestamp '2024-03-01' AT TIME ZONE 'Europe/Berlin' AND last_won < timestamp '2030-01-01' AT TIME ZONE 'Europe/Berlin' AS in_winners
FROM measured;

CREATE TEMP VIEW leveled AS
SELECT *, CASE WHEN employees >= 250 THEN 4 WHEN employees >= 50 THEN 3 WHEN employees >= 10 THEN 2 WHEN employees IS NOT NULL THEN 1 END AS size,
       CASE WHEN win_rate > 0.5 THEN 4 WHEN win_rate > 0.25 THEN 3 WHEN win_rate > 0 THEN 2 WHEN win_rate IS NOT NULL THEN 1 END AS rate,
       CASE WHEN silence_then >= 731 THEN 1 WHEN silence_then >= 366 THEN 2 WHEN silence_then >= 183 THEN 3 WHEN silence_then >= 91 THEN 4 WHEN silence_then IS NOT NULL THEN 5 END AS freshness,
       CASE WHEN in_rfm THEN pg_temp.level(touches, array_agg(touches) FILTER (WHERE in_rfm) OVER land, 5) END AS rfm_frequency,
       CASE WHEN in_rfm THEN pg_temp.level(revenue, array_agg(revenue) FILTER (WHERE in_rfm) OVER land, 5) END AS rfm_monetary,
       CASE WHEN in_usual THEN pg_temp.level(extract(epoch FROM last_contact)::float8, array_agg(extract(epoch FROM last_contact)) FILTER (WHERE in_usual) OVER (), 5) END AS usual_recency,
       CASE WHEN in_usual THEN pg_temp.level(touches, array_agg(touches) FILTER (WHERE in_usual) OVER (), 5) END AS usual_frequency,
       CASE WHEN in_usual THEN pg_temp.level(invoice, array_agg(invoice) FILTER (WHERE in_usual) OVER (), 5) END AS usual_monetary,
       CASE WHEN revenue >= 0 THEN pg_temp.level(revenue, array_agg(revenue) FILTER (WHERE revenue >= 0) OVER (PARTITION BY industry, country), 4) END AS value,
       CASE WHEN revenue < 0 THEN 1 ELSE 1 + pg_temp.level(revenue, array_agg(revenue) FILTER (WHERE revenue >= 0) OVER (), 4) END AS worth,
       pg_temp.decayed_level(warmth_log2, array_agg(warmth_log2) OVER (), 5) AS pressure,
       CASE WHEN revenue < 0 THEN 'C'
            ELSE pg_temp.class_of(coalesce(sum(greatest(revenue, 0)) OVER (PARTITION BY company_id ORDER BY revenue DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                                  / sum(greatest(revenue, 0)) OVER (PARTITION BY company_id), '{0.7,0.2,0.1}') END AS abc,
       CASE WHEN in_heads THEN pg_temp.class_of((rank() OVER (PARTITION BY in_heads ORDER BY employees DESC) - 1)::numeric / count(*) OVER (PARTITION BY in_heads), '{0.2,0.6,0.2}') END AS heads,
       pg_temp.class_of(rank() OVER (ORDER BY revenue DESC) - 1, '{10,50}') AS best,
       CASE WHEN revenue >= 9000 THEN 4 WHEN revenue >= 2500 THEN 3 WHEN revenue >= 0 THEN 2 ELSE 1 END AS class_level,
       CASE WHEN in_winners THEN 4 - pg_temp.level(won, array_agg(won) FILTER (WHERE in_winners) OVER (), 3) END AS winners,
       CASE WHEN revenue >= 0 THEN pg_temp.level(tenure_then, array_agg(tenure_then) FILTER (WHERE revenue >= 0 AND tenure_then IS NOT NULL) OVER (), 4) END AS seniority
FROM computed WINDOW land AS (PARTITION BY country);

-- What the scored view must show, column by column.
CREATE TEMP VIEW by_hand AS
SELECT company_id, account_no, (first_contact AT TIME ZONE 'Europe/Berlin')::date AS first_contact, today - (first_contact AT TIME ZONE 'Europe/Berlin')::date AS first_contact_days,
       (last_contact AT TIME ZONE 'Europe/Berlin')::date AS last_contact, today - (last_contact AT TIME ZONE 'Europe/Berlin')::date AS last_contact_days,
       touches, effort, warmth, mood, interest, partners, people, revenue, quarter, quarter_before, any_currency, invoices_year, credit, invoice, smallest, largest, opened, won,
       (last_won AT TIME ZONE 'Europe/Berlin')::date AS last_won, today - (last_won AT TIME ZONE 'Europe/Berlin')::date AS last_won_days, last_stage, first_offer,
       win_rate, inbound, growth, activity, better_quarter, worse_quarter, tenure, silence, since, age, industry, country, company_id AS company, employees,
       size, CASE size WHEN 1 THEN 'micro' WHEN 2 THEN 'small' WHEN 3 THEN 'medium' WHEN 4 THEN 'large' ELSE 'unknown' END AS size_label,
       rate, (ARRAY['none', 'low', 'good', 'best'])[rate] AS rate_label, freshness, coalesce((ARRAY['lost', 'old', 'ageing', 'recent', 'fresh'])[freshness], 'never') AS freshness_label,
       CASE WHEN in_rfm THEN 100 * freshness + 10 * rfm_frequency + rfm_monetary END AS rfm, CASE WHEN in_rfm THEN freshness END AS rfm_recency, rfm_frequency, rfm_monetary,
       CASE WHEN NOT in_rfm THEN NULL WHEN freshness >= 4 AND rfm_frequency >= 4 AND rfm_monetary >= 4 THEN 'key accounts' WHEN freshness <= 2 AND rfm_monetary >= 3 THEN 'asleep' ELSE 'others' END AS rfm_segment,
       100 * usual_recency + 10 * usual_frequency + usual_monetary AS usual, usual_recency, usual_frequency, usual_monetary,
       CASE WHEN NOT in_usual THEN 'no facts'
            WHEN usual_recency >= 4 AND usual_frequency >= 4 AND usual_monetary >= 4 THEN 'Champions'
            WHEN usual_recency >= 3 AND usual_frequency >= 3 AND usual_monetary >= 3 THEN 'Loyal'
            WHEN usual_recency = 5 AND usual_frequency = 1 THEN 'New'
            WHEN usual_recency >= 3 AND usual_recency <= 4 AND usual_frequency = 1 THEN 'Promising'
            WHEN usual_recency >= 4 THEN 'Potential loyalists'
            WHEN usual_recency = 3 THEN 'Need attention'
            WHEN usual_frequency >= 4 AND usual_monetary >= 4 THEN 'Can''t lose them'
            WHEN usual_frequency >= 3 THEN 'At risk'
            WHEN usual_recency = 2 THEN 'About to sleep'
            WHEN usual_frequency = 2 THEN 'Hibernating' ELSE 'Lost' END AS usual_segment,
       value, coalesce((ARRAY['minor', 'fair', 'important', 'strategic'])[value], 'none') AS value_label, worth, (ARRAY['negative', 'minor', 'fair', 'important', 'strategic'])[worth] AS worth_label,
       pressure, (ARRAY['very low', 'low', 'neutral', 'high', 'very high'])[pressure] AS pressure_label,
       pressure - worth AS gap, CASE WHEN pressure - worth > 1 THEN 'overpressure' WHEN pressure - worth < -1 THEN 'underpressure' ELSE 'balanced' END AS gap_label,
       abc, pg_temp.level_of(abc) AS abc_level, coalesce(heads, '-') AS heads, pg_temp.level_of(heads) AS heads_level, best, pg_temp.level_of(best) AS best_level,
       (ARRAY['tail', 'minor', 'major', 'key'])[class_level] AS class, class_level, winners, (ARRAY['many', 'some', 'few'])[winners] AS winners_label,
       seniority, (ARRAY['new', 'known', 'old', 'oldest'])[seniority] AS seniority_label, scored_at
FROM leveled;

-- And some columns of the score table, as of scored_at.
CREATE TEMP VIEW stored_by_hand AS
SELECT company_id, account_no, first_contact, last_contact, last_won, touches, revenue, quarter, warmth_log2, interest_log2, last_stage, tenure_then AS tenure, silence_then AS silence,
       country, size, value, abc, rfm_frequency FROM (SELECT * FROM leveled) AS l;

SELECT count(*) AS accounts, count(*) FILTER (WHERE touches = 0 AND opened = 0 AND invoice IS NULL) > 5 AS some_without_any_event, count(*) FILTER (WHERE revenue < 0) > 0 AS some_below_0,
       count(*) FILTER (WHERE quarter <> 0) > 0 AND count(*) FILTER (WHERE quarter_before <> 0) > 0 AS windows_hold_some FROM computed;

-- Everything is as by hand.
SELECT * FROM pg_temp.compare('b2b.scored_accounts', 'by_hand', '{company_id,account_no}');
SELECT * FROM pg_temp.compare('b2b.account_scores', 'stored_by_hand', '{company_id,account_no}');
SELECT * FROM scoring.verify('b2b');

-- The view has the columns in the order of the document; the score table has the key as its primary key.
SELECT string_agg(attname, ' ' ORDER BY attnum) AS columns FROM pg_attribute WHERE attrelid = 'b2b.scored_accounts'::regclass AND attnum > 0;
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'b2b.account_scores'::regclass AND indisprimary;

-- levels tells the same number of customers at each level, the groups among them, as the view by hand.
SELECT l.score, count(*) AS levels, count(*) FILTER (WHERE l.customers <> coalesce(h.customers, 0)) AS different
FROM scoring.levels('b2b') AS l
LEFT JOIN (SELECT 'size' AS score, NULL::jsonb AS group_value, size AS level, count(*) AS customers FROM leveled GROUP BY 1, 2, 3
           UNION ALL SELECT 'value', jsonb_build_array(industry, country), value, count(*) FROM leveled GROUP BY 1, 2, 3
           UNION ALL SELECT 'worth', NULL::jsonb, worth, count(*) FROM leveled GROUP BY 1, 2, 3
           UNION ALL SELECT 'pressure', NULL::jsonb, pressure, count(*) FROM leveled GROUP BY 1, 2, 3
           UNION ALL SELECT 'abc', jsonb_build_array(company_id::text), pg_temp.level_of(abc), count(*) FROM leveled GROUP BY 1, 2, 3
           UNION ALL SELECT 'class', NULL::jsonb, class_level, count(*) FROM leveled GROUP BY 1, 2, 3) AS h ON h.score = l.score AND h.level = l.level AND h.group_value IS NOT DISTINCT FROM l.group_value
WHERE l.score IN ('size', 'value', 'worth', 'pressure', 'abc', 'class') GROUP BY l.score ORDER BY l.score;

-- The facts change: in a batch model nothing follows until a refresh, and verify lists what changed.
INSERT INTO b2b.invoices SELECT 5000 + i, 1 + i % 3, 'A0' || lpad((i * 7 % 60)::text, 2, '0'), 300 * i % 7001, 'EUR', date '2026-03-01' + i FROM generate_series(1, 100) AS i;
INSERT INTO b2b.calls SELECT 5000 + i, 1 + i % 3, i, '2026-05-05 05:05:05+00', 'reached', 2 FROM generate_series(1, 40) AS i;
UPDATE b2b.invoices SET currency = 'GBP', amount = amount + 1 WHERE invoice_id % 10 = 3;
UPDATE b2b.contacts SET account_no = 'A010' WHERE account_no = 'A012';
UPDATE b2b.threads SET contact_no = contact_no + 1 WHERE thread_no % 5 = 0;
UPDATE b2b.opportunities SET stage = 'won', closed_on = '2026-06-30' WHERE opportunity_id % 20 = 1;
DELETE FROM b2b.meetings WHERE meeting_id % 7 = 0;
DELETE FROM b2b.invoices WHERE account_no = 'A013';
SELECT count(DISTINCT column_name) > 10 AS columns_differ, count(DISTINCT customer) > 20 AS customers_differ FROM scoring.verify('b2b');
SELECT count(*) > 0 AS refreshed FROM scoring.refresh('b2b');
SELECT * FROM pg_temp.compare('b2b.scored_accounts', 'by_hand', '{company_id,account_no}');
SELECT * FROM scoring.verify('b2b');

-- Customers come and go: a new one with events that were there before, one whose key changes, some that turn inactive or active, one that is deleted.
INSERT INTO b2b.accounts VALUES (1, 'unknown', 'bank', 'DE', 7, '2021-12-31', true), (1, 'A999', 'steel', NULL, 70, NULL, true);
UPDATE b2b.accounts SET account_no = 'A500' WHERE (company_id, account_no) = (2, 'A050');
UPDATE b2b.accounts SET active = NOT active WHERE account_no IN ('A020', 'A021', 'A023', 'A040');
UPDATE b2b.accounts SET industry = 'retail', employees = NULL WHERE account_no = 'A030';
DELETE FROM b2b.accounts WHERE account_no = 'A060';
SELECT count(DISTINCT customer) > 5 AS customers_differ FROM scoring.verify('b2b');
SELECT customer, column_name, live, expected FROM scoring.verify('b2b') WHERE column_name IS NULL AND customer ~ 'A999|unknown|A050|A500|A060' ORDER BY customer COLLATE "C";
SELECT count(*) > 0 AS refreshed FROM scoring.refresh('b2b');
SELECT * FROM pg_temp.compare('b2b.scored_accounts', 'by_hand', '{company_id,account_no}');
SELECT * FROM pg_temp.compare('b2b.account_scores', 'stored_by_hand', '{company_id,account_no}');
SELECT * FROM scoring.verify('b2b');

-- The cuts move, the facts do not: a refresh without a change moves nobody.
SELECT sum(moved) AS moved, sum(up) AS up, sum(down) AS down FROM scoring.refresh('b2b');

-- Another column of the score table is changed by hand: verify says which, and of whom, and what of his scores hangs on it that day; repair heals it.
UPDATE b2b.account_scores SET touches = touches + 1, size = 4 WHERE (company_id, account_no) = (1, 'A001');
SELECT customer, column_name FROM scoring.verify('b2b') WHERE column_name IN ('touches', 'size') ORDER BY column_name;
SELECT scoring.repair('b2b') AS repaired;
SELECT * FROM scoring.verify('b2b');

-- explain takes a composite key as a JSON array of texts.
SELECT scoring.explain('b2b', '["1", "A001"]') IS NOT NULL AS explained;
-- What others made of the model is in the way.
DROP VIEW customer CASCADE;
SELECT scoring.drop_model('b2b');
SELECT to_regclass('b2b.account_scores') AS score_table, to_regclass('b2b.scored_accounts') AS view;

-- A model of a bank, in French: every measure and every score against SQL written by hand, before and after the facts change.
--
-- Clients are known by a uuid. Instalments and payments reach them through the loan; an instalment is an event twice, when it was due
-- and when it was paid. Claims go on until 2033, so that windows hold some whenever the test runs.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\i :tests/helpers/by_hand.sql

CREATE SCHEMA bank;
CREATE TABLE bank.clients (client uuid PRIMARY KEY, branch text, born_on date, closed_at timestamptz);
CREATE TABLE bank.loans (loan_no bigint PRIMARY KEY, client uuid, kind text, amount numeric(14,2), rate float8, granted_on date);
CREATE TABLE bank.instalments (loan_no bigint, instalment int, amount numeric(14,2), due_on date, paid_on date, PRIMARY KEY (loan_no, instalment));
CREATE TABLE bank.payments (payment_id bigint PRIMARY KEY, loan_no bigint, amount numeric, paid_at timestamp);
CREATE TABLE bank.claims (claim_id int PRIMARY KEY, client uuid, amount numeric, opened_at timestamptz, withdrawn boolean);
CREATE TABLE bank.accounts (iban text PRIMARY KEY, client uuid, balance numeric(14,2));

CREATE FUNCTION bank.client(i int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('client ' || i)::uuid $$;
INSERT INTO bank.clients
SELECT bank.client(i), CASE WHEN i % 29 <> 0 THEN (ARRAY['Lille', 'Lyon', 'Nice'])[1 + i * 5 % 7 % 3] END,
       CASE i WHEN 1 THEN '2004-02-29' WHEN 2 THEN '1999-12-31' WHEN 3 THEN NULL ELSE date '1930-01-31' + i * 83 END, CASE WHEN i % 23 = 0 THEN timestamptz '2026-01-01 00:00:00+00' END
FROM generate_series(1, 300) AS i;
-- Loans: none of every tenth client; some have no client, no amount or no date, and some are of nobody's.
INSERT INTO bank.loans
SELECT i, CASE WHEN i % 59 = 0 THEN NULL WHEN i % 61 = 0 THEN bank.client(9999) ELSE bank.client(1 + i * i % 299) END, (ARRAY['auto', 'immo', 'conso'])[1 + i % 3],
       CASE WHEN i % 43 <> 0 THEN 500 + i * 7919 % 60000 END, (i * 31 % 97) / 8.0, CASE WHEN i % 71 <> 0 THEN date '2020-01-31' + i * 37 % 2000 END
FROM generate_series(1, 420) AS i WHERE i * i % 299 % 10 <> 9;
INSERT INTO bank.instalments
SELECT loan_no, n, (amount / 12)::numeric(14,2), due_on, CASE WHEN (loan_no * 7 + n) % 11 < 2 THEN NULL ELSE due_on + ((loan_no * 13 + n * n) % 40)::int - 9 END
FROM bank.loans, generate_series(1, 8) AS n, LATERAL (SELECT (granted_on + n * interval '1 month')::date AS due_on) AS d;
INSERT INTO bank.payments
SELECT row_number() OVER (ORDER BY loan_no, instalment), CASE WHEN (loan_no + instalment) % 83 <> 0 THEN loan_no END, CASE WHEN loan_no % 13 = 0 THEN amount * 2 ELSE amount END,
       paid_on + interval '23:30' FROM bank.instalments WHERE paid_on IS NOT NULL;
INSERT INTO bank.claims
SELECT i, CASE WHEN i % 41 <> 0 THEN bank.client(1 + i * i % 251) END, CASE WHEN i % 19 <> 0 THEN i * 7919 % 9000 END,
       timestamptz '2022-01-01 12:00:00+00' + (i * 3001 % 4380) * interval '24 hours 1 minute', CASE WHEN i % 17 <> 0 THEN i % 6 = 0 END
FROM generate_series(1, 900) AS i;
-- Balances: some below 0, some missing, none of every seventh client; accounts have no date.
INSERT INTO bank.accounts
SELECT 'FR' || i, bank.client(1 + i % 300), CASE WHEN i % 31 <> 0 THEN (i * 6007 % 20000) - 4000 + 0.25 END FROM generate_series(1, 500) AS i WHERE (1 + i % 300) % 7 <> 0;
-- The future, the same day twice, and a loan that is paid back more than once.
INSERT INTO bank.loans VALUES (9001, bank.client(5), 'immo', 1000000, 1, '2999-01-01'), (9002, bank.client(6), 'auto', 10, 0, '2025-05-05'), (9003, bank.client(6), 'conso', 10, 0, '2025-05-05'),
                              (9004, bank.client(7), 'conso', 100, 'NaN', '2025-05-05'), (9005, bank.client(8), 'auto', 100, 4.5, '2025-05-05');
INSERT INTO bank.payments VALUES (90001, 9005, 250.125, '2025-06-01 00:00:00'), (90002, 9005, 0.001, '2999-06-01 00:00:00'), (90003, 123456, 1, '2025-06-01 00:00:00');
CREATE INDEX ON bank.loans (client);
CREATE INDEX ON bank.payments (loan_no);
CREATE INDEX ON bank.claims (client);
CREATE INDEX ON bank.accounts (client);
ANALYZE;

-- What it says of its levels depends on the day.
SET client_min_messages = warning;
SELECT scoring.create_model('banque', $model$
{
    "description": "Clients d'une banque", "language": "fr", "timezone": "Europe/Paris", "mode": "batch", "refresh_every": "never",
    "customers": { "table": "bank.clients", "key": "client", "where": "closed_at is null" },
    "sources": {
        "prêts":      { "table": "bank.loans", "customer": "client", "at": "granted_on" },
        "échéances":  { "table": "bank.instalments", "joins": { "l": { "table": "bank.loans", "on": "loan_no", "key": "loan_no" } }, "customer": "l.client", "at": "due_on" },
        "retards":    { "table": "bank.instalments", "joins": { "l": { "table": "bank.loans", "on": "loan_no", "key": "loan_no" } }, "customer": "l.client", "at": "paid_on", "where": "paid_on > due_on" },
        "impayés":    { "table": "bank.instalments", "joins": { "l": { "table": "bank.loans", "on": "loan_no", "key": "loan_no" } }, "customer": "l.client", "at": "due_on", "where": "paid_on is null" },
        "versements": { "table": "bank.payments", "joins": { "l": { "table": "bank.loans", "on": "loan_no", "key": "loan_no" } }, "customer": "l.client", "at": "paid_at" },
        "sinistres":  { "table": "bank.claims", "customer": "client", "at": "opened_at", "where": "not withdrawn" },
        "comptes":    { "table": "bank.accounts", "customer": "client" }
    },
    "measures": {
        "prêts": { "take": "count", "from": "prêts" }, "premier_prêt": { "take": "first", "from": "prêts" },
        "accordé": { "take": "sum", "from": "prêts", "of": "amount" }, "taux": { "take": "average", "from": "prêts", "of": "rate" },
        "sortes": { "take": "distinct", "from": "prêts", "of": "kind" }, "dernière_sorte": { "take": "last", "from": "prêts", "of": "kind" },
        "jours_de_retard": { "take": "sum", "from": "retards", "of": "paid_on - due_on" },
        "retard_moyen": { "take": "average", "from": "retards", "of": "paid_on - due_on", "empty": 0 },
        "pire_retard": { "take": "maximum", "from": "retards", "of": "paid_on - due_on", "empty": 0 },
        "dû": { "take": "sum", "from": "échéances", "of": "amount" }, "versé": { "take": "sum", "from": "versements", "of": "amount" },
        "versements": { "take": "count", "from": "versements" }, "dernier_versement": { "take": "last", "from": "versements" },
        "arriéré": { "compute": "difference", "of": ["dû", "versé"] }, "encours": { "compute": "difference", "of": ["accordé", "versé"] },
        "impayé": { "take": "sum", "from": "impayés", "of": "amount" }, "nombre_impayés": { "take": "count", "from": "impayés" },
        "taux_impayé": { "compute": "ratio", "of": ["impayé", "accordé"], "smallest": 100 },
        "sinistres": { "take": "count", "from": "sinistres", "window": "12 months" }, "sinistres_avant": { "take": "count", "from": "sinistres", "window": "12 months", "lag": "12 months" },
        "coût": { "take": "sum", "from": "sinistres", "of": "amount", "window": "5 years" },
        "exposition": { "take": "sum", "from": { "sinistres": "amount + 1", "retards": "10 * (paid_on - due_on)" }, "half_life": "90 days" },
        "avoirs": { "take": "sum", "from": "comptes", "of": "balance", "empty": null }, "comptes": { "take": "count", "from": "comptes" },
        "plus_bas": { "take": "minimum", "from": "comptes", "of": "balance" }, "pire": { "compute": "least", "of": ["encours", "arriéré"] },
        "né": { "take": "attribute", "of": "born_on" }, "âge": { "compute": "age", "of": "né", "unit": "years" },
        "ancienneté": { "compute": "age", "of": "premier_prêt", "unit": "months" }, "agence": { "take": "attribute", "of": "upper(branch)" }
    },
    "scores": {
        "retard": { "kind": "levels", "of": "jours_de_retard", "at_least": [1, 30, 60, 90], "labels": ["aucun", "faible", "moyen", "élevé", "critique"] },
        "solde": { "kind": "quantile", "of": "avoirs", "negatives": "exclude", "labels": ["très bas", "bas", "moyen", "haut", "très haut"], "unscored": "découvert" },
        "risque": { "kind": "quantile", "of": "exposition", "labels": ["très faible", "faible", "moyen", "fort", "très fort"] },
        "valeur": { "kind": "quantile", "of": "accordé", "within": "agence", "labels": ["1", "2", "3", "4", "5"], "only": { "of": "prêts", "at_least": 1 } },
        "tension": { "kind": "delta", "of": "risque", "minus": "valeur", "unscored": "sans prêt" },
        "alerte": { "kind": "delta", "of": "retard", "minus": "risque", "tolerance": 2, "labels": { "over": "retards", "balanced": "rien", "under": "sinistres" } },
        "classe": { "kind": "abc", "of": "encours", "strategy": "key_figure_percent", "shares": [0.8, 0.15, 0.05] },
        "fidélité": { "kind": "rfm", "recency": "dernier_versement", "frequency": "versements", "monetary": "accordé", "bins": 3, "within": "agence", "unscored": "aucune",
                      "segments": [{ "label": "modèles", "r": [3, 3], "f": [3, 3] }, { "label": "perdus", "r": [1, 1] }], "only": { "of": "prêts", "at_least": 1 } },
        "assuré": { "kind": "levels", "of": "sinistres", "above": [0, 1], "labels": ["calme", "un", "plusieurs"], "only": { "of": "âge", "between": [18, 75] } },
        "santé": { "kind": "levels", "of": "taux_impayé", "at_least": [0.01, 0.1, 0.2], "order": "descending", "labels": ["mauvaise", "moyenne", "bonne", "parfaite"] },
        "priorité": { "kind": "abc", "of": "impayé", "shares": [0.1, 0.2, 0.7], "within": "agence", "only": { "any": [{ "of": "classe", "not_in": ["C"] }, { "of": "tension", "equals": 4 }] } }
    }
}
$model$);

-- By hand: every event with its client and its moment, whatever the moment.
CREATE FUNCTION pg_temp.at_midnight(day date) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$ SELECT day::timestamp AT TIME ZONE 'Europe/Paris' $$;
CREATE TEMP VIEW loan AS SELECT client, kind, amount, nullif(rate, 'NaN')::numeric AS rate, pg_temp.at_midnight(granted_on) AS at FROM bank.loans;
CREATE TEMP VIEW due AS SELECT l.client, i.amount, pg_temp.at_midnight(i.due_on) AS at, i.paid_on IS NULL AS is_unpaid FROM bank.instalments AS i JOIN bank.loans AS l USING (loan_no);
CREATE TEMP VIEW late AS SELECT l.client, i.paid_on - i.due_on AS days, pg_temp.at_midnight(i.paid_on) AS at FROM bank.instalments AS i JOIN bank.loans AS l USING (loan_no) WHERE i.paid_on > i.due_on;
CREATE TEMP VIEW paid AS SELECT l.client, p.amount, p.paid_at AT TIME ZONE 'Europe/Paris' AS at FROM bank.payments AS p JOIN bank.loans AS l USING (loan_no);
CREATE TEMP VIEW claim AS SELECT client, amount, opened_at AS at FROM bank.claims WHERE NOT withdrawn;
CREATE TEMP VIEW exposure AS SELECT client, amount + 1 AS weight, at FROM claim UNION ALL SELECT client, 10 * days, at FROM late;
CREATE FUNCTION pg_temp.later(at timestamptz, period interval) RETURNS timestamptz LANGUAGE plpgsql SET TimeZone = 'Europe/Paris' AS $$ BEGIN RETURN at + period; END $$;
CREATE TEMP VIEW client AS
    SELECT c.*, s.scored_at, (s.scored_at AT TIME ZONE 'Europe/Paris')::date AS scored_on, (now() AT TIME ZONE 'Europe/Paris')::date AS today
    FROM bank.clients AS c LEFT JOIN bank.clients_scores AS s USING (client) WHERE c.closed_at IS NULL;

CREATE TEMP VIEW measured AS
SELECT c.*, loans.*, lates.*, dues.*, pays.*, claims.*, exposures.*, balances.*,
       (SELECT kind FROM loan AS l WHERE l.client = c.client AND at <= c.scored_at ORDER BY at DESC, kind DESC LIMIT 1) AS last_kind
FROM client AS c,
     LATERAL (SELECT count(*) AS loans, min(at) AS first_loan, coalesce(sum(amount), 0) AS lent, round(sum(rate) / count(rate), scale(sum(rate)) + 2) AS rate, count(DISTINCT kind) AS kinds
              FROM loan AS l WHERE l.client = c.client AND at <= c.scored_at) AS loans,
     LATERAL (SELECT coalesce(sum(days), 0)::numeric AS days_late, coalesce(round(sum(days)::numeric / count(*), 2), 0) AS average_late, coalesce(max(days), 0) AS worst_late
              FROM late AS l WHERE l.client = c.client AND at <= c.scored_at) AS lates,
     LATERAL (SELECT coalesce(sum(amount), 0) AS due, coalesce(sum(amount) FILTER (WHERE is_unpaid), 0) AS unpaid, count(*) FILTER (WHERE is_unpaid) AS unpaid_count
              FROM due AS d WHERE d.client = c.client AND at <= c.scored_at) AS dues,
     LATERAL (SELECT coalesce(sum(amount), 0) AS paid, count(*) AS payments, max(at) AS last_paid FROM paid AS p WHERE p.client = c.client AND at <= c.scored_at) AS pays,
     LATERAL (SELECT count(*) FILTER (WHERE c.scored_at < pg_temp.later(at, '12 months')) AS claims,
                     count(*) FILTER (WHERE pg_temp.later(at, '12 months') <= c.scored_at AND c.scored_at < pg_temp.later(pg_temp.later(at, '12 months'), '12 months')) AS claims_before,
                     coalesce(sum(amount) FILTER (WHERE c.scored_at < pg_temp.later(at, '5 years')), 0) AS claimed
              FROM claim AS l WHERE l.client = c.client AND at <= c.scored_at) AS claims,
     LATERAL (SELECT coalesce(ln(sum(weight * power(2, pg_temp.power_of(at, '90 days')))) / ln(2::float8), '-Infinity') AS exposure_log2,
                     coalesce(sum(weight * power(2, -extract(epoch FROM now() - at)::float8 / 7776000)), 0) AS exposure
              FROM exposure AS e WHERE e.client = c.client AND at <= c.scored_at AND weight IS NOT NULL) AS exposures,
     LATERAL (SELECT sum(balance) AS balance, count(*) AS accounts, min(balance) AS lowest FROM bank.accounts AS a WHERE a.client = c.client) AS balances;

CREATE TEMP VIEW computed AS
SELECT *, due - paid AS behind, lent - paid AS outstanding, CASE WHEN lent >= 100 THEN unpaid::float8 / lent::float8 END AS unpaid_rate,
       pg_temp.years(born_on, today) AS age, pg_temp.years(born_on, scored_on) AS age_then, pg_temp.months((first_loan AT TIME ZONE 'Europe/Paris')::date, today) AS seniority,
       upper(branch) AS agency, loans >= 1 AND last_paid IS NOT NULL AS in_rfm
FROM measured;

CREATE TEMP VIEW leveled AS
SELECT *, CASE WHEN days_late >= 90 THEN 5 WHEN days_late >= 60 THEN 4 WHEN days_late >= 30 THEN 3 WHEN days_late >= 1 THEN 2 ELSE 1 END AS lateness,
       CASE WHEN balance >= 0 THEN pg_temp.level(balance, array_agg(balance) FILTER (WHERE balance >= 0) OVER (), 5) END AS wealth,
       pg_temp.decayed_level(exposure_log2, array_agg(exposure_log2) OVER (), 5) AS risk,
       CASE WHEN loans >= 1 THEN pg_temp.level(lent, array_agg(lent) FILTER (WHERE loans >= 1) OVER agency, 5) END AS value,
       CASE WHEN outstanding < 0 THEN 'C'
            ELSE pg_temp.class_of(coalesce(sum(greatest(outstanding, 0)) OVER (ORDER BY outstanding DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                                  / sum(greatest(outstanding, 0)) OVER (), '{0.8,0.15,0.05}') END AS class,
       CASE WHEN in_rfm THEN pg_temp.level(extract(epoch FROM last_paid)::float8, array_agg(extract(epoch FROM last_paid)) FILTER (WHERE in_rfm) OVER agency, 3) END AS r,
       CASE WHEN in_rfm THEN pg_temp.level(payments, array_agg(payments) FILTER (WHERE in_rfm) OVER agency, 3) END AS f,
       CASE WHEN in_rfm THEN pg_temp.level(lent, array_agg(lent) FILTER (WHERE in_rfm) OVER agency, 3) END AS m,
       CASE WHEN age_then BETWEEN 18 AND 75 THEN CASE WHEN claims > 1 THEN 3 WHEN claims > 0 THEN 2 ELSE 1 END END AS insured,
       CASE WHEN unpaid_rate >= 0.2 THEN 1 WHEN unpaid_rate >= 0.1 THEN 2 WHEN unpaid_rate >= 0.01 THEN 3 WHEN unpaid_rate IS NOT NULL THEN 4 END AS health
FROM computed WINDOW agency AS (PARTITION BY agency);

CREATE TEMP VIEW classed AS
SELECT *, CASE WHEN in_priority THEN pg_temp.class_of((rank() OVER (PARTITION BY in_priority, agency ORDER BY unpaid DESC) - 1)::numeric / count(*) OVER (PARTITION BY in_priority, agency), '{0.1,0.2,0.7}') END AS priority
FROM (SELECT *, risk - value AS tension, lateness - risk AS alert, class <> 'C' OR coalesce(risk - value = 4, false) AS in_priority FROM leveled) AS l;

-- What the scored view must show, column by column.
CREATE TEMP VIEW by_hand AS
SELECT client, loans AS "prêts", (first_loan AT TIME ZONE 'Europe/Paris')::date AS "premier_prêt", today - (first_loan AT TIME ZONE 'Europe/Paris')::date AS "premier_prêt_days", lent AS "accordé",
       rate AS taux, kinds AS sortes, last_kind AS "dernière_sorte", days_late AS jours_de_retard, average_late AS retard_moyen, worst_late AS pire_retard, due AS "dû", paid AS "versé",
       payments AS versements, (last_paid AT TIME ZONE 'Europe/Paris')::date AS dernier_versement, today - (last_paid AT TIME ZONE 'Europe/Paris')::date AS dernier_versement_days,
       behind AS "arriéré", outstanding AS encours, unpaid AS "impayé", unpaid_count AS "nombre_impayés", unpaid_rate AS "taux_impayé", claims AS sinistres, claims_before AS sinistres_avant,
       claimed AS "coût", exposure AS exposition, balance AS avoirs, accounts AS comptes, lowest AS plus_bas, least(outstanding, behind) AS pire, born_on AS "né", age AS "âge",
       seniority AS "ancienneté", agency AS agence,
       lateness AS retard, (ARRAY['aucun', 'faible', 'moyen', 'élevé', 'critique'])[lateness] AS retard_label,
       wealth AS solde, coalesce((ARRAY['très bas', 'bas', 'moyen', 'haut', 'très haut'])[wealth], 'découvert') AS solde_label,
       risk AS risque, (ARRAY['très faible', 'faible', 'moyen', 'fort', 'très fort'])[risk] AS risque_label, value AS valeur, value::text AS valeur_label,
       tension, CASE WHEN tension > 0 THEN 'surpression' WHEN tension = 0 THEN 'équilibre' WHEN tension < 0 THEN 'sous-pression' ELSE 'sans prêt' END AS tension_label,
       alert AS alerte, CASE WHEN alert > 2 THEN 'retards' WHEN alert < -2 THEN 'sinistres' ELSE 'rien' END AS alerte_label,
       class AS classe, pg_temp.level_of(class) AS classe_level, 100 * r + 10 * f + m AS "fidélité", r AS "fidélité_recency", f AS "fidélité_frequency", m AS "fidélité_monetary",
       CASE WHEN NOT in_rfm THEN 'aucune' WHEN r = 3 AND f = 3 THEN 'modèles' WHEN r = 1 THEN 'perdus' END AS "fidélité_segment",
       insured AS "assuré", (ARRAY['calme', 'un', 'plusieurs'])[insured] AS "assuré_label", health AS "santé", (ARRAY['mauvaise', 'moyenne', 'bonne', 'parfaite'])[health] AS "santé_label",
       priority AS "priorité", pg_temp.level_of(priority) AS "priorité_level", scored_at
FROM classed;
CREATE TEMP VIEW stored_by_hand AS
SELECT client, first_loan AS "premier_prêt", last_paid AS dernier_versement, exposure_log2 AS exposition_log2, age_then AS "âge", lent AS "accordé", behind AS "arriéré", wealth AS solde, class AS classe FROM classed;

SELECT count(*) AS clients, count(*) FILTER (WHERE loans = 0) > 10 AS some_without_a_loan, count(*) FILTER (WHERE outstanding < 0) > 5 AS some_paid_too_much,
       count(*) FILTER (WHERE balance < 0) > 10 AS some_overdrawn, count(*) FILTER (WHERE claims > 0) > 10 AND count(*) FILTER (WHERE claims_before > 0) > 10 AS windows_hold_some
FROM computed;

-- Everything is as by hand.
SELECT * FROM pg_temp.compare('bank.scored_clients', 'by_hand', '{client}');
SELECT * FROM pg_temp.compare('bank.clients_scores', 'stored_by_hand', '{client}');
SELECT * FROM scoring.verify('banque');

-- The facts change.
UPDATE bank.instalments SET paid_on = due_on + 45 WHERE paid_on IS NULL AND loan_no % 3 = 0;
UPDATE bank.instalments SET paid_on = NULL WHERE loan_no % 20 = 1 AND instalment > 5;
UPDATE bank.loans SET client = bank.client(50) WHERE loan_no % 40 = 3;
UPDATE bank.loans SET amount = NULL WHERE loan_no % 50 = 7;
DELETE FROM bank.payments WHERE payment_id % 9 = 4;
DELETE FROM bank.loans WHERE loan_no % 77 = 5;
INSERT INTO bank.claims SELECT 5000 + i, bank.client(i), 100000 / i, '2026-04-01 10:00:00+00', false FROM generate_series(1, 80) AS i;
UPDATE bank.claims SET withdrawn = NOT withdrawn WHERE claim_id % 10 = 2;
UPDATE bank.accounts SET balance = -balance WHERE iban ~ '7$';
DELETE FROM bank.accounts WHERE iban ~ '9$';
UPDATE bank.clients SET branch = 'Lyon' WHERE branch IS NULL;
SELECT count(DISTINCT column_name) > 10 AS columns_differ, count(DISTINCT customer) > 20 AS clients_differ FROM scoring.verify('banque');
SELECT count(*) > 0 AS refreshed FROM scoring.refresh('banque');
SELECT * FROM pg_temp.compare('bank.scored_clients', 'by_hand', '{client}');
SELECT * FROM scoring.verify('banque');

-- Clients come and go: one whose loans were there before, one without anything, closed and opened accounts, one whose key changes.
INSERT INTO bank.clients VALUES (bank.client(9999), 'Nice', '2000-01-01', NULL), (bank.client(10000), 'Brest', NULL, NULL);
UPDATE bank.clients SET closed_at = CASE WHEN closed_at IS NULL THEN timestamptz '2026-06-01 00:00:00+00' END WHERE client IN (bank.client(10), bank.client(11), bank.client(23), bank.client(46));
UPDATE bank.clients SET client = bank.client(10001) WHERE client = bank.client(12);
DELETE FROM bank.clients WHERE client = bank.client(13);
SELECT count(DISTINCT customer) AS clients_differ FROM scoring.verify('banque') WHERE customer IN (SELECT bank.client(i)::text FROM unnest('{9999,10000,10,11,23,46,10001,12,13}'::int[]) AS i);
SELECT count(*) > 0 AS refreshed FROM scoring.refresh('banque');
SELECT * FROM pg_temp.compare('bank.scored_clients', 'by_hand', '{client}');
SELECT * FROM pg_temp.compare('bank.clients_scores', 'stored_by_hand', '{client}');
SELECT * FROM scoring.verify('banque');

-- explain takes the key as it is, or as a text.
SELECT scoring.explain('banque', bank.client(1))::text = scoring.explain('banque', bank.client(1)::text)::text AS the_same;
-- What others made of the model is in the way.
DROP VIEW client CASCADE;
SELECT scoring.drop_model('banque');

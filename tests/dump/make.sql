-- A database with models of two owners, to be dumped and restored.

SET client_min_messages = warning;
CREATE EXTENSION pg_scoring;
CREATE ROLE dumped_owner;
GRANT EXECUTE ON FUNCTION scoring.create_model(text, json, text), scoring.refresh(text) TO dumped_owner;
CREATE SCHEMA "Crm" AUTHORIZATION dumped_owner;
CREATE SCHEMA crm;

CREATE TABLE crm.accounts (company int, account text, country text, PRIMARY KEY (company, account));
CREATE TABLE crm.invoices (company int, account text, at timestamp, amount numeric, currency text);
INSERT INTO crm.accounts SELECT i % 3, 'A' || i, (array['FR', 'BE', NULL])[1 + i % 3] FROM generate_series(1, 200) AS i;
INSERT INTO crm.invoices
SELECT i % 3, 'A' || (1 + i * 7 % 210), '2024-01-01'::timestamp + i * interval '7 hours', i % 977 - 100.5, (array['EUR', 'USD'])[1 + i % 2]
FROM generate_series(1, 2000) AS i;

SELECT scoring.create_model('accounts', '{
  "timezone": "America/New_York",
  "description": "It''s a model with \"quotes\"",
  "customers": { "table": "crm.accounts", "key": ["company", "account"] },
  "sources": { "invoices": { "table": "crm.invoices", "customer": ["company", "account"], "at": "at" } },
  "measures": {
    "last": { "take": "last", "from": "invoices" },
    "spent": { "take": "sum", "from": "invoices", "of": "amount",
               "weights": { "of": "currency", "values": { "EUR": 1, "USD": 0.9 }, "otherwise": null } },
    "heat": { "take": "sum", "from": "invoices", "of": "amount", "half_life": "30 days" },
    "recent": { "take": "count", "from": "invoices", "window": "1 year" },
    "country": { "take": "attribute", "of": "country" }
  },
  "scores": {
    "abc": { "kind": "abc", "of": "spent", "within": "country", "strategy": "key_figure_percent", "shares": [0.8, 0.15, 0.05] },
    "heat_level": { "kind": "quantile", "of": "heat", "bins": 4 },
    "rfm": { "kind": "rfm", "recency": "last", "frequency": "recent", "monetary": "spent" }
  }
}');
GRANT SELECT ON crm.scored_accounts TO dumped_owner;
COMMENT ON COLUMN crm.scored_accounts.spent IS 'my own words';
CREATE VIEW crm.best AS SELECT company, account FROM crm.scored_accounts WHERE abc = 'A';

SET ROLE dumped_owner;
CREATE TABLE "Crm"."Clients" (id uuid PRIMARY KEY, "Born" date);
INSERT INTO "Crm"."Clients" SELECT md5(i::text)::uuid, '1950-01-01'::date + i * 11 FROM generate_series(1, 300) AS i;
SELECT scoring.create_model('Clients', '{
  "timezone": "Europe/Paris", "language": "fr",
  "customers": { "table": "\"Crm\".\"Clients\"", "key": "id" },
  "into": "\"Crm\".\"Scores\"", "view": "\"Crm\".\"Vue\"",
  "sources": {},
  "measures": { "né": { "take": "attribute", "of": "\"Born\"" }, "âge": { "compute": "age", "of": "né", "unit": "years" } },
  "scores": { "génération": { "kind": "levels", "of": "âge", "at_least": [30, 45, 60] } }
}');
SELECT count(*) FROM scoring.refresh('Clients');
RESET ROLE;

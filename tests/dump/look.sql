-- What must be the same before the dump and after it is restored.

SET client_min_messages = warning;

\pset format unaligned
SELECT model, owner, description, mode, score_table, scored_view, timezone, refreshed_at, cuts_version, customers, notices, not_events, no_cuts
FROM scoring.status ORDER BY model COLLATE "C";
SELECT name, definition FROM scoring.model ORDER BY name;
SELECT * FROM scoring.cuts ORDER BY model COLLATE "C", version, score COLLATE "C", group_value;
SELECT * FROM crm.accounts_scores ORDER BY company, account;
SELECT * FROM "Crm"."Scores" ORDER BY id;
SELECT score, group_value, level, label, customers FROM scoring.levels('accounts') ORDER BY score COLLATE "C", group_value, level;
SELECT score, group_value, level, label, customers FROM scoring.levels('Clients') ORDER BY level;
SELECT count(*) FROM crm.best;
SELECT c.oid::regclass, c.relacl, c.reloptions, pg_get_userbyid(c.relowner), obj_description(c.oid, 'pg_class') FROM pg_class AS c
WHERE relnamespace IN ('crm'::regnamespace, '"Crm"'::regnamespace) ORDER BY c.oid::regclass::text COLLATE "C";
SELECT attrelid::regclass, attname, col_description(attrelid, attnum) FROM pg_attribute
WHERE attrelid IN ('crm.scored_accounts'::regclass, 'crm.accounts_scores'::regclass, '"Crm"."Vue"'::regclass) AND attnum > 0
ORDER BY attrelid::regclass::text COLLATE "C", attnum;
SELECT 'accounts' AS model, * FROM scoring.verify('accounts') UNION ALL SELECT 'Clients', * FROM scoring.verify('Clients');
SELECT regexp_replace(scoring.explain('Clients', id) ->> 'text', '\d\d:\d\d', '…') FROM "Crm"."Clients" ORDER BY id LIMIT 3;

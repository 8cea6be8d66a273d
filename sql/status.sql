-- How the models are

-- Whoever reads these views must never run what the owner of a model has made: no name of a document is looked up but in
-- the catalogs, and what is counted in tables is counted by statements that PostgreSQL refuses where they are no tables.

CREATE VIEW scoring.model_table AS
WITH RECURSIVE named AS (
    SELECT m.id AS model, part[1] AS schema_name, part[2] AS table_name
    FROM scoring.model AS m, unnest(ARRAY(
        SELECT m.definition #>> '{customers,table}'
        UNION SELECT s.value ->> 'table' FROM json_each(m.definition -> 'sources') AS s
        UNION SELECT j.value ->> 'table' FROM json_each(m.definition -> 'sources') AS s, json_each(s.value -> 'joins') AS j)) AS written,
        parse_ident(written) AS part
), level AS (
    SELECT DISTINCT d.model, quote_ident(d.schema_name) || '.' || quote_ident(d.table_name) AS name, c.oid, c.relkind
    FROM named AS d LEFT JOIN pg_namespace AS n ON n.nspname = d.schema_name
    LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = d.table_name
    UNION ALL SELECT l.model, l.name, c.oid, c.relkind
    FROM level AS l JOIN pg_inherits AS i ON i.inhparent = l.oid JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE l.relkind = 'p'
)
SELECT l.model, l.name AS root, l.oid AS relation, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, l.relkind AS kind,
       c.relpersistence AS persistence
FROM level AS l LEFT JOIN pg_class AS c ON c.oid = l.oid LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace;
COMMENT ON VIEW scoring.model_table IS 'The tables that models read, with their partitions of every level. Support of scoring.status.';
COMMENT ON COLUMN scoring.model_table.model IS 'The number of the model.';
COMMENT ON COLUMN scoring.model_table.root IS 'The table that the document names.';
COMMENT ON COLUMN scoring.model_table.relation IS 'That table or one of its partitions; NULL where there is none of that name.';
COMMENT ON COLUMN scoring.model_table.name IS 'Its name.';
COMMENT ON COLUMN scoring.model_table.kind IS 'Its relkind.';
COMMENT ON COLUMN scoring.model_table.persistence IS 'Its relpersistence.';

CREATE VIEW scoring.kept_table AS
SELECT m.id AS model, k.is_marks, c.oid AS relation, n.oid AS schema, c.relkind = 'r' AS is_table, quote_ident(part[1]) || '.' || quote_ident(k.name) AS name,
       c.relpersistence AS persistence
FROM scoring.model AS m, parse_ident(m.score_table) AS part,
     LATERAL (VALUES (false, part[2]), (true, part[2] || '_marks')) AS k (is_marks, name),
     pg_namespace AS n, pg_class AS c
WHERE n.nspname = part[1] AND c.relnamespace = n.oid AND c.relname = k.name;
COMMENT ON VIEW scoring.kept_table IS 'The score tables of models and their marks, those that there are. Support of scoring.status.';
COMMENT ON COLUMN scoring.kept_table.model IS 'The number of the model.';
COMMENT ON COLUMN scoring.kept_table.is_marks IS 'Whether it is the marks; else the score table.';
COMMENT ON COLUMN scoring.kept_table.relation IS 'The relation.';
COMMENT ON COLUMN scoring.kept_table.schema IS 'The schema that it is in.';
COMMENT ON COLUMN scoring.kept_table.is_table IS 'Whether it is an ordinary table.';
COMMENT ON COLUMN scoring.kept_table.name IS 'Its name.';
COMMENT ON COLUMN scoring.kept_table.persistence IS 'Its relpersistence.';

CREATE VIEW scoring.problem AS
WITH known AS MATERIALIZED (
    SELECT t.*, coalesce(m.definition ->> 'mode', 'live') <> 'batch' AND t.relation IS NOT NULL AS is_watched
    FROM scoring.model_table AS t JOIN scoring.model AS m ON m.id = t.model
), watched AS (
    SELECT * FROM known WHERE is_watched
), kept AS (
    SELECT k.*, m.table_oid FROM scoring.kept_table AS k JOIN scoring.model AS m ON m.id = k.model
    WHERE coalesce(m.definition ->> 'mode', 'live') <> 'batch'
), ours AS (
    SELECT w.model, w.relation, event, format('pg_scoring_%s_%s', w.model, event) AS name
    FROM watched AS w, unnest('{insert,update,delete,truncate}'::text[]) AS event WHERE w.kind <> 'f'
), fires AS (
    SELECT g.tgrelid AS relation, g.tgname AS name, g.tgenabled IN ('O', 'A') AND g.tgqual IS NULL AS always,
           encode(g.tgargs, 'escape') AS argument
    FROM pg_trigger AS g WHERE g.tgfoid = 'scoring.keep'::regproc
)
SELECT model, 1 AS rank, format('The table %s is missing: it was dropped or renamed.', root) AS sentence
FROM known WHERE relation IS NULL
UNION ALL
SELECT w.model, 2, format('%s has no trigger of the model for %s, so that what is written there is not seen. scoring.repair puts it on.',
                          w.name, string_agg(o.event, ', ' ORDER BY o.event))
FROM ours AS o JOIN watched AS w USING (model, relation)
WHERE NOT EXISTS (SELECT FROM fires AS f WHERE f.relation = o.relation AND f.name = o.name)
GROUP BY w.model, w.relation, w.name
UNION ALL
SELECT w.model, 3, format('The trigger %I on %s is disabled, or not for every statement. scoring.repair makes it fire.', f.name, w.name)
FROM ours AS o JOIN watched AS w USING (model, relation) JOIN fires AS f ON f.relation = o.relation AND f.name = o.name
WHERE NOT f.always
UNION ALL
SELECT w.model, 4, format('The trigger %I on %s is one of the model under another name: it only marks. scoring.repair mends it.', f.name, w.name)
FROM watched AS w JOIN fires AS f ON f.relation = w.relation AND f.argument = w.model || '\000'
WHERE NOT EXISTS (SELECT FROM ours AS o WHERE o.model = w.model AND o.name = f.name)
UNION ALL
SELECT model, 5, format('%s is a foreign table, whose changes cannot be watched.', name) FROM watched WHERE kind = 'f'
UNION ALL
SELECT model, 6, format('%s is unlogged: a crash would empty it, and no trigger would see that. Use ALTER TABLE … SET LOGGED.', name)
FROM watched WHERE persistence = 'u'
UNION ALL
SELECT DISTINCT w.model, 7, format('%s has %s in inheritance, whose changes its triggers do not see. Use partitions, or another mode.', w.name,
                                   CASE WHEN i.inhparent = w.relation THEN 'children' ELSE 'a parent' END)
FROM watched AS w JOIN pg_inherits AS i ON w.relation IN (i.inhparent, i.inhrelid)
JOIN pg_class AS p ON p.oid = i.inhparent AND p.relkind <> 'p'
UNION ALL
SELECT w.model, 8, format('The subscription %I writes to %s, and its changes fire no statement trigger. Use another mode for the model.', s.subname, w.name)
FROM watched AS w JOIN pg_subscription_rel AS r ON r.srrelid = w.relation JOIN pg_subscription AS s ON s.oid = r.srsubid
UNION ALL
SELECT k.model, 9, format('The %s is unlogged: a crash would empty it. Use ALTER TABLE %s SET LOGGED.',
                          CASE WHEN k.is_marks THEN 'table of marks' ELSE 'score table' END, k.name)
FROM kept AS k WHERE k.persistence = 'u'
UNION ALL
SELECT k.model, 10, CASE WHEN k.is_marks THEN format('The index %I on %s is not kept by those who mark: drop it.', c.relname, k.name)
                         ELSE format('The index %I on %s is unique or excludes: writers could wait for it, so they only mark.', c.relname, k.name) END
FROM kept AS k JOIN pg_index AS i ON i.indrelid = k.relation JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE k.is_marks OR (i.indisunique OR i.indisexclusion) AND NOT i.indisprimary
UNION ALL
SELECT k.model, 11, format('The trigger %I on %s does not fire for what the model writes.', g.tgname, k.name)
FROM kept AS k JOIN pg_trigger AS g ON g.tgrelid = k.relation WHERE NOT g.tgisinternal
UNION ALL
SELECT k.model, 12, format('The rule %I on %s is passed over by what the model writes.', r.rulename, k.name)
FROM kept AS k JOIN pg_rewrite AS r ON r.ev_class = k.relation WHERE k.is_table
UNION ALL
SELECT k.model, 13, format('The foreign key %I %s %s is not checked for what the model writes.', f.conname,
                           CASE WHEN f.conrelid = k.relation THEN 'of' ELSE 'to' END, k.name)
FROM kept AS k JOIN pg_constraint AS f ON f.contype = 'f' AND f.conparentid = 0 AND k.relation IN (f.conrelid, f.confrelid)
UNION ALL
SELECT m.id, 14, 'The marks beside the score table are missing: what is written is not noted. scoring.repair makes them anew.'
FROM scoring.model AS m
WHERE coalesce(m.definition ->> 'mode', 'live') <> 'batch' AND NOT EXISTS (SELECT FROM kept AS k WHERE k.model = m.id AND k.is_marks AND k.is_table)
UNION ALL
SELECT k.model, 15, format('%s is not the table that the model made, as after a restore: writers only mark until scoring.catch_up takes it over.', k.name)
FROM kept AS k WHERE NOT k.is_marks AND k.relation <> k.table_oid
UNION ALL
SELECT m.id, 16, 'A refresh has been overdue for more than an hour. Use scoring.refresh or CALL scoring.work(), and see why no worker does it.'
FROM scoring.model AS m
WHERE m.definition ->> 'refresh_every' IS DISTINCT FROM 'never'
  AND m.refreshed_at + coalesce(m.definition ->> 'refresh_every', '1 day')::interval < now() - interval '1 hour';
COMMENT ON VIEW scoring.problem IS 'What keeps models from being kept true. Support of scoring.status.';
COMMENT ON COLUMN scoring.problem.model IS 'The number of the model.';
COMMENT ON COLUMN scoring.problem.rank IS 'The kind of problem, the worst first.';
COMMENT ON COLUMN scoring.problem.sentence IS 'A sentence.';

-- What is counted is asked for by name. That it is a table with such columns is settled once the statement is parsed, which
-- locks it, and before any of it runs: TABLESAMPLE is for tables alone, and elem_contained_by_range takes no other type.
CREATE VIEW scoring.pending AS
WITH held AS MATERIALIZED (
    SELECT relation FROM pg_locks WHERE relation IS NOT NULL AND mode = 'AccessExclusiveLock' AND pid IS DISTINCT FROM pg_backend_pid()
)
SELECT k.model, k.is_marks, substring(query_to_xml(
           format(CASE WHEN k.is_marks THEN
               'SELECT pg_catalog.json_build_array(pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE key_1 IS NULL), EXTRACT(epoch FROM pg_catalog.min(marked_at))) AS "found" '
               'FROM ONLY %1$s TABLESAMPLE pg_catalog.system (100) WHERE pg_catalog.elem_contained_by_range(marked_at, ''(,)''::pg_catalog.tstzrange)'
           ELSE
               'SELECT pg_catalog.json_build_array((SELECT pg_catalog.count(*) FROM ONLY %1$s WHERE due_at OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp()), '
               '(SELECT pg_catalog.count(*) FROM ONLY %1$s TABLESAMPLE pg_catalog.system (0) '
               'WHERE false AND pg_catalog.elem_contained_by_range(due_at, ''(,)''::pg_catalog.tstzrange))) AS "found"'
           END, k.name), false, false, '')::text FROM '\[.*\]')::json AS found
FROM scoring.kept_table AS k
WHERE CASE WHEN k.is_table AND has_schema_privilege(k.schema, 'USAGE') AND has_table_privilege(k.relation, 'SELECT')
           THEN NOT row_security_active(k.relation) ELSE false END
  AND NOT EXISTS (SELECT FROM held AS h WHERE h.relation = k.relation)
  AND (SELECT count(*) FROM pg_attribute AS a
       WHERE a.attrelid = k.relation AND a.attnum > 0 AND NOT a.attisdropped
         AND CASE a.attname WHEN 'key_1' THEN k.is_marks WHEN 'marked_at' THEN k.is_marks AND a.atttypid = 'timestamptz'::regtype
                            WHEN 'due_at' THEN NOT k.is_marks AND a.atttypid = 'timestamptz'::regtype ELSE false END)
      = CASE WHEN k.is_marks THEN 2 ELSE 1 END
  AND (k.is_marks OR EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                             WHERE i.indrelid = k.relation AND i.indisvalid AND a.attname = 'due_at'));
COMMENT ON VIEW scoring.pending IS 'What is left to do in the score tables and marks of models, where it can be counted. Support of scoring.status.';
COMMENT ON COLUMN scoring.pending.model IS 'The number of the model.';
COMMENT ON COLUMN scoring.pending.is_marks IS 'Whether it is the marks; else the score table.';
COMMENT ON COLUMN scoring.pending.found IS 'Of marks: how many, how many of everybody, the oldest; of a score table that the clock changes: how many rows are due.';

-- A barrier, so that no function of a reader sees rows before they are found to be his. What nobody asks for is not joined.
CREATE VIEW scoring.status WITH (security_barrier) AS
SELECT m.name AS model, m.owner, m.definition ->> 'description' AS description, d.mode,
       CASE WHEN m.cuts_version = 0 THEN 'to build'
            WHEN k.score_table IS NULL THEN 'score table missing'
            WHEN d.mode = 'batch' THEN 'built'
            WHEN k.marks IS NULL THEN 'marks missing'
            WHEN m.is_broken OR k.score_table <> m.table_oid THEN 'mark only'
            ELSE 'built' END AS state,
       m.score_table, m.scored_view, m.timezone, m.created_at, m.changed_at, m.refreshed_at, m.cuts_version,
       m.customers, m.notices, m.not_events, m.no_cuts,
       CASE WHEN m.definition ->> 'refresh_every' = 'never' THEN NULL
            ELSE m.refreshed_at + coalesce(m.definition ->> 'refresh_every', '1 day')::interval END AS refresh_due_at,
       p.marks, p.oldest_mark,
       d.mode <> 'batch' AND (m.cuts_version = 0 OR m.published_in IS NOT NULL OR p.marks_of_all > 0) AS are_all_pending,
       CASE WHEN d.mode <> 'batch' AND k.score_table IS NOT NULL THEN p.due END AS due,
       m.last_error, m.failed_at, coalesce(o.problems, '{}') AS problems
FROM scoring.model AS m
CROSS JOIN LATERAL (SELECT coalesce(m.definition ->> 'mode', 'live') AS mode) AS d
LEFT JOIN LATERAL (
    SELECT max(k.relation) FILTER (WHERE NOT k.is_marks) AS score_table, max(k.relation) FILTER (WHERE k.is_marks) AS marks
    FROM scoring.kept_table AS k WHERE k.model = m.id AND k.is_table
) AS k ON true
LEFT JOIN LATERAL (
    SELECT max((f.found ->> 0)::bigint) FILTER (WHERE f.is_marks) AS marks, max((f.found ->> 1)::bigint) FILTER (WHERE f.is_marks) AS marks_of_all,
           to_timestamp(max((f.found ->> 2)::float8) FILTER (WHERE f.is_marks)) AS oldest_mark,
           max((f.found ->> 0)::bigint) FILTER (WHERE NOT f.is_marks) AS due
    FROM scoring.pending AS f WHERE f.model = m.id
) AS p ON true
LEFT JOIN (
    SELECT o.model, array_agg(o.sentence ORDER BY o.rank, o.sentence COLLATE "C") AS problems FROM scoring.problem AS o GROUP BY o.model
) AS o ON o.model = m.id
WHERE pg_has_role(m.owner::oid, 'USAGE');
COMMENT ON VIEW scoring.status IS
'The models of the roles that you are a member of: how they are, what is left to
do, what keeps them from being kept true, and what was worth saying when they
were last refreshed.';
COMMENT ON COLUMN scoring.status.model IS 'The name.';
COMMENT ON COLUMN scoring.status.owner IS 'Who made it, and in whose name its work is done.';
COMMENT ON COLUMN scoring.status.description IS 'What its author says of it.';
COMMENT ON COLUMN scoring.status.mode IS 'live, deferred or batch, as the document says.';
COMMENT ON COLUMN scoring.status.state IS 'to build: nothing has scored anybody yet; built; mark only: its upkeep fails (see last_error) or it was restored, so that writers only mark; score table missing, marks missing: somebody dropped or renamed it.';
COMMENT ON COLUMN scoring.status.score_table IS 'The score table, as SQL writes it.';
COMMENT ON COLUMN scoring.status.scored_view IS 'The scored view, as SQL writes it.';
COMMENT ON COLUMN scoring.status.timezone IS 'The zone of dates and of the calendar.';
COMMENT ON COLUMN scoring.status.created_at IS 'When it was made.';
COMMENT ON COLUMN scoring.status.changed_at IS 'When its document last changed.';
COMMENT ON COLUMN scoring.status.refreshed_at IS 'What the newest cuts are as of.';
COMMENT ON COLUMN scoring.status.cuts_version IS 'The newest published cuts; 0 where there are none.';
COMMENT ON COLUMN scoring.status.customers IS 'How many customers were scored then.';
COMMENT ON COLUMN scoring.status.notices IS 'Levels that were empty then, or held most customers.';
COMMENT ON COLUMN scoring.status.not_events IS 'Rows of the sources that were no events then: {"orders": {"no_customer": 2}}. no_customer: NULL; unknown_customer: none of the customers; no_date and infinite_date; not_joined: a joined row is missing; no_weight: none of the weights is for it, so that a measure left it out.';
COMMENT ON COLUMN scoring.status.no_cuts IS 'Groups without cuts then: [{"score": "abc", "group_value": ["FR"], "reason": "no_total"}]. nobody: nobody in it has a figure; no_total: the total is not above 0.';
COMMENT ON COLUMN scoring.status.refresh_due_at IS 'When the next refresh is due; NULL where none is ever.';
COMMENT ON COLUMN scoring.status.marks IS 'How many marks wait to be worked off; a customer may have several. NULL in batch models, and while they cannot be read.';
COMMENT ON COLUMN scoring.status.oldest_mark IS 'When the oldest of them was left; NULL where there is none.';
COMMENT ON COLUMN scoring.status.are_all_pending IS 'Whether every customer is pending: nothing was built yet, a mark stands for all, or a refresh is not swept up.';
COMMENT ON COLUMN scoring.status.due IS 'How many rows of the score table are past their due_at; NULL where the clock changes none, and while they cannot be read.';
COMMENT ON COLUMN scoring.status.last_error IS 'What its upkeep failed with last; NULL where it has succeeded since.';
COMMENT ON COLUMN scoring.status.failed_at IS 'When that was.';
COMMENT ON COLUMN scoring.status.problems IS 'What keeps the model from being kept true, and what to do about it, each in a sentence; empty where all is well.';

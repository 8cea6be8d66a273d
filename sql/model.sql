-- Models: what is known of them, what can be done with them

CREATE TABLE scoring.model (
    name text COLLATE "C" PRIMARY KEY,
    owner regrole NOT NULL,
    definition json NOT NULL,
    timezone text NOT NULL,
    score_table text NOT NULL,
    scored_view text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    refreshed_at timestamptz,
    cuts_version int NOT NULL DEFAULT 0,
    customers bigint,
    notices text[] NOT NULL DEFAULT '{}',
    not_events jsonb NOT NULL DEFAULT '{}',
    no_cuts jsonb NOT NULL DEFAULT '[]'
);
COMMENT ON TABLE scoring.model IS 'The models, one row each, as their functions keep them. To read, use the view scoring.status.';
COMMENT ON COLUMN scoring.model.name IS 'The name.';
COMMENT ON COLUMN scoring.model.owner IS 'Who made it, and in whose name its work is done.';
COMMENT ON COLUMN scoring.model.definition IS 'The document, as its author wrote it.';
COMMENT ON COLUMN scoring.model.timezone IS 'The zone of dates and of the calendar.';
COMMENT ON COLUMN scoring.model.score_table IS 'The score table, as SQL writes it.';
COMMENT ON COLUMN scoring.model.scored_view IS 'The scored view, as SQL writes it.';
COMMENT ON COLUMN scoring.model.created_at IS 'When it was made.';
COMMENT ON COLUMN scoring.model.changed_at IS 'When its document last changed.';
COMMENT ON COLUMN scoring.model.refreshed_at IS 'What the newest cuts are as of; NULL where none are published yet.';
COMMENT ON COLUMN scoring.model.cuts_version IS 'The newest published cuts; 0 where there are none.';
COMMENT ON COLUMN scoring.model.customers IS 'How many customers were scored then.';
COMMENT ON COLUMN scoring.model.notices IS 'What was worth saying of the levels then.';
COMMENT ON COLUMN scoring.model.not_events IS 'Rows that were no events then: how many, by source and reason.';
COMMENT ON COLUMN scoring.model.no_cuts IS 'Groups that had no cuts then, with the reason.';

CREATE TABLE scoring.published_cuts (
    model text COLLATE "C" NOT NULL,
    version int NOT NULL,
    published_at timestamptz NOT NULL,
    score text NOT NULL,
    group_value jsonb,
    figures float8[],
    heads bigint[] NOT NULL,
    reason text,
    half_life interval
);
CREATE INDEX published_cuts_model ON scoring.published_cuts (model, version);
COMMENT ON TABLE scoring.published_cuts IS 'The published cuts of the models. To read, use the view scoring.cuts.';
COMMENT ON COLUMN scoring.published_cuts.model IS 'The model.';
COMMENT ON COLUMN scoring.published_cuts.version IS 'The version, from 1.';
COMMENT ON COLUMN scoring.published_cuts.published_at IS 'What the cuts are as of.';
COMMENT ON COLUMN scoring.published_cuts.score IS 'The score; of an rfm with the part, as rfm_recency.';
COMMENT ON COLUMN scoring.published_cuts.group_value IS 'The group, as an array of texts; NULL where the score has none.';
COMMENT ON COLUMN scoring.published_cuts.figures IS 'The cuts, ascending, as figures: of a moment the microseconds since 2000-01-01 UTC; of what decays 2^27 + log2 of the sum then, negative where the sum is. NULL where there are none.';
COMMENT ON COLUMN scoring.published_cuts.heads IS 'How many customers were on each level when they were published, lowest first.';
COMMENT ON COLUMN scoring.published_cuts.reason IS 'Why there are no cuts: nobody, no_total.';
COMMENT ON COLUMN scoring.published_cuts.half_life IS 'The half-life of the figure, where it decays.';

SELECT pg_catalog.pg_extension_config_dump('scoring.model', '');
SELECT pg_catalog.pg_extension_config_dump('scoring.published_cuts', '');

-- A barrier, so that no function of a reader sees rows before they are found to be his.
CREATE VIEW scoring.status WITH (security_barrier) AS
SELECT m.name AS model, m.owner, m.definition ->> 'description' AS description,
       coalesce(m.definition ->> 'mode', 'live') AS mode,
       CASE WHEN m.cuts_version = 0 THEN 'to build'
            WHEN to_regclass(m.score_table) IS NULL THEN 'score table missing'
            ELSE 'built' END AS state,
       m.score_table, m.scored_view, m.timezone, m.created_at, m.changed_at, m.refreshed_at, m.cuts_version,
       m.customers, m.notices, m.not_events, m.no_cuts,
       CASE WHEN m.definition ->> 'refresh_every' = 'never' THEN NULL
            ELSE m.refreshed_at + coalesce(m.definition ->> 'refresh_every', '1 day')::interval END AS refresh_due_at
FROM scoring.model AS m
WHERE pg_has_role(m.owner::oid, 'USAGE');
COMMENT ON VIEW scoring.status IS
'The models of the roles that you are a member of: how they are, and what was
worth saying when they were last refreshed.';
COMMENT ON COLUMN scoring.status.model IS 'The name.';
COMMENT ON COLUMN scoring.status.owner IS 'Who made it, and in whose name its work is done.';
COMMENT ON COLUMN scoring.status.description IS 'What its author says of it.';
COMMENT ON COLUMN scoring.status.mode IS 'live, deferred or batch, as the document says.';
COMMENT ON COLUMN scoring.status.state IS 'to build: no refresh has scored anybody yet; built; score table missing: somebody dropped or renamed it.';
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

CREATE VIEW scoring.cuts WITH (security_barrier) AS
SELECT c.model, c.score, c.group_value, c.version, c.published_at,
       CASE WHEN c.half_life IS NULL THEN c.figures
            ELSE ARRAY(SELECT CASE WHEN figure > 33554432 THEN figure - 134217728 ELSE '-Infinity' END
                       FROM unnest(c.figures) WITH ORDINALITY AS f (figure, at) ORDER BY at)
       END AS cuts,
       c.heads AS customers, c.reason, c.half_life
FROM scoring.published_cuts AS c JOIN scoring.model AS m ON m.name = c.model
WHERE pg_has_role(m.owner::oid, 'USAGE');
COMMENT ON VIEW scoring.cuts IS
'Where the levels of your models end, in every version that was published.';
COMMENT ON COLUMN scoring.cuts.model IS 'The model.';
COMMENT ON COLUMN scoring.cuts.score IS 'The score; of an rfm with the part, as rfm_recency.';
COMMENT ON COLUMN scoring.cuts.group_value IS 'The group, as an array of the texts of its values; NULL where the score has none.';
COMMENT ON COLUMN scoring.cuts.version IS 'The version, from 1; the greatest is the one that customers are scored under.';
COMMENT ON COLUMN scoring.cuts.published_at IS 'What the cuts are as of.';
COMMENT ON COLUMN scoring.cuts.cuts IS 'The cuts, ascending: of a date the microseconds since 2000-01-01 UTC; of what decays log2 of the sum then, as in the score table, and -Infinity for nothing or less. NULL where there are none.';
COMMENT ON COLUMN scoring.cuts.customers IS 'How many customers were on each level when they were published, lowest first.';
COMMENT ON COLUMN scoring.cuts.reason IS 'Why there are no cuts: nobody (nobody in the group has a figure), no_total (the total is not above 0).';
COMMENT ON COLUMN scoring.cuts.half_life IS 'The half-life of the figure, where it decays.';

CREATE FUNCTION scoring.create_model(name text, definition json, build text DEFAULT 'now') RETURNS void
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'scoring_create_model';
COMMENT ON FUNCTION scoring.create_model(text, json, text) IS
'Makes a model: checks the document, makes the score table and the scored view
that it names, derives every customer from the tables, publishes the first cuts
and scores everybody.
build: now, or later: then refresh scores everybody.
A fault in the document is 22023, or the code of what is missing, with a JSON
Pointer in DETAIL. A model of that name is 42710, a table or view 42P07. Only in
READ COMMITTED (0A000 elsewhere).
Example: SELECT scoring.create_model(''shop'', scoring.template(''rfm_abc''));';

CREATE FUNCTION scoring.drop_model(name text) RETURNS void
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'scoring_drop_model';
COMMENT ON FUNCTION scoring.drop_model(text) IS
'Drops a model with its score table, its view and its cuts. 2BP01 while others
depend on the table or the view; 42704 where there is no such model.
Example: SELECT scoring.drop_model(''shop'');';

CREATE FUNCTION scoring.preview(
    definition json,
    OUT score text, OUT group_value jsonb, OUT level int, OUT label text, OUT lower text, OUT upper text,
    OUT bounds text, OUT customers bigint, OUT share float8, OUT notice text
) RETURNS SETOF record
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'scoring_preview';
COMMENT ON FUNCTION scoring.preview(json) IS
'Shows what a document would give: the levels of every score with their bounds
and how many customers are on each, and in notice what is worth saying. Derives
everything and keeps nothing. Columns as of levels.
Example: SELECT * FROM scoring.preview(scoring.template(''rfm_abc''));';

CREATE FUNCTION scoring.refresh(
    name text,
    OUT score text, OUT group_value jsonb, OUT customers bigint, OUT moved bigint, OUT up bigint, OUT down bigint,
    OUT psi float8, OUT cuts_version int
) RETURNS SETOF record
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'scoring_refresh';
COMMENT ON FUNCTION scoring.refresh(text) IS
'Derives every customer, publishes new cuts and scores everybody under them, in
one transaction. Returns a row for each score that is cut, and group: how many
customers have a level, how many have another one than today''s figures have
under the previous cuts (moved; up and down of those with a level in both), and
the population stability index of today''s figures on the previous levels
against the shares when those were published (an empty level counts as half a
customer; NULL at the first refresh).
Example: SELECT score, moved, round(psi::numeric, 3) FROM scoring.refresh(''shop'');';

CREATE FUNCTION scoring.model_schema() RETURNS json
    LANGUAGE c IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_model_schema';
COMMENT ON FUNCTION scoring.model_schema() IS
'The JSON Schema (draft 2020-12) of a model''s document, for editors and checks.';

CREATE FUNCTION scoring.template(name text) RETURNS json
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'scoring_template';
COMMENT ON FUNCTION scoring.template(text) IS
'A document to start from: rfm_abc, marketing_pressure or shop; in French
rfm_abc_fr, marketing_pressure_fr, shop_fr. NULL in, NULL out; an unknown name
is 22023.';

-- truth(model): what verify finds wrong, who is marked, and who was scored since it was last asked. The three hang on nothing but the
-- statements in between; of more than eight customers only the number is told.

CREATE TEMP TABLE asked (model text PRIMARY KEY, at timestamptz NOT NULL);
CREATE FUNCTION pg_temp.few(keys text[]) RETURNS text LANGUAGE sql AS $$
SELECT CASE WHEN cardinality(keys) > 8 THEN cardinality(keys) || ' customers'
            ELSE (SELECT string_agg(key, ' ' ORDER BY length(key), key COLLATE "C") FROM unnest(keys) AS key) END
$$;
CREATE FUNCTION pg_temp.truth(name text DEFAULT 'live', OUT wrong bigint, OUT marked text, OUT scored text) LANGUAGE plpgsql AS $$
DECLARE
    scores regclass;
    keys text[];
BEGIN
    SELECT m.score_table INTO scores FROM scoring.status AS m WHERE m.model = name;
    SELECT count(*) INTO wrong FROM scoring.verify(name);
    EXECUTE format($sql$
        SELECT array_agg(DISTINCT coalesce((SELECT string_agg(value, '/' ORDER BY key) FROM jsonb_each_text(to_jsonb("$row") - 'marked_at')), 'everybody'))
        FROM %s_marks AS "$row" $sql$, scores) INTO keys;
    marked := pg_temp.few(keys);
    EXECUTE format($sql$
        SELECT array_agg((SELECT string_agg(to_jsonb("$row") ->> attname, '/' ORDER BY k.ordinality)
                          FROM pg_index, unnest(indkey) WITH ORDINALITY AS k, pg_attribute
                          WHERE indrelid = $1 AND indisprimary AND attrelid = $1 AND attnum = k.k))
        FROM %s AS "$row" WHERE scored_at > (SELECT at FROM asked WHERE model = $2) $sql$, scores) INTO keys USING scores, name;
    scored := pg_temp.few(keys);
    INSERT INTO asked VALUES (name, clock_timestamp()) ON CONFLICT (model) DO UPDATE SET at = excluded.at;
END $$;

-- Segments: the usual ones of a five-bin score, and those of the user's own rules.

\pset null NULL

-- All 125 codes by segment: best first, each code in exactly one.
SELECT scoring.rfm_segment(code) AS segment, count(*), string_agg(code::text, ' ' ORDER BY code DESC) AS codes
FROM (SELECT scoring.rfm_score(r, f, m) AS code
      FROM generate_series(1, 5) AS r, generate_series(1, 5) AS f, generate_series(1, 5) AS m) AS every
GROUP BY segment ORDER BY max(code) DESC;

-- The comment of the function is the table of its rules: read from there, they give the same segments.
CREATE TEMP TABLE documented AS
SELECT jsonb_agg(rule ORDER BY place) AS rules
FROM (SELECT place, jsonb_object_agg(dimension[1], to_jsonb(ARRAY[dimension[2], coalesce(dimension[3], dimension[2])]::int[]))
                    || jsonb_build_object('label', rule[1]) AS rule
      FROM regexp_matches(obj_description('scoring.rfm_segment(int)'::regprocedure),
                          '\n([A-Z][A-Za-z'' ]+) \(([^)]+)\)', 'g') WITH ORDINALITY AS m (rule, place),
           regexp_matches(rule[2], '([rfm]) (\d)(?:-(\d))?', 'g') AS dimension
      GROUP BY place, rule) AS read;
SELECT jsonb_array_length(rules) AS rules FROM documented;
SELECT count(*) AS codes, count(*) FILTER (WHERE scoring.rfm_segment(code) IS DISTINCT FROM scoring.rfm_segment(code, rules)) AS differ
FROM documented, (SELECT scoring.rfm_score(r, f, m) AS code
      FROM generate_series(1, 5) AS r, generate_series(1, 5) AS f, generate_series(1, 5) AS m) AS every;

-- No score, no segment.
SELECT scoring.rfm_segment(NULL) AS usual, scoring.rfm_segment(NULL, '[]') AS own, scoring.rfm_segment(555, NULL) AS no_rules;

-- Own rules: the first match wins, ranges are inclusive, a missing dimension matches all, no match is NULL.
\set rules '[{"label": "Best", "r": [4,5], "f": [4,5], "m": [4,5]}, {"label": "Gone", "r": [1,1]}, {"label": "Big", "m": [5,5]}]'
SELECT code, scoring.rfm_segment(code, :'rules') AS segment
FROM unnest('{444,555,544,445,111,155,345,235,344,334}'::int[]) AS code;
SELECT scoring.rfm_segment(543, '[]') AS no_rule, scoring.rfm_segment(543, '[{"label": "All"}]') AS one_rule,
       scoring.rfm_segment(999, '[{"label": "Nine", "r": [9,9], "f": [1,9], "m": [9,9]}]') AS nine_bins,
       scoring.rfm_segment(543, '[{"label": "Été \"à\" \n 😀"}]') AS words, scoring.rfm_segment(543, '[{"label": ""}]') AS empty;

-- The same label in two rules: either may match.
SELECT scoring.rfm_segment(code, '[{"label": "Edge", "r": [1,1]}, {"label": "Middle", "r": [2,4]}, {"label": "Edge"}]') AS segment
FROM unnest('{111,333,555}'::int[]) AS code;

-- Rules from a table, other rules in each row and back again; toasted ones; rules that follow an error.
CREATE TABLE company (name text, rules jsonb);
INSERT INTO company VALUES ('one', '[{"label": "First"}]'), ('two', '[{"label": "Second"}]'), ('none', '[]'), ('no rules', NULL),
    ('long', (SELECT jsonb_agg(jsonb_build_object('label', 'no ' || i || repeat(md5(i::text), 3), 'r', '[1,1]'::jsonb)) || '[{"label": "Last"}]'
              FROM generate_series(1, 1000) AS i));
SELECT pg_column_size(rules) > 8000 AS is_long FROM company WHERE name = 'long';
SELECT string_agg(coalesce(scoring.rfm_segment(555, rules), '-'), ' ' ORDER BY turn, name) AS segments
FROM company, generate_series(1, 3) AS turn;
PREPARE segment (jsonb) AS SELECT scoring.rfm_segment(555, $1);
EXECUTE segment ('[{"label": "One"}]');
EXECUTE segment ('[{"label": "Two"}]');
EXECUTE segment ('[{"label": 3}]');
EXECUTE segment ('[{"label": "Four"}]');
DO $$
DECLARE
    rules jsonb;
    found text := '';
BEGIN
    FOREACH rules IN ARRAY ARRAY['[{"label": "a"}]', '[7]', '[{"label": "b"}]', '{}', '[{"label": "a"}]']::jsonb[] LOOP
        BEGIN
            found := found || scoring.rfm_segment(555, rules);
        EXCEPTION WHEN invalid_parameter_value THEN
            found := found || '!';
        END;
    END LOOP;
    RAISE NOTICE '%', found;
END $$;

-- Ten thousand rules, read once.
SELECT scoring.rfm_segment(code, rules) AS segment, count(*)
FROM (SELECT ('[' || repeat('{"label":"no","r":[1,1]},', 10000) || '{"label":"yes"}]')::jsonb AS rules OFFSET 0) AS document,
     generate_series(551, 555) AS code
GROUP BY 1;

-- More than 1 MB of rules is refused before it is read.
DO $$
DECLARE
    detail text;
BEGIN
    PERFORM scoring.rfm_segment(555, (SELECT jsonb_agg(jsonb_build_object('label', repeat('x', 100))) FROM generate_series(1, 10000)));
EXCEPTION WHEN program_limit_exceeded THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RAISE NOTICE '%: % %', SQLSTATE, SQLERRM, detail;
END $$;

-- Wrong rules: 22023, the fault as a JSON Pointer in DETAIL, what is right in HINT.
CREATE FUNCTION pg_temp.fault(rules text, OUT state text, OUT pointer text, OUT hint boolean) LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    advice text;
BEGIN
    PERFORM scoring.rfm_segment(543, rules::jsonb);
    state := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, advice = PG_EXCEPTION_HINT;
    state := SQLSTATE;
    pointer := substring(detail FROM '"(.*)"');
    hint := advice <> '' AND message LIKE 'invalid segment rules: _%';
END $$;
SELECT fault.*, rules
FROM unnest(ARRAY[
    '{}', 'null', '3', '"Champions"', 'true', '{"label": "x"}',
    '[1]', '[null]', '["x"]', '[[]]', '[["x", [1,9], [1,9], [1,9]]]', '[{"label": "x"}, ["x"]]',
    '[{}]', '[{"r": [1,5]}]', '[{"label": null}]', '[{"label": 3}]', '[{"label": ["x"]}]', '[{"label": {"fr": "x"}}]',
    '[{"label": "x", "R": [1,5]}]', '[{"label": "x", "segment": "y"}]', '[{"label": "x", "a/b~c": 1}]',
    '[{"label": "x", "": 1}]', '[{"label": "x"}, {"label": "y"}, {"label": "z", "é": 1}]',
    '[{"label": "x", "r": null}]', '[{"label": "x", "r": 5}]', '[{"label": "x", "r": "4-5"}]', '[{"label": "x", "r": {"min": 4}}]',
    '[{"label": "x", "r": []}]', '[{"label": "x", "f": [1]}]', '[{"label": "x", "m": [1,2,3]}]',
    '[{"label": "x", "r": [5,4]}]', '[{"label": "x", "f": [0,4]}]', '[{"label": "x", "m": [1,10]}]', '[{"label": "x", "m": [-1,1]}]',
    '[{"label": "x", "r": [1.5,4]}]', '[{"label": "x", "r": ["4",5]}]', '[{"label": "x", "r": [4,null]}]', '[{"label": "x", "r": [[4],5]}]',
    '[{"label": "x", "r": [1e300,5]}]', '[{"label": "x", "f": [1,99999999999999999999]}]', '[{"label": "x", "f": [true,false]}]'])
     AS rules, pg_temp.fault(rules);

-- A message names the unknown key in full.
DO $$
BEGIN
    PERFORM scoring.rfm_segment(543, '[{"label": "x", "sold at line prices": [1,5]}]');
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'named in full: %', SQLERRM LIKE '%sold at line prices%';
END $$;

-- Messages are the user's words, not the program's.
DO $$
DECLARE
    rules text;
BEGIN
    FOREACH rules IN ARRAY ARRAY['[1]', '[[]]', '[{"label": "x", "r": [1.5,4]}]', '[{"label": "x", "r": ["4",5]}]'] LOOP
        BEGIN
            PERFORM scoring.rfm_segment(543, rules::jsonb);
        EXCEPTION WHEN OTHERS THEN
            IF SQLERRM ~ 'struct|i64|i32|Rule' THEN
                RAISE NOTICE 'of the program: %', SQLERRM;
            END IF;
        END;
    END LOOP;
END $$;

-- Deep and long documents are refused like others, or by PostgreSQL itself.
SELECT n, fault.state, left(fault.pointer, 20) AS pointer
FROM (VALUES (100), (1000), (5000)) AS depth (n),
     pg_temp.fault('[{"label":"x","r":' || repeat('[', n) || repeat(']', n) || '}]') ORDER BY n;
SELECT fault.state, left(fault.pointer, 20) AS pointer FROM pg_temp.fault('[{"label":"x","r":[' || repeat('9', 100000) || ',5]}]');

-- The codes that are none.
CREATE FUNCTION pg_temp.state(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'fine';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
SELECT code, pg_temp.state('SELECT scoring.rfm_segment(' || code || ')') AS usual,
       pg_temp.state('SELECT scoring.rfm_segment(' || code || $$, '[{"label": "x"}]')$$) AS own
FROM unnest('{0,5,55,550,505,55,555,556,655,999,990,1000,1111,-1,-555,2147483647,-2147483648}'::int[]) AS code;

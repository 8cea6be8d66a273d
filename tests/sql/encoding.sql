-- Databases that are not UTF-8: the user's words stay as they are, and a wrong word is a clear error.

\pset format unaligned
\pset tuples_only on
\encoding UTF8
CREATE DATABASE regress_scoring_latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE regress_scoring_bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C';
SELECT current_database() AS home \gset

\c regress_scoring_latin
\encoding UTF8
CREATE EXTENSION pg_scoring;
CREATE FUNCTION pg_temp.fault(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
-- Labels of classes and segments.
SELECT scoring.abc_class(1, '{1}', 'count_percent', '{Élite}') OVER () AS class, scoring.abc_bin(1, '{}', '{Élite}') AS bin,
       scoring.rfm_segment(555, '[{"label": "Élite"}]') AS segment, scoring.rfm_segment(555, '[{"label": "Élite"}]') = 'Élite' AS same;
-- Unknown words.
SELECT pg_temp.fault($$SELECT scoring.abc_class(1, '{1}', 'tête') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.abc_cuts(1, '{1}', 'tête')$$);
SELECT pg_temp.fault($$SELECT scoring.quantile_bin(1, 5, 'tête') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_score(now(), 1, 1, 5, 'tête') OVER ()$$);
SELECT pg_temp.fault($$SELECT scoring.rfm_segment(555, '[{"label": "x", "tête": 1}]')$$) LIKE '22023%tête%' AS named;

\c regress_scoring_bytes
\encoding SQL_ASCII
CREATE EXTENSION pg_scoring;
CREATE FUNCTION pg_temp.state(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
-- Bytes that are no UTF-8 come back as they went in; in unknown words they are an error of the user's.
SELECT scoring.abc_class(1, '{1}', 'count_percent', ARRAY[E'\xc9lite']) OVER () = E'\xc9lite' AS class,
       scoring.abc_bin(1, '{}', ARRAY[E'\xc9lite']) = E'\xc9lite' AS bin,
       scoring.rfm_segment(555, E'[{"label": "\xc9lite"}]') = E'\xc9lite' AS segment;
SELECT pg_temp.state($$SELECT scoring.abc_class(1, '{1}', E'\xe9') OVER ()$$) AS strategy,
       pg_temp.state($$SELECT scoring.abc_cuts(1, '{1}', E'\xe9')$$) AS strategy_of_cuts,
       pg_temp.state($$SELECT scoring.quantile_bin(1, 5, E'\xe9') OVER ()$$) AS method,
       pg_temp.state($$SELECT scoring.rfm_segment(555, E'[{"label": "x", "\xe9": 1}]')$$) AS key;

\c :home
DROP DATABASE regress_scoring_latin;
DROP DATABASE regress_scoring_bytes;

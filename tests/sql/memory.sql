-- Memory: what a query keeps is in proportion to its rows, and nothing stays after it. A peak is that of the server process, so each
-- query has a new one.

CREATE FUNCTION public.megabytes(what text) RETURNS int LANGUAGE sql AS
$$ SELECT substring(pg_read_file('/proc/self/status') FROM what || ':\s+(\d+) kB')::int / 1024 $$;

-- Arguments that are work to find leave no more than the figure: 100,000 rows, 4 kB of text in each argument.
\c -
SELECT public.megabytes('VmHWM') AS before \gset
SELECT count(DISTINCT level) AS levels FROM (SELECT ntile(5) OVER (ORDER BY octet_length(repeat('x', 4000) || i)) AS level FROM generate_series(1, 100000) AS i) AS r;
SELECT public.megabytes('VmHWM') - :before < 100 AS ntile_is_small;
\c -
SELECT public.megabytes('VmHWM') AS before \gset
SELECT count(DISTINCT class) AS classes FROM (SELECT scoring.abc_class(octet_length(repeat('x', 4000) || i)) OVER () AS class FROM generate_series(1, 100000) AS i) AS r;
SELECT public.megabytes('VmHWM') - :before < 100 AS abc_class_is_small;
\c -
SELECT public.megabytes('VmHWM') AS before \gset
SELECT count(DISTINCT level) AS levels FROM (SELECT scoring.quantile_bin(octet_length(repeat('x', 4000) || i)) OVER () AS level FROM generate_series(1, 100000) AS i) AS r;
SELECT public.megabytes('VmHWM') - :before < 100 AS quantile_bin_is_small;
\c -
SELECT public.megabytes('VmHWM') AS before \gset
SELECT count(DISTINCT score) AS scores
FROM (SELECT scoring.rfm_score(now(), octet_length(repeat('x', 4000) || i), octet_length(repeat('y', 4000) || i)) OVER () AS score FROM generate_series(1, 100000) AS i) AS r;
SELECT public.megabytes('VmHWM') - :before < 100 AS rfm_score_is_small;

-- So do parameters that are found anew for each row.
\c -
SELECT public.megabytes('VmHWM') AS before \gset
SELECT count(DISTINCT class) AS classes
FROM (SELECT scoring.abc_class(i, ARRAY[0.5, 0.5], left('count_percent' || repeat(' ', 4000) || i, 13), '{A,B}') OVER () AS class FROM generate_series(1, 100000) AS i) AS r;
SELECT public.megabytes('VmHWM') - :before < 100 AS parameters_are_small;

-- Aggregates keep 8 bytes a figure, or a fixed state a group, whatever their arguments were.
\c -
SELECT public.megabytes('VmHWM') AS before \gset
SELECT array_length(scoring.quantile_cuts(octet_length(repeat('x', 4000) || i)), 1) AS cuts, scoring.abc_cuts(octet_length(repeat('x', 4000) || i), '{5}', 'count_absolute') AS abc_cuts,
       (scoring.rfm_facts(now(), octet_length(repeat('x', 4000) || i))).orders, scoring.decayed_sum(octet_length(repeat('x', 4000) || i), now(), '1 day', now()) AS sum
FROM generate_series(1, 100000) AS i;
SELECT public.megabytes('VmHWM') - :before < 100 AS aggregates_are_small;
-- Totals of long numerics are replaced, not piled up.
\c -
SELECT public.megabytes('VmHWM') AS before \gset
SELECT length((scoring.rfm_facts(now(), ('1e2000'::numeric + i) / 7)).total::text) > 2000 AS long FROM generate_series(1, 20000) AS i;
SELECT public.megabytes('VmHWM') - :before < 100 AS long_totals_are_small;

-- Nothing stays: after a thousand queries, and after a thousand errors in the middle of them, memory is what it was.
CREATE FUNCTION public.many_queries() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR turn IN 1..300 LOOP
        PERFORM scoring.abc_class(i, '{0.8,0.15,0.05}', 'key_figure_percent') OVER (), scoring.rfm_score(now(), i, -i, 5, 'ntile') OVER (),
                scoring.quantile_bin(i, 100) OVER (PARTITION BY i % 50), scoring.pressure_delta(i, i, 9) OVER (),
                scoring.rfm_segment(555, '[{"label": "own"}]') FROM generate_series(1, 1000) AS i;
        PERFORM scoring.quantile_cuts(i), scoring.abc_cuts(i, '{1}', 'count_percent'), scoring.rfm_facts(now(), i) FROM generate_series(1, 1000) AS i GROUP BY i % 50;
        BEGIN
            PERFORM scoring.abc_class(1000 / (500 - i)) OVER (), scoring.quantile_bin(i) OVER () FROM generate_series(1, 1000) AS i;
        EXCEPTION WHEN division_by_zero THEN NULL;
        END;
        BEGIN
            PERFORM scoring.quantile_bin(i, i) OVER () FROM generate_series(2, 1000) AS i;
        EXCEPTION WHEN invalid_parameter_value THEN NULL;
        END;
        BEGIN
            PERFORM scoring.rfm_segment(555, ('[' || repeat('{"label": "some long label"},', 100) || '7]')::jsonb);
        EXCEPTION WHEN invalid_parameter_value THEN NULL;
        END;
    END LOOP;
END $$;
SELECT public.many_queries();
SELECT public.megabytes('VmRSS') AS rss, sum(total_bytes) AS contexts FROM pg_backend_memory_contexts \gset
SELECT public.many_queries();
SELECT public.megabytes('VmRSS') - :rss < 10 AS process, sum(total_bytes) - :contexts < 1e6 AS contexts FROM pg_backend_memory_contexts;

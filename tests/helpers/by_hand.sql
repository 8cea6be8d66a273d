-- The scores of models by hand: what the tests of models share. Nothing here calls a function of the extension.

-- The queries are long and the rows are few: compiling them would take longer than running them.
SET jit = off;

-- Tells whether two floats are the same to 1e-9 of the greater one.
CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(a = b OR abs(a - b) <= 1e-9 * greatest(abs(a), abs(b)), a IS NULL AND b IS NULL) $$;

-- compare(shown, wanted, keys): for each column of the relation `wanted`, how many customers it and `shown` have together, and how many
-- differ. `varied` tells that there is more than one value, so that the comparison is worth something. A key that only one of them has
-- differs in every column, and a column that `shown` has not is told as such.
CREATE FUNCTION pg_temp.compare(shown regclass, wanted regclass, keys text[])
RETURNS TABLE ("column" name, type text, customers bigint, different bigint, varied boolean) LANGUAGE plpgsql AS $$
DECLARE
    other text;
    matched text;
BEGIN
    EXECUTE format('CREATE TEMP TABLE compared AS TABLE %s', wanted);
    SELECT string_agg(format('s.%1$I = w.%1$I', key), ' AND ') INTO matched FROM unnest(keys) AS key;
    FOR "column", type IN
        SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute AS a
        WHERE a.attrelid = 'pg_temp.compared'::regclass AND a.attnum > 0 AND a.attname <> ALL (keys) ORDER BY a.attnum
    LOOP
        SELECT format_type(a.atttypid, NULL) INTO other FROM pg_attribute AS a WHERE a.attrelid = shown AND a.attname = "column";
        IF other IS DISTINCT FROM type THEN
            type := coalesce(other, 'MISSING') || ' INSTEAD OF ' || type;
            customers := NULL;
            different := NULL;
            varied := NULL;
        ELSE
            EXECUTE format('SELECT count(*), count(*) FILTER (WHERE s.%1$I IS NULL OR w.%1$I IS NULL OR NOT ' ||
                           CASE type WHEN 'double precision' THEN 'pg_temp.near(s.%2$I, w.%2$I)' ELSE '(s.%2$I IS NOT DISTINCT FROM w.%2$I)' END ||
                           '), count(DISTINCT w.%2$I) + max((w.%2$I IS NULL)::int) > 1 FROM %3$s AS s FULL JOIN compared AS w ON %4$s',
                           keys[1], "column", shown, matched)
                INTO customers, different, varied;
        END IF;
        RETURN NEXT;
    END LOOP;
    DROP TABLE compared;
END $$;

-- The levels of quantiles: 1 + the number of cuts strictly below, where the cuts are percentile_cont's over all figures.
CREATE FUNCTION pg_temp.level(x float8, figures float8[], bins int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IS NOT NULL THEN 1 + (SELECT count(*)::int FROM unnest(cuts) AS cut WHERE cut < x) END
    FROM (SELECT percentile_cont(p) WITHIN GROUP (ORDER BY figure) AS cuts
          FROM unnest(figures) AS figure, (SELECT array_agg(k::float8 / bins ORDER BY k) AS p FROM generate_series(1, bins - 1) AS k) AS parts GROUP BY p) AS c
$$;

-- The same for logarithms of decayed figures, of which -Infinity is none: compared on a grid of 2^-24, and where a cut would not be
-- finite it is the lower neighbour.
CREATE FUNCTION pg_temp.on_grid(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT round(x * 16777216) / 16777216 $$;
CREATE FUNCTION pg_temp.decayed_level(x float8, figures float8[], bins int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x IS NOT NULL THEN 1 + count(*) FILTER (WHERE cut < pg_temp.on_grid(x))::int END
    FROM (SELECT CASE WHEN low = high OR low = '-Infinity' THEN low ELSE low + (place - floor(place)) * (high - low) END AS cut
          FROM (SELECT array_agg(pg_temp.on_grid(figure) ORDER BY figure) AS sorted FROM unnest(figures) AS figure) AS s, generate_series(1, bins - 1) AS k,
               LATERAL (SELECT k::float8 / bins * (cardinality(sorted) - 1) AS place) AS p,
               LATERAL (SELECT sorted[floor(place)::int + 1] AS low, sorted[ceil(place)::int + 1] AS high) AS n) AS c
$$;

-- The log2 of what a decayed sum is in 2000, of weights above 0; seconds since then divided by the half-life are the powers of two.
CREATE FUNCTION pg_temp.power_of(at timestamptz, half_life interval) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT extract(epoch FROM at - timestamptz '2000-01-01 00:00:00+00')::float8 / extract(epoch FROM half_life)::float8 $$;

-- The classes of ABC by the share of the total that strictly better rows hold.
CREATE FUNCTION pg_temp.class_of(better numeric, limits numeric[]) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN better < limits[1] THEN 'A' WHEN better < limits[1] + limits[2] THEN 'B' ELSE 'C' END $$;
CREATE FUNCTION pg_temp.level_of(class text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT CASE class WHEN 'A' THEN 3 WHEN 'B' THEN 2 WHEN 'C' THEN 1 END $$;

-- Whole months or years: the greatest n such that start + n of them is not after the day; 31 January and 1 month are the last of February.
CREATE FUNCTION pg_temp.months(start date, day date) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT n - CASE WHEN start + n * interval '1 month' > day THEN 1 ELSE 0 END
    FROM (SELECT ((extract(year FROM day) - extract(year FROM start)) * 12 + extract(month FROM day) - extract(month FROM start))::int AS n) AS guess
$$;
CREATE FUNCTION pg_temp.years(start date, day date) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT n - CASE WHEN start + n * interval '1 year' > day THEN 1 ELSE 0 END
    FROM (SELECT (extract(year FROM day) - extract(year FROM start))::int AS n) AS guess
$$;

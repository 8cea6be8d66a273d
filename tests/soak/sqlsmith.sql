-- What sqlsmith is to find: a role that owns a shop and may call everything, and few functions besides ours.

CREATE ROLE smith LOGIN;
GRANT CREATE ON DATABASE sqlsmith TO smith;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA scoring TO smith;

-- sqlsmith reads pg_proc without a schema, so that it finds this view first. Nothing can be written through it.
CREATE SCHEMA smith;
GRANT USAGE ON SCHEMA smith TO smith;
CREATE VIEW smith.pg_proc AS
SELECT * FROM pg_catalog.pg_proc
WHERE pronamespace = 'scoring'::regnamespace OR oid::regprocedure::text IN (
    'random()', 'now()', 'clock_timestamp()', 'abs(double precision)', 'sqrt(double precision)',
    'int4(text)', 'float8(integer)', '"numeric"(integer)', '"numeric"(double precision)', 'repeat(text,integer)', 'upper(text)',
    'to_jsonb(anyelement)', 'array_append(anycompatiblearray,anycompatible)', 'array_cat(anycompatiblearray,anycompatiblearray)',
    'make_interval(integer,integer,integer,integer,integer,integer,double precision)', 'age(timestamp with time zone,timestamp with time zone)',
    'sum(double precision)', 'max(integer)', 'count(*)', 'count("any")', 'array_agg(anynonarray)', 'row_number()', 'text(integer)')
OFFSET 0;
GRANT SELECT ON smith.pg_proc TO PUBLIC;
ALTER ROLE smith SET search_path = smith, pg_catalog;
ALTER DATABASE sqlsmith SET track_functions = 'all';

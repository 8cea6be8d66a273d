-- Random models of all families among random changes: verify finds nothing, and explanations add up.

\getenv tests PG_ABS_SRCDIR
\set ECHO none
\i :tests/helpers/random_models.sql
\set ECHO all
SET client_min_messages = warning;
\set VERBOSITY terse
CALL random_models.try('regress', 15, 40);

-- What a marketer wants to see, in 80 columns, and with any locale: to_char writes the numbers.

\set QUIET on
\pset pager off
\pset footer off
\pset border 0
\pset null ''

\ir report/orders.sql
\ir report/rfm_grid.sql
\ir report/segments.sql
\ir report/abc.sql
\ir report/pressure.sql
\ir report/customers.sql
\ir report/model.sql
\ir report/live.sql

//! Everything that names PostgreSQL: one thin file for each noun, no maths.
//!
//! The SQL declarations are in `sql/`, a file for each of these.

mod abc;
mod array;
mod call;
mod decay;
mod facts;
mod group;
mod memory;
mod numeric;
mod partition;
mod pressure;
mod quantile;
mod raise;
mod rfm;
mod segment;
mod text;
mod window;

pgrx::extension_sql_file!("../../sql/schema.sql", name = "schema", bootstrap);
pgrx::extension_sql_file!("../../sql/grants.sql", name = "grants", finalize);

//! Everything that names PostgreSQL: one thin file for each noun, no maths.
//!
//! The SQL declarations are in `sql/`, a file for each of these.

mod abc;
mod array;
mod attempt;
mod call;
mod catalog;
mod datum;
mod decay;
mod expression;
mod facts;
mod fold;
mod group;
mod memory;
mod numeric;
mod partition;
mod pressure;
mod quantile;
mod query;
mod raise;
mod rfm;
mod segment;
mod settings;
mod text;
mod types;
mod window;
mod zone;

pgrx::extension_sql_file!("../../sql/schema.sql", name = "schema", bootstrap);
pgrx::extension_sql_file!("../../sql/grants.sql", name = "grants", finalize);

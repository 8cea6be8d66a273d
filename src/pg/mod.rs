//! Everything that names PostgreSQL: one thin file for each noun, no maths.
//!
//! The SQL declarations are in `sql/`, a file for each of these.

mod abc;
mod array;
mod attempt;
mod build;
mod call;
mod catalog;
mod datum;
mod decay;
mod dependants;
mod explain;
mod expression;
mod facts;
mod fold;
mod group;
mod levels;
mod load;
mod logistic;
mod memory;
mod model;
mod numeric;
mod options;
mod output;
mod own;
mod partition;
mod pressure;
mod publication;
mod quantile;
mod query;
mod raise;
mod refresh;
mod registry;
mod replace;
mod resolve;
mod rfm;
mod scorecard;
mod segment;
mod set;
mod settings;
mod shape;
mod stopwatch;
mod stored;
mod table;
mod target;
mod text;
mod trouble;
mod types;
mod upkeep;
mod verify;
mod window;
mod woe;
mod worker;
mod zone;

pgrx::extension_sql_file!("../../sql/schema.sql", name = "schema", bootstrap);
pgrx::extension_sql_file!("../../sql/grants.sql", name = "grants", finalize);

//! Customer scoring inside PostgreSQL.
//!
//! * [`score`]: the maths, in pure Rust; what a data scientist reads.
//! * `pg`: what makes it callable from SQL; everything that names PostgreSQL.
//! * [`error`]: the one error type, and the only place that raises it.

pub mod error;
mod pg;
pub mod score;

::pgrx::pg_module_magic!(name, version);

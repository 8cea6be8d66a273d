//! Customer scoring inside PostgreSQL.
//!
//! * [`score`]: the maths, in pure Rust; what a data scientist reads.
//! * [`model`]: the JSON document of a model and its checks, in pure Rust.
//! * `pg`: what makes it callable from SQL; everything that names PostgreSQL, and the one place that raises errors.
//! * [`error`]: the one error type.

pub mod error;
pub mod model;
mod pg;
pub mod score;

::pgrx::pg_module_magic!(name, version);

//! The background worker: it keeps the models of a database true while their writers go on.
//!
//! * [`start`]: what starts one: a transaction that leaves work to do.
//! * [`lock`]: what keeps a database to one.
//! * [`process`]: the worker.
//! * [`pace`]: when it looks, and when it ends.
//! * [`launcher`]: what starts workers with the server, where the DBA preloads the library.

pub mod launcher;
mod lock;
mod pace;
mod process;
mod start;

#[allow(unused_imports, reason = "the triggers look")]
pub use start::{look, wake};

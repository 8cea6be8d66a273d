//! The background worker: it keeps the models of a database true while their writers go on.
//!
//! * [`start`]: what starts one: a transaction that leaves work to do.
//! * [`lock`]: what keeps a database to one.
//! * [`process`]: the worker.
//! * [`pace`]: when it looks, and when it ends.
//! * [`launcher`]: what starts workers with the server, where the DBA preloads the library.
//! * [`due`]: which models there are, and which are to be refreshed.
//! * [`chores`]: what is done for a model, cut into transactions.
//! * [`fault`]: what that failed with.
//! * [`work`]: the same by hand: `CALL scoring.work()`.

mod chores;
pub mod due;
mod fault;
pub mod launcher;
mod lock;
mod pace;
mod process;
mod start;
mod work;

pub use start::{look, wake};

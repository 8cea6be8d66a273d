//! Upkeep: what keeps models true without their writers, done by a worker or by `CALL scoring.work()`.
//!
//! * [`step`]: a batch of customers of one model.
//! * [`due`]: which models there are, and which are to be refreshed.
//! * [`turn`]: a model's turn, cut into transactions.
//! * [`fault`]: what a model's upkeep failed with.
//! * [`work`]: the procedure.

pub mod due;
pub mod fault;
pub mod step;
pub mod turn;
mod work;

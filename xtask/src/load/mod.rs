//! Clients that write to a shop at random, for the stages `history`, `crash` and `survive` and the command `soak`.
//!
//! * [`shop`]: the tables and the model, from `tests/soak`.
//! * [`value`], [`step`], [`transaction`]: what a client does, drawn from a seed by [`random`].
//! * [`client`]: does it, and counts in a [`tally`].
//! * [`upkeep`]: the sessions that refresh, catch up and get in the way meanwhile.
//! * [`look`]: whether the scores are true.
//! * [`log`]: who waited for whom, as the server tells.

pub mod client;
pub mod log;
pub mod look;
pub mod random;
pub mod shop;
mod step;
pub mod tally;
mod transaction;
pub mod upkeep;
mod value;

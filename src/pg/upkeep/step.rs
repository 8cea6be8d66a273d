//! One step of upkeep: a batch of a model's customers made true.

use crate::error::Error;
use crate::pg::registry::Entry;

/// What a step of upkeep did.
pub struct Step {
    /// Customers made true.
    pub done: u64,
    /// Whether another step would find something to do at once.
    pub more: bool,
}

/// Does one step of what is to be done for a model, in the current transaction, which must have no id yet: the build of
/// one made later, what a refresh left, marks, due rows; at most `batch` customers.
pub fn step(_entry: &Entry, _batch: usize) -> Result<Step, Error> {
    Ok(Step { done: 0, more: false })
}

//! The chores of a model: a refresh where one is due, and a step of the rest, each in a transaction of its own.

use super::due::{self, Model};
use super::fault::{self, Failure};
use crate::error::Error;
use crate::model::place::quoted;
use crate::pg::refresh::refresh_now;
use crate::pg::registry;
use crate::pg::upkeep::step::step;

/// Cuts work into transactions.
pub trait Transactions {
    /// Does some work in a transaction of its own, under a snapshot; an Err, and PostgreSQL's errors but cancels and
    /// shutdowns, are given back, and leave nothing of the work.
    fn run<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error>;
}

/// What may be done.
#[derive(Clone, Copy)]
pub struct Rules {
    /// The most customers of a step.
    pub batch: usize,
    /// Whether the model may be refreshed.
    pub may_refresh: bool,
    /// Whether rows may have been added that no step has met.
    pub looks_at_growth: bool,
    /// Whether it waits for somebody else who works on the model's row.
    pub waits: bool,
}

/// What was done.
#[derive(Clone, Copy, Default)]
pub struct Done {
    /// Customers made true.
    pub done: u64,
    /// Whether the model was refreshed.
    pub has_refreshed: bool,
    /// Whether there is more to do at once.
    pub more: bool,
}

/// Does the chores of a model.
pub fn do_for(model: &Model, rules: Rules, transactions: &mut impl Transactions) -> Result<Done, Failure> {
    let mut all = Done::default();
    // What is to be built is built by the step; only what no step builds, by a refresh.
    if rules.may_refresh && model.is_due && !model.is_to_build {
        all.has_refreshed = refresh(model, Rules { looks_at_growth: false, ..rules }, transactions)?;
    }
    let what = format!("model {}: {} customers", quoted(&model.name), rules.batch);
    let step = transactions
        .run(&what, || step(&registry::find(&model.name, false)?, rules.batch, false))
        .map_err(|error| Failure { error, is_of_step: true })?;
    all.done = step.done;
    let may_be_due = match model.is_to_build {
        true => !step.more,
        false => model.is_young && (rules.looks_at_growth || step.done > 0),
    };
    if rules.may_refresh && !all.has_refreshed && may_be_due {
        all.has_refreshed = refresh(model, Rules { looks_at_growth: true, ..rules }, transactions)?;
    }
    all.more = step.more || all.has_refreshed;
    if model.last_error.is_some() {
        transactions.run("forgets an error", || fault::forget(model))?;
    }
    Ok(all)
}

/// Refreshes a model if it is to be, and tells whether it was.
fn refresh(model: &Model, rules: Rules, transactions: &mut impl Transactions) -> Result<bool, Error> {
    transactions.run(&format!("model {}: refresh", quoted(&model.name)), || {
        let claimed = due::claim(model, rules.looks_at_growth, rules.waits)?;
        match &claimed {
            Some(entry) => refresh_now(entry, &mut |_, _, _| ()).map(|()| true),
            None => Ok(false),
        }
    })
}

/// Keeps what the chores of a model failed with, and warns of it if `warns`.
pub fn fail(
    model: &Model,
    failure: &Failure,
    warns: bool,
    transactions: &mut impl Transactions,
) -> Result<(), Error> {
    transactions.run("keeps an error", || {
        if warns {
            fault::tell(model, &failure.error)?;
        }
        fault::keep(model, failure)
    })
}

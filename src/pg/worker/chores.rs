//! The chores of a model: a refresh where one is due, and a step of the rest, each in a transaction of its own.

use super::due::{self, Model};
use super::fault::{self, Failure};
use crate::error::Error;
use crate::model::place::quoted;
use crate::pg::refresh::refresh_now;
use crate::pg::registry;
use crate::pg::upkeep::bulk::{self, Bulk};
use crate::pg::upkeep::step::{Step, step};
use std::time::{Duration, Instant};

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

/// For how long a bulk is written, before others have their turn.
const TURN: Duration = Duration::from_millis(200);

/// Does the chores of a model; `bulk` is what was derived in bulk and is not all written.
pub fn do_for(
    model: &Model,
    rules: Rules,
    bulk: &mut Option<Bulk>,
    transactions: &mut impl Transactions,
) -> Result<Done, Failure> {
    let mut all = Done::default();
    // What is to be built is built by the step; only what no step builds, by a refresh.
    if rules.may_refresh && model.is_due && !model.is_to_build {
        all.has_refreshed = refresh(model, Rules { looks_at_growth: false, ..rules }, transactions)?;
    }
    let step = match bulk {
        Some(derived) if derived.is_of(model.id) => write(model, rules, bulk, transactions),
        _ => work_off(model, rules, bulk, transactions)?,
    };
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

/// Does a step of what is left, and begins a bulk where that is much.
fn work_off(
    model: &Model,
    rules: Rules,
    bulk: &mut Option<Bulk>,
    transactions: &mut impl Transactions,
) -> Result<Step, Failure> {
    let what = format!("model {}: {} customers", quoted(&model.name), rules.batch);
    let step = transactions
        .run(&what, || step(&registry::find(&model.name, false)?, rules.batch, false))
        .map_err(|error| Failure { error, is_of_step: true })?;
    if step.is_behind && bulk.is_none() && bulk::may_begin(model.id) {
        let what = format!("model {}: all customers", quoted(&model.name));
        match transactions.run(&what, || Bulk::begin(&registry::find(&model.name, false)?)) {
            Ok(Some(derived)) => *bulk = Some(derived),
            Ok(None) => bulk::rest(model.id, false),
            // What is wrong with the model, a step will meet too.
            Err(error) => give_up(model, &error),
        }
    }
    Ok(step)
}

/// Writes some of what was derived in bulk; forgets that when all is written, or when it is out of date.
fn write(model: &Model, rules: Rules, bulk: &mut Option<Bulk>, transactions: &mut impl Transactions) -> Step {
    let (begun, mut step) = (Instant::now(), Step { more: true, ..Step::default() });
    let what = format!("model {}: {} of all customers", quoted(&model.name), rules.batch);
    while let Some(derived) = bulk.as_mut().filter(|_| begun.elapsed() < TURN) {
        match transactions.run(&what, || derived.write(rules.batch)) {
            Ok(Some(done)) => {
                step.done += done;
                if derived.is_done() {
                    *bulk = None;
                }
            }
            Ok(None) => *bulk = None,
            Err(error) => {
                *bulk = None;
                give_up(model, &error);
            }
        }
    }
    step
}

/// Leaves a model to steps for a while, as a bulk has failed.
fn give_up(model: &Model, error: &Error) {
    pgrx::debug1!("model \"{}\" is not worked on in bulk: {error}", model.name);
    bulk::rest(model.id, true);
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

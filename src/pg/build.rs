//! The build of a model: every customer derived, the cuts made, everybody scored.

use super::fold::{Derived, derive};
use super::query::under_new_snapshot;
use super::stopwatch::Stopwatch;
use super::text::to_server;
use super::zone::Zone;
use crate::error::{Error, Fault};
use crate::model::clock::Watched;
use crate::model::cuts::Cuts;
use crate::model::fact::Fact;
use crate::model::plan::Plan;
use crate::model::population::Population;
use pgrx::pg_sys;

/// How many customers are computed between two looks for interrupts: a few milliseconds.
pub const STRIDE: usize = 1024;

/// A model that is built, and not written yet.
pub struct Built<'a> {
    /// The model.
    pub plan: &'a Plan,
    /// What everybody is as of.
    pub as_of: i64,
    /// The measures of all customers.
    pub derived: Derived,
    /// Their figures and scores.
    pub population: Population<'a>,
    /// The cuts that they are scored under.
    pub cuts: Cuts,
    /// What of it changes by the clock alone.
    watched: Watched<'a>,
}

/// Refuses to write where nothing may be written, or under a snapshot that cannot see what others have just committed.
pub fn check_isolation(what: &str) -> Result<(), Error> {
    // SAFETY: the text ends with a zero; PostgreSQL raises that nothing may be written.
    unsafe { pg_sys::PreventCommandIfReadOnly(to_server(what)) };
    // SAFETY: it only reads.
    match unsafe { pg_sys::XactIsoLevel } < pg_sys::XACT_REPEATABLE_READ as i32 {
        true => Ok(()),
        false => {
            Err(Error::new(Fault::NotSupported, format!("{what} needs the isolation level READ COMMITTED"))
                .hint("Begin the transaction with BEGIN ISOLATION LEVEL READ COMMITTED."))
        }
    }
}

/// Ends the work where the user has cancelled it.
pub fn look_for_interrupts() {
    pgrx::check_for_interrupts!();
}

/// Tells how far a long work is, at the level DEBUG1.
pub fn tell(progress: &str) {
    pgrx::debug1!("{progress}");
}

/// Derives every customer and scores everybody: under new cuts, or, where `published` says so, under those.
///
/// New cuts number their groups as the previous ones do, so that the two can be compared.
pub fn build<'a>(plan: &'a Plan, previous: Option<&Cuts>, published: bool) -> Result<Built<'a>, Error> {
    under_new_snapshot(|| {
        let as_of = now();
        let derived = derive(plan, as_of, &mut |progress| tell(progress))?;
        let started = Stopwatch::start();
        let mut cuts = match previous {
            Some(previous) if published => previous.clone(),
            Some(previous) => previous.renewed(plan),
            None => Cuts::none(plan),
        };
        let mut population = Population::new(plan, derived.len(), as_of, look_for_interrupts)?;
        let mut facts = Vec::new();
        let mut texts = vec![None; plan.measures.len()];
        let grouped: Vec<usize> = plan.grouped().collect();
        for customer in 0..derived.len() {
            if customer % STRIDE == 0 {
                look_for_interrupts();
            }
            derived.facts(customer, &mut facts);
            plan.compute(&mut facts, as_of, &Zone)?;
            for slot in &grouped {
                texts[*slot] = derived.text(customer, *slot);
            }
            population.add(&facts, &texts, &mut cuts.groups)?;
        }
        tell(&format!("computed {} rows in {started}", derived.len()));
        let started = Stopwatch::start();
        match published {
            true => population.score(&cuts),
            false => population.cut_and_score(&mut cuts)?,
        }
        tell(&format!("scored {} customers in {started}", derived.len()));
        Ok(Built { plan, as_of, derived, population, cuts, watched: plan.watched() })
    })
}

impl Built<'_> {
    /// Gives the facts of a customer, computed ones too.
    pub fn facts<'f>(&'f self, customer: usize, facts: &mut Vec<Fact<'f>>) -> Result<(), Error> {
        self.derived.facts(customer, facts);
        self.plan.compute(facts, self.as_of, &Zone)
    }

    /// Tells whether [`Self::due`] reads facts.
    pub fn has_ticks(&self) -> bool {
        !self.watched.is_empty()
    }

    /// Finds the earliest moment at which anything of a customer changes with no event.
    pub fn due(&self, customer: usize, facts: &[Fact]) -> Option<i64> {
        let row = self.population.row(customer);
        let tick = self.watched.next_tick(facts, row, &self.cuts, self.as_of, &Zone);
        [tick, self.derived.due(customer)].into_iter().flatten().min()
    }
}

/// Reads the clock.
pub fn now() -> i64 {
    // SAFETY: it only reads.
    unsafe { pg_sys::GetCurrentTimestamp() }
}

//! The measures of all customers, folded from one scan of each source.
//!
//! A GROUP BY finds a million groups again for ten million rows, and that is what it takes its time for. Here every
//! customer has a number, its state is a few words beside each other, and events are folded by the hundred, so that the
//! memory of one customer is fetched while another's is added to.

mod average;
mod batch;
mod derived;
mod elsewhere;
mod index;
mod kept;
mod keys;
mod memory;
mod order;
mod place;
mod seed;
mod skipped;
mod span;
mod state;
mod themes;
mod value;

pub use derived::{Derived, Shapes};
pub use index::Index;
pub use keys::{KeyTypes, NOBODY};
pub use memory::Memory;
pub use seed::can_fold;
pub use skipped::Skipped;

use super::datum::{Form, Layout};
use super::expression::located;
use super::query;
use super::row::Row;
use super::stopwatch::Stopwatch;
use crate::error::{Error, Fault};
use crate::model::place::{Place, quoted};
use crate::model::plan::Plan;
use crate::model::sql::customers::Customers;
use crate::model::sql::events::Events;
pub use batch::Basket;
use batch::Batch;
use keys::Keys;
use pgrx::pg_sys::Datum;
use std::cell::RefCell;
use std::rc::Rc;

/// Derives what all measures take of the sources and of the customers' rows, as of a moment, under the active snapshot.
///
/// The model's settings must be in force: the session's zone is the model's. `note` is told of each table that was read.
pub fn derive(plan: &Plan, as_of: i64, note: &mut dyn FnMut(&str)) -> Result<Derived, Error> {
    query::connected(|| {
        let mut derived = Derived::new(Rc::new(Shapes::of(plan)?), &KeyTypes::default(), 0);
        let begun = Stopwatch::start();
        let customers = placed("customers", None, || read_customers(plan, &mut derived))?;
        note(&progress(customers, "customers", &begun));
        for (name, source) in &plan.document.sources {
            if let Some(events) = Events::of(plan, name, source)? {
                let begun = Stopwatch::start();
                let mut tell = |rows| note(&progress(rows, &format!("rows of {name}"), &begun));
                let read = || read_events(plan, &events, as_of, &mut derived, &mut tell);
                let rows = placed("sources", Some(name), read)?;
                tell(rows);
            }
        }
        Ok(derived)
    })
}

/// Reads a table that the document names; what PostgreSQL raises meanwhile keeps its SQLSTATE and says which table it was.
fn placed<T>(section: &str, name: Option<&str>, read: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    query::caught(read).map_err(|error| match error.fault() {
        Fault::Server(_) => {
            let place = Place::root().key(section);
            located(error, &name.map_or(place.clone(), |name| place.key(name)))
        }
        _ => error,
    })
}

/// Says how many rows were read in how long.
fn progress(rows: u64, what: &str, begun: &Stopwatch) -> String {
    format!("read {rows} {what} in {begun}")
}

/// Reads the keys and attributes of all customers.
fn read_customers(plan: &Plan, derived: &mut Derived) -> Result<u64, Error> {
    let customers = Customers::of(plan)?;
    let parts = plan.key.len();
    let mut key: Vec<Datum> = Vec::new();
    let (keys, states, forms) = (&mut derived.keys, &mut derived.states, &mut derived.key_forms);
    let count = query::stream(&customers.sql, &[], &mut |row| {
        if keys.len() == 0 {
            let types: Vec<_> = (0..parts).map(|at| (row.type_of(at), row.collation_of(at))).collect();
            *keys = Keys::new(&KeyTypes::of(&types)?, 0);
            let natures = plan.key.iter().map(|(_, kind)| kind.nature);
            *forms = natures.zip(0..).map(|(nature, at)| Form::of(nature, row.type_of(at))).collect();
            for (slot, at) in customers.attributes.iter().zip(parts..) {
                states.learn_attribute(*slot, Layout::of(row.type_of(at)));
            }
        }
        key.clear();
        for (at, (name, _)) in plan.key.iter().enumerate() {
            key.push(row.datum(at).ok_or_else(|| without_key(name))?);
        }
        // SAFETY: the types were read of the first row, and are those of all.
        let customer = unsafe { keys.insert(&key) }?;
        states.add_customer()?;
        for (slot, at) in customers.attributes.iter().zip(parts..) {
            states.put_attribute(customer as usize, *slot, row.datum(at));
        }
        Ok(())
    })?;
    keys.seal()?;
    states.seal()?;
    Ok(count)
}

/// After how many rows a long scan says how far it is.
const TELLING: u64 = 1_000_000;

/// Reads and folds the events of a source; `tell` hears from time to time how many rows were read.
fn read_events(
    plan: &Plan,
    events: &Events,
    as_of: i64,
    derived: &mut Derived,
    tell: &mut dyn FnMut(u64),
) -> Result<u64, Error> {
    let mut rows = 0;
    let mut basket = Basket::default();
    let mut batch = Batch::new(plan, events, as_of, &mut basket);
    let (keys, states) = (&mut derived.keys, &mut derived.states);
    let count = query::stream(&events.sql, &[], &mut |row| {
        rows += 1;
        if rows % TELLING == 0 {
            tell(rows);
        }
        batch.add(row, keys, states)
    })?;
    batch.fold(keys, states)?;
    derived.skipped.push(Skipped { source: events.source.clone(), ..batch.skipped });
    Ok(count)
}

/// Gives rows one after the other, and counts them.
pub type RowsOf<'a> = dyn FnMut(&mut dyn FnMut(&Row) -> Result<(), Error>) -> Result<u64, Error> + 'a;

impl Derived {
    /// Adds the events that `rows` gives, gathered in what is kept for them; those of others than the customers here are left out.
    pub fn fold(
        &mut self,
        plan: &Plan,
        events: &Events,
        as_of: i64,
        kept: &RefCell<Basket>,
        rows: &mut RowsOf,
    ) -> Result<(), Error> {
        let (mut kept, mut another) = (kept.try_borrow_mut(), Basket::default());
        let basket = kept.as_deref_mut().unwrap_or(&mut another);
        let mut batch = Batch::new(plan, events, as_of, basket);
        let (keys, states) = (&mut self.keys, &mut self.states);
        rows(&mut |row| batch.add(row, keys, states))?;
        batch.fold(keys, states)
    }
}

/// Says that a customer has no key.
fn without_key(name: &str) -> Error {
    Place::root()
        .key("customers")
        .key("key")
        .complain(format!("a customer has NULL in the key column {}", quoted(name)))
        .because(Fault::NullKey)
        .hint("Fill it, or leave such rows out in customers.where.")
}

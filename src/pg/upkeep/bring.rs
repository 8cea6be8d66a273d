//! Some customers made true: their rows held where nobody else has locked them, derived or added to, scored, and written.
//!
//! A row that is only noted is written if nobody has written it since: what was read of the customer is then right, as of one
//! that is locked, since whoever comes in between either makes a newer version of the row or leaves a mark.

use super::model::{self, Model};
use super::opened::{Found, Hold, Opened};
use super::pause::{self, Point};
use super::ready::{ALL, Ready};
use super::rows;
use super::touched::{Keys, arrays};
use super::turn;
use super::writer::Writer;
use crate::error::Error;
use crate::model::sql::events::Events;
use crate::pg::build::now;
use crate::pg::datum::Layout;
use crate::pg::fold::{Basket, Derived, NOBODY};
use crate::pg::query::{caught, computed, connected, released, under_new_snapshot};
use crate::pg::registry;
use crate::pg::row::Row;
use crate::pg::settings::{self, Setting};
use pgrx::pg_sys::{self, Datum, TupleDesc};
use std::cell::RefCell;

/// What must be read again of a customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Derive {
    /// Nothing: what is stored stays, and new events are added to it.
    #[default]
    Nothing,
    /// What is taken of a source, by its number.
    Source(usize),
    /// All that is taken of sources.
    Everything,
}

/// What is to be done for a customer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Task {
    /// What must be read again.
    pub derive: Derive,
    /// Whether the customer's own row must be, too.
    pub customer: bool,
}

/// New events of a source, that are added to what is stored.
pub struct Folded<'a> {
    /// What their columns hold.
    pub events: &'a Events,
    /// What they are gathered in.
    pub basket: &'a RefCell<Basket>,
    /// The columns.
    pub described: TupleDesc,
    /// The events, each with the number of its customer.
    pub rows: Vec<(u32, Vec<Datum>, Vec<bool>)>,
}

/// Customers to be made true.
pub struct Work<'a> {
    /// The model.
    pub model: &'a Model,
    /// What scoring needs of it.
    pub ready: &'a Ready,
    /// The customers.
    pub keys: &'a Keys,
    /// What is to be done for each.
    pub tasks: Vec<Task>,
    /// New events.
    pub folds: Vec<Folded<'a>>,
    /// Whether rows may be added for new customers, and deleted of those who are none any more.
    pub may_change: bool,
    /// Whether a table may be read from end to end for them.
    pub is_patient: bool,
    /// How the rows of those are held of whom something is read again; others only add to what is stored, and note it.
    pub hold: Hold,
    /// Told the numbers of those who are held, before anything is read of them.
    pub held: &'a mut dyn FnMut(&[usize]),
}

/// What was done.
#[derive(Default)]
pub struct Done {
    /// The numbers of those that were not made true, and must be marked.
    pub left: Vec<usize>,
    /// Those that were, each with what was read of them.
    pub done: Vec<(usize, Derive)>,
    /// Those among them whose rows were added.
    pub added: Vec<usize>,
    /// Why nobody was, if it failed.
    pub fault: Option<Error>,
    /// Whether nobody was since the model has changed.
    pub is_stale: bool,
}

/// A customer whose row is held, or is to be added.
struct Held {
    number: usize,
    row: Option<Found>,
    task: Task,
}

/// What is to be written.
enum Write {
    Row(Vec<Datum>, Vec<bool>),
    Nobody,
}

impl Work<'_> {
    /// Makes true whom it can.
    pub fn bring(mut self) -> Result<Done, Error> {
        let everybody = || (0..self.keys.len()).collect();
        if !self.ready.lock_scores() || !self.model.has_same_tables()? {
            return Ok(Done { left: everybody(), ..Done::default() });
        }
        let mut scores = Opened::of(&self.ready.scores);
        let (mut held, left) = self.hold_all(&mut scores);
        pause::at(Point::Locked);
        if self.is_patient && !held.is_empty() && !is_current(self.model)? {
            held.into_iter().filter_map(|held| held.row).for_each(Found::free);
            scores.close();
            return Ok(Done { left: everybody(), is_stale: true, ..Done::default() });
        }
        let rows = held.iter().filter_map(|held| held.row.as_ref());
        let as_of = rows.filter_map(|row| scores.scored_at(row)).fold(now(), i64::max);
        let mut done = Done { left, ..Done::default() };
        (self.held)(&held.iter().map(|held| held.number).collect::<Vec<_>>());
        for held in &mut held {
            self.widen(&scores, held, as_of);
        }
        let reads = held.iter().any(|held| held.task.derive != Derive::Nothing || held.task.customer);
        if !held.is_empty() {
            let compute = || {
                let is_in_the_way = reads && (!self.ready.lock_reads() || !self.model.has_same_tables()?);
                match is_in_the_way || (reads && !self.is_patient && self.is_slow(&held)) {
                    true => Ok(None),
                    false => self.compute(&scores, &held, as_of, reads).map(Some),
                }
            };
            // Whoever wants a table for himself is not to wait for the end of this transaction.
            let computed = match reads {
                true => released(compute),
                false if self.ready.scores.is_plain => computed(compute),
                false => caught(compute),
            };
            match computed {
                Ok(None) => done.left.extend(held.iter().map(|held| held.number)),
                // What is written points into what was derived.
                Ok(Some((writes, _derived))) => {
                    pause::at(Point::Computed);
                    let mut write = || {
                        let mut writer = scores.write();
                        for (held, write) in held.iter().zip(&writes) {
                            self.put(&mut writer, held, write, &mut done);
                        }
                        writer.close();
                        Ok(())
                    };
                    let written = if self.ready.scores.may_refuse { caught(write) } else { write() };
                    done.fault = written.err();
                    pause::at(Point::Written);
                }
                Err(fault) => done.fault = Some(fault),
            }
            if done.fault.is_some() {
                done = Done { left: everybody(), fault: done.fault, ..Done::default() };
            }
        }
        held.into_iter().filter_map(|held| held.row).for_each(Found::free);
        scores.close();
        Ok(done)
    }

    /// Writes what was computed of a customer.
    fn put(&self, writer: &mut Writer, held: &Held, write: &Write, done: &mut Done) {
        let is_done = match (write, &held.row) {
            (Write::Row(values, nulls), Some(row)) => writer.update(row, values, nulls),
            (Write::Row(values, nulls), None) => {
                // Somebody may have begun to add it meanwhile.
                let is_added = writer.insert(values, nulls);
                done.added.extend(is_added.then_some(held.number));
                is_added
            }
            (Write::Nobody, Some(row)) => self.may_change && writer.delete(row),
            // Somebody may be about to add the row of a customer who is leaving, and see him still.
            (Write::Nobody, None) => self.is_patient,
        };
        match is_done {
            true => done.done.push((held.number, held.task.derive)),
            false => done.left.push(held.number),
        }
    }

    /// Holds the rows of the customers; gives also the numbers of those whose rows could not be.
    fn hold_all(&mut self, scores: &mut Opened) -> (Vec<Held>, Vec<usize>) {
        let (mut held, mut left) = (Vec::new(), Vec::new());
        for (number, task) in self.tasks.iter().enumerate() {
            let key = self.keys.key(number);
            let only_adds = task.derive == Derive::Nothing && !task.customer;
            match scores.hold(key, if only_adds { Hold::Note } else { self.hold }) {
                Some(row) => held.push(Held { number, row: Some(row), task: *task }),
                None if task.customer && self.may_add(scores, key) => {
                    let task = Task { derive: Derive::Everything, customer: true };
                    held.push(Held { number, row: None, task });
                }
                None => left.push(number),
            }
        }
        scores.end_locking();
        (held, left)
    }

    /// Tells whether there is no row of a key, so that one may be added.
    fn may_add(&self, scores: &mut Opened, key: &[Datum]) -> bool {
        if !self.may_change || scores.has_any(key) {
            return false;
        }
        // Whoever of upkeep had the turn may have added it since.
        !self.is_patient || (turn::try_to_take_without_row(self.model.entry.id) && !scores.has_any(key))
    }

    /// Reads more again of a customer where what is stored says too little of what was before.
    fn widen(&self, scores: &Opened, held: &mut Held, as_of: i64) {
        let Some(row) = &held.row else { return };
        held.task.derive = match (held.task.derive, scores.event_due_at(row)) {
            // An event has begun or ended to count since.
            (_, Some(due)) if due <= as_of => Derive::Everything,
            // Which source the next such moment is of, the row does not say.
            (Derive::Source(_), Some(_)) => Derive::Everything,
            (derive, _) => derive,
        };
    }

    /// Tells whether what must be read again takes a look at every row of a large table; faults are met later.
    fn is_slow(&self, held: &[Held]) -> bool {
        let entry = &self.model.entry;
        let setting = Setting { role: entry.owner, timezone: &entry.timezone };
        wanted(held).into_iter().any(|wanted| {
            let (of, sources) = self.sources(wanted);
            sources.iter().any(|source| self.ready.is_slow(of, *source, &setting))
        })
    }

    /// Lists the sources that are read for what must be read again, and of which one the statements are.
    fn sources(&self, derive: Derive) -> (usize, Vec<usize>) {
        match derive {
            Derive::Source(source) => (source, self.ready.beside(source).collect()),
            _ => (ALL, (0..self.ready.slots.len()).collect()),
        }
    }

    /// Computes what is to be written for each customer; writes nothing.
    fn compute(
        &self,
        scores: &Opened,
        held: &[Held],
        as_of: i64,
        reads: bool,
    ) -> Result<(Vec<Write>, Derived), Error> {
        let entry = &self.model.entry;
        match reads {
            true => {
                let setting = Setting { role: entry.owner, timezone: &entry.timezone };
                settings::under(&setting, || {
                    let mut derived = self.gather(scores, held)?;
                    let customers = connected(|| self.derive(&mut derived, held, as_of))?;
                    self.score(derived, held, &customers, as_of)
                })
            }
            false => self.ready.zone.within(|| {
                let derived = self.gather(scores, held)?;
                self.score(derived, held, &vec![true; held.len()], as_of)
            }),
        }
    }

    /// Reads what is stored of the customers and stays.
    fn gather(&self, scores: &Opened, held: &[Held]) -> Result<Derived, Error> {
        let ready = self.ready;
        let of = &ready.scores;
        let mut derived = Derived::new(ready.shapes.clone(), &of.key, held.len());
        for held in held {
            let key = self.keys.key(held.number);
            match &held.row {
                None => derived.add_new(key)?,
                Some(row) => {
                    let keeps = |slot: usize| {
                        let is_own = ready.plan.is_attribute(slot);
                        match (is_own, held.task.derive) {
                            (true, _) => !held.task.customer,
                            (false, Derive::Nothing) => true,
                            (false, Derive::Source(source)) => !ready.slots[source].contains(&slot),
                            (false, Derive::Everything) => false,
                        }
                    };
                    let columns = (&of.columns[..], &of.layouts[..]);
                    derived.add_stored(key, columns, &|at| scores.value(row, at), &keeps)?;
                }
            }
            if held.task.derive == Derive::Everything {
                derived.forget_due(derived.len() - 1);
            }
        }
        derived.seal()?;
        Ok(derived)
    }

    /// Reads what must be read again; tells who of those asked for is a customer.
    fn derive(&self, derived: &mut Derived, held: &[Held], as_of: i64) -> Result<Vec<bool>, Error> {
        let ready = self.ready;
        let key_of = |held: &Held| self.keys.key(held.number);
        let asked: Vec<&[Datum]> = held.iter().filter(|held| held.task.customer).map(key_of).collect();
        let mut customers: Vec<bool> = held.iter().map(|held| !held.task.customer).collect();
        if !asked.is_empty() {
            self.read_customers(derived, &asked, &mut customers)?;
        }
        for wanted in wanted(held) {
            let keys = held.iter().filter(|held| held.task.derive == wanted).map(key_of);
            let arguments = arrays(&ready.scores.key, &keys.collect::<Vec<_>>())?;
            let (of, sources) = self.sources(wanted);
            for source in sources {
                if let Some(statement) = ready.events(of, source)? {
                    let mut rows = |read: &mut dyn FnMut(&Row) -> Result<(), Error>| {
                        statement.prepared.stream(&arguments, read)
                    };
                    let (events, basket) = (&statement.events, &statement.basket);
                    derived.fold(&ready.plan, events, as_of, basket, &mut rows)?;
                }
            }
        }
        Ok(customers)
    }

    /// Reads the customers' own rows.
    fn read_customers(
        &self,
        derived: &mut Derived,
        asked: &[&[Datum]],
        found: &mut [bool],
    ) -> Result<(), Error> {
        let types = &self.ready.scores.key;
        let (customers, prepared) = self.ready.customers()?;
        let parts = types.types().len();
        let arguments = arrays(types, asked)?;
        prepared.stream(&arguments, &mut |row| {
            let key: Option<Vec<Datum>> = (0..parts).map(|at| row.datum(at)).collect();
            let number = key.map_or(NOBODY, |key| derived.find(&key, types.lengths()));
            if let Some(is_found) = found.get_mut(number as usize) {
                *is_found = true;
                for (slot, at) in customers.attributes.iter().zip(parts..) {
                    derived.put_attribute(number as usize, *slot, Layout::of(row.type_of(at)), row.datum(at));
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Adds the new events, and scores; what is to be written points into what is given with it.
    fn score(
        &self,
        mut derived: Derived,
        held: &[Held],
        customers: &[bool],
        as_of: i64,
    ) -> Result<(Vec<Write>, Derived), Error> {
        let (ready, plan) = (self.ready, &self.ready.plan);
        let mut is_added_to = vec![false; self.keys.len()];
        for held in held {
            is_added_to[held.number] = held.task.derive != Derive::Everything;
        }
        for folded in &self.folds {
            let adds = |number: u32| is_added_to[number as usize];
            let mut rows = |read: &mut dyn FnMut(&Row) -> Result<(), Error>| {
                let mut count = 0;
                for (_, values, nulls) in folded.rows.iter().filter(|(number, ..)| adds(*number)) {
                    read(&Row::of(values, nulls, folded.described))?;
                    count += 1;
                }
                Ok(count)
            };
            derived.fold(plan, folded.events, as_of, folded.basket, &mut rows)?;
        }
        let wanted: Vec<usize> = (0..held.len()).filter(|number| customers[*number]).collect();
        let mut rows = rows::of(ready, &derived, &wanted, as_of)?.into_iter();
        let writes = customers.iter().map(|is_one| match is_one {
            true => rows.next().map_or(Write::Nobody, |(values, nulls)| Write::Row(values, nulls)),
            false => Write::Nobody,
        });
        Ok((writes.collect(), derived))
    }
}

/// Tells whether the model is still as it was found, and no newer cuts are published; if some are later, their last sweep waits
/// for the end of this transaction, as for that of a writer, who has his number before he looks.
pub fn is_current(model: &Model) -> Result<bool, Error> {
    let entry = &model.entry;
    // SAFETY: the transaction may write, and is about to.
    unsafe { pg_sys::GetTopTransactionId() };
    let standing = under_new_snapshot(|| registry::standing(entry.id))?;
    Ok(standing.cuts_version == entry.cuts_version && model::is_current(model)?)
}

/// Lists what must be read again, each once.
fn wanted(held: &[Held]) -> Vec<Derive> {
    let mut wanted: Vec<Derive> = Vec::new();
    for held in held.iter().filter(|held| held.task.derive != Derive::Nothing) {
        if !wanted.contains(&held.task.derive) {
            wanted.push(held.task.derive);
        }
    }
    wanted
}

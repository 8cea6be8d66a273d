//! A large part of the customers made true in bulk: all are derived together under one snapshot, while nobody is locked;
//! then written, a batch in each transaction.
//!
//! To read the events of everybody once takes a tenth of the time of finding those of each. It is right because whoever
//! touches a customer after the snapshot either makes a newer version of the row or leaves a mark: of rows only those are
//! written whose version is still the one that the snapshot saw, and of marks only those are deleted that were read before
//! it. All others are left to the steps of [`super::step`].

use super::bring::is_current;
use super::model::{self, Model};
use super::opened::{Found, Opened};
use super::pause::{self, Point};
use super::ready::Ready;
use super::rows;
use super::touched::Keys;
use super::turn;
use super::version::Version;
use crate::error::Error;
use crate::model::document::Mode;
use crate::model::sql;
use crate::pg::argument::Argument;
use crate::pg::build::{now, tell};
use crate::pg::fold::{Derived, NOBODY, derive};
use crate::pg::query::{connected, under_new_snapshot, value};
use crate::pg::registry::{self, Entry};
use crate::pg::settings::{self, Setting};
use pgrx::pg_sys::Datum;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How many customers are too few, and which part of all: to find the events of so many one by one takes less.
const LEAST: usize = if cfg!(feature = "pauses") { 3 } else { 20_000 };
const LEAST_PART: usize = 8;

/// The most marks that are read; those of a customer beyond them are worked off later.
const MOST_MARKS: usize = 10_000_000;

/// In how many rounds the rows of a page are written, so that old versions make room for new ones beside them: the table is
/// filled to four fifths.
const ROUNDS: u16 = 6;

/// How long no other bulk is begun for a model that has nothing for one, or that one has failed for.
const REST: Duration = Duration::from_secs(2);
const REST_AFTER_FAULT: Duration = Duration::from_secs(600);

thread_local! {
    /// The models that rest, until when.
    static RESTING: RefCell<FxHashMap<i32, Instant>> = RefCell::default();
}

/// Tells whether a bulk of a model may begin now.
pub fn may_begin(model: i32) -> bool {
    RESTING.with_borrow(|resting| resting.get(&model).is_none_or(|until| *until < Instant::now()))
}

/// Has no bulk of a model begun for a while; a longer one where the last has failed.
pub fn rest(model: i32, has_failed: bool) {
    let until = Instant::now() + if has_failed { REST_AFTER_FAULT } else { REST };
    RESTING.with_borrow_mut(|resting| resting.insert(model, until));
}

/// Customers who are derived, and not all written yet.
pub struct Bulk {
    model: Rc<Model>,
    /// What they are as of.
    as_of: i64,
    derived: Derived,
    /// The rows to be written, in the order in which they are, each with the number of its customer.
    rows: Vec<(Version, u32)>,
    /// How many of them are done with.
    next: usize,
    /// The marks that were read, by the number of the customer.
    marks: Vec<(u32, Version)>,
    /// What is to be done where all were marked at once.
    everybody: Everybody,
}

/// Marks of all customers, and whom they still stand for.
struct Everybody {
    marks: Vec<Version>,
    keys: Keys,
}

/// Marks that were read.
struct Marked {
    keys: Keys,
    /// Each with the number of its key.
    marks: Vec<(u32, Version)>,
    /// Those of all customers.
    everybody: Vec<Version>,
}

impl Bulk {
    /// Derives all customers of a model, if so many of them are marked or due that it pays; locks no row.
    pub fn begin(entry: &Entry) -> Result<Option<Self>, Error> {
        let Some(model) = model::find(entry.id)? else { return Ok(None) };
        let is_kept = model.document.mode != Mode::Batch && model.entry.cuts_version > 0;
        let Some(ready) = model.ready.as_ref().ok().filter(|_| is_kept && !model.is_restored()) else {
            return Ok(None);
        };
        let timezone = model.entry.timezone.clone();
        settings::under(&Setting { role: model.entry.owner, timezone: &timezone }, || {
            if !ready.lock_reads() || !ready.share_scores() || !model.has_same_tables()? {
                return Ok(None);
            }
            // The snapshot sees whatever has left one of these.
            let marked = Marked::read(&model);
            if !marked.are_enough(&model, ready)? {
                return Ok(None);
            }
            // Who is about to get a row has none yet that the snapshot could see.
            if !marked.everybody.is_empty() && !turn::try_to_take_without_row(entry.id) {
                return Ok(None);
            }
            let as_of = now();
            under_new_snapshot(|| Self::derive(&model, ready, marked, as_of)).map(Some)
        })
    }

    /// Derives all customers under the active snapshot, and notes the versions of their rows that it sees.
    fn derive(model: &Rc<Model>, ready: &Ready, marked: Marked, as_of: i64) -> Result<Self, Error> {
        let mut derived = derive(&ready.plan, as_of, &mut |progress| tell(progress))?;
        let lengths = ready.scores.key.lengths();
        let mut is_wanted = vec![!marked.everybody.is_empty(); derived.len()];
        let numbers: Vec<u32> = marked.keys.all().map(|key| derived.find(key, lengths)).collect();
        let customers = marked.marks.iter().map(|(key, mark)| (numbers[*key as usize], *mark));
        let mut marks: Vec<(u32, Version)> = customers.filter(|(customer, _)| *customer != NOBODY).collect();
        marks.sort_by_key(|(customer, _)| *customer);
        marks.iter().for_each(|(customer, _)| is_wanted[*customer as usize] = true);
        let mut everybody = Everybody { marks: marked.everybody, keys: Keys::new(&model.key) };
        let (mut rows, mut has_row) = (Vec::new(), vec![false; derived.len()]);
        ready.scores.read_versions(&mut |version, key: &[Datum], due| {
            match derived.find(key, lengths) {
                NOBODY if everybody.is_any() => drop(everybody.keys.add_own(key)),
                NOBODY => {}
                number => {
                    has_row[number as usize] = true;
                    if is_wanted[number as usize] || due.is_some_and(|due| due <= as_of) {
                        rows.push((version, number));
                    }
                }
            }
            Ok(())
        })?;
        if everybody.is_any() {
            let without_row = has_row.iter().enumerate().filter(|(_, has_row)| !**has_row);
            without_row.for_each(|(number, _)| everybody.leave(&derived, number));
        }
        rows.sort_by_key(|(version, _)| (version.address().1 % ROUNDS, version.address()));
        tell(&format!("{} customers are to be made true in bulk", rows.len()));
        pause::at(Point::Derived);
        Ok(Self { model: model.clone(), as_of, derived, rows, next: 0, marks, everybody })
    }

    /// Tells whether it is of a model.
    pub fn is_of(&self, model: i32) -> bool {
        self.model.entry.id == model
    }

    /// Tells whether all is written.
    pub fn is_done(&self) -> bool {
        self.next >= self.rows.len() && !self.everybody.is_any()
    }

    /// Writes the next customers, and deletes the marks of those; counts them. None where the model has changed, so that
    /// what was derived is good for nothing.
    pub fn write(&mut self, batch: usize) -> Result<Option<u64>, Error> {
        let model = self.model.clone();
        let Ok(ready) = &model.ready else { return Ok(None) };
        if !model::is_current(&model)? {
            return Ok(None);
        }
        let timezone = model.entry.timezone.clone();
        settings::under(&Setting { role: model.entry.owner, timezone: &timezone }, || {
            // Who is in the way is about to change what was derived from.
            if !ready.lock_scores() || !model.marks.lock() || !model.has_same_tables()? {
                return Ok(None);
            }
            if self.next >= self.rows.len() {
                return self.end();
            }
            let mut scores = Opened::of(&ready.scores);
            let held = self.hold(&mut scores, batch);
            pause::at(Point::Locked);
            let is_current = held.is_empty() || is_current(&model)?;
            if is_current && !held.is_empty() {
                self.put(&mut scores, ready, &held)?;
            }
            let count = held.len() as u64;
            held.into_iter().for_each(|(row, _)| row.free());
            scores.close();
            Ok(is_current.then_some(count))
        })
    }

    /// Locks the next rows, those that are as the snapshot saw them.
    fn hold(&mut self, scores: &mut Opened, batch: usize) -> Vec<(Found, u32)> {
        let end = self.rows.len().min(self.next + batch);
        let (mut held, mut page) = (Vec::with_capacity(end - self.next), None);
        for (version, customer) in &self.rows[self.next..end] {
            if page.replace(version.address().0) != Some(version.address().0) {
                scores.sweep(version.address().0);
            }
            match scores.lock_version(*version) {
                // Of a row that is as of a later moment, what has happened up to that was not read.
                Some(row) if scores.scored_at(&row).is_none_or(|moment| moment <= self.as_of) => {
                    held.push((row, *customer));
                    continue;
                }
                Some(row) => row.free(),
                None => {}
            }
            if self.everybody.is_any() {
                self.everybody.leave(&self.derived, *customer as usize);
            }
        }
        self.next = end;
        held
    }

    /// Writes rows that are locked, and deletes the marks of their customers.
    fn put(&self, scores: &mut Opened, ready: &Ready, held: &[(Found, u32)]) -> Result<(), Error> {
        let customers: Vec<usize> = held.iter().map(|(_, customer)| *customer as usize).collect();
        let rows = rows::of(ready, &self.derived, &customers, self.as_of)?;
        pause::at(Point::Computed);
        let mut writer = scores.write();
        let mut written = Vec::with_capacity(held.len());
        for ((row, customer), (values, nulls)) in held.iter().zip(&rows) {
            if writer.update(row, values, nulls) {
                written.push(*customer);
            }
        }
        writer.close();
        let marks = written.iter().flat_map(|customer| {
            let first = self.marks.partition_point(|(marked, _)| marked < customer);
            self.marks[first..].iter().take_while(|(marked, _)| *marked == *customer).map(|(_, mark)| *mark)
        });
        self.model.marks.delete(marks);
        Ok(())
    }

    /// Replaces the marks of all customers by those of whom they still stand for.
    fn end(&mut self) -> Result<Option<u64>, Error> {
        if !self.everybody.keys.is_empty() {
            self.model.marks.add(&self.everybody.keys);
        }
        self.model.marks.delete(std::mem::take(&mut self.everybody.marks).into_iter());
        Ok(Some(0))
    }
}

impl Everybody {
    /// Tells whether all were marked at once.
    fn is_any(&self) -> bool {
        !self.marks.is_empty()
    }

    /// Notes that a customer stays marked.
    fn leave(&mut self, derived: &Derived, customer: usize) {
        self.keys.add_own(derived.key(customer));
    }
}

impl Marked {
    /// Reads the marks of a model.
    fn read(model: &Model) -> Self {
        let mut marked = Self { keys: Keys::new(&model.key), marks: Vec::new(), everybody: Vec::new() };
        model.marks.read(super::marks::FIRST, &mut |version, key| {
            match key {
                Some(key) => marked.marks.push((marked.keys.add_own(key), version)),
                None => marked.everybody.push(version),
            }
            marked.marks.len() < MOST_MARKS
        });
        marked
    }

    /// Tells whether so many customers are marked or due that to derive everybody takes less.
    fn are_enough(&self, model: &Model, ready: &Ready) -> Result<bool, Error> {
        let id = Argument::int(model.entry.id);
        let known =
            registry::as_keeper(|| value("SELECT customers FROM scoring.model WHERE id = $1", &[id]))?;
        let known: usize = known.and_then(|count| count.parse().ok()).unwrap_or_default();
        let least = LEAST.max(known / LEAST_PART);
        if !self.everybody.is_empty() {
            return Ok(known >= LEAST);
        }
        let wanted = least.saturating_sub(self.keys.len());
        if wanted == 0 || !sql::table::has_due_rows(&ready.plan) {
            return Ok(wanted == 0);
        }
        let statement = sql::marks::due_up_to(&ready.table, wanted);
        let due = connected(|| value(&statement, &[]))?;
        Ok(due.and_then(|count| count.parse::<usize>().ok()) == Some(wanted))
    }
}

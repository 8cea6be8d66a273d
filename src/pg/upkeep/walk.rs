//! A walk through the marks of a model: customers made true in the order of their marks, then those who are due.

use super::bring::{Derive, Task, Work};
use super::deadline::Deadline;
use super::marks::FIRST;
use super::model::{Model, Ready};
use super::pause::{self, Point};
use super::step::Step;
use super::touched::Keys;
use super::turn;
use super::version::Version;
use crate::error::Error;
use crate::model::sql;
use crate::pg::query::{Row, connected, run, stream_now};
use pgrx::pg_sys::{Datum, ItemPointerData};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

/// How many customers are made true together; a step may end after each so many.
const PART: usize = 100;

/// How many marks a step reads for further ones of the customers of its batch.
const MOST_MARKS: usize = 100_000;

thread_local! {
    /// Where the last step stopped to read the marks of a model, so that no customer keeps others waiting.
    static PLACES: RefCell<FxHashMap<i32, ItemPointerData>> = RefCell::default();
}

/// A walk through the marks of a model.
pub struct Walk<'a> {
    /// The model.
    pub model: Rc<Model>,
    /// What scoring needs of it.
    pub ready: &'a Ready,
    /// Whether the transaction has written nothing yet, so that rows may be added and deleted.
    pub is_fresh: bool,
    /// How many customers are made true at most.
    pub batch: usize,
    /// Whether marks of every customer are replaced by those of each.
    pub spreads: bool,
    /// When it ends though there is more to do.
    pub deadline: Deadline,
    /// All who are marked or due, where somebody wants to know how many stay so.
    pub pending: Option<Keys>,
}

/// Marks that were read, with the customers they name.
struct Found {
    keys: Keys,
    marks: Vec<(Version, Option<usize>)>,
    /// The places of marks of every customer.
    is_everybody: bool,
}

/// What became of customers who were to be made true.
pub struct Brought {
    /// How many of them it was tried for: the first ones.
    tried: usize,
    /// Who of those was.
    done: Keys,
    /// Who of those was held, so that the marks are deleted, and was not.
    dropped: Keys,
    /// All of those who were not.
    pub left: Keys,
}

impl Walk<'_> {
    /// Makes marked customers true, then those who are due, up to the size of a batch; nothing where the model has changed.
    pub fn walk(mut self) -> Result<Option<Step>, Error> {
        let mut done = Keys::new(&self.model.key);
        let mut pending = self.pending.take();
        let Some(step) = self.go(&mut done)? else { return Ok(None) };
        let stays = |pending: &mut Keys| {
            let is_over = done.all().filter(|key| pending.find(key).is_some()).count();
            pending.len() - is_over
        };
        Ok(Some(Step { done: done.len() as u64, remaining: pending.as_mut().map(stays), ..step }))
    }

    /// Goes from mark to mark, and notes who was made true.
    fn go(&self, done: &mut Keys) -> Result<Option<Step>, Error> {
        let id = self.model.entry.id;
        let start = PLACES.with_borrow(|places| places.get(&id).copied()).unwrap_or(FIRST);
        let mut step = Step::default();
        let (mut from, mut has_wrapped) = (start, is_first(start));
        loop {
            let (found, next) = self.read(from);
            pause::at(Point::MarksRead);
            if found.is_everybody {
                // Who is about to get a row has none yet that could be marked.
                let more = turn::try_to_take_without_row(id);
                if more && self.spreads {
                    self.spread(&found)?;
                }
                return Ok(Some(Step { more, is_behind: more, ..step }));
            }
            let Some(brought) = self.work_off(&found)? else { return Ok(None) };
            done.add_all(&brought.done);
            if let Some(place) = found.place_after(brought.tried) {
                (from, step.more) = (place, true);
                break;
            }
            match next {
                Some(next) => from = next,
                None if has_wrapped => {
                    from = FIRST;
                    break;
                }
                None => (from, has_wrapped) = (FIRST, true),
            }
            if done.len() >= self.batch {
                step.more = true;
                break;
            }
            if has_wrapped && next.is_some() && !is_first(start) && !is_before(from, start) {
                break;
            }
        }
        PLACES.with_borrow_mut(|places| places.insert(id, from));
        if !step.more {
            let due = self.due(self.batch - done.len())?;
            let Some(brought) = self.bring(&due, &mut |_| {})? else { return Ok(None) };
            step.more = due.len() + done.len() >= self.batch || brought.tried < due.len();
            done.add_all(&brought.done);
        }
        step.is_behind = step.more;
        Ok(Some(step))
    }

    /// Reads marks of as many customers as a batch has, and further ones of the same customers; gives also where to go on, or
    /// nothing at the end.
    fn read(&self, from: ItemPointerData) -> (Found, Option<ItemPointerData>) {
        let mut found = Found { keys: Keys::new(&self.model.key), marks: Vec::new(), is_everybody: false };
        let (mut next, mut read) = (None, 0);
        self.model.marks.read(from, &mut |version, key| {
            read += 1;
            let number = match key {
                None if found.keys.len() < self.batch => {
                    found.is_everybody = true;
                    Some(None)
                }
                None => None,
                Some(key) if found.keys.len() < self.batch => Some(Some(found.keys.add_own(key) as usize)),
                Some(key) => found.keys.find(key).map(|number| Some(number as usize)),
            };
            match number {
                Some(number) => found.marks.push((version, number)),
                None => drop(next.get_or_insert(version.place)),
            }
            // Who is marked a hundred times is derived once.
            let is_enough = read >= MOST_MARKS && found.keys.len() >= self.batch;
            if is_enough {
                next.get_or_insert(version.place);
            }
            !is_enough
        });
        (found, next)
    }

    /// Makes the customers of marks true whom it can hold, and deletes their marks.
    fn work_off(&self, found: &Found) -> Result<Option<Brought>, Error> {
        let mut delete = |held: &[usize]| {
            let mut is_held = vec![false; found.keys.len()];
            held.iter().for_each(|number| is_held[*number] = true);
            let marks = found.marks.iter().filter(|(_, number)| number.is_some_and(|number| is_held[number]));
            self.model.marks.delete(marks.map(|(version, _)| *version));
        };
        let Some(brought) = self.bring(&found.keys, &mut delete)? else { return Ok(None) };
        // Their marks are gone, or stay; one too many harms nobody.
        if !brought.dropped.is_empty() {
            self.model.marks.add(&brought.dropped);
        }
        Ok(Some(brought))
    }

    /// Makes customers true part by part, until the deadline; nothing where the model has changed.
    pub fn bring(&self, keys: &Keys, held: &mut dyn FnMut(&[usize])) -> Result<Option<Brought>, Error> {
        let empty = || Keys::new(&self.model.key);
        let mut brought = Brought { tried: 0, done: empty(), dropped: empty(), left: empty() };
        while brought.tried < keys.len() && !self.deadline.is_over() {
            let first = brought.tried;
            brought.tried = keys.len().min(first + PART);
            let part = keys.part(first..brought.tried);
            let mut held = |numbers: &[usize]| {
                held(&numbers.iter().map(|number| first + number).collect::<Vec<_>>());
            };
            if !self.bring_part(&part, &mut held, &mut brought)? {
                return Ok(None);
            }
        }
        Ok(Some(brought))
    }

    /// Makes some customers true together, and notes what became of them; tells whether the model is as it was.
    fn bring_part(
        &self,
        keys: &Keys,
        held: &mut dyn FnMut(&[usize]),
        brought: &mut Brought,
    ) -> Result<bool, Error> {
        let task = Task { derive: Derive::Everything, customer: true };
        let mut was_held = vec![false; keys.len()];
        let mut note = |numbers: &[usize]| {
            numbers.iter().for_each(|number| was_held[*number] = true);
            held(numbers);
        };
        let work = Work {
            model: &self.model,
            ready: self.ready,
            keys,
            tasks: vec![task; keys.len()],
            folds: Vec::new(),
            may_change: self.is_fresh,
            is_patient: true,
            held: &mut note,
        };
        let done = work.bring()?;
        if let Some(fault) = done.fault {
            return Err(fault);
        }
        for number in &done.left {
            brought.left.add_own(keys.key(*number));
            if was_held[*number] {
                brought.dropped.add_own(keys.key(*number));
            }
        }
        for (number, _) in &done.done {
            brought.done.add_own(keys.key(*number));
        }
        Ok(!done.is_stale)
    }

    /// Marks every customer one by one, in place of all at once.
    fn spread(&self, found: &Found) -> Result<(), Error> {
        let entry = &self.model.entry;
        connected(|| {
            let plan = &self.ready.plan;
            run(&sql::marks::spread(plan, &entry.table)?, &[])
        })?;
        let marks = found.marks.iter().filter(|(_, number)| number.is_none());
        self.model.marks.delete(marks.map(|(version, _)| *version));
        Ok(())
    }

    /// Finds customers whose rows are due, and locks these, where nobody else has.
    fn due(&self, at_most: usize) -> Result<Keys, Error> {
        let mut keys = Keys::new(&self.model.key);
        if !self.ready.lock_scores() || !sql::table::has_due_rows(&self.ready.plan) {
            return Ok(keys);
        }
        let parts = self.ready.plan.key.len();
        let statement = sql::marks::due(&self.ready.plan, &self.model.entry.table, at_most);
        stream_now(&statement, &[], &mut |row: &Row| {
            let key: Option<Vec<Datum>> = (0..parts).map(|at| row.datum(at)).collect();
            if let Some(key) = key {
                keys.add_own(&key);
            }
            Ok(())
        })?;
        Ok(keys)
    }
}

impl Found {
    /// Gives the place of the first mark of a customer after so many; none where there is none.
    fn place_after(&self, customers: usize) -> Option<ItemPointerData> {
        let is_after = |number: Option<usize>| number.is_some_and(|number| number >= customers);
        self.marks.iter().find(|(_, number)| is_after(*number)).map(|(version, _)| version.place)
    }
}

/// Tells whether a place is the first.
fn is_first(place: ItemPointerData) -> bool {
    !is_before(FIRST, place)
}

/// Tells whether a place is before another.
fn is_before(one: ItemPointerData, other: ItemPointerData) -> bool {
    let number = |place: ItemPointerData| (place.ip_blkid.bi_hi, place.ip_blkid.bi_lo, place.ip_posid);
    number(one) < number(other)
}

//! A walk through the marks of a model: customers made true in the order of their marks, then those who are due.

use super::bring::{Derive, Task, Work};
use super::marks::FIRST;
use super::model::Model;
use super::opened::Hold;
use super::pause::{self, Point};
use super::ready::Ready;
use super::step::Step;
use super::touched::Keys;
use super::turn;
use super::version::Version;
use crate::error::Error;
use crate::model::sql;
use crate::pg::query::{connected, run, stream_now};
use crate::pg::row::Row;
use pgrx::itemptr::item_pointer_get_both;
use pgrx::pg_sys::{Datum, ItemPointerData};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

/// How many customers are read together, while nobody is locked, and written then.
const PART: usize = 1000;

/// How many of a part are locked before they are read again, since somebody else has written their rows meanwhile.
const MOST_LOCKED: usize = 20;

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
    /// Who was.
    done: Keys,
    /// Who was held, so that the marks are deleted, and was not.
    dropped: Keys,
    /// All who were not, unless the model has changed.
    pub left: Keys,
    /// Whether the model has changed, so that no others were tried.
    pub is_stale: bool,
}

/// What became of some customers who were tried together.
struct Tried {
    /// Who was held, and was not made true.
    dropped: Keys,
    /// Who was not held.
    left: Keys,
    /// Whether the model has changed.
    is_stale: bool,
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
            let (mut found, next) = self.read(from);
            pause::at(Point::MarksRead);
            if found.is_everybody {
                // Who is about to get a row has none yet that could be marked.
                let more = turn::try_to_take_without_row(id);
                if more && self.spreads {
                    self.spread(&found)?;
                }
                return Ok(Some(Step { more, is_behind: more, ..step }));
            }
            let brought = self.work_off(&mut found)?;
            if brought.is_stale {
                return Ok(None);
            }
            done.add_all(&brought.done);
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
        step.more |= done.len() >= self.batch;
        let (mut skipped, at_most) = (0, self.batch.saturating_sub(done.len()));
        while !step.more {
            let due = self.due(at_most, skipped)?;
            let brought = self.bring(&due, &mut |_| {})?;
            if brought.is_stale {
                return Ok(None);
            }
            done.add_all(&brought.done);
            if due.len() < at_most {
                break;
            }
            // Whom others have locked is not to keep the next ones waiting.
            skipped += brought.left.len();
            step.more = !brought.done.is_empty();
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
    ///
    /// Whoever has deleted a mark sees to its customer: he makes him true, or marks him again. So who is shared with somebody
    /// else is not over by what is done here.
    fn work_off(&self, found: &mut Found) -> Result<Brought, Error> {
        let count = found.keys.len();
        let (mut is_ours, mut is_alone) = (vec![false; count], vec![true; count]);
        let mut delete = |held: &[usize]| {
            let mut is_held = vec![false; count];
            held.iter().for_each(|number| is_held[*number] = true);
            let marks = found.marks.iter().filter_map(|(version, number)| Some((*version, (*number)?)));
            let marks: Vec<(Version, usize)> = marks.filter(|(_, number)| is_held[*number]).collect();
            let deleted = self.model.marks.delete(marks.iter().map(|(version, _)| *version));
            for ((_, number), is_deleted) in marks.into_iter().zip(deleted) {
                is_ours[number] |= is_deleted;
                is_alone[number] &= is_deleted;
            }
        };
        let mut brought = self.bring(&found.keys, &mut delete)?;
        let mut is =
            |of: &[bool], key: &[Datum]| found.keys.find(key).is_some_and(|number| of[number as usize]);
        let again = brought.dropped.filtered(&mut |key| is(&is_ours, key));
        if !again.is_empty() {
            self.model.marks.add(&again);
        }
        if is_alone.contains(&false) {
            brought.done = brought.done.filtered(&mut |key| is(&is_alone, key));
        }
        Ok(brought)
    }

    /// Makes customers true part by part, until the model changes.
    pub fn bring(&self, keys: &Keys, held: &mut dyn FnMut(&[usize])) -> Result<Brought, Error> {
        let empty = || Keys::new(&self.model.key);
        let mut brought = Brought { done: empty(), dropped: empty(), left: empty(), is_stale: false };
        for first in (0..keys.len()).step_by(PART) {
            let part = keys.part(first..keys.len().min(first + PART));
            let mut held = |numbers: &[usize]| {
                held(&numbers.iter().map(|number| first + number).collect::<Vec<_>>());
            };
            let tried = self.try_part(&part, &mut held, Hold::Note, &mut brought.done)?;
            brought.left.add_all(&tried.left);
            // Who was written meanwhile may be so again and again, unless he is locked.
            let overtaken = tried.dropped.len();
            let some = tried.dropped.part(0..overtaken.min(MOST_LOCKED));
            let again = self.try_part(&some, &mut |_| {}, Hold::Lock, &mut brought.done)?;
            brought.dropped.add_all(&again.dropped);
            brought.dropped.add_all(&again.left);
            brought.dropped.add_all(&tried.dropped.part(some.len()..overtaken));
            if tried.is_stale {
                brought.is_stale = true;
                break;
            }
        }
        brought.left.add_all(&brought.dropped);
        Ok(brought)
    }

    /// Makes some customers true together, and notes who was.
    fn try_part(
        &self,
        keys: &Keys,
        held: &mut dyn FnMut(&[usize]),
        hold: Hold,
        made_true: &mut Keys,
    ) -> Result<Tried, Error> {
        let empty = || Keys::new(&self.model.key);
        let mut tried = Tried { dropped: empty(), left: empty(), is_stale: false };
        if keys.is_empty() {
            return Ok(tried);
        }
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
            hold,
            held: &mut note,
        };
        let done = work.bring()?;
        if let Some(fault) = done.fault {
            return Err(fault);
        }
        tried.is_stale = done.is_stale;
        for (number, _) in &done.done {
            made_true.add_own(keys.key(*number));
        }
        for number in &done.left {
            let to = if was_held[*number] { &mut tried.dropped } else { &mut tried.left };
            to.add_own(keys.key(*number));
        }
        Ok(tried)
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

    /// Finds customers whose rows are due, but for the first ones.
    fn due(&self, at_most: usize, skipped: usize) -> Result<Keys, Error> {
        let mut keys = Keys::new(&self.model.key);
        if !self.ready.lock_scores() || !sql::table::has_due_rows(&self.ready.plan) {
            return Ok(keys);
        }
        let parts = self.ready.plan.key.len();
        let statement = sql::marks::due(&self.ready.plan, &self.model.entry.table, at_most, skipped);
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

/// Tells whether a place is the first.
fn is_first(place: ItemPointerData) -> bool {
    !is_before(FIRST, place)
}

/// Tells whether a place is before another.
fn is_before(one: ItemPointerData, other: ItemPointerData) -> bool {
    item_pointer_get_both(one) < item_pointer_get_both(other)
}

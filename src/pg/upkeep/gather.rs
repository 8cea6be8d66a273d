//! What a statement has changed: the customers whom it touches, what must be done for each, and the new events.

use super::bring::{Derive, Folded, Task};
use super::keep::{Event, Fired};
use super::model::Model;
use super::reader::Reader;
use super::ready::Ready;
use super::role::{Part, Role, Rows};
use super::seen;
use super::touched::{Key, Keys};
use crate::error::Error;
use crate::pg::datum::Layout;
use crate::pg::query::released;
use crate::pg::row::Row;
use crate::pg::settings::{self, Setting};
use pgrx::pg_sys::{self, Datum, Tuplestorestate};

/// How many customers a statement may touch that are made true at once; those of a larger one are marked.
const MOST: usize = 1000;

/// Up to how many rows of an update are compared, so that those that change nothing of a model are left alone.
const MOST_COMPARED: i64 = 10_000;

/// What a statement has changed.
pub struct Gathered<'a> {
    /// The customers.
    pub keys: Keys,
    /// What is to be done for each.
    pub tasks: Vec<Task>,
    /// The new events.
    pub folds: Vec<Folded<'a>>,
    /// Whether the customers cannot be known, so that all must be marked.
    pub is_everybody: bool,
    /// Whether they are so many that they are only to be marked; not all are here then.
    pub is_marked: bool,
    /// Those who are to be marked too, since others may be adding what is joined.
    pub also_marked: Vec<u32>,
}

impl<'a> Gathered<'a> {
    /// Starts with nothing.
    fn new(model: &Model) -> Self {
        let keys = Keys::new(&model.key);
        let (tasks, folds, also_marked) = (Vec::new(), Vec::new(), Vec::new());
        Self { keys, tasks, folds, is_everybody: false, is_marked: false, also_marked }
    }

    /// Reads only whom a statement touches.
    pub fn keys(model: &Model, fired: &Fired, roles: &[Role]) -> Result<Self, Error> {
        let mut gathered = Self::new(model);
        for role in roles {
            match &role.keys {
                None => gathered.query(model, fired, role, Task::default())?,
                Some(reader) => {
                    for rows in fired.tables() {
                        let reader = &mut *reader.borrow_mut();
                        read(model, reader, rows, &mut |row, lengths| {
                            if let Some(row) = row {
                                gathered.touch(row, lengths, Task::default());
                            }
                            Ok(true)
                        })?;
                    }
                }
            }
        }
        Ok(gathered)
    }

    /// Reads all that a statement has changed for a model that is kept live.
    pub fn all(model: &Model, ready: &Ready, fired: &Fired, roles: &'a [Role]) -> Result<Self, Error> {
        let mut gathered = Self::new(model);
        for role in roles {
            if gathered.is_marked {
                break;
            }
            match (&role.part, &role.rows) {
                (Part::Source(source), Some(rows)) => {
                    gathered.source(model, ready, fired, *source, rows)?;
                }
                (Part::Customers, Some(rows)) => gathered.customers(model, fired, rows)?,
                (Part::Source(source) | Part::Joined(source, _), _) => {
                    gathered.joined(model, fired, role, *source)?;
                }
                (Part::Customers, None) => gathered.is_everybody = true,
            }
        }
        gathered.settle(ready);
        Ok(gathered)
    }

    /// Notes that a row concerns its customer; gives the number.
    fn touch(&mut self, row: &Row, lengths: &[i16], task: Task) -> Option<u32> {
        let parts = self.parts();
        let key: Option<Key> = (0..parts).map(|at| row.datum(at)).collect();
        let number = self.keys.add(&key?, lengths)?;
        self.ask(number, task);
        Some(number)
    }

    /// Counts the columns of a key.
    fn parts(&self) -> usize {
        self.keys.parts()
    }

    /// Notes what is to be done for a customer.
    fn ask(&mut self, number: u32, task: Task) {
        let number = number as usize;
        if self.tasks.len() <= number {
            self.tasks.resize(number + 1, Task::default());
        }
        let known = &mut self.tasks[number];
        known.customer |= task.customer;
        known.derive = match (known.derive, task.derive) {
            (known, Derive::Nothing) => known,
            (Derive::Nothing, wanted) => wanted,
            (known, wanted) if known == wanted => known,
            _ => Derive::Everything,
        };
        // Who reads on beyond that reads the keys alone.
        self.is_marked |= self.tasks.len() > MOST;
    }

    /// Reads what has changed of the events of a source.
    fn source(
        &mut self,
        model: &Model,
        ready: &Ready,
        fired: &Fired,
        source: usize,
        rows: &'a Rows,
    ) -> Result<(), Error> {
        let reader = &mut *rows.reader.borrow_mut();
        let derive = Task { derive: Derive::Source(source), customer: false };
        let Some(events) = &rows.events else { return Ok(()) };
        match fired.event {
            Event::Insert if ready.folds[source] => {
                let (described, layouts) = (reader.described(), reader.layouts.clone());
                let basket = &rows.basket;
                let mut folded = Folded { events, basket, described, rows: Vec::new() };
                read(model, reader, fired.new, &mut |row, lengths| {
                    let Some(row) = row else { return Ok(true) };
                    let Some(number) = self.touch(row, lengths, Task::default()) else { return Ok(true) };
                    if seen::has(model.entry.id, source, self.keys.key(number as usize)) {
                        self.ask(number, derive);
                    } else {
                        let (values, nulls) = copy(row, &layouts);
                        folded.rows.push((number, values, nulls));
                    }
                    Ok(!self.is_marked)
                })?;
                self.folds.push(folded);
            }
            Event::Update => self.changed(model, fired, reader, &|_| derive)?,
            Event::Insert | Event::Delete => {
                for rows in fired.tables() {
                    read(model, reader, rows, &mut |row, lengths| {
                        if let Some(row) = row {
                            self.touch(row, lengths, derive);
                        }
                        Ok(!self.is_marked)
                    })?;
                }
            }
            Event::Truncate => {}
        }
        Ok(())
    }

    /// Reads what has changed of a joined source: of its own rows, or of those that are joined to them.
    fn joined(&mut self, model: &Model, fired: &Fired, role: &Role, source: usize) -> Result<(), Error> {
        let derive = Task { derive: Derive::Source(source), customer: false };
        let is_joined = matches!(role.part, Part::Joined(..));
        let before = self.keys.len() as u32;
        match (&role.rows, &role.keys, fired.event) {
            (Some(rows), _, Event::Update) if is_joined => {
                self.changed(model, fired, &mut rows.reader.borrow_mut(), &|_| derive)?;
            }
            (_, Some(reader), _) => {
                for rows in fired.tables() {
                    read(model, &mut reader.borrow_mut(), rows, &mut |row, lengths| {
                        if let Some(row) = row {
                            self.touch(row, lengths, derive);
                        }
                        Ok(!self.is_marked)
                    })?;
                }
            }
            _ => self.query(model, fired, role, derive)?,
        }
        // Somebody may be adding an event to a row that is new, or has another customer now, and not see that.
        let is_minded = match fired.event {
            Event::Insert => role.joined.loses_new,
            Event::Update => true,
            Event::Delete | Event::Truncate => false,
        };
        if is_joined && is_minded {
            let touched = (0..self.tasks.len() as u32)
                .filter(|number| *number >= before || self.tasks[*number as usize].derive != Derive::Nothing);
            self.also_marked.extend(touched);
        }
        Ok(())
    }

    /// Reads the keys of rows with what is joined to them.
    fn query(&mut self, model: &Model, fired: &Fired, role: &Role, task: Task) -> Result<(), Error> {
        let (Some(query), Ok(ready)) = (&role.query, &model.ready) else {
            self.is_everybody = true;
            return Ok(());
        };
        // What a serializable transaction reads can make it, or others, fail.
        if fired.is_serializable() {
            self.is_everybody = true;
            return Ok(());
        }
        // Whoever wants a table for himself is not to wait for the end of this transaction.
        released(|| match ready.lock_reads() {
            true => self.ask_for_customers(model, fired, role, query, task),
            false => {
                self.is_everybody = true;
                Ok(())
            }
        })
    }

    /// Asks a query whom the rows of a statement concern.
    fn ask_for_customers(
        &mut self,
        model: &Model,
        fired: &Fired,
        role: &Role,
        query: &[String; 2],
        task: Task,
    ) -> Result<(), Error> {
        let is_source = matches!(role.part, Part::Source(_));
        let parts = self.parts();
        let statements =
            [(fired.old, &query[0], role.joined.loses_old), (fired.new, &query[1], role.joined.loses_new)];
        for (_, statement, loses) in statements.into_iter().filter(|(rows, ..)| !rows.is_null()) {
            fired.query(model, statement, &mut |row, lengths| {
                let is_found = !is_source || row.datum(parts).is_some_and(|found| found.value() as u8 != 0);
                match is_found {
                    true => drop(self.touch(row, lengths, task)),
                    false => self.is_everybody |= loses,
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Reads what has changed of the customers themselves.
    fn customers(&mut self, model: &Model, fired: &Fired, rows: &Rows) -> Result<(), Error> {
        let reader = &mut *rows.reader.borrow_mut();
        let stays = |is_same_key: bool| match is_same_key {
            true => Task { derive: Derive::Nothing, customer: true },
            false => Task { derive: Derive::Everything, customer: true },
        };
        match fired.event {
            Event::Update => self.changed(model, fired, reader, &stays),
            _ => {
                for rows in fired.tables() {
                    read(model, reader, rows, &mut |row, lengths| {
                        if let Some(row) = row {
                            self.touch(row, lengths, stays(fired.event == Event::Delete));
                        }
                        Ok(!self.is_marked)
                    })?;
                }
                Ok(())
            }
        }
    }

    /// Touches the customers of rows whose items an update has changed; `task` is told whether old and new row are of one
    /// customer.
    fn changed(
        &mut self,
        model: &Model,
        fired: &Fired,
        reader: &mut Reader,
        task: &dyn Fn(bool) -> Task,
    ) -> Result<(), Error> {
        let layouts = reader.layouts.clone();
        let mut old: Vec<Option<(Vec<Datum>, Vec<bool>)>> = Vec::new();
        // SAFETY: both are the rows of an update.
        let counts =
            unsafe { (pg_sys::tuplestore_tuple_count(fired.old), pg_sys::tuplestore_tuple_count(fired.new)) };
        if counts.0 != counts.1 || counts.0 > MOST_COMPARED {
            for rows in fired.tables() {
                read(model, reader, rows, &mut |row, lengths| {
                    if let Some(row) = row {
                        self.touch(row, lengths, task(false));
                    }
                    Ok(!self.is_marked)
                })?;
            }
            return Ok(());
        }
        read(model, reader, fired.old, &mut |row, _| {
            old.push(row.map(|row| copy(row, &layouts)));
            Ok(!self.is_marked)
        })?;
        let described = reader.described();
        let parts = self.parts();
        let mut at = 0;
        read(model, reader, fired.new, &mut |row, lengths| {
            let before = old[at].as_ref().map(|(values, nulls)| Row::of(values, nulls, described));
            at += 1;
            let is_same = |columns: usize| match (&before, row) {
                (None, None) => true,
                (Some(before), Some(row)) => (0..columns).all(|at| is_same(before, row, at, layouts[at])),
                _ => false,
            };
            if !is_same(layouts.len()) {
                let task = task(is_same(parts));
                for row in before.iter().chain(row) {
                    self.touch(row, lengths, task);
                }
            }
            Ok(!self.is_marked)
        })
    }

    /// Reads everything again of customers for whom what is added and what is read again overlap.
    fn settle(&mut self, ready: &Ready) {
        if self.is_marked || self.folds.iter().all(|folded| folded.rows.is_empty()) {
            return;
        }
        for folded in &self.folds {
            let taking: Vec<usize> = folded.events.takes.iter().map(|take| take.slot).collect();
            for (number, ..) in &folded.rows {
                let task = &mut self.tasks[*number as usize];
                if let Derive::Source(source) = task.derive
                    && ready.slots[source].iter().any(|slot| taking.contains(slot))
                {
                    task.derive = Derive::Everything;
                }
            }
        }
    }
}

/// What reads a row, or hears that one is none of the model's, with the lengths of the items; tells whether it wants more.
type ReadRow<'a> = dyn FnMut(Option<&Row>, &[i16]) -> Result<bool, Error> + 'a;

/// Reads the rows of a transition table; `read` gets the lengths of the items too.
fn read(
    model: &Model,
    reader: &mut Reader,
    rows: *mut Tuplestorestate,
    read: &mut ReadRow,
) -> Result<(), Error> {
    let lengths = reader.lengths.clone();
    if reader.is_tame {
        return reader.read(rows, &mut |row| read(row, &lengths));
    }
    let setting = Setting { role: model.entry.owner, timezone: &model.entry.timezone };
    settings::under(&setting, || reader.read(rows, &mut |row| read(row, &lengths)))
}

/// Copies the items of a row.
fn copy(row: &Row, layouts: &[Layout]) -> (Vec<Datum>, Vec<bool>) {
    let columns = layouts.iter().enumerate();
    columns
        .map(|(at, layout)| match row.datum(at) {
            None => (Datum::null(), true),
            // SAFETY: the item is of the layout; the memory is that of the trigger's call.
            Some(value) => (unsafe { layout.copy(value, pg_sys::CurrentMemoryContext) }, false),
        })
        .unzip()
}

/// Tells whether an item is the same in two rows, to the byte.
fn is_same(one: &Row, other: &Row, at: usize, layout: Layout) -> bool {
    match (one.datum(at), other.datum(at)) {
        (None, None) => true,
        // SAFETY: both are of the layout.
        (Some(one), Some(other)) => unsafe { layout.are_same(one, other) },
        _ => false,
    }
}

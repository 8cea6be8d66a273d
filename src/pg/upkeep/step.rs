//! A step of upkeep: something of what is left to do for a model, in one transaction.

use super::bring::{Derive, Task, Work};
use super::bulk;
use super::marks::FIRST;
use super::model::{self, Model, Ready};
use super::pause::{self, Point};
use super::sweep::sweep;
use super::touched::Keys;
use super::turn;
use super::version::Version;
use crate::error::{Error, Fault};
use crate::model::document::Mode;
use crate::model::sql;
use crate::pg::build::check_isolation;
use crate::pg::call::{Answer, Call, sql_functions};
use crate::pg::fold::KeyTypes;
use crate::pg::query::{Row, caught, connected, rows, run, stream_now, under_new_snapshot};
use crate::pg::refresh::rebuild;
use crate::pg::registry::{self, Entry};
use crate::pg::set::value;
use crate::pg::settings::{self, Setting};
use pgrx::pg_sys::{self, Datum, ItemPointerData};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

sql_functions![catch_up];

pgrx::extension_sql_file!("../../../sql/catch_up.sql", name = "catch_up", requires = ["model"]);

/// How many marks a step reads for further ones of the customers of its batch.
const MOST_MARKS: usize = 100_000;

/// What a step of upkeep did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Step {
    /// Customers made true.
    pub done: u64,
    /// Whether another step would find something to do at once.
    pub more: bool,
    /// Whether so much is left that a bulk may do it sooner.
    pub is_behind: bool,
}

thread_local! {
    /// Where the last step stopped to read the marks of a model, so that no customer keeps others waiting.
    static PLACES: RefCell<FxHashMap<i32, ItemPointerData>> = RefCell::default();
}

/// `catch_up(name, at_most)`
fn catch_up(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    let at_most: i32 = call.need(1, "at_most")?;
    if at_most < 1 {
        let message = format!("at_most must be 1 or more, got {at_most}");
        return Err(Error::invalid(message).hint("It is the number of customers; 1000 is the default."));
    }
    check_isolation("catch_up")?;
    let entry = registry::find(&name, false)?;
    let step = match caught(|| step(&entry, at_most as usize, true)) {
        Ok(step) => step,
        Err(error) => {
            warn(&entry, &error);
            keep_fault(&entry, &error)?;
            Step::default()
        }
    };
    // A model that is broken may lack what is to be counted.
    let remaining = caught(|| remaining(&entry)).ok();
    call.row([value(Some(step.done as i64)), value(remaining)])
}

/// Says that the upkeep of a model has failed.
fn warn(entry: &Entry, error: &Error) {
    let (detail, hint) = error.sentences();
    let sentences: String = [detail, hint].into_iter().flatten().map(|words| format!(" {words}")).collect();
    pgrx::warning!("model \"{}\": {error}.{sentences}", entry.name);
}

/// Makes writers only mark, since the upkeep of a model has failed; to be called when all that it wrote is undone.
pub fn keep_fault(entry: &Entry, error: &Error) -> Result<(), Error> {
    if error.fault() != Fault::InUse && turn::try_to_take(entry.id) {
        registry::break_down(entry.id, error)?;
        model::changed(entry.table_oid);
    }
    Ok(())
}

/// Does one step of what is to be done for a model, in the current transaction: what a refresh left, marks, due rows; at
/// most `batch` customers. Where `is_asked`, somebody waits for it.
pub fn step(entry: &Entry, batch: usize, is_asked: bool) -> Result<Step, Error> {
    // SAFETY: it only reads.
    let is_fresh = unsafe { pg_sys::GetTopTransactionIdIfAny() } == pg_sys::InvalidTransactionId;
    let asked = Asked { batch, is_asked, is_fresh };
    let mut did_more = false;
    for _ in 0..MOST_TRIES {
        if let Some(step) = asked.try_step(entry, &mut did_more)? {
            return Ok(step);
        }
    }
    Ok(Step { more: true, ..Step::default() })
}

/// How often a step is begun anew, as the model has changed.
const MOST_TRIES: usize = 4;

/// What is asked of a step.
struct Asked {
    batch: usize,
    /// Whether somebody waits for it.
    is_asked: bool,
    /// Whether the transaction had written nothing before, so that rows may be added and deleted.
    is_fresh: bool,
}

impl Asked {
    /// Does a step, unless the model changes meanwhile; notes whether something was done that may leave more to do.
    fn try_step(&self, entry: &Entry, did_more: &mut bool) -> Result<Option<Step>, Error> {
        let nothing = Ok(Some(Step::default()));
        let Some(model) = model::find_again(entry.id)? else { return nothing };
        if model.document.mode == Mode::Batch {
            return nothing;
        }
        let setting = Setting { role: model.entry.owner, timezone: &model.entry.timezone.clone() };
        settings::under(&setting, || {
            let ready = match &model.ready {
                Ok(ready) => ready,
                // Somebody has locked a table, and is not waited for.
                Err(error) if error.fault() == Fault::InUse => return nothing,
                Err(error) => return Err(error.clone()),
            };
            if model.is_restored() {
                return adopt(&model, self.is_asked).map(Some);
            }
            if model.entry.cuts_version == 0 {
                return build(&model, ready).map(Some);
            }
            if sweep(&model, ready)? {
                *did_more = true;
                return Ok(None);
            }
            let spreads = self.is_asked || !bulk::may_begin(entry.id);
            let (batch, is_fresh) = (self.batch, self.is_fresh);
            let walk = Walk { model: model.clone(), ready, is_fresh, batch, spreads };
            let Some(step) = walk.walk()? else { return Ok(None) };
            let more = step.more || *did_more;
            // Where nothing is left to do, the next writer will tell.
            let is_well = step.done > 0 || !more;
            if is_well && model.entry.is_broken && turn::try_to_take(model.entry.id) {
                registry::mend(model.entry.id)?;
                model::changed(model.entry.table_oid);
            }
            Ok(Some(Step { more, ..step }))
        })
    }
}

/// Builds a model that was made to be built later: everybody derived and scored, in this one transaction.
fn build(model: &Model, ready: &Ready) -> Result<Step, Error> {
    let id = model.entry.id;
    if !turn::try_to_take(id) {
        return Ok(Step::default());
    }
    match registry::numbered(id)? {
        Some(entry) if entry.cuts_version == 0 => {
            check_isolation("the build")?;
            rebuild(&entry, &ready.plan, None, &mut |_, _, _| {})?;
            Ok(Step { more: true, ..Step::default() })
        }
        _ => Ok(Step::default()),
    }
}

/// Takes over the tables of a model that was restored: until then writers only mark.
///
/// While the score table is empty, a restore may be about to fill it, and must not find rows there that it brings.
fn adopt(model: &Rc<Model>, is_asked: bool) -> Result<Step, Error> {
    let mut entry = model.entry.clone();
    let is_empty = || Ok::<_, Error>(rows(&sql::table::any(&entry.table), &[])?.is_empty());
    if !is_asked && is_empty()? {
        return Ok(Step::default());
    }
    if !turn::try_to_take(entry.id) {
        return Ok(Step::default());
    }
    let (Some(table), tables) = (model::oid_of(&entry.table), model::tables(&model.document)?) else {
        return Ok(Step::default());
    };
    entry.table_oid = table;
    entry.relations = tables.into_iter().map(|(_, oid)| oid).collect();
    registry::settle(&entry)?;
    model::changed(table);
    Ok(Step { more: true, ..Step::default() })
}

/// A walk through the marks of a model.
struct Walk<'a> {
    model: Rc<Model>,
    ready: &'a Ready,
    /// Whether the transaction has written nothing yet, so that rows may be added and deleted.
    is_fresh: bool,
    batch: usize,
    /// Whether marks of every customer are replaced by those of each.
    spreads: bool,
}

/// Marks that were read, with the customers they name.
struct Found {
    keys: Keys,
    marks: Vec<(Version, Option<usize>)>,
    /// The places of marks of every customer.
    is_everybody: bool,
}

/// What became of customers who were to be made true.
struct Brought {
    /// How many were.
    done: u64,
    /// Who was held, so that the marks are deleted, and was not.
    dropped: Keys,
    /// All who were not.
    left: Keys,
}

impl Walk<'_> {
    /// Makes marked customers true, then those who are due, up to the size of a batch; nothing where the model has changed.
    fn walk(&self) -> Result<Option<Step>, Error> {
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
            let Some(done) = self.work_off(&found)? else { return Ok(None) };
            step.done += done;
            match next {
                Some(next) => from = next,
                None if has_wrapped => {
                    from = FIRST;
                    break;
                }
                None => (from, has_wrapped) = (FIRST, true),
            }
            if step.done >= self.batch as u64 {
                step.more = true;
                break;
            }
            if has_wrapped && next.is_some() && !is_first(start) && !is_before(from, start) {
                break;
            }
        }
        PLACES.with_borrow_mut(|places| places.insert(id, from));
        if step.done < self.batch as u64 {
            let due = self.due(self.batch - step.done as usize)?;
            step.more |= due.len() + step.done as usize >= self.batch;
            let Some(brought) = self.bring(&due, &mut |_| {})? else { return Ok(None) };
            step.done += brought.done;
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
    fn work_off(&self, found: &Found) -> Result<Option<u64>, Error> {
        if found.keys.is_empty() {
            return Ok(Some(0));
        }
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
        Ok(Some(brought.done))
    }

    /// Makes customers true; nothing where the model has changed.
    fn bring(&self, keys: &Keys, held: &mut dyn FnMut(&[usize])) -> Result<Option<Brought>, Error> {
        let empty = || Keys::new(&self.model.key);
        let mut brought = Brought { done: 0, dropped: empty(), left: empty() };
        if keys.is_empty() {
            return Ok(Some(brought));
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
            held: &mut note,
        };
        let done = work.bring()?;
        if let Some(fault) = done.fault {
            return Err(fault);
        }
        if done.is_stale {
            return Ok(None);
        }
        for number in &done.left {
            brought.left.add_own(keys.key(*number));
            if was_held[*number] {
                brought.dropped.add_own(keys.key(*number));
            }
        }
        brought.done = done.done.len() as u64;
        Ok(Some(brought))
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

/// Makes customers true who were found not to be.
pub struct Healer {
    model: Rc<Model>,
    is_fresh: bool,
}

impl Healer {
    /// Makes ready to heal; a model that is broken is refused with its fault.
    pub fn of(entry: &Entry) -> Result<Self, Error> {
        // SAFETY: it only reads.
        let is_fresh = unsafe { pg_sys::GetTopTransactionIdIfAny() } == pg_sys::InvalidTransactionId;
        match model::find_again(entry.id)? {
            Some(model) => Ok(Self { model, is_fresh }),
            None => Err(crate::pg::target::broken(&sql::marks::name(&entry.table), "it is missing")),
        }
    }

    /// Marks every customer.
    pub fn mark_everybody(&self) {
        self.model.marks.add_everybody();
    }

    /// Gives the types of the model's key.
    pub fn key(&self) -> &KeyTypes {
        &self.model.key
    }

    /// Makes customers true, a batch at a time; marks those whom others have locked.
    pub fn heal(&self, wrong: &Keys) -> Result<(), Error> {
        // What this transaction has repaired of its tables and triggers is a change, too.
        let model = model::find_again(self.model.entry.id)?.unwrap_or_else(|| self.model.clone());
        let ready = model.ready.as_ref().map_err(Clone::clone)?;
        let (model, batch) = (model.clone(), MOST_HEALED);
        let walk = Walk { model, ready, is_fresh: self.is_fresh, batch, spreads: true };
        for batch in wrong.all().collect::<Vec<_>>().chunks(MOST_HEALED) {
            let mut keys = Keys::new(&self.model.key);
            for key in batch {
                keys.add_own(key);
            }
            match walk.bring(&keys, &mut |_| {})? {
                Some(brought) if brought.left.is_empty() => {}
                Some(brought) => self.model.marks.add(&brought.left),
                None => self.model.marks.add(&keys),
            }
        }
        if self.model.entry.is_broken && turn::try_to_take(self.model.entry.id) {
            registry::mend(self.model.entry.id)?;
            model::changed(self.model.entry.table_oid);
        }
        Ok(())
    }
}

/// How many customers are healed together.
const MOST_HEALED: usize = 1000;

/// Counts the customers who are marked or due, locked ones too; all, where all count as marked.
pub fn remaining(entry: &Entry) -> Result<i64, Error> {
    let setting = Setting { role: entry.owner, timezone: &entry.timezone };
    settings::under(&setting, || {
        let Some(model) = model::find(entry.id)? else { return Ok(0) };
        if model.document.mode == Mode::Batch {
            return Ok(0);
        }
        let columns = model.document.customers.key.as_slice().iter().map(|name| name.to_string());
        let key: Vec<(String, &str)> = columns.zip(model.key_sql.iter().map(String::as_str)).collect();
        let is_unswept = under_new_snapshot(|| registry::standing(entry.id))?.is_unswept;
        let (mut pending, mut is_everybody) = (Keys::new(&model.key), is_unswept);
        model.marks.read(FIRST, &mut |_, marked| {
            match marked {
                Some(marked) => drop(pending.add_own(marked)),
                None => is_everybody = true,
            }
            true
        });
        let statement = sql::marks::pending(&key, &entry.table, is_everybody);
        stream_now(&statement, &[], &mut |row: &Row| {
            let key: Option<Vec<Datum>> = (0..key.len()).map(|at| row.datum(at)).collect();
            key.map(|key| pending.add_own(&key));
            Ok(())
        })?;
        Ok(pending.len() as i64)
    })
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

//! A step of upkeep: something of what is left to do for a model, in one transaction.

use super::bulk;
use super::changes;
use super::marks::FIRST;
use super::model::{self, Model};
use super::ready::Ready;
use super::sweep::sweep;
use super::tables;
use super::touched::Keys;
use super::turn;
use super::walk::Walk;
use crate::error::{Error, Fault};
use crate::model::document::Mode;
use crate::model::sql;
use crate::pg::build::check_isolation;
use crate::pg::call::{Answer, Call, sql_functions};
use crate::pg::query::{caught, rows, stream_now, under_new_snapshot};
use crate::pg::refresh::rebuild;
use crate::pg::registry::{self, Entry};
use crate::pg::row::Row;
use crate::pg::set::value;
use crate::pg::settings::{self, Setting};
use pgrx::pg_sys::{self, Datum};
use std::rc::Rc;

sql_functions![catch_up];

pgrx::extension_sql_file!("../../../sql/catch_up.sql", name = "catch_up", requires = ["model"]);

/// What a step of upkeep did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Step {
    /// Customers made true.
    pub done: u64,
    /// Customers who stay marked or due, where somebody asked, and they were counted before any was locked.
    pub remaining: Option<usize>,
    /// Whether another step would find something to do at once.
    pub more: bool,
    /// Whether so much is left that a bulk may do it sooner.
    pub is_behind: bool,
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
    let remaining = step.remaining.or_else(|| caught(|| remaining(&entry)).ok());
    call.row([value(Some(step.done as i64)), value(remaining.map(|count| count as i64))])
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
        changes::tell(entry.table_oid);
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
            let walk = Walk {
                model: model.clone(),
                ready,
                is_fresh,
                batch,
                spreads,
                pending: if self.is_asked { caught(|| pending(&model)).ok() } else { None },
            };
            let Some(step) = walk.walk()? else { return Ok(None) };
            let more = step.more || *did_more;
            // Where nothing is left to do, the next writer will tell.
            let is_well = step.done > 0 || !more;
            if is_well && model.entry.is_broken && turn::try_to_take(model.entry.id) {
                registry::mend(model.entry.id)?;
                changes::tell(model.entry.table_oid);
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
    let (Some(table), tables) = (tables::oid_of(&entry.table), tables::tables(&model.document)?) else {
        return Ok(Step::default());
    };
    entry.table_oid = table;
    entry.relations = tables.into_iter().map(|(_, oid)| oid).collect();
    registry::settle(&entry)?;
    changes::tell(table);
    Ok(Step { more: true, ..Step::default() })
}

/// Counts the customers who are marked or due, locked ones too; all, where all count as marked.
fn remaining(entry: &Entry) -> Result<usize, Error> {
    let setting = Setting { role: entry.owner, timezone: &entry.timezone };
    settings::under(&setting, || match model::find(entry.id)? {
        Some(model) if model.document.mode != Mode::Batch => Ok(pending(&model)?.len()),
        _ => Ok(0),
    })
}

/// Lists the customers who are marked or due, as [`remaining`] counts them.
fn pending(model: &Model) -> Result<Keys, Error> {
    let entry = &model.entry;
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
    Ok(pending)
}

//! The trigger of all models: what a statement has changed, made true or marked before it ends.

use super::bring::{Derive, Done, Work};
use super::gather::Gathered;
use super::model::{self, Model};
use super::opened::Hold;
use super::ready::Ready;
use super::role::Role;
use super::seen;
use super::tables;
use super::touched::Keys;
use crate::error::{Error, Fault};
use crate::model::document::OnError;
use crate::model::sql::trigger;
use crate::pg::call::{Answer, Call, sql_functions};
use crate::pg::datum::Layout;
use crate::pg::query::{caught, computed, connected, seeing_latest, stream_now};
use crate::pg::row::Row;
use crate::pg::settings::{self, Setting};
use crate::pg::worker;
use pgrx::pg_sys::{self, Datum, Oid, Relation, TriggerData, Tuplestorestate};
use std::ffi::CStr;
use std::rc::Rc;

sql_functions![keep];

pgrx::extension_sql_file!("../../../sql/keep.sql", name = "keep", requires = ["model"]);
pgrx::extension_sql_file!("../../../sql/status.sql", name = "status", requires = ["keep"]);

/// What a trigger fires for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// INSERT, COPY.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// TRUNCATE.
    Truncate,
}

/// What reads a row, with the lengths of its columns.
type ReadRow<'a> = dyn FnMut(&Row, &[i16]) -> Result<(), Error> + 'a;

/// A trigger that has fired.
pub struct Fired {
    /// The number of the model.
    id: i32,
    /// For what.
    pub event: Event,
    /// The table.
    relation: Relation,
    /// The rows before; null for an INSERT.
    pub old: *mut Tuplestorestate,
    /// The rows after; null for a DELETE.
    pub new: *mut Tuplestorestate,
    /// Whether the trigger is called as the model has called it.
    is_named_as_ours: bool,
    data: *mut TriggerData,
}

/// `keep()`
fn keep(call: &Call) -> Answer {
    let fired = Fired::of(call)?;
    if let Some(model) = model::find(fired.id)? {
        if !fired.check(&model)? {
            return Ok(Some(Datum::null()));
        }
        worker::look(&model);
        if let Some(fault) = keep_true(&model, &fired)? {
            if model.document.on_error == OnError::Abort {
                return Err(fault);
            }
            pgrx::debug1!("model \"{}\" is not kept live: {fault}", model.entry.name);
        }
    }
    Ok(Some(Datum::null()))
}

/// Makes true whom the statement touches, or marks them; gives the fault that it met, where it met one.
fn keep_true(model: &Rc<Model>, fired: &Fired) -> Result<Option<Error>, Error> {
    let mut fault = model.ready.as_ref().err().filter(|error| error.fault() != Fault::InUse).cloned();
    if fired.event == Event::Truncate {
        model.marks.add_everybody();
        return Ok(fault);
    }
    if fired.is_empty() {
        return Ok(None);
    }
    let roles = match model.roles(fired.relation) {
        // It was one of the model's tables, and somebody has renamed it.
        Ok(roles) if roles.is_empty() => {
            model.marks.add_everybody();
            return Ok(fault);
        }
        Ok(roles) => roles,
        Err(error) => {
            model.marks.add_everybody();
            return Ok(Some(error));
        }
    };
    if let Some(ready) = model.live().filter(|_| is_read_committed() && fired.is_named_as_ours) {
        match gathering(model, &roles, || Gathered::all(model, ready, fired, &roles)) {
            Ok(gathered) if !gathered.is_marked => return make_true(model, ready, gathered),
            Ok(_) => {}
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    mark(model, fired, &roles);
    Ok(fault)
}

/// Tells whether each statement of the transaction sees what others have committed.
fn is_read_committed() -> bool {
    // SAFETY: it only reads.
    unsafe { pg_sys::XactIsoLevel < pg_sys::XACT_REPEATABLE_READ as i32 }
}

/// Marks whom the statement touches; everybody, where that cannot be known.
fn mark(model: &Model, fired: &Fired, roles: &[Role]) {
    match gathering(model, roles, || Gathered::keys(model, fired, roles)) {
        Ok(gathered) if !gathered.is_everybody => model.marks.add(&gathered.keys),
        _ => model.marks.add_everybody(),
    }
}

/// Reads what a statement has changed; gives back what goes wrong.
fn gathering<T>(model: &Model, roles: &[Role], read: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    match model.key.are_plain() && roles.iter().all(Role::only_computes) {
        true => computed(read),
        false => caught(read),
    }
}

/// Makes true whom it can, and marks the others.
fn make_true(model: &Model, ready: &Ready, gathered: Gathered) -> Result<Option<Error>, Error> {
    let Gathered { keys, tasks, folds, is_everybody, also_marked, .. } = gathered;
    if is_everybody {
        model.marks.add_everybody();
    }
    if keys.is_empty() {
        return Ok(None);
    }
    let held = &mut |_: &[usize]| {};
    let (may_change, is_patient, hold) = (true, false, Hold::Lock);
    let work = Work { model, ready, keys: &keys, tasks, folds, may_change, is_patient, hold, held };
    let done = work.bring()?;
    remember(model, ready, &keys, &done);
    // Who orders before his row is seen is marked by the order; whichever of the two commits last finds the other.
    let also = also_marked.into_iter().map(|number| number as usize);
    let mut numbers = done.left.iter().chain(&done.added).copied().chain(also).peekable();
    if numbers.peek().is_some() {
        let mut marked = Keys::new(&model.key);
        for number in numbers {
            marked.add_own(keys.key(number));
        }
        model.marks.add(&marked);
    }
    Ok(done.fault)
}

/// Notes who was derived, so that what the derive has seen is not added again.
fn remember(model: &Model, ready: &Ready, keys: &Keys, done: &Done) {
    for (number, derive) in &done.done {
        let sources: Vec<usize> = match derive {
            Derive::Nothing => continue,
            Derive::Source(source) => ready.beside(*source).collect(),
            Derive::Everything => (0..ready.slots.len()).collect(),
        };
        for source in sources {
            seen::add(model.entry.id, source, keys.key(*number), &model.key);
        }
    }
}

impl Fired {
    /// Reads how the function was called; refuses any call but that of a trigger of a model.
    fn of(call: &Call) -> Result<Self, Error> {
        // SAFETY: the context is null or a node, and a trigger's where its tag says so; it is valid during the call.
        let data = unsafe {
            let context = (*call.info()).context;
            match context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
                true => return Err(refused("keep must be called as a trigger")),
                false => &mut *context.cast::<TriggerData>(),
            }
        };
        let is_row = data.tg_event & pg_sys::TRIGGER_EVENT_ROW != 0;
        let timing = data.tg_event & pg_sys::TRIGGER_EVENT_TIMINGMASK;
        if is_row || timing != pg_sys::TRIGGER_EVENT_AFTER {
            return Err(refused("keep must be a trigger AFTER a statement, not BEFORE it or FOR EACH ROW"));
        }
        let (event, needs_old, needs_new) = match data.tg_event & pg_sys::TRIGGER_EVENT_OPMASK {
            pg_sys::TRIGGER_EVENT_INSERT => (Event::Insert, false, true),
            pg_sys::TRIGGER_EVENT_UPDATE => (Event::Update, true, true),
            pg_sys::TRIGGER_EVENT_DELETE => (Event::Delete, true, false),
            _ => (Event::Truncate, false, false),
        };
        if (needs_old && data.tg_oldtable.is_null()) || (needs_new && data.tg_newtable.is_null()) {
            return Err(refused("the trigger lacks a transition table"));
        }
        // SAFETY: the trigger is valid during the call; its arguments and its name end with a zero.
        let (id, name) = unsafe {
            let trigger = &*data.tg_trigger;
            let argument = match trigger.tgnargs {
                1 => CStr::from_ptr(*trigger.tgargs).to_str().ok(),
                _ => None,
            };
            // What is not UTF-8 is no name of ours.
            (
                argument.and_then(|id| id.parse().ok()),
                CStr::from_ptr(trigger.tgname).to_str().unwrap_or_default(),
            )
        };
        let Some(id) = id else { return Err(refused("the trigger's argument is not the number of a model")) };
        let events = ["insert", "update", "delete", "truncate"];
        let is_named_as_ours = trigger::is_name(name, id, events[event as usize]);
        let (old, new) = (data.tg_oldtable, data.tg_newtable);
        let relation = data.tg_relation;
        Ok(Self { id, event, relation, old, new, is_named_as_ours, data })
    }

    /// Runs a query on the rows that the trigger has seen; `read` gets the lengths of the columns too.
    pub fn query(&self, model: &Model, sql: &str, read: &mut ReadRow) -> Result<(), Error> {
        let setting = Setting { role: model.entry.owner, timezone: &model.entry.timezone };
        let mut lengths: Vec<i16> = Vec::new();
        let mut run = || {
            connected(|| {
                // SAFETY: the data are those of the call, which lasts longer than the connection.
                unsafe { pg_sys::SPI_register_trigger_data(self.data) };
                stream_now(sql, &[], &mut |row| {
                    if lengths.is_empty() {
                        lengths = (0..row.columns()).map(|at| Layout::of(row.type_of(at)).length).collect();
                    }
                    read(row, &lengths)
                })
            })
        };
        settings::under(&setting, || match is_read_committed() {
            true => run(),
            false => seeing_latest(run),
        })
        .map(drop)
    }

    /// Tells whether the transaction is serializable.
    pub fn is_serializable(&self) -> bool {
        // SAFETY: it only reads.
        unsafe { pg_sys::XactIsoLevel == pg_sys::XACT_SERIALIZABLE as i32 }
    }

    /// Tells whether the table is one of the model's; one that is none is refused, unless the model's owner has it: it may have
    /// been a partition.
    fn check(&self, model: &Model) -> Result<bool, Error> {
        // SAFETY: the relation is open during the call.
        let (oid, owner) = unsafe { ((*self.relation).rd_id, (*(*self.relation).rd_rel).relowner) };
        let is_among = |oids: &[Oid], wanted: Oid| oids.contains(&wanted);
        if is_among(&model.entry.relations, oid) {
            return Ok(true);
        }
        let root = tables::root_of(oid)?;
        let restored = || match model.is_restored() {
            true => tables::tables(&model.document).map(|tables| tables.iter().any(|(_, oid)| *oid == root)),
            false => Ok(false),
        };
        if is_among(&model.entry.relations, root) || restored()? {
            return Ok(true);
        }
        // SAFETY: both are oids of roles.
        match unsafe { pg_sys::has_privs_of_role(model.entry.owner, owner) } {
            true => Ok(false),
            false => Err(refused("the table is none that the model reads")),
        }
    }

    /// Gives the rows before and after, those that there are.
    pub fn tables(&self) -> impl Iterator<Item = *mut Tuplestorestate> {
        [self.old, self.new].into_iter().filter(|rows| !rows.is_null())
    }

    /// Tells whether the statement has changed no row.
    fn is_empty(&self) -> bool {
        // SAFETY: the rows are valid during the call.
        self.tables().all(|rows| unsafe { pg_sys::tuplestore_tuple_count(rows) } == 0)
    }
}

/// Says that the trigger is none of a model's.
fn refused(message: &str) -> Error {
    Error::new(Fault::NotOurTrigger, message)
        .hint("Models make their triggers themselves: use scoring.create_model or scoring.replace_model.")
}

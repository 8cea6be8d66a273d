//! A score table as its model found it: its columns, its key, and what others added that may refuse a write or keep it waiting.

use super::reader::oids;
use super::version::Version;
use crate::error::Error;
use crate::model::column::{Column, Holds};
use crate::model::sql::name::Name;
use crate::pg::catalog::{self, is_of_postgres};
use crate::pg::datum::Layout;
use crate::pg::fold::KeyTypes;
use crate::pg::target;
use pgrx::pg_sys::{self, Datum, Oid, Relation, ScanKeyData};
use std::cell::Cell;

/// What reads a version of a row, with its key and the moment when it is due.
type ReadVersion<'a> = dyn FnMut(Version, &[Datum], Option<i64>) -> Result<(), Error> + 'a;

/// A score table, as its model found it.
pub struct Scores {
    /// Its oid.
    pub oid: Oid,
    /// The columns that the model gives it.
    pub columns: Vec<Column>,
    /// How their values lie in memory.
    pub layouts: Vec<Layout>,
    /// The types of its key.
    pub key: KeyTypes,
    /// The places of our columns among the table's.
    pub(super) places: Vec<usize>,
    /// The index of its primary key.
    pub(super) index: Oid,
    /// The places of the key's columns among ours, in the order of the index.
    pub(super) parts: Vec<usize>,
    /// What compares each of these with what is looked for.
    pub(super) equals: Vec<ScanKeyData>,
    /// The places of two moments among our columns: of what a row is as of, and when the next event begins or ends to count.
    pub(super) scored_at: Option<usize>,
    pub(super) event_due_at: Option<usize>,
    /// Whether to find a customer and to add to his measures only computes: the key is of PostgreSQL's own types, and the measures
    /// are numbers and moments.
    pub is_plain: bool,
    /// All its indexes.
    pub indexes: Vec<Oid>,
    /// Whether a write may fail because of what others added: checks, expressions of indexes.
    pub may_refuse: bool,
    /// Whether a write may wait because of what others added: a second unique index, an exclusion.
    pub may_wait: bool,
    /// How long the next version of a row may be, as of the longest that was seen.
    pub(super) longest: Cell<usize>,
}

/// That no row was seen.
pub const UNKNOWN: usize = usize::MAX;

/// By how many bytes the next version of a row may be longer.
pub const GROWTH: usize = 64;

impl Scores {
    /// Finds a score table, which must be as its model made it.
    pub fn find(table: &Name, columns: Vec<Column>, key: &[String]) -> Result<Self, Error> {
        let (oid, places) = target::check(table, &columns)?;
        // SAFETY: the table was just found, and is not dropped while it is open.
        unsafe {
            let relation = pg_sys::table_open(oid, pg_sys::AccessShareLock as i32);
            let described = (*relation).rd_att;
            let attributes = catalog::attributes(described);
            let layouts: Vec<Layout> =
                places.iter().map(|place| Layout::of(attributes[*place].atttypid)).collect();
            let place = |holds| columns.iter().position(|column| column.holds == holds);
            let (scored_at, event_due_at) = (place(Holds::ScoredAt), place(Holds::EventDueAt));
            let numbers: Vec<usize> = key
                .iter()
                .filter_map(|name| columns.iter().position(|column| column.name == *name))
                .collect();
            let types: Vec<(Oid, Oid)> = numbers
                .iter()
                .map(|number| &attributes[places[*number]])
                .map(|attribute| (attribute.atttypid, attribute.attcollation))
                .collect();
            let list = pg_sys::RelationGetIndexList(relation);
            let index = (*relation).rd_pkindex;
            let indexes = oids(list);
            let key = KeyTypes::of(&types)?;
            let are_plain = columns.iter().zip(&layouts).zip(&places).all(|((column, layout), place)| {
                let of = attributes[*place].atttypid;
                let is_number = is_of_postgres(of) && (layout.by_value || of == pg_sys::NUMERICOID);
                column.holds != Holds::Own && (column.holds.slot().is_none() || is_number)
            });
            let mut scores = Self {
                oid,
                is_plain: are_plain && key.are_plain(),
                key,
                layouts,
                places,
                index,
                parts: Vec::new(),
                equals: Vec::new(),
                may_refuse: !(*described).constr.is_null()
                    && ((*(*described).constr).num_check > 0 || (*(*described).constr).has_generated_stored)
                    || has_other_needs(table, &columns, oid)?,
                may_wait: false,
                longest: Cell::new(UNKNOWN),
                scored_at,
                event_due_at,
                indexes,
                columns,
            };
            for other in scores.indexes.clone() {
                scores.look_at_index(other, &numbers);
            }
            pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
            match scores.parts.len() == scores.key.types().len() {
                true => Ok(scores),
                false => Err(target::broken(table, "it has no primary key of the customer's key")),
            }
        }
    }

    /// Learns the order of the key from the primary key, and of others what they may do to a write.
    unsafe fn look_at_index(&mut self, oid: Oid, key: &[usize]) {
        // SAFETY: the caller holds a lock on the table, which keeps its indexes.
        unsafe {
            let index = pg_sys::index_open(oid, pg_sys::AccessShareLock as i32);
            let form = &*(*index).rd_index;
            let columns = form.indkey.values.as_slice(form.indnkeyatts as usize);
            if oid == self.index {
                let part =
                    |column: &i16| key.iter().copied().find(|at| self.places[*at] + 1 == *column as usize);
                self.parts = columns.iter().filter_map(part).collect();
                self.equals = (0..columns.len()).map(|at| equal_to(index, at)).collect();
            } else {
                self.may_wait |= form.indisunique || form.indisexclusion;
                let has_expressions = !pg_sys::RelationGetIndexExpressions(index).is_null()
                    || !pg_sys::RelationGetIndexPredicate(index).is_null();
                // Ours, of the rows that change by the clock, has a condition that cannot fail.
                let is_ours = self.columns.iter().zip(&self.places).any(|(column, place)| {
                    column.name == "due_at" && columns.first() == Some(&(*place as i16 + 1))
                });
                self.may_refuse |= has_expressions && !is_ours;
            }
            pg_sys::index_close(index, pg_sys::AccessShareLock as i32);
        }
    }

    /// Reads the versions of all rows that the active snapshot sees, each with its key and the moment when it is due; they
    /// are gone after the call that they were given to.
    pub fn read_versions(&self, read: &mut ReadVersion) -> Result<(), Error> {
        let place = |holds| self.columns.iter().position(|column| column.holds == holds);
        let mut parts: Vec<usize> =
            (0..self.parts.len()).filter_map(|part| place(Holds::Key(part))).collect();
        parts.extend(place(Holds::DueAt));
        let places: Vec<usize> = parts.iter().map(|at| self.places[*at]).collect();
        let last = places.iter().max().map_or(0, |place| *place as i32 + 1);
        let mut values = Vec::with_capacity(places.len());
        // SAFETY: the caller holds a lock on the table; the scan and its slot are of the table, which is a heap, and the places
        // are of its columns.
        unsafe {
            let relation = pg_sys::table_open(self.oid, pg_sys::NoLock as i32);
            let slot = pg_sys::table_slot_create(relation, std::ptr::null_mut());
            let flags = pg_sys::ScanOptions::SO_TYPE_SEQSCAN
                | pg_sys::ScanOptions::SO_ALLOW_STRAT
                | pg_sys::ScanOptions::SO_ALLOW_PAGEMODE;
            let (none, snapshot) = (std::ptr::null_mut(), pg_sys::GetActiveSnapshot());
            let scan = pg_sys::heap_beginscan(relation, snapshot, 0, none, std::ptr::null_mut(), flags);
            let mut outcome = Ok(());
            while outcome.is_ok()
                && pg_sys::heap_getnextslot(scan, pg_sys::ScanDirection::ForwardScanDirection, slot)
            {
                pgrx::check_for_interrupts!();
                pg_sys::slot_getsomeattrs_int(slot, last);
                values.clear();
                values.extend(places.iter().map(|place| *(*slot).tts_values.add(*place)));
                let due = places.get(self.parts.len()).filter(|place| !*(*slot).tts_isnull.add(**place));
                let due = due.map(|place| (*(*slot).tts_values.add(*place)).value() as i64);
                outcome = read(Version::of(slot), &values[..self.parts.len()], due);
            }
            pg_sys::heap_endscan(scan);
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            pg_sys::table_close(relation, pg_sys::NoLock as i32);
            outcome
        }
    }
}

/// Makes the condition that a column of an index is equal to something.
unsafe fn equal_to(index: Relation, at: usize) -> ScanKeyData {
    let mut key = ScanKeyData::default();
    let (strategy, number, value) = (pg_sys::BTEqualStrategyNumber as u16, at as i16 + 1, Datum::null());
    // SAFETY: the caller says that the index is open, and has the column; the operator is its own.
    unsafe {
        let of = *(*index).rd_opcintype.add(at);
        let operator = pg_sys::get_opfamily_member(*(*index).rd_opfamily.add(at), of, of, strategy as i16);
        let (function, collation) = (pg_sys::get_opcode(operator), *(*index).rd_indcollation.add(at));
        pg_sys::ScanKeyEntryInitialize(
            &mut key,
            0,
            number,
            strategy,
            Oid::INVALID,
            collation,
            function,
            value,
        );
    }
    key
}

/// Tells whether others added a column that must be filled, a rule or a row-level trigger.
fn has_other_needs(_table: &Name, columns: &[Column], oid: Oid) -> Result<bool, Error> {
    let names = columns.iter().map(|column| &column.name[..]);
    let found = crate::pg::query::rows(
        "SELECT FROM pg_catalog.pg_attribute
         WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND attnotnull AND attname <> ALL ($2)",
        &[crate::pg::argument::Argument::oid(oid), crate::pg::argument::Argument::texts(names)],
    )?;
    Ok(!found.is_empty())
}

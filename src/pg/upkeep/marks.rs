//! The marks of a model: the keys of customers who may not be true, appended by writers and worked off later.
//!
//! A heap without an index: to append to it never waits for anybody. A key that is NULL marks every customer.

use super::pause::{self, Point};
use super::touched::Keys;
use super::version::Version;
use crate::error::{Error, Fault};
use crate::model::place::Place;
use crate::model::sql::name::Name;
use crate::pg::build::now;
use crate::pg::catalog;
use pgrx::pg_sys::{self, Datum, ItemPointerData, Oid};

/// The marks of a model.
#[derive(Clone, Debug)]
pub struct Marks {
    /// The oid of their table.
    pub oid: Oid,
    /// The types of its columns: those of the key, then that of the moment.
    types: Vec<Oid>,
}

/// How many marks are too few for a ring of buffers of their own.
const MANY: usize = 100;

/// What is seen of a heap now, as of a snapshot that reads take.
struct Snapshot(pg_sys::Snapshot);

impl Marks {
    /// Finds the marks of a model by their name.
    pub fn find(name: &Name, parts: usize) -> Result<Self, Error> {
        let found = catalog::relation(name, &Place::root())?;
        let columns = catalog::columns(&found)?;
        let type_of = |number: usize| {
            columns.iter().find(|column| column.attnum as usize == number).map(|column| column.type_oid)
        };
        let types: Option<Vec<Oid>> = (1..=parts + 1).map(type_of).collect();
        match types.filter(|_| found.kind == 'r') {
            Some(types) => Ok(Self { oid: found.oid, types }),
            None => Err(Error::new(Fault::WrongState, format!("{} is not a table of marks", name.shown()))
                .hint("Drop the model and make it anew.")),
        }
    }

    /// Marks customers.
    pub fn add(&self, keys: &Keys) {
        self.append(keys.all().map(Some), keys.len());
    }

    /// Marks every customer.
    pub fn add_everybody(&self) {
        self.append(std::iter::once(None), 1);
    }

    /// Appends so many marks; a ring of buffers for a few would take longer to make than they do.
    fn append<'a>(&self, keys: impl Iterator<Item = Option<&'a [Datum]>>, count: usize) {
        crate::pg::worker::wake();
        pause::at(Point::Marked);
        let parts = self.parts();
        // SAFETY: the table has a column for each part of the key and one for the moment, or all are left NULL.
        unsafe {
            let relation = pg_sys::table_open(self.oid, pg_sys::RowExclusiveLock as i32);
            let columns = catalog::attributes((*relation).rd_att);
            let (mut values, mut nulls) = (vec![Datum::null(); columns.len()], vec![true; columns.len()]);
            let is_as_found = self.is_as_found(relation);
            if columns.get(parts).is_some_and(|column| column.atttypid == self.types[parts]) {
                (values[parts], nulls[parts]) = (Datum::from(now()), false);
            }
            let bulk = match count > MANY {
                true => pg_sys::GetBulkInsertState(),
                false => std::ptr::null_mut(),
            };
            let command = pg_sys::GetCurrentCommandId(true);
            for key in keys {
                if let Some(key) = key.filter(|_| is_as_found) {
                    values[..parts].copy_from_slice(key);
                }
                nulls[..parts.min(columns.len())].fill(key.is_none() || !is_as_found);
                let row =
                    pg_sys::heap_form_tuple((*relation).rd_att, values.as_mut_ptr(), nulls.as_mut_ptr());
                pg_sys::heap_insert(relation, row, command, 0, bulk);
                pg_sys::heap_freetuple(row);
            }
            if !bulk.is_null() {
                pg_sys::FreeBulkInsertState(bulk);
            }
            pg_sys::table_close(relation, pg_sys::NoLock as i32);
        }
    }

    /// Reads marks in the order of the heap, from a place on, until `read` does not want more; tells whether it came to the
    /// end; nothing where somebody has altered them. A key is gone after the call that it was given to; none marks every customer.
    pub fn read(
        &self,
        from: ItemPointerData,
        read: &mut dyn FnMut(Version, Option<&[Datum]>) -> bool,
    ) -> bool {
        let parts = self.parts();
        // SAFETY: the scan and its slot are of the table, whose rows are a heap's.
        unsafe {
            let relation = pg_sys::table_open(self.oid, pg_sys::AccessShareLock as i32);
            if !self.is_as_found(relation) {
                pg_sys::table_close(relation, pg_sys::NoLock as i32);
                return true;
            }
            let snapshot = Snapshot::latest();
            let slot = pg_sys::table_slot_create(relation, std::ptr::null_mut());
            let (mut first, mut last) = (from, LAST);
            let flags = pg_sys::ScanOptions::SO_TYPE_TIDRANGESCAN | pg_sys::ScanOptions::SO_ALLOW_PAGEMODE;
            let none = std::ptr::null_mut();
            let scan = pg_sys::heap_beginscan(relation, snapshot.0, 0, none, std::ptr::null_mut(), flags);
            pg_sys::heap_set_tidrange(scan, &mut first, &mut last);
            let mut is_at_end = true;
            while pg_sys::heap_getnextslot_tidrange(scan, pg_sys::ScanDirection::ForwardScanDirection, slot) {
                pgrx::check_for_interrupts!();
                pg_sys::slot_getsomeattrs_int(slot, parts as i32);
                let is_null = std::slice::from_raw_parts((*slot).tts_isnull, parts);
                let values = std::slice::from_raw_parts((*slot).tts_values, parts);
                let key = (!is_null.contains(&true)).then_some(values);
                if !read(Version::of(slot), key) {
                    is_at_end = false;
                    break;
                }
            }
            pg_sys::heap_endscan(scan);
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            pg_sys::table_close(relation, pg_sys::NoLock as i32);
            is_at_end
        }
    }

    /// Deletes marks that were read, if they are still there; never waits for somebody who deletes one too. Tells of each whether
    /// it is this that has deleted it.
    pub fn delete(&self, marks: impl Iterator<Item = Version>) -> Vec<bool> {
        let mut deleted = Vec::new();
        // SAFETY: as of `read`.
        unsafe {
            let relation = pg_sys::table_open(self.oid, pg_sys::RowExclusiveLock as i32);
            let snapshot = Snapshot::latest();
            let slot = pg_sys::table_slot_create(relation, std::ptr::null_mut());
            let command = pg_sys::GetCurrentCommandId(true);
            for mark in marks {
                // In a place that was swept there may be another mark by now.
                deleted.push(
                    mark.fetch(relation, snapshot.0, slot) && {
                        let mut failure = pg_sys::TM_FailureData::default();
                        let (mut place, none) = (mark.place, std::ptr::null_mut());
                        let outcome = pg_sys::heap_delete(
                            relation,
                            &mut place,
                            command,
                            none,
                            false,
                            &mut failure,
                            false,
                        );
                        outcome == pg_sys::TM_Result::TM_Ok
                    },
                );
            }
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            pg_sys::table_close(relation, pg_sys::NoLock as i32);
            pg_sys::CommandCounterIncrement();
        }
        deleted
    }

    /// Counts the columns of the key.
    fn parts(&self) -> usize {
        self.types.len() - 1
    }

    /// Tells whether nobody has altered their columns since they were found, as may happen while a lock on them is awaited.
    ///
    /// # Safety
    /// The table must be open.
    unsafe fn is_as_found(&self, relation: pg_sys::Relation) -> bool {
        // SAFETY: the caller says so. A column that was dropped is of no type.
        let columns = unsafe { catalog::attributes((*relation).rd_att) };
        columns.len() >= self.types.len()
            && self.types.iter().zip(columns).all(|(of, column)| column.atttypid == *of)
    }

    /// Locks them to be written to, if nobody is in the way.
    pub fn lock(&self) -> bool {
        // SAFETY: a lock on an oid harms nobody, whatever has become of the table.
        unsafe { pg_sys::ConditionalLockRelationOid(self.oid, pg_sys::RowExclusiveLock as i32) }
    }
}

/// The place before all others.
pub const FIRST: ItemPointerData =
    ItemPointerData { ip_blkid: pg_sys::BlockIdData { bi_hi: 0, bi_lo: 0 }, ip_posid: 1 };

/// The place after all others.
const LAST: ItemPointerData = ItemPointerData {
    ip_blkid: pg_sys::BlockIdData { bi_hi: u16::MAX, bi_lo: u16::MAX - 1 },
    ip_posid: u16::MAX,
};

impl Snapshot {
    /// Takes one that sees all that is committed now.
    fn latest() -> Self {
        // SAFETY: it is released when this is dropped.
        Self(unsafe { pg_sys::RegisterSnapshot(pg_sys::GetLatestSnapshot()) })
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // SAFETY: it was registered by `latest`.
        unsafe { pg_sys::UnregisterSnapshot(self.0) };
    }
}

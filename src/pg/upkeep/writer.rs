//! Rows of a score table that are written, one after the other, without a plan.

use super::opened::Found;
use crate::pg::target::Indexes;
use pgrx::pg_sys::submodules::ffi::pg_guard_ffi_boundary;
use pgrx::pg_sys::{self, Datum, Oid, Relation, TM_FailureData, TM_Result, TupleTableSlot};

/// A score table that is written to. What it holds is PostgreSQL's, which frees it where an error passes.
pub struct Writer<'a> {
    relation: Relation,
    /// The index of its primary key. What PostgreSQL notes of a table forgets it whenever anything of the table changes.
    index: Oid,
    /// The places of our columns among the table's.
    places: &'a [usize],
    /// Whether a write may fail because of what others added.
    may_refuse: bool,
    /// Where rows are put together.
    slot: *mut TupleTableSlot,
    indexes: Indexes,
}

impl<'a> Writer<'a> {
    /// Makes ready to write to a table.
    ///
    /// # Safety
    /// The table must be open for as long as this, and have these places.
    pub unsafe fn of(relation: Relation, index: Oid, places: &'a [usize], may_refuse: bool) -> Self {
        // SAFETY: the caller says so.
        unsafe {
            let described = (*relation).rd_att;
            let slot = pg_sys::MakeSingleTupleTableSlot(described, &raw const pg_sys::TTSOpsVirtual);
            Self { relation, index, places, may_refuse, slot, indexes: Indexes::of(relation) }
        }
    }

    /// Gives a row new values in our columns, if it is still as it was found; the others stay. Tells whether it did, and waits
    /// for nobody.
    pub fn update(&mut self, row: &Found, values: &[Datum], nulls: &[bool]) -> bool {
        // SAFETY: the slot holds a row of the table, which is a heap; only where this transaction has locked it, and nobody is to
        // be waited for, is there a wait. The guard lets no longjmp pass through Rust.
        unsafe {
            self.fill(Some(row), values, nulls);
            let Some(update) = (*(*self.relation).rd_tableam).tuple_update else { return false };
            let (mut tid, command) = ((*row.slot).tts_tid, pg_sys::GetCurrentCommandId(true));
            let (mut failure, mut mode) =
                (TM_FailureData::default(), pg_sys::LockTupleMode::LockTupleNoKeyExclusive);
            #[cfg(feature = "pg15")]
            let (mut changed, none) = (false, false);
            #[cfg(not(feature = "pg15"))]
            let (mut changed, none) = (pg_sys::TU_UpdateIndexes::TU_None, pg_sys::TU_UpdateIndexes::TU_None);
            let outcome = pg_guard_ffi_boundary(|| {
                update(
                    self.relation,
                    &mut tid,
                    self.slot,
                    command,
                    pg_sys::GetActiveSnapshot(),
                    std::ptr::null_mut(),
                    row.is_locked,
                    &mut failure,
                    &mut mode,
                    &mut changed,
                )
            });
            let is_done = outcome == TM_Result::TM_Ok;
            if is_done && changed != none {
                // Whoever has tried to add a row of the key, and has deleted it again, is not waited for: the row is this one.
                self.indexes.enter(self.slot, self.index);
            }
            is_done
        }
    }

    /// Adds a row, the others' columns being NULL, unless somebody has added one of that key, or is about to; tells whether it
    /// did. Nobody is waited for.
    pub fn insert(&mut self, values: &[Datum], nulls: &[bool]) -> bool {
        // SAFETY: the slot is filled with a row of the table, which has a primary key; the row was added by this transaction.
        unsafe {
            self.fill(None, values, nulls);
            pg_sys::simple_table_tuple_insert(self.relation, self.slot);
            let is_first = self.indexes.enter(self.slot, self.index);
            if !is_first {
                // A command deletes what those before it have added.
                pg_sys::CommandCounterIncrement();
                let mut tid = (*self.slot).tts_tid;
                pg_sys::simple_table_tuple_delete(self.relation, &mut tid, pg_sys::GetActiveSnapshot());
            }
            is_first
        }
    }

    /// Deletes a row, if it is still as it was found; tells whether it did, and waits for nobody.
    pub fn delete(&mut self, row: &Found) -> bool {
        // SAFETY: as of `update`.
        unsafe {
            let Some(delete) = (*(*self.relation).rd_tableam).tuple_delete else { return false };
            let (mut tid, command) = ((*row.slot).tts_tid, pg_sys::GetCurrentCommandId(true));
            let (mut failure, none) = (TM_FailureData::default(), std::ptr::null_mut());
            let snapshot = pg_sys::GetActiveSnapshot();
            let outcome = pg_guard_ffi_boundary(|| {
                delete(self.relation, &mut tid, command, snapshot, none, row.is_locked, &mut failure, false)
            });
            outcome == TM_Result::TM_Ok
        }
    }

    /// Makes a row of the table: our columns with these values, others as in the row that there is; holds it against what
    /// others added to the table, where they did.
    unsafe fn fill(&mut self, old: Option<&Found>, values: &[Datum], nulls: &[bool]) {
        // SAFETY: both slots have as many columns as the table; our places are among them.
        unsafe {
            let slot = self.slot;
            pg_sys::ExecClearTuple(slot);
            let columns = (*(*slot).tts_tupleDescriptor).natts as usize;
            let to_values = std::slice::from_raw_parts_mut((*slot).tts_values, columns);
            let to_nulls = std::slice::from_raw_parts_mut((*slot).tts_isnull, columns);
            match old {
                Some(old) => {
                    pg_sys::slot_getsomeattrs_int(old.slot, columns as i32);
                    to_values.copy_from_slice(std::slice::from_raw_parts((*old.slot).tts_values, columns));
                    to_nulls.copy_from_slice(std::slice::from_raw_parts((*old.slot).tts_isnull, columns));
                }
                None => to_nulls.fill(true),
            }
            for (place, (value, is_null)) in self.places.iter().zip(values.iter().zip(nulls)) {
                (to_values[*place], to_nulls[*place]) = (*value, *is_null);
            }
            pg_sys::ExecStoreVirtualTuple(slot);
            if self.may_refuse {
                self.indexes.check(slot);
            }
        }
    }

    /// Ends the writing.
    pub fn close(self) {
        self.indexes.close();
        // SAFETY: the slot is this one's alone.
        unsafe { pg_sys::ExecDropSingleTupleTableSlot(self.slot) };
    }
}

//! A table that rows are added to by the batch, as COPY does: no plan, and a WAL record for a page and not for a row.

use super::catalog;
use super::types::Type;
use crate::error::{Error, Fault};
use crate::model::column::Column;
use crate::model::place::Place;
use crate::model::sql::name::Name;
use pgrx::pg_sys::submodules::ffi::pg_guard_ffi_boundary;
use pgrx::pg_sys::{self, Datum, Oid};

/// PostgreSQL's functions without pgrx's guard.
mod raw {
    use pgrx::pg_sys::{CmdType, EState, ResultRelInfo, TupleTableSlot};

    unsafe extern "C-unwind" {
        pub fn ExecComputeStoredGenerated(
            result: *mut ResultRelInfo,
            state: *mut EState,
            slot: *mut TupleTableSlot,
            command: CmdType::Type,
        );
    }
}

/// How many rows are handed over at once.
const BATCH: usize = 500;

/// A table that is open for writing. What it holds is PostgreSQL's, which frees it where an error leaves it open.
pub struct Target {
    relation: pg_sys::Relation,
    result: *mut pg_sys::ResultRelInfo,
    state: *mut pg_sys::EState,
    bulk: pg_sys::BulkInsertState,
    slots: Vec<*mut pg_sys::TupleTableSlot>,
    /// How many of the slots hold a row.
    filled: usize,
    /// The place of each of our columns among the table's.
    places: Vec<usize>,
    /// The memory of the values of a batch.
    memory: pg_sys::MemoryContext,
    outer: pg_sys::MemoryContext,
}

impl Target {
    /// Opens a table that has these columns; others, which its owner added, stay NULL.
    pub fn open(table: &Name, columns: &[Column]) -> Result<Self, Error> {
        let (oid, places) = check(table, columns)?;
        // SAFETY: the relation exists and is a table; everything that is made lives in the current memory context or in
        // one below it, and the lock is kept until the transaction ends.
        unsafe {
            let relation = pg_sys::table_open(oid, pg_sys::RowExclusiveLock as i32);
            let state = pg_sys::CreateExecutorState();
            let result = pg_sys::palloc0(size_of::<pg_sys::ResultRelInfo>()).cast::<pg_sys::ResultRelInfo>();
            (*result).type_ = pg_sys::NodeTag::T_ResultRelInfo;
            // No range table says which columns are written, so there is no place in one.
            pg_sys::InitResultRelInfo(result, relation, 0, std::ptr::null_mut(), 0);
            pg_sys::ExecOpenIndices(result, false);
            let operations = pg_sys::table_slot_callbacks(relation);
            let slot = |_| pg_sys::MakeSingleTupleTableSlot((*relation).rd_att, operations);
            let outer = pg_sys::CurrentMemoryContext;
            let memory = pg_sys::AllocSetContextCreateInternal(
                outer,
                c"rows of pg_scoring".as_ptr(),
                pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            );
            Ok(Self {
                relation,
                result,
                state,
                bulk: pg_sys::GetBulkInsertState(),
                slots: (0..BATCH).map(slot).collect(),
                filled: 0,
                places,
                memory,
                outer,
            })
        }
    }

    /// Makes what is allocated from now on live until the batch is written.
    pub fn enter_memory(&mut self) {
        // SAFETY: the context lives as long as the target.
        unsafe { pg_sys::MemoryContextSwitchTo(self.memory) };
    }

    /// Adds a row, whose values live in the memory of the batch.
    pub fn add(&mut self, values: &[Datum], nulls: &[bool]) {
        // SAFETY: the slot has room for every column of the table; the places are among them.
        unsafe {
            pg_sys::MemoryContextSwitchTo(self.outer);
            let slot = self.slots[self.filled];
            pg_sys::ExecClearTuple(slot);
            let columns = (*(*slot).tts_tupleDescriptor).natts as usize;
            std::slice::from_raw_parts_mut((*slot).tts_isnull, columns).fill(true);
            for (place, (value, is_null)) in self.places.iter().zip(values.iter().zip(nulls)) {
                *(*slot).tts_values.add(*place) = *value;
                *(*slot).tts_isnull.add(*place) = *is_null;
            }
            pg_sys::ExecStoreVirtualTuple(slot);
            settle(self.relation, self.result, slot, self.state);
        }
        self.filled += 1;
        if self.filled == BATCH {
            self.flush();
        }
    }

    /// Writes the rows of the batch, and their entries in the indexes.
    fn flush(&mut self) {
        // SAFETY: the first slots are filled with rows of the table; the buffers belong to it.
        unsafe {
            let command = pg_sys::GetCurrentCommandId(true);
            let rows = self.slots.as_mut_ptr();
            pg_sys::heap_multi_insert(self.relation, rows, self.filled as i32, command, 0, self.bulk);
            if (*self.result).ri_NumIndices > 0 {
                for slot in &self.slots[..self.filled] {
                    enter(self.result, *slot, self.state, None);
                }
            }
            for slot in &self.slots[..self.filled] {
                pg_sys::ExecClearTuple(*slot);
            }
            pg_sys::MemoryContextReset(self.memory);
        }
        self.filled = 0;
    }

    /// Writes what is left, and closes the table; what was written is seen from now on.
    pub fn close(mut self) {
        if self.filled > 0 {
            self.flush();
        }
        // SAFETY: all of it was made by `open`, and is not used any more.
        unsafe {
            pg_sys::MemoryContextSwitchTo(self.outer);
            pg_sys::FreeBulkInsertState(self.bulk);
            for slot in &self.slots {
                pg_sys::ExecDropSingleTupleTableSlot(*slot);
            }
            pg_sys::ExecCloseIndices(self.result);
            pg_sys::FreeExecutorState(self.state);
            pg_sys::MemoryContextDelete(self.memory);
            pg_sys::table_close(self.relation, pg_sys::NoLock as i32);
            pg_sys::CommandCounterIncrement();
        }
    }
}

/// Fills what the table itself computes of a row, and refuses one that its constraints do not allow.
unsafe fn settle(
    relation: pg_sys::Relation,
    result: *mut pg_sys::ResultRelInfo,
    slot: *mut pg_sys::TupleTableSlot,
    state: *mut pg_sys::EState,
) {
    // SAFETY: the slot holds a row of the table, which is open in the state.
    unsafe {
        if let Some(constraints) = (*(*relation).rd_att).constr.as_ref() {
            if constraints.has_generated_stored {
                let every = pg_sys::CmdType::CMD_INSERT;
                pg_guard_ffi_boundary(|| raw::ExecComputeStoredGenerated(result, state, slot, every));
            }
            pg_sys::ExecConstraints(result, slot, state);
        }
    }
}

/// Makes the entries of a row in the indexes that are open; tells whether none of that unique index has the same key, or may have
/// it soon. Other unique indexes wait for whoever writes the same key, and raise an error.
unsafe fn enter(
    result: *mut pg_sys::ResultRelInfo,
    slot: *mut pg_sys::TupleTableSlot,
    state: *mut pg_sys::EState,
    unless_in: Option<pg_sys::Oid>,
) -> bool {
    // SAFETY: the row is in the table; the state is the one that its indexes were opened in.
    unsafe {
        let none = std::ptr::null_mut();
        let (is_tolerant, mut is_taken) = (unless_in.is_some(), false);
        let tolerant = unless_in.map_or(none, |index| pg_sys::lappend_oid(none, index));
        let taken = if is_tolerant { &raw mut is_taken } else { std::ptr::null_mut() };
        #[cfg(feature = "pg15")]
        let recheck = pg_sys::ExecInsertIndexTuples(result, slot, state, false, is_tolerant, taken, tolerant);
        #[cfg(not(feature = "pg15"))]
        let recheck =
            pg_sys::ExecInsertIndexTuples(result, slot, state, false, is_tolerant, taken, tolerant, false);
        pg_sys::list_free(recheck);
        pg_sys::list_free(tolerant);
        let expressions = (*state).es_per_tuple_exprcontext;
        if !expressions.is_null() {
            pg_sys::MemoryContextReset((*expressions).ecxt_per_tuple_memory);
        }
        !is_taken
    }
}

/// A table that is open for single rows: what is needed for its indexes and constraints is made when a row first does. What
/// it holds is PostgreSQL's, as of [`Target`].
pub struct Indexes {
    relation: pg_sys::Relation,
    made: Option<(*mut pg_sys::ResultRelInfo, *mut pg_sys::EState)>,
    are_open: bool,
}

impl Indexes {
    /// Makes ready to write to a table.
    pub fn of(relation: pg_sys::Relation) -> Self {
        Self { relation, made: None, are_open: false }
    }

    /// Gives what rows are written with.
    ///
    /// # Safety
    /// The table must be open.
    unsafe fn made(&mut self) -> (*mut pg_sys::ResultRelInfo, *mut pg_sys::EState) {
        *self.made.get_or_insert_with(|| {
            // SAFETY: the caller says so.
            unsafe {
                let state = pg_sys::CreateExecutorState();
                let result =
                    pg_sys::palloc0(size_of::<pg_sys::ResultRelInfo>()).cast::<pg_sys::ResultRelInfo>();
                (*result).type_ = pg_sys::NodeTag::T_ResultRelInfo;
                pg_sys::InitResultRelInfo(result, self.relation, 0, std::ptr::null_mut(), 0);
                (result, state)
            }
        })
    }

    /// Fills what the table itself computes of a row, and refuses one that its constraints do not allow.
    ///
    /// # Safety
    /// The table must be open, and the slot must hold a row of it.
    pub unsafe fn check(&mut self, slot: *mut pg_sys::TupleTableSlot) {
        // SAFETY: the caller says so.
        unsafe {
            let (result, state) = self.made();
            settle(self.relation, result, slot, state);
        }
    }

    /// Makes the entries of a row, and waits for nobody; tells whether the table's unique index of its key has no other, nor may
    /// have one soon. If it may, a row that is new must be deleted.
    ///
    /// # Safety
    /// The table must be open, and the slot must hold a row that is in it.
    pub unsafe fn enter(&mut self, slot: *mut pg_sys::TupleTableSlot, key: Oid) -> bool {
        // SAFETY: the caller says so.
        unsafe {
            let (result, state) = self.made();
            if !std::mem::replace(&mut self.are_open, true) {
                pg_sys::ExecOpenIndices(result, false);
            }
            enter(result, slot, state, Some(key))
        }
    }

    /// Closes what was opened.
    pub fn close(self) {
        if let Some((result, state)) = self.made {
            // SAFETY: both were made by `made`, and are not used any more.
            unsafe {
                if self.are_open {
                    pg_sys::ExecCloseIndices(result);
                }
                pg_sys::FreeExecutorState(state);
                pg_sys::pfree(result.cast());
            }
        }
    }
}

/// Checks that a score table is there and has these columns; gives its oid and their places among its own.
pub fn check(table: &Name, columns: &[Column]) -> Result<(Oid, Vec<usize>), Error> {
    let found = catalog::relation(table, &Place::root()).map_err(|error| match error.fault() {
        Fault::NoTable | Fault::NoSchema => broken(table, "it is missing"),
        _ => error,
    })?;
    if found.kind != 'r' {
        return Err(broken(table, "it is not an ordinary table"));
    }
    let known = catalog::columns(&found)?;
    let place = |column: &Column| {
        let known = known
            .iter()
            .find(|known| known.name == column.name)
            .ok_or_else(|| broken(table, &format!("it has no column \"{}\"", column.name)))?;
        let of = Type::of(known.type_oid, known.typmod, known.collation)?;
        match of.name == column.kind.sql {
            true => Ok(known.attnum as usize - 1),
            false => Err(broken(table, &format!("its column \"{}\" is of type {}", column.name, of.name))),
        }
    };
    let places = columns.iter().map(place).collect::<Result<Vec<usize>, Error>>()?;
    Ok((found.oid, places))
}

/// Says that a score table is not what its model made.
pub fn broken(table: &Name, what: &str) -> Error {
    Error::new(Fault::WrongState, format!("score table {} is not what its model made: {what}", table.shown()))
        .hint("Undo the change, or drop the model and make it anew.")
}

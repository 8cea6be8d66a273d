//! A score table that is open: its rows found by their key, one at a time, held without waiting, and written without a plan.
//!
//! Two small kept plans, one to lock and one to update, take 23 µs; the same done here takes 5 µs.

use super::scores::{GROWTH, Scores, UNKNOWN};
use super::version::Version;
use super::writer::Writer;
use pgrx::itemptr::item_pointer_get_both;
use pgrx::pg_sys::submodules::ffi::pg_guard_ffi_boundary;
use pgrx::pg_sys::{
    self, Datum, ItemPointerData, LockWaitPolicy, Relation, SnapshotData, TM_Result, TupleTableSlot,
};

/// A score table that is open.
pub struct Opened<'a> {
    scores: &'a Scores,
    relation: Relation,
    index: Relation,
    keys: Vec<pg_sys::ScanKeyData>,
    /// The scan that finds the rows to be locked, once there was one.
    scan: Option<Scan>,
    /// How many slots there were, and a description of the table for further ones.
    slots: usize,
    described: pg_sys::TupleDesc,
    /// Whether anything was written.
    has_written: bool,
}

/// A scan of the primary key, which finds one row after the other.
struct Scan {
    scan: pg_sys::IndexScanDesc,
    snapshot: pg_sys::Snapshot,
}

/// What keeps a row that was found from being written by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// A lock, until the transaction ends.
    Lock,
    /// Nothing, where nobody has touched it: it is written if it is still as it was found. Others are locked.
    Note,
}

/// A row that was found, to be written.
pub struct Found {
    pub(super) slot: *mut TupleTableSlot,
    /// Whether it is locked; if not, somebody else may write it first.
    pub(super) is_locked: bool,
}

impl<'a> Opened<'a> {
    /// Opens a table, on which the caller holds a lock.
    pub fn of(scores: &'a Scores) -> Self {
        // SAFETY: the caller's lock keeps the table and its indexes as they were found.
        unsafe {
            let relation = pg_sys::table_open(scores.oid, pg_sys::NoLock as i32);
            let index = pg_sys::index_open(scores.index, pg_sys::RowExclusiveLock as i32);
            let mut keys = scores.equals.clone();
            // What a function keeps from call to call goes with this.
            keys.iter_mut().for_each(|key| key.sk_func.fn_mcxt = pg_sys::CurrentMemoryContext);
            let described = std::ptr::null_mut();
            Self { scores, relation, index, keys, scan: None, slots: 0, described, has_written: false }
        }
    }

    /// Makes a slot for a row.
    ///
    /// PostgreSQL notes who uses its own description of a table, a thousand times the same more and more slowly.
    unsafe fn slot(&mut self) -> *mut TupleTableSlot {
        // SAFETY: the table is open; the copy lives as long as the memory in which this is used.
        unsafe {
            self.slots += 1;
            if self.slots <= FEW {
                return pg_sys::table_slot_create(self.relation, std::ptr::null_mut());
            }
            if self.described.is_null() {
                self.described = pg_sys::CreateTupleDescCopy((*self.relation).rd_att);
            }
            pg_sys::MakeSingleTupleTableSlot(self.described, pg_sys::table_slot_callbacks(self.relation))
        }
    }

    /// Finds the row of a key and holds it, unless somebody else has locked it; none then, and where there is none.
    ///
    /// The first call takes the snapshot of all: whose row is newer is found to be there by [`Self::has_any`] alone.
    pub fn hold(&mut self, key: &[Datum], hold: Hold) -> Option<Found> {
        // SAFETY: the relations are open; the slot fits the table, and is given back or dropped.
        unsafe {
            if self.scan.is_none() {
                let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetLatestSnapshot());
                self.scan = Some(Scan { scan: self.begin(snapshot), snapshot });
            }
            let Scan { scan, snapshot } = *self.scan.as_ref()?;
            let slot = self.slot();
            // Without TUPLE_LOCK_FLAG_LOCK_UPDATE_IN_PROGRESS: that follows the versions of a row whose updater has just
            // committed, and waits for who has locked the next one, whatever the policy. Only FOR KEY SHARE needs it.
            let flags = TUPLE_LOCK_FLAG_FIND_LAST_VERSION;
            if self.seek(scan, key, slot) {
                let is_locked = hold == Hold::Lock || !is_untouched(slot);
                if !is_locked || self.lock_found(slot, snapshot, flags) {
                    return Some(Found { slot, is_locked });
                }
            }
            pg_sys::ExecDropSingleTupleTableSlot(slot);
        }
        None
    }

    /// Locks the row that a slot holds, unless somebody else has.
    unsafe fn lock_found(&self, slot: *mut TupleTableSlot, snapshot: pg_sys::Snapshot, flags: u8) -> bool {
        let mut failure = pg_sys::TM_FailureData::default();
        // SAFETY: the caller says that the slot holds a row of the table; the guard lets no longjmp pass through Rust.
        unsafe {
            let mut tid = (*slot).tts_tid;
            let Some(lock) = (*(*self.relation).rd_tableam).tuple_lock else { return false };
            let outcome = pg_guard_ffi_boundary(|| {
                lock(
                    self.relation,
                    &mut tid,
                    snapshot,
                    slot,
                    pg_sys::GetCurrentCommandId(true),
                    pg_sys::LockTupleMode::LockTupleNoKeyExclusive,
                    LockWaitPolicy::LockWaitSkip,
                    flags,
                    &mut failure,
                )
            });
            outcome == TM_Result::TM_Ok
        }
    }

    /// Locks a version of a row, if it is still the newest, and nobody else has locked it.
    pub fn lock_version(&mut self, version: Version) -> Option<Found> {
        // SAFETY: the table is open; the slot fits it. While the slot holds the page, nothing is swept off there.
        unsafe {
            let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetLatestSnapshot());
            let slot = self.slot();
            let is_ours = version.fetch(self.relation, snapshot, slot) && self.lock_found(slot, snapshot, 0);
            pg_sys::UnregisterSnapshot(snapshot);
            if is_ours {
                return Some(Found { slot, is_locked: true });
            }
            pg_sys::ExecDropSingleTupleTableSlot(slot);
        }
        None
    }

    /// Sweeps old versions of rows off a page, where that makes room.
    pub fn sweep(&self, page: u32) {
        // SAFETY: the page is one of the table, which never gets shorter while it is open for writing.
        unsafe {
            let buffer = pg_sys::ReadBuffer(self.relation, page);
            pg_sys::heap_page_prune_opt(self.relation, buffer);
            pg_sys::ReleaseBuffer(buffer);
        }
    }

    /// Ends the search for rows to be locked.
    pub fn end_locking(&mut self) {
        if let Some(Scan { scan, snapshot }) = self.scan.take() {
            // SAFETY: both were made by `lock`.
            unsafe {
                pg_sys::index_endscan(scan);
                pg_sys::UnregisterSnapshot(snapshot);
            }
        }
    }

    /// Tells whether there is a row of a key, locked or not, one that somebody is about to insert or delete too.
    pub fn has_any(&mut self, key: &[Datum]) -> bool {
        // SAFETY: the relations are open; the snapshot outlives the scan; the slot fits the table.
        unsafe {
            let mut dirty = SnapshotData {
                snapshot_type: pg_sys::SnapshotType::SNAPSHOT_DIRTY,
                ..SnapshotData::default()
            };
            let slot = pg_sys::table_slot_create(self.relation, std::ptr::null_mut());
            let scan = self.begin(&mut dirty);
            let is_there = self.seek(scan, key, slot);
            pg_sys::index_endscan(scan);
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            is_there
        }
    }

    /// Begins a scan of the primary key.
    unsafe fn begin(&self, snapshot: pg_sys::Snapshot) -> pg_sys::IndexScanDesc {
        let count = self.keys.len() as i32;
        // SAFETY: the relations are open; the caller says that the snapshot outlives the scan.
        unsafe {
            #[cfg(not(feature = "pg18"))]
            let scan = pg_sys::index_beginscan(self.relation, self.index, snapshot, count, 0);
            #[cfg(feature = "pg18")]
            let scan =
                pg_sys::index_beginscan(self.relation, self.index, snapshot, std::ptr::null_mut(), count, 0);
            scan
        }
    }

    /// Looks a key up; tells whether the slot has its row now.
    unsafe fn seek(&mut self, scan: pg_sys::IndexScanDesc, key: &[Datum], slot: *mut TupleTableSlot) -> bool {
        for (at, part) in self.scores.parts.iter().enumerate() {
            self.keys[at].sk_argument = key[*part];
        }
        // SAFETY: the caller says that the scan is of `begin`, and the slot of the table.
        unsafe {
            let count = self.keys.len() as i32;
            pg_sys::index_rescan(scan, self.keys.as_mut_ptr(), count, std::ptr::null_mut(), 0);
            loop {
                let place = pg_sys::index_getnext_tid(scan, pg_sys::ScanDirection::ForwardScanDirection);
                if place.is_null() {
                    return false;
                }
                let mut is_dead = false;
                if self.fetch(*place, (*scan).xs_snapshot, slot, &mut is_dead) {
                    return true;
                }
                // The index then forgets it.
                (*scan).kill_prior_tuple = is_dead;
            }
        }
    }

    /// Fetches the version of a row that a snapshot sees into a slot, which keeps its page; tells whether there is one, or whether
    /// nobody will ever see one.
    ///
    /// Old versions are swept off the page where the next one may not fit. PostgreSQL's own fetch sweeps almost every time, as
    /// the table is to leave a fifth of a page free, and that takes longer than the whole search.
    unsafe fn fetch(
        &self,
        mut place: ItemPointerData,
        snapshot: pg_sys::Snapshot,
        slot: *mut TupleTableSlot,
        is_dead: &mut bool,
    ) -> bool {
        // SAFETY: the caller says that the place is of the index, and the slot of the table, which is a heap; it keeps the page.
        unsafe {
            let (page, _) = item_pointer_get_both(place);
            let buffer = pg_sys::ReadBuffer(self.relation, page);
            let longest = &self.scores.longest;
            if pg_sys::PageGetHeapFreeSpace(pg_sys::BufferGetPage(buffer)) < longest.get() {
                pg_sys::heap_page_prune_opt(self.relation, buffer);
            }
            let row = &raw mut (*slot.cast::<pg_sys::BufferHeapTupleTableSlot>()).base.tupdata;
            pg_sys::LockBuffer(buffer, pg_sys::BUFFER_LOCK_SHARE as i32);
            let is_there = pg_sys::heap_hot_search_buffer(
                &mut place,
                self.relation,
                buffer,
                snapshot,
                row,
                is_dead,
                true,
            );
            pg_sys::LockBuffer(buffer, pg_sys::BUFFER_LOCK_UNLOCK as i32);
            if !is_there {
                pg_sys::ReleaseBuffer(buffer);
                return false;
            }
            (*row).t_self = place;
            (*slot).tts_tableOid = self.scores.oid;
            pg_sys::ExecStorePinnedBufferHeapTuple(row, slot, buffer);
            let length = (*row).t_len as usize + GROWTH;
            if longest.get() == UNKNOWN || length > longest.get() {
                longest.set(length);
            }
            true
        }
    }

    /// Gives the value of one of our columns in a row that was found; none for NULL.
    pub fn value(&self, row: &Found, at: usize) -> Option<Datum> {
        let mut is_null = false;
        // SAFETY: the slot holds a row of the table, whose columns were found.
        let value = unsafe {
            let place = self.scores.places[at] as i32 + 1;
            slot_getattr(row.slot, place, &mut is_null)
        };
        (!is_null).then_some(value)
    }

    /// Gives what a row that was found is as of.
    pub fn scored_at(&self, row: &Found) -> Option<i64> {
        self.value(row, self.scores.scored_at?).map(|moment| moment.value() as i64)
    }

    /// Gives the moment when the next event of a row that was found begins or ends to count; none where none does.
    pub fn event_due_at(&self, row: &Found) -> Option<i64> {
        self.value(row, self.scores.event_due_at?).map(|moment| moment.value() as i64)
    }

    /// Makes ready to write.
    pub fn write(&mut self) -> Writer<'a> {
        self.has_written = true;
        // SAFETY: the table stays open until the writer is closed.
        unsafe { Writer::of(self.relation, self.scores.index, &self.scores.places, self.scores.may_refuse) }
    }

    /// Closes the table; what was written is seen from now on.
    pub fn close(mut self) {
        self.end_locking();
        // SAFETY: both are open; the lock on the table is kept until the transaction ends.
        unsafe {
            pg_sys::index_close(self.index, pg_sys::NoLock as i32);
            pg_sys::table_close(self.relation, pg_sys::NoLock as i32);
            if self.has_written {
                pg_sys::CommandCounterIncrement();
            }
        }
    }
}

impl Found {
    /// Frees what holds the row; it stays locked if it is.
    pub fn free(self) {
        // SAFETY: the slot is this one's alone.
        unsafe { pg_sys::ExecDropSingleTupleTableSlot(self.slot) };
    }
}

/// Tells whether nobody has locked, changed or deleted the row of a slot, as far as is seen without a look at who did.
unsafe fn is_untouched(slot: *mut TupleTableSlot) -> bool {
    // SAFETY: the caller says that the slot is a heap's, and holds a row of it, whose page it keeps.
    unsafe {
        let row = (*slot.cast::<pg_sys::BufferHeapTupleTableSlot>()).base.tuple;
        u32::from((*(*row).t_data).t_infomask) & pg_sys::HEAP_XMAX_INVALID != 0
    }
}

/// How many slots are few.
const FEW: usize = 8;

/// TUPLE_LOCK_FLAG_FIND_LAST_VERSION of tableam.h.
const TUPLE_LOCK_FLAG_FIND_LAST_VERSION: u8 = 2;

/// Gives a column of a slot, which is fetched where it is not there yet.
unsafe fn slot_getattr(slot: *mut TupleTableSlot, number: i32, is_null: &mut bool) -> Datum {
    // SAFETY: the caller says that the slot has such a column.
    unsafe {
        if i32::from((*slot).tts_nvalid) < number {
            // All at once: most are read.
            pg_sys::slot_getsomeattrs_int(slot, (*(*slot).tts_tupleDescriptor).natts);
        }
        let at = number as usize - 1;
        *is_null = *(*slot).tts_isnull.add(at);
        *(*slot).tts_values.add(at)
    }
}

//! The version of a row of a heap: where it is, and which transaction made it.
//!
//! A place alone may have another row, or a newer version of the same, once the old one was swept. Both together are one
//! version for good: when a snapshot sees it, the transaction that made it has ended, and makes no more.

use pgrx::itemptr::item_pointer_get_both;
use pgrx::pg_sys::submodules::ffi::pg_guard_ffi_boundary;
use pgrx::pg_sys::{self, ItemPointerData, Relation, TransactionId, TupleTableSlot};

/// A version of a row.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    /// Where it is.
    pub place: ItemPointerData,
    /// Who made it.
    maker: TransactionId,
}

impl Version {
    /// Tells which version a slot holds.
    ///
    /// # Safety
    /// The slot must be a heap's, and hold a row of it.
    pub unsafe fn of(slot: *mut TupleTableSlot) -> Self {
        // SAFETY: the caller says so. Of a frozen row the maker is still there.
        unsafe {
            let row = (*slot.cast::<pg_sys::BufferHeapTupleTableSlot>()).base.tuple;
            Self { place: (*slot).tts_tid, maker: (*(*row).t_data).t_choice.t_heap.t_xmin }
        }
    }

    /// Fetches it into a slot, which holds its page then; tells whether it is still there, and seen.
    ///
    /// # Safety
    /// The table must be open, and a heap; the slot must be of it, and the snapshot registered.
    pub unsafe fn fetch(
        self,
        relation: Relation,
        snapshot: pg_sys::Snapshot,
        slot: *mut TupleTableSlot,
    ) -> bool {
        // SAFETY: the caller says so; the guard lets no longjmp pass through Rust.
        unsafe {
            let Some(fetch) = (*(*relation).rd_tableam).tuple_fetch_row_version else { return false };
            let mut place = self.place;
            pg_guard_ffi_boundary(|| fetch(relation, &mut place, snapshot, slot)) && Self::of(slot) == self
        }
    }

    /// Gives the page that it is in, and its number there.
    pub fn address(&self) -> (u32, u16) {
        item_pointer_get_both(self.place)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address() && self.maker == other.maker
    }
}

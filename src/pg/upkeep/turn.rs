//! Turns: one session at a time publishes the cuts of a model, or sweeps after that; and one at a time keeps true who has no
//! row.
//!
//! A lock of this kind goes when the transaction has told all others what it has changed, and not before: a row lock would
//! go a moment too early.

use pgrx::pg_sys;

/// Tells these locks from advisory ones, which have 1 or 2 here.
const KIND: u16 = 4;

/// Tells the locks of those who keep true who has no row.
const KIND_WITHOUT_ROW: u16 = 5;

/// Takes the turn for a model until the transaction ends; waits for whoever has it.
pub fn take(model: i32) {
    lock(model, KIND, false);
}

/// Takes the turn for a model until the transaction ends, if nobody has it; tells whether it did.
pub fn try_to_take(model: i32) -> bool {
    lock(model, KIND, true)
}

/// Takes the turn to keep true who has no row, until the transaction ends, if nobody has it; tells whether it did.
///
/// While a row is about to be added there is nothing else to lock: somebody else would find neither the row nor the customer,
/// who has just been deleted, take the mark of that away, and the row would stay.
pub fn try_to_take_without_row(model: i32) -> bool {
    lock(model, KIND_WITHOUT_ROW, true)
}

/// Takes a lock of a kind.
fn lock(model: i32, kind: u16, is_conditional: bool) -> bool {
    // SAFETY: it only names the lock; the manager of locks copies it.
    unsafe {
        let tag = pg_sys::LOCKTAG {
            locktag_field1: pg_sys::MyDatabaseId.to_u32(),
            locktag_field2: 0,
            locktag_field3: model as u32,
            locktag_field4: kind,
            locktag_type: pg_sys::LockTagType::LOCKTAG_ADVISORY as u8,
            locktag_lockmethodid: pg_sys::USER_LOCKMETHOD as u8,
        };
        let taken = pg_sys::LockAcquire(&tag, pg_sys::ExclusiveLock as i32, false, is_conditional);
        taken != pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL
    }
}

//! Turns: one session at a time publishes the cuts of a model, or sweeps after that.
//!
//! A lock of this kind goes when the transaction has told all others what it has changed, and not before: a row lock would
//! go a moment too early.

use pgrx::pg_sys;

/// Tells these locks from advisory ones, which have 1 or 2 here.
const KIND: u16 = 4;

/// Takes the turn for a model until the transaction ends; waits for whoever has it.
pub fn take(model: i32) {
    lock(model, false);
}

/// Takes the turn for a model until the transaction ends, if nobody has it; tells whether it did.
pub fn try_to_take(model: i32) -> bool {
    lock(model, true)
}

/// Takes the lock.
fn lock(model: i32, is_conditional: bool) -> bool {
    // SAFETY: it only names the lock; the manager of locks copies it.
    unsafe {
        let tag = pg_sys::LOCKTAG {
            locktag_field1: pg_sys::MyDatabaseId.to_u32(),
            locktag_field2: 0,
            locktag_field3: model as u32,
            locktag_field4: KIND,
            locktag_type: pg_sys::LockTagType::LOCKTAG_ADVISORY as u8,
            locktag_lockmethodid: pg_sys::USER_LOCKMETHOD as u8,
        };
        let taken = pg_sys::LockAcquire(&tag, pg_sys::ExclusiveLock as i32, false, is_conditional);
        taken != pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL
    }
}

//! Changes of relations, as sessions hear of them from each other.

use pgrx::pg_sys::{self, Oid};
use rustc_hash::FxHashSet;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;

thread_local! {
    /// The relations that models were made of; they outlive the session's end, which cleans nothing up.
    static WATCHED: RefCell<ManuallyDrop<FxHashSet<u32>>> = RefCell::default();
    /// How often one of them has changed, or may have.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    /// Whether changes are listened to.
    static LISTENS: Cell<bool> = const { Cell::new(false) };
}

/// Listens, from the first call of a session on, and hears what others have said; counts the changes since.
pub fn hear() -> u64 {
    if !LISTENS.replace(true) {
        // SAFETY: the callback is a function of ours, which only sets a flag.
        unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), 0.into()) };
    }
    // SAFETY: it reads what other sessions have said.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    CHANGES.get()
}

/// Counts the changes that were heard of.
pub fn count() -> u64 {
    CHANGES.get()
}

/// Has changes of relations noticed.
pub fn watch(relations: impl IntoIterator<Item = Oid>) {
    WATCHED.with_borrow_mut(|watched| watched.extend(relations.into_iter().map(|oid| oid.to_u32())));
}

/// Makes every backend read a model anew, once this transaction has committed.
pub fn tell(table: Oid) {
    if table != Oid::INVALID {
        // SAFETY: it only leaves a message; of a table that is gone nobody has a model.
        unsafe {
            if pg_sys::SearchSysCacheExists(
                pg_sys::SysCacheIdentifier::RELOID as i32,
                table.into(),
                0.into(),
                0.into(),
                0.into(),
            ) {
                pg_sys::CacheInvalidateRelcacheByRelid(table);
            }
        }
    }
}

/// Notes that a relation has changed.
unsafe extern "C-unwind" fn relation_changed(_: pg_sys::Datum, relation: Oid) {
    let is_another = WATCHED
        .with(|watched| watched.try_borrow().is_ok_and(|watched| !watched.contains(&relation.to_u32())));
    if relation == Oid::INVALID || !is_another {
        CHANGES.set(CHANGES.get() + 1);
    }
}

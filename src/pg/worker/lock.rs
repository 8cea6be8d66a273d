//! The locks by which a worker is alone in its database, and leaves it when it is to be dropped.

use pgrx::pg_sys::{self, LOCKTAG, Oid};
use std::ffi::c_int;

/// The fourth field of an advisory lock that is a worker's: those of SQL have 1 and 2 there.
const KIND: u16 = 3;

/// The numbers of the lock: "pg_score" in ASCII, as other extensions may have locks of that kind.
const NUMBERS: (u32, u32) = (0x7067_5f73, 0x636f_7265);

/// The lock that a worker of a database holds for its life.
fn of_worker(database: Oid) -> LOCKTAG {
    LOCKTAG {
        locktag_field1: database.to_u32(),
        locktag_field2: NUMBERS.0,
        locktag_field3: NUMBERS.1,
        locktag_field4: KIND,
        locktag_type: pg_sys::LockTagType::LOCKTAG_ADVISORY as u8,
        locktag_lockmethodid: pg_sys::USER_LOCKMETHOD as u8,
    }
}

/// The lock of PostgreSQL's own on a database.
fn of_database(database: Oid) -> LOCKTAG {
    LOCKTAG {
        locktag_field1: 0,
        locktag_field2: pg_sys::DatabaseRelationId.to_u32(),
        locktag_field3: database.to_u32(),
        locktag_field4: 0,
        locktag_type: pg_sys::LockTagType::LOCKTAG_OBJECT as u8,
        locktag_lockmethodid: pg_sys::DEFAULT_LOCKMETHOD as u8,
    }
}

/// Takes the lock of a worker for the session, if nobody has it.
pub fn take(database: Oid) -> bool {
    acquire(&of_worker(database), pg_sys::ExclusiveLock, true)
}

/// Gives the lock of a worker back.
pub fn give_back(database: Oid) {
    release(&of_worker(database), pg_sys::ExclusiveLock);
}

/// Tells whether we still hold the lock of a worker: a function of a user's may have given up all advisory locks.
pub fn is_held(database: Oid) -> bool {
    // SAFETY: it only reads our own locks.
    unsafe {
        pg_sys::LockHeldByMe(
            &of_worker(database),
            pg_sys::ExclusiveLock as c_int,
            #[cfg(any(feature = "pg17", feature = "pg18"))]
            false,
        )
    }
}

/// Tells whether no worker runs in a database.
pub fn is_free(database: Oid) -> bool {
    let tag = of_worker(database);
    // Our own lock would not be in our way.
    if is_held(database) {
        return false;
    }
    let is_free = acquire(&tag, pg_sys::ShareLock, true);
    if is_free {
        release(&tag, pg_sys::ShareLock);
    }
    is_free
}

/// Takes the lock of a worker until the transaction ends, so that all others see that one is about to start.
pub fn claim(database: Oid) -> bool {
    acquire(&of_worker(database), pg_sys::ExclusiveLock, false)
}

/// Tells whether somebody wants a database for himself: to drop, rename, move or copy it.
///
/// PostgreSQL waits for 5 seconds until nobody is connected, and holds this lock meanwhile.
pub fn is_database_wanted(database: Oid) -> bool {
    let tag = of_database(database);
    let is_ours = acquire(&tag, pg_sys::RowExclusiveLock, true);
    if is_ours {
        release(&tag, pg_sys::RowExclusiveLock);
    }
    !is_ours
}

/// Takes a lock, for the session or the transaction, if nobody is in the way; never waits, and never fails.
fn acquire(tag: &LOCKTAG, mode: u32, for_session: bool) -> bool {
    // SAFETY: the tag is one that no table of locks is asked about; with no wait and no report, the function returns.
    let taken = unsafe {
        pg_sys::LockAcquireExtended(
            tag,
            mode as c_int,
            for_session,
            true,
            false,
            std::ptr::null_mut(),
            #[cfg(feature = "pg18")]
            false,
        )
    };
    taken != pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL
}

/// Gives back a lock of the session's.
fn release(tag: &LOCKTAG, mode: u32) {
    // SAFETY: we hold it.
    unsafe { pg_sys::LockRelease(tag, mode as c_int, true) };
}

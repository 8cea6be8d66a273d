//! Pause points, for tests alone: where upkeep stops while a session of a test holds the advisory lock of the point.
//!
//! Without the feature `pauses` nothing is here, and a call is nothing.

/// A point at which upkeep can be stopped; each is the number of the advisory lock that stops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Score rows are locked; nothing is read of their customers yet.
    Locked = 7001,
    /// Marks are about to be appended.
    Marked = 7002,
    /// What is to be written is computed, and nothing written.
    Computed = 7003,
    /// Score rows are written.
    Written = 7004,
    /// Cuts are published, and the refresh has not ended.
    Published = 7005,
    /// The marks of a sweep are appended, and nothing notes it.
    Swept = 7006,
    /// Marks are read, and nothing is locked.
    MarksRead = 7007,
    /// All customers are derived in bulk, and nobody is locked.
    Derived = 7008,
    /// A sweep is found to be due, and it is not this session's turn yet.
    Unswept = 7009,
}

/// Waits while a session holds the advisory lock of the point.
#[cfg(feature = "pauses")]
pub fn at(point: Point) {
    use pgrx::pg_sys;
    let tag = pg_sys::LOCKTAG {
        // SAFETY: it only reads.
        locktag_field1: unsafe { pg_sys::MyDatabaseId }.to_u32(),
        locktag_field2: 0,
        locktag_field3: point as u32,
        locktag_field4: 1,
        locktag_type: pg_sys::LockTagType::LOCKTAG_ADVISORY as u8,
        locktag_lockmethodid: pg_sys::USER_LOCKMETHOD as u8,
    };
    let mode = pg_sys::ShareLock as i32;
    // SAFETY: it only names the lock, which the session frees at once.
    unsafe {
        pg_sys::LockAcquire(&tag, mode, true, false);
        pg_sys::LockRelease(&tag, mode, true);
    }
}

/// Does nothing.
#[cfg(not(feature = "pauses"))]
pub const fn at(_: Point) {}

//! What starts a worker: a transaction that has left something to do, just before it commits or is prepared.
//!
//! Nothing here waits or fails. A worker that cannot be had now is tried for again by the next such transaction.

use super::{due, lock};
use crate::pg::attempt::caught;
use crate::pg::build::now;
use crate::pg::options;
use crate::pg::upkeep::model::Model;
use pgrx::pg_sys::submodules::panic::pgrx_extern_c_guard;
use pgrx::pg_sys::{self, Datum, Oid};
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};

thread_local! {
    /// Whether this transaction has something for a worker to do; one that was rolled back to a savepoint may have not.
    static IS_WOKEN: Cell<bool> = const { Cell::new(false) };
    /// Whether PostgreSQL calls us at the end of transactions.
    static IS_CALLED: Cell<bool> = const { Cell::new(false) };
    /// When this session last started a worker, or tried to.
    static STARTED: Cell<i64> = const { Cell::new(i64::MIN) };
    /// When this session last looked for what is overdue.
    static LOOKED: Cell<i64> = const { Cell::new(i64::MIN) };
}

/// For how long a session does not start another worker, in microseconds: as long as no slot may be free, or as one
/// takes to start.
const PATIENCE: i64 = 1_000_000;

/// How often a session looks for what is overdue, in microseconds.
const LOOKS_EVERY: i64 = 60_000_000;

/// Why a worker is started.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A transaction has left it something to do, and will commit soon.
    Wake,
    /// There may be something to do: if not, it ends at once.
    Look,
}

/// Says that this transaction leaves something for a worker to do.
pub fn wake() {
    IS_WOKEN.set(true);
    if !IS_CALLED.replace(true) {
        // SAFETY: the function is there for as long as the process: libraries are never unloaded.
        unsafe { pg_sys::RegisterXactCallback(Some(at_end), std::ptr::null_mut()) };
    }
}

/// Wakes a worker where none runs and something is overdue; looks at the session's first call, then at most once a minute.
///
/// A writer calls this, so whatever goes wrong is as good as nothing found.
pub fn look(model: &Model) {
    let now = now();
    if now.saturating_sub(LOOKED.get()) < LOOKS_EVERY || !options::has_worker() {
        return;
    }
    // SAFETY: it only reads. Above this level, to read what others change could fail the transaction.
    if unsafe { pg_sys::XactIsoLevel } >= pg_sys::XACT_REPEATABLE_READ as i32 {
        return;
    }
    LOOKED.set(now);
    // SAFETY: it only reads.
    let is_free = lock::is_free(unsafe { pg_sys::MyDatabaseId });
    if is_free && caught(|| Ok(due::is_any()? || due::has_due_rows(model)?)).unwrap_or(false) {
        wake();
    }
}

/// Starts a worker before a transaction commits or is prepared that has something for it to do.
unsafe extern "C-unwind" fn at_end(event: pg_sys::XactEvent::Type, _: *mut c_void) {
    use pg_sys::XactEvent::*;
    match event {
        XACT_EVENT_PRE_COMMIT | XACT_EVENT_PRE_PREPARE if IS_WOKEN.replace(false) => {
            // SAFETY: PostgreSQL is the caller; there is nothing to drop here.
            unsafe { pgrx_extern_c_guard(|| start_before_end(event == XACT_EVENT_PRE_COMMIT)) }
        }
        XACT_EVENT_ABORT => IS_WOKEN.set(false),
        _ => {}
    }
}

/// Starts a worker in this database if none runs.
fn start_before_end(commits: bool) {
    let now = now();
    // SAFETY: it only reads.
    let database = unsafe { pg_sys::MyDatabaseId };
    if !options::has_worker() || now.saturating_sub(STARTED.get()) < PATIENCE || !lock::is_free(database) {
        return;
    }
    STARTED.set(now);
    // While this transaction commits, nobody else starts one. A prepared one could hold that lock for days.
    if !commits || lock::claim(database) {
        start(database, Reason::Wake);
    }
}

/// Starts a worker in a database, if a slot is free.
pub fn start(database: Oid, reason: Reason) {
    let mut worker = describe(c"pg_scoring_worker");
    let name = format!("pg_scoring worker for database {}", database.to_u32());
    put(&mut worker.bgw_name, name.as_bytes());
    put(&mut worker.bgw_type, b"pg_scoring worker");
    worker.bgw_main_arg = Datum::from(database);
    worker.bgw_extra[0] = c_char::from(reason == Reason::Look);
    // SAFETY: the description is whole, and copied.
    unsafe { pg_sys::RegisterDynamicBackgroundWorker(&mut worker, std::ptr::null_mut()) };
}

/// Tells why this worker was started.
pub fn reason() -> Reason {
    // SAFETY: PostgreSQL has set it before it calls a worker.
    match unsafe { (*pg_sys::MyBgworkerEntry).bgw_extra[0] } {
        0 => Reason::Wake,
        _ => Reason::Look,
    }
}

/// Describes a process of this library that begins with a function, and is not started again when it ends.
pub fn describe(function: &CStr) -> pg_sys::BackgroundWorker {
    let mut worker = pg_sys::BackgroundWorker {
        bgw_flags: (pg_sys::BGWORKER_SHMEM_ACCESS | pg_sys::BGWORKER_BACKEND_DATABASE_CONNECTION) as i32,
        bgw_start_time: pg_sys::BgWorkerStartTime::BgWorkerStart_RecoveryFinished,
        bgw_restart_time: pg_sys::BGW_NEVER_RESTART,
        ..Default::default()
    };
    put(&mut worker.bgw_library_name, b"$libdir/pg_scoring");
    put(&mut worker.bgw_function_name, function.to_bytes());
    worker
}

/// Writes a text into a place that is longer, and all zero.
pub fn put(place: &mut [c_char], text: &[u8]) {
    place.iter_mut().zip(text).for_each(|(place, byte)| *place = *byte as c_char);
}

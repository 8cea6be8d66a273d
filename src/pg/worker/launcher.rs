//! The launcher: where the DBA preloads the library, it starts workers with the server, before anybody writes.
//!
//! It cannot see into a database, so it starts a worker in each now and then, which ends at once where there is nothing
//! to do.

use super::lock;
use super::process::{heed, pause, take_signals};
use super::start::{Reason, describe, put, start};
use crate::pg::options;
use pgrx::pg_sys::submodules::panic::pgrx_extern_c_guard;
use pgrx::pg_sys::{self, Datum, Oid};
use std::time::Duration;

/// How long after its end the launcher is started again, in seconds.
const RESTARTS_AFTER: i32 = 10;

/// How often each database is visited, spread evenly.
const VISITS_EVERY: Duration = Duration::from_secs(60);

/// How much time there is at least between two visits, and just so much after the start; autovacuum keeps to the same.
const BETWEEN: Duration = Duration::from_millis(100);

/// The connection limit of a database whose DROP was interrupted; nobody can connect to it.
const HALF_DROPPED: i32 = -2;

/// Has PostgreSQL start the launcher with the server.
pub fn register() {
    let mut launcher = describe(c"pg_scoring_launcher");
    put(&mut launcher.bgw_name, b"pg_scoring launcher");
    put(&mut launcher.bgw_type, b"pg_scoring launcher");
    launcher.bgw_restart_time = RESTARTS_AFTER;
    // SAFETY: the description is whole, and copied.
    unsafe { pg_sys::RegisterBackgroundWorker(&mut launcher) };
}

/// The launcher's main function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn pg_scoring_launcher(_: Datum) {
    // SAFETY: PostgreSQL calls this as a background worker's main function.
    unsafe { pgrx_extern_c_guard(run) };
}

/// Lives.
fn run() {
    take_signals();
    // SAFETY: a connection to no database sees the catalogs that all share.
    unsafe { pg_sys::BackgroundWorkerInitializeConnection(std::ptr::null(), std::ptr::null(), 0) };
    visit_in_turn();
    // SAFETY: nothing is left to drop. With this status, unlike 0, PostgreSQL starts it again.
    unsafe { pg_sys::proc_exit(1) };
}

/// Visits every database, again and again, until the server stops.
fn visit_in_turn() {
    let mut is_first = true;
    loop {
        let databases = databases();
        let count = u32::try_from(databases.len()).unwrap_or(u32::MAX).max(1);
        let between = if is_first { BETWEEN } else { BETWEEN.max(VISITS_EVERY / count) };
        if databases.is_empty() && !goes_on_after(VISITS_EVERY) {
            return;
        }
        for database in databases {
            if options::has_worker() && lock::is_free(database) {
                start(database, Reason::Look);
            }
            if !goes_on_after(between) {
                return;
            }
        }
        is_first = false;
    }
}

/// Waits, and tells whether to go on.
fn goes_on_after(time: Duration) -> bool {
    pause(time);
    heed()
}

/// Lists the databases that can be connected to, but for templates.
fn databases() -> Vec<Oid> {
    let mut databases = Vec::new();
    // SAFETY: as PostgreSQL's own launcher of autovacuum does: a scan of a shared catalog in a transaction, whose rows
    // begin with the columns of their struct.
    unsafe {
        pg_sys::SetCurrentStatementStartTimestamp();
        pg_sys::StartTransactionCommand();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        let catalog = pg_sys::table_open(pg_sys::DatabaseRelationId, pg_sys::AccessShareLock as i32);
        let scan = pg_sys::table_beginscan_catalog(catalog, 0, std::ptr::null_mut());
        loop {
            let row = pg_sys::heap_getnext(scan, pg_sys::ScanDirection::ForwardScanDirection);
            if row.is_null() {
                break;
            }
            let database = &*pg_sys::GETSTRUCT(row).cast::<pg_sys::FormData_pg_database>();
            if database.datallowconn && !database.datistemplate && database.datconnlimit != HALF_DROPPED {
                databases.push(database.oid);
            }
        }
        pg_sys::table_endscan(scan);
        pg_sys::table_close(catalog, pg_sys::AccessShareLock as i32);
        pg_sys::PopActiveSnapshot();
        pg_sys::CommitTransactionCommand();
    }
    databases
}

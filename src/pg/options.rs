//! The extension's own settings, as `postgresql.conf` has them.

use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting};
use pgrx::pg_sys;
use std::time::Duration;

static WORKER: GucSetting<bool> = GucSetting::<bool>::new(true);
static WORKER_IDLE: GucSetting<i32> = GucSetting::<i32>::new(60_000);
static BATCH_SIZE: GucSetting<i32> = GucSetting::<i32>::new(1000);

/// Tells whether workers are to run.
pub fn has_worker() -> bool {
    WORKER.get()
}

/// Tells how long a worker that has nothing to do stays.
pub fn worker_idle() -> Duration {
    Duration::from_millis(WORKER_IDLE.get().max(0) as u64)
}

/// Tells how many customers a worker makes true in one transaction.
pub fn batch_size() -> usize {
    BATCH_SIZE.get().max(1) as usize
}

/// Defines the settings, and keeps others from making some up under our name.
pub fn define() {
    GucRegistry::define_bool_guc(
        c"pg_scoring.worker",
        c"Whether background workers keep the models true.",
        c"A transaction that leaves work to do starts one in its database. Off ends those that run; CALL scoring.work() does the same work.",
        &WORKER,
        GucContext::Sighup,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_scoring.worker_idle",
        c"How long a background worker that has nothing to do stays.",
        c"A worker is a connection to its database, and one of max_worker_processes.",
        &WORKER_IDLE,
        0,
        i32::MAX,
        GucContext::Sighup,
        GucFlags::UNIT_MS,
    );
    GucRegistry::define_int_guc(
        c"pg_scoring.batch_size",
        c"How many customers a background worker makes true in one transaction.",
        c"A larger batch takes longer, and keeps its customers locked meanwhile: writers that meet them leave a mark.",
        &BATCH_SIZE,
        1,
        1_000_000,
        GucContext::Sighup,
        GucFlags::default(),
    );
    // SAFETY: the name ends with a zero.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"pg_scoring".as_ptr()) };
}

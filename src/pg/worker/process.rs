//! The worker itself: one process in one database, which gives every model its turn until it has had nothing to do for
//! a while.

use super::chores::{Done, Rules, Transactions, do_for, fail};
use super::due::{self, Model};
use super::lock;
use super::pace::Pace;
use super::start::{Reason, reason};
use crate::error::Error;
use crate::pg::attempt::caught_to_retry;
use crate::pg::options;
use crate::pg::query::{connected, under_new_snapshot, value};
use crate::pg::raise::written;
use crate::pg::text::to_server;
use crate::pg::upkeep::bulk::Bulk;
use pgrx::pg_sys::submodules::panic::pgrx_extern_c_guard;
use pgrx::pg_sys::{self, BackendState, Datum, Oid};
use std::collections::HashMap;
use std::ffi::{CStr, c_int, c_long};
use std::time::{Duration, Instant};

/// PostgreSQL's handlers of signals, which it calls itself: without pgrx's guard.
mod raw {
    use super::*;

    unsafe extern "C-unwind" {
        pub fn die(signal: c_int);
        pub fn SignalHandlerForConfigReload(signal: c_int);
    }
}

/// The settings of a worker, whatever those of its database are. Whoever owns a database may give it settings, and part
/// of what a worker does is done as superuser, so its names must mean what they say.
///
/// A worker waits for no lock longer than so, as the other models wait meanwhile.
const SETTINGS: &[(&CStr, &CStr)] = &[
    (c"role", c"none"),
    (c"search_path", c"pg_catalog, pg_temp"),
    (c"application_name", c"pg_scoring worker"),
    (c"default_transaction_isolation", c"read committed"),
    (c"default_transaction_read_only", c"off"),
    (c"default_transaction_deferrable", c"off"),
    (c"session_replication_role", c"origin"),
    (c"statement_timeout", c"0"),
    (c"lock_timeout", c"1s"),
    (c"idle_in_transaction_session_timeout", c"0"),
    #[cfg(any(feature = "pg17", feature = "pg18"))]
    (c"transaction_timeout", c"0"),
];

/// For how long a new worker waits for the lock of the one before, or of the transaction that started it.
const WAITS_FOR_LOCK: Duration = Duration::from_secs(3);

/// For how long a model rests at least after its upkeep has failed.
const RESTS: Duration = Duration::from_secs(1);

/// For how long a worker that is about to end looks once more, when others may start the next one already: whoever saw
/// it running just before has committed by then.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// The worker's main function; its argument is the database.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn pg_scoring_worker(database: Datum) {
    // SAFETY: PostgreSQL calls this as a background worker's main function; the argument is what `start` gave.
    unsafe { pgrx_extern_c_guard(|| run(Oid::from(database.value() as u32))) };
}

/// Lives.
fn run(database: Oid) {
    attach(database);
    if !take_lock(database) {
        return;
    }
    let mut worker =
        Worker { database, version: None, resting: HashMap::new(), bulk: None, pace: Pace::begin() };
    let outcome = worker.work(reason());
    if let Err(error) = outcome {
        let _ = Own.run("ends", || {
            // An extension that was just dropped is no news.
            if due::version()?.is_some() {
                pgrx::warning!("pg_scoring worker ends: {}", written(&error));
            }
            Ok(())
        });
    }
}

/// Takes the signals that a worker heeds, in place of those that end it at any moment.
pub fn take_signals() {
    // SAFETY: the handlers are PostgreSQL's own, for processes such as this.
    unsafe {
        #[cfg(not(feature = "pg18"))]
        use pg_sys::pqsignal;
        #[cfg(feature = "pg18")]
        use pg_sys::pqsignal_be as pqsignal;
        pqsignal(pg_sys::SIGHUP as c_int, Some(raw::SignalHandlerForConfigReload));
        pqsignal(pg_sys::SIGTERM as c_int, Some(raw::die));
        pg_sys::BackgroundWorkerUnblockSignals();
    }
}

/// Connects to the database, as the superuser that made the cluster.
fn attach(database: Oid) {
    take_signals();
    // SAFETY: the texts end with a zero; what is given so stands above all that the database or the role are given.
    unsafe {
        for (name, value) in SETTINGS {
            pg_sys::SetConfigOption(
                name.as_ptr(),
                value.as_ptr(),
                pg_sys::GucContext::PGC_SUSET,
                pg_sys::GucSource::PGC_S_OVERRIDE,
            );
        }
        pg_sys::BackgroundWorkerInitializeConnectionByOid(database, Oid::INVALID, 0);
    }
}

/// Takes the lock that makes this the only worker here.
fn take_lock(database: Oid) -> bool {
    let begun = Instant::now();
    while !lock::take(database) {
        if begun.elapsed() > WAITS_FOR_LOCK || !heed() {
            return false;
        }
        pause(Duration::from_millis(20));
    }
    true
}

/// Waits for so long, or until somebody signals; ends with the postmaster.
pub fn pause(time: Duration) {
    // SAFETY: the latch is this process's own.
    unsafe {
        let events = pg_sys::WL_LATCH_SET | pg_sys::WL_TIMEOUT | pg_sys::WL_EXIT_ON_PM_DEATH;
        let wait = time.as_millis() as c_long;
        pg_sys::WaitLatch(pg_sys::MyLatch, events as c_int, wait, pg_sys::PG_WAIT_EXTENSION);
        pg_sys::ResetLatch(pg_sys::MyLatch);
    }
}

/// Heeds what was signalled between two transactions, and tells whether to go on.
pub fn heed() -> bool {
    // SAFETY: the flags are set by handlers of signals, and read and taken back here alone.
    unsafe {
        if (&raw const pg_sys::ProcDiePending).read_volatile() != 0 {
            return false;
        }
        // There is nothing to cancel here.
        (&raw mut pg_sys::QueryCancelPending).write_volatile(0);
        pgrx::check_for_interrupts!();
        if (&raw const pg_sys::ConfigReloadPending).read_volatile() != 0 {
            (&raw mut pg_sys::ConfigReloadPending).write_volatile(0);
            pg_sys::ProcessConfigFile(pg_sys::GucContext::PGC_SIGHUP);
        }
    }
    true
}

/// Tells others what this process does.
fn report(state: BackendState::Type, what: Option<&CStr>) {
    // SAFETY: the text is null or ends with a zero, and is copied.
    unsafe { pg_sys::pgstat_report_activity(state, what.map_or(std::ptr::null(), CStr::as_ptr)) };
}

/// Transactions of the worker's own.
struct Own;

impl Transactions for Own {
    fn run<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        // SAFETY: no transaction is open. An error that passes ends the process, and its transaction with it.
        unsafe {
            pg_sys::SetCurrentStatementStartTimestamp();
            pg_sys::StartTransactionCommand();
            let what = CStr::from_ptr(to_server(&format!("pg_scoring: {what}")));
            report(BackendState::STATE_RUNNING, Some(what));
            let outcome = caught_to_retry(|| under_new_snapshot(work));
            pg_sys::CommitTransactionCommand();
            pg_sys::pgstat_report_stat(false);
            outcome
        }
    }
}

/// What a worker knows.
struct Worker {
    database: Oid,
    /// The version of the extension that it began with.
    version: Option<String>,
    /// The models that have just failed, until when they rest.
    resting: HashMap<String, Instant>,
    /// What was derived in bulk, and is not all written yet.
    bulk: Option<Bulk>,
    pace: Pace,
}

impl Worker {
    /// Works until there is nothing to do, or no reason to stay.
    fn work(&mut self, reason: Reason) -> Result<(), Error> {
        let mut is_first = true;
        loop {
            if !self.may_stay() {
                return Ok(());
            }
            let Some(round) = self.go_round(is_first)? else { return Ok(()) };
            if is_first && reason == Reason::Look && !round.has_work {
                return Ok(());
            }
            is_first = false;
            if round.has_work {
                self.pace.keep_up();
            }
            if round.more {
                continue;
            }
            if self.pace.is_idle(options::worker_idle()) {
                if self.may_leave()? {
                    return Ok(());
                }
                self.pace.keep_up();
            }
            self.rest(self.pace.wait(options::worker_idle()));
        }
    }

    /// Waits, as one who has nothing to do.
    fn rest(&self, time: Duration) {
        report(BackendState::STATE_IDLE, None);
        // SAFETY: no transaction is open.
        unsafe { pg_sys::pgstat_report_stat(true) };
        pause(time);
    }

    /// Tells whether nothing is against staying: no signal, no setting, nobody who wants the database for himself.
    fn may_stay(&self) -> bool {
        heed()
            && options::has_worker()
            && !lock::is_database_wanted(self.database)
            && (lock::is_held(self.database) || lock::take(self.database))
    }

    /// Does the chores of every model in turn; none where the extension is gone, or another version.
    fn go_round(&mut self, is_first: bool) -> Result<Option<Round>, Error> {
        let models = Own.run("looks for what is to be done", || {
            let version = due::version()?;
            let is_same = version.is_some() && (self.version.is_none() || self.version == version);
            self.version = version;
            if is_same { due::list().map(Some) } else { Ok(None) }
        })?;
        let Some(models) = models else { return Ok(None) };
        let is_listed = |bulk: &Bulk| models.iter().any(|model| bulk.is_of(model.id));
        self.bulk = self.bulk.take().filter(is_listed);
        self.resting.retain(|_, until| *until > Instant::now());
        let mut round = Round::default();
        for model in &models {
            if model.is_resting || self.resting.contains_key(&model.name) {
                continue;
            }
            if !self.may_stay() {
                return Ok(None);
            }
            let done = self.keep(model, is_first)?;
            round.has_work |= done.done > 0 || done.has_refreshed || model.is_to_sweep;
            round.more |= done.more;
        }
        Ok(Some(round))
    }

    /// Does the chores of a model; keeps what they fail with, and warns of it when it is new.
    fn keep(&mut self, model: &Model, is_first: bool) -> Result<Done, Error> {
        let rules = Rules {
            batch: options::batch_size(),
            may_refresh: true,
            looks_at_growth: is_first,
            waits: false,
        };
        match do_for(model, rules, &mut self.bulk, &mut Own) {
            Ok(done) => Ok(done),
            Err(failure) => {
                self.resting.insert(model.name.clone(), Instant::now() + RESTS);
                let is_new = model.last_error.as_ref() != Some(&written(&failure.error));
                fail(model, &failure, is_new, &mut Own)?;
                Ok(Done::default())
            }
        }
    }

    /// Tells whether to end: gives the lock back, so that the next transaction starts a worker, and looks once more.
    fn may_leave(&mut self) -> Result<bool, Error> {
        if Own.run("looks for what is left", has_left)? {
            return Ok(false);
        }
        lock::give_back(self.database);
        self.rest(LAST_LOOK);
        // Somebody else has the lock, or there is a reason to go.
        if !self.may_stay() {
            return Ok(true);
        }
        match self.go_round(false)? {
            Some(round) => Ok(!round.has_work),
            None => Ok(true),
        }
    }
}

/// What came of a round.
#[derive(Default)]
struct Round {
    /// Whether there was anything to do, or still is.
    has_work: bool,
    /// Whether another round would find something to do at once.
    more: bool,
}

/// Tells whether there is something that nobody would start a worker for: marks of customers whom somebody has locked, or
/// a prepared transaction, which may have marks.
fn has_left() -> Result<bool, Error> {
    for model in due::list()? {
        // What is wrong with a model is for its next step to say.
        if caught_to_retry(|| due::has_marks(&model)).unwrap_or(false) {
            return Ok(true);
        }
    }
    let sql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_prepared_xact() AS p
                              JOIN pg_catalog.pg_database AS d ON d.oid = p.dbid WHERE d.datname = current_database())";
    connected(|| value(sql, &[])).map(|found| found.as_deref() == Some("t"))
}

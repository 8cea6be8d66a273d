//! `CALL scoring.work()`: all upkeep that there is to do, committed batch by batch.

use super::chores::{Done, Rules, Transactions, do_for, fail};
use super::due::{self, Model};
use crate::error::{Error, Fault};
use crate::pg::attempt::caught_to_retry;
use crate::pg::build::check_isolation;
use crate::pg::call::{Answer, Call, sql_functions};
use crate::pg::query::under_new_snapshot;
use crate::pg::registry;
use crate::pg::settings::caller;
use crate::pg::upkeep::bulk::Bulk;
use pgrx::{PgSqlErrorCode, pg_sys};

sql_functions![work];

pgrx::extension_sql_file!("../../../sql/work.sql", name = "work");

/// `work(model, batch)`
fn work(call: &Call) -> Answer {
    let model = call.text(0);
    let batch: i32 = call.need(1, "batch")?;
    if batch < 1 {
        return Err(Error::invalid(format!("batch must be at least 1, got {batch}"))
            .hint("It is the number of customers in one transaction; leave it out for 1000."));
    }
    check_can_commit(call)?;
    check_isolation("work").map_err(|error| {
        error.hint("Use SET default_transaction_isolation TO 'read committed' for this session.")
    })?;
    let chosen = model.as_deref().map(|name| registry::find(name, false)).transpose()?;
    // SAFETY: the connection is closed after the work, or by the abort that an error leads to; it is ours whenever a
    // transaction ends, as all others are closed by then.
    unsafe {
        pg_sys::SPI_connect_ext(pg_sys::SPI_OPT_NONATOMIC as i32);
        let done = match chosen {
            Some(entry) => work_on_one(&entry.name, batch as usize),
            None => work_on_all(batch as usize),
        };
        pg_sys::SPI_finish();
        done?;
    }
    Ok(None)
}

/// Refuses a call within a transaction that is not its own to end.
fn check_can_commit(call: &Call) -> Result<(), Error> {
    // SAFETY: the context is null or a node, which tells its kind.
    let can_commit = unsafe {
        let context = (*call.info()).context;
        !context.is_null()
            && (*context).type_ == pg_sys::NodeTag::T_CallContext
            && !(*context.cast::<pg_sys::CallContext>()).atomic
    };
    match can_commit {
        true => Ok(()),
        false => {
            let code = PgSqlErrorCode::ERRCODE_INVALID_TRANSACTION_TERMINATION as i32;
            Err(Error::new(Fault::Server(code), "work cannot commit here")
                .detail("It commits after each batch of customers.")
                .hint("Use CALL outside a transaction block and outside functions; inside, use scoring.catch_up."))
        }
    }
}

/// Transactions of the session that calls the procedure.
struct Called;

impl Transactions for Called {
    fn run<T>(&mut self, _: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        pgrx::check_for_interrupts!();
        let outcome = in_own_memory(|| caught_to_retry(|| under_new_snapshot(work)));
        // SAFETY: our connection to SPI is the current one, and not atomic; no snapshot is left.
        unsafe { pg_sys::SPI_commit() };
        outcome
    }
}

/// Does some work in a memory that is emptied after it: the procedure's own lives as long as the call.
fn in_own_memory<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: the memory is a child of the procedure's, which frees it where an error passes.
    unsafe {
        let memory = pg_sys::AllocSetContextCreateInternal(
            pg_sys::CurrentMemoryContext,
            c"pg_scoring work".as_ptr(),
            pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
        );
        let before = pg_sys::MemoryContextSwitchTo(memory);
        let done = work();
        pg_sys::MemoryContextSwitchTo(before);
        pg_sys::MemoryContextDelete(memory);
        done
    }
}

/// Works on one model; its error ends the work.
fn work_on_one(name: &str, batch: usize) -> Result<(), Error> {
    let mut rules = Rules { batch, may_refresh: true, looks_at_growth: true, waits: true };
    let mut bulk = None;
    loop {
        let listed = Called.run("", due::list)?;
        let Some(model) = listed.iter().find(|model| model.name == name) else { return Ok(()) };
        match do_for(model, rules, &mut bulk, &mut Called) {
            Ok(Done { more: true, has_refreshed, .. }) => rules.may_refresh &= !has_refreshed,
            Ok(_) => return Ok(()),
            Err(failure) => {
                fail(model, &failure, false, &mut Called)?;
                return Err(failure.error);
            }
        }
    }
}

/// Works on all models of the caller's roles in turn, each until nothing is left of it or it fails.
fn work_on_all(batch: usize) -> Result<(), Error> {
    let (mut ended, mut refreshed, mut bulk) = (Vec::new(), Vec::new(), None);
    loop {
        let mut models = Called.run("", due::list)?;
        models.retain(|model| is_callers(model) && !ended.contains(&model.name));
        bulk = bulk.filter(|bulk: &Bulk| models.iter().any(|model| bulk.is_of(model.id)));
        if models.is_empty() {
            return Ok(());
        }
        for model in models {
            let may_refresh = !refreshed.contains(&model.name);
            let rules = Rules { batch, may_refresh, looks_at_growth: true, waits: true };
            let done = do_for(&model, rules, &mut bulk, &mut Called);
            if let Err(failure) = &done {
                fail(&model, failure, true, &mut Called)?;
            }
            let done = done.unwrap_or_default();
            if done.has_refreshed {
                refreshed.push(model.name.clone());
            }
            if !done.more {
                ended.push(model.name);
            }
        }
    }
}

/// Tells whether the caller may work on a model.
fn is_callers(model: &Model) -> bool {
    // SAFETY: both are oids of roles.
    unsafe { pg_sys::has_privs_of_role(caller(), model.owner) }
}

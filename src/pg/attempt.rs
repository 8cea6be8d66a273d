//! Work that may fail: done in a sub-transaction where it needs one, PostgreSQL's errors given back.

use super::text::from_server;
use crate::error::{Error, Fault};
use pgrx::pg_sys::submodules::panic::{CaughtError, ErrorReportWithLevel};
use pgrx::pg_sys::{self, ErrorData, MemoryContext};
use pgrx::{PgLogLevel, PgSqlErrorCode};
use std::any::Any;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::{null, null_mut};

/// PostgreSQL's functions without pgrx's guard, for where only frames with nothing to drop are around them.
mod raw {
    use super::*;

    unsafe extern "C-unwind" {
        pub fn geterrcode() -> c_int;
        pub fn CopyErrorData() -> *mut ErrorData;
        pub fn FreeErrorData(data: *mut ErrorData);
    }
}

/// Does some work in a sub-transaction, and gives back PostgreSQL's ERROR as an error of ours, with its own SQLSTATE.
///
/// An Err, too, undoes what the work did. What says nothing about the work itself passes untouched: cancels, shutdowns,
/// deadlocks, serialization failures, locks not to be had, and panics of Rust.
pub fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    attempt(is_untouchable, Frame::Kept, work)
}

/// Does some work that only reads, as [`caught`] does; the locks that it took are free again, which in a sub-transaction
/// that ends well would be held until the transaction ends.
pub fn released<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    attempt(is_untouchable, Frame::Released, work)
}

/// Does some work that only computes, and gives back what PostgreSQL raises of the values.
///
/// There is no sub-transaction, which takes more than half as long as to read an order: the work must read no table, run no
/// function but PostgreSQL's own immutable ones, and leave nothing half done that an Err would not leave so.
pub fn computed<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    attempt(|code| !is_of_values(code), Frame::None, work)
}

/// Does some work as [`caught`] does, for who can do it again later: only cancels, shutdowns and panics pass.
pub fn caught_to_retry<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    attempt(is_end, Frame::Kept, work)
}

/// What is around work that may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    /// A sub-transaction, whose effects and locks are kept where the work succeeds.
    Kept,
    /// A sub-transaction, whose locks are free again.
    Released,
    /// Nothing.
    None,
}

/// Does some work that may fail; errors of these codes pass.
fn attempt<T>(
    passes: fn(PgSqlErrorCode) -> bool,
    frame: Frame,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    // SAFETY: as PL/pgSQL does for a block with EXCEPTION: the memory and the resource owner are those from before,
    // whatever the sub-transaction left. The callback lives until it is taken off the stack, which is also what it is
    // after an error: pgrx restores the stack where it turns that into a panic.
    unsafe {
        let (memory, owner) = (pg_sys::CurrentMemoryContext, pg_sys::CurrentResourceOwner);
        let mut kept = Kept { errors: [null_mut(); MOST_KEPT], next: 0, memory };
        let mut callback = pg_sys::ErrorContextCallback {
            previous: pg_sys::error_context_stack,
            callback: Some(keep_error),
            arg: (&raw mut kept).cast(),
        };
        if frame != Frame::None {
            pg_sys::BeginInternalSubTransaction(null());
        }
        pg_sys::CurrentMemoryContext = memory;
        pg_sys::error_context_stack = &mut callback;
        let outcome = catch_unwind(AssertUnwindSafe(work));
        pg_sys::error_context_stack = callback.previous;
        match (frame, &outcome) {
            (Frame::None, _) => (),
            (Frame::Kept, Ok(Ok(_))) => pg_sys::ReleaseCurrentSubTransaction(),
            _ => pg_sys::RollbackAndReleaseCurrentSubTransaction(),
        }
        (pg_sys::CurrentMemoryContext, pg_sys::CurrentResourceOwner) = (memory, owner);
        let outcome = outcome.unwrap_or_else(|panic| Err(kept.error_of(panic, passes)));
        kept.forget();
        outcome
    }
}

/// How many errors are kept: the last may be one that a handler of the user's met before it raised an older one again.
const MOST_KEPT: usize = 4;

/// The last errors that PostgreSQL raised, in full: pgrx keeps neither a SQLSTATE that it does not know, nor letters in
/// another encoding than UTF-8.
struct Kept {
    errors: [*mut ErrorData; MOST_KEPT],
    next: usize,
    memory: MemoryContext,
}

impl Kept {
    /// Gives the error that a panic carries; the panic goes on if that is not one to catch.
    fn error_of(&self, panic: Box<dyn Any + Send>, passes: fn(PgSqlErrorCode) -> bool) -> Error {
        let Some(CaughtError::PostgresError(report)) = panic.downcast_ref::<CaughtError>() else {
            resume_unwind(panic)
        };
        if passes(report.sql_error_code()) {
            resume_unwind(panic)
        }
        match self.find(report) {
            // SAFETY: what is kept is a whole copy.
            Some(data) => unsafe { error(data) },
            None => {
                let error = Error::new(Fault::Server(report.sql_error_code() as i32), report.message());
                let error = report.detail().into_iter().fold(error, Error::detail);
                report.hint().into_iter().fold(error, Error::hint)
            }
        }
    }

    /// Finds the copy of the error that pgrx reports.
    ///
    /// What went through pgrx twice was raised again as XX000 if pgrx does not know its code; the other copy has it.
    fn find(&self, report: &ErrorReportWithLevel) -> Option<&ErrorData> {
        // SAFETY: what is kept is null or a whole copy, whose message ends with a zero if it is not null.
        let is_it = |data: &&ErrorData| unsafe {
            PgSqlErrorCode::from(data.sqlerrcode) == report.sql_error_code()
                && !data.message.is_null()
                && CStr::from_ptr(data.message).to_string_lossy() == report.message()
        };
        // SAFETY: as above.
        let copies = self.errors.iter().filter_map(|data| unsafe { data.as_ref() });
        copies
            .filter(is_it)
            .max_by_key(|data| data.sqlerrcode != PgSqlErrorCode::ERRCODE_INTERNAL_ERROR as i32)
    }

    /// Frees the copies.
    fn forget(&mut self) {
        for data in self.errors.iter().filter(|data| !data.is_null()) {
            // SAFETY: the copy is ours.
            unsafe { pg_sys::FreeErrorData(*data) };
        }
        self.errors = [null_mut(); MOST_KEPT];
    }
}

/// Copies the error that is being raised; PostgreSQL calls this for every message.
///
/// Where memory is short, nothing is copied: pgrx's report will do.
unsafe extern "C-unwind" fn keep_error(kept: *mut c_void) {
    // SAFETY: `caught` passes what it keeps; a message is being raised, which PostgreSQL can copy into any memory but
    // the one for errors; there is nothing to drop here.
    unsafe {
        let kept = kept.cast::<Kept>();
        if raw::geterrcode() == PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY as c_int {
            return;
        }
        let before = pg_sys::MemoryContextSwitchTo((*kept).memory);
        let data = raw::CopyErrorData();
        if (*data).elevel < PgLogLevel::ERROR as c_int {
            raw::FreeErrorData(data);
        } else {
            let place = &raw mut (*kept).errors[(*kept).next % MOST_KEPT];
            if !(*place).is_null() {
                raw::FreeErrorData(*place);
            }
            *place = data;
            (*kept).next = (*kept).next.wrapping_add(1);
        }
        pg_sys::MemoryContextSwitchTo(before);
    }
}

/// Makes an error of ours from PostgreSQL's.
///
/// # Safety
/// It must be a whole copy.
unsafe fn error(data: &ErrorData) -> Error {
    let read = |text: *const c_char| match text.is_null() {
        true => None,
        // SAFETY: the caller says that what is not null ends with a zero.
        false => Some(from_server(unsafe { CStr::from_ptr(text) }.to_bytes())),
    };
    let error = Error::new(Fault::Server(data.sqlerrcode), read(data.message).unwrap_or_default());
    let error = read(data.detail).into_iter().fold(error, Error::detail);
    let error = read(data.hint).into_iter().fold(error, Error::hint);
    match read(data.context).as_deref().map(without_ours) {
        Some("") | None => error,
        Some(context) => error.within(context),
    }
}

/// Leaves out of a context the statement of ours that stands last: the user's functions stand before it.
fn without_ours(context: &str) -> &str {
    let (mut ours, mut start) = (None, 0);
    for line in context.split_inclusive('\n') {
        if line.starts_with("SQL statement \"") {
            ours = ours.or(Some(start));
        } else if line.starts_with("PL/") || line.starts_with("SQL function \"") {
            ours = None;
        }
        start += line.len();
    }
    context[..ours.unwrap_or(start)].trim_end()
}

/// Tells whether an error is none of the work's own, so that nobody may catch it.
fn is_untouchable(code: PgSqlErrorCode) -> bool {
    use PgSqlErrorCode::*;
    let is_passing = matches!(
        code,
        ERRCODE_T_R_DEADLOCK_DETECTED | ERRCODE_T_R_SERIALIZATION_FAILURE | ERRCODE_LOCK_NOT_AVAILABLE
    );
    is_passing || is_end(code)
}

/// Tells whether an error is about values: a data exception, or one too large.
fn is_of_values(code: PgSqlErrorCode) -> bool {
    use PgSqlErrorCode::*;
    // The first two letters of a code are the last twelve bits.
    let class = code as i32 & 0xFFF;
    class == ERRCODE_DATA_EXCEPTION as i32 || class == ERRCODE_PROGRAM_LIMIT_EXCEEDED as i32
}

/// Tells whether an error says that the session is to stop what it does.
fn is_end(code: PgSqlErrorCode) -> bool {
    use PgSqlErrorCode::*;
    matches!(
        code,
        ERRCODE_QUERY_CANCELED
            | ERRCODE_ADMIN_SHUTDOWN
            | ERRCODE_CRASH_SHUTDOWN
            | ERRCODE_CANNOT_CONNECT_NOW
            | ERRCODE_DATABASE_DROPPED
    )
}

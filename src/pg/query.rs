//! SQL that is run from within the database.

use super::argument::{self, Argument};
pub use super::attempt::{caught, computed, released};
use super::row::Row;
use super::text::{from_server, to_server};
use crate::error::{Error, Fault};
use pgrx::pg_sys::submodules::panic::pgrx_extern_c_guard;
use pgrx::pg_sys::{self, Datum, MemoryContext, Oid};
use std::cell::Cell;
use std::ffi::{CStr, c_int};

/// PostgreSQL's functions without pgrx's guard, for where only frames with nothing to drop are around them.
mod raw {
    use super::*;

    unsafe extern "C-unwind" {
        pub fn slot_getsomeattrs_int(slot: *mut pg_sys::TupleTableSlot, columns: c_int);
        pub fn MemoryContextReset(memory: MemoryContext);
    }
}

thread_local! {
    /// Whether there is a connection to SPI that is ours and runs nothing just now.
    static IS_IDLE: Cell<bool> = const { Cell::new(false) };
    /// Whether queries see what was committed after the transaction's snapshot.
    static SEES_LATEST: Cell<bool> = const { Cell::new(false) };
}

/// Does some work whose queries each see all that is committed when they begin, whatever the isolation level: to find a
/// model that was made after the transaction's snapshot. They may only read.
pub fn seeing_latest<T>(work: impl FnOnce() -> T) -> T {
    let _latest = Latest { before: SEES_LATEST.replace(true) };
    work()
}

/// Lets queries see what they saw before, when this is dropped, by an error too.
struct Latest {
    before: bool,
}

impl Drop for Latest {
    fn drop(&mut self) {
        SEES_LATEST.set(self.before);
    }
}

/// Says whether our connection is idle, until this is dropped.
struct Idle {
    before: bool,
}

impl Idle {
    /// Says it from now on.
    fn is(idle: bool) -> Self {
        Self { before: IS_IDLE.replace(idle) }
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        IS_IDLE.set(self.before);
    }
}

/// Does some work with one connection to SPI, as a trigger needs for its transition tables.
///
/// SQL that is run outside, or from within another query, gets a connection of its own: to run it with that of the query
/// would free what the query runs on. What the work allocates in PostgreSQL's memory goes with the connection.
pub fn connected<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // SAFETY: the connection is closed after the work, or by the abort that an error leads to.
    unsafe {
        pg_sys::SPI_connect();
        let idle = Idle::is(true);
        let done = work();
        drop(idle);
        pg_sys::SPI_finish();
        done
    }
}

/// Runs a command, and counts the rows that it processed.
pub fn run(sql: &str, arguments: &[Argument]) -> Result<u64, Error> {
    // SAFETY: the receiver that drops all rows is PostgreSQL's own.
    unsafe { execute(sql, arguments, false, pg_sys::CreateDestReceiver(pg_sys::CommandDest::DestNone)) }
}

/// Reads the rows of a query under the active snapshot, as the executor makes them; an Err ends the query and is given
/// back.
///
/// `read` runs in a memory that is emptied after each row. Interrupts need no look: the executor looks for them in
/// every node that reads rows. While a parallel plan runs, `read` cannot run SQL, write, or begin a sub-transaction.
pub fn stream(
    sql: &str,
    arguments: &[Argument],
    read: &mut dyn FnMut(&Row) -> Result<(), Error>,
) -> Result<u64, Error> {
    receive(sql, arguments, true, read)
}

/// Reads the rows of a query as [`stream`] does, but under a snapshot of its own, which sees all that was done before it.
pub fn stream_now(
    sql: &str,
    arguments: &[Argument],
    read: &mut dyn FnMut(&Row) -> Result<(), Error>,
) -> Result<u64, Error> {
    receive(sql, arguments, false, read)
}

/// Runs a command or query, and gives its rows with every column as a text; it sees all that was done before it.
pub fn rows(sql: &str, arguments: &[Argument]) -> Result<Vec<Vec<Option<String>>>, Error> {
    let mut rows = Vec::new();
    receive(sql, arguments, false, &mut |row| {
        rows.push(
            (0..row.columns()).map(|at| row.datum(at).map(|datum| written(datum, row.type_of(at)))).collect(),
        );
        Ok(())
    })?;
    Ok(rows)
}

/// Gives the first column of the first row, as a text; none for NULL, and where there is no row.
pub fn value(sql: &str, arguments: &[Argument]) -> Result<Option<String>, Error> {
    let mut rows = rows(sql, arguments)?.into_iter();
    Ok(rows.next().and_then(|row| row.into_iter().next()).flatten())
}

/// Does some work under a snapshot of its own, so that all that it streams sees one state.
pub fn under_new_snapshot<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // SAFETY: the snapshot is popped after the work, or by the abort that an error leads to.
    unsafe {
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        let done = work();
        pg_sys::PopActiveSnapshot();
        done
    }
}

/// Writes a value as its type does.
fn written(datum: Datum, type_oid: Oid) -> String {
    let (mut output, mut is_varlena) = (Oid::INVALID, false);
    // SAFETY: the value is of that type; what its output function gives ends with a zero.
    unsafe {
        pg_sys::getTypeOutputInfo(type_oid, &mut output, &mut is_varlena);
        from_server(CStr::from_ptr(pg_sys::OidOutputFunctionCall(output, datum)).to_bytes())
    }
}

/// Runs a query and hands its rows to `read`.
fn receive(
    sql: &str,
    arguments: &[Argument],
    read_only: bool,
    read: &mut dyn FnMut(&Row) -> Result<(), Error>,
) -> Result<u64, Error> {
    // SAFETY: the receiver outlives the query, which is all that uses it.
    received(read, &mut |receiver| unsafe { execute(sql, arguments, read_only, receiver) })
}

/// Makes a receiver that hands rows to `read`, and runs a query with it.
pub fn received(
    read: &mut dyn FnMut(&Row) -> Result<(), Error>,
    run: &mut dyn FnMut(*mut pg_sys::DestReceiver) -> Result<u64, Error>,
) -> Result<u64, Error> {
    let mut receiver = Receiver {
        functions: pg_sys::DestReceiver {
            receiveSlot: Some(receive_slot),
            rStartup: Some(ignore_start),
            rShutdown: Some(ignore_end),
            rDestroy: Some(ignore_end),
            mydest: pg_sys::CommandDest::DestSQLFunction,
        },
        read,
        refusal: None,
        // SAFETY: the memory is a child of the current one, which frees it where an error passes.
        memory: unsafe {
            pg_sys::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                c"pg_scoring row".as_ptr(),
                pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            )
        },
    };
    // The functions come first in the receiver.
    let count = run((&raw mut receiver).cast());
    // SAFETY: nothing uses the memory any more.
    unsafe { pg_sys::MemoryContextDelete(receiver.memory) };
    match receiver.refusal {
        Some(refusal) => Err(refusal),
        None => count,
    }
}

/// Runs SQL through SPI, and counts the rows.
///
/// # Safety
/// The receiver must be valid until the query has ended.
unsafe fn execute(
    sql: &str,
    arguments: &[Argument],
    read_only: bool,
    receiver: *mut pg_sys::DestReceiver,
) -> Result<u64, Error> {
    let sees_latest = SEES_LATEST.get();
    // SAFETY: the text ends with a zero; the list has room for all arguments; the caller vouches for the receiver; the
    // snapshot is popped after the query, or by the abort that an error leads to.
    through_spi(&|| unsafe {
        let options = pg_sys::SPIExecuteOptions {
            params: argument::list(arguments),
            read_only: read_only || sees_latest,
            dest: receiver,
            ..Default::default()
        };
        if sees_latest {
            pg_sys::PushActiveSnapshot(pg_sys::GetLatestSnapshot());
        }
        let code = pg_sys::SPI_execute_extended(to_server(sql), &options);
        if sees_latest {
            pg_sys::PopActiveSnapshot();
        }
        code
    })
}

/// Calls SPI with our connection, or one of its own where there is none that is idle; gives how many rows were processed, or
/// says that it could not.
pub fn through_spi(call: &dyn Fn() -> c_int) -> Result<u64, Error> {
    if !IS_IDLE.get() {
        return connected(|| through_spi(call));
    }
    let _busy = Idle::is(false);
    match call() {
        // SAFETY: it only reads.
        0.. => Ok(unsafe { pg_sys::SPI_processed }),
        code => Err(Error::new(Fault::NotSupported, format!("SPI cannot run this command (code {code})"))
            .hint("COPY from and to the client, and commands that end a transaction, cannot be run here.")),
    }
}

/// What the executor hands its rows to: PostgreSQL's functions first, as it takes it for a DestReceiver.
#[repr(C)]
struct Receiver<'a> {
    functions: pg_sys::DestReceiver,
    read: &'a mut dyn FnMut(&Row) -> Result<(), Error>,
    refusal: Option<Error>,
    memory: MemoryContext,
}

/// Takes a row; tells whether the executor is to go on.
unsafe extern "C-unwind" fn receive_slot(
    slot: *mut pg_sys::TupleTableSlot,
    receiver: *mut pg_sys::DestReceiver,
) -> bool {
    // SAFETY: PostgreSQL passes a slot with a row in it, and the receiver that `receive` gave it. The columns are made
    // before the guard, with nothing to drop around, and are all there then; the guard turns panics of `read` into
    // PostgreSQL's errors, with nothing to drop after it.
    unsafe {
        let receiver = receiver.cast::<Receiver>();
        let described = (*slot).tts_tupleDescriptor;
        let columns = (*described).natts;
        if c_int::from((*slot).tts_nvalid) < columns {
            raw::slot_getsomeattrs_int(slot, columns);
        }
        let before = pg_sys::MemoryContextSwitchTo((*receiver).memory);
        let goes_on = pgrx_extern_c_guard(|| {
            let (values, nulls) = ((*slot).tts_values, (*slot).tts_isnull);
            let row = Row::of(slice(values, columns), slice(nulls, columns), described);
            let outcome = ((*receiver).read)(&row);
            outcome.map_err(|refusal| (*receiver).refusal = Some(refusal)).is_ok()
        });
        pg_sys::MemoryContextSwitchTo(before);
        raw::MemoryContextReset((*receiver).memory);
        goes_on
    }
}

/// Gives so many elements; of none, PostgreSQL's pointer may be null.
unsafe fn slice<'a, T>(start: *const T, count: c_int) -> &'a [T] {
    match count {
        0 => &[],
        // SAFETY: the caller says that they are there.
        _ => unsafe { std::slice::from_raw_parts(start, count as usize) },
    }
}

/// Does nothing at the start of the rows.
unsafe extern "C-unwind" fn ignore_start(_: *mut pg_sys::DestReceiver, _: c_int, _: pg_sys::TupleDesc) {}

/// Does nothing at the end of the rows.
unsafe extern "C-unwind" fn ignore_end(_: *mut pg_sys::DestReceiver) {}

/// Gives the elements of a list of pointers to nodes.
///
/// # Safety
/// It must be null or such a list.
pub unsafe fn elements<T>(list: *mut pg_sys::List) -> impl Iterator<Item = *mut T> {
    // SAFETY: the caller says so; so many cells are there.
    let cells = match unsafe { list.as_ref() } {
        None => &[],
        // SAFETY: as above.
        Some(list) => unsafe { std::slice::from_raw_parts(list.elements, list.length as usize) },
    };
    // SAFETY: as above.
    cells.iter().map(|cell| unsafe { cell.ptr_value.cast() })
}

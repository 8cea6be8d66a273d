//! SQL that is run from within the database.

pub use super::attempt::{caught, released};
use super::text::{from_server, to_datum, to_server};
use crate::error::{Error, Fault};
use pgrx::IntoDatum;
use pgrx::pg_sys::submodules::panic::pgrx_extern_c_guard;
use pgrx::pg_sys::{self, Datum, MemoryContext, Oid};
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};

/// PostgreSQL's functions without pgrx's guard, for where only frames with nothing to drop are around them.
mod raw {
    use super::*;

    unsafe extern "C-unwind" {
        pub fn slot_getsomeattrs_int(slot: *mut pg_sys::TupleTableSlot, columns: c_int);
        pub fn MemoryContextReset(memory: MemoryContext);
    }
}

/// The value of `$1`, `$2`, …
#[derive(Clone, Copy)]
pub struct Argument {
    pub value: Option<Datum>,
    pub type_oid: Oid,
}

impl Argument {
    /// Gives a value of a type that is passed as its own datum.
    pub fn new(value: impl Into<Datum>, type_oid: Oid) -> Self {
        Self { value: Some(value.into()), type_oid }
    }

    /// Gives NULL of a type.
    pub fn null(type_oid: Oid) -> Self {
        Self { value: None, type_oid }
    }

    /// Gives a text.
    pub fn text(text: &str) -> Self {
        Self::new(to_datum(text), pg_sys::TEXTOID)
    }

    /// Gives an integer.
    pub fn int(number: i32) -> Self {
        Self::new(number, pg_sys::INT4OID)
    }

    /// Gives a bigint.
    pub fn bigint(number: i64) -> Self {
        Self::new(number, pg_sys::INT8OID)
    }

    /// Gives an oid.
    pub fn oid(oid: Oid) -> Self {
        Self::new(oid, pg_sys::OIDOID)
    }

    /// Gives a timestamptz: microseconds since 2000.
    pub fn moment(micros: i64) -> Self {
        Self::new(micros, pg_sys::TIMESTAMPTZOID)
    }

    /// Gives a json, which must be well-formed: nothing checks it.
    pub fn json(json: &str) -> Self {
        Self::new(to_datum(json), pg_sys::JSONOID)
    }

    /// Gives a jsonb; PostgreSQL raises what is wrong with it.
    pub fn jsonb(json: &str) -> Self {
        // SAFETY: the input function of jsonb takes a text that ends with a zero.
        let value = unsafe {
            pg_sys::OidInputFunctionCall(pg_sys::F_JSONB_IN.into(), to_server(json), pg_sys::JSONBOID, -1)
        };
        Self::new(value, pg_sys::JSONBOID)
    }

    /// Gives a text[].
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let values = texts.into_iter().map(to_datum).collect();
        Self::array(values, pg_sys::TEXTOID, -1, pg_sys::TYPALIGN_INT, pg_sys::TEXTARRAYOID)
    }

    /// Gives a float8[].
    pub fn floats(numbers: &[f64]) -> Self {
        let values = numbers.iter().filter_map(|number| number.into_datum()).collect();
        Self::array(values, pg_sys::FLOAT8OID, 8, pg_sys::TYPALIGN_DOUBLE, pg_sys::FLOAT8ARRAYOID)
    }

    /// Gives a bigint[].
    pub fn bigints(numbers: &[i64]) -> Self {
        let values = numbers.iter().map(|number| Datum::from(*number)).collect();
        Self::array(values, pg_sys::INT8OID, 8, pg_sys::TYPALIGN_DOUBLE, pg_sys::INT8ARRAYOID)
    }

    /// Gives an oid[].
    pub fn oids(oids: &[Oid]) -> Self {
        let values = oids.iter().map(|oid| Datum::from(*oid)).collect();
        Self::array(values, pg_sys::OIDOID, 4, pg_sys::TYPALIGN_INT, pg_sys::OIDARRAYOID)
    }

    /// Makes an array of values of that type; what is longer than -1 is passed by value.
    fn array(mut values: Vec<Datum>, of: Oid, length: i32, align: u8, type_oid: Oid) -> Self {
        // SAFETY: there are so many values, of that type.
        let array = unsafe {
            let count = values.len() as c_int;
            pg_sys::construct_array(values.as_mut_ptr(), count, of, length, length > 0, align as c_char)
        };
        Self::new(array, type_oid)
    }
}

/// A row of a query, where PostgreSQL has it: nothing is copied, and what it points to is gone after the row.
pub struct Row<'a> {
    values: &'a [Datum],
    nulls: &'a [bool],
    described: pg_sys::TupleDesc,
}

impl<'a> Row<'a> {
    /// Makes a row of values that are as described.
    pub fn of(values: &'a [Datum], nulls: &'a [bool], described: pg_sys::TupleDesc) -> Self {
        Self { values, nulls, described }
    }

    /// Counts the columns.
    pub fn columns(&self) -> usize {
        self.values.len()
    }

    /// Gives the value of a column, the first being 0; none for NULL.
    #[inline]
    pub fn datum(&self, at: usize) -> Option<Datum> {
        if self.nulls[at] { None } else { Some(self.values[at]) }
    }

    /// Tells the type of a column.
    pub fn type_of(&self, at: usize) -> Oid {
        self.attribute(at).atttypid
    }

    /// Tells the collation of a column.
    pub fn collation_of(&self, at: usize) -> Oid {
        self.attribute(at).attcollation
    }

    /// Gives the description of a column.
    fn attribute(&self, at: usize) -> &pg_sys::FormData_pg_attribute {
        // SAFETY: the description outlives the row, and has as many columns.
        unsafe { &super::catalog::attributes(self.described)[at] }
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

/// A statement that is planned once, without looking at its arguments, and kept for the session.
pub struct Prepared(pg_sys::SPIPlanPtr);

impl Prepared {
    /// Plans a statement whose arguments have these types; what its names mean is settled by the settings of now.
    pub fn new(sql: &str, types: &[Oid]) -> Result<Self, Error> {
        connected(|| {
            // SAFETY: the text ends with a zero; the plan is kept beyond the connection.
            unsafe {
                let mut types = types.to_vec();
                let options = pg_sys::CURSOR_OPT_GENERIC_PLAN as c_int;
                let plan = pg_sys::SPI_prepare_cursor(
                    to_server(sql),
                    types.len() as c_int,
                    types.as_mut_ptr(),
                    options,
                );
                if plan.is_null() || pg_sys::SPI_keepplan(plan) != 0 {
                    return Err(Error::new(Fault::NotSupported, format!("SPI cannot prepare: {sql}")));
                }
                Ok(Self(plan))
            }
        })
    }

    /// Reads the rows as [`stream`] does, but under a snapshot of its own, which sees all that is committed and was done
    /// before; no id of a transaction is taken for it.
    pub fn stream(
        &self,
        arguments: &[Argument],
        read: &mut dyn FnMut(&Row) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        if !IS_IDLE.get() {
            return connected(|| self.stream(arguments, read));
        }
        received(read, &mut |receiver| {
            let _busy = Idle::is(false);
            // SAFETY: the receiver outlives the query.
            let code = unsafe {
                let options = pg_sys::SPIExecuteOptions {
                    params: parameters(arguments),
                    dest: receiver,
                    ..Default::default()
                };
                pg_sys::SPI_execute_plan_extended(self.0, &options)
            };
            counted(code)
        })
    }
}

impl Prepared {
    /// Lists the tables that the plan reads from end to end.
    pub fn scanned(&self) -> Result<Vec<Oid>, Error> {
        connected(|| {
            // SAFETY: the plan was kept; what is read of it is copied before it is released, and its text ends with a zero.
            unsafe {
                let cached = pg_sys::SPI_plan_get_cached_plan(self.0);
                if cached.is_null() {
                    return Ok(Vec::new());
                }
                let mut found = Vec::new();
                for statement in elements::<pg_sys::PlannedStmt>((*cached).stmt_list) {
                    let text = CStr::from_ptr(pg_sys::nodeToString((*statement).planTree.cast()));
                    let text = text.to_string_lossy();
                    let tables: Vec<Oid> = elements::<pg_sys::RangeTblEntry>((*statement).rtable)
                        .map(|entry| (*entry).relid)
                        .collect();
                    for scan in text.split("{SEQSCAN").skip(1) {
                        let number = scan.split(":scanrelid ").nth(1);
                        let number =
                            number.and_then(|rest| rest.split([' ', '}']).next()?.parse::<usize>().ok());
                        found.extend(number.and_then(|number| tables.get(number.checked_sub(1)?)));
                    }
                }
                pg_sys::ReleaseCachedPlan(cached, pg_sys::CurrentResourceOwner);
                Ok(found)
            }
        })
    }
}

/// Describes the columns of a query: name, type; none where it is not one SELECT, VALUES or TABLE that only reads.
///
/// What functions in it do is not looked at.
pub fn columns_of_query(sql: &str) -> Result<Option<Vec<(String, Oid)>>, Error> {
    let prepared = Prepared::new(sql, &[])?;
    // SAFETY: the plan was kept; so are its sources, their lists of queries and the description of what they give.
    unsafe {
        let mut sources = elements::<pg_sys::CachedPlanSource>(pg_sys::SPI_plan_get_plan_sources(prepared.0));
        let (Some(source), None) = (sources.next(), sources.next()) else { return Ok(None) };
        let mut queries = elements::<pg_sys::Query>((*source).query_list);
        let (Some(query), None) = (queries.next(), queries.next()) else { return Ok(None) };
        let only_reads = (*query).commandType == pg_sys::CmdType::CMD_SELECT
            && (*query).rowMarks.is_null()
            && !(*query).hasModifyingCTE;
        if !only_reads || (*source).resultDesc.is_null() {
            return Ok(None);
        }
        let columns = super::catalog::attributes((*source).resultDesc).iter();
        let described = columns.map(|column| {
            (from_server(CStr::from_ptr(column.attname.data.as_ptr()).to_bytes()), column.atttypid)
        });
        Ok(Some(described.collect()))
    }
}

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

impl Drop for Prepared {
    fn drop(&mut self) {
        // SAFETY: the plan was kept, and nothing runs it.
        unsafe { pg_sys::SPI_freeplan(self.0) };
    }
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
fn received(
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
    if !IS_IDLE.get() {
        // SAFETY: the caller vouches for the receiver.
        return connected(|| unsafe { execute(sql, arguments, read_only, receiver) });
    }
    let _busy = Idle::is(false);
    let sees_latest = SEES_LATEST.get();
    // SAFETY: the text ends with a zero; the list has room for all arguments; the caller vouches for the receiver; the
    // snapshot is popped after the query, or by the abort that an error leads to.
    let code = unsafe {
        let options = pg_sys::SPIExecuteOptions {
            params: parameters(arguments),
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
    };
    counted(code)
}

/// Counts the rows that SPI has processed, or says that it could not.
fn counted(code: c_int) -> Result<u64, Error> {
    match code {
        // SAFETY: it only reads.
        0.. => Ok(unsafe { pg_sys::SPI_processed }),
        _ => Err(Error::new(Fault::NotSupported, format!("SPI cannot run this command (code {code})"))
            .hint("COPY from and to the client, and commands that end a transaction, cannot be run here.")),
    }
}

/// Lists arguments as the executor takes them.
fn parameters(arguments: &[Argument]) -> pg_sys::ParamListInfo {
    // SAFETY: the list is made with room for so many.
    unsafe {
        let list = pg_sys::makeParamList(arguments.len() as c_int);
        if !list.is_null() {
            let places = (*list).params.as_mut_slice(arguments.len());
            for (place, argument) in places.iter_mut().zip(arguments) {
                place.value = argument.value.unwrap_or(Datum::null());
                place.isnull = argument.value.is_none();
                place.pflags = pg_sys::PARAM_FLAG_CONST as u16;
                place.ptype = argument.type_oid;
            }
        }
        list
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
            let row = Row {
                values: slice((*slot).tts_values, columns),
                nulls: slice((*slot).tts_isnull, columns),
                described,
            };
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

//! Window functions that look at a whole partition once, at its first row.
//!
//! pgrx does not bind PostgreSQL's window API, so this module declares what it needs of it and makes it safe. The
//! functions are called without pgrx's guard: they run the user's own expressions, and the guard would rebuild an error
//! of theirs, without its context and any SQLSTATE that pgrx does not know. PostgreSQL's errors leave by longjmp over
//! the frames of this module and of `call`, which therefore hold nothing to drop while they read: plain values, and
//! memory that is PostgreSQL's. `Copy` in the signatures sees to that.

use super::call::{Answer, Call, float};
use crate::error::{Error, Fault};
use crate::score::figure;
use pgrx::pg_sys::{self, Datum, MemoryContext};
use std::ffi::{c_int, c_void};

/// PostgreSQL's WindowObject (windowapi.h), opaque.
type WindowObject = *mut c_void;

/// WINDOW_SEEK_HEAD of windowapi.h: positions count from the first row of the partition.
const SEEK_HEAD: c_int = 1;

#[allow(non_snake_case, reason = "the names are PostgreSQL's")]
mod raw {
    use super::{Datum, MemoryContext, WindowObject, c_int, c_void};

    unsafe extern "C-unwind" {
        pub fn WinGetPartitionLocalMemory(window: WindowObject, size: usize) -> *mut c_void;
        pub fn WinGetCurrentPosition(window: WindowObject) -> i64;
        pub fn WinGetPartitionRowCount(window: WindowObject) -> i64;
        pub fn WinGetFuncArgCurrent(window: WindowObject, argument: c_int, isnull: *mut bool) -> Datum;
        pub fn WinGetFuncArgInPartition(
            window: WindowObject,
            argument: c_int,
            position: c_int,
            seek: c_int,
            set_mark: bool,
            isnull: *mut bool,
            isout: *mut bool,
        ) -> Datum;

        pub fn datumCopy(value: Datum, by_value: bool, length: c_int) -> Datum;
        pub fn datum_image_eq(one: Datum, other: Datum, by_value: bool, length: c_int) -> bool;
        pub fn MemoryContextReset(memory: MemoryContext);
        pub fn ProcessInterrupts();
    }
}

/// The most parameters of a window function.
const MOST_PARAMETERS: usize = 3;

/// What a partition keeps from its first row on: zeroed by PostgreSQL, never dropped, so plain data only.
#[repr(C)]
struct Kept {
    results: *mut i32,
    parameters: [Parameter; MOST_PARAMETERS],
    labels: *mut Datum,
}

/// A parameter as the first row had it, and how its type is passed.
#[repr(C)]
#[derive(Clone, Copy)]
struct Parameter {
    value: Datum,
    length: i16,
    by_value: bool,
}

/// The result of a row that has none.
pub const NONE: i32 = i32::MIN;

/// A partition, at its first row.
pub struct Partition<'a> {
    window: WindowObject,
    call: &'a Call,
    kept: &'a mut Kept,
    figures: usize,
}

/// Gives the row's result; at the first row of a partition, `score` finds those of all its rows.
///
/// The first arguments are figures, read by `read`, one function for each; the others are parameters, called `names`,
/// which may be neither NULL nor vary.
pub fn over_partition<const N: usize>(
    call: &Call,
    read: [fn(Datum) -> f64; N],
    names: &[&str],
    score: impl FnOnce(&mut Partition, [&mut [f64]; N]) -> Result<Vec<i32>, Error> + Copy,
) -> Result<Option<Row>, Error> {
    // SAFETY: PostgreSQL passes a WindowObject to a function declared WINDOW; what it keeps for the partition is
    // ours, zeroed at first, which is a valid `Kept`. There is a result for each row, and the position is one of them.
    unsafe {
        let window = (*call.info()).context.cast::<c_void>();
        let kept = &mut *raw::WinGetPartitionLocalMemory(window, size_of::<Kept>()).cast::<Kept>();
        let mut partition = Partition { window, call, kept, figures: N };
        match partition.kept.results.is_null() {
            true => partition.begin(read, names, score)?,
            false => partition.check_parameters(names)?,
        }
        let result = *partition.kept.results.add(raw::WinGetCurrentPosition(window) as usize);
        Ok((result != NONE).then_some(Row { result, labels: partition.kept.labels }))
    }
}

/// The result of a row, and the labels of its partition.
pub struct Row {
    result: i32,
    labels: *mut Datum,
}

impl Row {
    /// Gives the result as it is.
    pub fn number(self) -> i32 {
        self.result
    }

    /// Gives the label whose place the result is.
    pub fn label(self) -> Answer {
        // SAFETY: `set_labels` was given more labels than any result.
        Ok(Some(unsafe { *self.labels.add(self.result as usize) }))
    }
}

impl Partition<'_> {
    /// Finds and keeps the results of all rows.
    fn begin<const N: usize>(
        &mut self,
        read: [fn(Datum) -> f64; N],
        names: &[&str],
        score: impl FnOnce(&mut Self, [&mut [f64]; N]) -> Result<Vec<i32>, Error> + Copy,
    ) -> Result<(), Error> {
        for (at, name) in self.parameters(names) {
            match self.copy_parameter(at) {
                Some(parameter) => self.kept.parameters[at] = parameter,
                None => return Err(Error::null(name)),
            }
        }
        // SAFETY: the window is valid during the call.
        let rows = unsafe { raw::WinGetPartitionRowCount(self.window) };
        let rows = c_int::try_from(rows).map_err(|_| too_many(rows))? as usize;
        let columns = self.read_columns(read, rows);
        // SAFETY: `rows` figures of each column were written, and nobody else holds them.
        let results =
            score(self, columns.map(|column| unsafe { std::slice::from_raw_parts_mut(column, rows) }))?;
        // SAFETY: PostgreSQL gives that much memory or raises its own error; the results lie elsewhere. The columns were
        // allocated by PostgreSQL, and nobody holds them any more.
        unsafe {
            let place = self.allocate::<i32>(results.len());
            place.copy_from_nonoverlapping(results.as_ptr(), results.len());
            self.kept.results = place;
            columns.into_iter().for_each(|column| pg_sys::pfree(column.cast()));
        }
        Ok(())
    }

    /// Reads the figures of all rows, a column for each function of `read`.
    ///
    /// All figures of a row are read before the next row: going back to the first would be slow where the partition is
    /// on disk. What the arguments allocate goes after each row, as everywhere in PostgreSQL.
    fn read_columns<const N: usize>(&self, read: [fn(Datum) -> f64; N], rows: usize) -> [*mut f64; N] {
        let columns = read.map(|_| self.allocate::<f64>(rows));
        // SAFETY: the arguments are there in every row below `rows`, and so is room in the columns; the memory of the
        // arguments is a child of the current one, which is the current one again at the end; an error resets it.
        unsafe {
            let memory = pg_sys::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                c"pg_scoring arguments".as_ptr(),
                pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                pg_sys::ALLOCSET_SMALL_MAXSIZE as usize,
            );
            let before = pg_sys::MemoryContextSwitchTo(memory);
            for row in 0..rows {
                for (argument, (read, column)) in read.iter().zip(columns).enumerate() {
                    let value = self.argument_of(row, argument).map(read);
                    column.add(row).write(figure(value));
                }
                raw::MemoryContextReset(memory);
                if pg_sys::InterruptPending != 0 {
                    raw::ProcessInterrupts();
                }
            }
            pg_sys::MemoryContextSwitchTo(before);
            pg_sys::MemoryContextDelete(memory);
        }
        columns
    }

    /// Reads an argument of any row; none for NULL.
    #[inline]
    fn argument_of(&self, row: usize, argument: usize) -> Option<Datum> {
        let (mut isnull, mut isout) = (false, false);
        // SAFETY: the window is valid during the call, and has that argument and row.
        let datum = unsafe {
            raw::WinGetFuncArgInPartition(
                self.window,
                argument as c_int,
                row as c_int,
                SEEK_HEAD,
                false,
                &mut isnull,
                &mut isout,
            )
        };
        (!isnull && !isout).then_some(datum)
    }

    /// Lists the parameters that the called form of the function has, with their names.
    fn parameters<'n>(&self, names: &'n [&'n str]) -> impl Iterator<Item = (usize, &'n str)> + use<'n> {
        names.iter().copied().enumerate().take(self.call.arguments() - self.figures)
    }

    /// Reads a parameter, counted from 0; none where the called form of the function has it not.
    pub fn parameter(&self, at: usize) -> Option<Datum> {
        (self.figures + at < self.call.arguments()).then(|| self.kept.parameters[at].value)
    }

    /// Reads a parameter of the current row; none for NULL.
    fn current_parameter(&self, at: usize) -> Option<Datum> {
        let mut isnull = false;
        // SAFETY: the window is valid during the call, and has that argument.
        let datum =
            unsafe { raw::WinGetFuncArgCurrent(self.window, (self.figures + at) as c_int, &mut isnull) };
        (!isnull).then_some(datum)
    }

    /// Copies a parameter of the current row into the partition's memory; none for NULL.
    fn copy_parameter(&self, at: usize) -> Option<Parameter> {
        let value = self.current_parameter(at)?;
        let (mut length, mut by_value) = (0, false);
        // SAFETY: the argument has a type, since the parser resolved the call; the value is of it.
        unsafe {
            let argument = (self.figures + at) as c_int;
            let kind = pg_sys::get_fn_expr_argtype((*self.call.info()).flinfo, argument);
            pg_sys::get_typlenbyval(kind, &mut length, &mut by_value);
            let value = self.in_memory(|| raw::datumCopy(value, by_value, length.into()));
            Some(Parameter { value, length, by_value })
        }
    }

    /// Refuses parameters that differ from those of the first row; constants need no look.
    fn check_parameters(&self, names: &[&str]) -> Result<(), Error> {
        for (at, name) in self.parameters(names) {
            let argument = (self.figures + at) as c_int;
            // SAFETY: `flinfo` is valid during the call.
            if unsafe { pg_sys::get_fn_expr_arg_stable((*self.call.info()).flinfo, argument) } {
                continue;
            }
            match self.current_parameter(at) {
                None => return Err(Error::null(name)),
                Some(value) if self.kept.parameters[at].is(value) => {}
                Some(_) => {
                    return Err(Error::invalid(format!("{name} may not vary within a partition"))
                        .hint("Give a constant, or PARTITION BY what it depends on."));
                }
            }
        }
        Ok(())
    }

    /// Keeps the labels of the results.
    pub fn set_labels(&mut self, labels: &[Datum]) {
        let place = self.allocate::<Datum>(labels.len());
        // SAFETY: there is room for all of them, and they lie elsewhere.
        unsafe { place.copy_from_nonoverlapping(labels.as_ptr(), labels.len()) };
        self.kept.labels = place;
    }

    /// Runs something that allocates in the partition's memory.
    pub fn in_memory<T>(&self, make: impl FnOnce() -> T) -> T {
        // SAFETY: the memory lives longer than this call; after an error PostgreSQL chooses the current one anew.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo(self.memory());
            let made = make();
            pg_sys::MemoryContextSwitchTo(before);
            made
        }
    }

    /// Gives room for so many plain values in the partition's memory.
    fn allocate<T: Copy>(&self, count: usize) -> *mut T {
        // SAFETY: PostgreSQL gives that much memory, aligned for any of the types here, or raises its own error.
        unsafe { pg_sys::MemoryContextAllocHuge(self.memory(), count.max(1) * size_of::<T>()).cast() }
    }

    /// Gives the memory that lives as long as the partition.
    fn memory(&self) -> MemoryContext {
        // SAFETY: `kept` was allocated there.
        unsafe { pg_sys::GetMemoryChunkContext((&raw const *self.kept).cast_mut().cast()) }
    }
}

impl Parameter {
    /// Tells whether a value of the same type is the same, bit for bit.
    fn is(&self, value: Datum) -> bool {
        // SAFETY: both are values of the type whose length and passing are kept here.
        unsafe { raw::datum_image_eq(self.value, value, self.by_value, self.length.into()) }
    }
}

/// Says that a partition has more rows than positions.
fn too_many(rows: i64) -> Error {
    Error::new(Fault::LimitExceeded, "too many rows in one partition")
        .detail(format!("There are {rows}; {} is the most.", c_int::MAX))
        .hint("PARTITION BY something.")
}

/// Reads an instant as microseconds since 2000; infinite ones are infinite figures.
pub fn instant(datum: Datum) -> f64 {
    match datum.value() as i64 {
        i64::MIN => f64::NEG_INFINITY,
        i64::MAX => f64::INFINITY,
        microseconds => microseconds as f64,
    }
}

/// Reads a float8.
pub fn number(datum: Datum) -> f64 {
    float(datum)
}

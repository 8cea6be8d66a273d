//! Window functions that look at a whole partition once, at its first row.
//!
//! pgrx does not bind PostgreSQL's window API, nor the handling of datums of any type; this module declares what it
//! needs of them and makes it safe.

use super::call::{Answer, Call, float};
use crate::error::{Error, Fault};
use crate::score::{figure, room_for};
use pgrx::PgMemoryContexts;
use pgrx::pg_sys::submodules::ffi::pg_guard_ffi_boundary;
use pgrx::pg_sys::{self, Datum};
use std::ffi::{c_int, c_void};

/// PostgreSQL's WindowObject (windowapi.h), opaque.
type WindowObject = *mut c_void;

/// WINDOW_SEEK_HEAD of windowapi.h: positions count from the first row of the partition.
const SEEK_HEAD: c_int = 1;

#[allow(non_snake_case)]
unsafe extern "C-unwind" {
    fn WinGetPartitionLocalMemory(window: WindowObject, size: usize) -> *mut c_void;
    fn WinGetCurrentPosition(window: WindowObject) -> i64;
    fn WinGetPartitionRowCount(window: WindowObject) -> i64;
    fn WinGetFuncArgCurrent(window: WindowObject, argument: c_int, isnull: *mut bool) -> Datum;
    fn WinGetFuncArgInPartition(
        window: WindowObject,
        argument: c_int,
        position: c_int,
        seek: c_int,
        set_mark: bool,
        isnull: *mut bool,
        isout: *mut bool,
    ) -> Datum;

    fn datumCopy(value: Datum, by_value: bool, length: c_int) -> Datum;
    fn datum_image_eq(one: Datum, other: Datum, by_value: bool, length: c_int) -> bool;
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
    rows: usize,
}

/// Gives the row's result; at the first row of a partition, `score` finds those of all its rows.
///
/// The first arguments are `figures` columns; the others are parameters, called `names`, which may be neither NULL nor
/// vary.
pub fn over_partition(
    call: &Call,
    figures: usize,
    names: &[&str],
    score: impl FnOnce(&mut Partition) -> Result<Vec<i32>, Error>,
) -> Result<Option<Row>, Error> {
    // SAFETY: PostgreSQL passes a WindowObject to a function declared WINDOW; what it keeps for the partition is
    // ours, zeroed at first, which is a valid `Kept`.
    let (window, kept, position) = unsafe {
        let window = (*call.info()).context.cast::<c_void>();
        pg_guard_ffi_boundary(|| {
            let kept = WinGetPartitionLocalMemory(window, size_of::<Kept>()).cast::<Kept>();
            (window, &mut *kept, WinGetCurrentPosition(window))
        })
    };
    let mut partition = Partition { window, call, kept, figures, rows: 0 };
    match partition.kept.results.is_null() {
        true => partition.begin(names, score)?,
        false => partition.check_parameters(names)?,
    }
    // SAFETY: there is a result for each row of the partition, and the position is one of them.
    let result = unsafe { *partition.kept.results.add(position as usize) };
    Ok((result != NONE).then_some(Row { result, labels: partition.kept.labels }))
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
    fn begin(
        &mut self,
        names: &[&str],
        score: impl FnOnce(&mut Self) -> Result<Vec<i32>, Error>,
    ) -> Result<(), Error> {
        // SAFETY: the window is valid during the call; counting reads the rows, so it may raise any error.
        let rows = unsafe { pg_guard_ffi_boundary(|| WinGetPartitionRowCount(self.window)) };
        self.rows = c_int::try_from(rows).map_err(|_| too_many(rows))? as usize;
        for (at, name) in names.iter().enumerate().take(self.call.arguments() - self.figures) {
            self.kept.parameters[at] = self.keep_parameter(self.figures + at, name)?;
        }
        let results = score(self)?;
        // SAFETY: PostgreSQL gives that much memory or raises its own error; the results lie elsewhere.
        unsafe {
            let size = results.len().max(1) * size_of::<i32>();
            let place = pg_sys::MemoryContextAllocHuge(self.memory(), size).cast::<i32>();
            place.copy_from_nonoverlapping(results.as_ptr(), results.len());
            self.kept.results = place;
        }
        Ok(())
    }

    /// Gives the memory that lives as long as the partition.
    pub fn memory(&self) -> pg_sys::MemoryContext {
        // SAFETY: `kept` was allocated there.
        unsafe { pg_sys::GetMemoryChunkContext((&raw const *self.kept).cast_mut().cast()) }
    }

    /// Reads columns of float8 from the first argument on: one for each figure that `read` is given for.
    ///
    /// All columns of a row are read before the next row: going back to the first would be slow where the partition
    /// is on disk.
    pub fn columns<const N: usize>(&self, read: [fn(Datum) -> f64; N]) -> Result<[Vec<f64>; N], Error> {
        let mut columns: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
        for column in &mut columns {
            *column = room_for(self.rows)?;
            column.resize(self.rows, f64::NAN);
        }
        let starts: [*mut f64; N] = std::array::from_fn(|at| columns[at].as_mut_ptr());
        let mut row = 0;
        while row < self.rows {
            let until = self.rows.min(row + ROWS_BETWEEN_CHECKS);
            // SAFETY: the arguments are there in every row below `rows`, and so is room in the columns; nothing in the
            // closure needs dropping when an argument raises an error.
            unsafe {
                pg_guard_ffi_boundary(|| {
                    for row in row..until {
                        for at in 0..N {
                            let (mut isnull, mut isout) = (false, false);
                            let (argument, position) = (at as c_int, row as c_int);
                            let datum = WinGetFuncArgInPartition(
                                self.window,
                                argument,
                                position,
                                SEEK_HEAD,
                                false,
                                &mut isnull,
                                &mut isout,
                            );
                            let value = (!isnull && !isout).then(|| read[at](datum));
                            starts[at].add(row).write(figure(value));
                        }
                    }
                })
            };
            pgrx::check_for_interrupts!();
            row = until;
        }
        Ok(columns)
    }

    /// Reads a parameter, counted from 0; none where the form of the function has it not.
    pub fn parameter(&self, at: usize) -> Option<Datum> {
        (self.figures + at < self.call.arguments()).then(|| self.kept.parameters[at].value)
    }

    /// Keeps the labels of the results.
    pub fn set_labels(&mut self, labels: &[Datum]) {
        // SAFETY: PostgreSQL gives that much memory or raises its own error; the labels lie elsewhere.
        unsafe {
            let place = pg_sys::MemoryContextAlloc(self.memory(), size_of_val(labels).max(1)).cast::<Datum>();
            place.copy_from_nonoverlapping(labels.as_ptr(), labels.len());
            self.kept.labels = place;
        }
    }

    /// Runs something that allocates in the partition's memory.
    pub fn in_memory<T>(&self, make: impl FnOnce() -> T) -> T {
        // SAFETY: the memory lives longer than this call; an error resets the current one by itself.
        unsafe { PgMemoryContexts::For(self.memory()).switch_to(|_| make()) }
    }

    /// Reads an argument of the current row.
    fn current(&self, argument: usize, name: &str) -> Result<Datum, Error> {
        let mut isnull = false;
        // SAFETY: the window is valid during the call, and has that argument.
        let datum = unsafe {
            pg_guard_ffi_boundary(|| WinGetFuncArgCurrent(self.window, argument as c_int, &mut isnull))
        };
        if isnull { Err(Error::null(name)) } else { Ok(datum) }
    }

    /// Copies a parameter of the first row into the partition's memory.
    fn keep_parameter(&self, argument: usize, name: &str) -> Result<Parameter, Error> {
        let value = self.current(argument, name)?;
        let (mut length, mut by_value) = (0, false);
        // SAFETY: the argument has a type, since the parser resolved the call; the value is of it.
        let value = unsafe {
            let kind = pg_sys::get_fn_expr_argtype((*self.call.info()).flinfo, argument as c_int);
            pg_sys::get_typlenbyval(kind, &mut length, &mut by_value);
            self.in_memory(|| pg_guard_ffi_boundary(|| datumCopy(value, by_value, length.into())))
        };
        Ok(Parameter { value, length, by_value })
    }

    /// Refuses parameters that differ from those of the first row; constants need no look.
    fn check_parameters(&self, names: &[&str]) -> Result<(), Error> {
        for (at, name) in names.iter().enumerate().take(self.call.arguments() - self.figures) {
            let argument = self.figures + at;
            // SAFETY: `flinfo` is valid during the call.
            let constant =
                unsafe { pg_sys::get_fn_expr_arg_stable((*self.call.info()).flinfo, argument as c_int) };
            if !constant && !self.kept.parameters[at].is(self.current(argument, name)?) {
                return Err(Error::invalid(format!("{name} may not vary within a partition"))
                    .hint("Give a constant, or PARTITION BY what it depends on."));
            }
        }
        Ok(())
    }
}

impl Parameter {
    /// Tells whether a value of the same type is the same, bit for bit.
    fn is(&self, value: Datum) -> bool {
        // SAFETY: both are values of the type whose length and passing are kept here.
        unsafe {
            pg_guard_ffi_boundary(|| datum_image_eq(self.value, value, self.by_value, self.length.into()))
        }
    }
}

/// How many rows are read before a look whether the query was cancelled.
const ROWS_BETWEEN_CHECKS: usize = 1 << 14;

/// Says that a partition has more rows than positions.
fn too_many(rows: i64) -> Error {
    Error::new(Fault::LimitExceeded, "too many rows in one partition")
        .detail(format!("There are {rows}; {} is the most.", c_int::MAX))
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

//! Window functions that look at a whole partition once, at its first row.

use super::call::{Call, float};
use super::partition::{Found, Kept, Place, find};
use crate::error::{Error, Fault};
use pgrx::pg_sys::{self, Datum, FunctionCallInfo, MemoryContext};

/// A window function: its first arguments are figures, the others parameters that may be neither NULL nor vary.
pub struct Window<const N: usize> {
    /// How each figure is read.
    pub read: [fn(Datum) -> f64; N],
    /// The names of the parameters.
    pub names: &'static [&'static str],
    /// Finds the results of all rows.
    pub score: Score<N>,
    /// Gives what a row's result is in SQL.
    pub answer: fn(&Kept, i32) -> Datum,
}

/// Finds the results of all rows of a partition, [`NONE`] at first, from the columns of its figures.
pub type Score<const N: usize> = fn(&mut Partition, [&mut [f64]; N], &mut [i32]) -> Result<(), Error>;

/// The result of a row that has none.
pub const NONE: i32 = i32::MIN;

/// The parameters of a partition, and where its labels go.
pub struct Partition<'a> {
    kept: &'a mut Kept,
    parameters: usize,
}

/// Runs a window function for PostgreSQL: reads, scores at the first row of a partition, and gives the row's result.
///
/// # Safety
/// `info` must be what PostgreSQL passed to a function declared WINDOW, with the argument and result types of `function`.
pub unsafe fn run<const N: usize>(info: FunctionCallInfo, function: &'static Window<N>) -> Datum {
    // SAFETY: the caller says so; there is a result for each row of the partition, and the row is one of them.
    unsafe {
        let place = match find(info, function) {
            Found::Scored(place) => place,
            found => Call::guard(info, |call| score(call, function, found)),
        };
        let result = *(*place.kept).results.add(place.row);
        (*info).isnull = result == NONE;
        if result == NONE { Datum::null() } else { (function.answer)(&*place.kept, result) }
    }
}

/// Scores the partition that was read.
fn score<const N: usize>(call: &Call, function: &Window<N>, found: Found<N>) -> Result<Place, Error> {
    let (place, rows, columns) = match found {
        Found::Scored(place) => return Ok(place),
        Found::Read(place, rows, columns) => (place, rows, columns),
        Found::Null(at) => return Err(Error::null(function.names[at])),
        Found::Varies(at) => {
            return Err(Error::invalid(format!("{} may not vary within a partition", function.names[at]))
                .hint("Give a constant, or PARTITION BY what it depends on."));
        }
        Found::TooMany(rows) => {
            return Err(Error::new(Fault::LimitExceeded, "too many rows in one partition")
                .detail(format!("There are {rows}; {} is the most.", i32::MAX))
                .hint("Score a part of the rows at a time, with PARTITION BY or WHERE."));
        }
    };
    // SAFETY: the place is that of this call, and nobody else holds what the partition keeps.
    let mut partition = Partition { kept: unsafe { &mut *place.kept }, parameters: call.arguments() - N };
    let results: *mut i32 = partition.allocate(rows);
    // SAFETY: `rows` figures of each column were written by the reader, and `rows` results are written here; nobody
    // else holds them.
    unsafe {
        (0..rows).for_each(|row| results.add(row).write(NONE));
        let figures = columns.map(|column| std::slice::from_raw_parts_mut(column, rows));
        (function.score)(&mut partition, figures, std::slice::from_raw_parts_mut(results, rows))?;
        columns.into_iter().for_each(|column| pg_sys::pfree(column.cast()));
    }
    partition.kept.results = results;
    Ok(place)
}

impl Partition<'_> {
    /// Reads a parameter, counted from 0; none where the called form of the function has it not.
    pub fn parameter(&self, at: usize) -> Option<Datum> {
        (at < self.parameters).then(|| self.kept.parameters[at].value)
    }

    /// Keeps the labels of the results.
    pub fn set_labels(&mut self, labels: &[Datum]) {
        let place: *mut Datum = self.allocate(labels.len());
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

/// Gives a result as it is.
pub fn as_number(_: &Kept, result: i32) -> Datum {
    Datum::from(result)
}

/// Gives the label whose place the result is.
pub fn as_label(kept: &Kept, result: i32) -> Datum {
    // SAFETY: `set_labels` was given more labels than any result.
    unsafe { *kept.labels.add(result as usize) }
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

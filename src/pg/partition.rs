//! Reads the partition of a window function: all figures of its rows, and the parameters of the call.
//!
//! pgrx does not bind PostgreSQL's window API, so this module declares what it needs of it. Those functions run the
//! user's own expressions, and an error of theirs must arrive as it was raised: pgrx's guard would rebuild it, without
//! its context and any SQLSTATE that pgrx does not know. So they are called without a guard, before the one of the
//! function itself, and their errors leave by longjmp over the frames of this module. Nothing in it may need dropping,
//! panic, or catch a panic: it holds plain values and memory that is PostgreSQL's, and what it finds is `Copy`.

use super::window::Window;
use crate::score::figure;
use pgrx::pg_sys::{self, Datum, FunctionCallInfo, MemoryContext, Oid};
use std::ffi::{c_char, c_int, c_void};

/// PostgreSQL's WindowObject (windowapi.h), opaque.
type WindowObject = *mut c_void;

/// WINDOW_SEEK_HEAD of windowapi.h: positions count from the first row of the partition.
const SEEK_HEAD: c_int = 1;

/// PostgreSQL's functions without pgrx's guard.
#[allow(non_snake_case, reason = "the names are PostgreSQL's")]
mod raw {
    use super::*;

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
        pub fn get_fn_expr_arg_stable(function: *mut pg_sys::FmgrInfo, argument: c_int) -> bool;
        pub fn get_fn_expr_argtype(function: *mut pg_sys::FmgrInfo, argument: c_int) -> Oid;
        pub fn get_typlenbyval(kind: Oid, length: *mut i16, by_value: *mut bool);

        pub fn AllocSetContextCreateInternal(
            parent: MemoryContext,
            name: *const c_char,
            least: usize,
            first: usize,
            most: usize,
        ) -> MemoryContext;
        pub fn MemoryContextAllocHuge(memory: MemoryContext, size: usize) -> *mut c_void;
        pub fn MemoryContextDelete(memory: MemoryContext);
        pub fn MemoryContextReset(memory: MemoryContext);
        pub fn ProcessInterrupts();
    }
}

/// The most parameters of a window function.
const MOST_PARAMETERS: usize = 3;

/// What a partition keeps from its first row on: zeroed by PostgreSQL, never dropped, so plain data only.
#[repr(C)]
pub struct Kept {
    pub results: *mut i32,
    pub parameters: [Parameter; MOST_PARAMETERS],
    pub labels: *mut Datum,
}

/// A parameter as the first row had it, and how its type is passed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Parameter {
    pub value: Datum,
    length: i16,
    by_value: bool,
}

/// A row of a partition.
#[derive(Clone, Copy)]
pub struct Place {
    pub kept: *mut Kept,
    pub row: usize,
}

/// What there is to do for a row.
#[derive(Clone, Copy)]
pub enum Found<const N: usize> {
    /// The partition has its results.
    Scored(Place),
    /// It is the first row: the figures of so many rows, column by column.
    Read(Place, usize, [*mut f64; N]),
    /// This parameter is NULL.
    Null(usize),
    /// This parameter is not what it was in the first row.
    Varies(usize),
    /// The partition has more rows than positions.
    TooMany(i64),
}

/// The call of a window function.
#[derive(Clone, Copy)]
struct Reader {
    info: FunctionCallInfo,
    window: WindowObject,
    kept: *mut Kept,
}

/// Looks at the row for which PostgreSQL calls a window function, and reads its partition at the first one.
///
/// # Safety
/// `info` must be what PostgreSQL passed to a function declared WINDOW, with N figures before its parameters.
pub unsafe fn find<const N: usize>(info: FunctionCallInfo, function: &Window<N>) -> Found<N> {
    // SAFETY: PostgreSQL passes a WindowObject; what it keeps for the partition is ours, zeroed at first, which is a
    // valid `Kept`.
    unsafe {
        let window = (*info).context.cast();
        let kept = raw::WinGetPartitionLocalMemory(window, size_of::<Kept>()).cast::<Kept>();
        let place = Place { kept, row: raw::WinGetCurrentPosition(window) as usize };
        let reader = Reader { info, window, kept };
        let parameters = (*info).nargs as usize - N;
        match (*kept).results.is_null() {
            true => reader.read_all(function, parameters, place),
            false => reader.compare_parameters(N, parameters).unwrap_or(Found::Scored(place)),
        }
    }
}

impl Reader {
    /// Keeps the parameters and reads the figures of all rows.
    unsafe fn read_all<const N: usize>(
        self,
        function: &Window<N>,
        parameters: usize,
        place: Place,
    ) -> Found<N> {
        // SAFETY: as in `find`; there are as many parameters as arguments after the figures.
        unsafe {
            for at in 0..parameters {
                match self.copy_parameter(N + at) {
                    Some(parameter) => (*self.kept).parameters[at] = parameter,
                    None => return Found::Null(at),
                }
            }
            let rows = raw::WinGetPartitionRowCount(self.window);
            match c_int::try_from(rows) {
                Ok(rows) => Found::Read(place, rows as usize, self.read_columns(function.read, rows)),
                Err(_) => Found::TooMany(rows),
            }
        }
    }

    /// Reads the figures of all rows, a column for each function of `read`.
    ///
    /// All figures of a row are read before the next row: going back to the first would be slow where the partition is
    /// on disk. What the arguments allocate goes after each row, as everywhere in PostgreSQL.
    unsafe fn read_columns<const N: usize>(self, read: [fn(Datum) -> f64; N], rows: c_int) -> [*mut f64; N] {
        // SAFETY: the arguments are there in every row below `rows`, and so is room in the columns; the memory of the
        // arguments is a child of the current one, which is the current one again at the end; an error resets it.
        unsafe {
            let size = (rows as usize).max(1) * size_of::<f64>();
            let columns = read.map(|_| raw::MemoryContextAllocHuge(self.memory(), size).cast::<f64>());
            let memory = raw::AllocSetContextCreateInternal(
                pg_sys::CurrentMemoryContext,
                c"pg_scoring arguments".as_ptr(),
                pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                pg_sys::ALLOCSET_SMALL_MAXSIZE as usize,
            );
            let before = pg_sys::MemoryContextSwitchTo(memory);
            for row in 0..rows {
                for (argument, (read, column)) in read.iter().zip(columns).enumerate() {
                    let value = self.argument_of(row, argument as c_int).map(read);
                    column.add(row as usize).write(figure(value));
                }
                raw::MemoryContextReset(memory);
                if pg_sys::InterruptPending != 0 {
                    raw::ProcessInterrupts();
                }
            }
            pg_sys::MemoryContextSwitchTo(before);
            raw::MemoryContextDelete(memory);
            columns
        }
    }

    /// Reads an argument of any row; none for NULL.
    #[inline]
    unsafe fn argument_of(self, row: c_int, argument: c_int) -> Option<Datum> {
        let (mut isnull, mut isout) = (false, false);
        // SAFETY: as in `find`; the argument and the row are there.
        let datum = unsafe {
            raw::WinGetFuncArgInPartition(
                self.window,
                argument,
                row,
                SEEK_HEAD,
                false,
                &mut isnull,
                &mut isout,
            )
        };
        (!isnull && !isout).then_some(datum)
    }

    /// Reads an argument of the current row; none for NULL.
    unsafe fn current(self, argument: usize) -> Option<Datum> {
        let mut isnull = false;
        // SAFETY: as in `find`; the argument is there.
        let datum = unsafe { raw::WinGetFuncArgCurrent(self.window, argument as c_int, &mut isnull) };
        (!isnull).then_some(datum)
    }

    /// Copies an argument of the current row into the partition's memory; none for NULL.
    unsafe fn copy_parameter(self, argument: usize) -> Option<Parameter> {
        let (mut length, mut by_value) = (0, false);
        // SAFETY: as in `find`; the argument has a type, since the parser resolved the call, and the value is of it.
        unsafe {
            let value = self.current(argument)?;
            let kind = raw::get_fn_expr_argtype((*self.info).flinfo, argument as c_int);
            raw::get_typlenbyval(kind, &mut length, &mut by_value);
            let before = pg_sys::MemoryContextSwitchTo(self.memory());
            let value = raw::datumCopy(value, by_value, length.into());
            pg_sys::MemoryContextSwitchTo(before);
            Some(Parameter { value, length, by_value })
        }
    }

    /// Finds a parameter that differs from that of the first row; constants need no look.
    unsafe fn compare_parameters<const N: usize>(
        self,
        figures: usize,
        parameters: usize,
    ) -> Option<Found<N>> {
        for at in 0..parameters {
            let argument = figures + at;
            // SAFETY: as in `find`; both values are of the parameter's type.
            unsafe {
                if raw::get_fn_expr_arg_stable((*self.info).flinfo, argument as c_int) {
                    continue;
                }
                let Parameter { value, length, by_value } = (*self.kept).parameters[at];
                match self.current(argument) {
                    None => return Some(Found::Null(at)),
                    Some(current) if raw::datum_image_eq(value, current, by_value, length.into()) => {}
                    Some(_) => return Some(Found::Varies(at)),
                }
            }
        }
        None
    }

    /// Gives the memory that lives as long as the partition.
    unsafe fn memory(self) -> MemoryContext {
        // SAFETY: `kept` was allocated there.
        unsafe { pg_sys::GetMemoryChunkContext(self.kept.cast()) }
    }
}

//! One call from SQL: its arguments in, its result or error out.

use super::raise::Raised;
use super::text::from_server;
use crate::error::{Error, Fault};
use pgrx::pg_sys::submodules::panic::pgrx_extern_c_guard;
use pgrx::pg_sys::{self, Datum, FunctionCallInfo};
use pgrx::{FromDatum, IntoDatum, PgMemoryContexts};
use std::ffi::{c_char, c_int};

/// What a function gives back: a datum, none for NULL, or an error to raise.
pub type Answer = Result<Option<Datum>, Error>;

/// The call that PostgreSQL is making; lives no longer than it.
pub struct Call {
    info: FunctionCallInfo,
}

impl Call {
    /// Runs a function for PostgreSQL and hands over what it gives back.
    ///
    /// # Safety
    /// `info` must be what PostgreSQL passed to a version-1 function, and the function declared in SQL with the
    /// argument and result types that `function` reads and gives.
    pub unsafe fn run(info: FunctionCallInfo, function: fn(&Call) -> Answer) -> Datum {
        // SAFETY: the caller says so; `info` is valid for the whole call.
        unsafe {
            let answer = Self::guard(info, function);
            (*info).isnull = answer.is_none();
            answer.unwrap_or(Datum::null())
        }
    }

    /// Does some work of Rust's for PostgreSQL, and raises what comes of it: an error of ours, or a panic.
    ///
    /// # Safety
    /// `info` must be what PostgreSQL passed to a version-1 function, whose frames hold nothing to drop.
    pub unsafe fn guard<T: Copy>(info: FunctionCallInfo, work: impl FnOnce(&Call) -> Result<T, Error>) -> T {
        // SAFETY: the guard turns Rust's panics into PostgreSQL's errors. When it has ended, nothing of Rust's is left to
        // drop between here and PostgreSQL.
        unsafe {
            match pgrx_extern_c_guard(|| work(&Call { info }).map_err(Raised::from)) {
                Ok(done) => done,
                Err(error) => error.raise(),
            }
        }
    }

    /// Gives what PostgreSQL passed.
    pub fn info(&self) -> FunctionCallInfo {
        self.info
    }

    /// Counts the arguments.
    pub fn arguments(&self) -> usize {
        // SAFETY: `info` is valid for the whole call.
        unsafe { (*self.info).nargs as usize }
    }

    /// Reads an argument; none for NULL.
    #[inline]
    pub fn argument(&self, at: usize) -> Option<Datum> {
        debug_assert!(at < self.arguments());
        // SAFETY: PostgreSQL passes as many arguments as the SQL declaration has.
        let argument = unsafe { (*self.info).args.as_slice(at + 1)[at] };
        (!argument.isnull).then_some(argument.value)
    }

    /// Reads an argument of a type that pgrx knows; none for NULL.
    pub fn read<T: FromDatum>(&self, at: usize) -> Option<T> {
        // SAFETY: the SQL declaration has that type there.
        self.argument(at).and_then(|datum| unsafe { T::from_datum(datum, false) })
    }

    /// Reads a text; none for NULL.
    pub fn text(&self, at: usize) -> Option<String> {
        self.argument(at).map(text)
    }

    /// Reads an argument that may not be NULL.
    pub fn need<T: FromDatum>(&self, at: usize, name: &str) -> Result<T, Error> {
        self.read(at).ok_or_else(|| Error::null(name))
    }

    /// Reads a float8; none for NULL.
    #[inline]
    pub fn float(&self, at: usize) -> Option<f64> {
        self.argument(at).map(float)
    }

    /// Reads a timestamptz, in microseconds since 2000; none for NULL.
    #[inline]
    pub fn moment(&self, at: usize) -> Option<i64> {
        self.argument(at).map(|datum| datum.value() as i64)
    }

    /// Gives the aggregate's state in an argument of type internal; none for NULL.
    ///
    /// # Safety
    /// The state must have been made by [`super::memory::keep`] with the same type.
    #[allow(clippy::mut_from_ref, reason = "the state belongs to the one call that PostgreSQL is making")]
    pub unsafe fn state<State>(&self, at: usize) -> Option<&mut State> {
        // SAFETY: the caller says that it is one.
        self.argument(at).and_then(|datum| unsafe { datum.cast_mut_ptr::<State>().as_mut() })
    }

    /// Gives the memory that lives as long as the aggregate's group.
    pub fn group_memory(&self) -> Result<pg_sys::MemoryContext, Error> {
        let mut memory = std::ptr::null_mut();
        // SAFETY: `info` is valid; the function only reads it.
        match unsafe { pg_sys::AggCheckCallContext(self.info, &mut memory) } {
            0 => Err(Error::new(Fault::NotSupported, "aggregate support function called by hand")
                .hint("Call the aggregate itself.")),
            _ => Ok(memory),
        }
    }

    /// Gives what `make` makes of `source`, kept from call to call as long as the source stays the same bytes.
    ///
    /// So a document is compiled once a query, and not once a row.
    pub fn compiled<T>(&self, source: &[u8], make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
        // SAFETY: `flinfo` is valid during the call and its `fn_extra` is this function's own; what it points to lives
        // as long as the memory context that goes with it, and is dropped with that.
        unsafe {
            let function = (*self.info).flinfo;
            let kept = (*function).fn_extra.cast::<Compiled<T>>();
            if kept.is_null() {
                let made = Compiled { source: source.to_vec(), made: make()? };
                let mut memory = PgMemoryContexts::For((*function).fn_mcxt);
                (*function).fn_extra = memory.leak_and_drop_on_delete(made).cast();
            } else if (*kept).source != source {
                *kept = Compiled { source: source.to_vec(), made: make()? };
            }
            Ok(&(*(*function).fn_extra.cast::<Compiled<T>>()).made)
        }
    }

    /// Gives back a row of the composite type that the SQL declaration returns.
    pub fn row<const N: usize>(&self, columns: [Option<Datum>; N]) -> Answer {
        let mut values = columns.map(|column| column.unwrap_or(Datum::null()));
        let mut nulls = columns.map(|column| column.is_none());
        // SAFETY: `flinfo` is valid during the call and its `fn_extra` is this function's own; the description of the
        // row is made once, in the memory that goes with it, and has N columns by the SQL declaration.
        unsafe {
            let function = (*self.info).flinfo;
            if (*function).fn_extra.is_null() {
                let mut described = std::ptr::null_mut();
                let before = pg_sys::MemoryContextSwitchTo((*function).fn_mcxt);
                pg_sys::get_call_result_type(self.info, std::ptr::null_mut(), &mut described);
                (*function).fn_extra = pg_sys::BlessTupleDesc(described).cast();
                pg_sys::MemoryContextSwitchTo(before);
            }
            let described = (*function).fn_extra.cast::<pg_sys::TupleDescData>();
            let row = pg_sys::heap_form_tuple(described, values.as_mut_ptr(), nulls.as_mut_ptr());
            Ok(Some(pg_sys::HeapTupleHeaderGetDatum((*row).t_data)))
        }
    }

    /// Gives back an array of rows of the composite type whose array the SQL declaration returns.
    pub fn rows<const N: usize>(&self, rows: impl Iterator<Item = [Option<Datum>; N]>) -> Answer {
        // SAFETY: `flinfo` is valid during the call; the declaration returns an array of a composite type of N columns,
        // and what is made of each row has that type.
        unsafe {
            let element = pg_sys::get_element_type(pg_sys::get_func_rettype((*(*self.info).flinfo).fn_oid));
            let described = pg_sys::lookup_rowtype_tupdesc_copy(element, -1);
            debug_assert_eq!((*described).natts as usize, N);
            let mut rows: Vec<Datum> = rows
                .map(|columns| {
                    let mut values = columns.map(|column| column.unwrap_or(Datum::null()));
                    let mut nulls = columns.map(|column| column.is_none());
                    let row = pg_sys::heap_form_tuple(described, values.as_mut_ptr(), nulls.as_mut_ptr());
                    pg_sys::heap_copy_tuple_as_datum(row, described)
                })
                .collect();
            let count = rows.len() as c_int;
            let align = pg_sys::TYPALIGN_DOUBLE as c_char;
            let array = pg_sys::construct_array(rows.as_mut_ptr(), count, element, -1, false, align);
            Ok(Some(array.into()))
        }
    }

    /// Gives the memory of a state that the next combination copies from.
    pub fn scratch_memory(&self) -> Result<pg_sys::MemoryContext, Error> {
        self.group_memory()?;
        // SAFETY: there is always a current memory context.
        Ok(unsafe { pg_sys::CurrentMemoryContext })
    }
}

/// What was made of a document, and the document.
struct Compiled<T> {
    source: Vec<u8>,
    made: T,
}

/// Reads a float8.
#[inline]
pub fn float(datum: Datum) -> f64 {
    f64::from_bits(datum.value() as u64)
}

/// Reads a text.
pub fn text(datum: Datum) -> String {
    // SAFETY: the SQL declaration says text, which is a varlena of its bytes, as bytea is.
    from_server(unsafe { <&[u8]>::from_datum(datum, false) }.unwrap_or_default())
}

/// Tells whether a timestamptz is neither infinity.
#[inline]
pub fn is_finite(moment: i64) -> bool {
    moment != i64::MIN && moment != i64::MAX
}

/// Gives back a value of a type that pgrx knows.
pub fn answer<T: IntoDatum>(value: T) -> Answer {
    Ok(value.into_datum())
}

/// Gives back an aggregate's state.
pub fn answer_state<State>(state: &mut State) -> Answer {
    Ok(Some(Datum::from(state as *mut State)))
}

/// Makes functions callable from SQL: `name` in Rust is the symbol `scoring_name`, that `sql/` declares.
macro_rules! sql_functions {
    ($($name:ident),* $(,)?) => { $(
        $crate::pg::call::sql_symbol! { $name, |info| $crate::pg::call::Call::run(info, $name) }
    )* };
}

/// Makes window functions callable from SQL: `name` is the symbol of what `Window` describes it.
macro_rules! sql_windows {
    ($($name:ident: $window:expr),* $(,)?) => { $(
        $crate::pg::call::sql_symbol! { $name, |info| $crate::pg::window::run(info, &$window) }
    )* };
}

/// Makes the symbol `scoring_name` for PostgreSQL.
macro_rules! sql_symbol {
    ($name:ident, |$info:ident| $run:expr) => {
        const _: () = {
            #[unsafe(export_name = concat!("pg_finfo_scoring_", stringify!($name)))]
            extern "C" fn version() -> &'static pgrx::pg_sys::Pg_finfo_record {
                &pgrx::pg_sys::Pg_finfo_record { api_version: 1 }
            }

            #[unsafe(export_name = concat!("scoring_", stringify!($name)))]
            unsafe extern "C-unwind" fn entry($info: pgrx::pg_sys::FunctionCallInfo) -> pgrx::pg_sys::Datum {
                // SAFETY: PostgreSQL calls this symbol only as sql/ declares it.
                unsafe { $run }
            }
        };
    };
}
pub(crate) use {sql_functions, sql_symbol, sql_windows};

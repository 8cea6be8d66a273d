//! The one error of the project.
//!
//! Every function that can refuse its input returns this type, whether it is maths or glue, so that a fault has its
//! SQLSTATE chosen where it is found, by whoever knows what is wrong, and is raised in one place: [`Prepared::raise`].

use crate::pg::text::to_server;
use pgrx::pg_sys::{self, ErrorData};
use pgrx::{PgLogLevel, PgSqlErrorCode};
use std::fmt;

/// What kind of fault it is; each kind is one SQLSTATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 22023: an argument outside what it may be.
    InvalidValue,
    /// 22004: NULL where a value is needed.
    NullValue,
    /// 22003: a number too large for its type.
    NumberOutOfRange,
    /// 22008: a moment that is not on the calendar.
    MomentOutOfRange,
    /// 2201G: cuts that do not ascend, or are not all numbers.
    CutsOutOfOrder,
    /// 2202E: an array of more than one dimension.
    ArrayShape,
    /// 22P03: the bytes of an aggregate's state are damaged.
    DamagedState,
    /// 53200: no memory for the rows.
    OutOfMemory,
    /// 0A000: a function that only an aggregate may call.
    NotSupported,
    /// 54000: more rows, classes or bytes than one call can hold.
    LimitExceeded,
}

/// A refusal: what is wrong, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    fault: Fault,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
}

impl Error {
    /// Makes an error whose message names the object and the value, in lower case, without a full stop.
    pub fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self { fault, message: message.into(), detail: None, hint: None }
    }

    /// Says that an argument is outside what it may be (22023).
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Fault::InvalidValue, message)
    }

    /// Says that the argument called `name` may not be NULL (22004).
    pub fn null(name: &str) -> Self {
        Self::new(Fault::NullValue, format!("{name} must not be NULL"))
            .hint("Give a value; a parameter that is left out takes its default, where it has one.")
    }

    /// Points at the culprit, in a sentence.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says what would work, in a sentence.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Tells the kind of fault.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// Writes the error down in PostgreSQL's memory, so that nothing of Rust's is left to drop when it is raised.
    pub fn prepare(self) -> Prepared {
        let optional = |text: Option<String>| text.map_or(std::ptr::null_mut(), |text| to_server(&text));
        // SAFETY: PostgreSQL gives zeroed memory of that size, which is a valid ErrorData, or raises its own error.
        unsafe {
            let data = pg_sys::palloc0(size_of::<ErrorData>()).cast::<ErrorData>();
            (*data).elevel = PgLogLevel::ERROR as i32;
            (*data).sqlerrcode = self.fault.sqlstate() as i32;
            (*data).message = to_server(&self.message);
            (*data).detail = optional(self.detail);
            (*data).hint = optional(self.hint);
            (*data).assoc_context = pg_sys::CurrentMemoryContext;
            Prepared { data }
        }
    }
}

/// An error that is ready to be raised.
#[derive(Clone, Copy)]
pub struct Prepared {
    data: *mut ErrorData,
}

impl Prepared {
    /// Raises the error in PostgreSQL; the only place that does.
    ///
    /// # Safety
    /// PostgreSQL leaves by longjmp: no Rust frame between here and its own code may hold anything to drop.
    pub unsafe fn raise(self) -> ! {
        unsafe extern "C-unwind" {
            fn ThrowErrorData(data: *mut ErrorData) -> !;
        }
        // SAFETY: the data are those of an ERROR, for which the function does not return.
        unsafe { ThrowErrorData(self.data) }
    }
}

impl Fault {
    /// Gives PostgreSQL's code of the fault.
    fn sqlstate(self) -> PgSqlErrorCode {
        match self {
            Fault::InvalidValue => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
            Fault::NullValue => PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED,
            Fault::NumberOutOfRange => PgSqlErrorCode::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
            Fault::MomentOutOfRange => PgSqlErrorCode::ERRCODE_DATETIME_FIELD_OVERFLOW,
            Fault::CutsOutOfOrder => PgSqlErrorCode::ERRCODE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
            Fault::ArrayShape => PgSqlErrorCode::ERRCODE_ARRAY_ELEMENT_ERROR,
            Fault::DamagedState => PgSqlErrorCode::ERRCODE_INVALID_BINARY_REPRESENTATION,
            Fault::OutOfMemory => PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
            Fault::NotSupported => PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
            Fault::LimitExceeded => PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

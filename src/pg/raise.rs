//! Raises errors in PostgreSQL; the only place that does.

use super::text::to_server;
use crate::error::{Error, Fault};
use pgrx::pg_sys::{self, ErrorData};
use pgrx::{PgLogLevel, PgSqlErrorCode};
use std::ffi::CStr;

/// An error written down in PostgreSQL's memory, so that nothing of Rust's is left to drop when it is raised.
#[derive(Clone, Copy)]
pub struct Raised {
    data: *mut ErrorData,
}

impl From<Error> for Raised {
    fn from(error: Error) -> Self {
        let optional = |text: Option<&str>| text.map_or(std::ptr::null_mut(), to_server);
        let (detail, hint) = error.sentences();
        // SAFETY: PostgreSQL gives zeroed memory of that size, which is a valid ErrorData, or raises its own error.
        unsafe {
            let data = pg_sys::palloc0(size_of::<ErrorData>()).cast::<ErrorData>();
            (*data).elevel = PgLogLevel::ERROR as i32;
            (*data).sqlerrcode = sqlstate(error.fault());
            (*data).message = to_server(&error.to_string());
            (*data).detail = optional(detail);
            (*data).hint = optional(hint);
            (*data).context = optional(error.context());
            (*data).assoc_context = pg_sys::CurrentMemoryContext;
            Self { data }
        }
    }
}

impl Raised {
    /// Raises the error.
    ///
    /// # Safety
    /// PostgreSQL leaves by longjmp: no Rust frame between here and its own code may hold anything to drop, or catch
    /// panics.
    pub unsafe fn raise(self) -> ! {
        unsafe extern "C-unwind" {
            // It must not be declared as one that never returns: it does where pgrx calls it with a warning.
            fn ThrowErrorData(data: *mut ErrorData);
        }
        // SAFETY: the data are those of an ERROR, for which the function does not return.
        unsafe {
            ThrowErrorData(self.data);
            std::hint::unreachable_unchecked()
        }
    }
}

/// Says an error to the client and the log, as a warning; nothing is raised.
pub fn warn(error: Error) {
    let Raised { data } = Raised::from(error);
    // SAFETY: the data are those of a message, for which the function returns when it is not an ERROR.
    unsafe {
        (*data).elevel = PgLogLevel::WARNING as i32;
        pg_sys::ThrowErrorData(data);
    }
}

/// Writes an error as a text to keep: the message with its SQLSTATE, then what goes with it.
pub fn written(error: &Error) -> String {
    // SAFETY: what the function gives ends with a zero, and is copied before it is called again.
    let code = unsafe { CStr::from_ptr(pg_sys::unpack_sql_state(sqlstate(error.fault()))) }.to_string_lossy();
    let (detail, hint) = error.sentences();
    let sentence =
        |name: &str, text: Option<&str>| text.map_or(String::new(), |text| format!("\n{name}:  {text}"));
    let context = sentence("CONTEXT", error.context());
    format!("{error} ({code}){}{}{context}", sentence("DETAIL", detail), sentence("HINT", hint))
}

/// Gives PostgreSQL's code of a fault.
pub fn sqlstate(fault: Fault) -> i32 {
    let code = match fault {
        Fault::Server(code) => return code,
        Fault::InvalidValue => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
        Fault::NullValue => PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED,
        Fault::NumberOutOfRange => PgSqlErrorCode::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
        Fault::MomentOutOfRange => PgSqlErrorCode::ERRCODE_DATETIME_FIELD_OVERFLOW,
        Fault::CutsOutOfOrder => PgSqlErrorCode::ERRCODE_INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION,
        Fault::ArrayShape => PgSqlErrorCode::ERRCODE_ARRAY_ELEMENT_ERROR,
        Fault::MalformedText => PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION,
        Fault::ForbiddenCharacter => PgSqlErrorCode::ERRCODE_UNTRANSLATABLE_CHARACTER,
        Fault::NameTooLong => PgSqlErrorCode::ERRCODE_NAME_TOO_LONG,
        Fault::BadName => PgSqlErrorCode::ERRCODE_INVALID_NAME,
        Fault::NullKey => PgSqlErrorCode::ERRCODE_NOT_NULL_VIOLATION,
        Fault::DamagedState => PgSqlErrorCode::ERRCODE_INVALID_BINARY_REPRESENTATION,
        Fault::OutOfMemory => PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY,
        Fault::NotSupported => PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
        Fault::LimitExceeded => PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
        Fault::NoTable => PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE,
        Fault::NoSchema => PgSqlErrorCode::ERRCODE_INVALID_SCHEMA_NAME,
        Fault::NoColumn => PgSqlErrorCode::ERRCODE_UNDEFINED_COLUMN,
        Fault::NoObject => PgSqlErrorCode::ERRCODE_UNDEFINED_OBJECT,
        Fault::ObjectExists => PgSqlErrorCode::ERRCODE_DUPLICATE_OBJECT,
        Fault::TableExists => PgSqlErrorCode::ERRCODE_DUPLICATE_TABLE,
        Fault::NotAllowed => PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
        Fault::WrongObject => PgSqlErrorCode::ERRCODE_WRONG_OBJECT_TYPE,
        Fault::WrongType => PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH,
        Fault::StillNeeded => PgSqlErrorCode::ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST,
        Fault::NotUnique => PgSqlErrorCode::ERRCODE_UNIQUE_VIOLATION,
        Fault::InUse => PgSqlErrorCode::ERRCODE_OBJECT_IN_USE,
        Fault::NotOurTrigger => PgSqlErrorCode::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
        Fault::WrongState => PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
    };
    code as i32
}

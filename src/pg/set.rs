//! The rows that a function returns as a set.

use super::call::Call;
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Datum, ReturnSetInfo};

/// The rows of a call, gathered where PostgreSQL reads them after it.
pub struct Rows {
    result: *mut ReturnSetInfo,
}

impl Rows {
    /// Begins the rows of a call; PostgreSQL refuses one that cannot take any.
    pub fn of(call: &Call) -> Self {
        // SAFETY: `info` is valid during the call, and so is what it says of its result.
        unsafe {
            pg_sys::InitMaterializedSRF(call.info(), 0);
            Self { result: (*call.info()).resultinfo.cast() }
        }
    }

    /// Adds a row, which has the columns of the SQL declaration.
    pub fn add<const N: usize>(&mut self, columns: [Option<Datum>; N]) {
        let mut values = columns.map(|column| column.unwrap_or(Datum::null()));
        let mut nulls = columns.map(|column| column.is_none());
        // SAFETY: InitMaterializedSRF made both; the declaration has N columns.
        unsafe {
            debug_assert_eq!((*(*self.result).setDesc).natts as usize, N);
            pg_sys::tuplestore_putvalues(
                (*self.result).setResult,
                (*self.result).setDesc,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
        }
    }
}

/// Gives a value of a type that pgrx knows; none for NULL.
pub fn value<T: IntoDatum>(value: Option<T>) -> Option<Datum> {
    value.and_then(IntoDatum::into_datum)
}

/// Gives a text.
pub fn text(text: Option<&str>) -> Option<Datum> {
    text.map(super::text::to_datum)
}

/// Gives a jsonb of its text.
pub fn jsonb(json: Option<&str>) -> Option<Datum> {
    json.and_then(|json| super::argument::Argument::jsonb(json).value)
}

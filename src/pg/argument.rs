//! The values that SQL is run with.

use super::text::{to_datum, to_server};
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Datum, Oid};
use std::ffi::{c_char, c_int};

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

/// Lists arguments as the executor takes them.
pub fn list(arguments: &[Argument]) -> pg_sys::ParamListInfo {
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

//! The scores' own measures, all in one jsonb: an array with an item for each of their columns.
//!
//! Numbers are numbers, and moments are microseconds or days since 2000-01-01, so that no setting of a session changes them.

use super::datum::{Form, whole};
use super::numeric::{numeric_of_text, of_whole};
use super::text::{from_server, to_datum, to_server};
use crate::model::column::Column;
use crate::model::nature::{ColumnType, Nature};
use crate::model::plan::Plan;
use crate::score::shown;
use pgrx::pg_sys::{self, Datum, JsonbIteratorToken, JsonbValue, Oid, jbvType};
use std::ffi::c_int;

/// The columns of the scores' own measures.
pub struct Own {
    columns: Vec<Column>,
    forms: Vec<Form>,
}

impl Own {
    /// Lists those of a model.
    pub fn of(plan: &Plan) -> Self {
        let columns = plan.own_columns();
        let form = |column: &Column| Form::of(column.kind.nature, type_of(&column.kind));
        Self { forms: columns.iter().map(form).collect(), columns }
    }

    /// Gives the columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Gives the forms of their values.
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// Reads the values of the columns; they point into the array, which must be a jsonb.
    pub fn decode(&self, stored: Datum) -> Vec<Option<Datum>> {
        let mut columns = self.columns.iter();
        let mut values = Vec::with_capacity(self.columns.len());
        // SAFETY: what is stored is a jsonb, and its iterator gives a value of it with each element.
        unsafe {
            let jsonb = pg_sys::pg_detoast_datum(stored.cast_mut_ptr()).cast::<pg_sys::Jsonb>();
            let mut rest = pg_sys::JsonbIteratorInit(&mut (*jsonb).root);
            let mut value = std::mem::zeroed::<JsonbValue>();
            loop {
                match pg_sys::JsonbIteratorNext(&mut rest, &mut value, true) {
                    JsonbIteratorToken::WJB_DONE => break,
                    JsonbIteratorToken::WJB_ELEM => {
                        let Some(column) = columns.next() else { break };
                        values.push(read(&value, &column.kind));
                    }
                    _ => {}
                }
            }
        }
        values.resize(self.columns.len(), None);
        values
    }

    /// Writes the values of the columns as an array.
    pub fn encode(&self, value: impl Fn(&Column) -> Option<Datum>) -> Datum {
        let mut state = std::ptr::null_mut();
        let nothing = std::ptr::null_mut();
        // SAFETY: the array is begun before its elements and ended after them; what the elements point to is copied.
        unsafe {
            pg_sys::pushJsonbValue(&mut state, JsonbIteratorToken::WJB_BEGIN_ARRAY, nothing);
            for (column, form) in self.columns.iter().zip(&self.forms) {
                let mut element = write(value(column), &column.kind, form);
                pg_sys::pushJsonbValue(&mut state, JsonbIteratorToken::WJB_ELEM, &mut element);
            }
            let array = pg_sys::pushJsonbValue(&mut state, JsonbIteratorToken::WJB_END_ARRAY, nothing);
            Datum::from(pg_sys::JsonbValueToJsonb(array))
        }
    }
}

/// Writes a value of a type as an element.
fn write(value: Option<Datum>, kind: &ColumnType, form: &Form) -> JsonbValue {
    // SAFETY: zeros are a null.
    let mut element = unsafe { std::mem::zeroed::<JsonbValue>() };
    element.type_ = jbvType::jbvNull;
    let Some(value) = value else { return element };
    let mut number = |numeric: Datum| {
        element.type_ = jbvType::jbvNumeric;
        element.val.numeric = numeric.cast_mut_ptr();
    };
    match kind.nature {
        Nature::Whole | Nature::Date => number(of_whole(whole(value, form.layout().length))),
        Nature::Timestamp | Nature::Moment => number(of_whole(value.value() as i64)),
        // SAFETY: the value is a numeric, which is made plain.
        Nature::Decimal if unsafe { is_finite(value) } => {
            // SAFETY: as above.
            number(Datum::from(unsafe { pg_sys::pg_detoast_datum(value.cast_mut_ptr()) }));
        }
        Nature::Truth => {
            element.type_ = jbvType::jbvBool;
            element.val.boolean = value.value() as u8 != 0;
        }
        Nature::Float | Nature::Decimal | Nature::Text | Nature::Other => {
            let text = match (kind.nature, &kind.sql[..]) {
                (Nature::Float, "real") => shown(f64::from(f32::from_bits(value.value() as u32))),
                (Nature::Float, _) => shown(f64::from_bits(value.value() as u64)),
                _ => form.text(value),
            };
            element.type_ = jbvType::jbvString;
            let bytes = to_server(&text);
            // SAFETY: the text ends with a zero.
            let len = unsafe { std::ffi::CStr::from_ptr(bytes) }.count_bytes() as c_int;
            element.val.string = pg_sys::JsonbValue__bindgen_ty_1__bindgen_ty_1 { len, val: bytes };
        }
    }
    element
}

/// Reads an element as a value of a type; none for null.
///
/// # Safety
/// The element must be one that was written for that type.
unsafe fn read(element: &JsonbValue, kind: &ColumnType) -> Option<Datum> {
    // SAFETY: the caller says so; which field of the union is there, the element's type says.
    unsafe {
        let text = || {
            let string = element.val.string;
            from_server(std::slice::from_raw_parts(string.val.cast(), string.len as usize))
        };
        Some(match (element.type_, kind.nature, &kind.sql[..]) {
            (jbvType::jbvBool, ..) => Datum::from(element.val.boolean),
            (jbvType::jbvNumeric, Nature::Decimal, _) => Datum::from(element.val.numeric),
            (jbvType::jbvNumeric, ..) => pgrx::direct_function_call_as_datum(
                pg_sys::numeric_int8,
                &[Some(Datum::from(element.val.numeric))],
            )?,
            (jbvType::jbvString, Nature::Float, "real") => {
                Datum::from(text().parse::<f32>().unwrap_or(f32::NAN).to_bits())
            }
            (jbvType::jbvString, Nature::Float, _) => {
                Datum::from(text().parse::<f64>().unwrap_or(f64::NAN).to_bits())
            }
            (jbvType::jbvString, Nature::Decimal, _) => numeric_of_text(&text()),
            (jbvType::jbvString, ..) => to_datum(&text()),
            _ => return None,
        })
    }
}

/// Tells whether a numeric is a number that JSON has.
///
/// # Safety
/// The value must be a numeric.
unsafe fn is_finite(value: Datum) -> bool {
    // SAFETY: the caller says so.
    unsafe {
        let plain = pg_sys::pg_detoast_datum(value.cast_mut_ptr()).cast::<pg_sys::NumericData>();
        !pg_sys::numeric_is_nan(plain) && !pg_sys::numeric_is_inf(plain)
    }
}

/// Gives the type that values of a column have.
fn type_of(kind: &ColumnType) -> Oid {
    match (kind.nature, &kind.sql[..]) {
        (Nature::Whole, "smallint") => pg_sys::INT2OID,
        (Nature::Whole, "integer") => pg_sys::INT4OID,
        (Nature::Whole, _) => pg_sys::INT8OID,
        (Nature::Decimal, _) => pg_sys::NUMERICOID,
        (Nature::Float, "real") => pg_sys::FLOAT4OID,
        (Nature::Float, _) => pg_sys::FLOAT8OID,
        (Nature::Date, _) => pg_sys::DATEOID,
        (Nature::Timestamp, _) => pg_sys::TIMESTAMPOID,
        (Nature::Moment, _) => pg_sys::TIMESTAMPTZOID,
        (Nature::Truth, _) => pg_sys::BOOLOID,
        (Nature::Text | Nature::Other, _) => pg_sys::TEXTOID,
    }
}

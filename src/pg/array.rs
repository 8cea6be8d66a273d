//! Reads arrays of float8 where they lie.

use crate::error::{Error, Fault};
use pgrx::pg_sys::{self, Datum};

/// Reads a one-dimensional float8[] without NULLs; `fault` is what a NULL in it is.
pub fn floats<'a>(array: Datum, name: &str, fault: Fault) -> Result<&'a [f64], Error> {
    // SAFETY: the SQL declaration says float8[]; detoasting gives a whole array that lives as long as the call; its
    // elements are eight bytes each, aligned, and start where ARR_DATA_PTR of array.h says.
    unsafe {
        let array = pg_sys::pg_detoast_datum(array.cast_mut_ptr()).cast::<pg_sys::ArrayType>();
        match (*array).ndim {
            0 => return Ok(&[]),
            1 => {}
            dimensions => return Err(too_many_dimensions(name, dimensions)),
        }
        if pg_sys::array_contains_nulls(array) {
            return Err(holds_null(name, fault));
        }
        let length = *array.add(1).cast::<i32>();
        let header = (size_of::<pg_sys::ArrayType>() + 2 * size_of::<i32>()).next_multiple_of(8);
        let start = if (*array).dataoffset > 0 { (*array).dataoffset as usize } else { header };
        Ok(std::slice::from_raw_parts(array.byte_add(start).cast::<f64>(), length as usize))
    }
}

/// Says that an array holds a NULL.
pub fn holds_null(name: &str, fault: Fault) -> Error {
    Error::new(fault, format!("{name} must not hold NULL")).hint("Give every element a value.")
}

/// Says that an array has more than one dimension.
pub fn too_many_dimensions(name: &str, dimensions: i32) -> Error {
    Error::new(Fault::ArrayShape, format!("{name} must be a one-dimensional array"))
        .detail(format!("It has {dimensions} dimensions."))
        .hint("Write it as in '{0.2,0.6,0.2}' or '{A,B,C}'.")
}

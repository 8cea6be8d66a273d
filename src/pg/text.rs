//! Texts between the database's encoding and the UTF-8 of Rust.
//!
//! A database in SQL_ASCII has bytes of no known encoding: there each byte is a character of its own, and comes back as
//! the byte that it was.

use pgrx::pg_sys;
use std::ffi::{CStr, CString, c_char, c_int};

/// Reads bytes that PostgreSQL holds as text.
pub fn from_server(bytes: &[u8]) -> String {
    match encoding() {
        pg_sys::pg_enc::PG_UTF8 => String::from_utf8_lossy(bytes).into_owned(),
        pg_sys::pg_enc::PG_SQL_ASCII => bytes.iter().copied().map(char::from).collect(),
        _ => {
            let text = CString::new(bytes).unwrap_or_default();
            // SAFETY: the text is in the database's encoding; the result is UTF-8 that ends with a zero.
            let converted = unsafe {
                let length = text.count_bytes() as c_int;
                CStr::from_ptr(pg_sys::pg_server_to_any(
                    text.as_ptr(),
                    length,
                    pg_sys::pg_enc::PG_UTF8 as c_int,
                ))
            };
            converted.to_string_lossy().into_owned()
        }
    }
}

/// Writes a text as PostgreSQL holds it: in its memory, with a zero at the end.
pub fn to_server(text: &str) -> *mut c_char {
    let encoding = encoding();
    let bytes: Vec<u8> = match encoding {
        pg_sys::pg_enc::PG_SQL_ASCII => text.chars().flat_map(byte_or_utf8).collect(),
        _ => text.bytes().collect(),
    };
    let text = CString::new(bytes).unwrap_or_default();
    // SAFETY: the text ends with a zero; what is not converted is copied, so that the result outlives it.
    unsafe {
        let length = text.count_bytes() as c_int;
        let converted = match encoding {
            pg_sys::pg_enc::PG_SQL_ASCII => text.as_ptr().cast_mut(),
            _ => pg_sys::pg_any_to_server(text.as_ptr(), length, pg_sys::pg_enc::PG_UTF8 as c_int),
        };
        pg_sys::pstrdup(converted)
    }
}

/// Writes a text as a value of type text.
pub fn to_datum(text: &str) -> pg_sys::Datum {
    // SAFETY: the text ends with a zero.
    unsafe { pg_sys::cstring_to_text(to_server(text)).into() }
}

/// Gives back the byte that a character stands for in SQL_ASCII.
fn byte_or_utf8(character: char) -> Vec<u8> {
    match u8::try_from(character) {
        Ok(byte) => vec![byte],
        Err(_) => character.to_string().into_bytes(),
    }
}

/// Tells the database's encoding.
fn encoding() -> pg_sys::pg_enc::Type {
    // SAFETY: it only reads.
    unsafe { pg_sys::GetDatabaseEncoding() as pg_sys::pg_enc::Type }
}

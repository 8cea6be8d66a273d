//! The fixed settings under which the SQL of a model is parsed and run, in the name of a role.
//!
//! What a text means and how a value is written must not depend on the session that happens to run it. An error that
//! leaves through these functions restores nothing here: the abort of the transaction or sub-transaction does.

use super::text::{from_server, to_server};
use crate::error::Error;
use crate::model::place::quoted;
use pgrx::pg_sys::{self, Oid};
use std::ffi::{CStr, c_int};

/// In whose name, and in which time zone.
pub struct Setting<'a> {
    pub role: Oid,
    pub timezone: &'a str,
}

/// The one setting that decides what the names in our own SQL mean.
const SEARCH_PATH: (&CStr, &CStr) = (c"search_path", c"pg_catalog, pg_temp");

/// The settings that change how an expression is parsed, or how a value is read from a text and written as one.
const FIXED: [(&CStr, &CStr); 16] = [
    SEARCH_PATH,
    (c"DateStyle", c"ISO, YMD"),
    (c"IntervalStyle", c"postgres"),
    (c"timezone_abbreviations", c"Default"),
    (c"extra_float_digits", c"1"),
    (c"bytea_output", c"hex"),
    (c"xmlbinary", c"base64"),
    (c"xmloption", c"content"),
    (c"row_security", c"off"),
    (c"transform_null_equals", c"off"),
    (c"array_nulls", c"on"),
    (c"quote_all_identifiers", c"off"),
    (c"standard_conforming_strings", c"on"),
    (c"backslash_quote", c"safe_encoding"),
    (c"lc_monetary", c"C"),
    (c"lc_numeric", c"C"),
];

/// What a role that SQL of others runs as may not do: leave that role, or leave something behind for later.
const RESTRICTED: u32 = pg_sys::SECURITY_LOCAL_USERID_CHANGE
    | pg_sys::SECURITY_RESTRICTED_OPERATION
    | pg_sys::SECURITY_NOFORCE_RLS;

/// What a role that only our own SQL runs as may not do.
const TRUSTED: u32 = pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_NOFORCE_RLS;

/// Does some work under the fixed settings, in the name of a role; restores both when it has succeeded or refused.
pub fn under<T>(setting: &Setting, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    check_timezone(setting.timezone)?;
    switched(setting.role, RESTRICTED, || {
        for (name, value) in FIXED {
            set(name, value);
        }
        // SAFETY: the text ends with a zero.
        set(c"TimeZone", unsafe { CStr::from_ptr(to_server(setting.timezone)) });
        work()
    })
}

/// Does some work of our own SQL in the name of a role, with nothing but the role and the search path changed.
pub fn as_role<T>(role: Oid, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    switched(role, TRUSTED, || {
        set(SEARCH_PATH.0, SEARCH_PATH.1);
        work()
    })
}

/// Does some work in the caller's own name that may write nothing: what tries to is refused by PostgreSQL (25006).
pub fn read_only<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    switched(caller(), 0, || {
        set(c"transaction_read_only", c"on");
        work()
    })
}

/// Tells in whose name SQL runs now.
pub fn caller() -> Oid {
    // SAFETY: it only reads.
    unsafe { pg_sys::GetUserId() }
}

/// Tells the session's time zone.
pub fn session_timezone() -> String {
    // SAFETY: there always is one, and its name ends with a zero.
    let name = unsafe { CStr::from_ptr(pg_sys::pg_get_timezone_name(pg_sys::session_timezone)) };
    from_server(name.to_bytes())
}

/// Refuses a time zone that PostgreSQL does not know.
pub fn check_timezone(name: &str) -> Result<(), Error> {
    // SAFETY: the name ends with a zero; a zone that is not null is valid for as long as the session.
    let is_known = unsafe {
        let zone = pg_sys::pg_tzset(to_server(name));
        !zone.is_null() && pg_sys::pg_tz_acceptable(zone)
    };
    match is_known {
        true => Ok(()),
        false => Err(Error::invalid(format!("time zone {} is not known", quoted(name)))
            .hint("Use a name from the view pg_timezone_names, as \"Europe/Paris\".")),
    }
}

/// Does some work as a role with these restrictions, in a level of its own of settings.
fn switched<T>(role: Oid, restrictions: u32, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let (mut user, mut restricted) = (Oid::INVALID, 0);
    // SAFETY: the level is closed and the user restored after the work, or by the abort that an error leads to.
    unsafe {
        pg_sys::GetUserIdAndSecContext(&mut user, &mut restricted);
        let level = pg_sys::NewGUCNestLevel();
        pg_sys::SetUserIdAndSecContext(role, restricted | restrictions as c_int);
        let done = work();
        // What an author's function has set meanwhile goes too.
        pg_sys::AtEOXact_GUC(false, level);
        pg_sys::SetUserIdAndSecContext(user, restricted);
        done
    }
}

/// Gives a setting a value until the current level of settings ends, unless it has that value.
///
/// Most have it, and to set them again would take 70 µs: that of the time zones' abbreviations reads a file.
fn set(name: &CStr, value: &CStr) {
    // SAFETY: both texts end with a zero, and so does the present value, if the setting has one; level 0 makes PostgreSQL
    // raise what is wrong with them.
    unsafe {
        let present = pg_sys::GetConfigOption(name.as_ptr(), true, false);
        if !present.is_null() && CStr::from_ptr(present) == value {
            return;
        }
        pg_sys::set_config_option(
            name.as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
    }
}

//! The order of the values of a type, as its default btree operators have it.

use crate::pg::datum::{Layout, whole};
use crate::pg::numeric::{self, Number};
use pgrx::pg_sys::{self, Datum, FmgrInfo, Oid};
use std::cmp::Ordering;

/// How values are compared.
#[derive(Clone, Copy)]
pub enum Order {
    /// As whole numbers of that many bytes.
    Whole(i16),
    /// As float8, where none is NaN.
    Float,
    /// As numeric.
    Numeric(Server),
    /// By a function of PostgreSQL's.
    Server(Server),
}

/// A comparison by PostgreSQL.
#[derive(Clone, Copy)]
pub struct Server {
    function: *mut FmgrInfo,
    collation: Oid,
}

impl Order {
    /// Finds how values of a type are compared; those that are NaN never come.
    pub fn of(type_oid: Oid, collation: Oid) -> Self {
        // SAFETY: the type exists, or PostgreSQL raises that it does not.
        let base = unsafe { pg_sys::getBaseType(type_oid) };
        if is_whole(base) {
            return Self::Whole(Layout::of(base).length);
        }
        let server = Server::of(type_oid, collation);
        match base {
            pg_sys::FLOAT8OID => Self::Float,
            pg_sys::NUMERICOID => Self::Numeric(server),
            _ => Self::Server(server),
        }
    }

    /// Compares two values, which must be of the type.
    #[inline]
    pub fn compare(&self, one: Datum, other: Datum) -> Ordering {
        let float = |value: Datum| f64::from_bits(value.value() as u64);
        match self {
            Self::Whole(length) => whole(one, *length).cmp(&whole(other, *length)),
            Self::Float => float(one).partial_cmp(&float(other)).unwrap_or(Ordering::Equal),
            // SAFETY: the caller says that both are numerics.
            Self::Numeric(server) => match unsafe { (numeric::read(one), numeric::read(other)) } {
                (Number::Units(one, _), Number::Units(other, _)) => one.cmp(&other),
                _ => server.compare(one, other),
            },
            Self::Server(server) => server.compare(one, other),
        }
    }
}

impl Server {
    /// Finds the comparison of a type.
    pub fn of(type_oid: Oid, collation: Oid) -> Self {
        // SAFETY: the entry is kept, where it is, for the session.
        let function = unsafe {
            let entry = pg_sys::lookup_type_cache(type_oid, pg_sys::TYPECACHE_CMP_PROC_FINFO as i32);
            &raw mut (*entry).cmp_proc_finfo
        };
        Self { function, collation }
    }

    /// Compares two values, which must be of the type.
    pub fn compare(&self, one: Datum, other: Datum) -> Ordering {
        // SAFETY: the function is the type's own, and gives an int4; a type without one was refused with the model, and
        // PostgreSQL raises that it has no function 0.
        let order = unsafe { pg_sys::FunctionCall2Coll(self.function, self.collation, one, other) };
        (order.value() as i32).cmp(&0)
    }
}

/// Tells whether the values of a type that is no domain are whole numbers in its datum, in their order.
pub fn is_whole(base: Oid) -> bool {
    matches!(
        base,
        pg_sys::INT2OID
            | pg_sys::INT4OID
            | pg_sys::INT8OID
            | pg_sys::DATEOID
            | pg_sys::TIMESTAMPOID
            | pg_sys::TIMESTAMPTZOID
            | pg_sys::TIMEOID
    )
}

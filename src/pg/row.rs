//! A row where PostgreSQL has it.

use pgrx::pg_sys::{self, Datum, Oid};

/// A row of a query, where PostgreSQL has it: nothing is copied, and what it points to is gone after the row.
pub struct Row<'a> {
    values: &'a [Datum],
    nulls: &'a [bool],
    described: pg_sys::TupleDesc,
}

impl<'a> Row<'a> {
    /// Makes a row of values that are as described.
    pub fn of(values: &'a [Datum], nulls: &'a [bool], described: pg_sys::TupleDesc) -> Self {
        Self { values, nulls, described }
    }

    /// Counts the columns.
    pub fn columns(&self) -> usize {
        self.values.len()
    }

    /// Gives the value of a column, the first being 0; none for NULL.
    #[inline]
    pub fn datum(&self, at: usize) -> Option<Datum> {
        if self.nulls[at] { None } else { Some(self.values[at]) }
    }

    /// Tells the type of a column.
    pub fn type_of(&self, at: usize) -> Oid {
        self.attribute(at).atttypid
    }

    /// Tells the collation of a column.
    pub fn collation_of(&self, at: usize) -> Oid {
        self.attribute(at).attcollation
    }

    /// Gives the description of a column.
    fn attribute(&self, at: usize) -> &pg_sys::FormData_pg_attribute {
        // SAFETY: the description outlives the row, and has as many columns.
        unsafe { &super::catalog::attributes(self.described)[at] }
    }
}

//! The SQL of a model: all that is made at run time is made here, of quoted names, literals and the author's expressions.
//!
//! An author's expression is only written here after PostgreSQL has parsed it alone; it stands in parentheses with a
//! line break at its end, so that no comment in it swallows what follows. Statements are run under fixed settings, in
//! which only `pg_catalog` is searched.

pub mod aggregates;
pub mod alter;
pub mod comment;
pub mod customers;
pub mod events;
pub mod from;
pub mod groups;
pub mod log_sum;
pub mod marks;
pub mod name;
pub mod table;
mod themes;
pub mod touched;
pub mod trigger;
pub mod view;

/// Writes a name as SQL does.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Writes a text as SQL does, whatever `standard_conforming_strings` says of backslashes.
pub fn literal(text: &str) -> String {
    let inner = text.replace('\'', "''");
    if inner.contains('\\') { format!("E'{}'", inner.replace('\\', "\\\\")) } else { format!("'{inner}'") }
}

/// Writes an author's expression.
pub fn expression(text: &str) -> String {
    format!("({text}\n)")
}

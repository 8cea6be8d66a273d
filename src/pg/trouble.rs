//! What is wrong with an author's expression that PostgreSQL itself would take, in words.

use crate::error::{Error, Fault};
use crate::model::place::{Place, quoted};
use pgrx::PgSqlErrorCode;

/// What is wrong with an expression that PostgreSQL itself would take.
pub enum Trouble {
    NotOne,
    Query,
    Aggregate,
    Window,
    Set,
    SystemColumn(String),
    Mutable(Option<String>),
    NoType(String),
}

/// Says what is wrong with an expression.
pub fn refusal(trouble: Trouble, place: &Place) -> Error {
    let server = |code: PgSqlErrorCode| Fault::Server(code as i32);
    let (refusal, fault, hint) = match trouble {
        Trouble::NotOne => (
            "must be one SQL expression".into(),
            server(PgSqlErrorCode::ERRCODE_SYNTAX_ERROR),
            "Write one expression, as \"price * quantity\", without AS, FROM, WHERE or a list.".into(),
        ),
        Trouble::Query => (
            "must not hold a query of its own".into(),
            Fault::NotSupported,
            "Join the other table in the source, or keep its values in columns of the row.".into(),
        ),
        Trouble::Aggregate => (
            "must not use aggregate functions".into(),
            server(PgSqlErrorCode::ERRCODE_GROUPING_ERROR),
            "Write the expression for one row: the measure says how rows are aggregated.".into(),
        ),
        Trouble::Window => (
            "must not use window functions".into(),
            server(PgSqlErrorCode::ERRCODE_WINDOWING_ERROR),
            "Write the expression for one row: it cannot look at other rows.".into(),
        ),
        Trouble::Set => (
            "must not return a set".into(),
            Fault::NotSupported,
            "Write an expression that has one value for each row.".into(),
        ),
        Trouble::SystemColumn(name) => (
            format!("must not use the system column {}", quoted(&name)),
            Fault::NotSupported,
            "Use columns of the table's own: what PostgreSQL keeps of a row changes when the facts do not."
                .into(),
        ),
        Trouble::NoType(name) => (
            format!("must have a type that a column can have, not {name}"),
            Fault::WrongType,
            "Write an expression with one value, as \"price * quantity\".".into(),
        ),
        Trouble::Mutable(culprit) => (
            "must use immutable functions only".into(),
            server(PgSqlErrorCode::ERRCODE_INVALID_OBJECT_DEFINITION),
            mutable_hint(culprit),
        ),
    };
    place.refuse(refusal).because(fault).hint(hint)
}

/// Says which function is not immutable, and what may be written in its place.
fn mutable_hint(culprit: Option<String>) -> String {
    let rule = "Functions that read the clock, the session's settings or other rows cannot be used";
    match culprit {
        Some(culprit) if culprit.contains("time zone") => {
            format!("{rule}: {culprit}. Name the time zone, as in \"at AT TIME ZONE 'Europe/Paris'\".")
        }
        Some(culprit) => format!("{rule}: {culprit}."),
        None => format!("{rule}, nor CURRENT_DATE, CURRENT_USER and their like."),
    }
}

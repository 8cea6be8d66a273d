//! The score table: made, indexed and commented.

use super::alter;
use super::comment::Words;
use super::name::Name;
use super::quoted;
use crate::model::column::Holds;
use crate::model::plan::Plan;

/// Writes the statements that make the table, empty and without an index.
pub fn create(plan: &Plan, name: &Name) -> Vec<String> {
    let columns = plan.columns().into_iter().map(|column| {
        let is_there = matches!(column.holds, Holds::Key(_) | Holds::ScoredAt);
        let not_null = if is_there { " NOT NULL" } else { "" };
        format!("{} {}{not_null}", quoted(&column.name), column.kind.sql)
    });
    let columns: Vec<String> = columns.collect();
    // Rows are updated often, and the new version of one should find room beside the old.
    vec![format!("CREATE TABLE {name} (\n  {}\n) WITH (fillfactor = 80)", columns.join(",\n  "))]
}

/// Writes the statements that give the table its key, and an index of the rows that change by the clock, where some can.
pub fn index(plan: &Plan, name: &Name) -> Vec<String> {
    let key: Vec<String> = plan.key.iter().map(|(column, _)| quoted(column)).collect();
    let key = format!("ALTER TABLE {name} ADD PRIMARY KEY ({})", key.join(", "));
    if has_due_rows(plan) { vec![key, index_due(name)] } else { vec![key] }
}

/// Writes the statement that makes the index of the rows that change by the clock.
pub fn index_due(name: &Name) -> String {
    format!("CREATE INDEX ON {name} (\"due_at\") WHERE \"due_at\" IS NOT NULL")
}

/// Tells whether a row can change by the clock alone: it has dated events, or what ages or decays.
pub fn has_due_rows(plan: &Plan) -> bool {
    let sources = &plan.document.sources;
    let is_dated = |name: &str| sources.get(name).is_some_and(|source| source.at.is_some());
    plan.has_ticks() || sources.keys().any(|name| is_dated(name) && plan.taking(name).next().is_some())
}

/// Writes the statement that reads the rows, with the columns of the plan in their order.
pub fn select(plan: &Plan, name: &Name) -> String {
    let columns: Vec<String> = plan.columns().iter().map(|column| quoted(&column.name)).collect();
    format!("SELECT {} FROM {name}", columns.join(", "))
}

/// Writes the statement that finds any row.
pub fn any(name: &Name) -> String {
    format!("SELECT true FROM {name} LIMIT 1")
}

/// Writes the statements that say what the table and its columns hold.
pub fn comments(plan: &Plan, name: &Name) -> Vec<String> {
    let words = words(plan);
    words.iter().map(|(column, text)| alter::comment("TABLE", name, column.as_deref(), text)).collect()
}

/// Lists what is to be said of the table, and of each of its columns.
pub fn words(plan: &Plan) -> Vec<(Option<String>, String)> {
    let words = Words::of(plan);
    let columns =
        plan.columns().into_iter().map(|column| (Some(column.name.clone()), words.of_column(&column)));
    std::iter::once((None, words.of_table())).chain(columns).collect()
}

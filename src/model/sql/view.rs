//! The scored view, for people: what decays and ages is as of now, and dates are those of the model's zone.

use super::alter;
use super::comment::Words;
use super::log_sum::{half_lives, power};
use super::name::Name;
use super::{literal, quoted};
use crate::model::column::{Column, Holds};
use crate::model::compute::{AgeUnit, Compute, Computed};
use crate::model::measure::{Take, Taken};
use crate::model::nature::Nature;
use crate::model::plan::{Measured, Plan};
use std::fmt::Display;

/// A column of the view.
struct Shown {
    name: String,
    /// Its expression, over the row, the clock, and what was read of the row.
    sql: String,
    /// What is read of the row for it, as of the clock, under its name.
    read: Option<String>,
    comment: String,
}

/// Writes the statement that makes the view.
pub fn create(plan: &Plan, view: &Name, table: &Name) -> String {
    format!("CREATE VIEW {view} AS\n{}", select(plan, table, &[]))
}

/// Writes what the view selects of these rows: the columns that are named first, in that order, then the others.
pub fn select(plan: &Plan, rows: &impl Display, first: &[String]) -> String {
    let mut shown = shown(plan);
    shown.sort_by_key(|column| first.iter().position(|name| *name == column.name).unwrap_or(first.len()));
    let items = shown.iter().map(|column| format!("{} AS {}", column.sql, quoted(&column.name)));
    let items: Vec<String> = items.collect();
    let read = shown.iter().filter_map(|column| Some((column.read.as_ref()?, &column.name)));
    let read: Vec<String> = read.map(|(sql, name)| format!("{sql} AS {}", quoted(name))).collect();
    let mut sql = format!("SELECT {}\nFROM {rows} AS scored", items.join(",\n  "));
    if shown.iter().any(|column| column.needs_clock()) {
        sql += &format!(
            "\nCROSS JOIN (SELECT now() AS now, {} AS today) AS clock",
            date("now()", Nature::Moment, plan)
        );
    }
    if !read.is_empty() {
        sql += &format!("\nCROSS JOIN LATERAL (SELECT {}) AS read", read.join(",\n  "));
    }
    sql
}

/// Writes the statements that say what the view and its columns show.
pub fn comments(plan: &Plan, view: &Name) -> Vec<String> {
    let words = words(plan);
    words.iter().map(|(column, text)| alter::comment("VIEW", view, column.as_deref(), text)).collect()
}

/// Lists what is to be said of the view, and of each of its columns.
pub fn words(plan: &Plan) -> Vec<(Option<String>, String)> {
    let columns = shown(plan).into_iter().map(|column| (Some(column.name), column.comment));
    std::iter::once((None, Words::of(plan).of_view())).chain(columns).collect()
}

impl Shown {
    /// Tells whether it asks for the time.
    fn needs_clock(&self) -> bool {
        [Some(&self.sql), self.read.as_ref()].into_iter().flatten().any(|sql| sql.contains("clock."))
    }
}

/// Lists what the view shows of each column of the table.
fn shown(plan: &Plan) -> Vec<Shown> {
    let words = Words::of(plan);
    let mut shown = Vec::new();
    for column in plan.columns() {
        let measured = column.holds.slot().map(|slot| &plan.measures[slot]);
        match (column.holds, measured) {
            (Holds::Measure(slot), Some(measured)) => {
                shown.extend(show_measure(plan, slot, measured, &words))
            }
            (Holds::Positive(slot), Some(measured)) => shown.extend(show_decayed(slot, measured, &words)),
            (Holds::Key(_) | Holds::Score(..) | Holds::ScoredAt, _) => {
                shown.push(as_stored(&column, words.of_column(&column)));
            }
            _ => {}
        }
    }
    shown
}

/// Writes a column of the score table.
fn stored(name: &str) -> String {
    format!("scored.{}", quoted(name))
}

/// Shows a column as it is stored.
fn as_stored(column: &Column, comment: String) -> Shown {
    Shown { name: column.name.clone(), sql: stored(&column.name), read: None, comment }
}

/// Shows a measure that does not decay.
fn show_measure(plan: &Plan, slot: usize, measured: &Measured, words: &Words) -> Vec<Shown> {
    let name = measured.name.clone();
    let comment = words.of_measure(slot);
    if let Some(computed) = measured.computed().filter(|computed| computed.compute == Compute::Age) {
        return vec![show_age(plan, measured, computed, words.as_of_now(&comment))];
    }
    if !measured.taken().is_some_and(is_moment_of_event) {
        return vec![Shown { sql: stored(&name), name, read: None, comment }];
    }
    let day = date(&stored(&name), Nature::Moment, plan);
    let days = format!("CASE WHEN isfinite({day}) THEN clock.today - {day} END");
    let days_comment = words.of_days(slot);
    vec![
        Shown { name: name.clone(), sql: day, read: None, comment: words.of_date(slot) },
        Shown { name: format!("{name}_days"), sql: days, read: None, comment: days_comment },
    ]
}

/// Tells whether a measure is the moment of an event.
fn is_moment_of_event(taken: &Taken) -> bool {
    matches!(taken.take, Take::First | Take::Last) && !taken.has_value()
}

/// Shows what a measure that decays is worth now.
fn show_decayed(slot: usize, measured: &Measured, words: &Words) -> Vec<Shown> {
    let Some(half_life) = measured.half_life() else { return Vec::new() };
    let name = measured.name.clone();
    let part =
        |suffix: &str| power(&format!("({} - read.{})", stored(&format!("{name}{suffix}")), quoted(&name)));
    let sql = match measured.has_negative_part() {
        false => format!("({})", part("_log2")),
        true => format!("({}) - ({})", part("_log2"), part("_log2_neg")),
    };
    let read = Some(half_lives("clock.now", half_life));
    vec![Shown { name, sql, read, comment: words.as_of_now(&words.of_measure(slot)) }]
}

/// Shows an age as of today.
fn show_age(plan: &Plan, measured: &Measured, computed: &Computed, comment: String) -> Shown {
    let name = measured.name.clone();
    let since = &plan.measures[measured.operands[0]];
    let read = date(&stored(&since.name), since.column.nature, plan);
    let day = format!("read.{}", quoted(&name));
    let age = match computed.unit {
        Some(AgeUnit::Months) => whole_months(&day),
        Some(AgeUnit::Years) => format!("floor({} / 12.0)::integer", whole_months(&day)),
        _ => format!("clock.today - {day}"),
    };
    Shown { name, sql: format!("CASE WHEN isfinite({day}) THEN {age} END"), read: Some(read), comment }
}

/// Writes the day of a moment in the model's zone.
fn date(moment: &str, nature: Nature, plan: &Plan) -> String {
    match nature {
        Nature::Date => moment.into(),
        Nature::Moment => format!("timezone({}, {moment})::date", literal(&plan.timezone)),
        _ => format!("{moment}::date"),
    }
}

/// Writes the whole months from a day to today: the most that can be added to it without passing today, where the last day
/// of a short month stands for those that it lacks.
fn whole_months(day: &str) -> String {
    let months = |day: &str| format!("extract(year FROM {day}) * 12 + extract(month FROM {day})");
    format!(
        "({} - ({}) - CASE WHEN extract(day FROM {day}) > extract(day FROM clock.today) AND extract(day FROM clock.today + 1) > 1 THEN 1 ELSE 0 END)::integer",
        months("clock.today"),
        months(day),
    )
}

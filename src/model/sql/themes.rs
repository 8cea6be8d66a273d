//! Themes: of the values of a customer's events, the one that most have, and how many that is.

use super::log_sum::{half_lives, log_of_sum};
use super::quoted;
use crate::model::measure::{Take, Taken};
use crate::model::nature::{ColumnType, Nature};
use crate::model::plan::Measured;

/// Logarithms are compared on this grid, as levels compare them.
const GRID: &str = "16777216";

/// Writes the aggregates that gather the values of the events that count, and how long ago they were where they decay.
pub fn gathered(slot: usize, measured: &Measured, taken: &Taken, counts: &str) -> Vec<String> {
    let value = format!("\"$value {slot}\"");
    // An array of arrays would be one of their elements; so what is not known to be none is gathered as a text.
    let text = if measured.value.nature == Nature::Other { "::text" } else { "" };
    let gather = |sql: &str, what: &str| {
        format!("array_agg({sql}) FILTER (WHERE {counts} AND {value} IS NOT NULL) AS \"${what} {slot}\"")
    };
    let mut items = vec![gather(&format!("{value}{text}"), "themes")];
    items.extend(half_life(taken).map(|half_life| gather(&half_lives("\"$at\"", half_life), "ages")));
    items
}

/// Writes the theme that counts most, the lowest of those that count alike; or how much it counts.
pub fn best(slot: usize, measured: &Measured, taken: &Taken, group: &str, kind: &ColumnType) -> String {
    let item = |what: &str| format!("{}.{}", quoted(group), quoted(&format!("${what} {slot}")));
    let (lists, strength) = match half_life(taken) {
        None => (item("themes"), "count(*)".to_string()),
        Some(_) => {
            let lists = format!("{}, {}", item("themes"), item("ages"));
            (lists, log_of_sum("array_agg(each.age)"))
        }
    };
    let from = format!("FROM ROWS FROM (unnest({lists})) AS each (theme, age)");
    let from = if taken.half_life.is_none() { from.replace("(theme, age)", "(theme)") } else { from };
    match (taken.take, half_life(taken)) {
        (Take::Theme, decays) => {
            let order = if decays.is_some() { format!("round({strength} * {GRID})") } else { strength };
            let value = format!("each.theme::{}", measured.value.sql);
            format!("(SELECT {value} {from} GROUP BY 1 ORDER BY {order} DESC, 1 LIMIT 1)")
        }
        (_, None) => format!(
            "coalesce((SELECT max(most.strength) FROM (SELECT {strength} AS strength {from} GROUP BY each.theme) AS most), 0)::{}",
            kind.sql
        ),
        (_, Some(_)) => format!(
            "coalesce((SELECT max(most.strength) FROM (SELECT {strength} AS strength {from} GROUP BY each.theme) AS most), '-Infinity')::{}",
            kind.sql
        ),
    }
}

/// Gives the half-life of the events in microseconds, where they have one.
fn half_life(taken: &Taken) -> Option<i64> {
    taken.half_life.and_then(|half_life| half_life.fixed_micros())
}

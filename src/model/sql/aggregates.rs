//! PostgreSQL's own aggregates, as a measure takes them over its events.

use super::events::value_nature;
use super::log_sum::{half_lives, log2};
use super::themes;
use crate::model::measure::{Take, Taken};
use crate::model::nature::Nature;
use crate::model::plan::Measured;

/// Writes the aggregates of a measure over the events that count.
pub fn aggregates(slot: usize, measured: &Measured, taken: &Taken, counts: &str) -> Vec<String> {
    let value = format!("\"$value {slot}\"");
    let item = |what: &str, sql: String| format!("{sql} AS \"${what} {slot}\"");
    if matches!(taken.take, Take::Theme | Take::Strength) {
        return themes::gathered(slot, measured, taken, counts);
    }
    if let Some(half_life) = measured.half_life() {
        let exponents = exponents(&value, half_life, taken, counts).into_iter();
        return exponents.map(|(what, sql)| item(what, sql)).collect();
    }
    let counts = &format!("FILTER (WHERE {counts})");
    let whole = |sql: String| vec![item("value", sql)];
    let sum = format!("coalesce(sum({value}) {counts}, 0)");
    let has_min = value_nature(measured, taken).is_number() || value_nature(measured, taken).is_moment();
    match (taken.take, taken.has_value()) {
        (Take::Count, _) => whole(format!("count(*) {counts}")),
        (Take::Distinct, _) => whole(format!("count(DISTINCT {value}) {counts}")),
        (Take::Sum, _) => whole(sum),
        (Take::Average, _) => {
            let count = format!("count({value}) {counts}");
            // Infinity has no scale.
            let mean = format!("round({sum} / nullif({count}, 0), coalesce(scale({sum}), 0) + 2)");
            vec![item("value", mean), item("sum", sum), item("count", count)]
        }
        (Take::Minimum, _) if has_min => whole(format!("min({value}) {counts}")),
        (Take::Maximum, _) if has_min => whole(format!("max({value}) {counts}")),
        // Not every type has a min and a max, but each that can be sorted has a lowest and a highest.
        (Take::Minimum, _) => whole(format!("percentile_disc(0) WITHIN GROUP (ORDER BY {value}) {counts}")),
        (Take::Maximum, _) => whole(format!("percentile_disc(1) WITHIN GROUP (ORDER BY {value}) {counts}")),
        (Take::First, false) => whole(format!("min(\"$at\") {counts}")),
        (Take::Last, false) => whole(format!("max(\"$at\") {counts}")),
        (Take::First, true) => {
            vec![
                item("value", at_end(&value, "", measured, counts)),
                item("at", format!("min(\"$at\") {counts}")),
            ]
        }
        (Take::Last, true) => {
            let last = at_end(&value, " DESC", measured, counts);
            vec![item("value", last), item("at", format!("max(\"$at\") {counts}"))]
        }
        (Take::Attribute | Take::Theme | Take::Strength, _) => Vec::new(),
    }
}

/// Writes the value of the first event in an order of moments, the greatest where several are.
fn at_end(value: &str, order: &str, measured: &Measured, counts: &str) -> String {
    // An array of arrays would have no first element; so what is not known to be none is aggregated as a text.
    let (text, back) = match measured.value.nature {
        Nature::Other => ("::text", format!("::{}", measured.value.sql)),
        _ => ("", String::new()),
    };
    format!("(array_agg({value}{text} ORDER BY \"$at\"{order}, {value} DESC NULLS LAST) {counts})[1]{back}")
}

/// Writes the exponents of the terms of a decayed sum, those of positive values and those of negative ones.
fn exponents(value: &str, half_life: i64, taken: &Taken, counts: &str) -> Vec<(&'static str, String)> {
    let age = half_lives("\"$at\"", half_life);
    if taken.take == Take::Count {
        return vec![("positive", format!("array_agg({age}) FILTER (WHERE {counts})"))];
    }
    let part = |sign: &str, size: &str| {
        let exponent = format!("{} + {age}", log2(size));
        format!("array_agg({exponent}) FILTER (WHERE {counts} AND {value} {sign} 0)")
    };
    vec![("positive", part(">", value)), ("negative", part("<", &format!("-{value}")))]
}

//! Random values of SQL types, as literals.

use super::document;
use crate::load::random::Random;
use serde_json::Value;

const DOUBLES: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "0.5",
    "0.1",
    "0.2",
    "0.6",
    "2",
    "5",
    "100",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e308",
    "-1e308",
    "1.7976931348623157e308",
    "5e-324",
    "-5e-324",
    "1e-300",
    "4503599627370496.5",
    "9007199254740993",
];
const INTS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "9",
    "10",
    "100",
    "101",
    "555",
    "111",
    "999",
    "1000",
    "2147483647",
    "-2147483648",
    "32768",
];
const NUMERICS: &[&str] = &[
    "0",
    "1",
    "-1",
    "0.01",
    "99.999",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e1000",
    "-1e1000",
    "1e-1000",
    "1e16000",
    "0.1",
    "123456789012345678901234567890.123456789",
];
const MOMENTS: &[&str] = &[
    "now",
    "epoch",
    "infinity",
    "-infinity",
    "294276-12-31 23:59:59.999999+00",
    "4713-01-01 00:00:00+00 BC",
    "2024-02-29",
    "2026-03-29 02:30 Europe/Paris",
    "2000-01-01 00:00:00.000001+00",
];
const INTERVALS: &[&str] = &[
    "0",
    "1 day",
    "-1 day",
    "1 hour",
    "1 microsecond",
    "-1 microsecond",
    "1 month",
    "178000000 years",
    "-178000000 years",
    "2147483647 days",
    "-2147483648 days -2147483648 months",
    "14 days",
    "1 year -365 days",
];
const TEXTS: &[&str] = &[
    "",
    " ",
    "x",
    "A",
    "B",
    "C",
    "{A,B,C}",
    "count_percent",
    "key_figure_percent",
    "count_absolute",
    "key_figure_absolute",
    "quantile",
    "ntile",
    "rfm_abc",
    "shop",
    "marketing_pressure_fr",
    "now",
    "later",
    "é",
    "\u{1f600}",
    "it's",
    "a\"b",
    "%s",
    "NULL",
    "null",
    "\\x00",
    "[\"1\", \"2\"]",
    "1",
    "2000",
    "-1",
    "1e3",
    "99999999999999999999",
];
const NAMES: &[&str] =
    &["shop", "shop", "shop", "shop_deferred", "fuzzed_0", "fuzzed_1", "fuzzed_2", "Shop", "nobody", ""];
const JSONS: &[&str] = &[
    "null",
    "[]",
    "{}",
    "1",
    "\"x\"",
    "[{\"label\": \"Champions\", \"r\": [4, 5]}]",
    "[{\"label\": \"all\"}]",
    "[{\"label\": \"x\", \"r\": [5, 1]}]",
    "[{\"label\": 1}]",
    "[{\"r\": [1, 2]}]",
    "[{\"label\": \"x\", \"q\": 1}]",
    "[{\"label\": \"x\", \"r\": [1e400, 2]}]",
    "[{\"label\": \"x\", \"f\": [-9223372036854775808, 1e18]}]",
    "[[[[[[]]]]]]",
    "[null]",
    "{\"label\": \"x\"}",
    "[{\"label\": \"\\u00e9\", \"m\": [1.5, 2]}]",
];

/// Draws an argument of a routine by its name and type, as SQL of that type.
pub fn draw(random: &mut Random, name: &str, of: &str, bases: &[Value]) -> String {
    if random.chance(60) {
        return format!("NULL::{}", if of == "anyelement" { "int" } else { of });
    }
    match (name, of) {
        ("name" | "model", "text") if random.chance(900) => one_of(random, NAMES, of),
        (_, "json") if random.chance(850) => typed(&document::draw(random, bases), of),
        ("build", "text") if random.chance(800) => one_of(random, &["now", "now", "later"], of),
        ("customer", "text" | "anyelement") if random.chance(700) => {
            let number = random.below(2100);
            if of == "text" { typed(&number.to_string(), of) } else { number.to_string() }
        }
        ("shares", _) if random.chance(500) => {
            format!(
                "'{}'::{of}",
                random.pick(&["{0.2,0.6,0.2}", "{0.8,0.15,0.05}", "{1}", "{0.5,0.5}", "{10,5}", "{100,10}"])
            )
        }
        ("bins", _) if random.chance(700) => random.between(1, 10).to_string(),
        ("strategy", "text") if random.chance(800) => typed(TEXTS[random.between(7, 10) as usize], of),
        ("classes", "text[]") if random.chance(600) => {
            format!("'{}'::{of}", random.pick(&["{A,B,C}", "{A,B}", "{A}", "{a,a,a}"]))
        }
        _ => draw_any(random, of),
    }
}

/// Draws a value of a type.
fn draw_any(random: &mut Random, of: &str) -> String {
    if let Some(item) = of.strip_suffix("[]") {
        return draw_array(random, item);
    }
    match of {
        "double precision" | "real" => draw_from(random, DOUBLES, of),
        "integer" | "smallint" | "bigint" | "oid" => draw_from(random, INTS, of),
        "numeric" => draw_from(random, NUMERICS, of),
        "timestamp with time zone" if random.chance(400) => {
            format!("(now() - interval '{} hours')", random.hot(100_000))
        }
        "timestamp with time zone" => one_of(random, MOMENTS, of),
        "interval" => one_of(random, INTERVALS, of),
        "boolean" => one_of(random, &["true", "false"], of),
        "text" if random.chance(60) => {
            format!("repeat('{}', {})", random.pick(&["x", "é", "'' "]), random.hot(1_000_000))
        }
        "text" => one_of(random, TEXTS, of),
        "json" | "jsonb" if random.chance(50) => {
            let depth = random.hot(20_000);
            format!("(repeat('[', {depth}) || repeat(']', {depth}))::{of}")
        }
        "json" | "jsonb" => one_of(random, JSONS, of),
        "anyelement" => {
            let others = ["int", "text", "numeric", "bigint", "double precision", "boolean", "interval"];
            let other = *random.pick(&others);
            match random.below(8) {
                0 => "ROW(1, 'x')".to_owned(),
                1 => "ARRAY[1, 2]".to_owned(),
                2 => "gen_random_uuid()".to_owned(),
                _ => draw_any(random, if other == "int" { "integer" } else { other }),
            }
        }
        // A type that this file does not know: what any type takes.
        other => format!("NULL::{other}"),
    }
}

/// Draws one of several numbers, or a small one.
fn draw_from(random: &mut Random, all: &[&str], of: &str) -> String {
    match random.chance(400) {
        true => typed(&(random.below(30) as i64 - 5).to_string(), of),
        false => one_of(random, all, of),
    }
}

/// Draws an array: empty, of one or more dimensions, with bounds of its own, with NULL, or long.
fn draw_array(random: &mut Random, item: &str) -> String {
    let mut items = |count: u64| -> String {
        let items: Vec<String> = (0..count)
            .map(|_| if random.chance(60) { format!("NULL::{item}") } else { draw_any(random, item) })
            .collect();
        items.join(", ")
    };
    let some = items(4);
    let (one, two) = (items(2), items(2));
    match random.below(10) {
        0 => format!("'{{}}'::{item}[]"),
        1 => format!("ARRAY[ARRAY[{one}], ARRAY[{two}]]::{item}[]"),
        2 => format!("(ARRAY[NULL, {some}]::{item}[])[2:3]"),
        3 => format!("array_fill({}, ARRAY[{}], ARRAY[-3])", draw_any(random, item), random.hot(5000)),
        4 => format!("array_cat(ARRAY[{one}]::{item}[], ARRAY[{two}]::{item}[])"),
        _ => {
            let count = random.between(1, 4);
            let items: Vec<String> = (0..count).map(|_| draw_any(random, item)).collect();
            format!("ARRAY[{}]::{item}[]", items.join(", "))
        }
    }
}

/// Draws one of several values of a type.
fn one_of(random: &mut Random, all: &[&str], of: &str) -> String {
    let value: &&str = random.pick(all);
    typed(value, of)
}

/// Writes a value with its type.
fn typed(value: &str, of: &str) -> String {
    format!("{}::{of}", quote(value))
}

/// Writes a text as a literal.
pub fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_keeps_its_quotes_to_itself() {
        assert_eq!(typed("it's", "text"), "'it''s'::text");
    }

    #[test]
    fn every_type_has_values() {
        let mut random = Random::new(1, 1);
        for of in [
            "double precision",
            "integer[]",
            "numeric",
            "text[]",
            "interval",
            "jsonb",
            "anyelement",
            "unknown_type",
        ] {
            assert!((0..200).all(|_| !draw(&mut random, "x", of, &[Value::Null]).is_empty()), "{of}");
        }
    }
}

//! Numbers as they are told: plain decimals, no longer than they need to be.

use crate::model::document::Language;
use serde_json::Value;

/// How many digits the limits of a level are rounded to, where that leaves the value on its side of them.
const DIGITS: i32 = 6;

/// How many digits floats are rounded to, where that does.
const FLOAT_DIGITS: i32 = 4;

/// The digits that tell any two floats apart.
const ALL_DIGITS: i32 = 17;

/// Writes a value and its limits as plain decimals; each limit is on the side of the value that it is on in truth.
///
/// `shown` is the value as PostgreSQL prints it, where it is exact; a float is rounded together with its limits.
pub fn write(value: f64, shown: Option<&str>, limits: &[f64]) -> (String, Vec<String>) {
    let fewest = if shown.is_some() { DIGITS } else { FLOAT_DIGITS };
    let written = |digits| {
        let value = shown.map_or_else(|| round(value, digits), String::from);
        (value, limits.iter().map(|limit| round(*limit, digits)).collect::<Vec<_>>())
    };
    let is_true = |(told, others): &(String, Vec<String>)| {
        let told = read(told);
        limits
            .iter()
            .zip(others)
            .all(|(limit, other)| limit.partial_cmp(&value) == read(other).partial_cmp(&told))
    };
    let found = (fewest..ALL_DIGITS).map(written).find(is_true);
    found.unwrap_or_else(|| {
        let all = |number: &f64| number.to_string();
        (shown.map_or_else(|| all(&value), String::from), limits.iter().map(all).collect())
    })
}

/// Reads a number that was written; NaN where it is none.
pub fn read(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// Rounds to so many digits, or to a whole number where that has more.
fn round(number: f64, digits: i32) -> String {
    if !number.is_finite() || number.abs() >= 1e21 {
        return crate::score::shown(number);
    }
    let magnitude = if number == 0.0 { 0 } else { number.abs().log10().floor() as i32 };
    let decimals = (digits - 1 - magnitude).clamp(0, 20) as usize;
    let rounded = format!("{number:.decimals$}");
    let trimmed = match rounded.contains('.') {
        true => rounded.trim_end_matches('0').trim_end_matches('.'),
        false => &rounded,
    };
    if trimmed == "-0" { "0".into() } else { trimmed.into() }
}

/// Counts the digits after the point of a plain decimal; none where the text is no such thing.
pub fn decimals(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!whole.is_empty() && all_digits(whole) && all_digits(fraction)).then_some(fraction.len())
}

/// Finds how much an exact value must grow to pass a limit, or to reach it: in whole units of its last digit.
///
/// To fall instead of growing, both are given with the other sign. None where it cannot be told exactly.
fn steps(value: f64, shown: &str, limit: f64, is_enough: bool) -> Option<String> {
    let decimals = decimals(shown).filter(|decimals| *decimals <= 9)?;
    let unit = 10f64.powi(decimals as i32);
    let first = (limit * unit).floor();
    if !(first.abs() < 1e15 && (value * unit).abs() < 1e15) {
        return None;
    }
    let reaches = |units: &f64| if is_enough { units / unit >= limit } else { units / unit > limit };
    let wanted = (0..4).map(|more| first - 1.0 + f64::from(more)).find(reaches)?;
    let units = wanted - (value * unit).round();
    (units > 0.0).then(|| format!("{:.decimals$}", units / unit))
}

/// How far a value is from a limit.
pub struct Distance {
    /// How much it must change.
    pub by: String,
    /// Whether it must change by more than that.
    pub is_more: bool,
}

/// Measures how far a value is from a limit, which it must pass, or reach where `is_enough`.
pub fn measure(value: f64, shown: Option<&str>, limit: f64, is_enough: bool) -> Distance {
    let sign = if limit < value { -1.0 } else { 1.0 };
    let exact = shown.and_then(|shown| steps(value * sign, shown, limit * sign, is_enough));
    match exact {
        Some(by) => Distance { by, is_more: false },
        None => {
            let (told, limits) = write(value, shown, &[limit]);
            let decimals = |text: &str| text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            let gap = limits.first().map_or(0.0, |limit| (read(limit) - read(&told)).abs());
            let most = limits.iter().map(|text| decimals(text)).chain([decimals(&told)]).max().unwrap_or(0);
            Distance { by: format!("{gap:.*}", most.min(20)), is_more: !is_enough }
        }
    }
}

/// Writes a number as the readers of a language do.
pub fn localize(text: &str, language: Language) -> String {
    match text {
        "Infinity" => return "∞".into(),
        "-Infinity" => return "-∞".into(),
        _ if decimals(text).is_none() => return text.into(),
        _ => {}
    }
    let (thousands, point) = match language {
        Language::En => (',', '.'),
        Language::Fr => ('\u{202f}', ','),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.trim_start_matches('-');
    let mut told = String::from(if digits.len() < whole.len() { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        // Four digits are read at a glance; more are not.
        if at > 0 && digits.len() > 4 && (digits.len() - at) % 3 == 0 {
            told.push(thousands);
        }
        told.push(digit);
    }
    if !fraction.is_empty() {
        told.push(point);
        told.push_str(fraction);
    }
    told
}

/// Gives a number to JSON, which has no infinite ones; those are texts.
pub fn value(text: &str) -> Value {
    match text.parse::<serde_json::Number>() {
        Ok(number) => Value::Number(number),
        Err(_) => text.into(),
    }
}

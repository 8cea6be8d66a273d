//! Periods of time: months, days and microseconds kept apart, as PostgreSQL's interval does.

use super::near;
use super::place::quoted;
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, Error};
use std::fmt;

/// A period of time, as `14 days`, `1 year 6 months` or `12:00:00`: numbers, each with its unit (microseconds to years),
/// and hours, minutes and seconds as a clock shows them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Period {
    /// Calendar months; a year is twelve.
    pub months: i32,
    /// Calendar days; a week is seven.
    pub days: i32,
    /// Microseconds.
    pub micros: i64,
}

/// What a unit is made of.
#[derive(Clone, Copy)]
enum Unit {
    Months(i32),
    Days(i32),
    Micros(i64),
}

/// The microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// The units, in the singular.
const UNITS: [(&str, Unit); 9] = [
    ("microsecond", Unit::Micros(1)),
    ("millisecond", Unit::Micros(1_000)),
    ("second", Unit::Micros(1_000_000)),
    ("minute", Unit::Micros(60_000_000)),
    ("hour", Unit::Micros(HOUR)),
    ("day", Unit::Days(1)),
    ("week", Unit::Days(7)),
    ("month", Unit::Months(1)),
    ("year", Unit::Months(12)),
];

/// What a period looks like.
const LOOKS: &str = r#"Periods look like "14 days", "1 year 6 months", "36 hours" or "12:30:00"."#;

impl Period {
    /// Is a whole day.
    pub const DAY: Self = Self { months: 0, days: 1, micros: 0 };

    /// Is an hour.
    pub const HOUR: Self = Self { months: 0, days: 0, micros: HOUR };

    /// Reads a period; a refusal says after a line break what would do.
    pub fn named(text: &str) -> Result<Self, String> {
        let mut period = Self::default();
        let mut words = text.split_whitespace().peekable();
        if words.peek().is_none() {
            return Err(format!("must be a period, got {}\n{LOOKS}", quoted(text)));
        }
        while let Some(word) = words.next() {
            let added = match clock(word) {
                Some(micros) => period.plus(Unit::Micros(1), micros?),
                None => {
                    let unit = words.next().ok_or_else(|| lacks_unit(text, word))?;
                    let (number, unit) = count(word, unit).map_err(|refusal| refusal.in_text(text))?;
                    period.plus(unit, number)
                }
            };
            period = added.ok_or_else(|| too_long(text))?;
        }
        Ok(period)
    }

    /// Adds a number of units, if the period can hold them.
    fn plus(self, unit: Unit, number: i64) -> Option<Self> {
        let times = |size: i32| i32::try_from(number).ok()?.checked_mul(size);
        Some(match unit {
            Unit::Months(size) => Self { months: self.months.checked_add(times(size)?)?, ..self },
            Unit::Days(size) => Self { days: self.days.checked_add(times(size)?)?, ..self },
            Unit::Micros(size) => {
                Self { micros: self.micros.checked_add(number.checked_mul(size)?)?, ..self }
            }
        })
    }

    /// Gives both periods together, if one can hold them.
    pub fn and(self, other: Self) -> Option<Self> {
        Some(Self {
            months: self.months.checked_add(other.months)?,
            days: self.days.checked_add(other.days)?,
            micros: self.micros.checked_add(other.micros)?,
        })
    }

    /// Tells whether time passes in it, and never backwards.
    pub fn is_positive(self) -> bool {
        self.is_not_negative() && self != Self::default()
    }

    /// Tells whether no time passes backwards in it.
    pub fn is_not_negative(self) -> bool {
        self.months >= 0 && self.days >= 0 && self.micros >= 0
    }

    /// Tells whether a part of it is longer than 10,000 years, so that a moment and it may leave the calendar.
    pub fn is_longer_than_history(self) -> bool {
        let years = 10_000;
        self.months > 12 * years
            || self.days > 365 * years
            || self.micros / (24 * HOUR) > i64::from(365 * years)
    }

    /// Gives its length in microseconds, a day being 24 hours; none where it holds months, whose lengths differ.
    pub fn fixed_micros(self) -> Option<i64> {
        let days = i64::from(self.days).checked_mul(24 * HOUR)?;
        (self.months == 0).then_some(self.micros)?.checked_add(days)
    }
}

/// Why a number with its unit is none.
enum Refusal {
    Number(String),
    Fraction(String),
    Unit(String),
    TooLong,
}

impl Refusal {
    /// Says it of the whole text.
    fn in_text(self, text: &str) -> String {
        match self {
            Self::Number(word) => {
                format!("must be a period, got {}: {} is not a number\n{LOOKS}", quoted(text), quoted(&word))
            }
            Self::Fraction(unit) => {
                format!(
                    "must have whole {unit}s, got {}\nSay it in a smaller unit, as \"36 hours\".",
                    quoted(text)
                )
            }
            Self::Unit(word) => {
                let singular = word.strip_suffix('s').unwrap_or(&word);
                let hint = near::hint(singular, "The units are", UNITS.map(|(unit, _)| unit));
                format!("must be a period, got {}: unknown unit {}\n{hint}", quoted(text), quoted(&word))
            }
            Self::TooLong => too_long(text),
        }
    }
}

/// Says that a number has no unit.
fn lacks_unit(text: &str, number: &str) -> String {
    format!("must be a period, got {}: {} has no unit\n{LOOKS}", quoted(text), quoted(number))
}

/// Says that an interval cannot hold the period.
fn too_long(text: &str) -> String {
    format!("is too long, got {}\n178000000 years are the most.", quoted(text))
}

/// Reads a number and its unit; a fraction is kept where the unit has a fixed length.
fn count(number: &str, unit: &str) -> Result<(i64, Unit), Refusal> {
    let named = |name: &str| UNITS.iter().find(|(known, _)| *known == name);
    let lower = unit.to_ascii_lowercase();
    let found = named(&lower).or_else(|| named(lower.strip_suffix('s')?));
    let (name, size) = found.ok_or_else(|| Refusal::Unit(unit.into()))?;
    if let Ok(number) = number.parse() {
        return Ok((number, *size));
    }
    let (micros, is_whole) = match size {
        Unit::Micros(micros) => (i128::from(*micros), false),
        _ => (1, true),
    };
    let scaled = decimal(number, micros).ok_or_else(|| Refusal::Number(number.into()))?;
    match is_whole && number.contains('.') {
        true => Err(Refusal::Fraction((*name).into())),
        false => Ok((i64::try_from(scaled).map_err(|_| Refusal::TooLong)?, Unit::Micros(1))),
    }
}

/// Reads a decimal as so many times `scale`; what is smaller than one is cut off.
fn decimal(text: &str, scale: i128) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<i128>().ok() };
    let fraction = &fraction[..fraction.len().min(12)];
    let parts = number(fraction)? * scale / 10i128.pow(fraction.len() as u32);
    Some(sign * number(whole)?.checked_mul(scale)?.checked_add(parts)?)
}

/// Reads `hh:mm:ss` or `hh:mm` in microseconds; none where the word has no colon.
fn clock(word: &str) -> Option<Result<i64, String>> {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, word),
    };
    let mut parts = digits.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    let mut micros = || {
        let below_sixty =
            |text: &str, scale: i128| decimal(text, scale).filter(|micros| (0..60 * scale).contains(micros));
        let minutes = below_sixty(minutes, 1).filter(|_| !minutes.contains('.'))?;
        let hours: u32 = hours.parse().ok()?;
        let seconds = below_sixty(seconds, 1_000_000)?;
        let micros = i128::from(hours) * i128::from(HOUR) + minutes * 60_000_000 + seconds;
        parts.next().is_none().then_some(sign * i64::try_from(micros).ok()?)
    };
    Some(micros().ok_or_else(|| format!("must be a period, got {}\n{LOOKS}", quoted(word))))
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::named(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let parted = [(self.months / 12, "year"), (self.months % 12, "month"), (self.days, "day")];
        for (number, unit) in parted.into_iter().filter(|(number, _)| *number != 0) {
            parts.push(format!("{number} {unit}{}", if number == 1 { "" } else { "s" }));
        }
        if self.micros != 0 || parts.is_empty() {
            let sign = if self.micros < 0 { "-" } else { "" };
            let (seconds, micros) =
                (self.micros.unsigned_abs() / 1_000_000, self.micros.unsigned_abs() % 1_000_000);
            let clock = format!("{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
            parts.push(if micros == 0 { clock } else { format!("{clock}.{micros:06}") });
        }
        to.write_str(&parts.join(" "))
    }
}

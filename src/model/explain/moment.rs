//! Moments as they are told: days, and times of the day where the day does not say enough.

use super::words;
use crate::model::calendar::{Calendar, Day, civil};
use crate::model::document::Language;
use crate::model::period::Period;

/// The microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The months of a year in English.
const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The months of a year in French.
const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// How much of a moment is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The day.
    Day,
    /// The minute.
    Minute,
    /// The microsecond.
    All,
}

/// Writes a moment as ISO 8601 does, in UTC.
pub fn iso(moment: i64) -> String {
    let day = moment.div_euclid(DAY);
    let of_day = moment.rem_euclid(DAY);
    let (seconds, micros) = (of_day / 1_000_000, of_day % 1_000_000);
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    let fraction = fraction.trim_end_matches('0');
    let day = iso_day(Day::try_from(day).unwrap_or_default());
    format!("{day}T{:02}:{:02}:{:02}{fraction}Z", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Writes a day as ISO 8601 does.
pub fn iso_day(day: Day) -> String {
    let (year, month, of_month) = civil(day);
    format!("{year:04}-{month:02}-{of_month:02}")
}

/// Says a day of a month of a year.
fn tell_date(year: i64, month: i64, of_month: i64, language: Language) -> String {
    let months = match language {
        Language::En => ENGLISH,
        Language::Fr => FRENCH,
    };
    let month = usize::try_from(month - 1).ok().and_then(|at| months.get(at)).copied().unwrap_or_default();
    match (language, of_month) {
        (Language::Fr, 1) => format!("1er {month} {year}"),
        _ => format!("{of_month} {month} {year}"),
    }
}

/// Says a moment as a calendar has it.
pub fn tell(moment: i64, detail: Detail, calendar: &dyn Calendar, language: Language) -> String {
    if moment == i64::MAX || moment == i64::MIN {
        return if moment > 0 { "∞" } else { "-∞" }.into();
    }
    let (year, month, of_month) = civil(calendar.day(moment));
    let date = tell_date(year, month, of_month, language);
    let clock = calendar.clock(moment).clamp(0, DAY - 1);
    let (seconds, micros) = (clock / 1_000_000, clock % 1_000_000);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let time = match (detail, language) {
        (Detail::Day, _) => return date,
        (Detail::Minute, Language::En) => format!("{hours:02}:{minutes:02}"),
        (Detail::Minute, Language::Fr) => format!("{hours}\u{a0}h\u{a0}{minutes:02}"),
        (Detail::All, _) => format!("{hours:02}:{minutes:02}:{:02}.{micros:06}", seconds % 60),
    };
    words::AT_TIME.fill(language, &[&date, &time])
}

/// Says a date as a document writes it; what is more than a day is left as it is.
pub fn tell_written(text: &str, language: Language) -> String {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
        (Some(year), Some(month @ 1..=12), Some(of_month @ 1..=31)) => {
            tell_date(year, month, of_month, language)
        }
        _ => text.into(),
    }
}

/// Says how many days before a moment another one is, or after it.
pub fn tell_days(moment: i64, as_of: i64, calendar: &dyn Calendar, language: Language) -> String {
    let days = i64::from(calendar.day(as_of)) - i64::from(calendar.day(moment));
    let count = words::DAYS.count(days.unsigned_abs(), language);
    match days {
        0 => words::SAME_DAY.get(language),
        days if days > 0 => words::BEFORE.fill(language, &[&count]),
        _ => words::AFTER.fill(language, &[&count]),
    }
}

/// Says a period in its units.
pub fn tell_period(period: Period, language: Language) -> String {
    let micros = period.micros.unsigned_abs();
    let seconds = micros / 1_000_000;
    let parts = [
        (words::YEARS, u64::from(period.months.unsigned_abs()) / 12),
        (words::MONTHS, u64::from(period.months.unsigned_abs()) % 12),
        (words::DAYS, u64::from(period.days.unsigned_abs())),
        (words::HOURS, seconds / 3_600),
        (words::MINUTES, seconds / 60 % 60),
        (words::SECONDS, seconds % 60),
        (words::MICROSECONDS, micros % 1_000_000),
    ];
    let told = parts.iter().filter(|(_, count)| *count > 0).map(|(unit, count)| unit.count(*count, language));
    let told: Vec<String> = told.collect();
    if told.is_empty() { words::SECONDS.count(0, language) } else { told.join(" ") }
}

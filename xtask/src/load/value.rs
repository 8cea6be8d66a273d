//! What the clients write: customers, dates and amounts, the odd ones too.

use super::random::Random;

/// How many customers there are at first; more come, go and change their keys.
pub const CUSTOMERS: u64 = 2000;

/// Half of the draws hit few hot customers, the others any, some of them unknown.
pub fn customer(random: &mut Random) -> u64 {
    match random.below(100) {
        0..=49 => random.hot(CUSTOMERS),
        50..=97 => random.between(1, CUSTOMERS),
        _ => random.between(1, CUSTOMERS + 300),
    }
}

/// A moment: mostly of the last year, sometimes none, infinite, of the future, or just about to leave a window.
pub fn moment(random: &mut Random) -> String {
    let seconds = random.below(400 * 86_400);
    match random.below(100) {
        0..=1 => "NULL".into(),
        2 => "'infinity'".into(),
        3 => "'-infinity'".into(),
        4 => "'2999-01-01'".into(),
        5..=8 => format!("now() + interval '{} milliseconds'", random.below(5000)),
        9..=16 => format!("now() - interval '1 hour' + interval '{} milliseconds'", random.below(20_000)),
        17..=19 => format!("now() - interval '1 month' + interval '{} milliseconds'", random.below(20_000)),
        20..=29 => "clock_timestamp()".into(),
        30..=34 => format!("date_trunc('day', now() - interval '{seconds} seconds')"),
        35..=59 => format!("now() - interval '{} seconds'", seconds % 10_000),
        _ => format!("now() - interval '{seconds} seconds'"),
    }
}

/// A finite moment of the past or near future, for a column that is NOT NULL and a key of partitions.
pub fn finite_moment(random: &mut Random) -> String {
    match random.below(20) {
        0 => "'2020-02-29 12:00+00'".into(),
        1 => format!("now() + interval '{} milliseconds'", random.below(3000)),
        2..=5 => "clock_timestamp()".into(),
        _ => format!("now() - interval '{} seconds'", random.below(500 * 86_400)),
    }
}

/// An amount: mostly ordinary, sometimes negative, none, not a number, infinite or huge.
pub fn amount(random: &mut Random) -> String {
    match random.below(200) {
        0..=2 => "NULL".into(),
        3 => "'NaN'".into(),
        4 => "'Infinity'".into(),
        5 => "'-Infinity'".into(),
        6 => "100000000000000000.01".into(),
        7..=20 => format!("-{}.{:02}", random.below(300), random.below(100)),
        _ => format!("{}.{:02}", random.below(500), random.below(100)),
    }
}

/// A weight in floating point: mostly ordinary, sometimes odd.
pub fn weight(random: &mut Random) -> String {
    match random.below(100) {
        0 => "NULL".into(),
        1 => "'NaN'".into(),
        2..=6 => format!("-{}", random.between(1, 5)),
        7 => "0".into(),
        8 => "1e-9".into(),
        _ => format!("{}.5", random.below(9)),
    }
}

/// The state of an order.
pub fn status(random: &mut Random) -> &'static str {
    random.pick_weighted(&[(60, "'paid'"), (25, "'open'"), (12, "'cancelled'"), (3, "NULL")])
}

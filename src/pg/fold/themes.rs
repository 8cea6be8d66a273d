//! Themes: how much each of the different values of a customer's events counts, while they are added.

use super::kept::{log_sum, put_log_sum};
use crate::model::measure::Take;
use crate::model::period::Period;
use crate::model::plan::Measured;
use crate::score::log_sum::{Decayed, LogSum, half_lives};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

/// A customer's number, and that of one of his values.
type Theme = (u32, u64);

/// How much each value of each customer counts.
#[derive(Clone)]
pub struct Themes {
    /// The half-life of an event in microseconds; none where it counts whole.
    half_life: Option<i64>,
    strengths: FxHashMap<Theme, Strength>,
}

/// How much a value counts.
#[derive(Clone, Copy)]
pub enum Strength {
    /// As many events have it.
    Whole(u64),
    /// The events that have it decay.
    Decayed(LogSum),
}

impl Themes {
    /// Starts without any; none where a measure takes no theme.
    pub fn of(measured: &Measured) -> Option<Self> {
        let taken = measured.taken().filter(|taken| matches!(taken.take, Take::Theme | Take::Strength))?;
        let half_life = taken.half_life.and_then(Period::fixed_micros);
        Some(Self { half_life, strengths: FxHashMap::default() })
    }

    /// Adds an event; gives how much its theme counts now.
    pub fn add(&mut self, theme: Theme, moment: Option<i64>) -> Strength {
        let none = match self.half_life {
            None => Strength::Whole(0),
            Some(_) => Strength::Decayed(LogSum::NONE),
        };
        let strength = self.strengths.entry(theme).or_insert(none);
        match (strength, self.half_life, moment) {
            (Strength::Whole(count), ..) => *count += 1,
            (Strength::Decayed(sum), Some(half_life), Some(moment)) => sum.add(half_lives(moment, half_life)),
            _ => {}
        }
        self.strengths[&theme]
    }
}

impl Strength {
    /// Compares with the strength in these words; logarithms as levels compare them.
    pub fn compare(self, words: &[u64]) -> Ordering {
        let figure = |sum: LogSum| Decayed { positive: sum.log2(), ..Decayed::NONE }.figure();
        match self {
            Self::Whole(count) => count.cmp(&words[0]),
            Self::Decayed(sum) => figure(sum).total_cmp(&figure(log_sum(words))),
        }
    }

    /// Tells whether it is more than what is in these words, by however little.
    pub fn is_above(self, words: &[u64]) -> bool {
        match self {
            Self::Whole(count) => count > words[0],
            Self::Decayed(sum) => sum.log2() > log_sum(words).log2(),
        }
    }

    /// Writes it into words.
    pub fn put(self, words: &mut [u64]) {
        match self {
            Self::Whole(count) => words[0] = count,
            Self::Decayed(sum) => put_log_sum(&mut words[..2], sum),
        }
    }
}

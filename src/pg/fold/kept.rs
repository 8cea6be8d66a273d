//! What a measure keeps of each customer while events are added: a few words, and where they stand.

use crate::model::measure::Take;
use crate::model::period::Period;
use crate::model::plan::Measured;
use crate::score::log_sum::LogSum;

/// What a measure keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// How many events, or how many different values.
    Count,
    Distinct,
    /// The units of a sum in two words, and how many values were added with the decimals that it shows.
    Sum,
    Average,
    /// A moment.
    First,
    Last,
    /// A moment, its value, and what that is.
    FirstValue,
    LastValue,
    /// A value, and what it is.
    Minimum,
    Maximum,
    Attribute,
    /// A value, what it is, and how much it counts: whole, or the two words of a log-sum with a half-life.
    Theme(Option<i64>),
    /// The two words of a log-sum, with a half-life.
    Decayed(i64),
    /// Two of them: for what is positive and for what is negative.
    DecayedSum(i64),
}

/// What a value is that was kept, in the word after it.
pub const NOTHING: u64 = 0;
/// NULL.
pub const NULL: u64 = 1;
/// A value.
pub const VALUE: u64 = 2;

/// The bits of the decimals in the word that also counts: a numeric shows at most 16383.
const SCALE_BITS: u32 = 16;

impl Kept {
    /// Finds what a measure keeps; nothing where it is computed.
    pub fn of(measured: &Measured) -> Option<Self> {
        let taken = measured.taken()?;
        Some(match (taken.take, measured.half_life()) {
            (Take::Theme, _) => Self::Theme(taken.half_life.and_then(Period::fixed_micros)),
            (_, Some(half_life)) if measured.has_negative_part() => Self::DecayedSum(half_life),
            (_, Some(half_life)) => Self::Decayed(half_life),
            (Take::Count | Take::Strength, None) => Self::Count,
            (Take::Distinct, None) => Self::Distinct,
            (Take::Sum, None) => Self::Sum,
            (Take::Average, None) => Self::Average,
            (Take::Minimum, None) => Self::Minimum,
            (Take::Maximum, None) => Self::Maximum,
            (Take::First, None) if taken.has_value() => Self::FirstValue,
            (Take::Last, None) if taken.has_value() => Self::LastValue,
            (Take::First, None) => Self::First,
            (Take::Last, None) => Self::Last,
            (Take::Attribute, None) => Self::Attribute,
        })
    }

    /// Gives the words of a customer without any event.
    pub fn start(self) -> Vec<u64> {
        let (greatest, over) = LogSum::NONE.parts();
        let none = [greatest.to_bits(), over.to_bits()];
        match self {
            Self::Count | Self::Distinct => vec![0],
            Self::Sum | Self::Average => vec![0; 3],
            Self::First => vec![i64::MAX as u64],
            Self::Last => vec![i64::MIN as u64],
            Self::FirstValue | Self::LastValue => vec![0, 0, NOTHING],
            Self::Minimum | Self::Maximum | Self::Attribute => vec![0, NOTHING],
            Self::Theme(None) => vec![0, NOTHING, 0],
            Self::Theme(Some(_)) => [vec![0, NOTHING], none.to_vec()].concat(),
            Self::Decayed(_) => none.to_vec(),
            Self::DecayedSum(_) => [none, none].concat(),
        }
    }

    /// Tells whether it keeps values as they are.
    pub fn keeps_values(self) -> bool {
        matches!(
            self,
            Self::FirstValue
                | Self::LastValue
                | Self::Minimum
                | Self::Maximum
                | Self::Distinct
                | Self::Attribute
                | Self::Theme(_)
        )
    }

    /// Tells whether any event has been added to these words.
    pub fn has_any(self, words: &[u64]) -> bool {
        match self {
            Self::Count | Self::Distinct => words[0] != 0,
            Self::Sum | Self::Average => count_of(words[2]) != 0,
            Self::First => words[0] != i64::MAX as u64,
            Self::Last => words[0] != i64::MIN as u64,
            Self::FirstValue | Self::LastValue => words[2] != NOTHING,
            Self::Minimum | Self::Maximum | Self::Attribute | Self::Theme(_) => words[1] != NOTHING,
            Self::Decayed(_) => log_sum(words).log2() != f64::NEG_INFINITY,
            Self::DecayedSum(half_life) => {
                let (positive, negative) = words.split_at(2);
                Self::Decayed(half_life).has_any(positive) || Self::Decayed(half_life).has_any(negative)
            }
        }
    }
}

/// Counts one more in the third word of a sum, which shows at least so many decimals.
#[inline]
pub fn count_one(word: u64, scale: u32) -> u64 {
    let mask = (1 << SCALE_BITS) - 1;
    ((word & !mask) + (1 << SCALE_BITS)) | (word & mask).max(u64::from(scale))
}

/// Gives the count of the third word of a sum.
#[inline]
pub fn count_of(word: u64) -> u64 {
    word >> SCALE_BITS
}

/// Gives the decimals of the third word of a sum.
#[inline]
pub fn scale_of(word: u64) -> u32 {
    (word & ((1 << SCALE_BITS) - 1)) as u32
}

/// Writes the three words of a sum.
pub fn sum_words(units: i128, scale: u32, count: u64) -> [u64; 3] {
    [units as u64, (units >> 64) as u64, (count << SCALE_BITS) | u64::from(scale)]
}

/// Gives the units of the first two words of a sum.
#[inline]
pub fn units_of(words: &[u64]) -> i128 {
    (i128::from(words[1] as i64) << 64) | i128::from(words[0])
}

/// Gives the log-sum of two words.
#[inline]
pub fn log_sum(words: &[u64]) -> LogSum {
    LogSum::of_parts(f64::from_bits(words[0]), f64::from_bits(words[1]))
}

/// Writes a log-sum into two words.
#[inline]
pub fn put_log_sum(words: &mut [u64], sum: LogSum) {
    let (greatest, over) = sum.parts();
    (words[0], words[1]) = (greatest.to_bits(), over.to_bits());
}

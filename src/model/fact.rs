//! Facts: what a measure says of one customer.

use crate::score::log_sum::Decayed;
use crate::score::number::Number;
use std::borrow::Cow;

/// What a measure says of one customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Fact<'a> {
    /// Nothing: NULL.
    #[default]
    None,
    /// A number.
    Number(Number),
    /// A moment, in microseconds since 2000-01-01 UTC.
    Moment(i64),
    /// True or false.
    Truth(bool),
    /// A text, or the text of a value of any other type.
    Text(Cow<'a, str>),
    /// A number that decays.
    Decayed(Decayed),
}

impl Fact<'_> {
    /// Gives the figure that levels are cut in; NaN where there is none, which is so of texts.
    pub fn figure(&self) -> f64 {
        // −0 is 0, so that equal figures are the same bits.
        0.0 + match self {
            Self::None | Self::Text(_) => f64::NAN,
            Self::Number(number) => number.figure(),
            Self::Moment(moment) => *moment as f64,
            Self::Truth(truth) => f64::from(u8::from(*truth)),
            Self::Decayed(sum) => sum.figure(),
        }
    }
}

//! Decayed sums that need no clock: the logarithm of what they are at a fixed moment.
//!
//! With s = log2(Σ wᵢ·2^(tᵢ/h)), t counted from 2000-01-01 UTC, the sum as of any later moment is 2^(s − now/h). So adding an
//! event never asks for the time, nothing overflows, and the order by value is the same at any time. What is negative is
//! kept apart, as a second logarithm.

/// The logarithm of a sum of powers of two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogSum {
    greatest: f64,
    /// The sum, in units of 2^greatest.
    over: f64,
}

impl LogSum {
    /// No term yet.
    pub const NONE: Self = Self { greatest: f64::NEG_INFINITY, over: 0.0 };

    /// Adds 2^exponent.
    #[inline]
    pub fn add(&mut self, exponent: f64) {
        if exponent > self.greatest {
            self.over = self.over * (self.greatest - exponent).exp2() + 1.0;
            self.greatest = exponent;
        } else if exponent > f64::NEG_INFINITY {
            let less = exponent - self.greatest;
            self.over += if less.is_nan() { 1.0 } else { less.exp2() };
        }
    }

    /// Gives what [`Self::of_parts`] makes it of.
    #[inline]
    pub fn parts(self) -> (f64, f64) {
        (self.greatest, self.over)
    }

    /// Makes a sum of the parts of another.
    #[inline]
    pub fn of_parts(greatest: f64, over: f64) -> Self {
        Self { greatest, over }
    }

    /// Gives the logarithm; −Infinity where there is no term.
    pub fn log2(&self) -> f64 {
        self.greatest + self.over.log2()
    }
}

/// Counts the half-lives of a moment, both in microseconds.
#[inline]
pub fn half_lives(moment: i64, half_life: i64) -> f64 {
    let whole = moment.div_euclid(half_life);
    whole as f64 + moment.rem_euclid(half_life) as f64 / half_life as f64
}

/// A decayed sum: the logarithms of what is positive and of what is negative in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decayed {
    /// log2 of the sum of the positive terms; −Infinity where there is none.
    pub positive: f64,
    /// log2 of the sum of the negative terms, as a positive number; −Infinity where there is none.
    pub negative: f64,
}

/// Levels compare logarithms rounded to 2^−24, so that the order of additions shows only where a tie straddles that grid.
const GRID: f64 = (1 << 24) as f64;

/// What is added to the logarithm to make a figure of it, so that figures of what is above 0 are above 0: more than the
/// half-lives of an hour since the year 4713 before Christ.
const ABOVE_ZERO: f64 = (1 << 27) as f64;

impl Decayed {
    /// Nothing.
    pub const NONE: Self = Self { positive: f64::NEG_INFINITY, negative: f64::NEG_INFINITY };

    /// Gives the sign of the sum and the logarithm of its size, rounded to the grid.
    fn sign_and_log(self) -> (f64, f64) {
        let (sign, more, less) = match self.positive >= self.negative {
            true => (1.0, self.positive, self.negative),
            false => (-1.0, self.negative, self.positive),
        };
        if more == less || more == f64::NEG_INFINITY {
            return (0.0, f64::NEG_INFINITY);
        }
        let log = more + (-(less - more).exp2()).ln_1p() / std::f64::consts::LN_2;
        (sign, (log * GRID).round() / GRID)
    }

    /// Gives a figure that orders sums as their values do, at any time: above 0 where the sum is, 0 where that is 0, and NaN
    /// where that is.
    pub fn figure(self) -> f64 {
        // As in SQL, Infinity - Infinity is no number.
        if self.positive == f64::INFINITY && self.negative == f64::INFINITY {
            return f64::NAN;
        }
        let (sign, log) = self.sign_and_log();
        if sign == 0.0 { 0.0 } else { sign * (log + ABOVE_ZERO).max(1.0) }
    }

    /// Gives the sum as of so many half-lives after 2000.
    pub fn value(self, half_lives: f64) -> f64 {
        (self.positive - half_lives).exp2() - (self.negative - half_lives).exp2()
    }
}

/// Gives the figure that a sum of this value has, as of so many half-lives after 2000.
pub fn figure_of(value: f64, half_lives: f64) -> f64 {
    match value {
        0.0 => 0.0,
        value => (value.abs().log2() + half_lives + ABOVE_ZERO).max(1.0).copysign(value),
    }
}

/// Gives the value of a figure as of so many half-lives after 2000.
pub fn value_of(figure: f64, half_lives: f64) -> f64 {
    match log_of(figure) {
        None => 0.0,
        Some(log) => (log - half_lives).exp2().copysign(figure),
    }
}

/// Gives the logarithm that a figure was made of; none where it is nothing, which a cut between nothing and something is too.
pub fn log_of(figure: f64) -> Option<f64> {
    (figure.abs() > ABOVE_ZERO / 4.0).then(|| figure.abs() - ABOVE_ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000_000;

    /// Makes a decayed sum of weights and moments.
    fn decayed(events: &[(f64, i64)], half_life: i64) -> Decayed {
        let mut sums = [LogSum::NONE; 2];
        for (weight, at) in events {
            sums[usize::from(*weight < 0.0)].add(weight.abs().log2() + half_lives(*at, half_life));
        }
        Decayed { positive: sums[0].log2(), negative: sums[1].log2() }
    }

    proptest! {
        #[test]
        fn values_are_those_of_the_formula(
            events in prop::collection::vec((-5.0..5.0f64, -200_000..200_000i64), 0..30), hours in 1..1000i64,
        ) {
            let now = 200_000i64 * HOUR;
            let sum = decayed(&events.iter().map(|(weight, at)| (*weight, at * HOUR)).collect::<Vec<_>>(), hours * HOUR);
            let term = |(weight, at): &(f64, i64)| weight * (-((200_000 - at) as f64) / hours as f64).exp2();
            let (value, scale): (f64, f64) = (events.iter().map(term).sum(), events.iter().map(|event| term(event).abs()).sum());
            prop_assert!((sum.value(half_lives(now, hours * HOUR)) - value).abs() <= 1e-9 * scale + f64::MIN_POSITIVE);
        }

        #[test]
        fn figures_are_in_the_order_of_values(one in -1e3..1e3f64, other in -1e3..1e3f64, at in 0..9_000_000i64) {
            prop_assume!((one - other).abs() > 1e-3);
            let figure = |value| decayed(&[(value, at * HOUR)], 24 * HOUR).figure();
            prop_assert_eq!(figure(one) < figure(other), one < other);
            let days = half_lives(at * HOUR, 24 * HOUR);
            prop_assert!((value_of(figure(one), days) - one).abs() <= 1e-6 * one.abs());
            prop_assert!((figure_of(one, days) - figure(one)).abs() <= 1e-6);
        }
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!((Decayed::NONE.figure(), Decayed::NONE.value(7.0), value_of(0.0, 3.0)), (0.0, 0.0, 0.0));
        assert_eq!(LogSum::NONE.log2(), f64::NEG_INFINITY);
        assert!(Decayed { positive: f64::INFINITY, negative: f64::INFINITY }.figure().is_nan());
    }
}

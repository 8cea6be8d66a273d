//! Numbers as SQL has them: whole, decimal or float; decimals are exact, whatever their length.
//!
//! A column of decimals can also hold NaN and infinities, which are floats here.

use crate::error::{Error, Fault};
use bigdecimal::BigDecimal;
use num_bigint::BigInt;
use std::cmp::Ordering;

/// A number.
#[derive(Clone, Debug)]
pub enum Number {
    /// A whole number.
    Whole(i64),
    /// A decimal of so many units of 10^-scale, where they fit: amounts of money do, and so need no allocation.
    Units(i64, u32),
    /// A decimal of any length, with the digits after its point that it shows.
    Decimal(BigDecimal),
    /// A float, or what a decimal cannot be: NaN or infinite.
    Float(f64),
}

impl Number {
    /// Makes a decimal of so many units of 10^-scale.
    pub fn decimal(units: i128, scale: u32) -> Self {
        match i64::try_from(units) {
            Ok(units) => Self::Units(units, scale),
            Err(_) => Self::Decimal(BigDecimal::new(BigInt::from(units), scale.into())),
        }
    }

    /// Gives the nearest float8.
    pub fn figure(&self) -> f64 {
        match self {
            Self::Whole(number) => *number as f64,
            Self::Units(units, scale) if units.unsigned_abs() <= MOST_EXACT && *scale <= MOST_EXACT_SCALE => {
                *units as f64 / 10f64.powi(*scale as i32)
            }
            Self::Units(..) => nearest(&self.exact()),
            Self::Decimal(number) => nearest(number),
            Self::Float(number) => *number,
        }
    }

    /// Gives the sum.
    pub fn plus(&self, other: &Self) -> Result<Self, Error> {
        self.combine(other, i128::checked_add, |one, other| one + other, |one, other| one + other)
    }

    /// Gives the difference.
    pub fn minus(&self, other: &Self) -> Result<Self, Error> {
        self.combine(other, i128::checked_sub, |one, other| one - other, |one, other| one - other)
    }

    /// Compares by value; NaN is above all, as in SQL.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one.cmp(other),
            (Self::Units(one, scale), Self::Units(other, same)) if scale == same => one.cmp(other),
            (Self::Float(one), other) => compare_floats(*one, other.figure()),
            (one, Self::Float(other)) => compare_floats(one.figure(), *other),
            _ => self.exact().cmp(&other.exact()),
        }
    }

    /// Combines two numbers as what the wider of them is.
    fn combine(
        &self,
        other: &Self,
        units: fn(i128, i128) -> Option<i128>,
        decimal: fn(BigDecimal, BigDecimal) -> BigDecimal,
        float: fn(f64, f64) -> f64,
    ) -> Result<Self, Error> {
        Ok(match (self, other) {
            (Self::Whole(one), Self::Whole(two)) => {
                let whole = units((*one).into(), (*two).into()).and_then(|whole| i64::try_from(whole).ok());
                Self::Whole(whole.ok_or_else(|| {
                    Error::new(Fault::NumberOutOfRange, format!("bigint out of range for {one} and {two}"))
                        .hint("Make one of them numeric.")
                })?)
            }
            (Self::Float(_), _) | (_, Self::Float(_)) => Self::Float(float(self.figure(), other.figure())),
            _ => match self.combine_units(other, units) {
                Some(combined) => combined,
                None => Self::Decimal(in_finer_units(self.exact(), other.exact(), decimal)),
            },
        })
    }

    /// Combines two decimals in units of the finer of them; none where they do not fit.
    fn combine_units(&self, other: &Self, units: fn(i128, i128) -> Option<i128>) -> Option<Self> {
        let ((one, one_scale), (two, two_scale)) = (self.in_units()?, other.in_units()?);
        let scale = one_scale.max(two_scale);
        let widened = |units: i64, own: u32| i128::from(units).checked_mul(10i128.checked_pow(scale - own)?);
        Some(Self::decimal(units(widened(one, one_scale)?, widened(two, two_scale)?)?, scale))
    }

    /// Gives the units and the scale of what is not a float; none where they do not fit.
    fn in_units(&self) -> Option<(i64, u32)> {
        match self {
            Self::Whole(number) => Some((*number, 0)),
            Self::Units(units, scale) => Some((*units, *scale)),
            _ => None,
        }
    }

    /// Gives the number as a decimal; 0 where it is a float, which no caller asks for.
    fn exact(&self) -> BigDecimal {
        match self {
            Self::Whole(number) => BigDecimal::from(*number),
            Self::Units(units, scale) => BigDecimal::new(BigInt::from(*units), i64::from(*scale)),
            Self::Decimal(number) => number.clone(),
            Self::Float(_) => BigDecimal::default(),
        }
    }

    /// Writes a decimal or a whole number with all its digits; a float as Rust does.
    pub fn plain_text(&self) -> String {
        match self {
            Self::Float(number) => number.to_string(),
            _ => self.exact().to_plain_string(),
        }
    }
}

/// Equal numbers of one kind are equal, however long a decimal is and whatever it shows.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one == other,
            (Self::Float(one), Self::Float(other)) => one == other,
            (Self::Units(..) | Self::Decimal(_), Self::Units(..) | Self::Decimal(_)) => {
                self.compare(other) == Ordering::Equal
            }
            _ => false,
        }
    }
}

/// Combines two decimals, and shows as many decimals as the finer of them, as SQL does; without this, 0 is added without its own.
fn in_finer_units(
    one: BigDecimal,
    other: BigDecimal,
    combine: fn(BigDecimal, BigDecimal) -> BigDecimal,
) -> BigDecimal {
    let scale = one.fractional_digit_count().max(other.fractional_digit_count());
    combine(one, other).with_scale(scale)
}

/// Compares floats as SQL does: NaN is above all, and equal to itself.
fn compare_floats(one: f64, other: f64) -> Ordering {
    one.partial_cmp(&other).unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
}

/// The whole numbers up to here are floats (2^53), and so are the powers of ten up to 10^22: their quotient is rounded once.
const MOST_EXACT: u64 = 1 << 53;
/// The greatest of those powers.
const MOST_EXACT_SCALE: u32 = 22;

/// Gives the float nearest to a decimal, as reading its digits does.
fn nearest(number: &BigDecimal) -> f64 {
    number.to_plain_string().parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn figures_are_the_nearest_floats(units in any::<i64>(), scale in 0..30u32) {
            let number = Number::decimal(units.into(), scale);
            let read: f64 = BigDecimal::new(units.into(), scale.into()).to_plain_string().parse().unwrap_or(0.0);
            prop_assert_eq!(number.figure(), read);
        }

        #[test]
        fn a_sum_less_a_part_is_the_other(one in any::<i32>(), other in any::<i32>(), scale in 0..9u32) {
            let (one, other) = (Number::decimal(one.into(), scale), Number::decimal(other.into(), 2));
            let sum = one.plus(&other)?;
            prop_assert_eq!(sum.minus(&other)?.compare(&one), Ordering::Equal);
        }
    }

    proptest! {
        /// Decimals in units and those of any length are the same numbers.
        #[test]
        fn short_decimals_are_as_long_ones(
            one in prop_oneof![any::<i64>(), -999i64..999], one_scale in 0..25u32,
            other in prop_oneof![any::<i64>(), -999i64..999], other_scale in 0..25u32,
        ) {
            let long = |units: i64, scale: u32| BigDecimal::new(units.into(), scale.into());
            let (short_one, short_other) = (Number::Units(one, one_scale), Number::Units(other, other_scale));
            let (long_one, long_other) = (long(one, one_scale), long(other, other_scale));
            prop_assert_eq!(short_one.compare(&short_other), long_one.cmp(&long_other));
            prop_assert_eq!(short_one == short_other, long_one == long_other);
            prop_assert_eq!(short_one.figure(), Number::Decimal(long_one.clone()).figure());
            let (long_one, long_other) = (Number::Decimal(long_one), Number::Decimal(long_other));
            prop_assert_eq!(short_one.plus(&short_other)?.plain_text(), long_one.plus(&long_other)?.plain_text());
            prop_assert_eq!(short_one.minus(&short_other)?.plain_text(), long_one.minus(&long_other)?.plain_text());
            let (whole, decimal) = (Number::Whole(other), Number::Decimal(other.into()));
            prop_assert_eq!(whole.plus(&short_one)?.plain_text(), decimal.plus(&long_one)?.plain_text());
        }
    }

    #[test]
    fn tenths_are_exact() {
        let tenths = |units| Number::decimal(units, 1);
        assert_eq!(tenths(3).minus(&tenths(1)), Ok(tenths(2)));
        assert_eq!(Number::Whole(1).minus(&tenths(1)), Ok(tenths(9)));
        assert!(Number::Whole(i64::MAX).plus(&Number::Whole(1)).is_err());
    }

    #[test]
    fn a_sum_shows_the_decimals_of_both() {
        let (zero, long) = (Number::Units(0, 1), Number::Decimal(BigDecimal::from(i128::from(i64::MAX) + 1)));
        let shown = |number: Result<Number, Error>| number.map(|number| number.plain_text());
        assert_eq!(shown(long.plus(&zero)), Ok("9223372036854775808.0".to_owned()));
        assert_eq!(shown(Number::Whole(1).plus(&zero)), Ok("1.0".to_owned()));
    }
}

//! Numbers as SQL has them: whole, decimal or float; decimals are exact, whatever their length.
//!
//! A column of decimals can also hold NaN and infinities, which are floats here.

use crate::error::{Error, Fault};
use bigdecimal::BigDecimal;
use num_bigint::BigInt;
use std::cmp::Ordering;

/// A number.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    Whole(i64),
    /// A decimal with the digits after its point that it shows.
    Decimal(BigDecimal),
    /// A float, or what a decimal cannot be: NaN or infinite.
    Float(f64),
}

impl Number {
    /// Makes a decimal of so many units of 10^-scale.
    pub fn decimal(units: i128, scale: u32) -> Self {
        Self::Decimal(BigDecimal::new(BigInt::from(units), scale.into()))
    }

    /// Gives the nearest float8.
    pub fn figure(&self) -> f64 {
        match self {
            Self::Whole(number) => *number as f64,
            Self::Decimal(number) => nearest(number),
            Self::Float(number) => *number,
        }
    }

    /// Gives the sum.
    pub fn plus(&self, other: &Self) -> Result<Self, Error> {
        self.combine(other, i64::checked_add, |one, other| one + other, |one, other| one + other)
    }

    /// Gives the difference.
    pub fn minus(&self, other: &Self) -> Result<Self, Error> {
        self.combine(other, i64::checked_sub, |one, other| one - other, |one, other| one - other)
    }

    /// Compares by value; NaN is above all, as in SQL.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one.cmp(other),
            (Self::Float(one), other) => compare_floats(*one, other.figure()),
            (one, Self::Float(other)) => compare_floats(one.figure(), *other),
            _ => self.exact().cmp(&other.exact()),
        }
    }

    /// Combines two numbers as what the wider of them is.
    fn combine(
        &self,
        other: &Self,
        whole: fn(i64, i64) -> Option<i64>,
        decimal: fn(BigDecimal, BigDecimal) -> BigDecimal,
        float: fn(f64, f64) -> f64,
    ) -> Result<Self, Error> {
        Ok(match (self, other) {
            (Self::Whole(one), Self::Whole(two)) => Self::Whole(whole(*one, *two).ok_or_else(|| {
                Error::new(Fault::NumberOutOfRange, format!("bigint out of range for {one} and {two}"))
                    .hint("Make one of them numeric.")
            })?),
            (Self::Float(_), _) | (_, Self::Float(_)) => Self::Float(float(self.figure(), other.figure())),
            _ => Self::Decimal(decimal(self.exact(), other.exact())),
        })
    }

    /// Gives the number as a decimal; 0 where it is a float, which no caller asks for.
    fn exact(&self) -> BigDecimal {
        match self {
            Self::Whole(number) => BigDecimal::from(*number),
            Self::Decimal(number) => number.clone(),
            Self::Float(_) => BigDecimal::default(),
        }
    }
}

/// Compares floats as SQL does: NaN is above all, and equal to itself.
fn compare_floats(one: f64, other: f64) -> Ordering {
    one.partial_cmp(&other).unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
}

/// The whole numbers up to here are floats (2^53), and so are the powers of ten up to 10^22: their quotient is rounded once.
const MOST_EXACT: i64 = 1 << 53;

/// Gives the float nearest to a decimal, as reading its digits does.
fn nearest(number: &BigDecimal) -> f64 {
    let (units, scale) = number.as_bigint_and_exponent();
    match i64::try_from(&units) {
        Ok(units) if units.abs() <= MOST_EXACT && (0..=22).contains(&scale) => {
            units as f64 / 10f64.powi(scale as i32)
        }
        _ => number.to_plain_string().parse().unwrap_or(f64::NAN),
    }
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

    #[test]
    fn tenths_are_exact() {
        let tenths = |units| Number::decimal(units, 1);
        assert_eq!(tenths(3).minus(&tenths(1)), Ok(tenths(2)));
        assert_eq!(Number::Whole(1).minus(&tenths(1)), Ok(tenths(9)));
        assert!(Number::Whole(i64::MAX).plus(&Number::Whole(1)).is_err());
    }
}

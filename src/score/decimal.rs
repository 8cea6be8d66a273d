//! A float8 as the decimal that it is written as.
//!
//! Shares and amounts are typed and printed in decimals: 0.1 + 0.2 must be 0.3 here. The shortest decimal that reads
//! back as the same float8 is that one.

use num_bigint::BigUint;

/// A decimal that is not negative: `digits` · 10^`exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: u64,
    exponent: i32,
}

impl Decimal {
    /// 1.
    pub const ONE: Self = Self { digits: 1, exponent: 0 };

    /// Reads a finite number, not negative, as its shortest decimal.
    pub fn of(number: f64) -> Self {
        Self::in_cents(number).unwrap_or_else(|| Self::shortest(number))
    }

    /// Reads an amount of at most fifteen digits, two of them decimals: a decimal so short is the only one of its float8.
    fn in_cents(number: f64) -> Option<Self> {
        let cents = (number * 100.0).round();
        let exact = cents < 1e15 && cents / 100.0 == number;
        exact.then_some(Self { digits: cents as u64, exponent: -2 })
    }

    /// Reads any number through its shortest form in print, `d.ddde±x`.
    fn shortest(number: f64) -> Self {
        let (mut digits, mut exponent, mut fraction) = (0, 0, false);
        let printed = format!("{number:e}");
        let (mantissa, power) = printed.split_once('e').unwrap_or((&printed, "0"));
        for character in mantissa.chars() {
            match character.to_digit(10) {
                Some(digit) => {
                    digits = digits * 10 + u64::from(digit);
                    exponent -= i32::from(fraction);
                }
                None => fraction = true,
            }
        }
        Self { digits, exponent: exponent + power.parse::<i32>().unwrap_or(0) }
    }

    /// Counts the number in units of 10^`exponent`, which is not above its own; none where that does not fit.
    pub fn in_units(&self, exponent: i32) -> Option<u128> {
        let power = 10u128.checked_pow((self.exponent - exponent) as u32)?;
        power.checked_mul(self.digits.into())
    }
}

/// Whole numbers of any size in place of decimals: the finest unit that some of them need.
pub struct Units {
    exponent: i32,
    powers: Vec<BigUint>,
}

impl Units {
    /// Chooses the unit, and makes the powers of ten that counting in it takes.
    pub fn of(decimals: impl Iterator<Item = Decimal> + Clone) -> Self {
        let exponents = decimals.map(|decimal| decimal.exponent);
        let exponent = exponents.clone().min().unwrap_or(0);
        let largest = exponents.max().unwrap_or(0);
        let tenfold = |power: &BigUint| Some(power * 10u8);
        let powers = std::iter::successors(Some(BigUint::from(1u8)), tenfold);
        Self { exponent, powers: powers.take((largest - exponent) as usize + 1).collect() }
    }

    /// Tells the power of ten of the unit.
    pub fn exponent(&self) -> i32 {
        self.exponent
    }

    /// Counts one of the numbers in units.
    pub fn count(&self, decimal: Decimal) -> BigUint {
        &self.powers[(decimal.exponent - self.exponent) as usize] * decimal.digits
    }
}

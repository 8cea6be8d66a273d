//! Rounding: what computing in binary adds to decimals is taken off again.

/// The most decimals that are told: 10^22 is the greatest power of ten that is a float.
const MOST_DECIMALS: i32 = 22;

/// Rounds a figure to the decimals that a number of this size has within so many digits.
///
/// Any two numbers of up to 15 digits are told apart by the floats nearest to them, so 15 take off what subtracting has
/// added: 1000.1 − 999.8 is 0.3000000000000682 in floats, and 0.3 here.
pub fn within(figure: f64, size: f64, digits: i32) -> f64 {
    let magnitude = size.abs().log10().floor().clamp(-400.0, 400.0) as i32;
    let rounded = match digits - 1 - magnitude {
        decimals @ 1..=MOST_DECIMALS => {
            let unit = 10f64.powi(decimals);
            (figure * unit).round() / unit
        }
        _ => figure,
    };
    // −0 is 0, so that equal figures are the same bits.
    0.0 + rounded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::number::Number;
    use proptest::prelude::*;

    #[test]
    fn noise_is_taken_off_and_the_rest_stays() {
        assert_eq!(within(1000.1 - 999.8, 1000.1, 15), 0.3);
        assert_eq!(within(1e-20, 1e-20, 15), 1e-20);
        assert_eq!(within(1e300, 1e300, 15), 1e300);
        assert_eq!(within(0.0, 0.0, 15).to_bits(), 0);
        assert_eq!(within(-1e-17, 1.0, 15).to_bits(), 0);
        assert_eq!(within(f64::INFINITY, f64::INFINITY, 15), f64::INFINITY);
        assert!(within(f64::NAN, 1.0, 15).is_nan());
    }

    proptest! {
        /// The difference of decimals of up to 15 digits is the float nearest to their exact difference.
        #[test]
        fn differences_of_decimals_are_exact(
            one in -999_999_999_999_999i64..=999_999_999_999_999, other in -999_999_999_999_999i64..=999_999_999_999_999,
            scale in 0..=15u32,
        ) {
            let (one, other) = (Number::decimal(one.into(), scale), Number::decimal(other.into(), scale));
            let (now, before) = (one.figure(), other.figure());
            let exact = one.minus(&other)?.figure();
            prop_assert_eq!(within(now - before, now.abs().max(before.abs()), 15), exact);
        }
    }
}

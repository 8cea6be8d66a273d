//! Change: how a figure differs from what it was some time ago.

use super::round::within;

/// The digits up to which the difference of two decimals is exact, and that a ratio has.
const DIGITS: i32 = 15;

/// Gives what a figure has gained, below 0 what it has lost; NaN where one is missing, or both are infinite alike.
pub fn difference(now: f64, before: f64) -> f64 {
    within(now - before, now.abs().max(before.abs()), DIGITS)
}

/// Gives how many times a figure is what it was: 1.5 is half as much again; NaN from 0, and where one is missing.
pub fn ratio(now: f64, before: f64) -> f64 {
    let ratio = now / before;
    if before == 0.0 { f64::NAN } else { within(ratio, ratio, DIGITS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_exact() {
        assert_eq!(difference(5.0, 2.0), 3.0);
        assert_eq!(difference(0.3, 0.1), 0.2);
        assert_eq!(difference(1000.1, 999.8), 0.3);
        assert_eq!(difference(19.99, 20.0), -0.01);
        assert_eq!(difference(9_007_199_254_740_991.0, 1.0), 9_007_199_254_740_990.0);
        assert_eq!(difference(f64::INFINITY, 1.0), f64::INFINITY);
        assert!(difference(f64::INFINITY, f64::INFINITY).is_nan());
        assert!(difference(1.0, f64::NAN).is_nan() && difference(f64::NAN, 1.0).is_nan());
    }

    #[test]
    fn there_is_no_ratio_from_nothing() {
        assert_eq!((ratio(3.0, 2.0), ratio(1.0, 2.0), ratio(0.3, 0.1)), (1.5, 0.5, 3.0));
        assert_eq!(ratio(1.0, 3.0), 0.333_333_333_333_333);
        assert_eq!(ratio(0.0, -2.0).to_bits(), 0);
        assert!(ratio(1.0, 0.0).is_nan() && ratio(0.0, 0.0).is_nan() && ratio(1.0, -0.0).is_nan());
        assert!(ratio(f64::NAN, 1.0).is_nan() && ratio(1.0, f64::NAN).is_nan());
    }
}

//! Weighted means of what stands on one scale: levels, shares of the customers, or shares of a range.

use super::round::within;

/// The digits of a mean: what the order of a sum adds to decimals is beyond them.
const DIGITS: i32 = 14;

/// Gives Σ weight·value / Σ weight of pairs of them, in units of the values; NaN where no value is there.
///
/// A value that is missing is NaN; it counts as `missing`, and is left out where that is none.
pub fn mean(parts: impl Iterator<Item = (f64, f64)>, unit: f64, missing: Option<f64>) -> f64 {
    let (mut sum, mut weights, mut is_any) = (0.0, 0.0, false);
    for (weight, value) in parts {
        is_any |= !value.is_nan();
        if let Some(value) = if value.is_nan() { missing } else { Some(value) } {
            sum += weight * value;
            weights += weight * unit;
        }
    }
    if is_any { within(sum / weights, sum / weights, DIGITS) } else { f64::NAN }
}

/// Gives how far a figure is on the way from the least to the greatest: 0 to 1, and the nearest of them outside.
///
/// Where the two are equal there is no way between them: 1 is what is above, 0 all else.
pub fn share_of_range(figure: f64, least: f64, greatest: f64) -> f64 {
    match figure {
        figure if figure.is_nan() => f64::NAN,
        figure if figure <= least => 0.0,
        figure if figure >= greatest => 1.0,
        // Halves, since the whole range may be more than a float holds.
        figure => (figure / 2.0 - least / 2.0) / (greatest / 2.0 - least / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_weighted() {
        assert_eq!(mean([(2.0, 5.0), (1.0, 3.0)].into_iter(), 1.0, None), 4.333_333_333_333_3);
        assert_eq!(mean([(1.0, 70.0), (1.0, 10.0)].into_iter(), 100.0, None), 0.4);
        assert_eq!(mean([(0.7, 0.1), (0.1, 0.1), (0.2, 0.1)].into_iter(), 1.0, None), 0.1);
    }

    #[test]
    fn what_is_missing_is_left_out_or_counts_as_nothing() {
        let parts = || [(2.0, 0.9), (1.0, f64::NAN), (1.0, 0.3)].into_iter();
        assert_eq!((mean(parts(), 1.0, None), mean(parts(), 1.0, Some(0.0))), (0.7, 0.525));
        let nothing = || [(2.0, f64::NAN)].into_iter();
        assert!(mean(nothing(), 1.0, None).is_nan() && mean(nothing(), 1.0, Some(0.0)).is_nan());
    }

    #[test]
    fn shares_of_a_range_end_where_it_does() {
        let share = |figure| share_of_range(figure, 10.0, 30.0);
        assert_eq!(
            [share(9.0), share(10.0), share(15.0), share(30.0), share(31.0)],
            [0.0, 0.0, 0.25, 1.0, 1.0]
        );
        assert_eq!([share(f64::NEG_INFINITY), share(f64::INFINITY)], [0.0, 1.0]);
        assert!(share(f64::NAN).is_nan());
        assert_eq!([6.0, 7.0, 8.0].map(|figure| share_of_range(figure, 7.0, 7.0)), [0.0, 0.0, 1.0]);
        assert_eq!(share_of_range(0.0, f64::MIN, f64::MAX), 0.5);
    }
}

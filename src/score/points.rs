//! Points: what rules give, within the limits of a rule, of a group and of the whole.
//!
//! Points are counted in millionths, as whole numbers: a sum of them is exact, and does not depend on the order of the rules.

/// How many millionths a point has.
pub const MILLIONTHS: f64 = 1e6;

/// The most points that one rule gives or takes.
pub const MOST_POINTS: f64 = 1e9;

/// Gives the points for a number of units, rounded to whole millionths, halves away from zero; none for no number.
pub fn for_each(units: f64, points: i64) -> i64 {
    let most = MOST_POINTS * MILLIONTHS;
    // A NaN becomes 0.
    (units * points as f64).round().clamp(-most, most) as i64
}

/// The limits that a sum of points is kept within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The least; none where there is none.
    pub minimum: Option<i64>,
    /// The most; none where there is none.
    pub maximum: Option<i64>,
}

impl Bounds {
    /// Keeps points within a size, given or taken.
    pub fn within(size: Option<i64>) -> Self {
        Self { minimum: size.map(|size| -size), maximum: size }
    }

    /// Gives the nearest points that are within the limits.
    pub fn clamp(self, points: i64) -> i64 {
        let points = self.minimum.map_or(points, |minimum| points.max(minimum));
        self.maximum.map_or(points, |maximum| points.min(maximum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_rounded_to_millionths_and_kept_finite() {
        assert_eq!(for_each(3.0, 5_000_000), 15_000_000);
        assert_eq!((for_each(0.5, 1), for_each(-0.5, 1)), (1, -1));
        assert_eq!(for_each(f64::NAN, 5), 0);
        assert_eq!(for_each(f64::INFINITY, -1), -1_000_000_000_000_000);
    }

    #[test]
    fn limits_hold_both_ways() {
        let cap = Bounds::within(Some(25));
        assert_eq!((cap.clamp(30), cap.clamp(-30), cap.clamp(7)), (25, -25, 7));
        assert_eq!(Bounds { minimum: Some(0), maximum: None }.clamp(-1), 0);
    }
}

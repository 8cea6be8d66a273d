//! Reason codes: what a customer's points were lost on, or won by, the heaviest first.
//!
//! As PMML has it: of each characteristic, the difference of its points to a baseline counts for its code. A code that
//! several have counts with the sum of theirs.

use schemars::JsonSchema;
use serde::Deserialize;

/// Which way points are a reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Points below the baseline: why a score is low.
    #[default]
    PointsBelow,
    /// Points above the baseline: why a score is high.
    PointsAbove,
}

impl Method {
    /// Gives how much points are a reason.
    pub fn difference(self, points: i64, baseline: i64) -> i64 {
        match self {
            Self::PointsBelow => baseline - points,
            Self::PointsAbove => points - baseline,
        }
    }

    /// Gives the points from which all others differ that way, or by nothing.
    pub fn usual_baseline(self, points: impl Iterator<Item = i64>) -> i64 {
        let found = match self {
            Self::PointsBelow => points.max(),
            Self::PointsAbove => points.min(),
        };
        found.unwrap_or_default()
    }
}

/// Ranks codes by the sums of their differences, and gives at most so many: those that are above 0. Of equal ones, that
/// which came first is first.
pub fn rank<'a>(differences: impl Iterator<Item = (&'a str, i64)>, most: usize) -> Vec<&'a str> {
    let mut ranked: Vec<(&str, i64)> = Vec::new();
    for (code, difference) in differences {
        match ranked.iter_mut().find(|(known, _)| *known == code) {
            Some((_, sum)) => *sum += difference,
            None => ranked.push((code, difference)),
        }
    }
    ranked.retain(|(_, sum)| *sum > 0);
    ranked.sort_by_key(|(_, sum)| -sum);
    ranked.into_iter().take(most).map(|(code, _)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_difference_comes_first_and_ties_keep_their_order() {
        let codes = [("age", 10), ("home", 25), ("income", 0), ("job", -5), ("loans", 10)];
        assert_eq!(rank(codes.into_iter(), 4), ["home", "age", "loans"]);
        assert_eq!(rank(codes.into_iter(), 1), ["home"]);
    }

    #[test]
    fn a_code_of_several_characteristics_counts_with_their_sum() {
        let codes = [("age", 10), ("debts", 6), ("debts", 6), ("job", 20), ("job", -25)];
        assert_eq!(rank(codes.into_iter(), 9), ["debts", "age"]);
    }

    #[test]
    fn the_usual_baseline_is_the_best_or_the_worst() {
        let points = || [5, -10, 20].into_iter();
        assert_eq!(Method::PointsBelow.usual_baseline(points()), 20);
        assert_eq!(Method::PointsAbove.usual_baseline(points()), -10);
        assert_eq!((Method::PointsBelow.difference(5, 20), Method::PointsAbove.difference(5, 20)), (15, -15));
    }
}

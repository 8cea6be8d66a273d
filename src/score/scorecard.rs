//! Scorecard points: odds on a scale that people can read, as credit scores are.
//!
//! Odds are those of the event, bad : good. A customer at `odds0` has `points0`, and every halving of his odds gives him
//! `pdo` points more ("points to double the odds" of being good): points = points0 − pdo / ln 2 · (log odds − ln odds0).

use super::logistic::probability;
use super::shown;
use crate::error::{Error, Fault};
use std::f64::consts::LN_2;

/// The points at the usual odds.
pub const USUAL_POINTS: f64 = 600.0;

/// The usual odds, bad : good, that have these points.
pub const USUAL_ODDS: f64 = 1.0 / 19.0;

/// The usual points that halve the odds.
pub const USUAL_PDO: f64 = 50.0;

/// A scale of points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    points0: f64,
    log_odds0: f64,
    /// The points that a factor e of the odds takes away.
    factor: f64,
}

impl Scale {
    /// Makes the scale on which `odds0` have `points0`, and half of them `pdo` more.
    pub fn new(points0: f64, odds0: f64, pdo: f64) -> Result<Self, Error> {
        if !points0.is_finite() {
            return Err(Error::invalid(format!("points0 must be finite, got {}", shown(points0)))
                .hint("Give the points of a customer whose odds are odds0, as 600."));
        }
        if !(odds0.is_finite() && odds0 > 0.0) {
            return Err(Error::invalid(format!("odds0 must be above 0 and finite, got {}", shown(odds0)))
                .hint("Give odds, bad : good, as 1.0/19 for one bad customer to nineteen good ones."));
        }
        if !(pdo.is_finite() && pdo > 0.0) {
            return Err(Error::invalid(format!("pdo must be above 0 and finite, got {}", shown(pdo))).hint(
                "Give the points that halve the odds of the event, as 50; more points are always less risk.",
            ));
        }
        let factor = pdo / LN_2;
        if !factor.is_finite() {
            return Err(out_of_range());
        }
        Ok(Self { points0, log_odds0: odds0.ln(), factor })
    }

    /// Gives the points of log odds; an infinity has the other.
    pub fn points(&self, log_odds: f64) -> Result<f64, Error> {
        let points = self.points0 - self.factor * (log_odds - self.log_odds0);
        match points.is_infinite() && log_odds.is_finite() {
            true => Err(out_of_range()),
            false => Ok(points),
        }
    }

    /// Gives the log odds of points.
    pub fn log_odds(&self, points: f64) -> f64 {
        self.log_odds0 + (self.points0 - points) / self.factor
    }

    /// Gives the probability of the event at these points.
    pub fn probability(&self, points: f64) -> f64 {
        probability(self.log_odds(points))
    }

    /// Gives the points at odds of 1, before any characteristic: what scorecards call the offset.
    pub fn offset(&self) -> f64 {
        self.points0 + self.factor * self.log_odds0
    }

    /// Gives the points that one unit of log odds takes away: what scorecards call the factor.
    pub fn factor(&self) -> f64 {
        self.factor
    }
}

impl Default for Scale {
    fn default() -> Self {
        Self { points0: USUAL_POINTS, log_odds0: USUAL_ODDS.ln(), factor: USUAL_PDO / LN_2 }
    }
}

/// Says that points do not fit into a float8.
fn out_of_range() -> Error {
    Error::new(Fault::NumberOutOfRange, "points out of range").hint("Give a smaller pdo or smaller log odds.")
}

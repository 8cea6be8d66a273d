//! The scale of a scorecard: how points stand for odds, and how weights of evidence become points.

use super::{Gives, Scorecard};
use crate::error::Error;
use crate::model::place::Place;
use crate::model::points::Amount;
use crate::score::scorecard::{Scale, USUAL_ODDS, USUAL_PDO, USUAL_POINTS};

/// The greatest size of points0 and pdo.
const MOST_SCALE: f64 = 1e9;

impl Scorecard {
    /// Makes the scale ready; none where points are all that there is.
    pub fn scale(&self, gives: Gives) -> Result<Option<Scale>, Error> {
        if gives == Gives::Points && [self.points0, self.odds0, self.pdo].iter().all(Option::is_none) {
            return Ok(None);
        }
        let (points0, pdo) = (self.points0.unwrap_or(USUAL_POINTS), self.pdo.unwrap_or(USUAL_PDO));
        Scale::new(points0, self.odds0.unwrap_or(USUAL_ODDS), pdo).map(Some)
    }

    /// Checks the keys of the scale.
    pub fn check_scale(&self, gives: Gives, place: &Place) -> Result<(), Error> {
        if let Some(points0) = self.points0.filter(|points0| points0.abs() > MOST_SCALE) {
            return Err(place
                .key("points0")
                .refuse(format!("must be between -{MOST_SCALE} and {MOST_SCALE}, got {points0}"))
                .hint("600 is usual."));
        }
        let hints = [
            (
                "odds0",
                self.odds0,
                f64::MAX,
                "They are bad : good, as 0.0526 for one bad customer to 19 good ones.",
            ),
            ("pdo", self.pdo, MOST_SCALE, "They are the points that halve the odds; 50 is usual."),
        ];
        for (key, value, most, hint) in hints {
            let Some(value) = value.filter(|value| !(*value > 0.0 && *value <= most)) else { continue };
            let wanted = if value > 0.0 { format!("at most {most}") } else { "above 0".into() };
            return Err(place.key(key).refuse(format!("must be {wanted}, got {value}")).hint(hint));
        }
        match gives {
            Gives::Points if self.intercept.is_some() => Err(place
                .key("intercept")
                .complain("an intercept is of weights of evidence, and the card has points")
                .hint("Give the points before any characteristic in \"base\".")),
            Gives::Woe if self.base.is_some() => Err(place
                .key("base")
                .complain("base points are of a card with points, and this has weights of evidence")
                .hint("Give \"intercept\", from which they follow.")),
            _ => Ok(()),
        }
    }

    /// Refuses coefficients of points.
    pub fn check_coefficients(&self, gives: Gives, place: &Place) -> Result<(), Error> {
        let mut placed = self.placed(place).filter(|(_, one)| one.coefficient.is_some());
        match placed.next().filter(|_| gives == Gives::Points) {
            None => Ok(()),
            Some((place, _)) => Err(place
                .key("coefficient")
                .complain("a coefficient is of weights of evidence, and the card has points")
                .hint("Leave it out.")),
        }
    }

    /// Refuses points that no int could hold.
    pub fn check_size(&self, gives: Gives, place: &Place) -> Result<(), Error> {
        let scale = self.scale(gives)?;
        let size = |points: f64| if points.is_finite() { points.abs() } else { f64::INFINITY };
        let mut most = size(self.base(scale.as_ref()));
        for (place, characteristic) in self.placed(place) {
            let given = characteristic.all_given(&place);
            let sizes = given.iter().map(|(_, points, woe)| {
                size(points_of(*points, *woe, characteristic.coefficient, scale.as_ref()))
            });
            most += sizes.fold(0.0, f64::max);
        }
        match most <= f64::from(i32::MAX) {
            true => Ok(()),
            false => {
                let refusal = format!("can give {most} points, {} are the most", i32::MAX);
                Err(place
                    .refuse(refusal)
                    .hint("Scale the points down, with a smaller pdo where there is one."))
            }
        }
    }

    /// Gives the points before any characteristic.
    pub fn base(&self, scale: Option<&Scale>) -> f64 {
        match (self.base, scale) {
            (Some(base), _) => base.points(),
            (None, Some(scale)) if self.gives(&Place::root()).is_ok_and(|gives| gives == Gives::Woe) => {
                scale.offset() - scale.factor() * self.intercept.unwrap_or(0.0)
            }
            _ => 0.0,
        }
    }
}

/// Gives the points of what is given.
pub fn points_of(
    points: Option<Amount>,
    woe: Option<f64>,
    coefficient: Option<f64>,
    scale: Option<&Scale>,
) -> f64 {
    match (points, woe, scale) {
        (Some(points), ..) => points.points(),
        (None, Some(woe), Some(scale)) => 0.0 - scale.factor() * coefficient.unwrap_or(1.0) * woe,
        _ => 0.0,
    }
}

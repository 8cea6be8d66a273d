//! Amounts of points in a document: decimals of up to six places.

use crate::score::points::{MILLIONTHS, MOST_POINTS};
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, Error};

/// An amount of points, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "f64", inline)]
pub struct Amount(pub i64);

impl Amount {
    /// Gives it in points.
    pub fn points(self) -> f64 {
        self.0 as f64 / MILLIONTHS
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let points = f64::deserialize(from)?;
        let millionths = (points * MILLIONTHS).round();
        if points.abs() > MOST_POINTS {
            let refusal = format!("must be at most {MOST_POINTS}, got {points}\nScale the points down.");
            return Err(D::Error::custom(refusal));
        }
        match (points * MILLIONTHS - millionths).abs() <= 1e-3 {
            true => Ok(Self(millionths as i64)),
            false => Err(D::Error::custom(format!(
                "must have at most six decimals, got {points}\nPoints are counted in millionths."
            ))),
        }
    }
}

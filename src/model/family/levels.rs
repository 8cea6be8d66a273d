//! `levels`: levels between limits that the author knows.

use super::quantile::{Levelled, Negatives};
use super::{Kind, Order, check_labels, labels};
use crate::error::Error;
use crate::model::naming::Naming;
use crate::model::place::Place;
use crate::model::rule::Rule;
use crate::model::scale::{Limits, Scale};
use crate::model::scope::{FIGURE, Scope, Sort, Use};
use crate::model::text::Text;
use crate::score::quantile::MOST_BINS;
use schemars::JsonSchema;
use serde::Deserialize;

/// Levels between given limits, which `at_least` or `above` holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("oneOf" = [{ "required": ["at_least"] }, { "required": ["above"] }]))]
pub struct Levels {
    /// The measure.
    pub of: Text,
    /// The limits, ascending: a value reaches a level that is at least its limit.
    #[schemars(length(min = 1, max = 99))]
    pub at_least: Option<Vec<f64>>,
    /// The limits, ascending: a value reaches a level that is above its limit.
    #[schemars(length(min = 1, max = 99))]
    pub above: Option<Vec<f64>>,
    /// Whether the greatest or the smallest values have the highest level.
    #[serde(default)]
    pub order: Order,
    /// The names of the levels, lowest first.
    pub labels: Option<Vec<Text>>,
}

impl Levels {
    /// Gives the limits and their key.
    pub fn limits(&self) -> (&'static str, &[f64]) {
        match &self.above {
            Some(limits) => ("above", limits),
            None => ("at_least", self.at_least.as_deref().unwrap_or_default()),
        }
    }

    /// Refuses limits that are none, too many, or do not ascend.
    fn check_limits(&self, place: &Place) -> Result<(), Error> {
        let (key, limits) = self.limits();
        let place = place.key(key);
        if limits.is_empty() || limits.len() >= MOST_BINS as usize {
            let refusal = format!("must have 1 to {} limits, got {}", MOST_BINS - 1, limits.len());
            return Err(place.refuse(refusal).hint("Give one limit fewer than there are levels."));
        }
        match limits.windows(2).position(|pair| pair[0] >= pair[1]) {
            None => Ok(()),
            Some(before) => Err(place
                .item(before + 1)
                .refuse(format!(
                    "must be above the limit before it, {}, got {}",
                    limits[before],
                    limits[before + 1]
                ))
                .hint("Give the limits in ascending order.")),
        }
    }
}

impl Kind for Levels {
    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        vec![Use { place: place.key("of"), name: &self.of, wanted: &FIGURE }]
    }

    fn check(&self, place: &Place, _: &Scope) -> Result<(), Error> {
        let hint = "Give the limits in \"at_least\", or in \"above\" where a value equal to a limit does not reach it.";
        match (&self.at_least, &self.above) {
            (None, None) => Err(place.refuse("needs the key \"at_least\" or \"above\"").hint(hint)),
            (Some(_), Some(_)) => {
                Err(place.key("above").complain("the limits are both in at_least and in above").hint(hint))
            }
            _ => {
                self.check_limits(place)?;
                check_labels(&self.labels, self.limits().1.len() + 1, place)
            }
        }
    }

    fn sort(&self) -> Sort {
        Sort::Levels(self.limits().1.len() + 1)
    }

    fn suffixes(&self) -> &'static [&'static str] {
        &["", "_label"]
    }
    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let (key, given) = self.limits();
        let levels = given.len() + 1;
        let scale = Scale {
            suffix: "",
            of: names.slot(&self.of),
            half_life: names.half_life(&self.of),
            levels,
            limits: if key == "above" {
                Limits::Above(given.to_vec())
            } else {
                Limits::AtLeast(given.to_vec())
            },
            negatives: Negatives::Rank,
            order: self.order,
            grouping: None,
            labels: labels(&self.labels, levels, names),
        };
        Ok(Box::new(Levelled { slot, scale }))
    }
}

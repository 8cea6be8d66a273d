//! `levels`: levels between limits that the author knows.

use super::grades::Grades;
use super::quantile::{Levelled, Negatives};
use super::{Kind, Order, labels};
use crate::error::Error;
use crate::model::naming::Naming;
use crate::model::place::Place;
use crate::model::rule::Rule;
use crate::model::scale::{Limits, Scale};
use crate::model::scope::{FIGURE, Scope, Sort, Use};
use crate::model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

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
    /// Gives the keys of its levels.
    fn keys(&self) -> Grades<'_> {
        Grades { at_least: &self.at_least, above: &self.above, labels: &self.labels }
    }
}

impl Kind for Levels {
    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        vec![Use { place: place.key("of"), name: &self.of, wanted: &FIGURE }]
    }

    fn check(&self, place: &Place, _: &Scope) -> Result<(), Error> {
        if self.keys().levels().is_none() {
            let hint = "Give the limits in \"at_least\", or in \"above\" where a value equal to a limit does not reach it.";
            return Err(place.refuse("needs the key \"at_least\" or \"above\"").hint(hint));
        }
        self.keys().check(place)
    }

    fn sort(&self) -> Sort {
        Sort::Levels(self.keys().levels().unwrap_or_default())
    }

    fn suffixes(&self) -> Vec<Cow<'static, str>> {
        ["", "_label"].map(Cow::from).to_vec()
    }

    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let levels = self.keys().levels().unwrap_or_default();
        let scale = Scale {
            suffix: "".into(),
            of: names.slot(&self.of),
            half_life: names.half_life(&self.of),
            levels,
            limits: self.keys().limits().unwrap_or(Limits::AtLeast(Vec::new())),
            negatives: Negatives::Rank,
            order: self.order,
            grouping: None,
            labels: labels(&self.labels, levels, names),
        };
        Ok(Box::new(Levelled { slot, scale }))
    }
}

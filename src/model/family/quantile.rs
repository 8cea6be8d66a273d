//! `quantile`: levels that hold equal shares of the customers.

use super::{Kind, Order, check_bins, check_labels, groups, usual_bins};
use crate::error::Error;
use crate::model::place::Place;
use crate::model::scope::{MEASURE, Scope, Sort, Use};
use crate::model::text::{Text, Texts};
use crate::score::quantile::MOST_BINS;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Levels that hold equal shares of the customers; equal values share a level.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Quantile {
    /// The measure.
    pub of: Text,
    /// The number of levels.
    #[serde(default = "usual_bins")]
    #[schemars(range(min = 2, max = 100))]
    pub bins: i64,
    /// Whether the greatest or the smallest values have the highest level.
    #[serde(default)]
    pub order: Order,
    /// What is done with values below 0.
    #[serde(default)]
    pub negatives: Negatives,
    /// The names of the levels, lowest first.
    pub labels: Option<Vec<Text>>,
    /// The attribute, or several, whose values part the customers into groups with cuts of their own.
    pub within: Option<Texts>,
}

/// What is done with values below 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Negatives {
    /// They are values like others.
    #[default]
    Rank,
    /// They are level 1; the other levels are quantiles of the rest.
    Apart,
    /// They have no level, and no part in the cuts.
    Exclude,
}

impl Kind for Quantile {
    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let mut uses = vec![Use { place: place.key("of"), name: &self.of, wanted: &MEASURE }];
        uses.extend(groups(&self.within, place));
        uses
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        check_bins(self.bins, MOST_BINS, place)?;
        if self.negatives == Negatives::Apart && self.order == Order::Descending {
            return Err(place
                .key("order")
                .refuse("must be \"ascending\" where negatives are apart, since those are level 1")
                .hint("Leave out one of \"order\" and \"negatives\"."));
        }
        if self.negatives != Negatives::Rank && scope.sort(&self.of) == Some(Sort::Moment) {
            let complaint = format!("\"{}\" is a date, and dates are never negative", self.of);
            return Err(place.key("negatives").complain(complaint).hint("Leave out \"negatives\"."));
        }
        check_labels(&self.labels, self.bins as usize, place)
    }

    fn sort(&self) -> Sort {
        Sort::Levels(usize::try_from(self.bins).unwrap_or(0))
    }

    fn suffixes(&self) -> &'static [&'static str] {
        &["", "_label"]
    }
}

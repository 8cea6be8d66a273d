//! `quantile`: levels that hold equal shares of the customers.

use super::{Kind, Order, check_bins, check_labels, groups, labels, usual_bins};
use crate::error::Error;
use crate::model::document::Language;
use crate::model::naming::Naming;
use crate::model::place::Place;
use crate::model::rule::{
    Ladder, Output, Reading, Rule, RuleColumn, Seen, ladder, level_and_label, tell_level_of, write_level,
};
use crate::model::scale::{Limits, Scale};
use crate::model::scope::{MEASURE, Scope, Sort, Use};
use crate::model::text::{Text, Texts};
use crate::score::quantile::MOST_BINS;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
        self.check_negatives(scope.sort(&self.of) == Some(Sort::Moment), place)?;
        check_labels(&self.labels, self.bins as usize, place)
    }

    fn sort(&self) -> Sort {
        Sort::Levels(usize::try_from(self.bins).unwrap_or(0))
    }

    fn suffixes(&self) -> Vec<Cow<'static, str>> {
        ["", "_label"].map(Cow::from).to_vec()
    }

    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let place = Place::root().key("scores").key(names.name(slot));
        self.check_negatives(names.nature(&self.of).is_moment(), &place)?;
        let levels = usize::try_from(self.bins).unwrap_or(0);
        let scale = Scale {
            suffix: "".into(),
            of: names.slot(&self.of),
            half_life: names.half_life(&self.of),
            levels,
            limits: Limits::Quantiles,
            negatives: self.negatives,
            order: self.order,
            grouping: names.grouping(&self.within),
            labels: labels(&self.labels, levels, names),
        };
        Ok(Box::new(Levelled { slot, scale }))
    }
}

impl Quantile {
    /// Refuses to set negative values apart where they are dates, which have no zero.
    fn check_negatives(&self, is_moment: bool, place: &Place) -> Result<(), Error> {
        match self.negatives != Negatives::Rank && is_moment {
            false => Ok(()),
            true => {
                let complaint = format!("\"{}\" is a date, and dates are never negative", self.of);
                Err(place.key("negatives").complain(complaint).hint("Leave out \"negatives\"."))
            }
        }
    }
}

/// A score that is the level of one scale.
pub struct Levelled {
    /// The place of the score in a row.
    pub slot: usize,
    /// The scale.
    pub scale: Scale,
}

impl Rule for Levelled {
    fn scales(&self) -> &[Scale] {
        std::slice::from_ref(&self.scale)
    }

    fn score(&self, readings: &[Reading], _: Seen) -> f64 {
        readings[0].level.map_or(f64::NAN, |level| level as f64)
    }

    fn columns(&self) -> Vec<RuleColumn> {
        level_and_label()
    }

    fn write<'a>(&'a self, figure: f64, _: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        write_level(figure, &self.scale.labels, unscored, to);
    }

    fn ladders(&self) -> Vec<Ladder> {
        vec![ladder(&self.scale, self.slot, "")]
    }

    fn tell(&self, figure: f64, language: Language) -> String {
        tell_level_of(figure, self.scale.levels, &self.scale.labels, language)
    }
}

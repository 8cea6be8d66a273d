//! `scorecard`: points for what each characteristic of a customer is, as credit scores are made.

use super::grades::Grades;
use super::{Kind, placed};
use crate::error::Error;
use crate::model::filter::Filter;
use crate::model::naming::Naming;
use crate::model::operand::{Operand, OwnMeasures};
use crate::model::place::Place;
use crate::model::points::Amount;
use crate::model::rule::Rule;
use crate::model::scope::{ANY, Scope, Use};
use crate::model::text::Text;
use crate::score::points::MILLIONTHS;
use crate::score::reasons::Method;
use crate::score::scorecard::Scale;
use bins::{Bin, check_bins};
use card::{Card, Ready, Worth};
use scaling::points_of;
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

mod bins;
mod card;
mod scaling;

/// A sum of points, one for each characteristic; or of weights of evidence with coefficients, which are scaled to points.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Scorecard {
    /// The points at odds0: 600 is usual.
    pub points0: Option<f64>,
    /// The odds, bad : good, that have points0: 1/19 is usual.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub odds0: Option<f64>,
    /// The points that halve the odds: 50 is usual.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub pdo: Option<f64>,
    /// The log odds where every weight of evidence is 0.
    pub intercept: Option<f64>,
    /// The points before any characteristic, of a card whose bins have points.
    pub base: Option<Amount>,
    /// The characteristics.
    #[schemars(length(min = 1))]
    pub characteristics: Vec<Characteristic>,
    /// How reasons are found.
    #[serde(default)]
    pub reasons: Reasons,
    /// The limits of levels, ascending: points reach a level that are at least its limit.
    #[schemars(length(min = 1, max = 99))]
    pub at_least: Option<Vec<f64>>,
    /// The limits of levels, ascending: points reach a level that are above its limit.
    #[schemars(length(min = 1, max = 99))]
    pub above: Option<Vec<f64>>,
    /// The names of the levels, lowest first.
    pub labels: Option<Vec<Text>>,
}

/// What is looked at of a customer, and what it gives.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Characteristic {
    /// The measure or the score, or a measure that only this characteristic reads.
    pub of: Operand,
    /// Its values with what they give: intervals in ascending order, or lists.
    #[schemars(length(min = 1))]
    pub bins: Vec<Bin>,
    /// What no value gives; without it there is no score.
    pub missing: Option<Policy>,
    /// What a value gives that is in no bin; without it there is no score.
    pub otherwise: Option<Policy>,
    /// What its weights of evidence are multiplied with: 1 where it is left out.
    pub coefficient: Option<f64>,
    /// The points that those of the customer are compared with to find reasons.
    pub baseline: Option<Amount>,
    /// The code of the reason that it is, where a bin has none of its own: the name of the measure or score where it is left out.
    pub reason: Option<Text>,
    /// What it is, for people.
    pub description: Option<String>,
}

/// What is given where there is no value, or one in no bin.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "text or object")]
#[schemars(untagged, inline)]
pub enum Policy {
    /// There is no score.
    Refused(Refuse),
    /// Points, or a weight of evidence.
    Given(Given),
}

/// The word for no score.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Refuse {
    /// There is no score.
    Refuse,
}

/// Points, or a weight of evidence.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["points"] }, { "required": ["woe"] }]))]
pub struct Given {
    /// The points.
    pub points: Option<Amount>,
    /// The weight of evidence, ln(share of the bad / share of the good), which scoring.woe_table gives.
    pub woe: Option<f64>,
    /// The code of the reason that it is.
    pub reason: Option<Text>,
    /// What it is, for people.
    pub description: Option<String>,
}

/// How reasons are found.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reasons {
    /// Whether they are why a score is low, or why it is high.
    #[serde(default)]
    pub method: Method,
    /// The most that a customer has: 4 where it is left out.
    #[schemars(range(min = 1, max = 100))]
    pub most: Option<i64>,
}

/// How many reasons a customer has at most where the author does not say.
const USUAL_REASONS: i64 = 4;

/// What bins give, all of them the same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// Points.
    Points,
    /// Weights of evidence.
    Woe,
}

impl Gives {
    /// Finds what is given at a place.
    fn of(points: Option<Amount>, woe: Option<f64>, place: &Place) -> Result<Self, Error> {
        match (points, woe) {
            (Some(_), None) => Ok(Self::Points),
            (None, Some(_)) => Ok(Self::Woe),
            (None, None) => Err(place
                .refuse("needs the key \"points\" or \"woe\"")
                .hint("Give the points, or a weight of evidence that is scaled to points.")),
            (Some(_), Some(_)) => Err(place
                .key("woe")
                .complain("both points and a woe are given")
                .hint("Keep one of them; a woe is scaled to points.")),
        }
    }
}

impl Characteristic {
    /// Gives what is given where there is no value, and where one is in no bin, with their places.
    fn policies(&self, place: &Place) -> impl Iterator<Item = (Place, &Given)> {
        let policies = [("missing", &self.missing), ("otherwise", &self.otherwise)];
        policies.into_iter().filter_map(|(key, policy)| match policy {
            Some(Policy::Given(given)) => Some((place.key(key), given)),
            _ => None,
        })
    }

    /// Gives all that it can give: what, and where that stands.
    fn all_given(&self, place: &Place) -> Vec<(Place, Option<Amount>, Option<f64>)> {
        let bins = self.bins.iter().enumerate();
        let bins = bins.map(|(at, bin)| (place.key("bins").item(at), bin.points, bin.woe));
        bins.chain(self.policies(place).map(|(place, given)| (place, given.points, given.woe))).collect()
    }
}

impl Scorecard {
    /// Gives the characteristics with their places.
    fn placed(&self, place: &Place) -> impl Iterator<Item = (Place, &Characteristic)> {
        placed(&self.characteristics, place.key("characteristics"))
    }

    /// Finds what all bins give; one that gives something else is refused.
    fn gives(&self, place: &Place) -> Result<Gives, Error> {
        let mut all = None;
        for (place, characteristic) in self.placed(place) {
            for (place, points, woe) in characteristic.all_given(&place) {
                let gives = Gives::of(points, woe, &place)?;
                if *all.get_or_insert(gives) != gives {
                    let (key, complaint) = match gives {
                        Gives::Points => ("points", "the card has weights of evidence, and points here"),
                        Gives::Woe => ("woe", "the card has points, and a weight of evidence here"),
                    };
                    return Err(place.key(key).complain(complaint).hint("Give one or the other everywhere."));
                }
            }
        }
        Ok(all.unwrap_or(Gives::Points))
    }

    /// Makes a characteristic ready.
    fn ready(
        &self,
        characteristic: &Characteristic,
        scale: Option<&Scale>,
        place: &Place,
        names: &Naming,
    ) -> Result<Ready, Error> {
        let name = characteristic.of.name();
        let usual = (!names.is_own(name)).then_some(name);
        let code = characteristic.reason.as_deref().or(usual);
        let worth = |points: Option<Amount>, woe: Option<f64>, reason: &Option<Text>| Worth {
            points: millionths(points_of(points, woe, characteristic.coefficient, scale)),
            woe,
            reason: reason.as_deref().or(code).map(String::from),
        };
        let policy = |policy: &Option<Policy>| match policy {
            Some(Policy::Given(given)) => Some(worth(given.points, given.woe, &given.reason)),
            _ => None,
        };
        let mut bins = Vec::new();
        for (at, bin) in characteristic.bins.iter().enumerate() {
            let place = place.key("bins").item(at);
            bin.check_type(name, &place, names)?;
            let filter = Filter::of(&bin.condition(name), &place, names)?;
            bins.push((at, filter, worth(bin.points, bin.woe, &bin.reason)));
        }
        let points = bins.iter().map(|(_, _, worth)| worth.points);
        let baseline = characteristic.baseline.map(|baseline| baseline.0);
        let baseline = baseline.unwrap_or_else(|| self.reasons.method.usual_baseline(points));
        // A value of a list is in that one, though an interval may have it too.
        bins.sort_by_key(|(at, ..)| characteristic.bins[*at].one_of.is_none());
        Ok(Ready {
            of: names.slot(name),
            bins,
            missing: policy(&characteristic.missing),
            otherwise: policy(&characteristic.otherwise),
            coefficient: characteristic.coefficient.unwrap_or(1.0),
            baseline,
            description: characteristic.description.clone(),
        })
    }
}

/// Counts points in millionths.
fn millionths(points: f64) -> i64 {
    (points * MILLIONTHS).round() as i64
}

impl Kind for Scorecard {
    fn name_own_measures(&mut self, place: &Place, own: &mut OwnMeasures) -> Result<(), Error> {
        let place = place.key("characteristics");
        let characteristics = self.characteristics.iter_mut().enumerate();
        characteristics.for_each(|(at, one)| one.of.name_own(&place.item(at).key("of"), own));
        Ok(())
    }

    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let uses = self.placed(place);
        uses.map(|(place, one)| Use { place: place.key("of"), name: one.of.name(), wanted: &ANY }).collect()
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        if self.characteristics.is_empty() {
            let hint =
                "Give at least one, as {\"of\": \"age\", \"bins\": [{\"below\": 25, \"points\": -10}]}.";
            return Err(place.key("characteristics").refuse("must not be an empty list").hint(hint));
        }
        let gives = self.gives(place)?;
        self.check_scale(gives, place)?;
        self.check_coefficients(gives, place)?;
        for (place, characteristic) in self.placed(place) {
            check_bins(&characteristic.bins, characteristic.of.name(), &place.key("bins"), scope)?;
        }
        if let Some(most) = self.reasons.most.filter(|most| !(1..=100).contains(most)) {
            let refusal = format!("must be between 1 and 100, got {most}");
            return Err(place.key("reasons").key("most").refuse(refusal).hint("Four are usual."));
        }
        self.check_size(gives, place)?;
        self.grades().check(place)
    }

    fn grades(&self) -> Grades<'_> {
        Grades { at_least: &self.at_least, above: &self.above, labels: &self.labels }
    }

    fn suffixes(&self) -> Vec<Cow<'static, str>> {
        self.grades().suffixes(&["", "_probability", "_reasons"])
    }

    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let place = Place::root().key("scores").key(names.name(slot));
        let scale = self.scale(self.gives(&place)?)?;
        let ready = self.placed(&place).map(|(place, one)| self.ready(one, scale.as_ref(), &place, names));
        let most = self.reasons.most.unwrap_or(USUAL_REASONS);
        Ok(Box::new(Card {
            base: millionths(self.base(scale.as_ref())),
            characteristics: ready.collect::<Result<_, Error>>()?,
            scale,
            method: self.reasons.method,
            most: usize::try_from(most).unwrap_or_default(),
            grades: self.grades().ready(slot, names),
        }))
    }
}

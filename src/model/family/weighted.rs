//! `weighted`: the weighted mean of several measures or scores, brought to one scale.

use super::grades::{Graded, Grades};
use super::quantile::Negatives;
use super::{Kind, Order};
use crate::error::Error;
use crate::model::cuts::Cut;
use crate::model::document::Language;
use crate::model::explain::{capital, figure_to_json, tell_figure, words};
use crate::model::language::Words;
use crate::model::naming::Naming;
use crate::model::place::{Place, quoted};
use crate::model::rule::{
    Account, Ladder, LevelOf, Output, OutputKind, Part, Reading, Rule, RuleColumn, Seen, Teller,
};
use crate::model::scale::{Limits, Scale};
use crate::model::scope::{LEVELS, RANGED, RANKED, Scope, Sort, Use, Wanted};
use crate::model::text::Text;
use crate::model::value::Scalar;
use crate::score::weighted::{mean, share_of_range};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::{Map, Value as Json, json};

/// The weighted mean of measures or scores on one scale.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Weighted {
    /// The measures or scores, each with its weight.
    #[schemars(extend("minProperties" = 1, "additionalProperties" = { "type": "number", "exclusiveMinimum": 0 }))]
    pub of: IndexMap<String, f64>,
    /// What is weighed of each.
    pub scale: Weighed,
    /// What a component that is missing counts as.
    #[serde(default)]
    pub missing: Missing,
    /// The limits of levels, ascending: a mean reaches a level that is at least its limit.
    #[schemars(length(min = 1, max = 99))]
    pub at_least: Option<Vec<f64>>,
    /// The limits of levels, ascending: a mean reaches a level that is above its limit.
    #[schemars(length(min = 1, max = 99))]
    pub above: Option<Vec<f64>>,
    /// The names of the levels, lowest first.
    pub labels: Option<Vec<Text>>,
}

/// What is weighed of each component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weighed {
    /// Its level, from 1; all have the same number of levels.
    Level,
    /// The share of the 100 published quantile cuts that are below it, 0 to 1.
    Percentile,
    /// How far it is on the way from the published minimum to the published maximum, 0 to 1.
    Range,
}

/// What a component that is missing counts as: nothing, "leave_out", or 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(inline, with = "Json", extend("enum" = ["leave_out", 0]))]
pub enum Missing {
    /// It is left out, with its weight.
    #[default]
    LeftOut,
    /// It counts as 0.
    Zero,
}

/// The greatest weight.
const MOST_WEIGHT: f64 = 1e9;

/// How many cuts a percentile has.
const CUTS: usize = 100;

impl<'de> Deserialize<'de> for Missing {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Scalar::deserialize(from)? {
            Scalar::Text(text) if text == "leave_out" => Ok(Self::LeftOut),
            Scalar::Number(number) if number.as_f64() == Some(0.0) => Ok(Self::Zero),
            other => Err(D::Error::custom(format!(
                "must be \"leave_out\" or 0, got {other}\nIt says what a component that is missing counts as."
            ))),
        }
    }
}

impl Weighed {
    /// Gives what a component must be.
    fn wanted(self) -> &'static Wanted {
        match self {
            Self::Level => &LEVELS,
            Self::Percentile => &RANKED,
            Self::Range => &RANGED,
        }
    }

    /// Gives the limits of the scale of each component, with the number of its levels; none where it is a level already.
    fn limits(self) -> Option<(Limits, usize)> {
        match self {
            Self::Level => None,
            Self::Percentile => Some((Limits::Quantiles, CUTS + 1)),
            Self::Range => Some((Limits::Range, 1)),
        }
    }

    /// Gives what 1 of the mean is made of: percentiles are counted in cuts, so that their sums are exact.
    fn unit(self) -> f64 {
        if self == Self::Percentile { CUTS as f64 } else { 1.0 }
    }
}

impl Weighted {
    /// Refuses a weight that is no weight.
    fn check_weights(&self, place: &Place) -> Result<(), Error> {
        if self.of.is_empty() {
            let hint = "Give each component its weight, as {\"rfm\": 2, \"engagement\": 1}.";
            return Err(place.refuse("must not be empty").hint(hint));
        }
        let is_weight = |weight: f64| weight > 0.0 && weight <= MOST_WEIGHT;
        match self.of.iter().find(|(_, weight)| !is_weight(**weight)) {
            None => Ok(()),
            Some((name, weight)) => Err(place
                .key(name)
                .refuse(format!("must be above 0 and at most {MOST_WEIGHT}, got {weight}"))
                .hint("Where less is better, weigh a score with \"order\": \"descending\".")),
        }
    }

    /// Refuses levels that are not of the same number.
    fn check_levels(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        let levels = |name: &str| scope.sort(name).and_then(Sort::levels).unwrap_or_default();
        let mut names = self.of.keys();
        let Some(first) = names.next() else { return Ok(()) };
        match names.find(|name| levels(name) != levels(first)) {
            None => Ok(()),
            Some(other) => Err(place
                .key(other)
                .refuse(format!(
                    "must have {} levels, as {} has; it has {}",
                    levels(first),
                    quoted(first),
                    levels(other)
                ))
                .hint("Cut all in the same number of levels, or use the scale \"range\" or \"percentile\".")),
        }
    }
}

impl Kind for Weighted {
    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let place = place.key("of");
        let used = |name| Use { place: place.key(name), name, wanted: self.scale.wanted() };
        self.of.keys().map(|name| used(name)).collect()
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        self.check_weights(&place.key("of"))?;
        if self.scale == Weighed::Level {
            self.check_levels(&place.key("of"), scope)?;
        }
        self.grades().check(place)
    }

    fn grades(&self) -> Grades<'_> {
        Grades { at_least: &self.at_least, above: &self.above, labels: &self.labels }
    }

    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let grades = self.grades().ready(slot, names);
        let mut scales: Vec<Scale> = grades.scales().to_vec();
        let mut components = Vec::new();
        for (name, weight) in &self.of {
            let (level, of) = (names.level_of(name), names.slot(name));
            let scale = self.scale.limits().map(|(limits, levels)| {
                scales.push(Scale {
                    suffix: format!("_{name}").into(),
                    of,
                    half_life: names.half_life(name),
                    levels,
                    limits,
                    negatives: Negatives::Rank,
                    order: Order::Ascending,
                    grouping: None,
                    labels: Vec::new(),
                });
                scales.len() - 1
            });
            components.push(Component { weight: *weight, level, scale });
        }
        Ok(Box::new(Meant { components, weighed: self.scale, missing: self.missing, scales, grades }))
    }
}

/// A score that is a weighted mean, made ready.
struct Meant {
    components: Vec<Component>,
    weighed: Weighed,
    missing: Missing,
    /// That of the levels, where there are some, then those of the components.
    scales: Vec<Scale>,
    grades: Graded,
}

/// A component made ready.
struct Component {
    weight: f64,
    /// Its place, and where its level is read.
    level: LevelOf,
    /// The number of its scale; none where it is a level already.
    scale: Option<usize>,
}

/// A component that is a level.
const LEVEL: Words = Words { en: "{0} ({1}): weight {3}.", fr: "{0} ({1}) : poids {3}." };
/// A component as a percentile.
const PERCENTILE: Words = Words {
    en: "{0} ({1}): above {2} of the 100 cuts, weight {3}.",
    fr: "{0} ({1}) : au-dessus de {2} des 100 seuils, poids {3}.",
};
/// A component in its range.
const RANGE: Words = Words {
    en: "{0} ({1}): {2} of the way from the minimum to the maximum, weight {3}.",
    fr: "{0} ({1}) : à {2} du chemin du minimum au maximum, poids {3}.",
};
/// A component that is left out.
const LEFT_OUT: Words = Words { en: "{0} ({1}): left out.", fr: "{0} ({1}) : non compté." };
/// A component that counts as 0.
const AS_ZERO: Words =
    Words { en: "{0} ({1}): counts as 0, weight {3}.", fr: "{0} ({1}) : compte pour 0, poids {3}." };
/// Why there is no mean.
const NOTHING: Words = Words {
    en: "Nothing that it is made of is known for this customer: {0}.",
    fr: "On ne connaît pour ce client rien de ce dont il est fait : {0}.",
};

impl Meant {
    /// Gives what is weighed of a component, in units; NaN where it is missing.
    fn value(&self, component: &Component, readings: &[Reading], seen: Seen) -> f64 {
        let reading = component.scale.and_then(|at| readings.get(at));
        match (self.weighed, reading) {
            (Weighed::Percentile, Some(reading)) => {
                reading.level.map_or(f64::NAN, |level| (level - 1) as f64)
            }
            (Weighed::Range, Some(reading)) => match reading.cut.map(|cut| cut.figures.as_deref()) {
                Some(Ok([least, greatest])) => {
                    share_of_range(seen.row[component.level.slot], *least, *greatest)
                }
                _ => f64::NAN,
            },
            _ => component.level.level(seen.row),
        }
    }

    /// Gives what one that is missing counts as.
    fn of_missing(&self) -> Option<f64> {
        (self.missing == Missing::Zero).then_some(0.0)
    }
}

impl Rule for Meant {
    fn scales(&self) -> &[Scale] {
        &self.scales
    }

    fn score(&self, readings: &[Reading], seen: Seen) -> f64 {
        let parts = self.components.iter();
        let parts = parts.map(|component| (component.weight, self.value(component, readings, seen)));
        mean(parts, self.weighed.unit(), self.of_missing())
    }

    fn columns(&self) -> Vec<RuleColumn> {
        let mean = RuleColumn::of("", "mean", OutputKind::Float);
        self.grades.columns([mean])
    }

    fn write<'a>(&'a self, figure: f64, _: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        self.grades.write_float(figure, unscored, to);
    }

    fn ladders(&self) -> Vec<Ladder> {
        self.grades.ladders()
    }

    fn tell(&self, figure: f64, language: Language) -> String {
        self.grades.tell(&tell_figure(figure, language), figure, language)
    }

    fn parts(&self) -> Vec<Part> {
        Vec::new()
    }

    fn lacks(&self, teller: &dyn Teller) -> Option<(&'static str, String)> {
        let (seen, language, readings) = (teller.seen(), teller.language(), teller.readings());
        let known = self.components.iter().filter(|component| !seen.row[component.level.slot].is_nan());
        let cuts = known.filter_map(|component| Some(readings.get(component.scale?)?.cut));
        let cuts: Vec<Option<&Cut>> = cuts.collect();
        if cuts.iter().any(Option::is_none) {
            return Some(("not_refreshed", words::NOT_REFRESHED.get(language)));
        }
        if !cuts.is_empty() {
            return Some(("nobody", words::NOBODY.get(language)));
        }
        let titles: Vec<String> =
            self.components.iter().map(|component| teller.title(component.level.slot)).collect();
        Some(("no_value", NOTHING.fill(language, &[&titles.join(", ")])))
    }

    fn account(&self, figure: f64, teller: &dyn Teller) -> Option<Account> {
        let (seen, language, readings) = (teller.seen(), teller.language(), teller.readings());
        let (mut components, mut sentences, mut weights) = (Vec::new(), Vec::new(), 0.0);
        for component in &self.components {
            let slot = component.level.slot;
            let value = self.value(component, &readings, seen);
            let counted = if value.is_nan() { self.of_missing() } else { Some(value / self.weighed.unit()) };
            weights += counted.map_or(0.0, |_| component.weight);
            components.push(json!({
                "of": teller.name(slot),
                "weight": figure_to_json(component.weight),
                "value": teller.value(slot),
                "counts_as": counted.map(figure_to_json),
            }));
            let words = match (value.is_nan(), counted, self.weighed) {
                (true, None, _) => LEFT_OUT,
                (true, Some(_), _) => AS_ZERO,
                (false, _, Weighed::Level) => LEVEL,
                (false, _, Weighed::Percentile) => PERCENTILE,
                (false, _, Weighed::Range) => RANGE,
            };
            let said = [
                capital(&teller.title(slot)),
                teller.say(slot),
                tell_figure(value, language),
                tell_figure(component.weight, language),
            ];
            sentences.push(words.fill(language, &said.each_ref().map(String::as_str)));
        }
        let mut json = Map::new();
        json.insert("components".into(), components.into());
        if figure.is_nan() {
            return Some(Account { json, sentences: Vec::new() });
        }
        json.insert("weights".into(), figure_to_json(weights));
        Some(Account { json, sentences })
    }
}

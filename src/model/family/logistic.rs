//! `logistic`: the probability of an event, from coefficients that a logistic regression has found.

use super::grades::Grades;
use super::{Kind, near};
use crate::error::{Error, Fault};
use crate::model::filter::figure;
use crate::model::naming::Naming;
use crate::model::nature::Nature;
use crate::model::place::{Place, quoted};
use crate::model::rule::Rule;
use crate::model::scope::{ANY, Scope, Sort, Use};
use crate::model::text::Text;
use crate::model::value::Scalar;
use indexmap::IndexMap;
use regression::{Effect, Regression, Variable};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::fmt;

mod regression;

/// A probability: 1 / (1 + e^−z), z being the intercept and what the coefficients make of a customer. What
/// `scoring.fit_logistic` gives can be put in as it is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Logistic {
    /// The log odds where nothing adds to them.
    pub intercept: f64,
    /// The coefficients, by measure or score: of a number or of true and false what one of it adds to the log odds, of a
    /// text or a class what each value adds.
    pub coefficients: IndexMap<String, Coefficient>,
    /// What a missing value adds to the log odds, by measure or score; without it there is no score.
    #[serde(default)]
    pub missing: IndexMap<String, f64>,
    /// What a value that has no coefficient adds, where that is not 0, by measure or score.
    #[serde(default)]
    pub otherwise: IndexMap<String, f64>,
    /// The limits of levels, ascending: a probability reaches a level that is at least its limit.
    #[schemars(length(min = 1, max = 99))]
    pub at_least: Option<Vec<f64>>,
    /// The limits of levels, ascending: a probability reaches a level that is above its limit.
    #[schemars(length(min = 1, max = 99))]
    pub above: Option<Vec<f64>>,
    /// The names of the levels, lowest first.
    pub labels: Option<Vec<Text>>,
    /// What fit_logistic says beside the coefficients: how sure each is. It changes nothing.
    pub standard_errors: Option<StandardErrors>,
    /// How many rows were fitted to. It changes nothing.
    pub rows: Option<u64>,
    /// How many rows were left out. It changes nothing.
    pub left_out: Option<u64>,
    /// How many steps the fit took. It changes nothing.
    pub iterations: Option<u64>,
    /// How well the fit fits. It changes nothing.
    pub log_likelihood: Option<f64>,
}

/// How sure each coefficient is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandardErrors {
    /// Of the intercept.
    pub intercept: f64,
    /// Of the coefficients.
    pub coefficients: IndexMap<String, Coefficient>,
}

/// What one more adds, or what each value adds.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged, inline)]
pub enum Coefficient {
    /// Of a number.
    Number(f64),
    /// Of the values of a text, or of classes.
    Values(#[schemars(extend("minProperties" = 1))] IndexMap<String, f64>),
}

impl<'de> Deserialize<'de> for Coefficient {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NumberOrValues)
    }
}

/// Reads a number, or an object of them.
struct NumberOrValues;

impl<'de> Visitor<'de> for NumberOrValues {
    type Value = Coefficient;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a number, or an object with a number for each value")
    }

    fn visit_i64<E>(self, number: i64) -> Result<Coefficient, E> {
        Ok(Coefficient::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Coefficient, E> {
        Ok(Coefficient::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Coefficient, E> {
        Ok(Coefficient::Number(number))
    }

    fn visit_map<A: MapAccess<'de>>(self, values: A) -> Result<Coefficient, A::Error> {
        let values: IndexMap<String, f64> = IndexMap::deserialize(MapAccessDeserializer::new(values))?;
        match values.is_empty() {
            false => Ok(Coefficient::Values(values)),
            true => Err(serde::de::Error::custom(
                "must not be an empty object\nGive a number for each value, as {\"FR\": 0.4}.",
            )),
        }
    }
}

/// What a coefficient is refused for.
const ONE_NUMBER: &str = "Give one number: what one more of it adds to the log odds.";
/// The same the other way round.
const ONE_FOR_EACH: &str = "Give an object with a number for each of its values, as {\"FR\": 0.4}.";

impl Logistic {
    /// Checks that a coefficient is of what it is named by, as far as the document tells.
    fn check_coefficient(
        &self,
        name: &str,
        coefficient: &Coefficient,
        place: &Place,
        scope: &Scope,
    ) -> Result<(), Error> {
        let sort = scope.sort(name).unwrap_or(Sort::Value);
        let refuse = |hint: &str| {
            let complaint = format!("{} is {}", quoted(name), sort.in_words());
            Err(place.complain(complaint).hint(hint))
        };
        match (sort, coefficient) {
            (Sort::Decayed { .. }, _) => refuse(
                "What decays changes all the time: make a score of kind \"levels\" of it, and give that one a coefficient.",
            ),
            (Sort::Moment, _) => {
                refuse("The age of a date is a number: add a measure that computes \"age\".")
            }
            (Sort::Classes(_) | Sort::Words(_), Coefficient::Number(_)) => refuse(ONE_FOR_EACH),
            (Sort::Classes(_) | Sort::Words(_), Coefficient::Values(values)) => {
                let classes = scope.classes(name).unwrap_or_default();
                match values.keys().find(|value| !classes.contains(&value.as_str())) {
                    None => Ok(()),
                    Some(value) => Err(place
                        .key(value)
                        .complain(format!("{} has no class {}", quoted(name), quoted(value)))
                        .hint(near::hint(value, "Its classes are", classes))),
                }
            }
            (Sort::Value | Sort::Attribute, _) | (_, Coefficient::Number(_)) => Ok(()),
            (_, Coefficient::Values(_)) => refuse(ONE_NUMBER),
        }
    }

    /// Refuses what is said of values that have no coefficient of that sort.
    fn check_names(&self, place: &Place) -> Result<(), Error> {
        for (key, names) in [("missing", &self.missing), ("otherwise", &self.otherwise)] {
            for name in names.keys() {
                let here = place.key(key).key(name);
                match self.coefficients.get(name) {
                    None => {
                        let hint = near::hint(
                            name,
                            "Coefficients are of",
                            self.coefficients.keys().map(String::as_str),
                        );
                        return Err(here
                            .complain(format!("there is no coefficient of {}", quoted(name)))
                            .hint(hint));
                    }
                    Some(Coefficient::Number(_)) if key == "otherwise" => {
                        return Err(here
                            .complain(format!("the coefficient of {} is for all of its values", quoted(name)))
                            .hint("Leave it out here; what a missing value adds is in \"missing\"."));
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Makes a variable ready.
    fn variable(
        &self,
        name: &str,
        coefficient: &Coefficient,
        place: &Place,
        names: &Naming,
    ) -> Result<Variable, Error> {
        let nature = names.nature(name);
        let refuse = |what: &str, hint: &str| {
            let complaint = format!("the values of {} are {what}", quoted(name));
            Err(place.complain(complaint).because(Fault::WrongType).hint(hint))
        };
        let is_class = matches!(names.sort(name), Some(Sort::Classes(_) | Sort::Words(_)));
        let effect = match coefficient {
            Coefficient::Number(coefficient) if nature.is_number() || nature == Nature::Truth => {
                Effect::Number(*coefficient)
            }
            Coefficient::Number(_) if nature.is_moment() => {
                return refuse("dates", "Add a measure that computes \"age\" of it.");
            }
            Coefficient::Number(_) => return refuse("no numbers", ONE_FOR_EACH),
            Coefficient::Values(_) if nature == Nature::Truth => {
                return refuse(
                    "true and false",
                    "Give one number: what true adds to the log odds, false adding 0.",
                );
            }
            Coefficient::Values(_) if !is_class && (nature.is_number() || nature.is_moment()) => {
                return refuse(
                    "no texts",
                    "Give one number, or cast it in its expression, as \"kind::text\".",
                );
            }
            Coefficient::Values(values) => {
                let known = values.iter().map(|(value, adds)| {
                    let value = Scalar::Text(value.clone());
                    Ok((figure(name, &value, place, names)?, *adds))
                });
                let mut known = known.collect::<Result<Vec<_>, Error>>()?;
                known.sort_by(|(one, _), (other, _)| one.total_cmp(other));
                Effect::Values { known, otherwise: self.otherwise.get(name).copied().unwrap_or(0.0) }
            }
        };
        Ok(Variable { of: names.slot(name), effect, missing: self.missing.get(name).copied() })
    }
}

impl Kind for Logistic {
    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let place = place.key("coefficients");
        self.coefficients.keys().map(|name| Use { place: place.key(name), name, wanted: &ANY }).collect()
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        let coefficients = place.key("coefficients");
        for (name, coefficient) in &self.coefficients {
            self.check_coefficient(name, coefficient, &coefficients.key(name), scope)?;
        }
        self.check_names(place)?;
        self.grades().check(place)
    }

    fn grades(&self) -> Grades<'_> {
        Grades { at_least: &self.at_least, above: &self.above, labels: &self.labels }
    }

    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let place = Place::root().key("scores").key(names.name(slot)).key("coefficients");
        let variables = self.coefficients.iter();
        let variables = variables
            .map(|(name, coefficient)| self.variable(name, coefficient, &place.key(name), names))
            .collect::<Result<_, Error>>()?;
        let grades = self.grades().ready(slot, names);
        Ok(Box::new(Regression { intercept: self.intercept, variables, grades }))
    }
}

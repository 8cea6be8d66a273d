//! The families of scores: one file each, with its keys in the document and their checks.
//!
//! A new family is a file with a type that is [`Kind`], and its name in the list below.

use super::condition::{All, Any, Comparison};
use super::language;
use super::naming::Naming;
use super::near;
use super::operand::OwnMeasures;
use super::place::Place;
use super::rule::Rule;
use super::scale::Limits;
use super::scope::{ATTRIBUTE, Scope, Sort, Use};
use super::text::{Text, Texts};
use crate::error::Error;
use grades::Grades;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

pub mod abc;
pub mod change;
pub mod completeness;
pub mod delta;
mod grades;
pub mod levels;
pub mod logistic;
pub mod matrix;
pub mod naive_bayes;
pub mod points;
pub mod quantile;
pub mod rfm;
pub mod scorecard;
pub mod weighted;

families! {
    quantile::Quantile,
    levels::Levels,
    rfm::Rfm,
    abc::Abc,
    delta::Delta,
    points::Points,
    scorecard::Scorecard,
    logistic::Logistic,
    naive_bayes::NaiveBayes,
    completeness::Completeness,
    change::Change,
    weighted::Weighted,
    matrix::Matrix,
}

/// What a family of scores says of itself.
pub trait Kind {
    /// Names the measures that it has for itself.
    fn name_own_measures(&mut self, _place: &Place, _own: &mut OwnMeasures) -> Result<(), Error> {
        Ok(())
    }

    /// Gives the regular expressions that it matches texts with, each with its place.
    fn patterns(&self, _place: &Place) -> Vec<(Place, &str)> {
        Vec::new()
    }

    /// Gives the measures and scores that it is made of, each with its place.
    fn uses(&self, place: &Place) -> Vec<Use<'_>>;

    /// Checks its own keys; what they refer to is there, and of the right sort.
    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error>;

    /// Gives the keys of its levels, where its figure is a number that may have some.
    fn grades(&self) -> Grades<'_> {
        Grades::NONE
    }

    /// Tells what sort of thing the score is to others: a number, unless its family says otherwise.
    fn sort(&self) -> Sort {
        Sort::Graded(self.grades().levels())
    }

    /// Gives what follows its name in the columns that it makes.
    fn suffixes(&self) -> Vec<Cow<'static, str>> {
        self.grades().suffixes(&[""])
    }

    /// Makes it ready to be computed; its own place in a row is `slot`.
    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error>;

    /// Gives the limits of its levels, where its figure is a number between them.
    fn limits(&self) -> Option<Limits> {
        self.grades().limits()
    }

    /// Gives the names of its classes, best first, where it has some.
    fn classes(&self) -> Option<Vec<&str>> {
        None
    }
}

/// Makes the enum of all families, which the key `kind` of a score chooses from.
macro_rules! families {
    ($($module:ident::$Type:ident),* $(,)?) => {
        /// What a score is, by its `kind`.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(rename = "tag kind", rename_all = "snake_case")]
        #[schemars(rename = "Family", tag = "kind")]
        #[allow(clippy::large_enum_variant, reason = "a model has a few of them, made once")]
        pub enum Family {
            $(#[allow(missing_docs, reason = "its type says it")] $Type($module::$Type),)*
        }

        impl Deref for Family {
            type Target = dyn Kind;

            fn deref(&self) -> &Self::Target {
                match self {
                    $(Self::$Type(family) => family,)*
                }
            }
        }

        impl DerefMut for Family {
            fn deref_mut(&mut self) -> &mut Self::Target {
                match self {
                    $(Self::$Type(family) => family,)*
                }
            }
        }
    };
}
use families;

/// The direction of levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The greatest values have the highest level.
    #[default]
    Ascending,
    /// The smallest values have the highest level.
    Descending,
}

/// Names the measures whose values part the customers into groups with cuts of their own.
fn groups<'a>(within: &'a Option<Texts>, place: &Place) -> Vec<Use<'a>> {
    let place = place.key("within");
    let placed = within.iter().flat_map(|within| within.placed(&place));
    placed.map(|(place, name)| Use { place, name, wanted: &ATTRIBUTE }).collect()
}

/// Gives the items of a list, each with its place, where the list stands at `place`.
fn placed<Item>(items: &[Item], place: Place) -> impl Iterator<Item = (Place, &Item)> {
    items.iter().enumerate().map(move |(at, item)| (place.item(at), item))
}

/// Adds the keys of a condition to the schema of an object that has them beside its own.
fn with_condition(mut schema: Schema, generator: &mut SchemaGenerator) -> Schema {
    let conditions =
        [Comparison::json_schema(generator), All::json_schema(generator), Any::json_schema(generator)];
    let keys = conditions.iter().filter_map(|condition| condition.get("properties")?.as_object());
    let keys: Vec<_> = keys.flatten().map(|(key, schema)| (key.clone(), schema.clone())).collect();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.extend(keys);
    }
    schema.insert("additionalProperties".into(), false.into());
    schema
        .insert("oneOf".into(), ["of", "all", "any"].map(|key| json!({ "required": [key] })).to_vec().into());
    schema
}

/// Gives the labels of levels, lowest first: the author's, or those of the language.
fn labels(given: &Option<Vec<Text>>, levels: usize, names: &Naming) -> Vec<String> {
    match given {
        Some(labels) => labels.iter().map(|label| label.to_string()).collect(),
        None => language::levels(names.language(), levels),
    }
}

/// Refuses labels that are not one for each level.
fn check_labels(labels: &Option<Vec<Text>>, levels: usize, place: &Place) -> Result<(), Error> {
    match labels.as_ref().map(Vec::len).filter(|labels| *labels != levels) {
        None => Ok(()),
        Some(labels) => Err(place
            .key("labels")
            .refuse(format!("must be {levels}, one for each level, got {labels}"))
            .hint("Give the labels lowest level first.")),
    }
}

/// Refuses a number of levels that a score cannot have.
fn check_bins(bins: i64, most: i32, place: &Place) -> Result<(), Error> {
    match (2..=i64::from(most)).contains(&bins) {
        true => Ok(()),
        false => Err(place
            .key("bins")
            .refuse(format!("must be between 2 and {most}, got {bins}"))
            .hint("bins is the number of levels; five is usual.")),
    }
}

/// Is the usual number of levels.
fn usual_bins() -> i64 {
    5
}

//! Conditions: which customers a score is for.

use super::near;
use super::operand::{Operand, OwnMeasures};
use super::place::{Place, listed};
use super::scope::{ANY, Scope, Sort, Use};
use super::value::Scalar;
use crate::error::Error;
use schemars::JsonSchema;
use serde::Deserialize;

/// What a customer must fulfil.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "keys", rename_all = "snake_case")]
#[schemars(untagged, rename = "Condition")]
pub enum Condition {
    /// A comparison of one measure or score.
    Of(Box<Comparison>),
    /// All of several conditions.
    All(All),
    /// Any of several conditions.
    Any(Any),
}

/// All of several conditions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct All {
    /// The conditions.
    #[schemars(length(min = 1))]
    pub all: Vec<Condition>,
}

/// Any of several conditions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Any {
    /// The conditions.
    #[schemars(length(min = 1))]
    pub any: Vec<Condition>,
}

/// Comparisons of one measure or score with given values; all of them must hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 2))]
pub struct Comparison {
    /// The measure or the score, or a measure that only this condition reads.
    pub of: Operand,
    /// It is this or more.
    pub at_least: Option<Scalar>,
    /// It is this or less.
    pub at_most: Option<Scalar>,
    /// It is more than this.
    pub above: Option<Scalar>,
    /// It is less than this.
    pub below: Option<Scalar>,
    /// It is between these two, both included.
    pub between: Option<[Scalar; 2]>,
    /// It is this.
    pub equals: Option<Scalar>,
    /// It is one of these.
    #[serde(rename = "in")]
    #[schemars(length(min = 1))]
    pub one_of: Option<Vec<Scalar>>,
    /// It is none of these, and not missing.
    #[schemars(length(min = 1))]
    pub not_in: Option<Vec<Scalar>>,
    /// It is NULL, or is not.
    pub missing: Option<bool>,
}

/// The comparisons that a condition can make.
const COMPARISONS: [&str; 9] =
    ["at_least", "at_most", "above", "below", "between", "equals", "in", "not_in", "missing"];

/// A value that something is compared with, by its order or by what it is.
struct Compared<'a> {
    place: Place,
    value: &'a Scalar,
    by_order: bool,
}

impl Condition {
    /// Gives the names that the condition compares.
    pub fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        match self {
            Self::Of(comparison) => {
                vec![Use { place: place.key("of"), name: comparison.of.name(), wanted: &ANY }]
            }
            _ => self.parts(place).into_iter().flat_map(|(place, part)| part.uses(&place)).collect(),
        }
    }

    /// Names the measures that it has for itself.
    pub fn name_own_measures(&mut self, place: &Place, own: &mut OwnMeasures) {
        let (key, parts) = match self {
            Self::Of(comparison) => return comparison.of.name_own(&place.key("of"), own),
            Self::All(All { all }) => ("all", all),
            Self::Any(Any { any }) => ("any", any),
        };
        for (at, part) in parts.iter_mut().enumerate() {
            part.name_own_measures(&place.key(key).item(at), own);
        }
    }

    /// Checks that the condition asks something, of values that can be compared.
    pub fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        let (key, parts) = match self {
            Self::Of(comparison) => return comparison.check(place, scope),
            Self::All(_) => ("all", self.parts(place)),
            Self::Any(_) => ("any", self.parts(place)),
        };
        if parts.is_empty() {
            return Err(place
                .key(key)
                .refuse("must not be an empty list")
                .hint("Give at least one condition."));
        }
        parts.into_iter().try_for_each(|(place, part)| part.check(&place, scope))
    }

    /// Gives the conditions that it is made of, with their places.
    fn parts(&self, place: &Place) -> Vec<(Place, &Condition)> {
        let (key, parts) = match self {
            Self::Of(_) => return Vec::new(),
            Self::All(All { all }) => ("all", all),
            Self::Any(Any { any }) => ("any", any),
        };
        let place = place.key(key);
        parts.iter().enumerate().map(|(at, part)| (place.item(at), part)).collect()
    }
}

impl Comparison {
    /// Tells whether it names something and compares it with nothing.
    pub fn asks_nothing(&self) -> bool {
        self.compared(&Place::root()).is_empty() && self.missing.is_none()
    }

    /// Checks that it compares with something that can be compared.
    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        let compared = self.compared(place);
        for (key, list) in [("in", &self.one_of), ("not_in", &self.not_in)] {
            if list.as_ref().is_some_and(Vec::is_empty) {
                return Err(place
                    .key(key)
                    .refuse("must not be an empty list")
                    .hint("Give at least one value."));
            }
        }
        if compared.is_empty() && self.missing.is_none() {
            let hint = format!("Add one of {}.", listed(COMPARISONS));
            return Err(place.refuse("compares with nothing").hint(hint));
        }
        if let Some([Scalar::Number(low), Scalar::Number(high)]) = &self.between
            && low.as_f64() > high.as_f64()
        {
            let refusal = format!("must not be empty, got [{low}, {high}]");
            return Err(place.key("between").refuse(refusal).hint("Give the lower value first."));
        }
        compared.iter().try_for_each(|compared| self.check_value(compared, scope))
    }

    /// Gives every value that it compares with.
    fn compared(&self, place: &Place) -> Vec<Compared<'_>> {
        let single = [
            ("at_least", &self.at_least, true),
            ("at_most", &self.at_most, true),
            ("above", &self.above, true),
            ("below", &self.below, true),
            ("equals", &self.equals, false),
        ];
        let lists = [
            ("between", self.between.as_ref().map(|ends| &ends[..]), true),
            ("in", self.one_of.as_deref(), false),
            ("not_in", self.not_in.as_deref(), false),
        ];
        let single = single.into_iter().filter_map(|(key, value, by_order)| {
            Some(Compared { place: place.key(key), value: value.as_ref()?, by_order })
        });
        let lists = lists.into_iter().flat_map(|(key, values, by_order)| {
            let values = values.unwrap_or_default().iter().enumerate();
            values.map(move |(at, value)| Compared { place: place.key(key).item(at), value, by_order })
        });
        single.chain(lists).collect()
    }

    /// Checks that a value is of the sort that it is compared with.
    fn check_value(&self, compared: &Compared, scope: &Scope) -> Result<(), Error> {
        let Compared { place, value, by_order } = compared;
        let refuse = |wanted: &str, hint: String| {
            Err(place.refuse(format!("must be {wanted}, got {value}")).hint(hint))
        };
        let of = self.of.name();
        match (scope.sort(of).unwrap_or(Sort::Value), value) {
            (Sort::Classes(_) | Sort::Words(_), _) if *by_order => Err(place
                .complain(format!("\"{of}\" has classes, which are compared by name"))
                .hint("Use \"equals\", \"in\" or \"not_in\".")),
            (Sort::Classes(_) | Sort::Words(_), Scalar::Text(class)) => {
                let classes = scope.classes(of).unwrap_or_default();
                match classes.contains(&&**class) {
                    true => Ok(()),
                    false => {
                        refuse(&format!("a class of \"{of}\""), near::hint(class, "Its classes are", classes))
                    }
                }
            }
            (Sort::Classes(_) | Sort::Words(_), _) => {
                refuse("a class, as a text", format!("\"{of}\" is a score with classes."))
            }
            (Sort::Moment, Scalar::Text(_))
            | (Sort::Value | Sort::Attribute, Scalar::Number(_) | Scalar::Text(_)) => Ok(()),
            (Sort::Moment, _) => {
                refuse("a date in a text", format!("\"{of}\" is a date, as \"2026-01-31\"."))
            }
            (Sort::Value | Sort::Attribute, Scalar::Boolean(_)) if *by_order => {
                refuse("a number or a text", "true and false can only be compared with \"equals\".".into())
            }
            (Sort::Value | Sort::Attribute, Scalar::Boolean(_)) | (_, Scalar::Number(_)) => Ok(()),
            (sort, _) => refuse("a number", format!("\"{of}\" is {}.", sort.in_words())),
        }
    }
}

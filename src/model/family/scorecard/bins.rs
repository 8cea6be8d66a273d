//! The bins of a characteristic: intervals that follow each other, and lists of values.

use crate::error::{Error, Fault};
use crate::model::condition::{Comparison, Condition};
use crate::model::naming::Naming;
use crate::model::operand::Operand;
use crate::model::place::{Place, quoted};
use crate::model::points::Amount;
use crate::model::scope::{Scope, Sort};
use crate::model::text::Text;
use crate::model::value::Scalar;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Number;

/// Values of a characteristic that give the same: an interval of numbers, or a list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["points"] }, { "required": ["woe"] }]))]
pub struct Bin {
    /// The numbers that are this or more.
    pub at_least: Option<f64>,
    /// The numbers that are more than this.
    pub above: Option<f64>,
    /// The numbers that are less than this.
    pub below: Option<f64>,
    /// The numbers that are this or less.
    pub at_most: Option<f64>,
    /// These values; they are in no interval then.
    #[serde(rename = "in")]
    #[schemars(length(min = 1))]
    pub one_of: Option<Vec<Scalar>>,
    /// The points.
    pub points: Option<Amount>,
    /// The weight of evidence, ln(share of the bad / share of the good), which scoring.woe_table gives.
    pub woe: Option<f64>,
    /// The code of the reason that it is.
    pub reason: Option<Text>,
    /// What it is, for people.
    pub description: Option<String>,
}

/// An end of an interval.
#[derive(Clone, Copy)]
struct End {
    key: &'static str,
    at: f64,
    /// Whether the number itself is in the interval.
    is_in: bool,
}

/// What an interval must have where another one is before it, or after it.
const IN_ORDER: &str = "Give the bins in ascending order; they must not overlap, and only the first has no lower end, only the last no upper one.";

/// Chooses the end that is given; two of them are refused.
fn end(
    one: (&'static str, Option<f64>),
    other: (&'static str, Option<f64>),
    place: &Place,
) -> Result<Option<End>, Error> {
    match (one, other) {
        ((first, Some(_)), (second, Some(_))) => Err(place
            .key(second)
            .complain(format!("the interval ends both at {first} and at {second}"))
            .hint("Keep one of them.")),
        ((key, Some(at)), _) => Ok(Some(End { key, at, is_in: key.starts_with("at_") })),
        (_, (key, Some(at))) => Ok(Some(End { key, at, is_in: key.starts_with("at_") })),
        _ => Ok(None),
    }
}

impl Bin {
    /// Gives the lower end; none where it is open.
    fn lower(&self, place: &Place) -> Result<Option<End>, Error> {
        end(("at_least", self.at_least), ("above", self.above), place)
    }

    /// Gives the upper end; none where it is open.
    fn upper(&self, place: &Place) -> Result<Option<End>, Error> {
        end(("at_most", self.at_most), ("below", self.below), place)
    }

    /// Refuses an interval of values whose type is not that of numbers.
    pub fn check_type(&self, name: &str, place: &Place, names: &Naming) -> Result<(), Error> {
        match names.nature(name) {
            nature if self.one_of.is_some() || nature.is_number() => Ok(()),
            nature if nature.is_moment() => Err(refuse_dates(name, place).because(Fault::WrongType)),
            _ => Err(refuse_texts(name, place).because(Fault::WrongType)),
        }
    }

    /// Gives the condition that a value of `name` is in it.
    pub fn condition(&self, name: &str) -> Condition {
        let number = |end: Option<f64>| end.and_then(number).map(Scalar::Number);
        Condition::Of(Box::new(Comparison {
            of: Operand::Named(Text::of(&name)),
            at_least: number(self.at_least),
            at_most: number(self.at_most),
            above: number(self.above),
            below: number(self.below),
            between: None,
            equals: None,
            one_of: self.one_of.clone(),
            not_in: None,
            missing: None,
        }))
    }
}

/// Says that dates are in no interval of numbers.
fn refuse_dates(name: &str, place: &Place) -> Error {
    place
        .complain(format!("an interval is of numbers, and {} is a date", quoted(name)))
        .hint("The age of a date is a number: add a measure that computes \"age\".")
}

/// Says that texts are in no interval of numbers.
fn refuse_texts(name: &str, place: &Place) -> Error {
    place
        .complain(format!("an interval is of numbers, and the values of {} are none", quoted(name)))
        .hint("List the values of the bin in \"in\".")
}

/// Writes a number as the author would have.
fn number(number: f64) -> Option<Number> {
    match number.fract() == 0.0 && number.abs() < 1e15 {
        true => Some(Number::from(number as i64)),
        false => Number::from_f64(number),
    }
}

/// Checks bins: each has values, and no two the same.
pub fn check_bins(bins: &[Bin], name: &str, place: &Place, scope: &Scope) -> Result<(), Error> {
    if bins.is_empty() {
        let hint =
            "Give at least one, as {\"below\": 25, \"points\": -10} or {\"in\": [\"FR\"], \"points\": 5}.";
        return Err(place.refuse("must not be an empty list").hint(hint));
    }
    let mut listed: Vec<String> = Vec::new();
    // Whether there was an interval, and where it ended.
    let mut before: Option<Option<End>> = None;
    for (at, bin) in bins.iter().enumerate() {
        let place = place.item(at);
        let (lower, upper) = (bin.lower(&place)?, bin.upper(&place)?);
        match &bin.one_of {
            Some(values) => {
                if let Some(end) = lower.or(upper) {
                    return Err(place
                        .key(end.key)
                        .complain("a bin is both a list and an interval")
                        .hint("Make two bins of it."));
                }
                check_listed(values, &mut listed, &place.key("in"))?;
            }
            None if lower.is_none() && upper.is_none() => {
                let refusal = "needs one of the keys \"at_least\", \"above\", \"below\", \"at_most\", \"in\"";
                let hint = "Give its values; what values in no bin give is in \"otherwise\".";
                return Err(place.refuse(refusal).hint(hint));
            }
            None => {
                match scope.sort(name) {
                    Some(Sort::Moment) => return Err(refuse_dates(name, &place)),
                    Some(Sort::Classes(_) | Sort::Words(_)) => return Err(refuse_texts(name, &place)),
                    _ => {}
                }
                check_interval(before, lower, upper, &place)?;
                before = Some(upper);
            }
        }
        bin.condition(name).check(&place, scope)?;
    }
    Ok(())
}

/// Refuses a value that is in two lists.
fn check_listed(values: &[Scalar], listed: &mut Vec<String>, place: &Place) -> Result<(), Error> {
    for (at, value) in values.iter().enumerate() {
        let shown = value.to_string();
        if listed.contains(&shown) {
            return Err(place
                .item(at)
                .complain(format!("{shown} is in two bins"))
                .hint("Give each value once."));
        }
        listed.push(shown);
    }
    Ok(())
}

/// Refuses an interval that has no numbers, or does not follow the one before it.
fn check_interval(
    before: Option<Option<End>>,
    lower: Option<End>,
    upper: Option<End>,
    place: &Place,
) -> Result<(), Error> {
    match (before, lower) {
        (None, _) => {}
        (Some(_), None) => {
            return Err(place.complain("the bin has no lower end, and one comes before it").hint(IN_ORDER));
        }
        (Some(None), Some(lower)) => {
            let complaint = "the bin comes after one that has no upper end";
            return Err(place.key(lower.key).complain(complaint).hint(IN_ORDER));
        }
        (Some(Some(before)), Some(lower)) => {
            let is_twice = lower.at == before.at && lower.is_in && before.is_in;
            if lower.at < before.at || is_twice {
                let wanted = if is_twice { "above" } else { "at least" };
                let refusal =
                    format!("must be {wanted} the end of the bin before it, {}, got {}", before.at, lower.at);
                return Err(place.key(lower.key).refuse(refusal).hint(IN_ORDER));
            }
        }
    }
    match (lower, upper) {
        (Some(lower), Some(upper))
            if lower.at > upper.at || lower.at == upper.at && !(lower.is_in && upper.is_in) =>
        {
            let refusal = format!("must be above the lower end, {}, got {}", lower.at, upper.at);
            Err(place.key(upper.key).refuse(refusal).hint("The bin would have no numbers."))
        }
        _ => Ok(()),
    }
}

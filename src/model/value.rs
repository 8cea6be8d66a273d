//! Values that a document gives: what no event gives, what a condition compares with.

use super::place::Place;
use super::scope::Sort;
use crate::error::Error;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde_json::Number;
use std::borrow::Cow;
use std::fmt;

/// A value to compare with: a number, a text, true or false. A number is kept as it is written, to the last digit of 64 bits.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged, inline)]
pub enum Scalar {
    /// A number.
    Number(#[schemars(with = "f64")] Number),
    /// A text, or a date.
    Text(String),
    /// True or false.
    Boolean(bool),
}

impl fmt::Display for Scalar {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(to, "{number}"),
            Self::Text(text) => to.write_str(&super::place::quoted(text)),
            Self::Boolean(value) => write!(to, "{value}"),
        }
    }
}

impl Scalar {
    /// Gives it as PostgreSQL reads a value of its type.
    pub fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Boolean(value) => value.to_string(),
        }
    }
}

/// What no event gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Empty {
    /// What the take gives by itself.
    #[default]
    Usual,
    /// NULL.
    Null,
    /// A value.
    Value(Scalar),
}

impl JsonSchema for Empty {
    fn schema_name() -> Cow<'static, str> {
        "Empty".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": ["number", "string", "boolean"] }, { "const": null }] })
    }
}

impl Empty {
    /// Checks that the value is of the measure's type, as far as the document tells.
    pub fn check(&self, take: &str, sort: Sort, place: &Place) -> Result<(), Error> {
        let Self::Value(value) = self else { return Ok(()) };
        let (fits, wanted) = match (sort, value) {
            (Sort::Decayed { .. }, Scalar::Number(number)) => {
                (number.as_f64() == Some(0.0), "0 or null with half_life")
            }
            (Sort::Decayed { .. }, _) => (false, "0 or null with half_life"),
            (Sort::Number, Scalar::Number(number)) if matches!(take, "count" | "distinct") => {
                (number.is_i64(), "a whole number or null")
            }
            (Sort::Number, value) => (matches!(value, Scalar::Number(_)), "a number or null"),
            (Sort::Moment, value) => (matches!(value, Scalar::Text(_)), "a date in a text, or null"),
            _ => (true, ""),
        };
        match fits {
            true => Ok(()),
            false => {
                let hint =
                    "empty is the value of a customer without any event; leave it out for the usual one.";
                Err(place.refuse(format!("must be {wanted}, got {value}")).hint(hint))
            }
        }
    }
}

/// Describes a number, or null.
pub fn number_or_null_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [{ "type": "number" }, { "const": null }] })
}

/// Reads a number, or null.
pub fn number_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    match from.deserialize_any(ScalarVisitor { wanted: "a number or null" })? {
        None => Ok(None),
        Some(Scalar::Number(number)) => Ok(number.as_f64()),
        Some(other) => Err(D::Error::custom(format!(
            "must be a number or null, got {other}\nGive a number, as 0 or 1.5."
        ))),
    }
}

impl<'de> Deserialize<'de> for Empty {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = from.deserialize_any(ScalarVisitor { wanted: "a number, a text, true, false or null" })?;
        Ok(read.map_or(Self::Null, Self::Value))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let wanted = "a number, a text, or true or false";
        let read = from.deserialize_any(ScalarVisitor { wanted })?;
        read.ok_or_else(|| {
            D::Error::custom(format!("must be {wanted}, got null\nTo ask for NULL, say \"missing\": true."))
        })
    }
}

/// Reads a scalar; none for null.
struct ScalarVisitor {
    wanted: &'static str,
}

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Option<Scalar>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.wanted)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Boolean(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Number(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Number(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(value).map(Scalar::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Text(value.into())))
    }
}

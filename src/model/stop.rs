//! Why the reading of a value stopped: serde's kinds of faults, in the words of the document.

use super::near;
use super::place::{Place, Step, listed, quoted};
use crate::error::Error;
use serde::de::{self, Expected, Unexpected};
use std::fmt;

/// A fault found while the tree was read, and the way back to where it is.
#[derive(Debug)]
pub struct Stop {
    cause: Cause,
    /// The steps from the fault up to the whole document.
    way_up: Vec<Step>,
}

/// What was wrong with a value.
#[derive(Debug)]
enum Cause {
    /// It must be something else: "must be …".
    Wrong { refusal: String, hint: String },
    /// It has a key that nobody reads.
    UnknownKey { key: String, known: Vec<&'static str> },
    /// A key that it needs is not there.
    MissingKey(&'static str),
}

impl Stop {
    /// Says that a value must be something else, and what would do.
    pub fn wrong(refusal: impl Into<String>, hint: impl Into<String>) -> Self {
        Cause::Wrong { refusal: refusal.into(), hint: hint.into() }.into()
    }

    /// Says that nobody reads a key of an object.
    pub fn unknown_key(key: &str, known: &[&'static str]) -> Self {
        Cause::UnknownKey { key: key.into(), known: known.to_vec() }.into()
    }

    /// Takes the way up one step, to what holds the value.
    pub fn under(mut self, step: Step) -> Self {
        self.way_up.push(step);
        self
    }

    /// Tells whether the fault is what an unknown key of the same object would explain.
    pub fn is_missing_key_here(&self) -> bool {
        self.way_up.is_empty() && matches!(self.cause, Cause::MissingKey(_))
    }
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Self {
        Self { cause, way_up: Vec::new() }
    }
}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        let place: Place = stop.way_up.into_iter().rev().collect();
        match stop.cause {
            Cause::Wrong { refusal, hint } => place.refuse(refusal).hint(hint),
            Cause::UnknownKey { key, known } => {
                let hint = near::hint(&key, "The keys here are", known);
                place.key(&key).complain(format!("unknown key {}", quoted(&key))).hint(hint)
            }
            Cause::MissingKey(key) => {
                place.refuse(format!("needs the key \"{key}\"")).hint(format!("Add \"{key}\" to it."))
            }
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:?}", self.cause)
    }
}

impl std::error::Error for Stop {}

impl de::Error for Stop {
    /// Takes a refusal, as "must be …", with a hint in a second line; or words that do not know the document.
    fn custom<T: fmt::Display>(text: T) -> Self {
        let text = text.to_string();
        match text.split_once('\n') {
            Some((refusal, hint)) => Self::wrong(refusal, hint),
            None => Self::wrong(
                format!("is refused: {text}"),
                "SELECT scoring.model_schema() describes what is valid.",
            ),
        }
    }

    fn invalid_type(found: Unexpected, wanted: &dyn Expected) -> Self {
        if let Unexpected::Unit = found {
            return Self::wrong("must not be null", "Leave the key out where there is nothing to say.");
        }
        let wanted = in_words(&wanted.to_string());
        Self::wrong(format!("must be {wanted}, got {}", shown(found)), format!("Give {wanted}."))
    }

    fn invalid_value(found: Unexpected, wanted: &dyn Expected) -> Self {
        Self::invalid_type(found, wanted)
    }

    fn invalid_length(found: usize, wanted: &dyn Expected) -> Self {
        let wanted = wanted.to_string();
        let count = wanted.rsplit(' ').next().unwrap_or_default();
        Self::wrong(format!("must have {count} items, got {found}"), format!("Give {count} items."))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        let refusal = format!("must be one of {}, got {}", listed(known.iter().copied()), quoted(found));
        Self::wrong(refusal, near::hint(found, "It may be", known.iter().copied()))
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        Self::unknown_key(key, known)
    }

    fn missing_field(key: &'static str) -> Self {
        Cause::MissingKey(key).into()
    }
}

/// Says in the words of JSON what Rust would have wanted.
fn in_words(wanted: &str) -> String {
    match wanted {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number".into(),
        "f64" => "a number".into(),
        "a boolean" => "true or false".into(),
        "a string" => "a text".into(),
        "a sequence" => "a list".into(),
        "a map" => "an object".into(),
        object if object.starts_with("struct ") => "an object".into(),
        own => own.into(),
    }
}

/// Shows what was found.
fn shown(found: Unexpected) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Float(number) => format!("{number:?}"),
        Unexpected::Str(text) => quoted(text),
        Unexpected::Unit | Unexpected::Option => "null".into(),
        Unexpected::Seq => "a list".into(),
        Unexpected::Map => "an object".into(),
        other => other.to_string(),
    }
}

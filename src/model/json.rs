//! The JSON text of a document, read into a tree.
//!
//! PostgreSQL's `json` checks the grammar and little more, so here is refused what a reader of the tree could not see any
//! more (a key given twice) or could not bear (too large, too deep, a NUL that no `text` can hold).

use super::place::{Place, Step};
use crate::error::{Error, Fault};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// The most bytes of a document.
pub const MOST_BYTES: usize = 1 << 20;

/// The most objects and lists that may lie in each other.
pub const MOST_DEPTH: usize = 32;

/// The most entries of one object or list.
pub const MOST_ENTRIES: usize = 10_000;

/// Reads a JSON text.
pub fn tree(text: &str) -> Result<Value, Error> {
    if text.len() > MOST_BYTES {
        return Err(too_much(&Place::root(), format!("has {} bytes", text.len()), MOST_BYTES, "bytes"));
    }
    let mut here = Here { steps: Vec::new(), fault: None };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Branch(&mut here).deserialize(&mut reader).and_then(|tree| reader.end().map(|()| tree));
    read.map_err(|cause| here.fault.take().unwrap_or_else(|| malformed(&cause, &here)))
}

/// Says that the text is no JSON, or holds a number that no float8 can.
fn malformed(cause: &serde_json::Error, here: &Here) -> Error {
    let cause = cause.to_string();
    if cause.starts_with("number out of range") {
        return Error::new(Fault::NumberOutOfRange, format!("model: {cause}"))
            .detail(here.place().sentence())
            .hint("Give a number between -1.7e308 and 1.7e308.");
    }
    Error::new(Fault::MalformedText, format!("the model is not JSON: {cause}"))
        .hint("Give one JSON object; SELECT '...'::json tells whether a text is JSON.")
}

/// Says that something is more than a document may have (54000).
fn too_much(place: &Place, what: String, most: usize, of: &str) -> Error {
    let hint = format!("{most} {of} is the most; describe less, or make several models.");
    place.refuse(what).because(Fault::LimitExceeded).hint(hint)
}

/// Where the reading is, and what was found wrong there.
struct Here {
    steps: Vec<Step>,
    fault: Option<Error>,
}

impl Here {
    /// Gives the place.
    fn place(&self) -> Place {
        self.steps.iter().cloned().collect()
    }

    /// Keeps the fault, since serde_json can only carry a text.
    fn stop<E: serde::de::Error>(&mut self, fault: Error) -> E {
        self.fault = Some(fault);
        E::custom("refused")
    }

    /// Refuses one entry more than may be.
    fn count<E: serde::de::Error>(&mut self, entries: usize) -> Result<(), E> {
        match entries < MOST_ENTRIES {
            true => Ok(()),
            false => {
                let fault = too_much(&self.place(), "has too many entries".into(), MOST_ENTRIES, "entries");
                Err(self.stop(fault))
            }
        }
    }

    /// Refuses a text that holds a NUL.
    fn check_text<E: serde::de::Error>(&mut self, text: &str) -> Result<(), E> {
        match text.contains('\0') {
            false => Ok(()),
            true => {
                let fault = self.place().refuse("holds the character \\u0000");
                Err(self.stop(
                    fault
                        .because(Fault::ForbiddenCharacter)
                        .hint("PostgreSQL has no such text; leave it out."),
                ))
            }
        }
    }

    /// Refuses to go deeper than may be.
    fn descend<E: serde::de::Error>(&mut self) -> Result<(), E> {
        match self.steps.len() < MOST_DEPTH {
            true => Ok(()),
            false => {
                let fault = too_much(&self.place(), "is too deep".into(), MOST_DEPTH, "levels");
                Err(self.stop(fault))
            }
        }
    }
}

/// One value of the tree, to be read where the reading is.
struct Branch<'a>(&'a mut Here);

impl<'de> DeserializeSeed<'de> for Branch<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Branch<'_> {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.0.check_text(value)?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        self.0.descend()?;
        let mut items = Vec::new();
        self.0.steps.push(Step::Item(0));
        while let Some(item) = list.next_element_seed(Branch(&mut *self.0))? {
            self.0.steps.pop();
            self.0.count(items.len())?;
            items.push(item);
            self.0.steps.push(Step::Item(items.len()));
        }
        self.0.steps.pop();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        self.0.descend()?;
        let mut entries = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            self.0.count(entries.len())?;
            self.0.check_text(&key)?;
            self.0.steps.push(Step::Key(key.clone()));
            if entries.contains_key(&key) {
                let fault = self.0.place().refuse("is given twice").hint("Give each key once.");
                return Err(self.0.stop(fault));
            }
            let value = object.next_value_seed(Branch(&mut *self.0))?;
            self.0.steps.pop();
            entries.insert(key, value);
        }
        Ok(Value::Object(entries))
    }
}

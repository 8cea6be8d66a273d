//! Texts of the document: one that says something, or one or several of them.

use super::place::Place;
use schemars::JsonSchema;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;
use std::ops::Deref;

/// A text that is not blank: a name, a label, or a piece of SQL.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(inline)]
pub struct Text(#[schemars(length(min = 1))] String);

impl Text {
    /// Makes one of what is never blank.
    pub fn of(shown: &impl fmt::Display) -> Self {
        Self(shown.to_string())
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match text.trim().is_empty() {
            false => Ok(Self(text)),
            true => Err(D::Error::custom(
                "must not be empty\nGive a text, or leave the key out where it is optional.",
            )),
        }
    }
}

/// One text, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(untagged, inline)]
pub enum Texts {
    /// One.
    One(Text),
    /// One or several.
    Many(#[schemars(length(min = 1))] Vec<Text>),
}

impl Texts {
    /// Gives the texts.
    pub fn as_slice(&self) -> &[Text] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }

    /// Gives the texts with their places, where they stand together at `place`.
    pub fn placed(&self, place: &Place) -> Vec<(Place, &Text)> {
        match self {
            Self::One(text) => vec![(place.clone(), text)],
            Self::Many(texts) => texts.iter().enumerate().map(|(at, text)| (place.item(at), text)).collect(),
        }
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OneOrMany)
    }
}

/// Reads one text or a list.
struct OneOrMany;

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Texts;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a text or a list of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
        Text::deserialize(serde::de::value::StrDeserializer::new(text)).map(Texts::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Texts, A::Error> {
        let texts = Vec::<Text>::deserialize(SeqAccessDeserializer::new(list))?;
        match texts.is_empty() {
            false => Ok(Texts::Many(texts)),
            true => Err(A::Error::custom("must not be an empty list\nName at least one.")),
        }
    }
}

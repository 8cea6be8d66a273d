//! Where the events of a measure come from.

use super::place::Place;
use super::text::{Text, Texts};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Where the events of a measure come from.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum From {
    /// One source or several, of which every event has the same value.
    Sources(Texts),
    /// The value of one event of each source.
    Values(#[schemars(extend("minProperties" = 1))] IndexMap<String, Text>),
}

impl From {
    /// Gives each source with its place and the value of one event, where the map says it.
    pub fn sources(&self, place: &Place) -> Vec<(Place, &str, Option<&Text>)> {
        match self {
            Self::Sources(names) => {
                names.placed(place).into_iter().map(|(at, name)| (at, &**name, None)).collect()
            }
            Self::Values(values) => {
                values.iter().map(|(name, value)| (place.key(name), name.as_str(), Some(value))).collect()
            }
        }
    }

    /// Tells whether each source says the value of one event.
    pub fn has_values(&self) -> bool {
        matches!(self, Self::Values(_))
    }
}

impl<'de> Deserialize<'de> for From {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FromVisitor)
    }
}

/// Reads where events come from: a text, a list, or an object.
struct FromVisitor;

impl<'de> Visitor<'de> for FromVisitor {
    type Value = From;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a source, a list of sources, or an object with the value of one event for each")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<From, E> {
        Text::deserialize(StrDeserializer::new(text)).map(|text| From::Sources(Texts::One(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<From, A::Error> {
        Texts::deserialize(SeqAccessDeserializer::new(list)).map(From::Sources)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<From, A::Error> {
        let values = IndexMap::<String, Text>::deserialize(MapAccessDeserializer::new(object))?;
        match values.is_empty() {
            false => Ok(From::Values(values)),
            true => Err(A::Error::custom("must not be empty\nName at least one source.")),
        }
    }
}

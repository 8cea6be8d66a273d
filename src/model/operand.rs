//! What a rule of a score reads: a measure or score by its name, or a measure of the score's own.

use super::measure::{Measure, Taken};
use super::place::Place;
use super::source::Source;
use super::text::Text;
use crate::error::Error;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

/// What a rule reads.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "text or object")]
#[schemars(untagged, inline)]
pub enum Operand {
    /// A measure or a score, by its name.
    Named(Text),
    /// A measure that only this rule reads; it makes no column.
    Own(Box<Measure>),
}

impl Operand {
    /// Gives the name; that of an own measure is there once the document is read.
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Own(_) => "",
        }
    }

    /// Gives a measure of the rule's own a name, and leaves that in its place.
    pub fn name_own(&mut self, place: &Place, measures: &mut OwnMeasures) {
        if let Self::Own(measure) = self {
            *self = Self::Named(measures.add(place, (**measure).clone()));
        }
    }
}

/// Measures that scores have for themselves, while a document is read.
pub struct OwnMeasures<'a> {
    /// The measures that the author named.
    named: &'a IndexMap<String, Measure>,
    /// The sources.
    sources: &'a IndexMap<String, Source>,
    /// Those of the scores: by their names, which are their places.
    made: Vec<(Place, Measure)>,
}

impl<'a> OwnMeasures<'a> {
    /// Starts with none.
    pub fn new(named: &'a IndexMap<String, Measure>, sources: &'a IndexMap<String, Source>) -> Self {
        Self { named, sources, made: Vec::new() }
    }

    /// Finds a measure that the author named, or that was added.
    pub fn find(&self, name: &str) -> Option<&Measure> {
        let made = || self.made.iter().find(|(place, _)| place.to_string() == name);
        self.named.get(name).or_else(|| made().map(|(_, measure)| measure))
    }

    /// Finds a source of a measure whose events have no moment.
    pub fn undated<'b>(&self, taken: &'b Taken) -> Option<&'b str> {
        let from = taken.from.as_ref()?.sources(&Place::root()).into_iter().map(|(_, name, _)| name);
        from.into_iter().find(|name| self.sources.get(*name).is_some_and(|source| source.at.is_none()))
    }

    /// Adds one, which stands at a place of the document, or is made of what stands there; gives its name.
    pub fn add(&mut self, place: &Place, measure: Measure) -> Text {
        self.made.push((place.clone(), measure));
        Text::of(place)
    }

    /// Gives those that were added; a name that the author gave to another one is refused.
    pub fn done(self) -> Result<Vec<(Place, Measure)>, Error> {
        match self.made.iter().find(|(place, _)| self.named.contains_key(&place.to_string())) {
            None => Ok(self.made),
            Some((place, _)) => Err(Place::root()
                .key("measures")
                .key(&place.to_string())
                .complain("the name is that of a place of this document")
                .hint("Choose another name.")),
        }
    }
}

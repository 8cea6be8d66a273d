//! The whole document of a model, and its checks.

use super::json;
use super::measure::Measure;
use super::names;
use super::near;
use super::operand::OwnMeasures;
use super::period::Period;
use super::place::{Place, quoted};
use super::reader;
use super::scope::{Scope, Use};
use super::score::Score;
use super::source::Source;
use super::text::{Text, Texts};
use crate::error::Error;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

/// The format of documents that this version reads.
const FORMAT: i64 = 1;

/// A model: where the customers and their events are, what is measured of them, and how they are scored.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Model")]
pub struct Document {
    /// The format of this document; not the author's version.
    #[serde(default = "usual_format")]
    #[schemars(extend("const" = 1))]
    pub format: i64,
    /// What it is, for people.
    pub description: Option<String>,
    /// The language of built-in labels, of segments, and of what explain says.
    #[serde(default)]
    pub language: Language,
    /// The zone of dates and timestamps without one, and of the calendar; that of the session where it is left out.
    pub timezone: Option<Text>,
    /// When the scores follow the tables.
    #[serde(default)]
    pub mode: Mode,
    /// The table of the customers.
    pub customers: Customers,
    /// The score table; `customers_scores` beside a table `customers` where it is left out.
    pub into: Option<Text>,
    /// The scored view; `scored_customers` beside a table `customers` where it is left out.
    pub view: Option<Text>,
    /// How often the cuts are made anew.
    #[serde(default)]
    pub refresh_every: RefreshEvery,
    /// What a writer of the tables meets when the model is broken.
    #[serde(default)]
    pub on_error: OnError,
    /// Tables of dated events, by name.
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 53 }))]
    pub sources: IndexMap<String, Source>,
    /// One figure of each customer, by name.
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 53 }))]
    pub measures: IndexMap<String, Measure>,
    /// Scores, by name.
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 53 }))]
    pub scores: IndexMap<String, Score>,
    /// The places that measures were made of which the author gave no name.
    #[serde(skip)]
    made: IndexMap<String, Place>,
}

/// The table of the customers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Customers {
    /// The table, with its schema.
    pub table: Text,
    /// The column, or the columns, that a customer is known by.
    pub key: Texts,
    /// Who counts as a customer.
    #[serde(rename = "where")]
    pub filter: Option<Text>,
}

/// A language of labels and explanations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

/// When the scores follow the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// In the transaction that writes.
    #[default]
    Live,
    /// Soon after it.
    Deferred,
    /// At each refresh.
    Batch,
}

/// What a writer of the tables meets when the model is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// Nothing: the customers are marked, and scored when the model works again.
    #[default]
    Continue,
    /// The error: nothing is written that is not scored.
    Abort,
}

/// How often the cuts are made anew: a period, or `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String", inline)]
pub enum RefreshEvery {
    /// After each such period.
    Every(Period),
    /// Only when asked to.
    Never,
}

impl Default for RefreshEvery {
    fn default() -> Self {
        Self::Every(Period::DAY)
    }
}

impl<'de> Deserialize<'de> for RefreshEvery {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match String::deserialize(from)?.as_str() {
            "never" => Ok(Self::Never),
            period => Period::named(period).map(Self::Every).map_err(serde::de::Error::custom),
        }
    }
}

/// Is the format of a document that says none.
fn usual_format() -> i64 {
    FORMAT
}

impl Document {
    /// Reads a document and checks all that can be told without a database.
    pub fn read(text: &str) -> Result<Self, Error> {
        let tree = json::tree(text)?;
        let mut document: Self = reader::read(&tree)?;
        names::check(&document)?;
        document.part_themes()?;
        document.name_own_measures()?;
        document.check()?;
        Ok(document)
    }

    /// Gives the names of all measures and scores.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.measures.keys().chain(self.scores.keys()).map(String::as_str)
    }

    /// Gives the place of a measure or score, and the names that it uses.
    pub fn uses_of(&self, name: &str) -> (Place, Vec<Use<'_>>) {
        let place = self.place_of(name);
        if let Some(measure) = self.measures.get(name) {
            let uses = measure.uses(&place);
            return (place, uses);
        }
        let uses = self.scores.get(name).map(|score| score.uses(&place)).unwrap_or_default();
        (place, uses)
    }

    /// Gives the place of a measure or a score.
    pub fn place_of(&self, name: &str) -> Place {
        let section = if self.measures.contains_key(name) { "measures" } else { "scores" };
        self.made.get(name).cloned().unwrap_or_else(|| Place::root().key(section).key(name))
    }

    /// Parts each count by something in two measures: the theme that counts most, and how much that is.
    fn part_themes(&mut self) -> Result<(), Error> {
        let themes = |(name, measure): (&String, &Measure)| match measure {
            Measure::Take(taken) if taken.by.is_some() => Some((name.clone(), taken.clone())),
            _ => None,
        };
        for (name, taken) in self.measures.iter().filter_map(themes).collect::<Vec<_>>() {
            let place = self.place_of(&name);
            taken.check(&place)?;
            if let (Some([theme, strength]), Some(at)) = (taken.themes(), self.measures.get_index_of(&name)) {
                self.measures[at] = Measure::Take(Box::new(theme));
                let called = format!("{name}_strength");
                self.measures.shift_insert(at + 1, called.clone(), Measure::Take(Box::new(strength)));
                self.made.insert(called, place);
            }
        }
        Ok(())
    }

    /// Tells whether a measure is one that a score has for itself; such a one goes by the name of its place.
    pub fn is_own(&self, name: &str) -> bool {
        self.made.get(name).is_some_and(|place| place.to_string() == name)
    }

    /// Puts the measures that scores have for themselves among the measures.
    fn name_own_measures(&mut self) -> Result<(), Error> {
        let mut own = OwnMeasures::new(&self.measures, &self.sources);
        for (name, score) in &mut self.scores {
            score.name_own_measures(&Place::root().key("scores").key(name), &mut own)?;
        }
        for (place, measure) in own.done()? {
            self.measures.insert(place.to_string(), measure);
            self.made.insert(place.to_string(), place);
        }
        Ok(())
    }

    /// Checks the document, from its top to its scores.
    fn check(&self) -> Result<(), Error> {
        let root = Place::root();
        self.check_format(&root.key("format"))?;
        self.check_refresh(&root.key("refresh_every"))?;
        self.check_view(&root.key("view"))?;
        for (name, source) in &self.sources {
            source.check(&root.key("sources").key(name), self.customers.key.as_slice().len())?;
        }
        for (name, measure) in &self.measures {
            let place = self.place_of(name);
            measure.check(&place)?;
            self.check_sources(measure, &place)?;
        }
        let scope = Scope::new(self)?;
        self.scores.iter().try_for_each(|(name, score)| score.check(&root.key("scores").key(name), &scope))
    }

    /// Refuses the format of another version.
    fn check_format(&self, place: &Place) -> Result<(), Error> {
        match self.format {
            FORMAT => Ok(()),
            other => Err(place
                .refuse(format!("must be {FORMAT}, got {other}"))
                .hint("It is the format of the document; keep a version of your own in \"description\".")),
        }
    }

    /// Refuses to refresh after no time.
    fn check_refresh(&self, place: &Place) -> Result<(), Error> {
        match self.refresh_every {
            RefreshEvery::Every(period) if !period.is_positive() => {
                let refusal = format!("must be above 0, got \"{period}\"");
                Err(place.refuse(refusal).hint("Give a period, as \"1 day\", or \"never\"."))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a view that has the name of the score table.
    fn check_view(&self, place: &Place) -> Result<(), Error> {
        match (&self.into, &self.view) {
            (Some(into), Some(view)) if into == view => {
                let refusal = format!("must not be the score table, got {}", quoted(view));
                Err(place.refuse(refusal).hint("Give the view another name than \"into\"."))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the sources of a measure are there, once each, and dated where it asks for moments.
    fn check_sources(&self, measure: &Measure, place: &Place) -> Result<(), Error> {
        let Measure::Take(taken) = measure else { return Ok(()) };
        let sources = taken.from.as_ref().map(|from| from.sources(&place.key("from"))).unwrap_or_default();
        for (at, (here, name, _)) in sources.iter().enumerate() {
            let Some(source) = self.sources.get(*name) else {
                let hint = near::hint(name, "Sources are", self.sources.keys().map(String::as_str));
                return Err(here.refuse(format!("names {}, which is not a source", quoted(name))).hint(hint));
            };
            if sources[..at].iter().any(|(_, before, _)| before == name) {
                let refusal = format!("names the source {} a second time", quoted(name));
                return Err(here
                    .refuse(refusal)
                    .hint("Name each source once; weigh its events where they count more."));
            }
            if let Some((asking, what)) = taken.asks_for_moments(place).filter(|_| source.at.is_none()) {
                let complaint =
                    format!("{what} needs dated events, and the source {} has no \"at\"", quoted(name));
                return Err(asking
                    .complain(complaint)
                    .hint("Add \"at\" to the source: when each event happened."));
            }
        }
        Ok(())
    }
}

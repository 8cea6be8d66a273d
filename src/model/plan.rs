//! A model made ready: every measure and score has its place in a row, and its type.

use super::compute::Computed;
use super::document::Document;
use super::filter::Filter;
use super::measure::{Measure, Take, Taken};
use super::naming::Naming;
use super::nature::{ColumnType, Nature};
use super::place::{Place, quoted};
use super::rule::Rule;
use super::scale::Scale;
use super::scope::{Scope, Sort};
use crate::error::{Error, Fault};
use indexmap::IndexSet;
use std::collections::HashMap;

/// What only the database knows of a document.
pub struct Known<'a> {
    /// The zone of the model.
    pub timezone: String,
    /// The types of the key's columns.
    pub key: Vec<ColumnType>,
    /// The types of the expressions that measures take values of, by measure.
    pub values: HashMap<String, ColumnType>,
    /// The types of the expressions of each source.
    pub sources: HashMap<String, SourceTypes>,
    /// Reads a moment in the model's zone.
    pub moment: &'a dyn Fn(&str) -> Result<i64, Error>,
}

/// The types of the expressions of a source.
#[derive(Clone, Debug, Default)]
pub struct SourceTypes {
    /// Of the parts of the customer's key.
    pub customer: Vec<ColumnType>,
    /// What the moment of an event is, where it has one.
    pub at: Option<Nature>,
    /// Of the keys of each join.
    pub joins: Vec<Vec<ColumnType>>,
}

/// A model made ready.
pub struct Plan {
    /// The document.
    pub document: Document,
    /// The zone of the model.
    pub timezone: String,
    /// The columns of the customer's key with their types.
    pub key: Vec<(String, ColumnType)>,
    /// The measures in the author's order; each one's place in a row is its place here.
    pub measures: Vec<Measured>,
    /// The scores in the author's order; their places in a row follow those of the measures.
    pub scores: Vec<Scored>,
    /// The places of computed measures, each after all that it uses.
    pub computed: Vec<usize>,
    /// The scores, by their numbers among the scores, each after all that it uses.
    pub scored: Vec<usize>,
    /// The lists of measures whose values part the customers into groups.
    pub groupings: Vec<Vec<usize>>,
    /// The types of the expressions of each source.
    pub sources: HashMap<String, SourceTypes>,
    /// The texts that conditions compare with; a text's figure is its number here.
    words: IndexSet<String>,
}

/// A measure made ready.
pub struct Measured {
    /// Its name.
    pub name: String,
    /// Whether only a score reads it, and it has no column.
    pub is_own: bool,
    /// What the document says of it.
    pub measure: Measure,
    /// The type of its column.
    pub column: ColumnType,
    /// The type of the value that it takes of an event, or of the customer's row.
    pub value: ColumnType,
    /// What sort of figure it is.
    pub sort: Sort,
    /// The places of the measures that it is computed from.
    pub operands: Vec<usize>,
}

/// A score made ready.
pub struct Scored {
    /// Its name.
    pub name: String,
    /// How it is computed.
    pub rule: Box<dyn Rule>,
    /// Who has one.
    pub only: Option<Filter>,
    /// What customers without one are called.
    pub unscored: Option<String>,
    /// What it is, for people.
    pub description: Option<String>,
}

impl Measured {
    /// Gives what is taken from sources, or from the customer's row.
    pub fn taken(&self) -> Option<&Taken> {
        match &self.measure {
            Measure::Take(taken) => Some(taken),
            Measure::Compute(_) => None,
        }
    }

    /// Gives how it is computed.
    pub fn computed(&self) -> Option<&Computed> {
        match &self.measure {
            Measure::Take(_) => None,
            Measure::Compute(computed) => Some(computed),
        }
    }

    /// Gives its half-life in microseconds, where it decays.
    pub fn half_life(&self) -> Option<i64> {
        match self.sort {
            Sort::Decayed { half_life } => Some(half_life),
            _ => None,
        }
    }

    /// Tells whether values below 0 can come into it while it decays.
    pub fn has_negative_part(&self) -> bool {
        self.half_life().is_some() && self.taken().is_some_and(|taken| taken.take == Take::Sum)
    }
}

impl Plan {
    /// Makes a document ready.
    pub fn new(document: Document, known: &Known) -> Result<Self, Error> {
        let scope = Scope::new(&document)?;
        let names = Naming::new(&document, &scope, known)?;
        names.check_types()?;
        let measured = |(name, measure): (&String, &Measure)| Measured {
            name: name.clone(),
            is_own: document.is_own(name),
            measure: measure.clone(),
            column: names.types[name].clone(),
            value: known.values.get(name).cloned().unwrap_or_else(ColumnType::bigint),
            sort: scope.sort(name).unwrap_or(Sort::Value),
            operands: measure.uses(&Place::root()).iter().map(|used| names.slot(used.name)).collect(),
        };
        let measures: Vec<Measured> = document.measures.iter().map(measured).collect();
        let cannot_be_kept =
            |measured: &&Measured| measured.is_own && measured.column.nature == Nature::Other;
        if let Some(measured) = measures.iter().find(cannot_be_kept) {
            let place = document.place_of(&measured.name).key("of");
            let refusal = format!(
                "must be a number, a text, a date, or true or false; it is of type {}",
                measured.column.sql
            );
            return Err(place
                .refuse(refusal)
                .because(Fault::WrongType)
                .hint("Cast it in its expression, or make it a measure with a name, and give that."));
        }
        let mut scores = Vec::new();
        for (at, (name, score)) in document.scores.iter().enumerate() {
            let place = Place::root().key("scores").key(name);
            let only = score.common.only.as_ref();
            scores.push(Scored {
                name: name.clone(),
                rule: score.family.rule(measures.len() + at, &names)?,
                only: only.map(|only| Filter::of(only, &place.key("only"), &names)).transpose()?,
                unscored: score.common.unscored.as_ref().map(ToString::to_string),
                description: score.common.description.clone(),
            });
        }
        check_cuts(&scores)?;
        let slots: Vec<usize> = scope.in_order().map(|(name, _)| names.slot(name)).collect();
        let is_computed =
            |slot: &usize| measures.get(*slot).is_some_and(|measure| measure.computed().is_some());
        let computed = slots.iter().copied().filter(is_computed).collect();
        let scored = slots.iter().filter_map(|slot| slot.checked_sub(measures.len())).collect();
        let keys = document.customers.key.as_slice().iter().map(ToString::to_string);
        let key = keys.zip(known.key.iter().cloned()).collect();
        let (groupings, words) = (names.groupings.into_inner(), names.words.into_inner());
        let timezone = known.timezone.clone();
        let sources = known.sources.clone();
        Ok(Self { timezone, key, measures, scores, computed, scored, groupings, sources, words, document })
    }

    /// Tells whether a measure is taken of the customer's own row.
    pub fn is_attribute(&self, slot: usize) -> bool {
        self.measures[slot].taken().is_some_and(|taken| taken.take == Take::Attribute)
    }

    /// Gives the length of a row: the figures of measures and scores, then a group for each grouping.
    pub fn width(&self) -> usize {
        self.measures.len() + self.scores.len() + self.groupings.len()
    }

    /// Lists the places of the measures that part the customers into groups.
    pub fn grouped(&self) -> impl Iterator<Item = usize> {
        let slots = 0..self.measures.len();
        slots.filter(|slot| self.groupings.iter().any(|grouping| grouping.contains(slot)))
    }

    /// Gives the place of a grouping's group in a row.
    pub fn group_slot(&self, grouping: usize) -> usize {
        self.measures.len() + self.scores.len() + grouping
    }

    /// Gives the place of a score in a row.
    pub fn score_slot(&self, score: usize) -> usize {
        self.measures.len() + score
    }

    /// Gives the figure of a text: the number of the word that a condition compares with, or one that none has.
    pub fn word(&self, text: &str) -> f64 {
        self.words.get_index_of(text).map_or(-1.0, |at| at as f64)
    }

    /// Gives the scale at a place of the ladders.
    pub fn scale(&self, (slot, at): (usize, usize)) -> &Scale {
        &self.scores[slot - self.measures.len()].rule.scales()[at]
    }

    /// Gives the name of what stands at a place of a row.
    pub fn name(&self, slot: usize) -> &str {
        match slot.checked_sub(self.measures.len()) {
            None => &self.measures[slot].name,
            Some(score) => &self.scores[score].name,
        }
    }
}

/// Refuses two cuts of one name, which could not be told apart where they are published.
fn check_cuts(scores: &[Scored]) -> Result<(), Error> {
    let mut owners = HashMap::new();
    for score in scores {
        for scale in score.rule.scales().iter().filter(|scale| scale.is_cut()) {
            let name = format!("{}{}", score.name, scale.suffix);
            let complaint = format!("its cuts {} would be called like those of", quoted(&name));
            if let Some(owner) = owners.insert(name, &score.name) {
                let place = Place::root().key("scores").key(&score.name);
                return Err(place
                    .complain(format!("{complaint} score {}", quoted(owner)))
                    .hint("Choose another name for one of the two scores."));
            }
        }
    }
    Ok(())
}

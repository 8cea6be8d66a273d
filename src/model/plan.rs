//! A model made ready: every measure and score has its place in a row, and its type.

use super::compute::{Compute, Computed};
use super::document::{Document, Language};
use super::filter::Filter;
use super::measure::{Measure, Take, Taken};
use super::nature::{ColumnType, Nature};
use super::place::{Place, quoted};
use super::rule::Rule;
use super::scale::Scale;
use super::scope::{Scope, Sort, Use};
use super::text::Texts;
use super::value::Scalar;
use crate::error::{Error, Fault};
use indexmap::IndexSet;
use std::cell::RefCell;
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
            measure: measure.clone(),
            column: names.types[name].clone(),
            value: known.values.get(name).cloned().unwrap_or_else(ColumnType::bigint),
            sort: scope.sort(name).unwrap_or(Sort::Value),
            operands: measure.uses(&Place::root()).iter().map(|used| names.slot(used.name)).collect(),
        };
        let measures: Vec<Measured> = document.measures.iter().map(measured).collect();
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

/// The names of a document while it is made ready: where each stands in a row, and of which type it is.
pub struct Naming<'a> {
    document: &'a Document,
    scope: &'a Scope<'a>,
    known: &'a Known<'a>,
    slots: HashMap<&'a str, usize>,
    types: HashMap<String, ColumnType>,
    groupings: RefCell<Vec<Vec<usize>>>,
    words: RefCell<IndexSet<String>>,
}

impl<'a> Naming<'a> {
    /// Gives every name its place, and every measure its type.
    fn new(document: &'a Document, scope: &'a Scope<'a>, known: &'a Known<'a>) -> Result<Self, Error> {
        let slots = document.names().zip(0..).collect();
        let (groupings, words) = (RefCell::default(), RefCell::default());
        let mut names = Self { document, scope, known, slots, types: HashMap::new(), groupings, words };
        for (name, _) in scope.in_order() {
            if let Some(measure) = document.measures.get(name) {
                let column = names.type_of(name, measure)?;
                names.types.insert(name.into(), column);
            }
        }
        Ok(names)
    }

    /// Gives the place of a name in a row.
    pub fn slot(&self, name: &str) -> usize {
        self.slots.get(name).copied().unwrap_or_default()
    }

    /// Gives the name at a place in a row.
    pub fn name(&self, slot: usize) -> &str {
        self.document.names().nth(slot).unwrap_or_default()
    }

    /// Gives the sort of a name.
    pub fn sort(&self, name: &str) -> Option<Sort> {
        self.scope.sort(name)
    }

    /// Gives the names of the classes of a score, best first.
    pub fn classes(&self, name: &str) -> Option<Vec<&str>> {
        self.scope.classes(name)
    }

    /// Gives the language of the model.
    pub fn language(&self) -> Language {
        self.document.language
    }

    /// Gives the half-life of a measure in microseconds, where it decays.
    pub fn half_life(&self, name: &str) -> Option<i64> {
        match self.sort(name)? {
            Sort::Decayed { half_life } => Some(half_life),
            _ => None,
        }
    }

    /// Tells what the values of a name are.
    pub fn nature(&self, name: &str) -> Nature {
        self.types.get(name).map_or(Nature::Whole, |column| column.nature)
    }

    /// Tells whether the values of a name can be told from each other.
    pub fn can_compare(&self, name: &str) -> bool {
        self.types.get(name).is_none_or(|column| !column.equals.is_empty())
    }

    /// Reads a moment in the zone of the model.
    pub fn moment(&self, text: &str, place: &Place) -> Result<f64, Error> {
        (self.known.moment)(text).map(|moment| moment as f64).map_err(|error| {
            let refusal = format!("must be a date, got {}", quoted(text));
            place
                .refuse(refusal)
                .because(error.fault())
                .hint("Write it as \"2026-01-31\" or \"2026-01-31 12:00\".")
        })
    }

    /// Gives the figure of a text that a condition compares with.
    pub fn word(&self, text: &str) -> f64 {
        self.words.borrow_mut().insert_full(text.into()).0 as f64
    }

    /// Gives the number of a list of measures whose values part the customers.
    pub fn grouping(&self, within: &Option<Texts>) -> Option<usize> {
        let within: Vec<usize> = within.as_ref()?.as_slice().iter().map(|name| self.slot(name)).collect();
        let mut groupings = self.groupings.borrow_mut();
        let known = groupings.iter().position(|known| *known == within);
        Some(known.unwrap_or_else(|| {
            groupings.push(within);
            groupings.len() - 1
        }))
    }

    /// Refuses to compare by order what has none that a score could use.
    pub fn check_order(&self, of: &str, value: &Scalar, key: &str, place: &Place) -> Result<(), Error> {
        let nature = self.nature(of);
        match nature.is_number() || nature.is_moment() {
            true => Ok(()),
            false => Err(place
                .key(key)
                .refuse(format!("compares {} by order with {value}, and its values have none", quoted(of)))
                .because(Fault::WrongType)
                .hint("Use \"equals\", \"in\" or \"not_in\".")),
        }
    }

    /// Finds the type of a measure's column; those of what it is computed from are found.
    fn type_of(&self, name: &str, measure: &Measure) -> Result<ColumnType, Error> {
        Ok(match measure {
            Measure::Take(taken) => self.type_of_taken(name, taken),
            Measure::Compute(computed) => match computed.compute {
                Compute::Age => ColumnType::int(),
                Compute::Ratio => ColumnType::float(),
                _ => {
                    let place = Place::root().key("measures").key(name);
                    let types = computed.uses(&place).into_iter().map(|used| {
                        let column = self.types.get(used.name).cloned().unwrap_or_else(ColumnType::numeric);
                        (used, column)
                    });
                    common_type(types.collect())?
                }
            },
        })
    }

    /// Finds the type of what a measure takes.
    fn type_of_taken(&self, name: &str, taken: &Taken) -> ColumnType {
        let value = || self.known.values.get(name).cloned().unwrap_or_else(ColumnType::text);
        match taken.take {
            _ if taken.half_life.is_some() => ColumnType::float(),
            Take::Count | Take::Distinct => ColumnType::bigint(),
            Take::Sum | Take::Average => ColumnType::numeric(),
            Take::First | Take::Last if !taken.has_value() => ColumnType::moment(),
            Take::Minimum | Take::Maximum if taken.weights.is_some() => ColumnType::numeric(),
            _ => value(),
        }
    }

    /// Checks that every use of a value whose type only the database knows is of a type that it can be used with.
    fn check_types(&self) -> Result<(), Error> {
        for name in self.document.names() {
            let (_, uses) = self.document.uses_of(name);
            uses.iter().try_for_each(|used| self.check_type(used))?;
        }
        Ok(())
    }

    /// Checks one use.
    fn check_type(&self, used: &Use) -> Result<(), Error> {
        let Some(Sort::Value | Sort::Attribute) = self.sort(used.name) else { return Ok(()) };
        let nature = self.nature(used.name);
        let resolved = match nature {
            nature if nature.is_number() => Some(Sort::Number),
            nature if nature.is_moment() => Some(Sort::Moment),
            _ => None,
        };
        let fits = used.wanted.fits;
        let (number, moment) = (fits(Sort::Number), fits(Sort::Moment));
        let column = self.types.get(used.name).map_or("text", |column| &column.sql);
        if fits(Sort::Code) || resolved.is_some_and(fits) {
            return Ok(());
        }
        let (refusal, hint) = match (number, moment) {
            (false, false) if self.can_compare(used.name) => return Ok(()),
            (false, false) => {
                ("must have values that can be compared", "Cast it in its expression, as \"payload::text\".")
            }
            (false, true) => ("must be a date", "Cast it in its expression, or name another measure."),
            (true, _) => {
                let refusal = if moment { "must be a number or a date" } else { "must be a number" };
                (refusal, "Cast it in its expression, as \"amount::numeric\", or name another measure.")
            }
        };
        let refusal = format!("{refusal}; {} is of type {column}", quoted(used.name));
        Err(used.place.refuse(refusal).because(Fault::WrongType).hint(hint))
    }
}

/// Finds the type that values of several types have in common: the widest of the numbers, or of the moments.
fn common_type(types: Vec<(Use, ColumnType)>) -> Result<ColumnType, Error> {
    let Some((_, first)) = types.first() else { return Ok(ColumnType::numeric()) };
    let moments = first.nature.is_moment();
    if let Some((used, other)) = types.iter().find(|(_, column)| column.nature.is_moment() != moments) {
        let refusal = format!("is of type {}, beside {}", other.sql, first.sql);
        let hint = "Compute with measures of one kind: numbers, or dates.";
        return Err(used.place.refuse(refusal).because(Fault::WrongType).hint(hint));
    }
    let all = |nature: Nature| types.iter().all(|(_, column)| column.nature == nature);
    let any = |nature: Nature| types.iter().any(|(_, column)| column.nature == nature);
    Ok(match moments {
        true if all(Nature::Date) => ColumnType::date(),
        true => ColumnType::moment(),
        false if any(Nature::Float) => ColumnType::float(),
        false if any(Nature::Decimal) => ColumnType::numeric(),
        false if types.iter().all(|(_, column)| column.sql == "integer" || column.sql == "smallint") => {
            ColumnType::int()
        }
        false => ColumnType::bigint(),
    })
}

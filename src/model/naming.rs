//! The names of a document while it is made ready: where each stands in a row, and of which type it is.

use super::compute::Compute;
use super::document::{Document, Language};
use super::measure::{Measure, Take, Taken};
use super::nature::{ColumnType, Nature};
use super::place::{Place, quoted};
use super::plan::Known;
use super::rule::{Digit, LevelOf};
use super::scope::{Scope, Sort, Use};
use super::text::Texts;
use super::value::Scalar;
use crate::error::{Error, Fault};
use indexmap::IndexSet;
use std::cell::RefCell;
use std::collections::HashMap;

/// The names of a document while it is made ready: where each stands in a row, and of which type it is.
pub struct Naming<'a> {
    document: &'a Document,
    scope: &'a Scope<'a>,
    known: &'a Known<'a>,
    slots: HashMap<&'a str, usize>,
    pub(super) types: HashMap<String, ColumnType>,
    pub(super) groupings: RefCell<Vec<Vec<usize>>>,
    pub(super) words: RefCell<IndexSet<String>>,
}

impl<'a> Naming<'a> {
    /// Gives every name its place, and every measure its type.
    pub fn new(document: &'a Document, scope: &'a Scope<'a>, known: &'a Known<'a>) -> Result<Self, Error> {
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

    /// Tells where the level of a score is read.
    pub fn level_of(&self, name: &str) -> LevelOf {
        let limits = self.document.scores.get(name).and_then(|score| score.family.limits());
        LevelOf { slot: self.slot(name), digit: limits.map_or(Digit::Whole, Digit::Between) }
    }

    /// Tells whether a name is that of a measure that a score has for itself.
    pub fn is_own(&self, name: &str) -> bool {
        self.document.is_own(name)
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
                    let place = self.document.place_of(name);
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
            Take::Theme => value(),
            _ if taken.half_life.is_some() => ColumnType::float(),
            Take::Count | Take::Distinct | Take::Strength => ColumnType::bigint(),
            Take::Sum | Take::Average => ColumnType::numeric(),
            Take::First | Take::Last if !taken.has_value() => ColumnType::moment(),
            Take::Minimum | Take::Maximum if taken.weights.is_some() => ColumnType::numeric(),
            _ => value(),
        }
    }

    /// Checks that every use of a value whose type only the database knows is of a type that it can be used with.
    pub fn check_types(&self) -> Result<(), Error> {
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
        if fits(Sort::Words(0)) || resolved.is_some_and(fits) {
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

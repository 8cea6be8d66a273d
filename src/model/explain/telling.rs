//! What a score asks about the customer when it accounts for itself.

use super::value::Value;
use super::{Told, number};
use crate::model::document::Language;
use crate::model::rule::{Reading, Seen, Teller};
use crate::score::shown;
use serde_json::Value as Json;

/// A score of a customer that accounts for itself.
pub struct Telling<'a> {
    /// What is told of the customer.
    pub told: &'a Told<'a>,
    /// The number of the score.
    pub number: usize,
}

impl Teller for Telling<'_> {
    fn language(&self) -> Language {
        self.told.language()
    }

    fn seen(&self) -> Seen<'_> {
        Seen { row: self.told.row, as_of: self.told.scored_at }
    }

    fn readings(&self) -> Vec<Reading<'_>> {
        let Told { plan, row, cuts, scored_at, .. } = self.told;
        plan.readings(self.number, row, cuts, *scored_at).collect()
    }

    fn name(&self, slot: usize) -> &str {
        self.told.plan.name(slot)
    }

    fn title(&self, slot: usize) -> String {
        self.told.title(slot)
    }

    fn value(&self, slot: usize) -> Json {
        let figure = self.told.figure(slot);
        match Value::of(self.told, slot) {
            Some(value) => value.json(),
            None if figure.is_nan() => Json::Null,
            None => number::value(&shown(figure)),
        }
    }

    fn say(&self, slot: usize) -> String {
        Value::of(self.told, slot).map_or_else(|| self.told.tell_score(slot), |value| value.tell())
    }

    fn number(&self, number: f64) -> String {
        number::localize(&shown(number), self.language())
    }
}

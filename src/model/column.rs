//! The columns of a score table: what each holds, and of which type.

use super::measure::{Take, Taken};
use super::nature::ColumnType;
use super::plan::{Measured, Plan};
use super::value::Empty;

/// A column of the score table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ColumnType,
    /// What it holds.
    pub holds: Holds,
}

/// What a column of the score table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A part of the customer's key, by its number.
    Key(usize),
    /// A measure, by its place.
    Measure(usize),
    /// The logarithm of the positive part of a measure that decays.
    Positive(usize),
    /// The logarithm of its negative part.
    Negative(usize),
    /// The sum of the values of an average.
    Sum(usize),
    /// How many values an average or a sum has.
    Count(usize),
    /// The moment of the event whose value a measure is.
    At(usize),
    /// What scores keep of measures of their own, as a JSON array.
    Own,
    /// A column of a score, by their numbers.
    Score(usize, usize),
    /// The moment that the row is as of.
    ScoredAt,
    /// The moment up to which it stays so.
    DueAt,
    /// The moment at which the first event begins or ends to count.
    EventDueAt,
}

impl Holds {
    /// Gives the place of the measure that it is of.
    pub fn slot(self) -> Option<usize> {
        match self {
            Self::Measure(slot)
            | Self::Positive(slot)
            | Self::Negative(slot)
            | Self::Sum(slot)
            | Self::Count(slot)
            | Self::At(slot) => Some(slot),
            _ => None,
        }
    }
}

impl Plan {
    /// Lists the columns of the score table, in their order.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        let mut add =
            |name: String, kind: &ColumnType, holds| columns.push(Column { name, kind: kind.clone(), holds });
        for (number, (name, kind)) in self.key.iter().enumerate() {
            add(name.clone(), kind, Holds::Key(number));
        }
        for (slot, measured) in self.measures.iter().enumerate().filter(|(_, measured)| !measured.is_own) {
            for (suffix, kind, holds) in measured.parts(slot) {
                add(format!("{}{suffix}", measured.name), &kind, holds);
            }
        }
        for (number, score) in self.scores.iter().enumerate() {
            for (at, column) in score.rule.columns().into_iter().enumerate() {
                let name = format!("{}{}", score.name, column.suffix);
                add(name, &column.kind.column_type(), Holds::Score(number, at));
            }
        }
        if !self.own_columns().is_empty() {
            add("own_measures".into(), &ColumnType::jsonb(), Holds::Own);
        }
        add("scored_at".into(), &ColumnType::moment(), Holds::ScoredAt);
        add("due_at".into(), &ColumnType::moment(), Holds::DueAt);
        add("event_due_at".into(), &ColumnType::moment(), Holds::EventDueAt);
        columns
    }

    /// Lists what the column of the scores' own measures holds, in its order.
    pub fn own_columns(&self) -> Vec<Column> {
        let own = self.measures.iter().enumerate().filter(|(_, measured)| measured.is_own);
        let taken = own.filter(|(_, measured)| measured.taken().is_some());
        let parts = taken.flat_map(|(slot, measured)| {
            let named =
                |(suffix, kind, holds)| Column { name: format!("{}{suffix}", measured.name), kind, holds };
            measured.parts(slot).into_iter().map(named)
        });
        parts.collect()
    }
}

impl Measured {
    /// Lists the columns of a measure: what follows its name, the type, and what it holds.
    fn parts(&self, slot: usize) -> Vec<(&'static str, ColumnType, Holds)> {
        let whole = ("", self.column.clone(), Holds::Measure(slot));
        let decayed = [
            ("_log2", ColumnType::float(), Holds::Positive(slot)),
            ("_log2_neg", ColumnType::float(), Holds::Negative(slot)),
        ];
        if self.half_life().is_some() {
            return decayed.into_iter().take(if self.has_negative_part() { 2 } else { 1 }).collect();
        }
        let Some(taken) = self.taken() else { return vec![whole] };
        let count = ("_count", ColumnType::bigint(), Holds::Count(slot));
        match taken.take {
            Take::Average => vec![whole, ("_sum", ColumnType::numeric(), Holds::Sum(slot)), count],
            Take::Sum if taken.empty != Empty::Usual => vec![whole, count],
            Take::First | Take::Last if taken.has_value() => {
                vec![whole, ("_at", ColumnType::moment(), Holds::At(slot))]
            }
            _ => vec![whole],
        }
    }

    /// Gives what no event gives: none for NULL, else as PostgreSQL reads it.
    pub fn empty(&self) -> Option<String> {
        match (self.taken().map(|taken| (&taken.empty, taken)), self.half_life()) {
            (Some((Empty::Null, _)), _) | (None, _) => None,
            // What decays is a logarithm in its column; 0 is −Infinity there.
            (Some(_), Some(_)) => Some("-Infinity".into()),
            (Some((Empty::Value(value), _)), None) => Some(value.text()),
            (Some((Empty::Usual, taken)), None) => usual_empty(taken),
        }
    }
}

/// Gives what no event gives by itself.
fn usual_empty(taken: &Taken) -> Option<String> {
    matches!(taken.take, Take::Count | Take::Distinct | Take::Sum | Take::Strength).then(|| "0".into())
}

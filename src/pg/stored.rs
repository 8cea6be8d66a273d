//! Rows of the score table, read back: the facts that they hold.

use super::datum::Form;
use super::own::Own;
use super::row::Row;
use super::zone::Zone;
use crate::error::Error;
use crate::model::column::{Column, Holds};
use crate::model::cuts::Cuts;
use crate::model::fact::Fact;
use crate::model::plan::Plan;
use crate::score::log_sum::Decayed;
use pgrx::pg_sys::Datum;

/// Reads rows that have the columns of a score table, from one column on.
pub struct Reader<'a> {
    plan: &'a Plan,
    columns: Vec<Column>,
    first: usize,
    forms: Vec<Form>,
    /// What the column of the scores' own measures holds.
    own: Own,
}

/// What a stored row says of a customer.
pub struct Stored {
    /// The facts by place of their measure; what decays is whole.
    pub facts: Vec<Fact<'static>>,
    /// The texts of the measures that part the customers into groups.
    pub texts: Vec<Option<String>>,
    /// What it is as of.
    pub scored_at: i64,
    /// Up to when it stays so.
    pub due_at: Option<i64>,
    /// When the first event begins or ends to count.
    pub event_due_at: Option<i64>,
}

impl Stored {
    /// Takes what a column holds of a measure.
    fn learn(&mut self, holds: Holds, form: &Form, datum: Datum) {
        let float = || f64::from_bits(datum.value() as u64);
        match holds {
            Holds::Measure(slot) => self.facts[slot] = form.fact(Some(datum)),
            Holds::Positive(slot) => {
                self.facts[slot] = Fact::Decayed(Decayed { positive: float(), ..Decayed::NONE });
            }
            Holds::Negative(slot) => {
                if let Fact::Decayed(sum) = &mut self.facts[slot] {
                    sum.negative = float();
                }
            }
            _ => {}
        }
    }
}

impl<'a> Reader<'a> {
    /// Prepares to read rows like this one, whose column `first` is the first of the score table.
    pub fn of(plan: &'a Plan, row: &Row, first: usize) -> Self {
        let columns = plan.columns();
        let form = |(at, column): (usize, &Column)| Form::of(column.kind.nature, row.type_of(first + at));
        let forms = columns.iter().enumerate().map(form).collect();
        Self { plan, columns, first, forms, own: Own::of(plan) }
    }

    /// Gives the columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Gives the value of a column.
    pub fn datum(&self, row: &Row, at: usize) -> Option<Datum> {
        row.datum(self.first + at)
    }

    /// Gives the value of a column as a text.
    pub fn text(&self, row: &Row, at: usize) -> Option<String> {
        self.datum(row, at).map(|datum| self.forms[at].text(datum))
    }

    /// Reads what the column of the scores' own measures holds.
    pub fn own(&self, stored: Datum) -> impl Iterator<Item = (&Column, &Form, Option<Datum>)> {
        let values = self.own.decode(stored).into_iter();
        self.own
            .columns()
            .iter()
            .zip(self.own.forms())
            .zip(values)
            .map(|((column, form), value)| (column, form, value))
    }

    /// Gives the form of the values of a column.
    pub fn form(&self, at: usize) -> &Form {
        &self.forms[at]
    }

    /// Computes what is computed of a row that was read, and its scores under these cuts, as of its own moment.
    pub fn score(&self, stored: &mut Stored, cuts: &mut Cuts, figures: &mut Vec<f64>) -> Result<(), Error> {
        let plan = self.plan;
        plan.compute(&mut stored.facts, stored.scored_at, &Zone)?;
        figures.clear();
        figures.resize(plan.width(), f64::NAN);
        plan.write_row(&stored.facts, &stored.texts, &mut cuts.groups, figures);
        plan.score(figures, cuts, stored.scored_at);
        Ok(())
    }

    /// Reads a row.
    pub fn read(&self, row: &Row) -> Stored {
        let mut stored = Stored {
            facts: vec![Fact::None; self.plan.measures.len()],
            texts: vec![None; self.plan.measures.len()],
            scored_at: 0,
            due_at: None,
            event_due_at: None,
        };
        for (at, column) in self.columns.iter().enumerate() {
            let Some(datum) = self.datum(row, at) else { continue };
            stored.learn(column.holds, &self.forms[at], datum);
            match column.holds {
                Holds::Own => {
                    for (column, form, value) in self.own(datum) {
                        value.into_iter().for_each(|value| stored.learn(column.holds, form, value));
                    }
                }
                Holds::ScoredAt => stored.scored_at = datum.value() as i64,
                Holds::DueAt => stored.due_at = Some(datum.value() as i64),
                Holds::EventDueAt => stored.event_due_at = Some(datum.value() as i64),
                _ => {}
            }
            if let Holds::Measure(slot) = column.holds
                && self.plan.grouped().any(|grouped| grouped == slot)
            {
                stored.texts[slot] = self.text(row, at);
            }
        }
        stored
    }
}

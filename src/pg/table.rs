//! The score table: rows written as a whole.

use super::build::{Built, STRIDE, look_for_interrupts};
use super::datum::of_fact;
use super::fold::{Derived, Memory};
use super::output;
use super::target::Target;
use crate::error::Error;
use crate::model::column::{Column, Holds};
use crate::model::fact::Fact;
use crate::model::plan::Plan;
use crate::model::rule::RuleColumn;
use crate::model::sql::name::Name;
use pgrx::pg_sys::Datum;
use rustc_hash::FxHashMap;

/// Writes the rows of these customers; counts them.
pub fn write(built: &Built, table: &Name, customers: impl Iterator<Item = usize>) -> Result<u64, Error> {
    let columns = built.plan.columns();
    let mut target = Target::open(table, &columns)?;
    let mut row = Row::of(built.plan, &columns);
    let needs_facts = !row.computed.is_empty() || built.has_ticks();
    let mut facts = Vec::new();
    let mut written = 0;
    for customer in customers {
        if written % STRIDE as u64 == 0 {
            look_for_interrupts();
        }
        target.enter_memory();
        row.write_scores(built.plan, built.population.row(customer), built.as_of);
        if needs_facts {
            built.facts(customer, &mut facts)?;
        }
        row.write_measures(&columns, &built.derived, customer, &facts)?;
        row.write_moments(built.as_of, built.due(customer, &facts), built.derived.due(customer));
        target.add(&row.values, &row.nulls);
        written += 1;
    }
    target.close();
    Ok(written)
}

/// A row while it is written: every column has its place. It serves for any number of customers.
pub struct Row {
    /// The values of the columns.
    pub values: Vec<Datum>,
    /// Which of them are NULL.
    pub nulls: Vec<bool>,
    scores: Vec<Score>,
    /// The columns of computed measures, and the places of these.
    computed: Vec<(usize, usize)>,
    /// The columns of the moments.
    scored_at: Vec<usize>,
    due_at: Vec<usize>,
    event_due_at: Vec<usize>,
    /// Where the texts of scores lie.
    memory: Memory,
}

/// The columns of a score.
struct Score {
    number: usize,
    /// Its place in a row of figures.
    slot: usize,
    /// Its first column.
    first: usize,
    /// Whether its columns say no more than its figure.
    is_its_figure: bool,
    /// What each figure writes, which is the same for all customers: few figures, and many texts that need not be made
    /// again.
    known: FxHashMap<u64, Box<[Option<Datum>]>>,
}

impl Row {
    /// Finds the place of every column.
    pub fn of(plan: &Plan, columns: &[Column]) -> Self {
        let numbered = || columns.iter().enumerate();
        let places = |wanted: Holds| numbered().filter(move |(_, column)| column.holds == wanted);
        let scores = (0..plan.scores.len()).filter_map(|number| {
            let (first, _) = places(Holds::Score(number, 0)).next()?;
            let (slot, known) = (plan.score_slot(number), FxHashMap::default());
            let rule = &plan.scores[number].rule;
            let is_its_figure = rule.is_its_figure() && rule.columns().iter().all(RuleColumn::has_few_values);
            Some(Score { number, slot, first, is_its_figure, known })
        });
        let computed = numbered().filter_map(|(at, column)| match column.holds {
            Holds::Measure(slot) if plan.measures[slot].computed().is_some() => Some((at, slot)),
            _ => None,
        });
        Self {
            values: vec![Datum::null(); columns.len()],
            nulls: vec![true; columns.len()],
            scores: scores.collect(),
            computed: computed.collect(),
            scored_at: places(Holds::ScoredAt).map(|(at, _)| at).collect(),
            due_at: places(Holds::DueAt).map(|(at, _)| at).collect(),
            event_due_at: places(Holds::EventDueAt).map(|(at, _)| at).collect(),
            memory: Memory::new(),
        }
    }

    /// Writes the columns of the scores; their texts live as long as this does.
    pub fn write_scores(&mut self, plan: &Plan, figures: &[f64], as_of: i64) {
        for score in &mut self.scores {
            let make = || outputs(plan, score.number, figures, as_of);
            let mut write = |outputs: &[Option<Datum>]| {
                for (at, output) in (score.first..).zip(outputs) {
                    put(&mut self.values[at], &mut self.nulls[at], *output);
                }
            };
            match score.is_its_figure {
                false => write(&make()),
                true => {
                    let known = score.known.entry(figures[score.slot].to_bits());
                    write(known.or_insert_with(|| self.memory.within(make)));
                }
            }
        }
    }

    /// Writes the key and the measures of a customer; of the facts, only those that are computed are read.
    pub fn write_measures(
        &mut self,
        columns: &[Column],
        derived: &Derived,
        customer: usize,
        facts: &[Fact],
    ) -> Result<(), Error> {
        derived.write(customer, columns, &mut self.values, &mut self.nulls);
        for (at, slot) in &self.computed {
            let value = of_fact(&facts[*slot], &columns[*at].kind)?;
            put(&mut self.values[*at], &mut self.nulls[*at], value);
        }
        Ok(())
    }

    /// Writes what the row is as of, up to when it stays so, and when the next event begins or ends to count.
    pub fn write_moments(&mut self, as_of: i64, due: Option<i64>, event_due: Option<i64>) {
        let moments = [(&self.scored_at, Some(as_of)), (&self.due_at, due), (&self.event_due_at, event_due)];
        for (places, moment) in moments {
            for at in places {
                put(&mut self.values[*at], &mut self.nulls[*at], moment.map(Datum::from));
            }
        }
    }
}

/// Makes the values of the columns of a score.
fn outputs(plan: &Plan, number: usize, figures: &[f64], as_of: i64) -> Box<[Option<Datum>]> {
    let mut outputs = Vec::new();
    plan.write_score(number, figures, as_of, &mut outputs);
    outputs.iter().map(output::datum).collect()
}

/// Puts a value, or NULL.
fn put(place: &mut Datum, null: &mut bool, value: Option<Datum>) {
    *null = value.is_none();
    *place = value.unwrap_or(Datum::null());
}

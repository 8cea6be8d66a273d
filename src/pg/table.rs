//! The score table: rows written as a whole, and read.

use super::build::Built;
use super::target::Target;
use super::text::to_datum;
use crate::error::Error;
use crate::model::column::{Column, Holds};
use crate::model::plan::Plan;
use crate::model::rule::Output;
use crate::model::sql::name::Name;
use pgrx::pg_sys::Datum;

/// Writes the rows of these customers; counts them.
pub fn write(built: &Built, table: &Name, customers: impl Iterator<Item = usize>) -> Result<u64, Error> {
    let columns = built.plan.columns();
    let mut target = Target::open(table, &columns)?;
    let (mut values, mut nulls) = (vec![Datum::null(); columns.len()], vec![true; columns.len()]);
    let mut facts = Vec::new();
    let mut written = 0;
    for customer in customers {
        pgrx::check_for_interrupts!();
        target.enter_memory();
        built.facts(customer, &mut facts)?;
        let due = built.due(customer, &facts);
        nulls.fill(true);
        built.derived.write(customer, &columns, &mut values, &mut nulls);
        write_computed(built.plan, &columns, &facts, &mut values, &mut nulls)?;
        write_scores(built.plan, &columns, built.population.row(customer), &mut values, &mut nulls);
        for (at, column) in columns.iter().enumerate() {
            let moment = match column.holds {
                Holds::ScoredAt => Some(built.as_of),
                Holds::DueAt => due,
                _ => continue,
            };
            nulls[at] = moment.is_none();
            values[at] = Datum::from(moment.unwrap_or_default());
        }
        target.add(&values, &nulls);
        written += 1;
    }
    target.close();
    Ok(written)
}

/// Writes the columns of computed measures.
fn write_computed(
    plan: &Plan,
    columns: &[Column],
    facts: &[crate::model::fact::Fact],
    values: &mut [Datum],
    nulls: &mut [bool],
) -> Result<(), Error> {
    for (at, column) in columns.iter().enumerate() {
        let Holds::Measure(slot) = column.holds else { continue };
        if plan.measures[slot].computed().is_some() {
            let datum = super::datum::of_fact(&facts[slot], &column.kind)?;
            nulls[at] = datum.is_none();
            values[at] = datum.unwrap_or(Datum::null());
        }
    }
    Ok(())
}

/// Writes the columns of the scores.
fn write_scores(plan: &Plan, columns: &[Column], row: &[f64], values: &mut [Datum], nulls: &mut [bool]) {
    let mut outputs = Vec::new();
    let mut of = usize::MAX;
    for (at, column) in columns.iter().enumerate() {
        let Holds::Score(number, part) = column.holds else { continue };
        if number != of {
            let score = &plan.scores[number];
            outputs.clear();
            score.rule.write(row[plan.score_slot(number)], score.unscored.as_deref(), &mut outputs);
            of = number;
        }
        let datum = match outputs.get(part) {
            Some(Output::Whole(number)) => Some(Datum::from(*number)),
            Some(Output::Text(text)) => Some(to_datum(text)),
            _ => None,
        };
        nulls[at] = datum.is_none();
        values[at] = datum.unwrap_or(Datum::null());
    }
}

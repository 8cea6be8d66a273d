//! Rows of a score table, made of what was derived of their customers.

use super::ready::Ready;
use crate::error::Error;
use crate::model::population::Population;
use crate::pg::build::look_for_interrupts;
use crate::pg::fold::Derived;
use crate::pg::zone::Zone;
use pgrx::pg_sys::Datum;

/// The values of the columns that the model gives the table, and which of them are NULL.
pub type Filled = (Vec<Datum>, Vec<bool>);

/// Scores customers, given by their numbers in what was derived, under the newest cuts; gives the row of each, whose values
/// point into what was derived.
pub fn of(ready: &Ready, derived: &Derived, customers: &[usize], as_of: i64) -> Result<Vec<Filled>, Error> {
    let plan = &ready.plan;
    let cuts = &mut *ready.cuts.borrow_mut();
    let grouped: Vec<usize> = plan.grouped().collect();
    let watched = ready.has_watched.then(|| plan.watched());
    let columns = &ready.scores.columns;
    let row = &mut *ready.row.borrow_mut();
    let width = plan.measures.len();
    let mut texts = if grouped.is_empty() { Vec::new() } else { vec![None; width] };
    let mut population = Population::new(plan, customers.len(), as_of, look_for_interrupts)?;
    let (mut facts, mut of_all) = (Vec::new(), Vec::with_capacity(width * customers.len()));
    for customer in customers {
        derived.facts(*customer, &mut facts);
        plan.compute(&mut facts, as_of, &Zone)?;
        for slot in &grouped {
            texts[*slot] = derived.text(*customer, *slot);
        }
        population.add(&facts, &texts, &mut cuts.groups)?;
        of_all.append(&mut facts);
    }
    population.score(cuts);
    let mut rows = Vec::with_capacity(customers.len());
    for (number, customer) in customers.iter().enumerate() {
        let (figures, facts) = (population.row(number), &of_all[number * width..][..width]);
        row.write_scores(plan, figures, as_of);
        row.write_measures(columns, derived, *customer, facts)?;
        let event_due = derived.due(*customer);
        let tick = watched.as_ref().and_then(|watched| watched.next_tick(facts, figures, cuts, as_of, &Zone));
        let due = [tick, event_due].into_iter().flatten().min();
        row.write_moments(as_of, due, event_due);
        rows.push((row.values.clone(), row.nulls.clone()));
    }
    cuts.forget_groups(&ready.groups);
    Ok(rows)
}

//! `explain`: why a customer has his scores.

use super::argument::Argument;
use super::build::now;
use super::call::{Answer, Call, sql_functions, text as text_of};
use super::datum::Form;
use super::model::{load, under};
use super::publication;
use super::query::{stream, under_new_snapshot, value};
use super::registry::{self, Entry};
use super::stored::Reader;
use super::zone::Zone;
use crate::error::{Error, Fault};
use crate::model::column::Holds;
use crate::model::document::Mode;
use crate::model::explain::{Told, explain as told};
use crate::model::fact::Fact;
use crate::model::nature::Nature;
use crate::model::place::quoted;
use crate::model::plan::Plan;
use crate::model::sql;
use crate::score::log_sum::half_lives;
use crate::score::shown;
use pgrx::pg_sys::{self, Oid};

sql_functions![explain];

pgrx::extension_sql_file!("../../sql/explain.sql", name = "explain", requires = ["model"]);

/// `explain(name, customer)`
fn explain(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    let Some(customer) = call.argument(1) else { return Err(Error::null("customer")) };
    let entry = registry::find(&name, false)?;
    // SAFETY: `flinfo` is valid during the call.
    let kind = unsafe { pg_sys::get_fn_expr_argtype((*call.info()).flinfo, 1) };
    let told = under(entry.owner, &entry.timezone, || {
        let customer = match kind {
            Oid::INVALID | pg_sys::TEXTOID => text_of(customer),
            kind => Form::of(Nature::Other, kind).text(customer),
        };
        let plan = load(&entry)?;
        let cuts = publication::read(&name, &plan, entry.cuts_version)?;
        let key = key(&plan, &customer)?;
        let table = sql::name::Name::to_string(&entry.table);
        let columns: Vec<String> = plan.columns().iter().map(|column| sql::quoted(&column.name)).collect();
        let conditions = plan.key.iter().enumerate().map(|(at, (column, kind))| {
            format!("{} {} CAST(${} AS {})", sql::quoted(column), kind.equals, at + 1, kind.sql)
        });
        let sql = format!(
            "SELECT {} FROM {table} WHERE {}",
            columns.join(", "),
            conditions.collect::<Vec<_>>().join(" AND ")
        );
        let arguments: Vec<Argument> = key.iter().map(|part| Argument::text(part)).collect();
        let is_pending = plan.document.mode != Mode::Batch && is_pending(&entry, &plan, &arguments)?;
        let mut found = None;
        stream(&sql, &arguments, &mut |row| {
            let reader = Reader::of(&plan, row, 0);
            let mut stored = reader.read(row);
            let (mut cuts, mut figures) = (cuts.clone(), Vec::new());
            reader.score(&mut stored, &mut cuts, &mut figures)?;
            let mut values = vec![None; plan.measures.len()];
            for (at, column) in reader.columns().iter().enumerate() {
                match (column.holds, reader.datum(row, at)) {
                    (Holds::Measure(slot), Some(_)) => values[slot] = reader.text(row, at),
                    (Holds::Own, Some(stored)) => {
                        for (column, form, value) in reader.own(stored) {
                            if let (Holds::Measure(slot), Some(value)) = (column.holds, value) {
                                values[slot] = Some(form.text(value));
                            }
                        }
                    }
                    _ => {}
                }
            }
            show_decayed(&plan, &stored.facts, stored.scored_at, &mut values);
            let json = told(&Told {
                plan: &plan,
                model: &name,
                customer: &customer,
                facts: &stored.facts,
                shown: &values,
                row: &figures,
                cuts: &cuts,
                scored_at: stored.scored_at,
                due_at: stored.due_at,
                calendar: &Zone,
                pending: is_pending || stored.due_at.is_some_and(|due| due <= now()),
            });
            found = Some(json.to_string());
            Ok(())
        })?;
        Ok(found)
    })?;
    Ok(told.and_then(|json| Argument::json(&json).value))
}

/// Tells whether a customer is marked, or all are.
fn is_pending(entry: &Entry, plan: &Plan, key: &[Argument]) -> Result<bool, Error> {
    let is_marked = value(&sql::marks::is_marked(plan, &entry.table), key)?.is_some();
    Ok(is_marked || under_new_snapshot(|| registry::standing(entry.id))?.is_unswept)
}

/// Takes a key apart: one column is its text, several are a JSON array of texts.
fn key(plan: &Plan, customer: &str) -> Result<Vec<String>, Error> {
    if plan.key.len() == 1 {
        return Ok(vec![customer.into()]);
    }
    let parts: Option<Vec<String>> = serde_json::from_str(customer).ok();
    parts.filter(|parts| parts.len() == plan.key.len()).ok_or_else(|| {
        let columns: Vec<&str> = plan.key.iter().map(|(name, _)| name.as_str()).collect();
        let message = format!("customer {} is not a key of {} columns", quoted(customer), columns.len());
        Error::new(Fault::InvalidValue, message)
            .detail(format!("The key is ({}).", columns.join(", ")))
            .hint("Write a JSON array with a text for each column, as [\"1\", \"A-7\"].")
    })
}

/// Shows what decays as of a moment.
fn show_decayed(plan: &Plan, facts: &[Fact], as_of: i64, values: &mut [Option<String>]) {
    for (slot, measured) in plan.measures.iter().enumerate() {
        if let (Some(half_life), Fact::Decayed(sum)) = (measured.half_life(), &facts[slot]) {
            values[slot] = Some(shown(sum.value(half_lives(as_of, half_life))));
        }
    }
}

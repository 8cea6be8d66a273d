//! `verify` and `repair`: what is not true in the score table, found by another route than it was made; and made true.

use super::build::{STRIDE, build, check_isolation, look_for_interrupts, now};
use super::call::{Answer, Call, answer, sql_functions};
use super::datum::Form;
use super::model::{load, under};
use super::publication;
use super::query::{Argument, Row, caught, run, stream, under_new_snapshot};
use super::registry::{self, Entry};
use super::set::{Rows, text};
use super::stored::{Reader, Stored};
use super::table;
use super::zone::Zone;
use crate::error::Error;
use crate::model::clock::Watched;
use crate::model::column::{Column, Holds};
use crate::model::cuts::Cuts;
use crate::model::fact::Fact;
use crate::model::plan::Plan;
use crate::model::rule::Output;
use crate::model::sql::groups::{Groups, derive};
use crate::model::sql::quoted;
use std::cmp::Ordering;
use std::collections::HashSet;

sql_functions![verify, repair];

pgrx::extension_sql_file!("../../sql/verify.sql", name = "verify", requires = ["model"]);

/// Something that is not true.
struct Difference {
    /// The customer's key as a text.
    customer: String,
    /// The column; none where the whole row is missing, or is nobody's.
    column: Option<String>,
    /// What the score table says.
    live: Option<String>,
    /// What it should say.
    expected: Option<String>,
}

/// `verify(name)`
fn verify(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    let entry = registry::find(&name, false)?;
    let mut listed = Rows::of(call);
    let due = under(entry.owner, &entry.timezone, || {
        let plan = load(&entry)?;
        check(&entry, &plan, &mut |found| {
            listed.add([
                text(Some(&found.customer)),
                text(found.column.as_deref()),
                text(found.live.as_deref()),
                text(found.expected.as_deref()),
            ]);
        })
    })?;
    if due > 0 {
        pgrx::notice!(
            "model \"{name}\": {due} rows are past their due_at, and were checked as of their scored_at"
        );
    }
    Ok(None)
}

/// `repair(name)`
fn repair(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    check_isolation("repair")?;
    let entry = registry::find(&name, true)?;
    let repaired = under(entry.owner, &entry.timezone, || {
        let plan = load(&entry)?;
        let mut wrong = HashSet::new();
        check(&entry, &plan, &mut |found| {
            wrong.insert(found.customer);
        })?;
        if wrong.is_empty() {
            return Ok(0);
        }
        let cuts = publication::read(&name, &plan, entry.cuts_version)?;
        let built = build(&plan, Some(&cuts), true)?;
        delete(&entry, &plan, &wrong)?;
        let customers = (0..built.derived.len()).filter(|customer| {
            if customer % STRIDE == 0 {
                look_for_interrupts();
            }
            let parts = built.derived.key_texts(*customer);
            wrong.contains(&key_text(parts))
        });
        table::write(&built, &entry.table, customers)?;
        Ok(wrong.len() as i64)
    })?;
    answer(repaired)
}

/// Deletes the rows of customers.
fn delete(entry: &Entry, plan: &Plan, customers: &HashSet<String>) -> Result<(), Error> {
    let conditions = plan.key.iter().enumerate().map(|(at, (column, kind))| {
        let part = match plan.key.len() {
            1 => "wrong.customer".to_string(),
            _ => format!("(wrong.customer::jsonb ->> {at})"),
        };
        format!("scores.{} {} CAST({part} AS {})", quoted(column), kind.equals, kind.sql)
    });
    let sql = format!(
        "DELETE FROM {} AS scores USING unnest($1) AS wrong (customer) WHERE {}",
        entry.table,
        conditions.collect::<Vec<_>>().join(" AND ")
    );
    run(&sql, &[Argument::texts(customers.iter().map(String::as_str))]).map(drop)
}

/// Writes a key as a text: that of its one column, or a JSON array of texts.
pub fn key_text(mut parts: Vec<String>) -> String {
    match parts.len() {
        1 => parts.remove(0),
        _ => serde_json::Value::from(parts).to_string(),
    }
}

/// Gives what is not true to `tell`; counts the rows that are past their due_at.
fn check(entry: &Entry, plan: &Plan, tell: &mut dyn FnMut(Difference)) -> Result<u64, Error> {
    let cuts = publication::read(&entry.name, plan, entry.cuts_version)?;
    let groups = derive(plan, &entry.table)?;
    let watched = plan.watched();
    let mut checker =
        Checker { plan, groups: &groups, cuts, watched, forms: Vec::new(), reader: None, due: 0, now: now() };
    under_new_snapshot(|| caught(|| stream(&groups.sql, &[], &mut |row| checker.check(row, tell))))?;
    Ok(checker.due)
}

/// Checks the rows of the statement that derives everybody.
struct Checker<'a> {
    plan: &'a Plan,
    groups: &'a Groups,
    cuts: Cuts,
    /// What changes by the clock alone.
    watched: Watched<'a>,
    /// How the parts of the key are written.
    forms: Vec<Form>,
    reader: Option<Reader<'a>>,
    due: u64,
    now: i64,
}

impl Checker<'_> {
    /// Checks a row.
    fn check(&mut self, row: &Row, tell: &mut dyn FnMut(Difference)) -> Result<(), Error> {
        if self.reader.is_none() {
            self.reader = Some(Reader::of(self.plan, row, self.groups.stored));
            let key = self.plan.key.iter().enumerate();
            self.forms = key.map(|(at, (_, kind))| Form::of(kind.nature, row.type_of(at))).collect();
        }
        let Some(reader) = &self.reader else { return Ok(()) };
        let parts = self.forms.iter().enumerate();
        let parts = parts.map(|(at, form)| row.datum(at).map(|part| form.text(part)).unwrap_or_default());
        let customer = key_text(parts.collect());
        let is_true = |at: usize| row.datum(at).is_some_and(|datum| datum.value() as u8 != 0);
        let whole = |live: Option<&str>, expected: Option<&str>| Difference {
            customer: customer.clone(),
            column: None,
            live: live.map(String::from),
            expected: expected.map(String::from),
        };
        match (is_true(self.groups.is_customer), is_true(self.groups.is_stored)) {
            (true, false) => tell(whole(None, Some("a row"))),
            (false, _) => tell(whole(Some("a row"), None)),
            (true, true) => {
                let stored = reader.read(row);
                self.due += u64::from(stored.due_at.is_some_and(|due| due <= self.now));
                let mut differ = |at: usize, expected: Option<String>| {
                    tell(Difference {
                        customer: customer.clone(),
                        column: Some(reader.columns()[at].name.clone()),
                        live: reader.text(row, at),
                        expected,
                    });
                };
                check_derived(self.groups, reader, row, &mut differ);
                check_scored(
                    (self.groups, &self.watched),
                    &mut self.cuts,
                    (reader, row),
                    &stored,
                    &mut differ,
                )?;
            }
        }
        Ok(())
    }
}

/// Checks the measures that are taken from tables.
fn check_derived(groups: &Groups, reader: &Reader, row: &Row, differ: &mut dyn FnMut(usize, Option<String>)) {
    for (at, column) in reader.columns().iter().enumerate() {
        let Some(place) = groups.derived[at] else { continue };
        let (live, expected) = (reader.datum(row, at), row.datum(place));
        let form = Form::of(column.kind.nature, row.type_of(place));
        if !are_same(column, &reader.form(at).fact(live), &form.fact(expected)) {
            differ(at, expected.map(|expected| form.text(expected)));
        }
    }
}

/// How far logarithms of equal decayed sums may be apart: 1e-9 of the sum.
const DECAYED_TOLERANCE: f64 = 1e-9 / std::f64::consts::LN_2;

/// Tells whether a column holds what it should.
fn are_same(column: &Column, live: &Fact, expected: &Fact) -> bool {
    match (live, expected) {
        (Fact::Number(live), Fact::Number(expected)) => {
            let is_close = || (live.figure() - expected.figure()).abs() <= DECAYED_TOLERANCE;
            let decays = matches!(column.holds, Holds::Positive(_) | Holds::Negative(_));
            live.compare(expected) == Ordering::Equal || (decays && is_close())
        }
        _ => live == expected,
    }
}

/// Checks computed measures, scores and the due moment of a row against what its stored measures give.
fn check_scored(
    (groups, watched): (&Groups, &Watched),
    cuts: &mut Cuts,
    (reader, row): (&Reader, &Row),
    stored: &Stored,
    differ: &mut dyn FnMut(usize, Option<String>),
) -> Result<(), Error> {
    let plan = watched.plan;
    let mut facts = stored.facts.clone();
    plan.compute(&mut facts, stored.scored_at, &Zone)?;
    let mut figures = vec![f64::NAN; plan.width()];
    plan.write_row(&facts, &stored.texts, &mut cuts.groups, &mut figures);
    plan.score(&mut figures, cuts, stored.scored_at);
    let tick = watched.next_tick(&facts, &figures, cuts, stored.scored_at, &Zone);
    let event = row.datum(groups.event_due).map(|moment| moment.value() as i64);
    let due = [tick, event].into_iter().flatten().min();
    let mut outputs = Vec::new();
    for (at, column) in reader.columns().iter().enumerate() {
        match column.holds {
            Holds::Measure(slot)
                if plan.measures[slot].computed().is_some()
                    && !are_same(column, &stored.facts[slot], &facts[slot]) =>
            {
                let expected = super::datum::of_fact(&facts[slot], &column.kind)?;
                differ(at, expected.map(|expected| reader.form(at).text(expected)));
            }
            Holds::Score(number, part) => {
                if part == 0 {
                    outputs.clear();
                    let score = &plan.scores[number];
                    score.rule.write(
                        figures[plan.score_slot(number)],
                        score.unscored.as_deref(),
                        &mut outputs,
                    );
                }
                let expected = match outputs.get(part) {
                    Some(Output::Whole(number)) => Some(number.to_string()),
                    Some(Output::Text(text)) => Some((*text).to_string()),
                    _ => None,
                };
                if reader.text(row, at) != expected {
                    differ(at, expected);
                }
            }
            Holds::DueAt if stored.due_at != due => {
                differ(at, due.map(|due| super::datum::show_moment(due as f64)));
            }
            Holds::EventDueAt if stored.event_due_at != event => {
                differ(at, event.map(|event| super::datum::show_moment(event as f64)));
            }
            _ => {}
        }
    }
    Ok(())
}

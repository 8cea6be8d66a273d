//! `verify` and `repair`: what is not true in the score table, found by another route than it was made; and made true.

use super::argument::Argument;
use super::build::{STRIDE, build, check_isolation, look_for_interrupts, now};
use super::call::{Answer, Call, answer, sql_functions};
use super::datum::Form;
use super::model::{load, under, watch};
use super::output;
use super::publication;
use super::query::{caught, run, stream, under_new_snapshot};
use super::registry::{self, Entry};
use super::row::Row;
use super::set::{Rows, text};
use super::stored::{Reader, Stored};
use super::table;
use super::upkeep::changes;
use super::upkeep::heal::Healer;
use super::upkeep::install;
use super::upkeep::tables::oid_of;
use super::upkeep::touched::Keys;
use super::zone::Zone;
use crate::error::Error;
use crate::model::clock::Watched;
use crate::model::column::{Column, Holds};
use crate::model::cuts::Cuts;
use crate::model::document::Mode;
use crate::model::fact::Fact;
use crate::model::plan::Plan;
use crate::model::sql::groups::{Groups, derive};
use crate::model::sql::{marks, quoted};
use pgrx::pg_sys::Datum;
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

/// What a check has left out.
#[derive(Default)]
struct Left {
    /// Rows that are past their due_at, and were checked as of their scored_at.
    due: u64,
    /// Customers who are marked, and were not checked.
    marked: u64,
    /// Whether all are, since a refresh is not swept up.
    are_all: bool,
}

/// `verify(name)`
fn verify(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    let entry = registry::find(&name, false)?;
    let mut listed = Rows::of(call);
    let left = under(entry.owner, &entry.timezone, || {
        let plan = load(&entry)?;
        check(&entry, &plan, Unswept::AreMarked, &mut |found, _| {
            listed.add([
                text(Some(&found.customer)),
                text(found.column.as_deref()),
                text(found.live.as_deref()),
                text(found.expected.as_deref()),
            ]);
        })
    })?;
    left.tell(&name);
    Ok(None)
}

impl Left {
    /// Says what was left out.
    fn tell(&self, name: &str) {
        if self.are_all {
            pgrx::notice!("model \"{name}\": all customers are pending, and none was checked");
        } else if self.marked > 0 {
            pgrx::notice!("model \"{name}\": {} customers are marked, and were not checked", self.marked);
        }
        if self.due > 0 {
            let due = self.due;
            pgrx::notice!(
                "model \"{name}\": {due} rows are past their due_at, and were checked as of their scored_at"
            );
        }
    }
}

/// `repair(name)`
fn repair(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    check_isolation("repair")?;
    let entry = registry::find(&name, false)?;
    let repaired = under(entry.owner, &entry.timezone, || {
        let plan = load(&entry)?;
        match plan.document.mode {
            Mode::Batch => rewrite(&registry::find(&name, true)?, &plan),
            _ => heal(&entry, &plan),
        }
    })?;
    answer(repaired as i64)
}

/// Puts back what somebody has taken from the model, and makes true whoever is not; marks those whom others have locked.
fn heal(entry: &Entry, plan: &Plan) -> Result<usize, Error> {
    let has_marks = restore(entry, plan)?;
    let healer = Healer::of(entry)?;
    if !has_marks {
        healer.mark_everybody();
    }
    let mut wrong = Keys::new(healer.key());
    check(entry, plan, Unswept::AreChecked, &mut |_, key| {
        wrong.add_own(key);
    })?;
    healer.heal(&wrong)?;
    Ok(wrong.len())
}

/// Puts back triggers and marks that are missing, and takes off triggers that are not where they should be; tells whether
/// there were marks.
fn restore(entry: &Entry, plan: &Plan) -> Result<bool, Error> {
    let has_marks = oid_of(&marks::name(&entry.table)).is_some();
    if !has_marks || !install::is_whole(entry, &plan.document)? {
        let mut entry = registry::find(&entry.name, true)?;
        if !has_marks {
            install::keep_writers_out(&plan.document)?;
        }
        watch(&mut entry, plan, has_marks)?;
        install::detach(entry.id, &entry.relations)?;
        changes::tell(entry.table_oid);
    }
    Ok(has_marks)
}

/// Writes the rows of a batch model anew that are not true.
fn rewrite(entry: &Entry, plan: &Plan) -> Result<usize, Error> {
    let mut wrong = HashSet::new();
    check(entry, plan, Unswept::AreChecked, &mut |found, _| {
        wrong.insert(found.customer);
    })?;
    if wrong.is_empty() {
        return Ok(0);
    }
    let cuts = publication::read(&entry.name, plan, entry.cuts_version)?;
    let built = build(plan, Some(&cuts), true)?;
    delete(entry, plan, &wrong)?;
    let customers = (0..built.derived.len()).filter(|customer| {
        if customer % STRIDE == 0 {
            look_for_interrupts();
        }
        let parts = built.derived.key_texts(*customer);
        wrong.contains(&key_text(parts))
    });
    table::write(&built, &entry.table, customers)?;
    Ok(wrong.len())
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

/// What becomes of all customers while the sweep of a refresh is not done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unswept {
    /// They count as marked.
    AreMarked,
    /// They are checked: the sweep asks only whom the new cuts move, and finds nobody whose measures are wrong.
    AreChecked,
}

/// Gives what is not true to `tell`, with the key of the customer; says what was left out.
fn check(
    entry: &Entry,
    plan: &Plan,
    unswept: Unswept,
    tell: &mut dyn FnMut(Difference, &[Datum]),
) -> Result<Left, Error> {
    let groups = derive(plan, &entry.table)?;
    let watched = plan.watched();
    under_new_snapshot(|| {
        let standing = registry::standing(entry.id)?;
        let marked = match plan.document.mode {
            Mode::Batch => HashSet::new(),
            _ => marked(entry, plan)?,
        };
        let is_unbuilt = standing.cuts_version == 0 && plan.document.mode != Mode::Batch;
        let are_unswept = standing.is_unswept && unswept == Unswept::AreMarked;
        let are_all = is_unbuilt || are_unswept || marked.contains(&None);
        if are_all {
            return Ok(Left { are_all, ..Left::default() });
        }
        let cuts = publication::read(&entry.name, plan, standing.cuts_version)?;
        let mut checker = Checker {
            plan,
            groups: &groups,
            cuts,
            watched,
            forms: Vec::new(),
            reader: None,
            marked,
            left: Left::default(),
            now: now(),
        };
        caught(|| stream(&groups.sql, &[], &mut |row| checker.check(row, tell)))?;
        Ok(checker.left)
    })
}

/// Reads whom the active snapshot sees marked; none among them stands for everybody.
fn marked(entry: &Entry, plan: &Plan) -> Result<HashSet<Option<String>>, Error> {
    let mut marked = HashSet::new();
    let statement = marks::select(plan.key.len(), &entry.table);
    stream(&statement, &[], &mut |row| {
        let parts = plan
            .key
            .iter()
            .enumerate()
            .map(|(at, (_, kind))| Some(Form::of(kind.nature, row.type_of(at)).text(row.datum(at)?)));
        let parts: Option<Vec<String>> = parts.collect();
        marked.insert(parts.map(key_text));
        Ok(())
    })?;
    Ok(marked)
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
    /// Who is marked.
    marked: HashSet<Option<String>>,
    left: Left,
    now: i64,
}

impl Checker<'_> {
    /// Checks a row.
    fn check(&mut self, row: &Row, tell: &mut dyn FnMut(Difference, &[Datum])) -> Result<(), Error> {
        if self.reader.is_none() {
            self.reader = Some(Reader::of(self.plan, row, self.groups.stored));
            let key = self.plan.key.iter().enumerate();
            self.forms = key.map(|(at, (_, kind))| Form::of(kind.nature, row.type_of(at))).collect();
        }
        let Some(reader) = &self.reader else { return Ok(()) };
        let parts = self.forms.iter().enumerate();
        let parts = parts.map(|(at, form)| row.datum(at).map(|part| form.text(part)).unwrap_or_default());
        let customer = key_text(parts.collect());
        if !self.marked.is_empty() && self.marked.contains(&Some(customer.clone())) {
            self.left.marked += 1;
            return Ok(());
        }
        let key: Vec<Datum> = (0..self.forms.len()).filter_map(|at| row.datum(at)).collect();
        let is_true = |at: usize| row.datum(at).is_some_and(|datum| datum.value() as u8 != 0);
        let whole = |live: Option<&str>, expected: Option<&str>| Difference {
            customer: customer.clone(),
            column: None,
            live: live.map(String::from),
            expected: expected.map(String::from),
        };
        match (is_true(self.groups.is_customer), is_true(self.groups.is_stored)) {
            (true, false) => tell(whole(None, Some("a row")), &key),
            (false, _) => tell(whole(Some("a row"), None), &key),
            (true, true) => {
                let mut stored = reader.read(row);
                self.left.due += u64::from(stored.due_at.is_some_and(|due| due <= self.now));
                let mut differ = |at: usize, expected: Option<String>| {
                    let difference = Difference {
                        customer: customer.clone(),
                        column: Some(reader.columns()[at].name.clone()),
                        live: reader.text(row, at),
                        expected,
                    };
                    tell(difference, &key);
                };
                check_derived(self.groups, reader, row, &mut differ);
                check_scored(
                    (self.groups, &self.watched),
                    &mut self.cuts,
                    (reader, row),
                    &mut stored,
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
        match (column.holds, reader.datum(row, at)) {
            (Holds::Own, Some(stored)) => {
                check_own(groups, reader.own(stored), row, &mut |expected| differ(at, expected));
            }
            (Holds::Own, None) => differ(at, Some("an array".into())),
            _ => {}
        }
        let Some(place) = groups.derived[at] else { continue };
        let (live, expected) = (reader.datum(row, at), row.datum(place));
        let form = Form::of(column.kind.nature, row.type_of(place));
        if !are_same(column, &reader.form(at).fact(live), &form.fact(expected)) {
            differ(at, expected.map(|expected| form.text(expected)));
        }
    }
}

/// Checks the measures that scores have for themselves.
fn check_own<'a>(
    groups: &Groups,
    own: impl Iterator<Item = (&'a Column, &'a Form, Option<Datum>)>,
    row: &Row,
    differ: &mut dyn FnMut(Option<String>),
) {
    for ((column, form, live), place) in own.zip(&groups.derived_own) {
        let Some(place) = *place else { continue };
        let expected = row.datum(place);
        let derived = Form::of(column.kind.nature, row.type_of(place));
        if !are_same(column, &form.fact(live), &derived.fact(expected)) {
            let expected = expected.map_or("NULL".into(), |expected| derived.text(expected));
            differ(Some(format!("{}: {expected}", column.name)));
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
    stored: &mut Stored,
    differ: &mut dyn FnMut(usize, Option<String>),
) -> Result<(), Error> {
    let plan = watched.plan;
    let (facts, mut figures) = (stored.facts.clone(), Vec::new());
    reader.score(stored, cuts, &mut figures)?;
    let tick = watched.next_tick(&stored.facts, &figures, cuts, stored.scored_at, &Zone);
    let event = row.datum(groups.event_due).map(|moment| moment.value() as i64);
    let due = [tick, event].into_iter().flatten().min();
    let mut outputs = Vec::new();
    for (at, column) in reader.columns().iter().enumerate() {
        match column.holds {
            Holds::Measure(slot)
                if plan.measures[slot].computed().is_some()
                    && !are_same(column, &facts[slot], &stored.facts[slot]) =>
            {
                let expected = super::datum::of_fact(&stored.facts[slot], &column.kind)?;
                differ(at, expected.map(|expected| reader.form(at).text(expected)));
            }
            Holds::Score(number, part) => {
                if part == 0 {
                    outputs.clear();
                    plan.write_score(number, &figures, stored.scored_at, &mut outputs);
                }
                let Some(output) = outputs.get(part) else { continue };
                if !output::is_stored(output, reader.datum(row, at)) {
                    differ(at, output::datum(output).map(|expected| reader.form(at).text(expected)));
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

//! `refresh`: new cuts, and what moves under them.
//!
//! Of a batch model everybody is derived and scored at once. Of others what is stored is true, so the cuts are made of that
//! and published, and the customers follow in later transactions.

use super::build::{build, check_isolation, look_for_interrupts, now, tell};
use super::call::{Answer, Call, sql_functions};
use super::model::{keep, load, notify, rungs, under};
use super::publication;
use super::query::{released, run, stream, under_new_snapshot};
use super::registry::{self, Entry, Report};
use super::set::{Rows, jsonb, text, value};
use super::stopwatch::Stopwatch;
use super::stored::Reader;
use super::upkeep::changes;
use super::upkeep::pause::{self, Point};
use super::worker::wake;
use super::zone::Zone;
use crate::error::Error;
use crate::model::cuts::Cuts;
use crate::model::document::{Document, Mode};
use crate::model::plan::Plan;
use crate::model::population::{Moves, Population};
use crate::model::sql;

sql_functions![refresh];

pgrx::extension_sql_file!("../../sql/refresh.sql", name = "refresh", requires = ["model"]);

/// `refresh(name)`
fn refresh(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    check_isolation("refresh")?;
    let entry = registry::find(&name, true)?;
    let mut listed = Rows::of(call);
    refresh_now(&entry, &mut |plan, cuts, moved| {
        list_moves(&mut listed, plan, cuts, moved, entry.cuts_version + 1);
    })?;
    Ok(None)
}

/// Refreshes a model, whose turn is taken; tells `list` how each scale moves.
pub fn refresh_now(entry: &Entry, list: &mut dyn FnMut(&Plan, &Cuts, &Moves)) -> Result<(), Error> {
    under(entry.owner, &entry.timezone, || {
        // The sources that are not read are not kept from who wants one for himself, until this transaction ends.
        let plan = match Document::read(&entry.definition)?.mode {
            Mode::Batch => load(entry)?,
            _ => released(|| load(entry))?,
        };
        let previous = match entry.cuts_version {
            0 => None,
            version => Some(publication::read(&entry.name, &plan, version)?),
        };
        match &previous {
            Some(previous) if plan.document.mode != Mode::Batch => publish(entry, &plan, previous, list),
            _ => rebuild(entry, &plan, previous.as_ref(), list),
        }
    })
}

/// Derives everybody, publishes the cuts, and scores everybody under them.
pub fn rebuild(
    entry: &Entry,
    plan: &Plan,
    previous: Option<&Cuts>,
    list: &mut dyn FnMut(&Plan, &Cuts, &Moves),
) -> Result<(), Error> {
    let built = build(plan, previous, false)?;
    let started = Stopwatch::start();
    let moves = built.population.moves(&built.cuts, previous);
    tell(&format!("found who moves in {started}"));
    run(&format!("DELETE FROM {}", entry.table), &[])?;
    keep(entry, &built, &moves)?;
    moves.iter().for_each(|moved| list(plan, &built.cuts, moved));
    Ok(())
}

/// Publishes the cuts of what is stored; writes no score.
fn publish(
    entry: &Entry,
    plan: &Plan,
    previous: &Cuts,
    list: &mut dyn FnMut(&Plan, &Cuts, &Moves),
) -> Result<(), Error> {
    let as_of = now();
    let started = Stopwatch::start();
    let mut cuts = previous.renewed(plan);
    let mut population = stored(entry, plan, &mut cuts, as_of)?;
    tell(&format!("read the measures of all customers in {started}"));
    let started = Stopwatch::start();
    population.cut_and_score(&mut cuts)?;
    let moves = population.moves(&cuts, Some(previous));
    let version = entry.cuts_version + 1;
    publication::publish(&entry.name, plan, &cuts, version, as_of)?;
    let notices = plan.notices(&rungs(plan, &population, &cuts, as_of));
    notices.iter().for_each(|notice| notify(&entry.name, notice));
    registry::report(
        &entry.name,
        &Report {
            as_of,
            version,
            customers: population.len(),
            notices,
            not_events: None,
            no_cuts: publication::missing(plan, &cuts),
            is_unswept: true,
        },
    )?;
    changes::tell(entry.table_oid);
    wake();
    pause::at(Point::Published);
    let moved: u64 = moves.iter().map(|moves| moves.moved).sum();
    tell(&format!("published cuts {version}, which move {moved} levels, in {started}"));
    moves.iter().for_each(|moved| list(plan, &cuts, moved));
    Ok(())
}

/// Reads the measures that are stored of all customers, as of a moment.
fn stored<'a>(entry: &Entry, plan: &'a Plan, cuts: &mut Cuts, as_of: i64) -> Result<Population<'a>, Error> {
    let mut population = Population::new(plan, 0, as_of, look_for_interrupts)?;
    let mut reader = None;
    under_new_snapshot(|| {
        stream(&sql::table::select(plan, &entry.table), &[], &mut |row| {
            let reader = reader.get_or_insert_with(|| Reader::of(plan, row, 0));
            let mut stored = reader.read(row);
            plan.compute(&mut stored.facts, as_of, &Zone)?;
            population.add(&stored.facts, &stored.texts, &mut cuts.groups)
        })
    })?;
    Ok(population)
}

/// Lists how the levels of a scale moved in a group.
fn list_moves(listed: &mut Rows, plan: &Plan, cuts: &Cuts, moved: &Moves, version: i32) {
    let score = &plan.scores[moved.score];
    let scale = &score.rule.scales()[moved.scale];
    let group = scale.grouping.and_then(|grouping| cuts.groups[grouping].names().nth(moved.group));
    listed.add([
        text(Some(&format!("{}{}", score.name, scale.suffix))),
        jsonb(group),
        value(Some(moved.customers as i64)),
        value(Some(moved.moved as i64)),
        value(Some(moved.up as i64)),
        value(Some(moved.down as i64)),
        value(moved.psi),
        value(Some(version)),
    ]);
}

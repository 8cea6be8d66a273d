//! The levels of a model in SQL.

use super::build::now;
use super::call::{Answer, Call, sql_functions};
use super::datum;
use super::model::{load, under};
use super::publication;
use super::query::{connected, rows};
use super::registry;
use super::set::{Rows, jsonb, text, value};
use crate::error::Error;
use crate::model::listing::{Heads, Rung};
use crate::model::nature::Nature;
use crate::model::plan::Plan;
use crate::model::rule::OutputKind;
use crate::model::sql::quoted;
use crate::score::log_sum::{half_lives, value_of};
use crate::score::shown;
use pgrx::pg_sys::Datum;

sql_functions![levels];

pgrx::extension_sql_file!("../../sql/levels.sql", name = "levels", requires = ["model"]);

/// `levels(name)`
fn levels(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    let entry = registry::find(&name, false)?;
    let mut listed = Rows::of(call);
    under(entry.owner, &entry.timezone, || {
        let plan = &load(&entry)?;
        let mut cuts = publication::read(&name, plan, entry.cuts_version)?;
        let heads = count(plan, &entry.table.to_string(), &mut cuts)?;
        let now = now();
        for rung in plan.rungs(&cuts, &heads, now) {
            listed.add(row(plan, &rung, now, value(Some(entry.cuts_version))));
        }
        Ok(())
    })?;
    Ok(None)
}

/// Counts the customers of the score table on every level; groups that are new get a number.
fn count(plan: &Plan, table: &str, cuts: &mut crate::model::cuts::Cuts) -> Result<Heads, Error> {
    let mut heads = Heads::default();
    for (number, at, ladder, grouping) in plan.ladders() {
        let score = &plan.scores[number];
        let column = format!("{}{}", score.name, ladder.column);
        let group = match grouping {
            None => "NULL".into(),
            Some(grouping) => {
                let values = plan.groupings[grouping].iter();
                let texts = values.map(|slot| format!("{}::text", quoted(&plan.measures[*slot].name)));
                format!("jsonb_build_array({})", texts.collect::<Vec<_>>().join(", "))
            }
        };
        // A matrix has words in place of levels.
        let has_words = score
            .rule
            .columns()
            .iter()
            .any(|made| made.suffix == ladder.column && made.kind == OutputKind::Text);
        let column = quoted(&column);
        let sql = format!(
            "SELECT {group}, {column}, count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY 1, 2"
        );
        for row in connected(|| rows(&sql, &[]))? {
            let number_of =
                |at: usize| row[at].as_deref().and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
            let level = match has_words {
                true => ladder.level_called(row[1].as_deref()),
                false => number_of(1) as i32,
            };
            let group = match (grouping, row[0].as_deref()) {
                (Some(grouping), Some(name)) => cuts.groups[grouping].named(name),
                _ => 0,
            };
            *heads.entry((number, at, group, level)).or_default() += number_of(2) as u64;
        }
    }
    Ok(heads)
}

/// Gives a level as a row of `levels` and `preview`, which differ in the last column; bounds are as of a moment.
pub fn row(plan: &Plan, rung: &Rung, as_of: i64, last: Option<Datum>) -> [Option<Datum>; 10] {
    let bounds = rung.bounds;
    let show = |figure: Option<f64>| {
        let shown = figure.map(|figure| show(plan, rung.of.unwrap_or_default(), figure, as_of));
        text(shown.as_deref())
    };
    [
        text(Some(&rung.score)),
        jsonb(rung.group.as_deref()),
        value(Some(rung.level)),
        text(rung.label.as_deref()),
        show(bounds.and_then(|bounds| bounds.lower)),
        show(bounds.and_then(|bounds| bounds.upper)),
        text(bounds.map(|bounds| bounds.brackets()).as_deref()),
        value(Some(rung.customers as i64)),
        value(rung.share),
        last,
    ]
}

/// Shows a figure as a value of its measure: a moment in the zone, what decays as of a moment.
fn show(plan: &Plan, slot: usize, figure: f64, as_of: i64) -> String {
    let Some(measured) = plan.measures.get(slot) else { return shown(figure) };
    match (measured.half_life(), measured.column.nature) {
        (Some(half_life), _) => shown(value_of(figure, half_lives(as_of, half_life))),
        (None, Nature::Date | Nature::Timestamp | Nature::Moment) => datum::show_moment(figure),
        _ => shown(figure),
    }
}

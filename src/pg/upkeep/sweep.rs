//! The sweep after new cuts: whoever stands on another level under them is marked.
//!
//! A writer that was in flight when they were published may still score under the old ones. So the sweep is done again when
//! every transaction of then has ended; until it is, all customers count as marked.

use super::model::{Model, Ready};
use super::pause::{self, Point};
use super::touched::Keys;
use super::turn;
use crate::error::Error;
use crate::model::column::Holds;
use crate::model::sql;
use crate::pg::output::is_stored;
use crate::pg::query::{Argument, rows, run, stream, under_new_snapshot};
use crate::pg::registry;
use crate::pg::stored::Reader;
use crate::pg::zone::Zone;
use pgrx::pg_sys::{self, Datum};

/// How far a sweep has come.
struct State {
    /// Whether this very transaction has published, so that nobody sees the cuts yet.
    is_own: bool,
    /// The first transaction that had not begun to write after the publication.
    horizon: u64,
    /// Whether all before it have ended.
    is_last: bool,
    /// Whether the first sweep is done.
    is_begun: bool,
}

/// Does what a refresh has left, as far as it can be done now; tells whether it did anything.
pub fn sweep(model: &Model, ready: &Ready) -> Result<bool, Error> {
    let may_begin = |state: &State| !state.is_own && (!state.is_begun || state.is_last);
    if !state(model)?.is_some_and(|state| may_begin(&state)) || !turn::try_to_take(model.entry.id) {
        return Ok(false);
    }
    // Only now has whoever published told all others, so that nobody who begins later scores under the old cuts.
    let Some(state) = state(model)?.filter(may_begin) else { return Ok(false) };
    let marked = under_new_snapshot(|| moved(ready))?;
    if !marked.is_empty() {
        model.marks.add(&marked);
    }
    pause::at(Point::Swept);
    registry::as_keeper(|| match state.is_last {
        true => run(
            "UPDATE scoring.model SET swept_until = NULL, published_in = NULL WHERE id = $1",
            &[Argument::int(model.entry.id)],
        ),
        false => run(
            "UPDATE scoring.model SET swept_until = $2::text::pg_catalog.xid8 WHERE id = $1",
            &[Argument::int(model.entry.id), Argument::text(&state.horizon.to_string())],
        ),
    })?;
    super::model::changed(model.entry.table_oid);
    Ok(true)
}

/// Reads how far the sweep has come; none where none is to be done.
fn state(model: &Model) -> Result<Option<State>, Error> {
    let found = registry::as_keeper(|| {
        rows(
            "SELECT published_in = pg_catalog.pg_current_xact_id_if_assigned(), swept_until,
                    pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())
             FROM scoring.model
             WHERE id = $1 AND published_in IS NOT NULL AND cuts_version = $2",
            &[Argument::int(model.entry.id), Argument::int(model.entry.cuts_version)],
        )
    })?;
    let Some(row) = found.first() else { return Ok(None) };
    let number = |at: usize| row[at].as_deref().and_then(|text| text.parse::<u64>().ok());
    let oldest = number(2).unwrap_or_default();
    // The end of a snapshot would not do: it comes after the last transaction that has ended, and others before the next one
    // to begin may be running.
    // SAFETY: it only reads.
    let horizon = number(1).unwrap_or_else(|| unsafe { pg_sys::ReadNextFullTransactionId() }.value);
    Ok(Some(State {
        is_own: row[0].as_deref() == Some("t"),
        horizon,
        is_last: oldest >= horizon,
        is_begun: number(1).is_some(),
    }))
}

/// Finds whose stored scores are not those of their stored measures under the newest cuts.
fn moved(ready: &Ready) -> Result<Keys, Error> {
    let plan = &ready.plan;
    let columns = &ready.scores.columns;
    let statement = sql::table::select(plan, &ready.table);
    let mut moved = Keys::new(&ready.scores.key);
    let cuts = &mut *ready.cuts.borrow_mut();
    let watched = plan.watched();
    let mut reader = None;
    let mut figures = Vec::new();
    let mut outputs = Vec::new();
    stream(&statement, &[], &mut |row| {
        let reader = reader.get_or_insert_with(|| Reader::of(plan, row, 0));
        let mut stored = reader.read(row);
        reader.score(&mut stored, cuts, &mut figures)?;
        let tick = watched.next_tick(&stored.facts, &figures, cuts, stored.scored_at, &Zone);
        let due = [tick, stored.event_due_at].into_iter().flatten().min();
        let mut is_same = due == stored.due_at;
        for (at, column) in columns.iter().enumerate() {
            if let Holds::Score(number, part) = column.holds {
                if part == 0 {
                    outputs.clear();
                    plan.write_score(number, &figures, stored.scored_at, &mut outputs);
                }
                is_same &= outputs.get(part).is_some_and(|output| is_stored(output, row.datum(at)));
            }
        }
        if !is_same {
            let key: Vec<Datum> = (0..plan.key.len()).filter_map(|at| row.datum(at)).collect();
            moved.add_own(&key);
        }
        Ok(())
    })?;
    cuts.forget_groups(&ready.groups);
    Ok(moved)
}

//! The sweep after new cuts: whoever stands on another level under them is marked.
//!
//! A writer that was in flight when they were published may still score under the old ones. So the sweep is done again when
//! every transaction of then has ended; until it is, all customers count as marked.

use super::model::Model;
use super::pause::{self, Point};
use super::ready::Ready;
use super::touched::Keys;
use super::turn;
use crate::error::Error;
use crate::model::column::Holds;
use crate::model::sql;
use crate::pg::argument::Argument;
use crate::pg::output::is_stored;
use crate::pg::query::{rows, run, stream, under_new_snapshot};
use crate::pg::registry;
use crate::pg::stored::Reader;
use crate::pg::zone::Zone;
use pgrx::pg_sys::{self, Datum};

/// How far a sweep has come.
struct State {
    /// Whether this very transaction has published, so that nobody sees the cuts yet.
    is_own: bool,
    /// The next transaction there was at the first sweep; none before that. The end of a snapshot would be too early: it is
    /// the next after those that have ended, and transactions beyond may run.
    horizon: Option<u64>,
}

/// Does what a refresh has left, as far as it can be done now; tells whether it did anything.
pub fn sweep(model: &Model, ready: &Ready) -> Result<bool, Error> {
    if due(model)?.is_none() {
        return Ok(false);
    }
    pause::at(Point::Unswept);
    if !turn::try_to_take(model.entry.id) {
        return Ok(false);
    }
    // Whoever had the turn may have ended the sweep since, and others may have published anew.
    let Some(state) = due(model)? else { return Ok(false) };
    // Whoever published has told all others by now, or the turn could not be had. What a transaction begins to write from
    // here on is of the new cuts, so those that have an id now are all that must be waited for.
    // SAFETY: it only reads a counter.
    let horizon = state.horizon.unwrap_or_else(|| unsafe { pg_sys::ReadNextFullTransactionId() }.value);
    let is_last = oldest()? >= horizon;
    let marked = under_new_snapshot(|| moved(ready))?;
    if !marked.is_empty() {
        model.marks.add(&marked);
    }
    pause::at(Point::Swept);
    registry::as_keeper(|| match is_last {
        true => run(
            "UPDATE scoring.model SET swept_until = NULL, published_in = NULL WHERE id = $1",
            &[Argument::int(model.entry.id)],
        ),
        false => run(
            "UPDATE scoring.model SET swept_until = $2::text::pg_catalog.xid8 WHERE id = $1",
            &[Argument::int(model.entry.id), Argument::text(&horizon.to_string())],
        ),
    })?;
    super::changes::tell(model.entry.table_oid);
    Ok(true)
}

/// Reads how far the sweep has come; none where none is to be done now.
fn due(model: &Model) -> Result<Option<State>, Error> {
    let Some(state) = state(model)? else { return Ok(None) };
    let is_waiting = match state.horizon {
        Some(horizon) => oldest()? < horizon,
        None => false,
    };
    Ok(Some(state).filter(|state| !state.is_own && !is_waiting))
}

/// Reads how far the sweep has come; none where none is to be done.
fn state(model: &Model) -> Result<Option<State>, Error> {
    let found = registry::as_keeper(|| {
        rows(
            "SELECT published_in = pg_catalog.pg_current_xact_id_if_assigned(), swept_until
             FROM scoring.model
             WHERE id = $1 AND published_in IS NOT NULL AND cuts_version = $2",
            &[Argument::int(model.entry.id), Argument::int(model.entry.cuts_version)],
        )
    })?;
    let Some(row) = found.first() else { return Ok(None) };
    let horizon = row[1].as_deref().and_then(|text| text.parse().ok());
    Ok(Some(State { is_own: row[0].as_deref() == Some("t"), horizon }))
}

/// Reads the oldest transaction that is running now.
fn oldest() -> Result<u64, Error> {
    let sql = "SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())";
    let found = under_new_snapshot(|| rows(sql, &[]))?;
    let oldest = found.first().and_then(|row| row[0].as_deref()?.parse().ok());
    Ok(oldest.unwrap_or_default())
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

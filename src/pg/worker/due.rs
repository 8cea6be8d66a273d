//! Which models there are to keep, and which of them are to be refreshed.

use crate::error::Error;
use crate::model::sql::{marks, table};
use crate::pg::argument::Argument;
use crate::pg::model::under;
use crate::pg::query::{connected, rows, value};
use crate::pg::registry::{self, Entry, as_keeper};
use crate::pg::upkeep::{self, turn};
use pgrx::pg_sys::{self, Oid};

/// A model, as its upkeep sees it.
pub struct Model {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: i32,
    /// Its owner.
    pub owner: Oid,
    /// Its score table.
    pub table: Oid,
    /// Whether nobody of it is scored yet.
    pub is_to_build: bool,
    /// Whether its cuts are older than it wants.
    pub is_due: bool,
    /// Whether a refresh has left something to sweep.
    pub is_to_sweep: bool,
    /// Whether so few customers were scored last that new ones soon double them.
    pub is_young: bool,
    /// Whether its writers leave marks that can be worked off.
    pub is_watched: bool,
    /// What its upkeep failed with last.
    pub last_error: Option<String>,
    /// Whether it is too early to try that again.
    pub is_resting: bool,
}

/// As many customers at the last refresh make a population grown up, whose cuts a few new ones no longer change.
const GROWN_UP: i64 = 10_000;

/// Whether the cuts of a model are older than its document wants; not before the sweep of the last refresh has ended, so
/// that there is an end to it.
const IS_DUE: &str = "CASE WHEN cuts_version = 0 THEN true
     WHEN published_in IS NOT NULL OR definition ->> 'refresh_every' = 'never' THEN false
     ELSE refreshed_at + coalesce(definition ->> 'refresh_every', '1 day')::interval <= clock_timestamp() END";

/// Tells the version of the extension; none where this database does not have it.
pub fn version() -> Result<Option<String>, Error> {
    connected(|| value("SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'pg_scoring'", &[]))
}

/// Lists the models, in the order in which they were made.
pub fn list() -> Result<Vec<Model>, Error> {
    let sql = format!(
        "SELECT name, id, owner::oid, table_oid, last_error, cuts_version = 0, {IS_DUE}, published_in IS NOT NULL,
                customers < {GROWN_UP} AND definition ->> 'mode' IS DISTINCT FROM 'batch',
                NOT is_broken AND definition ->> 'mode' IS DISTINCT FROM 'batch', retry_at > clock_timestamp()
         FROM scoring.model ORDER BY id"
    );
    let listed = as_keeper(|| rows(&sql, &[]))?;
    Ok(listed.into_iter().map(read).collect())
}

/// Reads a row of the list.
fn read(row: Vec<Option<String>>) -> Model {
    let mut columns = row.into_iter();
    let mut next = || columns.next().flatten();
    let (name, id, owner, table, last_error) = (next(), next(), next(), next(), next());
    let oid = |text: Option<String>| {
        text.and_then(|oid| oid.parse().ok()).map_or(Oid::INVALID, |oid: u32| oid.into())
    };
    let mut is = || columns.next().flatten().as_deref() == Some("t");
    Model {
        name: name.unwrap_or_default(),
        id: id.and_then(|id| id.parse().ok()).unwrap_or_default(),
        owner: oid(owner),
        table: oid(table),
        last_error,
        is_to_build: is(),
        is_due: is(),
        is_to_sweep: is(),
        is_young: is(),
        is_watched: is(),
        is_resting: is(),
    }
}

/// Tells whether any model is to be built, refreshed or swept; in a writer's transaction, so it waits for nobody.
pub fn is_any() -> Result<bool, Error> {
    // SAFETY: the names end with a zero; nothing is looked up under a name that is not there.
    let is_readable = unsafe {
        let schema = pg_sys::get_namespace_oid(c"scoring".as_ptr(), true);
        let table = pg_sys::get_relname_relid(c"model".as_ptr(), schema);
        table != Oid::INVALID && pg_sys::ConditionalLockRelationOid(table, pg_sys::AccessShareLock as i32)
    };
    if !is_readable {
        return Ok(false);
    }
    let sql = format!(
        "SELECT FROM scoring.model
         WHERE (retry_at > clock_timestamp()) IS NOT TRUE AND (published_in IS NOT NULL OR {IS_DUE}) LIMIT 1"
    );
    Ok(!as_keeper(|| rows(&sql, &[]))?.is_empty())
}

/// Tells whether rows of a model are due; in a writer's transaction, so it waits for nobody.
pub fn has_due_rows(model: &upkeep::model::Model) -> Result<bool, Error> {
    let Some(ready) = model.live().filter(|ready| table::has_due_rows(&ready.plan) && ready.lock_scores())
    else {
        return Ok(false);
    };
    let sql =
        format!("SELECT EXISTS (SELECT FROM {} WHERE due_at <= (SELECT clock_timestamp()))", ready.table);
    let entry = &model.entry;
    Ok(under(entry.owner, &entry.timezone, || value(&sql, &[]))?.as_deref() == Some("t"))
}

/// Tells whether customers of a model are still marked: somebody else has them locked.
pub fn has_marks(model: &Model) -> Result<bool, Error> {
    if !model.is_watched {
        return Ok(false);
    }
    let entry = registry::find(&model.name, false)?;
    let sql = format!("SELECT EXISTS (SELECT FROM {})", marks::name(&entry.table));
    Ok(under(entry.owner, &entry.timezone, || value(&sql, &[]))?.as_deref() == Some("t"))
}

/// Takes the turn for a model that is to be refreshed, and gives it; none where it is not, or somebody else has the turn
/// and `waits` is false.
///
/// A young population is to be refreshed, too, when it has doubled: its first cuts were made of a handful.
pub fn claim(model: &Model, looks_at_growth: bool, waits: bool) -> Result<Option<Entry>, Error> {
    let is_grown = || match looks_at_growth && model.is_young {
        true => has_doubled(&registry::find(&model.name, false)?),
        false => Ok(false),
    };
    if !model.is_due && !is_grown()? {
        return Ok(None);
    }
    match waits {
        true => turn::take(model.id),
        false if !turn::try_to_take(model.id) => return Ok(None),
        false => {}
    }
    // Somebody may have refreshed it since it was listed.
    let sql = format!("SELECT {IS_DUE} FROM scoring.model WHERE id = $1");
    let is_due = as_keeper(|| value(&sql, &[Argument::int(model.id)]))?.as_deref() == Some("t");
    match is_due || is_grown()? {
        true => registry::find(&model.name, true).map(Some),
        false => Ok(None),
    }
}

/// Tells whether the score table has twice as many rows as there were customers at the last refresh.
fn has_doubled(entry: &Entry) -> Result<bool, Error> {
    let then = as_keeper(|| {
        value(
            "SELECT customers FROM scoring.model
             WHERE name = $1 AND published_in IS NULL AND to_regclass(score_table) IS NOT NULL",
            &[Argument::text(&entry.name)],
        )
    })?;
    let Some(then) = then.and_then(|count| count.parse::<i64>().ok()) else { return Ok(false) };
    let enough = (2 * then).max(1);
    let sql = format!("SELECT count(*) FROM (SELECT FROM {} LIMIT $1) AS counted", entry.table);
    let count = under(entry.owner, &entry.timezone, || value(&sql, &[Argument::bigint(enough)]))?;
    Ok(then < GROWN_UP && count.and_then(|count| count.parse().ok()) == Some(enough))
}

//! The registry: what the tables of the extension keep of each model, read and written in the name of their owner.

use super::argument::Argument;
use super::query::{connected, rows, run, stream, value};
use super::raise::written;
use super::settings::{as_role, caller};
use super::upkeep::turn;
use crate::error::{Error, Fault};
use crate::model::place::quoted;
use crate::model::sql::name::Name;
use pgrx::pg_sys::{self, Oid};

/// A model as the registry has it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: Oid,
    /// Its document.
    pub definition: String,
    /// Its zone.
    pub timezone: String,
    /// Its score table.
    pub table: Name,
    /// Its scored view.
    pub view: Name,
    /// The version of its newest cuts; 0 where there are none.
    pub cuts_version: i32,
    /// Its number, which its triggers carry; 0 before it is entered.
    pub id: i32,
    /// The score table that it has made or taken over.
    pub table_oid: Oid,
    /// The tables that its triggers are on.
    pub relations: Vec<Oid>,
    /// Whether writers only mark, because its upkeep fails.
    pub is_broken: bool,
}

/// The most bytes of a model's name.
const MOST_BYTES: usize = 63;

/// Checks the name of a model.
pub fn check_name(name: Option<String>) -> Result<String, Error> {
    let name = name.ok_or_else(|| Error::null("name"))?;
    if name.trim().is_empty() {
        return Err(Error::invalid("the name of a model must not be empty")
            .hint("Name it, as \"shop\"; the name is what its functions ask for."));
    }
    match name.len() > MOST_BYTES {
        false => Ok(name),
        true => {
            let message = format!("the model's name {} has {} bytes", quoted(&name), name.len());
            Err(Error::new(Fault::NameTooLong, message).hint(format!("{MOST_BYTES} bytes are the most.")))
        }
    }
}

/// Does some work in the name of the owner of the registry.
pub fn as_keeper<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    as_role(keeper()?, || connected(work))
}

/// Finds the owner of the registry.
fn keeper() -> Result<Oid, Error> {
    let found = connected(|| {
        rows(
            "SELECT c.relowner FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = 'scoring' AND c.relname = 'model'",
            &[],
        )
    })?;
    let owner = found.first().and_then(|row| row[0].as_deref()?.parse::<u32>().ok());
    owner.map(Oid::from).ok_or_else(|| Error::new(Fault::WrongState, "the registry of models is missing"))
}

/// The columns of an entry.
const COLUMNS: &str = "name, owner::pg_catalog.oid, definition, timezone, score_table, scored_view, cuts_version, id, table_oid,
    pg_catalog.array_to_json(relations), is_broken";

/// Finds a model of the caller's; with `locks`, nobody else may change, refresh or sweep it until the transaction ends.
pub fn find(name: &str, locks: bool) -> Result<Entry, Error> {
    let found = read(name, "")?;
    match locks {
        false => Ok(found),
        true => {
            turn::take(found.id);
            read(name, "FOR UPDATE")
        }
    }
}

/// Reads the entry of a model of the caller's.
fn read(name: &str, lock: &str) -> Result<Entry, Error> {
    let sql = format!("SELECT {COLUMNS} FROM scoring.model WHERE name = $1 {lock}");
    let found = as_keeper(|| rows(&sql, &[Argument::text(name)]))?;
    let Some(row) = found.into_iter().next() else { return Err(unknown(name)) };
    let entry = entry(row)?;
    check_owner(name, entry.owner)?;
    Ok(entry)
}

/// Finds the model that a trigger carries the number of, whoever it belongs to; none where there is none.
pub fn numbered(id: i32) -> Result<Option<Entry>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM scoring.model WHERE id = $1");
    let found = as_keeper(|| rows(&sql, &[Argument::int(id)]))?;
    found.into_iter().next().map(entry).transpose()
}

/// Reads a row of the columns of an entry.
fn entry(row: Vec<Option<String>>) -> Result<Entry, Error> {
    let mut texts = row.into_iter().map(Option::unwrap_or_default);
    let mut next = || texts.next().unwrap_or_default();
    let oid = |text: String| text.parse::<u32>().map_or(Oid::INVALID, Oid::from);
    let place = crate::model::place::Place::root();
    Ok(Entry {
        name: next(),
        owner: oid(next()),
        definition: next(),
        timezone: next(),
        table: Name::read(&next(), &place)?,
        view: Name::read(&next(), &place)?,
        cuts_version: next().parse().unwrap_or_default(),
        id: next().parse().unwrap_or_default(),
        table_oid: oid(next()),
        relations: oids(&next()),
        is_broken: next() == "t",
    })
}

/// Reads a JSON array of oids.
fn oids(json: &str) -> Vec<Oid> {
    let numbers: Vec<serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    let number = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.parse::<u32>().ok(),
        value => value.as_u64().and_then(|number| number.try_into().ok()),
    };
    numbers.iter().filter_map(number).map(Oid::from).collect()
}

/// Refuses a caller who is not a member of the owner's role.
fn check_owner(name: &str, owner: Oid) -> Result<(), Error> {
    // SAFETY: both are oids of roles.
    match unsafe { pg_sys::has_privs_of_role(caller(), owner) } {
        true => Ok(()),
        false => Err(Error::new(Fault::NotAllowed, format!("must be owner of model {}", quoted(name)))
            .hint(format!("It belongs to {}; the members of that role may work on it.", role_name(owner)))),
    }
}

/// Names a role, as messages do.
fn role_name(role: Oid) -> String {
    // SAFETY: the name ends with a zero; it is null where the role is gone.
    let name = unsafe { pg_sys::GetUserNameFromId(role, true) };
    if name.is_null() {
        return "a role that is gone".into();
    }
    // SAFETY: as above.
    format!("role {}", quoted(&unsafe { super::catalog::read(name) }))
}

/// Says that there is no such model, and which was meant among the caller's.
fn unknown(name: &str) -> Error {
    let models =
        connected(|| rows("SELECT model FROM scoring.status ORDER BY model", &[])).unwrap_or_default();
    let models: Vec<String> = models.into_iter().flatten().flatten().collect();
    let hint = match models.is_empty() {
        true => "You have none; SELECT scoring.create_model('shop', '{…}') makes one.".into(),
        false => crate::model::near::hint(name, "Your models are", models.iter().map(String::as_str)),
    };
    Error::new(Fault::NoObject, format!("model {} does not exist", quoted(name))).hint(hint)
}

/// Refuses a name that a model has already.
pub fn check_free(name: &str) -> Result<(), Error> {
    let found = as_keeper(|| rows("SELECT FROM scoring.model WHERE name = $1", &[Argument::text(name)]))?;
    match found.is_empty() {
        true => Ok(()),
        false => Err(taken(name)),
    }
}

/// Says that a model of that name exists.
fn taken(name: &str) -> Error {
    Error::new(Fault::ObjectExists, format!("model {} already exists", quoted(name)))
        .hint("Choose another name, or give it another document with scoring.replace_model.")
}

/// Enters a new model, and gives it its number.
pub fn enter(entry: &mut Entry) -> Result<(), Error> {
    let id = as_keeper(|| {
        value(
            "INSERT INTO scoring.model (name, owner, definition, timezone, score_table, scored_view)
             VALUES ($1, $2::pg_catalog.regrole, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id",
            &entry.arguments(),
        )
    })?;
    let id = id.and_then(|id| id.parse().ok()).ok_or_else(|| taken(&entry.name))?;
    entry.id = id;
    Ok(())
}

/// Keeps which score table a model has, and which tables its triggers are on.
pub fn settle(entry: &Entry) -> Result<(), Error> {
    as_keeper(|| {
        run(
            // What transactions a sweep waits for, only the cluster that it began in knows; it begins again.
            "UPDATE scoring.model SET table_oid = $2, relations = $3, swept_until = NULL,
                    published_in = CASE WHEN published_in IS NOT NULL THEN pg_catalog.pg_current_xact_id() END
             WHERE id = $1",
            &[Argument::int(entry.id), Argument::oid(entry.table_oid), Argument::oids(&entry.relations)],
        )
    })
    .map(drop)
}

/// Gives a model another document, zone and names.
pub fn change(entry: &Entry) -> Result<(), Error> {
    as_keeper(|| {
        run(
            "UPDATE scoring.model SET owner = $2::pg_catalog.regrole, definition = $3, timezone = $4, score_table = $5,
                    scored_view = $6, changed_at = pg_catalog.now()
             WHERE name = $1",
            &entry.arguments(),
        )
    })
    .map(drop)
}

/// Forgets a model and its cuts.
pub fn forget(name: &str) -> Result<(), Error> {
    as_keeper(|| {
        run("DELETE FROM scoring.published_cuts WHERE model = $1", &[Argument::text(name)])?;
        run("DELETE FROM scoring.model WHERE name = $1", &[Argument::text(name)]).map(drop)
    })
}

impl Entry {
    /// Makes the entry of a model that is not entered yet.
    pub fn new(
        name: String,
        owner: Oid,
        definition: String,
        timezone: String,
        table: Name,
        view: Name,
    ) -> Self {
        let (cuts_version, id, table_oid, relations) = (0, 0, Oid::INVALID, Vec::new());
        let is_broken = false;
        Self {
            name,
            owner,
            definition,
            timezone,
            table,
            view,
            cuts_version,
            id,
            table_oid,
            relations,
            is_broken,
        }
    }

    /// Gives the columns that the author decides.
    fn arguments(&self) -> [Argument; 6] {
        [
            Argument::text(&self.name),
            Argument::oid(self.owner),
            Argument::json(&self.definition),
            Argument::text(&self.timezone),
            Argument::text(&self.table.to_string()),
            Argument::text(&self.view.to_string()),
        ]
    }
}

/// Keeps what the upkeep of a model has failed with, and makes its writers only mark; nothing else may be written with it.
pub fn break_down(id: i32, error: &Error) -> Result<(), Error> {
    as_keeper(|| {
        run(
            "UPDATE scoring.model SET is_broken = true, last_error = $2, failed_at = pg_catalog.clock_timestamp(),
                    failures = failures + 1 WHERE id = $1",
            &[Argument::int(id), Argument::text(&written(error))],
        )
    })
    .map(drop)
}

/// Forgets that the upkeep of a model has failed.
pub fn mend(id: i32) -> Result<(), Error> {
    as_keeper(|| {
        run(
            "UPDATE scoring.model SET is_broken = false, last_error = NULL, failed_at = NULL, failures = 0, retry_at = NULL
             WHERE id = $1 AND (is_broken OR last_error IS NOT NULL)",
            &[Argument::int(id)],
        )
    })
    .map(drop)
}

/// What a model stands on.
pub struct Standing {
    /// The version of its newest cuts.
    pub cuts_version: i32,
    /// Whether the sweep after them is not done.
    pub is_unswept: bool,
}

/// Reads what a model stands on, as the active snapshot sees it.
pub fn standing(id: i32) -> Result<Standing, Error> {
    let mut standing = Standing { cuts_version: 0, is_unswept: false };
    let sql = "SELECT cuts_version, published_in IS NOT NULL FROM scoring.model WHERE id = $1";
    as_keeper(|| {
        stream(sql, &[Argument::int(id)], &mut |row| {
            standing.cuts_version = row.datum(0).map_or(0, |version| version.value() as i32);
            standing.is_unswept = row.datum(1).is_some_and(|is_unswept| is_unswept.value() as u8 != 0);
            Ok(())
        })
    })?;
    Ok(standing)
}

/// What a refresh found, for `scoring.status`.
pub struct Report {
    /// What it is as of.
    pub as_of: i64,
    /// The version of the cuts that it published.
    pub version: i32,
    /// How many customers it scored.
    pub customers: usize,
    /// What is worth saying of the levels.
    pub notices: Vec<String>,
    /// Rows that were no events, as JSON; none where nobody has looked.
    pub not_events: Option<String>,
    /// Groups without cuts, as JSON.
    pub no_cuts: String,
    /// Whether rows are still to be swept up.
    pub is_unswept: bool,
}

/// Keeps what a refresh found.
pub fn report(name: &str, report: &Report) -> Result<(), Error> {
    let notices = Argument::texts(report.notices.iter().map(String::as_str));
    as_keeper(|| {
        run(
            "UPDATE scoring.model SET refreshed_at = $2, cuts_version = $3, customers = $4, notices = $5,
                    not_events = coalesce($6, not_events), no_cuts = $7, swept_until = NULL,
                    published_in = CASE WHEN $8 THEN pg_catalog.pg_current_xact_id() END
             WHERE name = $1",
            &[
                Argument::text(name),
                Argument::moment(report.as_of),
                Argument::int(report.version),
                Argument::bigint(report.customers as i64),
                notices,
                report
                    .not_events
                    .as_ref()
                    .map_or_else(|| Argument::null(pg_sys::JSONBOID), |json| Argument::jsonb(json)),
                Argument::jsonb(&report.no_cuts),
                Argument::new(report.is_unswept, pg_sys::BOOLOID),
            ],
        )
    })
    .map(drop)
}

/// A row of published cuts.
pub struct Published {
    /// The score, of an rfm with the part.
    pub score: String,
    /// The group, as a JSON array; none where the score has no groups.
    pub group: Option<String>,
    /// The cuts; none where there are none.
    pub figures: Option<Vec<f64>>,
    /// The heads on each level.
    pub heads: Vec<i64>,
    /// Why there are none.
    pub reason: Option<String>,
    /// The half-life of the figure in microseconds, where it decays.
    pub half_life: Option<i64>,
}

/// Publishes cuts.
pub fn publish(name: &str, version: i32, as_of: i64, cuts: &[Published]) -> Result<(), Error> {
    as_keeper(|| {
        for cut in cuts {
            let optional = |text: Option<&str>, kind, make: fn(&str) -> Argument| match text {
                Some(text) => make(text),
                None => Argument::null(kind),
            };
            run(
                "INSERT INTO scoring.published_cuts
                 (model, version, published_at, score, group_value, figures, heads, reason, half_life)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9 * interval '1 microsecond')",
                &[
                    Argument::text(name),
                    Argument::int(version),
                    Argument::moment(as_of),
                    Argument::text(&cut.score),
                    optional(cut.group.as_deref(), pg_sys::JSONBOID, Argument::jsonb),
                    cut.figures.as_ref().map_or_else(
                        || Argument::null(pg_sys::FLOAT8ARRAYOID),
                        |figures| Argument::floats(figures),
                    ),
                    Argument::bigints(&cut.heads),
                    optional(cut.reason.as_deref(), pg_sys::TEXTOID, Argument::text),
                    cut.half_life.map_or_else(|| Argument::null(pg_sys::INT8OID), Argument::bigint),
                ],
            )?;
        }
        Ok(())
    })
}

/// Reads the cuts of a version, as rows of score, group, figures, heads and reason.
pub fn published(name: &str, version: i32) -> Result<Vec<Vec<Option<String>>>, Error> {
    as_keeper(|| {
        rows(
            "SELECT score, group_value, pg_catalog.array_to_json(figures::text[]), pg_catalog.array_to_json(heads), reason
             FROM scoring.published_cuts WHERE model = $1 AND version = $2",
            &[Argument::text(name), Argument::int(version)],
        )
    })
}

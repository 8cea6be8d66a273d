//! The registry: what the tables of the extension keep of each model, read and written in the name of their owner.

use super::query::{Argument, connected, rows, run};
use super::settings::{as_role, caller};
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

/// Finds a model of the caller's; with `locks`, nobody else may change or refresh it until the transaction ends.
pub fn find(name: &str, locks: bool) -> Result<Entry, Error> {
    let lock = if locks { "FOR UPDATE" } else { "" };
    let found = as_keeper(|| {
        let sql = format!(
            "SELECT owner::pg_catalog.oid, definition, timezone, score_table, scored_view, cuts_version FROM scoring.model
             WHERE name = $1 {lock}"
        );
        rows(&sql, &[Argument::text(name)])
    })?;
    let Some(row) = found.into_iter().next() else { return Err(unknown(name)) };
    let mut texts = row.into_iter().map(Option::unwrap_or_default);
    let mut next = || texts.next().unwrap_or_default();
    let owner = next().parse::<u32>().map_or(Oid::INVALID, Oid::from);
    check_owner(name, owner)?;
    let (definition, timezone) = (next(), next());
    let place = crate::model::place::Place::root();
    Ok(Entry {
        name: name.into(),
        owner,
        definition,
        timezone,
        table: Name::read(&next(), &place)?,
        view: Name::read(&next(), &place)?,
        cuts_version: next().parse().unwrap_or_default(),
    })
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

/// Enters a new model.
pub fn enter(entry: &Entry) -> Result<(), Error> {
    let done = as_keeper(|| {
        run(
            "INSERT INTO scoring.model (name, owner, definition, timezone, score_table, scored_view)
             VALUES ($1, $2::pg_catalog.regrole, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            &entry.arguments(),
        )
    })?;
    if done == 0 { Err(taken(&entry.name)) } else { Ok(()) }
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
    /// Rows that were no events, as JSON.
    pub not_events: String,
    /// Groups without cuts, as JSON.
    pub no_cuts: String,
}

/// Keeps what a refresh found.
pub fn report(name: &str, report: &Report) -> Result<(), Error> {
    let notices = Argument::texts(report.notices.iter().map(String::as_str));
    as_keeper(|| {
        run(
            "UPDATE scoring.model SET refreshed_at = $2, cuts_version = $3, customers = $4, notices = $5, not_events = $6,
                    no_cuts = $7
             WHERE name = $1",
            &[
                Argument::text(name),
                Argument::moment(report.as_of),
                Argument::int(report.version),
                Argument::bigint(report.customers as i64),
                notices,
                Argument::jsonb(&report.not_events),
                Argument::jsonb(&report.no_cuts),
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

//! Models in SQL: made, refreshed, previewed, dropped.

use super::argument::Argument;
use super::build::{Built, build, check_isolation, tell};
use super::call::{Answer, Call, sql_functions};
use super::expression::located;
use super::fold::Skipped;
use super::levels;
use super::publication;
use super::query::{caught, connected, rows, run};
use super::registry::{self, Entry, Report};
use super::resolve::{Resolved, resolve};
use super::set::{Rows, text};
use super::settings::{self, Setting};
use super::stopwatch::Stopwatch;
use super::text::to_datum;
use super::upkeep::changes;
use super::upkeep::install;
use super::upkeep::tables::oid_of;
use super::{table, target, worker};
use crate::error::{Error, Fault};
use crate::model::cuts::Cuts;
use crate::model::document::{Document, Mode};
use crate::model::listing::{Heads, Rung};
use crate::model::place::{Place, quoted};
use crate::model::plan::Plan;
use crate::model::population::{Moves, Population};
use crate::model::sql;
use crate::model::sql::name::Name;
use pgrx::PgSqlErrorCode;
use pgrx::pg_sys::Oid;

sql_functions![create_model, drop_model, preview, model_schema, template];

pgrx::extension_sql_file!("../../sql/model.sql", name = "model");

/// Does the work of a model: in its owner's name, under its settings.
pub fn under<T>(owner: Oid, timezone: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    settings::under(&Setting { role: owner, timezone }, || connected(work))
}

/// Makes the document of an entry ready, whose score table is as its model made it; to be called under its settings.
pub fn load(entry: &Entry) -> Result<Plan, Error> {
    let plan = resolve(Document::read(&entry.definition)?, &entry.timezone)?.plan;
    target::check(&entry.table, &plan.columns())?;
    Ok(plan)
}

/// Reads a document, and the zone that it is in.
pub fn read_definition(
    call: &Call,
    at: usize,
    usual_zone: &str,
) -> Result<(String, Document, String), Error> {
    let text = call.text(at).ok_or_else(|| Error::null("definition"))?;
    let document = Document::read(&text)?;
    let timezone = document.timezone.as_ref().map_or(usual_zone.into(), ToString::to_string);
    settings::check_timezone(&timezone).map_err(|error| located(error, &Place::root().key("timezone")))?;
    Ok((text, document, timezone))
}

/// `create_model(name, definition, build)`
fn create_model(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    let is_now = match call.text(2).as_deref() {
        Some("now") => true,
        Some("later") => false,
        None => return Err(Error::null("build")),
        Some(other) => {
            let message = format!("build must be \"now\" or \"later\", got {}", quoted(other));
            return Err(Error::invalid(message).hint("Leave it out to build now."));
        }
    };
    check_isolation("create_model")?;
    let (definition, document, timezone) = read_definition(call, 1, &settings::session_timezone())?;
    registry::check_free(&name)?;
    let owner = settings::caller();
    under(owner, &timezone, || {
        let Resolved { plan, table, view } = resolve(document, &timezone)?;
        check_target(&table, "into")?;
        check_target(&view, "view")?;
        install::check_inheritance(&plan.document)?;
        let mut entry = Entry::new(name, owner, definition, timezone.clone(), table, view);
        registry::enter(&mut entry)?;
        for statement in sql::table::create(&plan, &entry.table) {
            run(&statement, &[])?;
        }
        watch(&mut entry, &plan, false)?;
        if is_now {
            if plan.document.mode != Mode::Batch {
                pgrx::notice!(
                    "model \"{}\": writers to its tables wait until this transaction ends",
                    entry.name
                );
            }
            let built = build(&plan, None, false)?;
            keep(&entry, &built, &[])?;
        } else {
            worker::wake();
        }
        let statements = sql::table::index(&plan, &entry.table)
            .into_iter()
            .chain([sql::view::create(&plan, &entry.view, &entry.table)])
            .chain(sql::table::comments(&plan, &entry.table))
            .chain(sql::view::comments(&plan, &entry.view));
        for statement in statements {
            run(&statement, &[])?;
        }
        if plan.document.mode == Mode::Live {
            install::tell_of_slow(&entry.name, &plan)?;
        }
        Ok(())
    })?;
    Ok(None)
}

/// Makes the marks of a model, puts its triggers on its tables, and keeps what it stands on.
pub fn watch(entry: &mut Entry, plan: &Plan, has_marks: bool) -> Result<(), Error> {
    let marks = sql::marks::name(&entry.table);
    if plan.document.mode != Mode::Batch && !has_marks {
        check_target(&marks, "into")?;
        for statement in sql::marks::create(plan, &entry.table) {
            run(&statement, &[])?;
        }
    }
    entry.relations = install::attach(entry, &plan.document)?;
    entry.table_oid = oid_of(&entry.table).unwrap_or(Oid::INVALID);
    registry::settle(entry)
}

/// Refuses the name of a score table or a view, as the document gives it under a key, that cannot be made.
pub fn check_target(name: &Name, key: &str) -> Result<(), Error> {
    let place = Place::root().key(key);
    if matches!(&*name.schema, "pg_temp" | "pg_catalog" | "information_schema" | "pg_toast" | "scoring") {
        let complaint = format!("schema {} cannot hold it", quoted(&name.schema));
        return Err(place.complain(complaint).because(Fault::NotAllowed).hint("Name a schema of your own."));
    }
    let found = rows(
        "SELECT has_schema_privilege(n.oid, 'CREATE'),
                EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = n.oid AND c.relname = $2)
                OR EXISTS (SELECT FROM pg_type AS t WHERE t.typnamespace = n.oid AND t.typname = $2)
         FROM pg_namespace AS n WHERE n.nspname = $1",
        &[Argument::text(&name.schema), Argument::text(&name.table)],
    )?;
    let flags: Vec<bool> = found.iter().flatten().map(|flag| flag.as_deref() == Some("t")).collect();
    let (fault, complaint, hint) = match flags[..] {
        [true, false] => return Ok(()),
        [_, true] => (
            Fault::TableExists,
            format!("{} already exists", name.shown()),
            format!("Name another one with \"{key}\", drop what is there, or use scoring.replace_model."),
        ),
        [false, _] => (
            Fault::NotAllowed,
            format!("permission denied for schema {}", quoted(&name.schema)),
            "Use GRANT CREATE ON SCHEMA, or name another schema.".into(),
        ),
        _ => (
            Fault::NoSchema,
            format!("schema {} does not exist", quoted(&name.schema)),
            "Create the schema, or name another one.".into(),
        ),
    };
    Err(place.complain(complaint).because(fault).hint(hint))
}

/// Writes everybody of a build, publishes its cuts, and keeps what is worth saying of it.
pub fn keep(entry: &Entry, built: &Built, moves: &[Moves]) -> Result<(), Error> {
    let started = Stopwatch::start();
    let written = table::write(built, &entry.table, 0..built.derived.len())?;
    tell(&format!("wrote {written} rows in {started}"));
    let started = Stopwatch::start();
    let version = entry.cuts_version + 1;
    publication::publish(&entry.name, built.plan, &built.cuts, version, built.as_of)?;
    let rungs = rungs(built.plan, &built.population, &built.cuts, built.as_of);
    let notices = built.plan.notices(&rungs);
    notices.iter().for_each(|notice| notify(&entry.name, notice));
    registry::report(
        &entry.name,
        &Report {
            as_of: built.as_of,
            version,
            customers: built.derived.len(),
            notices,
            not_events: Some(Skipped::json(built.derived.skipped(), built.plan)),
            no_cuts: publication::missing(built.plan, &built.cuts),
            is_unswept: false,
        },
    )?;
    changes::tell(entry.table_oid);
    let moved: u64 = moves.iter().map(|moves| moves.moved).sum();
    tell(&format!("published cuts {version}, which move {moved} levels, in {started}"));
    Ok(())
}

/// Says something of a model that its author should know.
pub fn notify(model: &str, notice: &str) {
    pgrx::notice!("model \"{model}\": {notice}");
}

/// Lists the levels of a population.
pub fn rungs(plan: &Plan, population: &Population, cuts: &Cuts, as_of: i64) -> Vec<Rung> {
    let ladders = plan.ladders();
    let mut heads = Heads::default();
    for row in population.rows() {
        plan.count_heads(&ladders, row, &mut heads);
    }
    plan.rungs(cuts, &heads, as_of)
}

/// `preview(definition)`
fn preview(call: &Call) -> Answer {
    let (_, document, timezone) = read_definition(call, 0, &settings::session_timezone())?;
    let mut listed = Rows::of(call);
    under(settings::caller(), &timezone, || {
        let plan = resolve(document, &timezone)?.plan;
        let built = build(&plan, None, false)?;
        let rungs = rungs(&plan, &built.population, &built.cuts, built.as_of);
        for rung in &rungs {
            let notices = plan.notices(std::slice::from_ref(rung));
            let notice = text(notices.first().map(String::as_str));
            listed.add(levels::row(&plan, rung, built.as_of, notice));
        }
        plan.notices(&rungs).iter().for_each(|notice| pgrx::notice!("{notice}"));
        Ok(())
    })?;
    Ok(None)
}

/// `drop_model(name)`
fn drop_model(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    let entry = registry::find(&name, true)?;
    under(entry.owner, &entry.timezone, || {
        install::detach(entry.id, &[])?;
        drop_relation("VIEW", &entry.view)?;
        drop_relation("TABLE", &entry.table)?;
        let marks = sql::marks::name(&entry.table);
        if oid_of(&marks).is_some() {
            drop_relation("TABLE", &marks)?;
        }
        registry::forget(&name)
    })?;
    Ok(None)
}

/// Drops the view or the score table, if it is still there.
fn drop_relation(kind: &str, name: &sql::name::Name) -> Result<(), Error> {
    let dropped = caught(|| run(&format!("DROP {kind} IF EXISTS {name}"), &[]));
    let is_needed = |error: &Error| {
        error.fault() == Fault::Server(PgSqlErrorCode::ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST as i32)
    };
    dropped.map(drop).map_err(|error| match is_needed(&error) {
        true => error.hint("Drop the dependent objects first, then the model."),
        false => error,
    })
}

/// `model_schema()`
fn model_schema(_: &Call) -> Answer {
    Ok(Some(to_datum(&format!("{:#}", crate::model::schema::schema()))))
}

/// The templates, by name.
const TEMPLATES: [(&str, &str); 12] = [
    ("rfm_abc", include_str!("../../sql/templates/rfm_abc.json")),
    ("rfm_abc_fr", include_str!("../../sql/templates/rfm_abc_fr.json")),
    ("marketing_pressure", include_str!("../../sql/templates/marketing_pressure.json")),
    ("marketing_pressure_fr", include_str!("../../sql/templates/marketing_pressure_fr.json")),
    ("shop", include_str!("../../sql/templates/shop.json")),
    ("shop_fr", include_str!("../../sql/templates/shop_fr.json")),
    ("lead_scoring", include_str!("../../sql/templates/lead_scoring.json")),
    ("lead_scoring_fr", include_str!("../../sql/templates/lead_scoring_fr.json")),
    ("appetence", include_str!("../../sql/templates/appetence.json")),
    ("appetence_fr", include_str!("../../sql/templates/appetence_fr.json")),
    ("credit", include_str!("../../sql/templates/credit.json")),
    ("credit_fr", include_str!("../../sql/templates/credit_fr.json")),
];

/// `template(name)`
fn template(call: &Call) -> Answer {
    let Some(name) = call.text(0) else { return Ok(None) };
    match TEMPLATES.iter().find(|(known, _)| *known == name) {
        Some((_, document)) => Ok(Some(to_datum(document.trim_end()))),
        None => {
            let names = TEMPLATES.map(|(known, _)| known);
            Err(Error::invalid(format!("unknown template {}", quoted(&name))).hint(crate::model::near::hint(
                &name,
                "The templates are",
                names,
            )))
        }
    }
}

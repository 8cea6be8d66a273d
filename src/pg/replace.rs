//! Another document for a model: its table and view altered in place, and everybody scored anew.

use super::argument::Argument;
use super::build::{build, check_isolation};
use super::call::{Answer, Call, sql_functions};
use super::dependants::{self, Dependant};
use super::expression;
use super::model::{check_target, keep, read_definition, under, watch};
use super::query::{run, value};
use super::registry::{self, Entry};
use super::resolve::{Resolved, resolve};
use super::shape::{Shape, collated, restore_rights, rights};
use super::target::broken;
use super::upkeep::install;
use super::upkeep::tables::oid_of;
use crate::error::{Error, Fault};
use crate::model::change::{Changes, Typed};
use crate::model::document::{Document, Mode};
use crate::model::nature::ColumnType;
use crate::model::place::{Place, quoted};
use crate::model::plan::{Known, Plan};
use crate::model::sql;
use crate::model::sql::alter;
use pgrx::PgSqlErrorCode;
use pgrx::pg_sys::Oid;

sql_functions![replace_model];

pgrx::extension_sql_file!("../../sql/replace.sql", name = "replace", requires = ["model"]);

/// `replace_model(name, definition)`
fn replace_model(call: &Call) -> Answer {
    let name = registry::check_name(call.text(0))?;
    check_isolation("replace_model")?;
    let entry = registry::find(&name, true)?;
    let (definition, document, timezone) = read_definition(call, 1, &entry.timezone)?;
    under(entry.owner, &timezone, || {
        let Resolved { plan, table, view } = resolve(document, &timezone)?;
        let next = Entry { definition, timezone: timezone.clone(), table, view, ..entry.clone() };
        let is_same = next.definition == entry.definition;
        if is_same && Replacement::between(&entry, &next, &plan)?.is_empty() {
            return Ok(());
        }
        install::check_inheritance(&plan.document)?;
        lock(&entry)?;
        Replacement::between(&entry, &next, &plan)?.make()
    })?;
    Ok(None)
}

/// Locks all that is altered: the views that read ours, ours, and the score table.
fn lock(entry: &Entry) -> Result<(), Error> {
    if let Some(view) = Shape::find(&entry.view)? {
        dependants::lock(dependants::views(view.oid)?.into_iter().map(|(oid, _)| oid).chain([view.oid]));
    }
    dependants::lock(Shape::find(&entry.table)?.map(|table| table.oid));
    Ok(())
}

/// A model that gets another document.
struct Replacement<'a> {
    entry: &'a Entry,
    next: &'a Entry,
    plan: &'a Plan,
    /// The model as it was; none where its document cannot be read any more.
    former: Option<Plan>,
    table: Shape,
    /// None where somebody dropped it.
    view: Option<Shape>,
    of_table: Changes,
    of_view: Changes,
}

impl<'a> Replacement<'a> {
    /// Compares what there is with what there is to be, and refuses what cannot become it.
    fn between(entry: &'a Entry, next: &'a Entry, plan: &'a Plan) -> Result<Self, Error> {
        let table = Shape::find(&entry.table)?.ok_or_else(|| broken(&entry.table, "it does not exist"))?;
        if table.kind != 'r' {
            return Err(broken(&entry.table, "it is not an ordinary table"));
        }
        let view = Shape::find(&entry.view)?;
        if view.as_ref().is_some_and(|view| view.kind != 'v') {
            return Err(Error::new(Fault::WrongState, format!("{} is not a view", entry.view))
                .hint("Give what is there another name, or drop the model and make it anew."));
        }
        let former = former(entry, &table);
        check_key(entry, former.as_ref(), plan, &table)?;
        let ours: Option<Vec<String>> =
            former.as_ref().map(|plan| plan.columns().into_iter().map(|column| column.name).collect());
        let is_ours = |name: &str| ours.as_ref().is_some_and(|ours| ours.iter().any(|ours| ours == name));
        let wanted: Vec<Typed> =
            plan.columns().into_iter().map(|column| (column.name, column.kind.sql)).collect();
        let known = table.typed();
        for (name, _) in wanted.iter().filter(|_| ours.is_some()) {
            if table.column(name).is_some() && !is_ours(name) {
                return Err(taken(&table, name));
            }
        }
        let of_table = Changes::between(&known, &wanted, is_ours);
        let of_view = match &view {
            Some(view) => Changes::between(&view.collated()?, &shown(plan, &wanted)?, |_| true),
            None => Changes { added: shown(plan, &wanted)?, ..Changes::default() },
        };
        Ok(Self { entry, next, plan, former, table, view, of_table, of_view })
    }

    /// Tells whether nothing changes.
    fn is_empty(&self) -> bool {
        let entry = (&self.entry.timezone, &self.entry.table, &self.entry.view);
        let next = (&self.next.timezone, &self.next.table, &self.next.view);
        entry == next && self.of_table.is_empty() && self.of_view.is_empty() && self.view.is_some()
    }

    /// Changes all of it.
    fn make(&self) -> Result<(), Error> {
        let has_marks = self.has_marks();
        self.check_dependants()?;
        self.rename()?;
        let kept = rights(self.table.oid)?;
        match &self.view {
            None => {
                check_target(&self.next.view, "view")?;
                self.alter_table()?;
                run(&sql::view::create(self.plan, &self.next.view, &self.next.table), &[])?;
            }
            Some(view) if self.of_view.keeps_all() => {
                if !self.of_table.keeps_all() {
                    self.replace_view(view, &alter::nothing(&view.collated()?))?;
                }
                self.alter_table()?;
                self.replace_view(view, &self.body(view))?;
            }
            Some(view) => self.remake_view(view)?,
        }
        let retyped = |name: &str| self.of_table.retyped.iter().any(|(retyped, _)| retyped == name);
        for right in kept.iter().filter(|right| right.column.as_deref().is_some_and(retyped)) {
            run(&right.grant(&self.next.table), &[])?;
        }
        self.comment()?;
        registry::change(self.next)?;
        let mut entry = self.next.clone();
        watch(&mut entry, self.plan, has_marks)?;
        run(&format!("DELETE FROM {}", entry.table), &[])?;
        keep(&entry, &build(self.plan, None, false)?, &[])?;
        install::detach(entry.id, &entry.relations)?;
        self.settle_marks(has_marks)?;
        registry::mend(entry.id)
    }

    /// Gives the marks the name that goes with the score table's, or drops those of a model that is a batch model now.
    ///
    /// That is done when writers cannot be in the middle of something any more, since they would wait for it.
    fn settle_marks(&self, has_marks: bool) -> Result<(), Error> {
        let (from, to) = (sql::marks::name(&self.entry.table), sql::marks::name(&self.next.table));
        if has_marks && self.plan.document.mode == Mode::Batch {
            return run(&format!("DROP TABLE {from}"), &[]).map(drop);
        }
        if has_marks && from != to {
            check_target(&to, "into")?;
            for statement in alter::rename(&from, &to, &format!("pg_scoring_marks_{}", self.entry.id)) {
                run(&statement, &[])?;
            }
        }
        Ok(())
    }

    /// Tells whether the model has marks up to now.
    fn has_marks(&self) -> bool {
        let was_batch = self.former.as_ref().is_some_and(|plan| plan.document.mode == Mode::Batch);
        !was_batch && oid_of(&sql::marks::name(&self.entry.table)).is_some()
    }

    /// Refuses to take from others what they depend on.
    fn check_dependants(&self) -> Result<(), Error> {
        let view = self.view.as_ref().map_or(Oid::INVALID, |view| view.oid);
        let mut sentences = dependants::of_columns(&self.table, view, self.of_table.lost())?;
        if let Some(view) = &self.view {
            sentences.extend(dependants::of_columns(view, view.oid, self.of_view.lost())?);
            if sentences.is_empty() && !self.of_view.keeps_all() {
                sentences = dependants::not_views(view)?;
            }
        }
        if sentences.is_empty() {
            return Ok(());
        }
        let message =
            format!("cannot replace model {} because other objects depend on it", quoted(&self.entry.name));
        Err(Error::new(Fault::StillNeeded, message)
            .detail(sentences.join("\n"))
            .hint("Keep the columns in the document, or drop what depends on them first."))
    }

    /// Gives the table and the view the names that the document says.
    fn rename(&self) -> Result<(), Error> {
        let view = self.view.as_ref().map(|view| (view, &self.next.view, "view"));
        for (shape, name, key) in view.into_iter().chain([(&self.table, &self.next.table, "into")]) {
            if shape.name != *name {
                check_target(name, key)?;
            }
            let between = format!("pg_scoring_{}", shape.oid.to_u32());
            for statement in alter::rename(&shape.name, name, &between) {
                run(&statement, &[])?;
            }
        }
        Ok(())
    }

    /// Gives the table the columns of the document, and an index of its due rows where there are some.
    fn alter_table(&self) -> Result<(), Error> {
        let table = &self.next.table;
        if let Some(statement) = alter::columns(&self.of_table, table) {
            run(&statement, &[])?;
        }
        let index = due_index(self.table.oid)?;
        let had = self.former.as_ref().is_some_and(sql::table::has_due_rows);
        match (sql::table::has_due_rows(self.plan), index) {
            (true, None) => run(&sql::table::index_due(table), &[]).map(drop),
            (false, Some(index)) if had => run(&format!("DROP INDEX {index}"), &[]).map(drop),
            _ => Ok(()),
        }
    }

    /// Writes what the view selects: its columns in the order that they have, then new ones.
    fn body(&self, view: &Shape) -> String {
        let first: Vec<String> = view.columns.iter().map(|column| column.name.clone()).collect();
        sql::view::select(self.plan, &self.next.table, &first)
    }

    /// Gives the view another body, its columns staying.
    fn replace_view(&self, view: &Shape, body: &str) -> Result<(), Error> {
        run(&alter::replace_view(&self.next.view, &view.options, body), &[]).map(drop)
    }

    /// Makes the view anew, without columns that it had; whatever reads the others stays.
    fn remake_view(&self, view: &Shape) -> Result<(), Error> {
        let (uses, rights) = (dependants::uses(view.oid)?, rights(view.oid)?);
        let mut detached = Vec::new();
        for (_, name) in dependants::views(view.oid)? {
            detached.extend(Dependant::detach(&name)?);
        }
        run(&format!("DROP VIEW {}", self.next.view), &[])?;
        self.alter_table()?;
        self.replace_view(view, &self.body(view))?;
        let made = Shape::find(&self.next.view)?.ok_or_else(|| broken(&self.next.view, "it is gone"))?;
        if made.owner != view.owner {
            run(&alter::give(&self.next.view, &role(view.owner)?), &[])?;
        }
        restore_rights(&self.next.view, made.oid, &rights, |column| made.column(column).is_some())?;
        for view in &detached {
            view.attach()?;
        }
        match dependants::uses(made.oid)? == uses {
            true => Ok(()),
            false => {
                let message = format!("views that read {} would read other columns of it", self.next.view);
                Err(Error::new(Fault::StillNeeded, message)
                    .hint("Name its columns in them, without a list of aliases after its name."))
            }
        }
    }

    /// Says of the table, the view and their columns what the document says; what users said stays.
    fn comment(&self) -> Result<(), Error> {
        let former = |words: fn(&Plan) -> Vec<_>| self.former.as_ref().map(words).unwrap_or_default();
        let table = (sql::table::words(self.plan), former(sql::table::words));
        self.table.comment(&self.next.table, &table.0, &table.1)?;
        match &self.view {
            Some(view) => {
                let words = (sql::view::words(self.plan), former(sql::view::words));
                view.comment(&self.next.view, &words.0, &words.1)
            }
            None => {
                let statements = sql::view::comments(self.plan, &self.next.view);
                statements.iter().try_for_each(|statement| run(statement, &[]).map(drop))
            }
        }
    }
}

/// Makes the former document ready with the types that its score table has: what it read may be gone.
fn former(entry: &Entry, table: &Shape) -> Option<Plan> {
    let document = Document::read(&entry.definition).ok()?;
    let kind = |name: &str| table.column(name).map(|column| ColumnType::from(&column.kind));
    let known = Known {
        timezone: entry.timezone.clone(),
        key: document.customers.key.as_slice().iter().filter_map(|name| kind(name)).collect(),
        values: document.measures.keys().filter_map(|name| Some((name.clone(), kind(name)?))).collect(),
        sources: Default::default(),
        moment: &super::datum::read_moment,
    };
    Plan::new(document, &known).ok()
}

/// Refuses another key than the table has.
fn check_key(entry: &Entry, former: Option<&Plan>, plan: &Plan, table: &Shape) -> Result<(), Error> {
    let typed = |plan: &Plan| plan.key.iter().map(|(name, kind)| (name.clone(), kind.sql.clone())).collect();
    let known: Vec<Typed> = former.map_or_else(|| primary_key(table), |former| Ok(typed(former)))?;
    let wanted: Vec<Typed> = typed(plan);
    if known == wanted {
        return Ok(());
    }
    let listed = |key: &[Typed]| {
        let columns: Vec<String> = key.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
        columns.join(", ")
    };
    Err(Place::root()
        .key("customers")
        .key("key")
        .refuse(format!("must stay ({}), got ({})", listed(&known), listed(&wanted)))
        .hint(format!("Drop model {} and create it anew.", quoted(&entry.name))))
}

/// Lists the columns of a table's primary key with their types.
fn primary_key(table: &Shape) -> Result<Vec<Typed>, Error> {
    let found = super::query::rows(
        "SELECT a.attname FROM pg_catalog.pg_index AS i, pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (number, at)
         JOIN pg_catalog.pg_attribute AS a ON a.attnum = k.number
         WHERE i.indrelid = $1 AND i.indisprimary AND a.attrelid = $1 ORDER BY k.at",
        &[Argument::oid(table.oid)],
    )?;
    let names = found.into_iter().flatten().flatten();
    Ok(names.filter_map(|name| Some((name.clone(), table.column(&name)?.kind.name.clone()))).collect())
}

/// Lists the columns that the view is to have, with their types and collations.
fn shown(plan: &Plan, stored: &[Typed]) -> Result<Vec<Typed>, Error> {
    let rows = format!("({})", alter::nothing(stored));
    let columns = expression::columns(&sql::view::select(plan, &rows, &[]))?;
    columns.into_iter().map(|(name, kind)| Ok((name, collated(&kind)?))).collect()
}

/// Finds the index of the rows of a table that change by the clock.
fn due_index(table: Oid) -> Result<Option<String>, Error> {
    value(
        "SELECT i.indexrelid::pg_catalog.regclass FROM pg_catalog.pg_index AS i
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attname = 'due_at'
         WHERE i.indrelid = $1 AND NOT i.indisunique AND i.indkey::text = a.attnum::text
           AND pg_catalog.pg_get_expr(i.indpred, i.indrelid) = '(due_at IS NOT NULL)' LIMIT 1",
        &[Argument::oid(table)],
    )
}

/// Names a role.
fn role(role: Oid) -> Result<String, Error> {
    Ok(value("SELECT pg_catalog.pg_get_userbyid($1)", &[Argument::oid(role)])?.unwrap_or_default())
}

/// Says that a column of the score table, which users added, has the name of one that the document makes.
fn taken(table: &Shape, column: &str) -> Error {
    let message =
        format!("score table {} has a column {} that its model did not make", table.name, quoted(column));
    Error::new(Fault::Server(PgSqlErrorCode::ERRCODE_DUPLICATE_COLUMN as i32), message)
        .hint("Rename the column, or what the document makes.")
}

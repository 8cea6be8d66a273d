//! What others made of a table or a view: what keeps its columns from going, and the views that can be kept while it is
//! made anew.

use super::argument::Argument;
use super::query::{caught, connected, rows, run};
use super::settings::as_role;
use super::shape::{Shape, oid, text};
use crate::error::{Error, Fault};
use crate::model::sql::alter;
use crate::model::sql::name::Name;
use pgrx::pg_sys::{self, Oid};

/// Names the dependant of a row `d` of pg_depend, `r` being its row of pg_rewrite: of a view's rule, the view.
const DEPENDANT: &str = "CASE WHEN r.rulename = '_RETURN' THEN pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, r.ev_class, 0)
                              ELSE pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) END";

/// The rows of pg_depend that say who depends on others, and the rules among them.
const DEPENDENCIES: &str = "pg_catalog.pg_depend AS d
             LEFT JOIN pg_catalog.pg_rewrite AS r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid";

/// Lists in sentences who depends on these columns, each with the type that it would get; `view` is ours, which does not
/// count.
pub fn of_columns<'a>(
    of: &Shape,
    view: Oid,
    columns: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> Result<Vec<String>, Error> {
    let mut sentences = Vec::new();
    for (name, becomes) in columns {
        let Some(column) = of.column(name) else { continue };
        let sql = format!(
            "SELECT DISTINCT {DEPENDANT}, pg_catalog.pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)
             FROM {DEPENDENCIES}
             WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = $1 AND d.refobjsubid = $2
               AND d.deptype IN ('n', 'a') AND r.ev_class IS DISTINCT FROM $3 ORDER BY 1"
        );
        let arguments = [Argument::oid(of.oid), Argument::int(column.number.into()), Argument::oid(view)];
        let becomes = becomes.map(|kind| format!(", which would become {kind}")).unwrap_or_default();
        let found = rows(&sql, &arguments)?;
        sentences
            .extend(found.iter().map(|row| format!("{} depends on {}{becomes}", text(row, 0), text(row, 1))));
    }
    Ok(sentences)
}

/// Lists in sentences what depends on a view and cannot be kept while it is made anew: all but views.
pub fn not_views(view: &Shape) -> Result<Vec<String>, Error> {
    let sql = format!(
        "SELECT DISTINCT {DEPENDANT}, pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0)
         FROM {DEPENDENCIES} LEFT JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class AND r.rulename = '_RETURN'
         WHERE (d.refclassid, d.refobjid) IN (
                 SELECT 'pg_catalog.pg_class'::regclass, $1
                 UNION ALL
                 SELECT 'pg_catalog.pg_type'::regclass, t.oid
                 FROM pg_catalog.pg_class AS o JOIN pg_catalog.pg_type AS e ON e.oid = o.reltype
                 JOIN pg_catalog.pg_type AS t ON t.oid IN (e.oid, e.typarray) WHERE o.oid = $1)
           AND d.deptype <> 'i' AND c.oid IS DISTINCT FROM $1
           AND NOT (c.relkind IS NOT DISTINCT FROM 'v' AND d.refclassid = 'pg_catalog.pg_class'::regclass)
         ORDER BY 1"
    );
    let found = rows(&sql, &[Argument::oid(view.oid)])?;
    let sentence = |row: &Vec<Option<String>>| {
        format!("{} depends on {}, which would be made anew", text(row, 0), text(row, 1))
    };
    Ok(found.iter().map(sentence).collect())
}

/// A view that others made of ours.
pub struct Dependant {
    shape: Shape,
    body: String,
}

/// Lists the views that read a view, by their names.
pub fn views(of: Oid) -> Result<Vec<(Oid, Name)>, Error> {
    let sql = format!(
        "SELECT DISTINCT c.oid, n.nspname, c.relname FROM {DEPENDENCIES}
         JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = $1
           AND r.rulename = '_RETURN' AND c.relkind = 'v' AND c.oid <> $1 ORDER BY c.oid"
    );
    let found = rows(&sql, &[Argument::oid(of)])?;
    Ok(found.iter().map(|row| (oid(row, 0), Name { schema: text(row, 1), table: text(row, 2) })).collect())
}

/// Lists which columns of a view each view that reads it uses.
pub fn uses(of: Oid) -> Result<Vec<Vec<Option<String>>>, Error> {
    let sql = format!(
        "SELECT DISTINCT r.ev_class, a.attname FROM {DEPENDENCIES}
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = $1 AND r.ev_class <> $1 ORDER BY 1, 2"
    );
    rows(&sql, &[Argument::oid(of)])
}

impl Dependant {
    /// Makes a view read nothing, so that what it reads can be made anew: its columns, rights and dependants stay.
    pub fn detach(name: &Name) -> Result<Option<Self>, Error> {
        let Some(shape) = Shape::find(name)? else { return Ok(None) };
        let body = super::query::value("SELECT pg_catalog.pg_get_viewdef($1)", &[Argument::oid(shape.oid)])?;
        let dependant = Self { shape, body: body.unwrap_or_default() };
        dependant.read(&alter::nothing(&dependant.shape.collated()?), &[])?;
        Ok(Some(dependant))
    }

    /// Makes the view read what it did.
    pub fn attach(&self) -> Result<(), Error> {
        self.read(&self.body, &self.shape.options)
    }

    /// Gives the view another body, in its owner's name: who replaces a model need not own what others made of it.
    fn read(&self, body: &str, options: &[(String, String)]) -> Result<(), Error> {
        let statement = alter::replace_view(&self.shape.name, options, body);
        let replace = || as_role(self.shape.owner, || connected(|| run(&statement, &[]).map(drop)));
        caught(replace).map_err(|error| {
            Error::new(Fault::StillNeeded, format!("view {} cannot be kept: {error}", self.shape.name))
                .hint("Drop the view, and make it again after the change.")
        })
    }
}

/// Locks relations against all use until the transaction ends, in this order.
///
/// A reader locks a view before what the view reads; who locks in the same order never waits for him in a circle.
pub fn lock(relations: impl IntoIterator<Item = Oid>) {
    for relation in relations {
        // SAFETY: a lock on what is not there any more is harmless.
        unsafe { pg_sys::LockRelationOid(relation, pg_sys::AccessExclusiveLock as i32) };
    }
}

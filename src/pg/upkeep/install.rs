//! The triggers of a model, put on its tables and taken off.

use super::tables::{are_large, oid_of, tables};
use crate::error::{Error, Fault};
use crate::model::document::{Document, Mode};
use crate::model::place::Place;
use crate::model::plan::Plan;
use crate::model::sql::events::Events;
use crate::model::sql::name::Name;
use crate::model::sql::{quoted, trigger};
use crate::pg::argument::Argument;
use crate::pg::prepared::Prepared;
use crate::pg::query::{rows, run};
use crate::pg::registry::{self, Entry};
use pgrx::pg_sys::Oid;

/// Puts the triggers of a model on all its tables and their partitions, in the order of their names; gives the tables.
///
/// It waits for those who write to them, and they wait for it until the transaction ends.
pub fn attach(entry: &Entry, document: &Document) -> Result<Vec<Oid>, Error> {
    let mut attached = Vec::new();
    if document.mode == Mode::Batch {
        return Ok(attached);
    }
    for (_, root) in tables(document)? {
        for (name, oid) in levels(root)? {
            if !is_complete(entry.id, oid)? {
                for statement in trigger::create(entry.id, &name) {
                    registry::as_keeper(|| run(&statement, &[]))?;
                }
            }
        }
        attached.push(root);
    }
    Ok(attached)
}

/// Takes the triggers of a model off all tables but these and their partitions, and off these what is not named as ours.
pub fn detach(id: i32, except: &[Oid]) -> Result<(), Error> {
    for [schema, table, trigger] in strays(id, except)? {
        let name = Name { schema, table };
        registry::as_keeper(|| run(&format!("DROP TRIGGER {} ON {name}", quoted(&trigger)), &[]))?;
    }
    Ok(())
}

/// Tells whether all triggers of a model are on its tables and their partitions, and none are elsewhere.
pub fn is_whole(entry: &Entry, document: &Document) -> Result<bool, Error> {
    let roots: Vec<Oid> = tables(document)?.into_iter().map(|(_, oid)| oid).collect();
    for root in &roots {
        for (_, oid) in levels(*root)? {
            if !is_complete(entry.id, oid)? {
                return Ok(false);
            }
        }
    }
    Ok(roots == entry.relations
        && oid_of(&entry.table) == Some(entry.table_oid)
        && strays(entry.id, &roots)?.is_empty())
}

/// Waits for those who write to the tables of a model, and keeps them out until the transaction ends.
pub fn keep_writers_out(document: &Document) -> Result<(), Error> {
    for (name, _) in tables(document)? {
        run(&format!("LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"), &[])?;
    }
    Ok(())
}

/// Refuses tables that are parents or children in inheritance: a statement on one changes rows of the other, and fires the
/// triggers of the one alone.
pub fn check_inheritance(document: &Document) -> Result<(), Error> {
    if document.mode == Mode::Batch {
        return Ok(());
    }
    let root = Place::root();
    let mut places = vec![(root.key("customers").key("table"), &document.customers.table)];
    for (name, source) in &document.sources {
        let place = root.key("sources").key(name);
        places.push((place.key("table"), &source.table));
        let joins = source.joins.iter();
        places.extend(joins.map(|(alias, join)| (place.key("joins").key(alias).key("table"), &join.table)));
    }
    for (place, text) in places {
        let name = Name::read(text, &place)?;
        let oid = oid_of(&name).unwrap_or(Oid::INVALID);
        let found = rows(
            "SELECT i.inhparent = $1 FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhparent
             WHERE $1 IN (i.inhparent, i.inhrelid) AND c.relkind <> 'p' LIMIT 1",
            &[Argument::oid(oid)],
        )?;
        if let Some(row) = found.first() {
            let others = if row[0].as_deref() == Some("t") { "children" } else { "a parent" };
            let complaint =
                format!("{} has {others} in inheritance, whose changes cannot be watched", name.shown());
            let hint = "Make the tables partitions, or make it a batch model.";
            return Err(place.complain(complaint).because(Fault::WrongObject).hint(hint));
        }
    }
    Ok(())
}

/// Says of which sources a writer's update or delete only marks customers, since no index leads to theirs.
pub fn tell_of_slow(name: &str, plan: &Plan) -> Result<(), Error> {
    let types = plan.key.iter().map(|(_, kind)| array_type(&kind.unlimited()));
    let types: Vec<Oid> = types.collect::<Result<_, _>>()?;
    for (source, document) in &plan.document.sources {
        let Some(events) = Events::of_some(plan, source, document, &|_| true)? else { continue };
        if are_large(&Prepared::new(&events.sql, &types)?.scanned()?)? {
            pgrx::notice!(
                "model \"{name}\": no index of source \"{source}\" leads to the customers of its rows, so that \
                 changes of them are only marked"
            );
        }
    }
    Ok(())
}

/// Finds the type of arrays of a type.
fn array_type(name: &str) -> Result<Oid, Error> {
    let found = rows("SELECT ($1 || '[]')::pg_catalog.regtype::pg_catalog.oid", &[Argument::text(name)])?;
    let oid = found.first().and_then(|row| row[0].as_deref()?.parse::<u32>().ok());
    Ok(oid.map_or(Oid::INVALID, Oid::from))
}

/// Lists a table and its partitions of every level, the root first, as SQL writes their names.
fn levels(root: Oid) -> Result<Vec<(String, Oid)>, Error> {
    let found = rows(
        "SELECT relid::pg_catalog.regclass, relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree($1)
         UNION ALL SELECT $1::pg_catalog.regclass, $1
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_partition_tree($1))",
        &[Argument::oid(root)],
    )?;
    let level = |row: Vec<Option<String>>| {
        let mut texts = row.into_iter().flatten();
        Some((texts.next()?, Oid::from(texts.next()?.parse::<u32>().ok()?)))
    };
    Ok(found.into_iter().filter_map(level).collect())
}

/// Tells whether a table has all triggers of a model already.
fn is_complete(id: i32, table: Oid) -> Result<bool, Error> {
    let names = trigger::names(id);
    let found = rows(
        "SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = $1 AND tgfoid = 'scoring.keep'::pg_catalog.regproc
           AND tgname = ANY ($2) AND tgenabled IN ('O', 'A') AND tgqual IS NULL",
        &[Argument::oid(table), Argument::texts(names.iter().map(String::as_str))],
    )?;
    Ok(found.len() == trigger::EVENTS.len())
}

/// Lists the triggers of a model that are on other tables than these and their partitions, or have another name than it has
/// given: schema, table and trigger.
fn strays(id: i32, roots: &[Oid]) -> Result<Vec<[String; 3]>, Error> {
    let mut kept = Vec::new();
    for root in roots {
        kept.extend(levels(*root)?.into_iter().map(|(_, oid)| oid));
    }
    let names = trigger::names(id);
    let found = rows(
        "SELECT n.nspname, c.relname, t.tgname FROM pg_catalog.pg_trigger AS t
         JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE t.tgfoid = 'scoring.keep'::pg_catalog.regproc AND pg_catalog.encode(t.tgargs, 'escape') = $1 || '\\000'
           AND NOT (c.oid = ANY ($2) AND t.tgname = ANY ($3))
         ORDER BY 1, 2, 3",
        &[
            Argument::text(&id.to_string()),
            Argument::oids(&kept),
            Argument::texts(names.iter().map(String::as_str)),
        ],
    )?;
    let stray = |row: Vec<Option<String>>| row.into_iter().collect::<Option<Vec<String>>>()?.try_into().ok();
    Ok(found.into_iter().filter_map(stray).collect())
}

//! The triggers of a model, put on its tables and taken off.

use super::model::{are_large, tables};
use crate::error::Error;
use crate::model::document::{Document, Mode};
use crate::model::plan::Plan;
use crate::model::sql::events::Events;
use crate::model::sql::name::Name;
use crate::model::sql::trigger;
use crate::pg::query::{Argument, Prepared, rows, run};
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

/// Takes the triggers of a model off all tables but these and their partitions.
pub fn detach(id: i32, except: &[Oid]) -> Result<(), Error> {
    let mut kept = Vec::new();
    for root in except {
        kept.extend(levels(*root)?.into_iter().map(|(_, oid)| oid));
    }
    let found = rows(
        "SELECT DISTINCT n.nspname, c.relname FROM pg_catalog.pg_trigger AS t
         JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE t.tgfoid = 'scoring.keep'::pg_catalog.regproc AND pg_catalog.starts_with(t.tgname, $1) AND c.oid <> ALL ($2)
         ORDER BY 1, 2",
        &[Argument::text(&trigger::prefix(id)), Argument::oids(&kept)],
    )?;
    for row in found {
        let [Some(schema), Some(table)] = &row[..] else { continue };
        let name = Name { schema: schema.clone(), table: table.clone() };
        for statement in trigger::drop(id, &name.to_string()) {
            registry::as_keeper(|| run(&statement, &[]))?;
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
    let found = rows(
        "SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = $1 AND tgfoid = 'scoring.keep'::pg_catalog.regproc
           AND pg_catalog.starts_with(tgname, $2) AND tgenabled IN ('O', 'A')",
        &[Argument::oid(table), Argument::text(&trigger::prefix(id))],
    )?;
    Ok(found.len() == trigger::EVENTS.len())
}

//! The tables that a model names.

use crate::error::Error;
use crate::model::document::Document;
use crate::model::place::Place;
use crate::model::sql::name::Name;
use crate::pg::argument::Argument;
use crate::pg::query::rows;
use crate::pg::{catalog, text};
use pgrx::pg_sys::{self, Oid};

/// From how many pages on a table is large: 8 MB.
const LARGE: i64 = 1000;

/// Tells whether any of some tables is large.
pub fn are_large(tables: &[Oid]) -> Result<bool, Error> {
    let found = match tables.is_empty() {
        true => Vec::new(),
        false => rows(
            "SELECT FROM pg_catalog.pg_class WHERE oid = ANY ($1) AND pg_catalog.pg_relation_size(oid) > $2 * 8192",
            &[Argument::oids(tables), Argument::bigint(LARGE)],
        )?,
    };
    Ok(!found.is_empty())
}

/// Locks relations to be read, if nobody is in the way.
pub fn lock_all(relations: &[Oid]) -> bool {
    // SAFETY: a lock on an oid harms nobody, whatever has become of the table.
    relations
        .iter()
        .all(|oid| unsafe { pg_sys::ConditionalLockRelationOid(*oid, pg_sys::AccessShareLock as i32) })
}

/// Lists the tables that a document names, with their partitions and all their indexes, without a lock.
pub fn relations(document: &Document) -> Result<Vec<Oid>, Error> {
    let roots = tables(document)?.into_iter().map(|(_, oid)| oid).collect::<Vec<_>>();
    with_indexes(&roots)
}

/// Lists tables with their partitions and all their indexes, without a lock.
pub fn with_indexes(roots: &[Oid]) -> Result<Vec<Oid>, Error> {
    let found = rows(
        "WITH RECURSIVE tree (oid) AS (
           SELECT pg_catalog.unnest($1) UNION SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid)
         SELECT oid FROM tree UNION SELECT i.indexrelid FROM tree JOIN pg_catalog.pg_index AS i ON i.indrelid = tree.oid",
        &[Argument::oids(roots)],
    )?;
    let number = |row: Vec<Option<String>>| row.into_iter().flatten().next()?.parse::<u32>().ok();
    Ok(found.into_iter().filter_map(number).map(Oid::from).collect())
}

/// Lists the tables that a document names and that there are, each once, in the order of their names.
pub fn tables(document: &Document) -> Result<Vec<(Name, Oid)>, Error> {
    let place = Place::root();
    let customers = [&document.customers.table].into_iter();
    let sources = document.sources.values();
    let joined = sources.clone().flat_map(|source| source.joins.values()).map(|join| &join.table);
    let texts = customers.chain(sources.map(|source| &source.table)).chain(joined);
    let mut names: Vec<Name> = texts.map(|text| Name::read(text, &place)).collect::<Result<_, _>>()?;
    names.sort_by(|one, other| (&one.schema, &one.table).cmp(&(&other.schema, &other.table)));
    names.dedup();
    Ok(names.into_iter().filter_map(|name| oid_of(&name).map(|oid| (name, oid))).collect())
}

/// Finds the oid of a table by its name; takes no lock.
pub fn oid_of(name: &Name) -> Option<Oid> {
    // SAFETY: both texts end with a zero.
    let oid = unsafe {
        let schema = pg_sys::get_namespace_oid(text::to_server(&name.schema), true);
        pg_sys::get_relname_relid(text::to_server(&name.table), schema)
    };
    (oid != Oid::INVALID).then_some(oid)
}

/// Finds the root of a partition's tree, or the table itself.
pub fn root_of(relation: Oid) -> Result<Oid, Error> {
    let found = catalog::root_of(relation)?;
    Ok(found.unwrap_or(relation))
}

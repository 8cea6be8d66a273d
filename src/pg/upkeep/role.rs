//! What a model is to a table: which of its sources it holds, which it is joined to, whether its customers.

use super::model::{Model, Ready, root_of};
use super::reader::Reader;
use crate::error::Error;
use crate::model::document::Document;
use crate::model::place::Place;
use crate::model::source::Source;
use crate::model::sql::customers::Customers;
use crate::model::sql::events::Events;
use crate::model::sql::from::From;
use crate::model::sql::name::Name;
use crate::model::sql::{expression, quoted};
use crate::model::text::Text;
use crate::pg::catalog;
use crate::pg::query::caught;
use pgrx::pg_sys::{self, Relation};
use std::cell::RefCell;

/// One thing that a model is to a table.
pub struct Role {
    /// What.
    pub part: Part,
    /// Reads the keys of the customers whom a row concerns; none where it takes more than the row.
    pub keys: Option<RefCell<Reader>>,
    /// Reads all that is taken of a row.
    pub rows: Option<Rows>,
}

/// What a table is to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A source, by its number.
    Source(usize),
    /// Joined to a source, under an alias.
    Joined(usize, String),
    /// The customers.
    Customers,
}

/// All that is taken of a row.
pub struct Rows {
    /// The columns that are read; none for customers.
    pub events: Option<Events>,
    /// Reads them.
    pub reader: RefCell<Reader>,
}

/// Finds what a model is to a table.
pub fn roles(model: &Model, relation: Relation) -> Result<Vec<Role>, Error> {
    // SAFETY: the caller has the relation open.
    let (oid, described) = unsafe { ((*relation).rd_id, (*relation).rd_att) };
    let root = root_of(oid)?;
    let document = &model.document;
    let place = Place::root();
    let is_it =
        |table: &Text| Name::read(table, &place).is_ok_and(|name| super::model::oid_of(&name) == Some(root));
    // SAFETY: the names end with a zero, and the relation is open.
    let own = unsafe {
        let schema = pg_sys::get_namespace_name((*(*relation).rd_rel).relnamespace);
        let table = (*(*relation).rd_rel).relname.data.as_ptr();
        Name { schema: catalog::read(schema), table: catalog::read(table) }
    };
    let ready = model.ready.as_ref().ok();
    let mut roles = Vec::new();
    let compile = |sql: &str| caught(|| Reader::of(sql, described));
    for (number, (name, source)) in document.sources.iter().enumerate() {
        if is_it(&source.table) {
            let keys = key_items(model, ready, name, source);
            let from = From::table(name, &own);
            let rows = match ready.filter(|_| source.joins.is_empty()) {
                Some(ready) => rows_of_source(ready, name, source, &own, described)?,
                None => None,
            };
            let keys = compile(&from.select(&listed(&keys), None, None)).ok();
            roles.push(Role { part: Part::Source(number), keys: keys.map(RefCell::new), rows });
        }
        for (alias, join) in source.joins.iter().filter(|(_, join)| is_it(&join.table)) {
            let _ = join;
            let keys = key_items(model, ready, name, source);
            let from = From::table(alias, &own);
            let keys = compile(&from.select(&listed(&keys), None, None)).ok();
            let part = Part::Joined(number, alias.clone());
            roles.push(Role { part, keys: keys.map(RefCell::new), rows: None });
        }
    }
    if is_it(&document.customers.table) {
        roles.push(role_of_customers(document, ready, &own, described)?);
    }
    Ok(roles)
}

/// Compiles all that is taken of the rows of a source.
fn rows_of_source(
    ready: &Ready,
    name: &str,
    source: &Source,
    own: &Name,
    described: pg_sys::TupleDesc,
) -> Result<Option<Rows>, Error> {
    let events = Events::among_rows(&ready.plan, name, source, own)?;
    let rows = events.map(|events| {
        let reader = caught(|| Reader::of(&events.sql, described)).ok()?;
        Some(Rows { events: Some(events), reader: RefCell::new(reader) })
    });
    Ok(rows.flatten())
}

/// Compiles what is read of the customers' rows; their expressions see the row under the name of the root.
fn role_of_customers(
    document: &Document,
    ready: Option<&Ready>,
    own: &Name,
    described: pg_sys::TupleDesc,
) -> Result<Role, Error> {
    let root = Name::read(&document.customers.table, &Place::root())?;
    let from = From::table(&root.table, own);
    let key = document.customers.key.as_slice().iter();
    let key: Vec<String> = key.map(|column| format!("{}.{}", quoted(&root.table), quoted(column))).collect();
    let compile = |items: &[String], filter| {
        let sql = from.select(&listed(items), filter, None);
        caught(|| Reader::of(&sql, described)).ok().map(RefCell::new)
    };
    let rows = match ready {
        Some(ready) => {
            let items = Customers::of(&ready.plan)?.items;
            compile(&items, document.customers.filter.as_ref()).map(|reader| Rows { events: None, reader })
        }
        None => None,
    };
    Ok(Role { part: Part::Customers, keys: compile(&key, None), rows })
}

/// Writes the key of an event, as the types that are known allow.
fn key_items(model: &Model, ready: Option<&Ready>, name: &str, source: &Source) -> Vec<String> {
    match ready {
        Some(ready) => ready.plan.key_items(name, source),
        None => {
            let parts = source.customer.as_slice().iter().zip(&model.key_sql);
            parts.map(|(text, kind)| format!("{}::{kind}", expression(text))).collect()
        }
    }
}

/// Writes columns, each with a name of its own.
fn listed(items: &[String]) -> String {
    let items = items.iter().enumerate().map(|(at, item)| format!("{item} AS \"${at}\""));
    items.collect::<Vec<_>>().join(", ")
}

//! What a model is to a table: which of its sources it holds, which it is joined to, whether its customers.

use super::model::Model;
use super::reader::Reader;
use super::ready::Ready;
use super::tables::root_of;
use crate::error::{Error, Fault};
use crate::model::document::Document;
use crate::model::place::Place;
use crate::model::source::{Join, Source};
use crate::model::sql::customers::Customers;
use crate::model::sql::events::Events;
use crate::model::sql::from::From;
use crate::model::sql::name::Name;
use crate::model::sql::{expression, quoted};
use crate::model::sql::{touched, trigger};
use crate::model::text::Text;
use crate::pg::argument::Argument;
use crate::pg::catalog;
use crate::pg::fold::Basket;
use crate::pg::query::{caught, rows};
use pgrx::pg_sys::{self, Oid, Relation};
use std::cell::RefCell;

/// One thing that a model is to a table.
pub struct Role {
    /// What.
    pub part: Part,
    /// Reads the keys of the customers whom a row concerns; none where it takes more than the row.
    pub keys: Option<RefCell<Reader>>,
    /// Reads all that is taken of a row.
    pub rows: Option<Rows>,
    /// The statements that read the keys of old rows and of new ones, where it takes more than the row.
    pub query: Option<[String; 2]>,
    /// What is joined, where something is.
    pub joined: Joined,
}

/// What must be minded of rows that are joined, since others may be adding one of the two just now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Joined {
    /// Whether the customer of an old row whose joined rows are gone cannot be known.
    pub loses_old: bool,
    /// Whether a new row may name one that is not seen yet.
    pub loses_new: bool,
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
    /// What events are gathered in.
    pub basket: RefCell<Basket>,
}

impl Role {
    /// Tells whether to read its rows only computes: what reads more than the row has a frame of its own.
    pub fn only_computes(&self) -> bool {
        let rows = self.rows.iter().map(|rows| &rows.reader);
        rows.chain(&self.keys).all(|reader| reader.borrow().is_tame)
    }
}

impl Rows {
    /// Keeps what reads them.
    fn of(events: Option<Events>, reader: RefCell<Reader>) -> Self {
        Self { events, reader, basket: RefCell::default() }
    }
}

/// Finds what a model is to a table.
pub fn roles(model: &Model, relation: Relation) -> Result<Vec<Role>, Error> {
    // SAFETY: the caller has the relation open.
    let (oid, described) = unsafe { ((*relation).rd_id, (*relation).rd_att) };
    let root = root_of(oid)?;
    check_owner(model, root)?;
    let document = &model.document;
    let place = Place::root();
    let is_it =
        |table: &Text| Name::read(table, &place).is_ok_and(|name| super::tables::oid_of(&name) == Some(root));
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
            let keys_reader = compile(&from.select(&listed(&keys), None, None));
            let is_alone = source.joins.is_empty() || is_of_one(&compile, name, &own, &keys, source);
            let keys = if is_alone { keys_reader.ok() } else { None };
            let query = if is_alone { None } else { query(ready, name, source, None) };
            let joined = if is_alone { Joined::default() } else { joined(source)? };
            let part = Part::Source(number);
            roles.push(Role { part, keys: keys.map(RefCell::new), rows, query, joined });
        }
        for (alias, _) in source.joins.iter().filter(|(_, join)| is_it(&join.table)) {
            let keys = key_items(model, ready, name, source);
            let is_alone = qualifies(&compile, alias, &own, &keys);
            let from = From::table(alias, &own);
            let reader = |items: &[String]| {
                let reader = compile(&from.select(&listed(items), None, None)).ok();
                reader.filter(|_| is_alone).map(RefCell::new)
            };
            // SAFETY: the relation is open.
            let columns = unsafe { catalog::attributes(described) }.iter();
            let columns = columns.filter(|column| !column.attisdropped).map(|column| {
                // SAFETY: the name ends with a zero.
                unsafe { catalog::read(column.attname.data.as_ptr()) }
            });
            let minded = columns.filter(|column| touched::mentions(document, name, alias, column));
            let minded = minded.map(|column| format!("{}.{}", quoted(alias), quoted(&column)));
            let items: Vec<String> = keys.iter().cloned().chain(minded).collect();
            let rows = reader(&items).map(|reader| Rows::of(None, reader));
            let query = if is_alone { None } else { query(ready, name, source, Some(alias)) };
            let joined = joined(source)?;
            let part = Part::Joined(number, alias.clone());
            roles.push(Role { part, keys: reader(&keys), rows, query, joined });
        }
    }
    if is_it(&document.customers.table) {
        roles.push(role_of_customers(document, ready, &own, described)?);
    }
    Ok(roles)
}

/// Refuses a table that the model's owner has given away: what its columns are is for another to say now, and their types may
/// run what he likes.
fn check_owner(model: &Model, root: Oid) -> Result<(), Error> {
    let found = rows("SELECT relowner FROM pg_catalog.pg_class WHERE oid = $1", &[Argument::oid(root)])?;
    let owner = found.first().and_then(|row| row[0].as_deref()?.parse::<u32>().ok()).map(Oid::from);
    // SAFETY: both are oids of roles.
    match owner.is_some_and(|owner| unsafe { pg_sys::has_privs_of_role(model.entry.owner, owner) }) {
        true => Ok(()),
        false => {
            let hint = "The owner of a model must own its tables, or be a member of the role that does.";
            Err(Error::new(Fault::NotAllowed, "a table of the model belongs to another role").hint(hint))
        }
    }
}

/// A compiler of statements on the rows of a table.
type Compile<'a> = dyn Fn(&str) -> Result<Reader, Error> + 'a;

/// Tells whether items hang on the row of a source alone, whatever is joined to it.
fn is_of_one(compile: &Compile, name: &str, own: &Name, keys: &[String], source: &Source) -> bool {
    let from = From::table(name, own);
    let is_compiled = compile(&from.select(&listed(keys), None, None)).is_ok();
    // A name of an alias that is also one of a composite column would mean something else here.
    is_compiled && source.joins.keys().all(|alias| alias != name)
}

/// Tells whether items are all written with the name of an alias, and hang on its row alone.
fn qualifies(compile: &Compile, alias: &str, own: &Name, keys: &[String]) -> bool {
    // Beside a second row of the table, a name without an alias is ambiguous.
    let sql =
        format!("SELECT {} FROM {own} AS {} CROSS JOIN {own} AS \"$other\"", listed(keys), quoted(alias));
    compile(&sql).is_ok()
}

/// Writes the statements that read the keys of rows with what is joined to them.
fn query(ready: Option<&Ready>, name: &str, source: &Source, alias: Option<&str>) -> Option<[String; 2]> {
    let plan = &ready?.plan;
    let write = |rows| touched::keys(plan, name, source, alias, rows).ok();
    Some([write(trigger::OLD)?, write(trigger::NEW)?])
}

/// Finds what must be minded of the joins of a source.
fn joined(source: &Source) -> Result<Joined, Error> {
    // The customer of what is joined directly is known of the joined row alone, and its own trigger minds it.
    let is_direct = |(alias, join): (&String, &Join)| {
        let is_of_alias = |text: &Text| !touched::refers_to_others(text, alias);
        let on_source = |text: &Text| source.joins.keys().all(|other| !touched::refers_to(text, other));
        source.customer.as_slice().iter().all(is_of_alias) && join.on.as_slice().iter().all(on_source)
    };
    Ok(Joined { loses_old: !source.joins.iter().any(is_direct), loses_new: !are_guarded(source)? })
}

/// Tells whether foreign keys see to it that no row names one that is not there.
fn are_guarded(source: &Source) -> Result<bool, Error> {
    let place = Place::root();
    for join in source.joins.values() {
        let mut columns = Vec::new();
        let mut from = &source.table;
        for on in join.on.as_slice() {
            let text: String = on.chars().filter(|letter| !letter.is_whitespace()).collect();
            match text.split_once('.') {
                None => columns.push(text),
                Some((alias, column)) => match source.joins.get(alias) {
                    Some(other) => {
                        from = &other.table;
                        columns.push(column.into());
                    }
                    None => return Ok(false),
                },
            }
        }
        let (from, to) = (Name::read(from, &place)?, Name::read(&join.table, &place)?);
        let key: Vec<&str> = join.key.as_slice().iter().map(|text| &**text).collect();
        if !catalog::has_foreign_key(&from, &columns, &to, &key)? {
            return Ok(false);
        }
    }
    Ok(true)
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
        Some(Rows::of(Some(events), RefCell::new(reader)))
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
            compile(&items, document.customers.filter.as_ref()).map(|reader| Rows::of(None, reader))
        }
        None => None,
    };
    let (query, joined) = (None, Joined::default());
    Ok(Role { part: Part::Customers, keys: compile(&key, None), rows, query, joined })
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

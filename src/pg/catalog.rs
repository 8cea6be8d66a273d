//! Relations, columns and indexes, as the database knows them.
//!
//! All of this is to be called under our settings, in the name of the role whose rights count.

use super::argument::Argument;
use super::query::rows;
use super::text::{from_server, to_server};
pub use super::types::{Nature, Type};
use crate::error::{Error, Fault};
use crate::model::near;
use crate::model::place::{Place, quoted};
use crate::model::sql;
use crate::model::sql::name::Name;
use pgrx::pg_sys::{self, Oid};
use std::ffi::{CStr, c_char};

/// A table, a view or another relation.
#[derive(Clone, Debug)]
pub struct Relation {
    pub oid: Oid,
    pub schema: String,
    pub name: String,
    /// The relkind of pg_class.
    pub kind: char,
    /// The relpersistence of pg_class.
    pub persistence: char,
    /// Whether it is a partition, of whatever level below the root.
    pub is_leaf: bool,
    pub is_catalog: bool,
    /// Whether the role has the rights of the owner.
    is_owned: bool,
    /// Whether the role may read all of it.
    is_readable: bool,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub attnum: i16,
    pub type_oid: Oid,
    pub typmod: i32,
    pub collation: Oid,
    pub not_null: bool,
}

/// What a key of an index can be: a column or an expression as PostgreSQL writes it, and its collation.
#[derive(Clone, Debug)]
pub struct Key {
    pub text: String,
    pub collation: Oid,
}

impl Relation {
    /// Writes its name for SQL.
    pub fn quoted(&self) -> String {
        format!("{}.{}", sql::quoted(&self.schema), sql::quoted(&self.name))
    }
}

/// Tells whether an object is one that PostgreSQL brought.
pub fn is_of_postgres(oid: Oid) -> bool {
    oid.to_u32() < pg_sys::FirstNormalObjectId
}

/// Finds a relation by its name; takes no lock.
pub fn relation(name: &Name, place: &Place) -> Result<Relation, Error> {
    let Name { schema, table } = name;
    let found = rows(
            "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relispartition,
                    c.oid < 16384 OR n.nspname ~ '^pg_toast',
                    pg_catalog.pg_has_role(c.relowner, 'USAGE'), pg_catalog.has_table_privilege(c.oid, 'SELECT'),
                    pg_catalog.has_schema_privilege(n.oid, 'USAGE')
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE (n.nspname = $1 OR $1 = 'pg_temp' AND n.oid = pg_catalog.pg_my_temp_schema()) AND c.relname = $2
               AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'I', 'S', 'c', 't')",
            &[Argument::text(schema), Argument::text(table)],
    )?;
    let Some(row) = found.first() else { return Err(missing(name, place)) };
    if !is_true(row, 9) {
        return Err(place
            .complain(format!("permission denied for schema {}", quoted(schema)))
            .because(Fault::NotAllowed)
            .hint(format!("Use GRANT USAGE ON SCHEMA {} TO the role.", sql::quoted(schema))));
    }
    Ok(Relation {
        oid: oid(row, 0),
        schema: text(row, 1),
        name: text(row, 2),
        kind: letter(row, 3),
        persistence: letter(row, 4),
        is_leaf: is_true(row, 5),
        is_catalog: is_true(row, 6),
        is_owned: is_true(row, 7),
        is_readable: is_true(row, 8),
    })
}

/// Says that a table does not exist, and which was meant.
fn missing(name: &Name, place: &Place) -> Error {
    let Name { schema, table } = name;
    let tables = rows(
            "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition ORDER BY 1",
            &[Argument::text(schema)],
    );
    if is_missing(schema) {
        let hint = "Create it, or write the schema that the table is in.";
        return place
            .complain(format!("schema {} does not exist", quoted(schema)))
            .because(Fault::NoSchema)
            .hint(hint);
    }
    let tables: Vec<String> = tables.unwrap_or_default().iter().map(|row| text(row, 0)).collect();
    place.complain(format!("table {} does not exist", name.shown())).because(Fault::NoTable).hint(near::hint(
        table,
        &format!("The tables of the schema {}", quoted(schema)),
        tables.iter().map(String::as_str),
    ))
}

/// Tells whether there is no such schema.
fn is_missing(schema: &str) -> bool {
    let sql = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1";
    rows(sql, &[Argument::text(schema)]).is_ok_and(|found| found.is_empty())
}

/// Refuses a relation that cannot be a source: for live and deferred models what no trigger can watch, for all what the
/// role may not use.
pub fn check_source(relation: &Relation, is_batch: bool, place: &Place) -> Result<(), Error> {
    let name = quoted(&format!("{}.{}", relation.schema, relation.name));
    let refuse = |fault, refusal: &str, hint: String| {
        Err(place.complain(format!("{name} {refusal}")).because(fault).hint(hint))
    };
    let another = "Name the table behind it, or make it a batch model.".to_string();
    match relation.kind {
        _ if relation.is_catalog => {
            return refuse(Fault::WrongObject, "is a system catalog", "Name a table of your own.".into());
        }
        'r' | 'p' if relation.is_leaf && !is_batch => {
            let hint = format!("Name the table at the root: {}.", root(relation)?);
            return refuse(Fault::WrongObject, "is a partition of another table", hint);
        }
        'r' | 'p' => {}
        'v' | 'm' | 'f' if is_batch => {}
        'v' => return refuse(Fault::WrongObject, "is a view, whose changes cannot be watched", another),
        'm' => {
            return refuse(
                Fault::WrongObject,
                "is a materialized view, whose changes cannot be watched",
                another,
            );
        }
        'f' => {
            return refuse(
                Fault::WrongObject,
                "is a foreign table, whose changes cannot be watched",
                another,
            );
        }
        _ => return refuse(Fault::WrongObject, "is not a table", "Name a table.".into()),
    }
    match relation.persistence {
        't' => {
            let hint = "Use a permanent table: a model outlives the session.".into();
            refuse(Fault::NotSupported, "is a temporary table", hint)
        }
        'u' if !is_batch => {
            let hint =
                "Use ALTER TABLE … SET LOGGED: a crash would empty the table, and no trigger would see it.";
            refuse(Fault::NotSupported, "is an unlogged table", hint.into())
        }
        _ if is_batch && !relation.is_readable => {
            let hint = format!("Use GRANT SELECT ON {} TO the role that owns the model.", relation.quoted());
            refuse(Fault::NotAllowed, "may not be read", hint)
        }
        _ if !is_batch && !relation.is_owned => {
            let hint = "The creator of a model must own its tables, or be a member of the role that does.";
            refuse(Fault::NotAllowed, "belongs to another role", hint.into())
        }
        _ => Ok(()),
    }
}

/// Names the root of a partition's tree.
fn root(relation: &Relation) -> Result<String, Error> {
    let root = root_of(relation.oid)?.unwrap_or(relation.oid);
    let found = rows(
        "SELECT n.nspname || '.' || c.relname
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1",
        &[Argument::oid(root)],
    )?;
    Ok(quoted(&found.first().map(|row| text(row, 0)).unwrap_or_default()))
}

/// Finds the root of a partition's tree; none where it is no partition.
pub fn root_of(relation: Oid) -> Result<Option<Oid>, Error> {
    let found = rows(
        "SELECT pg_catalog.pg_partition_root($1::pg_catalog.oid)::pg_catalog.oid",
        &[Argument::oid(relation)],
    )?;
    Ok(found.first().map(|row| oid(row, 0)).filter(|root| *root != Oid::INVALID))
}

/// Tells whether a foreign key, which is checked at once, leads from columns to a key.
pub fn has_foreign_key(from: &Name, columns: &[String], to: &Name, key: &[&str]) -> Result<bool, Error> {
    let found = rows(
        "SELECT FROM pg_catalog.pg_constraint AS f
         WHERE f.contype = 'f' AND f.convalidated AND NOT f.condeferrable
           AND f.conrelid = (SELECT c.oid FROM pg_catalog.pg_class AS c WHERE c.relname = $2
                             AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = $1))
           AND f.confrelid = (SELECT c.oid FROM pg_catalog.pg_class AS c WHERE c.relname = $4
                              AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = $3))
           AND ARRAY(SELECT a.attname::text || '=' || b.attname
                     FROM ROWS FROM (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey)) AS k (one, other)
                     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.one
                     JOIN pg_catalog.pg_attribute AS b ON b.attrelid = f.confrelid AND b.attnum = k.other ORDER BY 1)
             = ARRAY(SELECT one || '=' || other FROM ROWS FROM (pg_catalog.unnest($5), pg_catalog.unnest($6)) AS k (one, other) ORDER BY 1)",
        &[
            Argument::text(&from.schema),
            Argument::text(&from.table),
            Argument::text(&to.schema),
            Argument::text(&to.table),
            Argument::texts(columns.iter().map(String::as_str)),
            Argument::texts(key.iter().copied()),
        ],
    )?;
    Ok(!found.is_empty())
}

/// Lists the columns, in their order.
pub fn columns(relation: &Relation) -> Result<Vec<Column>, Error> {
    let found = rows(
        "SELECT attname, attnum, atttypid, atttypmod, attcollation, attnotnull FROM pg_catalog.pg_attribute
             WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        &[Argument::oid(relation.oid)],
    )?;
    Ok(found
        .iter()
        .map(|row| Column {
            name: text(row, 0),
            attnum: text(row, 1).parse().unwrap_or_default(),
            type_oid: oid(row, 2),
            typmod: text(row, 3).parse().unwrap_or(-1),
            collation: oid(row, 4),
            not_null: is_true(row, 5),
        })
        .collect())
}

/// Tells whether no two rows can have the same values in these columns; NULLs apart, of which there may be many.
pub fn unique_over_columns(relation: &Relation, names: &[&str]) -> Result<bool, Error> {
    let mut keys = Vec::new();
    for column in columns(relation)? {
        if names.contains(&&column.name[..]) {
            // SAFETY: the text ends with a zero.
            let text = unsafe { read(pg_sys::quote_identifier(to_server(&column.name))) };
            keys.push(Key { text, collation: column.collation });
        }
    }
    unique_over(relation, &keys)
}

/// Tells whether a unique index has no other keys than these, so that no two rows can have the same values in them.
///
/// The index must compare as the keys' types do by default: only then are different values different for both.
pub fn unique_over(relation: &Relation, keys: &[Key]) -> Result<bool, Error> {
    let collations: Vec<Oid> = keys.iter().map(|key| key.collation).collect();
    let found = rows(
            "SELECT FROM pg_catalog.pg_index i
             WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indisready AND i.indislive
               AND i.indimmediate AND i.indpred IS NULL
               AND NOT EXISTS (
                 SELECT FROM pg_catalog.generate_series(1, i.indnkeyatts::int) AS at
                 JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[at - 1]
                 WHERE NOT o.opcdefault OR NOT EXISTS (
                   SELECT FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS key(text, collation_oid)
                   WHERE pg_catalog.pg_get_indexdef(i.indexrelid, at, false) IN (key.text, '(' || key.text || ')')
                     AND key.collation_oid = i.indcollation[at - 1]))
             LIMIT 1",
            &[
                Argument::oid(relation.oid),
                Argument::texts(keys.iter().map(|key| &key.text[..])),
                Argument::oids(&collations),
            ],
    )?;
    Ok(!found.is_empty())
}

/// Gives the attributes of a description.
///
/// # Safety
/// The description must outlive what is given.
pub unsafe fn attributes<'a>(described: pg_sys::TupleDesc) -> &'a [pg_sys::FormData_pg_attribute] {
    // SAFETY: the caller says so; from 18 on they follow short ones, one for each.
    unsafe {
        let columns = (*described).natts as usize;
        #[cfg(not(feature = "pg18"))]
        let first = (*described).attrs.as_ptr();
        #[cfg(feature = "pg18")]
        let first = (*described).compact_attrs.as_ptr().add(columns).cast();
        std::slice::from_raw_parts(first, columns)
    }
}

/// Reads a name of PostgreSQL's.
///
/// # Safety
/// It must end with a zero.
pub unsafe fn read(name: *const c_char) -> String {
    // SAFETY: the caller says that it ends with a zero.
    from_server(unsafe { CStr::from_ptr(name) }.to_bytes())
}

/// Gives a column of a row of the catalog.
fn text(row: &[Option<String>], at: usize) -> String {
    row.get(at).cloned().flatten().unwrap_or_default()
}

/// Reads an oid.
fn oid(row: &[Option<String>], at: usize) -> Oid {
    text(row, at).parse::<u32>().map_or(Oid::INVALID, Oid::from)
}

/// Reads a boolean.
fn is_true(row: &[Option<String>], at: usize) -> bool {
    text(row, at) == "t"
}

/// Reads a "char".
fn letter(row: &[Option<String>], at: usize) -> char {
    text(row, at).chars().next().unwrap_or_default()
}

//! A table or view as it is: its columns, comments, options and rights, to be kept while it changes.

use super::argument::Argument;
use super::query::{rows, run};
use super::types::Type;
use crate::error::Error;
use crate::model::change::Typed;
use crate::model::sql::alter::{self, Right};
use crate::model::sql::name::Name;
use pgrx::pg_sys::{self, Oid};

/// A table or view as it is.
pub struct Shape {
    pub oid: Oid,
    pub name: Name,
    /// The relkind of pg_class.
    pub kind: char,
    pub owner: Oid,
    /// Its options, as `security_barrier`, with their values.
    pub options: Vec<(String, String)>,
    pub comment: Option<String>,
    pub columns: Vec<Column>,
}

/// A column as it is.
pub struct Column {
    pub name: String,
    pub number: i16,
    pub kind: Type,
    pub comment: Option<String>,
}

impl Shape {
    /// Looks at a table or view; none where there is no such relation.
    pub fn find(name: &Name) -> Result<Option<Self>, Error> {
        let found = rows(
            "SELECT c.oid, c.relkind, c.relowner, pg_catalog.obj_description(c.oid, 'pg_class')
             FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = $1 AND c.relname = $2",
            &[Argument::text(&name.schema), Argument::text(&name.table)],
        )?;
        let Some(row) = found.first() else { return Ok(None) };
        let oid = oid(row, 0);
        let kind = text(row, 1).chars().next().unwrap_or_default();
        Ok(Some(Self {
            oid,
            name: name.clone(),
            kind,
            owner: self::oid(row, 2),
            options: options(oid)?,
            comment: row[3].clone(),
            columns: columns(oid)?,
        }))
    }

    /// Lists the columns with their types, as SQL writes these.
    pub fn typed(&self) -> Vec<Typed> {
        self.columns.iter().map(|column| (column.name.clone(), column.kind.name.clone())).collect()
    }

    /// Lists the columns with their types and collations, as SQL writes these.
    pub fn collated(&self) -> Result<Vec<Typed>, Error> {
        self.columns.iter().map(|column| Ok((column.name.clone(), collated(&column.kind)?))).collect()
    }

    /// Finds a column.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Says of the table or view, and of its columns, what is to be said; what its users said instead stays.
    pub fn comment(
        &self,
        name: &Name,
        words: &[(Option<String>, String)],
        former: &[(Option<String>, String)],
    ) -> Result<(), Error> {
        let kind = if self.kind == 'v' { "VIEW" } else { "TABLE" };
        for (column, text) in words {
            let ours = former.iter().find(|(known, _)| known == column).map(|(_, text)| text);
            let known = match column {
                None => Some(&self.comment),
                Some(column) => self.column(column).map(|column| &column.comment),
            };
            let text = match known {
                // The users' own, or their NULL instead of ours.
                Some(theirs) if theirs.as_ref() != ours => theirs.as_ref().or(ours.is_none().then_some(text)),
                _ => Some(text),
            };
            if let Some(text) = text {
                run(&alter::comment(kind, name, column.as_deref(), text), &[])?;
            }
        }
        Ok(())
    }
}

/// Writes a type with its collation, where that is not the type's own.
pub fn collated(kind: &Type) -> Result<String, Error> {
    // SAFETY: the type exists.
    let usual = unsafe { pg_sys::get_typcollation(kind.oid) };
    if kind.collation == usual || kind.collation == Oid::INVALID {
        return Ok(kind.name.clone());
    }
    let collation = super::query::value(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.collname)
         FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
         WHERE c.oid = $1",
        &[Argument::oid(kind.collation)],
    )?;
    Ok(format!("{} COLLATE {}", kind.name, collation.unwrap_or_default()))
}

/// Reads the options of a relation.
fn options(relation: Oid) -> Result<Vec<(String, String)>, Error> {
    let found = rows(
        "SELECT o.option_name, o.option_value
         FROM pg_catalog.pg_class AS c, pg_catalog.pg_options_to_table(c.reloptions) AS o WHERE c.oid = $1",
        &[Argument::oid(relation)],
    )?;
    Ok(found.iter().map(|row| (text(row, 0), text(row, 1))).collect())
}

/// Reads the columns of a relation, in their order.
fn columns(relation: Oid) -> Result<Vec<Column>, Error> {
    let found = rows(
        "SELECT attname, attnum, atttypid, atttypmod, attcollation, pg_catalog.col_description(attrelid, attnum)
         FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        &[Argument::oid(relation)],
    )?;
    let column = |row: &Vec<Option<String>>| {
        Ok(Column {
            name: text(row, 0),
            number: text(row, 1).parse().unwrap_or_default(),
            kind: Type::of(oid(row, 2), text(row, 3).parse().unwrap_or(-1), oid(row, 4))?,
            comment: row[5].clone(),
        })
    };
    found.iter().map(column).collect()
}

/// Reads the rights on a relation and on its columns; empty where they are those that a new one has.
pub fn rights(relation: Oid) -> Result<Vec<Right>, Error> {
    let found = rows(
        "SELECT granted.attname, r.rolname, a.privilege_type, a.is_grantable
         FROM (SELECT NULL::name AS attname, relacl AS acl FROM pg_catalog.pg_class WHERE oid = $1
               UNION ALL
               SELECT attname, attacl FROM pg_catalog.pg_attribute
               WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped) AS granted,
              pg_catalog.aclexplode(granted.acl) AS a LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee",
        &[Argument::oid(relation)],
    )?;
    let right = |row: &Vec<Option<String>>| Right {
        column: row[0].clone(),
        role: row[1].clone(),
        privilege: text(row, 2),
        is_grantable: row[3].as_deref() == Some("t"),
    };
    Ok(found.iter().map(right).collect())
}

/// Gives a relation that was made anew the rights that it had, and no others.
pub fn restore_rights(
    name: &Name,
    relation: Oid,
    kept: &[Right],
    is_there: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    for right in rights(relation)? {
        run(&right.revoke_all(name), &[])?;
    }
    for right in kept {
        if right.column.as_deref().is_none_or(&is_there) {
            run(&right.grant(name), &[])?;
        }
    }
    Ok(())
}

/// Gives a column of a row of the catalog.
pub fn text(row: &[Option<String>], at: usize) -> String {
    row.get(at).cloned().flatten().unwrap_or_default()
}

/// Reads an oid.
pub fn oid(row: &[Option<String>], at: usize) -> Oid {
    text(row, at).parse::<u32>().map_or(Oid::INVALID, Oid::from)
}

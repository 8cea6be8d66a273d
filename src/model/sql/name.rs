//! Names of tables as authors write them: `crm.customers`, or `"Crm"."Customers"`.

use super::quoted;
use crate::error::{Error, Fault};
use crate::model::place::{Place, quoted as shown};
use std::fmt;

/// The name of a table or view, with its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The schema.
    pub schema: String,
    /// The table in it.
    pub table: String,
}

impl Name {
    /// Reads a name; letters outside quotes are small ones, as in SQL.
    pub fn read(text: &str, place: &Place) -> Result<Self, Error> {
        let refuse = |refusal: &str, fault: Fault, hint: &str| {
            Err(place.refuse(format!("{refusal}, got {}", shown(text))).because(fault).hint(hint))
        };
        let write = "Write a schema and a table, as \"crm.customers\".";
        match parts(text).as_deref() {
            Some([schema, table]) => Ok(Self { schema: schema.clone(), table: table.clone() }),
            Some([table]) => {
                let hint = format!("Write it with its schema, as \"public.{table}\".");
                refuse("must have a schema", Fault::NoTable, &hint)
            }
            Some(_) => refuse("must be a schema and a table", Fault::BadName, write),
            None => refuse("must be the name of a table", Fault::BadName, write),
        }
    }

    /// Shows it as messages do, with both parts in one pair of quotes.
    pub fn shown(&self) -> String {
        shown(&format!("{}.{}", self.schema, self.table))
    }

    /// Names the rows that a trigger has seen, which are in no schema.
    pub fn rows(name: &str) -> Self {
        Self { schema: String::new(), table: name.into() }
    }

    /// Makes a name in the same schema.
    pub fn beside(&self, table: String) -> Self {
        Self { schema: self.schema.clone(), table }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema[..] {
            "" => write!(to, "{}", quoted(&self.table)),
            schema => write!(to, "{}.{}", quoted(schema), quoted(&self.table)),
        }
    }
}

/// Splits a name at its dots; none where it is no name.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(inner) => quoted_part(inner)?,
            None => {
                let end = rest.find(|letter: char| !is_of_name(letter)).unwrap_or(rest.len());
                let (part, after) = rest.split_at(end);
                let begins_well =
                    part.chars().next().is_some_and(|first| !first.is_ascii_digit() && first != '$');
                (begins_well.then(|| part.to_ascii_lowercase())?, after)
            }
        };
        parts.push(part);
        rest = after.trim_start();
        match rest.strip_prefix('.') {
            Some(next) => rest = next.trim_start(),
            None => return rest.is_empty().then_some(parts),
        }
    }
}

/// Reads up to the closing quote; gives what follows it too.
fn quoted_part(inner: &str) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut rest = inner;
    loop {
        let (before, after) = rest.split_once('"')?;
        part.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                part.push('"');
                rest = next;
            }
            None => return (!part.is_empty()).then_some((part, after)),
        }
    }
}

/// Tells whether a letter may stand in a name without quotes.
fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$' || !letter.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names() {
        let read = |text| Name::read(text, &Place::root()).map(|name| name.to_string()).ok();
        assert_eq!(read("Crm.Customers").as_deref(), Some(r#""crm"."customers""#));
        assert_eq!(read(r#" "Crm" . "Cust""omers" "#).as_deref(), Some(r#""Crm"."Cust""omers""#));
        for bad in
            ["customers", "a.b.c", "", "a.", "a.b; drop table c", "a.b -- c", "1a.b", r#"a."b"#, r#"a."""#]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}

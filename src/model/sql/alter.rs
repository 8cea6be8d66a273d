//! Tables and views that are altered in place: their columns, names, comments and rights.

use super::name::Name;
use super::{literal, quoted};
use crate::model::change::{Changes, Typed};

/// Writes the statement that gives a table other columns; none where all stay and none comes.
pub fn columns(changes: &Changes, table: &Name) -> Option<String> {
    let drop = changes.lost().map(|(name, _)| format!("DROP COLUMN {}", quoted(name)));
    let added = changes.retyped.iter().chain(&changes.added);
    let add = added.map(|(name, kind)| format!("ADD COLUMN {} {kind}", quoted(name)));
    let actions: Vec<String> = drop.chain(add).collect();
    (!actions.is_empty()).then(|| format!("ALTER TABLE {table} {}", actions.join(", ")))
}

/// Writes the statements that give a table or a view another name; where the schema is another one too, it is called
/// `between` on its way, which no other is.
pub fn rename(from: &Name, to: &Name, between: &str) -> Vec<String> {
    let rename = |from: &Name, to: &str| format!("ALTER TABLE {from} RENAME TO {}", quoted(to));
    match (from.schema == to.schema, from.table == to.table) {
        (true, true) => Vec::new(),
        (true, false) => vec![rename(from, &to.table)],
        (false, true) => vec![format!("ALTER TABLE {from} SET SCHEMA {}", quoted(&to.schema))],
        (false, false) => {
            let (here, there) = (from.beside(between.into()), to.beside(between.into()));
            let between_schemas = format!("ALTER TABLE {here} SET SCHEMA {}", quoted(&to.schema));
            vec![rename(from, between), between_schemas, rename(&there, &to.table)]
        }
    }
}

/// Writes the statement that makes or replaces a view, with its options.
pub fn replace_view(view: &Name, options: &[(String, String)], body: &str) -> String {
    let options: Vec<String> =
        options.iter().map(|(name, value)| format!("{} = {}", quoted(name), literal(value))).collect();
    let with = if options.is_empty() { String::new() } else { format!(" WITH ({})", options.join(", ")) };
    format!("CREATE OR REPLACE VIEW {view}{with} AS\n{}", body.trim_end().trim_end_matches(';'))
}

/// Writes the statement that gives a view to a role.
pub fn give(view: &Name, role: &str) -> String {
    format!("ALTER VIEW {view} OWNER TO {}", quoted(role))
}

/// Writes a query of these columns that reads nothing.
pub fn nothing(columns: &[Typed]) -> String {
    let items = columns.iter().map(|(name, kind)| format!("NULL::{kind} AS {}", quoted(name)));
    format!("SELECT {}", items.collect::<Vec<_>>().join(", "))
}

/// Writes the statement that comments a column, or the whole: `kind` is TABLE or VIEW.
pub fn comment(kind: &str, name: &Name, column: Option<&str>, text: &str) -> String {
    let text = literal(text);
    match column {
        Some(column) => format!("COMMENT ON COLUMN {name}.{} IS {text}", quoted(column)),
        None => format!("COMMENT ON {kind} {name} IS {text}"),
    }
}

/// A right on a table or a view, or on a column of it.
pub struct Right {
    /// The column; none where it is on the whole.
    pub column: Option<String>,
    /// Who has it; none for everybody.
    pub role: Option<String>,
    /// What it is, as SQL names it.
    pub privilege: String,
    /// Whether the role may grant it.
    pub is_grantable: bool,
}

impl Right {
    /// Writes who has it.
    fn grantee(&self) -> String {
        self.role.as_deref().map_or_else(|| "PUBLIC".into(), quoted)
    }

    /// Writes the statement that grants it.
    pub fn grant(&self, of: &Name) -> String {
        let column = self.column.as_ref().map(|column| format!(" ({})", quoted(column))).unwrap_or_default();
        let option = if self.is_grantable { " WITH GRANT OPTION" } else { "" };
        format!("GRANT {}{column} ON {of} TO {}{option}", self.privilege, self.grantee())
    }

    /// Writes the statement that takes everything away from who has it.
    pub fn revoke_all(&self, of: &Name) -> String {
        format!("REVOKE ALL ON {of} FROM {}", self.grantee())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_moves_under_a_name_that_is_free_in_both_schemas() {
        let name = |schema: &str, table: &str| Name { schema: schema.into(), table: table.into() };
        let moved = rename(&name("a", "x"), &name("b", "y"), "z");
        assert_eq!(moved[0], r#"ALTER TABLE "a"."x" RENAME TO "z""#);
        assert_eq!(moved[1], r#"ALTER TABLE "a"."z" SET SCHEMA "b""#);
        assert_eq!(moved[2], r#"ALTER TABLE "b"."z" RENAME TO "y""#);
        assert!(rename(&name("a", "x"), &name("a", "x"), "z").is_empty());
    }
}

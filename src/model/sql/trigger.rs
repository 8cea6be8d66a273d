//! The triggers of a model: four on every table that it reads, and on every level of its partitions.

use super::quoted;

/// The name of the old rows in a trigger.
pub const OLD: &str = "pg_scoring_old";

/// The name of the new rows in a trigger.
pub const NEW: &str = "pg_scoring_new";

/// The events, each with the rows that its trigger sees.
pub const EVENTS: [(&str, &[&str]); 4] =
    [("insert", &[NEW]), ("update", &[OLD, NEW]), ("delete", &[OLD]), ("truncate", &[])];

/// What the names of all triggers of a model begin with.
pub fn prefix(id: i32) -> String {
    format!("pg_scoring_{id}_")
}

/// Tells whether a trigger has the name that it would have as a model's.
pub fn is_name(name: &str, id: i32, event: &str) -> bool {
    let number =
        name.strip_prefix("pg_scoring_").and_then(|rest| rest.strip_suffix(event)?.strip_suffix('_'));
    number.is_some_and(|number| number.parse() == Ok(id) && !number.starts_with(['0', '+']))
}

/// Writes the statements that make the triggers of a model on a table, whose name is written as SQL does.
pub fn create(id: i32, table: &str) -> Vec<String> {
    let statement = |(event, rows): &(&str, &[&str])| {
        let seen = rows.iter().map(|rows| match *rows {
            OLD => format!(" OLD TABLE AS {OLD}"),
            _ => format!(" NEW TABLE AS {NEW}"),
        });
        let seen: String = seen.collect();
        let referencing = if seen.is_empty() { seen } else { format!(" REFERENCING{seen}") };
        format!(
            "CREATE OR REPLACE TRIGGER {} AFTER {} ON {table}{referencing} FOR EACH STATEMENT EXECUTE FUNCTION scoring.keep('{id}')",
            quoted(&format!("{}{event}", prefix(id))),
            event.to_uppercase(),
        )
    };
    EVENTS.iter().map(statement).collect()
}

/// Lists the names of the triggers of a model, which are the same on each table.
pub fn names(id: i32) -> Vec<String> {
    EVENTS.iter().map(|(event, _)| format!("{}{event}", prefix(id))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_is_known_by_the_name_that_it_was_given() {
        for (event, _) in EVENTS {
            assert!(is_name(&format!("{}{event}", prefix(12)), 12, event));
        }
        for name in [
            "pg_scoring_12_update",
            "pg_scoring_012_insert",
            "pg_scoring_+12_insert",
            "pg_scoring_12insert",
            "x",
        ] {
            assert!(!is_name(name, 12, "insert"), "{name}");
        }
    }
}

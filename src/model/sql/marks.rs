//! The marks of a model: beside the score table, typed as its key.

use super::name::Name;
use super::quoted;
use crate::model::plan::Plan;

/// What follows the name of the score table.
pub const SUFFIX: &str = "_marks";

/// Names the marks of a score table.
pub fn name(scores: &Name) -> Name {
    scores.beside(format!("{}{SUFFIX}", scores.table))
}

/// Writes the statements that make them.
pub fn create(plan: &Plan, scores: &Name) -> Vec<String> {
    let name = name(scores);
    let key = plan.key.iter().zip(1..).map(|((_, kind), at)| format!("key_{at} {}", kind.sql));
    let columns: Vec<String> = key.chain(["marked_at timestamp with time zone NOT NULL".into()]).collect();
    let comment = format!(
        "COMMENT ON TABLE {name} IS 'Customers whose scores in {} may not be true yet; NULL: all of them. Kept by pg_scoring.'",
        quoted(&scores.table).replace('\'', "''")
    );
    // A truncation would make writers wait. What was worked off is to be swept up soon, however large the table was.
    let options =
        "vacuum_truncate = off, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0";
    vec![format!("CREATE TABLE {name} (\n  {}\n) WITH ({options})", columns.join(",\n  ")), comment]
}

/// Writes the statement that marks every customer and every row of the score table one by one, in place of all at once.
pub fn spread(plan: &Plan, scores: &Name) -> String {
    let marks = name(scores);
    let key: Vec<String> = plan.key.iter().map(|(column, _)| quoted(column)).collect();
    format!("INSERT INTO {marks} SELECT {}, clock_timestamp() FROM {scores}", key.join(", "))
}

//! The marks of a model: beside the score table, typed as its key.

use super::customers::Customers;
use super::name::Name;
use super::quoted;
use crate::error::Error;
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
pub fn spread(plan: &Plan, scores: &Name) -> Result<String, Error> {
    let customers = Customers::of(plan)?;
    let key: Vec<String> = plan.key.iter().map(|(column, _)| quoted(column)).collect();
    let key = key.join(", ");
    let own = customers.keys_as(&plan.key);
    Ok(format!(
        "INSERT INTO {} SELECT {key}, clock_timestamp() FROM (SELECT {key} FROM {scores} UNION {own}) AS everybody",
        name(scores)
    ))
}

/// The moment as one value: compared with the bare function, each row asks for it, and no index can lead there.
const NOW: &str = "(SELECT clock_timestamp())";

/// Writes the statement that finds the rows that are due first, but for some.
pub fn due(plan: &Plan, scores: &Name, at_most: usize, skipped: usize) -> String {
    let key: Vec<String> = plan.key.iter().map(|(column, _)| quoted(column)).collect();
    format!(
        "SELECT {} FROM {scores} WHERE \"due_at\" <= {NOW} ORDER BY \"due_at\" \
         LIMIT {at_most} OFFSET {skipped}",
        key.join(", ")
    )
}

/// Writes the statement that counts rows that are due, up to so many.
pub fn due_up_to(scores: &Name, at_most: usize) -> String {
    format!("SELECT count(*) FROM (SELECT FROM {scores} WHERE \"due_at\" <= {NOW} LIMIT {at_most}) AS due")
}

/// Writes the statement that reads the keys of the rows that are due, or of all: columns with the types of the marks, whatever
/// has become of the table.
pub fn pending(key: &[(String, &str)], scores: &Name, are_all: bool) -> String {
    let own = key.iter().map(|(column, of)| format!("CAST({} AS {of})", quoted(column)));
    let condition = if are_all { String::new() } else { format!(" WHERE \"due_at\" <= {NOW}") };
    format!("SELECT {} FROM {scores}{condition}", own.collect::<Vec<_>>().join(", "))
}

/// Writes the statement that reads the keys of all marks.
pub fn select(parts: usize, scores: &Name) -> String {
    format!("SELECT {} FROM {}", columns(parts).join(", "), name(scores))
}

/// Writes the statement that finds a mark of a customer, whose key it takes as texts, or of all.
pub fn is_marked(plan: &Plan, scores: &Name) -> String {
    let equal = plan
        .key
        .iter()
        .zip(1..)
        .map(|((_, kind), at)| format!("key_{at} {} CAST(${at} AS {})", kind.equals, kind.sql));
    let equal: Vec<String> = equal.collect();
    format!("SELECT true FROM {} WHERE key_1 IS NULL OR {} LIMIT 1", name(scores), equal.join(" AND "))
}

/// Names the columns of a key in the marks.
pub fn columns(parts: usize) -> Vec<String> {
    (1..=parts).map(|at| format!("key_{at}")).collect()
}

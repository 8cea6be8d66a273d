//! Names: of sources, joins, measures and scores, and of every column that they make.

use super::document::Document;
use super::place::{Place, quoted};
use crate::error::{Error, Fault};
use std::collections::HashMap;
use std::fmt::Display;

/// The most bytes of a name: PostgreSQL's 63, less the longest suffix of a column.
pub const MOST_BYTES: usize = 53;

/// The most bytes of the name of a column.
const MOST_BYTES_OF_COLUMN: usize = 63;

/// The most columns of a score table; PostgreSQL holds 1,600.
const MOST_COLUMNS: usize = 1_500;

/// The columns that every score table has.
const OWN: [&str; 4] = ["scored_at", "due_at", "event_due_at", "own_measures"];

/// The columns that PostgreSQL keeps for itself in every table.
const SYSTEM: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// Refuses a name that is empty or too long.
pub fn check_name(name: &str, place: &Place) -> Result<(), Error> {
    if name.trim().is_empty() {
        return Err(place.complain("a name is empty").hint("Name it; the name becomes that of a column."));
    }
    if name.len() > MOST_BYTES {
        let complaint = format!("the name has {} bytes, {MOST_BYTES} are the most", name.len());
        let hint = "Columns add up to ten bytes to it, and PostgreSQL's names hold 63.";
        return Err(place.complain(complaint).because(Fault::NameTooLong).hint(hint));
    }
    Ok(())
}

/// Checks every name of a document, and that no two of its columns have the same.
pub fn check(document: &Document) -> Result<(), Error> {
    let root = Place::root();
    for name in document.sources.keys() {
        check_name(name, &root.key("sources").key(name))?;
    }
    let mut columns = Columns::default();
    for column in OWN {
        columns.owners.insert(column.into(), "every score table".into());
    }
    let key = root.key("customers").key("key");
    for (place, column) in document.customers.key.placed(&key) {
        columns.add(column, "the customer's key", &place)?;
    }
    for (name, measure) in &document.measures {
        columns.add_all(name, measure.suffixes(), "measure", &root.key("measures").key(name))?;
    }
    for (name, score) in &document.scores {
        columns.add_all(name, &score.family.suffixes(), "score", &root.key("scores").key(name))?;
    }
    Ok(())
}

/// The columns made so far, each with what makes it.
#[derive(Default)]
struct Columns {
    owners: HashMap<String, String>,
}

impl Columns {
    /// Adds the columns of a measure or a score.
    fn add_all(
        &mut self,
        name: &str,
        suffixes: &[impl Display],
        what: &str,
        place: &Place,
    ) -> Result<(), Error> {
        check_name(name, place)?;
        let owner = format!("{what} {}", quoted(name));
        suffixes.iter().try_for_each(|suffix| self.add(&format!("{name}{suffix}"), &owner, place))
    }

    /// Adds a column, which must be the only one of its name.
    fn add(&mut self, column: &str, owner: &str, place: &Place) -> Result<(), Error> {
        if SYSTEM.contains(&column) {
            let complaint = format!("PostgreSQL keeps the column {} for itself", quoted(column));
            return Err(place.complain(complaint).hint("Choose another name."));
        }
        if column.len() > MOST_BYTES_OF_COLUMN {
            let complaint = format!("the column {} would have {} bytes", quoted(column), column.len());
            let hint = "PostgreSQL's names hold 63: choose shorter ones.";
            return Err(place.complain(complaint).because(Fault::NameTooLong).hint(hint));
        }
        if self.owners.len() >= MOST_COLUMNS {
            let complaint = format!("the score table would have more than {MOST_COLUMNS} columns");
            let hint = "Make several models of it.";
            return Err(place.complain(complaint).because(Fault::LimitExceeded).hint(hint));
        }
        match self.owners.insert(column.into(), owner.into()) {
            None => Ok(()),
            Some(other) => Err(place
                .complain(format!("the column {} is also made by {other}", quoted(column)))
                .hint("Choose another name; measures, scores and their columns share one namespace.")),
        }
    }
}

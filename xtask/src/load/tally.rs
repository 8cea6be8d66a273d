//! What happened: counted by every client for itself, then added up.

use std::collections::{BTreeMap, BTreeSet};

/// Errors: how many, by the kind of statement and the SQLSTATE.
pub type Errors = BTreeMap<(String, String), u64>;

/// The counts of one client, or of all.
#[derive(Default)]
pub struct Tally {
    /// Transactions that committed, by level.
    pub committed: BTreeMap<&'static str, u64>,
    /// Transactions that were rolled back as they meant to be.
    pub rolled_back: u64,
    /// Transactions that an error ended.
    pub failed: u64,
    /// Transactions tried once more after a deadlock or a serialization failure.
    pub retries: u64,
    /// Statements that were done, by kind.
    pub statements: BTreeMap<String, u64>,
    pub errors: Errors,
    /// One message of each kind and SQLSTATE.
    pub messages: BTreeMap<(String, String), String>,
    /// What PostgreSQL said it was doing when it met a deadlock or a serialization failure.
    pub contexts: BTreeMap<String, u64>,
    /// Connections that broke, which a crash loop wants.
    pub lost_connections: u64,
    /// What must not be, in words.
    pub faults: BTreeSet<String>,
}

impl Tally {
    /// Adds the counts of another client.
    pub fn add(&mut self, other: Tally) {
        add_counts(&mut self.committed, other.committed);
        add_counts(&mut self.statements, other.statements);
        add_counts(&mut self.errors, other.errors);
        add_counts(&mut self.contexts, other.contexts);
        self.messages.extend(other.messages);
        self.faults.extend(other.faults);
        self.rolled_back += other.rolled_back;
        self.failed += other.failed;
        self.retries += other.retries;
        self.lost_connections += other.lost_connections;
    }

    /// Counts a statement that was done.
    pub fn count_statement(&mut self, kind: &str) {
        match self.statements.get_mut(kind) {
            Some(count) => *count += 1,
            None => drop(self.statements.insert(kind.to_owned(), 1)),
        }
    }

    /// Counts an error of a statement, and keeps what PostgreSQL said where locks or snapshots are at stake.
    pub fn count_error(&mut self, kind: &str, error: &postgres::Error) {
        let Some(error) = error.as_db_error() else {
            self.lost_connections += 1;
            return;
        };
        let state = error.code().code().to_owned();
        if is_worth_a_retry(&state) {
            let context = error.where_().unwrap_or("no context");
            let said = format!("{state} {}: {}", error.message(), without_numbers(context));
            *self.contexts.entry(said).or_default() += 1;
        }
        let key = (kind.to_owned(), state);
        let message = self.messages.entry(key.clone()).or_default();
        // A message of ours is not to hide behind the first of PostgreSQL's.
        if message.is_empty() || error.message().contains("scor") {
            error.message().clone_into(message);
        }
        *self.errors.entry(key).or_default() += 1;
    }

    /// How many transactions committed.
    pub fn sum_committed(&self) -> u64 {
        self.committed.values().sum()
    }

    /// How many errors had this SQLSTATE, over all kinds.
    pub fn sum_errors(&self, state: &str) -> u64 {
        self.errors.iter().filter(|((_, found), _)| found == state).map(|(_, count)| count).sum()
    }
}

/// Tells whether PostgreSQL asks the client to do the transaction again: a deadlock or a serialization failure.
pub fn is_worth_a_retry(state: &str) -> bool {
    state == "40P01" || state == "40001"
}

/// Adds counts under the same keys.
fn add_counts<K: Ord>(to: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    for (key, count) in from {
        *to.entry(key).or_default() += count;
    }
}

/// Writes every number as #, so that contexts that differ only in a row or a value count as one.
fn without_numbers(text: &str) -> String {
    let mut short = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_digit() { '#' } else { c };
        if c != '#' || !short.ends_with('#') {
            short.push(c);
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_that_differ_only_in_numbers_are_one() {
        assert_eq!(
            without_numbers("tuple (12,3) in relation \"orders\""),
            "tuple (#,#) in relation \"orders\""
        );
    }

    #[test]
    fn the_counts_of_clients_are_added() {
        let mut all = Tally::default();
        for _ in 0..2 {
            let mut one = Tally { retries: 2, ..Tally::default() };
            one.count_statement("merge");
            one.committed.insert("serializable", 3);
            all.add(one);
        }
        assert_eq!((all.sum_committed(), all.retries, all.statements["merge"]), (6, 4, 2));
    }
}

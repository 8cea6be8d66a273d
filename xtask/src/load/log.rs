//! The server's log: who waited for whom, and what must never be in it.

use std::collections::{BTreeMap, BTreeSet};

/// The settings that make the log tell it, and early.
pub const SETTINGS: &[&str] = &[
    "log_line_prefix = '%p|%a|%e|'",
    "log_lock_waits = on",
    "deadlock_timeout = 100ms",
    "log_min_messages = warning",
];

/// What a log tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Deadlocks that only the clients' own rows made.
    pub own_deadlocks: u64,
    /// Waits of clients for each other's own rows that took longer than `deadlock_timeout`.
    pub own_waits: u64,
    /// What must not be: each with how often it was met.
    pub faults: BTreeMap<String, u64>,
}

/// An entry: the session's name, the SQLSTATE, the message, and the lines that belong to it.
struct Entry<'log> {
    name: &'log str,
    state: &'log str,
    message: &'log str,
    more: Vec<&'log str>,
}

/// Reads a log. `own` are the oids of the clients' tables and their indexes: whatever else is locked is the extension's.
pub fn read(log: &str, own: &BTreeSet<u32>) -> Told {
    let mut told = Told::default();
    for entry in read_entries(log) {
        let is_writer = entry.name.starts_with("writer");
        let is_deadlock = entry.message.contains("deadlock detected");
        let is_wait = entry.message.contains("still waiting for");
        if is_deadlock || is_wait && is_writer {
            let names_extension = entry.names_extension(own);
            match (is_deadlock, names_extension) {
                (true, false) => told.own_deadlocks += 1,
                (false, false) => told.own_waits += 1,
                (_, true) => *told.faults.entry(entry.show()).or_default() += 1,
            }
        }
        let is_bug = entry.state.starts_with("XX") || entry.message.contains("PANIC:");
        if is_bug || entry.message.contains("terminated by signal") {
            *told.faults.entry(entry.show()).or_default() += 1;
        }
    }
    told
}

/// Splits a log into entries; what is no message of its own (DETAIL, CONTEXT, STATEMENT, further lines) belongs to the last.
fn read_entries(log: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for line in log.lines() {
        let mut fields = line.splitn(4, '|');
        let fields = (fields.next(), fields.next(), fields.next(), fields.next());
        let (Some(_), Some(name), Some(state), Some(message)) = fields else {
            if let Some(last) = entries.last_mut() {
                last.more.push(line);
            }
            continue;
        };
        let is_more = ["DETAIL:", "HINT:", "CONTEXT:", "QUERY:", "LOCATION:", "STATEMENT:"]
            .iter()
            .any(|word| message.starts_with(word));
        match entries.last_mut() {
            Some(last) if is_more => last.more.push(message),
            _ => entries.push(Entry { name, state, message, more: Vec::new() }),
        }
    }
    entries
}

impl Entry<'_> {
    /// Tells whether a relation or a statement of the extension has a part in it.
    fn names_extension(&self, own: &BTreeSet<u32>) -> bool {
        let lines = || std::iter::once(self.message).chain(self.more.iter().copied());
        let names_oid = |line: &str| {
            line.split("relation ").skip(1).any(|rest| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().is_ok_and(|oid| !own.contains(&oid))
            })
        };
        lines().any(|line| line.contains("scores") || line.contains("scoring") || names_oid(line))
    }

    /// Writes the entry as it stands in the log, without what differs each time.
    fn show(&self) -> String {
        let mut lines = vec![format!("{}: {} {}", self.name, self.state, self.message)];
        lines.extend(self.more.iter().map(|line| format!("  {line}")));
        lines.join("\n    ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
7|writer 1|00000|LOG:  process 7 still waiting for ShareLock on transaction 9 after 100.1 ms
7|writer 1|00000|DETAIL:  Process holding the lock: 8. Wait queue: 7.
7|writer 1|00000|CONTEXT:  while updating tuple (1,1) in relation \"orders\"
7|writer 1|00000|STATEMENT:  UPDATE shop.orders SET amount = 1
8|writer 2|40P01|ERROR:  deadlock detected
8|writer 2|40P01|DETAIL:  Process 8 waits for ShareLock on transaction 9; blocked by process 7.
\tProcess 7 waits for ShareLock on transaction 8; blocked by process 8.
8|writer 2|40P01|CONTEXT:  while locking tuple (0,5) in relation \"customers\"
9|owner|00000|LOG:  process 9 still waiting for ShareLock on relation 77 of database 5 after 100.2 ms
";

    #[test]
    fn the_clients_own_locks_are_no_fault() {
        let told = read(LOG, &BTreeSet::new());
        assert_eq!(told, Told { own_deadlocks: 1, own_waits: 1, faults: BTreeMap::new() });
    }

    #[test]
    fn a_deadlock_or_wait_on_a_relation_of_the_extension_is_a_fault() {
        for (from, to) in [
            ("locking tuple (0,5) in relation \"customers\"", "locking tuple (0,5) in relation \"scores\""),
            ("blocked by process 8.", "blocked by process 8.\n\tProcess 7: CALL scoring.work()"),
            ("ShareLock on transaction 9 after", "RowExclusiveLock on relation 77 of database 5 after"),
        ] {
            let told = read(&LOG.replace(from, to), &BTreeSet::from([76]));
            assert_eq!(told.faults.len(), 1, "{to}");
        }
        let log = LOG.replace(
            "ShareLock on transaction 9 after",
            "RowExclusiveLock on relation 77 of database 5 after",
        );
        assert!(read(&log, &BTreeSet::from([77])).faults.is_empty());
    }

    #[test]
    fn what_is_a_bug_is_a_fault_whoever_met_it() {
        let log = format!(
            "{LOG}9|owner|XX000|ERROR:  oops\n5|||LOG:  server process (PID 9) was terminated by signal 11\n"
        );
        assert_eq!(read(&log, &BTreeSet::new()).faults.len(), 2);
    }
}

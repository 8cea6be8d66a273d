//! A client: draws transactions and does them, one after the other, on a connection of its own.

use super::random::Random;
use super::step::Step;
use super::tally::{Tally, is_worth_a_retry};
use super::transaction::{self, Move, Transaction};
use anyhow::{Context, Result};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// How often a transaction that met a deadlock or a serialization failure is tried in all.
const TRIES: usize = 8;

/// What ends the clients: enough transactions, or somebody's word.
pub struct Goal {
    pub committed: AtomicU64,
    pub wanted: u64,
    pub stop: AtomicBool,
    /// Held by everybody for as long as a transaction takes, and by whoever wants them all to rest.
    gate: RwLock<()>,
}

impl Goal {
    /// Sets a goal of so many committed transactions.
    pub fn new(wanted: u64) -> Goal {
        Goal { committed: AtomicU64::new(0), wanted, stop: AtomicBool::new(false), gate: RwLock::new(()) }
    }

    /// Begins a transaction, which ends when what is given is dropped; waits while all are to rest.
    pub fn enter(&self) -> RwLockReadGuard<'_, ()> {
        // Who has panicked is a fault of its own; the gate protects no data.
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody is in a transaction, and lets nobody begin one until what is given is dropped.
    pub fn rest(&self) -> RwLockWriteGuard<'_, ()> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether the clients are to end.
    pub fn is_reached(&self) -> bool {
        self.stop.load(Relaxed) || self.committed.load(Relaxed) >= self.wanted
    }
}

/// Where the clients connect to.
#[derive(Clone)]
pub struct Place {
    pub config: postgres::Config,
    /// Clients may COPY, which this client's library does with a prepared statement.
    pub copies: bool,
}

impl Place {
    /// A database of a server that has a Unix socket.
    pub fn new(socket: &Path, database: &str) -> Place {
        let mut config = postgres::Config::new();
        config.host_path(socket).user("postgres").dbname(database).connect_timeout(Duration::from_secs(10));
        Place { config, copies: true }
    }

    /// The same, where the socket is not that of the usual port.
    pub fn new_on_port(socket: &Path, database: &str, port: u16) -> Place {
        let mut place = Place::new(socket, database);
        place.config.port(port);
        place
    }

    /// Connects under a name that the server's log shows.
    pub fn connect(&self, name: &str) -> Result<postgres::Client> {
        let mut config = self.config.clone();
        config.application_name(name);
        config.connect(postgres::NoTls).with_context(|| format!("{name} cannot connect"))
    }
}

/// A client's connection.
struct Session {
    connection: postgres::Client,
    copies: bool,
}

/// How a try of a transaction ended.
enum Outcome {
    Committed,
    RolledBack,
    Failed,
    TryAgain,
    Lost,
}

/// Does transactions until the goal is reached; a lost connection is made anew only where crashes are meant.
pub fn run(place: &Place, seed: u64, number: u64, goal: &Goal, survives_crashes: bool) -> Tally {
    let mut tally = Tally::default();
    let mut random = Random::new(seed, number);
    let name = format!("writer {number}");
    while !goal.is_reached() {
        let connection = match place.connect(&name) {
            Ok(connection) => connection,
            Err(_) if survives_crashes => {
                std::thread::sleep(Duration::from_millis(50));
                continue;
            }
            Err(error) => {
                tally.faults.insert(format!("{error:#}"));
                goal.stop.store(true, Relaxed);
                break;
            }
        };
        work(&mut Session { connection, copies: place.copies }, &mut random, goal, &mut tally);
        if !goal.is_reached() && !survives_crashes {
            tally.faults.insert(format!("the connection of {name} broke"));
            goal.stop.store(true, Relaxed);
        }
    }
    tally
}

/// Does transactions on one connection, until the goal is reached or the connection is lost.
fn work(session: &mut Session, random: &mut Random, goal: &Goal, tally: &mut Tally) {
    while !goal.is_reached() {
        let transaction = transaction::draw(random);
        for attempt in 1..=TRIES {
            let inside = goal.enter();
            let outcome = attempt_once(session, &transaction, tally);
            drop(inside);
            match outcome {
                Outcome::Committed => {
                    goal.committed.fetch_add(1, Relaxed);
                    *tally.committed.entry(transaction.level.name()).or_default() += 1;
                }
                Outcome::RolledBack => tally.rolled_back += 1,
                Outcome::TryAgain if attempt < TRIES => {
                    tally.retries += 1;
                    continue;
                }
                Outcome::TryAgain | Outcome::Failed => tally.failed += 1,
                Outcome::Lost => return,
            }
            break;
        }
    }
}

/// Tries a transaction once.
fn attempt_once(session: &mut Session, transaction: &Transaction, tally: &mut Tally) -> Outcome {
    let begins = transaction.level.begin();
    if let Some(begin) = begins
        && let Err(error) = session.connection.batch_execute(begin)
    {
        return end_after(session, "begin", &error, tally);
    }
    let mut is_behind = false;
    for one in &transaction.moves {
        let (kind, done) = match one {
            Move::Do(step) => (step.kind, execute(session, step)),
            Move::Savepoint => ("savepoint", session.connection.batch_execute("SAVEPOINT s")),
            Move::RollBack if is_behind => {
                ("rollback to", session.connection.batch_execute("ROLLBACK TO s; RELEASE s"))
            }
            Move::Release if is_behind => ("release", session.connection.batch_execute("RELEASE s")),
            Move::RollBack | Move::Release => continue,
            Move::Rest(milliseconds) => {
                std::thread::sleep(Duration::from_millis(*milliseconds));
                continue;
            }
        };
        match (done, one) {
            (Ok(()), _) => {
                tally.count_statement(kind);
                is_behind = matches!(one, Move::Savepoint) || is_behind && matches!(one, Move::Do(_));
            }
            (Err(error), Move::Do(_)) if is_behind && transaction.recovers && !error.is_closed() => {
                tally.count_error(kind, &error);
                if let Err(error) = session.connection.batch_execute("ROLLBACK TO s; RELEASE s") {
                    return end_after(session, "rollback to", &error, tally);
                }
                is_behind = false;
            }
            (Err(error), _) => return end_after(session, kind, &error, tally),
        }
    }
    if begins.is_none() {
        return Outcome::Committed;
    }
    let (word, outcome) = match transaction.commits {
        true => ("COMMIT", Outcome::Committed),
        false => ("ROLLBACK", Outcome::RolledBack),
    };
    match session.connection.batch_execute(word) {
        Ok(()) => outcome,
        Err(error) => end_after(session, "commit", &error, tally),
    }
}

/// Counts an error, rolls back, and says how it goes on.
fn end_after(session: &mut Session, kind: &str, error: &postgres::Error, tally: &mut Tally) -> Outcome {
    tally.count_error(kind, error);
    let state = error.code().map(|code| code.code().to_owned());
    // Harmless where the statement was alone: a warning.
    if error.as_db_error().is_none() || session.connection.batch_execute("ROLLBACK").is_err() {
        return Outcome::Lost;
    }
    match state {
        Some(state) if is_worth_a_retry(&state) => Outcome::TryAgain,
        _ => Outcome::Failed,
    }
}

/// Sends one statement, and the rows of a COPY.
fn execute(session: &mut Session, step: &Step) -> Result<(), postgres::Error> {
    let Some(rows) = &step.rows else { return session.connection.batch_execute(&step.sql) };
    if !session.copies {
        return Ok(());
    }
    let mut copy = session.connection.copy_in(&step.sql)?;
    // An error of the server comes with `finish`.
    let _ = copy.write_all(rows.as_bytes());
    copy.finish().map(drop)
}

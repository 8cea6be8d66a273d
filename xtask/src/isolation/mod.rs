//! Live scoring beside other transactions: pairs of operations, generated, run by PostgreSQL's isolationtester in many
//! interleavings, and judged.
//!
//! * [`operation`]: what a transaction may do.
//! * [`order`]: the interleavings of two transactions.
//! * [`pair`]: two operations, and the specs they make.
//! * [`tester`]: runs isolationtester; [`output`] reads what it prints.
//! * [`verdict`]: what is wrong with what happened.
//! * [`pairs`]: all of that, for the commands `test` and `soak`.

mod operation;
mod order;
mod output;
mod pair;
pub mod pairs;
mod tester;
mod verdict;

use crate::server::Server;
use crate::{process, setup::Setup};
use anyhow::Result;

/// The settings of a server whose sessions wait for each other, and which nobody else keeps true.
pub const SETTINGS: &[&str] = &["deadlock_timeout = 100ms", "autovacuum = off", "pg_scoring.worker = off"];

/// For how many seconds a step may wait, before isolationtester cancels it.
pub const PATIENCE: &str = "10";

/// Makes the functions that the specs call, in a database.
pub fn make_world(setup: &Setup, server: &Server, database: &str) -> Result<()> {
    let mut command = server.psql(database);
    command.args(["-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(setup.checkout.join("tests/isolation/world.sql"));
    process::run(&mut command)?.or_fail("tests/isolation/world.sql").map(drop)
}

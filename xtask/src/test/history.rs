//! The stage `history`: random transactions of many clients, after which every score is true.

use super::report::Counts;
use crate::extension::Package;
use crate::load::log;
use crate::server::{Data, Server};
use crate::setup::Setup;
use crate::soak::history::{self, SETTINGS, Wish};
use anyhow::Result;

/// How many transactions are committed; `cargo xtask soak history` commits as many as one likes.
const TRANSACTIONS: u64 = 100_000;

/// Runs the load of `cargo xtask soak history` once, on a server of its own.
pub fn run(setup: &Setup, package: &Package) -> Result<Counts> {
    let mut settings = SETTINGS.to_vec();
    settings.extend(log::SETTINGS);
    let server = Server::start(setup, "history", Data::Fresh(package), &settings)?;
    let faults =
        history::run(&server, &setup.checkout, &Wish { transactions: TRANSACTIONS, ..Wish::default() })?;
    Ok(Counts::one(faults == 0))
}

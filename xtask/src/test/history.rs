//! The stage `history`: random transactions of many clients, after which every score is true.

use super::report::Counts;
use crate::extension::Package;
use crate::load::log;
use crate::server::{Data, Server};
use crate::setup::Setup;
use crate::soak::history::{self, SETTINGS, Wish};
use anyhow::Result;

/// How many histories there are, each of a shop that is new: one that is long gets slow, as its customers have many orders.
const HISTORIES: u64 = 5;

/// How many transactions each commits; `cargo xtask soak history` commits as many as one likes.
const TRANSACTIONS: u64 = 20_000;

/// Runs the load of `cargo xtask soak history` with one seed after the other, on a server of its own.
pub fn run(setup: &Setup, package: &Package) -> Result<Counts> {
    let mut settings = SETTINGS.to_vec();
    settings.extend(log::SETTINGS);
    let server = Server::start(setup, "history", Data::Fresh(package), &settings)?;
    let mut counts = Counts::default();
    for seed in 1..=HISTORIES {
        let wish = Wish { transactions: TRANSACTIONS, seed, ..Wish::default() };
        counts += Counts::one(history::run(&server, &setup.checkout, &wish)? == 0);
    }
    Ok(counts)
}

//! The stage `survive`: live models outlive a dump, an upgrade, a failover, two-phase commits, a pooler and a scheduler.

mod bouncer;
mod cron;
mod dumps;
mod prepared;
mod standby;
mod upgrade;

use super::report::Counts;
use crate::console::{Step, say};
use crate::extension::Package;
use crate::files;
use crate::load::client::{self, Goal, Place};
use crate::load::look::Looker;
use crate::load::shop::{self, MODELS};
use crate::server::{Data, Server};
use crate::setup::Setup;
use crate::soak::history::SETTINGS;
use anyhow::{Result, ensure};

/// The database that each trial begins with; it has marks that nobody has worked off.
const DATABASE: &str = "survive";

/// What the trials need.
struct Ground<'all> {
    setup: &'all Setup,
    package: &'all Package,
    server: &'all Server<'all>,
    settings: &'all [&'all str],
    by_hand: &'all str,
}

/// How a trial ended well.
enum Outcome {
    Passed,
    /// Something it needs is not there, and why.
    Skipped(String),
}

/// A trial.
type Trial = fn(&Ground) -> Result<Outcome>;

/// The trials in their order: the one before the last stops the server for good.
const TRIALS: &[(&str, Trial)] = &[
    ("two-phase commit", prepared::run),
    ("PgBouncer in transaction mode", bouncer::run),
    ("pg_dump, plain", |ground| dumps::run(ground, &dumps::PLAIN)),
    ("pg_dump, custom", |ground| dumps::run(ground, &dumps::CUSTOM)),
    ("pg_dump, directory, two jobs", |ground| dumps::run(ground, &dumps::DIRECTORY)),
    ("pg_dump, schema, then data", |ground| dumps::run(ground, &dumps::APART)),
    ("pg_dump, schema, then data without triggers", |ground| {
        dumps::run(ground, &dumps::APART_WITHOUT_TRIGGERS)
    }),
    ("a standby, promoted", standby::run),
    ("pg_cron, or a plain session", cron::run),
    ("pg_upgrade", upgrade::run),
];

/// Tries everything, or the trials whose names contain one of `names`.
pub fn run(setup: &Setup, package: &Package, names: &[String]) -> Result<Counts> {
    let cron = cron::find(setup);
    let mut settings = SETTINGS.to_vec();
    // Every database has a worker of ours for a while, and pg_cron needs one for its job.
    settings.extend(["max_prepared_transactions = 20", "max_worker_processes = 24"]);
    let cron_settings = cron.as_ref().map(|_| cron::SETTINGS).unwrap_or_default();
    settings.extend(cron_settings);
    let server = Server::start(
        setup,
        "survive",
        Data::Made(package, &|server| cron.as_ref().map_or(Ok(()), |files| cron::add(server, files))),
        &settings,
    )?;
    shop::make(&server, DATABASE, &setup.checkout)?;
    shop::create_models(&server, DATABASE, &setup.checkout)?;
    let by_hand = files::read(&setup.checkout.join("tests/soak/by_hand.sql"))?;
    write(&Place::new(&server.socket(), DATABASE), 300)?;
    let ground = Ground { setup, package, server: &server, settings: &settings, by_hand: &by_hand };
    let mut counts = Counts::default();
    for (name, trial) in TRIALS {
        if !names.is_empty() && !names.iter().any(|wanted| name.contains(wanted.as_str())) {
            continue;
        }
        let step = Step::begin(name);
        let outcome = trial(&ground);
        match &outcome {
            Ok(Outcome::Passed) => step.end("ok"),
            Ok(Outcome::Skipped(why)) => step.end(&format!("SKIPPED, {why}")),
            Err(_) => step.end("FAILED"),
        }
        match outcome {
            Ok(Outcome::Skipped(_)) => continue,
            Err(error) => {
                say(&format!("{error:#}\n"));
                counts += Counts::one(false);
            }
            Ok(Outcome::Passed) => counts += Counts::one(true),
        }
    }
    Ok(counts)
}

impl Ground<'_> {
    /// Makes a database like the first one, with marks too.
    fn copy_database(&self, name: &str) -> Result<Place> {
        self.server.run_sql("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
        let end = format!(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = '{DATABASE}'"
        );
        self.server.run_sql("postgres", &end)?;
        self.server.run_sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {DATABASE}"))?;
        Ok(Place::new(&self.server.socket(), name))
    }

    /// Checks that what is not marked is true, that everything can be made true, and that the models go on.
    fn check_and_go_on(&self, place: &Place) -> Result<()> {
        check_unmarked(place)?;
        self.settle(place)?;
        write(place, 200)?;
        check_unmarked(place)?;
        self.settle(place)
    }

    /// Catches up, and checks that then everything is true.
    fn settle(&self, place: &Place) -> Result<()> {
        let faults = Looker::connect(place)?.settle(self.by_hand)?;
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        Ok(())
    }
}

/// Lets four clients commit so many transactions; nobody catches up meanwhile.
fn write(place: &Place, transactions: u64) -> Result<()> {
    let goal = Goal::new(transactions);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (1..=4)
            .map(|number| {
                let goal = &goal;
                scope.spawn(move || client::run(place, 6, number, goal, false))
            })
            .collect();
        for client in clients {
            let Ok(tally) = client.join() else { continue };
            ensure!(tally.faults.is_empty(), "{:?}", tally.faults);
        }
        Ok(())
    })
}

/// Checks that every customer without a mark is true.
fn check_unmarked(place: &Place) -> Result<()> {
    let mut looker = Looker::connect(place)?;
    for model in MODELS {
        let look = looker.look(model)?;
        ensure!(look.fault.is_none(), "{}", look.fault.unwrap_or_default());
    }
    Ok(())
}

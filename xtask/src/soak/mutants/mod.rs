//! The long tests `mutants` and `paused`, both on a build for tests, of a copy of the sources under `target/mutants`.
//!
//! * `paused`: the specs of `tests/isolation/paused`, which stop upkeep at the points of `src/pg/upkeep/pause.rs`.
//! * `mutants`: each rule of live scoring broken on purpose, by a patch of `tests/mutants`, so that a test must fail.
//! * [`table`]: which mutants there are; [`diff`] reads their patches.
//! * [`copy`]: the copy, and its builds.

mod copy;
mod diff;
mod table;

use crate::server::{Data, Server};
use crate::setup::Setup;
use crate::test::report::{Counts, Report};
use crate::test::{isolation, regress, worker};
use crate::{console, setup};
use anyhow::{Result, bail};
use copy::Copy;
use diff::Diff;
use std::process::ExitCode;
use std::time::Instant;
use table::{Mutant, Trial};

/// The settings of a server for regression tests: customers made true at a random moment would change results.
const QUIET: &[&str] = &["autovacuum = off", "pg_scoring.worker = off"];

/// What came of a mutant.
enum Outcome {
    /// Its test failed, as it must.
    Killed,
    /// Its test passed: it shows nothing.
    Survived,
    /// It could not be tried.
    Untried(anyhow::Error),
}

/// Runs the specs that stop upkeep on its way.
pub fn run_paused(arguments: &[String]) -> Result<ExitCode> {
    let (flags, names): (Vec<_>, Vec<_>) = arguments.iter().cloned().partition(|word| word.starts_with('-'));
    if let Some(unknown) = flags.iter().find(|flag| *flag != "--accept") {
        bail!("unknown option {unknown}; there is --accept");
    }
    let setup = setup::prepare()?;
    let copy = Copy::make(&setup)?;
    let mut report = Report::default();
    report.add("paused", || isolation::run_paused(&setup, copy.package(), &names, !flags.is_empty()));
    Ok(report.finish())
}

/// Tries the mutants called by their names, or all; fails when one survives.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    if let Some(unknown) = arguments.iter().find(|word| word.starts_with('-')) {
        bail!("unknown option {unknown}; there are none");
    }
    let setup = setup::prepare()?;
    let mutants = table::choose(&setup.checkout, arguments)?;
    let copy = Copy::make(&setup)?;
    let mut trials: Vec<&Trial> = mutants.iter().map(|mutant| &mutant.trial).collect();
    trials.sort();
    trials.dedup();
    println!("the tests, without a mutant");
    for trial in &trials {
        let counts = try_once(&setup, &copy, trial)?;
        if counts.failed > 0 {
            bail!("the test {trial} fails without a mutant: it can show nothing");
        }
    }
    let mut tried = Vec::new();
    for mutant in &mutants {
        println!("mutant {}", mutant.name);
        let started = Instant::now();
        let outcome = match apply_and_try(&setup, &copy, mutant) {
            Ok(counts) if counts.failed > 0 => Outcome::Killed,
            Ok(_) => Outcome::Survived,
            Err(error) => Outcome::Untried(error),
        };
        tried.push((mutant, outcome, started.elapsed()));
    }
    println!("\n{:<24} {:>4}  {:<40} {:<9} time", "mutant", "rule", "killed by", "result");
    for (mutant, outcome, time) in &tried {
        let (trial, time) = (mutant.trial.to_string(), console::show_time(*time));
        println!("{:<24} {:>4}  {trial:<40} {:<9} {time}", mutant.name, mutant.rule, outcome.word());
        if let Outcome::Untried(error) = outcome {
            println!("    {error:#}");
        }
    }
    let alive = tried.iter().filter(|(_, outcome, _)| !matches!(outcome, Outcome::Killed)).count();
    println!("\n{} killed, {alive} not", tried.len() - alive);
    Ok(if alive == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Outcome {
    /// Says it in a word.
    fn word(&self) -> &'static str {
        match self {
            Outcome::Killed => "killed",
            Outcome::Survived => "SURVIVED",
            Outcome::Untried(_) => "NOT TRIED",
        }
    }
}

/// Breaks the copy as a mutant does, and runs its test.
fn apply_and_try(setup: &Setup, copy: &Copy, mutant: &Mutant) -> Result<Counts> {
    let diff = Diff::read(&mutant.patch)?;
    let broken = copy.broken(setup, &diff)?;
    let counts = try_once(setup, copy, &mutant.trial);
    drop(broken);
    counts
}

/// Runs a test on what the copy has built last.
fn try_once(setup: &Setup, copy: &Copy, trial: &Trial) -> Result<Counts> {
    let names = std::slice::from_ref(&trial.name);
    let package = copy.package();
    match trial.stage.as_str() {
        "isolation" => isolation::run(setup, package, names, false),
        "paused" => isolation::run_paused(setup, package, names, false),
        "worker" => worker::run(setup, package, names),
        "regress" => {
            let server = Server::start(setup, "test", Data::Fresh(package), QUIET)?;
            regress::run(setup, &server, names, false)
        }
        other => bail!("no mutant can be tried by the stage \"{other}\""),
    }
}

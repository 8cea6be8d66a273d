//! The command `test`: every test there is, stage by stage, and what came of it.

mod crash;
mod doc_block;
mod docs;
mod dump;
mod history;
pub mod isolation;
mod lint;
mod pgspot;
pub mod regress;
pub mod report;
mod rust;
pub mod suite;
mod survive;
pub mod worker;

use crate::console;
use crate::extension::{self, Package};
use crate::server::{Data, Server};
use crate::setup::{self, Setup};
use anyhow::{Result, bail};
use report::{Report, Stage};
use std::process::ExitCode;

/// The stages in the order they run, each with what it does.
pub const STAGES: &[(&str, &str)] = &[
    ("lint", "cargo fmt and clippy"),
    ("rust [name]", "the Rust tests"),
    ("regress [name…]", "tests/sql against tests/expected, with PostgreSQL's pg_regress"),
    ("docs [file…]", "the SQL in README.md and docs/, and the output shown there"),
    (
        "isolation [name…]",
        "writers beside each other and beside the upkeep, with PostgreSQL's isolationtester",
    ),
    ("dump", "models of tests/dump, dumped and restored"),
    ("worker [name…]", "what a background worker does, and how it ends"),
    ("history", "100,000 random transactions of many clients, with and without models"),
    ("crash", "processes and servers killed under load"),
    ("survive [trial…]", "models dumped, upgraded, failed over, prepared, pooled and scheduled"),
    ("pgspot", "the security of the script that CREATE EXTENSION runs"),
];

/// The stages that need the built extension.
const ON_PACKAGE: [&str; 9] =
    ["regress", "docs", "isolation", "dump", "worker", "history", "crash", "survive", "pgspot"];

/// What the user asked for.
struct Wish {
    stage: Option<String>,
    names: Vec<String>,
    accept: bool,
}

/// Runs the tests; fails when one failed.
pub fn command(arguments: &[String]) -> Result<ExitCode> {
    let wish = read_wish(arguments)?;
    let setup = setup::prepare()?;
    let mut report = Report::default();
    if wish.wants("lint") {
        report.add("lint", lint::run);
    }
    if wish.wants("rust") {
        report.add("rust", || rust::run(&wish.names));
    }
    if ON_PACKAGE.iter().any(|stage| wish.wants(stage)) {
        let mut package = None;
        report.add("build", || {
            package = Some(extension::build(&setup)?);
            Ok(report::Counts::default())
        });
        if let Some(package) = package {
            run_on_package(&wish, &setup, &package, &mut report);
        }
    }
    Ok(report.finish())
}

/// Runs the stages that need the built extension; the server stops at the end.
fn run_on_package(wish: &Wish, setup: &Setup, package: &Package, report: &mut Report) {
    if wish.wants("pgspot") {
        report.add("pgspot", || pgspot::run(setup, package));
    }
    if wish.wants("isolation") {
        report.add("isolation", || isolation::run(setup, package, &wish.names, wish.accept));
    }
    if wish.wants("worker") {
        report.add("worker", || worker::run(setup, package, &wish.names));
    }
    if wish.wants("history") {
        report.add("history", || history::run(setup, package));
    }
    if wish.wants("crash") {
        report.add("crash", || crash::run(setup, package));
    }
    let survive = || survive::run(setup, package, &wish.names);
    if wish.stage.is_some() {
        if wish.wants("survive") {
            report.add("survive", survive);
        }
        return run_on_one_server(wish, setup, package, report);
    }
    std::thread::scope(|scope| {
        // It waits most of the time, for servers that stop and for a scheduler's next minute.
        let beside = scope.spawn(move || console::keep(|| Stage::run("survive", survive)));
        run_on_one_server(wish, setup, package, report);
        match beside.join() {
            Ok(survived) => report.add_beside(survived),
            Err(_) => report.add("survive", || bail!("the stage broke")),
        }
    });
}

/// Runs the stages of one session at a time, on one server.
fn run_on_one_server(wish: &Wish, setup: &Setup, package: &Package, report: &mut Report) {
    if !["regress", "docs", "dump"].iter().any(|stage| wish.wants(stage)) {
        return;
    }
    let mut server = None;
    report.add("server", || {
        // Statistics taken, and customers made true, at a random moment would change plans and results.
        let settings = ["autovacuum = off", "pg_scoring.worker = off"];
        server = Some(Server::start(setup, "test", Data::Fresh(package), &settings)?);
        Ok(report::Counts::default())
    });
    let Some(server) = server else { return };
    if wish.wants("regress") {
        report.add("regress", || regress::run(setup, &server, &wish.names, wish.accept));
    }
    if wish.wants("docs") {
        report.add("docs", || docs::run(setup, &server, &wish.names));
    }
    if wish.wants("dump") {
        report.add("dump", || dump::run(setup, &server));
    }
}

impl Wish {
    /// Tells whether a stage is to run.
    fn wants(&self, stage: &str) -> bool {
        self.stage.as_deref().is_none_or(|wanted| wanted == stage)
    }
}

/// Reads the arguments of the command.
fn read_wish(arguments: &[String]) -> Result<Wish> {
    let (flags, words): (Vec<_>, Vec<_>) = arguments.iter().cloned().partition(|word| word.starts_with('-'));
    if let Some(unknown) = flags.iter().find(|flag| *flag != "--accept") {
        bail!("unknown option {unknown}; there is --accept");
    }
    let mut words = words.into_iter();
    let stage = words.next();
    let mut known = STAGES.iter().filter_map(|(name, _)| name.split(' ').next());
    if let Some(stage) = &stage
        && !known.any(|name| name == stage)
    {
        bail!("there is no stage \"{stage}\"; `cargo xtask` lists them");
    }
    Ok(Wish { stage, names: words.collect(), accept: !flags.is_empty() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads arguments written as a line.
    fn read(line: &str) -> Result<Wish> {
        read_wish(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn no_stage_means_every_stage() -> Result<()> {
        let wish = read("")?;
        assert!(wish.wants("lint") && wish.wants("docs") && !wish.accept);
        Ok(())
    }

    #[test]
    fn a_stage_may_have_names_and_accept() -> Result<()> {
        let wish = read("regress abc rfm --accept")?;
        assert!(wish.wants("regress") && !wish.wants("docs") && wish.accept);
        assert_eq!(wish.names, ["abc", "rfm"]);
        Ok(())
    }

    #[test]
    fn a_misspelt_stage_is_refused() {
        assert!(read("regres").is_err() && read("--acept").is_err());
    }
}

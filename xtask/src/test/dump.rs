//! The stage `dump`: a database with models is dumped and restored, and is the same.

use super::report::Counts;
use crate::console::Step;
use crate::server::Server;
use crate::setup::Setup;
use crate::{files, process};
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// The database that is dumped.
const FROM: &str = "dump_from";

/// The ways of dumping: each its name and the options of pg_dump.
const WAYS: [(&str, &[&str]); 2] = [("plain", &["--format=plain"]), ("custom", &["--format=custom"])];

/// What a restored model prints when it goes on.
const WENT_ON: &str = "mark only\n1\nt\nt|0\n0\n0\n0\n2\n0\n0\nt\n0\nbuilt\n\n1\n";

/// Dumps and restores in every way.
pub fn run(setup: &Setup, server: &Server) -> Result<Counts> {
    let scripts = setup.checkout.join("tests").join("dump");
    server.create_empty_database(FROM)?;
    print(server, FROM, &scripts.join("make.sql"))?;
    let before = print(server, FROM, &scripts.join("look.sql"))?;
    let files = setup.checkout.join("target").join("tmp");
    files::make_dir(&files)?;
    let mut counts = Counts::default();
    for (way, options) in WAYS {
        let step = Step::begin(way);
        let outcome = restore(server, way, options, (&scripts, &files), &before);
        step.end(if outcome.is_ok() { "ok" } else { "FAILED" });
        if let Err(error) = &outcome {
            println!("{error:#}");
        }
        counts += Counts::one(outcome.is_ok());
    }
    Ok(counts)
}

/// Dumps in one way, restores into a new database, and compares; then the restored models go on.
fn restore(
    server: &Server,
    way: &str,
    options: &[&str],
    (scripts, files): (&Path, &Path),
    before: &str,
) -> Result<()> {
    let to = format!("dump_{way}");
    server.create_empty_database(&to)?;
    let dump = files.join(format!("models.{way}"));
    let mut dumping = server.client("pg_dump");
    dumping.args(options).arg("--file").arg(&dump).arg(FROM);
    process::run(&mut dumping)?.or_fail("pg_dump")?;
    match way {
        "plain" => drop(print(server, &to, &dump)?),
        _ => {
            let mut restoring = server.client("pg_restore");
            restoring.args(["--exit-on-error", "--dbname", &to]).arg(&dump);
            process::run(&mut restoring)?.or_fail("pg_restore")?;
        }
    }
    let after = print(server, &to, &scripts.join("look.sql"))?;
    let differs = before.lines().zip(after.lines()).find(|(before, after)| before != after);
    ensure!(before == after, "not the same: {differs:?}");
    let went_on = print(server, &to, &scripts.join("go_on.sql"))?;
    ensure!(went_on.starts_with(WENT_ON), "a restored model does not go on: {went_on}");
    Ok(())
}

/// Runs a script, and gives what it printed.
fn print(server: &Server, database: &str, script: &Path) -> Result<String> {
    let mut command = server.psql(database);
    command.args(["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f"]).arg(script);
    let name = script.file_name().context("a script without a name")?.to_string_lossy().into_owned();
    process::run(&mut command)?.or_fail(&format!("psql -f {name}"))
}

//! The long test `sqlsmith`: random queries of the program of that name over a shop with a live model.

use super::numbers;
use crate::load::log;
use crate::server::{Data, Server};
use crate::{debian, extension, files, process, setup};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

/// The database of the queries.
const DATABASE: &str = "sqlsmith";

/// Lets sqlsmith loose, and says what must not have come of it.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let (mut queries, mut seed) = (3000, 1);
    numbers::read(arguments, &mut [("--queries", &mut queries), ("--seed", &mut seed)])?;
    let setup = setup::prepare()?;
    let packages = ["sqlsmith", "libpqxx-6.4", "libpq5", "libsqlite3-0"];
    let unpacked = match debian::unpack(&setup.target, &packages) {
        Ok(unpacked) => unpacked,
        Err(why) => bail!("there is no sqlsmith: {why}"),
    };
    let package = extension::build(&setup)?;
    println!("sqlsmith");
    let mut settings = vec!["shared_buffers = 128MB", "jit = off", "log_error_verbosity = verbose"];
    settings.extend(log::SETTINGS);
    let server = Server::start(&setup, "soak_sqlsmith", Data::Fresh(&package), &settings)?;
    drop(package);
    prepare(&server, &setup.checkout)?;
    let unpacked = server.share(&unpacked, "sqlsmith")?;
    let mut libraries = Vec::new();
    for dir in files::list(&unpacked.join("usr/lib"))? {
        libraries.push(dir.display().to_string());
    }
    let mut command = server.command(unpacked.join("usr/bin/sqlsmith"));
    command.env("LD_LIBRARY_PATH", libraries.join(":"));
    command.arg(format!(
        "--target={} application_name=sqlsmith",
        server.connection_string(DATABASE).replace("user=postgres", "user=smith")
    ));
    command.args(["--exclude-catalog", "--verbose"]);
    command.arg(format!("--max-queries={queries}")).arg(format!("--seed={seed}"));
    let title = format!("{queries} queries, seed {seed}");
    let output = process::run_step(&title, &mut command)?.or_fail("sqlsmith")?;
    println!("{}", process::last_lines(&output, 12));
    let called = server.run_sql(
        DATABASE,
        "SELECT coalesce(sum(calls), 0) || ' calls of ' || count(*) || ' functions of ours by their names'
         FROM pg_stat_user_functions WHERE schemaname = 'scoring'",
    )?;
    println!("  {called}");
    let faults = log::read(&server.read_log()?, &BTreeSet::new()).faults;
    let (ours, others): (Vec<_>, Vec<_>) = faults.into_iter().partition(|(fault, _)| is_ours(fault));
    for (other, count) in &others {
        println!("  {count} times, and none of ours: {other}");
    }
    for (fault, count) in &ours {
        println!("  FAULT {count} times: {fault}");
    }
    println!("\n{}", if ours.is_empty() { "no faults".to_owned() } else { format!("{} faults", ours.len()) });
    Ok(if ours.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Makes the shop and its model in the name of a role that owns no more than these.
fn prepare(server: &Server, checkout: &Path) -> Result<()> {
    server.create_database(DATABASE)?;
    let tests = checkout.join("tests/soak");
    server.run_sql(DATABASE, &files::read(&tests.join("sqlsmith.sql"))?)?;
    let document = files::read(&tests.join("model.json"))?;
    let mut command = server.psql(DATABASE);
    command.args(["-q", "-v", "ON_ERROR_STOP=1", "-c", "SET SESSION AUTHORIZATION smith", "-f"]);
    command.arg(tests.join("tables.sql")).arg("-c");
    command.arg(format!("SELECT scoring.create_model('shop', $doc${document}$doc$)"));
    process::run(&mut command)?.or_fail("psql").context("the shop cannot be made").map(drop)
}

/// Tells whether a fault is a crash, or an error that was raised in our library or while it was at work.
fn is_ours(fault: &str) -> bool {
    let is_crash = fault.contains("terminated by signal") || fault.contains("PANIC:");
    is_crash
        || fault.lines().any(|line| {
            let is_place = line.trim_start().starts_with("LOCATION:") && line.contains(".rs:");
            is_place || line.contains("scoring") || line.contains("pg_scoring")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_or_an_error_of_ours_is_told_from_others() {
        assert!(is_ours(": 00000 LOG:  server process (PID 9) was terminated by signal 11"));
        assert!(is_ours("sqlsmith: XX000 ERROR:  oops\n      LOCATION:  keep, keep.rs:7"));
        assert!(is_ours("sqlsmith: XX000 ERROR:  oops\n      STATEMENT:  select scoring.bin(1, 2)"));
        assert!(!is_ours("sqlsmith: XX000 ERROR:  oops\n      LOCATION:  ExecAgg, nodeAgg.c:7"));
    }
}

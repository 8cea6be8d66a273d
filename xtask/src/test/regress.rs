//! The stage `regress`: SQL scripts, and what psql printed when they were right.

use super::report::Counts;
use crate::console::Step;
use crate::server::Server;
use crate::setup::Setup;
use crate::{PG_MAJOR, files, process};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Gives the scripts the time zone and date style of every other stage, where pg_regress would set its own.
const LAUNCHER: &str = "env -u PGOPTIONS PGTZ=UTC PGDATESTYLE=ISO,MDY";

/// Runs the tests called `names`, or all, each in a fresh database that has the extension.
pub fn run(setup: &Setup, server: &Server, names: &[String], accept: bool) -> Result<Counts> {
    let tests = setup.checkout.join("tests");
    let shared = server.share(&tests, "tests")?;
    let mut counts = Counts::default();
    for name in choose_tests(&tests.join("sql"), names)? {
        let expected = tests.join("expected").join(format!("{name}.out"));
        if !expected.exists() {
            // pg_regress cannot compare with a file that is not there.
            files::make_dir(&shared.join("expected"))?;
            files::write(&shared.join("expected").join(format!("{name}.out")), "")?;
        }
        let step = Step::begin(&name);
        let test = run_test(server, &shared, &name)?;
        let is_accepted = !test.passed && accept && test.printed.exists();
        if is_accepted {
            files::make_dir(&tests.join("expected"))?;
            std::fs::copy(&test.printed, &expected)?;
        }
        step.end(if is_accepted {
            "accepted"
        } else if test.passed {
            "ok"
        } else {
            "FAILED"
        });
        if !test.passed && !is_accepted {
            println!("{}", test.reason);
        }
        counts += Counts::one(test.passed || is_accepted);
    }
    Ok(counts)
}

/// What came of one test.
struct Test {
    passed: bool,
    /// Where psql's output is.
    printed: PathBuf,
    /// The difference, or why there is none to show.
    reason: String,
}

/// Runs one test with pg_regress.
fn run_test(server: &Server, shared: &Path, name: &str) -> Result<Test> {
    let database = format!("regress_{name}");
    server.create_database(&database)?;
    let output = server.make_output_dir(&format!("regress/{name}"))?;
    let mut command = server.command(pg_regress());
    command.current_dir(&output).env("VECTORS", shared.join("vectors"));
    command.args(["--use-existing", "--user=postgres", &format!("--dbname={database}")]);
    command.arg(format!("--launcher={LAUNCHER}"));
    let directories = [
        ("bindir", server.bin()),
        ("host", server.socket()),
        ("inputdir", shared.into()),
        ("outputdir", output.clone()),
    ];
    for (option, path) in directories {
        command.arg(format!("--{option}={}", path.display()));
    }
    let finished = process::run(command.arg(name))?;
    let reason = std::fs::read_to_string(output.join("regression.diffs")).unwrap_or(finished.output);
    let printed = output.join("results").join(format!("{name}.out"));
    Ok(Test { passed: finished.success, printed, reason })
}

/// Lists the tests that were asked for, or all; a name without a test is a mistake.
fn choose_tests(sql: &Path, names: &[String]) -> Result<Vec<String>> {
    let all: Vec<String> = files::find(sql, "sql")?
        .iter()
        .map(|path| {
            path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).context("a test without a name")
        })
        .collect::<Result<_>>()?;
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        bail!("there is no test \"{unknown}\" in tests/sql");
    }
    Ok(if names.is_empty() { all } else { names.to_vec() })
}

/// The program that comes with PostgreSQL.
fn pg_regress() -> PathBuf {
    Path::new("/usr/lib/postgresql").join(PG_MAJOR).join("lib/pgxs/src/test/regress/pg_regress")
}

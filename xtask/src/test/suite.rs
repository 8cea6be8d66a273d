//! Tests that a program of PostgreSQL's runs, and compares with what was printed when they were right.

use super::report::Counts;
use crate::console::Step;
use crate::server::Server;
use crate::{PG_MAJOR, files, process};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Gives the tests the time zone and date style of every other stage, where the program would set its own.
const LAUNCHER: &str = "env -u PGOPTIONS PGTZ=UTC PGDATESTYLE=ISO,MDY";

/// Tests of one kind.
pub struct Suite<'a> {
    pub server: &'a Server<'a>,
    /// What the databases and the directory of the output begin with.
    pub name: &'static str,
    /// The program, under the directory of PostgreSQL's tests.
    pub program: &'static str,
    /// Where the tests are, and their ending.
    pub sources: PathBuf,
    pub ending: &'static str,
    /// Where it is kept what they print.
    pub expected: PathBuf,
    /// The copy of both, laid out as the program wants it, that the server's user can read.
    pub shared: PathBuf,
    /// What the tests find in their environment.
    pub environment: Vec<(&'static str, PathBuf)>,
    /// Fills a new database that has the extension.
    pub fill: &'a dyn Fn(&str) -> Result<()>,
}

/// What came of one test.
struct Test {
    passed: bool,
    /// Where its output is.
    printed: PathBuf,
    /// The difference, or why there is none to show.
    reason: String,
}

impl Suite<'_> {
    /// Runs the tests called `names`, or all, each in a fresh database that has the extension.
    pub fn run(&self, names: &[String], accept: bool) -> Result<Counts> {
        let mut counts = Counts::default();
        for name in self.choose(names)? {
            let expected = self.expected.join(format!("{name}.out"));
            if !expected.exists() {
                // The program cannot compare with a file that is not there.
                files::make_dir(&self.shared.join("expected"))?;
                files::write(&self.shared.join("expected").join(format!("{name}.out")), "")?;
            }
            let step = Step::begin(&name);
            let test = self.run_one(&name)?;
            let is_accepted = !test.passed && accept && test.printed.exists();
            if is_accepted {
                files::make_dir(&self.expected)?;
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

    /// Lists all tests.
    pub fn list(&self) -> Result<Vec<String>> {
        let stem = |path: &PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let mut found = files::list(&self.sources)?;
        found.retain(|path| path.extension().is_some_and(|extension| extension == self.ending));
        found.iter().map(|path| stem(path).context("a test without a name")).collect()
    }

    /// Runs one test with the program.
    fn run_one(&self, name: &str) -> Result<Test> {
        let database = format!("{}_{name}", self.name);
        self.server.create_database(&database)?;
        (self.fill)(&database)?;
        let output = self.server.make_output_dir(&format!("{}/{name}", self.name))?;
        let mut command = self.server.command(pg_tests().join(self.program));
        command.current_dir(&output).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(["--use-existing", "--user=postgres", &format!("--dbname={database}")]);
        command.arg(format!("--launcher={LAUNCHER}"));
        let directories = [
            ("bindir", self.server.bin()),
            ("host", self.server.socket()),
            ("inputdir", self.shared.clone()),
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
    fn choose(&self, names: &[String]) -> Result<Vec<String>> {
        let all = self.list()?;
        if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
            bail!("there is no test \"{unknown}\" in {}", self.sources.display());
        }
        Ok(if names.is_empty() { all } else { names.to_vec() })
    }
}

/// The directory of the tests that come with PostgreSQL.
pub fn pg_tests() -> PathBuf {
    Path::new("/usr/lib/postgresql").join(PG_MAJOR).join("lib/pgxs/src/test")
}

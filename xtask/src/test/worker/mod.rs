//! The stage `worker`: what starts a background worker, what it does, and how it ends, on a server of its own.

mod life;
mod work;

use super::report::Counts;
use crate::console::Step;
use crate::extension::Package;
use crate::server::{Data, Server};
use crate::setup::Setup;
use crate::{files, process};
use anyhow::{Result, bail, ensure};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A test: its name, which is that of its database, and what it does.
type Test = (&'static str, fn(&Database) -> Result<()>);

/// The tests with the usual settings.
const TESTS: &[Test] = &[
    ("starts_at_a_commit", life::starts_at_a_commit),
    ("refreshes_what_is_due", work::refreshes_what_is_due),
    ("works_off_marks", work::works_off_marks),
    ("is_started_for_what_is_overdue", life::is_started_for_what_is_overdue),
    ("sweeps_after_a_refresh", work::sweeps_after_a_refresh),
    ("refreshes_what_doubles", work::refreshes_what_doubles),
    ("ends_when_idle", life::ends_when_idle),
    ("ends_when_terminated", life::ends_when_terminated),
    ("ends_within_a_step", life::ends_within_a_step),
    ("leaves_a_database", life::leaves_a_database),
    ("leaves_an_extension", life::leaves_an_extension),
    ("can_be_switched_off", life::can_be_switched_off),
    ("keeps_what_fails", work::keeps_what_fails),
    ("does_not_wait_for_one", work::does_not_wait_for_one),
    ("heeds_no_settings_of_a_database", work::heeds_no_settings_of_a_database),
    ("finds_what_was_prepared", life::finds_what_was_prepared),
    ("comes_back_after_a_crash", life::comes_back_after_a_crash),
];

/// The usual settings: a worker is soon idle.
const SETTINGS: &[&str] =
    &["pg_scoring.worker_idle = 1s", "max_prepared_transactions = 2", "deadlock_timeout = 1h"];

/// The workers of this database.
const WORKERS: &str =
    "pg_stat_activity WHERE datname = current_database() AND backend_type = 'pg_scoring worker'";

/// Runs the tests called `names`, or all; the last two on the same data with other settings.
pub fn run(setup: &Setup, package: &Package, names: &[String]) -> Result<Counts> {
    let script = files::read(&setup.checkout.join("tests").join("worker").join("make.sql"))?;
    let mut counts = Counts::default();
    let mut try_all = |server: &Server, tests: &[Test]| {
        for (name, test) in tests {
            if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
                continue;
            }
            let step = Step::begin(name);
            let outcome = Database::make(server, name, &script).and_then(|database| test(&database));
            step.end(if outcome.is_ok() { "ok" } else { "FAILED" });
            match &outcome {
                // Its worker would keep a slot that others need.
                Ok(()) => drop(server.run_sql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)"))),
                Err(error) => println!("{error:#}"),
            }
            counts += Counts::one(outcome.is_ok());
        }
    };
    let server = Server::start(setup, "worker", Data::Fresh(package), SETTINGS)?;
    try_all(&server, TESTS);
    drop(server);
    let server = Server::start(setup, "worker", Data::Kept, &["max_worker_processes = 0"])?;
    try_all(&server, &[("is_not_missed_where_there_is_no_slot", work::is_not_missed_where_there_is_no_slot)]);
    let unfinished = Database::make(&server, "starts_with_the_server", &script)?;
    unfinished.make_model("m", "never")?;
    drop(server);
    let settings = [SETTINGS, &["shared_preload_libraries = 'pg_scoring'"]].concat();
    let server = Server::start(setup, "worker", Data::Kept, &settings)?;
    let step = Step::begin("starts_with_the_server");
    let outcome = Database { server: &server, name: "starts_with_the_server" }.wait_for_cuts("m", 1);
    step.end(if outcome.is_ok() { "ok" } else { "FAILED" });
    counts += Counts::one(outcome.is_ok());
    // A worker that would not end makes the server's keeper stop it the hard way.
    let was_hard = server.log_text().contains("received immediate shutdown request");
    counts += Counts::one(!was_hard);
    Ok(counts)
}

/// A test's database.
struct Database<'a> {
    server: &'a Server<'a>,
    name: &'a str,
}

impl<'a> Database<'a> {
    /// Makes a database with the shop, in place of an older one of that name.
    fn make(server: &'a Server, name: &'a str, script: &str) -> Result<Self> {
        server.create_database(name)?;
        server.run_sql(name, script)?;
        Ok(Self { server, name })
    }

    /// Runs SQL in one transaction, and gives what it printed.
    fn run(&self, sql: &str) -> Result<String> {
        self.server.run_sql(self.name, sql)
    }

    /// Makes a model for the worker to build.
    fn make_model(&self, model: &str, refresh_every: &str) -> Result<()> {
        self.run(&format!(
            "SELECT scoring.create_model('{model}', crm.document('{model}', '{refresh_every}'), 'later')"
        ))
        .map(drop)
    }

    /// Waits until an expression is true, and says so when it is not in 10 seconds.
    fn wait_for(&self, condition: &str) -> Result<Duration> {
        let begun = Instant::now();
        while self.run(&format!("SELECT {condition}"))? != "t" {
            if begun.elapsed() > Duration::from_secs(10) {
                let model = self.run("SELECT to_jsonb(m) FROM scoring.model AS m").unwrap_or_default();
                bail!(
                    "not within 10 s: {condition}\n{model}\n{}",
                    process::last_lines(&self.server.log_text(), 10)
                );
            }
            sleep(Duration::from_millis(50));
        }
        Ok(begun.elapsed())
    }

    /// Waits until a model has cuts of that version, or newer ones.
    fn wait_for_cuts(&self, model: &str, version: i32) -> Result<()> {
        let cuts = format!("cuts_version >= {version}");
        self.wait_for(&format!("{cuts} FROM scoring.model WHERE name = '{model}'")).map(drop)
    }

    /// Waits until no customer of a model is marked, and checks that all are true.
    fn wait_until_true(&self, model: &str) -> Result<()> {
        let is_swept = format!("published_in IS NULL FROM scoring.model WHERE name = '{model}'");
        self.wait_for(&is_swept)?;
        self.wait_for(&format!("count(*) = 0 FROM crm.{model}_scores_marks"))?;
        let wrong = self.run(&format!("SELECT * FROM scoring.verify('{model}') LIMIT 3"))?;
        ensure!(wrong.is_empty(), "not true:\n{wrong}");
        Ok(())
    }

    /// Waits until no worker is left.
    fn wait_for_end(&self) -> Result<Duration> {
        self.wait_for(&format!("count(*) = 0 FROM {WORKERS}"))
    }

    /// Refuses more or fewer workers than one.
    fn check_has_one(&self) -> Result<()> {
        let workers = self.run(&format!("SELECT count(*) FROM {WORKERS}"))?;
        ensure!(workers == "1", "there are {workers} workers");
        Ok(())
    }

    /// What the log says of this database's models since it was so long.
    fn logged(&self, since: usize) -> String {
        self.server.log_text().get(since..).unwrap_or_default().to_owned()
    }
}

//! The stage `worker`: what starts a background worker, what it does, and how it ends, on a server of its own.

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
    ("starts_at_a_commit", starts_at_a_commit),
    ("refreshes_what_is_due", refreshes_what_is_due),
    ("ends_when_idle", ends_when_idle),
    ("ends_when_terminated", ends_when_terminated),
    ("ends_within_a_step", ends_within_a_step),
    ("leaves_a_database", leaves_a_database),
    ("leaves_an_extension", leaves_an_extension),
    ("can_be_switched_off", can_be_switched_off),
    ("keeps_what_fails", keeps_what_fails),
    ("does_not_wait_for_one", does_not_wait_for_one),
    ("heeds_no_settings_of_a_database", heeds_no_settings_of_a_database),
    ("finds_what_was_prepared", finds_what_was_prepared),
    ("comes_back_after_a_crash", comes_back_after_a_crash),
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
    try_all(&server, &[("is_not_missed_where_there_is_no_slot", is_not_missed_where_there_is_no_slot)]);
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

fn starts_at_a_commit(database: &Database) -> Result<()> {
    database.run("BEGIN; SELECT scoring.create_model('m', crm.document('m', 'never'), 'later'); ROLLBACK")?;
    sleep(Duration::from_millis(300));
    let workers = database.run(&format!("SELECT count(*) FROM {WORKERS}"))?;
    ensure!(workers == "0", "a transaction that was rolled back has started a worker");
    database.make_model("m", "never")?;
    database.wait_for_cuts("m", 1)?;
    database.check_has_one()?;
    let seen =
        database.run(&format!("SELECT application_name, query LIKE 'pg_scoring: %' FROM {WORKERS}"))?;
    ensure!(seen == "pg_scoring worker|t", "pg_stat_activity shows {seen}");
    ensure!(database.run("SELECT count(*) FROM crm.m_scores")? == "50");
    Ok(())
}

fn refreshes_what_is_due(database: &Database) -> Result<()> {
    database.make_model("often", "1 second")?;
    database.make_model("never", "never")?;
    database.make_model("daily", "1 day")?;
    database.wait_for_cuts("often", 4)?;
    let others = database
        .run("SELECT string_agg(cuts_version::text, ',') FROM scoring.model WHERE name <> 'often'")?;
    ensure!(others == "1,1", "the others have cuts {others}");
    let is_idle =
        database.run(&format!("SELECT bool_and(xact_start IS NULL OR state = 'active') FROM {WORKERS}"))?;
    ensure!(is_idle == "t", "the worker is idle in a transaction");
    Ok(())
}

fn ends_when_idle(database: &Database) -> Result<()> {
    let since = database.server.log_text().len();
    database.make_model("m", "never")?;
    database.wait_for_cuts("m", 1)?;
    database.check_has_one()?;
    database.wait_for_end()?;
    let logged = database.logged(since);
    ensure!(!logged.contains("FATAL") && !logged.contains("WARNING"), "it was not quiet:\n{logged}");
    database.make_model("n", "never")?;
    database.wait_for_cuts("n", 1)
}

fn ends_when_terminated(database: &Database) -> Result<()> {
    database.make_model("m", "1 second")?;
    database.wait_for_cuts("m", 2)?;
    database.run(&format!("SELECT pg_terminate_backend(pid) FROM {WORKERS}"))?;
    let time = database.wait_for_end()?;
    ensure!(time < Duration::from_secs(1), "it took {time:?}");
    Ok(())
}

fn ends_within_a_step(database: &Database) -> Result<()> {
    database.run("INSERT INTO crm.orders VALUES (1, now(), 1e9)")?;
    database.make_model("slow", "never")?;
    database.wait_for(&format!("bool_or(wait_event = 'PgSleep') FROM {WORKERS}"))?;
    database.run(&format!("SELECT pg_cancel_backend(pid) FROM {WORKERS}"))?;
    let time = database.wait_for_end()?;
    ensure!(time < Duration::from_secs(1), "a cancelled one took {time:?}");
    database.make_model("other", "never")?;
    database.wait_for(&format!("bool_or(wait_event = 'PgSleep') FROM {WORKERS}"))?;
    database.run(&format!("SELECT pg_terminate_backend(pid) FROM {WORKERS}"))?;
    let time = database.wait_for_end()?;
    ensure!(time < Duration::from_secs(1), "it took {time:?}");
    ensure!(database.run("SELECT sum(failures) FROM scoring.model")? == "0", "to be stopped is no failure");
    Ok(())
}

fn leaves_a_database(database: &Database) -> Result<()> {
    database.make_model("m", "1 second")?;
    database.wait_for_cuts("m", 2)?;
    let (server, begun) = (database.server, Instant::now());
    let copy = format!("{}_copy", database.name);
    server.run_sql("postgres", &format!("CREATE DATABASE {copy} TEMPLATE {}", database.name))?;
    server.run_sql(&copy, "SELECT scoring.create_model('n', crm.document('n', '1 second'), 'later')")?;
    Database { server, name: &copy }.wait_for_cuts("n", 2)?;
    server.run_sql("postgres", &format!("DROP DATABASE {copy}"))?;
    ensure!(begun.elapsed() < Duration::from_secs(8), "it took {:?}", begun.elapsed());
    Ok(())
}

fn leaves_an_extension(database: &Database) -> Result<()> {
    database.make_model("m", "1 second")?;
    database.wait_for_cuts("m", 2)?;
    let since = database.server.log_text().len();
    database.run("DROP EXTENSION pg_scoring CASCADE")?;
    database.wait_for_end()?;
    let logged = database.logged(since);
    ensure!(!logged.contains("WARNING"), "it was not quiet:\n{logged}");
    Ok(())
}

fn can_be_switched_off(database: &Database) -> Result<()> {
    let switch = |to: &str| -> Result<()> {
        // The setting is known where the library is loaded.
        let mut command = database.server.psql("postgres");
        let setting = format!("ALTER SYSTEM SET pg_scoring.worker = {to}");
        command.args(["-v", "ON_ERROR_STOP=1", "-c", "LOAD 'pg_scoring'", "-c", &setting]);
        process::run(&mut command)?.or_fail("psql")?;
        database.server.run_sql("postgres", "SELECT pg_reload_conf()")?;
        sleep(Duration::from_millis(300));
        Ok(())
    };
    database.make_model("m", "1 second")?;
    database.wait_for_cuts("m", 2)?;
    switch("off")?;
    let ended = database.wait_for_end();
    let made = database.make_model("n", "never");
    sleep(Duration::from_millis(500));
    let state = database.run("SELECT state FROM scoring.status WHERE model = 'n'");
    switch("on")?;
    ended.and(made)?;
    ensure!(state? == "to build", "a worker ran though it was switched off");
    database.make_model("o", "never")?;
    database.wait_for_cuts("n", 1)
}

fn keeps_what_fails(database: &Database) -> Result<()> {
    database.make_model("good", "1 second")?;
    database.make_model("bad", "1 second")?;
    database.wait_for_cuts("bad", 1)?;
    let since = database.server.log_text().len();
    // The good model does not read what makes the bad one fail.
    database.run("CREATE TABLE crm.more (LIKE crm.orders); INSERT INTO crm.more VALUES (1, now(), -1);
                  SELECT scoring.drop_model('bad');
                  SELECT scoring.create_model('bad', replace(crm.document('bad', '1 second')::text, '\"crm.orders\"', '\"crm.more\"')::json, 'later')")?;
    database.wait_for("failures >= 3 FROM scoring.model WHERE name = 'bad'")?;
    let kept = database.run(
        "SELECT last_error LIKE '%division by zero (22012)%', retry_at - failed_at BETWEEN '4 seconds' AND '5 minutes'
         FROM scoring.model WHERE name = 'bad'",
    )?;
    ensure!(kept == "t|t", "what is kept of it: {kept}");
    let version: i32 = database.run("SELECT cuts_version FROM scoring.model WHERE name = 'good'")?.parse()?;
    database.wait_for_cuts("good", version + 1)?;
    let logged = database.logged(since);
    let warnings = logged.matches("WARNING:  model \"bad\"").count();
    ensure!(warnings == 1, "the log has {warnings} warnings:\n{logged}");
    database.run("UPDATE crm.more SET amount = 1")?;
    database.wait_for_cuts("bad", 1)?;
    database
        .wait_for(
            "failures = 0 AND last_error IS NULL AND retry_at IS NULL FROM scoring.model WHERE name = 'bad'",
        )
        .map(drop)
}

fn does_not_wait_for_one(database: &Database) -> Result<()> {
    database.make_model("locked", "1 second")?;
    database.make_model("free", "1 second")?;
    database.wait_for_cuts("free", 1)?;
    let mut holder = database.server.psql(database.name);
    holder.args(["-q", "-c", "BEGIN; LOCK TABLE crm.locked_scores; SELECT pg_sleep(12)"]);
    let mut holder = holder.stdout(std::process::Stdio::null()).spawn()?;
    database.wait_for("EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'crm.locked_scores'::regclass)")?;
    let version: i32 = database.run("SELECT cuts_version FROM scoring.model WHERE name = 'free'")?.parse()?;
    let outcome = database.wait_for_cuts("free", version + 2);
    let is_held = holder.try_wait()?.is_none();
    holder.kill()?;
    holder.wait()?;
    outcome?;
    ensure!(is_held, "the lock was not held all the time");
    Ok(())
}

fn heeds_no_settings_of_a_database(database: &Database) -> Result<()> {
    database.run(
        "CREATE ROLE nobody_much;
         CREATE SCHEMA evil;
         CREATE FUNCTION evil.equal(name, text) RETURNS bool LANGUAGE plpgsql AS
             $$ BEGIN RAISE WARNING 'evil, as %', current_user; RETURN false; END $$;
         CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = text, FUNCTION = evil.equal);",
    )?;
    for setting in [
        "search_path = evil, pg_catalog",
        "role = nobody_much",
        "default_transaction_isolation = serializable",
        "default_transaction_read_only = on",
        "statement_timeout = 1",
        "lock_timeout = 1",
    ] {
        database.server.run_sql("postgres", &format!("ALTER DATABASE {} SET {setting}", database.name))?;
    }
    let since = database.server.log_text().len();
    database.run(
        "BEGIN READ WRITE; SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET ROLE postgres; SET LOCAL statement_timeout = 0;
         SET search_path = pg_catalog; SELECT scoring.create_model('m', crm.document('m', 'never'), 'later'); COMMIT",
    )?;
    let is_built = "SET statement_timeout = 0; SET search_path = pg_catalog; SET ROLE postgres; SELECT cuts_version FROM scoring.model";
    let begun = Instant::now();
    while database.run(is_built)? != "1" && begun.elapsed() < Duration::from_secs(5) {
        sleep(Duration::from_millis(50));
    }
    let logged = database.logged(since);
    database.server.run_sql("postgres", &format!("ALTER DATABASE {} RESET ALL", database.name))?;
    database.wait_for_cuts("m", 1)?;
    ensure!(!logged.contains("evil, as"), "it ran what is not ours:\n{logged}");
    Ok(())
}

fn finds_what_was_prepared(database: &Database) -> Result<()> {
    database.run("BEGIN; SELECT scoring.create_model('m', crm.document('m', 'never'), 'later'); PREPARE TRANSACTION 'made'")?;
    sleep(Duration::from_secs(3));
    database.run("COMMIT PREPARED 'made'")?;
    database.wait_for_cuts("m", 1)?;
    database.wait_for_end().map(drop)
}

fn comes_back_after_a_crash(database: &Database) -> Result<()> {
    database.make_model("m", "1 second")?;
    database.wait_for_cuts("m", 2)?;
    let pid = database.run(&format!("SELECT pid FROM {WORKERS}"))?;
    process::run(database.server.command("sh").args(["-c", &format!("kill -9 {pid}")]))?.or_fail("kill")?;
    let begun = Instant::now();
    sleep(Duration::from_millis(500));
    while database.run("SELECT 1").is_err() && begun.elapsed() < Duration::from_secs(20) {
        sleep(Duration::from_millis(100));
    }
    database.make_model("n", "never")?;
    database.wait_for_cuts("n", 1)?;
    database.check_has_one()
}

fn is_not_missed_where_there_is_no_slot(database: &Database) -> Result<()> {
    database.make_model("m", "never")?;
    ensure!(database.run("SELECT state FROM scoring.status")? == "to build");
    database.run("CALL scoring.work()")?;
    ensure!(database.run("SELECT state FROM scoring.status")? == "built");
    Ok(())
}

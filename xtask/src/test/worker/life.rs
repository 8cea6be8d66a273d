//! What starts a worker, and how it ends.

use super::{Database, WORKERS};
use crate::process;
use anyhow::{Result, ensure};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub fn starts_at_a_commit(database: &Database) -> Result<()> {
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

pub fn is_started_for_what_is_overdue(database: &Database) -> Result<()> {
    database.make_model("m", "1 day")?;
    database.wait_for_cuts("m", 1)?;
    database.wait_for_end()?;
    let order = "INSERT INTO crm.orders VALUES (1, now(), 7)";
    database.run(order)?;
    sleep(Duration::from_millis(300));
    let workers = database.run(&format!("SELECT count(*) FROM {WORKERS}"))?;
    ensure!(workers == "0", "an order that leaves nothing to do has started a worker");
    database.run("UPDATE scoring.model SET refreshed_at = refreshed_at - interval '1 day'")?;
    database.run(order)?;
    database.wait_for_cuts("m", 2)?;
    database.wait_until_true("m")
}

pub fn ends_when_idle(database: &Database) -> Result<()> {
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

pub fn ends_when_terminated(database: &Database) -> Result<()> {
    database.make_model("m", "1 second")?;
    database.wait_for_cuts("m", 2)?;
    database.run(&format!("SELECT pg_terminate_backend(pid) FROM {WORKERS}"))?;
    let time = database.wait_for_end()?;
    ensure!(time < Duration::from_secs(1), "it took {time:?}");
    Ok(())
}

pub fn ends_within_a_step(database: &Database) -> Result<()> {
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

pub fn leaves_a_database(database: &Database) -> Result<()> {
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

pub fn leaves_an_extension(database: &Database) -> Result<()> {
    database.make_model("m", "1 second")?;
    database.wait_for_cuts("m", 2)?;
    let since = database.server.log_text().len();
    database.run("DROP EXTENSION pg_scoring CASCADE")?;
    database.wait_for_end()?;
    let logged = database.logged(since);
    ensure!(!logged.contains("WARNING"), "it was not quiet:\n{logged}");
    Ok(())
}

pub fn can_be_switched_off(database: &Database) -> Result<()> {
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

pub fn finds_what_was_prepared(database: &Database) -> Result<()> {
    database.run("BEGIN; SELECT scoring.create_model('m', crm.document('m', 'never'), 'later'); PREPARE TRANSACTION 'made'")?;
    sleep(Duration::from_secs(3));
    database.run("COMMIT PREPARED 'made'")?;
    database.wait_for_cuts("m", 1)?;
    database.wait_for_end().map(drop)
}

pub fn comes_back_after_a_crash(database: &Database) -> Result<()> {
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

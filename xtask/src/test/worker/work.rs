//! What a worker does, and what it does not heed.

use super::{Database, WORKERS};
use crate::process;
use anyhow::{Result, ensure};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub fn refreshes_what_is_due(database: &Database) -> Result<()> {
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

pub fn works_off_marks(database: &Database) -> Result<()> {
    database.make_model("m", "never")?;
    database.wait_for_cuts("m", 1)?;
    database.wait_for_end()?;
    // Who is not in READ COMMITTED only marks; so does whoever is rolled back to a savepoint, for nothing.
    let mark = "INSERT INTO crm.orders SELECT g, now(), 7 FROM generate_series(1, 50) AS g";
    database.run(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ; {mark}; COMMIT"))?;
    database.wait_until_true("m")?;
    database.wait_for_end()?;
    database
        .run(&format!("BEGIN ISOLATION LEVEL SERIALIZABLE; SAVEPOINT s; {mark}; ROLLBACK TO s; COMMIT"))?;
    database.wait_for_end()?;
    database.run(&format!("BEGIN ISOLATION LEVEL SERIALIZABLE; {mark}; PREPARE TRANSACTION 'marked'"))?;
    sleep(Duration::from_secs(3));
    database.run("COMMIT PREPARED 'marked'")?;
    database.wait_until_true("m")?;
    // Who makes his customer true at once can prepare too: nobody notifies.
    database.run("BEGIN; INSERT INTO crm.orders VALUES (2, now(), 8); PREPARE TRANSACTION 'true'")?;
    database.run("COMMIT PREPARED 'true'")?;
    // Nobody starts a worker when the lock of a customer goes: it stays as long as he is marked.
    let mut holder = database.server.psql(database.name);
    holder.args(["-q", "-c", "BEGIN; SELECT FROM crm.m_scores WHERE id = 1 FOR UPDATE; SELECT pg_sleep(4)"]);
    let mut holder = holder.stdout(std::process::Stdio::null()).spawn()?;
    database.wait_for(
        "EXISTS (SELECT FROM pg_locks WHERE mode = 'RowShareLock' AND relation = 'crm.m_scores'::regclass)",
    )?;
    database.run("INSERT INTO crm.orders VALUES (1, now(), 8)")?;
    ensure!(database.run("SELECT count(*) FROM crm.m_scores_marks")? == "1", "who is locked is not marked");
    holder.wait()?;
    database.wait_until_true("m")?;
    database.run("BEGIN; TRUNCATE crm.orders; INSERT INTO crm.orders VALUES (1, now(), 7); COMMIT")?;
    database.wait_until_true("m")
}

pub fn sweeps_after_a_refresh(database: &Database) -> Result<()> {
    database.make_model("m", "never")?;
    database.wait_for_cuts("m", 1)?;
    database.run("UPDATE crm.orders SET amount = amount * amount WHERE customer_id % 3 = 0")?;
    database.wait_for_end()?;
    database.run("SELECT count(*) FROM scoring.refresh('m')")?;
    database.wait_until_true("m")
}

pub fn refreshes_what_doubles(database: &Database) -> Result<()> {
    database.make_model("m", "1 year")?;
    database.wait_for_cuts("m", 1)?;
    database.run("INSERT INTO crm.customers SELECT generate_series(51, 99)")?;
    database.wait_until_true("m")?;
    ensure!(database.run("SELECT cuts_version FROM scoring.model")? == "1", "it has not doubled yet");
    database.run("INSERT INTO crm.customers VALUES (100)")?;
    database.wait_for_cuts("m", 2)?;
    database.wait_until_true("m")
}

pub fn keeps_what_fails(database: &Database) -> Result<()> {
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

pub fn does_not_wait_for_one(database: &Database) -> Result<()> {
    database.make_model("locked", "1 second")?;
    database.make_model("free", "never")?;
    database.wait_for_cuts("locked", 1)?;
    database.wait_for_cuts("free", 1)?;
    let mut holder = database.server.psql(database.name);
    holder.args(["-q", "-c", "BEGIN; LOCK TABLE crm.locked_scores; SELECT pg_sleep(12)"]);
    let mut holder = holder.stdout(std::process::Stdio::null()).spawn()?;
    database.wait_for(
        "EXISTS (SELECT FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock'
                                            AND relation = 'crm.locked_scores'::regclass)",
    )?;
    let made_true = || -> Result<()> {
        for _ in 0..3 {
            database.run(
                "BEGIN ISOLATION LEVEL REPEATABLE READ; INSERT INTO crm.orders VALUES (1, now(), 7); COMMIT",
            )?;
            database.wait_for("count(*) = 0 FROM crm.free_scores_marks")?;
        }
        database.wait_for("failures > 0 FROM scoring.model WHERE name = 'locked'").map(drop)
    };
    let outcome = made_true();
    let is_held = holder.try_wait()?.is_none();
    holder.kill()?;
    holder.wait()?;
    outcome?;
    ensure!(is_held, "the lock was not held all the time");
    Ok(())
}

pub fn heeds_no_settings_of_a_database(database: &Database) -> Result<()> {
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
    // What the client asks for stands above the settings of the database.
    let run = |sql: &str| -> Result<String> {
        let mut command = database.server.psql(database.name);
        let options = "-c role=none -c search_path=pg_catalog -c statement_timeout=0 -c lock_timeout=0 \
                       -c default_transaction_read_only=off -c default_transaction_isolation=read\\ committed";
        command.env("PGOPTIONS", options).args(["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        Ok(process::run(&mut command)?.or_fail("psql")?.trim_end().to_owned())
    };
    let since = database.server.log_text().len();
    run("SELECT scoring.create_model('m', crm.document('m', 'never'), 'later')")?;
    let begun = Instant::now();
    while run("SELECT cuts_version FROM scoring.model")? != "1" && begun.elapsed() < Duration::from_secs(5) {
        sleep(Duration::from_millis(50));
    }
    let logged = database.logged(since);
    database.server.run_sql("postgres", &format!("ALTER DATABASE {} RESET ALL", database.name))?;
    database.wait_for_cuts("m", 1)?;
    ensure!(!logged.contains("evil, as"), "it ran what is not ours:\n{logged}");
    Ok(())
}

pub fn is_not_missed_where_there_is_no_slot(database: &Database) -> Result<()> {
    database.make_model("m", "never")?;
    ensure!(database.run("SELECT state FROM scoring.status")? == "to build");
    database.run("CALL scoring.work()")?;
    ensure!(database.run("SELECT state FROM scoring.status")? == "built");
    Ok(())
}

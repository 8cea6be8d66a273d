//! A standby: everything that reads works there, and after a failover the models go on.

use super::{DATABASE, Ground, Outcome, write};
use crate::load::client::Place;
use crate::server::{Data, Server};
use crate::{files, process};
use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};

/// What reads; it must work in recovery.
const READS: &[&str] = &[
    "SELECT count(*) FROM shop.scores",
    "SELECT count(*) FROM shop.scored",
    "SELECT count(*) FROM shop.scores_marks",
    "SELECT * FROM scoring.status",
    "SELECT count(*) FROM scoring.cuts",
    "SELECT count(*) FROM scoring.levels('shop')",
];

/// What reads too, but may refuse in recovery with a clear error.
const MAY_REFUSE: &[&str] = &[
    "SELECT count(*) FROM scoring.verify('shop')",
    "SELECT scoring.explain('shop', id) FROM shop.scores ORDER BY id LIMIT 20",
    "SELECT count(*) FROM scoring.preview((SELECT definition FROM scoring.model WHERE name = 'shop'))",
];

/// What writes; it must refuse in recovery with a clear error.
const WRITES: &[&str] = &[
    "SELECT * FROM scoring.catch_up('shop')",
    "SELECT * FROM scoring.refresh('shop')",
    "SELECT scoring.repair('shop')",
    "CALL scoring.work()",
    "SELECT scoring.drop_model('shop')",
];

/// The SQLSTATEs of a clear refusal: a read-only transaction, and a feature that is not supported there.
const REFUSALS: [&str; 2] = ["25006", "0A000"];

/// Makes a standby, reads there, promotes it, and goes on.
pub fn run(ground: &Ground) -> Result<Outcome> {
    let backup = |standby: &Server<'_>| {
        for path in files::list(&standby.data())? {
            if path.is_dir() { files::remove_dir(&path)? } else { std::fs::remove_file(&path)? }
        }
        let mut command = standby.command(standby.bin().join("pg_basebackup"));
        command
            .args(["-U", "postgres", "-X", "stream", "-c", "fast", "-R", "-h"])
            .arg(ground.server.socket());
        process::run(command.arg("-D").arg(standby.data()))?.or_fail("pg_basebackup").map(drop)
    };
    // A standby must allow as many sessions and prepared transactions as its primary.
    let settings: Vec<&str> = ground.settings.iter().copied().filter(|line| !line.contains("cron")).collect();
    let standby = Server::start(ground.setup, "standby", Data::Made(ground.package, &backup), &settings)?;
    write(&Place::new(&ground.server.socket(), DATABASE), 200)?;
    wait_for_replay(ground.server, &standby)?;
    let place = Place::new(&standby.socket(), DATABASE);
    read_there(&place)?;
    promote(&standby)?;
    ground.check_and_go_on(&place)?;
    Ok(Outcome::Passed)
}

/// Reads everything, and tries to write.
fn read_there(place: &Place) -> Result<()> {
    let mut session = place.connect("reader")?;
    for sql in READS {
        session.batch_execute(sql).with_context(|| format!("on a standby: {sql}"))?;
    }
    for (all, may_work) in [(MAY_REFUSE, true), (WRITES, false)] {
        for sql in all {
            match session.batch_execute(sql) {
                Ok(()) if may_work => (),
                Ok(()) => bail!("on a standby this was done: {sql}"),
                Err(error) if error.code().is_some_and(|code| REFUSALS.contains(&code.code())) => (),
                Err(error) => return Err(error).with_context(|| format!("on a standby: {sql}")),
            }
        }
    }
    Ok(())
}

/// Promotes the standby, and waits until it is a primary.
///
/// `pg_promote` does not wait itself: its own snapshot could hold up the replay that must end first.
fn promote(standby: &Server) -> Result<()> {
    ensure!(standby.run_sql(DATABASE, "SELECT pg_promote(false)")? == "t", "pg_promote failed");
    wait_until(standby, "SELECT NOT pg_is_in_recovery()", 60, "the standby is not promoted")
}

/// Waits until the standby has everything that the primary has written.
fn wait_for_replay(primary: &Server, standby: &Server) -> Result<()> {
    let written = primary.run_sql(DATABASE, "SELECT pg_current_wal_flush_lsn()")?;
    let sql = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'");
    wait_until(standby, &sql, 30, "the standby does not follow")
}

/// Asks a server until it says yes; after so many seconds, complains.
fn wait_until(server: &Server, sql: &str, seconds: u64, complaint: &'static str) -> Result<()> {
    let started = Instant::now();
    while server.run_sql(DATABASE, sql)? != "t" {
        ensure!(started.elapsed() < Duration::from_secs(seconds), complaint);
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

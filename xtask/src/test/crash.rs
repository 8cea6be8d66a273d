//! The stage `crash`: processes and servers are killed under load, and the scores come true by themselves.

use super::report::Counts;
use crate::console::Step;
use crate::extension::Package;
use crate::load::client::{self, Goal, Place};
use crate::load::look::Looker;
use crate::load::shop::{self, MODELS};
use crate::load::upkeep;
use crate::server::{Data, Server};
use crate::setup::Setup;
use crate::soak::history::SETTINGS;
use crate::{files, process};
use anyhow::{Context, Result, bail};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// The database under load.
const DATABASE: &str = "crash";

/// How many crashes there are.
const ROUNDS: u64 = 20;

/// How many clients write.
const CLIENTS: u64 = 6;

/// The ways, in turns.
const DEEDS: &[Deed] = &[
    Deed { name: "kill -9 of a client's backend", victim: Some("application_name LIKE 'writer%'") },
    Deed { name: "kill -9 of the worker", victim: Some("backend_type LIKE '%scoring%'") },
    Deed { name: "pg_ctl stop -m immediate", victim: None },
    Deed { name: "kill -9 of a backend that catches up", victim: Some("application_name LIKE 'keeper%'") },
];

/// A way to crash: a kind of process to kill, or the whole server.
struct Deed {
    name: &'static str,
    victim: Option<&'static str>,
}

/// Crashes again and again, and counts the crashes after which everything came true.
pub fn run(setup: &Setup, package: &Package) -> Result<Counts> {
    let server = Server::start(setup, "crash", Data::Fresh(package), SETTINGS)?;
    shop::make(&server, DATABASE, &setup.checkout)?;
    shop::create_models(&server, DATABASE, &setup.checkout)?;
    let by_hand = files::read(&setup.checkout.join("tests/soak/by_hand.sql"))?;
    let mut counts = Counts::default();
    for round in 1..=ROUNDS {
        let deed = &DEEDS[(round - 1) as usize % DEEDS.len()];
        let step = Step::begin(&format!("{round}: {}", deed.name));
        let (outcome, faults) = crash_once(&server, deed, round, &by_hand)?;
        step.end(if faults.is_empty() { &outcome } else { "FAILED" });
        for fault in &faults {
            println!("  FAULT {fault}");
        }
        counts += Counts::one(faults.is_empty());
    }
    Ok(counts)
}

/// Crashes once under load; says what was killed, and what is not as it must be afterwards.
fn crash_once(server: &Server, deed: &Deed, round: u64, by_hand: &str) -> Result<(String, Vec<String>)> {
    let place = Place::new(&server.socket(), DATABASE);
    let goal = Goal::new(u64::MAX);
    let crashed = std::thread::scope(|scope| {
        for number in 1..=CLIENTS {
            let (place, goal) = (&place, &goal);
            scope.spawn(move || client::run(place, round, number, goal, true));
        }
        for (session, number) in upkeep::SESSIONS.iter().zip(1000..) {
            let (place, goal) = (&place, &goal);
            scope.spawn(move || upkeep::run(session, place, round, number, goal));
        }
        std::thread::sleep(Duration::from_millis(1000 + round * 137 % 700));
        let crashed = crash(server, deed, &place);
        // Clients come back by themselves, and write on.
        let recovered = wait_for_recovery(&place);
        std::thread::sleep(Duration::from_millis(300));
        goal.stop.store(true, Relaxed);
        crashed.and_then(|what| recovered.map(|()| what))
    })?;
    let mut looker = Looker::connect(&place)?;
    let mut faults = Vec::new();
    let mut marks = 0;
    for model in MODELS {
        match looker.look(model) {
            Ok(look) => {
                marks += look.marks;
                faults.extend(look.fault);
            }
            Err(error) => faults.push(format!("{error:#}")),
        }
    }
    faults.extend(looker.settle(by_hand)?);
    let committed = goal.committed.load(Relaxed);
    Ok((format!("{crashed}, {committed} transactions, {marks} marks: ok"), faults))
}

/// Kills what the deed wants killed.
fn crash(server: &Server, deed: &Deed, place: &Place) -> Result<String> {
    let Some(victim) = deed.victim else {
        server.crash()?;
        server.start_again()?;
        return Ok("stopped".into());
    };
    let sql = format!(
        "SELECT pid FROM pg_stat_activity WHERE {victim} ORDER BY state = 'active' DESC, random() LIMIT 1"
    );
    let found = place.connect("looker")?.query_opt(&sql, &[])?;
    let Some(row) = found else { return Ok("nothing to kill".into()) };
    let pid: i32 = row.try_get(0)?;
    let mut kill = server.command("kill");
    process::run(kill.args(["-9", &pid.to_string()]))?.or_fail("kill")?;
    // The others are ended by the server as soon as it notices.
    std::thread::sleep(Duration::from_millis(100));
    Ok("killed".into())
}

/// Waits until the server lets clients in.
fn wait_for_recovery(place: &Place) -> Result<()> {
    let started = Instant::now();
    loop {
        match place
            .connect("looker")
            .and_then(|mut client| client.batch_execute("SELECT 1").context("SELECT 1"))
        {
            Ok(()) => return Ok(()),
            Err(error) if started.elapsed() > Duration::from_secs(60) => {
                bail!("no recovery within a minute: {error:#}")
            }
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

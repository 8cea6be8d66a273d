//! The long test `calls`: every routine of the schema scoring with random arguments; only errors with a meaning may come.

mod document;
mod routine;
mod value;

use super::numbers;
use crate::console::Step;
use crate::load::client::Place;
use crate::load::random::Random;
use crate::load::{log, shop};
use crate::server::{Data, Server};
use crate::{extension, files, setup};
use anyhow::{Context, Result};
use postgres::Client;
use routine::{Kind, Routine};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The database of the calls.
const DATABASE: &str = "calls";

/// What a session may take, and its settings.
const SESSION: &str =
    "SET statement_timeout = '3s'; SET lock_timeout = '1s'; SET client_min_messages = warning";

/// So long after its timeout a statement may go on before it counts as one that cannot be cancelled.
const PATIENCE: Duration = Duration::from_secs(20);

/// After so many calls the models are put back.
const BETWEEN_REPAIRS: u64 = 200;

/// What is written and called after a call that did something to models.
const AFTERWARDS: &[&str] = &[
    "INSERT INTO shop.orders (customer_id, ordered_at, amount, status) VALUES (7, now(), 5, 'paid'), (8, now(), NULL, NULL)",
    "UPDATE shop.orders SET amount = amount * 2, customer_id = customer_id + 1 WHERE id < 20",
    "UPDATE shop.customers SET country = 'XX', active = NOT active WHERE id < 9",
    "DELETE FROM crm.orders WHERE id < 5",
    "INSERT INTO crm.customers VALUES (1000, 'new')",
    "INSERT INTO crm.solicitations VALUES (1, 'email', now()), (2, NULL, now()), (NULL, 'sms', NULL)",
    "INSERT INTO shop.visits VALUES (5, now(), 3)",
    "TRUNCATE shop.tickets",
    "SELECT count(*) FROM scoring.status",
    "SELECT scoring.catch_up(model) FROM scoring.status",
    "SELECT scoring.refresh(model) FROM scoring.status",
    "SELECT scoring.verify(model) FROM scoring.status",
    "SELECT scoring.levels(model) FROM scoring.status",
    "SELECT scoring.explain(model, '7') FROM scoring.status",
    "SELECT * FROM crm.fuzzed_view_0, crm.fuzzed_view_1",
];

/// What came of the calls.
#[derive(Default)]
struct Outcome {
    /// How often each routine was called, and how often that succeeded.
    routines: BTreeMap<String, (u64, u64)>,
    /// How often each SQLSTATE came, and the last message that it came with.
    states: BTreeMap<String, (u64, String)>,
    faults: Vec<String>,
}

/// Calls routines with random arguments, and says what must not have come of it.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let (mut calls, mut seed) = (5000, 1);
    numbers::read(arguments, &mut [("--calls", &mut calls), ("--seed", &mut seed)])?;
    let setup = setup::prepare()?;
    let package = extension::build(&setup)?;
    println!("calls\n  seed {seed}");
    let mut settings = vec!["shared_buffers = 128MB", "jit = off", "log_error_verbosity = verbose"];
    settings.extend(log::SETTINGS);
    let server = Server::start(&setup, "soak_calls", Data::Fresh(&package), &settings)?;
    drop(package);
    shop::make(&server, DATABASE, &setup.checkout)?;
    shop::create_models(&server, DATABASE, &setup.checkout)?;
    server.run_sql(DATABASE, &files::read(&setup.checkout.join("tests/soak/calls.sql"))?)?;
    let place = Place::new(&server.socket(), DATABASE);
    let bases = read_documents(&setup.checkout)?;
    let mut outcome = call_all(&place, &bases, calls, seed)?;
    outcome.faults.extend(log::read(&server.read_log()?, &BTreeSet::new()).faults.into_keys());
    for (name, (count, successes)) in &outcome.routines {
        println!("  {name:<34} {count:>8} calls {successes:>8} succeeded");
    }
    for (state, (count, message)) in &outcome.states {
        let message: String = message.chars().take(90).collect();
        println!("  {state} {count:>8} errors, the last: {message}");
    }
    for fault in &outcome.faults {
        println!("  FAULT {fault}");
    }
    let count = outcome.faults.len();
    println!("\n{}", if count == 0 { "no faults".to_owned() } else { format!("{count} faults") });
    Ok(if count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads the documents that random ones are made of.
fn read_documents(checkout: &Path) -> Result<Vec<serde_json::Value>> {
    let paths: [&'static str; 4] = [
        "tests/soak/model.json",
        "sql/templates/rfm_abc.json",
        "sql/templates/marketing_pressure.json",
        "sql/templates/rfm_abc_fr.json",
    ];
    let read = |path| serde_json::from_str(&files::read(&checkout.join(path))?).context(path);
    paths.into_iter().map(read).collect()
}

/// Does so many calls, on one connection as long as it lasts.
fn call_all(place: &Place, bases: &[serde_json::Value], calls: u64, seed: u64) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut random = Random::new(seed, 0);
    let mut client = connect(place)?;
    let routines = routine::read_all(&mut client)?;
    let model = files_model(bases);
    let mut step = Step::begin("calling");
    for number in 0..calls {
        let routine = random.pick(&routines);
        let call = routine.draw(&mut random, bases);
        let is_alive = try_call(&mut client, routine, &call, &mut random, &mut outcome);
        if !is_alive {
            client = connect_again(place)?;
        }
        if number % BETWEEN_REPAIRS == BETWEEN_REPAIRS - 1 {
            put_back(&mut client, &model, &mut outcome);
        }
        step.show_life(&format!("{number} calls"));
    }
    step.end(&format!("{} routines", routines.len()));
    Ok(outcome)
}

/// Connects with the settings of the calls.
fn connect(place: &Place) -> Result<Client> {
    let mut client = place.connect("caller")?;
    client.batch_execute(SESSION)?;
    Ok(client)
}

/// Connects as soon as the server lets it.
fn connect_again(place: &Place) -> Result<Client> {
    let started = Instant::now();
    loop {
        match connect(place) {
            Err(_) if started.elapsed() < Duration::from_secs(30) => {
                std::thread::sleep(Duration::from_millis(100));
            }
            connected => return connected,
        }
    }
}

/// Writes the document of the model that is always there.
fn files_model(bases: &[serde_json::Value]) -> String {
    format!("SELECT scoring.create_model('shop', {})", value::quote(&bases[0].to_string()))
}

/// Does a call; one that concerns models in a transaction, which mostly is rolled back, with something done after it.
/// Tells whether the connection is still there.
fn try_call(
    client: &mut Client,
    routine: &Routine,
    call: &str,
    random: &mut Random,
    outcome: &mut Outcome,
) -> bool {
    let is_alone = routine.kind == Kind::Procedure || !routine.is_of_models;
    let commits = random.chance(100);
    if !is_alone && !send(client, "BEGIN", call, outcome).1 {
        return false;
    }
    let (succeeded, mut is_alive) = send(client, call, call, outcome);
    let counts = outcome.routines.entry(routine.name.clone()).or_default();
    counts.0 += 1;
    counts.1 += u64::from(succeeded);
    if !is_alone {
        for _ in 0..random.below(4) {
            let statement = *random.pick(AFTERWARDS);
            if succeeded && is_alive && !commits {
                is_alive &= send(client, "SAVEPOINT s", call, outcome).1;
                let (is_done, still) = send(client, statement, call, outcome);
                is_alive &= still;
                if !is_done {
                    is_alive &= send(client, "ROLLBACK TO s", call, outcome).1;
                }
            }
        }
        is_alive = is_alive && send(client, if commits { "COMMIT" } else { "ROLLBACK" }, call, outcome).1;
    }
    is_alive
}

/// Sends a statement; tells whether it succeeded, and whether the connection is still there. `call` is what led to it.
fn send(client: &mut Client, statement: &str, call: &str, outcome: &mut Outcome) -> (bool, bool) {
    let started = Instant::now();
    let sent = client.batch_execute(statement);
    let show = || {
        let call: String = call.chars().take(20_000).collect();
        if statement == call { call } else { format!("{call};\n    {statement}") }
    };
    if started.elapsed() > PATIENCE {
        outcome.faults.push(format!("took {} s: {}", started.elapsed().as_secs(), show()));
    }
    let Err(error) = sent else { return (true, true) };
    let Some(state) = error.code().map(|code| code.code().to_owned()) else {
        outcome.faults.push(format!("the connection was lost ({error}): {}", show()));
        return (false, false);
    };
    let message = error.as_db_error().map_or("", |error| error.message());
    if state.starts_with("XX") {
        outcome.faults.push(format!("{state} {message}: {}", show()));
    }
    let known = outcome.states.entry(state).or_default();
    *known = (known.0 + 1, message.to_owned());
    (false, !error.is_closed())
}

/// Drops the models that calls have left, and makes the shop's again if it is gone.
fn put_back(client: &mut Client, model: &str, outcome: &mut Outcome) {
    let slowly = "SET statement_timeout = '60s'; SET lock_timeout = '30s'";
    let mut run = |sql: &str| {
        if let Err(error) = client.batch_execute(sql) {
            outcome.faults.push(format!("models cannot be put back: {error:?}: {sql}"));
        }
    };
    run(slowly);
    run("SELECT scoring.drop_model(model) FROM scoring.status");
    run(model);
    run(SESSION);
}

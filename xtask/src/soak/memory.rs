//! The long test `memory`: a session's triggers are called a million times, and its process is to stay as large as it was.

use super::numbers;
use crate::console::{Step, show_time};
use crate::load::client::Place;
use crate::load::shop;
use crate::server::{Data, Server};
use crate::{extension, files, setup};
use anyhow::{Context, Result};
use postgres::Client;
use std::process::ExitCode;
use std::time::Instant;

/// By how much the process may grow, in bytes.
const MAY_GROW: i64 = 1 << 20;

/// The ways to call triggers: each with its share of the calls in thousandths, and how many calls come before what is
/// measured, so many that caches are full and memory that is freed and not given back is as much as it will be. They come once
/// at first, for all ways, and once more right before what is measured of theirs, since what the way before has left to do,
/// such as a hundred thousand marks, takes its memory once.
const WAYS: &[(&str, u64, u64, &str)] = &[
    ("orders", 900, 10_000, "orders added and changed"),
    ("writes", 40, 2000, "every kind of write"),
    ("undone", 20, 1000, "every kind of write, undone"),
    ("marked", 20, 1000, "every kind of write, only marked"),
    ("upkeep", 8, 1000, "orders, and the upkeep"),
    ("changes", 6, 50, "orders, and changes of tables"),
    ("faults", 6, 50, "orders that meet a fault"),
];

/// How large a process is, in bytes.
#[derive(Clone, Copy)]
struct Size {
    /// What is the process's own: shared memory is not counted.
    process: i64,
    /// What PostgreSQL's memory contexts have of it.
    contexts: i64,
}

/// Calls triggers in one session, and says by how much it grew.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let mut calls = 1_000_000;
    numbers::read(arguments, &mut [("--calls", &mut calls)])?;
    let setup = setup::prepare()?;
    let package = extension::build(&setup)?;
    println!("memory");
    let settings = ["shared_buffers = 128MB", "jit = off", "pg_scoring.worker = off"];
    let server = Server::start(&setup, "soak_memory", Data::Fresh(&package), &settings)?;
    drop(package);
    shop::make(&server, "memory", &setup.checkout)?;
    shop::create_models(&server, "memory", &setup.checkout)?;
    for file in ["tests/helpers/small_model.sql", "tests/soak/memory.sql"] {
        server.run_sql("memory", &files::read(&setup.checkout.join(file))?)?;
    }
    let mut client = Place::new(&server.socket(), "memory").connect("memory")?;
    let mut step = Step::begin("first calls");
    for (way, _, first, _) in WAYS {
        call(&mut client, way, *first)?;
        step.show_life(way);
    }
    step.end("done");
    let first = measure(&mut client)?;
    let mut all = Size { process: 0, contexts: 0 };
    println!("  {:<34} {:>10} {:>12} {:>14}", "bytes", "calls", "process", "contexts");
    println!("  {:<34} {:>10} {:>12} {:>14}", "after the first calls", "", first.process, first.contexts);
    for (way, share, before, what) in WAYS {
        call(&mut client, way, *before)?;
        let (last, started) = (measure(&mut client)?, Instant::now());
        let count = calls * share / 1000;
        call(&mut client, way, count)?;
        let now = measure(&mut client)?;
        let (process, contexts) = (now.process - last.process, now.contexts - last.contexts);
        let time = show_time(started.elapsed());
        println!("  {what:<34} {count:>10} {process:>+12} {contexts:>+14}  {time}");
        all = Size { process: all.process + process, contexts: all.contexts + contexts };
    }
    let Size { process, contexts } = all;
    println!("  {:<34} {calls:>10} {process:>+12} {contexts:>+14}", "in all");
    let has_grown = process > MAY_GROW || contexts > MAY_GROW;
    if has_grown {
        show_contexts(&mut client)?;
    }
    println!("\n{}", if has_grown { "FAULT the session has grown by more than 1 MB" } else { "no faults" });
    Ok(if has_grown { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Calls triggers in one of the ways.
fn call(client: &mut Client, way: &str, count: u64) -> Result<()> {
    client.batch_execute(&format!("CALL soak.{way}({count})")).with_context(|| format!("soak.{way}"))
}

/// Measures the session's process.
fn measure(client: &mut Client) -> Result<Size> {
    let row = client.query_one(
        "SELECT pg_backend_pid(), sum(total_bytes)::bigint FROM pg_backend_memory_contexts",
        &[],
    )?;
    let (pid, contexts): (i32, i64) = (row.try_get(0)?, row.try_get(1)?);
    let status = files::read(format!("/proc/{pid}/status").as_ref())?;
    let own = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes =
        own.and_then(|own| own.trim().strip_suffix(" kB")).context("the kernel tells no RssAnon")?;
    Ok(Size { process: kilobytes.trim().parse::<i64>()? * 1024, contexts })
}

/// Prints the largest memory contexts.
fn show_contexts(client: &mut Client) -> Result<()> {
    let rows = client.query(
        "SELECT name, count(*), sum(total_bytes)::bigint FROM pg_backend_memory_contexts
         GROUP BY name ORDER BY 3 DESC LIMIT 10",
        &[],
    )?;
    for row in rows {
        let (name, count, bytes): (String, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        println!("    {count} × {name}: {bytes} bytes");
    }
    Ok(())
}

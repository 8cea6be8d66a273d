//! Models beside the same scores in plain SQL: made, refreshed, verified, explained.

use super::comparisons::Comparison;
use super::measure::{self, Measured, Pair};
use crate::console::step;
use crate::server::Server;
use anyhow::{Context, Result, bail};

/// How many times each is measured: they take long, so that one run differs little from the next, and none warms up.
const ROUNDS: usize = 3;

/// One process, and the steps that the extension tells.
const TOLD: &str = "SET max_parallel_workers_per_gather = 0; SET client_min_messages = debug1";

/// The steps of a refresh after everybody is derived, which are held against the whole of the view's.
const CUTS_AND_MOVES: [&str; 4] = ["computed", "scored", "found who moves", "published"];

const CREATE: Comparison = Comparison {
    title: "create_model / plain SQL",
    ours: "SELECT make_model()",
    baseline: "SELECT make_plain()",
    aim: Some(2.0),
    settings: TOLD,
};

const REFRESH: Comparison = Comparison {
    title: "refresh / materialized view",
    ours: "SELECT refresh_model()",
    baseline: "SELECT refresh_plain()",
    aim: None,
    settings: TOLD,
};

const CUTS: Comparison = Comparison {
    title: "its cuts and moves / the same",
    ours: REFRESH.ours,
    baseline: REFRESH.baseline,
    aim: None,
    settings: TOLD,
};

/// What came of the models.
pub struct Models {
    /// Lines of the table of ratios.
    pub pairs: Vec<(&'static Comparison, Pair)>,
    /// Lines of the table of times: a title, seconds on the clock and of the processor, and the most that is wanted.
    pub times: Vec<(&'static str, Measured, Option<f64>)>,
    /// The growth of the peak of the backend's memory while a model is made, in bytes a customer.
    pub bytes: f64,
}

/// Measures the models.
pub fn measure(server: &Server, customers: u64) -> Result<Models> {
    let created = measure::compare(server, &CREATE, 1..=ROUNDS).context(CREATE.title)?;
    let refreshed = measure::compare(server, &REFRESH, 1..=ROUNDS).context(REFRESH.title)?;
    let cuts = sum_of(CUTS_AND_MOVES.iter().map(|begin| refreshed.ours.step(begin)));
    let each = customers as f64 / 1e6;
    let scored = refreshed.ours.step("scored");
    let times = vec![
        ("create_model, s", created.ours.times(), Some(5.0)),
        ("  reading and folding, s", created.ours.step("read"), None),
        ("  writing, s", created.ours.step("wrote"), None),
        ("refresh: cuts and moves, s", cuts.times(), Some(1.0)),
        ("cutting, scoring a customer, µs", scored.divided(each), Some(1.0)),
        ("verify, s", measure_once(server, "verify_model()")?, None),
        ("explain, 100 customers, s", measure_once(server, "explain_model()")?, None),
    ];
    let whole = refreshed.baseline.times();
    let pairs =
        vec![(&CREATE, created), (&REFRESH, refreshed), (&CUTS, Pair { ours: cuts, baseline: whole })];
    Ok(Models { pairs, times, bytes: measure_growth(server)? / customers as f64 })
}

/// Adds up what several steps took.
fn sum_of(steps: impl Iterator<Item = Measured>) -> Measured {
    steps.fold(Measured { cpu: Some(0.0), ..Measured::default() }, |sum, step| Measured {
        clock: sum.clock + step.clock,
        cpu: sum.cpu.zip(step.cpu).map(|(sum, cpu)| sum + cpu),
        ..sum
    })
}

/// Runs a function once and tells how long it took.
fn measure_once(server: &Server, function: &str) -> Result<Measured> {
    let output = step(function, || {
        server.run_sql("bench", &format!("SELECT clock, cpu FROM measure('SELECT {function}')"))
    })?;
    let mut fields = output.trim().split('|');
    let clock =
        fields.next().unwrap_or_default().parse().with_context(|| format!("psql printed \"{output}\""))?;
    Ok(Measured { clock, cpu: fields.next().and_then(|cpu| cpu.parse().ok()), ..Measured::default() })
}

/// Makes the model in a session of its own, and tells by how much the peak of its memory rose, in bytes.
fn measure_growth(server: &Server) -> Result<f64> {
    let script = "SELECT count(*) FROM scoring.status; SELECT peak_memory(); SELECT make_model(); SELECT peak_memory();";
    let output = step("memory of create_model", || server.run_sql("bench", script))?;
    let lines: Vec<&str> = output.lines().filter(|line| !line.contains("NOTICE")).collect();
    let [_, before, _, after] = lines[..] else { bail!("psql printed \"{output}\"") };
    let read = |peak: &str| peak.parse::<f64>().context("the kernel tells no peak of memory");
    Ok(read(after)? - read(before)?)
}

//! The command `soak`: tests that take long, each by its name.

mod calls;
pub mod history;
mod isolation;
mod memory;
mod mutants;
mod numbers;
mod sqlsmith;

use anyhow::{Result, bail};
use std::process::ExitCode;

/// A long test: its name, its arguments, what it does, and the function that does it.
type Soak = (&'static str, &'static str, &'static str, fn(&[String]) -> Result<ExitCode>);

/// Every long test; a new one is one line here.
pub const SOAKS: &[Soak] = &[
    (
        "history",
        "[--transactions N] [--seed N] [--clients N]",
        "random transactions of many clients, without models and with them",
        history::command,
    ),
    (
        "isolation",
        "[--level rc|rr|ser] [name…]",
        "pairs of transactions in every interleaving",
        isolation::run,
    ),
    ("mutants", "[name…]", "each rule of live scoring broken on purpose, so that a test fails", mutants::run),
    (
        "paused",
        "[name…] [--accept]",
        "writers and upkeep stopped on their way, with PostgreSQL's isolationtester",
        mutants::run_paused,
    ),
    (
        "memory",
        "[--calls N]",
        "a million calls of one session's triggers, and how much it grows",
        memory::run,
    ),
    (
        "calls",
        "[--calls N] [--seed N]",
        "every routine with random arguments, and what errors come",
        calls::run,
    ),
    (
        "sqlsmith",
        "[--queries N] [--seed N]",
        "random queries of the program sqlsmith over a shop",
        sqlsmith::run,
    ),
];

/// Runs the test that was asked for.
pub fn command(arguments: &[String]) -> Result<ExitCode> {
    let wanted = arguments.first().map_or("", String::as_str);
    let Some((_, _, _, run)) = SOAKS.iter().find(|(name, ..)| *name == wanted) else {
        let names: Vec<&str> = SOAKS.iter().map(|(name, ..)| *name).collect();
        bail!("there is no long test \"{wanted}\"; there are: {}", names.join(", "));
    };
    run(&arguments[1..])
}

//! The developer's commands: `cargo xtask <command>`.
//!
//! * [`setup`]: what a machine needs, installed where it is missing.
//! * [`extension`]: builds and packages the extension.
//! * [`server`]: a private server that ends with the command that started it.
//! * [`load`]: clients that write at random, and looks at what came of it.
//! * [`python`]: Python environments for data and comparisons.
//! * [`isolation`]: transactions beside each other.
//! * the commands: [`demo`], [`test`], [`soak`], [`oracle`], [`bench`], [`psql`], [`install`].

mod account;
mod bench;
mod cargo;
mod console;
mod debian;
mod demo;
mod extension;
mod files;
mod install;
mod isolation;
mod load;
mod oracle;
mod place;
mod process;
mod psql;
mod python;
mod server;
mod setup;
mod soak;
mod test;
mod tree;

use anyhow::Result;
use std::process::ExitCode;

/// The PostgreSQL that the extension is built for and tested on.
const PG_MAJOR: &str = "15";

/// A command: its name, its arguments, what it does, and the function that does it.
type Command = (&'static str, &'static str, &'static str, fn(&[String]) -> Result<ExitCode>);

/// Every command; a new one is one line here.
const COMMANDS: &[Command] = &[
    ("setup", "", "installs what building and testing need", setup::command),
    ("demo", "[--generated]", "scores the customers of a real shop, and shows them", demo::command),
    ("test", "[stage [name…]] [--accept]", "runs every test, or one stage (see below)", test::command),
    ("soak", "name [arguments]", "runs a long test (see below)", soak::command),
    ("oracle", "[--seed N]", "compares scores with pandas, NumPy and SQL", oracle::command),
    (
        "bench",
        "[live] [--rows N] [--plans]",
        "measures functions, or live models, beside plain SQL",
        bench::command,
    ),
    ("psql", "[server [database]]", "opens psql on a server kept under target/ (demo)", psql::command),
    ("install", "", "builds, and installs into the local PostgreSQL", install::command),
];

/// Runs the command that was asked for, or says which there are.
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = arguments.first().map_or("", String::as_str);
    if matches!(wanted, "" | "help") || arguments.iter().any(|word| word == "--help" || word == "-h") {
        print_usage();
        return ExitCode::SUCCESS;
    }
    let Some((_, _, _, run)) = COMMANDS.iter().find(|(name, ..)| *name == wanted) else {
        eprintln!("error: there is no command \"{wanted}\"\n");
        print_usage();
        return ExitCode::from(2);
    };
    run(&arguments[1..]).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Prints the table of commands.
fn print_usage() {
    println!("usage: cargo xtask <command>\n");
    for (name, arguments, purpose, _) in COMMANDS {
        println!("  {:<34}  {purpose}", format!("{name} {arguments}"));
    }
    println!("\nstages of test:\n");
    for (name, purpose) in test::STAGES {
        println!("  {name:<34}  {purpose}");
    }
    println!("\nlong tests of soak:\n");
    for (name, arguments, purpose, _) in soak::SOAKS {
        println!("  {:<34}  {purpose}", format!("{name} {arguments}"));
    }
    println!("\nWith --accept, what the regression and isolation tests print becomes what is expected.");
}

//! The command `soak`: long loads with a seed, that look for what no test thought of.

pub mod history;

use anyhow::{Result, bail};
use std::process::ExitCode;

/// A load: its name, its arguments, what it does, and the function that does it.
type Load = (&'static str, &'static str, &'static str, fn(&[String]) -> Result<ExitCode>);

/// Every load; a new one is one line here.
pub const LOADS: &[Load] = &[(
    "history",
    "[--transactions N] [--seed N] [--clients N]",
    "random transactions, with the models and without",
    history::command,
)];

/// Runs the load that was asked for.
pub fn command(arguments: &[String]) -> Result<ExitCode> {
    let wanted = arguments.first().map_or("", String::as_str);
    let Some((_, _, _, run)) = LOADS.iter().find(|(name, ..)| *name == wanted) else {
        let names: Vec<&str> = LOADS.iter().map(|(name, ..)| *name).collect();
        bail!("there is no load \"{wanted}\"; there is: {}", names.join(", "));
    };
    run(&arguments[1..])
}

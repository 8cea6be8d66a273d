//! The stage `lint`: the form of the code.

use super::report::Counts;
use crate::{cargo::cargo, process};
use anyhow::Result;

/// Each check: the component of Rust it needs, and its arguments.
const CHECKS: &[(&str, &[&str])] = &[
    ("fmt", &["fmt", "--all", "--check", "--", "--color", "never"]),
    ("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
];

/// Runs the checks whose component is installed.
pub fn run() -> Result<Counts> {
    let mut counts = Counts::default();
    for (component, arguments) in CHECKS {
        if !process::succeeds(cargo().args([component, "--version"])) {
            println!("  cargo {component}: not installed, skipped");
            continue;
        }
        let finished = process::run_step(&format!("cargo {component}"), cargo().args(*arguments))?;
        if !finished.success {
            println!("{}", process::last_lines(&finished.output, 200));
        }
        counts += Counts::one(finished.success);
    }
    Ok(counts)
}

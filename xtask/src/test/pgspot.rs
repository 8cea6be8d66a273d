//! The stage `pgspot`: a scan of the install script for what a hostile user of the database could abuse.

use super::report::Counts;
use crate::extension::Package;
use crate::setup::Setup;
use crate::{debian, files, process};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// The version of pgspot.
const VERSION: &str = "0.9.4";

/// Scans the install script; a warning is a failure.
pub fn run(setup: &Setup, package: &Package) -> Result<Counts> {
    let environment = ensure_pgspot(setup)?;
    // Through Python, because the program names the path it was installed under, and checkouts move.
    let mut pgspot = Command::new(environment.join("bin/python"));
    pgspot.arg(environment.join("bin/pgspot")).arg(package.install_script()?);
    let finished = process::run_step("pgspot", &mut pgspot)?;
    let passed = finished.success && finished.output.contains("Errors: 0 Warnings: 0 Unknown: 0");
    if !passed {
        println!("{}", finished.output);
    }
    Ok(Counts::one(passed))
}

/// Returns the Python environment under `target/pgspot`, made where it is missing.
fn ensure_pgspot(setup: &Setup) -> Result<PathBuf> {
    let environment = setup.target.join("pgspot");
    let stamp = environment.join("version");
    if std::fs::read_to_string(&stamp).is_ok_and(|version| version == VERSION) {
        return Ok(environment);
    }
    files::remove_dir(&environment)?;
    let python = debian::find_python().context("there is no Python with venv")?;
    process::run(Command::new(python).args(["-m", "venv"]).arg(&environment))?.or_fail("python3 -m venv")?;
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", &format!("pgspot=={VERSION}")]);
    process::run_step("installing pgspot under target/pgspot", &mut pip)?.or_fail("pip install")?;
    files::write(&stamp, VERSION)?;
    Ok(environment)
}

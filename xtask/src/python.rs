//! Python environments under `target/`, so that the user's own Python stays as it is.

use crate::setup::Setup;
use crate::{debian, files, process};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes an environment under `target/` with the packages of a requirements file, unless it is there; returns its Python.
pub fn ensure_environment(setup: &Setup, name: &str, requirements: Option<&Path>) -> Result<PathBuf> {
    let environment = setup.target.join("python").join(name);
    let (stamp, python) = (environment.join("requirements"), environment.join("bin/python"));
    let wanted = requirements.map(files::read).transpose()?.unwrap_or_default();
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    files::remove_dir(&environment)?;
    files::make_dir(&environment)?;
    let system = debian::find_python().context("there is no Python with venv")?;
    let mut venv = Command::new(system);
    process::run_step(
        &format!("making a Python environment under target/python/{name}"),
        venv.args(["-m", "venv"]).arg(&environment),
    )?
    .or_fail("python3 -m venv")?;
    if let Some(requirements) = requirements {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r"]);
        process::run_step("installing its packages (a minute or two)", pip.arg(requirements))?
            .or_fail("pip install")?;
    }
    files::write(&stamp, &wanted)?;
    Ok(python)
}

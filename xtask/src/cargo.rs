//! Cargo and cargo-pgrx, called from inside a cargo command.

use crate::{PG_MAJOR, place, process};
use anyhow::Result;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of cargo-pgrx; it must be that of the pgrx in Cargo.toml.
const PGRX_VERSION: &str = "0.18.1";

/// The directory of PostgreSQL's programs, as Debian lays it out.
pub fn pg_bin() -> PathBuf {
    Path::new("/usr/lib/postgresql").join(PG_MAJOR).join("bin")
}

/// Prepares cargo to run in the checkout, with PostgreSQL found and our own cargo's variables gone.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Prepares a program of cargo's.
fn command(program: OsString) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        // Some build scripts run again whenever these change.
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.current_dir(place::checkout()).env("PGRX_PG_CONFIG_PATH", pg_bin().join("pg_config"));
    command
}

/// The cargo-pgrx of the right version.
pub struct CargoPgrx {
    program: OsString,
}

impl CargoPgrx {
    /// Prepares a cargo-pgrx command.
    pub fn command(&self) -> Command {
        let mut command = command(self.program.clone());
        command.arg("pgrx");
        command
    }
}

/// Finds cargo-pgrx, or installs it: beside the user's own programs if there is none, else under `target/tools`.
pub fn ensure_cargo_pgrx() -> Result<CargoPgrx> {
    let users = CargoPgrx { program: cargo().get_program().to_owned() };
    let tools = place::target()?.join("tools");
    let own = CargoPgrx { program: tools.join("bin/cargo-pgrx").into() };
    let users_version = read_version(&users);
    if users_version.as_deref() == Some(PGRX_VERSION) {
        return Ok(users);
    }
    if read_version(&own).as_deref() == Some(PGRX_VERSION) {
        return Ok(own);
    }
    let mut install = cargo();
    // Without its default features it needs no OpenSSL; those features only download PostgreSQL's sources.
    install.args(["install", "cargo-pgrx", "--locked", "--no-default-features", "--version"]);
    install.arg(format!("={PGRX_VERSION}"));
    let (title, found) = match users_version {
        None => (format!("installing cargo-pgrx {PGRX_VERSION} with cargo install (about 6 minutes)"), users),
        Some(other) => {
            install.arg("--root").arg(&tools);
            (
                format!(
                    "installing cargo-pgrx {PGRX_VERSION} under target/tools; yours is {other} (about 6 minutes)"
                ),
                own,
            )
        }
    };
    process::run_step(&title, &mut install)?.or_fail("cargo install cargo-pgrx")?;
    Ok(found)
}

/// Reads the version a cargo-pgrx says it has.
fn read_version(cargo_pgrx: &CargoPgrx) -> Option<String> {
    let finished = process::run(cargo_pgrx.command().arg("--version")).ok()?;
    let version = finished.output.trim().strip_prefix("cargo-pgrx ")?;
    finished.success.then(|| version.to_owned())
}

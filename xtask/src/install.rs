//! The command `install`: puts the extension into the local PostgreSQL.

use crate::{PG_MAJOR, console, debian, extension, process, setup};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::ExitCode;

/// Builds the extension, copies its files, and tells how to go on.
pub fn command(_: &[String]) -> Result<ExitCode> {
    let setup = setup::prepare()?;
    let package = extension::build(&setup)?;
    console::step("installing into the local PostgreSQL", || {
        let Some(mut command) = debian::become_root() else {
            bail!("copying into /usr needs root or sudo; the files are in {}", package.root().display());
        };
        command.args([
            "sh",
            "-c",
            "for pair; do install -m 644 \"${pair%%::*}\" \"${pair##*::}\" || exit 1; done",
            "sh",
        ]);
        for (file, dir) in package.files()? {
            let name = file.file_name().context("a file without a name")?;
            command.arg(format!("{}::{}", file.display(), Path::new("/usr").join(dir).join(name).display()));
        }
        process::run(&mut command)?.or_fail("install")
    })?;
    if !Path::new("/etc/postgresql").join(PG_MAJOR).is_dir() {
        println!(
            "\nThere is no server yet; this makes and starts one:\n\n    pg_createcluster {PG_MAJOR} main --start"
        );
    }
    println!(
        "\nNext, in psql as a superuser of the database that is to have it:\n\n    CREATE EXTENSION pg_scoring;"
    );
    Ok(ExitCode::SUCCESS)
}

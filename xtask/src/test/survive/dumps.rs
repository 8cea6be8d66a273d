//! Dumps and restores: a model with its marks comes back, whichever way it was dumped.

use super::{DATABASE, Ground, Outcome};
use crate::load::client::Place;
use crate::process;
use anyhow::Result;
use std::path::Path;

/// A way to dump and restore: the dumps, each with the options of pg_dump and pg_restore.
pub struct Way {
    name: &'static str,
    parts: &'static [(&'static [&'static str], &'static [&'static str])],
    /// What is not marked is true at once; else only after everything was caught up.
    is_true_at_once: bool,
}

/// A script for psql.
pub const PLAIN: Way = Way { name: "plain", parts: &[(&["--format=plain"], &[])], is_true_at_once: true };

/// One file for pg_restore.
pub const CUSTOM: Way = Way { name: "custom", parts: &[(&["--format=custom"], &[])], is_true_at_once: true };

/// A directory, with two sessions at once.
pub const DIRECTORY: Way = Way {
    name: "directory",
    parts: &[(&["--format=directory", "--jobs=2"], &["--jobs=2"])],
    is_true_at_once: true,
};

/// The tables with their triggers first, then what is in them.
pub const APART: Way = Way {
    name: "apart",
    parts: &[(&["--format=custom", "--schema-only"], &[]), (&["--format=custom", "--data-only"], &[])],
    is_true_at_once: false,
};

/// The same, with the triggers off meanwhile, as pg_dump advises where foreign keys go in circles.
pub const APART_WITHOUT_TRIGGERS: Way = Way {
    name: "apart_without_triggers",
    parts: &[
        (&["--format=custom", "--schema-only"], &[]),
        (&["--format=custom", "--data-only"], &["--disable-triggers"]),
    ],
    is_true_at_once: false,
};

/// Dumps and restores one way, and checks what came back.
pub fn run(ground: &Ground, way: &Way) -> Result<Outcome> {
    let database = format!("survive_{}", way.name);
    ground.server.create_empty_database(&database)?;
    let output = ground.server.make_output_dir(way.name)?;
    for (number, (dumping, restoring)) in way.parts.iter().enumerate() {
        let file = output.join(number.to_string());
        dump(ground, dumping, &file)?;
        restore(ground, dumping, restoring, &database, &file)?;
    }
    let place = Place::new(&ground.server.socket(), &database);
    if !way.is_true_at_once {
        ground.settle(&place)?;
    }
    ground.check_and_go_on(&place)?;
    Ok(Outcome::Passed)
}

/// Dumps the database.
fn dump(ground: &Ground, options: &[&str], file: &Path) -> Result<()> {
    let mut command = ground.server.command(ground.server.bin().join("pg_dump"));
    command.args(["-U", "postgres", "-h"]).arg(ground.server.socket());
    command.args(options).arg("--file").arg(file).arg(DATABASE);
    process::run(&mut command)?.or_fail("pg_dump").map(drop)
}

/// Restores into another database; a plain dump is a script.
fn restore(ground: &Ground, dumping: &[&str], options: &[&str], database: &str, file: &Path) -> Result<()> {
    let (program, mut command) = if dumping.contains(&"--format=plain") {
        let mut command = ground.server.psql(database);
        command.args(["-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file);
        ("psql", command)
    } else {
        let mut command = ground.server.client("pg_restore");
        command.args(["--exit-on-error", "--dbname", database]).args(options).arg(file);
        ("pg_restore", command)
    };
    process::run(&mut command)?.or_fail(program).map(drop)
}

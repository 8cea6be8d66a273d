//! A private copy of PostgreSQL, so that the user's own is never touched.

use crate::cargo::pg_bin;
use crate::{PG_MAJOR, files, process};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies PostgreSQL to `prefix`, unless that version is there; its programs find their files beside themselves.
pub fn ensure(prefix: &Path) -> Result<()> {
    let version =
        process::run(Command::new(pg_bin().join("postgres")).arg("--version"))?.or_fail("postgres")?;
    let stamp = prefix.join("version");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == version) {
        return Ok(());
    }
    files::remove_dir(prefix)?;
    for dir in ["lib/postgresql", "share/postgresql"] {
        let from = Path::new("/usr").join(dir).join(PG_MAJOR);
        files::copy_dir(&from, &prefix.join(dir).join(PG_MAJOR), &["pgxs", "bitcode", "man", "locale"])?;
    }
    files::write(&stamp, &version)
}

/// Where the copy has its programs.
pub fn bin(prefix: &Path) -> PathBuf {
    prefix.join("lib/postgresql").join(PG_MAJOR).join("bin")
}

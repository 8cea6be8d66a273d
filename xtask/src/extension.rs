//! The built extension: its files, as they go into a PostgreSQL.

use crate::cargo::pg_bin;
use crate::setup::Setup;
use crate::{PG_MAJOR, files, process};
use anyhow::{Context, Result};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The extension's files, packaged under the paths they have on Debian.
/// While this lives no other command can build: drop it once a server has its copy.
pub struct Package {
    root: PathBuf,
    _lock: File,
}

/// Builds the extension as a user gets it, and packages it under `target/package`.
pub fn build(setup: &Setup) -> Result<Package> {
    let root = setup.target.join("package");
    let lock = files::lock(&setup.target.join("package.lock"), "the built extension")?;
    files::remove_dir(&root)?;
    let mut command = setup.cargo_pgrx.command();
    command.args(["package", "--pg-config"]).arg(pg_bin().join("pg_config")).arg("--out-dir").arg(&root);
    process::run_step("building the extension (about 4 minutes the first time)", &mut command)?
        .or_fail("cargo pgrx package")?;
    Ok(Package { root, _lock: lock })
}

impl Package {
    /// Takes what was packaged under another directory, and has other commands wait as [`build`] does.
    pub fn at(target: &Path, root: PathBuf) -> Result<Package> {
        let lock = files::lock(&target.join("package.lock"), "the built extension")?;
        Ok(Package { root, _lock: lock })
    }

    /// The directory that holds the files.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The files and the directory each goes to, both under a PostgreSQL laid out as Debian does.
    pub fn files(&self) -> Result<Vec<(PathBuf, PathBuf)>> {
        let mut found = Vec::new();
        for dir in [extension_dir(), library_dir()] {
            let from = self.root.join("usr").join(&dir);
            found.extend(files::list(&from)?.into_iter().map(|file| (file, dir.clone())));
        }
        Ok(found)
    }

    /// The script that CREATE EXTENSION runs; upgrade scripts have two versions in their names.
    pub fn install_script(&self) -> Result<PathBuf> {
        let scripts = files::find(&self.root.join("usr").join(extension_dir()), "sql")?;
        let is_install_script = |path: &PathBuf| path.to_string_lossy().matches("--").count() == 1;
        scripts.into_iter().find(is_install_script).context("the package has no install script")
    }

    /// Copies the files into a PostgreSQL, in place of an older version's.
    pub fn copy_into(&self, prefix: &Path) -> Result<()> {
        for dir in [extension_dir(), library_dir()] {
            for file in files::list(&prefix.join(dir))? {
                if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pg_scoring")) {
                    std::fs::remove_file(&file)?;
                }
            }
        }
        for (file, dir) in self.files()? {
            let name = file.file_name().context("a file without a name")?;
            files::copy_file(&file, &prefix.join(dir).join(name))?;
        }
        Ok(())
    }
}

/// Where control files and scripts are, under PostgreSQL's prefix.
fn extension_dir() -> PathBuf {
    Path::new("share/postgresql").join(PG_MAJOR).join("extension")
}

/// Where libraries are, under PostgreSQL's prefix.
fn library_dir() -> PathBuf {
    Path::new("lib/postgresql").join(PG_MAJOR).join("lib")
}

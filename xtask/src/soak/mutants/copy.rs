//! A copy of the sources with a target directory of its own, built for tests: quick to build, with pause points.

use super::diff::Diff;
use crate::cargo::pg_bin;
use crate::extension::Package;
use crate::setup::Setup;
use crate::{files, process};
use anyhow::{Context, Result};
use std::fs::File;
use std::path::{Path, PathBuf};

/// What a build needs; `xtask` is a member of the workspace.
const PARTS: &[&str] = &["Cargo.toml", "Cargo.lock", "pg_scoring.control", "benches", "src", "sql", "xtask"];

/// The copy, and what is built of it.
pub struct Copy {
    dir: PathBuf,
    package: Package,
    _lock: File,
}

/// The copy while it is broken; mended when this is dropped.
pub struct Broken {
    /// The files that are changed, with what they held.
    changed: Vec<(PathBuf, String)>,
}

impl Copy {
    /// Copies the sources as they are, and builds them.
    pub fn make(setup: &Setup) -> Result<Copy> {
        let dir = setup.target.join("mutants");
        files::make_dir(&dir.join("src"))?;
        let lock = files::lock(&dir.join("lock"), "the copy for mutants")?;
        for part in PARTS {
            follow(&setup.checkout.join(part), &dir.join("src").join(part))?;
        }
        let root = dir.join("package");
        files::remove_dir(&root)?;
        let copy = Copy { package: Package::at(&setup.target, root)?, dir, _lock: lock };
        copy.build(setup, "building for tests (about 4 minutes the first time)")?;
        Ok(copy)
    }

    /// Gives what was built last.
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// Breaks the copy, and builds that.
    pub fn broken(&self, setup: &Setup, diff: &Diff) -> Result<Broken> {
        let mut broken = Broken { changed: Vec::new() };
        for file in diff.files() {
            let path = self.dir.join("src").join(file);
            let text = files::read(&path)?;
            let changed = diff.apply(file, &text)?;
            files::write(&path, &changed)?;
            broken.changed.push((path, text));
        }
        self.build(setup, "building the mutant")?;
        Ok(broken)
    }

    /// Builds the copy as it is, and packages it in place of what was there.
    fn build(&self, setup: &Setup, title: &str) -> Result<()> {
        let mut command = setup.cargo_pgrx.command();
        command.args(["package", "--debug", "--features", "pauses", "--pg-config"]);
        command.arg(pg_bin().join("pg_config")).arg("--out-dir").arg(self.package.root());
        // With nothing for debuggers it takes half the time.
        command.current_dir(self.dir.join("src")).env("CARGO_TARGET_DIR", self.dir.join("build"));
        command.env("CARGO_PROFILE_DEV_DEBUG", "0");
        process::run_step(title, &mut command)?.or_fail("cargo pgrx package").map(drop)
    }
}

impl Drop for Broken {
    /// Mends the files; the next build makes a library of them.
    fn drop(&mut self) {
        for (path, text) in &self.changed {
            // The next command copies what is wrong here anew.
            let _ = files::write(path, text);
        }
    }
}

/// Makes a file or directory like another; what is the same is left alone, so that cargo does not build it again.
fn follow(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        let is_same = std::fs::read(to).is_ok_and(|old| std::fs::read(from).is_ok_and(|new| new == old));
        return if is_same { Ok(()) } else { files::copy_file(from, to) };
    }
    files::make_dir(to)?;
    for path in files::list(to)? {
        let name = path.file_name().context("a file without a name")?;
        if !from.join(name).exists() {
            if path.is_dir() { files::remove_dir(&path)? } else { std::fs::remove_file(&path)? }
        }
    }
    for path in files::list(from)? {
        let name = path.file_name().context("a file without a name")?;
        follow(&path, &to.join(name))?;
    }
    Ok(())
}

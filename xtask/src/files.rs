//! Copies, modes and locks of files, so that another user can read what we made and commands take turns.

use crate::console::Step;
use anyhow::{Context, Result};
use std::fs::{File, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Copies a directory, readable by all, leaving out the names in `skip`.
pub fn copy_dir(from: &Path, to: &Path, skip: &[&str]) -> Result<()> {
    make_dir(to)?;
    for path in list(from)? {
        let Some(name) = path.file_name() else { continue };
        if skip.iter().any(|skipped| name == *skipped) {
            continue;
        }
        if path.is_dir() {
            copy_dir(&path, &to.join(name), skip)?;
        } else {
            copy_file(&path, &to.join(name))?;
        }
    }
    Ok(())
}

/// Copies a file, readable by all; a program stays a program.
pub fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let copy = || -> std::io::Result<u32> {
        let executable = from.metadata()?.permissions().mode() & 0o100 != 0;
        // A new file, never new content of the old one: a server may have it loaded.
        let _ = std::fs::remove_file(to);
        std::fs::copy(from, to)?;
        Ok(if executable { 0o755 } else { 0o644 })
    };
    let mode = copy().with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    set_mode(to, mode)
}

/// Makes a directory that all may enter, and those above it that are missing, whatever the umask.
pub fn make_dir(path: &Path) -> Result<()> {
    if !path.is_dir() {
        path.parent().map_or(Ok(()), make_dir)?;
        std::fs::create_dir(path).with_context(|| format!("cannot make {}", path.display()))?;
        set_mode(path, 0o755)?;
    }
    Ok(())
}

/// Removes a directory and what is in it, if it is there.
pub fn remove_dir(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Sets the permission bits of a path.
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode))
        .with_context(|| format!("cannot set the mode of {}", path.display()))
}

/// Reads a text file, naming it when that fails.
pub fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file, readable by all who can enter its directory, naming it when that fails.
pub fn write(path: &Path, content: &str) -> Result<()> {
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))?;
    set_mode(path, 0o644)
}

/// Locks a file for as long as the result lives; says so where another command makes us wait.
pub fn lock(path: &Path, shared: &str) -> Result<File> {
    let open = || File::options().append(true).create(true).open(path);
    let lock = open().with_context(|| format!("cannot open {}", path.display()))?;
    if let Err(TryLockError::WouldBlock) = lock.try_lock() {
        let step = Step::begin(&format!("waiting for another command that uses {shared}"));
        lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        step.end("done");
    }
    Ok(lock)
}

/// Lists a directory by name.
pub fn list(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Lists the files with an ending, in a directory and below it; a directory that is not there has none.
pub fn find(dir: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !dir.is_dir() {
        return Ok(found);
    }
    for path in list(dir)? {
        if path.is_dir() {
            found.extend(find(&path, ending)?);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    Ok(found)
}

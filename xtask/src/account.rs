//! The operating-system user that PostgreSQL's programs run as.

use crate::process;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

/// Ourselves; or `postgres` where we are root, because PostgreSQL refuses to run as root.
pub struct Account {
    pub uid: u32,
    pub gid: u32,
    switch: bool,
}

impl Account {
    /// Finds the account; Debian's package makes the user `postgres`.
    pub fn find() -> Result<Account> {
        if !is_root() {
            return Ok(Account { uid: read_id(&["-u"])?, gid: read_id(&["-g"])?, switch: false });
        }
        let missing = "running as root needs the user \"postgres\": PostgreSQL refuses to run as root";
        Ok(Account {
            uid: read_id(&["-u", "postgres"]).context(missing)?,
            gid: read_id(&["-g", "postgres"]).context(missing)?,
            switch: true,
        })
    }

    /// Prepares a program to run as this account, in a directory that every user can enter.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = if self.switch {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        process::fix_environment(&mut command);
        command.current_dir("/");
        command
    }

    /// Makes a directory that this account alone may enter; it may be there already, if it is ours.
    pub fn make_private_dir(&self, path: &Path) -> Result<()> {
        if let Ok(found) = path.symlink_metadata() {
            if !found.is_dir() || found.uid() != self.uid {
                bail!("{} is not a directory of the user that runs PostgreSQL: remove it", path.display());
            }
        } else {
            crate::files::make_dir(path)?;
            std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))?;
        }
        crate::files::set_mode(path, 0o700)
    }

    /// Tells whether this account can enter a directory.
    pub fn can_enter(&self, path: &Path) -> bool {
        process::succeeds(self.command("test").arg("-x").arg(path))
    }
}

/// Tells whether we are root.
pub fn is_root() -> bool {
    read_id(&["-u"]).is_ok_and(|uid| uid == 0)
}

/// Asks `id` for one number.
fn read_id(arguments: &[&str]) -> Result<u32> {
    let output = process::run(Command::new("id").args(arguments))?.or_fail("id")?;
    Ok(output.trim().parse()?)
}

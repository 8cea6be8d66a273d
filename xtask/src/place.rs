//! Where the private servers live: under `target/`, or elsewhere when PostgreSQL cannot get there.

use crate::account::{self, Account};
use crate::files;
use anyhow::{Result, bail};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The longest path of a Unix socket, without the closing zero.
const SOCKET_PATH_LIMIT: usize = 107;

/// The checkout: the directory that holds the workspace's Cargo.toml.
pub fn checkout() -> PathBuf {
    let own = PathBuf::from(
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()),
    );
    own.parent().map(Path::to_path_buf).unwrap_or(own)
}

/// Cargo's target directory.
pub fn target() -> Result<PathBuf> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout().join("target"), PathBuf::from);
    Ok(std::path::absolute(target)?)
}

/// Makes the directory of the private servers, and says so where it is not under `target/`.
pub fn make_servers_dir(account: &Account) -> Result<PathBuf> {
    let target = target()?;
    files::make_dir(&target.join("servers"))?;
    let dir = choose_servers_dir(&target, account.can_enter(&target.join("servers")));
    if dir.starts_with(&target) {
        return Ok(dir);
    }
    println!("  the user \"postgres\" cannot enter {}: servers live in {}", target.display(), dir.display());
    if !dir.exists() {
        files::make_dir(&dir)?;
    }
    let found = dir.symlink_metadata()?;
    if !found.is_dir() || found.uid() != 0 || !account::is_root() {
        bail!("{} is not a directory of ours: remove it", dir.display());
    }
    files::set_mode(&dir, 0o711)?;
    Ok(dir)
}

/// Decides where the servers live: `target/servers`, or a directory whose name tells the checkouts apart.
fn choose_servers_dir(target: &Path, can_enter: bool) -> PathBuf {
    if can_enter {
        return target.join("servers");
    }
    Path::new("/var/tmp").join(format!("pg_scoring-{:016x}", hash(target)))
}

/// Decides where a server's socket is: in its own directory, or a short one where that path is too long.
pub fn choose_socket_dir(server_dir: &Path) -> PathBuf {
    let dir = server_dir.join("socket");
    if dir.join(".s.PGSQL.5432").as_os_str().len() <= SOCKET_PATH_LIMIT {
        return dir;
    }
    Path::new("/tmp").join(format!("pg_scoring-{:016x}", hash(server_dir)))
}

/// Hashes a path with FNV-1a, which gives the same name in every build of this program.
fn hash(path: &Path) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    path.as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_live_under_target_where_postgresql_can_enter() {
        assert_eq!(choose_servers_dir(Path::new("/srv/a/target"), true), Path::new("/srv/a/target/servers"));
    }

    #[test]
    fn two_closed_checkouts_have_two_directories() {
        let one = choose_servers_dir(Path::new("/home/one/target"), false);
        let two = choose_servers_dir(Path::new("/home/two/target"), false);
        assert!(one.starts_with("/var/tmp") && one != two, "{} {}", one.display(), two.display());
    }

    #[test]
    fn the_socket_moves_only_when_its_path_is_too_long() {
        let longest = Path::new("/").join("x".repeat(SOCKET_PATH_LIMIT - "//socket/.s.PGSQL.5432".len()));
        assert_eq!(choose_socket_dir(&longest), longest.join("socket"));
        let longer = Path::new("/").join("x".repeat(SOCKET_PATH_LIMIT - "//socket/.s.PGSQL.5432".len() + 1));
        assert!(choose_socket_dir(&longer).starts_with("/tmp"));
    }
}

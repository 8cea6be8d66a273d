//! The packages of the operating system: which are needed, which are missing, and their installation on Debian 12.

use crate::cargo::pg_bin;
use crate::{PG_MAJOR, account, files, process};
use anyhow::{Result, bail};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Installs packages as root, and keeps Debian from creating and starting a server nobody asked for.
const INSTALL: &str = r#"
set -e
directory=/etc/postgresql-common/createcluster.d
trap 'rm -f "$directory/pg_scoring.conf"; rmdir "$directory" 2>/dev/null || :' EXIT
mkdir -p "$directory"
echo 'create_main_cluster = false' > "$directory/pg_scoring.conf"
apt-get update -q
apt-get install -y -q --no-install-recommends "$@"
"#;

/// Unpacks packages into the current directory; apt's lists may have to be fetched first, as root.
const UNPACK: &str = r#"
set -e
apt-get download -q "$@" || { apt-get update -q && apt-get download -q "$@"; }
for package in *.deb; do dpkg-deb -x "$package" . && rm "$package"; done
chmod -R a+rX .
"#;

/// Something the build or the tests need, and the package of Debian 12 that has it.
struct Need {
    what: &'static str,
    package: String,
    is_met: bool,
}

/// Lists what is needed, from files alone, so that any system that has them will do.
fn list_needs() -> Vec<Need> {
    let need = |what, package: &str, is_met| Need { what, package: package.to_owned(), is_met };
    let pg = |name: &str| name.replace("15", PG_MAJOR);
    let has = |path: &str| Path::new(&pg(path)).exists();
    vec![
        need("a PostgreSQL server", &pg("postgresql-15"), pg_bin().join("postgres").exists()),
        need(
            "PostgreSQL's pg_regress",
            &pg("postgresql-client-15"),
            has("/usr/lib/postgresql/15/lib/pgxs/src/test/regress/pg_regress"),
        ),
        need(
            "PostgreSQL's headers",
            &pg("postgresql-server-dev-15"),
            has("/usr/include/postgresql/15/server/postgres.h"),
        ),
        need("clang", "clang", process::is_on_path("clang")),
        need("libclang", "libclang-14-dev", has_libclang()),
        need("a C compiler", "gcc", process::is_on_path("cc")),
        need("the C library's headers", "libc6-dev", has("/usr/include/stdio.h")),
        need("Python with venv", "python3-venv", find_python().is_some()),
    ]
}

/// Installs the packages that are missing; on another system than Debian 12, says which they are.
pub fn ensure_packages() -> Result<()> {
    let missing: Vec<Need> = list_needs().into_iter().filter(|need| !need.is_met).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package.as_str()).collect();
    let packages = packages.join(" ");
    if !is_debian_12() {
        let what: Vec<&str> = missing.iter().map(|need| need.what).collect();
        bail!(
            "this machine lacks {}.\nOnly Debian 12 is set up automatically. There the command would be\n\n    \
             apt-get install --no-install-recommends {packages}\n\n\
             Install the same here, PostgreSQL {PG_MAJOR} in {} as Debian and Ubuntu do, and run this again.",
            what.join(", "),
            pg_bin().display(),
        );
    }
    let Some(mut command) = become_root() else {
        bail!(
            "missing packages, and neither root nor sudo to install them; as root run\n\n    \
               apt-get install --no-install-recommends {packages}"
        );
    };
    command
        .args(["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", INSTALL, "sh"])
        .args(packages.split(' '));
    process::run_step(&format!("installing {packages} with apt-get (some minutes)"), &mut command)?
        .or_fail("apt-get")?;
    match list_needs().into_iter().find(|need| !need.is_met) {
        Some(need) => bail!("{} is still missing after apt-get installed {}", need.what, need.package),
        None => Ok(()),
    }
}

/// Downloads packages and unpacks them under `target/debian`, so that nothing is installed and no service started;
/// returns the directory, or why it cannot be had.
pub fn unpack(target: &Path, packages: &[&str]) -> Result<PathBuf, String> {
    let root = target.join("debian").join(packages.join("+"));
    if root.join("complete").exists() {
        return Ok(root);
    }
    if !is_debian_12() {
        return Err("only Debian 12 has packages that fit".into());
    }
    let fetch = || -> Result<()> {
        files::remove_dir(&root)?;
        files::make_dir(&root)?;
        let mut command = Command::new("sh");
        command.current_dir(&root).args(["-c", UNPACK, "sh"]).args(packages);
        process::run(&mut command)?.or_fail("apt-get download")?;
        files::write(&root.join("complete"), "")
    };
    fetch().map(|()| root).map_err(|error| format!("{error:#}"))
}

/// Prepares a command as root: directly, or with sudo, which may ask for a password only on a terminal.
pub fn become_root() -> Option<Command> {
    if account::is_root() {
        return Some(Command::new("env"));
    }
    if !process::is_on_path("sudo") {
        return None;
    }
    let mut command = Command::new("sudo");
    command.arg("-n");
    if std::io::stdin().is_terminal() {
        // Asks now, on a line of its own; what follows finds the answer remembered.
        let _ = Command::new("sudo").arg("-v").status();
    }
    Some(command)
}

/// Finds a Python that can make virtual environments, the system's own first.
pub fn find_python() -> Option<&'static str> {
    let works =
        |python: &&str| process::succeeds(Command::new(python).args(["-c", "import venv, ensurepip"]));
    ["/usr/bin/python3", "python3"].into_iter().find(works)
}

/// Tells whether a libclang is where bindgen looks for it.
fn has_libclang() -> bool {
    let holds_libclang = |dir: &Path| {
        crate::files::list(dir)
            .is_ok_and(|files| files.iter().any(|file| file.to_string_lossy().contains("/libclang.so")))
    };
    let llvm = crate::files::list(Path::new("/usr/lib")).unwrap_or_default();
    std::env::var_os("LIBCLANG_PATH").is_some()
        || llvm
            .iter()
            .filter(|dir| dir.to_string_lossy().contains("/llvm-"))
            .any(|dir| holds_libclang(&dir.join("lib")))
}

/// Tells whether this is Debian 12.
fn is_debian_12() -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let has = |line: &str| release.lines().any(|found| found.replace('"', "") == line);
    has("ID=debian") && has("VERSION_ID=12")
}

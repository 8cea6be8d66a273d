//! A private PostgreSQL server, which ends with the command that started it, however that ends.
//!
//! A server lives in a directory of its own: `tree` is a copy of PostgreSQL with the extension, `data` the
//! databases, `socket` the only way in, `shared` what its user may read. A keeper, one small shell in its own
//! process group, starts it and stops it when our end of a pipe closes: at the end, on an error, on Ctrl-C and on
//! `kill -9` alike. Keeper and command hold a lock on the directory, so that two commands take turns.

use crate::account::Account;
use crate::console::step;
use crate::extension::Package;
use crate::setup::Setup;
use crate::{files, place, process, tree};
use anyhow::{Context, Result, bail};
use std::fs::{File, TryLockError};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Starts the server named by its data directory, says so, waits for the end of its input, and stops the server.
/// The output must not reach the server: it would keep the pipe open.
const KEEPER: &str = r#"
"$0"/pg_ctl -D "$1" -l "$2" -w -t 60 start >/dev/null 2>&1 || exit 1
echo started
cat >/dev/null
"$0"/pg_ctl -D "$1" -m fast -w -t 20 stop >/dev/null 2>&1 ||
"$0"/pg_ctl -D "$1" -m immediate -w stop >/dev/null 2>&1
"#;

/// Settings of every private server: fast, because its data may be lost with the machine; a socket and no port.
const SETTINGS: &str = "\
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
";

/// What a server holds when it starts.
pub enum Data<'package> {
    /// Nothing but a database `postgres`; an earlier run's data are removed.
    Fresh(&'package Package),
    /// What an earlier run left.
    Kept,
    /// An empty cluster that a function fills or replaces before the server starts.
    Made(&'package Package, &'package dyn Fn(&Server<'_>) -> Result<()>),
}

/// A running server; it stops when this is dropped.
pub struct Server<'setup> {
    account: &'setup Account,
    dir: PathBuf,
    keeper: Option<Child>,
    _lock: Option<File>,
}

impl<'setup> Server<'setup> {
    /// Starts the server called `name` with these data and further lines of configuration.
    pub fn start(setup: &'setup Setup, name: &str, data: Data, settings: &[&str]) -> Result<Server<'setup>> {
        let dir = setup.servers.join(name);
        files::make_dir(&dir)?;
        let lock = files::lock(&dir.join("lock"), "the same server")?;
        let mut server = Server { account: &setup.account, dir, keeper: None, _lock: None };
        step(&format!("starting the server \"{name}\""), || {
            server.stop_left_behind()?;
            match data {
                Data::Fresh(package) => server.make_fresh(package)?,
                Data::Kept if server.has_data() => (),
                Data::Kept => bail!("the server \"{name}\" has no data yet"),
                Data::Made(package, make) => {
                    server.make_fresh(package)?;
                    server.configure(settings)?;
                    make(&server)?;
                }
            }
            server.configure(settings)?;
            server.keeper = Some(server.start_keeper(&lock)?);
            Ok(())
        })?;
        server._lock = Some(lock);
        Ok(server)
    }

    /// Joins a server that another command has started, and will stop.
    pub fn join(setup: &'setup Setup, name: &str) -> Option<Server<'setup>> {
        let dir = setup.servers.join(name);
        let lock = File::options().append(true).open(dir.join("lock")).ok()?;
        let is_running = matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
        is_running.then(|| Server { account: &setup.account, dir, keeper: None, _lock: None })
    }

    /// Prepares psql on a database, for scripts: no start-up file, no settings of the user's.
    pub fn psql(&self, database: &str) -> Command {
        let mut command = self.client("psql");
        command.args(["-X", "-d", database]);
        command
    }

    /// Prepares a program that connects to the server.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin().join(program));
        process::fix_environment(&mut command);
        command.args(["-U", "postgres", "-h"]).arg(self.socket());
        command
    }

    /// Runs SQL in one transaction and returns the bare values it printed.
    pub fn run_sql(&self, database: &str, sql: &str) -> Result<String> {
        let mut command = self.psql(database);
        command.args(["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        Ok(process::run(&mut command)?.or_fail("psql")?.trim_end().to_owned())
    }

    /// Reads what the server has logged.
    pub fn log_text(&self) -> String {
        std::fs::read(self.log()).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    /// Makes a database in which the extension is installed, in place of an older one of that name.
    pub fn create_database(&self, name: &str) -> Result<()> {
        self.create_empty_database(name)?;
        self.run_sql(name, "CREATE EXTENSION pg_scoring").context("CREATE EXTENSION pg_scoring failed")?;
        Ok(())
    }

    /// Makes a database with nothing in it, in place of an older one of that name.
    pub fn create_empty_database(&self, name: &str) -> Result<()> {
        self.run_sql("postgres", &format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))?;
        self.run_sql("postgres", &format!("CREATE DATABASE \"{name}\"")).map(drop)
    }

    /// The line with which a user opens psql on a database while the server runs.
    pub fn command_line(&self, database: &str) -> String {
        format!(
            "psql -h {} -U postgres {}",
            process::quote(&self.socket()),
            process::quote(Path::new(database))
        )
    }

    /// How a program that takes one string connects to a database.
    pub fn connection_string(&self, database: &str) -> String {
        format!(
            "host='{}' dbname={database} user=postgres",
            quote_value(&self.socket().display().to_string())
        )
    }

    /// Prepares a program to run as the user that runs the server.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        self.account.command(program)
    }

    /// PostgreSQL's programs of this server.
    pub fn bin(&self) -> PathBuf {
        tree::bin(&self.tree())
    }

    /// The directory of the server's Unix socket.
    pub fn socket(&self) -> PathBuf {
        place::choose_socket_dir(&self.dir)
    }

    /// Copies a directory to where the server's user can read it, in place of an older copy; returns the copy.
    pub fn share(&self, from: &Path, name: &str) -> Result<PathBuf> {
        let to = self.dir.join("shared").join(name);
        files::remove_dir(&to)?;
        files::copy_dir(from, &to, &[])?;
        Ok(to)
    }

    /// Makes an empty directory that the server's user can write, in place of an older one.
    pub fn make_output_dir(&self, name: &str) -> Result<PathBuf> {
        let dir = self.dir.join("output").join(name);
        files::remove_dir(&dir)?;
        files::make_dir(&self.dir.join("output"))?;
        self.account.make_private_dir(&dir)?;
        Ok(dir)
    }

    /// Stops the server for a while, or for good.
    pub fn stop(&self) -> Result<()> {
        self.control(&["-m", "fast", "-w", "stop"])
    }

    /// Ends the server as a crash would: at once, with nothing written that is not yet.
    pub fn crash(&self) -> Result<()> {
        self.control(&["-m", "immediate", "-w", "stop"])
    }

    /// Starts the server once more; its keeper stops it at the end like the first one.
    pub fn start_again(&self) -> Result<()> {
        let log = self.log().display().to_string();
        self.control(&["-l", &log, "-w", "-t", "60", "start"])
    }

    /// Runs pg_ctl on the server's data.
    fn control(&self, arguments: &[&str]) -> Result<()> {
        let mut command = self.command(self.bin().join("pg_ctl"));
        process::run(command.arg("-D").arg(self.data()).args(arguments))?.or_fail("pg_ctl").map(drop)
    }

    /// Reads what the server has logged.
    pub fn read_log(&self) -> Result<String> {
        let log =
            std::fs::read(self.log()).with_context(|| format!("cannot read {}", self.log().display()))?;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    /// Tells whether there are data of an earlier run.
    fn has_data(&self) -> bool {
        self.data().join("PG_VERSION").exists()
    }

    /// The directory of the databases.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The copy of PostgreSQL.
    pub fn tree(&self) -> PathBuf {
        self.dir.join("tree")
    }

    fn log(&self) -> PathBuf {
        self.data().join("server.log")
    }

    /// Stops a server that outlived its keeper, if it is really ours: a process number may be another's by now.
    fn stop_left_behind(&self) -> Result<()> {
        let pid_file = self.data().join("postmaster.pid");
        let Ok(content) = std::fs::read_to_string(&pid_file) else { return Ok(()) };
        let pid = content.lines().next().unwrap_or_default();
        let command_line = std::fs::read(Path::new("/proc").join(pid).join("cmdline")).unwrap_or_default();
        let is_ours = command_line
            .split(|byte| *byte == 0)
            .any(|word| word == self.data().as_os_str().as_encoded_bytes());
        if is_ours {
            let _ = self.crash();
        }
        let _ = std::fs::remove_file(pid_file);
        Ok(())
    }

    /// Makes the copy of PostgreSQL with the extension, and an empty cluster.
    fn make_fresh(&self, package: &Package) -> Result<()> {
        tree::ensure(&self.tree())?;
        package.copy_into(&self.tree())?;
        files::remove_dir(&self.data())?;
        self.account.make_private_dir(&self.data())?;
        let mut command = self.command(self.bin().join("initdb"));
        command.args(["--locale=C.UTF-8", "--encoding=UTF8", "-A", "trust", "-N", "-U", "postgres", "-D"]);
        process::run(command.arg(self.data()))?.or_fail("initdb")?;
        let main = self.data().join("postgresql.conf");
        files::write(&main, &format!("{}\ninclude 'xtask.conf'\n", files::read(&main)?))
    }

    /// Writes the server's settings and makes the directory of its socket.
    fn configure(&self, settings: &[&str]) -> Result<()> {
        self.account.make_private_dir(&self.socket())?;
        let content = format!(
            "{SETTINGS}unix_socket_directories = {}\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n{}\n",
            quote_directory(&self.socket()),
            settings.join("\n"),
        );
        files::write(&self.data().join("xtask.conf"), &content)
    }

    /// Starts the keeper and waits for its word that the server runs.
    fn start_keeper(&self, lock: &File) -> Result<Child> {
        let mut command = self.command("sh");
        command.args(["-c", KEEPER]).arg(self.bin()).arg(self.data()).arg(self.log());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(lock.try_clone()?).process_group(0);
        let mut keeper = command.spawn().context("cannot run the server's keeper")?;
        let mut word = String::new();
        if let Some(output) = keeper.stdout.take() {
            BufReader::new(output).read_line(&mut word)?;
        }
        if word.trim() != "started" {
            keeper.wait()?;
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            bail!(
                "the server did not start; the end of {}:\n{}",
                self.log().display(),
                process::last_lines(&log, 30)
            );
        }
        Ok(keeper)
    }
}

impl Drop for Server<'_> {
    /// Closes the keeper's input and waits until it has stopped the server.
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
    }
}

/// Escapes a value for single quotes in libpq's connection string.
fn quote_value(value: &str) -> String {
    value.replace('\\', r"\\").replace('\'', r"\'")
}

/// Quotes a directory for `unix_socket_directories`, a list in a quoted string.
fn quote_directory(path: &Path) -> String {
    let item = path.display().to_string().replace('"', "\"\"");
    format!("'\"{}\"'", item.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_connection_string_is_escaped() {
        assert_eq!(quote_value(r"it's \"), r"it\'s \\");
    }

    #[test]
    fn a_directory_is_quoted_twice() {
        assert_eq!(quote_directory(Path::new("/a, b/it's")), "'\"/a, b/it''s\"'");
    }
}

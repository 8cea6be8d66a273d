//! PgBouncer in transaction mode: many clients share few server sessions, each transaction another one.

use super::{Ground, Outcome, check_unmarked};
use crate::debian;
use crate::files;
use crate::load::client::{self, Goal, Place};
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How many transactions go through it.
const TRANSACTIONS: u64 = 1500;

/// How many clients share how many sessions of the server.
const CLIENTS: u64 = 16;
const SESSIONS: u64 = 6;

/// Puts PgBouncer before the server, and a load on it.
pub fn run(ground: &Ground) -> Result<Outcome> {
    let files = match debian::unpack(&ground.setup.target, &["pgbouncer", "libc-ares2", "libevent-2.1-7"]) {
        Ok(files) => files,
        Err(why) => return Ok(Outcome::Skipped(format!("there is no PgBouncer: {why}"))),
    };
    let place = ground.copy_database("survive_bouncer")?;
    let dir = ground.server.make_output_dir("bouncer")?;
    let config = dir.join("pgbouncer.ini");
    files::write(&config, &configure(&ground.server.socket(), &dir))?;
    let bouncer = Bouncer::start(ground, &files, &config)?;
    let through = Place { copies: false, ..Place::new_on_port(&dir, "survive_bouncer", 6432) };
    bouncer.wait_for(&through)?;
    let goal = Goal::new(TRANSACTIONS);
    let faults = std::thread::scope(|scope| {
        let clients: Vec<_> = (1..=CLIENTS)
            .map(|number| {
                let (through, goal) = (&through, &goal);
                scope.spawn(move || client::run(through, 6, number, goal, false))
            })
            .collect();
        clients
            .into_iter()
            .filter_map(|client| client.join().ok())
            .flat_map(|tally| tally.faults)
            .collect::<Vec<_>>()
    });
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    check_unmarked(&place)?;
    ground.settle(&place)?;
    Ok(Outcome::Passed)
}

/// Writes the configuration: a socket in the directory, few sessions of the server, any user.
fn configure(server: &Path, dir: &Path) -> String {
    format!(
        "[databases]\n* = host={} user=postgres\n\n[pgbouncer]\nlisten_port = 6432\nunix_socket_dir = {}\n\
         auth_type = any\npool_mode = transaction\ndefault_pool_size = {SESSIONS}\nmax_client_conn = 100\n\
         logfile = {}\npidfile =\n",
        server.display(),
        dir.display(),
        dir.join("log").display(),
    )
}

/// A running PgBouncer, which ends with us: its input closes.
struct Bouncer(Child);

impl Bouncer {
    /// Starts it as the server's user; a shell ends it when our end of its input closes.
    fn start(ground: &Ground, files: &Path, config: &Path) -> Result<Bouncer> {
        let mut libraries = Vec::new();
        for dir in files::list(&files.join("usr/lib"))? {
            libraries.push(dir.display().to_string());
        }
        let mut command: Command = ground.server.command("sh");
        command.args(["-c", r#"LD_LIBRARY_PATH="$2" "$0" -q "$1" & cat >/dev/null; kill $!; wait $!"#]);
        command.arg(files.join("usr/sbin/pgbouncer")).arg(config).arg(libraries.join(":"));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Bouncer(command.spawn().context("cannot run PgBouncer")?))
    }

    /// Waits until it lets clients in.
    fn wait_for(&self, place: &Place) -> Result<()> {
        let started = Instant::now();
        while let Err(error) = place.connect("looker") {
            if started.elapsed() > Duration::from_secs(10) {
                bail!("PgBouncer lets nobody in: {error:#}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

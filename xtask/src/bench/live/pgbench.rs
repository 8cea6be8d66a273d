//! Clients that send transactions of orders, and what these took.

use crate::process;
use crate::server::Server;
use anyhow::{Context, Result};
use std::path::Path;

/// How many transactions each client sends before it is measured: it reads the model, plans its statements, fills caches.
const WARM: u64 = 500;

/// Clients, and what they send.
pub struct Clients<'a> {
    /// The server, and the directory of the scripts.
    pub server: &'a Server<'a>,
    pub scripts: &'a Path,
    pub database: &'a str,
    /// The script.
    pub script: &'a str,
    pub clients: u64,
    /// Whose orders: customers from one number to another.
    pub customers: (u64, u64),
}

/// What transactions took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Took {
    /// How many a second all clients sent.
    pub tps: f64,
    /// Microseconds of CPU of the backend for each.
    pub cpu: f64,
}

impl Clients<'_> {
    /// Sends so many transactions from each client, and measures them but for the first ones.
    pub fn send(&self, each: u64) -> Result<Took> {
        let mut command = self.command();
        let last = WARM + each;
        command.args(["-M", "prepared", "-t", &(last + 1).to_string(), "-D", "n=0"]);
        command.args(["-D", &format!("warm={WARM}"), "-D", &format!("last={last}")]);
        command.args([
            "-D",
            &format!("least={}", self.customers.0),
            "-D",
            &format!("most={}", self.customers.1),
        ]);
        process::run(command.arg(self.database))?.or_fail("pgbench")?;
        let output = self.server.run_sql(self.database, &format!("SELECT * FROM read_laps({each})"))?;
        let (tps, cpu) = output.split_once('|').context("two figures are wanted")?;
        Ok(Took { tps: tps.parse()?, cpu: cpu.parse::<f64>().unwrap_or(f64::NAN) * 1e6 })
    }

    /// Sends transactions for so many seconds, none again that failed; gives how many a second succeeded, and how many
    /// failed.
    pub fn send_for(&self, seconds: u64) -> Result<(f64, u64)> {
        let mut command = self.command();
        command.args(["-M", "prepared", "--max-tries=1", "-T", &seconds.to_string()]);
        let output = process::run(command.arg(self.database))?.or_fail("pgbench")?;
        read_output(&output).with_context(|| format!("pgbench printed \"{output}\""))
    }

    /// Prepares to send so many transactions a second for so many seconds.
    pub fn at_rate(&self, rate: u64, seconds: u64) -> std::process::Command {
        let mut command = self.command();
        command.args(["-M", "prepared", "-R", &rate.to_string(), "-T", &seconds.to_string()]);
        command.args(["-D", "n=0", "-D", "warm=0", "-D", "last=0"]);
        command.args([
            "-D",
            &format!("least={}", self.customers.0),
            "-D",
            &format!("most={}", self.customers.1),
        ]);
        command.arg(self.database);
        command
    }

    /// Prepares pgbench.
    fn command(&self) -> std::process::Command {
        let mut command = self.server.client("pgbench");
        command.args(["-n", "-c", &self.clients.to_string(), "-f"]).arg(self.scripts.join(self.script));
        command
    }
}

/// Reads how many transactions a second succeeded, and how many failed.
pub fn read_output(output: &str) -> Option<(f64, u64)> {
    let first_word = |begin: &str| {
        let line = output.lines().find_map(|line| line.strip_prefix(begin))?;
        line.split_whitespace().next()
    };
    let failed = first_word("number of failed transactions: ").map_or(Some(0), |word| word.parse().ok())?;
    Some((first_word("tps = ")?.parse().ok()?, failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_pgbench_is_read() {
        let output = "number of transactions actually processed: 9/10\nnumber of failed transactions: 1 (10.000%)\n\
                      tps = 90.5 (without initial connection time)\n";
        assert_eq!(read_output(output), Some((90.5, 1)));
        assert_eq!(read_output("nothing"), None);
    }
}

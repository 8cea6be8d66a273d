//! How soon marks are worked off.

use super::Bench;
use super::figures::{Aim, Figures};
use super::orders::MODEL;
use crate::console::step;
use crate::process;
use anyhow::{Context, Result, bail};
use std::process::{Child, Stdio};
use std::time::Duration;

/// For how many seconds the clients send their transactions, and how many a second.
const SECONDS: u64 = 20;
const RATE: u64 = 1000;

/// How many calls of `catch_up` are made where there is no `work()`: each counts what remains.
const CALLS: u64 = 50;

impl Bench<'_> {
    /// Measures what share of marks is worked off within a second, while each commit leaves one.
    pub fn measure_freshness(&self, figures: &mut Figures) -> Result<()> {
        self.leave_alone("bench", MODEL)?;
        self.mark(0)?;
        // What was written before is not to be written to disk by who reads now.
        self.checkpoint()?;
        let has_worker = self.has_work()?;
        self.let_workers_run(has_worker)?;
        let output = step("a thousand commits a second", || {
            let mut beside = vec![self.begin(&format!("CALL look_for_late_marks({})", SECONDS + 2))?];
            if !has_worker {
                beside.push(self.begin(&format!("CALL keep_up({})", SECONDS + 2))?);
            }
            let sent = process::run(&mut self.deferred_clients().at_rate(RATE, SECONDS))?.or_fail("pgbench");
            for mut child in beside {
                if !child.wait()?.success() {
                    bail!("psql failed beside pgbench");
                }
            }
            sent
        })?;
        self.let_workers_run(false)?;
        let begin = "number of transactions actually processed: ";
        let line =
            output.lines().find_map(|line| line.strip_prefix(begin)).context("pgbench counts nothing")?;
        let count: String = line.chars().take_while(char::is_ascii_digit).collect();
        let (sent, late): (f64, f64) = (count.parse()?, self.read("SELECT count(*) FROM late")?);
        let by = if has_worker { "the worker" } else { "catch_up() every 0.1 s" };
        figures.add_group(&format!("Deferred, 8 clients, worked off by {by}"));
        figures.add("commits a second", sent / SECONDS as f64);
        figures.add_aimed(
            "% of marks worked off within a second",
            100.0 * (1.0 - late / sent),
            Aim::AtLeast(99.0),
        );
        Ok(())
    }

    /// Measures how fast a backlog is worked off, and for how long batches hold their rows.
    pub fn measure_backlog(&self, figures: &mut Figures) -> Result<()> {
        figures.add_group("A backlog: every customer is marked, batches of 1,000");
        self.mark(20_000.min(self.customers))?;
        step("20 calls of catch_up", || {
            let mut watch = self.begin("CALL watch_batches(20)")?;
            std::thread::sleep(Duration::from_millis(500));
            let outcome = self.call("CALL work_off(20)");
            watch.wait()?;
            outcome
        })?;
        let longest = self.read("SELECT max(milliseconds) FROM locked")?;
        let middle = "SELECT 1000 * percentile_cont(0.5) WITHIN GROUP (ORDER BY clock) FROM batches WHERE customers > 0";
        figures.add("catch_up, 20,000 are marked: median, ms", self.read(middle)?);
        figures.add_aimed("for how long it locks a row at most, ms", longest, Aim::AtMost(50.0));

        self.mark(self.customers)?;
        let has_work = self.has_work()?;
        let call = if has_work {
            "CALL scoring.work('bench', 1000)".into()
        } else {
            format!("CALL work_off({CALLS})")
        };
        let output = step("the backlog", || {
            let mut command = self.server.psql("bench");
            command.args(["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
            let told = "SELECT extract(epoch FROM clock_timestamp()), cpu()";
            process::run(command.args(["-c", told, "-c", &call, "-c", told]))?.or_fail("psql")
        })?;
        let told: Vec<f64> = output.split(['|', '\n']).filter_map(|word| word.trim().parse().ok()).collect();
        let [began, cpu_before, ended, cpu] = told[..] else { bail!("psql printed \"{output}\"") };
        let since = format!("FROM customers_scores WHERE scored_at > to_timestamp({began})");
        let customers = self.read(&format!("SELECT count(*) {since}"))?;
        // All customers of a batch have the same moment.
        let gaps = format!(
            "SELECT 1000 * extract(epoch FROM max(gap)) FROM (SELECT scored_at - lag(scored_at) OVER (ORDER BY scored_at)
             AS gap FROM (SELECT DISTINCT scored_at {since}) AS batches) AS gaps"
        );
        let by = if has_work { "work()" } else { "catch_up" };
        figures.add(&format!("{by}: customers"), customers);
        figures.add_aimed(
            &format!("{by}: customers a second"),
            customers / (ended - began),
            Aim::AtLeast(50_000.0),
        );
        figures.add("microseconds of CPU for each", (cpu - cpu_before) * 1e6 / customers);
        figures.add("longest from batch to batch, ms", self.read(&gaps)?);
        Ok(())
    }

    /// Marks the first so many customers alone.
    fn mark(&self, many: u64) -> Result<()> {
        self.call(&format!("CALL mark({many})"))?;
        self.call("VACUUM ANALYZE customers_scores_marks")
    }

    /// Runs a statement outside a transaction block.
    fn call(&self, sql: &str) -> Result<()> {
        self.server.run_sql("bench", sql).map(drop)
    }

    /// Reads one figure.
    fn read(&self, sql: &str) -> Result<f64> {
        let output = self.server.run_sql("bench", sql)?;
        output.parse().with_context(|| format!("psql printed \"{output}\""))
    }

    /// Tells whether there is `work()`, and with it a worker.
    fn has_work(&self) -> Result<bool> {
        let sql = "SELECT to_regprocedure('scoring.work(text, integer)') IS NOT NULL";
        Ok(self.server.run_sql("bench", sql)? == "t")
    }

    /// Has workers started by whoever leaves a mark, or not.
    fn let_workers_run(&self, wanted: bool) -> Result<()> {
        let value = if wanted { "on" } else { "off" };
        self.server.run_sql("postgres", &format!("ALTER SYSTEM SET pg_scoring.worker = {value}"))?;
        self.server.run_sql("postgres", "SELECT pg_reload_conf()").map(drop)
    }

    /// Begins a statement in a session of its own.
    fn begin(&self, sql: &str) -> Result<Child> {
        let mut command = self.server.psql("bench");
        command.args(["-q", "-v", "ON_ERROR_STOP=1", "-c", sql]).stdin(Stdio::null()).stdout(Stdio::null());
        command.spawn().context("cannot run psql")
    }
}

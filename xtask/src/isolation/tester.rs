//! Runs PostgreSQL's isolationtester on permutations, again where one of them ends it.

use super::PATIENCE;
use super::output::{self, Played};
use crate::console::Step;
use crate::server::Server;
use crate::test::suite::pg_tests;
use crate::{files, process};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::time::Duration;

/// How many permutations go into one run: after each the user sees how far it is.
const BATCH: usize = 40;

/// How many times it may fail to begin, a second apart: a server that crashed recovers first.
const RETRIES: u32 = 5;

/// A database in which specs are run.
pub struct Tester<'server, 'setup> {
    pub server: &'server Server<'setup>,
    pub database: &'static str,
    /// Where the spec is written that isolationtester reads.
    pub spec: PathBuf,
}

impl Tester<'_, '_> {
    /// Runs permutations, each the names of its steps, of a spec without them; returns what became of each, in order.
    pub fn play(&self, title: &str, head: &str, permutations: &[String]) -> Result<Vec<Played>> {
        let mut step = Step::begin(title);
        let mut all: Vec<Played> = Vec::new();
        let mut failures = 0;
        while all.len() < permutations.len() {
            step.show_life(&format!("{} of {}", all.len(), permutations.len()));
            let batch = &permutations[all.len()..permutations.len().min(all.len() + BATCH)];
            let (ended, printed) = self.run(head, batch)?;
            let mut played = output::read(&printed);
            if played.is_empty() {
                failures += 1;
                if failures == RETRIES {
                    bail!("isolationtester did not begin:\n{}", process::last_lines(&printed, 20));
                }
                std::thread::sleep(Duration::from_secs(1));
                continue;
            }
            failures = 0;
            if let Some(last) = played.last_mut().filter(|_| !ended) {
                // What ended isolationtester is a fault of the permutation it was at.
                last.steps
                    .push(output::Step { name: "isolationtester ended".to_owned(), ..Default::default() });
            }
            all.append(&mut played);
        }
        step.end(&format!("{} interleavings", all.len()));
        Ok(all)
    }

    /// Runs isolationtester once; tells whether it came to its end, and what it printed.
    fn run(&self, head: &str, permutations: &[String]) -> Result<(bool, String)> {
        let lines: Vec<String> = permutations.iter().map(|steps| format!("permutation {steps}\n")).collect();
        files::write(&self.spec, &format!("{head}{}", lines.concat()))?;
        let mut command = self.server.command(pg_tests().join("isolation/isolationtester"));
        command.env("PGISOLATIONTIMEOUT", PATIENCE).arg(self.server.connection_string(self.database));
        let finished = process::run_with_input(&mut command, &self.spec)?;
        Ok((finished.success, finished.output))
    }
}

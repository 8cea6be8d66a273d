//! What came of each stage, and the last lines a user reads.

use crate::console::{say, show_time};
use anyhow::Result;
use std::ops::AddAssign;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
}

impl Counts {
    /// Counts one test.
    pub fn one(passed: bool) -> Counts {
        Counts { passed: u64::from(passed), failed: u64::from(!passed) }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// A stage that has run: its name, what came of it, and how long it took.
pub struct Stage(&'static str, Counts, Duration);

impl Stage {
    /// Runs a stage; one that cannot do its work counts as a failed test.
    pub fn run(name: &'static str, work: impl FnOnce() -> Result<Counts>) -> Stage {
        say(&format!("{name}\n"));
        let started = Instant::now();
        let counts = work().unwrap_or_else(|error| {
            say(&format!("  error: {error:#}\n"));
            Counts::one(false)
        });
        Stage(name, counts, started.elapsed())
    }
}

/// The stages so far.
#[derive(Default)]
pub struct Report {
    stages: Vec<Stage>,
}

impl Report {
    /// Runs a stage, and goes on whatever came of it.
    pub fn add(&mut self, name: &'static str, work: impl FnOnce() -> Result<Counts>) {
        self.stages.push(Stage::run(name, work));
    }

    /// Adds a stage that has run beside others, and prints what it said.
    pub fn add_beside(&mut self, (stage, said): (Stage, String)) {
        say(&said);
        self.stages.push(stage);
    }

    /// Prints the table and, last and alone, the sum.
    pub fn finish(self) -> ExitCode {
        let mut sum = Counts::default();
        println!("\n{:<10} {:>7} {:>7}  time", "stage", "passed", "failed");
        for Stage(name, counts, time) in self.stages {
            println!("{name:<10} {:>7} {:>7}  {}", counts.passed, counts.failed, show_time(time));
            sum += counts;
        }
        println!("\n{} passed, {} failed", sum.passed, sum.failed);
        if sum.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

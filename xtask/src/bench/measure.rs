//! Runs the two queries of a comparison in turns, and takes the medians.

use super::comparisons::Comparison;
use crate::process;
use crate::server::Server;
use anyhow::{Context, Result, bail};
use std::ops::RangeInclusive;

/// How many times each query is measured, after one run that does not count.
pub const ROUNDS: usize = 5;

/// What came of one query: medians in seconds.
#[derive(Default)]
pub struct Measured {
    pub clock: f64,
    /// Of the backend alone, where the kernel tells.
    pub cpu: Option<f64>,
    pub plan: String,
    /// What the extension told of its steps, run after run: what, and its seconds on the clock and of the processor.
    pub steps: Vec<(String, f64, f64)>,
}

impl Measured {
    /// Gives the medians alone.
    pub fn times(&self) -> Self {
        Self { clock: self.clock, cpu: self.cpu, ..Self::default() }
    }

    /// Gives the medians of the steps that begin so; of several in a run, the sum of theirs.
    pub fn step(&self, begin: &str) -> Self {
        let mut medians: Vec<(String, Vec<f64>, Vec<f64>)> = Vec::new();
        for (what, clock, cpu) in self.steps.iter().filter(|(what, ..)| what.starts_with(begin)) {
            // A step tells the same in every run, but for numbers.
            let name: String = what.chars().filter(|letter| !letter.is_ascii_digit()).collect();
            match medians.iter_mut().find(|(known, ..)| *known == name) {
                Some((_, clocks, cpus)) => {
                    clocks.push(*clock);
                    cpus.push(*cpu);
                }
                None => medians.push((name, vec![*clock], vec![*cpu])),
            }
        }
        medians.into_iter().fold(Self { cpu: Some(0.0), ..Self::default() }, |sum, (_, clock, cpu)| Self {
            clock: sum.clock + median(clock).unwrap_or_default(),
            cpu: sum.cpu.zip(median(cpu)).map(|(sum, cpu)| sum + cpu),
            ..sum
        })
    }

    /// Gives the times of one of so many.
    pub fn divided(&self, by: f64) -> Self {
        Self { clock: self.clock / by, cpu: self.cpu.map(|cpu| cpu / by), ..Self::default() }
    }
}

/// What came of both.
pub struct Pair {
    pub ours: Measured,
    pub baseline: Measured,
}

/// Measures a comparison in one session; round 0 warms up, and `rounds` says whether there is one.
pub fn compare(server: &Server, comparison: &Comparison, rounds: RangeInclusive<usize>) -> Result<Pair> {
    let mut command = server.psql("bench");
    command.args(["-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", &write_script(comparison, rounds)]);
    let output = process::run_step(comparison.title, &mut command)?.or_fail("psql")?;
    read_output(&output)
}

/// Writes what psql runs: the plans, then both queries in turns.
fn write_script(comparison: &Comparison, rounds: RangeInclusive<usize>) -> String {
    let queries = [("baseline", comparison.baseline), ("ours", comparison.ours)];
    let mut script = format!("{};", comparison.settings);
    for (name, query) in queries {
        script += &format!("SELECT '{name}', 'plan', plan_of($query${query}$query$);");
    }
    for round in rounds {
        for (name, query) in queries {
            script += &format!("SELECT '{name}', {round}, * FROM measure($query${query}$query$);");
        }
    }
    script
}

/// Reads lines `name|plan|…` and `name|round|clock|cpu|rows`; both queries must have made the same rows.
fn read_output(output: &str) -> Result<Pair> {
    let (mut ours, mut baseline) = (Runs::default(), Runs::default());
    let mut steps = Vec::new();
    for line in output.lines() {
        let fields: Vec<&str> = line.splitn(3, '|').collect();
        let (runs, round, rest) = match fields[..] {
            ["ours", round, rest] => (&mut ours, round, rest),
            ["baseline", round, rest] => (&mut baseline, round, rest),
            // Messages of the server's, some of several lines.
            _ => {
                steps.extend(read_step(line));
                continue;
            }
        };
        if round == "plan" {
            runs.plan = rest.to_owned();
        } else {
            runs.add(rest, round == "0").with_context(|| format!("psql printed \"{line}\""))?;
        }
    }
    if ours.rows != baseline.rows {
        bail!("ours makes {:?} rows and the baseline {:?}", ours.rows, baseline.rows);
    }
    Ok(Pair { ours: Measured { steps, ..ours.finish() }, baseline: baseline.finish() })
}

/// Reads the message of a step, `DEBUG:  scored 5 customers in 1.00 s (0.90 s of CPU)`; none where it is another.
fn read_step(line: &str) -> Option<(String, f64, f64)> {
    let (what, times) =
        line.strip_prefix("DEBUG:")?.trim().strip_suffix(" s of CPU)")?.rsplit_once(" in ")?;
    let (clock, cpu) = times.split_once(" s (")?;
    Some((what.to_owned(), clock.parse().ok()?, cpu.parse().ok()?))
}

/// The runs of one query.
#[derive(Default)]
struct Runs {
    clock: Vec<f64>,
    cpu: Vec<f64>,
    rows: Option<u64>,
    plan: String,
}

impl Runs {
    /// Adds a run `clock|cpu|rows`; of the one that only warms up, the rows.
    fn add(&mut self, run: &str, only_warms_up: bool) -> Result<()> {
        let fields: Vec<&str> = run.split('|').collect();
        let [clock, cpu, rows] = fields[..] else { bail!("three fields are wanted") };
        self.rows = Some(rows.parse()?);
        if !only_warms_up {
            self.clock.push(clock.parse()?);
            self.cpu.extend(cpu.parse::<f64>());
        }
        Ok(())
    }

    /// Takes the medians.
    fn finish(self) -> Measured {
        Measured {
            clock: median(self.clock).unwrap_or_default(),
            cpu: median(self.cpu),
            plan: self.plan,
            steps: Vec::new(),
        }
    }
}

/// The median of an odd number of figures, the upper one of an even number.
pub fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_round_warms_up_and_the_median_counts() -> Result<()> {
        let pair = read_output(
            "baseline|plan|Aggregate < Seq Scan\nours|plan|x\nbaseline|0|9|9|5\nours|0|9|9|5\n\
             baseline|1|3|2.5|5\nours|1|1|1|5\nbaseline|2|7|7|5\nours|2|1|1|5\nbaseline|3|2|2|5\nours|3|1|1|5\n",
        )?;
        assert_eq!((pair.baseline.clock, pair.baseline.cpu), (3.0, Some(2.5)));
        assert_eq!((pair.ours.clock, pair.baseline.plan.as_str()), (1.0, "Aggregate < Seq Scan"));
        Ok(())
    }

    #[test]
    fn steps_are_read_of_messages() -> Result<()> {
        let told = "DEBUG:  read 5 customers in 1.00 s (0.50 s of CPU)\nNOTICE:  whatever\nLINE 2: of it\nDEBUG:  else\n\
                    DEBUG:  read 7 rows of orders in 2.00 s (1.50 s of CPU)\n";
        let ours = read_output(&format!("{told}ours|1|4|3|5\nbaseline|1|9|9|5\n"))?.ours;
        assert_eq!((ours.step("read").clock, ours.step("read").cpu), (3.0, Some(2.0)));
        assert_eq!(ours.step("read").divided(2.0).clock, 1.5);
        Ok(())
    }

    #[test]
    fn a_kernel_that_tells_no_cpu_time_leaves_it_out() -> Result<()> {
        assert_eq!(read_output("ours|1|1||5\nbaseline|1|1||5\n")?.ours.cpu, None);
        Ok(())
    }

    #[test]
    fn queries_that_differ_in_rows_are_no_comparison() {
        assert!(read_output("ours|1|1|1|5\nbaseline|1|1|1|6\n").is_err());
    }
}

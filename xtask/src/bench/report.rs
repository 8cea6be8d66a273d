//! The tables of the bench, in 80 columns, ratios first.

use super::comparisons::Comparison;
use super::measure::{Measured, Pair};
use std::fmt::{self, Display, Write};

/// What is printed at the end.
pub struct Report {
    text: String,
    aims: usize,
    /// By the clock, and by CPU time.
    aims_met: [usize; 2],
    times: String,
    memory: String,
}

impl Report {
    /// Begins with where and on what the bench ran.
    pub fn begin(customers: u64, version: &str, settings: &[&str]) -> Report {
        let mut text = head(customers, version, settings);
        text += &format!("{:36}{:>12}{:>6}{:>13}{:>13}\n", "", "ratio", "", "baseline, ms", "ours, ms");
        text += &format!(
            "{:36}{:>6}{:>6}{:>6}{:>7}{:>6}{:>7}{:>6}\n",
            "ours / baseline", "clock", "cpu", "aim", "clock", "cpu", "clock", "cpu"
        );
        Report { text, aims: 0, aims_met: [0, 0], times: String::new(), memory: String::new() }
    }

    /// Adds a heading.
    pub fn add_group(&mut self, heading: &str) {
        self.text += &format!("\n{heading}\n");
    }

    /// Adds a comparison. The CPU time of parallel workers is not known, so that of a parallel plan is left out, as is one
    /// too short for the kernel's ticks.
    pub fn add_comparison(&mut self, comparison: &Comparison, pair: &Pair) {
        let is_parallel = [&pair.ours, &pair.baseline].iter().any(|side| side.plan.contains("Gather"));
        let cpu = |cpu: Option<f64>| cpu.filter(|seconds| !is_parallel && *seconds > 0.0);
        let (ours, baseline) = (cpu(pair.ours.cpu), cpu(pair.baseline.cpu));
        let clock_ratio = pair.baseline.clock / pair.ours.clock;
        let cpu_ratio = baseline.zip(ours).map(|(baseline, ours)| baseline / ours);
        if let Some(aim) = comparison.aim {
            self.aims += 1;
            self.aims_met[0] += usize::from(clock_ratio >= aim);
            self.aims_met[1] += usize::from(cpu_ratio.is_some_and(|ratio| ratio >= aim));
        }
        self.text += &format!(
            "{:36}{clock_ratio:>6.2}{:>6}{:>6}{:>7}{:>6}{:>7}{:>6}\n",
            format!("  {}", comparison.title),
            show(cpu_ratio, |ratio| format!("{ratio:.2}")),
            show(comparison.aim, |aim| format!("{aim:.1}")),
            milliseconds(pair.baseline.clock),
            show(baseline, milliseconds),
            milliseconds(pair.ours.clock),
            show(ours, milliseconds),
        );
        if is_parallel && !pair.ours.plan.contains("Partial") {
            self.text += "    ours has no partial aggregate in its plan\n";
        }
    }

    /// Begins the table of memory.
    pub fn begin_memory(&mut self) {
        self.memory = format!("{:36}{:>10}{:>14}\n", "memory, bytes a row", "measured", "manual says");
    }

    /// Adds a use of memory.
    pub fn add_memory(&mut self, title: &str, bytes: f64, documented: &str) {
        self.memory += &format!("{:36}{bytes:>10.1}{documented:>14}\n", format!("  {title}"));
    }

    /// Adds what models take by themselves, with the most that is wanted.
    pub fn add_times(&mut self, times: &[(&str, Measured, Option<f64>)]) {
        self.times = format!("{:36}{:>12}{:>12}{:>12}\n", "models", "clock", "cpu", "aim, at most");
        for (title, measured, most) in times {
            self.times += &format!(
                "{:36}{:>12.2}{:>12}{:>12}\n",
                format!("  {title}"),
                measured.clock,
                show(measured.cpu, |cpu| format!("{cpu:.2}")),
                show(*most, |most| format!("{most:.1}")),
            );
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)?;
        let ([by_clock, by_cpu], aims) = (self.aims_met, self.aims);
        writeln!(f, "\naims met: {by_clock} of {aims} by the clock, {by_cpu} of {aims} by CPU time")?;
        write!(f, "\n{}\n{}", self.times, self.memory)
    }
}

/// Tells where and on what the bench ran.
pub fn head(customers: u64, version: &str, settings: &[&str]) -> String {
    let version = version.split(' ').next().unwrap_or(version);
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    let mut text = format!("\nPostgreSQL {version}; {cores} cores");
    if let Some(processor) = read_field("/proc/cpuinfo", "model name") {
        text += &format!(" ({processor})");
    }
    let kilobytes = read_field("/proc/meminfo", "MemTotal")
        .and_then(|memory| memory.trim_end_matches(" kB").parse::<f64>().ok());
    if let Some(kilobytes) = kilobytes {
        text += &format!(", {:.0} GB", kilobytes / 1048576.0);
    }
    text += &format!("\n{} customers, {} orders", group_digits(customers), group_digits(10 * customers));
    text + &format!("\n{}\n\n", wrap(settings))
}

/// Writes a list with commas, in lines of at most 80 columns.
fn wrap(items: &[&str]) -> String {
    let mut lines = vec![String::new()];
    for item in items {
        match lines.last_mut() {
            Some(line) if line.len() + item.len() + 3 <= 80 => {
                if !line.is_empty() {
                    *line += ", ";
                }
                *line += item;
            }
            _ => lines.push((*item).to_owned()),
        }
    }
    lines.join(",\n")
}

/// Shows a figure, or a dash where there is none.
fn show(figure: Option<f64>, as_text: impl Fn(f64) -> String) -> String {
    figure.map_or("-".to_owned(), as_text)
}

/// Writes seconds as whole milliseconds.
fn milliseconds(seconds: f64) -> String {
    format!("{:.0}", seconds * 1000.0)
}

/// Writes a number with commas.
pub fn group_digits(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        let _ = grouped.write_char(digit);
    }
    grouped
}

/// Reads the first field of that name in a file of the kernel's.
fn read_field(path: &str, name: &str) -> Option<String> {
    let content = std::fs::read_to_string(path).ok()?;
    let line = content.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::comparisons::GROUPS;
    use super::*;

    #[test]
    fn digits_are_grouped() {
        assert_eq!([group_digits(100), group_digits(10_000_000)], ["100", "10,000,000"]);
    }

    #[test]
    fn a_long_list_is_wrapped() {
        let item = "x".repeat(38);
        assert_eq!(wrap(&[&item, &item, &item]), format!("{item}, {item},\n{item}"));
    }

    #[test]
    fn every_line_fits_in_80_columns() {
        let mut report = Report::begin(100_000_000, "15.99 (Debian)", &["shared_buffers = 1GB"]);
        let side = || Measured { clock: 99.9994, cpu: Some(98.9994), ..Measured::default() };
        for comparison in GROUPS.iter().flat_map(|group| group.comparisons) {
            report.add_comparison(comparison, &Pair { ours: side(), baseline: side() });
        }
        for line in report.text.lines().skip(2) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn an_aim_is_met_by_the_clock_or_by_cpu_time() {
        let mut report = Report::begin(1, "15", &[]);
        let side = |clock| Measured { clock, cpu: None, ..Measured::default() };
        let comparison = &GROUPS[0].comparisons[0];
        for ours in [1.0, 2.0] {
            report.add_comparison(comparison, &Pair { ours: side(ours), baseline: side(3.0) });
        }
        assert_eq!((report.aims_met, report.aims), ([1, 0], 2));
    }
}

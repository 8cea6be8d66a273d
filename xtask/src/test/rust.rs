//! The stage `rust`: the tests of the pure half, and of this program.

use super::report::Counts;
use crate::{cargo::cargo, process};
use anyhow::Result;

/// Runs the Rust tests whose name contains one of `names`, or all.
pub fn run(names: &[String]) -> Result<Counts> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast", "--"]).args(names);
    let finished = process::run_step("cargo test", &mut command)?;
    let mut counts = count(&finished.output);
    if !finished.success {
        println!("{}", process::last_lines(&finished.output, 200));
        // What does not compile has no tests to count.
        counts.failed = counts.failed.max(1);
    }
    Ok(counts)
}

/// Sums the result lines of all test programs.
fn count(output: &str) -> Counts {
    let mut counts = Counts::default();
    for result in output.lines().filter_map(|line| line.strip_prefix("test result: ")) {
        let number = |what: &str| -> u64 {
            let words: Vec<&str> = result.split([' ', ';']).collect();
            let found = words.windows(2).find(|pair| pair[1] == what);
            found.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
        };
        counts += Counts { passed: number("passed"), failed: number("failed") };
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_test_programs_are_summed() {
        let output = "running 3 tests\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test a ... FAILED\n\
            test result: FAILED. 41 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.12s\n";
        assert_eq!(count(output), Counts { passed: 44, failed: 2 });
    }

    #[test]
    fn no_result_line_is_no_test() {
        assert_eq!(count("error: could not compile `pg_scoring`\n"), Counts::default());
    }
}

//! Arguments of long tests: options that each take a number.

use anyhow::{Context, Result, bail};

/// Reads options such as `--seed 7`, each into its place.
pub fn read(arguments: &[String], options: &mut [(&str, &mut u64)]) -> Result<()> {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let Some((_, place)) = options.iter_mut().find(|(name, _)| name == word) else {
            let known: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
            bail!("unknown option {word}; there is {}", known.join(" and "));
        };
        let number = words.next().with_context(|| format!("{word} needs a number"))?;
        **place = number.replace('_', "").parse().with_context(|| format!("\"{number}\" is no number"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads arguments written as a line; gives calls and seed.
    fn read_line(line: &str) -> Result<(u64, u64)> {
        let (mut calls, mut seed) = (1, 2);
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        read(&arguments, &mut [("--calls", &mut calls), ("--seed", &mut seed)])?;
        Ok((calls, seed))
    }

    #[test]
    fn what_is_not_said_stays() -> Result<()> {
        assert_eq!(read_line("")?, (1, 2));
        assert_eq!(read_line("--seed 1_000")?, (1, 1000));
        Ok(())
    }

    #[test]
    fn nonsense_is_refused() {
        for line in ["--sed 1", "--seed", "--seed x", "7"] {
            assert!(read_line(line).is_err(), "{line}");
        }
    }
}

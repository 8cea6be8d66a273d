//! The long test `isolation`: pairs of transactions in every interleaving, on every isolation level.

use crate::isolation::SETTINGS;
use crate::isolation::pairs::{self, Breadth, Level};
use crate::server::{Data, Server};
use crate::test::report::Report;
use crate::{extension, setup};
use anyhow::{Context, Result, bail};
use std::process::ExitCode;

/// What the user asked for.
#[derive(Debug)]
struct Wish {
    levels: Vec<(&'static str, Level)>,
    names: Vec<String>,
}

/// Runs every interleaving, level after level.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let wish = read_wish(arguments)?;
    let setup = setup::prepare()?;
    let package = extension::build(&setup)?;
    let server = Server::start(&setup, "soak_isolation", Data::Fresh(&package), SETTINGS)?;
    drop(package);
    let mut report = Report::default();
    for (name, level) in wish.levels {
        report.add(name, || pairs::run(&setup, &server, &wish.names, level, Breadth::All));
    }
    Ok(report.finish())
}

/// Reads the arguments of the command.
fn read_wish(arguments: &[String]) -> Result<Wish> {
    let mut wish = Wish { levels: Level::ALL.to_vec(), names: Vec::new() };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--level" => {
                let wanted = words.next().context("--level needs rc, rr or ser")?;
                wish.levels.retain(|(name, _)| name == wanted);
                if wish.levels.is_empty() {
                    bail!("there is no level \"{wanted}\"; there are rc, rr and ser");
                }
            }
            unknown if unknown.starts_with('-') => bail!("unknown option {unknown}; there is --level"),
            name => wish.names.push(name.to_owned()),
        }
    }
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads arguments written as a line.
    fn read(line: &str) -> Result<Wish> {
        read_wish(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_level_and_pairs_can_be_asked_for() -> Result<()> {
        assert_eq!(read("")?.levels.len(), 3);
        let wish = read("--level rr insert+move")?;
        assert_eq!((wish.levels[0].0, wish.levels.len(), wish.names.len()), ("rr", 1, 1));
        Ok(())
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(read("--level").is_err() && read("--level rx").is_err() && read("--fast").is_err());
    }
}

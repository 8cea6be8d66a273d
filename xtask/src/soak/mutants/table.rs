//! The table of mutants: `tests/mutants/table.txt`, a line each, and a patch beside it for each.

use crate::files;
use anyhow::{Context, Result, bail};
use std::fmt::{Display, Formatter};
use std::path::Path;

/// A way to break a rule.
#[derive(Debug)]
pub struct Mutant {
    pub name: String,
    /// The rule of live scoring that it breaks.
    pub rule: u32,
    /// What must fail.
    pub trial: Trial,
    /// What it changes, as a unified diff.
    pub patch: String,
}

/// A test: its stage and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trial {
    pub stage: String,
    pub name: String,
}

/// Reads the mutants called by their names, or all.
pub fn choose(checkout: &Path, names: &[String]) -> Result<Vec<Mutant>> {
    let dir = checkout.join("tests/mutants");
    let mut mutants = Vec::new();
    for line in files::read(&dir.join("table.txt"))?.lines() {
        if let Some((name, rule, trial)) = read_line(line)? {
            let patch = files::read(&dir.join(format!("{name}.patch")))?;
            mutants.push(Mutant { name, rule, trial, patch });
        }
    }
    let has = |name: &str| mutants.iter().any(|mutant| mutant.name == name);
    for patch in files::find(&dir, "patch")? {
        let name = patch.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !has(&name) {
            bail!("tests/mutants/table.txt does not name {name}.patch");
        }
    }
    if let Some(unknown) = names.iter().find(|name| !has(name)) {
        bail!("there is no mutant \"{unknown}\"");
    }
    mutants.retain(|mutant| names.is_empty() || names.contains(&mutant.name));
    Ok(mutants)
}

/// Reads a line: name, rule, stage and name of the test, and words for a reader; none where it says nothing.
fn read_line(line: &str) -> Result<Option<(String, u32, Trial)>> {
    let text = line.split('#').next().unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        [] => Ok(None),
        [name, rule, stage, test] => {
            let rule = rule.parse().with_context(|| format!("rule {rule} of mutant {name}"))?;
            let trial = Trial { stage: stage.to_owned(), name: test.to_owned() };
            Ok(Some((name.to_owned(), rule, trial)))
        }
        _ => bail!("not a line of the table of mutants: {line}"),
    }
}

impl Display for Trial {
    fn fmt(&self, to: &mut Formatter<'_>) -> std::fmt::Result {
        write!(to, "{} {}", self.stage, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_mutant_rule_and_test() -> Result<()> {
        assert_eq!(read_line("# nothing")?, None);
        let trial = Trial { stage: "paused".to_owned(), name: "late".to_owned() };
        assert_eq!(read_line("waits  1  paused late  # it waits")?, Some(("waits".to_owned(), 1, trial)));
        assert!(read_line("waits one paused late").is_err() && read_line("waits 1 paused").is_err());
        Ok(())
    }

    #[test]
    fn every_mutant_applies() -> Result<()> {
        let checkout = crate::place::checkout();
        for mutant in choose(&checkout, &[])? {
            let diff = super::super::diff::Diff::read(&mutant.patch)?;
            for file in diff.files() {
                let text = files::read(&checkout.join(file))?;
                diff.apply(file, &text).with_context(|| mutant.name.clone())?;
            }
        }
        Ok(())
    }
}

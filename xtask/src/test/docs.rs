//! The stage `docs`: every SQL block of the documents is run, and every output shown there is compared.

use super::doc_block::{DocBlock, Outcome, find_blocks, trim_output};
use super::report::Counts;
use crate::console::Step;
use crate::server::Server;
use crate::setup::Setup;
use crate::{files, process};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// What the script prints after each block, before the SQLSTATE of the block's last error.
const END_MARK: &str = "@@ end of block";

/// The SQLSTATE of success.
const NO_ERROR: &str = "00000";

/// Runs the documents whose path contains one of `names`, or all, each in a fresh database.
pub fn run(setup: &Setup, server: &Server, names: &[String]) -> Result<Counts> {
    let mut counts = Counts::default();
    for path in list_documents(&setup.checkout)? {
        let name = path.strip_prefix(&setup.checkout)?.display().to_string();
        if !names.is_empty() && !names.iter().any(|wanted| name.contains(wanted.as_str())) {
            continue;
        }
        let blocks = find_blocks(&files::read(&path)?).with_context(|| name.clone())?;
        if blocks.is_empty() {
            continue;
        }
        let step = Step::begin(&name);
        let faults = run_document(setup, server, &blocks)?;
        let result = if faults.is_empty() { "ok" } else { "FAILED" };
        step.end(&format!("{} blocks {result}", blocks.len()));
        for (line, fault) in &faults {
            println!("{name}:{line}: {fault}\n");
        }
        counts += Counts { passed: (blocks.len() - faults.len()) as u64, failed: faults.len() as u64 };
    }
    Ok(counts)
}

/// Lists README.md and the documents under `docs`.
fn list_documents(checkout: &Path) -> Result<Vec<PathBuf>> {
    let mut documents = vec![checkout.join("README.md")];
    documents.retain(|readme| readme.exists());
    documents.extend(files::find(&checkout.join("docs"), "md")?);
    Ok(documents)
}

/// Runs a document's blocks in one session, as a reader would, and returns the faults with their lines.
/// A block that fails ends its session; the next one goes on in a new one.
fn run_document(setup: &Setup, server: &Server, blocks: &[DocBlock]) -> Result<Vec<(usize, String)>> {
    server.create_database("docs")?;
    let script = setup.target.join("docs.sql");
    let mut faults = Vec::new();
    let mut rest = blocks;
    while !rest.is_empty() {
        files::write(&script, &write_script(rest))?;
        let mut command = server.psql("docs");
        command.args(["-v", "ON_ERROR_STOP=1"]).current_dir(&setup.checkout);
        let output = process::run_with_input(&mut command, &script)?.output;
        let (ended, broken) = split_output(&output);
        for (block, (printed, sqlstate)) in rest.iter().zip(&ended) {
            faults.extend(find_fault(block, printed, sqlstate).map(|fault| (block.line, fault)));
        }
        rest = &rest[ended.len().min(rest.len())..];
        if let Some((block, after)) = rest.split_first() {
            faults.push((block.line, format!("the block fails:\n{}", indent(&trim_output(&broken)))));
            rest = after;
        }
    }
    Ok(faults)
}

/// Writes what psql reads: the blocks, each followed by its mark.
fn write_script(blocks: &[DocBlock]) -> String {
    let mut script = String::new();
    for block in blocks {
        let stop = u8::from(block.outcome == Outcome::Success);
        script += &format!(
            "\\set LAST_ERROR_SQLSTATE {NO_ERROR}\n\\set ON_ERROR_STOP {stop}\n{}\n\
             \\set ON_ERROR_STOP 1\n\\echo '{END_MARK}' :LAST_ERROR_SQLSTATE\n",
            block.sql,
        );
    }
    script
}

/// Splits psql's output into what each block printed with its SQLSTATE, and what came after the last mark.
fn split_output(output: &str) -> (Vec<(String, String)>, String) {
    let mut ended = Vec::new();
    let mut printed = String::new();
    for line in output.lines() {
        if let Some(sqlstate) = line.strip_prefix(END_MARK) {
            ended.push((std::mem::take(&mut printed), sqlstate.trim().to_owned()));
        } else {
            printed += line;
            printed.push('\n');
        }
    }
    (ended, printed)
}

/// Compares what a block did with what the document says; returns what is wrong.
fn find_fault(block: &DocBlock, printed: &str, sqlstate: &str) -> Option<String> {
    let printed = trim_output(printed);
    let shown = block.shown.as_deref().map(trim_output);
    let is_shown = match &block.outcome {
        Outcome::Success => shown.as_ref().is_none_or(|shown| *shown == printed),
        Outcome::Error(wanted) => {
            if sqlstate == NO_ERROR {
                return Some(format!("the block should fail, and does not:\n{}", indent(&printed)));
            }
            if wanted.as_ref().is_some_and(|wanted| wanted != sqlstate) {
                return Some(format!("the SQLSTATE is {sqlstate}:\n{}", indent(&printed)));
            }
            if wanted.is_none() && shown.is_none() {
                return Some("an error needs its SQLSTATE, or its message in a text block".to_owned());
            }
            // The end of an error, such as its CONTEXT, may be left out.
            let error: Vec<&str> = printed.lines().skip_while(|line| !line.starts_with("ERROR:")).collect();
            shown.as_ref().is_none_or(|shown| error.starts_with(&shown.lines().collect::<Vec<_>>()))
        }
    };
    let shown = shown.filter(|_| !is_shown)?;
    Some(format!("shown:\n{}\nprinted:\n{}", indent(&shown), indent(&printed)))
}

/// Indents a text by four blanks.
fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a block that ends so and shows this.
    fn block(outcome: Outcome, shown: Option<&str>) -> DocBlock {
        DocBlock { line: 1, sql: "SELECT 1;\n".to_owned(), outcome, shown: shown.map(str::to_owned) }
    }

    #[test]
    fn output_is_split_at_the_marks() {
        let (ended, broken) = split_output("a\n@@ end of block 00000\n@@ end of block 22023\nERROR:  x\n");
        let expected = [("a\n", "00000"), ("", "22023")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!((ended.as_slice(), broken.as_str()), (&expected[..], "ERROR:  x\n"));
    }

    #[test]
    fn an_output_must_be_as_shown() {
        assert_eq!(find_fault(&block(Outcome::Success, Some(" 1\n")), " 1  \n\n", NO_ERROR), None);
        assert!(find_fault(&block(Outcome::Success, Some(" 1\n")), " 2\n", NO_ERROR).is_some());
        assert_eq!(find_fault(&block(Outcome::Success, None), " 2\n", NO_ERROR), None);
    }

    #[test]
    fn an_error_must_be_the_one_shown() {
        let printed = "INSERT 0 1\nERROR:  no\nHINT:  Yes.\nCONTEXT:  there\n";
        let error = |sqlstate: &str| Outcome::Error(Some(sqlstate.to_owned()));
        assert_eq!(
            find_fault(&block(Outcome::Error(None), Some("ERROR:  no\nHINT:  Yes.\n")), printed, "22023"),
            None
        );
        assert_eq!(find_fault(&block(error("22023"), None), printed, "22023"), None);
        for wrong in [
            block(error("22004"), None),
            block(Outcome::Error(None), Some("ERROR:  other\n")),
            block(Outcome::Error(None), None),
        ] {
            assert!(find_fault(&wrong, printed, "22023").is_some());
        }
        assert!(find_fault(&block(error("22023"), None), " 1\n", NO_ERROR).is_some());
    }
}

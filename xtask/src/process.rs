//! Runs other programs: quietly, or with a sign of life.

use crate::console::Step;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// What a program printed, on both channels in order, and whether it was content.
pub struct Finished {
    pub success: bool,
    pub output: String,
}

impl Finished {
    /// Makes a failure an error that shows the end of what was printed.
    pub fn or_fail(self, what: &str) -> Result<String> {
        if !self.success {
            bail!("{what} failed:\n{}", last_lines(&without_progress(&self.output), 60));
        }
        Ok(self.output)
    }
}

/// Runs a program to its end, with nothing to read, and returns what it printed.
pub fn run(command: &mut Command) -> Result<Finished> {
    watch(command, Stdio::null(), &mut |_| ())
}

/// Runs a program that reads a file on its standard input, and returns what it printed.
pub fn run_with_input(command: &mut Command, input: &Path) -> Result<Finished> {
    let input = File::open(input).with_context(|| format!("cannot read {}", input.display()))?;
    watch(command, input.into(), &mut |_| ())
}

/// Runs a program to its end as a step of its own, and shows its latest line.
pub fn run_step(title: &str, command: &mut Command) -> Result<Finished> {
    let mut step = Step::begin(title);
    let finished = watch(command, Stdio::null(), &mut |latest| step.show_life(latest));
    step.end(if finished.as_ref().is_ok_and(|finished| finished.success) { "done" } else { "failed" });
    finished
}

/// Runs a program and calls `on_life` at each line it prints and at least each second.
fn watch(command: &mut Command, input: Stdio, on_life: &mut dyn FnMut(&str)) -> Result<Finished> {
    let (reader, writer) = std::io::pipe()?;
    command.stdin(input).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot run {}", show(command)))?;
    // The command holds our copies of the pipe: without this its end would never come.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(|line| line.ok()) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                break;
            }
        }
    });
    let (mut output, mut latest) = (String::new(), String::new());
    loop {
        match receiver.recv_timeout(Duration::from_secs(1)) {
            Ok(line) => {
                output.push_str(&line);
                output.push('\n');
                latest = line;
            }
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => break,
        }
        on_life(&latest);
    }
    Ok(Finished { success: child.wait()?.success(), output })
}

/// Tells whether the program runs and is content.
pub fn succeeds(command: &mut Command) -> bool {
    run(command).is_ok_and(|finished| finished.success)
}

/// Tells whether a program of this name is on the search path.
pub fn is_on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// Takes the user's PostgreSQL and language settings away, so that results are the same everywhere.
pub fn fix_environment(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("PG") || name_text.starts_with("LC_") {
            command.env_remove(&name);
        }
    }
    // pgrx adds a backtrace to the DETAIL of errors where this is set.
    command.env_remove("RUST_BACKTRACE").env_remove("LANGUAGE");
    command.env("LANG", "C.UTF-8").env("TZ", "UTC");
    command.env("PGTZ", "UTC").env("PGDATESTYLE", "ISO, MDY").env("PGCLIENTENCODING", "UTF8");
}

/// Quotes a path for a POSIX shell, where it needs it.
pub fn quote(path: &Path) -> String {
    let text = path.display().to_string();
    if text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+=:@%".contains(c)) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Leaves out cargo's lines of progress, so that the errors stand together.
fn without_progress(output: &str) -> String {
    let is_progress = |line: &&str| {
        ["Compiling ", "Checking ", "Downloaded "].iter().any(|word| line.trim_start().starts_with(word))
    };
    output.lines().filter(|line| !is_progress(line)).collect::<Vec<_>>().join("\n")
}

/// Keeps the last lines of a long output.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Writes a command as one could type it.
fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word: &OsStr| quote(Path::new(word))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_both_channels_is_kept_in_order() -> Result<()> {
        let finished = run(Command::new("sh").args(["-c", "echo one; echo two >&2; echo three; exit 3"]))?;
        assert_eq!((finished.success, finished.output.as_str()), (false, "one\ntwo\nthree\n"));
        Ok(())
    }

    #[test]
    fn a_path_is_quoted_only_where_the_shell_needs_it() {
        assert_eq!(quote(Path::new("/a/b-1.0")), "/a/b-1.0");
        assert_eq!(quote(Path::new("/my dir/it's")), r"'/my dir/it'\''s'");
    }
}

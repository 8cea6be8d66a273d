//! What the user sees while a step works: its name, a sign of life, and how long it took.

use std::cell::RefCell;
use std::io::{IsTerminal, Write, stdout};
use std::time::{Duration, Instant};

thread_local! {
    /// What this thread has said, where that is kept until its work is done.
    static KEPT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Prints a text, or keeps it.
pub fn say(text: &str) {
    let is_kept = KEPT.with_borrow_mut(|kept| kept.as_mut().map(|kept| kept.push_str(text)).is_some());
    if !is_kept {
        print!("{text}");
        // A closed standard output is no reason to fail.
        let _ = stdout().flush();
    }
}

/// Does some work beside that of other threads; gives also what it said, which is not printed.
pub fn keep<T>(work: impl FnOnce() -> T) -> (T, String) {
    KEPT.set(Some(String::new()));
    let done = work();
    (done, KEPT.take().unwrap_or_default())
}

/// Tells whether steps may overwrite their line.
fn is_terminal() -> bool {
    stdout().is_terminal() && KEPT.with_borrow(Option::is_none)
}

/// A line that tells which step is at work, and is finished with its result.
pub struct Step {
    title: String,
    started: Instant,
    next_sign: Duration,
    line_is_open: bool,
}

impl Step {
    /// Announces a step.
    pub fn begin(title: &str) -> Step {
        say(&format!("  {title} … "));
        Step {
            title: title.to_owned(),
            started: Instant::now(),
            next_sign: Duration::from_secs(1),
            line_is_open: true,
        }
    }

    /// Shows that the step is alive: each second on a terminal, else after 15 s, 30 s, 60 s and each minute.
    pub fn show_life(&mut self, latest: &str) {
        let elapsed = self.started.elapsed();
        if elapsed < self.next_sign {
            return;
        }
        let latest: String = latest.trim().chars().take(60).collect();
        if is_terminal() {
            say(&format!("\r\x1b[K  {} … {} s  {latest}", self.title, elapsed.as_secs()));
            self.next_sign = elapsed + Duration::from_secs(1);
        } else if elapsed >= Duration::from_secs(15) {
            let newline = if self.line_is_open { "\n" } else { "" };
            say(&format!("{newline}    {} s  {latest}\n", elapsed.as_secs()));
            self.line_is_open = false;
            self.next_sign = elapsed + elapsed.min(Duration::from_secs(60));
        }
    }

    /// Ends the step with its result and its time.
    pub fn end(self, result: &str) {
        let time = show_time(self.started.elapsed());
        if is_terminal() {
            say(&format!("\r\x1b[K  {} … {result}, {time}\n", self.title));
        } else if self.line_is_open {
            say(&format!("{result}, {time}\n"));
        } else {
            say(&format!("    {result}, {time}\n"));
        }
    }
}

/// Does a step that says nothing while it works.
pub fn step<T>(title: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let step = Step::begin(title);
    let result = work();
    step.end(if result.is_ok() { "done" } else { "failed" });
    result
}

/// Writes a duration as a reader wants it: `0.4 s`, `2 min 05 s`.
pub fn show_time(time: Duration) -> String {
    if time < Duration::from_secs(60) {
        return format!("{:.1} s", time.as_secs_f64());
    }
    format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_not_printed() {
        let (done, said) = keep(|| {
            Step::begin("a test").end("ok");
            1
        });
        assert_eq!((done, &said[..]), (1, "  a test … ok, 0.0 s\n"));
        assert_eq!(keep(|| ()).1, "");
    }

    #[test]
    fn times_are_short_to_read() {
        assert_eq!(show_time(Duration::from_millis(440)), "0.4 s");
        assert_eq!(show_time(Duration::from_secs(125)), "2 min 05 s");
    }
}

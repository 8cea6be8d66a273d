//! What isolationtester printed: a permutation after another, each with its steps.

/// What became of one permutation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// The names of the steps, as announced.
    pub announced: String,
    /// The steps, in the order in which they were begun.
    pub steps: Vec<Step>,
    /// Everything printed, for a reader.
    pub text: String,
}

/// What became of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    /// It waited for another session.
    pub waited: bool,
    /// isolationtester lost patience and cancelled it.
    pub cancelled: bool,
    /// Waited, and had not ended when the permutation did.
    pub is_open: bool,
    /// The messages of its errors, FATAL and PANIC too.
    pub errors: Vec<String>,
    /// How many rows it returned.
    pub rows: Option<usize>,
    /// What it printed.
    pub lines: Vec<String>,
}

/// What begins the line of a waiting step, and the line of its end, at their ends.
const WAITS: &str = " <waiting ...>";
const ENDED: &str = "<... completed>";

/// Reads what isolationtester printed.
pub fn read(printed: &str) -> Vec<Played> {
    let mut all: Vec<Played> = Vec::new();
    let mut current = None;
    for line in printed.lines() {
        if let Some(announced) = line.strip_prefix("starting permutation: ") {
            all.push(Played { announced: announced.to_owned(), ..Played::default() });
            current = None;
        }
        let Some(played) = all.last_mut() else { continue };
        played.text += line;
        played.text.push('\n');
        if let Some((name, rest)) = line.strip_prefix("step ").and_then(|step| step.split_once(": ")) {
            current = Some(played.begin_or_end(name, rest));
        } else if let Some(name) = cancelled_step(line) {
            played.steps.iter_mut().filter(|step| step.name == name).for_each(|step| step.cancelled = true);
        } else if let Some(step) = current.and_then(|at: usize| played.steps.get_mut(at)) {
            step.read(line);
        }
    }
    all
}

impl Played {
    /// Finds the steps of a name.
    pub fn steps_called<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Step> {
        self.steps.iter().filter(move |step| step.name == name)
    }

    /// Tells whether these steps were begun, all of them and no other.
    pub fn is_complete(&self, steps: &[String]) -> bool {
        let mut begun: Vec<&str> = self.steps.iter().map(|step| step.name.as_str()).collect();
        let mut wanted: Vec<&str> = steps.iter().map(String::as_str).collect();
        begun.sort_unstable();
        wanted.sort_unstable();
        begun == wanted
    }

    /// Notes that a step was begun, or that one that waited has ended; returns where it is.
    fn begin_or_end(&mut self, name: &str, rest: &str) -> usize {
        if rest == ENDED
            && let Some(at) = self.steps.iter().rposition(|step| step.name == name)
        {
            self.steps[at].is_open = false;
            return at;
        }
        let waited = rest.ends_with(WAITS);
        self.steps.push(Step { name: name.to_owned(), waited, is_open: waited, ..Step::default() });
        self.steps.len() - 1
    }
}

impl Step {
    /// Reads a line that a step printed.
    fn read(&mut self, line: &str) {
        let is_error = ["ERROR:  ", "FATAL:  ", "PANIC:  "].iter().any(|severity| line.starts_with(severity));
        if is_error {
            self.errors.push(line.to_owned());
        }
        if let Some(rows) = count_rows(line) {
            self.rows = Some(rows);
        }
        if !line.is_empty() {
            self.lines.push(line.to_owned());
        }
    }
}

/// Reads `(3 rows)`.
fn count_rows(line: &str) -> Option<usize> {
    let (number, word) = line.strip_prefix('(')?.strip_suffix(')')?.split_once(' ')?;
    matches!(word, "row" | "rows").then(|| number.parse().ok())?
}

/// Reads `isolationtester: canceling step update1 after 20 seconds`.
fn cancelled_step(line: &str) -> Option<&str> {
    line.split_once("canceling step ")?.1.split_once(" after ").map(|(name, _)| name)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What isolationtester 15 printed of two updates of one row, of a deadlock, and of a step without patience.
    pub const RECORDED: &str = include_str!("recorded.txt");

    #[test]
    fn steps_that_wait_end_later() {
        let all = read(RECORDED);
        let first = &all[0];
        assert_eq!(
            first.announced,
            "begin1 begin2 update1 update2 commit1 commit2 look hand drain look hand marks"
        );
        let update = first.steps_called("update2").next().cloned().unwrap_or_default();
        assert!(update.waited && !update.is_open && update.errors.is_empty());
        assert_eq!(first.steps_called("look").filter(|look| look.rows == Some(0)).count(), 2);
    }

    #[test]
    fn errors_belong_to_the_step_that_met_them() {
        let all = read(RECORDED);
        let failed: Vec<_> = all[1].steps.iter().filter(|step| !step.errors.is_empty()).collect();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].errors, ["ERROR:  deadlock detected"]);
    }

    #[test]
    fn a_cancelled_step_is_known() {
        let all = read(RECORDED);
        let cancelled: Vec<_> = all[2].steps.iter().filter(|step| step.cancelled).collect();
        assert_eq!(cancelled.len(), 1);
        assert_eq!(cancelled[0].errors, ["ERROR:  canceling statement due to user request"]);
    }

    #[test]
    fn rows_are_counted() {
        assert_eq!(count_rows("(1 row)"), Some(1));
        assert_eq!(count_rows("(12 rows)"), Some(12));
        assert_eq!((count_rows("(1 2)"), count_rows("(a row)"), count_rows("1 row")), (None, None, None));
    }
}

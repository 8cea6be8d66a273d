//! What is wrong with what happened in a permutation, beside what PostgreSQL alone does in the same one.

use super::output::{Played, Step};
use std::fmt;

/// The steps that judge, after both transactions have ended: what they are called, and what their rows are.
pub const CHECKS: [(&str, &str); 3] = [
    ("look", "rows of verify"),
    ("hand", "rows that are not what SQL by hand gives"),
    ("marks", "marks left"),
];

/// The step that works the marks off.
pub const DRAIN: &str = "drain";

/// The steps after the two transactions: as it is, then with all marks worked off.
pub const CHECKED: [&str; 6] = ["look", "hand", DRAIN, "look", "hand", "marks"];

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A step waits that does not where there is no model.
    Waits(String),
    /// A step fails that does not where there is no model.
    Fails(String, String),
    /// A check found something: where, what, and what it printed.
    Untrue(&'static str, &'static str, String),
    /// The permutation did not come to its end.
    Broken(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Waits(step) => write!(to, "{step} waits"),
            Fault::Fails(step, error) => write!(to, "{step} fails: {error}"),
            Fault::Untrue(when, what, _) => write!(to, "{when}: {what}"),
            Fault::Broken(why) => write!(to, "it did not end: {}", why.lines().last().unwrap_or_default()),
        }
    }
}

/// Judges a permutation beside its control run; `may_wait` names the steps that may wait for another's end.
pub fn judge(steps: &[String], live: &Played, control: &Played, may_wait: &[String]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for step in &live.steps {
        let twin = control.steps_called(&step.name).next();
        let waits_alone = step.waited && !twin.is_some_and(|twin| twin.waited);
        if (waits_alone && !may_wait.contains(&step.name)) || step.cancelled || step.is_open {
            faults.push(Fault::Waits(step.name.clone()));
        }
        let errors = step.errors.iter().filter(|error| !twin.is_some_and(|twin| twin.errors.contains(error)));
        faults.extend(errors.map(|error| Fault::Fails(step.name.clone(), error.clone())));
    }
    if !live.is_complete(steps) {
        faults.push(Fault::Broken(live.text.clone()));
    }
    let drained = live.steps.iter().position(|step| step.name == DRAIN);
    for (at, step) in live.steps.iter().enumerate() {
        let when = if Some(at) < drained { "before the drain" } else { "after the drain" };
        faults.extend(judge_check(when, step));
    }
    faults
}

/// Judges a step that should return no row.
fn judge_check(when: &'static str, step: &Step) -> Option<Fault> {
    let (_, what) = CHECKS.iter().find(|(name, _)| *name == step.name)?;
    (step.rows != Some(0)).then(|| Fault::Untrue(when, what, step.lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::super::output::{read, tests::RECORDED};
    use super::*;

    /// Judges the recorded permutation as it is here, beside the one recorded.
    fn judge_text(live: &str) -> Vec<String> {
        let control = read(RECORDED);
        let steps: Vec<String> = control[0].announced.split(' ').map(str::to_owned).collect();
        let live = read(live).into_iter().next().unwrap_or_default();
        judge(&steps, &live, &control[0], &["index".to_owned()]).iter().map(Fault::to_string).collect()
    }

    /// The recorded permutation, with the nth place of a text changed.
    fn changed(nth: usize, from: &str, to: &str) -> String {
        let text = &read(RECORDED)[0].text;
        let at = text.match_indices(from).nth(nth).map(|(at, _)| at);
        at.map(|at| format!("{}{to}{}", &text[..at], &text[at + from.len()..])).unwrap_or_default()
    }

    #[test]
    fn what_postgresql_does_alone_is_no_fault() {
        assert_eq!(judge_text(RECORDED), [""; 0]);
    }

    #[test]
    fn a_wait_of_its_own_is_a_fault() {
        let waits =
            changed(0, "WHERE id = 110\n", "WHERE id = 110 <waiting ...>\nstep update1: <... completed>\n");
        assert_eq!(judge_text(&waits), ["update1 waits"]);
    }

    #[test]
    fn a_wait_that_is_allowed_is_none_unless_it_never_ends() {
        let control = read(RECORDED);
        let step = |is_open| Step { name: "index".to_owned(), waited: true, is_open, ..Step::default() };
        for (is_open, faults) in [(false, 0), (true, 1)] {
            let live = Played { steps: vec![step(is_open)], ..Played::default() };
            let found = judge(&["index".to_owned()], &live, &control[0], &["index".to_owned()]);
            assert_eq!(found.len(), faults, "{found:?}");
        }
    }

    #[test]
    fn an_error_of_its_own_is_a_fault() {
        let fails = changed(0, "step commit1: COMMIT\n", "step commit1: COMMIT\nERROR:  deadlock detected\n");
        assert_eq!(judge_text(&fails), ["commit1 fails: ERROR:  deadlock detected"]);
        let fails =
            changed(0, "step drain: ", "step drain: CALL world.drain()\nERROR:  3 remain\nstep other: ");
        assert!(judge_text(&fails).contains(&"drain fails: ERROR:  3 remain".to_owned()));
    }

    #[test]
    fn the_same_error_as_alone_is_no_fault_and_another_is() {
        let control = read(RECORDED);
        let steps: Vec<String> = control[1].announced.split(' ').map(str::to_owned).collect();
        assert_eq!(judge(&steps, &control[1], &control[1], &[]), []);
        let mut live = control[1].clone();
        live.steps
            .iter_mut()
            .flat_map(|step| &mut step.errors)
            .for_each(|error| *error = "ERROR:  else".to_owned());
        assert_eq!(judge(&steps, &live, &control[1], &[]).len(), 1);
    }

    #[test]
    fn a_row_of_a_check_is_a_fault() {
        assert_eq!(judge_text(&changed(0, "(0 rows)", "(1 row)")), ["before the drain: rows of verify"]);
        let hand = "rows that are not what SQL by hand gives";
        assert_eq!(judge_text(&changed(1, "(0 rows)", "(2 rows)")), [format!("before the drain: {hand}")]);
        assert_eq!(judge_text(&changed(2, "(0 rows)", "(1 row)")), ["after the drain: rows of verify"]);
        assert_eq!(judge_text(&changed(3, "(0 rows)", "(1 row)")), [format!("after the drain: {hand}")]);
        assert_eq!(judge_text(&changed(4, "(0 rows)", "(9 rows)")), ["after the drain: marks left"]);
    }

    #[test]
    fn a_check_that_says_nothing_is_a_fault() {
        assert_eq!(judge_text(&changed(0, "(0 rows)", "")), ["before the drain: rows of verify"]);
    }

    #[test]
    fn a_cancelled_step_is_a_fault() {
        let control = read(RECORDED);
        let steps: Vec<String> = control[2].announced.split(' ').map(str::to_owned).collect();
        let faults: Vec<String> =
            judge(&steps, &control[2], &control[2], &[]).iter().map(Fault::to_string).collect();
        assert!(faults.iter().any(|fault| fault.ends_with("waits")), "{faults:?}");
    }

    #[test]
    fn a_permutation_that_stops_halfway_is_a_fault() {
        let text = &read(RECORDED)[0].text;
        let half = text.split("step drain").next().unwrap_or_default();
        assert!(judge_text(half).iter().any(|fault| fault.starts_with("it did not end")));
    }
}

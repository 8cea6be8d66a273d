//! Two operations, and the specs that they make.

use super::operation::{Kind, OPERATIONS, Operation, State};
use super::order::Order;
use super::verdict::{CHECKED, DRAIN};
use anyhow::{Result, bail};
use std::fmt;

/// The isolation level of the writers' transactions; the extension's own are always READ COMMITTED.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl Level {
    /// Every level, with the word that asks for it.
    pub const ALL: [(&'static str, Level); 3] =
        [("rc", Level::ReadCommitted), ("rr", Level::RepeatableRead), ("ser", Level::Serializable)];

    /// Its name in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Level::ReadCommitted => "READ COMMITTED",
            Level::RepeatableRead => "REPEATABLE READ",
            Level::Serializable => "SERIALIZABLE",
        }
    }
}

/// Two operations, each in a session of its own.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub sides: [&'static Operation; 2],
}

impl fmt::Display for Pair {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}+{}", self.sides[0].name, self.sides[1].name)
    }
}

impl Pair {
    /// What the shop must be like for both: at most one of the two asks for something.
    pub fn state(self) -> State {
        let wish = self.sides.iter().map(|side| side.state).find(|state| *state != State::Plain);
        wish.unwrap_or(State::Plain)
    }

    /// How many steps each side has.
    pub fn steps(self) -> [usize; 2] {
        self.sides.map(Operation::steps)
    }

    /// The names of the steps in an order; a live run has the checks after them.
    pub fn name_steps(self, order: &Order, is_control: bool) -> Vec<String> {
        let mut taken = [0, 0];
        let mut names: Vec<String> = Vec::new();
        for session in order {
            names.push(name_step(self.sides[*session], taken[*session], session + 1));
            taken[*session] += 1;
        }
        if !is_control {
            names.extend(CHECKED.iter().map(|name| (*name).to_owned()));
        }
        names
    }

    /// The name of the step in which a side, 0 or 1, does its work.
    pub fn does(self, side: usize) -> String {
        name_step(self.sides[side], 1, side + 1)
    }

    /// The steps that may wait although there is no model to wait for in the control run: a change of the score table's
    /// schema, the extension's own work beside its own work, and a refresh beside who has a whole table.
    pub fn may_wait(self) -> Vec<String> {
        let has_table = self.sides.iter().any(|side| side.name == "truncate");
        let may_wait = |side: &Operation| {
            self.is_of_extension() || side.kind == Kind::Schema || (has_table && side.name == "refresh")
        };
        let sides = self.sides.iter().zip(1..).filter(|(side, _)| may_wait(side));
        sides.flat_map(|(side, number)| [1, 3].map(|step| name_step(side, step, number))).collect()
    }

    /// Tells whether the control run cannot show which orders are possible.
    pub fn is_of_extension(self) -> bool {
        self.sides.iter().all(|side| side.kind != Kind::Writer)
    }
}

/// The pairs that were asked for, by the name of an operation or of a pair; all where there are no names.
pub fn choose(names: &[String]) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for (at, first) in OPERATIONS.iter().enumerate() {
        for second in &OPERATIONS[at..] {
            pairs.push(Pair { sides: [first, second] });
        }
    }
    let is_called = |pair: &Pair, name: &String| {
        pair.to_string() == *name || pair.sides.iter().any(|side| side.name == name)
    };
    if let Some(unknown) = names.iter().find(|name| !pairs.iter().any(|pair| is_called(pair, name))) {
        bail!("there is no operation or pair \"{unknown}\"");
    }
    pairs.retain(|pair| names.is_empty() || names.iter().any(|name| is_called(pair, name)));
    Ok(pairs)
}

/// Tells whether a name is that of an operation or of a pair of two.
pub fn is_known(name: &str) -> bool {
    choose(&[name.to_owned()]).is_ok()
}

/// The documents of `world.sql` whose models are tried: the measures of one are folded, of the other derived too; and of
/// how many telling interleavings one is run.
pub const DOCUMENTS: [(&str, usize); 2] = [("folded", 1), ("derived", 2)];

/// Writes a spec without its permutations: the steps of all operations, on both sides; a control run has no document.
pub fn write_spec(state: State, level: Level, document: Option<&str>) -> String {
    let is_control = document.is_none();
    let mut spec =
        format!("setup {{ CALL world.make('{}', '{}') }}\n", document.unwrap_or_default(), state.word());
    for side in [1, 2] {
        spec += &format!("session s{side}\n");
        let mut add = |name: &str, sql: &str| spec += &format!("step {name} {{ {sql} }}\n");
        add(&format!("begin{side}"), &format!("BEGIN ISOLATION LEVEL {}", level.sql()));
        add(&format!("start{side}"), "BEGIN ISOLATION LEVEL READ COMMITTED");
        add(&format!("commit{side}"), "COMMIT");
        add(&format!("rollback{side}"), "ROLLBACK");
        for operation in OPERATIONS {
            add(&format!("{}{side}", operation.name), &operation.statement(side, is_control));
            if let Some(after) = operation.after(is_control) {
                add(&format!("after_{}{side}", operation.name), after);
            }
        }
    }
    if !is_control {
        spec += &format!(
            "session checker\nstep look {{ SELECT * FROM scoring.verify('shop') }}\n\
             step hand {{ SELECT * FROM world.by_hand() }}\nstep {DRAIN} {{ CALL world.drain() }}\n\
             step marks {{ SELECT * FROM world.marks() }}\n"
        );
    }
    spec
}

/// Names the nth step of an operation on a side.
fn name_step(operation: &Operation, nth: usize, side: usize) -> String {
    let begin = if operation.kind == Kind::Writer { "begin" } else { "start" };
    match nth {
        0 => format!("{begin}{side}"),
        1 => format!("{}{side}", operation.name),
        2 => format!("{}{side}", operation.end.to_lowercase()),
        _ => format!("after_{}{side}", operation.name),
    }
}

#[cfg(test)]
mod tests {
    use super::super::order;
    use super::*;

    #[test]
    fn pairs_are_found_by_their_names() -> Result<()> {
        assert_eq!(choose(&["insert+move".to_owned()])?.len(), 1);
        assert_eq!(choose(&["insert".to_owned()])?.len(), OPERATIONS.len());
        assert_eq!(choose(&[])?.len(), OPERATIONS.len() * (OPERATIONS.len() + 1) / 2);
        assert!(!is_known("inset") && is_known("catch_up"));
        Ok(())
    }

    #[test]
    fn a_spec_has_every_step_of_every_permutation() -> Result<()> {
        for document in [Some("folded"), None] {
            let spec = write_spec(State::Plain, Level::Serializable, document);
            for pair in choose(&[])? {
                for name in pair.name_steps(&order::probe(pair.steps(), 0), document.is_none()) {
                    assert_eq!(spec.matches(&format!("\nstep {name} {{ ")).count(), 1, "{name}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn the_extension_keeps_its_level() {
        let spec = write_spec(State::Plain, Level::RepeatableRead, Some("folded"));
        assert!(spec.contains("step begin1 { BEGIN ISOLATION LEVEL REPEATABLE READ }"));
        assert!(spec.contains("step start1 { BEGIN ISOLATION LEVEL READ COMMITTED }"));
    }

    #[test]
    fn writers_may_never_wait() -> Result<()> {
        for pair in choose(&[])? {
            let may_wait = pair.may_wait();
            for (side, number) in pair.sides.iter().zip(1..) {
                let waits = may_wait.contains(&format!("{}{number}", side.name));
                assert!(!waits || side.kind != Kind::Writer, "{pair}");
            }
        }
        assert_eq!(choose(&["insert+create_index".to_owned()])?[0].may_wait()[0], "create_index2");
        Ok(())
    }
}

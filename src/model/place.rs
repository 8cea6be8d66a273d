//! A place in the document: what an error points at, and how it calls it.

use crate::error::Error;
use std::fmt;

/// One step from the whole document to a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of a list, the first being 0.
    Item(usize),
}

/// Where something stands in the document; shown as a JSON Pointer (RFC 6901).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(Vec<Step>);

impl Place {
    /// Is the whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// Goes to the value of a key.
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// Goes to an item of a list.
    pub fn item(&self, item: usize) -> Self {
        self.step(Step::Item(item))
    }

    /// Goes one step.
    pub fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Goes on from here as another place does from its own beginning.
    pub fn followed_by(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// Refuses what stands here: `refusal` is what its name is followed by, as in "must be above 0, got -1".
    pub fn refuse(&self, refusal: impl fmt::Display) -> Error {
        let (subject, inner) = self.subject();
        match inner {
            [] => self.error(format!("{subject} {refusal}")),
            _ => self.error(format!("{subject}: {} {refusal}", Names(inner))),
        }
    }

    /// Says what is wrong with the object here, in words of its own.
    pub fn complain(&self, complaint: impl fmt::Display) -> Error {
        self.error(format!("{}: {complaint}", self.subject().0))
    }

    /// Makes an error that points here.
    fn error(&self, message: String) -> Error {
        Error::invalid(message).detail(self.sentence())
    }

    /// Says in a sentence that the fault is here.
    pub fn sentence(&self) -> String {
        format!("The fault is at \"{self}\".")
    }

    /// Names the object that the place lies in, and gives the steps from there on.
    fn subject(&self) -> (String, &[Step]) {
        match &self.0[..] {
            [Step::Key(section), Step::Key(name), inner @ ..] => match &section[..] {
                "sources" => (format!("source {}", quoted(name)), inner),
                "measures" => (format!("measure {}", quoted(name)), inner),
                "scores" => (format!("score {}", quoted(name)), inner),
                _ => ("model".into(), &self.0[..]),
            },
            all => ("model".into(), all),
        }
    }
}

impl FromIterator<Step> for Place {
    fn from_iter<Steps: IntoIterator<Item = Step>>(steps: Steps) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            Step::Key(key) => write!(to, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Item(item) => write!(to, "/{item}"),
        })
    }
}

/// Steps as a message names them: `only.all[0].of`.
struct Names<'a>(&'a [Step]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, step)| match step {
            Step::Key(key) if at == 0 => write!(to, "{}", shortened(key)),
            Step::Key(key) => write!(to, ".{}", shortened(key)),
            Step::Item(item) => write!(to, "[{item}]"),
        })
    }
}

/// The most characters of the user's text that a message repeats.
const MOST_REPEATED: usize = 80;

/// Repeats the user's text in quotes, the beginning of it where it is long.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text))
}

/// Repeats the beginning of a text.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_REPEATED) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into(),
    }
}

/// Lists names in quotes.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

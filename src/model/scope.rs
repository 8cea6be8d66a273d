//! What the names of a model refer to: measures and scores, of which sort each is, and that none leads back to itself.

use super::document::Document;
use super::measure::Measure;
use super::near;
use super::place::{Place, quoted};
use crate::error::Error;
use indexmap::IndexMap;

/// What sort of thing a measure or a score is, as far as the document tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A number.
    Number,
    /// A number that halves after so many microseconds.
    Decayed {
        /// The microseconds.
        half_life: i64,
    },
    /// A moment.
    Moment,
    /// The value of an expression, whose type only the database knows.
    Value,
    /// The same, of the customer's own row.
    Attribute,
    /// A score with so many levels.
    Levels(usize),
    /// A score with so many classes, which are levels with names.
    Classes(usize),
    /// A code of three levels.
    Code,
    /// The gap between two levels.
    Gap,
    /// A score that is a number, with so many levels where it has some.
    Graded(Option<usize>),
    /// One of so many words.
    Words(usize),
}

impl Sort {
    /// Says what it is.
    pub fn in_words(self) -> String {
        match self {
            Self::Number => "a number".into(),
            Self::Decayed { .. } => "a decayed number".into(),
            Self::Moment => "a date".into(),
            Self::Value => "a value of a source".into(),
            Self::Attribute => "an attribute".into(),
            Self::Levels(levels) => format!("a score with {levels} levels"),
            Self::Classes(classes) => format!("a score with {classes} classes"),
            Self::Code => "an rfm code".into(),
            Self::Gap => "a gap between levels".into(),
            Self::Graded(None) => "a score that is a number".into(),
            Self::Graded(Some(levels)) => format!("a score that is a number, with {levels} levels"),
            Self::Words(_) => "a score that is a word".into(),
        }
    }

    /// Gives the number of levels.
    pub fn levels(self) -> Option<usize> {
        match self {
            Self::Levels(levels) | Self::Classes(levels) | Self::Graded(Some(levels)) => Some(levels),
            _ => None,
        }
    }

    /// Tells whether it may be a number that does not change by itself.
    fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Value | Self::Attribute)
    }

    /// Tells whether it may be a moment.
    fn is_moment(self) -> bool {
        matches!(self, Self::Moment | Self::Value | Self::Attribute)
    }

    /// Tells whether the document says its type.
    pub fn is_known(self) -> bool {
        !matches!(self, Self::Value | Self::Attribute)
    }

    /// Tells whether it decays.
    fn is_decayed(self) -> bool {
        matches!(self, Self::Decayed { .. })
    }

    /// Tells whether it is a score that is a number.
    pub fn is_figure(self) -> bool {
        matches!(self, Self::Levels(_) | Self::Classes(_) | Self::Code | Self::Gap | Self::Graded(_))
    }

    /// Tells whether it is a measure.
    fn is_measure(self) -> bool {
        self.is_number() || self.is_moment() || self.is_decayed()
    }
}

/// What a name must refer to.
pub struct Wanted {
    /// The sort, in words.
    pub what: &'static str,
    /// Whether a sort is it.
    pub fits: fn(Sort) -> bool,
}

/// A measure that is a number.
pub static NUMBER: Wanted = Wanted { what: "a measure that is a number", fits: Sort::is_number };
/// A measure that is a number, decayed or not.
pub static FIGURE: Wanted =
    Wanted { what: "a measure that is a number", fits: |sort| sort.is_number() || sort.is_decayed() };
/// A measure that is a date.
pub static MOMENT: Wanted = Wanted { what: "a measure that is a date", fits: Sort::is_moment };
/// A measure that others can be compared with at any time.
pub static COMPARABLE: Wanted =
    Wanted { what: "a measure without half_life", fits: |sort| sort.is_number() || sort.is_moment() };
/// Any measure.
pub static MEASURE: Wanted = Wanted { what: "a measure", fits: Sort::is_measure };
/// A measure of the customer's own row.
pub static ATTRIBUTE: Wanted =
    Wanted { what: "a measure that takes an attribute", fits: |sort| sort == Sort::Attribute };
/// A measure whose values are words.
pub static CATEGORY: Wanted = Wanted {
    what: "a measure that takes an attribute or a value",
    fits: |sort| matches!(sort, Sort::Attribute | Sort::Value),
};
/// A score with levels.
pub static LEVELS: Wanted = Wanted { what: "a score with levels", fits: |sort| sort.levels().is_some() };
/// What can be the recency of an rfm.
pub static RECENCY: Wanted = Wanted {
    what: "a measure that is a date, or a score with levels",
    fits: |sort| sort.is_moment() || sort.levels().is_some(),
};
/// What can be the frequency or the money of an rfm.
pub static FIGURE_OR_LEVELS: Wanted = Wanted {
    what: "a measure that is a number, or a score with levels",
    fits: |sort| (FIGURE.fits)(sort) || sort.levels().is_some(),
};
/// A number that does not change by itself, measured or scored.
pub static MEASURED_OR_SCORED: Wanted = Wanted {
    what: "a measure that is a number, without half_life, or a score that is one",
    fits: |sort| sort.is_number() || sort.is_figure(),
};
/// What can be ranked among all customers.
pub static RANKED: Wanted = Wanted {
    what: "a measure that is a number or a date, or a score that is a number",
    fits: |sort| sort.is_measure() || sort.is_figure(),
};
/// What can be placed between the least and the greatest of all customers.
pub static RANGED: Wanted = Wanted {
    what: "a measure that is a number or a date, without half_life, or a score that is a number",
    fits: |sort| sort.is_number() || sort.is_moment() || sort.is_figure(),
};
/// Any measure or score.
pub static ANY: Wanted = Wanted { what: "a measure or a score", fits: |_| true };

/// A place of the document that names a measure or a score.
pub struct Use<'a> {
    /// Where the name stands.
    pub place: Place,
    /// The name.
    pub name: &'a str,
    /// What it must refer to.
    pub wanted: &'static Wanted,
}

/// The measures and scores of a document with their sorts.
pub struct Scope<'a> {
    document: &'a Document,
    sorts: IndexMap<&'a str, Sort>,
    /// The names on the way to the one that is looked at.
    way: Vec<&'a str>,
}

impl<'a> Scope<'a> {
    /// Follows every name of the document to what it refers to.
    pub fn new(document: &'a Document) -> Result<Self, Error> {
        let mut scope = Self { document, sorts: IndexMap::new(), way: Vec::new() };
        for name in document.measures.keys().chain(document.scores.keys()) {
            scope.follow(name)?;
        }
        Ok(scope)
    }

    /// Gives the sort of a measure or score.
    pub fn sort(&self, name: &str) -> Option<Sort> {
        self.sorts.get(name).copied()
    }

    /// Gives all measures and scores in an order in which each comes after all that it uses.
    pub fn in_order(&self) -> impl Iterator<Item = (&'a str, Sort)> {
        self.sorts.iter().map(|(name, sort)| (*name, *sort))
    }

    /// Gives the names of the classes of a score that has some, best first.
    pub fn classes(&self, name: &str) -> Option<Vec<&str>> {
        self.document.scores.get(name)?.family.classes()
    }

    /// Finds the sort of a name, after those of all that it uses.
    fn follow(&mut self, name: &'a str) -> Result<(), Error> {
        if self.sorts.contains_key(name) {
            return Ok(());
        }
        self.way.push(name);
        let (place, uses) = self.document.uses_of(name);
        for used in &uses {
            self.check_exists(used)?;
            self.check_leads_on(used)?;
            self.follow(used.name)?;
            self.check_fits(used)?;
        }
        self.way.pop();
        let sort = self.sort_of(name, &place, &uses)?;
        self.sorts.insert(name, sort);
        Ok(())
    }

    /// Finds the sort of a name whose uses are all followed.
    fn sort_of(&self, name: &str, place: &Place, uses: &[Use]) -> Result<Sort, Error> {
        match (self.document.measures.get(name), self.document.scores.get(name)) {
            (Some(Measure::Take(taken)), _) => Ok(taken.sort()),
            (Some(Measure::Compute(computed)), _) => {
                computed.check_operands(place, self)?;
                let operands: Vec<Sort> = uses.iter().filter_map(|used| self.sort(used.name)).collect();
                Ok(computed.sort(&operands))
            }
            (None, Some(score)) => Ok(score.family.sort()),
            (None, None) => Ok(Sort::Value),
        }
    }

    /// Refuses a name that is neither a measure nor a score.
    fn check_exists(&self, used: &Use) -> Result<(), Error> {
        let Document { measures, scores, sources, .. } = self.document;
        if measures.contains_key(used.name) || scores.contains_key(used.name) {
            return Ok(());
        }
        let refusal = format!("names {}, which is neither a measure nor a score", quoted(used.name));
        let hint = match sources.contains_key(used.name) {
            true => format!("{} is a source; add a measure that is taken from it.", quoted(used.name)),
            false => near::hint(
                used.name,
                "Measures and scores are",
                measures.keys().chain(scores.keys()).map(String::as_str),
            ),
        };
        Err(used.place.refuse(refusal).hint(hint))
    }

    /// Refuses a name that leads back to itself.
    fn check_leads_on(&self, used: &Use) -> Result<(), Error> {
        let Some(from) = self.way.iter().position(|name| *name == used.name) else { return Ok(()) };
        let circle: Vec<String> =
            self.way[from..].iter().chain([&used.name]).map(|name| quoted(name)).collect();
        let refusal = format!("leads back to itself: {}", circle.join(", then "));
        Err(used.place.refuse(refusal).hint("Measures and scores must not refer to each other in a circle."))
    }

    /// Refuses a name that refers to another sort of thing than is wanted.
    fn check_fits(&self, used: &Use) -> Result<(), Error> {
        let Some(sort) = self.sort(used.name).filter(|sort| !(used.wanted.fits)(*sort)) else {
            return Ok(());
        };
        let refusal = format!("must be {}; {} is {}", used.wanted.what, quoted(used.name), sort.in_words());
        let fitting = self.document.names().filter(|name| self.sort(name).is_some_and(used.wanted.fits));
        let fitting: Vec<&str> = fitting.collect();
        let hint = match (fitting.is_empty(), sort) {
            (true, Sort::Moment) => {
                "The age of a date is a number: add a measure that computes \"age\".".into()
            }
            (true, _) => format!("Add {}.", used.wanted.what),
            _ => format!("Name {}, as {}.", used.wanted.what, quoted(fitting[0])),
        };
        Err(used.place.refuse(refusal).hint(hint))
    }
}

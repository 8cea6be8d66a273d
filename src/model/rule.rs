//! Rules: scores made ready to be computed, one kind for each family.

use super::document::Language;
use super::language::Words;
use super::scale::Scale;

/// A score made ready: from the levels of its scales, and the figures of its row, to its own figure.
pub trait Rule {
    /// Gives the scales that it reads figures on.
    fn scales(&self) -> &[Scale] {
        &[]
    }

    /// Tells whether a row has part in the cuts.
    fn counts(&self, _row: &[f64]) -> bool {
        true
    }

    /// Computes the figure of the score, which says all of it; NaN where there is none. `levels` are those of its scales.
    fn score(&self, levels: &[Option<usize>], row: &[f64]) -> f64;

    /// Gives the columns that it makes, the first one for the score itself.
    fn columns(&self) -> Vec<RuleColumn>;

    /// Writes the columns of a figure; `unscored` is the word for none.
    fn write<'a>(&'a self, figure: f64, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>);

    /// Gives the ladders that its levels are shown on.
    fn ladders(&self) -> Vec<Ladder>;

    /// Says what a figure of it is, as "level 4 of 5, high".
    fn tell(&self, figure: f64, language: Language) -> String;

    /// Says what one of its levels is called in a sentence.
    fn tell_level(&self, level: usize, language: Language) -> String {
        THE_LEVEL.fill(language, &[&level.to_string()])
    }

    /// Gives what an explanation takes it apart into; one that is a single scale is that.
    fn parts(&self) -> Vec<Part> {
        let parts = self.scales().iter().enumerate();
        parts.map(|(at, scale)| Part { key: scale.suffix, called: None, made: Made::Scale(at) }).collect()
    }
}

/// A part of a score, as an explanation tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its key in an explanation.
    pub key: &'static str,
    /// What it is called; none where it goes by the name of what it is made of.
    pub called: Option<Words>,
    /// What it is made of.
    pub made: Made,
}

/// What a part of a score is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// A figure on a scale of the score's own, which has this number.
    Scale(usize),
    /// Another score, used as it is, at this place of the row.
    Score(usize),
}

/// What a level is called in a sentence.
const THE_LEVEL: Words = Words { en: "level {0}", fr: "le niveau {0}" };
/// What a level is called by itself.
const LEVEL: Words = Words { en: "level {0}", fr: "niveau {0}" };
/// A level, and how many there are.
const LEVEL_OF: Words = Words { en: "level {0} of {1}", fr: "niveau {0} sur {1}" };

/// A column that a score makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleColumn {
    /// What follows the score's name.
    pub suffix: &'static str,
    /// Its key in an explanation.
    pub key: &'static str,
    /// Whether it holds texts, and not ints.
    pub is_text: bool,
}

/// The value of a column of a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Output<'a> {
    /// NULL.
    None,
    /// An int.
    Whole(i32),
    /// A text.
    Text(&'a str),
}

/// The levels of a score, or of a part of it, as a legend shows them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    /// What follows the score's name.
    pub suffix: &'static str,
    /// The levels with what they are called, lowest first.
    pub levels: Vec<(i32, Option<String>)>,
    /// The scale that says where they end: the place of its score, and which of that one's scales.
    pub scale: Option<(usize, usize)>,
    /// How the level is read from the score's figure.
    pub digit: Digit,
}

/// How a level is read from a score's figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digit {
    /// The figure is the level.
    Whole,
    /// It is the digit that so many units stand for.
    Of(i32),
}

impl Digit {
    /// Reads the level; none where the score has none.
    pub fn level(self, figure: f64) -> Option<i32> {
        let figure = (!figure.is_nan()).then_some(figure as i32)?;
        Some(match self {
            Self::Whole => figure,
            Self::Of(units) => figure / units % 10,
        })
    }
}

/// Gives the columns of a score that is a level with a label.
pub fn level_and_label() -> Vec<RuleColumn> {
    vec![
        RuleColumn { suffix: "", key: "level", is_text: false },
        RuleColumn { suffix: "_label", key: "label", is_text: true },
    ]
}

/// Says which of how many levels a figure is, and what it is called where that says more.
pub fn tell_level_of(figure: f64, levels: usize, labels: &[String], language: Language) -> String {
    let level = Digit::Whole.level(figure).unwrap_or_default();
    let told = LEVEL_OF.fill(language, &[&level.to_string(), &levels.to_string()]);
    let label = usize::try_from(level).ok().and_then(|level| labels.get(level.checked_sub(1)?));
    let plain = LEVEL.fill(language, &[&level.to_string()]);
    label.filter(|label| **label != plain).map_or(told.clone(), |label| format!("{told}, {label}"))
}

/// Writes a level and its label.
pub fn write_level<'a>(
    figure: f64,
    labels: &'a [String],
    unscored: Option<&'a str>,
    to: &mut Vec<Output<'a>>,
) {
    match Digit::Whole.level(figure) {
        None => to.extend([Output::None, unscored.map_or(Output::None, Output::Text)]),
        Some(level) => {
            let label = usize::try_from(level).ok().and_then(|level| labels.get(level.checked_sub(1)?));
            to.extend([Output::Whole(level), label.map_or(Output::None, |label| Output::Text(label))]);
        }
    }
}

/// Gives the ladder of a scale that is the whole score at a place of the row.
pub fn ladder(scale: &Scale, slot: usize) -> Ladder {
    let levels = scale.labels.iter().enumerate();
    let levels = levels.map(|(at, label)| (at as i32 + 1, Some(label.clone()))).collect();
    Ladder { suffix: scale.suffix, levels, scale: Some((slot, 0)), digit: Digit::Whole }
}

//! Rules: scores made ready to be computed, one kind for each family.

use super::cuts::Cut;
use super::document::Language;
use super::language::Words;
use super::nature::ColumnType;
use super::scale::{Limits, Scale};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// What is seen of a customer when a score is computed, or written.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The figures of the row; those of scores that it uses are computed.
    pub row: &'a [f64],
    /// The moment that all is as of.
    pub as_of: i64,
}

/// What a scale says of a customer.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The level; none where there is none.
    pub level: Option<usize>,
    /// What is published for the customer's group; none where nothing is.
    pub cut: Option<&'a Cut>,
}

/// A score made ready: from what its scales say, and the figures of its row, to its own figure.
pub trait Rule {
    /// Gives the scales that it reads figures on.
    fn scales(&self) -> &[Scale] {
        &[]
    }

    /// Tells whether a row has part in the cuts.
    fn counts(&self, _row: &[f64]) -> bool {
        true
    }

    /// Gives the figure that has part in the cuts of one of its scales.
    fn figure(&self, at: usize, seen: Seen) -> f64 {
        seen.row[self.scales()[at].of]
    }

    /// Computes the figure of the score; NaN where there is none. `readings` are those of its scales.
    fn score(&self, readings: &[Reading], seen: Seen) -> f64;

    /// Tells whether its columns say no more than its figure does, so that equal figures write equal columns.
    fn is_its_figure(&self) -> bool {
        true
    }

    /// Lists what it compares by itself, besides its scales, with how: the clock may change what comes of that.
    fn watches(&self) -> Vec<(usize, Compared)> {
        Vec::new()
    }

    /// Gives the columns that it makes, the first one for the score itself.
    fn columns(&self) -> Vec<RuleColumn>;

    /// Writes the columns of a figure; `unscored` is the word for none.
    fn write<'a>(&'a self, figure: f64, seen: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>);

    /// Gives the ladders that its levels are shown on.
    fn ladders(&self) -> Vec<Ladder>;

    /// Says what a figure of it is, as "level 4 of 5, high".
    fn tell(&self, figure: f64, language: Language) -> String;

    /// Says what one of its levels is called in a sentence.
    fn tell_level(&self, level: usize, language: Language) -> String {
        THE_LEVEL.fill(language, &[&level.to_string()])
    }

    /// Lists the places of a row without whose figures there is no score, besides those of its scales.
    fn needs(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Says why there is no score, where that is of the family's own: a code, and a sentence.
    fn lacks(&self, _teller: &dyn Teller) -> Option<(&'static str, String)> {
        None
    }

    /// Accounts for the figure where it is more than levels: what came from where.
    fn account(&self, _figure: f64, _teller: &dyn Teller) -> Option<Account> {
        None
    }

    /// Gives what an explanation takes it apart into; one that is a single scale is that.
    fn parts(&self) -> Vec<Part> {
        let parts = self.scales().iter().enumerate();
        parts
            .map(|(at, scale)| Part { key: scale.suffix.clone(), called: None, made: Made::Scale(at) })
            .collect()
    }
}

/// What something is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Compared {
    /// These values.
    Values(Vec<f64>),
    /// Anything: whatever it becomes, the score is another.
    Anything,
}

/// What came from where.
pub struct Account {
    /// For a program: keys of the score's explanation.
    pub json: Map<String, Json>,
    /// For people: a sentence each.
    pub sentences: Vec<String>,
}

/// What a score may ask about the customer when it accounts for itself.
pub trait Teller {
    /// Gives the language of the model.
    fn language(&self) -> Language;

    /// Gives what is seen of the customer.
    fn seen(&self) -> Seen<'_>;

    /// Gives what the scales of the score say.
    fn readings(&self) -> Vec<Reading<'_>>;

    /// Names the measure or score at a place, as the document does; one of the score's own by its place there.
    fn name(&self, slot: usize) -> &str;

    /// Names it for people.
    fn title(&self, slot: usize) -> String;

    /// Gives its value to JSON.
    fn value(&self, slot: usize) -> Json;

    /// Says its value.
    fn say(&self, slot: usize) -> String;

    /// Says a number.
    fn number(&self, number: f64) -> String;
}

/// A part of a score, as an explanation tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its key in an explanation.
    pub key: Cow<'static, str>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleColumn {
    /// What follows the score's name.
    pub suffix: Cow<'static, str>,
    /// Its key in an explanation.
    pub key: Cow<'static, str>,
    /// What it holds.
    pub kind: OutputKind,
}

/// What a column of a score holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// Ints.
    Whole,
    /// Decimals of up to six places.
    Decimal,
    /// Floats.
    Float,
    /// Texts.
    Text,
    /// Lists of texts.
    Texts,
}

impl RuleColumn {
    /// Makes a column of a fixed name.
    pub const fn of(suffix: &'static str, key: &'static str, kind: OutputKind) -> Self {
        Self { suffix: Cow::Borrowed(suffix), key: Cow::Borrowed(key), kind }
    }

    /// Tells whether it has a value for each level or word, and not for each customer.
    pub fn has_few_values(&self) -> bool {
        matches!(self.kind, OutputKind::Whole | OutputKind::Text)
    }
}

impl OutputKind {
    /// Gives the type of the column.
    pub fn column_type(self) -> ColumnType {
        match self {
            Self::Whole => ColumnType::int(),
            Self::Decimal => ColumnType::numeric(),
            Self::Float => ColumnType::float(),
            Self::Text => ColumnType::text(),
            Self::Texts => ColumnType::texts(),
        }
    }
}

/// The value of a column of a score.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<'a> {
    /// NULL.
    None,
    /// An int.
    Whole(i32),
    /// Millionths.
    Decimal(i64),
    /// A float.
    Float(f64),
    /// A text.
    Text(&'a str),
    /// A list of texts.
    Texts(Vec<&'a str>),
}

/// Writes millionths as a decimal without needless zeros.
pub fn decimal(millionths: i64) -> String {
    let (size, sign) = (millionths.unsigned_abs(), if millionths < 0 { "-" } else { "" });
    let whole = format!("{sign}{}", size / 1_000_000);
    match size % 1_000_000 {
        0 => whole,
        rest => format!("{whole}.{rest:06}").trim_end_matches('0').into(),
    }
}

/// The levels of a score, or of a part of it, as a legend shows them.
#[derive(Clone, Debug)]
pub struct Ladder {
    /// What follows the score's name where the ladder is spoken of.
    pub suffix: Cow<'static, str>,
    /// What follows it in the name of the column that holds the level.
    pub column: &'static str,
    /// The levels with what they are called, lowest first.
    pub levels: Vec<(i32, Option<String>)>,
    /// The scale that says where they end: the place of its score, and which of that one's scales.
    pub scale: Option<(usize, usize)>,
    /// How the level is read from the score's figure.
    pub digit: Digit,
}

impl Ladder {
    /// Finds the level that is called so; 0 where none is.
    pub fn level_called(&self, name: Option<&str>) -> i32 {
        let mut levels = self.levels.iter();
        levels.find(|(_, label)| label.as_deref() == name).map_or(0, |(level, _)| *level)
    }
}

/// How a level is read from a score's figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Digit {
    /// The figure is the level.
    Whole,
    /// It is the digit that so many units stand for.
    Of(i32),
    /// It is how many of these limits the figure reaches or passes, and one more.
    Between(Limits),
}

impl Digit {
    /// Reads the level; none where the score has none.
    pub fn level(&self, figure: f64) -> Option<i32> {
        match self {
            _ if figure.is_nan() => None,
            Self::Whole => Some(figure as i32),
            Self::Of(units) => Some(figure as i32 / units % 10),
            Self::Between(limits) => limits.level(figure),
        }
    }
}

/// The level of another score.
#[derive(Clone, Debug)]
pub struct LevelOf {
    /// The place of that score in a row.
    pub slot: usize,
    /// How its level is read from its figure.
    pub digit: Digit,
}

impl LevelOf {
    /// Gives the part that it is of a score, as an explanation tells it.
    pub fn part(&self, key: &'static str) -> Part {
        Part { key: key.into(), called: None, made: Made::Score(self.slot) }
    }

    /// Reads the level in a row; NaN where there is none.
    pub fn level(&self, row: &[f64]) -> f64 {
        self.digit.level(row[self.slot]).map_or(f64::NAN, f64::from)
    }
}

/// Gives the columns of a score that is a level with a label.
pub fn level_and_label() -> Vec<RuleColumn> {
    vec![RuleColumn::of("", "level", OutputKind::Whole), RuleColumn::of("_label", "label", OutputKind::Text)]
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

/// Gives the ladder of a scale that is the whole score at a place of the row; its level is in the column of that suffix.
pub fn ladder(scale: &Scale, slot: usize, column: &'static str) -> Ladder {
    let levels = scale.labels.iter().enumerate();
    let levels = levels.map(|(at, label)| (at as i32 + 1, Some(label.clone()))).collect();
    Ladder { suffix: scale.suffix.clone(), column, levels, scale: Some((slot, 0)), digit: Digit::Whole }
}

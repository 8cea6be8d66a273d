//! Why a customer has the scores that he has: for a program, and in sentences for people.
//!
//! Each family says in its own file what it is made of and what it calls its figures, see
//! [`Rule`](super::rule::Rule); what holds for every scale is said here.

mod condition;
mod level;
mod measure;
mod moment;
mod number;
mod part;
mod reason;
mod telling;
mod value;
pub mod words;

use super::calendar::Calendar;
use super::cuts::Cuts;
use super::document::Language;
use super::fact::Fact;
use super::plan::{Plan, Scored};
use super::rule::{Digit, Made, Output, Teller, decimal};
pub use moment::tell_period;

use moment::Detail;
use part::Stand;
use serde_json::{Map, Value as Json};
use telling::Telling;
use value::Value;

/// The longest description that stands for a name in a sentence, in characters.
const LONGEST_TITLE: usize = 60;

/// Names that people know in capitals.
const CAPITALS: [&str; 2] = ["rfm", "abc"];

/// What is told of a customer.
pub struct Told<'a> {
    /// The model.
    pub plan: &'a Plan,
    /// The name of the model.
    pub model: &'a str,
    /// The key of the customer, as a text.
    pub customer: &'a str,
    /// What each measure says of the customer, the computed ones too.
    pub facts: &'a [Fact<'a>],
    /// The value of each measure as PostgreSQL prints it, as of `scored_at`; none for NULL.
    pub shown: &'a [Option<String>],
    /// The figures of the customer, the scores computed.
    pub row: &'a [f64],
    /// The published cuts.
    pub cuts: &'a Cuts,
    /// The moment that the scores are as of.
    pub scored_at: i64,
    /// The moment at which something may change with no event.
    pub due_at: Option<i64>,
    /// The calendar of the model's zone.
    pub calendar: &'a dyn Calendar,
    /// Whether a change of the customer is not counted yet.
    pub pending: bool,
}

/// Explains the scores of a customer.
pub fn explain(told: &Told) -> Json {
    let scores = told.plan.scores.iter().enumerate();
    let explained: Vec<(String, Json, String)> = scores
        .map(|(number, score)| {
            let figure = told.figure(told.plan.score_slot(number));
            let account = score.rule.account(figure, &Telling { told, number });
            let (json, sentences) =
                account.map(|account| (account.json, account.sentences)).unwrap_or_default();
            (score.name.clone(), write(number, score, json, told), tell(number, score, sentences, told))
        })
        .collect();
    let mut lines =
        vec![words::CUSTOMER.fill(told.language(), &[told.customer, &told.tell_moment(told.scored_at)])];
    lines.extend(told.pending.then(|| words::PENDING.get(told.language())));
    lines.extend(explained.iter().map(|(_, _, line)| line.clone()));
    lines.extend(told.due_at.map(|due| words::DUE.fill(told.language(), &[&told.tell_moment(due)])));
    let scores: Map<String, Json> = explained.into_iter().map(|(name, json, _)| (name, json)).collect();
    serde_json::json!({
        "model": told.model,
        "customer": told.customer,
        "scored_at": moment::iso(told.scored_at),
        "due_at": told.due_at.map(moment::iso),
        "pending": told.pending,
        "cuts_version": told.cuts.version,
        "measures": told.measures(),
        "scores": scores,
        "text": lines.join("\n"),
    })
}

impl Told<'_> {
    /// Gives the language of the model.
    fn language(&self) -> Language {
        self.plan.document.language
    }

    /// Gives the figure at a place of the row; NaN where it has none.
    fn figure(&self, slot: usize) -> f64 {
        self.row.get(slot).copied().unwrap_or(f64::NAN)
    }

    /// Says a moment to the minute.
    fn tell_moment(&self, moment: i64) -> String {
        moment::tell(moment, Detail::Minute, self.calendar, self.language())
    }

    /// Names what stands at a place of the row.
    fn title(&self, slot: usize) -> String {
        let score =
            slot.checked_sub(self.plan.measures.len()).and_then(|number| self.plan.scores.get(number));
        match score {
            Some(score) => title(score.description.as_deref(), &score.name),
            None => Value::of(self, slot).map(|value| value.title()).unwrap_or_default(),
        }
    }

    /// Gives the level of the score at a place of the row, where it has one.
    fn level_of(&self, slot: usize) -> Option<i32> {
        let score = self.plan.scores.get(slot.checked_sub(self.plan.measures.len())?)?;
        let ladder = score.rule.ladders().into_iter().next();
        ladder.map_or(Digit::Whole, |ladder| ladder.digit).level(self.figure(slot))
    }

    /// Says the figure of the score at a place of the row.
    fn tell_score(&self, slot: usize) -> String {
        let score =
            slot.checked_sub(self.plan.measures.len()).and_then(|number| self.plan.scores.get(number));
        let figure = self.figure(slot);
        match score.filter(|_| !figure.is_nan()) {
            Some(score) => score.rule.tell(figure, self.language()),
            None => words::NO_LEVEL.get(self.language()),
        }
    }

    /// Writes the measures into JSON.
    fn measures(&self) -> Map<String, Json> {
        let named = (0..self.plan.measures.len()).filter(|slot| !self.plan.measures[*slot].is_own);
        let written = named.filter_map(|slot| {
            let value = Value::of(self, slot)?;
            let mut json = Map::new();
            json.insert("value".into(), value.json());
            let description = value.measured.measure.description();
            json.extend(description.map(|description| ("description".into(), description.into())));
            json.insert("how".into(), measure::tell(value.measured, self).into());
            Some((value.measured.name.clone(), json.into()))
        });
        written.collect()
    }
}

/// Writes a score into JSON, with the account that it gives of itself.
fn write(number: usize, score: &Scored, account: Map<String, Json>, told: &Told) -> Json {
    let figure = told.figure(told.plan.score_slot(number));
    let mut json = columns(number, told);
    let parts = score.rule.parts();
    if let [part] = &parts[..]
        && let Made::Scale(at) = part.made
    {
        if let Some(stand) = Stand::of(told, number, at) {
            stand.write(told, &mut json);
        }
    } else {
        let written = parts.iter().map(|part| {
            let mut json = Map::new();
            part::write(part, number, told, &mut json);
            (part.key.to_string(), json.into())
        });
        let written: Map<String, Json> = written.collect();
        if !written.is_empty() {
            json.insert("parts".into(), written.into());
        }
    }
    json.extend(account);
    let reason = figure.is_nan().then(|| reason::of_score(number, told)).flatten();
    part::write_reason(reason, &mut json);
    json.extend(score.description.as_deref().map(|description| ("description".into(), description.into())));
    json.into()
}

/// Writes the columns of a score into JSON.
fn columns(number: usize, told: &Told) -> Map<String, Json> {
    let mut values = Vec::new();
    told.plan.write_score(number, told.row, told.scored_at, &mut values);
    let columns = told.plan.scores[number].rule.columns().into_iter().zip(values).map(|(column, value)| {
        let value = match value {
            Output::None => Json::Null,
            Output::Whole(number) => number.into(),
            Output::Decimal(millionths) => number::value(&decimal(millionths)),
            Output::Float(number) => figure_to_json(number),
            Output::Text(text) => text.into(),
            Output::Texts(texts) => texts.into(),
        };
        (column.key.into(), value)
    });
    columns.collect()
}

/// Says a score in sentences, with the account that it gives of itself.
fn tell(number: usize, score: &Scored, account: Vec<String>, told: &Told) -> String {
    let language = told.language();
    let title = capital(&title(score.description.as_deref(), &score.name));
    let figure = told.figure(told.plan.score_slot(number));
    if figure.is_nan() {
        let none = match &score.unscored {
            Some(unscored) => words::NO_SCORE_CALLED.fill(language, &[unscored]),
            None => words::NO_SCORE.get(language),
        };
        let because = reason::of_score(number, told).map(|reason| reason.because).unwrap_or_default();
        return format!("{} {because}", words::SCORE.fill(language, &[&title, &none]));
    }
    let says = score.rule.tell(figure, language);
    let parts = score.rule.parts();
    let stands = parts.iter().filter_map(|part| match part.made {
        Made::Scale(at) => Stand::of(told, number, at),
        Made::Score(_) => None,
    });
    let stands: Vec<Stand> = stands.collect();
    let head = match stands.iter().find_map(|stand| stand.tell_group(told)) {
        Some(group) => words::SCORE_AMONG.fill(language, &[&title, &says, &group]),
        None => words::SCORE.fill(language, &[&title, &says]),
    };
    let rest: Vec<String> = match (&parts[..], stands.first()) {
        ([_], Some(stand)) => stand.level().map(|level| level.tell(told)).into_iter().collect(),
        _ => parts.iter().map(|part| part::tell(part, number, told)).collect(),
    };
    [head]
        .into_iter()
        .chain(rest)
        .chain(account)
        .filter(|sentence| !sentence.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Names a measure or a score for people: by the first clause of its description, if that is short, or by its name.
fn title(description: Option<&str>, name: &str) -> String {
    let ends = [": ", " :", "\u{a0}:", ";", " ;", "\u{a0};", ". ", " (", "\n"];
    let clause = description.map(|description| {
        let end = ends.iter().filter_map(|end| description.find(end)).min().unwrap_or(description.len());
        description[..end].trim().trim_end_matches(['.', ':', ';'])
    });
    match clause.filter(|clause| !clause.is_empty() && clause.chars().count() <= LONGEST_TITLE) {
        Some(clause) => clause.into(),
        None if CAPITALS.contains(&name) => name.to_uppercase(),
        None => name.replace('_', " "),
    }
}

/// Says that a score has nothing for the value at a place of the row, which is there.
pub fn unseen(slot: usize, teller: &dyn Teller) -> (&'static str, String) {
    let language = teller.language();
    let title = words::QUOTED.fill(language, &[&teller.title(slot)]);
    ("unseen", words::UNSEEN.fill(language, &[&title, &teller.say(slot)]))
}

/// Says a figure of a score, rounded to what is worth reading.
pub fn tell_figure(figure: f64, language: Language) -> String {
    number::localize(&number::write(figure, None, &[]).0, language)
}

/// Gives a figure to JSON; an infinite one is a text.
pub fn figure_to_json(figure: f64) -> Json {
    number::value(&crate::score::shown(figure))
}

/// Begins a sentence with a capital letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

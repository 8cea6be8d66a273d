//! `matrix`: a word for each pair of levels of two scores, as A1 to C3 for fit and engagement.

use super::Kind;
use crate::error::Error;
use crate::model::document::Language;
use crate::model::naming::Naming;
use crate::model::place::{Place, quoted};
use crate::model::rule::{Digit, Ladder, LevelOf, Output, OutputKind, Part, Reading, Rule, RuleColumn, Seen};
use crate::model::scope::{LEVELS, Scope, Sort, Use};
use crate::model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

/// A word for each pair of levels of two scores.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Matrix {
    /// The score whose levels are the rows.
    pub rows: Text,
    /// The score whose levels are the columns.
    pub columns: Text,
    /// The words: a list for each level of the rows, lowest first, with a word for each level of the columns, lowest first.
    #[schemars(required, length(min = 1), inner(length(min = 1)))]
    pub labels: Option<Vec<Vec<Text>>>,
}

impl Matrix {
    /// Gives the cells row by row, from the best to the lowest, as they are read from the end.
    fn cells(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().flatten().rev().flat_map(|row| row.iter().rev()).map(|word| &**word)
    }

    /// Gives the different words, best first.
    fn words(&self) -> Vec<&str> {
        self.cells().collect::<indexmap::IndexSet<&str>>().into_iter().collect()
    }
}

impl Kind for Matrix {
    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let used = |key, name| Use { place: place.key(key), name, wanted: &LEVELS };
        vec![used("rows", &*self.rows), used("columns", &*self.columns)]
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        let levels = |name: &str| scope.sort(name).and_then(Sort::levels).unwrap_or_default();
        let (rows, columns) = (levels(&self.rows), levels(&self.columns));
        let hint = format!(
            "Give a list for each of the {rows} levels of {}, lowest first, each with a word for each of the {columns} levels of {}.",
            quoted(&self.rows),
            quoted(&self.columns)
        );
        let Some(labels) = &self.labels else {
            return Err(place.refuse("needs the key \"labels\"").hint(hint));
        };
        let place = place.key("labels");
        if labels.len() != rows {
            let refusal = format!(
                "must be {rows} lists, one for each level of {}, got {}",
                quoted(&self.rows),
                labels.len()
            );
            return Err(place.refuse(refusal).hint(hint));
        }
        match labels.iter().position(|row| row.len() != columns) {
            None => Ok(()),
            Some(at) => {
                let (of, got) = (quoted(&self.columns), labels[at].len());
                let refusal = format!("must be {columns} words, one for each level of {of}, got {got}");
                Err(place.item(at).refuse(refusal).hint(hint))
            }
        }
    }

    fn sort(&self) -> Sort {
        Sort::Words(self.words().len())
    }

    fn classes(&self) -> Option<Vec<&str>> {
        Some(self.words())
    }

    fn suffixes(&self) -> Vec<Cow<'static, str>> {
        vec!["".into()]
    }

    fn rule(&self, _: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let words = self.words();
        let figure = |word: &Text| {
            let at = words.iter().position(|known| **known == **word).unwrap_or_default();
            (words.len() - at) as f64
        };
        let figures = self.labels.iter().flatten().map(|row| row.iter().map(figure).collect());
        Ok(Box::new(Crossed {
            rows: names.level_of(&self.rows),
            columns: names.level_of(&self.columns),
            figures: figures.collect(),
            words: words.iter().rev().map(|word| (*word).into()).collect(),
        }))
    }
}

/// A score that is a word for two levels, made ready; its figure is the number of the word, the best the highest.
struct Crossed {
    rows: LevelOf,
    columns: LevelOf,
    /// The figures: a list for each level of the rows, with one for each level of the columns.
    figures: Vec<Vec<f64>>,
    /// The different words, lowest first.
    words: Vec<String>,
}

impl Crossed {
    /// Finds the word of a figure; none where there is none.
    fn word(&self, figure: f64) -> Option<&str> {
        self.words.get((figure as usize).checked_sub(1)?).map(String::as_str)
    }
}

impl Rule for Crossed {
    fn score(&self, _: &[Reading], seen: Seen) -> f64 {
        let [row, column] =
            [&self.rows, &self.columns].map(|of| (of.level(seen.row) as usize).checked_sub(1));
        let figure = row.and_then(|row| self.figures.get(row)).zip(column);
        figure.and_then(|(row, column)| row.get(column)).copied().unwrap_or(f64::NAN)
    }

    fn columns(&self) -> Vec<RuleColumn> {
        vec![RuleColumn::of("", "label", OutputKind::Text)]
    }

    fn write<'a>(&'a self, figure: f64, _: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        to.push(self.word(figure).or(unscored).map_or(Output::None, Output::Text));
    }

    fn ladders(&self) -> Vec<Ladder> {
        let levels = (1..).zip(&self.words).map(|(level, word)| (level, Some(word.clone())));
        vec![Ladder {
            suffix: "".into(),
            column: "",
            levels: levels.collect(),
            scale: None,
            digit: Digit::Whole,
        }]
    }

    fn tell(&self, figure: f64, _: Language) -> String {
        self.word(figure).unwrap_or_default().into()
    }

    fn parts(&self) -> Vec<Part> {
        vec![self.rows.part("rows"), self.columns.part("columns")]
    }
}

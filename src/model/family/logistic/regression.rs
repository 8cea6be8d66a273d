//! A logistic regression made ready: the probability of a customer, and what it comes from.

use crate::model::document::Language;
use crate::model::explain::{capital, figure_to_json, tell_figure, unseen};
use crate::model::family::grades::Graded;
use crate::model::language::Words;
use crate::model::rule::{
    Account, Compared, Ladder, Output, OutputKind, Reading, Rule, RuleColumn, Seen, Teller,
};
use crate::model::scale::Scale;
use crate::score::logistic::probability;
use serde_json::{Map, Value as Json};

/// A logistic regression made ready.
pub struct Regression {
    /// The log odds where nothing adds to them.
    pub intercept: f64,
    /// What adds to them.
    pub variables: Vec<Variable>,
    /// The levels.
    pub grades: Graded,
}

/// A variable made ready.
pub struct Variable {
    /// The place of the figure.
    pub of: usize,
    /// What the figure does.
    pub effect: Effect,
    /// What a missing value adds; none where there is no score without a value.
    pub missing: Option<f64>,
}

/// What a figure does to the log odds.
pub enum Effect {
    /// It is multiplied.
    Number(f64),
    /// Each adds something.
    Values {
        /// The figures, ascending, with what they add.
        known: Vec<(f64, f64)>,
        /// What others add.
        otherwise: f64,
    },
}

/// The most that one variable adds, so that a sum of them is finite.
const MOST: f64 = 1e300;

impl Variable {
    /// Gives what the variable adds to the log odds; NaN where it has nothing for the figure.
    #[inline]
    fn adds(&self, row: &[f64]) -> f64 {
        let figure = row[self.of];
        match &self.effect {
            _ if figure.is_nan() => self.missing.unwrap_or(f64::NAN),
            Effect::Number(_) if figure.is_infinite() => f64::NAN,
            Effect::Number(coefficient) => 0.0 + (coefficient * figure).clamp(-MOST, MOST),
            Effect::Values { known, otherwise } => {
                let at = known.binary_search_by(|(known, _)| known.total_cmp(&figure));
                at.map_or(*otherwise, |at| known[at].1)
            }
        }
    }
}

impl Regression {
    /// Gives the log odds; NaN where there are none.
    fn log_odds(&self, row: &[f64]) -> f64 {
        self.variables.iter().fold(self.intercept, |sum, variable| sum + variable.adds(row))
    }
}

/// What a figure is called.
const PROBABILITY: Words = Words { en: "probability {0}%", fr: "probabilité {0} %" };
/// What the probability comes from.
const ODDS: Words = Words {
    en: "The odds are {0} to 1, the log odds {1}, of which {2} to begin with.",
    fr: "La cote est de {0} contre 1, son logarithme {1}, dont {2} au départ.",
};
/// What a value adds.
const ADDS: Words = Words { en: "{0} ({1}): {2}.", fr: "{0} ({1}) : {2}." };

impl Rule for Regression {
    fn scales(&self) -> &[Scale] {
        self.grades.scales()
    }

    fn score(&self, _: &[Reading], seen: Seen) -> f64 {
        probability(self.log_odds(seen.row))
    }

    fn watches(&self) -> Vec<(usize, Compared)> {
        self.variables.iter().map(|variable| (variable.of, Compared::Anything)).collect()
    }

    fn columns(&self) -> Vec<RuleColumn> {
        let whole = RuleColumn::of("", "probability", OutputKind::Float);
        self.grades.columns([whole])
    }

    fn write<'a>(&'a self, figure: f64, _: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        self.grades.write_float(figure, unscored, to);
    }

    fn ladders(&self) -> Vec<Ladder> {
        self.grades.ladders()
    }

    fn tell(&self, figure: f64, language: Language) -> String {
        let percent = tell_figure(figure * 100.0, language);
        self.grades.tell(&PROBABILITY.fill(language, &[&percent]), figure, language)
    }

    fn needs(&self) -> Vec<usize> {
        let needed = self.variables.iter().filter(|variable| variable.missing.is_none());
        needed.map(|variable| variable.of).collect()
    }

    fn lacks(&self, teller: &dyn Teller) -> Option<(&'static str, String)> {
        let row = teller.seen().row;
        let variable = self.variables.iter().find(|variable| variable.adds(row).is_nan())?;
        Some(unseen(variable.of, teller))
    }

    fn account(&self, figure: f64, teller: &dyn Teller) -> Option<Account> {
        if figure.is_nan() {
            return None;
        }
        let (row, language) = (teller.seen().row, teller.language());
        let mut variables: Vec<(&Variable, f64)> =
            self.variables.iter().map(|variable| (variable, variable.adds(row))).collect();
        variables.sort_by(|(_, one), (_, other)| other.abs().total_cmp(&one.abs()));
        let contribution = |(variable, adds): &(&Variable, f64)| {
            let mut told = Map::new();
            told.insert("of".into(), teller.name(variable.of).into());
            told.insert("value".into(), teller.value(variable.of));
            if let Effect::Number(coefficient) = variable.effect {
                told.insert("coefficient".into(), figure_to_json(coefficient));
            }
            told.insert("contribution".into(), figure_to_json(*adds));
            Json::Object(told)
        };
        let log_odds = self.log_odds(row);
        let mut told = Map::new();
        told.insert("odds".into(), figure_to_json(log_odds.exp()));
        told.insert("log_odds".into(), figure_to_json(log_odds));
        told.insert("intercept".into(), figure_to_json(self.intercept));
        told.insert("contributions".into(), variables.iter().map(contribution).collect());
        let say = |number: f64| tell_figure(number, language);
        let odds = ODDS.fill(language, &[&say(log_odds.exp()), &say(log_odds), &say(self.intercept)]);
        let adding = variables.iter().filter(|(_, adds)| *adds != 0.0).map(|(variable, adds)| {
            let sign = if *adds > 0.0 { "+" } else { "" };
            let title = capital(&teller.title(variable.of));
            ADDS.fill(language, &[&title, &teller.say(variable.of), &format!("{sign}{}", say(*adds))])
        });
        Some(Account { json: told, sentences: [odds].into_iter().chain(adding).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a variable at a place of the row.
    fn variable(of: usize, effect: Effect, missing: Option<f64>) -> Variable {
        Variable { of, effect, missing }
    }

    #[test]
    fn each_variable_adds_what_its_coefficient_makes_of_the_figure() {
        let number = variable(0, Effect::Number(-0.5), None);
        assert_eq!((number.adds(&[3.0]), number.adds(&[0.0]).is_sign_positive()), (-1.5, true));
        assert!(number.adds(&[f64::NAN]).is_nan() && number.adds(&[f64::INFINITY]).is_nan());
        let known = vec![(0.0, 0.4), (2.0, -0.1)];
        let values = variable(0, Effect::Values { known, otherwise: 0.2 }, Some(7.0));
        let added = [0.0, 1.0, 2.0, -1.0, f64::NAN].map(|figure| values.adds(&[figure]));
        assert_eq!(added, [0.4, 0.2, -0.1, 0.2, 7.0]);
    }

    #[test]
    fn sums_are_finite_and_the_ends_are_certain() {
        let huge = |of, coefficient| variable(of, Effect::Number(coefficient), None);
        assert_eq!(huge(0, 1e300).adds(&[1e300]) + huge(0, -1e300).adds(&[1e300]), 0.0);
        assert_eq!((probability(1e301), probability(-1e301)), (1.0, 0.0));
        assert_eq!((probability(0.0), probability(-700.0) > 0.0), (0.5, true));
    }
}

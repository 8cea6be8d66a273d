//! `delta`: the gap between two levels, as of pressure over value.

use super::Kind;
use crate::error::Error;
use crate::model::document::Language;
use crate::model::language::states;
use crate::model::naming::Naming;
use crate::model::place::Place;
use crate::model::rule::{Digit, Ladder, LevelOf, Output, OutputKind, Part, Reading, Rule, RuleColumn, Seen};
use crate::model::scope::{LEVELS, Scope, Sort, Use};
use crate::model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

/// The gap between the levels of two scores: above 0 is over, below 0 is under.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Delta {
    /// The score whose level is taken, as pressure.
    pub of: Text,
    /// The score whose level is subtracted, as value.
    pub minus: Text,
    /// The largest gap that is still balanced.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub tolerance: i32,
    /// The names of the three states.
    pub labels: Option<States>,
}

/// The names of the states of a gap.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct States {
    /// The gap is above the tolerance.
    pub over: Text,
    /// The gap is within the tolerance.
    pub balanced: Text,
    /// The gap is below the tolerance.
    pub under: Text,
}

impl Kind for Delta {
    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let used = |key, name| Use { place: place.key(key), name, wanted: &LEVELS };
        vec![used("of", &self.of), used("minus", &self.minus)]
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        if self.tolerance < 0 {
            return Err(place
                .key("tolerance")
                .refuse(format!("must not be negative, got {}", self.tolerance))
                .hint("0 calls every gap a gap; 1 lets one level pass as balanced."));
        }
        let levels = |name| scope.sort(name).and_then(Sort::levels).unwrap_or(0);
        match (levels(&self.of), levels(&self.minus)) {
            (of, minus) if of == minus => Ok(()),
            (of, minus) => Err(place
                .key("minus")
                .refuse(format!(
                    "must have {of} levels, as \"{}\" has; \"{}\" has {minus}",
                    self.of, self.minus
                ))
                .hint("Cut both scores in the same number of levels.")),
        }
    }

    fn sort(&self) -> Sort {
        Sort::Gap
    }

    fn suffixes(&self) -> Vec<Cow<'static, str>> {
        ["", "_label"].map(Cow::from).to_vec()
    }
    fn rule(&self, _: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let usual = states(names.language()).map(String::from);
        let given =
            |states: &States| [&states.over, &states.balanced, &states.under].map(|state| state.to_string());
        Ok(Box::new(Gap {
            of: names.level_of(&self.of),
            minus: names.level_of(&self.minus),
            tolerance: self.tolerance,
            most: names.sort(&self.of).and_then(Sort::levels).unwrap_or(1) as i32 - 1,
            states: self.labels.as_ref().map_or(usual, given),
        }))
    }
}

/// A score that is the gap between two levels.
struct Gap {
    of: LevelOf,
    minus: LevelOf,
    tolerance: i32,
    /// The widest gap there can be.
    most: i32,
    /// Over, balanced, under.
    states: [String; 3],
}

impl Gap {
    /// Names the state of a gap.
    fn state(&self, gap: i32) -> &str {
        match gap {
            gap if gap > self.tolerance => &self.states[0],
            gap if gap < -self.tolerance => &self.states[2],
            _ => &self.states[1],
        }
    }
}

impl Rule for Gap {
    fn score(&self, _: &[Reading], seen: Seen) -> f64 {
        self.of.level(seen.row) - self.minus.level(seen.row)
    }

    fn columns(&self) -> Vec<RuleColumn> {
        vec![
            RuleColumn::of("", "difference", OutputKind::Whole),
            RuleColumn::of("_label", "state", OutputKind::Text),
        ]
    }

    fn write<'a>(&'a self, figure: f64, _: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        match Digit::Whole.level(figure) {
            None => to.extend([Output::None, unscored.map_or(Output::None, Output::Text)]),
            Some(gap) => to.extend([Output::Whole(gap), Output::Text(self.state(gap))]),
        }
    }

    fn ladders(&self) -> Vec<Ladder> {
        let levels = (-self.most..=self.most).map(|gap| (gap, Some(self.state(gap).to_string())));
        vec![Ladder {
            suffix: "".into(),
            column: "",
            levels: levels.collect(),
            scale: None,
            digit: Digit::Whole,
        }]
    }

    fn tell(&self, figure: f64, _: Language) -> String {
        let gap = Digit::Whole.level(figure).unwrap_or_default();
        format!("{gap}, {}", self.state(gap))
    }

    fn parts(&self) -> Vec<Part> {
        vec![self.of.part("of"), self.minus.part("minus")]
    }
}

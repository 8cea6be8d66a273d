//! `abc`: classes of the few that matter most, the middle, the many.

use super::quantile::Negatives;
use super::{Kind, Order, groups};
use crate::error::Error;
use crate::model::document::Language;
use crate::model::language::Words;
use crate::model::naming::Naming;
use crate::model::place::Place;
use crate::model::rule::{Digit, Ladder, Output, OutputKind, Reading, Rule, RuleColumn, Seen, ladder};
use crate::model::scale;
use crate::model::scope::{FIGURE, Scope, Sort, Use};
use crate::model::text::{Text, Texts};
use crate::score::abc::{Limits, Strategy, USUAL_SHARES};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

/// The names of three classes.
const USUAL_CLASSES: [&str; 3] = ["A", "B", "C"];

/// Classes of the few that matter most, the middle and the many.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Abc {
    /// The measure.
    pub of: Text,
    /// The share of each class, best first, of the heads or of the total.
    #[schemars(length(min = 1))]
    pub shares: Option<Vec<f64>>,
    /// The limit of each class but the lowest, best first: numbers of heads, or values.
    #[schemars(length(min = 1))]
    pub limits: Option<Vec<f64>>,
    /// What the shares or limits count; shares are of heads where it is left out.
    pub strategy: Option<Strategy>,
    /// The names of the classes, best first; A, B and C where there are three.
    pub classes: Option<Vec<Text>>,
    /// The attribute, or several, whose values part the customers into groups with cuts of their own.
    pub within: Option<Texts>,
}

impl Abc {
    /// Gives the limits of the classes: the author's, or the usual ones.
    pub fn limits(&self) -> Result<Limits, Error> {
        match (&self.shares, &self.limits) {
            (None, None) => Limits::new(Strategy::CountPercent, &USUAL_SHARES),
            (Some(shares), _) => Limits::new(self.strategy.unwrap_or(Strategy::CountPercent), shares),
            (None, Some(limits)) => Limits::new(self.strategy.unwrap_or(Strategy::KeyFigureAbsolute), limits),
        }
    }

    /// Counts the classes.
    fn count(&self) -> usize {
        match (&self.shares, &self.limits) {
            (None, None) => USUAL_SHARES.len(),
            (Some(shares), _) => shares.len(),
            (None, Some(limits)) => limits.len() + 1,
        }
    }

    /// Refuses shares or limits that do not go with the strategy.
    fn check_strategy(&self, place: &Place) -> Result<(), Error> {
        let percent = "\"count_percent\" and \"key_figure_percent\" take \"shares\".";
        let absolute = "\"count_absolute\" and \"key_figure_absolute\" take \"limits\".";
        let is_percent = self.strategy.is_none_or(Strategy::is_percent);
        match (&self.shares, &self.limits) {
            (Some(_), Some(_)) => {
                let hint = format!("{percent} {absolute}");
                Err(place.key("limits").complain("shares and limits do not go together").hint(hint))
            }
            (Some(_), None) if !is_percent => {
                Err(place.key("shares").complain("shares do not go with an absolute strategy").hint(absolute))
            }
            (None, Some(_)) if self.strategy.is_none() => {
                let hint = "Add \"strategy\": \"count_absolute\" or \"key_figure_absolute\".";
                Err(place.key("limits").complain("limits need a strategy").hint(hint))
            }
            (None, Some(_)) if is_percent => {
                Err(place.key("limits").complain("limits do not go with a strategy of shares").hint(percent))
            }
            (None, None) if !is_percent => Err(place.refuse("needs the key \"limits\"").hint(absolute)),
            (None, None) if self.strategy == Some(Strategy::KeyFigurePercent) => Err(place
                .refuse("needs the key \"shares\"")
                .hint("Add for instance \"shares\": [0.8, 0.15, 0.05].")),
            _ => Ok(()),
        }
    }

    /// Refuses shares or limits that are not what the strategy counts.
    fn check_limits(&self, place: &Place) -> Result<(), Error> {
        let key = if self.limits.is_some() { "limits" } else { "shares" };
        if self.limits.as_ref().or(self.shares.as_ref()).is_some_and(Vec::is_empty) {
            let hint = "Give a share for each class, or the limit of each but the lowest, best class first.";
            return Err(place.key(key).refuse("must not be an empty list").hint(hint));
        }
        let Err(error) = self.limits() else { return Ok(()) };
        let detail = error.sentences().0.unwrap_or_default().trim_end_matches('.').to_lowercase();
        let hint = match key {
            "shares" => "Give one share for each class, best class first, as [0.2, 0.6, 0.2].",
            _ => "Give one limit for each class but the lowest, best class first; values descend.",
        };
        Err(place.key(key).complain(format!("{error}: {detail}")).because(error.fault()).hint(hint))
    }

    /// Refuses names that are not one for each class.
    fn check_classes(&self, place: &Place) -> Result<(), Error> {
        let count = self.count();
        let Some(classes) = &self.classes else {
            return match count == USUAL_CLASSES.len() {
                true => Ok(()),
                false => Err(place
                    .refuse(format!("needs the key \"classes\", since it has {count} classes"))
                    .hint("Name each class, best first; only three are called A, B and C by themselves.")),
            };
        };
        let place = place.key("classes");
        if classes.len() != count {
            let refusal = format!("must be {count}, got {}", classes.len());
            return Err(place.refuse(refusal).hint("Name each class, best first."));
        }
        match (1..count).find(|at| classes[..*at].contains(&classes[*at])) {
            None => Ok(()),
            Some(at) => Err(place
                .item(at)
                .refuse(format!("is given twice, got \"{}\"", classes[at]))
                .hint("Give each class a name of its own.")),
        }
    }
}

impl Kind for Abc {
    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let mut uses = vec![Use { place: place.key("of"), name: &self.of, wanted: &FIGURE }];
        uses.extend(groups(&self.within, place));
        uses
    }

    fn check(&self, place: &Place, _: &Scope) -> Result<(), Error> {
        self.check_strategy(place)?;
        self.check_limits(place)?;
        self.check_classes(place)
    }

    fn sort(&self) -> Sort {
        Sort::Classes(self.count())
    }

    fn suffixes(&self) -> Vec<Cow<'static, str>> {
        ["", "_level"].map(Cow::from).to_vec()
    }

    fn classes(&self) -> Option<Vec<&str>> {
        Some(match &self.classes {
            Some(classes) => classes.iter().map(|class| &**class).collect(),
            None => USUAL_CLASSES.to_vec(),
        })
    }
    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let limits = self.limits()?;
        let best_first = self.classes().unwrap_or_default();
        let scale = scale::Scale {
            suffix: "".into(),
            of: names.slot(&self.of),
            half_life: names.half_life(&self.of),
            levels: self.count(),
            limits: limits.given().map_or(scale::Limits::Classes(limits), scale::Limits::AtLeast),
            negatives: Negatives::Rank,
            order: Order::Ascending,
            grouping: names.grouping(&self.within),
            labels: best_first.iter().rev().map(|class| (*class).to_string()).collect(),
        };
        Ok(Box::new(Classed { slot, scale }))
    }
}

/// A score that is the class of one scale.
struct Classed {
    slot: usize,
    scale: scale::Scale,
}

/// What a class is called in a sentence.
const CLASS: Words = Words { en: "class {0}", fr: "la classe {0}" };
/// A class, and which there are.
const CLASS_OF: Words = Words { en: "class {0} of {1}", fr: "classe {0} sur {1}" };

impl Classed {
    /// Names the class of a level.
    fn class(&self, level: i32) -> Option<&str> {
        let at = usize::try_from(level).ok()?.checked_sub(1)?;
        self.scale.labels.get(at).map(String::as_str)
    }
}

impl Rule for Classed {
    fn scales(&self) -> &[scale::Scale] {
        std::slice::from_ref(&self.scale)
    }

    fn score(&self, readings: &[Reading], _: Seen) -> f64 {
        readings[0].level.map_or(f64::NAN, |level| level as f64)
    }

    fn columns(&self) -> Vec<RuleColumn> {
        vec![
            RuleColumn::of("", "class", OutputKind::Text),
            RuleColumn::of("_level", "level", OutputKind::Whole),
        ]
    }

    fn write<'a>(&'a self, figure: f64, _: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        match Digit::Whole.level(figure) {
            None => to.extend([unscored.map_or(Output::None, Output::Text), Output::None]),
            Some(level) => {
                to.extend([self.class(level).map_or(Output::None, Output::Text), Output::Whole(level)]);
            }
        }
    }

    fn ladders(&self) -> Vec<Ladder> {
        vec![ladder(&self.scale, self.slot, "_level")]
    }

    fn tell(&self, figure: f64, language: Language) -> String {
        let classes: Vec<&str> = self.scale.labels.iter().rev().map(String::as_str).collect();
        let class = Digit::Whole.level(figure).and_then(|level| self.class(level)).unwrap_or_default();
        CLASS_OF.fill(language, &[class, &classes.join(", ")])
    }

    fn tell_level(&self, level: usize, language: Language) -> String {
        let class = i32::try_from(level).ok().and_then(|level| self.class(level));
        CLASS.fill(language, &[class.unwrap_or_default()])
    }
}

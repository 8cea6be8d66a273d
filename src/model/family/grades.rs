//! Levels of a score that is a number: where they end, and what they are called.

use super::quantile::Negatives;
use super::{Order, check_labels, labels};
use crate::error::Error;
use crate::model::document::Language;
use crate::model::naming::Naming;
use crate::model::place::Place;
use crate::model::rule::{Digit, Ladder, Output, OutputKind, RuleColumn, ladder, tell_level_of};
use crate::model::scale::{Limits, Scale};
use crate::model::text::Text;
use crate::score::quantile::MOST_BINS;
use std::borrow::Cow;

/// The keys of levels, as a family has them.
#[derive(Clone, Copy)]
pub struct Grades<'a> {
    /// The limits that a value must reach.
    pub at_least: &'a Option<Vec<f64>>,
    /// The limits that a value must pass.
    pub above: &'a Option<Vec<f64>>,
    /// The names of the levels, lowest first.
    pub labels: &'a Option<Vec<Text>>,
}

impl Grades<'_> {
    /// Is no levels.
    pub const NONE: Self = Self { at_least: &None, above: &None, labels: &None };

    /// Gives the limits, where there are any.
    pub fn limits(self) -> Option<Limits> {
        let at_least = self.at_least.clone().map(Limits::AtLeast);
        at_least.or_else(|| self.above.clone().map(Limits::Above))
    }

    /// Counts the levels, where there are any.
    pub fn levels(self) -> Option<usize> {
        self.at_least.as_ref().or(self.above.as_ref()).map(|limits| limits.len() + 1)
    }

    /// Gives what follows the score's name in its columns, and these of its levels.
    pub fn suffixes(self, own: &[&'static str]) -> Vec<Cow<'static, str>> {
        let levels: &[&'static str] = if self.levels().is_some() { &["_level", "_label"] } else { &[] };
        own.iter().chain(levels).map(|suffix| Cow::Borrowed(*suffix)).collect()
    }

    /// Refuses limits that are given twice, or are none, and labels that do not fit them.
    pub fn check(self, place: &Place) -> Result<(), Error> {
        let hint = "Give the limits in \"at_least\", or in \"above\" where a value equal to a limit does not reach it.";
        match (self.at_least, self.above, self.labels) {
            (Some(_), Some(_), _) => {
                Err(place.key("above").complain("the limits are both in at_least and in above").hint(hint))
            }
            (None, None, Some(_)) => {
                Err(place.key("labels").complain("labels are of levels, and there are none").hint(hint))
            }
            (None, None, None) => Ok(()),
            (Some(limits), None, _) => self.check_limits(limits, &place.key("at_least"), place),
            (None, Some(limits), _) => self.check_limits(limits, &place.key("above"), place),
        }
    }

    /// Refuses limits that are none, too many, or do not ascend.
    fn check_limits(self, limits: &[f64], here: &Place, place: &Place) -> Result<(), Error> {
        if limits.is_empty() || limits.len() >= MOST_BINS as usize {
            let refusal = format!("must have 1 to {} limits, got {}", MOST_BINS - 1, limits.len());
            return Err(here.refuse(refusal).hint("Give one limit fewer than there are levels."));
        }
        match limits.windows(2).position(|pair| pair[0] >= pair[1]) {
            None => check_labels(self.labels, limits.len() + 1, place),
            Some(before) => Err(here
                .item(before + 1)
                .refuse(format!(
                    "must be above the limit before it, {}, got {}",
                    limits[before],
                    limits[before + 1]
                ))
                .hint("Give the limits in ascending order.")),
        }
    }

    /// Makes the levels ready, of the score at a place of the row.
    pub fn ready(self, slot: usize, names: &Naming) -> Graded {
        let scale = self.limits().map(|limits| {
            let levels = self.levels().unwrap_or_default();
            Scale {
                suffix: "".into(),
                of: slot,
                half_life: None,
                levels,
                limits,
                negatives: Negatives::Rank,
                order: Order::Ascending,
                grouping: None,
                labels: labels(self.labels, levels, names),
            }
        });
        Graded { slot, scale }
    }
}

/// The levels of a score that is a number, made ready; none where it has none.
pub struct Graded {
    slot: usize,
    scale: Option<Scale>,
}

impl Graded {
    /// Gives the scales of a score that has no others.
    pub fn scales(&self) -> &[Scale] {
        self.scale.as_slice()
    }

    /// Gives the columns, after the score's own.
    pub fn columns(&self, own: impl IntoIterator<Item = RuleColumn>) -> Vec<RuleColumn> {
        let columns = [
            RuleColumn::of("_level", "level", OutputKind::Whole),
            RuleColumn::of("_label", "label", OutputKind::Text),
        ];
        own.into_iter().chain(columns.into_iter().filter(|_| self.scale.is_some())).collect()
    }

    /// Reads the level of a figure.
    pub fn level(&self, figure: f64) -> Option<i32> {
        self.scale.as_ref()?.limits.level(figure)
    }

    /// Names a level.
    fn label(&self, level: Option<i32>) -> Option<&str> {
        let at = usize::try_from(level?).ok()?.checked_sub(1)?;
        self.scale.as_ref()?.labels.get(at).map(String::as_str)
    }

    /// Writes the columns of a figure.
    pub fn write<'a>(&'a self, figure: f64, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        if self.scale.is_none() {
            return;
        }
        let level = self.level(figure);
        to.push(level.map_or(Output::None, Output::Whole));
        let label = if level.is_some() { self.label(level) } else { unscored };
        to.push(label.map_or(Output::None, Output::Text));
    }

    /// Writes a figure that is a float, and these columns of it.
    pub fn write_float<'a>(&'a self, figure: f64, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        to.push(if figure.is_nan() { Output::None } else { Output::Float(figure) });
        self.write(figure, unscored, to);
    }

    /// Gives the ladder.
    pub fn ladders(&self) -> Vec<Ladder> {
        let ladder = self.scale.as_ref().map(|scale| Ladder {
            digit: Digit::Between(scale.limits.clone()),
            ..ladder(scale, self.slot, "_level")
        });
        ladder.into_iter().collect()
    }

    /// Says what a figure is, which is called so: itself, and its level where there are levels.
    pub fn tell(&self, called: &str, figure: f64, language: Language) -> String {
        match (&self.scale, self.level(figure)) {
            (Some(scale), Some(level)) => {
                let level = tell_level_of(f64::from(level), scale.levels, &scale.labels, language);
                format!("{called}, {level}")
            }
            _ => called.into(),
        }
    }
}

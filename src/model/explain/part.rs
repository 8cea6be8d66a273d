//! The parts of a score: each is a level on a scale, or another score.

use super::level::Level;
use super::reason::{self, Reason};
use super::value::Value;
use super::{Told, condition, words};
use crate::model::family::quantile::Negatives;
use crate::model::rule::{Made, Part, Rule};
use crate::model::scale::{Missing, Scale};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// Where the customer stands on a scale.
pub struct Stand<'a> {
    rule: &'a dyn Rule,
    scale: &'a Scale,
    /// Whether the customer fulfils the condition of the score.
    is_for: bool,
    /// The value.
    pub value: Value<'a>,
    /// The figure of the value; NaN where there is none.
    pub figure: f64,
    /// The limits in the customer's group, or why there are none.
    pub limits: Result<Cow<'a, [f64]>, Missing>,
}

impl<'a> Stand<'a> {
    /// Looks up where the customer stands on a scale of a score.
    pub fn of(told: &'a Told<'a>, number: usize, at: usize) -> Option<Self> {
        let score = told.plan.scores.get(number)?;
        let scale = score.rule.scales().get(at)?;
        let group = scale.grouping.map_or(0, |grouping| told.figure(told.plan.group_slot(grouping)) as usize);
        let limits = told.cuts.limits((number, at), scale, group, told.scored_at);
        let (value, figure) = (Value::of(told, scale.of)?, told.figure(scale.of));
        let is_for = score.is_for(told.row, told.scored_at);
        Some(Self { rule: &*score.rule, scale, is_for, value, figure, limits })
    }

    /// Finds the level; none where there is none.
    pub fn level(&self) -> Option<Level<'_>> {
        let limits = self.limits.as_deref().ok();
        let level = match limits {
            _ if !self.is_for => None,
            Some(limits) => self.scale.level(self.figure, limits),
            None => self.scale.level_without_limits(self.figure),
        }?;
        Some(Level { rule: self.rule, scale: self.scale, value: &self.value, limits, level })
    }

    /// Gives the number of levels.
    pub fn levels(&self) -> usize {
        self.scale.levels
    }

    /// Writes what the customer's group is made of into JSON.
    fn write_group(&self, told: &Told, json: &mut Map<String, Json>) {
        let Some(grouping) = self.scale.grouping.and_then(|grouping| told.plan.groupings.get(grouping))
        else {
            return;
        };
        let shown = |slot: &usize| told.shown.get(*slot).cloned().flatten().map_or(Json::Null, Json::String);
        let group: Map<String, Json> =
            grouping.iter().map(|slot| (told.plan.name(*slot).into(), shown(slot))).collect();
        json.insert("group".into(), group.into());
    }

    /// Writes the value and where it stands into JSON.
    pub fn write(&self, told: &Told, json: &mut Map<String, Json>) {
        json.insert("of".into(), self.value.measured.name.clone().into());
        json.insert("value".into(), self.value.json());
        self.write_group(told, json);
        if let Some(level) = self.level() {
            level.write(json);
        }
    }

    /// Tells whether the value is below 0 and left out for that.
    pub fn is_excluded(&self) -> bool {
        self.scale.negatives == Negatives::Exclude && self.figure < 0.0
    }

    /// Says which customers the group is made of.
    pub fn tell_group(&self, told: &Told) -> Option<String> {
        let grouping = told.plan.groupings.get(self.scale.grouping?)?;
        let language = told.language();
        let parts = grouping.iter().map(|slot| {
            let name = words::QUOTED.fill(language, &[&told.title(*slot)]);
            match told.shown.get(*slot).and_then(|shown| shown.as_deref()) {
                Some(shown) => words::EQUALS.fill(language, &[&name, shown]),
                None => words::MISSING.fill(language, &[&name]),
            }
        });
        Some(condition::join(parts.collect(), words::AND, told))
    }
}

/// Names a part by itself: by what it is to its score, or by the score that it is.
pub fn called(part: &Part, told: &Told) -> String {
    match (part.called, part.made) {
        (Some(called), _) => called.get(told.language()),
        (None, Made::Score(slot)) => told.title(slot),
        (None, Made::Scale(_)) => part.key.trim_start_matches('_').into(),
    }
}

/// Writes a part of a score into JSON.
pub fn write(part: &Part, number: usize, told: &Told, json: &mut Map<String, Json>) {
    let reason = match part.made {
        Made::Scale(at) => {
            let Some(stand) = Stand::of(told, number, at) else { return };
            let level = stand.level().map(|level| level.level);
            json.insert("level".into(), level.map_or(Json::Null, Json::from));
            stand.write(told, json);
            reason::of_scale(&stand, told)
        }
        Made::Score(slot) => {
            let figure = told.figure(slot);
            let level = told.level_of(slot);
            json.insert("level".into(), level.map_or(Json::Null, Json::from));
            json.insert("of".into(), told.plan.name(slot).into());
            slot.checked_sub(told.plan.measures.len())
                .filter(|_| figure.is_nan())
                .and_then(|number| reason::of_score(number, told))
        }
    };
    write_reason(reason, json);
}

/// Writes why something is missing into JSON.
pub fn write_reason(reason: Option<Reason>, json: &mut Map<String, Json>) {
    let Some(reason) = reason else { return };
    json.insert("reason".into(), reason.code.into());
    if let Some((key, names)) = reason.of {
        json.insert(key.into(), names);
    }
    json.insert("because".into(), reason.because.into());
}

/// Says a part of a score that has several, in sentences.
pub fn tell(part: &Part, number: usize, told: &Told) -> String {
    let language = told.language();
    let name = super::capital(&called(part, told));
    match part.made {
        Made::Scale(at) => {
            let Some(stand) = Stand::of(told, number, at) else { return String::new() };
            let Some(level) = stand.level() else { return String::new() };
            let of = [level.level, stand.levels()].map(|level| level.to_string());
            let of = words::LEVEL_OF.fill(language, &[&of[0], &of[1]]);
            let head = words::SCORE.fill(language, &[&name, &of]);
            format!("{head} {}", level.tell(told))
        }
        Made::Score(slot) if part.called.is_some() => {
            let from = words::QUOTED.fill(language, &[&told.title(slot)]);
            words::PART_OF.fill(language, &[&name, &from, &told.tell_score(slot)])
        }
        Made::Score(slot) => words::SCORE.fill(language, &[&name, &told.tell_score(slot)]),
    }
}

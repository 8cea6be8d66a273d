//! The level of a value on a scale: where it begins and ends, and how far the next one is.

use super::value::{Between, Value};
use super::{Told, moment, number, words};
use crate::model::language::Words;
use crate::model::rule::Rule;
use crate::model::scale::{Bounds, Scale};
use serde_json::{Map, Value as Json};

/// The level of the customer on a scale.
pub struct Level<'a> {
    /// The score that the scale is of.
    pub rule: &'a dyn Rule,
    /// The scale.
    pub scale: &'a Scale,
    /// The value.
    pub value: &'a Value<'a>,
    /// The limits of the scale in the customer's group; none where it has no cuts, and the level needs none.
    pub limits: Option<&'a [f64]>,
    /// The level.
    pub level: usize,
}

/// The next higher level, and what it takes.
struct Next {
    level: usize,
    at: f64,
    /// Whether the limit itself is in it.
    is_enough: bool,
}

impl Level<'_> {
    /// Gives the bounds of the level, those that are finite.
    fn bounds(&self) -> Bounds {
        let bounds = self.scale.bounds(self.level, self.limits.unwrap_or_default());
        let finite = |end: Option<f64>| end.filter(|end| self.value.number_of(*end).is_finite());
        Bounds { lower: finite(bounds.lower), upper: finite(bounds.upper), ..bounds }
    }

    /// Finds the next higher level that a value can have; levels that ties leave empty are passed over.
    fn next(&self) -> Option<Next> {
        let bounds = self.bounds();
        let is_upward = self.scale.order == crate::model::family::Order::Ascending;
        let (at, is_enough) = match is_upward {
            true => (bounds.upper?, !bounds.has_upper),
            false => (bounds.lower?, !bounds.has_lower),
        };
        let there = match (is_enough, is_upward) {
            (true, _) => at,
            (false, true) => at.next_up(),
            (false, false) => at.next_down(),
        };
        let level = self.scale.level(there, self.limits?).filter(|level| *level > self.level)?;
        let is_possible = !self.value.is_moment() || (is_upward && self.value.can_be_later());
        (is_possible && self.value.number().is_finite()).then_some(Next { level, at, is_enough })
    }

    /// Says the value and the ends of its level together, so that each is on its side.
    fn between(&self) -> Between {
        let bounds = self.bounds();
        self.value.between([bounds.lower, bounds.upper])
    }

    /// Writes value, bounds and next level into JSON.
    pub fn write(&self, json: &mut Map<String, Json>) {
        let (bounds, between) = (self.bounds(), self.between());
        let end = |end: &Option<String>| end.clone().unwrap_or_default();
        let opens = if bounds.has_lower && bounds.lower.is_some() { '[' } else { '(' };
        let closes = if bounds.has_upper && bounds.upper.is_some() { ']' } else { ')' };
        let [lower, upper] = &between.plain;
        let separator = if upper.is_some() { ", " } else { "," };
        let text = format!("{opens}{}{separator}{}{closes}", end(lower), end(upper));
        json.insert("bounds".into(), text.into());
        let Some(next) = self.next() else { return };
        let mut object = Map::new();
        object.insert("level".into(), next.level.into());
        if self.value.is_moment() {
            object.insert("at".into(), moment::iso(next.at as i64).into());
        } else {
            let is_upper = Some(next.at) == bounds.upper;
            let at = if is_upper { upper } else { lower };
            object.insert("at".into(), at.as_ref().map_or(Json::Null, |at| number::value(at)));
            object.insert("missing".into(), number::value(&self.distance(&next).by));
        }
        json.insert("next".into(), object.into());
    }

    /// Measures how far the next level is.
    fn distance(&self, next: &Next) -> number::Distance {
        let (value, at) = (self.value.number(), self.value.number_of(next.at));
        number::measure(value, self.value.exact(), at, next.is_enough)
    }

    /// Says it in a sentence.
    pub fn tell(&self, told: &Told) -> String {
        let language = told.language();
        let between = self.between();
        let level = self.rule.tell_level(self.level, language);
        let mut sentence = self.value.begin(&between.value);
        let mut go_on = |part: &str| sentence = words::THEN.fill(language, &[&sentence, part]);
        go_on(&self.tell_bounds(&between, &level, told));
        if let Some(next) = self.next() {
            let reached = self.rule.tell_level(next.level, language);
            if self.value.is_moment() {
                let after = between.ends[1].clone().unwrap_or_default();
                go_on(&words::LATER.fill(language, &[&after, &reached]));
            } else {
                let distance = self.distance(&next);
                let is_more = self.value.number_of(next.at) > self.value.number()
                    || self.scale.order == crate::model::family::Order::Ascending;
                let phrase = match (is_more, distance.is_more) {
                    (true, true) if number::read(&distance.by) == 0.0 => words::ANY_MORE,
                    (false, true) if number::read(&distance.by) == 0.0 => words::ANY_LESS,
                    (true, false) => words::MORE,
                    (true, true) => words::JUST_MORE,
                    (false, false) => words::LESS,
                    (false, true) => words::JUST_LESS,
                };
                go_on(&phrase.fill(language, &[&self.value.tell_amount(&distance.by), &reached]));
            }
        }
        format!("{}.", super::capital(&sentence))
    }

    /// Says where the level begins and ends.
    fn tell_bounds(&self, between: &Between, level: &str, told: &Told) -> String {
        let (bounds, is_moment) = (self.bounds(), self.value.is_moment());
        let choose = |number: Words, date: Words| if is_moment { date } else { number };
        let [lower, upper] = &between.ends;
        let (words, ends) = match (lower, upper) {
            (None, None) => (words::EVERYTHING, ["", ""]),
            (Some(lower), None) => {
                let words = match bounds.has_lower {
                    true => choose(words::FROM_REACHED, words::DATE_FROM_REACHED),
                    false => choose(words::FROM_PASSED, words::DATE_FROM_PASSED),
                };
                (words, [&**lower, ""])
            }
            (None, Some(upper)) => {
                let words = match bounds.has_upper {
                    true => choose(words::TO_PASSED, words::DATE_TO_PASSED),
                    false => choose(words::TO_REACHED, words::DATE_TO_REACHED),
                };
                (words, [&**upper, ""])
            }
            (Some(lower), Some(upper)) => {
                let words = match (bounds.has_lower, bounds.has_upper) {
                    (true, true) => words::REACHED_PASSED,
                    (true, false) => choose(words::REACHED_REACHED, words::DATE_REACHED_REACHED),
                    (false, true) => choose(words::PASSED_PASSED, words::DATE_PASSED_PASSED),
                    (false, false) => words::PASSED_REACHED,
                };
                (words, [&**lower, &**upper])
            }
        };
        words.fill(told.language(), &[level, ends[0], ends[1]])
    }
}

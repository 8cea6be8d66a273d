//! Points made ready: what rules give, and an account of it.

use crate::model::document::Language;
use crate::model::explain::capital;
use crate::model::family::grades::Graded;
use crate::model::filter::{Filter, watches};
use crate::model::language::Words;
use crate::model::rule::{
    Account, Compared, Ladder, Output, OutputKind, Reading, Rule, RuleColumn, Seen, Teller, decimal,
};
use crate::model::scale::Scale;
use crate::score::points::{Bounds, MILLIONTHS, for_each};
use serde_json::{Map, Number, Value as Json, json};

/// A score of points, made ready.
pub struct Given {
    /// The rules.
    pub rules: Vec<Ready>,
    /// The groups with their limits.
    pub groups: Vec<(String, Bounds)>,
    /// The limits of the whole.
    pub whole: Bounds,
    /// The levels.
    pub grades: Graded,
}

/// A rule made ready.
pub struct Ready {
    /// Whom it applies to; none where that is everybody.
    pub when: Option<Filter>,
    /// The place whose units are counted; none where the points are given once.
    pub each: Option<usize>,
    /// The points, once or for each unit.
    pub points: i64,
    /// What it gives or takes at most.
    pub cap: Bounds,
    /// The number of its group.
    pub group: Option<usize>,
    /// What it is, for people.
    pub description: Option<String>,
}

impl Ready {
    /// Gives the points before the rule's own cap.
    fn raw(&self, seen: Seen) -> i64 {
        match (&self.when, self.each) {
            (Some(when), _) if !when.holds(seen.row, seen.as_of) => 0,
            (_, Some(of)) => for_each(seen.row[of], self.points),
            _ => self.points,
        }
    }

    /// Gives the points.
    fn points(&self, seen: Seen) -> i64 {
        self.cap.clamp(self.raw(seen))
    }

    /// Lists the places that the rule looks at.
    fn reads(&self) -> Vec<usize> {
        let tested = self.when.iter().flat_map(Filter::tested).map(|(slot, _)| slot);
        let mut reads: Vec<usize> = self.each.into_iter().chain(tested).collect();
        reads.dedup();
        reads
    }
}

impl Given {
    /// Gives the points of a group before its limits; of no group, of the rules that have none.
    fn raw(&self, group: Option<usize>, seen: Seen) -> i64 {
        self.rules.iter().filter(|rule| rule.group == group).map(|rule| rule.points(seen)).sum()
    }

    /// Gives the points of a group.
    fn of_group(&self, group: usize, seen: Seen) -> i64 {
        self.groups[group].1.clamp(self.raw(Some(group), seen))
    }

    /// Gives the points of the whole before its limits.
    fn total(&self, seen: Seen) -> i64 {
        self.raw(None, seen) + (0..self.groups.len()).map(|group| self.of_group(group, seen)).sum::<i64>()
    }
}

/// One point, or less than two where the language counts so.
const POINT: Words = Words { en: "{0} point", fr: "{0} point" };
/// What a figure of points is called.
const POINTS: Words = Words { en: "{0} points", fr: "{0} points" };
/// What a rule gave for a value.
const GAVE_FOR: Words = Words { en: "{0} ({1}): {2}.", fr: "{0} ({1}) : {2}." };
/// What a cap left of what a rule gave for a value.
const CAPPED: Words = Words { en: "{0} ({1}): {2}, limited to {3}.", fr: "{0} ({1}) : {2}, limité à {3}." };
/// What limits made of points.
const LIMITED: Words = Words { en: "{0}: {1}, limited to {2}.", fr: "{0} : {1}, limité à {2}." };
/// Counts points, which are written so.
fn count(millionths: i64, written: &str, language: Language) -> String {
    let is_one = match language {
        Language::En => millionths.abs() == 1_000_000,
        Language::Fr => millionths.abs() < 2_000_000,
    };
    (if is_one { POINT } else { POINTS }).fill(language, &[written])
}

/// What the whole is called.
const ALL_TOGETHER: Words = Words { en: "All together", fr: "En tout" };

impl Rule for Given {
    fn scales(&self) -> &[Scale] {
        self.grades.scales()
    }

    fn score(&self, _: &[Reading], seen: Seen) -> f64 {
        self.whole.clamp(self.total(seen)) as f64 / MILLIONTHS
    }

    fn is_its_figure(&self) -> bool {
        self.groups.is_empty()
    }

    fn watches(&self) -> Vec<(usize, Compared)> {
        let each = self.rules.iter().filter_map(|rule| Some((rule.each?, Compared::Anything)));
        watches(self.rules.iter().flat_map(|rule| &rule.when)).chain(each).collect()
    }

    fn columns(&self) -> Vec<RuleColumn> {
        let group = |(name, _): &(String, Bounds)| RuleColumn {
            suffix: format!("_{name}").into(),
            key: name.clone().into(),
            kind: OutputKind::Decimal,
        };
        let whole = RuleColumn::of("", "points", OutputKind::Decimal);
        self.grades.columns([whole].into_iter().chain(self.groups.iter().map(group)))
    }

    fn write<'a>(&'a self, figure: f64, seen: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        if figure.is_nan() {
            to.extend(std::iter::repeat_n(Output::None, 1 + self.groups.len()));
        } else {
            to.push(Output::Decimal((figure * MILLIONTHS).round() as i64));
            to.extend((0..self.groups.len()).map(|group| Output::Decimal(self.of_group(group, seen))));
        }
        self.grades.write(figure, unscored, to);
    }

    fn ladders(&self) -> Vec<Ladder> {
        self.grades.ladders()
    }

    fn tell(&self, figure: f64, language: Language) -> String {
        let millionths = (figure * MILLIONTHS).round() as i64;
        self.grades.tell(&count(millionths, &decimal(millionths), language), figure, language)
    }

    fn account(&self, figure: f64, teller: &dyn Teller) -> Option<Account> {
        if figure.is_nan() {
            return None;
        }
        let (seen, language) = (teller.seen(), teller.language());
        let number = |millionths: i64| teller.number(millionths as f64 / MILLIONTHS);
        let points_of = |millionths: i64| count(millionths, &number(millionths), language);
        let value = |millionths: i64| decimal(millionths).parse::<Number>().map_or(Json::Null, Json::from);
        let mut sentences = Vec::new();
        let mut rules = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            let (raw, points, reads) = (rule.raw(seen), rule.points(seen), rule.reads());
            let mut told = Map::new();
            told.insert("rule".into(), at.into());
            told.extend(rule.description.clone().map(|said| ("description".into(), said.into())));
            told.extend(rule.group.map(|group| ("group".into(), self.groups[group].0.clone().into())));
            let of =
                reads.iter().map(|slot| json!({ "of": teller.name(*slot), "value": teller.value(*slot) }));
            told.insert("reads".into(), of.collect());
            told.insert("raw".into(), value(raw));
            told.insert("points".into(), value(points));
            rules.push(Json::Object(told));
            if raw == 0 {
                continue;
            }
            let titles: Vec<String> = reads.iter().map(|slot| teller.title(*slot)).collect();
            let title = capital(&rule.description.clone().unwrap_or_else(|| titles.join(", ")));
            let values = reads.iter().map(|slot| teller.say(*slot)).collect::<Vec<_>>().join(", ");
            sentences.push(match raw == points {
                true => GAVE_FOR.fill(language, &[&title, &values, &points_of(points)]),
                false => CAPPED.fill(language, &[&title, &values, &points_of(raw), &number(points)]),
            });
        }
        let mut groups = Map::new();
        for (at, (name, _)) in self.groups.iter().enumerate() {
            let (raw, points) = (self.raw(Some(at), seen), self.of_group(at, seen));
            groups.insert(name.clone(), json!({ "raw": value(raw), "points": value(points) }));
            if raw != points {
                sentences.push(LIMITED.fill(language, &[&capital(name), &points_of(raw), &number(points)]));
            }
        }
        let raw = self.total(seen);
        let points = self.whole.clamp(raw);
        if raw != points {
            let all = ALL_TOGETHER.get(language);
            sentences.push(LIMITED.fill(language, &[&all, &points_of(raw), &number(points)]));
        }
        let mut json = Map::new();
        json.insert("raw".into(), value(raw));
        json.insert("rules".into(), rules.into());
        if !groups.is_empty() {
            json.insert("groups".into(), groups.into());
        }
        Some(Account { json, sentences })
    }
}

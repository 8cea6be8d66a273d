//! `points`: what rules give for what a customer is and does, within limits.

use super::grades::{Graded, Grades};
use super::{Kind, near};
use crate::error::Error;
use crate::model::condition::Condition;
use crate::model::document::Language;
use crate::model::explain::capital;
use crate::model::filter::Filter;
use crate::model::language::Words;
use crate::model::naming::Naming;
use crate::model::operand::OwnMeasures;
use crate::model::place::{Place, quoted};
use crate::model::points::Amount;
use crate::model::rule::{
    Account, Compared, Ladder, Output, OutputKind, Reading, Rule, RuleColumn, Seen, Teller, decimal,
};
use crate::model::scale::{Limits, Scale};
use crate::model::scope::{MEASURED_OR_SCORED, Scope, Sort, Use};
use crate::model::text::Text;
use crate::score::points::{Bounds, MILLIONTHS, for_each};
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Number, Value as Json, json};
use std::borrow::Cow;

/// Points that rules give, kept within limits.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Points {
    /// The rules; each gives points to whom it applies.
    #[schemars(length(min = 1))]
    pub rules: Vec<PointsRule>,
    /// Groups of rules with limits of their own, by name; each makes a column.
    #[serde(default)]
    pub groups: IndexMap<String, Span>,
    /// The least points of the whole.
    pub minimum: Option<Amount>,
    /// The most points of the whole.
    pub maximum: Option<Amount>,
    /// The limits of levels, ascending: points reach a level that are at least its limit.
    #[schemars(length(min = 1, max = 99))]
    pub at_least: Option<Vec<f64>>,
    /// The limits of levels, ascending: points reach a level that are above its limit.
    #[schemars(length(min = 1, max = 99))]
    pub above: Option<Vec<f64>>,
    /// The names of the levels, lowest first.
    pub labels: Option<Vec<Text>>,
}

/// The limits of the points of a group.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The least.
    pub minimum: Option<Amount>,
    /// The most.
    pub maximum: Option<Amount>,
    /// What it is, for people.
    pub description: Option<String>,
}

/// A rule: whom it applies to, and what it gives.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename = "parts")]
pub struct PointsRule {
    /// Whom it applies to.
    pub when: Condition,
    /// What it gives.
    pub award: Award,
}

/// What a rule gives.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Award {
    /// The points, given once.
    pub points: Option<Amount>,
    /// The points for each unit of the measure, as for each event that it counts.
    pub each: Option<Amount>,
    /// The most points that the rule gives or takes.
    pub cap: Option<Amount>,
    /// The group that it belongs to.
    pub group: Option<Text>,
    /// What it is, for people.
    pub description: Option<String>,
}

impl JsonSchema for PointsRule {
    fn schema_name() -> Cow<'static, str> {
        "PointsRule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = super::with_condition(Award::json_schema(generator), generator);
        let gives = json!([{ "required": ["points"] }, { "required": ["each", "of"] }]);
        schema.insert("anyOf".into(), gives);
        schema
    }
}

/// Refuses a least that is above the most.
fn check_span(minimum: Option<Amount>, maximum: Option<Amount>, place: &Place) -> Result<(), Error> {
    match (minimum, maximum) {
        (Some(least), Some(most)) if least.0 > most.0 => Err(place
            .key("minimum")
            .refuse(format!("must not be above the maximum, {}, got {}", most.points(), least.points()))
            .hint("Give the least points, then the most.")),
        _ => Ok(()),
    }
}

impl PointsRule {
    /// Tells whether the rule asks for nothing but the value that it gives points for each unit of.
    fn asks_nothing(&self) -> bool {
        matches!(&self.when, Condition::Of(comparison) if comparison.asks_nothing())
    }

    /// Gives the name that it gives points for each unit of.
    fn unit(&self) -> Option<&str> {
        match &self.when {
            Condition::Of(comparison) if self.award.each.is_some() => Some(comparison.of.name()),
            _ => None,
        }
    }

    /// Checks that the rule gives something, and belongs to a group that is there.
    fn check(&self, place: &Place, points: &Points, scope: &Scope) -> Result<(), Error> {
        let Award { points: once, each, cap, group, .. } = &self.award;
        match (once, each) {
            (None, None) => {
                return Err(place
                    .refuse("needs the key \"points\" or \"each\"")
                    .hint("Give \"points\" once, or for \"each\" unit of a measure, as of a count."));
            }
            (Some(_), Some(_)) => {
                return Err(place
                    .key("each")
                    .complain("the points are both in points and in each")
                    .hint("Make two rules of it."));
            }
            (None, Some(_)) if self.unit().is_none() => {
                return Err(place
                    .key("each")
                    .complain("\"each\" needs \"of\": the measure whose units are counted")
                    .hint("Give \"of\", or \"points\" in place of \"each\"."));
            }
            _ => {}
        }
        if let Some(cap) = cap.filter(|cap| cap.0 < 0) {
            let refusal = format!("must not be negative, got {}", cap.points());
            return Err(place
                .key("cap")
                .refuse(refusal)
                .hint("It is the size of what the rule gives or takes."));
        }
        if let Some(group) = group.as_ref().filter(|group| !points.groups.contains_key(&***group)) {
            let hint = near::hint(group, "Groups are", points.groups.keys().map(String::as_str));
            let refusal = format!("names {}, which is not a group", quoted(group));
            return Err(place.key("group").refuse(refusal).hint(hint));
        }
        match self.asks_nothing() && each.is_some() {
            true => Ok(()),
            false => self.when.check(place, scope),
        }
    }
}

impl Points {
    /// Gives the keys of its levels.
    fn grades(&self) -> Grades<'_> {
        Grades { at_least: &self.at_least, above: &self.above, labels: &self.labels }
    }

    /// Gives the rules with their places.
    fn placed(&self, place: &Place) -> impl Iterator<Item = (Place, &PointsRule)> {
        let place = place.key("rules");
        self.rules.iter().enumerate().map(move |(at, rule)| (place.item(at), rule))
    }
}

impl Kind for Points {
    fn name_own_measures(&mut self, place: &Place, own: &mut OwnMeasures) -> Result<(), Error> {
        let place = place.key("rules");
        let rules = self.rules.iter_mut().enumerate();
        rules.for_each(|(at, rule)| rule.when.name_own_measures(&place.item(at), own));
        Ok(())
    }

    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let uses = self.placed(place).flat_map(|(place, rule)| match rule.unit() {
            Some(name) => vec![Use { place: place.key("of"), name, wanted: &MEASURED_OR_SCORED }],
            None => rule.when.uses(&place),
        });
        uses.collect()
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        if self.rules.is_empty() {
            let hint = "Give at least one rule, as {\"of\": \"visits\", \"each\": 5, \"cap\": 25}.";
            return Err(place.key("rules").refuse("must not be an empty list").hint(hint));
        }
        check_span(self.minimum, self.maximum, place)?;
        for (name, span) in &self.groups {
            check_span(span.minimum, span.maximum, &place.key("groups").key(name))?;
        }
        self.placed(place).try_for_each(|(place, rule)| rule.check(&place, self, scope))?;
        self.grades().check(place)
    }

    fn sort(&self) -> Sort {
        Sort::Graded(self.grades().levels())
    }

    fn limits(&self) -> Option<Limits> {
        self.grades().limits()
    }

    fn suffixes(&self) -> Vec<Cow<'static, str>> {
        let groups = self.groups.keys().map(|group| format!("_{group}").into());
        groups.chain(self.grades().suffixes(&[""])).collect()
    }

    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let place = Place::root().key("scores").key(names.name(slot));
        let ready = |(place, rule): (Place, &PointsRule)| {
            let when = match rule.asks_nothing() {
                true => None,
                false => Some(Filter::of(&rule.when, &place, names)?),
            };
            Ok(Ready {
                when,
                each: rule.unit().map(|name| names.slot(name)),
                points: rule.award.each.or(rule.award.points).map_or(0, |points| points.0),
                cap: Bounds::within(rule.award.cap.map(|cap| cap.0)),
                group: rule.award.group.as_ref().and_then(|group| self.groups.get_index_of(&**group)),
                description: rule.award.description.clone(),
            })
        };
        let span = |minimum: Option<Amount>, maximum: Option<Amount>| Bounds {
            minimum: minimum.map(|least| least.0),
            maximum: maximum.map(|most| most.0),
        };
        let groups =
            self.groups.iter().map(|(name, group)| (name.clone(), span(group.minimum, group.maximum)));
        Ok(Box::new(Given {
            rules: self.placed(&place).map(ready).collect::<Result<_, Error>>()?,
            groups: groups.collect(),
            whole: span(self.minimum, self.maximum),
            grades: self.grades().ready(slot, names),
        }))
    }
}

/// A score of points, made ready.
struct Given {
    rules: Vec<Ready>,
    /// The groups with their limits.
    groups: Vec<(String, Bounds)>,
    /// The limits of the whole.
    whole: Bounds,
    grades: Graded,
}

/// A rule made ready.
struct Ready {
    /// Whom it applies to; none where that is everybody.
    when: Option<Filter>,
    /// The place whose units are counted; none where the points are given once.
    each: Option<usize>,
    points: i64,
    cap: Bounds,
    /// The number of its group.
    group: Option<usize>,
    description: Option<String>,
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
        self.grades.scale().map(std::slice::from_ref).unwrap_or_default()
    }

    fn score(&self, _: &[Reading], seen: Seen) -> f64 {
        self.whole.clamp(self.total(seen)) as f64 / MILLIONTHS
    }

    fn is_its_figure(&self) -> bool {
        self.groups.is_empty()
    }

    fn watches(&self) -> Vec<(usize, Compared)> {
        let tested = self.rules.iter().flat_map(|rule| &rule.when).flat_map(Filter::tested);
        let each = self.rules.iter().filter_map(|rule| Some((rule.each?, Compared::Anything)));
        tested.map(|(slot, values)| (slot, Compared::Values(values))).chain(each).collect()
    }

    fn columns(&self) -> Vec<RuleColumn> {
        let group = |(name, _): &(String, Bounds)| RuleColumn {
            suffix: format!("_{name}").into(),
            key: name.clone().into(),
            kind: OutputKind::Decimal,
        };
        let whole = RuleColumn::of("", "points", OutputKind::Decimal);
        [whole].into_iter().chain(self.groups.iter().map(group)).chain(self.grades.columns()).collect()
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

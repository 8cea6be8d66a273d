//! `points`: what rules give for what a customer is and does, within limits.

mod given;

use super::grades::Grades;
use super::{Kind, near, placed};
use crate::error::Error;
use crate::model::condition::Condition;
use crate::model::filter::Filter;
use crate::model::naming::Naming;
use crate::model::operand::OwnMeasures;
use crate::model::place::{Place, quoted};
use crate::model::points::Amount;
use crate::model::rule::Rule;
use crate::model::scope::{MEASURED_OR_SCORED, Scope, Use};
use crate::model::text::Text;
use crate::score::points::Bounds;
use given::{Given, Ready};
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::json;
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
    /// Gives the rules with their places.
    fn placed(&self, place: &Place) -> impl Iterator<Item = (Place, &PointsRule)> {
        placed(&self.rules, place.key("rules"))
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

    fn grades(&self) -> Grades<'_> {
        Grades { at_least: &self.at_least, above: &self.above, labels: &self.labels }
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

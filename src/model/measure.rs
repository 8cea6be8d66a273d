//! Measures: one number, moment or text per customer, taken from sources or computed from other measures.

use super::compute::Computed;
use super::from::From;
use super::period::Period;
use super::place::{Place, quoted};
use super::scope::{Sort, Use};
use super::text::Text;
use super::value::{Empty, number_or_null, number_or_null_schema};
use crate::error::Error;
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// One figure of each customer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "keys", rename_all = "snake_case")]
#[schemars(untagged, rename = "Measure")]
pub enum Measure {
    /// Taken from sources, or from the customer's own row.
    Take(Box<Taken>),
    /// Computed from other measures.
    Compute(Computed),
}

/// A figure taken from the events of sources, or from the customer's own row.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = tell_keys_of_takes)]
pub struct Taken {
    /// What is taken.
    pub take: Take,
    /// The source, a list of sources, or the value of one event for each source.
    pub from: Option<From>,
    /// The value of one event, or of the customer's row where `attribute` is taken.
    pub of: Option<Text>,
    /// What multiplies the value of an event: the weight of a channel, the rate of a currency.
    pub weights: Option<Weights>,
    /// What events are counted by: the theme that counts most is taken.
    pub by: Option<Text>,
    /// How many themes are taken: 1.
    #[schemars(range(min = 1, max = 1))]
    pub top: Option<i64>,
    /// Which events count.
    #[serde(rename = "where")]
    pub filter: Option<Text>,
    /// After how long an event counts half: at least an hour, without months.
    pub half_life: Option<Period>,
    /// For how long an event counts.
    pub window: Option<Period>,
    /// How long ago the window ended.
    pub lag: Option<Period>,
    /// What no event gives, where it is not 0 for counts and sums, and NULL for the others.
    #[serde(default)]
    pub empty: Empty,
    /// What it is, for people.
    pub description: Option<String>,
}

/// What a measure takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// How many events.
    Count,
    /// How many different values.
    Distinct,
    /// The sum of the values.
    Sum,
    /// The mean of the values.
    Average,
    /// The smallest value.
    Minimum,
    /// The greatest value.
    Maximum,
    /// When the first event was, or its value.
    First,
    /// When the last event was, or its value.
    Last,
    /// A value of the customer's own row.
    Attribute,
    /// Of the values of events, the one that most events have: what a count by something takes.
    #[serde(skip)]
    Theme,
    /// How many events have it.
    #[serde(skip)]
    Strength,
}

/// Factors of the values, by what an event says.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// What an event says: an expression.
    pub of: Text,
    /// The factor for each.
    #[schemars(extend("minProperties" = 1))]
    pub values: IndexMap<String, f64>,
    /// The factor for all others; null: they are no events.
    #[serde(default, deserialize_with = "number_or_null")]
    #[schemars(schema_with = "number_or_null_schema")]
    pub otherwise: Option<f64>,
}

impl Take {
    /// Is every take.
    const ALL: [Self; 9] = [
        Self::Count,
        Self::Distinct,
        Self::Sum,
        Self::Average,
        Self::Minimum,
        Self::Maximum,
        Self::First,
        Self::Last,
        Self::Attribute,
    ];

    /// Gives the name that the document uses.
    fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Distinct => "distinct",
            Self::Sum => "sum",
            Self::Average => "average",
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::First => "first",
            Self::Last => "last",
            Self::Attribute => "attribute",
            Self::Theme | Self::Strength => "count",
        }
    }

    /// Gives the keys that go with it.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Count | Self::Theme | Self::Strength => {
                &["from", "by", "top", "where", "half_life", "window", "lag", "empty"]
            }
            Self::Sum => &["from", "of", "weights", "where", "half_life", "window", "lag", "empty"],
            Self::Average | Self::Minimum | Self::Maximum => {
                &["from", "of", "weights", "where", "window", "lag", "empty"]
            }
            Self::Distinct | Self::First | Self::Last => &["from", "of", "where", "window", "lag", "empty"],
            Self::Attribute => &["of"],
        }
    }

    /// Tells whether there is nothing to take without the value of an event.
    fn needs_value(self) -> bool {
        !matches!(self, Self::Count | Self::First | Self::Last)
    }

    /// Tells whether it asks which event came before which.
    fn needs_order(self) -> bool {
        matches!(self, Self::First | Self::Last)
    }
}

/// The keys that go with some takes and not with others.
const KEYS: [&str; 10] =
    ["from", "of", "weights", "by", "top", "where", "half_life", "window", "lag", "empty"];

/// Tells the schema which keys go with which take.
fn tell_keys_of_takes(schema: &mut Schema) {
    let rules = Take::ALL.map(|take| {
        let others = KEYS.into_iter().filter(|key| !take.keys().contains(key));
        let mut keys: Map<String, Value> = others.map(|key| (key.into(), false.into())).collect();
        if take == Take::Count {
            keys.insert("from".into(), json!({ "not": { "type": "object" } }));
        }
        let needed = if take == Take::Attribute { "of" } else { "from" };
        let mut rule = json!({ "properties": keys, "required": [needed] });
        if take.needs_value() && take != Take::Attribute {
            rule["anyOf"] =
                json!([{ "required": ["of"] }, { "properties": { "from": { "type": "object" } } }]);
        }
        json!({ "if": { "properties": { "take": { "const": take.name() } } }, "then": rule })
    });
    schema.insert("allOf".into(), rules.to_vec().into());
    schema.insert("dependentRequired".into(), json!({ "by": ["top"], "top": ["by"] }));
}

impl Measure {
    /// Lists the expressions that it reads of the rows of a source.
    pub fn texts_of(&self, source: &str) -> Vec<&str> {
        let Self::Take(taken) = self else { return Vec::new() };
        let sources = taken.from.as_ref().map(|from| from.sources(&Place::root())).unwrap_or_default();
        let Some((_, _, own)) = sources.into_iter().find(|(_, name, _)| *name == source) else {
            return Vec::new();
        };
        let weights = taken.weights.as_ref().map(|weights| &weights.of);
        let texts = [own, taken.of.as_ref(), taken.filter.as_ref(), weights];
        texts.into_iter().flatten().map(|text| &**text).collect()
    }

    /// Checks a measure by itself.
    pub fn check(&self, place: &Place) -> Result<(), Error> {
        match self {
            Self::Take(taken) => taken.check(place),
            Self::Compute(computed) => computed.check(place),
        }
    }

    /// Gives the measures that it is computed from.
    pub fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        match self {
            Self::Take(_) => Vec::new(),
            Self::Compute(computed) => computed.uses(place),
        }
    }

    /// Gives what follows its name in the columns that it makes, of the table and the view, hidden ones too.
    pub fn suffixes(&self) -> &'static [&'static str] {
        match self {
            Self::Take(taken) => taken.suffixes(),
            Self::Compute(_) => &[""],
        }
    }

    /// Gives its description.
    pub fn description(&self) -> Option<&str> {
        match self {
            Self::Take(taken) => taken.description.as_deref(),
            Self::Compute(computed) => computed.description.as_deref(),
        }
    }
}

impl Taken {
    /// Tells whether the value of an event is said.
    pub fn has_value(&self) -> bool {
        self.of.is_some() || self.from.as_ref().is_some_and(From::has_values)
    }

    /// Tells what sort of figure it is.
    pub fn sort(&self) -> Sort {
        let half_life = self.half_life.and_then(Period::fixed_micros);
        match (self.take, half_life) {
            (Take::Theme, _) => Sort::Value,
            (_, Some(half_life)) => Sort::Decayed { half_life },
            (Take::Count | Take::Distinct | Take::Sum | Take::Average | Take::Strength, None) => Sort::Number,
            (Take::First | Take::Last, None) if !self.has_value() => Sort::Moment,
            (Take::Attribute, None) => Sort::Attribute,
            _ => Sort::Value,
        }
    }

    /// Gives what follows its name in its columns.
    fn suffixes(&self) -> &'static [&'static str] {
        match self.take {
            _ if self.by.is_some() => &["", "_strength", "_strength_log2"],
            _ if self.half_life.is_some() => &["", "_log2", "_log2_neg"],
            Take::Average => &["", "_sum", "_count"],
            Take::Sum if self.empty != Empty::Usual => &["", "_count"],
            Take::First | Take::Last if self.has_value() => &["", "_at"],
            Take::First | Take::Last => &["", "_days"],
            _ => &[""],
        }
    }

    /// Checks that the keys go together, and that the values are what they may be.
    pub fn check(&self, place: &Place) -> Result<(), Error> {
        if matches!(self.take, Take::Theme | Take::Strength) {
            // It was checked as it is written, before it was parted.
            return Ok(());
        }
        self.check_keys(place)?;
        self.check_top(place)?;
        self.check_periods(place)?;
        if let Some(weights) = self.weights.as_ref().filter(|weights| weights.values.is_empty()) {
            let hint = format!("Give a factor for each value of {}.", quoted(&weights.of));
            return Err(place.key("weights").key("values").refuse("must not be empty").hint(hint));
        }
        self.empty.check(self.take.name(), self.sort(), &place.key("empty"))
    }

    /// Checks that every key goes with what is taken, and none is missing.
    fn check_keys(&self, place: &Place) -> Result<(), Error> {
        let (take, keys) = (self.take.name(), self.take.keys());
        if let Some(key) = self.given().find(|key| !keys.contains(key)) {
            let complaint = format!("\"{take}\" takes no {key}");
            return Err(place.key(key).complain(complaint).hint(self.instead_of(key)));
        }
        if self.from.is_none() && self.take != Take::Attribute {
            let hint = "Add \"from\": a source, a list of sources, or an object with the value of one event for each.";
            return Err(place.refuse("needs the key \"from\"").hint(hint));
        }
        let from_has_values = self.from.as_ref().is_some_and(From::has_values);
        if from_has_values && self.of.is_some() {
            let hint = "Leave out \"of\", or make \"from\" a list.";
            return Err(place.key("of").complain("the values are both in of and in from").hint(hint));
        }
        if from_has_values && self.take == Take::Count {
            let hint = "Make \"from\" a list, or take \"sum\".";
            return Err(place.key("from").complain("\"count\" takes no values of events").hint(hint));
        }
        if self.take.needs_value() && !self.has_value() {
            let hint = "Add \"of\": an expression over one row, as \"amount\".";
            return Err(place.refuse(format!("needs the key \"of\" to take \"{take}\"")).hint(hint));
        }
        Ok(())
    }

    /// Checks that a count by something takes the first.
    fn check_top(&self, place: &Place) -> Result<(), Error> {
        match (&self.by, self.top) {
            (None, Some(_)) => Err(place
                .key("top")
                .complain("\"top\" is of themes, and needs the key \"by\"")
                .hint("Add \"by\": what the events are counted by, as \"product_category\".")),
            (Some(_), None) => Err(place
                .refuse("needs the key \"top\" beside \"by\"")
                .hint("Add \"top\": 1, to take the theme that most events have.")),
            (_, Some(top)) if top != 1 => Err(place
                .key("top")
                .refuse(format!("must be 1, got {top}"))
                .hint("One theme is kept for each customer: that which counts most.")),
            (Some(_), _) if self.empty != Empty::Usual => Err(place
                .key("empty")
                .complain("a customer without events has no theme, and a strength of 0")
                .hint("Leave out \"empty\".")),
            _ => Ok(()),
        }
    }

    /// Gives the two measures that a count by something is: the theme that counts most, and how much that is.
    pub fn themes(&self) -> Option<[Self; 2]> {
        let of = Some(self.by.clone()?);
        let taking = |take| Self { take, of: of.clone(), by: None, top: None, ..self.clone() };
        Some([taking(Take::Theme), taking(Take::Strength)])
    }

    /// Lists the keys that are given, but for those that go with all.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            self.from.is_some(),
            self.of.is_some(),
            self.weights.is_some(),
            self.by.is_some(),
            self.top.is_some(),
            self.filter.is_some(),
            self.half_life.is_some(),
            self.window.is_some(),
            self.lag.is_some(),
            self.empty != Empty::Usual,
        ];
        KEYS.into_iter().zip(given).filter(|(_, is_given)| *is_given).map(|(key, _)| key)
    }

    /// Says what would do instead of a key that does not go with what is taken.
    fn instead_of(&self, key: &str) -> String {
        match (self.take, key) {
            (Take::Attribute, "from") => {
                "An attribute is of the customer's own row; to read a source, take \"last\".".into()
            }
            (Take::Attribute, "empty") => "Say it in the expression, as \"coalesce(country, 'FR')\".".into(),
            (_, "half_life") => "half_life is for \"count\" and \"sum\".".into(),
            (Take::Count, "of" | "weights") => {
                "To count values, take \"distinct\"; to weigh events, take \"sum\".".into()
            }
            (_, "weights") => "weights are for \"sum\", \"average\", \"minimum\" and \"maximum\".".into(),
            _ => format!("\"{}\" takes {}.", self.take.name(), self.take.keys().join(", ")),
        }
    }

    /// Checks that half-life, window and lag are lengths that mean something.
    fn check_periods(&self, place: &Place) -> Result<(), Error> {
        if let Some(half_life) = self.half_life {
            let here = place.key("half_life");
            let Some(micros) = half_life.fixed_micros() else {
                let refusal = format!("must have no months and no years, got \"{half_life}\"");
                return Err(here.refuse(refusal).hint("Give it in days or smaller units, as \"30 days\"."));
            };
            if micros < Period::HOUR.micros {
                let refusal = format!("must be at least 1 hour, got \"{half_life}\"");
                return Err(here.refuse(refusal).hint("Give for instance \"14 days\"."));
            }
        }
        if let Some(window) = self.window.filter(|window| !window.is_positive()) {
            let refusal = format!("must be above 0, got \"{window}\"");
            return Err(place.key("window").refuse(refusal).hint("Give for instance \"30 days\"."));
        }
        if let Some(lag) = self.lag.filter(|lag| !lag.is_not_negative()) {
            let refusal = format!("must not be negative, got \"{lag}\"");
            return Err(place
                .key("lag")
                .refuse(refusal)
                .hint("Give how long ago the window ended, as \"1 month\"."));
        }
        let periods = [("window", self.window), ("lag", self.lag)];
        for (key, period) in periods.into_iter().filter_map(|(key, period)| Some((key, period?))) {
            if period.is_longer_than_history() {
                let refusal = format!("must be at most 10000 years, got \"{period}\"");
                return Err(place.key(key).refuse(refusal).hint("Leave it out to count events for good."));
            }
        }
        Ok(())
    }

    /// Gives the place of what asks for the moment of the events, if anything does, and what it is.
    pub fn asks_for_moments(&self, place: &Place) -> Option<(Place, &'static str)> {
        let periods = [("half_life", self.half_life), ("window", self.window), ("lag", self.lag)];
        let period =
            periods.into_iter().find(|(_, period)| period.is_some()).map(|(key, _)| (place.key(key), key));
        period.or_else(|| self.take.needs_order().then(|| (place.key("take"), self.take.name())))
    }
}

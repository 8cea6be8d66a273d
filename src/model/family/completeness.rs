//! `completeness`: how much of what should be known of a customer is known, valid and fresh.

use super::grades::{Graded, Grades};
use super::{Kind, placed};
use crate::error::Error;
use crate::model::compute::{AgeUnit, Compute, Computed};
use crate::model::condition::{All, Any, Comparison, Condition};
use crate::model::document::Language;
use crate::model::explain::{capital, tell_figure};
use crate::model::filter::{Filter, Test, watches};
use crate::model::language::Words;
use crate::model::measure::{Measure, Take, Taken};
use crate::model::naming::Naming;
use crate::model::operand::OwnMeasures;
use crate::model::period::Period;
use crate::model::place::{Place, quoted};
use crate::model::rule::{
    Account, Compared, Ladder, Output, OutputKind, Part as RulePart, Reading, Rule, RuleColumn, Seen, Teller,
};
use crate::model::scale::Scale;
use crate::model::scope::{ANY, MOMENT, Scope, Use};
use crate::model::text::{Text, Texts};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;

/// How much of what should be known of a customer is, from 0 to 100.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Completeness {
    /// What should be known.
    #[schemars(length(min = 1))]
    pub parts: Vec<Part>,
    /// The limits of levels, ascending: a score reaches a level that is at least its limit.
    #[schemars(length(min = 1, max = 99))]
    pub at_least: Option<Vec<f64>>,
    /// The limits of levels, ascending: a score reaches a level that is above its limit.
    #[schemars(length(min = 1, max = 99))]
    pub above: Option<Vec<f64>>,
    /// The names of the levels, lowest first.
    pub labels: Option<Vec<Text>>,
}

/// Something that should be known: a value, and what it must fulfil.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename = "parts")]
pub struct Part {
    /// The value, and its range.
    pub when: Condition,
    /// How it counts.
    pub count: Count,
}

/// How a part counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Count {
    /// How much it counts beside the others.
    #[serde(default = "usual_weight")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub weight: f64,
    /// A regular expression of PostgreSQL that the text must match.
    pub matches: Option<Text>,
    /// For how many days a date is fresh.
    pub fresh: Option<Period>,
    /// What it is, for people.
    pub description: Option<String>,
    /// The name of what tells whether the text matches, or how old the date is.
    #[serde(skip)]
    pub tested: Option<Text>,
}

/// Is the weight of a part that has none.
fn usual_weight() -> f64 {
    1.0
}

impl JsonSchema for Part {
    fn schema_name() -> Cow<'static, str> {
        "Part".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        super::with_condition(Count::json_schema(generator), generator)
    }
}

impl Part {
    /// Gives what the part is of; none where it is several things.
    fn comparison(&self) -> Option<&Comparison> {
        match &self.when {
            Condition::Of(comparison) => Some(comparison),
            Condition::All(All { .. }) | Condition::Any(Any { .. }) => None,
        }
    }

    /// Tells whether it asks only whether something is there.
    fn asks_nothing(&self) -> bool {
        self.comparison().is_some_and(Comparison::asks_nothing)
    }

    /// Refuses a key that goes with one value alone.
    fn check_single(&self, key: &str, place: &Place) -> Result<&Comparison, Error> {
        self.comparison().ok_or_else(|| {
            let complaint = format!("\"{key}\" is about one value, and here are several conditions");
            place.key(key).complain(complaint).hint("Give \"of\", or make several parts of it.")
        })
    }

    /// Names what tells whether the text matches, or how old the date is.
    fn name_tested(&mut self, place: &Place, own: &mut OwnMeasures) -> Result<(), Error> {
        let tested = match (&self.count.matches, self.count.fresh) {
            (Some(_), Some(_)) => {
                let hint = "Make two parts of it.";
                return Err(place.key("fresh").complain("a text matches, and a date is fresh").hint(hint));
            }
            (Some(pattern), None) => Some((place.key("matches"), self.matching(pattern, place, own)?)),
            (None, Some(_)) => {
                let of = self.check_single("fresh", place)?.of.name();
                let age = Computed {
                    compute: Compute::Age,
                    of: Texts::One(Text::of(&of)),
                    unit: Some(AgeUnit::Days),
                    smallest: None,
                    description: None,
                };
                // What is wrong with its date is wrong with that of the part.
                Some((place.clone(), Measure::Compute(age)))
            }
            (None, None) => None,
        };
        self.count.tested = tested.map(|(place, measure)| own.add(&place, measure));
        Ok(())
    }

    /// Makes the measure that tells whether the text matches.
    fn matching(&self, pattern: &Text, place: &Place, own: &OwnMeasures) -> Result<Measure, Error> {
        let of = &self.check_single("matches", place)?.of;
        match own.find(of.name()) {
            Some(Measure::Take(taken)) if taken.take == Take::Attribute => {
                let column = taken.of.as_deref().unwrap_or_default();
                let pattern = crate::model::sql::literal(pattern);
                let of = Text::of(&format!("(({column})::text ~ {pattern})"));
                Ok(Measure::Take(Box::new(Taken { of: Some(of), description: None, ..(**taken).clone() })))
            }
            _ => Err(place
                .key("matches")
                .complain(format!("{} reads no attribute of the customer", quoted(of.name())))
                .hint(
                    "Only attributes can be matched; take {\"take\": \"attribute\", \"of\": …} as \"of\".",
                )),
        }
    }

    /// Checks its weight, and what it asks.
    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        if !(self.count.weight > 0.0 && self.count.weight.is_finite()) {
            let refusal = format!("must be above 0, got {}", self.count.weight);
            return Err(place
                .key("weight")
                .refuse(refusal)
                .hint("Leave the part out where it does not count."));
        }
        if let Some(fresh) = self.count.fresh.filter(|fresh| whole_days(*fresh).is_none()) {
            let refusal = format!("must be whole days, at least one, got \"{fresh}\"");
            return Err(place.key("fresh").refuse(refusal).hint("Give for instance \"365 days\"."));
        }
        if self.asks_nothing() { Ok(()) } else { self.when.check(place, scope) }
    }
}

/// Gives a period in days; none where it is not a number of whole days above 0.
fn whole_days(period: Period) -> Option<i64> {
    let micros = period.fixed_micros().filter(|micros| *micros > 0)?;
    (micros % DAY == 0).then_some(micros / DAY)
}

/// The microseconds of a day.
const DAY: i64 = 86_400_000_000;

impl Completeness {
    /// Gives the parts with their places.
    fn placed(&self, place: &Place) -> impl Iterator<Item = (Place, &Part)> {
        placed(&self.parts, place.key("parts"))
    }
}

impl Kind for Completeness {
    fn name_own_measures(&mut self, place: &Place, own: &mut OwnMeasures) -> Result<(), Error> {
        for (at, part) in self.parts.iter_mut().enumerate() {
            let place = place.key("parts").item(at);
            part.when.name_own_measures(&place, own);
            part.name_tested(&place, own)?;
        }
        Ok(())
    }

    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let mut uses = Vec::new();
        for (place, part) in self.placed(place) {
            match part.comparison() {
                Some(comparison) if part.asks_nothing() => {
                    let wanted = if part.count.fresh.is_some() { &MOMENT } else { &ANY };
                    uses.push(Use { place: place.key("of"), name: comparison.of.name(), wanted });
                }
                _ => uses.extend(part.when.uses(&place)),
            }
            let tested = part.count.tested.as_ref();
            uses.extend(tested.map(|name| Use { place: place.key("of"), name, wanted: &ANY }));
        }
        uses
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        if self.parts.is_empty() {
            let hint = "Give at least one part, as {\"of\": \"email\", \"weight\": 3}.";
            return Err(place.key("parts").refuse("must not be an empty list").hint(hint));
        }
        self.placed(place).try_for_each(|(place, part)| part.check(&place, scope))?;
        self.grades().check(place)
    }

    fn grades(&self) -> Grades<'_> {
        Grades { at_least: &self.at_least, above: &self.above, labels: &self.labels }
    }

    fn patterns(&self, place: &Place) -> Vec<(Place, &str)> {
        let patterns = self
            .placed(place)
            .filter_map(|(place, part)| Some((place.key("matches"), &**part.count.matches.as_ref()?)));
        patterns.collect()
    }

    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let place = Place::root().key("scores").key(names.name(slot));
        let ready = |(place, part): (Place, &Part)| {
            let mut tests = match part.asks_nothing() {
                true => Vec::new(),
                false => vec![Filter::of(&part.when, &place, names)?],
            };
            let of = part.comparison().map(|comparison| names.slot(comparison.of.name()));
            let test = |of: usize, test: Test| Filter::Tests { of, half_life: None, tests: vec![test] };
            if let Some(of) = of.filter(|_| !part.asks_missing()) {
                tests.push(test(of, Test::Missing(false)));
                if !names.nature(names.name(of)).is_number() && !names.nature(names.name(of)).is_moment() {
                    tests.push(test(of, Test::NoneOf(vec![names.word("")])));
                }
            }
            if let Some(tested) = part.count.tested.as_ref().map(|name| names.slot(name)) {
                tests.push(match part.count.fresh.and_then(whole_days) {
                    Some(days) => test(tested, Test::AtMost(days as f64)),
                    None => test(tested, Test::OneOf(vec![1.0])),
                });
            }
            Ok(Ready {
                of,
                filter: Filter::All(tests),
                weight: part.count.weight,
                description: part.count.description.clone(),
            })
        };
        let parts = self.placed(&place).map(ready).collect::<Result<Vec<Ready>, Error>>()?;
        let whole = parts.iter().map(|part| part.weight).sum();
        Ok(Box::new(Complete { parts, whole, grades: self.grades().ready(slot, names) }))
    }
}

impl Part {
    /// Tells whether it asks for what is not there.
    fn asks_missing(&self) -> bool {
        self.comparison().is_some_and(|comparison| comparison.missing == Some(true))
    }
}

/// A score of completeness, made ready.
struct Complete {
    parts: Vec<Ready>,
    /// The sum of the weights.
    whole: f64,
    grades: Graded,
}

/// A part made ready.
struct Ready {
    /// The place of its value; none where it is several things.
    of: Option<usize>,
    filter: Filter,
    weight: f64,
    description: Option<String>,
}

impl Ready {
    /// Tells whether it is as it should be.
    fn holds(&self, seen: Seen) -> bool {
        self.filter.holds(seen.row, seen.as_of)
    }
}

/// What a figure is called.
const OF_HUNDRED: Words = Words { en: "{0} of 100", fr: "{0} sur 100" };
/// What lacks.
const LACKS: Words = Words {
    en: "{0} is missing or not valid: {1} less.",
    fr: "{0} manque ou n'est pas valable : {1} de moins.",
};
/// Nothing lacks.
const IS_WHOLE: Words = Words { en: "Nothing is missing.", fr: "Rien ne manque." };

impl Rule for Complete {
    fn scales(&self) -> &[Scale] {
        self.grades.scales()
    }

    fn score(&self, _: &[Reading], seen: Seen) -> f64 {
        let there = self.parts.iter().filter(|part| part.holds(seen)).map(|part| part.weight);
        100.0 * there.sum::<f64>() / self.whole
    }

    fn watches(&self) -> Vec<(usize, Compared)> {
        watches(self.parts.iter().map(|part| &part.filter)).collect()
    }

    fn columns(&self) -> Vec<RuleColumn> {
        let whole = RuleColumn::of("", "completeness", OutputKind::Float);
        self.grades.columns([whole])
    }

    fn write<'a>(&'a self, figure: f64, _: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        self.grades.write_float(figure, unscored, to);
    }

    fn ladders(&self) -> Vec<Ladder> {
        self.grades.ladders()
    }

    fn parts(&self) -> Vec<RulePart> {
        Vec::new()
    }

    fn tell(&self, figure: f64, language: Language) -> String {
        let rounded = (figure * 10.0).round() / 10.0;
        self.grades.tell(&OF_HUNDRED.fill(language, &[&tell_figure(rounded, language)]), figure, language)
    }

    fn account(&self, figure: f64, teller: &dyn Teller) -> Option<Account> {
        if figure.is_nan() {
            return None;
        }
        let (seen, language) = (teller.seen(), teller.language());
        let mut parts = Vec::new();
        let mut sentences = Vec::new();
        for part in &self.parts {
            let (holds, worth) = (part.holds(seen), 100.0 * part.weight / self.whole);
            let slots: Vec<usize> = match part.of {
                Some(of) => vec![of],
                None => part.filter.tested().into_iter().map(|(slot, _)| slot).collect(),
            };
            let titles: Vec<String> = slots.iter().map(|slot| teller.title(*slot)).collect();
            let reads =
                slots.iter().map(|slot| json!({ "of": teller.name(*slot), "value": teller.value(*slot) }));
            let reads: Json = reads.collect();
            parts.push(json!({ "reads": reads, "holds": holds, "weight": part.weight, "worth": worth }));
            if !holds {
                let title = capital(&part.description.clone().unwrap_or_else(|| titles.join(", ")));
                let worth = teller.number((worth * 10.0).round() / 10.0);
                sentences.push(LACKS.fill(language, &[&title, &worth]));
            }
        }
        if sentences.is_empty() {
            sentences.push(IS_WHOLE.get(language));
        }
        let mut json = Map::new();
        json.insert("parts".into(), parts.into());
        Some(Account { json, sentences })
    }
}

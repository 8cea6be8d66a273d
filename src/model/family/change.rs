//! `change`: a measure against the same measure some time ago, as a sharp rise of complaints.

use super::Kind;
use super::grades::{Graded, Grades};
use crate::error::Error;
use crate::model::document::Language;
use crate::model::explain::{capital, tell_figure, tell_period};
use crate::model::language::Words;
use crate::model::measure::{Measure, Take, Taken};
use crate::model::naming::Naming;
use crate::model::operand::OwnMeasures;
use crate::model::period::Period;
use crate::model::place::{Place, quoted};
use crate::model::rule::{Account, Ladder, Output, OutputKind, Reading, Rule, RuleColumn, Seen, Teller};
use crate::model::scale::Scale;
use crate::model::scope::{NUMBER, Scope, Use};
use crate::model::text::Text;
use crate::score::change::{difference, ratio};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, json};

/// What a measure has gained or lost since so long ago.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Change {
    /// The measure: one that is taken of events, a number, and without half_life.
    pub of: Text,
    /// How long ago the measure is that it is compared with, as `30 days` or `1 year`.
    pub against: Period,
    /// Whether the one is subtracted from the other, or divided by it.
    #[serde(default, rename = "as")]
    pub way: Way,
    /// The limits of levels, ascending: a change reaches a level that is at least its limit.
    #[schemars(length(min = 1, max = 99))]
    pub at_least: Option<Vec<f64>>,
    /// The limits of levels, ascending: a change reaches a level that is above its limit.
    #[schemars(length(min = 1, max = 99))]
    pub above: Option<Vec<f64>>,
    /// The names of the levels, lowest first.
    pub labels: Option<Vec<Text>>,
    /// The name of the measure as it was then.
    #[serde(skip)]
    pub then: Option<Text>,
}

/// How a change is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// What is now less what was then.
    #[default]
    Difference,
    /// What is now divided by what was then: 1.5 is half as much again. From 0 there is none.
    Ratio,
}

/// Says why a measure has no change that could be known, and what would do.
fn obstacle(measure: &Measure) -> Option<(&'static str, &'static str)> {
    let taken = match measure {
        Measure::Compute(_) => {
            return Some(("is computed", "Score the change of a measure that it is computed from."));
        }
        Measure::Take(taken) => taken,
    };
    match taken.take {
        Take::Attribute => Some((
            "is an attribute, whose past is not known",
            "Name a measure that is taken of events, as a count.",
        )),
        Take::First | Take::Last => {
            Some(("is of one event", "Name a count, a sum, an average, or another number."))
        }
        _ if taken.half_life.is_some() => {
            Some(("has a half_life", "Give the measure a \"window\", as \"30 days\", in place of half_life."))
        }
        _ => None,
    }
}

impl Change {
    /// Gives the lag of a measure as it was then.
    fn lag(&self, taken: &Taken, place: &Place) -> Result<Period, Error> {
        let against = place.key("against");
        if !self.against.is_positive() {
            let refusal = format!("must be above 0, got \"{}\"", self.against);
            return Err(against.refuse(refusal).hint("Give how long ago, as \"30 days\" or \"1 year\"."));
        }
        let lag = taken.lag.unwrap_or_default();
        match lag.and(self.against).filter(|lag| !lag.is_longer_than_history()) {
            Some(lag) => Ok(lag),
            None => {
                let refusal = format!("must be at most 10000 years, got \"{}\"", self.against);
                Err(against.refuse(refusal).hint("Give how long ago, as \"30 days\" or \"1 year\"."))
            }
        }
    }
}

impl Kind for Change {
    fn name_own_measures(&mut self, place: &Place, own: &mut OwnMeasures) -> Result<(), Error> {
        // What is no measure is refused like any other name.
        let Some(measure) = own.find(&self.of).cloned() else { return Ok(()) };
        if let Some((obstacle, hint)) = obstacle(&measure) {
            let refusal = format!("must be a number taken of events; {} {obstacle}", quoted(&self.of));
            return Err(place.key("of").refuse(refusal).hint(hint));
        }
        let Measure::Take(taken) = measure else { return Ok(()) };
        let then = Taken { lag: Some(self.lag(&taken, place)?), description: None, ..(*taken).clone() };
        let against = place.key("against");
        if let Some(source) = own.undated(&taken) {
            let complaint =
                format!("against needs dated events, and the source {} has no \"at\"", quoted(source));
            return Err(against
                .complain(complaint)
                .hint("Add \"at\" to the source: when each event happened."));
        }
        self.then = Some(own.add(&against, Measure::Take(Box::new(then))));
        Ok(())
    }

    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let used = |key, name| Use { place: place.key(key), name, wanted: &NUMBER };
        let then = self.then.iter().map(|then| used("against", &**then));
        [used("of", &*self.of)].into_iter().chain(then).collect()
    }

    fn check(&self, place: &Place, _: &Scope) -> Result<(), Error> {
        self.grades().check(place)
    }

    fn grades(&self) -> Grades<'_> {
        Grades { at_least: &self.at_least, above: &self.above, labels: &self.labels }
    }

    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        Ok(Box::new(Changed {
            now: names.slot(&self.of),
            then: names.slot(self.then.as_deref().unwrap_or(&self.of)),
            against: self.against,
            way: self.way,
            grades: self.grades().ready(slot, names),
        }))
    }
}

/// A score that is a change, made ready.
struct Changed {
    /// The place of the measure.
    now: usize,
    /// The place of the measure as it was then.
    then: usize,
    against: Period,
    way: Way,
    grades: Graded,
}

/// A ratio by itself.
const TIMES: Words = Words { en: "{0} times", fr: "{0} fois" };
/// A measure now, and then.
const NOW_AND_THEN: Words = Words { en: "{0}: {1}; {2} before: {3}.", fr: "{0} : {1} ; {2} avant : {3}." };
/// Why there is no ratio.
const FROM_ZERO: Words = Words {
    en: "{0} before it was 0, and there is no ratio from 0.",
    fr: "{0} avant, la valeur était 0, et il n'y a pas de rapport à partir de 0.",
};
/// Why there is no change between infinite figures.
const BOTH_INFINITE: Words =
    Words { en: "Both figures are infinite.", fr: "Les deux valeurs sont infinies." };

impl Rule for Changed {
    fn scales(&self) -> &[Scale] {
        self.grades.scales()
    }

    fn score(&self, _: &[Reading], seen: Seen) -> f64 {
        let (now, then) = (seen.row[self.now], seen.row[self.then]);
        match self.way {
            Way::Difference => difference(now, then),
            Way::Ratio => ratio(now, then),
        }
    }

    fn columns(&self) -> Vec<RuleColumn> {
        let key = match self.way {
            Way::Difference => "difference",
            Way::Ratio => "ratio",
        };
        let change = RuleColumn::of("", key, OutputKind::Float);
        self.grades.columns([change])
    }

    fn write<'a>(&'a self, figure: f64, _: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        self.grades.write_float(figure, unscored, to);
    }

    fn ladders(&self) -> Vec<Ladder> {
        self.grades.ladders()
    }

    fn tell(&self, figure: f64, language: Language) -> String {
        let told = tell_figure(figure, language);
        let change = match self.way {
            Way::Ratio => TIMES.fill(language, &[&told]),
            Way::Difference if figure > 0.0 => format!("+{told}"),
            Way::Difference => told,
        };
        self.grades.tell(&change, figure, language)
    }

    fn needs(&self) -> Vec<usize> {
        vec![self.now, self.then]
    }

    fn lacks(&self, teller: &dyn Teller) -> Option<(&'static str, String)> {
        let (seen, language) = (teller.seen(), teller.language());
        let then = seen.row[self.then];
        match self.way {
            Way::Ratio if then == 0.0 => {
                let ago = capital(&tell_period(self.against, language));
                Some(("from_zero", FROM_ZERO.fill(language, &[&ago])))
            }
            _ if then.is_infinite() => Some(("infinite", BOTH_INFINITE.get(language))),
            _ => None,
        }
    }

    fn account(&self, figure: f64, teller: &dyn Teller) -> Option<Account> {
        let mut json = Map::new();
        json.insert("of".into(), teller.name(self.now).into());
        json.insert("value".into(), teller.value(self.now));
        json.insert(
            "against".into(),
            json!({ "period": self.against.to_string(), "value": teller.value(self.then) }),
        );
        let language = teller.language();
        let ago = tell_period(self.against, language);
        let told = [capital(&teller.title(self.now)), teller.say(self.now), teller.say(self.then)];
        let sentence = NOW_AND_THEN.fill(language, &[&told[0], &told[1], &ago, &told[2]]);
        Some(Account { json, sentences: if figure.is_nan() { Vec::new() } else { vec![sentence] } })
    }
}

//! The value of a measure as it is told, and what stands before and after it on a scale.

use super::moment::{self, Detail};
use super::{Told, number, words};
use crate::model::compute::AgeUnit;
use crate::model::fact::Fact;
use crate::model::measure::Take;
use crate::model::nature::Nature;
use crate::model::plan::Measured;
use crate::score::log_sum::{half_lives, value_of};
use serde_json::Value as Json;

/// The value of a measure of the customer.
pub struct Value<'a> {
    told: &'a Told<'a>,
    /// The measure.
    pub measured: &'a Measured,
    fact: &'a Fact<'a>,
    shown: Option<&'a str>,
}

/// A value with the ends of its level, as a sentence has them and as JSON has them.
pub struct Between {
    /// The value in a sentence.
    pub value: String,
    /// The ends in a sentence.
    pub ends: [Option<String>; 2],
    /// The ends in JSON.
    pub plain: [Option<String>; 2],
}

impl<'a> Value<'a> {
    /// Looks a measure up by its place.
    pub fn of(told: &'a Told<'a>, slot: usize) -> Option<Self> {
        let measured = told.plan.measures.get(slot)?;
        let fact = told.facts.get(slot).unwrap_or(&Fact::None);
        Some(Self { told, measured, fact, shown: told.shown.get(slot).and_then(|shown| shown.as_deref()) })
    }

    /// Names it.
    pub fn title(&self) -> String {
        match (self.measured.measure.description(), self.measured.is_own) {
            (None, true) => super::measure::tell(self.measured, self.told),
            (description, _) => super::title(description, &self.measured.name),
        }
    }

    /// Tells whether it is a moment.
    pub fn is_moment(&self) -> bool {
        matches!(self.fact, Fact::Moment(_))
    }

    /// Tells whether the customer can make it later: it is the date of the last event.
    pub fn can_be_later(&self) -> bool {
        self.is_moment() && self.measured.taken().is_some_and(|taken| taken.take == Take::Last)
    }

    /// Gives its number as of the moment of the scores; NaN where it has none.
    pub fn number(&self) -> f64 {
        match (self.fact, self.measured.half_life()) {
            // The rounded figure is what levels compare; so a value that is a limit is told as that.
            (Fact::Decayed(sum), Some(_)) => self.number_of(sum.figure()),
            (Fact::Decayed(_), None) => f64::NAN,
            (fact, _) => fact.figure(),
        }
    }

    /// Turns a figure of its scale into a number of its own.
    pub fn number_of(&self, figure: f64) -> f64 {
        match self.measured.half_life() {
            Some(half_life) => value_of(figure, half_lives(self.told.scored_at, half_life)),
            None => figure,
        }
    }

    /// Gives the text of an exact number.
    pub fn exact(&self) -> Option<&'a str> {
        let is_exact = matches!(self.fact, Fact::Number(_))
            && matches!(self.measured.column.nature, Nature::Whole | Nature::Decimal);
        self.shown.filter(|_| is_exact).filter(|shown| number::decimals(shown).is_some())
    }

    /// Gives it to JSON.
    pub fn json(&self) -> Json {
        match (self.fact, self.shown) {
            (_, None) | (Fact::None, _) => Json::Null,
            (Fact::Number(_) | Fact::Decayed(_), Some(shown)) => number::value(shown),
            (Fact::Truth(truth), _) => Json::Bool(*truth),
            (Fact::Moment(moment), Some(shown)) => match self.measured.column.nature {
                Nature::Moment if *moment != i64::MAX && *moment != i64::MIN => moment::iso(*moment).into(),
                Nature::Date if *moment != i64::MAX && *moment != i64::MIN => {
                    moment::iso_day(self.told.calendar.day(*moment)).into()
                }
                _ => shown.into(),
            },
            (Fact::Text(_), Some(shown)) => shown.into(),
        }
    }

    /// Says it by itself.
    pub fn tell(&self) -> String {
        let language = self.told.language();
        match (self.fact, self.shown) {
            (Fact::None, _) => words::UNKNOWN.get(language),
            (Fact::Truth(true), _) => words::TRUE.get(language),
            (Fact::Truth(false), _) => words::FALSE.get(language),
            (Fact::Text(text), shown) => words::QUOTED.fill(language, &[shown.unwrap_or(text)]),
            _ => self.between([None, None]).value,
        }
    }

    /// Says it between the ends of its level, which are figures of its scale.
    pub fn between(&self, ends: [Option<f64>; 2]) -> Between {
        match self.fact {
            Fact::Moment(moment) => self.moment_between(*moment, ends),
            _ => self.number_between(ends),
        }
    }

    /// Says a number between others.
    fn number_between(&self, ends: [Option<f64>; 2]) -> Between {
        let language = self.told.language();
        let numbers: Vec<f64> = ends.iter().flatten().map(|figure| self.number_of(*figure)).collect();
        let (value, others) = number::write(self.number(), self.exact(), &numbers);
        let mut others = others.into_iter();
        let plain = ends.map(|end| end.and_then(|_| others.next()));
        let local = |text: &String| number::localize(text, language);
        let value = if value == "NaN" { words::UNKNOWN.get(language) } else { self.tell_amount(&value) };
        Between { value, ends: [plain[0].as_ref().map(local), plain[1].as_ref().map(local)], plain }
    }

    /// Says a plain decimal as an amount of it, with the unit of an age.
    pub fn tell_amount(&self, plain: &str) -> String {
        let language = self.told.language();
        let unit = self.measured.computed().and_then(|computed| computed.unit).map(|unit| match unit {
            AgeUnit::Days => words::DAYS,
            AgeUnit::Months => words::MONTHS,
            AgeUnit::Years => words::YEARS,
        });
        let age = unit.zip(plain.parse().ok());
        age.map_or_else(|| number::localize(plain, language), |(unit, age)| unit.count(age, language))
    }

    /// Says a moment between others: as days, or in more detail where an end is on the same day.
    fn moment_between(&self, value: i64, ends: [Option<f64>; 2]) -> Between {
        let (calendar, language) = (self.told.calendar, self.told.language());
        let moments = ends.map(|end| end.map(|figure| figure as i64));
        let tell = |moment: i64, detail| moment::tell(moment, detail, calendar, language);
        let is_told = |detail: &Detail| {
            moments.iter().flatten().all(|end| *end == value || tell(*end, *detail) != tell(value, *detail))
        };
        let detail = [Detail::Day, Detail::Minute].into_iter().find(is_told).unwrap_or(Detail::All);
        Between {
            value: tell(value, detail),
            ends: moments.map(|end| end.map(|end| tell(end, detail))),
            plain: moments.map(|end| end.map(moment::iso)),
        }
    }

    /// Begins the sentence on it: what it is, and its value.
    pub fn begin(&self, value: &str) -> String {
        let (language, title) = (self.told.language(), super::capital(&self.title()));
        let half_life = self.measured.taken().and_then(|taken| taken.half_life);
        match (self.fact, half_life) {
            (Fact::Moment(moment), _) if *moment != i64::MAX && *moment != i64::MIN => {
                let days = moment::tell_days(*moment, self.told.scored_at, self.told.calendar, language);
                words::MOMENT.fill(language, &[&title, value, &days])
            }
            (Fact::Decayed(_), Some(half_life)) => {
                let half_life = moment::tell_period(half_life, language);
                words::DECAYED.fill(language, &[&title, value, &half_life])
            }
            _ => words::VALUE.fill(language, &[&title, value]),
        }
    }
}

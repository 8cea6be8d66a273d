//! A scorecard made ready: the points of a customer, the probability that they stand for, and the reasons.

use crate::model::document::Language;
use crate::model::explain::{capital, figure_to_json, tell_figure, unseen};
use crate::model::family::grades::Graded;
use crate::model::filter::{Filter, watches};
use crate::model::language::Words;
use crate::model::rule::{
    Account, Compared, Ladder, Output, OutputKind, Reading, Rule, RuleColumn, Seen, Teller, decimal,
};
use crate::model::scale::Scale as Levels;
use crate::score::points::MILLIONTHS;
use crate::score::reasons::{Method, rank};
use crate::score::scorecard::Scale;
use serde_json::{Map, Number, Value as Json};

/// A scorecard made ready.
pub struct Card {
    /// The points before any characteristic, in millionths.
    pub base: i64,
    /// The characteristics.
    pub characteristics: Vec<Ready>,
    /// What points stand for; none where they stand for nothing.
    pub scale: Option<Scale>,
    /// Which way points are a reason.
    pub method: Method,
    /// The most reasons.
    pub most: usize,
    /// The levels.
    pub grades: Graded,
}

/// A characteristic made ready.
pub struct Ready {
    /// The place of its figure.
    pub of: usize,
    /// Its bins, lists first, each with its number in the document.
    pub bins: Vec<(usize, Filter, Worth)>,
    /// What no value gives; none where there is no score.
    pub missing: Option<Worth>,
    /// What a value in no bin gives; none where there is no score.
    pub otherwise: Option<Worth>,
    /// What its weights of evidence are multiplied with.
    pub coefficient: f64,
    /// The points that those of a customer are compared with.
    pub baseline: i64,
    /// What it is, for people.
    pub description: Option<String>,
}

/// What is given.
pub struct Worth {
    /// The points, in millionths.
    pub points: i64,
    /// The weight of evidence that they come from.
    pub woe: Option<f64>,
    /// The code of the reason that it is.
    pub reason: Option<String>,
}

/// Where a figure was found.
#[derive(Clone, Copy)]
enum Found {
    /// In the bin of this number.
    Bin(usize),
    /// There is none.
    Missing,
    /// In no bin.
    Otherwise,
}

impl Found {
    /// Gives it to JSON.
    fn json(self) -> Json {
        match self {
            Self::Bin(at) => at.into(),
            Self::Missing => "missing".into(),
            Self::Otherwise => "otherwise".into(),
        }
    }
}

impl Ready {
    /// Finds what the characteristic gives a customer; none where there is no score.
    fn find(&self, seen: Seen) -> Option<(Found, &Worth)> {
        if seen.row[self.of].is_nan() {
            return Some((Found::Missing, self.missing.as_ref()?));
        }
        let found = self.bins.iter().find(|(_, filter, _)| filter.holds(seen.row, seen.as_of));
        match found {
            Some((at, _, worth)) => Some((Found::Bin(*at), worth)),
            None => Some((Found::Otherwise, self.otherwise.as_ref()?)),
        }
    }
}

impl Card {
    /// Gives the points before they are rounded, in millionths; none where there are none.
    fn total(&self, seen: Seen) -> Option<i64> {
        let points = self.characteristics.iter().map(|one| Some(one.find(seen)?.1.points));
        points.sum::<Option<i64>>().map(|sum| self.base + sum)
    }

    /// Gives the probability of the bad outcome at these points.
    fn probability(&self, total: i64) -> Option<f64> {
        Some(self.scale?.probability(total as f64 / MILLIONTHS))
    }

    /// Gives the codes of the reasons, the heaviest first.
    fn reasons(&self, seen: Seen) -> Vec<&str> {
        let differences = self.characteristics.iter().filter_map(|one| {
            let (_, worth) = one.find(seen)?;
            Some((worth.reason.as_deref()?, self.method.difference(worth.points, one.baseline)))
        });
        rank(differences, self.most)
    }

    /// Writes what a characteristic gave into JSON.
    fn write_one(&self, one: &Ready, found: Found, worth: &Worth, teller: &dyn Teller) -> Json {
        let mut told = Map::new();
        told.insert("of".into(), teller.name(one.of).into());
        told.extend(one.description.clone().map(|said| ("description".into(), said.into())));
        told.insert("value".into(), teller.value(one.of));
        told.insert("bin".into(), found.json());
        if let Some(woe) = worth.woe {
            told.insert("woe".into(), figure_to_json(woe));
            told.insert("coefficient".into(), figure_to_json(one.coefficient));
        }
        told.insert("points".into(), points(worth.points));
        told.insert("baseline".into(), points(one.baseline));
        told.extend(worth.reason.clone().map(|reason| ("reason".into(), reason.into())));
        Json::Object(told)
    }
}

/// Gives points to JSON.
fn points(millionths: i64) -> Json {
    decimal(millionths).parse::<Number>().map_or(Json::Null, Json::from)
}

/// What a figure is called.
const POINTS: Words = Words { en: "{0} points", fr: "{0} points" };
/// The points before any characteristic.
const BASE: Words = Words { en: "{0} points to begin with.", fr: "{0} points au départ." };
/// What a value gave.
const GAVE: Words = Words { en: "{0} ({1}): {2} points.", fr: "{0} ({1}) : {2} points." };
/// What the points were before they were rounded.
const TOGETHER: Words = Words { en: "All together {0} points.", fr: "En tout {0} points." };
/// What the points stand for.
const DEFAULT: Words = Words {
    en: "The probability of default is {0}%, the confidence {1}%.",
    fr: "La probabilité de défaut est de {0} %, la confiance de {1} %.",
};
/// Why a score is low.
const BELOW: Words = Words { en: "Points were lost on: {0}.", fr: "Des points ont été perdus sur : {0}." };
/// Why a score is high.
const ABOVE: Words = Words { en: "Points were won by: {0}.", fr: "Des points ont été gagnés par : {0}." };

impl Rule for Card {
    fn scales(&self) -> &[Levels] {
        self.grades.scales()
    }

    fn score(&self, _: &[Reading], seen: Seen) -> f64 {
        self.total(seen).map_or(f64::NAN, |total| 0.0 + (total as f64 / MILLIONTHS).round())
    }

    fn is_its_figure(&self) -> bool {
        false
    }

    fn watches(&self) -> Vec<(usize, Compared)> {
        let filters = self.characteristics.iter().flat_map(|one| &one.bins).map(|(_, filter, _)| filter);
        watches(filters).collect()
    }

    fn columns(&self) -> Vec<RuleColumn> {
        let own = [
            RuleColumn::of("", "points", OutputKind::Whole),
            RuleColumn::of("_probability", "probability", OutputKind::Float),
            RuleColumn::of("_reasons", "reasons", OutputKind::Texts),
        ];
        self.grades.columns(own)
    }

    fn write<'a>(&'a self, figure: f64, seen: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        match self.total(seen).filter(|_| !figure.is_nan()) {
            None => to.extend([Output::None, Output::None, Output::None]),
            Some(total) => to.extend([
                Output::Whole(figure as i32),
                self.probability(total).map_or(Output::None, Output::Float),
                Output::Texts(self.reasons(seen)),
            ]),
        }
        self.grades.write(figure, unscored, to);
    }

    fn ladders(&self) -> Vec<Ladder> {
        self.grades.ladders()
    }

    fn tell(&self, figure: f64, language: Language) -> String {
        let points = tell_figure(figure, language);
        self.grades.tell(&POINTS.fill(language, &[&points]), figure, language)
    }

    fn needs(&self) -> Vec<usize> {
        self.characteristics.iter().filter(|one| one.missing.is_none()).map(|one| one.of).collect()
    }

    fn lacks(&self, teller: &dyn Teller) -> Option<(&'static str, String)> {
        let one = self.characteristics.iter().find(|one| one.find(teller.seen()).is_none())?;
        Some(unseen(one.of, teller))
    }

    fn account(&self, figure: f64, teller: &dyn Teller) -> Option<Account> {
        let (seen, language) = (teller.seen(), teller.language());
        let total = self.total(seen).filter(|_| !figure.is_nan())?;
        let number = |millionths: i64| teller.number(millionths as f64 / MILLIONTHS);
        let mut sentences = Vec::new();
        if self.base != 0 {
            sentences.push(BASE.fill(language, &[&number(self.base)]));
        }
        let mut characteristics = Vec::new();
        for one in &self.characteristics {
            let Some((found, worth)) = one.find(seen) else { continue };
            characteristics.push(self.write_one(one, found, worth, teller));
            let title = capital(&one.description.clone().unwrap_or_else(|| teller.title(one.of)));
            sentences.push(GAVE.fill(language, &[&title, &teller.say(one.of), &number(worth.points)]));
        }
        if total % 1_000_000 != 0 {
            sentences.push(TOGETHER.fill(language, &[&number(total)]));
        }
        let mut told = Map::new();
        told.insert("raw".into(), points(total));
        told.insert("base".into(), points(self.base));
        if let (Some(scale), Some(probability)) = (self.scale, self.probability(total)) {
            told.insert("log_odds".into(), figure_to_json(scale.log_odds(total as f64 / MILLIONTHS)));
            let percent = |share: f64| tell_figure(share * 100.0, language);
            sentences.push(DEFAULT.fill(language, &[&percent(probability), &percent(1.0 - probability)]));
        }
        told.insert("characteristics".into(), characteristics.into());
        let reasons = self.reasons(seen);
        if !reasons.is_empty() {
            let because = if self.method == Method::PointsBelow { BELOW } else { ABOVE };
            sentences.push(because.fill(language, &[&reasons.join(", ")]));
        }
        Some(Account { json: told, sentences })
    }
}

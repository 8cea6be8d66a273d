//! `naive_bayes`: how likely a customer is won, by how often his values were among those who were won and who were lost.

use super::grades::{Graded, Grades};
use super::quantile::Negatives;
use super::{Kind, Order, groups};
use crate::error::Error;
use crate::model::condition::Condition;
use crate::model::cuts::Cut;
use crate::model::document::Language;
use crate::model::explain::{capital, tell_figure};
use crate::model::filter::Filter;
use crate::model::language::Words;
use crate::model::naming::Naming;
use crate::model::operand::OwnMeasures;
use crate::model::place::{Place, quoted};
use crate::model::rule::{
    Account, Ladder, Output, OutputKind, Part, Reading, Rule, RuleColumn, Seen, Teller,
};
use crate::model::scale::{Limits, Scale};
use crate::model::scope::{CATEGORY, Scope, Use};
use crate::model::text::{Text, Texts};
use crate::score::logistic::probability;
use crate::score::naive_bayes::{Evidence, Outcomes};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;

/// How likely a customer is won: naive Bayes over the values of measures, as of the last refresh.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct NaiveBayes {
    /// Who was won.
    pub won: Condition,
    /// Who was lost.
    pub lost: Condition,
    /// The measures whose values tell something.
    pub of: Texts,
    /// The attribute, or several, whose values part the customers into groups with frequencies of their own.
    pub within: Option<Texts>,
    /// What is added to each count of a value, so that one never seen with an outcome does not decide alone.
    #[serde(default = "usual_smoothing")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub smoothing: f64,
    /// The limits of levels, ascending: a probability reaches a level that is at least its limit.
    #[schemars(length(min = 1, max = 99))]
    pub at_least: Option<Vec<f64>>,
    /// The limits of levels, ascending: a probability reaches a level that is above its limit.
    #[schemars(length(min = 1, max = 99))]
    pub above: Option<Vec<f64>>,
    /// The names of the levels, lowest first.
    pub labels: Option<Vec<Text>>,
}

/// Is Laplace's smoothing.
fn usual_smoothing() -> f64 {
    1.0
}

impl NaiveBayes {
    /// Gives the conditions of the two outcomes with their places.
    fn outcomes(&self, place: &Place) -> [(Place, &Condition); 2] {
        [(place.key("won"), &self.won), (place.key("lost"), &self.lost)]
    }
}

impl Kind for NaiveBayes {
    fn name_own_measures(&mut self, place: &Place, own: &mut OwnMeasures) -> Result<(), Error> {
        self.won.name_own_measures(&place.key("won"), own);
        self.lost.name_own_measures(&place.key("lost"), own);
        Ok(())
    }

    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let of = self.of.placed(&place.key("of")).into_iter();
        let mut uses: Vec<Use> = of.map(|(place, name)| Use { place, name, wanted: &CATEGORY }).collect();
        uses.extend(self.outcomes(place).into_iter().flat_map(|(place, outcome)| outcome.uses(&place)));
        uses.extend(groups(&self.within, place));
        uses
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        for (place, outcome) in self.outcomes(place) {
            outcome.check(&place, scope)?;
        }
        let placed = self.of.placed(&place.key("of"));
        for (at, (place, name)) in placed.iter().enumerate() {
            if placed[..at].iter().any(|(_, before)| before == name) {
                let refusal = format!("names {} a second time", quoted(name));
                return Err(place
                    .refuse(refusal)
                    .hint("Name each measure once: its values would count twice."));
            }
        }
        if !(self.smoothing > 0.0 && self.smoothing.is_finite()) {
            let refusal = format!("must be above 0, got {}", self.smoothing);
            let hint = "1 is Laplace's; a smaller number trusts few customers more.";
            return Err(place.key("smoothing").refuse(refusal).hint(hint));
        }
        self.grades().check(place)
    }

    fn grades(&self) -> Grades<'_> {
        Grades { at_least: &self.at_least, above: &self.above, labels: &self.labels }
    }

    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Rule>, Error> {
        let place = Place::root().key("scores").key(names.name(slot));
        let [won, lost] = self.outcomes(&place).map(|(place, outcome)| Filter::of(outcome, &place, names));
        let within: Vec<Text> = self.within.iter().flat_map(Texts::as_slice).cloned().collect();
        let scale = |suffix: Cow<'static, str>, of: usize, parts: Vec<Text>| Scale {
            suffix,
            of,
            half_life: None,
            levels: 1,
            limits: Limits::Outcomes { within: within.len() },
            negatives: Negatives::Rank,
            order: Order::Ascending,
            grouping: if parts.is_empty() { None } else { names.grouping(&Some(Texts::Many(parts))) },
            labels: Vec::new(),
        };
        let grades = self.grades().ready(slot, names);
        let mut scales: Vec<Scale> = grades.scales().to_vec();
        let first = scales.len();
        scales.push(scale("_all".into(), slot, within.clone()));
        for name in self.of.as_slice() {
            let parts = within.iter().chain([name]).cloned().collect();
            scales.push(scale(format!("_{name}").into(), names.slot(name), parts));
        }
        Ok(Box::new(Likely { won: won?, lost: lost?, smoothing: self.smoothing, first, scales, grades }))
    }
}

/// A score of naive Bayes, made ready.
struct Likely {
    won: Filter,
    lost: Filter,
    smoothing: f64,
    /// The number of the scale that counts all; those of the values follow.
    first: usize,
    scales: Vec<Scale>,
    grades: Graded,
}

impl Likely {
    /// Gives the outcomes of all in the customer's group; none where nobody is won or lost.
    fn all(&self, readings: &[Reading]) -> Option<Outcomes> {
        outcomes(readings[self.first].cut).map(|evidence| evidence.outcomes)
    }

    /// Gives the evidence of each value of the customer; none for one that was never seen.
    fn evidence<'a>(
        &'a self,
        readings: &'a [Reading],
    ) -> impl Iterator<Item = (&'a Scale, Option<Evidence>)> {
        let scales = self.scales.iter().zip(readings).skip(self.first + 1);
        scales.map(|(scale, reading)| (scale, outcomes(reading.cut)))
    }
}

/// Reads what was published of a group; none where nobody in it is won or lost.
fn outcomes(cut: Option<&Cut>) -> Option<Evidence> {
    match cut?.figures.as_deref().ok()? {
        [won, lost, values] => {
            Some(Evidence { outcomes: Outcomes { won: *won, lost: *lost }, values: *values })
        }
        _ => None,
    }
}

/// What a probability is called.
const LIKELY: Words = Words { en: "{0} %", fr: "{0} %" };
/// What all outcomes say.
const OF_ALL: Words = Words {
    en: "{0} customers were won and {1} lost: {2} % to begin with.",
    fr: "{0} clients gagnés et {1} perdus : {2} % au départ.",
};
/// What a value says.
const OF_VALUE: Words = Words {
    en: "{0} ({1}): {2} won and {3} lost, which speaks {4}.",
    fr: "{0} ({1}) : {2} gagnés et {3} perdus, ce qui parle {4}.",
};
/// What a value says that was never seen.
const NEVER_SEEN: Words = Words {
    en: "{0} ({1}): never seen among those won or lost, and left out.",
    fr: "{0} ({1}) : jamais vu parmi les gagnés ou les perdus, et laissé de côté.",
};
/// Why there are no frequencies.
const NOBODY: Words = Words {
    en: "At the last refresh, nobody was won or lost.",
    fr: "Au dernier rafraîchissement, personne n'était gagné ou perdu.",
};
/// The same in a group.
const NOBODY_IN_GROUP: Words = Words {
    en: "At the last refresh, nobody in the customer's group was won or lost.",
    fr: "Au dernier rafraîchissement, personne dans le groupe du client n'était gagné ou perdu.",
};
/// What speaks for the customer.
const FOR_IT: Words = Words { en: "for it", fr: "pour" };
/// What speaks against.
const AGAINST: Words = Words { en: "against it", fr: "contre" };
/// What says nothing.
const NEITHER: Words = Words { en: "neither for nor against it", fr: "ni pour ni contre" };

/// Rounds a probability to tenths of a percent.
fn percent(probability: f64) -> f64 {
    (probability * 1000.0).round() / 10.0
}

impl Rule for Likely {
    fn scales(&self) -> &[Scale] {
        &self.scales
    }

    fn figure(&self, _: usize, seen: Seen) -> f64 {
        let holds = |filter: &Filter| filter.holds(seen.row, seen.as_of);
        match (holds(&self.won), holds(&self.lost)) {
            (true, false) => 1.0,
            (false, true) => 0.0,
            _ => f64::NAN,
        }
    }

    fn score(&self, readings: &[Reading], _: Seen) -> f64 {
        let Some(all) = self.all(readings) else { return f64::NAN };
        let told = self.evidence(readings).filter_map(|(_, evidence)| evidence);
        let log_odds = told.map(|evidence| evidence.log_odds(all, self.smoothing));
        probability(log_odds.fold(all.log_odds(self.smoothing), |sum, log_odds| sum + log_odds))
    }

    fn columns(&self) -> Vec<RuleColumn> {
        let whole = RuleColumn::of("", "probability", OutputKind::Float);
        self.grades.columns([whole])
    }

    fn write<'a>(&'a self, figure: f64, _: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        self.grades.write_float(figure, unscored, to);
    }

    fn ladders(&self) -> Vec<Ladder> {
        self.grades.ladders()
    }

    fn parts(&self) -> Vec<Part> {
        Vec::new()
    }

    fn tell(&self, figure: f64, language: Language) -> String {
        let likely = LIKELY.fill(language, &[&tell_figure(percent(figure), language)]);
        self.grades.tell(&likely, figure, language)
    }

    fn lacks(&self, teller: &dyn Teller) -> Option<(&'static str, String)> {
        let group = self.scales[self.first].grouping;
        let because = if group.is_some() { NOBODY_IN_GROUP } else { NOBODY };
        self.all(&teller.readings()).is_none().then(|| ("nobody", because.get(teller.language())))
    }

    fn account(&self, figure: f64, teller: &dyn Teller) -> Option<Account> {
        if figure.is_nan() {
            return None;
        }
        let (readings, language) = (teller.readings(), teller.language());
        let all = self.all(&readings)?;
        let mut factors = Vec::new();
        let mut sentences = Vec::new();
        for (scale, evidence) in self.evidence(&readings) {
            let (title, value) = (capital(&teller.title(scale.of)), teller.say(scale.of));
            let Some(evidence) = evidence else {
                factors.push(json!({ "of": teller.name(scale.of), "value": teller.value(scale.of) }));
                sentences.push(NEVER_SEEN.fill(language, &[&title, &value]));
                continue;
            };
            let (won, lost) = evidence.shares(all, self.smoothing);
            let log_odds = evidence.log_odds(all, self.smoothing);
            let Outcomes { won: heads, lost: lost_heads } = evidence.outcomes;
            factors.push(json!({
                "of": teller.name(scale.of), "value": teller.value(scale.of), "won": heads, "lost": lost_heads,
                "share_of_won": won, "share_of_lost": lost, "log_odds": log_odds, "weight": won / (won + lost),
            }));
            let speaks = match log_odds.total_cmp(&0.0) {
                std::cmp::Ordering::Greater => FOR_IT,
                std::cmp::Ordering::Less => AGAINST,
                std::cmp::Ordering::Equal => NEITHER,
            };
            let [heads, lost_heads] = [heads, lost_heads].map(|heads| teller.number(heads));
            let speaks = speaks.get(language);
            sentences.push(OF_VALUE.fill(language, &[&title, &value, &heads, &lost_heads, &speaks]));
        }
        let begin = all.log_odds(self.smoothing);
        let start = teller.number(percent(probability(begin)));
        let [won, lost] = [all.won, all.lost].map(|heads| teller.number(heads));
        sentences.insert(0, OF_ALL.fill(language, &[&won, &lost, &start]));
        let mut json = Map::new();
        json.insert("won".into(), json!(all.won));
        json.insert("lost".into(), json!(all.lost));
        json.insert("log_odds".into(), json!(begin));
        json.insert("factors".into(), Json::Array(factors));
        Some(Account { json, sentences })
    }
}

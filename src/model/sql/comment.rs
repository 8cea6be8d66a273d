//! Comments: what the tables, views and columns of a model hold, in its language.

use crate::model::column::{Column, Holds};
use crate::model::compute::{AgeUnit, Compute, Computed};
use crate::model::document::Language;
use crate::model::measure::{Measure, Take, Taken};
use crate::model::period::Period;
use crate::model::place::Place;
use crate::model::plan::Plan;
use crate::model::rule::OutputKind;

/// The words for what a model makes: the author's where there are some.
pub struct Words<'a> {
    plan: &'a Plan,
    is_french: bool,
}

impl<'a> Words<'a> {
    /// Speaks of a model in its language.
    pub fn of(plan: &'a Plan) -> Self {
        Self { plan, is_french: plan.document.language == Language::Fr }
    }

    /// Chooses the words of the model's language.
    fn say(&self, english: impl Into<String>, french: impl Into<String>) -> String {
        if self.is_french { french.into() } else { english.into() }
    }

    /// Says what the score table is.
    pub fn of_table(&self) -> String {
        let table = &self.plan.document.customers.table;
        self.plan.document.description.clone().unwrap_or_else(|| {
            self.say(
                format!("Measures and scores of the customers of {table}, one row each, kept by pg_scoring"),
                format!("Mesures et scores des clients de {table}, une ligne chacun, tenue par pg_scoring"),
            )
        })
    }

    /// Says what the view is.
    pub fn of_view(&self) -> String {
        let table = &self.plan.document.customers.table;
        self.plan.document.description.clone().unwrap_or_else(|| {
            self.say(
                format!("Measures and scores of the customers of {table}, as of now where they change by the clock"),
                format!("Mesures et scores des clients de {table}, à l'instant présent où le temps les change"),
            )
        })
    }

    /// Says what a column of the score table holds.
    pub fn of_column(&self, column: &Column) -> String {
        let of = |slot: usize| self.plan.measures[slot].name.as_str();
        match column.holds {
            Holds::Key(_) => {
                let table = &self.plan.document.customers.table;
                self.say(format!("Key of the customer in {table}"), format!("Clé du client dans {table}"))
            }
            Holds::Measure(slot) => self.of_measure(slot),
            Holds::Own => self.say(
                "Measures that scores have for themselves, for upkeep",
                "Mesures propres aux scores, pour leur tenue",
            ),
            Holds::Positive(slot) => self.say(
                format!(
                    "{}: log2 of the decayed sum at 2000-01-01 UTC; -Infinity is nothing",
                    self.of_measure(slot)
                ),
                format!(
                    "{} : log2 de la somme amortie au 2000-01-01 UTC ; -Infinity : rien",
                    self.of_measure(slot)
                ),
            ),
            Holds::Negative(slot) => self.say(
                format!(
                    "What is subtracted from {0}_log2, in the same scale; -Infinity is nothing",
                    of(slot)
                ),
                format!("Ce qui se retranche de {0}_log2, à la même échelle ; -Infinity : rien", of(slot)),
            ),
            Holds::Sum(slot) => self.say(
                format!("Sum of the values that {} is the mean of", of(slot)),
                format!("Somme des valeurs dont {} est la moyenne", of(slot)),
            ),
            Holds::Count(slot) if self.is_average(slot) => self.say(
                format!("Number of the values that {} is the mean of", of(slot)),
                format!("Nombre des valeurs dont {} est la moyenne", of(slot)),
            ),
            Holds::Count(slot) => self.say(
                format!("Number of the values that {} is the sum of", of(slot)),
                format!("Nombre des valeurs dont {} est la somme", of(slot)),
            ),
            Holds::At(slot) => self.say(
                format!("Moment of the event whose value {} is", of(slot)),
                format!("Instant de l'événement dont {} est la valeur", of(slot)),
            ),
            Holds::Score(number, at) => self.of_score(number, at),
            Holds::ScoredAt => self
                .say("Moment that the row was computed for", "Instant pour lequel la ligne a été calculée"),
            Holds::DueAt => self.say(
                "Moment from which the row must be computed again; NULL: when its events change",
                "Instant à partir duquel la ligne est à recalculer ; NULL : quand ses événements changent",
            ),
            Holds::EventDueAt => self.say(
                "Moment at which the next event begins or ends to count; NULL: none does",
                "Instant auquel le prochain événement commence ou cesse de compter ; NULL : aucun",
            ),
        }
    }

    /// Tells whether a measure is a mean.
    fn is_average(&self, slot: usize) -> bool {
        self.plan.measures[slot].taken().is_some_and(|taken| taken.take == Take::Average)
    }

    /// Says what a measure is.
    pub fn of_measure(&self, slot: usize) -> String {
        let measure = &self.plan.measures[slot].measure;
        measure.description().map_or_else(|| self.sentence(measure, "Moment", "Instant"), String::from)
    }

    /// Says what the date of an event is.
    pub fn of_date(&self, slot: usize) -> String {
        let measure = &self.plan.measures[slot].measure;
        measure.description().map_or_else(|| self.sentence(measure, "Date", "Date"), String::from)
    }

    /// Says what the days since an event are.
    pub fn of_days(&self, slot: usize) -> String {
        let name = &self.plan.measures[slot].name;
        let zone = &self.plan.timezone;
        self.say(
            format!("Days from {name} to today in {zone}"),
            format!("Jours de {name} à aujourd'hui à {zone}"),
        )
    }

    /// Adds that a figure is as of now.
    pub fn as_of_now(&self, comment: &str) -> String {
        self.say(format!("{comment}; as of now"), format!("{comment} ; à l'instant présent"))
    }

    /// Makes a sentence of a measure that has no description.
    fn sentence(&self, measure: &Measure, moment: &str, instant: &str) -> String {
        match measure {
            Measure::Take(taken) => {
                format!("{}{}", self.taken(taken, self.say(moment, instant)), self.limits(taken))
            }
            Measure::Compute(computed) => self.computed(computed),
        }
    }

    /// Says what is taken of which sources.
    fn taken(&self, taken: &Taken, moment: String) -> String {
        let sources = taken.from.as_ref().map(|from| from.sources(&Place::root())).unwrap_or_default();
        let sources: Vec<&str> = sources.into_iter().map(|(_, name, _)| name).collect();
        let from = sources.join(", ");
        let value = self.say("value", "valeur");
        let of = taken.of.as_ref().map_or(value.as_str(), |of| of);
        match taken.take {
            Take::Count => {
                self.say(format!("Number of events: {from}"), format!("Nombre d'événements : {from}"))
            }
            Take::Distinct => self.say(
                format!("Number of different values of {of}: {from}"),
                format!("Nombre de valeurs différentes de {of} : {from}"),
            ),
            Take::Theme => self.say(
                format!("The {of} that most events have: {from}"),
                format!("Le {of} que le plus d'événements ont : {from}"),
            ),
            Take::Strength => self.say(
                format!("Number of events with the {of} that most have: {from}"),
                format!("Nombre d'événements avec le {of} le plus fréquent : {from}"),
            ),
            Take::Sum => self.say(format!("Sum of {of}: {from}"), format!("Somme de {of} : {from}")),
            Take::Average => self.say(format!("Mean of {of}: {from}"), format!("Moyenne de {of} : {from}")),
            Take::Minimum => self.say(format!("Smallest {of}: {from}"), format!("Minimum de {of} : {from}")),
            Take::Maximum => self.say(format!("Greatest {of}: {from}"), format!("Maximum de {of} : {from}")),
            Take::First | Take::Last => {
                let order = match taken.take {
                    Take::First => self.say("first", "premier"),
                    _ => self.say("last", "dernier"),
                };
                let what = if taken.has_value() { of } else { &moment };
                self.say(
                    format!("{what} of the {order} event: {from}"),
                    format!("{what} du {order} événement : {from}"),
                )
            }
            Take::Attribute => self.say(format!("{of} of the customer"), format!("{of} du client")),
        }
    }

    /// Says which events count, and how much.
    fn limits(&self, taken: &Taken) -> String {
        let mut limits = String::new();
        if let Some(weights) = &taken.weights {
            let of = &weights.of;
            limits += &self.say(format!(", weighted by {of}"), format!(", pondérée par {of}"));
        }
        if let Some(filter) = &taken.filter {
            limits += &self.say(format!(", where {filter}"), format!(", où {filter}"));
        }
        if let Some(window) = taken.window {
            let window = self.period(window);
            limits += &self.say(format!(", for {window}"), format!(", pendant {window}"));
        }
        if let Some(lag) = taken.lag {
            let lag = self.period(lag);
            limits += &self.say(format!(", until {lag} ago"), format!(", jusqu'à il y a {lag}"));
        }
        if let Some(half_life) = taken.half_life {
            let half_life = self.period(half_life);
            limits +=
                &self.say(format!(", half after {half_life}"), format!(", la moitié après {half_life}"));
        }
        limits
    }

    /// Writes a period.
    fn period(&self, period: Period) -> String {
        let period = period.to_string();
        if !self.is_french {
            return period;
        }
        let words = period.split(' ').map(|word| match word {
            "year" => "an",
            "years" => "ans",
            "month" | "months" => "mois",
            "day" => "jour",
            "days" => "jours",
            other => other,
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Says what is computed.
    fn computed(&self, computed: &Computed) -> String {
        let of: Vec<&str> = computed.of.as_slice().iter().map(|name| &**name).collect();
        let list = of.join(", ");
        match computed.compute {
            Compute::Age => {
                let (unit, unité) = match computed.unit {
                    Some(AgeUnit::Months) => ("months", "Mois"),
                    Some(AgeUnit::Years) => ("years", "Années"),
                    _ => ("days", "Jours"),
                };
                self.say(format!("Whole {unit} since {list}"), format!("{unité} depuis {list}"))
            }
            Compute::Ratio => of.join(" / "),
            Compute::Difference => of.join(" - "),
            Compute::Total => of.join(" + "),
            Compute::Greatest => self.say(format!("Greatest of {list}"), format!("Maximum de {list}")),
            Compute::Least => self.say(format!("Least of {list}"), format!("Minimum de {list}")),
        }
    }

    /// Says what a column of a score is, and what its levels are called.
    fn of_score(&self, number: usize, at: usize) -> String {
        let score = &self.plan.scores[number];
        let column = &score.rule.columns()[at];
        let main = score.description.clone().unwrap_or_else(|| {
            let (_, uses) = self.plan.document.uses_of(&score.name);
            let named = uses.iter().map(|used| used.name).filter(|name| !self.plan.document.is_own(name));
            let of: Vec<&str> = named.collect();
            match of.is_empty() {
                true => "Score".into(),
                false => format!("{} {}", self.say("Score of", "Score de"), of.join(", ")),
            }
        });
        let part = match &*column.suffix {
            "" => String::new(),
            "_label" => self.say(": label", " : libellé"),
            "_level" => self.say(": level, the best highest", " : niveau, le meilleur le plus haut"),
            "_recency" => self.say(": recency", " : récence"),
            "_frequency" => self.say(": frequency", " : fréquence"),
            "_monetary" => self.say(": money", " : montant"),
            "_probability" => self.say(": probability of default", " : probabilité de défaut"),
            "_reasons" => self.say(": reasons, the heaviest first", " : raisons, la plus lourde d'abord"),
            other => {
                let part = other.trim_start_matches('_');
                self.say(format!(": {part}"), format!(" : {part}"))
            }
        };
        let ladder = score.rule.ladders().into_iter().find(|ladder| ladder.column == column.suffix);
        let levels = ladder.map(|ladder| {
            let named = ladder.levels.into_iter().filter_map(|(level, label)| match column.kind {
                OutputKind::Text => label,
                _ => Some(format!("{level} {}", label?)),
            });
            named.collect::<Vec<_>>().join(", ")
        });
        let levels = levels.filter(|levels| !levels.is_empty()).map(|levels| format!(" ({levels})"));
        format!("{main}{part}{}", levels.unwrap_or_default())
    }
}

//! The levels of a model as a legend shows them: every level of every score and group, the empty ones too.

use super::cuts::Cuts;
use super::document::Language;
use super::family::quantile::Negatives;
use super::plan::Plan;
use super::rule::Ladder;
use super::scale::{Bounds, Limits, Missing, Scale};
use indexmap::IndexMap;
use rustc_hash::FxHashMap;

/// A level of a score in a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// The score; of an rfm with the part.
    pub score: String,
    /// The group as a JSON array; none where the score has no groups.
    pub group: Option<String>,
    /// The level.
    pub level: i32,
    /// What it is called.
    pub label: Option<String>,
    /// Where it begins and ends, in figures; none where nothing says so.
    pub bounds: Option<Bounds>,
    /// The place of the measure that it is a level of.
    pub of: Option<usize>,
    /// How many customers are on it.
    pub customers: u64,
    /// Whether more than half the customers on it means that many are equal.
    pub shows_ties: bool,
    /// Why nobody would be on it; none where that explains itself.
    pub reason: Option<Reason>,
    /// Their share of those with a level in the group.
    pub share: Option<f64>,
}

/// Why a level is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There are fewer customers than levels.
    Few,
    /// Equal values share a level.
    Ties,
}

/// How many customers are on a level: by score, ladder, group and level.
pub type Heads = FxHashMap<(usize, usize, usize, i32), u64>;

impl Plan {
    /// Lists every ladder with the number of its score and its own, and the grouping of its scale.
    pub fn ladders(&self) -> Vec<(usize, usize, Ladder, Option<usize>)> {
        let scores = self.scores.iter().enumerate();
        let ladders = scores.flat_map(|(number, score)| {
            score.rule.ladders().into_iter().enumerate().map(move |(at, ladder)| (number, at, ladder))
        });
        let grouping = |ladder: &Ladder| ladder.scale.and_then(|scale| self.scale(scale).grouping);
        ladders
            .map(|(number, at, ladder)| {
                let grouping = grouping(&ladder);
                (number, at, ladder, grouping)
            })
            .collect()
    }

    /// Counts the heads of a row on every ladder.
    pub fn count_heads(
        &self,
        ladders: &[(usize, usize, Ladder, Option<usize>)],
        row: &[f64],
        heads: &mut Heads,
    ) {
        for (number, at, ladder, grouping) in ladders {
            if let Some(level) = ladder.digit.level(row[self.score_slot(*number)]) {
                let group = grouping.map_or(0, |grouping| row[self.group_slot(grouping)] as usize);
                *heads.entry((*number, *at, group, level)).or_default() += 1;
            }
        }
    }

    /// Lists every level of every score and group as of a moment.
    pub fn rungs(&self, cuts: &Cuts, heads: &Heads, as_of: i64) -> Vec<Rung> {
        let mut rungs = Vec::new();
        for (number, at, ladder, grouping) in self.ladders() {
            let groups: Vec<Option<&str>> = match grouping {
                Some(grouping) => cuts.groups[grouping].names().map(Some).collect(),
                None => vec![None],
            };
            for (group, name) in groups.into_iter().enumerate() {
                let on = |level: i32| heads.get(&(number, at, group, level)).copied().unwrap_or(0);
                let all: u64 = ladder.levels.iter().map(|(level, _)| on(*level)).sum();
                for (level, label) in &ladder.levels {
                    rungs.push(Rung {
                        score: format!("{}{}", self.scores[number].name, ladder.suffix),
                        group: name.map(String::from),
                        level: *level,
                        label: label.clone(),
                        bounds: self.bounds(&ladder, *level, cuts, group, as_of),
                        shows_ties: ladder.scale.is_some_and(|scale| self.scale(scale).shows_ties()),
                        reason: ladder.scale.and_then(|scale| Reason::of(self.scale(scale), *level, all)),
                        of: ladder.scale.map(|scale| self.scale(scale).of),
                        customers: on(*level),
                        share: (all > 0).then(|| on(*level) as f64 / all as f64),
                    });
                }
            }
        }
        rungs
    }

    /// Gives the bounds of a level of a ladder in a group.
    fn bounds(&self, ladder: &Ladder, level: i32, cuts: &Cuts, group: usize, as_of: i64) -> Option<Bounds> {
        let (slot, at) = ladder.scale?;
        let scale = self.scale((slot, at));
        let number = slot - self.measures.len();
        let limits = cuts.limits((number, at), scale, group, as_of).ok()?;
        Some(scale.bounds(usize::try_from(level).ok()?, &limits))
    }

    /// Says what is worth saying of the levels: those that are empty, and those that hold most customers; once for all
    /// groups.
    pub fn notices(&self, rungs: &[Rung]) -> Vec<String> {
        let mut levels: IndexMap<(&str, i32), Vec<&Rung>> = IndexMap::new();
        // A gap between levels has no cuts, and many of its levels are rare.
        for rung in rungs.iter().filter(|rung| rung.bounds.is_some() && rung.share.is_some()) {
            levels.entry((&rung.score, rung.level)).or_default().push(rung);
        }
        let mut notices = Vec::new();
        for groups in levels.values() {
            let (empty, held): (Vec<&Rung>, Vec<&Rung>) = groups.iter().partition(|rung| rung.customers == 0);
            let held: Vec<&Rung> = held.into_iter().filter(|rung| rung.holds_most()).collect();
            if let [first, ..] = empty[..] {
                let place = self.named(first, empty.len(), groups.len());
                let reason =
                    Some(first.reason).filter(|reason| empty.iter().all(|rung| rung.reason == *reason));
                notices.push(is_empty(&place, reason.flatten(), self.document.language));
            }
            if let [first, ..] = held[..] {
                let place = self.named(first, held.len(), groups.len());
                let share = (held.len() == 1).then_some(first.share).flatten();
                notices.push(holds_most(&place, share, self.document.language));
            }
        }
        notices
    }

    /// Names a level of a score, and its group, or in how many of the groups it is so.
    fn named(&self, rung: &Rung, count: usize, groups: usize) -> String {
        let level = match self.document.language {
            Language::En => "level",
            Language::Fr => "le niveau",
        };
        let label = rung.label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
        let group = match (&rung.group, self.document.language) {
            (None, _) => String::new(),
            (Some(group), Language::En) if count == 1 => format!(" in {group}"),
            (Some(group), Language::Fr) if count == 1 => format!(" dans {group}"),
            (Some(_), Language::En) => format!(" in {count} of {groups} groups"),
            (Some(_), Language::Fr) => format!(" dans {count} groupes sur {groups}"),
        };
        format!("{}: {level} {}{label}{group}", rung.score, rung.level)
    }
}

/// Says that a level is empty.
fn is_empty(level: &str, reason: Option<Reason>, language: Language) -> String {
    match (language, reason) {
        (Language::En, None) => format!("{level} is empty"),
        (Language::En, Some(Reason::Few)) => {
            format!("{level} is empty: there are fewer customers than levels")
        }
        (Language::En, Some(Reason::Ties)) => format!("{level} is empty: equal values stay together"),
        (Language::Fr, None) => format!("{level} est vide"),
        (Language::Fr, Some(Reason::Few)) => {
            format!("{level} est vide : il y a moins de clients que de niveaux")
        }
        (Language::Fr, Some(Reason::Ties)) => {
            format!("{level} est vide : les valeurs égales restent ensemble")
        }
    }
}

/// Says that a level holds most customers: which share of them, or that it is so in several groups.
fn holds_most(level: &str, share: Option<f64>, language: Language) -> String {
    match (language, share) {
        (Language::En, Some(share)) => format!("{level} holds {:.0} % of the customers", share * 100.0),
        (Language::En, None) => format!("{level} holds most customers"),
        (Language::Fr, Some(share)) => format!("{level} contient {:.0} % des clients", share * 100.0),
        (Language::Fr, None) => format!("{level} contient la plupart des clients"),
    }
}

impl Rung {
    /// Tells whether more than half the customers are on it because many are equal.
    fn holds_most(&self) -> bool {
        self.shows_ties && self.share.is_some_and(|share| share > 0.5)
    }
}

impl Reason {
    /// Finds why nobody would be on a level of a scale, with so many customers on all of them.
    fn of(scale: &Scale, level: i32, customers: u64) -> Option<Self> {
        let is_apart = scale.negatives == Negatives::Apart && level == 1;
        match scale.limits {
            Limits::Quantiles if is_apart => None,
            Limits::Quantiles if customers < scale.levels as u64 => Some(Self::Few),
            Limits::Quantiles => Some(Self::Ties),
            _ => None,
        }
    }
}

impl Missing {
    /// Gives the code that the registry keeps.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::NoTotal => "no_total",
            Self::New => "new_group",
        }
    }

    /// Reads the code.
    pub fn of_code(code: &str) -> Self {
        match code {
            "nobody" => Self::Nobody,
            "no_total" => Self::NoTotal,
            _ => Self::New,
        }
    }
}

impl Bounds {
    /// Writes the brackets, as those of an interval.
    pub fn brackets(&self) -> String {
        let opening = if self.has_lower { '[' } else { '(' };
        let closing = if self.has_upper { ']' } else { ')' };
        format!("{opening}{closing}")
    }
}

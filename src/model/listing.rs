//! The levels of a model as a legend shows them: every level of every score and group, the empty ones too.

use super::cuts::Cuts;
use super::document::Language;
use super::plan::Plan;
use super::rule::Ladder;
use super::scale::{Bounds, Missing};
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
    /// Their share of those with a level in the group.
    pub share: Option<f64>,
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

    /// Says what is worth saying of the levels: those that are empty, and those that hold most customers.
    pub fn notices(&self, rungs: &[Rung]) -> Vec<String> {
        let mut notices = Vec::new();
        // A gap between levels has no cuts, and many of its levels are rare.
        let cut = rungs.iter().filter(|rung| rung.bounds.is_some() && rung.share.is_some());
        for rung in cut {
            let share = rung.share.unwrap_or(0.0);
            let level = self.named(rung);
            match (self.document.language, rung.customers) {
                (Language::En, 0) => notices.push(format!("{level} is empty: equal values stay together")),
                (Language::Fr, 0) => {
                    notices.push(format!("{level} est vide : les valeurs égales restent ensemble"));
                }
                (Language::En, _) if rung.shows_ties && share > 0.5 => {
                    notices.push(format!("{level} holds {:.0} % of the customers", share * 100.0));
                }
                (Language::Fr, _) if rung.shows_ties && share > 0.5 => {
                    notices.push(format!("{level} contient {:.0} % des clients", share * 100.0));
                }
                _ => {}
            }
        }
        notices
    }

    /// Names a level of a score, and its group.
    fn named(&self, rung: &Rung) -> String {
        let (level, within) = match self.document.language {
            Language::En => ("level", "in"),
            Language::Fr => ("le niveau", "dans"),
        };
        let label = rung.label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
        let group = rung.group.as_ref().map(|group| format!(" {within} {group}")).unwrap_or_default();
        format!("{}: {level} {}{label}{group}", rung.score, rung.level)
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

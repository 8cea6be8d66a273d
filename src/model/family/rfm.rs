//! `rfm`: recency, frequency and monetary value, read as one code of three digits.

use super::quantile::Negatives;
use super::{Kind, Order, check_bins, groups, usual_bins};
use crate::error::{Error, Fault};
use crate::model::document::Language;
use crate::model::language::{self, Words};
use crate::model::naming::Naming;
use crate::model::place::Place;
use crate::model::rule::{
    Digit, Ladder, LevelOf, Made, Output, OutputKind, Part as Told, Reading, Rule as Ready, RuleColumn, Seen,
};
use crate::model::scale::{Limits, Scale};
use crate::model::scope::{FIGURE_OR_LEVELS, RECENCY, Scope, Sort, Use};
use crate::model::text::{Text, Texts};
use crate::score::rfm::MOST_BINS;
use crate::score::segment::{Rule, segment, usual_segment};
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

/// The most rules of segments.
const MOST_RULES: usize = 1_000;

/// Recency, frequency and monetary value, each a level, read as one code of three digits.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Rfm {
    /// A date, of which later is better; or a score with at most 9 levels.
    pub recency: Text,
    /// A number; or a score with at most 9 levels.
    pub frequency: Text,
    /// A number; or a score with at most 9 levels.
    pub monetary: Text,
    /// The number of levels that measures are cut in.
    #[serde(default = "usual_bins")]
    #[schemars(range(min = 2, max = 9))]
    pub bins: i64,
    /// Rules that name the codes, of which the first that matches wins.
    pub segments: Option<Vec<Segment>>,
    /// The attribute, or several, whose values part the customers into groups with cuts of their own.
    pub within: Option<Texts>,
}

/// A segment: the rule that names it, and what it is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "parts")]
#[schemars(rename = "Segment", deny_unknown_fields)]
pub struct Segment {
    /// The rule.
    #[schemars(flatten)]
    pub rule: Rule,
    /// What it is, for people.
    #[schemars(flatten)]
    pub note: Note,
}

/// What a segment has besides its rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Note {
    /// What it is, for people.
    pub description: Option<String>,
}

impl Rfm {
    /// Gives the three parts with their keys.
    pub fn parts(&self) -> [(&'static str, &Text); 3] {
        [("recency", &self.recency), ("frequency", &self.frequency), ("monetary", &self.monetary)]
    }
}

impl Kind for Rfm {
    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let parts = self.parts().into_iter().zip([&RECENCY, &FIGURE_OR_LEVELS, &FIGURE_OR_LEVELS]);
        let mut uses: Vec<Use> =
            parts.map(|((key, name), wanted)| Use { place: place.key(key), name, wanted }).collect();
        uses.extend(groups(&self.within, place));
        uses
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        check_bins(self.bins, MOST_BINS, place)?;
        for (key, name) in self.parts() {
            let levels = scope.sort(name).and_then(Sort::levels);
            if let Some(levels) = levels.filter(|levels| *levels > MOST_BINS as usize) {
                let refusal = format!("must have at most {MOST_BINS} levels; \"{name}\" has {levels}");
                return Err(place.key(key).refuse(refusal).hint("Each level is one digit of the code."));
            }
        }
        let Some(rules) = &self.segments else { return Ok(()) };
        match rules.len() {
            0 => Err(place
                .key("segments")
                .refuse("must not be an empty list")
                .hint("Leave it out for the usual segments, or give at least one rule.")),
            rules if rules > MOST_RULES => Err(place
                .key("segments")
                .refuse(format!("has {rules} rules"))
                .because(Fault::LimitExceeded)
                .hint(format!("{MOST_RULES} rules are the most; there are only 729 codes."))),
            _ => Ok(()),
        }
    }

    fn sort(&self) -> Sort {
        Sort::Code
    }

    fn suffixes(&self) -> Vec<Cow<'static, str>> {
        ["", "_recency", "_frequency", "_monetary", "_segment"].map(Cow::from).to_vec()
    }
    fn rule(&self, slot: usize, names: &Naming) -> Result<Box<dyn Ready>, Error> {
        let mut scales = Vec::new();
        let suffixes = ["_recency", "_frequency", "_monetary"];
        let parts = self.parts().into_iter().zip(suffixes).map(|((_, name), suffix)| {
            let of = names.slot(name);
            if let Some(levels) = names.sort(name).and_then(Sort::levels) {
                return Part::Score { of: names.level_of(name), levels };
            }
            let levels = usize::try_from(self.bins).unwrap_or(0);
            scales.push(Scale {
                suffix: suffix.into(),
                of,
                half_life: names.half_life(name),
                levels,
                limits: Limits::Quantiles,
                negatives: Negatives::Rank,
                order: Order::Ascending,
                grouping: names.grouping(&self.within),
                labels: Vec::new(),
            });
            Part::Scale { at: scales.len() - 1, of }
        });
        let parts = parts.collect::<Vec<_>>();
        let segments = match &self.segments {
            Some(segments) => Segments::Own(segments.iter().map(|segment| segment.rule.clone()).collect()),
            None if self.bins == usual_bins() => Segments::Usual(names.language()),
            None => Segments::None,
        };
        Ok(Box::new(Coded { slot, parts, bins: self.bins as usize, scales, segments }))
    }
}

/// A score that is a code of three levels.
struct Coded {
    slot: usize,
    parts: Vec<Part>,
    bins: usize,
    scales: Vec<Scale>,
    segments: Segments,
}

/// One of the three levels.
enum Part {
    /// A measure, on a scale of the score's own.
    Scale {
        /// Which of them.
        at: usize,
        /// The place of the measure.
        of: usize,
    },
    /// A score with levels, used as it is.
    Score {
        /// Where its level is read.
        of: LevelOf,
        /// How many levels it has.
        levels: usize,
    },
}

/// The parts with their keys, as an explanation calls them.
const CALLED: [(&str, Words); 3] = [
    ("recency", Words { en: "recency", fr: "récence" }),
    ("frequency", Words { en: "frequency", fr: "fréquence" }),
    ("monetary", Words { en: "monetary value", fr: "montant" }),
];

/// How codes are named.
enum Segments {
    Usual(Language),
    Own(Vec<Rule>),
    None,
}

impl Coded {
    /// Names the segment of a code.
    fn segment(&self, code: i32) -> Option<&str> {
        match &self.segments {
            Segments::Usual(language) => {
                usual_segment(code).ok().flatten().map(|segment| language::segment(*language, segment))
            }
            Segments::Own(rules) => segment(code, rules).ok().flatten(),
            Segments::None => None,
        }
    }
}

impl Ready for Coded {
    fn scales(&self) -> &[Scale] {
        &self.scales
    }

    fn counts(&self, row: &[f64]) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Scale { of, .. } => !row[*of].is_nan(),
            Part::Score { of, .. } => !of.level(row).is_nan(),
        })
    }

    fn score(&self, readings: &[Reading], seen: Seen) -> f64 {
        self.parts.iter().fold(0.0, |code, part| {
            let level = match part {
                Part::Scale { at, .. } => readings[*at].level.map_or(f64::NAN, |level| level as f64),
                Part::Score { of, .. } => of.level(seen.row),
            };
            code * 10.0 + level
        })
    }

    fn columns(&self) -> Vec<RuleColumn> {
        vec![
            RuleColumn::of("", "score", OutputKind::Whole),
            RuleColumn::of("_recency", "recency", OutputKind::Whole),
            RuleColumn::of("_frequency", "frequency", OutputKind::Whole),
            RuleColumn::of("_monetary", "monetary", OutputKind::Whole),
            RuleColumn::of("_segment", "segment", OutputKind::Text),
        ]
    }

    fn write<'a>(&'a self, figure: f64, _: Seen, unscored: Option<&'a str>, to: &mut Vec<Output<'a>>) {
        let Some(code) = Digit::Whole.level(figure) else {
            to.extend(std::iter::repeat_n(Output::None, 4));
            return to.push(unscored.map_or(Output::None, Output::Text));
        };
        to.extend([code, code / 100, code / 10 % 10, code % 10].map(Output::Whole));
        to.push(self.segment(code).map_or(Output::None, Output::Text));
    }

    fn ladders(&self) -> Vec<Ladder> {
        let digits = [("_recency", 100), ("_frequency", 10), ("_monetary", 1)];
        let ladders = self.parts.iter().zip(digits).map(|(part, (suffix, units))| {
            let (levels, scale) = match part {
                Part::Scale { at, .. } => (self.bins, (self.slot, *at)),
                Part::Score { of, levels } => (*levels, (of.slot, 0)),
            };
            let levels = (1..=levels as i32).map(|level| (level, None)).collect();
            Ladder {
                suffix: suffix.into(),
                column: suffix,
                levels,
                scale: Some(scale),
                digit: Digit::Of(units),
            }
        });
        ladders.collect()
    }

    fn tell(&self, figure: f64, _: Language) -> String {
        let code = Digit::Whole.level(figure).unwrap_or_default();
        self.segment(code).map_or_else(|| code.to_string(), |segment| format!("{code}, {segment}"))
    }

    fn parts(&self) -> Vec<Told> {
        let parts = self.parts.iter().zip(CALLED).map(|(part, (key, called))| {
            let made = match part {
                Part::Scale { at, .. } => Made::Scale(*at),
                Part::Score { of, .. } => Made::Score(of.slot),
            };
            Told { key: key.into(), called: Some(called), made }
        });
        parts.collect()
    }
}

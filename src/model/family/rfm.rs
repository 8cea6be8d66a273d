//! `rfm`: recency, frequency and monetary value, read as one code of three digits.

use super::{Kind, check_bins, groups, usual_bins};
use crate::error::{Error, Fault};
use crate::model::place::Place;
use crate::model::scope::{FIGURE_OR_LEVELS, RECENCY, Scope, Sort, Use};
use crate::model::text::{Text, Texts};
use crate::score::rfm::MOST_BINS;
use crate::score::segment::Rule;
use schemars::JsonSchema;
use serde::Deserialize;

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

    fn suffixes(&self) -> &'static [&'static str] {
        &["", "_recency", "_frequency", "_monetary", "_segment"]
    }
}

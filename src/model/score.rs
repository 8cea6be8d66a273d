//! Scores: what every score has, whatever its family.

use super::condition::Condition;
use super::family::Family;
use super::operand::OwnMeasures;
use super::place::Place;
use super::scope::{Scope, Use};
use super::text::Text;
use crate::error::Error;
use schemars::JsonSchema;
use serde::Deserialize;

/// A score of each customer: what all scores have, and what its kind has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "parts")]
#[schemars(rename = "Score", deny_unknown_fields)]
pub struct Score {
    /// The keys of every score.
    #[schemars(flatten)]
    pub common: Common,
    /// The keys of its kind.
    #[schemars(flatten)]
    pub family: Family,
}

/// The keys of every score.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Common {
    /// The customers that the score is for; others have no score, and no part in the cuts.
    pub only: Option<Condition>,
    /// The label, segment or class of a customer without a score.
    pub unscored: Option<Text>,
    /// What it is, for people.
    pub description: Option<String>,
}

impl Score {
    /// Names the measures that it has for itself.
    pub fn name_own_measures(&mut self, place: &Place, own: &mut OwnMeasures) -> Result<(), Error> {
        self.common.only.iter_mut().for_each(|only| only.name_own_measures(&place.key("only"), own));
        self.family.name_own_measures(place, own)
    }

    /// Gives the measures and scores that it is made of.
    pub fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let mut uses = self.family.uses(place);
        uses.extend(self.common.only.iter().flat_map(|only| only.uses(&place.key("only"))));
        uses
    }

    /// Checks what can be told only with everything that it refers to.
    pub fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        self.family.check(place, scope)?;
        self.common.only.iter().try_for_each(|only| only.check(&place.key("only"), scope))
    }
}

//! `delta`: the gap between two levels, as of pressure over value.

use super::Kind;
use crate::error::Error;
use crate::model::place::Place;
use crate::model::scope::{LEVELS, Scope, Sort, Use};
use crate::model::text::Text;
use schemars::JsonSchema;
use serde::Deserialize;

/// The gap between the levels of two scores: above 0 is over, below 0 is under.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Delta {
    /// The score whose level is taken, as pressure.
    pub of: Text,
    /// The score whose level is subtracted, as value.
    pub minus: Text,
    /// The largest gap that is still balanced.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub tolerance: i32,
    /// The names of the three states.
    pub labels: Option<States>,
}

/// The names of the states of a gap.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct States {
    /// The gap is above the tolerance.
    pub over: Text,
    /// The gap is within the tolerance.
    pub balanced: Text,
    /// The gap is below the tolerance.
    pub under: Text,
}

impl Kind for Delta {
    fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let used = |key, name| Use { place: place.key(key), name, wanted: &LEVELS };
        vec![used("of", &self.of), used("minus", &self.minus)]
    }

    fn check(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        if self.tolerance < 0 {
            return Err(place
                .key("tolerance")
                .refuse(format!("must not be negative, got {}", self.tolerance))
                .hint("0 calls every gap a gap; 1 lets one level pass as balanced."));
        }
        let levels = |name| scope.sort(name).and_then(Sort::levels).unwrap_or(0);
        match (levels(&self.of), levels(&self.minus)) {
            (of, minus) if of == minus => Ok(()),
            (of, minus) => Err(place
                .key("minus")
                .refuse(format!(
                    "must have {of} levels, as \"{}\" has; \"{}\" has {minus}",
                    self.of, self.minus
                ))
                .hint("Cut both scores in the same number of levels.")),
        }
    }

    fn sort(&self) -> Sort {
        Sort::Gap
    }

    fn suffixes(&self) -> &'static [&'static str] {
        &["", "_label"]
    }
}

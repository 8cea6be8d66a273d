//! Computed measures: what only other measures are needed for.

use super::place::Place;
use super::scope::{COMPARABLE, FIGURE, MOMENT, NUMBER, Scope, Sort, Use};
use super::text::Texts;
use crate::error::Error;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::json;

/// A figure computed from other measures.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = tell_keys_of_computes)]
pub struct Computed {
    /// What is computed.
    pub compute: Compute,
    /// The measures, in order: the date of an age; numerator and denominator; what is subtracted from first.
    pub of: Texts,
    /// What an age counts in.
    pub unit: Option<AgeUnit>,
    /// A ratio whose denominator is below this is NULL.
    pub smallest: Option<f64>,
    /// What it is, for people.
    pub description: Option<String>,
}

/// How a measure is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compute {
    /// Whole calendar units since a date.
    Age,
    /// The first divided by the second; NULL where that is 0.
    Ratio,
    /// The first less the second.
    Difference,
    /// The sum.
    Total,
    /// The greatest.
    Greatest,
    /// The least.
    Least,
}

/// A calendar unit of an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgeUnit {
    /// Days.
    Days,
    /// Months.
    Months,
    /// Years.
    Years,
}

/// Tells the schema which keys go with which way to compute.
fn tell_keys_of_computes(schema: &mut Schema) {
    let is = |compute: Compute| json!({ "properties": { "compute": { "const": compute.name() } } });
    let rules = json!([
        { "if": is(Compute::Age), "then": { "required": ["unit"] }, "else": { "properties": { "unit": false } } },
        { "if": { "not": is(Compute::Ratio) }, "then": { "properties": { "smallest": false } } },
    ]);
    schema.insert("allOf".into(), rules);
}

impl Compute {
    /// Gives the name that the document uses.
    fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Ratio => "ratio",
            Self::Difference => "difference",
            Self::Total => "total",
            Self::Greatest => "greatest",
            Self::Least => "least",
        }
    }

    /// Checks how many measures it is computed of.
    fn check_count(self, count: usize, place: &Place) -> Result<(), Error> {
        let (fits, wanted, hint) = match self {
            Self::Age => (count == 1, "one measure", "Name the date that the age is counted from."),
            Self::Ratio => (count == 2, "two measures", "Name the numerator, then the denominator."),
            Self::Difference => {
                (count == 2, "two measures", "Name what is subtracted from, then what is subtracted.")
            }
            _ => (
                count >= 2,
                "at least two measures",
                "Give a list of measures, as [\"orders\", \"refunds\"].",
            ),
        };
        match fits {
            true => Ok(()),
            false => Err(place
                .refuse(format!("must name {wanted} for \"{}\", got {count}", self.name()))
                .hint(hint)),
        }
    }
}

impl Computed {
    /// Checks that the keys go together.
    pub fn check(&self, place: &Place) -> Result<(), Error> {
        let given = [
            ("unit", self.unit.is_some(), Compute::Age),
            ("smallest", self.smallest.is_some(), Compute::Ratio),
        ];
        for (key, is_given, owner) in given {
            if is_given && self.compute != owner {
                let complaint = format!("\"{}\" takes no {key}", self.compute.name());
                return Err(place
                    .key(key)
                    .complain(complaint)
                    .hint(format!("{key} is for \"{}\".", owner.name())));
            }
        }
        if self.compute == Compute::Age && self.unit.is_none() {
            let hint = "Add \"unit\": \"days\", \"months\" or \"years\".";
            return Err(place.refuse("needs the key \"unit\" to compute \"age\"").hint(hint));
        }
        self.compute.check_count(self.of.as_slice().len(), &place.key("of"))
    }

    /// Gives the measures that it is computed from.
    pub fn uses(&self, place: &Place) -> Vec<Use<'_>> {
        let wanted = match self.compute {
            Compute::Age => &MOMENT,
            Compute::Ratio => &FIGURE,
            Compute::Difference | Compute::Total => &NUMBER,
            Compute::Greatest | Compute::Least => &COMPARABLE,
        };
        let placed = self.of.placed(&place.key("of")).into_iter();
        placed.map(|(place, name)| Use { place, name, wanted }).collect()
    }

    /// Tells what sort of figure it is, given the sorts of what it is computed from.
    pub fn sort(&self, operands: &[Sort]) -> Sort {
        match self.compute {
            Compute::Greatest | Compute::Least => known(operands.iter().copied()).unwrap_or(Sort::Value),
            _ => Sort::Number,
        }
    }

    /// Checks what it is computed from together: numbers with numbers, dates with dates, and one pace of decay.
    pub fn check_operands(&self, place: &Place, scope: &Scope) -> Result<(), Error> {
        let sorted = |used: Use<'_>| Some((used.place, scope.sort(used.name)?));
        let sorts: Vec<(Place, Sort)> = self.uses(place).into_iter().filter_map(sorted).collect();
        let Some(first) = known(sorts.iter().map(|(_, sort)| *sort)) else { return Ok(()) };
        let decays = matches!(first, Sort::Decayed { .. });
        let is_unlike = |sort: Sort| sort != first && (decays || sort.is_known());
        match sorts.into_iter().find(|(_, sort)| is_unlike(*sort)) {
            None => Ok(()),
            Some((place, sort)) => {
                let refusal = format!("names {} beside {}", sort.in_words(), first.in_words());
                let hint = "Compute with measures of one kind; decayed ones must have the same half_life.";
                Err(place.refuse(refusal).hint(hint))
            }
        }
    }
}

/// Finds the first sort that is known without the database.
fn known(sorts: impl IntoIterator<Item = Sort>) -> Option<Sort> {
    sorts.into_iter().find(|sort| sort.is_known())
}

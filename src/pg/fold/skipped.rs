//! Rows of the sources that were no events, by reason.

use crate::model::plan::Plan;
use serde_json::{Map, Value};

/// Why rows of a source are no events, and how many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// The name of the source.
    pub source: String,
    /// Those without one of the rows that are joined.
    pub not_joined: u64,
    /// Those whose customer is NULL.
    pub no_customer: u64,
    /// Those whose customer is not among the customers.
    pub unknown_customer: u64,
    /// Those whose moment is NULL.
    pub no_date: u64,
    /// Those whose moment is infinite.
    pub infinite_date: u64,
    /// Those without a weight, for each measure by its place that leaves some out.
    pub no_weight: Vec<(usize, u64)>,
}

impl Skipped {
    /// Writes what was skipped of all sources as JSON: how many rows by source and reason, and by measure without a weight.
    pub fn json(all: &[Self], plan: &Plan) -> String {
        let of_source = |skipped: &Self| {
            let counts = [
                ("not_joined", skipped.not_joined),
                ("no_customer", skipped.no_customer),
                ("unknown_customer", skipped.unknown_customer),
                ("no_date", skipped.no_date),
                ("infinite_date", skipped.infinite_date),
            ];
            let mut told: Map<String, Value> = Map::new();
            told.extend(
                counts.into_iter().filter(|(_, rows)| *rows > 0).map(|(why, rows)| (why.into(), rows.into())),
            );
            let weights = skipped.no_weight.iter().filter(|(_, rows)| *rows > 0);
            let weights = weights.map(|(slot, rows)| (plan.name(*slot).to_string(), Value::from(*rows)));
            let weights: Map<String, Value> = weights.collect();
            if !weights.is_empty() {
                told.insert("no_weight".into(), weights.into());
            }
            told
        };
        let told = all.iter().map(|skipped| (skipped.source.clone(), of_source(skipped)));
        let told: Map<String, Value> =
            told.filter(|(_, told)| !told.is_empty()).map(|(source, told)| (source, told.into())).collect();
        Value::from(told).to_string()
    }
}

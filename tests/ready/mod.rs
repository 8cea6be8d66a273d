//! Models made ready without a database, for tests of what is computed of them.

#![allow(clippy::panic, reason = "a test may")]

use pg_scoring::model::calendar::{Calendar, Day};
use pg_scoring::model::document::Document;
use pg_scoring::model::nature::ColumnType;
use pg_scoring::model::plan::{Known, Plan};
use serde_json::{Value, json};

/// The microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

/// The calendar of UTC.
pub struct Utc;

impl Calendar for Utc {
    fn day(&self, moment: i64) -> Day {
        moment.div_euclid(DAY) as Day
    }

    fn midnight(&self, day: Day) -> Option<i64> {
        i64::from(day).checked_mul(DAY)
    }

    fn clock(&self, moment: i64) -> i64 {
        moment.rem_euclid(DAY)
    }
}

/// Takes what a test needs.
pub fn sure<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error:?}"))
}

/// Makes a plan of measures and scores; `country` is a text and `since` a date, every moment in a text is 1 January 2024.
pub fn plan(language: &str, measures: &Value, scores: &Value) -> Plan {
    let document = json!({
        "language": language, "timezone": "UTC", "customers": { "table": "crm.customers", "key": "id" },
        "sources": {
            "orders": { "table": "crm.orders", "customer": "customer_id", "at": "ordered_at" },
            "mails": { "table": "crm.mails", "customer": "customer_id", "at": "sent_at" },
            "calls": { "table": "crm.calls", "customer": "customer_id", "at": "called_at" }
        },
        "measures": measures, "scores": scores,
    });
    let types = [("country", ColumnType::text()), ("since", ColumnType::date())];
    let known = Known {
        timezone: "UTC".into(),
        key: vec![ColumnType::bigint()],
        values: types.into_iter().map(|(name, column)| (name.to_string(), column)).collect(),
        sources: Default::default(),
        moment: &|_| Ok(8_766 * DAY),
    };
    sure(Plan::new(sure(Document::read(&document.to_string())), &known))
}

//! The statements of a small model, held against the file `tests/statements/small.sql`: what a DBA would read.

#![allow(clippy::panic, reason = "a test may")]

use pg_scoring::error::Error;
use pg_scoring::model::document::Document;
use pg_scoring::model::nature::{ColumnType, Nature};
use pg_scoring::model::place::Place;
use pg_scoring::model::plan::{Known, Plan, SourceTypes};
use pg_scoring::model::sql::name::Name;
use pg_scoring::model::sql::{groups, table, view};
use std::collections::HashMap;

const SMALL: &str = r#"{
  "timezone": "Europe/Paris",
  "customers": { "table": "crm.customers", "key": "id", "where": "active" },
  "sources": {
    "orders": { "table": "crm.orders", "customer": "customer_id", "at": "ordered_on", "where": "status <> 'cancelled'" },
    "mails": { "table": "crm.mails", "customer": "customer_id", "at": "sent_at" }
  },
  "measures": {
    "last_order": { "take": "last", "from": "orders", "description": "Day of the last order" },
    "basket": { "take": "average", "from": "orders", "of": "amount" },
    "recent": { "take": "count", "from": "orders", "window": "1 month" },
    "exposure": { "take": "sum", "from": "mails", "of": "weight", "half_life": "14 days" },
    "country": { "take": "attribute", "of": "country" },
    "silence": { "compute": "age", "of": "last_order", "unit": "months" }
  },
  "scores": { "value": { "kind": "quantile", "of": "basket", "bins": 3, "within": "country" } }
}"#;

/// Makes the small model ready.
fn plan() -> Result<Plan, Error> {
    let source = |at| SourceTypes { customer: vec![ColumnType::int()], at: Some(at), joins: Vec::new() };
    let values =
        [("basket", ColumnType::numeric()), ("exposure", ColumnType::int()), ("country", ColumnType::text())];
    let known = Known {
        timezone: "Europe/Paris".into(),
        key: vec![ColumnType::bigint()],
        values: HashMap::from(values.map(|(name, column)| (name.into(), column))),
        sources: HashMap::from([
            ("orders".into(), source(Nature::Date)),
            ("mails".into(), source(Nature::Moment)),
        ]),
        moment: &|_| Ok(0),
    };
    Plan::new(Document::read(SMALL)?, &known)
}

/// Writes all statements of the small model.
fn statements() -> Result<String, Error> {
    let (plan, place) = (plan()?, Place::root());
    let table = Name::read("crm.customers_scores", &place)?;
    let view = Name::read("crm.scored_customers", &place)?;
    let mut statements = table::create(&plan, &table);
    statements.extend(table::index(&plan, &table));
    statements.extend(table::comments(&plan, &table));
    statements.push(view::create(&plan, &view, &table));
    statements.extend(view::comments(&plan, &view));
    statements.push(groups::derive(&plan, &table)?.sql);
    Ok(statements.into_iter().map(|statement| statement + ";\n").collect())
}

#[test]
fn statements_are_those_of_the_file() {
    let statements = statements().unwrap_or_else(|error| panic!("{error}"));
    let path = format!("{}/tests/statements/small.sql", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("WRITE_STATEMENTS").is_some() {
        std::fs::write(&path, &statements).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let file = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(statements, file, "set WRITE_STATEMENTS to write the file anew, and read what changed");
}

#[test]
fn columns_are_numbered_as_they_stand() {
    let plan = plan().unwrap_or_else(|error| panic!("{error}"));
    let name = Name { schema: "crm".into(), table: "scores".into() };
    let groups = groups::derive(&plan, &name).unwrap_or_else(|error| panic!("{error}"));
    let derived: Vec<(String, usize)> = plan
        .columns()
        .into_iter()
        .zip(groups.derived)
        .filter_map(|(column, at)| Some((column.name, at?)))
        .collect();
    let names = [
        "last_order",
        "basket",
        "basket_sum",
        "basket_count",
        "recent",
        "exposure_log2",
        "exposure_log2_neg",
        "country",
    ];
    assert_eq!(derived, names.map(String::from).into_iter().zip(3..).collect::<Vec<_>>());
    assert_eq!((groups.is_customer, groups.is_stored, groups.event_due, groups.stored), (1, 2, 11, 12));
}

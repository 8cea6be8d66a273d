//! How long it takes to evaluate the scores of one customer, in the pure function: a model with one score of each family.

#![allow(missing_docs, reason = "criterion's macros make functions without any")]

#[path = "../tests/ready/mod.rs"]
mod ready;

use criterion::{Criterion, criterion_group, criterion_main};
use pg_scoring::model::cuts::Cuts;
use pg_scoring::model::fact::Fact;
use pg_scoring::model::plan::Plan;
use pg_scoring::model::population::Population;
use pg_scoring::score::number::Number;
use ready::{DAY, Utc, plan, sure};
use serde_json::json;
use std::hint::black_box;

/// The moment that all is as of.
const AS_OF: i64 = 9_000 * DAY;

/// How many customers the cuts are of.
const CUSTOMERS: i64 = 1_000;

/// Makes a model with one score of each family, and a second one where another is made of it.
fn every_family() -> Plan {
    let measures = json!({
        "orders": { "take": "count", "from": "orders" },
        "turnover": { "take": "sum", "from": "orders", "of": "amount" },
        "last_order": { "take": "last", "from": "orders" },
        "country": { "take": "attribute", "of": "country" },
        "mails": { "take": "count", "from": "mails", "window": "90 days" },
        "calls": { "take": "count", "from": "calls", "window": "30 days" },
    });
    let scores = json!({
        "value": { "kind": "quantile", "of": "turnover", "bins": 3 },
        "reach": { "kind": "levels", "of": "mails", "at_least": [3, 6] },
        "rfm": { "kind": "rfm", "recency": "last_order", "frequency": "orders", "monetary": "turnover" },
        "abc": { "kind": "abc", "of": "turnover", "within": "country" },
        "gap": { "kind": "delta", "of": "reach", "minus": "value" },
        "points": {
            "kind": "points", "rules": [
                { "of": "orders", "each": 5, "cap": 25, "group": "engagement" },
                { "of": "mails", "at_least": 3, "points": 10, "group": "engagement" },
                { "of": "calls", "each": -2.5 },
                { "of": "country", "in": ["FR", "BE"], "points": 10, "group": "fit" },
                { "of": "country", "missing": true, "points": -20 },
            ],
            "groups": { "fit": { "maximum": 20 }, "engagement": { "maximum": 30 } },
            "minimum": 0, "at_least": [10, 30],
        },
        "trend": { "kind": "change", "of": "mails", "against": "90 days", "at_least": [0, 2] },
        "mean": { "kind": "weighted", "of": { "turnover": 2, "orders": 1 }, "scale": "percentile" },
        "grid": { "kind": "matrix", "rows": "reach", "columns": "value", "labels": [["c", "b", "b"], ["c", "b", "a"], ["b", "a", "a"]] },
        "risk": {
            "kind": "scorecard", "points0": 600, "odds0": 0.05, "pdo": 50, "base": 500,
            "characteristics": [
                { "of": "orders", "reason": "orders", "bins": [{ "below": 2, "points": -10 }, { "at_least": 2, "below": 10, "points": 20 }, { "at_least": 10, "points": 35 }] },
                { "of": "country", "reason": "country", "missing": { "points": 0 }, "otherwise": { "points": 5 }, "bins": [{ "in": ["FR"], "points": 30 }] },
            ],
        },
        "likely": { "kind": "logistic", "intercept": -2.1, "coefficients": { "orders": 0.3, "country": { "FR": 0.4, "BE": 0 } }, "missing": { "country": 0 } },
        "won": { "kind": "naive_bayes", "won": { "of": "orders", "at_least": 9 }, "lost": { "of": "orders", "below": 2 }, "of": "country" },
        "known": { "kind": "completeness", "parts": [{ "of": "country", "weight": 2 }, { "of": "last_order", "fresh": "365 days" }, { "of": "orders", "at_least": 1 }] },
    });
    plan("en", &measures, &scores)
}

/// Gives the facts of a customer, and the texts of those that part customers.
fn customer(plan: &Plan, number: i64) -> (Vec<Fact<'static>>, Vec<Option<String>>) {
    let country = ["FR", "BE", "DE", "LU"][(number % 4) as usize];
    let whole = |number: i64| Fact::Number(Number::Whole(number));
    let mut facts = vec![Fact::None; plan.measures.len()];
    let mut texts = vec![None; plan.measures.len()];
    for (slot, measured) in plan.measures.iter().enumerate() {
        facts[slot] = match &measured.name[..] {
            "last_order" => Fact::Moment(AS_OF - number % 400 * DAY),
            "country" => {
                texts[slot] = Some(country.to_string());
                Fact::Text(country.into())
            }
            "turnover" => whole(number * 7919 % 10_000),
            _ if measured.computed().is_some() => Fact::None,
            _ => whole(number * 31 % 13),
        };
    }
    sure(plan.compute(&mut facts, AS_OF, &Utc));
    (facts, texts)
}

/// Measures one customer's scores.
fn scores(criterion: &mut Criterion) {
    let plan = every_family();
    let mut cuts = Cuts::none(&plan);
    let mut population = sure(Population::new(&plan, CUSTOMERS as usize, AS_OF, || ()));
    for number in 0..CUSTOMERS {
        let (facts, texts) = customer(&plan, number);
        sure(population.add(&facts, &texts, &mut cuts.groups));
    }
    sure(population.cut_and_score(&mut cuts));
    let mut rows: Vec<Vec<f64>> = population.rows().map(<[f64]>::to_vec).collect();
    let mut next = 0;
    criterion.bench_function("all scores of a customer, one of each family", |bencher| {
        bencher.iter(|| {
            next = (next + 1) % rows.len();
            plan.score(black_box(&mut rows[next]), &cuts, AS_OF);
        });
    });
}

criterion_group!(benches, scores);
criterion_main!(benches);

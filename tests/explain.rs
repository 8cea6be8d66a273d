//! What explanations say: golden texts in both languages, and that any facts can be explained.
//!
//! With `EXPLAIN_GOLDEN=write` the golden texts are written anew; read them before they are committed.

mod ready;

use pg_scoring::model::cuts::Cuts;
use pg_scoring::model::explain::{Told, explain};
use pg_scoring::model::fact::Fact;
use pg_scoring::model::plan::Plan;
use pg_scoring::model::population::Population;
use pg_scoring::score::log_sum::{Decayed, half_lives};
use pg_scoring::score::number::Number;
use proptest::prelude::*;
use ready::{DAY, Utc, plan, sure};
use serde_json::{Value, json};

/// 12 March 2024, 14:05.
const NOW: i64 = 8_837 * DAY + (14 * 60 + 5) * 60_000_000;

/// Makes the measures of most tests.
fn measures() -> Value {
    json!({
        "last_order": { "take": "last", "from": "orders" },
        "orders": { "take": "count", "from": "orders", "where": "status <> 'cancelled'", "window": "12 months" },
        "margin": { "take": "sum", "from": "orders", "of": "amount - cost", "description": "Net margin: what is left" },
        "exposure": { "take": "sum", "from": { "mails": "1", "calls": "3" }, "half_life": "14 days" },
        "country": { "take": "attribute", "of": "country" },
        "since": { "take": "attribute", "of": "since" },
        "seniority": { "compute": "age", "of": "since", "unit": "months" },
        "basket": { "compute": "ratio", "of": ["margin", "orders"] },
    })
}

/// Makes the facts of a customer; `seed` makes them differ.
fn facts<'a>(plan: &Plan, seed: i64) -> Vec<Fact<'a>> {
    let mut facts = vec![
        Fact::Moment(NOW - (3 * seed + 1) * DAY),
        Fact::Number(Number::Whole(20 - seed)),
        Fact::Number(Number::decimal(i128::from(7_000 - 1_050 * seed), 2)),
        Fact::Decayed(Decayed {
            positive: half_lives(NOW, 14 * DAY) - seed as f64 / 3.0,
            negative: f64::NEG_INFINITY,
        }),
        Fact::Text(if seed % 2 == 0 { "FR" } else { "BE" }.into()),
        Fact::Moment((8_000 - 91 * seed) * DAY),
        Fact::None,
        Fact::None,
    ];
    // Those of scores' own measures.
    facts.resize(plan.measures.len(), Fact::Number(Number::Whole(8)));
    sure(plan.compute(&mut facts, NOW, &Utc));
    facts
}

/// Prints the facts as PostgreSQL would.
fn shown(plan: &Plan, facts: &[Fact]) -> Vec<Option<String>> {
    let print = |(fact, measured): (&Fact, &pg_scoring::model::plan::Measured)| match fact {
        Fact::None => None,
        Fact::Number(Number::Whole(number)) => Some(number.to_string()),
        Fact::Number(number @ (Number::Units(..) | Number::Decimal(_))) => Some(number.plain_text()),
        Fact::Number(Number::Float(number)) => Some(number.to_string()),
        Fact::Moment(moment) => Some(moment.to_string()),
        Fact::Truth(truth) => Some(truth.to_string()),
        Fact::Text(text) => Some(text.to_string()),
        Fact::Decayed(sum) => {
            Some(sum.value(half_lives(NOW, measured.half_life().unwrap_or(DAY))).to_string())
        }
    };
    facts.iter().zip(&plan.measures).map(print).collect()
}

/// What is asked of a model: the customers that publish the cuts, and the one that is told.
struct Case {
    name: &'static str,
    scores: Value,
    /// Changes the facts of the customers that the cuts are made of.
    others: fn(&mut [Fact]),
    /// Changes the facts of the one that is told.
    told: fn(&mut [Fact]),
    /// The number of the one that is told.
    seed: i64,
    is_refreshed: bool,
}

/// Makes a case of a customer in the middle.
fn case(name: &'static str, scores: Value) -> Case {
    Case { name, scores, others: |_| {}, told: |_| {}, seed: 6, is_refreshed: true }
}

/// Explains a case.
fn explained(case: &Case, language: &str) -> Value {
    let plan = plan(language, &measures(), &case.scores);
    let mut cuts = Cuts::none(&plan);
    if case.is_refreshed {
        let mut population = sure(Population::new(&plan, 12, NOW, || ()));
        let mut groups = cuts.groups.clone();
        for seed in 0..12 {
            let mut facts = facts(&plan, seed);
            (case.others)(&mut facts);
            sure(population.add(&facts, &shown(&plan, &facts), &mut groups));
        }
        cuts.groups = groups;
        sure(population.cut_and_score(&mut cuts));
        cuts.version = 3;
    }
    let mut facts = facts(&plan, case.seed);
    (case.told)(&mut facts);
    let mut row = vec![f64::NAN; plan.width()];
    let mut groups = cuts.groups.clone();
    let shown = shown(&plan, &facts);
    plan.write_row(&facts, &shown, &mut groups, &mut row);
    plan.score(&mut row, &cuts, NOW);
    explain(&Told {
        plan: &plan,
        model: "crm",
        customer: "42",
        facts: &facts,
        shown: &shown,
        row: &row,
        cuts: &cuts,
        scored_at: NOW,
        due_at: Some(8_850 * DAY),
        calendar: &Utc,
        pending: case.name == "pending",
    })
}

/// Lists the cases.
fn cases() -> Vec<Case> {
    let quantile = |more: Value| {
        let mut score = json!({ "kind": "quantile", "of": "margin", "bins": 5, "description": "Value" });
        if let (Some(score), Some(more)) = (score.as_object_mut(), more.as_object()) {
            score.extend(more.clone());
        }
        json!({ "value": score })
    };
    let rfm = json!({ "kind": "rfm", "recency": "last_order", "frequency": "orders", "monetary": "margin" });
    let only = |only: Value| quantile(json!({ "only": only, "unscored": "Prospects" }));
    let no_margin: fn(&mut [Fact]) = |facts| facts[2] = Fact::None;
    let delta = json!({
        "pressure": { "kind": "quantile", "of": "exposure" }, "value": { "kind": "quantile", "of": "margin" },
        "pressure_delta": { "kind": "delta", "of": "pressure", "minus": "value" }
    });
    let abc = json!({ "abc": { "kind": "abc", "of": "margin", "strategy": "key_figure_percent",
        "shares": [0.5, 0.3, 0.2], "within": "country" } });
    let negative: fn(&mut [Fact]) = |facts| facts[2] = Fact::Number(Number::decimal(-1_234_567, 2));
    let mine = json!([{ "label": "Gold", "r": [2, 3], "m": [1, 2] }]);
    let weighted = |scale: &str, of: Value, more: Value| {
        let mut score = json!({ "kind": "weighted", "of": of, "scale": scale });
        if let (Some(score), Some(more)) = (score.as_object_mut(), more.as_object()) {
            score.extend(more.clone());
        }
        json!({ "pressure": { "kind": "quantile", "of": "exposure" }, "value": { "kind": "quantile", "of": "margin" },
            "mean": score })
    };
    let change = |way: &str| {
        json!({ "rise": { "kind": "change", "of": "orders", "against": "1 year", "as": way, "at_least": [2, 5],
            "labels": ["steady", "more", "much more"], "unscored": "nothing then" } })
    };
    let levels = json!({ "at_least": [0.3, 0.6], "unscored": "unknown" });
    let ranked =
        || weighted("percentile", json!({ "margin": 2, "exposure": 1, "last_order": 0.5 }), levels.clone());
    let ranged = || weighted("range", json!({ "margin": 2.5, "value": 1 }), json!({ "missing": 0 }));
    let grid = json!({
        "fit": { "kind": "levels", "of": "seniority", "at_least": [12, 60] },
        "warmth": { "kind": "weighted", "of": { "exposure": 1 }, "scale": "percentile", "above": [0.5], "labels": ["cold", "hot"] },
        "lead": { "kind": "matrix", "rows": "fit", "columns": "warmth", "labels": [["C2", "C1"], ["B2", "B1"], ["A2", "A1"]] },
        "for_leads": { "kind": "levels", "of": "orders", "at_least": [10], "only": { "of": "lead", "in": ["A1", "A2"] } }
    });
    vec![
        case(
            "quantile",
            quantile(json!({ "labels": ["none", "minor", "important", "very important", "strategic"] })),
        ),
        Case { seed: 0, ..case("the highest level", quantile(json!({}))) },
        case("descending", quantile(json!({ "order": "descending" }))),
        case("negatives apart", quantile(json!({ "negatives": "apart" }))),
        Case { seed: 9, ..case("negatives apart, below 0", quantile(json!({ "negatives": "apart" }))) },
        Case {
            seed: 11,
            told: negative,
            ..case("negatives excluded", quantile(json!({ "negatives": "exclude" })))
        },
        case(
            "levels at_least",
            json!({ "size": { "kind": "levels", "of": "orders", "at_least": [5, 15, 30] } }),
        ),
        case(
            "levels above",
            json!({ "size": { "kind": "levels", "of": "margin", "above": [-2000.5, 10, 25000] } }),
        ),
        case(
            "levels of what decays",
            json!({ "heat": { "kind": "levels", "of": "exposure", "at_least": [0.1, 0.5],
            "labels": ["cold", "warm", "hot"] } }),
        ),
        case("quantiles of what decays", json!({ "pressure": { "kind": "quantile", "of": "exposure" } })),
        case(
            "levels of an age, and of a ratio",
            json!({
            "loyalty": { "kind": "levels", "of": "seniority", "at_least": [12, 60] },
            "rate": { "kind": "levels", "of": "basket", "order": "descending", "above": [0.01, 3] } }),
        ),
        case(
            "quantiles of a date",
            json!({ "recency": { "kind": "quantile", "of": "last_order", "bins": 3 } }),
        ),
        case("rfm", json!({ "rfm": rfm })),
        case(
            "rfm with a score",
            json!({
            "fresh": { "kind": "levels", "of": "seniority", "at_least": [12, 60], "description": "Loyalty; in months" },
            "rfm": { "kind": "rfm", "recency": "fresh", "frequency": "orders", "monetary": "exposure", "segments": mine,
                "within": "country" } }),
        ),
        case("abc within", abc.clone()),
        case("delta", delta.clone()),
        Case {
            told: |facts| {
                facts[3] = Fact::Decayed(Decayed { positive: half_lives(NOW, 14 * DAY) + 2.5, negative: 0.0 })
            },
            ..case("overpressure", delta.clone())
        },
        case(
            "not for a level",
            json!({
                "size": { "kind": "levels", "of": "orders", "at_least": [5, 15, 30] },
                "value": { "kind": "quantile", "of": "margin", "only": { "of": "size", "equals": 3 } }
            }),
        ),
        Case {
            told: |facts| facts[1] = Fact::Number(Number::Whole(0)),
            ..case(
                "not for",
                only(
                    json!({ "all": [{ "of": "orders", "at_least": 1 }, { "of": "country", "in": ["FR", "BE"] },
                { "any": [{ "of": "since", "above": "2024-01-01" }, { "of": "margin", "between": [10000, 25000.5] }] }] }),
                ),
            )
        },
        Case { told: no_margin, ..case("no value", quantile(json!({ "unscored": "Prospects" }))) },
        Case { told: |facts| facts[4] = Fact::Text("LU".into()), ..case("new group", abc.clone()) },
        Case {
            others: |facts| {
                if matches!(&facts[4], Fact::Text(text) if text == "FR") {
                    facts[2] = Fact::None
                }
            },
            ..case("nobody in the group", abc.clone())
        },
        Case { others: no_margin, ..case("nobody", quantile(json!({}))) },
        Case { others: |facts| facts[2] = Fact::Number(Number::Whole(-1)), ..case("no total", abc) },
        Case { told: no_margin, ..case("no part of an rfm", json!({ "rfm": rfm })) },
        Case { told: no_margin, ..case("no part of a delta", delta) },
        Case { is_refreshed: false, ..case("not refreshed", json!({ "rfm": rfm })) },
        case("pending", quantile(json!({}))),
        case("change", change("difference")),
        case("change as a ratio", change("ratio")),
        Case {
            told: |facts| facts[8] = Fact::Number(Number::Whole(0)),
            ..case("change as a ratio from 0", change("ratio"))
        },
        Case {
            told: |facts| facts[8] = Fact::None,
            ..case("change from what is not known", change("difference"))
        },
        case("weighted levels", weighted("level", json!({ "pressure": 2, "value": 1 }), json!({}))),
        case("weighted percentiles", ranked()),
        case("weighted ranges", ranged()),
        Case { told: no_margin, ..case("a component left out", ranked()) },
        Case {
            told: no_margin,
            ..case(
                "a component that counts as 0",
                weighted("level", json!({ "pressure": 2, "value": 1 }), json!({ "missing": 0 })),
            )
        },
        Case {
            told: no_margin,
            ..case("no component", weighted("range", json!({ "margin": 2, "value": 1 }), levels.clone()))
        },
        Case { is_refreshed: false, ..case("weighted, not refreshed", ranked()) },
        Case {
            others: no_margin,
            ..case("weighted, nobody", weighted("range", json!({ "margin": 1 }), json!({})))
        },
        case("matrix", grid.clone()),
        Case {
            told: no_margin,
            ..case(
                "no part of a matrix",
                json!({
            "fit": { "kind": "levels", "of": "margin", "at_least": [0] }, "warmth": { "kind": "levels", "of": "orders", "at_least": [10] },
            "lead": { "kind": "matrix", "rows": "fit", "columns": "warmth", "labels": [["a", "b"], ["b", "c"]] } }),
            )
        },
    ]
}

/// Checks the golden texts of a language.
fn check_golden(language: &str) {
    let mut told = String::new();
    for case in cases() {
        let json = explained(&case, language);
        told +=
            &format!("== {}\n{}\n{}\n\n", case.name, json["text"].as_str().unwrap_or("?"), json["scores"]);
        if case.name == "quantile" {
            told += &format!("{}\n\n", sure(serde_json::to_string_pretty(&json)));
        }
    }
    let path = format!("{}/tests/explain/{language}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("EXPLAIN_GOLDEN").is_ok() {
        sure(std::fs::write(&path, &told));
    }
    let golden = sure(std::fs::read_to_string(&path));
    for (golden, told) in golden.split("== ").zip(told.split("== ")) {
        assert_eq!(golden, told);
    }
    assert_eq!(golden.len(), told.len());
}

#[test]
fn english_is_as_it_was_read() {
    check_golden("en");
}

#[test]
fn french_is_as_it_was_read() {
    check_golden("fr");
}

/// Makes a figure as strange as they come.
fn any_figure() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => (-9i32..60).prop_map(f64::from),
        2 => (-9_000i64..90_000).prop_map(|cents| cents as f64 / 100.0),
        2 => any::<f64>(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 1e-300]),
    ]
}

/// Makes any fact.
fn any_fact() -> impl Strategy<Value = Fact<'static>> {
    prop_oneof![
        Just(Fact::None),
        any::<i64>().prop_map(|number| Fact::Number(Number::Whole(number))),
        (any::<i64>(), 0..12u32)
            .prop_map(|(units, scale)| Fact::Number(Number::decimal(units.into(), scale))),
        any_figure().prop_map(|number| Fact::Number(Number::Float(number))),
        prop_oneof![any::<i64>(), Just(i64::MAX), Just(i64::MIN), -NOW..2 * NOW].prop_map(Fact::Moment),
        any::<bool>().prop_map(Fact::Truth),
        any::<String>().prop_map(|text| Fact::Text(text.into())),
        (any_figure(), any_figure())
            .prop_map(|(positive, negative)| Fact::Decayed(Decayed { positive, negative })),
    ]
}

proptest! {
    #[test]
    fn any_facts_are_explained(
        facts in prop::collection::vec(any_fact(), 8), figures in prop::collection::vec(any_figure(), 16),
        as_of in prop_oneof![any::<i64>(), Just(NOW)], at in any::<usize>(), is_french in any::<bool>(),
        texts in prop::collection::vec(prop::option::of("[-0-9.]{0,12}|[a-zé]{0,3}"), 8), is_own in any::<bool>(),
    ) {
        let cases = cases();
        let case = &cases[at % cases.len()];
        let plan = plan(if is_french { "fr" } else { "en" }, &measures(), &case.scores);
        let mut cuts = Cuts::none(&plan);
        let mut population = sure(Population::new(&plan, 9, NOW, || ()));
        let mut groups = cuts.groups.clone();
        for seed in 0..9 {
            let facts = self::facts(&plan, seed);
            sure(population.add(&facts, &self::shown(&plan, &facts), &mut groups));
        }
        cuts.groups = groups;
        sure(population.cut_and_score(&mut cuts));
        let mut row = figures;
        row.resize(plan.width(), f64::NAN);
        let shown = if is_own { shown(&plan, &facts) } else { texts };
        if is_own {
            plan.write_row(&facts, &shown, &mut cuts.groups.clone(), &mut row);
            plan.score(&mut row, &cuts, as_of);
        }
        let json = explain(&Told {
            plan: &plan, model: "crm", customer: "42", facts: &facts, shown: &shown, row: &row, cuts: &cuts,
            scored_at: as_of, due_at: Some(as_of), calendar: &Utc, pending: false,
        });
        let text = json["text"].as_str().unwrap_or_default();
        prop_assert!(text.lines().count() > 2 && !text.contains("NaN"), "{text}");
    }
}

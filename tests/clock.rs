//! What the clock changes: nothing before the moment that is foretold, and something then.

mod ready;

use pg_scoring::model::cuts::Cuts;
use pg_scoring::model::fact::Fact;
use pg_scoring::model::plan::Plan;
use pg_scoring::model::population::Population;
use pg_scoring::score::log_sum::{Decayed, LogSum, half_lives};
use pg_scoring::score::number::Number;
use proptest::prelude::*;
use ready::{DAY, Utc, plan, sure};
use serde_json::json;

/// The half-life of `heat`.
const HALF_LIFE: i64 = 14 * DAY;

/// Makes a model whose every score moves with the clock alone.
fn clocks() -> Plan {
    let measures = json!({
        "since": { "take": "attribute", "of": "since" },
        "heat": { "take": "sum", "from": "mails", "of": "weight", "half_life": "14 days" },
        "days": { "compute": "age", "of": "since", "unit": "days" },
        "months": { "compute": "age", "of": "since", "unit": "months" },
        "years": { "compute": "age", "of": "since", "unit": "years" },
        "mixed": { "compute": "total", "of": ["months", "years"] },
    });
    let scores = json!({
        "by_days": { "kind": "levels", "of": "days", "at_least": [-30, 30, 60.5, 1000] },
        "by_months": { "kind": "levels", "of": "months", "above": [0, 2, 11.5], "order": "descending" },
        "by_years": { "kind": "quantile", "of": "years", "bins": 4 },
        "by_mixed": { "kind": "quantile", "of": "mixed", "bins": 9 },
        "by_heat": { "kind": "levels", "of": "heat", "at_least": [-2, 0, 0.5, 1, 3] },
        "points": { "kind": "points", "rules": [
            { "of": "days", "each": 0.5, "cap": 40 }, { "of": "heat", "at_least": 1, "points": 5 }, { "of": "months", "below": 3, "points": -2 }
        ] },
        "known": { "kind": "completeness", "parts": [{ "of": "since", "fresh": "400 days" }, { "of": "years", "between": [1, 3] }] },
        "mean": { "kind": "weighted", "of": { "months": 2, "heat": 1 }, "scale": "percentile" },
        "old": { "kind": "levels", "of": "days", "at_least": [500], "only": { "of": "months", "between": [5, 40] } },
        "hot": { "kind": "levels", "of": "days", "at_least": [-100000], "only": { "of": "heat", "above": 0.25 } },
    });
    plan("en", &measures, &scores)
}

/// Gives the facts of a customer as of a moment.
fn facts(plan: &Plan, since: i64, heat: &[(f64, i64)], as_of: i64) -> Vec<Fact<'static>> {
    let mut sums = [LogSum::NONE; 2];
    for (weight, at) in heat {
        sums[usize::from(*weight < 0.0)].add(weight.abs().log2() + half_lives(*at, HALF_LIFE));
    }
    let heat = Fact::Decayed(Decayed { positive: sums[0].log2(), negative: sums[1].log2() });
    let mut facts = vec![Fact::None; plan.measures.len()];
    (facts[0], facts[1]) = (Fact::Moment(since), heat);
    sure(plan.compute(&mut facts, as_of, &Utc));
    facts
}

/// Gives the row of a customer, scored as of a moment.
fn scored(plan: &Plan, facts: &[Fact], cuts: &Cuts, as_of: i64) -> Vec<f64> {
    let mut row = vec![f64::NAN; plan.width()];
    plan.write_row(facts, &vec![None; facts.len()], &mut cuts.groups.clone(), &mut row);
    plan.score(&mut row, cuts, as_of);
    row
}

/// Publishes the cuts of some customers.
fn publish(plan: &Plan, as_of: i64) -> Cuts {
    let mut cuts = Cuts::none(plan);
    let mut population = sure(Population::new(plan, 40, as_of, || ()));
    for customer in 0..40 {
        let facts = facts(plan, as_of - customer * customer * 9 * DAY, &[(1.0, as_of)], as_of);
        sure(population.add(&facts, &vec![None; facts.len()], &mut cuts.groups));
    }
    sure(population.cut_and_score(&mut cuts));
    cuts
}

/// Gives the figures of the scores in thousandths, told apart from none.
fn levels(plan: &Plan, row: &[f64]) -> Vec<Option<i64>> {
    let figures = &row[plan.measures.len()..][..plan.scores.len()];
    figures.iter().map(|figure| (!figure.is_nan()).then_some((figure * 1000.0) as i64)).collect()
}

/// A moment of 2024.
const NOW: i64 = 8_900 * DAY + 12_345_678;

proptest! {
    #[test]
    fn nothing_changes_before_the_moment_that_is_due(
        age in -400..4_000i64, offset in 0..DAY, at in 0..800i64,
        heat in prop::collection::vec((-4.0..6.0f64, 0..60i64), 0..4), when in 0.0..1.0f64,
    ) {
        let plan = clocks();
        let cuts = publish(&plan, NOW);
        let as_of = NOW + at * DAY / 3;
        let since = NOW - age * DAY - offset;
        let heat: Vec<(f64, i64)> = heat.into_iter().map(|(weight, days)| (weight, NOW - days * DAY)).collect();
        let now = facts(&plan, since, &heat, as_of);
        let row = scored(&plan, &now, &cuts, as_of);
        let due = plan.watched().next_tick(&now, &row, &cuts, as_of, &Utc);
        let at = |moment| levels(&plan, &scored(&plan, &facts(&plan, since, &heat, moment), &cuts, moment));
        let last = due.map_or(as_of + 4_000 * DAY, |due| due - 1);
        prop_assert!(last >= as_of);
        prop_assert_eq!(at(last), levels(&plan, &row));
        let between = as_of + ((last - as_of) as f64 * when) as i64;
        prop_assert_eq!(at(between), levels(&plan, &row));
    }
}

#[test]
fn what_is_due_changes_a_level() {
    let plan = plan(
        "en",
        &json!({
            "since": { "take": "attribute", "of": "since" },
            "heat": { "take": "count", "from": "mails", "half_life": "14 days" },
            "days": { "compute": "age", "of": "since", "unit": "days" },
        }),
        &json!({
            "by_days": { "kind": "levels", "of": "days", "at_least": [30, 60.5] },
            "by_heat": { "kind": "levels", "of": "heat", "above": [0.5, 2] },
        }),
    );
    let cuts = Cuts::none(&plan);
    let mut as_of = NOW;
    let mut dues = 0;
    loop {
        let facts = facts(&plan, NOW - 10 * DAY, &[(1.0, NOW), (1.0, NOW), (1.0, NOW)], as_of);
        let row = scored(&plan, &facts, &cuts, as_of);
        let Some(due) = plan.watched().next_tick(&facts, &row, &cuts, as_of, &Utc) else { break };
        let then = self::facts(&plan, NOW - 10 * DAY, &[(1.0, NOW), (1.0, NOW), (1.0, NOW)], due);
        assert_ne!(levels(&plan, &scored(&plan, &then, &cuts, due)), levels(&plan, &row), "{due}");
        (as_of, dues) = (due, dues + 1);
    }
    assert_eq!(dues, 4);
}

#[test]
fn a_ratio_of_what_decays_stays() {
    let plan = plan(
        "en",
        &json!({
            "mails": { "take": "count", "from": "mails", "half_life": "14 days" },
            "calls": { "take": "count", "from": "calls", "half_life": "14 days" },
            "share": { "compute": "ratio", "of": ["calls", "mails"] },
        }),
        &json!({ "by_share": { "kind": "levels", "of": "share", "at_least": [0.25] } }),
    );
    let sum = |log| Fact::Decayed(Decayed { positive: log, negative: f64::NEG_INFINITY });
    for as_of in [NOW, NOW + 5_000 * DAY] {
        let mut facts = vec![sum(640.0), sum(638.0), Fact::None];
        sure(plan.compute(&mut facts, as_of, &Utc));
        assert_eq!(facts[2], Fact::Number(Number::Float(0.25)));
        let row = scored(&plan, &facts, &Cuts::none(&plan), as_of);
        assert_eq!(plan.watched().next_tick(&facts, &row, &Cuts::none(&plan), as_of, &Utc), None);
    }
}

#[test]
fn a_range_moves_every_day_between_its_ends_and_not_outside() {
    let plan = plan(
        "en",
        &json!({
            "since": { "take": "attribute", "of": "since" },
            "heat": { "take": "count", "from": "mails", "half_life": "14 days" },
            "days": { "compute": "age", "of": "since", "unit": "days" },
        }),
        &json!({ "old": { "kind": "weighted", "of": { "days": 1 }, "scale": "range" },
            "older": { "kind": "weighted", "of": { "days": 1, "heat": 1 }, "scale": "percentile" } }),
    );
    let mut cuts = Cuts::none(&plan);
    let mut population = sure(Population::new(&plan, 2, NOW, || ()));
    for days in [10, 20] {
        let facts = facts(&plan, NOW - days * DAY, &[], NOW);
        sure(population.add(&facts, &vec![None; facts.len()], &mut cuts.groups));
    }
    sure(population.cut_and_score(&mut cuts));
    let of_age = |days: i64| {
        let facts = facts(&plan, NOW - days * DAY, &[(1.0, NOW)], NOW);
        let row = scored(&plan, &facts, &cuts, NOW);
        (row[plan.score_slot(0)], plan.watched().next_tick(&facts, &row, &cuts, NOW, &Utc))
    };
    let tomorrow = Some((NOW / DAY + 1) * DAY);
    assert_eq!(of_age(9), (0.0, tomorrow));
    assert_eq!(of_age(5), (0.0, Some((NOW / DAY + 5) * DAY)));
    assert_eq!(of_age(10), (0.0, tomorrow));
    assert_eq!(of_age(15), (0.5, tomorrow));
    assert_eq!(of_age(20), (1.0, None));
    assert_eq!(of_age(21), (1.0, None));
}

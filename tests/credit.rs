//! What must hold for scorecards and fits, tried on random ones.

#![allow(clippy::panic, reason = "a test may")]

use pg_scoring::error::Error;
use pg_scoring::score::logistic::{Coefficient, Fit, fit, log_odds, probability};
use pg_scoring::score::observations::{Cell, Gathered};
use pg_scoring::score::scorecard::Scale;
use pg_scoring::score::woe::{self, Counts};
use proptest::collection::vec;
use proptest::prelude::*;

/// A row of a fit: two numbers, a category, the outcome and a weight.
type Row = (f64, f64, &'static str, bool, f64);

/// Fits to rows.
fn fitted(rows: &[Row], ridge: f64) -> Result<Fit, Error> {
    let mut gathered = Gathered::of(["one", "two", "kind"].map(String::from).to_vec());
    for (one, two, kind, outcome, weight) in rows {
        let cells = [Some(Cell::Number(*one)), Some(Cell::Number(*two)), Some(Cell::Category(kind))];
        gathered.add(&cells, Some(*outcome), Some(*weight))?;
    }
    fit(gathered.finish()?, ridge, &mut || ())
}

/// Gives the coefficients of the two numbers, and that of a category.
fn coefficients(fit: &Fit, kind: &str) -> [f64; 3] {
    let number = |name: &str| match fit.found.coefficients.get(name) {
        Some(Coefficient::Number(number)) => *number,
        other => panic!("{name}: {other:?}"),
    };
    match fit.found.coefficients.get("kind") {
        Some(Coefficient::Categories(categories)) => [number("one"), number("two"), categories[kind]],
        other => panic!("kind: {other:?}"),
    }
}

/// Rows of a fit: two numbers of these, a category, the outcome and a weight.
fn rows_of(number: impl Strategy<Value = f64> + Clone) -> impl Strategy<Value = Vec<Row>> {
    let kind = prop::sample::select(vec!["a", "b", "c"]);
    vec((number.clone(), number, kind, any::<bool>(), prop::sample::select(vec![1.0, 2.0, 0.5])), 0..60)
}

proptest! {
    #[test]
    fn points_and_probabilities_are_each_other(
        chance in 1e-9..1.0f64, points0 in -1e3..1e3f64, odds0 in 1e-6..1e6f64, pdo in 0.1..1e3f64,
    ) {
        let scale = Scale::new(points0, odds0, pdo)?;
        let points = scale.points(log_odds(chance))?;
        prop_assert!((scale.probability(points) - chance).abs() < 1e-11 * chance.max(1e-3), "{points}");
        let halved = scale.points(log_odds(chance) - std::f64::consts::LN_2)?;
        prop_assert!((halved - points - pdo).abs() < 1e-12 * (points0.abs() + 100.0 * pdo), "{halved}");
        let as_written = scale.offset() - scale.factor() * log_odds(chance);
        prop_assert!((as_written - points).abs() < 1e-12 * (points0.abs() + 100.0 * pdo), "{as_written}");
    }

    #[test]
    fn weights_of_evidence_change_their_sign_with_the_outcome(bins in vec((0u64..50, 0u64..50), 0..10)) {
        let bins: Vec<Counts> = bins.iter().map(|(good, bad)| Counts { good: *good, bad: *bad }).collect();
        let swapped: Vec<Counts> = bins.iter().map(|bin| Counts { good: bin.bad, bad: bin.good }).collect();
        let (found, other) = (woe::weigh(&bins), woe::weigh(&swapped));
        prop_assert_eq!(found.is_some(), other.is_some());
        for (found, other) in found.into_iter().flatten().zip(other.into_iter().flatten()) {
            prop_assert!((found.weight + other.weight).abs() < 1e-12);
            prop_assert!(found.value >= 0.0 && (found.value - other.value).abs() < 1e-12);
        }
    }

    #[test]
    fn a_fit_is_where_the_likelihood_is_flat(
        rows in rows_of((-40i32..40).prop_map(|tenths| f64::from(tenths) / 10.0)), ridge in prop::sample::select(vec![0.0, 0.1, 3.0]),
    ) {
        let Ok(found) = fitted(&rows, ridge) else { return Ok(()) };
        let base = rows.iter().map(|row| row.2).min().unwrap_or_default();
        // What is left of each column, which the penalty must outweigh.
        let mut left = [0.0; 5];
        for (one, two, kind, outcome, weight) in &rows {
            let [first, second, third] = coefficients(&found, kind);
            let chance = probability(found.found.intercept + first * one + second * two + third);
            let miss = weight * (f64::from(u8::from(*outcome)) - chance);
            let is = |name: &str| f64::from(u8::from(*kind == name && name != base));
            left.iter_mut().zip([1.0, *one, *two, is("b"), is("c")]).for_each(|(left, value)| *left += miss * value);
        }
        let of = |kind: &str| if rows.iter().any(|row| row.2 == kind) { coefficients(&found, kind) } else { [0.0; 3] };
        let [one, two, _] = coefficients(&found, base);
        for (left, coefficient) in left.iter().zip([0.0, one, two, of("b")[2], of("c")[2]]) {
            prop_assert!((left - ridge * coefficient).abs() < 1e-7, "{left} is left of {found:?}");
        }
    }

    /// With the least ridge there is a fit, in which a row is certain: it is the outcomes that were separated.
    #[test]
    fn a_fit_is_refused_as_separated_only_where_it_is(rows in rows_of((-9i32..9).prop_map(f64::from))) {
        let Err(refusal) = fitted(&rows, 0.0) else { return Ok(()) };
        prop_assert!(!refusal.to_string().contains("converge"), "{refusal}");
        prop_assume!(refusal.to_string().contains("for certain"));
        let found = fitted(&rows, 1e-9)?;
        let nearest = rows.iter().map(|(one, two, kind, ..)| {
            let [first, second, third] = coefficients(&found, kind);
            (found.found.intercept + first * one + second * two + third).abs()
        });
        prop_assert!(nearest.fold(0.0, f64::max) > 12.0, "{refusal}: {found:?}");
    }

    #[test]
    fn a_fit_does_not_depend_on_the_order_of_the_rows(
        (rows, places) in rows_of((-9i32..9).prop_map(f64::from)).prop_flat_map(|rows| {
            let places: Vec<usize> = (0..rows.len()).collect();
            (Just(rows), Just(places).prop_shuffle())
        }),
        ridge in prop::sample::select(vec![0.0, 1.0]),
    ) {
        let shuffled: Vec<Row> = places.iter().map(|place| rows[*place]).collect();
        prop_assert_eq!(fitted(&rows, ridge), fitted(&shuffled, ridge));
    }

    #[test]
    fn a_fit_to_any_numbers_ends_in_numbers_or_an_error(
        rows in rows_of(prop_oneof![any::<f64>(), (-20i32..20).prop_map(f64::from), Just(f64::MAX), Just(f64::MIN)].boxed()), ridge in prop_oneof![Just(0.0), 0.0..10.0f64, any::<f64>()],
    ) {
        let rows: Vec<Row> = rows.into_iter().map(|(one, two, kind, outcome, weight)| {
            let finite = |number: f64| if number.is_infinite() { f64::MAX.copysign(number) } else { number };
            (finite(one), finite(two), kind, outcome, weight)
        }).collect();
        if let Ok(found) = fitted(&rows, ridge) {
            let numbers = [found.found.intercept, found.standard_errors.intercept, found.log_likelihood];
            let is_finite = |number: &f64| number.is_finite();
            prop_assert!(numbers.iter().all(is_finite), "{found:?}");
            for coefficient in found.found.coefficients.values().chain(found.standard_errors.coefficients.values()) {
                prop_assert!(match coefficient {
                    Coefficient::Number(number) => number.is_finite(),
                    Coefficient::Categories(categories) => categories.values().all(is_finite),
                }, "{found:?}");
            }
        }
    }
}

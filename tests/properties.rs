//! What must hold for any figures, tried on random ones.

#![allow(clippy::panic, reason = "a test may")]

use pg_scoring::error::Error;
use pg_scoring::score::abc::{Limits, Strategy as Abc, class_under};
use pg_scoring::score::decay::DecayedSum;
use pg_scoring::score::decimal::{Decimal, Units};
use pg_scoring::score::quantile::{Method, bin, cuts, levels};
use pg_scoring::score::rfm::{code, codes};
use pg_scoring::score::segment::{rules, segment, usual_segment};
use pg_scoring::score::{figure, present, pressure};
use proptest::collection::vec;
use proptest::prelude::*;

/// Any figure that a query can hold, ties and missing ones among them.
fn any_figure() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-20i32..20).prop_map(f64::from),
        3 => (0i64..100_000).prop_map(|cents| cents as f64 / 100.0),
        2 => any::<f64>().prop_map(|any| figure(Some(any))),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN]),
    ]
}

/// Figures, and the same ones in another order, with where each went.
fn shuffled_figures() -> impl Strategy<Value = (Vec<f64>, Vec<usize>)> {
    vec(any_figure(), 0..60).prop_flat_map(|figures| {
        let places: Vec<usize> = (0..figures.len()).collect();
        (Just(figures), Just(places).prop_shuffle())
    })
}

/// Puts figures in the order of places.
fn in_order(figures: &[f64], places: &[usize]) -> Vec<f64> {
    places.iter().map(|place| figures[*place]).collect()
}

/// Cuts by the book: sort, then interpolate.
fn cuts_by_sorting(figures: &[f64], bins: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = figures.iter().copied().filter(|figure| !figure.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return vec![] };
    let cut = |k: usize| {
        let at = k as f64 / bins as f64 * last as f64;
        let (lower, upper) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
        let cut = lower + (at - at.floor()) * (upper - lower);
        if cut.is_finite() { cut.min(upper) } else { lower }
    };
    (1..bins).map(cut).collect()
}

/// The ABC rule by the book, in whole cents: the best class whose limit is greater than what is held by strictly better ones.
fn classes_by_counting(cents: &[i64], percents: &[i64], by_total: bool) -> Vec<usize> {
    let weight = |cents: i64| if by_total { cents.max(0) } else { 1 };
    let whole: i64 = cents.iter().map(|cents| weight(*cents)).sum();
    let class = |own: i64| {
        let better: i64 = cents.iter().filter(|cents| **cents > own).map(|cents| weight(*cents)).sum();
        let mut limit = 0;
        let reached = percents.iter().position(|percent| {
            limit += percent;
            limit * whole > better * 100
        });
        reached.unwrap_or(percents.len() - 1)
    };
    let lowest = percents.len() - 1;
    cents.iter().map(|own| if by_total && *own <= 0 { lowest } else { class(*own) }).collect()
}

/// Shares of a whole, in percent.
fn percents() -> impl Strategy<Value = Vec<i64>> {
    vec(0i64..=100, 0..5).prop_map(|mut ends| {
        ends.sort_unstable();
        ends.push(100);
        let mut before = 0;
        ends.iter().map(|end| end - std::mem::replace(&mut before, *end)).collect()
    })
}

proptest! {
    #[test]
    fn cuts_are_those_of_the_sorted_figures((figures, places) in shuffled_figures(), bins in 2usize..=100) {
        let expected = cuts_by_sorting(&figures, bins);
        let found = cuts(&mut present(&in_order(&figures, &places))?, bins).unwrap_or_default();
        prop_assert_eq!(&found, &expected);
        prop_assert!(found.is_sorted(), "{:?} do not ascend", found);
    }

    #[test]
    fn levels_depend_on_nothing_but_the_figures((figures, places) in shuffled_figures(), bins in 2usize..=100) {
        let found = levels(&figures, bins, Method::Quantile)?;
        let shuffled = levels(&in_order(&figures, &places), bins, Method::Quantile)?;
        prop_assert_eq!(shuffled, places.iter().map(|place| found[*place]).collect::<Vec<_>>());
        for (one, level) in figures.iter().zip(&found) {
            prop_assert_eq!(*level == 0, one.is_nan());
            prop_assert!(usize::from(*level) <= bins);
            for (other, other_level) in figures.iter().zip(&found) {
                let follows = one.is_nan() || other.is_nan() || one > other || level <= other_level;
                prop_assert!(follows, "levels do not follow the figures");
            }
        }
    }

    #[test]
    fn ntile_levels_have_equal_heads((figures, _) in shuffled_figures(), bins in 2usize..=100) {
        let found = levels(&figures, bins, Method::Ntile)?;
        let heads = |level: usize| found.iter().filter(|found| usize::from(**found) == level).count();
        let counted = present(&figures)?.len();
        for level in 1..=bins {
            prop_assert_eq!(heads(level), counted / bins + usize::from(level <= counted % bins));
        }
        for (one, level) in figures.iter().zip(&found) {
            for (other, other_level) in figures.iter().zip(&found) {
                let follows = one.is_nan() || other.is_nan() || one >= other || level <= other_level;
                prop_assert!(follows, "levels do not follow the figures");
            }
        }
    }

    #[test]
    fn a_bin_counts_the_cuts_below(x in any::<f64>(), mut cuts in vec(any::<f64>(), 0..20)) {
        prop_assume!(!x.is_nan() && cuts.iter().all(|cut| !cut.is_nan()));
        cuts.sort_by(f64::total_cmp);
        prop_assert_eq!(bin(x, &cuts), 1 + cuts.iter().filter(|cut| **cut < x).count());
    }

    #[test]
    fn abc_follows_its_rule(
        cents in vec(prop_oneof![-500i64..2_000, 0i64..1_000_000], 1..40),
        percents in percents(),
        by_total: bool,
    ) {
        prop_assume!(!by_total || cents.iter().any(|cents| *cents > 0));
        let figures: Vec<f64> = cents.iter().map(|cents| figure(Some(*cents as f64 / 100.0))).collect();
        let shares: Vec<f64> = percents.iter().map(|percent| *percent as f64 / 100.0).collect();
        let strategy = if by_total { Abc::KeyFigurePercent } else { Abc::CountPercent };
        let limits = Limits::new(strategy, &shares)?;
        let found = limits.classify(&figures)?;
        let expected = classes_by_counting(&cents, &percents, by_total);
        prop_assert_eq!(&found, &expected.iter().map(|class| Some(*class as u16)).collect::<Vec<_>>());
        let cuts = limits.ascending_cuts(&mut figures.clone())?.unwrap_or_default();
        prop_assert!(cuts.is_sorted());
        let by_cuts: Vec<usize> = figures.iter().map(|figure| class_under(*figure, &cuts)).collect();
        prop_assert_eq!(by_cuts, expected);
    }

    #[test]
    fn abc_depends_on_nothing_but_the_figures((figures, places) in shuffled_figures(), percents in percents()) {
        let shares: Vec<f64> = percents.iter().map(|percent| *percent as f64 / 100.0).collect();
        for strategy in [Abc::CountPercent, Abc::KeyFigurePercent] {
            let limits = Limits::new(strategy, &shares)?;
            let (found, shuffled) = (limits.classify(&figures), limits.classify(&in_order(&figures, &places)));
            prop_assert_eq!(found.is_err(), shuffled.is_err());
            if let (Ok(found), Ok(shuffled)) = (found, shuffled) {
                prop_assert_eq!(shuffled, places.iter().map(|place| found[*place]).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_decimal_is_the_shortest_that_reads_back(number in prop_oneof![
        (0u64..10_000_000_000_000_000).prop_map(|cents| cents as f64 / 100.0),
        any::<f64>().prop_map(f64::abs).prop_filter("finite", |number| number.is_finite()),
    ]) {
        let decimal = Decimal::of(number);
        let units = Units::of([decimal, Decimal::ONE].into_iter());
        let written = format!("{}e{}", units.count(decimal), units.exponent());
        prop_assert_eq!(written.parse::<f64>(), Ok(number));
        let digits = |text: String| text.trim_end_matches('0').trim_start_matches('0').len();
        let shortest = format!("{number:e}").replace('.', "");
        let shortest = shortest.split('e').next().unwrap_or_default().to_string();
        prop_assert_eq!(digits(units.count(decimal).to_string()), digits(shortest));
    }

    #[test]
    fn a_decayed_sum_does_not_depend_on_order_or_parts(
        events in vec((-1e6..1e6f64, 0i64..1_000_000_000_000_000, 1i64..100_000_000_000_000), 0..50),
        parts in vec(0usize..4, 50),
        seed: u64,
    ) {
        let add = |sum: &mut DecayedSum, event: &(f64, i64, i64)| sum.add(event.0, event.1.into(), event.2.into());
        let mut whole = DecayedSum::default();
        events.iter().for_each(|event| add(&mut whole, event));
        let magnitude: f64 = events.iter().map(|event| {
            event.0.abs() * (-(event.1 as f64 / event.2 as f64)).exp2()
        }).sum();
        let mut order: Vec<usize> = (0..events.len()).collect();
        order.sort_by_key(|at| (*at as u64 + 1).wrapping_mul(seed | 1));
        let mut sums = [DecayedSum::default(); 4];
        order.iter().for_each(|at| add(&mut sums[parts[*at]], &events[*at]));
        let mut merged = DecayedSum::of_numbers(sums[0].numbers());
        sums[1..].iter().for_each(|sum| merged.merge(sum));
        prop_assert!((whole.total() - merged.total()).abs() <= 1e-12 * magnitude);
        let plain: f64 = events.iter().map(|event| event.0 * (-(event.1 as f64 / event.2 as f64)).exp2()).sum();
        prop_assert!((whole.total() - plain).abs() <= 1e-11 * magnitude, "{} is not {plain}", whole.total());
    }

    #[test]
    fn a_decayed_sum_of_any_weights_and_ages_is_a_number(
        events in vec((any::<f64>(), any::<u64>(), 1u64..), 0..20),
    ) {
        let mut sum = DecayedSum::default();
        let finite = events.iter().filter(|event| event.0.is_finite());
        finite.for_each(|event| sum.add(event.0, event.1.into(), event.2.into()));
        prop_assert!(sum.total().is_finite());
    }

    #[test]
    fn rfm_codes_are_the_levels_of_those_who_have_all_three(
        rows in vec((any_figure(), any_figure(), any_figure()), 0..40),
        bins in 2usize..=9,
    ) {
        let mut columns = [
            rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            rows.iter().map(|row| row.1).collect(),
            rows.iter().map(|row| row.2).collect(),
        ];
        let found = codes(columns.each_mut().map(|column| &mut column[..]), bins, Method::Quantile)?;
        let whole = |row: &&(f64, f64, f64)| !(row.0.is_nan() || row.1.is_nan() || row.2.is_nan());
        let whole_rows: Vec<_> = rows.iter().filter(whole).collect();
        let level = |column: fn(&(f64, f64, f64)) -> f64| {
            let figures: Vec<f64> = whole_rows.iter().map(|row| column(row)).collect();
            levels(&figures, bins, Method::Quantile)
        };
        let (r, f, m) = (level(|row| row.0)?, level(|row| row.1)?, level(|row| row.2)?);
        let expected = r.iter().zip(&f).zip(&m).map(|((r, f), m)| code((*r).into(), (*f).into(), (*m).into()));
        let expected = expected.collect::<Result<Vec<i32>, Error>>()?;
        let scored: Vec<i32> = found.iter().filter(|code| **code > 0).map(|code| i32::from(*code)).collect();
        prop_assert_eq!(scored, expected);
        for (row, code) in rows.iter().zip(&found) {
            prop_assert_eq!(*code == 0, !whole(&row));
        }
    }

    #[test]
    fn a_pressure_state_is_the_side_of_the_gap(pressure in 1i32..=100, value in 1i32..=100, tolerance in 0i32..=100) {
        let gap = pressure::delta(pressure, value)?;
        let expected = if gap > tolerance { "overpressure" } else if -gap > tolerance { "underpressure" } else { "balanced" };
        prop_assert_eq!(pressure::state(gap, tolerance)?, expected);
    }

    #[test]
    fn any_text_is_rules_or_an_error(text in r#"\[?(\{("(label|r|f|m|x)": ?("a"|\[[0-9],[0-9]\]|null|3),?){0,4}\},?){0,3}\]?"#) {
        if let Ok(rules) = rules(&text) {
            prop_assert!(segment(555, &rules).is_ok());
        }
    }

    #[test]
    fn a_segment_is_that_of_the_first_rule_that_matches(
        ranges in vec(((1i32..=9, 1i32..=9), (1i32..=9, 1i32..=9), (1i32..=9, 1i32..=9)), 0..6),
        r in 1i32..=9, f in 1i32..=9, m in 1i32..=9,
    ) {
        let ordered = |(one, other): (i32, i32)| (one.min(other), one.max(other));
        let within = |level: i32, range: (i32, i32)| (ordered(range).0..=ordered(range).1).contains(&level);
        let written = |range: (i32, i32)| format!("[{},{}]", ordered(range).0, ordered(range).1);
        let document = ranges.iter().enumerate().map(|(at, (r, f, m))| {
            format!(r#"{{"label": "{at}", "r": {}, "f": {}, "m": {}}}"#, written(*r), written(*f), written(*m))
        });
        let document = format!("[{}]", document.collect::<Vec<_>>().join(","));
        let expected = ranges.iter().position(|ranges| within(r, ranges.0) && within(f, ranges.1) && within(m, ranges.2));
        let rules = rules(&document)?;
        let expected = expected.map(|at| at.to_string());
        prop_assert_eq!(segment(code(r, f, m)?, &rules)?, expected.as_deref());
    }
}

#[test]
fn every_five_bin_code_has_a_usual_segment_and_every_segment_a_code() -> Result<(), Error> {
    let mut names = std::collections::BTreeMap::new();
    for code in (1..=5).flat_map(|r| (1..=5).flat_map(move |f| (1..=5).map(move |m| r * 100 + f * 10 + m))) {
        match usual_segment(code)? {
            Some(name) => *names.entry(name).or_insert(0) += 1,
            None => panic!("{code} has no segment"),
        }
    }
    assert_eq!(names.len(), 11, "{names:?}");
    assert_eq!(names.values().sum::<i32>(), 125);
    Ok(())
}

#[test]
fn an_event_counts_half_after_its_half_life() {
    let mut sum = DecayedSum::default();
    sum.add(10.0, 14, 14);
    assert_eq!(sum.total(), 5.0);
    sum.add(8.0, 42, 14);
    assert_eq!(sum.total(), 6.0);
}

#[test]
fn huge_weights_of_both_signs_cancel_in_any_order() {
    for weights in [[f64::MAX, f64::MAX, -f64::MAX], [f64::MAX, -f64::MAX, f64::MAX]] {
        let mut sum = DecayedSum::default();
        weights.iter().for_each(|weight| sum.add(*weight, 0, 1));
        assert_eq!(sum.total(), f64::MAX);
    }
}

/// Adds weights of no age, in one sum and in two that are merged, and gives both totals.
fn totals(weights: &[f64]) -> [f64; 2] {
    let sum = |weights: &[f64]| {
        let mut sum = DecayedSum::default();
        weights.iter().for_each(|weight| sum.add(*weight, 0, 1));
        sum
    };
    let (first, second) = weights.split_at(weights.len() / 2);
    let mut merged = sum(first);
    merged.merge(&DecayedSum::of_numbers(sum(second).numbers()));
    [sum(weights).total(), merged.total()]
}

#[test]
fn small_weights_beside_large_ones_are_not_lost() {
    let small = [1.0; 1000];
    assert_eq!(totals(&[&[1e16][..], &small, &[-1e16]].concat()), [1000.0; 2]);
    assert_eq!(totals(&[&small[..], &[1e16, -1e16]].concat()), [1000.0; 2]);
    assert_eq!(totals(&[2f64.powi(1000), 1.0, -2f64.powi(1000), 2.0]), [3.0; 2]);
}

#[test]
fn weights_at_the_edge_of_huge_add_up() {
    let (below, edge) = (2f64.powi(899), 2f64.powi(900));
    assert_eq!(totals(&[below, edge, below, edge]), [3.0 * edge; 2]);
    assert_eq!(totals(&[edge, 2f64.powi(1023), below]), [2f64.powi(1023); 2]);
    assert_eq!(totals(&[edge, edge, below, -edge]), [1.5 * edge; 2]);
}

#[test]
fn infinite_weights_are_values() {
    for [sum, merged] in [totals(&[1.0, f64::INFINITY, 2.0]), totals(&[f64::MAX, f64::INFINITY, -f64::MAX])] {
        assert_eq!([sum, merged], [f64::INFINITY; 2]);
    }
    assert_eq!(totals(&[f64::NEG_INFINITY, 1.0]), [f64::NEG_INFINITY; 2]);
    assert!(totals(&[f64::INFINITY, f64::NEG_INFINITY]).iter().all(|total| total.is_nan()));
}

#[test]
fn faults_in_rules_have_a_pointer() {
    let fault = |text: &str| rules(text).map_err(|error| format!("{error:?}")).err().unwrap_or_default();
    for (text, pointer) in [
        ("{}", r#"\"\""#),
        ("[1]", r#"\"/0\""#),
        ("[{}]", r#"\"/0\""#),
        (r#"[["a", [1,2], [1,2], [1,2]]]"#, r#"\"/0\""#),
        (r#"[{"label": 1}]"#, r#"\"/0/label\""#),
        (r#"[{"label": "a"}, {"label": "b", "r": [5,4]}]"#, r#"\"/1/r\""#),
        (r#"[{"label": "a", "f": [1,2,3]}]"#, r#"\"/0/f\""#),
        (r#"[{"label": "a", "m": [0,2]}]"#, r#"\"/0/m\""#),
        (r#"[{"label": "a", "m": [1,"2"]}]"#, r#"\"/0/m/1\""#),
        (r#"[{"label": "a", "x/y": 1}]"#, r#"\"/0/x~1y\""#),
    ] {
        assert!(fault(text).contains(pointer), "{text}: {}", fault(text));
    }
}

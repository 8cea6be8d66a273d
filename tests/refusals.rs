//! What the maths refuses, and what just passes.

use pg_scoring::error::{Error, Fault};
use pg_scoring::score::abc::{Limits, Strategy};
use pg_scoring::score::quantile::{Method, check_bins, check_cuts};
use pg_scoring::score::rfm::code;
use pg_scoring::score::segment::{rules, segment, usual_segment};
use pg_scoring::score::{pressure, room_for};

/// Tells the kind of a refusal, and whether it says all that it should.
fn refusal<T>(result: Result<T, Error>, says: &[&str]) -> Option<Fault> {
    let error = result.err()?;
    let text = format!("{error:?}");
    for part in says {
        assert!(text.contains(part), "\"{part}\" is not in {text}");
    }
    Some(error.fault())
}

#[test]
fn bins_are_between_two_and_the_most() {
    for (bins, most) in [(1, 100), (101, 100), (10, 9), (0, 9), (-5, 9), (i32::MIN, 100), (i32::MAX, 100)] {
        let says = [&*format!("between 2 and {most}, got {bins}")];
        assert_eq!(refusal(check_bins(bins, most), &says), Some(Fault::InvalidValue));
    }
    assert_eq!(check_bins(2, 9), Ok(2));
    assert_eq!(check_bins(100, 100), Ok(100));
}

#[test]
fn names_are_known_or_listed() {
    let says = ["unknown method", "Ntile", "quantile", "ntile"];
    assert_eq!(refusal(Method::named("Ntile"), &says), Some(Fault::InvalidValue));
    assert_eq!(Method::named("ntile"), Ok(Method::Ntile));
    assert_eq!(Method::named("quantile"), Ok(Method::Quantile));
    let names = ["count_percent", "key_figure_percent", "count_absolute", "key_figure_absolute"];
    assert_eq!(refusal(Strategy::named("percent"), &names), Some(Fault::InvalidValue));
    for name in names {
        assert_eq!(
            Strategy::named(name).ok().and_then(|found| Strategy::numbered(found.number())),
            Strategy::named(name).ok()
        );
    }
    assert_eq!(Strategy::numbered(4.0), None);
}

#[test]
fn cuts_ascend() {
    for (cuts, says) in [
        (&[1.0, 0.5][..], "Cut 2 is 0.5."),
        (&[1.0, 2.0, 2.0, 1.0], "Cut 4 is 1."),
        (&[f64::NAN], "Cut 1 is NaN."),
        (&[1.0, f64::NAN], "Cut 2 is NaN."),
    ] {
        assert_eq!(refusal(check_cuts(cuts), &[says]), Some(Fault::CutsOutOfOrder));
    }
    for cuts in [&[][..], &[1.0], &[1.0, 1.0], &[f64::NEG_INFINITY, 0.0, f64::INFINITY]] {
        assert_eq!(check_cuts(cuts), Ok(()));
    }
}

#[test]
fn shares_are_parts_of_one() {
    for strategy in [Strategy::CountPercent, Strategy::KeyFigurePercent] {
        for (shares, says) in [
            (&[0.5, 0.4][..], "They sum to 0.9."),
            (&[0.5, 0.500_001], "They sum to 1.000001."),
            (&[], "They sum to 0."),
            (&[1.5, -0.5], "Share 1 is 1.5."),
            (&[0.5, -0.5, 1.0], "Share 2 is -0.5."),
            (&[f64::NAN, 1.0], "Share 1 is NaN."),
            (&[f64::INFINITY], "Share 1 is Infinity."),
        ] {
            assert_eq!(refusal(Limits::new(strategy, shares), &[says]), Some(Fault::InvalidValue));
        }
        let third = 1.0 / 3.0;
        for (shares, classes) in [(&[0.2, 0.6, 0.2][..], 3), (&[third; 3], 3), (&[1.0], 1), (&[0.0, 1.0], 2)]
        {
            assert_eq!(Limits::new(strategy, shares).map(|limits| limits.classes()), Ok(classes));
        }
    }
}

#[test]
fn numbers_of_heads_are_whole() {
    for (heads, says) in [
        (&[1.5][..], "Number 1 is 1.5."),
        (&[1.0, -1.0], "Number 2 is -1."),
        (&[f64::NAN], "Number 1 is NaN."),
        (&[f64::INFINITY], "Number 1 is Infinity."),
    ] {
        assert_eq!(refusal(Limits::new(Strategy::CountAbsolute, heads), &[says]), Some(Fault::InvalidValue));
    }
    let limits = Limits::new(Strategy::CountAbsolute, &[0.0, 5.0, 1e15]);
    assert_eq!(limits.map(|limits| limits.classes()), Ok(4));
}

#[test]
fn limits_descend() {
    for (limits, says) in [
        (&[1.0, 2.0][..], "Limit 2 is 2."),
        (&[5.0, 1.0, 2.0], "Limit 3 is 2."),
        (&[f64::NAN], "Limit 1 is NaN."),
        (&[1.0, f64::NAN], "Limit 2 is NaN."),
    ] {
        assert_eq!(
            refusal(Limits::new(Strategy::KeyFigureAbsolute, limits), &[says]),
            Some(Fault::InvalidValue)
        );
    }
    let limits = Limits::new(Strategy::KeyFigureAbsolute, &[f64::INFINITY, 2.0, 2.0, -1.0]);
    assert_eq!(limits.map(|limits| limits.classes()), Ok(5));
}

#[test]
fn classes_are_as_many_as_a_result_can_name() {
    let most = vec![0.0; usize::from(u16::MAX) - 1];
    assert_eq!(Limits::new(Strategy::CountAbsolute, &most).map(|limits| limits.classes()), Ok(65_535));
    let more = vec![0.0; usize::from(u16::MAX)];
    let says = ["There are 65536; 65535 is the most."];
    assert_eq!(refusal(Limits::new(Strategy::CountAbsolute, &more), &says), Some(Fault::LimitExceeded));
}

#[test]
fn a_total_is_above_zero() {
    let shares = Limits::new(Strategy::KeyFigurePercent, &[0.8, 0.2]);
    let classify = |figures: &[f64]| shares.clone().and_then(|limits| limits.classify(figures));
    for figures in [&[0.0][..], &[-1.0, -2.0], &[f64::NEG_INFINITY, f64::NAN]] {
        assert_eq!(refusal(classify(figures), &["above 0", "count_percent"]), Some(Fault::InvalidValue));
    }
    assert_eq!(classify(&[f64::NAN]), Ok(vec![None]));
    assert_eq!(classify(&[]), Ok(vec![]));
}

#[test]
fn a_code_has_three_digits() {
    for levels in [(0, 1, 1), (1, 10, 1), (1, 1, -1), (i32::MAX, 1, 1)] {
        assert_eq!(
            refusal(code(levels.0, levels.1, levels.2), &["between 1 and 9"]),
            Some(Fault::InvalidValue)
        );
    }
    assert_eq!(code(1, 5, 9), Ok(159));
    for code in [0, 55, 5555, -555, 506, 551_000, i32::MIN, i32::MAX] {
        assert_eq!(
            refusal(usual_segment(code), &["is not an rfm score", "1 to 5"]),
            Some(Fault::InvalidValue)
        );
        assert_eq!(
            refusal(segment(code, &[]), &["is not an rfm score", "1 to 9"]),
            Some(Fault::InvalidValue)
        );
    }
    assert_eq!(refusal(usual_segment(556), &["five-bin"]), Some(Fault::InvalidValue));
    assert_eq!(segment(999, &[]), Ok(None));
}

#[test]
fn rules_are_told_in_the_words_of_json() {
    for (text, cause) in [
        ("{}", "invalid type: object, expected an array"),
        ("[1]", r#"invalid type: integer "1", expected an object"#),
        (r#"[{"label": "a", "r": {}}]"#, "invalid type: object, expected an array"),
        (r#"[{"label": "a", "r": [1, 2.5]}]"#, "expected a whole number"),
        (r#"[{"label": "a", "r": [1, 10]}]"#, "levels are from 1 to 9"),
        (r#"[{"label": "a", "r": [3, 2]}]"#, "the range [3, 2] is empty"),
        (r#"[{"label": "a", "r": [3]}]"#, "a range is two levels, got 1"),
        (r#"[{"label": "a", "label": "b"}]"#, "duplicate field \"label\""),
        (
            r#"[{"label": "a", "zz at line `x` a sequence": 1}]"#,
            "unknown field \"zz at line `x` a sequence\", expected",
        ),
        (
            r#"[{"label": "a", "r": "i64, expected i64"}]"#,
            "invalid type: string \"i64, expected i64\", expected an array",
        ),
    ] {
        assert_eq!(refusal(rules(text), &[]), Some(Fault::InvalidValue));
        let told = rules(text).map_err(|error| error.to_string()).err().unwrap_or_default();
        assert!(told.contains(cause), "{text}: {told}");
    }
}

#[test]
fn pressure_stays_in_range() {
    let says = ["pressure level -2147483648 minus value level 1"];
    assert_eq!(refusal(pressure::delta(i32::MIN, 1), &says), Some(Fault::NumberOutOfRange));
    assert_eq!(refusal(pressure::state(0, -1), &["tolerance", "-1"]), Some(Fault::InvalidValue));
    assert_eq!(pressure::state(i32::MIN, i32::MAX), Ok("underpressure"));
}

#[test]
fn no_memory_is_an_error() {
    assert_eq!(refusal(room_for::<f64>(usize::MAX / 16), &["PARTITION BY"]), Some(Fault::OutOfMemory));
    assert!(room_for::<f64>(10).is_ok_and(|room| room.capacity() >= 10 && room.is_empty()));
}

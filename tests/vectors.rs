//! The golden vectors of `tests/vectors`, given to the maths.

#![allow(clippy::panic, reason = "a test may")]

use pg_scoring::error::{Error, Fault};
use pg_scoring::score::abc::{Limits, Strategy};
use pg_scoring::score::change::{difference, ratio};
use pg_scoring::score::quantile::{Method, bin, cuts, levels};
use pg_scoring::score::weighted::{mean, share_of_range};
use pg_scoring::score::{figure, present, pressure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// A figure as JSON can hold it: a number, or the name of one that JSON does not have.
struct Figure(f64);

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Name(String),
        }
        match Option::<Written>::deserialize(from)? {
            None => Ok(Self(figure(None))),
            Some(Written::Number(number)) => Ok(Self(figure(Some(number)))),
            Some(Written::Name(name)) => {
                name.parse().map(|number| Self(figure(Some(number)))).map_err(serde::de::Error::custom)
            }
        }
    }
}

/// Reads the cases of a file.
fn cases<Case: DeserializeOwned>(file: &str) -> Vec<Case> {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(!cases.is_empty(), "{path} has no case");
    cases
}

/// Takes the figures out of what was read.
fn figures(read: &[Figure]) -> Vec<f64> {
    read.iter().map(|figure| figure.0).collect()
}

/// Writes numbers so that two are the same text exactly where they are the same bits.
fn bits(numbers: &[f64]) -> Vec<String> {
    numbers.iter().map(|number| format!("{number:?}")).collect()
}

#[derive(Deserialize)]
struct QuantileCase {
    name: String,
    x: Vec<Figure>,
    bins: usize,
    cuts: Option<Vec<Figure>>,
    levels: Vec<Option<u8>>,
    ntile: Vec<Option<u8>>,
}

#[test]
fn quantiles_are_those_of_the_vectors() -> Result<(), Error> {
    for case in cases::<QuantileCase>("quantile.json") {
        let x = figures(&case.x);
        let expected = case.cuts.map(|cuts| figures(&cuts));
        let found = cuts(&mut present(&x)?, case.bins);
        assert_eq!(found.as_deref().map(bits), expected.as_deref().map(bits), "cuts of: {}", case.name);
        for (method, expected) in [(Method::Quantile, &case.levels), (Method::Ntile, &case.ntile)] {
            let expected: Vec<u8> = expected.iter().map(|level| level.unwrap_or(0)).collect();
            assert_eq!(levels(&x, case.bins, method)?, expected, "{method:?} levels of: {}", case.name);
        }
        let by_bin = x.iter().map(|x| (!x.is_nan()).then(|| bin(*x, found.as_deref().unwrap_or(&[])) as u8));
        assert_eq!(by_bin.collect::<Vec<_>>(), case.levels, "bins of: {}", case.name);
    }
    Ok(())
}

#[derive(Deserialize)]
struct AbcCase {
    name: String,
    value: Vec<Figure>,
    shares: Vec<Figure>,
    strategy: String,
    classes: Vec<String>,
    cuts: Option<Vec<Figure>>,
    class: Option<Vec<Option<String>>>,
    error: Option<String>,
}

#[test]
fn abc_classes_are_those_of_the_vectors() -> Result<(), Error> {
    for case in cases::<AbcCase>("abc.json") {
        let value = figures(&case.value);
        let limits = Limits::new(Strategy::named(&case.strategy)?, &figures(&case.shares))?;
        let found = limits.classify(&value);
        let cuts = limits.ascending_cuts(&mut present(&value)?);
        if let Some(error) = case.error {
            assert_eq!(error, "22023", "{}", case.name);
            assert_eq!(found.err().map(|error| error.fault()), Some(Fault::InvalidValue), "{}", case.name);
            assert_eq!(cuts.err().map(|error| error.fault()), Some(Fault::InvalidValue), "{}", case.name);
            continue;
        }
        let label = |class: Option<u16>| class.map(|class| case.classes[usize::from(class)].clone());
        let found: Vec<Option<String>> = found?.into_iter().map(label).collect();
        assert_eq!(Some(found), case.class, "classes of: {}", case.name);
        let cuts = cuts?;
        let expected = case.cuts.map(|cuts| figures(&cuts));
        assert_eq!(cuts.as_deref().map(bits), expected.as_deref().map(bits), "cuts of: {}", case.name);
    }
    Ok(())
}

#[derive(Deserialize)]
struct PressureCase {
    name: String,
    delta: i32,
    tolerance: i32,
    state: String,
}

#[test]
fn pressure_states_are_those_of_the_vectors() -> Result<(), Error> {
    for case in cases::<PressureCase>("pressure.json") {
        assert_eq!(pressure::state(case.delta, case.tolerance)?, case.state, "{}", case.name);
    }
    Ok(())
}

/// Tells whether two numbers are both missing, equal, or differ by so small a part.
fn are_near(one: f64, other: f64, part: f64) -> bool {
    one.is_nan() && other.is_nan() || one == other || (one - other).abs() <= part * other.abs()
}

#[derive(Deserialize)]
struct ChangeCase {
    name: String,
    now: Figure,
    before: Figure,
    difference: Figure,
    ratio: Figure,
}

#[test]
fn changes_are_those_of_the_vectors() {
    for case in cases::<ChangeCase>("change.json") {
        let (now, before) = (case.now.0, case.before.0);
        assert_eq!(bits(&[difference(now, before)]), bits(&[case.difference.0]), "{}", case.name);
        assert!(are_near(ratio(now, before), case.ratio.0, 1e-14), "{}", case.name);
    }
}

#[derive(Deserialize)]
struct WeightedCase {
    name: String,
    scale: String,
    missing: Option<f64>,
    weights: Vec<f64>,
    x: Vec<Vec<Figure>>,
    mean: Vec<Figure>,
}

#[test]
fn weighted_means_are_those_of_the_vectors() -> Result<(), Error> {
    for case in cases::<WeightedCase>("weighted.json") {
        let is_percentile = case.scale == "percentile";
        let share = |x: &[Figure]| -> Result<Vec<f64>, Error> {
            let x = figures(x);
            let cuts = cuts(&mut present(&x)?, 101);
            let percentile = |x: &f64| match &cuts {
                Some(cuts) if !x.is_nan() => (bin(*x, cuts) - 1) as f64,
                _ => f64::NAN,
            };
            let finite = || x.iter().copied().filter(|x| x.is_finite());
            let ends = finite().reduce(f64::min).zip(finite().reduce(f64::max));
            let range =
                |x: &f64| ends.map_or(f64::NAN, |(least, greatest)| share_of_range(*x, least, greatest));
            Ok(x.iter().map(|x| if is_percentile { percentile(x) } else { range(x) }).collect())
        };
        let shares: Vec<Vec<f64>> = case.x.iter().map(|x| share(x)).collect::<Result<_, _>>()?;
        let unit = if is_percentile { 100.0 } else { 1.0 };
        for (customer, expected) in case.mean.iter().enumerate() {
            let parts = case.weights.iter().zip(&shares).map(|(weight, shares)| (*weight, shares[customer]));
            let found = mean(parts, unit, case.missing);
            assert!(are_near(found, expected.0, 1e-13), "{}: {found} {}", case.name, expected.0);
        }
    }
    Ok(())
}

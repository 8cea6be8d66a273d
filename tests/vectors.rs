//! The golden vectors of `tests/vectors`, given to the maths.

#![allow(clippy::panic, reason = "a test may")]

use indexmap::IndexMap;
use pg_scoring::error::{Error, Fault};
use pg_scoring::score::abc::{Limits, Strategy};
use pg_scoring::score::change::{difference, ratio};
use pg_scoring::score::logistic::{Coefficient, Coefficients, Fit, fit};
use pg_scoring::score::observations::{Cell, Gathered};
use pg_scoring::score::quantile::{Method, bin, cuts, levels};
use pg_scoring::score::scorecard::Scale;
use pg_scoring::score::weighted::{mean, share_of_range};
use pg_scoring::score::woe::{self, Counts};
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

/// Tells whether two figures are equal, or as near as `part` of the size of the second, or of 1.
fn are_near(found: f64, wanted: f64, part: f64) -> bool {
    found == wanted || (found - wanted).abs() <= part * wanted.abs().max(1.0)
}

#[derive(Deserialize)]
struct PointsCase {
    name: String,
    log_odds: Figure,
    points0: Figure,
    odds0: Figure,
    pdo: Figure,
    points: Option<Figure>,
    error: Option<String>,
}

#[test]
fn scorecard_points_are_those_of_the_vectors() {
    for case in cases::<PointsCase>("scorecard.json") {
        let scale = Scale::new(case.points0.0, case.odds0.0, case.pdo.0);
        let found = scale.and_then(|scale| Ok((scale, scale.points(case.log_odds.0)?)));
        match (found, case.error.as_deref()) {
            (Err(error), Some("22003")) => {
                assert_eq!(error.fault(), Fault::NumberOutOfRange, "{}", case.name)
            }
            (Err(error), wanted) => {
                assert_eq!((error.fault(), wanted), (Fault::InvalidValue, Some("22023")), "{}", case.name);
            }
            (Ok((scale, points)), wanted) => {
                assert_eq!(wanted, None, "{}", case.name);
                let Some(Figure(wanted)) = case.points else {
                    assert!(points.is_nan(), "{}", case.name);
                    continue;
                };
                let size =
                    case.points0.0.abs() + scale.factor() * (case.log_odds.0.abs() + case.odds0.0.ln().abs());
                assert!(
                    points == wanted || (points - wanted).abs() <= 1e-15 * size,
                    "{}: {points}",
                    case.name
                );
            }
        }
    }
}

/// A bin, its good and bad customers, its weight and its part of the value.
type Evidence = (Option<String>, u64, u64, Option<f64>, Option<f64>);

#[derive(Deserialize)]
struct WoeCase {
    name: String,
    table: Option<Vec<Evidence>>,
    value: Option<f64>,
}

#[test]
fn weights_of_evidence_are_those_of_the_vectors() {
    for case in cases::<WoeCase>("woe.json") {
        let table = case.table.unwrap_or_default();
        let bins: Vec<Counts> =
            table.iter().map(|(_, good, bad, ..)| Counts { good: *good, bad: *bad }).collect();
        let found = woe::weigh(&bins).map(|found| found.collect::<Vec<_>>());
        assert_eq!(found.is_some(), table.iter().any(|row| row.3.is_some()), "{}", case.name);
        for (found, (bin, _, _, weight, value)) in found.iter().flatten().zip(&table) {
            let near =
                |found: f64, wanted: Option<f64>| wanted.is_some_and(|wanted| are_near(found, wanted, 1e-14));
            assert!(near(found.weight, *weight), "{}, {bin:?}: {}", case.name, found.weight);
            assert!(near(found.value, *value), "{}, {bin:?}: {}", case.name, found.value);
        }
        let value = woe::information_value(&bins);
        assert_eq!(value.is_some(), case.value.is_some(), "{}", case.name);
        assert!(
            value.iter().zip(case.value).all(|(found, wanted)| are_near(*found, wanted, 1e-13)),
            "{}",
            case.name
        );
    }
}

#[derive(Deserialize)]
struct FitCase {
    name: String,
    variables: IndexMap<String, String>,
    rows: Vec<IndexMap<String, serde_json::Value>>,
    ridge: Figure,
    coefficients: Option<Vec<f64>>,
    standard_errors: Option<Vec<f64>>,
    log_likelihood: Option<f64>,
    used: Option<u64>,
    error: Option<String>,
}

/// Fits to the rows of a case, in the order that `order` gives.
fn fitted(case: &FitCase, order: impl Iterator<Item = usize>) -> Result<Fit, Error> {
    let number = |value: &serde_json::Value| match value {
        serde_json::Value::String(name) => name.parse().ok(),
        value => value.as_f64(),
    };
    let mut gathered = Gathered::of(case.variables.keys().cloned().collect());
    for row in order.map(|at| &case.rows[at]) {
        let cells = case.variables.iter().map(|(name, kind)| match &kind[..] {
            "text" => row[name].as_str().map(Cell::Category),
            _ => number(&row[name]).map(Cell::Number),
        });
        gathered.add(&cells.collect::<Vec<_>>(), row["outcome"].as_bool(), number(&row["weight"]))?;
    }
    fit(gathered.finish()?, case.ridge.0, &mut || ())
}

/// Lists coefficients as the vectors do: those of the first categories, which are 0, are left out.
fn listed(found: &Coefficients) -> Vec<f64> {
    let each = found.coefficients.values().flat_map(|coefficient| match coefficient {
        Coefficient::Number(number) => vec![*number],
        Coefficient::Categories(categories) => categories.values().copied().skip(1).collect(),
    });
    [found.intercept].into_iter().chain(each).collect()
}

#[test]
fn logistic_fits_are_those_of_the_vectors() {
    for case in cases::<FitCase>("logistic.json") {
        let found = match (fitted(&case, 0..case.rows.len()), &case.error) {
            (Ok(found), None) => found,
            (Err(error), Some(code)) => {
                assert_eq!((error.fault(), &code[..]), (Fault::InvalidValue, "22023"), "{}", case.name);
                continue;
            }
            (found, _) => panic!("{}: {found:?}", case.name),
        };
        assert_eq!(
            fitted(&case, (0..case.rows.len()).rev()).ok().as_ref(),
            Some(&found),
            "backwards: {}",
            case.name
        );
        let near = |found: &[f64], wanted: Option<&Vec<f64>>| {
            let wanted = wanted.map(Vec::as_slice).unwrap_or_default();
            let pairs = found.iter().zip(wanted);
            found.len() == wanted.len()
                && pairs
                    .into_iter()
                    .all(|(found, wanted)| (found - wanted).abs() <= 1e-9 * wanted.abs() + 1e-12)
        };
        assert_eq!(Some(found.rows), case.used, "{}", case.name);
        assert_eq!(found.rows + found.left_out, case.rows.len() as u64, "{}", case.name);
        let coefficients = listed(&found.found);
        assert!(near(&coefficients, case.coefficients.as_ref()), "{}: {coefficients:?}", case.name);
        let errors = listed(&found.standard_errors);
        assert!(near(&errors, case.standard_errors.as_ref()), "{}: {errors:?}", case.name);
        assert!(
            near(&[found.log_likelihood], case.log_likelihood.map(|likelihood| vec![likelihood]).as_ref()),
            "{}",
            case.name
        );
    }
}

/// Tells whether two numbers are both missing, equal, or differ by so small a part.
fn are_alike(one: f64, other: f64, part: f64) -> bool {
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
        assert!(are_alike(ratio(now, before), case.ratio.0, 1e-14), "{}", case.name);
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
            assert!(are_alike(found, expected.0, 1e-13), "{}: {found} {}", case.name, expected.0);
        }
    }
    Ok(())
}

//! Conditions made ready: they ask the figures of a row.

use super::condition::{All, Any, Comparison, Condition};
use super::naming::Naming;
use super::place::{Place, quoted};
use super::rule::Compared;
use super::scope::Sort;
use super::value::Scalar;
use crate::error::{Error, Fault};
use crate::score::log_sum::{figure_of, half_lives};

/// A condition over the figures of a row.
#[derive(Clone, Debug)]
pub enum Filter {
    /// One figure is tested in several ways, all of which must hold.
    Tests {
        /// The place of the figure.
        of: usize,
        /// Its half-life in microseconds, where it decays.
        half_life: Option<i64>,
        /// The tests.
        tests: Vec<Test>,
    },
    /// All hold.
    All(Vec<Filter>),
    /// Any holds.
    Any(Vec<Filter>),
}

/// A test of one figure; one that is not there passes none but `Missing(true)`.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is this or more.
    AtLeast(f64),
    /// It is this or less.
    AtMost(f64),
    /// It is more than this.
    Above(f64),
    /// It is less than this.
    Below(f64),
    /// It is one of these.
    OneOf(Vec<f64>),
    /// It is none of these.
    NoneOf(Vec<f64>),
    /// It is not there, or is.
    Missing(bool),
}

impl Filter {
    /// Makes a condition ready.
    pub fn of(condition: &Condition, place: &Place, names: &Naming) -> Result<Self, Error> {
        let parts = |parts: &[Condition], key: &str| -> Result<Vec<Self>, Error> {
            let placed = parts.iter().enumerate();
            placed.map(|(at, part)| Self::of(part, &place.key(key).item(at), names)).collect()
        };
        Ok(match condition {
            Condition::Of(comparison) => Self::of_comparison(comparison, place, names)?,
            Condition::All(All { all }) => Self::All(parts(all, "all")?),
            Condition::Any(Any { any }) => Self::Any(parts(any, "any")?),
        })
    }

    /// Makes the comparisons of one measure or score ready.
    fn of_comparison(comparison: &Comparison, place: &Place, names: &Naming) -> Result<Self, Error> {
        let figure = |key: &str, value: &Scalar| figure(comparison.of.name(), value, &place.key(key), names);
        let figures = |key: &str, values: &[Scalar]| {
            values.iter().map(|value| figure(key, value)).collect::<Result<Vec<f64>, Error>>()
        };
        let mut tests = Vec::new();
        let by_order = [
            ("at_least", &comparison.at_least),
            ("at_most", &comparison.at_most),
            ("above", &comparison.above),
            ("below", &comparison.below),
        ];
        for (key, value) in by_order {
            let Some(value) = value else { continue };
            names.check_order(comparison.of.name(), value, key, place)?;
            let figure = figure(key, value)?;
            tests.push(match key {
                "at_least" => Test::AtLeast(figure),
                "at_most" => Test::AtMost(figure),
                "above" => Test::Above(figure),
                _ => Test::Below(figure),
            });
        }
        if let Some([low, high]) = &comparison.between {
            names.check_order(comparison.of.name(), low, "between", place)?;
            tests.push(Test::AtLeast(figure("between", low)?));
            tests.push(Test::AtMost(figure("between", high)?));
        }
        if let Some(value) = &comparison.equals {
            tests.push(Test::OneOf(vec![figure("equals", value)?]));
        }
        if let Some(values) = &comparison.one_of {
            tests.push(Test::OneOf(figures("in", values)?));
        }
        if let Some(values) = &comparison.not_in {
            tests.push(Test::NoneOf(figures("not_in", values)?));
        }
        tests.extend(comparison.missing.map(Test::Missing));
        let half_life = names.half_life(comparison.of.name());
        Ok(Self::Tests { of: names.slot(comparison.of.name()), half_life, tests })
    }

    /// Tells whether a row fulfils the condition as of a moment.
    pub fn holds(&self, row: &[f64], as_of: i64) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(row, as_of)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(row, as_of)),
            Self::Tests { of, half_life, tests } => {
                let age = half_life.map(|half_life| half_lives(as_of, half_life));
                let as_figure = |value: f64| age.map_or(value, |age| figure_of(value, age));
                tests.iter().all(|test| test.passes(row[*of], as_figure))
            }
        }
    }

    /// Gives every place of a row that is tested, with the values that it is compared with.
    pub fn tested(&self) -> Vec<(usize, Vec<f64>)> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tested).collect(),
            Self::Tests { of, tests, .. } => {
                vec![(*of, tests.iter().flat_map(|test| test.values().to_vec()).collect())]
            }
        }
    }
}

/// Lists every place of a row that is tested by some conditions, with what it is compared with.
pub fn watches<'a>(filters: impl IntoIterator<Item = &'a Filter>) -> impl Iterator<Item = (usize, Compared)> {
    let tested = filters.into_iter().flat_map(Filter::tested);
    tested.map(|(slot, values)| (slot, Compared::Values(values)))
}

impl Test {
    /// Tells whether a figure passes, given how values become figures.
    fn passes(&self, figure: f64, as_figure: impl Fn(f64) -> f64) -> bool {
        match self {
            Self::Missing(missing) => figure.is_nan() == *missing,
            Self::AtLeast(value) => figure >= as_figure(*value),
            Self::AtMost(value) => figure <= as_figure(*value),
            Self::Above(value) => figure > as_figure(*value),
            Self::Below(value) => figure < as_figure(*value),
            Self::OneOf(values) => values.iter().any(|value| figure == as_figure(*value)),
            Self::NoneOf(values) => {
                !figure.is_nan() && values.iter().all(|value| figure != as_figure(*value))
            }
        }
    }

    /// Gives the values that it compares with.
    fn values(&self) -> &[f64] {
        match self {
            Self::AtLeast(value) | Self::AtMost(value) | Self::Above(value) | Self::Below(value) => {
                std::slice::from_ref(value)
            }
            Self::OneOf(values) | Self::NoneOf(values) => values,
            Self::Missing(_) => &[],
        }
    }
}

/// Gives the figure of a value that a measure or score is compared with.
pub fn figure(of: &str, value: &Scalar, place: &Place, names: &Naming) -> Result<f64, Error> {
    let refuse = |wanted: &str, hint: &str| {
        Err(place.refuse(format!("must be {wanted}, got {value}")).because(Fault::WrongType).hint(hint))
    };
    if let (Some(Sort::Classes(count) | Sort::Words(count)), Scalar::Text(class)) = (names.sort(of), value) {
        let classes = names.classes(of).unwrap_or_default();
        let at = classes.iter().position(|known| known == class).unwrap_or(count);
        return Ok((count - at) as f64);
    }
    if !names.can_compare(of) {
        let complaint = format!("the values of {} cannot be compared", quoted(of));
        return Err(place
            .complain(complaint)
            .because(Fault::WrongType)
            .hint("Cast it in its expression, as \"payload::text\"."));
    }
    match (names.nature(of), value) {
        (nature, Scalar::Number(number)) if nature.is_number() => {
            Ok(0.0 + number.as_f64().unwrap_or(f64::NAN))
        }
        (nature, _) if nature.is_number() => refuse("a number", "It is compared with a number."),
        (nature, Scalar::Text(text)) if nature.is_moment() => names.moment(text, place),
        (nature, _) if nature.is_moment() => refuse("a date in a text", "Write it as \"2026-01-31\"."),
        (super::nature::Nature::Truth, Scalar::Boolean(truth)) => Ok(f64::from(u8::from(*truth))),
        (super::nature::Nature::Truth, _) => refuse("true or false", "It is compared with true or false."),
        (_, Scalar::Text(text)) => Ok(names.word(text)),
        _ => refuse("a text", "Its type is compared as text."),
    }
}

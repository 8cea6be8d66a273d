//! What a measure is, in a short phrase.

use super::{Told, moment, words};
use crate::model::compute::{AgeUnit, Compute, Computed};
use crate::model::document::Language;
use crate::model::from::From;
use crate::model::measure::{Measure, Take, Taken};
use crate::model::plan::Measured;

/// Says how a measure is taken, or computed.
pub fn tell(measured: &Measured, told: &Told) -> String {
    match &measured.measure {
        Measure::Take(taken) => tell_taken(taken, told),
        Measure::Compute(computed) => tell_computed(computed, &measured.operands, told),
    }
}

/// Says what is taken of which events.
fn tell_taken(taken: &Taken, told: &Told) -> String {
    let language = told.language();
    let of = taken.of.as_deref().unwrap_or_default();
    if taken.take == Take::Attribute {
        return words::ATTRIBUTE.fill(language, &[of]);
    }
    let (sources, values) = tell_sources(taken, of, told);
    let mut said = match taken.take {
        Take::Count => words::COUNT.fill(language, &[&sources]),
        Take::Distinct => words::DISTINCT.fill(language, &[&values]),
        Take::Sum => words::SUM.fill(language, &[&values]),
        Take::Average => words::AVERAGE.fill(language, &[&values]),
        Take::Minimum => words::MINIMUM.fill(language, &[&values]),
        Take::Maximum => words::MAXIMUM.fill(language, &[&values]),
        Take::First if taken.has_value() => words::VALUE_OF_FIRST.fill(language, &[&values]),
        Take::Last if taken.has_value() => words::VALUE_OF_LAST.fill(language, &[&values]),
        Take::First => words::FIRST.fill(language, &[&sources]),
        Take::Last => words::LAST.fill(language, &[&sources]),
        Take::Theme => words::THEME.fill(language, &[&values]),
        Take::Strength => words::STRENGTH.fill(language, &[&values]),
        Take::Attribute => String::new(),
    };
    let period = |period: crate::model::period::Period| moment::tell_period(period, language);
    let weights = taken.weights.as_ref().map(|weights| (words::WEIGHTED, weights.of.to_string()));
    let filter = taken.filter.as_ref().map(|filter| (words::WHERE, filter.to_string()));
    let half_life = taken.half_life.map(|half_life| (words::HALVING, period(half_life)));
    let window = taken.window.map(|window| (words::WITHIN, period(window)));
    let lagging = if taken.window.is_some() { words::LAGGING } else { words::LAG };
    let lag = taken.lag.map(|lag| (lagging, period(lag)));
    for (phrase, with) in [weights, filter, half_life, window, lag].into_iter().flatten() {
        said = phrase.fill(language, &[&said, &with]);
    }
    said
}

/// Names the sources, and the values of their events.
fn tell_sources(taken: &Taken, of: &str, told: &Told) -> (String, String) {
    let language = told.language();
    let sources = match &taken.from {
        Some(From::Sources(names)) => names.as_slice().iter().map(|name| name.replace('_', " ")).collect(),
        Some(From::Values(values)) => values.keys().map(|name| name.replace('_', " ")).collect(),
        None => Vec::new(),
    };
    let sources = list(sources, language);
    let values = match &taken.from {
        Some(From::Values(values)) => {
            let each = values
                .iter()
                .map(|(name, value)| words::FOR.fill(language, &[value, &name.replace('_', " ")]));
            list(each.collect(), language)
        }
        _ => words::IN.fill(language, &[of, &sources]),
    };
    (sources, values)
}

/// Says what is computed of which measures.
fn tell_computed(computed: &Computed, operands: &[usize], told: &Told) -> String {
    let language = told.language();
    let titles: Vec<String> = operands.iter().map(|operand| told.title(*operand)).collect();
    let two = |at: usize| titles.get(at).map_or("", String::as_str);
    let all = || list(titles.clone(), language);
    match computed.compute {
        Compute::Age => match computed.unit {
            Some(AgeUnit::Months) => words::AGE_MONTHS,
            Some(AgeUnit::Years) => words::AGE_YEARS,
            _ => words::AGE_DAYS,
        }
        .fill(language, &[two(0)]),
        Compute::Ratio => words::RATIO.fill(language, &[two(0), two(1)]),
        Compute::Difference => words::DIFFERENCE.fill(language, &[two(0), two(1)]),
        Compute::Total => words::TOTAL.fill(language, &[&all()]),
        Compute::Greatest => words::GREATEST.fill(language, &[&all()]),
        Compute::Least => words::LEAST.fill(language, &[&all()]),
    }
}

/// Lists things: a, b and c.
fn list(mut things: Vec<String>, language: Language) -> String {
    match (things.pop(), things.is_empty()) {
        (None, _) => String::new(),
        (Some(last), true) => last,
        (Some(last), false) => words::AND.fill(language, &[&things.join(", "), &last]),
    }
}

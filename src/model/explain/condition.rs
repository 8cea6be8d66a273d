//! Conditions in words: which customers a score is for, and what of it a customer does not fulfil.

use super::value::Value;
use super::{Told, moment, number, words};
use crate::model::condition::{All, Any, Comparison, Condition};
use crate::model::filter::Filter;
use crate::model::language::Words;
use crate::model::value::Scalar;

/// Says what of a condition the customer does not fulfil.
pub fn tell_failing(condition: &Condition, filter: &Filter, told: &Told) -> String {
    let fails = |filter: &Filter| !filter.holds(told.row, told.scored_at);
    let parts = |parts: &[Condition], filters: &[Filter]| -> Vec<String> {
        let failing = parts.iter().zip(filters).filter(|(_, filter)| fails(filter));
        failing.map(|(part, filter)| tell_failing(part, filter, told)).collect()
    };
    match (condition, filter) {
        (Condition::Of(comparison), Filter::Tests { of, .. }) => tell_comparison(comparison, *of, told),
        (Condition::All(All { all }), Filter::All(filters)) => join(parts(all, filters), words::AND, told),
        (Condition::Any(Any { any }), Filter::Any(filters)) => {
            let parts = parts(any, filters);
            let has_choice = parts.len() > 1;
            let joined = join(parts, words::OR, told);
            if has_choice { words::EITHER.fill(told.language(), &[&joined]) } else { joined }
        }
        _ => String::new(),
    }
}

/// Joins the parts of a sentence.
pub fn join(parts: Vec<String>, with: Words, told: &Told) -> String {
    let joined =
        parts.into_iter().reduce(|told_so_far, part| with.fill(told.language(), &[&told_so_far, &part]));
    joined.unwrap_or_default()
}

/// Says a comparison, and what is compared.
fn tell_comparison(comparison: &Comparison, of: usize, told: &Told) -> String {
    let language = told.language();
    let name = words::QUOTED.fill(language, &[&told.title(of)]);
    let value = Value::of(told, of);
    let is_date = value.as_ref().is_some_and(|value| value.measured.column.nature.is_moment());
    let say = |scalar: &Scalar| tell_scalar(scalar, is_date, told);
    let choose = |number: Words, date: Words| if is_date { date } else { number };
    let single = [
        (&comparison.at_least, choose(words::AT_LEAST, words::DATE_AT_LEAST)),
        (&comparison.at_most, choose(words::AT_MOST, words::DATE_AT_MOST)),
        (&comparison.above, choose(words::ABOVE, words::DATE_ABOVE)),
        (&comparison.below, choose(words::BELOW, words::DATE_BELOW)),
        (&comparison.equals, choose(words::EQUALS, words::DATE_EQUALS)),
    ];
    let mut parts = Vec::new();
    for (scalar, words) in single {
        parts.extend(scalar.as_ref().map(|scalar| words.fill(language, &[&name, &say(scalar)])));
    }
    if let Some([low, high]) = &comparison.between {
        let words = choose(words::BETWEEN, words::DATE_BETWEEN);
        parts.push(words.fill(language, &[&name, &say(low), &say(high)]));
    }
    for (list, several, one) in
        [(&comparison.one_of, words::ONE_OF, Some(words::EQUALS)), (&comparison.not_in, words::NONE_OF, None)]
    {
        if let Some(list) = list {
            let words = one.filter(|_| list.len() == 1).unwrap_or(several);
            let list: Vec<String> = list.iter().map(say).collect();
            parts.push(words.fill(language, &[&name, &list.join(", ")]));
        }
    }
    parts.extend(comparison.missing.map(|missing| {
        let words = if missing { words::MISSING } else { words::KNOWN };
        words.fill(language, &[&name])
    }));
    let here = value.map_or_else(|| told.tell_score(of), |value| value.tell());
    words::HERE.fill(language, &[&join(parts, words::AND, told), &here])
}

/// Says a value that something is compared with.
fn tell_scalar(scalar: &Scalar, is_date: bool, told: &Told) -> String {
    let language = told.language();
    match scalar {
        Scalar::Number(number) => number::localize(&number.to_string(), language),
        Scalar::Text(text) if is_date => moment::tell_written(text, language),
        Scalar::Text(text) => words::QUOTED.fill(language, &[text]),
        Scalar::Boolean(true) => words::TRUE.get(language),
        Scalar::Boolean(false) => words::FALSE.get(language),
    }
}

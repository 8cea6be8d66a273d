//! Why a customer has no level on a scale, or no score.

use super::part::Stand;
use super::telling::Telling;
use super::{Told, condition, words};
use crate::model::rule::Made;
use crate::model::scale::Missing;
use serde_json::Value as Json;

/// Why there is nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The code of the reason.
    pub code: &'static str,
    /// What it is about: a measure, or parts of the score.
    pub of: Option<(&'static str, Json)>,
    /// The reason in sentences.
    pub because: String,
}

impl Reason {
    /// Makes a reason that is about nothing in particular.
    fn new(code: &'static str, because: String) -> Self {
        Self { code, of: None, because }
    }
}

/// Finds why a score is missing.
pub fn of_score(number: usize, told: &Told) -> Option<Reason> {
    let (score, language) = (told.plan.scores.get(number)?, told.language());
    let document = told.plan.document.scores.get(&score.name);
    let only = document.and_then(|score| score.common.only.as_ref()).zip(score.only.as_ref());
    if let Some((condition, filter)) = only.filter(|_| !score.is_for(told.row, told.scored_at)) {
        let failing = condition::tell_failing(condition, filter, told);
        return Some(Reason::new("not_for", words::NOT_FOR.fill(language, &[&failing])));
    }
    let parts = score.rule.parts();
    let reason = |part: &crate::model::rule::Part| match part.made {
        Made::Scale(at) => Stand::of(told, number, at).and_then(|stand| of_scale(&stand, told)),
        Made::Score(slot) => of_part(slot, told),
    };
    let mut reasons: Vec<_> = parts.iter().filter_map(|part| Some((part, reason(part)?))).collect();
    if let Some(slot) = score.rule.needs().into_iter().find(|slot| told.figure(*slot).is_nan()) {
        let because = words::NO_VALUE.fill(language, &[&words::QUOTED.fill(language, &[&told.title(slot)])]);
        let of = Some(("measure", told.plan.name(slot).into()));
        return Some(Reason { code: "no_value", of, because });
    }
    if let Some((code, because)) = score.rule.lacks(&Telling { told, number }) {
        return Some(Reason::new(code, because));
    }
    if reasons.is_empty() {
        return Some(Reason::new("pending", words::BEING_COMPUTED.get(language)));
    }
    if parts.len() == 1 {
        return reasons.pop().map(|(_, reason)| reason);
    }
    if let Some(at) = reasons.iter().position(|(_, reason)| reason.code == "not_refreshed") {
        return Some(reasons.swap_remove(at).1);
    }
    let because = reasons.iter().map(|(part, reason)| {
        let called = super::capital(&super::part::called(part, told));
        words::PART.fill(language, &[&called, &words::NO_LEVEL.get(language), &reason.because])
    });
    let because = because.collect::<Vec<_>>().join(" ");
    let of = reasons.iter().map(|(part, _)| part.key.as_ref()).collect();
    Some(Reason { code: "no_part", of: Some(("parts_missing", of)), because })
}

/// Finds why a score that is a part of another is missing; none where it is there.
fn of_part(slot: usize, told: &Told) -> Option<Reason> {
    told.figure(slot).is_nan().then_some(())?;
    of_score(slot.checked_sub(told.plan.measures.len())?, told)
}

/// Finds why a customer has no level on a scale; none where he has one.
pub fn of_scale(stand: &Stand, told: &Told) -> Option<Reason> {
    let language = told.language();
    let title = || words::QUOTED.fill(language, &[&stand.value.title()]);
    if stand.figure.is_nan() {
        let because = words::NO_VALUE.fill(language, &[&title()]);
        let of = Some(("measure", stand.value.measured.name.as_str().into()));
        return Some(Reason { code: "no_value", of, because });
    }
    let group = stand.tell_group(told);
    let in_group = |plain: crate::model::language::Words, grouped: crate::model::language::Words| match &group
    {
        Some(group) => grouped.fill(language, &[group]),
        None => plain.get(language),
    };
    Some(match &stand.limits {
        _ if stand.is_excluded() => Reason::new(
            "negative",
            super::capital(&words::NEGATIVE.fill(language, &[&title(), &stand.value.tell()])),
        ),
        Ok(_) => return None,
        Err(Missing::Nobody) => Reason::new("nobody", in_group(words::NOBODY, words::NOBODY_IN)),
        Err(Missing::NoTotal) => {
            let because = match &group {
                Some(group) => words::NO_TOTAL_IN.fill(language, &[&title(), group]),
                None => words::NO_TOTAL.fill(language, &[&title()]),
            };
            Reason::new("no_total", because)
        }
        Err(Missing::New) => match group.filter(|_| told.cuts.version > 0) {
            Some(group) => Reason::new("new_group", words::NEW_GROUP.fill(language, &[&group])),
            None => Reason::new("not_refreshed", words::NOT_REFRESHED.get(language)),
        },
    })
}

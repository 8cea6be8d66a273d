//! What the clock changes with no event: ages, and what is computed from them or decays past a limit.

use super::calendar::{Calendar, plus_months, whole_months};
use super::compute::{AgeUnit, Compute, Computed};
use super::cuts::Cuts;
use super::fact::Fact;
use super::family::quantile::Negatives;
use super::plan::{Measured, Plan};
use super::rule::Compared;
use super::scale::Limits;
use crate::error::Error;
use crate::score::log_sum::{figure_of, half_lives};
use crate::score::number::Number;
use std::borrow::Cow;
use std::cmp::Ordering;

impl Plan {
    /// Computes the measures that are computed from others, as of a moment.
    pub fn compute(&self, facts: &mut [Fact], as_of: i64, calendar: &dyn Calendar) -> Result<(), Error> {
        for slot in &self.computed {
            let measured = &self.measures[*slot];
            let Some(computed) = measured.computed() else { continue };
            let operands: Vec<&Fact> = measured.operands.iter().map(|operand| &facts[*operand]).collect();
            let half_life = measured.operands.first().and_then(|operand| self.measures[*operand].half_life());
            let fact = computed.compute(&operands, half_life, as_of, calendar)?;
            facts[*slot] = fact;
        }
        Ok(())
    }

    /// Tells whether anything in the model changes by the clock alone, besides events that come and go.
    pub fn has_ticks(&self) -> bool {
        (0..self.measures.len()).any(|slot| self.ticks(slot))
    }

    /// Tells whether what stands at a place changes by the clock alone, or is computed from what does.
    fn ticks(&self, slot: usize) -> bool {
        self.measures.get(slot).is_some_and(|measured| {
            let mut operands = measured.operands.iter();
            is_age(measured) || measured.half_life().is_some() || operands.any(|operand| self.ticks(*operand))
        })
    }

    /// Lists what ticks and is read by scores, once for all customers: of most models that is little.
    pub fn watched(&self) -> Watched<'_> {
        let mut fixed = Vec::new();
        let mut cut = Vec::new();
        // A denominator that decays is compared with the size that it must have.
        fixed.extend(self.measures.iter().filter_map(|measured| {
            let smallest = measured.computed()?.smallest?;
            Some((*measured.operands.get(1)?, Watch::Values(vec![smallest].into())))
        }));
        for (number, score) in self.scores.iter().enumerate() {
            let tested = score.only.iter().flat_map(|only| only.tested());
            fixed.extend(tested.map(|(slot, values)| (slot, Watch::Values(values.into()))));
            fixed.extend(score.rule.watches().into_iter().map(|(slot, compared)| match compared {
                Compared::Values(values) => (slot, Watch::Values(values.into())),
                Compared::Anything => (slot, Watch::Any),
            }));
            for (at, scale) in score.rule.scales().iter().enumerate() {
                if scale.negatives != Negatives::Rank {
                    fixed.push((scale.of, Watch::Reached(vec![0.0].into())));
                }
                match &scale.limits {
                    Limits::AtLeast(limits) => fixed.push((scale.of, Watch::Reached(Cow::Borrowed(limits)))),
                    Limits::Above(limits) => fixed.push((scale.of, Watch::Passed(Cow::Borrowed(limits)))),
                    // The order of what decays never changes.
                    _ if self.ticks(scale.of) && scale.half_life.is_none() => cut.push((number, at)),
                    _ => {}
                }
            }
        }
        fixed.retain(|(slot, _)| self.ticks(*slot));
        Watched { plan: self, fixed, cut }
    }

    /// Finds the first moment after `as_of` at which a place passes what it is compared with.
    fn tick(
        &self,
        slot: usize,
        watch: &Watch,
        facts: &[Fact],
        as_of: i64,
        calendar: &dyn Calendar,
    ) -> Option<i64> {
        let measured = self.measures.get(slot)?;
        if let (Some(half_life), Fact::Decayed(sum)) = (measured.half_life(), &facts[slot]) {
            let figure = sum.figure();
            let fades = |(limit, compares): (&f64, _)| fades(figure, *limit, half_life, as_of, compares);
            return watch.comparisons().filter_map(fades).min();
        }
        if is_age(measured) {
            return next_age(measured, watch, facts, as_of, calendar);
        }
        // What is computed from an age changes whenever that does.
        let operands = measured.operands.iter();
        operands.filter_map(|operand| self.tick(*operand, &Watch::Any, facts, as_of, calendar)).min()
    }
}

/// What changes by the clock alone and is read by scores, with what it is compared with.
pub struct Watched<'a> {
    /// The model.
    pub plan: &'a Plan,
    /// Places that are compared with the same for everybody.
    fixed: Vec<(usize, Watch<'a>)>,
    /// The scores and scales by whose cuts others are compared.
    cut: Vec<(usize, usize)>,
}

impl Watched<'_> {
    /// Tells whether nothing does.
    pub fn is_empty(&self) -> bool {
        self.fixed.is_empty() && self.cut.is_empty()
    }

    /// Finds the first moment after `as_of` at which an age or a decayed value changes what a score may read of it.
    ///
    /// A row's scores must be computed under these cuts.
    pub fn next_tick(
        &self,
        facts: &[Fact],
        row: &[f64],
        cuts: &Cuts,
        as_of: i64,
        calendar: &dyn Calendar,
    ) -> Option<i64> {
        let tick = |slot: usize, watch: &Watch| self.plan.tick(slot, watch, facts, as_of, calendar);
        let fixed = self.fixed.iter().filter_map(|(slot, watch)| tick(*slot, watch));
        let cut = self.cut.iter().filter_map(|(number, at)| {
            let scale = &self.plan.scores[*number].rule.scales()[*at];
            let figures = cuts.get(*number, *at, self.plan.group(scale, row))?.figures.as_deref().ok()?;
            let watch = match &scale.limits {
                Limits::Quantiles => Watch::Passed(Cow::Borrowed(figures)),
                // Between its ends every figure has a place of its own; outside they all have that of an end.
                Limits::Range if is_between(row[scale.of], figures) => Watch::Any,
                _ => Watch::Reached(Cow::Borrowed(figures)),
            };
            tick(scale.of, &watch)
        });
        fixed.chain(cut).min()
    }
}

/// What a place is compared with.
enum Watch<'a> {
    /// Limits that it reaches.
    Reached(Cow<'a, [f64]>),
    /// Limits that it passes.
    Passed(Cow<'a, [f64]>),
    /// Values that it reaches, and passes.
    Values(Cow<'a, [f64]>),
    /// Everything.
    Any,
}

impl Watch<'_> {
    /// Gives the values, each with how it is compared with.
    fn comparisons(&self) -> impl Iterator<Item = (&f64, fn(&f64, &f64) -> bool)> {
        let (values, reached, passed): (&[f64], _, _) = match self {
            Self::Reached(values) => (values, true, false),
            Self::Passed(values) => (values, false, true),
            Self::Values(values) => (values, true, true),
            Self::Any => (&[], false, false),
        };
        let with = |is_asked: bool, compares: fn(&f64, &f64) -> bool| {
            values.iter().filter(move |_| is_asked).map(move |value| (value, compares))
        };
        with(reached, f64::ge).chain(with(passed, f64::gt))
    }

    /// Gives the first whole number above `age` at which a comparison changes.
    fn next_whole(&self, age: i64) -> Option<i64> {
        let reached = |value: &f64| value.ceil();
        let passed = |value: &f64| value.floor() + 1.0;
        let next = |values: &[f64], change: fn(&f64) -> f64| {
            let changes = values.iter().map(change).filter(|change| *change > age as f64);
            changes.min_by(f64::total_cmp).filter(|change| change.abs() < 1e9).map(|change| change as i64)
        };
        match self {
            Self::Reached(values) => next(values, reached),
            Self::Passed(values) => next(values, passed),
            Self::Values(values) => [next(values, reached), next(values, passed)].into_iter().flatten().min(),
            Self::Any => Some(age + 1),
        }
    }
}

/// Tells whether a figure has reached the first of two ends, and not the second.
fn is_between(figure: f64, ends: &[f64]) -> bool {
    matches!(ends, [first, second] if (*first..*second).contains(&figure))
}

/// Tells whether a measure is an age.
fn is_age(measured: &Measured) -> bool {
    measured.computed().is_some_and(|computed| computed.compute == Compute::Age)
}

/// Finds the first moment at which an age passes what it is compared with.
fn next_age(
    measured: &Measured,
    watch: &Watch,
    facts: &[Fact],
    as_of: i64,
    calendar: &dyn Calendar,
) -> Option<i64> {
    let (Fact::Moment(since), unit) = (&facts[measured.operands[0]], measured.computed()?.unit?) else {
        return None;
    };
    let age = age(*since, as_of, unit, calendar)?;
    let day = calendar.day(*since);
    let next = watch.next_whole(age)?;
    let begins = match unit {
        AgeUnit::Days => i32::try_from(i64::from(day) + next).ok(),
        AgeUnit::Months => plus_months(day, next),
        AgeUnit::Years => plus_months(day, next.checked_mul(12)?),
    };
    calendar.midnight(begins?).filter(|moment| *moment > as_of)
}

/// Counts the whole calendar units from a moment to another; none where the first is infinite.
fn age(since: i64, as_of: i64, unit: AgeUnit, calendar: &dyn Calendar) -> Option<i64> {
    if since == i64::MAX || since == i64::MIN {
        return None;
    }
    let (from, to) = (calendar.day(since), calendar.day(as_of));
    Some(match unit {
        AgeUnit::Days => i64::from(to) - i64::from(from),
        AgeUnit::Months => whole_months(from, to),
        AgeUnit::Years => whole_months(from, to).div_euclid(12),
    })
}

/// Finds the first microsecond at which a decayed value does not compare with a limit as it did.
fn fades(
    figure: f64,
    limit: f64,
    half_life: i64,
    as_of: i64,
    compares: fn(&f64, &f64) -> bool,
) -> Option<i64> {
    let holds = |moment: i64| compares(&figure, &figure_of(limit, half_lives(moment, half_life)));
    // A size above the limit falls below it once; one that is below stays so, and so does one across 0.
    let are_of_one_sign = limit * figure > 0.0;
    if !are_of_one_sign || holds(as_of) != (figure > 0.0) {
        return None;
    }
    let has_changed = |moment: i64| holds(moment) != (figure > 0.0);
    let (mut before, mut step) = (as_of, half_life);
    while !has_changed(before.checked_add(step)?) {
        before += step;
        step = step.checked_mul(2)?;
    }
    let mut changed = before + step;
    while changed - before > 1 {
        let middle = before + (changed - before) / 2;
        if has_changed(middle) { changed = middle } else { before = middle }
    }
    Some(changed)
}

impl Computed {
    /// Computes the measure of one customer.
    fn compute(
        &self,
        operands: &[&Fact],
        half_life: Option<i64>,
        as_of: i64,
        calendar: &dyn Calendar,
    ) -> Result<Fact<'static>, Error> {
        let (Some(first), second) = (operands.first(), operands.get(1)) else { return Ok(Fact::None) };
        Ok(match (self.compute, first, second) {
            (Compute::Age, Fact::Moment(since), _) => {
                let age = self.unit.and_then(|unit| age(*since, as_of, unit, calendar));
                age.map_or(Fact::None, |age| Fact::Number(Number::Whole(age)))
            }
            (Compute::Ratio, one, Some(other)) => {
                self.ratio(one, other, half_life.map(|half_life| half_lives(as_of, half_life)))
            }
            (Compute::Difference, Fact::Number(one), Some(Fact::Number(other))) => {
                Fact::Number(one.minus(other)?)
            }
            (Compute::Total, ..) => total(operands)?,
            (Compute::Greatest, ..) => most(operands, Ordering::Greater),
            (Compute::Least, ..) => most(operands, Ordering::Less),
            _ => Fact::None,
        })
    }

    /// Divides; none where the denominator is 0 or below the smallest. `age` is that of what decays, in half-lives.
    fn ratio(&self, one: &Fact, other: &Fact, age: Option<f64>) -> Fact<'static> {
        let (one, other, size) = match (one, other) {
            (Fact::Number(one), Fact::Number(other)) => (one.figure(), other.figure(), other.figure()),
            // Both decay at one pace: at any time the ratio is that of what they were at the epoch, scaled to fit.
            (Fact::Decayed(one), Fact::Decayed(other)) => {
                let scale = other.positive.max(other.negative);
                let scale = if scale.is_finite() { scale } else { 0.0 };
                (one.value(scale), other.value(scale), other.value(age.unwrap_or(scale)))
            }
            _ => return Fact::None,
        };
        let is_too_small = self.smallest.is_some_and(|smallest| size < smallest);
        if other == 0.0 || is_too_small { Fact::None } else { Fact::Number(Number::Float(one / other)) }
    }
}

/// Adds up; none where any is missing.
fn total(operands: &[&Fact]) -> Result<Fact<'static>, Error> {
    let mut total = Number::Whole(0);
    for operand in operands {
        let Fact::Number(number) = operand else { return Ok(Fact::None) };
        total = total.plus(number)?;
    }
    Ok(Fact::Number(total))
}

/// Finds the greatest or the least of those that are there; none where none is, as in SQL.
fn most(operands: &[&Fact], wanted: Ordering) -> Fact<'static> {
    let mut most = Fact::None;
    for operand in operands {
        let is_more = match (&most, operand) {
            (Fact::None, Fact::Number(_) | Fact::Moment(_)) => true,
            (Fact::Number(most), Fact::Number(number)) => number.compare(most) == wanted,
            (Fact::Moment(most), Fact::Moment(moment)) => moment.cmp(most) == wanted,
            _ => false,
        };
        if is_more {
            most = match operand {
                Fact::Number(number) => Fact::Number(number.clone()),
                Fact::Moment(moment) => Fact::Moment(*moment),
                _ => Fact::None,
            };
        }
    }
    most
}

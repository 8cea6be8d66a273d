//! Scales: what turns a figure into a level, by limits that are given or published.

use super::family::Order;
use super::family::quantile::Negatives;
use crate::error::Error;
use crate::score::abc::Limits as Classes;
use crate::score::log_sum::{figure_of, half_lives, value_of};
use crate::score::quantile::{bin, cuts};
use std::borrow::Cow;

/// How a figure becomes a level.
#[derive(Clone, Debug)]
pub struct Scale {
    /// What follows the score's name where the scale is spoken of.
    pub suffix: Cow<'static, str>,
    /// The place of the figure in a row.
    pub of: usize,
    /// The half-life of the figure in microseconds, where it decays.
    pub half_life: Option<i64>,
    /// The number of levels.
    pub levels: usize,
    /// Where the levels end.
    pub limits: Limits,
    /// What is done with figures below 0.
    pub negatives: Negatives,
    /// The direction of the levels.
    pub order: Order,
    /// The grouping whose groups have cuts of their own.
    pub grouping: Option<usize>,
    /// What the levels are called, lowest first.
    pub labels: Vec<String>,
}

/// Where the levels of a scale end.
#[derive(Clone, Debug, PartialEq)]
pub enum Limits {
    /// Where equal shares of the customers end.
    Quantiles,
    /// At the least and the greatest figure that are finite; all is one level.
    Range,
    /// How many customers of the group have the figure 1, how many 0, and how many groups there are that are alike in the first
    /// of their values.
    Outcomes {
        /// How many values are alike.
        within: usize,
    },
    /// Where the classes of an ABC end, which are shares.
    Classes(Classes),
    /// At given values, which reach the next level.
    AtLeast(Vec<f64>),
    /// At given values, above which the next level is.
    Above(Vec<f64>),
}

impl Limits {
    /// Tells whether a figure equal to a limit reaches the level above it.
    fn reaches(&self) -> bool {
        matches!(self, Self::AtLeast(_) | Self::Classes(_))
    }

    /// Counts the limits that a figure has reached or passed, from 1.
    #[inline]
    fn between(&self, figure: f64, limits: &[f64]) -> usize {
        match self.reaches() {
            _ if matches!(self, Self::Range | Self::Outcomes { .. }) => 1,
            true => 1 + limits.partition_point(|limit| *limit <= figure),
            false => bin(figure, limits),
        }
    }

    /// Gives the level of a figure between given limits, 1 the lowest; none where the limits are published, or there is no
    /// figure.
    pub fn level(&self, figure: f64) -> Option<i32> {
        let (Self::AtLeast(limits) | Self::Above(limits)) = self else { return None };
        (!figure.is_nan()).then(|| self.between(figure, limits) as i32)
    }
}

/// Why there are no cuts for a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nobody in it has a figure.
    Nobody,
    /// The total is not above 0.
    NoTotal,
    /// It was not there when the cuts were published.
    New,
}

/// The figures that a level is between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The figure above which the level begins; none where it is open.
    pub lower: Option<f64>,
    /// The figure at which it ends; none where it is open.
    pub upper: Option<f64>,
    /// Whether the lower bound is in the level.
    pub has_lower: bool,
    /// Whether the upper bound is in the level.
    pub has_upper: bool,
}

impl Scale {
    /// Tells whether its limits are published, and not given.
    pub fn is_cut(&self) -> bool {
        !matches!(self.limits, Limits::AtLeast(_) | Limits::Above(_))
    }

    /// Tells whether more than half the customers on one level means that many have equal figures.
    pub fn shows_ties(&self) -> bool {
        self.limits == Limits::Quantiles && self.levels > 2
    }

    /// Gives the given limits as figures, as of a moment; none where they are published.
    pub fn given(&self, as_of: i64) -> Option<Cow<'_, [f64]>> {
        let (Limits::AtLeast(limits) | Limits::Above(limits)) = &self.limits else { return None };
        Some(match self.half_life {
            None => Cow::Borrowed(limits),
            Some(half_life) => {
                let age = half_lives(as_of, half_life);
                limits.iter().map(|limit| figure_of(*limit, age)).collect()
            }
        })
    }

    /// Gives the level of a figure between ascending limits, 1 the lowest; none where it has none.
    #[inline]
    pub fn level(&self, figure: f64, limits: &[f64]) -> Option<usize> {
        if figure.is_nan() {
            return None;
        }
        let level = match (self.negatives, figure < 0.0) {
            (Negatives::Exclude, true) => return None,
            (Negatives::Apart, true) => 1,
            (Negatives::Apart, false) => 1 + self.limits.between(figure, limits),
            _ => self.limits.between(figure, limits),
        };
        Some(self.directed(level))
    }

    /// Gives the level of a figure where there are no limits: only what is below 0 and apart has one.
    pub fn level_without_limits(&self, figure: f64) -> Option<usize> {
        (self.negatives == Negatives::Apart && figure < 0.0).then(|| self.directed(1))
    }

    /// Turns a level around where the smallest figures have the highest.
    fn directed(&self, level: usize) -> usize {
        match self.order {
            Order::Ascending => level,
            Order::Descending => self.levels + 1 - level,
        }
    }

    /// Tells whether a figure has part in the cuts.
    #[inline]
    pub fn counts(&self, figure: f64) -> bool {
        !figure.is_nan() && (self.negatives == Negatives::Rank || figure >= 0.0)
    }

    /// Cuts the figures of a group, in ascending order; or says why it cannot. Reorders the figures.
    pub fn cut(&self, figures: &mut [f64], as_of: i64) -> Result<Result<Vec<f64>, Missing>, Error> {
        let bins = self.levels - usize::from(self.negatives == Negatives::Apart);
        let classes = match &self.limits {
            _ if figures.is_empty() => return Ok(Err(Missing::Nobody)),
            Limits::Classes(classes) => classes,
            Limits::Range => {
                let finite = || figures.iter().copied().filter(|figure| figure.is_finite());
                let ends = finite().min_by(f64::total_cmp).zip(finite().max_by(f64::total_cmp));
                return Ok(ends.map(|(least, greatest)| vec![least, greatest]).ok_or(Missing::Nobody));
            }
            Limits::Outcomes { .. } => {
                let count = |wanted: f64| figures.iter().filter(|figure| **figure == wanted).count() as f64;
                return Ok(Ok(vec![count(1.0), count(0.0)]));
            }
            _ => return Ok(cuts(figures, bins).ok_or(Missing::Nobody)),
        };
        if classes.are_of_total() && !figures.is_empty() && !figures.iter().any(|figure| *figure > 0.0) {
            return Ok(Err(Missing::NoTotal));
        }
        let cuts = match (self.half_life, classes.are_of_total()) {
            (Some(half_life), true) => classes_of_decayed(classes, figures, half_lives(as_of, half_life))?,
            _ => classes.ascending_cuts(figures)?,
        };
        Ok(cuts.ok_or(Missing::Nobody))
    }

    /// Gives the bounds of a level.
    pub fn bounds(&self, level: usize, limits: &[f64]) -> Bounds {
        let zero = [0.0];
        let apart = self.negatives == Negatives::Apart;
        let ends: Vec<f64> = zero.iter().filter(|_| apart).chain(limits).copied().collect();
        let ascending = self.directed(level);
        let end = |at: Option<usize>| at.and_then(|at| ends.get(at).copied());
        let first_from_zero = (self.negatives == Negatives::Exclude && ascending == 1).then_some(0.0);
        let from_zero = first_from_zero.is_some() || (apart && ascending == 2);
        Bounds {
            lower: end(ascending.checked_sub(2)).or(first_from_zero),
            upper: end(ascending.checked_sub(1)),
            has_lower: self.limits.reaches() || from_zero,
            has_upper: !(self.limits.reaches() || apart && ascending == 1),
        }
    }
}

/// Cuts figures that decay into classes of shares of their total, which are shares of it at any time.
fn classes_of_decayed(classes: &Classes, figures: &mut [f64], age: f64) -> Result<Option<Vec<f64>>, Error> {
    let mut values: Vec<f64> = figures.iter().map(|figure| value_of(*figure, age)).collect();
    let Some(cuts) = classes.ascending_cuts(&mut values)? else { return Ok(None) };
    figures.sort_unstable_by(f64::total_cmp);
    let reached = |cut: f64| figures.partition_point(|figure| value_of(*figure, age) < cut);
    Ok(Some(
        cuts.into_iter().map(|cut| figures.get(reached(cut)).copied().unwrap_or(f64::INFINITY)).collect(),
    ))
}

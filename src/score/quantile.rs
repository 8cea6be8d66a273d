//! Quantile levels: cut the figures where equal shares of them end.
//!
//! Cuts are quantiles of type 7 in the numbering of Hyndman and Fan (1996), linear interpolation, in the arithmetic of
//! `percentile_cont`, bit for bit. Levels are right-closed: a figure equal to a cut is below it. So equal figures always
//! share a level.

use super::select::place;
use super::{present, room_for, shown};
use crate::error::{Error, Fault};

/// The most levels a score can have.
pub const MOST_BINS: i32 = 100;

/// How levels are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Between quantile cuts; equal figures share a level.
    Quantile,
    /// As SQL's `ntile`: equal heads in each level, ties split by the order of the rows.
    Ntile,
}

impl Method {
    /// Reads the name that SQL uses.
    pub fn named(name: &str) -> Result<Self, Error> {
        match name {
            "quantile" => Ok(Self::Quantile),
            "ntile" => Ok(Self::Ntile),
            _ => Err(Error::invalid(format!("unknown method \"{name}\""))
                .hint("The methods are \"quantile\" and \"ntile\".")),
        }
    }
}

/// Checks a number of levels.
pub fn check_bins(bins: i32, most: i32) -> Result<usize, Error> {
    if (2..=most).contains(&bins) {
        return Ok(bins as usize);
    }
    Err(Error::invalid(format!("bins must be between 2 and {most}, got {bins}")).hint(
        "bins is the number of levels; five is usual, and nine the most where each is a digit of a code.",
    ))
}

/// Checks that cuts ascend and are all numbers; equal neighbours are fine, ties make them.
pub fn check_cuts(cuts: &[f64]) -> Result<(), Error> {
    let refuse = |message: &str, at: usize| {
        Err(Error::new(Fault::CutsOutOfOrder, message)
            .detail(format!("Cut {} is {}.", at + 1, shown(cuts[at])))
            .hint("Give the cuts in ascending order; equal neighbours are allowed."))
    };
    if let Some(at) = cuts.iter().position(|cut| cut.is_nan()) {
        return refuse("cuts must not be NaN", at);
    }
    match cuts.windows(2).position(|pair| pair[0] > pair[1]) {
        Some(before) => refuse("cuts must not descend", before + 1),
        None => Ok(()),
    }
}

/// Gives the `bins` − 1 cuts between levels of equal shares; none where there is no figure. Reorders the figures.
pub fn cuts(figures: &mut [f64], bins: usize) -> Option<Vec<f64>> {
    let last = figures.len().checked_sub(1)?;
    let positions: Vec<f64> = (1..bins).map(|cut| (cut as f64 / bins as f64) * last as f64).collect();
    let mut ranks: Vec<usize> =
        positions.iter().flat_map(|at| [at.floor() as usize, at.ceil() as usize]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    place(figures, &ranks, 0);
    let between = |at: f64| {
        let (lower, upper) = (figures[at.floor() as usize], figures[at.ceil() as usize]);
        let cut = lower + (at - at.floor()) * (upper - lower);
        // Rounding may not carry a cut past its neighbour, or cuts would descend.
        if cut.is_finite() { cut.min(upper) } else { lower }
    };
    Some(positions.into_iter().map(between).collect())
}

/// Tells the level of a figure: 1 + the number of cuts strictly below it.
#[inline]
pub fn bin(figure: f64, cuts: &[f64]) -> usize {
    1 + cuts.partition_point(|cut| *cut < figure)
}

/// Gives each figure its level, 1 the lowest; 0 where there is no figure.
pub fn levels(figures: &[f64], bins: usize, method: Method) -> Result<Vec<u8>, Error> {
    match method {
        Method::Quantile => levels_by_cuts(figures, bins),
        Method::Ntile => levels_by_heads(figures, bins),
    }
}

/// Levels between the figures' own quantile cuts.
fn levels_by_cuts(figures: &[f64], bins: usize) -> Result<Vec<u8>, Error> {
    let cuts = cuts(&mut present(figures)?, bins).unwrap_or_default();
    let mut levels = room_for(figures.len())?;
    levels.extend(figures.iter().map(|figure| match figure.is_nan() {
        true => 0,
        false => bin(*figure, &cuts) as u8,
    }));
    Ok(levels)
}

/// Levels of equal heads, the first ones one larger where they do not divide, as `ntile` has it.
fn levels_by_heads(figures: &[f64], bins: usize) -> Result<Vec<u8>, Error> {
    let mut order: Vec<(f64, usize)> = room_for(figures.len())?;
    order.extend(figures.iter().copied().zip(0..).filter(|(figure, _)| !figure.is_nan()));
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (heads, larger) = (order.len() / bins, order.len() % bins);
    let in_larger = larger * (heads + 1);
    let mut levels = room_for(figures.len())?;
    levels.resize(figures.len(), 0);
    for (rank, (_, row)) in order.into_iter().enumerate() {
        let level = if rank < in_larger { rank / (heads + 1) } else { larger + (rank - in_larger) / heads };
        levels[row] = 1 + level as u8;
    }
    Ok(levels)
}

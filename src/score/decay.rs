//! Decayed sums: an event counts half after its half-life, a quarter after two.
//!
//! The convention, 2^(−age/half-life), is that of exponential decay; marketing pressure and appetence are such sums.

/// What a sum with many terms of both signs keeps: the sum, and what rounding took from it (Neumaier 1974).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    /// Adds one term.
    fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        self.lost += match self.sum.abs() >= term.abs() {
            true => (self.sum - sum) + term,
            false => (term - sum) + self.sum,
        };
        self.sum = sum;
    }

    /// Gives the sum with what was lost.
    fn total(&self) -> f64 {
        self.sum + self.lost
    }
}

/// Terms from here on are kept scaled down by [`SCALE`], so that no order of additions overflows.
const HUGE: f64 = f64::from_bits((1023 + 900) << 52);

/// 2^64: more terms than a table holds.
const SCALE: f64 = 18_446_744_073_709_551_616.0;

/// The state of a decayed sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DecayedSum {
    ordinary: Compensated,
    huge: Compensated,
    infinite: f64,
}

impl DecayedSum {
    /// The numbers of a state, for [`DecayedSum::numbers`].
    pub const NUMBERS: usize = 5;

    /// Adds an event of that weight and age; age and half-life in the same unit, age ≥ 0, half-life > 0.
    pub fn add(&mut self, weight: f64, age: i128, half_life: i128) {
        if weight.is_infinite() {
            self.infinite += weight;
            return;
        }
        let term = decayed(weight, age, half_life);
        match term.abs() < HUGE {
            true => self.ordinary.add(term),
            false => self.huge.add(term / SCALE),
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        for part in [other.ordinary.sum, other.ordinary.lost] {
            self.ordinary.add(part);
        }
        for part in [other.huge.sum, other.huge.lost] {
            self.huge.add(part);
        }
        self.infinite += other.infinite;
    }

    /// Gives the sum: infinite only where a weight was, else at the edge of what a float8 holds.
    pub fn total(&self) -> f64 {
        if self.infinite != 0.0 {
            return self.infinite;
        }
        let huge = self.huge.total();
        let total = match huge == 0.0 {
            true => self.ordinary.total(),
            false => (huge + self.ordinary.total() / SCALE) * SCALE,
        };
        total.clamp(-f64::MAX, f64::MAX)
    }

    /// Gives the state as plain numbers, to be sent to another process.
    pub fn numbers(&self) -> [f64; Self::NUMBERS] {
        [self.ordinary.sum, self.ordinary.lost, self.huge.sum, self.huge.lost, self.infinite]
    }

    /// Makes the state of its numbers.
    pub fn of_numbers([sum, lost, huge, huge_lost, infinite]: [f64; Self::NUMBERS]) -> Self {
        let ordinary = Compensated { sum, lost };
        Self { ordinary, huge: Compensated { sum: huge, lost: huge_lost }, infinite }
    }
}

/// Gives weight · 2^(−age/half-life), within two units in the last place at any age.
///
/// Whole half-lives only move the exponent; so the one rounded power is that of the rest, between ½ and 1.
fn decayed(weight: f64, age: i128, half_life: i128) -> f64 {
    let (mut halvings, rest) = half_lives(age, half_life);
    let mut term = weight * (-rest).exp2();
    while halvings > 0 && term != 0.0 {
        let step = halvings.min(1000);
        term *= f64::from_bits((1023 - step) << 52);
        halvings -= step;
    }
    term
}

/// Counts the whole half-lives of an age, and the part of one that is left; in 64 bits where it can, which is faster.
fn half_lives(age: i128, half_life: i128) -> (u64, f64) {
    match (u64::try_from(age), u64::try_from(half_life)) {
        (Ok(age), Ok(half_life)) => (age / half_life, (age % half_life) as f64 / half_life as f64),
        _ => {
            let whole = u64::try_from(age / half_life).unwrap_or(u64::MAX);
            (whole, (age % half_life) as f64 / half_life as f64)
        }
    }
}

//! The logistic function, and logistic regression: coefficients of which the log odds of an event are a sum.
//!
//! The fit maximises Σ weight · log-likelihood − ridge/2 · Σ coefficient², the intercept not being penalised, by Newton's
//! method (iteratively reweighted least squares). A ridge of λ is scikit-learn's C = 1/λ.

use super::cholesky::{Cholesky, Dependence, Symmetric, dot};
use super::design::Design;
use super::observations::Observations;
use super::shown;
use crate::error::{Error, Fault};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Gives the probability of log odds: 1 / (1 + e^−x).
#[inline]
pub fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Gives the log odds of a probability: ln(p / (1 − p)).
#[inline]
pub fn log_odds(probability: f64) -> f64 {
    probability.ln() - (-probability).ln_1p()
}

/// The coefficient of a variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Coefficient {
    /// Of a number: what one more of it adds to the log odds.
    Number(f64),
    /// Of categories: what each adds.
    Categories(IndexMap<String, f64>),
}

/// An intercept and the coefficients by the names of the variables.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coefficients {
    /// The log odds where every number is 0 and every category the first.
    pub intercept: f64,
    /// The coefficients.
    pub coefficients: IndexMap<String, Coefficient>,
}

/// What came of a fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// What was found.
    #[serde(flatten)]
    pub found: Coefficients,
    /// How much chance there is in each of it.
    pub standard_errors: Coefficients,
    /// How many rows were fitted to.
    pub rows: u64,
    /// How many rows had something missing.
    pub left_out: u64,
    /// How many steps it took.
    pub iterations: u32,
    /// The log-likelihood, without the penalty.
    pub log_likelihood: f64,
}

/// The most steps; a fit that has an end takes ten or so.
const MOST_STEPS: u32 = 200;

/// The greatest change of a coefficient, of one standard deviation, relative to the greatest, that is none.
const NO_CHANGE: f64 = 1e-10;

/// What a step may gain, in log-likelihood for each row, where there is next to nothing left to gain.
const NO_GAIN: f64 = 1e-12;

/// What a step may gain where rounding leaves no more to find.
const ROUNDING: f64 = 1e-20;

/// A row is certain where the variance of its outcome is less.
const CERTAIN: f64 = 1e-5;

/// The part of a column's square that those before it must leave, before it is taken for a sum of them.
const LEAST_OWN_PART: f64 = 1e-10;

/// The same in a step, where it only says that the rows have lost their weight.
const LEAST_PIVOT: f64 = 1e-13;

/// Fits a model to observations; `look` is called now and then, so that the caller can be interrupted.
pub fn fit(observations: Observations, ridge: f64, look: &mut dyn FnMut()) -> Result<Fit, Error> {
    if !(ridge.is_finite() && ridge >= 0.0) {
        return Err(Error::invalid(format!("ridge must be 0 or above and finite, got {}", shown(ridge)))
            .hint("Give 0 for no penalty, or 1/C for what scikit-learn calls C."));
    }
    let (rows, left_out) = (observations.rows, observations.left_out);
    let design = Design::of(observations, ridge)?;
    if ridge == 0.0 {
        check_rank(&design, look)?;
        design.check_separation()?;
    }
    let mut newton = Newton::start(&design, look)?;
    let mut iterations = 0;
    while !newton.step(look)? {
        iterations += 1;
        if iterations > MOST_STEPS {
            return Err(Error::invalid("the fit does not converge")
                .detail(format!("After {MOST_STEPS} steps the coefficients still change."))
                .hint("Give a greater ridge, as 1, or leave variables out."));
        }
    }
    let factor = newton.factor()?;
    let errors = design.errors(|combination| factor.inverse_form(combination).sqrt());
    Ok(Fit {
        found: design.coefficients(&newton.terms)?,
        standard_errors: design.named(errors)?,
        rows,
        left_out,
        iterations: iterations + 1,
        log_likelihood: newton.sums.log_likelihood,
    })
}

/// Refuses variables of which one is a sum of others.
fn check_rank(design: &Design, look: &mut dyn FnMut()) -> Result<(), Error> {
    let mut squares = Symmetric::zeros(design.terms())?;
    design.each(look, |row, outcome| add_squares(&mut squares, row, outcome.abs()));
    let Err(Dependence { column, on }) = squares.factor(LEAST_OWN_PART) else { return Ok(()) };
    let size = |column: usize| squares.diagonal(column).sqrt();
    let is_part = |(other, part): &(usize, &f64)| part.abs() * size(*other) > 1e-6 * size(column);
    let others = on.iter().enumerate().skip(1).filter(is_part).map(|(other, _)| design.name(other));
    let others = others.collect::<Vec<_>>().join(", ");
    Err(Error::invalid(format!("{} follows from the other variables", design.name(column)))
        .detail(match others.is_empty() {
            true => format!("{} is the same in all rows.", design.name(column)),
            false => format!("It is a sum of multiples of {others}."),
        })
        .hint("Leave one of them out, or give a ridge, as 1, that shares their effect between them."))
}

/// Adds the products of a row's terms to a matrix.
#[inline]
fn add_squares(squares: &mut Symmetric, row: &[(usize, f64)], weight: f64) {
    for (at, (term, value)) in row.iter().enumerate() {
        let (cells, value) = (squares.row_mut(*term), weight * value);
        row[..=at].iter().for_each(|(other, factor)| cells[*other] += value * factor);
    }
}

/// What is summed over all rows for one step.
struct Sums {
    log_likelihood: f64,
    /// The log-likelihood less the penalty.
    objective: f64,
    gradient: Vec<f64>,
    information: Symmetric,
}

/// The terms so far, in the units of the design.
struct Newton<'a> {
    design: &'a Design,
    terms: Vec<f64>,
    sums: Sums,
}

impl<'a> Newton<'a> {
    /// Starts with the intercept that is best alone.
    fn start(design: &'a Design, look: &mut dyn FnMut()) -> Result<Self, Error> {
        let mut terms = vec![0.0; design.terms()];
        terms[0] = design.start();
        let sums = sums(design, &terms, look)?;
        Ok(Self { design, terms, sums })
    }

    /// Factors the information matrix.
    fn factor(&self) -> Result<Cholesky, Error> {
        let singular = |dependence: Dependence| self.separated(dependence.column);
        self.sums.information.factor(LEAST_PIVOT).map_err(singular)
    }

    /// Makes one step; tells whether it was the last.
    fn step(&mut self, look: &mut dyn FnMut()) -> Result<bool, Error> {
        let mut step = self.sums.gradient.clone();
        self.factor()?.solve(&mut step);
        let gain = dot(&self.sums.gradient, &step) / self.design.weight();
        let mut change = f64::INFINITY;
        if gain <= NO_GAIN {
            let (greatest, diverging) = self.changes(&step, look);
            if diverging {
                let column =
                    (1..step.len()).max_by(|one, other| step[*one].abs().total_cmp(&step[*other].abs()));
                return Err(self.separated(column.unwrap_or(0)));
            }
            change = greatest;
        }
        let mut size = 1.0;
        loop {
            let terms: Vec<f64> =
                self.terms.iter().zip(&step).map(|(term, step)| term + size * step).collect();
            let sums = sums(self.design, &terms, look)?;
            let least = self.sums.objective - 1e-12 * self.sums.objective.abs();
            if sums.objective >= least || size < 1e-12 {
                (self.terms, self.sums) = (terms, sums);
                break;
            }
            size /= 2.0;
        }
        let greatest = |of: &[f64]| of.iter().fold(0.0, |greatest: f64, one| greatest.max(one.abs()));
        let is_still = greatest(&step) <= NO_CHANGE * greatest(&self.terms).max(1.0);
        Ok(is_still || (gain <= ROUNDING && change <= 1e-8))
    }

    /// Gives the greatest change of a row's log odds, and whether the rows that are certain already still move by much:
    /// then the coefficients have no end, for near one the change of those who still tell would be next to nothing.
    fn changes(&self, step: &[f64], look: &mut dyn FnMut()) -> (f64, bool) {
        let (mut greatest, mut weight, mut moved) = (0.0, 0.0, 0.0);
        self.design.each(look, |row, outcome| {
            let (at, change) = (sum(row, &self.terms), sum(row, step).abs());
            greatest = f64::max(greatest, change);
            let chance = probability(at) * probability(-at);
            if chance < CERTAIN {
                weight += outcome.abs() * chance;
                moved += outcome.abs() * chance * change * change;
            }
        });
        (greatest, moved > 0.25 * weight)
    }

    /// Says that some variables, one of them in `column`, tell the outcome for certain.
    fn separated(&self, column: usize) -> Error {
        self.design.separated(format!(
            "The coefficient of {} grows without end: together with the others it tells the outcome of some rows for certain.",
            self.design.name(column)
        ))
    }
}

/// Sums a row's terms, multiplied with these.
#[inline]
fn sum(row: &[(usize, f64)], terms: &[f64]) -> f64 {
    row.iter().map(|(term, value)| terms[*term] * value).sum()
}

/// Sums over all rows what a step needs.
fn sums(design: &Design, terms: &[f64], look: &mut dyn FnMut()) -> Result<Sums, Error> {
    let mut log_likelihood = 0.0;
    let mut gradient = vec![0.0; terms.len()];
    let mut information = Symmetric::zeros(terms.len())?;
    design.each(look, |row, outcome| {
        // The log odds of what happened.
        let at = sum(row, terms) * outcome.signum();
        let other = probability(-at);
        log_likelihood -= outcome.abs() * (at.min(0.0).abs() + (-at.abs()).exp().ln_1p());
        row.iter().for_each(|(term, value)| gradient[*term] += outcome * other * value);
        add_squares(&mut information, row, outcome.abs() * other * probability(at));
    });
    let mut objective = log_likelihood;
    for (term, penalty) in design.penalties().iter().enumerate() {
        objective -= penalty / 2.0 * terms[term] * terms[term];
        gradient[term] -= penalty * terms[term];
        information.row_mut(term)[term] += penalty;
    }
    match objective.is_finite() {
        true => Ok(Sums { log_likelihood, objective, gradient, information }),
        false => Err(Error::new(Fault::NumberOutOfRange, "the log-likelihood is out of range")
            .hint("Give smaller weights.")),
    }
}

//! The columns of a regression: an intercept, a column for each number and one for each category but the first.
//!
//! Numbers are centred and scaled within, so that their units do not matter to the arithmetic; what is given back is in
//! the user's units.

use super::logistic::{Coefficient, Coefficients};
use super::observations::{Observations, Variable};
use super::{room_for, shown};
use crate::error::{Error, Fault};

/// How many rows are read between two looks for interrupts.
const STRIDE: usize = 4096;

/// How a number became a column: (number / most − mean) · ratio.
#[derive(Clone, Copy, Debug)]
struct Scaled {
    most: f64,
    mean: f64,
    ratio: f64,
    /// The unit of the column, in units of the number.
    unit: f64,
    /// The lowest and the highest number where the event did not happen, and where it did.
    ranges: [[f64; 2]; 2],
}

impl Scaled {
    /// Says which number parts the outcomes, if one does.
    fn separation(&self) -> Option<String> {
        let [others, events] = self.ranges;
        let said = |side: &str, ends: f64, other_side: &str, begins: f64| {
            let (ends, begins) = (shown(ends), shown(begins));
            format!(
                "It is {ends} or {side} in all rows of the event, and {begins} or {other_side} in the others."
            )
        };
        if events[0] >= others[1] {
            Some(said("more", events[0], "less", others[1]))
        } else if others[0] >= events[1] {
            Some(said("less", events[1], "more", others[0]))
        } else {
            None
        }
    }
}

/// A variable in the columns.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Its first column.
    first: usize,
    /// How its numbers were scaled; none for categories.
    scaled: Option<Scaled>,
}

/// Observations as columns.
pub struct Design {
    observations: Observations,
    places: Vec<Place>,
    penalties: Vec<f64>,
    events: f64,
    others: f64,
}

impl Design {
    /// Makes columns of observations; refuses those of one outcome only, and variables that never vary, which without a
    /// ridge have no coefficient.
    pub fn of(mut observations: Observations, ridge: f64) -> Result<Self, Error> {
        let total = |is_event: bool| -> f64 {
            let of_class = observations.outcomes.iter().filter(|outcome| (**outcome > 0.0) == is_event);
            of_class.map(|outcome| outcome.abs()).sum()
        };
        let (events, others) = (total(true), total(false));
        check_outcomes(events, others, observations.left_out)?;
        let mut penalties = vec![0.0];
        let mut places = room_for(observations.variables.len())?;
        for at in 0..observations.variables.len() {
            let (first, variable) = (penalties.len(), &observations.variables[at]);
            let scaled = match &variable.categories {
                Some(categories) => {
                    check_variation(variable, categories.len() > 1, ridge)?;
                    penalties.resize(first + categories.len() - 1, ridge);
                    None
                }
                None => {
                    let scaled = scaled(&observations, at, ridge, events + others);
                    check_variation(variable, scaled.ratio.is_finite(), ridge)?;
                    penalties.push((ridge / scaled.unit) / scaled.unit);
                    Some(scaled)
                }
            };
            places.push(Place { first, scaled });
        }
        let width = places.len().max(1);
        for row in observations.cells.chunks_exact_mut(width) {
            for (cell, place) in row.iter_mut().zip(&places) {
                if let Some(scaled) = place.scaled {
                    *cell = (*cell / scaled.most - scaled.mean) * scaled.ratio;
                }
            }
        }
        Ok(Self { observations, places, penalties, events, others })
    }

    /// Counts the columns.
    pub fn terms(&self) -> usize {
        self.penalties.len()
    }

    /// Gives the sum of all weights.
    pub fn weight(&self) -> f64 {
        self.events + self.others
    }

    /// Gives the log odds of all rows together.
    pub fn start(&self) -> f64 {
        self.events.ln() - self.others.ln()
    }

    /// Gives the ridge of each column.
    pub fn penalties(&self) -> &[f64] {
        &self.penalties
    }

    /// Reads each row: its columns that are not 0, ascending, and its weight, below 0 where the event did not happen.
    pub fn each(&self, look: &mut dyn FnMut(), mut read: impl FnMut(&[(usize, f64)], f64)) {
        let mut columns = Vec::with_capacity(1 + self.places.len());
        for (at, (row, outcome)) in self.observations.each().enumerate() {
            if at % STRIDE == 0 {
                look();
            }
            columns.clear();
            columns.push((0, 1.0));
            for (place, cell) in self.places.iter().zip(row) {
                match place.scaled {
                    Some(_) => columns.push((place.first, *cell)),
                    None if *cell > 0.0 => columns.push((place.first + *cell as usize - 1, 1.0)),
                    None => {}
                }
            }
            read(&columns, outcome);
        }
    }

    /// Names a column as errors do.
    pub fn name(&self, column: usize) -> String {
        let found = self.places.iter().zip(&self.observations.variables);
        let found = found.take_while(|(place, _)| place.first <= column).last();
        match found {
            Some((place, Variable { name, categories: Some(categories) })) => {
                format!("\"{name}\" = \"{}\"", categories[column - place.first + 1])
            }
            Some((_, Variable { name, .. })) => format!("\"{name}\""),
            None => "the intercept".into(),
        }
    }

    /// Gives the coefficients of terms in the user's units.
    pub fn coefficients(&self, terms: &[f64]) -> Result<Coefficients, Error> {
        let units = self.units();
        let shifts: f64 = self.shifts().zip(&terms[1..]).map(|(shift, term)| shift * term).sum();
        let rest = terms.iter().zip(units).skip(1).map(|(term, unit)| term / unit);
        self.named([terms[0] - shifts].into_iter().chain(rest).collect())
    }

    /// Gives the standard error of each coefficient in the user's units; `error` gives that of a sum of columns.
    pub fn errors(&self, error: impl Fn(Vec<f64>) -> f64) -> Vec<f64> {
        let intercept = [1.0].into_iter().chain(self.shifts().map(|shift| -shift)).collect();
        let one = |(column, unit): (usize, f64)| {
            let mut combination = vec![0.0; self.terms()];
            combination[column] = 1.0;
            error(combination) / unit
        };
        [error(intercept)].into_iter().chain(self.units().enumerate().skip(1).map(one)).collect()
    }

    /// Gives the unit of each column.
    fn units(&self) -> impl Iterator<Item = f64> {
        [1.0].into_iter().chain(self.columns().map(|scaled| scaled.map_or(1.0, |scaled| scaled.unit)))
    }

    /// Gives what of each column but the intercept is in the intercept.
    fn shifts(&self) -> impl Iterator<Item = f64> {
        self.columns().map(|scaled| scaled.map_or(0.0, |scaled| scaled.mean * scaled.ratio))
    }

    /// Gives how each column but the intercept was scaled.
    fn columns(&self) -> impl Iterator<Item = Option<Scaled>> {
        let ends = self.places.iter().skip(1).map(|place| place.first).chain([self.terms()]);
        self.places.iter().zip(ends).flat_map(|(place, end)| (place.first..end).map(|_| place.scaled))
    }

    /// Names figures, one for each column, by their variables; the first of categories has 0.
    pub fn named(&self, figures: Vec<f64>) -> Result<Coefficients, Error> {
        if let Some(column) = figures.iter().position(|figure| !figure.is_finite()) {
            return Err(Error::new(
                Fault::NumberOutOfRange,
                format!("the coefficient of {} is out of range", self.name(column)),
            )
            .detail("Its numbers are so small or so large that it does not fit into a float8.")
            .hint("Measure the variable in another unit."));
        }
        let named = |(place, variable): (&Place, &Variable)| {
            let coefficient = match &variable.categories {
                None => Coefficient::Number(figures[place.first]),
                Some(categories) => {
                    let others = figures[place.first..].iter().copied();
                    Coefficient::Categories(
                        categories.iter().cloned().zip([0.0].into_iter().chain(others)).collect(),
                    )
                }
            };
            (variable.name.clone(), coefficient)
        };
        let coefficients = self.places.iter().zip(&self.observations.variables).map(named).collect();
        Ok(Coefficients { intercept: figures[0], coefficients })
    }

    /// Refuses variables of which one alone tells the outcome of some rows for certain.
    pub fn check_separation(&self) -> Result<(), Error> {
        for (at, (place, variable)) in self.places.iter().zip(&self.observations.variables).enumerate() {
            let found = match (place.scaled, &variable.categories) {
                (Some(scaled), _) => scaled.separation(),
                (None, Some(categories)) => self.certain_category(at, categories),
                (None, None) => None,
            };
            if let Some(found) = found {
                let message = format!("variable \"{}\" tells the outcome for certain", variable.name);
                return Err(separated(message, found));
            }
        }
        Ok(())
    }

    /// Says which category of a variable always has the same outcome, if one has.
    fn certain_category(&self, at: usize, categories: &[String]) -> Option<String> {
        let mut outcomes = vec![[false; 2]; categories.len()];
        for (cell, outcome) in self.observations.column(at) {
            outcomes[cell as usize][usize::from(outcome > 0.0)] = true;
        }
        let certain = outcomes.iter().position(|found| found[0] != found[1])?;
        let always = if outcomes[certain][1] { "true" } else { "false" };
        Some(format!("The outcome is {always} in all rows where it is \"{}\".", categories[certain]))
    }

    /// Says that variables together tell the outcome for certain.
    pub fn separated(&self, detail: String) -> Error {
        separated("the variables tell the outcome for certain".into(), detail)
    }
}

/// Says that there is no greatest likelihood.
fn separated(message: String, detail: String) -> Error {
    Error::invalid(message)
        .detail(detail)
        .hint("Give a ridge, as 1, which keeps the coefficients finite, or leave the variable out.")
}

/// Refuses outcomes that are all the same.
fn check_outcomes(events: f64, others: f64, left_out: u64) -> Result<(), Error> {
    if !(events + others).is_finite() {
        return Err(Error::new(Fault::NumberOutOfRange, "the sum of the weights is out of range")
            .hint("Give smaller weights."));
    }
    let message = match (events > 0.0, others > 0.0) {
        (true, true) => return Ok(()),
        (true, false) => "the outcome is true in all rows",
        (false, true) => "the outcome is false in all rows",
        (false, false) => "there is no row to fit to",
    };
    let error = Error::invalid(message).hint("Give a query whose rows have both outcomes.");
    Err(match left_out {
        0 => error,
        1 => error.detail("1 row is left out, since a value, the outcome or the weight is missing."),
        _ => error.detail(format!(
            "{left_out} rows are left out, since a value, the outcome or the weight is missing."
        )),
    })
}

/// Refuses a variable that never varies, unless a ridge gives it a coefficient of 0.
fn check_variation(variable: &Variable, varies: bool, ridge: f64) -> Result<(), Error> {
    match varies || ridge > 0.0 {
        true => Ok(()),
        false => Err(Error::invalid(format!("variable \"{}\" is the same in all rows", variable.name))
            .detail("So nothing can be told of its effect.")
            .hint("Leave it out, or give a ridge, as 1.")),
    }
}

/// Finds how to scale a number: to a mean of 0 and a standard deviation of 1, or less where the ridge outweighs it.
fn scaled(observations: &Observations, at: usize, ridge: f64, weight: f64) -> Scaled {
    let mut ranges = [[f64::INFINITY, f64::NEG_INFINITY]; 2];
    for (number, outcome) in observations.column(at) {
        let [lowest, highest] = &mut ranges[usize::from(outcome > 0.0)];
        (*lowest, *highest) = (lowest.min(number), highest.max(number));
    }
    let ends = [ranges[0][0].min(ranges[1][0]), ranges[0][1].max(ranges[1][1])];
    let most = match ends[0].abs().max(ends[1].abs()) {
        0.0 => 1.0,
        most => most,
    };
    let average = |of: &dyn Fn(f64) -> f64| -> f64 {
        observations.column(at).map(|(number, outcome)| of(number / most) * (outcome.abs() / weight)).sum()
    };
    let mean = if ends[0] == ends[1] { ends[0] / most } else { average(&|number| number) };
    let deviation = average(&|number| (number - mean).powi(2)).sqrt();
    let unit = (deviation * most).hypot((ridge / weight).sqrt());
    Scaled { most, mean, ratio: most / unit, unit, ranges }
}

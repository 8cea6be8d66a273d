//! What a model is fitted to: rows of variables, each with an outcome and a weight.
//!
//! Rows are put in an order of their own, and equal ones are merged, so that no result depends on the order in which they
//! came, to the last bit.

use super::{figure, room_for, shown};
use crate::error::{Error, Fault};
use rustc_hash::{FxHashMap, FxHasher};
use std::cmp::Ordering;
use std::hash::Hasher;

/// The most coefficients of a fit: its matrix has the square of so many cells.
pub const MOST_TERMS: usize = 1000;

/// The value of a variable in a row.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// A number.
    Number(f64),
    /// A category.
    Category(&'a str),
}

/// A variable: a number, or one of some categories.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The categories in the order of their bytes, where it has some.
    pub categories: Option<Vec<String>>,
}

/// Rows that are being gathered.
#[derive(Debug)]
pub struct Gathered {
    names: Vec<String>,
    /// For each variable, the numbers of its categories, in the order in which they came.
    codes: Vec<FxHashMap<String, usize>>,
    cells: Vec<f64>,
    outcomes: Vec<f64>,
    left_out: u64,
}

impl Gathered {
    /// Begins with no row of the variables of these names.
    pub fn of(names: Vec<String>) -> Self {
        let codes = names.iter().map(|_| FxHashMap::default()).collect();
        Self { names, codes, cells: Vec::new(), outcomes: Vec::new(), left_out: 0 }
    }

    /// Adds a row; one with a missing value or outcome, or a weight that is missing or 0, is left out and counted.
    ///
    /// A variable must have numbers in all rows, or categories in all of them.
    pub fn add(
        &mut self,
        cells: &[Option<Cell>],
        is_event: Option<bool>,
        weight: Option<f64>,
    ) -> Result<(), Error> {
        let weight = figure(weight);
        if weight < 0.0 || weight.is_infinite() {
            return Err(Error::invalid(format!("a weight is {}", shown(weight)))
                .detail("A weight says how many rows a row stands for.")
                .hint("Use weights from 0 up, or leave such rows out of the query."));
        }
        let is_missing = |cell: &Option<Cell>| match cell {
            None => true,
            Some(Cell::Number(number)) => number.is_nan(),
            Some(Cell::Category(_)) => false,
        };
        let outcome = match is_event {
            Some(is_event) if weight > 0.0 && !cells.iter().any(is_missing) => {
                if is_event {
                    weight
                } else {
                    -weight
                }
            }
            _ => {
                self.left_out += 1;
                return Ok(());
            }
        };
        self.cells.try_reserve(cells.len()).map_err(|_| out_of_memory(self.outcomes.len()))?;
        self.outcomes.try_reserve(1).map_err(|_| out_of_memory(self.outcomes.len()))?;
        for (at, cell) in cells.iter().enumerate() {
            let value = match cell {
                Some(Cell::Category(category)) => self.code(at, category)? as f64,
                Some(Cell::Number(number)) => self.checked(at, figure(Some(*number)))?,
                None => f64::NAN,
            };
            self.cells.push(value);
        }
        self.outcomes.push(outcome);
        Ok(())
    }

    /// Refuses an infinite number.
    fn checked(&self, at: usize, number: f64) -> Result<f64, Error> {
        match number.is_infinite() {
            false => Ok(number),
            true => Err(Error::invalid(format!("variable \"{}\" is {}", self.names[at], shown(number)))
                .detail("An infinite number has no finite coefficient.")
                .hint("Leave such rows out of the query, or limit the numbers with least and greatest.")),
        }
    }

    /// Gives the number of a category.
    fn code(&mut self, at: usize, category: &str) -> Result<usize, Error> {
        let codes = &mut self.codes[at];
        if let Some(code) = codes.get(category) {
            return Ok(*code);
        }
        let code = codes.len();
        if code >= MOST_TERMS {
            return Err(too_many_terms(&self.names[at]));
        }
        codes.insert(category.into(), code);
        Ok(code)
    }

    /// Ends the rows: categories get the numbers of their order, and equal rows become one.
    pub fn finish(self) -> Result<Observations, Error> {
        let Self { names, codes, mut cells, outcomes, left_out } = self;
        let mut variables = Vec::with_capacity(names.len());
        let mut places = Vec::with_capacity(names.len());
        let mut terms = 1;
        let width = names.len();
        for (name, codes) in names.into_iter().zip(codes) {
            let mut sorted: Vec<(String, usize)> = codes.into_iter().collect();
            sorted.sort_unstable();
            let mut place = vec![0; sorted.len()];
            sorted.iter().enumerate().for_each(|(at, (_, code))| place[*code] = at);
            places.push(place);
            terms += sorted.len().max(2) - 1;
            if terms > MOST_TERMS {
                return Err(too_many_terms(&name));
            }
            let categories: Vec<String> = sorted.into_iter().map(|(category, _)| category).collect();
            variables.push(Variable { name, categories: Some(categories).filter(|found| !found.is_empty()) });
        }
        for row in cells.chunks_exact_mut(width.max(1)) {
            for (cell, place) in row.iter_mut().zip(&places) {
                *cell = place.get(*cell as usize).map_or(*cell, |place| *place as f64);
            }
        }
        let rows = outcomes.len();
        let (cells, outcomes) = merged(width, &cells, &outcomes)?;
        Ok(Observations { variables, cells, outcomes, rows: rows as u64, left_out })
    }
}

/// Rows with something in every place.
#[derive(Debug)]
pub struct Observations {
    /// The variables.
    pub variables: Vec<Variable>,
    /// The values, row after row: a number, or the place of a category among those of its variable.
    pub cells: Vec<f64>,
    /// The weight of each row, above 0 where the event happened, below where it did not.
    pub outcomes: Vec<f64>,
    /// How many rows there were, before equal ones were merged.
    pub rows: u64,
    /// How many were left out.
    pub left_out: u64,
}

impl Observations {
    /// Gives each row with its outcome.
    pub fn each(&self) -> impl Iterator<Item = (&[f64], f64)> {
        let width = self.variables.len();
        self.outcomes
            .iter()
            .enumerate()
            .map(move |(at, outcome)| (&self.cells[at * width..][..width], *outcome))
    }

    /// Gives the values of a variable, each with the outcome of its row.
    pub fn column(&self, at: usize) -> impl Iterator<Item = (f64, f64)> {
        self.each().map(move |(row, outcome)| (row[at], outcome))
    }
}

/// Sorts rows, and makes one of those that are equal; sorted by a hash first, which is several times as fast.
fn merged(width: usize, cells: &[f64], outcomes: &[f64]) -> Result<(Vec<f64>, Vec<f64>), Error> {
    let row = |at: usize| &cells[at * width..][..width];
    let mut order = room_for(outcomes.len())?;
    order.extend(outcomes.iter().enumerate().map(|(at, outcome)| {
        let mut hash = FxHasher::default();
        row(at).iter().for_each(|cell| hash.write_u64(cell.to_bits()));
        hash.write_u8(u8::from(*outcome > 0.0));
        (hash.finish(), at)
    }));
    let compare = |one: usize, other: usize| {
        let cells = row(one).iter().zip(row(other)).map(|(one, other)| one.total_cmp(other));
        let cells = cells.fold(Ordering::Equal, Ordering::then);
        cells.then_with(|| outcomes[one].total_cmp(&outcomes[other]))
    };
    order.sort_unstable_by(|(hash, at), (other_hash, other)| {
        hash.cmp(other_hash).then_with(|| compare(*at, *other))
    });
    let (mut kept, mut weights): (Vec<f64>, Vec<f64>) = (room_for(cells.len())?, room_for(outcomes.len())?);
    for (_, at) in order {
        let outcome = outcomes[at];
        match weights.last_mut() {
            Some(last) if (*last > 0.0) == (outcome > 0.0) && kept[kept.len() - width..] == *row(at) => {
                *last += outcome;
            }
            _ => {
                kept.extend_from_slice(row(at));
                weights.push(outcome);
            }
        }
    }
    Ok((kept, weights))
}

/// Says that a fit has too many coefficients.
fn too_many_terms(name: &str) -> Error {
    Error::new(Fault::LimitExceeded, format!("more than {MOST_TERMS} coefficients"))
        .detail(format!("With the column \"{name}\" there are more, one for each category but the first."))
        .hint("Leave the column out, or group its rare values in the query.")
}

/// Says that so many rows take all memory.
fn out_of_memory(rows: usize) -> Error {
    Error::new(Fault::OutOfMemory, format!("out of memory after {rows} rows"))
        .hint("Fit to a sample of the rows, as with TABLESAMPLE.")
}

//! The maths of the scores: pure Rust, no PostgreSQL. One family a file.
//!
//! Figures are read by [`figure`]: one that is missing is NaN, since to a score SQL's NULL and NaN are the same, and
//! there is one zero.

pub mod abc;
pub mod change;
pub mod cholesky;
pub mod decay;
pub mod decimal;
mod design;
pub mod log_sum;
pub mod logistic;
pub mod naive_bayes;
pub mod number;
pub mod observations;
pub mod points;
pub mod pressure;
pub mod quantile;
pub mod reasons;
pub mod rfm;
pub mod round;
pub mod scorecard;
pub mod segment;
pub mod select;
pub mod stability;
pub mod weighted;
pub mod woe;

use crate::error::{Error, Fault};

/// Reads a figure: NULL is NaN, and −0 is 0, so that equal figures are the same bits.
#[inline]
pub fn figure(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN) + 0.0
}

/// Writes a number as SQL does.
pub fn shown(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    number.to_string()
}

/// Makes an empty vector with room for `rows`, or an error where plain Rust would end the server process.
pub fn room_for<T>(rows: usize) -> Result<Vec<T>, Error> {
    let mut room = Vec::new();
    room.try_reserve_exact(rows).map_err(|_| {
        Error::new(Fault::OutOfMemory, format!("out of memory for {rows} rows"))
            .hint("Score a part of the rows at a time, with PARTITION BY, GROUP BY or WHERE.")
    })?;
    Ok(room)
}

/// Copies the figures that are there.
pub fn present(figures: &[f64]) -> Result<Vec<f64>, Error> {
    let mut present = room_for(figures.len())?;
    present.extend(figures.iter().copied().filter(|figure| !figure.is_nan()));
    Ok(present)
}

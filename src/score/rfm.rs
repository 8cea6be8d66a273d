//! RFM: recency, frequency, monetary, each cut into levels, read as one code of three digits.

use super::quantile::{Method, levels};
use super::room_for;
use crate::error::Error;

/// The most levels of an RFM score: each is one digit.
pub const MOST_BINS: i32 = 9;

/// Reads three levels as one code: R·100 + F·10 + M.
pub fn code(recency: i32, frequency: i32, monetary: i32) -> Result<i32, Error> {
    for (name, level) in [("r", recency), ("f", frequency), ("m", monetary)] {
        if !(1..=MOST_BINS).contains(&level) {
            return Err(Error::invalid(format!("level {name} must be between 1 and 9, got {level}"))
                .hint("Each level is one digit of the code: use at most nine bins."));
        }
    }
    Ok(recency * 100 + frequency * 10 + monetary)
}

/// Scores customers: the highest recency, frequency and monetary get the highest digits; 0 is no code.
///
/// A customer with any of the three missing has no code, and is in none of the three populations: for that, it is
/// taken out of all three columns.
pub fn codes(mut columns: [&mut [f64]; 3], bins: usize, method: Method) -> Result<Vec<i16>, Error> {
    let customers = columns[0].len();
    for customer in 0..customers {
        if columns.iter().any(|column| column[customer].is_nan()) {
            columns.iter_mut().for_each(|column| column[customer] = f64::NAN);
        }
    }
    let mut codes: Vec<i16> = room_for(customers)?;
    codes.resize(customers, 0);
    for (column, digit) in columns.iter().zip([100, 10, 1]) {
        for (code, level) in codes.iter_mut().zip(levels(column, bins, method)?) {
            *code += digit * i16::from(level);
        }
    }
    Ok(codes)
}

//! Marketing pressure against value: who is solicited more, or less, than he is worth.

use crate::error::{Error, Fault};

/// Gives the gap between two levels: above 0 is over-pressure, below 0 under-pressure.
pub fn delta(pressure: i32, value: i32) -> Result<i32, Error> {
    pressure.checked_sub(value).ok_or_else(|| {
        let message = format!("pressure level {pressure} minus value level {value} is out of range");
        Error::new(Fault::NumberOutOfRange, message).hint("Give two levels of the same scale, as in 5 and 2.")
    })
}

/// Names the gap; one of at most `tolerance` is balanced.
pub fn state(delta: i32, tolerance: i32) -> Result<&'static str, Error> {
    if tolerance < 0 {
        return Err(Error::invalid(format!("tolerance must not be negative, got {tolerance}"))
            .hint("0 calls every gap a gap; 1 lets one level pass as balanced."));
    }
    Ok(match i64::from(delta) {
        gap if gap > i64::from(tolerance) => "overpressure",
        gap if gap < -i64::from(tolerance) => "underpressure",
        _ => "balanced",
    })
}

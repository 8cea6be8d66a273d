//! Marketing pressure against value in SQL.

use super::call::{Answer, Call, answer, sql_functions};
use super::window::{NONE, number, over_partition};
use crate::score::pressure::{delta, state};
use crate::score::quantile::{MOST_BINS, Method, check_bins, levels};

sql_functions![pressure_delta, pressure_delta_levels, pressure_state];

pgrx::extension_sql_file!("../../sql/pressure.sql", name = "pressure", requires = ["decay"]);

/// `pressure_delta(pressure, value, bins) OVER (…)`
fn pressure_delta(call: &Call) -> Answer {
    let row = over_partition(call, [number, number], &["bins"], |partition, [pressure, value]| {
        let bins = partition.parameter(0).map_or(0, |datum| datum.value() as i32);
        let bins = check_bins(bins, MOST_BINS)?;
        let pressure = levels(pressure, bins, Method::Quantile)?;
        let value = levels(value, bins, Method::Quantile)?;
        let gap = |(pressure, value): (u8, u8)| match (pressure, value) {
            (0, _) | (_, 0) => NONE,
            (pressure, value) => i32::from(pressure) - i32::from(value),
        };
        Ok(pressure.into_iter().zip(value).map(gap).collect())
    })?;
    answer(row.map(|row| row.number()))
}

/// `pressure_delta(pressure, value)`
fn pressure_delta_levels(call: &Call) -> Answer {
    let (Some(pressure), Some(value)) = (call.read(0), call.read(1)) else { return Ok(None) };
    answer(delta(pressure, value)?)
}

/// `pressure_state(delta, tolerance)`
fn pressure_state(call: &Call) -> Answer {
    let (Some(delta), Some(tolerance)) = (call.read(0), call.read(1)) else { return Ok(None) };
    answer(state(delta, tolerance)?)
}

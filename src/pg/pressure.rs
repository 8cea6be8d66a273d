//! Marketing pressure against value in SQL.

use super::call::{Answer, Call, answer, sql_functions, sql_windows};
use super::window::{NONE, Window, as_number, number};
use crate::score::pressure::{delta, state};
use crate::score::quantile::{MOST_BINS, Method, check_bins, levels};

sql_functions![pressure_delta_levels, pressure_state];
sql_windows![pressure_delta: PRESSURE_DELTA];

pgrx::extension_sql_file!("../../sql/pressure.sql", name = "pressure", requires = ["decay"]);

/// `pressure_delta(pressure, value, bins) OVER (…)`
static PRESSURE_DELTA: Window<2> = Window {
    read: [number, number],
    names: &["bins"],
    score: |partition, [pressure, value], results| {
        let bins = partition.parameter(0).map_or(0, |datum| datum.value() as i32);
        let bins = check_bins(bins, MOST_BINS)?;
        let pressure = levels(pressure, bins, Method::Quantile)?;
        let value = levels(value, bins, Method::Quantile)?;
        for (result, gap) in results.iter_mut().zip(pressure.into_iter().zip(value)) {
            *result = match gap {
                (0, _) | (_, 0) => NONE,
                (pressure, value) => i32::from(pressure) - i32::from(value),
            };
        }
        Ok(())
    },
    answer: as_number,
};

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

//! Quantile cuts and levels in SQL.

use super::array::floats;
use super::call::{Answer, Call, answer, answer_state, sql_functions, sql_windows, text};
use super::group::Group;
use super::window::{NONE, Partition, Window, as_number, number};
use crate::error::{Error, Fault};
use crate::score::quantile::{MOST_BINS, Method, bin as level, check_bins, check_cuts, cuts, levels};

sql_functions![bin, quantile_cuts_transition, quantile_cuts_final];
sql_windows![quantile_bin: QUANTILE_BIN];

pgrx::extension_sql_file!("../../sql/quantile.sql", name = "quantile");

/// The levels where the caller does not say.
const USUAL_BINS: i32 = 5;

/// `bin(x, cuts)`
fn bin(call: &Call) -> Answer {
    let (Some(figure), Some(cuts)) = (call.float(0), call.argument(1)) else { return Ok(None) };
    let cuts = floats(cuts, "cuts", Fault::CutsOutOfOrder)?;
    check_cuts(cuts)?;
    answer((!figure.is_nan()).then(|| level(figure, cuts) as i32))
}

/// `quantile_bin(x, bins, method) OVER (…)`
static QUANTILE_BIN: Window<1> = Window {
    read: [number],
    names: &["bins", "method"],
    score: |partition, [figures], results| {
        let (bins, method) = bins_and_method(partition, MOST_BINS)?;
        for (result, level) in results.iter_mut().zip(levels(figures, bins, method)?) {
            *result = if level == 0 { NONE } else { level.into() };
        }
        Ok(())
    },
    answer: as_number,
};

/// Reads the two parameters that every score in levels has.
pub fn bins_and_method(partition: &Partition, most: i32) -> Result<(usize, Method), Error> {
    let bins = partition.parameter(0).map_or(USUAL_BINS, |datum| datum.value() as i32);
    let method = partition.parameter(1).map(|method| Method::named(&text(method)));
    Ok((check_bins(bins, most)?, method.unwrap_or(Ok(Method::Quantile))?))
}

/// Adds a row to `quantile_cuts(x[, bins])`.
fn quantile_cuts_transition(call: &Call) -> Answer {
    let bins = if call.arguments() > 2 { call.need(2, "bins")? } else { USUAL_BINS };
    let group = Group::of(call, &[&[bins.into()]], "bins", || check_bins(bins, MOST_BINS).map(drop))?;
    group.add(call.float(1));
    answer_state(group)
}

/// Ends `quantile_cuts(x[, bins])`.
fn quantile_cuts_final(call: &Call) -> Answer {
    // SAFETY: only groups are passed on as the state of this aggregate.
    let Some(group) = (unsafe { call.state::<Group>(0) }) else { return Ok(None) };
    let bins = group.parameters()[0] as usize;
    answer(cuts(group.figures(), bins))
}

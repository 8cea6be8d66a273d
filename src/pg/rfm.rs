//! RFM codes in SQL.

use super::call::{Answer, Call, answer, sql_functions};
use super::quantile::bins_and_method;
use super::window::{NONE, instant, number, over_partition};
use crate::score::rfm::{MOST_BINS, code, codes};

sql_functions![rfm_score, rfm_code];

pgrx::extension_sql_file!("../../sql/rfm.sql", name = "rfm", requires = ["quantile"]);

/// `rfm_score(last_at, frequency, monetary, bins, method) OVER (…)`
fn rfm_score(call: &Call) -> Answer {
    let read = [instant, number, number];
    let row = over_partition(call, read, &["bins", "method"], |partition, columns| {
        let (bins, method) = bins_and_method(partition, MOST_BINS)?;
        let codes = codes(columns, bins, method)?;
        Ok(codes.into_iter().map(|code| if code == 0 { NONE } else { code.into() }).collect())
    })?;
    answer(row.map(|row| row.number()))
}

/// `rfm_score(r, f, m)`
fn rfm_code(call: &Call) -> Answer {
    let (Some(r), Some(f), Some(m)) = (call.read(0), call.read(1), call.read(2)) else { return Ok(None) };
    answer(code(r, f, m)?)
}

//! RFM codes in SQL.

use super::call::{Answer, Call, answer, sql_functions, sql_windows};
use super::quantile::bins_and_method;
use super::window::{NONE, Window, as_number, instant, number};
use crate::score::rfm::{MOST_BINS, code, codes};

sql_functions![rfm_code];
sql_windows![rfm_score: RFM_SCORE];

pgrx::extension_sql_file!("../../sql/rfm.sql", name = "rfm", requires = ["quantile"]);

/// `rfm_score(last_at, frequency, monetary, bins, method) OVER (…)`
static RFM_SCORE: Window<3> = Window {
    read: [instant, number, number],
    names: &["bins", "method"],
    score: |partition, columns, results| {
        let (bins, method) = bins_and_method(partition, MOST_BINS)?;
        for (result, code) in results.iter_mut().zip(codes(columns, bins, method)?) {
            *result = if code == 0 { NONE } else { code.into() };
        }
        Ok(())
    },
    answer: as_number,
};

/// `rfm_score(r, f, m)`
fn rfm_code(call: &Call) -> Answer {
    let (Some(r), Some(f), Some(m)) = (call.read(0), call.read(1), call.read(2)) else { return Ok(None) };
    answer(code(r, f, m)?)
}

//! Scorecard points in SQL.

use super::call::{Answer, Call, answer, sql_functions};
use crate::score::scorecard::Scale;

sql_functions![scorecard_points];

pgrx::extension_sql_file!("../../sql/scorecard.sql", name = "scorecard", requires = ["logistic"]);

/// `scorecard_points(log_odds, points0, odds0, pdo)`
fn scorecard_points(call: &Call) -> Answer {
    let [Some(log_odds), Some(points0), Some(odds0), Some(pdo)] = [0, 1, 2, 3].map(|at| call.float(at))
    else {
        return Ok(None);
    };
    let scale = Scale::new(points0, odds0, pdo)?;
    match log_odds.is_nan() {
        true => Ok(None),
        false => answer(scale.points(log_odds)? + 0.0),
    }
}

//! The columns of scores: values made of what a score gives, and compared with it.

use super::argument::Argument;
use super::datum::Layout;
use super::numeric::of_units;
use super::text::{from_server, to_datum};
use crate::model::rule::Output;
use pgrx::pg_sys::Datum;

/// The decimals of what is counted in millionths.
const MILLIONTHS: u32 = 6;

/// Makes the value of a column; none for NULL.
pub fn datum(output: &Output) -> Option<Datum> {
    Some(match output {
        Output::None => return None,
        Output::Whole(number) => Datum::from(*number),
        Output::Decimal(millionths) => decimal(*millionths),
        Output::Float(number) => Datum::from(number.to_bits()),
        Output::Text(text) => to_datum(text),
        Output::Texts(texts) => return Argument::texts(texts.iter().copied()).value,
    })
}

/// Makes a numeric of millionths, without needless zeros.
fn decimal(millionths: i64) -> Datum {
    let (mut units, mut scale) = (i128::from(millionths), MILLIONTHS);
    while scale > 0 && units % 10 == 0 {
        (units, scale) = (units / 10, scale - 1);
    }
    of_units(units, scale)
}

/// Tells whether a stored value of the column is what a score gives.
pub fn is_stored(output: &Output, stored: Option<Datum>) -> bool {
    let layout = Layout { by_value: false, length: -1 };
    match (output, stored) {
        (Output::None, None) => true,
        (Output::Whole(number), Some(stored)) => *number == stored.value() as i32,
        (Output::Float(number), Some(stored)) => number.to_bits() == stored.value() as u64,
        // SAFETY: the column is a text.
        (Output::Text(text), Some(stored)) => unsafe {
            from_server(layout.content(layout.plain(stored))) == *text
        },
        (Output::Decimal(_) | Output::Texts(_), Some(stored)) => {
            // SAFETY: both are of the column's type, whose values have a header with their length.
            let is_it = |wanted| unsafe { layout.are_same(wanted, stored) };
            datum(output).is_some_and(is_it)
        }
        _ => false,
    }
}

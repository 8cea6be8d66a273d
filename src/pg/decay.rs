//! Decayed sums in SQL.

use super::call::{Answer, Call, answer, answer_state, is_finite, sql_functions};
use super::memory::{Reader, Writer, keep};
use crate::error::{Error, Fault};
use crate::score::decay::DecayedSum;
use pgrx::pg_sys;

sql_functions![
    decayed_sum_transition,
    decayed_sum_combine,
    decayed_sum_serialize,
    decayed_sum_deserialize,
    decayed_sum_final
];

pgrx::extension_sql_file!("../../sql/decay.sql", name = "decay", requires = ["quantile"]);

/// What a serialised sum starts with.
const MARK: [u8; 4] = *b"PSD1";

/// The microseconds of a day.
const DAY: i128 = 86_400_000_000;

/// Adds a row to `decayed_sum(weight, at, half_life, as_of)`.
fn decayed_sum_transition(call: &Call) -> Answer {
    // SAFETY: only sums are passed on as the state of this aggregate.
    let sum = match unsafe { call.state::<DecayedSum>(0) } {
        Some(sum) => sum,
        None => keep(call.group_memory()?, DecayedSum::default()),
    };
    let as_of = call.moment(4).ok_or_else(|| Error::null("as_of"))?;
    if !is_finite(as_of) {
        return Err(Error::new(Fault::MomentOutOfRange, "as_of must be finite")
            .hint("Give the moment for which the sum is wanted, as in now()."));
    }
    let half_life = call.argument(3).map(half_life).transpose()?;
    if let (Some(weight), Some(at), Some(half_life)) = (call.float(1), call.moment(2), half_life)
        && !weight.is_nan()
        && is_finite(at)
        && at <= as_of
    {
        sum.add(weight, i128::from(as_of) - i128::from(at), half_life);
    }
    answer_state(sum)
}

/// Reads a half-life, in microseconds.
fn half_life(interval: pg_sys::Datum) -> Result<i128, Error> {
    // SAFETY: the SQL declaration says interval, which is passed by reference.
    let interval = unsafe { &*interval.cast_mut_ptr::<pg_sys::Interval>() };
    if interval.month != 0 {
        return Err(Error::invalid("half_life must not hold months or years")
            .detail("They have no fixed length.")
            .hint("Give it in days or smaller units, as in '30 days'."));
    }
    let length = i128::from(interval.day) * DAY + i128::from(interval.time);
    if length <= 0 {
        return Err(Error::invalid("half_life must be above 0").hint("Give a time, as in '14 days'."));
    }
    Ok(length)
}

/// Adds the second state to the first.
fn decayed_sum_combine(call: &Call) -> Answer {
    // SAFETY: only sums are passed on as the state of this aggregate.
    let (first, second) = unsafe { (call.state::<DecayedSum>(0), call.state::<DecayedSum>(1)) };
    let sum = match first {
        Some(first) => first,
        None => keep(call.group_memory()?, DecayedSum::default()),
    };
    if let Some(second) = second {
        sum.merge(second);
    }
    answer_state(sum)
}

/// Writes a state as bytes.
fn decayed_sum_serialize(call: &Call) -> Answer {
    // SAFETY: only sums are passed on as the state of this aggregate.
    let Some(sum) = (unsafe { call.state::<DecayedSum>(0) }) else { return Ok(None) };
    let mut bytes = Writer::with_room(MARK.len() + 8 * DecayedSum::NUMBERS)?;
    bytes.put(&MARK);
    bytes.put_figures(&sum.numbers());
    Ok(Some(bytes.datum()))
}

/// Reads a state from bytes.
fn decayed_sum_deserialize(call: &Call) -> Answer {
    let mut bytes = Reader::after(MARK, call.need::<&[u8]>(0, "state")?)?;
    let mut numbers = [0.0; DecayedSum::NUMBERS];
    for number in &mut numbers {
        *number = f64::from_le_bytes(bytes.bytes()?);
    }
    bytes.finish()?;
    answer_state(keep(call.scratch_memory()?, DecayedSum::of_numbers(numbers)))
}

/// Ends `decayed_sum(weight, at, half_life, as_of)`; no event sums to 0.
fn decayed_sum_final(call: &Call) -> Answer {
    // SAFETY: only sums are passed on as the state of this aggregate.
    let sum = unsafe { call.state::<DecayedSum>(0) };
    answer(sum.map_or(0.0, |sum| sum.total()))
}

//! The facts of a customer's orders in SQL: first, last, how many, how much.
//!
//! Total and average are exact, and bit for bit what `sum` and `avg` of numeric give.

use super::call::{Answer, Call, answer_state, is_finite, sql_functions};
use super::memory::{Reader, Writer, keep};
use super::numeric::{Number, Others, Sum, add, divide, read};
use pgrx::pg_sys::{self, Datum};
use pgrx::{FromDatum, IntoDatum};

sql_functions![
    rfm_facts_transition,
    rfm_facts_combine,
    rfm_facts_serialize,
    rfm_facts_deserialize,
    rfm_facts_final
];

pgrx::extension_sql_file!("../../sql/facts.sql", name = "facts", requires = ["rfm"]);

/// The state: 64 bytes, since PostgreSQL rounds up what it allocates to a power of two.
#[derive(Clone, Copy)]
struct Facts {
    first: i64,
    last: i64,
    orders: i64,
    /// How many orders have an amount.
    priced: i64,
    /// The sum of the amounts that fit into it.
    sum: Sum,
    /// The sum of the others.
    others: Others,
}

impl Facts {
    /// No order yet.
    const NONE: Self =
        Self { first: i64::MAX, last: i64::MIN, orders: 0, priced: 0, sum: Sum::ZERO, others: Others::NONE };

    /// Adds an amount; NaN is none.
    #[inline]
    fn add(&mut self, call: &Call, amount: Datum) {
        // SAFETY: the SQL declaration says numeric.
        let sum = match unsafe { read(amount) } {
            Number::Nan => return,
            Number::Units(units, scale) => self.sum.plus(units, scale),
            Number::Other => None,
        };
        self.priced += 1;
        match sum {
            Some(sum) => self.sum = sum,
            None => self.others.add(call, amount),
        }
    }

    /// Gives the sum of all amounts.
    fn total(&self, call: &Call) -> Datum {
        let sum = self.sum.numeric();
        self.others.sum(call).map_or(sum, |others| add(others, sum))
    }
}

/// What serialised facts start with.
const MARK: [u8; 4] = *b"PSF1";

/// Adds a row to `rfm_facts(at, amount)`.
fn rfm_facts_transition(call: &Call) -> Answer {
    // SAFETY: only facts are passed on as the state of this aggregate.
    let facts = match unsafe { call.state::<Facts>(0) } {
        Some(facts) => facts,
        None => keep(call.group_memory()?, Facts::NONE),
    };
    if let Some(at) = call.moment(1).filter(|at| is_finite(*at)) {
        facts.first = facts.first.min(at);
        facts.last = facts.last.max(at);
        facts.orders += 1;
        if let Some(amount) = call.argument(2) {
            facts.add(call, amount);
        }
    }
    answer_state(facts)
}

/// Adds the second state to the first.
fn rfm_facts_combine(call: &Call) -> Answer {
    // SAFETY: only facts are passed on as the state of this aggregate.
    let (first, second) = unsafe { (call.state::<Facts>(0), call.state::<Facts>(1)) };
    let facts = match first {
        Some(first) => first,
        None => keep(call.group_memory()?, Facts::NONE),
    };
    let Some(second) = second else { return answer_state(facts) };
    facts.first = facts.first.min(second.first);
    facts.last = facts.last.max(second.last);
    facts.orders += second.orders;
    facts.priced += second.priced;
    match facts.sum.merged(second.sum) {
        Some(sum) => facts.sum = sum,
        None => facts.others.add(call, second.sum.numeric()),
    }
    facts.others.merge(call, second.others);
    answer_state(facts)
}

/// Writes a state as bytes.
fn rfm_facts_serialize(call: &Call) -> Answer {
    // SAFETY: only facts are passed on as the state of this aggregate.
    let Some(facts) = (unsafe { call.state::<Facts>(0) }) else { return Ok(None) };
    let others = facts.others.serialize(call);
    // SAFETY: a serialised state is a bytea.
    let others = others.and_then(|others| unsafe { <&[u8]>::from_datum(others, false) }).unwrap_or_default();
    let mut bytes = Writer::with_room(MARK.len() + 4 * 8 + Sum::BYTES + others.len())?;
    bytes.put(&MARK);
    for number in [facts.first, facts.last, facts.orders, facts.priced] {
        bytes.put(&number.to_le_bytes());
    }
    bytes.put(&facts.sum.bytes());
    bytes.put(others);
    Ok(Some(bytes.datum()))
}

/// Reads a state from bytes.
fn rfm_facts_deserialize(call: &Call) -> Answer {
    let mut bytes = Reader::after(MARK, call.need::<&[u8]>(0, "state")?)?;
    let mut numbers = [0; 4];
    for number in &mut numbers {
        *number = i64::from_le_bytes(bytes.bytes()?);
    }
    let [first, last, orders, priced] = numbers;
    let sum = Sum::of_bytes(bytes.bytes()?);
    let memory = call.scratch_memory()?;
    let others = match bytes.rest() {
        [] => Others::NONE,
        bytes => Others::deserialize(call, bytes.into_datum()),
    };
    answer_state(keep(memory, Facts { first, last, orders, priced, sum, others }))
}

/// Ends `rfm_facts(at, amount)`: one row, also where there is no order.
fn rfm_facts_final(call: &Call) -> Answer {
    // SAFETY: only facts are passed on as the state of this aggregate.
    let facts = unsafe { call.state::<Facts>(0) }.map_or(Facts::NONE, |facts| *facts);
    let moment = |at: i64| (facts.orders > 0).then(|| Datum::from(at));
    let total = facts.total(call);
    // SAFETY: it takes any number.
    let priced = || unsafe { Datum::from(pg_sys::int64_to_numeric(facts.priced)) };
    call.row([
        moment(facts.first),
        moment(facts.last),
        Some(Datum::from(facts.orders)),
        Some(total),
        (facts.priced > 0).then(|| divide(total, priced())),
    ])
}

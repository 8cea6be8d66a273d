//! The facts of a customer's orders in SQL: first, last, how many, how much.
//!
//! The sum of amounts is PostgreSQL's own sum(numeric), called as an aggregate inside this one: exact, and bit for bit
//! what `sum` and `avg` give.

use super::call::{Answer, Call, answer_state, is_finite, sql_functions};
use super::memory::{Reader, Writer, keep};
use pgrx::pg_sys::submodules::ffi::pg_guard_ffi_boundary;
use pgrx::pg_sys::{self, Datum, FunctionCallInfo, NullableDatum};
use pgrx::{FromDatum, IntoDatum};

sql_functions![
    rfm_facts_transition,
    rfm_facts_combine,
    rfm_facts_serialize,
    rfm_facts_deserialize,
    rfm_facts_final
];

pgrx::extension_sql_file!("../../sql/facts.sql", name = "facts", requires = ["rfm"]);

/// PostgreSQL's functions without pgrx's guard around each: where they are called, one guard is around all.
mod raw {
    use pgrx::pg_sys::{Datum, FunctionCallInfo, Numeric, varlena};

    unsafe extern "C-unwind" {
        pub fn pg_detoast_datum(datum: *mut varlena) -> *mut varlena;
        pub fn numeric_is_nan(number: Numeric) -> bool;
        pub fn numeric_avg_accum(info: FunctionCallInfo) -> Datum;
    }
}

/// The state: the amounts are a state of PostgreSQL's sum(numeric), null while there are none.
#[derive(Clone, Copy)]
struct Facts {
    first: i64,
    last: i64,
    orders: i64,
    amounts: Option<Datum>,
}

impl Facts {
    /// No order yet.
    const NONE: Self = Self { first: i64::MAX, last: i64::MIN, orders: 0, amounts: None };
}

/// What serialised facts start with.
const MARK: [u8; 4] = *b"PSF1";

/// A call of one of PostgreSQL's own functions, of at most two arguments.
#[repr(C)]
struct InnerCall {
    info: pg_sys::FunctionCallInfoBaseData,
    arguments: [NullableDatum; 2],
}

impl InnerCall {
    /// Prepares a call inside `call`: so the inner aggregate allocates where the outer one does.
    fn inside(call: &Call, arguments: [Option<Datum>; 2]) -> Self {
        // SAFETY: all its fields are plain data for which zero is valid.
        let mut inner: Self = unsafe { std::mem::zeroed() };
        // SAFETY: `info` is valid during the call.
        inner.info.context = unsafe { (*call.info()).context };
        inner.info.nargs = 2;
        inner.arguments = arguments.map(|argument| NullableDatum {
            value: argument.unwrap_or(Datum::null()),
            isnull: argument.is_none(),
        });
        inner
    }

    /// Calls a function.
    ///
    /// # Safety
    /// The function must take the arguments that were given.
    unsafe fn run(mut self, function: unsafe fn(FunctionCallInfo) -> Datum) -> Option<Datum> {
        // SAFETY: the arguments follow `info`, where its flexible array of them begins.
        let datum = unsafe { function(&raw mut self.info) };
        (!self.info.isnull).then_some(datum)
    }
}

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
            add_amount(call, facts, amount);
        }
    }
    answer_state(facts)
}

/// Adds an amount to the sum, unless it is NaN.
fn add_amount(call: &Call, facts: &mut Facts, amount: Datum) {
    let mut inner = InnerCall::inside(call, [facts.amounts, None]);
    // SAFETY: the SQL declaration says numeric; the functions are those of PostgreSQL's own sum(numeric), and nothing in
    // the closure needs dropping when they raise an error. One guard for three calls: this is done for every order.
    let amounts = unsafe {
        pg_guard_ffi_boundary(|| {
            let numeric = raw::pg_detoast_datum(amount.cast_mut_ptr());
            if raw::numeric_is_nan(numeric.cast()) {
                return None;
            }
            inner.arguments[1] = NullableDatum { value: Datum::from(numeric), isnull: false };
            Some(raw::numeric_avg_accum(&raw mut inner.info))
        })
    };
    facts.amounts = amounts.or(facts.amounts);
}

/// Adds the second state to the first.
fn rfm_facts_combine(call: &Call) -> Answer {
    // SAFETY: only facts are passed on as the state of this aggregate.
    let (first, second) = unsafe { (call.state::<Facts>(0), call.state::<Facts>(1)) };
    let facts = match first {
        Some(first) => first,
        None => keep(call.group_memory()?, Facts::NONE),
    };
    if let Some(second) = second {
        facts.first = facts.first.min(second.first);
        facts.last = facts.last.max(second.last);
        facts.orders += second.orders;
        let inner = InnerCall::inside(call, [facts.amounts, second.amounts]);
        // SAFETY: both are states of PostgreSQL's sum(numeric), or NULL.
        facts.amounts = unsafe { inner.run(pg_sys::numeric_avg_combine) };
    }
    answer_state(facts)
}

/// Writes a state as bytes.
fn rfm_facts_serialize(call: &Call) -> Answer {
    // SAFETY: only facts are passed on as the state of this aggregate.
    let Some(facts) = (unsafe { call.state::<Facts>(0) }) else { return Ok(None) };
    let amounts = facts.amounts.and_then(|amounts| {
        let inner = InnerCall::inside(call, [Some(amounts), None]);
        // SAFETY: it is a state of PostgreSQL's sum(numeric); its serialised form is a bytea.
        unsafe {
            inner.run(pg_sys::numeric_avg_serialize).and_then(|bytes| <&[u8]>::from_datum(bytes, false))
        }
    });
    let amounts = amounts.unwrap_or_default();
    let mut bytes = Writer::with_room(MARK.len() + 3 * 8 + amounts.len())?;
    bytes.put(&MARK);
    for number in [facts.first, facts.last, facts.orders] {
        bytes.put(&number.to_le_bytes());
    }
    bytes.put(amounts);
    Ok(Some(bytes.datum()))
}

/// Reads a state from bytes.
fn rfm_facts_deserialize(call: &Call) -> Answer {
    let mut bytes = Reader::after(MARK, call.need::<&[u8]>(0, "state")?)?;
    let (first, last) = (i64::from_le_bytes(bytes.bytes()?), i64::from_le_bytes(bytes.bytes()?));
    let orders = i64::from_le_bytes(bytes.bytes()?);
    let memory = call.scratch_memory()?;
    let amounts = match bytes.rest() {
        [] => None,
        amounts => {
            let inner = InnerCall::inside(call, [amounts.into_datum(), None]);
            // SAFETY: the bytes are what numeric_avg_serialize wrote; it checks their length.
            unsafe { inner.run(pg_sys::numeric_avg_deserialize) }
        }
    };
    answer_state(keep(memory, Facts { first, last, orders, amounts }))
}

/// Ends `rfm_facts(at, amount)`: one row, also where there is no order.
fn rfm_facts_final(call: &Call) -> Answer {
    // SAFETY: only facts are passed on as the state of this aggregate.
    let facts = unsafe { call.state::<Facts>(0) }.map_or(Facts::NONE, |facts| *facts);
    let of_amounts = |function: unsafe fn(FunctionCallInfo) -> Datum| {
        let inner = InnerCall::inside(call, [facts.amounts, None]);
        // SAFETY: the functions end PostgreSQL's sum(numeric) and avg(numeric), which share that state.
        facts.amounts.and_then(|_| unsafe { inner.run(function) })
    };
    // SAFETY: it takes any number.
    let zero = || unsafe { Datum::from(pg_sys::int64_to_numeric(0)) };
    let moment = |at: i64| (facts.orders > 0).then(|| Datum::from(at));
    call.row([
        moment(facts.first),
        moment(facts.last),
        Some(Datum::from(facts.orders)),
        Some(of_amounts(pg_sys::numeric_sum).unwrap_or_else(zero)),
        of_amounts(pg_sys::numeric_avg),
    ])
}

//! Reads PostgreSQL's numeric where it lies, and adds in 128 bits what fits.
//!
//! sum(numeric) allocates its state in several pieces; for millions of customers, finding them again for every order is
//! what the query takes its time for. Amounts of money fit into 128 bits, so here the state is one piece. What does not
//! fit is added by PostgreSQL.

use super::call::Call;
use bigdecimal::BigDecimal;
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Datum, FunctionCallInfo};
use std::ffi::c_void;
use std::mem::offset_of;

/// The decimals of the unit in which sums are kept.
pub const DECIMALS: u32 = 16;

/// Base of the digits of a numeric, four decimals each (NBASE in numeric.c).
const BASE: i128 = 10_000;

/// How many digits after the point the unit holds.
const FRACTION_DIGITS: i32 = DECIMALS as i32 / 4;

/// The powers of the base up to the largest that a number may start with: 20 decimals before the point.
const POWERS: [i128; 9] = {
    let mut powers = [1; 9];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * BASE;
        at += 1;
    }
    powers
};

/// A sum of numbers, in units of 10^-16, and the most decimals that any of them shows.
///
/// Two halves, since PostgreSQL aligns memory to eight bytes and a whole i128 wants sixteen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    high: i64,
    low: u64,
    scale: u32,
}

/// What a numeric is to a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// It fits: that many units of 10^-16, showing that many decimals.
    Units(i128, u32),
    /// It is not a number.
    Nan,
    /// It is infinite, too large, or has too many decimals.
    Other,
}

impl Sum {
    /// No number yet.
    pub const ZERO: Self = Self { high: 0, low: 0, scale: 0 };

    /// The length of [`Sum::bytes`].
    pub const BYTES: usize = 20;

    /// Makes the sum of its units.
    pub fn of(units: i128, scale: u32) -> Self {
        Self { high: (units >> 64) as i64, low: units as u64, scale }
    }

    /// Gives the units.
    pub fn units(&self) -> i128 {
        (i128::from(self.high) << 64) | i128::from(self.low)
    }

    /// Gives the decimals that it shows.
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// Gives the sum with a number added; none where it does not fit.
    #[inline]
    pub fn plus(self, units: i128, scale: u32) -> Option<Self> {
        Some(Self::of(self.units().checked_add(units)?, self.scale.max(scale)))
    }

    /// Gives both sums added; none where that does not fit.
    pub fn merged(self, other: Self) -> Option<Self> {
        self.plus(other.units(), other.scale)
    }

    /// Gives the state as plain bytes, for [`Sum::of_bytes`].
    pub fn bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.units().to_le_bytes());
        bytes[16..].copy_from_slice(&self.scale.to_le_bytes());
        bytes
    }

    /// Makes the state of its bytes.
    pub fn of_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let (mut units, mut scale) = ([0; 16], [0; 4]);
        units.copy_from_slice(&bytes[..16]);
        scale.copy_from_slice(&bytes[16..]);
        Self::of(i128::from_le_bytes(units), u32::from_le_bytes(scale))
    }

    /// Gives the numeric, with as many decimals as `sum` shows.
    pub fn numeric(&self) -> Datum {
        let unshown = 10i128.pow(DECIMALS - self.scale.min(DECIMALS));
        let shown = i64::try_from(self.units() / unshown);
        match (shown, self.scale <= DECIMALS) {
            // SAFETY: it takes any number and any scale up to 16.
            (Ok(shown), true) => unsafe {
                Datum::from(pg_sys::int64_div_fast_to_numeric(shown, self.scale as i32))
            },
            _ => numeric_of_text(&self.text()),
        }
    }

    /// Writes the number with its decimals.
    fn text(&self) -> String {
        let (units, one) = (self.units(), 10u128.pow(DECIMALS));
        let sign = if units < 0 { "-" } else { "" };
        let (whole, fraction) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
        let mut decimals = format!("{fraction:016}{:0<1$}", "", self.scale.saturating_sub(DECIMALS) as usize);
        decimals.truncate(self.scale as usize);
        let point = if decimals.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{decimals}")
    }
}

/// Reads a text as PostgreSQL reads a numeric.
pub fn numeric_of_text(text: &str) -> Datum {
    let text = format!("{text}\0");
    let arguments = [Some(Datum::from(text.as_ptr())), Some(Datum::from(0)), (-1i32).into_datum()];
    // SAFETY: numeric_in takes a C string, an unused type and no type modifier, and the text is a number.
    unsafe { call(pg_sys::numeric_in, &arguments) }
}

/// Adds two numerics.
pub fn add(one: Datum, other: Datum) -> Datum {
    // SAFETY: numeric_add takes two numerics.
    unsafe { call(pg_sys::numeric_add, &[Some(one), Some(other)]) }
}

/// Divides two numerics.
pub fn divide(one: Datum, other: Datum) -> Datum {
    // SAFETY: numeric_div takes two numerics.
    unsafe { call(pg_sys::numeric_div, &[Some(one), Some(other)]) }
}

/// Makes a numeric of a whole number.
pub fn of_whole(number: i64) -> Datum {
    // SAFETY: it takes any number.
    unsafe { Datum::from(pg_sys::int64_to_numeric(number)) }
}

/// Makes a numeric of so many units of 10^-scale.
pub fn of_units(units: i128, scale: u32) -> Datum {
    match (i64::try_from(units), scale <= DECIMALS) {
        // SAFETY: it takes any number and any scale up to 16.
        (Ok(units), true) => unsafe { Datum::from(pg_sys::int64_div_fast_to_numeric(units, scale as i32)) },
        _ => numeric_of_text(&BigDecimal::new(units.into(), scale.into()).to_plain_string()),
    }
}

/// Gives `round(sum / count, coalesce(scale(sum), 0) + 2)`.
pub fn average(sum: Datum, count: i64) -> Datum {
    // SAFETY: the functions take these numerics and integers.
    unsafe {
        // Infinity has no scale.
        let scale = pgrx::direct_function_call_as_datum(pg_sys::numeric_scale, &[Some(sum)]);
        let scale = Datum::from(scale.map_or(0, |scale| scale.value() as i32) + 2);
        call(pg_sys::numeric_round, &[Some(divide(sum, of_whole(count))), Some(scale)])
    }
}

/// Calls a function of PostgreSQL that never gives NULL.
///
/// # Safety
/// The function must take those arguments.
unsafe fn call(function: unsafe fn(FunctionCallInfo) -> Datum, arguments: &[Option<Datum>]) -> Datum {
    // SAFETY: the caller says so.
    unsafe { pgrx::direct_function_call_as_datum(function, arguments) }.unwrap_or(Datum::null())
}

/// The sum of the numbers that do not fit, and of infinities: the state of PostgreSQL's sum(numeric), null while there
/// are none.
#[derive(Clone, Copy)]
pub struct Others(*mut c_void);

/// A call of one of PostgreSQL's functions for sum(numeric), with at most two arguments.
#[repr(C)]
struct InnerCall {
    info: pg_sys::FunctionCallInfoBaseData,
    arguments: [pg_sys::NullableDatum; 2],
}

/// The arguments must lie where PostgreSQL's flexible array of them begins.
const _: () = assert!(offset_of!(InnerCall, arguments) == offset_of!(pg_sys::FunctionCallInfoBaseData, args));

impl Others {
    /// No number yet.
    pub const NONE: Self = Self(std::ptr::null_mut());

    /// Adds a numeric.
    #[cold]
    pub fn add(&mut self, call: &Call, number: Datum) {
        // SAFETY: it takes a state and a numeric.
        self.0 = unsafe { self.run(call, pg_sys::numeric_avg_accum, Some(number)) }.map_or(self.0, to_state);
    }

    /// Adds another sum.
    pub fn merge(&mut self, call: &Call, other: Self) {
        let other = (!other.0.is_null()).then(|| Datum::from(other.0));
        // SAFETY: it takes two states, which may be NULL.
        self.0 = unsafe { self.run(call, pg_sys::numeric_avg_combine, other) }.map_or(self.0, to_state);
    }

    /// Gives the sum as a numeric; none where there is no number.
    pub fn sum(&self, call: &Call) -> Option<Datum> {
        // SAFETY: it takes a state, which may be NULL.
        unsafe { self.run(call, pg_sys::numeric_sum, None) }
    }

    /// Gives the state as a bytea; none where there is no number.
    pub fn serialize(&self, call: &Call) -> Option<Datum> {
        // SAFETY: it takes a state, which is none of NULL.
        (!self.0.is_null()).then(|| unsafe { self.run(call, pg_sys::numeric_avg_serialize, None) }).flatten()
    }

    /// Makes the state of a bytea, which is checked by its length.
    pub fn deserialize(call: &Call, bytes: Option<Datum>) -> Self {
        let bytes = bytes.map_or(std::ptr::null_mut(), to_state);
        // SAFETY: it takes a bytea, in the place of the state.
        Self(unsafe { Self(bytes).run(call, pg_sys::numeric_avg_deserialize, None) }.map_or(bytes, to_state))
    }

    /// Calls a function inside `call`, so that it allocates where the outer aggregate does.
    ///
    /// # Safety
    /// The function must take the state and the argument.
    unsafe fn run(
        &self,
        call: &Call,
        function: unsafe fn(FunctionCallInfo) -> Datum,
        argument: Option<Datum>,
    ) -> Option<Datum> {
        let state = (!self.0.is_null()).then(|| Datum::from(self.0));
        // SAFETY: zero is valid for all fields; `info` of the outer call is valid during it; the arguments follow the
        // inner one's, where its flexible array of them begins.
        unsafe {
            let mut inner: InnerCall = std::mem::zeroed();
            inner.info.context = (*call.info()).context;
            inner.info.nargs = 2;
            inner.arguments = [state, argument].map(|argument| pg_sys::NullableDatum {
                value: argument.unwrap_or(Datum::null()),
                isnull: argument.is_none(),
            });
            let datum = function((&raw mut inner).cast());
            (!inner.info.isnull).then_some(datum)
        }
    }
}

/// Reads a pointer.
fn to_state(datum: Datum) -> *mut c_void {
    datum.cast_mut_ptr()
}

/// Reads a numeric where it lies.
///
/// # Safety
/// `datum` must be a numeric.
#[inline]
pub unsafe fn read(datum: Datum) -> Number {
    let start = datum.cast_mut_ptr::<u8>();
    // SAFETY: a numeric is a varlena. One byte of header where its lowest bit is set (postgres.h, VARATT_IS_1B), unless
    // that is all of the byte, for a pointer to elsewhere; four where its two lowest bits are not; else compressed.
    let bytes = unsafe {
        match *start {
            1 => return Number::Other,
            short if short & 1 == 1 => {
                std::slice::from_raw_parts(start.add(1), usize::from(short >> 1).saturating_sub(1))
            }
            long if long & 3 == 0 => {
                let length = (start.cast::<u32>().read_unaligned() >> 2) as usize;
                std::slice::from_raw_parts(start.add(4), length.saturating_sub(4))
            }
            _ => return Number::Other,
        }
    };
    number(bytes)
}

/// Reads the bytes of a numeric: a header of one or two words, then digits to the base 10,000 (numeric.c).
fn number(bytes: &[u8]) -> Number {
    let (words, _) = bytes.as_chunks::<2>();
    let Some((header, rest)) = words.split_first() else { return Number::Other };
    let header = u16::from_ne_bytes(*header);
    let (negative, scale, weight, digits) = match header & 0xC000 {
        0xC000 if header & 0xF000 == 0xC000 => return Number::Nan,
        0xC000 => return Number::Other,
        0x8000 => {
            let weight = i32::from(header & 0x3F) - i32::from(header & 0x40);
            (header & 0x2000 != 0, (header & 0x1F80) >> 7, weight, rest)
        }
        sign => {
            let Some((weight, digits)) = rest.split_first() else { return Number::Other };
            (sign == 0x4000, header & 0x3FFF, i32::from(i16::from_ne_bytes(*weight)), digits)
        }
    };
    // The power of the base that the first digit counts in units of the sum; each next digit is one lower.
    let first = weight + FRACTION_DIGITS;
    if digits.is_empty() {
        return Number::Units(0, scale.into());
    }
    if first >= POWERS.len() as i32 || first + 1 < digits.len() as i32 {
        return Number::Other;
    }
    let mut units = 0;
    for (at, digit) in digits.iter().enumerate() {
        units += i128::from(i16::from_ne_bytes(*digit)) * POWERS[first as usize - at];
    }
    Number::Units(if negative { -units } else { units }, scale.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes a numeric as numeric.c does, in the long form or, where it fits, the short one.
    fn bytes(negative: bool, weight: i16, scale: u16, digits: &[i16], long: bool) -> Vec<u8> {
        let header = match long {
            true => vec![scale | if negative { 0x4000 } else { 0 }, weight as u16],
            false => {
                let sign = if negative { 0x2000 } else { 0 };
                vec![0x8000 | sign | scale << 7 | (weight & 0x7F) as u16]
            }
        };
        let digits = digits.iter().map(|digit| *digit as u16);
        header.into_iter().chain(digits).flat_map(u16::to_ne_bytes).collect()
    }

    #[test]
    fn reads_both_forms() {
        for long in [false, true] {
            assert_eq!(
                number(&bytes(false, 0, 2, &[12, 3400], long)),
                Number::Units(123_400_000_000_000_000, 2)
            );
            assert_eq!(number(&bytes(true, -1, 4, &[1], long)), Number::Units(-1_000_000_000_000, 4));
            assert_eq!(number(&bytes(false, 1, 0, &[3], long)), Number::Units(30_000 * 10i128.pow(16), 0));
            assert_eq!(number(&bytes(false, 0, 5, &[], long)), Number::Units(0, 5));
        }
    }

    #[test]
    fn leaves_what_does_not_fit() {
        assert_eq!(number(&bytes(false, 5, 0, &[1], true)), Number::Other);
        assert_eq!(number(&bytes(false, -5, 20, &[1], true)), Number::Other);
        assert_eq!(number(&bytes(false, -32_000, 16_000, &[1], true)), Number::Other);
        assert_eq!(number(&0xC000u16.to_ne_bytes()), Number::Nan);
        for infinity in [0xD000u16, 0xF000] {
            assert_eq!(number(&infinity.to_ne_bytes()), Number::Other);
        }
    }

    #[test]
    fn writes_decimals_as_sum_shows_them() {
        for (units, scale, text) in [
            (123_400_000_000_000_000, 2, "12.34"),
            (-500_000_000_000_000, 1, "-0.0"),
            (-500_000_000_000_000, 2, "-0.05"),
            (0, 0, "0"),
            (10i128.pow(16), 18, "1.000000000000000000"),
        ] {
            assert_eq!(Sum::ZERO.plus(units, scale).map(|sum| sum.text()).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_is_none() {
        let most = Sum::ZERO.plus(i128::MAX, 0);
        assert_eq!(most.and_then(|most| most.plus(1, 0)), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_number_or_not(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            number(&bytes);
        }

        #[test]
        fn a_sum_survives_its_bytes(one: i128, other: i128, scale in 0u32..20_000) {
            if let Some(sum) = Sum::ZERO.plus(one / 2, scale).and_then(|sum| sum.plus(other / 2, 3)) {
                prop_assert_eq!(sum.units(), one / 2 + other / 2);
                prop_assert_eq!(Sum::of_bytes(sum.bytes()), sum);
            }
        }
    }
}

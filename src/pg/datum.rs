//! Values of any type: how they lie in memory, and what they are to a model.

use super::numeric::{self, DECIMALS, numeric_of_text};
use super::query::caught;
use super::text::{from_server, to_datum, to_server};
use crate::error::{Error, Fault};
use crate::model::fact::Fact;
use crate::model::nature::{ColumnType, Nature};
use crate::score::number::Number;
use bigdecimal::BigDecimal;
use pgrx::pg_sys::{self, Datum, MemoryContext, Oid};
use std::ffi::{CStr, c_char};

/// The length of what has a header with its length.
const VARIABLE: i16 = -1;

/// How the values of a type lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Whether the datum is the value itself.
    pub by_value: bool,
    /// The typlen of pg_type: -1 for what has a header with its length, -2 for what ends with a zero.
    pub length: i16,
}

impl Layout {
    /// Looks a type up.
    pub fn of(type_oid: Oid) -> Self {
        let mut layout = Self { by_value: false, length: 0 };
        // SAFETY: the type exists, or PostgreSQL raises that it does not.
        unsafe { pg_sys::get_typlenbyval(type_oid, &mut layout.length, &mut layout.by_value) };
        layout
    }

    /// Gives a value whole: neither compressed, nor stored elsewhere.
    ///
    /// # Safety
    /// The value must be of this layout.
    #[inline]
    pub unsafe fn plain(self, value: Datum) -> Datum {
        if self.by_value || self.length != VARIABLE {
            return value;
        }
        let start = value.cast_mut_ptr::<u8>();
        // SAFETY: a varlena begins with one byte of header where its lowest bit is set (1 for a pointer to elsewhere),
        // or with four, whose two lowest bits are 0 unless it is compressed (postgres.h, VARATT_IS_1B and VARATT_IS_4B_U).
        unsafe {
            match *start {
                short if short & 1 == 1 && short != 1 => value,
                long if long & 3 == 0 => value,
                _ => Datum::from(pg_sys::pg_detoast_datum_packed(start.cast())),
            }
        }
    }

    /// Gives all the bytes of a value that lies elsewhere, its header too.
    ///
    /// # Safety
    /// The value must be plain and of this layout, which must not be by value; it must outlive the bytes.
    #[inline]
    pub unsafe fn bytes<'a>(self, value: Datum) -> &'a [u8] {
        let start = value.cast_mut_ptr::<u8>();
        // SAFETY: the length is where its layout says it is, and so many bytes are there.
        unsafe {
            let length = match self.length {
                VARIABLE if *start & 1 == 1 => usize::from(*start >> 1),
                VARIABLE => (start.cast::<u32>().read_unaligned() >> 2) as usize,
                fixed if fixed > 0 => fixed as usize,
                _ => CStr::from_ptr(start.cast::<c_char>()).count_bytes() + 1,
            };
            std::slice::from_raw_parts(start, length)
        }
    }

    /// Gives the bytes of a value without a header.
    ///
    /// # Safety
    /// As of [`Self::bytes`].
    #[inline]
    pub unsafe fn content<'a>(self, value: Datum) -> &'a [u8] {
        // SAFETY: the caller says so.
        let bytes = unsafe { self.bytes(value) };
        match (self.length, bytes) {
            (VARIABLE, [short, content @ ..]) if *short & 1 == 1 => content,
            (VARIABLE, long) => long.get(pg_sys::VARHDRSZ..).unwrap_or_default(),
            _ => bytes,
        }
    }

    /// Tells whether two values are the same bytes.
    ///
    /// # Safety
    /// Both must be of this layout.
    pub unsafe fn are_same(self, one: Datum, other: Datum) -> bool {
        if self.by_value {
            return one == other;
        }
        // SAFETY: the caller says so.
        unsafe { self.content(self.plain(one)) == self.content(self.plain(other)) }
    }

    /// Copies a value into a memory context.
    ///
    /// # Safety
    /// The value must be of this layout.
    pub unsafe fn copy(self, value: Datum, memory: MemoryContext) -> Datum {
        if self.by_value {
            return value;
        }
        // SAFETY: the value is made plain first; the new place has room for its bytes, or PostgreSQL raises an error.
        unsafe {
            let bytes = self.bytes(self.plain(value));
            let place = pg_sys::MemoryContextAlloc(memory, bytes.len()).cast::<u8>();
            place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            Datum::from(place)
        }
    }
}

/// Reads a whole number of that many bytes.
#[inline]
pub fn whole(value: Datum, length: i16) -> i64 {
    let value = value.value();
    match length {
        2 => i64::from(value as i16),
        4 => i64::from(value as i32),
        _ => value as i64,
    }
}

/// What the values of a column are to a model.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    nature: Nature,
    type_oid: Oid,
    layout: Layout,
    output: Oid,
}

impl Form {
    /// Looks up how values of a type are read.
    pub fn of(nature: Nature, type_oid: Oid) -> Self {
        let (mut output, mut is_variable) = (Oid::INVALID, false);
        // SAFETY: the type exists, or PostgreSQL raises that it does not.
        unsafe { pg_sys::getTypeOutputInfo(type_oid, &mut output, &mut is_variable) };
        Self { nature, type_oid, layout: Layout::of(type_oid), output }
    }

    /// Tells how the values lie in memory.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Reads a value, which must be of the type; moments without a zone are in the session's.
    pub fn fact(&self, value: Option<Datum>) -> Fact<'static> {
        let Some(value) = value else { return Fact::None };
        match self.nature {
            Nature::Whole => Fact::Number(Number::Whole(whole(value, self.layout.length))),
            Nature::Decimal => Fact::Number(number(value)),
            Nature::Float if self.layout.length == 4 => {
                Fact::Number(Number::Float(f32::from_bits(value.value() as u32).into()))
            }
            Nature::Float => Fact::Number(Number::Float(f64::from_bits(value.value() as u64))),
            Nature::Date => {
                Fact::Moment(moment_of(value.value() as i32, pg_sys::date2timestamptz_opt_overflow))
            }
            Nature::Timestamp => {
                Fact::Moment(moment_of(value.value() as i64, pg_sys::timestamp2timestamptz_opt_overflow))
            }
            Nature::Moment => Fact::Moment(value.value() as i64),
            Nature::Truth => Fact::Truth(value.value() as u8 != 0),
            Nature::Text | Nature::Other => Fact::Text(self.text(value).into()),
        }
    }

    /// Writes a value, which must be of the type, as PostgreSQL does; a boolean as `true` or `false`, and `char(n)` without the
    /// spaces that fill it up, as a cast to text.
    pub fn text(&self, value: Datum) -> String {
        // SAFETY: the value is of the type, and texts are their bytes; what an output function gives ends with a zero.
        unsafe {
            match (self.nature, self.type_oid) {
                (Nature::Truth, _) => (value.value() as u8 != 0).to_string(),
                (_, pg_sys::TEXTOID | pg_sys::VARCHAROID) => {
                    from_server(self.layout.content(self.layout.plain(value)))
                }
                (_, pg_sys::BPCHAROID) => {
                    let content = self.layout.content(self.layout.plain(value));
                    let length = content.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
                    from_server(&content[..length])
                }
                _ => {
                    from_server(CStr::from_ptr(pg_sys::OidOutputFunctionCall(self.output, value)).to_bytes())
                }
            }
        }
    }
}

/// Gives the moment of a value in the session's zone; off the calendar, the infinity on that side.
fn moment_of<T>(value: T, convert: unsafe fn(T, *mut i32) -> i64) -> i64 {
    let mut overflow = 0;
    // SAFETY: it takes any value, and says in `overflow` where the moment is off the calendar.
    let moment = unsafe { convert(value, &mut overflow) };
    match overflow {
        0 => moment,
        below if below < 0 => i64::MIN,
        _ => i64::MAX,
    }
}

/// Reads a numeric.
pub fn number(value: Datum) -> Number {
    // SAFETY: the caller says that it is a numeric.
    match unsafe { numeric::read(value) } {
        numeric::Number::Units(units, scale) if scale <= DECIMALS => {
            Number::decimal(units / 10i128.pow(DECIMALS - scale), scale)
        }
        numeric::Number::Nan => Number::Float(f64::NAN),
        _ => {
            // SAFETY: as above; what an output function gives ends with a zero.
            let text = unsafe {
                from_server(
                    CStr::from_ptr(pg_sys::OidOutputFunctionCall(pg_sys::F_NUMERIC_OUT.into(), value))
                        .to_bytes(),
                )
            };
            let float = || Number::Float(text.parse().unwrap_or(f64::NAN));
            text.parse::<BigDecimal>().map_or_else(|_| float(), Number::Decimal)
        }
    }
}

/// Makes a value of a number, for a column of numbers; 22003 where it does not fit.
pub fn number_to_datum(number: &Number, column: &ColumnType) -> Result<Datum, Error> {
    let out_of_range = || {
        let message = format!("{} out of range for {}", column.sql, number.figure());
        Error::new(Fault::NumberOutOfRange, message).hint("Make the values that it is computed from numeric.")
    };
    let whole = || match number {
        Number::Whole(whole) => Ok(*whole),
        _ => Err(out_of_range()),
    };
    Ok(match &column.sql[..] {
        "smallint" => Datum::from(i16::try_from(whole()?).map_err(|_| out_of_range())?),
        "integer" => Datum::from(i32::try_from(whole()?).map_err(|_| out_of_range())?),
        "bigint" => Datum::from(whole()?),
        "double precision" => Datum::from(number.figure().to_bits()),
        "real" => Datum::from((number.figure() as f32).to_bits()),
        _ => match number {
            Number::Whole(number) => numeric::of_whole(*number),
            Number::Units(units, scale) => numeric::of_units((*units).into(), *scale),
            Number::Decimal(_) | Number::Float(_) => numeric_of_text(&number.plain_text()),
        },
    })
}

/// Makes a value of a moment, for a column of dates or moments; without a zone, it is in the session's.
pub fn moment_to_datum(moment: i64, nature: Nature) -> Datum {
    let moment = Datum::from(moment);
    // SAFETY: both functions take a timestamptz.
    let converted = unsafe {
        match nature {
            Nature::Date => pgrx::direct_function_call_as_datum(pg_sys::timestamptz_date, &[Some(moment)]),
            Nature::Timestamp => {
                pgrx::direct_function_call_as_datum(pg_sys::timestamptz_timestamp, &[Some(moment)])
            }
            _ => Some(moment),
        }
    };
    converted.unwrap_or(moment)
}

/// Makes a value of a fact, for a column of its kind; none for NULL.
pub fn of_fact(fact: &Fact, column: &ColumnType) -> Result<Option<Datum>, Error> {
    Ok(match fact {
        Fact::Number(number) => Some(number_to_datum(number, column)?),
        Fact::Moment(moment) => Some(moment_to_datum(*moment, column.nature)),
        Fact::Truth(truth) => Some(Datum::from(*truth)),
        Fact::Text(text) => Some(to_datum(text)),
        Fact::None | Fact::Decayed(_) => None,
    })
}

/// Reads a moment as PostgreSQL reads a timestamptz in the session's zone.
pub fn read_moment(text: &str) -> Result<i64, Error> {
    caught(|| {
        // SAFETY: the type exists, and its input function takes a text that ends with a zero.
        let read = unsafe {
            let (mut input, mut parameter) = (Oid::INVALID, Oid::INVALID);
            pg_sys::getTypeInputInfo(pg_sys::TIMESTAMPTZOID, &mut input, &mut parameter);
            pg_sys::OidInputFunctionCall(input, to_server(text), parameter, -1)
        };
        Ok(read.value() as i64)
    })
}

/// Writes a moment, in microseconds since 2000-01-01 UTC, in the session's zone.
pub fn show_moment(moment: f64) -> String {
    Form::of(Nature::Moment, pg_sys::TIMESTAMPTZOID).text(Datum::from(moment as i64))
}

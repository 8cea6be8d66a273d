//! The values of events, out of PostgreSQL's rows: so many of them can be folded together.

use super::order::{Order, is_whole};
use crate::pg::datum::{Layout, whole};
use crate::pg::numeric::{self, Number};
use crate::pg::row::Row;
use pgrx::pg_sys::{self, Datum, Oid};

/// What a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// NULL or NaN.
    #[default]
    None,
    /// A datum that is the value itself.
    Word,
    /// A numeric in units of 10^-16; its bytes are there too where they are asked for.
    Units,
    /// Bytes: of a numeric that is no units, or of any other type.
    Bytes,
}

/// A value of an event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Value {
    low: u64,
    high: i64,
    /// Where its bytes begin in the store.
    offset: u32,
    /// How many decimals a numeric shows.
    pub scale: u32,
    /// What it is.
    pub state: State,
}

impl Value {
    /// Makes one of a datum that is the value itself.
    fn word(word: u64) -> Self {
        Self { low: word, state: State::Word, ..Self::default() }
    }

    /// Gives the units of a numeric.
    #[inline]
    pub fn units(&self) -> i128 {
        (i128::from(self.high) << 64) | i128::from(self.low)
    }

    /// Gives the number of a datum that is a whole number.
    #[inline]
    pub fn whole(&self) -> i64 {
        self.low as i64
    }

    /// Gives the number of a datum that is a float8.
    #[inline]
    pub fn float(&self) -> f64 {
        f64::from_bits(self.low)
    }

    /// Gives the datum, whose bytes are in the store if it has some.
    #[inline]
    pub fn datum(&self, store: &[u64]) -> Datum {
        match self.state {
            State::Word => Datum::from(self.low),
            _ => Datum::from(store[self.offset as usize..].as_ptr()),
        }
    }
}

/// A column of values.
#[derive(Clone, Copy)]
pub struct Column {
    at: usize,
    kind: Kind,
    /// Whether the bytes of numerics are asked for.
    keeps_bytes: bool,
    /// How the values lie in memory.
    pub layout: Layout,
    /// Their type and collation.
    pub of: (Oid, Oid),
}

/// How the values of a column are read.
#[derive(Clone, Copy)]
enum Kind {
    Whole,
    Single,
    Float,
    Numeric,
    Word,
    Bytes,
}

impl Column {
    /// Finds how a column is read.
    pub fn of(row: &Row, at: usize, keeps_bytes: bool) -> Self {
        let of = (row.type_of(at), row.collation_of(at));
        let layout = Layout::of(of.0);
        // SAFETY: the type of a column exists.
        let kind = match unsafe { pg_sys::getBaseType(of.0) } {
            base if is_whole(base) => Kind::Whole,
            pg_sys::FLOAT4OID => Kind::Single,
            pg_sys::FLOAT8OID => Kind::Float,
            pg_sys::NUMERICOID => Kind::Numeric,
            _ if layout.by_value => Kind::Word,
            _ => Kind::Bytes,
        };
        Self { at, kind, keeps_bytes, layout, of }
    }

    /// Gives the order of its values.
    pub fn order(&self) -> Order {
        Order::of(self.of.0, self.of.1)
    }

    /// Reads a value; its bytes go to the store.
    #[inline]
    pub fn read(&self, row: &Row, store: &mut Vec<u64>) -> Value {
        let Some(datum) = row.datum(self.at) else { return Value::default() };
        match self.kind {
            Kind::Whole => Value::word(whole(datum, self.layout.length) as u64),
            Kind::Word => Value::word(datum.value() as u64),
            Kind::Single if f32::from_bits(datum.value() as u32).is_nan() => Value::default(),
            Kind::Single => Value::word(datum.value() as u64),
            Kind::Float => {
                // -0 is 0, so that equal values are the same bits.
                let float = f64::from_bits(datum.value() as u64) + 0.0;
                if float.is_nan() { Value::default() } else { Value::word(float.to_bits()) }
            }
            Kind::Numeric => self.read_numeric(datum, store),
            Kind::Bytes => Value { offset: self.keep(datum, store), state: State::Bytes, ..Value::default() },
        }
    }

    /// Reads a numeric.
    #[inline]
    fn read_numeric(&self, datum: Datum, store: &mut Vec<u64>) -> Value {
        // SAFETY: the column's type is numeric; what is stored elsewhere or compressed is no units until it is made plain.
        let (datum, number) = unsafe {
            match numeric::read(datum) {
                Number::Other => {
                    let plain = self.layout.plain(datum);
                    (plain, numeric::read(plain))
                }
                number => (datum, number),
            }
        };
        match number {
            Number::Nan => Value::default(),
            Number::Units(units, scale) => {
                let offset = if self.keeps_bytes { self.keep(datum, store) } else { 0 };
                Value { low: units as u64, high: (units >> 64) as i64, offset, scale, state: State::Units }
            }
            Number::Other => {
                Value { offset: self.keep(datum, store), state: State::Bytes, ..Value::default() }
            }
        }
    }

    /// Copies the bytes of a value to the store, and tells where.
    fn keep(&self, datum: Datum, store: &mut Vec<u64>) -> u32 {
        // SAFETY: the value is of the column's type, and made plain.
        let bytes = unsafe { self.layout.bytes(self.layout.plain(datum)) };
        let offset = store.len() as u32;
        let (words, rest) = bytes.as_chunks::<8>();
        store.extend(words.iter().map(|word| u64::from_ne_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        store.push(u64::from_ne_bytes(last));
        offset
    }
}

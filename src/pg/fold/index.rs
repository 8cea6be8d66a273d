//! Values by number: each different one, or row of several, has the next.

use super::memory::Memory;
use super::order::{Server, is_whole};
use crate::error::Error;
use crate::pg::datum::{Layout, whole};
use crate::pg::types::Type;
use pgrx::pg_sys::{self, Datum, Oid};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A column of the values.
#[derive(Clone, Copy)]
pub struct Part {
    /// How its values lie in memory.
    pub layout: Layout,
    /// How they are compared; none for whole numbers.
    server: Option<Server>,
    /// Whether equal values are the same bytes.
    is_image_equal: bool,
}

impl Part {
    /// Looks a type up.
    pub fn of(type_oid: Oid, collation: Oid) -> Result<Self, Error> {
        let found = Type::of(type_oid, -1, collation)?;
        // SAFETY: the type exists, since it was found.
        let is_whole = is_whole(unsafe { pg_sys::getBaseType(type_oid) });
        Ok(Self {
            layout: Layout { by_value: found.by_value, length: found.length },
            server: (!is_whole).then(|| Server::of(type_oid, collation)),
            is_image_equal: is_whole || found.is_image_equal,
        })
    }

    /// Tells whether the values are whole numbers, which compare whatever their size.
    pub fn is_whole(&self) -> bool {
        self.server.is_none()
    }

    /// Compares two values; whole numbers are of eight bytes.
    fn compare(&self, one: Datum, other: Datum) -> Ordering {
        match &self.server {
            None => whole(one, 8).cmp(&whole(other, 8)),
            Some(server) => server.compare(one, other),
        }
    }
}

/// Values by number.
pub struct Index {
    parts: Rc<[Part]>,
    found: Found,
    bytes: Vec<u8>,
}

/// How a value is found.
enum Found {
    /// One whole number.
    Whole(FxHashMap<i64, u32>),
    /// By its bytes.
    Bytes(FxHashMap<Box<[u8]>, u32>),
    /// By its order.
    Order(BTreeMap<Ordered, u32>),
}

/// A row of values in their order.
struct Ordered {
    values: Box<[Datum]>,
    parts: Rc<[Part]>,
}

impl Index {
    /// Makes an empty one.
    pub fn new(parts: impl Into<Rc<[Part]>>) -> Self {
        let parts = parts.into();
        let found = match &parts[..] {
            [part] if part.is_whole() => Found::Whole(FxHashMap::default()),
            parts if parts.iter().all(|part| part.is_image_equal) => Found::Bytes(FxHashMap::default()),
            _ => Found::Order(BTreeMap::new()),
        };
        Self { parts, found, bytes: Vec::new() }
    }

    /// Finds the number of a row of values; whole numbers may be of other lengths than the index's.
    ///
    /// # Safety
    /// The values must be of the types that the index was made for, or of these lengths where they are whole numbers.
    pub unsafe fn find(&mut self, values: &[Datum], lengths: &[i16]) -> Option<u32> {
        match &self.found {
            Found::Whole(found) => found.get(&whole(values[0], lengths[0])).copied(),
            Found::Bytes(found) => {
                // SAFETY: the caller says so.
                unsafe { write(&self.parts, values, lengths, &mut self.bytes) };
                found.get(&self.bytes[..]).copied()
            }
            Found::Order(found) => {
                let values = widened(&self.parts, values, lengths);
                found.get(&Ordered { values, parts: self.parts.clone() }).copied()
            }
        }
    }

    /// Finds the number of a row of values, or gives it the next; tells whether it is new.
    ///
    /// # Safety
    /// As of [`Self::find`]; the memory must live as long as the index.
    pub unsafe fn insert(&mut self, values: &[Datum], lengths: &[i16], memory: &Memory) -> (u32, bool) {
        // SAFETY: the caller says so.
        if let Some(known) = unsafe { self.find(values, lengths) } {
            return (known, false);
        }
        let next = match &mut self.found {
            Found::Whole(found) => {
                let next = found.len() as u32;
                found.insert(whole(values[0], lengths[0]), next);
                next
            }
            Found::Bytes(found) => {
                let next = found.len() as u32;
                found.insert(self.bytes.as_slice().into(), next);
                next
            }
            Found::Order(found) => {
                let next = found.len() as u32;
                let widened = widened(&self.parts, values, lengths);
                let copied = widened.iter().zip(&*self.parts).map(|(value, part)| match part.is_whole() {
                    true => *value,
                    // SAFETY: as above.
                    false => unsafe { memory.copy(part.layout, *value) },
                });
                found.insert(Ordered { values: copied.collect(), parts: self.parts.clone() }, next);
                next
            }
        };
        (next, true)
    }
}

/// Makes whole numbers of any length ones of eight bytes.
fn widened(parts: &[Part], values: &[Datum], lengths: &[i16]) -> Box<[Datum]> {
    let values = parts.iter().zip(values).zip(lengths);
    values
        .map(|((part, value), length)| match part.is_whole() {
            true => Datum::from(whole(*value, *length)),
            false => *value,
        })
        .collect()
}

/// Writes values as bytes that are the same for equal ones; each with its length, where that varies.
///
/// # Safety
/// As of [`Index::find`].
unsafe fn write(parts: &[Part], values: &[Datum], lengths: &[i16], bytes: &mut Vec<u8>) {
    bytes.clear();
    for ((part, value), length) in parts.iter().zip(values).zip(lengths) {
        if part.is_whole() {
            bytes.extend_from_slice(&whole(*value, *length).to_ne_bytes());
        } else if part.layout.by_value {
            let width = part.layout.length.clamp(1, 8) as usize;
            bytes.extend_from_slice(&(value.value() as u64).to_le_bytes()[..width]);
        } else {
            // SAFETY: the caller says so, and the value is made plain first.
            let content = unsafe { part.layout.content(part.layout.plain(*value)) };
            if parts.len() > 1 {
                bytes.extend_from_slice(&content.len().to_ne_bytes());
            }
            bytes.extend_from_slice(content);
        }
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        let mut pairs = self.parts.iter().zip(self.values.iter().zip(&other.values));
        let order = |(part, (one, other)): (&Part, (&Datum, &Datum))| part.compare(*one, *other);
        pairs.by_ref().map(order).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

//! The keys of the customers: each customer is known by a number while events are folded.

use super::index::{Index, Part};
use super::memory::{Memory, prefetch, spread};
use crate::error::{Error, Fault};
use crate::model::place::Place;
use crate::pg::catalog::is_of_postgres;
use crate::pg::datum::whole;
use pgrx::pg_sys::{self, Datum, Oid};
use rustc_hash::FxHashMap;
use std::ffi::CStr;
use std::rc::Rc;

/// The number of no customer.
pub const NOBODY: u32 = u32::MAX;

/// A table with a place for every number between the least key and the greatest may have so many places for each customer.
const MOST_PLACES: u128 = 8;

/// The types of the columns of a key.
#[derive(Clone, Default)]
pub struct KeyTypes {
    types: Rc<[Oid]>,
    pub(super) parts: Rc<[Part]>,
    /// How long they are.
    pub(super) lengths: Rc<[i16]>,
}

impl KeyTypes {
    /// Looks types and collations up.
    pub fn of(types: &[(Oid, Oid)]) -> Result<Self, Error> {
        let parts: Rc<[Part]> =
            types.iter().map(|(oid, collation)| Part::of(*oid, *collation)).collect::<Result<_, _>>()?;
        let lengths = parts.iter().map(|part| part.layout.length).collect();
        Ok(Self { types: types.iter().map(|(oid, _)| *oid).collect(), parts, lengths })
    }

    /// Gives the types.
    pub fn types(&self) -> &[Oid] {
        &self.types
    }

    /// Gives the lengths of their values.
    pub fn lengths(&self) -> &[i16] {
        &self.lengths
    }

    /// Tells whether they are PostgreSQL's own, so that to compare keys only computes.
    pub fn are_plain(&self) -> bool {
        self.types.iter().all(|oid| is_of_postgres(*oid))
    }

    /// Tells whether a column holds whole numbers, which compare whatever their size.
    pub fn is_whole(&self, at: usize) -> bool {
        self.parts[at].is_whole()
    }

    /// Makes an index of different keys.
    pub fn index(&self) -> Index {
        Index::new(self.parts.clone())
    }

    /// Copies a key into a memory of its own.
    ///
    /// # Safety
    /// The values must be of these types.
    pub unsafe fn copy(&self, key: &[Datum], memory: &Memory) -> impl Iterator<Item = Datum> {
        let parts = key.iter().zip(&*self.parts);
        // SAFETY: the caller says so.
        parts.map(|(value, part)| unsafe { memory.copy(part.layout, *value) })
    }
}

/// The customers' keys by number.
pub struct Keys {
    types: Rc<[Oid]>,
    parts: Rc<[Part]>,
    /// How long the columns of the key are.
    lengths: Rc<[i16]>,
    /// The values of each customer's key, one customer after the other.
    values: Vec<Datum>,
    index: Lookup,
    memory: Memory,
}

/// How a key is found.
enum Lookup {
    /// One whole number, near the others: a table from the least on.
    Table { least: i64, numbers: Vec<u32> },
    /// One whole number.
    Whole(FxHashMap<i64, u32>),
    /// Anything else.
    Any(Index),
}

impl Keys {
    /// Makes room for so many keys of these types.
    pub fn new(types: &KeyTypes, room: usize) -> Self {
        let index = match &types.parts[..] {
            [part] if part.is_whole() => Lookup::Whole(FxHashMap::default()),
            _ => Lookup::Any(Index::new(types.parts.clone())),
        };
        let KeyTypes { types, parts, lengths } = types.clone();
        let values = Vec::with_capacity(room * parts.len());
        Self { types, lengths, parts, values, index, memory: Memory::new() }
    }

    /// Counts the customers.
    pub fn len(&self) -> usize {
        self.values.len() / self.parts.len().max(1)
    }

    /// Gives the key of a customer.
    pub fn key(&self, number: usize) -> &[Datum] {
        &self.values[number * self.parts.len()..][..self.parts.len()]
    }

    /// Adds the key of a customer, and gives the number; a key that is one whole number is held against others in
    /// [`Self::seal`] only.
    ///
    /// # Safety
    /// The values must be of the types that the keys were made for.
    pub unsafe fn insert(&mut self, key: &[Datum]) -> Result<u32, Error> {
        let number = self.len();
        if number >= NOBODY as usize {
            return Err(Error::new(Fault::LimitExceeded, "more customers than 4,294,967,295")
                .hint("Make models of parts of them."));
        }
        if self.values.capacity() < self.values.len() + key.len() {
            let more = self.values.len().max(1024 * key.len());
            self.values.try_reserve(more).map_err(|_| no_room(number))?;
        }
        if let Lookup::Any(index) = &mut self.index {
            // SAFETY: the caller says so; the index and the memory go together.
            if !unsafe { index.insert(key, &self.lengths, &self.memory) }.1 {
                return Err(self.twice(key));
            }
        }
        for (value, part) in key.iter().zip(&*self.parts) {
            // SAFETY: as above.
            self.values.push(unsafe { self.memory.copy(part.layout, *value) });
        }
        Ok(number as u32)
    }

    /// Ends the insertion of keys, and makes ready to find them.
    pub fn seal(&mut self) -> Result<(), Error> {
        if !matches!(self.index, Lookup::Whole(_)) {
            return Ok(());
        }
        let length = self.lengths[0];
        let keys = || self.values.iter().map(|value| whole(*value, length));
        let (Some(least), Some(greatest)) = (keys().min(), keys().max()) else { return Ok(()) };
        let places = (i128::from(greatest) - i128::from(least)).unsigned_abs() + 1;
        let mut again = None;
        self.index = if places <= MOST_PLACES * (self.values.len() as u128 + 1024) {
            let mut numbers = spread(places as usize).map_err(|_| no_room(self.values.len()))?;
            numbers.resize(places as usize, NOBODY);
            for (key, number) in keys().zip(0..) {
                let place = &mut numbers[(key - least) as usize];
                again = again.or((*place != NOBODY).then_some(number));
                *place = number;
            }
            Lookup::Table { least, numbers }
        } else {
            let mut numbers = FxHashMap::default();
            numbers.try_reserve(self.values.len()).map_err(|_| no_room(self.values.len()))?;
            for (key, number) in keys().zip(0u32..) {
                again = again.or(numbers.insert(key, number).map(|_| number));
            }
            Lookup::Whole(numbers)
        };
        again.map_or(Ok(()), |number| Err(self.twice(self.key(number as usize))))
    }

    /// Tells whether a key is one whole number, to be found by [`Self::find_whole`].
    pub fn are_whole(&self) -> bool {
        !matches!(self.index, Lookup::Any(_))
    }

    /// Asks for the memory in which a key that is one whole number will be found.
    #[inline]
    pub fn prefetch(&self, key: i64) {
        if let Lookup::Table { least, numbers } = &self.index
            && let Some(number) = place(key, *least).and_then(|place| numbers.get(place))
        {
            prefetch(number);
        }
    }

    /// Finds a customer by a key that is one whole number.
    #[inline]
    pub fn find_whole(&self, key: i64) -> u32 {
        let found = match &self.index {
            Lookup::Table { least, numbers } => place(key, *least).and_then(|place| numbers.get(place)),
            Lookup::Whole(numbers) => numbers.get(&key),
            Lookup::Any(_) => None,
        };
        found.copied().unwrap_or(NOBODY)
    }

    /// Finds a customer by a key, whose whole numbers are of these lengths.
    ///
    /// # Safety
    /// The values must be of the types that the keys were made for, but for the lengths of whole numbers.
    pub unsafe fn find(&mut self, key: &[Datum], lengths: &[i16]) -> u32 {
        match &mut self.index {
            // SAFETY: the caller says so.
            Lookup::Any(index) => unsafe { index.find(key, lengths) }.unwrap_or(NOBODY),
            _ => NOBODY,
        }
    }

    /// Says that a key is there twice.
    fn twice(&self, key: &[Datum]) -> Error {
        let texts: Vec<String> =
            key.iter().zip(&*self.types).map(|(value, oid)| text(*value, *oid)).collect();
        let text = texts.join(", ");
        let place = Place::root().key("customers").key("key");
        place
            .complain(format!("the customer key ({text}) is there more than once"))
            .because(Fault::NotUnique)
            .hint("Remove the double rows, or leave them out in customers.where.")
    }
}

/// Gives the place of a key in a table.
#[inline]
fn place(key: i64, least: i64) -> Option<usize> {
    usize::try_from(key.checked_sub(least)?).ok()
}

/// Writes a value as its type does.
fn text(value: Datum, type_oid: Oid) -> String {
    let (mut output, mut is_variable) = (Oid::INVALID, false);
    // SAFETY: the value is of that type; what its output function gives ends with a zero.
    unsafe {
        pg_sys::getTypeOutputInfo(type_oid, &mut output, &mut is_variable);
        let text = CStr::from_ptr(pg_sys::OidOutputFunctionCall(output, value));
        crate::pg::text::from_server(text.to_bytes())
    }
}

/// Says that memory ended.
pub fn no_room(customers: usize) -> Error {
    Error::new(Fault::OutOfMemory, format!("out of memory after {customers} customers"))
        .hint("A model holds about half a kilobyte for each customer while it is built.")
}

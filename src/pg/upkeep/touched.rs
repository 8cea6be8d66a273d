//! The keys that a statement touches: each once, with a number.

use crate::error::Error;
use crate::pg::argument::Argument;
use crate::pg::datum::whole;
use crate::pg::fold::{Index, KeyTypes, Memory};
use pgrx::pg_sys::{self, Datum};
use smallvec::SmallVec;
use std::ops::Range;

/// The columns of a key, of which there are few.
pub type Key = SmallVec<[Datum; 4]>;

/// Different keys by number.
pub struct Keys {
    types: KeyTypes,
    index: Index,
    values: Vec<Datum>,
    memory: Memory,
}

impl Keys {
    /// Makes an empty set of keys of these types.
    pub fn new(types: &KeyTypes) -> Self {
        Self { types: types.clone(), index: types.index(), values: Vec::new(), memory: Memory::new() }
    }

    /// Adds a key, whose whole numbers are of these lengths, and gives its number; none where no customer can have it.
    pub fn add(&mut self, key: &[Datum], lengths: &[i16]) -> Option<u32> {
        let key = self.types.narrowed(key, lengths)?;
        // SAFETY: the statement casts the columns to the types of the key, but for whole numbers, which fit now.
        let (number, is_new) = unsafe { self.index.insert(&key, self.types.lengths(), &self.memory) };
        if is_new {
            // SAFETY: as above.
            self.values.extend(unsafe { self.types.copy(&key, &self.memory) });
        }
        Some(number)
    }

    /// Adds a key of the types of the key.
    pub fn add_own(&mut self, key: &[Datum]) -> u32 {
        // SAFETY: the caller says so.
        let (number, is_new) = unsafe { self.index.insert(key, self.types.lengths(), &self.memory) };
        if is_new {
            // SAFETY: as above.
            self.values.extend(unsafe { self.types.copy(key, &self.memory) });
        }
        number
    }

    /// Finds the number of a key of the types of the key.
    pub fn find(&mut self, key: &[Datum]) -> Option<u32> {
        // SAFETY: the caller says so.
        unsafe { self.index.find(key, self.types.lengths()) }
    }

    /// Counts the columns of a key.
    pub fn parts(&self) -> usize {
        self.types.types().len()
    }

    /// Counts the keys.
    pub fn len(&self) -> usize {
        self.values.len() / self.types.types().len().max(1)
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Gives a key.
    pub fn key(&self, number: usize) -> &[Datum] {
        let parts = self.types.types().len();
        &self.values[number * parts..][..parts]
    }

    /// Gives all keys, in the order of their numbers.
    pub fn all(&self) -> impl Iterator<Item = &[Datum]> {
        self.values.chunks(self.types.types().len().max(1))
    }

    /// Gives the keys of some numbers, which count from the first of them then.
    pub fn part(&self, numbers: Range<usize>) -> Self {
        let mut part = Self::new(&self.types);
        for number in numbers {
            part.add_own(self.key(number));
        }
        part
    }

    /// Gives the keys that are wanted, in their order.
    pub fn filtered(&self, is_wanted: &mut dyn FnMut(&[Datum]) -> bool) -> Self {
        let mut filtered = Self::new(&self.types);
        for key in self.all().filter(|key| is_wanted(key)) {
            filtered.add_own(key);
        }
        filtered
    }

    /// Adds all keys of others of the same types.
    pub fn add_all(&mut self, others: &Self) {
        for key in others.all() {
            self.add_own(key);
        }
    }
}

/// Makes an array for each column of some keys.
pub fn arrays(types: &KeyTypes, keys: &[&[Datum]]) -> Result<Vec<Argument>, Error> {
    let columns = types.types().iter().enumerate();
    Ok(columns
        .map(|(part, oid)| {
            let mut values: Vec<Datum> = keys.iter().map(|key| key[part]).collect();
            let (mut length, mut by_value, mut align) = (0, false, 0);
            // SAFETY: the type exists; so many values are there, of that type.
            unsafe {
                pg_sys::get_typlenbyvalalign(*oid, &mut length, &mut by_value, &mut align);
                let count = values.len() as i32;
                let array =
                    pg_sys::construct_array(values.as_mut_ptr(), count, *oid, length.into(), by_value, align);
                Argument::new(array, pg_sys::get_array_type(*oid))
            }
        })
        .collect())
}

impl KeyTypes {
    /// Gives a key whose whole numbers are of the lengths of the key; none where one does not fit.
    fn narrowed(&self, key: &[Datum], lengths: &[i16]) -> Option<Key> {
        let parts = key.iter().zip(lengths).enumerate();
        parts
            .map(|(at, (value, length))| match self.is_whole(at) {
                false => Some(*value),
                true => {
                    let number = whole(*value, *length);
                    match self.lengths()[at] {
                        2 => i16::try_from(number).ok().map(Datum::from),
                        4 => i32::try_from(number).ok().map(Datum::from),
                        _ => Some(Datum::from(number)),
                    }
                }
            })
            .collect()
    }
}

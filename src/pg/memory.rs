//! Memory that PostgreSQL owns and counts.

use crate::error::{Error, Fault};
use pgrx::pg_sys;

/// Keeps a state in a memory context; plain data only, since nothing is dropped there.
pub fn keep<'a, State: Copy>(memory: pg_sys::MemoryContext, state: State) -> &'a mut State {
    const { assert!(align_of::<State>() <= 8, "PostgreSQL aligns its memory to eight bytes") };
    // SAFETY: PostgreSQL's allocations are aligned for the state, and large enough or an ERROR.
    unsafe {
        let place = pg_sys::MemoryContextAlloc(memory, size_of::<State>()).cast::<State>();
        place.write(state);
        &mut *place
    }
}

/// A growing row of plain data in a memory context; plain data itself, so that an aggregate's state can hold it.
#[derive(Clone, Copy)]
pub struct Grown<T> {
    start: *mut T,
    length: usize,
    room: usize,
}

/// A growing row of figures.
pub type Figures = Grown<f64>;

impl<T: Copy> Grown<T> {
    /// Makes an empty row with some room.
    pub fn in_memory(memory: pg_sys::MemoryContext, room: usize) -> Self {
        const { assert!(align_of::<T>() <= 8, "PostgreSQL aligns its memory to eight bytes") };
        let room = room.max(4);
        // SAFETY: PostgreSQL gives that much memory, aligned for the elements, or raises its own out-of-memory error.
        let start = unsafe { pg_sys::MemoryContextAllocHuge(memory, room * size_of::<T>()) };
        Self { start: start.cast(), length: 0, room }
    }

    /// Adds an element.
    #[inline]
    pub fn push(&mut self, element: T) {
        if self.length == self.room {
            self.grow(self.room * 2);
        }
        // SAFETY: there is room for one more.
        unsafe { self.start.add(self.length).write(element) };
        self.length += 1;
    }

    /// Adds elements.
    pub fn extend(&mut self, elements: &[T]) {
        let length = self.length + elements.len();
        if length > self.room {
            self.grow(length.max(self.room * 2));
        }
        // SAFETY: there is room for all of them, and they lie elsewhere.
        unsafe { self.start.add(self.length).copy_from_nonoverlapping(elements.as_ptr(), elements.len()) };
        self.length = length;
    }

    /// Makes more room, in the same memory context.
    #[cold]
    fn grow(&mut self, room: usize) {
        // SAFETY: `start` came from the same allocator; the old elements move along.
        let start = unsafe { pg_sys::repalloc_huge(self.start.cast(), room * size_of::<T>()) };
        (self.start, self.room) = (start.cast(), room);
    }

    /// Gives the elements.
    pub fn get(&self) -> &[T] {
        // SAFETY: `length` elements have been written from `start` on.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }

    /// Gives the elements, to be changed or put in another order.
    pub fn get_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and nobody else holds them.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.length) }
    }
}

/// The most bytes that PostgreSQL keeps in one value (MaxAllocSize), less a header.
const MOST_BYTES: usize = 0x3fff_ffff - 16;

/// A bytea being written, for an aggregate's state on its way to another process.
pub struct Writer {
    start: *mut pg_sys::varlena,
    length: usize,
    room: usize,
}

impl Writer {
    /// Makes a bytea of that many bytes.
    pub fn with_room(bytes: usize) -> Result<Self, Error> {
        if bytes > MOST_BYTES {
            return Err(Error::new(Fault::LimitExceeded, "too many rows in one group for a parallel plan")
                .detail(format!("The state of {bytes} bytes does not fit into 1 GB."))
                .hint("Run the query with SET max_parallel_workers_per_gather = 0."));
        }
        let room = bytes + pg_sys::VARHDRSZ;
        // SAFETY: PostgreSQL gives that much memory or raises its own error; the header says how much.
        unsafe {
            let start = pg_sys::palloc(room).cast::<pg_sys::varlena>();
            pgrx::set_varsize_4b(start, room as i32);
            Ok(Self { start, length: pg_sys::VARHDRSZ, room })
        }
    }

    /// Adds bytes.
    pub fn put(&mut self, bytes: &[u8]) {
        assert!(self.length + bytes.len() <= self.room, "a state is written into the room that it asked for");
        // SAFETY: there is room for them, and they lie elsewhere.
        unsafe {
            let end = self.start.cast::<u8>().add(self.length);
            end.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        self.length += bytes.len();
    }

    /// Adds figures, eight bytes each.
    pub fn put_figures(&mut self, figures: &[f64]) {
        for figure in figures {
            self.put(&figure.to_le_bytes());
        }
    }

    /// Gives the bytea.
    pub fn datum(self) -> pg_sys::Datum {
        self.start.into()
    }
}

/// The bytes of a state, being read; too few or too many are damage (22P03).
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts reading, after a mark that tells the states of different aggregates and versions apart.
    pub fn after(mark: [u8; 4], bytes: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Self { rest: bytes };
        match reader.bytes::<4>()? == mark {
            true => Ok(reader),
            false => Err(damaged()),
        }
    }

    /// Takes that many bytes.
    pub fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (first, rest) = self.rest.split_first_chunk::<N>().ok_or_else(damaged)?;
        self.rest = rest;
        Ok(*first)
    }

    /// Takes that many figures.
    pub fn figures(&mut self, count: u64) -> Result<impl Iterator<Item = f64> + use<'a>, Error> {
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(8)).ok_or_else(damaged)?;
        let (these, rest) = self.rest.split_at_checked(bytes).ok_or_else(damaged)?;
        self.rest = rest;
        Ok(these.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)))
    }

    /// Takes that many bytes, as many as a state says that there are.
    pub fn counted(&mut self, count: u32) -> Result<&'a [u8], Error> {
        let (first, rest) = self.rest.split_at_checked(count as usize).ok_or_else(damaged)?;
        self.rest = rest;
        Ok(first)
    }

    /// Takes all that is left.
    pub fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Checks that nothing is left.
    pub fn finish(self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(damaged()) }
    }
}

/// Says that the bytes are not a state.
pub fn damaged() -> Error {
    Error::new(Fault::DamagedState, "the bytes are not an aggregate's state of pg_scoring")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MARK: [u8; 4] = *b"test";

    /// Reads a count, as many figures, and nothing more.
    fn figures(bytes: &[u8]) -> Result<Vec<f64>, Error> {
        let mut reader = Reader::after(MARK, bytes)?;
        let count = u64::from_le_bytes(reader.bytes()?);
        let figures = reader.figures(count)?.collect();
        reader.finish()?;
        Ok(figures)
    }

    proptest! {
        #[test]
        fn damaged_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let marked = [&MARK[..], &bytes].concat();
            let counted = bytes.first_chunk().map(|count| u64::from_le_bytes(*count));
            let whole = counted.is_some_and(|count| count.checked_mul(8) == Some(bytes.len() as u64 - 8));
            prop_assert_eq!(figures(&marked).is_ok(), whole);
            prop_assert_eq!(figures(&bytes).err().map(|error| error.fault()), Some(Fault::DamagedState));
        }

        #[test]
        fn whole_bytes_are_read(written in prop::collection::vec(-1e9..1e9f64, 0..20)) {
            let count = (written.len() as u64).to_le_bytes();
            let body: Vec<u8> = written.iter().flat_map(|figure| figure.to_le_bytes()).collect();
            prop_assert_eq!(figures(&[&MARK[..], &count, &body].concat()), Ok(written));
        }
    }
}

//! Weight of evidence and information value in SQL.

use super::call::{Answer, Call, answer, answer_state, sql_functions};
use super::datum::Layout;
use super::memory::{Grown, Reader, Writer, damaged, keep};
use crate::error::{Error, Fault};
use crate::score::woe::{Counts, information_value as value_of, weigh};
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Datum, MemoryContext};
use std::cmp::Ordering;

sql_functions![
    woe_transition,
    woe_combine,
    woe_serialize,
    woe_deserialize,
    woe_table_final,
    information_value_final
];

pgrx::extension_sql_file!("../../sql/woe.sql", name = "woe", requires = ["pressure"]);

/// The most bins: to weigh more tells nothing of any of them, and the array of them would be of many megabytes.
const MOST_BINS: usize = 65_535;

/// How a text lies in memory.
const TEXT: Layout = Layout { by_value: false, length: -1 };

/// A bin: its text, in the memory of the group, and who is in it.
#[derive(Clone, Copy)]
struct Bin {
    text: *const u8,
    length: u32,
    counts: Counts,
}

impl Bin {
    /// Gives the bytes of the text.
    fn text(&self) -> &[u8] {
        // SAFETY: `Bins::counts_of` copied so many bytes there, and they live as long as the bins.
        unsafe { std::slice::from_raw_parts(self.text, self.length as usize) }
    }
}

/// The state: the bins in the order of their bytes, and the one of NULL.
#[derive(Clone, Copy)]
struct Bins {
    memory: MemoryContext,
    bins: Grown<Bin>,
    missing: Counts,
}

impl Bins {
    /// Makes a state without a bin.
    fn in_memory<'a>(memory: MemoryContext) -> &'a mut Self {
        keep(memory, Self { memory, bins: Grown::in_memory(memory, 8), missing: Counts::default() })
    }

    /// Gives the customers of a bin, which is made where it is not there yet.
    fn counts_of(&mut self, text: &[u8]) -> Result<&mut Counts, Error> {
        let at = match self.bins.get().binary_search_by(|bin| bin.text().cmp(text)) {
            Ok(at) => at,
            Err(at) => {
                if self.bins.get().len() == MOST_BINS {
                    return Err(Error::new(Fault::LimitExceeded, format!("more than {MOST_BINS} bins"))
                        .hint("Group the values into bins first, as with scoring.quantile_bin."));
                }
                let length = u32::try_from(text.len()).map_err(|_| damaged())?;
                let mut kept = Grown::in_memory(self.memory, text.len());
                kept.extend(text);
                self.bins.push(Bin { text: kept.get().as_ptr(), length, counts: Counts::default() });
                self.bins.get_mut()[at..].rotate_right(1);
                at
            }
        };
        Ok(&mut self.bins.get_mut()[at].counts)
    }

    /// Gives the customers of all bins, that of NULL last, if anybody is in it.
    fn counts(&self) -> Vec<Counts> {
        let missing = Some(self.missing).filter(|missing| *missing != Counts::default());
        self.bins.get().iter().map(|bin| bin.counts).chain(missing).collect()
    }
}

/// What serialised bins start with.
const MARK: [u8; 4] = *b"PSW1";

/// Adds a row to `woe_table(bin, outcome)` or `information_value(bin, outcome)`.
fn woe_transition(call: &Call) -> Answer {
    // SAFETY: only bins are passed on as the state of these aggregates.
    let bins = match unsafe { call.state::<Bins>(0) } {
        Some(bins) => bins,
        None => Bins::in_memory(call.group_memory()?),
    };
    if let Some(is_bad) = call.read::<bool>(2) {
        match call.argument(1) {
            None => bins.missing.add(is_bad),
            // SAFETY: the SQL declaration says text.
            Some(text) => bins.counts_of(unsafe { TEXT.content(TEXT.plain(text)) })?.add(is_bad),
        }
    }
    answer_state(bins)
}

/// Adds the second state to the first.
fn woe_combine(call: &Call) -> Answer {
    // SAFETY: only bins are passed on as the state of these aggregates.
    let (first, second) = unsafe { (call.state::<Bins>(0), call.state::<Bins>(1)) };
    let bins = match first {
        Some(first) => first,
        None => Bins::in_memory(call.group_memory()?),
    };
    if let Some(second) = second {
        bins.missing.merge(second.missing);
        for bin in second.bins.get() {
            bins.counts_of(bin.text())?.merge(bin.counts);
        }
    }
    answer_state(bins)
}

/// Writes a state as bytes.
fn woe_serialize(call: &Call) -> Answer {
    // SAFETY: only bins are passed on as the state of these aggregates.
    let Some(state) = (unsafe { call.state::<Bins>(0) }) else { return Ok(None) };
    let bins = state.bins.get();
    let texts: usize = bins.iter().map(|bin| bin.text().len()).sum();
    let mut bytes = Writer::with_room(MARK.len() + 16 + 4 + 20 * bins.len() + texts)?;
    let put_counts = |bytes: &mut Writer, counts: Counts| {
        bytes.put(&counts.good.to_le_bytes());
        bytes.put(&counts.bad.to_le_bytes());
    };
    bytes.put(&MARK);
    put_counts(&mut bytes, state.missing);
    bytes.put(&(bins.len() as u32).to_le_bytes());
    for bin in bins {
        put_counts(&mut bytes, bin.counts);
        bytes.put(&bin.length.to_le_bytes());
        bytes.put(bin.text());
    }
    Ok(Some(bytes.datum()))
}

/// Reads a state from bytes.
fn woe_deserialize(call: &Call) -> Answer {
    let memory = call.scratch_memory()?;
    let (missing, bins) = read(call.need::<&[u8]>(0, "state")?)?;
    let state = Bins::in_memory(memory);
    state.missing = missing;
    for (text, counts) in bins {
        if !is_text(text) {
            return Err(damaged());
        }
        *state.counts_of(text)? = counts;
    }
    answer_state(state)
}

/// The bins of a serialised state, with their texts.
type Texts<'a> = Vec<(&'a [u8], Counts)>;

/// Reads who has no bin, and the bins, whose texts must ascend.
fn read(bytes: &[u8]) -> Result<(Counts, Texts<'_>), Error> {
    let mut bytes = Reader::after(MARK, bytes)?;
    let counts = |bytes: &mut Reader| -> Result<Counts, Error> {
        Ok(Counts { good: u64::from_le_bytes(bytes.bytes()?), bad: u64::from_le_bytes(bytes.bytes()?) })
    };
    let missing = counts(&mut bytes)?;
    let length = u32::from_le_bytes(bytes.bytes()?);
    let mut bins = Texts::new();
    for _ in 0..length {
        let counts = counts(&mut bytes)?;
        let length = u32::from_le_bytes(bytes.bytes()?);
        let text = bytes.counted(length)?;
        if bins.last().is_some_and(|(before, _)| before.cmp(&text) != Ordering::Less) {
            return Err(damaged());
        }
        bins.push((text, counts));
    }
    bytes.finish()?;
    Ok((missing, bins))
}

/// Tells whether bytes are a text in the database's encoding.
fn is_text(bytes: &[u8]) -> bool {
    // SAFETY: so many bytes are there, and the function only reads them.
    unsafe { pg_sys::pg_verifymbstr(bytes.as_ptr().cast(), bytes.len() as i32, true) }
}

/// Ends `woe_table(bin, outcome)`: a row for each bin, NULL where there is none.
fn woe_table_final(call: &Call) -> Answer {
    // SAFETY: only bins are passed on as the state of this aggregate.
    let Some(state) = (unsafe { call.state::<Bins>(0) }) else { return Ok(None) };
    let all = state.counts();
    if all.is_empty() {
        return Ok(None);
    }
    let texts = state.bins.get().iter().map(|bin| Some(text(bin.text()))).chain([None]);
    let mut evidence = weigh(&all);
    let rows = all.iter().zip(texts).map(|(counts, text)| {
        let evidence = evidence.as_mut().and_then(Iterator::next);
        [
            text,
            count(counts.good).into_datum(),
            count(counts.bad).into_datum(),
            evidence.and_then(|evidence| evidence.weight.into_datum()),
            evidence.and_then(|evidence| evidence.value.into_datum()),
        ]
    });
    call.rows(rows)
}

/// Ends `information_value(bin, outcome)`.
fn information_value_final(call: &Call) -> Answer {
    // SAFETY: only bins are passed on as the state of this aggregate.
    let Some(state) = (unsafe { call.state::<Bins>(0) }) else { return Ok(None) };
    answer(value_of(&state.counts()))
}

/// Makes a text of bytes that came from one.
fn text(bytes: &[u8]) -> Datum {
    // SAFETY: so many bytes are there; no text of PostgreSQL is longer than an int says.
    unsafe { pg_sys::cstring_to_text_with_len(bytes.as_ptr().cast(), bytes.len() as i32).into() }
}

/// Gives a count as a bigint.
fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes a state as `woe_serialize` does.
    fn written(missing: Counts, bins: &[(&[u8], Counts)]) -> Vec<u8> {
        let numbers = |counts: Counts| [counts.good.to_le_bytes(), counts.bad.to_le_bytes()].concat();
        let mut bytes = [&MARK[..], &numbers(missing), &(bins.len() as u32).to_le_bytes()].concat();
        for (text, counts) in bins {
            bytes.extend(numbers(*counts));
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(*text);
        }
        bytes
    }

    proptest! {
        #[test]
        fn whole_bytes_are_read(
            texts in prop::collection::btree_map(prop::collection::vec(any::<u8>(), 0..6), (any::<u64>(), any::<u64>()), 0..9),
            good: u64,
        ) {
            let missing = Counts { good, bad: 3 };
            let bins: Vec<(&[u8], Counts)> =
                texts.iter().map(|(text, (good, bad))| (&text[..], Counts { good: *good, bad: *bad })).collect();
            let bytes = written(missing, &bins);
            prop_assert_eq!(read(&bytes), Ok((missing, bins)));
        }

        #[test]
        fn damaged_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80), at in 0usize..80, byte: u8) {
            let fault = |bytes: &[u8]| read(bytes).err().map(|error| error.fault());
            prop_assert_eq!(fault(&bytes), Some(Fault::DamagedState));
            // Any state is read or refused: cut off, and with a byte changed.
            let counts = Counts { good: 1, bad: 2 };
            let mut state = written(counts, &[(b"a", counts), (b"bcd", counts)]);
            prop_assert_eq!(fault(&state[..at.min(state.len() - 1)]), Some(Fault::DamagedState));
            let length = state.len();
            state[at % length] = byte;
            let _ = read(&state);
        }
    }
}

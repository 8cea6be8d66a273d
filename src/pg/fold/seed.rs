//! What is known of customers already: the columns of their stored rows, to which new events are added.

use super::derived::Derived;
use super::kept::{Kept, NULL, VALUE, count_of, put_log_sum, scale_of, sum_words};
use super::state::States;
use crate::error::Error;
use crate::model::column::{Column, Holds};
use crate::model::measure::Take;
use crate::model::plan::Measured;
use crate::model::value::Empty;
use crate::pg::datum::Layout;
use crate::pg::numeric::{self, Number};
use crate::score::log_sum::LogSum;
use pgrx::pg_sys::Datum;

/// Tells whether new events can be added to what is stored of a measure: its columns tell "no event" from any value, and
/// nothing else has to be known of the older events.
pub fn can_fold(measured: &Measured) -> bool {
    let Some(taken) = measured.taken() else { return true };
    let has_state = measured.half_life().is_some() || taken.has_value();
    match taken.take {
        Take::Distinct | Take::Theme | Take::Strength => false,
        Take::Attribute | Take::Sum | Take::Average => true,
        Take::First | Take::Last if has_state => true,
        Take::Count if has_state => true,
        _ => !matches!(taken.empty, Empty::Value(_)),
    }
}

impl Derived {
    /// Adds a customer whose stored row has these values in these columns; `keeps` says of which measures they are wanted.
    ///
    /// Every value must be of the layout of its column.
    pub fn add_stored(
        &mut self,
        key: &[Datum],
        (columns, layouts): (&[Column], &[Layout]),
        row: &dyn Fn(usize) -> Option<Datum>,
        keeps: &dyn Fn(usize) -> bool,
    ) -> Result<(), Error> {
        self.add_new(key)?;
        let customer = self.len() - 1;
        for (at, column) in columns.iter().enumerate() {
            let slot = column.holds.slot().filter(|slot| keeps(*slot));
            if let (Some(slot), Some(value)) = (slot, row(at)) {
                self.states.seed(customer, slot, column.holds, layouts[at], value);
            } else if let (Holds::Own, Some(stored)) = (column.holds, row(at)) {
                self.add_own(customer, stored, keeps);
            } else if let (Holds::EventDueAt, Some(due)) = (column.holds, row(at)) {
                self.states.fall_due(customer, due.value() as i64);
            }
        }
        Ok(())
    }

    /// Adds what is stored of the scores' own measures.
    fn add_own(&mut self, customer: usize, stored: Datum, keeps: &dyn Fn(usize) -> bool) {
        let shapes = self.shapes.clone();
        let values = shapes.own.decode(stored);
        for ((column, form), value) in shapes.own.columns().iter().zip(shapes.own.forms()).zip(values) {
            let slot = column.holds.slot().filter(|slot| keeps(*slot));
            if let (Some(slot), Some(value)) = (slot, value) {
                self.states.seed(customer, slot, column.holds, form.layout(), value);
            }
        }
    }

    /// Adds a customer of whom nothing is known yet.
    pub fn add_new(&mut self, key: &[Datum]) -> Result<(), Error> {
        // SAFETY: the key is of the types that this was made for.
        unsafe { self.keys.insert(key) }?;
        self.states.add_customer()
    }

    /// Ends the addition of customers.
    pub fn seal(&mut self) -> Result<(), Error> {
        self.keys.seal()
    }

    /// Forgets when the next event of a customer begins or ends to count, since all are read again.
    pub fn forget_due(&mut self, customer: usize) {
        self.states.forget_due(customer);
    }

    /// Tells whether a customer is here, and gives the number.
    pub fn find(&mut self, key: &[Datum], lengths: &[i16]) -> u32 {
        match key {
            [key] if self.keys.are_whole() => self.keys.find_whole(crate::pg::datum::whole(*key, lengths[0])),
            // SAFETY: the key is of the types that this was made for, but for the lengths of whole numbers.
            _ => unsafe { self.keys.find(key, lengths) },
        }
    }

    /// Keeps an attribute of a customer.
    pub fn put_attribute(&mut self, customer: usize, slot: usize, layout: Layout, value: Option<Datum>) {
        self.states.learn_attribute(slot, layout);
        self.states.put_attribute(customer, slot, value);
    }
}

impl States {
    /// Puts the value of a column where the events of a measure would have brought it.
    fn seed(&mut self, customer: usize, slot: usize, holds: Holds, layout: Layout, value: Datum) {
        let is_copied = !layout.by_value && self.keeps_values(slot);
        let memory = if is_copied { self.memory() } else { std::ptr::null_mut() };
        let Some((kept, words)) = self.kept_mut(customer, slot) else { return };
        let word = value.value() as u64;
        // SAFETY: the caller says that the value is of the layout.
        let copy = || unsafe { layout.copy(value, memory) }.value() as u64;
        match (kept, holds) {
            (Kept::Count | Kept::Distinct | Kept::First | Kept::Last, _) => words[0] = word,
            (Kept::Sum, Holds::Measure(_)) | (Kept::Average, Holds::Sum(_)) => {
                // A column of its own says how many values there are, where that matters.
                let count = count_of(words[2]).max(u64::from(kept == Kept::Sum));
                self.seed_sum(customer, slot, value, count);
            }
            (Kept::Sum | Kept::Average, Holds::Count(_)) => {
                let scale = scale_of(words[2]);
                match word {
                    0 => words.fill(0),
                    count => words[2] = sum_words(0, scale, count)[2],
                }
            }
            (Kept::Minimum | Kept::Maximum | Kept::Attribute | Kept::Theme(_), _) => {
                (words[0], words[1]) = (copy(), VALUE);
            }
            (Kept::FirstValue | Kept::LastValue, Holds::At(_)) => {
                (words[0], words[2]) = (word, words[2].max(NULL));
            }
            (Kept::FirstValue | Kept::LastValue, _) => (words[1], words[2]) = (copy(), VALUE),
            (Kept::Decayed(_), _) | (Kept::DecayedSum(_), Holds::Positive(_)) => seed_log(words, value),
            (Kept::DecayedSum(_), _) => seed_log(&mut words[2..], value),
            _ => {}
        }
    }

    /// Puts a sum of so many values.
    fn seed_sum(&mut self, customer: usize, slot: usize, value: Datum, count: u64) {
        // SAFETY: the column of a sum is numeric.
        let plain = unsafe { Layout { by_value: false, length: -1 }.plain(value) };
        // SAFETY: as above.
        let (units, scale) = match unsafe { numeric::read(plain) } {
            Number::Units(units, scale) => (units, scale),
            _ => {
                self.seed_other(customer, slot, plain);
                (0, 0)
            }
        };
        if let Some((_, words)) = self.kept_mut(customer, slot) {
            words.copy_from_slice(&sum_words(units, scale, count));
        }
    }
}

/// Puts a logarithm.
fn seed_log(words: &mut [u64], value: Datum) {
    let log = f64::from_bits(value.value() as u64);
    if log > f64::NEG_INFINITY {
        put_log_sum(words, LogSum::of_parts(log, 1.0));
    }
}

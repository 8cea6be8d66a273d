//! What a measure keeps elsewhere than in its words: how values are compared, which of them are different, sums too long.

use super::batch::Gathered;
use super::index::{Index, Part};
use super::kept::{Kept, NOTHING, NULL, VALUE};
use super::memory::Memory;
use super::order::Order;
use super::place::Place;
use super::themes::Themes;
use super::value::{Column, State, Value};
use crate::error::Error;
use crate::pg::datum::Layout;
use crate::pg::numeric::{Sum, add, of_whole};
use pgrx::pg_sys::{self, Datum};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;

/// What a measure keeps elsewhere, for all customers.
#[derive(Default)]
pub struct Elsewhere {
    /// How its values are compared and kept, once a column of theirs is known.
    pub values: Option<Values>,
    /// The numerics that do not fit into a sum, added up, by customer.
    pub others: FxHashMap<u32, Datum>,
    /// The customers with their different values.
    pub distinct: FxHashSet<(u32, u64)>,
    /// How much each of these counts, where the one that counts most is taken.
    themes: Option<Themes>,
}

/// How the values of a measure are compared and kept.
pub struct Values {
    pub layout: Layout,
    pub order: Order,
    /// The numbers of different values; none where the datum is the number.
    index: Option<Index>,
}

impl Elsewhere {
    /// Learns how the values of a measure are compared and kept; those of all its sources are of one type.
    pub fn learn(&mut self, place: &Place, column: &Column) -> Result<(), Error> {
        if self.values.is_none() {
            let order = column.order();
            let is_word = matches!(order, Order::Whole(_) | Order::Float);
            let is_numbered = place.kept == Kept::Distinct || place.themes.is_some();
            let index = match is_numbered && !is_word {
                true => Some(Index::new([Part::of(column.of.0, column.of.1)?])),
                false => None,
            };
            self.values = Some(Values { layout: column.layout, order, index });
            self.themes = place.themes.clone();
        }
        Ok(())
    }

    /// Learns how the values of an attribute are kept.
    pub fn learn_attribute(&mut self, layout: Layout) {
        self.values = Some(Values { layout, order: Order::Whole(8), index: None });
    }

    /// Counts an event for its theme, which may be the one that counts most from now on.
    pub fn count_theme(
        &mut self,
        kept: Kept,
        words: &mut [u64],
        number: usize,
        events: &Gathered,
        memory: &Memory,
    ) {
        let (Some(values), Some(themes)) = (&mut self.values, &mut self.themes) else { return };
        if events.values[number].state == State::None {
            return;
        }
        let value = events.values[number].datum(events.store);
        let theme = (events.customers[number], values.number(value, memory));
        let moment = events.moments.get(number).copied();
        let strength = themes.add(theme, moment);
        match kept {
            Kept::Theme(_) => {
                let best = strength.compare(&words[2..]);
                let is_lower = || values.order.compare(value, Datum::from(words[0])) == Ordering::Less;
                let is_best = match best {
                    _ if words[1] == NOTHING => true,
                    Ordering::Equal => is_lower(),
                    best => best == Ordering::Greater,
                };
                let is_it = words[1] != NOTHING
                    && values.order.compare(value, Datum::from(words[0])) == Ordering::Equal;
                if is_best && !is_it {
                    values.put(words, value, memory);
                }
                if is_best || is_it {
                    strength.put(&mut words[2..]);
                }
            }
            _ if strength.is_above(words) => strength.put(words),
            _ => {}
        }
    }

    /// Adds a number that does not fit to the others of a customer.
    #[cold]
    pub fn add_other(&mut self, customer: u32, value: &Value, store: &[u64], memory: &Memory) {
        let numeric = match value.state {
            State::Word => of_whole(value.whole()),
            State::Units => Sum::of(value.units(), value.scale).numeric(),
            _ => value.datum(store),
        };
        let layout = Layout { by_value: false, length: -1 };
        // SAFETY: both are numerics; the old sum was allocated by us, and nothing else points to it.
        unsafe {
            match self.others.get_mut(&customer) {
                None => {
                    self.others.insert(customer, layout.copy(numeric, memory.context()));
                }
                Some(sum) => {
                    let old = std::mem::replace(sum, layout.copy(add(*sum, numeric), memory.context()));
                    pg_sys::pfree(old.cast_mut_ptr());
                }
            }
        }
    }
}

impl Values {
    /// Keeps a value in the first of two words, in place of an older one.
    pub fn put(&self, words: &mut [u64], value: Datum, memory: &Memory) {
        // SAFETY: the value is of the layout; the old one was allocated by us, and nothing else points to it.
        unsafe {
            let kept = memory.copy(self.layout, value);
            if words[1] == VALUE && !self.layout.by_value {
                pg_sys::pfree(Datum::from(words[0]).cast_mut_ptr());
            }
            words[0] = kept.value() as u64;
        }
        words[1] = VALUE;
    }

    /// Keeps the value of an event that is the first, or the last, so far; at equal times the greatest.
    #[inline]
    pub fn put_at(
        &self,
        words: &mut [u64],
        moment: i64,
        is_first: bool,
        value: &Value,
        store: &[u64],
        memory: &Memory,
    ) {
        let is_sooner = if is_first { moment < words[0] as i64 } else { moment > words[0] as i64 };
        let is_at_once = words[2] != NOTHING && moment == words[0] as i64;
        if words[2] == NOTHING || is_sooner {
            words[0] = moment as u64;
            match value.state {
                State::None => {
                    if words[2] == VALUE && !self.layout.by_value {
                        // SAFETY: the old value was allocated by us, and nothing else points to it.
                        unsafe { pg_sys::pfree(Datum::from(words[1]).cast_mut_ptr()) };
                    }
                    words[2] = NULL;
                }
                _ => self.put(&mut words[1..], value.datum(store), memory),
            }
        } else if is_at_once && value.state != State::None {
            let value = value.datum(store);
            if words[2] == NULL || self.order.compare(value, Datum::from(words[1])) == Ordering::Greater {
                self.put(&mut words[1..], value, memory);
            }
        }
    }

    /// Gives the number of a value among the different ones.
    pub fn number(&mut self, value: Datum, memory: &Memory) -> u64 {
        match &mut self.index {
            None => value.value() as u64,
            // SAFETY: the value is of the type that the index was made for, and the memory goes with it.
            Some(index) => u64::from(unsafe { index.insert(&[value], &[self.layout.length], memory) }.0),
        }
    }
}

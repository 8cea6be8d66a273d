//! The state of all customers while events are added: the words of each lie together.

use super::batch::Gathered;
use super::index::{Index, Part};
use super::kept::{
    Kept, NOTHING, NULL, VALUE, count_of, count_one, log_sum, put_log_sum, scale_of, units_of,
};
use super::keys::no_room;
use super::memory::{Memory, prefetch, spread};
use super::order::Order;
use super::themes::Themes;
use super::value::{Column, State, Value};
use crate::error::Error;
use crate::model::plan::Plan;
use crate::pg::datum::Layout;
use crate::pg::numeric::{DECIMALS, Sum, add, of_whole};
use crate::score::log_sum::{LogSum, half_lives};
use pgrx::pg_sys::{self, Datum};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;
use std::ops::Range;

/// The units of 1.
const ONE: i128 = 10i128.pow(DECIMALS);

/// The state of all customers.
pub struct States {
    words: Vec<u64>,
    /// The words of a customer without any event.
    start: Vec<u64>,
    /// When the first event of each customer begins or ends to count; i64::MAX: none does.
    due: Vec<i64>,
    /// What each measure keeps, by its place; nothing where it is computed.
    places: Vec<Option<Place>>,
    memory: Memory,
}

/// Where a measure keeps its words, and what is kept elsewhere.
pub struct Place {
    pub kept: Kept,
    offset: usize,
    values: Option<Values>,
    /// The numerics that do not fit into a sum, added up, by customer.
    others: FxHashMap<u32, Datum>,
    /// The customers with their different values.
    distinct: FxHashSet<(u32, u64)>,
    /// How much each of these counts, where the one that counts most is taken.
    themes: Option<Themes>,
}

/// How the values of a measure are compared and kept.
struct Values {
    layout: Layout,
    order: Order,
    /// The numbers of different values; none where the datum is the number.
    index: Option<Index>,
}

impl States {
    /// Makes the state of no customer yet, with room for so many.
    pub fn new(plan: &Plan, room: usize) -> Self {
        let mut start = Vec::new();
        let mut place = |kept: Kept, themes: Option<Themes>| {
            let offset = start.len();
            start.extend(kept.start());
            let (others, distinct) = (FxHashMap::default(), FxHashSet::default());
            Place { kept, offset, values: None, others, distinct, themes }
        };
        let place_of = |measured| Some(place(Kept::of(measured)?, Themes::of(measured)));
        let places = plan.measures.iter().map(place_of).collect();
        let (words, due) = (Vec::with_capacity(room * start.len()), Vec::with_capacity(room));
        Self { words, start, due, places, memory: Memory::new() }
    }

    /// Adds a customer without any event.
    pub fn add_customer(&mut self) -> Result<(), Error> {
        if self.words.capacity() < self.words.len() + self.start.len() {
            let more = self.words.len().max(1024 * self.start.len());
            self.words.try_reserve(more).map_err(|_| no_room(self.due.len()))?;
        }
        if self.due.capacity() == self.due.len() {
            self.due.try_reserve(self.due.len().max(1024)).map_err(|_| no_room(self.due.len()))?;
        }
        self.words.extend_from_slice(&self.start);
        self.due.push(i64::MAX);
        Ok(())
    }

    /// Makes ready to add events, when all customers are there.
    pub fn seal(&mut self) -> Result<(), Error> {
        let mut words = spread(self.words.len()).map_err(|_| no_room(self.due.len()))?;
        words.extend_from_slice(&self.words);
        self.words = words;
        Ok(())
    }

    /// Tells whether a measure keeps values as they are.
    pub fn keeps_values(&self, slot: usize) -> bool {
        self.places[slot].as_ref().is_some_and(Place::keeps_values)
    }

    /// Learns how the values of a measure are compared and kept; those of all its sources are of one type.
    pub fn learn(&mut self, slot: usize, column: &Column) -> Result<(), Error> {
        let Some(place) = self.places[slot].as_mut().filter(|place| place.keeps_values()) else {
            return Ok(());
        };
        if place.values.is_none() {
            let order = column.order();
            let is_word = matches!(order, Order::Whole(_) | Order::Float);
            let is_numbered = place.kept == Kept::Distinct || place.themes.is_some();
            let index = match is_numbered && !is_word {
                true => Some(Index::new([Part::of(column.of.0, column.of.1)?])),
                false => None,
            };
            place.values = Some(Values { layout: column.layout, order, index });
        }
        Ok(())
    }

    /// Learns how the values of an attribute are kept.
    pub fn learn_attribute(&mut self, slot: usize, layout: Layout) {
        if let Some(place) = self.places[slot].as_mut() {
            place.values = Some(Values { layout, order: Order::Whole(8), index: None });
        }
    }

    /// Keeps an attribute of a customer, which must be of the layout learnt.
    pub fn put_attribute(&mut self, customer: usize, slot: usize, value: Option<Datum>) {
        let (Some(place), Some(value)) = (&self.places[slot], value) else { return };
        let Some(values) = &place.values else { return };
        let at = customer * self.start.len() + place.offset;
        // SAFETY: the caller says so.
        let kept = unsafe { self.memory.copy(values.layout, value) };
        self.words[at] = kept.value() as u64;
        self.words[at + 1] = VALUE;
    }

    /// Asks for the memory of a customer before it is needed.
    #[inline]
    pub fn prefetch(&self, customer: usize) {
        let width = self.start.len();
        let words = self.words.get(customer * width..(customer + 1) * width).unwrap_or_default();
        // A line of the cache is eight words; the last word may lie in one more.
        words.chunks(8).filter_map(<[u64]>::first).chain(words.last()).for_each(prefetch);
    }

    /// Gives the moment at which something of a customer begins or ends to count; i64::MAX: none.
    #[inline]
    pub fn due(&self, customer: usize) -> i64 {
        self.due[customer]
    }

    /// Notes a moment at which something of a customer begins or ends to count.
    #[inline]
    pub fn fall_due(&mut self, customer: usize, moment: i64) {
        let due = &mut self.due[customer];
        *due = moment.min(*due);
    }

    /// Gives the memory that values are kept in.
    pub fn memory(&self) -> pg_sys::MemoryContext {
        self.memory.context()
    }

    /// Forgets the moment at which something of a customer begins or ends to count.
    pub fn forget_due(&mut self, customer: usize) {
        self.due[customer] = i64::MAX;
    }

    /// Gives what a measure keeps of a customer, to be changed.
    pub fn kept_mut(&mut self, customer: usize, slot: usize) -> Option<(Kept, &mut [u64])> {
        let (kept, range) = self.words_of(customer, slot)?;
        Some((kept, &mut self.words[range]))
    }

    /// Keeps the sum of a customer's numbers that does not fit into words.
    pub fn seed_other(&mut self, customer: usize, slot: usize, sum: Datum) {
        let layout = Layout { by_value: false, length: -1 };
        if let Some(place) = self.places[slot].as_mut() {
            // SAFETY: the caller says that it is a numeric.
            let kept = unsafe { layout.copy(sum, self.memory.context()) };
            place.others.insert(customer as u32, kept);
        }
    }

    /// Finds the words of a measure.
    fn words_of(&self, customer: usize, slot: usize) -> Option<(Kept, Range<usize>)> {
        let place = self.places[slot].as_ref()?;
        let at = customer * self.start.len() + place.offset;
        let next = self.places[slot + 1..].iter().flatten().map(|next| next.offset).next();
        let length = next.unwrap_or(self.start.len()) - place.offset;
        Some((place.kept, at..at + length))
    }

    /// Gives what a measure keeps of a customer.
    pub fn kept(&self, customer: usize, slot: usize) -> Option<(Kept, &[u64])> {
        let (kept, range) = self.words_of(customer, slot)?;
        Some((kept, &self.words[range]))
    }

    /// Gives the sum of a customer's numbers that did not fit.
    pub fn others(&self, customer: usize, slot: usize) -> Option<Datum> {
        self.places[slot].as_ref()?.others.get(&(customer as u32)).copied()
    }

    /// Adds events to a measure.
    pub fn fold(&mut self, slot: usize, events: &Gathered) -> Result<(), Error> {
        let Some(place) = self.places[slot].as_mut() else { return Ok(()) };
        let (width, offset) = (self.start.len(), place.offset);
        let words = &mut self.words[..];
        let at = |number: usize| events.customers[number] as usize * width + offset;
        let each = events.events.iter().map(|number| *number as usize);
        if place.themes.is_some() {
            each.for_each(|number| place.count_theme(&mut words[at(number)..], number, events, &self.memory));
            return Ok(());
        }
        match place.kept {
            Kept::Count => each.for_each(|number| words[at(number)] += 1),
            Kept::First => each.for_each(|number| {
                let word = &mut words[at(number)];
                *word = events.moments[number].min(*word as i64) as u64;
            }),
            Kept::Last => each.for_each(|number| {
                let word = &mut words[at(number)];
                *word = events.moments[number].max(*word as i64) as u64;
            }),
            Kept::Decayed(half_life) => each.for_each(|number| {
                let words = &mut words[at(number)..][..2];
                let mut sum = log_sum(words);
                sum.add(half_lives(events.moments[number], half_life));
                put_log_sum(words, sum);
            }),
            Kept::DecayedSum(half_life) => each.for_each(|number| {
                let value = &events.values[number];
                if value.state != State::None {
                    let weight = value.float();
                    let words = &mut words[at(number) + if weight < 0.0 { 2 } else { 0 }..][..2];
                    let mut sum: LogSum = log_sum(words);
                    sum.add(weight.abs().log2() + half_lives(events.moments[number], half_life));
                    put_log_sum(words, sum);
                }
            }),
            Kept::Sum | Kept::Average => {
                for number in each {
                    let value = &events.values[number];
                    let words = &mut words[at(number)..][..3];
                    if !add_up(words, value) {
                        place.add_other(events.customers[number], value, events.store, &self.memory);
                    }
                }
            }
            Kept::Minimum | Kept::Maximum => {
                let wanted = if place.kept == Kept::Minimum { Ordering::Less } else { Ordering::Greater };
                let Some(values) = &place.values else { return Ok(()) };
                for number in each {
                    let words = &mut words[at(number)..][..2];
                    let value = &events.values[number];
                    if value.state != State::None {
                        let value = value.datum(events.store);
                        if words[1] == NOTHING || values.order.compare(value, Datum::from(words[0])) == wanted
                        {
                            values.put(words, value, &self.memory);
                        }
                    }
                }
            }
            Kept::FirstValue | Kept::LastValue => {
                let is_first = place.kept == Kept::FirstValue;
                let Some(values) = &place.values else { return Ok(()) };
                for number in each {
                    let words = &mut words[at(number)..][..3];
                    let moment = events.moments[number];
                    values.put_at(
                        words,
                        moment,
                        is_first,
                        &events.values[number],
                        events.store,
                        &self.memory,
                    );
                }
            }
            Kept::Distinct => {
                let Some(values) = &mut place.values else { return Ok(()) };
                for number in each {
                    let value = &events.values[number];
                    if value.state != State::None {
                        let value = values.number(value.datum(events.store), &self.memory);
                        if place.distinct.insert((events.customers[number], value)) {
                            words[at(number)] += 1;
                        }
                    }
                }
            }
            Kept::Attribute | Kept::Theme(_) => {}
        }
        Ok(())
    }
}

/// Adds a value to a sum; tells whether it fits.
#[inline]
fn add_up(words: &mut [u64], value: &Value) -> bool {
    let (units, scale) = match value.state {
        State::None => return true,
        State::Units => (value.units(), value.scale),
        State::Word => (i128::from(value.whole()) * ONE, 0),
        State::Bytes => {
            words[2] = count_one(words[2], 0);
            return false;
        }
    };
    let sum = units_of(words).checked_add(units);
    words[2] = count_one(words[2], if sum.is_some() { scale } else { 0 });
    if let Some(sum) = sum {
        (words[0], words[1]) = (sum as u64, (sum >> 64) as u64);
    }
    sum.is_some()
}

impl Place {
    /// Tells whether it keeps values as they are, or tells them apart.
    fn keeps_values(&self) -> bool {
        self.kept.keeps_values() || self.themes.is_some()
    }

    /// Counts an event for its theme, which may be the one that counts most from now on.
    fn count_theme(&mut self, words: &mut [u64], number: usize, events: &Gathered, memory: &Memory) {
        let (Some(values), Some(themes)) = (&mut self.values, &mut self.themes) else { return };
        if events.values[number].state == State::None {
            return;
        }
        let value = events.values[number].datum(events.store);
        let theme = (events.customers[number], values.number(value, memory));
        let moment = events.moments.get(number).copied();
        let strength = themes.add(theme, moment);
        match self.kept {
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
    fn add_other(&mut self, customer: u32, value: &Value, store: &[u64], memory: &Memory) {
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
    fn put(&self, words: &mut [u64], value: Datum, memory: &Memory) {
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
    fn put_at(
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
    fn number(&mut self, value: Datum, memory: &Memory) -> u64 {
        match &mut self.index {
            None => value.value() as u64,
            // SAFETY: the value is of the type that the index was made for, and the memory goes with it.
            Some(index) => u64::from(unsafe { index.insert(&[value], &[self.layout.length], memory) }.0),
        }
    }
}

/// Gives the sum of the three words of a sum.
pub fn sum_of(words: &[u64]) -> (Sum, i64) {
    (Sum::of(units_of(words), scale_of(words[2])), count_of(words[2]) as i64)
}

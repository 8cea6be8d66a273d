//! The state of all customers while events are added: the words of each lie together.

use super::batch::Gathered;
use super::elsewhere::Elsewhere;
use super::kept::{Kept, NOTHING, VALUE, count_of, count_one, log_sum, put_log_sum, scale_of, units_of};
use super::keys::no_room;
use super::memory::{Memory, prefetch, spread};
use super::place::{Place, Places};
use super::value::{Column, State, Value};
use crate::error::Error;
use crate::pg::datum::Layout;
use crate::pg::numeric::{DECIMALS, Sum};
use crate::score::log_sum::{LogSum, half_lives};
use pgrx::pg_sys::{self, Datum};
use std::cmp::Ordering;
use std::rc::Rc;

/// The units of 1.
const ONE: i128 = 10i128.pow(DECIMALS);

/// The state of all customers.
pub struct States {
    /// What each measure keeps, and where.
    places: Rc<Places>,
    words: Vec<u64>,
    /// When the first event of each customer begins or ends to count; i64::MAX: none does.
    due: Vec<i64>,
    /// What each measure keeps elsewhere, once one does: most models keep words alone.
    elsewhere: Vec<Elsewhere>,
    memory: Memory,
}

impl States {
    /// Makes the state of no customer yet, with room for so many.
    pub fn new(places: Rc<Places>, room: usize) -> Self {
        let (words, due) = (Vec::with_capacity(room * places.width()), Vec::with_capacity(room));
        Self { places, words, due, elsewhere: Vec::new(), memory: Memory::new() }
    }

    /// Adds a customer without any event.
    pub fn add_customer(&mut self) -> Result<(), Error> {
        let start = self.places.start();
        if self.words.capacity() < self.words.len() + start.len() {
            let more = self.words.len().max(1024 * start.len());
            self.words.try_reserve(more).map_err(|_| no_room(self.due.len()))?;
        }
        if self.due.capacity() == self.due.len() {
            self.due.try_reserve(self.due.len().max(1024)).map_err(|_| no_room(self.due.len()))?;
        }
        self.words.extend_from_slice(start);
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
        self.places.get(slot).is_some_and(Place::keeps_values)
    }

    /// Learns how the values of a measure are compared and kept; those of all its sources are of one type.
    pub fn learn(&mut self, slot: usize, column: &Column) -> Result<(), Error> {
        let places = self.places.clone();
        match places.get(slot).filter(|place| place.keeps_values()) {
            Some(place) => elsewhere_of(&mut self.elsewhere, &places, slot).learn(place, column),
            None => Ok(()),
        }
    }

    /// Learns how the values of an attribute are kept.
    pub fn learn_attribute(&mut self, slot: usize, layout: Layout) {
        elsewhere_of(&mut self.elsewhere, &self.places, slot).learn_attribute(layout);
    }

    /// Keeps an attribute of a customer, which must be of the layout learnt.
    pub fn put_attribute(&mut self, customer: usize, slot: usize, value: Option<Datum>) {
        let (Some(place), Some(value)) = (self.places.get(slot), value) else { return };
        let Some(values) = self.elsewhere.get(slot).and_then(|elsewhere| elsewhere.values.as_ref()) else {
            return;
        };
        let words = &mut self.words[self.places.range(place, customer)];
        // SAFETY: the caller says so.
        let kept = unsafe { self.memory.copy(values.layout, value) };
        (words[0], words[1]) = (kept.value() as u64, VALUE);
    }

    /// Asks for the memory of a customer before it is needed.
    #[inline]
    pub fn prefetch(&self, customer: usize) {
        let width = self.places.width();
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
        let place = self.places.get(slot)?;
        Some((place.kept, &mut self.words[self.places.range(place, customer)]))
    }

    /// Keeps the sum of a customer's numbers that does not fit into words.
    pub fn seed_other(&mut self, customer: usize, slot: usize, sum: Datum) {
        let layout = Layout { by_value: false, length: -1 };
        // SAFETY: the caller says that it is a numeric.
        let kept = unsafe { layout.copy(sum, self.memory.context()) };
        elsewhere_of(&mut self.elsewhere, &self.places, slot).others.insert(customer as u32, kept);
    }

    /// Gives what a measure keeps of a customer.
    pub fn kept(&self, customer: usize, slot: usize) -> Option<(Kept, &[u64])> {
        let place = self.places.get(slot)?;
        Some((place.kept, &self.words[self.places.range(place, customer)]))
    }

    /// Gives the sum of a customer's numbers that did not fit.
    pub fn others(&self, customer: usize, slot: usize) -> Option<Datum> {
        self.elsewhere.get(slot)?.others.get(&(customer as u32)).copied()
    }

    /// Adds events to a measure.
    pub fn fold(&mut self, slot: usize, events: &Gathered) -> Result<(), Error> {
        let places = &self.places;
        let Some(place) = places.get(slot) else { return Ok(()) };
        let (width, offset) = (places.width(), place.offset());
        let (words, all) = (&mut self.words[..], &mut self.elsewhere);
        let at = |number: usize| events.customers[number] as usize * width + offset;
        let each = events.events.iter().map(|number| *number as usize);
        if place.themes.is_some() {
            let (kept, elsewhere) = (place.kept, elsewhere_of(all, places, slot));
            each.for_each(|number| {
                elsewhere.count_theme(kept, &mut words[at(number)..], number, events, &self.memory);
            });
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
                        let customer = events.customers[number];
                        elsewhere_of(all, places, slot).add_other(
                            customer,
                            value,
                            events.store,
                            &self.memory,
                        );
                    }
                }
            }
            Kept::Minimum | Kept::Maximum => {
                let wanted = if place.kept == Kept::Minimum { Ordering::Less } else { Ordering::Greater };
                let Some(values) = &elsewhere_of(all, places, slot).values else { return Ok(()) };
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
                let Some(values) = &elsewhere_of(all, places, slot).values else { return Ok(()) };
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
                let Elsewhere { values: Some(values), distinct, .. } = elsewhere_of(all, places, slot) else {
                    return Ok(());
                };
                for number in each {
                    let value = &events.values[number];
                    if value.state != State::None {
                        let value = values.number(value.datum(events.store), &self.memory);
                        if distinct.insert((events.customers[number], value)) {
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

/// Gives what a measure keeps elsewhere, and makes room for that.
fn elsewhere_of<'a>(all: &'a mut Vec<Elsewhere>, places: &Places, slot: usize) -> &'a mut Elsewhere {
    if all.is_empty() {
        all.resize_with(places.len(), Elsewhere::default);
    }
    &mut all[slot]
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

/// Gives the sum of the three words of a sum.
pub fn sum_of(words: &[u64]) -> (Sum, i64) {
    (Sum::of(units_of(words), scale_of(words[2])), count_of(words[2]) as i64)
}

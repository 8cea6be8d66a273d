//! Events that are folded together, so that the memory of one customer is fetched while another's is added to.

use super::keys::{Keys, NOBODY};
use super::skipped::Skipped;
use super::span::{Span, When};
use super::state::States;
use super::value::{Column, Value};
use crate::error::Error;
use crate::model::plan::Plan;
use crate::model::sql::events::Events;
use crate::pg::call::is_finite;
use crate::pg::row::Row;
use pgrx::pg_sys::Datum;

/// How many events are folded together: what they are in memory stays in the second nearest cache.
const MOST: usize = 256;

/// How many words of values stay allocated from statement to statement.
const MOST_KEPT: usize = 8192;

/// How many events later a customer is found whose place in the table was asked for: so long does memory take to come.
const WAIT: usize = 4;

/// A measure that takes something of the source.
struct Take {
    slot: usize,
    filter: Option<usize>,
    weighed: Option<usize>,
    span: Span,
}

/// What the first row of a statement tells of all.
#[derive(Default)]
struct Learned {
    /// How long the columns of the key are.
    lengths: Vec<i16>,
    /// The columns that are read.
    columns: Vec<Column>,
    /// For each measure, the number of its value among these.
    values: Vec<usize>,
}

/// What the events of a source are gathered in; it serves for any number of statements that give the same columns.
#[derive(Default)]
pub struct Basket {
    takes: Vec<Take>,
    /// What was learnt of a first row, once there was one.
    learned: Learned,
    has_learned: bool,
    numbers: Vec<i64>,
    customers: Vec<u32>,
    moments: Vec<i64>,
    values: Vec<Vec<Value>>,
    store: Vec<u64>,
    /// For each measure with a filter or weights, what they say of each event.
    marks: Vec<Vec<Mark>>,
    known: Vec<u32>,
    picked: Vec<u32>,
}

/// The events of one source, while they are gathered.
pub struct Batch<'a> {
    events: &'a Events,
    /// How many columns the key has.
    key: usize,
    as_of: i64,
    basket: &'a mut Basket,
    is_started: bool,
    /// What is no event.
    pub skipped: Skipped,
}

/// What filter and weights say of an event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Counts,
    Filtered,
    NoWeight,
}

/// What is folded: events by their numbers, and what is known of each.
pub struct Gathered<'a> {
    /// The numbers of the events.
    pub events: &'a [u32],
    /// The customers of all events.
    pub customers: &'a [u32],
    /// The moments of all events.
    pub moments: &'a [i64],
    /// The values of all events.
    pub values: &'a [Value],
    /// The bytes of values.
    pub store: &'a [u64],
}

impl<'a> Batch<'a> {
    /// Makes ready to gather the events of a source in its basket.
    pub fn new(plan: &Plan, events: &'a Events, as_of: i64, basket: &'a mut Basket) -> Self {
        // Whoever had it before may have met an error.
        basket.clear();
        if basket.takes.is_empty() {
            let takes = events.takes.iter().filter_map(|take| {
                let span = Span::of(plan.measures[take.slot].taken()?);
                let (slot, filter, weighed) = (take.slot, take.filter, take.weighed);
                Some(Take { slot, filter, weighed, span })
            });
            basket.takes = takes.collect();
            basket.marks.resize_with(basket.takes.len(), Vec::new);
        }
        let (key, skipped) = (plan.key.len(), Skipped::default());
        Self { events, key, as_of, basket, is_started: false, skipped }
    }

    /// Learns from the first row of which types the columns are.
    #[cold]
    fn start(&mut self, row: &Row, states: &mut States) -> Result<(), Error> {
        self.is_started = true;
        if !self.basket.has_learned {
            (self.basket.learned, self.basket.has_learned) = (self.learn(row, states), true);
        }
        let Basket { takes, learned, values, .. } = &mut *self.basket;
        values.resize_with(learned.columns.len(), Vec::new);
        for ((take, of), value) in takes.iter().zip(&self.events.takes).zip(&learned.values) {
            if of.value.is_some() {
                states.learn(take.slot, &learned.columns[*value])?;
            }
        }
        Ok(())
    }

    /// Finds of which types the columns are.
    fn learn(&self, row: &Row, states: &States) -> Learned {
        let layout = |at| crate::pg::datum::Layout::of(row.type_of(at));
        let lengths = (0..self.key).map(|at| layout(at).length).collect();
        let mut read: Vec<usize> = Vec::new();
        let mut number = |at: usize| {
            read.iter().position(|known| *known == at).unwrap_or_else(|| {
                read.push(at);
                read.len() - 1
            })
        };
        let values = self.events.takes.iter().map(|take| take.value.map_or(0, &mut number)).collect();
        let keeps_bytes = |at: usize| {
            let mut users = self.events.takes.iter().filter(|take| take.value == Some(at));
            users.any(|take| states.keeps_values(take.slot))
        };
        let columns = read.iter().map(|at| Column::of(row, *at, keeps_bytes(*at))).collect();
        Learned { lengths, columns, values }
    }

    /// Adds a row of the source's statement.
    #[inline]
    pub fn add(&mut self, row: &Row, keys: &mut Keys, states: &mut States) -> Result<(), Error> {
        if !self.is_started {
            self.start(row, states)?;
        }
        if self.events.joined.is_some_and(|joined| !is_true(row.datum(joined))) {
            self.skipped.not_joined += 1;
            return Ok(());
        }
        match (self.key, row.datum(0)) {
            (_, None) => {
                self.skipped.no_customer += 1;
                return Ok(());
            }
            (1, Some(key)) if keys.are_whole() => {
                let key = crate::pg::datum::whole(key, self.basket.learned.lengths[0]);
                match self.moment(row) {
                    Some(moment) => {
                        keys.prefetch(key);
                        self.basket.numbers.push(key);
                        self.basket.moments.push(moment);
                        if let Some(waiting) = self.basket.numbers.len().checked_sub(WAIT) {
                            self.find(waiting, keys, states);
                        }
                    }
                    None => return Ok(()),
                }
            }
            _ => {
                let key: Option<Vec<Datum>> = (0..self.key).map(|at| row.datum(at)).collect();
                let Some(key) = key else {
                    self.skipped.no_customer += 1;
                    return Ok(());
                };
                let Some(moment) = self.moment(row) else { return Ok(()) };
                // SAFETY: the statement casts the columns to the types of the key, but for whole numbers.
                let customer = unsafe { keys.find(&key, &self.basket.learned.lengths) };
                states.prefetch(customer as usize);
                self.basket.customers.push(customer);
                self.basket.moments.push(moment);
            }
        }
        for (column, values) in self.basket.learned.columns.iter().zip(&mut self.basket.values) {
            values.push(column.read(row, &mut self.basket.store));
        }
        for (take, marks) in self.basket.takes.iter().zip(&mut self.basket.marks) {
            if take.filter.is_some() || take.weighed.is_some() {
                let fails = |item: Option<usize>| item.is_some_and(|item| !is_true(row.datum(item)));
                marks.push(match fails(take.filter) {
                    true => Mark::Filtered,
                    false if fails(take.weighed) => Mark::NoWeight,
                    false => Mark::Counts,
                });
            }
        }
        if self.basket.moments.len() == MOST { self.fold(keys, states) } else { Ok(()) }
    }

    /// Finds the customers of the first so many events, and asks for the memory of each.
    #[inline]
    fn find(&mut self, events: usize, keys: &Keys, states: &States) {
        while let Some(key) = self.basket.numbers[..events].get(self.basket.customers.len()) {
            let customer = keys.find_whole(*key);
            states.prefetch(customer as usize);
            self.basket.customers.push(customer);
        }
    }

    /// Reads the moment of a row; none where it is no event.
    #[inline]
    fn moment(&mut self, row: &Row) -> Option<i64> {
        // What has no moment always counts.
        let Some(at) = self.events.at else { return Some(i64::MIN) };
        match row.datum(at).map(|moment| moment.value() as i64) {
            Some(moment) if is_finite(moment) => Some(moment),
            Some(_) => {
                self.skipped.infinite_date += 1;
                None
            }
            None => {
                self.skipped.no_date += 1;
                None
            }
        }
    }

    /// Folds what was gathered.
    pub fn fold(&mut self, keys: &Keys, states: &mut States) -> Result<(), Error> {
        self.find(self.basket.numbers.len(), keys, states);
        self.basket.known.clear();
        let mut is_any_future = false;
        for (number, (customer, moment)) in
            (0u32..).zip(self.basket.customers.iter().zip(&self.basket.moments))
        {
            if *customer != NOBODY {
                self.basket.known.push(number);
                is_any_future |= *moment > self.as_of;
            }
        }
        self.skipped.unknown_customer += (self.basket.moments.len() - self.basket.known.len()) as u64;
        for at in 0..self.basket.takes.len() {
            let take = &self.basket.takes[at];
            let is_plain = self.basket.marks[at].is_empty() && take.span.is_endless() && !is_any_future;
            if !is_plain {
                self.pick(at, states);
            }
            let (take, value) =
                (&self.basket.takes[at], self.basket.learned.values.get(at).copied().unwrap_or_default());
            let gathered = Gathered {
                events: if is_plain { &self.basket.known } else { &self.basket.picked },
                customers: &self.basket.customers,
                moments: &self.basket.moments,
                values: self.basket.values.get(value).map(Vec::as_slice).unwrap_or_default(),
                store: &self.basket.store,
            };
            states.fold(take.slot, &gathered)?;
        }
        self.basket.clear();
        Ok(())
    }

    /// Picks the events that a measure counts as of now, and notes when the others will.
    fn pick(&mut self, at: usize, states: &mut States) {
        let take = &self.basket.takes[at];
        let mut without_weight = 0;
        self.basket.picked.clear();
        for event in &self.basket.known {
            let number = *event as usize;
            match self.basket.marks[at].get(number) {
                Some(Mark::Filtered) => continue,
                Some(Mark::NoWeight) => {
                    without_weight += 1;
                    continue;
                }
                _ => {}
            }
            let (moment, customer) = (self.basket.moments[number], self.basket.customers[number] as usize);
            if take.span.is_endless() {
                if moment <= self.as_of {
                    self.basket.picked.push(*event);
                } else {
                    states.fall_due(customer, moment);
                }
                continue;
            }
            match take.span.when(moment, self.as_of, states.due(customer)) {
                When::From(start) => states.fall_due(customer, start),
                When::Until(end) => {
                    states.fall_due(customer, end);
                    self.basket.picked.push(*event);
                }
                When::Past => {}
            }
        }
        if without_weight > 0 {
            let slot = take.slot;
            match self.skipped.no_weight.iter_mut().find(|(known, _)| *known == slot) {
                Some((_, count)) => *count += without_weight,
                None => self.skipped.no_weight.push((slot, without_weight)),
            }
        }
    }
}

impl Basket {
    /// Forgets what was gathered.
    fn clear(&mut self) {
        self.numbers.clear();
        self.customers.clear();
        self.moments.clear();
        self.store.clear();
        self.store.shrink_to(MOST_KEPT);
        self.values.iter_mut().for_each(Vec::clear);
        self.marks.iter_mut().for_each(Vec::clear);
    }
}

/// Tells whether a boolean is true; NULL is not.
#[inline]
fn is_true(value: Option<Datum>) -> bool {
    value.is_some_and(|value| value.value() as u8 != 0)
}

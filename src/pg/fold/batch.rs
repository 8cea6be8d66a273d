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
use std::cell::OnceCell;
use std::rc::Rc;

/// How many events are folded together: what they are in memory stays in the second nearest cache.
const MOST: usize = 256;

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
pub struct Learned {
    /// How long the columns of the key are.
    lengths: Vec<i16>,
    /// The columns that are read.
    columns: Vec<Column>,
    /// For each measure, the number of its value among these.
    values: Vec<usize>,
}

/// What the events of one source are gathered in.
pub struct Batch<'a> {
    events: &'a Events,
    /// How many columns the key has.
    key: usize,
    takes: Vec<Take>,
    as_of: i64,
    /// What is learnt of the first row, and where it is kept for the next statement.
    learned: Rc<Learned>,
    keeps: Option<&'a OnceCell<Rc<Learned>>>,
    is_started: bool,
    numbers: Vec<i64>,
    customers: Vec<u32>,
    moments: Vec<i64>,
    values: Vec<Vec<Value>>,
    store: Vec<u64>,
    /// For each measure with a filter or weights, what they say of each event.
    marks: Vec<Vec<Mark>>,
    known: Vec<u32>,
    picked: Vec<u32>,
    /// What is no event.
    pub skipped: Skipped,
}

/// What is known of events before the first comes.
#[derive(Clone, Copy, Default)]
pub struct Expected<'a> {
    /// About how many there will be.
    pub rows: Option<usize>,
    /// Where what the first row tells is kept from statement to statement.
    pub learned: Option<&'a OnceCell<Rc<Learned>>>,
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
    /// Makes ready to gather the events of a source, of which about so many will come.
    pub fn new(plan: &Plan, events: &'a Events, as_of: i64, expected: Expected<'a>) -> Self {
        let room = expected.rows.unwrap_or(MOST).min(MOST);
        let takes = events.takes.iter().filter_map(|take| {
            let span = Span::of(plan.measures[take.slot].taken()?);
            let (slot, filter, weighed) = (take.slot, take.filter, take.weighed);
            Some(Take { slot, filter, weighed, span })
        });
        Self {
            events,
            key: plan.key.len(),
            takes: takes.collect(),
            as_of,
            learned: Rc::default(),
            keeps: expected.learned,
            is_started: false,
            numbers: Vec::with_capacity(room),
            customers: Vec::with_capacity(room),
            moments: Vec::with_capacity(room),
            values: Vec::new(),
            store: Vec::new(),
            marks: vec![Vec::new(); events.takes.len()],
            known: Vec::with_capacity(room),
            picked: Vec::new(),
            skipped: Skipped { source: events.source.clone(), ..Skipped::default() },
        }
    }

    /// Learns from the first row of which types the columns are.
    #[cold]
    fn start(&mut self, row: &Row, states: &mut States) -> Result<(), Error> {
        self.is_started = true;
        self.learned = match self.keeps {
            Some(keeps) => keeps.get_or_init(|| Rc::new(self.learn(row, states))).clone(),
            None => Rc::new(self.learn(row, states)),
        };
        self.values = vec![Vec::with_capacity(self.moments.capacity()); self.learned.columns.len()];
        for ((take, of), value) in self.takes.iter().zip(&self.events.takes).zip(&self.learned.values) {
            if of.value.is_some() {
                states.learn(take.slot, &self.learned.columns[*value])?;
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
                let key = crate::pg::datum::whole(key, self.learned.lengths[0]);
                match self.moment(row) {
                    Some(moment) => {
                        keys.prefetch(key);
                        self.numbers.push(key);
                        self.moments.push(moment);
                        if let Some(waiting) = self.numbers.len().checked_sub(WAIT) {
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
                let customer = unsafe { keys.find(&key, &self.learned.lengths) };
                states.prefetch(customer as usize);
                self.customers.push(customer);
                self.moments.push(moment);
            }
        }
        for (column, values) in self.learned.columns.iter().zip(&mut self.values) {
            values.push(column.read(row, &mut self.store));
        }
        for (take, marks) in self.takes.iter().zip(&mut self.marks) {
            if take.filter.is_some() || take.weighed.is_some() {
                let fails = |item: Option<usize>| item.is_some_and(|item| !is_true(row.datum(item)));
                marks.push(match fails(take.filter) {
                    true => Mark::Filtered,
                    false if fails(take.weighed) => Mark::NoWeight,
                    false => Mark::Counts,
                });
            }
        }
        if self.moments.len() == MOST { self.fold(keys, states) } else { Ok(()) }
    }

    /// Finds the customers of the first so many events, and asks for the memory of each.
    #[inline]
    fn find(&mut self, events: usize, keys: &Keys, states: &States) {
        while let Some(key) = self.numbers[..events].get(self.customers.len()) {
            let customer = keys.find_whole(*key);
            states.prefetch(customer as usize);
            self.customers.push(customer);
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
        self.find(self.numbers.len(), keys, states);
        self.known.clear();
        let mut is_any_future = false;
        for (number, (customer, moment)) in (0u32..).zip(self.customers.iter().zip(&self.moments)) {
            if *customer != NOBODY {
                self.known.push(number);
                is_any_future |= *moment > self.as_of;
            }
        }
        self.skipped.unknown_customer += (self.moments.len() - self.known.len()) as u64;
        for at in 0..self.takes.len() {
            let take = &self.takes[at];
            let is_plain = self.marks[at].is_empty() && take.span.is_endless() && !is_any_future;
            if !is_plain {
                self.pick(at, states);
            }
            let (take, value) = (&self.takes[at], self.learned.values.get(at).copied().unwrap_or_default());
            let gathered = Gathered {
                events: if is_plain { &self.known } else { &self.picked },
                customers: &self.customers,
                moments: &self.moments,
                values: self.values.get(value).map(Vec::as_slice).unwrap_or_default(),
                store: &self.store,
            };
            states.fold(take.slot, &gathered)?;
        }
        self.clear();
        Ok(())
    }

    /// Picks the events that a measure counts as of now, and notes when the others will.
    fn pick(&mut self, at: usize, states: &mut States) {
        let take = &self.takes[at];
        let mut without_weight = 0;
        self.picked.clear();
        for event in &self.known {
            let number = *event as usize;
            match self.marks[at].get(number) {
                Some(Mark::Filtered) => continue,
                Some(Mark::NoWeight) => {
                    without_weight += 1;
                    continue;
                }
                _ => {}
            }
            let (moment, customer) = (self.moments[number], self.customers[number] as usize);
            if take.span.is_endless() {
                if moment <= self.as_of {
                    self.picked.push(*event);
                } else {
                    states.fall_due(customer, moment);
                }
                continue;
            }
            match take.span.when(moment, self.as_of, states.due(customer)) {
                When::From(start) => states.fall_due(customer, start),
                When::Until(end) => {
                    states.fall_due(customer, end);
                    self.picked.push(*event);
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

    /// Forgets what was gathered.
    fn clear(&mut self) {
        self.numbers.clear();
        self.customers.clear();
        self.moments.clear();
        self.store.clear();
        self.values.iter_mut().for_each(Vec::clear);
        self.marks.iter_mut().for_each(Vec::clear);
    }
}

/// Tells whether a boolean is true; NULL is not.
#[inline]
fn is_true(value: Option<Datum>) -> bool {
    value.is_some_and(|value| value.value() as u8 != 0)
}

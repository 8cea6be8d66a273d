//! What was derived of all customers: read as facts, as texts, and as the columns of the score table.

use super::average::average;
use super::kept::{Kept, VALUE, log_sum};
use super::keys::{KeyTypes, Keys};
use super::memory::Memory;
use super::place::Places;
use super::skipped::Skipped;
use super::state::{States, sum_of};
use crate::error::Error;
use crate::model::column::{Column, Holds};
use crate::model::fact::Fact;
use crate::model::plan::Plan;
use crate::model::sql::literal;
use crate::pg::datum::Form;
use crate::pg::numeric::{self, DECIMALS, Sum, add, of_units};
use crate::pg::own::Own;
use crate::pg::query;
use crate::score::log_sum::Decayed;
use crate::score::number::Number;
use pgrx::pg_sys::Datum;
use std::rc::Rc;

/// The measures of customers.
pub struct Derived {
    pub(super) keys: Keys,
    pub(super) states: States,
    pub(super) skipped: Vec<Skipped>,
    pub(super) shapes: Rc<Shapes>,
    /// How the parts of the key are written.
    pub(super) key_forms: Vec<Form>,
}

/// The columns of the measures, by place.
pub struct Shapes {
    shapes: Vec<Shape>,
    /// What they keep while events are added, and where.
    places: Rc<Places>,
    /// What the column of the scores' own measures holds.
    pub(super) own: Own,
    /// Where their values lie.
    _memory: Memory,
}

/// The column of a measure.
struct Shape {
    form: Form,
    /// What no event gives.
    empty: Option<Datum>,
}

impl Shapes {
    /// Asks the database what no event gives.
    pub fn of(plan: &Plan) -> Result<Self, Error> {
        let memory = Memory::new();
        let mut shapes = Vec::new();
        let items = plan.measures.iter().map(|measured| {
            let empty = measured.empty().map_or("NULL".into(), |empty| literal(&empty));
            format!("{empty}::{}", measured.column.sql)
        });
        let sql = format!("SELECT {}", items.collect::<Vec<_>>().join(", "));
        query::stream(&sql, &[], &mut |row| {
            for (at, measured) in plan.measures.iter().enumerate() {
                let form = Form::of(measured.column.nature, row.type_of(at));
                // SAFETY: the value is of the column's type.
                let copy = |value| unsafe { form.layout().copy(value, memory.context()) };
                shapes.push(Shape { form, empty: row.datum(at).map(copy) });
            }
            Ok(())
        })?;
        Ok(Self { shapes, places: Rc::new(Places::of(plan)), own: Own::of(plan), _memory: memory })
    }
}

impl Derived {
    /// Makes what holds no customer yet, whose keys have these types, with room for so many; 0 where that is not known.
    pub fn new(shapes: Rc<Shapes>, types: &KeyTypes, room: usize) -> Self {
        let (keys, states) = (Keys::new(types, room), States::new(shapes.places.clone(), room));
        Self { keys, states, skipped: Vec::new(), shapes, key_forms: Vec::new() }
    }

    /// Counts the customers.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Gives the key of a customer.
    pub fn key(&self, customer: usize) -> &[Datum] {
        self.keys.key(customer)
    }

    /// Writes the parts of a customer's key as texts.
    pub fn key_texts(&self, customer: usize) -> Vec<String> {
        let parts = self.key(customer).iter().zip(&self.key_forms);
        parts.map(|(part, form)| form.text(*part)).collect()
    }

    /// Tells what rows of the sources were no events.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Gives the first moment at which an event of a customer begins or ends to count.
    pub fn due(&self, customer: usize) -> Option<i64> {
        Some(self.states.due(customer)).filter(|due| *due != i64::MAX)
    }

    /// Gives the facts of a customer in the order of the measures; nothing for those that are computed.
    pub fn facts(&self, customer: usize, facts: &mut Vec<Fact>) {
        facts.clear();
        facts.extend((0..self.shapes.shapes.len()).map(|slot| self.fact(customer, slot)));
    }

    /// Gives one fact.
    fn fact(&self, customer: usize, slot: usize) -> Fact<'static> {
        let (shape, Some((kept, words))) = (&self.shapes.shapes[slot], self.states.kept(customer, slot))
        else {
            return Fact::None;
        };
        let has_any = kept.has_any(words);
        match kept {
            Kept::Decayed(_) | Kept::DecayedSum(_) if !has_any && shape.empty.is_none() => Fact::None,
            Kept::Decayed(_) => Fact::Decayed(Decayed { positive: log_sum(words).log2(), ..Decayed::NONE }),
            Kept::DecayedSum(_) => {
                let (positive, negative) = (log_sum(words).log2(), log_sum(&words[2..]).log2());
                Fact::Decayed(Decayed { positive, negative })
            }
            _ if !has_any => shape.form.fact(shape.empty),
            Kept::Count | Kept::Distinct => Fact::Number(Number::Whole(words[0] as i64)),
            Kept::First | Kept::Last => Fact::Moment(words[0] as i64),
            Kept::Sum | Kept::Average => match self.exact(customer, slot, kept, words) {
                Some((units, scale)) => Fact::Number(Number::decimal(units, scale)),
                None => shape.form.fact(self.value(customer, slot)),
            },
            _ => shape.form.fact(self.value(customer, slot)),
        }
    }

    /// Gives a sum or an average in units, and their scale; none where they do not fit.
    fn exact(&self, customer: usize, slot: usize, kept: Kept, words: &[u64]) -> Option<(i128, u32)> {
        let (sum, count) = sum_of(words);
        let scale = sum.scale();
        if scale > DECIMALS || self.states.others(customer, slot).is_some() {
            return None;
        }
        let units = sum.units() / 10i128.pow(DECIMALS - scale);
        match kept {
            Kept::Average => Some((average(units, scale, count as u64)?, scale + 2)),
            _ => Some((units, scale)),
        }
    }

    /// Gives the sum of a customer's numbers.
    fn total(&self, customer: usize, slot: usize, sum: Sum) -> Datum {
        match self.states.others(customer, slot) {
            Some(others) => add(others, sum.numeric()),
            None => sum.numeric(),
        }
    }

    /// Gives the value of a measure, as its column has it; none for NULL, and for what is computed or decays.
    pub fn value(&self, customer: usize, slot: usize) -> Option<Datum> {
        let (kept, words) = self.states.kept(customer, slot)?;
        if !kept.has_any(words) {
            return self.shapes.shapes[slot].empty;
        }
        match kept {
            Kept::Count | Kept::Distinct | Kept::First | Kept::Last => Some(Datum::from(words[0])),
            Kept::Sum | Kept::Average => match self.exact(customer, slot, kept, words) {
                Some((units, scale)) => Some(of_units(units, scale)),
                None => {
                    let (sum, count) = sum_of(words);
                    let total = self.total(customer, slot, sum);
                    Some(if kept == Kept::Average { numeric::average(total, count) } else { total })
                }
            },
            Kept::Minimum | Kept::Maximum | Kept::Attribute | Kept::Theme(_) => Some(Datum::from(words[0])),
            Kept::FirstValue | Kept::LastValue => (words[2] == VALUE).then(|| Datum::from(words[1])),
            Kept::Decayed(_) | Kept::DecayedSum(_) => None,
        }
    }

    /// Gives the text of a measure's value; none for NULL.
    pub fn text(&self, customer: usize, slot: usize) -> Option<String> {
        self.value(customer, slot).map(|value| self.shapes.shapes[slot].form.text(value))
    }

    /// Writes a customer's values of those columns of the score table that hold the key or what measures take; the others
    /// are left as they are.
    pub fn write(&self, customer: usize, columns: &[Column], values: &mut [Datum], nulls: &mut [bool]) {
        for ((column, value), null) in columns.iter().zip(values).zip(nulls) {
            let Some(written) = self.column(customer, column.holds) else { continue };
            *value = written.unwrap_or(Datum::null());
            *null = written.is_none();
        }
    }

    /// Gives what the scores' own measures are.
    fn own(&self, customer: usize) -> Datum {
        self.shapes.own.encode(|column| self.column(customer, column.holds).flatten())
    }

    /// Gives what a column holds: NULL, or a value; none where nothing that is taken.
    fn column(&self, customer: usize, holds: Holds) -> Option<Option<Datum>> {
        let slot = match holds {
            Holds::Key(part) => return Some(Some(self.key(customer)[part])),
            Holds::Measure(slot) | Holds::Positive(slot) | Holds::Negative(slot) => slot,
            Holds::Sum(slot) | Holds::Count(slot) | Holds::At(slot) => slot,
            Holds::Own => return Some(Some(self.own(customer))),
            Holds::Score(..) | Holds::ScoredAt | Holds::DueAt | Holds::EventDueAt => return None,
        };
        let (kept, words) = self.states.kept(customer, slot)?;
        let has_any = kept.has_any(words);
        let log = |words: &[u64]| {
            let is_null = !has_any && self.shapes.shapes[slot].empty.is_none();
            (!is_null).then(|| Datum::from(log_sum(words).log2().to_bits()))
        };
        Some(match holds {
            Holds::Positive(_) => log(words),
            Holds::Negative(_) => log(&words[2..]),
            Holds::Sum(_) => Some(self.total(customer, slot, sum_of(words).0)),
            Holds::Count(_) => Some(Datum::from(sum_of(words).1)),
            Holds::At(_) => has_any.then(|| Datum::from(words[0])),
            _ => self.value(customer, slot),
        })
    }
}

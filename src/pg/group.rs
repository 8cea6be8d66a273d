//! The state of an aggregate that has to keep every figure of its group, with the parameters of the call.
//!
//! Eight bytes a row, in PostgreSQL's own memory: hash aggregation sees it grow and spills to disk in time.

use super::call::{Answer, Call, answer_state, sql_functions};
use super::memory::{Figures, Reader, Writer, keep};
use crate::error::Error;
use crate::score::figure;
use pgrx::pg_sys;

sql_functions![group_combine, group_serialize, group_deserialize];

/// The figures of a group, and the parameters, which may not vary within it.
#[derive(Clone, Copy)]
pub struct Group {
    parameters: Figures,
    figures: Figures,
}

/// What a serialised group starts with.
const MARK: [u8; 4] = *b"PSG1";

impl Group {
    /// Gives the group of a transition call: the one in its first argument, or a new one once the parameters are
    /// checked. Refuses parameters, called `names`, that are not those of the group.
    #[allow(clippy::mut_from_ref, reason = "the state belongs to the one call that PostgreSQL is making")]
    pub fn of<'a>(
        call: &'a Call,
        parameters: &[&[f64]],
        names: &str,
        check: impl FnOnce() -> Result<(), Error>,
    ) -> Result<&'a mut Self, Error> {
        // SAFETY: only groups are passed on as the state of these aggregates.
        let Some(group) = (unsafe { call.state::<Group>(0) }) else {
            check()?;
            let memory = call.group_memory()?;
            return Ok(keep(memory, Self::new(memory, parameters, 0)));
        };
        match group.parameters().iter().eq(parameters.iter().copied().flatten()) {
            true => Ok(group),
            false => Err(varying(names)),
        }
    }

    /// Makes a group with room for that many figures.
    fn new(memory: pg_sys::MemoryContext, parameters: &[&[f64]], room: usize) -> Self {
        let mut kept = Figures::in_memory(memory, parameters.iter().map(|part| part.len()).sum());
        parameters.iter().for_each(|part| kept.extend(part));
        Self { parameters: kept, figures: Figures::in_memory(memory, room) }
    }

    /// Gives the parameters.
    pub fn parameters(&self) -> &[f64] {
        self.parameters.get()
    }

    /// Gives the figures, to be put in another order.
    pub fn figures(&mut self) -> &mut [f64] {
        self.figures.get_mut()
    }

    /// Adds a figure; NULL and NaN do not count.
    #[inline]
    pub fn add(&mut self, value: Option<f64>) {
        let figure = figure(value);
        if !figure.is_nan() {
            self.figures.push(figure);
        }
    }
}

/// Says that parameters vary.
fn varying(names: &str) -> Error {
    Error::invalid(format!("{names} may not vary within a group"))
        .hint("Give a constant, or GROUP BY what the parameter depends on.")
}

/// Adds the second state to the first.
fn group_combine(call: &Call) -> Answer {
    // SAFETY: only groups are passed on as the state of these aggregates.
    let (first, second) = unsafe { (call.state::<Group>(0), call.state::<Group>(1)) };
    match (first, second) {
        (None, None) => Ok(None),
        (Some(first), None) => answer_state(first),
        (None, Some(second)) => {
            let memory = call.group_memory()?;
            let mut group = Group::new(memory, &[second.parameters()], second.figures.get().len());
            group.figures.extend(second.figures.get());
            answer_state(keep(memory, group))
        }
        (Some(first), Some(second)) => {
            if first.parameters() != second.parameters() {
                return Err(varying("parameters"));
            }
            first.figures.extend(second.figures.get());
            answer_state(first)
        }
    }
}

/// Writes a state as bytes.
fn group_serialize(call: &Call) -> Answer {
    // SAFETY: only groups are passed on as the state of these aggregates.
    let Some(group) = (unsafe { call.state::<Group>(0) }) else { return Ok(None) };
    let (parameters, figures) = (group.parameters.get(), group.figures.get());
    let mut bytes = Writer::with_room(20 + 8 * (parameters.len() + figures.len()))?;
    bytes.put(&MARK);
    bytes.put(&(parameters.len() as u64).to_le_bytes());
    bytes.put(&(figures.len() as u64).to_le_bytes());
    bytes.put_figures(parameters);
    bytes.put_figures(figures);
    Ok(Some(bytes.datum()))
}

/// Reads a state from bytes.
fn group_deserialize(call: &Call) -> Answer {
    let mut bytes = Reader::after(MARK, call.need::<&[u8]>(0, "state")?)?;
    let (parameters, figures) = (u64::from_le_bytes(bytes.bytes()?), u64::from_le_bytes(bytes.bytes()?));
    let parameters: Vec<f64> = bytes.figures(parameters)?.collect();
    let figures = bytes.figures(figures)?;
    bytes.finish()?;
    let memory = call.scratch_memory()?;
    let mut group = Group::new(memory, &[&parameters], figures.size_hint().0);
    figures.for_each(|figure| group.figures.push(figure));
    answer_state(keep(memory, group))
}

//! The events of a source: one row each, with the key of its customer, its moment, and what every measure takes of it.

use super::from::From;
use super::name::Name;
use super::{expression, literal};
use crate::error::Error;
use crate::model::measure::{Take, Taken, Weights};
use crate::model::nature::{ColumnType, Nature};
use crate::model::place::Place;
use crate::model::plan::{Measured, Plan};
use crate::model::source::Source;
use crate::model::text::Text;

/// A statement that gives the events of a source.
#[derive(Clone, Debug)]
pub struct Events {
    /// The name of the source.
    pub source: String,
    /// The statement, for all customers.
    pub sql: String,
    /// The column of the moment, where events have one. The columns of the key come first.
    pub at: Option<usize>,
    /// The column that tells whether all joined rows were found, where there are some.
    pub joined: Option<usize>,
    /// What measures take of an event.
    pub takes: Vec<EventTake>,
    /// The expressions of the columns.
    pub items: Vec<String>,
}

/// What a measure takes of an event, by the numbers of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTake {
    /// The place of the measure.
    pub slot: usize,
    /// Whether the event counts.
    pub filter: Option<usize>,
    /// Whether its weight is given.
    pub weighed: Option<usize>,
    /// Its value.
    pub value: Option<usize>,
}

/// The columns of a statement, each expression once.
#[derive(Default)]
struct Items(Vec<String>);

impl Items {
    /// Gives the number of the column of an expression.
    fn number(&mut self, sql: String) -> usize {
        self.0.iter().position(|known| *known == sql).unwrap_or_else(|| {
            self.0.push(sql);
            self.0.len() - 1
        })
    }

    /// Writes the columns.
    fn list(&self) -> String {
        let named = self.0.iter().enumerate().map(|(at, sql)| format!("{sql} AS \"${at}\""));
        named.collect::<Vec<_>>().join(", ")
    }
}

impl Events {
    /// Writes the statement of a source; none where no measure takes anything of it.
    pub fn of(plan: &Plan, name: &str, source: &Source) -> Result<Option<Self>, Error> {
        Self::written(plan, name, source, &|_| true, None)
    }

    /// Writes the statement that gives the events of some customers, whose keys it takes as arrays, with what the wanted
    /// measures take of them.
    pub fn of_some(
        plan: &Plan,
        name: &str,
        source: &Source,
        wants: &dyn Fn(usize) -> bool,
    ) -> Result<Option<Self>, Error> {
        let condition = plan.among(&plan.key_items(name, source));
        Self::written(plan, name, source, wants, Some(&condition))
    }

    /// Writes the statement that gives the events among the rows of a table, which is the source's or a partition of it;
    /// whatever the session's zone.
    pub fn among_rows(plan: &Plan, name: &str, source: &Source, table: &Name) -> Result<Option<Self>, Error> {
        let Some(events) = Self::written(plan, name, source, &|_| true, None)? else { return Ok(None) };
        let mut items = events.items.clone();
        if let (Some(at), Some(moment)) = (events.at, plan.moment_item(name, source)) {
            items[at] = moment;
        }
        let sql = From::table(name, table).select(&Items(items).list(), source.filter.as_ref(), None);
        Ok(Some(Self { sql, ..events }))
    }

    /// Writes the statement of a source for the wanted measures, and the rows that fulfil a further condition.
    fn written(
        plan: &Plan,
        name: &str,
        source: &Source,
        wants: &dyn Fn(usize) -> bool,
        condition: Option<&str>,
    ) -> Result<Option<Self>, Error> {
        let taking: Vec<(usize, &Measured, &Taken, Option<&Text>)> =
            plan.taking(name).filter(|(slot, ..)| wants(*slot)).collect();
        if taking.is_empty() {
            return Ok(None);
        }
        let place = Place::root().key("sources").key(name);
        let from = From::of(name, source, &plan.sources[name].joins, &place, true)?;
        // Columns of a key are never shared, since their places say which they are.
        let mut items = Items(plan.key_items(name, source));
        let at = plan.at_item(name, source).map(|at| items.number(at));
        let joined = from.found().map(|found| items.number(found));
        let takes = taking
            .into_iter()
            .map(|(slot, measured, taken, value)| EventTake {
                slot,
                filter: taken.filter.as_ref().map(|filter| items.number(expression(filter))),
                weighed: weighs_out(taken)
                    .map(|weights| items.number(format!("{} IS NOT NULL", factor(weights)))),
                value: value_item(measured, taken, value).map(|value| items.number(value)),
            })
            .collect();
        let sql = from.select(&items.list(), source.filter.as_ref(), condition);
        Ok(Some(Self { source: name.into(), sql, at, joined, takes, items: items.0 }))
    }
}

impl Plan {
    /// Gives the measures that take something of a source, each with the value of one event.
    pub fn taking<'a>(
        &'a self,
        source: &'a str,
    ) -> impl Iterator<Item = (usize, &'a Measured, &'a Taken, Option<&'a Text>)> {
        let measures = self.measures.iter().enumerate();
        measures.filter_map(move |(slot, measured)| {
            let taken = measured.taken()?;
            let sources = taken.from.as_ref()?.sources(&Place::root());
            let (_, _, own) = sources.into_iter().find(|(_, name, _)| *name == source)?;
            Some((slot, measured, taken, own.or(taken.of.as_ref())))
        })
    }

    /// Writes the customer of an event, cast to the types of the key; whole numbers are compared whatever their size.
    pub fn key_items(&self, name: &str, source: &Source) -> Vec<String> {
        let types = self.key.iter().zip(&self.sources[name].customer);
        let items = source.customer.as_slice().iter().zip(types);
        items.map(|(text, ((_, key), own))| cast_like(expression(text), own, key)).collect()
    }

    /// Writes that a key is among those that a statement takes as arrays, one for each column.
    pub fn among(&self, items: &[String]) -> String {
        let types = || self.key.iter().map(|(_, kind)| kind);
        let arrays = types().zip(1..).map(|(kind, at)| format!("${at}::{}[]", kind.unlimited()));
        let arrays: Vec<String> = arrays.collect();
        if let ([item], [array]) = (items, &arrays[..]) {
            let equals: String = types().map(|kind| kind.equals.as_str()).collect();
            return format!("{item} {equals} ANY ({array})");
        }
        let equal = items.iter().zip(types()).enumerate();
        let equal = equal.map(|(at, (item, kind))| format!("{item} {} \"$wanted\".\"${at}\"", kind.equals));
        let names: Vec<String> = (0..items.len()).map(|at| format!("\"${at}\"")).collect();
        format!(
            "EXISTS (SELECT FROM unnest({}) AS \"$wanted\" ({}) WHERE {})",
            arrays.join(", "),
            names.join(", "),
            equal.collect::<Vec<_>>().join(" AND ")
        )
    }

    /// Writes the moment of an event, read in the zone of the source, for statements that are run in the zone of the model.
    pub fn at_item(&self, name: &str, source: &Source) -> Option<String> {
        self.at_item_in(name, source, &self.timezone)
    }

    /// Writes the moment of an event, whatever the zone that the statement is run in.
    pub fn moment_item(&self, name: &str, source: &Source) -> Option<String> {
        self.at_item_in(name, source, "")
    }

    /// Writes the moment of an event for statements that are run in a zone.
    fn at_item_in(&self, name: &str, source: &Source, running_in: &str) -> Option<String> {
        let at = expression(source.at.as_ref()?);
        let zone = source.timezone.as_deref().unwrap_or(&self.timezone);
        let own = match self.sources[name].at {
            Some(Nature::Moment) | None => return Some(at),
            Some(Nature::Date) => "date",
            _ => "timestamp",
        };
        // What is off the calendar of moments, or might be in some zone, is as infinite.
        let at = format!(
            "(CASE WHEN {at} > '294276-12-01'::{own} THEN 'infinity' \
             WHEN {at} < '4713-02-01 BC'::{own} THEN '-infinity' ELSE {at} END)"
        );
        Some(match zone == running_in {
            true => format!("{at}::timestamp with time zone"),
            false => format!("timezone({}, {at}::timestamp)", literal(zone)),
        })
    }
}

/// Casts a value to another type, but for whole numbers, which compare at any size.
pub fn cast_like(sql: String, own: &ColumnType, wanted: &ColumnType) -> String {
    let are_whole = own.nature == Nature::Whole && wanted.nature == Nature::Whole;
    let wanted = wanted.unlimited();
    if are_whole || own.unlimited() == wanted { sql } else { format!("{sql}::{wanted}") }
}

/// Gives the weights of a measure, where some events have none and so are none.
pub fn weighs_out(taken: &Taken) -> Option<&Weights> {
    taken.weights.as_ref().filter(|weights| weights.otherwise.is_none())
}

/// Writes the factor of an event.
pub fn factor(weights: &Weights) -> String {
    let cases = weights.values.iter().map(|(text, factor)| format!(" WHEN {} THEN {factor}", literal(text)));
    let otherwise = weights.otherwise.map_or("NULL".into(), |factor| factor.to_string());
    format!("(CASE {}::text{} ELSE {otherwise} END)", expression(&weights.of), cases.collect::<String>())
}

/// Writes the value that a measure takes of an event, which is only computed where the event counts; none where the event
/// itself is what counts.
pub fn value_item(measured: &Measured, taken: &Taken, value: Option<&Text>) -> Option<String> {
    let value = expression(value?);
    let factor = taken.weights.as_ref().map(factor);
    let value = match (taken.take, measured.half_life(), factor) {
        (Take::Theme | Take::Strength, ..) => format!("{value}::{}", measured.value.sql),
        (_, Some(_), None) => format!("{value}::double precision"),
        (_, Some(_), Some(factor)) => format!("({value}::numeric * {factor}::numeric)::double precision"),
        (_, None, Some(factor)) => format!("({value}::numeric * {factor}::numeric)"),
        (Take::Sum | Take::Average, None, None) if measured.value.nature == Nature::Whole => {
            format!("{value}::bigint")
        }
        (Take::Sum | Take::Average, None, None) => format!("{value}::numeric"),
        _ => format!("{value}::{}", measured.value.sql),
    };
    Some(match &taken.filter {
        Some(filter) => format!("(CASE WHEN {} THEN {value} END)", expression(filter)),
        None => value,
    })
}

/// Tells what the values are that a measure takes of events.
pub fn value_nature(measured: &Measured, taken: &Taken) -> Nature {
    match taken.take {
        Take::Theme | Take::Strength => measured.value.nature,
        _ if measured.half_life().is_some() => Nature::Float,
        _ if taken.weights.is_some() => Nature::Decimal,
        Take::Sum | Take::Average if measured.value.nature != Nature::Whole => Nature::Decimal,
        _ => measured.value.nature,
    }
}

//! The measures of all customers, as PostgreSQL's own aggregates derive them: the other way, which `verify` checks with.
//!
//! One sub-select for each list of sources groups their events by customer. A row's measures are as of its `scored_at`, so
//! which events count is asked of each customer apart.

use super::aggregates::aggregates;
use super::events::{factor, value_item, value_nature, weighs_out};
use super::from::From;
use super::log_sum::log_of_sum;
use super::name::Name;
use super::themes;
use super::{expression, literal, quoted};
use crate::error::Error;
use crate::model::column::{Column, Holds};
use crate::model::measure::{Take, Taken};
use crate::model::nature::Nature;
use crate::model::period::Period;
use crate::model::place::Place;
use crate::model::plan::{Measured, Plan};

/// A statement that derives the measures of all customers; each row has the key, and the columns that are numbered here.
///
/// A customer without a stored row is there as of now, and a stored row without a customer without attributes.
#[derive(Clone, Debug)]
pub struct Groups {
    /// The statement.
    pub sql: String,
    /// Whether the key is a customer's.
    pub is_customer: usize,
    /// Whether it has a row in the score table.
    pub is_stored: usize,
    /// What each column of the score table should be, by their numbers in the plan; none for what no source gives.
    pub derived: Vec<Option<usize>>,
    /// The same of what the column of the scores' own measures holds.
    pub derived_own: Vec<Option<usize>>,
    /// The first moment after the row's at which an event begins or ends to count.
    pub event_due: usize,
    /// The first column of the score table; the others follow in the order of the plan.
    pub stored: usize,
}

/// Writes the statement for the score table of that name.
pub fn derive(plan: &Plan, table: &Name) -> Result<Groups, Error> {
    let columns = plan.columns();
    let mut groups = groups(plan);
    groups.iter_mut().enumerate().for_each(|(number, group)| group.name = format!("$group {number}"));
    let mut items: Vec<String> = (0..plan.key.len()).map(|at| part_of_row("$rows", at)).collect();
    let (is_customer, is_stored) = (items.len(), items.len() + 1);
    items.extend([own("$rows", "$is_customer"), own("$rows", "$is_stored")]);
    let mut derive = |column: &Column| {
        let item = derived_item(plan, column, &groups);
        let place = item.is_some().then_some(items.len());
        items.extend(item.map(|item| format!("({item})::{}", column.kind.sql)));
        place
    };
    let derived = columns.iter().map(&mut derive).collect();
    let derived_own = plan.own_columns().iter().map(&mut derive).collect();
    let event_due = items.len();
    let dues = groups.iter().filter(|group| group.is_dated(plan)).map(|group| own(&group.name, "$due"));
    let dues: Vec<String> = dues.collect();
    items.push(match dues.is_empty() {
        true => "NULL::timestamp with time zone".into(),
        false => format!("least({})", dues.join(", ")),
    });
    let stored = items.len();
    items.extend(columns.iter().map(|column| own("$stored", &column.name)));
    let mut sql = format!(
        "WITH \"$rows\" AS MATERIALIZED (\n{}\n)\nSELECT {}\nFROM \"$rows\"\nLEFT JOIN {table} AS \"$stored\" ON {}",
        rows(plan, table)?,
        items.join(",\n  "),
        equal_keys(plan, |at| part_of_row("$rows", at), |at| own("$stored", &plan.key[at].0)),
    );
    for group in &groups {
        let name = quoted(&group.name);
        sql += &format!(
            "\nLEFT JOIN (\n{}\n) AS {name} ON {name}.\"$number\" = \"$rows\".\"$number\"",
            group.select(plan)?
        );
    }
    Ok(Groups { sql, is_customer, is_stored, derived, derived_own, event_due, stored })
}

/// Writes a column of a row.
fn own(row: &str, column: &str) -> String {
    format!("{}.{}", quoted(row), quoted(column))
}

/// Writes a part of the key of a row.
fn part_of_row(row: &str, at: usize) -> String {
    own(row, &format!("${at}"))
}

/// Writes that two keys are equal.
fn equal_keys(plan: &Plan, one: impl Fn(usize) -> String, other: impl Fn(usize) -> String) -> String {
    let parts = plan.key.iter().enumerate();
    let parts = parts.map(|(at, (_, kind))| format!("{} {} {}", one(at), kind.equals, other(at)));
    parts.collect::<Vec<_>>().join(" AND ")
}

/// Selects all customers and all rows of the score table, each with a number, its moment and its attributes.
fn rows(plan: &Plan, table: &Name) -> Result<String, Error> {
    let customers = &plan.document.customers;
    let own_table = Name::read(&customers.table, &Place::root().key("customers").key("table"))?;
    let mut items = vec!["true AS \"$is_customer\"".to_string()];
    let mut shown = vec![
        "row_number() OVER () AS \"$number\"".to_string(),
        "\"$customer\".\"$is_customer\" IS NOT NULL AS \"$is_customer\"".into(),
        "\"$stored\".\"scored_at\" IS NOT NULL AS \"$is_stored\"".into(),
        "coalesce(\"$stored\".\"scored_at\", now()) AS \"$as_of\"".into(),
    ];
    for (at, (name, _)) in plan.key.iter().enumerate() {
        items.push(format!("{} AS \"${at}\"", own(&own_table.table, name)));
        shown.push(format!(
            "coalesce({}, {}) AS \"${at}\"",
            part_of_row("$customer", at),
            own("$stored", name)
        ));
    }
    for (slot, measured) in plan.measures.iter().enumerate() {
        let Some(taken) = measured.taken().filter(|taken| taken.take == Take::Attribute) else { continue };
        let Some(of) = &taken.of else { continue };
        items.push(format!("{}::{} AS \"$value {slot}\"", expression(of), measured.column.sql));
        shown.push(own("$customer", &format!("$value {slot}")));
    }
    Ok(format!(
        "SELECT {}\nFROM (\n{}\n) AS \"$customer\"\nFULL JOIN {table} AS \"$stored\" ON {}",
        shown.join(", "),
        From::table(&own_table.table, &own_table).select(&items.join(", "), customers.filter.as_ref(), None),
        equal_keys(plan, |at| part_of_row("$customer", at), |at| own("$stored", &plan.key[at].0)),
    ))
}

/// Writes what a column of the score table should be; none where no source gives it.
fn derived_item(plan: &Plan, column: &Column, groups: &[Group]) -> Option<String> {
    let slot = column.holds.slot()?;
    let measured = &plan.measures[slot];
    let taken = measured.taken()?;
    if taken.take == Take::Attribute {
        return Some(own("$rows", &format!("$value {slot}")));
    }
    let group = groups.iter().find(|group| group.slots.contains(&slot))?;
    if matches!(taken.take, Take::Theme | Take::Strength) {
        return Some(themes::best(slot, measured, taken, &group.name, &column.kind));
    }
    let item = own(&group.name, &item_name(column.holds)?);
    let events = own(&group.name, &format!("$events {slot}"));
    let empty = || {
        let empty = measured.empty();
        empty.map_or("NULL".into(), |empty| format!("{}::{}", literal(&empty), column.kind.sql))
    };
    Some(match column.holds {
        Holds::Measure(_) => format!("CASE WHEN {events} > 0 THEN {item} ELSE {} END", empty()),
        Holds::Positive(_) | Holds::Negative(_) => {
            format!("CASE WHEN {events} > 0 THEN {} ELSE {} END", log_of_sum(&item), empty())
        }
        Holds::Count(_) if taken.take == Take::Sum => format!("coalesce({events}, 0)"),
        Holds::Sum(_) | Holds::Count(_) => format!("coalesce({item}, 0)"),
        _ => item,
    })
}

/// Names the item of a group that a column of the score table comes from.
fn item_name(holds: Holds) -> Option<String> {
    Some(match holds {
        Holds::Measure(slot) => format!("$value {slot}"),
        Holds::Positive(slot) => format!("$positive {slot}"),
        Holds::Negative(slot) => format!("$negative {slot}"),
        Holds::Sum(slot) => format!("$sum {slot}"),
        Holds::Count(slot) => format!("$count {slot}"),
        Holds::At(slot) => format!("$at {slot}"),
        _ => return None,
    })
}

/// The measures that take the events of one list of sources.
struct Group {
    name: String,
    sources: Vec<String>,
    slots: Vec<usize>,
}

/// For how long events count: the window and its lag.
type Span = (Option<Period>, Option<Period>);

/// Parts the measures by their sources.
fn groups(plan: &Plan) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (slot, measured) in plan.measures.iter().enumerate() {
        let Some(from) = measured.taken().and_then(|taken| taken.from.as_ref()) else { continue };
        let mut sources: Vec<String> =
            from.sources(&Place::root()).into_iter().map(|(_, name, _)| name.into()).collect();
        sources.sort();
        match groups.iter_mut().find(|group| group.sources == sources) {
            Some(group) => group.slots.push(slot),
            None => groups.push(Group { name: String::new(), sources, slots: vec![slot] }),
        }
    }
    groups
}

impl Group {
    /// Tells whether events of a source have moments.
    fn has_moments(&self, plan: &Plan, source: &str) -> bool {
        plan.document.sources.get(source).is_some_and(|source| source.at.is_some())
    }

    /// Tells whether any of its events has a moment.
    fn is_dated(&self, plan: &Plan) -> bool {
        self.sources.iter().any(|source| self.has_moments(plan, source))
    }

    /// Gives its measures.
    fn taken<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (usize, &'a Measured, &'a Taken)> {
        let measured = self.slots.iter().map(|slot| (*slot, &plan.measures[*slot]));
        measured.filter_map(|(slot, measured)| Some((slot, measured, measured.taken()?)))
    }

    /// Lists the windows and lags of its measures, each once.
    fn spans(&self, plan: &Plan) -> Vec<Span> {
        let mut spans = Vec::new();
        for (_, _, taken) in self.taken(plan) {
            if !spans.contains(&(taken.window, taken.lag)) {
                spans.push((taken.window, taken.lag));
            }
        }
        spans
    }

    /// Writes the sub-select: a row for each customer with events, future ones too.
    fn select(&self, plan: &Plan) -> Result<String, Error> {
        let branches =
            self.sources.iter().map(|name| self.branch(plan, name)).collect::<Result<Vec<_>, _>>()?;
        let spans = self.spans(plan);
        let mut items = vec!["\"$rows\".\"$number\"".to_string()];
        for (slot, measured, taken) in self.taken(plan) {
            let counts = self.counts(plan, slot, taken, &spans);
            let asks = valued(slot, measured, taken);
            items.push(format!("count(*) FILTER (WHERE {counts}{asks}) AS \"$events {slot}\""));
            items.extend(aggregates(slot, measured, taken, &counts));
        }
        if self.is_dated(plan) {
            items.push(format!("{} AS \"$due\"", self.due(plan, &spans)));
        }
        Ok(format!(
            "SELECT {}\nFROM \"$rows\"\nJOIN (\n{}\n) AS \"$event\" ON {}\nGROUP BY \"$rows\".\"$number\"",
            items.join(",\n  "),
            branches.join("\nUNION ALL\n"),
            equal_keys(plan, |at| part_of_row("$rows", at), |at| part_of_row("$event", at)),
        ))
    }

    /// Selects the events of a source, with what each measure takes of them and when they count.
    fn branch(&self, plan: &Plan, name: &str) -> Result<String, Error> {
        let source = &plan.document.sources[name];
        let place = Place::root().key("sources").key(name);
        let from = From::of(name, source, &plan.sources[name].joins, &place, false)?;
        let mut items: Vec<String> = plan
            .key_items(name, source)
            .into_iter()
            .enumerate()
            .map(|(at, sql)| format!("{sql} AS \"${at}\""))
            .collect();
        let mut wanted: Vec<String> = (0..items.len()).map(|at| format!("\"${at}\" IS NOT NULL")).collect();
        if self.is_dated(plan) {
            let at = plan.at_item(name, source);
            wanted.extend(at.is_some().then(|| "isfinite(\"$at\")".to_string()));
            let at = at.unwrap_or_else(|| "NULL::timestamp with time zone".into());
            items.push(format!("{at} AS \"$at\""));
        }
        for (slot, measured, taken, value) in plan.taking(name).filter(|(slot, ..)| self.slots.contains(slot))
        {
            items.extend(is_event(taken).map(|is_event| format!("{is_event} AS \"$is {slot}\"")));
            if let Some(value) = value_item(measured, taken, value) {
                let is_float = matches!(value_nature(measured, taken), Nature::Float | Nature::Decimal);
                let value = if is_float { format!("nullif({value}, 'NaN')") } else { value };
                items.push(format!("{value} AS \"$value {slot}\""));
            }
        }
        let mut shown = vec!["\"$event\".*".to_string()];
        for (number, (window, lag)) in self.spans(plan).into_iter().enumerate() {
            shown.extend(lag.map(|lag| moved(&[lag], "starts", number)));
            let ends = [lag, window].into_iter().flatten().collect::<Vec<_>>();
            shown.extend(window.map(|_| moved(&ends, "ends", number)));
        }
        // OFFSET 0 keeps these conditions, and those of the join, from being asked of rows that are none of the source's.
        Ok(format!(
            "SELECT {}\nFROM (\n{}\nOFFSET 0\n) AS \"$event\"\nWHERE {}",
            shown.join(", "),
            from.select(&items.join(", "), source.filter.as_ref(), None),
            wanted.join(" AND "),
        ))
    }

    /// Writes when an event counts for a measure.
    fn counts(&self, plan: &Plan, slot: usize, taken: &Taken, spans: &[Span]) -> String {
        let span = (taken.window, taken.lag);
        let number = spans.iter().position(|known| *known == span).unwrap_or_default();
        let mut parts: Vec<String> = is_event(taken).map(|_| format!("\"$is {slot}\"")).into_iter().collect();
        let all_dated = self.sources.iter().all(|source| self.has_moments(plan, source));
        let starts = starts(taken.lag, number);
        if all_dated {
            parts.push(format!("{starts} <= \"$as_of\""));
        } else if self.is_dated(plan) {
            parts.push(format!("coalesce({starts} <= \"$as_of\", true)"));
        }
        if taken.window.is_some() {
            parts.push(format!("\"$ends {number}\" > \"$as_of\""));
        }
        if parts.is_empty() { "true".into() } else { parts.join(" AND ") }
    }

    /// Writes the first moment after the customer's at which an event begins or ends to count for a measure.
    fn due(&self, plan: &Plan, spans: &[Span]) -> String {
        let mut moments = Vec::new();
        for (number, span) in spans.iter().enumerate() {
            let sharing = self.taken(plan).filter(|(_, _, taken)| (taken.window, taken.lag) == *span);
            let flags: Option<Vec<String>> =
                sharing.map(|(slot, _, taken)| is_event(taken).map(|_| format!("\"$is {slot}\""))).collect();
            // One measure of which every event counts makes all of them matter.
            let flags = flags.map(|flags| format!(" AND ({})", flags.join(" OR "))).unwrap_or_default();
            let ends = span.0.map(|_| format!("\"$ends {number}\""));
            for moment in [starts(span.1, number)].into_iter().chain(ends) {
                let first = format!(
                    "min({moment}) FILTER (WHERE {moment} > \"$as_of\" AND {moment} < 'infinity'{flags})"
                );
                if !moments.contains(&first) {
                    moments.push(first);
                }
            }
        }
        format!("least({})", moments.join(", "))
    }
}

/// Asks for a value of the events of a measure that has none without; what decays has one that is not 0.
fn valued(slot: usize, measured: &Measured, taken: &Taken) -> String {
    let value = format!("\"$value {slot}\"");
    match taken.take {
        Take::Sum if measured.half_life().is_some() => format!(" AND {value} <> 0"),
        Take::Sum
        | Take::Average
        | Take::Minimum
        | Take::Maximum
        | Take::Distinct
        | Take::Theme
        | Take::Strength => {
            format!(" AND {value} IS NOT NULL")
        }
        _ => String::new(),
    }
}

/// Names the column of the moment from which an event counts.
fn starts(lag: Option<Period>, number: usize) -> String {
    lag.map_or("\"$at\"".into(), |_| format!("\"$starts {number}\""))
}

/// Writes the moment of an event moved by some periods, infinite where it might leave the calendar.
fn moved(periods: &[Period], what: &str, number: usize) -> String {
    let periods = periods.iter().map(|period| format!(" + {}::interval", literal(&period.to_string())));
    format!(
        "CASE WHEN \"$at\" < '200000-01-01'::timestamp with time zone THEN \"$at\"{} ELSE 'infinity' END AS \"${what} {number}\"",
        periods.collect::<String>()
    )
}

/// Writes whether a row of the source is an event of a measure; none where each is.
fn is_event(taken: &Taken) -> Option<String> {
    let weighs = weighs_out(taken).map(|weights| format!("({} IS NOT NULL)", factor(weights)));
    match (&taken.filter, weighs) {
        (None, weighs) => weighs,
        (Some(filter), None) => Some(format!("({} IS TRUE)", expression(filter))),
        (Some(filter), Some(weighs)) => {
            Some(format!("(CASE WHEN {} THEN {weighs} ELSE false END)", expression(filter)))
        }
    }
}

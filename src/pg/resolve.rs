//! A document held against the database: every table, column and expression that it names.

use super::argument::Argument;
use super::catalog::{self, Column, Relation};
use super::expression::{self, check, check_condition, located};
use super::query::{caught, value};
use super::settings;
use super::types::{Nature, Type, key_type};
use crate::error::{Error, Fault};
use crate::model::document::{Document, Mode};
use crate::model::measure::{Measure, Take, Taken};
use crate::model::nature::ColumnType;
use crate::model::near;
use crate::model::place::{Place, quoted};
use crate::model::plan::{Known, Plan, SourceTypes};
use crate::model::source::{Join, Source};
use crate::model::sql::from::From;
use crate::model::sql::marks::SUFFIX;
use crate::model::sql::name::Name;
use crate::model::text::Text;
use crate::model::value::Empty;
use std::collections::HashMap;

/// A model ready to be built, and where it goes.
pub struct Resolved {
    /// The model.
    pub plan: Plan,
    /// The score table.
    pub table: Name,
    /// The scored view.
    pub view: Name,
}

/// Holds a document against the database; to be called under the settings of the model.
pub fn resolve(document: Document, timezone: &str) -> Result<Resolved, Error> {
    let root = Place::root();
    let is_batch = document.mode == Mode::Batch;
    let place = root.key("customers");
    let customers = Name::read(&document.customers.table, &place.key("table"))?;
    let (table, view) = targets(&document, &customers)?;
    let relation = catalog::relation(&customers, &place.key("table"))?;
    catalog::check_source(&relation, is_batch, &place.key("table"))?;
    let key = resolve_key(&document, &relation, is_batch)?;
    let rows = From::table(&customers.table, &customers);
    if let Some(filter) = &document.customers.filter {
        check_condition(filter, &rows, &place.key("where"))?;
    }
    let mut sources = Sources::default();
    for (name, source) in &document.sources {
        sources.resolve(name, source, &key, is_batch)?;
    }
    let mut values = HashMap::new();
    for (name, measure) in &document.measures {
        let Measure::Take(taken) = measure else { continue };
        let place = document.place_of(name);
        if let Some(found) = sources.value(taken, &rows, &place)? {
            values.insert(name.clone(), found);
        }
        sources.check_events(taken, &place)?;
    }
    let types = values.iter().map(|(name, found)| (name.clone(), ColumnType::from(found))).collect();
    let known = Known {
        timezone: timezone.into(),
        key: key.iter().map(ColumnType::from).collect(),
        values: types,
        sources: sources.types,
        moment: &super::datum::read_moment,
    };
    for (name, score) in &document.scores {
        for (place, pattern) in score.family.patterns(&root.key("scores").key(name)) {
            check_pattern(pattern, &place)?;
        }
    }
    let plan = Plan::new(document, &known)?;
    check_empties(&plan, &values)?;
    Ok(Resolved { plan, table, view })
}

/// Names the score table and the view: as the author does, or beside the customers.
fn targets(document: &Document, customers: &Name) -> Result<(Name, Name), Error> {
    let named = |text: &Option<Text>, key: &str, usual: String| match text {
        Some(text) => Name::read(text, &Place::root().key(key)),
        None => Ok(customers.beside(usual)),
    };
    let table = named(&document.into, "into", format!("{}_scores", customers.table))?;
    let view = named(&document.view, "view", format!("scored_{}", customers.table))?;
    // The marks beside the score table have a longer name.
    let most_of_table = MOST_BYTES - SUFFIX.len();
    for (name, key, most) in [(&table, "into", most_of_table), (&view, "view", MOST_BYTES)] {
        if name.table.len() > most {
            let complaint = format!("the name {} has {} bytes", quoted(&name.table), name.table.len());
            let hint = format!("{most} bytes are the most; give \"{key}\" a shorter name.");
            return Err(Place::root().key(key).complain(complaint).because(Fault::NameTooLong).hint(hint));
        }
    }
    match table == view {
        false => Ok((table, view)),
        true => Err(Place::root()
            .key("view")
            .refuse(format!("must not be the score table, {table}"))
            .hint("Give one of \"into\" and \"view\" another name.")),
    }
}

/// The most bytes of a name.
const MOST_BYTES: usize = 63;

/// Finds the types of the key's columns; outside batch mode a unique index must cover them, and none may be NULL.
fn resolve_key(document: &Document, relation: &Relation, is_batch: bool) -> Result<Vec<Type>, Error> {
    let place = Place::root().key("customers").key("key");
    let columns = catalog::columns(relation)?;
    let mut key = Vec::new();
    for (place, name) in document.customers.key.placed(&place) {
        let column = column(name, &columns, relation, &place)?;
        if !is_batch && !column.not_null {
            let refusal = format!("names {}, which may be NULL", quoted(name));
            return Err(place.refuse(refusal).hint("Add NOT NULL to the column, or make it a batch model."));
        }
        let found = key_type(Type::of(column.type_oid, column.typmod, column.collation)?, &place)?;
        if !is_batch && !found.is_deterministic() {
            let refusal = format!("names {}, whose collation takes different texts for equal", quoted(name));
            return Err(place.refuse(refusal).hint("Use the type citext, or make it a batch model."));
        }
        key.push(found);
    }
    let names: Vec<&str> = document.customers.key.as_slice().iter().map(|name| &**name).collect();
    match is_batch || catalog::unique_over_columns(relation, &names)? {
        true => Ok(key),
        false => Err(place
            .refuse(format!("must be covered by a UNIQUE index of {}", relation.quoted()))
            .hint("Add PRIMARY KEY or UNIQUE to the columns, or make it a batch model.")),
    }
}

/// Finds a column by its name.
fn column<'a>(
    name: &str,
    columns: &'a [Column],
    relation: &Relation,
    place: &Place,
) -> Result<&'a Column, Error> {
    columns.iter().find(|column| column.name == name).ok_or_else(|| {
        let names = columns.iter().map(|column| &column.name[..]);
        place
            .refuse(format!("names {}, which {} does not have", quoted(name), relation.quoted()))
            .because(Fault::NoColumn)
            .hint(near::hint(name, "Its columns are", names))
    })
}

/// The sources that are resolved.
#[derive(Default)]
struct Sources {
    rows: HashMap<String, From>,
    types: HashMap<String, SourceTypes>,
}

impl Sources {
    /// Holds a source against the database.
    fn resolve(&mut self, name: &str, source: &Source, key: &[Type], is_batch: bool) -> Result<(), Error> {
        let place = Place::root().key("sources").key(name);
        let table = Name::read(&source.table, &place.key("table"))?;
        catalog::check_source(
            &catalog::relation(&table, &place.key("table"))?,
            is_batch,
            &place.key("table"),
        )?;
        if let Some(zone) = &source.timezone {
            settings::check_timezone(zone).map_err(|error| located(error, &place.key("timezone")))?;
        }
        let mut types = SourceTypes::default();
        let mut rows = From::table(name, &table);
        for (alias, join) in &source.joins {
            let keys = resolve_join(alias, join, &mut rows, &place.key("joins").key(alias), is_batch)?;
            types.joins.push(keys);
        }
        for ((place, text), wanted) in source.customer.placed(&place.key("customer")).into_iter().zip(key) {
            let found = check(text, &rows, &place)?;
            check_like(&found, wanted, "the customer's key", &place)?;
            types.customer.push(ColumnType::from(&found));
        }
        if let Some(at) = &source.at {
            let place = place.key("at");
            let found = check(at, &rows, &place)?;
            if !found.nature.is_moment() {
                return Err(place
                    .refuse(format!("must be a date, a timestamp or a timestamptz, not {}", found.name))
                    .because(Fault::WrongType)
                    .hint("Cast it in the expression, if that is immutable, or name another column."));
            }
            types.at = Some(found.nature);
        }
        if let Some(filter) = &source.filter {
            check_condition(filter, &rows, &place.key("where"))?;
        }
        self.rows.insert(name.into(), rows);
        self.types.insert(name.into(), types);
        Ok(())
    }

    /// Checks what a measure asks of every event: its condition, and the weights.
    fn check_events(&self, taken: &Taken, place: &Place) -> Result<(), Error> {
        for rows in self.of(taken).into_iter().map(|(_, rows, _)| rows) {
            if let Some(filter) = &taken.filter {
                check_condition(filter, rows, &place.key("where"))?;
            }
            if let Some(weights) = &taken.weights {
                check(&weights.of, rows, &place.key("weights").key("of"))?;
            }
        }
        Ok(())
    }

    /// Gives the sources of a measure, each with its rows and the value of one event.
    fn of<'a>(&'a self, taken: &'a Taken) -> Vec<(Place, &'a From, Option<&'a Text>)> {
        let sources = taken.from.iter().flat_map(|from| from.sources(&Place::root()));
        sources.filter_map(|(place, name, value)| Some((place, self.rows.get(name)?, value))).collect()
    }

    /// Finds the type of the value that a measure takes of an event, or of the customer's row; none where it takes none.
    fn value(&self, taken: &Taken, customers: &From, place: &Place) -> Result<Option<Type>, Error> {
        let here = place.key(if matches!(taken.take, Take::Theme | Take::Strength) { "by" } else { "of" });
        if taken.take == Take::Attribute {
            return taken.of.as_ref().map(|of| check(of, customers, &here)).transpose();
        }
        let mut expressions = Vec::new();
        let mut last = None;
        for (source, rows, own) in self.of(taken) {
            let Some(text) = own.or(taken.of.as_ref()) else { return Ok(None) };
            let at = if own.is_some() { place.key("from").followed_by(&source) } else { here.clone() };
            let found = check(text, rows, &at)?;
            check_value(&found, taken, &at)?;
            expressions.push((text.to_string(), rows.clone()));
            last = Some((found, at));
        }
        match (expressions.len(), last) {
            (0, _) | (_, None) => Ok(None),
            (1, Some((found, _))) => Ok(Some(found)),
            (_, Some((_, at))) => Ok(Some(expression::common_type(&expressions, &at)?)),
        }
    }
}

/// Refuses a value that cannot be taken.
fn check_value(found: &Type, taken: &Taken, place: &Place) -> Result<(), Error> {
    let adds_up = matches!(taken.take, Take::Sum | Take::Average) || taken.weights.is_some();
    if adds_up && !found.nature.is_number() {
        let refusal = format!("must be a number, not {}", found.name);
        let hint = "Cast it in the expression, as \"amount::numeric\".";
        return Err(place.refuse(refusal).because(Fault::WrongType).hint(hint));
    }
    key_type(found.clone(), place).map(drop)
}

/// Resolves a table that a source joins: it must have at most one row for each of the source's.
fn resolve_join(
    alias: &str,
    join: &Join,
    rows: &mut From,
    place: &Place,
    is_batch: bool,
) -> Result<Vec<ColumnType>, Error> {
    let table = Name::read(&join.table, &place.key("table"))?;
    let relation = catalog::relation(&table, &place.key("table"))?;
    if !matches!(relation.kind, 'r' | 'p') {
        let complaint = format!("{} is not a table, so that no unique index covers it", relation.quoted());
        let hint = "Join the table behind it.";
        return Err(place.key("table").complain(complaint).because(Fault::WrongObject).hint(hint));
    }
    catalog::check_source(&relation, is_batch, &place.key("table"))?;
    let own = From::table(alias, &table);
    let mut types = Vec::new();
    let mut keys = Vec::new();
    for (place, text) in join.key.placed(&place.key("key")) {
        types.push(key_type(check(text, &own, &place)?, &place)?);
        keys.push(expression::key(text, &relation)?);
    }
    if !catalog::unique_over(&relation, &keys)? {
        return Err(place
            .key("key")
            .refuse(format!("must be covered by a UNIQUE index of {}", relation.quoted()))
            .hint("Each event has at most one joined row: add UNIQUE to the columns, or join by others."));
    }
    for ((place, text), wanted) in join.on.placed(&place.key("on")).into_iter().zip(&types) {
        check_like(&check(text, rows, &place)?, wanted, "the key that it must equal", &place)?;
    }
    let types: Vec<ColumnType> = types.iter().map(ColumnType::from).collect();
    rows.join(alias, join, &table, &types, true);
    Ok(types)
}

/// Refuses a value that is not of the type of what it must equal; all whole numbers compare, and all texts.
fn check_like(found: &Type, wanted: &Type, what: &str, place: &Place) -> Result<(), Error> {
    let is_kin = found.nature == wanted.nature && !matches!(found.nature, Nature::Other);
    let are_numbers = found.nature.is_number() && wanted.nature.is_number();
    match found.oid == wanted.oid || found.name == wanted.name || is_kin || are_numbers {
        true => Ok(()),
        false => Err(place
            .refuse(format!("has type {}, and {what} has type {}", found.name, wanted.name))
            .because(Fault::WrongType)
            .hint(format!("Cast it in the expression, as \"(…)::{}\".", wanted.name))),
    }
}

/// Checks that what no event gives can be read as a value of the measure.
fn check_empties(plan: &Plan, values: &HashMap<String, Type>) -> Result<(), Error> {
    for measured in &plan.measures {
        let Some(taken) = measured.taken() else { continue };
        let Empty::Value(value) = &taken.empty else { continue };
        let place = plan.document.place_of(&measured.name).key("empty");
        match values.get(&measured.name).filter(|_| measured.column == measured.value) {
            Some(found) => expression::literal(&value.text(), found, &place)?,
            None if measured.column.nature.is_moment() => {
                super::datum::read_moment(&value.text()).map_err(|error| located(error, &place))?;
            }
            None => {}
        }
    }
    Ok(())
}

/// Checks that PostgreSQL reads a text as a regular expression.
fn check_pattern(pattern: &str, place: &Place) -> Result<(), Error> {
    let read = || value("SELECT '' OPERATOR(pg_catalog.~) $1", &[Argument::text(pattern)]);
    match caught(read) {
        Ok(_) => Ok(()),
        Err(error) => Err(located(error, place).hint("Write it as PostgreSQL's operator ~ reads it.")),
    }
}

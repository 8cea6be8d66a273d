//! What random documents compile to: whatever is read becomes statements, or is refused, for any types of its columns.

use super::random::{any_json, mutate};
use super::{pointer_of, tree, valid};
use pg_scoring::error::Error;
use pg_scoring::model::document::Document;
use pg_scoring::model::nature::{ColumnType, Nature};
use pg_scoring::model::place::Place;
use pg_scoring::model::plan::{Known, Plan, SourceTypes};
use pg_scoring::model::sql::customers::Customers;
use pg_scoring::model::sql::events::Events;
use pg_scoring::model::sql::name::Name;
use pg_scoring::model::sql::{groups, marks, table, touched, view};
use proptest::prelude::*;
use serde_json::Value;

/// Gives a type, any one for any number.
fn type_of(number: usize) -> ColumnType {
    let types = [
        ColumnType::numeric,
        ColumnType::int,
        ColumnType::text,
        ColumnType::date,
        ColumnType::float,
        ColumnType::moment,
    ];
    types[number % types.len()]()
}

/// Makes a document ready as if the database had all that it names, with types that `number` chooses.
fn plan(document: Document, number: usize) -> Result<Plan, Error> {
    let types = |count: usize, first: usize| (first..first + count).map(type_of).collect::<Vec<_>>();
    let moments = [Nature::Moment, Nature::Date, Nature::Timestamp];
    let key = types(document.customers.key.as_slice().len(), number);
    let sources = document.sources.iter().enumerate().map(|(at, (name, source))| {
        let at = number + at;
        let joins = source.joins.values().map(|join| types(join.key.as_slice().len(), at)).collect();
        let moment = source.at.as_ref().map(|_| moments[at % moments.len()]);
        (name.to_string(), SourceTypes { customer: key.clone(), at: moment, joins })
    });
    let values = document.measures.keys().enumerate();
    let known = Known {
        timezone: "Europe/Paris".into(),
        sources: sources.collect(),
        values: values.map(|(at, name)| (name.to_string(), type_of(number / 7 + at))).collect(),
        key,
        moment: &|_| Ok(0),
    };
    Plan::new(document, &known)
}

/// Writes the statements of a model that is kept live.
fn statements(plan: &Plan) -> Result<Vec<String>, Error> {
    let place = Place::root();
    let scores = Name::read("crm.scores", &place)?;
    let shown = Name::read("crm.scored", &place)?;
    let mut statements = table::create(plan, &scores);
    statements.extend(table::index(plan, &scores));
    statements.extend(table::comments(plan, &scores));
    statements.push(view::create(plan, &shown, &scores));
    statements.extend(view::comments(plan, &shown));
    statements.push(groups::derive(plan, &scores)?.sql);
    statements.extend(marks::create(plan, &scores));
    statements.push(marks::spread(plan, &scores)?);
    statements.push(marks::due(plan, &scores, 1000, 20));
    statements.push(marks::is_marked(plan, &scores));
    statements.push(Customers::of(plan)?.sql);
    statements.push(Customers::of_some(plan)?.sql);
    for (name, source) in &plan.document.sources {
        let of = [
            Events::of(plan, name, source)?,
            Events::of_some(plan, name, source, &|slot| slot % 2 == 0)?,
            Events::among_rows(plan, name, source, &Name::rows("new"))?,
        ];
        statements.extend(of.into_iter().flatten().map(|events| events.sql));
        for alias in std::iter::once(None).chain(source.joins.keys().map(|alias| Some(&**alias))) {
            statements.push(touched::keys(plan, name, source, alias, "new")?);
        }
    }
    Ok(statements)
}

/// Checks that a document becomes statements or is refused with a pointer, whatever its mode.
fn check(tree: &mut Value, mode: &str, number: usize) -> Result<bool, TestCaseError> {
    if let Some(document) = tree.as_object_mut() {
        document.insert("mode".into(), mode.into());
    }
    let Ok(document) = Document::read(&tree.to_string()) else { return Ok(false) };
    match plan(document, number).and_then(|plan| statements(&plan)) {
        Ok(statements) => {
            prop_assert!(statements.iter().all(|statement| !statement.is_empty()));
            Ok(true)
        }
        Err(error) => {
            prop_assert!(pointer_of(&error).is_some(), "{error} has no pointer in {tree}");
            Ok(false)
        }
    }
}

#[test]
fn any_document_that_is_read_becomes_statements_or_an_error() {
    let trees: Vec<Value> = valid().iter().map(|(_, text)| tree(text)).collect();
    let changes = prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>(), any_json()), 0..3);
    let mut runner = proptest::test_runner::TestRunner::default();
    let modes = prop::sample::select(vec!["live", "live", "deferred", "batch"]);
    let written = std::cell::Cell::new(0);
    let outcome =
        runner.run(&(0..trees.len(), changes, modes, 0usize..1000), |(at, changes, mode, number)| {
            let mut tree = trees[at].clone();
            changes.into_iter().for_each(|(way, at, from, value)| mutate(&mut tree, way, at, from, value));
            let is_written = check(&mut tree, mode, number)?;
            written.set(written.get() + usize::from(is_written));
            Ok(())
        });
    assert!(outcome.is_ok(), "{outcome:?}");
    assert!(written.get() > 10, "only {} documents became statements", written.get());
}

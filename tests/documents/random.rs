//! Random documents, and random changes of valid ones.

use super::{change, pointer_of, pointers, sqlstate_of, tree, valid, validator};
use pg_scoring::model::document::Document;
use pg_scoring::model::period::Period;
use proptest::prelude::*;
use serde_json::Value;

/// Words that documents are made of, separated by spaces; the one after the last is empty.
const WORDS: &str = "take from of kind only all compute count rfm orders net value quantile levels at_least shares \
                     labels country last_order where half_life description within in weights empty id delta abc sum \
                     never joins segments ~/ ";

/// Any JSON value, with the words of documents among its keys and texts.
pub fn any_json() -> impl Strategy<Value = Value> {
    let word = || {
        prop_oneof![
            prop::sample::select(WORDS.split(' ').collect::<Vec<_>>()).prop_map(String::from),
            any::<String>(),
        ]
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3i64..12).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Changes a document somewhere: puts something else there, takes it away, or moves a part of the document there.
pub fn mutate(tree: &mut Value, way: u8, at: usize, from: usize, value: Value) {
    let places = pointers(tree, "");
    let place = &places[at % places.len()];
    match way % 4 {
        0 => change(tree, place, Some(value)),
        1 if !place.is_empty() => change(tree, place, None),
        2 => {
            let part = tree.pointer(&places[from % places.len()]).cloned();
            change(tree, place, part);
        }
        _ => {
            let key = value.as_str().unwrap_or("of").replace('~', "~0").replace('/', "~1");
            if tree.pointer(place).is_some_and(Value::is_object) {
                let part = tree.pointer(&places[from % places.len()]).cloned();
                change(tree, &format!("{place}/{key}"), part);
            }
        }
    }
}

/// Checks that a document is read, and then the schema allows it, or is refused with a pointer to what is there.
fn check_any(tree: &Value, schema: &jsonschema::Validator) -> Result<(), TestCaseError> {
    match Document::read(&tree.to_string()) {
        Ok(_) => prop_assert!(schema.is_valid(tree), "the schema refuses {tree}"),
        Err(error) => {
            let pointer = pointer_of(&error);
            prop_assert!(pointer.is_some(), "{error} has no pointer in {tree}");
            prop_assert!(
                error.sentences().1.is_some_and(|hint| hint.ends_with(['.', '?'])),
                "{error} has no hint"
            );
            let pointer = pointer.unwrap_or_default();
            let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            prop_assert!(
                tree.pointer(pointer).or(tree.pointer(parent)).is_some(),
                "{pointer} is not in {tree}"
            );
            let known = matches!(sqlstate_of(&error), "22023" | "22P05" | "42622" | "54000" | "22003");
            prop_assert!(known, "{error}");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_json_is_a_document_or_an_error(tree in any_json()) {
        let schema = validator();
        check_any(&tree, &schema)?;
    }

    #[test]
    fn any_text_is_a_document_or_an_error(text in r#"[\[\]{}:," a-e0-9\\u.-]{0,40}"#, any in any::<String>()) {
        prop_assert!(Document::read(&text).is_err());
        prop_assert!(Document::read(&any).is_err());
    }

    #[test]
    fn any_period_is_read_or_refused(text in r"(-?[0-9]{1,20}(\.[0-9]{1,14})?( |:)?(days?|years?|hours?|[0-9:.]{0,9})? ?){0,3}") {
        match Period::named(&text) {
            Ok(period) => prop_assert_eq!(Period::named(&period.to_string()), Ok(period), "{}", text),
            Err(refusal) => prop_assert!(refusal.contains('\n'), "{refusal}"),
        }
    }
}

#[test]
fn any_change_of_a_document_leaves_a_document_or_an_error() {
    let schema = validator();
    let trees: Vec<Value> = valid().iter().map(|(_, text)| tree(text)).collect();
    let changes = prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>(), any_json()), 1..4);
    let mut runner = proptest::test_runner::TestRunner::default();
    let outcome = runner.run(&(0..trees.len(), changes), |(tree, changes)| {
        let mut tree = trees[tree].clone();
        changes.into_iter().for_each(|(way, at, from, value)| mutate(&mut tree, way, at, from, value));
        check_any(&tree, &schema)
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}

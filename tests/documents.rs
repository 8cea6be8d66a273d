//! Documents of models: valid ones that must be read, bad ones that must be refused with a pointer, and any others.

#![allow(clippy::panic, reason = "a test may")]

use indexmap::IndexMap;
use pg_scoring::error::{Error, Fault};
use pg_scoring::model::document::Document;
use pg_scoring::model::period::Period;
use pg_scoring::model::schema::schema;
use pg_scoring::model::scope::{Scope, Sort};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::fs::{read_dir, read_to_string};

#[path = "documents/random.rs"]
mod random;

#[path = "documents/statements.rs"]
mod statements;

/// Gives the folder of the documents.
fn folder() -> String {
    format!("{}/tests/documents", env!("CARGO_MANIFEST_DIR"))
}

/// Reads the text of a file.
fn text_of(path: &str) -> String {
    read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Gives the valid documents with their names: those of the tests, the templates, and those that docs and tests show.
fn valid() -> Vec<(String, String)> {
    let mut documents = files_of("tests/documents/valid", "json");
    assert!(documents.len() >= 5);
    let templates = files_of("sql/templates", "json");
    assert_eq!(templates.len(), 12);
    documents.extend(templates);
    let blocks = text_in("docs/models.md");
    let blocks = blocks.split("```json\n").skip(1).filter_map(|block| block.split("```").next());
    documents
        .extend(blocks.enumerate().map(|(at, block)| (format!("docs/models.md {}", at + 1), block.into())));
    let mut scripts = files_of("tests/sql", "sql");
    for path in ["demo/model.sql", "tests/dump/make.sql"] {
        scripts.push((path.into(), text_in(path)));
    }
    for path in ["README.md", "docs/models.md"] {
        // Blocks that end in an error show documents that are not valid.
        let text = text_in(path);
        let blocks: Vec<&str> = text.split("```").filter(|block| block.starts_with("sql\n")).collect();
        scripts.push((path.into(), blocks.join("\n")));
    }
    let made: Vec<(String, String)> =
        scripts.iter().flat_map(|(name, text)| documents_made(name, text)).collect();
    assert!(made.len() >= 12, "{}", made.len());
    documents.extend(made);
    documents
}

/// Gives the files of a folder with an extension, each with its name and text.
fn files_of(folder: &str, extension: &str) -> Vec<(String, String)> {
    let path = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
    let files = read_dir(path).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut files: Vec<(String, String)> = files
        .filter_map(|file| {
            let path = file.ok()?.path();
            let name = path.file_stem()?.to_str()?.to_string();
            (path.extension()? == extension).then_some((name, text_of(path.to_str()?)))
        })
        .collect();
    files.sort();
    files
}

/// Reads a file of the checkout.
fn text_in(path: &str) -> String {
    text_of(&format!("{}/{path}", env!("CARGO_MANIFEST_DIR")))
}

/// Gives the documents that a script makes models of where they stand in it, by their numbers.
fn documents_made(name: &str, script: &str) -> Vec<(String, String)> {
    let calls = script.split("\nSELECT scoring.create_model('").skip(1);
    let documents = calls.filter_map(|call| {
        let (_, rest) = call.split_once("', ")?;
        match rest.strip_prefix('\'') {
            Some(quoted) => {
                let end = ["}')", "}',"].into_iter().filter_map(|end| quoted.find(end)).min()?;
                Some(quoted[..=end].replace("''", "'"))
            }
            None => {
                let (tag, rest) = rest.strip_prefix('$')?.split_once('$')?;
                Some(rest.split_once(&format!("${tag}$"))?.0.to_string())
            }
        }
    });
    documents.enumerate().map(|(at, document)| (format!("{name} {}", at + 1), document)).collect()
}

/// Gives a valid document as a tree.
fn tree_of(name: &str) -> Value {
    tree(&text_of(&format!("{}/valid/{name}.json", folder())))
}

/// Reads a document as a tree.
fn tree(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Makes what holds documents against the JSON Schema.
fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema()).unwrap_or_else(|error| panic!("{error}"))
}

/// Takes the pointer out of the DETAIL of an error.
fn pointer_of(error: &Error) -> Option<&str> {
    error.sentences().0?.strip_prefix("The fault is at \"")?.strip_suffix("\".")
}

/// Puts a value where a pointer says, or takes it away; what holds it must be there.
fn change(tree: &mut Value, pointer: &str, value: Option<Value>) {
    let Some((parent, key)) = pointer.rsplit_once('/') else {
        *tree = value.unwrap_or_default();
        return;
    };
    let key = key.replace("~1", "/").replace("~0", "~");
    match (tree.pointer_mut(parent), value) {
        (Some(Value::Object(object)), Some(value)) => drop(object.insert(key, value)),
        (Some(Value::Object(object)), None) => {
            assert!(object.shift_remove(&key).is_some(), "{pointer} is not there")
        }
        (Some(Value::Array(items)), value) => {
            let at: usize = key.parse().unwrap_or_else(|_| panic!("{pointer} is no item"));
            match value {
                Some(value) if at < items.len() => items[at] = value,
                Some(value) => items.push(value),
                None => drop(items.remove(at)),
            }
        }
        (other, _) => panic!("{pointer} is in {other:?}"),
    }
}

#[test]
fn valid_documents_are_read_in_the_order_of_their_author() {
    for (name, text) in valid() {
        let document =
            Document::read(&text).unwrap_or_else(|error| panic!("{name}: {error} {:?}", error.sentences()));
        let tree = tree(&text);
        let keys = |section: &str| -> Vec<String> {
            tree[section].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
        };
        assert_eq!(document.sources.keys().cloned().collect::<Vec<_>>(), keys("sources"), "{name}");
        let named = |name: &&String| tree["measures"].get(name.as_str()).is_some();
        let measures: Vec<String> = document.measures.keys().filter(named).cloned().collect();
        assert_eq!(measures, keys("measures"), "{name}");
        assert_eq!(document.scores.keys().cloned().collect::<Vec<_>>(), keys("scores"), "{name}");
    }
}

/// A bad document: a change of a valid one, and how it is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bad {
    #[serde(default)]
    set: IndexMap<String, Value>,
    remove: Option<String>,
    sqlstate: String,
    at: String,
    says: String,
    hint: String,
}

/// Gives the SQLSTATE of a fault that a document can have.
fn sqlstate_of(error: &Error) -> &'static str {
    match error.fault() {
        Fault::InvalidValue => "22023",
        Fault::NumberOutOfRange => "22003",
        Fault::MalformedText => "22P02",
        Fault::ForbiddenCharacter => "22P05",
        Fault::NameTooLong => "42622",
        Fault::LimitExceeded => "54000",
        other => panic!("{other:?} is no fault of a document"),
    }
}

/// Tells whether a fault is one that the schema knows: keys and types, but not which keys the strategy of an abc needs.
fn is_of_shape(bad: &Bad) -> bool {
    let shapes =
        ["unknown key", "must be one of", "must be an object", "must be a text", "takes no", "needs the key"];
    shapes.iter().any(|shape| bad.says.contains(shape)) && bad.at != "/scores/abc"
}

#[test]
fn bad_documents_are_refused_with_a_pointer_and_what_would_be_valid() {
    let text = text_of(&format!("{}/bad.json", folder()));
    let bad: IndexMap<String, Vec<Bad>> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
    let schema = validator();
    let mut count = 0;
    for (name, bad) in bad.iter().flat_map(|(name, all)| all.iter().map(move |bad| (name, bad))) {
        let mut tree = tree_of(name);
        bad.remove.iter().for_each(|pointer| change(&mut tree, pointer, None));
        bad.set.iter().for_each(|(pointer, value)| change(&mut tree, pointer, Some(value.clone())));
        let what = format!("{name} with {:?} without {:?}", bad.set, bad.remove);
        let Err(error) = Document::read(&tree.to_string()) else { panic!("{what} is read") };
        assert_eq!(pointer_of(&error), Some(bad.at.as_str()), "{what}: {error}");
        assert_eq!(sqlstate_of(&error), bad.sqlstate, "{what}: {error}");
        assert!(error.to_string().contains(&bad.says), "{what}: {error}");
        let hint = error.sentences().1.unwrap_or_default();
        assert!(hint.contains(&bad.hint), "{what}: {error}: {hint}");
        if is_of_shape(bad) {
            assert!(!schema.is_valid(&tree), "the schema allows {what}");
        }
        count += 1;
    }
    assert!(count > 250, "{count}");
}

/// Refuses a text, and gives the SQLSTATE, the pointer and the message.
fn refused(text: &str) -> (&'static str, Option<String>, String) {
    match Document::read(text) {
        Ok(_) => panic!("{:.100} is read", text),
        Err(error) => {
            assert!(error.sentences().1.is_some(), "{error} has no hint");
            (sqlstate_of(&error), pointer_of(&error).map(String::from), error.to_string())
        }
    }
}

#[test]
fn texts_that_no_tree_can_hold_are_refused() {
    for text in ["", "{", "nan", "{} {}", r#"{"description": "\ud800"}"#, "[1,]", "{'a': 1}", "\u{feff}{}"] {
        let (sqlstate, pointer, message) = refused(text);
        assert_eq!((sqlstate, pointer), ("22P02", None), "{text}: {message}");
    }
    for (text, pointer) in [
        (r#"{"mode": "live", "mode": "live"}"#, "/mode"),
        (r#"{"mode": "live", "m\u006fde": "live"}"#, "/mode"),
        (r#"{"measures": {"a": {"take": "count", "from": {"x": "1", "x": "2"}}}}"#, "/measures/a/from/x"),
        (r#"{"scores": {"a": [{}, {"r/~": 1, "r/~": 1}]}}"#, "/scores/a/1/r~1~0"),
    ] {
        let (sqlstate, found, message) = refused(text);
        assert_eq!((sqlstate, found.as_deref()), ("22023", Some(pointer)), "{text}");
        assert!(message.contains("is given twice"), "{text}: {message}");
    }
    for (text, pointer) in [(r#"{"measures": [0, 1e400]}"#, "/measures/1"), ("-1e200000", "")] {
        let (sqlstate, found, _) = refused(text);
        assert_eq!((sqlstate, found.as_deref()), ("22003", Some(pointer)), "{text}");
    }
}

#[test]
fn documents_that_are_too_much_are_refused() {
    let changed = |pointer: &str, value: Value| {
        let mut tree = tree_of("minimal");
        change(&mut tree, pointer, Some(value));
        tree.to_string()
    };
    let counts = |count: usize| -> Value {
        let count = (0..count).map(|at| (format!("m{at}"), json!({"take": "count", "from": "orders"})));
        count.collect::<Map<String, Value>>().into()
    };
    let rules = vec![json!({"label": "a"}); 1_001];
    let rfm = json!({"kind": "rfm", "recency": "activity", "frequency": "orders", "monetary": "orders", "segments": rules});
    let weights = (0..10_001).map(|at| (at.to_string(), json!(1))).collect::<Map<String, Value>>();
    let many = changed("/measures/orders/weights", json!({"of": "a", "values": weights}));
    for (text, pointer) in [
        (format!(r#"{{"description": "{}"}}"#, "x".repeat(1 << 20)), ""),
        (format!("{}{}", "[".repeat(33), "]".repeat(33)), &"/0".repeat(32)),
        ("[".repeat(100_000), &"/0".repeat(32)),
        (changed("/measures", counts(1_600)), "/measures/m1495"),
        (changed("/scores/rfm", rfm), "/scores/rfm/segments"),
        (many, "/measures/orders/weights/values"),
        (format!("[{}1]", "1,".repeat(10_000)), ""),
    ] {
        let (sqlstate, found, message) = refused(&text);
        assert_eq!((sqlstate, found.as_deref()), ("54000", Some(pointer)), "{message}");
    }
}

#[test]
fn a_long_chain_of_names_is_followed() -> Result<(), Error> {
    let mut tree = tree_of("minimal");
    for at in (0..1_400).rev() {
        let next = if at == 1_399 { "orders".into() } else { format!("m{}", at + 1) };
        change(
            &mut tree,
            &format!("/measures/m{at}"),
            Some(json!({"compute": "greatest", "of": [next, next]})),
        );
    }
    Document::read(&tree.to_string()).map(drop)
}

#[test]
fn what_is_computed_comes_after_what_it_is_computed_from() -> Result<(), Error> {
    let mut tree = tree_of("minimal");
    change(&mut tree, "/measures/total", Some(json!({"compute": "total", "of": ["twice", "orders"]})));
    change(&mut tree, "/measures/twice", Some(json!({"compute": "total", "of": ["orders", "orders"]})));
    let document = Document::read(&tree.to_string())?;
    let scope = Scope::new(&document)?;
    let expected = [
        ("orders", Sort::Number),
        ("twice", Sort::Number),
        ("total", Sort::Number),
        ("activity", Sort::Levels(5)),
    ];
    assert_eq!(scope.in_order().collect::<Vec<_>>(), expected);
    Ok(())
}

#[test]
fn columns_fit_into_the_names_of_postgresql() -> Result<(), Error> {
    for (_, text) in valid() {
        let document = Document::read(&text)?;
        let measures = document.measures.iter().filter(|(name, _)| !document.is_own(name));
        let measures =
            measures.flat_map(|(name, measure)| measure.suffixes().iter().map(move |suffix| (name, *suffix)));
        for (name, suffix) in measures {
            assert!(name.len() + suffix.len() <= 63, "{name}{suffix}");
        }
        for (name, suffix) in document
            .scores
            .iter()
            .flat_map(|(name, score)| score.family.suffixes().into_iter().map(move |suffix| (name, suffix)))
        {
            assert!(name.len() + suffix.len() <= 63, "{name}{suffix}");
        }
    }
    Ok(())
}

/// Gives the pointers of every value of a tree, the whole of it first.
fn pointers(tree: &Value, here: &str) -> Vec<String> {
    let mut found = vec![here.to_string()];
    match tree {
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            found.extend(pointers(value, &format!("{here}/{key}")));
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| {
            found.extend(pointers(value, &format!("{here}/{at}")));
        }),
        _ => {}
    }
    found
}

/// Tells whether the object at a pointer has keys of the author's choice.
fn is_map(pointer: &str) -> bool {
    let steps: Vec<&str> = pointer.split('/').collect();
    matches!(steps[..], ["", _] | ["", "measures", _, "from"] | ["", "scores", _, "of"])
        && pointer != "/customers"
        || matches!(steps[..], ["", "scores", _, "missing" | "otherwise"])
        || pointer.contains("/coefficients")
        || pointer.ends_with("/joins")
        || pointer.ends_with("/weights/values")
}

#[test]
fn the_schema_allows_valid_documents_and_refuses_unknown_keys_and_nulls() {
    let schema = validator();
    let mut objects = 0;
    for (name, text) in valid() {
        let tree = tree(&text);
        let errors: Vec<String> = schema.iter_errors(&tree).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
        for pointer in pointers(&tree, "") {
            if tree.pointer(&pointer).is_some_and(Value::is_object) && !is_map(&pointer) {
                let unknown = format!("{pointer}/unknown");
                let mut tree = tree.clone();
                change(&mut tree, &unknown, Some(json!("x")));
                assert!(!schema.is_valid(&tree), "{name}: {unknown}");
                assert_eq!(refused(&tree.to_string()).1, Some(unknown));
                objects += 1;
            }
            if !pointer.ends_with("/empty") && !pointer.ends_with("/otherwise") {
                let mut tree = tree.clone();
                change(&mut tree, &pointer, Some(Value::Null));
                assert!(!schema.is_valid(&tree), "{name}: null at {pointer}");
                assert_eq!(refused(&tree.to_string()).1, Some(pointer));
            }
        }
    }
    assert!(objects > 100, "{objects}");
}

#[test]
fn periods_are_those_of_postgresql() {
    let period = |months, days, micros| Ok(Period { months, days, micros });
    for (text, expected) in [
        ("14 days", period(0, 14, 0)),
        ("1 year 6 months", period(18, 0, 0)),
        ("2 weeks", period(0, 14, 0)),
        ("36 hours", period(0, 0, 36 * 3_600_000_000)),
        ("1.5 hours", period(0, 0, 5_400_000_000)),
        ("12:30:00", period(0, 0, 45_000_000_000)),
        ("00:00:00.000001", period(0, 0, 1)),
        ("1 month -1 day 02:00", period(1, -1, 7_200_000_000)),
        ("  1   DAY ", period(0, 1, 0)),
        ("-01:00:00", period(0, 0, -3_600_000_000)),
        ("1 microsecond 1 millisecond 1 second 1 minute", period(0, 0, 61_001_001)),
    ] {
        assert_eq!(Period::named(text), expected, "{text}");
    }
}

//! Documents of models, changed at random.

use crate::load::random::Random;
use serde_json::{Map, Value, json};

/// What is put in the place of a text: names, expressions and values that fit, and some that nearly do.
const TEXTS: &[&str] = &[
    "",
    " ",
    "id",
    "customer_id",
    "amount",
    "amount - 1",
    "amount / 0",
    "amount * 1e300",
    "1e308::float8 * 10",
    "status",
    "status is null",
    "active",
    "born",
    "country",
    "true",
    "null",
    "'x'",
    "1",
    "(select 1)",
    "random() > 0.5",
    "now()",
    "count(*)",
    "shop.orders",
    "shop.customers",
    "shop.mails",
    "shop.visits",
    "shop.visits_some",
    "shop.nothing",
    "scoring.model",
    "pg_catalog.pg_class",
    "pg_temp.x",
    "orders",
    "ordered_at",
    "sent_at",
    "ref",
    "quantile",
    "levels",
    "rfm",
    "abc",
    "delta",
    "scorecard",
    "count",
    "sum",
    "average",
    "minimum",
    "maximum",
    "first",
    "last",
    "distinct",
    "attribute",
    "ratio",
    "age",
    "1 day",
    "1 hour",
    "0 days",
    "-1 day",
    "1 month",
    "178000000 years",
    "never",
    "infinity",
    "Europe/Paris",
    "America/St_Johns",
    "Mars/Olympus",
    "live",
    "deferred",
    "batch",
    "continue",
    "abort",
    "fr",
    "en",
    "rank",
    "apart",
    "exclude",
    "descending",
    "scored_at",
    "due_at",
    "a\"b",
    "it's",
    "é",
    "\u{1f600}",
    "$doc$",
    "amount;",
    "amount) from shop.orders; drop table shop.orders; --",
    "ctid::text",
    "customer_id::bigint",
    "repeat('x', 100000000)",
    "'infinity'::timestamptz",
    "numeric 'NaN'",
    "amount::int",
    "sqrt(amount)",
    "ln(amount)",
    "status::int",
    "o.amount",
];

/// What is put in the place of anything.
fn draw_value(random: &mut Random) -> Value {
    match random.below(12) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!([]),
        3 => json!({}),
        4 => json!(random.below(12) as i64 - 2),
        5 => json!(*random.pick(&[0.5, -0.5, 1e-300, 1e300, 1e18, 2147483648.0, 0.1])),
        6 => json!([0.2, 0.6, 0.2]),
        7 => json!(["id", "country"]),
        8 => json!([random.below(5), random.below(9)]),
        9 => json!("x".repeat(1 + random.hot(5000) as usize)),
        _ => json!(random.pick(TEXTS)),
    }
}

/// Lists the JSON pointers of all that is in a value.
fn list_pointers(value: &Value, at: &str, pointers: &mut Vec<String>) {
    pointers.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(i, item)| list_pointers(item, &format!("{at}/{i}"), pointers));
        }
        Value::Object(items) => items.iter().for_each(|(key, item)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            list_pointers(item, &format!("{at}/{key}"), pointers);
        }),
        _ => (),
    }
}

/// Changes one thing somewhere.
fn change(random: &mut Random, document: &mut Value) {
    let mut pointers = Vec::new();
    list_pointers(document, "", &mut pointers);
    let [from, place] = [(); 2].map(|()| pointers[random.below(pointers.len() as u64) as usize].clone());
    let part = document.pointer(&from).cloned().unwrap_or_default();
    let Some(found) = document.pointer_mut(&place) else { return };
    match (found, random.below(4)) {
        (Value::String(text), 0..3) => *text = (*random.pick(TEXTS)).to_owned(),
        (Value::Object(items), 0) => take_one(random, items),
        (Value::Object(items), 1) => {
            let key = (*random.pick(&[
                "of",
                "where",
                "within",
                "only",
                "window",
                "half_life",
                "weights",
                "lag",
                "empty",
            ]))
            .to_owned();
            items.insert(key, draw_value(random));
        }
        (Value::Array(items), 0) if !items.is_empty() => {
            drop(items.remove(random.below(items.len() as u64) as usize))
        }
        (Value::Array(items), 1) => items.push(draw_value(random)),
        (found, 2) => *found = part,
        (found, _) if !place.is_empty() => *found = draw_value(random),
        _ => (),
    }
}

/// Takes one entry out of an object.
fn take_one(random: &mut Random, items: &mut Map<String, Value>) {
    if let Some(key) = items.keys().nth(random.below(items.len() as u64) as usize).cloned() {
        items.shift_remove(&key);
    }
}

/// Changes a document here and there; most keep a name of their own for the table and the view, so that two can be beside
/// each other.
pub fn draw(random: &mut Random, bases: &[Value]) -> String {
    let mut document = random.pick(bases).clone();
    let number = random.below(4);
    if let Value::Object(items) = &mut document
        && random.chance(950)
    {
        items.insert("into".into(), json!(format!("crm.fuzzed_{number}")));
        items.insert("view".into(), json!(format!("crm.fuzzed_view_{number}")));
        items.insert("mode".into(), json!(*random.pick(&["live", "live", "deferred", "batch"])));
    }
    for _ in 0..random.pick_weighted(&[(4, 0), (6, 1), (3, 2), (1, 4), (1, 10)]) {
        change(random, &mut document);
    }
    let mut text = document.to_string();
    if random.chance(30) {
        let at = random.below(text.len() as u64) as usize;
        if text.is_char_boundary(at) {
            text.truncate(at);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_differ_and_the_seed_gives_them_again() {
        let base = [json!({ "customers": { "key": "id" }, "bins": [1, 2] })];
        let all = |seed| -> Vec<String> {
            let mut random = Random::new(seed, 0);
            (0..50).map(|_| draw(&mut random, &base)).collect()
        };
        assert_eq!(all(1), all(1));
        let mut different = all(1);
        different.sort();
        different.dedup();
        assert!(different.len() > 25, "{}", different.len());
    }
}

//! The JSON Schema of the document, made from the types that read it.

use super::document::Document;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

/// Makes the JSON Schema (draft 2020-12) that editors complete and check documents with.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(LeaveOutRust);
    SchemaGenerator::from(settings).into_root_schema_for::<Document>().to_value()
}

/// Takes out of the schema what is Rust's and not JSON's: the widths of numbers, and the null of an optional key, which
/// may be left out but not be null. (Where null says something, it is written as a `const`, which stays.)
#[derive(Clone, Debug)]
struct LeaveOutRust;

impl Transform for LeaveOutRust {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        schema.remove("format");
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|name| name != "null");
            if let [name] = &types[..] {
                let name = name.clone();
                schema.insert("type".into(), name);
            }
        }
        let null = json!({ "type": "null" });
        let Some(Value::Array(choices)) = schema.get("anyOf") else { return };
        if let [Value::Object(choice), other] = &choices[..]
            && *other == null
        {
            let choice = choice.clone();
            schema.remove("anyOf");
            for (key, value) in choice {
                schema.ensure_object().entry(key).or_insert(value);
            }
        }
    }
}

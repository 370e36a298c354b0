//! Whether what is said on the live connection is as its description has it: whatever anybody in these tests is told.
//!
//! Knows as much of JSON Schema as the description uses, and fails on more. A field that the description does not have is wrong
//! here, although clients pass it over: the server says nothing that is not described.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use klieg_api::live::Frame;
use parking_lot::Mutex;
use regex::Regex;
use serde_json::{Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(klieg_server::socket::asyncapi::document);
static PATTERNS: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);

/// Fails if a frame is not as it is described, or not one of the types' own.
#[track_caller]
pub(crate) fn frame(frame: &Value) {
    let described = whole(&DOCUMENT["components"]["schemas"]["Frame"], frame);
    assert_eq!(described, Ok(()), "it is not as the description has it: {frame}");
    let read: Frame = serde_json::from_value(frame.clone()).unwrap();
    assert_eq!(json!(read), *frame, "it says what its type does not know");
}

/// Whether a value is as a schema has it, which describes every field of it.
fn whole(schema: &Value, value: &Value) -> Result<(), String> {
    let described = part(schema, value)?;
    let mut fields = value.as_object().into_iter().flat_map(|object| object.keys());
    match fields.find(|field| !described.contains(field.as_str())) {
        Some(field) => Err(format!("{field} is not described")),
        None => Ok(()),
    }
}

/// Likewise, but it may have other fields besides. Those that the schema describes.
fn part<'a>(schema: &'a Value, value: &Value) -> Result<BTreeSet<&'a str>, String> {
    let mut described = BTreeSet::new();
    for (keyword, said) in schema.as_object().unwrap() {
        let is_so = match keyword.as_str() {
            "$ref" => {
                let path = said.as_str().unwrap().trim_start_matches('#');
                let schema = DOCUMENT.pointer(path).ok_or_else(|| format!("there is no {path}"));
                described.extend(part(schema?, value)?);
                true
            }
            "allOf" => {
                for schema in said.as_array().unwrap() {
                    described.extend(part(schema, value)?);
                }
                true
            }
            "oneOf" => {
                let (fitting, others): (Vec<_>, Vec<_>) =
                    said.as_array().unwrap().iter().map(|schema| part(schema, value)).partition(Result::is_ok);
                if fitting.len() != 1 {
                    return Err(format!("{} of these fit: {others:?}", fitting.len()));
                }
                described.extend(fitting.into_iter().flatten().flatten());
                true
            }
            "properties" => {
                for (name, schema) in said.as_object().unwrap() {
                    described.insert(name.as_str());
                    if let Some(value) = value.get(name) {
                        whole(schema, value).map_err(|why| format!("{name}: {why}"))?;
                    }
                }
                true
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    whole(said, item)?;
                }
                true
            }
            "type" => match said {
                Value::Array(types) => types.iter().any(|named| is_of(named, value)),
                named => is_of(named, value),
            },
            "required" => said.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
            "enum" => said.as_array().unwrap().contains(value),
            "const" => said == value,
            "minimum" => value.as_f64().is_none_or(|number| number >= said.as_f64().unwrap()),
            "pattern" => value.as_str().is_none_or(|text| matches(said.as_str().unwrap(), text)),
            // Of fields that are not described, none is taken anywhere; the rest says nothing of what there may be.
            "additionalProperties" | "description" | "format" | "example" | "default" => true,
            other => panic!("the description says {other}, and nobody here knows what that means"),
        };
        if !is_so {
            return Err(format!("{keyword} is not {said}"));
        }
    }
    Ok(described)
}

fn is_of(named: &Value, value: &Value) -> bool {
    match named.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("the description has a {other}"),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let mut patterns = PATTERNS.lock();
    patterns.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).unwrap()).is_match(text)
}

#[test]
fn the_examples_of_the_description_are_as_it_has_them() {
    for (key, message) in DOCUMENT["components"]["messages"].as_object().unwrap() {
        for example in message["examples"].as_array().unwrap() {
            assert_eq!(whole(&message["payload"], &example["payload"]), Ok(()), "{key}");
        }
    }
}

#[test]
fn what_is_not_described_is_found() {
    let good = json!({ "is": "presence", "room": "ada", "present": 3 });
    let schema = &DOCUMENT["components"]["schemas"]["Frame"];
    assert_eq!(whole(schema, &good), Ok(()));
    for (field, value) in [
        ("present", json!("3")),
        ("present", json!(-1)),
        ("room", json!("A da")),
        ("is", json!("news")),
        ("more", json!(1)),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        assert!(whole(schema, &bad).is_err(), "{bad}");
    }
}

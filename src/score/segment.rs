//! Segments: a name for a customer's RFM code, by rules of which the first that matches wins.

use super::rfm;
use crate::error::Error;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_path_to_error::Segment;
use std::borrow::Cow;
use std::fmt;

/// An inclusive range of the levels of one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(try_from = "Vec<i64>")]
#[schemars(inline, with = "[i64; 2]", extend("items" = { "type": "integer", "minimum": 1, "maximum": 9 }))]
struct Range(i32, i32);

/// A dimension that a rule does not name: every level of it.
const ANY: Range = Range(1, rfm::MOST_BINS);

impl Default for Range {
    fn default() -> Self {
        ANY
    }
}

impl TryFrom<Vec<i64>> for Range {
    type Error = String;

    fn try_from(ends: Vec<i64>) -> Result<Self, String> {
        let levels = 1..=i64::from(rfm::MOST_BINS);
        match ends[..] {
            [low, high] if levels.contains(&low) && levels.contains(&high) && low <= high => {
                Ok(Self(low as i32, high as i32))
            }
            [low, high] if low > high => Err(format!("the range [{low}, {high}] is empty")),
            [_, _] => Err("levels are from 1 to 9".into()),
            _ => Err(format!("a range is two levels, got {}", ends.len())),
        }
    }
}

/// One rule: the label of the codes whose three levels lie in its ranges.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SegmentRule")]
pub struct Rule {
    /// The name of the segment.
    label: Cow<'static, str>,
    /// The levels of recency, from and to; all where it is left out.
    #[serde(default)]
    r: Range,
    /// The levels of frequency, from and to; all where it is left out.
    #[serde(default)]
    f: Range,
    /// The levels of the monetary value, from and to; all where it is left out.
    #[serde(default)]
    m: Range,
}

/// A rule as users write it. A struct of serde's could also be written as an array of its fields.
struct Object(Rule);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object, A::Error> {
                Rule::deserialize(MapAccessDeserializer::new(fields)).map(Object)
            }
        }

        from.deserialize_map(Fields)
    }
}

/// Writes a usual rule.
const fn usual(label: &'static str, r: Range, f: Range, m: Range) -> Rule {
    Rule { label: Cow::Borrowed(label), r, f, m }
}

/// The usual segments of a five-bin score; every code falls in one.
///
/// The names are the field's; their published ranges overlap and leave gaps, so these are drawn anew: whoever bought
/// once is named by how long ago that was, and money decides only among those who come often.
pub static USUAL: [Rule; 11] = [
    usual("Champions", Range(4, 5), Range(4, 5), Range(4, 5)),
    usual("Loyal", Range(3, 5), Range(3, 5), Range(3, 5)),
    usual("New", Range(5, 5), Range(1, 1), ANY),
    usual("Promising", Range(3, 4), Range(1, 1), ANY),
    usual("Potential loyalists", Range(4, 5), ANY, ANY),
    usual("Need attention", Range(3, 3), ANY, ANY),
    usual("Can't lose them", Range(1, 2), Range(4, 5), Range(4, 5)),
    usual("At risk", Range(1, 2), Range(3, 5), ANY),
    usual("About to sleep", Range(2, 2), ANY, ANY),
    usual("Hibernating", Range(1, 1), Range(2, 2), ANY),
    usual("Lost", Range(1, 1), ANY, ANY),
];

/// The levels of the score that [`USUAL`] is for.
const USUAL_BINS: i32 = 5;

/// Names the segment of a five-bin code by the usual rules.
pub fn usual_segment(code: i32) -> Result<Option<&'static str>, Error> {
    let levels = levels_of(code, USUAL_BINS).map_err(|error| {
        error.hint("The usual segments are those of a five-bin score; give your own rules for another.")
    })?;
    Ok(first_match(levels, &USUAL))
}

/// Names the segment of a code by the user's own rules; none where no rule matches.
pub fn segment(code: i32, rules: &[Rule]) -> Result<Option<&str>, Error> {
    let levels = levels_of(code, rfm::MOST_BINS)
        .map_err(|error| error.hint("A code is what rfm_score returns, as 555 or 132."))?;
    Ok(first_match(levels, rules))
}

/// Finds the label of the first rule that covers the levels.
fn first_match(levels: [i32; 3], rules: &[Rule]) -> Option<&str> {
    rules.iter().find(|rule| rule.covers(levels)).map(|rule| &*rule.label)
}

impl Rule {
    /// Tells whether the three levels lie in the rule's ranges.
    fn covers(&self, levels: [i32; 3]) -> bool {
        let ranges = [self.r, self.f, self.m];
        ranges.iter().zip(levels).all(|(range, level)| (range.0..=range.1).contains(&level))
    }
}

/// Takes a code apart into its three levels.
fn levels_of(code: i32, most: i32) -> Result<[i32; 3], Error> {
    let levels = [code / 100, code / 10 % 10, code % 10];
    match levels.iter().all(|level| (1..=most).contains(level)) {
        true => Ok(levels),
        false => Err(Error::invalid(format!("{code} is not an rfm score"))
            .detail(format!("It must have three digits, each from 1 to {most}."))),
    }
}

/// Reads the user's rules, a JSON array of objects; a fault is told with its JSON Pointer.
pub fn rules(json: &str) -> Result<Vec<Rule>, Error> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let rules: Result<Vec<Object>, _> = serde_path_to_error::deserialize(&mut reader);
    rules.map(|rules| rules.into_iter().map(|Object(rule)| rule).collect()).map_err(|fault| {
        let place = fault.path().iter().map(pointer_part).collect::<String>();
        Error::invalid(format!("invalid segment rules: {}", in_json_words(&fault.into_inner())))
            .detail(format!("The fault is at \"{place}\"."))
            .hint(r#"Rules look like [{"label": "Champions", "r": [4,5], "f": [4,5], "m": [4,5]}]."#)
    })
}

/// Tells a fault in the words of JSON where serde has those of Rust, and without the line in PostgreSQL's print.
fn in_json_words(fault: &serde_json::Error) -> String {
    let told = fault.to_string();
    let cause = told.rsplit_once(" at line ").map_or(&*told, |(cause, _)| cause);
    let (found, expected) = cause.rsplit_once(", expected ").unwrap_or((cause, ""));
    let found = match found.split_once(" field `") {
        Some((what, name)) => format!("{what} field \"{}\"", name.strip_suffix('`').unwrap_or(name)),
        None if found == "invalid type: map" => "invalid type: object".into(),
        None if found == "invalid type: sequence" => "invalid type: array".into(),
        None if found.starts_with("invalid type: string") => found.into(),
        None => found.replace('`', "\""),
    };
    match expected {
        "" => found,
        "i64" => format!("{found}, expected a whole number"),
        "a sequence" => format!("{found}, expected an array"),
        _ => format!("{found}, expected {}", expected.replace('`', "\"")),
    }
}

/// Writes one step of a path as JSON Pointer does (RFC 6901).
fn pointer_part(step: &Segment) -> String {
    let name = match step {
        Segment::Seq { index } => index.to_string(),
        Segment::Map { key } => key.clone(),
        Segment::Enum { variant } => variant.clone(),
        Segment::Unknown => String::new(),
    };
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

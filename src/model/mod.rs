//! The model document: its types, how it is read, and what is checked of it without a database.
//!
//! [`document::Document::read`] goes from text to a checked document: [`json`] reads the tree, [`reader`] the typed parts
//! of it, and each noun checks itself; [`names`] and [`scope`] check how the nouns fit together. Every fault is an
//! [`Error`](crate::error::Error) that a [`place`] makes, with the JSON Pointer of the culprit.

pub mod calendar;
pub mod change;
pub mod clock;
pub mod column;
pub mod compute;
pub mod condition;
pub mod cuts;
pub mod document;
pub mod explain;
pub mod fact;
pub mod family;
pub mod filter;
pub mod from;
pub mod json;
pub mod language;
pub mod listing;
pub mod measure;
pub mod names;
pub mod naming;
pub mod nature;
pub mod near;
pub mod operand;
pub mod period;
pub mod place;
pub mod plan;
pub mod points;
pub mod population;
mod reader;
pub mod rule;
pub mod scale;
pub mod schema;
pub mod scope;
pub mod score;
pub mod source;
pub mod sql;
mod stop;
pub mod text;
pub mod value;

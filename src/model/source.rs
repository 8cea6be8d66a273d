//! Sources: tables of dated events of customers.

use super::names::check_name;
use super::place::Place;
use super::text::{Text, Texts};
use crate::error::Error;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

/// A table of events, each of one customer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The table, with its schema.
    pub table: Text,
    /// The customer of an event: a column or an expression; a list, in the order of the key, where that has several columns.
    pub customer: Texts,
    /// When it happened: a date, a timestamp or a timestamptz. Left out, the row always counts.
    pub at: Option<Text>,
    /// Which rows are events.
    #[serde(rename = "where")]
    pub filter: Option<Text>,
    /// Tables that add to each row at most one of theirs, by alias. No joined row is no event.
    #[serde(default)]
    pub joins: IndexMap<String, Join>,
    /// The zone of dates and timestamps without one, where it is not the model's.
    pub timezone: Option<Text>,
    /// What it is, for people.
    pub description: Option<String>,
}

/// A table of which each event has at most one row.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The table, with its schema.
    pub table: Text,
    /// Where an event says which row: a column or an expression, of the source or of an earlier join; or a list.
    pub on: Texts,
    /// What must equal it: a column or a list of columns that a unique index covers.
    pub key: Texts,
}

impl Source {
    /// Checks a source by itself; `key_columns` is how many columns the customer's key has.
    pub fn check(&self, place: &Place, key_columns: usize) -> Result<(), Error> {
        let parts = self.customer.as_slice().len();
        if parts != key_columns {
            let refusal =
                format!("must have as many parts as the customer's key, {key_columns}, got {parts}");
            let hint = "Give an expression for each column of customers.key, in that order.";
            return Err(place.key("customer").refuse(refusal).hint(hint));
        }
        let joins = place.key("joins");
        self.joins.iter().try_for_each(|(alias, join)| {
            check_name(alias, &joins.key(alias))?;
            join.check(&joins.key(alias))
        })
    }
}

impl Join {
    /// Checks that both sides of the join have as many columns.
    fn check(&self, place: &Place) -> Result<(), Error> {
        let (on, key) = (self.on.as_slice().len(), self.key.as_slice().len());
        match on == key {
            true => Ok(()),
            false => Err(place
                .key("on")
                .refuse(format!("must have as many parts as key, {key}, got {on}"))
                .hint("Give on and key in the same order, as in \"on\": [\"company\", \"order_id\"], \"key\": [\"company\", \"id\"].")),
        }
    }
}

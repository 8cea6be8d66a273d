//! The customers of a model: one row each, with the key and the measures that are taken of the row itself.

use super::expression;
use super::from::From;
use super::name::Name;
use super::quoted;
use crate::error::Error;
use crate::model::measure::Take;
use crate::model::nature::ColumnType;
use crate::model::place::Place;
use crate::model::plan::Plan;

/// A statement that gives the customers.
#[derive(Clone, Debug)]
pub struct Customers {
    /// The statement; the columns of the key come first.
    pub sql: String,
    /// The places of the measures that the columns after the key hold.
    pub attributes: Vec<usize>,
    /// The expressions of the columns.
    pub items: Vec<String>,
}

impl Customers {
    /// Writes the statement that gives the keys alone, under the names of their columns.
    pub fn keys_as(&self, key: &[(String, ColumnType)]) -> String {
        let names: Vec<String> = (0..self.items.len()).map(|at| format!("\"${at}\"")).collect();
        let shown = names.iter().zip(key).map(|(item, (name, _))| format!("{item} AS {}", quoted(name)));
        let shown: Vec<String> = shown.collect();
        format!("SELECT {} FROM ({}) AS \"$customer\" ({})", shown.join(", "), self.sql, names.join(", "))
    }

    /// Writes the statement for all customers.
    pub fn of(plan: &Plan) -> Result<Self, Error> {
        Self::written(plan, false)
    }

    /// Writes the statement for some customers, whose keys it takes as arrays.
    pub fn of_some(plan: &Plan) -> Result<Self, Error> {
        Self::written(plan, true)
    }

    /// Writes the statement; an expression sees the row under the name of its table.
    fn written(plan: &Plan, is_of_some: bool) -> Result<Self, Error> {
        let customers = &plan.document.customers;
        let table = Name::read(&customers.table, &Place::root().key("customers").key("table"))?;
        let mut items: Vec<String> =
            plan.key.iter().map(|(name, _)| format!("{}.{}", quoted(&table.table), quoted(name))).collect();
        let mut attributes = Vec::new();
        for (slot, measured) in plan.measures.iter().enumerate() {
            let taken = measured.taken().filter(|taken| taken.take == Take::Attribute);
            if let Some(of) = taken.and_then(|taken| taken.of.as_ref()) {
                items.push(format!("{}::{}", expression(of), measured.column.sql));
                attributes.push(slot);
            }
        }
        let from = From::table(&table.table, &table);
        let condition = is_of_some.then(|| plan.among(&items[..plan.key.len()]));
        let sql = from.select(&items.join(", "), customers.filter.as_ref(), condition.as_deref());
        Ok(Self { sql, attributes, items })
    }
}

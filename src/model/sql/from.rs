//! What the expressions of a source are selected from: its row alone, or with the rows joined to it.
//!
//! An author's name without a table is a column of the source, whatever the joined tables call theirs. So where there are
//! joins the expressions stand in a sub-select of the source's row alone, and see the joined rows from there. The planner
//! takes that apart again. A name that the source does not have would mean a joined column there; so where an expression is
//! checked, each joined table stands there twice, which makes such a name ambiguous.

use super::name::Name;
use super::{expression, quoted};
use crate::error::Error;
use crate::model::nature::ColumnType;
use crate::model::place::Place;
use crate::model::source::{Join, Source};
use crate::model::text::Text;

/// The name of the source's row where tables are joined to it.
const ROW: &str = "\"$row\"";

/// What expressions are selected from.
#[derive(Clone, Debug)]
pub struct From {
    /// The source and what is joined to it; none where nothing is.
    joined: Option<String>,
    /// What unqualified names are columns of.
    inner: String,
    /// Tells of each joined row that it was found.
    found: Vec<String>,
    /// The joined tables once more.
    again: String,
    name: String,
    table: Name,
}

impl From {
    /// Starts with the table of a source.
    pub fn table(name: &str, table: &Name) -> Self {
        let inner = format!("FROM {table} AS {}", quoted(name));
        Self {
            joined: None,
            inner,
            found: Vec::new(),
            again: String::new(),
            name: name.into(),
            table: table.clone(),
        }
    }

    /// Joins all tables of a source, whose keys have these types; rows without a joined one are kept where `keeps_unjoined`.
    pub fn of(
        name: &str,
        source: &Source,
        keys: &[Vec<ColumnType>],
        place: &Place,
        keeps_unjoined: bool,
    ) -> Result<Self, Error> {
        Self::with(name, source, keys, place, keeps_unjoined, (None, None))
    }

    /// Joins all tables of a source, but for one that others' rows stand for: those of the source itself, or of an alias.
    pub fn with(
        name: &str,
        source: &Source,
        keys: &[Vec<ColumnType>],
        place: &Place,
        keeps_unjoined: bool,
        (alias_replaced, rows): (Option<&str>, Option<&Name>),
    ) -> Result<Self, Error> {
        let table = |alias: Option<&str>, text: &Text, place: &Place| match rows {
            Some(rows) if alias == alias_replaced => Ok(rows.clone()),
            _ => Name::read(text, place),
        };
        let mut from = Self::table(name, &table(None, &source.table, &place.key("table"))?);
        for ((alias, join), types) in source.joins.iter().zip(keys) {
            let place = place.key("joins").key(alias).key("table");
            from.join(alias, join, &table(Some(alias), &join.table, &place)?, types, keeps_unjoined);
        }
        Ok(from)
    }

    /// Joins a table, of which each row has at most one.
    pub fn join(
        &mut self,
        alias: &str,
        join: &Join,
        table: &Name,
        types: &[ColumnType],
        keeps_unjoined: bool,
    ) {
        let row = format!("FROM (SELECT {ROW}.*) AS {}", quoted(&self.name));
        let (alias, on) = (quoted(alias), quoted(&format!("$on {alias}")));
        let part = |at: usize| quoted(&format!("${at}"));
        let items = |texts: &[Text], cast: bool| {
            let items = texts.iter().zip(types).enumerate().map(|(at, (text, column))| match cast {
                true => format!("{}::{} AS {}", expression(text), column.unlimited(), part(at)),
                false => format!("{} AS {}", expression(text), part(at)),
            });
            items.collect::<Vec<_>>().join(", ")
        };
        let equal = types.iter().enumerate();
        let equal = equal.map(|(at, column)| format!("{alias}.{0} {1} {on}.{0}", part(at), column.equals));
        let equal = equal.collect::<Vec<_>>().join(" AND ");
        let words = if keeps_unjoined { "LEFT JOIN" } else { "JOIN" };
        let before = self.joined.take().unwrap_or_else(|| format!("FROM {} AS {ROW}", self.table));
        self.joined = Some(format!(
            "{before}\nCROSS JOIN LATERAL (SELECT {} {row}) AS {on}\n{words} (SELECT {alias}.*, {} FROM {table} AS {alias}) AS {alias} ON {equal}",
            items(join.on.as_slice(), true),
            items(join.key.as_slice(), false),
        ));
        self.found.push(format!("{alias}.{} IS NOT NULL", part(0)));
        self.again += &format!("\nCROSS JOIN {table} AS {}", quoted(&format!("$again {}", self.found.len())));
        self.inner = row;
    }

    /// Writes that all joined rows were found; none where nothing is joined.
    pub fn found(&self) -> Option<String> {
        (!self.found.is_empty()).then(|| format!("({})", self.found.join(" AND ")))
    }

    /// Selects items of each row that fulfils the author's condition, and a further one of ours.
    pub fn select(&self, items: &str, filter: Option<&Text>, condition: Option<&str>) -> String {
        self.write("", items, filter, condition)
    }

    /// Selects an item to be analysed, not run: a name without an alias that the source does not have is ambiguous.
    pub fn select_strictly(&self, item: &str) -> String {
        self.write(&self.again, item, None, None)
    }

    /// Writes a SELECT; `again` follows what is joined.
    fn write(&self, again: &str, items: &str, filter: Option<&Text>, condition: Option<&str>) -> String {
        let conditions =
            filter.map(|filter| expression(filter)).into_iter().chain(condition.map(String::from));
        let conditions = conditions.collect::<Vec<_>>().join(" AND ");
        let filter = if conditions.is_empty() { conditions } else { format!("\nWHERE {conditions}") };
        match &self.joined {
            None => format!("SELECT {items}\n{}{filter}", self.inner),
            Some(joined) => format!(
                "SELECT \"$event\".*\n{joined}{again}\nCROSS JOIN LATERAL (SELECT {items} {}{filter}) AS \"$event\"",
                self.inner
            ),
        }
    }
}

//! Whom a change of a joined source concerns: the keys of the events of the rows that a trigger has seen.

use super::expression;
use super::from::From;
use super::name::Name;
use crate::error::Error;
use crate::model::document::Document;
use crate::model::place::Place;
use crate::model::plan::Plan;
use crate::model::source::Source;

/// Writes the statement that gives, for the seen rows of a source itself or of what is joined to it under an alias, the key,
/// and for those of the source whether all rows that it names were found.
pub fn keys(
    plan: &Plan,
    name: &str,
    source: &Source,
    alias: Option<&str>,
    rows: &str,
) -> Result<String, Error> {
    let place = Place::root().key("sources").key(name);
    let rows = Name::rows(rows);
    let replaced = (alias, Some(&rows));
    let from = From::with(name, source, &plan.sources[name].joins, &place, alias.is_none(), replaced)?;
    let mut items = plan.key_items(name, source);
    items.extend(from.found().filter(|_| alias.is_none()));
    // What names no row at all never finds one.
    let first = source.joins.values().next().filter(|_| alias.is_none());
    let names = first.map(|join| {
        let parts = join.on.as_slice().iter().map(|on| format!("{} IS NOT NULL", expression(on)));
        parts.collect::<Vec<_>>().join(" AND ")
    });
    let items: Vec<String> =
        items.iter().enumerate().map(|(at, item)| format!("{item} AS \"${at}\"")).collect();
    Ok(from.select(&items.join(", "), None, names.as_deref()))
}

/// Tells whether a column of what is joined under an alias may matter to a source; rather one too many.
pub fn mentions(document: &Document, name: &str, alias: &str, column: &str) -> bool {
    let Some(source) = document.sources.get(name) else { return true };
    let Some(join) = source.joins.get(alias) else { return true };
    let own = join.key.as_slice().iter().any(|text| plain(text).contains(&plain(column)));
    let joined = source.joins.values().flat_map(|join| join.on.as_slice());
    let mut texts: Vec<&str> = source.customer.as_slice().iter().chain(joined).map(|text| &**text).collect();
    texts.extend(source.at.iter().chain(&source.filter).map(|text| &**text));
    for measure in document.measures.values() {
        texts.extend(measure.texts_of(name));
    }
    own || texts.iter().any(|text| refers(text, alias, column))
}

/// Tells whether an expression may refer to an alias at all.
pub fn refers_to(text: &str, alias: &str) -> bool {
    refers(text, alias, "")
}

/// Tells whether an expression may refer to anything but an alias: it does not begin with its name, or has more in it than one
/// column.
pub fn refers_to_others(text: &str, alias: &str) -> bool {
    let text = plain(text);
    let column = text.strip_prefix(&format!("{}.", plain(alias)));
    column.is_none_or(|column| !column.chars().all(|letter| letter.is_alphanumeric() || letter == '_'))
}

/// Tells whether an expression may refer to a column of an alias.
fn refers(text: &str, alias: &str, column: &str) -> bool {
    let hides = text.contains("/*") || text.contains("--") || text.to_ascii_uppercase().contains("U&");
    hides
        || refers_to_row(text, alias)
        || plain(text).contains(&format!("{}.{}", plain(alias), plain(column)))
}

/// Tells whether an expression may refer to the row of an alias as a whole.
fn refers_to_row(text: &str, alias: &str) -> bool {
    let is_of_name = |letter: Option<char>| {
        letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$')
    };
    let (text, alias) = (text.replace('"', "").to_lowercase(), alias.replace('"', "").to_lowercase());
    text.match_indices(&alias).any(|(at, found)| {
        let (before, after) = (&text[..at], &text[at + found.len()..]);
        let is_a_name = !is_of_name(before.chars().next_back())
            && !before.trim_end().ends_with('.')
            && !is_of_name(after.chars().next());
        let column = after.trim_start().strip_prefix('.').map(str::trim_start);
        is_a_name && column.is_none_or(|column| column.starts_with('*'))
    })
}

/// Leaves out of a text what may stand between the parts of a name.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '"');
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_columns_of_an_alias() {
        assert!(refers("o.customer_id", "o", "customer_id") && refers("O . \"Id\" + 1", "o", "Id"));
        assert!(refers("row_to_json(o)::text", "o", "any") && refers("(o . *)::text", "o", "any"));
        assert!(refers("o IS NOT NULL", "o", "any") && !refers("foo o_o", "o", "any"));
        assert!(!refers("amount * 2", "o", "amount") && !refers("o.customer_id", "o", "amount"));
        assert!(refers("o/**/.amount", "o", "id"));
    }
}

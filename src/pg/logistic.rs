//! The fit of a logistic regression in SQL: the rows of a query, run with the caller's rights, that may write nothing.

use super::build::look_for_interrupts;
use super::call::{Answer, Call, sql_functions};
use super::datum::{Form, whole};
use super::prepared::columns_of_query;
use super::query::stream;
use super::row::Row;
use super::settings::read_only;
use super::text::to_datum;
use super::types::Type;
use crate::error::{Error, Fault};
use crate::model::fact::Fact;
use crate::model::nature::Nature;
use crate::score::logistic::fit;
use crate::score::observations::{Cell, Gathered};
use pgrx::pg_sys::{self, Oid};

sql_functions![fit_logistic];

pgrx::extension_sql_file!("../../sql/logistic.sql", name = "logistic", requires = ["woe"]);

/// `fit_logistic(query, outcome, ridge, weights)`
fn fit_logistic(call: &Call) -> Answer {
    let text = |at: usize, name: &str| call.text(at).ok_or_else(|| Error::null(name));
    let (query, outcome) = (text(0, "query")?, text(1, "outcome")?);
    let ridge = call.need::<f64>(2, "ridge")?;
    let weights = call.text(3);
    let gathered = read_only(|| {
        let found = columns_of_query(&query)?.ok_or_else(|| {
            Error::invalid("query must be one SELECT, VALUES or TABLE that only reads").hint(
                "Give a query with a column for the outcome and one for each variable, as \
                 'SELECT won, visits, country FROM leads'.",
            )
        })?;
        let columns = Columns::of(&found, &outcome, weights.as_deref())?;
        let mut gathered =
            Gathered::of(columns.variables.iter().map(|variable| variable.name.clone()).collect());
        stream(&query, &[], &mut |row| columns.add(row, &mut gathered))?;
        Ok(gathered)
    })?;
    let fit = fit(gathered.finish()?, ridge, &mut look_for_interrupts)?;
    let json = serde_json::to_string(&fit).map_err(|error| Error::invalid(error.to_string()))?;
    Ok(Some(to_datum(&json)))
}

/// A column that is a variable.
struct Variable {
    at: usize,
    name: String,
    form: Form,
    is_category: bool,
}

/// What the columns of the query are for.
struct Columns {
    outcome: (usize, Nature, Form),
    weight: Option<(usize, Form)>,
    variables: Vec<Variable>,
}

impl Columns {
    /// Finds what each column is for; refuses names that are not there, or twice, and types that cannot serve.
    fn of(found: &[(String, Oid)], outcome: &str, weight: Option<&str>) -> Result<Self, Error> {
        for (at, (name, _)) in found.iter().enumerate() {
            if found[..at].iter().any(|(other, _)| other == name) {
                return Err(Error::invalid(format!("query has two columns \"{name}\""))
                    .hint("Give each column a name of its own, with AS."));
            }
        }
        if weight == Some(outcome) {
            return Err(Error::invalid(format!("column \"{outcome}\" cannot be outcome and weights"))
                .hint("Give weights another column, or leave it out."));
        }
        let types = found.iter().map(|(name, oid)| Ok((name, *oid, Type::of(*oid, -1, Oid::INVALID)?)));
        let types = types.collect::<Result<Vec<_>, Error>>()?;
        let place = |argument: &str, name: &str| {
            types.iter().position(|(column, ..)| *column == name).ok_or_else(|| {
                let columns: Vec<String> = found.iter().map(|(name, _)| format!("\"{name}\"")).collect();
                Error::invalid(format!("query has no column \"{name}\" for {argument}"))
                    .detail(format!("Its columns are {}.", columns.join(", ")))
                    .hint("Name a column of the query, as it is written there.")
            })
        };
        let form = |at: usize| Form::of(types[at].2.nature, types[at].1);
        let outcome = place("outcome", outcome)?;
        if !matches!(types[outcome].2.nature, Nature::Truth | Nature::Whole) {
            return Err(wrong_type("outcome", &types[outcome], "boolean or a whole number, 0 or 1")
                .hint("Compare it, as \"status = 'won' AS won\"."));
        }
        let weight = weight.map(|name| place("weights", name)).transpose()?;
        if let Some(weight) = weight
            && !is_number(types[weight].2.nature)
        {
            return Err(wrong_type("weights", &types[weight], "a number")
                .hint("Give how many rows each row stands for."));
        }
        let variables = (0..found.len()).filter(|at| *at != outcome && Some(*at) != weight);
        let variables = variables.map(|at| {
            let (name, oid, kind) = &types[at];
            let is_category = kind.nature == Nature::Text || is_enum(*oid);
            match is_category || kind.nature == Nature::Truth || is_number(kind.nature) {
                true => Ok(Variable { at, name: (*name).clone(), form: form(at), is_category }),
                false => Err(wrong_type("a variable", &types[at], "a number, boolean, text or enum").hint(
                    "Make a number of a date, as \"current_date - born\", a text of what else is a category, or leave it out.",
                )),
            }
        });
        Ok(Self {
            outcome: (outcome, types[outcome].2.nature, form(outcome)),
            weight: weight.map(|weight| (weight, form(weight))),
            variables: variables.collect::<Result<_, Error>>()?,
        })
    }

    /// Adds a row of the query.
    fn add(&self, row: &Row, to: &mut Gathered) -> Result<(), Error> {
        let (at, nature, form) = &self.outcome;
        let outcome = match (row.datum(*at), nature) {
            (None, _) => None,
            (Some(value), Nature::Truth) => Some(value.value() as u8 != 0),
            (Some(value), _) => match whole(value, form.layout().length) {
                0 => Some(false),
                1 => Some(true),
                other => {
                    return Err(Error::invalid(format!("the outcome is {other}"))
                        .detail("The outcome is 1 where the event happened, and 0 where it did not.")
                        .hint("Give a boolean, or 0 and 1."));
                }
            },
        };
        let weight = match &self.weight {
            None => Some(1.0),
            Some((at, form)) => row.datum(*at).map(|value| figure(form.fact(Some(value)))),
        };
        let texts: Vec<Option<String>> = self.variables.iter().map(|variable| variable.text(row)).collect();
        let cells = self.variables.iter().zip(&texts).map(|(variable, text)| match variable.is_category {
            true => text.as_deref().map(Cell::Category),
            false => {
                row.datum(variable.at).map(|value| Cell::Number(figure(variable.form.fact(Some(value)))))
            }
        });
        to.add(&cells.collect::<Vec<_>>(), outcome, weight)
    }
}

impl Variable {
    /// Reads the text of a category.
    fn text(&self, row: &Row) -> Option<String> {
        match self.is_category {
            true => row.datum(self.at).map(|value| self.form.text(value)),
            false => None,
        }
    }
}

/// Gives a number, or a boolean as 0 or 1.
fn figure(fact: Fact) -> f64 {
    match fact {
        Fact::Number(number) => number.figure(),
        Fact::Truth(truth) => f64::from(u8::from(truth)),
        _ => f64::NAN,
    }
}

/// Tells whether values are numbers.
fn is_number(nature: Nature) -> bool {
    matches!(nature, Nature::Whole | Nature::Decimal | Nature::Float)
}

/// Tells whether a type, or what a domain is over, is an enum.
fn is_enum(oid: Oid) -> bool {
    // SAFETY: the type exists, since a query gives values of it.
    unsafe { pg_sys::get_typtype(pg_sys::getBaseType(oid)) as u8 == pg_sys::TYPTYPE_ENUM }
}

/// Says that a column has a type that cannot serve.
fn wrong_type(argument: &str, (name, _, found): &(&String, Oid, Type), wanted: &str) -> Error {
    Error::new(Fault::WrongType, format!("column \"{name}\" cannot be {argument}"))
        .detail(format!("It is of type {}; it must be {wanted}.", found.name))
}

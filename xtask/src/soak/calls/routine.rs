//! The routines of the schema scoring, and random calls of them.

use super::value;
use crate::load::random::Random;
use anyhow::Result;
use postgres::Client;
use serde_json::Value;

/// What a routine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Function,
    Aggregate,
    Window,
    Procedure,
}

/// A routine that SQL can call.
#[derive(Debug)]
pub struct Routine {
    /// Its name with its schema, quoted.
    pub name: String,
    pub kind: Kind,
    /// The names and the types of its arguments.
    arguments: Vec<(String, String)>,
    /// How many of the last ones may be left out.
    defaults: usize,
    /// Whether it needs a model or makes one: the database may be another after it.
    pub is_of_models: bool,
}

/// Reads the routines of the catalog that a user can call: those without arguments of internal types.
pub fn read_all(client: &mut Client) -> Result<Vec<Routine>> {
    let rows = client.query(
        "SELECT format('%I.%I', 'scoring', proname), prokind::text, coalesce(proargnames[1:pronargs], '{}'),
                array(SELECT format_type(t, NULL) FROM unnest(proargtypes) WITH ORDINALITY AS a (t, n) ORDER BY n),
                pronargdefaults::int, provolatile <> 'i'
         FROM pg_proc
         WHERE pronamespace = 'scoring'::regnamespace AND 'internal'::regtype <> ALL (proargtypes)
           AND prorettype NOT IN ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype)
         ORDER BY oid",
        &[],
    )?;
    let mut routines = Vec::new();
    for row in rows {
        let (kind, names, types): (String, Vec<String>, Vec<String>) =
            (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        let names = names.into_iter().chain(std::iter::repeat(String::new()));
        routines.push(Routine {
            name: row.try_get(0)?,
            kind: match kind.as_str() {
                "a" => Kind::Aggregate,
                "w" => Kind::Window,
                "p" => Kind::Procedure,
                _ => Kind::Function,
            },
            arguments: names.zip(types).collect(),
            defaults: row.try_get::<_, i32>(4)? as usize,
            is_of_models: row.try_get(5)?,
        });
    }
    Ok(routines)
}

impl Routine {
    /// Writes a call with random arguments.
    pub fn draw(&self, random: &mut Random, bases: &[Value]) -> String {
        let left_out = random.below(self.defaults as u64 + 1) as usize;
        let arguments = &self.arguments[..self.arguments.len() - left_out];
        match self.kind {
            Kind::Procedure => format!("CALL {}({})", self.name, draw_row(random, arguments, bases)),
            Kind::Function if random.chance(100) => {
                let values = draw_row(random, arguments, bases);
                format!("SELECT {}({values}) FROM generate_series(1, 3)", self.name)
            }
            Kind::Function => format!("SELECT * FROM {}({})", self.name, draw_row(random, arguments, bases)),
            Kind::Aggregate | Kind::Window => self.draw_over_rows(random, arguments, bases),
        }
    }

    /// Writes a call over some rows; most arguments but the first are the same for all of them.
    fn draw_over_rows(&self, random: &mut Random, arguments: &[(String, String)], bases: &[Value]) -> String {
        let is_fixed: Vec<bool> = (0..arguments.len()).map(|at| at > 0 && random.chance(700)).collect();
        let fixed: Vec<String> =
            arguments.iter().map(|(name, of)| value::draw(random, name, of, bases)).collect();
        let rows: Vec<String> = (0..random.between(1, 12))
            .map(|row| {
                let values =
                    arguments.iter().zip(&is_fixed).zip(&fixed).map(|(((name, of), is_fixed), fixed)| {
                        match is_fixed {
                            true => fixed.clone(),
                            false => value::draw(random, name, of, bases),
                        }
                    });
                let values: Vec<String> = std::iter::once(row.to_string()).chain(values).collect();
                format!("({})", values.join(", "))
            })
            .collect();
        let columns: Vec<String> = (0..arguments.len()).map(|at| format!("v{at}")).collect();
        let named: Vec<&str> = std::iter::once("i").chain(columns.iter().map(String::as_str)).collect();
        let from = format!("(VALUES {}) AS v ({})", rows.join(", "), named.join(", "));
        let call = format!("{}({})", self.name, columns.join(", "));
        let frames = [
            "()",
            "()",
            "()",
            "(PARTITION BY i % 2)",
            "(ORDER BY i)",
            "(ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
            "(ORDER BY i ROWS BETWEEN 2 FOLLOWING AND UNBOUNDED FOLLOWING EXCLUDE TIES)",
        ];
        match (self.kind, random.below(6)) {
            (Kind::Window, _) | (_, 0 | 1) => {
                format!("SELECT {call} OVER {} FROM {from}", random.pick(&frames))
            }
            (_, 2) => format!("SELECT {call} FROM {from} GROUP BY ROLLUP (i % 3)"),
            (_, 3) => format!("SELECT {call} FILTER (WHERE i > 3) FROM {from}"),
            (_, 4) => format!("SELECT {}(DISTINCT {}) FROM {from}", self.name, columns.join(", ")),
            _ => format!("SELECT {call} FROM {from}"),
        }
    }
}

/// Draws the arguments of one call.
fn draw_row(random: &mut Random, arguments: &[(String, String)], bases: &[Value]) -> String {
    let values: Vec<String> =
        arguments.iter().map(|(name, of)| value::draw(random, name, of, bases)).collect();
    values.join(", ")
}

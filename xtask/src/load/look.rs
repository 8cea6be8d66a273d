//! Looks at the models: whether what is not marked is true, and whether everything can be made true.

use super::client::Place;
use super::shop::{MODELS, Model};
use anyhow::{Context, Result, bail};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How many differences a fault shows.
const SHOWN: usize = 12;

/// A session that looks.
pub struct Looker {
    connection: postgres::Client,
    notices: Receiver<String>,
}

/// What one look at a model found.
pub struct Look {
    /// How `verify` differs from nothing, in words.
    pub fault: Option<String>,
    /// The rows of the score table.
    pub customers: i64,
    /// How many of them `verify` left out, because they are marked.
    pub left_out: i64,
    /// The marks that were there.
    pub marks: i64,
    /// What `verify` said of those it left out.
    pub notices: Vec<String>,
}

impl Looker {
    /// Connects.
    pub fn connect(place: &Place) -> Result<Looker> {
        let (sender, notices) = channel();
        let mut place = place.clone();
        place.config.notice_callback(move |notice| drop(sender.send(notice.message().to_owned())));
        Ok(Looker { connection: place.connect("looker")?, notices })
    }

    /// Verifies a model, and counts its marks.
    pub fn look(&mut self, model: &Model) -> Result<Look> {
        let _ = self.notices.try_iter().count();
        let marks = self.count_marks(model)?;
        let customers = self.number(&format!("SELECT count(*) FROM {}", model.scores))?;
        let sql =
            format!("SELECT customer, column_name, live, expected FROM scoring.verify('{}')", model.name);
        let differences = self.connection.query(&sql, &[]).context("verify")?;
        let shown: Vec<String> = differences.iter().take(SHOWN).map(show).collect();
        let fault = (!differences.is_empty()).then(|| {
            format!(
                "verify('{}') lists {} values:\n    {}",
                model.name,
                differences.len(),
                shown.join("\n    ")
            )
        });
        let notices: Vec<String> = self.notices.try_iter().collect();
        let left_out = notices.iter().map(|notice| count_left_out(notice, customers)).max().unwrap_or(0);
        Ok(Look { fault, customers, left_out, marks, notices })
    }

    /// Catches up until nothing remains, and says how many customers were derived.
    pub fn catch_up(&mut self, model: &Model, within: Duration) -> Result<i64> {
        let started = Instant::now();
        let mut sum = 0;
        loop {
            let sql = format!("SELECT done, remaining FROM scoring.catch_up('{}')", model.name);
            let row = self.connection.query_one(&sql, &[]).context("catch_up")?;
            let (done, remaining): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
            sum += done;
            if remaining == 0 {
                return Ok(sum);
            }
            if started.elapsed() > within {
                bail!("catch_up('{}') is not at an end after {within:?}: {remaining} remain", model.name);
            }
            if done == 0 {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Counts the marks of a model; a batch model has no such table.
    pub fn count_marks(&mut self, model: &Model) -> Result<i64> {
        self.number(&format!("SELECT count(*) FROM {}", model.marks()))
    }

    /// While nobody writes: catches up, verifies everybody, and says what is then not as it must be.
    pub fn settle(&mut self, by_hand: &str) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        for model in MODELS {
            if let Err(error) = self.catch_up(model, Duration::from_secs(60)) {
                faults.push(format!("{error:#}"));
            }
            match self.look(model) {
                Ok(look) => {
                    faults.extend(look.fault);
                    if look.marks > 0 {
                        faults.push(format!("{} marks of {} are left", look.marks, model.name));
                    }
                    if look.left_out > 0 {
                        faults
                            .push(format!("{} customers of {} were not verified", look.left_out, model.name));
                    }
                }
                Err(error) => faults.push(format!("{error:#}")),
            }
            let wrong = self.connection.query(&by_hand.replace("shop.scores", model.scores), &[])?;
            if let Some(first) = wrong.first() {
                let (truth, stored): (Option<String>, Option<String>) =
                    (first.try_get(1)?, first.try_get(2)?);
                faults.push(format!(
                    "plain SQL finds {} customers of {} wrong:\n    truth  {}\n    stored {}",
                    wrong.len(),
                    model.name,
                    truth.unwrap_or_default(),
                    stored.unwrap_or_default(),
                ));
            }
        }
        Ok(faults)
    }

    /// Looks for sessions of clients that wait for a relation of a model, or watch its rows for conflicts.
    pub fn find_intrusions(&mut self) -> Result<Vec<String>> {
        let rows = self.connection.query(INTRUSIONS, &[]).context("pg_locks")?;
        rows.iter().map(|row| Ok(row.try_get::<_, String>(0)?)).collect()
    }

    /// Asks for one number.
    pub fn number(&mut self, sql: &str) -> Result<i64> {
        Ok(self.connection.query_one(sql, &[]).with_context(|| sql.to_owned())?.try_get(0)?)
    }
}

/// Locks of clients that they may not have: any wait for a table or index of the extension (adding a page to a table
/// is no wait for anybody's transaction), and any predicate lock on the score table or the marks.
const INTRUSIONS: &str = "
    SELECT DISTINCT format('%s: %s %s %s', a.application_name, CASE WHEN l.granted THEN 'holds' ELSE 'waits for' END, l.mode, c.oid::regclass)
    FROM pg_locks AS l
    JOIN pg_stat_activity AS a USING (pid)
    JOIN pg_class AS c ON c.oid = l.relation
    LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
    WHERE a.application_name LIKE 'writer%' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (c.relnamespace = 'scoring'::regnamespace AND NOT l.granted
           OR coalesce(i.indrelid, c.oid)::regclass::text LIKE 'shop.scores%' AND (NOT l.granted OR l.mode = 'SIReadLock'))
      AND l.locktype <> 'extend'";

/// Reads from a notice how many customers were left out; some who are marked have no row.
fn count_left_out(notice: &str, customers: i64) -> i64 {
    if notice.contains("all customers are pending") {
        return customers;
    }
    let words = notice.split_once(" customers are marked").and_then(|(start, _)| start.rsplit(' ').next());
    words.and_then(|number| number.parse().ok()).map_or(0, |marked: i64| marked.min(customers))
}

/// Writes one difference as a line.
fn show(row: &postgres::Row) -> String {
    let text =
        |at: usize| row.try_get::<_, Option<String>>(at).ok().flatten().unwrap_or_else(|| "NULL".into());
    format!("customer {}, {}: {} where {} is expected", text(0), text(1), text(2), text(3))
}

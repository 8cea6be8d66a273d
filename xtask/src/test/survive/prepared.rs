//! Two-phase commit: an order that is prepared, and committed or rolled back later, even after a restart.

use super::{Ground, Outcome};
use crate::load::client::Place;
use crate::load::look::Looker;
use crate::load::shop::MODELS;
use anyhow::{Context, Result, ensure};

/// A customer whose row the prepared transaction has locked, and how she is found again.
const CUSTOMER: u32 = 17;

/// Prepares, goes on, ends what was prepared in both ways, and checks.
pub fn run(ground: &Ground) -> Result<Outcome> {
    let place = ground.copy_database("survive_prepared")?;
    ground.settle(&place)?;
    for (word, restarts) in [("COMMIT", false), ("ROLLBACK", false), ("COMMIT", true)] {
        end_prepared(ground, &place, word, restarts).with_context(|| format!("{word} PREPARED"))?;
    }
    ground.check_and_go_on(&place)?;
    Ok(Outcome::Passed)
}

/// Prepares an order, writes for the same customer and others, and ends what was prepared.
fn end_prepared(ground: &Ground, place: &Place, word: &str, restarts: bool) -> Result<()> {
    let mut session = place.connect("writer 1")?;
    let orders = format!("SELECT count(*) FROM shop.orders WHERE customer_id = {CUSTOMER}");
    let insert = format!(
        "INSERT INTO shop.orders (customer_id, ordered_at, amount, status) VALUES ({CUSTOMER}, now(), 10, 'paid')"
    );
    session.batch_execute(&format!(
        "INSERT INTO shop.customers VALUES ({CUSTOMER}) ON CONFLICT (id) DO UPDATE SET active = true"
    ))?;
    ground.settle(place)?;
    let before: i64 = session.query_one(&orders, &[])?.try_get(0)?;
    session
        .batch_execute(&format!("BEGIN; {insert}; UPDATE shop.orders SET amount = amount + 1 WHERE id = (SELECT min(id) FROM shop.orders WHERE customer_id = 3); INSERT INTO shop.mails VALUES ({CUSTOMER}, localtimestamp, 'call', 2); PREPARE TRANSACTION 'order'"))?;
    drop(session);
    if restarts {
        ground.server.stop()?;
        ground.server.start_again()?;
    }
    // The customer is locked; nobody waits for that.
    let mut other = place.connect("writer 2")?;
    other.batch_execute("SET statement_timeout = '5s'")?;
    other.batch_execute(&insert).context("an order of a customer that a prepared transaction has locked")?;
    other.batch_execute("INSERT INTO shop.wishes SELECT i FROM generate_series(1, 40) AS i")?;
    let mut looker = Looker::connect(place)?;
    for model in MODELS {
        let look = looker.look(model)?;
        ensure!(look.fault.is_none(), "while prepared: {}", look.fault.unwrap_or_default());
        looker.number(&format!("SELECT done FROM scoring.catch_up('{}')", model.name))?;
        let look = looker.look(model)?;
        ensure!(look.fault.is_none(), "while prepared, caught up: {}", look.fault.unwrap_or_default());
    }
    other.batch_execute(&format!("{word} PREPARED 'order'"))?;
    ground.settle(place)?;
    let after: i64 = other.query_one(&orders, &[])?.try_get(0)?;
    let expected = before + if word == "COMMIT" { 2 } else { 1 };
    ensure!(after == expected, "customer {CUSTOMER} has {after} orders, {expected} are expected");
    Ok(())
}

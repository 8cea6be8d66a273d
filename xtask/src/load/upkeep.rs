//! The sessions that keep the models true while clients write, and those that get in the way of it.

use super::client::{Goal, Place};
use super::random::Random;
use super::tally::Tally;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Makes the SQL of one deed.
type Make = fn(&mut Random) -> String;

/// A session of upkeep: its name, the deeds it does by weight, and how many milliseconds it rests at most.
pub struct Session {
    pub name: &'static str,
    deeds: &'static [(u64, (&'static str, Make))],
    rest: u64,
}

/// The sessions that work beside the clients.
pub const SESSIONS: &[Session] = &[
    Session { name: "keeper 1", deeds: KEEPING, rest: 100 },
    Session { name: "keeper 2", deeds: KEEPING, rest: 300 },
    Session { name: "owner", deeds: DISTURBING, rest: 3000 },
    Session { name: "reader", deeds: READING, rest: 200 },
];

/// What the worker, a scheduler or the owner does to keep the scores true.
const KEEPING: &[(u64, (&str, Make))] = &[
    (
        60,
        ("catch_up", |r| {
            let at_most = *r.pick(&[3, 100, 1000, 1000]);
            format!("SELECT * FROM scoring.catch_up('{}', {at_most})", model(r))
        }),
    ),
    (20, ("work", |_| "CALL scoring.work()".into())),
    (5, ("work batch", |r| format!("CALL scoring.work('{}', {})", model(r), r.between(1, 50)))),
    (4, ("refresh", |r| format!("SELECT count(*) FROM scoring.refresh('{}')", model(r)))),
    (2, ("repair", |r| format!("SELECT scoring.repair('{}')", model(r)))),
];

/// What the owner of the score table does that no writer may wait for.
const DISTURBING: &[(u64, (&str, Make))] = &[
    (
        4,
        ("index concurrently", |_| {
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS scores_rfm ON shop.scores (rfm)".into()
        }),
    ),
    (4, ("drop index concurrently", |_| "DROP INDEX CONCURRENTLY IF EXISTS shop.scores_rfm".into())),
    (
        2,
        ("index", |_| {
            "BEGIN; CREATE INDEX scores_value ON shop.scores (value); SELECT pg_sleep(0.05); DROP INDEX shop.scores_value; COMMIT".into()
        }),
    ),
    (
        4,
        ("lock rows", |r| {
            format!(
                "BEGIN; SELECT 1 FROM shop.scores WHERE id % {} = 0 ORDER BY id FOR UPDATE; SELECT pg_sleep(0.{}); COMMIT",
                r.between(2, 9),
                r.between(1, 4),
            )
        }),
    ),
    (
        2,
        ("lock table", |r| {
            format!(
                "BEGIN; LOCK TABLE shop.scores IN {} MODE; SELECT pg_sleep(0.1); COMMIT",
                r.pick(&["SHARE", "ACCESS EXCLUSIVE"])
            )
        }),
    ),
    (
        2,
        ("alter table", |_| {
            "BEGIN; ALTER TABLE shop.tickets ADD COLUMN note text; ALTER TABLE shop.tickets DROP COLUMN note; SELECT pg_sleep(0.05); COMMIT".into()
        }),
    ),
    (2, ("vacuum", |_| "VACUUM shop.scores, shop.orders".into())),
];

/// What people and BI tools read.
const READING: &[(u64, (&str, Make))] = &[
    (4, ("read view", |_| "SELECT rfm_segment, count(*), sum(spent) FROM shop.scored GROUP BY 1".into())),
    (2, ("levels", |_| "SELECT count(*) FROM scoring.levels('shop')".into())),
    (2, ("explain", |r| format!("SELECT scoring.explain('shop', '{}')", super::value::customer(r)))),
    (2, ("status", |_| "SELECT * FROM scoring.status".into())),
];

/// Draws a model.
fn model(random: &mut Random) -> &'static str {
    random.pick_weighted(&[(3, "shop"), (1, "shop_deferred")])
}

/// Does deeds until the goal is reached.
pub fn run(session: &Session, place: &Place, seed: u64, number: u64, goal: &Goal) -> Tally {
    let mut tally = Tally::default();
    let mut random = Random::new(seed, number);
    while !goal.is_reached() {
        let Ok(mut connection) = place.connect(session.name) else {
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        while !goal.stop.load(Relaxed) && !goal.is_reached() {
            let (kind, make) = random.pick_weighted(session.deeds);
            let inside = goal.enter();
            let done = connection.batch_execute(&make(&mut random));
            match done {
                Ok(()) => tally.count_statement(kind),
                Err(error) => {
                    tally.count_error(kind, &error);
                    // Harmless outside a transaction: a warning.
                    if error.as_db_error().is_none() || connection.batch_execute("ROLLBACK").is_err() {
                        break;
                    }
                }
            }
            drop(inside);
            std::thread::sleep(Duration::from_millis(random.below(session.rest)));
        }
    }
    tally
}

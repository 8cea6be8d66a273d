//! A transaction as a client means to do it, drawn before it begins, so that a second try does the same again.

use super::random::Random;
use super::step::{self, Step};

/// A transaction.
pub struct Transaction {
    pub level: Level,
    pub moves: Vec<Move>,
    /// Ends in COMMIT; else in ROLLBACK.
    pub commits: bool,
    /// After an error behind a savepoint, goes back there and on.
    pub recovers: bool,
}

/// What a transaction does next.
pub enum Move {
    Do(Step),
    Savepoint,
    RollBack,
    Release,
    /// Does nothing for so many milliseconds, so that others come in between.
    Rest(u64),
}

/// How the transaction is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// One statement without BEGIN.
    Alone,
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl Level {
    /// The word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Level::Alone => "one statement",
            Level::ReadCommitted => "read committed",
            Level::RepeatableRead => "repeatable read",
            Level::Serializable => "serializable",
        }
    }

    /// The statement that begins it, if it needs one.
    pub fn begin(self) -> Option<&'static str> {
        match self {
            Level::Alone => None,
            Level::ReadCommitted => Some("BEGIN ISOLATION LEVEL READ COMMITTED"),
            Level::RepeatableRead => Some("BEGIN ISOLATION LEVEL REPEATABLE READ"),
            Level::Serializable => Some("BEGIN ISOLATION LEVEL SERIALIZABLE"),
        }
    }
}

/// Draws a transaction.
pub fn draw(random: &mut Random) -> Transaction {
    let levels = [
        (35, Level::Alone),
        (45, Level::ReadCommitted),
        (12, Level::RepeatableRead),
        (8, Level::Serializable),
    ];
    let level = random.pick_weighted(&levels);
    let mut moves = Vec::new();
    if level == Level::Alone {
        let step = if random.chance(2) { step::draw_truncate() } else { step::draw(random) };
        moves.push(Move::Do(step));
        return Transaction { level, moves, commits: true, recovers: false };
    }
    let mut is_behind = false;
    let rest = random.pick_weighted(&[(88, 0), (11, 10), (1, 150)]);
    for _ in 0..random.between(1, 5) {
        if !is_behind && random.chance(200) {
            moves.push(Move::Savepoint);
            is_behind = true;
        }
        moves.push(Move::Do(step::draw(random)));
        if rest > 0 {
            moves.push(Move::Rest(random.below(rest)));
        }
        if is_behind && random.chance(500) {
            moves.push(if random.chance(500) { Move::RollBack } else { Move::Release });
            is_behind = false;
        }
    }
    Transaction { level, moves, commits: !random.chance(80), recovers: random.chance(700) }
}

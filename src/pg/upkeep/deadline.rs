//! A deadline: when a step ends early, so that it keeps nobody locked for long.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long a customer of a batch may take: the usual thousand are locked for 40 ms, and what is begun then may end.
const ALLOWED: Duration = Duration::from_micros(40);

/// A deadline, which is set when somebody asks for it first.
pub struct Deadline {
    allowed: Option<Duration>,
    end: Cell<Option<Instant>>,
}

impl Deadline {
    /// Makes one for a batch of customers.
    pub fn of(batch: usize) -> Self {
        let allowed = ALLOWED.checked_mul(batch.try_into().unwrap_or(u32::MAX));
        Self { allowed, end: Cell::new(None) }
    }

    /// Makes one that never comes.
    pub const fn never() -> Self {
        Self { allowed: None, end: Cell::new(None) }
    }

    /// Tells whether it has come.
    pub fn is_over(&self) -> bool {
        let now = Instant::now();
        match self.end.get() {
            Some(end) => end <= now,
            None => {
                self.end.set(self.allowed.and_then(|allowed| now.checked_add(allowed)));
                false
            }
        }
    }
}

//! The pace of a worker: how soon it looks again, and when it has had nothing to do for long enough.

use std::time::{Duration, Instant};

/// How soon a worker looks again that had something to do lately.
const SOON: Duration = Duration::from_millis(200);

/// How soon it looks again otherwise.
const LATER: Duration = Duration::from_secs(1);

/// For how long what was done is lately.
const LATELY: Duration = Duration::from_secs(5);

/// When a worker last had something to do.
pub struct Pace {
    busy: Instant,
}

impl Pace {
    /// Begins, as if something had been done.
    pub fn begin() -> Self {
        Self { busy: Instant::now() }
    }

    /// Says that something was done.
    pub fn keep_up(&mut self) {
        self.busy = Instant::now();
    }

    /// Tells how long to wait before the next look; nothing is idle for longer than `idle`.
    pub fn wait(&self, idle: Duration) -> Duration {
        let wait = if self.busy.elapsed() < LATELY { SOON } else { LATER };
        wait.min(idle.saturating_sub(self.busy.elapsed())).max(Duration::from_millis(1))
    }

    /// Tells whether nothing was done for so long.
    pub fn is_idle(&self, idle: Duration) -> bool {
        self.busy.elapsed() >= idle
    }
}

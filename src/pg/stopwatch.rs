//! A stopwatch for what takes long: on the clock, and of the processor, which other work on the machine disturbs less.

use std::ffi::c_long;
use std::fmt::{self, Display};
use std::time::Instant;

unsafe extern "C" {
    /// Gives the processor time of this process in microseconds, which POSIX says it counts in.
    safe fn clock() -> c_long;
}

/// A stopwatch that runs.
pub struct Stopwatch {
    started: Instant,
    processor: c_long,
}

impl Stopwatch {
    /// Starts one.
    pub fn start() -> Self {
        Self { started: Instant::now(), processor: clock() }
    }
}

impl Display for Stopwatch {
    /// Writes how long it has been running.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let processor = clock().wrapping_sub(self.processor) as f64 / 1e6;
        write!(f, "{:.2} s ({processor:.2} s of CPU)", self.started.elapsed().as_secs_f64())
    }
}

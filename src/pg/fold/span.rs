//! For how long an event counts: from its lag on, to the end of its window.

use crate::model::measure::Taken;
use crate::model::period::Period;
use crate::pg::call::is_finite;
use pgrx::pg_sys::{self, Datum};

/// The microseconds of a day.
const DAY: i128 = 86_400_000_000;

/// How far a sum in a zone can be from one in days of 24 hours: the widest zones are 26 hours apart.
const SLACK: i128 = 2 * DAY;

/// 200000-01-01 UTC. From here on what is added to a moment is infinite, since it might leave the calendar, which ends in
/// the year 294276; `model::sql::groups` has the same limit.
const END: i64 = 72_318_015 * DAY as i64;

/// For how long the events of a measure count.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    lag: Step,
    window: Option<Step>,
}

/// When an event counts, as of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Not yet, but from this moment on.
    From(i64),
    /// Now, up to this moment.
    Until(i64),
    /// No more.
    Past,
}

/// A period that is added, and the least and the most microseconds that it can be.
#[derive(Clone, Copy, Debug)]
struct Step {
    period: Period,
    least: i64,
    most: i64,
}

impl Span {
    /// Reads when the events of a measure count.
    pub fn of(taken: &Taken) -> Self {
        Self { lag: Step::of(taken.lag.unwrap_or_default()), window: taken.window.map(Step::of) }
    }

    /// Tells whether events count from their own moment on, for ever.
    pub fn is_endless(&self) -> bool {
        self.window.is_none() && self.lag.most == 0
    }

    /// Tells when an event counts; a change that is not before `known` may be given as another such one.
    pub fn when(&self, at: i64, as_of: i64, known: i64) -> When {
        let (earliest, latest) = (self.lag.earliest(at), self.lag.latest(at));
        if let Some(window) = self.window
            && window.latest(latest) <= as_of
        {
            return When::Past;
        }
        if earliest > as_of && earliest >= known {
            return When::From(i64::MAX);
        }
        let start = match latest <= as_of
            && self.window.is_none_or(|window| {
                let end = window.earliest(earliest);
                end > as_of && end >= known
            }) {
            // Surely begun, and if there is an end, it is not sooner than one that is known.
            true => return When::Until(i64::MAX),
            false => self.lag.after(at),
        };
        if start > as_of {
            return When::From(start);
        }
        match self.window.map_or(i64::MAX, |window| window.after(start)) {
            end if end > as_of => When::Until(end),
            _ => When::Past,
        }
    }
}

impl Step {
    /// Reads a period, none of whose parts is negative.
    fn of(period: Period) -> Self {
        let (months, days, micros) =
            (i128::from(period.months), i128::from(period.days), i128::from(period.micros));
        let is_fixed = period.months == 0 && period.days == 0;
        let slack = if is_fixed { 0 } else { SLACK };
        let least = months * 28 * DAY + days * DAY + micros - slack;
        let most = months * 31 * DAY + days * DAY + micros + slack;
        let clamp = |micros: i128| micros.clamp(0, i64::MAX.into()) as i64;
        Self { period, least: clamp(least), most: clamp(most) }
    }

    /// Gives the earliest moment that adding it can give.
    #[inline]
    fn earliest(&self, at: i64) -> i64 {
        at.saturating_add(self.least)
    }

    /// Gives the latest moment that adding it can give.
    #[inline]
    fn latest(&self, at: i64) -> i64 {
        at.saturating_add(self.most)
    }

    /// Adds it in the session's zone; what might be off the calendar is infinity.
    fn after(&self, at: i64) -> i64 {
        if self.most == 0 {
            return at;
        }
        if at >= END || !is_finite(at) {
            return i64::MAX;
        }
        if self.least == self.most {
            return at + self.most;
        }
        let Period { months, days, micros } = self.period;
        let mut interval = pg_sys::Interval { time: micros, day: days, month: months };
        let arguments = [Some(Datum::from(at)), Some(Datum::from(&raw mut interval))];
        // SAFETY: the function takes a timestamptz and an interval, both of which outlive the call; the sum is on the
        // calendar, since a period is of 30,000 years at most.
        let sum = unsafe { pgrx::direct_function_call_as_datum(pg_sys::timestamptz_pl_interval, &arguments) };
        sum.map_or(i64::MAX, |sum| sum.value() as i64)
    }
}

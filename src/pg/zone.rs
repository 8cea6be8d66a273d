//! The calendar of the session's time zone.

use super::call::is_finite;
use super::text::to_server;
use crate::model::calendar::{Calendar, Day};
use pgrx::pg_sys;

/// The microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The calendar of the session's time zone, as it is set while this is asked.
pub struct Zone;

impl Calendar for Zone {
    fn day(&self, moment: i64) -> Day {
        match broken_down(moment) {
            Some((broken, _)) => {
                // SAFETY: it only computes.
                let julian = unsafe { pg_sys::date2j(broken.tm_year, broken.tm_mon, broken.tm_mday) };
                julian - pg_sys::POSTGRES_EPOCH_JDATE as Day
            }
            // Off the calendar: 64 bits of microseconds are less days than 32 bits hold.
            None => moment.div_euclid(DAY) as Day,
        }
    }

    fn clock(&self, moment: i64) -> i64 {
        match broken_down(moment) {
            Some((broken, micros)) => {
                let minutes = i64::from(broken.tm_hour) * 60 + i64::from(broken.tm_min);
                (minutes * 60 + i64::from(broken.tm_sec)) * 1_000_000 + i64::from(micros)
            }
            None => moment.rem_euclid(DAY),
        }
    }

    fn midnight(&self, day: Day) -> Option<i64> {
        let mut overflow = 0;
        // SAFETY: it takes any day, and says in `overflow` where the moment is off the calendar.
        let moment = unsafe { pg_sys::date2timestamptz_opt_overflow(day, &mut overflow) };
        (overflow == 0 && is_finite(moment)).then_some(moment)
    }
}

/// A time zone of PostgreSQL's.
pub struct Named(*mut pg_sys::pg_tz);

impl Named {
    /// Finds a zone, which must be known.
    pub fn find(name: &str) -> Self {
        // SAFETY: the name ends with a zero; the zone is valid for as long as the session.
        Self(unsafe { pg_sys::pg_tzset(to_server(name)) })
    }

    /// Does some work in the zone; settings and their texts stay as they are.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        // SAFETY: PostgreSQL has one thread; the zone that was there comes back when this is dropped, on an error too.
        let _restored = unsafe {
            let restored = Restored(pg_sys::session_timezone);
            if !self.0.is_null() {
                pg_sys::session_timezone = self.0;
            }
            restored
        };
        work()
    }
}

/// The zone that comes back.
struct Restored(*mut pg_sys::pg_tz);

impl Drop for Restored {
    fn drop(&mut self) {
        // SAFETY: as where it was taken.
        unsafe { pg_sys::session_timezone = self.0 };
    }
}

/// Gives what calendar and clock of the session's zone show at a moment, and the microseconds; none off the calendar.
fn broken_down(moment: i64) -> Option<(pg_sys::pg_tm, i32)> {
    // SAFETY: zero is valid for all fields; the pointers are to places of our own, and a null one is allowed for the
    // zone's name; the session always has a zone.
    unsafe {
        let (mut broken, mut fraction, mut offset): (pg_sys::pg_tm, _, _) = (std::mem::zeroed(), 0, 0);
        let (name, zone) = (std::ptr::null_mut(), pg_sys::session_timezone);
        let failed = pg_sys::timestamp2tm(moment, &mut offset, &mut broken, &mut fraction, name, zone);
        (failed == 0).then_some((broken, fraction))
    }
}

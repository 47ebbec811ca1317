//! Time: the civil calendar, zones, formats (strftime), readings (strptime, `date -d`), durations.

mod civil;
mod duration;
mod format;
mod parse;
mod strptime;
mod zone;

pub use crate::meta::Stamp;
pub use civil::{Civil, days_from_civil, days_in_month, is_leap, weekday};
pub use duration::parse_duration;
pub use format::{push_time, strftime};
pub use parse::{DateError, parse_date, parse_touch};
pub use strptime::{Parsed, strptime};
pub use zone::{Local, Zone};

/// The time now, by the wall clock.
pub fn now() -> Stamp {
    let (sec, nsec) = crate::sys::clock::read(true);
    Stamp { sec, nsec }
}

/// The time by a clock that nobody sets.
pub fn monotonic() -> core::time::Duration {
    let (sec, nsec) = crate::sys::clock::read(false);
    core::time::Duration::new(sec.unsigned_abs(), nsec)
}

/// Waits for this long, through signals, unless a shell wants its applet to stop.
pub fn pause(time: core::time::Duration) {
    use rustix::thread::{NanosleepRelativeResult, Timespec, nanosleep};
    let mut left =
        Timespec { tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX), tv_nsec: time.subsec_nanos().into() };
    while let NanosleepRelativeResult::Interrupted(rest) = nanosleep(&left) {
        if crate::sys::signal::should_break() {
            break;
        }
        left = rest;
    }
}

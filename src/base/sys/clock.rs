//! The clocks of the system.

/// clock_gettime(2): seconds and nanoseconds by the wall clock, or by the one that nobody sets.
pub fn read(wall: bool) -> (i64, u32) {
    let clock = if wall { libc::CLOCK_REALTIME } else { libc::CLOCK_MONOTONIC };
    // SAFETY: an all-zero timespec is a valid value to be overwritten.
    let mut time: libc::timespec = unsafe { core::mem::zeroed() };
    // SAFETY: `time` is ours, and both clocks are everywhere.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    (time.tv_sec, u32::try_from(time.tv_nsec).unwrap_or(0))
}

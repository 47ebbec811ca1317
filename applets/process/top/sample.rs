//! Readings of the system and its processes at two moments, and what happened between.

use crate::proc::{self, Process};
use base::number::parse_u64;

/// The counters of /proc/stat's first line: user, nice, system, idle, io, irq, softirq, and those that follow.
pub type Counters = [u64; 10];

/// What the processors did so far.
pub fn counters() -> Counters {
    let mut counters = Counters::default();
    let text = base::slurp::read(b"/proc/stat", 4096).unwrap_or_default();
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let numbers = line.split(|byte| *byte == b' ').filter_map(|word| parse_u64(word).ok());
    for (counter, number) in counters.iter_mut().zip(numbers) {
        *counter = number;
    }
    counters
}

/// One moment.
#[derive(Default)]
pub struct Sample {
    pub counters: Counters,
    pub processes: Vec<Process>,
}

impl Sample {
    /// This moment.
    pub fn take(threads: bool) -> base::Result<Sample> {
        Ok(Sample { counters: counters(), processes: proc::all(threads)? })
    }

    /// What each processor state took since `before`, and the sum.
    pub fn since(&self, before: &Sample) -> (Counters, u64) {
        let mut passed = Counters::default();
        for (index, slot) in passed.iter_mut().enumerate() {
            let value = |counters: &Counters| counters.get(index).copied().unwrap_or(0);
            *slot = value(&self.counters).saturating_sub(value(&before.counters));
        }
        let sum = passed.iter().fold(0u64, |sum, part| sum.saturating_add(*part));
        (passed, sum.max(1))
    }

    /// The ticks that `process` had used at this moment, where it was there.
    pub fn ticks(&self, process: &Process) -> Option<u64> {
        let at =
            self.processes.binary_search_by_key(&(process.pid, process.tid), |other| (other.pid, other.tid)).ok()?;
        self.processes.get(at).map(used)
    }
}

/// The ticks a process has used.
pub fn used(process: &Process) -> u64 {
    process.user_time.saturating_add(process.system_time)
}

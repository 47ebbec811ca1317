//! timed - `time`: how long a pipeline took, in the format that TIMEFORMAT asks for.

use crate::flow::Flow;
use crate::shell::Shell;
use crate::tree::Pipeline;
use base::number::{push_radix, push_u64};
use base::sys::process::cpu_times;
use base::time::monotonic;

/// What is shown where the variable is not set, and what POSIX shows.
const DEFAULT: &[u8] = b"\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS";
const PORTABLE: &[u8] = b"real %2R\nuser %2U\nsys %2S";

impl Shell {
    /// Runs a pipeline and says how long it took.
    #[inline(never)]
    pub(super) fn run_timed(&mut self, pipeline: Option<&Pipeline>, posix: bool) -> Flow<u8> {
        let start = monotonic();
        let before = cpu_times();
        let result = match pipeline {
            Some(pipeline) => self.run_pipeline(pipeline, false),
            None => Ok(0),
        };
        let after = cpu_times();
        let real = u64::try_from(monotonic().saturating_sub(start).as_micros()).unwrap_or(u64::MAX);
        let spent = |of: usize| {
            let sum =
                |times: &[u64; 4]| times.iter().skip(of).step_by(2).fold(0u64, |sum, time| sum.saturating_add(*time));
            sum(&after).saturating_sub(sum(&before))
        };
        let format = if posix { PORTABLE } else { self.variable(b"TIMEFORMAT").unwrap_or(DEFAULT) };
        let mut text = Vec::new();
        match push_times(&mut text, format, [real, spent(0), spent(1)]) {
            Ok(()) if text.is_empty() => {}
            Ok(()) => {
                text.push(b'\n');
                crate::shell::tell(&text);
            }
            Err(letter) => self.complain("TIMEFORMAT: '%': invalid format character", &[letter]),
        }
        result
    }
}

/// Adds real, user and system time as `format` says: `%R` `%U` `%S` with how many digits, and `l` for minutes, `%P`, `%%`. A letter
/// that means nothing is an error.
#[inline(never)]
fn push_times(text: &mut Vec<u8>, format: &[u8], times: [u64; 3]) -> Result<(), u8> {
    let [real, user, system] = times;
    let mut rest = format.iter();
    while let Some(byte) = rest.next() {
        let mut letter = rest.as_slice().first().copied().unwrap_or(b'%');
        if *byte != b'%' {
            text.push(*byte);
            continue;
        }
        rest.next();
        let mut digits = 3;
        let plain = letter;
        if letter.is_ascii_digit() {
            digits = usize::from(letter & 15).min(3);
            letter = rest.next().copied().unwrap_or(0);
        }
        let minutes = letter == b'l';
        if minutes {
            letter = rest.next().copied().unwrap_or(0);
        }
        let micros = match letter {
            b'R' => real,
            b'U' => user,
            b'S' => system,
            b'%' if plain == letter => {
                text.push(b'%');
                continue;
            }
            // Hundredths of a percent, shown as seconds are.
            b'P' if plain == letter => {
                digits = 2;
                let share = u128::from(user.saturating_add(system)).saturating_mul(10_000) / u128::from(real.max(1));
                u64::try_from(share).unwrap_or(0).saturating_mul(10_000)
            }
            other => return Err(other),
        };
        let mut seconds = micros / 1_000_000;
        if minutes {
            push_u64(text, seconds / 60);
            text.push(b'm');
            seconds %= 60;
        }
        push_u64(text, seconds);
        if digits > 0 {
            text.push(b'.');
            let unit = [1, 100_000, 10_000, 1000].get(digits).copied().unwrap_or(1);
            push_radix(text, micros % 1_000_000 / unit, 10, digits, b'0');
        }
        if minutes {
            text.push(b's');
        }
    }
    Ok(())
}

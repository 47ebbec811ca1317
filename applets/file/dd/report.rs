//! How much was copied, and how fast.

use base::Context;
use base::number::{push_u64, push_zeros};
use base::sys::signal;
use base::time::monotonic;
use core::time::Duration;

/// Blocks and bytes so far.
pub struct Counts {
    pub in_full: u64,
    pub in_part: u64,
    pub out_full: u64,
    pub out_part: u64,
    pub truncated: u64,
    pub bytes: u64,
    status: u8,
    start: Duration,
    /// When progress was last shown, in seconds since the start.
    shown: u64,
    line: usize,
}

impl Counts {
    pub fn new(status: u8) -> Counts {
        Counts {
            in_full: 0,
            in_part: 0,
            out_full: 0,
            out_part: 0,
            truncated: 0,
            bytes: 0,
            status,
            start: monotonic(),
            shown: 0,
            line: 0,
        }
    }

    /// Shows progress when a second has passed, and all of it after SIGUSR1.
    pub fn tick(&mut self, cx: &mut Context) {
        if signal::is_pending(super::USR1) {
            while signal::take().is_some() {}
            self.report(cx, false);
        }
        if self.status == b'p' {
            let seconds = monotonic().saturating_sub(self.start).as_secs();
            if seconds > self.shown {
                self.shown = seconds;
                let mut line = vec![b'\r'];
                self.push_transfer(&mut line);
                let len = line.len();
                line.resize(len.max(self.line), b' ');
                self.line = len;
                // Standard error may be gone: the copy goes on.
                let _ = cx.stderr.put(&line);
            }
        }
    }

    /// The records, and the transfer unless that is not wanted.
    pub fn report(&mut self, cx: &mut Context, last: bool) {
        if self.status == b'n' && last {
            return;
        }
        let mut text = Vec::new();
        if self.line > 0 {
            text.push(b'\n');
            self.line = 0;
        }
        for (full, part, words) in
            [(self.in_full, self.in_part, &b" records in\n"[..]), (self.out_full, self.out_part, b" records out\n")]
        {
            push_u64(&mut text, full);
            text.push(b'+');
            push_u64(&mut text, part);
            text.extend_from_slice(words);
        }
        if self.truncated > 0 {
            push_u64(&mut text, self.truncated);
            text.extend_from_slice(if self.truncated == 1 { b" truncated record\n" } else { b" truncated records\n" });
        }
        if self.status != b'x' {
            self.push_transfer(&mut text);
            text.push(b'\n');
        }
        let _ = cx.stderr.put(&text);
    }

    fn push_transfer(&self, text: &mut Vec<u8>) {
        let elapsed = monotonic().saturating_sub(self.start);
        push_u64(text, self.bytes);
        text.extend_from_slice(if self.bytes == 1 { b" byte" } else { b" bytes" });
        if self.bytes >= 1000 {
            text.extend_from_slice(b" (");
            push_human(text, self.bytes.into(), 1000);
            if self.bytes >= 1024 {
                text.extend_from_slice(b", ");
                push_human(text, self.bytes.into(), 1024);
            }
            text.push(b')');
        }
        text.extend_from_slice(b" copied, ");
        push_seconds(text, elapsed);
        text.extend_from_slice(b" s, ");
        let nanos = elapsed.as_nanos().max(1);
        push_human(text, u128::from(self.bytes).saturating_mul(1_000_000_000).checked_div(nanos).unwrap_or(0), 1000);
        text.extend_from_slice(b"/s");
    }
}

/// `1.5 kB`, `12 MiB`: to the nearest, one decimal below ten.
fn push_human(text: &mut Vec<u8>, n: u128, base: u128) {
    let units: [&[u8]; 7] = if base == 1000 {
        [b"B", b"kB", b"MB", b"GB", b"TB", b"PB", b"EB"]
    } else {
        [b"B", b"KiB", b"MiB", b"GiB", b"TiB", b"PiB", b"EiB"]
    };
    let mut power: u128 = 1;
    let mut unit = units.iter();
    let mut name = unit.next();
    while n >= power.saturating_mul(base) {
        let Some(next) = unit.next() else { break };
        name = Some(next);
        power = power.saturating_mul(base);
    }
    let half = power / 2;
    let tenths = n.saturating_mul(10).saturating_add(half).checked_div(power).unwrap_or(0);
    if power > 1 && tenths < 100 {
        push_u64(text, (tenths / 10) as u64);
        text.push(b'.');
        push_u64(text, (tenths % 10) as u64);
    } else {
        push_u64(text, n.saturating_add(half).checked_div(power).unwrap_or(0) as u64);
    }
    text.push(b' ');
    text.extend_from_slice(name.copied().unwrap_or_default());
}

/// Seconds with six digits, as C's %g writes them.
#[inline(never)]
fn push_seconds(text: &mut Vec<u8>, elapsed: Duration) {
    let nanos = elapsed.as_nanos();
    let digits = nanos.checked_ilog10().map_or(1, |d| d.saturating_add(1));
    // The value is `mantissa` times 10 to the power of (exponent - 5).
    let drop = digits.saturating_sub(6);
    let scale = 10u128.saturating_pow(drop);
    let mantissa = nanos.saturating_add(scale / 2).checked_div(scale).unwrap_or(0);
    let rounded = mantissa.saturating_mul(scale);
    if nanos > 0 && nanos < 100_000 {
        // Below 1e-4: with an exponent.
        let exponent = 9u32.saturating_sub(digits.saturating_sub(1));
        let mut figures = Vec::new();
        push_u64(&mut figures, mantissa as u64);
        let first = figures.first().copied().unwrap_or(b'0');
        text.push(first);
        let mut rest = figures.get(1..).unwrap_or_default();
        while let Some(short) = rest.strip_suffix(b"0") {
            rest = short;
        }
        if !rest.is_empty() {
            text.push(b'.');
            text.extend_from_slice(rest);
        }
        text.extend_from_slice(b"e-");
        push_zeros(text, u64::from(exponent), 2);
        return;
    }
    push_u64(text, (rounded / 1_000_000_000) as u64);
    let mut fraction = Vec::new();
    push_zeros(&mut fraction, (rounded % 1_000_000_000) as u64, 9);
    while fraction.last() == Some(&b'0') {
        fraction.pop();
    }
    if !fraction.is_empty() {
        text.push(b'.');
        text.extend_from_slice(&fraction);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        let show = |n: u128, base| {
            let mut v = Vec::new();
            push_human(&mut v, n, base);
            String::from_utf8(v).unwrap()
        };
        assert_eq!(show(999, 1000), "999 B");
        assert_eq!(show(10240, 1000), "10 kB");
        assert_eq!(show(104_857_600, 1000), "105 MB");
        assert_eq!(show(1_048_576_000, 1000), "1.0 GB");
        let time = |nanos: u64| {
            let mut v = Vec::new();
            push_seconds(&mut v, Duration::from_nanos(nanos));
            String::from_utf8(v).unwrap()
        };
        assert_eq!(time(44_787), "4.4787e-05");
        assert_eq!(time(2_960_530), "0.00296053");
        assert_eq!(time(20_923_100), "0.0209231");
        assert_eq!(time(12_345_678_901), "12.3457");
        assert_eq!(time(0), "0");
    }
}

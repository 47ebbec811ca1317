//! Durations as `sleep` and `timeout` take them: `1.5`, `2m`, `1h`, `inf`.

use crate::number::digits;
use core::time::Duration;

/// A decimal number with an optional fraction and an optional unit `s m h d`; or `inf`, `infinity`.
/// Fractions beyond a nanosecond round up, as GNU sleeps at least as long as asked. What is too long to count is
/// `Duration::MAX`, longer than anybody waits. `None` when it is no duration.
pub fn parse_duration(text: &[u8]) -> Option<Duration> {
    let (body, unit) = match text.split_last()? {
        (b's', body) => (body, 1),
        (b'm', body) => (body, 60),
        (b'h', body) => (body, 3600),
        (b'd', body) => (body, 86400),
        _ => (text, 1u64),
    };
    let body = body.strip_prefix(b"+").unwrap_or(body);
    if body.eq_ignore_ascii_case(b"inf") || body.eq_ignore_ascii_case(b"infinity") {
        return Some(Duration::MAX);
    }
    let (whole, used) = digits(body, 10);
    let rest = body.get(used..)?;
    let mut nanos: u64 = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        if (used == 0 && fraction.is_empty()) || !fraction.iter().all(u8::is_ascii_digit) {
            return None;
        }
        // Exact to 10^-12 of the unit, then up: enough for a nanosecond in a day's unit.
        let mut scale: u64 = 1_000_000_000_000;
        let mut pico: u64 = 0;
        let mut more = false;
        for &b in fraction {
            scale /= 10;
            pico += u64::from(b - b'0') * scale;
            more |= scale == 0 && b != b'0';
        }
        let pico = u128::from(pico) * u128::from(unit) + u128::from(more);
        nanos = pico.div_ceil(1000) as u64;
    } else if !rest.is_empty() || used == 0 {
        return None;
    }
    let Some(sec) = whole.and_then(|w| w.checked_mul(unit)).and_then(|s| s.checked_add(nanos / 1_000_000_000)) else {
        return Some(Duration::MAX);
    };
    Some(Duration::new(sec, (nanos % 1_000_000_000) as u32))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let d = |sec, nsec| Some(Duration::new(sec, nsec));
        assert_eq!(parse_duration(b"1.5"), d(1, 500_000_000));
        assert_eq!(parse_duration(b".5m"), d(30, 0));
        assert_eq!(parse_duration(b"2h"), d(7200, 0));
        assert_eq!(parse_duration(b"1."), d(1, 0));
        assert_eq!(parse_duration(b"0.0000000001"), d(0, 1));
        assert_eq!(parse_duration(b"99999999999999999999"), Some(Duration::MAX));
        assert_eq!(parse_duration(b"inf"), Some(Duration::MAX));
        for bad in ["", ".", "m", "1x", "-1", "1.2.3", "1h30m", " 1"] {
            assert_eq!(parse_duration(bad.as_bytes()), None, "{bad}");
        }
    }
}

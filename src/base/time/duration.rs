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
    if let Some(at) = body.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        let (number, exponent) = body.split_at_checked(at)?;
        let mut moved = shifted(number, exponent.get(1..)?)?;
        moved.extend_from_slice(text.get(text.len().checked_sub(usize::from(unit > 1))?..)?);
        return parse_duration(&moved);
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

/// A decimal number with its point moved by an exponent, as awk prints what is small or large: `1e-3` is `0.001`.
#[inline(never)]
fn shifted(number: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let (negative, magnitude) = match exponent.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, exponent),
    };
    let (value, used) = digits(magnitude, 10);
    if used == 0 || used < magnitude.len() {
        return None;
    }
    // Beyond this it is nothing, or longer than anybody waits.
    let places = value.map_or(64, |value| value.min(64)) as usize;
    let point = number.iter().position(|byte| *byte == b'.').unwrap_or(number.len());
    let (whole, fraction) = (number.get(..point)?, number.get(point + 1..).unwrap_or_default());
    let figures = [whole, fraction].concat();
    if figures.is_empty() || !figures.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let zeros = vec![b'0'; places];
    let text = if negative { [zeros, figures].concat() } else { [figures, zeros].concat() };
    let point = if negative { whole.len() } else { whole.len() + places };
    let (whole, fraction) = text.split_at_checked(point)?;
    Some([whole, b".", fraction].concat())
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
        assert_eq!(parse_duration(b"1e-3"), d(0, 1_000_000));
        assert_eq!(parse_duration(b"2.5E+1m"), d(1500, 0));
        assert_eq!(parse_duration(b".5e1s"), d(5, 0));
        assert_eq!(parse_duration(b"1e-999"), d(0, 1));
        assert_eq!(parse_duration(b"1.189731e+4932"), Some(Duration::MAX));
        for bad in
            ["e1", "1e", "1e-", "1e1e1", "1.e.1", ".e1", "1e1.5", "", ".", "m", "1x", "-1", "1.2.3", "1h30m", " 1"]
        {
            assert_eq!(parse_duration(bad.as_bytes()), None, "{bad}");
        }
    }
}

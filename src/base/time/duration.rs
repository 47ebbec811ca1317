//! Durations as `sleep` and `timeout` take them: `1.5`, `2m`, `1h`, `inf`.

use crate::number::digits;

/// A duration; one that is too long to count is [`Duration::FOREVER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration {
    pub sec: u64,
    pub nsec: u32,
}

impl Duration {
    /// Longer than anybody waits.
    pub const FOREVER: Duration = Duration { sec: u64::MAX, nsec: 0 };

    /// The sum, at most forever.
    pub fn plus(self, other: Duration) -> Duration {
        let nsec = self.nsec + other.nsec;
        match self.sec.checked_add(other.sec).and_then(|s| s.checked_add(u64::from(nsec / 1_000_000_000))) {
            Some(sec) => Duration { sec, nsec: nsec % 1_000_000_000 },
            None => Duration::FOREVER,
        }
    }

    /// Whether it is no time at all.
    pub fn is_zero(self) -> bool {
        self.sec == 0 && self.nsec == 0
    }
}

/// A decimal number with an optional fraction and an optional unit `s m h d`; or `inf`, `infinity`.
/// Fractions beyond a nanosecond round up, as GNU sleeps at least as long as asked. `None` when it is no duration.
pub fn parse(text: &[u8]) -> Option<Duration> {
    let (body, unit) = match text.split_last()? {
        (b's', body) => (body, 1),
        (b'm', body) => (body, 60),
        (b'h', body) => (body, 3600),
        (b'd', body) => (body, 86400),
        _ => (text, 1u64),
    };
    let body = body.strip_prefix(b"+").unwrap_or(body);
    if body.eq_ignore_ascii_case(b"inf") || body.eq_ignore_ascii_case(b"infinity") {
        return Some(Duration::FOREVER);
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
        return Some(Duration::FOREVER);
    };
    Some(Duration { sec, nsec: (nanos % 1_000_000_000) as u32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let d = |sec, nsec| Some(Duration { sec, nsec });
        assert_eq!(parse(b"1.5"), d(1, 500_000_000));
        assert_eq!(parse(b".5m"), d(30, 0));
        assert_eq!(parse(b"2h"), d(7200, 0));
        assert_eq!(parse(b"1."), d(1, 0));
        assert_eq!(parse(b"0.0000000001"), d(0, 1));
        assert_eq!(parse(b"99999999999999999999"), Some(Duration::FOREVER));
        assert_eq!(parse(b"inf"), Some(Duration::FOREVER));
        for bad in ["", ".", "m", "1x", "-1", "1.2.3", "1h30m", " 1"] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }
}

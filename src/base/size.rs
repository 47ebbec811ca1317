//! Sizes: numbers with a unit suffix, and sizes for people (`1.5K`).

use crate::number::{NumberError, digits, push_u64};

/// The factor a unit suffix stands for: `c` 1, `w` 2, `b` 512; `K`, `k`, `KiB` 1024; `kB`, `KB` 1000; so on for
/// `M G T P E` and, where they still fit, larger ones. An empty suffix is 1; `None` for what is no unit.
pub fn suffix_factor(suffix: &[u8]) -> Option<u64> {
    let (&letter, rest) = match suffix {
        [] => return Some(1),
        [first, rest @ ..] => (first, rest),
    };
    let power = match letter.to_ascii_uppercase() {
        b'B' if rest.is_empty() => return Some(512),
        b'C' if letter == b'c' && rest.is_empty() => return Some(1),
        b'W' if letter == b'w' && rest.is_empty() => return Some(2),
        b'K' => 1,
        b'M' => 2,
        b'G' => 3,
        b'T' => 4,
        b'P' => 5,
        b'E' => 6,
        b'Z' => 7,
        b'Y' => 8,
        _ => return None,
    };
    let base: u64 = match rest {
        b"" | b"iB" => 1024,
        b"B" | b"D" => 1000,
        _ => return None,
    };
    // What does not fit is still a unit: the largest factor makes every number but 0 overflow.
    Some(base.checked_pow(power).unwrap_or(u64::MAX))
}

/// A decimal number with an optional unit suffix, as GNU and BusyBox take it for `head -c`, `dd bs=`, `truncate -s`.
/// A suffix alone counts as 1 of it only in [`parse_block`].
pub fn parse(bytes: &[u8]) -> Result<u64, NumberError> {
    let bytes = bytes.strip_prefix(b"+").unwrap_or(bytes);
    let (value, used) = digits(bytes, 10);
    if used == 0 {
        return Err(NumberError::Invalid);
    }
    let factor = suffix_factor(bytes.get(used..).unwrap_or_default()).ok_or(NumberError::Invalid)?;
    let value = value.and_then(|v| v.checked_mul(factor));
    // A factor that does not fit stands as u64::MAX, which one unit would just reach.
    value.filter(|&v| v != u64::MAX || factor == 1).ok_or(NumberError::Overflow)
}

/// A block size (`du -B`, `ls --block-size`): a size, or a suffix alone (`M`, `KB`).
pub fn parse_block(bytes: &[u8]) -> Result<u64, NumberError> {
    let value = match bytes.first() {
        Some(b) if b.is_ascii_alphabetic() => suffix_factor(bytes).ok_or(NumberError::Invalid)?,
        _ => parse(bytes)?,
    };
    if value == 0 { Err(NumberError::Invalid) } else { Ok(value) }
}

/// Appends `n` bytes for people, in powers of `base` (1024 or 1000): whole up to the base, then one decimal below ten
/// and none above, rounded up as `ls`, `du` and `df` do, so that nothing looks smaller than it is. `1.5K`, `12M`.
/// The letter for 1000 is `k`, as SI writes it.
pub fn push_human(out: &mut Vec<u8>, n: u64, base: u64) {
    let base = u128::from(base.max(2));
    let n = u128::from(n);
    if n < base {
        push_u64(out, n as u64);
        return;
    }
    let mut power = base;
    let mut letters = (if base == 1000 { b"kMGTPEZ" } else { b"KMGTPEZ" }).iter();
    let mut letter = letters.next();
    loop {
        // Rounded up first: 1023.5K is 1.0M, 9.95K is 10K.
        let tenths = (n * 10).div_ceil(power);
        let whole = n.div_ceil(power);
        if tenths < 100 {
            push_u64(out, (tenths / 10) as u64);
            out.push(b'.');
            push_u64(out, (tenths % 10) as u64);
        } else if whole < base {
            push_u64(out, whole as u64);
        } else if let Some(next) = letters.next() {
            letter = Some(next);
            power *= base;
            continue;
        } else {
            push_u64(out, whole as u64);
        }
        out.extend(letter);
        return;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    fn human(n: u64, base: u64) -> String {
        let mut v = Vec::new();
        push_human(&mut v, n, base);
        String::from_utf8(v).unwrap()
    }

    #[test]
    fn suffixes() {
        assert_eq!(parse(b"10"), Ok(10));
        assert_eq!(parse(b"2b"), Ok(1024));
        assert_eq!(parse(b"1k"), Ok(1024));
        assert_eq!(parse(b"1kB"), Ok(1000));
        assert_eq!(parse(b"1KiB"), Ok(1024));
        assert_eq!(parse(b"16E"), Err(NumberError::Overflow));
        assert_eq!(parse(b"15E"), Ok(15 << 60));
        assert_eq!(parse(b"0Y"), Ok(0));
        assert_eq!(parse(b"1Y"), Err(NumberError::Overflow));
        assert_eq!(parse(b"1q"), Err(NumberError::Invalid));
        assert_eq!(parse(b"k"), Err(NumberError::Invalid));
        assert_eq!(parse_block(b"k"), Ok(1024));
        assert_eq!(parse_block(b"0"), Err(NumberError::Invalid));
    }

    #[test]
    fn for_people() {
        assert_eq!(human(0, 1024), "0");
        assert_eq!(human(1023, 1024), "1023");
        assert_eq!(human(1024, 1024), "1.0K");
        assert_eq!(human(1025, 1024), "1.1K");
        assert_eq!(human(10 * 1024, 1024), "10K");
        assert_eq!(human(10189, 1024), "10K");
        assert_eq!(human(1023 * 1024 + 1, 1024), "1.0M");
        assert_eq!(human(u64::MAX, 1024), "16E");
        assert_eq!(human(1500, 1000), "1.5k");
    }
}

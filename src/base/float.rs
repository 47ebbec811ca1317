//! Floating-point numbers as C's printf writes and strtod reads them.

use crate::sys::number;

/// `value` without its sign, as the conversion `letter` (one of `fFeEgGaA`) writes it.
pub fn format(value: f64, letter: u8, precision: Option<usize>, alternate: bool) -> Vec<u8> {
    let upper = letter.is_ascii_uppercase();
    let value = value.abs();
    let mut text = if value.is_nan() {
        b"nan".to_vec()
    } else if value.is_infinite() {
        b"inf".to_vec()
    } else {
        number::format(value, letter.to_ascii_lowercase(), precision, alternate)
    };
    if upper {
        text.make_ascii_uppercase();
    }
    text
}

/// The number at the front of `text` (blanks before it are skipped) and the length of what was read; 0 where there is none.
pub fn parse(text: &[u8]) -> (f64, usize) {
    let start = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let rest = text.get(start..).unwrap_or_default();
    let (value, length) = short(rest).unwrap_or_else(|| exact(rest));
    if length == 0 { (0.0, 0) } else { (value, start.saturating_add(length)) }
}

/// A decimal number of at most 15 digits: it and the power of ten by which its fraction divides are whole numbers that a
/// double holds, so that one division rounds as it should (the fast path of Clinger's algorithm). None for any other.
fn short(text: &[u8]) -> Option<(f64, usize)> {
    let (sign, body) = match text.split_first() {
        Some((b'-', body)) => (1usize, body),
        Some((b'+', body)) => (1, body),
        _ => (0, text),
    };
    let mut digits = 0u64;
    let mut count = 0usize;
    let mut point = None;
    let mut length = 0usize;
    for byte in body {
        match byte {
            b'0'..=b'9' if count < 15 => {
                digits = digits.wrapping_mul(10).wrapping_add(u64::from(byte & 15));
                count = count.wrapping_add(1);
            }
            b'.' if point.is_none() => point = Some(count),
            // An exponent, a hexadecimal number, a 16th digit, a name, or nothing of a number.
            b'0'..=b'9' | b'e' | b'E' | b'x' | b'X' => return None,
            _ => break,
        }
        length = length.wrapping_add(1);
    }
    if count == 0 {
        return None;
    }
    let mut value = digits as f64;
    if let Some(point) = point {
        value /= TENS.get(count.wrapping_sub(point)).copied()?;
    }
    Some((if text.first() == Some(&b'-') { -value } else { value }, sign.wrapping_add(length)))
}

const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

fn exact(text: &[u8]) -> (f64, usize) {
    let first = text.iter().find(|byte| !matches!(byte, b'+' | b'-')).copied().unwrap_or(0);
    if !matches!(first, b'0'..=b'9' | b'.' | b'i' | b'I' | b'n' | b'N') {
        return (0.0, 0);
    }
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let mut number: Vec<u8> = text.iter().take_while(part).copied().collect();
    number.push(0);
    core::ffi::CStr::from_bytes_with_nul(&number).map_or((0.0, 0), number::parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_like_c() {
        let show = |value: f64, letter: u8, precision: Option<usize>| {
            String::from_utf8(format(value, letter, precision, false)).unwrap_or_default()
        };
        assert_eq!(show(100000.0, b'g', None), "100000");
        assert_eq!(show(1000000.0, b'g', None), "1e+06");
        assert_eq!(show(0.00001234, b'g', None), "1.234e-05");
        assert_eq!(show(2.5, b'f', Some(0)), "2");
        assert_eq!(show(1.0, b'a', None), "0x1p+0");
        assert_eq!(show(0.0, b'e', None), "0.000000e+00");
        assert_eq!(show(f64::INFINITY, b'F', None), "INF");
    }

    #[test]
    fn reads_like_c() {
        assert_eq!(parse(b"1.5e3x"), (1500.0, 5));
        assert_eq!(parse(b" -.5"), (-0.5, 4));
        assert_eq!(parse(b"0x1.8p1"), (3.0, 7));
        assert_eq!(parse(b"abc").1, 0);
        assert_eq!(parse(b"1e"), (1.0, 1));
        assert_eq!(parse(b"-0").0.to_bits(), (-0.0f64).to_bits());
        assert_eq!(parse(b"5."), (5.0, 2));
        assert_eq!(parse(b"."), (0.0, 0));
        assert_eq!(parse(b"-"), (0.0, 0));
        assert_eq!(parse(b"179769313486231580793728971405301e276"), (f64::MAX, 37));
        assert_eq!(parse(b"infinityx"), (f64::INFINITY, 8));
        for text in ["0.1", "3.14159", "123456789012345", "9007199254740993", "2.2250738585072011e-308", "1e23"] {
            assert_eq!(parse(text.as_bytes()).0.to_bits(), text.parse().unwrap_or(0.0f64).to_bits(), "{text}");
        }
    }
}

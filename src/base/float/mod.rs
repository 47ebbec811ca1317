//! Floating-point numbers as C's printf writes and strtod reads them, and the functions of its <math.h> that awk has.

mod decimal;
pub mod math;
mod pair;

/// `value` without its sign, as the conversion `letter` (one of `fFeEgGaA`) writes it.
pub fn format(value: f64, letter: u8, precision: Option<usize>, alternate: bool) -> Vec<u8> {
    let upper = letter.is_ascii_uppercase();
    let value = value.abs();
    let mut text = if value.is_nan() {
        b"nan".to_vec()
    } else if value.is_infinite() {
        b"inf".to_vec()
    } else {
        decimal::format(value, letter.to_ascii_lowercase(), precision, alternate)
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

/// The powers of ten that a double holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

fn exact(text: &[u8]) -> (f64, usize) {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    match decimal::parse(text.get(sign..).unwrap_or_default()) {
        (_, 0) => (0.0, 0),
        (value, length) => (if text.first() == Some(&b'-') { -value } else { value }, length.wrapping_add(sign)),
    }
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

    /// Doubles of all kinds, as bits.
    fn doubles() -> impl Iterator<Item = f64> {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        (0..12_000u32).map(move |round| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let bits = match round % 4 {
                0 => state,
                // Near 1, below the least normal number, and decimal fractions.
                1 => state >> 12 | 0x3fe0_0000_0000_0000,
                2 => state >> 12,
                _ => ((state >> 44) as f64 / 1000.0).to_bits(),
            };
            f64::from_bits(bits & (u64::MAX >> 1))
        })
    }

    #[test]
    fn writes_as_exactly_as_std() {
        for (round, value) in doubles().filter(|value| value.is_finite()).enumerate() {
            let places = round % 24;
            let shown = String::from_utf8(format(value, b'f', Some(places), false)).unwrap_or_default();
            assert_eq!(shown, format!("{value:.places$}"));
            let shown = String::from_utf8(format(value, b'e', Some(places), false)).unwrap_or_default();
            let (digits, exponent) = shown.split_once('e').unwrap_or_default();
            assert_eq!(format!("{digits}e{}", exponent.parse().unwrap_or(0)), format!("{value:.places$e}"));
        }
    }

    #[test]
    fn reads_as_exactly_as_std() {
        for (round, value) in doubles().filter(|value| value.is_finite()).enumerate() {
            // The shortest text, one rounded, and all of its digits: at a middle between two as well.
            let bits = value.to_bits();
            let middle =
                if round % 50 == 0 { format!("{:.1100}5", f64::from_bits(bits)) } else { format!("{value:.3e}") };
            for text in [format!("{value:e}"), format!("{value:.17e}"), format!("{value:.18}"), middle] {
                assert_eq!(exact(text.as_bytes()).0.to_bits(), text.parse().unwrap_or(f64::NAN).to_bits(), "{text}");
                assert_eq!(exact(text.as_bytes()).1, text.len(), "{text}");
            }
            let hexadecimal = String::from_utf8(format(value, b'a', None, false)).unwrap_or_default();
            assert_eq!(exact(hexadecimal.as_bytes()), (value, hexadecimal.len()), "{hexadecimal}");
        }
        // Between the largest double and the infinite, between 0 and the least, and at the middle of two.
        for text in [
            "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
            "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042879",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "9007199254740993",
            "9007199254740992.999999999999999999999999999",
            "9007199254740993.000000000000000000000000001",
            "1e400",
            "1e-400",
            "0.000e99999999999999999999",
            "1e99999999999999999999",
            "1e-99999999999999999999",
        ] {
            assert_eq!(exact(text.as_bytes()).0.to_bits(), text.parse().unwrap_or(f64::NAN).to_bits(), "{text}");
        }
        // The 801st digit and those behind it decide between two.
        let tie = format!("9007199254740993.{}", "0".repeat(900));
        assert_eq!(exact(tie.as_bytes()), (9007199254740992.0, tie.len()));
        assert_eq!(exact((tie + "1").as_bytes()).0, 9007199254740994.0);
        let long = format!("1{}e-5000", "0".repeat(5000));
        assert_eq!(exact(long.as_bytes()), (1.0, long.len()));
    }

    #[test]
    fn hexadecimal_and_names_like_c() {
        let show = |value: f64, places: Option<usize>| {
            String::from_utf8(format(value, b'a', places, false)).unwrap_or_default()
        };
        assert_eq!(show(0.1, None), "0x1.999999999999ap-4");
        assert_eq!(show(0.1, Some(3)), "0x1.99ap-4");
        assert_eq!(show(1.5, Some(0)), "0x2p+0");
        assert_eq!(show(1.96875, Some(1)), "0x2.0p+0");
        assert_eq!(show(0.0, None), "0x0p+0");
        assert_eq!(show(0.0, Some(2)), "0x0.00p+0");
        assert_eq!(show(1.0, Some(15)), "0x1.000000000000000p+0");
        assert_eq!(parse(b"0x"), (0.0, 1));
        assert_eq!(parse(b"0x.p1"), (0.0, 1));
        assert_eq!(parse(b"0x1p"), (1.0, 3));
        assert_eq!(parse(b"0x1p+"), (1.0, 3));
        assert_eq!(parse(b"-0x.8P+1"), (-1.0, 8));
        assert_eq!(parse(b"0x10000000000000801p-64"), (1.0 + 1.0 / 4503599627370496.0, 23));
        assert_eq!(parse(b"0x10000000000000800p-64"), (1.0, 23));
        assert_eq!(parse(b"0x1p1024"), (f64::INFINITY, 8));
        assert_eq!(parse(b"0x1.8p-1075"), (5e-324, 11));
        assert_eq!(parse(b"0x1p-1075"), (0.0, 9));
        assert_eq!(parse(b"nan(12x_)z").1, 9);
        assert_eq!(parse(b"nan(12-)z").1, 3);
        assert_eq!(parse(b"nanx").1, 3);
        assert_eq!(parse(b"INFINIT"), (f64::INFINITY, 3));
    }
}

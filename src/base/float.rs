//! Floating-point numbers as C's printf writes and strtod reads them.

/// `value` without its sign, as the conversion `letter` (one of `fFeEgGaA`) writes it.
pub fn format(value: f64, letter: u8, precision: Option<usize>, alternate: bool) -> Vec<u8> {
    let upper = letter.is_ascii_uppercase();
    let value = value.abs();
    let mut text = if value.is_nan() {
        b"nan".to_vec()
    } else if value.is_infinite() {
        b"inf".to_vec()
    } else {
        match letter.to_ascii_lowercase() {
            b'f' => fixed(value, precision.unwrap_or(6), alternate),
            b'e' => exponential(value, precision.unwrap_or(6), alternate),
            b'g' => general(value, precision.unwrap_or(6).max(1), alternate),
            _ => hexadecimal(value, precision),
        }
    };
    if upper {
        text.make_ascii_uppercase();
    }
    text
}

fn fixed(value: f64, precision: usize, alternate: bool) -> Vec<u8> {
    let mut text = std::format!("{value:.precision$}").into_bytes();
    if alternate && precision == 0 {
        text.push(b'.');
    }
    text
}

fn exponential(value: f64, precision: usize, alternate: bool) -> Vec<u8> {
    let text = std::format!("{value:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut out = digits.as_bytes().to_vec();
    if alternate && precision == 0 {
        out.push(b'.');
    }
    out.push(b'e');
    let (sign, number) = match exponent.strip_prefix('-') {
        Some(number) => (b'-', number),
        None => (b'+', exponent),
    };
    out.push(sign);
    if number.len() < 2 {
        out.push(b'0');
    }
    out.extend_from_slice(number.as_bytes());
    out
}

fn general(value: f64, precision: usize, alternate: bool) -> Vec<u8> {
    let less = precision.saturating_sub(1);
    let scientific = std::format!("{value:.less$e}");
    let exponent: i64 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let significant = i64::try_from(precision).unwrap_or(i64::MAX);
    let mut text = if exponent < -4 || exponent >= significant {
        exponential(value, less, alternate)
    } else {
        let after = usize::try_from(significant.saturating_sub(1).saturating_sub(exponent)).unwrap_or(0);
        fixed(value, after, alternate)
    };
    if !alternate {
        let end = text.iter().position(|byte| *byte == b'e').unwrap_or(text.len());
        let tail = text.split_off(end);
        if text.contains(&b'.') {
            while text.last() == Some(&b'0') {
                text.pop();
            }
            if text.last() == Some(&b'.') {
                text.pop();
            }
        }
        text.extend_from_slice(&tail);
    }
    text
}

fn hexadecimal(value: f64, precision: Option<usize>) -> Vec<u8> {
    let bits = value.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff).cast_signed();
    let mut mantissa = bits & ((1 << 52) - 1);
    let mut lead = u64::from(exponent != 0);
    exponent = if value == 0.0 { 0 } else { exponent.max(1).saturating_sub(1023) };
    if let Some(digits) = precision.filter(|digits| *digits < 13) {
        let shift = (13usize.saturating_sub(digits)).saturating_mul(4) as u32;
        let whole = (lead << 52) | mantissa;
        let half = 1u64 << shift.saturating_sub(1);
        let kept = whole >> shift;
        let rest = whole & ((1u64 << shift) - 1);
        let up = rest > half || (rest == half && kept & 1 == 1);
        let rounded = kept.wrapping_add(u64::from(up)) << shift;
        lead = rounded >> 52;
        mantissa = rounded & ((1 << 52) - 1);
    }
    let mut digits = std::format!("{mantissa:013x}").into_bytes();
    match precision {
        Some(precision) => {
            digits.truncate(precision);
            digits.extend(core::iter::repeat_n(b'0', precision.saturating_sub(digits.len())));
        }
        None => {
            while digits.last() == Some(&b'0') {
                digits.pop();
            }
        }
    }
    let mut out = std::format!("0x{lead}").into_bytes();
    if !digits.is_empty() {
        out.push(b'.');
        out.extend_from_slice(&digits);
    }
    out.extend_from_slice(std::format!("p{exponent:+}").as_bytes());
    out
}

/// The number at the front of `text` (blanks before it are skipped) and the length of what was read; 0 where there is none.
pub fn parse(text: &[u8]) -> (f64, usize) {
    let start = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let rest = text.get(start..).unwrap_or_default();
    let sign = usize::from(matches!(rest.first(), Some(b'-' | b'+')));
    let negative = rest.first() == Some(&b'-');
    let body = rest.get(sign..).unwrap_or_default();
    let (value, length) = magnitude(body);
    if length == 0 {
        return (0.0, 0);
    }
    let value = if negative { -value } else { value };
    (value, start.saturating_add(sign).saturating_add(length))
}

fn magnitude(text: &[u8]) -> (f64, usize) {
    let lower: Vec<u8> = text.iter().take(8).map(u8::to_ascii_lowercase).collect();
    for (word, value) in [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        if lower.starts_with(word.as_bytes()) {
            return (value, word.len());
        }
    }
    if let [b'0', b'x' | b'X', rest @ ..] = text {
        let (value, length) = hexadecimal_value(rest);
        if length > 0 {
            return (value, length.saturating_add(2));
        }
    }
    let digits = |from: usize| text.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    let mut end = whole;
    let mut fraction = 0;
    if text.get(end) == Some(&b'.') {
        fraction = digits(end.saturating_add(1));
        end = end.saturating_add(1).saturating_add(fraction);
    }
    if whole == 0 && fraction == 0 {
        return (0.0, 0);
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end.saturating_add(1)), Some(b'-' | b'+')));
        let exponent = digits(end.saturating_add(1).saturating_add(sign));
        if exponent > 0 {
            end = end.saturating_add(1).saturating_add(sign).saturating_add(exponent);
        }
    }
    let number = text.get(..end).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or("0");
    (number.parse().unwrap_or(0.0), end)
}

fn hexadecimal_value(text: &[u8]) -> (f64, usize) {
    let mut value = 0.0f64;
    let mut scale = 0i32;
    let mut at = 0usize;
    let mut any = false;
    let mut point = false;
    while let Some(byte) = text.get(at) {
        match char::from(*byte).to_digit(16) {
            Some(digit) => {
                any = true;
                value = value * 16.0 + f64::from(digit);
                if point {
                    scale = scale.saturating_sub(4);
                }
            }
            None if *byte == b'.' && !point => point = true,
            None => break,
        }
        at = at.saturating_add(1);
    }
    if !any {
        return (0.0, 0);
    }
    if matches!(text.get(at), Some(b'p' | b'P')) {
        let rest = text.get(at.saturating_add(1)..).unwrap_or_default();
        let sign = usize::from(matches!(rest.first(), Some(b'-' | b'+')));
        let count = rest.iter().skip(sign).take_while(|byte| byte.is_ascii_digit()).count();
        if count > 0 {
            let length = sign.saturating_add(count);
            let number = rest.get(..length).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or("0");
            scale = scale.saturating_add(number.parse::<i32>().unwrap_or(0));
            at = at.saturating_add(1).saturating_add(length);
        }
    }
    (value * 2.0f64.powi(scale), at)
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
    }
}

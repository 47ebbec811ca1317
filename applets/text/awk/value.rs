//! Values: numbers, strings, and strings from outside that may be numbers; how one becomes the other.
//!
//! A value is 24 bytes; a short string lies inside it, for an allocation costs more than anything else that is done with a
//! field.

#![allow(clippy::indexing_slicing, reason = "the ranges come from the lengths that were just compared")]

use core::cmp::Ordering;
use std::rc::Rc;

/// The longest string that needs no allocation.
const SHORT: usize = 22;
/// In [`Short::length`]: the string came from outside.
const OUTSIDE: u8 = 128;

#[derive(Clone, Copy)]
pub struct Short {
    /// The length, and `OUTSIDE`.
    length: u8,
    bytes: [u8; SHORT],
}

#[derive(Clone, Default)]
pub enum Value {
    /// Of a variable that was never set: "" and 0.
    #[default]
    Unset,
    Number(f64),
    Short(Short),
    /// Whether it came from outside: input that looks like a number compares like one.
    Long(Rc<[u8]>, bool),
    /// A string that is being appended to.
    Grown(Rc<Vec<u8>>),
    /// An array, by its number in the machine.
    Array(u32),
    /// A pattern of the program's text, by its number: an operand of `~`, `sub`, `split` and their like.
    Pattern(u32),
}

/// CONVFMT or OFMT.
pub struct Format {
    pub text: Vec<u8>,
    /// IGNORECASE is set: strings compare without regard to case.
    pub icase: bool,
}

impl Format {
    /// How two strings compare.
    pub fn order(&self, a: &[u8], b: &[u8]) -> Ordering {
        if self.icase { a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()) } else { a.cmp(b) }
    }
}

impl Default for Format {
    fn default() -> Format {
        Format { text: b"%.6g".to_vec(), icase: false }
    }
}

impl Value {
    /// A string.
    pub fn text(bytes: &[u8]) -> Value {
        Value::string(bytes, 0)
    }

    /// A string from outside.
    pub fn outside(bytes: &[u8]) -> Value {
        Value::string(bytes, OUTSIDE)
    }

    /// Makes `place` the string from outside that is `text[start..end]`. Where there is text enough behind it, its words are read
    /// whole and what is too much is masked away: lengths come as they like, and a branch on them would be guessed wrong. It is
    /// made in its place, for a value that was written in pieces is slow to copy.
    #[inline(always)]
    pub fn put_part(place: &mut Value, text: &[u8], start: usize, end: usize) {
        let length = end.saturating_sub(start);
        let chunk = text.get(start..).and_then(|rest| rest.first_chunk::<24>()).filter(|_| length <= SHORT);
        let Some([a, b, c]) = chunk.and_then(|chunk| chunk.as_chunks::<8>().0.first_chunk::<3>()) else {
            *place = Value::outside(text.get(start..end).unwrap_or_default());
            return;
        };
        let masked = |word: &[u8; 8], at: usize| {
            let kept = !u64::MAX.unbounded_shl(length.saturating_sub(at) as u32 * 8);
            (u64::from_le_bytes(*word) & kept).to_le_bytes()
        };
        let (a, b, c) = (masked(a, 0), masked(b, 8), masked(c, 16));
        if !matches!(place, Value::Short(_)) {
            *place = Value::Short(Short { length: 0, bytes: [0; SHORT] });
        }
        if let Value::Short(short) = place {
            short.length = length as u8 | OUTSIDE;
            short.bytes[..8].copy_from_slice(&a);
            short.bytes[8..16].copy_from_slice(&b);
            short.bytes[16..].copy_from_slice(&c[..6]);
        }
    }

    #[inline(never)]
    fn string(bytes: &[u8], flag: u8) -> Value {
        if bytes.len() <= SHORT { Value::short(bytes, flag) } else { Value::Long(Rc::from(bytes), flag != 0) }
    }

    #[inline]
    #[cfg_attr(speed_marks, optimize(speed))]
    fn short(from: &[u8], flag: u8) -> Value {
        // By words that are put together in registers: a call of memcpy costs more than all of this, and so does reading what was
        // just written in pieces of another size.
        let n = from.len();
        let word =
            |at: usize| from.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u64::from_le_bytes(*word));
        let half =
            |at: usize| from.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u32::from_le_bytes(*word));
        let byte = |at: usize| from.get(at).map_or(0, |byte| u64::from(*byte) << (at * 8));
        let words = match n {
            16.. => [word(0), word(8), word(n - 8).unbounded_shr((24 - n as u32) * 8)],
            8.. => [word(0), word(n - 8).unbounded_shr((16 - n as u32) * 8), 0],
            4.. => [u64::from(half(0)) | u64::from(half(n - 4)) << ((n - 4) * 8), 0, 0],
            1.. => [byte(0) | byte(n / 2) | byte(n - 1), 0, 0],
            0 => [0; 3],
        };
        let [a, b, c] = words.map(u64::to_le_bytes);
        let mut bytes = [0; SHORT];
        bytes[..8].copy_from_slice(&a);
        bytes[8..16].copy_from_slice(&b);
        bytes[16..].copy_from_slice(&c[..6]);
        Value::Short(Short { length: n as u8 | flag, bytes })
    }

    /// The bytes of a string; None for anything else.
    #[inline]
    pub fn as_text(&self) -> Option<&[u8]> {
        match self {
            Value::Short(short) => Some(&short.bytes[..usize::from(short.length & !OUTSIDE)]),
            Value::Long(bytes, _) => Some(bytes),
            Value::Grown(bytes) => Some(bytes),
            Value::Unset => Some(b""),
            _ => None,
        }
    }

    /// Its number.
    #[inline]
    pub fn number(&self) -> f64 {
        match self {
            Value::Number(number) => *number,
            _ => self.as_text().map_or(0.0, leading_number),
        }
    }

    /// Whether it came from outside, or is unset: it may compare as a number.
    fn is_outside(&self) -> bool {
        match self {
            Value::Short(short) => short.length & OUTSIDE != 0,
            Value::Long(_, outside) => *outside,
            _ => false,
        }
    }

    /// Its number, if it compares as a number.
    pub fn numeric(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Unset => Some(0.0),
            _ if self.is_outside() => self.as_text().and_then(whole_number),
            _ => None,
        }
    }

    /// Whether it is true.
    #[inline]
    pub fn truth(&self) -> bool {
        match self {
            Value::Number(number) => *number != 0.0,
            _ => match self.numeric() {
                Some(number) => number != 0.0,
                None => self.as_text().is_some_and(|text| !text.is_empty()),
            },
        }
    }

    /// Adds its string to `out`.
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>, format: &Format) {
        match self {
            Value::Number(number) => push_number(out, *number, format),
            _ => out.extend_from_slice(self.as_text().unwrap_or_default()),
        }
    }

    /// Its string; `room` holds it where it must be made.
    #[inline]
    pub fn bytes<'a>(&'a self, room: &'a mut Vec<u8>, format: &Format) -> &'a [u8] {
        match self {
            Value::Number(number) => {
                room.clear();
                push_number(room, *number, format);
                room
            }
            _ => self.as_text().unwrap_or_default(),
        }
    }

    /// The same as a string that compares as one.
    pub fn into_text(self, format: &Format) -> Value {
        match self {
            Value::Number(number) => {
                let mut out = Vec::new();
                push_number(&mut out, number, format);
                Value::text(&out)
            }
            Value::Short(short) => Value::Short(Short { length: short.length & !OUTSIDE, ..short }),
            Value::Long(bytes, _) => Value::Long(bytes, false),
            Value::Grown(bytes) => Value::Grown(bytes),
            _ => Value::text(b""),
        }
    }

    /// Appends `bytes` in place; `self` must be a string.
    pub fn append(&mut self, bytes: &[u8]) {
        if let Value::Grown(own) = self
            && let Some(own) = Rc::get_mut(own)
        {
            own.extend_from_slice(bytes);
            return;
        }
        let old = self.as_text().unwrap_or_default();
        let length = old.len().saturating_add(bytes.len());
        if length <= SHORT {
            let mut both = [0; SHORT];
            both[..old.len()].copy_from_slice(old);
            both[old.len()..length].copy_from_slice(bytes);
            *self = Value::short(&both[..length], 0);
            return;
        }
        let mut new = Vec::with_capacity(length.saturating_mul(2));
        new.extend_from_slice(old);
        new.extend_from_slice(bytes);
        *self = Value::Grown(Rc::new(new));
    }
}

/// The largest whole number up to which every whole number is exact.
pub const EXACT: f64 = 9_007_199_254_740_992.0;

/// Adds a number: a whole one in full, another by `format`.
pub fn push_number(out: &mut Vec<u8>, number: f64, format: &Format) {
    let whole = number as i64;
    if whole as f64 == number && whole.unsigned_abs() < 1 << 60 {
        push_integer(out, whole);
    } else if number.is_nan() {
        out.extend_from_slice(if number.is_sign_negative() { b"-nan" } else { b"+nan" });
    } else if number.is_infinite() {
        out.extend_from_slice(if number < 0.0 { b"-inf" } else { b"+inf" });
    } else if number.trunc() == number {
        if number < 0.0 {
            out.push(b'-');
        }
        out.extend_from_slice(&base::float::format(number, b'f', Some(0), false));
    } else if format.text == b"%.6g" {
        if number < 0.0 {
            out.push(b'-');
        }
        out.extend_from_slice(&base::float::format(number, b'g', Some(6), false));
    } else {
        super::format::push_one(out, &format.text, number);
    }
}

pub fn push_integer(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut left = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if number < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    out.extend_from_slice(&digits[at..]);
}

/// Adds the character with this number: as UTF-8, or the byte where there is no such character.
pub fn push_char(out: &mut Vec<u8>, number: u64) {
    match u32::try_from(number).ok().and_then(char::from_u32) {
        Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.push((number & 255) as u8),
    }
}

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The decimal number without sign at the front of `text`, and its length; 0 where there is none.
pub fn decimal(text: &[u8]) -> (f64, usize) {
    let mut mantissa: u64 = 0;
    let mut at = 0;
    let mut digits = 0;
    let mut scale = 0usize;
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    digits += at;
    if text.get(at) == Some(&b'.') {
        let from = at + 1;
        let mut end = from;
        while let Some(digit) = text.get(end).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            end += 1;
        }
        scale = end - from;
        digits += scale;
        if digits > 0 {
            at = end;
        }
    }
    if digits == 0 {
        return (0.0, 0);
    }
    let mut exponent = false;
    if let Some(b'e' | b'E') = text.get(at) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let count = text.iter().skip(at + 1 + sign).take_while(|byte| byte.is_ascii_digit()).count();
        if count > 0 {
            exponent = true;
            at += 1 + sign + count;
        }
    }
    if digits <= 15 && !exponent {
        // Both are exact, so that their quotient is rounded once.
        return (mantissa as f64 / POWERS[scale.min(22)], at);
    }
    (base::float::parse(&text[..at]).0, at)
}

/// The number at the front of `text` and where it ends; 0 where there is none.
#[cfg_attr(speed_marks, optimize(speed))]
fn signed(text: &[u8]) -> (f64, usize) {
    let mut start = 0;
    while let Some(b' ' | b'\t' | b'\n' | b'\r' | 11 | 12) = text.get(start) {
        start += 1;
    }
    let (negative, sign) = match text.get(start) {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    };
    let body = &text[start + sign..];
    let (value, length) = match body.first() {
        Some(b'0'..=b'9' | b'.') => decimal(body),
        // With a sign only, so that a name is not taken for a number.
        Some(b'i' | b'I' | b'n' | b'N') if sign > 0 && body.len() >= 3 => {
            let mut word = [body[0], body[1], body[2]];
            word.make_ascii_lowercase();
            match &word {
                _ if body.get(3).is_some_and(|byte| !byte.is_ascii_whitespace()) => (0.0, 0),
                b"inf" => (f64::INFINITY, 3),
                b"nan" => (f64::NAN, 3),
                _ => (0.0, 0),
            }
        }
        _ => (0.0, 0),
    };
    if length == 0 {
        return (0.0, 0);
    }
    (if negative { -value } else { value }, start + sign + length)
}

pub fn leading_number(text: &[u8]) -> f64 {
    signed(text).0
}

/// The number that all of `text` is, but for blanks around it.
pub fn whole_number(text: &[u8]) -> Option<f64> {
    let (value, end) = signed(text);
    if end == 0 {
        return None;
    }
    text[end..].iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 11 | 12)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_small() {
        assert_eq!(size_of::<Value>(), 24);
        assert_eq!(size_of::<Option<Value>>(), 24);
    }

    #[test]
    fn short_and_long_strings() {
        for n in 0..40u8 {
            let bytes: Vec<u8> = (0..n).collect();
            assert_eq!(Value::text(&bytes).as_text(), Some(&bytes[..]));
            assert_eq!(Value::outside(&bytes).as_text(), Some(&bytes[..]));
            let mut grown = Value::text(b"");
            for byte in &bytes {
                grown.append(&[*byte]);
            }
            assert_eq!(grown.as_text(), Some(&bytes[..]));
        }
    }

    #[test]
    fn numbers_from_text() {
        assert_eq!(leading_number(b" -12.5abc"), -12.5);
        assert_eq!(leading_number(b"1e3x"), 1000.0);
        assert_eq!(leading_number(b"1e"), 1.0);
        assert_eq!(leading_number(b".5."), 0.5);
        assert_eq!(leading_number(b"0x1f"), 0.0);
        assert_eq!(leading_number(b"inf"), 0.0);
        assert_eq!(leading_number(b"-inf"), f64::NEG_INFINITY);
        assert_eq!(leading_number(b"12345678901234567890"), 12_345_678_901_234_567_890.0);
        assert_eq!(leading_number(b"0.1234567890123456789"), 0.123_456_789_012_345_68);
        assert_eq!(whole_number(b" 7 "), Some(7.0));
        assert_eq!(whole_number(b"7x"), None);
        assert_eq!(whole_number(b""), None);
        assert_eq!(whole_number(b"."), None);
        assert_eq!(whole_number(b"-"), None);
    }

    #[test]
    fn numbers_to_text() {
        let show = |number: f64| {
            let mut out = Vec::new();
            push_number(&mut out, number, &Format::default());
            String::from_utf8(out).unwrap_or_default()
        };
        assert_eq!(show(0.1), "0.1");
        assert_eq!(show(-0.0), "0");
        assert_eq!(show(3.0), "3");
        assert_eq!(show(EXACT), "9007199254740992");
        assert_eq!(show(1e6 / 3.0), "333333");
        assert_eq!(show(1e30), "1000000000000000019884624838656");
        assert_eq!(show(-1e-300), "-1e-300");
        assert_eq!(show(f64::NAN), "+nan");
    }
}

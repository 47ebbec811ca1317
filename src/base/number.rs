//! Integers from bytes and back: parsing with a distinct overflow error, formatting without `format!`.

/// Why a number was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Empty, or a byte that is no digit.
    Invalid,
    /// A number that does not fit.
    Overflow,
}

impl NumberError {
    /// The words for a message: `invalid number` or `number too large`.
    pub fn text(self) -> &'static str {
        match self {
            NumberError::Invalid => "invalid number",
            NumberError::Overflow => "number too large",
        }
    }
}

/// Reads the digits at the front of `bytes` in `radix` (2 to 36). Gives the value, `None` on overflow, and how many
/// digits were read (all of them, even past the overflow).
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
pub fn digits(bytes: &[u8], radix: u32) -> (Option<u64>, usize) {
    let radix = u64::from(radix);
    let mut value: Option<u64> = Some(0);
    let mut count = 0;
    for &b in bytes {
        let digit = match b.wrapping_sub(b'0') {
            digit @ 0..=9 => digit,
            // What is no letter becomes something that is no digit.
            _ => (b | 0x20).wrapping_sub(b'a').saturating_add(10),
        };
        if u64::from(digit) >= radix {
            break;
        }
        value = match value {
            Some(value) => value.checked_mul(radix).and_then(|value| value.checked_add(u64::from(digit))),
            None => None,
        };
        count += 1;
    }
    (value, count)
}

/// An unsigned number in `radix`, the whole of `bytes`, no sign, no blanks.
pub fn parse_radix(bytes: &[u8], radix: u32) -> Result<u64, NumberError> {
    match digits(bytes, radix) {
        (_, n) if n == 0 || n != bytes.len() => Err(NumberError::Invalid),
        (value, _) => value.ok_or(NumberError::Overflow),
    }
}

/// A decimal unsigned number, the whole of `bytes`; one leading `+` is allowed.
pub fn parse_u64(bytes: &[u8]) -> Result<u64, NumberError> {
    parse_radix(bytes.strip_prefix(b"+").unwrap_or(bytes), 10)
}

/// A decimal unsigned number that fits 32 bits.
pub fn parse_u32(bytes: &[u8]) -> Result<u32, NumberError> {
    u32::try_from(parse_u64(bytes)?).map_err(|_| NumberError::Overflow)
}

/// A decimal number with an optional sign.
pub fn parse_i64(bytes: &[u8]) -> Result<i64, NumberError> {
    signed(bytes, |b| parse_radix(b, 10))
}

/// As C's `strtoul` with base 0: `0x` hexadecimal, a leading `0` octal, else decimal.
pub fn parse_u64_c(bytes: &[u8]) -> Result<u64, NumberError> {
    match bytes {
        [b'0', b'x' | b'X', rest @ ..] => parse_radix(rest, 16),
        [b'0', rest @ ..] if !rest.is_empty() => parse_radix(rest, 8),
        _ => parse_radix(bytes, 10),
    }
}

/// As C's `strtol` with base 0, the whole of `bytes`.
pub fn parse_i64_c(bytes: &[u8]) -> Result<i64, NumberError> {
    signed(bytes, parse_u64_c)
}

/// A decimal unsigned number of up to 128 bits.
pub fn parse_u128(bytes: &[u8]) -> Result<u128, NumberError> {
    if bytes.is_empty() {
        return Err(NumberError::Invalid);
    }
    let mut value: Option<u128> = Some(0);
    for &b in bytes {
        if !b.is_ascii_digit() {
            return Err(NumberError::Invalid);
        }
        value = value.and_then(|v| v.checked_mul(10)).and_then(|v| v.checked_add(u128::from(b - b'0')));
    }
    value.ok_or(NumberError::Overflow)
}

fn signed(bytes: &[u8], unsigned: fn(&[u8]) -> Result<u64, NumberError>) -> Result<i64, NumberError> {
    match bytes {
        [b'-', rest @ ..] => 0i64.checked_sub_unsigned(unsigned(rest)?).ok_or(NumberError::Overflow),
        [b'+', rest @ ..] => i64::try_from(unsigned(rest)?).map_err(|_| NumberError::Overflow),
        _ => i64::try_from(unsigned(bytes)?).map_err(|_| NumberError::Overflow),
    }
}

/// Appends `n` in decimal.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
pub fn push_u64(out: &mut Vec<u8>, n: u64) {
    const EIGHT: u64 = 100_000_000;
    let low = n % EIGHT;
    if n >= EIGHT {
        push_u64(out, n / EIGHT);
    }
    // Eight digits at once: four of them in each half of the word, then two in each quarter, then one in each byte.
    let halves = (low / 10_000) | ((low % 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x7F_0000_007F;
    let quarters = ((halves - hundreds * 100) << 16) | hundreds;
    let tens = ((quarters * 103) >> 10) & 0x000F_000F_000F_000F;
    let digits = ((quarters - tens * 10) << 8) | tens;
    let zeros = if n < EIGHT { (digits | 1 << 56).trailing_zeros() / 8 } else { 0 };
    // All eight are copied, which takes no loop, and what is too much is cut off.
    let end = out.len() + 8 - zeros as usize;
    out.extend_from_slice(&((digits | 0x3030_3030_3030_3030) >> (zeros * 8)).to_le_bytes());
    out.truncate(end);
}

/// Appends `n` in decimal, with `-` where it is negative.
pub fn push_i64(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    push_u64(out, n.unsigned_abs());
}

/// Appends `n` in `radix` (2 to 16, lower-case digits), filled on the left with `fill` to at least `width` bytes.
#[cfg_attr(speed_marks, optimize(speed))]
pub fn push_radix(out: &mut Vec<u8>, mut n: u64, radix: u64, width: usize, fill: u8) {
    let mut buffer = [0u8; 64];
    let mut used = 0;
    for slot in buffer.iter_mut().rev() {
        // Division by what is known when this is compiled costs a tenth of the other.
        let (digit, rest) = match radix {
            10 => (n % 10, n / 10),
            16 => (n & 15, n >> 4),
            8 => (n & 7, n >> 3),
            _ => (n % radix, n / radix),
        };
        let d = digit as u8;
        *slot = if d < 10 { b'0' + d } else { b'a' + d - 10 };
        used += 1;
        n = rest;
        if n == 0 {
            break;
        }
    }
    out.resize(out.len() + width.saturating_sub(used), fill);
    out.extend_from_slice(buffer.get(64 - used..).unwrap_or_default());
}

/// Appends `n` in decimal, right-aligned with blanks in `width` bytes.
#[cfg_attr(speed_marks, optimize(speed))]
pub fn push_right(out: &mut Vec<u8>, n: u64, width: usize) {
    push_radix(out, n, 10, width, b' ');
}

/// Appends `n` in decimal, filled with zeros to `width` digits.
pub fn push_zeros(out: &mut Vec<u8>, n: u64, width: usize) {
    push_radix(out, n, 10, width, b'0');
}

/// How many decimal digits `n` takes.
pub fn decimal_width(n: u64) -> usize {
    n.checked_ilog10().map_or(1, |d| d as usize + 1)
}

/// Appends the number in decimal; the large ones are rare, and slow to divide.
pub fn push_u128(out: &mut Vec<u8>, number: u128) {
    const STEP: u128 = 10_000_000_000_000_000_000;
    match u64::try_from(number) {
        Ok(small) => push_u64(out, small),
        Err(_) => {
            push_u128(out, number / STEP);
            push_radix(out, u64::try_from(number % STEP).unwrap_or(0), 10, 19, b'0');
        }
    }
}

/// The largest number whose square is not above `number`. core's isqrt is ten times as long.
pub fn square_root(number: u128) -> u64 {
    let rough = ((number >> 64) as f64 * 18_446_744_073_709_551_616.0 + number as u64 as f64).sqrt() as u64;
    // One of Newton's steps is exact but for the last place.
    let rough = u128::from(rough.max(1));
    let mut root = u64::try_from((rough + number / rough) / 2).unwrap_or(u64::MAX);
    while u128::from(root) * u128::from(root) > number {
        root -= 1;
    }
    while u128::from(root) * u128::from(root) + 2 * u128::from(root) < number {
        root += 1;
    }
    root
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn square_roots() {
        let mut number = 1u128;
        for step in 0..4000u32 {
            for near in
                [number.wrapping_sub(1), number, number.wrapping_add(1), u128::from(step), u128::MAX - u128::from(step)]
            {
                assert_eq!(u128::from(square_root(near)), near.isqrt());
                let square = near.isqrt().pow(2);
                assert_eq!(u128::from(square_root(square)), square.isqrt());
                assert_eq!(u128::from(square_root(square.wrapping_sub(1))), square.wrapping_sub(1).isqrt());
            }
            number = number.wrapping_mul(13).wrapping_add(u128::from(step)) >> (step % 5);
        }
    }

    #[test]
    fn decimals() {
        let mut number = 1u64;
        for _ in 0..64 {
            for near in [number - 1, number, number + 1, number / 7, u64::MAX - number] {
                let mut out = b"x".to_vec();
                push_u64(&mut out, near);
                assert_eq!(out, format!("x{near}").into_bytes());
            }
            number = number.wrapping_mul(3).wrapping_add(7) | 1;
        }
        for number in (0..200_000u64).chain(99_990_000..100_010_000) {
            let mut out = Vec::new();
            push_u64(&mut out, number);
            assert_eq!(out, number.to_string().into_bytes());
        }
    }

    #[test]
    fn parses_and_refuses() {
        assert_eq!(parse_u64(b"18446744073709551615"), Ok(u64::MAX));
        assert_eq!(parse_u64(b"18446744073709551616"), Err(NumberError::Overflow));
        assert_eq!(parse_u64(b""), Err(NumberError::Invalid));
        assert_eq!(parse_u64(b"1x"), Err(NumberError::Invalid));
        assert_eq!(parse_i64(b"-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(parse_i64(b"9223372036854775808"), Err(NumberError::Overflow));
        assert_eq!(parse_i64_c(b"-0x10"), Ok(-16));
        assert_eq!(parse_u64_c(b"010"), Ok(8));
        assert_eq!(parse_u64_c(b"0"), Ok(0));
        assert_eq!(parse_u64_c(b"09"), Err(NumberError::Invalid));
        assert_eq!(parse_u128(b"340282366920938463463374607431768211455"), Ok(u128::MAX));
    }

    #[test]
    fn formats() {
        let mut v = Vec::new();
        push_i64(&mut v, i64::MIN);
        assert_eq!(v, b"-9223372036854775808");
        v.clear();
        push_right(&mut v, 42, 5);
        push_zeros(&mut v, 7, 3);
        push_radix(&mut v, 0o755, 8, 0, b'0');
        push_u64(&mut v, 0);
        assert_eq!(v, b"   420077550");
        assert_eq!((decimal_width(0), decimal_width(9), decimal_width(10)), (1, 1, 2));
    }
}

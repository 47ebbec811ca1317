//! Doubles and decimal text, exactly, by whole numbers of any size. The C library's way to do it is 20 KB with the streams
//! that it is written for, the Rust library's 25.

use super::TENS;
use super::pair::{Pair, divide, multiply};
use core::cmp::Ordering;

/// A whole number in base 10^9, the least word first, without zeros at its end.
struct Big {
    words: Vec<u32>,
}

const WORD: u64 = 1_000_000_000;

impl Big {
    fn new(value: u64) -> Self {
        // Room for the longest double's digits.
        let mut big = Big { words: Vec::with_capacity(96) };
        big.append(value);
        big
    }

    /// Puts `carry` above what is there.
    fn append(&mut self, mut carry: u64) {
        while carry != 0 {
            self.words.push((carry % WORD) as u32);
            carry /= WORD;
        }
    }

    fn multiply_add(&mut self, factor: u32, add: u32) {
        let mut carry = u64::from(add);
        for word in &mut self.words {
            // At most (10^9 - 1) * (2^32 - 1) + 2^32.
            let product = u64::from(*word).wrapping_mul(u64::from(factor)).wrapping_add(carry);
            *word = (product % WORD) as u32;
            carry = product / WORD;
        }
        self.append(carry);
    }

    /// Multiplies by `base` to the power of `exponent`, of which `step` at a time make a factor below 2^32.
    fn multiply_power(&mut self, base: u32, exponent: i32, step: u32) {
        let mut left = u32::try_from(exponent).unwrap_or(0);
        while left > 0 {
            let now = left.min(step);
            self.multiply_add(base.wrapping_pow(now), 0);
            left = left.wrapping_sub(now);
        }
    }

    fn compare(&self, other: &Big) -> Ordering {
        let lengths = self.words.len().cmp(&other.words.len());
        lengths.then_with(|| self.words.iter().rev().cmp(other.words.iter().rev()))
    }

    /// The decimal digits, the first not a zero; none for 0.
    fn digits(&self) -> Vec<u8> {
        let mut digits = vec![b'0'; self.words.len().saturating_mul(9)];
        for (place, word) in digits.rchunks_exact_mut(9).zip(&self.words) {
            let mut rest = *word;
            for digit in place.iter_mut().rev() {
                *digit = b'0' | (rest % 10) as u8;
                rest /= 10;
            }
        }
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        digits
    }
}

/// `value`, finite and not negative, as a whole number and the power of two to multiply it by.
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent.wrapping_sub(1075)) }
}

/// A number in decimal: 0.d₁d₂d₃… × 10^point, digits that are not there being zeros.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    fn new(value: f64) -> Self {
        let (mantissa, exponent) = parts(value);
        if mantissa == 0 {
            return Decimal { digits: Vec::new(), point: 1 };
        }
        let zeros = mantissa.trailing_zeros();
        let exponent = exponent.wrapping_add(zeros as i32);
        let mut number = Big::new(mantissa >> zeros);
        // m / 2^k = m * 5^k / 10^k
        number.multiply_power(2, exponent, 31);
        number.multiply_power(5, exponent.wrapping_neg(), 13);
        let digits = number.digits();
        let point = (digits.len() as i64).wrapping_add(i64::from(exponent.min(0)));
        Decimal { digits, point }
    }

    /// `value` rounded to `places` digits behind the point (before it where that is negative), where it and they are of
    /// ordinary size: most are, and words are much faster than whole numbers of any size. None as well where the digits cut
    /// off there make less than `least`.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn rounded(value: f64, places: i64, least: u64) -> Option<Self> {
        let (mantissa, exponent) = parts(value);
        let below = u32::try_from(exponent.checked_neg()?).ok()?;
        let zeros = mantissa.trailing_zeros().min(below);
        let fraction = below.wrapping_sub(zeros);
        let power = |exponent: i64| 10u128.checked_pow(u32::try_from(exponent).ok()?);
        let number = u128::from(mantissa.checked_shr(zeros)?).checked_mul(power(places.max(0))?)?;
        // The numbers are divided by powers of two alone where there is something behind the point.
        let (quotient, rest, unit) = if places >= 0 {
            let unit = 1u128.checked_shl(fraction).filter(|unit| *unit >> 126 == 0)?;
            (number >> fraction, number & unit.wrapping_sub(1), unit)
        } else {
            let unit = power(places.wrapping_neg())?.checked_mul(1u128.checked_shl(fraction)?)?;
            (number.checked_div(unit)?, number.checked_rem(unit)?, unit)
        };
        let quotient = u64::try_from(quotient).ok().filter(|quotient| *quotient >= least)?;
        let up =
            rest.wrapping_mul(2).cmp(&unit).then(if quotient & 1 == 1 { Ordering::Greater } else { Ordering::Less });
        let mut digits = Vec::with_capacity(20);
        crate::number::push_u64(&mut digits, quotient.checked_add(u64::from(up == Ordering::Greater))?);
        let point = (digits.len() as i64).wrapping_sub(places);
        Some(Decimal { digits, point })
    }

    /// `value` rounded to `count` digits.
    fn significant(value: f64, count: i64) -> Self {
        // Where the point is: exactly if there are digits before it, and else at this digit or the one before.
        let whole = TENS.iter().take_while(|power| **power <= value).count() as i64;
        let binary = i64::from(parts(value).1).wrapping_add(53);
        let last = if whole > 0 { whole } else { (binary.wrapping_mul(1233) >> 12).wrapping_add(1) };
        let least = u32::try_from(count.wrapping_sub(1)).ok().and_then(|count| 10u64.checked_pow(count));
        let rounded = |point| Decimal::rounded(value, count.wrapping_sub(point), least?);
        rounded(last).or_else(|| rounded(last.wrapping_sub(1))).unwrap_or_else(|| {
            let mut number = Decimal::new(value);
            number.round(count);
            number
        })
    }

    /// `value` rounded to `places` digits behind the point.
    fn fixed(value: f64, places: i64) -> Self {
        Decimal::rounded(value, places, 1).unwrap_or_else(|| {
            let mut number = Decimal::new(value);
            number.round(number.point.wrapping_add(places));
            number
        })
    }

    /// The digit of that index as a character.
    fn digit(&self, index: i64) -> u8 {
        usize::try_from(index).ok().and_then(|index| self.digits.get(index)).copied().unwrap_or(b'0')
    }

    /// Keeps `count` digits: rounds to the nearest such number, to the even one of two that are as near.
    fn round(&mut self, count: i64) {
        let next = self.digit(count);
        let Ok(length) = usize::try_from(count) else {
            // Less than a tenth of the last place.
            *self = Decimal { digits: Vec::new(), point: 1 };
            return;
        };
        let Some((_, rest)) = self.digits.get(length..).and_then(<[u8]>::split_first) else { return };
        let odd = self.digit(count.wrapping_sub(1)) & 1 == 1 && length > 0;
        let up = next > b'5' || next == b'5' && (odd || rest.iter().any(|digit| *digit != b'0'));
        self.digits.truncate(length);
        if up {
            while self.digits.last() == Some(&b'9') {
                self.digits.pop();
            }
            match self.digits.last_mut() {
                Some(digit) => *digit = digit.wrapping_add(1),
                None => {
                    self.digits.push(b'1');
                    self.point = self.point.wrapping_add(1);
                }
            }
        } else if length == 0 {
            self.point = 1;
        }
    }

    /// Writes `ddd.ddd` with `places` digits behind the point.
    fn push_fixed(&self, out: &mut Vec<u8>, places: i64, alternate: bool) {
        let start = self.point.min(1).wrapping_sub(1);
        let whole = self.point.max(1);
        // Before the point at least the zero.
        let first = if self.point < 1 { start } else { 0 };
        out.extend((0..whole).map(|index| self.digit(first.wrapping_add(index))));
        if places > 0 || alternate {
            out.push(b'.');
        }
        out.extend((0..places).map(|index| self.digit(self.point.wrapping_add(index))));
    }

    /// Writes `d.ddde±dd` with `places` digits behind the point.
    fn push_scientific(&mut self, out: &mut Vec<u8>, places: i64, alternate: bool) {
        let exponent = self.point.wrapping_sub(1);
        self.point = 1;
        self.push_fixed(out, places, alternate);
        out.push(b'e');
        push_exponent(out, exponent, 2);
    }
}

/// Writes the sign and at least `width` digits.
fn push_exponent(out: &mut Vec<u8>, exponent: i64, width: usize) {
    out.push(if exponent < 0 { b'-' } else { b'+' });
    let digits = Big::new(exponent.unsigned_abs()).digits();
    out.extend(core::iter::repeat_n(b'0', width.saturating_sub(digits.len())));
    out.extend_from_slice(&digits);
}

/// `value`, finite and not negative, as C's printf writes it in the conversion `letter` (`f`, `e`, `g` or `a`), with `#`
/// where `alternate`.
pub fn format(value: f64, letter: u8, precision: Option<usize>, alternate: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    let places = precision.map(|precision| i64::try_from(precision.min(i32::MAX as usize)).unwrap_or(0));
    if letter == b'a' {
        push_hexadecimal(&mut out, value, places, alternate);
        return out;
    }
    let places = places.unwrap_or(6);
    match letter {
        b'f' => Decimal::fixed(value, places).push_fixed(&mut out, places, alternate),
        b'e' => Decimal::significant(value, places.wrapping_add(1)).push_scientific(&mut out, places, alternate),
        _ => {
            let count = places.max(1);
            let mut number = Decimal::significant(value, count);
            // Without # no zeros stand behind the last digit that is none.
            let zeros = number.digits.iter().rev().take_while(|digit| **digit == b'0').count();
            let shown = if alternate { count } else { number.digits.len().saturating_sub(zeros) as i64 };
            if number.point < -3 || number.point > count {
                number.push_scientific(&mut out, shown.wrapping_sub(1).max(0), alternate);
            } else {
                number.push_fixed(&mut out, shown.wrapping_sub(number.point).max(0), alternate);
            }
        }
    }
    out
}

/// Writes `0xh.hhhp±d`.
fn push_hexadecimal(out: &mut Vec<u8>, value: f64, places: Option<i64>, alternate: bool) {
    let (mantissa, exponent) = parts(value);
    // The first bit stands at 52, in what is less than the least normal number as well.
    let shift = if mantissa == 0 { 0 } else { mantissa.leading_zeros().saturating_sub(11) };
    let mut mantissa = mantissa << shift;
    let exponent = if mantissa == 0 { 0 } else { i64::from(exponent).wrapping_add(52).wrapping_sub(i64::from(shift)) };
    if let Some(cut @ 0..13) = places {
        let drop = 4 * (13 - cut);
        let (half, odd) = (1u64 << (drop - 1), mantissa >> drop & 1);
        // A tie goes up where the digit before it is odd.
        mantissa = mantissa.wrapping_add(half - 1 + odd) >> drop << drop;
    }
    let digit = |index: i64| if index > 13 { 0 } else { (mantissa >> (4 * (13 - index)) & 15) as u8 };
    let places =
        places.unwrap_or_else(|| if mantissa == 0 { 0 } else { 13 - i64::from(mantissa.trailing_zeros() / 4) });
    out.extend_from_slice(b"0x");
    for index in 0..=places.max(0) {
        let digit = digit(index);
        out.push(if digit < 10 { b'0' | digit } else { b'a' - 10 + digit });
        if index == 0 && (places > 0 || alternate) {
            out.push(b'.');
        }
    }
    out.push(b'p');
    push_exponent(out, exponent, 1);
}

/// The number without a sign at the front of `text` as `strtod` reads it, and the length of what was read; 0 where there
/// is none.
pub fn parse(text: &[u8]) -> (f64, usize) {
    for (name, value) in [(b"infinity".as_slice(), f64::INFINITY), (b"inf", f64::INFINITY), (b"nan", f64::NAN)] {
        if text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            let rest = text.get(name.len()..).unwrap_or_default();
            // C lets a NaN name its bits.
            let bits = rest.iter().skip(1).position(|byte| *byte != b'_' && !byte.is_ascii_alphanumeric());
            let named = if value.is_nan() && rest.first() == Some(&b'(') { bits } else { None };
            let end = named.filter(|end| rest.get(end.wrapping_add(1)) == Some(&b')'));
            return (value, name.len().wrapping_add(end.map_or(0, |end| end.wrapping_add(2))));
        }
    }
    let hexadecimal = text.first() == Some(&b'0') && text.get(1).is_some_and(|x| x | 0x20 == b'x');
    let start = if hexadecimal { 2 } else { 0 };
    // The digits' base, what starts the exponent, and what a digit counts in it.
    let (radix, marker, step) = if hexadecimal { (16, b'p', 4) } else { (10, b'e', 1) };
    // The whole number that the digits make, and as much of its front as a word holds, with their exponents.
    let (mut number, mut scale) = (Big::new(0), 0i64);
    let (mut head, mut head_scale) = (0u64, 0i64);
    let (mut length, mut count) = (start, 0usize);
    let (mut any, mut point, mut lost, mut long) = (false, false, false, false);
    for byte in text.get(start..).unwrap_or_default() {
        let digit = match char::from(*byte).to_digit(radix) {
            Some(digit) => digit,
            None if *byte == b'.' && !point => {
                point = true;
                length = length.wrapping_add(1);
                continue;
            }
            None => break,
        };
        (any, length) = (true, length.wrapping_add(1));
        if point {
            scale = scale.wrapping_sub(step);
        }
        if head < 1 << 57 {
            head = head.wrapping_mul(u64::from(radix)).wrapping_add(u64::from(digit));
        } else {
            head_scale = head_scale.wrapping_add(step);
            lost |= digit != 0;
        }
        if hexadecimal || head == 0 {
            continue;
        }
        if count < 800 {
            number.multiply_add(10, digit);
            count = count.wrapping_add(1);
        } else {
            // No digit from here on decides by itself: it is enough to know that there was one.
            scale = scale.wrapping_add(1);
            head_scale = head_scale.wrapping_sub(1);
            long |= digit != 0;
        }
    }
    if !any {
        // The zero of `0x` is a number.
        return (0.0, start / 2);
    }
    if let Some((exponent, used)) = exponent(text.get(length..).unwrap_or_default(), marker) {
        scale = scale.saturating_add(exponent);
        length = length.wrapping_add(used);
    }
    let size = scale.saturating_add(count as i64);
    let value = if head == 0 {
        0.0
    } else if hexadecimal {
        // The lowest bit of so many only says to which side the rest rounds.
        binary(head | u64::from(lost), scale.saturating_add(head_scale))
    } else if size < -330 {
        0.0
    } else if size > 310 {
        f64::INFINITY
    } else {
        let (guess, sure) = scaled(head, scale.wrapping_add(head_scale) as i32);
        if sure {
            guess
        } else {
            number.multiply_add(10, u32::from(long));
            nearest(&number, scale.wrapping_sub(1) as i32, guess)
        }
    };
    (value, length)
}

/// The exponent behind `marker` at the front of `text`, and its length with the marker.
fn exponent(text: &[u8], marker: u8) -> Option<(i64, usize)> {
    let (first, rest) = text.split_first()?;
    if first | 0x20 != marker {
        return None;
    }
    let sign = usize::from(matches!(rest.first(), Some(b'+' | b'-')));
    let digits = rest.get(sign..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit());
    let (mut exponent, mut length) = (0i64, 0usize);
    for digit in digits {
        // Beyond all that a text of digits could make good.
        exponent = exponent.saturating_mul(10).saturating_add(i64::from(digit & 15)).min(i64::MAX >> 8);
        length = length.wrapping_add(1);
    }
    if length == 0 {
        return None;
    }
    let exponent = if rest.first() == Some(&b'-') { exponent.wrapping_neg() } else { exponent };
    Some((exponent, length.wrapping_add(sign).wrapping_add(1)))
}

/// The double next to `head` × 10^exponent, right to some units of its last place, and whether it is the nearest one to all
/// numbers that start with the digits of `head`.
fn scaled(head: u64, exponent: i32) -> (f64, bool) {
    let mut rough = head as f64;
    let mut value = Pair(rough, head.wrapping_sub(rough as u64) as i64 as f64);
    let mut left = exponent.unsigned_abs() as usize;
    while left > 0 {
        let now = left.min(TENS.len().wrapping_sub(1));
        let power = TENS.get(now).copied().unwrap_or(1.0);
        rough = if exponent < 0 { rough / power } else { rough * power };
        value = if exponent < 0 { divide(value, Pair(power, 0.0)) } else { multiply(value, Pair(power, 0.0)) };
        left = left.wrapping_sub(now);
    }
    if !(1e-280..1e280).contains(&rough) {
        // The pair's second part may be less than the least double, or the first was more than the largest.
        return (rough, false);
    }
    // The pair is right to 2^-92 of it at least. What digits behind the head's make is less than 2^-57.
    let error = value.0 / (if head < 1 << 57 { 1u128 << 92 } else { 1 << 56 }) as f64;
    (value.0, value.0 + (value.1 + error) == value.0 + (value.1 - error))
}

/// The double nearest to `number` × 10^scale, found from a `guess` near it.
fn nearest(number: &Big, scale: i32, guess: f64) -> f64 {
    let mut bits = guess.to_bits();
    // How the number stands to the middle between the double of these bits and the next.
    let middle = |bits: u64| {
        let (mantissa, exponent) = parts(f64::from_bits(bits));
        let mut left = Big { words: number.words.clone() };
        left.multiply_power(10, scale, 9);
        left.multiply_power(2, 1i32.wrapping_sub(exponent), 31);
        let mut right = Big::new(mantissa.wrapping_mul(2).wrapping_add(1));
        right.multiply_power(10, scale.wrapping_neg(), 9);
        right.multiply_power(2, exponent.wrapping_sub(1), 31);
        // Of two that are as near, it is the even one.
        left.compare(&right).then(if bits & 1 == 1 { Ordering::Greater } else { Ordering::Less })
    };
    while bits < f64::INFINITY.to_bits() && middle(bits) == Ordering::Greater {
        bits = bits.wrapping_add(1);
    }
    while bits > 0 && middle(bits.wrapping_sub(1)) == Ordering::Less {
        bits = bits.wrapping_sub(1);
    }
    f64::from_bits(bits)
}

/// The double nearest to `mantissa`, which is not 0, × 2^exponent.
fn binary(mantissa: u64, exponent: i64) -> f64 {
    let zeros = i64::from(mantissa.leading_zeros());
    // Where the last bit that is kept lies: 53 of them, fewer below the least normal number.
    let drop = 11i64.wrapping_sub(zeros).max((-1074i64).saturating_sub(exponent));
    let last = exponent.saturating_add(drop);
    if last > 971 {
        return f64::INFINITY;
    }
    let kept = match drop {
        ..=0 => mantissa << drop.unsigned_abs().min(63),
        1..=63 => {
            let (half, odd) = (1u64 << (drop - 1), mantissa >> drop & 1);
            (u128::from(mantissa).wrapping_add(u128::from(half - 1 + odd)) >> drop) as u64
        }
        64 => u64::from(mantissa > 1 << 63),
        _ => 0,
    };
    // Both factors are exact, and so are the products: 2^53 × 2^971 at most, 1 × 2^-1074 at least.
    let power = |exponent: i64| f64::from_bits(((1023i64.wrapping_add(exponent)) as u64) << 52);
    kept as f64 * power(last / 2) * power(last.wrapping_sub(last / 2))
}

//! Numbers from digits and back, in any base.

use super::natural::{self, BASE, DIGITS};
use super::{Number, View, fraction};
use base::io::Output;
use base::{Context, Result};

/// How numbers are written.
#[derive(Clone, Copy)]
pub struct Digits {
    /// The base, 2 or more and below 2^31.
    pub base: u64,
    /// A number between 0 and 1 begins with `0`.
    pub leading_zero: bool,
}

/// Writes text in lines of a limited length.
pub struct Lines {
    /// Lines are broken before this column, if it is not 0; the backslash and the newline have theirs.
    width: usize,
    column: usize,
}

impl Lines {
    pub fn new(width: usize) -> Lines {
        Lines { width, column: 0 }
    }

    /// The length of lines by this variable: 70 where it says nothing sensible, 0 for no end.
    pub fn length(cx: &Context, variable: &[u8]) -> usize {
        match cx.env.get(variable).map(base::number::parse_u32) {
            Some(Ok(0)) => 0,
            Some(Ok(length @ 3..)) => length as usize,
            _ => 70,
        }
    }

    /// Writes a text, broken with a backslash where a line would be longer than the width allows.
    pub fn put(&mut self, text: &[u8], output: &mut Output) -> Result<()> {
        if self.column == 0 && text.len() < self.width && text.ends_with(b"\n") {
            return output.put(text);
        }
        for byte in text {
            if *byte == b'\n' {
                self.column = 0;
            } else {
                if self.width > 0 && self.column + 2 >= self.width {
                    output.put(b"\\\n")?;
                    self.column = 0;
                }
                self.column += 1;
            }
            output.byte(*byte)?;
        }
        Ok(())
    }
}

/// The value of a digit: 0 to 9, A to Z.
fn value(digit: u8) -> u64 {
    match digit {
        b'0'..=b'9' => u64::from(digit - b'0'),
        b'A'..=b'Z' => u64::from(digit - b'A') + 10,
        _ => 0,
    }
}

impl Number {
    /// Reads digits (0-9, A-Z) with a point among them, or none, written in `base` (2 to 36). Where `clamp` is set, a digit
    /// that the base does not have counts as its largest, unless it stands alone.
    pub fn parse(text: &[u8], base: u64, clamp: bool) -> Number {
        let point = text.iter().position(|byte| *byte == b'.');
        let (whole, part) = match point {
            Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
            None => (text, &b""[..]),
        };
        // Zeros in front do not make a digit a part of a number.
        let alone = text.iter().skip_while(|byte| **byte == b'0').count() <= 1;
        let clamp = clamp && !alone;
        let most = if clamp { base - 1 } else { 35 };
        if base == 10 && (clamp || text.iter().all(|byte| *byte < b'A')) {
            // Limb by limb from the point; the last ones of the fraction are filled up with zeros.
            let digit = |byte: &u8| value(*byte).min(9) as u32;
            let mut limbs = Vec::with_capacity(text.len() / DIGITS + 2);
            for chunk in part.chunks(DIGITS).rev() {
                let limb = chunk.iter().fold(0, |limb, byte| limb * 10 + digit(byte));
                limbs.push(limb * 10u32.pow((DIGITS - chunk.len()) as u32));
            }
            for chunk in whole.rchunks(DIGITS) {
                limbs.push(chunk.iter().fold(0, |limb, byte| limb * 10 + digit(byte)));
            }
            return Number::new(false, part.len(), limbs);
        }
        let mut limbs = Vec::new();
        let (mut factor, mut low) = (1, 0);
        for byte in whole.iter().chain(part) {
            factor *= base;
            low = low * base + value(*byte).min(most);
            if factor * base >= u64::from(BASE) {
                natural::scale_up(&mut limbs, factor, low);
                (factor, low) = (1, 0);
            }
        }
        natural::scale_up(&mut limbs, factor, low);
        let number = Number::new(false, 0, limbs);
        if part.is_empty() {
            return number;
        }
        let mut divisor = vec![1];
        for _ in part {
            natural::scale_up(&mut divisor, base, 0);
        }
        number.divide(&Number::new(false, 0, divisor), part.len()).unwrap_or(Number::ZERO)
    }

    /// Appends the number as `digits` says.
    pub fn push(&self, line: &mut Vec<u8>, digits: Digits) {
        if self.is_zero() {
            line.push(b'0');
            return;
        }
        let mut room = [0; 2];
        let view = self.view(&mut room);
        if view.negative {
            line.push(b'-');
        }
        if digits.base == 10 { push_decimal(line, view, digits) } else { push_base(line, view, digits) }
    }
}

fn push_decimal(line: &mut Vec<u8>, view: View, digits: Digits) {
    let below = fraction(view.scale);
    let limb = |index: usize| view.limbs.get(index).copied().unwrap_or(0);
    if let Some(top) = view.limbs.len().checked_sub(1).filter(|top| *top >= below) {
        base::number::push_u64(line, u64::from(limb(top)));
        for index in (below..top).rev() {
            base::number::push_radix(line, u64::from(limb(index)), 10, DIGITS, b'0');
        }
    } else if digits.leading_zero {
        line.push(b'0');
    }
    if view.scale > 0 {
        line.push(b'.');
        let end = line.len().saturating_add(view.scale);
        for index in (0..below).rev() {
            base::number::push_radix(line, u64::from(limb(index)), 10, DIGITS, b'0');
        }
        line.truncate(end);
    }
}

/// One digit: a character where the base has at most 16, else a blank and a decimal number as wide as the largest digit.
fn push_digit(line: &mut Vec<u8>, digit: u64, base: u64, blank: bool) {
    if base <= 16 {
        base::number::push_radix(line, digit, 16, 1, b'0');
        if let Some(last) = line.last_mut() {
            last.make_ascii_uppercase();
        }
        return;
    }
    if blank {
        line.push(b' ');
    }
    base::number::push_radix(line, digit, 10, (base - 1).ilog10() as usize + 1, b'0');
}

#[inline(never)]
fn push_base(line: &mut Vec<u8>, view: View, digits: Digits) {
    let base = digits.base;
    let below = fraction(view.scale);
    let (part, whole) = view.limbs.split_at(below.min(view.limbs.len()));
    // As many digits at once as a limb holds.
    let (mut power, mut count) = (base, 1);
    while power * base <= u64::from(BASE) {
        power *= base;
        count += 1;
    }
    let mut whole = whole.to_vec();
    let mut found = Vec::new();
    while !whole.is_empty() {
        let mut rest = natural::divide_small(&mut whole, power);
        for _ in 0..count {
            found.push(rest % base);
            rest /= base;
        }
    }
    while found.last() == Some(&0) {
        found.pop();
    }
    if found.is_empty() && digits.leading_zero {
        found.push(0);
    }
    for digit in found.iter().rev() {
        push_digit(line, *digit, base, true);
    }
    if view.scale == 0 {
        return;
    }
    line.push(b'.');
    let mut part = part.to_vec();
    part.resize(below, 0);
    // Enough digits that the base's power for the last has more decimal digits than the scale.
    let mut reached = vec![1];
    let mut blank = false;
    while decimal_digits(&reached) <= view.scale {
        let digit = natural::scale_in_place(&mut part, base, 0);
        push_digit(line, digit, base, blank);
        blank = true;
        natural::scale_up(&mut reached, base, 0);
    }
}

fn decimal_digits(limbs: &[u32]) -> usize {
    limbs.split_last().map_or(0, |(top, rest)| rest.len() * DIGITS + top.ilog10() as usize + 1)
}

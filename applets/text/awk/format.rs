//! printf and sprintf.

use crate::value::{Format, Value, push_char};
use base::error::Result;
use base::pattern::character_length;
use base::printf::{Spec, WIDEST, decimal, push_padded, push_signed, push_whole};

/// What formatting needs to know.
pub struct Formatter<'a> {
    pub format: &'a Format,
    pub utf8: bool,
}

impl Formatter<'_> {
    /// Adds `text` with its conversions replaced by `arguments`. Those that are missing count as unset. The error is of a field
    /// wider than [`WIDEST`].
    pub fn push(&self, out: &mut Vec<u8>, text: &[u8], arguments: &[Value]) -> Result<()> {
        let mut rest = text;
        let mut arguments = arguments.iter();
        while let Some(at) = memchr::memchr(b'%', rest) {
            let (plain, field) = rest.split_at(at);
            out.extend_from_slice(plain);
            let length = self.conversion(out, field, &mut arguments);
            let length = length.ok_or_else(|| super::vm::fatal("printf: field too wide"))?;
            rest = field.get(length..).unwrap_or_default();
        }
        out.extend_from_slice(rest);
        Ok(())
    }

    /// One conversion, its `%` included; gives its length, or None where it is too wide.
    fn conversion(&self, out: &mut Vec<u8>, text: &[u8], arguments: &mut core::slice::Iter<Value>) -> Option<usize> {
        let unset = Value::Unset;
        let mut spec = Spec::default();
        let mut at = 1usize;
        while text.get(at).is_some_and(|flag| spec.take_flag(*flag)) {
            at += 1;
        }
        let mut star = |at: &mut usize| {
            if text.get(*at) == Some(&b'*') {
                *at += 1;
                Some(arguments.next().unwrap_or(&unset).number())
            } else {
                None
            }
        };
        match star(&mut at) {
            Some(width) => {
                spec.left |= width < 0.0;
                spec.width = width.abs() as usize;
            }
            None => (spec.width, at) = decimal(text, at),
        }
        if text.get(at) == Some(&b'.') {
            at += 1;
            match star(&mut at) {
                Some(precision) => spec.precision = (precision >= 0.0).then_some(precision as usize),
                None => {
                    let (precision, end) = decimal(text, at);
                    spec.precision = Some(precision);
                    at = end;
                }
            }
        }
        while matches!(text.get(at), Some(b'l' | b'h' | b'j' | b'z' | b't' | b'L' | b'q')) {
            at += 1;
        }
        let Some(letter) = text.get(at).copied() else {
            out.extend_from_slice(text);
            return Some(text.len());
        };
        if letter == b'%' {
            out.push(b'%');
            return Some(at + 1);
        }
        if !matches!(
            letter,
            b'd' | b'i'
                | b'c'
                | b'o'
                | b's'
                | b'u'
                | b'x'
                | b'X'
                | b'e'
                | b'E'
                | b'f'
                | b'F'
                | b'g'
                | b'G'
                | b'a'
                | b'A'
        ) {
            out.extend_from_slice(text.get(..=at).unwrap_or(text));
            return Some(at + 1);
        }
        // The precision of a string only takes away.
        let digits = if matches!(letter, b's' | b'c') { 0 } else { spec.precision.unwrap_or(0) };
        if spec.width > WIDEST || digits > WIDEST {
            return None;
        }
        let argument = arguments.next().unwrap_or(&unset);
        match letter {
            b'c' => self.character(out, spec, argument),
            b's' => {
                let mut room = Vec::new();
                let bytes = argument.bytes(&mut room, self.format);
                self.string(out, spec, bytes);
            }
            b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => integer(out, spec, argument.number(), letter),
            _ => float(out, spec, argument.number(), letter),
        }
        Some(at + 1)
    }

    fn string(&self, out: &mut Vec<u8>, spec: Spec, bytes: &[u8]) {
        if !self.utf8 || (spec.width == 0 && spec.precision.is_none()) || bytes.is_ascii() {
            let shown = bytes.get(..spec.precision.unwrap_or(usize::MAX)).unwrap_or(bytes);
            push_padded(out, spec, shown, shown.len());
            return;
        }
        let mut count = 0;
        let mut end = 0;
        while count < spec.precision.unwrap_or(usize::MAX) {
            match character_length(bytes.get(end..).unwrap_or_default(), true) {
                0 => break,
                length => end += length,
            }
            count += 1;
        }
        push_padded(out, spec, bytes.get(..end).unwrap_or(bytes), count);
    }

    fn character(&self, out: &mut Vec<u8>, spec: Spec, argument: &Value) {
        let mut shown = Vec::new();
        match argument.numeric() {
            Some(number) if self.utf8 => push_char(&mut shown, (number as i64).cast_unsigned()),
            Some(number) => shown.push((number as i64 & 255) as u8),
            None => {
                let text = argument.as_text().unwrap_or_default();
                let length = character_length(text, self.utf8);
                // Of an empty string, the NUL that ends it in C: so in every awk.
                shown.extend_from_slice(if text.is_empty() { b"\0" } else { text.get(..length).unwrap_or(text) });
            }
        }
        push_padded(out, spec, &shown, 1);
    }
}

fn integer(out: &mut Vec<u8>, spec: Spec, number: f64, letter: u8) {
    const BEYOND: f64 = 18_446_744_073_709_551_616.0;
    let whole = number.trunc();
    if !number.is_finite() {
        float(out, Spec { precision: None, ..spec }, number, b'f');
    } else if matches!(letter, b'd' | b'i') {
        if whole.abs() < BEYOND {
            push_whole(out, spec, whole < 0.0, whole.abs() as u64, b"", 10, false);
        } else {
            // Beyond what a machine word holds: in full.
            let digits = base::float::format(whole, b'f', Some(0), false);
            push_signed(out, spec, whole < 0.0, &digits, true);
        }
    } else if (i64::MIN as f64..BEYOND).contains(&whole) {
        // The others have no sign: as in C, what is negative is the machine word of that number.
        let word = if whole < 0.0 { (whole as i64).cast_unsigned() } else { whole as u64 };
        let (radix, prefix) = match letter {
            b'u' => (10, ""),
            b'o' => (8, "0"),
            b'x' => (16, "0x"),
            _ => (16, "0X"),
        };
        push_whole(
            out,
            Spec { plus: false, space: false, ..spec },
            false,
            word,
            prefix.as_bytes(),
            radix,
            letter == b'X',
        );
    } else {
        float(out, spec, number, b'g');
    }
}

fn float(out: &mut Vec<u8>, spec: Spec, number: f64, letter: u8) {
    let negative = number.is_sign_negative();
    let digits = base::float::format(number, letter, spec.precision, spec.alternate);
    // As numbers are printed: a sign tells them from names.
    let spec = if number.is_finite() { spec } else { Spec { plus: true, ..spec } };
    push_signed(out, spec, negative, &digits, number.is_finite());
}

/// Adds a number by CONVFMT or OFMT.
pub fn push_one(out: &mut Vec<u8>, text: &[u8], number: f64) {
    let formatter = Formatter { format: &Format::default(), utf8: false };
    if formatter.push(out, text, &[Value::Number(number)]).is_err() {
        // A number must become some text: CONVFMT's own default.
        let _ = formatter.push(out, b"%.6g", &[Value::Number(number)]);
    }
}

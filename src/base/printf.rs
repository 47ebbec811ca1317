//! `printf`, shared by the applet and the shell's built-in: POSIX's, with `%q`, `%*d`, `%(…)T`, `\x`, `\u`.

use crate::echo::{escape, unescape};
use crate::error::Result;
use crate::quote::push_shell;

/// What became of a call.
#[derive(Default)]
pub struct Outcome {
    /// Messages about arguments that were no numbers, and the like; the status is 1 if there are any.
    pub errors: Vec<Vec<u8>>,
}

/// A width or precision beyond this is refused: no output is that wide.
pub const WIDEST: usize = 1 << 20;

struct Printer<'a> {
    arguments: &'a [&'a [u8]],
    next: usize,
    out: &'a mut dyn FnMut(&[u8]) -> Result<()>,
    tz: Option<&'a [u8]>,
    outcome: Outcome,
}

/// One conversion's flags, width and precision.
#[derive(Default, Clone, Copy)]
pub struct Spec {
    /// `-`: padded on the right.
    pub left: bool,
    /// `+`: a sign before positive numbers too.
    pub plus: bool,
    /// A blank where a sign could be.
    pub space: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// `0`: padded with zeros.
    pub zero: bool,
    /// The least width.
    pub width: usize,
    /// What follows the point, if there is one.
    pub precision: Option<usize>,
}

impl Spec {
    /// Takes a flag; false where `byte` is none.
    pub fn take_flag(&mut self, byte: u8) -> bool {
        match byte {
            b'-' => self.left = true,
            b'+' => self.plus = true,
            b' ' => self.space = true,
            b'#' => self.alternate = true,
            b'0' => self.zero = true,
            b'\'' => {}
            _ => return false,
        }
        true
    }
}

/// Prints `format` with `arguments` to `out`, again and again while arguments are left that it consumes. Times are those
/// of the zone that `tz`, the value of TZ, says.
pub fn format(
    format: &[u8],
    arguments: &[&[u8]],
    tz: Option<&[u8]>,
    out: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<Outcome> {
    let mut printer = Printer { arguments, next: 0, out, tz, outcome: Outcome::default() };
    loop {
        let before = printer.next;
        if !printer.pass(format)? || printer.next >= arguments.len() || printer.next == before {
            return Ok(printer.outcome);
        }
    }
}

impl<'a> Printer<'a> {
    fn error(&mut self, what: &[u8], text: &[u8]) {
        self.outcome.errors.push([what, b"'", text, b"'"].concat());
    }

    fn argument(&mut self) -> Option<&'a [u8]> {
        let argument = self.arguments.get(self.next).copied();
        self.next = self.next.saturating_add(usize::from(argument.is_some()));
        argument
    }

    /// Goes once through the format; false ends the output.
    fn pass(&mut self, format: &[u8]) -> Result<bool> {
        let mut rest = format;
        while let Some((first, after)) = rest.split_first() {
            let length = match first {
                b'\\' => match after.first() {
                    Some(b'c') => return Ok(false),
                    Some(b'n') => self.put(b"\n", 1)?,
                    Some(quote @ (b'"' | b'\'')) => self.put(&[*quote], 1)?,
                    _ => {
                        let mut text = Vec::new();
                        let length = escape(after, &mut text);
                        self.put(if length == 0 { b"\\" } else { &text }, length)?
                    }
                },
                b'%' if after.first() == Some(&b'%') => self.put(b"%", 1)?,
                b'%' => match self.conversion(after)? {
                    Some(length) => length,
                    None => return Ok(false),
                },
                _ => {
                    let length = rest.iter().position(|b| matches!(b, b'%' | b'\\')).unwrap_or(rest.len());
                    self.put(rest.get(..length).unwrap_or_default(), length.saturating_sub(1))?
                }
            };
            rest = after.get(length..).unwrap_or_default();
        }
        Ok(true)
    }

    /// Prints a text, which the format has in `length` bytes more than its first.
    fn put(&mut self, text: &[u8], length: usize) -> Result<usize> {
        (self.out)(text)?;
        Ok(length)
    }

    /// One conversion, from behind its `%`; its length, or None where the output ends.
    fn conversion(&mut self, text: &[u8]) -> Result<Option<usize>> {
        let mut spec = Spec::default();
        let mut at = 0usize;
        while text.get(at).is_some_and(|flag| spec.take_flag(*flag)) {
            at = at.saturating_add(1);
        }
        if text.get(at) == Some(&b'*') {
            at = at.saturating_add(1);
            let width = self.integer();
            spec.left |= width < 0;
            spec.width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
        } else {
            (spec.width, at) = decimal(text, at);
        }
        if text.get(at) == Some(&b'.') {
            at = at.saturating_add(1);
            if text.get(at) == Some(&b'*') {
                at = at.saturating_add(1);
                let precision = self.integer();
                spec.precision = usize::try_from(precision).ok();
            } else {
                let (precision, next) = decimal(text, at);
                spec.precision = Some(precision);
                at = next;
            }
        }
        while matches!(text.get(at), Some(b'l' | b'h' | b'j' | b'z' | b't' | b'L')) {
            at = at.saturating_add(1);
        }
        let behind = text.get(at..).unwrap_or_default();
        let time = if behind.first() == Some(&b'(') { crate::bytes::find(behind, b")T") } else { None };
        at = at.saturating_add(time.map_or(0, |length| length.saturating_add(1)));
        let whole = text.get(..at.saturating_add(1)).unwrap_or(text);
        if spec.width > WIDEST || spec.precision.is_some_and(|precision| precision > WIDEST) {
            let mut format = b"%".to_vec();
            format.extend_from_slice(whole);
            self.error(b"field too wide: ", &format);
            return Ok(None);
        }
        let Some(letter) = text.get(at) else {
            self.outcome.errors.push([b"%", text, b": invalid format"].concat());
            return Ok(None);
        };
        match letter {
            b'd' | b'i' => {
                let value = self.integer();
                self.number(spec, value < 0, value.unsigned_abs(), b"", 10, false)?;
            }
            b'u' => {
                let value = self.integer().cast_unsigned();
                self.number(Spec { plus: false, space: false, ..spec }, false, value, b"", 10, false)?;
            }
            b'o' => {
                let value = self.integer().cast_unsigned();
                self.number(Spec { plus: false, space: false, ..spec }, false, value, b"0", 8, false)?;
            }
            b'x' | b'X' => {
                let value = self.integer().cast_unsigned();
                let prefix: &[u8] = if *letter == b'x' { b"0x" } else { b"0X" };
                self.number(Spec { plus: false, space: false, ..spec }, false, value, prefix, 16, *letter == b'X')?;
            }
            b'c' => {
                let argument = self.argument().unwrap_or_default();
                self.padded(spec, argument.get(..1).unwrap_or_default())?;
            }
            b's' => {
                let argument = self.argument().unwrap_or_default();
                let length = spec.precision.unwrap_or(usize::MAX).min(argument.len());
                self.padded(spec, argument.get(..length).unwrap_or_default())?;
            }
            b'b' => {
                let mut shown = Vec::new();
                let goes_on = unescape(self.argument().unwrap_or_default(), &mut shown);
                shown.truncate(spec.precision.unwrap_or(usize::MAX));
                self.padded(spec, &shown)?;
                if !goes_on {
                    return Ok(None);
                }
            }
            b'T' if let Some(length) = time => {
                // -1 and -2 are now and, in bash, the shell's start.
                let mut stamp = crate::time::now();
                let seconds = if self.next < self.arguments.len() { self.integer() } else { -1 };
                if !matches!(seconds, -1 | -2) {
                    stamp = crate::time::Stamp { sec: seconds, nsec: 0 };
                }
                let form = behind.get(1..length).filter(|form| !form.is_empty()).unwrap_or(b"%X");
                let mut shown = Vec::new();
                crate::time::push_time(&mut shown, form, stamp, &crate::time::Zone::load(self.tz));
                self.padded(spec, &shown)?;
            }
            b'q' => {
                let mut shown = Vec::new();
                push_shell(&mut shown, self.argument().unwrap_or_default());
                self.padded(spec, &shown)?;
            }
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => {
                let value = self.float();
                let shown = crate::float::format(value, *letter, spec.precision, spec.alternate);
                let mut text = Vec::new();
                push_signed(&mut text, spec, value.is_sign_negative() && !value.is_nan(), &shown, value.is_finite());
                (self.out)(&text)?;
            }
            _ => {
                self.outcome.errors.push([b"%", whole, b": invalid format"].concat());
                return Ok(None);
            }
        }
        Ok(Some(at.saturating_add(1)))
    }

    /// The next argument as a whole number; none is 0.
    fn integer(&mut self) -> i64 {
        let Some(argument) = self.argument() else { return 0 };
        let (value, used, fits) = integer(argument);
        let complete = used == argument.len() && !argument.is_empty();
        if !complete {
            self.error(b"invalid number ", argument);
        } else if !fits {
            self.outcome.errors.push(crate::bytes::fill("'%': Numerical result out of range", &[argument]));
        }
        value
    }

    fn float(&mut self) -> f64 {
        let Some(argument) = self.argument() else { return 0.0 };
        if let Some((b'"' | b'\'', rest)) = argument.split_first() {
            return f64::from(character(rest));
        }
        let (value, used) = crate::float::parse(argument);
        if used != argument.len() || argument.is_empty() {
            self.error(b"invalid number ", argument);
        }
        value
    }

    fn number(&mut self, spec: Spec, negative: bool, value: u64, prefix: &[u8], radix: u64, upper: bool) -> Result<()> {
        if spec.width == 0 && spec.precision.is_none() && !spec.alternate && value != 0 {
            (self.out)(sign(spec, negative))?;
            return (self.out)(digits(value, radix, upper, &mut [0; ROOM]));
        }
        let mut shown = Vec::new();
        push_whole(&mut shown, spec, negative, value, prefix, radix, upper);
        (self.out)(&shown)
    }

    fn padded(&mut self, spec: Spec, text: &[u8]) -> Result<()> {
        if spec.width <= text.len() {
            return (self.out)(text);
        }
        let mut shown = Vec::new();
        push_padded(&mut shown, spec, text, text.len());
        (self.out)(&shown)
    }
}

/// Adds a whole number as `spec` says. `prefix` is what `#` puts in front.
pub fn push_whole(out: &mut Vec<u8>, spec: Spec, negative: bool, value: u64, prefix: &[u8], radix: u64, upper: bool) {
    let mut room = [0; ROOM];
    let digits = digits(value, radix, upper, &mut room);
    let sign = sign(spec, negative);
    let prefix = if spec.alternate && radix == 16 && value != 0 { prefix } else { b"" };
    let mut least = spec.precision.unwrap_or(1);
    if spec.alternate && radix == 8 {
        least = least.max(digits.len().saturating_add(1));
    }
    if spec.zero && spec.precision.is_none() && !spec.left {
        least = least.max(spec.width.saturating_sub(prefix.len().saturating_add(sign.len())));
    }
    lay_out(out, spec, [sign, prefix], least.saturating_sub(digits.len()), digits);
}

/// Adds digits with their sign, padded; with zeros only what is `finite`.
pub fn push_signed(out: &mut Vec<u8>, spec: Spec, negative: bool, digits: &[u8], finite: bool) {
    let sign = sign(spec, negative);
    let zeros = if spec.zero && finite && !spec.left {
        spec.width.saturating_sub(sign.len().saturating_add(digits.len()))
    } else {
        0
    };
    // Zeros stand behind the mark of a hexadecimal number.
    let mark = if let [b'0', b'x' | b'X', ..] = digits { 2 } else { 0 };
    let (mark, digits) = digits.split_at_checked(mark).unwrap_or((b"", digits));
    lay_out(out, spec, [sign, mark], zeros, digits);
}

/// The octal digits of a whole number, and some.
const ROOM: usize = 24;

/// The digits of a number, none for 0, written to the end of `room`.
#[cfg_attr(speed_marks, optimize(speed))]
fn digits(value: u64, radix: u64, upper: bool, room: &mut [u8; ROOM]) -> &[u8] {
    let mut at = room.len();
    let mut left = value;
    for place in room.iter_mut().rev() {
        if left == 0 {
            break;
        }
        // A division by a number that is known is a multiplication.
        let digit = if radix == 10 { left % 10 } else { left % radix } as u8;
        left = if radix == 10 { left / 10 } else { left / radix };
        *place = match digit {
            0..=9 => b'0' + digit,
            _ if upper => b'A' + digit - 10,
            _ => b'a' + digit - 10,
        };
        at = at.saturating_sub(1);
    }
    room.get(at..).unwrap_or_default()
}

/// What stands before a number.
fn sign(spec: Spec, negative: bool) -> &'static [u8] {
    match spec {
        _ if negative => b"-",
        Spec { plus: true, .. } => b"+",
        Spec { space: true, .. } => b" ",
        _ => b"",
    }
}

/// Adds what stands in front, zeros and digits, padded with blanks.
fn lay_out(out: &mut Vec<u8>, spec: Spec, front: [&[u8]; 2], zeros: usize, digits: &[u8]) {
    let [sign, prefix] = front;
    let width = sign.len().saturating_add(prefix.len()).saturating_add(zeros).saturating_add(digits.len());
    let padding = core::iter::repeat_n(b' ', spec.width.saturating_sub(width));
    if !spec.left {
        out.extend(padding.clone());
    }
    out.extend_from_slice(sign);
    out.extend_from_slice(prefix);
    out.extend(core::iter::repeat_n(b'0', zeros));
    out.extend_from_slice(digits);
    if spec.left {
        out.extend(padding);
    }
}

/// Adds a text that is `width` wide, padded with blanks.
pub fn push_padded(out: &mut Vec<u8>, spec: Spec, text: &[u8], width: usize) {
    let padding = core::iter::repeat_n(b' ', spec.width.saturating_sub(width));
    if spec.left {
        out.extend_from_slice(text);
        out.extend(padding);
    } else {
        out.extend(padding);
        out.extend_from_slice(text);
    }
}

/// The decimal number at `from`, and where it ends.
pub fn decimal(text: &[u8], from: usize) -> (usize, usize) {
    let mut value = 0usize;
    let mut at = from;
    while let Some(digit @ b'0'..=b'9') = text.get(at) {
        value = value.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
        at = at.saturating_add(1);
    }
    (value, at)
}

/// The character behind a quote, as a number.
fn character(text: &[u8]) -> u32 {
    let length = match text.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => 1,
    };
    let char = text.get(..length).and_then(|bytes| core::str::from_utf8(bytes).ok()).and_then(|s| s.chars().next());
    char.map_or_else(|| text.first().copied().unwrap_or(0).into(), u32::from)
}

/// A whole number as C's strtol with base 0 reads it, or a quote and a character: the value, how much of the text was used,
/// and whether it fits.
fn integer(text: &[u8]) -> (i64, usize, bool) {
    if let Some((b'"' | b'\'', rest)) = text.split_first() {
        return (i64::from(character(rest)), text.len(), true);
    }
    let start = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let rest = text.get(start..).unwrap_or_default();
    let (negative, sign) = match rest.first() {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    };
    let digits = rest.get(sign..).unwrap_or_default();
    let (radix, skip) = match digits {
        [b'0', b'x' | b'X', next, ..] if next.is_ascii_hexdigit() => (16, 2),
        [b'0', ..] => (8, 0),
        _ => (10, 0),
    };
    let (value, count) = crate::number::digits(digits.get(skip..).unwrap_or_default(), radix);
    if count == 0 {
        return (0, 0, true);
    }
    let used = start.saturating_add(sign).saturating_add(skip).saturating_add(count);
    // %u, %x and %o take the whole unsigned range.
    match value {
        Some(value) if negative => match i64::try_from(value) {
            Ok(value) => (value.wrapping_neg(), used, true),
            Err(_) => (i64::MIN, used, value == i64::MIN.unsigned_abs()),
        },
        Some(value) => (value.cast_signed(), used, true),
        None if negative => (i64::MIN, used, false),
        None => (u64::MAX.cast_signed(), used, false),
    }
}

#[cfg(test)]
mod tests {
    fn print(format: &str, arguments: &[&str]) -> String {
        let arguments: Vec<&[u8]> = arguments.iter().map(|a| a.as_bytes()).collect();
        let mut out = Vec::new();
        let outcome = super::format(format.as_bytes(), &arguments, None, &mut |bytes| {
            out.extend_from_slice(bytes);
            Ok(())
        });
        let errors = outcome.map(|o| o.errors.len()).unwrap_or(99);
        format!("{}|{errors}", String::from_utf8_lossy(&out))
    }

    #[test]
    fn conversions() {
        assert_eq!(print("%d %5d|%-5d|%05d\\n", &["1", "2", "3", "-4"]), "1     2|3    |-0004\n|0");
        assert_eq!(print("%s ", &["a", "b"]), "a b |0");
        assert_eq!(print("%x %X %#x %o %#o", &["255", "255", "255", "8", "8"]), "ff FF 0xff 10 010|0");
        assert_eq!(print("%.3d %+d % d", &["5", "5", "5"]), "005 +5  5|0");
        assert_eq!(print("%c%c", &["ab", "c"]), "ac|0");
        assert_eq!(print("%b|", &["a\\nb\\0101"]), "a\nbA||0");
        assert_eq!(print("%d", &["0x10"]), "16|0");
        assert_eq!(print("%d", &["'A"]), "65|0");
        assert_eq!(print("%d", &["12a"]), "12|1");
        assert_eq!(print("%d", &["abc"]), "0|1");
        assert_eq!(print("%u", &["-1"]), "18446744073709551615|0");
        assert_eq!(print("%*d|%-*d", &["4", "1", "4", "2"]), "   1|2   |0");
        assert_eq!(print("%.2f %e %g", &["1.005", "12345.678", "0.0001"]), "1.00 1.234568e+04 0.0001|0");
        assert_eq!(print("%5.1f|%-8s|%8.2s", &["3.14159", "ab", "xyz"]), "  3.1|ab      |      xy|0");
        assert_eq!(print("a%", &[]), "a|1");
        assert_eq!(print("%%%s\\c more", &["x"]), "%x|0");
        assert_eq!(print("no arguments\\n", &["x"]), "no arguments\n|0");
        assert_eq!(print("%999999999999d", &["x"]), "|1");
    }
}

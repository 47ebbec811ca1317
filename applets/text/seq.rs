//! seq - print numbers from one to another
//! Spec: GNU's. Options: -f, -s, -w. Deviations: decimals are exact, not rounded binary fractions.

use base::applet::{Applet, Dashed, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::number;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "seq",
    exec: Exec::no_fork("writes its output only"),
    summary: "Print the numbers from FIRST (1) to LAST in steps of INCREMENT (1)",
    operands: "LAST\nFIRST LAST\nFIRST INCREMENT LAST",
    options: &[
        Opt::value("f", "format", "FORMAT", Kind::Text, "print with a printf FORMAT (%f, %e, %g)"),
        Opt::value("s", "separator", "STRING", Kind::Text, "STRING between the numbers (default newline)"),
        Opt::flag("w", "equal-width", "pad with leading zeros to the same width"),
    ],
    dashed: Dashed::Number,
    order: base::Order::OptionsFirst,
    run,
    ..Declaration::DEFAULT
});

/// A decimal number: `units` / 10^`places`.
#[derive(Clone, Copy)]
struct Decimal {
    units: i128,
    places: u32,
    /// `-0` counts down to nothing, and is printed with its sign.
    negative: bool,
    /// How long its whole part was written, sign and leading zeros included.
    written: usize,
}

impl Decimal {
    fn parse(text: &[u8]) -> Result<Decimal> {
        let bad = || Error::usage_about("invalid floating point argument:", text);
        let text = text.trim_ascii_start();
        let (negative, mut rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let mut exponent = 0i64;
        if let Some(at) = rest.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            let (mantissa, after) = rest.split_at(at);
            exponent = number::parse_i64(after.get(1..).unwrap_or_default()).map_err(|_| bad())?;
            rest = mantissa;
        }
        let (mut units, mut places, mut digits, mut point) = (0i128, 0i64, 0, false);
        for byte in rest {
            match byte {
                b'0'..=b'9' => {
                    units = units
                        .checked_mul(10)
                        .and_then(|units| units.checked_add(i128::from(byte - b'0')))
                        .ok_or_else(bad)?;
                    digits += 1;
                    places += i64::from(point);
                }
                b'.' if !point => point = true,
                _ => return Err(bad()),
            }
        }
        if digits == 0 {
            return Err(bad());
        }
        places = places.saturating_sub(exponent);
        while places < 0 {
            units = units.checked_mul(10).ok_or_else(bad)?;
            places += 1;
        }
        let places = u32::try_from(places).ok().filter(|places| *places <= 30).ok_or_else(bad)?;
        let written = text.iter().position(|byte| matches!(byte, b'.' | b'e' | b'E')).unwrap_or(text.len());
        let written = written.saturating_sub(usize::from(text.starts_with(b"+")));
        Ok(Decimal { units: if negative { -units } else { units }, places, negative, written })
    }

    /// The same number with more places.
    fn scaled(self, places: u32) -> Result<i128> {
        10i128
            .checked_pow(places.saturating_sub(self.places))
            .and_then(|factor| self.units.checked_mul(factor))
            .ok_or_else(|| Error::message("number too large"))
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut numbers = Vec::new();
    for operand in args.between(1, 3)? {
        numbers.push(Decimal::parse(operand)?);
    }
    let one = Decimal { units: 1, places: 0, negative: false, written: 1 };
    let (first, step, last) = match *numbers.as_slice() {
        [last] => (one, one, last),
        [first, last] => (first, one, last),
        [first, step, last] => (first, step, last),
        _ => return Err(Error::usage("missing operand")),
    };
    // LAST's places decide nothing: `seq 1 2.5` prints integers.
    let shown = first.places.max(step.places);
    let places = shown.max(last.places);
    let (start, step, stop) = (first.scaled(places)?, step.scaled(places)?, last.scaled(places)?);
    let separator = args.text("s").unwrap_or(b"\n");
    // A step of 0 goes on for ever, as BusyBox's and toybox's does.
    let up = step >= 0;
    let cut = 10i128.checked_pow(places.saturating_sub(shown)).unwrap_or(1);
    let mut width = 0;
    if args.has("w") {
        // The width of the first and of the last that is printed, or as they were written.
        let fraction = if shown > 0 { usize::try_from(shown).unwrap_or(0).saturating_add(1) } else { 0 };
        width = first.written.max(last.written).saturating_add(fraction);
        let end = match stop.saturating_sub(start).checked_rem(step) {
            Some(rest) if (stop > start) == up => stop.saturating_sub(rest),
            _ => start,
        };
        for number in [start, end] {
            let mut text = Vec::new();
            push_decimal(&mut text, number / cut, shown, 0, first.negative && number == 0);
            width = width.max(text.len());
        }
    }
    let format = args.text("f").map(check_format).transpose()?;
    let mut number = start;
    let mut any = false;
    let mut text = Vec::new();
    while if up { number <= stop } else { number >= stop } {
        text.clear();
        if any {
            text.extend_from_slice(separator);
        }
        let minus_zero = first.negative && number == 0 && !any;
        match format {
            None => push_decimal(&mut text, number / cut, shown, width, minus_zero),
            Some(format) => {
                let mut decimal = Vec::new();
                push_decimal(&mut decimal, number, places, 0, minus_zero);
                base::printf::format(format, &[&decimal], None, &mut |bytes| {
                    text.extend_from_slice(bytes);
                    Ok(())
                })?;
            }
        }
        cx.stdout.put(&text)?;
        let small = u64::try_from(step / cut).ok().filter(|step| *step < u64::MAX / 2);
        if let (true, None, Some(digits)) = (any && number >= 0, format, small) {
            // What is printed has no sign from here on, and each text is made of the one before.
            let count = stop.saturating_sub(number).checked_div(step);
            return count_up(cx, &mut text, separator.len(), digits, count);
        }
        any = true;
        let Some(next) = number.checked_add(step) else { break };
        number = next;
    }
    if any {
        cx.stdout.byte(b'\n')?;
    }
    Ok(cx.status())
}

/// Prints `count` more numbers, or numbers without end, by adding `step` to the digits of the one in `text`, behind its
/// separator; a point among them stays where it is.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn count_up(cx: &mut Context, text: &mut Vec<u8>, separator: usize, step: u64, count: Option<i128>) -> Result<Status> {
    let mut left = count.map_or(u64::MAX, |count| u64::try_from(count).unwrap_or(u64::MAX));
    while left > 0 {
        left = left.wrapping_sub(u64::from(count.is_some()));
        let mut carry = step;
        for digit in text.get_mut(separator..).unwrap_or_default().iter_mut().rev().filter(|byte| **byte != b'.') {
            let sum = carry.wrapping_add(u64::from(digit.wrapping_sub(b'0')));
            if sum < 10 {
                *digit = (sum as u8).wrapping_add(b'0');
                carry = 0;
                break;
            }
            *digit = ((sum % 10) as u8).wrapping_add(b'0');
            carry = sum / 10;
        }
        while carry > 0 {
            text.insert(separator, ((carry % 10) as u8).wrapping_add(b'0'));
            carry /= 10;
        }
        cx.stdout.put(text)?;
    }
    cx.stdout.byte(b'\n')?;
    Ok(cx.status())
}

/// Checks that a format has one conversion, of a floating point number.
fn check_format(format: &[u8]) -> Result<&[u8]> {
    let error = |what: &str| Error::usage_of("format '%' %", &[format, what.as_bytes()]);
    let mut rest = format;
    let mut found = false;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            continue;
        }
        if let [b'%', after @ ..] = rest {
            rest = after;
            continue;
        }
        if found {
            return Err(error("has too many % directives"));
        }
        found = true;
        // Flags, a width, and a precision: what does not stand in this order is no directive.
        let skip = |rest: &mut &[u8], some: &[u8]| {
            let length = rest.iter().take_while(|byte| some.contains(byte)).count();
            *rest = rest.get(length..).unwrap_or_default();
        };
        skip(&mut rest, b"-+ #0'");
        skip(&mut rest, b"0123456789");
        if let [b'.', after @ ..] = rest {
            rest = after;
            skip(&mut rest, b"0123456789");
        }
        match rest.first() {
            Some(b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G') => {}
            Some(_) => return Err(error("has unknown directive")),
            None => return Err(error("ends in %")),
        }
    }
    if found { Ok(format) } else { Err(error("has no % directive")) }
}

/// `units` / 10^`places`, with zeros in front up to `width` bytes.
fn push_decimal(text: &mut Vec<u8>, units: i128, places: u32, width: usize, minus_zero: bool) {
    let negative = units < 0 || minus_zero;
    let mut digits = Vec::with_capacity(24);
    let places = usize::try_from(places).unwrap_or(0);
    number::push_u128(&mut digits, units.unsigned_abs());
    let whole = digits.len().saturating_sub(places);
    let length = digits.len().max(places.saturating_add(1));
    let total = length.saturating_add(usize::from(places > 0)).saturating_add(usize::from(negative));
    if negative {
        text.push(b'-');
    }
    text.extend(core::iter::repeat_n(b'0', width.saturating_sub(total)));
    if places == 0 {
        text.extend_from_slice(&digits);
        return;
    }
    if whole == 0 {
        text.extend_from_slice(b"0.");
        text.extend(core::iter::repeat_n(b'0', places.saturating_sub(digits.len())));
        text.extend_from_slice(&digits);
    } else {
        let (before, after) = digits.split_at(whole);
        text.extend_from_slice(before);
        text.push(b'.');
        text.extend_from_slice(after);
    }
}

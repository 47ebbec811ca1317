//! strftime, in the POSIX locale with GNU's flags and widths.

use super::civil::Civil;
use super::{Stamp, Zone};
use crate::number::push_radix;

pub(super) const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The widest field a format may ask for: no format makes memory explode.
const MAX_WIDTH: usize = 4096;

/// Appends the time `at` in `zone` as `format` says.
pub fn push_time(out: &mut Vec<u8>, format: &[u8], at: Stamp, zone: &Zone) {
    let local = zone.at(at.sec);
    let civil = Civil::from_seconds(at.sec.saturating_add(i64::from(local.offset)));
    strftime(out, format, &civil, at, local);
}

/// Appends `format` with its `%` fields replaced. Flags `_ - 0 + ^ #`, a width, `E` and `O` modifiers (ignored), the
/// conversions of POSIX and GNU. An unknown conversion is copied as it stands.
pub fn strftime(out: &mut Vec<u8>, format: &[u8], civil: &Civil, at: Stamp, local: super::Local<'_>) {
    let mut rest = format;
    while let Some(at_percent) = memchr::memchr(b'%', rest) {
        let (plain, field) = rest.split_at(at_percent);
        out.extend_from_slice(plain);
        match one(out, field, civil, at, local) {
            Some(used) => rest = field.get(used..).unwrap_or_default(),
            None => {
                out.push(b'%');
                rest = field.get(1..).unwrap_or_default();
            }
        }
    }
    out.extend_from_slice(rest);
}

/// One field, which begins with `%`. Gives its length; `None` when it is none.
#[inline(never)]
fn one(out: &mut Vec<u8>, field: &[u8], civil: &Civil, at: Stamp, local: super::Local<'_>) -> Option<usize> {
    let mut pos = 1;
    let (mut pad, mut upper, mut swap) = (None, false, false);
    loop {
        match field.get(pos)? {
            b'_' => pad = Some(b' '),
            b'-' => pad = Some(b'-'),
            b'0' => pad = Some(b'0'),
            b'+' => pad = Some(b'+'),
            b'^' => upper = true,
            b'#' => swap = true,
            _ => break,
        }
        pos += 1;
    }
    let (value, used) = crate::number::digits(field.get(pos..)?, 10);
    pos += used;
    let width = (used > 0).then(|| value.unwrap_or(u64::MAX).min(MAX_WIDTH as u64) as usize);
    if matches!(field.get(pos)?, b'E' | b'O') && field.get(pos + 1).is_some_and(u8::is_ascii_alphabetic) {
        pos += 1;
    }
    let mut colons = 0;
    while field.get(pos)? == &b':' {
        colons += 1;
        pos += 1;
    }
    let letter = *field.get(pos)?;
    if colons > 0 && letter != b'z' {
        return None;
    }
    let start = out.len();
    let mut number = |value: i64, digits: usize, default: u8| {
        let fill = pad.unwrap_or(default);
        let digits = match (fill, width) {
            (b'-', None) => 0,
            (_, None) => digits,
            (_, Some(w)) => w,
        };
        let fill = if fill == b' ' { b' ' } else { b'0' };
        if value < 0 && fill == b'0' {
            out.push(b'-');
            push_radix(out, value.unsigned_abs(), 10, digits.saturating_sub(1), b'0');
        } else if value < 0 {
            let text_width = crate::number::decimal_width(value.unsigned_abs()) + 1;
            out.resize(out.len() + digits.saturating_sub(text_width), b' ');
            out.push(b'-');
            push_radix(out, value.unsigned_abs(), 10, 0, b'0');
        } else {
            if pad == Some(b'+') && value > 9999 {
                out.push(b'+');
            }
            push_radix(out, value as u64, 10, digits, fill);
        }
    };
    let hour12 = if civil.hour.is_multiple_of(12) { 12 } else { civil.hour % 12 };
    let mut text: Option<&[u8]> = None;
    let mut nested: Option<&[u8]> = None;
    match letter {
        b'Y' => number(civil.year, 4, b'0'),
        b'C' => number(civil.year.div_euclid(100), 2, b'0'),
        b'y' => number(civil.year.rem_euclid(100), 2, b'0'),
        b'G' => number(civil.iso_week().0, 4, b'0'),
        b'g' => number(civil.iso_week().0.rem_euclid(100), 2, b'0'),
        b'm' => number(i64::from(civil.month), 2, b'0'),
        b'd' => number(i64::from(civil.day), 2, b'0'),
        b'e' => number(i64::from(civil.day), 2, b' '),
        b'H' => number(i64::from(civil.hour), 2, b'0'),
        b'I' => number(i64::from(hour12), 2, b'0'),
        b'k' => number(i64::from(civil.hour), 2, b' '),
        b'l' => number(i64::from(hour12), 2, b' '),
        b'M' => number(i64::from(civil.minute), 2, b'0'),
        b'S' => number(i64::from(civil.second), 2, b'0'),
        b'j' => number(i64::from(civil.yearday()) + 1, 3, b'0'),
        b'q' => number(i64::from(civil.month.saturating_sub(1) / 3 + 1), 1, b'0'),
        b'u' => number(i64::from((civil.weekday() + 6) % 7 + 1), 1, b'0'),
        b'w' => number(i64::from(civil.weekday()), 1, b'0'),
        b'U' => number(i64::from((civil.yearday() + 7 - civil.weekday()) / 7), 2, b'0'),
        b'W' => number(i64::from((civil.yearday() + 7 - (civil.weekday() + 6) % 7) / 7), 2, b'0'),
        b'V' => number(i64::from(civil.iso_week().1), 2, b'0'),
        b's' => number(at.sec, 1, b'0'),
        b'N' => {
            // The width counts digits from the left: %3N is milliseconds.
            let mut digits = Vec::with_capacity(9);
            push_radix(&mut digits, u64::from(at.nsec), 10, 9, b'0');
            match width {
                Some(w) if w >= 9 => {
                    out.extend_from_slice(&digits);
                    out.resize(out.len() + w - 9, b'0');
                }
                Some(w) => out.extend_from_slice(digits.get(..w).unwrap_or_default()),
                None if pad == Some(b'-') => {
                    let len = digits.iter().rposition(|&b| b != b'0').map_or(1, |i| i + 1);
                    out.extend_from_slice(digits.get(..len).unwrap_or_default());
                }
                None => out.extend_from_slice(&digits),
            }
        }
        b'a' | b'A' => {
            let name = DAYS.get(civil.weekday() as usize)?.as_bytes();
            text = Some(if letter == b'a' { name.get(..3)? } else { name });
            upper |= swap;
        }
        b'b' | b'h' | b'B' => {
            let name = MONTHS.get(civil.month.checked_sub(1)? as usize)?.as_bytes();
            text = Some(if letter == b'B' { name } else { name.get(..3)? });
            upper |= swap;
        }
        b'p' => {
            text = Some(if civil.hour < 12 {
                if swap { b"am" } else { b"AM" }
            } else if swap {
                b"pm"
            } else {
                b"PM"
            })
        }
        b'P' => text = Some(if civil.hour < 12 { b"am" } else { b"pm" }),
        b'Z' => text = Some(local.name),
        b'z' => push_offset(out, local.offset, colons, pad, width),
        b'n' => text = Some(b"\n"),
        b't' => text = Some(b"\t"),
        b'%' => text = Some(b"%"),
        b'c' => nested = Some(b"%a %b %e %H:%M:%S %Y"),
        b'D' | b'x' => nested = Some(b"%m/%d/%y"),
        b'F' => nested = Some(if pad == Some(b'+') { b"%+4Y-%m-%d" } else { b"%Y-%m-%d" }),
        b'R' => nested = Some(b"%H:%M"),
        b'T' | b'X' => nested = Some(b"%H:%M:%S"),
        b'r' => nested = Some(b"%I:%M:%S %p"),
        b'v' => nested = Some(b"%e-%b-%Y"),
        _ => return None,
    }
    if let Some(text) = text {
        out.extend_from_slice(text);
    } else if let Some(format) = nested {
        strftime(out, format, civil, at, local);
    }
    if text.is_some() || nested.is_some() {
        let len = out.len() - start;
        if let Some(missing) = width.and_then(|w| w.checked_sub(len)).filter(|_| pad != Some(b'-')) {
            let fill = if pad == Some(b'0') { b'0' } else { b' ' };
            crate::bytes::insert(out, start, fill, missing);
        }
        let written = out.get_mut(start..)?;
        if upper {
            written.make_ascii_uppercase();
        } else if swap && letter == b'Z' {
            written.make_ascii_lowercase();
        }
    }
    Some(pos + 1)
}

/// `+hhmm`, `+hh:mm`, `+hh:mm:ss`, or as short as exact (`%:::z`).
#[inline(never)]
fn push_offset(out: &mut Vec<u8>, offset: i32, colons: u32, pad: Option<u8>, width: Option<usize>) {
    let abs = offset.unsigned_abs();
    let (h, m, s) = (u64::from(abs / 3600), u64::from(abs / 60 % 60), u64::from(abs % 60));
    let mut tail = Vec::new();
    let two = |v: &mut Vec<u8>, n| push_radix(v, n, 10, 2, b'0');
    match colons {
        0 => two(&mut tail, m),
        _ => {
            if colons < 3 || m != 0 || s != 0 {
                tail.push(b':');
                two(&mut tail, m);
            }
            if colons == 2 || (colons > 2 && s != 0) {
                tail.push(b':');
                two(&mut tail, s);
            }
        }
    }
    let sign = if offset < 0 { b'-' } else { b'+' };
    let hours = width.map_or(2, |w| w.saturating_sub(tail.len() + 1));
    match pad {
        Some(b' ') | Some(b'-') => {
            let digits = crate::number::decimal_width(h);
            let blanks = if pad == Some(b' ') { hours.max(2).saturating_sub(digits) } else { 0 };
            out.resize(out.len() + blanks, b' ');
            out.push(sign);
            push_radix(out, h, 10, 0, b'0');
        }
        _ => {
            out.push(sign);
            push_radix(out, h, 10, hours.max(2), b'0');
        }
    }
    out.extend_from_slice(&tail);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    fn show(format: &str, sec: i64) -> String {
        let mut v = Vec::new();
        let zone = Zone::load(Some(b"CET-1CEST,M3.5.0,M10.5.0/3"));
        push_time(&mut v, format.as_bytes(), Stamp { sec, nsec: 12_345_678 }, &zone);
        String::from_utf8(v).unwrap()
    }

    #[test]
    fn fields() {
        let t = 1_719_829_805; // Mon 2024-07-01 12:30:05 CEST
        assert_eq!(show("%a %A %b %B %d %e|%j %u %w", t), "Mon Monday Jul July 01  1|183 1 1");
        assert_eq!(show("%F %T %z %:z %::z %:::z %Z", t), "2024-07-01 12:30:05 +0200 +02:00 +02:00:00 +02 CEST");
        assert_eq!(show("%-d %_m %^a %#Z %-H %3N %N %-N", t), "1  7 MON cest 12 012 012345678 012345678");
        assert_eq!(
            show("%10Y|%_10Y|%5d|%-5d|%010a|%10a", t),
            "0000002024|      2024|00001|00001|0000000Mon|       Mon"
        );
        assert_eq!(
            show("%I %l %k %p %P %#p %r %R %D %C %y %G %g %V %U %W", t),
            "12 12 12 PM pm pm 12:30:05 PM 12:30 07/01/24 20 24 2024 24 27 26 27"
        );
        assert_eq!(show("%s %Ey %Od %% %Q %", t), "1719829805 24 01 % %Q %");
        assert_eq!(show("%c|%x|%X|%h|%n%t", t), "Mon Jul  1 12:30:05 2024|07/01/24|12:30:05|Jul|\n\t");
        assert_eq!(show("%F", -62_200_000_000), "-002-12-17");
    }
}

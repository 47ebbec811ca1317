//! strptime: a date read by a format.

use super::Zone;
use super::civil::{Civil, days_from_civil};
use super::format::{DAYS, MONTHS};
use crate::number::{digits, parse_i64};

/// What strptime read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parsed {
    pub civil: Civil,
    /// From `%s`: seconds since the epoch, instead of all else.
    pub epoch: Option<i64>,
    /// From `%z`: seconds east of Greenwich.
    pub offset: Option<i32>,
    /// How many bytes of the text were read.
    pub used: usize,
}

impl Parsed {
    /// The moment meant, by the clock of `zone` where no other was named.
    pub fn seconds(&self, zone: &Zone) -> Option<i64> {
        match (self.epoch, self.offset) {
            (Some(epoch), _) => Some(epoch),
            (None, Some(offset)) => self.civil.seconds()?.checked_sub(i64::from(offset)),
            (None, None) => zone.seconds(&self.civil, None),
        }
    }
}

/// Reads `text` by `format`, as POSIX's strptime; what the format does not name stays as in `base`.
/// `None` where the text does not fit.
#[inline(never)]
pub fn strptime(text: &[u8], format: &[u8], base: Civil) -> Option<Parsed> {
    let mut p = Parsed { civil: base, ..Parsed::default() };
    let mut rest = text;
    let mut hour12: Option<u32> = None;
    let mut pm: Option<bool> = None;
    let mut yearday: Option<u32> = None;
    let mut century: Option<i64> = None;
    let mut short_year: Option<i64> = None;
    read(&mut rest, format, &mut |rest, letter| {
        match letter {
            b'Y' => {
                let negative = rest.first() == Some(&b'-');
                if negative {
                    *rest = rest.get(1..)?;
                }
                let y = i64::from(field(rest, 4, 0, 9999)?);
                p.civil.year = if negative { -y } else { y };
            }
            b'C' => century = Some(i64::from(field(rest, 2, 0, 99)?)),
            b'y' => short_year = Some(i64::from(field(rest, 2, 0, 99)?)),
            b'm' => p.civil.month = field(rest, 2, 1, 12)?,
            b'd' | b'e' => p.civil.day = field(rest, 2, 1, 31)?,
            b'H' | b'k' => p.civil.hour = field(rest, 2, 0, 23)?,
            b'I' | b'l' => hour12 = Some(field(rest, 2, 1, 12)?),
            b'M' => p.civil.minute = field(rest, 2, 0, 59)?,
            b'S' => p.civil.second = field(rest, 2, 0, 60)?,
            b'j' => yearday = Some(field(rest, 3, 1, 366)?),
            b'U' | b'W' | b'V' => _ = field(rest, 2, 0, 53)?,
            b'u' | b'w' => _ = field(rest, 1, 0, 7)?,
            b'p' | b'P' => {
                let (word, after) = rest.split_at_checked(2)?;
                pm = Some(if word.eq_ignore_ascii_case(b"pm") {
                    true
                } else if word.eq_ignore_ascii_case(b"am") {
                    false
                } else {
                    return None;
                });
                *rest = after;
            }
            b'a' | b'A' => _ = name(rest, &DAYS)?,
            b'b' | b'B' | b'h' => p.civil.month = name(rest, &MONTHS)? as u32 + 1,
            b's' => {
                let len = rest.iter().skip(1).take_while(|b| b.is_ascii_digit()).count() + 1;
                let (number, after) = rest.split_at_checked(len)?;
                p.epoch = Some(parse_i64(number).ok()?);
                *rest = after;
            }
            b'z' => p.offset = Some(offset(rest)?),
            b'Z' => {
                let len = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
                let (word, after) = rest.split_at(len);
                p.offset = zone_word(word).or(p.offset);
                *rest = after;
            }
            b'n' | b't' => *rest = rest.trim_ascii_start(),
            b'%' => *rest = rest.strip_prefix(b"%")?,
            _ => return None,
        }
        Some(())
    })?;
    if let Some(y) = short_year {
        p.civil.year = century.map_or(if y < 69 { 2000 } else { 1900 }, |c| c * 100) + y;
    } else if let Some(c) = century {
        p.civil.year = c * 100 + p.civil.year.rem_euclid(100);
    }
    match (hour12, pm) {
        (Some(h), pm) => p.civil.hour = h % 12 + if pm == Some(true) { 12 } else { 0 },
        (None, Some(true)) if p.civil.hour < 12 => p.civil.hour += 12,
        _ => {}
    }
    if let Some(n) = yearday {
        let date = Civil::from_seconds((days_from_civil(p.civil.year, 1, 1)? + i64::from(n) - 1) * 86400);
        (p.civil.month, p.civil.day) = (date.month, date.day);
    }
    p.used = text.len() - rest.len();
    Some(p)
}

/// Walks `format` over `rest`, composite fields replaced by what they stand for.
fn read<'a>(rest: &mut &'a [u8], format: &[u8], one: &mut dyn FnMut(&mut &'a [u8], u8) -> Option<()>) -> Option<()> {
    let mut bytes = format.iter().copied();
    while let Some(b) = bytes.next() {
        if b.is_ascii_whitespace() {
            *rest = rest.trim_ascii_start();
            continue;
        }
        if b != b'%' {
            *rest = rest.strip_prefix(&[b])?;
            continue;
        }
        let mut letter = bytes.next()?;
        while matches!(letter, b'E' | b'O' | b'-' | b'_' | b'0') {
            letter = bytes.next()?;
        }
        let nested: &[u8] = match letter {
            b'T' => b"%H:%M:%S",
            b'R' => b"%H:%M",
            b'r' => b"%I:%M:%S %p",
            b'D' | b'x' => b"%m/%d/%y",
            b'X' => b"%H:%M:%S",
            b'F' => b"%Y-%m-%d",
            b'c' => b"%a %b %e %H:%M:%S %Y",
            _ => {
                if !matches!(letter, b'%' | b'Z') {
                    *rest = rest.trim_ascii_start();
                }
                one(rest, letter)?;
                continue;
            }
        };
        // Composite fields hold none themselves: one level.
        read(rest, nested, one)?;
    }
    Some(())
}

/// A number of at most `max` digits within `low..=high`.
pub(super) fn field(rest: &mut &[u8], max: usize, low: u32, high: u32) -> Option<u32> {
    let head = rest.get(..max).unwrap_or(rest);
    let (value, used) = digits(head, 10);
    if used == 0 {
        return None;
    }
    *rest = rest.get(used..)?;
    value.and_then(|v| u32::try_from(v).ok()).filter(|v| (low..=high).contains(v))
}

/// A name from `list`, whole or its first three letters, in any case. Gives its place.
pub(super) fn name(rest: &mut &[u8], list: &[&str]) -> Option<usize> {
    for (i, full) in list.iter().enumerate() {
        for len in [full.len(), 3] {
            if let Some((word, after)) = rest.split_at_checked(len)
                && word.eq_ignore_ascii_case(full.as_bytes().get(..len)?)
            {
                *rest = after;
                return Some(i);
            }
        }
    }
    None
}

/// `Z`, `+hh`, `+hhmm`, `+hh:mm`, `+hh:mm:ss`.
pub(super) fn offset(rest: &mut &[u8]) -> Option<i32> {
    let sign = match rest.first()? {
        b'Z' | b'z' => {
            *rest = rest.get(1..)?;
            return Some(0);
        }
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    *rest = rest.get(1..)?.trim_ascii_start();
    let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let (h, mut m, mut s) = match count {
        1 | 2 => (field(rest, 2, 0, 24)?, 0, 0),
        3 => {
            let h = field(rest, 1, 0, 9)?;
            (h, field(rest, 2, 0, 59)?, 0)
        }
        4 => {
            let h = field(rest, 2, 0, 24)?;
            (h, field(rest, 2, 0, 59)?, 0)
        }
        _ => return None,
    };
    if count < 3
        && let Some(after) = rest.strip_prefix(b":")
        && after.first().is_some_and(u8::is_ascii_digit)
    {
        *rest = after;
        m = field(rest, 2, 0, 59)?;
        if let Some(after) = rest.strip_prefix(b":") {
            *rest = after;
            s = field(rest, 2, 0, 59)?;
        }
    }
    Some(sign * (h * 3600 + m * 60 + s) as i32)
}

/// The zone abbreviations that are not ambiguous in practice and the letters of military zones, and how many hours they are from UTC.
const ZONES: &str = "Z UTC GMT UT WET BST CET MET WEST CEST MEST EET EEST MSK JST EST CDT EDT CST MDT MST PDT PST \
                     AST ADT AKST AKDT HST A B C D E F G H I K L M N O P Q R S T U V W X Y";
#[rustfmt::skip]
const HOURS: [i8; 52] = [
    0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 9, -5, -5, -4, -6, -6, -7, -7, -8, -4, -3, -9, -8, -10,
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12,
];

/// What such a zone's clock is ahead of UTC, in seconds.
pub(super) fn zone_word(word: &[u8]) -> Option<i32> {
    let place = crate::bytes::place(ZONES, &word.to_ascii_uppercase())?;
    HOURS.get(place).map(|hours| i32::from(*hours) * 3600)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn by_format() {
        let read = |text: &str, format: &str| {
            let p = strptime(
                text.as_bytes(),
                format.as_bytes(),
                Civil { year: 2024, month: 1, day: 1, ..Civil::default() },
            )?;
            (p.used == text.len()).then_some(())?;
            p.seconds(&Zone::utc())
        };
        assert_eq!(read("2024-05-15 10:20:30", "%Y-%m-%d %H:%M:%S"), Some(1_715_768_430));
        assert_eq!(read("May 15 2024 10:20:30 AM", "%b %d %Y %I:%M:%S %p"), Some(1_715_768_430));
        assert_eq!(read("1715768430", "%s"), Some(1_715_768_430));
        assert_eq!(read("15/05/24 10:20:30 +0100", "%d/%m/%y %T %z"), Some(1_715_764_830));
        assert_eq!(read("2024 136", "%Y %j"), Some(1_715_731_200));
        assert_eq!(read("x", "%Y"), None);
        assert_eq!(read("13", "%m"), None);
        assert_eq!(read("2024", "%"), None);
    }
}

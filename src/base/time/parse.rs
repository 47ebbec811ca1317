//! Reading dates: the forms of `date -d` (GNU's and BusyBox's), and the digits of `touch -t`.

use super::civil::{Civil, days_from_civil, days_in_month};
use super::format::{DAYS, MONTHS};
use super::strptime::{field, name, offset, zone_word};
use super::{Stamp, Zone};
use crate::bytes::{place, word};
use crate::number::digits;

/// The text is no date, or one that cannot be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateError;

/// The operand of `touch -t`: `[[CC]YY]MMDDhhmm[.ss]`; the year is `now`'s where none is given.
pub fn parse_touch(text: &[u8], now: i64, zone: &Zone) -> Result<Stamp, DateError> {
    let civil = compact(text, zone.civil(now)).filter(|_| text.iter().take_while(|b| b.is_ascii_digit()).count() >= 8);
    let sec = civil.and_then(|c| zone.seconds(&c, None)).ok_or(DateError)?;
    Ok(Stamp { sec, nsec: 0 })
}

/// `[[[[[CC]YY]MM]DD]hh]mm[.ss]`: digits in pairs, read from the right.
fn compact(text: &[u8], now: Civil) -> Option<Civil> {
    let mut parts = text.splitn(2, |&b| b == b'.');
    let body = parts.next()?;
    let mut c = Civil { second: 0, ..now };
    if let Some(mut seconds) = parts.next() {
        c.second = if seconds.len() == 2 { field(&mut seconds, 2, 0, 60)? } else { return None };
        if !seconds.is_empty() {
            return None;
        }
    }
    if body.len() % 2 != 0 || body.len() > 12 || body.is_empty() || !body.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut pairs = body.rchunks_exact(2).map(|p| digits(p, 10).0.unwrap_or(0) as u32);
    c.minute = pairs.next().filter(|&m| m < 60)?;
    if let Some(h) = pairs.next() {
        c.hour = if h < 24 { h } else { return None };
    }
    if let Some(d) = pairs.next() {
        c.day = d;
    }
    if let Some(m) = pairs.next() {
        c.month = if (1..=12).contains(&m) { m } else { return None };
    }
    if let Some(y) = pairs.next().map(i64::from) {
        c.year = match pairs.next() {
            Some(cc) => i64::from(cc) * 100 + y,
            None if y < 69 => 2000 + y,
            None => 1900 + y,
        };
    }
    if c.day == 0 || c.day > days_in_month(c.year, c.month) { None } else { Some(c) }
}

/// Reads a date's text item by item, and keeps what it has said so far.
struct Reader<'a> {
    rest: &'a [u8],
    today: Civil,
    date: Option<(i64, u32, u32)>,
    /// A date without a year was given: a later number is the year.
    no_year: bool,
    time: Option<(u32, u32, u32, u32)>,
    epoch: Option<Stamp>,
    offset: Option<i32>,
    /// Weekday and which one (0: the next, today too).
    weekday: Option<(u32, i64)>,
    /// Months, days and seconds to add.
    moves: [i64; 3],
    /// The last relative item, so that `ago` can turn it: which of these, and how many.
    last: Option<(usize, i64)>,
}

/// Units of relative items, and for each its place in `moves` and how many of that it is.
const UNITS: &str = "year month fortnight week day hour minute min second sec";
const UNIT_MOVES: [(u8, u16); 10] =
    [(0, 12), (0, 1), (1, 14), (1, 7), (1, 1), (2, 3600), (2, 60), (2, 60), (2, 1), (2, 1)];

/// Words for a number, beginning at -1. `first` is 1 like `next`, and `second` is a unit.
const ORDINALS: &str = "last this next first third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth";

/// Reads the operand of `date -d` or `touch -d`: GNU's forms (`@N[.frac]`, ISO 8601, `hh:mm[:ss[.frac]]` with am/pm and
/// zones, `Jan 2 2024`, `1/2/2024`, weekdays, `2 days ago`, `next month`, `yesterday`, `TZ="…"` in front) and
/// BusyBox's (`MM.DD-hh:mm[:ss]`, `YYYY.MM.DD-hh:mm[:ss]`, `[[[CC]YY]MMDDhhmm[.ss]`). Missing parts come from `now`.
pub fn parse_date(text: &[u8], now: Stamp, zone: &Zone) -> Result<Stamp, DateError> {
    let text = text.trim_ascii();
    if let Some(after) = text.strip_prefix(b"TZ=\"") {
        let end = after.iter().position(|&b| b == b'"').ok_or(DateError)?;
        let (tz, rest) = after.split_at(end);
        let zone = Zone::load(Some(tz));
        return parse_date(rest.get(1..).unwrap_or_default(), now, &zone);
    }
    let today = zone.civil(now.sec);
    if text.iter().take_while(|b| b.is_ascii_digit()).count() >= 8
        && let Some(c) = compact(text, today)
    {
        return zone.seconds(&c, None).map(|sec| Stamp { sec, nsec: 0 }).ok_or(DateError);
    }
    let mut reader = Reader {
        rest: text,
        today,
        date: None,
        no_year: false,
        // Nothing is the beginning of today.
        time: text.is_empty().then_some((0, 0, 0, 0)),
        epoch: None,
        offset: None,
        weekday: None,
        moves: [0; 3],
        last: None,
    };
    reader.items().and_then(|()| reader.resolve(now, zone)).ok_or(DateError)
}

impl<'a> Reader<'a> {
    fn items(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_ascii_start();
            match self.rest.first() {
                None => return Some(()),
                Some(b',') => _ = self.accept(b','),
                Some(b'@') => self.epoch()?,
                Some(b'0'..=b'9') => self.number()?,
                Some(b'+' | b'-') => self.signed()?,
                _ => self.word()?,
            }
        }
    }

    #[inline(never)]
    fn resolve(&self, now: Stamp, zone: &Zone) -> Option<Stamp> {
        let [months, mut days, seconds] = self.moves;
        if let Some(at) = self.epoch {
            let sec = at.sec.checked_add(days.checked_mul(86400)?)?.checked_add(seconds)?;
            return Some(Stamp { sec, ..at });
        }
        // A date named without a zone is one of our zone; `now` in a named zone is that zone's day.
        let mut c = match self.offset {
            Some(offset) => Civil::from_seconds(now.sec.checked_add(i64::from(offset))?),
            None => self.today,
        };
        let mut nsec = now.nsec;
        if let Some((year, month, day)) = self.date {
            if day == 0 || day > days_in_month(year, month) {
                return None;
            }
            (c.year, c.month, c.day) = (year, month, day);
        }
        let unnamed = self.date.is_none() && self.weekday.is_none();
        if let Some(time) = self.time.or((!unnamed).then_some((0, 0, 0, 0))) {
            (c.hour, c.minute, c.second, nsec) = time;
        }
        // A weekday beside a date says nothing new.
        if let Some((day, ordinal)) = self.weekday.filter(|_| self.date.is_none()) {
            let have = c.weekday();
            days += i64::from((day + 7 - have) % 7) + 7 * (ordinal - i64::from(ordinal > 0 && have != day));
        }
        let moved = months != 0 || days != 0;
        if moved {
            let month0 = c.year.checked_mul(12)?.checked_add(i64::from(c.month) - 1)?.checked_add(months)?;
            // The day may lie past the end of the month: it runs over into the next, as with mktime(3).
            let start = days_from_civil(month0.div_euclid(12), month0.rem_euclid(12) as u32 + 1, 1)?;
            let date = start.checked_add(i64::from(c.day) - 1)?.checked_add(days)?;
            let date = Civil::from_seconds(date.checked_mul(86400)?);
            (c.year, c.month, c.day) = (date.year, date.month, date.day);
        }
        let from_now = unnamed && self.time.is_none();
        let base = match self.offset {
            Some(offset) => c.seconds()?.checked_sub(i64::from(offset))?,
            // Only seconds moved: the moment itself is the base, even in the hour that the clock shows twice.
            None if from_now && !moved => now.sec,
            // So many days from now are days of 24 hours, whatever the clock does meanwhile (GNU).
            None if from_now => c.seconds()?.checked_sub(i64::from(zone.at(now.sec).offset))?,
            None => zone.seconds(&c, None)?,
        };
        Some(Stamp { sec: base.checked_add(seconds)?, nsec })
    }

    fn accept(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn field(&mut self, max: usize, low: u32, high: u32) -> Option<u32> {
        field(&mut self.rest, max, low, high)
    }

    /// The digits that are next, if there are any: their value, which must fit, and how many they are.
    fn digits(&mut self) -> Option<(i64, usize)> {
        let (value, used) = digits(self.rest, 10);
        let value = i64::try_from(value?).ok().filter(|_| used > 0)?;
        self.rest = self.rest.get(used..)?;
        Some((value, used))
    }

    /// The letters past blanks, in lower case; and what follows them.
    fn letters(&self, dots: bool) -> (Vec<u8>, &'a [u8]) {
        let text = self.rest.trim_ascii_start();
        let len = text.iter().take_while(|b| b.is_ascii_alphabetic() || dots && **b == b'.').count();
        let (word, after) = text.split_at(len);
        (word.to_ascii_lowercase(), after)
    }

    /// `@seconds[.fraction]`
    fn epoch(&mut self) -> Option<()> {
        self.accept(b'@');
        let negative = self.accept(b'-');
        if !negative {
            self.accept(b'+');
        }
        let (mut sec, _) = self.digits()?;
        let mut nsec = self.fraction();
        if negative {
            sec = -sec;
            if nsec > 0 {
                sec -= 1;
                nsec = 1_000_000_000 - nsec;
            }
        }
        self.epoch = Some(Stamp { sec, nsec });
        Some(())
    }

    /// `.digits` or `,digits` as nanoseconds; nothing is 0.
    fn fraction(&mut self) -> u32 {
        let [b'.' | b',', after @ ..] = self.rest else { return 0 };
        let count = after.iter().take_while(|b| b.is_ascii_digit()).count();
        let (figures, after) = after.split_at(count);
        let mut nsec = 0;
        let mut scale = 100_000_000;
        for b in figures {
            nsec += u32::from(b - b'0') * scale;
            scale /= 10;
        }
        if count > 0 {
            self.rest = after;
        }
        nsec
    }

    /// `:mm[:ss[.frac]]` after an hour, then am/pm or a zone.
    fn clock(&mut self, hour: u32) -> Option<()> {
        self.accept(b':');
        let minute = self.field(2, 0, 59)?;
        let (mut second, mut nsec) = (0, 0);
        if self.accept(b':') {
            second = self.field(2, 0, 60)?;
            nsec = self.fraction();
        }
        let hour = self.meridian(hour)?;
        self.set_time((hour, minute, second, nsec))?;
        if self.offset.is_none() {
            self.more_offset(0);
        }
        Some(())
    }

    /// An offset that is next past blanks, added to `base`; but `10:00 +2 days` is none.
    fn more_offset(&mut self, base: i32) {
        let mut probe = self.rest.trim_ascii_start();
        if matches!(probe.first(), Some(b'+' | b'-'))
            && let Some(more) = offset(&mut probe)
            && !probe.trim_ascii_start().first().is_some_and(u8::is_ascii_alphabetic)
        {
            self.rest = probe;
            self.offset = Some(base + more);
        }
    }

    fn set_time(&mut self, time: (u32, u32, u32, u32)) -> Option<()> {
        let free = self.time.is_none() && time.0 < 24;
        self.time = Some(time);
        free.then_some(())
    }

    fn set_date(&mut self, year: i64, month: u32, day: u32) -> Option<()> {
        let free = self.date.is_none() && (1..=12).contains(&month);
        self.date = Some((year, month, day));
        free.then_some(())
    }

    /// Applies a following `am`/`pm`/`a.m.` to `hour`; `None` when the hour does not fit it.
    fn meridian(&mut self, hour: u32) -> Option<u32> {
        let (letters, after) = self.letters(true);
        let noon = match word(&letters) {
            "am" | "a.m." => 0,
            "pm" | "p.m." => 12,
            _ => return Some(hour),
        };
        self.rest = after;
        (1..=12).contains(&hour).then_some(hour % 12 + noon)
    }

    /// A year.
    fn year(&mut self) -> Option<i64> {
        let (year, used) = self.digits()?;
        Some(full_year(year, used))
    }

    /// The T of ISO 8601 between a date and a time.
    fn iso_t(&mut self) {
        if let [b'T' | b't', tail @ ..] = self.rest
            && tail.first().is_some_and(u8::is_ascii_digit)
        {
            self.rest = tail;
        }
    }

    #[inline(never)]
    fn number(&mut self) -> Option<()> {
        let (value, used) = self.digits()?;
        let small = u32::try_from(value).unwrap_or(u32::MAX);
        let next = self.rest.get(1).copied().unwrap_or(0);
        match self.rest.first() {
            Some(b':') => return self.clock(small),
            Some(b'-') if next.is_ascii_digit() => {
                self.accept(b'-');
                let month = self.field(2, 1, 12)?;
                if !self.accept(b'-') {
                    return None;
                }
                let day = self.field(2, 1, 31)?;
                self.set_date(full_year(value, used), month, day)?;
                self.iso_t();
                return Some(());
            }
            Some(b'-') if next.is_ascii_alphabetic() => {
                let mut probe = self.rest.get(1..)?;
                if let Some(month) = name(&mut probe, &MONTHS) {
                    self.rest = probe;
                    let year = if self.accept(b'-') { self.year()? } else { self.today.year };
                    return self.set_date(year, month as u32 + 1, small);
                }
            }
            Some(b'/') => {
                self.accept(b'/');
                if used >= 4 {
                    let month = self.field(2, 1, 12)?;
                    if !self.accept(b'/') {
                        return None;
                    }
                    let day = self.field(2, 1, 31)?;
                    return self.set_date(full_year(value, used), month, day);
                }
                let day = self.field(2, 1, 31)?;
                self.no_year = !self.accept(b'/');
                let year = if self.no_year { self.today.year } else { self.year()? };
                return self.set_date(year, small, day);
            }
            // BusyBox's `MM.DD-hh:mm[:ss]` and `YYYY.MM.DD-hh:mm[:ss]`.
            Some(b'.') if next.is_ascii_digit() && used <= 4 => {
                self.accept(b'.');
                let second = self.field(2, 1, 31)?;
                let (year, month, day) = match self.accept(b'.') {
                    true => (value, second, self.field(2, 1, 31)?),
                    false => (self.today.year, small, second),
                };
                self.accept(b'-');
                return self.set_date(year, month, day);
            }
            _ => {}
        }
        let mut probe = self.rest.trim_ascii_start();
        if let Some(month) = name(&mut probe, &MONTHS)
            && !probe.first().is_some_and(u8::is_ascii_alphabetic)
            && used <= 2
        {
            self.rest = probe;
            self.no_year = true;
            return self.set_date(self.today.year, month as u32 + 1, small);
        }
        let (letters, tail) = self.letters(true);
        if self.unit(&letters, value)? {
            self.rest = tail;
            return Some(());
        }
        if matches!(word(&letters), "am" | "pm" | "a.m." | "p.m.") {
            let hour = self.meridian(small)?;
            return self.set_time((hour, 0, 0, 0));
        }
        if self.no_year && (used > 2 || self.time.is_some()) {
            self.no_year = false;
            let (_, month, day) = self.date?;
            self.date = Some((full_year(value, used), month, day));
            return Some(());
        }
        match used {
            8 | 6 => {
                self.set_date(full_year(value / 10_000, used - 4), small / 100 % 100, small % 100)?;
                self.iso_t();
                Some(())
            }
            3 | 4 => self.set_time((small / 100, small % 100, 0, 0)).filter(|()| small % 100 < 60),
            1 | 2 => self.set_time((small, 0, 0, 0)),
            _ => None,
        }
    }

    /// `+N` or `-N`: a relative item when a unit follows, else a zone.
    fn signed(&mut self) -> Option<()> {
        let whole = self.rest;
        let negative = self.accept(b'-') || !self.accept(b'+');
        self.rest = self.rest.trim_ascii_start();
        let (value, _) = self.digits()?;
        let (word, tail) = self.letters(false);
        if self.unit(&word, if negative { -value } else { value })? {
            self.rest = tail;
            return Some(());
        }
        if self.offset.is_some_and(|o| o != 0) || (self.time.is_none() && self.date.is_none()) {
            return None;
        }
        self.rest = whole;
        self.offset = Some(offset(&mut self.rest)?);
        Some(())
    }

    /// Adds `count` units named `word` to the relative items. `Some(false)`: no unit; `None`: too many of them.
    fn unit(&mut self, word: &[u8], count: i64) -> Option<bool> {
        let at = place(UNITS, word.strip_suffix(b"s").unwrap_or(word));
        let Some((which, factor)) = at.and_then(|at| UNIT_MOVES.get(at)) else { return Some(false) };
        self.relative(usize::from(*which), count.checked_mul(i64::from(*factor))?)?;
        Some(true)
    }

    fn relative(&mut self, which: usize, count: i64) -> Option<()> {
        let sum = self.moves.get_mut(which)?;
        *sum = sum.checked_add(count)?;
        self.last = Some((which, count));
        Some(())
    }

    #[inline(never)]
    fn word(&mut self) -> Option<()> {
        let (lower, after) = self.letters(false);
        let start = core::mem::replace(&mut self.rest, after);
        match word(&lower) {
            "" => return None,
            "now" | "today" | "at" | "on" | "and" => return Some(()),
            "yesterday" => return self.relative(1, -1),
            "tomorrow" => return self.relative(1, 1),
            "midnight" => return self.set_time((0, 0, 0, 0)),
            "noon" => return self.set_time((12, 0, 0, 0)),
            "ago" => {
                let (which, count) = self.last?;
                self.relative(which, count.checked_mul(-2)?)?;
                self.last = Some((which, 0));
                return Some(());
            }
            "t" if self.date.is_some() && after.first().is_some_and(u8::is_ascii_digit) => return Some(()),
            _ => {}
        }
        if let Some(at) = place(ORDINALS, &lower) {
            let ordinal = if at == 3 { 1 } else { at as i64 - 1 };
            let (next, after) = self.letters(false);
            self.rest = after;
            if let Some(day) = whole_name(&next, &DAYS) {
                self.weekday = Some((day, ordinal));
                return Some(());
            }
            return self.unit(&next, ordinal)?.then_some(());
        }
        if let Some(day) = whole_name(&lower, &DAYS) {
            self.weekday = Some((day, 0));
            self.accept(b'.');
            return Some(());
        }
        if let Some(month) = whole_name(&lower, &MONTHS) {
            return self.month_first(month + 1);
        }
        // A unit alone is one of it: `date -d month`.
        if self.unit(&lower, 1)? {
            return Some(());
        }
        let zone = zone_word(start.get(..lower.len())?)?;
        self.offset = Some(zone);
        // `UTC+2`
        if matches!(self.rest.first(), Some(b'+' | b'-')) && lower != b"z" {
            self.more_offset(zone);
        }
        Some(())
    }

    /// `Jan 2`, `January 2, 2024`, `Jan 2024` is not one; `Jul-4-2024`.
    #[inline(never)]
    fn month_first(&mut self, month: u32) -> Option<()> {
        self.rest = self.rest.trim_ascii_start();
        self.accept(b'.');
        self.rest = self.rest.trim_ascii_start();
        self.accept(b'-');
        let (day, _) = self.digits().filter(|(_, used)| *used <= 2)?;
        self.set_date(self.today.year, month, day as u32)?;
        self.no_year = true;
        let before = self.rest;
        self.rest = self.rest.trim_ascii_start();
        if !self.accept(b',') {
            self.accept(b'-');
        }
        self.rest = self.rest.trim_ascii_start();
        match self.digits() {
            Some((year, 4)) if self.rest.first() != Some(&b':') => {
                self.no_year = false;
                self.date = Some((year, month, day as u32));
            }
            _ => self.rest = before,
        }
        Some(())
    }
}

/// What two digits of a year mean; more are the year itself.
fn full_year(year: i64, digits: usize) -> i64 {
    match year {
        0..69 if digits <= 2 => year + 2000,
        69..100 if digits <= 2 => year + 1900,
        _ => year,
    }
}

/// The place in `list` of a name, whole or its first three or four letters.
fn whole_name(word: &[u8], list: &[&str]) -> Option<u32> {
    let found = list.iter().position(|full| {
        let length = full.len();
        (word.len() == length || word.len() == 3 || word.len() == 4 && length > 4)
            && full.as_bytes().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
    })?;
    Some(found as u32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;
    use crate::time::push_time;

    fn date(text: &str) -> String {
        // Wednesday 2024-05-15 10:20:30 UTC
        let now = Stamp { sec: 1_715_768_430, nsec: 5 };
        match parse_date(text.as_bytes(), now, &Zone::utc()) {
            Ok(at) => {
                let mut v = Vec::new();
                push_time(&mut v, b"%F %T", at, &Zone::utc());
                if at.nsec != 0 && at.nsec != 5 {
                    push_time(&mut v, b".%-N", at, &Zone::utc());
                }
                String::from_utf8(v).unwrap()
            }
            Err(_) => "error".into(),
        }
    }

    #[test]
    fn gnu_forms() {
        for (text, want) in [
            ("@0", "1970-01-01 00:00:00"),
            ("@-1.5", "1969-12-31 23:59:58.5"),
            ("@100 + 1 day", "1970-01-02 00:01:40"),
            ("2024-01-02", "2024-01-02 00:00:00"),
            ("2024-01-02T03:04:05Z", "2024-01-02 03:04:05"),
            ("2024-01-02T03:04:05.25+02:00", "2024-01-02 01:04:05.25"),
            ("2024-01-02 03:04:05 -0530", "2024-01-02 08:34:05"),
            ("2024-01-02 03:04 UTC", "2024-01-02 03:04:00"),
            ("20240102", "2024-01-02 00:00:00"),
            ("20240102 0304", "2024-01-02 03:04:00"),
            ("20240102T030405Z", "error"),
            ("1/2/2024", "2024-01-02 00:00:00"),
            ("1/2", "2024-01-02 00:00:00"),
            ("2024/1/2", "2024-01-02 00:00:00"),
            ("Jan 2 2023", "2023-01-02 00:00:00"),
            ("2 Jan 2023 03:04", "2023-01-02 03:04:00"),
            ("January 2, 2023", "2023-01-02 00:00:00"),
            ("Mon Jan  2 03:04:05 UTC 2023", "2023-01-02 03:04:05"),
            ("Mon, 02 Jan 2023 03:04:05 +0100", "2023-01-02 02:04:05"),
            ("2-Jan-2023", "2023-01-02 00:00:00"),
            ("Jan 2", "2024-01-02 00:00:00"),
            ("10:30", "2024-05-15 10:30:00"),
            ("10:30pm", "2024-05-15 22:30:00"),
            ("3pm", "2024-05-15 15:00:00"),
            ("12 am", "2024-05-15 00:00:00"),
            ("13pm", "error"),
            ("24:00", "error"),
            ("now", "2024-05-15 10:20:30"),
            ("", "2024-05-15 00:00:00"),
            ("sunday 2024-05-15", "2024-05-15 00:00:00"),
            ("today", "2024-05-15 10:20:30"),
            ("yesterday", "2024-05-14 10:20:30"),
            ("tomorrow 12:00", "2024-05-16 12:00:00"),
            ("2 days ago", "2024-05-13 10:20:30"),
            ("-2 days", "2024-05-13 10:20:30"),
            ("1 hour 30 min ago", "2024-05-15 10:50:30"),
            ("next month", "2024-06-15 10:20:30"),
            ("last year", "2023-05-15 10:20:30"),
            ("2024-01-31 +1 month", "2024-03-02 00:00:00"),
            ("monday", "2024-05-20 00:00:00"),
            ("wednesday", "2024-05-15 00:00:00"),
            ("next wednesday", "2024-05-22 00:00:00"),
            ("last monday", "2024-05-13 00:00:00"),
            ("next fri", "2024-05-17 00:00:00"),
            ("10:00 +2 days", "2024-05-17 10:00:00"),
            ("2024-02-30", "error"),
            ("nonsense", "error"),
            ("2024-13-01", "error"),
            ("TZ=\"CET-1\" 2024-01-02 03:04", "2024-01-02 02:04:00"),
            ("99999999999999999999 days", "error"),
            ("9999999999999999 years", "error"),
            ("@9223372036854775807 + 5 days", "error"),
        ] {
            assert_eq!(date(text), want, "{text}");
        }
    }

    #[test]
    fn busybox_forms() {
        for (text, want) in [
            ("1:2", "2024-05-15 01:02:00"),
            ("1:2:3", "2024-05-15 01:02:03"),
            ("1.2-3:4", "2024-01-02 03:04:00"),
            ("1.2-3:4:5", "2024-01-02 03:04:05"),
            ("1999.1.2-3:4:5", "1999-01-02 03:04:05"),
            ("1999-1-2 3:4:5", "1999-01-02 03:04:05"),
            ("01231133", "2024-01-23 11:33:00"),
            ("0001231133", "2000-01-23 11:33:00"),
            ("200001231133.30", "2000-01-23 11:33:30"),
        ] {
            assert_eq!(date(text), want, "{text}");
        }
    }

    #[test]
    fn touch_digits() {
        let t = |s: &str| parse_touch(s.as_bytes(), 1_715_768_430, &Zone::utc()).map(|s| s.sec);
        assert_eq!(t("202405151020.30"), Ok(1_715_768_430));
        assert_eq!(t("2405151020.30"), Ok(1_715_768_430));
        assert_eq!(t("05151020.30"), Ok(1_715_768_430));
        for bad in
            ["", "0515102", "051510", "05321020", "13151020", "05151020.3", "05151020.61", "a5151020", "00202405151020"]
        {
            assert_eq!(t(bad), Err(DateError), "{bad}");
        }
    }
}

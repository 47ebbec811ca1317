//! Reading dates: the forms of `date -d` (GNU's and BusyBox's), and the digits of `touch -t`.

use super::civil::{Civil, days_from_civil, days_in_month};
use super::format::{DAYS, MONTHS};
use super::strptime::{field, name, offset, zone_word};
use super::{Stamp, Zone};
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

/// What a date text has said so far.
#[derive(Default)]
struct State {
    date: Option<(i64, u32, u32)>,
    /// A date without a year was given: a later number is the year.
    no_year: bool,
    time: Option<(u32, u32, u32, u32)>,
    epoch: Option<Stamp>,
    offset: Option<i32>,
    /// Weekday and which one (0: the next, today too).
    weekday: Option<(u32, i64)>,
    relative: bool,
    months: i64,
    days: i64,
    seconds: i64,
    /// The last relative item, so that `ago` can turn it.
    last: (i64, i64, i64),
}

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
    let mut state = State::default();
    if text.is_empty() {
        // Nothing is the beginning of today.
        state.time = Some((0, 0, 0, 0));
    }
    let mut rest = text;
    loop {
        rest = rest.trim_ascii_start();
        let Some(&b) = rest.first() else { break };
        let item = match b {
            b',' => {
                rest = rest.get(1..).unwrap_or_default();
                Some(())
            }
            b'@' => epoch(&mut rest, &mut state),
            b'0'..=b'9' => number(&mut rest, &mut state, &today),
            b'+' | b'-' => signed(&mut rest, &mut state),
            _ if b.is_ascii_alphabetic() => word(&mut rest, &mut state, &today),
            _ => None,
        };
        item.ok_or(DateError)?;
    }
    resolve(&state, now, zone, today).ok_or(DateError)
}

fn resolve(state: &State, now: Stamp, zone: &Zone, today: Civil) -> Option<Stamp> {
    if let Some(at) = state.epoch {
        let sec = at.sec.checked_add(state.days.checked_mul(86400)?)?.checked_add(state.seconds)?;
        return Some(Stamp { sec, ..at });
    }
    // A date named without a zone is one of our zone; `now` in a named zone is that zone's day.
    let today = match state.offset {
        Some(offset) => Civil::from_seconds(now.sec.checked_add(i64::from(offset))?),
        None => today,
    };
    let mut c = today;
    let mut nsec = now.nsec;
    if let Some((year, month, day)) = state.date {
        if day == 0 || day > days_in_month(year, month) {
            return None;
        }
        (c.year, c.month, c.day) = (year, month, day);
    }
    match state.time {
        Some((h, m, s, n)) => (c.hour, c.minute, c.second, nsec) = (h, m, s, n),
        None if state.date.is_some() || state.weekday.is_some() => {
            (c.hour, c.minute, c.second, nsec) = (0, 0, 0, 0);
        }
        None => {}
    }
    let mut days = state.days;
    // A weekday beside a date says nothing new.
    if let Some((day, ordinal)) = state.weekday.filter(|_| state.date.is_none()) {
        let have = c.weekday();
        days += i64::from((day + 7 - have) % 7) + 7 * (ordinal - i64::from(ordinal > 0 && have != day));
    }
    let moved = state.months != 0 || days != 0;
    if moved {
        let month0 = c.year.checked_mul(12)?.checked_add(i64::from(c.month) - 1)?.checked_add(state.months)?;
        // The day may lie past the end of the month: it runs over into the next, as with mktime(3).
        let start = days_from_civil(month0.div_euclid(12), month0.rem_euclid(12) as u32 + 1, 1)?;
        let date = start.checked_add(i64::from(c.day) - 1)?.checked_add(days)?;
        let date = Civil::from_seconds(date.checked_mul(86400)?);
        (c.year, c.month, c.day) = (date.year, date.month, date.day);
    }
    let base = match state.offset {
        Some(offset) => c.seconds()?.checked_sub(i64::from(offset))?,
        // Only seconds moved: the moment itself is the base, even in the hour that the clock shows twice.
        None if !moved && state.date.is_none() && state.time.is_none() && state.weekday.is_none() => now.sec,
        // So many days from now are days of 24 hours, whatever the clock does meanwhile (GNU).
        None if state.date.is_none() && state.time.is_none() && state.weekday.is_none() => {
            c.seconds()?.checked_sub(i64::from(zone.at(now.sec).offset))?
        }
        None => zone.seconds(&c, None)?,
    };
    Some(Stamp { sec: base.checked_add(state.seconds)?, nsec })
}

/// `@seconds[.fraction]`
fn epoch(rest: &mut &[u8], state: &mut State) -> Option<()> {
    let mut body = rest.get(1..)?;
    let negative = body.first() == Some(&b'-');
    if negative || body.first() == Some(&b'+') {
        body = body.get(1..)?;
    }
    let (value, used) = digits(body, 10);
    let mut sec = i64::try_from(value?).ok().filter(|_| used > 0)?;
    body = body.get(used..)?;
    let mut nsec = fraction(&mut body);
    if negative {
        sec = -sec;
        if nsec > 0 {
            sec -= 1;
            nsec = 1_000_000_000 - nsec;
        }
    }
    state.epoch = Some(Stamp { sec, nsec });
    *rest = body;
    Some(())
}

/// `.digits` or `,digits` as nanoseconds; nothing is 0.
fn fraction(rest: &mut &[u8]) -> u32 {
    let [b'.' | b',', after @ ..] = *rest else { return 0 };
    let count = after.iter().take_while(|b| b.is_ascii_digit()).count();
    if count == 0 {
        return 0;
    }
    let mut nsec = 0;
    let mut scale = 100_000_000;
    for b in after.iter().take(count) {
        nsec += u32::from(b - b'0') * scale;
        scale /= 10;
    }
    *rest = after.get(count..).unwrap_or_default();
    nsec
}

/// `:mm[:ss[.frac]]` after an hour, then am/pm or a zone.
fn clock(hour: u32, rest: &mut &[u8], state: &mut State) -> Option<()> {
    *rest = rest.strip_prefix(b":")?;
    let minute = field(rest, 2, 0, 59)?;
    let (mut second, mut nsec) = (0, 0);
    if let Some(after) = rest.strip_prefix(b":") {
        *rest = after;
        second = field(rest, 2, 0, 60)?;
        nsec = fraction(rest);
    }
    let hour = meridian(hour, rest)?;
    set_time(state, (hour, minute, second, nsec))?;
    let after = rest.trim_ascii_start();
    // `10:00 +2 days` is no zone.
    if matches!(after.first(), Some(b'+' | b'-')) && state.offset.is_none() {
        let mut probe = after;
        if let Some(o) = offset(&mut probe)
            && !probe.trim_ascii_start().first().is_some_and(u8::is_ascii_alphabetic)
        {
            state.offset = Some(o);
            *rest = probe;
        }
    }
    Some(())
}

fn set_time(state: &mut State, time: (u32, u32, u32, u32)) -> Option<()> {
    if state.time.is_some() || time.0 > 23 {
        return None;
    }
    state.time = Some(time);
    Some(())
}

/// Applies a following `am`/`pm`/`a.m.` to `hour`; `None` when the hour does not fit it.
fn meridian(hour: u32, rest: &mut &[u8]) -> Option<u32> {
    let after = rest.trim_ascii_start();
    let len = after.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'.').count();
    let (word, after) = after.split_at(len);
    let pm = match word.to_ascii_lowercase().as_slice() {
        b"am" | b"a.m." => false,
        b"pm" | b"p.m." => true,
        _ => return Some(hour),
    };
    *rest = after;
    (1..=12).contains(&hour).then_some(hour % 12 + if pm { 12 } else { 0 })
}

fn full_year(year: u64, digits: usize) -> Option<i64> {
    let year = i64::try_from(year).ok()?;
    Some(match year {
        0..69 if digits <= 2 => year + 2000,
        69..100 if digits <= 2 => year + 1900,
        _ => year,
    })
}

fn set_date(state: &mut State, year: i64, month: u32, day: u32) -> Option<()> {
    if state.date.is_some() {
        return None;
    }
    state.date = Some((year, month, day));
    Some(())
}

fn number(rest: &mut &[u8], state: &mut State, today: &Civil) -> Option<()> {
    let (value, used) = digits(rest, 10);
    let value = value?;
    let small = u32::try_from(value).ok();
    let after = rest.get(used..)?;
    let next = after.get(1).copied().unwrap_or(0);
    match after.first() {
        Some(b':') => {
            *rest = after;
            return clock(small?, rest, state);
        }
        Some(b'-') if next.is_ascii_digit() => {
            *rest = after.get(1..)?;
            let year = full_year(value, used)?;
            let month = field(rest, 2, 1, 12)?;
            *rest = rest.strip_prefix(b"-")?;
            let day = field(rest, 2, 1, 31)?;
            set_date(state, year, month, day)?;
            // The T of ISO 8601; an offset may follow a time only.
            if let [b'T' | b't', tail @ ..] = *rest
                && tail.first().is_some_and(u8::is_ascii_digit)
            {
                *rest = tail;
            }
            return Some(());
        }
        Some(b'-') if next.is_ascii_alphabetic() => {
            let mut probe = after.get(1..)?;
            if let Some(month) = name(&mut probe, &MONTHS) {
                *rest = probe;
                let mut year = today.year;
                if let Some(tail) = rest.strip_prefix(b"-") {
                    let (y, n) = digits(tail, 10);
                    year = full_year(y?, n).filter(|_| n > 0)?;
                    *rest = tail.get(n..)?;
                }
                return set_date(state, year, month as u32 + 1, small?);
            }
        }
        Some(b'/') => {
            *rest = after.get(1..)?;
            if used >= 4 {
                let month = field(rest, 2, 1, 12)?;
                *rest = rest.strip_prefix(b"/")?;
                let day = field(rest, 2, 1, 31)?;
                return set_date(state, full_year(value, used)?, month, day);
            }
            let month = small.filter(|m| (1..=12).contains(m))?;
            let day = field(rest, 2, 1, 31)?;
            let mut year = today.year;
            state.no_year = true;
            if let Some(tail) = rest.strip_prefix(b"/") {
                let (y, n) = digits(tail, 10);
                year = full_year(y?, n).filter(|_| n > 0)?;
                *rest = tail.get(n..)?;
                state.no_year = false;
            }
            return set_date(state, year, month, day);
        }
        Some(b'.') if next.is_ascii_digit() && used <= 4 => return dotted(rest, value, used, state, today),
        _ => {}
    }
    *rest = after;
    let mut probe = after.trim_ascii_start();
    if let Some(month) = name(&mut probe, &MONTHS)
        && !probe.first().is_some_and(u8::is_ascii_alphabetic)
        && used <= 2
    {
        *rest = probe;
        state.no_year = true;
        return set_date(state, today.year, month as u32 + 1, small?);
    }
    let len = probe.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'.').count();
    let (word, tail) = probe.split_at(len);
    if unit(word, i64::try_from(value).ok()?, state)? {
        *rest = tail;
        return Some(());
    }
    if matches!(word.to_ascii_lowercase().as_slice(), b"am" | b"pm" | b"a.m." | b"p.m.") {
        let hour = meridian(small?, rest)?;
        return set_time(state, (hour, 0, 0, 0));
    }
    if state.no_year && (used > 2 || state.time.is_some()) {
        state.no_year = false;
        let (_, month, day) = state.date?;
        state.date = Some((full_year(value, used)?, month, day));
        return Some(());
    }
    match used {
        8 | 6 => {
            let (year, month, day) = ((value / 10_000), (value / 100 % 100) as u32, (value % 100) as u32);
            if !(1..=12).contains(&month) {
                return None;
            }
            set_date(state, full_year(year, used - 4)?, month, day)?;
            if let [b'T' | b't', tail @ ..] = *rest
                && tail.first().is_some_and(u8::is_ascii_digit)
            {
                *rest = tail;
            }
            Some(())
        }
        3 | 4 => set_time(state, ((value / 100) as u32, (value % 100) as u32, 0, 0)).filter(|_| value % 100 < 60),
        1 | 2 => set_time(state, (small?, 0, 0, 0)),
        _ => None,
    }
}

/// BusyBox's `MM.DD-hh:mm[:ss]` and `YYYY.MM.DD-hh:mm[:ss]`.
fn dotted(rest: &mut &[u8], first: u64, used: usize, state: &mut State, today: &Civil) -> Option<()> {
    *rest = rest.get(used + 1..)?;
    let second = field(rest, 2, 1, 31)?;
    let (year, month, day) = match rest.strip_prefix(b".") {
        Some(tail) => {
            *rest = tail;
            (i64::try_from(first).ok()?, second, field(rest, 2, 1, 31)?)
        }
        None => (today.year, u32::try_from(first).ok()?, second),
    };
    if !(1..=12).contains(&month) {
        return None;
    }
    if let Some(tail) = rest.strip_prefix(b"-") {
        *rest = tail;
    }
    set_date(state, year, month, day)
}

/// `+N` or `-N`: a relative item when a unit follows, else a zone.
fn signed(rest: &mut &[u8], state: &mut State) -> Option<()> {
    let negative = rest.first() == Some(&b'-');
    let body = rest.get(1..)?.trim_ascii_start();
    let (value, used) = digits(body, 10);
    let value = i64::try_from(value?).ok().filter(|_| used > 0)?;
    let value = if negative { -value } else { value };
    let after = body.get(used..)?;
    let probe = after.trim_ascii_start();
    let len = probe.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let (word, tail) = probe.split_at(len);
    if len > 0 && unit(word, value, state)? {
        *rest = tail;
        return Some(());
    }
    if state.offset.is_some_and(|o| o != 0) || (state.time.is_none() && state.date.is_none()) {
        return None;
    }
    state.offset = Some(offset(rest)?);
    Some(())
}

/// Adds `count` units named `word` to the relative items. `Some(false)`: no unit; `None`: too many of them.
fn unit(word: &[u8], count: i64, state: &mut State) -> Option<bool> {
    let lower = word.to_ascii_lowercase();
    let (months, days, seconds) = match lower.strip_suffix(b"s").unwrap_or(&lower) {
        b"year" => (12, 0, 0),
        b"month" => (1, 0, 0),
        b"fortnight" => (0, 14, 0),
        b"week" => (0, 7, 0),
        b"day" => (0, 1, 0),
        b"hour" => (0, 0, 3600),
        b"minute" | b"min" => (0, 0, 60),
        b"second" | b"sec" => (0, 0, 1),
        _ => return Some(false),
    };
    relative(state, (count.checked_mul(months)?, count.checked_mul(days)?, count.checked_mul(seconds)?))?;
    Some(true)
}

fn relative(state: &mut State, (months, days, seconds): (i64, i64, i64)) -> Option<()> {
    state.months = state.months.checked_add(months)?;
    state.days = state.days.checked_add(days)?;
    state.seconds = state.seconds.checked_add(seconds)?;
    state.last = (months, days, seconds);
    state.relative = true;
    Some(())
}

fn word(rest: &mut &[u8], state: &mut State, today: &Civil) -> Option<()> {
    let len = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let (text, after) = rest.split_at(len);
    let lower = text.to_ascii_lowercase();
    let ordinal = match lower.as_slice() {
        b"now" | b"today" | b"at" | b"on" | b"and" => {
            *rest = after;
            return Some(());
        }
        b"yesterday" => {
            *rest = after;
            return relative(state, (0, -1, 0));
        }
        b"tomorrow" => {
            *rest = after;
            return relative(state, (0, 1, 0));
        }
        b"midnight" => {
            *rest = after;
            return set_time(state, (0, 0, 0, 0));
        }
        b"noon" => {
            *rest = after;
            return set_time(state, (12, 0, 0, 0));
        }
        b"ago" => {
            *rest = after;
            let (m, d, s) = state.last;
            state.months = state.months.checked_sub(m.checked_mul(2)?)?;
            state.days = state.days.checked_sub(d.checked_mul(2)?)?;
            state.seconds = state.seconds.checked_sub(s.checked_mul(2)?)?;
            state.last = (0, 0, 0);
            return state.relative.then_some(());
        }
        b"last" => Some(-1),
        b"this" => Some(0),
        b"next" | b"first" => Some(1),
        b"third" => Some(3),
        b"fourth" => Some(4),
        b"fifth" => Some(5),
        b"sixth" => Some(6),
        b"seventh" => Some(7),
        b"eighth" => Some(8),
        b"ninth" => Some(9),
        b"tenth" => Some(10),
        b"eleventh" => Some(11),
        b"twelfth" => Some(12),
        _ => None,
    };
    if let Some(ordinal) = ordinal {
        *rest = after.trim_ascii_start();
        if let Some(day) = whole_name(rest, &DAYS) {
            state.weekday = Some((day as u32, ordinal));
            return Some(());
        }
        let len = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (text, after) = rest.split_at(len);
        *rest = after;
        return unit(text, ordinal, state)?.then_some(());
    }
    if let Some(day) = whole_name(rest, &DAYS) {
        state.weekday = Some((day as u32, 0));
        *rest = rest.strip_prefix(b".").unwrap_or(rest);
        return Some(());
    }
    if let Some(month) = whole_name(rest, &MONTHS) {
        return month_first(rest, state, today, month as u32 + 1);
    }
    // A unit alone is one of it: `date -d month`.
    if unit(text, 1, state)? {
        *rest = after;
        return Some(());
    }
    if lower == b"t" && state.date.is_some() && after.first().is_some_and(u8::is_ascii_digit) {
        *rest = after;
        return Some(());
    }
    let zone = zone_word(text)?;
    *rest = after;
    state.offset = Some(zone);
    // `UTC+2`
    if matches!(rest.first(), Some(b'+' | b'-')) && !text.eq_ignore_ascii_case(b"z") {
        let mut probe = *rest;
        if let Some(more) = offset(&mut probe)
            && !probe.trim_ascii_start().first().is_some_and(u8::is_ascii_alphabetic)
        {
            *rest = probe;
            state.offset = Some(zone + more);
        }
    }
    Some(())
}

/// A name of `list` (or its first three or four letters) that ends where the word ends.
fn whole_name(rest: &mut &[u8], list: &[&str]) -> Option<usize> {
    let len = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let (word, after) = rest.split_at(len);
    let found = list.iter().position(|full| {
        let full = full.as_bytes();
        let short = word.len() == 3 || word.len() == 4 && full.len() > 4;
        word.len() == full.len() && word.eq_ignore_ascii_case(full)
            || short && full.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
    })?;
    *rest = after;
    Some(found)
}

/// `Jan 2`, `January 2, 2024`, `Jan 2024` is not one; `Jul-4-2024`.
fn month_first(rest: &mut &[u8], state: &mut State, today: &Civil, month: u32) -> Option<()> {
    *rest = rest.trim_ascii_start();
    *rest = rest.strip_prefix(b".").unwrap_or(rest).trim_ascii_start();
    *rest = rest.strip_prefix(b"-").unwrap_or(rest);
    let (value, used) = digits(rest, 10);
    if used == 0 || used > 2 {
        return None;
    }
    let day = u32::try_from(value?).ok()?;
    *rest = rest.get(used..)?;
    set_date(state, today.year, month, day)?;
    state.no_year = true;
    let mut probe = rest.trim_ascii_start();
    probe = probe.strip_prefix(b",").or(probe.strip_prefix(b"-")).unwrap_or(probe).trim_ascii_start();
    let (year, used) = digits(probe, 10);
    if used == 4 && !matches!(probe.get(4), Some(b':')) {
        state.no_year = false;
        state.date = Some((full_year(year?, used)?, month, day));
        *rest = probe.get(used..)?;
    }
    Some(())
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

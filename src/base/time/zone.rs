//! Time zones: `TZ` as POSIX writes rules, and the files of /usr/share/zoneinfo (TZif, RFC 8536).

use super::civil::{Civil, days_from_civil, days_in_month, is_leap, weekday};

/// Where zone files are looked for.
const FOLDERS: [&[u8]; 3] = [b"/usr/share/zoneinfo/", b"/share/zoneinfo/", b"/etc/zoneinfo/"];
/// The largest zone files are a few KiB; a link to a device or a huge file is not one.
const LIMIT: usize = 1 << 20;

/// What a clock in a zone does at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local<'a> {
    /// Seconds east of Greenwich.
    pub offset: i32,
    /// Whether it is summer time.
    pub dst: bool,
    /// The abbreviation: `UTC`, `CEST`.
    pub name: &'a [u8],
}

#[derive(Clone, Debug)]
struct Kind {
    offset: i32,
    dst: bool,
    name: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    /// `Jn`: 1 to 365, February 29th never counted.
    Julian(u32),
    /// `n`: 0 to 365.
    Plain(u32),
    /// `Mm.w.d`.
    Month(u32, u32, u32),
}

#[derive(Clone, Copy, Debug)]
struct Change {
    day: Day,
    /// Seconds after (or before) midnight by the clock that ends.
    time: i32,
}

#[derive(Clone, Debug)]
struct Rule {
    standard: Kind,
    summer: Option<(Kind, Change, Change)>,
}

/// A time zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// When the clock changes, and to which of `kinds`; ascending.
    changes: Vec<(i64, u8)>,
    kinds: Vec<Kind>,
    /// What holds after the last change, or always.
    rule: Option<Rule>,
}

impl Zone {
    /// Universal time.
    pub fn utc() -> Zone {
        Zone::fixed(0, b"UTC")
    }

    /// A zone that is always `offset` seconds east of Greenwich.
    pub fn fixed(offset: i32, name: &[u8]) -> Zone {
        Zone { changes: Vec::new(), kinds: vec![Kind { offset, dst: false, name: name.to_vec() }], rule: None }
    }

    /// The zone that the value of `TZ` says: unset means /etc/localtime, empty UTC; a file name (absolute, or under
    /// the zoneinfo folder, `:` before it optional) or a POSIX rule. What cannot be understood is UTC.
    pub fn load(tz: Option<&[u8]>) -> Zone {
        let Some(tz) = tz else {
            return from_file(b"/etc/localtime").unwrap_or_else(Zone::utc);
        };
        let name = tz.strip_prefix(b":").unwrap_or(tz);
        if name.is_empty() {
            return Zone::utc();
        }
        if name.len() == tz.len()
            && let Some(rule) = parse_rule(tz)
        {
            return Zone { changes: Vec::new(), kinds: Vec::new(), rule: Some(rule) };
        }
        if name.first() == Some(&b'/') {
            return from_file(name).unwrap_or_else(Zone::utc);
        }
        // A name that climbs out of the folder is no zone.
        if name.split(|&b| b == b'/').any(|part| part == b"..") {
            return Zone::utc();
        }
        FOLDERS.iter().find_map(|folder| from_file(&[folder, name].concat())).unwrap_or_else(Zone::utc)
    }

    /// What the clock does at `seconds` since the epoch.
    pub fn at(&self, seconds: i64) -> Local<'_> {
        let next = self.changes.partition_point(|&(when, _)| when <= seconds);
        if let Some(rule) = &self.rule
            && next == self.changes.len()
        {
            return rule.at(seconds);
        }
        let kind = match next.checked_sub(1).and_then(|i| self.changes.get(i)) {
            Some(&(_, kind)) => self.kinds.get(usize::from(kind)),
            // Before the first change: the first kind that is not summer time.
            None => self.kinds.iter().find(|k| !k.dst).or(self.kinds.first()),
        };
        kind.map_or(Local { offset: 0, dst: false, name: b"UTC" }, Kind::local)
    }

    /// The wall clock at `seconds` since the epoch.
    pub fn civil(&self, seconds: i64) -> Civil {
        Civil::from_seconds(seconds.saturating_add(i64::from(self.at(seconds).offset)))
    }

    /// The moment when the wall clock shows `civil`: the earlier one where the clock shows it twice unless `dst` says
    /// which; a time that is skipped is read by the clock before the change. `None` when out of range.
    pub fn seconds(&self, civil: &Civil, dst: Option<bool>) -> Option<i64> {
        let wall = civil.seconds()?;
        let mut best = None;
        // The offsets in force around that day are all that can apply.
        for probe in [wall.checked_sub(86400)?, wall, wall.checked_add(86400)?] {
            let offset = i64::from(self.at(probe).offset);
            let t = wall.checked_sub(offset)?;
            let local = self.at(t);
            if i64::from(local.offset) == offset && dst.is_none_or(|d| d == local.dst) {
                return Some(t);
            }
            if i64::from(local.offset) == offset {
                best = Some(t);
            }
        }
        match best {
            Some(t) => Some(t),
            None => wall.checked_sub(i64::from(self.at(wall.checked_sub(86400)?).offset)),
        }
    }
}

impl Kind {
    fn local(&self) -> Local<'_> {
        Local { offset: self.offset, dst: self.dst, name: &self.name }
    }
}

impl Rule {
    fn at(&self, seconds: i64) -> Local<'_> {
        let Some((summer, start, end)) = &self.summer else { return self.standard.local() };
        let year = Civil::from_seconds(seconds.saturating_add(i64::from(self.standard.offset))).year;
        let from = start.when(year, self.standard.offset);
        let to = end.when(year, summer.offset);
        let is_summer = if from < to { seconds >= from && seconds < to } else { !(seconds >= to && seconds < from) };
        if is_summer { summer.local() } else { self.standard.local() }
    }
}

impl Change {
    /// The moment in `year`, by a clock `offset` east.
    fn when(self, year: i64, offset: i32) -> i64 {
        let days = match self.day {
            Day::Julian(n) => {
                let leap = is_leap(year) && n >= 60;
                days_from_civil(year, 1, 1).unwrap_or(0) + i64::from(n) - 1 + i64::from(leap)
            }
            Day::Plain(n) => days_from_civil(year, 1, 1).unwrap_or(0) + i64::from(n),
            Day::Month(month, week, day) => {
                let first = weekday(year, month, 1);
                let mut date = 1 + (day + 7 - first) % 7 + (week - 1) * 7;
                while date > days_in_month(year, month) {
                    date -= 7;
                }
                days_from_civil(year, month, date).unwrap_or(0)
            }
        };
        days.saturating_mul(86400).saturating_add(i64::from(self.time)).saturating_sub(i64::from(offset))
    }
}

/// A POSIX rule: `CET-1CEST,M3.5.0,M10.5.0/3`, `<+03>-3`, `UTC0`.
fn parse_rule(text: &[u8]) -> Option<Rule> {
    let mut rest = text;
    let name = rule_name(&mut rest)?;
    let offset = -rule_time(&mut rest, 24)?;
    let standard = Kind { offset, dst: false, name };
    if rest.is_empty() {
        return Some(Rule { standard, summer: None });
    }
    let name = rule_name(&mut rest)?;
    let mut offset = standard.offset + 3600;
    if rest.first().is_some_and(|&b| b != b',') {
        offset = -rule_time(&mut rest, 24)?;
    }
    let summer = Kind { offset, dst: true, name };
    let (start, end);
    if rest.is_empty() {
        // The United States' rule is what other systems take here.
        start = Change { day: Day::Month(3, 2, 0), time: 7200 };
        end = Change { day: Day::Month(11, 1, 0), time: 7200 };
    } else {
        start = rule_change(&mut rest)?;
        end = rule_change(&mut rest)?;
        if !rest.is_empty() {
            return None;
        }
    }
    Some(Rule { standard, summer: Some((summer, start, end)) })
}

fn rule_name(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let (len, skip) = match rest.strip_prefix(b"<") {
        Some(inner) => {
            let len = inner.iter().position(|&b| b == b'>')?;
            *rest = inner;
            (len, 1)
        }
        None => (rest.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rest.len()), 0),
    };
    let (name, after) = rest.split_at_checked(len)?;
    *rest = after.get(skip..)?;
    (name.len() >= 3 && name.len() < 64).then(|| name.to_vec())
}

/// `[+-]hh[:mm[:ss]]` in seconds.
fn rule_time(rest: &mut &[u8], hours: u32) -> Option<i32> {
    let mut sign = 1;
    if let [b @ (b'+' | b'-'), after @ ..] = *rest {
        sign = if *b == b'-' { -1 } else { 1 };
        *rest = after;
    }
    let mut total = rule_number(rest, 0, hours)? * 3600;
    for unit in [60, 1] {
        let Some(after) = rest.strip_prefix(b":") else { break };
        *rest = after;
        total += rule_number(rest, 0, 59)? * unit;
    }
    Some(sign * total as i32)
}

fn rule_number(rest: &mut &[u8], low: u32, high: u32) -> Option<u32> {
    let (value, used) = crate::number::digits(rest, 10);
    if used == 0 {
        return None;
    }
    *rest = rest.get(used..)?;
    value.and_then(|v| u32::try_from(v).ok()).filter(|v| (low..=high).contains(v))
}

fn rule_change(rest: &mut &[u8]) -> Option<Change> {
    *rest = rest.strip_prefix(b",")?;
    let day = match rest.first()? {
        b'M' => {
            *rest = rest.get(1..)?;
            let month = rule_number(rest, 1, 12)?;
            *rest = rest.strip_prefix(b".")?;
            let week = rule_number(rest, 1, 5)?;
            *rest = rest.strip_prefix(b".")?;
            Day::Month(month, week, rule_number(rest, 0, 6)?)
        }
        b'J' => {
            *rest = rest.get(1..)?;
            Day::Julian(rule_number(rest, 1, 365)?)
        }
        _ => Day::Plain(rule_number(rest, 0, 365)?),
    };
    let mut time = 7200;
    if let Some(after) = rest.strip_prefix(b"/") {
        *rest = after;
        time = rule_time(rest, 167)?;
    }
    Some(Change { day, time })
}

fn from_file(path: &[u8]) -> Option<Zone> {
    parse_file(&crate::slurp::read(path, LIMIT).ok()?)
}

struct Header {
    counts: [usize; 6],
    version: u8,
}

fn header(data: &[u8]) -> Option<(Header, &[u8])> {
    let rest = data.strip_prefix(b"TZif")?;
    let version = *rest.first()?;
    let (words, body) = rest.get(16..)?.split_at_checked(24)?;
    let mut counts = [0; 6];
    for (slot, word) in counts.iter_mut().zip(words.chunks_exact(4)) {
        *slot = usize::try_from(u32::from_be_bytes(word.try_into().ok()?)).ok().filter(|&n| n <= LIMIT)?;
    }
    Some((Header { counts, version }, body))
}

#[inline(never)]
fn parse_file(data: &[u8]) -> Option<Zone> {
    let (mut head, mut body) = header(data)?;
    let mut width = 4;
    if head.version >= b'2' {
        // The first block is for 32-bit readers: skipped.
        let [isut, isstd, leap, time, kind, chars] = head.counts;
        let skip = time * 5 + kind * 6 + chars + leap * 8 + isstd + isut;
        (head, body) = header(body.get(skip..)?)?;
        width = 8;
    }
    let [isut, isstd, leap, time, kind, chars] = head.counts;
    let (times, rest) = body.split_at_checked(time * width)?;
    let (indexes, rest) = rest.split_at_checked(time)?;
    let (kinds, rest) = rest.split_at_checked(kind * 6)?;
    let (names, rest) = rest.split_at_checked(chars)?;
    let mut zone = Zone { changes: Vec::with_capacity(time), kinds: Vec::with_capacity(kind), rule: None };
    for (when, &index) in times.chunks_exact(width).zip(indexes) {
        let when = match <[u8; 8]>::try_from(when) {
            Ok(eight) => i64::from_be_bytes(eight),
            Err(_) => i64::from(i32::from_be_bytes(when.try_into().ok()?)),
        };
        if usize::from(index) >= kind {
            return None;
        }
        zone.changes.push((when, index));
    }
    for k in kinds.chunks_exact(6) {
        let (offset, rest) = k.split_at_checked(4)?;
        let name = names.get(usize::from(*rest.get(1)?)..)?;
        let name = name.split(|&b| b == 0).next().unwrap_or_default().to_vec();
        let offset = i32::from_be_bytes(offset.try_into().ok()?);
        if offset.unsigned_abs() > 26 * 3600 {
            return None;
        }
        zone.kinds.push(Kind { offset, dst: rest.first() == Some(&1), name });
    }
    if width == 8 {
        let footer = rest.get(leap * 12 + isstd + isut..)?;
        let footer = footer.strip_prefix(b"\n").unwrap_or_default();
        zone.rule = parse_rule(footer.split(|&b| b == b'\n').next().unwrap_or_default());
    }
    if zone.kinds.is_empty() && zone.rule.is_none() { None } else { Some(zone) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    fn name(zone: &Zone, t: i64) -> String {
        let l = zone.at(t);
        format!("{}{:+}", String::from_utf8_lossy(l.name), l.offset / 60)
    }

    #[test]
    fn rules() {
        let z = Zone::load(Some(b"CET-1CEST,M3.5.0,M10.5.0/3"));
        assert_eq!(name(&z, 1_711_846_799), "CET+60");
        assert_eq!(name(&z, 1_711_846_800), "CEST+120");
        assert_eq!(name(&z, 1_729_990_799), "CEST+120");
        assert_eq!(name(&z, 1_729_990_800), "CET+60");
        let z = Zone::load(Some(b"<+0330>-3:30"));
        assert_eq!(name(&z, 0), "+0330+210");
        // The southern half of the world: summer over the new year.
        let z = Zone::load(Some(b"AEST-10AEDT,M10.1.0,M4.1.0/3"));
        assert_eq!(name(&z, 1_704_067_200), "AEDT+660");
        assert_eq!(name(&z, 1_719_792_000), "AEST+600");
        assert_eq!(name(&Zone::load(Some(b"EST5EDT")), 1_719_792_000), "EDT-240");
        assert_eq!(name(&Zone::load(Some(b"nonsense/../..")), 0), "UTC+0");
        assert_eq!(name(&Zone::load(Some(b"")), 0), "UTC+0");
    }

    #[test]
    fn wall_to_moment() {
        let z = Zone::load(Some(b"CET-1CEST,M3.5.0,M10.5.0/3"));
        let c = |month, day, hour| Civil { year: 2024, month, day, hour, minute: 30, second: 0 };
        assert_eq!(z.seconds(&c(7, 1, 12), None), Some(1_719_829_800));
        // Shown twice: the earlier, unless told.
        assert_eq!(z.seconds(&c(10, 27, 2), None), Some(1_729_989_000));
        assert_eq!(z.seconds(&c(10, 27, 2), Some(false)), Some(1_729_992_600));
        // Skipped.
        assert_eq!(z.seconds(&c(3, 31, 2), None), Some(1_711_848_600));
    }

    #[test]
    fn files() {
        if let Some(z) = from_file(b"/usr/share/zoneinfo/Europe/Berlin") {
            assert_eq!(name(&z, 1_719_792_000), "CEST+120");
            assert_eq!(name(&z, 4_102_444_800), "CET+60");
            assert_eq!(name(&z, -800_000_000), "CEST+120");
        }
        assert!(parse_file(b"TZif2").is_none());
        let mut lying = b"TZif2".to_vec();
        lying.extend([0xff; 60]);
        assert!(parse_file(&lying).is_none());
    }
}

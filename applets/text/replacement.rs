//! What a match is replaced by in sed, ed and vi: text, groups, and changes of case.

use base::pattern::{Pattern, character_length, set};

/// A replacement, taken apart.
#[derive(Default)]
pub struct Replacement {
    parts: Vec<Part>,
    /// The greatest number of a group in it.
    pub groups: usize,
}

/// A part of a replacement.
enum Part {
    Text(Vec<u8>),
    /// A group; 0 is the whole match.
    Group(usize),
    /// What becomes of the letters that follow: `U`, `L`, `E`; `u` and `l` are for the next one only.
    Case(u8),
}

/// How the three programs differ.
pub struct Notation {
    /// The letters behind a backslash that change the case, of `U L E u l`; `e` is `E`.
    pub cases: &'static [u8],
    /// The byte that what follows a backslash stands for, and its length; None is the next byte as it is.
    pub escape: fn(&[u8]) -> Option<(u8, usize)>,
}

impl Replacement {
    /// Takes apart what stands between the delimiters: `&`, `\0` to `\9`, and what `notation` knows.
    pub fn parse(text: &[u8], notation: &Notation) -> Replacement {
        let mut new = Replacement::default();
        let mut plain = Vec::new();
        let mut rest = text;
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            let part = match (first, after.first()) {
                (b'&', _) => Part::Group(0),
                (b'\\', Some(escaped)) => {
                    let part = if escaped.is_ascii_digit() {
                        Part::Group(usize::from(escaped.wrapping_sub(b'0')))
                    } else if notation.cases.contains(escaped) {
                        Part::Case(*escaped)
                    } else {
                        let (byte, length) = (notation.escape)(after).unwrap_or((*escaped, 1));
                        plain.push(byte);
                        rest = after.get(length..).unwrap_or_default();
                        continue;
                    };
                    rest = after.get(1..).unwrap_or_default();
                    part
                }
                _ => {
                    plain.push(*first);
                    continue;
                }
            };
            if let Part::Group(group) = part {
                new.groups = new.groups.max(group);
            }
            if !plain.is_empty() {
                new.parts.push(Part::Text(core::mem::take(&mut plain)));
            }
            new.parts.push(part);
        }
        if !plain.is_empty() {
            new.parts.push(Part::Text(plain));
        }
        new
    }

    /// Appends what becomes of the match `whole` in `line`; `slots` has its groups (see [`Pattern::captures_at`]).
    pub fn push(&self, line: &[u8], whole: (usize, usize), slots: &[usize], out: &mut Vec<u8>, utf8: bool) {
        let (mut mode, mut once) = (b'E', None);
        for part in &self.parts {
            let text = match part {
                Part::Text(text) => text.as_slice(),
                Part::Group(0) => line.get(whole.0..whole.1).unwrap_or_default(),
                Part::Group(group) => {
                    let at = group.wrapping_mul(2);
                    let start = slots.get(at).copied().unwrap_or(usize::MAX);
                    let end = slots.get(at.wrapping_add(1)).copied().unwrap_or(usize::MAX);
                    line.get(start..end).unwrap_or_default()
                }
                Part::Case(case @ (b'u' | b'l')) => {
                    once = Some(*case);
                    continue;
                }
                Part::Case(case) => {
                    (mode, once) = (*case, None);
                    continue;
                }
            };
            if matches!(mode, b'U' | b'L') || once.is_some() {
                push_cased(text, mode, &mut once, out, utf8);
            } else {
                out.extend_from_slice(text);
            }
        }
    }

    /// Replaces matches of `pattern` in `line`, from the match number `first` (from 1) on: that one, or `all` that follow too.
    /// The result is left in `out`; gives whether anything was replaced.
    pub fn apply(
        &self,
        pattern: &Pattern,
        line: &[u8],
        (first, all): (u64, bool),
        out: &mut Vec<u8>,
        slots: &mut Vec<usize>,
        utf8: bool,
    ) -> bool {
        out.clear();
        let mut count = 0u64;
        let mut copied = 0;
        let mut matches = Matches::default();
        let mut replaced = false;
        while let Some((start, end)) = matches.next(pattern, line, self.groups > 0, slots, utf8) {
            count = count.wrapping_add(1);
            if count >= first {
                out.extend_from_slice(line.get(copied..start).unwrap_or_default());
                self.push(line, (start, end), slots, out, utf8);
                copied = end;
                replaced = true;
                if !all {
                    break;
                }
            }
        }
        if replaced {
            out.extend_from_slice(line.get(copied..).unwrap_or_default());
        }
        replaced
    }
}

/// The matches in a line, one after another: an empty one directly behind another is none.
#[derive(Default)]
pub struct Matches {
    at: usize,
    last_end: Option<usize>,
}

impl Matches {
    /// The next match; `slots` gets its groups where they are `wanted`.
    pub fn next(
        &mut self,
        pattern: &Pattern,
        line: &[u8],
        wanted: bool,
        slots: &mut Vec<usize>,
        utf8: bool,
    ) -> Option<(usize, usize)> {
        loop {
            let (start, end) = if !wanted {
                pattern.find_at(line, self.at)?
            } else if pattern.captures_at(line, self.at, slots) {
                slots.first().copied().zip(slots.get(1).copied())?
            } else {
                return None;
            };
            let counts = start < end || self.last_end != Some(start);
            self.at = end;
            if start == end {
                // Behind the end of the line there is nothing more to find.
                let length = character_length(line.get(end..).unwrap_or_default(), utf8).max(1);
                self.at = end + length;
            }
            if counts {
                self.last_end = Some(end);
                return Some((start, end));
            }
        }
    }
}

fn push_cased(text: &[u8], mode: u8, once: &mut Option<u8>, out: &mut Vec<u8>, utf8: bool) {
    let mut rest = text;
    while let Some((member, length)) = set::decode(rest) {
        let (bytes, after) = rest.split_at_checked(if utf8 { length } else { 1 }).unwrap_or((rest, &[]));
        rest = after;
        let upper = match once.take().unwrap_or(mode) {
            b'U' | b'u' => true,
            b'L' | b'l' => false,
            _ => {
                out.extend_from_slice(bytes);
                continue;
            }
        };
        match char::from_u32(member).filter(|_| utf8 || bytes.is_ascii()) {
            Some(letter) if bytes.is_ascii() => {
                out.push(if upper { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() } as u8);
            }
            Some(letter) => {
                let other = if upper { single(&mut letter.to_uppercase()) } else { single(&mut letter.to_lowercase()) };
                let mut buffer = [0; 4];
                out.extend_from_slice(other.unwrap_or(letter).encode_utf8(&mut buffer).as_bytes());
            }
            None => out.extend_from_slice(bytes),
        }
    }
}

/// The one letter that this is, if it is one.
fn single(letters: &mut dyn Iterator<Item = char>) -> Option<char> {
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Some(letter),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;
    use base::pattern::{Options, Syntax};

    const ALL: Notation = Notation { cases: b"ULEule", escape: |rest| rest.starts_with(b"r").then_some((b'\n', 1)) };

    fn made(replacement: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Replacement::parse(replacement, &ALL).push(b"x one two", (2, 9), &[2, 9, 2, 5, 6, 9], &mut out, true);
        out
    }

    #[test]
    fn replacements() {
        assert_eq!(made(b"[&]"), b"[one two]");
        assert_eq!(made(b"\\2 \\1"), b"two one");
        assert_eq!(made(b"\\u\\1 \\U\\2\\E \\&"), b"One TWO &");
        assert_eq!(made(b"a\\rb"), b"a\nb");
        assert_eq!(made(b"\\9\\"), b"\\");
    }

    #[test]
    fn matches() {
        let applied = |pattern: &[u8], replacement: &[u8], line: &[u8], which: (u64, bool)| {
            let options = Options { utf8: true, ..Options::default() };
            let pattern = Pattern::new(pattern, Syntax::Basic, &options).unwrap();
            let mut out = Vec::new();
            Replacement::parse(replacement, &ALL).apply(&pattern, line, which, &mut out, &mut Vec::new(), true);
            out
        };
        assert_eq!(applied(b"x*", b"-", b"abxc", (1, true)), b"-a-b-c-");
        assert_eq!(applied(b"x*", b"-", b"", (1, true)), b"-");
        assert_eq!(applied(b"a", b"[&]", b"aaa", (2, false)), b"a[a]a");
        assert_eq!(applied(b"b*$", b"-", b"ab", (1, true)), b"a-");
    }
}

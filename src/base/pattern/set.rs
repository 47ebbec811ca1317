//! Sets of characters: what a bracket expression, a class or a dot may match.
//!
//! A member is a code point, or [`RAW`] plus a byte for a byte that is no part of valid UTF-8. In the C locale every member is
//! a byte, 0 to 255.

use super::unicode::ALPHANUMERIC;

/// Where the members begin that stand for single bytes in text that is otherwise UTF-8.
pub const RAW: u32 = 0x11_0000;

/// The last code point.
pub const LAST: u32 = 0x10_FFFF;

/// A set of characters, as ranges with both ends in. Sorted and merged once [`Set::normalise`] has run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    /// The ranges.
    pub ranges: Vec<(u32, u32)>,
}

impl Set {
    /// Adds a range.
    pub fn push(&mut self, low: u32, high: u32) {
        self.ranges.push((low, high));
    }

    /// Sorts the ranges and joins those that touch.
    pub fn normalise(&mut self) {
        crate::order::sort(&mut self.ranges, &mut Ord::cmp);
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(self.ranges.len());
        for &(low, high) in &self.ranges {
            match merged.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) && (low < RAW) == (last.0 < RAW) => {
                    last.1 = last.1.max(high);
                }
                _ => merged.push((low, high)),
            }
        }
        self.ranges = merged;
    }

    /// Every character up to `last` that is not in the (normalised) set. Single bytes are in no complement.
    pub fn negate(&mut self, last: u32) {
        let mut from = 0;
        let mut rest = Vec::with_capacity(self.ranges.len() + 1);
        for &(low, high) in self.ranges.iter().filter(|range| range.0 <= last) {
            if low > from {
                rest.push((from, low - 1));
            }
            from = high.saturating_add(1);
        }
        if from <= last {
            rest.push((from, last));
        }
        self.ranges = rest;
    }

    /// Takes one character out of the (normalised) set.
    pub fn remove(&mut self, member: u32) {
        let mut rest = Vec::with_capacity(self.ranges.len() + 1);
        for &(low, high) in &self.ranges {
            if member < low || member > high {
                rest.push((low, high));
                continue;
            }
            if low < member {
                rest.push((low, member - 1));
            }
            if member < high {
                rest.push((member + 1, high));
            }
        }
        self.ranges = rest;
    }

    /// Whether the (normalised) set has this member.
    pub fn contains(&self, member: u32) -> bool {
        let after = self.ranges.partition_point(|range| range.0 <= member);
        after > 0 && self.ranges.get(after - 1).is_some_and(|range| member <= range.1)
    }

    /// Adds the other case of every member.
    pub fn fold(&mut self, utf8: bool) {
        let mut more = Vec::new();
        for &(low, high) in &self.ranges {
            // A range of thousands of characters has both cases in it already, as far as anyone can tell.
            let high = if high - low > 4096 { high.min(127) } else { high.min(LAST) };
            for member in low..=high {
                cases(member, utf8, &mut |other| more.push((other, other)));
            }
        }
        self.ranges.append(&mut more);
        self.normalise();
    }

    /// Adds the class of this name; false if there is no such class.
    pub fn push_class(&mut self, name: &[u8], utf8: bool) -> bool {
        let name = crate::bytes::word(name);
        let ascii: &[(u8, u8)] = match name {
            "alpha" => &[(b'A', b'Z'), (b'a', b'z')],
            "digit" => &[(b'0', b'9')],
            "alnum" => &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')],
            "upper" => &[(b'A', b'Z')],
            "lower" => &[(b'a', b'z')],
            "space" => &[(b'\t', b'\r'), (b' ', b' ')],
            "blank" => &[(b'\t', b'\t'), (b' ', b' ')],
            "punct" => &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')],
            "print" => &[(b' ', b'~')],
            "graph" => &[(b'!', b'~')],
            "cntrl" => &[(0, 31), (127, 127)],
            "xdigit" => &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')],
            _ => return false,
        };
        self.ranges.extend(ascii.iter().map(|range| (u32::from(range.0), u32::from(range.1))));
        if utf8 {
            match name {
                "alpha" | "alnum" => each_alphanumeric(&mut |low, high| self.push(low, high)),
                "upper" => self.push_cased(&|letter| letter.is_uppercase()),
                "lower" => self.push_cased(&|letter| letter.is_lowercase()),
                "space" => self.ranges.extend_from_slice(SPACES),
                "blank" => self.ranges.extend_from_slice(BLANKS),
                "cntrl" => self.ranges.extend_from_slice(&[(0x80, 0x9F), (0x2028, 0x2029)]),
                "print" => self.ranges.extend_from_slice(PRINTED),
                "graph" => self.push_without(PRINTED, &|set| set.ranges.extend_from_slice(SPACES)),
                "punct" => self.push_without(PRINTED, &|set| {
                    set.ranges.extend_from_slice(SPACES);
                    each_alphanumeric(&mut |low, high| set.push(low, high));
                }),
                _ => {}
            }
        }
        true
    }

    /// Adds the characters of `\w`: letters, digits, the underscore.
    pub fn push_word(&mut self, utf8: bool) {
        self.push_class(b"alnum", utf8);
        self.push(u32::from(b'_'), u32::from(b'_'));
    }

    fn push_cased(&mut self, is: &dyn Fn(char) -> bool) {
        for &(low, high) in CASED {
            for letter in (low..=high).filter_map(char::from_u32) {
                if is(letter) {
                    self.push(u32::from(letter), u32::from(letter));
                }
            }
        }
    }

    /// Adds what of `all` is not in the set that `fill` makes.
    fn push_without(&mut self, all: &[(u32, u32)], fill: &dyn Fn(&mut Set)) {
        let mut set = Set::default();
        fill(&mut set);
        let mut outside = Set { ranges: all.to_vec() };
        outside.negate(LAST);
        set.ranges.append(&mut outside.ranges);
        set.normalise();
        set.negate(LAST);
        self.ranges.append(&mut set.ranges);
    }
}

/// White space beyond ASCII, without the spaces that do not break.
const SPACES: &[(u32, u32)] =
    &[(0x1680, 0x1680), (0x2000, 0x2006), (0x2008, 0x200A), (0x2028, 0x2029), (0x205F, 0x205F), (0x3000, 0x3000)];

const BLANKS: &[(u32, u32)] =
    &[(0x1680, 0x1680), (0x2000, 0x2006), (0x2008, 0x200A), (0x205F, 0x205F), (0x3000, 0x3000)];

const PRINTED: &[(u32, u32)] = &[(0xA0, 0x2027), (0x202A, 0xD7FF), (0xE000, LAST)];

/// The blocks in which all characters with case are.
const CASED: &[(u32, u32)] = &[
    (0x80, 0x5FF),
    (0x10A0, 0x10FF),
    (0x13A0, 0x13FF),
    (0x1C80, 0x1CBF),
    (0x1D00, 0x1FFF),
    (0x2071, 0x218F),
    (0x24B0, 0x24EF),
    (0x2C00, 0x2DFF),
    (0xA640, 0xA7FF),
    (0xAB30, 0xABBF),
    (0xFB00, 0xFB1F),
    (0xFF20, 0xFF5F),
    (0x10400, 0x105FF),
    (0x10780, 0x107BF),
    (0x10C80, 0x10D9F),
    (0x118A0, 0x118DF),
    (0x16E40, 0x16EDF),
    (0x1D400, 0x1D7FF),
    (0x1DF00, 0x1DF2F),
    (0x1E030, 0x1E06F),
    (0x1E900, 0x1E94F),
    (0x1F130, 0x1F18F),
];

/// Calls `run` with each range of letters and digits beyond ASCII.
fn each_alphanumeric(run: &mut dyn FnMut(u32, u32)) {
    let mut bytes = ALPHANUMERIC.iter();
    let mut number = || {
        let mut value = 0u32;
        let mut shift = 0;
        for byte in bytes.by_ref() {
            value |= u32::from(byte & 127) << shift;
            if byte & 128 == 0 {
                return Some(value);
            }
            shift += 7;
        }
        None
    };
    let mut at = 0x80;
    while let (Some(skip), Some(count)) = (number(), number()) {
        let low = at + skip;
        at = low + count;
        run(low, at - 1);
    }
}

/// Whether a character is a constituent of words.
pub fn is_word(member: u32) -> bool {
    match u8::try_from(member) {
        Ok(byte) if byte < 128 => byte.is_ascii_alphanumeric() || byte == b'_',
        _ => char::from_u32(member).is_some_and(char::is_alphanumeric),
    }
}

/// Calls `run` with each other character that differs from `member` in case only.
pub fn cases(member: u32, utf8: bool, run: &mut dyn FnMut(u32)) {
    if let Ok(byte) = u8::try_from(member)
        && byte.is_ascii()
    {
        if byte.is_ascii_alphabetic() {
            run(member ^ 32);
            match byte | 32 {
                b'k' if utf8 => run(0x212A),
                b's' if utf8 => run(0x17F),
                _ => {}
            }
        }
        return;
    }
    if !utf8 {
        return;
    }
    let Some(letter) = char::from_u32(member) else { return };
    let single = |mut letters: &mut dyn Iterator<Item = char>| match ((&mut letters).next(), letters.next()) {
        (Some(letter), None) => u32::from(letter),
        _ => member,
    };
    let lower = single(&mut letter.to_lowercase());
    let upper = single(&mut letter.to_uppercase());
    for other in [lower, upper] {
        if other != member {
            run(other);
        }
    }
    // Letters with three forms.
    for family in [
        &[0x3C3, 0x3C2, 0x3A3][..],
        &[0xE5, 0xC5, 0x212B],
        &[0xB5, 0x3BC, 0x39C],
        &[0x73, 0x53, 0x17F],
        &[0x6B, 0x4B, 0x212A],
        &[0x3C9, 0x3A9, 0x2126],
        &[0xDF, 0x1E9E],
    ] {
        if family.contains(&member) {
            family.iter().filter(|other| **other != member).for_each(|other| run(*other));
        }
    }
}

/// The character at the beginning of `bytes` and its length; a byte that begins no valid UTF-8 is a member of its own.
pub fn decode(bytes: &[u8]) -> Option<(u32, usize)> {
    let first = *bytes.first()?;
    if first < 128 {
        return Some((u32::from(first), 1));
    }
    let length = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return Some((RAW + u32::from(first), 1)),
    };
    match bytes.get(..length).and_then(|bytes| core::str::from_utf8(bytes).ok()).and_then(|text| text.chars().next()) {
        Some(letter) => Some((u32::from(letter), length)),
        None => Some((RAW + u32::from(first), 1)),
    }
}

/// The character that ends at the end of `bytes`, and its length.
pub fn decode_last(bytes: &[u8]) -> Option<(u32, usize)> {
    let last = *bytes.last()?;
    if last < 128 {
        return Some((u32::from(last), 1));
    }
    for length in 2..=4 {
        if let Some(tail) = bytes.len().checked_sub(length).and_then(|start| bytes.get(start..))
            && let Some((member, size)) = decode(tail)
            && size == length
        {
            return Some((member, length));
        }
    }
    Some((RAW + u32::from(last), 1))
}

/// Whether `at` is within a character of valid UTF-8, where nothing begins.
pub fn is_within(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80)
        && (1..=3).any(|back| {
            let lead = at.checked_sub(back).and_then(|start| text.get(start..));
            lead.is_some_and(|tail| {
                tail.first().is_some_and(|byte| *byte >= 0xC0) && decode(tail).is_some_and(|(_, length)| length > back)
            })
        })
}

/// Adds the bytes that stand for `member`.
pub fn encode(member: u32, utf8: bool, bytes: &mut Vec<u8>) {
    match char::from_u32(member) {
        Some(letter) if utf8 => bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        _ => bytes.push((member & 255) as u8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_letters_is_that_of_core() {
        let mut set = Set::default();
        each_alphanumeric(&mut |low, high| set.push(low, high));
        for member in 0x80..=LAST {
            let is = char::from_u32(member).is_some_and(char::is_alphanumeric);
            assert_eq!(set.contains(member), is, "{member:x}");
        }
    }

    #[test]
    fn blocks_with_case_are_complete() {
        let is_in = |member: u32| CASED.iter().any(|range| range.0 <= member && member <= range.1);
        for letter in '\u{80}'..=char::MAX {
            if letter.is_uppercase() || letter.is_lowercase() {
                let odd = matches!(u32::from(letter), 0x10FC | 0x2071..=0x209C);
                assert!(is_in(u32::from(letter)) || odd, "{:x}", u32::from(letter));
            }
        }
    }

    #[test]
    fn complement_and_membership() {
        let mut set = Set { ranges: vec![(b'b'.into(), b'c'.into()), (b'c'.into(), b'd'.into()), (0, 5)] };
        set.normalise();
        assert_eq!(set.ranges, [(0, 5), (98, 100)]);
        set.negate(255);
        assert_eq!(set.ranges, [(6, 97), (101, 255)]);
        set.remove(10);
        assert!(!set.contains(10) && set.contains(11) && set.contains(9) && !set.contains(98));
    }
}

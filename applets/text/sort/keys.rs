//! Keys: where they are in a line, and how two are compared.

use base::error::{Error, Result};
use base::{float, number, order};
use core::cmp::Ordering;

/// How a key is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Text,
    Numeric,
    General,
    Human,
    Month,
    Random,
    Version,
}

/// The letters behind a key, or the options that hold for all keys without letters of their own.
#[derive(Clone, Copy, Default)]
pub struct Modifiers {
    pub blanks_start: bool,
    pub blanks_end: bool,
    pub dictionary: bool,
    pub fold: bool,
    pub printable: bool,
    pub reverse: bool,
    numeric: bool,
    general: bool,
    human: bool,
    month: bool,
    random: bool,
    version: bool,
}

impl Modifiers {
    /// Takes in a letter; false where it is none. `b` concerns the start of a key, the end, or both.
    pub fn add(&mut self, letter: u8, start: bool, end: bool) -> bool {
        match letter {
            b'b' => {
                self.blanks_start |= start;
                self.blanks_end |= end;
            }
            b'd' => self.dictionary = true,
            b'f' => self.fold = true,
            b'g' => self.general = true,
            b'h' => self.human = true,
            b'i' => self.printable = true,
            b'M' => self.month = true,
            b'n' => self.numeric = true,
            b'R' => self.random = true,
            b'r' => self.reverse = true,
            b'V' => self.version = true,
            _ => return false,
        }
        true
    }

    fn is_default(&self) -> bool {
        let Modifiers { blanks_start, blanks_end, dictionary, fold, printable, reverse, .. } = *self;
        !(blanks_start || blanks_end || dictionary || fold || printable || reverse) && self.manner() == Manner::Text
    }

    pub fn manner(&self) -> Manner {
        match self {
            Modifiers { numeric: true, .. } => Manner::Numeric,
            Modifiers { general: true, .. } => Manner::General,
            Modifiers { human: true, .. } => Manner::Human,
            Modifiers { month: true, .. } => Manner::Month,
            Modifiers { random: true, .. } => Manner::Random,
            Modifiers { version: true, .. } => Manner::Version,
            _ => Manner::Text,
        }
    }

    /// Two letters that contradict each other.
    pub fn conflict(&self) -> Option<Vec<u8>> {
        let all = [
            (self.general, b'g'),
            (self.human, b'h'),
            (self.month, b'M'),
            (self.numeric, b'n'),
            (self.random, b'R'),
            (self.version, b'V'),
        ];
        let mut letters = Vec::new();
        for (on, letter) in all {
            if on {
                letters.push(letter);
            }
        }
        let text = self.dictionary || self.printable;
        if letters.len() == 1 && text && !self.random && !self.version {
            letters.insert(0, if self.dictionary { b'd' } else { b'i' });
        }
        (letters.len() > 1).then_some(letters)
    }
}

/// A place in a line: a field and a character of it.
#[derive(Clone, Copy)]
struct Place {
    field: usize,
    /// From 1; 0 at the end of a key is the last of the field.
    character: usize,
}

/// One key of -k.
#[derive(Clone)]
pub struct Key {
    start: Place,
    end: Option<Place>,
    pub modifiers: Modifiers,
}

impl Key {
    /// The whole line.
    pub fn whole(modifiers: &Modifiers) -> Key {
        Key { start: Place { field: 1, character: 1 }, end: None, modifiers: *modifiers }
    }

    /// Reads `F[.C][OPTS][,F[.C][OPTS]]`. A key without letters takes those that hold for all.
    pub fn parse(text: &[u8], global: &Modifiers) -> Result<Key> {
        let bad = |what: &str| Error::usage_of("%: invalid field specification '%'", &[what.as_bytes(), text]);
        let mut modifiers = Modifiers::default();
        let (first, second) = match memchr::memchr(b',', text).and_then(|at| text.split_at_checked(at)) {
            Some((first, second)) => (first, second.get(1..)),
            None => (text, None),
        };
        let mut place = |part: &[u8], is_start: bool| -> Result<Place> {
            let (field, used) = number::digits(part, 10);
            if used == 0 {
                return Err(bad("invalid number at field start"));
            }
            let mut rest = part.get(used..).unwrap_or_default();
            // A number that does not fit is behind every field.
            let field = field.and_then(|field| usize::try_from(field).ok()).unwrap_or(usize::MAX);
            if field == 0 {
                return Err(bad("field number is zero"));
            }
            let mut character = usize::from(is_start);
            if let Some(after) = rest.strip_prefix(b".") {
                let (offset, used) = number::digits(after, 10);
                if used == 0 {
                    return Err(bad("invalid number after '.'"));
                }
                character = offset.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(usize::MAX);
                if character == 0 && is_start {
                    return Err(bad("character offset is zero"));
                }
                rest = after.get(used..).unwrap_or_default();
            }
            for letter in rest {
                if !modifiers.add(*letter, is_start, !is_start) {
                    return Err(bad("stray character in field spec"));
                }
            }
            Ok(Place { field, character })
        };
        let start = place(first, true)?;
        let end = second.map(|part| place(part, false)).transpose()?;
        if modifiers.is_default() {
            modifiers = *global;
        }
        Ok(Key { start, end, modifiers })
    }
}

/// How lines compare.
pub struct Comparison {
    pub(super) keys: Vec<Key>,
    separator: Option<u8>,
    /// -r without a key decides the last resort too.
    reverse: bool,
    pub(super) stable: bool,
    /// The whole line as text: nothing has to be looked for.
    pub(super) plain: bool,
    seed: u64,
}

impl Comparison {
    pub fn new(keys: Vec<Key>, separator: Option<u8>, reverse: bool, stable: bool, bare: bool) -> Result<Comparison> {
        let mut seed = [0u8; 8];
        if keys.iter().any(|key| key.modifiers.manner() == Manner::Random) {
            rustix::rand::getrandom(&mut seed, rustix::rand::GetRandomFlags::empty())?;
        }
        let plain = bare
            && keys.iter().all(|key| {
                let Modifiers { blanks_start, dictionary, fold, printable, .. } = key.modifiers;
                !(blanks_start || dictionary || fold || printable) && key.modifiers.manner() == Manner::Text
            });
        Ok(Comparison { keys, separator, reverse, stable, plain, seed: u64::from_ne_bytes(seed) })
    }

    /// Whether lines compare by their bytes alone, and whether in reverse.
    pub fn is_plain(&self) -> Option<bool> {
        self.plain.then_some(self.reverse)
    }

    /// The part of `line` that the first key takes.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn first_key<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        match self.keys.first() {
            Some(key) if !self.plain => self.find(key, line),
            _ => line,
        }
    }

    /// A number that orders as the first key does, as far as it goes: equal numbers say nothing.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn prefix(&self, key: &[u8]) -> u64 {
        let Some(modifiers) = self.keys.first().map(|key| key.modifiers) else { return 0 };
        let number = match modifiers.manner() {
            Manner::Text => {
                if modifiers.dictionary || modifiers.printable || modifiers.fold {
                    let mut bytes = [0u8; 8];
                    for (slot, byte) in bytes.iter_mut().zip(counted(key, &modifiers)) {
                        *slot = byte;
                    }
                    u64::from_be_bytes(bytes)
                } else {
                    base::order::lead(key)
                }
            }
            Manner::Numeric => numeric_prefix(key),
            Manner::General => general_rank(key).1,
            _ => 0,
        };
        if modifiers.reverse { !number } else { number }
    }

    /// The part of `line` that `key` takes.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn find<'l>(&self, key: &Key, line: &'l [u8]) -> &'l [u8] {
        let start = self.place(line, key.start.field.saturating_sub(1), key.modifiers.blanks_start);
        let start = start.saturating_add(key.start.character.saturating_sub(1)).min(line.len());
        let end = match key.end {
            None => line.len(),
            Some(place) if place.character == 0 => self.field_end(line, place.field),
            Some(place) => {
                let from = self.place(line, place.field.saturating_sub(1), key.modifiers.blanks_end);
                from.saturating_add(place.character).min(line.len())
            }
        };
        line.get(start..end.max(start)).unwrap_or_default()
    }

    /// Where a field begins, `skip` fields on. Without a separator the blanks before a field belong to it.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn place(&self, line: &[u8], skip: usize, pass_blanks: bool) -> usize {
        let mut at = match self.separator {
            Some(_) if skip == 0 => 0,
            Some(separator) => {
                memchr::memchr_iter(separator, line).nth(skip.saturating_sub(1)).map_or(line.len(), |at| at + 1)
            }
            None => {
                let mut at = 0;
                for _ in 0..skip {
                    if at >= line.len() {
                        break;
                    }
                    at = end_of_word(line, at);
                }
                at
            }
        };
        if pass_blanks {
            let rest = line.get(at..).unwrap_or_default();
            at += rest.iter().take_while(|byte| is_blank(**byte)).count();
        }
        at
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn field_end(&self, line: &[u8], field: usize) -> usize {
        match self.separator {
            Some(separator) => memchr::memchr_iter(separator, line).nth(field.saturating_sub(1)).unwrap_or(line.len()),
            None => {
                let mut at = 0;
                for _ in 0..field {
                    if at >= line.len() {
                        break;
                    }
                    at = end_of_word(line, at);
                }
                at
            }
        }
    }

    /// Compares two lines of which the first keys are known.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn compare_with_keys(&self, a: &[u8], a_key: &[u8], b: &[u8], b_key: &[u8]) -> Ordering {
        if self.plain {
            let order = a.cmp(b);
            return if self.reverse { order.reverse() } else { order };
        }
        let mut keys = self.keys.iter();
        if let Some(first) = keys.next() {
            let order = self.by_key(&first.modifiers, a_key, b_key);
            if order != Ordering::Equal {
                return order;
            }
        }
        for key in keys {
            let order = self.by_key(&key.modifiers, self.find(key, a), self.find(key, b));
            if order != Ordering::Equal {
                return order;
            }
        }
        if self.stable {
            return Ordering::Equal;
        }
        let order = a.cmp(b);
        if self.reverse { order.reverse() } else { order }
    }

    /// Compares two lines. With -s or -u, equal keys are enough.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn compare(&self, a: &[u8], b: &[u8]) -> Ordering {
        self.compare_with_keys(a, self.first_key(a), b, self.first_key(b))
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn by_key(&self, modifiers: &Modifiers, a: &[u8], b: &[u8]) -> Ordering {
        let order = match modifiers.manner() {
            Manner::Text if modifiers.dictionary || modifiers.printable || modifiers.fold => {
                counted(a, modifiers).cmp(counted(b, modifiers))
            }
            Manner::Text => a.cmp(b),
            Manner::Numeric => numeric(a, b),
            Manner::General => {
                let (a, b) = (general_rank(a), general_rank(b));
                a.cmp(&b)
            }
            Manner::Human => {
                let rank = |text| {
                    let parts = Number::parse(text);
                    let suffix = text.get(parts.length..).and_then(<[u8]>::first).copied().unwrap_or(0);
                    let power =
                        b"KMGTPEZYRQ".iter().position(|letter| suffix == *letter || suffix == b'k' && *letter == b'K');
                    let power = power.map_or(0, |power| i64::try_from(power).unwrap_or(0).saturating_add(1));
                    if parts.is_zero() {
                        0
                    } else if parts.negative {
                        -power.saturating_add(1)
                    } else {
                        power.saturating_add(1)
                    }
                };
                rank(a).cmp(&rank(b)).then_with(|| numeric(a, b))
            }
            Manner::Month => month(a).cmp(&month(b)),
            Manner::Random | Manner::Version if modifiers.dictionary || modifiers.printable || modifiers.fold => {
                let plain =
                    Modifiers { dictionary: false, printable: false, fold: false, reverse: false, ..*modifiers };
                self.by_key(&plain, &all_counted(a, modifiers), &all_counted(b, modifiers))
            }
            Manner::Random => self.hash(a).cmp(&self.hash(b)).then_with(|| a.cmp(b)),
            Manner::Version => order::versions(a, b),
        };
        if modifiers.reverse { order.reverse() } else { order }
    }

    /// A seeded hash (FNV-1a with a final mix): the same for equal keys, different from run to run.
    fn hash(&self, key: &[u8]) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ self.seed;
        for byte in key {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash ^= hash >> 29;
        hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9 ^ self.seed);
        hash ^ (hash >> 32)
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

/// Behind the blanks and the word that begin at `at`.
#[cfg_attr(speed_marks, optimize(speed))]
fn end_of_word(line: &[u8], at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
    let word = rest.iter().skip(blanks).take_while(|byte| !is_blank(**byte)).count();
    at.saturating_add(blanks).saturating_add(word)
}

/// The bytes of a key that count, as they count.
#[cfg_attr(speed_marks, optimize(speed))]
fn counted<'k>(key: &'k [u8], modifiers: &Modifiers) -> impl Iterator<Item = u8> + use<'k> {
    let Modifiers { dictionary, printable, fold, .. } = *modifiers;
    key.iter()
        .copied()
        .filter(move |byte| !dictionary || byte.is_ascii_alphanumeric() || is_blank(*byte))
        .filter(move |byte| !printable || (b' '..=b'~').contains(byte))
        .map(move |byte| if fold { byte.to_ascii_uppercase() } else { byte })
}

fn all_counted(key: &[u8], modifiers: &Modifiers) -> Vec<u8> {
    let mut bytes = Vec::new();
    for byte in counted(key, modifiers) {
        bytes.push(byte);
    }
    bytes
}

/// A decimal number at the head of a text: blanks, a sign, digits, a point, digits.
struct Number<'t> {
    negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
    length: usize,
}

impl Number<'_> {
    #[cfg_attr(speed_marks, optimize(speed))]
    fn parse(text: &[u8]) -> Number<'_> {
        let mut at = text.iter().take_while(|byte| is_blank(**byte)).count();
        let negative = text.get(at) == Some(&b'-');
        at = at.saturating_add(usize::from(negative));
        let digits = |from: usize| {
            let rest = text.get(from..).unwrap_or_default();
            let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            rest.get(..count).unwrap_or_default()
        };
        let whole = digits(at);
        at = at.saturating_add(whole.len());
        let mut fraction: &[u8] = b"";
        if text.get(at) == Some(&b'.') {
            fraction = digits(at.saturating_add(1));
            at = at.saturating_add(1).saturating_add(fraction.len());
        }
        let zeros = whole.iter().take_while(|byte| **byte == b'0').count();
        Number { negative, whole: whole.get(zeros..).unwrap_or_default(), fraction, length: at }
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.iter().all(|byte| *byte == b'0')
    }
}

/// Compares as numbers of any length; what is no number is 0.
#[cfg_attr(speed_marks, optimize(speed))]
fn numeric(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (Number::parse(a), Number::parse(b));
    let sign = |number: &Number| {
        if number.is_zero() {
            0
        } else if number.negative {
            -1
        } else {
            1
        }
    };
    let (sign_a, sign_b) = (sign(&a), sign(&b));
    if sign_a != sign_b || sign_a == 0 {
        return sign_a.cmp(&sign_b);
    }
    let trim = |fraction: &[u8]| fraction.iter().rposition(|byte| *byte != b'0').map_or(0, |at| at + 1);
    let magnitude = a.whole.len().cmp(&b.whole.len()).then_with(|| a.whole.cmp(b.whole)).then_with(|| {
        let (x, y) = (a.fraction.get(..trim(a.fraction)), b.fraction.get(..trim(b.fraction)));
        x.cmp(&y)
    });
    if sign_a < 0 { magnitude.reverse() } else { magnitude }
}

/// The whole part around the middle of the range; larger ones are all the same at its ends.
#[cfg_attr(speed_marks, optimize(speed))]
fn numeric_prefix(key: &[u8]) -> u64 {
    const MIDDLE: u64 = 1 << 63;
    let number = Number::parse(key);
    let value = if number.whole.len() > 18 {
        MIDDLE - 1
    } else {
        number
            .whole
            .iter()
            .fold(0u64, |value, digit| value.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0'))))
    };
    if number.negative { MIDDLE.saturating_sub(value) } else { MIDDLE.saturating_add(value) }
}

/// What is no number first, then NaN, then numbers; the second part orders as the number does.
fn general_rank(key: &[u8]) -> (u8, u64) {
    let (value, length) = float::parse(key);
    if length == 0 {
        return (0, 0);
    }
    if value.is_nan() {
        return (1, 1);
    }
    let bits = (value + 0.0).to_bits();
    let ordered = if bits >> 63 == 1 { !bits } else { bits | (1 << 63) };
    (2, ordered.max(2))
}

/// 1 to 12; 0 for no month.
pub(super) fn month(key: &[u8]) -> u8 {
    const NAMES: [&[u8; 3]; 12] =
        [b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"];
    let blanks = key.iter().take_while(|byte| is_blank(**byte)).count();
    let word = key.get(blanks..blanks.saturating_add(3)).unwrap_or_default();
    let found = NAMES.iter().position(|name| word.eq_ignore_ascii_case(*name));
    found.map_or(0, |index| u8::try_from(index).unwrap_or(0).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length() {
        let sorted: [&[u8]; 8] =
            [b"-10000000000000000000000", b"-2", b"-.5", b"x", b"0.05", b".5", b"3", b"10000000000000000000000"];
        for pair in sorted.windows(2) {
            let &[a, b] = pair else { continue };
            assert_eq!(numeric(a, b), Ordering::Less);
            assert!(numeric_prefix(a) <= numeric_prefix(b));
        }
        assert_eq!(numeric(b"-0", b"0.0"), Ordering::Equal);
        assert_eq!(numeric(b"007", b"7.00"), Ordering::Equal);
    }

    #[test]
    fn keys_are_found() {
        let comparison = |spec: &[u8], separator| {
            let key = Key::parse(spec, &Modifiers::default()).unwrap_or_else(|_| Key::whole(&Modifiers::default()));
            Comparison::new(vec![key], separator, false, false, false).ok()
        };
        let found = |spec: &[u8], separator, line: &'static [u8]| {
            comparison(spec, separator).map(|c| c.first_key(line).to_vec())
        };
        assert_eq!(found(b"2", None, b"a  b c"), Some(b"  b c".to_vec()));
        assert_eq!(found(b"2,2", None, b"a  b c"), Some(b"  b".to_vec()));
        assert_eq!(found(b"2b,2", None, b"a  b c"), Some(b"b".to_vec()));
        assert_eq!(found(b"2,2", Some(b':'), b"a:b:c"), Some(b"b".to_vec()));
        assert_eq!(found(b"1.2,2.1", Some(b':'), b"abc:def"), Some(b"bc:d".to_vec()));
        assert_eq!(found(b"9", Some(b':'), b"a:b"), Some(Vec::new()));
    }
}

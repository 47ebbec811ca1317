//! fnmatch - shell patterns matched where they stand, without being compiled: a pattern is mostly used once.
//!
//! A pattern's quoted bytes carry a backslash. No text takes more than pattern × text steps.

/// Matches patterns; `utf8` says whether a character may be several bytes.
#[derive(Clone, Copy)]
pub struct Matcher {
    pub utf8: bool,
}

/// The length in bytes of the character at the beginning of `text`; a wrong sequence counts as one byte.
pub fn char_length(text: &[u8], utf8: bool) -> usize {
    let Some(first) = text.first() else { return 0 };
    if *first < 0x80 || !utf8 {
        return 1;
    }
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return 1,
    };
    match text.get(..length) {
        Some(bytes) if core::str::from_utf8(bytes).is_ok() => length,
        _ => 1,
    }
}

/// The number of characters.
pub fn char_count(text: &[u8], utf8: bool) -> usize {
    if !utf8 || text.is_ascii() {
        return text.len();
    }
    let mut count = 0usize;
    let mut rest = text;
    while !rest.is_empty() {
        rest = rest.get(char_length(rest, utf8)..).unwrap_or_default();
        count = count.saturating_add(1);
    }
    count
}

/// Whether `pattern` has an unquoted special character.
pub fn is_pattern(pattern: &[u8]) -> bool {
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'*' | b'?' => return true,
            // The command `[` is the commonest word with a bracket: without a closing one it is no pattern.
            b'[' if memchr::memchr(b']', bytes.as_slice()).is_some() => return true,
            _ => {}
        }
    }
    false
}

/// The text that a pattern without special characters stands for.
pub fn unescape(pattern: &[u8], out: &mut Vec<u8>) {
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => out.push(*bytes.next().unwrap_or(byte)),
            _ => out.push(*byte),
        }
    }
}

/// One step of a pattern against the beginning of a text.
enum Step {
    /// `*`
    Star,
    /// It matches that many bytes of the text.
    Takes(usize),
    No,
}

impl Matcher {
    /// Whether the whole text matches.
    pub fn matches(self, pattern: &[u8], text: &[u8]) -> bool {
        let (mut p, mut t) = (0usize, 0usize);
        // Where to go on after a failure: behind the last star, one character further each time.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let rest = pattern.get(p..).unwrap_or_default();
            let left = text.get(t..).unwrap_or_default();
            if rest.is_empty() && left.is_empty() {
                return true;
            }
            let (step, length) = if rest.is_empty() { (Step::No, 0) } else { self.step(rest, left) };
            match step {
                Step::Star => {
                    p = p.saturating_add(length);
                    if p >= pattern.len() {
                        return true;
                    }
                    retry = Some((p, t));
                }
                Step::Takes(count) => {
                    p = p.saturating_add(length);
                    t = t.saturating_add(count);
                }
                Step::No => {
                    let Some((star, from)) = retry else { return false };
                    let left = text.get(from..).unwrap_or_default();
                    if left.is_empty() {
                        return false;
                    }
                    let from = from.saturating_add(char_length(left, self.utf8));
                    retry = Some((star, from));
                    p = star;
                    t = from;
                }
            }
        }
    }

    /// What the first element of `pattern` makes of `text`, and the element's length.
    fn step(self, pattern: &[u8], text: &[u8]) -> (Step, usize) {
        let Some(first) = pattern.first() else { return (Step::No, 0) };
        match first {
            b'*' => return (Step::Star, 1),
            b'?' => {
                let length = char_length(text, self.utf8);
                return (if length == 0 { Step::No } else { Step::Takes(length) }, 1);
            }
            b'[' => {
                if let Some((found, length)) = self.bracket(pattern, text) {
                    let taken = char_length(text, self.utf8);
                    return (if found && taken > 0 { Step::Takes(taken) } else { Step::No }, length);
                }
            }
            b'\\' if pattern.len() > 1 => {
                let same = pattern.get(1) == text.first();
                return (if same { Step::Takes(1) } else { Step::No }, 2);
            }
            _ => {}
        }
        (if text.first() == Some(first) { Step::Takes(1) } else { Step::No }, 1)
    }

    /// A bracket expression: whether the text's first character is in it, and its length; None where it has no end.
    fn bracket(self, pattern: &[u8], text: &[u8]) -> Option<(bool, usize)> {
        let char = decode(text, self.utf8);
        let mut at = 1usize;
        let negated = matches!(pattern.get(at), Some(b'!' | b'^'));
        if negated {
            at = at.saturating_add(1);
        }
        let first = at;
        let mut found = false;
        loop {
            let byte = *pattern.get(at)?;
            if byte == b']' && at > first {
                at = at.saturating_add(1);
                return Some((found != negated && !text.is_empty(), at));
            }
            if byte == b'[' && matches!(pattern.get(at.saturating_add(1)), Some(b':' | b'=' | b'.')) {
                let kind = *pattern.get(at.saturating_add(1))?;
                let inner = pattern.get(at.saturating_add(2)..)?;
                if let Some(end) = inner.windows(2).position(|two| two == [kind, b']']) {
                    let name = inner.get(..end)?;
                    let after = at.saturating_add(end).saturating_add(4);
                    if kind == b':' {
                        found |= char.is_some_and(|char| in_class(name, char));
                        at = after;
                        continue;
                    }
                    // `[=x=]` and `[.x.]` stand for the character; a range may begin with one.
                    let low = decode(name, self.utf8);
                    (found, at) = self.range(pattern, after, low, char, found)?;
                    continue;
                }
            }
            let (low, next) = self.member(pattern, at)?;
            (found, at) = self.range(pattern, next, Some(low), char, found)?;
        }
    }

    /// A character in a bracket expression and where it ends.
    fn member(self, pattern: &[u8], at: usize) -> Option<(u32, usize)> {
        let at = if pattern.get(at) == Some(&b'\\') && at.saturating_add(1) < pattern.len() {
            at.saturating_add(1)
        } else {
            at
        };
        let rest = pattern.get(at..)?;
        Some((decode(rest, self.utf8)?, at.saturating_add(char_length(rest, self.utf8))))
    }

    fn range(
        self,
        pattern: &[u8],
        at: usize,
        low: Option<u32>,
        char: Option<u32>,
        found: bool,
    ) -> Option<(bool, usize)> {
        let mut high = low;
        let mut at = at;
        if pattern.get(at) == Some(&b'-') && !matches!(pattern.get(at.saturating_add(1)), None | Some(b']')) {
            let mut end = at.saturating_add(1);
            if pattern.get(end) == Some(&b'[') && matches!(pattern.get(end.saturating_add(1)), Some(b'=' | b'.')) {
                end = end.saturating_add(2);
                let (value, next) = self.member(pattern, end)?;
                high = Some(value);
                at = next.saturating_add(2);
            } else {
                let (value, next) = self.member(pattern, end)?;
                high = Some(value);
                at = next;
            }
        }
        let hit = match (low, high, char) {
            (Some(low), Some(high), Some(char)) => low <= char && char <= high,
            _ => false,
        };
        Some((found || hit, at))
    }

    /// The length of the shortest or longest beginning of the text that matches.
    pub fn prefix(self, pattern: &[u8], text: &[u8], longest: bool) -> Option<usize> {
        let mut literal = Vec::new();
        if !is_pattern(pattern) {
            unescape(pattern, &mut literal);
            return text.starts_with(&literal).then_some(literal.len());
        }
        if let Some(tail) = pattern.strip_prefix(b"*").filter(|tail| !is_pattern(tail)) {
            unescape(tail, &mut literal);
            let found = if literal.is_empty() {
                Some(if longest { text.len() } else { 0 })
            } else if longest {
                memchr::memmem::rfind(text, &literal)
            } else {
                memchr::memmem::find(text, &literal)
            };
            return found.map(|at| at.saturating_add(literal.len()));
        }
        let mut states = vec![0usize];
        let mut next = Vec::new();
        let mut best = None;
        let mut at = 0usize;
        loop {
            self.close(pattern, &mut states);
            if states.last() == Some(&pattern.len()) {
                best = Some(at);
                if !longest {
                    return best;
                }
            }
            let left = text.get(at..).unwrap_or_default();
            if left.is_empty() || states.is_empty() {
                return best;
            }
            let length = char_length(left, self.utf8);
            next.clear();
            for state in &states {
                self.advance(pattern, *state, left, length, &mut |to| next.push(to));
            }
            next.sort_unstable();
            next.dedup();
            core::mem::swap(&mut states, &mut next);
            at = at.saturating_add(length);
        }
    }

    /// Where the shortest or longest end of the text that matches begins.
    pub fn suffix(self, pattern: &[u8], text: &[u8], longest: bool) -> Option<usize> {
        let mut literal = Vec::new();
        if !is_pattern(pattern) {
            unescape(pattern, &mut literal);
            return text.ends_with(&literal).then(|| text.len().saturating_sub(literal.len()));
        }
        let head = pattern.strip_suffix(b"*").filter(|head| !is_pattern(head) && !head.ends_with(b"\\"));
        if let Some(head) = head {
            unescape(head, &mut literal);
            return if literal.is_empty() {
                Some(if longest { 0 } else { text.len() })
            } else if longest {
                memchr::memmem::find(text, &literal)
            } else {
                memchr::memmem::rfind(text, &literal)
            };
        }
        // Each state remembers where its attempt began: the earliest for the longest end, the latest for the shortest.
        let mut states: Vec<(usize, usize)> = Vec::new();
        let mut next: Vec<(usize, usize)> = Vec::new();
        let mut at = 0usize;
        loop {
            states.push((0, at));
            let mut index = 0usize;
            while let Some((state, begin)) = states.get(index).copied() {
                if let Some(b'*') = pattern.get(state) {
                    states.push((state.saturating_add(1), begin));
                }
                index = index.saturating_add(1);
            }
            // The preferred attempt of each state comes first.
            states.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(if longest { a.1.cmp(&b.1) } else { b.1.cmp(&a.1) }));
            states.dedup_by_key(|state| state.0);
            let left = text.get(at..).unwrap_or_default();
            if left.is_empty() {
                return states.last().filter(|(state, _)| *state >= pattern.len()).map(|(_, begin)| *begin);
            }
            let length = char_length(left, self.utf8);
            next.clear();
            for (state, begin) in &states {
                self.advance(pattern, *state, left, length, &mut |to| next.push((to, *begin)));
            }
            core::mem::swap(&mut states, &mut next);
            at = at.saturating_add(length);
        }
    }

    /// Where the first, then longest, match in the text is.
    pub fn find(self, pattern: &[u8], text: &[u8], from: usize) -> Option<(usize, usize)> {
        if !is_pattern(pattern) {
            let mut literal = Vec::new();
            unescape(pattern, &mut literal);
            let at = memchr::memmem::find(text.get(from..)?, &literal)?.saturating_add(from);
            return Some((at, at.saturating_add(literal.len())));
        }
        let mut at = from;
        loop {
            let left = text.get(at..)?;
            if let Some(length) = self.prefix(pattern, left, true) {
                return Some((at, at.saturating_add(length)));
            }
            if left.is_empty() {
                return None;
            }
            at = at.saturating_add(char_length(left, self.utf8));
        }
    }

    /// Adds the states that a star lets through without a character.
    fn close(self, pattern: &[u8], states: &mut Vec<usize>) {
        let mut index = 0usize;
        while let Some(state) = states.get(index).copied() {
            if let Some(b'*') = pattern.get(state) {
                states.push(state.saturating_add(1));
            }
            index = index.saturating_add(1);
        }
        states.sort_unstable();
        states.dedup();
    }

    fn advance(self, pattern: &[u8], state: usize, text: &[u8], length: usize, to: &mut dyn FnMut(usize)) {
        let Some(rest) = pattern.get(state..).filter(|rest| !rest.is_empty()) else { return };
        match self.step(rest, text) {
            (Step::Star, _) => to(state),
            // A literal of several bytes is stepped through byte by byte: only whole characters advance together.
            (Step::Takes(count), size) if count == length => to(state.saturating_add(size)),
            (Step::Takes(_), _) => {
                if let Some(size) = literal_char(rest, text.get(..length).unwrap_or_default()) {
                    to(state.saturating_add(size));
                }
            }
            (Step::No, _) => {}
        }
    }
}

/// The length of the pattern's beginning that spells exactly these bytes.
fn literal_char(pattern: &[u8], char: &[u8]) -> Option<usize> {
    let mut at = 0usize;
    for byte in char {
        if pattern.get(at) == Some(&b'\\') {
            at = at.saturating_add(1);
        }
        if pattern.get(at) != Some(byte) {
            return None;
        }
        at = at.saturating_add(1);
    }
    Some(at)
}

/// The first character's number; bytes that are no UTF-8 get numbers of their own.
fn decode(text: &[u8], utf8: bool) -> Option<u32> {
    let first = *text.first()?;
    let length = char_length(text, utf8);
    if length > 1 {
        let char = core::str::from_utf8(text.get(..length)?).ok()?.chars().next()?;
        return Some(char.into());
    }
    Some(if first >= 0x80 && utf8 { 0xdc00_u32.saturating_add(first.into()) } else { first.into() })
}

fn in_class(name: &[u8], char: u32) -> bool {
    let Some(char) = char::from_u32(char) else { return false };
    match name {
        b"alpha" => char.is_alphabetic(),
        b"digit" => char.is_ascii_digit(),
        b"alnum" => char.is_alphanumeric(),
        b"upper" => char.is_uppercase(),
        b"lower" => char.is_lowercase(),
        b"space" => char.is_ascii_whitespace() || char == '\u{b}' || (!char.is_ascii() && char.is_whitespace()),
        b"blank" => char == ' ' || char == '\t',
        b"punct" => {
            char.is_ascii_punctuation() || (!char.is_ascii() && !char.is_alphanumeric() && !char.is_whitespace())
        }
        b"cntrl" => char.is_control(),
        b"print" => !char.is_control(),
        b"graph" => !char.is_control() && !char.is_whitespace(),
        b"xdigit" => char.is_ascii_hexdigit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const M: Matcher = Matcher { utf8: true };

    #[test]
    fn whole() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbYd", false),
            ("?", "ä", true),
            ("[ä-ö]", "ö", true),
            ("[!a]", "b", true),
            ("[!a]", "", false),
            ("[]a]", "]", true),
            ("[a", "[a", true),
            ("[[:digit:]x]", "7", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("[a\\]b]", "]", true),
            ("[a-c-]", "-", true),
            ("*.c", ".c", true),
            ("**", "x", true),
            ("a\\", "a\\", true),
        ] {
            assert_eq!(M.matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn no_exponential_time() {
        let text = b"a".repeat(10_000);
        assert!(!M.matches(b"*a*a*a*a*a*a*a*a*b", &text));
        assert_eq!(M.suffix(b"?*a*[b]", &text, true), None);
    }

    #[test]
    fn parts() {
        assert_eq!(M.prefix(b"*/", b"a/b/c", false), Some(2));
        assert_eq!(M.prefix(b"*/", b"a/b/c", true), Some(4));
        assert_eq!(M.prefix(b"?*", b"abc", false), Some(1));
        assert_eq!(M.prefix(b"?*", b"abc", true), Some(3));
        assert_eq!(M.prefix("ä?".as_bytes(), "äöx".as_bytes(), true), Some(4));
        assert_eq!(M.suffix(b".*", b"a.b.c", false), Some(3));
        assert_eq!(M.suffix(b".*", b"a.b.c", true), Some(1));
        assert_eq!(M.suffix(b"[.]?*", b"a.b.c", true), Some(1));
        assert_eq!(M.suffix(b"[.]?*", b"a.b.c", false), Some(3));
        assert_eq!(M.suffix(b"?", b"", false), None);
        assert_eq!(M.find(b"b*d", b"abcde", 0), Some((1, 4)));
        assert_eq!(M.find(b"", b"abc", 0), Some((0, 0)));
    }
}

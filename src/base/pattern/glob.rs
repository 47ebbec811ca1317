//! Globs: the patterns of file names, `case`, and the shell's `${x#pattern}` (POSIX XCU 2.14).
//!
//! Matching is by one pass that remembers the last `*`; the ends of matching prefixes and suffixes are found by following all
//! ways at once. Neither can take exponential time.

use super::extglob::{Groups, has_groups};
use super::set::{LAST, Set, cases, decode, decode_last};

/// How globs differ between their users.
#[derive(Clone, Copy, Default)]
pub struct GlobOptions {
    /// `*`, `?` and brackets do not match `/`.
    pub pathname: bool,
    /// A leading `.` must be matched by a `.` (with `pathname`, after each `/` too).
    pub period: bool,
    /// Without regard to case.
    pub icase: bool,
    /// A backslash is a character.
    pub noescape: bool,
    /// Text is UTF-8; else a byte is a character.
    pub utf8: bool,
    /// `@(a|b)`, `?(…)`, `*(…)`, `+(…)` and `!(…)` are groups, as in ksh and bash.
    pub extended: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Char(u32),
    Any,
    Set(Set),
    Star,
}

/// A compiled glob.
#[derive(Clone)]
pub struct Glob {
    tokens: Vec<Token>,
    /// A glob with groups is matched by its own machine.
    groups: Option<Box<Groups>>,
    options: GlobOptions,
    shape: Shape,
    /// The bytes of a glob that stands for itself alone, or that a star follows or leads.
    text: Vec<u8>,
}

/// Globs that need no machine.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Literal,
    /// `text*`
    Begins,
    /// `*text`
    Ends,
    Other,
}

impl Glob {
    /// Compiles a pattern, in which a backslash quotes the next character. There are no errors: an unmatched `[` is a character,
    /// a backslash at the end too.
    pub fn compile(pattern: &[u8], options: GlobOptions) -> Glob {
        if options.extended && has_groups(pattern) {
            let groups = Some(Box::new(Groups::compile(pattern, options)));
            return Glob { tokens: Vec::new(), groups, options, shape: Shape::Other, text: Vec::new() };
        }
        let mut tokens: Vec<Token> = Vec::new();
        let mut literal = Vec::new();
        let mut is_literal = !options.icase;
        let mut rest = pattern;
        while let Some((member, length)) = next(rest, options.utf8) {
            let tail = rest.get(length..).unwrap_or_default();
            let token = match rest.first() {
                Some(b'*') => {
                    rest = tail;
                    is_literal = false;
                    if tokens.last() != Some(&Token::Star) {
                        tokens.push(Token::Star);
                    }
                    continue;
                }
                Some(b'?') => Token::Any,
                Some(b'[') => match bracket(tail, &options) {
                    Some((set, after)) => {
                        tokens.push(Token::Set(set));
                        rest = after;
                        is_literal = false;
                        continue;
                    }
                    None => Token::Char(member),
                },
                Some(b'\\') if !options.noescape => match next(tail, options.utf8) {
                    Some((quoted, length)) => {
                        literal.extend_from_slice(tail.get(..length).unwrap_or_default());
                        tokens.push(Token::Char(quoted));
                        rest = tail.get(length..).unwrap_or_default();
                        continue;
                    }
                    None => Token::Char(member),
                },
                _ => Token::Char(member),
            };
            is_literal &= token != Token::Any;
            literal.extend_from_slice(rest.get(..length).unwrap_or_default());
            tokens.push(token);
            rest = tail;
        }
        let is_char = |token: &Token| matches!(token, Token::Char(_));
        // Bytes of a character could be found within another where the text is no valid UTF-8: ASCII cannot.
        let plain = !(options.icase || options.pathname || options.period) && (!options.utf8 || literal.is_ascii());
        let shape = match tokens.as_slice() {
            _ if is_literal => Shape::Literal,
            [chars @ .., Token::Star] if plain && chars.iter().all(is_char) => Shape::Begins,
            [Token::Star, chars @ ..] if plain && chars.iter().all(is_char) => Shape::Ends,
            _ => Shape::Other,
        };
        Glob { tokens, groups: None, options, shape, text: literal }
    }

    /// The text that this glob stands for, if it stands for one text only.
    pub fn literal(&self) -> Option<&[u8]> {
        (self.shape == Shape::Literal).then_some(&self.text)
    }

    /// Whether the glob matches the whole of `text`.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn matches(&self, text: &[u8]) -> bool {
        match self.shape {
            Shape::Literal => return self.text == text,
            Shape::Begins => return text.starts_with(&self.text),
            Shape::Ends => return text.ends_with(&self.text),
            Shape::Other => {}
        }
        if let Some(groups) = &self.groups {
            return groups.matches(text);
        }
        let utf8 = self.options.utf8;
        let mut at = 0;
        let mut token = 0;
        // Where to go on if this way ends: after the last star, one character later.
        let mut again: Option<(usize, usize)> = None;
        loop {
            let here = next(text.get(at..).unwrap_or_default(), utf8);
            let stepped = match (self.tokens.get(token), here) {
                (None, None) => return true,
                (Some(Token::Star), _) => {
                    if self.is_hidden(text, at) {
                        false
                    } else {
                        token += 1;
                        again = Some((token, at));
                        continue;
                    }
                }
                (Some(other), Some((member, length))) if self.accepts(other, member, text, at) => {
                    token += 1;
                    at += length;
                    true
                }
                _ => false,
            };
            if stepped {
                continue;
            }
            let Some((after_star, from)) = again else { return false };
            match next(text.get(from..).unwrap_or_default(), utf8) {
                Some((member, length)) if !(self.options.pathname && member == u32::from(b'/')) => {
                    at = from + length;
                    token = after_star;
                    again = Some((after_star, at));
                }
                _ => return false,
            }
        }
    }

    /// Whether a `.` stands at `at` that only a `.` matches.
    fn is_hidden(&self, text: &[u8], at: usize) -> bool {
        self.options.period
            && text.get(at) == Some(&b'.')
            && match at.checked_sub(1).and_then(|before| text.get(before)) {
                None => true,
                Some(before) => self.options.pathname && *before == b'/',
            }
    }

    fn accepts(&self, token: &Token, member: u32, text: &[u8], at: usize) -> bool {
        if let Token::Char(own) = token {
            return *own == member || self.options.icase && same_letter(*own, member, self.options.utf8);
        }
        if self.options.pathname && member == u32::from(b'/') || self.is_hidden(text, at) {
            return false;
        }
        match token {
            Token::Set(set) => set.contains(member),
            _ => true,
        }
    }

    /// The length of the shortest or longest beginning of `text` that the glob matches: `${x#glob}`, `${x##glob}`.
    pub fn prefix(&self, text: &[u8], longest: bool) -> Option<usize> {
        match self.shape {
            Shape::Literal => return text.starts_with(&self.text).then_some(self.text.len()),
            Shape::Begins if longest => return text.starts_with(&self.text).then_some(text.len()),
            Shape::Begins => return text.starts_with(&self.text).then_some(self.text.len()),
            Shape::Ends => return self.place(text, longest).map(|at| at + self.text.len()),
            Shape::Other => {}
        }
        if let Some(groups) = &self.groups {
            return groups.end(text, false, longest);
        }
        let utf8 = self.options.utf8;
        let mut at = 0;
        self.scan(false, longest, &mut || {
            let (member, length) = next(text.get(at..).unwrap_or_default(), utf8)?;
            at += length;
            Some((member, length))
        })
    }

    /// The length of the shortest or longest end of `text` that the glob matches: `${x%glob}`, `${x%%glob}`.
    pub fn suffix(&self, text: &[u8], longest: bool) -> Option<usize> {
        match self.shape {
            Shape::Literal => return text.ends_with(&self.text).then_some(self.text.len()),
            Shape::Ends if longest => return text.ends_with(&self.text).then_some(text.len()),
            Shape::Ends => return text.ends_with(&self.text).then_some(self.text.len()),
            Shape::Begins => return self.place(text, !longest).map(|at| text.len() - at),
            Shape::Other => {}
        }
        if let Some(groups) = &self.groups {
            return groups.end(text, true, longest);
        }
        let utf8 = self.options.utf8;
        let mut end = text.len();
        self.scan(true, longest, &mut || {
            let head = text.get(..end).unwrap_or_default();
            let (member, length) =
                if utf8 { decode_last(head) } else { head.last().map(|byte| (u32::from(*byte), 1)) }?;
            end -= length;
            Some((member, length))
        })
    }

    /// Where the glob's own text is in `text`: the first or last place.
    fn place(&self, text: &[u8], last: bool) -> Option<usize> {
        match (self.text.as_slice(), last) {
            ([byte], false) => memchr::memchr(*byte, text),
            ([byte], true) => memchr::memrchr(*byte, text),
            (own, false) => crate::bytes::find(text, own),
            (own, true) => text
                .len()
                .checked_sub(own.len())
                .and_then(|end| (0..=end).rev().find(|at| text.get(*at..).is_some_and(|tail| tail.starts_with(own)))),
        }
    }

    /// Follows all ways through the tokens (from the end if `backwards`) over the characters that `step` gives.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn scan(&self, backwards: bool, longest: bool, step: &mut dyn FnMut() -> Option<(u32, usize)>) -> Option<usize> {
        let count = self.tokens.len();
        let token = |at: usize| {
            if backwards { self.tokens.get((count - 1).wrapping_sub(at)) } else { self.tokens.get(at) }
        };
        // Place `at` is active: the first `at` tokens have matched what was read.
        let mut active = vec![false; count + 1];
        let mut following = active.clone();
        let open = |active: &mut [bool], at: usize| {
            let mut at = at;
            loop {
                if let Some(place) = active.get_mut(at) {
                    *place = true;
                }
                if token(at) != Some(&Token::Star) {
                    break;
                }
                at += 1;
            }
        };
        open(&mut active, 0);
        let mut length = 0;
        let mut found = None;
        loop {
            if active.last() == Some(&true) {
                found = Some(length);
                if !longest {
                    return found;
                }
            }
            let Some((member, size)) = step() else { return found };
            length += size;
            following.fill(false);
            let mut alive = false;
            for at in 0..count {
                if active.get(at) != Some(&true) {
                    continue;
                }
                match token(at) {
                    Some(Token::Star) => open(&mut following, at),
                    Some(other) if self.accepts(other, member, b"", 0) => open(&mut following, at + 1),
                    _ => continue,
                }
                alive = true;
            }
            if !alive {
                return found;
            }
            core::mem::swap(&mut active, &mut following);
        }
    }
}

/// Whether a pattern has any character that is special in a glob and not quoted.
pub fn is_glob(pattern: &[u8]) -> bool {
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'*' | b'?' => return true,
            b'@' | b'+' | b'!' if bytes.as_slice().first() == Some(&b'(') => return true,
            // The command `[` is the commonest word with a bracket: without a closing one it is no pattern.
            b'[' if memchr::memchr(b']', bytes.as_slice()).is_some() => return true,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    false
}

/// Quotes what is special in a glob, so that it stands for `text`.
pub fn escape(text: &[u8], into: &mut Vec<u8>) {
    for byte in text {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\' | b'-' | b'!' | b'^' | b'(' | b')' | b'|') {
            into.push(b'\\');
        }
        into.push(*byte);
    }
}

#[inline(always)]
pub(super) fn next(text: &[u8], utf8: bool) -> Option<(u32, usize)> {
    match text.first() {
        Some(byte) if *byte < 128 || !utf8 => Some((u32::from(*byte), 1)),
        _ => decode(text),
    }
}

pub(super) fn same_letter(own: u32, member: u32, utf8: bool) -> bool {
    let mut same = false;
    cases(own, utf8, &mut |other| same |= other == member);
    same
}

/// A bracket expression behind its `[`, and what follows it; None where it is no complete one.
pub(super) fn bracket<'a>(text: &'a [u8], options: &GlobOptions) -> Option<(Set, &'a [u8])> {
    let negated = matches!(text.first(), Some(b'!' | b'^'));
    let mut rest = if negated { text.get(1..)? } else { text };
    let mut set = Set::default();
    let mut first = true;
    loop {
        let byte = *rest.first()?;
        if byte == b']' && !first {
            rest = rest.get(1..)?;
            break;
        }
        if byte == b'/' && options.pathname {
            return None;
        }
        first = false;
        if byte == b'['
            && rest.get(1) == Some(&b':')
            && let Some(length) = rest.windows(2).skip(2).position(|pair| pair == b":]")
            && set.push_class(class_of(rest.get(2..length + 2)?, options.icase), options.utf8)
        {
            rest = rest.get(length + 4..)?;
            continue;
        }
        let (low, after) = member(rest, options)?;
        rest = after;
        if rest.first() == Some(&b'-') && !matches!(rest.get(1), None | Some(b']')) {
            let (high, after) = member(rest.get(1..)?, options)?;
            rest = after;
            if low <= high {
                set.push(low, high);
            }
        } else {
            set.push(low, low);
        }
    }
    set.normalise();
    if options.icase {
        set.fold(options.utf8);
    }
    if negated {
        set.negate(if options.utf8 { LAST + 256 } else { 255 });
    }
    Some((set, rest))
}

fn class_of(name: &[u8], icase: bool) -> &[u8] {
    match name {
        b"upper" | b"lower" if icase => b"alpha",
        name => name,
    }
}

/// One member of a bracket expression: a character, perhaps quoted, or `[.x.]` or `[=x=]`.
fn member<'a>(text: &'a [u8], options: &GlobOptions) -> Option<(u32, &'a [u8])> {
    if let [b'[', mark @ (b'.' | b'='), inner @ ..] = text
        && let Some(length) = inner.windows(2).position(|pair| pair == [*mark, b']'])
        && let Some(member) = match next(inner, options.utf8) {
            Some((member, size)) if size == length => Some(member),
            _ => super::parse::collating(inner.get(..length)?),
        }
    {
        return Some((member, inner.get(length + 2..)?));
    }
    let text = match text {
        [b'\\', rest @ ..] if !options.noescape && !rest.is_empty() => rest,
        text => text,
    };
    let (member, length) = next(text, options.utf8)?;
    Some((member, text.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: GlobOptions =
        GlobOptions { pathname: false, period: false, icase: false, noescape: false, utf8: true, extended: false };

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::compile(pattern.as_bytes(), PLAIN).matches(text.as_bytes())
    }

    #[test]
    fn matches_whole_texts() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*.[ch]", "x.c", true),
            ("*.[!ch]", "x.c", false),
            ("*.[^ch]", "x.o", true),
            ("?", "é", true),
            ("??", "é", false),
            ("[é]", "é", true),
            ("[a-", "[a-", true),
            ("[]]", "]", true),
            ("[!]]", "]", false),
            ("[]-a]", "^", true),
            ("[[:digit:]]x", "4x", true),
            ("[[:foo:]", ":", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("[\\]]", "]", true),
            ("[a\\-c]", "b", false),
            ("a\\", "a\\", true),
            ("*a*b*c*", "xaxbxcx", true),
            ("[[.-.]]", "-", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        let pattern = "*a".repeat(50) + "b";
        assert!(!matches(&pattern, &"a".repeat(5000)));
    }

    #[test]
    fn paths_and_hidden_names() {
        let options = GlobOptions { pathname: true, period: true, ..PLAIN };
        let matches = |pattern: &str, text: &str| Glob::compile(pattern.as_bytes(), options).matches(text.as_bytes());
        assert!(matches("*/b", "a/b"));
        assert!(!matches("*", "a/b"));
        assert!(!matches("a?b", "a/b"));
        assert!(!matches("a[/]b", "a/b"));
        assert!(!matches("*", ".a"));
        assert!(matches(".*", ".a"));
        assert!(!matches("a/*", "a/.b"));
        assert!(matches("a/.*", "a/.b"));
        assert!(!matches("?x", ".x"));
        assert!(matches("a*", "a.b"));
    }

    #[test]
    fn prefixes_and_suffixes() {
        let glob = |pattern: &str| Glob::compile(pattern.as_bytes(), PLAIN);
        assert_eq!(glob("*/").prefix(b"a/b/c", false), Some(2));
        assert_eq!(glob("*/").prefix(b"a/b/c", true), Some(4));
        assert_eq!(glob("/*").suffix(b"a/b/c", false), Some(2));
        assert_eq!(glob("/*").suffix(b"a/b/c", true), Some(4));
        assert_eq!(glob(".c").suffix(b"x.c", true), Some(2));
        assert_eq!(glob("?").suffix("aé".as_bytes(), false), Some(2));
        assert_eq!(glob("x*").prefix(b"abc", true), None);
        assert_eq!(glob("*").prefix(b"abc", false), Some(0));
        assert_eq!(glob("*b*").prefix(b"abcb", false), Some(2));
        assert_eq!(glob("[a-c]*[0-9]").suffix(b"xabc12", true), Some(5));
        let long = vec![b'a'; 20000];
        assert_eq!(glob("*a*a*a*a*b").prefix(&long, true), None);
    }

    #[test]
    fn case_can_be_ignored() {
        let options = GlobOptions { icase: true, ..PLAIN };
        assert!(Glob::compile(b"*.TxT", options).matches(b"a.tXt"));
        assert!(Glob::compile("É[A-C]".as_bytes(), options).matches("éb".as_bytes()));
    }
}

//! pattern - words as patterns, compiled once where they do not change; and counting characters.

use crate::flow::Flow;
use crate::options::shopt;
use crate::shell::Shell;
use crate::tree::{Part, Pattern};
use base::pattern::glob::{Glob, GlobOptions, escape};
use core::ops::Deref;

/// A compiled pattern: the tree's, or made for this once.
pub enum Compiled<'p> {
    Kept(&'p Glob),
    Made(Glob),
}

impl Deref for Compiled<'_> {
    type Target = Glob;

    fn deref(&self) -> &Glob {
        match self {
            Compiled::Kept(glob) => glob,
            Compiled::Made(glob) => glob,
        }
    }
}

impl Shell {
    /// How patterns match now, but for file names.
    pub(crate) fn glob_flags(&self) -> u8 {
        let shopt = self.options.shopt;
        u8::from(self.is_utf8())
            | if shopt & shopt::EXTGLOB != 0 { EXTENDED } else { 0 }
            | if shopt & shopt::NOCASEMATCH != 0 { ICASE } else { 0 }
    }

    /// A word as a pattern; whether `shopt -s nocasematch` is about it.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(crate) fn compiled<'p>(&mut self, pattern: &'p Pattern, icase: bool) -> Flow<Compiled<'p>> {
        let flags = self.glob_flags() & if icase { u8::MAX } else { !ICASE };
        let (known, glob) = pattern.compiled.get_or_init(|| match constant(&pattern.word.parts) {
            Some(text) => (flags, Some(compile(&text, flags))),
            None => (flags, None),
        });
        if let (Some(glob), true) = (glob, *known == flags) {
            return Ok(Compiled::Kept(glob));
        }
        let text = self.expand_pattern(&pattern.word)?;
        Ok(Compiled::Made(compile(&text, flags)))
    }
}

/// The pattern that a word without expansions is.
#[inline(never)]
fn constant(parts: &[Part]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    for part in parts {
        match part {
            Part::Literal(bytes, _) => text.extend_from_slice(bytes),
            Part::Quoted(bytes) => escape(bytes, &mut text),
            _ => return None,
        }
    }
    Some(text)
}

/// How patterns are compiled: bits of [`Shell::glob_flags`].
pub const UTF8: u8 = 1;
/// `@(…)` and its like are groups.
pub const EXTENDED: u8 = 2;
/// Without regard to case.
pub const ICASE: u8 = 4;

/// Compiles a pattern for texts in which neither slashes nor leading dots are special.
#[inline(never)]
pub fn compile(text: &[u8], flags: u8) -> Glob {
    let has = |flag: u8| flags & flag != 0;
    let options = GlobOptions { utf8: has(UTF8), extended: has(EXTENDED), icase: has(ICASE), ..GlobOptions::default() };
    Glob::compile(text, options)
}

/// Where the first, and there the longest, match in the text at or after `from` is.
pub fn find(glob: &Glob, text: &[u8], from: usize, utf8: bool) -> Option<(usize, usize)> {
    if let Some(literal) = glob.literal() {
        let at = memchr::memmem::find(text.get(from..)?, literal)?.saturating_add(from);
        return Some((at, at.saturating_add(literal.len())));
    }
    let mut at = from;
    loop {
        let left = text.get(at..)?;
        if let Some(length) = glob.prefix(left, true) {
            return Some((at, at.saturating_add(length)));
        }
        if left.is_empty() {
            return None;
        }
        at = at.saturating_add(char_length(left, utf8));
    }
}

/// The length in bytes of the character at the beginning of `text`.
pub fn char_length(text: &[u8], utf8: bool) -> usize {
    base::pattern::character_length(text, utf8)
}

/// The number of characters.
pub fn char_count(text: &[u8], utf8: bool) -> usize {
    if !utf8 || text.is_ascii() {
        return text.len();
    }
    let mut count = 0usize;
    let mut rest = text;
    while !rest.is_empty() {
        rest = rest.get(char_length(rest, utf8).max(1)..).unwrap_or_default();
        count = count.saturating_add(1);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_longest_at_the_first_place() {
        let found = |pattern: &str, text: &str| find(&compile(pattern.as_bytes(), UTF8), text.as_bytes(), 0, true);
        assert_eq!(found("b*d", "abcde"), Some((1, 4)));
        assert_eq!(found("", "abc"), Some((0, 0)));
        assert_eq!(found("?", "äb"), Some((0, 2)));
        assert_eq!(found("x", "abc"), None);
    }

    #[test]
    fn counts_characters() {
        assert_eq!(char_count("aäö".as_bytes(), true), 3);
        assert_eq!(char_count("aäö".as_bytes(), false), 5);
        assert_eq!(char_count(b"\xff\xfe", true), 2);
    }
}

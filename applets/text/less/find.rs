//! Patterns of the pager: what a line must have, and the search for the next line that has it.

use super::source::Source;
use super::view::{Style, View};
use base::pattern::{Options, Pattern, PatternError, Syntax};
use base::sys::signal;

/// How much text is searched at once.
const CHUNK: u64 = 1 << 18;

/// A pattern as it was asked for.
pub struct Find {
    pub pattern: Pattern,
    /// Lines without it are wanted.
    pub invert: bool,
}

impl Find {
    /// Compiles `text`; `case` 1 ignores case unless the text has capitals, 2 always.
    pub fn new(text: &[u8], case: u8, utf8: bool, fixed: bool, invert: bool) -> Result<Find, PatternError> {
        let icase = case == 2 || case == 1 && !text.iter().any(u8::is_ascii_uppercase);
        let options = Options { icase, utf8, line: Some(b'\n'), ..Options::default() };
        let syntax = if fixed { Syntax::Fixed } else { Syntax::Extended };
        Ok(Find { pattern: Pattern::new(text, syntax, &options)?, invert })
    }

    /// Whether the line, without its newline, is wanted.
    pub fn wants(&self, line: &[u8], style: &Style) -> bool {
        let found = if is_plain(line) {
            self.pattern.is_match(line)
        } else {
            self.pattern.is_match(&View::new(line, style).text)
        };
        found != self.invert
    }

    /// The first wanted line that begins at `from` or later.
    pub fn forward(&self, source: &mut Source, from: u64, style: &Style) -> Option<u64> {
        let mut at = from;
        while source.has(at) && !signal::is_pending(2) {
            // Whole lines, as many as make a chunk.
            let mut bytes = source.read(at, at.saturating_add(CHUNK));
            let length = match memchr::memrchr(b'\n', &bytes) {
                Some(last) => last + 1,
                None => {
                    let end = source.next(at);
                    bytes = source.read(at, end);
                    bytes.len()
                }
            };
            bytes.truncate(length);
            if is_plain(&bytes) && !self.invert {
                if let Some((start, _)) = self.pattern.find_line(&bytes, 0) {
                    return Some(at + start as u64);
                }
            } else {
                let mut start = at;
                for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                    if self.wants(base::io::chomp(line, b'\n'), style) {
                        return Some(start);
                    }
                    start += line.len() as u64;
                }
            }
            at += length.max(1) as u64;
        }
        None
    }

    /// The last wanted line that begins before `from`.
    pub fn backward(&self, source: &mut Source, from: u64, style: &Style) -> Option<u64> {
        let mut end = from;
        while end > 0 && !signal::is_pending(2) {
            let start = source.previous(end.saturating_sub(CHUNK).saturating_add(1)).min(end.saturating_sub(1));
            let bytes = source.read(start, end);
            let mut at = start;
            let mut found = None;
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                if self.wants(base::io::chomp(line, b'\n'), style) {
                    found = Some(at);
                }
                at += line.len() as u64;
            }
            if found.is_some() {
                return found;
            }
            end = start;
        }
        None
    }
}

/// Whether patterns see the bytes as they are.
fn is_plain(bytes: &[u8]) -> bool {
    memchr::memchr3(8, 0x1b, b'\r', bytes).is_none()
}

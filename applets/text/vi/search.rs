//! Searching: patterns as vi writes them, and the next place that has one.

use super::motion::Target;
use super::{Fails, Vi, text, wrong};
use crate::buffer::{Pos, pos};
use crate::delimited::delimited;
use base::Error;
use base::pattern::{Options, Pattern, Syntax};
use base::sys::signal;
use std::rc::Rc;

/// What was searched for.
#[derive(Default)]
pub struct State {
    pub pattern: Option<Rc<Pattern>>,
    pub text: Vec<u8>,
    pub forward: bool,
    /// What followed the pattern: `+1`, `e`, …
    pub offset: Vec<u8>,
    /// Whether what is found is set off on the screen.
    pub shown: bool,
}

/// The pattern at the beginning of `text`, which a `delimiter` ends, and what follows.
pub fn split_pattern(text: &[u8], delimiter: u8) -> (Vec<u8>, &[u8]) {
    let (pattern, length, _) = delimited(text, delimiter, true);
    (pattern, text.get(length..).unwrap_or_default())
}

/// What the house's patterns do not know of vim's: `\d \a \c \C \t \n \= \e`.
fn translate(text: &[u8], icase: &mut bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    let mut interval = false;
    while let Some(byte) = rest.next() {
        if *byte != b'\\' {
            // An interval may end without a backslash.
            if *byte == b'}' && core::mem::take(&mut interval) {
                out.push(b'\\');
            }
            out.push(*byte);
            continue;
        }
        match rest.next() {
            // Lines are searched one by one: their end is the only one there is.
            Some(b'n') if !rest.as_slice().is_empty() => out.push(b'\n'),
            Some(b'n') if out.ends_with(b"$") && !out.ends_with(b"\\$") => {}
            Some(b'n') => out.push(b'$'),
            Some(b'd') => out.extend_from_slice(b"[0-9]"),
            Some(b'D') => out.extend_from_slice(b"[^0-9]"),
            Some(b'a') => out.extend_from_slice(b"[A-Za-z]"),
            Some(b'u') => out.extend_from_slice(b"[A-Z]"),
            Some(b'l') => out.extend_from_slice(b"[a-z]"),
            Some(b'x') => out.extend_from_slice(b"[0-9A-Fa-f]"),
            Some(b't') => out.push(b'\t'),
            Some(b'e') => out.push(27),
            Some(b'=') => out.extend_from_slice(b"\\?"),
            Some(b'c') => *icase = true,
            Some(b'C') => *icase = false,
            Some(other) => {
                interval = *other == b'{';
                out.extend_from_slice(&[b'\\', *other]);
            }
            None => out.extend_from_slice(b"\\\\"),
        }
    }
    out
}

impl Vi<'_, '_> {
    /// Compiles a pattern; an empty one is the last.
    pub fn pattern(&mut self, source: &[u8]) -> Fails<Rc<Pattern>> {
        if source.is_empty() {
            return self.find.pattern.clone().ok_or_else(|| Error::message("No previous regular expression"));
        }
        let mut icase = self.opt.ignorecase && !(self.opt.smartcase && source.iter().any(u8::is_ascii_uppercase));
        let translated = translate(source, &mut icase);
        let options = Options { icase, utf8: self.utf8, ..Options::default() };
        let pattern = Pattern::new(&translated, Syntax::Basic, &options)?;
        let pattern = Rc::new(pattern);
        self.find.pattern = Some(Rc::clone(&pattern));
        self.find.text = source.to_vec();
        self.find.shown = true;
        Ok(pattern)
    }

    /// The next match after `from`, or the one before it; around the ends where that is wanted.
    pub fn next_match(&mut self, pattern: &Pattern, from: Pos, forward: bool) -> Option<Pos> {
        let count = self.buf.count();
        let wraps = self.opt.wrapscan;
        let mut line = from.line;
        for turn in 0..=count {
            let text = self.buf.line(line);
            let mut found = None;
            let mut at = 0usize;
            if forward && turn == 0 {
                at = text::next(text, from.col).max(from.col + 1);
            }
            while let Some((start, end)) = pattern.find_at(text, at) {
                if forward {
                    found = Some(start);
                    break;
                }
                if turn == 0 && start >= from.col {
                    break;
                }
                found = Some(start);
                at = end.max(text::next(text, start));
                if at >= text.len() {
                    break;
                }
            }
            // The line that one came from may be empty but for a match at its end.
            if let Some(col) = found.filter(|col| *col < text.len() || text.is_empty() || turn > 0) {
                return Some(pos(line, col));
            }
            if signal::is_pending(base::term::screen::INT) {
                return None;
            }
            let ends = if forward { line == self.buf.last() } else { line == 0 };
            if ends && !wraps {
                return None;
            }
            line = match (forward, ends) {
                (true, true) => 0,
                (true, false) => line + 1,
                (false, true) => self.buf.last(),
                (false, false) => line.saturating_sub(1),
            };
            if ends {
                let text: &[u8] = if forward {
                    b"search hit BOTTOM, continuing at TOP"
                } else {
                    b"search hit TOP, continuing at BOTTOM"
                };
                self.say(text);
            }
        }
        None
    }

    /// What was typed after `/` or `?`.
    pub fn search_command(&mut self, line: &[u8], forward: bool, times: usize) -> Option<Target> {
        let (source, rest) = split_pattern(line, if forward { b'/' } else { b'?' });
        self.find.forward = forward;
        let (offset, more) = match rest.iter().position(|byte| *byte == b';') {
            Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..)),
            None => (rest, None),
        };
        if !source.is_empty() || !rest.is_empty() {
            self.find.offset = offset.to_vec();
        }
        let here = self.cur;
        if let Err(error) = self.pattern(&source) {
            self.say_error(error);
            return None;
        }
        let target = self.search_from(here, forward, times)?;
        if let Some((delimiter @ (b'/' | b'?'), more)) = more.and_then(<[u8]>::split_first) {
            // Another search, from there.
            self.cur = target.to;
            let second = self.search_command(more, *delimiter == b'/', 1);
            self.cur = here;
            return second;
        }
        self.remember_jump();
        Some(target)
    }

    pub fn search_again(&mut self, same: bool, times: usize) -> Option<Target> {
        let forward = self.find.forward == same;
        self.find.shown = true;
        let target = self.search_from(self.cur, forward, times)?;
        self.remember_jump();
        Some(target)
    }

    fn search_from(&mut self, from: Pos, forward: bool, times: usize) -> Option<Target> {
        let Some(pattern) = self.find.pattern.clone() else {
            self.say(b"No previous regular expression");
            return None;
        };
        let offset = self.find.offset.clone();
        let (letter, digits) = match offset.split_first() {
            Some((letter @ (b'e' | b's' | b'b'), digits)) => (*letter, digits),
            _ => (b'l', offset.as_slice()),
        };
        let number = match digits {
            b"+" => 1,
            b"-" => -1,
            _ => base::number::parse_i64(digits.strip_prefix(b"+").unwrap_or(digits)).unwrap_or(0),
        };
        let number = isize::try_from(number).unwrap_or(0);
        let by_line = letter == b'l' && !offset.is_empty();
        let mut at = from;
        // Lines that an offset leads from are searched from their ends.
        if by_line {
            at.col = if forward { self.buf.len(at.line) } else { 0 };
        }
        for _ in 0..times {
            let Some(found) = self.next_match(&pattern, at, forward) else {
                self.say_error(wrong(b"Pattern not found: ", &self.find.text));
                return None;
            };
            at = found;
        }
        if by_line {
            let line = at.line.saturating_add_signed(number).min(self.buf.last());
            let col = text::first(self.buf.line(line));
            return Some(Target { to: pos(line, col), linewise: true, inclusive: true, want: None });
        }
        let text = self.buf.line(at.line);
        if letter == b'e'
            && let Some((_, end)) = pattern.find_at(text, at.col)
        {
            at.col = text::previous(text, end);
        }
        for _ in 0..number.unsigned_abs().min(text.len()) {
            at.col = if number > 0 { text::next(text, at.col) } else { text::previous(text, at.col) };
        }
        Some(Target { to: at, linewise: false, inclusive: letter == b'e', want: None })
    }

    /// `*` and `#`: the word under the cursor, or the next one on the line.
    pub fn search_word(&mut self, forward: bool, times: usize, whole: bool) -> Option<Target> {
        let text = self.line().to_vec();
        let mut at = self.cur.col;
        while at < text.len() && text::class(&text, at, false) != 1 {
            at = text::next(&text, at);
        }
        if at >= text.len() {
            self.say(b"No string under cursor");
            return None;
        }
        let start = text::run_start(&text, at, 1, false);
        let at = text::run_end(&text, at, 1, false);
        let word = text.get(start..at).unwrap_or_default();
        let source = if whole { base::bytes::fill("\\<%\\>", &[word]) } else { word.to_vec() };
        self.find.forward = forward;
        self.find.offset.clear();
        if let Err(error) = self.pattern(&source) {
            self.say_error(error);
            return None;
        }
        let target = self.search_from(pos(self.cur.line, start), forward, times)?;
        self.remember_jump();
        Some(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn translation() {
        let mut icase = false;
        assert_eq!(translate(b"\\d\\c\\(", &mut icase), b"[0-9]\\(");
        assert!(icase);
    }
}

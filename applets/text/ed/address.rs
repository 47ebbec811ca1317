//! The addresses before a command.

use super::{Ed, wrong};
use crate::delimited::delimited;
use base::Result;
use base::number::digits;
use base::pattern::{Options, Pattern, PatternError, Syntax};
use std::rc::Rc;

/// The lines a command works on, from 1; `given` is how many addresses there were.
#[derive(Clone, Copy)]
pub struct Range {
    pub first: usize,
    pub last: usize,
    pub given: usize,
}

const INVALID: &str = "Invalid address";

/// `text` without blanks at its front.
pub fn unblank(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    text.get(blanks..).unwrap_or_default()
}

/// A number at the front, and what follows.
fn number(text: &[u8]) -> Result<(Option<i64>, &[u8])> {
    let (value, length) = digits(text, 10);
    if length == 0 {
        return Ok((None, text));
    }
    match value.and_then(|value| i64::try_from(value).ok()) {
        Some(value) => Ok((Some(value), text.get(length..).unwrap_or_default())),
        None => wrong("Number out of range"),
    }
}

impl Ed<'_, '_> {
    /// The addresses at the front of `line`, and what follows. Their lines are there, but for the order.
    pub(super) fn range<'l>(&mut self, line: &'l [u8]) -> Result<(Range, &'l [u8])> {
        let here = self.cur;
        let result = self.addresses(line);
        self.cur = here;
        result
    }

    fn addresses<'l>(&mut self, line: &'l [u8]) -> Result<(Range, &'l [u8])> {
        let mut range = Range { first: self.cur, last: self.cur, given: 0 };
        let mut rest = line;
        let mut open = false;
        loop {
            let (address, after) = self.address(rest)?;
            rest = unblank(after);
            let separator = rest.first().copied().filter(|byte| matches!(byte, b',' | b';' | b'%'));
            if let Some(address) = address {
                range.first = if range.given > 0 { range.last } else { address };
                range.last = address;
                range.given += 1;
                open = false;
            } else if range.given > 0 || open {
                // A separator ends with nothing: the end where nothing stood before it, else the same line.
                range.first = range.last;
                if open && separator.is_none() {
                    range.last = self.last();
                }
                range.given += 1;
                open = false;
            }
            let Some(separator) = separator else { return Ok((range, rest)) };
            rest = rest.get(1..).unwrap_or_default();
            if range.given == 0 {
                range.last = if separator == b';' { self.cur } else { 1.min(self.last()) };
                range.given = 1;
                open = true;
            }
            if separator == b';' {
                self.cur = range.last;
            }
        }
    }

    /// One address and what follows.
    fn address<'l>(&mut self, line: &'l [u8]) -> Result<(Option<usize>, &'l [u8])> {
        let mut rest = unblank(line);
        let cur = i64::try_from(self.cur).unwrap_or(i64::MAX);
        let last = i64::try_from(self.last()).unwrap_or(i64::MAX);
        let Some((byte, after)) = rest.split_first() else { return Ok((None, rest)) };
        let mut address = None;
        match byte {
            b'0'..=b'9' => (address, rest) = number(rest)?,
            b'.' => (address, rest) = (Some(cur), after),
            b'$' => (address, rest) = (Some(last), after),
            b'\'' => {
                let (letter, after) = after.split_first().unwrap_or((&0, &[]));
                if !letter.is_ascii_lowercase() {
                    return wrong("Invalid mark character");
                }
                let Some((_, place)) = self.buf.marks.iter().find(|mark| mark.0 == *letter) else {
                    return wrong(INVALID);
                };
                address = i64::try_from(place.line + 1).ok();
                rest = after;
            }
            b'/' | b'?' => {
                let (source, length, _) = delimited(after, *byte, true);
                let found = self.search(&source, *byte == b'/')?;
                address = i64::try_from(found).ok();
                rest = after.get(length..).unwrap_or_default();
            }
            _ => {}
        }
        // Numbers and signed numbers behind it add up.
        loop {
            let trimmed = unblank(rest);
            let by = match trimmed.split_first() {
                Some((sign @ (b'+' | b'-' | b'^'), after)) => {
                    let (by, after) = number(after)?;
                    rest = after;
                    let by = by.unwrap_or(1);
                    if *sign == b'+' { by } else { by.saturating_neg() }
                }
                Some((b'0'..=b'9', _)) if address.is_some() => {
                    let (by, after) = number(trimmed)?;
                    rest = after;
                    by.unwrap_or(0)
                }
                Some((b'.' | b'$' | b'\'' | b'/' | b'?', _)) if address.is_some() => return wrong(INVALID),
                _ => break,
            };
            address = Some(address.unwrap_or(cur).saturating_add(by));
        }
        match address {
            None => Ok((None, rest)),
            Some(address) if (0..=last).contains(&address) => Ok((usize::try_from(address).ok(), rest)),
            Some(_) => wrong(INVALID),
        }
    }

    /// The next line that has the pattern, around the ends.
    fn search(&mut self, source: &[u8], forward: bool) -> Result<usize> {
        let pattern = self.compile(source, false)?;
        // 0 counts as a place on the way round, with nothing in it.
        let places = self.last().saturating_add(1);
        let mut line = self.cur;
        for _ in 0..places {
            line = if forward { line + 1 } else { line.checked_sub(1).unwrap_or(places.saturating_sub(1)) };
            if line >= places {
                line = 0;
            }
            if line > 0 && pattern.is_match(self.buf.line(line.saturating_sub(1))) {
                return Ok(line);
            }
        }
        wrong("No match")
    }

    /// Compiles a pattern; an empty one is the last.
    pub(super) fn compile(&mut self, source: &[u8], icase: bool) -> Result<Rc<Pattern>> {
        if source.is_empty() {
            return self.pattern.clone().map_or_else(|| wrong("No previous pattern"), Ok);
        }
        let syntax = if self.extended { Syntax::Extended } else { Syntax::Basic };
        let options = Options { utf8: self.utf8, icase, ..Options::default() };
        match Pattern::new(source, syntax, &options) {
            Ok(pattern) => {
                let pattern = Rc::new(pattern);
                self.pattern = Some(Rc::clone(&pattern));
                Ok(pattern)
            }
            Err(PatternError::Bracket) => wrong("Unbalanced brackets ([])"),
            Err(error) => Err(error.into()),
        }
    }
}

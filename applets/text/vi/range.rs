//! The addresses before an ex command.

use super::search::split_pattern;
use super::{Fails, Vi, text, wrong};
use crate::buffer::pos;
use base::Error;
use base::number::digits;

/// Lines from 0; `first` to `last`, both in. `given` is how many addresses there were.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub first: usize,
    pub last: usize,
    pub given: usize,
    /// The last address was 0: before the first line.
    pub zero: bool,
}

impl Vi<'_, '_> {
    /// The range that `line` begins with, and the rest.
    pub fn range<'l>(&mut self, line: &'l [u8]) -> Fails<(Range, &'l [u8])> {
        let here = self.cur;
        let result = self.addresses(line);
        self.cur = here;
        result
    }

    fn addresses<'l>(&mut self, line: &'l [u8]) -> Fails<(Range, &'l [u8])> {
        let mut rest = line.trim_ascii_start();
        let mut given = 0usize;
        // From 1, so that 0 can be told.
        let (mut first, mut last) = (self.cur.line + 1, self.cur.line + 1);
        loop {
            if let Some(after) = rest.strip_prefix(b"%") {
                (first, last, given) = (1, self.buf.count(), 2);
                rest = after;
            } else {
                let (address, after) = self.address(rest)?;
                let separated = after.trim_ascii_start();
                let goes_on = matches!(separated.first(), Some(b',' | b';'));
                if address.is_some() || goes_on || given > 0 {
                    first = last;
                    last = address.unwrap_or(self.cur.line.saturating_add(1));
                    given += 1;
                }
                rest = after;
            }
            let after = rest.trim_ascii_start();
            match after.split_first() {
                Some((b',', after)) => rest = after,
                Some((b';', after)) => {
                    self.cur.line = last.saturating_sub(1).min(self.buf.last());
                    rest = after;
                }
                _ => break,
            }
        }
        if given < 2 {
            first = last;
        }
        if first > last {
            return Err(Error::message("The second address is smaller than the first"));
        }
        if last > self.buf.count() {
            return Err(Error::message("Invalid range"));
        }
        let range = Range { first: first.saturating_sub(1), last: last.saturating_sub(1), given, zero: last == 0 };
        Ok((range, rest.trim_ascii_start()))
    }

    /// One address, from 1, and what follows.
    fn address<'l>(&mut self, line: &'l [u8]) -> Fails<(Option<usize>, &'l [u8])> {
        let line = line.trim_ascii_start();
        let Some((byte, after)) = line.split_first() else { return Ok((None, line)) };
        let (mut address, mut rest) = match byte {
            b'.' => (Some(self.cur.line + 1), after),
            b'$' => (Some(self.buf.count()), after),
            b'0'..=b'9' => {
                let (value, length) = digits(line, 10);
                let value = value.and_then(|value| usize::try_from(value).ok()).unwrap_or(usize::MAX);
                (Some(value), line.get(length..).unwrap_or_default())
            }
            b'\'' => {
                let (letter, after) = after.split_first().ok_or_else(|| Error::message("Mark not set"))?;
                let place = self.mark(*letter).ok_or_else(|| Error::message("Mark not set"))?;
                (Some(place.line.min(self.buf.last()).saturating_add(1)), after)
            }
            _ => (None, line),
        };
        // A search right behind another address goes on from there.
        while let Some((byte @ (b'/' | b'?' | b'\\'), after)) = rest.split_first() {
            let (forward, source, after) = match (byte, after.split_first()) {
                (b'\\', Some((b'/', after))) => (true, Vec::new(), after),
                (b'\\', Some((b'?', after))) => (false, Vec::new(), after),
                (b'\\', _) => return Err(Error::message("\\ should be followed by / or ?")),
                _ => {
                    let (source, after) = split_pattern(after, *byte);
                    (*byte == b'/', source, after)
                }
            };
            let pattern = self.pattern(&source)?;
            let line = address.map_or(self.cur.line, |line| line.saturating_sub(1).min(self.buf.last()));
            let text = self.buf.line(line);
            let from = pos(line, if forward { text::last(text).max(text.len()) } else { 0 });
            let found = self.next_match(&pattern, from, forward);
            self.message.clear();
            let Some(found) = found else { return Err(wrong(b"Pattern not found: ", &self.find.text)) };
            (address, rest) = (Some(found.line + 1), after);
        }
        // `+3`, `-`, `++`: all of them add up.
        loop {
            let after = rest.trim_ascii_start();
            let Some((sign @ (b'+' | b'-'), after)) = after.split_first() else { break };
            let (value, length) = digits(after, 10);
            let by =
                if length == 0 { 1 } else { value.and_then(|value| usize::try_from(value).ok()).unwrap_or(usize::MAX) };
            let from = address.unwrap_or(self.cur.line.saturating_add(1));
            address = Some(if *sign == b'+' {
                from.saturating_add(by)
            } else {
                from.checked_sub(by).ok_or_else(|| Error::message("Invalid range"))?
            });
            rest = after.get(length..).unwrap_or_default();
        }
        Ok((address, rest))
    }
}

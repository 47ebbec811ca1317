//! `:s`: patterns, replacements with groups and case changes, flags; and `:g`.

use super::input::{ESC, key};
use super::operator::number;
use super::range::Range;
use super::search::split_pattern;
use super::{Fails, Vi, text};
use crate::buffer::pos;
use crate::replacement::{Matches, Notation, Replacement};
use base::Error;
use base::pattern::Pattern;
use base::sys::signal;

/// The last substitution, for `:s`, `:&` and `:~`.
#[derive(Default, Clone)]
pub struct Last {
    pattern: Vec<u8>,
    replacement: Vec<u8>,
    flags: Vec<u8>,
    was_used: bool,
}

/// vim's escapes: `\n` is NUL, `\r` ends the line.
const NOTATION: Notation = Notation {
    cases: b"ULEule",
    escape: |rest| match rest.first()? {
        b'n' => Some((0, 1)),
        b't' => Some((b'\t', 1)),
        b'r' => Some((b'\n', 1)),
        _ => None,
    },
};

impl Vi<'_, '_> {
    /// `:s`, `:&` and `:~`. `text` is what follows the name.
    pub fn substitute(&mut self, name: &str, range: Range, text: &[u8], report: bool) -> Fails {
        let mut last = self.sub.clone();
        let mut rest = text;
        let delimiter =
            text.first().copied().filter(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'|' | b'"'));
        if let Some(delimiter) = delimiter.filter(|byte| name == "substitute" && !matches!(byte, b'&' | b'~')) {
            let (source, after) = split_pattern(text.get(1..).unwrap_or_default(), delimiter);
            let mut replacement = Vec::new();
            let mut at = 0usize;
            while let Some(byte) = after.get(at).filter(|byte| **byte != delimiter) {
                if *byte == b'\\' && after.get(at.saturating_add(1)) == Some(&delimiter) {
                    replacement.push(delimiter);
                    at = at.saturating_add(2);
                    continue;
                }
                if *byte == b'\\' || *byte == 22 {
                    replacement.extend(
                        after
                            .get(at..at.saturating_add(2).min(after.len()))
                            .filter(|_| *byte == b'\\')
                            .unwrap_or_default(),
                    );
                    if *byte == 22 {
                        replacement.extend(after.get(at.saturating_add(1)));
                    }
                    at = at.saturating_add(2);
                    continue;
                }
                if *byte == b'~' {
                    replacement.extend_from_slice(&self.sub.replacement);
                } else {
                    replacement.push(*byte);
                }
                at = at.saturating_add(1);
            }
            rest = after.get(at.saturating_add(1)..).unwrap_or_default();
            last.pattern = if source.is_empty() { self.find.text.clone() } else { source };
            if replacement == b"%" {
                replacement = self.sub.replacement.clone();
            }
            last.replacement = replacement;
            last.flags.clear();
        } else {
            if !last.was_used {
                return Err(Error::message("No previous substitute regular expression"));
            }
            if name == "~" {
                last.pattern = self.find.text.clone();
            }
        }
        last.was_used = true;
        // Flags, then a count.
        let mut flags = if rest.first() == Some(&b'&') { self.sub.flags.clone() } else { Vec::new() };
        let mut count = None;
        for byte in rest {
            match byte {
                b'&' | b' ' => {}
                b'r' if name != "~" => last.pattern = self.find.text.clone(),
                b'g' | b'c' | b'i' | b'I' | b'n' | b'e' | b'p' | b'l' | b'#' => flags.push(*byte),
                b'0'..=b'9' => {
                    let digit = usize::from(byte.wrapping_sub(b'0'));
                    count = Some(count.unwrap_or(0usize).saturating_mul(10).saturating_add(digit));
                }
                _ => return Err(Error::message([b"Trailing characters: ", rest].concat())),
            }
        }
        last.flags = flags.clone();
        let has = |flag: u8| flags.contains(&flag);
        let mut range = range;
        if let Some(count) = count {
            range.first = range.last;
            range.last = range.first.saturating_add(count.saturating_sub(1)).min(self.buf.last());
        }
        self.sub = last.clone();
        let case = self.opt.ignorecase;
        if has(b'i') || has(b'I') {
            self.opt.ignorecase = has(b'i');
        }
        let pattern = self.pattern(&last.pattern);
        self.opt.ignorecase = case;
        let pattern = pattern?;
        // Return in a replacement ends the line.
        let replacement: Vec<u8> =
            last.replacement.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect();
        let parts = Replacement::parse(&replacement, &NOTATION);
        let (mut lines, mut total) = (0usize, 0usize);
        let mut n = range.first;
        let mut end = range.last;
        let mut place = None;
        let mut asks = has(b'c');
        // `\n` at the end takes the end of the line too: what becomes of it, until it is put before the next line.
        let joins = last.pattern.ends_with(b"\\n") && !last.pattern.ends_with(b"\\\\n") && !has(b'n');
        let mut carried = Vec::new();
        while n <= end {
            if signal::is_pending(base::term::screen::INT) {
                break;
            }
            let (new, replaced, stop) =
                self.substitute_line(n, &pattern, (&parts, &replacement), has(b'g'), &mut asks, has(b'n'));
            let joined = !carried.is_empty();
            let new = if joined { [core::mem::take(&mut carried), new].concat() } else { new };
            if replaced > 0 || joined {
                lines = lines.saturating_add(1);
                total = total.saturating_add(replaced);
                place = Some(n);
                if joins && replaced > 0 && n < self.buf.last() {
                    carried = new;
                    self.buf.remove(n, 1);
                    if n < end {
                        end = end.saturating_sub(1);
                        continue;
                    }
                    carried.extend_from_slice(self.buf.line(n));
                    self.buf.set(n, &carried);
                    break;
                }
                if !has(b'n') {
                    if new.contains(&b'\n') {
                        let parts: Vec<&[u8]> = new.split(|byte| *byte == b'\n').collect();
                        let more = parts.len().saturating_sub(1);
                        self.buf.replace(n, 1, &parts);
                        n = n.saturating_add(more);
                        end = end.saturating_add(more);
                        place = Some(n);
                    } else {
                        self.buf.set(n, &new);
                    }
                }
            }
            if stop {
                break;
            }
            n = n.saturating_add(1);
        }
        if let Some(place) = place {
            if has(b'p') || has(b'l') || has(b'#') {
                let line = self.buf.line(place).to_vec();
                self.output.push(line);
            }
            if has(b'n') {
                self.message = [&number(total), b" matches on ".as_slice(), &number(lines), b" lines"].concat();
            } else {
                self.go(pos(place, 0));
                if report && total > 2 {
                    self.message =
                        [&number(total), b" substitutions on ".as_slice(), &number(lines), b" lines"].concat();
                }
            }
        } else if report && !has(b'e') && !has(b'c') {
            return Err(Error::message([b"Pattern not found: ", last.pattern.as_slice()].concat()));
        }
        Ok(())
    }

    /// What a line becomes, how many matches were replaced, and whether the user wants to stop.
    fn substitute_line(
        &mut self,
        n: usize,
        pattern: &Pattern,
        replacement: (&Replacement, &[u8]),
        all: bool,
        asks: &mut bool,
        counts: bool,
    ) -> (Vec<u8>, usize, bool) {
        let mut out = Vec::new();
        let mut replaced = 0usize;
        let mut copied = 0usize;
        let mut slots = Vec::new();
        let mut stop = false;
        let text = self.buf.line(n).to_vec();
        let mut matches = Matches::default();
        while let Some((start, end)) = matches.next(pattern, &text, true, &mut slots, self.utf8) {
            let mut wanted = true;
            if *asks && !counts {
                let line = [out.as_slice(), text.get(copied..).unwrap_or_default()].concat();
                let col = out.len().saturating_add(start.saturating_sub(copied));
                let answer = if line.contains(&b'\n') { b'y' } else { self.confirm(n, &line, col, replacement.1) };
                match answer {
                    b'y' => {}
                    b'l' => stop = true,
                    b'a' => *asks = false,
                    b'n' => wanted = false,
                    _ => {
                        wanted = false;
                        stop = true;
                    }
                }
            }
            out.extend_from_slice(text.get(copied..start).unwrap_or_default());
            copied = start;
            if wanted {
                replacement.0.push(&text, (start, end), &slots, &mut out, self.utf8);
                copied = end;
                replaced = replaced.saturating_add(1);
            }
            // As in vim, an empty match is not followed by one at the end of the line.
            let ends = start == end && text::next(&text, end) >= text.len();
            if !all || stop || ends {
                break;
            }
        }
        out.extend_from_slice(text.get(copied..).unwrap_or_default());
        (out, replaced, stop)
    }

    /// Asks whether a match is to be replaced: `y n a q l`.
    fn confirm(&mut self, n: usize, line: &[u8], col: usize, replacement: &[u8]) -> u8 {
        let old = self.buf.line(n).to_vec();
        if old != line {
            self.buf.set(n, line);
        }
        self.go(pos(n, col));
        loop {
            self.message = [b"replace with ", replacement, b" (y/n/a/q/l)?"].concat();
            let Some(k) = self.key() else { return b'q' };
            match u8::try_from(k) {
                Ok(byte @ (b'y' | b'n' | b'a' | b'q' | b'l')) => return byte,
                Ok(3) => return b'q',
                _ if k == ESC => return b'q',
                _ if k == key(b'Y') => return b'y',
                _ => {}
            }
        }
    }

    /// `:g` and `:v`: a command for each line that has the pattern, or that has not.
    pub fn global(&mut self, range: Range, text: &[u8], invert: bool) -> Fails {
        let text = text.trim_ascii_start();
        let Some((delimiter, rest)) = text.split_first().filter(|(byte, _)| !byte.is_ascii_alphanumeric()) else {
            return Err(Error::message("Regular expression missing from global"));
        };
        let (source, command) = split_pattern(rest, *delimiter);
        let pattern = self.pattern(&source)?;
        let (first, last) = if range.given == 0 { (0, self.buf.last()) } else { (range.first, range.last) };
        let mut wanted: Vec<usize> = Vec::new();
        for n in first..=last {
            if pattern.is_match(self.buf.line(n)) != invert {
                wanted.push(n);
            }
        }
        if wanted.is_empty() || self.buf.is_empty() {
            return Err(Error::message([b"Pattern not found: ", source.as_slice()].concat()));
        }
        let command = if command.trim_ascii().is_empty() { b"p" } else { command };
        let before = self.buf.count();
        if command.trim_ascii() == b"d" {
            // The commonest, in one go: neighbours together, from the end.
            let mut end = wanted.len();
            while end > 0 {
                let mut start = end.saturating_sub(1);
                let n = |index: usize| wanted.get(index).copied().unwrap_or(0);
                while start > 0 && n(start.saturating_sub(1)).saturating_add(1) == n(start) {
                    start = start.saturating_sub(1);
                }
                self.buf.remove(n(start), end.saturating_sub(start));
                end = start;
            }
            let to = wanted.last().copied().unwrap_or(0).saturating_add(1).saturating_sub(wanted.len());
            self.go_line(to);
        } else {
            // Lines keep their mark wherever the command moves them.
            self.globals = self.globals.wrapping_add(1).max(1);
            let flag = self.globals;
            for n in &wanted {
                self.buf.flag(*n, flag);
            }
            let mut from = 0;
            while let Some(n) = self.buf.flagged(from, flag) {
                if signal::is_pending(base::term::screen::INT) || self.quit.is_some() {
                    break;
                }
                self.buf.flag(n, 0);
                let count = self.buf.count();
                self.cur = pos(n, 0);
                self.ex_line(command);
                // Lines above may have gone.
                from = n.saturating_sub(count.saturating_sub(self.buf.count()));
            }
            self.clamp();
        }
        let lines = before.saturating_sub(self.buf.count());
        self.report(lines, b" fewer lines");
        Ok(())
    }
}

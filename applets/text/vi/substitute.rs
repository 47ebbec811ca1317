//! `:s`: patterns, replacements with groups and case changes, flags; and `:g`.

use super::ex::Ex;
use super::input::ESC;
use super::range::Range;
use super::search::split_pattern;
use super::{Fails, Vi, text, wrong};
use crate::buffer::{lines_of, pos};
use crate::replacement::{Matches, Notation, Replacement};
use base::Error;
use base::number::push_u64;
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
    pub fn substitute(&mut self, ex: Ex, range: &Range, text: &[u8]) -> Fails {
        let report = !self.running_global;
        let mut last = self.sub.clone();
        let mut rest = text;
        let delimiter =
            text.first().copied().filter(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'|' | b'"'));
        if let Some(delimiter) = delimiter.filter(|byte| ex == Ex::Substitute && !matches!(byte, b'&' | b'~')) {
            let (source, after) = split_pattern(text.get(1..).unwrap_or_default(), delimiter);
            let mut replacement = Vec::new();
            let mut at = 0usize;
            while let Some(byte) = after.get(at).filter(|byte| **byte != delimiter) {
                at += 1;
                match byte {
                    b'\\' | 22 => {
                        let next = after.get(at);
                        if *byte == b'\\' && next != Some(&delimiter) {
                            replacement.push(b'\\');
                        }
                        replacement.extend(next);
                        at += 1;
                    }
                    b'~' => replacement.extend_from_slice(&last.replacement),
                    _ => replacement.push(*byte),
                }
            }
            rest = after.get(at + 1..).unwrap_or_default();
            last.pattern = source;
            if last.pattern.is_empty() {
                last.pattern.clone_from(&self.find.text);
            }
            if replacement != b"%" {
                last.replacement = replacement;
            }
        } else {
            if !last.was_used {
                return Err(Error::message("No previous substitute regular expression"));
            }
            if ex == Ex::Repeat {
                last.pattern.clone_from(&self.find.text);
            }
        }
        last.was_used = true;
        // Flags, then a count.
        last.flags.clear();
        if rest.first() == Some(&b'&') {
            last.flags.extend_from_slice(&self.sub.flags);
        }
        let mut count = None;
        for byte in rest {
            match byte {
                b'&' | b' ' => {}
                b'r' if ex != Ex::Repeat => last.pattern.clone_from(&self.find.text),
                b'g' | b'c' | b'i' | b'I' | b'n' | b'e' | b'p' | b'l' | b'#' => last.flags.push(*byte),
                b'0'..=b'9' => {
                    let digit = usize::from(byte.wrapping_sub(b'0'));
                    count = Some(count.unwrap_or(0usize).saturating_mul(10).saturating_add(digit));
                }
                _ => return Err(wrong(b"Trailing characters: ", rest)),
            }
        }
        self.sub = last.clone();
        let has = |flag: u8| last.flags.contains(&flag);
        let (all, only_counts) = (has(b'g'), has(b'n'));
        let mut range = *range;
        if let Some(count) = count {
            range.first = range.last;
            range.last = range.first.saturating_add(count.saturating_sub(1)).min(self.buf.last());
        }
        let case = self.opt.ignorecase;
        if has(b'i') || has(b'I') {
            self.opt.ignorecase = has(b'i');
        }
        let pattern = self.pattern(&last.pattern);
        self.opt.ignorecase = case;
        let pattern = pattern?;
        // Return in a replacement ends the line.
        let mut replacement = last.replacement.clone();
        for byte in &mut replacement {
            if *byte == b'\r' {
                *byte = b'\n';
            }
        }
        let parts = Replacement::parse(&replacement, &NOTATION);
        let (mut changed, mut total) = (0usize, 0usize);
        let mut n = range.first;
        let mut end = range.last;
        let mut place = None;
        let mut asks = has(b'c');
        // `\n` at the end takes the end of the line too: what becomes of it, until it is put before the next line.
        let joins = last.pattern.ends_with(b"\\n") && !last.pattern.ends_with(b"\\\\n") && !only_counts;
        let mut carried = Vec::new();
        while n <= end {
            if signal::is_pending(base::term::screen::INT) {
                break;
            }
            let joined = !carried.is_empty();
            let mut new = core::mem::take(&mut carried);
            let (replaced, stop) =
                self.substitute_line(n, &mut new, &pattern, (&parts, &replacement), all, &mut asks, only_counts);
            if replaced > 0 || joined {
                changed += 1;
                total += replaced;
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
                if !only_counts {
                    let parts = lines_of(&new);
                    let more = parts.len().saturating_sub(1);
                    self.buf.replace(n, 1, &parts);
                    n = n.saturating_add(more);
                    end = end.saturating_add(more);
                    place = Some(n);
                }
            }
            if stop {
                break;
            }
            n += 1;
        }
        if let Some(place) = place {
            if has(b'p') || has(b'l') || has(b'#') {
                let line = self.buf.line(place).to_vec();
                self.output.push(line);
            }
            if !only_counts {
                self.go_line(place);
            }
            if only_counts || report && total > 2 {
                self.message.clear();
                push_u64(&mut self.message, total as u64);
                self.message.extend_from_slice(if only_counts { b" matches on " } else { b" substitutions on " });
                push_u64(&mut self.message, changed as u64);
                self.message.extend_from_slice(b" lines");
            }
        } else if report && !has(b'e') && !has(b'c') {
            return Err(wrong(b"Pattern not found: ", &last.pattern));
        }
        Ok(())
    }

    /// Appends what a line becomes; gives how many matches were replaced, and whether the user wants to stop.
    #[allow(clippy::too_many_arguments, reason = "what one substitution is about")]
    fn substitute_line(
        &mut self,
        n: usize,
        out: &mut Vec<u8>,
        pattern: &Pattern,
        replacement: (&Replacement, &[u8]),
        all: bool,
        asks: &mut bool,
        counts: bool,
    ) -> (usize, bool) {
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
                wanted = answer != b'n' && answer != b'q';
                stop = answer == b'l' || answer == b'q';
                *asks = answer != b'a';
            }
            out.extend_from_slice(text.get(copied..start).unwrap_or_default());
            copied = start;
            if wanted {
                replacement.0.push(&text, (start, end), &slots, out, self.utf8);
                copied = end;
                replaced += 1;
            }
            // As in vim, an empty match is not followed by one at the end of the line.
            let ends = start == end && text::next(&text, end) >= text.len();
            if !all || stop || ends {
                break;
            }
        }
        out.extend_from_slice(text.get(copied..).unwrap_or_default());
        (replaced, stop)
    }

    /// Asks whether a match is to be replaced: `y n a q l`.
    fn confirm(&mut self, n: usize, line: &[u8], col: usize, replacement: &[u8]) -> u8 {
        if self.buf.line(n) != line {
            self.buf.set(n, line);
        }
        self.go(pos(n, col));
        loop {
            self.say(b"replace with ");
            self.message.extend_from_slice(replacement);
            self.message.extend_from_slice(b" (y/n/a/q/l)?");
            match u8::try_from(self.key().unwrap_or(ESC)) {
                Ok(byte @ (b'y' | b'n' | b'a' | b'q' | b'l')) => return byte,
                Ok(3 | 27) => return b'q',
                Ok(b'Y') => return b'y',
                _ => {}
            }
        }
    }

    /// `:g` and `:v`: a command for each line that has the pattern, or that has not.
    pub fn global(&mut self, range: &Range, text: &[u8], invert: bool) -> Fails {
        let text = text.trim_ascii_start();
        let Some((delimiter, rest)) = text.split_first().filter(|(byte, _)| !byte.is_ascii_alphanumeric()) else {
            return Err(Error::message("Regular expression missing from global"));
        };
        let (source, command) = split_pattern(rest, *delimiter);
        let pattern = self.pattern(&source)?;
        let (first, last) = if range.given == 0 { (0, self.buf.last()) } else { (range.first, range.last) };
        let mut wanted: Vec<usize> = Vec::new();
        for n in first..last + 1 {
            if pattern.is_match(self.buf.line(n)) != invert {
                wanted.push(n);
            }
        }
        if wanted.is_empty() || self.buf.is_empty() {
            return Err(wrong(b"Pattern not found: ", &source));
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
            self.globals = self.globals.wrapping_add(1).max(crate::buffer::ONCE + 1);
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

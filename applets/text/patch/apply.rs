//! Finding where a hunk belongs, and building the new text.

use super::parse::{Hunk, Line};
use crate::diff::lines;

/// The file being patched: its lines, and what of the new text is done.
pub struct Target<'a> {
    lines: Vec<&'a [u8]>,
    /// Lines of the old text that are in the new one already.
    done: usize,
    /// Where the last hunk was found less where it said.
    pub offset: isize,
    /// The new text.
    pub out: Vec<u8>,
    /// Lines added less lines removed so far.
    pub growth: isize,
    /// White space matters only in that it is there.
    pub loose: bool,
    /// The name of -D: both texts are kept, and the C preprocessor makes either of it.
    pub define: Option<&'a [u8]>,
}

/// Where a hunk was found.
pub struct Place {
    /// Index of its first line.
    pub at: usize,
    pub fuzz: usize,
    pub offset: isize,
}

fn equal(line: &[u8], wanted: &Line, loose: bool) -> bool {
    let (text, newline) = match line.strip_suffix(b"\n") {
        Some(text) => (text, true),
        None => (line, false),
    };
    if !loose {
        return newline == wanted.newline && text == wanted.text;
    }
    let words = |text| <[u8]>::split(text, u8::is_ascii_whitespace).filter(|word: &&[u8]| !word.is_empty());
    let starts = |text: &[u8]| text.first().is_some_and(u8::is_ascii_whitespace);
    words(text).eq(words(wanted.text)) && starts(text) == starts(wanted.text)
}

impl<'a> Target<'a> {
    pub fn new(text: &'a [u8], loose: bool) -> Target<'a> {
        Target {
            lines: lines(text),
            done: 0,
            offset: 0,
            out: Vec::with_capacity(text.len()),
            growth: 0,
            loose,
            define: None,
        }
    }

    /// Looks for the hunk with exactly this fuzz: first where it should be, then ever farther away.
    pub fn find(&self, hunk: &Hunk, fuzz: usize) -> Option<Place> {
        let mut old = Vec::with_capacity(hunk.lines.len());
        for line in &hunk.lines {
            if line.sign != b'+' {
                old.push(line);
            }
        }
        let is_context = |line: &&Line| line.sign == b' ';
        let before = hunk.lines.iter().take_while(is_context).count();
        let after = hunk.lines.iter().rev().take_while(is_context).count();
        let context = before.max(after);
        if fuzz > context {
            return None;
        }
        let spare = |have: usize| fuzz.saturating_add(have).checked_sub(context);
        let (front, back) = (spare(before), spare(after));
        let (skip, chop) = (front.unwrap_or(0), back.unwrap_or(0));
        let wanted = old.get(skip..old.len().checked_sub(chop)?)?;
        // Less context in front than behind means the beginning of the file, and the other way round its end.
        let at_start = front.is_none() && hunk.old <= 1;
        let at_end = back.is_none();
        let guess = hunk.old.saturating_sub(1).saturating_add_signed(self.offset);
        let last = self.lines.len().checked_sub(old.len().saturating_sub(chop))?;
        let first = self.done.saturating_sub(skip);
        let fits = |at: usize| {
            let from = at.saturating_add(skip);
            if at < first || at > last || from < self.done {
                return false;
            }
            if at_start && at != 0 || at_end && at + old.len() != self.lines.len() {
                return false;
            }
            let lines = self.lines.get(from..).unwrap_or_default();
            lines.len() >= wanted.len()
                && wanted.iter().zip(lines).all(|(wanted, line)| equal(line, wanted, self.loose))
        };
        let place = |at: usize| {
            let plain = hunk.old.saturating_sub(1);
            let offset = isize::try_from(at).unwrap_or(0).saturating_sub(isize::try_from(plain).unwrap_or(0));
            Some(Place { at, fuzz, offset })
        };
        if old.is_empty() {
            // Nothing to compare with: it goes where it says, or to the end.
            return place(guess.clamp(first, last.max(first)));
        }
        let farthest = guess.saturating_sub(first).max(last.saturating_sub(guess));
        for distance in 0..=farthest {
            if let Some(at) = guess.checked_add(distance)
                && fits(at)
            {
                return place(at);
            }
            if distance > 0
                && let Some(at) = guess.checked_sub(distance)
                && fits(at)
            {
                return place(at);
            }
        }
        None
    }

    fn copy_to(&mut self, end: usize) {
        let end = end.min(self.lines.len());
        for line in self.lines.get(self.done..end).unwrap_or_default() {
            self.out.extend_from_slice(line);
        }
        self.done = self.done.max(end);
    }

    /// Goes from one part of a change to another, each named by its sign; blank is what both texts have.
    fn turn(&mut self, from: u8, to: u8) {
        let Some(name) = self.define else { return };
        let text: &[u8] = match (from, to) {
            (b' ', b'-') => b"#ifndef ",
            (b' ', b'+') => b"#ifdef ",
            (b'-', b'+') => b"#else\n",
            (b'+', b'-') => b"#endif\n#ifndef ",
            (b'-' | b'+', b' ') => b"#endif\n",
            _ => return,
        };
        if self.out.last().is_some_and(|byte| *byte != b'\n') {
            self.out.push(b'\n');
        }
        self.out.extend_from_slice(text);
        if text.last() == Some(&b' ') {
            self.out.extend_from_slice(name);
            self.out.push(b'\n');
        }
    }

    /// Applies the hunk at its place; what it calls context stays as the file has it.
    pub fn apply(&mut self, hunk: &Hunk, place: &Place) {
        // The outermost context, which fuzz did not look at, may lie outside of the file.
        let mut at = place.at;
        self.copy_to(at);
        let mut part = b' ';
        for line in &hunk.lines {
            if line.sign != part {
                self.copy_to(at);
                self.turn(part, line.sign);
                part = line.sign;
            }
            match line.sign {
                b'+' => {
                    self.copy_to(at);
                    self.out.extend_from_slice(line.text);
                    if line.newline {
                        self.out.push(b'\n');
                    }
                    self.growth += 1;
                }
                b'-' => {
                    self.copy_to(at);
                    at += 1;
                    if self.define.is_some() {
                        self.copy_to(at);
                    }
                    self.done = self.done.max(at);
                    self.growth = self.growth.saturating_sub(1);
                }
                _ => at += 1,
            }
        }
        self.turn(part, b' ');
        // Trailing context may be searched again by the next hunk only where it is its context too: it stays unwritten.
        self.offset = place.offset;
    }

    /// The new text, with all that follows the last hunk.
    pub fn finish(mut self) -> Vec<u8> {
        self.copy_to(self.lines.len());
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::{Format, Reader};
    use super::*;

    fn patch(text: &[u8], patch: &[u8]) -> Option<Vec<u8>> {
        let mut reader = Reader::new(patch, None);
        reader.next(false).ok()??;
        let mut target = Target::new(text, false);
        while let Some(hunk) = reader.hunk(Format::Unified).ok()? {
            let place = target.find(&hunk, 0)?;
            target.apply(&hunk, &place);
        }
        Some(target.finish())
    }

    #[test]
    fn applies() {
        let unified = b"--- a\n+++ b\n@@ -1,2 +1,2 @@\n-x\n+y\n z\n";
        assert_eq!(patch(b"x\nz\nq\n", unified), Some(b"y\nz\nq\n".to_vec()));
        assert_eq!(patch(b"q\nz\n", unified), None);
        assert_eq!(patch(b"", b"@@ -0,0 +1 @@\n+n\n"), Some(b"n\n".to_vec()));
        assert_eq!(patch(b"a\n", b"@@ -1 +0,0 @@\n-a\n"), Some(Vec::new()));
        assert_eq!(patch(b"a", b"@@ -1 +1 @@\n-a\n\\ No newline\n+b\n"), Some(b"b\n".to_vec()));
    }
}

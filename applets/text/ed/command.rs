//! The commands, but for `g`, `s` and those about files.

use super::address::{Range, unblank};
use super::{Ed, Flow, wrong};
use crate::buffer::pos;
use crate::list::push_listed;
use base::Result;
use base::number::{digits, push_u64};

/// What a command prints of its last line: `p`, `l`, `n`.
#[derive(Clone, Copy, Default)]
pub struct Print {
    pub plain: bool,
    pub listed: bool,
    pub numbered: bool,
}

impl Print {
    /// Takes one of the letters; false where it is none, or was taken before.
    pub fn take(&mut self, letter: u8) -> bool {
        let flag = match letter {
            b'p' => &mut self.plain,
            b'l' => &mut self.listed,
            b'n' => &mut self.numbered,
            _ => return false,
        };
        !core::mem::replace(flag, true)
    }

    fn any(self) -> bool {
        self.plain || self.listed || self.numbered
    }
}

/// What may follow a command: `p`, `l`, `n`, and nothing else.
fn suffix(rest: &[u8]) -> Result<Print> {
    let mut print = Print::default();
    for letter in rest {
        if !print.take(*letter) {
            return wrong("Invalid command suffix");
        }
    }
    Ok(print)
}

/// The operand of a command, which blanks part from its letter.
fn operand(rest: &[u8]) -> Result<&[u8]> {
    if rest.is_empty() || rest.starts_with(b" ") || rest.starts_with(b"\t") {
        Ok(unblank(rest))
    } else {
        wrong("Unexpected command suffix")
    }
}

/// How many lines that is.
fn count(range: Range) -> usize {
    range.last.saturating_sub(range.first).saturating_add(1)
}

impl Ed<'_, '_> {
    /// Does what a command line says; `warned` that text would be lost.
    pub(super) fn command(&mut self, line: &[u8], warned: bool) -> Result<Flow> {
        let (mut range, rest) = self.range(line)?;
        let Some((name, rest)) = rest.split_first() else {
            // A line alone is printed, none is the next.
            if range.given == 0 {
                range.last = self.cur + 1;
            }
            range.first = range.last;
            self.check(range, 1)?;
            self.print(range, Print { plain: true, ..Print::default() })?;
            return Ok(Flow::Go);
        };
        // What lines each command takes where none is given, and whether 0 is one: `.` the current, `$` all, `-` none at all.
        let (default, least) = match name {
            b'a' | b'i' => (b'.', 0),
            b'r' | b'=' => (b'$', 0),
            b'w' | b'W' | b'g' | b'v' | b'G' | b'V' => (b'%', 1),
            b'j' => (b'+', 1),
            b'c' | b'd' | b'k' | b'l' | b'm' | b'n' | b'p' | b's' | b't' | b'y' => (b'.', 1),
            b'x' => (b'.', 0),
            b'z' => (b'z', 1),
            b'#' => return Ok(Flow::Go),
            b'e' | b'E' | b'f' | b'h' | b'H' | b'P' | b'q' | b'Q' | b'u' | b'!' if range.given > 0 => {
                return wrong("Unexpected address");
            }
            _ => (b'-', 0),
        };
        let given = range.given > 0;
        if !given {
            (range.first, range.last) = match default {
                b'$' => (self.last(), self.last()),
                b'%' => (1.min(self.last()), self.last()),
                b'+' => (self.cur, self.cur + 1),
                b'z' => (self.cur + 1, self.cur + 1),
                _ => (self.cur, self.cur),
            };
        }
        let is_write = matches!(name, b'w' | b'W');
        if default != b'-' && (given || !is_write) {
            self.check(range, least)?;
        }
        let mut print = match name {
            b'a' | b'c' | b'd' | b'i' | b'j' | b'l' | b'n' | b'p' | b'u' | b'x' | b'y' | b'h' | b'H' | b'P' | b'q'
            | b'Q' | b'=' => suffix(rest)?,
            _ => Print::default(),
        };
        match name {
            b'a' | b'i' | b'c' => {
                self.take_text(*name, range)?;
            }
            b'd' => {
                self.cut(range);
                self.buf.remove(range.first.saturating_sub(1), count(range));
                self.modified = true;
                self.cur = range.first.min(self.last());
            }
            b'y' => {
                self.cut(range);
            }
            b'x' => {
                if self.cut.is_empty() {
                    return wrong("Nothing to put");
                }
                let lines = self.cut.clone();
                self.buf.insert_lines(range.last, &lines);
                self.cur = range.last + lines.len();
                self.modified = true;
            }
            b'j' => {
                if range.last > range.first {
                    self.cut(range);
                    let mut joined = Vec::new();
                    for n in range.first..range.last + 1 {
                        joined.extend_from_slice(self.buf.line(n.saturating_sub(1)));
                    }
                    self.buf.replace(range.first.saturating_sub(1), count(range), &[&joined]);
                    self.cur = range.first;
                    self.modified = true;
                }
            }
            b'm' | b't' => print = self.move_or_copy(*name, range, rest)?,
            b'k' => {
                let (letter, rest) = rest.split_first().unwrap_or((&0, &[]));
                if !letter.is_ascii_lowercase() {
                    return wrong("Invalid mark character");
                }
                print = suffix(rest)?;
                self.buf.set_mark(*letter, pos(range.last.saturating_sub(1), 0));
            }
            b'p' | b'l' | b'n' => {
                let mut how = core::mem::take(&mut print);
                how.take(*name);
                self.print(range, how)?;
            }
            b's' => print = self.substitute(range, rest)?,
            b'u' => {
                self.undo()?;
            }
            b'=' => {
                self.put_number(range.last as u64)?;
            }
            b'z' => {
                let (value, length) = digits(rest, 10);
                if length > 0 {
                    self.window = value.and_then(|value| usize::try_from(value).ok()).unwrap_or(usize::MAX).max(1);
                }
                let mut how = suffix(rest.get(length..).unwrap_or_default())?;
                how.plain = true;
                let last = range.last.saturating_add(self.window.saturating_sub(1)).min(self.last());
                self.print(Range { first: range.last, last, given: 2 }, how)?;
            }
            b'g' | b'v' | b'G' | b'V' => {
                if self.in_global {
                    return wrong("Cannot nest global commands");
                }
                return self.global(*name, range, rest);
            }
            b'h' | b'H' | b'P' => {
                if *name == b'P' {
                    self.prompts = !self.prompts;
                } else {
                    self.verbose ^= *name == b'H';
                    if self.verbose || *name == b'h' {
                        self.explain()?;
                    }
                }
            }
            b'e' | b'E' => {
                let name_given = operand(rest)?;
                if *name == b'e' && self.modified && !warned {
                    return self.warn();
                }
                self.edit(name_given)?;
            }
            b'f' => {
                let name_given = operand(rest)?;
                if name_given.starts_with(b"!") {
                    return wrong("Invalid redirection");
                }
                self.set_name(name_given)?;
                let mut line = self.file_name(b"")?;
                line.push(b'\n');
                self.cx.stdout.put(&line)?;
            }
            b'r' => {
                let name_given = operand(rest)?;
                self.read_behind(name_given, range.last)?;
            }
            b'w' | b'W' => {
                let mut rest = rest;
                let then_quits = *name == b'w' && rest.first().is_some_and(|byte| matches!(byte, b'q' | b'Q'));
                if then_quits {
                    rest = rest.get(1..).unwrap_or_default();
                }
                let name_given = operand(rest)?;
                self.write(name_given, range, *name == b'W')?;
                if then_quits {
                    if self.modified && !warned {
                        return self.warn();
                    }
                    return Ok(Flow::Quit);
                }
            }
            b'q' | b'Q' => {
                if *name == b'q' && self.modified && !warned {
                    return self.warn();
                }
                return Ok(Flow::Quit);
            }
            b'!' => self.run_command(rest)?,
            _ => return wrong("Unknown command"),
        }
        if print.any() {
            let range = Range { first: self.cur, last: self.cur, given: 1 };
            self.check(range, 1)?;
            self.print(range, print)?;
        }
        Ok(Flow::Go)
    }

    /// Refuses lines that are not there.
    fn check(&self, range: Range, least: usize) -> Result<()> {
        if range.first > range.last || range.first < least || range.last > self.last() {
            return wrong("Invalid address");
        }
        Ok(())
    }

    fn warn(&mut self) -> Result<Flow> {
        self.warned = true;
        wrong("Warning: buffer modified")
    }

    /// Remembers lines for `x`.
    fn cut(&mut self, range: Range) {
        self.cut = self.buf.lines(range.first.saturating_sub(1), count(range));
    }

    /// `a`, `i` and `c`.
    fn take_text(&mut self, name: u8, range: Range) -> Result<()> {
        let lines = self.read_text()?;
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let mut at = range.last;
        if name == b'i' {
            at = at.saturating_sub(1);
        }
        if name == b'c' {
            at = range.first.saturating_sub(1);
            self.cut(range);
            self.buf.remove(at, count(range));
            self.modified = true;
            if lines.is_empty() {
                self.cur = range.first.min(self.last());
                return Ok(());
            }
        }
        if lines.is_empty() {
            self.cur = range.last;
        } else {
            self.buf.insert(at, &lines);
            self.cur = at + lines.len();
            self.modified = true;
        }
        Ok(())
    }

    /// `m` and `t`.
    fn move_or_copy(&mut self, name: u8, range: Range, rest: &[u8]) -> Result<Print> {
        let (to, rest) = self.range(rest)?;
        let print = suffix(rest)?;
        if to.given > 1 {
            return wrong("Invalid address");
        }
        let (from, lines, to) = (range.first.saturating_sub(1), count(range), to.last);
        if name == b't' {
            self.buf.copy(from, lines, to);
            self.cur = to + lines;
        } else {
            if to >= range.first && to < range.last {
                return wrong("Invalid destination");
            }
            self.cur = if to >= range.last { to } else { to + lines };
            if to == range.last || to + 1 == range.first {
                return Ok(print);
            }
            // Marks go with their lines.
            let start = self.cur.saturating_sub(lines);
            let marks = self.buf.marks.clone();
            self.buf.shift(from, lines, to);
            for (letter, place) in marks {
                if (from..range.last).contains(&place.line) {
                    self.buf.set_mark(letter, pos(place.line.saturating_sub(from).saturating_add(start), 0));
                }
            }
        }
        self.modified = true;
        Ok(print)
    }

    fn undo(&mut self) -> Result<()> {
        let Some(before) = self.before.take().filter(|_| !self.in_global) else {
            return wrong("Nothing to undo");
        };
        self.before = Some((self.cur, self.modified, self.buf.marks.clone()));
        if self.undone {
            self.buf.redo();
        } else {
            self.buf.undo();
        }
        self.undone = !self.undone;
        (self.cur, self.modified, self.buf.marks) = before;
        Ok(())
    }

    /// Prints a number on a line of its own.
    pub(super) fn put_number(&mut self, number: u64) -> Result<()> {
        let mut line = Vec::new();
        push_u64(&mut line, number);
        line.push(b'\n');
        self.cx.stdout.put(&line)
    }

    /// Prints lines; the last becomes the current one.
    pub(super) fn print(&mut self, range: Range, how: Print) -> Result<()> {
        let mut out = Vec::new();
        for n in range.first..range.last + 1 {
            if base::sys::signal::pending() {
                break;
            }
            if how.numbered {
                push_u64(&mut out, n as u64);
                out.push(b'\t');
            }
            let line = self.buf.line(n.saturating_sub(1));
            if how.listed {
                push_listed(&mut out, line, 73, true);
            } else {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            self.cx.stdout.put(&out)?;
            out.clear();
        }
        self.cur = range.last;
        Ok(())
    }
}

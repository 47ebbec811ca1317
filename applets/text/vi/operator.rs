//! Operators: what `d c y > < = ! g~ gu gU` do to the text that a motion or an object gives, and the registers.

use super::input::{Key, LEFT, RIGHT, key};
use super::{Mode, Vi, text};
use crate::buffer::{Pos, lines_of, pos};

/// A register: its letter, what it holds, whether that is whole lines or a block.
#[derive(Clone, Default)]
pub struct Register {
    pub name: u8,
    pub text: Vec<u8>,
    pub shape: Shape,
}

/// How text was taken.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Shape {
    #[default]
    Chars,
    Lines,
    /// A block of so many columns.
    Block(usize),
}

/// What an operator works on: from `from` to before `to`, or whole lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    pub from: Pos,
    pub to: Pos,
    pub lines: bool,
}

impl Span {
    pub fn chars(from: Pos, to: Pos) -> Span {
        Span { from, to, lines: false }
    }

    pub fn lines(first: usize, last: usize) -> Span {
        Span { from: pos(first, 0), to: pos(last, 0), lines: true }
    }
}

/// The operators by their keys; those that begin with `g` by the key after it, with this bit.
pub const G: Key = 0x100;

impl Vi<'_, '_> {
    /// Whether the key is an operator's.
    pub fn is_operator(k: Key) -> bool {
        u8::try_from(k).is_ok_and(|byte| b"dcy<>=!".contains(&byte))
    }

    /// Reads what an operator works on and does it.
    pub fn operate(&mut self, op: Key, count: Option<usize>, register: Option<u8>) {
        if let Some(span) = self.read_span(op, count) {
            self.apply(op, span, register);
        } else {
            self.fail();
        }
    }

    fn read_span(&mut self, op: Key, count: Option<usize>) -> Option<Span> {
        let mut count = count;
        let mut k = self.key()?;
        let mut inner: Option<usize> = None;
        while let Some(digit) =
            char::from_u32(k).and_then(|c| c.to_digit(10)).filter(|digit| *digit > 0 || inner.is_some())
        {
            inner = Some(inner.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize));
            k = self.key()?;
        }
        if !(self.input.replaying && self.dot.counted) && inner.is_some() {
            count = Some(count.unwrap_or(1).saturating_mul(inner.unwrap_or(1)));
        }
        let times = count.unwrap_or(1);
        // Twice the operator means lines: `dd`, `g~~`, `g~g~`.
        let mut doubled = k == op & !G;
        if op & G != 0 && k == key(b'g') {
            let after = self.key()?;
            if after == op & !G {
                doubled = true;
            } else {
                self.input.replay.push(after);
            }
        }
        let forced = if k == key(b'v') || k == key(b'V') { Some(k) } else { None };
        if forced.is_some() {
            k = self.key()?;
        }
        if doubled {
            let last = self.cur.line.saturating_add(times.saturating_sub(1));
            if last > self.buf.last() && self.cur.line == self.buf.last() && times > 1 {
                return None;
            }
            return Some(Span::lines(self.cur.line, last.min(self.buf.last())));
        }
        if k == key(b'i') || k == key(b'a') {
            return self.object_after(k, times);
        }
        let big = k == key(b'W');
        let on_word = text::class(self.line(), self.cur.col, false) != 0;
        let target = if op == key(b'c') && (k == key(b'w') || big) && on_word {
            self.word_end_here(times, big)?
        } else {
            match self.motion(k, count, true) {
                // Beside an end of the line is nothing, but that is no reason to take what is typed next for commands.
                None if [LEFT, RIGHT].contains(&k)
                    || u8::try_from(k).is_ok_and(|byte| {
                        b"hl \x08\x7f".contains(&byte) || op == key(b'c') && b"(){}wWeEbB".contains(&byte)
                    }) =>
                {
                    return Some(Span::chars(self.cur, self.cur));
                }
                target => target?,
            }
        };
        let (mut from, mut to) = (self.cur.min(target.to), self.cur.max(target.to));
        let (mut linewise, mut inclusive) = (target.linewise, target.inclusive);
        if forced == Some(key(b'V')) {
            linewise = true;
        } else if forced.is_some() {
            inclusive = linewise || !inclusive;
            linewise = false;
        }
        if linewise {
            return Some(Span::lines(from.line, to.line));
        }
        if inclusive {
            to.col = text::next(self.buf.line(to.line), to.col);
        } else if to.col == 0 && to.line > from.line && k != key(b'`') {
            // To the beginning of a line means to the end of the one before; from before the text of a line, whole lines.
            to = pos(to.line.saturating_sub(1), self.buf.len(to.line.saturating_sub(1)));
            let first = self.buf.line(from.line);
            if from.col <= text::indent(first).len() && op != key(b'c') {
                from.col = 0;
                return Some(Span::lines(from.line, to.line));
            }
        }
        // Nothing but blanks before and behind: whole lines go.
        let before = self.buf.line(from.line).get(..from.col).unwrap_or_default();
        let behind = self.buf.line(to.line).get(to.col..).unwrap_or_default();
        let blank = |text: &[u8]| text.trim_ascii().is_empty();
        if op == key(b'd') && forced.is_none() && to.line > from.line && blank(before) && blank(behind) {
            return Some(Span::lines(from.line, to.line));
        }
        Some(Span::chars(from, to))
    }

    /// Does `op` to `span`.
    pub fn apply(&mut self, op: Key, span: Span, register: Option<u8>) {
        let (first, last) = (span.from.line, span.to.line);
        let lines = last.saturating_sub(first).saturating_add(1);
        match u8::try_from(op & !G).unwrap_or(0) {
            b'd' => {
                self.take(span, register, true);
                if span.lines {
                    self.buf.remove(first, lines);
                    self.report(lines, b" fewer lines");
                    self.go_line(first);
                } else {
                    self.delete(span.from, span.to);
                    self.go(span.from);
                }
            }
            b'c' => {
                self.take(span, register, true);
                if span.lines {
                    let indent = self.indent_of(first);
                    self.buf.replace(first, lines, &[&indent]);
                    self.cur = pos(first, indent.len());
                } else {
                    self.delete(span.from, span.to);
                    self.cur = span.from;
                }
                self.insert(1, Mode::Insert, None);
            }
            b'y' => {
                self.take(span, register, false);
                if !span.lines {
                    self.go(span.from);
                } else if span.from.line < self.cur.line {
                    let to = pos(first, self.cur.col);
                    self.go(to);
                }
                self.report(lines, b" lines yanked");
            }
            b'>' | b'<' => {
                self.indent_lines(first, last, op == key(b'>'), 1);
                self.go_line(first);
            }
            b'=' => {
                let mut indent = match first.checked_sub(1) {
                    Some(before) => text::indent(self.buf.line(before)).to_vec(),
                    None => text::indent(self.buf.line(first)).to_vec(),
                };
                for n in first..last + 1 {
                    let text = self.buf.line(n);
                    let rest = text.get(text::indent(text).len()..).unwrap_or_default();
                    let new = if rest.is_empty() { Vec::new() } else { [&indent, rest].concat() };
                    if new != text {
                        self.buf.set(n, &new);
                    }
                    indent = text::indent(&indent).to_vec();
                }
                self.go_line(first);
            }
            how @ (b'!' | b'q') => {
                let mut range = super::normal::lines_from_here(lines);
                range.push(b'!');
                self.cur = pos(first, 0);
                if how == b'q' {
                    range.extend_from_slice(b"fmt -w 79");
                    self.ex_line(&range);
                } else if let Some(line) = self.ask_from(b':', &range) {
                    self.ex_line(&line);
                }
            }
            how @ (b'~' | b'u' | b'U') => {
                self.each_part(span, &mut |text| text::change_case(text, how));
                if span.lines {
                    let to = pos(first, self.cur.col);
                    self.go(if first < self.cur.line { to } else { self.cur });
                } else {
                    self.go(span.from);
                }
            }
            _ => {}
        }
    }

    /// Replaces the part of each line that `span` covers.
    pub fn each_part(&mut self, span: Span, change: &mut dyn FnMut(&[u8]) -> Vec<u8>) {
        for n in span.from.line..span.to.line + 1 {
            let text = self.buf.line(n);
            let start = if !span.lines && n == span.from.line { span.from.col.min(text.len()) } else { 0 };
            let end = if !span.lines && n == span.to.line { span.to.col.min(text.len()) } else { text.len() };
            let part = text.get(start..end.max(start)).unwrap_or_default();
            let new =
                [text.get(..start).unwrap_or_default(), &change(part), text.get(end.max(start)..).unwrap_or_default()]
                    .concat();
            if new != text {
                self.buf.set(n, &new);
            }
        }
    }

    /// Tells of many lines.
    pub fn report(&mut self, lines: usize, what: &[u8]) {
        if lines > 2 {
            self.message.clear();
            base::number::push_u64(&mut self.message, lines as u64);
            self.message.extend_from_slice(what);
        }
    }

    /// Shifts lines by `shiftwidth` columns, so many times.
    pub fn indent_lines(&mut self, first: usize, last: usize, right: bool, times: usize) {
        let by = self.opt.shiftwidth().saturating_mul(times).min(1000);
        for n in first..last.min(self.buf.last()).saturating_add(1) {
            let text = self.buf.line(n);
            if text.is_empty() {
                continue;
            }
            let indent = text::indent(text);
            let columns = self.column(text, indent.len());
            let columns = if right { columns.saturating_add(by) } else { columns.saturating_sub(by) };
            let new = [&self.opt.indent(columns), text.get(indent.len()..).unwrap_or_default()].concat();
            if new != text {
                self.buf.set(n, &new);
            }
        }
    }

    /// The text of a span.
    pub fn span_text(&self, span: Span) -> Vec<u8> {
        if span.lines {
            return self.buf.text(span.from.line, span.to.line + 1);
        }
        let mut out = Vec::new();
        for n in span.from.line..span.to.line.min(self.buf.last()).saturating_add(1) {
            let text = self.buf.line(n);
            let start = if n == span.from.line { span.from.col } else { 0 };
            let end = if n == span.to.line { span.to.col.min(text.len()) } else { text.len() };
            out.extend_from_slice(text.get(start..end).unwrap_or_default());
            if n < span.to.line {
                out.push(b'\n');
            }
        }
        out
    }

    /// Puts a span's text into registers, as a yank or a deletion does.
    pub fn take(&mut self, span: Span, register: Option<u8>, deletes: bool) {
        if deletes && !span.lines && span.from == span.to {
            return;
        }
        let text = self.span_text(span);
        let shape = if span.lines { Shape::Lines } else { Shape::Chars };
        let whole = span.lines || span.to.line > span.from.line;
        self.keep_text(text, shape, register, deletes.then_some(whole));
    }

    /// Puts text into registers; for a deletion, `deletes` tells whether it was of lines or of several.
    pub fn keep_text(&mut self, text: Vec<u8>, shape: Shape, register: Option<u8>, deletes: Option<bool>) {
        match register {
            Some(b'_') => return,
            Some(name) if name.is_ascii_uppercase() => {
                let lower = name.to_ascii_lowercase();
                let mut old = self.register(lower).unwrap_or_default();
                if old.shape != shape && (old.shape == Shape::Lines || shape == Shape::Lines) {
                    // Lines and characters together are lines.
                    if !old.text.is_empty() && !old.text.ends_with(b"\n") {
                        old.text.push(b'\n');
                    }
                    old.text.extend_from_slice(&text);
                    if !old.text.ends_with(b"\n") {
                        old.text.push(b'\n');
                    }
                    old.shape = Shape::Lines;
                } else {
                    old.text.extend_from_slice(&text);
                    old.shape = shape;
                }
                self.set_register(lower, old.text.clone(), old.shape);
                return self.set_register(b'"', old.text, old.shape);
            }
            Some(b'"') | None => match deletes {
                None => self.set_register(b'0', text.clone(), shape),
                Some(true) => {
                    for digit in (b'2'..=b'9').rev() {
                        if let Some(older) = self.register(digit.wrapping_sub(1)) {
                            self.set_register(digit, older.text, older.shape);
                        }
                    }
                    self.set_register(b'1', text.clone(), shape);
                }
                Some(false) => self.set_register(b'-', text.clone(), shape),
            },
            Some(name) => self.set_register(name, text.clone(), shape),
        }
        self.set_register(b'"', text, shape);
    }

    pub fn set_register(&mut self, name: u8, text: Vec<u8>, shape: Shape) {
        let register = Register { name, text, shape };
        match self.regs.iter_mut().find(|register| register.name == name) {
            Some(old) => *old = register,
            None => self.regs.push(register),
        }
    }

    /// A register's content; also the read-only ones.
    pub fn register(&self, name: u8) -> Option<Register> {
        let text = match name {
            b'%' => self.file.name.clone()?,
            b'#' => self.alternate.as_ref()?.0.clone(),
            b'/' => self.find.text.clone(),
            b'.' => self.last_insert.clone(),
            b':' => self.history.last()?.clone(),
            _ => {
                let name = name.to_ascii_lowercase();
                return self.regs.iter().find(|register| register.name == name).cloned();
            }
        };
        Some(Register { name, text, shape: Shape::Chars })
    }

    /// Takes the text from `from` to before `to` out.
    pub fn delete(&mut self, from: Pos, to: Pos) {
        if from >= to || self.buf.is_empty() {
            return;
        }
        let head = self.buf.line(from.line).get(..from.col).unwrap_or_default();
        let tail = self.buf.line(to.line).get(to.col..).unwrap_or_default();
        let joined = [head, tail].concat();
        if from.line == to.line {
            self.buf.set(from.line, &joined);
        } else {
            let lines = to.line.saturating_sub(from.line).saturating_add(1);
            self.buf.replace(from.line, lines, &[&joined]);
        }
    }

    /// Puts text in at a place; gives the place behind it.
    pub fn insert_text(&mut self, at: Pos, text: &[u8]) -> Pos {
        let line = self.buf.line(at.line);
        let (head, tail) = line.split_at_checked(at.col).unwrap_or((line, &[]));
        let whole = [head, text, tail].concat();
        let lines = lines_of(&whole);
        let tail = tail.len();
        if let [only] = lines.as_slice() {
            let col = only.len().saturating_sub(tail);
            self.buf.set(at.line, only);
            return pos(at.line, col);
        }
        let last = at.line + lines.len().saturating_sub(1);
        let col = lines.last().map_or(0, |line| line.len()).saturating_sub(tail);
        self.buf.replace(at.line, 1, &lines);
        pos(last, col)
    }
}

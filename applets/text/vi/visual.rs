//! Visual mode: a selection by characters, lines or columns, and what is done to it.

use super::input::{self, ESC, Key, ctrl, key};
use super::operator::{G, Shape, Span};
use super::{Mode, Vi, text};
use crate::buffer::{Pos, lines_of, pos};

const BLOCK: u8 = 22;

impl Vi<'_, '_> {
    /// The selection's kind, its number of lines less one, and the bytes or columns of its last line: for `.`.
    pub fn selected(&self, how: u8) -> (u8, usize, usize) {
        let (a, b) = self.ends();
        let lines = b.line.saturating_sub(a.line);
        let width = if lines == 0 { b.col.saturating_sub(a.col) } else { b.col };
        (how, lines, width)
    }

    /// Selects as much again from the cursor.
    pub fn select_again(&mut self, (how, lines, width): (u8, usize, usize)) {
        self.anchor = self.cur;
        self.mode = Mode::Visual(how);
        let line = self.cur.line.saturating_add(lines).min(self.buf.last());
        let col = if lines == 0 { self.cur.col.saturating_add(width) } else { width };
        self.cur = pos(line, col.min(text::last(self.buf.line(line))));
    }

    /// The selected text.
    fn span(&self, how: u8) -> Span {
        let (a, b) = self.ends();
        if how == b'V' {
            return Span::lines(a.line, b.line);
        }
        let text = self.buf.line(b.line);
        // The newline belongs to a selection that ends behind the text, as after `$`.
        let over = self.cur == b && self.want == usize::MAX;
        if (over || b.col >= text.len()) && b.line < self.buf.last() {
            return Span::chars(a, pos(b.line + 1, 0));
        }
        Span::chars(a, pos(b.line, text::next(text, b.col)))
    }

    /// The columns of a block: the first, and the one behind the last.
    pub fn block_columns(&self) -> (usize, usize) {
        let ends = |at: Pos| {
            let text = self.buf.line(at.line);
            let start = self.column(text, at.col);
            let (width, _) = text::width(text, at.col, start, self.opt.tabstop, self.utf8);
            (start, start.saturating_add(width.max(1)))
        };
        let (a, b) = (ends(self.anchor), ends(self.cur));
        let last = if self.want == usize::MAX { usize::MAX } else { a.1.max(b.1) };
        (a.0.min(b.0), last)
    }

    /// The part of line `n` that a block covers, in bytes.
    fn block_part(&self, n: usize, (first, last): (usize, usize)) -> (usize, usize) {
        let text = self.buf.line(n);
        let byte = |column: usize| {
            let length = self.column(text, text.len());
            if column >= length { text.len() } else { self.at_column(text, column) }
        };
        (byte(first), byte(last).max(byte(first)))
    }

    pub fn visual_command(&mut self, k: Key, count: Option<usize>, register: Option<u8>) {
        let Mode::Visual(how) = self.mode else { return };
        // `g~`, `gu` and `gU` are what `~`, `u` and `U` are here.
        let (mut k, mut after) = (k, None);
        if k == key(b'g') {
            after = self.key();
            if let Some(case) = after.filter(|k| [key(b'~'), key(b'u'), key(b'U')].contains(k)) {
                k = case;
            }
        }
        if self.scroll(k, count).is_some() {
            return;
        }
        let lines_too = [b'D', b'Y', b'X', b'C', b'S', b'R'];
        let byte = u8::try_from(k).unwrap_or(0);
        match byte {
            27 | 3 => return self.end_visual(),
            b'v' | b'V' | BLOCK => {
                if byte == how {
                    self.end_visual();
                } else {
                    self.mode = Mode::Visual(byte);
                }
                return;
            }
            b'o' | b'O' => {
                core::mem::swap(&mut self.anchor, &mut self.cur);
                self.keep_column();
                return;
            }
            b':' => {
                self.end_visual();
                return self.ask_command(b"'<,'>");
            }
            b'i' | b'a' => {
                match self.select_object(k == key(b'a'), count.unwrap_or(1)) {
                    Some(span) => {
                        self.anchor = span.from;
                        if span.lines {
                            self.mode = Mode::Visual(b'V');
                            self.go(span.to);
                        } else if span.to > span.from {
                            let text = self.buf.line(span.to.line);
                            let to = pos(span.to.line, text::previous(text, span.to.col));
                            self.go(to);
                        }
                    }
                    None => self.fail(),
                }
                return;
            }
            _ => {}
        }
        if how == BLOCK && self.block_command(k, register) {
            return;
        }
        let span = self.span(how);
        let whole = Span::lines(span.from.line, self.anchor.max(self.cur).line);
        let op = match byte {
            b'd' | b'y' | b'c' | b'<' | b'>' | b'=' | b'!' | b'~' | b'u' | b'U' => byte,
            b'x' => b'd',
            b's' => b'c',
            _ if lines_too.contains(&byte) => byte,
            b'J' | b'p' | b'P' | b'r' => byte,
            b'g' => {
                let Some(after) = after else { return };
                match u8::try_from(after).unwrap_or(0) {
                    b'J' => 0x80,
                    b'v' => return self.reselect(),
                    _ => return self.move_by_g(after, count),
                }
            }
            _ => {
                if k == input::DELETE {
                    b'd'
                } else {
                    if !self.move_by(k, count) {
                        self.fail();
                    }
                    return;
                }
            }
        };
        self.end_visual();
        self.cur = span.from;
        let lines = whole.to.line.saturating_sub(whole.from.line).saturating_add(1);
        match op {
            b'd' | b'y' | b'c' => self.apply(key(op), span, register),
            b'D' | b'X' => self.apply(key(b'd'), whole, register),
            b'Y' => self.apply(key(b'y'), whole, register),
            b'C' | b'S' | b'R' => self.apply(key(b'c'), whole, register),
            b'<' | b'>' => {
                self.indent_lines(whole.from.line, whole.to.line, op == b'>', count.unwrap_or(1));
                self.go_line(whole.from.line);
            }
            b'=' | b'!' => self.apply(key(op), whole, register),
            b'~' | b'u' | b'U' => {
                self.apply(key(op) | G, span, register);
                self.go(span.from);
            }
            b'J' | 0x80 => self.join(whole.from.line, lines.max(2), op == b'J'),
            b'r' => {
                let Some(with) = self.key().filter(|k| *k != ESC) else { return };
                let mut character = Vec::new();
                input::push_key(&mut character, with);
                self.each_part(span, &mut |text| fill(text, &character));
                self.go(span.from);
            }
            b'p' | b'P' => {
                let Some(new) = self.register(register.unwrap_or(b'"')) else { return self.fail() };
                self.take(span, None, true);
                let replaced = self.register(b'"');
                self.set_register(b'"', new.text.clone(), new.shape);
                self.replace_selection(span, &new.text, new.shape, count.unwrap_or(1));
                if let Some(replaced) = replaced {
                    self.set_register(b'"', replaced.text, replaced.shape);
                }
            }
            _ => self.fail(),
        }
    }

    /// The object that the next key names; more than what is selected already, if something is.
    fn select_object(&mut self, around: bool, times: usize) -> Option<Span> {
        let letter = self.key()?;
        let (anchor, here) = (self.anchor, self.cur);
        let goes_on = here > anchor && [key(b'w'), key(b'W'), key(b'p')].contains(&letter);
        if goes_on {
            let below = pos(here.line + 1, 0);
            self.cur = if letter != key(b'p') { self.step(here)? } else { below };
            if self.cur.line > self.buf.last() {
                self.cur = here;
                return None;
            }
        }
        let found = self.object(around, letter, times);
        self.cur = here;
        let mut span = found?;
        if goes_on {
            span.from = anchor.min(span.from);
        } else if here > anchor && letter != key(b's') && !span.lines && span == self.span(b'v') {
            span = self.object(around, letter, times + 1).unwrap_or(span);
        }
        Some(span)
    }

    fn replace_selection(&mut self, span: Span, new: &[u8], shape: Shape, times: usize) {
        if span.lines {
            let count = span.to.line.saturating_sub(span.from.line).saturating_add(1);
            let text = if shape == Shape::Lines { new.strip_suffix(b"\n").unwrap_or(new) } else { new };
            self.buf.replace(span.from.line, count, &lines_of(text));
            return self.go_line(span.from.line);
        }
        self.delete(span.from, span.to);
        if shape == Shape::Lines {
            let new = [b"\n", new].concat();
            self.insert_text(span.from, &new);
            return self.go_line(span.from.line + 1);
        }
        let end = self.insert_text(span.from, &new.repeat(times.min(1000)));
        let col = text::previous(self.buf.line(end.line), end.col);
        self.go(pos(end.line, if end > span.from { col } else { end.col }));
    }

    /// Selects again what was selected last.
    pub fn reselect(&mut self) {
        if let Some((how, anchor, cur)) = self.last_visual {
            self.mode = Mode::Visual(how);
            self.anchor = anchor;
            self.go(cur);
        }
    }

    #[inline(never)]
    fn end_visual(&mut self) {
        if let Mode::Visual(how) = self.mode {
            self.last_visual = Some((how, self.anchor, self.cur));
            self.mode = Mode::Normal;
            self.clamp();
        }
    }

    /// What is done to a block. False where it is done as to lines, or is a motion.
    fn block_command(&mut self, k: Key, register: Option<u8>) -> bool {
        let byte = u8::try_from(k).unwrap_or(0);
        let mut columns = self.block_columns();
        let (first, last) = (self.anchor.line.min(self.cur.line), self.anchor.line.max(self.cur.line));
        if matches!(byte, b'C' | b'D') {
            columns.1 = usize::MAX;
        }
        let byte = if k == input::DELETE { b'x' } else { byte };
        match byte {
            b'd' | b'x' | b'D' | b'y' | b'c' | b'C' | b's' => {
                let mut taken = Vec::new();
                let mut width = 0;
                for n in first..last + 1 {
                    let (start, end) = self.block_part(n, columns);
                    let part = self.buf.line(n).get(start..end).unwrap_or_default();
                    width = width.max(self.column(part, part.len()));
                    taken.extend_from_slice(part);
                    if n < last {
                        taken.push(b'\n');
                    }
                }
                let deletes = if byte == b'y' { None } else { Some(last > first) };
                self.keep_text(taken, Shape::Block(width), register, deletes);
                let (start, _) = self.block_part(first, columns);
                self.end_visual();
                if byte != b'y' {
                    for n in first..last + 1 {
                        let (start, end) = self.block_part(n, columns);
                        self.delete(pos(n, start), pos(n, end));
                    }
                }
                self.go(pos(first, start));
                if matches!(byte, b'c' | b'C' | b's') {
                    self.cur.col = start;
                    self.insert_in_block(first, last, columns.0, false);
                }
            }
            b'I' => {
                self.end_visual();
                self.insert_in_block(first, last, columns.0, false);
            }
            b'A' => {
                self.end_visual();
                self.insert_in_block(first, last, columns.1, true);
                let (start, _) = self.block_part(first, columns);
                self.go(pos(first, start));
            }
            b'~' | b'u' | b'U' | b'r' => {
                let mut character = Vec::new();
                if byte == b'r' {
                    let Some(with) = self.key().filter(|k| *k != ESC && *k != ctrl(b'c')) else {
                        self.end_visual();
                        return true;
                    };
                    input::push_key(&mut character, with);
                }
                self.end_visual();
                for n in first..last + 1 {
                    let (start, end) = self.block_part(n, columns);
                    self.each_part(Span::chars(pos(n, start), pos(n, end)), &mut |text| match byte {
                        b'r' => fill(text, &character),
                        how => text::change_case(text, how),
                    });
                }
                let (start, _) = self.block_part(first, columns);
                self.go(pos(first, start));
            }
            _ => return false,
        }
        true
    }

    /// Inserts on the first line of a block what is then on each of them, in a column.
    fn insert_in_block(&mut self, first: usize, last: usize, column: usize, pad: bool) {
        let place = |vi: &Vi, n: usize| {
            let line = vi.buf.line(n);
            let length = vi.column(line, line.len());
            if column >= length { (line.len(), column.saturating_sub(length)) } else { (vi.at_column(line, column), 0) }
        };
        let (mut start, missing) = place(self, first);
        if pad && column != usize::MAX && missing > 0 {
            let spaces = vec![b' '; missing];
            start = self.insert_text(pos(first, start), &spaces).col;
        }
        self.cur = pos(first, start);
        let before = self.line().len();
        self.insert(1, Mode::Insert, None);
        let line = self.buf.line(first);
        let added = line.len().saturating_sub(before);
        let new = line.get(start..start.saturating_add(added)).unwrap_or_default().to_vec();
        for n in first + 1..last.min(self.buf.last()).saturating_add(1) {
            let (at, missing) = place(self, n);
            // Lines that do not reach the block are left alone by I, filled up by A.
            if missing > 0 && !pad || new.is_empty() {
                continue;
            }
            let mut text = if column == usize::MAX { Vec::new() } else { vec![b' '; missing] };
            text.extend_from_slice(&new);
            self.insert_text(pos(n, at), &text);
        }
        self.go(pos(first, start));
    }
}

/// As many of `character` as `text` has characters.
fn fill(text: &[u8], character: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        out.extend_from_slice(character);
        at = text::next(text, at);
    }
    out
}

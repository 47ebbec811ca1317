//! Putting registers into the text.

use super::Vi;
use super::operator::{Register, Shape};
use super::text;
use crate::buffer::{lines_of, pos};

impl Vi<'_, '_> {
    /// `p` and `P`; with `behind`, the cursor ends behind what was put.
    pub fn put(&mut self, after: bool, times: usize, register: Option<u8>, behind: bool) {
        let Some(register) = self.register(register.unwrap_or(b'"')) else {
            self.say(b"Nothing in register");
            return self.fail();
        };
        if register.text.len().saturating_mul(times) > 1 << 30 {
            return self.fail();
        }
        match register.shape {
            Shape::Lines => self.put_lines(&register, after, times, behind),
            Shape::Block(width) => self.put_block(&register, width, after, times),
            Shape::Chars => {
                let mut at = self.cur;
                if after {
                    at.col = text::next(self.line(), at.col);
                }
                let all = register.text.repeat(times);
                let end = self.insert_text(at, &all);
                if behind {
                    self.go(end);
                } else if end.line == at.line {
                    let col = if end.col > at.col { text::previous(self.buf.line(end.line), end.col) } else { at.col };
                    self.go(pos(end.line, col));
                } else {
                    self.go(at);
                }
            }
        }
    }

    fn put_lines(&mut self, register: &Register, after: bool, times: usize, behind: bool) {
        let text = register.text.strip_suffix(b"\n").unwrap_or(&register.text);
        let lines = lines_of(text);
        let mut all = Vec::new();
        for _ in 0..times {
            all.extend_from_slice(&lines);
        }
        let at = if after && !self.buf.is_empty() { self.cur.line + 1 } else { self.cur.line };
        let at = if after && self.buf.is_empty() { 1 } else { at };
        self.buf.insert(at, &all);
        self.report(all.len(), b" more lines");
        if behind {
            self.go(pos(at.saturating_add(all.len()), 0));
        } else {
            self.go_line(at);
        }
    }

    fn put_block(&mut self, register: &Register, width: usize, after: bool, times: usize) {
        let at = if after { text::next(self.line(), self.cur.col) } else { self.cur.col };
        let column = self.column(self.line(), at);
        let first = self.cur.line;
        for (index, part) in lines_of(&register.text).into_iter().enumerate() {
            let n = first + index;
            if n > self.buf.last() {
                self.buf.insert(n, &[b""]);
            }
            let line = self.buf.line(n);
            let length = self.column(line, line.len());
            let cut = if length <= column { line.len() } else { self.at_column(line, column) };
            let (head, tail) = line.split_at_checked(cut).unwrap_or((line, &[]));
            let mut new = head.to_vec();
            new.resize(cut.saturating_add(column.saturating_sub(length)), b' ');
            let own = self.column(part, part.len());
            for turn in 0..times {
                new.extend_from_slice(part);
                if !tail.is_empty() || turn + 1 < times {
                    new.resize(new.len().saturating_add(width.saturating_sub(own)), b' ');
                }
            }
            new.extend_from_slice(tail);
            self.buf.set(n, &new);
        }
        self.go(pos(first, at));
    }
}

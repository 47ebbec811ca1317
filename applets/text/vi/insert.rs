//! Insert and replace mode.

use super::input::{self, ESC, Key, ctrl, key};
use super::{Mode, Vi, text};
use crate::buffer::pos;

impl Vi<'_, '_> {
    /// Opens a line below or above the cursor's, and inserts.
    pub fn open_line(&mut self, below: bool, times: usize) {
        let indent = self.indent_of(self.cur.line);
        let at = if below { self.cur.line + 1 } else { self.cur.line };
        self.buf.insert(at, &[&indent]);
        self.cur = pos(at, indent.len());
        self.insert(times, Mode::Insert, Some(below));
    }

    /// Inserts what is typed until Escape, `times` times; `opened` where that is on a new line each time.
    pub fn insert(&mut self, times: usize, mode: Mode, opened: Option<bool>) {
        self.mode = mode;
        self.clamp();
        let mut typed: Vec<u8> = Vec::new();
        // What replace mode wrote over, for Backspace: the bytes that stood there, None where nothing did.
        let mut over: Vec<Option<Vec<u8>>> = Vec::new();
        let mut start = self.cur;
        let mut fresh_indent = opened.is_some();
        while let Some(k) = self.key() {
            if k == ESC || k == ctrl(b'c') {
                break;
            }
            let blank_indent = core::mem::replace(&mut fresh_indent, false);
            match k {
                input::UP
                | input::DOWN
                | input::LEFT
                | input::RIGHT
                | input::HOME
                | input::END
                | input::PAGE_UP
                | input::PAGE_DOWN => {
                    self.move_inserting(k);
                    typed.clear();
                    over.clear();
                    start = self.cur;
                    continue;
                }
                input::DELETE => {
                    let to = text::next(self.line(), self.cur.col);
                    if to > self.cur.col {
                        self.delete(self.cur, pos(self.cur.line, to));
                    } else if self.cur.line < self.buf.last() {
                        self.delete(self.cur, pos(self.cur.line + 1, 0));
                    }
                    continue;
                }
                _ => {}
            }
            let byte = u8::try_from(k).unwrap_or(0);
            match byte {
                8 | 127 => {
                    if mode == Mode::Replace {
                        if let Some(old) = over.pop() {
                            let col = text::previous(self.line(), self.cur.col);
                            let from = pos(self.cur.line, col);
                            self.delete(from, self.cur);
                            self.insert_text(from, &old.unwrap_or_default());
                            self.cur = from;
                            while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                        } else {
                            self.move_inserting(input::LEFT);
                        }
                    } else if self.cur.col > 0 {
                        self.erase_to(text::previous(self.line(), self.cur.col), &mut typed);
                    } else if self.cur.line > 0 {
                        let before = self.cur.line.saturating_sub(1);
                        let to = pos(before, self.buf.len(before));
                        self.delete(to, self.cur);
                        self.cur = to;
                        typed.pop();
                    }
                }
                23 => {
                    let text = self.line();
                    let mut col = text::word_before(text, self.cur.col);
                    // Not over what was there before, if there is something new.
                    if start.line == self.cur.line && self.cur.col > start.col {
                        col = col.max(start.col);
                    }
                    self.erase_to(col, &mut typed);
                }
                21 => {
                    let to = if start.line == self.cur.line && self.cur.col > start.col { start.col } else { 0 };
                    self.erase_to(to, &mut typed);
                }
                20 => self.shift_line(true),
                4 => {
                    let before = self.line().get(..self.cur.col).and_then(<[u8]>::last).copied();
                    if matches!(before, Some(b'0' | b'^')) && typed.last() == before.as_ref() {
                        let from = pos(self.cur.line, self.cur.col.saturating_sub(1));
                        self.delete(from, self.cur);
                        let indent = text::indent(self.line()).len();
                        self.delete(pos(from.line, 0), pos(from.line, indent));
                        self.cur.col = from.col.saturating_sub(indent);
                        typed.pop();
                    } else {
                        self.shift_line(false);
                    }
                }
                b'\r' | b'\n' => {
                    let indent = self.indent_of(self.cur.line);
                    self.expand_abbreviation(&mut typed);
                    // An indentation with nothing behind it is not left there.
                    if blank_indent && self.opt.autoindent && self.line().len() == indent.len() {
                        self.buf.set(self.cur.line, b"");
                        self.cur.col = 0;
                    }
                    let line = self.line();
                    let rest = line.get(self.cur.col..).unwrap_or_default();
                    let blanks = if self.opt.autoindent { text::indent(rest).len() } else { 0 };
                    self.delete(self.cur, pos(self.cur.line, self.cur.col + blanks));
                    let new = [b"\n", indent.as_slice()].concat();
                    self.cur = self.insert_text(self.cur, &new);
                    typed.push(b'\n');
                    fresh_indent = true;
                }
                b'\t' if self.opt.expandtab => {
                    let column = self.column(self.line(), self.cur.col);
                    let tab = self.opt.tabstop;
                    let width = tab.saturating_sub(column.checked_rem(tab).unwrap_or(0));
                    let spaces = vec![b' '; width];
                    self.type_text(&spaces, &mut typed, &mut over);
                }
                22 | 17 => {
                    if let Some(bytes) = self.literal() {
                        self.type_text(&bytes, &mut typed, &mut over);
                    }
                }
                18 => {
                    if let Some(register) =
                        self.key().and_then(|k| u8::try_from(k).ok()).and_then(|name| self.register(name))
                    {
                        self.cur = self.insert_text(self.cur, &register.text);
                        typed.extend_from_slice(&register.text);
                    }
                }
                1 => {
                    let text = self.last_insert.clone();
                    self.cur = self.insert_text(self.cur, &text);
                    typed.extend_from_slice(&text);
                }
                5 | 25 => {
                    let other = if byte == 5 { self.cur.line.checked_add(1) } else { self.cur.line.checked_sub(1) };
                    let column = self.column(self.line(), self.cur.col);
                    if let Some(other) = other.filter(|n| *n <= self.buf.last()) {
                        let text = self.buf.line(other);
                        let at = self.at_column(text, column);
                        if self.column(text, text.len()) > column {
                            let bytes = text.get(at..text::next(text, at)).unwrap_or_default().to_vec();
                            self.type_text(&bytes, &mut typed, &mut over);
                        }
                    }
                }
                15 => {
                    self.mode = Mode::Normal;
                    let (line, at_end) = (self.cur.line, self.cur.col >= self.line().len());
                    self.clamp();
                    self.keep_column();
                    self.one_command();
                    self.mode = mode;
                    let on_last = at_end && self.cur.line == line && self.cur.col == text::last(self.line());
                    if on_last || self.want == usize::MAX {
                        self.cur.col = self.line().len();
                    }
                }
                26 => {}
                _ if k == input::NONE || k == input::INSERT => {}
                _ => {
                    let mut bytes = Vec::new();
                    input::push_key(&mut bytes, k);
                    if !self.input.abbreviations.is_empty() && !is_word(k) {
                        self.expand_abbreviation(&mut typed);
                    }
                    self.type_text(&bytes, &mut typed, &mut over);
                    if self.opt.showmatch && matches!(byte, b')' | b'}' | b']') {
                        self.show_match();
                    }
                }
            }
        }
        self.finish_insert(times, opened, &typed, fresh_indent);
    }

    fn finish_insert(&mut self, times: usize, opened: Option<bool>, typed: &[u8], fresh_indent: bool) {
        if self.opt.autoindent
            && fresh_indent
            && self.cur.col == self.line().len()
            && text::indent(self.line()).len() == self.cur.col
        {
            self.buf.set(self.cur.line, b"");
            self.cur.col = 0;
        }
        self.expand_abbreviation(&mut typed.to_vec());
        if typed.len().saturating_mul(times) < 1 << 28 {
            if opened.is_some() {
                for _ in 1..times {
                    let at = self.cur.line + 1;
                    self.buf.insert(at, &[b""]);
                    self.cur = self.insert_text(pos(at, 0), typed);
                }
            } else {
                let more = typed.repeat(times.saturating_sub(1));
                if self.mode == Mode::Replace {
                    let mut to = self.cur.col;
                    let mut at = 0;
                    while at < more.len() {
                        at = text::next(&more, at);
                        to = text::next(self.line(), to);
                    }
                    self.delete(self.cur, pos(self.cur.line, to));
                }
                self.cur = self.insert_text(self.cur, &more);
            }
        }
        if !typed.is_empty() {
            self.last_insert = typed.to_vec();
        }
        let here = self.cur;
        self.set_mark(b'^', here);
        self.mode = Mode::Normal;
        if self.cur.col > 0 {
            self.cur.col = text::previous(self.line(), self.cur.col);
        }
        self.clamp();
        self.keep_column();
    }

    /// Runs one normal command from within insert mode.
    fn one_command(&mut self) {
        if self.depth > 20 {
            return;
        }
        self.depth += 1;
        let seen = self.input.seen.clone();
        self.command();
        self.input.seen = seen;
        self.depth = self.depth.saturating_sub(1);
    }

    fn type_text(&mut self, bytes: &[u8], typed: &mut Vec<u8>, over: &mut Vec<Option<Vec<u8>>>) {
        if self.mode == Mode::Replace {
            let to = text::next(self.line(), self.cur.col);
            let old = self.line().get(self.cur.col..to).filter(|old| !old.is_empty()).map(<[u8]>::to_vec);
            self.delete(self.cur, pos(self.cur.line, to));
            over.push(old);
        }
        self.cur = self.insert_text(self.cur, bytes);
        typed.extend_from_slice(bytes);
    }

    fn erase_to(&mut self, col: usize, typed: &mut Vec<u8>) {
        let gone = self.cur.col.saturating_sub(col);
        self.delete(pos(self.cur.line, col), self.cur);
        self.cur.col = col;
        typed.truncate(typed.len().saturating_sub(gone));
    }

    fn move_inserting(&mut self, k: Key) {
        let (line, col) = (self.cur.line, self.cur.col);
        match k {
            input::LEFT => self.cur.col = text::previous(self.line(), col),
            input::RIGHT => self.cur.col = text::next(self.line(), col),
            input::HOME => self.cur.col = 0,
            input::END => self.cur.col = self.line().len(),
            input::UP | input::DOWN | input::PAGE_UP | input::PAGE_DOWN => {
                let rows = if k == input::UP || k == input::DOWN { 1 } else { self.screen.rows() };
                let down = k == input::DOWN || k == input::PAGE_DOWN;
                let column = self.column(self.line(), col);
                let to = if down { line.saturating_add(rows).min(self.buf.last()) } else { line.saturating_sub(rows) };
                let text = self.buf.line(to);
                let at = self.at_column(text, column);
                let is_short = self.column(text, text.len()) <= column;
                self.cur = pos(to, if is_short { text.len() } else { at });
            }
            _ => {}
        }
        self.keep_column();
    }

    /// `^T` and `^D`: the line's indentation grows or shrinks to a multiple of `shiftwidth`.
    fn shift_line(&mut self, right: bool) {
        let line = self.line();
        let indent = text::indent(line).len();
        let columns = self.column(line, indent);
        let width = self.opt.shiftwidth();
        let columns = if right {
            (columns / width).saturating_add(1).saturating_mul(width)
        } else {
            columns.saturating_sub(1) / width * width
        };
        let new = self.opt.indent(columns);
        let rest = line.get(indent..).unwrap_or_default();
        let whole = [&new, rest].concat();
        let col = self.cur.col.saturating_sub(indent).saturating_add(new.len());
        self.buf.set(self.cur.line, &whole);
        self.cur.col = col;
    }

    /// What `^V` makes of the keys after it: a key itself, or a character by its number.
    fn literal(&mut self) -> Option<Vec<u8>> {
        let k = self.key()?;
        let mut out = Vec::new();
        let (radix, most) = match u8::try_from(k).unwrap_or(0) {
            b'u' => (16, 4),
            b'U' => (16, 8),
            b'x' | b'X' => (16, 2),
            b'0'..=b'9' => (10, 3),
            b'\r' => {
                out.push(b'\r');
                return Some(out);
            }
            _ => {
                input::push_key(&mut out, k);
                return Some(out);
            }
        };
        let mut value = 0u32;
        let mut digits = 0;
        let mut next = if radix == 10 { k } else { self.key()? };
        while let Some(digit) = char::from_u32(next).and_then(|c| c.to_digit(radix)) {
            value = value.wrapping_mul(radix).wrapping_add(digit);
            digits += 1;
            if digits == most {
                break;
            }
            next = self.key()?;
        }
        if digits < most {
            // The key that was no digit is a key of its own.
            if self.input.replaying {
                self.input.replay.push(next)
            } else {
                self.input.waiting.push(next)
            }
            self.input.seen.pop();
        }
        if most <= 3 && value > 0x7f && value <= 0xff && (radix == 16 || !self.utf8) {
            out.push(value as u8);
        } else {
            let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Some(out)
    }

    fn expand_abbreviation(&mut self, typed: &mut Vec<u8>) {
        let head = self.line().get(..self.cur.col).unwrap_or_default();
        let start = head.iter().rposition(|byte| !is_word(key(*byte)) && *byte < 0x80).map_or(0, |at| at + 1);
        let word = head.get(start..).unwrap_or_default();
        let found = self.input.abbreviations.iter().find(|(from, _)| from == word && typed.ends_with(word));
        if let Some((_, to)) = found.cloned() {
            self.erase_to(start, typed);
            self.cur = self.insert_text(self.cur, &to);
            typed.extend_from_slice(&to);
        }
    }

    /// Shows for a moment the bracket that the one just typed closes.
    fn show_match(&mut self) {
        let here = self.cur;
        let at = pos(here.line, text::previous(self.line(), here.col));
        if let Some(place) = self.matching(at)
            && self.draws
            && !self.keys.is_ready()
        {
            self.cur = place;
            self.draw();
            base::time::pause(core::time::Duration::from_millis(300));
            self.cur = here;
        }
    }
}

fn is_word(k: Key) -> bool {
    char::from_u32(k).is_some_and(|c| c.is_alphanumeric() || c == '_')
}

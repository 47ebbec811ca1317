//! vi - what keys mean in vi mode: insert mode is emacs's with Escape, command mode is POSIX's and a little more.

use super::buffer::Words;
use super::line::{Last, Line, Step};
use base::pattern::glob::{Glob, GlobOptions};
use base::term::keys::{Code, Key};

/// The largest count: nobody types more, and repeating must end.
const MOST: usize = 10_000;

/// `f`, `F`, `t` or `T` and its character, for `;` and `,`.
pub type Find = (char, char);

impl Line<'_> {
    /// Does what a key means.
    pub fn vi(&mut self, key: Key) -> Step {
        if !self.command {
            return match key.code {
                Code::Char('\x1b') => {
                    self.leave_insert();
                    Step::Go
                }
                _ => self.emacs(key),
            };
        }
        self.record.clear();
        self.record.push(key);
        match key.code {
            Code::Char(c) => self.vi_command(c),
            Code::Left
            | Code::Right
            | Code::Up
            | Code::Down
            | Code::Home
            | Code::End
            | Code::Delete
            | Code::PasteStart => {
                let step = self.emacs(key);
                self.clamp();
                step
            }
            _ => Step::Go,
        }
    }

    /// Out of insert mode: the cursor goes onto the last character that was typed.
    fn leave_insert(&mut self) {
        self.command = true;
        self.buffer.mark();
        let (start, _) = self.buffer.line(self.buffer.cursor);
        if self.buffer.cursor > start {
            self.buffer.cursor = self.buffer.previous(self.buffer.cursor);
        }
    }

    /// In command mode the cursor stands on a character.
    fn clamp(&mut self) {
        let (start, end) = self.buffer.line(self.buffer.cursor);
        if self.command && self.buffer.cursor == end && end > start {
            self.buffer.cursor = self.buffer.previous(end);
        }
    }

    /// The character of the next key.
    fn next_char(&mut self) -> Option<char> {
        match self.key()?.code {
            Code::Char('\x1b') => None,
            Code::Char(c) => Some(c),
            _ => None,
        }
    }

    /// A count that begins with `c`, and the character after it.
    fn count(&mut self, c: char) -> Option<(Option<usize>, char)> {
        let (mut count, mut c) = (None, c);
        while let Some(digit) = c.to_digit(10).filter(|digit| count.is_some() || *digit != 0) {
            let sum = count.unwrap_or(0usize).saturating_mul(10).saturating_add(digit as usize);
            count = Some(sum.min(MOST));
            c = self.next_char()?;
        }
        Some((count, c))
    }

    fn vi_command(&mut self, c: char) -> Step {
        let Some((given, c)) = self.count(c) else { return Step::Go };
        let count = given.unwrap_or(1);
        let cursor = self.buffer.cursor;
        let (line_start, line_end) = self.buffer.line(cursor);
        let mut change = false;
        match c {
            '\n' | '\r' => return self.enter(),
            '\x03' => return Step::Interrupted,
            '\x04' if self.buffer.text.is_empty() => return Step::End,
            '\x0c' | '\x12' => return self.emacs(Key::char(c)),
            'i' => self.insert_mode(cursor),
            'a' => self.insert_mode(if cursor < line_end { self.buffer.next(cursor) } else { cursor }),
            'I' => self.insert_mode(line_start),
            'A' => self.insert_mode(line_end),
            'x' | 'X' | 's' | 'D' | 'C' | 'S' | 'Y' => {
                // Short for an operator and a motion.
                let (operator, motion) = match c {
                    'x' => ('d', 'l'),
                    'X' => ('d', 'h'),
                    's' => ('c', 'l'),
                    'D' => ('d', '$'),
                    'C' => ('c', '$'),
                    'S' => ('c', 'c'),
                    _ => ('y', '$'),
                };
                self.operate(operator, motion, count);
                change = c != 'Y';
            }
            'd' | 'c' | 'y' => {
                let Some((second, motion)) = self.next_char().and_then(|c| self.count(c)) else { return Step::Go };
                let total = count.saturating_mul(second.unwrap_or(1)).min(MOST);
                self.operate(c, motion, total);
                change = c != 'y';
            }
            'r' => {
                let Some(new) = self.next_char() else { return Step::Go };
                let mut end = cursor;
                for _ in 0..count {
                    end = self.buffer.next(end);
                }
                let mut text = Vec::new();
                for _ in 0..count {
                    super::line::push_code(&mut text, Code::Char(new), true);
                }
                self.buffer.replace(cursor, end.min(line_end), &text);
                self.buffer.cursor = self.buffer.previous(self.buffer.cursor);
                change = true;
            }
            'R' => {
                self.replace_mode();
                change = true;
            }
            '~' => {
                for _ in 0..count {
                    let at = self.buffer.cursor;
                    let next = self.buffer.next(at);
                    let text: Vec<u8> = self.buffer.slice(at, next).iter().map(|byte| swap_case(*byte)).collect();
                    if at < line_end {
                        self.buffer.replace(at, next, &text);
                    }
                }
                change = true;
            }
            'p' | 'P' => {
                let at = if c == 'p' && cursor < line_end { self.buffer.next(cursor) } else { cursor };
                let text = self.state.kills.last().cloned().unwrap_or_default().repeat(count.min(1000));
                self.buffer.replace(at, at, &text);
                if !text.is_empty() {
                    self.buffer.cursor = self.buffer.previous(self.buffer.cursor);
                }
                change = true;
            }
            'u' => {
                for _ in 0..count {
                    self.buffer.undo();
                }
            }
            'U' => while self.buffer.undo() {},
            '.' => {
                let keys = self.state.change.clone();
                let rest = core::mem::replace(&mut self.queue, keys);
                if let Some(first) = if self.queue.is_empty() { None } else { Some(self.queue.remove(0)) } {
                    let mut step = self.vi(first);
                    while matches!(step, Step::Go) && !self.queue.is_empty() {
                        let next = self.queue.remove(0);
                        step = self.vi(next);
                    }
                    self.queue = rest;
                    return step;
                }
            }
            'k' | '-' | 'j' | '+' => {
                for _ in 0..count {
                    if !self.move_vertically(matches!(c, 'k' | '-')) {
                        self.bell();
                        break;
                    }
                }
                self.buffer.cursor = self.buffer.line(self.buffer.cursor).0;
            }
            'G' => {
                let to = given.and_then(|number| self.state.history.index(number)).unwrap_or(0);
                self.show_entry(to);
                self.buffer.cursor = 0;
            }
            '/' | '?' => return self.search_line(c),
            'n' | 'N' => {
                let back = self.state.search_back == (c == 'n');
                self.search_again(back);
            }
            '#' => {
                self.buffer.mark();
                self.buffer.text.insert(0, b'#');
                return Step::Done;
            }
            'v' => return self.edit_outside(),
            '=' | '\t' => {
                self.buffer.cursor = if cursor < line_end { self.buffer.next(cursor) } else { cursor };
                self.complete();
                self.command = false;
            }
            '*' | '\\' | '@' => self.bell(),
            _ => match self.motion(c, count, false) {
                Some((to, _)) => self.buffer.cursor = to,
                None => self.bell(),
            },
        }
        self.clamp();
        if matches!(c, 'i' | 'a' | 'I' | 'A') || change && !self.command {
            self.insert_and_record();
        } else if change {
            self.state.change = core::mem::take(&mut self.record);
        }
        if self.ended() { self.ended_step() } else { Step::Go }
    }

    fn insert_mode(&mut self, at: usize) {
        self.buffer.mark();
        self.buffer.cursor = at;
        self.command = false;
    }

    /// Typing up to Escape belongs to the command, for `.` repeats it too. Keys that end the line are given back.
    fn insert_and_record(&mut self) {
        loop {
            let Some(key) = self.key() else { return };
            match key.code {
                Code::Char('\x1b') => {
                    self.leave_insert();
                    break;
                }
                Code::Char(c) if c >= ' ' || c == '\x17' || c == '\x15' => {
                    self.emacs(key);
                }
                Code::Byte(_) | Code::Left | Code::Right | Code::Delete => {
                    self.emacs(key);
                }
                // What else may happen in insert mode is no part of a change.
                _ => {
                    self.record.pop();
                    self.queue.insert(0, key);
                    break;
                }
            }
        }
        self.state.change = core::mem::take(&mut self.record);
    }

    fn replace_mode(&mut self) {
        while let Some(key) = self.key() {
            match key.code {
                Code::Char('\x1b') => break,
                Code::Char(c) if c >= ' ' && c != '\x7f' => {
                    let at = self.buffer.cursor;
                    let next = self.buffer.next(at);
                    let mut text = Vec::new();
                    super::line::push_code(&mut text, key.code, true);
                    self.buffer.replace(at, next, &text);
                }
                Code::Char('\x7f' | '\x08') => self.buffer.cursor = self.buffer.previous(self.buffer.cursor),
                _ => {
                    self.queue.insert(0, key);
                    self.record.pop();
                    break;
                }
            }
        }
        self.leave_insert();
    }

    /// `d`, `c` or `y` over a motion.
    fn operate(&mut self, operator: char, motion: char, count: usize) {
        let cursor = self.buffer.cursor;
        let (start, end) = self.buffer.line(cursor);
        let (from, to) = if motion == operator {
            (start, end)
        } else {
            // `cw` changes a word and leaves the blanks behind it, where it stands on one.
            let blank = self.buffer.text.get(cursor).is_none_or(u8::is_ascii_whitespace);
            let motion = match motion {
                'w' if operator == 'c' && !blank => 'e',
                'W' if operator == 'c' && !blank => 'E',
                other => other,
            };
            let Some((to, inclusive)) = self.motion(motion, count, true) else { return self.bell() };
            let last = cursor.max(to);
            (cursor.min(to), if inclusive { self.buffer.next(last) } else { last })
        };
        if operator == 'y' {
            let text = self.buffer.slice(from, to).to_vec();
            self.keep(text);
            self.buffer.cursor = if motion == 'y' { cursor } else { from };
        } else {
            self.kill(from, to, Last::Other, false);
            self.last = Last::Other;
            self.command = operator == 'd';
        }
    }

    /// Where a motion leads, and whether the character there belongs to it. `over`: an operator asks, so that the end counts too.
    fn motion(&mut self, c: char, count: usize, over: bool) -> Option<(usize, bool)> {
        let cursor = self.buffer.cursor;
        let (start, end) = self.buffer.line(cursor);
        let mut at = cursor;
        let words = if c.is_ascii_uppercase() { Words::Blanks } else { Words::Signs };
        match c {
            '0' | '\u{1}' => return Some((start, false)),
            '$' | '\u{5}' => return Some((if over { end } else { self.buffer.previous(end).max(start) }, false)),
            '^' | '_' => {
                let blanks = self.buffer.slice(start, end).iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                return Some((start.saturating_add(blanks), false));
            }
            '|' => {
                at = start;
                for _ in 1..count {
                    at = self.buffer.next(at).min(end);
                }
                return Some((at, false));
            }
            'f' | 'F' | 't' | 'T' => {
                let wanted = self.next_char()?;
                self.state.find = Some((c, wanted));
                return self.find(c, wanted, count, false);
            }
            ';' | ',' => {
                let (kind, wanted) = self.state.find?;
                let kind = match (c, kind) {
                    (';', kind) => kind,
                    (_, 'f') => 'F',
                    (_, 'F') => 'f',
                    (_, 't') => 'T',
                    _ => 't',
                };
                return self.find(kind, wanted, count, true);
            }
            '%' => return self.bracket().map(|at| (at, true)),
            _ => {}
        }
        for _ in 0..count {
            let b = &self.buffer;
            let next = match c {
                'h' | '\x08' | '\x7f' => b.previous(at).max(start),
                'l' | ' ' if over => b.next(at).min(end),
                'l' | ' ' => {
                    let next = b.next(at);
                    if next >= end { at } else { next }
                }
                'w' | 'W' => b.next_word(at, words),
                'b' | 'B' => b.word_start(at, words),
                'e' | 'E' => {
                    let after = b.next(at);
                    let after = if b.slice(at, after).iter().all(u8::is_ascii_whitespace) { at } else { after };
                    b.previous(b.word_end(after, words))
                }
                _ => return None,
            };
            if next == at {
                break;
            }
            at = next;
        }
        if at == cursor && !matches!(c, 'e' | 'E') && (!over || matches!(c, 'h' | 'b' | 'B')) {
            return None;
        }
        Some((at, matches!(c, 'e' | 'E')))
    }

    fn find(&mut self, kind: char, wanted: char, count: usize, again: bool) -> Option<(usize, bool)> {
        let (start, end) = self.buffer.line(self.buffer.cursor);
        let mut text = Vec::new();
        super::line::push_code(&mut text, Code::Char(wanted), true);
        let forward = matches!(kind, 'f' | 't');
        let mut at = self.buffer.cursor;
        // `;` after `t` must not stay where it is.
        if again && kind == 't' {
            at = self.buffer.next(at);
        } else if again && kind == 'T' {
            at = self.buffer.previous(at);
        }
        for _ in 0..count {
            loop {
                at = if forward { self.buffer.next(at) } else { self.buffer.previous(at.max(start.saturating_add(1))) };
                if forward && at >= end {
                    return None;
                }
                if self.buffer.text.get(at..).is_some_and(|rest| rest.starts_with(&text)) {
                    break;
                }
                if !forward && at <= start {
                    return None;
                }
            }
        }
        let at = match kind {
            't' => self.buffer.previous(at),
            'T' => self.buffer.next(at),
            _ => at,
        };
        Some((at, forward))
    }

    /// The bracket that belongs to the one at or after the cursor.
    fn bracket(&self) -> Option<usize> {
        const PAIRS: &[u8] = b"()[]{}";
        let from = self.buffer.cursor;
        let rest = self.buffer.text.get(from..)?;
        let first = from.saturating_add(rest.iter().position(|byte| PAIRS.contains(byte))?);
        let own = *self.buffer.text.get(first)?;
        let index = PAIRS.iter().position(|byte| *byte == own)?;
        let other = *PAIRS.get(index ^ 1)?;
        let mut depth = 0usize;
        let mut at = first;
        loop {
            let byte = *self.buffer.text.get(at)?;
            if byte == own {
                depth = depth.saturating_add(1);
            } else if byte == other {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            at = if index % 2 == 0 { at.saturating_add(1) } else { at.checked_sub(1)? };
        }
    }

    /// `/` and `?`: a text to look for in the history, typed in the place of the line.
    fn search_line(&mut self, sign: char) -> Step {
        let shown = core::mem::take(&mut self.buffer);
        self.buffer.utf8 = shown.utf8;
        self.view.wipe();
        self.view.set_prompt(if sign == '/' { b"/" } else { b"?" });
        let mut go = false;
        while let Some(key) = self.key() {
            match key.code {
                Code::Char('\n' | '\r') => {
                    go = true;
                    break;
                }
                Code::Char('\x1b' | '\x03') => break,
                Code::Char('\x7f' | '\x08') if self.buffer.text.is_empty() => break,
                _ => {
                    self.emacs(key);
                }
            }
        }
        let pattern = core::mem::replace(&mut self.buffer, shown).text;
        self.view.wipe();
        self.view.set_prompt(&self.prompt);
        self.view.drop_head();
        if go {
            if !pattern.is_empty() {
                self.state.sought = pattern;
            }
            self.state.search_back = sign == '/';
            self.search_again(sign == '/');
        }
        self.clamp();
        if self.ended() { self.ended_step() } else { Step::Go }
    }

    fn search_again(&mut self, back: bool) {
        // A shell pattern, anywhere in the line, or at its beginning behind `^` (POSIX, sh, vi-mode).
        let sought = self.state.sought.as_slice();
        let text = match sought.strip_prefix(b"^") {
            Some(start) => [start, b"*"].concat(),
            None => [b"*", sought, b"*"].concat(),
        };
        let glob = Glob::compile(&text, GlobOptions { utf8: self.buffer.utf8, ..GlobOptions::default() });
        let fits = &mut |entry: &[u8]| glob.matches(entry);
        match self.state.history.search(self.at, back, fits) {
            Some(index) => {
                self.show_entry(index);
                self.buffer.cursor = 0;
            }
            None => self.bell(),
        }
    }
}

fn swap_case(byte: u8) -> u8 {
    if byte.is_ascii_lowercase() { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() }
}

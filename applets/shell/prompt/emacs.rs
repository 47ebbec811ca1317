//! emacs - what keys mean in emacs mode, and in vi's insert mode too.

use super::buffer::Words;
use super::line::{Last, Line, Step};
use base::term::keys::{CTRL, Code, Key, META};

/// How many texts that were cut out are kept.
const KILLS: usize = 16;

impl Line<'_> {
    /// Does what a key means.
    pub fn emacs(&mut self, key: Key) -> Step {
        let last = core::mem::replace(&mut self.last, Last::Other);
        let cursor = self.buffer.cursor;
        let end = self.buffer.text.len();
        if key.held & META != 0 {
            return self.meta(key.code, last);
        }
        let word = key.held & CTRL != 0;
        match key.code {
            Code::Char('\n' | '\r') => return self.enter(),
            Code::Char('\x01') | Code::Home => self.buffer.cursor = self.buffer.line(cursor).0,
            Code::Char('\x05') | Code::End => {
                let line_end = self.buffer.line(cursor).1;
                self.buffer.cursor = line_end;
                self.accept_suggestion(false);
            }
            Code::Left if word => self.buffer.cursor = self.buffer.word_start(cursor, Words::Alphanumeric),
            Code::Right if word => {
                let word_end = self.buffer.word_end(cursor, Words::Alphanumeric);
                self.buffer.cursor = if self.accept_suggestion(true) { self.buffer.cursor } else { word_end };
            }
            Code::Char('\x02') | Code::Left => self.buffer.cursor = self.buffer.previous(cursor),
            Code::Char('\x06') | Code::Right => {
                if cursor < end {
                    self.buffer.cursor = self.buffer.next(cursor);
                } else {
                    self.accept_suggestion(false);
                }
            }
            Code::Char('\x03') => return Step::Interrupted,
            Code::Char('\x04') if end == 0 => return Step::End,
            Code::Char('\x04') | Code::Delete => {
                let next = self.buffer.next(cursor);
                self.buffer.cut(cursor, next);
            }
            Code::Char('\x7f' | '\x08') => {
                let previous = self.buffer.previous(cursor);
                self.buffer.cut(previous, cursor);
            }
            Code::Char('\t') => self.complete(),
            Code::Char('\x07') => self.bell(),
            Code::Char('\x0b') => {
                let (_, line_end) = self.buffer.line(cursor);
                let to = if line_end == cursor { self.buffer.next(cursor) } else { line_end };
                self.kill(cursor, to, last, false);
            }
            Code::Char('\x15') => {
                let (start, _) = self.buffer.line(cursor);
                self.kill(start, cursor, last, true);
            }
            Code::Char('\x17') => {
                let start = self.buffer.word_start(cursor, Words::Blanks);
                self.kill(start, cursor, last, true);
            }
            Code::Char('\x0c') => {
                self.view.clear_screen();
                self.view.set_prompt(&self.prompt);
            }
            Code::Char('\x10') | Code::Up => {
                let moved = self.move_vertically(true);
                self.bell_unless(moved);
            }
            Code::Char('\x0e') | Code::Down => {
                let moved = self.move_vertically(false);
                self.bell_unless(moved);
            }
            Code::PageUp | Code::PageDown => self.prefix_search(key.code == Code::PageUp),
            Code::Char('\x11' | '\x16') => self.quoted_insert(),
            Code::Char('\x12') => return self.incremental(true),
            Code::Char('\x13') => return self.incremental(false),
            Code::Char('\x14') => self.transpose(),
            Code::Char('\x18') => {
                if let Some(Key { code, .. }) = self.key() {
                    match code {
                        Code::Char('\x05') => return self.edit_outside(),
                        Code::Char('\x15') => {
                            self.buffer.undo();
                        }
                        _ => self.bell(),
                    }
                }
            }
            Code::Char('\x19') => self.yank(0),
            Code::Char('\x1f') => {
                let undone = self.buffer.undo();
                self.bell_unless(undone);
            }
            Code::PasteStart => self.paste(),
            Code::Char(c) if c < ' ' => self.bell(),
            Code::Char(_) | Code::Byte(_) => self.type_code(key.code),
            _ => {}
        }
        Step::Go
    }

    fn meta(&mut self, code: Code, last: Last) -> Step {
        let cursor = self.buffer.cursor;
        match code {
            Code::Char('b') | Code::Left => self.buffer.cursor = self.buffer.word_start(cursor, Words::Alphanumeric),
            Code::Char('f') | Code::Right => {
                let word_end = self.buffer.word_end(cursor, Words::Alphanumeric);
                self.buffer.cursor = if self.accept_suggestion(true) { self.buffer.cursor } else { word_end };
            }
            Code::Char('d') => {
                let end = self.buffer.word_end(cursor, Words::Alphanumeric);
                self.kill(cursor, end, last, false);
            }
            Code::Char('\x7f' | '\x08') => {
                let start = self.buffer.word_start(cursor, Words::Alphanumeric);
                self.kill(start, cursor, last, true);
            }
            Code::Char('y') => self.yank_before(last),
            Code::Char('t') => self.transpose_words(),
            Code::Char(letter @ ('u' | 'l' | 'c')) => self.change_case(letter),
            Code::Char('.' | '_') => self.last_argument(last),
            Code::Char('\n' | '\r') => self.buffer.insert(b"\n"),
            Code::Char('<') => self.show_entry(0),
            Code::Char('>') => self.show_entry(self.state.history.len()),
            Code::Char('#') => {
                self.buffer.mark();
                self.buffer.text.insert(0, b'#');
                return Step::Done;
            }
            Code::Char('p') => self.prefix_search(true),
            Code::Char('n') => self.prefix_search(false),
            _ => self.bell(),
        }
        Step::Go
    }

    /// Cuts a range out and keeps it, together with what was cut just before.
    pub fn kill(&mut self, from: usize, to: usize, last: Last, in_front: bool) {
        let text = self.buffer.cut(from, to);
        if last == Last::Kill
            && let Some(kill) = self.state.kills.last_mut()
        {
            if in_front {
                *kill = [&text[..], kill].concat();
            } else {
                kill.extend_from_slice(&text);
            }
        } else if !text.is_empty() {
            self.keep(text);
        }
        self.last = Last::Kill;
    }

    /// Keeps a text for pasting.
    pub fn keep(&mut self, text: Vec<u8>) {
        if self.state.kills.len() >= KILLS {
            self.state.kills.remove(0);
        }
        self.state.kills.push(text);
    }

    /// Pastes what was cut out `index` cuts ago.
    fn yank(&mut self, index: usize) {
        let count = self.state.kills.len();
        let Some(place) = index.checked_rem(count) else { return self.bell() };
        let text = self.state.kills.iter().rev().nth(place).cloned().unwrap_or_default();
        let from = self.buffer.cursor;
        self.buffer.replace(from, from, &text);
        self.last = Last::Yank(from, self.buffer.cursor, place);
    }

    /// Puts the text that was cut out before in the place of what was just pasted.
    fn yank_before(&mut self, last: Last) {
        if let Last::Yank(from, to, index) = last {
            self.buffer.cut(from, to);
            self.yank(index.saturating_add(1));
        }
    }

    fn transpose(&mut self) {
        let at = self.buffer.cursor;
        let end = if at == self.buffer.text.len() { at } else { self.buffer.next(at) };
        let middle = self.buffer.previous(end);
        let start = self.buffer.previous(middle);
        if start < middle && middle < end {
            let swapped = [self.buffer.slice(middle, end), self.buffer.slice(start, middle)].concat();
            self.buffer.replace(start, end, &swapped);
        }
    }

    fn transpose_words(&mut self) {
        let b = &self.buffer;
        let second_end = b.word_end(b.cursor, Words::Alphanumeric);
        let second = b.word_start(second_end, Words::Alphanumeric);
        let first = b.word_start(second, Words::Alphanumeric);
        let first_end = b.word_end(first, Words::Alphanumeric);
        if first < first_end && first_end <= second && second < second_end {
            let swapped = [b.slice(second, second_end), b.slice(first_end, second), b.slice(first, first_end)].concat();
            self.buffer.replace(first, second_end, &swapped);
        }
    }

    fn change_case(&mut self, letter: char) {
        let from = self.buffer.cursor;
        let end = self.buffer.word_end(from, Words::Alphanumeric);
        let mut first = true;
        let mut text = Vec::new();
        for byte in self.buffer.slice(from, end) {
            let upper = letter == 'u' || letter == 'c' && first;
            text.push(if upper { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() });
            first = first && !byte.is_ascii_alphanumeric();
        }
        self.buffer.replace(from, end, &text);
    }

    /// Inserts the last word of the entry before; again, of the one before that.
    fn last_argument(&mut self, last: Last) {
        let (from, to, before) = match last {
            Last::Argument(from, to, index) => (from, to, index),
            _ => (self.buffer.cursor, self.buffer.cursor, self.state.history.len()),
        };
        let Some(index) = before.checked_sub(1) else { return self.bell() };
        let entry = self.state.history.get(index).unwrap_or_default();
        let found = super::scan::scan(entry);
        let word = found.words.last().and_then(|word| entry.get(word.start..word.end)).unwrap_or_default().to_vec();
        self.buffer.replace(from, to, &word);
        self.last = Last::Argument(from, self.buffer.cursor, index);
    }

    /// The entry before or after that begins as the text does up to the cursor.
    fn prefix_search(&mut self, back: bool) {
        let start = self.buffer.slice(0, self.buffer.cursor).to_vec();
        let current = self.buffer.text.clone();
        let fits = &mut |entry: &[u8]| entry.starts_with(&start) && entry != current;
        match self.state.history.search(self.at, back, fits) {
            Some(index) => {
                self.show_entry(index);
                self.buffer.cursor = start.len();
            }
            None => self.bell(),
        }
    }

    /// C-r and C-s: looks for what is typed, entry by entry, as it is typed.
    fn incremental(&mut self, back: bool) -> Step {
        let mut back = back;
        let (old, old_at) = (self.buffer.text.clone(), self.at);
        let old_cursor = self.buffer.cursor;
        let mut pattern: Vec<u8> = Vec::new();
        let mut failed = false;
        loop {
            let mut prompt = if failed { b"(failed ".to_vec() } else { b"(".to_vec() };
            prompt.extend_from_slice(if back { b"reverse-i-search)`" } else { b"i-search)`" });
            prompt.extend_from_slice(&pattern);
            prompt.extend_from_slice(b"': ");
            self.view.wipe();
            self.view.set_prompt(&prompt);
            let Some(key) = self.key() else {
                self.end_search();
                return self.ended_step();
            };
            let mut from = self.at;
            match key.code {
                Code::Char('\x12' | '\x13') if key.held == 0 => {
                    back = key.code == Code::Char('\x12');
                    if pattern.is_empty() {
                        pattern.clone_from(&self.state.sought);
                        from = self.state.history.len();
                    }
                }
                Code::Char('\x07' | '\x03') => {
                    self.buffer.set(&old);
                    self.buffer.cursor = old_cursor;
                    self.at = old_at;
                    self.end_search();
                    return Step::Go;
                }
                Code::Char('\x7f' | '\x08') if key.held == 0 => {
                    let mut shorter = super::buffer::Buffer::of(pattern, self.buffer.utf8);
                    let start = shorter.previous(shorter.text.len());
                    shorter.text.truncate(start);
                    pattern = shorter.text;
                    from = self.state.history.len();
                }
                Code::Char(c) if c >= ' ' && key.held == 0 && c != '\x7f' => {
                    super::line::push_code(&mut pattern, key.code, self.buffer.utf8);
                    // The entry that is shown may still fit.
                    from = if back { from.saturating_add(1) } else { from.saturating_sub(1) };
                }
                _ => {
                    self.state.sought = pattern;
                    self.end_search();
                    return match key.code {
                        Code::Char('\x1b') => Step::Go,
                        _ if self.shell.options.vi => self.vi(key),
                        _ => self.emacs(key),
                    };
                }
            }
            if pattern.is_empty() {
                failed = false;
                continue;
            }
            let shown = if from == self.at { self.buffer.text.clone() } else { Vec::new() };
            let fits = &mut |entry: &[u8]| memchr::memmem::find(entry, &pattern).is_some() && entry != shown;
            let from = from.min(self.state.history.len());
            match self.state.history.search(from, back, fits) {
                Some(index) => {
                    failed = false;
                    self.show_entry(index);
                    self.buffer.cursor = memchr::memmem::find(&self.buffer.text, &pattern).unwrap_or(0);
                }
                None => failed = true,
            }
        }
    }

    fn end_search(&mut self) {
        self.view.wipe();
        self.view.set_prompt(&self.prompt);
        self.view.drop_head();
    }
}

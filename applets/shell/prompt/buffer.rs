//! buffer - the text that is edited, where the cursor stands, and what it was before.

use base::term::width::{char_width, next_char};

/// How many steps can be undone.
const UNDO: usize = 500;

/// A text and a cursor, always between characters.
#[derive(Default)]
pub struct Buffer {
    pub text: Vec<u8>,
    /// In bytes.
    pub cursor: usize,
    /// Text and cursor before each change, the last one last.
    before: Vec<(Vec<u8>, usize)>,
    /// The last change was a character typed: the next one belongs to the same step.
    typing: bool,
    /// Characters may have several bytes.
    pub utf8: bool,
}

/// What a word is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Letters and digits (emacs).
    Alphanumeric,
    /// Letters, digits and `_`; signs are words of their own (vi's w).
    Signs,
    /// All but blanks (vi's W).
    Blanks,
}

impl Buffer {
    /// A buffer with a text, the cursor at its start.
    pub fn of(text: Vec<u8>, utf8: bool) -> Buffer {
        Buffer { text, utf8, ..Buffer::default() }
    }

    /// The text of a range; nothing where it is none.
    #[inline(never)]
    pub fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.text.get(from..to).unwrap_or_default()
    }

    fn char_at(&self, at: usize) -> (Option<char>, usize) {
        let rest = self.text.get(at..).unwrap_or_default();
        if self.utf8 {
            next_char(rest)
        } else {
            (rest.first().map(|byte| char::from(*byte)), usize::from(!rest.is_empty()))
        }
    }

    /// The place after the character at `at` and what combines with it.
    pub fn next(&self, at: usize) -> usize {
        let mut at = at.saturating_add(self.char_at(at).1);
        while let (Some(c), len @ 2..) = self.char_at(at) {
            if char_width(c) != Some(0) {
                break;
            }
            at = at.saturating_add(len);
        }
        at.min(self.text.len())
    }

    /// The place before the character that ends at `at`.
    pub fn previous(&self, at: usize) -> usize {
        let mut start = at;
        loop {
            let end = start;
            start = start.saturating_sub(1);
            while self.utf8
                && start > 0
                && end.saturating_sub(start) < 4
                && self.text.get(start).is_some_and(|b| b & 0xc0 == 0x80)
            {
                start = start.saturating_sub(1);
            }
            if start == 0 {
                return 0;
            }
            match self.char_at(start) {
                (Some(c), len) if start.saturating_add(len) == end => {
                    if len == 1 || char_width(c) != Some(0) {
                        return start;
                    }
                }
                // A broken byte stands alone.
                _ => return end.saturating_sub(1),
            }
        }
    }

    /// The class of the character at a place: 0 is what separates words.
    fn class(&self, at: usize, words: Words) -> u8 {
        let Some(byte) = self.text.get(at) else { return 0 };
        let letter = byte.is_ascii_alphanumeric() || *byte >= 0x80;
        match words {
            Words::Alphanumeric => u8::from(letter),
            Words::Blanks => u8::from(!byte.is_ascii_whitespace()),
            Words::Signs if byte.is_ascii_whitespace() => 0,
            Words::Signs => 1 + u8::from(letter || *byte == b'_'),
        }
    }

    /// The end of the word at or after a place.
    pub fn word_end(&self, at: usize, words: Words) -> usize {
        let mut at = at;
        while at < self.text.len() && self.class(at, words) == 0 {
            at = self.next(at);
        }
        let class = self.class(at, words);
        while at < self.text.len() && self.class(at, words) == class {
            at = self.next(at);
        }
        at
    }

    /// The start of the word before a place.
    pub fn word_start(&self, at: usize, words: Words) -> usize {
        let mut at = at;
        while at > 0 && self.class(self.previous(at), words) == 0 {
            at = self.previous(at);
        }
        let class = self.class(self.previous(at), words);
        while at > 0 && self.class(self.previous(at), words) == class {
            at = self.previous(at);
        }
        at
    }

    /// The start of the next word after a place (vi's w).
    pub fn next_word(&self, at: usize, words: Words) -> usize {
        let mut at = at;
        let class = self.class(at, words);
        while class != 0 && at < self.text.len() && self.class(at, words) == class {
            at = self.next(at);
        }
        while at < self.text.len() && self.class(at, words) == 0 {
            at = self.next(at);
        }
        at
    }

    /// The start and the end of the line around a place, in a text of several.
    pub fn line(&self, at: usize) -> (usize, usize) {
        let start = memchr::memrchr(b'\n', self.slice(0, at)).map_or(0, |found| found.saturating_add(1));
        let rest = self.text.get(at..).unwrap_or_default();
        (start, memchr::memchr(b'\n', rest).map_or(self.text.len(), |found| at.saturating_add(found)))
    }

    /// Remembers the text before a change.
    pub fn mark(&mut self) {
        if self.before.last().is_none_or(|(text, _)| *text != self.text) {
            if self.before.len() >= UNDO {
                self.before.remove(0);
            }
            self.before.push((self.text.clone(), self.cursor));
        }
        self.typing = false;
    }

    /// Types `bytes` at the cursor.
    pub fn insert(&mut self, bytes: &[u8]) {
        if !self.typing || bytes == b" " {
            self.mark();
        }
        self.put(self.cursor, self.cursor, bytes);
        self.typing = true;
    }

    /// Puts `bytes` in the place of a range, the cursor behind them; gives what was there.
    pub fn replace(&mut self, from: usize, to: usize, bytes: &[u8]) -> Vec<u8> {
        if from > to || to > self.text.len() {
            return Vec::new();
        }
        self.mark();
        self.put(from, to, bytes)
    }

    fn put(&mut self, from: usize, to: usize, bytes: &[u8]) -> Vec<u8> {
        let tail = self.text.split_off(to);
        let old = self.text.split_off(from);
        self.text.extend_from_slice(bytes);
        self.cursor = self.text.len();
        self.text.extend_from_slice(&tail);
        old
    }

    /// Takes a range out.
    pub fn cut(&mut self, from: usize, to: usize) -> Vec<u8> {
        self.replace(from, to, b"")
    }

    /// Another text, the cursor at its end.
    pub fn set(&mut self, text: &[u8]) {
        self.mark();
        self.text.clear();
        self.text.extend_from_slice(text);
        self.cursor = self.text.len();
    }

    /// Takes the last change back; false where there is none.
    pub fn undo(&mut self) -> bool {
        self.typing = false;
        while let Some((text, cursor)) = self.before.pop() {
            if text != self.text {
                self.text = text;
                self.cursor = cursor.min(self.text.len());
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(text: &str) -> Buffer {
        Buffer { text: text.as_bytes().to_vec(), utf8: true, ..Buffer::default() }
    }

    #[test]
    fn characters() {
        let b = buffer("aé漢e\u{301}x");
        assert_eq!([b.next(0), b.next(1), b.next(3), b.next(6), b.next(9)], [1, 3, 6, 9, 10]);
        assert_eq!([b.previous(10), b.previous(9), b.previous(6), b.previous(3), b.previous(1)], [9, 6, 3, 1, 0]);
        let broken = Buffer { text: b"a\xffb\x80\x80\x80\x80\x80".to_vec(), utf8: true, ..Buffer::default() };
        let mut at = broken.text.len();
        for _ in 0..8 {
            at = broken.previous(at);
        }
        assert_eq!(at, 0);
    }

    #[test]
    fn words() {
        let b = buffer("foo-bar  baz");
        assert_eq!(b.word_end(0, Words::Alphanumeric), 3);
        assert_eq!(b.word_end(3, Words::Alphanumeric), 7);
        assert_eq!(b.word_start(12, Words::Alphanumeric), 9);
        assert_eq!(b.word_start(9, Words::Blanks), 0);
        assert_eq!(b.next_word(0, Words::Signs), 3);
        assert_eq!(b.next_word(0, Words::Blanks), 9);
    }

    #[test]
    fn undo() {
        let mut b = buffer("");
        b.insert(b"a");
        b.insert(b"b");
        b.cut(0, 1);
        assert!(b.undo());
        assert_eq!(b.text, b"ab");
        assert!(b.undo());
        assert_eq!(b.text, b"");
        assert!(!b.undo());
    }
}

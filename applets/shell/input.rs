//! input - where the text of a script comes from: a string, a file, or a prompt; read only as far as the parser needs it.

use memchr::memchr;

/// Gives more of the script.
pub trait Source {
    /// Adds some bytes at the end; false where there are no more. `continued` tells a prompt that a command has begun.
    fn more(&mut self, bytes: &mut Vec<u8>, continued: bool) -> bool;
    /// Whether the end may be followed by more, as on a terminal.
    fn can_go_on(&self) -> bool {
        false
    }
}

/// Nothing beyond what is there.
struct Nothing;

impl Source for Nothing {
    fn more(&mut self, _: &mut Vec<u8>, _: bool) -> bool {
        false
    }
}

/// The text with a position in it.
pub struct Input {
    pub(crate) bytes: Vec<u8>,
    pub(crate) position: usize,
    /// The line of `position`, from 1.
    pub line: u32,
    source: Box<dyn Source>,
    ended: bool,
    /// The first line read had a NUL in it.
    pub(crate) had_zero: bool,
}

impl Input {
    /// A string; its first line has the number `line`.
    pub fn string(text: &[u8], line: u32) -> Input {
        let mut input =
            Input { bytes: text.to_vec(), position: 0, line, source: Box::new(Nothing), ended: true, had_zero: false };
        strip_zeros(&mut input.bytes, 0);
        input
    }

    /// A source that is read bit by bit.
    pub fn from(source: Box<dyn Source>) -> Input {
        Input { bytes: Vec::new(), position: 0, line: 1, source, ended: false, had_zero: false }
    }

    /// Reads more; false at the end.
    pub fn fill(&mut self, continued: bool) -> bool {
        if self.ended {
            return false;
        }
        let from = self.bytes.len();
        if self.source.more(&mut self.bytes, continued) {
            if from == 0 && self.line == 1 {
                let end = memchr(b'\n', &self.bytes).unwrap_or(self.bytes.len());
                self.had_zero = self.bytes.get(..end).is_some_and(|line| memchr(0, line).is_some());
            }
            strip_zeros(&mut self.bytes, from);
            true
        } else {
            self.ended = true;
            false
        }
    }

    /// Goes to the beginning of the next line, unless it is at one.
    pub fn next_line(&mut self) {
        let before = self.position.checked_sub(1).and_then(|at| self.bytes.get(at));
        if before == Some(&b'\n') {
            return;
        }
        loop {
            let rest = self.bytes.get(self.position..).unwrap_or_default();
            if let Some(at) = memchr(b'\n', rest) {
                self.position = self.position.saturating_add(at).saturating_add(1);
                self.line = self.line.saturating_add(1);
                return;
            }
            self.position = self.bytes.len();
            if !self.fill(true) {
                return;
            }
        }
    }

    /// Forgets what was consumed, between two commands.
    pub fn compact(&mut self) {
        if self.position >= self.bytes.len() {
            self.bytes.clear();
            self.position = 0;
        } else if self.position >= 1 << 16 {
            self.bytes.drain(..self.position);
            self.position = 0;
        }
        if self.ended && self.source.can_go_on() {
            self.ended = false;
        }
    }

    /// Whether there is anything but white space before the end of a text that needs no reading.
    pub fn has_more(&self) -> bool {
        !self.ended || self.bytes.get(self.position..).is_some_and(|rest| !rest.trim_ascii().is_empty())
    }
}

/// NUL cannot be in an argument or a variable: such bytes are left out, as other shells do.
pub fn strip_zeros(bytes: &mut Vec<u8>, from: usize) {
    let Some(first) = bytes.get(from..).and_then(|tail| memchr(0, tail)) else { return };
    let start = from.saturating_add(first);
    let mut to = start;
    for at in start..bytes.len() {
        if let (Some(byte @ 1..), Some(place)) = (bytes.get(at).copied(), bytes.get_mut(to)) {
            *place = byte;
            to = to.saturating_add(1);
        }
    }
    bytes.truncate(to);
}

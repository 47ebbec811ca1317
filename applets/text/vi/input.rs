//! Keys: from the terminal, from macros and mappings, from the command that is repeated.

use super::{Mode, Vi};
use base::sys::signal;
use base::term::keys::{self, Code, Event};
use base::term::screen as tty;
use core::time::Duration;

/// A key: a character's code, one of these, or `BYTE` and a byte that is no character.
pub type Key = u32;
pub const UP: Key = 0x20_0000;
pub const DOWN: Key = 0x20_0001;
pub const LEFT: Key = 0x20_0002;
pub const RIGHT: Key = 0x20_0003;
pub const HOME: Key = 0x20_0004;
pub const END: Key = 0x20_0005;
pub const PAGE_UP: Key = 0x20_0006;
pub const PAGE_DOWN: Key = 0x20_0007;
pub const INSERT: Key = 0x20_0008;
pub const DELETE: Key = 0x20_0009;
/// A key that does nothing.
pub const NONE: Key = 0x20_000f;
pub const BYTE: Key = 0x30_0000;
pub const ESC: Key = 27;

/// The key of an ASCII character.
pub const fn key(byte: u8) -> Key {
    byte as Key
}

/// A control character's key: `ctrl(b'w')`.
pub const fn ctrl(letter: u8) -> Key {
    (letter & 0x1f) as Key
}

/// More keys than this in waiting are a macro that calls itself.
const MOST: usize = 1 << 20;

/// Keys that come by themselves.
#[derive(Default)]
pub struct Queue {
    /// The last is the next one, here and in `replay`.
    pub waiting: Vec<Key>,
    /// The register that is recorded to, and what was typed so far.
    pub recording: Option<(u8, Vec<u8>)>,
    /// The keys of the command that runs, for `.`.
    pub seen: Vec<Key>,
    /// The keys of `.`; they come before all others.
    pub replay: Vec<Key>,
    pub replaying: bool,
    /// The command that runs cannot be done.
    pub failed: bool,
    /// How deep mappings have led to mappings without a key of the user's.
    mapped: usize,
    /// Mappings: for insert mode (else normal), keys, what they stand for.
    pub maps: Vec<(bool, Vec<Key>, Vec<u8>)>,
    pub abbreviations: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Queue {
    pub fn stop(&mut self) {
        self.waiting.clear();
        self.replay.clear();
        self.failed = true;
    }

    /// Forgets a mapping.
    pub fn unmap(&mut self, inserting: bool, keys: &[Key]) {
        if let Some(at) = self.maps.iter().position(|(kind, from, _)| *kind == inserting && *from == keys) {
            self.maps.remove(at);
        }
    }

    /// Forgets an abbreviation.
    pub fn unabbreviate(&mut self, word: &[u8]) {
        if let Some(at) = self.abbreviations.iter().position(|(known, _)| known == word) {
            self.abbreviations.remove(at);
        }
    }
}

/// The bytes a key stands for in text and registers; none for arrows and their like.
pub fn push_key(out: &mut Vec<u8>, key: Key) {
    if let Some(c) = char::from_u32(key) {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else if key & !0xff == BYTE {
        out.push(key as u8);
    } else {
        out.extend_from_slice(match key {
            UP => b"\x1b[A",
            DOWN => b"\x1b[B",
            RIGHT => b"\x1b[C",
            LEFT => b"\x1b[D",
            HOME => b"\x1b[H",
            END => b"\x1b[F",
            PAGE_UP => b"\x1b[5~",
            PAGE_DOWN => b"\x1b[6~",
            INSERT => b"\x1b[2~",
            DELETE => b"\x1b[3~",
            _ => b"",
        });
    }
}

fn of_code(code: Code) -> Key {
    match code {
        Code::Char(c) => u32::from(c),
        Code::Byte(byte) => BYTE | u32::from(byte),
        Code::Up => UP,
        Code::Down => DOWN,
        Code::Left => LEFT,
        Code::Right => RIGHT,
        Code::Home => HOME,
        Code::End => END,
        Code::PageUp => PAGE_UP,
        Code::PageDown => PAGE_DOWN,
        Code::Insert => INSERT,
        Code::Delete => DELETE,
        _ => NONE,
    }
}

/// The keys that bytes stand for.
pub fn keys_of(bytes: &[u8], utf8: bool) -> Vec<Key> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((key, length)) = keys::decode(rest, utf8, false, true) {
        out.push(of_code(key.code));
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
    out
}

impl Vi<'_, '_> {
    /// The next key; None when the editor is to end.
    pub fn key(&mut self) -> Option<Key> {
        let key = match self.input.replay.pop() {
            Some(key) => return Some(key),
            None if self.input.replaying => return Some(ESC),
            None => self.next_key()?,
        };
        self.input.seen.push(key);
        Some(key)
    }

    fn next_key(&mut self) -> Option<Key> {
        loop {
            if self.quit.is_some() {
                return None;
            }
            let key = match self.input.waiting.pop() {
                Some(key) => {
                    if signal::take_one(tty::INT) {
                        self.input.stop();
                        return Some(ctrl(b'c'));
                    }
                    key
                }
                None => {
                    self.input.mapped = 0;
                    let key = self.typed()?;
                    if let Some((_, keys)) = &mut self.input.recording {
                        push_key(keys, key);
                    }
                    key
                }
            };
            match self.mapped(key) {
                Some(keys) => self.feed(&keys),
                None => return Some(key),
            }
        }
    }

    /// What a mapping makes of `key` and those after it.
    fn mapped(&mut self, key: Key) -> Option<Vec<u8>> {
        if self.input.maps.is_empty() || self.input.mapped > 1000 || self.mode == Mode::Replace {
            return None;
        }
        let inserting = self.mode == Mode::Insert;
        let mut keys = vec![key];
        loop {
            let mut longer = false;
            for (insert, from, to) in &self.input.maps {
                if *insert == inserting && *from == keys {
                    self.input.mapped = self.input.mapped.saturating_add(1);
                    return Some(to.clone());
                }
                longer |= *insert == inserting && from.starts_with(&keys);
            }
            let more = if longer { self.input.waiting.pop().or_else(|| self.typed_within()) } else { None };
            match more {
                Some(more) => keys.push(more),
                None => {
                    keys.reverse();
                    keys.pop();
                    self.input.waiting.append(&mut keys);
                    return None;
                }
            }
        }
    }

    fn typed_within(&mut self) -> Option<Key> {
        match self.keys.next(Some(Duration::from_secs(1))) {
            Event::Key(key) => Some(of_code(key.code)),
            _ => None,
        }
    }

    /// Puts keys in front of what is to come.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.input.waiting.len().saturating_add(bytes.len()) > MOST {
            self.fail();
            return;
        }
        let mut keys = keys_of(bytes, self.utf8);
        keys.reverse();
        self.input.waiting.append(&mut keys);
    }

    /// A key of the user's.
    fn typed(&mut self) -> Option<Key> {
        loop {
            if !self.keys.is_ready() {
                self.draw();
            }
            // Idle for a while: time to write what a crash would lose.
            let idle = self.wants_recovery().then(|| Duration::from_secs(4));
            match self.keys.next(idle) {
                Event::Key(key) => return Some(of_code(key.code)),
                Event::Timeout => self.write_recovery(),
                Event::End => {
                    self.quit = Some(1);
                    self.leave_recovery();
                    return None;
                }
                Event::Signal => match signal::take() {
                    Some(tty::INT) => return Some(ctrl(b'c')),
                    Some(tty::WINCH) => self.screen.forget(),
                    Some(tty::TSTP) => self.suspend(),
                    Some(number @ (tty::HUP | tty::TERM)) => {
                        self.quit = Some(128u8.saturating_add(number as u8));
                        self.leave_recovery();
                        return None;
                    }
                    _ => {}
                },
            }
        }
    }
}

//! Keys: the bytes that a terminal sends, decoded. The usual sequences of xterm, rxvt, screen and the Linux console are known,
//! and no terminfo is asked.
//!
//! [`decode`] is the decoder alone; [`Keys`] reads a descriptor and tells a lone Escape from the beginning of a sequence by a
//! short wait.

use super::width::next_char;
use crate::error::Errno;
use core::time::Duration;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::BorrowedFd;

/// What was pressed. Control characters are characters: Control-A is `Char('\x01')`, Return `Char('\r')`, Tab `Char('\t')`,
/// Escape `Char('\x1b')`, Backspace `Char('\x7f')` or `Char('\x08')` as the terminal has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// A character.
    Char(char),
    /// A byte that is part of no character.
    Byte(u8),
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Insert,
    Delete,
    /// A function key by its number.
    Function(u8),
    /// A bracketed paste begins.
    PasteStart,
    /// A bracketed paste ends.
    PasteEnd,
    /// A sequence nobody knows; it is one key, so that its letters do nothing.
    Unknown,
}

/// A key with what was held down beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    pub code: Code,
    /// [`META`], [`CTRL`] and [`SHIFT`], as far as the terminal tells: for characters, `META` alone.
    pub held: u8,
}

/// Meta or Alt was held down, or Escape was sent before the key.
pub const META: u8 = 1;
/// Control was held down.
pub const CTRL: u8 = 2;
/// Shift was held down.
pub const SHIFT: u8 = 4;

impl Key {
    /// The key alone.
    pub const fn plain(code: Code) -> Key {
        Key { code, held: 0 }
    }

    /// A character's key.
    pub const fn char(c: char) -> Key {
        Key::plain(Code::Char(c))
    }
}

/// The longest sequence that is waited for; longer ones are unknown keys.
const LONGEST: usize = 32;
const ESCAPE: u8 = 0x1b;

/// The key that `bytes` begins with and how many bytes it took. `None` where they are only the beginning of one and `whole` does
/// not say that nothing follows. Without `meta`, Escape and a key after it are two keys.
pub fn decode(bytes: &[u8], utf8: bool, meta: bool, whole: bool) -> Option<(Key, usize)> {
    let &first = bytes.first()?;
    if first != ESCAPE {
        return character(bytes, utf8, whole);
    }
    let lone = (Key::char('\x1b'), 1);
    match bytes.get(1) {
        None => whole.then_some(lone),
        Some(b'[') => match csi(bytes.get(2..).unwrap_or_default()) {
            Some((key, length)) => Some((key, length + 2)),
            None if !whole && bytes.len() < LONGEST => None,
            None if bytes.len() == 2 && meta => Some((Key { code: Code::Char('['), held: META }, 2)),
            None => Some(lone),
        },
        Some(b'O') => match bytes.get(2) {
            None if !whole => None,
            Some(letter) if letter_key(*letter) != Code::Unknown => Some((Key::plain(letter_key(*letter)), 3)),
            _ if meta => Some((Key { code: Code::Char('O'), held: META }, 2)),
            _ => Some(lone),
        },
        // Escape before a sequence is how some terminals send Meta with it.
        Some(&ESCAPE) if meta && matches!(bytes.get(2), Some(b'[' | b'O')) => {
            let (key, length) = decode(bytes.get(1..)?, utf8, false, whole)?;
            Some((Key { code: key.code, held: key.held | META }, length + 1))
        }
        Some(&ESCAPE) if meta && bytes.len() == 2 && !whole => None,
        Some(_) if meta => {
            let (key, length) = character(bytes.get(1..)?, utf8, whole)?;
            Some((Key { code: key.code, held: key.held | META }, length + 1))
        }
        Some(_) => Some(lone),
    }
}

fn character(bytes: &[u8], utf8: bool, whole: bool) -> Option<(Key, usize)> {
    let &first = bytes.first()?;
    if first < 0x80 {
        return Some((Key::char(char::from(first)), 1));
    }
    if !utf8 {
        return Some((Key::plain(Code::Byte(first)), 1));
    }
    if let (Some(c), length) = next_char(bytes) {
        return Some((Key::char(c), length));
    }
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let tail = bytes.get(1..).unwrap_or_default();
    let may_go_on = bytes.len() < length && tail.iter().all(|byte| byte & 0xc0 == 0x80);
    if may_go_on && !whole { None } else { Some((Key::plain(Code::Byte(first)), 1)) }
}

/// A key by the last letter of `ESC [ letter` or `ESC O letter`.
fn letter_key(letter: u8) -> Code {
    match letter {
        b'A' => Code::Up,
        b'B' => Code::Down,
        b'C' => Code::Right,
        b'D' => Code::Left,
        b'H' => Code::Home,
        b'F' => Code::End,
        b'P'..=b'S' => Code::Function(letter - b'P' + 1),
        b'M' => Code::Char('\r'),
        _ => Code::Unknown,
    }
}

/// What follows `ESC [`: parameters and a last byte. The key and the length without `ESC [`.
fn csi(bytes: &[u8]) -> Option<(Key, usize)> {
    // The Linux console's F1 to F5.
    if bytes.first() == Some(&b'[') {
        let code = match bytes.get(1)? {
            letter @ b'A'..=b'E' => Code::Function(letter - b'A' + 1),
            _ => Code::Unknown,
        };
        return Some((Key::plain(code), 2));
    }
    let end = bytes.iter().position(|byte| (0x40..=0x7e).contains(byte) || *byte == b'$' || *byte < 0x20)?;
    let last = *bytes.get(end)?;
    let mut numbers = [0u32; 2];
    let mut index = 0;
    for byte in bytes.get(..end)? {
        match (byte, numbers.get_mut(index)) {
            (b'0'..=b'9', Some(number)) => *number = number.wrapping_mul(10).wrapping_add(u32::from(byte - b'0')),
            (b';', _) => index += 1,
            _ => {}
        }
    }
    let [number, modifier] = numbers;
    // xterm's modifiers: 1 and a bit each for Shift, Meta, Control.
    let bits = modifier.saturating_sub(1);
    let mut held = 0;
    for (bit, flag) in [(1, SHIFT), (2, META), (4, CTRL), (8, META)] {
        held |= if bits & bit != 0 { flag } else { 0 };
    }
    let code = match last {
        b'~' | b'$' | b'^' | b'@' => {
            held |= match last {
                b'$' => SHIFT,
                b'^' => CTRL,
                b'@' => SHIFT | CTRL,
                _ => 0,
            };
            match number {
                1 | 7 => Code::Home,
                2 => Code::Insert,
                3 => Code::Delete,
                4 | 8 => Code::End,
                5 => Code::PageUp,
                6 => Code::PageDown,
                11..=15 => Code::Function(number as u8 - 10),
                17..=21 => Code::Function(number as u8 - 11),
                23..=26 => Code::Function(number as u8 - 12),
                28 | 29 => Code::Function(number as u8 - 13),
                31..=34 => Code::Function(number as u8 - 14),
                200 => Code::PasteStart,
                201 => Code::PasteEnd,
                _ => Code::Unknown,
            }
        }
        b'a'..=b'd' => {
            held |= SHIFT;
            letter_key(last.to_ascii_uppercase())
        }
        b'Z' => {
            held |= SHIFT;
            Code::Char('\t')
        }
        b'M' => Code::Unknown,
        _ => letter_key(last),
    };
    Some((Key { code, held }, end + 1))
}

/// What [`Keys::next`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    Key(Key),
    /// A caught signal waits to be taken.
    Signal,
    /// The time passed.
    Timeout,
    /// The input has ended, or the terminal is gone.
    End,
}

/// A reader of keys.
pub struct Keys<'fd> {
    fd: BorrowedFd<'fd>,
    utf8: bool,
    meta: bool,
    /// How long the rest of a sequence may take; zero where the input is no terminal, for then all of it is there at once.
    patience: Duration,
    buffer: Vec<u8>,
    used: usize,
    most: usize,
}

impl<'fd> Keys<'fd> {
    /// Keys from `fd`. With `meta`, Escape before a character is Meta.
    pub fn new(fd: BorrowedFd<'fd>, utf8: bool, meta: bool) -> Keys<'fd> {
        Keys { fd, utf8, meta, patience: Duration::from_millis(50), buffer: Vec::new(), used: 0, most: 4096 }
    }

    /// From now on reads at most so many bytes at once (to 4096): with 1, what was typed ahead is left to other programs.
    pub fn read_at_most(&mut self, count: usize) {
        self.most = count;
    }

    /// The bytes that were read and not yet used.
    pub fn ahead(&self) -> &[u8] {
        self.buffer.get(self.used..).unwrap_or_default()
    }

    /// Puts bytes in front of what is to be read.
    pub fn unread(&mut self, bytes: &[u8]) {
        let rest = [bytes, self.ahead()].concat();
        self.buffer = rest;
        self.used = 0;
    }

    /// Forgets what was read ahead.
    pub fn forget(&mut self) {
        self.buffer.clear();
        self.used = 0;
    }

    /// Whether a key is there already.
    pub fn is_ready(&self) -> bool {
        !self.ahead().is_empty() || wait(self.fd, Some(Duration::ZERO)) == Ok(true)
    }

    /// The next key; waits at most `timeout`, where there is one. A caught signal ends the wait.
    pub fn next(&mut self, timeout: Option<Duration>) -> Event {
        let mut whole = false;
        loop {
            let ahead = self.buffer.get(self.used..).unwrap_or_default();
            if let Some((key, length)) = decode(ahead, self.utf8, self.meta, whole) {
                self.used = self.used.saturating_add(length);
                return Event::Key(key);
            }
            let began = !ahead.is_empty();
            if crate::sys::signal::pending() {
                return Event::Signal;
            }
            match wait(self.fd, if began { Some(self.patience) } else { timeout }) {
                Ok(true) => match self.fill() {
                    Ok(0) if began => whole = true,
                    Ok(0) | Err(Errno::IO) => return Event::End,
                    // The signal of a key that was typed before these.
                    Ok(_) if crate::sys::signal::pending() => return Event::Signal,
                    Ok(_) => {}
                    Err(Errno::INTR) => return Event::Signal,
                    Err(Errno::AGAIN) => {}
                    Err(_) => return Event::End,
                },
                Ok(false) if began => whole = true,
                Ok(false) => return Event::Timeout,
                Err(Errno::INTR) => return Event::Signal,
                Err(_) => return Event::End,
            }
        }
    }

    fn fill(&mut self) -> Result<usize, Errno> {
        self.buffer.drain(..self.used.min(self.buffer.len()));
        self.used = 0;
        let mut room = [0; 4096];
        let count = rustix::io::read(self.fd, room.get_mut(..self.most).unwrap_or_default())?;
        self.buffer.extend_from_slice(room.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// Waits until `fd` can be read (or has ended); false when the time passed.
fn wait(fd: BorrowedFd, timeout: Option<Duration>) -> Result<bool, Errno> {
    let timeout = timeout.map(|time| Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(time.subsec_nanos()),
    });
    Ok(poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::IN)], timeout.as_ref())? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], meta: bool) -> Vec<Key> {
        let mut keys = Vec::new();
        let mut rest = bytes;
        while let Some((key, length)) = decode(rest, true, meta, true) {
            assert!(length > 0 && length <= rest.len());
            keys.push(key);
            rest = rest.get(length..).unwrap_or_default();
        }
        assert!(rest.is_empty());
        keys
    }

    #[test]
    fn characters() {
        assert_eq!(all("aä\x01".as_bytes(), true), [Key::char('a'), Key::char('ä'), Key::char('\x01')]);
        assert_eq!(all(b"\xff\xc3", true), [Key::plain(Code::Byte(0xff)), Key::plain(Code::Byte(0xc3))]);
        assert_eq!(decode(b"\xe6\x97", true, true, false), None);
        assert_eq!(decode(b"\xe6a", true, true, false), Some((Key::plain(Code::Byte(0xe6)), 1)));
    }

    #[test]
    fn sequences() {
        for (bytes, code, held) in [
            (&b"\x1b[A"[..], Code::Up, 0),
            (b"\x1bOB", Code::Down, 0),
            (b"\x1b[1;5C", Code::Right, CTRL),
            (b"\x1b[1;4D", Code::Left, SHIFT | META),
            (b"\x1b[H", Code::Home, 0),
            (b"\x1b[4~", Code::End, 0),
            (b"\x1b[8~", Code::End, 0),
            (b"\x1b[3~", Code::Delete, 0),
            (b"\x1b[3;5~", Code::Delete, CTRL),
            (b"\x1b[5~", Code::PageUp, 0),
            (b"\x1b[6^", Code::PageDown, CTRL),
            (b"\x1b[[A", Code::Function(1), 0),
            (b"\x1bOP", Code::Function(1), 0),
            (b"\x1b[15~", Code::Function(5), 0),
            (b"\x1b[24~", Code::Function(12), 0),
            (b"\x1b[Z", Code::Char('\t'), SHIFT),
            (b"\x1b[200~", Code::PasteStart, 0),
            (b"\x1b[201~", Code::PasteEnd, 0),
            (b"\x1b[999999999999999999;9~", Code::Unknown, META),
            (b"\x1b\x1b[A", Code::Up, META),
            (b"\x1bb", Code::Char('b'), META),
            ("\x1bä".as_bytes(), Code::Char('ä'), META),
        ] {
            assert_eq!(all(bytes, true), [Key { code, held }], "{}", bytes.escape_ascii());
            for end in 1..bytes.len() {
                let before = bytes.get(..end).unwrap_or_default();
                assert_eq!(decode(before, true, true, false), None, "{}", before.escape_ascii());
            }
        }
    }

    #[test]
    fn lone_escape() {
        assert_eq!(decode(b"\x1b", true, true, false), None);
        assert_eq!(all(b"\x1b", true), [Key::char('\x1b')]);
        assert_eq!(all(b"\x1bj", false), [Key::char('\x1b'), Key::char('j')]);
        assert_eq!(all(b"\x1bOx", false), [Key::char('\x1b'), Key::char('O'), Key::char('x')]);
        assert_eq!(all(b"\x1b[A", false), [Key::plain(Code::Up)]);
        assert_eq!(all(b"\x1b[", true), [Key { code: Code::Char('['), held: META }]);
        assert_eq!(all(b"\x1b\x1b", false), [Key::char('\x1b'), Key::char('\x1b')]);
    }
}

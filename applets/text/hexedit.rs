//! hexedit - edit the bytes of a file on the screen
//! Spec: BusyBox's and Pixel's hexedit. Deviations: edits stand in memory until they are saved, in place, so that devices can be
//! edited; nothing is inserted or cut.

use base::error::ResultExt;
use base::number::{parse_u64_c, push_radix};
use base::sys::signal;
use base::term::keys::{Code, Event, Keys};
use base::term::screen::{HUP, INT, TERM, TSTP, Tty};
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Result, Status};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, SeekFrom};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "hexedit",
    exec: Exec::fork("fills the screen and reads keys"),
    summary: "Edit the bytes of FILE on the screen",
    operands: "FILE",
    notes: "Arrows, Page Up and Down, Home and End (of the line), < and > (of the file) move; digits or, behind Tab,\n\
            characters replace. Return goes to an offset, / and ^R search for bytes or text forward and back, n on,\n\
            Backspace takes the last change back, ^W saves, ^X saves and leaves, ^C and q leave without saving.",
    run,
    ..Declaration::DEFAULT
});

/// Bytes in a row.
const ROW: u64 = 16;
/// How much is searched at once.
const CHUNK: usize = 1 << 16;

struct Editor {
    fd: OwnedFd,
    size: u64,
    /// Only to be read.
    readonly: bool,
    /// What was changed: where, and into what. The last one counts.
    edits: Vec<(u64, u8)>,
    /// How many of them the file has.
    saved: usize,
    /// The byte under the cursor, and the first of the screen.
    at: u64,
    top: u64,
    /// The second digit of the byte is next.
    low: bool,
    /// Characters are typed, not digits.
    text: bool,
    rows: u64,
    message: Vec<u8>,
    needle: Vec<u8>,
    tty: Tty,
    keys: Keys<'static>,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let path = args.between(1, 1)?.first().copied().unwrap_or_default();
    let open = |flags: OFlags| base::fs::open(path, flags | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty());
    let (fd, readonly) = match open(OFlags::RDWR) {
        Err(Errno::ACCESS | Errno::ROFS | Errno::PERM) => (open(OFlags::RDONLY).at(path)?, true),
        other => (other.at(path)?, false),
    };
    let size = rustix::fs::seek(&fd, SeekFrom::End(0)).at(path)?;
    let Some(mut tty) = Tty::open() else { return Err(Error::message("no terminal")) };
    tty.enter();
    let keys = Keys::new(tty.fd(), false, false);
    cx.stdout.put(b"\x1b[?1049h")?;
    let mut editor = Editor {
        fd,
        size,
        readonly,
        edits: Vec::new(),
        saved: 0,
        at: 0,
        top: 0,
        low: false,
        text: false,
        rows: 22,
        message: Vec::new(),
        needle: Vec::new(),
        tty,
        keys,
    };
    let result = editor.session(cx, path);
    cx.stdout.put(b"\x1b[?1049l")?;
    cx.stdout.finish()?;
    editor.tty.leave();
    result
}

impl Editor {
    fn session(&mut self, cx: &mut Context, path: &[u8]) -> Result<Status> {
        loop {
            self.draw(cx, path)?;
            let key = match self.keys.next(None) {
                Event::Key(key) => key.code,
                Event::Timeout => continue,
                Event::End => return Ok(Status::FAILURE),
                Event::Signal => match signal::take() {
                    Some(HUP | TERM) => return Ok(Status::FAILURE),
                    Some(INT) => Code::Char('\x03'),
                    Some(TSTP) => {
                        cx.stdout.put(b"\x1b[?1049l")?;
                        cx.stdout.finish()?;
                        self.tty.suspend();
                        cx.stdout.put(b"\x1b[?1049h")?;
                        continue;
                    }
                    _ => continue,
                },
            };
            self.message.clear();
            let (row, page) = (self.at % ROW, self.rows.saturating_mul(ROW));
            let last = self.size.saturating_sub(1);
            let mut to = self.at;
            match key {
                Code::Up => to = to.saturating_sub(ROW),
                Code::Down if to.saturating_add(ROW) <= last => to = to.saturating_add(ROW),
                Code::Left | Code::Char('\x02') => {
                    // From the second digit to the first, then to the byte before.
                    to = to.saturating_sub(u64::from(!core::mem::take(&mut self.low)));
                }
                Code::Right | Code::Char('\x06') => to = to.saturating_add(1),
                Code::Home => to = to.saturating_sub(row),
                Code::End => to = to.saturating_sub(row).saturating_add(ROW.saturating_sub(1)),
                Code::PageUp => {
                    to = to.saturating_sub(page);
                    self.top = self.top.saturating_sub(page);
                }
                Code::PageDown => to = to.saturating_add(page),
                Code::Char('\t') => self.text = !self.text,
                Code::Char('\x03') | Code::Function(10) => return Ok(Status::SUCCESS),
                Code::Char('\x17') | Code::Function(2) => self.save(path),
                Code::Char('\x18') => {
                    self.save(path);
                    if self.saved == self.edits.len() {
                        return Ok(Status::SUCCESS);
                    }
                }
                Code::Char('\x7f' | '\x08' | '\x15') if self.edits.len() > self.saved => {
                    if let Some((place, _)) = self.edits.pop() {
                        to = place;
                    }
                    self.low = false;
                }
                Code::Char('\r' | '\x07') => {
                    if let Some(answer) = self.ask(cx, b"Go to (dec, 0xhex, 0oct): ")? {
                        match parse_u64_c(&answer) {
                            Ok(place) => to = place,
                            Err(_) => self.say(b"not a number"),
                        }
                    }
                }
                Code::Char('\x13') | Code::Function(4) => to = self.search(cx, true)?,
                Code::Char('\x12') => to = self.search(cx, false)?,
                Code::Char('/') if !self.text => to = self.search(cx, true)?,
                Code::Char('n') if !self.text => to = self.find(true),
                Code::Char('<') if !self.text => to = 0,
                Code::Char('>') if !self.text => to = last,
                Code::Char('q') if !self.text => return Ok(Status::SUCCESS),
                Code::Char(c) => to = self.typed(c),
                _ => {}
            }
            to = to.min(last);
            if to != self.at {
                self.low = false;
            }
            self.at = to;
        }
    }

    /// Replaces the byte, or one of its digits. Gives where the cursor goes.
    fn typed(&mut self, c: char) -> u64 {
        let old = self.byte(self.at);
        let new = match (self.text, u8::try_from(c), c.to_digit(16)) {
            (true, Ok(byte @ 32..=126), _) => byte,
            (false, _, Some(digit)) if self.low => old & 0xf0 | digit as u8,
            (false, _, Some(digit)) => old & 0x0f | (digit as u8).wrapping_shl(4),
            _ => return self.at,
        };
        if self.readonly || self.size == 0 {
            self.say(b"read only");
            return self.at;
        }
        if new != old {
            self.edits.push((self.at, new));
        }
        self.low = !self.text && !self.low;
        if self.low { self.at } else { self.at.saturating_add(1) }
    }

    /// Reads bytes from `at` on, as they are now.
    fn read(&self, at: u64, bytes: &mut [u8]) -> usize {
        let mut done = 0;
        while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match rustix::io::pread(&self.fd, rest, at.saturating_add(done as u64)) {
                Ok(count) if count > 0 => done = done.saturating_add(count),
                Err(Errno::INTR) => {}
                // What cannot be read is shown as the end.
                _ => break,
            }
        }
        for (place, new) in &self.edits {
            let index = place.checked_sub(at).and_then(|index| usize::try_from(index).ok());
            if let Some(byte) = index.and_then(|index| bytes.get_mut(..done)?.get_mut(index)) {
                *byte = *new;
            }
        }
        done
    }

    fn byte(&self, at: u64) -> u8 {
        let mut byte = [0];
        self.read(at, &mut byte);
        let [byte] = byte;
        byte
    }

    /// Writes what was changed.
    fn save(&mut self, path: &[u8]) {
        for (place, new) in self.edits.iter().skip(self.saved) {
            if let Err(errno) = rustix::io::pwrite(&self.fd, &[*new], *place) {
                self.message = Error::system(path, errno).text().unwrap_or_default();
                return;
            }
        }
        match rustix::fs::fsync(&self.fd) {
            Ok(()) | Err(Errno::INVAL | Errno::ROFS | Errno::NOSYS) => {
                self.saved = self.edits.len();
                self.say(b"saved");
            }
            Err(errno) => self.message = Error::system(path, errno).text().unwrap_or_default(),
        }
    }

    #[inline(never)]
    fn say(&mut self, text: &[u8]) {
        self.message.clear();
        self.message.extend_from_slice(text);
    }

    fn search(&mut self, cx: &mut Context, forward: bool) -> Result<u64> {
        let question: &[u8] = if self.text { b"Search for text: " } else { b"Search for bytes (hex): " };
        let Some(answer) = self.ask(cx, question)? else { return Ok(self.at) };
        match bytes_of_hex(&answer).filter(|_| !self.text) {
            Some(bytes) => self.needle = bytes,
            None if self.text => self.needle = answer,
            None => self.say(b"not hexadecimal"),
        }
        Ok(if self.message.is_empty() { self.find(forward) } else { self.at })
    }

    /// Where the bytes that are searched for stand next.
    fn find(&mut self, forward: bool) -> u64 {
        let overlap = self.needle.len().saturating_sub(1) as u64;
        let mut buffer = vec![0u8; CHUNK.saturating_add(self.needle.len())];
        let step = CHUNK as u64;
        // Forward from behind the cursor; backward in chunks that end before it.
        let mut from = if forward { self.at.saturating_add(1) } else { self.at };
        while !self.needle.is_empty() && !signal::is_pending(INT) {
            let (start, length) = if forward {
                (from, step.saturating_add(overlap))
            } else {
                let start = from.saturating_sub(step);
                (start, from.saturating_sub(start).saturating_add(overlap))
            };
            let length = usize::try_from(length).unwrap_or(CHUNK).min(buffer.len());
            let count = self.read(start, buffer.get_mut(..length).unwrap_or_default());
            let bytes = buffer.get(..count).unwrap_or_default();
            let found = if forward {
                base::bytes::find(bytes, &self.needle)
            } else {
                memchr::memmem::rfind(bytes, &self.needle)
            };
            if let Some(index) = found {
                return start.saturating_add(index as u64);
            }
            if count < length && forward || start == 0 && !forward {
                break;
            }
            from = if forward { start.saturating_add(step) } else { start };
        }
        // SIGINT has ended the search, and is not to end the editor.
        let why: &[u8] = if signal::take_one(INT) { b"interrupted" } else { b"not found" };
        self.say(why);
        self.at
    }

    /// Asks for a line at the bottom; None where the user thinks better of it.
    fn ask(&mut self, cx: &mut Context, question: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut answer = Vec::new();
        loop {
            let mut out = b"\x1b[".to_vec();
            push_radix(&mut out, self.rows.saturating_add(1), 10, 0, b' ');
            out.extend_from_slice(b";1H\x1b[K");
            out.extend_from_slice(question);
            out.extend_from_slice(&answer);
            cx.stdout.put(&out)?;
            cx.stdout.finish()?;
            match self.keys.next(None) {
                Event::Key(key) => match key.code {
                    Code::Char('\r') => return Ok(Some(answer)),
                    Code::Char('\x1b' | '\x03') => return Ok(None),
                    Code::Char('\x7f' | '\x08') => {
                        answer.pop();
                    }
                    Code::Char(c @ ' '..='~') => answer.push(c as u8),
                    _ => {}
                },
                Event::Timeout => {}
                Event::Signal if signal::take() != Some(INT) => {}
                Event::Signal | Event::End => return Ok(None),
            }
        }
    }

    fn draw(&mut self, cx: &mut Context, path: &[u8]) -> Result<()> {
        let fd: BorrowedFd = self.tty.fd();
        let rows = base::term::size(fd).map_or(24, |(rows, _)| rows).max(3) as u64;
        self.rows = rows.saturating_sub(1);
        let row = self.at.saturating_sub(self.at % ROW);
        let page = self.rows.saturating_mul(ROW);
        if row < self.top {
            self.top = row;
        } else if row >= self.top.saturating_add(page) {
            self.top = row.saturating_sub(page.saturating_sub(ROW));
        }
        self.top = self.top.saturating_sub(self.top % ROW);
        let mut bytes = vec![0u8; usize::try_from(page).unwrap_or(0)];
        let count = self.read(self.top, &mut bytes);
        let mut out = b"\x1b[H".to_vec();
        let digits = if self.size > u64::from(u32::MAX) { 12 } else { 8 };
        for line in 0..self.rows {
            let start = self.top.saturating_add(line.saturating_mul(ROW));
            let offset = usize::try_from(line.saturating_mul(ROW)).unwrap_or(usize::MAX);
            let part = bytes.get(offset..offset.saturating_add(16).min(count)).unwrap_or_default();
            if !part.is_empty() {
                push_radix(&mut out, start, 16, digits, b'0');
                out.push(b' ');
                for (index, byte) in part.iter().enumerate() {
                    if index % 4 == 0 {
                        out.push(b' ');
                    }
                    let place = start.saturating_add(index as u64);
                    let changed = self.edits.iter().any(|edit| edit.0 == place);
                    if changed {
                        out.extend_from_slice(b"\x1b[1m");
                    }
                    push_radix(&mut out, u64::from(*byte), 16, 2, b'0');
                    if changed {
                        out.extend_from_slice(b"\x1b[m");
                    }
                    out.push(b' ');
                }
                for index in part.len()..16 {
                    out.extend_from_slice(if index % 4 == 0 { b"    " } else { b"   " });
                }
                out.push(b' ');
                out.extend(part.iter().map(|byte| if (32..127).contains(byte) { *byte } else { b'.' }));
            }
            out.extend_from_slice(b"\x1b[K\r\n");
        }
        out.extend_from_slice(if self.edits.len() > self.saved { b"-**- " } else { b"---- " });
        out.extend_from_slice(path);
        out.extend_from_slice(b"  0x");
        push_radix(&mut out, self.at, 16, 1, b'0');
        out.extend_from_slice(b"/0x");
        push_radix(&mut out, self.size, 16, 1, b'0');
        if !self.message.is_empty() {
            out.extend_from_slice(b"  ");
            out.extend_from_slice(&self.message);
        }
        out.extend_from_slice(b"\x1b[K\x1b[");
        let index = self.at % ROW;
        let column = if self.text {
            index.saturating_add(digits as u64).saturating_add(55)
        } else {
            index.saturating_mul(3).saturating_add(index / 4).saturating_add(digits as u64).saturating_add(3)
        };
        let line = self.at.saturating_sub(self.top) / ROW;
        push_radix(&mut out, line.saturating_add(1), 10, 1, b' ');
        out.push(b';');
        push_radix(&mut out, column.saturating_add(u64::from(self.low)), 10, 1, b' ');
        out.push(b'H');
        cx.stdout.put(&out)?;
        cx.stdout.finish()
    }
}

/// The bytes that hexadecimal digits stand for, two for each, with blanks anywhere.
fn bytes_of_hex(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut high = None;
    for byte in text.iter().filter(|byte| **byte != b' ') {
        let digit = char::from(*byte).to_digit(16)? as u8;
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    bytes.extend(high);
    Some(bytes)
}

//! Writing: buffered, line by line on a terminal, every write checked.

use super::{BUFFER, write_all};
use crate::error::{Errno, Error, Result};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use std::io::{self, Write};

/// Where an output's bytes go.
pub enum Sink {
    /// A descriptor of somebody else.
    Fd(BorrowedFd<'static>),
    /// A descriptor that is closed with the output.
    Owned(OwnedFd),
    /// The output's own buffer, which grows; see [`Output::take`].
    Memory,
    /// Nowhere.
    Null,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Buffering {
    /// Not yet known whether the descriptor is a terminal.
    Undecided,
    Line,
    Full,
    None,
}

/// A buffered output. Use it through `std::io::Write`, or [`put`](Output::put).
pub struct Output {
    sink: Sink,
    name: Vec<u8>,
    buffer: Vec<u8>,
    buffering: Buffering,
    /// The first error, kept so that later writes fail at once and the end reports it once.
    failed: Option<Errno>,
    /// How many large pieces were sent, up to those after which a pipe is made wider.
    pieces: u8,
}

/// Who sends so many pieces will send more.
const MANY: u8 = 8;

impl Output {
    fn new(sink: Sink, buffering: Buffering, name: &[u8]) -> Output {
        Output { sink, name: name.to_vec(), buffer: Vec::new(), buffering, failed: None, pieces: 0 }
    }

    /// An output to a descriptor it does not own: in blocks, or in lines where it is a terminal.
    pub fn borrowed(fd: BorrowedFd<'static>) -> Output {
        Output::new(Sink::Fd(fd), Buffering::Undecided, b"")
    }

    /// An output to a descriptor it does not own, without a buffer.
    pub fn unbuffered(fd: BorrowedFd<'static>) -> Output {
        Output::new(Sink::Fd(fd), Buffering::None, b"")
    }

    /// An output to a descriptor that it closes in the end; `name` is for errors.
    pub fn owned(fd: OwnedFd, name: &[u8]) -> Output {
        Output::new(Sink::Owned(fd), Buffering::Full, name)
    }

    /// An output that collects in memory.
    pub fn memory() -> Output {
        Output::new(Sink::Memory, Buffering::Full, b"")
    }

    /// An output that goes on collecting behind `bytes`.
    pub fn memory_onto(bytes: Vec<u8>) -> Output {
        Output { buffer: bytes, ..Output::memory() }
    }

    /// An output that throws everything away.
    pub fn null() -> Output {
        Output::new(Sink::Null, Buffering::Full, b"")
    }

    /// Creates or truncates a file (mode 0666 less the umask); the error names it.
    pub fn create(path: &[u8]) -> Result<Output> {
        Output::open(path, OFlags::CREATE | OFlags::TRUNC)
    }

    /// Opens a file for writing with further flags (`CREATE`, `TRUNC`, `APPEND`, `EXCL`).
    pub fn open(path: &[u8], flags: OFlags) -> Result<Output> {
        let flags = flags | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
        let fd = crate::fs::open(path, flags, Mode::from_raw_mode(0o666)).map_err(|e| Error::system(path, e))?;
        Ok(Output::owned(fd, path))
    }

    /// The descriptor, where there is one. Flush first when you write to it directly.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.sink {
            Sink::Fd(fd) => Some(fd.as_fd()),
            Sink::Owned(fd) => Some(fd.as_fd()),
            Sink::Memory | Sink::Null => None,
        }
    }

    /// Whether it collects in memory.
    pub fn is_memory(&self) -> bool {
        matches!(self.sink, Sink::Memory)
    }

    /// What was collected in memory so far; the output is empty then.
    pub fn take(&mut self) -> Vec<u8> {
        if self.is_memory() { core::mem::take(&mut self.buffer) } else { Vec::new() }
    }

    /// Flushes after each line from now on (`--line-buffered`, `-u`).
    pub fn line_buffered(&mut self) {
        if !self.is_memory() {
            self.buffering = Buffering::Line;
        }
    }

    /// Whether it is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.fd().is_some_and(rustix::termios::isatty)
    }

    /// Writes `bytes`; the error says which output failed.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        if self.buffering == Buffering::Full {
            let room = BUFFER.saturating_sub(self.buffer.len());
            if bytes.len() < room {
                self.buffer.extend_from_slice(bytes);
                return Ok(());
            }
        }
        self.put_slowly(bytes).map_err(|errno| self.error(errno))
    }

    /// Writes one byte.
    #[inline]
    pub fn byte(&mut self, byte: u8) -> Result<()> {
        self.put(&[byte])
    }

    fn put_slowly(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        if self.buffering == Buffering::Undecided {
            self.buffering = if self.is_terminal() { Buffering::Line } else { Buffering::Full };
            self.buffer.reserve(4096);
        }
        match self.sink {
            Sink::Memory => {
                self.buffer.extend_from_slice(bytes);
                return Ok(());
            }
            Sink::Null => return Ok(()),
            Sink::Fd(_) | Sink::Owned(_) => {}
        }
        if let Some(errno) = self.failed {
            return Err(errno);
        }
        match self.buffering {
            Buffering::None => self.send(bytes),
            Buffering::Line => {
                self.buffer.extend_from_slice(bytes);
                if bytes.contains(&b'\n') || self.buffer.len() >= BUFFER { self.send_buffer() } else { Ok(()) }
            }
            Buffering::Full | Buffering::Undecided => {
                if self.buffer.len().saturating_add(bytes.len()) < BUFFER {
                    self.buffer.extend_from_slice(bytes);
                    return Ok(());
                }
                self.send_buffer()?;
                if bytes.len() >= BUFFER / 2 {
                    self.send(bytes)
                } else {
                    self.buffer.extend_from_slice(bytes);
                    Ok(())
                }
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        if bytes.len() >= BUFFER / 2 && self.pieces < MANY {
            self.pieces += 1;
            if let Some(fd) = self.fd().filter(|_| self.pieces == MANY) {
                crate::copy::widen(fd);
            }
        }
        let result = match &self.sink {
            Sink::Fd(fd) => write_all(fd.as_fd(), bytes),
            Sink::Owned(fd) => write_all(fd.as_fd(), bytes),
            Sink::Memory | Sink::Null => Ok(()),
        };
        if let Err(errno) = result {
            self.failed = Some(errno);
        }
        result
    }

    fn send_buffer(&mut self) -> Result<(), Errno> {
        if self.buffer.is_empty() || self.is_memory() {
            return Ok(());
        }
        let mut buffer = core::mem::take(&mut self.buffer);
        let result = self.send(&buffer);
        buffer.clear();
        self.buffer = buffer;
        result
    }

    /// Sends what is buffered; fails also when an earlier write did.
    pub fn finish(&mut self) -> Result<()> {
        if let Some(errno) = self.failed {
            self.buffer.clear();
            return Err(self.error(errno));
        }
        self.send_buffer().map_err(|errno| self.error(errno))
    }

    /// Whether a write has failed.
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Forgets what was not sent and an earlier failure, after it has been reported.
    pub fn discard(&mut self) {
        if !self.is_memory() {
            self.buffer.clear();
            self.failed = None;
        }
    }

    /// Remembers that writing to the descriptor went wrong elsewhere, and gives the error to return.
    pub fn failure(&mut self, errno: Errno) -> Error {
        self.failed = Some(errno);
        self.error(errno)
    }

    fn error(&self, errno: Errno) -> Error {
        if errno == Errno::PIPE {
            // The reader has gone: not an error anybody wants to read about.
            Error::quiet(1)
        } else if self.name.is_empty() {
            Error::system("write error", errno)
        } else {
            Error::system(self.name.as_slice(), errno)
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.put_slowly(bytes).map_err(io::Error::from)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send_buffer().map_err(io::Error::from)
    }
}

//! Reading: by line, by chunk, or whole.

use super::BUFFER;
use crate::error::{Errno, Error, Result, ResultExt};
use memchr::memchr;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, SeekFrom};

/// Where an input's bytes come from.
pub enum Source {
    /// A descriptor of somebody else.
    Fd(BorrowedFd<'static>),
    /// A descriptor that is closed with the input.
    Owned(OwnedFd),
    /// Bytes that are all in the buffer already.
    Memory,
    /// Nothing.
    Null,
}

/// A buffered input.
pub struct Input {
    source: Source,
    name: Vec<u8>,
    buffer: Vec<u8>,
    /// The unread bytes are `buffer[start..end]`; `buffer.len()` is the room there is.
    start: usize,
    end: usize,
    ended: bool,
}

impl Input {
    fn new(source: Source, name: &[u8]) -> Input {
        Input { source, name: name.to_vec(), buffer: Vec::new(), start: 0, end: 0, ended: false }
    }

    /// An input that reads a descriptor it does not own.
    pub fn borrowed(fd: BorrowedFd<'static>, name: &[u8]) -> Input {
        Input::new(Source::Fd(fd), name)
    }

    /// An input that reads a descriptor and closes it in the end.
    pub fn owned(fd: OwnedFd, name: &[u8]) -> Input {
        Input::new(Source::Owned(fd), name)
    }

    /// An input that reads these bytes.
    pub fn memory(bytes: Vec<u8>, name: &[u8]) -> Input {
        let end = bytes.len();
        Input { source: Source::Memory, name: name.to_vec(), buffer: bytes, start: 0, end, ended: true }
    }

    /// An input that is at its end.
    pub fn null() -> Input {
        Input { source: Source::Null, name: Vec::new(), buffer: Vec::new(), start: 0, end: 0, ended: true }
    }

    /// Opens a file for reading; the error names it.
    pub fn open(path: &[u8]) -> Result<Input> {
        let fd = rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty()).at(path)?;
        Ok(Input::owned(fd, path))
    }

    /// What errors call it: the path, or `standard input`.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The descriptor, where there is one. Bytes may already be in the buffer: see [`buffered`](Input::buffered).
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.source {
            Source::Fd(fd) => Some(fd.as_fd()),
            Source::Owned(fd) => Some(fd.as_fd()),
            Source::Memory | Source::Null => None,
        }
    }

    /// The bytes that were read ahead and not yet consumed.
    pub fn buffered(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Takes `count` bytes out of the buffer.
    pub fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// An error about this input.
    pub fn error(&self, errno: Errno) -> Error {
        Error::system(self.name.as_slice(), errno)
    }

    /// Reads more behind what is buffered; false at the end. Makes room by moving, then by growing.
    pub fn more(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 && (self.start == self.end || self.end == self.buffer.len()) {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            // Small files are many, and need little room. Zeros come from the allocator: `resize` writes them one at a time.
            let room =
                if self.buffer.is_empty() { BUFFER / 4 } else { self.buffer.len().saturating_mul(2).max(BUFFER) };
            let old = core::mem::replace(&mut self.buffer, vec![0; room]);
            if let Some(start) = self.buffer.get_mut(..old.len()) {
                start.copy_from_slice(&old);
            }
        }
        let fd = match &self.source {
            Source::Fd(fd) => fd.as_fd(),
            Source::Owned(fd) => fd.as_fd(),
            Source::Memory | Source::Null => return Ok(false),
        };
        let Some(room) = self.buffer.get_mut(self.end..) else { return Ok(false) };
        match super::read(fd, room) {
            Ok(0) => {
                // A terminal goes on after its end of file; whoever reads again finds out.
                self.ended = true;
                Ok(false)
            }
            Ok(count) => {
                self.end = self.end.saturating_add(count);
                Ok(true)
            }
            Err(errno) => Err(self.error(errno)),
        }
    }

    /// Forgets that the end was met, so that reading tries again (a file that grows, a terminal).
    pub fn resume(&mut self) {
        self.ended = matches!(self.source, Source::Memory | Source::Null);
    }

    /// Some unread bytes, reading if there are none; empty at the end.
    pub fn chunk(&mut self) -> Result<&[u8]> {
        if self.start == self.end {
            self.more()?;
        }
        Ok(self.buffered())
    }

    /// The next line with its terminator (the last one may lack it); None at the end.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn line(&mut self, terminator: u8) -> Result<Option<&[u8]>> {
        let mut searched = 0;
        loop {
            let unread = self.buffered();
            let found = memchr(terminator, unread.get(searched..).unwrap_or_default());
            if let Some(offset) = found {
                let length = searched.saturating_add(offset).saturating_add(1);
                let from = self.start;
                self.consume(length);
                return Ok(self.buffer.get(from..self.start));
            }
            searched = unread.len();
            if !self.more()? {
                let from = self.start;
                self.consume(searched);
                return Ok(if searched == 0 { None } else { self.buffer.get(from..self.end) });
            }
        }
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> Result<Vec<u8>> {
        while self.more()? {}
        let rest = if self.start == 0 {
            let mut bytes = core::mem::take(&mut self.buffer);
            bytes.truncate(self.end);
            bytes
        } else {
            self.buffered().to_vec()
        };
        self.start = 0;
        self.end = 0;
        self.buffer = Vec::new();
        Ok(rest)
    }

    /// Moves the descriptor's offset back over what was read ahead, where it can seek: POSIX (XCU 1.4) wants the next reader
    /// of the same open file to find the first byte that was not used.
    pub fn give_back(&mut self) {
        let ahead = self.end.saturating_sub(self.start);
        if ahead == 0 {
            return;
        }
        if let Some(fd) = self.fd() {
            let back = i64::try_from(ahead).unwrap_or(0).saturating_neg();
            // A pipe cannot seek, and then nothing can be given back.
            if rustix::fs::seek(fd, SeekFrom::Current(back)).is_ok() {
                self.start = self.end;
            }
        }
    }
}

impl std::io::Read for Input {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let chunk = match self.chunk() {
            Ok(chunk) => chunk,
            Err(error) => return Err(error.errno().unwrap_or(Errno::IO).into()),
        };
        let count = chunk.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), chunk.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

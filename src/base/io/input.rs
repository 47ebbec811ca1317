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
}

/// A buffered input. One pointer: applets hand inputs on, into their own structures and out of calls that may fail.
pub struct Input(Box<State>);

/// What the pointer leads to.
struct State {
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
        Input(Box::new(State { source, name: name.to_vec(), buffer: Vec::new(), start: 0, end: 0, ended: false }))
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
        let mut input = Input::new(Source::Memory, name);
        (input.0.end, input.0.buffer, input.0.ended) = (bytes.len(), bytes, true);
        input
    }

    /// An input that is at its end.
    pub fn null() -> Input {
        Input::memory(Vec::new(), b"")
    }

    /// Opens a file for reading; the error names it.
    pub fn open(path: &[u8]) -> Result<Input> {
        let fd = crate::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty()).at(path)?;
        Ok(Input::owned(fd, path))
    }

    /// What errors call it: the path, or `standard input`.
    pub fn name(&self) -> &[u8] {
        &self.0.name
    }

    /// The descriptor, where there is one. Bytes may already be in the buffer: see [`buffered`](Input::buffered).
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.0.source {
            Source::Fd(fd) => Some(fd.as_fd()),
            Source::Owned(fd) => Some(fd.as_fd()),
            Source::Memory => None,
        }
    }

    /// The bytes that were read ahead and not yet consumed.
    pub fn buffered(&self) -> &[u8] {
        self.0.buffer.get(self.0.start..self.0.end).unwrap_or_default()
    }

    /// Takes `count` bytes out of the buffer.
    pub fn consume(&mut self, count: usize) {
        self.0.start = self.0.start.saturating_add(count).min(self.0.end);
    }

    /// An error about this input.
    pub fn error(&self, errno: Errno) -> Error {
        Error::system(self.0.name.as_slice(), errno)
    }

    /// Reads more behind what is buffered; false at the end. Makes room by moving, then by growing.
    pub fn more(&mut self) -> Result<bool> {
        if self.0.ended {
            return Ok(false);
        }
        let filled = self.0.end == self.0.buffer.len();
        if self.0.start > 0 && (self.0.start == self.0.end || filled) {
            self.0.buffer.copy_within(self.0.start..self.0.end, 0);
            self.0.end = self.0.end.saturating_sub(self.0.start);
            self.0.start = 0;
        }
        if self.0.end == self.0.buffer.len() || filled && self.0.buffer.len() < BUFFER {
            // Small files are many, and need little room; what filled that is no small file. Zeros come from the allocator: `resize` writes them one at a time.
            let room =
                if self.0.buffer.is_empty() { BUFFER / 4 } else { self.0.buffer.len().saturating_mul(2).max(BUFFER) };
            let old = core::mem::replace(&mut self.0.buffer, vec![0; room]);
            if let Some(start) = self.0.buffer.get_mut(..old.len()) {
                start.copy_from_slice(&old);
            }
        }
        let fd = match &self.0.source {
            Source::Fd(fd) => fd.as_fd(),
            Source::Owned(fd) => fd.as_fd(),
            Source::Memory => return Ok(false),
        };
        let Some(room) = self.0.buffer.get_mut(self.0.end..) else { return Ok(false) };
        match super::read(fd, room) {
            Ok(0) => {
                // A terminal goes on after its end of file; whoever reads again finds out.
                self.0.ended = true;
                Ok(false)
            }
            Ok(count) => {
                self.0.end = self.0.end.saturating_add(count);
                Ok(true)
            }
            Err(errno) => Err(self.error(errno)),
        }
    }

    /// Forgets that the end was met, so that reading tries again (a file that grows, a terminal).
    pub fn resume(&mut self) {
        self.0.ended = matches!(self.0.source, Source::Memory);
    }

    /// Some unread bytes, reading if there are none; empty at the end.
    pub fn chunk(&mut self) -> Result<&[u8]> {
        if self.0.start == self.0.end {
            self.more()?;
        }
        Ok(self.buffered())
    }

    /// The next line with its terminator (the last one may lack it); None at the end.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn line(&mut self, terminator: u8) -> Result<Option<&[u8]>> {
        let mut searched = 0;
        loop {
            let unread = self.0.buffer.get(self.0.start..self.0.end).unwrap_or_default();
            let fresh = unread.get(searched..).unwrap_or_default();
            let found = near(terminator, fresh).or_else(|| memchr(terminator, fresh));
            if let Some(offset) = found {
                let length = searched.saturating_add(offset).saturating_add(1);
                let from = self.0.start;
                self.0.start = from.saturating_add(length);
                return Ok(self.0.buffer.get(from..self.0.start));
            }
            searched = unread.len();
            if !self.more()? {
                let from = self.0.start;
                self.consume(searched);
                return Ok(if searched == 0 { None } else { self.0.buffer.get(from..self.0.end) });
            }
        }
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> Result<Vec<u8>> {
        // As much room as a file says it needs (within bounds: it may lie), so that nothing is moved.
        let size =
            self.fd().and_then(|fd| rustix::fs::fstat(fd).ok()).and_then(|file| usize::try_from(file.st_size).ok());
        let size = size.unwrap_or(0).saturating_add(1).min(1 << 30);
        if !self.0.ended && self.0.buffer.is_empty() && size > BUFFER {
            self.0.buffer = vec![0; size];
        }
        while self.more()? {}
        let rest = if self.0.start == 0 {
            let mut bytes = core::mem::take(&mut self.0.buffer);
            bytes.truncate(self.0.end);
            bytes
        } else {
            self.buffered().to_vec()
        };
        self.0.start = 0;
        self.0.end = 0;
        self.0.buffer = Vec::new();
        Ok(rest)
    }

    /// Moves the descriptor's offset back over what was read ahead, where it can seek: POSIX (XCU 1.4) wants the next reader
    /// of the same open file to find the first byte that was not used.
    pub fn give_back(&mut self) {
        self.give_back_with(0);
    }

    /// The same with the last `held` bytes that were consumed: they were kept back and are not used after all.
    pub fn give_back_with(&mut self, held: usize) {
        let ahead = self.0.end.saturating_sub(self.0.start).saturating_add(held);
        if ahead == 0 {
            return;
        }
        if let Some(fd) = self.fd() {
            let back = i64::try_from(ahead).unwrap_or(0).saturating_neg();
            // A pipe cannot seek, and then nothing can be given back.
            if rustix::fs::seek(fd, SeekFrom::Current(back)).is_ok() {
                self.0.start = self.0.end;
            }
        }
    }
}

/// Where the byte is, if it is one of the first sixteen: of short lines the call of a search would take longer than the search.
#[inline(always)]
pub fn near(byte: u8, text: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    let mut at = 0;
    for chunk in text.first_chunk::<16>()?.as_chunks::<8>().0 {
        // A byte that is 0 now was the one, and the lowest that borrows is the first.
        let zero = u64::from_le_bytes(*chunk) ^ (ONES * u64::from(byte));
        let marks = zero.wrapping_sub(ONES) & !zero & (ONES << 7);
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    None
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

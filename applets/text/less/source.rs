//! The text that is shown, by byte offsets: a file is read where it is looked at, a pipe is kept as far as it was read.

use base::error::{Errno, Result, ResultExt};
use base::sys::signal;
use memchr::{memchr, memrchr};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, SeekFrom};

const BLOCK: usize = 64 * 1024;
const BLOCKS: usize = 64;
/// What a pipe may keep in memory; more goes to a temporary file.
const IN_MEMORY: usize = 32 << 20;
/// A line that is longer counts as several.
pub const LONGEST: u64 = 1 << 20;
const INT: i32 = 2;

/// Where bytes come from.
enum Origin {
    /// A file that can be read anywhere.
    File(OwnedFd),
    /// A pipe, or a device: what was read of it, and the file for what memory does not hold.
    Pipe { fd: BorrowedFd<'static>, owned: Option<OwnedFd>, kept: Vec<u8>, spill: Option<OwnedFd>, ended: bool },
}

/// An open text.
pub struct Source {
    origin: Origin,
    /// Its bytes so far: all of a file's, or those read of a pipe.
    length: u64,
    blocks: Vec<(u64, Vec<u8>)>,
    /// `(offset, newlines before it)`, ascending, about one a MiB: for line numbers.
    counted: Vec<(u64, u64)>,
}

impl Source {
    /// The operand `path`; `-` is standard input.
    pub fn open(path: &[u8]) -> Result<Source> {
        if path == b"-" {
            let fd = base::sys::descriptor(0);
            return match rustix::io::fcntl_dupfd_cloexec(fd, 3) {
                Ok(copy) if rustix::fs::seek(&copy, SeekFrom::Current(0)).is_ok() => Source::of(copy, path),
                _ => Ok(Source::with(Origin::Pipe { fd, owned: None, kept: Vec::new(), spill: None, ended: false })),
            };
        }
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
        let fd = base::fs::open(path, flags, Mode::empty()).at(path)?;
        Source::of(fd, path)
    }

    fn of(fd: OwnedFd, path: &[u8]) -> Result<Source> {
        let meta = base::meta::Meta::of_fd(&fd).at(path)?;
        if meta.is_dir() {
            return Err(base::Error::system(path, Errno::ISDIR));
        }
        if meta.is_file() && meta.size > 0
            || meta.is_device() && rustix::fs::seek(&fd, SeekFrom::End(0)).is_ok_and(|at| at > 0)
        {
            let mut source = Source::with(Origin::File(fd));
            source.grow();
            return Ok(source);
        }
        // An empty size says nothing in /proc; such files are read as pipes are.
        let number = base::sys::descriptor(rustix::fd::AsRawFd::as_raw_fd(&fd));
        Ok(Source::with(Origin::Pipe { fd: number, owned: Some(fd), kept: Vec::new(), spill: None, ended: false }))
    }

    /// A text in memory.
    pub fn memory(bytes: Vec<u8>) -> Source {
        let length = bytes.len() as u64;
        let fd = base::sys::descriptor(-1);
        Source { length, ..Source::with(Origin::Pipe { fd, owned: None, kept: bytes, spill: None, ended: true }) }
    }

    fn with(origin: Origin) -> Source {
        Source { origin, length: 0, blocks: Vec::new(), counted: vec![(0, 0)] }
    }

    /// Looks whether there is more: a file may have grown. Tells whether it has.
    pub fn grow(&mut self) -> bool {
        let before = self.length;
        match &mut self.origin {
            Origin::File(fd) => {
                if let Ok(size) = rustix::fs::seek(&*fd, SeekFrom::End(0)) {
                    self.length = size;
                }
                if self.length != before {
                    self.blocks.clear();
                }
                if self.length < before {
                    self.counted.truncate(1);
                }
            }
            Origin::Pipe { ended, owned, .. } => {
                if owned.is_some() {
                    *ended = false;
                }
                self.fill(before.saturating_add(1));
            }
        }
        self.length != before
    }

    /// Whether it is a file, whose size says how much there is.
    pub fn is_file(&self) -> bool {
        matches!(self.origin, Origin::File(_))
    }

    /// The descriptor to wait on for more, where waiting helps.
    pub fn waits_on(&self) -> Option<BorrowedFd<'_>> {
        match &self.origin {
            Origin::Pipe { fd, owned: None, ended: false, .. } => Some(fd.as_fd()),
            _ => None,
        }
    }

    /// Reads a pipe until it has `want` bytes, it ends, or the user interrupts.
    fn fill(&mut self, want: u64) {
        let Origin::Pipe { fd, kept, spill, ended, .. } = &mut self.origin else { return };
        let mut room = vec![0u8; BLOCK];
        while !*ended && self.length < want && !signal::is_pending(INT) {
            let count = match rustix::io::read(*fd, &mut room) {
                Ok(0) => {
                    *ended = true;
                    break;
                }
                Ok(count) => count,
                Err(Errno::INTR) => continue,
                Err(_) => {
                    *ended = true;
                    break;
                }
            };
            let new = room.get(..count).unwrap_or_default();
            if spill.is_none() && kept.len() + count > IN_MEMORY {
                *spill = crate::nameless::create(kept).ok();
                if spill.is_some() {
                    *kept = Vec::new();
                }
            }
            match spill {
                Some(file) => {
                    if base::io::write_all(file.as_fd(), new).is_err() {
                        *ended = true;
                        break;
                    }
                }
                None => kept.extend_from_slice(new),
            }
            self.length += count as u64;
            self.blocks.retain(|(at, block)| block.len() == BLOCK || *at > self.length);
        }
    }

    /// How many bytes there are, reading a pipe to its end.
    pub fn end(&mut self) -> u64 {
        self.fill(u64::MAX);
        self.length
    }

    /// How many bytes are known, and whether that is all.
    pub fn known(&self) -> (u64, bool) {
        let whole = match &self.origin {
            Origin::File(_) => true,
            Origin::Pipe { ended, .. } => *ended,
        };
        (self.length, whole)
    }

    /// Whether there is a byte at `offset`.
    pub fn has(&mut self, offset: u64) -> bool {
        if offset >= self.length {
            self.fill(offset.saturating_add(1));
        }
        offset < self.length
    }

    /// Some bytes from `offset` on, up to the end of a block; empty at the end.
    pub fn at(&mut self, offset: u64) -> &[u8] {
        if !self.has(offset) {
            return &[];
        }
        let inside = (offset % BLOCK as u64) as usize;
        let start = offset - inside as u64;
        if let Origin::Pipe { kept, spill: None, .. } = &self.origin {
            return kept.get(offset as usize..).unwrap_or_default();
        }
        let index = match self.blocks.iter().position(|(at, _)| *at == start) {
            Some(index) => index,
            None => {
                let mut block = vec![0; BLOCK];
                let fd = match &self.origin {
                    Origin::File(fd) | Origin::Pipe { spill: Some(fd), .. } => fd,
                    Origin::Pipe { .. } => return &[],
                };
                let mut filled = 0;
                while let Some(room) = block.get_mut(filled..).filter(|room| !room.is_empty()) {
                    match rustix::io::pread(fd, room, start + filled as u64) {
                        Ok(0) => break,
                        Ok(count) => filled += count,
                        Err(Errno::INTR) => {}
                        Err(_) => break,
                    }
                }
                block.truncate(filled);
                if self.blocks.len() >= BLOCKS {
                    self.blocks.remove(0);
                }
                self.blocks.push((start, block));
                self.blocks.len().saturating_sub(1)
            }
        };
        self.blocks.get(index).and_then(|(_, block)| block.get(inside..)).unwrap_or_default()
    }

    /// The bytes from `from` to `to`, as far as there are any.
    pub fn read(&mut self, from: u64, to: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut at = from;
        while at < to {
            let want = usize::try_from(to - at).unwrap_or(usize::MAX);
            let some = self.at(at);
            let some = some.get(..want).unwrap_or(some);
            if some.is_empty() {
                break;
            }
            bytes.extend_from_slice(some);
            at += some.len() as u64;
        }
        bytes
    }

    /// Where the line after that at `start` begins: the end of the text at last.
    pub fn next(&mut self, start: u64) -> u64 {
        let limit = start.saturating_add(LONGEST).next_multiple_of(LONGEST);
        let mut at = start;
        while at < limit {
            let room = (limit - at) as usize;
            let some = self.at(at);
            let some = some.get(..room).unwrap_or(some);
            if some.is_empty() {
                return at;
            }
            if let Some(index) = memchr(b'\n', some) {
                return at + index as u64 + 1;
            }
            at += some.len() as u64;
        }
        limit
    }

    /// Where the line that has the byte before `at` begins.
    pub fn previous(&mut self, at: u64) -> u64 {
        let Some(last) = at.checked_sub(1) else { return 0 };
        let multiple = last / LONGEST * LONGEST;
        if let Some(found) = self.newline_before(multiple, last) {
            return found;
        }
        match multiple.checked_sub(LONGEST) {
            None => 0,
            Some(before) => self.newline_before(before, multiple).unwrap_or(multiple),
        }
    }

    /// The offset after the last newline in `from..to`.
    fn newline_before(&mut self, from: u64, to: u64) -> Option<u64> {
        let mut end = to;
        while end > from {
            let start = end.saturating_sub(1) / BLOCK as u64 * BLOCK as u64;
            let start = start.max(from);
            let bytes = self.read(start, end);
            if let Some(index) = memrchr(b'\n', &bytes) {
                return Some(start + index as u64 + 1);
            }
            end = start;
        }
        None
    }

    /// The number of the line that begins at `offset`, from 1. None when interrupted.
    pub fn number(&mut self, offset: u64) -> Option<u64> {
        let index = self.counted.partition_point(|(at, _)| *at <= offset).saturating_sub(1);
        let (mut at, mut lines) = self.counted.get(index).copied().unwrap_or((0, 0));
        while at < offset {
            if signal::is_pending(INT) {
                return None;
            }
            let room = (offset - at).min(usize::MAX as u64) as usize;
            let some = self.at(at);
            let some = some.get(..room.min(1 << 20)).unwrap_or(some);
            if some.is_empty() {
                break;
            }
            let count = some.len() as u64;
            lines += base::bytes::count(b'\n', some) as u64;
            at += count;
            self.remember(at, lines);
        }
        Some(lines + 1)
    }

    fn remember(&mut self, at: u64, lines: u64) {
        if self.counted.last().is_some_and(|(last, _)| at >= last + LONGEST) {
            self.counted.push((at, lines));
        }
    }

    /// Where line `number`, from 1, begins; the end of the text where there are fewer. None when interrupted.
    pub fn line(&mut self, number: u64) -> Option<u64> {
        let before = number.saturating_sub(1);
        let index = self.counted.partition_point(|(_, lines)| *lines < before).saturating_sub(1);
        let (mut at, mut lines) = self.counted.get(index).copied().unwrap_or((0, 0));
        while lines < before {
            if signal::is_pending(INT) {
                return None;
            }
            let some = self.at(at);
            let some = some.get(..1 << 20).unwrap_or(some);
            if some.is_empty() {
                break;
            }
            let count = base::bytes::count(b'\n', some) as u64;
            let wanted = before - lines;
            if count < wanted {
                lines += count;
                at += some.len() as u64;
                self.remember(at, lines);
                continue;
            }
            let nth = memchr::memchr_iter(b'\n', some).nth((wanted - 1) as usize).unwrap_or(0);
            return Some(at + nth as u64 + 1);
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_both_ways() {
        let mut source = Source::memory(b"one\ntwo\n\nfour".to_vec());
        assert_eq!(source.next(0), 4);
        assert_eq!(source.next(4), 8);
        assert_eq!(source.next(8), 9);
        assert_eq!(source.next(9), 13);
        assert_eq!(source.previous(13), 9);
        assert_eq!(source.previous(9), 8);
        assert_eq!(source.previous(8), 4);
        assert_eq!(source.previous(0), 0);
        assert_eq!(source.number(9), Some(4));
        assert_eq!(source.line(3), Some(8));
        assert_eq!(source.line(99), Some(13));
    }

    #[test]
    fn lines_without_end() {
        let mut text = vec![b'x'; 1_500_000];
        text.push(b'\n');
        text.extend(vec![b'y'; 4_000_000]);
        let mut source = Source::memory(text);
        let mut starts = vec![0];
        while let Some(&last) = starts.last() {
            let next = source.next(last);
            if !source.has(next) {
                break;
            }
            starts.push(next);
        }
        let mut at = 5_500_001;
        for start in starts.iter().rev() {
            at = source.previous(at);
            assert_eq!(at, *start);
        }
    }
}

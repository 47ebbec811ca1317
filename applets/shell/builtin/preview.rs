//! preview - what stands in a pipe before it is taken out of it, so that `read` takes a line and not a byte more without
//! reading it byte by byte: another process may read on from the same pipe.

use crate::exec::redirect::OWN;
use base::error::Errno;
use core::cell::Cell;
use rustix::event::PollFlags;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, SeekFrom, fstat};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::pipe::{PipeFlags, SpliceFlags, pipe_with, tee};

/// A pipe of the shell's own, into which the system copies what the other one holds. It is empty between two calls.
pub struct Preview {
    from: OwnedFd,
    into: OwnedFd,
    /// Whether what was read from last was a pipe: then the next is taken for one, too, without asking.
    again: Cell<bool>,
}

impl Preview {
    /// The one that `kept` has, made if there is none; None where `fd` is no pipe.
    pub fn of<'a>(fd: BorrowedFd, kept: &'a mut Option<Preview>) -> Option<&'a Preview> {
        if FileType::from_raw_mode(fstat(fd).ok()?.st_mode) != FileType::Fifo {
            return None;
        }
        if kept.is_none() {
            let (from, into) = pipe_with(PipeFlags::CLOEXEC).ok()?;
            let [from, into] = [from, into].map(|end| fcntl_dupfd_cloexec(end.as_fd(), OWN));
            *kept = Some(Preview { from: from.ok()?, into: into.ok()?, again: Cell::new(true) });
        }
        kept.as_ref().inspect(|preview| preview.again.set(true))
    }

    /// The one that `kept` has, where the last descriptor was a pipe.
    pub fn again(kept: &Option<Preview>) -> Option<&Preview> {
        kept.as_ref().filter(|preview| preview.again.get())
    }

    /// How many bytes to read from the pipe `fd` for what it holds up to the delimiter, or as much as there is room to look
    /// at; waits until there is something. 0 at its end, EINVAL where it is no pipe.
    pub fn line(&self, fd: BorrowedFd, delimiter: u8, room: &mut [u8]) -> Result<usize, Errno> {
        let count = tee(fd, &self.into, room.len(), SpliceFlags::empty());
        self.again.set(count != Err(Errno::INVAL));
        let count = count?;
        let seen = room.get_mut(..count).unwrap_or_default();
        base::io::read_full(self.from.as_fd(), seen)?;
        Ok(memchr::memchr(delimiter, seen).map_or(count, |at| at.saturating_add(1)))
    }
}

/// How far to look ahead in a pipe: longer than most lines.
pub const AHEAD: usize = 256;

/// How much may be read at once: all there is room for from what can be given back, else a byte.
pub fn room_in(fd: BorrowedFd, room: usize) -> usize {
    if rustix::fs::seek(fd, SeekFrom::Current(0)).is_ok() { room } else { 1 }
}

/// Gives back what was read too much of a file.
pub fn give_back(fd: BorrowedFd, count: usize) {
    if count > 0 {
        let _ = rustix::fs::seek(fd, SeekFrom::Current(0i64.saturating_sub_unsigned(count as u64)));
    }
}

/// Adds the next line, as far as there is one, to `line`, and takes not a byte more.
#[inline(never)]
pub fn take_line(fd: BorrowedFd, delimiter: u8, kept: &mut Option<Preview>, line: &mut Vec<u8>) -> Result<(), Errno> {
    let mut buffer = [0u8; 4096];
    let mut room = room_in(fd, buffer.len());
    let preview = if room == 1 { Preview::of(fd, kept) } else { None };
    loop {
        if let Some(preview) = preview {
            let ahead = buffer.get_mut(..AHEAD).unwrap_or_default();
            room = base::io::retry(fd, PollFlags::IN, || preview.line(fd, delimiter, ahead))?;
        }
        let count = base::io::read(fd, buffer.get_mut(..room).unwrap_or_default())?;
        let read = buffer.get(..count).unwrap_or_default();
        let end = memchr::memchr(delimiter, read).map(|at| at.saturating_add(1));
        let taken = end.unwrap_or(count);
        line.extend_from_slice(read.get(..taken).unwrap_or_default());
        give_back(fd, count.saturating_sub(taken));
        if count == 0 || end.is_some() {
            return Ok(());
        }
    }
}

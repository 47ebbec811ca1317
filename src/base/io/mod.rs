//! Streams: an [`Input`] and an [`Output`] are a descriptor, memory, or nothing, with one buffer in front.
//!
//! Both can be asked for their descriptor, so that copying may go through the kernel; both remember their name, so that
//! errors say what they concern.

mod copy;
mod input;
mod output;

pub use copy::copy;
pub use input::{Input, Source, near};
pub use output::{Output, Sink};

use crate::error::Errno;
use crate::sys::signal;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::BorrowedFd;

/// The size of a stream's buffer, in bytes: large enough that system calls do not count, small enough for the cache.
pub const BUFFER: usize = 64 * 1024;

/// Repeats `call` while it is interrupted or would block, unless a shell wants its applet to stop.
pub fn retry<T>(fd: BorrowedFd, flags: PollFlags, mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) if !signal::should_break() => {}
            Err(Errno::AGAIN) => {
                // The descriptor is shared with someone who made it non-blocking: wait instead of spinning.
                match poll(&mut [PollFd::from_borrowed_fd(fd, flags)], None) {
                    Ok(_) => {}
                    Err(Errno::INTR) if !signal::should_break() => {}
                    Err(errno) => return Err(errno),
                }
            }
            other => return other,
        }
    }
}

/// Reads once into `buffer`, through interruptions. 0 is the end.
pub fn read(fd: BorrowedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
    retry(fd, PollFlags::IN, || rustix::io::read(fd, &mut *buffer))
}

/// Reads until `buffer` is full or the input ends; gives the number of bytes read.
pub fn read_full(fd: BorrowedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match read(fd, rest)? {
            0 => break,
            count => done = done.saturating_add(count),
        }
    }
    Ok(done)
}

/// Writes all of `bytes`, through interruptions and short writes.
pub fn write_all(fd: BorrowedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let count = retry(fd, PollFlags::OUT, || rustix::io::write(fd, bytes))?;
        if count == 0 {
            return Err(Errno::IO);
        }
        bytes = bytes.get(count..).unwrap_or_default();
    }
    Ok(())
}

/// `line` without the terminator at its end, if it has one.
#[inline(always)]
pub fn chomp(line: &[u8], terminator: u8) -> &[u8] {
    // strip_suffix would be a call, for every line of every filter.
    line.split_last().filter(|(last, _)| **last == terminator).map_or(line, |(_, content)| content)
}

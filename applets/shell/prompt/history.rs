//! history - the commands that were typed: in memory, and in a file that several shells share.
//!
//! In the file an entry is a line; a newline inside it is written with a backslash before it, as zsh does.

use crate::strings::Strings;
use base::error::Errno;
use rustix::fd::AsFd;
use rustix::fs::{FileType, FlockOperation, Mode, OFlags};

/// How many entries are kept where HISTSIZE does not say.
pub const SIZE: usize = 2000;

/// The most that is read from a file: its end.
const MOST: u64 = 64 << 20;

/// The commands, oldest first.
#[derive(Default)]
pub struct History {
    entries: Strings,
    /// The number of the first entry.
    first: usize,
    /// How many of the last entries are in no file yet.
    unsaved: usize,
}

impl History {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The entry at an index from 0.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        self.entries.get(index)
    }

    /// The number of the entry at an index.
    pub fn number(&self, index: usize) -> usize {
        self.first.saturating_add(index).saturating_add(1)
    }

    /// The number that the next entry gets.
    pub fn next_number(&self) -> usize {
        self.number(self.len())
    }

    /// The index of the entry with a number.
    pub fn index(&self, number: usize) -> Option<usize> {
        number.checked_sub(self.first.saturating_add(1)).filter(|index| *index < self.len())
    }

    /// Adds an entry; the oldest go where there are more than `limit`.
    pub fn add(&mut self, text: &[u8], limit: usize) {
        if limit == 0 {
            return;
        }
        self.entries.push(text);
        self.unsaved = self.unsaved.saturating_add(1);
        self.trim(limit);
    }

    fn trim(&mut self, limit: usize) {
        let more = self.len().saturating_sub(limit);
        if more > 0 {
            self.entries.shift(more);
            self.first = self.first.saturating_add(more);
            // Shifting only moves a mark: now and then the memory is given back.
            if self.first % 1024 < more {
                self.entries = Strings::from_slices(&self.entries.slices());
            }
        }
        self.unsaved = self.unsaved.min(self.len());
    }

    /// Removes one.
    pub fn remove(&mut self, index: usize) {
        let mut entries = Strings::new();
        for (at, entry) in self.entries.iter().enumerate() {
            if at != index {
                entries.push(entry);
            }
        }
        if index >= self.len().saturating_sub(self.unsaved) {
            self.unsaved = self.unsaved.saturating_sub(1);
        }
        self.entries = entries;
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = History::default();
    }

    /// The last entry before `before` that begins with `start` and is longer.
    pub fn starting(&self, start: &[u8], before: usize) -> Option<usize> {
        (0..before.min(self.len()))
            .rev()
            .find(|index| self.get(*index).is_some_and(|entry| entry.len() > start.len() && entry.starts_with(start)))
    }

    /// The next entry in a direction from `from` on (without it) that `fits`.
    pub fn search(&self, from: usize, back: bool, fits: &mut dyn FnMut(&[u8]) -> bool) -> Option<usize> {
        let mut index = from;
        loop {
            index = if back { index.checked_sub(1)? } else { index.checked_add(1)? };
            if fits(self.get(index)?) {
                return Some(index);
            }
        }
    }

    /// Reads a file; what is more than `limit` is left out.
    pub fn read(&mut self, path: &[u8], limit: usize) -> Result<(), Errno> {
        let text = read_file(path)?;
        let mut entry = Vec::new();
        let unsaved = self.unsaved;
        for line in text.split(|byte| *byte == b'\n') {
            entry.extend_from_slice(line);
            if entry.last() == Some(&b'\\') {
                entry.pop();
                entry.push(b'\n');
                continue;
            }
            // A blank at the end hides a backslash.
            if entry.ends_with(b"\\ ") {
                entry.pop();
            }
            if !entry.is_empty() {
                self.entries.push(&entry);
            }
            entry.clear();
        }
        self.unsaved = unsaved;
        let more = self.len().saturating_sub(limit);
        self.trim(limit);
        self.first = self.first.saturating_sub(more);
        Ok(())
    }

    /// Adds what is in no file yet to the end of a file, which other shells may do at the same time.
    pub fn append(&mut self, path: &[u8]) -> Result<(), Errno> {
        let mut text = Vec::new();
        for index in self.len().saturating_sub(self.unsaved)..self.len() {
            push_entry(&mut text, self.get(index).unwrap_or_default());
        }
        self.unsaved = 0;
        if text.is_empty() {
            return Ok(());
        }
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOCTTY;
        for _ in 0..4 {
            let fd = base::fs::open(path, flags, Mode::from_raw_mode(0o600))?;
            let _ = rustix::fs::flock(&fd, FlockOperation::LockExclusive);
            // Another shell may have put a shorter file in its place while this one waited.
            let (own, there) = (rustix::fs::fstat(&fd)?, base::fs::stat(path)?);
            if (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino) {
                return base::io::write_all(fd.as_fd(), &text);
            }
        }
        Ok(())
    }

    /// Writes all entries to a file, in the place of what was in it.
    pub fn write(&mut self, path: &[u8]) -> Result<(), Errno> {
        let mut text = Vec::new();
        for entry in self.entries.iter() {
            push_entry(&mut text, entry);
        }
        self.unsaved = 0;
        replace(path, &text)
    }
}

fn push_entry(text: &mut Vec<u8>, entry: &[u8]) {
    for byte in entry {
        if *byte == b'\n' {
            text.push(b'\\');
        }
        text.push(*byte);
    }
    if text.last() == Some(&b'\\') {
        text.push(b' ');
    }
    text.push(b'\n');
}

fn read_file(path: &[u8]) -> Result<Vec<u8>, Errno> {
    let fd = base::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty())?;
    let status = rustix::fs::fstat(&fd)?;
    if !FileType::from_raw_mode(status.st_mode).is_file() {
        return Err(Errno::INVAL);
    }
    let size = u64::try_from(status.st_size).unwrap_or(0);
    let _ = rustix::fs::seek(&fd, rustix::fs::SeekFrom::Start(size.saturating_sub(MOST)));
    let mut text = vec![0; usize::try_from(size.min(MOST)).unwrap_or(0)];
    let count = base::io::read_full(fd.as_fd(), &mut text)?;
    text.truncate(count);
    Ok(text)
}

/// Puts `text` in the place of a file's content: a new file beside it, then renamed. A symbolic link is written through.
fn replace(path: &[u8], text: &[u8]) -> Result<(), Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOCTTY;
    let mode = Mode::from_raw_mode(0o600);
    let lock = base::fs::open(path, flags, mode)?;
    let _ = rustix::fs::flock(&lock, FlockOperation::LockExclusive);
    let is_file = base::fs::lstat(path).is_ok_and(|status| FileType::from_raw_mode(status.st_mode).is_file());
    let mut beside = path.to_vec();
    beside.extend_from_slice(b".new");
    if is_file && let Ok(fd) = base::fs::open(beside.as_slice(), flags | OFlags::EXCL, mode) {
        let written = base::io::write_all(fd.as_fd(), text).and_then(|()| base::fs::rename(beside.as_slice(), path));
        if written.is_err() {
            let _ = base::fs::unlink(beside.as_slice());
        }
        return written;
    }
    rustix::fs::ftruncate(&lock, 0)?;
    base::io::write_all(lock.as_fd(), text)
}

/// Cuts a file down to its last `limit` entries, where it has many more.
pub fn shorten(path: &[u8], limit: usize) {
    let Ok(text) = read_file(path) else { return };
    let lines = base::bytes::count(b'\n', &text);
    if lines <= limit.saturating_add(limit / 4) {
        return;
    }
    let mut history = History::default();
    if history.read(path, limit).is_ok() {
        let _ = history.write(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_give_back_what_was_written() {
        let path = std::env::temp_dir().join(format!("history-{}", std::process::id()));
        let path = path.to_str().unwrap().as_bytes();
        let mut history = History::default();
        let entries: [&[u8]; 4] = [b"echo a", b"for i in 1\ndo echo\ndone", b"echo a\\\nb", b"echo \\\\"];
        entries.iter().for_each(|entry| history.add(entry, 100));
        history.append(path).unwrap();
        let mut other = History::default();
        other.read(path, 3).unwrap();
        assert_eq!(other.len(), 3);
        for (index, entry) in entries.iter().skip(1).enumerate() {
            assert_eq!(other.get(index), Some(*entry));
        }
        shorten(path, 1);
        let mut last = History::default();
        last.read(path, 100).unwrap();
        assert_eq!((last.len(), last.get(0)), (1, Some(&b"echo \\\\"[..])));
        std::fs::remove_file(core::str::from_utf8(path).unwrap()).unwrap();
    }

    #[test]
    fn numbers_go_on() {
        let mut history = History::default();
        for entry in [b"a", b"b", b"c"] {
            history.add(entry, 2);
        }
        assert_eq!((history.len(), history.number(0), history.index(3)), (2, 2, Some(1)));
        assert_eq!(history.index(1), None);
    }
}

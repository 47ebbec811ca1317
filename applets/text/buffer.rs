//! The text: lines are handles into what was read and into what was added since, neither of which ever changes. So a file of any
//! size is loaded by finding its newlines, and undo keeps handles, not copies.

use base::Errno;
use rustix::fd::BorrowedFd;

/// A place: line and byte in it, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Pos {
    pub line: usize,
    pub col: usize,
}

/// A place by its line and byte.
pub const fn pos(line: usize, col: usize) -> Pos {
    Pos { line, col }
}

/// A line without its newline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    at: u64,
    len: u32,
    /// The `:g` that has still to look at it.
    flag: u32,
}

/// Set in `at` for what was added.
const ADDED: u64 = 1 << 63;
/// The mark of `g` that a line loses when it changes; others stay with it.
pub const ONCE: u32 = 1;
/// Lines in a chunk at most; a chunk that grows beyond is halved.
const CHUNK: usize = 2048;

/// One replacement of lines: how many there were and are. The lines themselves stand in the group.
struct Change {
    at: usize,
    old: usize,
    new: usize,
}

/// What one command did.
#[derive(Default)]
struct Group {
    id: u64,
    before: Pos,
    changes: Vec<Change>,
    old: Vec<Line>,
    new: Vec<Line>,
}

/// A mark that follows its line: its letter and place.
pub type Mark = (u8, Pos);

#[derive(Default)]
pub struct Buffer {
    original: Vec<u8>,
    added: Vec<u8>,
    chunks: Vec<Vec<Line>>,
    count: usize,
    /// A chunk and the number of its first line, where the last look-up ended.
    hint: core::cell::Cell<(usize, usize)>,
    undo: Vec<Group>,
    redo: Vec<Group>,
    open: Option<Group>,
    ids: u64,
    saved: u64,
    pub marks: Vec<Mark>,
    /// The last line has no newline.
    pub no_newline: bool,
    /// Every line ends in a carriage return, which the lines here lack.
    pub crlf: bool,
    /// How many changes were made, for the recovery file.
    pub edits: u64,
}

/// The parts of a text between any of these bytes.
#[inline(never)]
pub fn split<'t>(text: &'t [u8], marks: &[u8]) -> Vec<&'t [u8]> {
    text.split(|byte| marks.contains(byte)).collect()
}

/// The lines of a text, of which a newline at its end begins another.
pub fn lines_of(text: &[u8]) -> Vec<&[u8]> {
    split(text, b"\n")
}

/// The lines of a text that a newline ends; none where it is empty.
pub fn whole_lines(text: &[u8]) -> Vec<&[u8]> {
    if text.is_empty() { Vec::new() } else { lines_of(text.strip_suffix(b"\n").unwrap_or(text)) }
}

/// The words of a text.
#[inline(never)]
pub fn words(text: &[u8]) -> Vec<&[u8]> {
    let mut words = split(text, b" \t\r\n\x0c");
    words.retain(|word| !word.is_empty());
    words
}

impl Buffer {
    /// A text of these bytes. Where each line ends in a carriage return and that is `noticed`, the lines lack it.
    pub fn new(bytes: Vec<u8>, noticed: bool) -> Buffer {
        let mut buffer = Buffer { original: bytes, ..Buffer::default() };
        let text = &buffer.original;
        buffer.no_newline = text.last().is_some_and(|last| *last != b'\n');
        let first = memchr::memchr(b'\n', text);
        buffer.crlf = noticed
            && first.is_some_and(|at| text.get(..at).is_some_and(|line| line.ends_with(b"\r")))
            && !buffer.no_newline
            && memchr::memchr_iter(b'\n', text).all(|at| at > 0 && text.get(at.wrapping_sub(1)) == Some(&b'\r'));
        let short = u64::from(buffer.crlf);
        let mut chunk = Vec::with_capacity(CHUNK / 2);
        let mut start = 0u64;
        let push = |line: Line, chunk: &mut Vec<Line>, chunks: &mut Vec<Vec<Line>>| {
            chunk.push(line);
            if chunk.len() == CHUNK / 2 {
                chunks.push(core::mem::replace(chunk, Vec::with_capacity(CHUNK / 2)));
            }
        };
        let mut count = 0usize;
        for at in memchr::memchr_iter(b'\n', text) {
            let len = (at as u64).wrapping_sub(start).wrapping_sub(short) as u32;
            push(Line { at: start, len, flag: 0 }, &mut chunk, &mut buffer.chunks);
            start = (at as u64).wrapping_add(1);
            count = count.wrapping_add(1);
        }
        if (start as usize) < text.len() {
            let len = (text.len() as u64).wrapping_sub(start) as u32;
            push(Line { at: start, len, flag: 0 }, &mut chunk, &mut buffer.chunks);
            count = count.wrapping_add(1);
        }
        if !chunk.is_empty() {
            buffer.chunks.push(chunk);
        }
        buffer.count = count;
        buffer
    }

    /// How many lines there are: an empty text counts as one, so that there is a place to be.
    pub fn count(&self) -> usize {
        self.count.max(1)
    }

    /// Whether there is no line at all.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The last line's number.
    pub fn last(&self) -> usize {
        self.count.saturating_sub(1)
    }

    /// The chunk of line `n` and the line's place in it.
    fn find(&self, n: usize) -> (usize, usize) {
        let (mut chunk, mut first) = self.hint.get();
        if chunk >= self.chunks.len() || n < first / 2 {
            (chunk, first) = (0, 0);
        }
        while n < first && chunk > 0 {
            chunk = chunk.saturating_sub(1);
            first = first.saturating_sub(self.chunks.get(chunk).map_or(0, Vec::len));
        }
        while let Some(length) = self.chunks.get(chunk).map(Vec::len) {
            if n < first + length || chunk + 1 == self.chunks.len() {
                break;
            }
            first += length;
            chunk += 1;
        }
        self.hint.set((chunk, first));
        (chunk, n.saturating_sub(first))
    }

    fn handle(&self, n: usize) -> Line {
        let (chunk, index) = self.find(n);
        self.chunks.get(chunk).and_then(|lines| lines.get(index)).copied().unwrap_or(Line { at: 0, len: 0, flag: 0 })
    }

    fn bytes(&self, line: Line) -> &[u8] {
        let (text, at) = if line.at & ADDED != 0 { (&self.added, line.at & !ADDED) } else { (&self.original, line.at) };
        let at = at as usize;
        text.get(at..at + line.len as usize).unwrap_or_default()
    }

    /// Line `n`; empty where there is none.
    pub fn line(&self, n: usize) -> &[u8] {
        if n < self.count { self.bytes(self.handle(n)) } else { &[] }
    }

    /// Marks line `n` for the `:g` with this number; 0 takes the mark away.
    pub fn flag(&mut self, n: usize, flag: u32) {
        let (chunk, index) = self.find(n);
        if let Some(line) = self.chunks.get_mut(chunk).and_then(|lines| lines.get_mut(index)) {
            line.flag = flag;
        }
    }

    /// The first line from `from` on that is so marked.
    pub fn flagged(&self, from: usize, flag: u32) -> Option<usize> {
        let (chunk, index) = self.find(from);
        let mut first = from.saturating_sub(index);
        let mut skip = index;
        for lines in self.chunks.get(chunk..).unwrap_or_default() {
            if let Some(offset) = lines.iter().skip(skip).position(|line| line.flag == flag) {
                return Some(first + skip + offset);
            }
            first += lines.len();
            skip = 0;
        }
        None
    }

    /// The length of line `n` in bytes.
    pub fn len(&self, n: usize) -> usize {
        self.line(n).len()
    }

    fn store(&mut self, text: &[u8]) -> Line {
        let at = self.added.len() as u64 | ADDED;
        self.added.extend_from_slice(text);
        Line { at, len: text.len() as u32, flag: 0 }
    }

    /// Puts `new` in the place of `old` lines from `at` on, without remembering it.
    fn splice(&mut self, at: usize, old: usize, new: &[Line]) {
        let mut left = old;
        while left > 0 {
            let (chunk, index) = self.find(at);
            let Some(lines) = self.chunks.get_mut(chunk) else { break };
            let end = (index + left).min(lines.len());
            if end <= index {
                break;
            }
            lines.drain(index..end);
            let gone = end.saturating_sub(index);
            left = left.saturating_sub(gone);
            self.count = self.count.saturating_sub(gone);
            if lines.is_empty() {
                self.chunks.remove(chunk);
                self.hint.set((0, 0));
            }
        }
        if !new.is_empty() {
            if self.chunks.is_empty() {
                self.chunks.push(Vec::new());
                self.hint.set((0, 0));
            }
            let (chunk, index) = self.find(at);
            if let Some(lines) = self.chunks.get_mut(chunk) {
                let index = index.min(lines.len());
                let tail = lines.split_off(index);
                lines.extend_from_slice(new);
                lines.extend_from_slice(&tail);
                self.count += new.len();
                while let Some(lines) = self.chunks.get_mut(chunk).filter(|lines| lines.len() > CHUNK) {
                    let tail = lines.split_off(lines.len().saturating_sub(CHUNK / 2));
                    self.chunks.insert(chunk + 1, tail);
                }
            }
        }
        let shift = new.len() as isize - old as isize;
        if shift != 0 {
            let gone = at + new.len()..at + old;
            self.marks.retain(|(_, place)| !gone.contains(&place.line));
            for (_, place) in &mut self.marks {
                if place.line >= at + old {
                    place.line = place.line.saturating_add_signed(shift);
                }
            }
        }
    }

    /// Puts `new` in the place of `old` lines from `at` on.
    fn change(&mut self, at: usize, old: usize, new: &[Line]) {
        let at = at.min(self.count);
        let old = old.min(self.count.saturating_sub(at));
        if old == 0 && new.is_empty() {
            return;
        }
        self.edits = self.edits.wrapping_add(1);
        self.redo.clear();
        let mut group = self.open.take().unwrap_or_default();
        group.old.append(&mut self.handles(at, old));
        group.new.extend_from_slice(new);
        group.changes.push(Change { at, old, new: new.len() });
        self.open = Some(group);
        self.splice(at, old, new);
    }

    /// Line `n` becomes `text`.
    pub fn set(&mut self, n: usize, text: &[u8]) {
        // A line that this command has made already, and that nothing else knows, is made over.
        let len = self.added.len() as u64;
        if let Some(group) = &mut self.open
            && let Some(change) = group.changes.last()
            && change.at == n
            && change.old == 1
            && change.new == 1
            && let Some(line) = group.new.last_mut()
            && line.at & ADDED != 0
            && (line.at & !ADDED).saturating_add(u64::from(line.len)) == len
        {
            self.added.truncate((line.at & !ADDED) as usize);
            self.added.extend_from_slice(text);
            line.len = text.len() as u32;
            let line = *line;
            let (chunk, index) = self.find(n);
            if let Some(slot) = self.chunks.get_mut(chunk).and_then(|lines| lines.get_mut(index)) {
                *slot = line;
            }
            self.edits = self.edits.wrapping_add(1);
            return;
        }
        self.replace(n, 1, &[text]);
    }

    /// Puts lines before line `at`; `at` may be behind the last.
    pub fn insert(&mut self, at: usize, texts: &[&[u8]]) {
        if self.count == 0 && at > 0 {
            let line = self.store(b"");
            self.change(0, 0, &[line]);
        }
        self.replace(at, 0, texts);
    }

    /// Puts these lines in the place of `old` lines from `at` on.
    pub fn replace(&mut self, at: usize, old: usize, texts: &[&[u8]]) {
        let mut lines = Vec::with_capacity(texts.len());
        for text in texts {
            lines.push(self.store(text));
        }
        let flag = self.handle(at).flag;
        if let Some(first) = lines.first_mut().filter(|_| old > 0 && flag != ONCE) {
            first.flag = flag;
        }
        self.change(at, old, &lines);
    }

    /// Takes `count` lines from `at` on out.
    pub fn remove(&mut self, at: usize, count: usize) {
        self.change(at, count, &[]);
    }

    /// Moves `count` lines from `from` to before line `to`, which is outside of them.
    pub fn shift(&mut self, from: usize, count: usize, to: usize) {
        let lines = self.handles(from, count);
        self.change(from, count, &[]);
        let to = if to > from { to.saturating_sub(count) } else { to };
        self.change(to, 0, &lines);
    }

    /// The lines from `from` on again before line `to`.
    pub fn copy(&mut self, from: usize, count: usize, to: usize) {
        let lines = self.lines(from, count);
        self.insert_lines(to, &lines);
    }

    /// The handles of `count` lines from `from` on; they stay good as long as this buffer.
    pub fn lines(&self, from: usize, count: usize) -> Vec<Line> {
        let mut lines = self.handles(from, count);
        for line in &mut lines {
            line.flag = 0;
        }
        lines
    }

    fn handles(&self, from: usize, count: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for n in from..from.saturating_add(count).min(self.count) {
            lines.push(self.handle(n));
        }
        lines
    }

    /// Puts lines that were there once before line `at`.
    pub fn insert_lines(&mut self, at: usize, lines: &[Line]) {
        self.change(at, 0, lines);
    }

    /// Writes the lines `first` to `last` as a file has them; gives how many bytes those are.
    pub fn write(&self, first: usize, last: usize, fd: BorrowedFd) -> Result<u64, Errno> {
        let mut block = Vec::with_capacity(1 << 17);
        let mut total = 0u64;
        if self.is_empty() {
            return Ok(0);
        }
        for n in first..=last {
            block.extend_from_slice(self.line(n));
            if n < self.last() || !self.no_newline {
                block.extend_from_slice(if self.crlf { b"\r\n" } else { b"\n" });
            }
            if block.len() >= 1 << 16 {
                total += block.len() as u64;
                base::io::write_all(fd, &block)?;
                block.clear();
            }
        }
        total += block.len() as u64;
        base::io::write_all(fd, &block)?;
        Ok(total)
    }

    /// The text of `from..to`, each line with a newline.
    pub fn text(&self, from: usize, to: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for n in from..to.min(self.count) {
            out.extend_from_slice(self.line(n));
            out.push(b'\n');
        }
        out
    }

    /// Ends a command: what it did is undone as one. `before` is where the cursor was. Gives whether it did anything.
    pub fn close(&mut self, before: Pos) -> bool {
        let Some(mut group) = self.open.take() else { return false };
        self.ids += 1;
        group.id = self.ids;
        group.before = before;
        self.undo.push(group);
        true
    }

    /// Sets a mark.
    pub fn set_mark(&mut self, letter: u8, place: Pos) {
        match self.marks.iter_mut().find(|(known, _)| *known == letter) {
            Some(mark) => mark.1 = place,
            None => self.marks.push((letter, place)),
        }
    }

    /// Forgets all commands but the last.
    pub fn keep_last(&mut self) {
        self.undo.drain(..self.undo.len().saturating_sub(1));
    }

    fn state(&self) -> u64 {
        self.undo.last().map_or(0, |group| group.id)
    }

    /// Whether the text differs from what was saved.
    pub fn is_modified(&self) -> bool {
        self.open.is_some() || self.state() != self.saved
    }

    /// What is there now is what the file has.
    pub fn mark_saved(&mut self) {
        self.saved = if self.open.is_some() { self.ids + 1 } else { self.state() };
    }

    /// What is there now is not what any file has.
    pub fn mark_unsaved(&mut self) {
        self.saved = u64::MAX;
    }

    /// Takes the last command back; gives where the cursor goes.
    pub fn undo(&mut self) -> Option<Pos> {
        let group = self.undo.pop()?;
        let (mut old_end, mut new_end) = (group.old.len(), group.new.len());
        let mut place = group.before;
        for change in group.changes.iter().rev() {
            let old_start = old_end.saturating_sub(change.old);
            let lines = group.old.get(old_start..old_end).unwrap_or_default().to_vec();
            self.splice(change.at, change.new, &lines);
            old_end = old_start;
            new_end = new_end.saturating_sub(change.new);
            place = pos(change.at, 0);
        }
        if group.changes.len() == 1 && group.before.line == place.line {
            place = group.before;
        }
        self.edits = self.edits.wrapping_add(1);
        self.redo.push(group);
        Some(place)
    }

    /// Does again what was undone.
    pub fn redo(&mut self) -> Option<Pos> {
        let group = self.redo.pop()?;
        let mut new_start = 0usize;
        let mut place = None;
        for change in &group.changes {
            let new_end = new_start + change.new;
            let lines = group.new.get(new_start..new_end).unwrap_or_default().to_vec();
            self.splice(change.at, change.old, &lines);
            new_start = new_end;
            place = place.or(Some(pos(change.at, 0)));
        }
        let place = if group.changes.len() == 1 && group.before.line == place.unwrap_or_default().line {
            Some(group.before)
        } else {
            place
        };
        self.edits = self.edits.wrapping_add(1);
        self.undo.push(group);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(buffer: &Buffer) -> Vec<u8> {
        buffer.text(0, buffer.count())
    }

    #[test]
    fn undo_and_redo() {
        let mut buffer = Buffer::new(b"a\nb\nc\n".to_vec(), true);
        buffer.set(1, b"B");
        buffer.set(1, b"BB");
        buffer.insert(3, &[b"d"]);
        buffer.close(pos(1, 0));
        buffer.remove(0, 4);
        buffer.close(pos(0, 0));
        assert!(buffer.is_empty());
        assert_eq!(buffer.count(), 1);
        buffer.undo();
        assert_eq!(whole(&buffer), b"a\nBB\nc\nd\n");
        buffer.undo();
        assert_eq!(whole(&buffer), b"a\nb\nc\n");
        assert!(!buffer.is_modified());
        assert!(buffer.undo().is_none());
        buffer.redo();
        buffer.redo();
        assert!(buffer.is_empty());
        assert!(buffer.redo().is_none());
    }

    #[test]
    fn many_lines() {
        let text: Vec<u8> = (0..10_000u32).flat_map(|n| format!("{n}\n").into_bytes()).collect();
        let mut buffer = Buffer::new(text.clone(), true);
        for n in (0..10_000).rev() {
            if n % 3 == 0 {
                buffer.remove(n, 1);
            } else {
                buffer.insert(n, &[b"x", b"y"]);
            }
        }
        assert_eq!(buffer.count(), 6666 * 3);
        assert_eq!(buffer.line(2), b"1");
        assert_eq!(buffer.line(19_997), b"9998");
        buffer.close(pos(0, 0));
        buffer.undo();
        assert_eq!(whole(&buffer), text);
    }

    #[test]
    fn marks_follow_lines() {
        let mut buffer = Buffer::new(b"a\nb\nc\n".to_vec(), true);
        buffer.marks = vec![(b'a', pos(0, 0)), (b'b', pos(1, 0)), (b'c', pos(2, 0))];
        buffer.remove(1, 1);
        assert_eq!(buffer.marks, [(b'a', pos(0, 0)), (b'c', pos(1, 0))]);
        buffer.insert(0, &[b"x"]);
        assert_eq!(buffer.marks, [(b'a', pos(1, 0)), (b'c', pos(2, 0))]);
    }

    #[test]
    fn line_ends() {
        let buffer = Buffer::new(b"a\r\nb\r\n".to_vec(), true);
        assert!(buffer.crlf);
        assert_eq!(buffer.line(1), b"b");
        assert!(!Buffer::new(b"a\r\nb\n".to_vec(), true).crlf);
        assert!(Buffer::new(b"a".to_vec(), true).no_newline);
        assert!(Buffer::new(Vec::new(), true).is_empty());
    }
}

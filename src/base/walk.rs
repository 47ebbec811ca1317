//! Directory trees by descriptor: no path is resolved twice, few descriptors are open however deep the tree is, and what
//! happens to the tree meanwhile is survived.

use crate::meta::Meta;
use core::mem::MaybeUninit;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, FileType, Mode, OFlags, RawDir};
use rustix::io::Errno;

/// How many directories are held open at once. Those further up are opened again through `..`.
const MAX_OPEN: usize = 32;
/// Names read ahead of a directory in one go; a larger one is read in parts, so that memory stays bounded.
const CHUNK: usize = 32 * 1024;
/// Bytes for getdents(2).
const BUFFER: usize = 64 * 1024;

/// A path of open directories, of which only the deepest few are really open.
#[derive(Default)]
pub struct DirStack {
    slots: Vec<Slot>,
    open: usize,
}

struct Slot {
    fd: Option<OwnedFd>,
    /// Device and inode of a closed one, to know it again.
    id: (u64, u64),
    /// Its child was entered through a symbolic link, so `..` does not lead back.
    pinned: bool,
}

impl DirStack {
    /// The deepest directory, or the working directory.
    pub fn top(&self) -> BorrowedFd<'_> {
        self.slots.last().and_then(|s| s.fd.as_ref()).map_or(CWD, AsFd::as_fd)
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Which directory the next [`push`](DirStack::push) closes, if any.
    fn to_close(&self) -> Option<usize> {
        if self.open < MAX_OPEN {
            return None;
        }
        self.slots.iter().position(|s| s.fd.is_some() && !s.pinned)
    }

    /// Goes down into `fd`, a directory in the deepest one; `by_link` when a symbolic link led there.
    pub fn push(&mut self, fd: OwnedFd, by_link: bool) {
        if by_link && let Some(parent) = self.slots.last_mut() {
            parent.pinned = true;
        }
        let close = self.to_close();
        if let Some(slot) = close.and_then(|i| self.slots.get_mut(i))
            && let Some(meta) = slot.fd.as_ref().and_then(|fd| Meta::of_fd(fd).ok())
        {
            slot.id = (meta.dev, meta.ino);
            slot.fd = None;
            self.open -= 1;
        }
        self.slots.push(Slot { fd: Some(fd), id: (0, 0), pinned: false });
        self.open += 1;
    }

    /// Goes up. The error says that the directory above cannot be found again (it was moved, or may not be searched).
    pub fn pop(&mut self) -> Result<(), Errno> {
        let Some(child) = self.slots.pop() else { return Ok(()) };
        self.open -= usize::from(child.fd.is_some());
        let Some(parent) = self.slots.last_mut() else { return Ok(()) };
        parent.pinned = false;
        if parent.fd.is_some() {
            return Ok(());
        }
        let child = child.fd.ok_or(Errno::NOENT)?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let fd = crate::fs::openat(&child, c"..", flags, Mode::empty())?;
        let meta = Meta::of_fd(&fd)?;
        if (meta.dev, meta.ino) != parent.id {
            return Err(Errno::NOENT);
        }
        parent.fd = Some(fd);
        self.open += 1;
        Ok(())
    }
}

/// Opens a directory for reading, in `dir`; a symbolic link is refused unless `follow`.
pub fn open_dir(dir: BorrowedFd<'_>, name: &[u8], follow: bool) -> Result<OwnedFd, Errno> {
    let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    flags.set(OFlags::NOFOLLOW, !follow);
    crate::fs::openat(dir, name, flags, Mode::empty())
}

/// The names in a directory, without `.` and `..`.
#[derive(Default)]
pub struct Listing {
    names: Vec<u8>,
    /// What is still to come, in order.
    pub items: Vec<Item>,
}

/// One name of a [`Listing`].
#[derive(Clone, Copy)]
pub struct Item {
    start: usize,
    len: usize,
    pub ino: u64,
    /// May be `Unknown`.
    pub kind: FileType,
}

impl Listing {
    /// The name of one of its items.
    pub fn name(&self, item: &Item) -> &[u8] {
        self.names.get(item.start..item.start + item.len).unwrap_or_default()
    }

    /// Sorts what is to come by name, byte by byte.
    pub fn sort(&mut self) {
        let names = &self.names;
        let name = |i: &Item| names.get(i.start..i.start + i.len);
        crate::order::sort(&mut self.items, &mut |a, b| name(a).cmp(&name(b)));
    }

    fn clear(&mut self) {
        self.names.clear();
        self.items.clear();
    }

    /// Reads on in `fd`, at most about `limit` names. Gives whether that was all.
    fn read(&mut self, fd: &OwnedFd, buffer: &mut [MaybeUninit<u8>], limit: usize) -> Result<bool, Errno> {
        let mut dir = RawDir::new(fd, buffer);
        loop {
            // Only a whole buffer may be left, or names would be lost.
            if self.items.len() >= limit && dir.is_buffer_empty() {
                return Ok(false);
            }
            let entry = match dir.next() {
                None => return Ok(true),
                Some(Err(Errno::INTR)) => continue,
                // Removed while being read: there is nothing left in it.
                Some(Err(Errno::NOENT)) => return Ok(true),
                Some(entry) => entry?,
            };
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let start = self.names.len();
            self.names.extend_from_slice(name);
            self.items.push(Item { start, len: name.len(), ino: entry.ino(), kind: entry.file_type() });
        }
    }
}

/// Reads all names of an open directory.
pub fn list(fd: &OwnedFd) -> Result<Listing, Errno> {
    let mut listing = Listing::default();
    let mut buffer: Vec<u8> = Vec::with_capacity(BUFFER / 2);
    listing.read(fd, buffer.spare_capacity_mut(), usize::MAX)?;
    Ok(listing)
}

/// Which symbolic links are looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// None (-P).
    Never,
    /// Those that are operands (-H).
    Operands,
    /// All (-L).
    Always,
}

/// What [`Walk::next`] has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A directory, before what is in it. [`Walk::skip`] stays out of it, and then there is no `After`.
    Dir,
    /// Anything else.
    File,
    /// A directory, after what is in it.
    After,
    /// The entry cannot be looked at, or the directory (whose `After` still comes) cannot be read.
    Error(Errno),
    /// A directory that is its own ancestor, by way of a symbolic link that is followed.
    Loop,
}

struct Level {
    listing: Listing,
    next: usize,
    complete: bool,
    /// The length of the directory's path, and where its name begins in it.
    path_len: usize,
    name_start: usize,
    id: (u64, u64),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// An operand has been set and not looked at.
    Operand,
    /// `Dir` has been told: go in.
    Enter,
    /// Look at the next name of the deepest directory.
    Go,
    /// Tell `After` of a directory that could not be entered.
    Leave,
}

/// A walk through the tree under an operand.
pub struct Walk {
    follow: Follow,
    sorted: bool,
    dirs: DirStack,
    levels: Vec<Level>,
    spare: Vec<Listing>,
    buffer: Vec<u8>,
    path: Vec<u8>,
    name_start: usize,
    kind: FileType,
    meta: Option<Meta>,
    state: State,
}

impl Walk {
    /// A walker; `sorted` visits the names of each directory in order.
    pub fn new(follow: Follow, sorted: bool) -> Walk {
        Walk {
            follow,
            sorted,
            dirs: DirStack::default(),
            levels: Vec::new(),
            spare: Vec::new(),
            buffer: Vec::new(),
            path: Vec::new(),
            name_start: 0,
            kind: FileType::Unknown,
            meta: None,
            state: State::Go,
        }
    }

    /// Begins at an operand; what was left of an earlier one is forgotten.
    pub fn start(&mut self, operand: &[u8]) {
        self.dirs = DirStack::default();
        self.levels.clear();
        self.path.clear();
        self.path.extend_from_slice(operand);
        self.name_start = 0;
        self.state = State::Operand;
    }

    /// The path of the entry, which begins with the operand.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// The name of the entry in [`dir`](Walk::dir); of an operand, all of it.
    pub fn name(&self) -> &[u8] {
        self.path.get(self.name_start..).unwrap_or_default()
    }

    /// The directory the entry is in.
    pub fn dir(&self) -> BorrowedFd<'_> {
        self.dirs.top()
    }

    /// 0 for an operand, 1 for what is in it.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// What kind of file the entry is, looked through a symbolic link where those are followed and it leads somewhere.
    pub fn kind(&self) -> FileType {
        self.kind
    }

    /// Whether a symbolic link in the place of the entry is looked through.
    pub fn follows(&self) -> bool {
        self.follow == Follow::Always || self.follow == Follow::Operands && self.levels.is_empty()
    }

    /// The attributes of the entry: of what a followed symbolic link leads to, or of the link if it leads nowhere.
    pub fn meta(&mut self) -> Result<Meta, Errno> {
        if let Some(meta) = self.meta {
            return Ok(meta);
        }
        let follows = self.follows();
        let meta = match Meta::at(self.dir(), self.name(), follows) {
            Err(Errno::NOENT | Errno::NOTDIR) if follows => Meta::at(self.dir(), self.name(), false)?,
            meta => meta?,
        };
        self.meta = Some(meta);
        Ok(meta)
    }

    /// Stays out of the directory that [`Event::Dir`] has just told.
    pub fn skip(&mut self) {
        if self.state == State::Enter {
            self.state = State::Go;
        }
    }

    /// Opens the directory that [`Event::Dir`] has just told, reads all its names, and gives them to look at; those left in
    /// `items` are visited, in that order. On an error, `After` comes next.
    pub fn enter(&mut self) -> Result<(BorrowedFd<'_>, &mut Listing), Errno> {
        self.state = State::Leave;
        self.open(usize::MAX)?;
        self.state = State::Go;
        self.entered()
    }

    /// The directory that was just [`enter`](Walk::enter)ed, once more.
    pub fn entered(&mut self) -> Result<(BorrowedFd<'_>, &mut Listing), Errno> {
        let Walk { dirs, levels, .. } = self;
        let level = levels.last_mut().ok_or(Errno::NOENT)?;
        Ok((dirs.top(), &mut level.listing))
    }

    /// The next thing met; `None` at the end of the operand's tree.
    #[allow(clippy::should_implement_trait, reason = "the entry is seen through the walk itself")]
    pub fn next(&mut self) -> Option<Event> {
        if crate::sys::signal::should_break() {
            // Inside a shell's process somebody pressed Ctrl-C: this is the end of the walk.
            let active = !self.levels.is_empty() || self.state != State::Go;
            self.levels.clear();
            self.dirs = DirStack::default();
            self.state = State::Go;
            return active.then_some(Event::Error(Errno::INTR));
        }
        match self.state {
            State::Operand => {
                self.kind = FileType::Unknown;
                return Some(self.look());
            }
            State::Enter => {
                let limit = if self.sorted { usize::MAX } else { CHUNK };
                self.state = State::Leave;
                if let Err(e) = self.open(limit) {
                    return Some(Event::Error(e));
                }
                self.state = State::Go;
                if self.sorted
                    && let Some(level) = self.levels.last_mut()
                {
                    level.listing.sort();
                }
            }
            State::Leave => {
                self.state = State::Go;
                return Some(Event::After);
            }
            State::Go => {}
        }
        loop {
            let level = self.levels.last_mut()?;
            if let Some(item) = level.listing.items.get(level.next) {
                level.next += 1;
                self.path.truncate(level.path_len);
                if self.path.last().is_some_and(|&b| b != b'/') {
                    self.path.push(b'/');
                }
                self.name_start = self.path.len();
                self.path.extend_from_slice(level.listing.name(item));
                self.kind = item.kind;
                return Some(self.look());
            }
            if !level.complete {
                level.listing.clear();
                level.next = 0;
                if let Err(e) = self.read(self.levels.len() - 1, CHUNK) {
                    return Some(self.failed(e));
                }
                continue;
            }
            return self.leave();
        }
    }

    /// An error of the directory whose names are being visited: its path becomes the entry's.
    fn failed(&mut self, error: Errno) -> Event {
        if let Some(level) = self.levels.last_mut() {
            level.complete = true;
            self.path.truncate(level.path_len);
            self.name_start = level.name_start;
        }
        Event::Error(error)
    }

    /// Finds out what the entry is.
    fn look(&mut self) -> Event {
        self.meta = None;
        self.state = State::Go;
        let follows = self.follows();
        if self.kind == FileType::Unknown || follows && matches!(self.kind, FileType::Symlink | FileType::Directory) {
            match self.meta() {
                Ok(meta) => self.kind = FileType::from_raw_mode(meta.mode),
                Err(e) => return Event::Error(e),
            }
        }
        if self.kind != FileType::Directory {
            return Event::File;
        }
        if self.follow == Follow::Always
            && let Some(meta) = self.meta
            && self.levels.iter().any(|l| l.id == (meta.dev, meta.ino))
        {
            return Event::Loop;
        }
        self.state = State::Enter;
        Event::Dir
    }

    fn open(&mut self, limit: usize) -> Result<(), Errno> {
        let follows = self.follows();
        let fd = open_dir(self.dir(), self.name(), follows)?;
        let id = self.meta.filter(|_| follows).map_or((0, 0), |m| (m.dev, m.ino));
        // A directory that is closed for a while must have told all its names before.
        if let Some(level) = self.dirs.to_close().filter(|&i| self.levels.get(i).is_some_and(|l| !l.complete)) {
            self.read(level, usize::MAX)?;
        }
        // Whether a link led here is not asked again: with -L every parent could be one.
        let by_link = follows && !self.levels.is_empty() && self.is_link();
        self.dirs.push(fd, by_link);
        self.levels.push(Level {
            listing: self.spare.pop().unwrap_or_default(),
            next: 0,
            complete: false,
            path_len: self.path.len(),
            name_start: self.name_start,
            id,
        });
        let read = self.read(self.levels.len() - 1, limit);
        if let Err(e) = read {
            // As if it could not have been opened.
            if let Some(mut level) = self.levels.pop() {
                level.listing.clear();
                self.spare.push(level.listing);
            }
            self.dirs.pop()?;
            return Err(e);
        }
        Ok(())
    }

    fn is_link(&self) -> bool {
        Meta::at(self.dir(), self.name(), false).is_ok_and(|m| m.is_link())
    }

    fn read(&mut self, index: usize, limit: usize) -> Result<(), Errno> {
        let Some(level) = self.levels.get_mut(index) else { return Ok(()) };
        let Some(fd) = self.dirs.slots.get(index).and_then(|s| s.fd.as_ref()) else { return Ok(()) };
        if self.buffer.capacity() == 0 {
            self.buffer.reserve(BUFFER);
        }
        level.complete = level.listing.read(fd, self.buffer.spare_capacity_mut(), limit)?;
        Ok(())
    }

    fn leave(&mut self) -> Option<Event> {
        let mut level = self.levels.pop()?;
        self.path.truncate(level.path_len);
        self.name_start = level.name_start;
        self.kind = FileType::Directory;
        self.meta = None;
        level.listing.clear();
        self.spare.push(level.listing);
        if let Err(e) = self.dirs.pop() {
            // The way back is lost: nothing above can be told any more.
            self.levels.clear();
            self.dirs = DirStack::default();
            return Some(Event::Error(e));
        }
        Some(Event::After)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    struct Temp(std::path::PathBuf);

    impl Temp {
        fn new(name: &str) -> Temp {
            let path = std::env::temp_dir().join(format!("cairn-walk-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Temp(path)
        }
        fn path(&self) -> &[u8] {
            self.0.as_os_str().as_bytes()
        }
    }

    impl Drop for Temp {
        fn drop(&mut self) {
            let _ = std::process::Command::new("rm").arg("-rf").arg(&self.0).status();
        }
    }

    fn events(walk: &mut Walk, prefix: usize) -> Vec<String> {
        let mut seen = Vec::new();
        while let Some(event) = walk.next() {
            seen.push(format!("{event:?} {}", String::from_utf8_lossy(&walk.path()[prefix..])));
        }
        seen
    }

    #[test]
    fn order_and_skip() {
        let t = Temp::new("order");
        std::fs::create_dir_all(t.0.join("a/b")).unwrap();
        std::fs::write(t.0.join("a/b/f"), "").unwrap();
        std::fs::write(t.0.join("z"), "").unwrap();
        std::os::unix::fs::symlink("..", t.0.join("a/up")).unwrap();
        let n = t.path().len();
        let mut walk = Walk::new(Follow::Never, true);
        walk.start(t.path());
        assert_eq!(
            events(&mut walk, n),
            ["Dir ", "Dir /a", "Dir /a/b", "File /a/b/f", "After /a/b", "File /a/up", "After /a", "File /z", "After "]
        );
        walk = Walk::new(Follow::Always, true);
        walk.start(t.path());
        assert!(events(&mut walk, n).contains(&"Loop /a/up".to_string()));
        walk.start(b"/nonexistent");
        assert_eq!(walk.next(), Some(Event::Error(Errno::NOENT)));
        assert_eq!(walk.next(), None);
    }

    #[test]
    fn deep() {
        let t = Temp::new("deep");
        let mut dir = crate::fs::open(t.path(), OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).unwrap();
        for _ in 0..3000 {
            crate::fs::mkdirat(&dir, "d", Mode::RWXU).unwrap();
            crate::fs::mkdirat(&dir, "e", Mode::RWXU).unwrap();
            dir = crate::fs::openat(&dir, "d", OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).unwrap();
        }
        let mut walk = Walk::new(Follow::Never, true);
        walk.start(t.path());
        let (mut dirs, mut after) = (0, 0);
        while let Some(event) = walk.next() {
            match event {
                Event::Dir => dirs += 1,
                Event::After => {
                    after += 1;
                    crate::fs::unlinkat(walk.dir(), walk.name(), rustix::fs::AtFlags::REMOVEDIR).unwrap();
                }
                other => assert_eq!(other, Event::Dir),
            }
        }
        assert_eq!((dirs, after), (6001, 6001));
        assert!(!t.0.exists());
    }
}

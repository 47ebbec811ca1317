//! Copying a tree by descriptors on both sides: for cp, and for mv from one file system to another.

use crate::backup::Backup;
use crate::common::{ask, report, same_entry};
use base::copy::{Copier, CopyError, Keep, Sparse, preserve, preserve_fd};
use base::inodes::Inodes;
use base::meta::Meta;
use base::walk::{DirStack, Event, Follow, Walk};
use base::{Context, Errno, Error, Result};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};

/// What becomes of a file that is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    Overwrite,
    Ask,
    Keep,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Update {
    All,
    /// Only where the source is newer.
    Older,
}

/// What is made instead of copies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Links {
    None,
    Hard,
    Symbolic,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reflink {
    Auto,
    Always,
    Never,
}

pub struct Options {
    pub recursive: bool,
    pub follow: Follow,
    pub keep: Keep,
    /// --no-preserve=mode: new files get the mode that new files have.
    pub plain_mode: bool,
    /// Files that are one on the source side become one on the other.
    pub hard_links: bool,
    pub existing: Existing,
    pub update: Update,
    pub force: bool,
    pub remove: bool,
    pub links: Links,
    pub one_device: bool,
    pub verbose: bool,
    pub data: bool,
    pub contents: bool,
    pub sparse: Sparse,
    pub reflink: Reflink,
    pub backup: Option<Backup>,
}

impl Default for Options {
    #[inline(never)]
    fn default() -> Options {
        Options {
            recursive: false,
            follow: Follow::Never,
            keep: Keep::default(),
            plain_mode: false,
            hard_links: false,
            existing: Existing::Overwrite,
            update: Update::All,
            force: false,
            remove: false,
            links: Links::None,
            one_device: false,
            verbose: false,
            data: true,
            contents: false,
            sparse: Sparse::Auto,
            reflink: Reflink::Auto,
            backup: None,
        }
    }
}

/// Copies one operand after another.
pub struct TreeCopy {
    pub options: Options,
    copier: Copier,
    umask: u32,
    /// Where the first name of a file with several was copied to.
    seen: Inodes,
    names: Vec<FirstName>,
    /// The directories made on the other side, so that a tree is not copied into itself for ever.
    made: Option<(u64, u64)>,
    /// Something could not be copied.
    pub failed: bool,
    /// There are several operands, so that one may meet what was made for another.
    pub several: bool,
    /// The symbolic links made: nothing is written through them.
    links: Inodes,
    /// The files written for operands, and what they are copies of.
    pub written: Inodes,
    sources: Vec<(u64, u64)>,
}

/// The copy that further names of a file become links to.
struct FirstName {
    path: Vec<u8>,
    /// What was made there: the path may lead elsewhere by now.
    made: Option<Meta>,
}

/// Makes a file that is no regular one: from a name in a directory, to a target.
type Make<'m> = &'m mut dyn FnMut(BorrowedFd<'_>, &[u8], &Target) -> Result<(), Errno>;

/// One entry on its way: where it is to go.
struct Target<'a> {
    dir: BorrowedFd<'a>,
    name: &'a [u8],
    path: &'a [u8],
}

/// A directory whose attributes are set when all in it is done.
struct Pending {
    meta: Meta,
    /// Made by us, with this mode.
    new: Option<u32>,
}

fn read_only(follow: bool) -> OFlags {
    let mut flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
    flags.set(OFlags::NOFOLLOW, !follow);
    flags
}

impl TreeCopy {
    pub fn new(options: Options) -> TreeCopy {
        TreeCopy {
            options,
            copier: Copier::new(),
            umask: base::mode::umask(),
            seen: Inodes::new(),
            names: Vec::new(),
            made: None,
            failed: false,
            several: false,
            links: Inodes::new(),
            written: Inodes::new(),
            sources: Vec::new(),
        }
    }

    fn warn(&mut self, cx: &mut Context, error: Error) {
        self.failed = true;
        cx.warn(error);
    }

    /// Copies the tree (or the file) `source` to `dest`.
    pub fn tree(&mut self, cx: &mut Context, source: &[u8], dest: &[u8]) -> Result<()> {
        let mut walk = Walk::new(self.options.follow, false);
        let mut dirs = DirStack::default();
        let mut pending: Vec<Pending> = Vec::new();
        let mut path = dest.to_vec();
        let mut device = None;
        self.made = None;
        walk.start(source);
        while let Some(event) = walk.next() {
            path.truncate(dest.len());
            let below = walk.path().get(source.len()..).unwrap_or_default();
            if walk.depth() > 0 {
                if !path.ends_with(b"/") {
                    path.push(b'/');
                }
                path.extend_from_slice(below.strip_prefix(b"/").unwrap_or(below));
            }
            let name_start = if walk.depth() == 0 { 0 } else { path.len().saturating_sub(walk.name().len()) };
            let name = path.get(name_start..).unwrap_or_default();
            match event {
                Event::Dir
                    if walk.depth() > 0
                        && self.made.is_some()
                        && walk.meta().ok().map(|m| (m.dev, m.ino)) == self.made =>
                {
                    let error = crate::common::told("cannot copy a directory, %, into itself, %", [source, dest]);
                    self.warn(cx, error);
                    walk.skip();
                }
                Event::Dir => {
                    let entered = self.enter(cx, &mut walk, &dirs, &path, name, &mut device)?;
                    match entered {
                        Some((fd, done)) => {
                            dirs.push(fd, false);
                            pending.push(done);
                        }
                        None => walk.skip(),
                    }
                }
                Event::After => {
                    let Some(done) = pending.pop() else { continue };
                    if let Err(e) = dirs.pop() {
                        self.warn(cx, Error::system(path.as_slice(), e));
                        return Ok(());
                    }
                    self.finish_dir(cx, dirs.top(), name, &path, &done);
                }
                Event::File => {
                    let to = Target { dir: dirs.top(), name, path: &path };
                    if let Err(e) = self.file(cx, &mut walk, &to)? {
                        self.warn(cx, e);
                    }
                }
                Event::Error(e) => self.warn(cx, Error::system(walk.path(), e)),
                Event::Loop => {
                    self.warn(cx, Error::message_about("cannot copy cyclic symbolic link", walk.path()));
                }
            }
        }
        Ok(())
    }

    /// Makes the directory on the other side and opens it.
    #[inline(never)]
    fn enter(
        &mut self,
        cx: &mut Context,
        walk: &mut Walk,
        dirs: &DirStack,
        path: &[u8],
        name: &[u8],
        device: &mut Option<u64>,
    ) -> Result<Option<(OwnedFd, Pending)>> {
        if !self.options.recursive {
            self.warn(cx, Error::message_about("omitting directory", walk.path()));
            return Ok(None);
        }
        let meta = match walk.meta() {
            Ok(meta) => meta,
            Err(e) => {
                self.warn(cx, Error::system(walk.path(), e));
                return Ok(None);
            }
        };
        let first = *device.get_or_insert(meta.dev);
        // Usable by us while it is filled, and by nobody else who could not use the original.
        let mode = meta.permissions() & 0o777;
        let begin = if self.options.keep.mode || self.options.keep.owner { mode & 0o700 } else { mode } | 0o700;
        let top = walk.depth() == 0;
        let made = match base::fs::mkdirat(dirs.top(), name, Mode::from_raw_mode(begin)) {
            Ok(()) => Some(begin & !self.umask | 0o700),
            Err(Errno::EXIST) => None,
            Err(e) => {
                self.warn(cx, Error::system(path, e));
                return Ok(None);
            }
        };
        if top
            && made.is_none()
            && let Err(e) = self.own_link(walk, &Target { dir: dirs.top(), name, path })
        {
            self.warn(cx, e);
            return Ok(None);
        }
        if made.is_some() && begin & self.umask & 0o700 != 0 {
            // A umask that takes our own permission away.
            let _ = base::sys::file::chmod_nofollow(dirs.top(), name, begin & !self.umask | 0o700);
        }
        let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        flags.set(OFlags::NOFOLLOW, !top);
        let fd = match base::fs::openat(dirs.top(), name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOTDIR | Errno::LOOP) => {
                self.warn(
                    cx,
                    crate::common::told("cannot overwrite non-directory % with directory %", [path, walk.path()]),
                );
                return Ok(None);
            }
            Err(e) => {
                self.warn(cx, Error::system(path, e));
                return Ok(None);
            }
        };
        if top && let Ok(there) = Meta::of_fd(&fd) {
            if there.same(&meta) {
                let error = crate::common::told("% and % are the same file", [walk.path(), path]);
                self.warn(cx, error);
                return Ok(None);
            }
            self.made = Some((there.dev, there.ino));
        }
        if made.is_some() && self.options.verbose {
            report(cx, &[b"'", walk.path(), b"' -> '", path, b"'"])?;
        }
        if self.options.one_device && meta.dev != first {
            // Its place is kept, its content is not copied.
            self.finish_dir(cx, dirs.top(), name, path, &Pending { meta, new: made });
            return Ok(None);
        }
        if self.options.keep.xattr
            && let Ok(from) =
                base::fs::openat(walk.dir(), walk.name(), read_only(walk.follows()) | OFlags::DIRECTORY, Mode::empty())
            && let Err(e) = base::copy::copy_xattrs(&from, &fd)
        {
            self.warn(cx, Error::system(path, e));
        }
        Ok(Some((fd, Pending { meta, new: made })))
    }

    fn finish_dir(&mut self, cx: &mut Context, dir: BorrowedFd<'_>, name: &[u8], path: &[u8], done: &Pending) {
        let mut result = preserve(dir, name, &done.meta, self.options.keep);
        if let Some(mode) = done.new
            && !self.options.keep.mode
        {
            let wanted = if self.options.plain_mode { 0o777 } else { done.meta.permissions() & 0o777 } & !self.umask;
            if wanted != mode {
                result = result.and(base::sys::file::chmod_nofollow(dir, name, wanted));
            }
        }
        if let Err(e) = result {
            self.warn(cx, Error::system(path, e));
        }
    }

    /// Copies what is no directory. The outer error ends all.
    #[inline(never)]
    fn file(&mut self, cx: &mut Context, walk: &mut Walk, to: &Target) -> Result<Result<()>> {
        let meta = match walk.meta() {
            Ok(meta) => meta,
            Err(e) => return Ok(Err(Error::system(walk.path(), e))),
        };
        if meta.is_link() && walk.follows() {
            // It is to be looked through, and leads nowhere.
            return Ok(Err(Error::system(walk.path(), Errno::NOENT)));
        }
        if self.options.links != Links::None {
            return self.link(cx, walk, to);
        }
        if self.options.hard_links {
            let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
            // What links lead to may be met again; the last name of a file whose others have been moved is one of several too.
            let several = meta.nlink > 1 || self.options.follow != Follow::Never;
            let known =
                if several { self.seen.insert(meta.dev, meta.ino, number) } else { self.seen.find(meta.dev, meta.ino) };
            match known.and_then(|known| self.names.get(known as usize)) {
                Some(FirstName { path, made: Some(made) }) => {
                    let (path, made) = (path.clone(), *made);
                    let link = || base::fs::linkat(CWD, path.as_slice(), to.dir, to.name, AtFlags::empty());
                    let mut linked = link();
                    if linked == Err(Errno::EXIST) {
                        if Meta::at(to.dir, to.name, false).is_ok_and(|there| there.same(&made)) {
                            return Ok(Ok(()));
                        }
                        // Whichever is newer: its other name has been dealt with (GNU).
                        let update = core::mem::replace(&mut self.options.update, Update::All);
                        let may = self.may_replace(cx, walk, &meta, to);
                        self.options.update = update;
                        match may? {
                            Ok(true) => {}
                            other => return Ok(other.map(drop)),
                        }
                        match base::fs::unlinkat(to.dir, to.name, AtFlags::empty()) {
                            Ok(()) | Err(Errno::NOENT) => linked = link(),
                            Err(e) => return Ok(Err(Error::system(to.path, e))),
                        }
                    }
                    if linked.is_ok() {
                        if Meta::at(to.dir, to.name, false).is_ok_and(|linked| linked.same(&made)) {
                            return self.said(cx, walk, to).map(Ok);
                        }
                        let _ = base::fs::unlinkat(to.dir, to.name, AtFlags::empty());
                    }
                }
                None if several => {
                    self.names.push(FirstName { path: to.path.to_vec(), made: None });
                    let result = self.copy(cx, walk, to, &meta);
                    if let Some(first) = self.names.get_mut(number as usize) {
                        first.made = Meta::at(to.dir, to.name, false).ok();
                    }
                    return result;
                }
                _ => {}
            }
        }
        self.copy(cx, walk, to, &meta)
    }

    fn copy(&mut self, cx: &mut Context, walk: &mut Walk, to: &Target, meta: &Meta) -> Result<Result<()>> {
        let kind = FileType::from_raw_mode(meta.mode);
        let result = if kind == FileType::Symlink {
            let result = self.special(cx, walk, meta, to, &mut |dir, name, to: &Target| {
                let target = base::fs::readlinkat(dir, name)?;
                base::fs::symlinkat(target, to.dir, to.name)
            })?;
            if self.several
                && matches!(result, Ok(true))
                && let Ok(made) = Meta::at(to.dir, to.name, false)
            {
                self.links.insert(made.dev, made.ino, 0);
            }
            result
        } else if kind == FileType::RegularFile || !self.options.recursive || self.options.contents {
            self.regular(cx, walk, meta, to)?
        } else {
            let mode = Mode::from_raw_mode(meta.permissions() & 0o777);
            self.special(cx, walk, meta, to, &mut |_, _, to: &Target| {
                base::fs::mknodat(to.dir, to.name, kind, mode, meta.rdev)
            })?
        };
        match result {
            Ok(true) => self.said(cx, walk, to).map(Ok),
            Ok(false) => Ok(Ok(())),
            Err(e) => Ok(Err(e)),
        }
    }

    fn said(&self, cx: &mut Context, walk: &Walk, to: &Target) -> Result<()> {
        if self.options.verbose { report(cx, &[b"'", walk.path(), b"' -> '", to.path, b"'"]) } else { Ok(()) }
    }

    /// Makes a link instead of a copy.
    #[inline(never)]
    fn link(&mut self, cx: &mut Context, walk: &mut Walk, to: &Target) -> Result<Result<()>> {
        let hard = self.options.links == Links::Hard;
        let make = |walk: &Walk| {
            if hard {
                let flags = if walk.follows() { AtFlags::SYMLINK_FOLLOW } else { AtFlags::empty() };
                base::fs::linkat(walk.dir(), walk.name(), to.dir, to.name, flags)
            } else {
                base::fs::symlinkat(walk.path(), to.dir, to.name)
            }
        };
        if !hard && !walk.path().starts_with(b"/") && to.path.contains(&b'/') {
            let error = base::bytes::fill("%: can make relative symbolic links only in current directory", &[to.path]);
            return Ok(Err(Error::message(error)));
        }
        let mut result = make(walk);
        if result == Err(Errno::EXIST) {
            let meta = match walk.meta() {
                Ok(meta) => meta,
                Err(e) => return Ok(Err(Error::system(walk.path(), e))),
            };
            let old = Meta::at(to.dir, to.name, false);
            if hard && old.is_ok_and(|old| old.same(&meta)) {
                return Ok(Ok(()));
            }
            match self.may_replace(cx, walk, &meta, to)? {
                Ok(false) => return Ok(Ok(())),
                Ok(true) if self.options.backup.is_some() => result = make(walk),
                Ok(true) if !self.options.force && !self.options.remove => {}
                Ok(true) => {
                    result = base::fs::unlinkat(to.dir, to.name, AtFlags::empty()).and_then(|()| make(walk));
                }
                Err(e) => return Ok(Err(e)),
            }
        }
        match result {
            Ok(()) => self.said(cx, walk, to).map(Ok),
            Err(e) => Ok(Err(Error::system(to.path, e))),
        }
    }

    /// Decides what becomes of what is at the target: `Ok(true)`, it may go. Makes the backup.
    fn may_replace(&mut self, cx: &mut Context, walk: &Walk, meta: &Meta, to: &Target) -> Result<Result<bool>> {
        let there = match Meta::at(to.dir, to.name, false) {
            Ok(there) => there,
            Err(Errno::NOENT) => return Ok(Ok(true)),
            Err(e) => return Ok(Err(Error::system(to.path, e))),
        };
        // Where the target is a symbolic link, what it leads to is written.
        let target = if there.is_link() { Meta::at(to.dir, to.name, true).unwrap_or(there) } else { there };
        if self.options.existing == Existing::Keep {
            return Ok(Ok(false));
        }
        let written = self.options.links == Links::None && !self.options.remove && !meta.is_link();
        let same = if !written { there.same(meta) } else { target.same(meta) };
        // A symbolic link in the place of what it leads to would lead to itself.
        let leads_back = meta.is_link() && Meta::at(walk.dir(), walk.name(), true).is_ok_and(|m| m.same(&there));
        let backup = self.options.backup.is_some();
        // One of two names may go, and with -bf the only one, but not the one that a link in SOURCE leads to.
        let other_name = (backup || self.options.remove && !leads_back)
            && (backup && self.options.force || !same_entry(walk.path(), to.path))
            && (meta.is_link()
                || !there.same(meta)
                || Meta::at(walk.dir(), walk.name(), false).is_ok_and(|own| !own.is_link()));
        if (same || leads_back) && !other_name {
            let error = crate::common::told("% and % are the same file", [walk.path(), to.path]);
            return Ok(Err(error));
        }
        if target.is_dir() && (!there.is_link() || !self.options.remove) {
            let error =
                crate::common::told("cannot overwrite directory % with non-directory %", [to.path, walk.path()]);
            return Ok(Err(error));
        }
        if self.options.update == Update::Older && target.mtime >= meta.mtime {
            return Ok(Ok(false));
        }
        if self.options.existing == Existing::Ask && !ask(cx, &[b"overwrite '", to.path, b"'"])? {
            return Ok(Ok(false));
        }
        if walk.depth() == 0
            && let Some(number) = self.written.find(there.dev, there.ino)
            && !self.options.backup.as_ref().is_some_and(Backup::keeps_all)
        {
            if self.sources.get(number as usize) == Some(&(meta.dev, meta.ino)) && self.options.backup.is_none() {
                let text = base::bytes::fill("warning: source file '%' specified more than once", &[walk.path()]);
                cx.note(&Error::message(text));
                return Ok(Ok(false));
            }
            let error = crate::common::told("will not overwrite just-created % with %", [to.path, walk.path()]);
            return Ok(Err(error));
        }
        if let Some(backup) = &self.options.backup
            && let Err(e) = backup.make(to.dir, to.name, to.path, walk.path())
        {
            return Ok(Err(e));
        }
        Ok(Ok(true))
    }

    /// The error where what is there is a symbolic link that came from another operand: it may lead anywhere.
    fn own_link(&self, walk: &Walk, to: &Target) -> Result<()> {
        match Meta::at(to.dir, to.name, false) {
            Ok(there) if self.several && self.links.find(there.dev, there.ino).is_some() => {
                Err(crate::common::told("will not copy % through just-created symlink %", [walk.path(), to.path]))
            }
            _ => Ok(()),
        }
    }

    /// Makes a symbolic link or a special file. Gives whether something was made.
    fn special(&mut self, cx: &mut Context, walk: &Walk, meta: &Meta, to: &Target, make: Make) -> Result<Result<bool>> {
        let mut result = make(walk.dir(), walk.name(), to);
        if result == Err(Errno::EXIST) {
            if !self.options.data && !self.options.remove {
                return Ok(Err(Error::system(to.path, Errno::EXIST)));
            }
            match self.may_replace(cx, walk, meta, to)? {
                Ok(true) => {}
                other => return Ok(other),
            }
            // What cannot be written into is replaced.
            match base::fs::unlinkat(to.dir, to.name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => result = make(walk.dir(), walk.name(), to),
                Err(e) => result = Err(e),
            }
        }
        Ok(result
            .and_then(|()| preserve(to.dir, to.name, meta, self.options.keep))
            .map(|()| true)
            .map_err(|e| Error::system(to.path, e)))
    }

    /// Copies a regular file, or what can be read from another. Gives whether it was done.
    #[inline(never)]
    fn regular(&mut self, cx: &mut Context, walk: &Walk, meta: &Meta, to: &Target) -> Result<Result<bool>> {
        let from = match base::fs::openat(walk.dir(), walk.name(), read_only(walk.follows()), Mode::empty()) {
            Ok(from) => from,
            Err(e) => return Ok(Err(Error::system(walk.path(), e))),
        };
        let private = self.options.keep.mode || self.options.keep.owner;
        let permissions = if self.options.plain_mode { 0o666 } else { meta.permissions() & 0o777 };
        let mode = Mode::from_raw_mode(permissions & if private { 0o700 } else { 0o777 });
        let create = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOCTTY;
        let mut opened = base::fs::openat(to.dir, to.name, create, mode);
        let mut new = opened.is_ok();
        if matches!(opened, Err(Errno::EXIST)) {
            match self.may_replace(cx, walk, meta, to)? {
                Ok(true) => {}
                other => return Ok(other),
            }
            if self.options.remove || self.options.backup.is_some() {
                let _ = base::fs::unlinkat(to.dir, to.name, AtFlags::empty());
                opened = base::fs::openat(to.dir, to.name, create, mode);
                new = true;
            } else {
                if let Err(e) = self.own_link(walk, to) {
                    return Ok(Err(e));
                }
                let mut flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
                flags.set(OFlags::TRUNC, self.options.data);
                opened = base::fs::openat(to.dir, to.name, flags, Mode::empty());
                if matches!(opened, Err(Errno::NOENT)) {
                    let error = base::error::quoted("not writing through dangling symlink", to.path);
                    if !self.options.force {
                        return Ok(Err(Error::message(error)));
                    }
                }
                if opened.is_err() && self.options.force {
                    let _ = base::fs::unlinkat(to.dir, to.name, AtFlags::empty());
                    opened = base::fs::openat(to.dir, to.name, create, mode);
                    new = true;
                }
            }
        }
        let file = match opened {
            Ok(file) => file,
            Err(Errno::ISDIR) if to.path.ends_with(b"/") => return Ok(Err(Error::system(to.path, Errno::NOTDIR))),
            Err(e) => return Ok(Err(Error::system(to.path, e))),
        };
        if walk.depth() == 0
            && let Ok(made) = Meta::of_fd(&file)
        {
            let number = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
            self.written.insert(made.dev, made.ino, number);
            self.sources.push((meta.dev, meta.ino));
        }
        if let Err(e) = self.data(from.as_fd(), file.as_fd(), meta) {
            return Ok(Err(match e {
                CopyError::Read(e) => Error::system(walk.path(), e),
                CopyError::Write(e) => Error::system(to.path, e),
            }));
        }
        let mut keep = self.options.keep;
        // A new file that was made private and does not keep its mode gets what it would have had.
        if new && private && !keep.mode {
            keep.mode = false;
            let wanted = Mode::from_raw_mode(permissions & !self.umask);
            if let Err(e) = rustix::fs::fchmod(&file, wanted) {
                return Ok(Err(Error::system(to.path, e)));
            }
        }
        if keep != Keep::default()
            && let Err(e) = preserve_fd(from.as_fd(), file.as_fd(), meta, keep)
        {
            return Ok(Err(Error::system(to.path, e)));
        }
        Ok(Ok(true))
    }

    fn data(&mut self, from: BorrowedFd<'_>, to: BorrowedFd<'_>, meta: &Meta) -> Result<(), CopyError> {
        if !self.options.data {
            return Ok(());
        }
        if self.options.reflink == Reflink::Always && meta.is_file() {
            return rustix::fs::ioctl_ficlone(to, from).map_err(CopyError::Write);
        }
        self.copier.copy(from, to, Some(meta), self.options.sparse).map(drop)
    }
}

/// Removes a tree that has been copied. Errors are told; gives whether all is gone.
pub fn remove_tree(cx: &mut Context, path: &[u8]) -> bool {
    let mut walk = Walk::new(Follow::Never, false);
    walk.start(path);
    let mut clean = true;
    while let Some(event) = walk.next() {
        let result = match event {
            Event::File => base::fs::unlinkat(walk.dir(), walk.name(), AtFlags::empty()),
            Event::After => base::fs::unlinkat(walk.dir(), walk.name(), AtFlags::REMOVEDIR),
            Event::Error(e) => Err(e),
            Event::Dir | Event::Loop => Ok(()),
        };
        if let Err(e) = result {
            clean = false;
            cx.warn(Error::system(walk.path(), e));
        }
    }
    clean
}

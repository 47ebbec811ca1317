//! The files: a name out of a patch is reached by descriptor from the working directory, and no link leads out of it.

use base::error::{Errno, Error, Result, ResultExt};
use base::io::write_all;
use base::meta::Meta;
use base::replace::Replacement;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};

/// A file by its directory and its name there.
pub struct File {
    pub path: Vec<u8>,
    dir: OwnedFd,
    name: Vec<u8>,
}

const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Whether a name out of a patch stays below the working directory as far as its text tells.
pub fn is_safe(path: &[u8]) -> bool {
    !path.starts_with(b"/") && !path.split(|byte| *byte == b'/').any(|part| part == b"..")
}

impl File {
    /// `path` where the directories it is in are missing, and stay so.
    pub fn missing(path: &[u8]) -> Result<Box<File>, Errno> {
        Ok(File::boxed(path, base::fs::openat(CWD, ".", DIRECTORY, Mode::empty())?, path))
    }

    fn boxed(path: &[u8], dir: OwnedFd, name: &[u8]) -> Box<File> {
        Box::new(File { path: path.to_vec(), dir, name: name.to_vec() })
    }

    /// `path` as the user gave it.
    pub fn trusted(path: &[u8]) -> Result<Box<File>, Errno> {
        let at = memchr::memrchr(b'/', path).map_or(0, |at| at.saturating_add(1));
        let (folder, name) = path.split_at(at);
        let folder = if folder.is_empty() { b"." } else { folder };
        let dir = base::fs::open(folder, DIRECTORY, Mode::empty())?;
        Ok(File::boxed(path, dir, name))
    }

    /// `path` as a patch has it; directories that are missing are made where `create`.
    pub fn untrusted(path: &[u8], create: bool) -> Result<Box<File>, Errno> {
        if !is_safe(path) {
            return Err(Errno::ACCESS);
        }
        let mut dir = base::fs::openat(CWD, ".", DIRECTORY, Mode::empty())?;
        let mut rest = path;
        while !rest.is_empty() {
            let end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
            let (part, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = after.get(1..).unwrap_or_default();
            if part.is_empty() || part == b"." {
                continue;
            }
            if rest.split(|byte| *byte == b'/').all(|part| part.is_empty() || part == b".") {
                return Ok(File::boxed(path, dir, part));
            }
            let flags = DIRECTORY | OFlags::NOFOLLOW;
            dir = match base::fs::openat(&dir, part, flags, Mode::empty()) {
                Err(Errno::NOENT) if create => {
                    match base::fs::mkdirat(&dir, part, Mode::from_raw_mode(0o777)) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(errno) => return Err(errno),
                    }
                    base::fs::openat(&dir, part, flags, Mode::empty())?
                }
                other => other?,
            };
        }
        Err(Errno::ISDIR)
    }

    /// What it is; a link is not followed.
    pub fn meta(&self) -> Result<Meta, Errno> {
        Meta::at(self.dir.as_fd(), self.name.as_slice(), false)
    }

    /// Its content; of a link, what it leads to.
    pub fn read(&self, link: bool) -> Result<Vec<u8>> {
        if link {
            let text = base::fs::readlinkat(&self.dir, self.name.as_slice()).at(&self.path)?;
            return Ok(text.into_bytes());
        }
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NOCTTY;
        let fd = base::fs::openat(&self.dir, self.name.as_slice(), flags, Mode::empty()).at(&self.path)?;
        base::io::Input::owned(fd, &self.path).rest()
    }

    /// Replaces its content in one step. `mode` is set where it is known.
    pub fn write(&self, content: &[u8], mode: Option<u32>) -> Result<()> {
        self.store(content, mode).map_err(|errno| Error::system(self.path.as_slice(), errno))
    }

    fn store(&self, content: &[u8], mode: Option<u32>) -> Result<(), Errno> {
        let dir = rustix::io::fcntl_dupfd_cloexec(&self.dir, 0)?;
        let new = Replacement::begin_at(dir, &self.name, 0o666)?;
        write_all(new.file(), content)?;
        if let Some(mode) = mode {
            rustix::fs::fchmod(new.file(), Mode::from_raw_mode(mode))?;
        }
        new.commit()
    }

    /// Makes it a symbolic link.
    pub fn link(&self, content: &[u8]) -> Result<(), Errno> {
        if content.is_empty() || content.contains(&0) {
            return Err(Errno::INVAL);
        }
        let _ = base::fs::unlinkat(&self.dir, self.name.as_slice(), AtFlags::empty());
        base::fs::symlinkat(content, &self.dir, self.name.as_slice())
    }

    /// Sets the mode alone.
    pub fn chmod(&self, mode: u32) -> Result<(), Errno> {
        base::sys::file::chmod_nofollow(self.dir.as_fd(), &self.name, mode)
    }

    /// Keeps what it was under another name; where there is nothing, an empty file is kept.
    pub fn back_up(&self, to: &File) -> Result<(), Errno> {
        let _ = base::fs::unlinkat(&to.dir, to.name.as_slice(), AtFlags::empty());
        let empty = AtFlags::empty();
        match base::fs::linkat(&self.dir, self.name.as_slice(), &to.dir, to.name.as_slice(), empty) {
            Ok(()) => Ok(()),
            Err(Errno::NOENT) => to.store(b"", None),
            // A file system without links.
            Err(_) => {
                let mode = self.meta()?.permissions();
                let content = self.read(false).map_err(|error| error.errno().unwrap_or(Errno::IO))?;
                to.store(&content, Some(mode))
            }
        }
    }

    /// Removes it, and the directories above it that become empty.
    pub fn remove(&self) -> Result<(), Errno> {
        base::fs::unlinkat(&self.dir, self.name.as_slice(), AtFlags::empty())?;
        let mut path = self.path.as_slice();
        if is_safe(path) {
            while let Some(at) = memchr::memrchr(b'/', path) {
                path = path.get(..at).unwrap_or_default();
                let Ok(parent) = File::untrusted(path, false) else { break };
                if base::fs::unlinkat(&parent.dir, parent.name.as_slice(), AtFlags::REMOVEDIR).is_err() {
                    break;
                }
            }
        }
        Ok(())
    }
}

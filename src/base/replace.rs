//! Replacing a file in one step: whoever reads it sees the old or the new content, never a part, even after a crash.

use crate::meta::Meta;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

/// Symbolic links that are followed before it is a loop, as in the kernel.
const MAX_LINKS: usize = 40;

/// Random letters and digits, for names that nobody can foretell.
pub fn random_letters(count: usize) -> Vec<u8> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut out = Vec::with_capacity(count);
    let mut bytes = [0u8; 64];
    while out.len() < count {
        if rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()).is_err() {
            // Kernels without it: the clock, which is enough where O_EXCL decides.
            let now = crate::time::now();
            bytes = [0; 64];
            for (slot, b) in bytes.iter_mut().zip(now.nsec.to_le_bytes().into_iter().cycle()) {
                *slot = b.wrapping_mul(out.len() as u8 | 1);
            }
        }
        // 248 is the largest multiple of 62: no letter is likelier than another.
        let letters = bytes.iter().filter(|b| **b < 248).filter_map(|b| LETTERS.get(usize::from(b % 62)));
        out.extend(letters.take(count - out.len()));
    }
    out
}

/// The folder that a path's last name is in, and that name.
fn folder_of(path: &[u8]) -> Result<(OwnedFd, &[u8]), Errno> {
    let at = memchr::memrchr(b'/', path).map_or(0, |i| i + 1);
    let (folder, name) = path.split_at(at);
    if name.is_empty() {
        return Err(Errno::ISDIR);
    }
    let folder = if folder.is_empty() { b"." } else { folder };
    Ok((crate::fs::open(folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?, name))
}

/// A new content for a file, until [`commit`](Replacement::commit) beside it under another name; dropped, it is removed.
pub struct Replacement {
    dir: OwnedFd,
    temporary: Vec<u8>,
    name: Vec<u8>,
    fd: OwnedFd,
    done: bool,
}

impl Replacement {
    /// Begins to replace `path`, or what it leads to. The new file has the mode and, where allowed, the owner of the old one;
    /// where there is none, mode `new_mode` less the umask.
    pub fn begin(path: &[u8], new_mode: u32) -> Result<Replacement, Errno> {
        let mut path = path.to_vec();
        for _ in 0..MAX_LINKS {
            let Ok(target) = crate::fs::readlinkat(CWD, path.as_slice()) else { break };
            let target = target.to_bytes();
            if !target.starts_with(b"/") {
                path.truncate(memchr::memrchr(b'/', &path).map_or(0, |i| i + 1));
                path.extend_from_slice(target);
            } else {
                path = target.to_vec();
            }
        }
        let (dir, name) = folder_of(&path)?;
        Replacement::begin_at(dir, name, new_mode)
    }

    /// As [`begin`](Replacement::begin), but a symbolic link is replaced itself: by a file with the mode and owner of what it
    /// leads to, which stays as it is.
    pub fn of_name(path: &[u8], new_mode: u32) -> Result<Replacement, Errno> {
        let (dir, name) = folder_of(path)?;
        let old = Meta::at(dir.as_fd(), name, true);
        Replacement::begin_as(dir, name, new_mode, old)
    }

    /// As [`begin`](Replacement::begin), for the file `name` in `dir`; a symbolic link there is an error.
    pub fn begin_at(dir: OwnedFd, name: &[u8], new_mode: u32) -> Result<Replacement, Errno> {
        let old = Meta::at(dir.as_fd(), name, false);
        Replacement::begin_as(dir, name, new_mode, old)
    }

    fn begin_as(dir: OwnedFd, name: &[u8], new_mode: u32, old: Result<Meta, Errno>) -> Result<Replacement, Errno> {
        let old = match old {
            Ok(meta) if meta.is_file() => Some(meta),
            Ok(meta) => {
                return Err(if meta.is_dir() {
                    Errno::ISDIR
                } else if meta.is_link() {
                    Errno::LOOP
                } else {
                    Errno::INVAL
                });
            }
            Err(Errno::NOENT) => None,
            Err(e) => return Err(e),
        };
        // Private until it is whole.
        let mode = Mode::from_raw_mode(if old.is_some() { 0o600 } else { new_mode });
        for _ in 0..100 {
            let temporary = [b".", name.get(..200).unwrap_or(name), b".", &random_letters(6)].concat();
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            match crate::fs::openat(&dir, temporary.as_slice(), flags, mode) {
                Err(Errno::EXIST) => {}
                Err(e) => return Err(e),
                Ok(fd) => {
                    let new = Replacement { dir, temporary, name: name.to_vec(), fd, done: false };
                    if let Some(old) = old {
                        let (uid, gid) = (Uid::from_raw(old.uid), Gid::from_raw(old.gid));
                        let mut mode = old.permissions();
                        if rustix::fs::fchown(&new.fd, Some(uid), Some(gid)).is_err() {
                            let _ = rustix::fs::fchown(&new.fd, None, Some(gid));
                            // It runs as nobody else than its old owner and group.
                            mode &= 0o1777;
                        }
                        rustix::fs::fchmod(&new.fd, Mode::from_raw_mode(mode))?;
                    }
                    return Ok(new);
                }
            }
        }
        Err(Errno::EXIST)
    }

    /// The new file, open for reading and writing.
    pub fn file(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// Puts the new file in the place of the old one, once it is on the disk.
    pub fn commit(mut self) -> Result<(), Errno> {
        match rustix::fs::fsync(&self.fd) {
            // A file system that cannot.
            Ok(()) | Err(Errno::INVAL | Errno::NOSYS) => {}
            Err(e) => return Err(e),
        }
        crate::fs::renameat(&self.dir, self.temporary.as_slice(), &self.dir, self.name.as_slice())?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.done {
            let _ = crate::fs::unlinkat(&self.dir, self.temporary.as_slice(), AtFlags::empty());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn replaces_through_a_link() {
        let dir = std::env::temp_dir().join(format!("cairn-replace-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (file, link) = (dir.join("f"), dir.join("l"));
        std::fs::write(&file, "old").unwrap();
        crate::fs::chmod(&file, Mode::from_raw_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("f", &link).unwrap();
        let new = Replacement::begin(link.as_os_str().as_encoded_bytes(), 0o666).unwrap();
        crate::io::write_all(new.file(), b"new").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"old");
        new.commit().unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert_eq!(Meta::of(file.as_path(), false).unwrap().permissions(), 0o640);
        assert!(Meta::of(link.as_path(), false).unwrap().is_link());
        let new = Replacement::of_name(link.as_os_str().as_encoded_bytes(), 0o666).unwrap();
        crate::io::write_all(new.file(), b"newer").unwrap();
        new.commit().unwrap();
        assert_eq!(
            (std::fs::read(&file).unwrap(), std::fs::read(&link).unwrap()),
            (b"new".to_vec(), b"newer".to_vec())
        );
        let meta = Meta::of(link.as_path(), false).unwrap();
        assert_eq!((meta.is_file(), meta.permissions()), (true, 0o640));
        drop(Replacement::begin(file.as_os_str().as_encoded_bytes(), 0o666).unwrap());
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 2);
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn letters() {
        assert_eq!(random_letters(6).len(), 6);
        assert_ne!(random_letters(16), random_letters(16));
    }
}

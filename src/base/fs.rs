//! The system calls that take paths, one function for each: rustix's are made anew for every type of a path and of a
//! descriptor (12 KB in all). They give what rustix's of the same names give; those without a folder's descriptor start at
//! the current one. A path with a NUL in it is [`Errno::INVAL`].

use crate::Errno;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    Access, AtFlags, CWD, Dev, FileType, Gid, Mode, OFlags, RawDir, RenameFlags, Stat, StatFs, StatVfs, Timestamps, Uid,
};
use std::ffi::{CStr, CString};

type Result<T> = core::result::Result<T, Errno>;

/// What can name a file.
pub trait Path {
    fn bytes(&self) -> &[u8];
}

impl Path for [u8] {
    fn bytes(&self) -> &[u8] {
        self
    }
}

impl Path for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }
}

impl Path for str {
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Path for CStr {
    fn bytes(&self) -> &[u8] {
        self.to_bytes()
    }
}

impl Path for CString {
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Path for std::path::Path {
    fn bytes(&self) -> &[u8] {
        self.as_os_str().as_encoded_bytes()
    }
}

impl Path for std::path::PathBuf {
    fn bytes(&self) -> &[u8] {
        self.as_path().bytes()
    }
}

impl<P: Path + ?Sized> Path for &P {
    fn bytes(&self) -> &[u8] {
        (*self).bytes()
    }
}

/// Calls with the path as C has it; not at all if it holds a NUL.
#[inline(never)]
fn terminated(path: &[u8], call: &mut dyn FnMut(&CStr)) {
    let mut room = [0; 256];
    // The byte behind the path stays 0.
    let short = room.get_mut(..path.len().saturating_add(1)).and_then(|room| {
        room.get_mut(..path.len())?.copy_from_slice(path);
        Some(&*room)
    });
    match short {
        Some(room) => {
            if let Ok(path) = CStr::from_bytes_with_nul(room) {
                call(path);
            }
        }
        None => {
            if let Ok(path) = CString::new(path) {
                call(&path);
            }
        }
    }
}

/// `call` with the path as C has it, for the calls that are not here.
pub fn with<T>(path: &[u8], mut call: impl FnMut(&CStr) -> Result<T>) -> Result<T> {
    let mut result = Err(Errno::INVAL);
    terminated(path, &mut |path| result = call(path));
    result
}

/// A path as C has it, for calls with several.
#[inline(never)]
pub fn c_path(path: &[u8]) -> Result<CString> {
    CString::new(path).map_err(|_| Errno::INVAL)
}

/// As [`with`], with two paths.
fn with_two(one: &[u8], two: &[u8], call: &mut dyn FnMut(&CStr, &CStr) -> Result<()>) -> Result<()> {
    with(one, |one| with(two, |two| call(one, two)))
}

pub fn open(path: impl Path, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    open_bytes(CWD, path.bytes(), flags, mode)
}

pub fn openat(dir: impl AsFd, path: impl Path, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    open_bytes(dir.as_fd(), path.bytes(), flags, mode)
}

#[inline(never)]
fn open_bytes(dir: BorrowedFd, path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    with(path, |path| rustix::fs::openat(dir, path, flags, mode))
}

pub fn unlink(path: impl Path) -> Result<()> {
    unlink_bytes(CWD, path.bytes(), AtFlags::empty())
}

pub fn unlinkat(dir: impl AsFd, path: impl Path, flags: AtFlags) -> Result<()> {
    unlink_bytes(dir.as_fd(), path.bytes(), flags)
}

#[inline(never)]
fn unlink_bytes(dir: BorrowedFd, path: &[u8], flags: AtFlags) -> Result<()> {
    with(path, |path| rustix::fs::unlinkat(dir, path, flags))
}

pub fn stat(path: impl Path) -> Result<Stat> {
    stat_bytes(CWD, path.bytes(), AtFlags::empty())
}

pub fn lstat(path: impl Path) -> Result<Stat> {
    stat_bytes(CWD, path.bytes(), AtFlags::SYMLINK_NOFOLLOW)
}

pub fn statat(dir: impl AsFd, path: impl Path, flags: AtFlags) -> Result<Stat> {
    stat_bytes(dir.as_fd(), path.bytes(), flags)
}

#[inline(never)]
fn stat_bytes(dir: BorrowedFd, path: &[u8], flags: AtFlags) -> Result<Stat> {
    with(path, |path| rustix::fs::statat(dir, path, flags))
}

pub fn access(path: impl Path, access: Access) -> Result<()> {
    access_bytes(CWD, path.bytes(), access, AtFlags::empty())
}

pub fn accessat(dir: impl AsFd, path: impl Path, access: Access, flags: AtFlags) -> Result<()> {
    access_bytes(dir.as_fd(), path.bytes(), access, flags)
}

#[inline(never)]
fn access_bytes(dir: BorrowedFd, path: &[u8], access: Access, flags: AtFlags) -> Result<()> {
    with(path, |path| rustix::fs::accessat(dir, path, access, flags))
}

pub fn readlink(path: impl Path) -> Result<CString> {
    readlink_bytes(CWD, path.bytes())
}

pub fn readlinkat(dir: impl AsFd, path: impl Path) -> Result<CString> {
    readlink_bytes(dir.as_fd(), path.bytes())
}

#[inline(never)]
fn readlink_bytes(dir: BorrowedFd, path: &[u8]) -> Result<CString> {
    with(path, |path| rustix::fs::readlinkat(dir, path, Vec::new()))
}

pub fn chmod(path: impl Path, mode: Mode) -> Result<()> {
    chmod_bytes(CWD, path.bytes(), mode)
}

pub fn chmodat(dir: impl AsFd, path: impl Path, mode: Mode) -> Result<()> {
    chmod_bytes(dir.as_fd(), path.bytes(), mode)
}

#[inline(never)]
fn chmod_bytes(dir: BorrowedFd, path: &[u8], mode: Mode) -> Result<()> {
    with(path, |path| rustix::fs::chmodat(dir, path, mode, AtFlags::empty()))
}

pub fn mkdir(path: impl Path, mode: Mode) -> Result<()> {
    mkdir_bytes(CWD, path.bytes(), mode)
}

pub fn mkdirat(dir: impl AsFd, path: impl Path, mode: Mode) -> Result<()> {
    mkdir_bytes(dir.as_fd(), path.bytes(), mode)
}

#[inline(never)]
fn mkdir_bytes(dir: BorrowedFd, path: &[u8], mode: Mode) -> Result<()> {
    with(path, |path| rustix::fs::mkdirat(dir, path, mode))
}

pub fn rename(from: impl Path, to: impl Path) -> Result<()> {
    rename_bytes(CWD, from.bytes(), CWD, to.bytes(), RenameFlags::empty())
}

pub fn renameat(from_dir: impl AsFd, from: impl Path, to_dir: impl AsFd, to: impl Path) -> Result<()> {
    rename_bytes(from_dir.as_fd(), from.bytes(), to_dir.as_fd(), to.bytes(), RenameFlags::empty())
}

pub fn renameat_with(
    from_dir: impl AsFd,
    from: impl Path,
    to_dir: impl AsFd,
    to: impl Path,
    flags: RenameFlags,
) -> Result<()> {
    rename_bytes(from_dir.as_fd(), from.bytes(), to_dir.as_fd(), to.bytes(), flags)
}

#[inline(never)]
fn rename_bytes(from_dir: BorrowedFd, from: &[u8], to_dir: BorrowedFd, to: &[u8], flags: RenameFlags) -> Result<()> {
    with_two(from, to, &mut |from, to| {
        // Kernels before 3.15 know the call without flags alone.
        if flags.is_empty() {
            rustix::fs::renameat(from_dir, from, to_dir, to)
        } else {
            rustix::fs::renameat_with(from_dir, from, to_dir, to, flags)
        }
    })
}

pub fn link(old: impl Path, new: impl Path) -> Result<()> {
    link_bytes(CWD, old.bytes(), CWD, new.bytes(), AtFlags::empty())
}

pub fn linkat(old_dir: impl AsFd, old: impl Path, new_dir: impl AsFd, new: impl Path, flags: AtFlags) -> Result<()> {
    link_bytes(old_dir.as_fd(), old.bytes(), new_dir.as_fd(), new.bytes(), flags)
}

#[inline(never)]
fn link_bytes(old_dir: BorrowedFd, old: &[u8], new_dir: BorrowedFd, new: &[u8], flags: AtFlags) -> Result<()> {
    with_two(old, new, &mut |old, new| rustix::fs::linkat(old_dir, old, new_dir, new, flags))
}

pub fn symlink(text: impl Path, path: impl Path) -> Result<()> {
    symlink_bytes(text.bytes(), CWD, path.bytes())
}

pub fn symlinkat(text: impl Path, dir: impl AsFd, path: impl Path) -> Result<()> {
    symlink_bytes(text.bytes(), dir.as_fd(), path.bytes())
}

#[inline(never)]
fn symlink_bytes(text: &[u8], dir: BorrowedFd, path: &[u8]) -> Result<()> {
    with_two(text, path, &mut |text, path| rustix::fs::symlinkat(text, dir, path))
}

pub fn chownat(dir: BorrowedFd, path: &[u8], uid: Option<Uid>, gid: Option<Gid>, flags: AtFlags) -> Result<()> {
    with(path, |path| rustix::fs::chownat(dir, path, uid, gid, flags))
}

pub fn mknodat(dir: BorrowedFd, path: &[u8], kind: FileType, mode: Mode, device: Dev) -> Result<()> {
    with(path, |path| rustix::fs::mknodat(dir, path, kind, mode, device))
}

pub fn utimensat(dir: BorrowedFd, path: &[u8], times: &Timestamps, flags: AtFlags) -> Result<()> {
    with(path, |path| rustix::fs::utimensat(dir, path, times, flags))
}

pub fn statvfs(path: &[u8]) -> Result<StatVfs> {
    with(path, |path| rustix::fs::statvfs(path))
}

pub fn statfs(path: &[u8]) -> Result<StatFs> {
    with(path, |path| rustix::fs::statfs(path))
}

/// Calls with the name of each entry of a directory, `.` and `..` among them, and its type where the file system says it.
pub fn each_entry(directory: &[u8], call: &mut dyn FnMut(&[u8], FileType)) -> Result<()> {
    let fd = open(directory, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut buffer = Vec::with_capacity(1 << 16);
    let mut entries = RawDir::new(fd, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        call(entry.file_name().to_bytes(), entry.file_type());
    }
    Ok(())
}

/// chdir(2).
pub fn chdir(path: impl Path) -> Result<()> {
    with(path.bytes(), |path| rustix::process::chdir(path))
}

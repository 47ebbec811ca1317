//! What the system knows about a file: one structure for every architecture, filled by statx(2).

use crate::fs::Path;
use crate::mode;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{AtFlags, StatxFlags};
use rustix::io::Errno;

/// A point in time: seconds since the epoch, which may be negative, and nanoseconds within that second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    pub sec: i64,
    pub nsec: u32,
}

/// The attributes of a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meta {
    pub dev: u64,
    pub ino: u64,
    /// Type and permissions.
    pub mode: u32,
    pub nlink: u64,
    pub uid: u32,
    pub gid: u32,
    /// The device a device file stands for.
    pub rdev: u64,
    pub size: u64,
    /// Space taken, in units of 512 bytes.
    pub blocks: u64,
    /// Preferred size for reading and writing.
    pub blksize: u64,
    pub atime: Stamp,
    pub mtime: Stamp,
    pub ctime: Stamp,
    /// Birth, where the file system remembers it.
    pub btime: Option<Stamp>,
}

impl Meta {
    /// statx(2) of `path` seen from `dir`; `follow` says whether a symbolic link is looked through.
    pub fn at(dir: BorrowedFd<'_>, path: impl Path, follow: bool) -> Result<Meta, Errno> {
        let flags = if follow { AtFlags::NO_AUTOMOUNT } else { AtFlags::NO_AUTOMOUNT | AtFlags::SYMLINK_NOFOLLOW };
        stat_bytes(dir, path.bytes(), flags)
    }

    /// Of `path`, from the working directory.
    pub fn of(path: impl Path, follow: bool) -> Result<Meta, Errno> {
        Meta::at(rustix::fs::CWD, path, follow)
    }

    /// Of an open file.
    pub fn of_fd(fd: impl AsFd) -> Result<Meta, Errno> {
        statx(fd.as_fd(), c"", AtFlags::EMPTY_PATH)
    }

    pub fn is_dir(&self) -> bool {
        self.mode & mode::TYPE == mode::DIR
    }
    pub fn is_file(&self) -> bool {
        self.mode & mode::TYPE == mode::FILE
    }
    pub fn is_link(&self) -> bool {
        self.mode & mode::TYPE == mode::LINK
    }
    pub fn is_device(&self) -> bool {
        matches!(self.mode & mode::TYPE, mode::BLOCK | mode::CHAR)
    }
    /// The permissions: the twelve low bits of the mode.
    pub fn permissions(&self) -> u32 {
        self.mode & 0o7777
    }
    /// Whether both are one file.
    pub fn same(&self, other: &Meta) -> bool {
        self.dev == other.dev && self.ino == other.ino
    }
}

fn statx(dir: BorrowedFd<'_>, path: &core::ffi::CStr, flags: AtFlags) -> Result<Meta, Errno> {
    let x = match rustix::fs::statx(dir, path, flags, StatxFlags::BASIC_STATS | StatxFlags::BTIME) {
        Err(Errno::NOSYS) => return old(dir, path, flags),
        x => x?,
    };
    let stamp = |t: rustix::fs::StatxTimestamp| Stamp { sec: t.tv_sec, nsec: t.tv_nsec };
    Ok(Meta {
        dev: rustix::fs::makedev(x.stx_dev_major, x.stx_dev_minor),
        ino: x.stx_ino,
        mode: u32::from(x.stx_mode),
        nlink: u64::from(x.stx_nlink),
        uid: x.stx_uid,
        gid: x.stx_gid,
        rdev: rustix::fs::makedev(x.stx_rdev_major, x.stx_rdev_minor),
        size: x.stx_size,
        blocks: x.stx_blocks,
        blksize: u64::from(x.stx_blksize),
        atime: stamp(x.stx_atime),
        mtime: stamp(x.stx_mtime),
        ctime: stamp(x.stx_ctime),
        btime: (x.stx_mask & StatxFlags::BTIME.bits() != 0).then(|| stamp(x.stx_btime)),
    })
}

#[inline(never)]
fn stat_bytes(dir: BorrowedFd<'_>, path: &[u8], flags: AtFlags) -> Result<Meta, Errno> {
    crate::fs::with(path, |path| statx(dir, path, flags))
}

/// For kernels before 4.11 and emulators without statx(2).
#[allow(clippy::unnecessary_cast, reason = "the fields differ by architecture")]
fn old(dir: BorrowedFd<'_>, path: &core::ffi::CStr, flags: AtFlags) -> Result<Meta, Errno> {
    let s = crate::fs::statat(dir, path, flags & (AtFlags::SYMLINK_NOFOLLOW | AtFlags::EMPTY_PATH))?;
    let stamp = |sec, nsec| Stamp { sec, nsec };
    Ok(Meta {
        dev: s.st_dev as u64,
        ino: s.st_ino as u64,
        mode: s.st_mode as u32,
        nlink: s.st_nlink as u64,
        uid: s.st_uid,
        gid: s.st_gid,
        rdev: s.st_rdev as u64,
        size: s.st_size as u64,
        blocks: s.st_blocks as u64,
        blksize: s.st_blksize as u64,
        atime: stamp(s.st_atime as i64, s.st_atime_nsec as u32),
        mtime: stamp(s.st_mtime as i64, s.st_mtime_nsec as u32),
        ctime: stamp(s.st_ctime as i64, s.st_ctime_nsec as u32),
        btime: None,
    })
}

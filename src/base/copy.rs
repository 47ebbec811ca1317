//! Copying what is in a file, by the fastest way the kernel offers, and what is known about it.

use crate::meta::{Meta, Stamp};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{AtFlags, Gid, Mode, SeekFrom, Timestamps, Uid};
use rustix::io::Errno;
use rustix::pipe::SpliceFlags;

/// Below this size plain reading and writing is quicker than asking the kernel.
const SMALL: u64 = 64 * 1024;
const BUFFER: usize = 128 * 1024;
/// How much the kernel is asked to copy at once: Ctrl-C in a shell that runs the applet itself is noticed in between.
const STEP: usize = 128 << 20;

/// Which side of a copy failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyError {
    Read(Errno),
    Write(Errno),
}

impl CopyError {
    pub fn errno(self) -> Errno {
        match self {
            CopyError::Read(e) | CopyError::Write(e) => e,
        }
    }
}

/// What becomes of holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sparse {
    /// Holes of the source stay holes.
    Auto,
    /// Every block of zeros becomes a hole.
    Always,
    /// None.
    Never,
}

/// Copies files, with one buffer for all of them.
#[derive(Default)]
pub struct Copier {
    buffer: Vec<u8>,
}

impl Copier {
    pub fn new() -> Copier {
        Copier::default()
    }

    /// Copies all that is left of `from` to `to`, both at their offsets. `meta` is what is known of `from`; its size only
    /// helps to choose the way. Gives the number of bytes.
    pub fn copy(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        meta: Option<&Meta>,
        sparse: Sparse,
    ) -> Result<u64, CopyError> {
        let regular = meta.filter(|m| m.is_file());
        if let Some(m) = regular {
            // Only a file can have holes.
            let to_file = || Meta::of_fd(to).is_ok_and(|m| m.is_file());
            if sparse == Sparse::Auto && m.size > 0 && m.blocks < m.size.div_ceil(512) && to_file() {
                return self.copy_holes(from, to, m.size);
            }
            if sparse == Sparse::Always && to_file() {
                return self.copy_zeros(from, to);
            }
        }
        if regular.is_some_and(|m| m.size <= SMALL) {
            return self.copy_plain(from, to, u64::MAX);
        }
        match copy_in_kernel(from, to, u64::MAX)? {
            (total, true) => Ok(total),
            (total, false) => Ok(total + self.copy_plain(from, to, u64::MAX)?),
        }
    }

    fn buffer(&mut self) -> &mut [u8] {
        if self.buffer.is_empty() {
            self.buffer = vec![0; BUFFER];
        }
        &mut self.buffer
    }

    /// Reads and writes at most `limit` bytes.
    pub fn copy_plain(&mut self, from: BorrowedFd<'_>, to: BorrowedFd<'_>, limit: u64) -> Result<u64, CopyError> {
        let buffer = self.buffer();
        let mut total = 0;
        while total < limit {
            if crate::sys::signal::should_break() {
                return Err(CopyError::Read(Errno::INTR));
            }
            let want = usize::try_from(limit - total).unwrap_or(usize::MAX).min(buffer.len());
            let room = buffer.get_mut(..want).unwrap_or_default();
            let count = crate::io::read(from, room).map_err(CopyError::Read)?;
            let data = room.get(..count).unwrap_or_default();
            if data.is_empty() {
                break;
            }
            crate::io::write_all(to, data).map_err(CopyError::Write)?;
            total += count as u64;
        }
        Ok(total)
    }

    /// Copies the parts that hold data and leaves holes between them.
    fn copy_holes(&mut self, from: BorrowedFd<'_>, to: BorrowedFd<'_>, size: u64) -> Result<u64, CopyError> {
        let mut at = 0;
        while at < size {
            let data = match rustix::fs::seek(from, SeekFrom::Data(at)) {
                Ok(data) => data,
                // No more data: a hole up to the end.
                Err(Errno::NXIO) => break,
                Err(_) if at == 0 => return self.copy_plain(from, to, u64::MAX),
                Err(e) => return Err(CopyError::Read(e)),
            };
            let hole = rustix::fs::seek(from, SeekFrom::Hole(data)).unwrap_or(size);
            rustix::fs::seek(from, SeekFrom::Start(data)).map_err(CopyError::Read)?;
            rustix::fs::seek(to, SeekFrom::Start(data)).map_err(CopyError::Write)?;
            let length = hole.saturating_sub(data);
            let (done, finished) = copy_in_kernel(from, to, length)?;
            let done = if finished { done } else { done + self.copy_plain(from, to, length - done)? };
            if done < length {
                at = data + done;
                break;
            }
            at = hole;
        }
        rustix::fs::ftruncate(to, size.max(at)).map_err(CopyError::Write)?;
        Ok(size)
    }

    /// Copies, leaving a hole for every block of zeros.
    fn copy_zeros(&mut self, from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> Result<u64, CopyError> {
        const BLOCK: usize = 4096;
        let mut total: u64 = 0;
        loop {
            let buffer = self.buffer();
            let count = crate::io::read_full(from, buffer).map_err(CopyError::Read)?;
            if count == 0 {
                break;
            }
            for block in buffer.get(..count).unwrap_or_default().chunks(BLOCK) {
                if block.iter().all(|&b| b == 0) {
                    rustix::fs::seek(to, SeekFrom::Current(block.len() as i64)).map_err(CopyError::Write)?;
                } else {
                    crate::io::write_all(to, block).map_err(CopyError::Write)?;
                }
                total += block.len() as u64;
            }
        }
        rustix::fs::ftruncate(to, total).map_err(CopyError::Write)?;
        Ok(total)
    }
}

/// Lets the kernel copy at most `limit` bytes: copy_file_range(2), sendfile(2), splice(2), whichever works. Gives the bytes
/// copied and whether that was all (else the caller reads and writes the rest, which also finds the error).
pub fn copy_in_kernel(from: BorrowedFd<'_>, to: BorrowedFd<'_>, limit: u64) -> Result<(u64, bool), CopyError> {
    type Way = fn(BorrowedFd<'_>, BorrowedFd<'_>, usize) -> Result<usize, Errno>;
    let ways: [Way; 3] = [
        |from, to, n| rustix::fs::copy_file_range(from, None, to, None, n),
        |from, to, n| rustix::fs::sendfile(to, from, None, n),
        |from, to, n| rustix::pipe::splice(from, None, to, None, n, SpliceFlags::MOVE),
    ];
    let mut total: u64 = 0;
    for way in ways {
        loop {
            let want = limit.saturating_sub(total);
            if want == 0 {
                return Ok((total, true));
            }
            if crate::sys::signal::should_break() {
                return Err(CopyError::Read(Errno::INTR));
            }
            match way(from, to, usize::try_from(want).unwrap_or(STEP).min(STEP)) {
                // Files of /proc say at once that they are at their end.
                Ok(0) => return Ok((total, total > 0)),
                Ok(n) => {
                    if total == 0 && (n as u64) < want {
                        widen(to);
                    }
                    total += n as u64;
                }
                Err(Errno::INTR) if !crate::sys::signal::should_break() => {}
                Err(e @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG | Errno::PIPE)) => return Err(CopyError::Write(e)),
                // Not between these two: the next way.
                Err(_) => break,
            }
        }
    }
    Ok((total, false))
}

/// Makes room for more in a pipe, if it is one, so that the two sides wait for each other less often (a third of cat's time). Where
/// the user's share of the kernel's memory does not allow it, it stays as it is. A quarter of what a user may ask for: more is no
/// faster, and many pipes have to share (fcntl(2), /proc/sys/fs/pipe-user-pages-soft).
pub fn widen(fd: BorrowedFd<'_>) {
    const ROOM: usize = 1 << 18;
    if rustix::pipe::fcntl_getpipe_size(fd).is_ok_and(|room| room < ROOM) {
        let _ = rustix::pipe::fcntl_setpipe_size(fd, ROOM);
    }
}

/// What [`preserve`] keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    pub mode: bool,
    pub owner: bool,
    pub times: bool,
    pub xattr: bool,
}

fn timespec(stamp: Stamp) -> rustix::fs::Timespec {
    #[allow(clippy::useless_conversion, reason = "the fields differ by architecture")]
    rustix::fs::Timespec { tv_sec: stamp.sec, tv_nsec: stamp.nsec.into() }
}

/// Access and modification times for utimensat(2).
pub fn timestamps(atime: Stamp, mtime: Stamp) -> Timestamps {
    Timestamps { last_access: timespec(atime), last_modification: timespec(mtime) }
}

/// Gives `name` in `dir` the attributes of `meta`: owner first, for changing it takes set-id bits away, then mode, then times.
/// Symbolic links keep their mode. Where the owner cannot be kept, set-id bits are not kept either, and that is no error
/// for anybody but root.
pub fn preserve(dir: BorrowedFd<'_>, name: &[u8], meta: &Meta, keep: Keep) -> Result<(), Errno> {
    let mut mode = meta.permissions();
    if keep.owner {
        let owner = |uid, gid| crate::fs::chownat(dir, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW);
        let (uid, gid) = (Uid::from_raw(meta.uid), Gid::from_raw(meta.gid));
        if let Err(e) = owner(Some(uid), Some(gid)) {
            if e != Errno::PERM && e != Errno::INVAL || rustix::process::geteuid().is_root() {
                return Err(e);
            }
            // The group alone may be allowed.
            let _ = owner(None, Some(gid));
            mode &= 0o1777;
        }
    }
    if keep.mode && !meta.is_link() {
        crate::fs::chmodat(dir, name, Mode::from_raw_mode(mode))?;
    }
    if keep.times {
        crate::fs::utimensat(dir, name, &timestamps(meta.atime, meta.mtime), AtFlags::SYMLINK_NOFOLLOW)?;
    }
    Ok(())
}

/// The same for an open file; `from` is asked for extended attributes.
pub fn preserve_fd(from: BorrowedFd<'_>, to: BorrowedFd<'_>, meta: &Meta, keep: Keep) -> Result<(), Errno> {
    let mut mode = meta.permissions();
    if keep.owner {
        let (uid, gid) = (Uid::from_raw(meta.uid), Gid::from_raw(meta.gid));
        if let Err(e) = rustix::fs::fchown(to, Some(uid), Some(gid)) {
            if e != Errno::PERM && e != Errno::INVAL || rustix::process::geteuid().is_root() {
                return Err(e);
            }
            let _ = rustix::fs::fchown(to, None, Some(gid));
            mode &= 0o1777;
        }
    }
    if keep.xattr {
        copy_xattrs(from, to)?;
    }
    if keep.mode {
        rustix::fs::fchmod(to, Mode::from_raw_mode(mode))?;
    }
    if keep.times {
        rustix::fs::futimens(to, &timestamps(meta.atime, meta.mtime))?;
    }
    Ok(())
}

/// Copies the extended attributes (access control lists are among them). A file system without them is no error.
pub fn copy_xattrs(from: impl AsFd, to: impl AsFd) -> Result<(), Errno> {
    // The kernel's limits: 64 KiB for the list and for each value.
    let mut names = vec![0u8; 65536];
    let len = match rustix::fs::flistxattr(&from, names.as_mut_slice()) {
        Ok(0) | Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(()),
        len => len?,
    };
    names.truncate(len);
    let mut value = vec![0u8; 65536];
    for name in names.split(|&b| b == 0).filter(|n| !n.is_empty()) {
        let len = match rustix::fs::fgetxattr(&from, name, value.as_mut_slice()) {
            Err(Errno::NODATA) => continue,
            len => len?,
        };
        let data = value.get(..len).unwrap_or_default();
        match rustix::fs::fsetxattr(&to, name, data, rustix::fs::XattrFlags::empty()) {
            // Those of other name spaces are the system's own affair.
            Err(Errno::PERM | Errno::NOTSUP | Errno::ACCESS) => {}
            done => done?,
        }
    }
    Ok(())
}

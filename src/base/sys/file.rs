//! Files: what neither rustix nor a path without races offers.

use core::ffi::{CStr, c_long};
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// fchmodat2(2) came with Linux 6.6; its number is the same on every architecture.
const FCHMODAT2: c_long = 452;

/// Changes the mode of `name` in `dir`, never that of what a symbolic link there leads to (`EOPNOTSUPP` then): fchmodat2(2), or
/// on older kernels through `/proc/self/fd`; without `/proc` by name, after a look that it is no link.
pub fn chmod_nofollow(dir: BorrowedFd<'_>, name: &[u8], mode: u32) -> Result<(), Errno> {
    match crate::fs::with(name, |path| fchmodat2(dir, path, mode)) {
        // Sandboxes answer EPERM to calls they do not know.
        Err(Errno::NOSYS | Errno::PERM) => {}
        done => return done,
    }
    let mode = Mode::from_raw_mode(mode);
    let fd = crate::fs::openat(dir, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    let meta = crate::meta::Meta::of_fd(&fd)?;
    if meta.is_link() {
        return Err(Errno::OPNOTSUPP);
    }
    let mut path = b"/proc/self/fd/".to_vec();
    crate::number::push_i64(&mut path, i64::from(fd.as_raw_fd()));
    match crate::fs::chmod(&path, mode) {
        Err(Errno::NOENT | Errno::NOTDIR) => crate::fs::chmodat(dir, name, mode),
        done => done,
    }
}

fn fchmodat2(dir: BorrowedFd<'_>, path: &CStr, mode: u32) -> Result<(), Errno> {
    // SAFETY: the path is a terminated string and the descriptor is borrowed for the call; the kernel writes nothing.
    let result = unsafe {
        libc::syscall(FCHMODAT2, dir.as_raw_fd(), path.as_ptr(), mode as c_long, libc::AT_SYMLINK_NOFOLLOW as c_long)
    };
    if result == 0 { Ok(()) } else { Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)) }
}

//! Saving what an editor has: the old content stays until the new one is whole.

use base::Errno;
use base::meta::Meta;
use base::replace::Replacement;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{Mode, OFlags};

/// What writes the content to a descriptor and gives its size.
pub type Writer<'w> = &'w mut dyn FnMut(BorrowedFd) -> Result<u64, Errno>;

/// Makes what `writer` writes the content of `path`, in one step.
pub fn replace(path: &[u8], writer: Writer) -> Result<u64, Errno> {
    if Meta::of(path, true).is_ok_and(|old| old.is_file() && old.nlink > 1) {
        return Err(Errno::PERM);
    }
    let new = Replacement::begin(path, 0o666)?;
    let size = writer(new.file())?;
    new.commit()?;
    Ok(size)
}

/// Whether the error of [`replace`] means that the file can at best be written [over](overwrite): a device, a file with other
/// links, a directory that takes no new file.
pub fn is_only_in_place(errno: Errno) -> bool {
    matches!(errno, Errno::INVAL | Errno::ACCESS | Errno::PERM | Errno::ROFS)
}

/// Writes over the content of a file that is there. What was there is lost at once.
pub fn overwrite(path: &[u8], writer: Writer) -> Result<u64, Errno> {
    let flags = OFlags::WRONLY | OFlags::TRUNC | OFlags::CLOEXEC | OFlags::NOCTTY;
    let fd = base::fs::open(path, flags, Mode::empty())?;
    let size = writer(fd.as_fd())?;
    match rustix::fs::fsync(&fd) {
        Ok(()) | Err(Errno::INVAL | Errno::NOSYS | Errno::ROFS) => Ok(size),
        Err(errno) => Err(errno),
    }
}

/// Writes to the end of `path`, which is made where there is none.
pub fn append(path: &[u8], writer: Writer) -> Result<u64, Errno> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOCTTY;
    let fd = base::fs::open(path, flags, Mode::from_raw_mode(0o666))?;
    writer(fd.as_fd())
}

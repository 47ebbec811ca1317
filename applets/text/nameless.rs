//! Files without a name, for what a command reads or writes.

use base::Errno;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, SeekFrom};

/// An empty file that is in no directory any more, open for reading and writing.
pub fn create(content: &[u8]) -> Result<OwnedFd, Errno> {
    for folder in [&b"/tmp"[..], b"/var/tmp", b"."] {
        let name = base::bytes::fill("%/.cairn-%", &[folder, &base::replace::random_letters(8)]);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        if let Ok(fd) = base::fs::open(name.as_slice(), flags, Mode::from_raw_mode(0o600)) {
            let _ = base::fs::unlink(name.as_slice());
            if base::io::write_all(fd.as_fd(), content).is_ok() {
                return Ok(fd);
            }
        }
    }
    Err(Errno::NOSPC)
}

/// Such a file that has these bytes, to be read from its beginning.
pub fn holding(bytes: &[u8]) -> Result<OwnedFd, Errno> {
    let fd = create(bytes)?;
    rewind(&fd)?;
    Ok(fd)
}

/// Goes back to the beginning.
pub fn rewind(fd: &OwnedFd) -> Result<(), Errno> {
    rustix::fs::seek(fd, SeekFrom::Start(0)).map(|_| ())
}

//! A loop device for `mount -o loop`.

use base::error::{Errno, Error, Result};
use base::sys::loops;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};

/// What the options ask for.
#[derive(Clone, Default)]
pub struct Loop {
    /// The device; empty for any.
    pub device: Vec<u8>,
    pub offset: u64,
    pub size_limit: u64,
}

impl Loop {
    /// Makes the device show the file. Gives its path and the open device: closing it before the mount would free it.
    pub fn set_up(&self, file: &[u8], read_only: bool) -> Result<(Vec<u8>, OwnedFd)> {
        let open = |path: &[u8], flags: OFlags| base::fs::open(path, flags | OFlags::CLOEXEC, Mode::empty());
        let (fd, read_only) = match open(file, if read_only { OFlags::RDONLY } else { OFlags::RDWR }) {
            Err(Errno::ROFS | Errno::ACCESS | Errno::PERM) if !read_only => (open(file, OFlags::RDONLY), true),
            opened => (opened, read_only),
        };
        let fd = fd.map_err(|errno| Error::system(file, errno))?;
        // Another may take the device that was free.
        for _ in 0..64 {
            let device = if self.device.is_empty() {
                let control = b"/dev/loop-control";
                let failed = |errno| Error::system(control, errno);
                let control = open(control, OFlags::RDWR).map_err(failed)?;
                let mut path = b"/dev/loop".to_vec();
                base::number::push_u64(&mut path, loops::free_number(control.as_fd()).map_err(failed)?.into());
                path
            } else {
                self.device.clone()
            };
            let failed = |errno| Error::system(device.as_slice(), errno);
            let flags = if read_only { OFlags::RDONLY } else { OFlags::RDWR };
            let open = open(&device, flags).map_err(failed)?;
            match loops::configure(open.as_fd(), fd.as_fd(), self.offset, self.size_limit, read_only, file) {
                Ok(()) => return Ok((device, open)),
                Err(Errno::BUSY) if self.device.is_empty() => {}
                Err(errno) => return Err(failed(errno)),
            }
        }
        Err(Error::message("no loop device is free"))
    }
}

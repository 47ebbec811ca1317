//! A small file read whole, without std::fs.

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// Reads the file at `path`; at most `limit` bytes of it, so that a device or a lying size does no harm.
pub fn read(path: &[u8], limit: usize) -> Result<Vec<u8>, Errno> {
    let fd = crate::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty())?;
    let mut data = Vec::new();
    while data.len() < limit {
        let filled = data.len();
        data.resize((filled + filled.max(4096)).min(limit), 0);
        match rustix::io::read(&fd, data.get_mut(filled..).unwrap_or_default()) {
            Ok(0) => {
                data.truncate(filled);
                break;
            }
            Ok(n) => data.truncate(filled + n),
            Err(Errno::INTR) => data.truncate(filled),
            Err(e) => return Err(e),
        }
    }
    Ok(data)
}

//! Loop devices: files as block devices (linux/loop.h).

use super::signal::last_errno;
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::Errno;

const LOOP_CTL_GET_FREE: u32 = 0x4c82;
const LOOP_CONFIGURE: u32 = 0x4c0a;
const READ_ONLY: u32 = 1;
const AUTOCLEAR: u32 = 4;

/// struct loop_config with its struct loop_info64, of which the parts we set have names.
#[repr(C)]
struct Config {
    file: u32,
    block_size: u32,
    numbers: [u64; 3],
    offset: u64,
    size_limit: u64,
    more: [u32; 3],
    flags: u32,
    name: [u8; 64],
    rest: [u64; 22],
}

/// ioctl LOOP_CTL_GET_FREE on /dev/loop-control: the number of a device that is free now, and may be taken by another meanwhile.
pub fn free_number(control: BorrowedFd<'_>) -> Result<u32, Errno> {
    // SAFETY: this request takes no argument.
    let result = unsafe { libc::ioctl(control.as_raw_fd(), LOOP_CTL_GET_FREE as _) };
    u32::try_from(result).map_err(|_| last_errno())
}

/// ioctl LOOP_CONFIGURE: makes `device` show `file` from `offset` on, `size_limit` bytes of it (0: all). It is freed when nobody
/// uses it any more. EBUSY: it is taken.
pub fn configure(
    device: BorrowedFd<'_>,
    file: BorrowedFd<'_>,
    offset: u64,
    size_limit: u64,
    read_only: bool,
    path: &[u8],
) -> Result<(), Errno> {
    let mut config = Config {
        file: file.as_raw_fd().unsigned_abs(),
        block_size: 0,
        numbers: [0; 3],
        offset,
        size_limit,
        more: [0; 3],
        flags: AUTOCLEAR | if read_only { READ_ONLY } else { 0 },
        name: [0; 64],
        rest: [0; 22],
    };
    // What losetup shows; the last byte stays 0.
    for (to, from) in config.name.iter_mut().zip(path.iter().take(63)) {
        *to = *from;
    }
    // SAFETY: the kernel only reads a struct loop_config, which is what `Config` is: 304 bytes, all initialised.
    let result = unsafe { libc::ioctl(device.as_raw_fd(), LOOP_CONFIGURE as _, &raw const config) };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

const _: () = assert!(core::mem::size_of::<Config>() == 304);

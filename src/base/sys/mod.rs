//! System calls and process facts that need `unsafe`. What rustix offers safely is used from rustix directly.
//!
//! # Safety
//! Every block says why it holds. Nothing here keeps a pointer that outlives its call, except into the process's own
//! argument and environment vectors, which live as long as the process and which nothing writes to: no function here or
//! elsewhere calls `setenv` or `putenv`.

pub mod allocator;
pub mod clock;
pub mod count;
pub mod file;
pub mod loops;
#[cfg(target_arch = "x86_64")]
mod memory;
pub mod process;
pub mod shift;
pub mod signal;
pub mod thread;

use core::ffi::{CStr, c_char, c_int};
use rustix::fd::{BorrowedFd, RawFd};
use rustix::io::Errno;

unsafe extern "C" {
    static environ: *const *const c_char;
}

/// The arguments the C runtime handed to `main`.
///
/// # Safety
/// `argv` is `main`'s own vector: `argc` pointers to strings that live as long as the process.
pub unsafe fn arguments(argc: c_int, argv: *const *const c_char) -> Vec<&'static [u8]> {
    let count = usize::try_from(argc).unwrap_or(0);
    let mut arguments = Vec::with_capacity(count.saturating_add(1));
    for index in 0..count {
        // SAFETY: index < argc, and the caller vouches for the vector.
        let pointer = unsafe { *argv.add(index) };
        if pointer.is_null() {
            break;
        }
        // SAFETY: a string of the argument vector is terminated and lives as long as the process.
        arguments.push(unsafe { CStr::from_ptr(pointer) }.to_bytes());
    }
    arguments
}

/// The process's environment as it was at the start: `NAME=value` strings.
pub fn environment() -> impl Iterator<Item = &'static CStr> {
    // SAFETY: `environ` is set before `main` and never written to (see the head of this module).
    let mut next = unsafe { environ };
    core::iter::from_fn(move || {
        if next.is_null() {
            return None;
        }
        // SAFETY: the vector ends with a null pointer, and we stop there.
        let entry = unsafe { *next };
        if entry.is_null() {
            return None;
        }
        // SAFETY: not past the end, since the entry was not null.
        next = unsafe { next.add(1) };
        // SAFETY: an entry is a terminated string that lives as long as the process.
        Some(unsafe { CStr::from_ptr(entry) })
    })
}

/// A descriptor by its number, for numbers that come from outside: 0 to 2, or a redirection of the shell.
///
/// It may be closed, then each use gives EBADF: no memory safety hangs on it. A negative number becomes one that is
/// never open.
pub fn descriptor(number: RawFd) -> BorrowedFd<'static> {
    let number = if number < 0 { RawFd::MAX } else { number };
    // SAFETY: not -1; cairn treats numbers given by its caller as borrowed for the life of the process.
    unsafe { BorrowedFd::borrow_raw(number) }
}

/// What getauxval(3) knows of what the kernel told this process at its start.
pub mod auxiliary {
    use core::ffi::CStr;

    fn value(key: libc::c_ulong) -> libc::c_ulong {
        // SAFETY: takes any number; 0 where the kernel said nothing of it.
        unsafe { libc::getauxval(key) }
    }

    /// The path that was executed, as execve(2) got it; it stands at the very top of the first thread's stack.
    pub fn executed() -> &'static CStr {
        let path = core::ptr::with_exposed_provenance::<core::ffi::c_char>(value(libc::AT_EXECFN) as usize);
        if path.is_null() {
            return c"";
        }
        // SAFETY: the kernel wrote a terminated string there, which lives as long as the process.
        unsafe { CStr::from_ptr(path) }
    }

    /// The bytes of a page.
    pub fn page_size() -> u64 {
        value(libc::AT_PAGESZ)
    }

    /// The ticks a second in which the kernel counts times for other programs.
    pub fn clock_ticks() -> u64 {
        value(libc::AT_CLKTCK)
    }
}

/// strerror(3).
pub fn strerror(errno: Errno) -> &'static str {
    // SAFETY: strerror takes any number.
    let text = unsafe { libc::strerror(errno.raw_os_error()) };
    if text.is_null() {
        return "Unknown error";
    }
    // SAFETY: musl returns a pointer to a constant; glibc (unit tests only) to one for every known number.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or("Unknown error")
}

/// _exit(2): leaves at once. Streams were flushed by the caller.
pub fn exit(status: u8) -> ! {
    // SAFETY: takes any status and does not return.
    unsafe { libc::_exit(c_int::from(status)) }
}

/// dup2(2) on bare numbers, as redirections have them.
pub fn duplicate_onto(from: RawFd, to: RawFd) -> bool {
    // SAFETY: dup2 takes any numbers; what `to` was is replaced, which is what the caller wants.
    unsafe { libc::dup2(from, to) >= 0 }
}

/// Takes away what closes a descriptor at exec.
pub fn keep_over_exec(number: RawFd) -> bool {
    // SAFETY: takes any number.
    unsafe { libc::fcntl(number, libc::F_SETFD, 0) == 0 }
}

/// Fills the standard descriptors that are closed, so that no file opened later is taken for one of them: by what can be neither
/// read nor written (EBADF, as if closed) and is closed in other programs.
pub fn plug_standard() {
    for number in 0..=2 {
        if rustix::io::fcntl_getfd(descriptor(number)).is_err() {
            let flags = rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC;
            // The lowest free number is this one: those below it are open by now.
            if let Ok(plug) = crate::fs::open(c"/", flags, rustix::fs::Mode::empty()) {
                core::mem::forget(plug);
            }
        }
    }
}

/// close(2) on a bare number, for descriptors that nobody owns as a value.
pub fn close(number: RawFd) {
    // SAFETY: close takes any number; the caller does not own it as an OwnedFd.
    unsafe { libc::close(number) };
}

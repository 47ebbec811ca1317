//! Processes: fork, exec, spawn, and waiting for them.

use super::signal::{self, last_errno};
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicI32, Ordering};
use rustix::io::Errno;
use std::ffi::CString;

/// A process number.
pub type Pid = i32;

/// How a process ended or changed, from waitpid(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// It left with this status.
    Exited(u8),
    /// This signal ended it; whether it left a core.
    Signalled(i32, bool),
    /// This signal stopped it.
    Stopped(i32),
    /// It goes on.
    Continued,
}

impl Wait {
    /// The status a shell gives: the exit status, or 128 and the signal's number.
    pub fn shell_status(self) -> u8 {
        match self {
            Wait::Exited(status) => status,
            Wait::Signalled(signal, _) | Wait::Stopped(signal) => {
                128u8.saturating_add(u8::try_from(signal).unwrap_or(127))
            }
            Wait::Continued => 0,
        }
    }
}

/// fork(2): None in the child, the child's number in the parent. cairn forks only while it has one thread.
pub fn fork() -> Result<Option<Pid>, Errno> {
    // SAFETY: with one thread, the child may do all that the parent may.
    match unsafe { libc::fork() } {
        -1 => Err(last_errno()),
        0 => Ok(None),
        pid => Ok(Some(pid)),
    }
}

/// waitpid(2) for `pid` (-1 any, 0 the group, below -1 a group); None where `nohang` and nothing changed.
///
/// EINTR is returned, for a shell must look at its traps.
pub fn wait(pid: Pid, nohang: bool, stopped: bool) -> Result<Option<(Pid, Wait)>, Errno> {
    let mut status = 0;
    let mut flags = 0;
    if nohang {
        flags |= libc::WNOHANG;
    }
    if stopped {
        flags |= libc::WUNTRACED | libc::WCONTINUED;
    }
    // SAFETY: `status` is ours.
    let result = unsafe { libc::waitpid(pid, &raw mut status, flags) };
    match result {
        -1 => Err(last_errno()),
        0 => Ok(None),
        pid => Ok(Some((pid, decode(status)))),
    }
}

/// What a process and its waited-for children used, from wait4(2).
#[derive(Clone, Copy, Default, Debug)]
pub struct Usage {
    /// Time in user mode.
    pub user: core::time::Duration,
    /// Time in the kernel.
    pub system: core::time::Duration,
    counts: [(u8, u64); 11],
}

impl Usage {
    /// A figure by the letter that time(1) has for it: `M` memory at most in KiB, `F` `R` page faults with and without reading,
    /// `w` `c` switches of its own and not, `I` `O` blocks read and written, `W` swaps, `s` `r` messages, `k` signals.
    pub fn count(&self, letter: u8) -> Option<u64> {
        self.counts.iter().find(|count| count.0 == letter).map(|count| count.1)
    }
}

/// Waits for the child `pid` to end; also what it used. EINTR is returned.
pub fn wait_usage(pid: Pid) -> Result<(Wait, Usage), Errno> {
    let mut status = 0;
    // SAFETY: plain data, which the call overwrites.
    let mut used: libc::rusage = unsafe { core::mem::zeroed() };
    // SAFETY: both objects are ours.
    if unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut used) } < 0 {
        return Err(last_errno());
    }
    let time = |value: libc::timeval| {
        let micros = u64::try_from(value.tv_usec).unwrap_or(0);
        core::time::Duration::from_secs(u64::try_from(value.tv_sec).unwrap_or(0))
            .saturating_add(core::time::Duration::from_micros(micros))
    };
    let counts = [
        (b'M', used.ru_maxrss),
        (b'F', used.ru_majflt),
        (b'R', used.ru_minflt),
        (b'w', used.ru_nvcsw),
        (b'c', used.ru_nivcsw),
        (b'I', used.ru_inblock),
        (b'O', used.ru_oublock),
        (b'W', used.ru_nswap),
        (b's', used.ru_msgsnd),
        (b'r', used.ru_msgrcv),
        (b'k', used.ru_nsignals),
    ]
    .map(|(letter, value)| (letter, u64::try_from(value).unwrap_or(0)));
    Ok((decode(status), Usage { user: time(used.ru_utime), system: time(used.ru_stime), counts }))
}

fn decode(status: i32) -> Wait {
    if libc::WIFEXITED(status) {
        Wait::Exited(u8::try_from(libc::WEXITSTATUS(status) & 0xff).unwrap_or(u8::MAX))
    } else if libc::WIFSIGNALED(status) {
        Wait::Signalled(libc::WTERMSIG(status), libc::WCOREDUMP(status))
    } else if libc::WIFSTOPPED(status) {
        Wait::Stopped(libc::WSTOPSIG(status))
    } else {
        Wait::Continued
    }
}

/// getpgrp(2): our own process group, or 0 where it was made outside of our pid namespace and has no number here (rustix takes
/// that for impossible).
pub fn group() -> Pid {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::getpgrp() }
}

/// ioctl TIOCSCTTY: makes the terminal `fd` that of the session this process leads; root takes it from another session.
pub fn take_terminal(fd: i32) -> Result<(), Errno> {
    // SAFETY: this request takes a number, and any descriptor number may be asked.
    if unsafe { libc::ioctl(fd, libc::TIOCSCTTY, 1) } == 0 { Ok(()) } else { Err(last_errno()) }
}

/// kill(2): sends `signal` (0 only asks) to `pid`, to a group (below -1), to the own group (0) or to all (-1).
pub fn kill(pid: Pid, signal: i32) -> Result<(), Errno> {
    // SAFETY: takes any numbers.
    if unsafe { libc::kill(pid, signal) } == 0 { Ok(()) } else { Err(last_errno()) }
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
}

/// execve(2): replaces the process; returns only the error.
pub fn execve(path: &CStr, argv: &[CString], envp: &[CString]) -> Errno {
    let argv = pointers(argv);
    let envp = pointers(envp);
    // SAFETY: both vectors end with null and their strings outlive the call.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), envp.as_ptr()) };
    last_errno()
}

/// What a spawned process gets besides its arguments.
#[derive(Default)]
pub struct SpawnOptions<'a> {
    /// `(from, to)`: descriptor `from` becomes `to`, in this order; `from == to` only clears close-on-exec.
    pub dup: &'a [(i32, i32)],
    /// Descriptors to close, after the duplications.
    pub close: &'a [i32],
    /// A process group to enter: 0 makes a new one.
    pub group: Option<Pid>,
    /// A descriptor of the directory to work in.
    pub directory: Option<i32>,
    /// Signals set back to their default.
    pub default_signals: &'a [i32],
}

impl SpawnOptions<'_> {
    /// Does it to this process, a child, which leads no other life than this; whether all of it could be done. Allocates nothing.
    pub fn apply(&self) -> bool {
        let mut done = true;
        if let Some(group) = self.group {
            // SAFETY: takes any numbers.
            done &= unsafe { libc::setpgid(0, group) } == 0;
        }
        for (from, to) in self.dup {
            done &= if from == to { super::keep_over_exec(*from) } else { super::duplicate_onto(*from, *to) };
        }
        for fd in self.close {
            super::close(*fd);
        }
        if let Some(directory) = self.directory {
            // SAFETY: takes any number.
            done &= unsafe { libc::fchdir(directory) } == 0;
        }
        for number in self.default_signals {
            signal::set_default_apart(*number);
        }
        done
    }
}

/// What a process that is being spawned needs, and the error it could not be spawned for.
struct Start<'a> {
    path: &'a CStr,
    argv: *const *const c_char,
    envp: *const *const c_char,
    options: &'a SpawnOptions<'a>,
    /// The signals that have a handler, and the mask from before they were blocked.
    handled: u64,
    mask: libc::sigset_t,
    errno: AtomicI32,
}

/// The child's part of [`spawn`], in memory that is the parent's.
extern "C" fn begin(start: *mut c_void) -> c_int {
    // SAFETY: spawn hands over its own Start, which it keeps while it waits for us.
    let start = unsafe { &*start.cast::<Start>() };
    let ready = start.options.apply();
    if start.handled != 0 {
        // No handler may run here: what it notes would be noted in the parent. The dispositions are our own.
        for number in (1..64).filter(|number| start.handled >> number & 1 != 0) {
            signal::set_default_apart(number);
        }
        // SAFETY: the mask is initialised where there are handlers.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const start.mask, ptr::null_mut()) };
    }
    if ready {
        // SAFETY: both vectors end with null, and they and their strings are the parent's, which waits.
        unsafe { libc::execve(start.path.as_ptr(), start.argv, start.envp) };
    }
    start.errno.store(last_errno().raw_os_error(), Ordering::Relaxed);
    c_int::from(u8::MAX)
}

/// Starts a program in a child that has the parent's memory until its execve(2), while the parent waits: as quick as vfork(2), and
/// what the child may do is [`begin`] alone. Three system calls, where posix_spawn(3) needs a dozen.
pub fn spawn(path: &CStr, argv: &[CString], envp: &[CString], options: &SpawnOptions) -> Result<Pid, Errno> {
    let argv = pointers(argv);
    let envp = pointers(envp);
    let handled = signal::handled();
    // SAFETY: an all-zero set is a valid value.
    let mask: libc::sigset_t = unsafe { core::mem::zeroed() };
    let (argv, envp) = (argv.as_ptr(), envp.as_ptr());
    let mut start = Start { path, argv, envp, options, handled, mask, errno: AtomicI32::new(0) };
    if handled != 0 {
        // SAFETY: both sets are ours; the first is filled before it is used.
        unsafe {
            let mut all = mask;
            libc::sigfillset(&raw mut all);
            libc::sigprocmask(libc::SIG_BLOCK, &raw const all, &raw mut start.mask);
        }
    }
    let mut stack = Stack([const { MaybeUninit::uninit() }; STACK]);
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the child runs on a stack of its own, and this thread waits until it has left it (CLONE_VFORK), so that all that it
    // is given lives long enough. It changes nothing of the parent's but `errno`s.
    let pid = unsafe {
        let top = stack.0.as_mut_ptr().add(STACK).cast::<c_void>();
        libc::clone(begin, top, flags, (&raw mut start).cast::<c_void>())
    };
    let failed = last_errno();
    if handled != 0 {
        // SAFETY: the mask was written above.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const start.mask, ptr::null_mut()) };
    }
    if pid < 0 {
        return Err(failed);
    }
    match start.errno.load(Ordering::Relaxed) {
        0 => Ok(pid),
        errno => {
            while wait(pid, false, false) == Err(Errno::INTR) {}
            Err(Errno::from_raw_os_error(errno))
        }
    }
}

/// The bytes of the stack that [`begin`] runs on.
const STACK: usize = 16 << 10;

/// A stack begins where a call would leave it.
#[repr(align(16))]
struct Stack([MaybeUninit<u8>; STACK]);

/// The namespaces of unshare(2), as bits: CLONE_NEWNS and its like.
pub mod namespace {
    pub const MOUNT: i32 = libc::CLONE_NEWNS;
    pub const UTS: i32 = libc::CLONE_NEWUTS;
    pub const IPC: i32 = libc::CLONE_NEWIPC;
    pub const NET: i32 = libc::CLONE_NEWNET;
    pub const PID: i32 = libc::CLONE_NEWPID;
    pub const USER: i32 = libc::CLONE_NEWUSER;
    pub const CGROUP: i32 = libc::CLONE_NEWCGROUP;
    pub const TIME: i32 = 0x80;
}

/// unshare(2): moves the process into new namespaces. Not for sharing out descriptors or memory.
pub fn unshare(namespaces: i32) -> Result<(), Errno> {
    use namespace::{CGROUP, IPC, MOUNT, NET, PID, TIME, USER, UTS};
    let allowed = MOUNT | UTS | IPC | NET | PID | USER | CGROUP | TIME;
    // SAFETY: only namespaces are changed, nothing of the process's memory or descriptors.
    let result = unsafe { libc::unshare(namespaces & allowed) };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// prctl(PR_SET_PDEATHSIG): asks for `signal` when the parent ends.
pub fn set_parent_death_signal(signal: i32) -> Result<(), Errno> {
    // SAFETY: takes a number.
    let result = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::c_ulong::from(signal.unsigned_abs()), 0, 0, 0) };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// setgroups(2).
pub fn set_groups(groups: &[u32]) -> Result<(), Errno> {
    // SAFETY: the pointer and the length are of one slice.
    let result = unsafe { libc::setgroups(groups.len() as _, groups.as_ptr()) };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// setgid(2) for the whole process: real, effective and saved where privileged.
pub fn set_gid(gid: u32) -> Result<(), Errno> {
    // SAFETY: takes a number.
    let result = unsafe { libc::setgid(gid) };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// setuid(2) for the whole process: real, effective and saved where privileged.
pub fn set_uid(uid: u32) -> Result<(), Errno> {
    // SAFETY: takes a number.
    let result = unsafe { libc::setuid(uid) };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// getrusage(2): processor time in microseconds: the process's in user and in system mode, then the same of its children.
pub fn cpu_times() -> [u64; 4] {
    let mut times = [0u64; 4];
    for (pair, who) in times.chunks_exact_mut(2).zip([libc::RUSAGE_SELF, libc::RUSAGE_CHILDREN]) {
        // SAFETY: an all-zero rusage is a valid value to be overwritten.
        let mut usage: libc::rusage = unsafe { core::mem::zeroed() };
        // SAFETY: `usage` is ours.
        unsafe { libc::getrusage(who, &raw mut usage) };
        for (place, time) in pair.iter_mut().zip([usage.ru_utime, usage.ru_stime]) {
            let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
            *place = seconds.saturating_mul(1_000_000).saturating_add(u64::try_from(time.tv_usec).unwrap_or(0));
        }
    }
    times
}

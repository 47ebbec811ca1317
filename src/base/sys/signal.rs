//! Signal dispositions, masks and the flags that handlers set.

use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use rustix::io::Errno;

/// SIGPIPE: nobody reads what was written.
pub const PIPE: i32 = libc::SIGPIPE;

/// What a signal does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// The system's default.
    Default,
    /// Nothing.
    Ignore,
    /// Marks the signal as pending, to be taken with [`take`]; interrupts blocking system calls with EINTR.
    Note,
}

/// Bit `n` is set when signal `n` was caught and not yet taken.
static PENDING: AtomicU64 = AtomicU64::new(0);
/// Bit `n` is set while signal `n` has a handler.
static HANDLED: AtomicU64 = AtomicU64::new(0);
/// Whether a caught SIGINT makes the streams give up with EINTR (an applet inside a shell's process).
static BREAK_IO: AtomicBool = AtomicBool::new(false);

extern "C" fn note(signal: c_int) {
    PENDING.fetch_or(bit(signal), Ordering::SeqCst);
}

/// The bit that stands for a signal, none where there is no such number.
fn bit(signal: i32) -> u64 {
    u32::try_from(signal).ok().and_then(|number| 1u64.checked_shl(number)).unwrap_or(0)
}

/// sigaction(2): sets the disposition of `signal` and returns whether that worked. System calls are not restarted.
pub fn set(signal: i32, action: Action) -> Result<(), Errno> {
    match action {
        Action::Note => HANDLED.fetch_or(bit(signal), Ordering::Relaxed),
        _ => HANDLED.fetch_and(!bit(signal), Ordering::Relaxed),
    };
    dispose(signal, action)
}

/// The signals that have a handler, as bits.
pub(super) fn handled() -> u64 {
    HANDLED.load(Ordering::Relaxed)
}

/// The system's default for `signal` in a process that has this one's memory, and dispositions of its own.
pub(super) fn set_default_apart(signal: i32) {
    let _ = dispose(signal, Action::Default);
}

fn dispose(signal: i32, action: Action) -> Result<(), Errno> {
    // SAFETY: an all-zero sigaction is a valid value.
    let mut new: libc::sigaction = unsafe { core::mem::zeroed() };
    new.sa_sigaction = match action {
        Action::Default => libc::SIG_DFL,
        Action::Ignore => libc::SIG_IGN,
        Action::Note => note as *const () as libc::sighandler_t,
    };
    // SAFETY: `new` is initialised, and the handler only touches an atomic.
    let result = unsafe { libc::sigaction(signal, &raw const new, core::ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// The disposition of `signal` now; a handler of any kind counts as `Note`.
pub fn get(signal: i32) -> Result<Action, Errno> {
    // SAFETY: an all-zero sigaction is a valid value to be overwritten.
    let mut old: libc::sigaction = unsafe { core::mem::zeroed() };
    // SAFETY: only reads the disposition.
    let result = unsafe { libc::sigaction(signal, core::ptr::null(), &raw mut old) };
    if result != 0 {
        return Err(last_errno());
    }
    Ok(match old.sa_sigaction {
        libc::SIG_DFL => Action::Default,
        libc::SIG_IGN => Action::Ignore,
        _ => Action::Note,
    })
}

/// Marks a signal that was taken synchronously (see [`wait_for`]) as caught, as its handler would have done.
pub fn mark(signal: i32) {
    note(signal);
}

/// Takes the lowest pending caught signal, if any.
pub fn take() -> Option<i32> {
    let pending = PENDING.load(Ordering::SeqCst);
    if pending == 0 {
        return None;
    }
    let bit = pending.trailing_zeros();
    PENDING.fetch_and(!(1u64.checked_shl(bit).unwrap_or(0)), Ordering::SeqCst);
    i32::try_from(bit).ok()
}

/// Takes `signal`, if it was caught and waits; gives whether it did.
pub fn take_one(signal: i32) -> bool {
    PENDING.fetch_and(!bit(signal), Ordering::SeqCst) & bit(signal) != 0
}

/// Whether any caught signal waits to be taken.
pub fn pending() -> bool {
    PENDING.load(Ordering::SeqCst) != 0
}

/// Whether `signal` was caught and waits to be taken.
pub fn is_pending(signal: i32) -> bool {
    PENDING.load(Ordering::SeqCst) & bit(signal) != 0
}

/// Forgets all pending signals (in a child after fork).
pub fn forget() {
    PENDING.store(0, Ordering::SeqCst);
}

/// Makes streams give up with EINTR while a SIGINT is pending; the shell switches it on around an applet it runs in-process.
pub fn break_io(on: bool) {
    BREAK_IO.store(on, Ordering::SeqCst);
}

/// Whether a stream that got EINTR should give up instead of trying again.
pub fn should_break() -> bool {
    BREAK_IO.load(Ordering::SeqCst) && is_pending(libc::SIGINT)
}

/// sigprocmask(2): blocks or unblocks `signals` for this process.
pub fn block(signals: &[i32], blocked: bool) -> Result<(), Errno> {
    // SAFETY: sigset_t is plain data, and sigemptyset initialises it.
    let mut set: libc::sigset_t = unsafe { core::mem::zeroed() };
    // SAFETY: `set` is ours.
    unsafe { libc::sigemptyset(&raw mut set) };
    for signal in signals {
        // SAFETY: `set` is ours; a bad number is refused by the call.
        unsafe { libc::sigaddset(&raw mut set, *signal) };
    }
    let how = if blocked { libc::SIG_BLOCK } else { libc::SIG_UNBLOCK };
    // SAFETY: `set` is initialised.
    let result = unsafe { libc::sigprocmask(how, &raw const set, core::ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// Waits until one of `signals`, which are blocked, arrives or `timeout` passes (sigtimedwait(2)); None is the timeout.
pub fn wait_for(signals: &[i32], timeout: Option<core::time::Duration>) -> Result<Option<i32>, Errno> {
    // SAFETY: as in `block`.
    let mut set: libc::sigset_t = unsafe { core::mem::zeroed() };
    // SAFETY: `set` is ours.
    unsafe { libc::sigemptyset(&raw mut set) };
    for signal in signals {
        // SAFETY: `set` is ours.
        unsafe { libc::sigaddset(&raw mut set, *signal) };
    }
    let spec = timeout.map(|time| libc::timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    });
    let pointer = spec.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
    // SAFETY: `set` and the time are initialised and outlive the call; no information is asked for.
    let result = unsafe { libc::sigtimedwait(&raw const set, core::ptr::null_mut(), pointer) };
    match result {
        -1 if last_errno() == Errno::AGAIN => Ok(None),
        -1 => Err(last_errno()),
        signal => Ok(Some(signal)),
    }
}

pub(super) fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

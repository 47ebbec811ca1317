//! stack - how much of the process's stack is left, so that deep nesting ends in an error message and not in a crash.

use rustix::process::{Resource, getrlimit};

/// The lowest address the interpreter may reach (stacks grow downwards on every machine cairn runs on).
#[derive(Clone, Copy)]
pub struct Stack {
    lowest: usize,
}

/// A stack that is never limited by the system is still not used without end.
const MOST: u64 = 64 << 20;
/// What applets run inside the process, and the way down to `main`, may need.
const RESERVE: u64 = 512 << 10;

impl Stack {
    /// Measures from the caller's frame.
    pub fn here() -> Stack {
        // Unit tests run on threads, whose stacks are smaller.
        let most = if cfg!(test) { 2 << 20 } else { MOST };
        let limit = getrlimit(Resource::Stack).current.unwrap_or(most).min(most);
        let usable = limit.saturating_sub(RESERVE).max(limit / 4);
        let usable = usize::try_from(usable).unwrap_or(0);
        let here = address();
        // The name of the executed file stands at the very top of the first thread's stack: a shell that runs inside
        // another one's process, deep down, must count from there.
        let top = base::sys::auxiliary::executed().as_ptr().addr();
        let top = if top > here && top.wrapping_sub(here) < usable { top } else { here };
        Stack { lowest: top.saturating_sub(usable) }
    }

    /// Whether the caller should go no deeper.
    #[inline]
    pub fn is_deep(self) -> bool {
        address() < self.lowest
    }
}

/// About where the stack is now.
#[inline(always)]
fn address() -> usize {
    let here = 0u8;
    core::ptr::from_ref(core::hint::black_box(&here)).addr()
}

//! flow - control flow as values: what travels up when a command does not simply end with a status.

/// Why execution leaves the command it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwind {
    /// `break`: out of this many loops.
    Break(u32),
    /// `continue`: with the next round of the loop this many levels out.
    Continue(u32),
    /// `return`, with a status.
    Return(u8),
    /// `exit`, or a failure under `set -e`.
    Exit(u8),
    /// An error that ends a script, and at a prompt only the line. It has been told.
    Fail(u8),
}

/// A value, or the way out.
pub type Flow<T> = Result<T, Unwind>;

/// The status of a subshell that ended so: what would leave the shell leaves only it, and there is no loop around it.
pub fn subshell_status(result: Flow<u8>) -> u8 {
    match result {
        Ok(status) | Err(Unwind::Exit(status) | Unwind::Fail(status) | Unwind::Return(status)) => status,
        Err(Unwind::Break(_) | Unwind::Continue(_)) => 0,
    }
}

//! The terminal: its size, raw mode, keys, colours, columns, display width, progress.

pub mod colors;
pub mod columns;
pub mod keys;
pub mod progress;
pub mod screen;
pub mod width;

use crate::context::Environment;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::Errno;
use rustix::termios::{OptionalActions, Termios};

/// Rows and columns of the terminal behind `fd`; `None` where it is none or does not know.
pub fn size(fd: BorrowedFd<'_>) -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(fd).ok()?;
    (size.ws_col > 0).then(|| (usize::from(size.ws_row), usize::from(size.ws_col)))
}

/// The width to format for: `COLUMNS`, else the terminal's, else `None`.
pub fn columns(env: &dyn Environment, fd: Option<BorrowedFd<'_>>) -> Option<usize> {
    let named = env.get(b"COLUMNS").and_then(|v| crate::number::parse_u32(v).ok()).filter(|&n| n > 0);
    named.map(|n| n as usize).or_else(|| size(fd?).map(|(_, columns)| columns))
}

/// Whether output is to be coloured when nobody said `always` or `never`: on a terminal that can, unless NO_COLOR.
pub fn wants_color(env: &dyn Environment, is_terminal: bool) -> bool {
    is_terminal
        && env.get(b"NO_COLOR").is_none_or(<[u8]>::is_empty)
        && !matches!(env.get(b"TERM"), None | Some(b"" | b"dumb"))
}

/// What `--color` takes, as GNU's tools do.
pub const WHEN: &[&str] = &["always", "yes", "force", "auto", "tty", "if-tty", "never", "no", "none"];

/// What one of [`WHEN`] asks for; none of them is as good as `always`.
pub fn when(env: &dyn Environment, word: Option<&str>, is_terminal: bool) -> bool {
    match word {
        None | Some("always" | "yes" | "force") => true,
        Some("auto" | "tty" | "if-tty") => wants_color(env, is_terminal),
        Some(_) => false,
    }
}

/// A terminal in raw mode; dropping it restores what was before.
pub struct RawMode<'fd> {
    fd: BorrowedFd<'fd>,
    saved: Termios,
}

impl<'fd> RawMode<'fd> {
    /// tcsetattr(3): no echo, no lines, no signals from keys. The error is ENOTTY where `fd` is no terminal.
    pub fn enter(fd: &'fd impl AsFd) -> Result<RawMode<'fd>, Errno> {
        RawMode::enter_with(fd, &mut |termios| termios.make_raw())
    }

    /// The same with changes of the caller's choice.
    pub fn enter_with(fd: &'fd impl AsFd, change: &mut dyn FnMut(&mut Termios)) -> Result<RawMode<'fd>, Errno> {
        RawMode::of(fd.as_fd(), change)
    }

    /// The same for a descriptor that is already borrowed.
    pub fn of(fd: BorrowedFd<'fd>, change: &mut dyn FnMut(&mut Termios)) -> Result<RawMode<'fd>, Errno> {
        let saved = rustix::termios::tcgetattr(fd)?;
        let mut raw = saved.clone();
        change(&mut raw);
        rustix::termios::tcsetattr(fd, OptionalActions::Drain, &raw)?;
        Ok(RawMode { fd, saved })
    }

    /// The settings that will be restored.
    pub fn saved(&self) -> &Termios {
        &self.saved
    }
}

impl Drop for RawMode<'_> {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that has gone.
        let _ = rustix::termios::tcsetattr(self.fd, OptionalActions::Drain, &self.saved);
    }
}

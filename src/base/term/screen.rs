//! What full-screen programs share: the terminal they read keys from, in and out of its mode, the signals they catch, and the
//! commands they run.

use super::RawMode;
use crate::command;
use crate::context::Context;
use crate::error::Result;
use crate::sys;
use crate::sys::process::{SpawnOptions, Wait};
use crate::sys::signal::{self, Action};
use rustix::fd::{BorrowedFd, IntoRawFd};
use rustix::fs::{Mode, OFlags};
use rustix::termios::{InputModes, LocalModes, SpecialCodeIndex, Termios};

pub const HUP: i32 = 1;
pub const INT: i32 = 2;
pub const TERM: i32 = 15;
pub const TSTP: i32 = 20;
pub const WINCH: i32 = 28;
const CAUGHT: [i32; 5] = [HUP, INT, TERM, TSTP, WINCH];

/// The terminal that keys come from.
pub struct Tty {
    fd: BorrowedFd<'static>,
    raw: Option<RawMode<'static>>,
    caught: bool,
}

impl Tty {
    /// Standard input where it is a terminal, else `/dev/tty`; None without either.
    pub fn open() -> Option<Tty> {
        let stdin = sys::descriptor(0);
        let fd = if rustix::termios::isatty(stdin) {
            stdin
        } else {
            let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY;
            // It stays open as long as the process.
            sys::descriptor(crate::fs::open(c"/dev/tty", flags, Mode::empty()).ok()?.into_raw_fd())
        };
        Some(Tty { fd, raw: None, caught: false })
    }

    /// The descriptor.
    pub fn fd(&self) -> BorrowedFd<'static> {
        self.fd
    }

    /// Keys one by one and unseen; Interrupt and Suspend are still signals. Signals are caught from now on (see [`signal::take`]).
    pub fn enter(&mut self) {
        if !self.caught {
            self.caught = true;
            for number in CAUGHT {
                // What was ignored stays ignored: nohup, a shell without jobs.
                if signal::get(number) == Ok(Action::Default) {
                    let _ = signal::set(number, Action::Note);
                }
            }
        }
        if self.raw.is_none() {
            self.raw = RawMode::of(self.fd, &mut keys_alone).ok();
        }
    }

    /// As it was before.
    pub fn leave(&mut self) {
        self.raw = None;
    }

    /// Stops the job, and comes back when it is continued.
    pub fn suspend(&mut self) {
        self.leave();
        if signal::get(TSTP) == Ok(Action::Note) {
            let _ = signal::set(TSTP, Action::Default);
            let _ = sys::process::kill(0, TSTP);
            let _ = signal::set(TSTP, Action::Note);
        }
        self.enter();
    }
}

fn keys_alone(termios: &mut Termios) {
    termios.input_modes -= InputModes::ICRNL | InputModes::INLCR | InputModes::IXON | InputModes::ISTRIP;
    termios.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::IEXTEN;
    for (index, value) in [(SpecialCodeIndex::VMIN, 1), (SpecialCodeIndex::VTIME, 0), (SpecialCodeIndex::VQUIT, 0)] {
        termios.special_codes[index] = value;
    }
}

/// Runs `text` by the shell (`SHELL`, else sh) and waits for it. `dup` as in [`SpawnOptions`].
pub fn run_shell(cx: &mut Context, text: &[u8], dup: &[(i32, i32)]) -> Result<Wait> {
    let shell = cx.env.get(b"SHELL").filter(|name| !name.is_empty()).unwrap_or(b"sh").to_vec();
    let env = cx.env.list();
    let options = SpawnOptions { dup, default_signals: &CAUGHT, ..SpawnOptions::default() };
    let argv: &[&[u8]] = if text.is_empty() { &[&shell] } else { &[&shell, b"-c", text] };
    let pid = match command::spawn(cx, argv, &env, &options) {
        Ok(pid) => pid,
        // A SHELL that is not there.
        Err(_) => command::shell(cx, text, dup, &CAUGHT)?,
    };
    let how = command::wait(pid);
    // What the keyboard sent was for the command.
    signal::take_one(INT);
    how
}

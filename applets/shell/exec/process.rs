//! process - forking: subshells, background commands, and how a child of the shell ends.

use crate::flow::{Flow, subshell_status};
use crate::shell::Shell;
use crate::tree::{AndOr, List};
use base::sys::{self, process, signal};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags};
use rustix::pipe::{PipeFlags, pipe_with};

/// How deep subshells may be in each other: each is a copy of all around it, which waits for it.
const DEEPEST: u32 = 500;

impl Shell {
    /// Forks. None is the child.
    pub fn fork(&mut self) -> Flow<Option<process::Pid>> {
        if self.nested > DEEPEST {
            return Err(self.fail("subshells nested too deeply", b""));
        }
        match process::fork() {
            Ok(Some(pid)) => Ok(Some(pid)),
            Ok(None) => {
                signal::forget();
                self.preview = None;
                Ok(None)
            }
            Err(errno) => Err(self.fail_of("can't fork: ", b"", errno)),
        }
    }

    /// A pipe: the end to read from and the one to write to.
    pub fn pipe(&mut self) -> Flow<(OwnedFd, OwnedFd)> {
        pipe_with(PipeFlags::CLOEXEC).map_err(|errno| self.fail_of("pipe: ", b"", errno))
    }

    /// Makes this process, a child, a subshell: traps, jobs and the prompt are the parent's.
    pub fn become_subshell(&mut self, background: bool) {
        self.is_subshell = true;
        // What runs in the background does not wait for what it starts: such a chain may be as long as it likes.
        self.nested = if background { 0 } else { self.nested.saturating_add(1) };
        self.capture = None;
        self.fed = None;
        self.reset_traps();
        if background && !self.options.monitor {
            // A job without job control must not get the interrupts that are meant for the foreground.
            let _ = signal::set(number::INT, signal::Action::Ignore);
            let _ = signal::set(number::QUIT, signal::Action::Ignore);
        }
        self.options.monitor = false;
        self.options.interactive = false;
        self.jobs.forget_children();
    }

    /// Ends this process, a child of the shell, with what its commands came to.
    pub fn leave(&mut self, result: Flow<u8>) -> ! {
        let status = self.run_exit_trap(subshell_status(result));
        sys::exit(status)
    }

    #[inline(never)]
    pub(super) fn run_subshell(&mut self, list: &List, tail: bool) -> Flow<u8> {
        if tail && !self.traps.any() && !self.options.monitor {
            self.become_subshell(false);
            let result = self.run_list(list, true);
            self.leave(result);
        }
        if let Some(look) = self.can_contain(list)
            && let Some(status) = self.run_contained(list, &look)
        {
            return self.checked(status?);
        }
        let Some(pid) = self.fork()? else {
            self.enter_group(0, true);
            self.become_subshell(false);
            let result = self.run_list(list, true);
            self.leave(result);
        };
        let status = self.wait_foreground(&[pid], b"(...)")?;
        self.checked(status)
    }

    /// Under job control, puts this child into the process group `leader` (0: its own), with the terminal if it is in front.
    pub(super) fn enter_group(&mut self, leader: process::Pid, foreground: bool) {
        if !self.options.monitor || self.is_subshell {
            return;
        }
        let _ = rustix::process::setpgid(None, rustix::process::Pid::from_raw(leader));
        if foreground {
            self.give_terminal(if leader == 0 { rustix::process::getpid().as_raw_nonzero().get() } else { leader });
        }
        for number in number::JOB_CONTROL {
            let _ = signal::set(number, signal::Action::Default);
        }
    }

    #[inline(never)]
    pub(super) fn run_background(&mut self, item: &AndOr, text: &[u8]) -> Flow<u8> {
        let Some(pid) = self.fork()? else {
            self.enter_group(0, false);
            let monitor = self.options.monitor;
            self.become_subshell(true);
            if !monitor && let Ok(null) = base::fs::open(c"/dev/null", OFlags::RDONLY, Mode::empty()) {
                self.move_onto(null, 0);
            }
            let result = self.run_front(item, true);
            self.leave(result);
        };
        if self.options.monitor {
            let _ = rustix::process::setpgid(rustix::process::Pid::from_raw(pid), rustix::process::Pid::from_raw(pid));
        }
        self.jobs.add_background(pid, text);
        if self.options.interactive {
            self.announce_background(pid);
        }
        self.status = 0;
        Ok(0)
    }
}

/// The signals the shell deals with by number.
pub mod number {
    pub const INT: i32 = 2;
    pub const QUIT: i32 = 3;
    pub const PIPE: i32 = base::sys::signal::PIPE;
    pub const TERM: i32 = 15;
    pub const TSTP: i32 = 20;
    pub const TTIN: i32 = 21;
    pub const TTOU: i32 = 22;
    /// What the shell ignores under job control and its jobs do not.
    pub const JOB_CONTROL: [i32; 3] = [TSTP, TTIN, TTOU];
    /// What an interactive shell does not leave as it is.
    pub const PROMPT: [i32; 6] = [INT, QUIT, TERM, TSTP, TTIN, TTOU];
}

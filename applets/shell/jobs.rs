//! jobs - the shell's children: waiting for them, what `jobs`, `fg`, `bg` and `wait` know.

use crate::arith::push_number;
use crate::exec::redirect::OWN;
use crate::flow::Flow;
use crate::options::shopt;
use crate::shell::Shell;
use base::sys::process::{self, Pid, Wait};
use base::sys::signal;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::termios::{OptionalActions, Termios};

/// How a process is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    Running,
    Stopped(i32),
    Done(Wait),
}

impl State {
    fn status(self) -> u8 {
        match self {
            State::Done(how) => how.shell_status(),
            State::Stopped(number) => Wait::Stopped(number).shell_status(),
            State::Running => 0,
        }
    }
}

/// A process of a job.
#[derive(Clone)]
pub struct Process {
    pub pid: Pid,
    pub state: State,
}

/// A pipeline or an and-or list that was started.
#[derive(Clone)]
pub struct Job {
    pub number: usize,
    pub processes: Vec<Process>,
    pub text: Vec<u8>,
    /// Its process group, where it has one of its own.
    pub group: Option<Pid>,
    /// Its end was told to the user, or asked for.
    pub told: bool,
    /// The terminal's modes when it was stopped.
    pub modes: Option<Termios>,
}

impl Job {
    /// Running, stopped or done, as a whole.
    pub fn state(&self) -> State {
        if let Some(process) = self.processes.iter().find(|process| matches!(process.state, State::Stopped(_))) {
            return process.state;
        }
        if self.processes.iter().any(|process| process.state == State::Running) {
            return State::Running;
        }
        self.processes.last().map_or(State::Done(Wait::Exited(0)), |process| process.state)
    }

    /// The status of a job that is done or stopped.
    pub fn status(&self) -> u8 {
        self.state().status()
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        matches!(self.state(), State::Done(_))
    }
}

/// All jobs.
#[derive(Default)]
pub struct Jobs {
    pub list: Vec<Job>,
    /// `$!`
    pub last_background: Option<Pid>,
    /// What process substitutions started last: no jobs, but `wait` knows their processes.
    substitutions: Vec<Process>,
    /// The terminal, under job control.
    terminal: Option<OwnedFd>,
    /// The terminal's modes as the last prompt found them.
    pub modes: Option<Termios>,
    /// The process group that had the terminal before an interactive shell.
    before: Option<rustix::process::Pid>,
}

impl Jobs {
    /// In a child: the parent's jobs are not its children.
    pub fn forget_children(&mut self) {
        self.list.clear();
        self.substitutions.clear();
        self.terminal = None;
        self.before = None;
    }

    fn add(&mut self, pids: &[Pid], text: &[u8], group: Option<Pid>) -> usize {
        let mut number = 1;
        for job in &self.list {
            number = number.max(job.number.saturating_add(1));
        }
        let mut processes = Vec::with_capacity(pids.len());
        for pid in pids {
            processes.push(Process { pid: *pid, state: State::Running });
        }
        self.list.push(Job { number, processes, text: text.to_vec(), group, told: false, modes: None });
        number
    }

    /// Remembers a job in the background.
    pub fn add_background(&mut self, pid: Pid, text: &[u8]) -> usize {
        // Without a prompt nobody is told about jobs that are done: their statuses are kept, but not without end.
        if self.list.len() > 1024 {
            let done = self.list.iter().find(|job| job.is_done()).map(|job| job.number);
            if let Some(number) = done {
                self.remove(number);
            }
        }
        self.last_background = Some(pid);
        self.add(&[pid], text, Some(pid))
    }

    /// Remembers the process of a process substitution.
    pub fn add_substitution(&mut self, pid: Pid) {
        if self.substitutions.len() >= 64 {
            self.substitutions.remove(0);
        }
        self.substitutions.push(Process { pid, state: State::Running });
        self.last_background = Some(pid);
    }

    /// Notes what happened to a process; one that is no child of a job is nobody's.
    fn note(&mut self, pid: Pid, how: Wait) {
        let state = match how {
            Wait::Stopped(number) => State::Stopped(number),
            Wait::Continued => State::Running,
            done => State::Done(done),
        };
        let lists = self.list.iter_mut().rev().map(|job| &mut job.processes);
        for process in lists.chain([&mut self.substitutions]).flatten() {
            if process.pid == pid && !matches!(process.state, State::Done(_)) {
                process.state = state;
                return;
            }
        }
    }

    /// The job with this number.
    pub fn numbered(&mut self, number: usize) -> Option<&mut Job> {
        self.list.iter_mut().find(|job| job.number == number)
    }

    /// The job that `%n`, `%%`, `%-`, `%text` or a process number means.
    pub fn find(&self, text: &[u8]) -> Option<usize> {
        let Some(name) = text.strip_prefix(b"%") else {
            let pid = crate::arith::number(text).and_then(|number| Pid::try_from(number).ok())?;
            let mut jobs = self.list.iter().rev();
            return jobs.find(|job| job.processes.iter().any(|process| process.pid == pid)).map(|job| job.number);
        };
        if matches!(name, b"" | b"%" | b"+" | b"-") {
            // The last that is not done, or the one before it.
            let mut jobs = self.list.iter().rev().filter(|job| !job.is_done());
            let last = jobs.next();
            let job = match name {
                b"-" => jobs.next().or(last),
                _ => last.or(self.list.last()),
            };
            return job.map(|job| job.number);
        }
        let wanted = crate::arith::number(name).map(|number| usize::try_from(number).unwrap_or(0));
        let fits = |job: &&Job| match (name, wanted) {
            ([b'?', inside @ ..], _) => memchr::memmem::find(&job.text, inside).is_some(),
            (_, Some(number)) => job.number == number,
            _ => job.text.starts_with(name),
        };
        self.list.iter().find(fits).map(|job| job.number)
    }

    /// Drops a job.
    pub fn remove(&mut self, number: usize) {
        if let Some(at) = self.list.iter().position(|job| job.number == number) {
            self.list.remove(at);
        }
    }

    /// A job that is done.
    pub fn done(&self) -> Option<usize> {
        self.list.iter().find(|job| job.is_done()).map(|job| job.number)
    }
}

impl Shell {
    /// Waits for children that run in the foreground; the status of the last, or under `pipefail` of the last that failed.
    pub fn wait_foreground(&mut self, pids: &[Pid], text: &[u8]) -> Flow<u8> {
        let group = if self.options.monitor { pids.first().copied() } else { None };
        let number = self.jobs.add(pids, text, group);
        if let Some(group) = group {
            self.give_terminal(group);
        }
        let status = self.wait_job(number, false).unwrap_or(127);
        if group.is_some() {
            self.take_terminal();
        }
        let mut result = status;
        if let Some(job) = self.jobs.numbered(number) {
            if job.processes.len() > 1 {
                self.pipe_statuses.clear();
                for process in &job.processes {
                    self.pipe_statuses.push(process.state.status());
                }
            }
            if self.options.pipefail {
                result = 0;
                for process in &job.processes {
                    if let (State::Done(_), status @ 1..) = (process.state, process.state.status()) {
                        result = status;
                    }
                }
            }
        }
        self.after_front(number);
        Ok(result)
    }

    /// After a job was in front: the terminal's modes, what there is to tell, and the job goes unless it is stopped.
    pub fn after_front(&mut self, number: usize) {
        self.restore_modes(number);
        match self.jobs.numbered(number).map(|job| job.state()) {
            Some(State::Stopped(_)) => return self.announce_stopped(number),
            Some(State::Done(Wait::Signalled(signal, core))) => self.tell_signal(signal, core),
            _ => {}
        }
        self.jobs.remove(number);
    }

    /// After a job that was in front: one that was stopped or killed may have left the terminal as nobody else wants it. What it
    /// had set is kept for when it goes on.
    fn restore_modes(&mut self, number: usize) {
        let (Some(terminal), Some(modes)) = (&self.jobs.terminal, &self.jobs.modes) else { return };
        let state = self.jobs.list.iter().find(|job| job.number == number).map(Job::state);
        if !matches!(state, Some(State::Stopped(_) | State::Done(Wait::Signalled(..)))) {
            return;
        }
        let own = rustix::termios::tcgetattr(terminal).ok();
        let _ = rustix::termios::tcsetattr(terminal, OptionalActions::Drain, modes);
        if let Some(job) = self.jobs.numbered(number) {
            job.modes = own;
        }
    }

    /// Before a stopped job goes on in front: the terminal as it had it.
    pub fn give_modes(&mut self, number: usize) {
        let modes = self.jobs.numbered(number).and_then(|job| job.modes.take());
        if let (Some(terminal), Some(modes)) = (&self.jobs.terminal, modes) {
            let _ = rustix::termios::tcsetattr(terminal, OptionalActions::Drain, &modes);
        }
    }

    /// A foreground command that a signal killed: told at a prompt, and for signals that are somebody's fault also in scripts.
    fn tell_signal(&mut self, number: i32, core: bool) {
        use crate::exec::process::number as n;
        if matches!(number, n::INT | n::PIPE) {
            if number == n::INT && self.options.interactive {
                crate::shell::tell(b"\n");
            }
            return;
        }
        let mut text = base::signal::description(number).as_bytes().to_vec();
        if core {
            text.extend_from_slice(b" (core dumped)");
        }
        text.push(b'\n');
        crate::shell::tell(&text);
    }

    /// Waits until a job is done or stopped. None where it is not known, or, if `interruptible`, a signal with a trap came.
    pub fn wait_job(&mut self, number: usize, interruptible: bool) -> Option<u8> {
        loop {
            if interruptible && signal::pending() {
                return None;
            }
            let job = self.jobs.numbered(number)?;
            if job.state() != State::Running {
                return Some(job.status());
            }
            let monitor = self.options.monitor;
            let waited = if interruptible { self.wait_or_signal(monitor) } else { process::wait(-1, false, monitor) };
            match waited {
                Ok(Some((pid, how))) => {
                    // What is no job's is an orphan that came to process 1: it is reaped, and that is all.
                    self.jobs.note(pid, how);
                }
                Ok(None) => {}
                Err(Errno::INTR) => {
                    if interruptible && signal::pending() {
                        return None;
                    }
                }
                Err(_) => {
                    // No child is left: somebody else has waited for it.
                    for process in &mut self.jobs.numbered(number)?.processes {
                        if process.state == State::Running {
                            process.state = State::Done(Wait::Exited(127));
                        }
                    }
                }
            }
        }
    }

    /// Waits for the process of a process substitution; its status, 127 where there is none. A signal with a trap ends it, too.
    pub fn wait_substitution(&mut self, pid: Pid) -> u8 {
        loop {
            match self.jobs.substitutions.iter().find(|process| process.pid == pid) {
                Some(Process { state: State::Running, .. }) if !signal::pending() => {}
                Some(process) => return process.state.status(),
                None => return 127,
            }
            if !self.wait_any() && !signal::pending() {
                return 127;
            }
        }
    }

    /// Waits for a child or for a signal that has a trap (EINTR), whichever comes first: one that comes just before the
    /// waiting begins must not be slept through, so that these signals are blocked and taken by the same call.
    fn wait_or_signal(&mut self, stopped: bool) -> Result<Option<(Pid, Wait)>, Errno> {
        const CHILD: i32 = 17;
        let mut signals = self.traps.caught();
        if signals.is_empty() && !self.options.interactive {
            return process::wait(-1, false, stopped);
        }
        if self.options.interactive {
            signals.push(crate::exec::process::number::INT);
        }
        let trapped = signals.contains(&CHILD);
        signals.push(CHILD);
        signal::block(&signals, true)?;
        let result = loop {
            if signal::pending() {
                break Err(Errno::INTR);
            }
            match process::wait(-1, true, stopped) {
                Ok(None) => {}
                other => break other,
            }
            match signal::wait_for(&signals, None) {
                Ok(Some(CHILD)) if !trapped => {}
                Ok(Some(number)) => signal::mark(number),
                Ok(None) | Err(Errno::INTR) => {}
                Err(errno) => break Err(errno),
            }
        };
        signal::block(&signals, false)?;
        result
    }

    /// Waits for any child, for `wait -n`; false where there is none or a signal came.
    pub fn wait_any(&mut self) -> bool {
        match self.wait_or_signal(false) {
            Ok(Some((pid, how))) => {
                self.jobs.note(pid, how);
                true
            }
            Ok(None) => true,
            Err(_) => false,
        }
    }

    /// Looks what has happened to children, without waiting.
    pub fn reap(&mut self) {
        while let Ok(Some((pid, how))) = process::wait(-1, true, self.options.monitor) {
            self.jobs.note(pid, how);
        }
    }

    /// `[1] 1234` after `&` at a prompt.
    pub fn announce_background(&mut self, pid: Pid) {
        let number = self.jobs.list.last().map_or(0, |job| job.number);
        let mut text = b"[".to_vec();
        push_number(&mut text, i64::try_from(number).unwrap_or(0));
        text.extend_from_slice(b"] ");
        push_number(&mut text, i64::from(pid));
        text.push(b'\n');
        crate::shell::tell(&text);
    }

    fn announce_stopped(&mut self, number: usize) {
        let mut text = b"\n".to_vec();
        self.describe(number, &mut text, false);
        crate::shell::tell(&text);
    }

    /// Before a prompt: tells about jobs that have ended since.
    pub fn tell_jobs(&mut self) {
        self.reap();
        let mut text = Vec::new();
        while let Some(number) = self.jobs.done() {
            self.describe(number, &mut text, false);
            self.jobs.remove(number);
        }
        crate::shell::tell(&text);
    }

    /// The line of `jobs` about one job.
    pub fn describe(&self, number: usize, out: &mut Vec<u8>, long: bool) {
        let Some(job) = self.jobs.list.iter().find(|job| job.number == number) else { return };
        out.push(b'[');
        push_number(out, i64::try_from(number).unwrap_or(0));
        out.extend_from_slice(b"] ");
        out.push(match self.jobs.find(b"%+") {
            Some(current) if current == number => b'+',
            _ if self.jobs.find(b"%-") == Some(number) => b'-',
            _ => b' ',
        });
        out.push(b' ');
        if long && let Some(process) = job.processes.first() {
            push_number(out, i64::from(process.pid));
            out.push(b' ');
        }
        let start = out.len();
        match job.state() {
            State::Running => out.extend_from_slice(b"Running"),
            State::Stopped(_) => out.extend_from_slice(b"Stopped"),
            State::Done(Wait::Exited(status @ 1..)) => {
                out.extend_from_slice(b"Done(");
                push_number(out, i64::from(status));
                out.push(b')');
            }
            State::Done(Wait::Signalled(number, _)) => {
                out.extend_from_slice(base::signal::description(number).as_bytes());
            }
            State::Done(_) => out.extend_from_slice(b"Done"),
        }
        let width = out.len().saturating_sub(start);
        out.extend(core::iter::repeat_n(b' ', 26usize.saturating_sub(width).max(1)));
        out.extend_from_slice(&job.text);
        out.push(b'\n');
    }

    /// Gives the terminal to a process group.
    pub fn give_terminal(&mut self, group: Pid) {
        if let (Some(terminal), Some(group)) = (&self.jobs.terminal, rustix::process::Pid::from_raw(group)) {
            let _ = rustix::termios::tcsetpgrp(terminal, group);
        }
    }

    /// Takes the terminal back.
    pub fn take_terminal(&mut self) {
        self.give_terminal(base::sys::process::group());
    }

    /// `shopt -s huponexit`: at the end of an interactive login shell its jobs get HUP.
    pub fn hang_up_jobs(&mut self) {
        let both = shopt::HUPONEXIT | shopt::LOGIN_SHELL;
        if self.options.shopt & both != both {
            return;
        }
        self.reap();
        for job in self.jobs.list.iter().filter(|job| !job.is_done()) {
            if let Some(group) = job.group {
                let _ = process::kill(group.saturating_neg(), 1);
                // One that is stopped does not get it before it goes on.
                let _ = process::kill(group.saturating_neg(), 18);
            }
        }
    }

    /// At the end: the terminal goes back to the group that had it, or whoever started the shell could not read from it.
    pub fn return_terminal(&mut self) {
        if let Some(group) = self.jobs.before.take() {
            self.give_terminal(group.as_raw_nonzero().get());
        }
    }

    /// Switches job control on or off; false where there is no terminal.
    pub fn set_monitor(&mut self, on: bool) -> bool {
        use crate::exec::process::number as n;
        if !on {
            for number in n::JOB_CONTROL {
                let _ = signal::set(number, signal::Action::Default);
            }
            self.jobs.terminal = None;
            return true;
        }
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::CLOEXEC;
        let terminal = base::fs::open(c"/dev/tty", flags, rustix::fs::Mode::empty()).or_else(|_| {
            // In a container /dev/tty may be missing: whatever standard stream is a terminal does as well.
            let standard = (0..=2).map(base::sys::descriptor).find(|fd| rustix::termios::isatty(*fd));
            standard.map_or(Err(Errno::NOTTY), |fd| rustix::io::fcntl_dupfd_cloexec(fd, OWN))
        });
        let Ok(terminal) = terminal.and_then(|fd| rustix::io::fcntl_dupfd_cloexec(&fd, OWN)) else { return false };
        let before = match rustix::termios::tcgetpgrp(&terminal) {
            Ok(group) => Some(group),
            // A group from outside of our pid namespace has no number to give it back by.
            Err(Errno::OPNOTSUPP) => None,
            Err(_) => return false,
        };
        for number in n::JOB_CONTROL {
            let _ = signal::set(number, signal::Action::Ignore);
        }
        self.jobs.terminal = Some(terminal);
        // A script that says `set -m` stays in the group it was started in.
        if self.options.interactive {
            self.jobs.before = before;
            let _ = rustix::process::setpgid(None, None);
            self.take_terminal();
        }
        true
    }
}

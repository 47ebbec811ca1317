//! trap - what happens on signals and at the end.

use crate::exec::process::number;
use crate::few;
use crate::flow::{Flow, Unwind};
use crate::shell::Shell;
use base::sys::signal::{self, Action};

/// The trap for commands that fail, beside the numbers of signals.
pub const ERR: i32 = 1000;
/// Before each simple command.
pub const DEBUG: i32 = 1001;
/// At the end of functions and sourced files.
pub const RETURN: i32 = 1002;

/// The names of what is no signal.
pub static CONDITIONS: [(i32, &[u8]); 3] = [(ERR, b"ERR"), (DEBUG, b"DEBUG"), (RETURN, b"RETURN")];

/// What `trap` calls a signal or condition.
pub fn parse(name: &[u8]) -> Option<i32> {
    let upper = name.to_ascii_uppercase();
    match CONDITIONS.iter().find(|(_, known)| *known == upper) {
        Some((number, _)) => Some(*number),
        None => base::signal::parse(name),
    }
}

/// Whether it is a signal of the system, and not EXIT, ERR or their like.
fn is_real(signal: i32) -> bool {
    signal != 0 && signal < ERR
}

/// What a trap runs; nothing is a signal that is ignored.
pub type Trap = Vec<u8>;

/// Traps by signal number; 0 is EXIT.
#[derive(Default)]
pub struct Traps {
    list: Vec<(i32, Trap)>,
    /// Those of the parent, which `trap` still shows in a subshell until one is set.
    inherited: Vec<(i32, Trap)>,
    /// Signals that were ignored when the shell began: these stay so.
    ignored: Vec<i32>,
    /// Whether `ignored` was asked about each signal already.
    checked: Vec<i32>,
    /// A trap runs: `exit` and, on its own level of calls, `return` without a status mean the status before it.
    pub running: Option<(u8, u32)>,
    /// There is a trap for ERR.
    pub on_error: bool,
    /// There is a trap for DEBUG.
    pub on_debug: bool,
    /// There is a trap for RETURN: set this many calls deep.
    pub on_return: Option<u32>,
}

impl Traps {
    /// Whether any trap is set.
    pub fn any(&self) -> bool {
        self.list.iter().any(|(_, trap)| !trap.is_empty())
    }

    /// The signals that run something.
    pub fn caught(&self) -> Vec<i32> {
        let mut caught = Vec::new();
        for (signal, trap) in &self.list {
            if is_real(*signal) && !trap.is_empty() {
                caught.push(*signal);
            }
        }
        caught
    }

    /// The trap for a signal.
    pub fn get(&self, signal: i32) -> Option<&Trap> {
        self.list.iter().find(|(other, _)| *other == signal).map(|(_, trap)| trap)
    }

    /// Takes the trap for a signal away.
    fn remove(&mut self, signal: i32) -> Option<Trap> {
        let at = self.list.iter().position(|(other, _)| *other == signal)?;
        Some(few::remove(&mut self.list, at).1)
    }

    /// What `trap` lists.
    pub fn listed(&self) -> &[(i32, Trap)] {
        if self.list.is_empty() { &self.inherited } else { &self.list }
    }
}

impl Shell {
    /// Sets or (None) removes a trap.
    #[inline(never)]
    pub fn set_trap(&mut self, signal: i32, trap: Option<Trap>) {
        self.traps.inherited.clear();
        if signal == ERR {
            self.traps.on_error = trap.is_some();
        } else if signal == DEBUG {
            self.traps.on_debug = trap.is_some();
        } else if signal == RETURN {
            self.traps.on_return = trap.as_ref().map(|_| self.calls);
        }
        if is_real(signal) && !self.may_change(signal) {
            return;
        }
        self.traps.remove(signal);
        if signal == number::PIPE {
            self.guards_pipe = false;
        }
        if is_real(signal) {
            let action = match &trap {
                None => self.default_action(signal),
                Some(trap) if trap.is_empty() => Action::Ignore,
                Some(_) => Action::Note,
            };
            // KILL and STOP cannot be caught, which is no error for `trap`.
            let _ = signal::set(signal, action);
        }
        if let Some(trap) = trap {
            // In the order of their numbers, as `trap` lists them.
            let at = self.traps.list.iter().position(|(other, _)| *other > signal).unwrap_or(self.traps.list.len());
            few::insert(&mut self.traps.list, at, (signal, trap));
        }
    }

    /// What a signal does to the shell itself without a trap.
    fn default_action(&self, signal: i32) -> Action {
        if self.options.interactive && !self.is_subshell {
            match signal {
                number::INT => return Action::Note,
                number::QUIT | number::TERM => return Action::Ignore,
                _ => {}
            }
        }
        if self.options.monitor && number::JOB_CONTROL.contains(&signal) { Action::Ignore } else { Action::Default }
    }

    /// At a prompt, the shell itself survives interrupts.
    pub fn guard_prompt(&mut self) {
        for signal in [number::INT, number::QUIT, number::TERM] {
            let _ = signal::set(signal, self.default_action(signal));
        }
    }

    /// POSIX: a signal that was ignored when a non-interactive shell began can be neither trapped nor reset.
    fn may_change(&mut self, signal: i32) -> bool {
        if self.options.interactive {
            return true;
        }
        if !self.traps.checked.contains(&signal) {
            self.traps.checked.push(signal);
            if self.traps.get(signal).is_none() && signal::get(signal) == Ok(Action::Ignore) {
                self.traps.ignored.push(signal);
            }
        }
        !self.traps.ignored.contains(&signal)
    }

    /// In a subshell: traps that run something are gone, ignored signals stay ignored.
    pub fn reset_traps(&mut self) {
        let list = core::mem::take(&mut self.traps.list);
        for (signal, trap) in &list {
            if trap.is_empty() || (*signal == ERR && self.options.errtrace) {
                self.traps.list.push((*signal, trap.clone()));
            } else if is_real(*signal) {
                let _ = signal::set(*signal, Action::Default);
            }
        }
        if self.options.interactive {
            self.default_signals();
        }
        if self.traps.inherited.is_empty() {
            self.traps.inherited = list;
        }
        self.traps.on_error &= self.options.errtrace;
        self.traps.on_debug = false;
        self.traps.on_return = None;
        self.traps.running = None;
    }

    /// Before an applet runs in this process: its broken pipe must not end the shell.
    pub fn guard_pipe(&mut self) {
        if !self.guards_pipe && signal::get(number::PIPE) == Ok(Action::Default) {
            self.guards_pipe = signal::set(number::PIPE, Action::Note).is_ok();
        }
    }

    /// A built-in met a broken pipe: where the signal would have ended the shell, it does.
    pub fn broken_pipe(&mut self) {
        if self.inside {
            self.pipe_broke = true;
        } else if self.guards_pipe {
            let _ = signal::set(number::PIPE, Action::Default);
            let _ = base::sys::process::kill(rustix::process::getpid().as_raw_nonzero().get(), number::PIPE);
        }
    }

    /// Before a program replaces this process: signals that the shell catches or ignores get their default again.
    pub fn default_signals(&mut self) {
        if self.guards_pipe {
            self.guards_pipe = false;
            let _ = signal::set(number::PIPE, Action::Default);
        }
        for signal in number::PROMPT {
            if self.options.interactive && self.traps.get(signal).is_none() {
                let _ = signal::set(signal, Action::Default);
            }
        }
    }

    /// Runs the traps of the signals that came.
    pub fn run_traps(&mut self) -> Flow<()> {
        while let Some(signal) = signal::take() {
            match self.traps.get(signal) {
                Some(text) if !text.is_empty() => {
                    let text = text.clone();
                    self.run_trap(&text, 1)?;
                }
                _ if signal == number::INT && self.options.interactive => {
                    self.status = 130;
                    crate::shell::tell(b"\n");
                    return Err(Unwind::Fail(130));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Runs the trap for ERR, after a command that failed: in functions only under `set -E`.
    pub fn run_error_trap(&mut self) -> Flow<()> {
        self.run_condition_trap(ERR, self.scope.is_none() || self.options.errtrace)
    }

    /// Runs the trap for DEBUG, before a command: in functions only under `set -T`.
    pub fn run_debug_trap(&mut self) -> Flow<()> {
        self.run_condition_trap(DEBUG, self.scope.is_none() || self.options.functrace)
    }

    /// Runs the trap for RETURN at the end of a function or sourced file: one that it has set itself, or under `set -T`.
    pub fn run_return_trap(&mut self) -> Flow<()> {
        self.run_condition_trap(RETURN, self.traps.on_return == Some(self.calls) || self.options.functrace)
    }

    /// Runs what is no signal's trap, where it holds and no trap runs.
    fn run_condition_trap(&mut self, condition: i32, holds: bool) -> Flow<()> {
        match self.traps.get(condition).cloned() {
            Some(text) if holds && !text.is_empty() && self.traps.running.is_none() => self.run_trap(&text, self.line),
            _ => Ok(()),
        }
    }

    fn run_trap(&mut self, text: &[u8], first: u32) -> Flow<()> {
        let status = self.status;
        let outer = self.traps.running.replace((status, self.calls));
        let line = self.line;
        let (guard, capture) = (self.guard, self.capture.take());
        let result = self.run_string(text, first);
        self.capture = capture;
        self.guard = guard;
        self.line = line;
        self.traps.running = outer;
        result?;
        self.status = status;
        Ok(())
    }

    /// Runs the EXIT trap, once; the status to leave with.
    pub fn run_exit_trap(&mut self, status: u8) -> u8 {
        self.status = status;
        let mut status = status;
        // A signal that came with the last command still has its trap.
        if signal::pending()
            && let Err(Unwind::Exit(other)) = self.run_traps()
        {
            status = other;
        }
        let Some(text) = self.traps.remove(0).filter(|text| !text.is_empty()) else { return status };
        self.status = status;
        self.traps.running = Some((status, self.calls));
        self.guard = 0;
        match self.run_string(&text, 1) {
            Err(Unwind::Exit(status) | Unwind::Fail(status)) => status,
            _ => status,
        }
    }
}

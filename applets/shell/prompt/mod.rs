//! prompt - the shell at a terminal: prompts, the line editor, the history, and the loop that runs what is typed.
//!
//! `line` edits; `emacs` and `vi` say what keys mean; `buffer` is the text, `view` the screen, `scan` looks at what is typed for colours
//! and for `complete`. Where the terminal is none or dumb, lines are read as they come.

mod buffer;
mod builtin;
mod complete;
mod emacs;
mod history;
mod line;
mod ps1;
mod scan;
mod vi;
mod view;

pub use builtin::{fc, history};

use crate::flow::Unwind;
use crate::input::{Input, Source};
use crate::jobs::State;
use crate::names::Sym;
use crate::parser::Parser;
use crate::shell::Shell;
use crate::strings::Strings;
use base::sys::{self, signal};
use base::term::keys::Key;
use history::History;
use std::cell::Cell;
use std::rc::Rc;

/// What is kept from line to line.
#[derive(Default)]
pub struct Prompt {
    pub history: History,
    /// Commands typed in this shell.
    pub commands: usize,
    /// The last entry of the history is the command that runs.
    current: bool,
    /// After so many commands the user was told about stopped jobs: who leaves now means it.
    warned: Option<usize>,
    /// What was cut out, the newest last.
    kills: Vec<Vec<u8>>,
    /// What was typed after the line.
    ahead: Vec<u8>,
    /// The text looked for last, and in which direction.
    sought: Vec<u8>,
    search_back: bool,
    /// vi: the last change, for `.`, and the last character looked for.
    change: Vec<Key>,
    find: Option<vi::Find>,
    /// Names of commands that were looked up while a line is edited, and whether there is something.
    known: Vec<(Box<[u8]>, bool)>,
}

/// What a person did at the prompt.
pub enum Typed {
    Line(Vec<u8>),
    Interrupted,
    End,
    Exit(u8),
}

/// What was typed so far, and whether the parser wanted more than that.
struct Text(Option<Vec<u8>>, Rc<Cell<bool>>);

impl Source for Text {
    fn more(&mut self, bytes: &mut Vec<u8>, _: bool) -> bool {
        match self.0.take() {
            Some(text) => {
                bytes.extend_from_slice(&text);
                true
            }
            None => {
                self.1.set(true);
                false
            }
        }
    }
}

impl Shell {
    /// A variable's value by its name, exported or not.
    #[inline(never)]
    pub fn variable(&self, name: &[u8]) -> Option<&[u8]> {
        self.vars.get(self.names.find(name)?)
    }

    /// A number in a variable.
    fn limit(&self, name: &[u8], default: usize) -> usize {
        match self.variable(name).filter(|text| !text.is_empty()).map(crate::arith::number) {
            Some(Some(number)) => usize::try_from(number).unwrap_or(usize::MAX),
            _ => default,
        }
    }

    /// Reads commands from a terminal until its end or `exit`.
    #[inline(never)]
    pub fn run_prompt(&mut self) -> u8 {
        self.load_history();
        let status = self.prompt_loop();
        self.save_history();
        status
    }

    #[inline(never)]
    fn prompt_loop(&mut self) -> u8 {
        let mut text = Vec::new();
        let mut line = 1;
        let mut ends = 0;
        loop {
            if text.is_empty() {
                self.before_prompt();
            }
            let mut parsed = None;
            if !text.is_empty() {
                let wanted = Rc::new(Cell::new(false));
                let source = Text(Some(text.clone()), Rc::clone(&wanted));
                let mut input = Input::from(Box::new(source));
                input.line = line;
                let result = Parser::new(&mut input, self.known()).complete_command();
                if !wanted.get() {
                    let rest = input.bytes.get(input.position..).unwrap_or_default().to_vec();
                    parsed = Some((result, rest, input.line));
                }
            }
            let Some((result, rest, next)) = parsed else {
                match self.read_line(!text.is_empty()) {
                    Typed::Line(more) => {
                        ends = 0;
                        text.extend_from_slice(&more);
                        text.push(b'\n');
                    }
                    Typed::Interrupted => {
                        text.clear();
                        self.status = 130;
                    }
                    Typed::Exit(status) => return status,
                    Typed::End if !text.is_empty() => {
                        self.complain("syntax error: unexpected end of file", b"");
                        text.clear();
                        self.status = 2;
                    }
                    Typed::End => {
                        ends = u32::saturating_add(ends, 1);
                        if self.options.ignoreeof && ends < 50 {
                            self.say(b"Use \"exit\" to leave the shell.");
                        } else if !self.warn_about_jobs() {
                            return self.status;
                        }
                    }
                }
                continue;
            };
            line = next;
            let used = text.len().saturating_sub(rest.len());
            self.remember(text.get(..used).unwrap_or_default());
            text = rest;
            let result = match result {
                Ok(None) => Ok(0),
                Ok(Some(list)) => {
                    if !list.items.is_empty() {
                        self.before_command();
                    }
                    self.run_list(&list, false)
                }
                Err(error) => {
                    self.complain("syntax error: %", &error.text);
                    text.clear();
                    Err(Unwind::Fail(2))
                }
            };
            match result {
                Ok(_) => {}
                Err(Unwind::Exit(status)) => return status,
                Err(Unwind::Fail(status) | Unwind::Return(status)) => {
                    self.status = status;
                    text.clear();
                }
                Err(Unwind::Break(_) | Unwind::Continue(_)) => {}
            }
            self.recover();
        }
    }

    /// Before a command is asked for: jobs that have ended, PROMPT_COMMAND, the history's file.
    #[inline(never)]
    fn before_prompt(&mut self) {
        self.tell_jobs();
        self.save_history();
        self.prompt.current = false;
        // As an array, one command after another.
        let mut commands = Strings::new();
        if let Some(sym) = self.names.find(b"PROMPT_COMMAND") {
            self.vars.each_element(sym, &mut |_, value| commands.push(value));
        }
        for command in commands.iter() {
            let status = self.status;
            let line = self.line;
            let _ = self.run_string(command, 1);
            self.line = line;
            self.status = status;
        }
    }

    /// PS0, after a command was read.
    #[inline(never)]
    fn before_command(&mut self) {
        self.prompt.commands = self.prompt.commands.saturating_add(1);
        if let Some(text) = self.variable(b"PS0").filter(|text| !text.is_empty()).map(<[u8]>::to_vec) {
            tell_visible(&self.expand_prompt(&text));
        }
    }

    /// Whether there are stopped jobs and nobody has said so yet; now somebody has.
    pub fn warn_about_jobs(&mut self) -> bool {
        self.reap();
        let stopped = self.jobs.list.iter().any(|job| matches!(job.state(), State::Stopped(_)));
        let meant = self.prompt.warned.is_some_and(|at| self.prompt.commands <= at.saturating_add(1));
        if !stopped || meant || !self.options.interactive || self.is_subshell {
            return false;
        }
        self.say(b"You have stopped jobs.");
        self.prompt.warned = Some(self.prompt.commands);
        true
    }

    /// Reads a line from the terminal, with a prompt.
    #[inline(never)]
    fn read_line(&mut self, continued: bool) -> Typed {
        let prompt = self.vars.copy(if continued { Sym::PS2 } else { Sym::PS1 });
        let prompt = self.expand_prompt(&prompt);
        if self.can_edit() {
            let mut state = core::mem::take(&mut self.prompt);
            let typed = line::read(self, &mut state, &prompt);
            self.prompt = state;
            if let Some(typed) = typed {
                return typed;
            }
        }
        tell_visible(&prompt);
        let typed = plain_line();
        if matches!(typed, Typed::Interrupted | Typed::End) {
            while signal::take().is_some() {}
            crate::shell::tell(b"\n");
        }
        typed
    }

    /// Whether the terminal can move its cursor.
    fn can_edit(&self) -> bool {
        self.variable(b"TERM") != Some(b"dumb")
            && [0, 2].into_iter().all(|fd| rustix::termios::isatty(sys::descriptor(fd)))
    }

    /// A prompt as it is shown: its escapes, then parameters, commands and arithmetic.
    pub fn expand_prompt(&mut self, text: &[u8]) -> Vec<u8> {
        let text = self.prompt_escapes(text);
        if memchr::memchr2(b'$', b'`', &text).is_none() {
            return text;
        }
        let mut input = Input::string(&text, self.line);
        let word = Parser::new(&mut input, self.known()).prompt();
        let status = self.status;
        let result = match word {
            Ok(word) => self.expand_text(&word).unwrap_or(text),
            Err(_) => text,
        };
        self.status = status;
        result
    }

    /// The history's file: HISTFILE, or where it is unset a file in HOME.
    fn history_file(&self) -> Option<Vec<u8>> {
        self.variable(b"HISTFILE").filter(|path| !path.is_empty()).map(<[u8]>::to_vec)
    }

    #[inline(never)]
    fn load_history(&mut self) {
        if self.variable(b"HISTFILE").is_none()
            && let Some(home) = self.vars.get(Sym::HOME).filter(|home| !home.is_empty())
        {
            let path = base::bytes::fill("%/.sh_history", &[home]);
            let sym = self.names.intern(b"HISTFILE");
            let _ = self.vars.set(sym, &path);
        }
        let size = self.limit(b"HISTSIZE", history::SIZE);
        if let Some(path) = self.history_file() {
            history::shorten(&path, self.limit(b"HISTFILESIZE", size));
            let _ = self.prompt.history.read(&path, size);
        }
    }

    /// Adds what is new of the history to its file.
    pub fn save_history(&mut self) {
        if let Some(path) = self.history_file() {
            // A read-only home is no reason to complain after each command.
            let _ = self.prompt.history.append(&path);
        }
    }

    /// Adds a command to the history, as HISTCONTROL wants it.
    #[inline(never)]
    fn remember(&mut self, text: &[u8]) {
        let text = text.trim_ascii_end();
        // A backslash may hold the blank at the end.
        let control = self.variable(b"HISTCONTROL").unwrap_or_default();
        let (mut no_blank, mut no_twin) = (false, false);
        for part in control.split(|byte| *byte == b':') {
            let both = part == b"ignoreboth";
            no_blank |= both || part == b"ignorespace";
            no_twin |= both || part == b"ignoredups";
        }
        let history = &self.prompt.history;
        let last = history.len().checked_sub(1).and_then(|index| history.get(index));
        let skip = text.trim_ascii().is_empty() || no_blank && text.starts_with(b" ") || no_twin && last == Some(text);
        self.prompt.current = !skip;
        if !skip {
            let size = self.limit(b"HISTSIZE", history::SIZE);
            self.prompt.history.add(text, size);
        }
    }
}

/// Prints a prompt without the marks around what takes no room.
fn tell_visible(prompt: &[u8]) {
    let mut text = Vec::with_capacity(prompt.len());
    for byte in prompt {
        if !matches!(byte, 1 | 2) {
            text.push(*byte);
        }
    }
    crate::shell::tell(&text);
}

/// A line from standard input, a byte at a time where it is no terminal: what follows may be meant for commands.
fn plain_line() -> Typed {
    let fd = sys::descriptor(0);
    let terminal = rustix::termios::isatty(fd);
    let mut line = Vec::new();
    let mut block = [0u8; 4096];
    loop {
        let room = block.get_mut(..if terminal { 4096 } else { 1 }).unwrap_or_default();
        match rustix::io::read(fd, &mut *room) {
            Ok(0) | Err(_) if signal::is_pending(crate::exec::process::number::INT) => return Typed::Interrupted,
            Ok(0) if line.is_empty() => return Typed::End,
            Ok(0) => return Typed::Line(line),
            Ok(count) => {
                line.extend_from_slice(room.get(..count).unwrap_or_default());
                if line.last() == Some(&b'\n') {
                    line.pop();
                    return Typed::Line(line);
                }
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(_) => return Typed::End,
        }
    }
}

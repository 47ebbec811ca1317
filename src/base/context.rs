//! What an applet is run with: its name, streams, environment, and the status that its warnings have earned.

use crate::applet::{Applet, Order, Registry};
use crate::args::{self, Args};
use crate::error::{Error, Result};
use crate::io::{Input, Output};
use crate::sys;
use std::ffi::CString;

/// An exit status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status(pub u8);

impl Status {
    /// 0.
    pub const SUCCESS: Status = Status(0);
    /// 1.
    pub const FAILURE: Status = Status(1);

    /// 0 where `truth`, else 1.
    pub fn truth(truth: bool) -> Status {
        Status(u8::from(!truth))
    }
}

/// The environment an applet sees: the process's own, or the exported variables of the shell that runs it.
pub trait Environment {
    /// The value of `name`, if it is set.
    fn get(&self, name: &[u8]) -> Option<&[u8]>;
    /// All of it as `NAME=value`, for execve.
    fn list(&self) -> Vec<CString>;
}

/// The process's own environment.
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn get(&self, name: &[u8]) -> Option<&[u8]> {
        sys::environment().find_map(|entry| entry.to_bytes().strip_prefix(name)?.strip_prefix(b"="))
    }

    fn list(&self) -> Vec<CString> {
        sys::environment().map(CString::from).collect()
    }
}

/// What an applet is run with.
pub struct Context<'a> {
    /// The name it was called by, without a directory: one of the applet's names.
    pub name: &'a [u8],
    /// The name began with a dash: login(1) and its like ask a shell so to be a login shell.
    pub is_login: bool,
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error, unbuffered.
    pub stderr: Output,
    /// The environment.
    pub env: &'a dyn Environment,
    /// All applets.
    pub registry: &'static Registry,
    applet: &'static Applet,
    status: u8,
}

impl<'a> Context<'a> {
    /// The context of a process of its own: descriptors 0 to 2 and its environment.
    pub fn of_process(name: &'a [u8], applet: &'static Applet, registry: &'static Registry) -> Context<'a> {
        let stdin = Input::borrowed(sys::descriptor(0), b"standard input");
        let stdout = Output::borrowed(sys::descriptor(1));
        let stderr = Output::unbuffered(sys::descriptor(2));
        Context::new(name, applet, registry, &ProcessEnvironment, stdin, stdout, stderr)
    }

    /// A context with streams and environment of the caller's choice.
    pub fn new(
        name: &'a [u8],
        applet: &'static Applet,
        registry: &'static Registry,
        env: &'a dyn Environment,
        stdin: Input,
        stdout: Output,
        stderr: Output,
    ) -> Context<'a> {
        Context { name, is_login: false, stdin, stdout, stderr, env, registry, applet, status: 0 }
    }

    /// The applet that runs.
    pub fn applet(&self) -> &'static Applet {
        self.applet
    }

    /// Whether it was called by this name.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name.as_bytes()
    }

    /// The status that warnings have earned so far.
    pub fn status(&self) -> Status {
        Status(self.status)
    }

    /// Remembers that something failed, without a message.
    pub fn failed(&mut self) {
        self.status = self.applet.failure;
    }

    /// Forgets what failed so far: for applets whose success outweighs earlier warnings.
    pub fn forgive(&mut self) {
        self.status = 0;
    }

    /// Prints a message and remembers the failure; work goes on.
    pub fn warn(&mut self, error: impl Into<Error>) {
        let error = error.into();
        self.status = error.status().unwrap_or(self.applet.failure);
        self.note(&error);
    }

    /// Whether the next line of standard input is a yes: the answer to a question that has been written.
    pub fn confirmed(&mut self) -> Result<bool> {
        let answer = self.stdin.line(b'\n')?;
        Ok(matches!(answer.map(<[u8]>::trim_ascii_start), Some([b'y' | b'Y', ..])))
    }

    /// Prints a message that is no failure.
    pub fn note(&mut self, error: &Error) {
        if let Some(text) = error.text() {
            // What was written before comes before; if that fails, the end of the applet reports it.
            let _ = self.stdout.finish();
            let mut line = Vec::with_capacity(self.name.len().saturating_add(text.len()).saturating_add(3));
            line.extend_from_slice(self.name);
            line.extend_from_slice(b": ");
            push_visible(&mut line, &text);
            line.push(b'\n');
            // With standard error gone there is nobody left to tell.
            let _ = self.stderr.put(&line);
        }
    }

    /// Whether text is UTF-8: always, but in the locale C or POSIX (LC_ALL, LC_CTYPE, LANG in this order).
    pub fn is_utf8(&self) -> bool {
        let locale = [&b"LC_ALL"[..], b"LC_CTYPE", b"LANG"]
            .iter()
            .find_map(|name| self.env.get(name).filter(|value| !value.is_empty()));
        !matches!(locale, Some(b"C" | b"POSIX"))
    }

    /// Opens an operand for reading: `-` is standard input, whose buffer is moved into the result and must be put back
    /// with [`close`](Context::close) where another operand may be `-` too.
    pub fn open(&mut self, path: &[u8]) -> Result<Input> {
        if path == b"-" { Ok(core::mem::replace(&mut self.stdin, Input::null())) } else { Input::open(path) }
    }

    /// Gives back what [`open`](Context::open) gave.
    pub fn close(&mut self, path: &[u8], input: Input) {
        if path == b"-" {
            self.stdin = input;
        }
    }

    /// Calls `work` for each operand's input in turn, or for standard input where there is none. A file that cannot be opened
    /// and an error about an input are warnings; an error of the output ends it.
    pub fn each_input(
        &mut self,
        operands: &[&[u8]],
        work: &mut dyn FnMut(&mut Context<'a>, &mut Input) -> Result<()>,
    ) -> Result<()> {
        let operands = if operands.is_empty() { &[&b"-"[..]][..] } else { operands };
        for path in operands {
            let mut input = match self.open(path) {
                Ok(input) => input,
                Err(error) => {
                    self.warn(error);
                    continue;
                }
            };
            let result = work(self, &mut input);
            let about_input = result.as_ref().is_err_and(|error| {
                error.errno().is_some() && error.text().is_some_and(|text| text.starts_with(input.name()))
            });
            self.close(path, input);
            match result {
                Err(error) if about_input => self.warn(error),
                other => other?,
            }
        }
        Ok(())
    }

    /// Parses `arguments` (without the name) by the applet's table, runs it, reports errors, flushes. Gives the exit status.
    pub fn run(&mut self, arguments: &[&[u8]]) -> u8 {
        let applet = self.applet;
        let outcome = match self.parse(arguments) {
            Ok(Some(mut args)) => (applet.run)(self, &mut args),
            Ok(None) => Ok(Status::SUCCESS),
            Err(error) => Err(error),
        };
        let status = match outcome {
            Ok(status) => status.0,
            Err(error) => {
                let status = self.report(&error);
                if self.stdout.has_failed() {
                    // The error was the output's own, or as good as told: one message about a descriptor is enough.
                    self.stdout.discard();
                    return status;
                }
                status
            }
        };
        self.stdin.give_back();
        if let Err(error) = self.stdout.finish() {
            let worse = self.report(&error);
            self.stdout.discard();
            return if status == 0 { worse } else { status };
        }
        if status == 0 { self.status } else { status }
    }

    fn parse<'b>(&mut self, arguments: &[&'b [u8]]) -> Result<Option<Args<'b>>> {
        let applet = self.applet;
        let raw = matches!(applet.order, Order::Raw | Order::RawWithoutHelp);
        if applet.order == Order::Raw && arguments == [b"--help"] {
            crate::help::print(self)?;
            return Ok(None);
        }
        let posix = &|| self.env.get(b"POSIXLY_CORRECT").is_some();
        let args = if raw { Args::raw(arguments) } else { args::parse(applet, arguments, posix)? };
        if args.wants_help {
            crate::help::print(self)?;
            return Ok(None);
        }
        if args.wants_version {
            crate::help::print_version(self)?;
            return Ok(None);
        }
        Ok(Some(args))
    }

    fn report(&mut self, error: &Error) -> u8 {
        self.note(error);
        if error.is_usage() {
            let usage = crate::help::usage(self.name, self.applet);
            let _ = self.stderr.put(usage.as_bytes());
        }
        let own = if error.is_usage() { self.applet.usage_status } else { self.applet.failure };
        error.status().unwrap_or(own)
    }
}

/// Adds `text`, with control characters shown as `\n` or `\033`, so that a file's name cannot drive the terminal.
fn push_visible(line: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        match byte {
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\t' => line.push(b'\t'),
            0..=31 | 127 => {
                line.push(b'\\');
                for shift in [6, 3, 0] {
                    line.push(b'0' + ((byte >> shift) & 7));
                }
            }
            _ => line.push(*byte),
        }
    }
}

//! start - running text: strings, files, standard input.

use crate::builtin::preview::{Preview, take_line};
use crate::exec::redirect::OWN;
use crate::flow::{Flow, Unwind};
use crate::input::{Input, Source};
use crate::parser::Parser;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Kind, List};
use base::bytes::place;
use base::error::Errno;
use base::sys;
use rustix::event::PollFlags;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags};
use std::ffi::CString;
use std::rc::Rc;

/// A script's file.
struct File(Option<OwnedFd>);

impl Source for File {
    fn more(&mut self, bytes: &mut Vec<u8>, _: bool) -> bool {
        let Some(fd) = &self.0 else { return false };
        // Into memory that nobody has to fill first.
        bytes.reserve(1 << 16);
        let read = || rustix::io::read(fd, rustix::buffer::spare_capacity(bytes));
        let count = base::io::retry(fd.as_fd(), PollFlags::IN, read).unwrap_or(0);
        // A short script is read at once, and leaves no descriptor open for its commands to see.
        let mut next = [0u8; 512];
        if count == 0 {
            self.0 = None;
        } else if count < 1 << 16 {
            match base::io::read(fd.as_fd(), &mut next) {
                Ok(0) | Err(_) => self.0 = None,
                Ok(more) => bytes.extend_from_slice(next.get(..more).unwrap_or_default()),
            }
        }
        count > 0
    }
}

/// Opens a script, out of the way of its own descriptors.
pub fn open_script(path: &[u8]) -> Result<Input, Errno> {
    let fd = base::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    if FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode).is_dir() {
        return Err(Errno::ISDIR);
    }
    let fd = rustix::io::fcntl_dupfd_cloexec(&fd, OWN)?;
    Ok(Input::from(Box::new(File(Some(fd)))))
}

/// Standard input as a script: read by lines, for its commands read from it too.
#[derive(Default)]
struct Standard {
    preview: Option<Preview>,
}

impl Source for Standard {
    fn more(&mut self, bytes: &mut Vec<u8>, _: bool) -> bool {
        let old = bytes.len();
        let _ = take_line(sys::descriptor(0), b'\n', &mut self.preview, bytes);
        bytes.len() > old
    }
}

impl Shell {
    /// Runs a text, whose first line has this number.
    pub fn run_string(&mut self, text: &[u8], line: u32) -> Flow<u8> {
        let mut input = Input::string(text, line);
        self.run_input(&mut input)
    }

    /// Runs all commands of an input.
    pub fn run_input(&mut self, input: &mut Input) -> Flow<u8> {
        self.run_commands(input, false, false)
    }

    /// The same. Where `ends`, nothing follows but the end of the process; where `tail`, no EXIT trap either.
    pub fn run_commands(&mut self, input: &mut Input, ends: bool, tail: bool) -> Flow<u8> {
        let mut status = 0;
        let mut previous: Option<List> = None;
        let mut failed = false;
        loop {
            input.compact();
            let start = input.position;
            let parsed = Parser::new(input, self.known()).complete_command();
            if self.options.verbose {
                let text = input.bytes.get(start..input.position).unwrap_or_default();
                crate::shell::tell(text);
            }
            match parsed {
                Ok(None) if failed => return Err(Unwind::Fail(2)),
                Ok(None) => {
                    if ends {
                        // The process ends: taking a large tree apart would be for nothing.
                        core::mem::forget(previous);
                    }
                    return Ok(status);
                }
                Ok(Some(list)) if list.items.is_empty() || self.options.noexec => {}
                Ok(Some(list)) => {
                    let last = tail && !input.has_more();
                    status = match self.run_list(&list, last) {
                        // bash goes on behind the command.
                        Err(Unwind::Fail(_)) if self.bash => {
                            if ends {
                                self.recover();
                            }
                            1
                        }
                        other => other?,
                    };
                    self.status = status;
                    previous = Some(list);
                }
                Err(error) => {
                    self.line = error.line;
                    // What closes something may belong to what was told before.
                    if !(failed && closes(&error.text)) {
                        self.complain("syntax error: %", &error.text);
                    }
                    self.status = 2;
                    if !self.options.noexec || self.options.interactive {
                        return Err(Unwind::Fail(2));
                    }
                    // `-n` finds them all: it goes on behind the line.
                    failed = true;
                    input.next_line();
                }
            }
        }
    }

    /// Defines the functions that the environment holds: of each text only a definition, and nothing behind it.
    #[inline(never)]
    pub fn import_functions(&mut self) {
        for entry in self.vars.foreign.clone() {
            let Some(rest) = entry.as_bytes().strip_prefix(b"BASH_FUNC_") else { continue };
            let Some(at) = memchr::memmem::find(rest, b"%%=() {") else { continue };
            let (name, text) = rest.split_at(at);
            if !crate::names::is_name(name) {
                continue;
            }
            let mut input = Input::string(&[name, text.get(3..).unwrap_or_default()].concat(), 0);
            let Ok(Some(list)) = Parser::new(&mut input, self.known()).complete_command() else { continue };
            if let [item] = &*list.items
                && let ([], [command]) = (&*item.rest, item.first.commands.as_slice())
                && let Kind::Function(function) = &command.kind
                && item.background.is_none()
                && input.position >= input.bytes.len()
            {
                self.define(Rc::clone(function));
            }
        }
    }

    /// Puts away what an error left behind.
    pub fn recover(&mut self) {
        self.guard = 0;
        self.loops = 0;
        self.calls = 0;
        self.scope = None;
        self.vars.leave(0);
        self.capture = None;
        self.fed = None;
    }

    /// Runs a file that the system does not know how to execute as a script, in this process, which ends with the status.
    pub fn as_script(&mut self, path: &CString, args: &Strings) -> u8 {
        let name = args.get(0).unwrap_or_default().to_vec();
        let environment = base::Environment::list(&self.environment());
        let mut shell = Shell::new(self.registry, &environment, path.as_bytes());
        shell.positional = args.tail(1);
        shell.pid = rustix::process::getpid().as_raw_nonzero().get();
        let status = shell.run_script(path.as_bytes(), &name);
        // The process ends with it.
        core::mem::forget(shell);
        status
    }

    /// Runs a script file to its end; the status to leave with.
    pub fn run_script(&mut self, path: &[u8], name: &[u8]) -> u8 {
        match open_script(path) {
            Ok(mut input) => {
                input.fill(false);
                if looks_binary(&input) {
                    self.report(": %: ", name, Errno::NOEXEC);
                    return 126;
                }
                let result = self.run_commands(&mut input, true, false);
                self.finish(result)
            }
            Err(errno) => {
                self.report(": can't open '%': ", name, errno);
                if errno == Errno::NOENT { 127 } else { 126 }
            }
        }
    }

    /// The end of the shell: the EXIT trap and the status.
    pub fn finish(&mut self, result: Flow<u8>) -> u8 {
        let status = match result {
            Ok(_) => self.status,
            Err(Unwind::Exit(status) | Unwind::Fail(status) | Unwind::Return(status)) => status,
            Err(Unwind::Break(_) | Unwind::Continue(_)) => self.status,
        };
        self.run_exit_trap(status)
    }

    /// Runs standard input as a script.
    pub fn run_standard(&mut self) -> Flow<u8> {
        let mut input = Input::from(Box::new(Standard::default()));
        self.run_commands(&mut input, true, false)
    }
}

const CLOSING: &str = "then else elif fi do done esac } ) ;;";

/// Whether a syntax error is about a word or operator that ends a compound command where none is open.
fn closes(text: &[u8]) -> bool {
    let found = text.strip_prefix(b"unexpected \"").and_then(|rest| rest.strip_suffix(b"\""));
    found.is_some_and(|word| place(CLOSING, word).is_some()) || text == b"unexpected end of file"
}

/// Whether the first line holds a NUL: an executable of another kind, not a script.
fn looks_binary(input: &Input) -> bool {
    input.had_zero
}
